//! The ledger as a file: what it keeps, what it refuses, and what it proves.
#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

use guazhang::domain::{
    Actor, Digest, EventKind, Facts, Kind, Line, Money, PayMethod, Person, Record, Step, Time,
};
use guazhang::store::{Added, Cost, Filter, Founding, Guard, Ledger, Mode, NewRecord, StoreError};
use guazhang::text::{Explain, Lang};
use serde_json::json;
use std::path::{Path, PathBuf};

fn actor() -> Actor {
    Actor { operator: "收费员甲".into(), at: "2021-10-25T09:00:00".parse().unwrap() }
}

fn guard() -> Guard<'static> {
    Guard::Passphrase { passphrase: "of the tests alone", cost: Cost::LEAST }
}

fn founding() -> Founding {
    Founding { facility: "H14090100001".into(), name: "示例医院".into(), station: "A1".into() }
}

fn ledger(dir: &Path) -> (Ledger, PathBuf) {
    let path = dir.join("guazhang.db");
    (Ledger::create(&path, &founding(), &actor(), &guard()).unwrap().0, path)
}

fn at(text: &str) -> Time {
    text.parse().unwrap()
}

fn record(record_no: &str, fen: i64) -> Record {
    Record {
        record_no: record_no.into(),
        facility: "H14090100001".into(),
        kind: Kind::Outpatient,
        line: "ordinary".into(),
        person: Person { name: "张三".into(), id_type: "01".into(), ..Person::default() },
        insured_area: "149901".into(),
        insurance: "390".into(),
        person_group: String::new(),
        occurred_at: at("2021-10-25T08:30:00"),
        admitted_at: None,
        discharged_at: None,
        applied_on: None,
        department: "内科".into(),
        doctor: String::new(),
        diagnosis_code: "J06.900".into(),
        diagnosis_name: "上呼吸道感染".into(),
        total: Money::from_fen(fen),
        paid: Some(Money::from_fen(fen)),
        pay_method: Some(PayMethod::Cash),
        receipt_no: "0001".into(),
        facts: Facts::default(),
        note: String::new(),
        lines: vec![Line {
            line_no: 1,
            item_code: "001102000000100".into(),
            own_code: String::new(),
            item_name: "普通门诊诊查费".into(),
            category: String::new(),
            spec: String::new(),
            quantity: "1".parse().unwrap(),
            unit_price: Money::from_fen(fen).to_string().parse().unwrap(),
            amount: Money::from_fen(fen),
            occurred_at: None,
        }],
    }
}

fn put(ledger: &mut Ledger, record: &Record, occurrence: Option<i64>) -> Added {
    let row_key = Digest::of(format!("{}{}", record.record_no, record.total).as_bytes());
    let new = NewRecord { record, row_key, occurrence, first: false, source: None, lines: None };
    ledger.write(&actor(), Mode::Keep, |w| w.add_record(&new)).unwrap()
}

#[test]
fn a_record_reads_back_as_it_was_written() {
    let dir = tempfile::tempdir().unwrap();
    let (mut ledger, path) = ledger(dir.path());
    let mut written = record("MZ-1", 12_050);
    written.facts.set_flag("arrears", false);
    written.facts.set_text("batch_word", "20211029");
    written.facts.set_time("settled_before_at", Some(at("2021-10-01T00:00:00")));
    let Added::New(number) = put(&mut ledger, &written, Some(1)) else { panic!("it is new") };
    assert_eq!(number.to_string(), "A1-0001");
    drop(ledger);
    let mut ledger = Ledger::open(&path).unwrap();
    let locked = ledger.books().record(&number).unwrap();
    assert_eq!((locked.record.person.name.as_str(), locked.record.note.as_str()), ("", ""));
    assert_eq!(locked.shown, written.person.masked());
    assert!(matches!(ledger.books().opened(locked), Err(StoreError::Locked)));
    ledger.unlock(&actor(), Some("of the tests alone")).unwrap();
    let stored = ledger.books().record(&number).unwrap();
    assert_eq!(ledger.books().opened(stored).unwrap().record, written);
}

