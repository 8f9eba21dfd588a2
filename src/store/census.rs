//! The census: patients in hospital before a stop, and what was done for each.
//!
//! An import leaves one event, whose content is the digest of every entry as it
//! then stands; a changed entry and a thing done leave one each, whose content
//! covers the entry and all that was done for it. What a notice asks is not kept.

use crate::domain::{
    CensusEntry, CensusNumber, Digest, Digester, EventKind, Masked, Money, Person, ShortNumber, Subject, Time,
};
use crate::store::event::parsed;
use crate::store::person::SealedPerson;
use crate::store::seal::Place;
use crate::store::{Books, NewFile, StoreError, Writer};
use rusqlite::{OptionalExtension, Row};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const LIST: &str = "
    INSERT INTO census (key, bed_no, record_no, facility, line, person, insured_area, insurance, person_group,
        admitted_at, discharged_at, department, total_fen, paid_fen, facts, private, version, whole, content,
        entered_at, operator)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, 1, ?17, ?18, ?19, ?20)
    ON CONFLICT (key) DO UPDATE SET bed_no = ?2, record_no = ?3, facility = ?4, line = ?5, person = ?6,
        insured_area = ?7, insurance = ?8, person_group = ?9, admitted_at = ?10, discharged_at = ?11,
        department = ?12, total_fen = ?13, paid_fen = ?14, facts = ?15, private = ?16,
        version = version + 1, whole = ?17, content = ?18
    WHERE version = ?21";
macro_rules! columns {
    () => {
        concat!(
            "SELECT c.id, c.bed_no, c.record_no, c.facility, c.line, c.insured_area, c.insurance, c.person_group,
             c.admitted_at, c.discharged_at, c.department, c.total_fen, c.paid_fen, c.facts, c.private, c.version,
             c.content, c.entered_at, c.operator, c.whole, c.key, ",
            crate::store::person::person_columns!(),
            " FROM census c JOIN person p ON p.id = c.person"
        )
    };
}
const ALL: &str = concat!(columns!(), " ORDER BY c.id");
const BY_ID: &str = concat!(columns!(), " WHERE c.id = ?1");
const BY_KEY: &str = concat!(columns!(), " WHERE c.key = ?1");
const PERSON_OF: &str = "SELECT person FROM census WHERE key = ?1";
const ADD_DONE: &str = "
    INSERT INTO census_done (census, action, done_at, operator, evidence, record) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (census, action) DO NOTHING";
const DONE: &str = "
    SELECT d.action, d.done_at, d.operator, d.evidence, d.record, r.station, r.count
    FROM census_done d LEFT JOIN record r ON r.id = d.record
    WHERE d.census = ?1 ORDER BY d.done_at, d.action";
const RECORD_ID: &str = "SELECT id FROM record WHERE station = ?1 AND count = ?2";

/// An entry of the census as it stands in the ledger. Person, doctor and note are empty in its entry until
/// [`Books::opened_census`] has opened them.
#[derive(Clone, Debug)]
pub struct StoredCensus {
    /// The number people see.
    pub number: CensusNumber,
    /// What the list says.
    pub entry: CensusEntry,
    /// Who lies there, as far as that is shown to anyone.
    pub shown: Masked,
    /// Counts the changes, from 1.
    pub version: i64,
    /// Digest of the content.
    pub content: Digest,
    /// When it was first listed, Beijing time.
    pub entered_at: Time,
    /// Who imported it.
    pub operator: String,
    /// What was done, earliest first.
    pub done: Vec<CensusDone>,
    person: SealedPerson,
    private: Vec<u8>,
    key: [u8; 32],
    whole: [u8; 32],
}

/// What is sealed of an entry besides the person.
#[derive(Serialize, Deserialize)]
struct Private {
    doctor: String,
    note: String,
}

fn private_place(key: &[u8; 32]) -> Place<'_> {
    Place { column: "census.private", row: key }
}

/// The place of a thing done: each action once for an entry.
fn done_place(row: &str) -> Place<'_> {
    Place { column: "census_done.evidence", row: row.as_bytes() }
}

