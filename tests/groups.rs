//! Groups through the program itself: one stay in several settlements, and several stays that count as one. What was
//! matched stays, says why, and is paid back to the fen.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod common;

use common::{Desk, sound};
use serde_json::Value;

const HEAD: &str = "record_no,kind,line,name,id_no,insured_area,insurance,locality,occurred_at,admitted_at,discharged_at,fact:first_admitted_at,total,paid,receipt_no,prepaid,papers\n";
const ROWS: &str = "setl_id,init_setl_id,mdtrt_id,certno,setl_time,medfee_sumamt,fund_pay_sumamt,acct_pay,psn_cash_pay,refd_setl_flag,record_no\n";
const PERSON: &str = "149902195807041123";

fn stay(no: &str, admitted: &str, first: &str, total: &str, paid: &str) -> String {
    format!(
        "{no},inpatient,psychiatric,周知夏,{PERSON},140902,390,local,{admitted},{admitted},,{first},{total},{paid},,no,receipt\n"
    )
}

fn row(setl: &str, init: &str, total: &str, cash: &str, no: &str) -> String {
    let total: guazhang::domain::Money = total.parse().unwrap();
    let cash: guazhang::domain::Money = cash.parse().unwrap();
    let flag = u8::from(total.is_negative());
    format!(
        "{setl},{init},V-{setl},{PERSON},2021-11-02T10:00:00,{total},{},0.00,{cash},{flag},{no}\n",
        total - cash
    )
}

fn desk(records: &[String], rows: &[String]) -> Desk {
    let desk = Desk::new();
    desk.write("records.csv", format!("{HEAD}{}", records.concat()));
    desk.write("statement.csv", format!("{ROWS}{}", rows.concat()));
    desk.run(&["import", "records", "records.csv"]).ended(0);
    desk
}

fn shown(desk: &Desk, no: &str) -> Value {
    desk.json(&["show", no])
}

fn settled_by(shown: &Value) -> Vec<String> {
    let of = |one: &Value| {
        format!(
            "{} {} {}",
            one["setl_id"].as_str().unwrap(),
            one["part"].as_str().unwrap(),
            one["by"].as_str().unwrap()
        )
    };
    shown["matches"].as_array().unwrap().iter().map(of).collect()
}

#[test]
fn a_stay_with_two_settlements_and_a_reversal() {
    let rows = [
        row("S1", "", "600.00", "100.00", "ZY-1"),
        row("S2", "", "400.00", "80.00", "ZY-1"),
        row("S3", "S2", "-400.00", "-80.00", "ZY-1"),
        row("S4", "", "400.00", "50.00", "ZY-1"),
    ];
    let desk = desk(&[stay("ZY-1", "2021-10-22T08:00:00", "", "1000.00", "1000.00")], &rows);
    let ran = desk.json(&["reconcile", "statement.csv"]);
    assert_eq!(
        (&ran["settled"], &ran["bridge_ties"], &ran["new_breaks"]),
        (&1.into(), &true.into(), &0.into())
    );
    let first = shown(&desk, "ZY-1");
    assert_eq!(settled_by(&first), ["S1 parts record_no", "S4 parts record_no"]);
    let told = first["settlement"].as_str().unwrap();
    assert!(told.contains("in 2 parts that add up to it: S1") && told.contains("record number"), "{told}");
    let zh = desk.run(&["explain", "A1-0001", "--lang", "zh"]).ended(0);
    assert!(zh.out.contains("分 2 次结算，合计正好：S1"), "{}", zh.out);

    // The same statement again changes nothing, and both shares are taken off what is paid back.
    let head = desk.head();
    desk.run(&["reconcile", "statement.csv"]).ended(0);
    assert_eq!(desk.head(), head);
    let owed = desk.json(&["refund", "list"]);
    assert_eq!(owed["items"][0]["owed_fen"], 85_000, "{owed}");

    // A part that is undone later takes the whole group back, and the record waits again.
    desk.write("later.csv", format!("{ROWS}{}", row("S5", "S4", "-400.00", "-50.00", "ZY-1")));
    let later = desk.json(&["reconcile", "later.csv"]);
    assert_eq!(later["unsettled"], 1, "{later}");
    let last = shown(&desk, "ZY-1");
    assert_eq!((settled_by(&last), &last["verdict"]), (Vec::new(), &"amount_mismatch".into()));
    sound(&desk);
    desk.run(&["audit", "verify"]).ended(0);
}

