//! What came back for a batch: the outcome of each member, and how far its calls came.
//!
//! Which answers may follow which is decided above; here rows, stages and the event
//! that tells of them are written together. The platform's words are sealed, and shown
//! with the identities in them masked.

use crate::domain::{
    Answer, AnswerRow, BatchState, Begun, EventKind, Inquiry, Leaves, Reversal, SettledAs, Subject,
    known_refusal, mask_numbers, takes_settlement_back,
};
use crate::store::event::parsed;
use crate::store::seal::Place;
use crate::store::{BatchInfo, Books, Member, StoreError, Stored, Writer};
use crate::text::Label;
use rusqlite::{OptionalExtension, Row};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use serde_json::json;

const ANSWER: &str = "
    UPDATE batch_record SET answer = ?3, answer_code = ?4, answer_shown = ?5, setl_id = ?6, mdtrt_id = ?7,
        answer_sealed = ?8
    WHERE batch = ?1 AND record = ?2";
const LAST_ANSWER: &str = "
    SELECT m.answer_code, m.answer_shown, m.batch, m.answer_sealed FROM batch_record m
    WHERE m.record = ?1 AND m.answer = 'refused' ORDER BY m.batch DESC LIMIT 1";
const UNKNOWN: &str = "
    SELECT m.batch, coalesce((SELECT c.infno FROM batch_call c
        WHERE c.batch = m.batch AND c.record = m.record AND c.answer = 'unknown' ORDER BY c.step DESC LIMIT 1), '')
    FROM batch_record m WHERE m.record = ?1 AND m.answer = 'unknown' ORDER BY m.batch DESC LIMIT 1";
const WRITE_CALL: &str = "
    INSERT INTO batch_call (batch, step, record, infno, msgid, answer, code, shown, sealed, setl_id, mdtrt_id)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
    ON CONFLICT (batch, step) DO UPDATE SET answer = ?6, code = ?7, shown = ?8, sealed = ?9, setl_id = ?10,
        mdtrt_id = ?11";
macro_rules! calls {
    ($($which:literal)+) => {
        concat!("SELECT batch, step, record, infno, msgid, answer, code, shown, sealed, setl_id, mdtrt_id
            FROM batch_call WHERE ", $($which),+)
    };
}
const CALLS_OF_BATCH: &str = calls!("batch = ?1 ORDER BY step");
const CALLS_OF_RECORD: &str = calls!("record = ?1 ORDER BY batch, step");
/// The visit of the settlement that a batch takes back, as a statement or an earlier answer tells it.
const VISIT_OF_TAKEN: &str = "
    SELECT coalesce(
        (SELECT s.mdtrt_id FROM settlement s WHERE s.setl_id = u.setl_id AND s.mdtrt_id <> '' LIMIT 1),
        (SELECT m.mdtrt_id FROM batch_record m
            WHERE m.record = u.record AND m.setl_id = u.setl_id AND m.mdtrt_id <> '' LIMIT 1), '')
    FROM batch_undo u WHERE u.batch = ?1 AND u.record = ?2 AND u.leaves <> 'other'";

/// What is sealed of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerWords {
    /// The platform's words, as given.
    pub text: String,
    /// `psn_no` it returned.
    pub psn_no: String,
    /// The settlement it told of.
    #[serde(default, skip_serializing_if = "SettledAs::is_empty")]
    pub settled: SettledAs,
}

/// One call of a member, of which something is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallInfo {
    /// The batch.
    pub batch: i64,
    /// Its step in the batch's run order.
    pub step: i64,
    /// Row number of the record.
    pub record: i64,
    /// The transaction, as 2207.
    pub infno: String,
    /// Its message id.
    pub msgid: String,
    /// What came of it.
    pub answer: Answer,
    /// The platform's code.
    pub code: String,
    /// The platform's words, with identities in them masked.
    pub shown: String,
    /// `setl_id` it returned.
    pub setl_id: String,
    /// `mdtrt_id` it returned.
    pub mdtrt_id: String,
    sealed: Vec<u8>,
}

/// One call about to be written down.
#[derive(Clone, Copy, Debug)]
pub struct CallAnswer<'a> {
    /// Its step in the run order.
    pub step: i64,
    /// The transaction.
    pub infno: &'a str,
    /// Its message id.
    pub msgid: &'a str,
    /// The record it is of.
    pub record: &'a Stored,
    /// What came of it.
    pub row: &'a AnswerRow,
}

