//! The time axis of the loaded notices: stops, resumptions, deadlines and duties,
//! and which of them are past.
//!
//! Only what can be said without a record stands here; the deadline of one record
//! comes from `decide`.

use super::calendar::Calendar;
use super::context::{Context, Stop};
use super::model::{DutyRule, Notice, Rule, Way};
use super::moment::Moment;
use super::resumption::Resumptions;
use super::way::due_of;
use super::window::Window;
use crate::closed_list;
use crate::domain::{FactValue, Facts, Phase, Time};
use crate::text::{Label, Lang};
use serde::Serialize;

closed_list! {
    /// What happens at a point of the time axis.
    EventType as "event" {
        Suspension = "suspension", "停机", "suspension";
        Resumption = "resumption", "恢复", "resumption";
        Deadline = "deadline", "期限", "deadline";
        Duty = "duty", "待办", "duty";
    }
}

/// One point of the time axis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// When; `None` while it is to be announced or not stated.
    pub at: Option<Time>,
    /// What happens.
    pub event: EventType,
    /// Id of the notice.
    pub notice: String,
    /// Id of the window it belongs to.
    pub window: Option<String>,
    /// The facility it is about; all where `None`.
    pub facility: Option<String>,
    /// In words.
    pub title: String,
    /// In English words; the Chinese where the notice has none.
    pub title_en: String,
    /// Place of a duty in its notice, from 1.
    pub number: Option<usize>,
    /// Before, during or after the stop, for duties.
    pub phase: Option<Phase>,
    /// What is to be done, for duties; the route, for deadlines.
    pub action: Option<String>,
    /// Who has to act.
    pub who: Option<String>,
    /// The clause it rests on.
    pub clause: String,
    /// It hangs on a resumption that is only expected.
    pub provisional: bool,
    /// A deadline or duty whose time has passed; whether it was done is not known here.
    pub overdue: bool,
}

/// Stops, resumptions, deadlines and duties of the notices, earliest first, those without a time last.
pub fn timeline(notices: &[&Notice], resumed: &Resumptions, calendar: &Calendar, as_of: Time) -> Vec<Event> {
    gather(notices, resumed, calendar, as_of, |ctx, events| {
        windows(ctx, events);
        deadlines(ctx, events);
        duty_events(ctx, events);
    })
}

/// The duties of the notices, earliest first, those without a time last.
pub fn duties(notices: &[&Notice], resumed: &Resumptions, calendar: &Calendar, as_of: Time) -> Vec<Event> {
    gather(notices, resumed, calendar, as_of, duty_events)
}

