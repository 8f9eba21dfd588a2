//! Batches: what was sent out and with which keys. What came back stands in `answer`.

use crate::domain::{
    Answer, BatchState, Digest, EventKind, Issued, Money, Purpose, Stage, Step, Subject, Time,
};
use crate::store::event::parsed;
use crate::store::seal::Place;
use crate::store::{Books, StoreError, Taking, Writer};
use crate::text::Label;
use flate2::Compression;
use flate2::read::{DeflateDecoder, DeflateEncoder};
use rusqlite::{OptionalExtension, Row};
use serde_json::{Value, json};
use std::io::Read as _;

const INSERT: &str = "
    INSERT INTO batch (id, purpose, state, folder, out_dir, created_at, total_fen, check_code)
    VALUES (?1, ?2, 'preparing', ?3, ?4, ?5, ?6, ?7)";
const INSERT_MEMBER: &str = "
    INSERT INTO batch_record (batch, record, version, medins_setl_id, chrg_bchno, first_feedetl_sn)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const INSERT_FILE: &str = "
    INSERT INTO batch_file (batch, name, bytes, sealed, content) VALUES (?1, ?2, ?3, ?4, ?5)";
const NEXT_ID: &str = "SELECT coalesce(max(id), 0) + 1 FROM batch";
const SET_STATE: &str = "UPDATE batch SET state = ?2 WHERE id = ?1 AND state = ?3";
macro_rules! members {
    ($which:literal) => {
        concat!(
            "SELECT record, version, medins_setl_id, chrg_bchno, first_feedetl_sn, answer, answer_code,
            answer_shown, setl_id, mdtrt_id, answer_sealed FROM batch_record WHERE batch = ?1 AND ",
            $which
        )
    };
}
const MEMBERS: &str = members!("?2 IS NULL ORDER BY record");
const MEMBER: &str = members!("record = ?2");
const FILES: &str = "SELECT name, bytes, sealed, content FROM batch_file WHERE batch = ?1 ORDER BY name";
const INFO: &str = "
    SELECT b.id, b.purpose, b.state, b.folder, b.out_dir, b.created_at, b.total_fen,
        (SELECT count(*) FROM batch_record m WHERE m.batch = b.id),
        (SELECT count(*) FROM batch_record m WHERE m.batch = b.id AND m.answer = 'accepted'),
        (SELECT count(*) FROM batch_record m WHERE m.batch = b.id AND m.answer = 'refused'), b.check_code,
        (SELECT count(*) FROM batch_record m WHERE m.batch = b.id AND m.answer = 'unknown'),
        (SELECT count(*) FROM batch_record m WHERE m.batch = b.id AND m.answer = 'not_done')
    FROM batch b WHERE ?1 IS NULL OR b.id = ?1 ORDER BY b.id";
const HELD_BY: &str = "
    SELECT b.id FROM batch_record m JOIN batch b ON b.id = m.batch
    WHERE m.record = ?1 AND b.purpose = ?2 AND b.state <> 'cancelled' AND coalesce(m.answer, '') NOT IN ('refused', 'not_done')
        AND NOT EXISTS (SELECT 1 FROM batch_undo u JOIN batch_record a ON a.batch = u.batch AND a.record = u.record
            WHERE u.record = m.record AND u.batch > b.id AND (
                (a.answer = 'accepted' AND (u.leaves = 'nothing' OR (u.leaves = 'again' AND ?2 = 'refund')))
                OR (a.answer IN ('refused', 'not_done') AND u.leaves = 'again' AND EXISTS (SELECT 1 FROM batch_call c
                    WHERE c.batch = u.batch AND c.record = u.record AND c.answer = 'accepted'
                        AND c.infno IN ('2103', '2208', '2305', '2502', '2504', '2506')))))
    ORDER BY b.id DESC LIMIT 1";
const BATCHES_OF: &str = "
    SELECT b.id FROM batch_record m JOIN batch b ON b.id = m.batch
    WHERE m.record = ?1 AND b.state <> 'cancelled' ORDER BY b.id";
const COUNTER: &str = "
    INSERT INTO counter (name, last) VALUES (?1, ?2)
    ON CONFLICT (name) DO UPDATE SET last = max(last + ?3, ?2) RETURNING last";
const COVERAGE: &str = "SELECT detail -> 'coverage' FROM event WHERE kind = 'prepared' AND subject = ?1 ORDER BY seq DESC LIMIT 1";
const COUNTERS: &str = "SELECT name, last FROM counter ORDER BY name";

