//! The platform's answer to a batch, row by row; read twice it changes nothing.

use crate::domain::{Actor, Answer, AnswerRow, BatchState};
use crate::store::{BatchInfo, Ledger, Member, Mode, Stored};
use crate::work::WorkError;
use std::collections::{HashMap, HashSet};

/// What came of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// Records accepted now.
    pub accepted: usize,
    /// Records refused now.
    pub refused: usize,
    /// Rows that stood already.
    pub known: usize,
    /// Records of the batch that still wait for an answer.
    pub waiting: usize,
}

/// Writes down the answers to a batch, read from `file`.
///
/// # Errors
/// [`WorkError::NotInBatch`] or [`WorkError::OtherAnswer`]; then nothing of the file is written.
pub fn acknowledge(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    batch: i64,
    rows: &[AnswerRow],
    file: &str,
) -> Result<Answered, WorkError> {
    ledger.write(actor, mode, |w| {
        let info = w.books().batch(batch)?;
        if matches!(info.state, BatchState::Cancelled | BatchState::Preparing) {
            let what = format!("batch B{batch}");
            return Err(crate::store::StoreError::Stale { what }.into());
        }
        let members = members(&w.books(), &info)?;
        let mut done = Answered::default();
        let mut fresh: Vec<(Stored, &AnswerRow)> = Vec::new();
        let mut seen = HashSet::new();
        for row in rows {
            let found =
                members.get(row.key.as_str()).or_else(|| members.get(row.key.to_ascii_uppercase().as_str()));
            let Some((member, stored)) = found else {
                let (file, key) = (file.to_owned(), row.key.clone());
                return Err(WorkError::NotInBatch { batch, file, line: row.at_line, key });
            };
            match member.answer {
                Some(answer) if answer == row.answer => done.known += 1,
                Some(_) => {
                    let number = stored.number.to_string();
                    let file = file.to_owned();
                    return Err(WorkError::OtherAnswer { number, file, line: row.at_line });
                }
                None if !seen.insert(stored.id) => done.known += 1,
                None => {
                    match row.answer {
                        Answer::Accepted => done.accepted += 1,
                        Answer::Refused => done.refused += 1,
                    }
                    fresh.push((stored.clone(), row));
                }
            }
        }
        if fresh.is_empty() {
            w.discard();
        } else {
            w.answer_batch(&info, &fresh)?;
        }
        let answered = w.books().members(batch)?.iter().filter(|m| m.answer.is_some()).count();
        done.waiting = usize::try_from(info.records).unwrap_or(0).saturating_sub(answered);
        Ok(done)
    })
}

/// The members of a batch by every key that an answer may name them with.
fn members(
    books: &crate::store::Books<'_>,
    batch: &BatchInfo,
) -> Result<HashMap<String, (Member, Stored)>, WorkError> {
    let mut by_key = HashMap::new();
    for member in books.members(batch.id)? {
        let stored = books.record_by_id(member.record)?;
        let keys = [
            member.issued.medins_setl_id.clone(),
            stored.number.to_string(),
            stored.record.record_no.clone(),
        ];
        for key in keys.into_iter().filter(|key| !key.is_empty()) {
            by_key.insert(key, (member.clone(), stored.clone()));
        }
    }
    Ok(by_key)
}