/// What came of one member.
#[derive(Clone, Debug)]
pub struct MemberAnswer {
    /// The record.
    pub record: Stored,
    /// What came of it.
    pub row: AnswerRow,
    /// What is known of the settlement that is taken back.
    pub reversal: Option<Reversal>,
}

/// How an outcome was found out.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// What was done to find it out.
    pub by: Inquiry,
    /// What proves it.
    pub evidence: &'a str,
}

/// The place of an answer: a batch holds a record once.
fn answer_place(row: &[u8; 16]) -> Place<'_> {
    Place { column: "batch_record.answer_sealed", row }
}

fn call_place(row: &[u8; 16]) -> Place<'_> {
    Place { column: "batch_call.sealed", row }
}

/// Batch and record, or batch and step.
fn pair(batch: i64, other: i64) -> [u8; 16] {
    ((i128::from(batch) << 64) | i128::from(other)).to_be_bytes()
}

impl CallInfo {
    fn from_row(row: &Row<'_>) -> Result<CallInfo, StoreError> {
        Ok(CallInfo {
            batch: row.get(0)?,
            step: row.get(1)?,
            record: row.get(2)?,
            infno: row.get(3)?,
            msgid: row.get(4)?,
            answer: parsed(row, 5)?,
            code: row.get(6)?,
            shown: row.get(7)?,
            sealed: row.get(8)?,
            setl_id: row.get(9)?,
            mdtrt_id: row.get(10)?,
        })
    }
}

impl Books<'_> {
    /// The platform's words on a member, as given, and the `psn_no` it returned.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while nobody has unlocked the ledger.
    pub fn answer_words(&self, batch: i64, member: &Member) -> Result<AnswerWords, StoreError> {
        self.member_words(batch, member.record, &member.sealed)
    }

    pub(super) fn member_words(
        &self,
        batch: i64,
        record: i64,
        sealed: &[u8],
    ) -> Result<AnswerWords, StoreError> {
        self.words(answer_place(&pair(batch, record)), sealed)
    }

    /// The same of a call.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while nobody has unlocked the ledger.
    pub fn call_words(&self, call: &CallInfo) -> Result<AnswerWords, StoreError> {
        self.words(call_place(&pair(call.batch, call.step)), &call.sealed)
    }

    fn words(&self, place: Place<'_>, sealed: &[u8]) -> Result<AnswerWords, StoreError> {
        if sealed.is_empty() {
            return Ok(AnswerWords::default());
        }
        Ok(serde_json::from_slice(&self.sealer()?.open(place, sealed)?)?)
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
        let words =
            if reveal { self.words(answer_place(&pair(batch, record)), &sealed)?.text } else { shown };
        Ok(Some((code, words)))
    }

    /// The batch in which the record's outcome is unknown, and the transaction that nobody knows the end of; that is
    /// empty where only the record as a whole was answered.
    pub fn unknown_outcome(&self, record: i64) -> Result<Option<(i64, String)>, StoreError> {
        let take = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        Ok(self.conn.prepare_cached(UNKNOWN)?.query_row([record], take).optional()?)
    }

    /// The calls of a batch of which something is known, in the order of the calls.
    pub fn calls_of_batch(&self, batch: i64) -> Result<Vec<CallInfo>, StoreError> {
        self.calls(CALLS_OF_BATCH, batch)
    }

    /// The same of a record, over all its batches.
    pub fn calls_of_record(&self, record: i64) -> Result<Vec<CallInfo>, StoreError> {
        self.calls(CALLS_OF_RECORD, record)
    }

    fn calls(&self, sql: &str, id: i64) -> Result<Vec<CallInfo>, StoreError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([id])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(CallInfo::from_row(row)?);
        }
        Ok(found)
    }

    /// What stands on the platform of a record whose chain of calls stopped; `psn_no` only while the ledger is
    /// unlocked.
    pub fn begun(&self, record: i64) -> Result<Begun, StoreError> {
        let mut begun = Begun::default();
        for call in self.calls_of_record(record)? {
            let psn_no = match self.sealer {
                Some(_) => self.call_words(&call)?.psn_no,
                None => String::new(),
            };
            let untold = !begun.stands() && call.mdtrt_id.is_empty();
            let visit = if untold && takes_settlement_back(&call.infno) {
                self.visit_of_taken(call.batch, record)?
            } else {
                call.mdtrt_id.clone()
            };
            begun.take(&call.infno, call.answer, &visit, &psn_no);
            // The platform itself says that nothing is there to be taken back.
            let is_gone = known_refusal(&call.shown).is_some_and(|known| known.id == "no_visit");
            if call.answer == Answer::Refused && is_gone {
                begun = Begun { psn_no: begun.psn_no, ..Begun::default() };
            }
        }
        Ok(begun)
    }

    fn visit_of_taken(&self, batch: i64, record: i64) -> Result<String, StoreError> {
        let mut statement = self.conn.prepare_cached(VISIT_OF_TAKEN)?;
        let found = statement.query_row((batch, record), |row| row.get(0)).optional()?;
        Ok(found.unwrap_or_default())
    }
}

