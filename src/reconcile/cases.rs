//! Small cases, one line each: what stands in the ledger, what in the statement, and what is said of both.
//!
//! A claim reads `id record person total`, a row `setl record person total`, each
//! followed by what else is known; `-` is nothing. Answers read
//! `verdict:reason:ground`, and for rows `verdict:reason:claim`.

use super::*;
use crate::domain::{Insutype, Money, Time};
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
        record_no: key(words[1]),
        cert: key(words[2]),
        ..Claim::new(words[0].parse().unwrap(), fen(words[3]), day("5"))
    };
    for word in &words[4..] {
        match word.split_once('=') {
            Some(("issued", value)) => claim.issued = key(value),
            Some(("answered", value)) => claim.answered = key(value),
            Some(("confirmed", value)) => claim.confirmed = key(value),
            Some(("visit", value)) => claim.visit = key(value),
            Some(("receipt", value)) => claim.receipt = key(value),
            Some(("stay", value)) => claim.stay = key(value),
            Some(("psn", value)) => claim.psn = key(value),
            Some(("day", value)) => claim.occurred_at = day(value),
            Some(("due", value)) => claim.due = Some(day(value)),
            Some(("kind", value)) => claim.kind = value.parse().ok(),
            Some(("insured", value)) => claim.insutype = Insutype::of(value),
            _ => claim.exported = *word == "sent",
        }
    }
    claim
}

