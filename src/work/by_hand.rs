//! Pairs by hand, and runs taken back: where a person overrules the machine.
//!
//! A pair holds from then on in every run, and takes effect at once by a run that
//! reads no file. What is taken back is not deleted: an event tells of it.

use crate::domain::{Actor, Right, Stage};
use crate::store::{Ledger, Mode, Said, Stored, Undone};
use crate::work::reconcile::{Reconciled, lay_again};
use crate::work::{Law, RegisterError, WorkError};

/// Says of a record and a settlement (`setl_id`) that they belong together or not, and lays both sides anew.
///
/// # Errors
/// [`RegisterError::NoSettlement`], [`RegisterError::SaidAlready`]; a record whose refund is paid, or that is closed,
/// does not change its settlement any more.
pub fn say_of_pair(
    ledger: &mut Ledger,
    law: &Law,
    actor: &Actor,
    mode: Mode,
    stored: &Stored,
    setl_id: &str,
    said: (Said, &str),
) -> Result<Reconciled, WorkError> {
    let (said, reason) = (said.0, said.1.trim());
    if reason.is_empty() {
        return Err(WorkError::Empty { what: "reason" });
    }
    if matches!(stored.stage, Stage::Refunded | Stage::Cleared | Stage::Void | Stage::Draft) {
        return Err(WorkError::Stage { number: stored.number.to_string(), stage: stored.stage });
    }
    ledger.write(actor, mode, |w| {
        w.needs(Right::Reconcile)?;
        let rows = w.books().settlements_named(setl_id.trim())?;
        let Some(&settlement) = rows.first() else {
            return Err(RegisterError::NoSettlement { text: setl_id.to_owned() }.into());
        };
        let stands = w
            .books()
            .pairs_by_hand()?
            .into_iter()
            .rev()
            .find(|pair| pair.record == stored.id && pair.settlement == settlement);
        if stands.is_some_and(|pair| pair.said == said) {
            let (number, setl_id) = (stored.number.to_string(), setl_id.trim().to_owned());
            return Err(RegisterError::SaidAlready { number, setl_id }.into());
        }
        w.say_of_pair(stored, settlement, said, reason)?;
        lay_again(w, law, actor)
    })
}

/// The settlement that settles a record now; for `unmatch` without naming it.
pub fn settled_by(ledger: &Ledger, stored: &Stored) -> Result<Option<String>, WorkError> {
    Ok(ledger.books().match_of(stored.id)?.map(|matched| matched.settlement.setl_id))
}

/// Takes the last run back that stands.
///
/// # Errors
/// [`RegisterError::NotLastRun`], [`RegisterError::RestsOn`], [`RegisterError::RunSigned`].
pub fn undo_run(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    run: i64,
    reason: &str,
) -> Result<Undone, WorkError> {
    ledger.write(actor, mode, |w| {
        w.needs(Right::Reconcile)?;
        match w.undo_run(run, reason.trim())? {
            Undone::NotLast(last) => Err(RegisterError::NotLastRun { run, last }.into()),
            Undone::Signed(signoff) => Err(RegisterError::RunSigned { run, signoff }.into()),
            Undone::Blocked(numbers) => {
                let numbers = numbers.iter().map(ToString::to_string).collect();
                Err(RegisterError::RestsOn { run, numbers }.into())
            }
            done @ Undone::Done { .. } => Ok(done),
        }
    })
}
