//! Sign-off (签字确认): a reconciliation is frozen by one operator and signed by
//! another, once nothing is left open that is worth more than the limit.
//!
//! What arrives later opens new breaks; the signed numbers are worked out from
//! the events again whenever somebody asks.

use crate::domain::{Actor, Frozen, Limit, Right, Seal};
use crate::store::{Books, Ledger, Mode, SignoffInfo, Writer};
use crate::work::reconcile::changes_nothing;
use crate::work::{Law, RegisterError, WorkError};

/// What does not agree with a signed sign-off; all empty where it does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SignoffProof {
    /// Names of numbers that the events give otherwise now, as signed and as found.
    pub differs: Vec<(String, String, String)>,
    /// The seal is missing, is not of its event, or is not signed with this station's key.
    pub seal_broken: bool,
}

impl SignoffProof {
    /// Everything agrees.
    pub fn holds(&self) -> bool {
        self.differs.is_empty() && !self.seal_broken
    }
}

/// Freezes the numbers of the last run for somebody else to sign.
///
/// # Errors
/// [`RegisterError::NoRun`], [`RegisterError::Unreconciled`], [`RegisterError::NotTied`], [`RegisterError::OpenAbove`].
pub fn create_signoff(
    ledger: &mut Ledger,
    law: &Law,
    actor: &Actor,
    mode: Mode,
) -> Result<SignoffInfo, WorkError> {
    ledger.write(actor, Mode::Try, |w| w.needs(Right::Signoff))?;
    let run = ledger.books().last_run()?.ok_or(RegisterError::NoRun)?.id;
    if !changes_nothing(ledger, law, actor)? {
        return Err(RegisterError::Unreconciled { run }.into());
    }
    ledger.write(actor, mode, |w| {
        let frozen = ready(w)?;
        let id = w.create_signoff(&frozen)?;
        Ok(w.books().signoff(id)?)
    })
}

/// The numbers as of now, where they may be signed.
fn ready(w: &Writer<'_>) -> Result<Frozen, WorkError> {
    let books = w.books();
    let (seq, _) = books.head()?;
    let frozen = books.freeze(seq)?.ok_or(RegisterError::NoRun)?;
    if frozen.outcome["bridge_ties"] != true {
        return Err(RegisterError::NotTied { run: frozen.run }.into());
    }
    let limit = books.limit(Limit::Signoff)?;
    let above: Vec<_> = frozen.open.iter().filter(|open| open.stake > limit).collect();
    match above.first() {
        Some(first) => Err(RegisterError::OpenAbove { count: above.len(), limit, first: first.id }.into()),
        None => Ok(frozen),
    }
}

/// Signs what somebody else prepared, and seals the chain with it.
///
/// # Errors
/// [`RegisterError::SameSignoff`], [`RegisterError::Outdated`] where anything that counts changed meanwhile, and as
/// [`create_signoff`].
pub fn sign_signoff(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    id: i64,
) -> Result<(SignoffInfo, Seal), WorkError> {
    ledger.write(actor, mode, |w| {
        w.needs(Right::Signoff)?;
        let standing = w.books().signoff(id)?;
        if standing.created_by == actor.operator {
            return Err(RegisterError::SameSignoff { id, operator: standing.created_by }.into());
        }
        if standing.signed_by.is_none() && ready(w)?.digest != standing.digest {
            return Err(RegisterError::Outdated { id }.into());
        }
        let seal = w.sign_signoff(id)?;
        Ok((w.books().signoff(id)?, seal))
    })
}

/// Works the numbers of a sign-off out again from the events, and looks at its seal.
pub fn prove_signoff(books: &Books<'_>, signoff: &SignoffInfo) -> Result<SignoffProof, WorkError> {
    let differs = match books.freeze(signoff.seq)? {
        Some(now) => signoff.frozen.differences(&now),
        None => vec![("run".to_owned(), format!("R{}", signoff.run), "-".to_owned())],
    };
    let key = books.station_key()?;
    let sealed = match &signoff.seal {
        Some(seal) => seal.is_signed_by(&key) && books.event_hash(seal.seq)? == Some(seal.hash),
        None => signoff.signed_by.is_none(),
    };
    Ok(SignoffProof { differs, seal_broken: !sealed })
}
