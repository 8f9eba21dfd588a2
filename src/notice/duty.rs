//! Duties: what a notice asks of people besides the way back, for one record and
//! for the wall.
//!
//! For a patient in hospital before the stop this is what the notice asks for
//! that patient. Whether a duty was done is not known here.

use super::condition::Condition;
use super::context::Context;
use super::decide::among;
use super::explore::sure;
use super::model::DutyRule;
use super::way::{Needs, due_of};
use crate::domain::{Decision, Duty, Phase};

/// Adds to a decision the duties that concern its record.
pub(super) fn of_record(ctx: &mut Context<'_>, decision: &mut Decision, needs: &mut Needs) {
    let notice = ctx.notice;
    let stop = ctx.stop.get();
    for duty in &notice.duties {
        let Some(when) = &duty.when else { continue };
        let inside = decision.in_window && stop.is_none_or(|stop| among(&duty.windows, stop.window));
        if !inside {
            if !duty.outside && !ahead(duty, ctx) {
                continue;
            }
            let named = duty.windows.first().copied().or((!notice.windows.is_empty()).then_some(0));
            ctx.stop.set(named.and_then(|at| notice.windows[at].last_stop(at, ctx)));
        }
        of_duty(duty, when, inside, ctx, decision, needs);
        ctx.stop.set(stop);
    }
}

fn of_duty(
    duty: &DutyRule,
    when: &Condition,
    inside: bool,
    ctx: &mut Context<'_>,
    decision: &mut Decision,
    needs: &mut Needs,
) {
    // Asked first, since most duties concern other records.
    let concerns = sure(when, ctx);
    if concerns == Ok(false) {
        return;
    }
    let (due_at, _) = due_of(&duty.due, ctx);
    let still_to_do = due_at.is_some_and(|due| ctx.as_of <= due);
    match concerns {
        Ok(_) if inside || duty.outside || still_to_do => decision.duties.push(Duty {
            phase: duty.phase,
            action: duty.action.clone(),
            due_at,
            who: duty.who.clone(),
            clause: duty.clause.clone(),
        }),
        // What may still have to be done today is worth a question; what is past is not.
        Err(slots) if inside && still_to_do => needs.facts.extend(slots),
        _ => {}
    }
}

/// Before the stop, duties of that phase concern whoever has not been discharged.
fn ahead(duty: &DutyRule, ctx: &Context<'_>) -> bool {
    duty.phase == Phase::Before && ctx.fact(ctx.notice.slots.discharged_at).is_none()
}
