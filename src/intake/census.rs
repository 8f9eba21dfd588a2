//! The list of patients in hospital, read as a stream of checked entries.
//!
//! The checks are those of a records file where the columns are the same. What
//! a notice asks for a patient is not known here, and nothing is stored.

use crate::domain::{CensusEntry, Digest, Facts, Kind, Person};
use crate::intake::column::{CensusField as Field, SheetKind};
use crate::intake::draft::{area, charge, declared, facility, flags, id_no, id_type, insurance, line};
use crate::intake::reading::Reading;
use crate::intake::record_sheet::SheetSummary;
use crate::intake::sheet::{Next, Sheet};
use crate::intake::{ColumnMap, Context, Fault, FaultReason, Padded, SheetError, words};
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::Path;

/// The columns that hold yes or no.
const FLAGS: [(Field, &str); 3] =
    [(Field::Dischargeable, "dischargeable"), (Field::Arrears, "arrears"), (Field::Filed, "filed")];

/// One patient as the list states it, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CensusDraft {
    /// The stay.
    pub entry: CensusEntry,
    /// Line of the file.
    pub at_line: u64,
    /// The facility, where the ledger does not know it and the map lets it in.
    pub new_facility: Option<String>,
    /// Line on which the same stay stood before, word for word; it need not be taken twice.
    pub repeats: Option<u64>,
}

/// A list of patients being read; gives one patient at a time, a row with faults as its faults.
pub struct CensusSheet<'a> {
    sheet: Sheet,
    ctx: Context<'a>,
    new_facilities: bool,
    /// Line and entry of each stay.
    seen: FxHashMap<Digest, (u64, CensusEntry)>,
    /// Lines of which it is said already that a later one contradicts them.
    clashed: FxHashSet<u64>,
    summary: SheetSummary,
    done: bool,
}

impl<'a> CensusSheet<'a> {
    /// Opens a list and resolves its headings.
    ///
    /// # Errors
    /// [`SheetError`] where the file is not a sheet at all or its headings do not do.
    pub fn open(path: &Path, map: &ColumnMap, ctx: &Context<'a>) -> Result<CensusSheet<'a>, SheetError> {
        let sheet = Sheet::open(path, SheetKind::Census, map, ctx.fact_kind)?;
        let keys = [Field::RecordNo, Field::IdNo].map(usize::from);
        sheet.require(&[&[Field::Name.into()], &[Field::AdmittedAt.into()], &keys])?;
        Ok(CensusSheet {
            sheet,
            ctx: *ctx,
            new_facilities: map.takes_new_facilities(),
            seen: FxHashMap::default(),
            clashed: FxHashSet::default(),
            summary: SheetSummary::default(),
            done: false,
        })
    }

    /// What was read, once the last row has been taken.
    pub fn finish(self) -> SheetSummary {
        SheetSummary {
            passed: self.sheet.passed,
            ignored_columns: self.sheet.ignored.clone(),
            origin: self.sheet.origin.clone(),
            ..self.summary
        }
    }

    /// How far reading has come, and how far it goes; in the same unit.
    pub fn progress(&self) -> (u64, u64) {
        self.sheet.progress()
    }

    fn read(&mut self) -> Result<CensusDraft, Vec<Fault>> {
        let mut row = Reading::new(&self.sheet);
        let at_line = self.sheet.row.line;
        if !row.faults.is_empty() {
            return Err(row.faults);
        }
        let (entry, new_facility) = read(&mut row, &self.ctx, self.new_facilities);
        let mut repeats = None;
        if row.faults.is_empty() {
            let key = entry.key();
            match self.seen.get(&key) {
                None => drop(self.seen.insert(key, (at_line, entry.clone()))),
                Some((first_line, same)) if *same == entry => repeats = Some(*first_line),
                Some((first_line, _)) => {
                    let column = if entry.record_no.is_empty() { Field::IdNo } else { Field::RecordNo };
                    row.refuse(column, FaultReason::OtherContent { first_line: *first_line });
                    // Nobody can tell which of the two is right, so neither is taken.
                    if self.clashed.insert(*first_line) {
                        let mut first = row.faults[row.faults.len() - 1].clone();
                        (first.line, first.reason) =
                            (*first_line, FaultReason::OtherContent { first_line: at_line });
                        row.faults.push(first);
                    }
                }
            }
        }
        let mut faults = row.faults;
        Padded::gather(&mut self.summary.padded, row.padded);
        if faults.is_empty() {
            self.summary.records += 1;
            self.summary.repeats += u64::from(repeats.is_some());
            return Ok(CensusDraft { entry, at_line, new_facility, repeats });
        }
        for fault in &mut faults {
            entry.record_no.clone_into(&mut fault.record_no);
            fault.record_line = fault.line;
        }
        Err(faults)
    }
}

impl Iterator for CensusSheet<'_> {
    type Item = Result<CensusDraft, Vec<Fault>>;

    fn next(&mut self) -> Option<Result<CensusDraft, Vec<Fault>>> {
        if self.done {
            return None;
        }
        let read = match self.sheet.next_row() {
            Next::End => {
                self.done = true;
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

/// Reads the present row. The entry is complete only where no fault was found.
fn read(row: &mut Reading<'_>, ctx: &Context<'_>, new_facilities: bool) -> (CensusEntry, Option<String>) {
    let (facility, new_facility) = facility(row, Field::Facility, ctx, new_facilities);
    let admitted_at = row.past(Field::AdmittedAt, ctx.now);
    if row.raw(Field::AdmittedAt).is_empty() {
        row.refuse(Field::AdmittedAt, FaultReason::Missing);
    }
    let discharged_at = row.past(Field::DischargedAt, ctx.now);
    if let (Some(admitted_at), Some(left)) = (admitted_at, discharged_at)
        && left < admitted_at
    {
        row.refuse(Field::DischargedAt, FaultReason::Backwards { admitted_at });
    }
    let entry = CensusEntry {
        bed_no: row.text(Field::BedNo),
        record_no: row.number(Field::RecordNo),
        facility,
        line: line(row, Field::Line, Kind::Inpatient),
        person: person(row, ctx),
        insured_area: area(row, Field::InsuredArea),
        insurance: insurance(row, Field::Insurance),
        person_group: row.text(Field::PersonGroup),
        admitted_at: admitted_at.unwrap_or(ctx.now),
        discharged_at,
        department: row.text(Field::Department),
        doctor: row.text(Field::Doctor),
        total: charge(row, Field::Total),
        paid: charge(row, Field::Paid),
        facts: facts(row),
        note: row.text(Field::Note),
    };
    if row.raw(Field::RecordNo).is_empty() && row.raw(Field::IdNo).is_empty() {
        row.refuse(Field::RecordNo, FaultReason::NoKey);
    }
    (entry, new_facility)
}

fn person(row: &mut Reading<'_>, ctx: &Context<'_>) -> Person {
    let id_type = id_type(row, Field::IdType);
    Person {
        name: row.required(Field::Name),
        id_no: id_no(row, Field::IdNo, &id_type, ctx.now),
        id_type,
        phone: row.number(Field::Phone),
        card_no: row.number(Field::CardNo),
        psn_no: row.number(Field::PsnNo),
    }
}

fn facts(row: &mut Reading<'_>) -> Facts {
    let mut facts = Facts::default();
    flags(row, &FLAGS, &mut facts);
    let locality = row.text(Field::Locality);
    facts.set_text("locality", words::value(&locality).unwrap_or(&locality));
    declared(row, &mut facts);
    facts
}
