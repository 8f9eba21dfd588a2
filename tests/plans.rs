//! What goes out and what does not, each reason beside the record that has it; holds, what is sent again, and
//! settlements that are taken back, from the plan to the statement.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod common;

use common::{Desk, LEDGER, sound};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const HEAD: &str = "record_no,kind,line,name,id_no,insurance,insured_area,occurred_at,applied_on,total,paid,pay_method,receipt_no,locality,prepaid,papers,phone\n";
const STATEMENT: &str = "setl_id,init_setl_id,mdtrt_id,psn_no,setl_time,medfee_sumamt,fund_pay_sumamt,acct_pay,psn_cash_pay,refd_setl_flag,record_no,medins_setl_id\n";
const ONE: &str = "11990019491231002X";
const TWO: &str = "440524188001010014";

/// A row of a sheet: number, kind, line, identity, date, paper date, total, papers.
#[expect(clippy::too_many_arguments, reason = "the cells of a row")]
fn row(
    no: &str,
    kind: &str,
    line: &str,
    id_no: &str,
    day: &str,
    applied: &str,
    total: &str,
    papers: &str,
) -> String {
    let prepaid = if kind == "filing" { "" } else { "yes" };
    let paid = if kind == "filing" { "" } else { total };
    format!(
        "{no},{kind},{line},陆样,{id_no},310,140902,{day},{applied},{total},{paid},cash,R-{no},local,{prepaid},{papers},13900000000\n"
    )
}

fn desk(rows: &[String]) -> Desk {
    let desk = Desk::new();
    desk.write("records.csv", [HEAD.to_owned(), rows.concat()].concat());
    desk.run(&["import", "records", "records.csv"]).ended(0);
    desk
}

fn visit(no: &str) -> String {
    row(no, "outpatient", "ordinary", ONE, "2021-10-25T09:00:00", "", "100.00", "receipt")
}

fn planned(desk: &Desk, args: &[&str]) -> Value {
    desk.json(&[&["export"], args, &["--dry-run"]].concat())
}

/// The number of the facility's own that stays, with the code of the reason; and what goes, in order.
fn said(plan: &Value) -> (Vec<String>, BTreeMap<String, String>) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let goes = plan["goes"].as_array().unwrap().iter().map(|one| text(&one["number"])).collect();
    let stays = plan["items"].as_array().unwrap().iter();
    (goes, stays.map(|one| (text(&one["number"]), text(&one["code"]))).collect())
}

fn stage(desk: &Desk, no: &str) -> String {
    desk.json(&["show", no])["stage"].as_str().unwrap().to_owned()
}

fn answer(desk: &Desk, batch: &str, rows: &str) {
    desk.write("answer.csv", format!("number,infcode,err_msg,setl_id,mdtrt_id,psn_no\n{rows}"));
    let code = desk.run(&["batch", "ack", batch, "answer.csv"]).code;
    assert!([0, 3].contains(&code), "{code}");
}

fn reconcile(desk: &Desk, name: &str, rows: &str) -> Value {
    desk.write(name, format!("{STATEMENT}{rows}"));
    desk.json(&["reconcile", name])
}

