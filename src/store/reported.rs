//! Reports that were written: each leaves an event with the digest of its data and
//! where the records stood, so that a printed page can be proved and the next one
//! can tell what changed since. And sums that only reports ask for.

use crate::domain::{Answer, Digest, EventKind, Money, Stage, Subject, Time};
use crate::store::event::parsed;
use crate::store::{Books, EventInfo, StoreError, Writer};
use crate::text::Label;
use rusqlite::OptionalExtension;
use serde_json::{Value, json};

const LAST: &str = "SELECT seq, at, detail FROM event WHERE kind = 'reported' ORDER BY seq DESC LIMIT 1";
const KINDS: &str = "SELECT kind, count(*) FROM event WHERE seq > ?1 GROUP BY kind ORDER BY kind";
const OF_KIND: &str = "
    SELECT seq, at, station, operator, kind, subject, record, detail, content, hash FROM event WHERE kind = ?1 ORDER BY seq";
const ANSWERS: &str = "
    SELECT m.batch, m.answer, m.answer_code, max(m.answer_shown), min(m.answer_shown) = max(m.answer_shown),
        count(*), sum(r.total_fen)
    FROM batch_record m JOIN batch b ON b.id = m.batch JOIN record r ON r.id = m.record
    WHERE b.state IN ('sent', 'answered')
    GROUP BY m.batch, m.answer, m.answer_code ORDER BY m.batch, m.answer, m.answer_code";

/// What the platform answered to some members of a batch in the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerSum {
    /// The batch.
    pub batch: i64,
    /// The answer; `None` while none came.
    pub answer: Option<Answer>,
    /// The platform's code.
    pub code: String,
    /// Its words, with identities in them masked; empty where they differ from record to record.
    pub shown: String,
    /// How many records.
    pub count: i64,
    /// How much they cost, fen.
    pub total: Money,
}

/// A report that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportInfo {
    /// Its event.
    pub seq: i64,
    /// When.
    pub at: Time,
    /// Where the records stood: stage, how many, how much.
    pub stages: Vec<(Stage, i64, Money)>,
}

impl Books<'_> {
    /// The last report that was written.
    pub fn last_report(&self) -> Result<Option<ReportInfo>, StoreError> {
        let take = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, parsed::<Time>(row, 1), row.get(2)?));
        let found: Option<(i64, Result<Time, StoreError>, String)> =
            self.conn.prepare_cached(LAST)?.query_row([], take).optional()?;
        let Some((seq, at, detail)) = found else { return Ok(None) };
        let detail: Value = serde_json::from_str(&detail)?;
        let stage = |(stage, sums): (&String, &Value)| {
            Some((stage.parse().ok()?, sums[0].as_i64()?, Money::from_fen(sums[1].as_i64()?)))
        };
        let stages = detail["stages"].as_object().into_iter().flatten().filter_map(stage).collect();
        Ok(Some(ReportInfo { seq, at: at?, stages }))
    }

    /// Answers to the batches that are out, counted by batch, answer and code.
    pub fn answers(&self) -> Result<Vec<AnswerSum>, StoreError> {
        let mut statement = self.conn.prepare_cached(ANSWERS)?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let answer = row.get_ref(1)? != rusqlite::types::ValueRef::Null;
            let same: bool = row.get(4)?;
            found.push(AnswerSum {
                batch: row.get(0)?,
                answer: answer.then(|| parsed(row, 1)).transpose()?,
                code: row.get(2)?,
                shown: if same { row.get(3)? } else { String::new() },
                count: row.get(5)?,
                total: Money::from_fen(row.get(6)?),
            });
        }
        Ok(found)
    }

    /// How many events of each kind came after `seq`.
    pub fn events_by_kind(&self, seq: i64) -> Result<Vec<(EventKind, i64)>, StoreError> {
        let mut statement = self.conn.prepare_cached(KINDS)?;
        let mut rows = statement.query([seq])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push((parsed(row, 0)?, row.get(1)?));
        }
        Ok(found)
    }

    /// Every event of a kind, oldest first.
    pub fn events_of(&self, kind: EventKind) -> Result<Vec<EventInfo>, StoreError> {
        let mut statement = self.conn.prepare_cached(OF_KIND)?;
        let mut rows = statement.query([kind.id()])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(EventInfo::from_row(row)?);
        }
        Ok(found)
    }
}

impl Writer<'_> {
    /// Notes that a report was written, with the digest of its data; `shown` where it shows identities in full.
    pub fn reported(&mut self, data: Digest, shown: bool) -> Result<(), StoreError> {
        let mut stages = serde_json::Map::new();
        for (stage, count, total) in self.books().by_stage()? {
            stages.insert(stage.id().to_owned(), json!([count, total]));
        }
        let detail = json!({ "data": data, "stages": stages, "shown": shown });
        let content = Digest::of(detail.to_string().as_bytes());
        self.event(EventKind::Reported, &Subject::Ledger, None, &detail, content)
    }
}
