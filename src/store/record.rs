//! Records: written, read back, corrected, moved from stage to stage.

use crate::domain::{
    Digest, Digester, EventKind, Facts, Kind, Line, Masked, Money, PayMethod, Person, Record, RecordId,
    ShortNumber, Stage, Step, Subject, Time, Verdict,
};
use crate::store::event::parsed;
use crate::store::paper;
use crate::store::person::SealedPerson;
use crate::store::seal::{Place, Sealer};
use crate::store::verify::Frame;
use crate::store::{Books, StoreError, Writer};
use crate::text::Label;
use rusqlite::{OptionalExtension, Row};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const INSERT: &str = "
    INSERT INTO record (uuid, station, count, record_no, row_key, occurrence, facility, kind, line, person,
        insured_area, insurance, person_group, occurred_at, admitted_at, discharged_at, applied_on, department,
        total_fen, paid_fen, pay_method, receipt_no, facts, private, version, content, entered_at, operator, stage,
        file, row)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
        ?23, ?24, 1, ?25, ?26, ?27, ?28, ?29, ?30)
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
        occurred_at = ?8, admitted_at = ?9, discharged_at = ?10, applied_on = ?11, department = ?12, total_fen = ?13,
        paid_fen = ?14, pay_method = ?15, receipt_no = ?16, facts = ?17, private = ?18, version = version + 1,
        content = ?19, stage = ?20
    WHERE id = ?1 AND version = ?21";
const MOVE: &str = "UPDATE record SET stage = ?2 WHERE id = ?1 AND stage = ?3";
/// Every column a stored record is made of, in the order [`Stored::from_row`] reads them.
macro_rules! columns {
    () => {
        concat!(
            "r.id, r.uuid, r.station, r.count, r.record_no, r.facility, r.kind, r.line, r.insured_area, r.insurance,
             r.person_group, r.occurred_at, r.admitted_at, r.discharged_at, r.applied_on, r.department, r.total_fen,
             r.paid_fen, r.pay_method, r.receipt_no, r.facts, r.private, r.version, r.content, r.entered_at,
             r.operator, r.stage, r.verdict, r.person, r.file, r.row,
             (SELECT group_concat(kind || ' ' || state, ';') FROM paper WHERE record = r.id), ",
            crate::store::person::person_columns!(),
            " FROM record r JOIN person p ON p.id = r.person"
        )
    };
}
pub(super) use columns;
const BY_NUMBER: &str = concat!("SELECT ", columns!(), " WHERE r.station = ?1 AND r.count = ?2");
const BY_ID: &str = concat!("SELECT ", columns!(), " WHERE r.id = ?1");
const BY_RECORD_NO: &str = concat!("SELECT ", columns!(), " WHERE r.record_no = ?1 AND r.record_no <> ''");
const LINES: &str = "SELECT lines FROM record_lines WHERE record = ?1";

/// A record as it stands in the ledger. Its lines are read only where they are asked for; who it is about, doctor,
/// diagnosis and note are empty in [`Stored::record`] until [`Books::opened`] has opened them.
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
    /// Who it is about, as far as that is shown to anyone.
    pub shown: Masked,
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
    /// Where it came from, if in a file.
    pub source: Option<Source>,
    /// Number of the identity.
    pub(super) person: i64,
    /// The fact `papers` as the row has it, where what is in custody says otherwise.
    papers_in_row: Option<Facts>,
    sealed: SealedPerson,
    private: Vec<u8>,
}

/// The row of a file that a record came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Keyed digest of the file, see [`Writer::file_key`].
    pub file: Digest,
    /// Line in it, from 1.
    pub row: i64,
}

/// A record about to be written.
pub struct NewRecord<'a> {
    /// Its content.
    pub record: &'a Record,
    /// Digest of the row it came from.
    pub row_key: Digest,
    /// Which of the equal rows of its file it is, from 1; `None` makes it one more of its kind.
    pub occurrence: Option<i64>,
    /// Where it came from, if in a file.
    pub source: Option<Source>,
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
    crate::store::seal::fill(&mut bits)?;
    Ok(bits)
}

