//! The register: what was open at the end of each day, and how far its breaks have come.

use crate::domain::{BreakPhase, Day, Money, Nearness, Time};
use crate::store::{Books, BreakInfo, StoreError};
use crate::work::Entry;
use std::collections::BTreeMap;

/// The register at the end of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayOfRegister {
    /// The day.
    pub day: Day,
    /// Breaks that came.
    pub came: i64,
    /// Breaks that went: resolved, or not seen again.
    pub went: i64,
    /// Breaks left.
    pub open: i64,
    /// What is at stake in them, fen.
    pub stake: Money,
}

/// Every day from the first break until `now`.
pub fn days_of_register(books: &Books<'_>, now: Time) -> Result<Vec<DayOfRegister>, StoreError> {
    let mut moves: BTreeMap<Day, (i64, i64, Money)> = BTreeMap::new();
    let runs: Vec<(i64, Time)> = books.runs()?.into_iter().map(|run| (run.id, run.at)).collect();
    for found in books.breaks(None)? {
        let Ok(came) = found.seen_at.parse::<Time>() else { continue };
        let entry = moves.entry(came.day()).or_default();
        (entry.0, entry.2) = (entry.0 + 1, entry.2 + found.stake());
        if let Some(went) = ended(&found, &runs) {
            let entry = moves.entry(went.day()).or_default();
            (entry.1, entry.2) = (entry.1 + 1, entry.2 - found.stake());
        }
    }
    let (Some(first), today) = (moves.keys().next().copied(), now.day()) else { return Ok(Vec::new()) };
    let last = moves.keys().next_back().copied().unwrap_or(first).max(today.min(first.plus_days(LONGEST)));
    let (mut days, mut open, mut stake) = (Vec::new(), 0, Money::ZERO);
    let mut day = first;
    while day <= last {
        let (came, went, moved) = moves.get(&day).copied().unwrap_or_default();
        open += came - went;
        stake += moved;
        days.push(DayOfRegister { day, came, went, open, stake });
        day = day.plus_days(1);
    }
    Ok(days)
}

/// Breaks that have come equally far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phased {
    /// How far.
    pub phase: BreakPhase,
    /// How many.
    pub count: i64,
    /// What is at stake in them, fen.
    pub stake: Money,
    /// Days since the oldest of them arose.
    pub oldest: i64,
    /// Of these past their deadline.
    pub overdue: i64,
}

/// Every phase, the empty ones too.
pub fn by_phase(register: &[Entry]) -> Vec<Phased> {
    let of = |phase: &BreakPhase| {
        let own = || register.iter().filter(move |entry| entry.found.phase() == *phase);
        let late = own().filter(|entry| entry.age.nearness() == Nearness::Overdue);
        Phased {
            phase: *phase,
            count: i64::try_from(own().count()).unwrap_or(i64::MAX),
            stake: own().map(|entry| entry.found.stake()).sum(),
            oldest: own().map(|entry| entry.age.since_occurred).max().unwrap_or(0),
            overdue: i64::try_from(late.count()).unwrap_or(i64::MAX),
        }
    };
    BreakPhase::ALL.iter().map(of).collect()
}

/// Longer than this nobody works on one register; a clock that is set wrong would ask for more.
const LONGEST: i64 = 1_000;

/// When a break left the register: resolved, or gone with the run that did not see it again.
fn ended(found: &BreakInfo, runs: &[(i64, Time)]) -> Option<Time> {
    if let Ok(closed) = found.closed_at.parse::<Time>() {
        return Some(closed);
    }
    if found.phase().is_outstanding() {
        return None;
    }
    runs.iter().find(|(run, _)| *run > found.last_run).map(|(_, at)| *at)
}
