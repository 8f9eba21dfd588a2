//! One way back on one day: when it opens and ends, what it asks for, how it
//! stands.
//!
//! Which rule the way belongs to is settled before; how several ways make one
//! status, after, in `decide`.

use super::condition::{Slot, Truth};
use super::context::Context;
use super::explore::sure;
use super::model::{Effect, Requirement, Rule, Way};
use super::moment::{Known, Moment, Reckoned, fact_stamp};
use super::raw::Stamp;
use crate::domain::{Basis, FactValue, Route, Status, Time, WayBack};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// A deadline is near from this many days before it.
const DUE_SOON_DAYS: i64 = 14;

/// A day in seconds.
const DAY: i64 = 86_400;

/// What was found to be missing on the way.
#[derive(Debug, Default)]
pub(super) struct Needs {
    pub(super) facts: BTreeSet<Slot>,
    /// Years whose working days are unknown.
    pub(super) years: BTreeSet<i32>,
}

impl Needs {
    pub(super) fn extend(&mut self, other: Needs) {
        self.facts.extend(other.facts);
        self.years.extend(other.years);
    }

    /// Names for the `needs` of a decision.
    pub(super) fn names(&self, ctx: &Context<'_>) -> Vec<String> {
        let facts = self.facts.iter().map(|&slot| ctx.notice.facts[slot].name.clone());
        facts.chain(self.years.iter().map(|year| format!("calendar:{year}"))).collect()
    }
}

/// The way as it stands, or `None` where it does not exist for this record.
pub(super) fn stands(way: &Way, rule: &Rule, ctx: &mut Context<'_>, needs: &mut Needs) -> Option<WayBack> {
    let exists = match sure(&way.when, ctx) {
        Ok(false) => return None,
        Ok(true) => true,
        Err(slots) => {
            needs.facts.extend(slots);
            false
        }
    };
    let mut back = WayBack {
        route: way.route,
        status: Status::Undetermined,
        choice: rule.choice,
        place: way.place,
        owner: way.owner,
        opens_at: None,
        due_at: None,
        due_basis: Basis::NotStated,
        provisional: false,
        papers: Vec::new(),
        missing_papers: Vec::new(),
        refused: None,
        effects: Map::new(),
        clause: way.clause.clone(),
    };
    papers(way, ctx, &mut back);
    let times = Times::of(way, ctx);
    times.tell(&mut back);
    let mut effects_need = Needs::default();
    effects(way, ctx, &mut back.effects, &mut effects_need);
    let waits = waits_for(way, ctx, &mut back.effects);
    if matches!(times.due, Reckoned::Agency) {
        back.effects.insert("due_set_by".into(), "agency".into());
    }
    let mut own = Needs::default();
    let status = status(way, &times, &waits, ctx, &mut back, &mut own);
    if exists {
        back.status = status;
        if matches!(status, Status::Open | Status::DueSoon) {
            own.extend(effects_need);
        }
        needs.extend(own);
    }
    Some(back)
}

/// The times of a way, worked out.
struct Times {
    /// The system it needs is back from here on; `None` where it needs none.
    back: Option<Reckoned>,
    opens: Option<Reckoned>,
    due: Reckoned,
}

impl Times {
    fn of(way: &Way, ctx: &Context<'_>) -> Times {
        let stop = match way.opens_with {
            Some(window) => ctx.stop_of(Some(window)),
            None => ctx.stop.get(),
        };
        let back = stop.filter(|_| !way.during_stop).map(|stop| match stop.resumes {
            None => Reckoned::ToBeAnnounced,
            Some(at) => Reckoned::Known(Known {
                stamp: Stamp::At(at),
                basis: Basis::Stated,
                provisional: stop.provisional,
            }),
        });
        Times { back, opens: way.opens.as_ref().map(|moment| moment.reckon(ctx)), due: way.due.reckon(ctx) }
    }