/// What anyone may read of a record, in the order in which it is hashed.
#[derive(Serialize)]
struct Public<'a> {
    record_no: &'a str,
    facility: &'a str,
    kind: Kind,
    line: &'a str,
    insured_area: &'a str,
    insurance: &'a str,
    person_group: &'a str,
    occurred_at: Time,
    admitted_at: Option<Time>,
    discharged_at: Option<Time>,
    applied_on: Option<Time>,
    department: &'a str,
    total_fen: Money,
    paid_fen: Option<Money>,
    pay_method: Option<PayMethod>,
    receipt_no: &'a str,
    facts: &'a Facts,
}

/// What is sealed in a record besides the person.
#[derive(Serialize, Deserialize)]
struct Private {
    doctor: String,
    diagnosis_code: String,
    diagnosis_name: String,
    note: String,
}

/// The digest of a record's content: what anyone may read, the content of the person's row, what is sealed, the lines.
fn digest_of(record: &Record, person: Digest, private: &[u8], lines: &[u8]) -> Result<Digest, StoreError> {
    let mut public = Vec::with_capacity(640);
    serde_json::to_writer(&mut public, &public_of(record))?;
    let mut digester = Digester::default();
    for part in [&public[..], person.bytes(), private, lines] {
        digester.part(part);
    }
    Ok(digester.finish())
}

fn public_of(record: &Record) -> Public<'_> {
    Public {
        record_no: &record.record_no,
        facility: &record.facility,
        kind: record.kind,
        line: &record.line,
        insured_area: &record.insured_area,
        insurance: &record.insurance,
        person_group: &record.person_group,
        occurred_at: record.occurred_at,
        admitted_at: record.admitted_at,
        discharged_at: record.discharged_at,
        applied_on: record.applied_on,
        department: &record.department,
        total_fen: record.total,
        paid_fen: record.paid,
        pay_method: record.pay_method,
        receipt_no: &record.receipt_no,
        facts: &record.facts,
    }
}

/// Doctor, diagnosis and note of the record with this UUID, sealed; nothing where all are empty.
fn sealed_private(sealer: &Sealer, uuid: &RecordId, record: &Record) -> Result<Vec<u8>, StoreError> {
    let Record { doctor, diagnosis_code, diagnosis_name, note, .. } = record;
    if [doctor, diagnosis_code, diagnosis_name, note].iter().all(|text| text.is_empty()) {
        return Ok(Vec::new());
    }
    let private = Private {
        doctor: doctor.clone(),
        diagnosis_code: diagnosis_code.clone(),
        diagnosis_name: diagnosis_name.clone(),
        note: note.clone(),
    };
    Ok(sealer.seal(private_place(uuid), &serde_json::to_vec(&private)?))
}

fn private_place(uuid: &RecordId) -> Place<'_> {
    Place { column: "record.private", row: uuid.bytes() }
}

/// A record's lines as they are stored: nothing where there are none.
fn lines_of(record: &Record) -> Result<Vec<u8>, StoreError> {
    let mut lines = Vec::with_capacity(record.lines.len() * 192);
    if !record.lines.is_empty() {
        serde_json::to_writer(&mut lines, &record.lines)?;
    }
    Ok(lines)
}

