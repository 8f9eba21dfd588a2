//! Figures that reports show and pictures draw: counts and sums over records, breaks and events.
//!
//! How they are put into words, tables and pictures is decided by the front; nothing here is written down.

mod ageing;
mod downtime;
mod register;
mod since;

pub use ageing::{Aged, Group, by_age, by_amount, by_due, by_operator, by_reason, by_route, nearness};
pub use downtime::{Downtime, Standstill, downtime};
pub use register::{DayOfRegister, Phased, by_phase, days_of_register};
pub use since::{Since, StageChange, since_last_report};
