//! A platform's settlement statement: rows to [`Settlement`]s, one at a time.
//!
//! What a platform writes is taken as it is where it does not matter to money
//! or keys: columns nobody asked for are passed over and named. Which
//! settlement belongs to which record is decided elsewhere. The 3202 text, which
//! has no headings, will be read by a file beside this one.

use crate::domain::{CertNo, FactKind, FactValue, Facts, IdentityError, Settlement, Time};
use crate::intake::column::{SheetKind, StatementField as Field};
use crate::intake::reading::Reading;
use crate::intake::sheet::{Next, Sheet};
use crate::intake::{ColumnMap, Fault, FaultReason, Origin, SheetError, moment};
use std::path::Path;

/// The literal that the platform's own text files write for an empty value.
const EMPTY: &str = "null";

/// The keys of which a statement must have one, in the headings and in each row.
const KEYS: [Field; 5] = [Field::RecordNo, Field::MedinsSetlId, Field::PsnNo, Field::Certno, Field::MdtrtId];

/// A statement being read.
pub struct StatementSheet {
    sheet: Sheet,
    now: Time,
    done: bool,
}

impl StatementSheet {
    /// Opens a statement and resolves its headings. `now` bounds the birth dates in identity numbers.
    ///
    /// # Errors
    /// [`SheetError`] where the file is not a sheet, or has no `setl_id`, no total or no key.
    pub fn open(path: &Path, map: &ColumnMap, now: Time) -> Result<StatementSheet, SheetError> {
        let sheet = Sheet::open(path, SheetKind::Statement, map, &|_| None)?;
        sheet.require(&[&[Field::SetlId.into()], &[Field::Total.into()], &KEYS.map(usize::from)])?;
        Ok(StatementSheet { sheet, now, done: false })
    }

    /// Headings that were passed over.
    pub fn ignored_columns(&self) -> &[String] {
        &self.sheet.ignored
    }

    /// Empty rows, titles and rows of totals passed over so far.
    pub fn passed_over(&self) -> u64 {
        self.sheet.passed.sum()
    }

    /// How far reading has come, and how far it goes; in the same unit.
    pub fn progress(&self) -> (u64, u64) {
        self.sheet.progress()
    }

    /// What was found out about the file.
    pub fn origin(&self) -> &Origin {
        &self.sheet.origin
    }

    fn read(&self) -> Result<(Settlement, u64), Vec<Fault>> {
        let mut row = Reading::new(&self.sheet);
        if !row.faults.is_empty() {
            return Err(row.faults);
        }
        let settlement = settlement(&mut row, self.now);
        if row.faults.is_empty() { Ok((settlement, self.sheet.row.line)) } else { Err(row.faults) }
    }
}

/// One settlement and its line at a time; a row with faults is its faults.
impl Iterator for StatementSheet {
    type Item = Result<(Settlement, u64), Vec<Fault>>;

    fn next(&mut self) -> Option<Result<(Settlement, u64), Vec<Fault>>> {
        if self.done {
            return None;
        }
        match self.sheet.next_row() {
            Next::Row => Some(self.read()),
            Next::End => None,
            Next::Broken(fault) => {
                self.done = true;
                Some(Err(vec![fault]))
            }
        }
    }
}

fn settlement(row: &mut Reading<'_>, now: Time) -> Settlement {
    let setl_id = number(row, Field::SetlId);
    let total = unless_empty(row, Field::Total, Reading::amount);
    if setl_id.is_empty() {
        row.refuse(Field::SetlId, FaultReason::Missing);
    }
    if total.is_none() && is_empty(row, Field::Total) {
        row.refuse(Field::Total, FaultReason::Missing);
    }
    if KEYS.iter().all(|&key| is_empty(row, key)) {
        row.faults.push(row.sheet.row_fault(FaultReason::NoKey));
    }
    Settlement {
        setl_id,
        init_setl_id: number(row, Field::InitSetlId),
        mdtrt_id: number(row, Field::MdtrtId),
        psn_no: number(row, Field::PsnNo),
        certno: certno(row, now),
        psn_name: unless_empty(row, Field::PsnName, |row, field| Some(row.text(field))).unwrap_or_default(),
        med_type: number(row, Field::MedType),
        insutype: number(row, Field::Insutype),
        setl_time: setl_time(row),
        total: total.unwrap_or_default(),
        fund: unless_empty(row, Field::Fund, Reading::amount),
        account: unless_empty(row, Field::Account, Reading::amount),
        cash: unless_empty(row, Field::Cash, Reading::amount),
        refunded: refunded(row),
        medins_setl_id: number(row, Field::MedinsSetlId),
        record_no: number(row, Field::RecordNo),
    }
}

fn is_empty(row: &Reading<'_>, field: Field) -> bool {
    let text = row.raw(field);
    text.is_empty() || text.eq_ignore_ascii_case(EMPTY)
}

fn unless_empty<'a, T>(
    row: &mut Reading<'a>,
    field: Field,
    read: impl Fn(&mut Reading<'a>, Field) -> Option<T>,
) -> Option<T> {
    if is_empty(row, field) { None } else { read(row, field) }
}

fn number(row: &mut Reading<'_>, field: Field) -> String {
    unless_empty(row, field, |row, field| Some(row.number(field))).unwrap_or_default()
}

/// The 18-digit form where the number has one. A statement does not say which document it names and may be
/// masked, so a number that fails the check is kept as it stands; only the traces of a spreadsheet are refused.
fn certno(row: &mut Reading<'_>, now: Time) -> String {
    let text = number(row, Field::Certno);
    if text.is_empty() {
        return text;
    }
    match CertNo::read(&text, now) {
        Ok(number) => number.as_str().to_owned(),
        Err(IdentityError::LostDigits) => {
            row.refuse(Field::Certno, FaultReason::Identity(IdentityError::LostDigits));
            text
        }
        Err(_) => text,
    }
}

/// One column, or a date and a clock in two.
fn setl_time(row: &mut Reading<'_>) -> Option<Time> {
    let date = unless_empty(row, Field::SetlDate, |row, field| Some(row.raw(field)));
    let Some(date) = date else { return unless_empty(row, Field::SetlTime, Reading::time) };
    if is_empty(row, Field::SetlTime) {
        return row.time(Field::SetlDate);
    }
    row.parse(Field::SetlTime.into(), |clock| {
        let both = || moment::time(&format!("{date} {clock}"), false);
        moment::time(clock, false).or_else(both).ok_or(FaultReason::Time)
    })
}

fn refunded(row: &mut Reading<'_>) -> bool {
    if is_empty(row, Field::Refunded) {
        return false;
    }
    let read = |text: &str| match Facts::read("refd_setl_flag", FactKind::Flag, text) {
        Ok(FactValue::Flag(flag)) => Ok(flag),
        _ => Err(FaultReason::Fact(FactKind::Flag)),
    };
    row.parse(Field::Refunded.into(), read).unwrap_or_default()
}
