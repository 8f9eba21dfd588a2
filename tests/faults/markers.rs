//! A person whose every word can be found again goes through the whole story.
//! Afterwards nothing of them stands in any file but the sheets that came in and
//! the batches that went out, in no message and in no list, however it is written.

use crate::common::world::{OWN, World};
use crate::common::{Desk, LEDGER, NOTICE, Sheet};
use crate::seed;
use crate::story::{STORY, placed, statement};
use encoding_rs::GB18030;
use guazhang::store::Ledger;
use rusqlite::Connection;
use rusqlite::types::Value;
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

const NAME: &str = "欧阳玛珂";
const PHONE: &str = "13877996655";
const CARD: &str = "ZK7731902";
const DOCTOR: &str = "皇甫玛侬";
const DIAGNOSIS: &str = "玛氏样病七三一";
const NOTE: &str = "玛珂备注七七三一";
const EVIDENCE: &str = "玛珂依据九九零二";
/// What unlocks the ledger; it must not be found either.
pub(crate) const PASSPHRASE: &str = "marker-passphrase-7731";

/// The document of somebody whose account moves.
const HOLDER: &str = "11990019491231002X";

/// The sheets that come in. What is written beside them is the program's own.
const SHEETS: &[&str] =
    &["census.csv", "records.csv", "lines.csv", "statement.csv", "answers.csv", "bank.csv", "virtual.csv"];
/// The folders that go out.
const OUT: &[&str] = &["out", "again"];

/// Looks at everything that can be looked at, and tries what is refused.
const READS: &[&str] = &[
    "list",
    "due",
    "show A1-0001",
    "show A1-0002",
    "find DT00000002",
    "report summary",
    "report unreconciled",
    "batch list",
    "batch show B1",
    "batch again B1 --out %/again",
    "break list --all",
    "refund list",
    "account status",
    "account compare --detail --dry-run",
    "break list --code V6 --format json",
    "census list --all",
    "facility list",
    "notice duties",
    "notice timeline",
    "audit log",
    "audit verify",
    "list --format json",
    "audit log --format json",
    "show A1-0002 --format json",
    "refund list --format json",
    "due --format csv",
    // Refused, each with a person in its hand.
    "add outpatient --record-no M-9 --name NAME --id-no 149900199001010000 --total 1 --occurred-at 2021-10-25T09:00:00",
    "add outpatient --record-no M-9 --name NAME --phone PHONE --total x --occurred-at 2021-10-25T09:00:00",
    "amend A1-0002 --total -5",
    "refund pay A1-0002 --amount 0.01 --receipt T",
    "import records %/records.csv",
    "batch ack B1 %/records.csv",
];

/// A desk of the marked person, its ledger sealed, and every mark.
fn marked() -> (Desk, BTreeSet<String>) {
    let (desk, world) = (Desk::empty(), World::new(24, seed()));
    let run = |line: &str| assert_eq!(ran(&desk, line).0, 0, "{line}");
    run(&format!("init --facility {OWN} --name 示例医院 --notice {NOTICE}"));
    run(&format!("notice resumed {NOTICE} all 2021-10-31T22:00:00"));
    let mut marks: BTreeSet<String> =
        [NAME, PHONE, CARD, DOCTOR, DIAGNOSIS, NOTE, EVIDENCE, PASSPHRASE].map(str::to_owned).into();
    let column = |sheet: &Sheet, head: &str| sheet.head.iter().position(|found| *found == head).unwrap();
    let mut records = world.records.clone();
    let (name, id_no, psn_no) =
        (column(&records, "patient_name"), column(&records, "id_no"), column(&world.statement, "psn_no"));
    records.head.extend(["phone", "card_no", "doctor", "diagnosis_name", "note"]);
    for row in &mut records.rows {
        NAME.clone_into(&mut row[name]);
        marks.insert(row[id_no].clone());
        row.extend([PHONE, CARD, DOCTOR, DIAGNOSIS, NOTE].map(str::to_owned));
    }
    marks.extend(world.statement.rows.iter().map(|row| row[psn_no].clone()));
    desk.write("records.csv", records.text());
    desk.write("lines.csv", world.lines.text());
    desk.write("statement.csv", statement(&world).text());
    let census = "住院号,床号,姓名,险种,本地异地,业务类型,入院时间,出院时间,是否可出院,科室,累计费用(元),电话,备注,医生";
    let patient = format!(
        "ZY2101,301-1,{NAME},居民,local,精神病,2021-03-01 10:00,,否,精神科,48200.00,{PHONE},{NOTE},{DOCTOR}"
    );
    desk.write("census.csv", format!("{census}\n{patient}\n"));
    for (file, state) in [("bank.csv", "挂失"), ("virtual.csv", "")] {
        let lost = format!("甲银行,{NAME},{HOLDER},{CARD},{CARD}9,12.50,{state}");
        let sound = format!("甲银行,{NAME},440524188001010014,{CARD}8,,3.00,");
        desk.write(file, format!("银行,姓名,身份证号,卡号,原卡号,余额,状态\n{lost}\n{sound}\n"));
    }
    marks.insert(HOLDER.to_owned());
    (desk, marks)
}

