//! Days and times of day, all Beijing time (+08:00).
//!
//! The clock is never read here: now is an argument, given by a front.

use crate::text::{Explain, Lang};
use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A second in Beijing time; written `2021-10-29T10:20:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Time(NaiveDateTime);

/// A calendar day; written `2021-10-29`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Day(NaiveDate);

/// A text that is not a day or a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeError {
    /// The text as given.
    pub text: String,
}

/// Years a ledger may name; outside them a date is a slip of the pen.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2199;

impl Day {
    /// A day of the calendar, from 1900 to 2199.
    pub fn new(year: i32, month: u32, day: u32) -> Option<Day> {
        NaiveDate::from_ymd_opt(year, month, day).filter(|d| YEARS.contains(&d.year())).map(Day)
    }

    /// Its calendar date.
    pub fn date(self) -> NaiveDate {
        self.0
    }

    /// The year.
    pub fn year(self) -> i32 {
        self.0.year()
    }

    /// Its first second.
    pub fn start(self) -> Time {
        Time(self.0.and_time(NaiveTime::MIN))
    }

    /// Its last second: a deadline that is a date includes the whole day.
    pub fn end(self) -> Time {
        Time(self.0.and_time(NaiveTime::from_hms_opt(23, 59, 59).expect("23:59:59 is a time")))
    }

    /// `days` later, or earlier where negative; stays within what a ledger may name.
    pub fn plus_days(self, days: i64) -> Day {
        let count = Days::new(days.unsigned_abs());
        let moved = if days < 0 { self.0.checked_sub_days(count) } else { self.0.checked_add_days(count) };
        Day::clamped(moved, days < 0)
    }

    /// `months` later; 31 January and one month is the last day of February.
    pub fn plus_months(self, months: i32) -> Day {
        let count = Months::new(months.unsigned_abs());
        let moved =
            if months < 0 { self.0.checked_sub_months(count) } else { self.0.checked_add_months(count) };
        Day::clamped(moved, months < 0)
    }

    /// The last day of its month.
    pub fn end_of_month(self) -> Day {
        let first = Day(self.0.with_day(1).expect("every month has a first"));
        first.plus_months(1).plus_days(-1)
    }

    /// Days from `earlier` to this one.
    pub fn days_since(self, earlier: Day) -> i64 {
        (self.0 - earlier.0).num_days()
    }

    fn clamped(date: Option<NaiveDate>, backwards: bool) -> Day {
        let (first, last) = (Day::new(1900, 1, 1), Day::new(2199, 12, 31));
        let edge = if backwards { first } else { last }.expect("the edges are days").0;
        Day(date.filter(|d| YEARS.contains(&d.year())).unwrap_or(edge))
    }
}

impl Time {
    /// A time from its parts; `None` where they are not on the calendar.
    pub fn new(year: i32, month: u32, day: u32, hour: u32, minute: u32, second: u32) -> Option<Time> {
        Some(Time(Day::new(year, month, day)?.0.and_hms_opt(hour, minute, second)?))
    }

    /// From a Beijing wall-clock reading, seconds kept, fractions dropped.
    pub fn from_naive(at: NaiveDateTime) -> Time {
        Time(at.with_nanosecond(0).unwrap_or(at))
    }

    /// Its calendar day.
    pub fn day(self) -> Day {
        Day(self.0.date())
    }

    /// The wall-clock reading.
    pub fn naive(self) -> NaiveDateTime {
        self.0
    }

    /// Milliseconds since 1970 UTC, for UUIDv7.
    pub fn unix_millis(self) -> u64 {
        let utc = self.0 - TimeDelta::hours(8);
        u64::try_from(utc.and_utc().timestamp_millis()).unwrap_or(0)
    }

    /// Seconds later, or earlier where negative; stays within what a ledger may name.
    pub fn plus_seconds(self, seconds: i64) -> Time {
        let moved = TimeDelta::try_seconds(seconds).and_then(|d| self.0.checked_add_signed(d));
        match moved.filter(|at| YEARS.contains(&at.year())) {
            Some(at) => Time(at),
            None if seconds < 0 => Day::clamped(None, true).start(),
            None => Day::clamped(None, false).end(),
        }
    }

    /// Seconds from `earlier` to this one.
    pub fn seconds_since(self, earlier: Time) -> i64 {
        (self.0 - earlier.0).num_seconds()
    }

    /// The platform's form, `2021-10-29 10:20:00`.
    pub fn platform(self) -> String {
        self.0.format("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// Digits only, `20211029102000`, as in `msgid`.
    pub fn compact(self) -> String {
        self.0.format("%Y%m%d%H%M%S").to_string()
    }

    /// For a table: `2021-10-29 10:20`.
    pub fn short(self) -> String {
        self.0.format("%Y-%m-%d %H:%M").to_string()
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = *b"0000-00-00T00:00:00";
        put_date(&mut text, self.0.date());
        put_digits(&mut text[11..13], self.0.hour());
        put_digits(&mut text[14..16], self.0.minute());
        put_digits(&mut text[17..], self.0.second());
        pad(&text, f)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = *b"0000-00-00";
        put_date(&mut text, self.0);
        pad(&text, f)
    }
}

/// Years have four digits, since a ledger names none outside 1900 to 2199.
fn put_date(text: &mut [u8], date: NaiveDate) {
    put_digits(&mut text[..4], date.year().unsigned_abs());
    put_digits(&mut text[5..7], date.month());
    put_digits(&mut text[8..10], date.day());
}

/// Times are written by the million, so their digits are put down directly, from the last to the first.
fn put_digits(text: &mut [u8], mut number: u32) {
    for digit in text.iter_mut().rev() {
        *digit = b"0123456789"[(number % 10) as usize];
        number /= 10;
    }
}

fn pad(text: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.pad(std::str::from_utf8(text).expect("digits and their separators are ASCII"))
}

/// The numbers of a text such as `2021-10-29T10:20:00`: digits between single separators.
fn numbers(text: &str) -> Option<Vec<u32>> {
    text.split(['-', '/', '.', ':', ' ', 'T']).map(digits).collect()
}

fn digits(part: &str) -> Option<u32> {
    let plain = !part.is_empty() && part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit());
    if plain { part.parse().ok() } else { None }
}

impl FromStr for Day {
    type Err = TimeError;

    /// Reads `2021-10-29`, `2021/10/29` and `20211029`; a time of day is not dropped but refused.
    fn from_str(text: &str) -> Result<Day, TimeError> {
        let trimmed = text.trim();
        let fail = || TimeError { text: text.to_owned() };
        if trimmed.len() == 8 && trimmed.bytes().all(|b| b.is_ascii_digit()) {
            let part = |range: std::ops::Range<usize>| trimmed[range].parse::<u32>().ok();
            let (year, month, day) =
                (part(0..4).ok_or_else(fail)?, part(4..6).ok_or_else(fail)?, part(6..8).ok_or_else(fail)?);
            return Day::new(i32::try_from(year).map_err(|_| fail())?, month, day).ok_or_else(fail);
        }
        match numbers(trimmed).ok_or_else(fail)?[..] {
            [year, month, day] => {
                Day::new(i32::try_from(year).map_err(|_| fail())?, month, day).ok_or_else(fail)
            }
            _ => Err(fail()),
        }
    }
}

impl FromStr for Time {
    type Err = TimeError;

    /// Reads `2021-10-29T10:20:00`, with a blank for the `T`, slashes, or without seconds.
    /// A date alone is its first second.
    fn from_str(text: &str) -> Result<Time, TimeError> {
        let trimmed = text.trim();
        if let Some(time) = plain_time(trimmed.as_bytes()) {
            return Ok(time);
        }
        let fail = || TimeError { text: text.to_owned() };
        let (date, clock) = match trimmed.find(['T', ' ']) {
            None => return trimmed.parse::<Day>().map(Day::start).map_err(|_| fail()),
            Some(at) => (&trimmed[..at], trimmed[at + 1..].trim()),
        };
        let day: Day = date.parse().map_err(|_| fail())?;
        let (hour, minute, second) = match numbers(clock).ok_or_else(fail)?[..] {
            [h, m] => (h, m, 0),
            [h, m, s] => (h, m, s),
            _ => return Err(fail()),
        };
        day.0.and_hms_opt(hour, minute, second).map(Time).ok_or_else(fail)
    }
}

/// The exact 19-character form, read without allocation.
fn plain_time(text: &[u8]) -> Option<Time> {
    if text.len() != 19 || text[4] != b'-' || text[7] != b'-' || text[13] != b':' || text[16] != b':' {
        return None;
    }
    if text[10] != b'T' && text[10] != b' ' {
        return None;
    }
    let part = |from: usize, to: usize| {
        text[from..to].iter().try_fold(0_u32, |n, b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')))
    };
    let year = i32::try_from(part(0, 4)?).ok()?;
    Time::new(year, part(5, 7)?, part(8, 10)?, part(11, 13)?, part(14, 16)?, part(17, 19)?)
}

impl From<Time> for String {
    fn from(time: Time) -> String {
        time.to_string()
    }
}

impl From<Day> for String {
    fn from(day: Day) -> String {
        day.to_string()
    }
}

impl TryFrom<String> for Time {
    type Error = TimeError;

    fn try_from(text: String) -> Result<Time, TimeError> {
        text.parse()
    }
}

impl TryFrom<String> for Day {
    type Error = TimeError;

    fn try_from(text: String) -> Result<Day, TimeError> {
        text.parse()
    }
}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what(Lang::En))
    }
}

impl std::error::Error for TimeError {}

impl Explain for TimeError {
    fn what(&self, lang: Lang) -> String {
        match lang {
            Lang::Zh => format!("“{}”不是日期或时间", self.text),
            Lang::En => format!("`{}` is not a date or time", self.text),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        lang.pick(
            "写成 2021-10-29 或 2021-10-29T10:20:00（北京时间）",
            "write 2021-10-29 or 2021-10-29T10:20:00, Beijing time",
        )
        .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_their_shapes() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("2021-10-29T10:20:00", Some("2021-10-29T10:20:00")),
            ("2021-10-29 10:20",    Some("2021-10-29T10:20:00")),
            ("2021/3/8 9:05",       Some("2021-03-08T09:05:00")),
            ("2021-10-29",          Some("2021-10-29T00:00:00")),
            ("20211029",            Some("2021-10-29T00:00:00")),
            ("2021-02-29",          None),
            ("2021-10-29T24:00:00", None),
            ("2021-10",             None),
            ("21-10-29",            None),
            ("tomorrow",            None),
            ("",                    None),
        ];
        for (text, want) in cases {
            assert_eq!(text.parse::<Time>().ok().map(|t| t.to_string()).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn months_end_where_the_calendar_ends() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        assert_eq!(day("2022-01-31").plus_months(1), day("2022-02-28"));
        assert_eq!(day("2024-01-31").plus_months(1), day("2024-02-29"));
        assert_eq!(day("2024-02-29").plus_months(12), day("2025-02-28"));
        assert_eq!(day("2021-12-05").end_of_month(), day("2021-12-31"));
        assert_eq!(day("2022-01-01").plus_days(-1), day("2021-12-31"));
        assert_eq!(day("2022-03-31").end().to_string(), "2022-03-31T23:59:59");
        assert_eq!(day("2022-03-31").plus_days(i64::MAX), day("2199-12-31"));
        assert_eq!(day("2022-03-31").start().plus_seconds(i64::MAX), day("2199-12-31").end());
        assert_eq!(day("2022-03-31").start().plus_seconds(-9_999_999_999).to_string(), "1900-01-01T00:00:00");
        assert_eq!(format!("{:>12}", day("2022-03-31")), "  2022-03-31");
    }
}
