//! The decision: what the notices say about one record, as of one moment.
//!
//! Pure: notices arrive valid, facts as values, today as an argument. One notice
//! is decided here; several together in `several`.

use super::calendar::Calendar;
use super::condition::{Slot, Truth};
use super::context::{Context, Stop};
use super::explore::{Answers, explore, sure};
use super::model::{Notice, Rule, Way};
use super::resumption::Resumptions;
use super::way::{Needs, stands};
use super::window::usual_reach;
use super::{duty, several};
use crate::domain::{Choice, Decision, FactValue, Facts, Status, Time, WayBack};

/// What the notices say about a record.
///
/// Facts that a notice does not know are left aside; those it needs and does not find are named in `needs`.
pub fn decide(
    notices: &[&Notice],
    facts: &Facts,
    resumed: &Resumptions,
    calendar: &Calendar,
    as_of: Time,
) -> Decision {
    let today = FactValue::Time(as_of);
    let ask = |notice| Context::new(notice, facts, &today, resumed, calendar, as_of);
    match notices {
        [] => nothing(""),
        [only] if only.applies.is_always() => one(&mut ask(only)),
        several => several::decide(several, ask),
    }
}

/// The decision where no notice concerns the record.
pub(super) fn nothing(notice: &str) -> Decision {
    Decision {
        schema: 1,
        notice: notice.to_owned(),
        in_window: false,
        window: None,
        status: Status::Out,
        options: Vec::new(),
        duties: Vec::new(),
        needs: Vec::new(),
        conflicts: Vec::new(),
    }
}

/// Where a record falls, and which rule answers.
#[derive(Clone, Copy, Debug)]
struct Found<'a> {
    /// The stop that the record falls into.
    stop: Option<Stop>,
    /// The stop that points in time refer to.
    meant: Option<Stop>,
    rule: Option<&'a Rule>,
}

/// Decides under one notice that concerns the record.
pub(super) fn one(ctx: &mut Context<'_>) -> Decision {
    let found = explore(ctx, &find, &same);
    let mut decision = nothing(&ctx.notice.id);
    let mut needs = Needs::default();
    match found.all.first() {
        Some(first) if found.is_sure() => {
            ctx.stop.set(first.meant);
            decision.in_window = first.stop.is_some();
            decision.window = first.stop.map(|stop| ctx.notice.windows[stop.window].id.clone());
            let outside = first.stop.is_none() && first.rule.is_none();
            decision.status =
                if outside { Status::Out } else { answer(first.rule, ctx, &mut decision, &mut needs) };
        }
        _ => undetermined(found, &mut decision, ctx, &mut needs),
    }
    duty::of_record(ctx, &mut decision, &mut needs);
    conflicts(ctx, &mut decision);
    decision.needs = needs.names(ctx);
    decision
}

/// Whichever rule answers, the record may belong to the stop and has to be kept.
fn undetermined(
    found: Answers<Found<'_>>,
    decision: &mut Decision,
    ctx: &mut Context<'_>,
    needs: &mut Needs,
) {
    let mut stops = found.all.iter().map(|found| found.stop);
    let first = stops.next().flatten();
    ctx.stop.set(None);
    decision.status = Status::Undetermined;
    decision.in_window = found.all.is_empty() || found.all.iter().any(|found| found.stop.is_some());
    if first.is_some() && stops.all(|stop| stop.map(|s| s.window) == first.map(|s| s.window)) {
        decision.window = first.map(|stop| ctx.notice.windows[stop.window].id.clone());
        ctx.stop.set(first);
    }
    needs.facts.extend(found.needs);
}

fn answer(rule: Option<&Rule>, ctx: &mut Context<'_>, decision: &mut Decision, needs: &mut Needs) -> Status {
    let Some(rule) = rule else { return Status::NotStated };
    decision.options = rule.options.iter().filter_map(|way| stands(way, rule, ctx, needs)).collect();
    best(&decision.options, rule.choice)
}

/// The window, then what stays usable, then the first rule that matches.
fn find<'a>(ctx: &Context<'a>) -> Result<Found<'a>, Slot> {
    let notice = ctx.notice;
    let mut stop = None;
    ctx.stop.set(None);
    let usual = usual_reach(ctx);
    for (at, window) in notice.windows.iter().enumerate() {
        stop = window.stop_for(at, usual, ctx)?;
        if stop.is_some() {
            break;
        }
    }
    ctx.stop.set(stop);
    let window = stop.map(|stop: Stop| stop.window);
    if let Some(window) = window {
        for usable in &notice.usable {
            if among(&usable.windows, window) && known(usable.when.holds(ctx))? {
                return Ok(Found { stop: None, meant: None, rule: None });
            }
        }
    }
    for rule in &notice.rules {
        let asked = match window {
            Some(window) => among(&rule.windows, window),
            None => rule.outside,
        };
        if asked && known(rule.when.holds(ctx))? {
            // Outside every window, the rule's own is still the one whose resumption it means.
            let named = || rule.windows.first().and_then(|&at| notice.windows[at].last_stop(at, ctx));
            return Ok(Found { stop, meant: stop.or_else(named), rule: Some(rule) });
        }
    }
    Ok(Found { stop, meant: stop, rule: None })
}

/// The answer, or the fact that it hangs on.
fn known(truth: Truth) -> Result<bool, Slot> {
    match truth {
        Truth::Yes => Ok(true),
        Truth::No => Ok(false),
        Truth::Unknown(slot) => Err(slot),
    }
}

/// No list means any.
pub(super) fn among(windows: &[usize], window: usize) -> bool {
    windows.is_empty() || windows.contains(&window)
}

/// Two findings mean the same where the record waits for the same and may take the same ways.
fn same(one: &Found<'_>, other: &Found<'_>) -> bool {
    one.stop.is_some() == other.stop.is_some() && one.times() == other.times() && one.ways() == other.ways()
}

impl Found<'_> {
    fn times(&self) -> Option<(Time, Option<Time>)> {
        self.meant.map(|stop| (stop.suspended, stop.resumes))
    }

    /// The ways of its rule; a rule without any says as little as no rule.
    fn ways(&self) -> Option<(&[Way], Choice)> {
        self.rule.filter(|rule| !rule.options.is_empty()).map(|rule| (&rule.options[..], rule.choice))
    }
}

/// The status of the best way.
pub(super) fn best(ways: &[WayBack], choice: Choice) -> Status {
    let rank = |status: &Status| match status {
        Status::Open => 0,
        Status::DueSoon => 1,
        Status::NotYet => 2,
        Status::Wait => 3,
        Status::Undetermined => 4,
        Status::Overdue => 5,
        Status::Refused => 6,
        Status::NotStated => 7,
        Status::Out => 8,
    };
    let statuses = ways.iter().map(|way| way.status);
    let gone = |status: &Status| matches!(status, Status::Overdue | Status::Refused | Status::NotStated);
    let in_order = statuses.clone().find(|status| !gone(status)).filter(|_| choice == Choice::First);
    in_order.or_else(|| statuses.min_by_key(rank)).unwrap_or(Status::NotStated)
}

fn conflicts(ctx: &mut Context<'_>, decision: &mut Decision) {
    let notice = ctx.notice;
    let Some(stop) = ctx.stop.get() else { return };
    for conflict in &notice.conflicts {
        if among(&conflict.windows, stop.window) && sure(&conflict.when, ctx) != Ok(false) {
            let clauses = conflict.clauses.join(" / ");
            let title = &conflict.title;
            decision.conflicts.push(if clauses.is_empty() {
                title.clone()
            } else {
                format!("{title}（{clauses}）")
            });
        }
    }
}
