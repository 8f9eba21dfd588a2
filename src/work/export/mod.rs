//! Sending records out: a plan says what goes, in which order, and why the rest
//! stays; then the plan becomes a batch.

mod asking;
mod filing;
mod plan;
mod send;
mod undo;
mod why;

pub use asking::{Asking, AskingPlan, NotAsked, WhyNotAsked, ask_3202, plan_asking};
pub use plan::{Choice, Filtered, Going, LeftOut, Plan, Ready, plan};
pub use send::{Exported, Manner, Rehearsed, again, cancel, export, finish, rehearse};
pub use undo::UndoChoice;
pub use why::Why;
