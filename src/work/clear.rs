//! Closing: records cleared one by one (逐个销号), each with its evidence.

use crate::domain::{Actor, BreakState, Kind, Money, Route, Stage, Status, Step};
use crate::store::{Books, Ledger, Mode, Stored};
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
    if let Some(open) = breaks.iter().find(|b| b.phase().is_outstanding()) {
        let id = open.id;
        return Ok(Some(match open.state {
            BreakState::Open => (format!("差异 {id} 未处理"), format!("break {id} is open")),
            _ => (
                format!("差异 {id} 的豁免待复核"),
                format!("break {id} was waived and waits for a signature"),
            ),
        }));
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
            // Somebody entered the filing by hand, and wrote down from which day the platform has it.
            let registered =
                stored.record.kind == Kind::Filing && stored.record.facts.time("registered_on").is_some();
            let nothing_to_do = registered
                || matches!(decision.status, Status::Out | Status::NotStated | Status::Refused)
                || decision.best().is_some_and(|way| matches!(way.route, Route::None | Route::Bear));
            (!nothing_to_do).then(|| ("还没有办理".to_owned(), "its way back is still open".to_owned()))
        }
        _ => None,
    };
    Ok(said)
}
