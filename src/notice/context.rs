//! What a question about one record is asked with: its facts by slot, the stop it
//! falls into, today, and what is known of resumptions and working days.
//!
//! Nothing is decided here.

use super::calendar::Calendar;
use super::condition::Slot;
use super::model::Notice;
use super::resumption::Resumptions;
use crate::domain::{FactValue, Facts, Time};
use std::cell::Cell;
use std::sync::LazyLock;

/// Later than every time of a notice.
pub(super) static END_TIME: LazyLock<Time> =
    LazyLock::new(|| Time::new(2199, 12, 31, 0, 0, 0).expect("the last day is on the calendar"));

/// The stop that a record falls into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stop {
    /// The window, by its place in the notice.
    pub(super) window: usize,
    /// First second of the stop.
    pub(super) suspended: Time,
    /// First second after it; `None` while it is to be announced.
    pub(super) resumes: Option<Time>,
    /// The resumption is only expected.
    pub(super) provisional: bool,
}

/// One question.
pub(super) struct Context<'a> {
    pub(super) notice: &'a Notice,
    pub(super) facts: Vec<Option<&'a FactValue>>,
    /// The record's own stop, once it is found; points in time refer to it.
    pub(super) stop: Cell<Option<Stop>>,
    pub(super) resumed: &'a Resumptions,
    pub(super) calendar: &'a Calendar,
    pub(super) as_of: Time,
    /// Whether a fact is known is tried out too, as `check` does.
    pub(super) probing: bool,
}

impl<'a> Context<'a> {
    /// Lays the facts into the notice's slots; facts it does not know are left aside.
    pub(super) fn new(
        notice: &'a Notice,
        facts: &'a Facts,
        today: &'a FactValue,
        resumed: &'a Resumptions,
        calendar: &'a Calendar,
        as_of: Time,
    ) -> Context<'a> {
        let names = &notice.facts;
        let mut slots = vec![None; names.len()];
        let mut at = 0;
        // Both sides are sorted by name.
        for (name, value) in facts.iter() {
            while at < names.len() && names[at].name.as_str() < name {
                at += 1;
            }
            if at < names.len() && names[at].name == name {
                slots[at] = Some(value);
            }
        }
        slots[notice.slots.as_of] = Some(today);
        Context { notice, facts: slots, stop: Cell::new(None), resumed, calendar, as_of, probing: false }
    }

    pub(super) fn fact(&self, slot: Slot) -> Option<&'a FactValue> {
        self.facts[slot]
    }

    pub(super) fn text(&self, slot: Slot) -> Option<&'a str> {
        match self.fact(slot) {
            Some(FactValue::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub(super) fn time(&self, slot: Slot) -> Option<Time> {
        match self.fact(slot) {
            Some(FactValue::Time(time)) => Some(*time),
            _ => None,
        }
    }

    /// The stop of a window; of the record's own where `None`.
    pub(super) fn stop_of(&self, window: Option<usize>) -> Option<Stop> {
        match window {
            None => self.stop.get(),
            Some(at) if self.stop.get().is_some_and(|stop| stop.window == at) => self.stop.get(),
            Some(at) => self.notice.windows[at].last_stop(at, self),
        }
    }
}
