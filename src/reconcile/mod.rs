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
//! 3. `keys`: pairs of a person or an earlier run, keys that were issued or answered, visits, record numbers, receipts
//! 4. `groups`: several settlements of one case, and several stays that count as one
//! 5. `people`: the same person and the exact total, where that is unique in both directions
//! 6. `judge`: one verdict per claim and per row
//! 7. `near`: what is left and nearly the same, suggested and never joined
//!
//! `control` compares sums before any of this, and stops nothing. `accounts` is a comparison of its own: the
//! balances of personal accounts at banks with those of the virtual side.
//! [`Bridge`] then shows that both sides differ by exactly what was found.

mod accounts;
mod bridge;
mod claim;
mod common;
mod control;
mod cover;
mod groups;
mod judge;
mod keys;
mod near;
mod outcome;
mod people;
mod repeat;
mod reversal;

#[cfg(test)]
mod cases;
#[cfg(test)]
mod properties;

pub use accounts::{Account, AccountFault, Accounts, BankSums, Counted, Unit, compare_accounts};
pub use bridge::{Bridge, bridge_parts, signed_amounts};
pub use claim::{Claim, Options, Row};
pub use common::Shared;
pub use control::{Compared, ControlGroup, ControlTotals, Entry, control_totals};
pub use near::{Traits, likeness, near_pairs, suggest};
pub use outcome::{ClaimVerdict, Ground, Group, Joined, Likeness, Outcome, RowVerdict};

use crate::domain::{Key, Reason};
use rustc_hash::{FxHashMap, FxHashSet};
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
    groups::assign(&mut desk);
    people::assign(&mut desk);
    groups::suggest(&mut desk);
    judge::decide(&mut desk);
    let bridge = Bridge::of(claims, &desk.rows, &desk.claim_verdicts, &desk.row_verdicts);
    let Desk { claim_verdicts, row_verdicts, groups, joined, mut beaten, .. } = desk;
    beaten.sort_unstable_by_key(|&(claim, row)| (claims[claim as usize].id, rows[row as usize].setl, row));
    beaten.dedup();
    Outcome { claims: claim_verdicts, rows: row_verdicts, groups, joined, beaten, bridge }
}

/// Everything the steps work on. Positions are `u32`: a statement has fewer than four thousand million rows.
struct Desk<'a> {
    claims: &'a [Claim],
    /// The rows as given, or with the keys of repeated rows joined.
    rows: Cow<'a, [Row]>,
    options: &'a Options,
    forbidden: FxHashSet<(i64, Key)>,
    claim_verdicts: Vec<ClaimVerdict>,
    row_verdicts: Vec<RowVerdict>,
    groups: Vec<Group>,
    joined: Vec<Joined>,
    beaten: Vec<(u32, u32)>,
    /// Visits that several claims share, with the rows of each.
    cases: Vec<(Vec<u32>, Vec<u32>)>,
    /// Claims that share one row, by claim: the place in `shares`.
    share_of: FxHashMap<u32, u32>,
    /// Claims that share a row, and the row.
    shares: Vec<(Vec<u32>, u32)>,
}

impl<'a> Desk<'a> {
    fn new(claims: &'a [Claim], rows: &'a [Row], options: &'a Options) -> Desk<'a> {
        let mut rows = Cow::Borrowed(rows);
        // Without keys a row meets nothing.
        for at in (0..rows.len()).filter(|&at| rows[at].foreign).collect::<Vec<_>>() {
            let Row { id, setl, init, total, at: time, reversal, parts_agree, .. } = rows[at];
            let bare =
                Row { init, at: time, reversal, parts_agree, foreign: true, ..Row::new(id, setl, total) };
            rows.to_mut()[at] = bare;
        }
        let count = rows.len();
        Desk {
            claims,
            rows,
            options,
            forbidden: options.forbidden.iter().copied().collect(),
            claim_verdicts: vec![ClaimVerdict::OPEN; claims.len()],
            row_verdicts: vec![RowVerdict::OPEN; count],
            groups: Vec::new(),
            joined: Vec::new(),
            beaten: Vec::new(),
            cases: Vec::new(),
            share_of: FxHashMap::default(),
            shares: Vec::new(),
        }
    }

    /// A person said that these two do not belong together.
    fn are_apart(&self, claim: u32, row: u32) -> bool {
        !self.forbidden.is_empty()
            && self.forbidden.contains(&(self.claims[claim as usize].id, self.rows[row as usize].setl))
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

    /// Several claims share one row; the first of them stands as its owner.
    fn share(&mut self, mut claims: Vec<u32>, row: u32, ground: Ground) {
        claims.sort_unstable_by_key(|&claim| self.claims[claim as usize].id);
        self.row_verdicts[row as usize].claim = claims.first().copied();
        self.row_verdicts[row as usize].ground = Some(ground);
        let place = position(self.shares.len());
        self.share_of.extend(claims.iter().map(|&claim| (claim, place)));
        self.shares.push((claims, row));
    }

    /// Leaves a choice to a person; claims that something else settles already are not marked with it.
    fn leave_open(&mut self, claims: &[u32], rows: &[u32], mark_claims: bool, likeness: Likeness) {
        for &row in rows {
            self.mark(row, likeness.reason());
        }
        if mark_claims {
            for &claim in claims {
                self.claim_verdicts[claim as usize].mark(likeness.reason());
            }
        }
        let ledger = claims.iter().map(|&claim| self.claims[claim as usize].total).sum();
        let platform: crate::domain::Money = rows.iter().map(|&row| self.rows[row as usize].signed()).sum();
        let sums_agree = platform == ledger;
        let mut group = Group { claims: claims.to_vec(), rows: rows.to_vec(), likeness, sums_agree };
        group.claims.sort_unstable_by_key(|&claim| (self.claims[claim as usize].id, claim));
        group.rows.sort_unstable_by_key(|&row| (self.rows[row as usize].setl, row));
        self.groups.push(group);
    }
}

/// A position in one of the two lists.
fn position(at: usize) -> u32 {
    u32::try_from(at).expect("a list has fewer than four thousand million entries")
}
