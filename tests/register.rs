//! The register of breaks, pairs by hand, runs taken back and sign-offs, through
//! the program.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod common;

use common::world::{Shares, World};
use common::{Desk, PASSPHRASE, map, sound};
use guazhang::domain::{BreakState, Reason};
use guazhang::text::{Label, Lang};

/// A desk whose statement leaves breaks, and an auditor.
fn reconciled() -> Desk {
    let desk = Desk::new();
    let hired = ["user", "add", "Zhao", "--role", "auditor"];
    desk.run_new("Wang", PASSPHRASE, "words of Zhao", &hired).ended(0);
    let world = World::with(40, 3, Shares::MANY);
    desk.import(&world.records, &world.lines).ended(0);
    desk.reconcile(&world.statement).ended(3);
    desk
}

fn zhao(desk: &Desk, args: &[&str]) -> common::Ran {
    desk.run_as("Zhao", "words of Zhao", args)
}

#[test]
fn a_run_taken_back_leaves_everything_as_it_was_and_can_be_given_again() {
    let desk = Desk::new();
    let world = World::with(40, 3, Shares::MANY);
    desk.import(&world.records, &world.lines).ended(0);
    let mut half = world.statement.clone();
    half.rows.truncate(20);
    desk.reconcile(&half).ended(3);
    let before = desk.content();
    desk.reconcile(&world.statement).ended(3);
    let after = desk.content();
    assert_ne!(before, after);
    desk.run(&["reconcile", "undo", "R1"]).ended(5);
    desk.run(&["reconcile", "undo", "R2", "--dry-run"]).ended(0);
    assert_eq!(desk.content(), after);
    desk.run(&["reconcile", "undo", "R2"]).ended(0);
    sound(&desk);
    // The rows stay known; all else stands as before.
    let without = |lines: Vec<String>| -> Vec<String> {
        lines.into_iter().filter(|line| !line.starts_with("settlements")).collect()
    };
    assert_eq!(without(desk.content()), without(before));
    desk.run(&["reconcile", "undo", "R2"]).ended(5);
    desk.run(&["reconcile", "statement.csv", "--map", &map()]).ended(3);
    assert_eq!(desk.content(), after);
    sound(&desk);
}

#[test]
fn a_refund_keeps_the_run_that_it_rests_on() {
    let desk = reconciled();
    let owed = desk.json(&["refund", "list"])["items"][0].clone();
    let amount = guazhang::domain::Money::from_fen(owed["owed_fen"].as_i64().unwrap()).to_string();
    let number = owed["number"].as_str().unwrap();
    desk.run(&["refund", "pay", number, "--amount", &amount, "--receipt", "T-1"]).ended(0);
    let head = desk.head();
    let refused = desk.run(&["reconcile", "undo", "R1"]).ended(5);
    assert!(refused.err.contains(number), "{}", refused.err);
    assert_eq!(desk.head(), head);
}

#[test]
fn a_pair_taken_apart_stays_apart_until_somebody_says_otherwise() {
    let desk = reconciled();
    let shown = desk.json(&["list", "--stage", "settled"])["items"][0].clone();
    let number = shown["number"].as_str().unwrap();
    let setl_id = desk.json(&["show", number])["setl_id"].as_str().unwrap().to_owned();
    desk.run(&["unmatch", number, "--reason", "核对不是同一人"]).ended(0);
    assert!(desk.json(&["show", number])["setl_id"].is_null());
    desk.run(&["reconcile", "statement.csv", "--map", &map()]).ended(3);
    assert!(desk.json(&["show", number])["setl_id"].is_null(), "the word holds in the next run");
    desk.run(&["match", number, "nothing", "--reason", "x"]).ended(4);
    desk.run(&["match", number, &setl_id, "--reason", "原始单据相符"]).ended(0);
    assert_eq!(desk.json(&["show", number])["setl_id"].as_str(), Some(&*setl_id));
    desk.run(&["match", number, &setl_id, "--reason", "again"]).ended(5);
    sound(&desk);
}

