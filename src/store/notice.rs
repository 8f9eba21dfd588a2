//! The notices in force and what was recorded of their real resumption.

use crate::domain::{EventKind, Subject, Time};
use crate::store::event::parsed;
use crate::store::row::digest_of;
use crate::store::seal::Place;
use crate::store::{Books, StoreError, Writer};
use serde_json::json;

const ADD: &str = "INSERT INTO notice (id, text, added_at) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO NOTHING";
const REPLACE: &str = "UPDATE notice SET text = ?2, added_at = ?3 WHERE id = ?1 AND text <> ?2";
const ALL: &str = "SELECT id, text FROM notice ORDER BY id";
const RESUME: &str = "
    INSERT INTO resumption (notice, window, facility, resumed_at, recorded_at) VALUES (?1, ?2, ?3, ?4, ?5)";
const RESUMPTIONS: &str = "
    SELECT notice, window, facility, resumed_at FROM resumption
    WHERE id IN (SELECT max(id) FROM resumption GROUP BY notice, window, facility) ORDER BY id";

const ONE: &str = "SELECT * FROM notice WHERE id = ?1";
const ONE_RESUMPTION: &str = "SELECT * FROM resumption WHERE id = ?1";
const ONE_DUTY: &str = "SELECT * FROM duty_done WHERE notice = ?1 AND number = ?2";
const DUTY_DONE: &str = "
    INSERT INTO duty_done (notice, number, evidence, done_at, operator) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT DO NOTHING";
const DUTIES_DONE: &str = "SELECT notice, number, evidence, done_at, operator FROM duty_done";

/// A duty of a notice that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DutyDone {
    /// Of which notice.
    pub notice: String,
    /// Its place in the notice, from 1.
    pub number: i64,
    /// What proves it; `None` while the ledger is locked.
    pub evidence: Option<String>,
    /// When it was noted, Beijing time.
    pub done_at: Time,
    /// By whom.
    pub operator: String,
}

/// A notice as its text was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedNotice {
    /// Its id.
    pub id: String,
    /// Its TOML.
    pub text: String,
}

/// What was recorded of a real resumption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resumption {
    /// Of which notice.
    pub notice: String,
    /// Of which window; `all` for every one.
    pub window: String,
    /// For which facility; empty for all.
    pub facility: String,
    /// When it was back, Beijing time.
    pub resumed_at: Time,
}

fn place(duty: &[u8]) -> Place<'_> {
    Place { column: "duty_done.evidence", row: duty }
}

fn duty(notice: &str, number: i64) -> Vec<u8> {
    format!("{notice} {number}").into_bytes()
}

impl Books<'_> {
    /// Every notice in force.
    pub fn notices(&self) -> Result<Vec<LoadedNotice>, StoreError> {
        let mut statement = self.conn.prepare_cached(ALL)?;
        let rows = statement.query_map([], |row| Ok(LoadedNotice { id: row.get(0)?, text: row.get(1)? }))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The duties that were done.
    pub fn duties_done(&self) -> Result<Vec<DutyDone>, StoreError> {
        let mut statement = self.conn.prepare_cached(DUTIES_DONE)?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let (notice, number): (String, i64) = (row.get(0)?, row.get(1)?);
            let sealed: Vec<u8> = row.get(2)?;
            found.push(DutyDone {
                evidence: self.open_text(place(&duty(&notice, number)), &sealed)?,
                notice,
                number,
                done_at: parsed(row, 3)?,
                operator: row.get(4)?,
            });
        }
        Ok(found)
    }

    /// The resumptions that count: the latest of each notice, window and facility.
    pub fn resumptions(&self) -> Result<Vec<Resumption>, StoreError> {
        let mut statement = self.conn.prepare_cached(RESUMPTIONS)?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(Resumption {
                notice: row.get(0)?,
                window: row.get(1)?,
                facility: row.get(2)?,
                resumed_at: parsed(row, 3)?,
            });
        }
        Ok(found)
    }
}

impl Writer<'_> {
    /// Puts a notice in force, or a later text of it; `false` where exactly this text is in force already.
    pub fn add_notice(&mut self, notice: &LoadedNotice) -> Result<bool, StoreError> {
        let row = (&notice.id, &notice.text, self.actor.at.to_string());
        let added = self.tx.prepare_cached(ADD)?.execute((row.0, row.1, &row.2))?;
        if added == 0 && self.tx.prepare_cached(REPLACE)?.execute((row.0, row.1, &row.2))? == 0 {
            return Ok(false);
        }
        let detail = json!({ "replaced": added == 0 });
        let content = self.tx.query_row(ONE, [&notice.id], |row| Ok(digest_of("notice", row)))??;
        self.event(EventKind::NoticeAdded, &Subject::Notice(notice.id.clone()), None, &detail, content)?;
        Ok(true)
    }

    /// Notes that a duty was done.
    ///
    /// # Errors
    /// [`StoreError::Stale`] where it was done before.
    pub fn duty_done(&mut self, notice: &str, number: i64, evidence: &str) -> Result<(), StoreError> {
        let sealed = self.seal_text(place(&duty(notice, number)), evidence)?;
        let row = (notice, number, sealed, self.actor.at.to_string(), &self.actor.operator);
        if self.tx.prepare_cached(DUTY_DONE)?.execute(row)? != 1 {
            return Err(StoreError::Stale { what: format!("{notice} {number}") });
        }
        let subject = Subject::Notice(notice.to_owned());
        let detail = json!({ "number": number, "evidence": self.sealed_value(&subject, evidence)? });
        let key = (notice, number);
        let content = self.tx.query_row(ONE_DUTY, key, |row| Ok(digest_of("duty_done", row)))??;
        self.event(EventKind::DutyDone, &subject, None, &detail, content)
    }

    /// Records when a window was really back.
    pub fn add_resumption(&mut self, resumption: &Resumption) -> Result<(), StoreError> {
        let Resumption { notice, window, facility, resumed_at } = resumption;
        let at = resumed_at.to_string();
        self.tx.prepare_cached(RESUME)?.execute((
            notice,
            window,
            facility,
            &at,
            self.actor.at.to_string(),
        ))?;
        let detail = json!({ "window": window, "facility": facility, "resumed_at": at });
        let id = self.tx.last_insert_rowid();
        let content = self.tx.query_row(ONE_RESUMPTION, [id], |row| Ok(digest_of("resumption", row)))??;
        self.event(EventKind::Resumed, &Subject::Notice(notice.clone()), None, &detail, content)
    }
}
