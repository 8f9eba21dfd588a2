//! Small cases, one line each: what stands in the ledger, what in the statement, and what is said of both.
//!
//! A claim reads `id record person total`, a row `setl record person total`, each
//! followed by what else is known; `-` is nothing. Answers read
//! `verdict:reason:ground`, and for rows `verdict:reason:claim`.

use super::*;
use crate::domain::{Money, Time};
use crate::text::Label;

pub(super) fn key(text: &str) -> Option<Key> {
    Key::of(text.trim_start_matches('-'))
}

fn day(text: &str) -> Time {
    format!("2025-09-{text:0>2} 10:00").parse().unwrap()
}

fn fen(text: &str) -> Money {
    Money::from_fen(text.parse().unwrap())
}

fn claim(text: &str) -> Claim {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut claim = Claim {
        id: words[0].parse().unwrap(),
        record_no: key(words[1]),
        issued: None,
        answered: None,
        confirmed: None,
        cert: key(words[2]),
        psn: None,
        total: fen(words[3]),
        occurred_at: day("5"),
        exported: false,
    };
    for word in &words[4..] {
        match word.split_once('=') {
            Some(("issued", value)) => claim.issued = key(value),
            Some(("answered", value)) => claim.answered = key(value),
            Some(("confirmed", value)) => claim.confirmed = key(value),
            Some(("psn", value)) => claim.psn = key(value),
            Some(("day", value)) => claim.occurred_at = day(value),
            _ => claim.exported = *word == "sent",
        }
    }
    claim
}

fn row((at, text): (usize, &&str)) -> Row {
    let words: Vec<&str> = text.split_whitespace().collect();
    let total = fen(words[3]);
    let mut row = Row {
        id: i64::try_from(at).unwrap(),
        setl: key(words[0]).unwrap(),
        init: None,
        record_no: key(words[1]),
        issued: None,
        cert: key(words[2]),
        psn: None,
        total,
        at: None,
        reversal: total.is_negative(),
        parts_agree: true,
    };
    for word in &words[4..] {
        match word.split_once('=') {
            Some(("init", value)) => row.init = key(value),
            Some(("issued", value)) => row.issued = key(value),
            Some(("psn", value)) => row.psn = key(value),
            Some(("day", value)) => row.at = Some(day(value)),
            _ if *word == "refunded" => row.reversal = true,
            _ => row.parts_agree = *word != "torn",
        }
    }
    row
}

fn id<T: Label>(value: Option<T>) -> &'static str {
    value.map_or("-", |value| value.id())
}

/// What is said of claims and of rows, as the tables write it.
fn said(claims: &[&str], rows: &[&str], options: &Options) -> (Outcome, String, String) {
    let claims: Vec<Claim> = claims.iter().map(|text| claim(text)).collect();
    let rows: Vec<Row> = rows.iter().enumerate().map(row).collect();
    let outcome = reconcile(&claims, &rows, options);
    assert!(outcome.bridge.ties(), "{:?}", outcome.bridge);
    let of_claims =
        outcome.claims.iter().map(|c| format!("{}:{}:{}", c.verdict.id(), id(c.reason), id(c.ground)));
    let of_rows = outcome.rows.iter().map(|r| {
        let owner = r.claim.map_or("-".to_owned(), |at| claims[at as usize].id.to_string());
        format!("{}:{}:{owner}", r.verdict.id(), id(r.reason))
    });
    let (of_claims, of_rows) =
        (of_claims.collect::<Vec<_>>().join(" "), of_rows.collect::<Vec<_>>().join(" "));
    (outcome, of_claims, of_rows)
}