impl Stored {
    pub(super) fn from_row(row: &Row<'_>) -> Result<Stored, StoreError> {
        let damaged = |what: &str| StoreError::Damaged { text: what.to_owned() };
        let time = |at: usize| -> Result<Option<Time>, StoreError> {
            let text: Option<String> = row.get(at)?;
            text.map(|text| text.parse().map_err(|_| StoreError::Damaged { text })).transpose()
        };
        let station: String = row.get(2)?;
        let method: Option<String> = row.get(18)?;
        let verdict: Option<String> = row.get(27)?;
        let facts: String = row.get(20)?;
        let file: Option<[u8; 32]> = row.get(29)?;
        let source = match (file, row.get(30)?) {
            (Some(file), Some(row)) => Some(Source { file: Digest::from_bytes(file), row }),
            _ => None,
        };
        let mut facts: Facts = serde_json::from_str(&facts)?;
        let custody: Option<String> = row.get(31)?;
        let papers_in_row = custody.and_then(|custody| paper::overlay(&mut facts, &custody));
        let sealed = SealedPerson::from_row(row, 32)?;
        Ok(Stored {
            id: row.get(0)?,
            uuid: RecordId::from_bytes(row.get(1)?),
            number: ShortNumber::new(&station, row.get(3)?).ok_or_else(|| damaged("record number"))?,
            record: Record {
                record_no: row.get(4)?,
                facility: row.get(5)?,
                kind: parsed(row, 6)?,
                line: row.get(7)?,
                person: Person { id_type: sealed.id_type.clone(), ..Person::default() },
                insured_area: row.get(8)?,
                insurance: row.get(9)?,
                person_group: row.get(10)?,
                occurred_at: parsed(row, 11)?,
                admitted_at: time(12)?,
                discharged_at: time(13)?,
                applied_on: time(14)?,
                department: row.get(15)?,
                doctor: String::new(),
                diagnosis_code: String::new(),
                diagnosis_name: String::new(),
                total: Money::from_fen(row.get(16)?),
                paid: row.get::<_, Option<i64>>(17)?.map(Money::from_fen),
                pay_method: method.map(|m| m.parse().map_err(|_| damaged("pay_method"))).transpose()?,
                receipt_no: row.get(19)?,
                facts,
                note: String::new(),
                lines: Vec::new(),
            },
            shown: sealed.shown.clone(),
            private: row.get(21)?,
            version: row.get(22)?,
            content: Digest::from_bytes(row.get(23)?),
            entered_at: parsed(row, 24)?,
            operator: row.get(25)?,
            stage: parsed(row, 26)?,
            verdict: verdict.map(|v| v.parse().map_err(|_| damaged("verdict"))).transpose()?,
            source,
            person: row.get(28)?,
            papers_in_row,
            sealed,
        })
    }

    /// The digest of what stands in the row, with lines as they stand in theirs, to be compared with what it was.
    pub(super) fn content_with(&self, lines: Option<&str>) -> Result<Digest, StoreError> {
        let lines = lines.unwrap_or_default().as_bytes();
        match &self.papers_in_row {
            None => digest_of(&self.record, self.sealed.content, &self.private, lines),
            Some(facts) => {
                let record = Record { facts: facts.clone(), ..self.record.clone() };
                digest_of(&record, self.sealed.content, &self.private, lines)
            }
        }
    }

    /// The subject of its events.
    pub fn subject(&self) -> Subject {
        Subject::Record(self.number.to_string())
    }
}

