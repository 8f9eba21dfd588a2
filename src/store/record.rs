//! Records: written, read back, corrected, moved from stage to stage.

use crate::domain::{
    Digest, EventKind, Line, Money, Record, RecordId, ShortNumber, Stage, Step, Subject, Time, Verdict,
};
use crate::store::event::parsed;
use crate::store::{Books, StoreError, Writer, person};
use crate::text::Label;
use rusqlite::{OptionalExtension, Row};
use serde_json::{Value, json};

const INSERT: &str = "
    INSERT INTO record (uuid, station, count, record_no, row_key, occurrence, facility, kind, line, person,
        insured_area, insurance, person_group, occurred_at, admitted_at, discharged_at, applied_on, department,
        doctor, diagnosis_code, diagnosis_name, total_fen, paid_fen, pay_method, receipt_no, facts, note, version,
        content, entered_at, operator, stage)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
        ?23, ?24, ?25, ?26, ?27, 1, ?28, ?29, ?30, ?31)
    ON CONFLICT DO NOTHING";
const INSERT_LINES: &str = "INSERT INTO record_lines (record, lines) VALUES (?1, ?2)";
const LAST_COUNT: &str = "SELECT coalesce(max(count), 0) FROM record WHERE station = ?1";
const BY_NO: &str = "SELECT id, station, count, row_key FROM record WHERE record_no = ?1 AND facility = ?2";
const BY_ORIGIN: &str = "
    SELECT id, station, count, row_key FROM record
    WHERE row_key = ?1 AND facility = ?2 AND occurrence = ?3 AND record_no = ''";
const LAST_OCCURRENCE: &str = "
    SELECT coalesce(max(occurrence), 0) FROM record WHERE row_key = ?1 AND facility = ?2 AND record_no = ''";
const UPDATE: &str = "
    UPDATE record SET kind = ?2, line = ?3, person = ?4, insured_area = ?5, insurance = ?6, person_group = ?7,
        occurred_at = ?8, admitted_at = ?9, discharged_at = ?10, applied_on = ?11, department = ?12, doctor = ?13,
        diagnosis_code = ?14, diagnosis_name = ?15, total_fen = ?16, paid_fen = ?17, pay_method = ?18,
        receipt_no = ?19, facts = ?20, note = ?21, version = version + 1, content = ?22, stage = ?23
    WHERE id = ?1 AND version = ?24";
const MOVE: &str = "UPDATE record SET stage = ?2 WHERE id = ?1 AND stage = ?3";
/// Every column a stored record is made of, in the order [`Stored::from_row`] reads them.
macro_rules! columns {
    () => {
        "r.id, r.uuid, r.station, r.count, r.record_no, r.facility, r.kind, r.line, r.insured_area, r.insurance,
         r.person_group, r.occurred_at, r.admitted_at, r.discharged_at, r.applied_on, r.department, r.doctor,
         r.diagnosis_code, r.diagnosis_name, r.total_fen, r.paid_fen, r.pay_method, r.receipt_no, r.facts, r.note,
         r.version, r.content, r.entered_at, r.operator, r.stage, r.verdict, r.person,
         p.name, p.id_type, p.id_no, p.phone, p.card_no, p.psn_no
         FROM record r JOIN person p ON p.id = r.person"
    };
}
pub(super) use columns;
const BY_NUMBER: &str = concat!("SELECT ", columns!(), " WHERE r.station = ?1 AND r.count = ?2");
const BY_ID: &str = concat!("SELECT ", columns!(), " WHERE r.id = ?1");
const BY_RECORD_NO: &str = concat!("SELECT ", columns!(), " WHERE r.record_no = ?1 AND r.record_no <> ''");
const LINES: &str = "SELECT lines FROM record_lines WHERE record = ?1";

/// A record as it stands in the ledger. Its lines are read only where they are asked for.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Row number, the key other tables refer to.
    pub id: i64,
    /// UUIDv7.
    pub uuid: RecordId,
    /// The number people see.
    pub number: ShortNumber,
    /// What was retained.
    pub record: Record,
    /// Counts the corrections, from 1.
    pub version: i64,
    /// Digest of the content.
    pub content: Digest,
    /// When it was written down, Beijing time.
    pub entered_at: Time,
    /// Who wrote it down.
    pub operator: String,
    /// How far it has come.
    pub stage: Stage,
    /// What the last reconciliation said of it.
    pub verdict: Option<Verdict>,
    /// Number of the identity.
    pub(super) person: i64,
}

