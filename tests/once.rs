//! Nothing goes out twice, and no refund hangs on which statement came first.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod common;

use common::{Desk, LEDGER, NOW, sound};
use guazhang::domain::{Actor, Purpose};
use guazhang::notice::Calendar;
use guazhang::work::{self, ErrorKind, Law};

const HEAD: &str = "setl_id,init_setl_id,certno,setl_time,medfee_sumamt,fund_pay_sumamt,psn_cash_pay,refd_setl_flag,record_no";

/// A desk with one record of 100 yuan, paid in full and with its receipt.
fn desk() -> Desk {
    let desk = Desk::new();
    #[rustfmt::skip] // pairs of a flag and its value
    desk.run(&[
        "add", "outpatient", "--record-no", "M-1", "--name", "陆样", "--id-no", "379901198002151237",
        "--total", "100.00", "--paid", "100.00", "--occurred-at", "2021-10-25 09:00",
        "--papers", "receipt", "--locality", "local",
    ])
    .ended(0);
    desk
}

/// Reconciles the rows of one statement after another.
fn reconciled(statements: &[&str]) -> Desk {
    let desk = desk();
    for rows in statements {
        desk.write("statement.csv", format!("{HEAD}\n{rows}\n"));
        desk.run(&["reconcile", "statement.csv"]);
    }
    desk
}

/// What is owed in all, and what the ledger says.
fn owed(desk: &Desk) -> (i64, Vec<String>) {
    let list = desk.json(&["refund", "list"]);
    let in_all = work::owed_in_all(&desk.ledger().books()).unwrap().fen();
    assert_eq!(list["owed_total_fen"], in_all, "the sum without a look at each");
    (list["owed_total_fen"].as_i64().unwrap(), desk.content())
}

const FIRST: &str = "S1,,379901198002151237,2021-11-05 10:00,100.00,70.00,30.00,0,M-1";
const OTHER_SPLIT: &str = "S1,,379901198002151237,2021-11-05 10:00,100.00,50.00,50.00,0,M-1";
const OTHER_TOTAL: &str = "S1,,379901198002151237,2021-11-05 10:00,120.00,70.00,50.00,0,M-1";
const SECOND: &str = "S2,,379901198002151237,2021-11-06 10:00,100.00,60.00,40.00,0,M-1";
const FIRST_UNDONE: &str = "S9,S1,379901198002151237,2021-11-07 10:00,-100.00,-70.00,-30.00,1,M-1";

#[test]
fn the_order_of_statements_decides_no_refund() {
    #[rustfmt::skip] // the columns are the point
    let cases: &[(&str, &[&str], i64)] = &[
        ("one settlement",              &[FIRST],                       7000),
        ("two totals",                  &[FIRST, OTHER_TOTAL],             0),
        ("settled twice",               &[FIRST, SECOND],                  0),
        ("settled twice, one undone",   &[FIRST, SECOND, FIRST_UNDONE], 6000),
        ("one settlement, two splits",  &[FIRST, OTHER_SPLIT],             0),
    ];
    for (what, rows, fen) in cases {
        let whole = reconciled(&[&rows.join("\n")]);
        let expected = owed(&whole);
        assert_eq!(expected.0, *fen, "{what}");
        let backwards: Vec<&str> = rows.iter().rev().copied().collect();
        for order in [rows.to_vec(), backwards] {
            let desk = reconciled(&order);
            assert_eq!(owed(&desk), expected, "{what}: {order:?}");
            sound(&desk);
            let head = desk.head();
            desk.write("statement.csv", format!("{HEAD}\n{}\n", rows.join("\n")));
            desk.run(&["reconcile", "statement.csv"]);
            assert_eq!(desk.head(), head, "{what}, given again");
        }
    }
}

#[test]
fn a_refund_nobody_can_reckon_is_not_done() {
    let desk = reconciled(&[FIRST, OTHER_SPLIT]);
    let paid = desk.run(&["refund", "pay", "M-1", "--amount", "70", "--receipt", "T-1"]).ended(4);
    assert!(paid.err.contains("own share"), "{}", paid.err);
    let left = desk.run(&["report", "unreconciled", "--format", "json"]).ended(3).json();
    assert_eq!(left["count"], 1);
}

