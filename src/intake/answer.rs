//! The platform's answers to a batch: accepted or refused, row by row.
//!
//! Only words that mean one thing are taken; whatever else stands there is a
//! fault, never a guess. A file of answers is as long as a batch, so it is read
//! whole. Which record a key belongs to is not asked here.

use crate::domain::{Answer, AnswerRow, Key};
use crate::intake::column::{AnswerField as Field, SheetKind};
use crate::intake::reading::Reading;
use crate::intake::sheet::{Next, Sheet};
use crate::intake::{ColumnMap, Fault, FaultReason, SheetError};
use crate::text::UnknownWord;
use rustc_hash::FxHashMap;
use std::path::Path;

/// The keys in order of precedence: what we issued, what we count, what the facility counts.
const KEYS: [Field; 3] = [Field::MedinsSetlId, Field::Number, Field::RecordNo];

const ACCEPTED: &[&str] = &["受理", "已受理", "成功", "accepted", "success"];
const REFUSED: &[&str] = &["拒绝", "失败", "refused", "rejected", "failed"];

/// Reads a file of answers.
///
/// # Errors
/// [`SheetError::Refused`] with every fault of its rows; other [`SheetError`]s where it is not such a sheet.
pub fn answers(path: &Path, map: &ColumnMap) -> Result<Vec<AnswerRow>, SheetError> {
    let mut sheet = Sheet::open(path, SheetKind::Answers, map, &|_| None)?;
    sheet.require(&[&KEYS.map(usize::from), &[Field::Infcode.into(), Field::Status.into()]])?;
    let (mut rows, mut faults): (Vec<AnswerRow>, Vec<Fault>) = (Vec::new(), Vec::new());
    let mut first: FxHashMap<Key, usize> = FxHashMap::default();
    loop {
        match sheet.next_row() {
            Next::Row => {}
            Next::End => break,
            Next::Broken(fault) => {
                faults.push(fault);
                break;
            }
        }
        let mut row = Reading::new(&sheet);
        let answer = if row.faults.is_empty() { answer_row(&mut row) } else { None };
        if let Some(answer) = answer
            && let Some(key) = Key::of(&answer.key)
        {
            match first.get(&key).map(|&at| &rows[at]) {
                Some(earlier) if same(earlier, &answer) => {}
                Some(earlier) => {
                    row.refuse(key_field(&row), FaultReason::OtherContent { first_line: earlier.at_line });
                }
                None => {
                    first.insert(key, rows.len());
                    rows.push(answer);
                }
            }
        }
        faults.append(&mut row.faults);
    }
    if faults.is_empty() { Ok(rows) } else { Err(SheetError::Refused(faults)) }
}

fn same(earlier: &AnswerRow, later: &AnswerRow) -> bool {
    AnswerRow { at_line: earlier.at_line, ..later.clone() } == *earlier
}

fn answer_row(row: &mut Reading<'_>) -> Option<AnswerRow> {
    let key = row.number(key_field(row));
    if key.is_empty() {
        row.faults.push(row.sheet.row_fault(FaultReason::NoKey));
    }
    let answer = answer(row);
    let answer = AnswerRow {
        key,
        answer: answer?,
        code: row.text(Field::Infcode),
        text: row.text(Field::ErrMsg),
        setl_id: row.number(Field::SetlId),
        mdtrt_id: row.number(Field::MdtrtId),
        psn_no: row.number(Field::PsnNo),
        at_line: row.sheet.row.line,
    };
    row.faults.is_empty().then_some(answer)
}

/// The first key that the row has.
fn key_field(row: &Reading<'_>) -> Field {
    KEYS.into_iter().find(|&key| !row.raw(key).is_empty()).unwrap_or(KEYS[0])
}

fn answer(row: &mut Reading<'_>) -> Option<Answer> {
    let by_code = row.parse(Field::Infcode.into(), |text| match text {
        "0" => Ok(Answer::Accepted),
        "-1" => Ok(Answer::Refused),
        other => Err(unknown("infcode", other, vec!["0", "-1"])),
    });
    let by_word = row.parse(Field::Status.into(), |text| {
        let among = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
        match (among(ACCEPTED), among(REFUSED)) {
            (true, _) => Ok(Answer::Accepted),
            (_, true) => Ok(Answer::Refused),
            _ => Err(unknown("status", text, ACCEPTED.iter().chain(REFUSED).copied().collect())),
        }
    });
    match (by_code, by_word) {
        (Some(code), Some(word)) if code != word => {
            row.refuse(Field::Status, FaultReason::Contradiction);
            None
        }
        (None, None) => {
            let silent = row.raw(Field::Infcode).is_empty() && row.raw(Field::Status).is_empty();
            if silent {
                row.refuse(Field::Status, FaultReason::Missing);
            }
            None
        }
        (code, word) => code.or(word),
    }
}

fn unknown(what: &'static str, text: &str, known: Vec<&'static str>) -> FaultReason {
    FaultReason::Word(UnknownWord { what, text: text.to_owned(), known })
}