/// A record about to be written.
pub struct NewRecord<'a> {
    /// Its content.
    pub record: &'a Record,
    /// Digest of the row it came from.
    pub row_key: Digest,
    /// Which of the equal rows of its file it is, from 1; `None` makes it one more of its kind.
    pub occurrence: Option<i64>,
}

/// What came of writing a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is new and has this number.
    New(ShortNumber),
    /// The same row stands in the ledger already.
    Known(ShortNumber),
    /// Another content stands there under the same record number.
    Differs(ShortNumber),
}

/// Eighty random bits for an id.
pub(super) fn random_bits() -> Result<[u8; 10], StoreError> {
    let mut bits = [0; 10];
    getrandom::fill(&mut bits)
        .map_err(|error| StoreError::NotPermitted { text: format!("no random numbers: {error}") })?;
    Ok(bits)
}

/// The digest of a record's content, and its lines as they are stored.
pub(super) fn content_of(record: &Record) -> Result<(Digest, String), StoreError> {
    let mut lines = Vec::with_capacity(record.lines.len() * 192);
    serde_json::to_writer(&mut lines, &record.lines)?;
    let mut bytes = Vec::with_capacity(1024 + lines.len());
    serde_json::to_writer(&mut bytes, record)?;
    bytes.push(b'\n');
    bytes.extend_from_slice(&lines);
    Ok((Digest::of(&bytes), String::from_utf8(lines).expect("JSON is UTF-8")))
}

impl Stored {
    pub(super) fn from_row(row: &Row<'_>) -> Result<Stored, StoreError> {
        let damaged = |what: &str| StoreError::Damaged { text: what.to_owned() };
        let time = |at: usize| -> Result<Option<Time>, StoreError> {
            let text: Option<String> = row.get(at)?;
            text.map(|text| text.parse().map_err(|_| StoreError::Damaged { text })).transpose()
        };
        let station: String = row.get(2)?;
        let method: Option<String> = row.get(21)?;
        let verdict: Option<String> = row.get(30)?;
        let facts: String = row.get(23)?;
        Ok(Stored {
            id: row.get(0)?,
            uuid: RecordId::from_bytes(row.get(1)?),
            number: ShortNumber::new(&station, row.get(3)?).ok_or_else(|| damaged("record number"))?,
            record: Record {
                record_no: row.get(4)?,
                facility: row.get(5)?,
                kind: parsed(row, 6)?,
                line: row.get(7)?,
                person: person::from_row(row, 32)?,
                insured_area: row.get(8)?,
                insurance: row.get(9)?,
                person_group: row.get(10)?,
                occurred_at: parsed(row, 11)?,
                admitted_at: time(12)?,
                discharged_at: time(13)?,
                applied_on: time(14)?,
                department: row.get(15)?,
                doctor: row.get(16)?,
                diagnosis_code: row.get(17)?,
                diagnosis_name: row.get(18)?,
                total: Money::from_fen(row.get(19)?),
                paid: row.get::<_, Option<i64>>(20)?.map(Money::from_fen),
                pay_method: method.map(|m| m.parse().map_err(|_| damaged("pay_method"))).transpose()?,
                receipt_no: row.get(22)?,
                facts: serde_json::from_str(&facts)?,
                note: row.get(24)?,
                lines: Vec::new(),
            },
            version: row.get(25)?,
            content: Digest::from_bytes(row.get(26)?),
            entered_at: parsed(row, 27)?,
            operator: row.get(28)?,
            stage: parsed(row, 29)?,
            verdict: verdict.map(|v| v.parse().map_err(|_| damaged("verdict"))).transpose()?,
            person: row.get(31)?,
        })
    }

    /// The subject of its events.
    pub fn subject(&self) -> Subject {
        Subject::Record(self.number.to_string())
    }
}

