//! Nobody changes the books unseen: every column of every table, every row taken
//! out or put in, on a ledger with a whole story in it. And seals, and the chain
//! as others verify it.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod common;

use common::world::{Shares, World};
use common::{Desk, Dice, LEDGER, NOTICE, NOW, PASSPHRASE, sound};
use guazhang::domain::{Actor, BreakState, Money, Resolution, SealReason};
use guazhang::notice::Calendar;
use guazhang::store::{EventInfo, Fault, Filter, Ledger, Mode, StoreError};
use guazhang::text::{Explain, Lang};
use guazhang::work::{self, Law};
use rusqlite::Connection;
use rusqlite::types::Value;
use serde_json::Value as Json;
use std::fs;
use std::path::Path;
use std::process::Command;

const CENSUS: &str =
    "住院号,床号,姓名,险种,本地异地,业务类型,入院时间,出院时间,是否可出院,科室,累计费用(元),预交金
ZY2101,301-1,张三,居民,local,精神病,2021-03-01 10:00,,否,精神科,48200.00,
ZY2188,212-3,李四,职工,local,,2021-10-12 08:30,2021-10-16,是,内科,6230.50,500.00
";

/// What the made-up world leaves open.
const STAY: &str = "\
record_no,kind,line,name,doctor,id_no,phone,card_no,psn_no,insurance,occurred_at,admitted_at,discharged_at,applied_on,total,paid,pay_method,locality
ZY-9,inpatient,ordinary,钱九思,孙例,11010519491231002X,13900000000,A00000001,14000000000000000001,390,2021-10-25T08:00:00,2021-10-25T08:00:00,2021-10-27T08:00:00,2021-10-27,90.00,50.00,cash,local
";

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
    ("record",       &["record "]),
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
];

fn actor() -> Actor {
    Actor { operator: "Wang".to_owned(), at: NOW.parse().unwrap() }
}