/// A batch about to be prepared.
pub struct NewBatch<'a> {
    /// Its number, from [`Writer::next_batch`].
    pub id: i64,
    /// What it is for.
    pub purpose: Purpose,
    /// Name of its folder.
    pub folder: &'a str,
    /// Where the folder goes.
    pub out_dir: &'a str,
    /// Sum of its records.
    pub total: Money,
    /// Its records and the keys issued to them.
    pub members: &'a [NewMember],
    /// Its files, manifest included.
    pub files: &'a [BatchFile],
    /// The manifest's digest in short.
    pub check_code: &'a str,
    /// What its calls take back.
    pub takings: &'a [Taking],
    /// Why something is taken back, or goes out again as it was.
    pub reason: Option<&'a str>,
    /// Numbers of records that go out again as they were refused.
    pub again: &'a [String],
    /// How much of each call it fills: told in its event, so that it can be read without opening a file.
    pub coverage: &'a Value,
}

/// A record about to be a member of a batch.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// Which record, by row number.
    pub record: i64,
    /// The version that goes.
    pub version: i64,
    /// The keys issued to it.
    pub issued: Issued,
}

/// One file of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchFile {
    /// Name within the folder.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A batch as it stands in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchInfo {
    /// Its number.
    pub id: i64,
    /// What it is for.
    pub purpose: Purpose,
    /// Where it stands.
    pub state: BatchState,
    /// Name of its folder.
    pub folder: String,
    /// Where the folder was written.
    pub out_dir: String,
    /// When, Beijing time.
    pub created_at: Time,
    /// Sum of its records.
    pub total: Money,
    /// How many records it holds.
    pub records: i64,
    /// How many of them the platform accepted.
    pub accepted: i64,
    /// How many it refused.
    pub refused: i64,
    /// The manifest's digest in short, to read over the phone.
    pub check_code: String,
    /// Of how many nobody knows what came of them.
    pub unknown: i64,
    /// Of how many it is known that nothing was done.
    pub not_done: i64,
}

/// One record of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Row number of the record.
    pub record: i64,
    /// Which version of the record went out.
    pub version: i64,
    /// The keys issued to it.
    pub issued: Issued,
    /// The platform's answer.
    pub answer: Option<Answer>,
    /// Its code.
    pub code: String,
    /// Its words, with identities in them masked.
    pub shown: String,
    /// `setl_id` it returned.
    pub setl_id: String,
    /// `mdtrt_id` it returned.
    pub mdtrt_id: String,
    pub(super) sealed: Vec<u8>,
}

fn file_place(row: &str) -> Place<'_> {
    Place { column: "batch_file.sealed", row: row.as_bytes() }
}

impl BatchInfo {
    fn from_row(row: &Row<'_>) -> Result<BatchInfo, StoreError> {
        Ok(BatchInfo {
            id: row.get(0)?,
            purpose: parsed(row, 1)?,
            state: parsed(row, 2)?,
            folder: row.get(3)?,
            out_dir: row.get(4)?,
            created_at: parsed(row, 5)?,
            total: Money::from_fen(row.get(6)?),
            records: row.get(7)?,
            accepted: row.get(8)?,
            refused: row.get(9)?,
            check_code: row.get(10)?,
            unknown: row.get(11)?,
            not_done: row.get(12)?,
        })
    }
}

impl Member {
    fn from_row(row: &Row<'_>) -> Result<Member, StoreError> {
        let answer: Option<String> = row.get(5)?;
        let damaged = |text: String| StoreError::Damaged { text };
        let first: i64 = row.get(4)?;
        Ok(Member {
            record: row.get(0)?,
            version: row.get(1)?,
            issued: Issued {
                medins_setl_id: row.get(2)?,
                chrg_bchno: row.get(3)?,
                first_feedetl_sn: u64::try_from(first).map_err(|_| damaged(format!("feedetl_sn {first}")))?,
            },
            answer: answer.map(|a| a.parse().map_err(|_| damaged(a))).transpose()?,
            code: row.get(6)?,
            shown: row.get(7)?,
            setl_id: row.get(8)?,
            mdtrt_id: row.get(9)?,
            sealed: row.get(10)?,
        })
    }
}