fn row((at, text): (usize, &&str)) -> Row {
    let words: Vec<&str> = text.split_whitespace().collect();
    let total = fen(words[3]);
    let mut row = Row {
        record_no: key(words[1]),
        cert: key(words[2]),
        ..Row::new(i64::try_from(at).unwrap(), key(words[0]).unwrap(), total)
    };
    for word in &words[4..] {
        match word.split_once('=') {
            Some(("init", value)) => row.init = key(value),
            Some(("issued", value)) => row.issued = key(value),
            Some(("visit", value)) => row.visit = key(value),
            Some(("receipt", value)) => row.receipt = key(value),
            Some(("psn", value)) => row.psn = key(value),
            Some(("day", value)) => row.at = Some(day(value)),
            Some(("kind", value)) => row.kind = value.parse().ok(),
            Some(("insured", value)) => row.insutype = Insutype::of(value),
            _ if *word == "refunded" => row.reversal = true,
            _ if *word == "foreign" => row.foreign = true,
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
        ("answered key",         &["1 R1 P1 100 answered=S1"],   &["S1 - - 100"],                 "matched:-:answered_key",   "matched:-:1"),
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
#[rustfmt::skip] // the columns are the point
fn visits_and_receipts() {
    check(&[
        ("visit id of an answer", &["1 R1 P1 100 visit=V1"],      &["S1 - - 100 visit=V1"],              "matched:-:visit",          "matched:-:1"),
        ("receipt and total",     &["1 R1 P1 100 receipt=F1"],    &["S1 - - 100 receipt=F1"],            "matched:-:receipt",        "matched:-:1"),
        ("receipt, other person", &["1 R1 P1 100 receipt=F1"],    &["S1 - P2 100 receipt=F1"],           "ambiguous:A3:-",           "ambiguous:A3:1"),
        ("receipt, other total",  &["1 R1 P1 100 receipt=F1"],    &["S1 - P1 90 receipt=F1"],            "amount_mismatch:A1:receipt", "amount_mismatch:A1:1"),
        ("receipt alone, other total", &["1 R1 P1 100 receipt=F1"], &["S1 - - 90 receipt=F1"],           "missing:L1:-",             "extra:P1:-"),
        ("one receipt of two",    &["1 R1 P1 100 receipt=F1", "2 R2 P2 80 receipt=F1"], &["S1 - - 80 receipt=F1"], "missing:L1:- matched:-:receipt", "matched:-:2"),
        ("receipt in two parts",  &["1 R1 P1 100 receipt=F1"],    &["S1 - - 60 receipt=F1", "S2 - - 40 receipt=F1"], "matched:-:receipt", "matched:-:1 matched:-:1"),
        ("number before receipt", &["1 R1 P1 100 receipt=F1", "2 R2 P2 100 receipt=F2"], &["S1 R1 - 100 receipt=F1"], "matched:-:record_no missing:L1:-", "matched:-:1"),
        ("number against receipt",&["1 R1 P1 100", "2 R2 P1 100 receipt=F2"], &["S1 R1 - 100 receipt=F2"], "matched:-:record_no missing:L1:-", "matched:-:1"),
    ]);
}

#[test]
#[rustfmt::skip] // the columns are the point
fn what_differs_although_the_money_agrees() {
    check(&[
        ("another insurance",     &["1 R1 P1 100 insured=310"],   &["S1 R1 P1 100 insured=390"],         "matched:A4:record_no",     "matched:A4:1"),
        ("another kind, by key",  &["1 R1 P1 100 kind=inpatient"], &["S1 R1 P1 100 kind=outpatient"],    "matched:A4:record_no",     "matched:A4:1"),
        ("another kind, no key",  &["1 R1 P1 100 kind=inpatient"], &["S1 - P1 100 kind=outpatient"],     "ambiguous:A4:-",           "ambiguous:A4:-"),
        ("kind tells two apart",  &["1 R1 P1 100 kind=inpatient", "2 R2 P1 100 kind=outpatient"], &["S1 - P1 100 kind=outpatient", "S2 - P1 100 kind=inpatient"], "matched:-:person_total matched:-:person_total", "matched:-:2 matched:-:1"),
        ("settled before it arose", &["1 R1 P1 100"],             &["S1 R1 P1 100 day=4"],               "matched:A5:record_no",     "matched:A5:1"),
        ("in time",               &["1 R1 P1 100 due=9"],         &["S1 - P1 100 day=8"],                "matched:-:person_total",   "matched:-:1"),
        ("after the deadline",    &["1 R1 P1 100 due=9"],         &["S1 - P1 100 day=10"],               "ambiguous:P3:-",           "ambiguous:P3:-"),
        ("late, but by key",      &["1 R1 P1 100 due=9"],         &["S1 R1 P1 100 day=10"],              "matched:-:record_no",      "matched:-:1"),
        ("a deadline tells two apart", &["1 R1 P1 100 due=9", "2 R2 P1 100 due=19"], &["S1 - P1 100 day=12"], "missing:L1:- matched:-:person_total", "matched:-:2"),
        ("a flag and no sign",    &["1 R1 P1 100"],               &["S1 R1 P1 100 refunded"],            "reversed:A6:record_no",    "reversed:A6:1"),
        ("nobody's flag",         &[],                            &["S1 R1 P1 100 refunded"],            "",                         "reversed:A6:-"),
        ("another facility",      &["1 R1 P1 100"],               &["S1 R1 P1 100 foreign"],             "missing:L1:-",             "extra:P4:-"),
    ]);
}

#[test]
#[rustfmt::skip] // the columns are the point
fn groups_of_one_case() {
    check(&[
        // One stay in several settlements.
        ("two settlements of a stay", &["1 R1 P1 100"],           &["S1 R1 P1 60", "S2 R1 P1 40"],       "matched:-:record_no",      "matched:-:1 matched:-:1"),
        ("and a reversal",        &["1 R1 P1 100"],               &["S1 R1 P1 60", "S2 R1 P1 40", "S3 R1 P1 -40 init=S2", "S4 R1 P1 40"], "matched:-:record_no", "matched:-:1 reversed:-:1 reversed:-:1 matched:-:1"),
        ("settled whole, undone, in parts", &["1 R1 P1 100"],     &["S1 R1 P1 100", "S2 R1 P1 -100 init=S1", "S3 R1 P1 70", "S4 R1 P1 30"], "matched:-:record_no", "reversed:-:1 reversed:-:1 matched:-:1 matched:-:1"),
        ("a part is not there",   &["1 R1 P1 100"],               &["S1 R1 P1 60", "S2 R1 P1 30"],       "amount_mismatch:A8:record_no", "amount_mismatch:A8:1 amount_mismatch:A8:1"),
        ("parts exceed it",       &["1 R1 P1 100"],               &["S1 R1 P1 60", "S2 R1 P1 50"],       "duplicate:P2:record_no",   "duplicate:P2:1 duplicate:P2:1"),
        ("whole, and a part",     &["1 R1 P1 100"],               &["S1 R1 P1 100", "S2 R1 P1 40"],      "duplicate:P2:record_no",   "duplicate:P2:1 duplicate:P2:1"),
        ("a torn part",           &["1 R1 P1 100"],               &["S1 R1 P1 60 torn", "S2 R1 P1 40"],  "amount_mismatch:A2:record_no", "amount_mismatch:A2:1 amount_mismatch:A2:1"),
        ("the visit brings the rest", &["1 R1 P1 100"],           &["S1 R1 P1 60 visit=V1", "S2 - P1 40 visit=V1"], "matched:-:visit", "matched:-:1 matched:-:1"),
        ("a visit with two rests", &["1 R1 P1 100"],              &["S1 R1 P1 60 visit=V1", "S2 - P1 40 visit=V1", "S3 - P1 40 visit=V1"], "amount_mismatch:A1:record_no", "amount_mismatch:A1:1 extra:P1:- extra:P1:-"),
        ("only the person ties",  &["1 R1 P1 100"],               &["S1 - P1 60", "S2 - P1 40"],         "ambiguous:M1:-",           "ambiguous:M1:- ambiguous:M1:-"),
        // Several records in one settlement.
        ("two stays as one",      &["1 R1 P1 60 stay=A", "2 R2 P1 40 stay=A"], &["S1 R1 P1 100"],        "matched:-:record_no matched:-:record_no", "matched:-:1"),
        ("three, and a fourth",   &["1 R1 P1 50 stay=A", "2 R2 P1 30 stay=A", "3 R3 P1 20 stay=A", "4 R4 P1 7 stay=A"], &["S1 R2 P1 100"], "matched:-:record_no matched:-:record_no matched:-:record_no missing:L1:-", "matched:-:1"),
        ("two ways to add up",    &["1 R1 P1 60 stay=A", "2 R2 P1 40 stay=A", "3 R3 P1 40 stay=A"], &["S1 R1 P1 100"], "amount_mismatch:A1:record_no missing:L1:- missing:L1:-", "amount_mismatch:A1:1"),
        ("not one stay",          &["1 R1 P1 60", "2 R2 P1 40"],  &["S1 R1 P1 100"],                     "ambiguous:M1:- ambiguous:M1:-", "ambiguous:M1:1"),
        ("another person's stay", &["1 R1 P1 60 stay=A", "2 R2 P2 40 stay=A"], &["S1 R1 P1 100"],        "amount_mismatch:A1:record_no missing:L1:-", "amount_mismatch:A1:1"),
        ("one visit of two",      &["1 R1 P1 60 visit=V1", "2 R2 P1 40 visit=V1"], &["S1 - P1 100 visit=V1"], "matched:-:visit matched:-:visit", "matched:-:1"),
        ("one visit, each its own", &["1 R1 P1 60 visit=V1", "2 R2 P1 40 visit=V1"], &["S1 - - 40 visit=V1", "S2 - - 60 visit=V1"], "matched:-:visit matched:-:visit", "matched:-:2 matched:-:1"),
        ("two as one, undone",    &["1 R1 P1 60 stay=A", "2 R2 P1 40 stay=A"], &["S1 R1 P1 100", "S2 R1 P1 -100 init=S1"], "reversed:-:record_no missing:L1:-", "reversed:-:1 reversed:-:1"),
    ]);
}

type Pinned =
    (&'static [(i64, &'static str)], &'static [&'static str], &'static [&'static str], &'static str);

