//! Windows: when a stop begins and ends, for whom, and whether a record falls in.
//!
//! The expected times stand in the notice, the actual ones arrive as values.
//! Which rule answers inside a window is not decided here.

use super::condition::{Condition, Slot, Truth};
use super::context::{Context, Stop};
use super::raw::Stamp;
use crate::closed_list;
use crate::domain::{FactValue, Time};

closed_list! {
    /// How a system comes back.
    Resuming as "resumption" {
        Expected = "expected", "预计恢复", "expected";
        Gradual = "gradual", "逐步恢复", "step by step";
        Announced = "announced", "另行通知", "to be announced";
    }
}

/// A stop as a notice states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) title_en: String,
    pub(super) clause: String,
    /// Earliest first, at least one.
    pub(super) spans: Vec<Span>,
    pub(super) resumption: Resuming,
    /// When the first facilities come back.
    pub(super) begins: Option<Stamp>,
    pub(super) applies: Condition,
    pub(super) measure: Measure,
    pub(super) steps: Vec<Step>,
}

/// One stretch of a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) suspended: Time,
    pub(super) resumes: Option<Time>,
}

/// Who stops or comes back at another time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) when: Condition,
    pub(super) span: Span,
    pub(super) resumption: Resuming,
    pub(super) title: String,
    pub(super) title_en: String,
    pub(super) clause: String,
}

/// Which time of a record must fall into the stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    Usual,
    Admission,
    Settlement,
    Fact(Slot),
}

/// The slots that windows ask for by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Slots {
    pub(super) as_of: Slot,
    pub(super) kind: Slot,
    pub(super) facility: Slot,
    pub(super) occurred_at: Slot,
    pub(super) applied_on: Slot,
    pub(super) admitted_at: Slot,
    pub(super) discharged_at: Slot,
    pub(super) papers: Slot,
}

/// The time of a record that a window looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// One stretch, to its last second; open where `None`.
    Stretch(Time, Option<Time>),
    Unknown(Slot),
    /// The record has no such time.
    Never,
}

impl Window {
    /// The stop of this window that a record falls into.
    ///
    /// # Errors
    /// The unknown fact that it hangs on.
    pub(super) fn stop_for(&self, at: usize, usual: Reach, ctx: &Context<'_>) -> Result<Option<Stop>, Slot> {
        let reach = if self.measure == Measure::Usual { usual } else { self.reach(ctx) };
        if matches!(reach, Reach::Never) {
            return Ok(None);
        }
        // Most windows are left aside by their times, which is cheaper to ask than whom they concern.
        if let Reach::Stretch(first, last) = reach
            && self.steps.is_empty()
            && !self.stops(at, ctx).any(|stop| overlaps(&stop, first, last))
        {
            return Ok(None);
        }
        match self.applies.holds(ctx) {
            Truth::No => return Ok(None),
            Truth::Unknown(slot) => return Err(slot),
            Truth::Yes => {}
        }
        let (first, last) = match reach {
            Reach::Stretch(first, last) => (first, last),
            Reach::Unknown(slot) => return Err(slot),
            Reach::Never => return Ok(None),
        };
        let inside = |stop: &Stop| {
            let still_to_settle = self.measure != Measure::Settlement
                || last.is_some()
                || stop.resumes.is_none_or(|resumes| ctx.as_of < resumes);
            overlaps(stop, first, last) && still_to_settle
        };
        if let Some(step) = self.step(ctx)? {
            return Ok(Some(self.stop_at(at, &step.span, true, ctx)).filter(inside));
        }
        // Of several stretches the one that has begun last, else the first still to come.
        let mut found: Option<Stop> = None;
        for stop in self.stops(at, ctx).filter(inside) {
            if found.is_none() || stop.suspended <= ctx.as_of {
                found = Some(stop);
            }
        }
        Ok(found)
    }

    /// The last stretch, whoever the record is about; for points in time of another window.
    pub(super) fn last_stop(&self, at: usize, ctx: &Context<'_>) -> Option<Stop> {
        if let Ok(Some(step)) = self.step(ctx) {
            return Some(self.stop_at(at, &step.span, true, ctx));
        }
        self.stops(at, ctx).last()
    }