/// A ledger in which everything happened that can happen.
fn story() -> Desk {
    let desk = Desk::new();
    hire(&desk);
    desk.run(&["shift", "open", "--float", "200.00"]).ended(0);
    desk.run(&["facility", "add", "H14090100009", "另一家医院"]).ended(0);
    desk.run(&["facility", "desk", "--phone", "0350-0000000", "--place", "2号窗口", "--hours", "8:00-17:30"])
        .ended(0);
    desk.run(&["facility", "desk", "H14090100009", "--phone", "0350-0000001"]).ended(0);
    desk.run(&["notice", "done", NOTICE, "1", "--evidence", "通知单 1"]).ended(0);
    let before = |args: &[&str]| desk.run(&[args, &["--as-of", "2021-10-18T09:00:00"]].concat());
    desk.write("census.csv", CENSUS);
    before(&["import", "census", "census.csv"]).ended(0);
    desk.write("evening.csv", CENSUS.replace("李四", "李思"));
    before(&["import", "census", "evening.csv"]).ended(0);
    before(&["census", "do", "C-0001", "interim_settle", "--evidence", "结算单 0077"]).ended(0);
    before(&["census", "do", "C-0001", "convert_self_pay"]).ended(0);

    desk.write("stay.csv", STAY);
    desk.run(&["import", "records", "stay.csv"]).ended(0);
    let shares = Shares { missing: 15, mismatch: 10, duplicate: 10, reversed: 10, extra: 10, nameless: 30 };
    let world = World::with(40, 5, shares);
    desk.import(&world.records, &world.lines).ended(0);
    desk.run(&["amend", "A1-0003", "--name", "陆改名"]).ended(0);
    desk.run(&["void", "A1-0004", "--reason", "误录"]).ended(0);
    let sent = desk.json(&["export", "resettle", "--out", "out", "--shape", "calls"]);
    let mut dice = Dice::new(1);
    for batch in sent["batches"].as_array().unwrap() {
        let file = desk.path().join(batch["folder"].as_str().unwrap()).join("run-order.csv");
        let order = std::fs::read_to_string(file).unwrap();
        let first = order.lines().nth(1).unwrap().split(',').nth(1).unwrap();
        desk.write("first.json", format!("{{\"file\":\"{first}\",\"infcode\":0,\"err_msg\":\"好\"}}"));
        let batch = batch["batch"].as_str().unwrap();
        let shown = desk.json(&["batch", "show", batch]);
        let mut answers = "number,infcode,err_msg\n".to_owned();
        for item in shown["items"].as_array().unwrap() {
            let code = if dice.percent(30) { "-1,人员信息不符" } else { "0," };
            answers.extend([item["number"].as_str().unwrap(), ",", code, "\n"]);
        }
        desk.write("answers.csv", answers);
        desk.run(&["batch", "ack", batch, "answers.csv"]);
        desk.run(&["batch", "ack", batch, "first.json"]).ended(0);
    }
    let sent = desk.json(&["export", "backfill", "--out", "out"]);
    for batch in sent["batches"].as_array().unwrap() {
        desk.run(&["batch", "cancel", batch["batch"].as_str().unwrap(), "--reason", "拷错"]).ended(0);
    }
    let mut half = world.statement.clone();
    half.rows.truncate(world.statement.rows.len() / 2);
    desk.reconcile(&half);
    desk.reconcile(&world.statement);
    pay_and_close(&desk);
    let resolved = desk.ledger().books().breaks(Some(BreakState::Resolved)).unwrap();
    for found in resolved.iter().skip(1) {
        desk.run_as("Zhao", "words of Zhao", &["break", "sign", &found.id.to_string()]).ended(0);
    }
    let mut later = world.statement.clone();
    later.rows.retain(|row| row[0].ends_with('7') || row[0].ends_with('3'));
    for row in &mut later.rows {
        row[0] = format!("V{}", &row[0][1..]);
        for (cell, head) in row.iter_mut().zip(&world.statement.head) {
            match *head {
                "refd_setl_flag" => "1".clone_into(cell),
                "medfee_sumamt" | "fund_pay_sumamt" | "acct_pay" | "psn_cash_pay" => {
                    *cell = (Money::ZERO - cell.parse::<Money>().unwrap()).to_string();
                }
                _ => {}
            }
        }
    }
    desk.reconcile(&later);
    by_people(&desk);
    desk.write("region.toml", "[statement.dates]\nday_ends = \"17:00\"\n");
    let night = "setl_id,record_no,setl_time,medfee_sumamt,hosp_part_amt,stmt_rslt\nN1,N-1,2021-11-05 18:00:00,3.00,1.00,9\n";
    desk.write("night.csv", night);
    desk.run(&["reconcile", "night.csv", "--profile", "region.toml"]).ended(3);
    desk.run(&["export", "refund", "--out", "out", "--purpose", "退费"]);
    desk.run(&["hold", "A1-0005", "--reason", "待核实"]);
    desk.run(&["export", "undo", "--out", "out", "--reason", "重复结算"]);
    let taken = desk.ledger().books().batches().unwrap();
    let taken = taken.iter().find(|batch| batch.purpose == guazhang::domain::Purpose::Undo);
    assert!(taken.is_some_and(|batch| batch.records > 0), "something is taken back");
    desk.run(&["paper", "A1-0003", "keep", "card", "receipt", "--holder", "三号窗口抽屉"]).ended(0);
    desk.run(&["paper", "A1-0003", "return", "card", "--holder", "本人"]).ended(0);
    accounts(&desk);
    desk.run(&["shift", "close", "--counted", "210.00", "--note", "找零差错"]).ended(3);
    desk.run(&["shift", "open"]).ended(0);
    desk.run(&["audit", "seal", "--reason", "月末"]).ended(0);
    desk.run(&["list", "--reveal", "--purpose", "电话通知"]).ended(0);
    desk.run_as("Zhao", "not the words of Zhao", &["audit", "seal", "--reason", "月末"]).ended(7);
    sound(&desk);
    desk
}

