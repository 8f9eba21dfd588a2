//! Nobody changes the books unseen: every column of every table, every row taken
//! out or put in, on a ledger with a whole story in it. And seals, and the chain
//! as others verify it.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

#[path = "../common/mod.rs"]
mod common;

mod seals;
mod story;
mod tables;