#[test]
fn what_a_person_put_together_holds() {
    let pinned = |pairs: &[(i64, &str)]| Options {
        pinned: pairs.iter().map(|&(id, setl)| (id, key(setl).unwrap())).collect(),
        ..Options::default()
    };
    #[rustfmt::skip] // the columns are the point
    let cases: &[Pinned] = &[
        (&[(1, "S2")],            &["1 R1 P1 100", "2 R2 P1 100"], &["S1 - P1 100", "S2 - P1 100"], "matched:-:by_hand matched:-:person_total"),
        (&[(1, "S1")],            &["1 R1 P1 100"],                &["S1 R9 P9 100"],               "matched:-:by_hand"),
        (&[(1, "S1")],            &["1 R1 P1 100", "2 R2 P2 100"], &["S1 R2 P2 100"],               "matched:-:by_hand missing:L1:-"),
        (&[(1, "S1")],            &["1 R1 P1 100"],                &["S1 - - 90"],                  "amount_mismatch:A1:by_hand"),
        (&[(1, "S1"), (1, "S2")], &["1 R1 P1 100"],                &["S1 - P1 60", "S2 - P1 40"],   "matched:-:by_hand"),
        (&[(1, "S1"), (1, "S2")], &["1 R1 P1 100"],                &["S1 - P1 60", "S2 - P1 30"],   "amount_mismatch:A8:by_hand"),
        (&[(1, "S1"), (2, "S1")], &["1 R1 P1 60", "2 R2 P2 40"],   &["S1 - P1 100"],                "matched:-:by_hand matched:-:by_hand"),
        (&[(1, "S1"), (2, "S1")], &["1 R1 P1 60", "2 R2 P2 50"],   &["S1 - P1 100"],                "amount_mismatch:A8:by_hand amount_mismatch:A8:by_hand"),
        (&[(1, "S1")],            &["1 R1 P1 100"],                &["S1 - P1 100", "S2 - P1 -100 init=S1"], "reversed:-:by_hand"),
        (&[(7, "S1")],            &["1 R1 P1 100"],                &["S1 R1 P1 100"],               "matched:-:record_no"),
        (&[(1, "S7")],            &["1 R1 P1 100"],                &["S1 R1 P1 100"],               "matched:-:record_no"),
    ];
    for (pairs, claims, rows, want) in cases {
        assert_eq!(said(claims, rows, &pinned(pairs)).1, *want, "{pairs:?} {rows:?}");
    }
}

