//! What the tests of whole stories share: a desk (the program in a folder of its
//! own, with a fixed clock and operator), sheets that can be turned around, and
//! the content of a ledger without its ids and times.
//!
//! It judges nothing; each test says what it expects.

#![allow(dead_code, reason = "each test uses its own part of this")]

pub(crate) mod world;

use guazhang::domain::{Actor, BatchState, BreakState, Digest, Money};
use guazhang::store::{Filter, Ledger, StoreError};
use guazhang::text::Label;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// The notice that every desk works under, and when its system was back.
pub(crate) const NOTICE: &str = "xinzhou-2021";
const RESUMED: &str = "2021-10-31T22:00:00";
/// A day on which every way back is open.
pub(crate) const NOW: &str = "2021-12-01T09:00:00";
pub(crate) const LEDGER: &str = "guazhang.db";
pub(crate) const PASSPHRASE: &str = "of the tests alone";

/// The map from the generated headings to ours.
pub(crate) fn map() -> String {
    format!("{}/fixtures/maps/generator.toml", env!("CARGO_MANIFEST_DIR"))
}

/// Numbers that look random and are the same each time.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0 to one less than `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub(crate) fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    pub(crate) fn pick<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        &among[usize::try_from(self.below(among.len() as u64)).expect("an index fits")]
    }

    pub(crate) fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            things.swap(last, usize::try_from(self.below(last as u64 + 1)).expect("an index fits"));
        }
    }
}

/// A sheet before it is a file, so that rows and columns can still be moved.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sheet {
    pub(crate) head: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Sheet {
    pub(crate) fn new(head: &[&'static str]) -> Sheet {
        Sheet { head: head.to_vec(), rows: Vec::new() }
    }

    /// The same rows in another order.
    pub(crate) fn shuffled(&self, dice: &mut Dice) -> Sheet {
        let mut sheet = self.clone();
        dice.shuffle(&mut sheet.rows);
        sheet
    }

    /// The same columns in another order.
    pub(crate) fn turned(&self, dice: &mut Dice) -> Sheet {
        let mut order: Vec<usize> = (0..self.head.len()).collect();
        dice.shuffle(&mut order);
        let rows = self.rows.iter().map(|row| order.iter().map(|&at| row[at].clone()).collect()).collect();
        Sheet { head: order.iter().map(|&at| self.head[at]).collect(), rows }
    }

    /// Only the rows whose first cell `keep` wants.
    pub(crate) fn only(&self, keep: impl Fn(&str) -> bool) -> Sheet {
        let rows = self.rows.iter().filter(|row| keep(&row[0])).cloned().collect();
        Sheet { head: self.head.clone(), rows }
    }

    pub(crate) fn text(&self) -> String {
        let mut out = csv::Writer::from_writer(Vec::new());
        out.write_record(&self.head).unwrap();
        self.rows.iter().for_each(|row| out.write_record(row).unwrap());
        String::from_utf8(out.into_inner().unwrap()).unwrap()
    }

    /// As some spreadsheets write it: a byte order mark, and line ends of two characters.
    pub(crate) fn text_of_windows(&self) -> String {
        format!("\u{feff}{}", self.text().replace('\n', "\r\n"))
    }
}

/// What a run of the program left.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    #[track_caller]
    pub(crate) fn ended(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        self
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }
}

/// The program in a folder of its own.
pub(crate) struct Desk {
    dir: TempDir,
}

impl Desk {
    /// An empty folder.
    pub(crate) fn empty() -> Desk {
        Desk { dir: tempfile::tempdir().unwrap() }
    }

    /// A new ledger under the notice, with the system back.
    pub(crate) fn new() -> Desk {
        let desk = Desk::empty();
        desk.run(&["init", "--facility", world::OWN, "--name", "示例医院", "--notice", NOTICE]).ended(0);
        desk.run(&["notice", "resumed", NOTICE, "all", RESUMED]).ended(0);
        desk
    }

    /// A copy of everything in this folder.
    pub(crate) fn copy(&self) -> Desk {
        let copy = Desk::empty();
        copy_folder(self.path(), copy.path());
        copy
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.file(name), content).unwrap();
    }

    /// The program with these arguments, not yet started.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_guazhang"));
        command.args(args).current_dir(self.path()).stdin(Stdio::null());
        command.env("GUAZHANG_AS_OF", NOW).env("GUAZHANG_LEDGER", LEDGER);
        command.env("GUAZHANG_LANG", "en").env("GUAZHANG_OPERATOR", "Wang");
        // A passphrase like a person's, and one millisecond to check it: the tests type it thousands of times.
        command.env("GUAZHANG_PASSPHRASE", PASSPHRASE).env("GUAZHANG_UNLOCK_TIME", "1");
        command.env("GUAZHANG_NEW_PASSPHRASE", PASSPHRASE);
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        ran(&mut self.command(args))
    }

    /// The same at the hand of somebody else.
    pub(crate) fn run_as(&self, name: &str, passphrase: &str, args: &[&str]) -> Ran {
        let mut command = self.command(args);
        ran(command.env("GUAZHANG_OPERATOR", name).env("GUAZHANG_PASSPHRASE", passphrase))
    }

    /// With a new passphrase at hand, for whatever asks for one.
    pub(crate) fn run_new(&self, name: &str, passphrase: &str, new: &str, args: &[&str]) -> Ran {
        let mut command = self.command(args);
        command.env("GUAZHANG_OPERATOR", name).env("GUAZHANG_PASSPHRASE", passphrase);
        ran(command.env("GUAZHANG_NEW_PASSPHRASE", new))
    }

    pub(crate) fn json(&self, args: &[&str]) -> Value {
        self.run(&[args, &["--format", "json"]].concat()).json()
    }

    /// Imports sheets as the generated headings name them.
    pub(crate) fn import(&self, records: &Sheet, lines: &Sheet) -> Ran {
        self.write("records.csv", records.text());
        self.write("lines.csv", lines.text());
        self.run(&["import", "records", "records.csv", "--lines", "lines.csv", "--map", &map()])
    }

    pub(crate) fn reconcile(&self, statement: &Sheet) -> Ran {
        self.write("statement.csv", statement.text());
        self.run(&["reconcile", "statement.csv", "--map", &map()])
    }

    pub(crate) fn ledger(&self) -> Ledger {
        self.ledger_at(LEDGER)
    }

    /// Another ledger of the same passphrase in this folder.
    pub(crate) fn ledger_at(&self, name: &str) -> Ledger {
        unlocked(&self.file(name))
    }

    /// Number and hash of the last event.
    pub(crate) fn head(&self) -> (i64, String) {
        let (seq, hash) = self.ledger().books().head().unwrap();
        (seq, hash.to_string())
    }

    pub(crate) fn content(&self) -> Vec<String> {
        content(&self.ledger())
    }
}