#[test]
fn a_waiver_above_the_limit_counts_when_somebody_else_has_signed() {
    let desk = reconciled();
    let open = desk.ledger().books().breaks(Some(BreakState::Open)).unwrap();
    let big = open.iter().max_by_key(|found| found.stake()).unwrap().id.to_string();
    zhao(&desk, &["break", "limit", "waive_admin", "1.00"]).ended(7);
    desk.run(&["break", "limit", "waive_admin", "0.01"]).ended(0);
    desk.run(&["break", "assign", &big, "Nobody"]).ended(4);
    desk.run(&["break", "assign", &big, "Zhao"]).ended(0);
    desk.run(&["break", "waive", &big, "--reason", "金额小"]).ended(0);
    let phase = |id: &str| desk.json(&["break", "show", id])["phase"].as_str().unwrap().to_owned();
    assert_eq!(phase(&big), "proposed");
    desk.run(&["break", "sign", &big]).ended(7);
    zhao(&desk, &["break", "sign", &big]).ended(0);
    assert_eq!(phase(&big), "signed");
    zhao(&desk, &["break", "reopen", &big, "--reason", "依据不足"]).ended(0);
    assert_eq!(phase(&big), "assigned");
    let life = desk.json(&["break", "show", &big])["life"].clone();
    let kinds: Vec<_> = life.as_array().unwrap().iter().map(|one| one["event"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["reconciled", "break_assigned", "break_resolved", "break_signed", "break_reopened"]);
    sound(&desk);
}

#[test]
fn signed_numbers_stay_whatever_comes_later() {
    let desk = reconciled();
    desk.run(&["signoff", "create"]).ended(5);
    desk.run(&["break", "limit", "signoff", "1000000.00"]).ended(0);
    let open = desk.ledger().books().breaks(Some(BreakState::Open)).unwrap();
    let first = open[0].id.to_string();
    desk.run(&["break", "resolve", &first, "--how", "amended", "--evidence", "核对单"]).ended(0);
    desk.run(&["signoff", "create"]).ended(0);
    desk.run(&["signoff", "sign", "1"]).ended(7);
    let signed = zhao(&desk, &["signoff", "sign", "1", "--format", "json"]).ended(0).json();
    assert!(signed["seal"].is_string());
    zhao(&desk, &["signoff", "sign", "1"]).ended(5);
    desk.run(&["reconcile", "undo", "R1"]).ended(5);
    desk.run(&["signoff", "verify"]).ended(0);
    // What comes later moves the ledger, and not the numbers.
    let later = World::with(10, 8, Shares::MANY);
    desk.write("later.csv", later.statement.text());
    desk.run(&["reconcile", "later.csv", "--map", &map()]);
    zhao(&desk, &["break", "reopen", &first, "--reason", "有误"]).ended(0);
    let shown = desk.json(&["signoff", "show", "1"]);
    assert_eq!(shown["frozen"], signed["frozen"]);
    desk.run(&["signoff", "verify"]).ended(0);
    sound(&desk);
    let conn = rusqlite::Connection::open(desk.file(common::LEDGER)).unwrap();
    conn.execute("UPDATE signoff SET frozen = replace(frozen, '\"cleared\":0', '\"cleared\":1')", [])
        .unwrap();
    conn.close().unwrap();
    desk.run(&["signoff", "verify"]).ended(6);
}

#[test]
fn the_page_has_every_code() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reconcile.md")).unwrap();
    for reason in Reason::ALL {
        let (zh, en) = (reason.label(Lang::Zh), reason.label(Lang::En));
        // The table writes identifiers, as programs see them.
        let (who, remedy) = (reason.who().id(), reason.remedy(Lang::En));
        let row = format!("| {} {zh} | {en} | {who} | {remedy} | `{}` |", reason.id(), reason.command());
        assert!(page.contains(&row), "docs/reconcile.md should have: {row}");
    }
}

/// The lines of a comparison, as `change code setl_id`.
fn changed(desk: &Desk, from: &str, to: &str) -> Vec<String> {
    let told = desk.json(&["reconcile", "diff", from, to]);
    let text = |item: &serde_json::Value, key: &str| item[key].as_str().unwrap_or("-").to_owned();
    let line =
        |item: &serde_json::Value| ["change", "reason", "setl_id"].map(|key| text(item, key)).join(" ");
    told["items"].as_array().unwrap().iter().map(line).collect()
}

#[test]
fn what_is_new_still_there_and_gone_is_exact() {
    let desk = Desk::new();
    let rows = "record_no,kind,line,name,id_no,insurance,occurred_at,total,paid,pay_method,locality,prepaid\n\
        V1,outpatient,ordinary,钱试五,11990019491231002X,310,2021-10-29T09:30:00,50.00,50.00,cash,local,yes\n";
    desk.write("records.csv", rows);
    desk.run(&["import", "records", "records.csv"]).ended(0);
    let statement = |name: &str, rows: &str| {
        desk.write(name, format!("setl_id,record_no,medfee_sumamt,setl_time\n{rows}"));
        desk.run(&["reconcile", name])
    };
    let since = || desk.json(&["reconcile", "status"])["since_last"].clone();
    statement("one.csv", "S1,V1,51.00,2021-11-02 10:00:00\nX1,N1,7.00,2021-11-02 10:00:00\n").ended(3);
    let first = serde_json::json!({ "run": null, "new": 2, "still_open": 0, "closed": 0 });
    assert_eq!(since(), first);
    // The settlement is taken back and given again as it should be, and another comes that nobody knows.
    let second = "S1R,V1,-51.00,2021-11-03 10:00:00\nS2,V1,50.00,2021-11-03 10:00:00\nX2,N2,8.00,2021-11-03 10:00:00\n";
    statement("two.csv", second).ended(3);
    assert_eq!(changed(&desk, "R1", "R2"), ["new P1 X2", "still P1 X1", "gone A1 S1"]);
    assert_eq!(changed(&desk, "R2", "R1"), ["new A1 S1", "still P1 X1", "gone P1 X2"]);
    assert_eq!(since(), serde_json::json!({ "run": 1, "new": 1, "still_open": 1, "closed": 1 }));
    // What people close counts as closed at once, and stays in what the runs saw.
    let known = desk.json(&["break", "list"]);
    let known =
        known["items"].as_array().unwrap().iter().find(|item| item["setl_id"] == "X1").unwrap().clone();
    let number = known["break"].to_string();
    desk.run(&["break", "resolve", &number, "--how", "other_facility", "--evidence", "来函"]).ended(0);
    assert_eq!(since(), serde_json::json!({ "run": 1, "new": 1, "still_open": 0, "closed": 2 }));
    assert_eq!(changed(&desk, "1", "2"), ["new P1 X2", "still P1 X1", "gone A1 S1"]);
    desk.run(&["reconcile", "diff", "R1", "R9"]).ended(4);
    // A run that is taken back is no last time.
    desk.run(&["reconcile", "undo", "R2"]).ended(0);
    assert_eq!(since(), serde_json::json!({ "run": null, "new": 2, "still_open": 0, "closed": 0 }));
    sound(&desk);
}