impl Writer<'_> {
    /// Writes down what came of members and of single calls: accepted rows keep their keys, refused records can be
    /// corrected, what is known not to be done is pending again. `asked` says how an outcome was found out.
    ///
    /// # Errors
    /// [`StoreError::Stale`] where a record stands where that answer cannot be true.
    pub fn answer_batch(
        &mut self,
        batch: &BatchInfo,
        answers: &[MemberAnswer],
        calls: &[CallAnswer<'_>],
        asked: Option<Asked<'_>>,
    ) -> Result<(), StoreError> {
        if batch.state == BatchState::Sent {
            self.batch_state(batch.id, BatchState::Sent, BatchState::Answered)?;
        }
        for call in calls {
            self.write_call(batch.id, call)?;
        }
        let takings = self.books().takings(batch.id)?;
        let leaves: FxHashMap<i64, Leaves> =
            takings.iter().map(|taking| (taking.record, taking.leaves)).collect();
        for MemberAnswer { record: stored, row, reversal } in answers {
            let place = pair(batch.id, stored.id);
            let (shown, sealed) = self.said(stored, row, answer_place(&place))?;
            self.tx.prepare_cached(ANSWER)?.execute((
                batch.id,
                stored.id,
                row.answer.id(),
                &row.code,
                shown,
                &row.setl_id,
                &row.mdtrt_id,
                sealed,
            ))?;
            let stale = || StoreError::Stale { what: stored.number.to_string() };
            let leaves = leaves.get(&stored.id).copied();
            let stage = row.answer.after(stored.stage, leaves, *reversal).ok_or_else(stale)?;
            if stage != stored.stage {
                self.move_row(stored.id, stored.stage, stage).map_err(|_| stale())?;
            }
        }
        let rows: Vec<_> = answers
            .iter()
            .map(|MemberAnswer { record, row, reversal }| match reversal {
                None => json!([record.number, row.answer, row.code, row.setl_id]),
                Some(reversal) => json!([record.number, row.answer, row.code, row.setl_id, reversal.id()]),
            })
            .collect();
        let subject = Subject::Batch(batch.id);
        let mut detail = json!({ "answers": rows });
        if !calls.is_empty() {
            detail["calls"] = json!(calls.len());
        }
        let kind = match asked {
            None => EventKind::Answered,
            Some(Asked { by, evidence }) => {
                detail["by"] = json!(by);
                detail["evidence"] = self.sealed_value(&subject, evidence)?;
                EventKind::Asked
            }
        };
        let content = self.batch_content(batch.id)?;
        self.event(kind, &subject, None, &detail, content)
    }

    fn write_call(&mut self, batch: i64, call: &CallAnswer<'_>) -> Result<(), StoreError> {
        let CallAnswer { step, infno, msgid, record, row } = *call;
        let place = pair(batch, step);
        let (shown, sealed) = self.said(record, row, call_place(&place))?;
        self.tx.prepare_cached(WRITE_CALL)?.execute((
            batch,
            step,
            record.id,
            infno,
            msgid,
            row.answer.id(),
            &row.code,
            shown,
            sealed,
            &row.setl_id,
            &row.mdtrt_id,
        ))?;
        Ok(())
    }

    /// The platform's words as they may be shown, and sealed with the person's number for their place.
    fn said(
        &self,
        stored: &Stored,
        row: &AnswerRow,
        place: Place<'_>,
    ) -> Result<(String, Vec<u8>), StoreError> {
        let AnswerRow { text, psn_no, settled, .. } = row.clone();
        let words = AnswerWords { text, psn_no, settled };
        let sealed = self.sealer()?.seal(place, &serde_json::to_vec(&words)?);
        if row.text.is_empty() {
            return Ok((String::new(), sealed));
        }
        let opened = self.books().opened(stored.clone())?;
        Ok((mask_numbers(&opened.record.person.masked_in(&row.text)), sealed))
    }
}
