//! The books as the events made them up to some point, for whoever has to know
//! how they stood: a run that is taken back, the life of a break.
//!
//! Nothing is laid beside the tables here; that is the proof's business.

use super::Walk;
use super::chain::{Link, number};
use super::register::{Register, Told};
use super::stages::Restored;
use crate::domain::{EventKind, Money};
use crate::store::event::EventInfo;
use crate::store::{Books, StoreError};
use serde_json::Value;

const RUNS: &str = "
    SELECT seq, at, station, operator, kind, subject, record, detail, content, hash FROM event
    WHERE kind IN ('reconciled', 'accounts_compared', 'run_undone', 'signoff_signed', 'windows_compared', 'break_assigned', 'break_resolved', 'break_signed',
        'break_reopened')
    ORDER BY seq";

/// What taking a run back comes to.
pub(in crate::store) enum Undoing {
    /// Another run is the last one that stands, or none is.
    NotLast(Option<i64>),
    /// These records have moved on since.
    Blocked(Vec<i64>),
    /// It can be done: the records and the breaks as they stand then.
    Ready(Vec<Restored>, Vec<(i64, Told)>),
}

/// Something that happened to a break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LifeEntry {
    /// The event.
    pub event: EventInfo,
    /// Where the break stood after it.
    pub phase: crate::domain::BreakPhase,
    /// Platform less ledger after it.
    pub difference: Money,
    /// The run that saw it then, where one did.
    pub seen_by: Option<i64>,
}

impl Books<'_> {
    /// Walks the chain up to an event, or to its end.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where the events do not agree with each other.
    pub(super) fn replay(&self, until: Option<i64>) -> Result<Walk<'_>, StoreError> {
        let mut walk = Walk::new(self);
        self.each_link(|link| match (&link, until) {
            (Link::Event(event), Some(until)) if event.seq > until => Ok(()),
            _ => walk.take(link),
        })?;
        if walk.faults.is_empty() {
            Ok(walk)
        } else {
            Err(StoreError::Damaged { text: "the chain of events does not agree".to_owned() })
        }
    }

    /// Where records stand by this ledger's own steps alone, by row number.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where the events do not agree with each other: such a ledger takes in nothing.
    pub fn own_stands(&self) -> Result<rustc_hash::FxHashMap<i64, crate::domain::Stand>, StoreError> {
        Ok(self.replay(None)?.stages.own())
    }

    /// What taking a run back would come to.
    pub(in crate::store) fn undoing(&self, run: i64) -> Result<Undoing, StoreError> {
        let mut walk = self.replay(None)?;
        let seq = walk.seq + 1;
        let last = walk.register.last_run();
        let records = match walk.stages.undo(run, seq) {
            None => return Ok(Undoing::NotLast(last)),
            Some(Err(blocked)) => return Ok(Undoing::Blocked(blocked)),
            Some(Ok(records)) => records,
        };
        let Some(moved) = walk.register.undo(run, seq) else { return Ok(Undoing::NotLast(last)) };
        let told = |id: i64| walk.register.get(id).cloned().map(|told| (id, told));
        Ok(Undoing::Ready(records, moved.into_iter().filter_map(told).collect()))
    }

    /// Everything that happened to a break, oldest first.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such break.
    pub fn break_life(&self, id: i64) -> Result<Vec<LifeEntry>, StoreError> {
        let mut register = Register::new(self.migrated_to(super::chain::RENEWS_SINCE));
        let mut life: Vec<LifeEntry> = Vec::new();
        self.each_of_register(|event| {
            let before = register.get(id).map(|told| (told.phase(), told.finding.difference));
            let seen_by = self.tell_register(&mut register, &event)?;
            let Some(told) = register.get(id) else { return Ok(()) };
            let (phase, difference) = (told.phase(), told.finding.difference);
            let seen_by = seen_by.filter(|run| told.last_run == *run);
            let own = event.subject == format!("break {id}");
            if own || seen_by.is_some() || before != Some((phase, difference)) {
                life.push(LifeEntry { event, phase, difference, seen_by });
            }
            Ok(())
        })?;
        if life.is_empty() {
            return Err(StoreError::NotFound { what: format!("break {id}") });
        }
        Ok(life)
    }

    fn each_of_register(
        &self,
        mut take: impl FnMut(EventInfo) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(RUNS)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            take(EventInfo::from_row(row)?)?;
        }
        Ok(())
    }

    /// Hands an event on to a register; the run, where it is one that saw breaks.
    fn tell_register(&self, register: &mut Register, event: &EventInfo) -> Result<Option<i64>, StoreError> {
        let name = event.subject.split_once(' ').map(|(_, name)| name).unwrap_or_default();
        let run = number(name, "R");
        match event.kind {
            EventKind::Reconciled => {
                let damaged = || StoreError::Damaged { text: event.subject.clone() };
                let log = self.run_log(run)?.ok_or_else(damaged)?;
                register.run(run, &log.findings, event.seq);
                return Ok(Some(run));
            }
            EventKind::AccountsCompared => {
                let damaged = || StoreError::Damaged { text: event.subject.clone() };
                let log = self.run_log(run)?.ok_or_else(damaged)?;
                let detail: Value = serde_json::from_str(&event.detail)?;
                let looked_at = self.accounts_at_odds(detail["lot"].as_str().unwrap_or_default())?;
                register.compared(run, &log.findings, event.seq, &looked_at);
                return Ok(Some(run));
            }
            EventKind::WindowsCompared => {
                let damaged = || StoreError::Damaged { text: event.subject.clone() };
                let log = self.run_log(run)?.ok_or_else(damaged)?;
                register.windows(run, &log.findings, event.seq);
                return Ok(Some(run));
            }
            EventKind::RunUndone => {
                register.undo(run, event.seq);
            }
            EventKind::SignoffSigned => register.froze(number(name, "F"), event.seq),
            _ => {
                let detail: Value = serde_json::from_str(&event.detail)?;
                register.person(name.parse().unwrap_or_default(), event, &detail);
            }
        }
        Ok(None)
    }
}
