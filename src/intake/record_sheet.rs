//! A records file and its fee lines, read together as a stream of drafts.
//!
//! Memory does not grow with the files but for one small entry a record: its
//! number with a stamp of its content, and where its lines stand. Nothing is
//! decided and nothing stored here; a row with faults is handed out as its
//! faults, and the caller says whether the file is refused.

use crate::domain::{FactKind, Key, Kind, Line, Money, Record, ShortNumber, Time};
use crate::intake::column::{RecordField as Field, SheetKind};
use crate::intake::draft::{self, Draft, row_key};
use crate::intake::line_sheet::LineSheet;
use crate::intake::reading::Reading;
use crate::intake::sheet::{Next, Sheet};
use crate::intake::{ColumnMap, Fault, FaultReason, Origin, Padded, Passed, SheetError};
use rustc_hash::FxHashMap;
use std::path::Path;
use std::sync::Arc;

/// What reading must know of the ledger and the clock.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Now; nothing can have happened later.
    pub now: Time,
    /// Code of the ledger's own facility, for rows that name none.
    pub own_facility: &'a str,
    /// Whether the ledger knows a facility.
    pub knows_facility: &'a (dyn Fn(&str) -> bool + Sync),
    /// The kind of a fact, built in or declared by a notice.
    pub fact_kind: &'a (dyn Fn(&str) -> Option<FactKind> + Sync),
}

/// What was read in all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SheetSummary {
    /// Rows that became drafts, repeats included.
    pub records: u64,
    /// Fee lines of those drafts, lines of repeats included.
    pub lines: u64,
    /// Drafts that stood before, word for word.
    pub repeats: u64,
    /// Rows with faults.
    pub refused: u64,
    /// Totals of the drafts without the repeats.
    pub total: Money,
    /// Empty rows, titles and rows of totals passed over in both files.
    pub passed: Passed,
    /// Headings passed over in both files.
    pub ignored_columns: Vec<String>,
    /// Codes that were given their leading zeros back.
    pub padded: Vec<Padded>,
    /// What was found out about the file.
    pub origin: Origin,
    /// The same of the fee lines.
    pub lines_origin: Option<Origin>,
}

/// Numbers under which a file says two different things, with the two lines. Nobody can tell which is right, so
/// neither is taken; to know before the first is handed out, the file is read once more.
#[derive(Clone, Debug, Default)]
pub struct Clashes(FxHashMap<Number, (u64, u64)>);

/// A record's number, and its facility where no lines hang on the number alone.
type Number = (Key, Option<Key>);

/// A records file being read.
pub struct RecordSheet<'a> {
    sheet: Sheet,
    lines: Option<LineSheet>,
    ctx: Context<'a>,
    new_facilities: bool,
    seen: FxHashMap<Number, Seen>,
    /// Known before reading began.
    clashes: Clashes,
    /// Found while reading.
    found: Clashes,
    summary: SheetSummary,
    done: bool,
    exhausted: bool,
}

/// The fault of a record whose number stands in the ledger with other content.
#[derive(Clone, Debug)]
pub struct InLedger(Fault);

impl InLedger {
    /// The fault of this one, which the ledger knows under `number`.
    pub fn fault(&self, draft: &Draft, number: &ShortNumber) -> Fault {
        Fault {
            line: draft.at_line,
            text: draft.record.record_no.clone(),
            reason: FaultReason::InLedger { number: number.to_string() },
            record_no: draft.record.record_no.clone(),
            record_line: draft.at_line,
            ..self.0.clone()
        }
    }
}

struct Seen {
    line: u64,
    /// The first half of the row's key.
    stamp: u128,
}

