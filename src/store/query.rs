//! Listings and sums over the records.

use crate::domain::{Kind, Money, Stage, Time, Verdict};
use crate::store::record::columns;
use crate::store::{Books, StoreError, Stored};
use crate::text::Label;

const LIST: &str = concat!("SELECT ", columns!());
const IN_TIME: &str = " ORDER BY r.occurred_at, r.id LIMIT ?5";
/// What a filter asks, each only where it is asked: then an index in the order of time answers it row by row.
const ASKED: [&str; 5] = [
    "r.stage = ?1",
    "r.kind = ?2",
    "r.verdict = ?3",
    "r.facility = ?4",
    "r.stage NOT IN ('cleared', 'void')",
];
const FIND: &str = concat!(
    "SELECT ",
    columns!(),
    " WHERE r.record_no = ?1 OR r.receipt_no = ?1 ORDER BY r.occurred_at, r.id LIMIT 200"
);
const OF_PERSON: &str = concat!(
    "SELECT ",
    columns!(),
    " WHERE r.person IN (SELECT value FROM json_each(?1)) ORDER BY r.occurred_at, r.id LIMIT 200"
);
const MARKED: &str = "
    SELECT id FROM person WHERE name_mark = ?1
    UNION SELECT id FROM person WHERE id_mark = ?2 UNION SELECT id FROM person WHERE phone_mark = ?3";
const SUMMARY: &str = "
    SELECT facility, kind, stage, count(*), sum(total_fen), sum(coalesce(paid_fen, 0)) FROM record
    GROUP BY facility, kind, stage ORDER BY facility, kind, stage";
const HOURS: &str = "
    SELECT substr(occurred_at, 1, 13) || ':00:00', count(*), sum(total_fen) FROM record
    WHERE stage <> 'void' GROUP BY 1 ORDER BY 1";
const BY_STAGE: &str = "SELECT stage, count(*), sum(total_fen) FROM record GROUP BY stage ORDER BY stage";
const UNEXPORTED: &str = "SELECT count(*) FROM record WHERE stage IN ('pending', 'rejected')";
const VERDICTS: &str = "
    SELECT verdict, count(*), sum(total_fen) FROM record WHERE verdict IS NOT NULL GROUP BY verdict";

/// Which records to list; what is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this stage.
    pub stage: Option<Stage>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// Of this verdict.
    pub verdict: Option<Verdict>,
    /// Of this facility.
    pub facility: Option<String>,
    /// Leave out what is cleared or void.
    pub open: bool,
    /// At most so many.
    pub limit: Option<u32>,
}

impl Filter {
    fn sql(&self) -> String {
        let Filter { stage, kind, verdict, facility, open, limit: _ } = self;
        let asked = [stage.is_some(), kind.is_some(), verdict.is_some(), facility.is_some(), *open];
        let mut asked: Vec<&str> =
            ASKED.iter().zip(asked).filter_map(|(one, is)| is.then_some(*one)).collect();
        // Papers are few among many, and have an index of their own, which only a word that stands in the question finds.
        if *kind == Some(Kind::Filing) {
            asked.push("r.kind = 'filing'");
        }
        let asked = if asked.is_empty() { "1".to_owned() } else { asked.join(" AND ") };
        format!("{LIST} WHERE {asked}{IN_TIME}")
    }
}

/// One line of the summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Total {
    /// Facility.
    pub facility: String,
    /// Kind.
    pub kind: Kind,
    /// Stage.
    pub stage: Stage,
    /// How many records.
    pub count: i64,
    /// What they cost.
    pub total: Money,
    /// What patients paid.
    pub paid: Money,
}

