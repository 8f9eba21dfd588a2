//! Answers call by call: to a batch that is encrypted, to an undoing of which only half was done, and to one that a
//! statement has overtaken.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod common;

use age::secrecy::ExposeSecret;
use common::{Desk, sound};
use guazhang::batch::{OrderedCall, run_order};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;

const RECORDS: &str = "record_no,kind,line,name,id_no,insurance,insured_area,occurred_at,total,paid,pay_method,receipt_no,locality,prepaid,papers
V1,outpatient,ordinary,陆样,11990019491231002X,310,140902,2021-10-25T09:00:00,100.00,100.00,cash,R-1,local,yes,receipt
V2,purchase,ordinary,韦样,440524188001010014,310,140902,2021-10-25T10:00:00,20.00,20.00,cash,R-2,local,yes,receipt
";
const LINES: &str = "record_no,line_no,item_code,own_code,item_name,quantity,unit_price,amount
V1,1,XJ01CA00001,Y1,示例项目,2,50.00,100.00
V2,1,XJ01CA00001,Y1,示例项目,1,20.00,20.00
";
const STATEMENT: &str = "setl_id,init_setl_id,mdtrt_id,psn_no,setl_time,medfee_sumamt,fund_pay_sumamt,acct_pay,psn_cash_pay,refd_setl_flag,record_no,medins_setl_id\n";

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("records.csv", RECORDS);
    desk.write("lines.csv", LINES);
    desk.run(&["import", "records", "records.csv", "--lines", "lines.csv"]).ended(0);
    desk
}

fn stage(desk: &Desk, no: &str) -> String {
    desk.json(&["show", no])["stage"].as_str().unwrap().to_owned()
}

/// The calls of a batch, as the ledger keeps their order.
fn calls(desk: &Desk, batch: i64) -> Vec<OrderedCall> {
    let files = desk.ledger().books().batch_files(batch).unwrap();
    files.iter().flat_map(|file| run_order(&file.name, &file.bytes)).collect()
}

/// Answers each call of a batch by its message id, as `say` has it for the transaction; `null` is a call not made.
fn answer(desk: &Desk, batch: i64, say: impl Fn(&str) -> Value) -> i32 {
    let mut text = String::new();
    for call in calls(desk, batch) {
        let mut said = say(&call.infno);
        if !said.is_null() {
            said["msgid"] = json!(call.msgid);
            text.extend([&*said.to_string(), "\n"]);
        }
    }
    desk.write("answers.jsonl", text);
    desk.run(&["batch", "ack", &format!("B{batch}"), "answers.jsonl"]).code
}

fn yes(output: &Value) -> Value {
    json!({ "infcode": 0, "err_msg": "", "output": output })
}

fn no() -> Value {
    json!({ "infcode": -1, "err_msg": "就诊当日参保状态为暂停参保", "output": null })
}

/// What a platform says where everything goes well, with ids that end in `letter`.
fn well(infno: &str, letter: char) -> Value {
    let ids = json!({ "setl_id": format!("S{letter}"), "mdtrt_id": format!("M{letter}"), "psn_no": "P1" });
    match infno {
        "1101" => yes(&json!({ "baseinfo": { "psn_no": "P1" } })),
        "2201" => yes(&json!({ "data": { "mdtrt_id": format!("M{letter}") } })),
        "2102" | "2207" => yes(&json!({ "setlinfo": ids })),
        _ => yes(&Value::Null),
    }
}

fn planned(desk: &Desk, args: &[&str]) -> Value {
    desk.json(&[&["export"], args, &["--shape", "calls", "--dry-run"]].concat())
}

/// The reason why a record stays.
fn code(plan: &Value, no: &str) -> String {
    let found = plan["items"].as_array().unwrap().iter().find(|item| item["number"] == no);
    found.map(|item| item["code"].as_str().unwrap().to_owned()).unwrap_or_default()
}

