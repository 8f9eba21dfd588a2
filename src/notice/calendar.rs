//! Working days: weekends, public holidays and make-up days as the State Council
//! arranges them each year.
//!
//! The arrangements are data (`holidays.toml`, and files a person adds). A year
//! without one is not guessed: every question that needs it says which year.

use crate::domain::Day;
use crate::text::{Explain, Lang};
use chrono::{Datelike, Weekday};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::LazyLock;

const BUILT_IN: &str = include_str!("holidays.toml");

/// The years whose working days are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    years: BTreeSet<i32>,
    /// Days that differ from the week: `true` works, `false` is free.
    days: BTreeMap<Day, bool>,
}

/// Why a file of holidays was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarError {
    /// Line, from 1; 0 where the file as a whole is meant.
    pub line: usize,
    /// What stands there.
    pub text: String,
    /// What is wrong with it.
    pub fault: CalendarFault,
}

/// What can be wrong with a file of holidays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CalendarFault {
    /// Not TOML.
    Syntax,
    /// Not a year.
    Year,
    /// Neither `free` nor `work`.
    Key,
    /// Not a day nor a range of days within the year.
    Day,
    /// A make-up day that is no weekend, or a day both free and working.
    MakeUp,
}

/// A year whose arrangement is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownYear(pub i32);

static BUILT: LazyLock<Calendar> = LazyLock::new(|| {
    let mut calendar = Calendar::default();
    calendar.read(BUILT_IN).expect("a test reads the built-in years");
    calendar
});

impl Calendar {
    /// The years built in: 2017 to 2026.
    pub fn built_in() -> Calendar {
        BUILT.clone()
    }

    /// Adds the years of a file to the known ones; a year already known is replaced.
    ///
    /// # Errors
    /// [`CalendarError`] for the first fault; nothing is added then.
    pub fn read(&mut self, text: &str) -> Result<(), CalendarError> {
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| CalendarError {
            line: error.span().map_or(0, |span| text[..span.start].matches('\n').count() + 1),
            text: error.message().to_owned(),
            fault: CalendarFault::Syntax,
        })?;
        let mut read = BTreeMap::new();
        for (name, value) in &table {
            let fail = |fault| error(text, name, fault);
            let year: i32 = name.parse().map_err(|_| fail(CalendarFault::Year))?;
            let lists = value.as_table().ok_or_else(|| fail(CalendarFault::Year))?;
            read.insert(year, year_of(text, year, lists)?);
        }
        for (year, days) in read {
            self.days.retain(|day, _| day.year() != year);
            self.years.insert(year);
            self.days.extend(days);
        }
        Ok(())
    }

    /// The years that are known.
    pub fn years(&self) -> impl Iterator<Item = i32> {
        self.years.iter().copied()
    }

    /// Whether people work on a day.
    ///
    /// # Errors
    /// [`UnknownYear`] where its year is not known.
    pub fn works(&self, day: Day) -> Result<bool, UnknownYear> {
        if !self.years.contains(&day.year()) {
            return Err(UnknownYear(day.year()));
        }
        let weekend = matches!(day.date().weekday(), Weekday::Sat | Weekday::Sun);
        Ok(self.days.get(&day).copied().unwrap_or(!weekend))
    }

    /// The `count`-th working day after a day, which itself does not count; before it where negative.
    ///
    /// # Errors
    /// [`UnknownYear`] where counting reaches a year that is not known.
    pub fn plus_working_days(&self, day: Day, count: i64) -> Result<Day, UnknownYear> {
        let step = count.signum();
        let mut day = day;
        let mut left = count.abs();
        while left > 0 {
            day = day.plus_days(step);
            if self.works(day)? {
                left -= 1;
            }
        }
        Ok(day)
    }

    /// The day itself if people work on it, else the next on which they do; the one before where `back`.
    ///
    /// # Errors
    /// [`UnknownYear`] where looking reaches a year that is not known.
    pub fn roll(&self, day: Day, back: bool) -> Result<Day, UnknownYear> {
        if self.works(day)? { Ok(day) } else { self.plus_working_days(day, if back { -1 } else { 1 }) }
    }
}

fn year_of(text: &str, year: i32, lists: &toml::Table) -> Result<BTreeMap<Day, bool>, CalendarError> {
    let mut days = BTreeMap::new();
    for (key, value) in lists {
        let works = match key.as_str() {
            "free" => false,
            "work" => true,
            _ => return Err(error(text, key, CalendarFault::Key)),
        };
        let items = value.as_array().ok_or_else(|| error(text, key, CalendarFault::Day))?;
        for item in items {
            let written = item.as_str().map_or_else(|| item.to_string(), str::to_owned);
            for day in range(&written).ok_or_else(|| error(text, &written, CalendarFault::Day))? {
                let weekend = matches!(day.date().weekday(), Weekday::Sat | Weekday::Sun);
                if day.year() != year {
                    return Err(error(text, &written, CalendarFault::Day));
                }
                if works && !weekend || days.insert(day, works).is_some() {
                    return Err(error(text, &written, CalendarFault::MakeUp));
                }
            }
        }
    }
    Ok(days)
}

/// `2021-10-01` or `2021-10-01..2021-10-07`, at most two months.
fn range(text: &str) -> Option<Vec<Day>> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let (first, last): (Day, Day) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    let length = last.days_since(first);
    (0..=61).contains(&length).then(|| (0..=length).map(|days| first.plus_days(days)).collect())
}

fn error(text: &str, part: &str, fault: CalendarFault) -> CalendarError {
    let line = text.find(part).map_or(0, |at| text[..at].matches('\n').count() + 1);
    CalendarError { line, text: part.to_owned(), fault }
}

