//! The fee lines that go with a records sheet, in any order.
//!
//! The file is passed over once for a small index: where the lines of each
//! record stand, as runs of neighbouring rows. Lines are then read record by
//! record. Where both files have one order, as exports have, each run is simply
//! the next one and nothing is read from the disk twice; where they have not,
//! the reader jumps. No row is held longer than its record.

use crate::domain::{Key, Line, Money, Price, Quantity, Time};
use crate::intake::column::{LineField as Field, SheetKind};
use crate::intake::reading::Reading;
use crate::intake::sheet::{Next, Sheet};
use crate::intake::{ColumnMap, Fault, FaultReason, Padded, Passed, SheetError, words};
use std::fmt::Write as _;
use std::path::Path;

/// Neighbouring rows of one record.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// `None` for rows that name no record.
    key: Option<Key>,
    offset: u64,
    line: u64,
    rows: u32,
    used: bool,
}

/// An indexed lines file.
pub(super) struct LineSheet {
    sheet: Sheet,
    /// By key, then by place in the file.
    runs: Vec<Run>,
    /// Rows read for records.
    pub(super) read: u64,
    /// On which lines of the file the lines given last stood, in their order: `2-6 9`.
    pub(super) rows: String,
    /// Codes that were given their leading zeros back.
    pub(super) padded: Vec<Padded>,
    /// Rows that the index passed over; reading a record's rows again counts none.
    pub(super) passed: Passed,
}

/// A line with the number it states, if any.
struct Numbered {
    stated: Option<u32>,
    at_line: u64,
    line: Line,
}

impl LineSheet {
    pub(super) fn open(path: &Path, map: &ColumnMap) -> Result<LineSheet, SheetError> {
        // The index passes over the whole file and sees for itself whether it is UTF-8, as most are. Only where
        // something is wrong is the file looked at once more: its character set may explain what was found.
        let guessed = Sheet::open_unchecked(path, SheetKind::Lines, map, &|_| None).ok().flatten();
        match guessed.map(LineSheet::indexed) {
            Some(Ok(lines)) => Ok(lines),
            Some(Err(_)) | None => LineSheet::indexed(Sheet::open(path, SheetKind::Lines, map, &|_| None)?),
        }
    }

    fn indexed(mut sheet: Sheet) -> Result<LineSheet, SheetError> {
        let item = [Field::ItemName.into(), Field::ItemCode.into()];
        let one = |field: Field| [usize::from(field)];
        sheet.require(&[
            &one(Field::RecordNo),
            &item,
            &one(Field::Quantity),
            &one(Field::UnitPrice),
            &one(Field::Amount),
        ])?;
        let runs = index(&mut sheet).map_err(|fault| SheetError::Refused(vec![*fault]))?;
        let passed = sheet.passed;
        Ok(LineSheet { sheet, runs, read: 0, rows: String::new(), padded: Vec::new(), passed })
    }

    /// The sheet that was indexed: once, whatever is read again.
    pub(super) fn sheet(&self) -> &Sheet {
        &self.sheet
    }

    /// The lines of a record, in order of their numbers; faults are added to `faults`.
    pub(super) fn lines_of(&mut self, record_no: &str, now: Time, faults: &mut Vec<Fault>) -> Vec<Line> {
        let Some(key) = Key::of(record_no) else { return Vec::new() };
        let first = self.runs.partition_point(|run| run.key < Some(key));
        let mut found = Vec::new();
        for at in first..self.runs.len() {
            if self.runs[at].key != Some(key) {
                break;
            }
            self.runs[at].used = true;
            if let Err(fault) = self.read_run(self.runs[at], record_no, now, &mut found, faults) {
                faults.push(*fault);
                break;
            }
        }
        // Runs are in file order already; counting rows once is enough, however often a record repeats.
        let found = number(found, &self.sheet, faults);
        self.rows = in_runs(found.iter().map(|line| line.at_line));
        found.into_iter().map(|line| line.line).collect()
    }

    fn read_run(
        &mut self,
        run: Run,
        record_no: &str,
        now: Time,
        found: &mut Vec<Numbered>,
        faults: &mut Vec<Fault>,
    ) -> Result<(), Box<Fault>> {
        self.sheet.go(run.offset, run.line)?;
        for _ in 0..run.rows {
            match self.sheet.next_row() {
                Next::Row => {}
                Next::End => break,
                Next::Broken(fault) => return Err(Box::new(fault)),
            }
            // Two numbers may share a key, once in a very long while.
            if self.sheet.cell(Field::RecordNo.into()) != record_no {
                continue;
            }
            self.read += 1;
            let mut row = Reading::new(&self.sheet);
            let line = if row.faults.is_empty() { line(&mut row, now) } else { None };
            faults.append(&mut row.faults);
            Padded::gather(&mut self.padded, row.padded);
            found.extend(line);
        }
        Ok(())
    }

    /// A fault for each run of rows whose record never came.
    pub(super) fn orphans(&mut self) -> Vec<Fault> {
        let mut left: Vec<Run> = self.runs.iter().filter(|run| !run.used).copied().collect();
        left.sort_unstable_by_key(|run| run.offset);
        let mut faults = Vec::new();
        for run in left {
            // Rows without a number are told apart one by one: each may be wrong in its own way.
            let rows = if run.key.is_none() { run.rows } else { 1 };
            if let Err(fault) = self.sheet.go(run.offset, run.line) {
                faults.push(*fault);
                break;
            }
            for _ in 0..rows {
                match self.sheet.next_row() {
                    Next::Row => faults.push(orphan(&self.sheet)),
                    Next::End => break,
                    Next::Broken(fault) => {
                        faults.push(fault);
                        return faults;
                    }
                }
            }
        }
        faults
    }
}

