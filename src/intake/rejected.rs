//! The rows that were not taken, beside the file they came from.
//!
//! `NAME.rejected.csv` holds the rows as they stood, with the reasons in a last
//! column that reading passes over: correct it and import it. Only rows named
//! by a fault are written; the source is never touched.

use crate::intake::column::{LineField, REJECT_REASON, SheetKind};
use crate::intake::sheet::{Next, Sheet};
use crate::intake::split::Row;
use crate::intake::{ColumnMap, Fault, SheetError};
use crate::text::{Explain, Lang};
use rustc_hash::{FxHashMap, FxHashSet};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes the rows of `source` that `faults` concern, and answers where; `None` where there are none.
/// `source` is the path under which the sheet was opened, since the faults name it so.
///
/// For a records file these are the rows with faults of their own or of their lines; for a lines file the
/// rows at fault and all lines of records that were not taken, so that the two rejected files go together.
///
/// # Errors
/// [`SheetError::Io`], or what reading the headings of `source` says.
pub fn rejected_csv(
    source: &Path,
    kind: SheetKind,
    faults: &[Fault],
    map: &ColumnMap,
    lang: Lang,
) -> Result<Option<PathBuf>, SheetError> {
    let wanted = Wanted::of(source, kind, faults, lang);
    if wanted.reasons.is_empty() && wanted.records.is_empty() {
        return Ok(None);
    }
    // Headings were good enough to find faults, so a fact that nobody declared here does no harm.
    let mut sheet = Sheet::open(source, kind, map, &|_| Some(crate::domain::FactKind::Text))?;
    let target = beside(source);
    let mut out = None;
    let headings = sheet.row.cells().map(str::to_owned).collect::<Vec<_>>();
    while let Next::Row = sheet.next_row() {
        let Some(reason) = wanted.reason(&sheet, kind) else { continue };
        if out.is_none() {
            let mut begun = begin(&target)?;
            write(&mut begun, headings.iter().map(String::as_str), REJECT_REASON, &target)?;
            out = Some(begun);
        }
        if let Some(out) = &mut out {
            write(out, padded(&sheet.row, headings.len()), &reason, &target)?;
        }
    }
    let Some(out) = out else { return Ok(None) };
    let buffer = out.into_inner().map_err(|error| SheetError::io(&target, error.error()))?;
    let file = buffer.into_inner().map_err(|error| SheetError::io(&target, error.error()))?;
    file.sync_all().map_err(|error| SheetError::io(&target, &error))?;
    Ok(Some(target))
}

/// The rows to be written, by line or by record.
struct Wanted {
    reasons: FxHashMap<u64, String>,
    records: FxHashSet<String>,
    with_record: &'static str,
}

impl Wanted {
    fn of(source: &Path, kind: SheetKind, faults: &[Fault], lang: Lang) -> Wanted {
        let mut reasons: FxHashMap<u64, String> = FxHashMap::default();
        let mut records = FxHashSet::default();
        for fault in faults {
            let line = if *fault.path == *source { fault.line } else { fault.record_line };
            if *fault.path == *source || kind == SheetKind::Records && line > 0 {
                let said = reasons.entry(line).or_default();
                if !said.is_empty() {
                    said.push_str("; ");
                }
                said.push_str(&fault.what(lang));
            }
            if kind == SheetKind::Lines && !fault.record_no.is_empty() {
                records.insert(fault.record_no.clone());
            }
        }
        Wanted {
            reasons, records, with_record: lang.pick("所属记录未导入", "its record was not taken")
        }
    }

    fn reason(&self, sheet: &Sheet, kind: SheetKind) -> Option<String> {
        let own = self.reasons.get(&sheet.row.line).cloned();
        let of_record = kind == SheetKind::Lines
            && !self.records.is_empty()
            && self.records.contains(sheet.cell(LineField::RecordNo.into()).as_ref());
        own.or_else(|| of_record.then(|| self.with_record.to_owned()))
    }
}

/// `records.csv` to `records.rejected.csv`.
fn beside(source: &Path) -> PathBuf {
    let mut name = source.file_stem().unwrap_or_default().to_owned();
    name.push(".rejected.csv");
    source.with_file_name(name)
}

type Out = csv::Writer<BufWriter<File>>;

fn begin(target: &Path) -> Result<Out, SheetError> {
    let io = |error: std::io::Error| SheetError::io(target, &error);
    let mut file = BufWriter::new(File::create(target).map_err(io)?);
    // A byte order mark, so that the spreadsheet in which it is corrected reads it.
    file.write_all(crate::intake::bytes::MARK).map_err(io)?;
    Ok(csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).flexible(true).from_writer(file))
}

/// The cells of a row, filled up so that the reason stands under its heading.
fn padded(row: &Row, width: usize) -> impl Iterator<Item = &str> {
    row.cells().chain(std::iter::repeat_n("", width.saturating_sub(row.len())))
}

fn write<'a>(
    out: &mut Out,
    cells: impl Iterator<Item = &'a str>,
    last: &'a str,
    target: &Path,
) -> Result<(), SheetError> {
    let written = out.write_record(cells.chain([last]));
    written.map_err(|error| SheetError::io(target, &std::io::Error::other(error.to_string())))
}