/// A ledger of the desk, or a copy of one, as Wang opens it.
#[track_caller]
pub(crate) fn unlocked(path: &Path) -> Ledger {
    let mut ledger = Ledger::open(path).unwrap();
    let wang = Actor { operator: "Wang".to_owned(), at: NOW.parse().unwrap() };
    ledger.unlock(&wang, Some(PASSPHRASE)).unwrap();
    ledger
}

pub(crate) fn ran(command: &mut Command) -> Ran {
    let ended = command.output().expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program writes UTF-8");
    // A signal has no code; no test takes -1 for an answer.
    Ran { code: ended.status.code().unwrap_or(-1), out: text(ended.stdout), err: text(ended.stderr) }
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&target).unwrap();
            copy_folder(&entry.path(), &target);
        } else if entry.file_name().to_string_lossy().ends_with("-reserve") {
            // Eight megabytes of room; a second name of them does where nobody ever writes into them.
            fs::hard_link(entry.path(), &target).unwrap();
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}

/// Everything a ledger says, without ids, numbers and times: records by content with where they stand and what
/// settles them, refunds, clearings, the register of breaks, and sums.
pub(crate) fn content(ledger: &Ledger) -> Vec<String> {
    let books = ledger.books();
    let mut lines = Vec::new();
    for stored in books.records(&Filter::default()).unwrap() {
        let stored = books.opened(books.record_by_id(stored.id).unwrap()).unwrap();
        // What is sealed looks different each time it is written.
        let record = format!("{:?}{:?}", serde_json::to_string(&stored.record), stored.record.lines);
        let verdict = stored.verdict.map_or("-", |verdict| verdict.id());
        let matched = books.match_of(stored.id).unwrap();
        let settled = matched.map(|m| format!("{} by {}", m.settlement.setl_id, m.by)).unwrap_or_default();
        let refund = books.refund(stored.id).unwrap().map(|refund| refund.amount);
        let cleared = books.clearing(stored.id).unwrap().map(|clearing| clearing.evidence);
        let (no, content, stage) =
            (&stored.record.record_no, Digest::of(record.as_bytes()), stored.stage.id());
        lines.push(format!("record {no} {content} {stage} {verdict} [{settled}] {refund:?} {cleared:?}"));
    }
    for found in books.breaks(None).unwrap().into_iter().filter(|found| found.state != BreakState::Gone) {
        let (no, setl, state) = (&found.record_no, &found.setl_id, found.state.id());
        lines.push(format!("break {} {no} {setl} {} {state}", found.reason.id(), found.difference));
    }
    for batch in books.batches().unwrap().into_iter().filter(|batch| batch.state != BatchState::Cancelled) {
        let (purpose, state, total) = (batch.purpose.id(), batch.state.id(), batch.total);
        lines.push(format!(
            "batch {purpose} {state} {} {} {} {total}",
            batch.records, batch.accepted, batch.refused
        ));
    }
    let mut settlements = (0, Money::ZERO);
    books
        .each_settlement(|row| settlements = (settlements.0 + 1, settlements.1 + row.settlement.total))
        .unwrap();
    lines.push(format!("settlements {} {}", settlements.0, settlements.1));
    for sum in books.summary().unwrap() {
        let (facility, kind, stage) = (&sum.facility, sum.kind.id(), sum.stage.id());
        lines.push(format!("sum {facility} {kind} {stage} {} {} {}", sum.count, sum.total, sum.paid));
    }
    lines.sort();
    lines
}

/// The file is whole for SQLite, and the books agree with their events.
#[track_caller]
pub(crate) fn sound(desk: &Desk) {
    let conn = rusqlite::Connection::open(desk.file(LEDGER)).unwrap();
    let said: String = conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(said, "ok");
    let strays: i64 =
        conn.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0)).unwrap();
    assert_eq!(strays, 0, "rows that refer to nothing");
    drop(conn);
    let ledger = desk.ledger();
    let proof = ledger.books().prove().unwrap();
    assert_eq!(proof.faults, [], "audit verify");
    let mut seen = 0;
    ledger
        .books()
        .each_event(0, |event| -> Result<(), StoreError> {
            seen = event.seq;
            Ok(())
        })
        .unwrap();
    assert_eq!(seen, proof.events);
}
