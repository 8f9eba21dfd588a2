//! The rules by which what several ledgers say becomes one state.
//!
//! A chain grows at its end only, and each ledger says only what it did itself. So
//! what counts is, for each ledger, the longest chain that was seen of it, and of each
//! record its last word in that chain. Everything here is worked out of those sets:
//! no clock is read, and in which order bundles came makes no difference.

use crate::domain::{Digest, Reason, Stage, Stand, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// What a stretch of a chain is to what stands of that chain already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placing {
    /// All of it stands already.
    Known,
    /// It goes on from what stands, or begins within it.
    Next,
    /// Something between is missing, from this event on.
    Gap {
        /// The first event that is missing.
        from: i64,
    },
    /// At this event two different chains begin.
    Fork {
        /// The first event of which two are known.
        at: i64,
    },
}

/// Finds out what a stretch is, event by event.
#[derive(Clone, Debug)]
pub struct Placer {
    head: i64,
    first: i64,
    last: i64,
    fork: Option<i64>,
}

impl Placer {
    /// A stretch from `first` on beside a chain that ends at `head`. `before` is the hash that it follows, `known` the
    /// hash that stands there, where one does.
    pub fn new(head: i64, first: i64, before: Digest, known: Option<Digest>) -> Placer {
        let stands = if first == 1 { Some(Digest::NONE) } else { known };
        let fork = stands.filter(|hash| first - 1 <= head && *hash != before).map(|_| (first - 1).max(1));
        Placer { head, first, last: first - 1, fork }
    }

    /// Takes the next event of the stretch; `known` is the hash that stands under its number.
    pub fn meet(&mut self, seq: i64, hash: Digest, known: Option<Digest>) {
        if self.fork.is_none() && known.is_some_and(|known| known != hash) {
            self.fork = Some(seq);
        }
        self.last = seq;
    }

    /// What it is.
    pub fn placing(&self) -> Placing {
        match self.fork {
            Some(at) => Placing::Fork { at },
            None if self.first > self.head + 1 => Placing::Gap { from: self.head + 1 },
            None if self.last <= self.head => Placing::Known,
            None => Placing::Next,
        }
    }
}

/// What one ledger did with a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asserted {
    /// Which ledger, so that equal words are told apart.
    pub ledger: String,
    /// The record is its own.
    pub home: bool,
    /// Where it stands there.
    pub stand: Stand,
}

/// What all of them together come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Combined {
    /// Where the record stands.
    pub stage: Stage,
    /// What the last reconciliation said.
    pub verdict: Option<Verdict>,
    /// Somebody voided it, and somebody else had sent or settled it.
    pub void_and_settled: bool,
}

/// How far a stage is on the way. The farthest counts: what went out or was paid cannot be unsaid by who did not know.
fn rank(stage: Stage) -> u8 {
    match stage {
        Stage::Draft | Stage::Void => 0,
        Stage::Pending => 1,
        Stage::Rejected => 2,
        Stage::Held => 3,
        Stage::Exported => 4,
        Stage::HandedOver => 5,
        Stage::Settled => 6,
        Stage::Refunded => 7,
        Stage::Cleared => 8,
    }
}

/// Where a record stands that has `version` now, by all that was done with it.
///
/// * What a ledger itself took back, it no longer says: its last own step counts.
/// * A refusal by the platform holds for the version that was refused; a correction opens the record again.
/// * Void counts as long as nobody sent, settled or closed it; who did counts more, and both are told.
pub fn combine(version: i64, all: &[Asserted]) -> Combined {
    let mut said: Vec<(u8, &Asserted, Stage)> = all
        .iter()
        .filter_map(|one| {
            let stage = one.stand.stage?;
            let corrected = stage == Stage::Rejected && one.stand.version < version;
            let stage = if corrected { Stage::Pending } else { stage };
            Some((rank(stage), one, stage))
        })
        .collect();
    said.sort_by(|a, b| (a.0, a.1.home, &b.1.ledger).cmp(&(b.0, b.1.home, &a.1.ledger)));
    let voided = said.iter().any(|(_, _, stage)| *stage == Stage::Void);
    let farthest = said.last().map(|(rank, _, stage)| (*rank, *stage));
    let sent = farthest.filter(|(far, _)| *far >= rank(Stage::Exported));
    let stage = match (voided, sent) {
        (true, None) => Stage::Void,
        (_, Some((_, stage))) => stage,
        (false, None) => farthest.map_or(Stage::Pending, |(_, stage)| stage),
    };
    // The verdict of whoever brought it farthest, else of whoever has one.
    let verdict = said.iter().rev().find_map(|(_, one, _)| one.stand.verdict);
    let others = || all.iter().filter(|one| one.stand.stage.is_none()).collect::<Vec<_>>();
    let verdict = verdict.or_else(|| {
        let mut others = others();
        others.sort_by(|a, b| a.ledger.cmp(&b.ledger));
        others.iter().find_map(|one| one.stand.verdict)
    });
    Combined { stage, verdict, void_and_settled: voided && sent.is_some() }
}

/// The result of a record as one ledger knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultOf {
    /// Row number of the record.
    pub record: i64,
    /// Which ledger knows it.
    pub ledger: String,
    /// The settlement that settles this record alone; empty where none does.
    pub setl_id: String,
    /// That ledger paid a refund.
    pub refunded: bool,
}

