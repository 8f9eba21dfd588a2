//! The cashier's shift: opened with a float, closed with what was counted.

use crate::domain::{Actor, Money, Right};
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

/// Closes the open shift of whoever works, or `of` somebody who left without closing it, and seals the chain. It stays
/// closed: what is corrected later counts in the shift in which it is corrected.
///
/// # Errors
/// [`WorkError::NoShift`] where none is open, [`crate::store::StoreError::NotAllowed`] where somebody else's is closed
/// by anybody but an administrator.
pub fn close_shift(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    of: Option<&str>,
    counted: Money,
    note: &str,
) -> Result<ShiftInfo, WorkError> {
    let whose = of.unwrap_or(&actor.operator).trim();
    ledger.write(actor, mode, |w| {
        if whose != actor.operator.trim() {
            w.needs(Right::Operators)?;
        }
        let Some(open) = w.books().open_shift(whose)? else {
            return Err(WorkError::NoShift { operator: whose.to_owned() });
        };
        w.close_shift(&open, counted, note.trim())?;
        Ok(w.books().shift(open.id)?)
    })
}
