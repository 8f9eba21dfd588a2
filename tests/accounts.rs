//! Accounts that move to the virtual side (实转虚): three banks with planted differences, every one of them found and
//! no other; a rehearsal that leaves no trace; lists corrected, breaks verified, and what agrees sent out.
//!
//! `GUAZHANG_ACCOUNTS` is how many persons each bank has: 1000, or as many as one wishes to wait for.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod common;

use common::{Desk, PASSPHRASE, sound};
use guazhang::domain::{Digest, Money};
use guazhang::text::Label;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

const BANKS: [&str; 3] = ["甲银行", "乙银行", "丙银行"];
const HEAD: &str = "银行,个人编号,姓名,身份证号,卡号,原卡号,余额,状态\n";
const NAMES: [&str; 6] = ["赵例", "钱样", "孙例甲", "李样乙", "周例丙", "吴样丁"];

fn persons() -> u64 {
    std::env::var("GUAZHANG_ACCOUNTS").map_or(1_000, |count| count.parse().unwrap())
}

/// A made-up identity number: a region that there is not, and a valid check digit.
fn id_no(person: u64) -> String {
    let (year, rest) = (1950 + person % 50, person / 50);
    let (month, day, order) = (1 + rest % 12, 1 + rest / 12 % 28, rest / 336);
    let body = format!("119901{year}{month:02}{day:02}{order:03}");
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 =
        body.chars().zip(weights).map(|(digit, weight)| digit.to_digit(10).unwrap() * weight).sum();
    format!("{body}{}", ["1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2"][sum as usize % 11])
}

/// One row of a list.
#[derive(Clone)]
struct Row {
    person: u64,
    id_no: String,
    name: String,
    card: String,
    old: String,
    fen: i64,
    state: &'static str,
}

impl Row {
    fn text(&self, bank: &str) -> String {
        let Row { person, id_no, name, card, old, fen, state } = self;
        let balance = Money::from_fen(*fen);
        format!("{bank},P{person:08},{name},{id_no},{card},{old},{balance},{state}\n")
    }
}

/// Both sides of one bank, and what is wrong between them: code, side, line of the list, difference.
#[derive(Default)]
struct World {
    bank: Vec<Row>,
    other: Vec<Row>,
    truth: Vec<(&'static str, &'static str, usize, i64)>,
    agreed: (u64, i64),
}

impl World {
    fn new(bank: u64, persons: u64) -> World {
        let mut world = World::default();
        for at in 0..persons {
            world.person(at, bank * 1_000_000 + at, persons);
        }
        world
    }