type Case = (&'static str, &'static [&'static str], &'static [&'static str], &'static str, &'static str);

fn check(cases: &[Case]) {
    for (name, claims, rows, want_claims, want_rows) in cases {
        let (_, of_claims, of_rows) = said(claims, rows, &Options::default());
        assert_eq!((&*of_claims, &*of_rows), (*want_claims, *want_rows), "{name}");
    }
}

#[test]
#[rustfmt::skip] // the columns are the point
fn one_claim_and_its_rows() {
    check(&[
        ("record number",        &["1 R1 P1 100"],               &["S1 R1 P1 100"],               "matched:-:record_no",      "matched:-:1"),
        ("issued key",           &["1 R1 P1 100 issued=M1"],     &["S1 - - 100 issued=M1"],       "matched:-:issued_key",     "matched:-:1"),
        ("answered key",         &["1 R1 P1 100 answered=S1"],   &["S1 - - 100"],                 "matched:-:issued_key",     "matched:-:1"),
        ("person and total",     &["1 R1 P1 100"],               &["S1 - P1 100"],                "matched:-:person_total",   "matched:-:1"),
        ("platform's person no", &["1 R1 - 100 psn=N1"],         &["S1 - - 100 psn=N1"],          "matched:-:person_total",   "matched:-:1"),
        ("unknown issued key",   &["1 R1 P1 100"],               &["S1 - P1 100 issued=M9"],      "matched:-:person_total",   "matched:-:1"),
        ("not sent",             &["1 R1 P1 100"],               &[],                             "missing:L1:-",             ""),
        ("no answer",            &["1 R1 P1 100 sent"],          &[],                             "missing:L2:-",             ""),
        ("total differs",        &["1 R1 P1 100"],               &["S1 R1 P1 101"],               "amount_mismatch:A1:record_no", "amount_mismatch:A1:1"),
        ("the only one left",    &["1 R1 P1 100"],               &["S1 - P1 101"],                "amount_mismatch:A1:person_alone", "amount_mismatch:A1:1"),
        ("parts do not sum",     &["1 R1 P1 100"],               &["S1 R1 P1 100 torn"],          "amount_mismatch:A2:record_no", "amount_mismatch:A2:1"),
        ("person differs",       &["1 R1 P1 100"],               &["S1 R1 P2 100"],               "ambiguous:A3:-",           "ambiguous:A3:1"),
        ("settled twice",        &["1 R1 P1 100"],               &["S1 R1 P1 100", "S2 R1 P1 100"], "duplicate:P2:record_no", "duplicate:P2:1 duplicate:P2:1"),
        ("twice by person",      &["1 R1 P1 100"],               &["S1 - P1 100", "S2 - P1 100"], "duplicate:P2:person_total", "duplicate:P2:1 duplicate:P2:1"),
        ("twice, one with key",  &["1 R1 P1 100"],               &["S1 R1 P1 100", "S2 - P1 100"], "duplicate:P2:record_no",  "duplicate:P2:1 duplicate:P2:1"),
        ("before the visit",     &["1 R1 P1 100"],               &["S1 - P1 100 day=4"],          "missing:L1:-",             "extra:P1:-"),
        ("on the day itself",    &["1 R1 P1 100 day=4"],         &["S1 - P1 100 day=4"],          "matched:-:person_total",   "matched:-:1"),
        ("nobody's row",         &[],                            &["S1 R9 P9 100"],               "",                         "extra:P1:-"),
        ("unknown record number",&["1 R1 P1 100"],               &["S1 R9 P1 100"],               "ambiguous:M1:-",           "ambiguous:M1:-"),
        ("unknown, other total", &["1 R1 P1 100"],               &["S1 R9 P1 101"],               "missing:L1:-",             "extra:P1:-"),
        ("row without person",   &["1 R1 P1 100"],               &["S1 - - 100"],                 "missing:L1:-",             "extra:P1:-"),
    ]);
}

#[test]
#[rustfmt::skip] // the columns are the point
fn repeats_and_reversals() {
    check(&[
        ("given twice",          &["1 R1 P1 100"], &["S1 R1 P1 100", "S1 R1 P1 100"],             "matched:-:record_no",   "matched:-:1 matched:-:1"),
        ("twice, keys joined",   &["1 R1 P1 100"], &["S1 - P1 100", "S1 R1 - 100"],               "matched:-:record_no",   "matched:-:1 matched:-:1"),
        ("one id, two totals",   &["1 R1 P1 100"], &["S1 R1 P1 100", "S1 R1 P1 90"],              "ambiguous:A1:-",        "ambiguous:A1:1 ambiguous:A1:1"),
        ("one id, two people",   &["1 - P1 100"],  &["S1 - P1 100", "S1 - P2 100"],               "ambiguous:M1:-",        "ambiguous:A3:- ambiguous:A3:-"),
        ("one id, two undoings", &["1 R1 P1 100"], &["S1 R1 P1 100", "S1 - - -100", "S1 - - -90"],  "ambiguous:A7:-",       "ambiguous:A7:1 ambiguous:A1:- ambiguous:A1:-"),
        ("reversed, same id",    &["1 R1 P1 100"], &["S1 R1 P1 100", "S1 R1 P1 -100"],            "reversed:-:record_no",  "reversed:-:1 reversed:-:1"),
        ("reversed by init",     &["1 R1 P1 100"], &["S1 R1 P1 100", "S2 - - -100 init=S1"],      "reversed:-:record_no",  "reversed:-:1 reversed:-:1"),
        ("flag on both",         &["1 R1 P1 100"], &["S1 R1 P1 100 refunded", "S2 - - -100 init=S1"], "reversed:-:record_no", "reversed:-:1 reversed:-:1"),
        ("flag, positive sign",  &["1 R1 P1 100"], &["S1 R1 P1 100", "S2 R1 P1 100 refunded"],    "reversed:-:record_no",  "reversed:-:1 reversed:-:1"),
        ("reversed by person",   &["1 R1 P1 100"], &["S1 - P1 100", "S2 - P1 -100"],              "reversed:-:person_total", "reversed:-:1 reversed:-:1"),
        ("key on one half",      &["1 R1 P1 100"], &["S1 R1 P1 100", "S2 - P1 -100"],             "reversed:-:record_no",  "reversed:-:1 reversed:-:1"),
        ("settled again",        &["1 R1 P1 100"], &["S1 R1 P1 100", "S2 R1 P1 -100 init=S1", "S3 R1 P1 100"], "matched:-:record_no", "reversed:-:1 reversed:-:1 matched:-:1"),
        ("which of two?",        &["1 R1 P1 100"], &["S1 R1 P1 100", "S2 R1 P1 -100", "S3 R1 P1 100"], "ambiguous:M1:-",   "ambiguous:M1:1 ambiguous:M1:1 ambiguous:M1:1"),
        ("time tells which",     &["1 R1 P1 100"], &["S1 R1 P1 100 day=6", "S2 R1 P1 -100 day=7", "S3 R1 P1 100 day=8"], "matched:-:record_no", "reversed:-:1 reversed:-:1 matched:-:1"),
        ("both undone",          &["1 R1 P1 100"], &["S1 R1 P1 100", "S2 R1 P1 -100", "S3 R1 P1 100", "S4 R1 P1 -100"], "reversed:-:record_no", "reversed:-:1 reversed:-:1 reversed:-:1 reversed:-:1"),
        ("reversal alone",       &["1 R1 P1 100"], &["S2 R1 P1 -100"],                            "reversed:P5:record_no", "reversed:P5:1"),
        ("nobody's reversal",    &[],              &["S2 - P1 -100"],                             "",                      "reversed:P5:-"),
        ("original outside",     &["1 R1 P1 100"], &["S1 R1 P1 100", "S2 R1 P1 -100 init=S0"],    "matched:-:record_no",   "matched:-:1 reversed:P5:1"),
        ("printed out of order", &["1 R1 P1 100"], &["S1 R1 P1 100 day=8", "S2 R1 P1 -100 day=7"], "reversed:-:record_no", "reversed:-:1 reversed:-:1"),
        ("undone in part",       &["1 R1 P1 100"], &["S1 R1 P1 100", "S2 - - -60 init=S1"],       "ambiguous:R4:-",        "ambiguous:R4:1 ambiguous:R4:-"),
        ("another amount",       &["1 R1 P1 100"], &["S1 R1 P1 100", "S2 R1 P1 -60"],             "ambiguous:R4:-",        "ambiguous:R4:1 ambiguous:R4:1"),
    ]);
}

#[test]
#[rustfmt::skip] // the columns are the point
fn several_claims_and_rows() {
    check(&[
        ("two visits, by key",  &["1 R1 P1 100", "2 R2 P1 100"], &["S1 R2 P1 100", "S2 R1 P1 100"], "matched:-:record_no matched:-:record_no", "matched:-:2 matched:-:1"),
        ("two totals",          &["1 R1 P1 100", "2 R2 P1 200"], &["S1 - P1 200", "S2 - P1 100"],   "matched:-:person_total matched:-:person_total", "matched:-:2 matched:-:1"),
        ("equal totals",        &["1 R1 P1 100", "2 R2 P1 100"], &["S1 - P1 100", "S2 - P1 100"],   "ambiguous:M1:- ambiguous:M1:-", "ambiguous:M1:- ambiguous:M1:-"),
        ("equal, one row",      &["1 R1 P1 100", "2 R2 P1 100"], &["S1 - P1 100"],                  "ambiguous:M1:- ambiguous:M1:-", "ambiguous:M1:-"),
        ("equal, one by key",   &["1 R1 P1 100", "2 R2 P1 100"], &["S1 R1 P1 100", "S2 - P1 100"],  "matched:-:record_no matched:-:person_total", "matched:-:1 matched:-:2"),
        ("equal, one confirmed",&["1 R1 P1 100 confirmed=S2", "2 R2 P1 100"], &["S1 - P1 100", "S2 - P1 100"], "matched:-:confirmed matched:-:person_total", "matched:-:2 matched:-:1"),
        ("a third settlement",  &["1 R1 P1 100", "2 R2 P1 100"], &["S1 R1 P1 100", "S2 R2 P1 100", "S3 - P1 100"], "matched:-:record_no matched:-:record_no", "matched:-:1 matched:-:2 ambiguous:M1:-"),
        ("equal, one too early",&["1 R1 P1 100 day=5", "2 R2 P1 100 day=9"], &["S1 - P1 100 day=7"],"matched:-:person_total missing:L1:-", "matched:-:1"),
        ("equal, one reversed", &["1 R1 P1 100", "2 R2 P1 100"], &["S1 - P1 100", "S2 - P1 -100 init=S1"], "ambiguous:M1:- ambiguous:M1:-", "reversed:-:- reversed:-:-"),
        ("one row for two",     &["1 R1 P1 100", "2 R2 P1 50"],  &["S1 - P1 150"],                  "ambiguous:M1:- ambiguous:M1:-", "ambiguous:M1:-"),
        ("two rows for one",    &["1 R1 P1 150"],                &["S1 - P1 100", "S2 - P1 50"],    "ambiguous:M1:-", "ambiguous:M1:- ambiguous:M1:-"),
        ("number given twice",  &["1 R1 P1 100", "2 R1 P2 200"], &["S1 R1 P1 100"],                 "ambiguous:M1:- ambiguous:M1:-", "ambiguous:M1:-"),
        ("keys name two",       &["1 R1 P1 100 issued=M1", "2 R2 P1 100"], &["S1 R2 P1 100 issued=M1"], "ambiguous:M1:- ambiguous:M1:-", "ambiguous:M1:-"),
        ("confirmed holds",     &["1 R1 P1 100 confirmed=S1", "2 R2 P1 100"], &["S1 R2 P1 100"],     "matched:-:confirmed missing:L1:-", "matched:-:1"),
        ("other people",        &["1 R1 P1 100", "2 R2 P2 100"], &["S1 - P1 100", "S2 - P2 100"],   "matched:-:person_total matched:-:person_total", "matched:-:1 matched:-:2"),
        ("number leads to card",&["1 R1 P1 100 psn=N1", "2 R2 P1 100"], &["S1 - - 100 psn=N1"],      "ambiguous:M1:- ambiguous:M1:-", "ambiguous:M1:-"),
    ]);
}

#[test]
fn a_group_says_when_its_sums_agree() {
    let claims = ["1 R1 P1 100", "2 R2 P1 50", "3 R3 P2 70"];
    let (outcome, ..) = said(&claims, &["S1 - P1 150", "S2 - P2 20", "S3 - P2 30"], &Options::default());
    let mut groups: Vec<(Vec<u32>, usize, bool)> =
        outcome.groups.iter().map(|g| (g.claims.clone(), g.rows.len(), g.sums_agree)).collect();
    groups.sort();
    assert_eq!(groups, [(vec![0, 1], 1, true), (vec![2], 2, false)]);
}

#[test]
fn a_tolerance_is_recorded_and_needs_a_key() {
    let options = Options { tolerance: Money::from_fen(2), ..Options::default() };
    #[rustfmt::skip] // the columns are the point
    let cases = [
        ("S1 R1 P1 102", "matched:A9:record_no"),
        ("S1 R1 P1 103", "amount_mismatch:A1:record_no"),
        ("S1 - P1 102",  "amount_mismatch:A1:person_alone"),
        ("S1 R1 P1 99 torn", "amount_mismatch:A2:record_no"),
    ];
    for (row, want) in cases {
        let (outcome, claims, _) = said(&["1 R1 P1 100"], &[row], &options);
        assert_eq!(claims, want, "{row}");
        assert_eq!(outcome.bridge.differences, outcome.bridge.platform - outcome.bridge.ledger);
    }
}

#[test]
fn what_a_person_took_apart_stays_apart() {
    let apart = Options { apart: vec![(1, key("S1").unwrap())], ..Options::default() };
    #[rustfmt::skip] // the columns are the point
    let cases: [(&[&str], &str, &str); 3] = [
        (&["1 R1 P1 100"],                "S1 R1 P1 100", "missing:L1:-"),
        (&["1 R1 P1 100"],                "S1 - P1 100",  "missing:L1:-"),
        (&["1 R1 P1 100", "2 R2 P1 100"], "S1 - P1 100",  "missing:L1:- matched:-:person_total"),
    ];
    for (claims, row, want) in cases {
        assert_eq!(said(claims, &[row], &apart).1, want, "{row}");
    }
}

#[test]
fn the_bridge_names_every_step() {
    let claims = ["1 R1 P1 100", "2 R2 P2 200", "3 R3 P3 300", "4 R4 P4 400", "5 R5 P5 500", "6 R6 P6 600"];
    let rows = [
        "S1 R1 P1 100",
        "S2 R2 P2 210",
        "S3 R3 P3 300",
        "S4 R3 P3 300",
        "S5 R4 P4 400",
        "S6 R4 P4 -400 init=S5",
        "S7 - P7 70",
        "S8 - P8 -80",
        "S9 - P6 10",
        "S0 - P6 20",
    ];
    let (outcome, ..) = said(&claims, &rows, &Options::default());
    let fen = Money::from_fen;
    let want = Bridge {
        ledger: fen(2100),
        missing: fen(500),
        reversed: fen(400),
        ambiguous_claims: fen(600),
        differences: fen(10),
        settled_twice: fen(300),
        extra: fen(70),
        reversals_alone: fen(-80),
        ambiguous_rows: fen(30),
        platform: fen(930),
    };
    assert_eq!(outcome.bridge, want);
    assert_eq!(outcome.breaks(), 9, "five claims, and four rows of nobody");
    assert!(!Bridge { extra: fen(71), ..want }.ties());
}