#[test]
fn an_encrypted_batch_is_answered_as_any_other() {
    let (desk, key) = (desk(), age::x25519::Identity::generate());
    desk.write("key.txt", key.to_string().expose_secret());
    let to = key.to_public().to_string();
    let export = ["export", "resettle", "--shape", "calls", "--out", "out", "--encrypt-to", &to];
    desk.run(&export).ended(0);
    let read = |folder: &str| -> BTreeSet<(String, Vec<u8>)> {
        let entries = fs::read_dir(desk.file(folder)).unwrap().map(Result::unwrap);
        let named = |path: std::path::PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
        entries.map(|entry| (named(entry.path()), fs::read(entry.path()).unwrap())).collect()
    };
    let sent = read("out/A1-B0001-resettle");
    let names: Vec<&str> = sent.iter().map(|(name, _)| &**name).collect();
    let want = ["A1-B0001-resettle.zip.age", "cover.html", "cover.txt", "manifest.json", "manifest.sig"];
    assert_eq!(names, want, "the order of the calls stays in the ledger");
    for (name, bytes) in sent.iter().filter(|(name, _)| !name.contains(".zip.age")) {
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.contains("陆样") && !text.contains("11990019491231002X"), "{name} names a person");
    }
    desk.run(&["batch", "verify", "out/A1-B0001-resettle"]).ended(0);
    desk.run(&["batch", "verify", "out/A1-B0001-resettle", "--identity", "key.txt"]).ended(0);
    let stranger = age::x25519::Identity::generate();
    desk.write("stranger.txt", stranger.to_string().expose_secret());
    let ran = desk.run(&["batch", "verify", "out/A1-B0001-resettle", "--identity", "stranger.txt"]);
    assert_ne!(ran.code, 0, "nobody else opens it");
    desk.run(&["batch", "again", "B1", "--out", "again"]).ended(0);
    assert_eq!(read("again/A1-B0001-resettle"), sent, "byte for byte");
    let order: Vec<String> = calls(&desk, 1).into_iter().map(|call| call.infno).collect();
    assert_eq!(order, ["1101", "2201", "2203", "2204", "2206", "2207", "1101", "2101", "2102"]);
    // Each call is found by its message id: the visit is settled, the purchase refused.
    let say = |infno: &str| if infno == "2102" { no() } else { well(infno, '1') };
    assert_eq!(answer(&desk, 1, say), 3);
    assert_eq!((stage(&desk, "V1"), stage(&desk, "V2")), ("exported".into(), "rejected".into()));
    assert_eq!(answer(&desk, 1, say), 0, "read twice it changes nothing");
    // And by the name that its file has within.
    desk.write(
        "asked.jsonl",
        json!({ "file": "00006-2207-A1-0001.json", "infcode": -1, "err_msg": "重复" }).to_string(),
    );
    desk.run(&["batch", "ack", "B1", "asked.jsonl"]).ended(5);
    sound(&desk);
}

/// A visit that the platform settled as S1, as answers and a statement tell.
fn settled() -> Desk {
    let desk = desk();
    desk.run(&["void", "V2", "--reason", "另行处理"]).ended(0);
    desk.run(&["export", "resettle", "V1", "--shape", "calls", "--out", "out"]).ended(0);
    assert_eq!(answer(&desk, 1, |infno| well(infno, '1')), 0);
    desk.write(
        "one.csv",
        format!("{STATEMENT}S1,,M1,P1,2021-11-02T10:00:00,100.00,60.00,0.00,40.00,0,V1,\n"),
    );
    desk.run(&["reconcile", "one.csv"]).ended(0);
    assert_eq!(stage(&desk, "V1"), "settled");
    desk
}

/// The same with its settlement taken back and settled anew, in a batch that nobody answered yet.
fn undoing() -> Desk {
    let desk = settled();
    let undo =
        ["export", "undo", "V1", "--settle-again", "--reason", "补报", "--shape", "calls", "--out", "out"];
    desk.run(&undo).ended(0);
    let order: Vec<String> = calls(&desk, 2).into_iter().map(|call| call.infno).collect();
    assert_eq!(order, ["2208", "2206", "2207"]);
    desk
}

#[test]
fn half_an_undoing_is_what_it_is() {
    let silent = || json!({ "error": "read timed out" });
    #[rustfmt::skip] // the columns are the point
    let cases: &[(&str, Value, Value, &str, &str)] = &[
        // called                    2208              2207           stage       why it stays in the next plan
        ("both done",               well("2208", 'R'), well("2207", '2'), "exported", ""),
        ("taken back, then refused", well("2208", 'R'), no(),           "rejected", "not_corrected"),
        ("taken back, then silence", well("2208", 'R'), silent(),       "exported", "ask_first"),
        ("not even taken back",     no(),              Value::Null,    "settled",  ""),
        ("the reversal is unknown", silent(),          Value::Null,    "settled",  ""),
    ];
    for (case, reversal, anew, want, why) in cases {
        let desk = undoing();
        let say = |infno: &str| match infno {
            "2208" => reversal.clone(),
            "2206" if !anew.is_null() => yes(&Value::Null),
            _ if infno == "2206" => Value::Null,
            _ => anew.clone(),
        };
        answer(&desk, 2, say);
        assert_eq!(stage(&desk, "V1"), *want, "{case}");
        assert_eq!(code(&planned(&desk, &["resettle"]), "A1-0001"), *why, "{case}");
        answer(&desk, 2, say);
        assert_eq!(stage(&desk, "V1"), *want, "{case}, read twice");
        sound(&desk);
    }
}