#[test]
fn every_reason_to_stay() {
    let desk = desk(&[
        visit("V1"),
        row("V2", "outpatient", "ordinary", ONE, "2021-10-25T09:00:00", "", "10.00", ""),
        row("V3", "outpatient", "ordinary", "", "2021-10-25T09:00:00", "", "10.00", "receipt"),
        visit("V4"),
        visit("V5"),
        visit("V6"),
        row("F1", "filing", "chronic_enrolment", TWO, "2021-10-24T09:00:00", "2021-10-24", "0", ""),
        row("V7", "outpatient", "chronic", TWO, "2021-10-25T09:00:00", "", "10.00", "receipt"),
        // Of somebody else, and of a day before the paper: neither rests on that filing.
        row("V8", "outpatient", "chronic", ONE, "2021-10-25T09:00:00", "", "10.00", "receipt"),
        row("V9", "outpatient", "chronic", TWO, "2021-10-23T09:00:00", "", "10.00", "receipt"),
    ]);
    desk.run(&["hold", "V4", "--reason", "张三来核实"]).ended(0);
    desk.run(&["export", "resettle", "V5", "V6", "--out", "out"]).ended(0);
    answer(&desk, "B1", "A1-0005,-1,人员信息不存在,,,\n");
    let (goes, stays) = said(&planned(&desk, &["resettle"]));
    assert_eq!(goes, ["A1-0001", "A1-0009", "A1-0010"]);
    #[rustfmt::skip] // the columns are the point
    let want = [
        ("A1-0002", "papers_missing"),
        ("A1-0003", "fields_missing"),
        ("A1-0004", "held"),
        ("A1-0005", "not_corrected"),
        ("A1-0008", "filing_first"),
    ];
    assert_eq!(stays, want.map(|(no, why)| (no.to_owned(), why.to_owned())).into());
    let early = planned(&desk, &["resettle", "V1", "--as-of", "2021-10-28T09:00:00"]);
    assert_eq!(said(&early).1["A1-0001"], "not_yet");
    let other = planned(&desk, &["resettle", "F1"]);
    assert_eq!(said(&other).1["A1-0007"], "other_way");
    let whole = planned(&desk, &["resettle", "--complete"]);
    assert_eq!(said(&whole).1["A1-0001"], "fields_missing");
    sound(&desk);
}

#[test]
fn a_hold_is_kept_and_reported() {
    let desk = desk(&[visit("V1")]);
    let before = desk.head();
    desk.run(&["hold", "V1", "--reason", "核实", "--dry-run"]).ended(0);
    assert_eq!(desk.head(), before);
    desk.run(&["hold", "V1", "--reason", " "]).ended(4);
    desk.run(&["release", "V1", "--reason", "无"]).ended(5);
    desk.run(&["hold", "V1", "--reason", "身份存疑王某"]).ended(0);
    desk.run(&["hold", "V1", "--reason", "again"]).ended(5);
    assert_eq!(stage(&desk, "V1"), "held");
    let sent = desk.json(&["export", "handover", "--out", "out", "--encoding", "utf-8"]);
    assert_eq!((&sent["held"], &sent["batches"][0]["manifest"]["records"]), (&1.into(), &0.into()));
    let report = std::fs::read_to_string(desk.file("out/A1-B0001-handover/held.csv")).unwrap();
    assert!(report.contains("身份存疑王某"), "{report}");
    assert_eq!(stage(&desk, "V1"), "held", "what is reported stays where it is");
    let bytes = std::fs::read(desk.file(LEDGER)).unwrap();
    assert!(!bytes.windows(12).any(|part| part == "身份存疑".as_bytes()), "the reason is sealed");
    desk.run(&["release", "V1", "--reason", "已核实"]).ended(0);
    assert_eq!(said(&planned(&desk, &["resettle"])).0, ["A1-0001"]);
    sound(&desk);
}

#[test]
fn a_refused_record_goes_again_for_a_reason() {
    let desk = desk(&[visit("V1")]);
    desk.run(&["export", "resettle", "--out", "out"]).ended(0);
    answer(&desk, "B1", "A1-0001,-1,参保信息不存在,,,\n");
    desk.run(&["export", "resettle", "--out", "out", "--again", "V1"]).ended(2);
    desk.run(&["export", "resettle", "--out", "out"]).ended(3);
    desk.run(&["export", "resettle", "--out", "out", "--again", "V1", "--reason", "参保已维护"]).ended(0);
    assert_eq!(stage(&desk, "V1"), "exported");
    let log = desk.run(&["audit", "log"]).ended(0).out;
    assert!(log.contains("sent again A1-0001"), "{log}");
    sound(&desk);
}