#[test]
fn the_same_rows_again_change_nothing_and_equal_rows_stay_as_many() {
    let dir = tempfile::tempdir().unwrap();
    let (mut ledger, _) = ledger(dir.path());
    let numbered = record("MZ-1", 100);
    assert!(matches!(put(&mut ledger, &numbered, Some(1)), Added::New(_)));
    let head = ledger.books().head().unwrap();
    assert!(matches!(put(&mut ledger, &numbered, Some(1)), Added::Known(_)));
    assert_eq!(ledger.books().head().unwrap(), head);
    assert!(matches!(put(&mut ledger, &record("MZ-1", 200), Some(1)), Added::Differs(_)));
    // Three equal rows without a number: the second and third are records of their own.
    let unnumbered = record("", 500);
    for (occurrence, new) in [(1, true), (2, true), (3, true), (1, false), (3, false)] {
        let added = put(&mut ledger, &unnumbered, Some(occurrence));
        assert_eq!(matches!(added, Added::New(_)), new, "{occurrence}");
    }
    assert_eq!(ledger.books().records(&Filter::default()).unwrap().len(), 4);
}

#[test]
fn what_is_only_tried_leaves_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    let (mut ledger, _) = ledger(dir.path());
    let before = ledger.books().head().unwrap();
    let record = record("MZ-1", 100);
    let new = NewRecord {
        record: &record,
        row_key: Digest::of(b"1"),
        occurrence: Some(1),
        first: false,
        source: None,
        lines: None,
    };
    let added = ledger.write(&actor(), Mode::Try, |w| w.add_record(&new)).unwrap();
    assert!(matches!(added, Added::New(_)));
    assert_eq!(ledger.books().head().unwrap(), before);
    assert!(ledger.books().records(&Filter::default()).unwrap().is_empty());
}

#[test]
fn a_change_and_its_event_stand_or_fall_together() {
    let dir = tempfile::tempdir().unwrap();
    let (mut ledger, _) = ledger(dir.path());
    put(&mut ledger, &record("MZ-1", 100), Some(1));
    let stored = ledger.books().records(&Filter::default()).unwrap().remove(0);
    // A refund before the settlement is no step that the table allows.
    let refused = ledger.write(&actor(), Mode::Keep, |w| {
        w.step(&stored, Step::Void, EventKind::Voided, &json!({ "reason": "误录" }), None)?;
        w.pay_refund(&stored, Money::from_fen(1), "R1", PayMethod::Cash)
    });
    assert!(matches!(refused, Err(StoreError::Stale { .. })));
    let kept = ledger.books().record(&stored.number).unwrap();
    assert_eq!(kept.stage, stored.stage);
    assert_eq!(ledger.books().history(stored.id).unwrap().len(), 1);
}

#[test]
fn files_that_are_no_ledger_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (_, path) = ledger(dir.path());
    assert!(matches!(Ledger::create(&path, &founding(), &actor(), &guard()), Err(StoreError::Exists { .. })));
    let missing = dir.path().join("none.db");
    assert!(matches!(Ledger::open(&missing), Err(StoreError::NoLedger { .. })));
    assert!(!missing.exists());
    let other = dir.path().join("other.db");
    std::fs::write(&other, "not a database, though long enough to be read as the head of one".repeat(40))
        .unwrap();
    assert!(matches!(Ledger::open(&other), Err(StoreError::NotALedger { .. })));
    let bad = Founding { station: "窗口".into(), ..founding() };
    assert!(matches!(Ledger::create(&missing, &bad, &actor(), &guard()), Err(StoreError::BadStation { .. })));
}

