//! Taking in a sheet of records: whole or not at all, and safe to repeat.

use crate::domain::{Actor, Digest, Kind, Money, Record, Right, ShortNumber};
use crate::intake::{Draft, Fault, RecordSheet, SheetSummary};
use crate::store::{Added, Ledger, Mode, NewFile, NewRecord, Source, Writer};
use crate::work::WorkError;
use std::collections::HashMap;
use std::path::Path;

/// The file that the records stand in.
#[derive(Clone, Copy, Debug)]
pub struct ImportFile<'a> {
    /// Where it lies; its bytes are kept in the ledger.
    pub path: &'a Path,
    /// Its name, without the folder.
    pub name: &'a str,
    /// The digest of its bytes.
    pub digest: Digest,
}

/// So many rows are kept to be shown as they were understood.
const SAMPLE: usize = 5;

/// Between two looks at how far it has come lie so many rows.
const STRIDE: u64 = 64;

/// What came of an import.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// Records written now.
    pub new: u64,
    /// Rows that stood in the ledger already.
    pub known: u64,
    /// Fee lines of the records written now.
    pub lines: u64,
    /// Sum of the records written now.
    pub total: Money,
    /// What was paid for them, as far as it is known.
    pub paid: Money,
    /// The same by kind.
    pub kinds: Vec<KindSum>,
    /// The first records of the sheet as they were understood, without their lines.
    pub sample: Vec<Record>,
    /// First and last number given.
    pub numbers: Option<(ShortNumber, ShortNumber)>,
    /// Facilities that the ledger met for the first time.
    pub facilities: Vec<String>,
    /// Faults of the rows left out; only with `accept_good`.
    pub faults: Vec<Fault>,
    /// What the sheet says of itself.
    pub summary: SheetSummary,
    /// It was broken off by whoever watched; nothing was written.
    pub stopped: bool,
}

/// The records of one kind that were written now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindSum {
    /// The kind.
    pub kind: Kind,
    /// How many.
    pub records: u64,
    /// All that they cost.
    pub total: Money,
    /// What was paid, as far as it is known.
    pub paid: Money,
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Rows read, good ones.
    pub rows: u64,
    /// Sum of the records written so far.
    pub total: Money,
    /// How much of the file is read, of how much; in one unit.
    pub read: (u64, u64),
}

/// A sheet about to be taken in.
pub struct Importing<'a, 'w> {
    /// Its rows.
    pub sheet: RecordSheet<'a>,
    /// The file they stand in.
    pub file: ImportFile<'w>,
    /// Take the good rows and leave out the others.
    pub accept_good: bool,
    /// Told now and then how far it has come; answers whether to go on.
    pub watch: &'w mut dyn FnMut(&Progress) -> bool,
}

/// Writes the records of a sheet. A bad row refuses the sheet as a whole, unless `accept_good` is given.
///
/// # Errors
/// [`WorkError::Rows`] with every fault of the file.
pub fn import(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    importing: Importing<'_, '_>,
) -> Result<Imported, WorkError> {
    let Importing { mut sheet, file, accept_good, watch } = importing;
    ledger.write_once(actor, mode, |w| {
        w.needs(Right::Import)?;
        let mut done = Imported::default();
        let mut occurrences = HashMap::new();
        let key = w.file_key(file.digest)?;
        let mut rows = 0_u64;
        while let Some(row) = sheet.next() {
            rows += 1;
            let look = rows.is_multiple_of(STRIDE);
            if look && !watch(&Progress { rows, total: done.total, read: sheet.progress() }) {
                w.discard();
                return Ok(Imported { stopped: true, ..Imported::default() });
            }
            match row {
                Err(faults) => done.faults.extend(faults),
                // Once a fault is known the rest is only read for more of them.
                Ok(draft) if accept_good || done.faults.is_empty() => {
                    if let Some(number) = take(w, &mut done, &mut occurrences, key, &draft)? {
                        done.faults.push(sheet.in_ledger(&number));
                    }
                }
                Ok(_) => {}
            }
        }
        match sheet.finish() {
            Ok(summary) => done.summary = summary,
            Err(faults) => done.faults.extend(faults),
        }
        if !accept_good && !done.faults.is_empty() {
            return Err(WorkError::Rows(done.faults));
        }
        done.kinds.sort_by_key(|sum| sum.kind);
        if done.new == 0 {
            w.discard();
            return Ok(done);
        }
        let ImportFile { path, name, digest } = file;
        let kept =
            NewFile { digest, name, what: "records", rows: done.new, path: Some(path), of_bytes: true };
        w.file_imported(&kept)?;
        Ok(done)
    })
}

/// Writes one draft, and counts which of its equals without a number it is. Answers with the record that stands
/// under its number with other content, if one does.
fn take(
    w: &mut Writer<'_>,
    done: &mut Imported,
    occurrences: &mut HashMap<Digest, i64>,
    file: Digest,
    draft: &Draft,
) -> Result<Option<ShortNumber>, WorkError> {
    let record = &draft.record;
    if done.sample.len() < SAMPLE && draft.repeats.is_none() {
        done.sample.push(Record { lines: Vec::new(), ..record.clone() });
    }
    if let Some(facility) = &draft.new_facility
        && w.add_facility(facility, facility)?
    {
        done.facilities.push(facility.clone());
    }
    let mut occurrence = 1;
    if record.record_no.is_empty() {
        let seen = occurrences.entry(draft.row_key).or_insert(0);
        *seen += 1;
        occurrence = *seen;
    }
    let source = Some(Source { file, row: i64::try_from(draft.at_line).unwrap_or(i64::MAX) });
    let new = NewRecord { record, row_key: draft.row_key, occurrence: Some(occurrence), source };
    match w.add_record(&new)? {
        Added::New(number) => count(done, record, number),
        Added::Known(_) => done.known += 1,
        Added::Differs(number) => return Ok(Some(number)),
    }
    Ok(None)
}

fn count(done: &mut Imported, record: &Record, number: ShortNumber) {
    let paid = record.paid.unwrap_or_default();
    done.new += 1;
    done.lines += record.lines.len() as u64;
    done.total += record.total;
    done.paid += paid;
    let first = done.numbers.take().map_or_else(|| number.clone(), |(first, _)| first);
    done.numbers = Some((first, number));
    let kind = record.kind;
    match done.kinds.iter_mut().find(|sum| sum.kind == kind) {
        Some(sum) => {
            sum.records += 1;
            sum.total += record.total;
            sum.paid += paid;
        }
        None => done.kinds.push(KindSum { kind, records: 1, total: record.total, paid }),
    }
}
