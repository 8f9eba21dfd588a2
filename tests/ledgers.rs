//! Ledgers of every released version are opened by the program of today: walked to
//! the present tables, with nothing lost and every event in its place.
//!
//! The steps themselves, and what happens where one is cut short, are tested in
//! `store::migrate`.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod common;

use common::{Desk, LEDGER, map, sound, world};
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};

const VISITS: u64 = 40;
const SEED: u64 = 3;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/ledgers")
}

/// The ledgers kept here, with the version each is named after.
fn kept() -> Vec<(PathBuf, i64)> {
    let paths = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let ledgers = paths.filter(|path| path.extension().is_some_and(|ext| ext == "ledger"));
    let version = |path: &Path| path.file_stem().unwrap().to_str().unwrap()[1..].parse().unwrap();
    ledgers.map(|path| (path.clone(), version(&path))).collect()
}

fn version(path: &Path) -> i64 {
    Connection::open(path).unwrap().query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
}

/// The tables, indexes and views of a ledger, however they were written: without comments, quotes and breaks.
fn tables(path: &Path) -> Vec<String> {
    let conn = Connection::open(path).unwrap();
    let mut statement = conn
        .prepare("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema ORDER BY type, name")
        .unwrap();
    let rows = statement.query_map([], |row| {
        let [kind, name, of, sql]: [String; 4] = [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?];
        Ok(format!("{kind} {name} {of} {}", plain(&sql)))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

fn plain(sql: &str) -> String {
    let uncommented: Vec<_> =
        sql.lines().map(|line| line.split_once("--").map_or(line, |(code, _)| code)).collect();
    let spaced =
        uncommented.join(" ").replace('"', "").replace('(', " ( ").replace(')', " ) ").replace(',', " , ");
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A ledger in which everything happened once.
fn story() -> Desk {
    let desk = Desk::new();
    let world = world::World::new(VISITS, SEED);
    desk.write("records.csv", world.records.text());
    desk.write("lines.csv", world.lines.text());
    desk.write("statement.csv", world.statement.text());
    let map = map();
    desk.run(&["import", "records", "records.csv", "--lines", "lines.csv", "--map", &map]).ended(0);
    desk.run(&["export", "resettle", "--facility", world::OWN, "--out", "out"]);
    desk.run(&["reconcile", "statement.csv", "--map", &map]).ended(3);
    let owed = desk.json(&["refund", "list"])["items"][0].clone();
    let amount = guazhang::domain::Money::from_fen(owed["owed_fen"].as_i64().unwrap()).to_string();
    let number = owed["number"].as_str().unwrap();
    desk.run(&["refund", "pay", number, "--amount", &amount, "--receipt", "T-1"]).ended(0);
    desk
}

#[test]
#[ignore = "writes the file that the other tests read; see fixtures/ledgers/README.md"]
fn write_the_ledger_of_this_version() {
    let desk = story();
    sound(&desk);
    // One file, with nothing of it in a log.
    let conn = Connection::open(desk.file(LEDGER)).unwrap();
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(conn);
    let version = version(&desk.file(LEDGER));
    fs::copy(desk.file(LEDGER), folder().join(format!("v{version}.ledger"))).unwrap();
}

#[test]
fn every_released_ledger_is_walked_to_the_tables_of_a_new_one() {
    let new = Desk::new();
    let (now, expected) = (version(&new.file(LEDGER)), tables(&new.file(LEDGER)));
    let kept = kept();
    assert!(kept.iter().any(|(_, version)| *version == now), "the ledger of this version is not kept");
    for (path, from) in kept {
        assert_eq!(version(&path), from, "{}", path.display());
        let desk = Desk::empty();
        fs::copy(&path, desk.file(LEDGER)).unwrap();
        let before = desk.file("before.db");
        fs::copy(&path, &before).unwrap();
        let ran = desk.run(&["list", "--limit", "0"]);
        assert!([0, 3].contains(&ran.code), "{}", ran.err);
        assert_eq!(version(&desk.file(LEDGER)), now);
        assert_eq!(tables(&desk.file(LEDGER)), expected, "{}", path.display());
        sound(&desk);
        desk.run(&["audit", "verify"]).ended(0);
        let settings = desk.json(&["check"]);
        let settings =
            settings["items"].as_array().unwrap().iter().find(|found| found["check"] == "settings");
        assert_eq!(settings.unwrap()["outcome"], "ok", "a walked table reads as a new one");
        // Every event of then still stands, unchanged, and after them one for each step.
        let events = |path: &Path| {
            let conn = Connection::open(path).unwrap();
            let mut statement = conn.prepare("SELECT hex(hash) FROM event ORDER BY seq").unwrap();
            let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
            rows.map(Result::unwrap).collect::<Vec<_>>()
        };
        let (then, now_told) = (events(&before), events(&desk.file(LEDGER)));
        assert!(then.len() > 10, "the ledger tells a story");
        assert_eq!(now_told[..then.len()], then);
        assert_eq!(i64::try_from(now_told.len() - then.len()).unwrap(), now - from);
    }
}

#[test]
fn a_ledger_of_a_newer_edition_is_shown_and_not_written() {
    let desk = story();
    let raw = Connection::open(desk.file(LEDGER)).unwrap();
    raw.execute_batch("CREATE TABLE rota (id INTEGER) STRICT; PRAGMA user_version = 99").unwrap();
    drop(raw);
    let (before, map) = (fs::read(desk.file(LEDGER)).unwrap(), map());
    #[rustfmt::skip] // the columns are the point
    let cases: &[(&[&str], &[i32])] = &[
        (&["list"],                                                              &[0, 3]),
        (&["show", "A1-0001"],                                                   &[0, 3]),
        (&["audit", "log"],                                                      &[0]),
        (&["audit", "verify"],                                                   &[0]),
        (&["facility", "add", "H1", "分院"],                                      &[5]),
        (&["list", "--reveal", "--purpose", "call back"],                        &[5]),
        (&["notice", "add", "qingdao-2021"],                                       &[5]),
        (&["import", "records", "records.csv", "--lines", "lines.csv", "--map", &map],                       &[5]),
    ];
    for (args, codes) in cases {
        let ran = desk.run(args);
        assert!(codes.contains(&ran.code), "{args:?}: {} {}", ran.code, ran.err);
        assert_eq!(
            ran.err.matches("made by a newer edition").count(),
            if ran.code == 5 { 2 } else { 1 },
            "{args:?}: {}",
            ran.err
        );
        assert_eq!(ran.out.is_empty(), ran.code == 5, "{args:?}: {}", ran.out);
    }
    assert_eq!(fs::read(desk.file(LEDGER)).unwrap(), before, "not a byte is changed");
}

#[test]
fn tables_that_differ_are_told_apart() {
    let desk = Desk::new();
    let expected = tables(&desk.file(LEDGER));
    #[rustfmt::skip] // the columns are the point
    let cases = [
        ("a comment and blanks do not count",  "CREATE TABLE \"t\" ( a TEXT, -- first\n  b TEXT )", "CREATE TABLE t (a TEXT,b TEXT)", true),
        ("a column more",                      "CREATE TABLE t (a TEXT)",                           "CREATE TABLE t (a TEXT, b TEXT)", false),
        ("another rule",                       "CREATE TABLE t (a TEXT CHECK (a <> ''))",           "CREATE TABLE t (a TEXT)",        false),
    ];
    for (what, one, other, same) in cases {
        assert_eq!(plain(one) == plain(other), same, "{what}");
    }
    let conn = Connection::open(desk.file(LEDGER)).unwrap();
    conn.execute_batch("ALTER TABLE notice ADD COLUMN colour TEXT").unwrap();
    assert_ne!(tables(&desk.file(LEDGER)), expected);
}
