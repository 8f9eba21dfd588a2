//! What holds for every input: order does not matter, no row is used twice, the bridge ties,
//! and a made-up downtime comes out exactly as it was made.

use super::*;
use crate::domain::{Money, Time, Verdict};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn at(day: u32) -> Time {
    Time::new(2025, 9, day, 10, 0, 0).unwrap()
}

/// A key out of few, so that they meet often; 0 is none.
fn pick(name: &'static str, few: u8) -> impl Strategy<Value = Option<Key>> {
    (0..=few).prop_map(move |n| if n == 0 { None } else { Key::of(&format!("{name}{n}")) })
}

fn claims() -> impl Strategy<Value = Vec<Claim>> {
    let one = (
        (pick("R", 6), pick("M", 3), pick("S", 3), pick("S", 2)),
        (pick("P", 3), pick("N", 3), 1..4_i64, 1..6_u32, any::<bool>()),
    );
    let one =
        one.prop_map(|((record_no, issued, answered, confirmed), (cert, psn, total, day, exported))| Claim {
            record_no,
            issued,
            visit: issued.filter(|_| total == 2),
            stay: cert.filter(|_| day > 3),
            receipt: record_no.filter(|_| day == 2),
            answered: answered.filter(|_| exported),
            confirmed: confirmed.filter(|_| day == 1),
            cert,
            psn,
            due: (day == 4).then(|| at(5)),
            exported,
            ..Claim::new(0, Money::from_fen(total), at(day))
        });
    prop::collection::vec(one, 0..9).prop_map(|mut claims| {
        (1..).zip(&mut claims).for_each(|(id, claim)| claim.id = id);
        claims
    })
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let one = (
        (pick("S", 9), pick("S", 9), pick("R", 7), pick("M", 4), pick("P", 3), pick("N", 3)),
        (1..4_i64, 0..7_u32, any::<bool>(), any::<bool>(), 0..4_u8),
    );
    let one =
        one.prop_map(|((setl, init, record_no, issued, cert, psn), (total, day, negative, flag, parts))| {
            let reversal = negative && flag;
            Row {
                init: init.filter(|_| reversal),
                record_no: record_no.filter(|_| parts != 2),
                receipt: record_no.filter(|_| parts == 2),
                visit: issued.filter(|_| parts == 3),
                issued: issued.filter(|_| parts != 3),
                cert,
                psn,
                at: (day > 0).then(|| at(day)),
                reversal,
                parts_agree: parts > 0,
                ..Row::new(
                    0,
                    setl.unwrap_or(Key::of("S0").unwrap()),
                    Money::from_fen(if negative && day > 2 && reversal { -total } else { total }),
                )
            }
        });
    prop::collection::vec(one, 0..12).prop_map(|mut rows| {
        (1..).zip(&mut rows).for_each(|(id, row)| row.id = id);
        rows
    })
}

/// The answer by content: ids in place of positions.
fn by_id(claims: &[Claim], rows: &[Row], outcome: &Outcome) -> String {
    let row_id = |at: Option<u32>| at.map(|at| rows[at as usize].id);
    let claim_id = |at: Option<u32>| at.map(|at| claims[at as usize].id);
    let of_claims: BTreeMap<i64, String> = claims
        .iter()
        .zip(&outcome.claims)
        .map(|(claim, v)| {
            (claim.id, format!("{:?}", (v.verdict, v.reason, v.ground, row_id(v.row), v.difference)))
        })
        .collect();
    let of_rows: BTreeMap<i64, String> = rows
        .iter()
        .zip(&outcome.rows)
        .map(|(row, v)| {
            let links = (claim_id(v.claim), row_id(v.pair), row_id(v.repeat_of));
            (row.id, format!("{:?} {links:?}", (v.verdict, v.reason, v.ground)))
        })
        .collect();
    let mut groups: Vec<String> = outcome
        .groups
        .iter()
        .map(|group| {
            let mut of: (Vec<i64>, Vec<i64>) = (
                group.claims.iter().map(|&at| claims[at as usize].id).collect(),
                group.rows.iter().map(|&at| rows[at as usize].id).collect(),
            );
            of.0.sort_unstable();
            of.1.sort_unstable();
            format!("{of:?} {:?} {}", group.likeness, group.sums_agree)
        })
        .collect();
    groups.sort();
    let ids = |joined: &Joined| -> (Vec<_>, Vec<_>) {
        (
            joined.claims.iter().map(|&at| claims[at as usize].id).collect(),
            joined.rows.iter().map(|&at| rows[at as usize].setl).collect(),
        )
    };
    let mut joined: Vec<_> = outcome.joined.iter().map(ids).collect();
    joined.sort();
    let beaten: Vec<_> =
        outcome.beaten.iter().map(|&(c, r)| (claims[c as usize].id, rows[r as usize].setl)).collect();
    format!("{of_claims:#?}\n{of_rows:#?}\n{groups:#?}\n{joined:?}\n{beaten:?}\n{:?}", outcome.bridge)
}

