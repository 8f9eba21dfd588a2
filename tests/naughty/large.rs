//! Inputs of a size that no desk has: a field of a hundred megabytes, a hundred thousand columns, a bomb. The program
//! itself reads them, so that what it takes of the memory is its own.
//!
//! The bound is enforced, not watched: the process may not have more address space than [`MEMORY`].

use crate::common::Desk;
use crate::{HOPELESS, LONGEST, MEMORY, at_work, most_memory, now};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Cursor, Read as _, Seek, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// A build that is not optimised is given less, and each case to one command only; it takes ten times as long.
const FIELD: usize = (100 << 20) / PART;
const PART: usize = if cfg!(debug_assertions) { 10 } else { 1 };
const COLUMNS: usize = 100_000;

/// Writes `count` times `what`.
fn repeat(out: &mut dyn Write, what: &[u8], count: usize) {
    let block = what.repeat((1 << 16) / what.len() + 1);
    let mut left = what.len() * count;
    while left > 0 {
        let part = left.min(block.len());
        out.write_all(&block[..part]).unwrap();
        left -= part;
    }
}

fn field(out: &mut dyn Write, before: &str, after: &str) {
    out.write_all(before.as_bytes()).unwrap();
    repeat(out, b"a", FIELD);
    out.write_all(after.as_bytes()).unwrap();
}

fn begun(out: &mut dyn Write, text: &str) {
    out.write_all(text.as_bytes()).unwrap();
}

fn columns(out: &mut dyn Write, before: &str, one: &str, after: &str) {
    out.write_all(before.as_bytes()).unwrap();
    repeat(out, one.as_bytes(), COLUMNS);
    out.write_all(after.as_bytes()).unwrap();
}

/// A good workbook, with one part of it replaced.
fn workbook(out: &mut File, replaced: &str, content: &dyn Fn(&mut dyn Write)) {
    let good = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sheets/rules/book.xlsx");
    let mut from = ZipArchive::new(File::open(good).unwrap()).unwrap();
    let mut to = ZipWriter::new(out);
    let options = SimpleFileOptions::default().compression_level(Some(1));
    let mut found = false;
    for at in 0..from.len() {
        let mut part = from.by_index(at).unwrap();
        let (name, mut bytes) = (part.name().unwrap().into_owned(), Vec::new());
        part.read_to_end(&mut bytes).unwrap();
        to.start_file(name.clone(), options).unwrap();
        if name == replaced {
            content(&mut BufWriter::new(&mut to));
            found = true;
        } else {
            to.write_all(&bytes).unwrap();
        }
    }
    if !found {
        to.start_file(replaced, options).unwrap();
        content(&mut BufWriter::new(&mut to));
    }
    to.finish().unwrap();
}

/// Many parts of a megabyte that take a kilobyte each: more than any disk holds, in a small file.
fn bomb(out: &mut (impl Write + Seek)) {
    let mut small = ZipWriter::new(Cursor::new(Vec::new()));
    small.start_file("xl/worksheets/sheet1.xml", SimpleFileOptions::default()).unwrap();
    repeat(&mut small, &[0], 1 << 20);
    let mut small = ZipArchive::new(small.finish().unwrap()).unwrap();
    let mut to = ZipWriter::new(out);
    for nth in 0..10_000 {
        to.raw_copy_file_rename(small.by_index(0).unwrap(), format!("xl/worksheets/sheet{nth}.xml")).unwrap();
    }
    to.finish().unwrap();
}

const SHEET: &str = "<?xml version=\"1.0\"?><worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData><row r=\"1\">";
const STRINGS: &str =
    "<?xml version=\"1.0\"?><sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">";
const SHEET_1: &str = "xl/worksheets/sheet1.xml";
const SHARED: &str = "xl/sharedStrings.xml";

/// Writes an input.
type Make = fn(&mut File);

const SHEET_COMMANDS: &[&str] = &[
    "import records FILE --dry-run",
    "import census FILE --dry-run",
    "reconcile FILE --dry-run",
    "batch ack B1 FILE",
];
const RECORDS: &[&str] = &["import records FILE --dry-run"];
const TEXT_COMMANDS: &[&str] = &[
    "notice check FILE",
    "notice decide --facts FILE",
    "import records records.csv --map FILE --dry-run",
    "export backfill --out out --dry-run --profile FILE",
    "audit verify --seal FILE",
    "notice duties xinzhou-2021 --holidays FILE",
    "restore FILE --to other.db --dry-run",
    "check --ledger FILE",
];