impl Books<'_> {
    /// Every batch, oldest first.
    pub fn batches(&self) -> Result<Vec<BatchInfo>, StoreError> {
        self.batches_where(None)
    }

    /// One batch.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is none of that number.
    pub fn batch(&self, id: i64) -> Result<BatchInfo, StoreError> {
        let found = self.batches_where(Some(id))?.pop();
        found.ok_or_else(|| StoreError::NotFound { what: format!("batch B{id}") })
    }

    fn batches_where(&self, id: Option<i64>) -> Result<Vec<BatchInfo>, StoreError> {
        let mut statement = self.conn.prepare_cached(INFO)?;
        let mut rows = statement.query([id])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(BatchInfo::from_row(row)?);
        }
        Ok(found)
    }

    /// The records of a batch.
    pub fn members(&self, batch: i64) -> Result<Vec<Member>, StoreError> {
        self.members_where(batch, None)
    }

    /// One record of a batch.
    pub(super) fn member(&self, batch: i64, record: i64) -> Result<Option<Member>, StoreError> {
        Ok(self.members_where(batch, Some(record))?.pop())
    }

    fn members_where(&self, batch: i64, record: Option<i64>) -> Result<Vec<Member>, StoreError> {
        let mut statement = self.conn.prepare_cached(if record.is_some() { MEMBER } else { MEMBERS })?;
        let mut rows = statement.query((batch, record))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(Member::from_row(row)?);
        }
        Ok(found)
    }

    /// The files of a batch, exactly as they were first written.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while nobody has unlocked the ledger, [`StoreError::Damaged`] where a file does not open.
    pub fn batch_files(&self, batch: i64) -> Result<Vec<BatchFile>, StoreError> {
        let mut files = Vec::new();
        self.each_batch_file(
            batch,
            |_| true,
            |file| -> Result<(), StoreError> {
                files.push(file);
                Ok(())
            },
        )?;
        Ok(files)
    }

    /// The same one by one, and only those whose name is wanted: the others are not even opened.
    ///
    /// # Errors
    /// As [`Books::batch_files`], and those of `take`.
    pub fn each_batch_file<E: From<StoreError>>(
        &self,
        batch: i64,
        wanted: impl Fn(&str) -> bool,
        mut take: impl FnMut(BatchFile) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self.conn.prepare_cached(FILES).map_err(StoreError::from)?;
        let mut rows = statement.query([batch]).map_err(StoreError::from)?;
        while let Some(row) = rows.next().map_err(StoreError::from)? {
            let name: String = row.get(0).map_err(StoreError::from)?;
            if wanted(&name) {
                take(self.batch_file(batch, name, row)?)?;
            }
        }
        Ok(())
    }

    fn batch_file(&self, batch: i64, name: String, row: &Row<'_>) -> Result<BatchFile, StoreError> {
        let (size, sealed): (i64, Vec<u8>) = (row.get(1)?, row.get(2)?);
        let deflated = self.sealer()?.open(file_place(&format!("{batch} {name}")), &sealed)?;
        let mut bytes = Vec::new();
        let whole = DeflateDecoder::new(&deflated[..]).read_to_end(&mut bytes).is_ok();
        if !whole || i64::try_from(bytes.len()) != Ok(size) {
            return Err(StoreError::Damaged { text: format!("batch B{batch}, {name}") });
        }
        Ok(BatchFile { name, bytes })
    }

    /// How much of each call a batch fills, as it was told when the batch was prepared; nothing of an older batch.
    pub fn batch_coverage<T: serde::de::DeserializeOwned>(&self, batch: i64) -> Result<Vec<T>, StoreError> {
        let subject = Subject::Batch(batch).to_string();
        let text: Option<String> =
            self.conn.prepare_cached(COVERAGE)?.query_row([subject], |row| row.get(0)).optional()?.flatten();
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?.unwrap_or_default())
    }

    /// The live batch that holds a record for a purpose already. What the platform has taken back since is held no more,
    /// and a refund list not even where it was settled again: its amounts are those of before.
    pub fn batch_holding(&self, record: i64, purpose: Purpose) -> Result<Option<i64>, StoreError> {
        let key = (record, purpose.id());
        Ok(self.conn.prepare_cached(HELD_BY)?.query_row(key, |row| row.get(0)).optional()?)
    }

    /// The live batches that a record went out in, oldest first.
    pub fn batches_of(&self, record: i64) -> Result<Vec<i64>, StoreError> {
        let mut statement = self.conn.prepare_cached(BATCHES_OF)?;
        let rows = statement.query_map([record], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Writer<'_> {
    /// The number the next batch will have.
    pub fn next_batch(&mut self) -> Result<i64, StoreError> {
        Ok(self.tx.query_row(NEXT_ID, [], |row| row.get(0))?)
    }

    /// Takes `take` numbers of a counter, at least up to `floor`; the last of them is returned.
    pub fn count_on(&mut self, name: &str, take: i64, floor: i64) -> Result<i64, StoreError> {
        let row = (name, floor.max(take), take);
        Ok(self.tx.prepare_cached(COUNTER)?.query_row(row, |row| row.get(0))?)
    }

    /// Writes down a batch with its members and the bytes of its files; nothing is exported yet.
    pub fn prepare_batch(&mut self, new: &NewBatch<'_>) -> Result<(), StoreError> {
        let at = self.actor.at.to_string();
        let total = new.total.fen();
        self.tx.execute(
            INSERT,
            (new.id, new.purpose.id(), new.folder, new.out_dir, at, total, new.check_code),
        )?;
        for NewMember { record, version, issued } in new.members {
            let first = i64::try_from(issued.first_feedetl_sn).unwrap_or(i64::MAX);
            let keys = (&issued.medins_setl_id, &issued.chrg_bchno);
            self.tx
                .prepare_cached(INSERT_MEMBER)?
                .execute((new.id, record, version, keys.0, keys.1, first))?;
        }
        for file in new.files {
            let mut deflated = Vec::new();
            DeflateEncoder::new(&file.bytes[..], Compression::default())
                .read_to_end(&mut deflated)
                .map_err(|error| StoreError::Damaged { text: error.to_string() })?;
            let size = i64::try_from(file.bytes.len()).unwrap_or(i64::MAX);
            let place = format!("{} {}", new.id, file.name);
            let sealed = self.sealer()?.seal(file_place(&place), &deflated);
            let content = Digest::of(&sealed);
            let mut insert = self.tx.prepare_cached(INSERT_FILE)?;
            insert.execute((new.id, &file.name, size, sealed, content.bytes()))?;
        }
        self.note_takings(new.id, new.takings)?;
        let mut counters = json!({});
        let mut statement = self.tx.prepare_cached(COUNTERS)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            counters[row.get::<_, String>(0)?] = json!(row.get::<_, i64>(1)?);
        }
        drop(rows);
        drop(statement);
        let mut detail = json!({ "counters": counters, "coverage": new.coverage });
        if let Some(reason) = new.reason {
            detail["reason"] = self.sealed_value(&Subject::Batch(new.id), reason)?;
        }
        if !new.again.is_empty() {
            detail["again"] = json!(new.again);
        }
        self.batch_event(EventKind::Prepared, new.id, &detail)
    }

    /// The folder is whole and durable: the batch is sent, and its records move.
    ///
    /// # Errors
    /// [`StoreError::Stale`] where a record moved on since the batch was prepared.
    pub fn batch_sent(&mut self, id: i64, step: Option<Step>) -> Result<(), StoreError> {
        self.batch_state(id, BatchState::Preparing, BatchState::Sent)?;
        if let Some(step) = step {
            self.move_members(id, step)?;
        }
        self.batch_event(EventKind::Exported, id, &json!({}))
    }

    /// Takes a batch back: it was never used, and its records are pending again.
    pub fn recall_batch(
        &mut self,
        batch: &BatchInfo,
        reason: &str,
        step: Option<Step>,
    ) -> Result<(), StoreError> {
        self.batch_state(batch.id, batch.state, BatchState::Cancelled)?;
        if let (Some(step), BatchState::Sent) = (step, batch.state) {
            self.move_members(batch.id, step)?;
        }
        let content = self.batch_content(batch.id)?;
        let subject = Subject::Batch(batch.id);
        let detail = json!({ "reason": self.sealed_value(&subject, reason)? });
        self.event(EventKind::Recalled, &subject, None, &detail, content)
    }

    pub(super) fn batch_state(
        &mut self,
        id: i64,
        from: BatchState,
        to: BatchState,
    ) -> Result<(), StoreError> {
        let moved = self.tx.prepare_cached(SET_STATE)?.execute((id, to.id(), from.id()))?;
        if moved == 1 { Ok(()) } else { Err(StoreError::Stale { what: format!("batch B{id}") }) }
    }

    fn move_members(&mut self, batch: i64, step: Step) -> Result<(), StoreError> {
        for member in self.books().members(batch)? {
            let stored = self.books().record_by_id(member.record)?;
            // A member the platform refused has left the batch already.
            if stored.stage == Stage::Rejected && step == Step::Recall {
                continue;
            }
            self.move_to(&stored, step)?;
        }
        Ok(())
    }

    fn batch_event(&mut self, kind: EventKind, id: i64, detail: &Value) -> Result<(), StoreError> {
        let content = self.batch_content(id)?;
        self.event(kind, &Subject::Batch(id), None, detail, content)
    }

    pub(super) fn batch_content(&self, id: i64) -> Result<Digest, StoreError> {
        self.books().batch_content(id)
    }
}
