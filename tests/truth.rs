//! A reconciliation finds the truth, all of it and nothing else: every record's
//! verdict and every row that only the platform has, through the program itself.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod common;

use common::Desk;
use common::world::World;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

fn text(item: &Value, key: &str) -> String {
    item[key].as_str().unwrap_or_default().to_owned()
}

/// `GUAZHANG_TRUTH` sets the size: a million by hand, a thousand with every run.
#[test]
fn a_thousand_records_meet_their_statement() {
    let visits = std::env::var("GUAZHANG_TRUTH").map_or(1_000, |size| size.parse().unwrap());
    meet(&World::new(visits, 20_211_031));
}

#[test]
fn ten_thousand_records_meet_their_statement() {
    meet(&World::new(10_000, 20_211_101));
}

fn meet(world: &World) {
    let desk = Desk::new();
    let imported = desk.import(&world.records, &world.lines).ended(0);
    assert!(imported.out.contains(&world.records.rows.len().to_string()), "{}", imported.out);
    desk.reconcile(&world.statement).ended(3);

    let list = desk.json(&["list"]);
    let items = list["items"].as_array().unwrap();
    let verdicts: BTreeMap<String, String> =
        items.iter().map(|item| (text(item, "record_no"), text(item, "verdict"))).collect();
    let truth: BTreeMap<String, String> =
        world.verdicts.iter().map(|(no, verdict)| (no.clone(), (*verdict).to_owned())).collect();
    assert_eq!(verdicts, truth);

    let breaks = desk.json(&["break", "list"]);
    let items = breaks["items"].as_array().unwrap();
    let (ours, theirs): (Vec<_>, Vec<_>) = items.iter().partition(|item| item["number"].is_string());
    let extras: BTreeSet<String> = theirs.iter().map(|item| text(item, "setl_id")).collect();
    assert_eq!(extras, world.extras);
    assert_eq!(theirs.len(), world.extras.len(), "each extra row is told once");

    // Every record that does not agree is in the register, and none that does.
    let told: BTreeSet<String> = ours.iter().map(|item| text(item, "record_no")).collect();
    let wrong: BTreeSet<String> =
        world.verdicts.iter().filter(|(_, v)| **v != "matched").map(|(no, _)| no.clone()).collect();
    assert_eq!(told, wrong);

    // The made-up world has every kind of difference, or the test would show little.
    for verdict in ["matched", "missing", "amount_mismatch", "duplicate", "reversed"] {
        let least = world.records.rows.len() / 100;
        assert!(world.verdicts.values().filter(|v| **v == verdict).count() >= least, "{verdict}");
    }
    assert!(world.extras.len() >= world.records.rows.len() / 100);
    desk.run(&["audit", "verify"]).ended(0);
}

#[test]
fn the_sums_of_both_sides_tie() {
    let world = World::new(300, 7);
    let desk = Desk::new();
    desk.import(&world.records, &world.lines).ended(0);
    desk.write("statement.csv", world.statement.text());
    let outcome = desk.json(&["reconcile", "statement.csv", "--map", &common::map()]);
    assert_eq!(outcome["bridge_ties"], true, "{outcome}");
    let sum = |sheet: &common::Sheet, column: &str| -> i64 {
        let at = sheet.head.iter().position(|head| *head == column).unwrap();
        sheet.rows.iter().map(|row| row[at].parse::<guazhang::domain::Money>().unwrap().fen()).sum()
    };
    assert_eq!(outcome["bridge"]["ledger_fen"], sum(&world.records, "total"));
    assert_eq!(outcome["bridge"]["platform_fen"], sum(&world.statement, "medfee_sumamt"));
}
