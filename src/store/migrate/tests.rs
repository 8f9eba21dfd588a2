//! Steps that only the tests know, walked by a ledger of today: whole, refused, and killed at any moment.

use super::*;
use crate::store::{Guard, Ledger, Mode};
use crate::text::Label;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// The variable that names the ledger to a copy of this program which is there to be killed.
const VICTIM: &str = "GUAZHANG_TEST_MIGRATE";

/// The version these steps start from.
const NOW: i64 = connect::SCHEMA_VERSION;

const STEPS: &[Step] = &[
    Step {
        from: NOW,
        name: "rotas",
        sql: "CREATE TABLE rota (id INTEGER PRIMARY KEY, opened_at TEXT NOT NULL) STRICT;
              ALTER TABLE notice ADD COLUMN colour TEXT NOT NULL DEFAULT 'red';",
        work: Some(|tx| Ok(tx.execute_batch("INSERT INTO rota VALUES (1, '2021-11-02T09:00:00')")?)),
    },
    Step {
        from: NOW + 1,
        name: "facility_rebuilt",
        sql: "CREATE TABLE facility_new (
                  code TEXT PRIMARY KEY CHECK (code <> ''), name TEXT NOT NULL, short TEXT NOT NULL
              ) STRICT, WITHOUT ROWID;
              INSERT INTO facility_new SELECT code, name, '' FROM facility;
              DROP TABLE facility;
              ALTER TABLE facility_new RENAME TO facility;",
        work: None,
    },
];

fn actor() -> Actor {
    Actor { operator: "信息科甲".into(), at: "2021-11-02T09:00:00".parse().unwrap() }
}

fn founding() -> Founding {
    Founding { facility: "H14090100001".into(), name: "示例医院".into(), station: "A1".into() }
}

/// A ledger of today's version with something in it.
fn ledger(dir: &Path) -> PathBuf {
    let path = dir.join("guazhang.db");
    let mut ledger = Ledger::create(&path, &founding(), &actor(), &Guard::Open).unwrap().0;
    for at in 0..200 {
        let code = format!("H1409{at:05}");
        ledger.write(&actor(), Mode::Keep, |w| w.add_facility(&code, "分院")).unwrap();
    }
    path
}

fn migrate(path: &Path, steps: &[Step], to: i64) -> Result<(), StoreError> {
    // The edition that has these steps would write a ledger of the next version; the one of today only reads it.
    let conn = Connection::open(path)?;
    conn.busy_handler(Some(busy::wait))?;
    walk(&conn, path, &founding(), &actor(), steps, to)
}

fn count(path: &Path, sql: &str) -> i64 {
    Connection::open(path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

/// The copies beside a ledger.
fn copies(dir: &Path) -> Vec<PathBuf> {
    let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let mut copies: Vec<_> = names.filter(|path| path.to_string_lossy().ends_with(".bak.db")).collect();
    copies.sort();
    copies
}

/// The chain agrees with its hashes, whatever the version of the tables; the kinds of its last events.
fn last_events(path: &Path, count: usize) -> Vec<String> {
    let conn = Connection::open(path).unwrap();
    let books = crate::store::Books { conn: &conn, sealer: None };
    let (mut before, mut kinds) = (Digest::NONE, Vec::new());
    books
        .each_event(0, |event| -> Result<(), StoreError> {
            assert_eq!(event.hash, event.hash_after(before));
            before = event.hash;
            kinds.push(format!("{} {}", event.kind.id(), event.detail));
            Ok(())
        })
        .unwrap();
    kinds.split_off(kinds.len() - count)
}

#[test]
fn each_step_leaves_an_event_and_a_copy_of_what_was() {
    let dir = tempfile::tempdir().unwrap();
    let path = ledger(dir.path());
    migrate(&path, STEPS, NOW + 2).unwrap();
    assert_eq!(count(&path, "PRAGMA user_version"), NOW + 2);
    assert_eq!(count(&path, "SELECT count(*) FROM facility WHERE short = ''"), 201);
    assert_eq!(count(&path, "SELECT count(*) FROM rota"), 1);
    for (event, step) in last_events(&path, 2).iter().zip(STEPS) {
        let digest = step.digest();
        let (from, to, name) = (step.from, step.from + 1, step.name);
        let told = format!(r#"migrated {{"from":{from},"to":{to},"step":"{name}","digest":"{digest}"}}"#);
        assert_eq!(*event, told);
    }
    let copies = copies(dir.path());
    let names: Vec<_> = copies.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, [NOW, NOW + 1].map(|version| format!("guazhang.v{version}-20211102T0900.bak.db")));
    for (copy, version) in copies.iter().zip([NOW, NOW + 1]) {
        assert_eq!(count(copy, "PRAGMA user_version"), version);
        assert_eq!(count(copy, "SELECT count(*) FROM facility"), 201);
    }
    // The first copy is a ledger like any other.
    assert_eq!(Ledger::open(&copies[0]).unwrap().books().prove().unwrap().faults, []);
    migrate(&path, STEPS, NOW + 2).unwrap();
    assert_eq!(self::copies(dir.path()).len(), 2, "again has no effect");
}

#[test]
fn a_step_that_fails_leaves_the_ledger_as_it_was() {
    #[rustfmt::skip] // the columns are the point
    let cases = [
        ("no such table",      "CREATE TABLE rota (x) STRICT; INSERT INTO nowhere VALUES (1);"),
        ("rows left over",     "CREATE TABLE rota (id INTEGER) STRICT; DELETE FROM facility;"),
    ];
    for (what, sql) in cases {
        let dir = tempfile::tempdir().unwrap();
        let path = ledger(dir.path());
        let bad = Step { from: NOW, name: "bad", sql, work: None };
        assert!(migrate(&path, &[bad], NOW + 1).is_err(), "{what}");
        assert_eq!(count(&path, "PRAGMA user_version"), NOW, "{what}");
        assert_eq!(Ledger::open(&path).unwrap().books().prove().unwrap().faults, [], "{what}");
        assert_eq!(count(&path, "SELECT count(*) FROM facility"), 201, "{what}");
        migrate(&path, STEPS, NOW + 1).unwrap();
    }
}

#[test]
fn a_window_that_was_open_before_cannot_write_afterwards() {
    let dir = tempfile::tempdir().unwrap();
    let path = ledger(dir.path());
    let mut early = Ledger::open(&path).unwrap();
    early.unlock(&actor(), None).unwrap();
    migrate(&path, STEPS, NOW + 1).unwrap();
    let refused = early.write(&actor(), Mode::Keep, |w| w.add_facility("H1", "新院"));
    assert!(matches!(refused, Err(StoreError::Newer { version, .. }) if version == NOW + 1), "{refused:?}");
    // And one opened now reads what it knows, and writes nothing.
    let mut late = Ledger::open(&path).unwrap();
    late.unlock(&actor(), None).unwrap();
    assert!(late.is_read_only());
    assert_eq!(late.books().facilities().unwrap().len(), 201);
    let refused = late.write(&actor(), Mode::Keep, |w| w.add_facility("H1", "新院"));
    assert!(matches!(refused, Err(StoreError::Newer { version, .. }) if version == NOW + 1), "{refused:?}");
    assert_eq!(count(&path, "SELECT count(*) FROM facility WHERE code = 'H1'"), 0);
}

#[test]
fn several_windows_at_once_take_each_step_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = ledger(dir.path());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| migrate(&path, STEPS, NOW + 2).unwrap());
        }
    });
    let kinds = last_events(&path, 3);
    assert_eq!(kinds.iter().filter(|event| event.starts_with("migrated")).count(), 2, "{kinds:?}");
    assert_eq!(copies(dir.path()).len(), 2);
}