    fn tell(&self, back: &mut WayBack) {
        let starts = |reckoned: Option<Reckoned>| match reckoned {
            Some(Reckoned::Known(known)) => Some((known.stamp.start(), known.provisional)),
            _ => None,
        };
        let (system, own) = (starts(self.back), starts(self.opens));
        let open_ended = |reckoned: Option<Reckoned>| {
            matches!(reckoned, Some(Reckoned::ToBeAnnounced | Reckoned::Unknown(_) | Reckoned::NoCalendar(_)))
        };
        if !open_ended(self.back) && !open_ended(self.opens) {
            back.opens_at = system.map(|(at, _)| at).max(own.map(|(at, _)| at));
        }
        back.provisional = [self.back, self.opens, Some(self.due)].into_iter().flatten().any(is_provisional);
        match self.due {
            Reckoned::Known(known) => {
                back.due_at = Some(known.stamp.end());
                back.due_basis = known.basis;
            }
            Reckoned::NotStated | Reckoned::Agency => {}
            Reckoned::ToBeAnnounced | Reckoned::Unknown(_) | Reckoned::NoCalendar(_) => {
                back.due_basis = Basis::Derived;
            }
        }
    }
}

fn is_provisional(reckoned: Reckoned) -> bool {
    match reckoned {
        Reckoned::Known(known) => known.provisional,
        Reckoned::ToBeAnnounced => true,
        _ => false,
    }
}

fn status(
    way: &Way,
    times: &Times,
    waits: &Waits,
    ctx: &mut Context<'_>,
    back: &mut WayBack,
    needs: &mut Needs,
) -> Status {
    if way.route == Route::NotStated {
        return Status::NotStated;
    }
    for refusal in &way.refused {
        match sure(&refusal.when, ctx) {
            Ok(true) => {
                back.refused = Some(refusal.because.clone());
                if !refusal.clause.is_empty() {
                    back.clause.clone_from(&refusal.clause);
                }
                return Status::Refused;
            }
            Ok(false) => {}
            Err(slots) => {
                needs.facts.extend(slots);
                return Status::Undetermined;
            }
        }
    }
    let now = ctx.as_of;
    if let Reckoned::Known(due) = times.due
        && now > due.stamp.end()
    {
        return Status::Overdue;
    }
    if let Some(refused) = &waits.refused {
        back.refused = Some(refused.clone());
        return Status::Refused;
    }
    match times.back {
        Some(Reckoned::Known(known)) if now >= known.stamp.start() => {}
        Some(_) => return Status::Wait,
        None => {}
    }
    if waits.undone {
        return Status::Wait;
    }
    if !waits.unknown.is_empty() {
        needs.facts.extend(waits.unknown.iter().copied());
        return Status::Undetermined;
    }
    for (reckoned, begins) in [(times.opens, true), (Some(times.due), false)] {
        match reckoned {
            Some(Reckoned::Known(known)) if begins && now < known.stamp.start() => return Status::NotYet,
            Some(Reckoned::ToBeAnnounced) if begins => return Status::Wait,
            Some(Reckoned::Unknown(slot)) => {
                needs.facts.insert(slot);
                return Status::Undetermined;
            }
            Some(Reckoned::NoCalendar(year)) => {
                needs.years.insert(year);
                return Status::Undetermined;
            }
            _ => {}
        }
    }
    match times.due {
        Reckoned::Known(due) if now >= due.stamp.end().plus_seconds(-DUE_SOON_DAYS * DAY) => Status::DueSoon,
        _ => Status::Open,
    }
}

fn papers(way: &Way, ctx: &Context<'_>, back: &mut WayBack) {
    back.papers.extend(way.papers.iter().chain(&way.papers_one_of).cloned());
    for (when, papers) in &way.papers_when {
        // A paper that may be asked for is named, so that nobody comes twice.
        if when.holds(ctx) != Truth::No {
            back.papers.extend(papers.iter().filter(|paper| !way.papers.contains(paper)).cloned());
        }
    }
    let kept = match ctx.fact(ctx.notice.slots.papers) {
        Some(FactValue::List(kept)) => Some(kept),
        _ => None,
    };
    let missing = |paper: &&String| !kept.is_some_and(|kept| paper.split('|').any(|one| kept.contains(one)));
    back.missing_papers = back.papers.iter().filter(missing).cloned().collect();
}

/// What a way waits for.
#[derive(Default)]
struct Waits {
    undone: bool,
    unknown: Vec<Slot>,
    refused: Option<String>,
}