impl Books<'_> {
    /// The record of a number such as `A1-0007`, with its lines.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is none.
    pub fn record(&self, number: &ShortNumber) -> Result<Stored, StoreError> {
        let mut statement = self.conn.prepare_cached(BY_NUMBER)?;
        let mut rows = statement.query((number.station(), number.count()))?;
        match rows.next()? {
            Some(row) => self.with_lines(Stored::from_row(row)?),
            None => Err(StoreError::NotFound { what: number.to_string() }),
        }
    }

    /// The record of a row number, with its lines.
    pub fn record_by_id(&self, id: i64) -> Result<Stored, StoreError> {
        let mut statement = self.conn.prepare_cached(BY_ID)?;
        let mut rows = statement.query([id])?;
        match rows.next()? {
            Some(row) => self.with_lines(Stored::from_row(row)?),
            None => Err(StoreError::NotFound { what: format!("record #{id}") }),
        }
    }

    /// The records that carry a facility's own number; more than one only across facilities.
    pub fn records_by_no(&self, record_no: &str) -> Result<Vec<Stored>, StoreError> {
        let mut statement = self.conn.prepare_cached(BY_RECORD_NO)?;
        let mut rows = statement.query([record_no])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(self.with_lines(Stored::from_row(row)?)?);
        }
        Ok(found)
    }

    pub(super) fn with_lines(&self, mut stored: Stored) -> Result<Stored, StoreError> {
        let lines: Option<String> =
            self.conn.prepare_cached(LINES)?.query_row([stored.id], |row| row.get(0)).optional()?;
        stored.record.lines = match lines {
            Some(lines) => serde_json::from_str::<Vec<Line>>(&lines)?,
            None => Vec::new(),
        };
        Ok(stored)
    }
}