impl<'a> RecordSheet<'a> {
    /// Opens both files and resolves their headings; reads no record yet.
    ///
    /// # Errors
    /// [`SheetError`] where a file is not a sheet at all or its headings do not do.
    pub fn open(
        records: &Path,
        lines: Option<&Path>,
        map: &ColumnMap,
        ctx: &Context<'a>,
    ) -> Result<RecordSheet<'a>, SheetError> {
        let sheet = Sheet::open(records, SheetKind::Records, map, ctx.fact_kind)?;
        let times = [Field::OccurredAt, Field::AdmittedAt, Field::AppliedOn].map(usize::from);
        sheet.require(&[&[Field::Kind.into()], &[Field::Name.into()], &times])?;
        let lines = lines.map(|path| LineSheet::open(path, map)).transpose()?;
        Ok(RecordSheet::over(sheet, lines, map.takes_new_facilities(), ctx))
    }

    /// A sheet whose headings are resolved already.
    pub(super) fn over(
        sheet: Sheet,
        lines: Option<LineSheet>,
        new_facilities: bool,
        ctx: &Context<'a>,
    ) -> RecordSheet<'a> {
        RecordSheet {
            sheet,
            lines,
            ctx: *ctx,
            new_facilities,
            seen: FxHashMap::default(),
            clashes: Clashes::default(),
            found: Clashes::default(),
            summary: SheetSummary::default(),
            done: false,
            exhausted: false,
        }
    }

    /// Reads everything only for what it contradicts itself in.
    pub fn clashes(mut self) -> Clashes {
        while self.next().is_some() {}
        self.found
    }

    /// The same sheet, of which it is known what it contradicts itself in: none of those rows is handed out.
    pub fn without(mut self, clashes: Clashes) -> RecordSheet<'a> {
        self.clashes = clashes;
        self
    }

    /// How far reading has come, and how far it goes; in the same unit.
    pub fn progress(&self) -> (u64, u64) {
        self.sheet.progress()
    }

    /// What was found out about the file.
    pub fn origin(&self) -> &Origin {
        &self.sheet.origin
    }

    /// What was read, once the last record has been taken.
    ///
    /// # Errors
    /// The lines whose record never came.
    pub fn finish(mut self) -> Result<SheetSummary, Vec<Fault>> {
        let mut summary = self.summary;
        summary.passed = self.sheet.passed;
        summary.ignored_columns = self.sheet.ignored;
        summary.origin = self.sheet.origin;
        if let Some(lines) = &mut self.lines {
            let orphans = if self.exhausted { lines.orphans() } else { Vec::new() };
            if !orphans.is_empty() {
                return Err(orphans);
            }
            summary.passed = summary.passed.and(lines.passed);
            summary.ignored_columns.extend_from_slice(&lines.sheet().ignored);
            summary.lines_origin = Some(lines.sheet().origin.clone());
            Padded::gather(&mut summary.padded, std::mem::take(&mut lines.padded));
        }
        Ok(summary)
    }

    /// What is said of a record whose number stands in the ledger with other content.
    pub fn in_ledger(&self) -> InLedger {
        InLedger(self.sheet.cell_fault(
            Field::RecordNo.into(),
            "",
            FaultReason::InLedger { number: String::new() },
        ))
    }

    fn read(&mut self) -> Result<Draft, Vec<Fault>> {
        let mut row = Reading::new(&self.sheet);
        let at_line = self.sheet.row.line;
        if !row.faults.is_empty() {
            // The cells may stand under the wrong headings: only the number is looked at, so that its
            // lines are not taken for orphans.
            let record_no = row.raw(Field::RecordNo).into_owned();
            let mut faults = row.faults;
            if let Some(lines) = &mut self.lines {
                lines.lines_of(&record_no, self.ctx.now, &mut Vec::new());
            }
            for fault in &mut faults {
                fault.record_line = at_line;
            }
            return Err(faults);
        }
        let (mut record, new_facility) = draft::read(&mut row, &self.ctx, self.new_facilities);
        let mut faults = row.faults;
        Padded::gather(&mut self.summary.padded, row.padded);
        let total_known = !faults.iter().any(|fault| fault.reason.spoils_the_total());
        record.lines = self.lines_of(&record, total_known, &mut faults);
        let row_key = row_key(&record);
        let repeats =
            if faults.is_empty() { self.repeats(&record, row_key.bytes(), &mut faults) } else { None };
        if faults.is_empty() {
            self.count(&record, repeats);
            let lines_at = match &mut self.lines {
                Some(sheet) if !record.lines.is_empty() => std::mem::take(&mut sheet.rows),
                _ => String::new(),
            };
            return Ok(Draft { record, at_line, lines_at, row_key, new_facility, repeats });
        }
        for fault in &mut faults {
            record.record_no.clone_into(&mut fault.record_no);
            fault.record_line = if Arc::ptr_eq(&fault.path, &self.sheet.path) { fault.line } else { at_line };
        }
        Err(faults)
    }

    fn lines_of(&mut self, record: &Record, total_known: bool, faults: &mut Vec<Fault>) -> Vec<Line> {
        let Some(sheet) = &mut self.lines else { return Vec::new() };
        let before = faults.len();
        let lines = sheet.lines_of(&record.record_no, self.ctx.now, faults);
        if faults.len() > before || !total_known {
            return lines;
        }
        let reason = if !lines.is_empty() {
            let sum = lines.iter().map(|line| line.amount).sum();
            if sum == record.total {
                return lines;
            }
            FaultReason::Sum { total: record.total, lines: sum }
        } else if record.total.is_zero() || record.kind == Kind::Filing {
            return lines;
        } else {
            FaultReason::NoLines
        };
        let mut row = Reading::new(&self.sheet);
        row.refuse(Field::Total, reason);
        faults.append(&mut row.faults);
        lines
    }

    /// The line on which the same record stood before; the same number with other content is a fault of both rows.
    fn repeats(&mut self, record: &Record, content: &[u8; 32], faults: &mut Vec<Fault>) -> Option<u64> {
        let number = Key::of(&record.record_no)?;
        let facility = if self.lines.is_some() { None } else { Key::of(&record.facility) };
        let number = (number, facility);
        let line = self.sheet.row.line;
        if let Some(&(first, second)) = self.clashes.0.get(&number) {
            faults.push(self.clash(line, if line == first { second } else { first }));
            return None;
        }
        let (half, _) = content.split_first_chunk::<16>().expect("a digest has 32 bytes");
        let stamp = u128::from_be_bytes(*half);
        let seen = self.seen.entry(number).or_insert(Seen { line, stamp });
        let first = seen.line;
        if first == line {
            return None;
        }
        if seen.stamp == stamp {
            return Some(first);
        }
        // Said once of the first row, however many come after it.
        if self.found.0.insert(number, (first, line)).is_none() {
            faults.push(self.clash(first, line));
        }
        faults.push(self.clash(line, first));
        None
    }

    fn clash(&self, line: u64, other: u64) -> Fault {
        let mut row = Reading::new(&self.sheet);
        row.refuse(Field::RecordNo, FaultReason::OtherContent { first_line: other });
        let fault = row.faults.pop().expect("a refusal leaves a fault");
        Fault { line, ..fault }
    }

    fn count(&mut self, record: &Record, repeats: Option<u64>) {
        self.summary.records += 1;
        self.summary.lines += record.lines.len() as u64;
        match repeats {
            Some(_) => self.summary.repeats += 1,
            None => self.summary.total += record.total,
        }
    }
}

/// One record with its lines at a time; a row with faults is its faults. After the last comes `finish`.
impl Iterator for RecordSheet<'_> {
    type Item = Result<Draft, Vec<Fault>>;

    fn next(&mut self) -> Option<Result<Draft, Vec<Fault>>> {
        if self.done {
            return None;
        }
        let read = match self.sheet.next_row() {
            Next::End => {
                (self.done, self.exhausted) = (true, true);
                return None;
            }
            Next::Broken(fault) => {
                self.done = true;
                Err(vec![fault])
            }
            Next::Row => self.read(),
        };
        self.summary.refused += u64::from(read.is_err());
        Some(read)
    }
}
