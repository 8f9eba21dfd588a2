//! Records as they stand in the ledger, read back; `record_write` writes them.

use crate::domain::{
    Digest, Facts, Line, Masked, Money, Person, Record, RecordId, ShortNumber, Stage, Subject, Time, Verdict,
};
use crate::store::event::parsed;
use crate::store::paper;
use crate::store::person::SealedPerson;
use crate::store::prepared::{Private, digest_of, private_place, public_of};
use crate::store::{Books, StoreError};
use rusqlite::{OptionalExtension, Row};

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
const LINES_SOURCE: &str =
    "SELECT file, coalesce(rows, '') FROM record_lines WHERE record = ?1 AND file IS NOT NULL";

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
    /// Keyed digest of the file, see [`crate::store::Writer::file_key`].
    pub file: Digest,
    /// Line in it, from 1.
    pub row: i64,
}

/// The file that a record's fee lines came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinesSource {
    /// Keyed digest of the file, see [`crate::store::Writer::file_key`].
    pub file: Digest,
    /// On which lines of it, in the order of the fee lines, neighbours as a run: `2-6 9`.
    pub rows: String,
}

/// A record about to be written.
pub struct NewRecord<'a> {
    /// Its content.
    pub record: &'a Record,
    /// Digest of the row it came from.
    pub row_key: Digest,
    /// Which of the equal rows of its file it is, from 1; `None` makes it one more of its kind.
    pub occurrence: Option<i64>,
    /// Nothing stands where it will stand, as the caller knows: it is not looked for. Were it there, writing would fail.
    pub first: bool,
    /// Where it came from, if in a file.
    pub source: Option<Source>,
    /// Where its fee lines came from, if in a file.
    pub lines: Option<LinesSource>,
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
    pub(super) fn content_with(&self, lines: Option<&str>) -> Digest {
        let public = match &self.papers_in_row {
            None => public_of(&self.record),
            Some(facts) => public_of(&Record { facts: facts.clone(), ..self.record.clone() }),
        };
        digest_of(&public, self.sealed.content, &self.private, lines.unwrap_or_default().as_bytes())
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

    /// The same without its lines, which are the larger part of it.
    pub fn record_without_lines(&self, id: i64) -> Result<Stored, StoreError> {
        let mut statement = self.conn.prepare_cached(BY_ID)?;
        let mut rows = statement.query([id])?;
        match rows.next()? {
            Some(row) => Stored::from_row(row),
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

    /// The file that the fee lines of a record came in, if in one.
    pub fn lines_source(&self, record: i64) -> Result<Option<LinesSource>, StoreError> {
        let mut statement = self.conn.prepare_cached(LINES_SOURCE)?;
        let found = statement.query_row([record], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        Ok(found.map(|(file, rows)| LinesSource { file: Digest::from_bytes(file), rows }))
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
