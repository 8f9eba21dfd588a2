//! The steps from each released version of the tables to the next, oldest first.
//!
//! A step is a file `NNNN_name.sql` here, where `NNNN` is the version it leads
//! to, and a line in [`STEPS`]. It runs inside one transaction that also tells
//! the chain of it, so it holds no `BEGIN` and no `PRAGMA`; references are
//! checked once at its end. What SQL cannot say goes into the step's `work`.
//! A step that was released is never changed: its digest stands in ledgers.
//!
//! `schema.sql` is what a new ledger is made from, and `tests/ledgers.rs` proves
//! that both roads end in the same tables. A step needs no passphrase: what is
//! sealed stays as it is.

use crate::store::migrate::Step;

/// Every step. The first released version is 2.
pub(super) const STEPS: &[Step] =
    &[Step { from: 2, name: "0003_work_back", sql: include_str!("0003_work_back.sql"), work: None }];