#[test]
fn a_refund_nobody_can_reckon_is_listed_without_an_amount() {
    let desk = reconciled(&[FIRST, OTHER_SPLIT]);
    let list = desk.json(&["refund", "list"]);
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{list}");
    assert!(items[0]["owed_fen"].is_null(), "{list}");
    let sent = desk.json(&["export", "refund", "--out", "out", "--purpose", "退费"]);
    assert_eq!(
        (sent["batches"].as_array().map(Vec::len), sent["left_out"].as_u64()),
        (Some(0), Some(1)),
        "{sent}"
    );
}

/// `prepaid` says that all of it was paid, also where nobody wrote the amount down.
#[test]
fn what_was_paid_in_full_without_an_amount_is_owed_all_the_same() {
    let desk = Desk::new();
    #[rustfmt::skip] // pairs of a flag and its value
    desk.run(&[
        "add", "outpatient", "--record-no", "M-1", "--name", "陆样", "--id-no", "379901198002151237",
        "--total", "100.00", "--prepaid", "yes", "--occurred-at", "2021-10-25 09:00", "--locality", "local",
    ])
    .ended(0);
    desk.write("statement.csv", format!("{HEAD}\n{FIRST}\n"));
    desk.run(&["reconcile", "statement.csv"]).ended(0);
    assert_eq!(owed(&desk).0, 7000);
    desk.run(&["clear", "M-1", "--evidence", "结算单"]).ended(5);
}

#[test]
fn what_is_out_does_not_go_out_again_when_its_settlement_falls() {
    for contrary in [FIRST_UNDONE, SECOND, OTHER_TOTAL] {
        let desk = desk();
        desk.run(&["export", "resettle", "--out", "out"]).ended(0);
        let copy = desk.copy();
        for rows in [FIRST, contrary] {
            desk.write("statement.csv", format!("{HEAD}\n{rows}\n"));
            desk.run(&["reconcile", "statement.csv"]);
        }
        copy.write("statement.csv", format!("{HEAD}\n{FIRST}\n{contrary}\n"));
        copy.run(&["reconcile", "statement.csv"]);
        assert_eq!(desk.content(), copy.content(), "{contrary}");
        // Another way back is another purpose: that must not send it a second time.
        desk.run(&["amend", "M-1", "--paid", "0"]).ended(0);
        let sent = desk.json(&["export", "backfill", "--out", "again"]);
        assert_eq!(sent["batches"].as_array().map(Vec::len), Some(0), "{contrary}: {sent}");
        sound(&desk);
    }
}

#[test]
fn two_windows_send_a_record_once() {
    let desk = desk();
    let actor = Actor { operator: "Wang".to_owned(), at: NOW.parse().unwrap() };
    let mut ledger = desk.ledger();
    let law = Law::read(&ledger.books(), Calendar::built_in()).unwrap();
    let mut plan = work::plan(
        &ledger.books(),
        &law,
        Purpose::Resettle,
        common::world::OWN,
        actor.at,
        &work::Choice::default(),
    )
    .unwrap();
    assert_eq!(plan.ready.len(), 1);
    desk.run(&["export", "resettle", "--out", "one"]).ended(0);
    let out = desk.file("two");
    let again = work::export(&mut ledger, &law, &actor, &mut plan, &out, &work::Manner::default());
    assert_eq!(again.err().map(|error| error.kind()), Some(ErrorKind::Conflict));
    assert!(!out.exists(), "no folder holds the record a second time");
    assert_eq!(ledger.books().batches().unwrap().len(), 1);
}

