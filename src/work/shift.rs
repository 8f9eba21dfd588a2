//! The cashier's shift: opened with a float, closed with what was counted.

use crate::domain::{Actor, Money};
use crate::store::{Ledger, Mode, ShiftInfo};
use crate::work::WorkError;

/// Opens a shift for whoever works.
///
/// # Errors
/// [`WorkError::ShiftOpen`] where the operator has one open.
pub fn open_shift(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    float: Money,
) -> Result<ShiftInfo, WorkError> {
    ledger.write(actor, mode, |w| {
        if let Some(open) = w.books().open_shift(&actor.operator)? {
            return Err(WorkError::ShiftOpen { shift: open.id, at: open.opened_at });
        }
        let id = w.open_shift(float)?;
        Ok(w.books().shift(id)?)
    })
}

/// Closes the open shift of whoever works, and seals the chain. It stays closed: what is corrected later counts in the
/// shift in which it is corrected.
///
/// # Errors
/// [`WorkError::NoShift`] where none is open.
pub fn close_shift(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    counted: Money,
    note: &str,
) -> Result<ShiftInfo, WorkError> {
    ledger.write(actor, mode, |w| {
        let Some(open) = w.books().open_shift(&actor.operator)? else {
            return Err(WorkError::NoShift { operator: actor.operator.trim().to_owned() });
        };
        w.close_shift(&open, counted, note.trim())?;
        Ok(w.books().shift(open.id)?)
    })
}
