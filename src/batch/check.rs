//! Checking a cell before it is written, and the records left out because of one.
//!
//! A value that the platform would cut or misread refuses its record by name.
//! Nothing is shortened here, and an empty cell is no fault: it is counted.

use super::fields::{Field, Shape};
use crate::domain::ShortNumber;
use crate::text::{Explain, Lang};
use serde::Serialize;

/// Why a value cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "fault")]
pub enum Fault {
    /// A character that no field may hold.
    Control {
        /// Its code point.
        code: u32,
        /// Counts from 1.
        at: usize,
    },
    /// More characters than the field takes.
    TooLong {
        /// How many there are.
        characters: usize,
        /// How many it takes.
        most: usize,
    },
    /// Not digits only, or not a plain number.
    NotANumber,
    /// Not a date or time.
    NotATime,
    /// The batch issued no key for the record, or one the platform would refuse.
    BadKey,
    /// The fee lines do not sum to the total.
    LinesDoNotSum,
    /// Its code table does not have it.
    NotACode,
    /// A character that the encoding of the file cannot hold.
    NotInEncoding {
        /// Its code point.
        code: u32,
        /// Counts from 1.
        at: usize,
    },
    /// It would be taken for a placeholder of the calls.
    Placeholder,
    /// A call that settles has no fee lines.
    NoLines,
    /// More lines than one call takes, in a call whose lines go up together.
    TooManyLines {
        /// How many there are.
        lines: usize,
        /// How many it takes.
        most: usize,
    },
}

/// A record that did not go into the batch. It names the field, never the value: that may be an identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// The record.
    pub number: ShortNumber,
    /// The file it was meant for.
    pub file: String,
    /// The field's id.
    pub field: String,
    /// The field's name in Chinese.
    #[serde(skip)]
    pub field_zh: Box<str>,
    /// What is wrong.
    #[serde(flatten)]
    pub fault: Fault,
}

/// The strictest edition of the interface takes 15 digits in a running number.
pub(super) const MOST_DIGITS: usize = 15;

/// Checks one value of `field`.
pub(super) fn check(field: &Field, value: &str) -> Result<(), Fault> {
    if value.is_empty() {
        return Ok(());
    }
    let allowed = |ch: char| field.shape == Shape::Words && matches!(ch, '\n' | '\t');
    if let Some((at, ch)) = value.chars().enumerate().find(|&(_, ch)| is_invisible(ch) && !allowed(ch)) {
        return Err(Fault::Control { code: u32::from(ch), at: at + 1 });
    }
    match field.shape {
        Shape::Words => Ok(()),
        Shape::Text(most) => fits(value, most),
        Shape::Digits(most) => number(value, most.min(MOST_DIGITS), 0, false),
        Shape::Number(digits, decimals) => number(value, digits, decimals, true),
        Shape::Date => time(value, 10),
        Shape::DateTime => time(value, 19),
    }
}

/// Control characters, marks that change the direction of a line, and what stands for a broken text.
fn is_invisible(ch: char) -> bool {
    ch.is_control()
        || matches!(ch, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffd}'..='\u{ffff}')
}

fn fits(value: &str, most: usize) -> Result<(), Fault> {
    let characters = value.chars().count();
    if characters > most { Err(Fault::TooLong { characters, most }) } else { Ok(()) }
}

fn number(value: &str, digits: usize, decimals: usize, signed: bool) -> Result<(), Fault> {
    let plain = if signed { value.strip_prefix('-').unwrap_or(value) } else { value };
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || plain.ends_with('.') {
        return Err(Fault::NotANumber);
    }
    if whole.len() + decimals > digits || fraction.len() > decimals {
        return Err(Fault::TooLong { characters: plain.len(), most: digits });
    }
    Ok(())
}

fn time(value: &str, length: usize) -> Result<(), Fault> {
    let reads = value.parse::<crate::domain::Time>().is_ok();
    if reads && value.len() == length { Ok(()) } else { Err(Fault::NotATime) }
}

