//! The chain of events: who changed what, in an order that cannot be edited.
//!
//! The hash of an event is the SHA-256 of ten lines of UTF-8 text, joined by
//! line feeds: the hash before it in hexadecimal, then `seq`, `at`, `station`,
//! `operator`, `kind`, `subject`, `record` (empty where it is none), `content`
//! in hexadecimal, and `detail`. No field can hold a line feed, so the text
//! cannot be read two ways. `docs/audit.md` says what each `content` covers.

use crate::domain::{ChainLine, Digest, EventKind, Link, Subject, Time};
use crate::store::{Books, StoreError, Writer};
use crate::text::Label;
use rusqlite::{OptionalExtension, Row};
use serde_json::Value;

const HEAD: &str = "SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1";
const APPEND: &str = "
    INSERT INTO event (seq, at, station, operator, kind, subject, record, detail, content, hash)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
const ALL: &str = "
    SELECT seq, at, station, operator, kind, subject, record, detail, content, hash FROM event
    WHERE seq > ?1 ORDER BY seq";
const OF_RECORD: &str = "
    SELECT seq, at, station, operator, kind, subject, record, detail, content, hash FROM event
    WHERE record = ?1
    UNION
    SELECT e.seq, e.at, e.station, e.operator, e.kind, e.subject, e.record, e.detail, e.content, e.hash
    FROM batch_record b JOIN event e ON e.subject = 'batch B' || b.batch
    WHERE b.record = ?1
    UNION
    SELECT e.seq, e.at, e.station, e.operator, e.kind, e.subject, e.record, e.detail, e.content, e.hash
    FROM match m JOIN event e ON e.subject IN ('run R' || m.run, 'run R' || m.undone_run)
    WHERE m.record = ?1
    UNION
    SELECT e.seq, e.at, e.station, e.operator, e.kind, e.subject, e.record, e.detail, e.content, e.hash
    FROM census_done d JOIN event e ON e.subject = printf('census C-%04d', d.census) AND e.kind = 'census_done'
    WHERE d.record = ?1
    ORDER BY 1";

/// One event as it stands in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventInfo {
    /// Its place in the chain, from 1.
    pub seq: i64,
    /// When, Beijing time.
    pub at: Time,
    /// At which station.
    pub station: String,
    /// By whom.
    pub operator: String,
    /// What happened.
    pub kind: EventKind,
    /// To what, such as `record A1-0007`.
    pub subject: String,
    /// The record it touches, where it is one.
    pub record: Option<i64>,
    /// What changed, from what to what; never an identity.
    pub detail: String,
    /// Digest of what it left behind.
    pub content: Digest,
    /// Its own hash, which covers the one before.
    pub hash: Digest,
}

impl EventInfo {
    pub(super) fn from_row(row: &Row<'_>) -> Result<EventInfo, StoreError> {
        let word = |text: String| text.parse().map_err(|_| StoreError::Damaged { text });
        Ok(EventInfo {
            seq: row.get(0)?,
            at: parsed(row, 1)?,
            station: row.get(2)?,
            operator: row.get(3)?,
            kind: word(row.get(4)?)?,
            subject: row.get(5)?,
            record: row.get(6)?,
            detail: row.get(7)?,
            content: Digest::from_bytes(row.get(8)?),
            hash: Digest::from_bytes(row.get(9)?),
        })
    }

    /// The hash this event must have after `before`.
    pub fn hash_after(&self, before: Digest) -> Digest {
        let EventInfo { seq, at, station, operator, subject, record, content, detail, .. } = self;
        let link = Link {
            seq: *seq,
            at: *at,
            station,
            operator,
            kind: self.kind.id(),
            subject,
            record: *record,
            content: *content,
            detail,
        };
        link.hash_after(before)
    }

    /// The event as it travels, after `before`.
    pub fn line(self, before: Digest) -> ChainLine {
        let EventInfo { seq, at, station, operator, kind, subject, record, detail, content, hash } = self;
        let kind = kind.id().to_owned();
        ChainLine { before, seq, at, station, operator, kind, subject, record, content, detail, hash }
    }
}

/// A column of text that must read as `T`; anything else is damage.
pub(super) fn parsed<T: std::str::FromStr>(row: &Row<'_>, at: usize) -> Result<T, StoreError> {
    let text: String = row.get(at)?;
    text.parse().map_err(|_| StoreError::Damaged { text: format!("column {at}: {text}") })
}

impl Books<'_> {
    /// The last event's number and hash; number 0 before the first.
    pub fn head(&self) -> Result<(i64, Digest), StoreError> {
        let head =
            self.conn.prepare_cached(HEAD)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        Ok(head.map_or((0, Digest::NONE), |(seq, hash)| (seq, Digest::from_bytes(hash))))
    }

    /// Every event after `seq`, handed on one by one.
    pub fn each_event<E: From<StoreError>>(
        &self,
        after: i64,
        mut take: impl FnMut(EventInfo) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self.conn.prepare_cached(ALL).map_err(StoreError::from)?;
        let mut rows = statement.query([after]).map_err(StoreError::from)?;
        while let Some(row) = rows.next().map_err(StoreError::from)? {
            take(EventInfo::from_row(row)?)?;
        }
        Ok(())
    }

    /// What happened to a record: its own events, its batches, the runs that matched it, and the census it comes from.
    pub fn history(&self, record: i64) -> Result<Vec<EventInfo>, StoreError> {
        let mut statement = self.conn.prepare_cached(OF_RECORD)?;
        let mut rows = statement.query([record])?;
        let mut events = Vec::new();
        while let Some(row) = rows.next()? {
            events.push(EventInfo::from_row(row)?);
        }
        Ok(events)
    }
}

impl Writer<'_> {
    /// Appends one event to the chain: the one place where every change passes, so rights are asked for here.
    ///
    /// # Errors
    /// [`StoreError::NotAllowed`] where the operator's role has no right to it.
    pub(super) fn event(
        &mut self,
        kind: EventKind,
        subject: &Subject,
        record: Option<i64>,
        detail: &Value,
        content: Digest,
    ) -> Result<(), StoreError> {
        if let Some(right) = kind.right() {
            self.session()?.may(right)?;
        }
        let (last, before) = match self.head {
            Some(head) => head,
            None => self.books().head()?,
        };
        let mut event = EventInfo {
            seq: last + 1,
            at: self.actor.at,
            station: self.meta.station.clone(),
            operator: one_line(&self.actor.operator),
            kind,
            subject: one_line(&subject.to_string()),
            record,
            detail: detail.to_string(),
            content,
            hash: Digest::NONE,
        };
        event.hash = event.hash_after(before);
        self.tx.prepare_cached(APPEND)?.execute((
            event.seq,
            event.at.to_string(),
            &event.station,
            &event.operator,
            event.kind.id(),
            &event.subject,
            event.record,
            &event.detail,
            event.content.bytes(),
            event.hash.bytes(),
        ))?;
        self.head = Some((event.seq, event.hash));
        Ok(())
    }
}

/// A text without line breaks and other control characters, so that it is one line of what is hashed, and stands in
/// JSON without an escape that a shell could not undo.
pub(super) fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}