    /// Every stretch with its resumption, actual where known.
    pub(super) fn stops<'c>(&'c self, at: usize, ctx: &'c Context<'_>) -> impl Iterator<Item = Stop> + 'c {
        let actual = self.actual(ctx);
        let begun = actual.and_then(|time| self.spans.iter().rposition(|span| span.suspended <= time));
        self.spans.iter().enumerate().map(move |(n, span)| {
            let ended = begun.is_some_and(|last| n < last);
            let (resumes, provisional) =
                if begun == Some(n) { (actual, false) } else { (span.resumes, !ended) };
            Stop { window: at, suspended: span.suspended, resumes, provisional }
        })
    }

    fn stop_at(&self, at: usize, span: &Span, last: bool, ctx: &Context<'_>) -> Stop {
        let actual = self.actual(ctx).filter(|time| last && *time >= span.suspended);
        Stop {
            window: at,
            suspended: span.suspended,
            resumes: actual.or(span.resumes),
            provisional: actual.is_none(),
        }
    }

    fn actual(&self, ctx: &Context<'_>) -> Option<Time> {
        if ctx.resumed.is_empty() {
            return None;
        }
        ctx.resumed.at(&ctx.notice.id, &self.id, ctx.text(ctx.notice.slots.facility))
    }

    fn step(&self, ctx: &Context<'_>) -> Result<Option<&Step>, Slot> {
        for step in &self.steps {
            match step.when.holds(ctx) {
                Truth::Yes => return Ok(Some(step)),
                Truth::Unknown(slot) => return Err(slot),
                Truth::No => {}
            }
        }
        Ok(None)
    }

    fn reach(&self, ctx: &Context<'_>) -> Reach {
        let slots = &ctx.notice.slots;
        if let Measure::Fact(slot) = self.measure {
            return measured(slot, ctx);
        }
        let Some(kind) = ctx.text(slots.kind) else { return Reach::Unknown(slots.kind) };
        match (kind, self.measure) {
            ("inpatient", Measure::Admission) => measured(slots.admitted_at, ctx),
            (_, Measure::Admission) => Reach::Never,
            ("inpatient", Measure::Settlement) => match ctx.time(slots.discharged_at) {
                Some(time) => Reach::Stretch(time, Some(time)),
                None => stay(ctx),
            },
            _ => usual_reach(ctx),
        }
    }
}

/// The time that windows look at where a notice says nothing else.
pub(super) fn usual_reach(ctx: &Context<'_>) -> Reach {
    let slots = &ctx.notice.slots;
    let Some(kind) = ctx.text(slots.kind) else { return Reach::Unknown(slots.kind) };
    match kind {
        "inpatient" => stay(ctx),
        // A paper's date counts; a filing written down without one counts when it happened.
        "filing" if ctx.fact(slots.applied_on).is_some() => measured(slots.applied_on, ctx),
        "filing" if ctx.fact(slots.occurred_at).is_none() => Reach::Unknown(slots.applied_on),
        _ => measured(slots.occurred_at, ctx),
    }
}

fn measured(slot: Slot, ctx: &Context<'_>) -> Reach {
    match ctx.fact(slot) {
        None => Reach::Unknown(slot),
        Some(FactValue::Time(time)) => moment_of(slot == ctx.notice.slots.applied_on, *time),
        Some(_) => Reach::Never,
    }
}

/// A stay without a discharge is still going on.
fn stay(ctx: &Context<'_>) -> Reach {
    match ctx.time(ctx.notice.slots.admitted_at) {
        Some(admitted) => Reach::Stretch(admitted, ctx.time(ctx.notice.slots.discharged_at)),
        None => Reach::Unknown(ctx.notice.slots.admitted_at),
    }
}

/// A date on paper without a time of day counts for its whole day.
fn moment_of(on_paper: bool, time: Time) -> Reach {
    let whole_day = on_paper && time == time.day().start();
    Reach::Stretch(time, Some(if whole_day { time.day().end() } else { time }))
}

fn overlaps(stop: &Stop, first: Time, last: Option<Time>) -> bool {
    stop.resumes.is_none_or(|resumes| first < resumes) && last.is_none_or(|last| last >= stop.suspended)
}
