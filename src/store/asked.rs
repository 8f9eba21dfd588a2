//! What the platform is asked to reconcile: the settlements that statements told, each with the record it is of, and those
//! that only an answer told, with what it told of them.
//!
//! Which of them go into a request is decided above.

use crate::domain::{Day, Kind, SettledAs, ShortNumber, Time};
use crate::store::event::parsed;
use crate::store::settlement::stands;
use crate::store::{AnswerWords, Books, StoreError};
use rusqlite::Row;

/// A settlement of several records stands once.
const TOLD: &str = concat!(
    "
    SELECT s.id, r.facility, r.kind, r.insurance, r.station || printf('-%04d', r.count) FROM settlement s
    LEFT JOIN match m ON m.settlement = s.id AND m.undone_run IS NULL
    LEFT JOIN batch_record k ON k.medins_setl_id = s.medins_setl_id
    LEFT JOIN record r ON r.id = coalesce(m.record, k.record)
    WHERE s.id IN (SELECT id FROM settlement WHERE ",
    stands!(),
    ") GROUP BY s.id ORDER BY s.id"
);
/// Accepted. The last two columns say whether a later batch took it back, and whether a statement has it.
const ANSWERED: &str = "
    SELECT m.setl_id, r.facility, r.station || printf('-%04d', r.count), b.created_at, r.kind, r.insurance,
        m.mdtrt_id, m.batch, m.record, m.answer_sealed, EXISTS (
            SELECT 1 FROM batch_undo t JOIN batch_record a ON a.batch = t.batch AND a.record = t.record
            WHERE t.setl_id = m.setl_id AND a.answer = 'accepted'),
        EXISTS (SELECT 1 FROM settlement s WHERE s.setl_id = m.setl_id)
    FROM batch_record m JOIN batch b ON b.id = m.batch JOIN record r ON r.id = m.record
    LEFT JOIN batch_undo u ON u.batch = m.batch AND u.record = m.record
    WHERE m.answer = 'accepted' AND m.setl_id <> '' AND r.kind <> 'filing'
        AND (b.purpose IN ('backfill', 'resettle') OR u.leaves = 'again')
    ORDER BY m.batch, m.record";

/// A settlement of a statement, and the record that it is of, as far as that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldSettlement {
    /// Its row number.
    pub settlement: i64,
    /// The record that it settles, or whose key it carries.
    pub record: Option<ToldRecord>,
}

/// What a request has to know of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldRecord {
    /// Code of its facility.
    pub facility: String,
    /// Its kind.
    pub kind: Kind,
    /// Its insurance type; empty where it is unknown.
    pub insurance: String,
    /// Its number.
    pub number: ShortNumber,
}

/// A settlement that an answer told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnsweredSettlement {
    /// `setl_id`.
    pub setl_id: String,
    /// Code of the facility.
    pub facility: String,
    /// The record.
    pub number: ShortNumber,
    /// The record's kind.
    pub kind: Kind,
    /// The record's insurance type; empty where it is unknown.
    pub insurance: String,
    /// `mdtrt_id`.
    pub mdtrt_id: String,
    /// `psn_no`.
    pub psn_no: String,
    /// What the answer told of it.
    pub settled: SettledAs,
    /// The day on which its batch was made: it was not settled before.
    pub not_before: Day,
    /// The platform has taken it back since.
    pub taken_back: bool,
    /// A statement has it.
    pub stated: bool,
}

impl Books<'_> {
    /// Every settlement of a statement, with its record.
    pub fn told_settlements(&self) -> Result<Vec<ToldSettlement>, StoreError> {
        let take = |row: &Row<'_>| -> Result<ToldSettlement, StoreError> {
            let facility: Option<String> = row.get(1)?;
            let record = |facility| -> Result<ToldRecord, StoreError> {
                Ok(ToldRecord {
                    facility,
                    kind: parsed(row, 2)?,
                    insurance: row.get(3)?,
                    number: parsed(row, 4)?,
                })
            };
            Ok(ToldSettlement { settlement: row.get(0)?, record: facility.map(record).transpose()? })
        };
        self.taken(TOLD, take)
    }

    /// Settlements that the platform accepted.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while nobody has unlocked the ledger.
    pub fn answered_settlements(&self) -> Result<Vec<AnsweredSettlement>, StoreError> {
        let take = |row: &Row<'_>| -> Result<AnsweredSettlement, StoreError> {
            let (made, sealed): (Time, Vec<u8>) = (parsed(row, 3)?, row.get(9)?);
            let AnswerWords { psn_no, settled, .. } = self.member_words(row.get(7)?, row.get(8)?, &sealed)?;
            Ok(AnsweredSettlement {
                setl_id: row.get(0)?,
                facility: row.get(1)?,
                number: parsed(row, 2)?,
                kind: parsed(row, 4)?,
                insurance: row.get(5)?,
                mdtrt_id: row.get(6)?,
                psn_no,
                settled,
                not_before: made.day(),
                taken_back: row.get(10)?,
                stated: row.get(11)?,
            })
        };
        self.taken(ANSWERED, take)
    }

    fn taken<T>(
        &self,
        sql: &str,
        take: impl Fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(take(row)?);
        }
        Ok(found)
    }
}