#[test]
fn what_is_going_out_is_not_changed() {
    let desk = desk();
    desk.run(&["export", "resettle", "--out", "out"]).ended(0);
    // As if the program had been stopped before the ledger knew that the folder was there.
    let conn = rusqlite::Connection::open(desk.file(LEDGER)).unwrap();
    conn.execute_batch("UPDATE batch SET state = 'preparing'; UPDATE record SET stage = 'pending'").unwrap();
    desk.run(&["amend", "M-1", "--paid", "90"]).ended(5);
    desk.run(&["void", "M-1", "--reason", "误录"]).ended(5);
    // Changed all the same: nothing is written that is no longer so.
    conn.execute_batch("UPDATE record SET stage = 'void'").unwrap();
    drop(conn);
    desk.run(&["batch", "again", "B1", "--out", "other"]).ended(5);
    assert!(!desk.file("other").exists());
}

#[test]
fn what_was_voided_is_not_said_to_stand() {
    let desk = desk();
    desk.run(&["void", "M-1", "--reason", "误录"]).ended(0);
    #[rustfmt::skip] // pairs of a flag and its value
    let added = desk.run(&[
        "add", "outpatient", "--record-no", "M-1", "--name", "陆样", "--id-no", "379901198002151237",
        "--total", "100.00", "--paid", "100.00", "--occurred-at", "2021-10-25 09:00",
        "--papers", "receipt", "--locality", "local",
    ])
    .ended(5);
    assert!(added.err.contains("void"), "{}", added.err);
}

#[test]
fn the_words_of_a_refusal_show_no_identity() {
    let desk = desk();
    desk.run(&["export", "resettle", "--out", "out"]).ended(0);
    desk.write("answer.csv", "number,infcode,err_msg\nA1-0001,-1,陆样 379901198002151237 不存在\n");
    desk.run(&["batch", "ack", "B1", "answer.csv"]).ended(3);
    for args in [&["show", "M-1"][..], &["batch", "show", "B1"]] {
        for format in ["table", "json"] {
            let told = desk.run(&[args, &["--format", format]].concat()).out;
            assert!(told.contains("不存在"), "{told}");
            assert!(!told.contains("379901198002151237") && !told.contains("陆样"), "{told}");
        }
    }
    assert!(
        desk.run(&["show", "M-1", "--reveal", "--purpose", "call back"])
            .out
            .contains("陆样 379901198002151237 不存在")
    );
}

#[test]
fn a_record_left_out_for_a_value_keeps_its_amount() {
    let desk = desk();
    desk.run(&["amend", "M-1", "--diagnosis-code", &"J".repeat(60)]).ended(0);
    let sent = desk.run(&["export", "resettle", "--out", "out", "--format", "json"]).ended(3).json();
    assert_eq!(sent["items"][0]["total_fen"], 10_000, "{sent}");
}

#[test]
fn a_break_resolved_for_one_amount_is_open_for_another() {
    let row = |total: &str| format!("S1,,379901198002151237,2021-11-05 10:00,{total},,,0,M-1");
    let desk = reconciled(&[&row("101.00")]);
    desk.run(&["break", "resolve", "1", "--how", "waived", "--evidence", "一元"]).ended(0);
    desk.run(&["break", "list"]).ended(0);
    desk.run(&["amend", "M-1", "--total", "50.00", "--paid", "50.00"]).ended(0);
    desk.run(&["reconcile", "statement.csv"]).ended(3);
    let open = desk.json(&["break", "list"]);
    assert_eq!(open["items"][0]["difference_fen"], 5100);
    sound(&desk);
}

/// A facility that came in with a sheet has its code for a name until someone says it.
#[test]
fn a_facility_is_named_once_it_is_known() {
    let desk = desk();
    for name in ["H14090100077", "城南诊所", "城南诊所"] {
        desk.run(&["facility", "add", "H14090100077", name]).ended(0);
    }
    let list = desk.json(&["facility", "list"]);
    let named = list["items"].as_array().unwrap().iter().filter(|item| item["name"] == "城南诊所").count();
    assert_eq!(named, 1, "{list}");
    let log = desk.json(&["audit", "log"]);
    let told =
        log["items"].as_array().unwrap().iter().filter(|item| item["event"] == "facility_added").count();
    assert_eq!(told, 2, "{log}");
    desk.run(&["audit", "verify"]).ended(0);
}
