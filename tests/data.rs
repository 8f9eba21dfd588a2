//! The books as data agree with the books: the journal with `hledger` and
//! `report summary`, the tables with each other and with the ledger.
//!
//! hledger and a reader of Parquet are not ours. Where they are not installed these tests say so and look at the rest;
//! `tests/run` installs hledger where it may.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod common;

use common::world::{OWN, World};
use common::{Desk, map};
use guazhang::domain::Money;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

/// A desk at which records were imported, settled, refunded, cleared and voided.
fn desk() -> Desk {
    let (desk, world) = (Desk::new(), World::new(60, 11));
    desk.write("records.csv", world.records.text());
    desk.write("lines.csv", world.lines.text());
    desk.write("statement.csv", world.statement.text());
    for other in ["H14090100002", "H14090100003"] {
        desk.run(&["facility", "add", other, "乙院"]).ended(0);
    }
    let map = map();
    desk.run(&["import", "records", "records.csv", "--lines", "lines.csv", "--map", &map]).ended(0);
    desk.run(&["export", "resettle", "--facility", OWN, "--out", "out"]).ended(0);
    desk.run(&["reconcile", "statement.csv", "--map", &map]);
    let owed = desk.json(&["refund", "list"]);
    for item in owed["items"].as_array().unwrap().iter().take(3) {
        let Some(fen) = item["owed_fen"].as_i64() else { continue };
        let (number, amount) = (item["number"].as_str().unwrap(), Money::from_fen(fen).to_string());
        desk.run(&["refund", "pay", number, "--amount", &amount, "--receipt", number]).ended(0);
    }
    let first = |stage: &str| {
        let listed = desk.json(&["list", "--stage", stage]);
        listed["items"][0]["number"].as_str().map(str::to_owned)
    };
    if let Some(number) = first("refunded") {
        desk.run(&["clear", &number, "--evidence", "结算单"]).ended(0);
    }
    desk.run(&[
        "add",
        "outpatient",
        "--record-no",
        "M-1",
        "--name",
        "陆样",
        "--total",
        "12.50",
        "--paid",
        "12.50",
        "--pay-method",
        "wechat",
        "--occurred-at",
        "2021-10-25T09:00:00",
    ])
    .ended(0);
    desk.run(&[
        "add",
        "outpatient",
        "--record-no",
        "M-2",
        "--name",
        "陆样",
        "--total",
        "7.77",
        "--paid",
        "7.77",
        "--pay-method",
        "cash",
        "--occurred-at",
        "2021-10-25T10:00:00",
    ])
    .ended(0);
    desk.run(&["void", "M-2", "--reason", "重复"]).ended(0);
    desk
}

/// What the ledger's own report says, without what is void: cost and payments, and the refunds that are owed.
fn summary(desk: &Desk) -> (i64, i64, i64) {
    let summary = desk.json(&["report", "summary"]);
    let items: Vec<Value> = summary["items"].as_array().unwrap().clone();
    let sum = |key: &str| -> i64 {
        items.iter().filter(|item| item["stage"] != "void").map(|item| item[key].as_i64().unwrap()).sum()
    };
    (sum("total_fen"), sum("paid_fen"), summary["refunds_owed_fen"].as_i64().unwrap())
}

/// What hledger makes of a journal; `None` where there is no hledger.
fn hledger(desk: &Desk, args: &[&str]) -> Option<String> {
    let ended = Command::new("hledger")
        .args(["-f", "books/guazhang.journal"])
        .args(args)
        .current_dir(desk.path())
        .env("LANG", "C.UTF-8")
        .output();
    let Ok(ended) = ended else {
        assert!(std::env::var_os("CI").is_none(), "hledger is not installed");
        std::io::Write::write_all(&mut std::io::stderr(), b"no hledger: skipped\n").unwrap();
        return None;
    };
    assert!(ended.status.success(), "{args:?}: {}", String::from_utf8_lossy(&ended.stderr));
    Some(String::from_utf8(ended.stdout).unwrap())
}

/// The balance of an account and all below it, in fen.
fn balance(desk: &Desk, account: &str) -> Option<i64> {
    let csv =
        hledger(desk, &["balance", "--depth", "1", "--output-format", "csv", &format!("^{account}(:|$)")])?;
    let total = csv.lines().last().unwrap().split(',').nth(1).unwrap().trim_matches('"').to_owned();
    let amount = total.trim_end_matches("CNY").trim();
    Some(if amount == "0" { 0 } else { amount.parse::<Money>().unwrap().fen() })
}

#[test]
fn hledger_accepts_the_journal_and_agrees_with_the_summary() {
    let desk = desk();
    desk.run(&["export", "data", "books", "--format", "hledger"]).ended(0);
    if hledger(&desk, &["check", "--strict"]).is_none() {
        return;
    }
    hledger(&desk, &["check", "ordereddates"]);
    let (cost, paid, owed) = summary(&desk);
    assert!(cost > 0 && paid > 0 && owed > 0, "{cost} {paid} {owed}");
    let refunded: i64 =
        table(&desk, "json", "refunds").iter().map(|row| row["amount_fen"].as_i64().unwrap()).sum();
    assert!(refunded > 0);
    assert_eq!(balance(&desk, "income"), Some(-cost));
    assert_eq!(balance(&desk, "assets:cash"), Some(paid - refunded));
    assert_eq!(balance(&desk, "liabilities:refunds"), Some(-owed));
    let journal = fs::read_to_string(desk.file("books/guazhang.journal")).unwrap();
    for word in
        ["assets:receivable:resettle", "assets:receivable:fund", "liabilities:prepaid:resettle", "M-1"]
    {
        assert!(journal.contains(word) != (word == "M-1"), "{word}");
    }
}

