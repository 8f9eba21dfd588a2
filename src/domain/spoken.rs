//! Dates as people at a counter type them: `今天`, `昨天 14:30`, `-1`, `0103`,
//! `1月3日`, `8:30`, `now`.
//!
//! What names no year lies in the past: the third of January, typed in the last
//! days of December, is that of the year that ends. Sheets are not read this
//! way; there a date is written out.

use crate::domain::{Day, Time};

/// Words for now, to the second.
const NOW: &[&str] = &["now", "现在", "此刻", "刚才"];
/// Words for a day, and how many days ago it was.
const DAYS: &[(&str, i64)] = &[
    ("大前天", 3),
    ("今天", 0),
    ("今日", 0),
    ("today", 0),
    ("昨天", 1),
    ("昨日", 1),
    ("yesterday", 1),
    ("前天", 2),
    ("前日", 2),
];

impl Time {
    /// The time that `text` means as of `now`. A day alone is its first second, but today is now, since nothing that
    /// happened today happened later.
    pub fn spoken(text: &str, now: Time) -> Option<Time> {
        let text: String = text.trim().chars().map(half_width).collect::<String>().to_lowercase();
        if NOW.contains(&text.as_str()) {
            return Some(now);
        }
        if let Ok(time) = text.to_uppercase().parse() {
            return Some(time);
        }
        let (day, clock) = day(&text, now).unwrap_or((None, &text));
        let clock = clock.trim();
        match (day, clock.is_empty()) {
            (Some(day), true) if day == now.day() => Some(now),
            (Some(day), true) => Some(day.start()),
            (Some(day), false) => at(day, clock),
            // Digits alone are a date, right or wrong, and no time of day.
            (None, false) if clock.bytes().all(|byte| byte.is_ascii_digit()) => None,
            (None, false) => at(now.day(), clock),
            (None, true) => None,
        }
    }
}

/// The day at the beginning of a text, and what follows it.
fn day(text: &str, now: Time) -> Option<(Option<Day>, &str)> {
    let today = now.day();
    for (word, ago) in DAYS {
        if let Some(rest) = text.strip_prefix(word) {
            return Some((Some(today.plus_days(-ago)), rest));
        }
    }
    let (head, rest) = text.split_once(' ').unwrap_or((text, ""));
    if let Some(ago) = head.strip_prefix('-') {
        let ago = number(ago).filter(|_| ago.len() <= 3)?;
        return Some((Some(today.plus_days(-i64::from(ago))), rest));
    }
    if head.len() == 4 && head.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some((Some(latest(number(&head[..2])?, number(&head[2..])?, today)?), rest));
    }
    if let Some((day, rest)) = in_chinese(text, today) {
        return Some((Some(day), rest));
    }
    let (month, day) = head.split_once(['-', '/', '.'])?;
    Some((Some(latest(number(month)?, number(day)?, today)?), rest))
}

/// `2021年1月3日`, `1月3号`, `3日`, each with what follows.
fn in_chinese(text: &str, today: Day) -> Option<(Day, &str)> {
    let (head, rest) = text.split_once(['日', '号'])?;
    let (year, head) = head.split_once('年').map_or((None, head), |(year, head)| (Some(year), head));
    let (month, day) = head.split_once('月').map_or((None, head), |(month, day)| (Some(month), day));
    let day = number(day.trim())?;
    let found = match (year, month) {
        (Some(year), Some(month)) => {
            let year = number(year.trim()).filter(|year| *year >= 1900)?;
            Day::new(i32::try_from(year).ok()?, number(month.trim())?, day)?
        }
        (None, Some(month)) => latest(number(month.trim())?, day, today)?,
        (None, None) => {
            // The latest month that has this day and has had it already.
            let this = today.plus_days(1 - i64::from(of_month(today)));
            (0..12).map(|back| this.plus_months(-back)).find_map(|first| in_month(first, day, today))?
        }
        (Some(_), None) => return None,
    };
    Some((found, rest))
}

fn in_month(first: Day, day: u32, today: Day) -> Option<Day> {
    let found = first.plus_days(i64::from(day.checked_sub(1)?));
    (found <= first.end_of_month() && found <= today).then_some(found)
}

fn of_month(day: Day) -> u32 {
    chrono::Datelike::day(&day.date())
}

/// That day of the year as it last was. 29 February may be some years back.
fn latest(month: u32, day: u32, today: Day) -> Option<Day> {
    (0..8).find_map(|back| Day::new(today.year() - back, month, day).filter(|found| *found <= today))
}

