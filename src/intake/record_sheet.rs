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
use crate::intake::{ColumnMap, Fault, FaultReason, SheetError};
use rustc_hash::FxHashMap;
use std::path::Path;

/// What reading must know of the ledger and the clock.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Now; nothing can have happened later.
    pub now: Time,
    /// Code of the ledger's own facility, for rows that name none.
    pub own_facility: &'a str,
    /// Whether the ledger knows a facility.
    pub knows_facility: &'a dyn Fn(&str) -> bool,
    /// The kind of a fact, built in or declared by a notice.
    pub fact_kind: &'a dyn Fn(&str) -> Option<FactKind>,
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
    pub passed_over: u64,
    /// Headings passed over in both files.
    pub ignored_columns: Vec<String>,
}

/// A records file being read.
pub struct RecordSheet<'a> {
    sheet: Sheet,
    lines: Option<LineSheet>,
    ctx: Context<'a>,
    new_facilities: bool,
    /// By record number (and facility, where no lines hang on the number alone).
    seen: FxHashMap<(Key, Option<Key>), Seen>,
    summary: SheetSummary,
    done: bool,
    exhausted: bool,
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
            summary: SheetSummary::default(),
            done: false,
            exhausted: false,
        }
    }

    /// What was read, once the last record has been taken.
    ///
    /// # Errors
    /// The lines whose record never came.
    pub fn finish(mut self) -> Result<SheetSummary, Vec<Fault>> {
        let mut summary = self.summary;
        summary.passed_over = self.sheet.passed_over;
        summary.ignored_columns = self.sheet.ignored;
        if let Some(lines) = &mut self.lines {
            let orphans = if self.exhausted { lines.orphans() } else { Vec::new() };
            if !orphans.is_empty() {
                return Err(orphans);
            }
            let (rows, headings) = lines.passed_over();
            summary.passed_over += rows;
            summary.ignored_columns.extend_from_slice(headings);
        }
        Ok(summary)
    }

    /// The fault of the record handed out last, where the ledger has another content under its number.
    pub fn in_ledger(&self, number: &ShortNumber) -> Fault {
        let mut row = Reading::new(&self.sheet);
        row.refuse(Field::RecordNo, FaultReason::InLedger { number: number.to_string() });
        let mut fault = row.faults.pop().expect("a refusal leaves a fault");
        fault.record_no = row.raw(Field::RecordNo).into_owned();
        fault.record_line = self.sheet.row.line;
        fault
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
        let total_known = !faults.iter().any(|fault| fault.reason.spoils_the_total());
        record.lines = self.lines_of(&record, total_known, &mut faults);
        let row_key = row_key(&record);
        let repeats =
            if faults.is_empty() { self.repeats(&record, row_key.bytes(), &mut faults) } else { None };
        if faults.is_empty() {
            self.count(&record, repeats);
            return Ok(Draft { record, at_line, row_key, new_facility, repeats });
        }
        for fault in &mut faults {
            record.record_no.clone_into(&mut fault.record_no);
            fault.record_line = at_line;
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

    /// The line on which the same record stood before; the same number with other content is a fault.
    fn repeats(&mut self, record: &Record, content: &[u8; 32], faults: &mut Vec<Fault>) -> Option<u64> {
        let number = Key::of(&record.record_no)?;
        let facility = if self.lines.is_some() { None } else { Key::of(&record.facility) };
        let line = self.sheet.row.line;
        let (half, _) = content.split_first_chunk::<16>().expect("a digest has 32 bytes");
        let stamp = u128::from_be_bytes(*half);
        let seen = self.seen.entry((number, facility)).or_insert(Seen { line, stamp });
        if seen.line == line {
            return None;
        }
        if seen.stamp == stamp {
            return Some(seen.line);
        }
        let mut row = Reading::new(&self.sheet);
        row.refuse(Field::RecordNo, FaultReason::OtherContent { first_line: seen.line });
        faults.append(&mut row.faults);
        None
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