/// What cannot all be true of results: one record with two results, and one settlement on two records.
pub fn odd_results(results: &[ResultOf]) -> BTreeSet<(Reason, i64)> {
    let mut settled: BTreeMap<i64, BTreeSet<&str>> = BTreeMap::new();
    let mut paid: BTreeMap<i64, BTreeSet<&str>> = BTreeMap::new();
    let mut settles: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
    for one in results {
        if !one.setl_id.is_empty() {
            settled.entry(one.record).or_default().insert(&one.setl_id);
            settles.entry(&one.setl_id).or_default().insert(one.record);
        }
        if one.refunded {
            paid.entry(one.record).or_default().insert(&one.ledger);
        }
    }
    let two = settled.iter().chain(&paid).filter(|(_, all)| all.len() > 1);
    let on_two = settles.values().filter(|records| records.len() > 1).flatten();
    two.map(|(record, _)| (Reason::TwoResults, *record))
        .chain(on_two.map(|record| (Reason::SettlementOnTwo, *record)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(text: &str) -> Digest {
        Digest::of(text.as_bytes())
    }

    #[test]
    fn a_stretch_is_known_next_after_a_gap_or_a_fork() {
        // The chain that stands: a b c.
        let stands = |seq: i64| ["", "a", "b", "c"].get(usize::try_from(seq).unwrap()).map(|text| hash(text));
        #[rustfmt::skip] // the columns are the point
        let cases: &[(i64, &str, &[&str], Placing)] = &[
            (1, "",  &["a"],           Placing::Known),
            (2, "a", &["b", "c"],      Placing::Known),
            (1, "",  &["a", "b", "c", "d"], Placing::Next),
            (4, "c", &["d"],           Placing::Next),
            (6, "e", &["f"],           Placing::Gap { from: 4 }),
            (4, "x", &["d"],           Placing::Fork { at: 3 }),
            (3, "b", &["x", "y"],      Placing::Fork { at: 3 }),
            (1, "",  &["x"],           Placing::Fork { at: 1 }),
            (2, "a", &["b"],           Placing::Known),
        ];
        for (first, before, events, want) in cases {
            let before = if before.is_empty() { Digest::NONE } else { hash(before) };
            let known = |seq: i64| if seq == 0 { None } else { stands(seq) };
            let mut placer = Placer::new(3, *first, before, known(first - 1));
            for (seq, event) in (*first..).zip(*events) {
                placer.meet(seq, hash(event), known(seq));
            }
            assert_eq!(placer.placing(), *want, "{first} {events:?}");
        }
    }

    #[test]
    fn the_farthest_step_counts_and_what_was_taken_back_does_not() {
        use Stage::{Cleared, Exported, Held, Pending, Refunded, Rejected, Settled, Void};
        type Case<'a> = (&'a [(&'a str, Stage, i64)], i64, Stage, bool);
        #[rustfmt::skip] // the columns are the point
        let cases: &[Case<'_>] = &[
            // who, stage, of version                                    now  comes to  both
            (&[("A", Pending, 1)],                                        1,  Pending,  false),
            (&[("A", Pending, 1), ("C", Exported, 1)],                    1,  Exported, false),
            (&[("A", Held, 1),    ("C", Pending, 1)],                     1,  Held,     false),
            (&[("A", Pending, 1), ("C", Rejected, 1)],                    1,  Rejected, false),
            (&[("A", Pending, 2), ("C", Rejected, 1)],                    2,  Pending,  false),
            (&[("A", Pending, 2), ("C", Settled, 1)],                     2,  Settled,  false),
            (&[("A", Refunded, 1), ("C", Settled, 1)],                    1,  Refunded, false),
            (&[("A", Refunded, 1), ("C", Cleared, 1)],                    1,  Cleared,  false),
            (&[("A", Void, 1),    ("C", Pending, 1)],                     1,  Void,     false),
            (&[("A", Void, 1),    ("C", Rejected, 1)],                    1,  Void,     false),
            (&[("A", Void, 1),    ("C", Exported, 1)],                    1,  Exported, true),
            (&[("A", Void, 1),    ("C", Settled, 1), ("B", Cleared, 1)],  1,  Cleared,  true),
        ];
        for (said, version, want, both) in cases {
            let mut all: Vec<Asserted> = said
                .iter()
                .map(|(ledger, stage, version)| Asserted {
                    ledger: (*ledger).to_owned(),
                    home: *ledger == "A",
                    stand: Stand { stage: Some(*stage), verdict: None, version: *version },
                })
                .collect();
            for _ in 0..all.len() {
                all.rotate_left(1);
                let found = combine(*version, &all);
                assert_eq!((found.stage, found.void_and_settled), (*want, *both), "{said:?}");
            }
        }
    }

    #[test]
    fn results_that_cannot_both_be_true_are_named() {
        let of = |record, ledger: &str, setl_id: &str, refunded| ResultOf {
            record,
            ledger: ledger.to_owned(),
            setl_id: setl_id.to_owned(),
            refunded,
        };
        #[rustfmt::skip] // the columns are the point
        let cases = [
            (vec![of(1, "A", "S1", false), of(1, "C", "S1", false)], vec![]),
            (vec![of(1, "A", "S1", false), of(1, "C", "S2", false)], vec![(Reason::TwoResults, 1)]),
            (vec![of(1, "A", "S1", true),  of(1, "C", "S1", true)],  vec![(Reason::TwoResults, 1)]),
            (vec![of(1, "A", "S1", true),  of(1, "A", "S1", true)],  vec![]),
            (vec![of(1, "A", "S1", false), of(2, "A", "S1", false)], vec![(Reason::SettlementOnTwo, 1), (Reason::SettlementOnTwo, 2)]),
            (vec![of(1, "A", "", false),   of(2, "A", "", false)],   vec![]),
        ];
        for (results, want) in cases {
            let found: Vec<_> = odd_results(&results).into_iter().collect();
            assert_eq!(found, want, "{results:?}");
        }
    }
}
