//! Batches: what was sent out, with which keys, and what came back.

use crate::domain::{
    Answer, AnswerRow, BatchState, Digest, EventKind, Issued, Money, Purpose, Stage, Step, Subject, Time,
    mask_numbers,
};
use crate::store::event::parsed;
use crate::store::seal::Place;
use crate::store::{Books, StoreError, Stored, Taking, Writer};
use crate::text::Label;
use flate2::Compression;
use flate2::read::{DeflateDecoder, DeflateEncoder};
use rusqlite::{OptionalExtension, Row};
use serde::{Deserialize, Serialize};
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
const MEMBERS: &str = "
    SELECT record, version, medins_setl_id, chrg_bchno, first_feedetl_sn, answer, answer_code, answer_shown, setl_id,
        mdtrt_id, answer_sealed
    FROM batch_record WHERE batch = ?1 ORDER BY record";
const FILES: &str = "SELECT name, bytes, sealed, content FROM batch_file WHERE batch = ?1 ORDER BY name";
const INFO: &str = "
    SELECT b.id, b.purpose, b.state, b.folder, b.out_dir, b.created_at, b.total_fen,
        (SELECT count(*) FROM batch_record m WHERE m.batch = b.id),
        (SELECT count(*) FROM batch_record m WHERE m.batch = b.id AND m.answer = 'accepted'),
        (SELECT count(*) FROM batch_record m WHERE m.batch = b.id AND m.answer = 'refused'), b.check_code
    FROM batch b WHERE ?1 IS NULL OR b.id = ?1 ORDER BY b.id";
const HELD_BY: &str = "
    SELECT b.id FROM batch_record m JOIN batch b ON b.id = m.batch
    WHERE m.record = ?1 AND b.purpose = ?2 AND b.state <> 'cancelled' AND m.answer IS NOT 'refused'
        AND NOT EXISTS (SELECT 1 FROM batch_undo u JOIN batch_record a ON a.batch = u.batch AND a.record = u.record
            WHERE u.record = m.record AND u.batch > b.id AND a.answer = 'accepted'
                AND (u.leaves = 'nothing' OR (u.leaves = 'again' AND ?2 = 'refund')))
    ORDER BY b.id DESC LIMIT 1";
const ANSWER: &str = "
    UPDATE batch_record SET answer = ?3, answer_code = ?4, answer_shown = ?5, setl_id = ?6, mdtrt_id = ?7,
        answer_sealed = ?8
    WHERE batch = ?1 AND record = ?2";
const BATCHES_OF: &str = "
    SELECT b.id FROM batch_record m JOIN batch b ON b.id = m.batch
    WHERE m.record = ?1 AND b.state <> 'cancelled' ORDER BY b.id";
const LAST_ANSWER: &str = "
    SELECT m.answer_code, m.answer_shown, m.batch, m.answer_sealed FROM batch_record m
    WHERE m.record = ?1 AND m.answer = 'refused' ORDER BY m.batch DESC LIMIT 1";
const COUNTER: &str = "
    INSERT INTO counter (name, last) VALUES (?1, ?2)
    ON CONFLICT (name) DO UPDATE SET last = max(last + ?3, ?2) RETURNING last";
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
    pub members: &'a [(Stored, Issued)],
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
    sealed: Vec<u8>,
}

/// What is sealed of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerWords {
    /// The platform's words, as given.
    pub text: String,
    /// `psn_no` it returned.
    pub psn_no: String,
}

/// The place of an answer: a batch holds a record once.
fn answer_place(row: &[u8; 16]) -> Place<'_> {
    Place { column: "batch_record.answer_sealed", row }
}

