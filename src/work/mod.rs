//! The verbs of the desk: each joins the rooms it needs, and keeps the rules
//! that no single room can.
//!
//! A verb reads like the procedure would be told: look up, decide, write. It
//! asks nobody and prints nothing; today and the operator are arguments.

mod answer;
mod census;
mod clear;
pub mod counter;
mod error;
mod export;
mod hold;
mod import;
mod keys;
mod law;
mod paper;
mod reconcile;
mod record;
mod refund;
mod refund_changed;
mod shift;
mod twice;
mod undo;
mod unreconciled;

pub use answer::{Answered, acknowledge};
pub use census::{
    Ask, CensusAct, CensusTaken, Doing, Patient, Standing, asked, census, do_asked, take_census,
};
pub use clear::{clear, resolve, sign};
pub use error::{Kind as ErrorKind, WorkError};
pub use export::{
    Choice, Exported, Filtered, LeftOut, Manner, Plan, Ready, Rehearsed, UndoChoice, Why, again, cancel,
    export, finish, plan, rehearse,
};
pub use hold::{hold, release};
pub use import::{ImportFile, Imported, Importing, KindSum, import};
pub use law::Law;
pub use paper::{Putting, put_papers};
pub use reconcile::{Reconciled, reconcile};
pub use record::{AddedOne, Amended, add, add_all, amend, find, void};
pub use refund::{Amounts, Owed, owed, owed_for, pay};
pub use shift::{close_shift, open_shift};
pub use twice::{Twice, likely_twice};
pub use undo::undo;
pub use unreconciled::{Unreconciled, unreconciled};

use record::write_one;