/// An entry without what is sealed.
fn bare(entry: &CensusEntry) -> CensusEntry {
    let person = Person { id_type: entry.person.id_type.clone(), ..Person::default() };
    CensusEntry { person, doctor: String::new(), note: String::new(), ..entry.clone() }
}

/// Something done for a patient of the census.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CensusDone {
    /// What, in the notice's word.
    pub action: String,
    /// When it was recorded, Beijing time.
    pub done_at: Time,
    /// By whom.
    pub operator: String,
    /// What proves it, may be empty; `None` while the ledger is locked.
    pub evidence: Option<String>,
    /// The same as it stands in the row.
    sealed: Vec<u8>,
    /// The inpatient record that was opened, or goes on, with it.
    pub record: Option<ShortNumber>,
}

/// What came of a listed patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listed {
    /// The stay is new and has this number.
    New(CensusNumber),
    /// It stands in the ledger just so.
    Known(CensusNumber),
    /// It stood there otherwise and was brought up to date.
    Changed(CensusNumber),
}

impl StoredCensus {
    /// The record that a conversion or readmission opened.
    pub fn linked(&self) -> Option<&ShortNumber> {
        self.done.iter().find_map(|done| done.record.as_ref())
    }

    /// When and how an action was done.
    pub fn done(&self, action: &str) -> Option<&CensusDone> {
        self.done.iter().find(|done| done.action == action)
    }

    fn from_row(row: &Row<'_>) -> Result<StoredCensus, StoreError> {
        let left: Option<String> = row.get(9)?;
        let facts: String = row.get(13)?;
        let person = SealedPerson::from_row(row, 21)?;
        let entry = CensusEntry {
            bed_no: row.get(1)?,
            record_no: row.get(2)?,
            facility: row.get(3)?,
            line: row.get(4)?,
            person: Person { id_type: person.id_type.clone(), ..Person::default() },
            insured_area: row.get(5)?,
            insurance: row.get(6)?,
            person_group: row.get(7)?,
            admitted_at: parsed(row, 8)?,
            discharged_at: left
                .map(|text| text.parse().map_err(|_| StoreError::Damaged { text }))
                .transpose()?,
            department: row.get(10)?,
            doctor: String::new(),
            total: row.get::<_, Option<i64>>(11)?.map(Money::from_fen),
            paid: row.get::<_, Option<i64>>(12)?.map(Money::from_fen),
            facts: serde_json::from_str(&facts)?,
            note: String::new(),
        };
        Ok(StoredCensus {
            number: CensusNumber(row.get(0)?),
            entry,
            shown: person.shown.clone(),
            private: row.get(14)?,
            version: row.get(15)?,
            content: Digest::from_bytes(row.get(16)?),
            entered_at: parsed(row, 17)?,
            operator: row.get(18)?,
            whole: row.get(19)?,
            key: row.get(20)?,
            done: Vec::new(),
            person,
        })
    }

    /// The digest of what stands in the row.
    fn content_now(&self) -> Result<Digest, StoreError> {
        content_of(&self.entry, self.person.content, &self.private, [&self.key, &self.whole])
    }
}

/// The digest of an entry: what anyone may read, the content of the person's row, what is sealed, and its marks.
fn content_of(
    bare: &CensusEntry,
    person: Digest,
    private: &[u8],
    marks: [&[u8; 32]; 2],
) -> Result<Digest, StoreError> {
    let mut digester = Digester::default();
    for part in [&serde_json::to_vec(bare)?[..], person.bytes(), private, marks[0], marks[1]] {
        digester.part(part);
    }
    Ok(digester.finish())
}

