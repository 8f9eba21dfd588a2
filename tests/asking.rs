//! Requests to reconcile: which settlements go into which, what is left out and why, and that nothing moves by it.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod common;

use common::{Desk, sound};
use serde_json::{Value, json};
use std::fs;

const RECORDS: &str = "record_no,kind,line,name,id_no,insurance,insured_area,occurred_at,admitted_at,discharged_at,total,paid,pay_method,receipt_no,locality,papers
V1,outpatient,ordinary,陆样,11990019491231002X,310,140902,2021-10-25T09:00:00,,,100.00,100.00,cash,R-1,local,receipt
V2,purchase,ordinary,韦样,440524188001010014,310,140902,2021-10-25T10:00:00,,,20.00,20.00,cash,R-2,local,receipt
V3,outpatient,ordinary,韦样,440524188001010014,,140902,2021-10-25T11:00:00,,,30.00,30.00,cash,R-3,local,receipt
V4,outpatient,ordinary,陆样,11990019491231002X,390,140902,2021-10-26T11:00:00,,,40.00,40.00,cash,R-4,local,receipt
V5,outpatient,ordinary,陆样,11990019491231002X,310,140902,2021-10-26T12:00:00,,,50.00,50.00,cash,R-5,local,receipt
";
const STATEMENT: &str = "setl_id,init_setl_id,mdtrt_id,psn_no,insutype,setl_time,medfee_sumamt,fund_pay_sumamt,acct_pay,psn_cash_pay,refd_setl_flag,record_no,medins_setl_id
S1,,M1,P1,,2021-11-02T10:00:00,100.00,60.00,10.00,30.00,0,V1,
S2,,M2,P2,,2021-11-02T11:00:00,20.00,10.00,,10.00,0,V2,
S3,,M3,P2,,2021-11-02T12:00:00,30.00,10.00,0.00,20.00,0,V3,
S4,,M4,P1,390,2021-11-02T13:00:00,40.00,,,,0,V4,
S6,,M6,P6,310,2021-11-02T14:00:00,70.00,70.00,0.00,0.00,0,,
S6R,S6,M6,P6,310,2021-11-02T15:00:00,-70.00,-70.00,0.00,0.00,1,,
S7,,M7,P1,310,2021-11-09T10:00:00,10.00,10.00,0.00,0.00,0,,
S8,,M8,P1,310,,11.00,11.00,0.00,0.00,0,,
";

/// A ledger with four settlements of its records, a refund, one of another day, and one that only an answer told.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("records.csv", RECORDS);
    desk.run(&["import", "records", "records.csv"]).ended(0);
    desk.run(&["export", "resettle", "--out", "out", "--as-of", "2021-11-02T09:00:00"]).ended(0);
    desk.write("answer.csv", "number,infcode,setl_id,mdtrt_id,psn_no\nA1-0005,0,S5,M5,P1\n");
    desk.run(&["batch", "ack", "B1", "answer.csv"]).ended(0);
    desk.write("statement.csv", STATEMENT);
    desk.run(&["reconcile", "statement.csv"]).ended(3);
    desk
}

const ASK: [&str; 8] = ["export", "3202", "--from", "2021-11-02", "--to", "2021-11-08", "--body", "140902"];

fn left_out(said: &Value) -> Vec<(&str, &str)> {
    let items = said["items"].as_array().unwrap().iter();
    items.map(|item| (item["setl_id"].as_str().unwrap(), item["code"].as_str().unwrap())).collect()
}

