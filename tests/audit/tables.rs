//! Every column of every table, and every row taken out or put in, behind the back of the program: the first fault
//! names what was touched.

use crate::common::{Desk, LEDGER};
use crate::story::story;
use guazhang::store::{Ledger, StoreError};
use guazhang::text::{Explain, Lang};
use rusqlite::Connection;
use rusqlite::types::Value;
use serde_json::Value as Json;
use std::fs;
use std::path::Path;

/// What a fault may name where a row of the table was touched. A new table needs a line, and a proof.
#[rustfmt::skip] // the columns are the point
const NAMED: &[(&str, &[&str])] = &[
    ("ledger",       &["ledger"]),
    ("station_key",  &["ledger", "seal "]),
    ("facility",     &["facility ", "ledger"]),
    ("service_desk", &["service_desk "]),
    ("operator",     &["operator "]),
    ("keyring",      &["operator ", "recovery code", "keyring ", "ledger"]),
    ("event",        &["event ", "record "]),
    ("seal",         &["seal "]),
    ("notice",       &["notice "]),
    ("resumption",   &["resumption "]),
    ("duty_done",    &["duty_done "]),
    ("person",       &["record ", "person ", "census"]),
    ("record",       &["record ", "batch "]), // the member of a batch is missed there first
    ("record_lines", &["record ", "record_lines "]),
    ("file",         &["file "]),
    ("batch",        &["batch "]),
    ("batch_record", &["batch "]),
    ("batch_call",   &["batch "]),
    ("batch_file",   &["batch "]),
    ("batch_undo",   &["batch "]),
    ("counter",      &["counter "]),
    ("settlement",   &["settlement ", "run "]),
    ("run",          &["run "]),
    ("match",        &["run "]),
    ("settlement_again", &["run "]),
    ("by_hand",      &["by_hand "]),
    ("amount_limit", &["amount_limit "]),
    ("signoff",      &["signoff "]),
    ("break",        &["break "]),
    ("refund",       &["refund "]),
    ("clearing",     &["clearing "]),
    ("paper",        &["paper "]),
    ("shift",        &["shift "]),
    ("census",       &["census"]),
    ("census_done",  &["census"]),
    ("account_load", &["accounts "]),
    ("account",      &["accounts "]),
    ("account_rehearsal", &["rehearsal "]),
    ("peer",         &["peer "]),
    ("peer_event",   &["peer "]),
    ("bundle",       &["bundle "]),
    ("said",         &["bundle "]),
];

/// The first fault that the ledger shows, as it is told.
fn first_fault(path: &Path) -> Option<String> {
    match Ledger::open(path).and_then(|ledger| ledger.books().prove()) {
        Ok(proof) => proof.faults.first().map(|fault| fault.what(Lang::En)),
        Err(StoreError::Damaged { text }) => Some(text),
        Err(error) => panic!("{error}"),
    }
}

/// All but drafts: what is still being typed is no part of the books yet.
fn tables(conn: &Connection) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_schema
         WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'draft' ORDER BY name";
    let mut statement = conn.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// Name and type of each column, and the columns of the key.
