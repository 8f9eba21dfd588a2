//! What the platform is asked to reconcile: the settlements that statements told, each with the record it is of, and those
//! that only an answer told.
//!
//! Which of them go into a request is decided above.

use crate::domain::{Day, Kind, ShortNumber, Time};
use crate::store::event::parsed;
use crate::store::settlement::stands;
use crate::store::{Books, StoreError};
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
/// Accepted, and on no statement yet.
const ANSWERED: &str = "
    SELECT m.setl_id, r.facility, r.station || printf('-%04d', r.count), b.created_at
    FROM batch_record m JOIN batch b ON b.id = m.batch JOIN record r ON r.id = m.record
    LEFT JOIN batch_undo u ON u.batch = m.batch AND u.record = m.record
    WHERE m.answer = 'accepted' AND m.setl_id <> '' AND r.kind <> 'filing'
        AND (b.purpose IN ('backfill', 'resettle') OR u.leaves = 'again')
        AND NOT EXISTS (SELECT 1 FROM settlement s WHERE s.setl_id = m.setl_id)
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

/// A settlement that an answer told and no statement has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnsweredSettlement {
    /// `setl_id`.
    pub setl_id: String,
    /// Code of the facility.
    pub facility: String,
    /// The record.
    pub number: ShortNumber,
    /// The day on which its batch was made: it was not settled before.
    pub not_before: Day,
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

    /// Settlements that the platform accepted and that stand on no statement.
    pub fn answered_settlements(&self) -> Result<Vec<AnsweredSettlement>, StoreError> {
        let take = |row: &Row<'_>| -> Result<AnsweredSettlement, StoreError> {
            let made: Time = parsed(row, 3)?;
            Ok(AnsweredSettlement {
                setl_id: row.get(0)?,
                facility: row.get(1)?,
                number: parsed(row, 2)?,
                not_before: made.day(),
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
