//! How long the hot paths take that a whole command is too coarse for: a statement read, keys matched, one record
//! written down for good, beside the least that SQLite can do on the same disk.
//!
//! Whole imports and reconciliations are measured from outside, by `compare`.

#![allow(missing_docs, reason = "the macros at the bottom make functions that nobody calls by name")]
#![allow(clippy::unwrap_used, reason = "a bench that cannot go on has failed")]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use guazhang::domain::{Actor, Key, Kind, Money, PayMethod, Person, Record, Time};
use guazhang::intake::{ColumnMap, StatementSheet, row_key};
use guazhang::notice::Calendar;
use guazhang::reconcile::{Claim, Options, Row, reconcile};
use guazhang::store::{Cost, Founding, Guard, Ledger, Mode};
use guazhang::work::{self, Law};
use rusqlite::Connection;
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Duration;

const ROWS: u32 = 10_000;

fn now() -> Time {
    "2021-10-29T10:20:00".parse().unwrap()
}

/// A platform's statement of `ROWS` settlements.
fn statement() -> String {
    let mut text = "setl_id,mdtrt_id,psn_no,setl_time,medfee_sumamt,fund_pay_sumamt,psn_cash_pay,refd_setl_flag,record_no\n".to_owned();
    for at in 0..ROWS {
        let yuan = 100 + at % 900;
        writeln!(
            text,
            "S{at:015},M{at:015},P{at:012},2021-10-28 09:00:00,{yuan}.31,{yuan}.00,0.31,0,MZ{at:09}"
        )
        .unwrap();
    }
    text
}

fn reading(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("statement.csv");
    std::fs::write(&path, statement()).unwrap();
    let mut group = c.benchmark_group("read");
    group.throughput(Throughput::Elements(ROWS.into()));
    group.bench_function("statement rows", |b| {
        b.iter(|| {
            let sheet = StatementSheet::open(&path, &ColumnMap::none(), now()).unwrap();
            assert_eq!(sheet.map(Result::unwrap).count(), ROWS as usize);
        });
    });
    group.finish();
}

/// `ROWS` records and their settlements: seven in ten share a number, the others only person and amount.
fn sides() -> (Vec<Claim>, Vec<Row>) {
    let key = |what: &str, at: u32| Key::of(&format!("{what}{at}"));
    let total = |at: u32| Money::from_fen(10_000 + i64::from(at));
    let claim = |at: u32| Claim {
        record_no: key("no", at),
        cert: key("person", at / 3),
        kind: Some(Kind::Outpatient),
        ..Claim::new(at.into(), total(at), now())
    };
    let row = |at: u32| Row {
        record_no: key("no", at).filter(|_| at % 10 < 7),
        cert: key("person", at / 3),
        at: Some(now()),
        ..Row::new(at.into(), key("setl", at).unwrap(), total(at))
    };
    ((0..ROWS).map(claim).collect(), (0..ROWS).rev().map(row).collect())
}

fn matching(c: &mut Criterion) {
    let (claims, rows) = sides();
    let options = Options::default();
    let mut group = c.benchmark_group("match");
    group.throughput(Throughput::Elements(ROWS.into()));
    group.bench_function("by number, person and amount", |b| {
        b.iter(|| reconcile(black_box(&claims), black_box(&rows), &options));
    });
    group.finish();
}

/// A record as a window writes it down.
fn record(at: u64) -> Record {
    Record {
        record_no: format!("MZ{at:012}"),
        facility: "H14990200001".to_owned(),
        kind: Kind::Outpatient,
        line: "ordinary".to_owned(),
        person: Person {
            name: "试甲乙".to_owned(),
            id_type: "01".to_owned(),
            id_no: "149902198001010015".to_owned(),
            ..Person::default()
        },
        insured_area: "149902".to_owned(),
        insurance: "310".to_owned(),
        person_group: String::new(),
        occurred_at: now(),
        admitted_at: None,
        discharged_at: None,
        applied_on: None,
        department: "内科".to_owned(),
        doctor: String::new(),
        diagnosis_code: "J06.900".to_owned(),
        diagnosis_name: "上呼吸道感染".to_owned(),
        total: Money::from_fen(13_204),
        paid: Some(Money::from_fen(13_204)),
        pay_method: Some(PayMethod::Cash),
        receipt_no: format!("R{at:010}"),
        facts: guazhang::domain::Facts::default(),
        note: String::new(),
        lines: Vec::new(),
    }
}

/// The least that keeps a record: one row with two indexes, and one of a chain, in a transaction of their own.
fn bare(folder: &std::path::Path) -> Connection {
    let conn = Connection::open(folder.join("bare.db")).unwrap();
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE record (id INTEGER PRIMARY KEY, no TEXT, facility TEXT, name TEXT, id_no TEXT, at TEXT, fen INTEGER);
         CREATE UNIQUE INDEX by_no ON record (no); CREATE INDEX by_at ON record (at);
         CREATE TABLE chain (seq INTEGER PRIMARY KEY, hash BLOB)",
    )
    .unwrap();
    conn
}

fn keeping(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let actor = Actor { operator: "bench".into(), at: now() };
    let founding =
        Founding { facility: "H14990200001".into(), name: "示例医院".into(), station: "A1".into() };
    let guard =
        Guard::Passphrase { passphrase: "of the benches alone", cost: Cost { memory: 1024, passes: 1 } };
    let mut ledger = Ledger::create(&folder.path().join("a.db"), &founding, &actor, &guard).unwrap().0;
    let law = Law::read(&ledger.books(), Calendar::built_in()).unwrap();
    let bare = bare(folder.path());
    let mut group = c.benchmark_group("one durable record");
    let mut count = 0;
    group.bench_function("guazhang, sealed and chained", |b| {
        b.iter_batched(
            || {
                count += 1;
                record(count)
            },
            |record| {
                let key = row_key(&record);
                work::add(&mut ledger, &law, &actor, Mode::Keep, &record, key).unwrap()
            },
            BatchSize::SmallInput,
        );
    });
    let mut count = 0;
    group.bench_function("SQLite, a bare row", |b| {
        b.iter(|| {
            count += 1;
            let record = record(count);
            let tx = bare.unchecked_transaction().unwrap();
            tx.prepare_cached("INSERT INTO record VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6)")
                .unwrap()
                .execute((
                    &record.record_no,
                    &record.facility,
                    &record.person.name,
                    &record.person.id_no,
                    record.occurred_at.to_string(),
                    record.total.fen(),
                ))
                .unwrap();
            tx.prepare_cached("INSERT INTO chain VALUES (NULL, randomblob(32))")
                .unwrap()
                .execute([])
                .unwrap();
            tx.commit().unwrap();
        });
    });
    group.finish();
}

fn briefly() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(4))
        .without_plots()
}

criterion_group!(name = benches; config = briefly(); targets = reading, matching, keeping);
criterion_main!(benches);
