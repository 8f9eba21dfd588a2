//! What is taken back on the platform: which settlement of which record a batch
//! takes back, what then stands there, and what may have to be taken back.
//!
//! Whether something should be is decided above; here it is only found.

use crate::domain::{Leaves, Settlement};
use crate::store::event::parsed;
use crate::store::settlement::stands;
use crate::store::{Books, Member, StoreError, Writer};
use crate::text::Label;
use rusqlite::OptionalExtension;

const INSERT: &str = "INSERT INTO batch_undo (batch, record, setl_id, leaves) VALUES (?1, ?2, ?3, ?4)";
const OF_BATCH: &str = "SELECT record, setl_id, leaves FROM batch_undo WHERE batch = ?1 ORDER BY record";
/// The live batch that takes a record's settlement back and has no answer yet.
const UNDER_WAY: &str = "
    SELECT b.id FROM batch_undo u JOIN batch b ON b.id = u.batch
    JOIN batch_record m ON m.batch = u.batch AND m.record = u.record
    WHERE u.record = ?1 AND b.state <> 'cancelled' AND (m.answer IS NULL OR m.answer = 'unknown') AND (?2 OR u.leaves <> 'other')
    ORDER BY b.id DESC LIMIT 1";
/// The live batch that took this settlement back, or is about to.
const TAKEN: &str = "
    SELECT b.id FROM batch_undo u JOIN batch b ON b.id = u.batch
    JOIN batch_record m ON m.batch = u.batch AND m.record = u.record
    WHERE u.record = ?1 AND u.setl_id = ?2 AND b.state <> 'cancelled'
        AND (coalesce(m.answer, '') NOT IN ('refused', 'not_done') OR EXISTS (SELECT 1 FROM batch_call c
            WHERE c.batch = u.batch AND c.record = u.record AND c.answer = 'accepted'
                AND c.infno IN ('2103', '2208', '2305', '2502', '2504', '2506')))
    ORDER BY b.id DESC LIMIT 1";
/// The last live batch whose calls settled the record, or were to.
const LAST_SENT: &str = "
    SELECT m.batch FROM batch_record m JOIN batch b ON b.id = m.batch
    LEFT JOIN batch_undo u ON u.batch = m.batch AND u.record = m.record
    WHERE m.record = ?1 AND b.state IN ('sent', 'answered') AND coalesce(m.answer, '') NOT IN ('refused', 'not_done')
        AND (b.purpose IN ('backfill', 'resettle', 'register') OR u.leaves = 'again')
    ORDER BY m.batch DESC LIMIT 1";
const SURPLUS: &str = "
    SELECT record, settlement FROM break
    WHERE reason = 'P2' AND state = 'open' AND record IS NOT NULL AND settlement IS NOT NULL
    ORDER BY record, settlement";
/// Settlements that stand on the platform for records that are void here, by a key that was issued or by their number;
/// none that settles another record, as where the cost was written down anew.
const OF_VOID: &str = concat!(
    "
    WITH own (record, settlement) AS (
        SELECT r.id, s.id FROM record r JOIN batch_record m ON m.record = r.id
        JOIN settlement s ON s.medins_setl_id = m.medins_setl_id
        WHERE r.stage = 'void'
        UNION SELECT r.id, s.id FROM record r JOIN person p ON p.id = r.person
        JOIN settlement s ON s.record_no = r.record_no
        WHERE r.stage = 'void' AND r.record_no <> '' AND coalesce(s.id_mark = p.id_mark, 1))
    SELECT own.record, s.id FROM own JOIN settlement s ON s.id = own.settlement
    WHERE s.refunded = 0 AND s.total_fen > 0 AND s.id IN (SELECT id FROM settlement WHERE ",
    stands!(),
    ")
        AND NOT EXISTS (SELECT 1 FROM settlement o WHERE o.init_setl_id = s.setl_id
            OR (o.setl_id = s.setl_id AND (o.total_fen < 0 OR o.refunded = 1)))
        AND NOT EXISTS (SELECT 1 FROM match m JOIN settlement o ON o.id = m.settlement
            WHERE m.undone_run IS NULL AND m.record <> own.record AND o.setl_id = s.setl_id)
    ORDER BY 1, 2"
);
/// Records that went out, were not refused, and were corrected since.
const CORRECTED: &str = "
    SELECT r.id FROM record r WHERE r.version > 1 AND r.stage IN ('exported', 'settled', 'refunded')
        AND r.version > (SELECT m.version FROM batch_record m JOIN batch b ON b.id = m.batch
            LEFT JOIN batch_undo u ON u.batch = m.batch AND u.record = m.record
            WHERE m.record = r.id AND b.state IN ('sent', 'answered') AND coalesce(m.answer, '') NOT IN ('refused', 'not_done')
                AND (b.purpose IN ('backfill', 'resettle', 'register') OR u.leaves = 'again')
            ORDER BY m.batch DESC LIMIT 1)
    ORDER BY r.id";
/// A settlement by its id, where something ties it to the record: a match, a break, an answer, a key that was issued,
/// or the record's own number and no other person.
const OF_RECORD: &str = concat!(
    "
    SELECT s.id FROM settlement s JOIN record r ON r.id = ?1 JOIN person p ON p.id = r.person
    WHERE s.setl_id = ?2 AND s.total_fen >= 0 AND s.id IN (SELECT id FROM settlement WHERE ",
    stands!(),
    ") AND (
        EXISTS (SELECT 1 FROM match m JOIN settlement o ON o.id = m.settlement
            WHERE m.record = r.id AND o.setl_id = s.setl_id)
        OR EXISTS (SELECT 1 FROM break b JOIN settlement o ON o.id = b.settlement
            WHERE b.record = r.id AND b.reason <> 'M1' AND o.setl_id = s.setl_id)
        OR EXISTS (SELECT 1 FROM batch_record b
            WHERE b.record = r.id AND (b.setl_id = s.setl_id OR b.medins_setl_id = s.medins_setl_id))
        OR (r.record_no <> '' AND s.record_no = r.record_no AND coalesce(s.id_mark = p.id_mark, 1)))
    ORDER BY s.id DESC LIMIT 1"
);

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
        Ok(self.member(batch, record)?.map(|member| (batch, member)))
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

    /// The settlement of that id as the last statement told it, with whom it concerns; `None` where nothing ties it to
    /// the record, so that nobody takes back what is another's.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while nobody has unlocked the ledger.
    pub fn settlement_of(&self, record: i64, setl_id: &str) -> Result<Option<Settlement>, StoreError> {
        let mut statement = self.conn.prepare_cached(OF_RECORD)?;
        let id: Option<i64> = statement.query_row((record, setl_id), |row| row.get(0)).optional()?;
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
}