fn columns(conn: &Connection, table: &str) -> (Vec<(String, String)>, Vec<String>) {
    let mut statement = conn.prepare("SELECT name, type, pk FROM pragma_table_info(?1)").unwrap();
    let all: Vec<(String, String, i64)> = statement
        .query_map([table], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let key = all.iter().filter(|column| column.2 > 0).map(|column| column.0.clone()).collect();
    (all.into_iter().map(|(name, kind, _)| (name, kind)).collect(), key)
}

/// Another value of the same type.
fn other(value: &Value, kind: &str) -> Value {
    match value {
        Value::Integer(number) => Value::Integer(number + 1_000_003),
        Value::Text(text) => Value::Text(format!("x{text}")),
        Value::Blob(bytes) if bytes.is_empty() => Value::Blob(vec![1]),
        Value::Blob(bytes) => Value::Blob(bytes.iter().rev().map(|byte| byte ^ 1).collect()),
        _ => match kind {
            "INTEGER" => Value::Integer(1),
            "BLOB" => Value::Blob(vec![1]),
            _ => Value::Text("x".to_owned()),
        },
    }
}

/// A copy of a ledger, changed behind its back with every guard of SQLite off.
struct Bench {
    dir: tempfile::TempDir,
    whole: std::path::PathBuf,
}

impl Bench {
    fn new(desk: &Desk) -> Bench {
        Bench { dir: tempfile::tempdir().unwrap(), whole: desk.file(LEDGER) }
    }

    fn after(&self, change: impl FnOnce(&Connection)) -> Option<String> {
        let path = self.dir.path().join("copy.db");
        for end in ["copy.db-wal", "copy.db-shm"] {
            let _ = fs::remove_file(self.dir.path().join(end));
        }
        fs::copy(&self.whole, &path).unwrap();
        let conn = Connection::open(&path).unwrap();
        conn.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;").unwrap();
        change(&conn);
        conn.close().unwrap();
        first_fault(&path)
    }
}

#[track_caller]
fn names(table: &str, told: Option<String>, what: &str) {
    let words = NAMED.iter().find(|(name, _)| *name == table);
    let Some((_, words)) = words else { panic!("table {table} has no proof; see docs/audit.md") };
    let Some(told) = told else { panic!("{table}: {what} is not noticed") };
    assert!(words.iter().any(|word| told.contains(word)), "{table}: {what} is told as `{told}`");
}

#[test]
fn every_column_of_every_table_is_proved() {
    let desk = story();
    let bench = Bench::new(&desk);
    assert_eq!(bench.after(|_| {}), None);
    let conn = Connection::open(&bench.whole).unwrap();
    let (mut changed, mut empty) = (0, Vec::new());
    for table in tables(&conn) {
        let (all, key) = columns(&conn, &table);
        let key = key.join(", ");
        for (column, kind) in &all {
            // One row that has a value there, and one that has none.
            for test in ["IS NOT NULL", "IS NULL"] {
                let rows = format!("FROM \"{table}\" WHERE \"{column}\" {test}");
                let count: i64 =
                    conn.query_row(&format!("SELECT count(*) {rows}"), [], |row| row.get(0)).unwrap();
                if count == 0 {
                    if test == "IS NOT NULL" {
                        empty.push(format!("{table}.{column}"));
                    }
                    continue;
                }
                let pick = format!("ORDER BY {key} LIMIT 1 OFFSET {}", count / 2);
                let value: Value = conn
                    .query_row(&format!("SELECT \"{column}\" {rows} {pick}"), [], |row| row.get(0))
                    .unwrap();
                let sql = format!(
                    "UPDATE \"{table}\" SET \"{column}\" = ?1 WHERE ({key}) = (SELECT {key} {rows} {pick})"
                );
                let told = bench.after(|conn| {
                    assert_eq!(conn.execute(&sql, [other(&value, kind)]).unwrap(), 1, "{sql}");
                });
                names(&table, told, &format!("a change of {column} where it {test}"));
                changed += 1;
            }
        }
    }
    // A table that stayed empty would prove nothing.
    assert_eq!(empty, Vec::<String>::new(), "the story leaves these without a value");
    assert!(changed > 200, "{changed}");
}

#[test]
fn a_row_taken_out_or_put_in_shows() {
    let desk = story();
    let bench = Bench::new(&desk);
    let conn = Connection::open(&bench.whole).unwrap();
    for table in tables(&conn) {
        let (all, key) = columns(&conn, &table);
        let key = key.join(", ");
        let count: i64 =
            conn.query_row(&format!("SELECT count(*) FROM \"{table}\""), [], |row| row.get(0)).unwrap();
        for at in [0, count / 2, count - 1] {
            let sql = format!(
                "DELETE FROM \"{table}\" WHERE ({key}) =
                    (SELECT {key} FROM \"{table}\" ORDER BY {key} LIMIT 1 OFFSET {at})"
            );
            // The last events are what the seal on paper is for: nothing within the file tells of them.
            if table == "event" && at == count - 1 {
                continue;
            }
            let told = bench.after(|conn| assert_eq!(conn.execute(&sql, []).unwrap(), 1));
            names(&table, told, &format!("row {at} taken out"));
        }
        // A copy of a row in the middle, under other keys.
        let unique: Vec<String> = conn
            .prepare(
                "SELECT DISTINCT c.name FROM pragma_index_list(?1) l JOIN pragma_index_info(l.name) c
                 WHERE l.\"unique\" AND c.name IS NOT NULL
                 UNION SELECT name FROM pragma_table_info(?1) WHERE pk > 0",
            )
            .unwrap()
            .query_map([&table], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let mut values: Vec<Value> = conn
            .query_row(&format!("SELECT * FROM \"{table}\" ORDER BY {key} LIMIT 1"), [], |row| {
                (0..all.len()).map(|at| row.get(at)).collect()
            })
            .unwrap();
        for (value, (name, kind)) in values.iter_mut().zip(&all) {
            if unique.contains(name) || (table == "break" && name == "reason") {
                *value = other(value, kind);
            }
        }
        let marks = vec!["?"; all.len()].join(", ");
        let told = bench.after(|conn| {
            let sql = format!("INSERT INTO \"{table}\" VALUES ({marks})");
            assert_eq!(conn.execute(&sql, rusqlite::params_from_iter(&values)).unwrap(), 1);
        });
        names(&table, told, "a row put in");
    }
}

#[test]
fn changes_that_keep_the_form_show_too() {
    let desk = story();
    let bench = Bench::new(&desk);
    #[rustfmt::skip] // the columns are the point
    let cases = [
        ("record",       "UPDATE record SET stage = 'pending', verdict = NULL WHERE stage = 'cleared'"),
        ("record",       "UPDATE record SET stage = 'refunded' WHERE id = (SELECT id FROM record WHERE stage = 'settled')"),
        ("record",       "UPDATE record SET verdict = 'missing' WHERE id = (SELECT id FROM record WHERE verdict = 'matched')"),
        ("batch_record", "UPDATE batch_record SET answer = 'accepted' WHERE answer = 'refused'"),
        ("batch",        "UPDATE batch SET total_fen = total_fen - 1"),
        ("break",        "UPDATE break SET state = 'gone' WHERE state = 'open'"),
        ("break",        "UPDATE break SET closed_by = 'Wu' WHERE state = 'resolved'"),
        ("clearing",     "UPDATE clearing SET evidence = x'00'"),
        ("break",        "UPDATE break SET signed_by = NULL, signed_at = NULL WHERE signed_by IS NOT NULL"),
        ("break",        "UPDATE break SET signed_by = 'Zhou' WHERE signed_by = 'Zhao'"),
        ("operator",     "UPDATE operator SET role = 'admin' WHERE name = 'Li'"),
        ("operator",     "UPDATE operator SET state = 'active' WHERE name = 'Sun'"),
        ("operator",     "UPDATE operator SET failures = 0 WHERE name = 'Zhao'"),
        ("keyring",      "UPDATE keyring SET salt = (SELECT salt FROM keyring WHERE holder = 'Wang') WHERE holder = 'Li'"),
        ("keyring",      "INSERT INTO keyring SELECT kind, 'other', kdf, salt, wrapped FROM keyring WHERE kind = 'recovery'"),
        ("keyring",      "INSERT INTO keyring VALUES ('bare', '', 'none', zeroblob(16), zeroblob(32))"),
        ("record",       "UPDATE record SET private = (SELECT private FROM record WHERE length(private) > 0) WHERE length(private) = 0"),
        ("person",       "UPDATE person SET sealed = (SELECT sealed FROM person WHERE id = 1) WHERE id = 2"),
        ("refund",       "UPDATE refund SET amount_fen = amount_fen - 1"),
        ("notice",       "UPDATE notice SET text = replace(text, '2021', '2022')"),
        ("match",        "UPDATE match SET undone_run = run WHERE undone_run IS NULL"),
        ("counter",      "UPDATE counter SET last = last - 1"),
    ];
    for (table, sql) in cases {
        let told = bench.after(|conn| assert!(conn.execute(sql, []).unwrap() > 0, "{sql}"));
        names(table, told, sql);
    }
    #[rustfmt::skip] // the columns are the point
    let objects = [
        "CREATE TRIGGER quiet AFTER INSERT ON event BEGIN DELETE FROM refund; END",
        "CREATE TABLE more (id INTEGER PRIMARY KEY)",
        "DROP INDEX match_of_record",
        "DROP VIEW line",
    ];
    for sql in objects {
        let told = bench.after(|conn| conn.execute_batch(sql).unwrap());
        assert!(told.is_some_and(|told| told.contains("structure")), "{sql}");
    }
}

#[test]
fn the_first_fault_is_named_and_ends_with_six() {
    let desk = story();
    let conn = Connection::open(desk.file(LEDGER)).unwrap();
    conn.execute("UPDATE record SET paid_fen = 1 WHERE count = 7", []).unwrap();
    conn.execute("UPDATE event SET detail = '{}' WHERE seq = 5", []).unwrap();
    conn.close().unwrap();
    let ran = desk.run(&["audit", "verify", "--format", "json"]).ended(6);
    let error: Json = serde_json::from_str(&ran.err).unwrap();
    let items = error["error"]["items"].as_array().unwrap();
    assert_eq!(items[0]["what"], "event 5 was changed after it was written", "{items:?}");
    assert!(items.iter().any(|item| item["what"].as_str().unwrap().starts_with("record A1-0007")));
}
