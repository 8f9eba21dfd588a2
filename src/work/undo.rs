//! Taking back the record that was just written down.

use crate::domain::Actor;
use crate::store::{Ledger, Mode, Stored};
use crate::work::{self, WorkError};

/// Voids the last record that this operator wrote down here today; `None` where there is none.
///
/// # Errors
/// As [`work::void`]: a record that has gone out already is not taken back.
pub fn undo(ledger: &mut Ledger, actor: &Actor, mode: Mode) -> Result<Option<Stored>, WorkError> {
    let station = ledger.founding().station.clone();
    let Some(stored) = ledger.books().last_own(&station, &actor.operator, actor.at.day())? else {
        return Ok(None);
    };
    work::void(ledger, actor, mode, &stored, "undo")?;
    Ok(Some(stored))
}