impl Explain for LeftOut {
    fn what(&self, lang: Lang) -> String {
        let Self { number, file, field, field_zh, fault } = self;
        let why = fault.what(lang);
        match lang {
            Lang::Zh => format!("{number} 未进入批次：{file} 的 {field_zh}（{field}）{why}"),
            Lang::En => format!("{number} was left out: {file}, {field} {why}"),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        self.fault.hint(lang)
    }
}

impl Explain for Fault {
    fn what(&self, lang: Lang) -> String {
        match (self, lang) {
            (Fault::Control { code, at }, Lang::Zh) => format!("第 {at} 个字符是不可见字符 U+{code:04X}"),
            (Fault::Control { code, at }, Lang::En) => {
                format!("has the invisible character U+{code:04X} at {at}")
            }
            (Fault::TooLong { characters, most }, Lang::Zh) => {
                format!("有 {characters} 个字符，最多 {most} 个")
            }
            (Fault::TooLong { characters, most }, Lang::En) => {
                format!("has {characters} characters, {most} at most")
            }
            (Fault::NotANumber, _) => lang.pick("不是数字", "is not a number").to_owned(),
            (Fault::NotATime, _) => lang.pick("不是日期或时间", "is not a date or time").to_owned(),
            (Fault::BadKey, _) => lang.pick("没有可用的结算标识", "has no usable key").to_owned(),
            (Fault::LinesDoNotSum, _) => {
                lang.pick("与费用明细合计不符", "is not the sum of the fee lines").to_owned()
            }
            (Fault::NotACode, _) => lang.pick("不在代码表中", "is not in its code table").to_owned(),
            (Fault::NotInEncoding { code, at }, Lang::Zh) => {
                format!("第 {at} 个字符 U+{code:04X} 无法用该字符集写出")
            }
            (Fault::NotInEncoding { code, at }, Lang::En) => {
                format!("has U+{code:04X} at {at}, which the encoding does not hold")
            }
            (Fault::Placeholder, _) => {
                lang.pick("含有“{{”，会被当作占位符", "has `{{`, which would be a placeholder").to_owned()
            }
            (Fault::NoLines, _) => lang.pick("没有费用明细", "has no fee lines").to_owned(),
            (Fault::TooManyLines { lines, most }, Lang::Zh) => {
                format!("有 {lines} 行明细，一次最多 {most} 行")
            }
            (Fault::TooManyLines { lines, most }, Lang::En) => {
                format!("has {lines} lines, {most} at most in one call")
            }
        }
    }

    fn hint(&self, lang: Lang) -> String {
        match self {
            Fault::BadKey => lang.pick("重新导出该批次", "export the batch again"),
            Fault::LinesDoNotSum => {
                lang.pick("更正总额或费用明细后再导出", "correct the total or the lines, then export again")
            }
            Fault::NotACode => lang.pick(
                "更正该字段；本地区使用的代码写入地区规则（--profile）",
                "correct the field; a code that the region uses goes into its profile (--profile)",
            ),
            Fault::NotInEncoding { .. } => {
                lang.pick("改用 --encoding utf-8-bom 导出", "export with --encoding utf-8-bom")
            }
            Fault::NoLines => lang.pick("导入费用明细后再导出", "import the fee lines, then export again"),
            Fault::TooManyLines { .. } => lang
                .pick("改用 --shape csv，由联网侧分批上传", "export with --shape csv, and load it in parts"),
            _ => lang.pick(
                "更正该字段后再导出；程序不会截断内容",
                "correct the field, then export again; nothing is cut to fit",
            ),
        }
        .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_against_their_shapes() {
        let too_long = |characters, most| Err(Fault::TooLong { characters, most });
        #[rustfmt::skip] // the columns are the point
        let cases = [
            (Shape::Text(4),       "",                    Ok(())),
            (Shape::Text(4),       "普通门诊",              Ok(())),
            (Shape::Text(4),       "普通门诊费",            too_long(5, 4)),
            (Shape::Text(9),       "a\tb",                Err(Fault::Control { code: 9, at: 2 })),
            (Shape::Text(9),       "王\u{202e}",           Err(Fault::Control { code: 0x202e, at: 2 })),
            (Shape::Words,         "two\nlines",          Ok(())),
            (Shape::Words,         "bell\u{7}",           Err(Fault::Control { code: 7, at: 5 })),
            (Shape::Digits(30),    "123456789012345",     Ok(())),
            (Shape::Digits(30),    "1234567890123456",    too_long(16, 15)),
            (Shape::Digits(30),    "-1",                  Err(Fault::NotANumber)),
            (Shape::Number(16, 2), "-12.50",              Ok(())),
            (Shape::Number(16, 2), "123456789012345.00",  too_long(18, 16)),
            (Shape::Number(16, 2), "1.505",               too_long(5, 16)),
            (Shape::Number(2, 0),  "1.",                  Err(Fault::NotANumber)),
            (Shape::Number(16, 2), "1,5",                 Err(Fault::NotANumber)),
            (Shape::Date,          "2021-10-29",          Ok(())),
            (Shape::Date,          "2021-10-29 10:00:00", Err(Fault::NotATime)),
            (Shape::DateTime,      "2021-10-29 10:20:00", Ok(())),
            (Shape::DateTime,      "2021-10-29",          Err(Fault::NotATime)),
        ];
        for (shape, value, want) in cases {
            let name = std::borrow::Cow::Borrowed("x");
            let field = Field {
                id: name.clone(),
                zh: name.clone(),
                en: name,
                shape,
                required: false,
                codes: None,
                preset: None,
            };
            assert_eq!(check(&field, value), want, "{shape:?} {value:?}");
        }
    }
}
