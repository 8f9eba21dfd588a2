//! A platform's settlement statement: rows to [`Settlement`]s, one at a time.
//!
//! What a platform writes is taken as it is where it does not matter to money
//! or keys: columns nobody asked for are passed over and named. Codes mean what
//! the region's profile says; one that it does not know is kept and marked, never
//! guessed at. Which settlement belongs to which record is decided elsewhere.

use crate::domain::{CertNo, Day, IdentityError, Money, MoneyError, Settlement, Time};
use crate::intake::cell::amount;
use crate::intake::column::{Privacy, SheetKind, StatementField as Field};
use crate::intake::profile::{CODED, DayBasis, Marks, StatementProfile};
use crate::intake::reading::Reading;
use crate::intake::sheet::{Next, Sheet};
use crate::intake::sums::{Sums, agree};
use crate::intake::{ColumnMap, Fault, FaultReason, Origin, SheetError, moment, result_text};
use crate::text::{Label, Lang};
use std::collections::BTreeMap;
use std::path::Path;

/// The literal that the platform's own text files write for an empty value.
const EMPTY: &str = "null";

/// The keys of which a statement must have one, in the headings and in each row.
const KEYS: [Field; 5] = [Field::RecordNo, Field::MedinsSetlId, Field::PsnNo, Field::Certno, Field::MdtrtId];

/// So many different codes of one column are counted: a column of codes has few.
const MAX_CODES: usize = 200;

/// What is longer is no code, but what a shifted column put there.
const LONGEST_CODE: usize = 8;

/// A statement being read.
pub struct StatementSheet {
    sheet: Sheet,
    profile: StatementProfile,
    now: Time,
    done: bool,
    faulty: bool,
    sums: Sums,
    running: Vec<Sums>,
    codes: BTreeMap<(usize, String), u64>,
    unread: u64,
}

/// A code of a statement: where it stood, how often, and what it was read as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeSeen {
    /// The column's id.
    pub column: &'static str,
    /// As it stands, cut where it is long.
    pub code: String,
    /// In how many rows.
    pub rows: u64,
    /// What the profile says it means, in Chinese and English; `None` where nobody knows.
    pub meaning: Option<[&'static str; 2]>,
}

impl StatementSheet {
    /// Opens a statement under the national default. `now` bounds the birth dates in identity numbers.
    ///
    /// # Errors
    /// As [`StatementSheet::open_with`].
    pub fn open(path: &Path, map: &ColumnMap, now: Time) -> Result<StatementSheet, SheetError> {
        StatementSheet::open_with(path, map, &StatementProfile::national(), now)
    }

    /// Opens a statement as a region writes it; what `map` says of a heading stands before what the profile says.
    ///
    /// # Errors
    /// [`SheetError`] where the file is not a sheet, or has no `setl_id`, no total or no key.
    pub fn open_with(
        path: &Path,
        map: &ColumnMap,
        profile: &StatementProfile,
        now: Time,
    ) -> Result<StatementSheet, SheetError> {
        let map = map.clone().with_headings(SheetKind::Statement, profile.columns());
        let sheet = if let Some(sheet) = result_text::open(path, &map, profile)? {
            sheet
        } else {
            let sheet = Sheet::open(path, SheetKind::Statement, &map, &|_| None)?;
            sheet.require(&[&[Field::SetlId.into()], &[Field::Total.into()], &KEYS.map(usize::from)])?;
            sheet
        };
        Ok(StatementSheet {
            sheet,
            profile: profile.clone(),
            now,
            done: false,
            faulty: false,
            sums: Sums::default(),
            running: Vec::new(),
            codes: BTreeMap::new(),
            unread: 0,
        })
    }

    /// Headings that were passed over.
    pub fn ignored_columns(&self) -> &[String] {
        &self.sheet.ignored
    }

    /// Each heading that was understood, and the column it is.
    pub fn understood(&self) -> Vec<(String, &'static str)> {
        self.sheet.understood()
    }

    /// Empty rows, titles and rows of totals passed over so far.
    pub fn passed_over(&self) -> u64 {
        self.sheet.passed.sum()
    }

    /// How far reading has come, and how far it goes; in the same unit.
    pub fn progress(&self) -> (u64, u64) {
        self.sheet.progress()
    }