#[test]
fn a_match_says_what_it_beat() {
    let claims = ["1 R1 P1 100", "2 R2 P1 70"];
    let rows = ["S1 R1 P1 100", "S2 - P1 70", "S3 - P1 30 day=4", "S4 - P1 55", "S5 - P2 70"];
    let (outcome, ..) = said(&claims, &rows, &Options::default());
    let beaten: Vec<(u32, i64)> =
        outcome.beaten.iter().map(|&(claim, row)| (claim, i64::from(row))).collect();
    assert_eq!(beaten.iter().filter(|(claim, _)| *claim == 0).map(|(_, row)| *row).collect::<Vec<_>>(), [3]);
    assert!(beaten.iter().all(|&(_, row)| row == 3), "{beaten:?}: too early, another's, or used");
}

#[test]
fn near_pairs_are_left_on_both_sides_and_suggested() {
    let claims = ["1 R1 P1 100", "2 R2 P2 100", "3 R3 P3 70", "4 R4 P4 100 day=9"];
    let claims: Vec<Claim> = claims.iter().map(|text| claim(text)).collect();
    let rows = ["S1 R1 P1 100", "S2 - P7 100 day=8", "S3 - P8 71"];
    let rows: Vec<Row> = rows.iter().enumerate().map(row).collect();
    let mut outcome = reconcile(&claims, &rows, &Options::default());
    let pairs = near_pairs(&claims, &rows, &outcome);
    assert_eq!(pairs, [(1, 1)], "not what matched, another total, or what came later");
    suggest(&claims, &rows, &mut outcome, &[(1, 1, Likeness::IdDigit)]);
    assert!(outcome.bridge.ties());
    assert_eq!(outcome.bridge.ambiguous_claims, fen("100"));
    assert_eq!((id(outcome.claims[1].reason), id(outcome.rows[1].reason)), ("A3", "A3"));
    assert_eq!(outcome.claims[1].row, None);
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
    let apart = Options { forbidden: vec![(1, key("S1").unwrap())], ..Options::default() };
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
        unread: fen(0),
        platform: fen(930),
    };
    assert_eq!(outcome.bridge, want);
    assert_eq!(outcome.breaks(), 9, "five claims, and four rows of nobody");
    assert!(!Bridge { extra: fen(71), ..want }.ties());
}
