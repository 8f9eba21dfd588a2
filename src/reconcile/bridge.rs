//! The bridge: from the ledger's sum to the platform's, one step per kind of difference.
//!
//! Two equal sums can hide opposite errors, and two different sums can be
//! explained to the fen. Rows given twice count once; a settlement and its
//! reversal cancel out and are on neither side.

use super::{Claim, ClaimVerdict, Outcome, Row, RowVerdict};
use crate::domain::{Key, Money, Verdict};
use rustc_hash::FxHashSet;
use serde::Serialize;
use std::collections::BTreeMap;

/// Both sums and what lies between them, in fen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bridge {
    /// Sum of all claims.
    #[serde(rename = "ledger_fen")]
    pub ledger: Money,
    /// Claims without a settlement: taken off the ledger's sum.
    #[serde(rename = "missing_fen")]
    pub missing: Money,
    /// Claims whose settlement was reversed: taken off.
    #[serde(rename = "reversed_fen")]
    pub reversed: Money,
    /// Claims left to a person: taken off.
    #[serde(rename = "ambiguous_claims_fen")]
    pub ambiguous_claims: Money,
    /// What matched and differing rows have more than their claims: added.
    #[serde(rename = "differences_fen")]
    pub differences: Money,
    /// What was settled more than once: added.
    #[serde(rename = "settled_twice_fen")]
    pub settled_twice: Money,
    /// Rows without a claim: added.
    #[serde(rename = "extra_fen")]
    pub extra: Money,
    /// Reversals without their original, negative: added.
    #[serde(rename = "reversals_alone_fen")]
    pub reversals_alone: Money,
    /// Rows left to a person: added.
    #[serde(rename = "ambiguous_rows_fen")]
    pub ambiguous_rows: Money,
    /// Rows with a code that nobody knows: added.
    #[serde(rename = "unknown_codes_fen", skip_serializing_if = "nothing")]
    pub unread: Money,
    /// Sum of all rows.
    #[serde(rename = "platform_fen")]
    pub platform: Money,
}

impl Bridge {
    pub(super) fn of(claims: &[Claim], rows: &[Row], found: &[ClaimVerdict], said: &[RowVerdict]) -> Bridge {
        let parts = parts_of((claims, rows), (found, said), |_| (), |_| ());
        parts.into_values().next().unwrap_or_default()
    }

    fn add_claim(&mut self, claim: &Claim, verdict: &ClaimVerdict) {
        self.ledger += claim.total;
        match verdict.verdict {
            Verdict::Matched | Verdict::AmountDiffers => self.differences += verdict.difference,
            Verdict::Duplicate => self.settled_twice += verdict.difference,
            Verdict::Missing | Verdict::Extra => self.missing += claim.total,
            Verdict::Reversed => self.reversed += claim.total,
            Verdict::Ambiguous => self.ambiguous_claims += claim.total,
        }
    }

    fn add_row(&mut self, amount: Money, verdict: &RowVerdict) {
        self.platform += amount;
        match verdict.verdict {
            Verdict::Matched | Verdict::AmountDiffers | Verdict::Duplicate => {}
            Verdict::Extra | Verdict::Missing => self.extra += amount,
            Verdict::Reversed => self.reversals_alone += amount,
            Verdict::Ambiguous => self.ambiguous_rows += amount,
        }
    }

    /// The platform's sum as it follows from the ledger's.
    pub fn reckoned(&self) -> Money {
        self.ledger - self.missing - self.reversed - self.ambiguous_claims
            + self.differences
            + self.settled_twice
            + self.extra
            + self.reversals_alone
            + self.ambiguous_rows
            + self.unread
    }

    /// The same with rows that are on the platform's side and that nobody could lay against anything.
    pub fn with_unread(mut self, amount: Money) -> Bridge {
        self.unread += amount;
        self.platform += amount;
        self
    }

    /// What the ledger alone has: claims without a settlement, with one that was reversed, or left to a person.
    pub fn ledger_only(&self) -> Money {
        self.missing + self.reversed + self.ambiguous_claims
    }