/// A visit that is settled for 40.00 in cash, so that 60.00 are owed.
fn settled() -> Desk {
    let desk = desk(&[visit("V1")]);
    desk.run(&["export", "resettle", "--out", "out"]).ended(0);
    answer(&desk, "B1", "A1-0001,0,,S1,M1,P1\n");
    reconcile(&desk, "one.csv", "S1,,M1,P1,2021-11-02T10:00:00,100.00,60.00,0.00,40.00,0,V1,\n");
    assert_eq!(stage(&desk, "V1"), "settled");
    desk
}

#[test]
fn a_settlement_is_taken_back_and_the_record_can_be_voided() {
    let desk = settled();
    desk.run(&["export", "undo", "V1", "--out", "out"]).ended(2);
    let plan = planned(&desk, &["undo", "V1", "--reason", "登记有误"]);
    assert_eq!(plan["goes"][0]["calls"], serde_json::json!(["2208", "2205", "2202"]));
    assert_eq!(plan["goes"][0]["undo"]["setl_id"], "S1");
    desk.run(&["export", "undo", "V1", "--out", "out", "--reason", "登记有误"]).ended(0);
    // While nobody knows the outcome nothing is paid, corrected or taken back again.
    desk.run(&["refund", "pay", "V1", "--amount", "60.00", "--receipt", "T-1"]).ended(5);
    desk.run(&["amend", "V1", "--note", "改"]).ended(5);
    desk.run(&["clear", "V1", "--evidence", "单"]).ended(5);
    assert_eq!(said(&planned(&desk, &["undo", "V1"])).1["A1-0001"], "in_batch");
    assert_eq!(said(&planned(&desk, &["refund"])).1["A1-0001"], "in_batch");
    answer(&desk, "B2", "A1-0001,0,,,,\n");
    assert_eq!(stage(&desk, "V1"), "pending");
    assert_eq!(said(&planned(&desk, &["resettle"])).0, ["A1-0001"], "nothing holds it any more");
    desk.run(&["void", "V1", "--reason", "登记有误"]).ended(0);
    sound(&desk);
}

#[test]
fn a_refused_undoing_leaves_everything_as_it_was() {
    let desk = settled();
    desk.run(&["export", "undo", "V1", "--out", "out", "--reason", "误"]).ended(0);
    answer(&desk, "B2", "A1-0001,-1,已清算,,,\n");
    assert_eq!(stage(&desk, "V1"), "settled");
    desk.run(&["refund", "pay", "V1", "--amount", "60.00", "--receipt", "T-1"]).ended(0);
    sound(&desk);
}

#[test]
fn a_correction_is_settled_anew_as_paired_calls() {
    let desk = settled();
    desk.run(&["amend", "V1", "--insurance", "390"]).ended(0);
    assert_eq!(stage(&desk, "V1"), "settled");
    assert_eq!(said(&planned(&desk, &["undo"])).1["A1-0001"], "corrected", "a person decides");
    let args = ["undo", "V1", "--settle-again", "--reason", "险种有误"];
    let plan = planned(&desk, &args);
    let calls = serde_json::json!(["2208", "2205", "2202", "2201", "2203", "2206", "2207"]);
    assert_eq!(plan["goes"][0]["calls"], calls, "reversal first, then all of it anew");
    desk.run(&[&["export"], &args[..], &["--out", "out"]].concat()).ended(0);
    answer(&desk, "B2", "A1-0001,0,,S2,M2,P1\n");
    assert_eq!(stage(&desk, "V1"), "exported");
    let rows = "S1R,S1,M1,P1,2021-11-03T10:00:00,-100.00,-60.00,0.00,-40.00,1,V1,\n\
                S2,,M2,P1,2021-11-03T10:01:00,100.00,70.00,0.00,30.00,0,V1,\n";
    reconcile(&desk, "two.csv", rows);
    assert_eq!(stage(&desk, "V1"), "settled");
    assert_eq!(desk.json(&["refund", "list"])["items"][0]["owed_fen"], 7000);
    sound(&desk);
}

