//! Records as JSON lines on stdin, for `add KIND --stdin`: one object a line,
//! keyed by the columns of `records.csv`. All of them are written or none.
//!
//! An amount is taken as it is written, digit by digit, whether as text or as a
//! number; it never becomes a float.

use crate::cli::{Ctx, Exit, Failure, Says, ledger};
use crate::domain::Record;
use crate::intake::{Column, Draft, Fault, RECORD_COLUMNS, SheetError};
use crate::report::{self, Cell, Format, Sheet};
use crate::store::Added;
use crate::text::{Explain, Lang};
use crate::work;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// What checks one record's cells.
pub(super) type Check<'a> = &'a dyn Fn(&[(String, String)]) -> Result<Draft, SheetError>;

/// Something wrong with one line.
enum Wrong {
    /// A cell of it.
    Cell(Fault),
    /// All of it.
    Line(Says),
}

impl Explain for Wrong {
    fn what(&self, lang: Lang) -> String {
        match self {
            Wrong::Cell(fault) => fault.what(lang),
            Wrong::Line(says) => says.what(lang),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        match self {
            Wrong::Cell(fault) => fault.hint(lang),
            Wrong::Line(says) => Explain::hint(says, lang),
        }
    }
}

/// Reads stdin; `given` are the cells of a line that does not say otherwise.
///
/// # Errors
/// Input refused with every fault of every line.
pub(super) fn read(ctx: &Ctx, given: &[(String, String)], check: Check<'_>) -> Result<Vec<Draft>, Failure> {
    let text = ctx.read_text(Path::new("-"))?;
    let (mut drafts, mut wrong) = (Vec::new(), Vec::new());
    for (line, text) in (1_u64..).zip(text.lines()) {
        if text.trim().is_empty() {
            continue;
        }
        match one(text, given, check) {
            Ok(draft) => drafts.push(draft),
            Err(faults) => wrong.extend(faults.into_iter().map(|fault| at_line(fault, line))),
        }
    }
    if !wrong.is_empty() {
        let says = Says::new("记录有误，未写入任何内容", "the records are not right; nothing was written");
        return Err(Failure::refused(says).with_items(wrong));
    }
    if drafts.is_empty() {
        let says = Says::new("标准输入没有记录", "stdin holds no record");
        return Err(Failure::refused(says.hint(
            "每行一个 JSON 对象，键为登记表的列名",
            "one JSON object a line, keyed by the columns of the records sheet",
        )));
    }
    Ok(drafts)
}

/// Writes them all down, then prints their numbers, one a line.
///
/// # Errors
/// As for one record; nothing was written then.
pub(super) fn write(ctx: &mut Ctx, drafts: &[Draft], dry_run: bool) -> Result<Exit, Failure> {
    let (mut book, _) = ledger::unlocked(ctx)?;
    let records: Vec<(&Record, _)> = drafts.iter().map(|draft| (&draft.record, draft.row_key)).collect();
    let added = work::add_all(&mut book, &ctx.actor(), ledger::mode(dry_run), &records)?;
    let mut sheet = Sheet::new(&[
        report::Column::code("number", "编号", "number"),
        report::Column::code("record_no", "单号", "record no."),
        report::Column::text("known", "已在账本", "known already"),
        report::Column::code("twice", "疑似重复", "may repeat"),
    ]);
    for ((added, twice), draft) in added.iter().zip(drafts) {
        let (Added::New(number) | Added::Known(number) | Added::Differs(number)) = added;
        if ctx.format == Format::Table {
            writeln!(ctx.out, "{number}")?;
        }
        let known = matches!(added, Added::Known(_));
        sheet.row([
            Cell::text(number.to_string()),
            Cell::text(&draft.record.record_no),
            Cell::Flag(known),
            Cell::known(twice.as_ref(), |(other, _)| Cell::text(other.to_string())),
        ]);
    }
    ctx.out.flush()?;
    for ((added, twice), _) in added.iter().zip(drafts) {
        let (Added::New(number) | Added::Known(number) | Added::Differs(number)) = added;
        if let Some(twice) = twice {
            let [zh, en] = [Lang::Zh, Lang::En].map(|lang| (twice.what(lang), twice.hint(lang)));
            ctx.remark(
                &format!("注意：{number}：{}；{}", zh.0, zh.1),
                &format!("note: {number}: {}; {}", en.0, en.1),
            )?;
        }
    }
    if ctx.format != Format::Table {
        ctx.print(&sheet)?;
    }
    ledger::tried(ctx, dry_run)?;
    Ok(Exit::Done)
}

fn one(text: &str, given: &[(String, String)], check: Check<'_>) -> Result<Draft, Vec<Wrong>> {
    let line = |zh: String, en: String| {
        let says = Says::new(zh, en).hint(
            "每行一个 JSON 对象，如 {\"name\": \"王小明\", \"total\": \"12.50\"}",
            "one JSON object a line, as {\"name\": \"王小明\", \"total\": \"12.50\"}",
        );
        vec![Wrong::Line(says)]
    };
    let object: Object<'_> = serde_json::from_str(text).map_err(|error| {
        line(format!("不是 JSON 对象：{error}"), format!("is not a JSON object: {error}"))
    })?;
    let mut cells: Vec<(String, String)> =
        given.iter().filter(|(column, _)| object.0.iter().all(|(own, _)| own != column)).cloned().collect();
    for (column, value) in object.0 {
        if !is_known(&column) {
            return Err(line(
                format!("不认识的列“{column}”"),
                format!("`{column}` is not a column of the records sheet"),
            ));
        }
        let text = cell(value).ok_or_else(|| {
            line(
                format!("{column}：不能是对象"),
                format!("{column}: is not a text, number, yes or no, or list"),
            )
        })?;
        cells.push((column, text));
    }
    check(&cells).map_err(|error| match error {
        SheetError::Refused(faults) => faults.into_iter().map(Wrong::Cell).collect(),
        error => line(error.what(Lang::Zh), error.what(Lang::En)),
    })
}

