//! The hub beside real servers: a made-up city loaded, reconciled, told of and answered; the same
//! tables over three servers; loaders that meet; servers that are killed; a PC that is lost.
//!
//! What every record must get is known from where the city is made up, and from each
//! facility's own ledger, which reconciles the same settlements with the desk's engine.

#![cfg(all(feature = "hub", unix))]
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod cluster;
#[path = "../common/mod.rs"]
mod common;
mod encrypted;
mod killed;
mod report;
mod servers;
mod side_by_side;
mod windows;

use cluster::Cluster;
use common::{Desk, world};
use std::collections::BTreeMap;
use std::fs;

/// A city's own desk, its hub, and a made-up city in a folder beside it.
pub(crate) struct City {
    pub(crate) desk: Desk,
    pub(crate) url: String,
}

impl City {
    /// A desk for a hub at `url`; nothing stands there yet.
    pub(crate) fn at(url: &str) -> City {
        let desk = Desk::empty();
        let init = ["init", "--facility", world::OWN, "--name", "示例市", "--station", "HUB"];
        desk.run(&[&init[..], &["--notice", common::NOTICE]].concat()).ended(0);
        desk.run(&["notice", "resumed", common::NOTICE, "all", "2021-10-31T22:00:00"]).ended(0);
        City { desk, url: url.to_owned() }
    }

    /// The same, founded, with a city made up and its windows trusted.
    pub(crate) fn made_up(url: &str, facilities: u32, records: u32) -> City {
        let city = City::at(url);
        city.hub(&["init"]).ended(0);
        let (facilities, records) = (facilities.to_string(), records.to_string());
        let simulate =
            ["hub", "simulate", "--out", "city", "--facilities", &facilities, "--records", &records];
        city.desk.run(&simulate).ended(0);
        city.hub(&["trust", "--list", "city/keys.csv"]).ended(0);
        city
    }

    /// `guazhang hub ARGS --url URL`, as JSON.
    pub(crate) fn hub(&self, args: &[&str]) -> common::Ran {
        let before = ["hub", args[0], "--url", &self.url];
        self.desk.run(&[&before[..], &args[1..], &["--format", "json"]].concat())
    }

    /// The verdict on every record by facility and number, as the hub has it.
    pub(crate) fn verdicts(sql: &mut postgres::Client) -> BTreeMap<(String, String), String> {
        let slot: i16 = sql
            .query_one("SELECT slot FROM run WHERE state = 'done' ORDER BY run DESC LIMIT 1", &[])
            .unwrap()
            .get(0);
        let text = format!(
            "SELECT f.code, r.number, v.verdict FROM verdict_{slot} v
             JOIN record r ON r.facility = v.facility AND r.id = v.id JOIN facility f ON f.id = r.facility"
        );
        let rows = sql.query(&text, &[]).unwrap();
        let found: BTreeMap<_, _> = rows.iter().map(|row| ((row.get(0), row.get(1)), row.get(2))).collect();
        assert_eq!(found.len(), rows.len(), "one verdict each");
        found
    }

    /// What each record must get, as it was made up.
    pub(crate) fn truth(&self) -> BTreeMap<(String, String), String> {
        let mut truth = BTreeMap::new();
        for entry in fs::read_dir(self.desk.file("city")).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().unwrap().to_string_lossy().starts_with("truth-") {
                for line in fs::read_to_string(path).unwrap().lines().skip(1) {
                    let [facility, number, verdict] = line.split(',').collect::<Vec<_>>()[..] else {
                        panic!("{line}")
                    };
                    truth.insert((facility.to_owned(), number.to_owned()), verdict.to_owned());
                }
            }
        }
        truth
    }

    /// Statements of the made-up city.
    pub(crate) fn statements(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.desk.file("city"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .filter(|name| name.starts_with("statement-"))
            .map(|name| format!("city/{name}"))
            .collect();
        names.sort();
        names
    }

    /// Loads all of it.
    pub(crate) fn load(&self) -> common::Ran {
        let statements = self.statements();
        let mut args = vec!["load", "city/bundles"];
        args.extend(statements.iter().map(String::as_str));
        self.hub(&args)
    }
}

fn count(sql: &mut postgres::Client, table: &str) -> i64 {
    sql.query_one(&format!("SELECT count(*) FROM {table}"), &[]).unwrap().get(0)
}

