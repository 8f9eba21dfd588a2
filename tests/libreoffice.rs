//! What LibreOffice makes of a batch, cell by cell: the CSVs in all three encodings, and the workbook.
//!
//! LibreOffice is asked for by this test, not by the program. Where it is not installed the test fails; whoever cannot
//! have it says so with `GUAZHANG_WITHOUT_LIBREOFFICE=1`.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]
#![allow(clippy::print_stdout, reason = "what is left out is said")]

mod common;

use common::Desk;
use encoding_rs::{Encoding, GB18030, UTF_8};
use guazhang::batch::fields::{Field, Node, Shape, nodes};
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Characters of four bytes in GB18030, signs that a CSV has to quote, digits that a number would lose, and what a
/// spreadsheet could run.
const RECORDS: &str = "record_no,kind,line,name,id_no,insurance,insured_area,occurred_at,admitted_at,discharged_at,doctor,department,diagnosis_code,diagnosis_name,total,paid,pay_method,receipt_no,locality,papers
000123456789012345678,outpatient,ordinary,𠮷样㐂,11990019491231002X,310,140902,2021-10-25T09:00:00,,,䶮医生,\"内科,\"\"东\"\"\",J06.900,\"急性,上呼吸道感染 𡈽\",100.50,100.50,cash,000000001,local,receipt
0E12,purchase,ordinary,=韦样,440524188001010014,310,140902,2021-10-25T10:00:00,,,,,,,20.00,20.00,cash,1/2,local,receipt
3-4,inpatient,ordinary,+欧阳样,149900196001010012,390,140902,2021-10-24T10:00:00,2021-10-24T10:00:00,2021-10-30T15:00:00,苏医生,内科,J06.900,急性上呼吸道感染,60.00,0,,000000003,local,receipt
";
const LINES: &str = "record_no,line_no,item_code,own_code,item_name,quantity,unit_price,amount
000123456789012345678,1,001203000010000,Y1,\"示例,项目 𠮷\",2,50.25,100.50
0E12,1,XJ01CA00001,1-2,@示例,1,20.00,20.00
3-4,1,XJ01CA00001,Y3,示例三,0.5,120.00,60.00
";

type Rows = Vec<Vec<String>>;

/// Runs LibreOffice on files with a profile of its own; `false` where it is not there and need not be.
fn convert(desk: &Desk, import: Option<&str>, export: &str, to: &str, files: &[String]) -> bool {
    let profile = format!("-env:UserInstallation=file://{}", desk.file("profile").display());
    let mut command = Command::new("soffice");
    command.args(["--headless", &profile]).args(import.map(|filter| format!("--infilter={filter}")));
    command.args(["--convert-to", export, "--outdir", to]).args(files).current_dir(desk.path());
    match command.stdout(Stdio::null()).stderr(Stdio::null()).status() {
        Ok(status) => assert!(status.success(), "LibreOffice ends with {status}"),
        Err(error) if std::env::var_os("GUAZHANG_WITHOUT_LIBREOFFICE").is_some() => {
            println!("skipped: soffice does not start ({error})");
            return false;
        }
        Err(error) => panic!(
            "soffice does not start: {error}. Install libreoffice-calc-nogui, or set GUAZHANG_WITHOUT_LIBREOFFICE=1"
        ),
    }
    true
}

/// What it wrote: CSV in UTF-8.
fn written(path: &Path) -> Rows {
    rows(&fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())), UTF_8)
}

fn rows(bytes: &[u8], encoding: &'static Encoding) -> Rows {
    let (text, _, wrong) = encoding.decode(bytes);
    assert!(!wrong, "{} does not read", encoding.name());
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let row = |row: csv::StringRecord| row.iter().map(str::to_owned).collect();
    reader.records().map(Result::unwrap).map(row).collect()
}

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("records.csv", RECORDS);
    desk.write("lines.csv", LINES);
    desk.run(&["import", "records", "records.csv", "--lines", "lines.csv"]).ended(0);
    desk
}

/// The CSV files of a batch, by their names.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let csv = entries.filter(|path| path.extension().is_some_and(|ending| ending == "csv"));
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    csv.map(|path| (name(&path), fs::read(&path).unwrap())).collect()
}

/// Text in UTF-8 with commas, everything as it is shown; of a workbook every sheet.
const AS_SHOWN: &str = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false";

