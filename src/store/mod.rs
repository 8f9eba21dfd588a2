//! The ledger on SQLite: its schema, its queries and its chain of events.
//!
//! A [`Ledger`] is one file. [`Ledger::books`] reads; [`Ledger::write`] runs one
//! change: rows and the event that says so commit together, synced to disk, or
//! not at all. Rules live above (`work`): this room knows no notice, and decides
//! nothing but that the books stay whole. No SQL stands anywhere else.

mod batch;
mod census;
mod discrepancy;
mod error;
mod event;
mod file;
mod ledger;
mod notice;
mod person;
mod query;
mod record;
mod refund;
mod settlement;
mod verify;

pub use batch::{BatchFile, BatchInfo, Member, NewBatch};
pub use census::{CensusDone, Listed, StoredCensus};
pub use discrepancy::{BreakInfo, Finding};
pub use error::StoreError;
pub use event::EventInfo;
pub use ledger::{Books, Founding, Ledger, Mode, Writer};
pub use notice::{DutyDone, LoadedNotice, Resumption};
pub use query::{Filter, Total};
pub use record::{Added, NewRecord, Stored};
pub use refund::{Clearing, Refund};
pub use settlement::{ClaimRow, MatchInfo, NewRun, RunInfo, SettlementRow};
pub use verify::{Fault, Proof};