/// Lists of accounts of both sides, one of them corrected, rehearsed and compared.
fn accounts(desk: &Desk) {
    let head = "银行,姓名,证件号码,卡号,原卡号,余额,状态\n";
    let bank = format!(
        "{head}甲银行,钱九思,11010519491231002X,6217001,6217000,12.50,补卡\n甲银行,孙例,,6217002,,3.00,\n"
    );
    desk.write("bank.csv", &bank);
    desk.write(
        "virtual.csv",
        format!("{head}甲银行,钱九思,11010519491231002X,6217000,,12.50,\n甲银行,孙例,,6217002,,2.99,\n"),
    );
    let import = |file: &str, side: &str, more: &[&str]| {
        let args = ["import", "accounts", file, "--side", side, "--bank", "甲银行"];
        desk.run(&[&args[..], more].concat()).ended(0);
    };
    for more in [&["--rehearsal"][..], &[]] {
        import("bank.csv", "bank", more);
        import("virtual.csv", "virtual", more);
        desk.run(&[&["account", "compare", "--detail"][..], more].concat()).ended(3);
    }
    desk.write("bank.csv", bank.replace(",3.00,", ",2.99,"));
    import("bank.csv", "bank", &[]);
    desk.run(&["account", "compare"]).ended(3);
}

/// A run taken back and given again, a pair taken apart, breaks given away and waived, and a sign-off.
fn by_people(desk: &Desk) {
    let last = desk.ledger().books().last_run().unwrap().unwrap().id;
    desk.run(&["reconcile", "undo", &format!("R{last}"), "--reason", "拿错文件"]).ended(0);
    desk.run(&["reconcile", "statement.csv", "--map", &common::map()]).ended(3);
    let settled = desk.json(&["list", "--stage", "settled"]);
    let number = settled["items"][0]["number"].as_str().unwrap();
    desk.run(&["unmatch", number, "--reason", "不是同一人"]).ended(0);
    desk.run(&["break", "limit", "waive_admin", "0.00"]).ended(0);
    desk.run(&["break", "limit", "signoff", "1000000.00"]).ended(0);
    let open = desk.ledger().books().breaks(Some(BreakState::Open)).unwrap();
    let [first, second] = [open[0].id, open[1].id].map(|id| id.to_string());
    desk.run(&["break", "assign", &first, "Li"]).ended(0);
    desk.run(&["break", "waive", &second, "--reason", "抹零"]).ended(0);
    desk.run(&["signoff", "create"]).ended(0);
    desk.run(&["signoff", "sign", "1"]).ended(7);
    desk.run_as("Zhao", "words of Zhao", &["signoff", "sign", "1"]).ended(0);
    let frozen = desk.ledger().books().breaks(Some(BreakState::Resolved)).unwrap();
    let frozen = frozen.iter().find(|found| found.frozen_by.is_some()).unwrap().id.to_string();
    desk.run_as("Zhao", "words of Zhao", &["break", "reopen", &frozen, "--reason", "依据不足"]).ended(0);
    desk.run(&["signoff", "verify"]).ended(0);
}

/// Operators who come, mistype, change their words, and go.
fn hire(desk: &Desk) {
    for (name, role) in [("Li", "it"), ("Zhao", "auditor"), ("Sun", "cashier"), ("Zhou", "admin")] {
        let words = format!("words of {name}");
        desk.run_new("Wang", PASSPHRASE, &words, &["user", "add", name, "--role", role]).ended(0);
    }
    let enter =
        |no| ["add", "outpatient", "--record-no", no, "--name", "赵样", "--total", "1.00", "--dry-run"];
    desk.run_as("Li", "not the words of Li", &enter("X-1")).ended(7);
    let at: &[&str] = &["--occurred-at", "2021-10-25 09:00"];
    desk.run_as("Li", "words of Li", &[&enter("X-1")[..], at].concat()).ended(0);
    desk.run_new("Li", "words of Li", "other words of Li", &["user", "passphrase"]).ended(0);
    desk.run(&["user", "disable", "Sun"]).ended(0);
    desk.run(&["user", "recovery"]).ended(0);
}

