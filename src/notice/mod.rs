//! Notices as data: windows, ways back, deadlines, papers and duties of one
//! downtime, each with the clause it rests on, and the decision for one record.
//!
//! A notice is TOML (`docs/notices.md` is the language), read and checked once
//! into a [`Notice`] that is always valid. [`decide()`] lays facts against it. No
//! city is named in code, no file is opened and no clock is read.

mod builtin;
mod calendar;
mod check;
mod condition;
mod condition_reader;
mod context;
mod decide;
mod draft;
mod duty;
mod explore;
mod finding;
mod grammar;
mod model;
mod moment;
mod moment_reader;
mod page;
mod raw;
mod reader;
mod resumption;
mod samples;
mod schema;
mod scope;
mod several;
mod spelling;
mod timeline;
mod way;
mod way_reader;
mod window;
mod window_reader;
mod words;

pub use builtin::{builtin, builtin_ids, builtin_text};
pub use calendar::{Calendar, CalendarError, CalendarFault, UnknownYear};
pub use check::check;
pub use decide::decide;
pub use draft::Draft;
pub use finding::{Expected, Fault, Finding};
pub use model::Notice;
pub use page::{Page, PageDuty, PageItem, PageOption, PageRule, PageStep, PageWindow};
pub use resumption::{Resumption, ResumptionError, Resumptions};
pub use schema::schema;
pub use timeline::{Event, EventType, duties, timeline};
pub use window::Resuming;