/// Runs a line; its exit code and all that it printed.
fn ran(desk: &Desk, line: &str) -> (i32, String) {
    let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    let words = placed(desk, &words);
    let mut command = desk.command(&words.iter().map(String::as_str).collect::<Vec<_>>());
    let ended = command
        .env("GUAZHANG_PASSPHRASE", PASSPHRASE)
        .env("GUAZHANG_NEW_PASSPHRASE", PASSPHRASE)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (ended.status.code().unwrap_or(-1), text(ended.stdout) + &text(ended.stderr))
}

/// The story's line with the person in place of its own texts.
fn with_person(args: &[String]) -> String {
    let mut line: Vec<&str> = Vec::new();
    for arg in args {
        line.push(match line.last() {
            // The reason of a seal is printed wherever the seal is, and its help says so.
            _ if args[0] == "audit" => arg,
            Some(&"--evidence" | &"--reason" | &"--purpose") => EVIDENCE,
            Some(&"--name") => NAME,
            _ => arg,
        });
    }
    line.join(" ")
}

/// A mark as it may be written.
fn spellings(mark: &str) -> Vec<(&'static str, Vec<u8>)> {
    let utf16: Vec<u8> = mark.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut found = vec![
        ("UTF-8", mark.as_bytes().to_vec()),
        ("UTF-16", utf16),
        ("GBK", GB18030.encode(mark).0.into_owned()),
        ("hex", data_encoding::HEXLOWER.encode(mark.as_bytes()).into_bytes()),
        ("HEX", data_encoding::HEXUPPER.encode(mark.as_bytes()).into_bytes()),
        ("JSON", mark.encode_utf16().flat_map(|unit| format!("\\u{unit:04x}").into_bytes()).collect()),
    ];
    // In base64 a text looks otherwise with each number of bytes before it; what does not change is its middle.
    for before in 0..3 {
        let padded = [&b"..."[..before], mark.as_bytes()].concat();
        let text = data_encoding::BASE64_NOPAD.encode(&padded);
        let (from, to) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
        found.push(("base64", text.as_bytes()[from..to].to_vec()));
    }
    found
}

/// The marks in `bytes`, and how they are written there.
fn marks_in(bytes: &[u8], marks: &BTreeSet<String>) -> Vec<String> {
    let mut by_head: HashMap<&[u8], Vec<usize>> = HashMap::new();
    let all: Vec<_> = marks
        .iter()
        .flat_map(|mark| spellings(mark).into_iter().map(move |(how, text)| (mark, how, text)))
        .collect();
    for (at, (_, _, text)) in all.iter().enumerate() {
        by_head.entry(&text[..4]).or_default().push(at);
    }
    let mut found = BTreeSet::new();
    for from in 0..bytes.len().saturating_sub(3) {
        for at in by_head.get(&bytes[from..from + 4]).into_iter().flatten() {
            let (mark, how, text) = &all[*at];
            if bytes[from..].starts_with(text) {
                found.insert(format!("{mark} as {how}"));
            }
        }
    }
    found.into_iter().collect()
}