fn waits_for(way: &Way, ctx: &mut Context<'_>, effects: &mut Map<String, Value>) -> Waits {
    let mut waits = Waits::default();
    let mut told = Vec::with_capacity(way.requires.len());
    for requirement in &way.requires {
        match sure(&requirement.when, ctx) {
            Ok(false) => continue,
            Ok(true) => {}
            Err(slots) => waits.unknown.extend(slots),
        }
        let done = match ctx.fact(requirement.fact) {
            Some(FactValue::Flag(done)) => Some(*done),
            _ => None,
        };
        let due = requirement.due.reckon(ctx);
        let late = matches!(due, Reckoned::Known(due) if ctx.as_of > due.stamp.end());
        match done {
            Some(true) => {}
            Some(false) if late && requirement.open_after_due => {}
            Some(false) if late => waits.refused = Some(missed(requirement)),
            Some(false) => waits.undone = true,
            None => waits.unknown.push(requirement.fact),
        }
        told.push(tell(requirement, done, due, ctx));
    }
    if !told.is_empty() {
        effects.insert("waits_for".into(), Value::Array(told));
    }
    waits
}

fn missed(requirement: &Requirement) -> String {
    let named = if requirement.title.is_empty() { &requirement.filing } else { &requirement.title };
    format!("{named}：已过期限")
}

fn tell(requirement: &Requirement, done: Option<bool>, due: Reckoned, ctx: &Context<'_>) -> Value {
    let mut told = Map::new();
    told.insert("filing".into(), requirement.filing.clone().into());
    told.insert("done".into(), done.map_or(Value::Null, Value::Bool));
    told.insert(
        "due_at".into(),
        match due {
            Reckoned::Known(due) => due.stamp.end().to_string().into(),
            _ => Value::Null,
        },
    );
    if let Some(effective) = &requirement.effective_on {
        told.insert(
            "effective_on".into(),
            match effective.reckon(ctx) {
                Reckoned::Known(known) => known.stamp.day().to_string().into(),
                _ => Value::Null,
            },
        );
    }
    told.insert("clause".into(), requirement.clause.clone().into());
    Value::Object(told)
}

fn effects(way: &Way, ctx: &Context<'_>, told: &mut Map<String, Value>, needs: &mut Needs) {
    for (name, effect) in &way.effects {
        if let Some(value) = worth(name, effect, ctx, needs) {
            told.insert(name.clone(), value);
        }
    }
}

/// The value of an effect; `None` where it does not apply, null where it is not known yet.
fn worth(name: &str, effect: &Effect, ctx: &Context<'_>, needs: &mut Needs) -> Option<Value> {
    let mut lacks = |slot: Slot| {
        needs.facts.insert(slot);
        Some(Value::Null)
    };
    match effect {
        Effect::Value(value) => Some(value.clone()),
        Effect::Fact(slot) => match ctx.fact(*slot) {
            None => lacks(*slot),
            Some(FactValue::Time(time)) => {
                Some(written(name, fact_stamp(&ctx.notice.facts[*slot].name, *time)))
            }
            Some(value) => Some(serde_json::to_value(value).unwrap_or(Value::Null)),
        },
        Effect::YearOf(point) => match point.reckon(ctx) {
            Reckoned::Known(known) => Some(known.stamp.day().year().into()),
            Reckoned::Unknown(slot) => lacks(slot),
            _ => Some(Value::Null),
        },
        Effect::Moment(moment) => match moment.reckon(ctx) {
            Reckoned::Known(known) => Some(written(name, known.stamp)),
            Reckoned::Unknown(slot) => lacks(slot),
            _ => Some(Value::Null),
        },
        Effect::Cases(cases) => {
            for (when, effect) in cases {
                match when.holds(ctx) {
                    Truth::Yes => return worth(name, effect, ctx, needs),
                    Truth::Unknown(slot) => return lacks(slot),
                    Truth::No => {}
                }
            }
            None
        }
    }
}

/// Keys ending in `_on` are dates, whatever they were worked out from.
fn written(name: &str, stamp: Stamp) -> Value {
    match stamp {
        Stamp::At(time) if !name.ends_with("_on") => time.to_string().into(),
        stamp => stamp.day().to_string().into(),
    }
}

/// The last second of a moment, for those who only ask for that; and whether it hangs on an expected resumption.
pub(super) fn due_of(moment: &Moment, ctx: &Context<'_>) -> (Option<Time>, bool) {
    match moment.reckon(ctx) {
        Reckoned::Known(known) => (Some(known.stamp.end()), known.provisional),
        other => (None, is_provisional(other)),
    }
}