/// Not a test of its own: what is killed in the next one.
#[test]
fn victim() {
    if let Some(path) = std::env::var_os(VICTIM) {
        migrate(Path::new(&path), STEPS, NOW + 2).unwrap();
    }
}

#[test]
fn killed_at_any_moment_the_ledger_is_of_one_version_or_of_the_next() {
    let mut seen = [0; 3];
    let source = tempfile::tempdir().unwrap();
    let source = ledger(source.path()).with_file_name("guazhang.db");
    let started = |path: &Path| {
        let mut victim = Command::new(std::env::current_exe().unwrap());
        victim.args(["--exact", "store::migrate::tests::victim"]).env(VICTIM, path);
        victim.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    for kill in 0..30_u64 {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("guazhang.db");
        fs::copy(&source, &path).unwrap();
        let mut victim = started(&path);
        // From the first copy on every moment counts.
        for _ in 0..4_000 {
            if fs::read_dir(dir.path()).unwrap().count() > 1 || victim.try_wait().unwrap().is_some() {
                break;
            }
            sleep(Duration::from_micros(250));
        }
        sleep(Duration::from_micros(kill * kill * 60));
        let _ = victim.kill();
        victim.wait().unwrap();
        let version = count(&path, "PRAGMA user_version");
        let whole: String = Connection::open(&path)
            .unwrap()
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(whole, "ok");
        let steps = usize::try_from(version - NOW).unwrap();
        seen[steps] += 1;
        let there = |sql| count(&path, sql) == 1;
        assert_eq!(there("SELECT count(*) FROM sqlite_schema WHERE name = 'rota'"), steps >= 1);
        assert_eq!(
            there("SELECT count(*) FROM pragma_table_info('facility') WHERE name = 'short'"),
            steps >= 2
        );
        let told = last_events(&path, 201).iter().filter(|event| event.starts_with("migrated")).count();
        assert_eq!(told, steps, "an event for each step, and no event without one");
        assert!(copies(dir.path()).len() >= steps, "a copy from before each step");
        for copy in copies(dir.path()) {
            assert_eq!(count(&copy, "SELECT count(*) FROM facility"), 201, "{}", copy.display());
        }
        migrate(&path, STEPS, NOW + 2).unwrap();
        assert_eq!(count(&path, "SELECT count(*) FROM facility WHERE short = ''"), 201);
    }
    println!("killed before, between and after the steps: {seen:?}");
    assert!(seen[0] > 0 && seen[2] < 30, "the kills came at no moment that counts: {seen:?}");
}

#[test]
fn the_list_of_steps_leads_from_the_first_release_to_this_one() {
    let steps = crate::store::migrations::STEPS;
    let from: Vec<_> = steps.iter().map(|step| step.from).collect();
    let expected: Vec<_> = (connect::FIRST_VERSION..connect::SCHEMA_VERSION).collect();
    assert_eq!(from, expected);
    for step in steps {
        assert!(step.name.starts_with(&format!("{:04}_", step.from + 1)), "{}", step.name);
        assert!(!step.sql.to_uppercase().contains("COMMIT"), "{}", step.name);
    }
}
