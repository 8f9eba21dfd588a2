//! The register (问题台账) as people use it: who has a break, how old it is, and
//! what may be let rest by one person alone.
//!
//! A resolution needs evidence, one break at a time. A waiver above the limit of
//! whoever gives it does not count before somebody else has signed.

use crate::domain::{Actor, Age, BreakPhase, BreakState, Decision, Limit, Money, Reason, Resolution, Time};
use crate::store::{Books, BreakInfo, Ledger, Mode, Writer};
use crate::work::{Law, RegisterError, WorkError};

/// A break with its age.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The break.
    pub found: BreakInfo,
    /// The three clocks.
    pub age: Age,
}

/// Which breaks to list; what is `None` or `false` does not matter.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Of this code.
    pub reason: Option<Reason>,
    /// In these hands.
    pub owner: Option<String>,
    /// So far.
    pub phase: Option<BreakPhase>,
    /// Of this facility.
    pub facility: Option<String>,
    /// Past the deadline.
    pub overdue: bool,
    /// Also what is closed.
    pub all: bool,
}

impl Wanted {
    fn takes(&self, entry: &Entry) -> bool {
        let Entry { found, age } = entry;
        let phase = found.phase();
        self.phase.map_or(self.all || phase.is_outstanding(), |wanted| wanted == phase)
            && self.reason.is_none_or(|reason| reason == found.reason)
            && self.owner.as_ref().is_none_or(|owner| *owner == found.owner)
            && self.facility.as_ref().is_none_or(|facility| *facility == found.facility)
            && (!self.overdue || age.days_left.is_some_and(|days| days < 0))
    }
}

/// The breaks that are wanted, by number, each with its age as of `now`.
pub fn register(books: &Books<'_>, law: &Law, now: Time, wanted: &Wanted) -> Result<Vec<Entry>, WorkError> {
    let mut entries = Vec::new();
    for found in books.breaks(None)? {
        let entry = entry(books, law, now, found)?;
        if wanted.takes(&entry) {
            entries.push(entry);
        }
    }
    Ok(entries)
}

/// A break with its age as of `now`.
pub fn entry(books: &Books<'_>, law: &Law, now: Time, found: BreakInfo) -> Result<Entry, WorkError> {
    let decision = match found.record {
        Some(record) => Some(law.decide(&books.record_by_id(record)?.record, now)),
        None => None,
    };
    let occurred = found.occurred_at.parse().unwrap_or(now);
    let due = decision.as_ref().and_then(Decision::due_at);
    let age = Age::of(occurred, went_live(law, decision.as_ref(), &found.facility, now), due, now);
    Ok(Entry { found, age })
}

/// When the window of a decision was really back; where it names none, the last resumption so far.
fn went_live(law: &Law, decision: Option<&Decision>, facility: &str, now: Time) -> Option<Time> {
    let of_window = decision.and_then(|decision| {
        let window = decision.window.as_deref()?;
        law.resumptions().at(&decision.notice, window, Some(facility))
    });
    of_window.or_else(|| law.resumptions().iter().map(|known| known.at).filter(|at| *at <= now).max())
}

/// Gives a break to somebody: in a ledger with operators, to one of them.
///
/// # Errors
/// [`RegisterError::NoSuchOwner`]; a break that is not open, or is his already, is a conflict.
pub fn assign(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    id: i64,
    owner: &str,
) -> Result<BreakInfo, WorkError> {
    let owner = owner.trim();
    if owner.is_empty() {
        return Err(WorkError::Empty { what: "owner" });
    }
    ledger.write(actor, mode, |w| {
        w.books().break_by_id(id)?;
        let operators = w.books().operators()?;
        let known: Vec<_> = operators.iter().filter(|o| o.active).map(|o| o.name.clone()).collect();
        if !known.is_empty() && !known.iter().any(|name| name == owner) {
            return Err(RegisterError::NoSuchOwner { name: owner.to_owned(), known }.into());
        }
        w.assign_break(id, owner)?;
        Ok(w.books().break_by_id(id)?)
    })
}

/// Resolves a break, with how and on what evidence.
///
/// # Errors
/// A break that is not open any more is a conflict.
pub fn resolve(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    id: i64,
    how: Resolution,
    evidence: &str,
) -> Result<BreakInfo, WorkError> {
    if evidence.trim().is_empty() {
        return Err(WorkError::Empty { what: "evidence" });
    }
    ledger.write(actor, mode, |w| {
        let standing = w.books().break_by_id(id)?;
        let needs_second =
            matches!(how, Resolution::Waived | Resolution::Verified) && standing.stake() > waived_alone(w)?;
        w.resolve_break(id, how, evidence.trim(), needs_second)?;
        Ok(w.books().break_by_id(id)?)
    })
}

/// Up to how much whoever works here waives alone.
fn waived_alone(w: &Writer<'_>) -> Result<Money, WorkError> {
    match Limit::to_waive(w.role()?) {
        Some(limit) => Ok(w.books().limit(limit)?),
        None => Ok(Money::ZERO),
    }
}

/// Signs what somebody else resolved (four eyes).
///
/// # Errors
/// [`WorkError::SameEyes`] for whoever resolved it; a break that is not resolved, or is signed already, is a conflict.
pub fn sign(ledger: &mut Ledger, actor: &Actor, mode: Mode, id: i64) -> Result<BreakInfo, WorkError> {
    ledger.write(actor, mode, |w| {
        let standing = w.books().break_by_id(id)?;
        if standing.closed_by == actor.operator {
            return Err(WorkError::SameEyes { id, operator: standing.closed_by });
        }
        w.sign_break(id)?;
        Ok(w.books().break_by_id(id)?)
    })
}

/// Opens a resolved break again; one that was signed off stays as it is, and a new one goes on from it.
///
/// # Errors
/// A break that is not resolved is a conflict.
pub fn reopen(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    id: i64,
    reason: &str,
) -> Result<BreakInfo, WorkError> {
    if reason.trim().is_empty() {
        return Err(WorkError::Empty { what: "reason" });
    }
    ledger.write(actor, mode, |w| {
        let standing = w.books().break_by_id(id)?;
        let open = w.reopen_break(&standing, reason.trim())?;
        Ok(w.books().break_by_id(open)?)
    })
}

/// How many breaks are still to be dealt with.
pub fn outstanding(books: &Books<'_>) -> Result<usize, WorkError> {
    let standing = [BreakState::Open, BreakState::Resolved];
    let mut count = 0;
    for state in standing {
        count += books.breaks(Some(state))?.iter().filter(|found| found.phase().is_outstanding()).count();
    }
    Ok(count)
}
