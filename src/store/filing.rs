//! Filings that the platform does not have yet, by the persons whose claims may
//! rest on them. Which claim does is decided above.

use crate::domain::{Day, ShortNumber, Stage, Time};
use crate::store::event::parsed;
use crate::store::{Books, StoreError, Stored};
use rustc_hash::FxHashMap;

/// Filings of a facility that are neither accepted nor closed, once for each identity that has the same document;
/// without a document, for that identity alone.
const OPEN: &str = "
    SELECT q.id, r.id, r.station, r.count, r.line, r.stage, coalesce(r.applied_on, r.occurred_at)
    FROM record r JOIN person p ON p.id = r.person
    JOIN person q ON q.id = p.id OR (q.id_mark = p.id_mark AND q.id_type = p.id_type)
    WHERE r.kind = 'filing' AND r.facility = ?1 AND r.stage IN ('pending', 'rejected', 'held', 'exported')
        AND NOT EXISTS (SELECT 1 FROM batch_record m JOIN batch b ON b.id = m.batch
            WHERE r.stage = 'exported' AND m.record = r.id AND m.answer = 'accepted'
                AND b.purpose = 'register' AND b.state <> 'cancelled')
    ORDER BY r.id";

/// A filing that the platform does not have yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenFiling {
    /// Row number of its record.
    pub record: i64,
    /// Its number.
    pub number: ShortNumber,
    /// Its business line, such as `referral`.
    pub line: String,
    /// Where it stands.
    pub stage: Stage,
    /// The day on the paper, from which it counts.
    pub applied_on: Day,
}

/// The open filings of a facility, by person.
#[derive(Clone, Debug, Default)]
pub struct OpenFilings(FxHashMap<i64, Vec<OpenFiling>>);

impl OpenFilings {
    /// Those of the person that a record is about.
    pub fn of(&self, stored: &Stored) -> &[OpenFiling] {
        self.0.get(&stored.person).map_or(&[], Vec::as_slice)
    }
}

impl Books<'_> {
    /// The filings of a facility that wait to be registered, or that the platform has not accepted.
    pub fn open_filings(&self, facility: &str) -> Result<OpenFilings, StoreError> {
        let mut statement = self.conn.prepare_cached(OPEN)?;
        let mut rows = statement.query([facility])?;
        let mut found: FxHashMap<i64, Vec<OpenFiling>> = FxHashMap::default();
        while let Some(row) = rows.next()? {
            let station: String = row.get(2)?;
            let damaged = || StoreError::Damaged { text: format!("record number {station}") };
            let applied_at: Time = parsed(row, 6)?;
            found.entry(row.get(0)?).or_default().push(OpenFiling {
                record: row.get(1)?,
                number: ShortNumber::new(&station, row.get(3)?).ok_or_else(damaged)?,
                line: row.get(4)?,
                stage: parsed(row, 5)?,
                applied_on: applied_at.day(),
            });
        }
        Ok(OpenFilings(found))
    }
}
