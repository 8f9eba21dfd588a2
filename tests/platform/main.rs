//! A platform to try against, and a whole downtime tried against it: records of every
//! kind, calls refused, answers that never come, settlements made twice. At the end
//! every record is cleared, nothing is settled twice, and both books have the same sum.
//!
//! `GUAZHANG_RECORDS=5000 GUAZHANG_SEED=7 cargo test --test platform -- --nocapture` is the full size.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]
#![allow(clippy::print_stdout, reason = "how much was tried is worth seeing")]

#[path = "../common/mod.rs"]
mod common;

mod book;
mod clerk;
mod downtime;
mod replay;
mod rules;
mod undo;

/// A size: from the environment, or what a test machine does in seconds.
fn size(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}
