//! Actual resumptions: when a system really came back, by window and facility.
//!
//! They are recorded by people and arrive here as values; what a notice expects
//! stands in its windows.

use crate::domain::Time;
use crate::text::{Explain, Lang};
use std::fmt;
use std::str::FromStr;

/// One actual resumption, written `[NOTICE/]WINDOW[@FACILITY]=TIME`; `all` stands for every window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resumption {
    /// The notice; any where `None`.
    pub notice: Option<String>,
    /// The window; every one where `None`.
    pub window: Option<String>,
    /// Code of the facility; all where `None`.
    pub facility: Option<String>,
    /// The first second at which it worked again.
    pub at: Time,
}

/// The actual resumptions that are known; the most particular counts, of equals the one added last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resumptions(Vec<Resumption>);

/// A text that is not a resumption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResumptionError {
    /// The text as given.
    pub text: String,
    /// The time in it, where that is what cannot be read.
    pub time: Option<String>,
}

impl Resumptions {
    /// None known.
    pub fn new() -> Resumptions {
        Resumptions::default()
    }

    /// Adds one.
    pub fn add(&mut self, resumption: Resumption) {
        self.0.push(resumption);
    }

    /// Every one of them.
    pub fn iter(&self) -> impl Iterator<Item = &Resumption> {
        self.0.iter()
    }

    /// None known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// When a window of a notice came back for a facility, if that is known.
    pub fn at(&self, notice: &str, window: &str, facility: Option<&str>) -> Option<Time> {
        let fits = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|wanted| wanted == is);
        self.0
            .iter()
            .filter(|r| fits(&r.notice, notice) && fits(&r.window, window))
            .filter(|r| r.facility.is_none() || r.facility.as_deref() == facility)
            .max_by_key(|r| (r.facility.is_some(), r.window.is_some(), r.notice.is_some()))
            .map(|r| r.at)
    }
}

impl FromIterator<Resumption> for Resumptions {
    fn from_iter<I: IntoIterator<Item = Resumption>>(items: I) -> Self {
        Resumptions(items.into_iter().collect())
    }
}

impl FromStr for Resumption {
    type Err = ResumptionError;

    fn from_str(text: &str) -> Result<Resumption, ResumptionError> {
        let fail = || ResumptionError { text: text.to_owned(), time: None };
        let (place, time) = text.split_once('=').ok_or_else(fail)?;
        let at = time
            .parse()
            .map_err(|_| ResumptionError { text: text.to_owned(), time: Some(time.to_owned()) })?;
        let (place, facility) = match place.split_once('@') {
            Some((place, facility)) => (place, Some(facility.trim())),
            None => (place, None),
        };
        let (notice, window) = match place.split_once('/') {
            Some((notice, window)) => (Some(notice.trim()), window.trim()),
            None => (None, place.trim()),
        };
        if window.is_empty() || facility.is_some_and(str::is_empty) || notice.is_some_and(str::is_empty) {
            return Err(fail());
        }
        Ok(Resumption {
            notice: notice.map(str::to_owned),
            window: (window != "all").then(|| window.to_owned()),
            facility: facility.map(str::to_owned),
            at,
        })
    }
}

impl fmt::Display for Resumption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(notice) = &self.notice {
            write!(f, "{notice}/")?;
        }
        f.write_str(self.window.as_deref().unwrap_or("all"))?;
        if let Some(facility) = &self.facility {
            write!(f, "@{facility}")?;
        }
        write!(f, "={}", self.at)
    }
}

impl fmt::Display for ResumptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what(Lang::En))
    }
}

impl std::error::Error for ResumptionError {}

impl Explain for ResumptionError {
    fn what(&self, lang: Lang) -> String {
        match (lang, &self.time) {
            (Lang::Zh, Some(time)) => format!("恢复时间“{}”中的“{time}”不是时间", self.text),
            (Lang::En, Some(time)) => format!("resumption `{}`: `{time}` is not a time", self.text),
            (Lang::Zh, None) => format!("“{}”不是恢复时间", self.text),
            (Lang::En, None) => format!("`{}` is not a resumption", self.text),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        lang.pick(
            "写成 时段=时间 或 时段@机构=时间，如 all=2021-11-01T08:00:00",
            "write WINDOW=TIME or WINDOW@FACILITY=TIME, as in all=2021-11-01T08:00:00",
        )
        .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_and_read() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("all=2021-11-01T08:00:00",                  Some("all=2021-11-01T08:00:00")),
            ("settlement@H1=2021-11-01 08:00",           Some("settlement@H1=2021-11-01T08:00:00")),
            ("city-2021/settlement@H1=2021-11-01",       Some("city-2021/settlement@H1=2021-11-01T00:00:00")),
            ("settlement",                               None),
            ("settlement=soon",                          None),
            ("=2021-11-01",                              None),
            ("settlement@=2021-11-01",                   None),
        ];
        for (text, want) in cases {
            assert_eq!(text.parse::<Resumption>().ok().map(|r| r.to_string()).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn the_most_particular_counts() {
        let known: Resumptions = ["w@H1=2021-01-04", "all=2021-01-01", "w=2021-01-02", "all@H2=2021-01-03"]
            .iter()
            .map(|text| text.parse().unwrap())
            .collect();
        let at = |window, facility| known.at("n", window, facility).map(|time| time.day().to_string());
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("v", None,       "2021-01-01"),
            ("w", None,       "2021-01-02"),
            ("w", Some("H2"), "2021-01-03"),
            ("w", Some("H1"), "2021-01-04"),
            ("v", Some("H1"), "2021-01-01"),
        ];
        for (window, facility, want) in cases {
            assert_eq!(at(window, facility).as_deref(), Some(want), "{window} {facility:?}");
        }
        assert_eq!(Resumptions::new().at("n", "w", None), None);
    }
}