/// One row and everything that its keys touch, and theirs, by kind of key.
fn touched_by(claims: &[Claim], rows: &[Row], from: usize) -> (Vec<Claim>, Vec<Row>) {
    let keys_of_claim = |c: &Claim| {
        [
            (0, c.record_no),
            (1, c.receipt),
            (2, c.issued),
            (3, c.answered),
            (3, c.confirmed),
            (4, c.visit),
            (5, c.cert),
            (6, c.psn),
        ]
    };
    let keys_of_row = |r: &Row| {
        [
            (0, r.record_no),
            (1, r.receipt),
            (2, r.issued),
            (3, Some(r.setl)),
            (3, r.init),
            (4, r.visit),
            (5, r.cert),
            (6, r.psn),
        ]
    };
    let mut touched: Vec<(i32, Option<Key>)> =
        rows.get(from).map(keys_of_row).into_iter().flatten().collect();
    loop {
        let known = touched.len();
        let is_touched =
            |keys: &[(i32, Option<Key>)]| keys.iter().any(|key| key.1.is_some() && touched.contains(key));
        let more: Vec<_> = claims
            .iter()
            .map(keys_of_claim)
            .chain(rows.iter().map(keys_of_row))
            .filter(|keys| is_touched(keys))
            .flatten()
            .collect();
        for key in more {
            if key.1.is_some() && !touched.contains(&key) {
                touched.push(key);
            }
        }
        if touched.len() == known {
            break;
        }
    }
    let is_in = |keys: &[(i32, Option<Key>)]| keys.iter().any(|key| key.1.is_some() && touched.contains(key));
    let few = claims.iter().filter(|claim| is_in(&keys_of_claim(claim))).copied().collect();
    let left = rows.iter().filter(|row| is_in(&keys_of_row(row))).copied().collect();
    (few, left)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn order_does_not_matter(
        claims in claims(), rows in rows(), turn in 0..12_usize, back in any::<bool>(), tolerance in 0..2_i64,
    ) {
        let key = |text: &str| Key::of(text).unwrap();
        let options = Options {
            tolerance: Money::from_fen(tolerance),
            forbidden: vec![(1, key("S1"))],
            pinned: vec![(2, key("S2")), (3, key("S3")), (4, key("S3"))],
            ..Options::default()
        };
        let straight = by_id(&claims, &rows, &reconcile(&claims, &rows, &options));
        let (mut other_claims, mut other_rows) = (claims.clone(), rows.clone());
        if !claims.is_empty() { other_claims.rotate_left(turn % claims.len()); }
        if !rows.is_empty() { other_rows.rotate_right(turn % rows.len()); }
        if back { other_claims.reverse(); other_rows.reverse(); }
        let turned = by_id(&other_claims, &other_rows, &reconcile(&other_claims, &other_rows, &options));
        prop_assert_eq!(straight, turned);
    }

    /// What the hub rests on: it hands the engine a set that no key leads out of, and settles the rest by itself.
    #[test]
    fn a_set_that_no_key_leads_out_of_is_judged_as_among_all(
        claims in claims(), rows in rows(), from in 0..12_usize, tolerance in 0..2_i64,
    ) {
        let options = Options { tolerance: Money::from_fen(tolerance), ..Options::default() };
        let (few, left) = touched_by(&claims, &rows, from);
        let all = reconcile(&claims, &rows, &options);
        let some = reconcile(&few, &left, &options);
        let of = |claims: &[Claim], rows: &[Row], outcome: &Outcome| -> BTreeMap<i64, String> {
            let row_id = |at: Option<u32>| at.map(|at| rows[at as usize].id);
            let claim_id = |at: Option<u32>| at.map(|at| claims[at as usize].id);
            let ours = claims.iter().zip(&outcome.claims).map(|(claim, v)| {
                (claim.id, format!("{:?} {:?}", (v.verdict, v.reason, v.ground, v.difference), row_id(v.row)))
            });
            let theirs = rows.iter().zip(&outcome.rows).map(|(row, v)| {
                let links = (claim_id(v.claim), row_id(v.pair), row_id(v.repeat_of));
                (-row.id, format!("{:?} {links:?}", (v.verdict, v.reason, v.ground)))
            });
            ours.chain(theirs).collect()
        };
        let (all, some) = (of(&claims, &rows, &all), of(&few, &left, &some));
        for (id, said) in some {
            prop_assert_eq!(&all[&id], &said, "{}", id);
        }
    }

    #[test]
    fn each_row_is_used_once_and_the_bridge_ties(claims in claims(), rows in rows()) {
        let outcome = reconcile(&claims, &rows, &Options::default());
        prop_assert!(outcome.bridge.ties(), "{:?}", outcome.bridge);
        let shared: Vec<u32> =
            outcome.joined.iter().filter(|group| group.claims.len() > 1).flat_map(|group| group.rows.clone()).collect();
        let matched = outcome.claims.iter().filter(|claim| claim.verdict == Verdict::Matched);
        let mut settled_by: Vec<u32> =
            matched.filter_map(|claim| claim.row).filter(|row| !shared.contains(row)).collect();
        settled_by.extend(&shared);
        let parts = outcome.joined.iter().filter(|group| group.claims.len() == 1);
        settled_by.extend(parts.flat_map(|group| group.rows.clone()));
        let count = settled_by.len();
        settled_by.sort_unstable();
        settled_by.dedup();
        prop_assert_eq!(count, settled_by.len(), "a row settles two claims");
        for (at, claim) in outcome.claims.iter().enumerate() {
            let Some(row) = claim.row else { continue };
            let said = outcome.rows[row as usize];
            if !shared.contains(&row) && outcome.claims.iter().filter(|other| other.row == Some(row)).count() == 1 {
                prop_assert_eq!(said.claim, Some(position(at)));
            }
            prop_assert_eq!(said.verdict, claim.verdict);
            prop_assert!(said.pair.is_none() && said.repeat_of.is_none());
        }
        for (at, row) in outcome.rows.iter().enumerate().filter(|(_, row)| row.repeat_of.is_none()) {
            let Some(pair) = row.pair else { continue };
            prop_assert_eq!(outcome.rows[pair as usize].pair, Some(position(at)));
            prop_assert_eq!(row.verdict, Verdict::Reversed);
        }
    }

    #[test]
    fn what_matched_stays_matched(claims in claims(), rows in rows(), tolerance in 0..2_i64) {
        let options = Options { tolerance: Money::from_fen(tolerance), ..Options::default() };
        let first = reconcile(&claims, &rows, &options);
        let (mut sticky, mut options) = (claims.clone(), options);
        for joined in &first.joined {
            for &claim in &joined.claims {
                let setl = |&row: &u32| (claims[claim as usize].id, rows[row as usize].setl);
                options.kept.extend(joined.rows.iter().map(setl));
            }
        }
        let in_groups = |id: i64| options.kept.iter().any(|&(record, _)| record == id);
        for (claim, verdict) in sticky.iter_mut().zip(&first.claims) {
            let settled = verdict.row.filter(|_| verdict.verdict == Verdict::Matched && !in_groups(claim.id));
            claim.confirmed = claim.confirmed.or(settled.map(|row| rows[row as usize].setl));
        }
        let again = reconcile(&sticky, &rows, &options);
        for (before, after) in first.claims.iter().zip(&again.claims) {
            prop_assert_eq!((before.verdict, before.reason, before.row), (after.verdict, after.reason, after.row));
        }
        prop_assert_eq!(first.bridge, again.bridge);
    }

    #[test]
    fn a_statement_given_twice_changes_nothing(claims in claims(), rows in rows()) {
        let once = reconcile(&claims, &rows, &Options::default());
        let again = rows.iter().map(|row| Row { id: row.id + 100, ..*row });
        let both: Vec<Row> = rows.iter().copied().chain(again).collect();
        let twice = reconcile(&claims, &both, &Options::default());
        prop_assert_eq!(once.claims, twice.claims);
        prop_assert_eq!(once.bridge, twice.bridge);
        prop_assert_eq!(&once.rows[..], &twice.rows[..rows.len()]);
    }
}