#[test]
fn a_city_is_loaded_once_and_gets_the_verdicts_that_are_true() {
    if !cluster::here() {
        return;
    }
    let cluster = Cluster::start();
    let city = City::made_up(&cluster.database("city"), 8, 400);
    let first = city.load().ended(0).json();
    assert_eq!(first["files"], 9);
    let mut sql = cluster.sql("city");
    let tables =
        ["bundle", "bundle_file", "record", "record_content", "attendance", "settlement", "facility"];
    let before: Vec<i64> = tables.iter().map(|table| count(&mut sql, table)).collect();
    assert_eq!((before[0], before[2], before[3]), (8, 3200, 3200));
    // Whatever comes twice adds nothing, under whichever name.
    fs::copy(city.desk.file("city/statement-000.csv"), city.desk.file("again.csv")).unwrap();
    let text = fs::read_to_string(city.desk.file("again.csv")).unwrap();
    city.desk.write("longer.csv", format!("{text}\n"));
    let second = city.hub(&["load", "city/bundles", "city/statement-000.csv", "longer.csv"]).ended(0).json();
    assert_eq!(second["new_in_all"], 0, "{second}");
    let after: Vec<i64> = tables.iter().map(|table| count(&mut sql, table)).collect();
    assert_eq!(before, after);
    let laid = city.hub(&["reconcile"]).ended(3).json();
    assert_eq!(City::verdicts(&mut sql), city.truth());
    let settled = city.truth().values().filter(|verdict| *verdict == "matched").count();
    let open = laid["open"].as_u64().unwrap();
    assert!(
        open >= (city.truth().len() - settled) as u64,
        "settlements of no record are open besides: {laid}"
    );
    // Most of it needs no thought; what does is a tenth of it here, since one in ten is made up to be odd.
    assert!(laid["in_sql"].as_i64().unwrap() > 2700, "{laid}");
    // A second run fills the other tables and says the same.
    city.hub(&["reconcile"]).ended(3);
    assert_eq!(City::verdicts(&mut sql), city.truth());
    let said = city.hub(&["check"]).ended(0).json();
    assert_eq!(said["sound"], true, "{said}");
    report::figures_are_those_of_the_tables(&city.url);
    report::every_record_is_seen_once(&city.url);
    report::what_is_broken_is_found(&city.url);
    // Reports need neither a ledger nor a key.
    let anyone = City { desk: Desk::empty(), url: city.url.clone() };
    let listed = anyone.hub(&["report", "--as-of", "2021-11-20T10:00:00"]).ended(0).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 8, "{listed}");
    anyone.hub(&["report", "--out", "city.html"]).ended(0);
    let page = fs::read_to_string(anyone.desk.file("city.html")).unwrap();
    assert!(page.contains("<svg") && !page.contains("http://www.w3.org/1999/xlink"));
    anyone.hub(&["export", "--parquet", "out"]).ended(0);
    assert_eq!(fs::read_dir(anyone.desk.file("out")).unwrap().count(), 9, "a file each, and what they are");
    // No identity stands anywhere: every text of every table is looked through.
    let dumped = dump(&mut sql);
    let bundle = fs::read_to_string(city.desk.file("city/statement-000.csv")).unwrap();
    for row in bundle.lines().skip(1).take(200) {
        let cells: Vec<&str> = row.split(',').collect();
        assert!(!dumped.contains(cells[5]) && !dumped.contains(cells[6]), "{} stands there", cells[6]);
    }
}

/// Every row of every table as text.
fn dump(sql: &mut postgres::Client) -> String {
    let names = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'";
    let names: Vec<String> = sql.query(names, &[]).unwrap().iter().map(|row| row.get(0)).collect();
    assert!(names.len() > 15);
    let mut all = String::new();
    for name in names {
        for row in sql.query(&format!("SELECT CAST(t.* AS text) FROM {name} t"), &[]).unwrap() {
            all.push_str(row.get(0));
            all.push('\n');
        }
    }
    all
}

#[test]
fn what_should_not_come_in_does_not() {
    if !cluster::here() {
        return;
    }
    let cluster = Cluster::start();
    let city = City::made_up(&cluster.database("city"), 3, 40);
    let mut sql = cluster.sql("city");
    let bundle = city.desk.file("city/bundles/H14999900000-A1.bundle");
    let bytes = fs::read(&bundle).unwrap();
    for at in (0..bytes.len()).step_by(bytes.len() / 60) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x20;
        fs::write(city.desk.file("bad.bundle"), &changed).unwrap();
        assert_ne!(city.hub(&["load", "bad.bundle"]).code, 0, "byte {at}");
        fs::write(city.desk.file("bad.bundle"), &bytes[..at]).unwrap();
        assert_ne!(city.hub(&["load", "bad.bundle"]).code, 0, "cut at {at}");
    }
    city.hub(&["revoke", "H14999900001", "A1"]).ended(0);
    city.hub(&["load", "city/bundles/H14999900001-A1.bundle"]).ended(7);
    // Another city's hub opens none of it, and another ledger does not open this hub.
    let other = City::at(&city.url);
    other.hub(&["init"]).ended(5);
    other.hub(&["load", bundle.to_str().unwrap()]).ended(7);
    city.hub(&["init"]).ended(5);
    for table in ["bundle", "bundle_file", "record", "record_content", "attendance", "settlement"] {
        assert_eq!(count(&mut sql, table), 0, "{table}");
    }
    // A statement with one bad row leaves nothing, and one that does not say whose it is neither.
    let text = fs::read_to_string(city.desk.file("city/statement-000.csv")).unwrap();
    city.desk.write("bad.csv", text.replacen("2021-11-", "2021-31-", 1));
    city.hub(&["load", "bad.csv"]).ended(4);
    city.desk.write("whose.csv", text.replace("fixmedins_code", "something").replace("H149999", ""));
    city.hub(&["load", "whose.csv"]).ended(4);
    city.hub(&["load", "city/statement-000.csv", "--expect-count", "7"]).ended(4);
    assert_eq!((count(&mut sql, "settlement"), count(&mut sql, "statement")), (0, 0));
    city.hub(&["load", "whose.csv", "--facility", "H14999900000"]).ended(0);
    // Nobody is there.
    let nobody = City { desk: Desk::empty(), url: city.url.clone() };
    assert_ne!(nobody.hub(&["load", "x"]).code, 0);
    let gone = City { desk: city.desk, url: "postgres://postgres@127.0.0.1:1/city".to_owned() };
    let said = gone.hub(&["reconcile"]);
    assert_eq!(said.code, 1, "{}", said.err);
}
