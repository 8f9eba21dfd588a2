//! Dates and times as spreadsheets and hospital systems write them.
//!
//! Beside what the domain reads: fractions of a second, times of digits only,
//! Chinese words for the parts, full-width digits, and the day count of a
//! spreadsheet where the cell was a number. Anything else is no time.

use crate::domain::{Day, Time};
use crate::intake::cell::half_width;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::borrow::Cow;

/// Days counted by a spreadsheet that a ledger may mean: from 1954 to 2119. Fewer digits are a number of something.
const SERIALS: std::ops::Range<i64> = 20_000..80_000;

/// Reads a time in Beijing; a date alone is its first second. `serial` says that the cell is a plain number.
pub(super) fn time(text: &str, serial: bool) -> Option<Time> {
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    if serial && let Some(time) = of_serial(text) {
        return Some(time);
    }
    let plain = worded(text);
    let plain = without_fraction(plain.trim());
    if plain.len() >= 12 && plain.bytes().all(|byte| byte.is_ascii_digit()) {
        return of_digits(plain);
    }
    plain.parse().ok()
}

/// `2021年10月29日 上午 9时5分` with the marks that a date has elsewhere; half of the day is not guessed.
fn worded(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    for ch in text.chars().map(half_width) {
        match ch {
            '年' | '月' => plain.push('-'),
            '日' => plain.push(' '),
            '时' | '點' | '点' | '分' => plain.push(':'),
            '秒' => {}
            ch => plain.push(ch),
        }
    }
    let end = plain.trim_end().trim_end_matches(':');
    // `9时` is nine o'clock.
    let hour_only = end.rsplit(' ').next().is_some_and(|clock| {
        end.contains(' ') && !clock.is_empty() && clock.bytes().all(|byte| byte.is_ascii_digit())
    });
    Cow::Owned(if hour_only && text.contains(['时', '点', '點']) {
        format!("{end}:00")
    } else {
        end.to_owned()
    })
}

/// Without `.0` or `.000` behind the seconds.
fn without_fraction(text: &str) -> &str {
    match (text.rfind('.'), text.rfind(':')) {
        (Some(point), Some(colon))
            if point > colon
                && text.len() > point + 1
                && text[point + 1..].bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            &text[..point]
        }
        _ => text,
    }
}

/// `20211029102000`, or without the seconds.
fn of_digits(text: &str) -> Option<Time> {
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<u32>().ok();
    let second = match text.len() {
        12 => 0,
        14 => part(12, 14)?,
        _ => return None,
    };
    let year = i32::try_from(part(0, 4)?).ok()?;
    Time::new(year, part(4, 6)?, part(6, 8)?, part(8, 10)?, part(10, 12)?, second)
}

/// Days since 1899-12-30, with the time of the day behind the point.
fn of_serial(text: &str) -> Option<Time> {
    let serial: Decimal = text.parse().ok()?;
    let days = serial.trunc().to_i64().filter(|days| SERIALS.contains(days))?;
    // The first day that a ledger names is two days later than the first of a spreadsheet.
    let day = Day::new(1900, 1, 1)?.plus_days(days - 2);
    let seconds = (serial.fract() * Decimal::from(86_400)).round().to_i64()?;
    Some(day.start().plus_seconds(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_as_they_are_written() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            // text                     a number?  means
            ("2021-10-29",              false, Some("2021-10-29T00:00:00")),
            ("2021/3/8 9:05",           false, Some("2021-03-08T09:05:00")),
            ("20211029",                true,  Some("2021-10-29T00:00:00")),
            ("20211029 10:20",          false, Some("2021-10-29T10:20:00")),
            ("20211029102000",          false, Some("2021-10-29T10:20:00")),
            ("202110291020",            false, Some("2021-10-29T10:20:00")),
            ("2021-10-29 10:20:00.0",   false, Some("2021-10-29T10:20:00")),
            ("2021-10-29T10:20:00.123", false, Some("2021-10-29T10:20:00")),
            ("2021.10.29",              false, Some("2021-10-29T00:00:00")),
            ("2021年10月29日",           false, Some("2021-10-29T00:00:00")),
            ("2021年3月8日 9时5分",       false, Some("2021-03-08T09:05:00")),
            ("2021年3月8日9时",           false, Some("2021-03-08T09:00:00")),
            ("２０２１－３－８",           false, Some("2021-03-08T00:00:00")),
            ("44498",                   true,  Some("2021-10-29T00:00:00")),
            ("44498.430555555555",      true,  Some("2021-10-29T10:20:00")),
            ("44498",                   false, None),
            ("444",                     true,  None),
            ("20219999",                true,  None),
            ("2021-02-29",              false, None),
            ("2021年3月8日 下午 2:00",    false, None),
            ("10/29/2021",              false, None),
            ("20211029109900",          false, None),
            ("",                        false, None),
        ];
        for (text, serial, want) in cases {
            let got = time(text, serial).map(|time| time.to_string());
            assert_eq!(got.as_deref(), want, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[0-9年月日时分秒：:./ T-]{0,24}", other in "\\PC{0,20}", serial: bool) {
            let _ = (time(&text, serial), time(&other, serial));
        }
    }
}