    /// Rows of totals among them.
    pub fn totals(&self) -> u64 {
        self.sheet.passed.totals
    }

    /// What was found out about the file.
    pub fn origin(&self) -> &Origin {
        &self.sheet.origin
    }

    /// The sums of the rows read so far.
    pub fn sums(&self) -> &Sums {
        &self.sums
    }

    /// Rows with a code that nobody knows.
    pub fn unread_rows(&self) -> u64 {
        self.unread
    }

    /// The codes seen so far, by column.
    pub fn codes(&self) -> Vec<CodeSeen> {
        let columns = SheetKind::Statement.columns();
        let seen = self.codes.iter().map(|((column, code), rows)| CodeSeen {
            column: columns[*column].id,
            code: shown(code),
            rows: *rows,
            meaning: self.meaning(*column, code),
        });
        seen.collect()
    }

    fn meaning(&self, column: usize, code: &str) -> Option<[&'static str; 2]> {
        let both = |word: &dyn Label| [word.label(Lang::Zh), word.label(Lang::En)];
        if column == usize::from(Field::StmtRslt) {
            return self.profile.result(code).map(|standing| both(&standing));
        }
        if column == usize::from(Field::Status) {
            return self.profile.state(code).map(|standing| both(&standing));
        }
        let flag = self.profile.flag(code)?;
        Some(match (flag, self.profile.marks()) {
            (false, _) => ["结算", "settlement"],
            (true, Marks::Reversal) => ["冲正", "reversal"],
            (true, Marks::Both) => {
                ["有退费，看金额正负或原结算ID", "refunded: the sign or the original tells"]
            }
        })
    }

    fn read(&mut self) -> Result<(Settlement, u64), Vec<Fault>> {
        let mut row = Reading::new(&self.sheet);
        if !row.faults.is_empty() {
            return Err(row.faults);
        }
        let settlement = settlement(&mut row, &self.profile, self.now);
        if !row.faults.is_empty() {
            return Err(row.faults);
        }
        for field in CODED {
            let code = row.raw(field);
            if !is_blank(&code) && self.codes.len() < MAX_CODES {
                *self.codes.entry((field.into(), code.into_owned())).or_default() += 1;
            }
        }
        let line = self.sheet.row.line;
        // What stood above a row of totals is known when the next row comes.
        while self.running.len() < self.sheet.trailers.len() {
            self.running.push(self.sums.clone());
        }
        self.sums.add(&settlement);
        self.unread += u64::from(!settlement.unread.is_empty());
        Ok((settlement, line))
    }

    /// Lays the statement's own totals beside its rows, once all of them are read.
    fn close(&mut self) -> Option<Vec<Fault>> {
        self.running.resize(self.sheet.trailers.len(), self.sums.clone());
        if self.faulty {
            return None;
        }
        let fen = self.profile.in_fen();
        let faults = agree(&self.sheet, &self.sums, &self.running, &|text| money(text, fen));
        (!faults.is_empty()).then_some(faults)
    }
}

/// One settlement and its line at a time; a row with faults is its faults. After the last row come the faults of the
/// statement's own totals, where these are not the sums of its rows.
impl Iterator for StatementSheet {
    type Item = Result<(Settlement, u64), Vec<Fault>>;

    fn next(&mut self) -> Option<Result<(Settlement, u64), Vec<Fault>>> {
        if self.done {
            return None;
        }
        let read = match self.sheet.next_row() {
            Next::Row => self.read(),
            Next::End => {
                self.done = true;
                return self.close().map(Err);
            }
            Next::Broken(fault) => {
                self.done = true;
                Err(vec![fault])
            }
        };
        self.faulty |= read.is_err();
        Some(read)
    }
}

/// A code as it may be shown: what is as long as a number of a person is masked as one.
fn shown(code: &str) -> String {
    let privacy = if code.chars().count() > LONGEST_CODE { Privacy::Number } else { Privacy::Open };
    privacy.shown(code)
}

/// An amount in the unit of the statement.
fn money(text: &str, fen: bool) -> Result<Money, MoneyError> {
    if !fen {
        return amount(text);
    }
    // A decimal point in an amount of fen says that the unit is another.
    text.trim().parse::<i64>().map(Money::from_fen).map_err(|_| MoneyError::NotANumber)
}