impl Books<'_> {
    /// Every entry of the census with what was done for it, by number.
    pub fn census(&self) -> Result<Vec<StoredCensus>, StoreError> {
        let mut statement = self.conn.prepare_cached(ALL)?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(self.with_done(StoredCensus::from_row(row)?)?);
        }
        Ok(found)
    }

    /// One entry.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is none.
    pub fn census_entry(&self, number: CensusNumber) -> Result<StoredCensus, StoreError> {
        let mut statement = self.conn.prepare_cached(BY_ID)?;
        let mut rows = statement.query([number.0])?;
        match rows.next()? {
            Some(row) => self.with_done(StoredCensus::from_row(row)?),
            None => Err(StoreError::NotFound { what: number.to_string() }),
        }
    }

    /// The entry with person, doctor and note in it.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while nobody has unlocked the ledger.
    pub fn opened_census(&self, mut stored: StoredCensus) -> Result<StoredCensus, StoreError> {
        let sealer = self.sealer()?;
        stored.entry.person = stored.person.open(sealer)?;
        let private: Private =
            serde_json::from_slice(&sealer.open(private_place(&stored.key), &stored.private)?)?;
        (stored.entry.doctor, stored.entry.note) = (private.doctor, private.note);
        Ok(stored)
    }

    fn census_by_key(&self, key: [u8; 32]) -> Result<Option<StoredCensus>, StoreError> {
        let mut statement = self.conn.prepare_cached(BY_KEY)?;
        let mut rows = statement.query([key])?;
        rows.next()?.map(StoredCensus::from_row).transpose()
    }

    fn with_done(&self, mut stored: StoredCensus) -> Result<StoredCensus, StoreError> {
        let mut statement = self.conn.prepare_cached(DONE)?;
        let mut rows = statement.query([stored.number.0])?;
        while let Some(row) = rows.next()? {
            let record = match (row.get::<_, Option<String>>(5)?, row.get::<_, Option<u32>>(6)?) {
                (Some(station), Some(count)) => ShortNumber::new(&station, count),
                _ => None,
            };
            let (action, sealed): (String, Vec<u8>) = (row.get(0)?, row.get(3)?);
            let place = format!("{} {action}", stored.number);
            stored.done.push(CensusDone {
                action,
                done_at: parsed(row, 1)?,
                operator: row.get(2)?,
                evidence: self.open_text(done_place(&place), &sealed)?,
                sealed,
                record,
            });
        }
        Ok(stored)
    }

    /// The digest of the census as a whole, from what its rows hold.
    pub(super) fn census_content(&self) -> Result<Digest, StoreError> {
        let mut digest = Digester::default();
        for stored in self.census()? {
            put(&mut digest, stored.number.0, stored.content_now()?);
        }
        self.census_rows(&mut digest, None)?;
        Ok(digest.finish())
    }

    /// The digest of one entry and all that was done for it, from what its rows hold.
    pub(super) fn census_entry_content(&self, number: CensusNumber) -> Result<Digest, StoreError> {
        let stored = self.census_entry(number)?;
        let mut digest = Digester::default();
        put(&mut digest, stored.number.0, stored.content_now()?);
        self.census_rows(&mut digest, Some(number))?;
        Ok(digest.finish())
    }
}

fn put(digest: &mut Digester, number: i64, content: Digest) {
    digest.update(&number.to_be_bytes());
    digest.update(content.bytes());
}