#[test]
fn a_settlement_that_changes_after_the_refund_is_a_break() {
    let desk = settled();
    desk.run(&["refund", "pay", "V1", "--amount", "60.00", "--receipt", "T-1"]).ended(0);
    desk.run(&["export", "undo", "V1", "--settle-again", "--out", "out", "--reason", "补报"]).ended(0);
    answer(&desk, "B2", "A1-0001,0,,S2,M1,P1\n");
    assert_eq!(stage(&desk, "V1"), "refunded");
    let rows = "S1R,S1,M1,P1,2021-11-03T10:00:00,-100.00,-60.00,0.00,-40.00,1,V1,\n\
                S2,,M1,P1,2021-11-03T10:01:00,100.00,70.00,0.00,30.00,0,V1,\n";
    reconcile(&desk, "two.csv", rows);
    let breaks = desk.json(&["break", "list"]);
    let found = &breaks["items"][0];
    assert_eq!(
        (&found["reason"], &found["difference_fen"]),
        (&"R4".into(), &(-1000).into()),
        "10.00 too little: {breaks}"
    );
    sound(&desk);
}

#[test]
fn what_was_settled_twice_or_void_is_found_by_itself() {
    let desk = desk(&[
        visit("V1"),
        row("V2", "outpatient", "ordinary", TWO, "2021-10-25T09:00:00", "", "20.00", "receipt"),
    ]);
    desk.run(&["void", "V2", "--reason", "误录"]).ended(0);
    let rows = "S1,,M1,P1,2021-11-02T10:00:00,100.00,60.00,0.00,40.00,0,V1,\n\
                S9,,M9,P1,2021-11-02T11:00:00,100.00,60.00,0.00,40.00,0,V1,\n\
                S3,,M3,P2,2021-11-02T11:00:00,20.00,10.00,0.00,10.00,0,V2,\n";
    reconcile(&desk, "one.csv", rows);
    let plan = planned(&desk, &["undo"]);
    let undone: BTreeMap<&str, (&str, &str)> = plan["goes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let undo = &one["undo"];
            (
                one["number"].as_str().unwrap(),
                (undo["setl_id"].as_str().unwrap(), undo["leaves"].as_str().unwrap()),
            )
        })
        .collect();
    assert_eq!(undone, [("A1-0001", ("S9", "other")), ("A1-0002", ("S3", "nothing"))].into());
    desk.run(&["export", "undo", "--out", "out", "--reason", "重复结算"]).ended(0);
    answer(&desk, "B1", "A1-0001,0,,,,\nA1-0002,0,,,,\n");
    assert_eq!((stage(&desk, "V1"), stage(&desk, "V2")), ("pending".into(), "void".into()));
    assert!(said(&planned(&desk, &["undo"])).0.is_empty(), "nothing is taken back twice");
    reconcile(&desk, "two.csv", "S9R,S9,M9,P1,2021-11-03T10:00:00,-100.00,-60.00,0.00,-40.00,1,V1,\n");
    assert_eq!(stage(&desk, "V1"), "settled", "the other settlement stands");
    sound(&desk);
}