#[test]
fn a_change_behind_the_ledgers_back_shows() {
    #[rustfmt::skip] // the columns are the point
    let cases = [
        ("nothing",            "SELECT 1",                                                         false),
        ("a total",            "UPDATE record SET total_fen = total_fen + 1 WHERE count = 2",       true),
        ("a fee line",         "UPDATE record_lines SET lines = replace(lines, '\"1\"', '\"2\"') WHERE record = 2", true),
        ("a name",             "UPDATE person SET name_shown = '李*'",                               true),
        ("who did it",         "UPDATE event SET operator = '别人' WHERE seq = 2",                    true),
        ("when it was",        "UPDATE event SET at = '2021-10-25T09:00:01' WHERE seq = 3",         true),
        ("an event left out",  "DELETE FROM event WHERE seq = 2",                                   true),
        ("a record left out",  "PRAGMA foreign_keys = OFF; DELETE FROM record WHERE count = 2",     true),
    ];
    for (what, sql, shows) in cases {
        let dir = tempfile::tempdir().unwrap();
        let (mut ledger, path) = ledger(dir.path());
        for (at, number) in ["MZ-1", "MZ-2", "MZ-3"].into_iter().enumerate() {
            put(&mut ledger, &record(number, 100 + i64::try_from(at).unwrap()), Some(1));
        }
        drop(ledger);
        rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let proof = Ledger::open(&path).unwrap().books().prove().unwrap();
        assert_eq!(!proof.faults.is_empty(), shows, "{what}: {:?}", proof.faults);
    }
}

#[test]
fn a_ledger_of_another_edition_is_refused_or_only_read() {
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // user_version   opens   what is said of it in English and Chinese
        (0,               false,  "is not a guazhang ledger",     "不是挂账账本"),
        (1,               false,  "of before the first release",  "正式发布之前"),
        (3,               true,   "",                             ""),
        (4,               true,   "made by a newer edition",      "更新的版本"),
        (99,              true,   "made by a newer edition",      "更新的版本"),
    ];
    for (version, opens, en, zh) in cases {
        let dir = tempfile::tempdir().unwrap();
        let (mut made, path) = ledger(dir.path());
        put(&mut made, &record("MZ-1", 100), Some(1));
        drop(made);
        let raw = rusqlite::Connection::open(&path).unwrap();
        raw.pragma_update(None, "user_version", version).unwrap();
        drop(raw);
        let before = std::fs::read(&path).unwrap();
        let said = match Ledger::open_for(&path, &actor()) {
            Err(error) => {
                assert!(!opens, "{version}: {error}");
                Some(error)
            }
            Ok(mut ledger) => {
                assert!(opens, "{version}");
                assert_eq!(ledger.is_read_only(), version > 3);
                assert_eq!(ledger.books().records(&Filter::default()).unwrap().len(), 1);
                ledger.unlock(&actor(), Some("of the tests alone")).unwrap();
                ledger.write(&actor(), Mode::Keep, |w| w.add_facility("H1", "分院")).err()
            }
        };
        let said = said.map(|error| [error.what(Lang::En), error.what(Lang::Zh)]).unwrap_or_default();
        assert!(said[0].contains(en) && said[1].contains(zh), "{version}: {said:?}");
        if version != 3 {
            assert_eq!(std::fs::read(&path).unwrap(), before, "{version}: not a byte is changed");
        }
    }
}

#[test]
fn a_new_ledger_has_what_was_to_be_in_it_or_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("guazhang.db");
    let refused =
        Ledger::create_with(&path, &founding(), &actor(), &guard(), |w| -> Result<(), StoreError> {
            w.add_facility("H1", "分院")?;
            Err(StoreError::Stale { what: "notice".into() })
        });
    assert!(matches!(refused, Err(StoreError::Stale { .. })));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left");
    let filled = Ledger::create_with(&path, &founding(), &actor(), &guard(), |w| -> Result<(), StoreError> {
        w.add_facility("H1", "分院").map(drop)
    });
    assert_eq!(filled.unwrap().0.books().facilities().unwrap().len(), 2);
}

#[test]
fn the_settings_that_promises_rest_on_are_in_the_file_or_tested_at_opening() {
    let dir = tempfile::tempdir().unwrap();
    let (made, path) = ledger(dir.path());
    drop(made);
    let raw = rusqlite::Connection::open(&path).unwrap();
    let log: String = raw.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0)).unwrap();
    assert_eq!(log, "delete", "somebody took the log away");
    drop(raw);
    drop(Ledger::open(&path).unwrap());
    let raw = rusqlite::Connection::open(&path).unwrap();
    let log: String = raw.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(log, "wal", "and it is back");
}
