//! Reconciling: laying the ledger's claims against the platform's settlements.
//!
//! A pure engine: texts arrive as keys, amounts as fen, and every answer names
//! what it rests on and, where something does not agree, the reason. A row is
//! used once, the order of the input never matters, and what could be settled
//! in two ways is left to a person. Nothing here reads a file, speaks SQL or
//! knows an identity. In reading order:
//!
//! 1. `repeat`: the same row given twice counts once; one id with two contents is a contradiction
//! 2. `reversal`: a settlement and its reversal cancel out, and both stay visible
//! 3. `keys`: confirmed pairs, keys that were issued, record numbers
//! 4. `people`: the same person and the exact total, where that is unique in both directions
//! 5. `judge`: one verdict per claim and per row
//!
//! [`Bridge`] then shows that both sides differ by exactly what was found.

mod bridge;
mod claim;
mod judge;
mod keys;
mod outcome;
mod people;
mod repeat;
mod reversal;

#[cfg(test)]
mod cases;
#[cfg(test)]
mod properties;

pub use bridge::Bridge;
pub use claim::{Claim, Options, Row};
pub use outcome::{ClaimVerdict, Ground, Group, Outcome, RowVerdict};

use crate::domain::{Key, Reason};
use rustc_hash::FxHashSet;
use std::borrow::Cow;

/// Lays `claims` against `rows`. The answers stand in the order of the questions.
///
/// The verdicts depend on the contents alone: shuffling either side, or giving
/// a row twice, changes nothing but the positions.
pub fn reconcile(claims: &[Claim], rows: &[Row], options: &Options) -> Outcome {
    let mut desk = Desk::new(claims, rows, options);
    repeat::fold(&mut desk);
    reversal::net(&mut desk);
    keys::assign(&mut desk);
    people::assign(&mut desk);
    judge::decide(&mut desk);
    let bridge = Bridge::of(claims, &desk.rows, &desk.claim_verdicts, &desk.row_verdicts);
    Outcome { claims: desk.claim_verdicts, rows: desk.row_verdicts, groups: desk.groups, bridge }
}

/// Everything the steps work on. Positions are `u32`: a statement has fewer than four thousand million rows.
struct Desk<'a> {
    claims: &'a [Claim],
    /// The rows as given, or with the keys of repeated rows joined.
    rows: Cow<'a, [Row]>,
    options: &'a Options,
    apart: FxHashSet<(i64, Key)>,
    claim_verdicts: Vec<ClaimVerdict>,
    row_verdicts: Vec<RowVerdict>,
    groups: Vec<Group>,
}

impl<'a> Desk<'a> {
    fn new(claims: &'a [Claim], rows: &'a [Row], options: &'a Options) -> Desk<'a> {
        Desk {
            claims,
            rows: Cow::Borrowed(rows),
            options,
            apart: options.apart.iter().copied().collect(),
            claim_verdicts: vec![ClaimVerdict::OPEN; claims.len()],
            row_verdicts: vec![RowVerdict::OPEN; rows.len()],
            groups: Vec::new(),
        }
    }

    /// A person said that these two do not belong together.
    fn are_apart(&self, claim: u32, row: u32) -> bool {
        !self.apart.is_empty()
            && self.apart.contains(&(self.claims[claim as usize].id, self.rows[row as usize].setl))
    }

    /// A settlement that stands: not a reversal, not reversed, not a repeat.
    fn is_live(&self, row: u32) -> bool {
        let verdict = &self.row_verdicts[row as usize];
        verdict.pair.is_none() && verdict.repeat_of.is_none() && !self.rows[row as usize].reversal
    }

    /// Marks a row as one that a person has to look at.
    fn mark(&mut self, row: u32, reason: Reason) {
        self.row_verdicts[row as usize].mark(reason);
    }

    /// Leaves a choice to a person; claims that something else settles already are not marked with it.
    fn leave_open(&mut self, claims: &[u32], rows: &[u32], mark_claims: bool) {
        for &row in rows {
            self.mark(row, Reason::Ambiguous);
        }
        if mark_claims {
            for &claim in claims {
                self.claim_verdicts[claim as usize].mark(Reason::Ambiguous);
            }
        }
        let ledger = claims.iter().map(|&claim| self.claims[claim as usize].total).sum();
        let platform: crate::domain::Money = rows.iter().map(|&row| self.rows[row as usize].signed()).sum();
        let mut group =
            Group { claims: claims.to_vec(), rows: rows.to_vec(), sums_agree: platform == ledger };
        group.claims.sort_unstable_by_key(|&claim| (self.claims[claim as usize].id, claim));
        group.rows.sort_unstable_by_key(|&row| (self.rows[row as usize].setl, row));
        self.groups.push(group);
    }
}

/// A position in one of the two lists.
fn position(at: usize) -> u32 {
    u32::try_from(at).expect("a list has fewer than four thousand million entries")
}
