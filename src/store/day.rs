//! The records of a day and the latest of all, as a window shows them.
//!
//! Only row numbers and sums are looked up here; what a record holds is read
//! by its number, so that there is one way to read it.

use crate::domain::{Day, Money, Stage, Time};
use crate::store::{Books, StoreError, Stored};
use crate::text::Label;

const ENTERED: &str = "
    SELECT id FROM record WHERE station = ?1 AND entered_at BETWEEN ?2 AND ?3 ORDER BY id DESC LIMIT ?4";
const LATEST: &str = "SELECT id FROM record ORDER BY id DESC LIMIT ?1";
const LAST_OWN: &str = "
    SELECT id FROM record
    WHERE station = ?1 AND operator = ?2 AND entered_at BETWEEN ?3 AND ?4 AND stage <> ?5
    ORDER BY id DESC LIMIT 1";
const SUM_OWN: &str = "
    SELECT count(*), coalesce(sum(total_fen), 0) FROM record
    WHERE station = ?1 AND operator = ?2 AND entered_at BETWEEN ?3 AND ?4 AND stage <> ?5";

impl Books<'_> {
    /// The records that were written down at `station` on `day`, the last first, at most `count`.
    pub fn entered_on(&self, station: &str, day: Day, count: u32) -> Result<Vec<Stored>, StoreError> {
        self.numbered(ENTERED, (station, day.start().to_string(), day.end().to_string(), count))
    }

    /// The latest records of the ledger, the last first, at most `count`.
    pub fn latest(&self, count: u32) -> Result<Vec<Stored>, StoreError> {
        self.numbered(LATEST, [count])
    }

    /// The last record that `operator` wrote down at `station` on `day` and that is not void.
    pub fn last_own(&self, station: &str, operator: &str, day: Day) -> Result<Option<Stored>, StoreError> {
        let (first, last) = (day.start().to_string(), day.end().to_string());
        Ok(self.numbered(LAST_OWN, (station, operator, first, last, Stage::Void.id()))?.pop())
    }

    /// How many records `operator` wrote down at `station` between two times, and what they cost; void ones do not
    /// count.
    pub fn own_total(
        &self,
        station: &str,
        operator: &str,
        first: Time,
        last: Time,
    ) -> Result<(i64, Money), StoreError> {
        let row = (station, operator, first.to_string(), last.to_string(), Stage::Void.id());
        let take = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, Money::from_fen(row.get(1)?)));
        Ok(self.conn.prepare_cached(SUM_OWN)?.query_row(row, take)?)
    }

    fn numbered(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<Vec<Stored>, StoreError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let ids = statement.query_map(parameters, |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
        ids.into_iter().map(|id| self.record_by_id(id)).collect()
    }
}
