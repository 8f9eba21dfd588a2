//! The verbs of the desk: each joins the rooms it needs, and keeps the rules
//! that no single room can.
//!
//! A verb reads like the procedure would be told: look up, decide, write. It
//! asks nobody and prints nothing; today and the operator are arguments.

mod answer;
mod census;
mod clear;
mod error;
mod export;
mod import;
mod keys;
mod law;
mod reconcile;
mod record;
mod refund;
mod unreconciled;

pub use answer::{Answered, acknowledge};
pub use census::{
    Ask, CensusAct, CensusTaken, Doing, Patient, Standing, asked, census, do_asked, take_census,
};
pub use clear::{clear, resolve};
pub use error::{Kind as ErrorKind, WorkError};
pub use export::{Exported, LeftOut, Plan, Why, again, cancel, export, finish, plan, rehearse, seal};
pub use import::{Imported, import};
pub use law::Law;
pub use reconcile::{Reconciled, reconcile};
pub use record::{Amended, add, amend, find, void};
pub use refund::{Amounts, Owed, owed, owed_for, pay};
pub use unreconciled::{Unreconciled, unreconciled};
