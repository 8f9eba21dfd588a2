//! What is taken back on the platform: which settlement of which record a batch
//! takes back, what then stands there, and what may have to be taken back.
//!
//! Whether something should be is decided above; here it is only found.

use crate::domain::{Answer, Leaves, Purpose, Settlement, Step};
use crate::store::event::parsed;
use crate::store::{BatchInfo, Books, Member, StoreError, Stored, Writer};
use crate::text::Label;
use rusqlite::OptionalExtension;

const INSERT: &str = "INSERT INTO batch_undo (batch, record, setl_id, leaves) VALUES (?1, ?2, ?3, ?4)";
const OF_BATCH: &str = "SELECT record, setl_id, leaves FROM batch_undo WHERE batch = ?1 ORDER BY record";
/// The live batch that takes a record's settlement back and has no answer yet.
const UNDER_WAY: &str = "
    SELECT b.id FROM batch_undo u JOIN batch b ON b.id = u.batch
    JOIN batch_record m ON m.batch = u.batch AND m.record = u.record
    WHERE u.record = ?1 AND b.state <> 'cancelled' AND m.answer IS NULL AND (?2 OR u.leaves <> 'other')
    ORDER BY b.id DESC LIMIT 1";
/// The live batch that took this settlement back, or is about to.
const TAKEN: &str = "
    SELECT b.id FROM batch_undo u JOIN batch b ON b.id = u.batch
    JOIN batch_record m ON m.batch = u.batch AND m.record = u.record
    WHERE u.record = ?1 AND u.setl_id = ?2 AND b.state <> 'cancelled' AND m.answer IS NOT 'refused'
    ORDER BY b.id DESC LIMIT 1";
/// The last live batch whose calls settled the record, or were to.
const LAST_SENT: &str = "
    SELECT m.batch FROM batch_record m JOIN batch b ON b.id = m.batch
    LEFT JOIN batch_undo u ON u.batch = m.batch AND u.record = m.record
    WHERE m.record = ?1 AND b.state IN ('sent', 'answered') AND m.answer IS NOT 'refused'
        AND (b.purpose IN ('backfill', 'resettle', 'register') OR u.leaves = 'again')
    ORDER BY m.batch DESC LIMIT 1";
const SURPLUS: &str = "
    SELECT record, settlement FROM break
    WHERE reason = 'P2' AND state = 'open' AND record IS NOT NULL AND settlement IS NOT NULL
    ORDER BY record, settlement";
/// Settlements that stand on the platform for records that are void here, by a key that was issued or by their number.
const OF_VOID: &str = "
    SELECT r.id, s.id FROM record r JOIN batch_record m ON m.record = r.id
    JOIN settlement s ON s.medins_setl_id = m.medins_setl_id
    WHERE r.stage = 'void' AND s.refunded = 0 AND s.total_fen > 0
        AND NOT EXISTS (SELECT 1 FROM settlement o WHERE o.init_setl_id = s.setl_id
            OR (o.setl_id = s.setl_id AND (o.total_fen < 0 OR o.refunded = 1)))
    UNION SELECT r.id, s.id FROM record r JOIN settlement s ON s.record_no = r.record_no
    WHERE r.stage = 'void' AND r.record_no <> '' AND s.refunded = 0 AND s.total_fen > 0
        AND NOT EXISTS (SELECT 1 FROM settlement o WHERE o.init_setl_id = s.setl_id
            OR (o.setl_id = s.setl_id AND (o.total_fen < 0 OR o.refunded = 1)))
    ORDER BY 1, 2";
/// Records that went out, were not refused, and were corrected since.
const CORRECTED: &str = "
    SELECT r.id FROM record r WHERE r.version > 1 AND r.stage IN ('exported', 'settled', 'refunded')
        AND r.version > (SELECT m.version FROM batch_record m JOIN batch b ON b.id = m.batch
            LEFT JOIN batch_undo u ON u.batch = m.batch AND u.record = m.record
            WHERE m.record = r.id AND b.state IN ('sent', 'answered') AND m.answer IS NOT 'refused'
                AND (b.purpose IN ('backfill', 'resettle', 'register') OR u.leaves = 'again')
            ORDER BY m.batch DESC LIMIT 1)
    ORDER BY r.id";
const NAMED: &str =
    "SELECT id FROM settlement WHERE setl_id = ?1 AND total_fen >= 0 ORDER BY id DESC LIMIT 1";

