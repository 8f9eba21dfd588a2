//! Many rows at once: indexes that nobody asks meanwhile are built once at the end,
//! in order, instead of row by row.
//!
//! It all happens inside the change that brings the rows, so that a ledger
//! without these indexes is never seen. Rules stay, but for those that their building proves as well.

use crate::store::{Books, StoreError, Writer};

const ANY: &str = "SELECT 1 FROM record LIMIT 1";
const SQL: &str = "SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = ?1";
/// Indexes by which records and persons are looked up, and which hold no rule. Those that grow at their end alone are
/// not among them: to build them reads the table once more.
const OF_RECORDS: &[&str] = &[
    "person_by_name",
    "person_by_id",
    "person_by_phone",
    "record_by_stage",
    "record_by_time",
    "record_by_person",
];
const OF_SETTLEMENTS: &[&str] = &["settlement_by_setl_id"];
const OF_STAGES: &[&str] = &["record_by_stage"];
/// Rules as well: where two matches break one, building it does.
const OF_MATCHES: &[&str] = &["match_of_record", "match_of_settlement"];

/// Indexes that are to be built when the rows are in.
#[must_use]
pub struct Later(Vec<String>);

impl Books<'_> {
    /// Whether no record stands in the ledger, not even a void one.
    pub fn has_no_record(&self) -> Result<bool, StoreError> {
        Ok(!self.conn.prepare_cached(ANY)?.exists([])?)
    }
}

impl Writer<'_> {
    /// Lets the indexes of an empty ledger wait until [`Writer::index`]; in any other ledger they go on as they are.
    pub fn index_records_later(&self) -> Result<Later, StoreError> {
        self.index_later(if self.books().has_no_record()? { OF_RECORDS } else { &[] })
    }

    /// The same of settlements, in a ledger without any.
    pub fn index_settlements_later(&self) -> Result<Later, StoreError> {
        self.index_later(if self.books().has_no_settlement()? { OF_SETTLEMENTS } else { &[] })
    }

    /// The same of stages, where most records are to move, and of matches where none stands.
    pub fn index_moves_later(&self, none_matched: bool) -> Result<Later, StoreError> {
        let matches = if none_matched { OF_MATCHES } else { &[] };
        self.index_later(&[OF_STAGES, matches].concat())
    }

    fn index_later(&self, names: &[&str]) -> Result<Later, StoreError> {
        let mut later = Vec::new();
        for name in names {
            later.push(self.tx.query_row(SQL, [name], |row| row.get(0))?);
            self.tx.execute_batch(&format!("DROP INDEX {name}"))?;
        }
        Ok(Later(later))
    }

    /// Builds the indexes that waited.
    pub fn index(&self, later: Later) -> Result<(), StoreError> {
        for sql in later.0 {
            self.tx.execute_batch(&sql)?;
        }
        Ok(())
    }
}
