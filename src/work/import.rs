//! Taking in a sheet of records: whole or not at all, and safe to repeat.

use crate::domain::{Actor, Digest, Kind, Money, Progress, Record, Right, ShortNumber, Watcher};
use crate::intake::{Draft, Fault, InLedger, RecordSheet, SheetSummary};
use crate::store::{Added, Ledger, LinesSource, Mode, NewFile, NewRecord, Prepared, Source, Writer};
use crate::work::WorkError;
use crate::work::ahead::{HandOn, joined, pack, read_ahead};
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

impl<'a> ImportFile<'a> {
    /// The same as the ledger will remember it, once it is known how many rows it brought.
    fn brings(self, what: &'static str) -> NewFile<'a> {
        let ImportFile { path, name, digest } = self;
        NewFile { digest, name, what, rows: 0, path: Some(path), of_bytes: true }
    }
}

/// So many rows are kept to be shown as they were understood.
const SAMPLE: usize = 5;

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

/// A sheet about to be taken in.
pub struct Importing<'a, 'w> {
    /// Its rows.
    pub sheet: RecordSheet<'a>,
    /// The file they stand in.
    pub file: ImportFile<'w>,
    /// The file that their fee lines stand in.
    pub lines: Option<ImportFile<'w>>,
    /// Take the good rows and leave out the others.
    pub accept_good: bool,
    /// Told now and then how far it has come; answers whether to go on.
    pub watch: &'w mut Watcher<'w>,
}

/// A row made ready, or what is wrong with it.
type Row = Result<(Draft, Prepared), Vec<Fault>>;

/// Writes the records of a sheet. A bad row refuses the sheet as a whole, unless `accept_good` is given.
///
/// One thread reads, checks and seals, and another packs the files to be kept, while this one writes.
///
/// # Errors
/// [`WorkError::Rows`] with every fault of the file.
pub fn import(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    importing: Importing<'_, '_>,
) -> Result<Imported, WorkError> {
    let Importing { sheet, file, lines, accept_good, watch } = importing;
    ledger.write_once(actor, mode, |w| {
        w.needs(Right::Import)?;
        let mut taking = Taking {
            done: Imported::default(),
            occurrences: HashMap::new(),
            file: w.file_key(file.digest)?,
            lines: lines.map(|lines| w.file_key(lines.digest)).transpose()?,
            in_ledger: sheet.in_ledger(),
            accept_good,
            into_empty: w.books().has_no_record()?,
        };
        let files = [Some(file.brings("records")), lines.map(|lines| lines.brings("lines"))];
        let mut to_pack = Vec::new();
        for file in files.iter().flatten() {
            // What the ledger has already is not kept twice.
            to_pack.push((!w.books().knows_file(file.digest)?).then_some(*file));
        }
        let (later, workshop) = (w.index_records_later()?, w.workshop()?);
        let read_and_packed = std::thread::scope(|scope| -> Result<_, WorkError> {
            let packer = scope.spawn(move || pack(&to_pack));
            let mut sheet = sheet;
            let read = |hand_on: &mut HandOn<Row>| {
                while let Some(row) = sheet.next() {
                    let row = row.map(|draft| {
                        let prepared = workshop.prepare(&draft.record, draft.row_key);
                        (draft, prepared)
                    });
                    if !hand_on.row(row, || sheet.progress()) {
                        break;
                    }
                }
                sheet
            };
            let mut rows = 0;
            let sheet = read_ahead(read, |taken, read| {
                rows += taken.len() as u64;
                if !watch(&Progress { rows, total: taking.done.total, read }) {
                    return Ok(false);
                }
                taken.iter_mut().try_for_each(|row| taking.take(w, row))?;
                Ok::<_, WorkError>(true)
            })?;
            Ok(sheet.map(|sheet| (sheet, joined(packer))))
        })?;
        let mut done = taking.done;
        let Some((sheet, packed)) = read_and_packed else {
            w.discard();
            return Ok(Imported { stopped: true, ..Imported::default() });
        };
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
        w.index(later)?;
        let brought = files.into_iter().zip([done.new, done.lines]);
        let brought = brought.filter_map(|(file, rows)| file.map(|file| NewFile { rows, ..file }));
        for (file, packed) in brought.zip(packed?) {
            w.packed_imported(&file, packed)?;
        }
        Ok(done)
    })
}

/// An import on its way.
struct Taking {
    done: Imported,
    /// How often each row without a number has stood in the file so far.
    occurrences: HashMap<Digest, i64>,
    file: Digest,
    lines: Option<Digest>,
    in_ledger: InLedger,
    accept_good: bool,
    /// There was no record before this import, so that only a repeat in the file itself can meet another.
    into_empty: bool,
}

impl Taking {
    fn take(&mut self, w: &mut Writer<'_>, row: &mut Row) -> Result<(), WorkError> {
        match row {
            Err(faults) => self.done.faults.append(faults),
            // Once a fault is known the rest is only read for more of them.
            Ok((draft, prepared)) if self.accept_good || self.done.faults.is_empty() => {
                if let Some(number) = self.write(w, draft, prepared)? {
                    self.done.faults.push(self.in_ledger.fault(draft, &number));
                }
            }
            Ok(_) => {}
        }
        Ok(())
    }

    /// Writes one draft, and counts which of its equals without a number it is. Answers with the record that stands
    /// under its number with other content, if one does.
    fn write(
        &mut self,
        w: &mut Writer<'_>,
        draft: &Draft,
        prepared: &Prepared,
    ) -> Result<Option<ShortNumber>, WorkError> {
        let (record, done) = (&draft.record, &mut self.done);
        if done.sample.len() < SAMPLE && draft.repeats.is_none() {
            done.sample.push(Record { lines: Vec::new(), ..record.clone() });
        }
        if let Some(facility) = &draft.new_facility
            && !done.facilities.contains(facility)
            && w.add_facility(facility, facility)?
        {
            done.facilities.push(facility.clone());
        }
        let mut occurrence = 1;
        if record.record_no.is_empty() {
            let seen = self.occurrences.entry(draft.row_key).or_insert(0);
            *seen += 1;
            occurrence = *seen;
        }
        let source = Some(Source { file: self.file, row: i64::try_from(draft.at_line).unwrap_or(i64::MAX) });
        let lines = self.lines.filter(|_| !record.lines.is_empty());
        let lines = lines.map(|file| LinesSource { file, rows: draft.lines_at.clone() });
        let (row_key, occurrence) = (draft.row_key, Some(occurrence));
        let first = self.into_empty && draft.repeats.is_none();
        let new = NewRecord { record, row_key, occurrence, first, source, lines };
        match w.add_prepared(&new, prepared)? {
            Added::New(number) => count(done, record, number),
            Added::Known(_) => done.known += 1,
            Added::Differs(number) => return Ok(Some(number)),
        }
        Ok(None)
    }
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