/// What one record of a batch takes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taking {
    /// Row number of the record.
    pub record: i64,
    /// `setl_id`; of a filing the platform's number of it.
    pub setl_id: String,
    /// What the platform has then.
    pub leaves: Leaves,
}

impl Books<'_> {
    /// What a batch takes back; nothing where it is for something else.
    pub fn takings(&self, batch: i64) -> Result<Vec<Taking>, StoreError> {
        let mut statement = self.conn.prepare_cached(OF_BATCH)?;
        let mut rows = statement.query([batch])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(Taking { record: row.get(0)?, setl_id: row.get(1)?, leaves: parsed(row, 2)? });
        }
        Ok(found)
    }

    /// The live batch that is to take the record's own settlement back, while the platform has not answered it.
    pub fn taking_back(&self, record: i64) -> Result<Option<i64>, StoreError> {
        Ok(self.conn.prepare_cached(UNDER_WAY)?.query_row((record, false), |row| row.get(0)).optional()?)
    }

    /// The live batch in which this settlement of the record was taken back already, or which has something of the
    /// record to take back and no answer yet: what it will leave behind nobody knows.
    pub fn taken_back_in(&self, record: i64, setl_id: &str) -> Result<Option<i64>, StoreError> {
        let same: Option<i64> =
            self.conn.prepare_cached(TAKEN)?.query_row((record, setl_id), |row| row.get(0)).optional()?;
        match same {
            Some(batch) => Ok(Some(batch)),
            None => Ok(self
                .conn
                .prepare_cached(UNDER_WAY)?
                .query_row((record, true), |row| row.get(0))
                .optional()?),
        }
    }

    /// The record as a member of the last batch whose calls settled or registered it and were not refused.
    pub fn last_sent(&self, record: i64) -> Result<Option<(i64, Member)>, StoreError> {
        let batch: Option<i64> =
            self.conn.prepare_cached(LAST_SENT)?.query_row([record], |row| row.get(0)).optional()?;
        let Some(batch) = batch else { return Ok(None) };
        let member = self.members(batch)?.into_iter().find(|member| member.record == record);
        Ok(member.map(|member| (batch, member)))
    }

    /// Settlements of records that were settled more than once, by the open breaks: record and settlement.
    pub fn surplus_settlements(&self) -> Result<Vec<(i64, i64)>, StoreError> {
        self.pairs(SURPLUS)
    }

    /// Settlements that stand on the platform for records that are void here: record and settlement.
    pub fn settlements_of_void(&self) -> Result<Vec<(i64, i64)>, StoreError> {
        self.pairs(OF_VOID)
    }

    fn pairs(&self, sql: &str) -> Result<Vec<(i64, i64)>, StoreError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Records that the platform has otherwise than they stand here: they were corrected after they went out.
    pub fn corrected_since_sent(&self) -> Result<Vec<i64>, StoreError> {
        let mut statement = self.conn.prepare_cached(CORRECTED)?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The settlement of that id as the last statement told it, with whom it concerns; `None` where none did.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while nobody has unlocked the ledger.
    pub fn settlement_named(&self, setl_id: &str) -> Result<Option<Settlement>, StoreError> {
        let id: Option<i64> =
            self.conn.prepare_cached(NAMED)?.query_row([setl_id], |row| row.get(0)).optional()?;
        id.map(|id| self.settlement_in_full(id)).transpose()
    }
}

impl Writer<'_> {
    /// Writes down what a batch about to be prepared takes back.
    pub(super) fn note_takings(&mut self, batch: i64, takings: &[Taking]) -> Result<(), StoreError> {
        for Taking { record, setl_id, leaves } in takings {
            self.tx.prepare_cached(INSERT)?.execute((batch, record, setl_id, leaves.id()))?;
        }
        Ok(())
    }

    /// The step that an answer means for a record of a batch; none where it stays where it is.
    pub(super) fn step_of_answer(
        &self,
        batch: &BatchInfo,
        stored: &Stored,
        answer: Answer,
    ) -> Result<Option<Step>, StoreError> {
        if batch.purpose != Purpose::Undo {
            return Ok(Some(match answer {
                Answer::Accepted => Step::Accept,
                Answer::Refused => Step::Reject,
            }));
        }
        let takings = self.books().takings(batch.id)?;
        let taking = takings.into_iter().find(|taking| taking.record == stored.id);
        Ok(taking.filter(|_| answer == Answer::Accepted).and_then(|taking| taking.leaves.step(stored.stage)))
    }
}