    /// Every hundredth person has something about him; what it does to the sums, the next of its kind undoes.
    fn person(&mut self, at: u64, person: u64, persons: u64) {
        let row = Row {
            person,
            id_no: id_no(person % 1_000_000 + person / 1_000_000 * persons),
            name: NAMES[usize::try_from(person % 6).unwrap()].to_owned(),
            card: format!("6217{person:012}"),
            old: String::new(),
            fen: i64::try_from(person * 7_919 % 900_000).unwrap(),
            state: if at.is_multiple_of(3) { "正常" } else { "" },
        };
        let (bank, other) = (self.bank.len() + 2, self.other.len() + 2);
        let (mut ours, mut theirs) = (row.clone(), row);
        match at % 100 {
            10 => {
                // The person after him is on the other side only, with as much.
                ours.fen = 5_000;
                self.truth.push(("V1", "bank", bank, -5_000));
                return self.bank.push(ours);
            }
            11 => {
                theirs.fen = 5_000;
                self.truth.push(("V2", "virtual", other, 5_000));
                return self.other.push(theirs);
            }
            20 | 21 => {
                let by = if at % 100 == 20 { 1 } else { -1 };
                theirs.fen += by + 1;
                ours.fen += 1;
                self.truth.push(("V3", "bank", bank, by));
            }
            30 => {
                "郑另".clone_into(&mut theirs.name);
                self.truth.push(("V4", "bank", bank, 0));
            }
            31 => {
                theirs.id_no = id_no(900_000 * 3 + person % 1_000_000 + person / 1_000_000 * 300_000);
                self.truth.push(("V4", "bank", bank, 0));
            }
            40 => {
                // Two cards that sum to what the other side has.
                let second = Row { card: format!("6228{person:012}"), fen: 1_234, ..ours.clone() };
                theirs.fen += 1_234;
                self.bank.push(second);
                self.agree(&theirs);
            }
            41 => {
                let second = Row { card: format!("6228{person:012}"), fen: 1_234, ..ours.clone() };
                theirs.fen += 1_200;
                self.bank.push(second);
                self.truth.push(("V5", "bank", bank, -34));
            }
            42 => {
                theirs.fen += 34;
                self.truth.push(("V3", "bank", bank, 34));
            }
            50 => {
                ours.state = "挂失";
                self.truth.push(("V6", "bank", bank, 0));
            }
            51 => {
                ours.old = std::mem::replace(&mut ours.card, format!("6299{person:012}"));
                ours.state = "补卡";
                self.truth.push(("V6", "bank", bank, 0));
            }
            52 => {
                ours.card = format!("6299{person:012}");
                self.truth.push(("V6", "bank", bank, 0));
            }
            60 => {
                (ours.fen, theirs.fen) = (-50, -50);
                self.truth.push(("V7", "bank", bank, 0));
            }
            70 => {
                (ours.fen, theirs.fen) = (25_000_001, 25_000_001);
                self.truth.push(("V8", "bank", bank, 0));
            }
            _ => self.agree(&theirs),
        }
        self.bank.push(ours);
        self.other.push(theirs);
    }

    fn agree(&mut self, row: &Row) {
        self.agreed.0 += 1;
        self.agreed.1 += row.fen;
    }
}

fn list(bank: &str, rows: &[Row]) -> String {
    let mut text = HEAD.to_owned();
    for row in rows {
        text.push_str(&row.text(bank));
    }
    let sum: i64 = rows.iter().map(|row| row.fen).sum();
    writeln!(text, "合计：{} 笔,,,,,,{},", rows.len(), Money::from_fen(sum)).unwrap();
    text
}

struct Story {
    desk: Desk,
    worlds: Vec<World>,
}

impl Story {
    fn new(persons: u64) -> Story {
        let desk = Desk::new();
        let worlds: Vec<_> = (0..3).map(|bank| World::new(bank, persons)).collect();
        for (at, (bank, world)) in BANKS.iter().zip(&worlds).enumerate() {
            let text = list(bank, &world.bank);
            match at {
                0 => desk.write("bank-0.csv", encoding_rs::GBK.encode(&text).0),
                1 if persons <= 1_000 => desk.write("bank-1.xlsx", workbook(&text)),
                _ => desk.write(&format!("bank-{at}.csv"), text),
            }
        }
        Story { desk, worlds }
    }