#[rustfmt::skip] // the columns are the point
const CASES: &[(&str, &str, Make, &[&str])] = &[
    ("field",         "a.csv",  |out| field(out, "record_no,name,total\nMZ-1,", ",12.50\n"),               SHEET_COMMANDS),
    ("quoted field",  "a.csv",  |out| field(out, "record_no,name,total\nMZ-1,\"", "\",12.50\n"),            SHEET_COMMANDS),
    ("open quote",    "a.csv",  |out| field(out, "record_no,name,total\nMZ-1,\"", ""),                      SHEET_COMMANDS),
    ("heading",       "a.csv",  |out| field(out, "record_no,name", ",total\nMZ-1,1,2\n"),                   SHEET_COMMANDS),
    ("lines",         "a.csv",  |out| { out.write_all(b"record_no,total\n").unwrap(); repeat(out, b"1\n", FIELD / 20); }, RECORDS),
    ("columns",       "a.csv",  |out| columns(out, "record_no", ",total", "\n1\n"),                        SHEET_COMMANDS),
    ("cells",         "a.csv",  |out| columns(out, "record_no,total\n1", ",2", "\n"),                      SHEET_COMMANDS),
    ("page field",    "a.xls",  |out| field(out, "<table><tr><td>record_no</td></tr><tr><td>", "</td></tr></table>"), SHEET_COMMANDS),
    ("page most",     "a.xls",  |out| { begun(out, "<table><tr><td>record_no</td></tr><tr><td>"); repeat(out, b"a", FIELD * 3 / 5); begun(out, "</td></tr></table>"); }, SHEET_COMMANDS),
    ("page columns",  "a.xls",  |out| columns(out, "<table><tr>", "<td>total</td>", "</tr></table>"),      SHEET_COMMANDS),
    ("page spans",    "a.xls",  |out| columns(out, "<table><tr>", "<td colspan=9999 rowspan=9999>total</td>", "</tr></table>"), SHEET_COMMANDS),
    ("page depth",    "a.xls",  |out| columns(out, "", "<table><tr><td>", ""),                             SHEET_COMMANDS),
    ("bomb",          "a.xlsx", |out| bomb(out),                                                           SHEET_COMMANDS),
    ("wide book",     "a.xlsx", |out| workbook(out, SHEET_1, &|out| columns(out, SHEET, "<c t=\"inlineStr\"><is><t>total</t></is></c>", "</row></sheetData></worksheet>")), SHEET_COMMANDS),
    ("book field",    "a.xlsx", |out| workbook(out, SHEET_1, &|out| field(out, &format!("{SHEET}<c t=\"inlineStr\"><is><t>"), "</t></is></c></row></sheetData></worksheet>")), SHEET_COMMANDS),
    ("book tag",      "a.xlsx", |out| workbook(out, SHEET_1, &|out| field(out, &format!("{SHEET}<c a=\""), "\"/></row></sheetData></worksheet>")), SHEET_COMMANDS),
    ("shared field",  "a.xlsx", |out| workbook(out, SHARED, &|out| field(out, &format!("{STRINGS}<si><t>"), "</t></si></sst>")), SHEET_COMMANDS),
    ("shared texts",  "a.xlsx", |out| workbook(out, SHARED, &|out| { begun(out, STRINGS); repeat(out, b"<si><t>a</t></si>", 7_000_000); }), RECORDS),
    ("shared long",   "a.xlsx", |out| workbook(out, SHARED, &|out| { field(out, &format!("{STRINGS}<si><t>"), ""); for _ in 0..3 { field(out, "", ""); } out.write_all(b"</t></si></sst>").unwrap(); }), RECORDS),
    ("shared most",   "a.xlsx", |out| workbook(out, SHARED, &|out| { begun(out, STRINGS); repeat(out, b"<si><t>a</t></si>", 5_900_000 / PART); begun(out, "</sst>"); }), RECORDS),
    ("shared half",   "a.xlsx", |out| workbook(out, SHARED, &|out| { begun(out, STRINGS); for _ in 0..12 { begun(out, "<si><t>"); repeat(out, b"a", 15 << 20); begun(out, "</t></si>"); } begun(out, "</sst>"); }), RECORDS),
    ("shared again",  "a.xlsx", |out| workbook(out, SHEET_1, &|out| { begun(out, SHEET); repeat(out, b"<c t=\"s\"><v>0</v></c>", 6_000_000); }), RECORDS),
    ("text field",    "a.toml", |out| field(out, "id = \"", "\"\n"),                                       TEXT_COMMANDS),
    ("text key",      "a.toml", |out| { repeat(out, b"a", 1_000_000); begun(out, " = 1\n"); },              TEXT_COMMANDS),
    ("text most",     "a.toml", |out| { for nth in 0..COLUMNS { writeln!(out, "k{nth}=1").unwrap(); } },   TEXT_COMMANDS),
    ("text tables",   "a.toml", |out| repeat(out, b"[[rule]]\n", 110_000 / PART),                                TEXT_COMMANDS),
    ("text slips",    "a.toml", |out| repeat(out, b"[[ ", 330_000),                                       TEXT_COMMANDS),
    ("text keys",     "a.toml", |out| { for nth in 0..COLUMNS { writeln!(out, "k{nth} = 1").unwrap(); } }, TEXT_COMMANDS),
    ("json field",    "a.json", |out| field(out, "{\"kind\": \"", "\"}"),                                  TEXT_COMMANDS),
    ("json keys",     "a.json", |out| { let mut all = "{".to_owned(); for nth in 0..COLUMNS { write!(all, "\"k{nth}\": {nth}, ").unwrap(); } out.write_all(all.as_bytes()).unwrap(); }, TEXT_COMMANDS),
    ("json depth",    "a.json", |out| columns(out, "", "{\"a\":", ""),                                     TEXT_COMMANDS),
    ("json list",     "a.json", |out| { out.write_all(b"{\"kind\": [").unwrap(); repeat(out, b"0,", FIELD / 2); }, TEXT_COMMANDS),
    ("old backup",    "a.age",  |out| field(out, "age-encryption.org/v1\n-> scrypt ", " 18\n"),            TEXT_COMMANDS),
    ("ledger",        "a.db",   |out| field(out, "SQLite format 3\0", ""),                                 TEXT_COMMANDS),
];