fn orphan(sheet: &Sheet) -> Fault {
    let mut row = Reading::new(sheet);
    if row.faults.is_empty() {
        let missing = row.raw(Field::RecordNo).is_empty();
        row.refuse(Field::RecordNo, if missing { FaultReason::Missing } else { FaultReason::Orphan });
    }
    let record_no = row.raw(Field::RecordNo).into_owned();
    let fault = row.faults.remove(0);
    Fault { record_no, ..fault }
}

/// Passes over the file once.
fn index(sheet: &mut Sheet) -> Result<Vec<Run>, Box<Fault>> {
    let mut runs: Vec<Run> = Vec::new();
    let mut last = String::new();
    loop {
        match sheet.next_row() {
            Next::Row => {}
            Next::End => break,
            Next::Broken(fault) => return Err(Box::new(fault)),
        }
        let record_no = sheet.cell(Field::RecordNo.into());
        match runs.last_mut() {
            Some(run) if *record_no == last && run.rows < u32::MAX => run.rows += 1,
            _ => {
                record_no.as_ref().clone_into(&mut last);
                let key = Key::of(&last);
                runs.push(Run { key, offset: sheet.row.offset, line: sheet.row.line, rows: 1, used: false });
            }
        }
    }
    runs.sort_unstable_by_key(|run| (run.key, run.offset));
    Ok(runs)
}

fn line(row: &mut Reading<'_>, now: Time) -> Option<Numbered> {
    let stated = row.parse(Field::LineNo.into(), |text| match text.parse::<u32>() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(FaultReason::Count),
    });
    let item_code = row.number(Field::ItemCode);
    let item_name = row.text(Field::ItemName);
    if item_code.is_empty() && item_name.is_empty() {
        row.refuse(Field::ItemName, FaultReason::Missing);
    }
    let [own_code, category, spec] =
        [Field::OwnCode, Field::Category, Field::Spec].map(|field| row.text(field));
    let category = words::category(&category).to_owned();
    row.note_padded(Field::Category, &category);
    let quantity = needed(row, Field::Quantity, Reading::quantity);
    let unit_price = needed(row, Field::UnitPrice, Reading::price);
    let amount = needed(row, Field::Amount, Reading::amount);
    let occurred_at = row.past(Field::OccurredAt, now);
    let (quantity, unit_price, amount) = (quantity?, unit_price?, amount?);
    check_product(row, quantity, unit_price, amount);
    let line = Line {
        line_no: 0,
        item_code,
        own_code,
        item_name,
        category,
        spec,
        quantity,
        unit_price,
        amount,
        occurred_at,
    };
    row.faults.is_empty().then_some(Numbered { stated, at_line: row.sheet.row.line, line })
}

fn needed<'a, T>(
    row: &mut Reading<'a>,
    field: Field,
    read: impl Fn(&mut Reading<'a>, Field) -> Option<T>,
) -> Option<T> {
    let value = read(row, field);
    if value.is_none() && row.raw(field).is_empty() {
        row.refuse(field, FaultReason::Missing);
    }
    value
}

/// Price and quantity are rounded on their own, so the amount may be a fen away from their product; it rules.
fn check_product(row: &mut Reading<'_>, quantity: Quantity, unit_price: Price, amount: Money) {
    let product = unit_price.times(quantity);
    if product.is_none_or(|product| (product - amount).abs() > Money::from_fen(1)) {
        row.refuse(Field::Amount, FaultReason::Product { product });
    }
}

/// Sorts by the stated numbers; lines without one are counted on from there, in the order of the file.
fn number(mut found: Vec<Numbered>, sheet: &Sheet, faults: &mut Vec<Fault>) -> Vec<Numbered> {
    let mut next = found.iter().filter_map(|line| line.stated).max().unwrap_or(0);
    for line in &mut found {
        line.line.line_no = line.stated.unwrap_or_else(|| {
            next = next.saturating_add(1);
            next
        });
    }
    found.sort_by_key(|line| line.line.line_no);
    for pair in found.windows(2) {
        if pair[0].line.line_no == pair[1].line.line_no {
            let fault = sheet.row_fault(FaultReason::LineTwice { first_line: pair[0].at_line });
            let (column, text) = ("line_no".to_owned(), pair[1].line.line_no.to_string());
            faults.push(Fault { line: pair[1].at_line, column, text, ..fault });
        }
    }
    found
}

/// Numbers in their order, neighbours as a run: `2-6 9`.
fn in_runs(numbers: impl Iterator<Item = u64>) -> String {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if number == *last + 1 => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let mut text = String::new();
    for (first, last) in runs {
        let between = if text.is_empty() { "" } else { " " };
        // A text takes every word that is written to it.
        let _ = if first == last {
            write!(text, "{between}{first}")
        } else {
            write!(text, "{between}{first}-{last}")
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_told_as_a_run() {
        #[rustfmt::skip] // the columns are the point
        let cases: [(&[u64], &str); 5] = [
            (&[],              ""),
            (&[7],             "7"),
            (&[2, 3, 4],       "2-4"),
            (&[2, 3, 9, 5, 6], "2-3 9 5-6"),
            (&[4, 3, 2],       "4 3 2"), // the order is that of the fee lines
        ];
        for (numbers, want) in cases {
            assert_eq!(in_runs(numbers.iter().copied()), want);
        }
    }
}
