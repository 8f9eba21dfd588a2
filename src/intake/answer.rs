//! The platform's answers to a batch: what came of each record or call, row by row.
//!
//! Only words that mean one thing are taken; whatever else stands there is a
//! fault, never a guess. A file of answers is as long as a batch, so it is read
//! whole. Which record a key belongs to is not asked here.

use crate::domain::{Answer, AnswerRow, Key, SettledAs, leaves_open};
use crate::intake::column::{AnswerField as Field, SheetKind};
use crate::intake::reading::Reading;
use crate::intake::reply::replies;
use crate::intake::sheet::{Next, Sheet};
use crate::intake::{ColumnMap, Fault, FaultReason, SheetError};
use crate::text::UnknownWord;
use rustc_hash::FxHashMap;
use std::path::Path;

/// The keys in order of precedence: what we issued, what we count, what the facility counts.
const KEYS: [Field; 3] = [Field::MedinsSetlId, Field::Number, Field::RecordNo];

/// The words that mean one thing.
const WORDS: &[(Answer, &[&str])] = &[
    (Answer::Accepted, &["受理", "已受理", "成功", "accepted", "success"]),
    (Answer::Refused, &["拒绝", "失败", "refused", "rejected", "failed"]),
    (Answer::Unknown, &["结果不明", "未知", "超时", "无应答", "unknown", "timeout", "no_answer"]),
    (Answer::NotDone, &["未办成", "未成立", "已冲正", "not_done", "reversed"]),
];

/// What a word says, whether in a sheet or in JSON.
pub(super) fn meant(word: &str) -> Result<Answer, FaultReason> {
    let says = |words: &[&str]| words.iter().any(|known| known.eq_ignore_ascii_case(word));
    let found = WORDS.iter().find(|(_, words)| says(words)).map(|(answer, _)| *answer);
    let known = || WORDS.iter().flat_map(|(_, words)| *words).copied().collect();
    found.ok_or_else(|| unknown("status", word, known()))
}

/// What a code says together with the words beside it; `None` for a code that only a word can explain.
pub(super) fn coded(code: &str, text: &str) -> Option<Answer> {
    match code {
        "0" => Some(Answer::Accepted),
        // A failure that leaves open whether the call was taken is no refusal.
        "-1" if leaves_open(text) => Some(Answer::Unknown),
        "-1" => Some(Answer::Refused),
        _ => None,
    }
}

/// Reads a file of answers: a sheet, or JSON as the calls were answered, in a file, a folder or a ZIP.
///
/// # Errors
/// [`SheetError::Refused`] with every fault of its rows; other [`SheetError`]s where it is not such a sheet.
pub fn answers(path: &Path, map: &ColumnMap) -> Result<Vec<AnswerRow>, SheetError> {
    if let Some(rows) = replies(path)? {
        return Ok(rows);
    }
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
        infno: row.text(Field::Infno),
        answer: answer?,
        code: row.text(Field::Infcode),
        text: row.text(Field::ErrMsg),
        setl_id: row.number(Field::SetlId),
        mdtrt_id: row.number(Field::MdtrtId),
        psn_no: row.number(Field::PsnNo),
        settled: SettledAs {
            at: row.time(Field::SetlTime),
            total: row.amount(Field::Total),
            fund: row.amount(Field::Fund),
            account: row.amount(Field::Account),
            cash: row.amount(Field::Cash),
            insutype: row.text(Field::Insutype),
            clr_type: row.text(Field::ClrType),
            clr_optins: row.text(Field::ClrOptins),
        },
        file: row.sheet.path.display().to_string(),
        at_line: row.sheet.row.line,
    };
    row.faults.is_empty().then_some(answer)
}

/// The first key that the row has.
fn key_field(row: &Reading<'_>) -> Field {
    KEYS.into_iter().find(|&key| !row.raw(key).is_empty()).unwrap_or(KEYS[0])
}

fn answer(row: &mut Reading<'_>) -> Option<Answer> {
    let text = row.raw(Field::ErrMsg).into_owned();
    let has_word = !row.raw(Field::Status).is_empty();
    let by_code = row.parse(Field::Infcode.into(), |code| match coded(code, &text) {
        Some(answer) => Ok(Some(answer)),
        None if has_word => Ok(None),
        None => Err(unknown("infcode", code, vec!["0", "-1"])),
    });
    let by_word = row.parse(Field::Status.into(), meant);
    match (by_code.flatten(), by_word) {
        // A word may know more than a failure's code: that it timed out, or that nothing was done.
        (Some(Answer::Refused | Answer::Unknown), Some(Answer::Unknown)) => Some(Answer::Unknown),
        (Some(Answer::Refused | Answer::Unknown), Some(Answer::NotDone)) => Some(Answer::NotDone),
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