impl Writer<'_> {
    /// Writes a record, unless the same row stands in the ledger already.
    pub fn add_record(&mut self, new: &NewRecord<'_>) -> Result<Added, StoreError> {
        let record = new.record;
        let occurrence = match new.occurrence {
            Some(occurrence) => occurrence,
            None => self.one_more(record, new.row_key)?,
        };
        let count = self.last_count()? + 1;
        let station = self.meta.station.clone();
        let number = ShortNumber::new(&station, count)
            .ok_or_else(|| StoreError::BadStation { text: station.clone() })?;
        let person = self.person(&record.person)?;
        let (content, lines) = content_of(record)?;
        let uuid = RecordId::new(self.actor.at, random_bits()?);
        let written = self.tx.prepare_cached(INSERT)?.execute(rusqlite::params![
            uuid.bytes(),
            station,
            count,
            record.record_no,
            new.row_key.bytes(),
            occurrence,
            record.facility,
            record.kind.id(),
            record.line,
            person,
            record.insured_area,
            record.insurance,
            record.person_group,
            record.occurred_at.to_string(),
            record.admitted_at.map(|t| t.to_string()),
            record.discharged_at.map(|t| t.to_string()),
            record.applied_on.map(|t| t.to_string()),
            record.department,
            record.doctor,
            record.diagnosis_code,
            record.diagnosis_name,
            record.total.fen(),
            record.paid.map(Money::fen),
            record.pay_method.map(|m| m.id()),
            record.receipt_no,
            serde_json::to_string(&record.facts)?,
            record.note,
            content.bytes(),
            self.actor.at.to_string(),
            self.actor.operator,
            Stage::Pending.id(),
        ])?;
        if written == 0 {
            return self.standing(record, new.row_key, occurrence);
        }
        self.last_count = Some(count);
        let id = self.tx.last_insert_rowid();
        if !record.lines.is_empty() {
            self.tx.prepare_cached(INSERT_LINES)?.execute((id, lines))?;
        }
        let subject = Subject::Record(number.to_string());
        let detail = json!({ "record_no": record.record_no, "total_fen": record.total });
        self.event(EventKind::Recorded, &subject, Some(id), &detail, content)?;
        Ok(Added::New(number))
    }

    /// What stands in the ledger where a row could not be written.
    fn standing(&mut self, record: &Record, row_key: Digest, occurrence: i64) -> Result<Added, StoreError> {
        let take = |row: &Row<'_>| -> rusqlite::Result<(String, u32, [u8; 32])> {
            Ok((row.get(1)?, row.get(2)?, row.get(3)?))
        };
        let found = if record.record_no.is_empty() {
            let key = (row_key.bytes(), &record.facility, occurrence);
            self.tx.prepare_cached(BY_ORIGIN)?.query_row(key, take)
        } else {
            self.tx.prepare_cached(BY_NO)?.query_row((&record.record_no, &record.facility), take)
        };
        let (station, count, origin) = found?;
        let number = ShortNumber::new(&station, count).ok_or(StoreError::BadStation { text: station })?;
        Ok(if origin == *row_key.bytes() { Added::Known(number) } else { Added::Differs(number) })
    }

    fn one_more(&mut self, record: &Record, row_key: Digest) -> Result<i64, StoreError> {
        let last: i64 = self
            .tx
            .prepare_cached(LAST_OCCURRENCE)?
            .query_row((row_key.bytes(), &record.facility), |row| row.get(0))?;
        Ok(last + 1)
    }

    fn last_count(&mut self) -> Result<u32, StoreError> {
        match self.last_count {
            Some(count) => Ok(count),
            None => Ok(self.tx.query_row(LAST_COUNT, [&self.meta.station], |row| row.get(0))?),
        }
    }

    /// Corrects a record: its new content, and what changed from what to what.
    /// A refused record is pending again, to go out once more.
    ///
    /// # Errors
    /// [`StoreError::Stale`] where the record moved on meanwhile.
    pub fn amend(&mut self, before: &Stored, after: &Record, changes: &Value) -> Result<(), StoreError> {
        let stage = before.stage.after(Step::Correct).ok_or_else(|| stale(before))?;
        let person = self.person(&after.person)?;
        let (content, _) = content_of(after)?;
        let changed = self.tx.prepare_cached(UPDATE)?.execute(rusqlite::params![
            before.id,
            after.kind.id(),
            after.line,
            person,
            after.insured_area,
            after.insurance,
            after.person_group,
            after.occurred_at.to_string(),
            after.admitted_at.map(|t| t.to_string()),
            after.discharged_at.map(|t| t.to_string()),
            after.applied_on.map(|t| t.to_string()),
            after.department,
            after.doctor,
            after.diagnosis_code,
            after.diagnosis_name,
            after.total.fen(),
            after.paid.map(Money::fen),
            after.pay_method.map(|m| m.id()),
            after.receipt_no,
            serde_json::to_string(&after.facts)?,
            after.note,
            content.bytes(),
            stage.id(),
            before.version,
        ])?;
        if changed != 1 {
            return Err(stale(before));
        }
        let mut detail = json!({ "changes": changes, "stage": [before.stage.id(), stage.id()] });
        if person != before.person {
            detail["person"] = json!([before.person, person]);
        }
        self.event(EventKind::Amended, &before.subject(), Some(before.id), &detail, content)
    }

    /// Moves one record by a step of its own, with the event that says why.
    ///
    /// # Errors
    /// [`StoreError::Stale`] where the step is not allowed from the record's stage.
    pub fn step(
        &mut self,
        stored: &Stored,
        step: Step,
        kind: EventKind,
        detail: &Value,
    ) -> Result<Stage, StoreError> {
        let stage = self.move_to(stored, step)?;
        let mut detail = detail.clone();
        detail["stage"] = json!([stored.stage.id(), stage.id()]);
        self.event(kind, &stored.subject(), Some(stored.id), &detail, stored.content)?;
        Ok(stage)
    }

    /// Moves a record without an event of its own: the caller's event names the set it is in.
    pub(super) fn move_to(&mut self, stored: &Stored, step: Step) -> Result<Stage, StoreError> {
        let stage = stored.stage.after(step).ok_or_else(|| stale(stored))?;
        self.move_row(stored.id, stored.stage, stage).map_err(|_| stale(stored))?;
        Ok(stage)
    }

    pub(super) fn move_row(&mut self, record: i64, from: Stage, to: Stage) -> Result<(), StoreError> {
        let moved = self.tx.prepare_cached(MOVE)?.execute((record, to.id(), from.id()))?;
        if moved == 1 { Ok(()) } else { Err(StoreError::Stale { what: format!("record #{record}") }) }
    }
}

fn stale(stored: &Stored) -> StoreError {
    StoreError::Stale { what: stored.number.to_string() }
}
