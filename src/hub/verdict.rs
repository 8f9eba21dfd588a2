//! Verdicts as they stand in the tables of a slot.

use super::bundle::copy;
use super::wire::Rows;
use super::{FacilityId, HubFault};
use crate::domain::{Money, Reason, Verdict};
use crate::text::Label as _;
use uuid::Uuid;

/// The verdict of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerdictRow {
    /// Whose.
    pub facility: FacilityId,
    /// Which record.
    pub id: Uuid,
    /// What was found.
    pub verdict: Verdict,
    /// Why, where something does not agree.
    pub reason: Option<Reason>,
    /// What the match rests on.
    pub ground: Option<&'static str>,
    /// The one settlement that settles it.
    pub settlement: Option<Uuid>,
    /// What the platform has more than the window.
    pub difference: Money,
}

/// The verdict of a settlement that does not settle just one record to the fen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowVerdictRow {
    /// Whose.
    pub facility: FacilityId,
    /// Which settlement.
    pub settlement: Uuid,
    /// What was found.
    pub verdict: Verdict,
    /// Why, where something does not agree.
    pub reason: Option<Reason>,
    /// What ties it to its record.
    pub ground: Option<&'static str>,
    /// The record it belongs to.
    pub record: Option<Uuid>,
    /// The settlement it tells again.
    pub repeats: Option<Uuid>,
    /// What it adds to the platform's sum.
    pub signed: Money,
}

pub(super) fn put_verdicts(
    tx: &mut postgres::Transaction<'_>,
    slot: i16,
    verdicts: &[VerdictRow],
) -> Result<(), HubFault> {
    let mut rows = Rows::of(7);
    for one in verdicts {
        rows.row().big(one.facility.0).bytes(one.id.as_bytes()).text(one.verdict.id());
        rows.text_or(one.reason.map(|reason| reason.id())).text_or(one.ground);
        rows.uuid_or(one.settlement).money(one.difference);
    }
    let columns = "facility, id, verdict, reason, ground, settlement, difference_fen";
    copy(tx, &format!("verdict_{slot}"), columns, rows)?;
    Ok(())
}

pub(super) fn put_row_verdicts(
    tx: &mut postgres::Transaction<'_>,
    slot: i16,
    verdicts: &[RowVerdictRow],
) -> Result<(), HubFault> {
    let mut rows = Rows::of(8);
    for one in verdicts {
        rows.row().big(one.facility.0).bytes(one.settlement.as_bytes()).text(one.verdict.id());
        rows.text_or(one.reason.map(|reason| reason.id())).text_or(one.ground);
        rows.uuid_or(one.record).uuid_or(one.repeats).money(one.signed);
    }
    let columns = "facility, settlement, verdict, reason, ground, record, repeats, signed_fen";
    copy(tx, &format!("row_verdict_{slot}"), columns, rows)?;
    Ok(())
}
