//! The verbs of the desk: each joins the rooms it needs, and keeps the rules
//! that no single room can.
//!
//! A verb reads like the procedure would be told: look up, decide, write. It
//! asks nobody and prints nothing; today and the operator are arguments.

mod accounts;
mod ahead;
mod answer;
mod by_hand;
mod census;
mod changes;
#[cfg(feature = "hub")]
pub mod city;
mod clear;
pub mod counter;
mod error;
mod export;
pub mod figures;
mod findings;
mod hold;
mod import;
mod journal;
mod keys;
mod law;
mod levels;
mod matching;
pub mod merge;
mod overview;
mod paper;
mod platform;
mod reconcile;
mod record;
mod refund;
mod register;
mod register_error;
mod rounds;
mod shift;
mod signoff;
mod twice;
mod undo;
mod unreconciled;
mod why_matched;

pub use accounts::{
    AccountsError, AccountsFile, AccountsSent, AccountsTaken, BankStanding, Comparison, Lot, Portion,
    account_standing, compare as compare_accounts, export_accounts, plain_name, take_accounts,
};
pub use answer::{Answered, Found, Open, acknowledge, found_out};
pub use by_hand::{say_of_pair, settled_by, undo_run};
pub use census::{
    Ask, CensusAct, CensusTaken, Doing, Patient, Standing, asked, census, do_asked, take_census,
};
pub use changes::{Change, Changed, Changes, Since, changes, since_last};
pub use clear::clear;
pub use error::{Kind as ErrorKind, WorkError};
pub use export::{
    Asking, AskingPlan, Choice, Exported, Filtered, Going, LeftOut, Manner, NotAsked, Plan, Ready, Rehearsed,
    UndoChoice, Why, WhyNotAsked, again, ask_3202, cancel, export, finish, plan, plan_asking, rehearse,
};
pub use hold::{hold, release};
pub use import::{ImportFile, Imported, Importing, KindSum, import};
pub use journal::journal;
pub use law::Law;
pub use levels::{BridgePart, Levels, levels};
pub use overview::{Next, Overview, Stop, overview};
pub use paper::{Putting, put_papers};
pub use reconcile::{Expected, Reconciled, Terms, reconcile};
pub use record::{AddedOne, Amended, add, add_all, amend, find, void};
pub use refund::{Amounts, Owed, owed, owed_for, owed_in_all, pay};
pub use register::{Entry, Wanted, assign, entry, outstanding, register, reopen, resolve, sign};
pub use register_error::RegisterError;
pub use shift::{close_shift, open_shift};
pub use signoff::{SignoffProof, create_signoff, prove_signoff, sign_signoff};
pub use twice::{Twice, likely_twice};
pub use undo::undo;
pub use unreconciled::{Unreconciled, unreconciled, unreconciled_beside};
pub use why_matched::{WhyMatched, why_matched};

use record::write_one;