/// A time of day: `8:30`, `830`, `14点`, `14点30分`, `2点半`, `下午3:20`.
fn at(day: Day, text: &str) -> Option<Time> {
    let (half, text) = match (text.strip_prefix("下午"), text.strip_prefix("上午")) {
        (Some(rest), _) => (12, rest),
        (None, Some(rest)) => (0, rest),
        (None, None) => (0, text),
    };
    let text = text.trim().replace(['点', '时'], ":").replace('半', "30").replace('分', "");
    let (hour, minute, second) = match text.split(':').collect::<Vec<_>>()[..] {
        [hour, ""] => (number(hour)?, 0, 0),
        [hour, minute] => (number(hour)?, number(minute)?, 0),
        [hour, minute, second] => (number(hour)?, number(minute)?, number(second)?),
        [digits] if matches!(digits.len(), 3 | 4) => {
            let (hour, minute) = digits.split_at_checked(digits.len() - 2)?;
            (number(hour)?, number(minute)?, 0)
        }
        _ => return None,
    };
    let hour = if hour < 12 { hour + half } else { hour };
    let date = day.date();
    let (month, of_month) = (chrono::Datelike::month(&date), chrono::Datelike::day(&date));
    Time::new(day.year(), month, of_month, hour, minute, second)
}

fn number(text: &str) -> Option<u32> {
    let plain = !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// Full-width digits and marks as an input method leaves them.
fn half_width(ch: char) -> char {
    match ch {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(ch) - 0xFEE0).unwrap_or(ch),
        '\u{3000}' => ' ',
        _ => ch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_typed_and_what_it_means() {
        let now: Time = "2022-01-02T09:05:30".parse().unwrap();
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("now",               Some("2022-01-02T09:05:30")),
            ("现在",              Some("2022-01-02T09:05:30")),
            ("今天",              Some("2022-01-02T09:05:30")),
            ("今天 8:30",         Some("2022-01-02T08:30:00")),
            ("今天8点",           Some("2022-01-02T08:00:00")),
            ("昨天",              Some("2022-01-01T00:00:00")),
            ("昨天 1430",         Some("2022-01-01T14:30:00")),
            ("昨天下午3:20",      Some("2022-01-01T15:20:00")),
            ("昨天2点半",         Some("2022-01-01T02:30:00")),
            ("前天",              Some("2021-12-31T00:00:00")),
            ("大前天",            Some("2021-12-30T00:00:00")),
            ("-1",                Some("2022-01-01T00:00:00")),
            ("－１",              Some("2022-01-01T00:00:00")),
            ("-10 9:00",          Some("2021-12-23T09:00:00")),
            ("0103",              Some("2021-01-03T00:00:00")), // of the year that ended: the next is to come
            ("0102",              Some("2022-01-02T09:05:30")),
            ("1231",              Some("2021-12-31T00:00:00")),
            ("0229",              Some("2020-02-29T00:00:00")),
            ("1月2日",            Some("2022-01-02T09:05:30")),
            ("12月3号 10:20",     Some("2021-12-03T10:20:00")),
            ("2021年3月8日",      Some("2021-03-08T00:00:00")),
            ("1日",               Some("2022-01-01T00:00:00")),
            ("31日",              Some("2021-12-31T00:00:00")),
            ("30号",              Some("2021-12-30T00:00:00")),
            ("12-31",             Some("2021-12-31T00:00:00")),
            ("12/31 23:59",       Some("2021-12-31T23:59:00")),
            ("8:30",              Some("2022-01-02T08:30:00")),
            ("2021-10-29",        Some("2021-10-29T00:00:00")),
            ("2021-10-29T10:20",  Some("2021-10-29T10:20:00")),
            ("20211029",          Some("2021-10-29T00:00:00")),
            ("",                  None),
            ("-",                 None),
            ("1332",              None),
            ("0230",              None),
            ("32日",              None),
            ("25:00",             None),
            ("昨天 25:00",        None),
            ("明天",              None),
            ("五月三日",          None),
        ];
        for (text, want) in cases {
            assert_eq!(Time::spoken(text, now).map(|time| time.to_string()).as_deref(), want, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,16}", typed in "[0-9今昨前天大月日号年点分半下上午: ./-]{0,12}") {
            let now = Time::new(2024, 2, 29, 12, 0, 0).unwrap();
            for text in [text, typed] {
                let _ = Time::spoken(&text, now);
            }
        }

        #[test]
        fn a_day_without_a_year_is_never_to_come(month in 1_u32..=12, day in 1_u32..=31) {
            let now = Time::new(2021, 11, 2, 9, 0, 0).unwrap();
            if let Some(time) = Time::spoken(&format!("{month}月{day}日"), now) {
                prop_assert!(time <= now);
            }
        }
    }
}
