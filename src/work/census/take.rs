//! Taking in a list of patients: whole or not at all, and safe to repeat.

use crate::domain::{Actor, CensusEntry, CensusNumber, Digest, Digester, Money};
use crate::intake::{CensusSheet, Fault, SheetSummary};
use crate::store::{Ledger, Listed, Mode, NewFile, StoreError};
use crate::work::WorkError;
use serde_json::json;
use std::collections::HashSet;
use std::path::Path;

/// What came of a list.
#[derive(Clone, Debug, Default)]
pub struct CensusTaken {
    /// Patients listed for the first time.
    pub new: u64,
    /// Patients who stood there just so.
    pub known: u64,
    /// Patients of whom the list now says something else.
    pub changed: Vec<CensusNumber>,
    /// Listed patients who have left.
    pub gone: u64,
    /// First and last number given.
    pub numbers: Option<(CensusNumber, CensusNumber)>,
    /// Facilities that the ledger met for the first time.
    pub facilities: Vec<String>,
    /// A list with exactly these rows was read before, so this one changes nothing.
    pub read_before: bool,
    /// Faults of the rows left out; only with `accept_good`.
    pub faults: Vec<Fault>,
    /// What the sheet says of itself.
    pub summary: SheetSummary,
    /// What the stays of the list have cost so far, as far as it says so.
    pub total: Money,
    /// What was paid for them.
    pub paid: Money,
    /// The first stays as they were understood.
    pub sample: Vec<CensusEntry>,
}

/// So many rows are kept to be shown as they were understood.
const SAMPLE: usize = 5;

/// Takes in a list of patients. A bad row refuses it as a whole, unless `accept_good` is given.
///
/// A list that was read before changes nothing, even where a later one has said otherwise since.
///
/// # Errors
/// [`WorkError::Rows`] with every fault of the file.
pub fn take_census(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    mut sheet: CensusSheet<'_>,
    path: &Path,
    accept_good: bool,
) -> Result<CensusTaken, WorkError> {
    let mut done = CensusTaken::default();
    let mut drafts = Vec::new();
    for row in &mut sheet {
        match row {
            Ok(draft) if draft.repeats.is_some() => {}
            Ok(draft) => drafts.push(draft),
            Err(faults) => done.faults.extend(faults),
        }
    }
    done.summary = sheet.finish();
    // Of two rows that contradict each other, the first was handed out before the second was seen.
    let refused: HashSet<u64> = done.faults.iter().map(|fault| fault.line).collect();
    drafts.retain(|draft| !refused.contains(&draft.at_line));
    done.sample = drafts.iter().take(SAMPLE).map(|draft| draft.entry.clone()).collect();
    for draft in &drafts {
        done.total += draft.entry.total.unwrap_or_default();
        done.paid += draft.entry.paid.unwrap_or_default();
    }
    if !accept_good && !done.faults.is_empty() {
        return Err(WorkError::Rows(done.faults));
    }
    let digest = digest_of(drafts.iter().map(|draft| &draft.entry))?;
    ledger.write_once(actor, mode, |w| {
        done.read_before = w.books().knows_file(digest)?;
        for draft in &drafts {
            done.gone += u64::from(draft.entry.discharged_at.is_some());
            if done.read_before {
                done.known += 1;
                continue;
            }
            if let Some(facility) = &draft.new_facility
                && w.add_facility(facility, facility)?
            {
                done.facilities.push(facility.clone());
            }
            match w.list_patient(&draft.entry)? {
                Listed::New(number) => {
                    done.new += 1;
                    let first = done.numbers.map_or(number, |(first, _)| first);
                    done.numbers = Some((first, number));
                }
                Listed::Changed(number) => done.changed.push(number),
                Listed::Known(_) => done.known += 1,
            }
        }
        let rows = done.new + done.changed.len() as u64;
        if rows == 0 {
            w.discard();
            return Ok(done);
        }
        let counts = json!({ "new": done.new, "changed": done.changed.len(), "known": done.known });
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        // The digest is that of the rows, not of the bytes.
        let file = NewFile { digest, name: &name, what: "census", rows, path: Some(path), of_bytes: false };
        w.census_taken(&file, &counts)?;
        Ok(done)
    })
}

/// The same for the same rows, whatever form of file they stood in.
fn digest_of<'a>(entries: impl Iterator<Item = &'a CensusEntry>) -> Result<Digest, WorkError> {
    let mut digest = Digester::default();
    for entry in entries {
        digest.update(&serde_json::to_vec(entry).map_err(StoreError::from)?);
        digest.update(b"\n");
    }
    Ok(digest.finish())
}