impl Books<'_> {
    /// The record with the person, doctor, diagnosis and note in it.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while nobody has unlocked the ledger, [`StoreError::Damaged`] where they do not open.
    pub fn opened(&self, mut stored: Stored) -> Result<Stored, StoreError> {
        let sealer = self.sealer()?;
        stored.record.person = stored.sealed.open(sealer)?;
        if !stored.private.is_empty() {
            let plain = sealer.open(private_place(&stored.uuid), &stored.private)?;
            let private: Private = serde_json::from_slice(&plain)?;
            stored.record.doctor = private.doctor;
            stored.record.diagnosis_code = private.diagnosis_code;
            stored.record.diagnosis_name = private.diagnosis_name;
            stored.record.note = private.note;
        }
        Ok(stored)
    }

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
        let (person, identity) = self.person(&record.person)?;
        let uuid = RecordId::new(self.actor.at, random_bits()?);
        let private = sealed_private(self.sealer()?, &uuid, record)?;
        let lines = lines_of(record)?;
        let content = digest_of(record, identity, &private, &lines)?;
        let origin = self.origin(new.row_key)?;
        let written = self.tx.prepare_cached(INSERT)?.execute(rusqlite::params![
            uuid.bytes(),
            station,
            count,
            record.record_no,
            origin,
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
            record.total.fen(),
            record.paid.map(Money::fen),
            record.pay_method.map(|m| m.id()),
            record.receipt_no,
            serde_json::to_string(&record.facts)?,
            private,
            content.bytes(),
            self.actor.at.to_string(),
            self.actor.operator,
            Stage::Pending.id(),
            new.source.map(|source| *source.file.bytes()),
            new.source.map(|source| source.row),
        ])?;
        if written == 0 {
            return self.standing(record, new.row_key, occurrence);
        }
        self.last_count = Some(count);
        let id = self.tx.last_insert_rowid();
        if !record.lines.is_empty() {
            let lines = String::from_utf8(lines).expect("JSON is UTF-8");
            self.tx.prepare_cached(INSERT_LINES)?.execute((id, lines))?;
        }
        let subject = Subject::Record(number.to_string());
        let detail = json!({ "record_no": record.record_no, "total_fen": record.total });
        let frame = Frame {
            id,
            uuid: uuid.bytes(),
            number: &number,
            row_key: &origin,
            occurrence,
            person,
            content: content.bytes(),
            entered_at: self.actor.at,
            operator: &self.actor.operator,
            source: new.source,
        };
        self.event(EventKind::Recorded, &subject, Some(id), &detail, frame.digest())?;
        Ok(Added::New(number))
    }

    /// The keyed digest of the row a record came from: the plain one would let an identity be guessed.
    fn origin(&self, row_key: Digest) -> Result<[u8; 32], StoreError> {
        Ok(self.sealer()?.long_mark("row", row_key.bytes()))
    }

    /// What stands in the ledger where a row could not be written.
    fn standing(&mut self, record: &Record, row_key: Digest, occurrence: i64) -> Result<Added, StoreError> {
        let take = |row: &Row<'_>| -> rusqlite::Result<(String, u32, [u8; 32])> {
            Ok((row.get(1)?, row.get(2)?, row.get(3)?))
        };
        let own = self.origin(row_key)?;
        let found = if record.record_no.is_empty() {
            let key = (own, &record.facility, occurrence);
            self.tx.prepare_cached(BY_ORIGIN)?.query_row(key, take)
        } else {
            self.tx.prepare_cached(BY_NO)?.query_row((&record.record_no, &record.facility), take)
        };
        let (station, count, origin) = found?;
        let number = ShortNumber::new(&station, count).ok_or(StoreError::BadStation { text: station })?;
        Ok(if origin == own { Added::Known(number) } else { Added::Differs(number) })
    }

    fn one_more(&mut self, record: &Record, row_key: Digest) -> Result<i64, StoreError> {
        let key = (self.origin(row_key)?, &record.facility);
        let last: i64 = self.tx.prepare_cached(LAST_OCCURRENCE)?.query_row(key, |row| row.get(0))?;
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
        let (person, identity) = self.person(&after.person)?;
        let private = sealed_private(self.sealer()?, &before.uuid, after)?;
        let content = digest_of(after, identity, &private, &lines_of(after)?)?;
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
            after.total.fen(),
            after.paid.map(Money::fen),
            after.pay_method.map(|m| m.id()),
            after.receipt_no,
            serde_json::to_string(&after.facts)?,
            private,
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
        let frame = self.books().frame(before.id)?;
        self.event(EventKind::Amended, &before.subject(), Some(before.id), &detail, frame)
    }

    /// Moves one record by a step of its own, with the event that says why; what a person `said`, under its name, is
    /// sealed there.
    ///
    /// # Errors
    /// [`StoreError::Stale`] where the step is not allowed from the record's stage.
    pub fn step(
        &mut self,
        stored: &Stored,
        step: Step,
        kind: EventKind,
        detail: &Value,
        said: Option<(&'static str, &str)>,
    ) -> Result<Stage, StoreError> {
        let stage = self.move_to(stored, step)?;
        let mut detail = detail.clone();
        if let Some((name, text)) = said {
            detail[name] = self.sealed_value(&stored.subject(), text)?;
        }
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