    /// Claims that a settlement was found for, at the ledger's totals.
    pub fn matched(&self) -> Money {
        self.ledger - self.ledger_only()
    }

    /// What the platform has more of the claims that both sides have.
    pub fn differing(&self) -> Money {
        self.differences + self.settled_twice
    }

    /// What the platform alone has.
    pub fn platform_only(&self) -> Money {
        self.extra + self.reversals_alone + self.ambiguous_rows + self.unread
    }

    /// Every fen between the two sums is explained.
    pub fn ties(&self) -> bool {
        self.reckoned() == self.platform
    }
}

/// The bridge in parts, each of which ties by itself: a claim and every row that is its own stand in the claim's part,
/// a row without a claim in its own.
pub fn bridge_parts<G: Ord>(
    claims: &[Claim],
    rows: &[Row],
    outcome: &Outcome,
    of_claim: impl Fn(usize) -> G,
    of_row: impl Fn(usize) -> G,
) -> BTreeMap<G, Bridge> {
    parts_of((claims, rows), (&outcome.claims, &outcome.rows), of_claim, of_row)
}

/// What each row adds to the platform's sum. Where an id has a negative row, a positive one with the refund flag is the
/// original: some platforms set the flag on both.
pub fn signed_amounts(rows: &[Row]) -> Vec<Money> {
    let negative: FxHashSet<Key> =
        rows.iter().filter(|row| row.total.is_negative()).map(|row| row.setl).collect();
    let signed = |row: &Row| {
        let original = row.reversal && !row.total.is_negative() && negative.contains(&row.setl);
        if original { row.total } else { row.signed() }
    };
    rows.iter().map(signed).collect()
}