/// Every file of the desk that the program wrote for itself.
fn files(folder: &Path, top: bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            if !(top && OUT.contains(&name.as_str())) {
                found.extend(files(&entry.path(), false));
            }
        // The reserve is filled before there is anybody to be found in it, and is eight megabytes long.
        } else if !(top && SHEETS.contains(&name.as_str()) || name.ends_with("-reserve")) {
            found.push(entry.path());
        }
    }
    found
}

/// Looks through every file, and through what is kept compressed in the ledger.
fn look(desk: &Desk, marks: &BTreeSet<String>, found: &mut BTreeSet<String>) {
    for path in files(desk.path(), true) {
        let name = path.strip_prefix(desk.path()).unwrap().display().to_string();
        found.extend(
            marks_in(&fs::read(&path).unwrap(), marks).into_iter().map(|mark| format!("{name}: {mark}")),
        );
    }
    let conn = Connection::open(desk.file(LEDGER)).unwrap();
    for table in crate::story::tables(&conn) {
        let mut statement = conn.prepare(&format!("SELECT * FROM \"{table}\"")).unwrap();
        let width = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for at in 0..width {
                let Value::Blob(bytes) = row.get(at).unwrap() else { continue };
                for plain in [
                    inflated(flate2::read::DeflateDecoder::new(&bytes[..])),
                    inflated(flate2::read::ZlibDecoder::new(&bytes[..])),
                ] {
                    found.extend(
                        marks_in(&plain, marks).into_iter().map(|mark| format!("{table}, deflated: {mark}")),
                    );
                }
            }
        }
    }
}

/// What comes out before the first fault.
fn inflated(mut from: impl Read) -> Vec<u8> {
    let mut plain = Vec::new();
    let _ = from.read_to_end(&mut plain);
    plain
}

#[test]
fn nothing_of_a_person_is_found() {
    let (desk, marks) = marked();
    let mut found = BTreeSet::new();
    // A second window keeps the log from being folded back, so that it can be looked into.
    let window = Ledger::open(&desk.file(LEDGER)).unwrap();
    let printed = |line: &str, text: &str, found: &mut BTreeSet<String>| {
        found.extend(
            marks_in(text.as_bytes(), &marks).into_iter().map(|mark| format!("printed by {line}: {mark}")),
        );
    };
    for row in STORY.iter().filter(|row| !row.name.contains("--reveal")) {
        let line = with_person(&row.args(&desk));
        let (code, text) = ran(&desk, &line);
        assert_eq!(code, row.ends.0, "{line}: {text}");
        printed(row.name, &text, &mut found);
    }
    for line in READS {
        let (_, text) = ran(&desk, &line.replace("NAME", NAME).replace("PHONE", PHONE));
        printed(line, &text, &mut found);
    }
    look(&desk, &marks, &mut found);
    drop(window);
    look(&desk, &marks, &mut found);
    let told: Vec<_> = found.iter().map(String::as_str).collect();
    assert!(found.is_empty(), "{} places:\n{}", found.len(), told.join("\n"));
}

/// The search would show nothing if it could find nothing.
#[test]
fn a_mark_is_found_however_it_is_written() {
    let marks = BTreeSet::from([NAME.to_owned(), PHONE.to_owned()]);
    for mark in &marks {
        for (how, spelling) in spellings(mark) {
            let hidden = [b"..\0", &spelling[..], b"\xff."].concat();
            assert!(!marks_in(&hidden, &marks).is_empty(), "{mark} as {how}");
        }
        for before in ["", "a", "ab"] {
            let text = data_encoding::BASE64.encode(format!("{before}{mark}, and so on").as_bytes());
            assert!(!marks_in(text.as_bytes(), &marks).is_empty(), "{mark} in base64 after `{before}`");
        }
    }
    assert!(marks_in("欧阳**".as_bytes(), &marks).is_empty());
}