fn pay_and_close(desk: &Desk) {
    let mut ledger = desk.ledger();
    let law = Law::read(&ledger.books(), Calendar::built_in()).unwrap();
    let by = actor();
    for (at, owed) in work::owed(&ledger.books(), &law, by.at).unwrap().into_iter().enumerate() {
        if let (Some(amounts), true) = (owed.amounts, at % 2 == 0) {
            work::pay(&mut ledger, &by, Mode::Keep, &owed.stored, amounts.refund, "T-1", None).unwrap();
        }
    }
    let open = ledger.books().breaks(Some(BreakState::Open)).unwrap();
    for found in open.iter().step_by(2) {
        work::resolve(&mut ledger, &by, Mode::Keep, found.id, Resolution::Waived, "核对单").unwrap();
    }
    for stored in ledger.books().records(&Filter::default()).unwrap() {
        let _ = work::clear(&mut ledger, &law, &by, Mode::Keep, &stored, "结算单");
    }
}

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

/// Writes the whole chain anew after a change, as someone with the file and time can.
fn forge(path: &Path, change: &str) {
    let mut events: Vec<EventInfo> = Vec::new();
    let conn = Connection::open(path).unwrap();
    conn.execute_batch(change).unwrap();
    let ledger = Ledger::open(path).unwrap();
    let gather = |event| -> Result<(), StoreError> {
        events.push(event);
        Ok(())
    };
    ledger.books().each_event(0, gather).unwrap();
    let mut before = guazhang::domain::Digest::NONE;
    for event in &events {
        before = event.hash_after(before);
        conn.execute("UPDATE event SET hash = ?2 WHERE seq = ?1", (event.seq, before.bytes())).unwrap();
    }
}

#[test]
fn a_seal_proves_what_the_chain_cannot() {
    let desk = Desk::new();
    desk.run(&["facility", "add", "H14090100009", "另一家医院"]).ended(0);
    let made = desk.json(&["audit", "seal", "--reason", "月末", "--out", "seal.json"]);
    let code = made["code"].as_str().unwrap().to_owned();
    let key = desk.json(&["audit", "key"]);
    let print = key["fingerprint"].as_str().unwrap().to_owned();
    desk.run(&["facility", "add", "H14090100008", "第三家医院"]).ended(0);
    for seal in [code.as_str(), "seal.json", &code.to_lowercase().replace('-', "")] {
        desk.run(&["audit", "verify", "--seal", seal, "--key", &print]).ended(0);
    }
    desk.run(&["audit", "seal", "--reason", "月末", "--out", "seal.json"]).ended(4);
    desk.run(&["audit", "seal", "--reason", " "]).ended(4);
    desk.run(&["audit", "verify", "--seal", &format!("{}0", &code[..code.len() - 1])]);
    desk.run(&["audit", "verify", "--seal", "no such seal"]).ended(4);
    desk.run(&["audit", "verify", "--key", "AAAA-AAAA-AAAA-AAAA"]).ended(6);

    // Another seal's text under the same signature.
    let text = fs::read_to_string(desk.file("seal.json")).unwrap();
    desk.write("other.json", text.replace("月末", "月初"));
    desk.run(&["audit", "verify", "--seal", "other.json"]).ended(6);

    // Somebody writes the chain anew, and leaves no seal in it.
    let forged = desk.copy();
    let path = forged.file(LEDGER);
    forge(
        &path,
        "DELETE FROM seal; UPDATE event SET operator = 'Wu' WHERE seq = 2;
         UPDATE event SET kind = 'revealed' WHERE kind = 'sealed';",
    );
    assert_eq!(Ledger::open(&path).unwrap().books().prove().unwrap().faults, []);
    for seal in [code.as_str(), "seal.json"] {
        let ran = forged.run(&["audit", "verify", "--seal", seal]).ended(6);
        assert!(ran.err.contains("is not the one that was sealed"), "{}", ran.err);
    }
    // The same with the seal left in shows by itself.
    let forged = desk.copy();
    forge(&forged.file(LEDGER), "UPDATE event SET operator = 'Wu' WHERE seq = 2");
    let faults = forged.ledger().books().prove().unwrap().faults;
    assert_eq!(faults, [Fault::Seal { number: 1 }]);
    let listed = forged.run(&["audit", "seals", "--format", "json"]).ended(6);
    assert_eq!(listed.json()["items"][0]["holds"], false);
    // A ledger cut short after the seal, or a later ledger of the same facility, does not hold it either.
    Desk::new().run(&["audit", "verify", "--seal", &code]).ended(6);
}