impl Books<'_> {
    /// The records that a filter lets through, by time, without their lines, handed on one by one.
    pub fn each_record<E: From<StoreError>>(
        &self,
        filter: &Filter,
        mut take: impl FnMut(Stored) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self.conn.prepare_cached(&filter.sql()).map_err(StoreError::from)?;
        let limit = filter.limit.map_or(-1, i64::from);
        let parameters = rusqlite::params![
            filter.stage.map(|s| s.id()),
            filter.kind.map(|k| k.id()),
            filter.verdict.map(|v| v.id()),
            filter.facility,
            limit,
        ];
        let mut rows = statement.query(parameters).map_err(StoreError::from)?;
        while let Some(row) = rows.next().map_err(StoreError::from)? {
            take(Stored::from_row(row)?)?;
        }
        Ok(())
    }

    /// The same, gathered.
    pub fn records(&self, filter: &Filter) -> Result<Vec<Stored>, StoreError> {
        let mut found = Vec::new();
        self.each_record(filter, |stored| -> Result<(), StoreError> {
            found.push(stored);
            Ok(())
        })?;
        Ok(found)
    }

    /// Records by record number or receipt; in an unlocked ledger also by identity number, phone or name, and where
    /// nothing has exactly that, by part of a name.
    pub fn find(&self, text: &str) -> Result<Vec<Stored>, StoreError> {
        let mut found = self.find_exact(text)?;
        if found.is_empty() && self.sealer.is_some() && !text.is_empty() {
            found = self.of_persons(&self.persons_named(text)?)?;
        }
        Ok(found)
    }

    /// The same without parts of names: whatever has exactly this number, receipt or name.
    pub fn find_exact(&self, text: &str) -> Result<Vec<Stored>, StoreError> {
        let mut found = self.gathered(FIND, text)?;
        if self.sealer.is_some() {
            found.extend(self.find_person(text)?);
        }
        Ok(found)
    }

    /// Records of the persons who have exactly this identity number, phone or name.
    fn find_person(&self, text: &str) -> Result<Vec<Stored>, StoreError> {
        let sealer = self.sealer()?;
        let marks = ["name", "id_no", "phone"].map(|what| sealer.mark_text(what, text));
        let mut statement = self.conn.prepare_cached(MARKED)?;
        let persons: Vec<i64> = statement.query_map(marks, |row| row.get(0))?.collect::<Result<_, _>>()?;
        self.of_persons(&persons)
    }

    fn of_persons(&self, persons: &[i64]) -> Result<Vec<Stored>, StoreError> {
        if persons.is_empty() {
            return Ok(Vec::new());
        }
        self.gathered(OF_PERSON, &serde_json::to_string(persons)?)
    }

    fn gathered(&self, sql: &str, key: &str) -> Result<Vec<Stored>, StoreError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([key])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(Stored::from_row(row)?);
        }
        Ok(found)
    }

    /// Counts and sums by facility, kind and stage.
    pub fn summary(&self) -> Result<Vec<Total>, StoreError> {
        let mut statement = self.conn.prepare_cached(SUMMARY)?;
        let mut rows = statement.query([])?;
        let mut totals = Vec::new();
        while let Some(row) = rows.next()? {
            totals.push(Total {
                facility: row.get(0)?,
                kind: crate::store::event::parsed(row, 1)?,
                stage: crate::store::event::parsed(row, 2)?,
                count: row.get(3)?,
                total: Money::from_fen(row.get(4)?),
                paid: Money::from_fen(row.get(5)?),
            });
        }
        Ok(totals)
    }

    /// Hours of Beijing time in which records arose, each with their number and sum; void ones are left out.
    pub fn hours(&self) -> Result<Vec<(Time, i64, Money)>, StoreError> {
        let mut statement = self.conn.prepare_cached(HOURS)?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push((crate::store::event::parsed(row, 0)?, row.get(1)?, Money::from_fen(row.get(2)?)));
        }
        Ok(found)
    }

    /// Counts and sums by stage.
    pub fn by_stage(&self) -> Result<Vec<(Stage, i64, Money)>, StoreError> {
        let mut statement = self.conn.prepare_cached(BY_STAGE)?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push((crate::store::event::parsed(row, 0)?, row.get(1)?, Money::from_fen(row.get(2)?)));
        }
        Ok(found)
    }

    /// How many records wait to be exported, or to be exported again.
    pub fn unexported(&self) -> Result<i64, StoreError> {
        Ok(self.conn.prepare_cached(UNEXPORTED)?.query_row([], |row| row.get(0))?)
    }

    /// Counts and sums by verdict of the last reconciliation.
    pub fn verdicts(&self) -> Result<Vec<(Verdict, i64, Money)>, StoreError> {
        let mut statement = self.conn.prepare_cached(VERDICTS)?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push((crate::store::event::parsed(row, 0)?, row.get(1)?, Money::from_fen(row.get(2)?)));
        }
        Ok(found)
    }
}
