//! Reconciliations of the whole city. Verdicts go into the tables that nobody reads yet, chunk by
//! chunk and over several connections; at the end one row says that they count. A run that was
//! broken off counts never, and the next one begins with empty tables.

use super::{Hub, HubFault};
use crate::domain::{Money, Time};
use serde_json::Value;

/// A reconciliation that counts.
#[derive(Clone, Debug, PartialEq)]
pub struct RunInfo {
    /// Its number.
    pub run: i64,
    /// The tables it stands in.
    pub slot: i16,
    /// The difference of a total up to which a key still matches.
    pub tolerance: Money,
    /// Counts and sums.
    pub outcome: Value,
    /// When it began, Beijing time.
    pub started_at: Time,
    /// By whom.
    pub operator: String,
}

/// A reconciliation under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    /// Its number.
    pub run: i64,
    /// The tables it fills.
    pub slot: i16,
}

const LAST: &str = "
    SELECT run, slot, tolerance_fen, outcome, started_at, operator FROM run WHERE state = 'done' ORDER BY run DESC LIMIT 1";
const UNDER_WAY: &str = "SELECT run FROM run WHERE state = 'running' ORDER BY run DESC LIMIT 1";
const BEGIN: &str = "
    INSERT INTO run (run, slot, state, tolerance_fen, outcome, started_at, finished_at, operator)
    VALUES ($1, $2, 'running', $3, '{}', $4, NULL, $5)";

impl Hub {
    /// The last reconciliation that counts.
    ///
    /// # Errors
    /// What the server says.
    pub fn last_run(&mut self) -> Result<Option<RunInfo>, HubFault> {
        let Some(row) = self.client.query_opt(LAST, &[])? else { return Ok(None) };
        let outcome: String = row.get(3);
        Ok(Some(RunInfo {
            run: row.get(0),
            slot: row.get(1),
            tolerance: Money::from_fen(row.get(2)),
            outcome: serde_json::from_str(&outcome).map_err(|_| HubFault::Odd { text: outcome })?,
            started_at: Time::from_naive(row.get(4)),
            operator: row.get(5),
        }))
    }

    /// Begins one: the tables of the slot that nobody reads are emptied. `take_over` gives up one that was broken off.
    ///
    /// # Errors
    /// [`HubFault::Busy`] where one is under way, and what the server says.
    pub fn begin_run(
        &mut self,
        tolerance: Money,
        operator: &str,
        take_over: bool,
        now: Time,
    ) -> Result<Running, HubFault> {
        let last = self.last_run()?;
        let mut tx = self.client.transaction()?;
        if let Some(row) = tx.query_opt(UNDER_WAY, &[])? {
            let run: i64 = row.get(0);
            if !take_over {
                return Err(HubFault::Busy { run });
            }
            tx.execute("UPDATE run SET state = 'given up' WHERE state = 'running'", &[])?;
        }
        let slot = i16::from(last.is_some_and(|last| last.slot == 0));
        let row = tx.query_one("SELECT coalesce(max(run), 0) + 1 FROM run", &[])?;
        let run: i64 = row.get(0);
        tx.execute(BEGIN, &[&run, &slot, &tolerance.fen(), &now.naive(), &operator])?;
        tx.batch_execute(&format!("TRUNCATE verdict_{slot}; TRUNCATE row_verdict_{slot}"))?;
        tx.commit()?;
        Ok(Running { run, slot })
    }

    /// It counts from now on.
    ///
    /// # Errors
    /// [`HubFault::Busy`] where another took over; what the server says.
    pub fn finish_run(&mut self, running: Running, outcome: &Value, now: Time) -> Result<(), HubFault> {
        let done = self.client.execute(
            "UPDATE run SET state = 'done', outcome = $2, finished_at = $3 WHERE run = $1 AND state = 'running'",
            &[&running.run, &outcome.to_string(), &now.naive()],
        )?;
        if done == 1 { Ok(()) } else { Err(HubFault::Busy { run: running.run }) }
    }

    /// Gives one up.
    ///
    /// # Errors
    /// What the server says.
    pub fn give_up(&mut self, running: Running) -> Result<(), HubFault> {
        self.client.execute(
            "UPDATE run SET state = 'given up' WHERE run = $1 AND state = 'running'",
            &[&running.run],
        )?;
        Ok(())
    }
}
