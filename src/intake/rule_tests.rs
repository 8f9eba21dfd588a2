//! The small files of `fixtures/sheets/rules`, each with what must come out of
//! it, and what nobody would call a sheet.

use super::testing::file;
use super::{
    CensusSheet, ColumnMap, Context, Fault, Origin, Padded, Passed, RecordSheet, SheetError, SheetKind,
    StatementSheet, answers, form_book,
};
use crate::domain::{Record, fact_kind};
use crate::text::{Explain, Label, Lang};
use proptest::prelude::*;
use serde::Deserialize;
use std::io::Write;
use std::path::{Path, PathBuf};

const RULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sheets/rules");

fn context<'a>() -> Context<'a> {
    Context {
        now: "2026-01-01T00:00:00".parse().unwrap(),
        own_facility: "H14990100001",
        knows_facility: &|_| false,
        fact_kind: &|name| fact_kind(name),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    file: Vec<Row>,
}

/// What is said of one file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Row {
    name: String,
    /// The rule it stands for, in words.
    about: String,
    /// records, statement or answers.
    reads: String,
    sheet: Option<String>,
    encoding: Option<String>,
    /// Form, character set, delimiter, worksheet.
    read_as: String,
    rows: Vec<String>,
    faults: Vec<String>,
    /// Titles, empty rows, totals.
    passed: [u64; 3],
    padded: Vec<String>,
    /// The end of the message, where the file is refused as a whole.
    refused: String,
}

impl Row {
    fn found(&mut self, origin: &Origin, passed: Passed, padded: &[Padded]) {
        self.read_as = origin.told(Lang::En);
        self.passed = [passed.titles, passed.blanks, passed.totals];
        let one = |code: &Padded| format!("{} {} -> {} x{}", code.column, code.from, code.to, code.rows);
        self.padded = padded.iter().map(one).collect();
    }

    fn fault(&mut self, faults: &[Fault]) {
        let one = |fault: &Fault| format!("{} {} {}", fault.line, fault.column, fault.reason.id());
        self.faults.extend(faults.iter().map(one));
    }

    /// The same question with the answer of today.
    fn answered(&self) -> Row {
        let mut row = Row {
            name: self.name.clone(),
            about: self.about.clone(),
            reads: self.reads.clone(),
            sheet: self.sheet.clone(),
            encoding: self.encoding.clone(),
            ..Row::default()
        };
        let path = Path::new(RULES).join(&self.name);
        if let Err(error) = row.read(&path) {
            let text = error.what(Lang::En);
            row.refused = text.strip_prefix(&path.display().to_string()).unwrap_or(&text).to_owned();
            assert!(!error.hint(Lang::Zh).is_empty() && !error.what(Lang::Zh).is_empty());
        }
        row
    }

    fn read(&mut self, path: &Path) -> Result<(), SheetError> {
        let encoding = self.encoding.as_deref().map(|name| super::Encoding::named(name).unwrap());
        let map =
            |kind| ColumnMap::none().with_worksheet(kind, self.sheet.as_deref()).with_encoding(encoding);
        match self.reads.as_str() {
            "records" => {
                let open = || RecordSheet::open(path, None, &map(SheetKind::Records), &context());
                let mut sheet = open()?.without(open()?.clashes());
                for row in &mut sheet {
                    match row {
                        Ok(draft) => self.rows.push(record(&draft.record)),
                        Err(faults) => self.fault(&faults),
                    }
                }
                let summary = sheet.finish().unwrap();
                self.found(&summary.origin, summary.passed, &summary.padded);
            }
            "statement" => {
                let mut sheet = StatementSheet::open(path, &map(SheetKind::Statement), context().now)?;
                for row in &mut sheet {
                    match row {
                        Ok((row, _)) => {
                            let time = row.setl_time.map(|time| time.to_string()).unwrap_or_default();
                            self.rows.push(format!("{} {} {time} {}", row.setl_id, row.certno, row.total));
                        }
                        Err(faults) => self.fault(&faults),
                    }
                }
                let (titles, origin) = (sheet.passed_over(), sheet.origin().clone());
                self.found(&origin, Passed { titles, ..Passed::default() }, &[]);
            }
            "answers" => {
                for row in answers(path, &map(SheetKind::Answers))? {
                    self.rows.push(format!("{} {}", row.key, row.answer.id()));
                }
            }
            other => panic!("{other} is no kind of sheet"),
        }
        Ok(())
    }
}

fn record(record: &Record) -> String {
    let paid = record.paid.map_or_else(|| "-".to_owned(), |paid| paid.to_string());
    let Record { person, .. } = record;
    format!(
        "{} {} {} {} {} {} {paid}",
        record.record_no,
        record.kind.id(),
        person.name,
        person.id_no,
        record.occurred_at,
        record.total
    )
}

#[test]
fn every_file_gives_what_the_table_says() {
    let table = std::fs::read_to_string(Path::new(RULES).join("expected.toml")).unwrap();
    let table: Table = toml::from_str(&table).unwrap();
    let mut missing: Vec<_> = std::fs::read_dir(RULES)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "make.py" && name != "expected.toml")
        .collect();
    let mut apart = Vec::new();
    for row in &table.file {
        missing.retain(|name| *name != row.name);
        let answered = row.answered();
        if answered != *row {
            apart.push(format!("said: {row:#?}\nfound: {answered:#?}"));
        }
    }
    assert!(apart.is_empty(), "{}", apart.join("\n\n"));
    assert_eq!(missing, Vec::<String>::new(), "files that the table lacks");
}

/// Whatever it is, reading it ends, and with a word for it.
fn ends(bytes: &[u8]) -> String {
    let (_folder, path) = file("any.csv", bytes);
    read_all(&path)
}

