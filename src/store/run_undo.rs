//! Taking a run back: records, matches and breaks as they were before it, its
//! settlements set aside. One event tells of it, and nothing is deleted.
//!
//! How things stood before is worked out from the events, not kept beside them.
//! Settlements that are set aside count again as soon as a statement gives them
//! again.

use crate::domain::{EventKind, ShortNumber, Subject};
use crate::store::verify::Undoing;
use crate::store::{StoreError, Writer};
use crate::text::Label;
use rusqlite::OptionalExtension;
use serde_json::json;

const RESTORE: &str = "UPDATE record SET stage = ?2, verdict = ?3 WHERE id = ?1";
const SET_BREAK: &str = "UPDATE break SET state = ?2, last_run = ?3, difference_fen = ?4 WHERE id = ?1";
/// The run takes its own matches back.
const UNMATCH: &str = "UPDATE match SET undone_run = run WHERE run = ?1 AND undone_run IS NULL";
/// And gives back the matches that it took away.
const REMATCH: &str = "UPDATE match SET undone_run = NULL WHERE undone_run = ?1 AND run <> ?1";
const UNDONE: &str = "UPDATE run SET undone_at = ?2, undone_by = ?3 WHERE id = ?1 AND undone_at IS NULL";
const SIGNED: &str = "SELECT id FROM signoff WHERE run >= ?1 AND signed_by IS NOT NULL ORDER BY id LIMIT 1";
const NUMBER: &str = "SELECT station, count FROM record WHERE id = ?1";

/// What came of taking a run back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undone {
    /// It is taken back.
    Done {
        /// Records that stand as they did before.
        records: usize,
        /// Breaks that do.
        breaks: usize,
        /// Matches it had made.
        matches: usize,
        /// Matches it had taken away, which hold again.
        rematched: usize,
    },
    /// Only the last run that stands can be taken back: this one, where there is one.
    NotLast(Option<i64>),
    /// These records have moved on since.
    Blocked(Vec<ShortNumber>),
    /// It was signed off.
    Signed(i64),
}

impl Writer<'_> {
    /// Takes a run back. Only `Done` has changed anything.
    pub fn undo_run(&mut self, run: i64, reason: &str) -> Result<Undone, StoreError> {
        let last = self.books().last_run()?.map(|run| run.id);
        if last != Some(run) {
            return Ok(Undone::NotLast(last));
        }
        let signed = self.tx.prepare_cached(SIGNED)?.query_row([run], |row| row.get(0)).optional()?;
        if let Some(signoff) = signed {
            return Ok(Undone::Signed(signoff));
        }
        let (records, breaks) = match self.books().undoing(run)? {
            Undoing::NotLast(last) => return Ok(Undone::NotLast(last)),
            Undoing::Blocked(records) => return Ok(Undone::Blocked(self.numbers(&records)?)),
            Undoing::Ready(records, breaks) => (records, breaks),
        };
        let matches = self.tx.execute(UNMATCH, [run])?;
        let rematched = self.tx.execute(REMATCH, [run])?;
        for one in &records {
            let verdict = one.verdict.map(|verdict| verdict.id());
            self.tx.prepare_cached(RESTORE)?.execute((one.record, one.stage.id(), verdict))?;
        }
        for (id, told) in &breaks {
            let row = (id, told.state.id(), told.last_run, told.finding.difference.fen());
            self.tx.prepare_cached(SET_BREAK)?.execute(row)?;
        }
        let (at, by) = (self.actor.at.to_string(), &self.actor.operator);
        if self.tx.execute(UNDONE, (run, at, by))? != 1 {
            return Err(StoreError::Stale { what: format!("run R{run}") });
        }
        let subject = Subject::Run(run);
        let (records, breaks) = (records.len(), breaks.len());
        let mut detail = json!({ "records": records, "breaks": breaks, "matches": matches });
        if !reason.is_empty() {
            detail["reason"] = self.sealed_value(&subject, reason)?;
        }
        let content = self.books().run_content(run)?;
        self.event(EventKind::RunUndone, &subject, None, &detail, content)?;
        Ok(Undone::Done { records, breaks, matches, rematched })
    }

    fn numbers(&self, records: &[i64]) -> Result<Vec<ShortNumber>, StoreError> {
        let mut statement = self.tx.prepare_cached(NUMBER)?;
        let mut numbers = Vec::with_capacity(records.len());
        for record in records {
            let (station, count): (String, u32) =
                statement.query_row([record], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let damaged = || StoreError::Damaged { text: format!("record #{record}") };
            numbers.push(ShortNumber::new(&station, count).ok_or_else(damaged)?);
        }
        Ok(numbers)
    }
}