#[test]
fn what_was_taken_back_alone_goes_out_anew_once() {
    let desk = undoing();
    assert_eq!(answer(&desk, 2, |infno| if infno == "2207" { no() } else { well(infno, 'R') }), 3);
    // Nothing is settled there, and what stands of the visit is known.
    let shown = desk.json(&["show", "V1"]);
    assert!(shown["begun"].as_str().unwrap().contains("M1"), "{shown}");
    let undo = planned(&desk, &["undo", "V1", "--reason", "再撤"]);
    assert_eq!(code(&undo, "A1-0001"), "other_way", "what is gone is not taken back again");
    let again = ["resettle", "--again", "V1", "--reason", "参保已恢复"];
    let goes = &planned(&desk, &again)["goes"][0]["calls"];
    assert_eq!(*goes, json!(["2205", "2202", "1101", "2201", "2203", "2204", "2206", "2207"]));
    // The statement with the reversal changes nothing of that.
    let rows = "S1,,M1,P1,2021-11-02T10:00:00,100.00,60.00,0.00,40.00,0,V1,\n\
                SR,S1,M1,P1,2021-11-03T10:00:00,-100.00,-60.00,0.00,-40.00,1,V1,\n";
    desk.write("two.csv", format!("{STATEMENT}{rows}"));
    desk.run(&["reconcile", "two.csv"]);
    assert_eq!(stage(&desk, "V1"), "rejected");
    desk.run(&[&["export"], &again[..], &["--shape", "calls", "--out", "out"]].concat()).ended(0);
    assert_eq!(answer(&desk, 3, |infno| well(infno, '3')), 0);
    let rows = format!("{rows}S3,,M3,P1,2021-11-04T10:00:00,100.00,70.00,0.00,30.00,0,V1,\n");
    desk.write("three.csv", format!("{STATEMENT}{rows}"));
    desk.run(&["reconcile", "three.csv"]).ended(0);
    assert_eq!(stage(&desk, "V1"), "settled");
    assert_eq!(desk.json(&["refund", "list"])["items"][0]["owed_fen"], 7000);
    sound(&desk);
}

#[test]
fn the_reversal_may_be_told_later_than_the_refusal() {
    // First a list that refuses the record as a whole, then what came of each call.
    let desk = undoing();
    desk.write("whole.csv", "number,infcode,err_msg\nA1-0001,-1,参保状态不正常\n");
    desk.run(&["batch", "ack", "B2", "whole.csv"]).ended(3);
    assert_eq!(stage(&desk, "V1"), "settled", "nobody said that it was taken back");
    answer(&desk, 2, |infno| if infno == "2208" { well("2208", 'R') } else { Value::Null });
    assert_eq!(stage(&desk, "V1"), "rejected");
    assert!(desk.run(&["show", "V1"]).out.contains("参保状态不正常"), "its words stand");
    sound(&desk);
    // What nobody knew is found not to be done: pending, and the visit is taken back first.
    let desk = undoing();
    let silent = |infno: &str| match infno {
        "2207" => json!({ "error": "timeout" }),
        _ => well(infno, 'R'),
    };
    assert_eq!(answer(&desk, 2, silent), 3);
    let asked =
        ["batch", "asked", "B2", "V1", "--by", "2601", "--found", "not_done", "--evidence", "冲正回执"];
    desk.run(&asked).ended(0);
    assert_eq!(stage(&desk, "V1"), "pending");
    let goes = &planned(&desk, &["resettle", "V1"])["goes"][0]["calls"];
    assert_eq!(goes[0], "2205");
    sound(&desk);
}

#[test]
fn a_visit_is_known_from_the_settlement_that_is_taken_back() {
    // Batch B1 was answered by a list: no call of it is known.
    let desk = desk();
    desk.run(&["export", "resettle", "V1", "--out", "out"]).ended(0);
    desk.write("whole.csv", "number,infcode,setl_id,mdtrt_id,psn_no\nA1-0001,0,S1,M1,P1\n");
    desk.run(&["batch", "ack", "B1", "whole.csv"]).ended(0);
    let undo =
        ["export", "undo", "V1", "--settle-again", "--reason", "补报", "--shape", "calls", "--out", "out"];
    desk.run(&undo).ended(0);
    let say = |infno: &str| if infno == "2207" { no() } else { yes(&Value::Null) };
    assert_eq!(answer(&desk, 2, say), 3);
    assert_eq!(stage(&desk, "V1"), "rejected");
    assert!(desk.json(&["show", "V1"])["begun"].as_str().unwrap().contains("M1"));
    sound(&desk);
}

#[test]
fn a_statement_may_be_quicker_than_the_answer() {
    let back = "SR,S1,M1,P1,2021-11-03T10:00:00,-100.00,-60.00,0.00,-40.00,1,V1,\n";
    let anew = "S2,,M1,P1,2021-11-03T10:01:00,100.00,70.00,0.00,30.00,0,V1,\n";
    for again in [true, false] {
        let desk = if again { undoing() } else { settled() };
        if !again {
            let undo = ["export", "undo", "V1", "--reason", "误", "--shape", "calls", "--out", "out"];
            desk.run(&undo).ended(0);
        }
        // Somebody settled it at the platform itself.
        desk.write("two.csv", format!("{STATEMENT}{back}{anew}"));
        desk.run(&["reconcile", "two.csv"]);
        assert_eq!(stage(&desk, "V1"), "settled", "again {again}");
        answer(&desk, 2, |infno| well(infno, '2'));
        assert_eq!(stage(&desk, "V1"), "settled", "by S2, which stands; again {again}");
        let plan = planned(&desk, &["resettle"]);
        let goes = plan["goes"].as_array().unwrap();
        assert!(goes.iter().all(|one| one["number"] != "A1-0001"), "{plan}");
        sound(&desk);
    }
}
