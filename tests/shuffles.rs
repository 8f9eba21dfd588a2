//! The order of the rows never matters: ten thousand records and their statement, shuffled again and again, give the
//! identical matches, verdicts, suggestions and bridge.
//!
//! `GUAZHANG_SHUFFLES` sets how often; a hundred by hand, a few with every run.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod common;

use common::Dice;
use common::world::{Shares, World};
use guazhang::domain::{Key, Money, Verdict};
use guazhang::reconcile::{Claim, Options, Outcome, Row, reconcile};

/// Both sides of a made-up downtime, as the engine takes them.
fn sides(visits: u64) -> (Vec<Claim>, Vec<Row>) {
    let world = World::with(visits, 7, Shares::MANY);
    let column = |head: &[&str], name: &str| head.iter().position(|head| *head == name).unwrap();
    let ours = |name: &str| column(&world.records.head, name);
    let theirs = |name: &str| column(&world.statement.head, name);
    let (no, id_no, total) = (ours("record_no"), ours("id_no"), ours("total"));
    let (at, receipt) = (ours("occurred_at"), ours("receipt_no"));
    let claims = (1..).zip(&world.records.rows).map(|(id, row)| Claim {
        record_no: Key::of(&row[no]),
        receipt: Key::of(&row[receipt]),
        cert: Key::of(&row[id_no]),
        ..Claim::new(id, row[total].parse().unwrap(), row[at].parse().unwrap())
    });
    let (setl, visit, psn) = (theirs("setl_id"), theirs("mdtrt_id"), theirs("psn_no"));
    let (cert, when, sum) = (theirs("certno"), theirs("setl_time"), theirs("medfee_sumamt"));
    let (flag, own) = (theirs("refd_setl_flag"), theirs("fac_record_no"));
    let rows = (1..).zip(&world.statement.rows).map(|(id, row)| {
        let total: Money = row[sum].parse().unwrap();
        Row {
            record_no: Key::of(&row[own]),
            visit: Key::of(&row[visit]),
            cert: Key::of(&row[cert]),
            psn: Key::of(&row[psn]),
            at: Some(row[when].parse().unwrap()),
            reversal: row[flag] == "1" || total.is_negative(),
            ..Row::new(id, Key::of(&row[setl]).unwrap(), total)
        }
    });
    // What the made-up downtime has none of: stays in parts, stays that count as one, equals of one person.
    let (mut claims, mut rows): (Vec<Claim>, Vec<Row>) = (claims.collect(), rows.collect());
    let day = claims[0].occurred_at;
    for n in 0..visits / 50 {
        let key = |name: &str| Key::of(&format!("{name}{n}"));
        let id = i64::try_from(1_000_000 + n * 10).unwrap();
        let fen = Money::from_fen;
        let claim = |id: i64, no: &str, total: i64| Claim {
            record_no: key(no),
            cert: key("group-person"),
            ..Claim::new(id, fen(total), day)
        };
        let row = |id: i64, no: &str, total: i64| Row {
            record_no: key(no).filter(|_| !no.is_empty()),
            cert: key("group-person"),
            ..Row::new(id, Key::of(&format!("group-{id}")).unwrap(), fen(total))
        };
        claims.push(claim(id, "parts", 9_000));
        rows.extend([row(id, "parts", 4_000), row(id + 1, "parts", 5_000)]);
        let stay = |id, no: &str, total| Claim { stay: key("stay"), ..claim(id, no, total) };
        claims.extend([stay(id + 1, "first", 3_000), stay(id + 2, "second", 1_500)]);
        rows.push(row(id + 2, "first", 4_500));
        claims.extend([claim(id + 3, "equal-a", 700), claim(id + 4, "equal-b", 700)]);
        rows.extend([row(id + 3, "", 700), row(id + 4, "", 700)]);
    }
    (claims, rows)
}

/// The answer by id, whatever the order was.
fn told(claims: &[Claim], rows: &[Row], outcome: &Outcome) -> Vec<String> {
    let claim = |at: u32| claims[at as usize].id;
    let row = |at: u32| rows[at as usize].id;
    let mut lines: Vec<String> = (claims.iter().zip(&outcome.claims))
        .map(|(of, v)| {
            let said = (v.verdict, v.reason, v.ground, v.row.map(row), v.difference);
            format!("claim {} {said:?}", of.id)
        })
        .collect();
    lines.extend(rows.iter().zip(&outcome.rows).map(|(of, v)| {
        let said = (v.verdict, v.reason, v.ground, v.claim.map(claim), v.pair.map(row), v.repeat_of.map(row));
        format!("row {} {said:?}", of.id)
    }));
    let ids = |all: &[u32], of: &dyn Fn(u32) -> i64| {
        let mut ids: Vec<i64> = all.iter().map(|&at| of(at)).collect();
        ids.sort_unstable();
        ids
    };
    let groups = outcome.groups.iter();
    lines.extend(
        groups
            .map(|g| format!("left {:?} {:?} {:?}", ids(&g.claims, &claim), ids(&g.rows, &row), g.likeness)),
    );
    let joined = outcome.joined.iter();
    lines.extend(joined.map(|g| format!("joined {:?} {:?}", ids(&g.claims, &claim), ids(&g.rows, &row))));
    lines.extend(outcome.beaten.iter().map(|&(c, r)| format!("beaten {} {}", claim(c), row(r))));
    lines.sort();
    lines.push(format!("{:?}", outcome.bridge));
    lines
}

#[test]
fn ten_thousand_rows_in_any_order_give_the_identical_matches() {
    let times: u64 = std::env::var("GUAZHANG_SHUFFLES").map_or(5, |times| times.parse().unwrap());
    let (mut claims, mut rows) = sides(10_000);
    let outcome = reconcile(&claims, &rows, &Options::default());
    assert!(outcome.bridge.ties());
    assert_eq!(outcome.joined.len(), 400, "two groups for each of two hundred persons");
    let open = outcome.claims.iter().filter(|claim| claim.verdict == Verdict::Ambiguous).count();
    assert_eq!(open, 400, "the equals, and nothing else");
    let first = told(&claims, &rows, &outcome);
    let mut dice = Dice::new(42);
    for time in 0..times {
        dice.shuffle(&mut claims);
        dice.shuffle(&mut rows);
        let outcome = reconcile(&claims, &rows, &Options::default());
        let again = told(&claims, &rows, &outcome);
        let other = first.iter().zip(&again).find(|(one, other)| one != other);
        assert!(first.len() == again.len() && other.is_none(), "shuffle {time}: {other:?}");
    }
}