#[test]
fn a_journal_that_was_changed_is_refused() {
    let desk = desk();
    desk.run(&["export", "data", "books", "--format", "hledger"]).ended(0);
    let path = desk.file("books/guazhang.journal");
    let journal = fs::read_to_string(&path).unwrap();
    // Two amounts of one entry, so that it still sums to nothing: only the asserted sums tell.
    let entry = journal
        .split("\n\n")
        .find(|entry| entry.contains("recorded") && entry.contains("assets:cash:"))
        .unwrap();
    let changed = entry.replacen("assets:cash:", "assets:other:", 1);
    fs::write(&path, journal.replacen(entry, &changed, 1)).unwrap();
    let ended = Command::new("hledger").arg("-f").arg(&path).args(["check", "assertions"]).output();
    if let Ok(ended) = ended {
        assert!(!ended.status.success(), "the assertion finds it");
    }
}

/// The rows of a table, written once more in a format that this test reads by itself.
fn table(desk: &Desk, format: &str, name: &str) -> Vec<Value> {
    let folder = format!("as-{format}");
    if !desk.file(&folder).exists() {
        desk.run(&["export", "data", &folder, "--format", format]).ended(0);
    }
    let object: Value =
        serde_json::from_slice(&fs::read(desk.file(&format!("{folder}/{name}.json"))).unwrap()).unwrap();
    object["items"].as_array().unwrap().clone()
}

#[test]
fn the_tables_are_the_ledger_in_every_format() {
    let desk = desk();
    let records = table(&desk, "json", "records");
    let (cost, ..) = summary(&desk);
    let sum: i64 = records
        .iter()
        .filter(|row| row["stage"] != "void")
        .map(|row| row["total_fen"].as_i64().unwrap())
        .sum();
    assert_eq!(sum, cost);
    let mut by_record: BTreeMap<&str, i64> = BTreeMap::new();
    let lines = table(&desk, "json", "lines");
    for line in &lines {
        *by_record.entry(line["number"].as_str().unwrap()).or_default() +=
            line["amount_fen"].as_i64().unwrap();
    }
    assert!(!by_record.is_empty());
    for row in records.iter().filter(|row| by_record.contains_key(row["number"].as_str().unwrap())) {
        assert_eq!(by_record[row["number"].as_str().unwrap()], row["total_fen"].as_i64().unwrap());
    }
    assert!(!table(&desk, "json", "matches").is_empty() && !table(&desk, "json", "events").is_empty());

    desk.run(&["export", "data", "as-csv", "--format", "csv"]).ended(0);
    desk.run(&["export", "data", "as-parquet", "--format", "parquet"]).ended(0);
    let about: Value = serde_json::from_slice(&fs::read(desk.file("as-csv/about.json")).unwrap()).unwrap();
    for file in about["files"].as_array().unwrap() {
        let name = file["name"].as_str().unwrap();
        let text = fs::read(desk.file(&format!("as-csv/{name}"))).unwrap();
        let rows = csv::Reader::from_reader(text.as_slice()).records().count();
        assert_eq!(rows as u64, file["rows"].as_u64().unwrap(), "{name}");
    }
    read_by_others(&desk);
}

/// What pyarrow reads in every Parquet file is what the JSON says.
fn read_by_others(desk: &Desk) {
    const SCRIPT: &str = "
import json, sys, glob, os
import pyarrow.parquet as pq
for path in sorted(glob.glob('as-parquet/*.parquet')):
    name = os.path.basename(path)[:-8]
    rows = pq.read_table(path).to_pylist()
    want = json.load(open(f'as-json/{name}.json'))['items']
    for row in rows:
        for key, value in row.items():
            if hasattr(value, 'isoformat'):
                row[key] = value.isoformat(timespec='seconds')
    assert rows == want, (name, [pair for pair in zip(rows, want) if pair[0] != pair[1]][:1])
    print(name, len(rows))
";
    let python = std::env::var("GUAZHANG_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has = Command::new(&python).args(["-c", "import pyarrow"]).output();
    if !has.is_ok_and(|ended| ended.status.success()) {
        std::io::Write::write_all(&mut std::io::stderr(), b"no pyarrow: Parquet is not read back\n").unwrap();
        return;
    }
    let ended = Command::new(&python).args(["-c", SCRIPT]).current_dir(desk.path()).output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    assert_eq!(String::from_utf8_lossy(&ended.stdout).lines().count(), 11);
}

#[test]
fn identities_leave_for_a_purpose_only() {
    let desk = desk();
    let head = desk.head().0;
    desk.run(&["export", "data", "masked", "--format", "csv"]).ended(0);
    assert_eq!(desk.head().0, head, "masked tables leave no event");
    let masked = fs::read_to_string(desk.file("masked/records.csv")).unwrap();
    assert!(!masked.contains("陆样") && masked.contains("陆*"), "{}", &masked[..400]);
    desk.run(&["export", "data", "open", "--format", "csv", "--reveal", "--no-input"]).ended(2);
    desk.run(&["export", "data", "open", "--format", "csv", "--reveal", "--purpose", "年度审计"]).ended(0);
    assert!(fs::read_to_string(desk.file("open/records.csv")).unwrap().contains("陆样"));
    assert_eq!(desk.head().0, head + 1);
}

#[test]
fn what_is_refused() {
    let desk = desk();
    desk.run(&["export", "data", "books"]).ended(2);
    desk.run(&["export", "data", "books", "--format", "xml"]).ended(2);
    desk.run(&["list", "--format", "parquet"]).ended(2);
    desk.run(&["export", "data", "records.csv", "--format", "csv"]).ended(5);
    desk.run(&["export", "data", ".", "--format", "csv"]).ended(5);
    desk.run(&["export"]).ended(2);
}
