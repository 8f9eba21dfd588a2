//! Reports that were written: each leaves an event with the digest of its data and
//! where the records stood, so that a printed page can be proved and the next one
//! can tell what changed since.

use crate::domain::{Digest, EventKind, Money, Stage, Subject, Time};
use crate::store::event::parsed;
use crate::store::{Books, EventInfo, StoreError, Writer};
use crate::text::Label;
use rusqlite::OptionalExtension;
use serde_json::{Value, json};

const LAST: &str = "SELECT seq, at, detail FROM event WHERE kind = 'reported' ORDER BY seq DESC LIMIT 1";
const KINDS: &str = "SELECT kind, count(*) FROM event WHERE seq > ?1 GROUP BY kind ORDER BY kind";
const OF_KIND: &str = "
    SELECT seq, at, station, operator, kind, subject, record, detail, content, hash FROM event WHERE kind = ?1 ORDER BY seq";

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
