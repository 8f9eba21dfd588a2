//! The downtime itself: when the system stood still, and how many records arose in each hour and on each day.

use crate::domain::{Day, Money, Time};
use crate::notice::{Event, EventType};
use crate::store::{Books, StoreError};
use crate::work::Law;

/// The system stood still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standstill {
    /// Id of the notice.
    pub notice: String,
    /// From then.
    pub from: Time,
    /// Until the last of its services was back, or is expected to be.
    pub to: Time,
}

/// What happened when.
#[derive(Clone, Debug, Default)]
pub struct Downtime {
    /// Hours in which records arose, each with their number and sum; void ones are left out.
    pub hours: Vec<(Time, i64, Money)>,
    /// When the system stood still.
    pub stops: Vec<Standstill>,
    /// Stops and resumptions on one axis, earliest first.
    pub steps: Vec<Event>,
}

/// The downtime as the notices tell of it and the records show it.
pub fn downtime(books: &Books<'_>, law: &Law, now: Time) -> Result<Downtime, StoreError> {
    let steps: Vec<Event> = law
        .timeline(now)
        .into_iter()
        .filter(|event| matches!(event.event, EventType::Suspension | EventType::Resumption))
        .collect();
    let mut stops: Vec<Standstill> = Vec::new();
    for event in &steps {
        let Some(at) = event.at else { continue };
        let open = stops.iter_mut().rev().find(|stop| stop.notice == event.notice);
        match (event.event, open) {
            (EventType::Suspension, None) => {
                stops.push(Standstill { notice: event.notice.clone(), from: at, to: at });
            }
            (_, Some(stop)) => stop.to = stop.to.max(at),
            _ => {}
        }
    }
    Ok(Downtime { hours: books.hours()?, stops, steps })
}

impl Downtime {
    /// Days on which records arose, each with their number and sum, earliest first.
    pub fn days(&self) -> Vec<(Day, i64, Money)> {
        let mut days: Vec<(Day, i64, Money)> = Vec::new();
        for (at, count, total) in &self.hours {
            match days.last_mut() {
                Some(day) if day.0 == at.day() => (day.1, day.2) = (day.1 + count, day.2 + *total),
                _ => days.push((at.day(), *count, *total)),
            }
        }
        days
    }

    /// From the first of it to the last.
    pub fn span(&self) -> Option<(Time, Time)> {
        let hours = self.hours.iter().flat_map(|(at, ..)| [*at, at.plus_seconds(3600)]);
        let stops = self.stops.iter().flat_map(|stop| [stop.from, stop.to]);
        let times: Vec<Time> = hours.chain(stops).collect();
        Some((*times.iter().min()?, *times.iter().max()?))
    }
}