/// Whether a key is a heading of the records sheet; whether a fact is known is seen by its checks.
fn is_known(key: &str) -> bool {
    let named = |column: &Column| {
        column.id == key
            || column.zh.contains(&key)
            || column.en.contains(&key)
            || column.fields.contains(&key)
    };
    key.starts_with("fact:") || RECORD_COLUMNS.iter().any(named)
}

fn at_line(wrong: Wrong, line: u64) -> Wrong {
    match wrong {
        Wrong::Cell(fault) => Wrong::Cell(Fault { path: Arc::from(Path::new("stdin")), line, ..fault }),
        Wrong::Line(says) => Wrong::Line(
            Says::new(
                format!("stdin 第 {line} 行：{}", says.what(Lang::Zh)),
                format!("stdin line {line}: {}", says.what(Lang::En)),
            )
            .hint(Explain::hint(&says, Lang::Zh), Explain::hint(&says, Lang::En)),
        ),
    }
}

/// The cell that a JSON value means: a number is its digits, a list its words.
fn cell(value: &RawValue) -> Option<String> {
    let raw = value.get();
    match raw.as_bytes().first()? {
        b'"' => serde_json::from_str(raw).ok(),
        b'[' => serde_json::from_str::<Vec<String>>(raw).ok().map(|words| words.join(";")),
        b'{' => None,
        b'n' => Some(String::new()),
        b't' => Some("yes".to_owned()),
        b'f' => Some("no".to_owned()),
        _ => Some(raw.to_owned()),
    }
}

/// The pairs of a JSON object as they stand; a column that stands twice is refused with the sheet's own words.
struct Object<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object<'de>, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Object(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_as_cells() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("\"王小明\"",              Some("王小明")),
            ("126.50",                  Some("126.50")), // as written, not 126.5
            ("0.1",                     Some("0.1")),
            ("true",                    Some("yes")),
            ("false",                   Some("no")),
            ("null",                    Some("")),
            ("[\"receipt\",\"card\"]",  Some("receipt;card")),
            ("[1]",                     None),
            ("{}",                      None),
        ];
        for (json, want) in cases {
            let raw: &RawValue = serde_json::from_str(json).unwrap();
            assert_eq!(cell(raw).as_deref(), want, "{json}");
        }
    }

    #[test]
    fn a_column_that_stands_twice_is_kept_twice() {
        let object: Object<'_> = serde_json::from_str(r#"{"total": 1.10, "total": 2}"#).unwrap();
        assert_eq!(object.0.len(), 2);
        assert!(serde_json::from_str::<Object<'_>>("[1]").is_err());
    }
}