#[test]
fn what_goes_out_is_sealed() {
    let desk = Desk::new();
    let world = World::new(6, 4);
    desk.import(&world.records, &world.lines).ended(0);
    let sent = desk.json(&["export", "resettle", "--out", "out"]);
    let seals = desk.ledger().books().seals().unwrap();
    assert_eq!(seals.len(), sent["batches"].as_array().unwrap().len());
    assert!(!seals.is_empty() && seals.iter().all(|seal| seal.why == SealReason::Export));
    assert_eq!(sent["batches"][0]["sealed_as"], seals[0].code().to_string());
}

/// The scripts of `docs/audit.md`, by the first line of each.
fn script(name: &str) -> String {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/audit.md")).unwrap();
    let begin = page.find(&format!("\n# {name} ")).unwrap_or_else(|| panic!("{name} is not on the page")) + 1;
    let rest = &page[begin..];
    rest[..=rest.find("\n```").unwrap()].to_owned()
}

fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

#[test]
fn the_scripts_of_the_page_verify_an_exported_chain() {
    let desk = story();
    desk.run(&["facility", "add", "H14090100007", "带\"引号\"和\\斜线"]).ended(0);
    desk.run(&["audit", "export", "--out", "events.jsonl"]).ended(0);
    desk.run(&["audit", "export", "--out", "events.jsonl"]).ended(4);
    let text = fs::read_to_string(desk.file("events.jsonl")).unwrap();
    assert_eq!(desk.run(&["audit", "export"]).ended(0).out, text);
    let lines: Vec<&str> = text.lines().collect();
    assert!(!text.contains("李思") && !text.contains("陆改名"), "an identity in the chain");
    let without = |at: usize| {
        let kept: Vec<_> =
            lines.iter().enumerate().filter(|(line, _)| *line != at).map(|(_, l)| *l).collect();
        kept.join("\n") + "\n"
    };
    #[rustfmt::skip] // the columns are the point
    let cases = [
        ("as it was",      text.clone(),                                            true),
        ("a changed word", text.replacen("\"operator\":\"Wang\"", "\"operator\":\"Wong\"", 1), false),
        ("a changed link", text.replacen("\"total_fen\\\":", "\"total_fen\\\":1", 1), false),
        ("a line less",    without(5),                                              false),
        ("the end less",   without(lines.len() - 1),                                false),
    ];
    for (program, name) in [("python3", "verify.py"), ("sh", "verify.sh")] {
        if !has(program) || (program == "sh" && !has("sha256sum")) {
            continue;
        }
        desk.write(name, script(name));
        for (what, text, agrees) in &cases {
            desk.write("case.jsonl", text);
            let ran =
                Command::new(program).args([name, "case.jsonl"]).current_dir(desk.path()).output().unwrap();
            assert_eq!(ran.status.success(), *agrees, "{name}: {what}: {ran:?}");
        }
    }
}

#[test]
fn the_script_of_the_page_checks_a_seal_without_the_ledger() {
    if !has("python3") || Command::new("openssl").arg("version").output().is_err() {
        return;
    }
    let desk = Desk::new();
    desk.run(&["audit", "seal", "--reason", "月末", "--out", "seal.json"]).ended(0);
    desk.write("key.pem", desk.json(&["audit", "key"])["pem"].as_str().unwrap());
    desk.write("seal.py", script("seal.py"));
    let text = fs::read_to_string(desk.file("seal.json")).unwrap();
    let seq = |seq: i64| format!("\"seq\": {seq}");
    let sealed = desk.head().0 - 1;
    let other = text.replace(&seq(sealed), &seq(sealed - 1));
    assert_ne!(other, text);
    for (text, agrees) in [(text, true), (other, false)] {
        desk.write("seal.json", text);
        let mut python = Command::new("python3");
        let ran = python.args(["seal.py", "seal.json", "key.pem"]).current_dir(desk.path()).output().unwrap();
        assert_eq!(ran.status.success(), agrees, "{ran:?}");
    }
}
