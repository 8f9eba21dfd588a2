//! What changed since the last report that was written: stages then and now, and events by kind.

use crate::domain::{EventKind, Money, Stage, Time};
use crate::store::{Books, StoreError};
use std::collections::BTreeMap;

/// A stage then and now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageChange {
    /// The stage.
    pub stage: Stage,
    /// Count and sum then.
    pub before: (i64, Money),
    /// Count and sum now.
    pub now: (i64, Money),
}

/// What changed.
#[derive(Clone, Debug, Default)]
pub struct Since {
    /// The event and the time of the last report; `None` where there was none.
    pub last: Option<(i64, Time)>,
    /// Stages that hold records, then or now.
    pub stages: Vec<StageChange>,
    /// Events since then, by kind, most first.
    pub events: Vec<(EventKind, i64)>,
}

/// What changed since the last report; since the ledger was made, where there was none.
pub fn since_last_report(books: &Books<'_>) -> Result<Since, StoreError> {
    let last = books.last_report()?;
    let mut stages: BTreeMap<usize, StageChange> = BTreeMap::new();
    let place = |stage: Stage| Stage::ALL.iter().position(|one| *one == stage).unwrap_or_default();
    let none = |stage| StageChange { stage, before: (0, Money::ZERO), now: (0, Money::ZERO) };
    for (stage, count, total) in books.by_stage()? {
        stages.entry(place(stage)).or_insert_with(|| none(stage)).now = (count, total);
    }
    for (stage, count, total) in last.iter().flat_map(|report| report.stages.iter().copied()) {
        stages.entry(place(stage)).or_insert_with(|| none(stage)).before = (count, total);
    }
    let after = last.as_ref().map_or(0, |report| report.seq);
    let mut events = books.events_by_kind(after)?;
    events.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    Ok(Since {
        last: last.map(|report| (report.seq, report.at)),
        stages: stages.into_values().collect(),
        events,
    })
}
