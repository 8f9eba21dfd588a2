//! Taking in a sheet of records: whole or not at all, and safe to repeat.

use crate::domain::{Actor, Digest, Money, ShortNumber};
use crate::intake::{Draft, Fault, RecordSheet, SheetSummary};
use crate::store::{Added, Ledger, Mode, NewRecord, Writer};
use crate::work::WorkError;
use std::collections::HashMap;

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
    /// First and last number given.
    pub numbers: Option<(ShortNumber, ShortNumber)>,
    /// Facilities that the ledger met for the first time.
    pub facilities: Vec<String>,
    /// Faults of the rows left out; only with `accept_good`.
    pub faults: Vec<Fault>,
    /// What the sheet says of itself.
    pub summary: SheetSummary,
}

/// Writes the records of a sheet. A bad row refuses the sheet as a whole, unless `accept_good` is given.
///
/// # Errors
/// [`WorkError::Rows`] with every fault of the file.
pub fn import(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    mut sheet: RecordSheet<'_>,
    name: &str,
    digest: Digest,
    accept_good: bool,
) -> Result<Imported, WorkError> {
    ledger.write(actor, mode, |w| {
        let mut done = Imported::default();
        let mut occurrences = HashMap::new();
        while let Some(row) = sheet.next() {
            match row {
                Err(faults) => done.faults.extend(faults),
                // Once a fault is known the rest is only read for more of them.
                Ok(draft) if accept_good || done.faults.is_empty() => {
                    if let Some(number) = take(w, &mut done, &mut occurrences, &draft)? {
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
        if done.new == 0 {
            w.discard();
            return Ok(done);
        }
        w.file_imported(digest, name, "records", done.new)?;
        Ok(done)
    })
}

/// Writes one draft, and counts which of its equals without a number it is. Answers with the record that stands
/// under its number with other content, if one does.
fn take(
    w: &mut Writer<'_>,
    done: &mut Imported,
    occurrences: &mut HashMap<Digest, i64>,
    draft: &Draft,
) -> Result<Option<ShortNumber>, WorkError> {
    let record = &draft.record;
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
    let new = NewRecord { record, row_key: draft.row_key, occurrence: Some(occurrence) };
    match w.add_record(&new)? {
        Added::New(number) => {
            done.new += 1;
            done.lines += record.lines.len() as u64;
            done.total += record.total;
            let first = done.numbers.take().map_or_else(|| number.clone(), |(first, _)| first);
            done.numbers = Some((first, number));
        }
        Added::Known(_) => done.known += 1,
        Added::Differs(number) => return Ok(Some(number)),
    }
    Ok(None)
}