fn settlement(row: &mut Reading<'_>, profile: &StatementProfile, now: Time) -> Settlement {
    let setl_id = number(row, Field::SetlId);
    let fen = profile.in_fen();
    let total = amount_of(row, Field::Total, fen);
    // A row of a comparison that only one side has lacks the ids or the amounts of the other.
    let compared = !is_empty(row, Field::StmtRslt);
    if setl_id.is_empty() && (!compared || is_empty(row, Field::MedinsSetlId)) {
        row.refuse(Field::SetlId, FaultReason::Missing);
    }
    if total.is_none() && is_empty(row, Field::Total) && !compared {
        row.refuse(Field::Total, FaultReason::Missing);
    }
    if KEYS.iter().all(|&key| is_empty(row, key)) {
        row.faults.push(row.sheet.row_fault(FaultReason::NoKey));
    }
    let init_setl_id = number(row, Field::InitSetlId);
    let setl_time = setl_time(row);
    let mut unread = Unread::default();
    let result = unread.code(row, Field::StmtRslt, |code| profile.result(code));
    let state = unread.code(row, Field::Status, |code| profile.state(code));
    let flag = unread.code(row, Field::Refunded, |code| profile.flag(code)).unwrap_or_default();
    let negative = total.is_some_and(Money::is_negative);
    let refunded = match profile.marks() {
        Marks::Reversal => flag,
        Marks::Both => flag && (negative || !init_setl_id.is_empty()),
    };
    Settlement {
        setl_id,
        init_setl_id,
        mdtrt_id: number(row, Field::MdtrtId),
        psn_no: number(row, Field::PsnNo),
        certno: certno(row, now),
        psn_name: unless_empty(row, Field::PsnName, |row, field| Some(row.text(field))).unwrap_or_default(),
        med_type: number(row, Field::MedType),
        insutype: number(row, Field::Insutype),
        counted_on: counted_on(row, profile, setl_time),
        setl_time,
        unpriced: total.is_none(),
        total: total.unwrap_or_default(),
        fund: amount_of(row, Field::Fund, fen),
        account: amount_of(row, Field::Account, fen),
        cash: amount_of(row, Field::Cash, fen),
        hospital: amount_of(row, Field::Hospital, fen),
        refunded,
        medins_setl_id: number(row, Field::MedinsSetlId),
        record_no: number(row, Field::RecordNo),
        facility: number(row, Field::Facility),
        receipt_no: number(row, Field::ReceiptNo),
        clr_type: number(row, Field::ClrType),
        standing: state.filter(|state| !state.is_settled()).or(result).unwrap_or_default(),
        unread: unread.columns.join(","),
        unread_codes: unread.codes.join("; "),
    }
}

/// Codes of a row that nobody knows.
#[derive(Default)]
struct Unread {
    columns: Vec<&'static str>,
    codes: Vec<String>,
}

impl Unread {
    fn code<T>(&mut self, row: &Reading<'_>, field: Field, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        if is_empty(row, field) {
            return None;
        }
        let code = row.raw(field);
        let read = read(&code);
        if read.is_none() {
            let id = SheetKind::Statement.columns()[usize::from(field)].id;
            self.columns.push(id);
            self.codes.push(format!("{id}={code}"));
        }
        read
    }
}

fn amount_of(row: &mut Reading<'_>, field: Field, fen: bool) -> Option<Money> {
    if is_empty(row, field) {
        return None;
    }
    row.parse(field.into(), |text| money(text, fen).map_err(FaultReason::Amount))
}

/// The day it is counted on, where that is not the day of its time.
fn counted_on(row: &mut Reading<'_>, profile: &StatementProfile, setl_time: Option<Time>) -> Option<Day> {
    let plain = setl_time.map(Time::day);
    let day = match profile.basis() {
        DayBasis::Clearing => unless_empty(row, Field::ClrDate, Reading::time).map(Time::day),
        DayBasis::Settlement => {
            setl_time.map(|time| time.plus_seconds(24 * 3600 - profile.day_ends_after()).day())
        }
    };
    day.filter(|day| plain != Some(*day))
}

fn is_empty(row: &Reading<'_>, field: Field) -> bool {
    is_blank(&row.raw(field))
}

fn is_blank(text: &str) -> bool {
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
