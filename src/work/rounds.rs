//! What matching asks beyond keys: whether a settlement came too late, and what of the rest is
//! nearly alike. Wherever the records stand, at a window or at the hub, the questions are these.

use crate::domain::{Record, Time};
use crate::reconcile::{Claim, Ground, Likeness, Outcome, Row, Traits, likeness, near_pairs};
use crate::work::Law;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::hash_map::Entry;

/// Asks the notices for the deadlines of claims that only person and total, or a choice among equals, would settle;
/// whether one of their settlements came later than that. Where a key joins the two, the platform has said itself
/// that it accepts the case.
pub(super) fn learn_deadlines<E>(
    claims: &mut [Claim],
    rows: &[Row],
    (law, now): (&Law, Time),
    outcome: &Outcome,
    asked: &mut FxHashSet<u32>,
    mut record: impl FnMut(i64) -> Result<Record, E>,
) -> Result<bool, E> {
    let Some(first) = law.no_deadline_before() else { return Ok(false) };
    let by_person = (outcome.rows.iter().enumerate())
        .filter(|(_, row)| row.ground == Some(Ground::PersonTotal))
        .filter_map(|(at, row)| Some((row.claim?, at)));
    let among_equals =
        (outcome.groups.iter()).filter(|group| group.likeness == Likeness::Equal).flat_map(|group| {
            group.claims.iter().flat_map(|&claim| group.rows.iter().map(move |&row| (claim, row as usize)))
        });
    let may_be_late = |row: usize| rows[row].at.is_some_and(|at| at > first);
    let pairs: Vec<(u32, usize)> = by_person
        .chain(among_equals)
        .filter(|&(claim, row)| may_be_late(row) && !asked.contains(&claim))
        .collect();
    for &(claim, _) in &pairs {
        if asked.insert(claim) {
            let facts = &mut claims[claim as usize];
            facts.due = law.settled_until(&record(facts.id)?, now);
        }
    }
    let late = |&(claim, row): &(u32, usize)| {
        rows[row].at.zip(claims[claim as usize].due).is_some_and(|(at, due)| at > due)
    };
    Ok(pairs.iter().any(late))
}

/// Pairs that are left over on both sides and nearly alike. Only for these few are identities opened.
pub(super) fn near<E>(
    claims: &[Claim],
    rows: &[Row],
    outcome: &Outcome,
    mut of_record: impl FnMut(i64) -> Result<Traits, E>,
    mut of_settlement: impl FnMut(i64) -> Result<Traits, E>,
) -> Result<Vec<(u32, u32, Likeness)>, E> {
    let (mut ours, mut theirs) = (FxHashMap::default(), FxHashMap::default());
    let mut found = Vec::new();
    for (claim, row) in near_pairs(claims, rows, outcome) {
        if let Entry::Vacant(place) = ours.entry(claim) {
            place.insert(of_record(claims[claim as usize].id)?);
        }
        if let Entry::Vacant(place) = theirs.entry(row) {
            place.insert(of_settlement(rows[row as usize].id)?);
        }
        found.extend(likeness(&ours[&claim], &theirs[&row]).map(|likeness| (claim, row, likeness)));
    }
    Ok(found)
}