fn parts_of<G: Ord>(
    (claims, rows): (&[Claim], &[Row]),
    (found, said): (&[ClaimVerdict], &[RowVerdict]),
    of_claim: impl Fn(usize) -> G,
    of_row: impl Fn(usize) -> G,
) -> BTreeMap<G, Bridge> {
    let mut parts: BTreeMap<G, Bridge> = BTreeMap::new();
    for (at, (claim, verdict)) in claims.iter().zip(found).enumerate() {
        parts.entry(of_claim(at)).or_default().add_claim(claim, verdict);
    }
    for (at, (amount, verdict)) in signed_amounts(rows).into_iter().zip(said).enumerate() {
        if verdict.repeat_of.is_some() || verdict.pair.is_some() {
            continue;
        }
        let part = verdict.claim.map_or_else(|| of_row(at), |claim| of_claim(claim as usize));
        parts.entry(part).or_default().add_row(amount, verdict);
    }
    // A settlement of several records stands with the first of them; each of the others bears its own total of it.
    for (at, (claim, verdict)) in claims.iter().zip(found).enumerate() {
        let owner = verdict.row.and_then(|row| said[row as usize].claim);
        if let Some(owner) = owner.filter(|&owner| owner as usize != at) {
            let first = parts.entry(of_claim(owner as usize)).or_default();
            first.platform = first.platform - claim.total;
            parts.entry(of_claim(at)).or_default().platform += claim.total;
        }
    }
    parts
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn nothing(amount: &Money) -> bool {
    amount.is_zero()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Time;
    use crate::reconcile::{Options, reconcile};
    use proptest::prelude::*;

    /// So many data sets; `GUAZHANG_BRIDGES` asks for more.
    fn cases() -> u32 {
        std::env::var("GUAZHANG_BRIDGES").ok().and_then(|text| text.parse().ok()).unwrap_or(400)
    }

    fn key(name: &str, number: u8) -> Option<Key> {
        if number == 0 { None } else { Key::of(&format!("{name}{number}")) }
    }

    fn at(day: u8) -> Time {
        Time::new(2021, 10, u32::from(day) + 1, 9, 0, 0).unwrap()
    }

    fn claims() -> impl Strategy<Value = Vec<Claim>> {
        let one = (0..9_u8, 0..5_u8, 0..4_u8, 0..4_u8, 1..5_i64, 0..28_u8);
        prop::collection::vec(one, 0..14).prop_map(|all| {
            let of = |(at_, (no, issued, cert, psn, total, day)): (usize, (u8, u8, u8, u8, i64, u8))| Claim {
                record_no: key("R", no),
                issued: key("M", issued),
                // Few stays, so that several claims of one person often have one in common.
                stay: key("T", day % 3),
                visit: key("V", if issued > 0 { day % 4 } else { 0 }),
                cert: key("P", cert),
                psn: key("N", psn),
                exported: issued > 0,
                ..Claim::new(i64::try_from(at_).unwrap() + 1, Money::from_fen(total), at(day))
            };
            all.into_iter().enumerate().map(of).collect()
        })
    }

    fn rows() -> impl Strategy<Value = Vec<Row>> {
        let keys = (1..12_u8, 0..12_u8, 0..9_u8, 0..5_u8, 0..4_u8, 0..4_u8);
        let one = (keys, -4..9_i64, 0..28_u8, any::<bool>(), any::<bool>());
        prop::collection::vec(one, 0..14).prop_map(|all| {
            let mut rows = Vec::new();
            for (number, ((setl, init, no, issued, cert, psn), total, day, flag, parts_agree)) in
                (1..).zip(all)
            {
                rows.push(Row {
                    init: key("S", init),
                    record_no: key("R", no),
                    issued: key("M", issued),
                    visit: key("V", day % 4),
                    cert: key("P", cert),
                    psn: key("N", psn),
                    at: (day > 2).then(|| at(day)),
                    reversal: total < 0 || (flag && total > 2),
                    parts_agree,
                    ..Row::new(number, key("S", setl).unwrap(), Money::from_fen(total))
                });
            }
            rows
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(cases()))]
        #[test]
        fn the_bridge_ties_as_a_whole_and_in_every_part(claims in claims(), rows in rows(), unread in -9..9_i64) {
            let outcome = reconcile(&claims, &rows, &Options::default());
            prop_assert!(outcome.bridge.ties(), "{:?}", outcome.bridge);
            let parts = bridge_parts(&claims, &rows, &outcome, |at| claims[at].id % 3, |at| rows[at].id % 3);
            for part in parts.values() {
                prop_assert!(part.ties(), "{part:?}");
            }
            let ledger: Money = claims.iter().map(|claim| claim.total).sum();
            let counted = signed_amounts(&rows).into_iter().zip(&outcome.rows);
            let counted = counted.filter(|(_, said)| said.repeat_of.is_none() && said.pair.is_none());
            let platform: Money = counted.map(|(amount, _)| amount).sum();
            let sum = |of: fn(&Bridge) -> Money| parts.values().map(of).sum::<Money>();
            prop_assert_eq!((sum(|part| part.ledger), sum(|part| part.platform)), (ledger, platform));
            prop_assert_eq!((outcome.bridge.ledger, outcome.bridge.platform), (ledger, platform));
            let whole = outcome.bridge.with_unread(Money::from_fen(unread));
            prop_assert!(whole.ties());
            prop_assert_eq!(whole.platform, platform + Money::from_fen(unread));
        }
    }

    #[test]
    fn a_settlement_of_several_records_ties_in_the_part_of_each() {
        let claim = |id: i64, number: u8, total: i64| Claim {
            record_no: key("R", number),
            stay: key("T", 1),
            cert: key("P", 1),
            ..Claim::new(id, Money::from_fen(total), at(1))
        };
        let claims = [claim(1, 1, 40), claim(2, 2, 60)];
        for (printed, differs) in [(100, 0), (90, -10)] {
            let row = Row::new(1, key("S", 1).unwrap(), Money::from_fen(printed));
            let rows = [Row { record_no: key("R", 2), cert: key("P", 1), at: Some(at(2)), ..row }];
            let outcome = reconcile(&claims, &rows, &Options::default());
            assert_eq!(outcome.joined.len(), usize::from(differs == 0), "{outcome:?}");
            let parts = bridge_parts(&claims, &rows, &outcome, |place| claims[place].id, |_| 0);
            assert!(parts.values().all(Bridge::ties), "{parts:?}");
        }
    }
}