#[test]
fn the_csvs_open_as_they_were_written() {
    #[rustfmt::skip] // the columns are the point
    let encodings = [
        // ours        as it reads  LibreOffice's number of it
        ("utf-8-bom", UTF_8,       76),
        ("utf-8",     UTF_8,       76),
        ("gb18030",   GB18030,     85),
    ];
    // Every column is text: this is how a file of identifiers is to be opened.
    let columns: Vec<String> = (1..=120).map(|column| format!("{column}/2")).collect();
    let mut seen: Vec<BTreeMap<String, Rows>> = Vec::new();
    for (ours, encoding, theirs) in encodings {
        let (desk, mut batch, mut paths) = (desk(), BTreeMap::new(), Vec::new());
        for (purpose, folder) in [("resettle", "A1-B0001-resettle"), ("backfill", "A1-B0002-backfill")] {
            desk.run(&["export", purpose, "--out", "out", "--encoding", ours]).ended(0);
            for (name, bytes) in files(&desk.file("out").join(folder)) {
                paths.push(format!("out/{folder}/{name}"));
                let twice = batch.insert(name, rows(&bytes, encoding));
                assert!(twice.is_none(), "no call is in both batches");
            }
        }
        let import = format!("CSV:44,34,{theirs},1,{},0,false,false", columns.join("/"));
        if !convert(&desk, Some(&import), AS_SHOWN, "opened", &paths) {
            return;
        }
        for (name, want) in &batch {
            assert_eq!(written(&desk.file("opened").join(name)), *want, "{name} in {ours}");
        }
        seen.push(batch);
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "each encoding says the same");
    let cells: Vec<&String> = seen[0].values().flatten().flatten().collect();
    for text in [
        "𠮷样㐂",
        "=韦样",
        "000123456789012345678",
        "0E12",
        "440524188001010014",
        "001203000010000",
        "急性,上呼吸道感染 𡈽",
    ] {
        assert!(cells.iter().any(|cell| *cell == text), "{text} is in no file");
    }
}

/// The text as a cell for people.
fn guarded(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() }
}

/// A cell of the workbook is what the batch has: a text as it is, a number of the same value.
fn same(field: &Field, got: &str, want: &str) -> bool {
    match field.shape {
        Shape::Number(..) if !want.is_empty() => got.parse::<Decimal>().ok() == want.parse::<Decimal>().ok(),
        _ => got == guarded(want),
    }
}

#[test]
fn the_workbook_opens_as_it_was_written() {
    for (purpose, folder) in [("resettle", "A1-B0001-resettle"), ("backfill", "A1-B0001-backfill")] {
        // The same batch twice: its keys are the same, since both ledgers are.
        let desk = desk();
        let other = desk.copy();
        desk.run(&["export", purpose, "--out", "out", "--shape", "xlsx", "--headings", "id"]).ended(0);
        other.run(&["export", purpose, "--out", "out", "--encoding", "utf-8"]).ended(0);
        let book = format!("out/{folder}/batch.xlsx");
        if !convert(&desk, None, &format!("{AS_SHOWN},-1"), "opened", &[book]) {
            return;
        }
        for (name, bytes) in files(&other.file("out").join(folder)) {
            let node: &Node = nodes().find(|node| node.file_name() == name).expect("a node of the table");
            let sheet = format!("opened/batch-{} {}.csv", node.transaction, node.name);
            let (want, got) = (rows(&bytes, UTF_8), written(&desk.file(&sheet)));
            assert_eq!((got.len(), &got[0]), (want.len(), &want[0]), "{sheet}");
            for (got, want) in got.iter().zip(&want).skip(1) {
                for ((field, got), want) in node.columns().zip(got).zip(want) {
                    assert!(same(field, got, want), "{sheet}, {}: `{got}` for `{want}`", field.id);
                }
            }
        }
        let totals = written(&desk.file("opened/batch-totals.csv"));
        let all = if purpose == "resettle" { "120.5" } else { "60" };
        assert_eq!(totals.last().unwrap().last().unwrap(), all, "{totals:?}");
        let checklist = written(&desk.file("opened/batch-checklist.csv"));
        assert!(checklist.iter().skip(1).all(|row| row.iter().any(|cell| cell == "☐")), "{checklist:?}");
    }
}