#[test]
fn nobody_takes_back_what_is_anothers() {
    let desk = desk(&[
        visit("V1"),
        row("V2", "outpatient", "ordinary", TWO, "2021-10-25T09:00:00", "", "20.00", "receipt"),
        row("V3", "outpatient", "ordinary", TWO, "2021-10-25T09:00:00", "", "20.00", "receipt"),
    ]);
    desk.run(&["export", "resettle", "V1", "V3", "--out", "out"]).ended(0);
    answer(&desk, "B1", "A1-0001,0,,S1,M1,P1\nA1-0003,0,,S3,M3,P2\n");
    // The platform's row of V3 carries the number of V2, which is void: it was the same visit.
    desk.run(&["void", "V2", "--reason", "重复"]).ended(0);
    let rows = "S1,,M1,P1,2021-11-02T10:00:00,100.00,60.00,0.00,40.00,0,V1,\n\
                S3,,M3,P2,2021-11-02T11:00:00,20.00,10.00,0.00,10.00,0,V2,\n";
    reconcile(&desk, "one.csv", rows);
    let sql = "SELECT count(*) FROM match m JOIN record r ON r.id = m.record WHERE r.record_no = 'V3'";
    let settles_another: i64 =
        rusqlite::Connection::open(desk.file(LEDGER)).unwrap().query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(settles_another, 1, "the row settles V3");
    assert!(said(&planned(&desk, &["undo"])).0.is_empty(), "the settlement of V3 is not undone for V2");
    let named = planned(&desk, &["undo", "V1", "--settlement", "S3"]);
    assert_eq!(said(&named), (vec![], [("A1-0001".into(), "nothing_known".into())].into()));
    assert_eq!(said(&planned(&desk, &["undo", "V1", "--settlement", "S1"])).0, ["A1-0001"]);
    desk.run(&["export", "undo", "V1", "V3", "--settlement", "S1", "--dry-run"]).ended(2);
}

#[test]
fn a_refund_list_needs_a_purpose_and_leaves_one_event() {
    let desk = settled();
    desk.run(&["export", "refund", "--out", "out"]).ended(2);
    desk.run(&["export", "refund", "--out", "out", "--purpose", "收费处", "--encoding", "utf-8"]).ended(0);
    let list = std::fs::read_to_string(desk.file("out/A1-B0002-refund/refund.csv")).unwrap();
    assert!(list.contains("13900000000") && list.contains("60.00"), "{list}");
    let log = desk.run(&["audit", "log"]).ended(0).out;
    assert_eq!(log.matches("identities shown").count(), 1, "{log}");
    sound(&desk);
}

#[test]
fn a_trial_tries_the_folder_and_leaves_nothing() {
    let desk = desk(&[visit("V1")]);
    let before = desk.head();
    desk.run(&["export", "resettle", "--dry-run", "--out", "deep/out"]).ended(0);
    assert!(!desk.file("deep").exists());
    desk.write("file", "");
    desk.run(&["export", "resettle", "--dry-run", "--out", "file"]).ended(4);
    assert_eq!(desk.head(), before);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    /// Every record of the purpose stands in one place, whatever is filtered.
    #[test]
    fn filters_part_what_is_there(
        kinds in prop::collection::vec((0..3_usize, 22..28_u32, any::<bool>()), 1..12),
        limit in prop::option::of(0..6_usize), from in prop::option::of(22..28_u32), chronic: bool,
    ) {
        let rows: Vec<String> = kinds.iter().enumerate().map(|(at, (line, day, paper))| {
            let line = ["ordinary", "chronic", "two_disease"][*line];
            let papers = if *paper { "receipt" } else { "" };
            row(&format!("V{at}"), "outpatient", line, ONE, &format!("2021-10-{day}T09:00:00"), "", "10.00", papers)
        }).collect();
        let desk = desk(&rows);
        let (limit, from) = (limit.map(|n| n.to_string()), from.map(|day| format!("2021-10-{day}")));
        let mut args = vec!["resettle"];
        args.extend(limit.iter().flat_map(|n| ["--limit", n]));
        args.extend(from.iter().flat_map(|day| ["--from", day]));
        if chronic {
            args.extend(["--line", "chronic"]);
        }
        let plan = planned(&desk, &args);
        let (goes, stays) = said(&plan);
        let all: BTreeSet<&String> = goes.iter().chain(stays.keys()).collect();
        prop_assert_eq!(all.len(), goes.len() + stays.len(), "nothing both goes and stays");
        let filtered: u64 = plan["filtered"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
        prop_assert_eq!(all.len() + usize::try_from(filtered).unwrap(), kinds.len(), "{}", plan);
    }
}