fn gather(
    notices: &[&Notice],
    resumed: &Resumptions,
    calendar: &Calendar,
    as_of: Time,
    mut of: impl FnMut(&Context<'_>, &mut Vec<Event>),
) -> Vec<Event> {
    let (facts, today) = (Facts::default(), FactValue::Time(as_of));
    let mut events: Vec<Event> = Vec::new();
    for notice in notices {
        of(&Context::new(notice, &facts, &today, resumed, calendar, as_of), &mut events);
    }
    events.sort_by_key(|event| (event.at.is_none(), event.at));
    let mut once: Vec<Event> = Vec::with_capacity(events.len());
    for event in events {
        if !once.contains(&event) {
            once.push(event);
        }
    }
    once
}

fn windows(ctx: &Context<'_>, events: &mut Vec<Event>) {
    for (at, window) in ctx.notice.windows.iter().enumerate() {
        for stop in window.stops(at, ctx) {
            ends(ctx, window, &stop, events);
        }
        for step in &window.steps {
            let stop = Stop {
                window: at,
                suspended: step.span.suspended,
                resumes: step.span.resumes,
                provisional: true,
            };
            let from = events.len();
            ends(ctx, window, &stop, events);
            for event in &mut events[from..] {
                if !step.title.is_empty() {
                    event.title.clone_from(&step.title);
                    event.title_en = either(&step.title_en, &step.title);
                }
                if !step.clause.is_empty() {
                    event.clause.clone_from(&step.clause);
                }
            }
        }
        if let Some(begins) = window.begins {
            let first = event(ctx, EventType::Resumption, Some(begins.start()), window, true);
            events.push(first);
        }
        let own = ctx.resumed.iter().filter(|r| {
            r.facility.is_some()
                && r.window.as_ref().is_none_or(|id| *id == window.id)
                && r.notice.as_ref().is_none_or(|id| *id == ctx.notice.id)
        });
        for resumption in own {
            let back = event(ctx, EventType::Resumption, Some(resumption.at), window, false);
            events.push(Event { facility: resumption.facility.clone(), ..back });
        }
    }
}

fn ends(ctx: &Context<'_>, window: &Window, stop: &Stop, events: &mut Vec<Event>) {
    events.push(event(ctx, EventType::Suspension, Some(stop.suspended), window, false));
    events.push(event(ctx, EventType::Resumption, stop.resumes, window, stop.provisional));
}

fn event(ctx: &Context<'_>, event: EventType, at: Option<Time>, window: &Window, provisional: bool) -> Event {
    Event {
        at,
        event,
        notice: ctx.notice.id.clone(),
        window: Some(window.id.clone()),
        facility: None,
        number: None,
        title: window.title.clone(),
        title_en: either(&window.title_en, &window.title),
        phase: None,
        action: None,
        who: None,
        clause: window.clause.clone(),
        provisional,
        overdue: false,
    }
}

fn deadlines(ctx: &Context<'_>, events: &mut Vec<Event>) {
    for rule in &ctx.notice.rules {
        for way in &rule.options {
            let windows = meant(&rule.windows, &way.due, ctx);
            for window in windows {
                ctx.stop.set(window.and_then(|at| ctx.notice.windows[at].last_stop(at, ctx)));
                let (at, provisional) = due_of(&way.due, ctx);
                if at.is_some() || provisional {
                    events.push(deadline(ctx, rule, way, window, at, provisional));
                }
            }
        }
    }
    ctx.stop.set(None);
}

/// The windows that a moment may mean: one is enough where it stands in the text.
fn meant(windows: &[usize], moment: &Moment, ctx: &Context<'_>) -> Vec<Option<usize>> {
    let named = windows.first().copied();
    if matches!(moment, Moment::Stated(_)) {
        return vec![named];
    }
    let all = if windows.is_empty() { (0..ctx.notice.windows.len()).collect() } else { windows.to_vec() };
    if all.is_empty() { vec![None] } else { all.into_iter().map(Some).collect() }
}

fn deadline(
    ctx: &Context<'_>,
    rule: &Rule,
    way: &Way,
    window: Option<usize>,
    at: Option<Time>,
    provisional: bool,
) -> Event {
    let title = [&way.title, &rule.title].into_iter().find(|title| !title.is_empty());
    let title_en = [&way.title_en, &rule.title_en].into_iter().find(|title| !title.is_empty());
    let title = title.map_or_else(|| way.route.label(Lang::Zh).to_owned(), Clone::clone);
    Event {
        at,
        event: EventType::Deadline,
        notice: ctx.notice.id.clone(),
        window: window.map(|at| ctx.notice.windows[at].id.clone()),
        facility: None,
        number: None,
        title_en: title_en.map_or_else(|| title.clone(), Clone::clone),
        title,
        phase: None,
        action: Some(way.route.id().to_owned()),
        who: way.owner.map(|owner| owner.id().to_owned()),
        clause: way.clause.clone(),
        provisional,
        overdue: at.is_some_and(|at| ctx.as_of > at),
    }
}

fn duty_events(ctx: &Context<'_>, events: &mut Vec<Event>) {
    for (place, duty) in ctx.notice.duties.iter().enumerate() {
        for window in meant(&duty.windows, &duty.due, ctx) {
            ctx.stop.set(window.and_then(|at| ctx.notice.windows[at].last_stop(at, ctx)));
            let (at, provisional) = due_of(&duty.due, ctx);
            let named = duty.windows.first().copied().or(window.filter(|_| provisional));
            events.push(Event { number: Some(place + 1), ..duty_event(ctx, duty, named, at, provisional) });
        }
    }
    ctx.stop.set(None);
}

fn duty_event(
    ctx: &Context<'_>,
    duty: &DutyRule,
    window: Option<usize>,
    at: Option<Time>,
    provisional: bool,
) -> Event {
    Event {
        at,
        event: EventType::Duty,
        notice: ctx.notice.id.clone(),
        window: window.map(|at| ctx.notice.windows[at].id.clone()),
        facility: None,
        number: None,
        title: duty.title.clone(),
        title_en: either(&duty.title_en, &duty.title),
        phase: Some(duty.phase),
        action: Some(duty.action.clone()),
        who: Some(duty.who.clone()),
        clause: duty.clause.clone(),
        provisional,
        overdue: at.is_some_and(|at| ctx.as_of > at),
    }
}

fn either(text: &str, other: &str) -> String {
    if text.is_empty() { other } else { text }.to_owned()
}
