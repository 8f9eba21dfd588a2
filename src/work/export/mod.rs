//! Sending records out: a plan says what goes, in which order, and why the rest
//! stays; then the plan becomes a batch.

mod filing;
mod plan;
mod send;
mod undo;
mod why;

pub use plan::{Choice, Filtered, LeftOut, Plan, Ready, plan};
pub use send::{Exported, Manner, Rehearsed, again, cancel, export, finish, rehearse};
pub use undo::UndoChoice;
pub use why::Why;