#[test]
fn each_settlement_is_asked_about_or_named() {
    let desk = desk();
    let before = (desk.content(), desk.head());
    let tried = desk.json(&[&ASK[..], &["--dry-run"]].concat());
    assert_eq!(desk.head(), before.1, "a trial writes nothing");
    let said = desk.json(&[&ASK[..], &["--out", "out"]].concat());
    assert_eq!(tried["items"], said["items"]);
    let want = [("S3", "no_insurance"), ("S4", "not_split"), ("S8", "no_time"), ("S5", "not_split")];
    assert_eq!(left_out(&said), want);
    let requests = said["batches"][0]["manifest"]["requests"].as_array().unwrap();
    let sums = |of: &Value| {
        ["insutype", "clr_type", "settlements", "total_fen", "fund_fen", "account_fen", "cash_fen"]
            .map(|key| of[key].clone())
    };
    assert_eq!(
        sums(&requests[0]),
        [json!("310"), json!("11"), json!(3), json!(10000), json!(6000), json!(1000), json!(3000)]
    );
    assert_eq!(
        sums(&requests[1]),
        [json!("310"), json!("41"), json!(1), json!(2000), json!(1000), json!(0), json!(1000)]
    );
    // The file as the platform takes it: the refund has both of its halves.
    let folder = desk.file("out/A1-B0002-3202");
    let text = fs::read_to_string(folder.join(requests[0]["text"].as_str().unwrap())).unwrap();
    let want = "S1\tM1\tP1\t100.00\t60.00\t10.00\t0\n\
                S6\tM6\tP6\t70.00\t70.00\t0.00\t0\n\
                S6R\tM6\tP6\t-70.00\t-70.00\t0.00\t1\n";
    assert_eq!(text, want);
    for name in ["manifest.json", "manifest.sig", "cover.txt", "cover.html", "requests.json"] {
        assert!(folder.join(name).exists(), "{name}");
    }
    desk.run(&["batch", "verify", "out/A1-B0002-3202"]).ended(0);
    desk.run(&["batch", "again", "B2", "--out", "again"]).ended(0);
    assert_eq!(
        fs::read(desk.file("again/A1-B0002-3202/requests.json")).unwrap(),
        fs::read(folder.join("requests.json")).unwrap()
    );
    // It is an event, and no record moved.
    let records = |content: &[String]| -> Vec<String> {
        content.iter().filter(|line| line.starts_with("record")).cloned().collect()
    };
    assert_eq!(records(&desk.content()), records(&before.0));
    assert!(desk.run(&["audit", "log"]).ended(0).out.contains("batch prepared"));
    desk.run(&["batch", "cancel", "B2", "--reason", "未用"]).ended(0);
    sound(&desk);
}

#[test]
fn what_is_chosen_and_what_is_refused() {
    let desk = desk();
    let ask = |more: &[&str]| desk.json(&[&ASK[..], more, &["--dry-run"]].concat());
    let requests = |said: &Value| {
        let requests = said["batches"][0]["manifest"]["requests"].as_array().cloned().unwrap_or_default();
        requests
            .iter()
            .map(|one| {
                [&one["clr_type"], &one["settlements"], &one["total_fen"]].map(Value::to_string).join(" ")
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(requests(&ask(&["--clearing", "11"])), ["\"11\" 4 12000"]);
    // Without its refunds the totals count neither half.
    assert_eq!(requests(&ask(&["--refunds", "0"])), ["\"11\" 1 10000", "\"41\" 1 2000"]);
    let other = ask(&["--insurance", "390"]);
    assert!(requests(&other).is_empty() && left_out(&other).contains(&("S4", "not_split")), "{other}");
    let elsewhere = desk.json(&[
        "export",
        "3202",
        "--from",
        "2020-01-01",
        "--to",
        "2020-01-02",
        "--body",
        "140902",
        "--dry-run",
    ]);
    assert!(requests(&elsewhere).is_empty(), "{elsewhere}");
    #[rustfmt::skip] // the columns are the point
    let refused: &[&[&str]] = &[
        &["export", "3202", "--from", "2021-11-02", "--body", "140902", "--out", "out"],
        &["export", "3202", "--from", "2021-11-08", "--to", "2021-11-02", "--body", "140902", "--out", "out"],
        &["export", "3202", "V1", "--from", "2021-11-02", "--to", "2021-11-08", "--body", "140902", "--out", "out"],
        &["export", "3202", "--from", "2021-11-02", "--to", "2021-11-08", "--body", "140902", "--shape", "xlsx", "--out", "out"],
        &["export", "resettle", "--body", "140902", "--out", "out"],
    ];
    for args in refused {
        desk.run(args).ended(2);
    }
    // A body that the field cannot hold refuses the request, settlement by settlement or as a whole, and writes nothing.
    let before = desk.head();
    let ran = desk.run(&[
        "export",
        "3202",
        "--from",
        "2021-11-02",
        "--to",
        "2021-11-08",
        "--body",
        "1409020",
        "--out",
        "out",
    ]);
    assert_eq!(ran.code, 4, "{}{}", ran.out, ran.err);
    assert_eq!(desk.head(), before);
}