/// A downtime with a known truth: returning patients, rows with and without a number, and every kind of break.
fn downtime(count: u32) -> (Vec<Claim>, Vec<Row>, Vec<Verdict>) {
    let (mut claims, mut rows, mut truth) = (Vec::new(), Vec::new(), Vec::new());
    let mut seed = 88_172_645_463_325_252_u64;
    let mut next = |below: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % below
    };
    let key = |name: &str, n: u64| Key::of(&format!("{name}{n}"));
    for n in 0..u64::from(count) {
        let verdict = match next(100) {
            0 => Verdict::Missing,
            1 => Verdict::AmountDiffers,
            2 => Verdict::Duplicate,
            3 => Verdict::Reversed,
            4 => Verdict::Extra,
            _ => Verdict::Matched,
        };
        // Only patients without a break come back; what is unique stays unique: one total per visit.
        let person = if verdict == Verdict::Matched && next(10) < 4 { next(n / 8 + 1) * 8 } else { n };
        let person = if person % 8 == 0 && verdict != Verdict::Matched { 1_000_000 + n } else { person };
        let total = i64::try_from(500 + n).unwrap();
        let number = key("R", n).filter(|_| next(10) < 7);
        let mut settle = |total: i64| {
            let setl = key("S", u64::try_from(rows.len()).unwrap()).unwrap();
            rows.push(Row {
                record_no: number,
                cert: key("P", person),
                psn: key("N", person),
                at: Some(at(20)),
                ..Row::new(i64::try_from(rows.len()).unwrap(), setl, Money::from_fen(total))
            });
        };
        match verdict {
            Verdict::AmountDiffers => settle(total + 7),
            Verdict::Duplicate => (0..2).for_each(|_| settle(total)),
            Verdict::Reversed => [total, -total].into_iter().for_each(settle),
            Verdict::Missing => {}
            _ => settle(total),
        }
        if verdict != Verdict::Extra {
            claims.push(Claim {
                record_no: key("R", n),
                cert: key("P", person),
                exported: true,
                ..Claim::new(i64::try_from(n).unwrap(), Money::from_fen(total), at(1))
            });
            truth.push(verdict);
        }
    }
    (claims, rows, truth)
}

#[test]
fn a_made_up_downtime_comes_out_as_it_was_made() {
    let (claims, rows, truth) = downtime(20_000);
    let outcome = reconcile(&claims, &rows, &Options::default());
    for ((claim, verdict), want) in claims.iter().zip(&outcome.claims).zip(&truth) {
        assert_eq!(verdict.verdict, *want, "claim {}", claim.id);
    }
    let extra = outcome.rows.iter().filter(|row| row.verdict == Verdict::Extra).count();
    assert_eq!(extra, 20_000 - claims.len());
    assert!(outcome.bridge.ties());
    assert!(outcome.groups.is_empty());
}

#[test]
fn a_claim_and_a_row_stay_small() {
    let bytes = size_of::<Claim>() + size_of::<Row>() + size_of::<ClaimVerdict>() + size_of::<RowVerdict>();
    assert!(bytes <= 290, "{bytes} bytes for a claim and a row with their verdicts");
}