impl fmt::Display for CalendarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what(Lang::En))
    }
}

impl std::error::Error for CalendarError {}

impl Explain for CalendarError {
    fn what(&self, lang: Lang) -> String {
        let Self { line, text, fault } = self;
        let why = match fault {
            CalendarFault::Syntax => lang.pick("不是合法的 TOML", "not TOML"),
            CalendarFault::Year => lang.pick("不是年份", "not a year"),
            CalendarFault::Key => lang.pick("只能是 free 或 work", "only free and work are known"),
            CalendarFault::Day => {
                lang.pick("不是该年的日期或日期段", "not a day or range of days of that year")
            }
            CalendarFault::MakeUp => {
                lang.pick("补班日不在周末，或日期重复", "a make-up day on a weekday, or a day written twice")
            }
        };
        match lang {
            Lang::Zh => format!("节假日第 {line} 行“{text}”：{why}"),
            Lang::En => format!("holidays line {line}, `{text}`: {why}"),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        lang.pick(
            "写成 [2027] free = [\"2027-01-01..2027-01-03\"] work = [\"2027-02-20\"]；未读入任何内容",
            "write [2027] free = [\"2027-01-01..2027-01-03\"] work = [\"2027-02-20\"]; nothing was read",
        )
        .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn the_built_in_years() {
        let calendar = Calendar::built_in();
        assert_eq!(calendar.years().collect::<Vec<_>>(), (2017..=2026).collect::<Vec<_>>());
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("2017-01-02", Ok(false)), // moved from a Sunday
            ("2017-09-30", Ok(true)),  // make-up Saturday
            ("2018-12-29", Ok(true)),  // make-up for the New Year after
            ("2018-12-31", Ok(false)),
            ("2019-05-03", Ok(false)), // lengthened later
            ("2019-05-05", Ok(true)),
            ("2020-02-01", Ok(false)), // make-up day that fell away
            ("2020-02-03", Ok(true)),
            ("2021-10-09", Ok(true)),
            ("2021-10-10", Ok(false)), // plain Sunday
            ("2022-01-29", Ok(true)),
            ("2023-04-05", Ok(false)),
            ("2023-04-06", Ok(true)),
            ("2024-02-09", Ok(true)),  // New Year's Eve was not free
            ("2024-02-18", Ok(true)),
            ("2025-02-08", Ok(true)),
            ("2026-02-23", Ok(false)),
            ("2026-01-04", Ok(true)),
            ("2027-01-04", Err(UnknownYear(2027))),
            ("2016-12-30", Err(UnknownYear(2016))),
        ];
        for (text, want) in cases {
            assert_eq!(calendar.works(day(text)), want, "{text}");
        }
    }

    #[test]
    fn make_up_days_are_weekends_and_days_off_add_up() {
        // Days off named for each year, and its make-up days.
        #[rustfmt::skip] // the columns are the point
        let cases = [(2019, 22, 6), (2020, 30, 6), (2021, 31, 7), (2025, 28, 5), (2026, 33, 6)];
        let calendar = Calendar::built_in();
        for (year, free, work) in cases {
            let of = |works| calendar.days.iter().filter(|(d, w)| d.year() == year && **w == works).count();
            assert_eq!((of(false), of(true)), (free, work), "{year}");
        }
    }

    #[test]
    fn counting_working_days() {
        let calendar = Calendar::built_in();
        #[rustfmt::skip] // the columns are the point
        let cases = [
            // from         count  reaches
            ("2021-10-08",  1,     Ok("2021-10-09")), // Friday to a make-up Saturday
            ("2021-10-08",  2,     Ok("2021-10-11")),
            ("2021-09-30",  1,     Ok("2021-10-08")), // over the National Day
            ("2021-09-30",  0,     Ok("2021-09-30")),
            ("2021-10-11", -1,     Ok("2021-10-09")),
            ("2022-01-28",  5,     Ok("2022-02-09")), // Sat and Sun worked, the festival not
            ("2026-12-31",  1,     Err(UnknownYear(2027))),
        ];
        for (from, count, want) in cases {
            let got = calendar.plus_working_days(day(from), count);
            assert_eq!(got, want.map(day), "{from} {count}");
        }
        assert_eq!(calendar.roll(day("2021-10-02"), false), Ok(day("2021-10-08")));
        assert_eq!(calendar.roll(day("2021-10-02"), true), Ok(day("2021-09-30")));
        assert_eq!(calendar.roll(day("2021-10-09"), false), Ok(day("2021-10-09")));
    }

    #[test]
    fn a_file_adds_a_year_or_nothing() {
        let mut calendar = Calendar::built_in();
        calendar.read("[2027]\nfree = [\"2027-01-01..2027-01-03\"]\nwork = []\n").unwrap();
        assert_eq!(calendar.works(day("2027-01-04")), Ok(true));
        let before = calendar.clone();
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("[2028]\nfree = [\"2028-13-01\"]",            2, CalendarFault::Day),
            ("[2028]\nfree = [\"2027-01-01\"]",            2, CalendarFault::Day),
            ("[2028]\nfree = [\"2028-01-03..2028-01-01\"]", 2, CalendarFault::Day),
            ("[2028]\nwork = [\"2028-01-03\"]",            2, CalendarFault::MakeUp), // a Monday
            ("[2028]\nfreee = []",                         2, CalendarFault::Key),
            ("[soon]\nfree = []",                          1, CalendarFault::Year),
            ("[2028\n",                                    1, CalendarFault::Syntax),
        ];
        for (text, line, fault) in cases {
            let error = calendar.read(text).unwrap_err();
            assert_eq!((error.line, error.fault), (line, fault), "{text}");
        }
        assert_eq!(calendar, before);
    }
}
