//! A refund that no longer fits its settlement: the platform settled the record
//! anew, or told the same settlement otherwise, after the patient was paid.
//!
//! Nothing is paid or taken back here; the break says how much lies between.

use crate::domain::{Money, Reason, Stage, Verdict};
use crate::store::{Books, ClaimRow, Finding};
use crate::work::WorkError;

/// The break of a record whose refund was paid and that is now settled by `settlement`, where the refund would be
/// another today. The difference is what would be owed less what was paid: positive is still to be paid.
pub(super) fn refund_changed(
    books: &Books<'_>,
    claim: &ClaimRow,
    verdict: Verdict,
    settlement: Option<i64>,
) -> Result<Option<Finding>, WorkError> {
    let paid_back = matches!(claim.stage, Stage::Refunded | Stage::Cleared);
    let (Some(settlement), true) = (settlement, paid_back && verdict == Verdict::Matched) else {
        return Ok(None);
    };
    let Some(refund) = books.refund(claim.id)? else { return Ok(None) };
    let told = books.tellings_of(&books.settlement(settlement)?)?;
    // What the latest statement says counts; one that says no share says nothing against the refund.
    let Some(own_share) = told.iter().rev().find_map(crate::domain::Settlement::own_share) else {
        return Ok(None);
    };
    let paid = books.record_by_id(claim.id)?.record.paid_in_all();
    let difference = (paid - own_share).max(Money::ZERO) - refund.amount;
    let (reason, record) = (Reason::RefundAmountWrong, Some(claim.id));
    let finding = Finding { reason, record, settlement: Some(settlement), difference };
    Ok((!difference.is_zero()).then_some(finding))
}