impl Writer<'_> {
    /// Writes a listed patient down, or brings the entry of the same stay up to date.
    ///
    /// A change leaves its event at once; new entries are told together by [`Writer::census_taken`].
    pub fn list_patient(&mut self, entry: &CensusEntry) -> Result<Listed, StoreError> {
        let sealer = self.sealer()?;
        let key = sealer.long_mark("stay", entry.key().bytes());
        let whole = sealer.long_mark("census", &serde_json::to_vec(entry)?);
        let standing = self.books().census_by_key(key)?;
        if let Some(standing) = &standing
            && standing.whole == whole
        {
            return Ok(Listed::Known(standing.number));
        }
        let private = Private { doctor: entry.doctor.clone(), note: entry.note.clone() };
        let private = sealer.seal(private_place(&key), &serde_json::to_vec(&private)?);
        let was: Option<i64> =
            self.tx.prepare_cached(PERSON_OF)?.query_row([key], |row| row.get(0)).optional()?;
        let (person, identity) = self.person(&entry.person)?;
        let content = content_of(&bare(entry), identity, &private, [&key, &whole])?;
        let version = standing.as_ref().map_or(0, |standing| standing.version);
        let written = self.tx.prepare_cached(LIST)?.execute(rusqlite::params![
            key,
            entry.bed_no,
            entry.record_no,
            entry.facility,
            entry.line,
            person,
            entry.insured_area,
            entry.insurance,
            entry.person_group,
            entry.admitted_at.to_string(),
            entry.discharged_at.map(|time| time.to_string()),
            entry.department,
            entry.total.map(Money::fen),
            entry.paid.map(Money::fen),
            serde_json::to_string(&entry.facts)?,
            private,
            whole,
            content.bytes(),
            self.actor.at.to_string(),
            self.actor.operator,
            version,
        ])?;
        let Some(standing) = standing else {
            return Ok(Listed::New(CensusNumber(self.tx.last_insert_rowid())));
        };
        if written != 1 {
            return Err(StoreError::Stale { what: standing.number.to_string() });
        }
        let standing = self.books().opened_census(standing)?;
        let detail = json!({
            "changes": differences(&standing.entry, entry)?, "version": version + 1, "person": [was, person],
        });
        self.census_event(EventKind::Amended, standing.number, &detail)?;
        Ok(Listed::Changed(standing.number))
    }

    /// Ends an import with its one event, which tells of the file too.
    pub fn census_taken(&mut self, file: &NewFile<'_>, counts: &Value) -> Result<(), StoreError> {
        let (own, row, kept) = self.remember_file(file, file.pack()?)?;
        let content = self.books().census_content()?;
        let mut detail = json!({ "name": file.name, "counts": counts, "rows": file.rows, "file_row": row });
        if !kept {
            detail["digest_only"] = json!(true);
        }
        self.event(EventKind::CensusTaken, &Subject::File(own.to_string()), None, &detail, content)
    }

    /// Records that something was done for a patient, and the record that goes on with it.
    ///
    /// # Errors
    /// [`StoreError::Stale`] where it was done already.
    pub fn census_done(
        &mut self,
        number: CensusNumber,
        action: &str,
        evidence: &str,
        record: Option<&ShortNumber>,
        detail: &Value,
    ) -> Result<(), StoreError> {
        let id: Option<i64> = match record {
            None => None,
            Some(record) => self
                .tx
                .prepare_cached(RECORD_ID)?
                .query_row((record.station(), record.count()), |row| row.get(0))
                .optional()?,
        };
        let at = self.actor.at.to_string();
        let sealed = match evidence {
            "" => Vec::new(),
            said => self.seal_text(done_place(&format!("{number} {action}")), said)?,
        };
        let row = (number.0, action, at, &self.actor.operator, sealed, id);
        if self.tx.prepare_cached(ADD_DONE)?.execute(row)? != 1 {
            return Err(StoreError::Stale { what: number.to_string() });
        }
        let mut detail = detail.clone();
        detail["action"] = json!(action);
        if !evidence.is_empty() {
            detail["evidence"] = self.sealed_value(&Subject::Census(number), evidence)?;
        }
        detail["record"] = json!(record);
        self.census_event(EventKind::CensusDone, number, &detail)
    }

    fn census_event(
        &mut self,
        kind: EventKind,
        number: CensusNumber,
        detail: &Value,
    ) -> Result<(), StoreError> {
        let content = self.books().census_entry_content(number)?;
        self.event(kind, &Subject::Census(number), None, detail, content)
    }
}

/// The fields that differ, as `[before, after]`; of the person and of free text only that they changed.
fn differences(before: &CensusEntry, after: &CensusEntry) -> Result<Value, StoreError> {
    let (old, new) = (serde_json::to_value(before)?, serde_json::to_value(after)?);
    let mut changes = json!({});
    for (name, value) in new.as_object().into_iter().flatten() {
        let was = &old[name];
        if was != value {
            let hidden = matches!(name.as_str(), "person" | "doctor" | "note");
            changes[name] = if hidden { json!("changed") } else { json!([was, value]) };
        }
    }
    Ok(changes)
}