/// Runs the program under the bound; how it ended, the most memory it held, and how long it was at work.
fn bounded(desk: &Desk, args: &[&str], stdin: Stdio) -> (Option<i32>, u64, Duration, String) {
    let of = desk.command(&[]);
    let mut shell = Command::new("sh");
    let program = env!("CARGO_BIN_EXE_guazhang");
    shell.args(["-c", &format!("ulimit -v {} && exec '{program}' \"$@\"", MEMORY >> 10), "sh"]).args(args);
    shell.envs(of.get_envs().filter_map(|(name, value)| Some((name, value?))));
    // Each thread of the C library sets space aside that it does not use.
    shell.env("MALLOC_ARENA_MAX", "1").current_dir(desk.path());
    let begun = now();
    let mut child = shell.stdin(stdin).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let (proc, mut most, mut worked) = (format!("/proc/{}", child.id()), 0, Duration::ZERO);
    let mut err = child.stderr.take().unwrap();
    let said = std::thread::spawn(move || {
        let mut said = Vec::new();
        err.read_to_end(&mut said).unwrap();
        String::from_utf8_lossy(&said).chars().take(600).collect::<String>()
    });
    let ended = loop {
        if let Ok(text) = std::fs::read_to_string(format!("{proc}/status")) {
            most = most.max(most_memory(&text).unwrap_or(0));
        }
        if let Ok(text) = std::fs::read_to_string(format!("{proc}/stat")) {
            worked = worked.max(at_work(&text).unwrap_or_default());
        }
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        if worked > LONGEST || begun.elapsed() > HOPELESS {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    (ended.code(), most, worked, said.join().unwrap())
}

fn desk() -> Desk {
    let desk = Desk::empty();
    let init =
        ["init", "--facility", "H14090100001", "--name", "示例医院", "--notice", crate::common::NOTICE];
    desk.run(&[&init[..], &["--no-encrypt"]].concat()).ended(0);
    desk.write("records.csv", "record_no,kind,name,occurred_at,total\nR1,outpatient,陆样,2021-09-03,30.00\n");
    desk
}

#[test]
#[cfg(target_os = "linux")]
fn no_size_fills_the_memory_or_takes_long() {
    let desk = desk();
    let (mut bad, mut most, mut longest) = (Vec::new(), (0, String::new()), (Duration::ZERO, String::new()));
    let mut judge = |what: String, (code, memory, took, said): (Option<i32>, u64, Duration, String)| {
        println!("{what}: {code:?} after {took:?}, {} MiB", memory >> 20);
        if code.is_none_or(|code| ![0, 3, 4, 5, 6].contains(&code)) || took > LONGEST {
            bad.push(format!("{what}: {code:?} after {took:?}, {} MiB: {said}", memory >> 20));
        }
        // Findings are results, and stand on the other stream.
        if !matches!(code, Some(0 | 3 | 6)) && said.is_empty() {
            bad.push(format!("{what}: {code:?} without a word"));
        }
        most = std::cmp::max(std::mem::take(&mut most), (memory, what.clone()));
        longest = std::cmp::max(std::mem::take(&mut longest), (took, what));
    };
    for (what, name, make, commands) in CASES {
        make(&mut File::create(desk.file(name)).unwrap());
        let most = if cfg!(debug_assertions) { 1 } else { commands.len() };
        for command in &commands[..most] {
            let args: Vec<&str> =
                command.split(' ').map(|word| if word == "FILE" { name } else { word }).collect();
            judge(format!("{what}: {command}"), bounded(&desk, &args, Stdio::null()));
        }
        if name.ends_with("json") {
            let stdin = File::open(desk.file(name)).unwrap();
            let args = ["add", "outpatient", "--stdin", "--dry-run"];
            judge(format!("{what}: add --stdin"), bounded(&desk, &args, stdin.into()));
        }
        std::fs::remove_file(desk.file(name)).unwrap();
    }
    println!("most memory {} MiB, {}; longest {:?}, {}", most.0 >> 20, most.1, longest.0, longest.1);
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}
