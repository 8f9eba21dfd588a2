//! Statements of the platform into the hub: read as at a window, each row given to the facility
//! it names, all of a file or nothing.

use crate::domain::{Digest, Key, Money, Progress, STRIDE, Settlement, Time, Watcher};
use crate::hub::{FacilityId, Hub, HubFault, HubKey, SettlementIn, StatementFile};
use crate::intake::StatementSheet;
use crate::work::Expected;
use crate::work::city::{CityError, CityKeys};
use std::collections::BTreeSet;

/// So many rows are handed to the database at once.
const PORTION: usize = 20_000;

/// What became of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatementTaken {
    /// Rows read.
    pub rows: u64,
    /// Rows the hub had not.
    pub new_rows: u64,
    /// The file was taken before, byte for byte.
    pub known: bool,
    /// Their totals as printed.
    pub total: Money,
}

/// Takes a statement in. `facility` says whose the rows are that do not say it.
///
/// # Errors
/// [`CityError`]; nothing of it stands then.
#[expect(clippy::too_many_arguments, reason = "where from, whose, as expected, and where to")]
pub fn load_statement(
    hub: &mut Hub,
    keys: &CityKeys,
    sheet: &mut StatementSheet,
    (name, digest): (&str, Digest),
    (facility, expected): (Option<&str>, Expected),
    operator: &str,
    now: Time,
    watch: &mut Watcher<'_>,
) -> Result<StatementTaken, CityError> {
    if hub.knows_statement(digest)? {
        return Ok(StatementTaken { rows: 0, new_rows: 0, known: true, total: Money::ZERO });
    }
    let mut known: BTreeSet<String> = hub.facilities()?.into_iter().map(|(_, code, _)| code).collect();
    let mut taking = hub.begin_statement()?;
    let (mut portion, mut faults) = (Vec::with_capacity(PORTION), Vec::new());
    let (mut rows, mut total) = (0_u64, Money::ZERO);
    while let Some(row) = sheet.next() {
        if rows.is_multiple_of(STRIDE) && !watch(&Progress { rows, total, read: sheet.progress() }) {
            return Err(HubFault::Stopped.into());
        }
        match row {
            Err(found) => faults.extend(found),
            Ok((settlement, _)) => {
                rows += 1;
                total += settlement.total;
                let code = Some(settlement.facility.as_str()).filter(|code| !code.is_empty()).or(facility);
                let code = code.ok_or(CityError::Whose { row: rows })?;
                if !known.contains(code) {
                    // One that never handed anything in is told by its code alone.
                    taking.know(code)?;
                    known.insert(code.to_owned());
                }
                portion.push(as_row(&keys.key, code, settlement.clone())?);
                if portion.len() == PORTION {
                    taking.take(std::mem::replace(&mut portion, Vec::with_capacity(PORTION)))?;
                }
            }
        }
    }
    if !faults.is_empty() {
        return Err(CityError::Rows(faults));
    }
    let printed: Money = sheet.sums().printed[0];
    if let Some(wanted) = expected.total.filter(|wanted| *wanted != printed && *wanted != sheet.sums().net[0])
    {
        return Err(CityError::Totals { expected: wanted, found: printed });
    }
    if let Some(wanted) = expected.count.filter(|wanted| *wanted != rows) {
        return Err(CityError::Count { expected: wanted, found: rows });
    }
    taking.take(portion)?;
    let file = StatementFile { digest, name: name.to_owned() };
    let (rows, new_rows) = taking.finish(&file, operator, now)?;
    Ok(StatementTaken { rows, new_rows, known: false, total })
}

/// What of a settlement is sealed: number of the person, certificate, name, codes that nobody knows.
pub(super) type Whose = (String, String, String, String);

fn as_row(key: &HubKey, code: &str, mut settlement: Settlement) -> Result<SettlementIn, CityError> {
    let facility = FacilityId::of(code);
    code.clone_into(&mut settlement.facility);
    let whole = serde_json::to_vec(&settlement).map_err(|error| HubFault::Odd { text: error.to_string() })?;
    let id = key.id("settlement", &whole);
    let s = &settlement;
    let mixed = |text: &str| Key::of(text).map(|key| facility.mixed(key));
    let keys = [
        mixed(&s.setl_id),
        mixed(&s.init_setl_id),
        mixed(&s.record_no),
        mixed(&s.receipt_no),
        mixed(&s.medins_setl_id),
        mixed(&s.mdtrt_id),
        key.key(facility, "cert", &s.certno),
        key.key(facility, "psn", &s.psn_no),
    ];
    let plain = s.unread.is_empty()
        && !s.unpriced
        && !s.standing.is_absent()
        && !s.is_reversal()
        && keys[0].is_some()
        && keys[1].is_none()
        && s.total > Money::ZERO
        && s.parts_agree();
    let whose: Whose = (s.psn_no.clone(), s.certno.clone(), s.psn_name.clone(), s.unread_codes.clone());
    let clear = serde_json::to_vec(&whose).map_err(|error| HubFault::Odd { text: error.to_string() })?;
    let sealed = key.seal(&id, &clear);
    Ok(SettlementIn { facility, id, settlement, keys, plain, sealed })
}
