//! Records put on hold by a person, and released again.

use crate::domain::{Actor, EventKind, Stage, Step};
use crate::store::{Ledger, Mode, Stored};
use crate::work::WorkError;
use crate::work::record::not_going_out;
use serde_json::json;

/// Puts a record on hold: it goes out for no purpose until it is released, and a handover reports it.
///
/// # Errors
/// [`WorkError::Stage`] unless it is pending or was refused, [`WorkError::InBatch`], [`WorkError::Empty`].
pub fn hold(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    stored: &Stored,
    reason: &str,
) -> Result<Stage, WorkError> {
    step(ledger, actor, mode, stored, (Step::Hold, EventKind::Held), reason)
}

/// Releases a record from its hold; it is pending then.
///
/// # Errors
/// [`WorkError::Stage`] where it is not held, [`WorkError::Empty`].
pub fn release(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    stored: &Stored,
    reason: &str,
) -> Result<Stage, WorkError> {
    step(ledger, actor, mode, stored, (Step::Release, EventKind::Released), reason)
}

fn step(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    stored: &Stored,
    (step, kind): (Step, EventKind),
    reason: &str,
) -> Result<Stage, WorkError> {
    if reason.trim().is_empty() {
        return Err(WorkError::Empty { what: "reason" });
    }
    ledger.write(actor, mode, |w| {
        let stored = &w.books().record_by_id(stored.id)?;
        if stored.stage.after(step).is_none() {
            return Err(WorkError::Stage { number: stored.number.to_string(), stage: stored.stage });
        }
        not_going_out(&w.books(), stored)?;
        Ok(w.step(stored, step, kind, &json!({}), Some(("reason", reason.trim())))?)
    })
}