    fn bank_file(&self, at: usize) -> &'static str {
        let names = [["bank-0.csv", "bank-1.csv", "bank-2.csv"], ["bank-0.csv", "bank-1.xlsx", "bank-2.csv"]];
        names[usize::from(self.desk.file("bank-1.xlsx").exists())][at]
    }

    /// The list of the virtual side, all banks in one file; `more` fen too many on the very last account that agrees.
    fn virtual_list(&self, more: i64) -> String {
        let mut text = HEAD.to_owned();
        for (bank, world) in BANKS.iter().zip(&self.worlds) {
            for (at, row) in world.other.iter().enumerate() {
                let last = *bank == BANKS[2] && at + 1 == world.other.len();
                let row = if last { Row { fen: row.fen + more, ..row.clone() } } else { row.clone() };
                text.push_str(&row.text(bank));
            }
        }
        text
    }

    fn import(&self, more: &[&str]) {
        for (at, bank) in BANKS.iter().enumerate() {
            let args = ["import", "accounts", self.bank_file(at), "--side", "bank", "--bank", bank];
            self.desk.run(&[&args[..], more].concat()).ended(0);
        }
        self.desk
            .run(&[&["import", "accounts", "virtual.csv", "--side", "virtual"][..], more].concat())
            .ended(0);
    }

    /// What was found, as the truth has it: bank, code, side, line, difference.
    fn found(&self, told: &Value) -> BTreeSet<(String, String, String, u64, i64)> {
        let offsets: Vec<usize> =
            (0..3).map(|at| self.worlds[..at].iter().map(|w| w.other.len()).sum()).collect();
        let one = |item: &Value| {
            let text = |key: &str| item[key].as_str().unwrap().to_owned();
            let at = BANKS.iter().position(|bank| *bank == text("bank")).unwrap();
            let row = item["row"].as_u64().unwrap();
            let before = if text("side") == "virtual" { offsets[at] as u64 } else { 0 };
            (
                text("bank"),
                text("reason"),
                text("side"),
                row - before,
                item["difference_fen"].as_i64().unwrap(),
            )
        };
        told["findings"].as_array().unwrap().iter().map(one).collect()
    }

    fn truth(&self) -> BTreeSet<(String, String, String, u64, i64)> {
        let of_bank = |(bank, world): (&&str, &World)| -> Vec<_> {
            let one = |&(code, side, line, difference): &(&str, &str, usize, i64)| {
                ((*bank).to_owned(), code.to_owned(), side.to_owned(), line as u64, difference)
            };
            world.truth.iter().map(one).collect()
        };
        BANKS.iter().zip(&self.worlds).flat_map(of_bank).collect()
    }

    fn rows(&self, sql: &str) -> i64 {
        let conn = rusqlite::Connection::open(self.desk.file(common::LEDGER)).unwrap();
        conn.query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

fn workbook(text: &str) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (row, line) in (0..).zip(text.lines()) {
        for (column, cell) in (0..).zip(line.split(',')) {
            sheet.write_string(row, column, cell).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

#[test]
fn every_planted_difference_is_found_and_a_rehearsal_leaves_no_trace() {
    let story = Story::new(persons());
    let desk = &story.desk;

    // The rehearsal: all of it found, and nothing of it in the register.
    desk.write("virtual.csv", story.virtual_list(0));
    story.import(&["--rehearsal"]);
    let told = desk.json(&["account", "compare", "--rehearsal"]);
    assert_eq!(story.found(&told), story.truth());
    assert_eq!(told["findings"].as_array().unwrap().len(), story.truth().len());
    assert_eq!(told["number"], "Y1");
    let head = desk.head();
    desk.run(&["account", "compare", "--rehearsal"]).ended(3);
    assert_eq!(desk.head(), head, "rehearsed again without a change nothing is written");
    for sql in ["SELECT count(*) FROM break", "SELECT count(*) FROM run"] {
        assert_eq!(story.rows(sql), 0, "{sql}");
    }
    let books = [&["break", "list", "--all"][..], &["reconcile", "status"], &["account", "status"]];
    for args in books {
        assert_eq!(desk.json(args)["items"].as_array().unwrap().len(), 0, "{args:?}");
    }
    desk.run(&["account", "compare"]).ended(5);

    // The real lists; the virtual side has one fen too many, so nothing is confirmed.
    desk.write("virtual.csv", story.virtual_list(1));
    story.import(&[]);
    let head = desk.head();
    let told = desk.json(&["account", "compare"]);
    assert_eq!(told["totals_agree"], false);
    assert_eq!(
        told["findings"].as_array().unwrap().len(),
        0,
        "persons are not compared before the totals agree"
    );
    let differences: Vec<_> = told["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bank| bank["difference_fen"].as_i64().unwrap())
        .collect();
    assert_eq!(differences.iter().sum::<i64>(), 1);
    desk.run(&["account", "compare"]).ended(3);
    assert_eq!(desk.head(), head);
    desk.run(&["account", "export", "--out", "out"]).ended(5);
    let told = desk.json(&["account", "compare", "--detail", "--dry-run"]);
    let more: Vec<_> = story.found(&told).difference(&story.truth()).cloned().collect();
    assert_eq!(more.len(), 1);
    assert_eq!((more[0].1.as_str(), more[0].4), ("V3", 1));

    // Corrected, the totals agree and every planted difference is a break.
    desk.write("virtual.csv", story.virtual_list(0));
    desk.run(&["import", "accounts", "virtual.csv", "--side", "virtual"]).ended(0);
    let told = desk.json(&["account", "compare"]);
    assert_eq!(told["totals_agree"], true);
    assert_eq!(story.found(&told), story.truth());
    let listed = desk.json(&["break", "list"]);
    assert_eq!(listed["items"].as_array().unwrap().len(), story.truth().len());
    for (bank, world) in BANKS.iter().zip(&story.worlds) {
        let (count, fen) = world.agreed;
        let of_bank = told["items"].as_array().unwrap().iter().find(|item| item["bank"] == *bank).unwrap();
        let agreed = (of_bank["agreed"].as_u64(), of_bank["agreed_total_fen"].as_i64());
        assert_eq!(agreed, (Some(count), Some(fen)));
    }
    let head = desk.head();
    desk.run(&["account", "compare"]).ended(3);
    desk.run(&["import", "accounts", "virtual.csv", "--side", "virtual"]).ended(0);
    assert_eq!(desk.head(), head, "the same again changes nothing");
    assert_eq!(
        desk.json(&["reconcile", "status"])["open_breaks"],
        0,
        "a reconciliation of records knows of none"
    );
    if persons() <= 1_000 {
        sound(desk);
        sent_out(&story);
    }
}

/// What agrees leaves after a backup, and what somebody verified and somebody else signed leaves too.
fn sent_out(story: &Story) {
    let desk = &story.desk;
    desk.run_new("Wang", PASSPHRASE, "words of Zhao", &["user", "add", "Zhao", "--role", "auditor"]).ended(0);
    let refused = desk.run(&["account", "export", "--out", "out"]).ended(5);
    assert!(refused.err.contains("guazhang backup"), "{}", refused.err);
    desk.run(&["backup", "copy.db"]).ended(0);
    let sent = desk.json(&["account", "export", "--out", "out"]);
    let agreed =
        story.worlds.iter().fold((0, 0), |sum, world| (sum.0 + world.agreed.0, sum.1 + world.agreed.1));
    assert_eq!((sent["accounts"].as_u64(), sent["total_fen"].as_i64()), (Some(agreed.0), Some(agreed.1)));
    let folder = desk.file(sent["folder"].as_str().unwrap());
    let manifest: Value = serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let mut rows = 0;
    for file in manifest["files"].as_array().unwrap() {
        let bytes = fs::read(folder.join(file["name"].as_str().unwrap())).unwrap();
        assert_eq!(file["sha256"], Digest::of(&bytes).to_string());
        let name = file["name"].as_str().unwrap();
        if name.starts_with("accounts-") {
            rows += String::from_utf8(bytes).unwrap().lines().count() as u64 - 1;
        } else if name == "left-out.csv" {
            let text = String::from_utf8(bytes).unwrap();
            assert_eq!(text.lines().count() - 1, story.truth().len());
            assert!(!text.contains("1199"), "documents are masked there");
        }
    }
    assert_eq!(rows, agreed.0);
    assert_eq!(fs::read(folder.join("manifest.sig")).unwrap().len(), 64);
    let head = desk.head();
    assert_eq!(desk.json(&["account", "export", "--out", "out"])["already"], true);
    assert_eq!(desk.head(), head);

    let listed = desk.json(&["break", "list", "--code", "V8"]);
    let large = listed["items"][0]["break"].to_string();
    let resolve = ["break", "resolve", &large, "--how", "verified", "--evidence", "缴费明细"];
    desk.run(&resolve).ended(0);
    assert_eq!(
        desk.json(&["account", "export", "--out", "out"])["accounts"],
        agreed.0,
        "nobody has signed yet"
    );
    desk.run_as("Zhao", "words of Zhao", &["break", "sign", &large]).ended(0);
    assert_eq!(desk.json(&["account", "export", "--out", "out"])["accounts"], agreed.0 + 1);
    desk.run(&["account", "compare"]).ended(3);
    assert_eq!(desk.json(&["break", "show", &large])["phase"], "signed", "a later comparison leaves it so");
    let negative = desk.json(&["break", "list", "--code", "V7"])["items"][0]["break"].to_string();
    desk.run(&["break", "resolve", &negative, "--how", "verified", "--evidence", "银行答复"]).ended(0);
    desk.run_as("Zhao", "words of Zhao", &["break", "sign", &negative]);
    assert_eq!(
        desk.json(&["account", "export", "--out", "out"])["accounts"],
        agreed.0 + 1,
        "a negative balance never leaves, whoever verified it"
    );
    sound(desk);
    let codes: BTreeSet<_> = story.truth().into_iter().map(|one| one.1).collect();
    let known = guazhang::domain::Reason::ALL.iter().filter(|reason| reason.is_of_accounts());
    assert_eq!(codes, known.map(|reason| reason.id().to_owned()).collect(), "every code is planted");
}

#[test]
fn a_list_is_refused_as_a_whole_or_taken_without_its_bad_rows() {
    let desk = Desk::new();
    let good = format!("甲银行,P1,赵例,{},6217001,,5.00,\n", id_no(1));
    desk.write(
        "bad.csv",
        format!("{HEAD}{good}乙银行,P2,钱样,{},6217002,,5.00,\n甲银行,P3,孙例,,,,1.005,\n", id_no(2)),
    );
    let args = ["import", "accounts", "bad.csv", "--side", "bank", "--bank", "甲银行"];
    let head = desk.head();
    let refused = desk.run(&args).ended(4);
    assert!(refused.err.contains("line 3") && refused.err.contains("line 4"), "{}", refused.err);
    assert_eq!(desk.head(), head);
    desk.run(&["import", "accounts", "bad.csv", "--side", "bank"]).ended(4);
    desk.run(&[&args[..], &["--accept-good"]].concat()).ended(3);
    assert!(fs::read_to_string(desk.file("bad.rejected.csv")).unwrap().contains("P2"));
    assert_eq!(desk.json(&["account", "status"])["lists"][0]["accounts"], 1);
    // Totals that the list states of itself refuse it in any case.
    desk.write("sums.csv", format!("{HEAD}{good}合计,,,,,,5.01,\n"));
    desk.run(&["import", "accounts", "sums.csv", "--side", "bank", "--bank", "甲银行", "--accept-good"])
        .ended(4);
    sound(&desk);
}

#[test]
fn lots_stand_apart_and_a_corrected_list_closes_its_breaks_only() {
    let desk = Desk::new();
    let row =
        |no: u64, fen: i64| format!("甲银行,P{no},赵例,{},62170{no},,{},\n", id_no(no), Money::from_fen(fen));
    let take = |side: &str, lot: &str, rows: &str| {
        desk.write("list.csv", format!("{HEAD}{rows}"));
        desk.run(&["import", "accounts", "list.csv", "--side", side, "--bank", "甲银行", "--lot", lot])
            .ended(0);
    };
    for lot in ["一", "二"] {
        take("bank", lot, &[row(1, 500), row(2, 700)].concat());
        take("virtual", lot, &[row(1, 501), row(2, 699)].concat());
        desk.run(&["account", "compare", "--lot", lot]).ended(3);
    }
    let open = || desk.json(&["break", "list"])["items"].as_array().unwrap().len();
    assert_eq!(open(), 4);
    take("virtual", "一", &[row(1, 500), row(2, 700)].concat());
    desk.run(&["account", "compare", "--lot", "一"]).ended(0);
    assert_eq!(open(), 2, "the breaks of the other lot stand");
    let gone = desk.json(&["break", "list", "--all"]);
    assert!(
        gone["items"].as_array().unwrap().iter().any(|item| item["state"] == "gone" && item["lot"] == "一")
    );
    // Back to the first content: the same breaks are open again, under their numbers.
    take("virtual", "一", &[row(1, 501), row(2, 699)].concat());
    desk.run(&["account", "compare", "--lot", "一"]).ended(3);
    assert_eq!(open(), 4);
    assert_eq!(desk.json(&["break", "list", "--all"])["items"].as_array().unwrap().len(), 4);
    sound(&desk);
}
