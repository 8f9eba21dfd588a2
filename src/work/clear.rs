//! Closing: records cleared one by one (逐个销号), breaks resolved with evidence.

use crate::domain::{Actor, BreakState, Kind, Money, Resolution, Route, Stage, Status, Step};
use crate::store::{Books, BreakInfo, Ledger, Mode, Stored};
use crate::work::{Law, WorkError, refund};

/// Clears a record: everything it was owed is done, and here is the evidence.
///
/// # Errors
/// [`WorkError::NotClearable`] says what is still to be done.
pub fn clear(
    ledger: &mut Ledger,
    law: &Law,
    actor: &Actor,
    mode: Mode,
    stored: &Stored,
    evidence: &str,
) -> Result<Stage, WorkError> {
    if evidence.trim().is_empty() {
        return Err(WorkError::Empty { what: "evidence" });
    }
    if stored.stage.after(Step::Clear).is_none() {
        return Err(WorkError::Stage { number: stored.number.to_string(), stage: stored.stage });
    }
    ledger.write(actor, mode, |w| {
        if let Some((zh, en)) = in_the_way(&w.books(), law, actor, stored)? {
            return Err(WorkError::NotClearable { number: stored.number.to_string(), zh, en });
        }
        Ok(w.clear(stored, evidence.trim())?)
    })
}

/// What is still to be done before a record may be cleared, in both languages.
fn in_the_way(
    books: &Books<'_>,
    law: &Law,
    actor: &Actor,
    stored: &Stored,
) -> Result<Option<(String, String)>, WorkError> {
    let breaks = books.breaks_of(stored.id)?;
    if let Some(open) = breaks.iter().find(|b| b.state == BreakState::Open) {
        let id = open.id;
        return Ok(Some((format!("差异 {id} 未处理"), format!("break {id} is open"))));
    }
    let settled_otherwise = breaks.iter().any(|b| b.state == BreakState::Resolved);
    let said = match stored.stage {
        Stage::Settled => {
            let owed = refund::owed_for(books, stored)?;
            (owed > Money::ZERO)
                .then(|| (format!("尚有 {owed} 元未退"), format!("{owed} yuan are still owed")))
        }
        Stage::Exported if stored.record.kind == Kind::Filing || settled_otherwise => None,
        Stage::Exported => Some(("平台结果未确认".to_owned(), "its settlement is not confirmed".to_owned())),
        Stage::Pending if settled_otherwise => None,
        Stage::Pending => {
            let decision = law.decide(&stored.record, actor.at);
            let nothing_to_do = matches!(decision.status, Status::Out | Status::NotStated | Status::Refused)
                || decision.best().is_some_and(|way| matches!(way.route, Route::None | Route::Bear));
            (!nothing_to_do).then(|| ("还没有办理".to_owned(), "its way back is still open".to_owned()))
        }
        _ => None,
    };
    Ok(said)
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
        w.books().break_by_id(id)?;
        w.resolve_break(id, how, evidence.trim())?;
        Ok(w.books().break_by_id(id)?)
    })
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