fn read_all(path: &Path) -> String {
    let map = ColumnMap::none();
    let mut said = String::new();
    let mut told = |error: SheetError| {
        assert!(!error.what(Lang::Zh).is_empty() && !error.hint(Lang::En).is_empty());
        if said.is_empty() {
            said = error.what(Lang::En);
        }
    };
    match RecordSheet::open(path, None, &map, &context()) {
        Ok(sheet) => sheet.for_each(|row| told_faults(row.err())),
        Err(error @ (SheetError::Workbook { .. } | SheetError::Encoding { .. })) => {
            // No reader of another kind would come further.
            told(error);
            return said;
        }
        Err(error) => told(error),
    }
    match RecordSheet::open(path, Some(path), &map, &context()) {
        Ok(sheet) => drop(sheet.clashes()),
        Err(error) => told(error),
    }
    match CensusSheet::open(path, &map, &context()) {
        Ok(sheet) => sheet.for_each(|row| told_faults(row.err())),
        Err(error) => told(error),
    }
    match StatementSheet::open(path, &map, context().now) {
        Ok(sheet) => sheet.for_each(|row| told_faults(row.err())),
        Err(error) => told(error),
    }
    if let Err(error) = answers(path, &map) {
        told(error);
    }
    said
}

fn told_faults(faults: Option<Vec<Fault>>) {
    for fault in faults.unwrap_or_default() {
        assert!(!fault.what(Lang::Zh).is_empty() && !fault.hint(Lang::En).is_empty());
    }
}

#[test]
fn what_nobody_would_call_a_sheet_is_an_error() {
    let field = |quote: &str| {
        [
            b"record_no,kind,name,occurred_at,total\nR1,outpatient,".as_slice(),
            quote.as_bytes(),
            &vec![b'x'; 100 * 1024 * 1024],
        ]
        .concat()
    };
    for bytes in [field(""), field("\"")] {
        let (_folder, path) = file("long.csv", &bytes);
        let sheet = RecordSheet::open(&path, None, &ColumnMap::none(), &context()).unwrap();
        let said: Vec<_> = sheet.flat_map(|row| row.unwrap_err()).map(|fault| fault.reason.id()).collect();
        assert!(said == ["too_long"] || said == ["open_quote"], "{said:?}");
    }
    // The same in another character set, where nothing marks a place to begin anew.
    let gbk = [
        b"record_no,\xD0\xD5\xC3\xFB,kind,occurred_at,total\nR1,".as_slice(),
        &b"\xD5\xCB".repeat(1024 * 1024),
    ]
    .concat();
    let (_folder, path) = file("long.csv", &gbk);
    let mut sheet = RecordSheet::open(&path, None, &ColumnMap::none(), &context()).unwrap();
    assert_eq!(sheet.next().unwrap().unwrap_err()[0].reason.id(), "too_long");
    let wide = [b"record_no,kind,name,occurred_at,total".as_slice(), &b",".repeat(100_000)].concat();
    let wide_rows =
        [b"record_no,kind,name,occurred_at,total\nR1".as_slice(), &b",1".repeat(100_000)].concat();
    for bytes in [wide, wide_rows] {
        let _ = ends(&bytes);
    }
    let columns = b"\"a\",".repeat(100_000);
    assert!(!ends(&columns).is_empty());
    let page = ["<table><tr>", &"<td>x".repeat(100_000), "</table>"].concat();
    assert!(!ends(page.as_bytes()).is_empty());
    let nested = "<table><tr><td>".repeat(100_000);
    assert!(!ends(nested.as_bytes()).is_empty());
    let spans = ["<table>", &"<tr><td colspan=1100 rowspan=65536>x".repeat(200), "</table>"].concat();
    assert!(!ends(spans.as_bytes()).is_empty());
}

#[test]
fn a_workbook_that_would_fill_the_memory_is_refused() {
    let bomb = |name: &str, unit: &str, times: usize| {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let way = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated)
            .compression_level(Some(1));
        zip.start_file(name, way).unwrap();
        let block = unit.repeat(times / 100);
        for _ in 0..100 {
            zip.write_all(block.as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    };
    for bytes in
        [bomb("xl/sharedStrings.xml", "<si/>", 30_000_000), bomb("xl/styles.xml", "<xf/>", 30_000_000)]
    {
        let said = ends(&bytes);
        assert!(said.contains("too large"), "{said}");
    }
}

/// The fixtures of this folder and the one above.
fn seeds() -> Vec<PathBuf> {
    let above = Path::new(RULES).parent().unwrap();
    let folders = [PathBuf::from(RULES), above.to_owned(), above.join("bad")];
    let mut all: Vec<_> = folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() && path.metadata().unwrap().len() < 8192)
        .collect();
    all.sort();
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_damage_to_a_file_panics_a_reader(
        which: prop::sample::Index,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..12),
        cut: Option<prop::sample::Index>,
    ) {
        let seeds = seeds();
        let mut bytes = std::fs::read(&seeds[which.index(seeds.len())]).unwrap();
        for (at, byte, how) in edits {
            let at = at.index(bytes.len() + 1);
            match how {
                0 if at < bytes.len() => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 if at < bytes.len() => drop(bytes.remove(at)),
                _ => {
                    let again = bytes[at.min(bytes.len())..(at + usize::from(byte)).min(bytes.len())].to_vec();
                    bytes.splice(at..at, again);
                }
            }
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len() + 1));
        }
        let (_folder, path) = file("any.csv", &bytes);
        let _ = read_all(&path);
    }
}

#[test]
fn a_form_is_no_larger_than_it_must_be() {
    assert!(form_book(SheetKind::Records, Lang::Zh).unwrap().len() < 64 * 1024);
}