fn answer_row(batch: i64, record: i64) -> [u8; 16] {
    ((i128::from(batch) << 64) | i128::from(record)).to_be_bytes()
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
        let mut statement = self.conn.prepare_cached(MEMBERS)?;
        let mut rows = statement.query([batch])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(Member::from_row(row)?);
        }
        Ok(found)
    }

    /// The platform's words on a member, as given, and the `psn_no` it returned.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while nobody has unlocked the ledger.
    pub fn answer_words(&self, batch: i64, member: &Member) -> Result<AnswerWords, StoreError> {
        self.words(batch, member.record, &member.sealed)
    }

    fn words(&self, batch: i64, record: i64, sealed: &[u8]) -> Result<AnswerWords, StoreError> {
        if sealed.is_empty() {
            return Ok(AnswerWords::default());
        }
        Ok(serde_json::from_slice(&self.sealer()?.open(answer_place(&answer_row(batch, record)), sealed)?)?)
    }

    /// The files of a batch, exactly as they were first written.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while nobody has unlocked the ledger, [`StoreError::Damaged`] where a file does not open.
    pub fn batch_files(&self, batch: i64) -> Result<Vec<BatchFile>, StoreError> {
        let mut statement = self.conn.prepare_cached(FILES)?;
        let mut rows = statement.query([batch])?;
        let mut files = Vec::new();
        while let Some(row) = rows.next()? {
            let (name, size, sealed): (String, i64, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let deflated = self.sealer()?.open(file_place(&format!("{batch} {name}")), &sealed)?;
            let mut bytes = Vec::new();
            let whole = DeflateDecoder::new(&deflated[..]).read_to_end(&mut bytes).is_ok();
            if !whole || i64::try_from(bytes.len()) != Ok(size) {
                return Err(StoreError::Damaged { text: format!("batch B{batch}, {name}") });
            }
            files.push(BatchFile { name, bytes });
        }
        Ok(files)
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

    /// The code and words of the last refusal of a record: the words as given where `reveal` is asked for, else with
    /// identities in them masked.
    ///
    /// # Errors
    /// [`StoreError::Locked`] where they are to be revealed and nobody has unlocked the ledger.
    pub fn last_refusal(&self, record: i64, reveal: bool) -> Result<Option<(String, String)>, StoreError> {
        let take = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
        let found: Option<(String, String, i64, Vec<u8>)> =
            self.conn.prepare_cached(LAST_ANSWER)?.query_row([record], take).optional()?;
        let Some((code, shown, batch, sealed)) = found else { return Ok(None) };
        let words = if reveal { self.words(batch, record, &sealed)?.text } else { shown };
        Ok(Some((code, words)))
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
        for (stored, issued) in new.members {
            let first = i64::try_from(issued.first_feedetl_sn).unwrap_or(i64::MAX);
            let keys = (&issued.medins_setl_id, &issued.chrg_bchno, first);
            self.tx.prepare_cached(INSERT_MEMBER)?.execute((
                new.id,
                stored.id,
                stored.version,
                keys.0,
                keys.1,
                keys.2,
            ))?;
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
        let mut detail = json!({ "counters": counters });
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

    /// Writes down the platform's answers: accepted rows keep their keys, refused records can be corrected.
    /// Returns how many answers were new.
    pub fn answer_batch(
        &mut self,
        batch: &BatchInfo,
        answers: &[(Stored, &AnswerRow)],
    ) -> Result<usize, StoreError> {
        if batch.state == BatchState::Sent {
            self.batch_state(batch.id, BatchState::Sent, BatchState::Answered)?;
        }
        for (stored, row) in answers {
            let words = AnswerWords { text: row.text.clone(), psn_no: row.psn_no.clone() };
            let place = answer_row(batch.id, stored.id);
            let sealed = self.sealer()?.seal(answer_place(&place), &serde_json::to_vec(&words)?);
            let opened = self.books().opened(stored.clone())?;
            self.tx.prepare_cached(ANSWER)?.execute((
                batch.id,
                stored.id,
                row.answer.id(),
                &row.code,
                mask_numbers(&opened.record.person.masked_in(&row.text)),
                &row.setl_id,
                &row.mdtrt_id,
                sealed,
            ))?;
            if let Some(step) = self.step_of_answer(batch, stored, row.answer)? {
                self.move_to(stored, step)?;
            }
        }
        let rows: Vec<_> = answers
            .iter()
            .map(|(stored, row)| json!([stored.number, row.answer, row.code, row.setl_id]))
            .collect();
        let content = self.batch_content(batch.id)?;
        self.event(
            EventKind::Answered,
            &Subject::Batch(batch.id),
            None,
            &json!({ "answers": rows }),
            content,
        )?;
        Ok(answers.len())
    }

    fn batch_state(&mut self, id: i64, from: BatchState, to: BatchState) -> Result<(), StoreError> {
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

    fn batch_content(&self, id: i64) -> Result<Digest, StoreError> {
        self.books().batch_content(id)
    }
}