#[test]
fn two_stays_counted_as_one() {
    let records = [
        stay("ZY-1", "2021-10-20T08:00:00", "", "600.00", "600.00"),
        stay("ZY-2", "2021-10-25T08:00:00", "2021-10-20T08:00:00", "400.00", "400.00"),
    ];
    let desk = desk(&records, &[row("S1", "", "1000.00", "250.00", "ZY-2")]);
    let ran = desk.json(&["reconcile", "statement.csv"]);
    assert_eq!(
        (&ran["settled"], &ran["bridge_ties"], &ran["new_breaks"]),
        (&2.into(), &true.into(), &0.into())
    );
    for (no, other) in [("ZY-1", "A1-0002"), ("ZY-2", "A1-0001")] {
        let shown = shown(&desk, no);
        assert_eq!(settled_by(&shown), ["S1 joint record_no"]);
        assert!(
            shown["settlement"].as_str().unwrap().contains(&format!("together with {other} by S1")),
            "{shown}"
        );
    }
    let head = desk.head();
    desk.run(&["reconcile", "statement.csv"]).ended(0);
    assert_eq!(desk.head(), head);
    // What all of them get back is what all paid, less the share of the one settlement.
    let owed = desk.json(&["refund", "list"]);
    let sum: i64 =
        owed["items"].as_array().unwrap().iter().map(|item| item["owed_fen"].as_i64().unwrap()).sum();
    assert_eq!(sum, 75_000, "{owed}");

    desk.write("later.csv", format!("{ROWS}{}", row("S2", "S1", "-1000.00", "-250.00", "")));
    let later = desk.json(&["reconcile", "later.csv"]);
    assert_eq!((&later["unsettled"], &later["bridge_ties"]), (&2.into(), &true.into()), "{later}");
    sound(&desk);
    desk.run(&["audit", "verify"]).ended(0);
}

#[test]
fn stays_that_nothing_but_the_person_ties_together_are_suggested() {
    let records = [
        stay("ZY-1", "2021-10-20T08:00:00", "", "600.00", "600.00"),
        stay("ZY-2", "2021-10-25T08:00:00", "", "400.00", "400.00"),
    ];
    let desk = desk(&records, &[row("S1", "", "1000.00", "250.00", "")]);
    let ran = desk.json(&["reconcile", "statement.csv"]);
    assert_eq!((&ran["settled"], &ran["verdicts"]["ambiguous"]["count"]), (&0.into(), &2.into()), "{ran}");
    let shown = shown(&desk, "ZY-1");
    assert_eq!(shown["suggestions"][0]["setl_id"], "S1");
    assert_eq!(shown["suggestions"][0]["likeness"], "sum");
    assert!(shown["settlement"].as_str().unwrap().contains("a person has to choose"), "{shown}");
}

#[test]
fn a_tolerance_holds_until_another_is_given() {
    let desk = desk(
        &[stay("ZY-1", "2021-10-20T08:00:00", "", "600.00", "600.00")],
        &[row("S1", "", "600.03", "250.00", "ZY-1")],
    );
    let run = |args: &[&str]| desk.json(&[&["reconcile", "statement.csv"][..], args].concat());
    #[rustfmt::skip] // the columns are the point
    let steps: [(&[&str], &str, i64); 5] = [
        (&[],                       "amount_mismatch", 0),
        (&["--tolerance", "0.05"],  "matched",         5),
        (&[],                       "matched",         5),
        (&["--tolerance", "0.02"],  "amount_mismatch", 2),
        (&["--tolerance", "0"],     "amount_mismatch", 0),
    ];
    for (args, verdict, tolerance) in steps {
        let ran = run(args);
        assert_eq!(ran["tolerance_fen"], tolerance, "{args:?}");
        assert_eq!(ran["bridge"]["differences_fen"], 3, "the difference stays in the bridge: {ran}");
        assert_eq!(shown(&desk, "ZY-1")["verdict"], verdict, "{args:?}");
    }
    for refused in ["-0.01", "1.01"] {
        desk.run(&["reconcile", "statement.csv", &format!("--tolerance={refused}")]).ended(2);
    }
    desk.run(&["audit", "verify"]).ended(0);
}
