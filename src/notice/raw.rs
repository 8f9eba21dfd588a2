//! Raw tables: TOML as written, every value with its place in the text.
//!
//! A reader asks a [`Table`] for the keys it knows; each answer that does not fit
//! becomes a finding and reading goes on, so that one pass reports everything.
//! Keys nobody may ask for are found against the grammar. No meaning is given to
//! any value here.

use super::finding::{Expected, Fault, Findings};
use super::grammar::{Grammar, Key};
use super::spelling::nearest;
use crate::domain::{Day, Time};
use crate::text::{Label, fit};
use std::ops::Range;
use std::str::FromStr;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// So many keys that nobody knows say that the text is another one than was meant.
const MOST_STRANGE: usize = 100;

/// A value and its place.
pub(super) type Value<'t> = Spanned<DeValue<'t>>;

/// A table, its place, and what it is called in findings.
#[derive(Clone)]
pub(super) struct Table<'a> {
    pub(super) map: &'a DeTable<'a>,
    pub(super) span: Range<usize>,
    pub(super) name: String,
}

/// A day, or a second of one: a date as a deadline includes its whole day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stamp {
    /// A whole day.
    Day(Day),
    /// A second.
    At(Time),
}

impl Stamp {
    /// Its first second.
    pub(super) fn start(self) -> Time {
        match self {
            Stamp::Day(day) => day.start(),
            Stamp::At(time) => time,
        }
    }

    /// Its last second.
    pub(super) fn end(self) -> Time {
        match self {
            Stamp::Day(day) => day.end(),
            Stamp::At(time) => time,
        }
    }

    /// Its day.
    pub(super) fn day(self) -> Day {
        match self {
            Stamp::Day(day) => day,
            Stamp::At(time) => time.day(),
        }
    }
}

/// A stamp as written; `None` for anything else, times with an offset included.
pub(super) fn stamp(value: &DeValue<'_>) -> Option<Stamp> {
    let written = value.as_datetime()?;
    let date = written.date?;
    let day = Day::new(i32::from(date.year), u32::from(date.month), u32::from(date.day))?;
    match (written.time, written.offset) {
        (None, None) => Some(Stamp::Day(day)),
        (Some(time), None) => {
            let clock = [time.hour, time.minute, time.second.unwrap_or(0)].map(u32::from);
            Time::new(day.year(), u32::from(date.month), u32::from(date.day), clock[0], clock[1], clock[2])
                .map(Stamp::At)
        }
        _ => None,
    }
}

/// A whole number as written.
pub(super) fn integer(value: &DeValue<'_>) -> Option<i64> {
    let written = value.as_integer()?;
    i64::from_str_radix(written.as_str(), written.radix()).ok()
}

impl<'a> Table<'a> {
    pub(super) fn new(value: &'a Value<'a>, name: &str) -> Option<Table<'a>> {
        let map = value.get_ref().as_table()?;
        Some(Table { map, span: value.span(), name: name.to_owned() })
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    pub(super) fn value(&self, key: &str) -> Option<&'a Value<'a>> {
        self.map.get(key)
    }

    /// The place of a key's value, or of the table where there is none.
    pub(super) fn span_of(&self, key: &str) -> Range<usize> {
        self.value(key).map_or(self.span.clone(), Spanned::span)
    }

    /// Reports every key that the grammar does not have, and every one it asks for in vain,
    /// unless that one is there with a slip of the pen.
    pub(super) fn against(&self, grammar: &Grammar, found: &mut Findings<'_>) {
        let mut meant = Vec::new();
        let strange = |key: &&Spanned<_>| grammar.keys.iter().all(|known| known.name != *key.get_ref());
        for key in self.map.keys().filter(strange).take(MOST_STRANGE) {
            let known = grammar.keys.iter().map(|known| known.name);
            let near = nearest(key.get_ref(), known.clone());
            meant.extend(near.clone());
            let fault = Fault::UnknownKey {
                key: fit(key.get_ref(), 60),
                table: self.name.clone(),
                near,
                known: known.map(str::to_owned).collect(),
            };
            found.add(&key.span(), fault);
        }
        let lacking =
            |key: &&Key| key.required && !self.has(key.name) && !meant.iter().any(|m| m == key.name);
        for key in grammar.keys.iter().filter(lacking) {
            self.lacks(key.name, found);
        }
    }

    pub(super) fn lacks(&self, key: &str, found: &mut Findings<'_>) {
        found.add(&self.span, Fault::MissingKey { key: key.to_owned(), table: self.name.clone() });
    }

    pub(super) fn not_together(&self, first: &str, second: &str, found: &mut Findings<'_>) {
        if self.has(first) && self.has(second) {
            let fault = Fault::NotTogether { first: first.to_owned(), second: second.to_owned() };
            found.add(&self.span_of(second), fault);
        }
    }

    fn read<T>(
        &self,
        key: &str,
        expected: Expected,
        found: &mut Findings<'_>,
        take: impl FnOnce(&'a Value<'a>) -> Option<T>,
    ) -> Option<T> {
        let value = self.value(key)?;
        let taken = take(value);
        if taken.is_none() {
            wrong(key, expected, &value.span(), found);
        }
        taken
    }

    /// A text that says something.
    pub(super) fn text(&self, key: &str, found: &mut Findings<'_>) -> Option<String> {
        let text = self.read(key, Expected::Text, found, |v| v.get_ref().as_str().map(str::to_owned))?;
        if text.trim().is_empty() {
            found.add(&self.span_of(key), Fault::Empty { key: key.to_owned() });
        }
        Some(text)
    }

    /// An identifier.
    pub(super) fn id(&self, key: &str, found: &mut Findings<'_>) -> Option<String> {
        self.read(key, Expected::Id, found, |v| v.get_ref().as_str().filter(|t| is_id(t)).map(str::to_owned))
    }

    pub(super) fn flag(&self, key: &str, found: &mut Findings<'_>) -> Option<bool> {
        self.read(key, Expected::Flag, found, |v| v.get_ref().as_bool())
    }

    pub(super) fn integer(&self, key: &str, found: &mut Findings<'_>) -> Option<i64> {
        self.read(key, Expected::Integer, found, |v| integer(v.get_ref()))
    }

    pub(super) fn stamp(&self, key: &str, found: &mut Findings<'_>) -> Option<Stamp> {
        self.read(key, Expected::Time, found, |v| stamp(v.get_ref()))
    }

    pub(super) fn day(&self, key: &str, found: &mut Findings<'_>) -> Option<Day> {
        self.read(key, Expected::Date, found, |v| match stamp(v.get_ref()) {
            Some(Stamp::Day(day)) => Some(day),
            _ => None,
        })
    }

    /// A list of texts; each with its place.
    pub(super) fn texts(&self, key: &str, found: &mut Findings<'_>) -> Option<Vec<Spanned<String>>> {
        self.read(key, Expected::Texts, found, |v| texts(v.get_ref()))
    }

    /// One word of a closed list.
    pub(super) fn word<T: FromStr + Label + Copy>(
        &self,
        key: &str,
        all: &[T],
        found: &mut Findings<'_>,
    ) -> Option<T> {
        let text = self.read(key, Expected::Text, found, |v| v.get_ref().as_str())?;
        let word = all.iter().copied().find(|known| known.id() == text);
        if word.is_none() {
            unknown_word(key, text, all.iter().map(Label::id), &self.span_of(key), found);
        }
        word
    }

    /// A table below this one.
    pub(super) fn table(&self, key: &str, found: &mut Findings<'_>) -> Option<Table<'a>> {
        self.read(key, Expected::Table, found, |v| Table::new(v, key))
    }

    /// The tables of a list, `[[key]]` or `[{ … }]`.
    pub(super) fn tables(&self, key: &str, name: &str, found: &mut Findings<'_>) -> Vec<Table<'a>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            wrong(key, Expected::Tables, &value.span(), found);
            return Vec::new();
        };
        let mut tables = Vec::with_capacity(items.len());
        for item in &**items {
            match Table::new(item, name) {
                Some(table) => tables.push(table),
                None => wrong(key, Expected::Table, &item.span(), found),
            }
        }
        tables
    }
}

/// The texts of a list; `None` where one is none.
pub(super) fn texts(value: &DeValue<'_>) -> Option<Vec<Spanned<String>>> {
    let items = value.as_array()?;
    items.iter().map(|i| i.get_ref().as_str().map(|t| Spanned::new(i.span(), t.to_owned()))).collect()
}

pub(super) fn wrong(key: &str, expected: Expected, span: &Range<usize>, found: &mut Findings<'_>) {
    let text = found.text(span);
    found.add(span, Fault::WrongType { key: key.to_owned(), expected, text });
}

pub(super) fn unknown_word<'k>(
    key: &str,
    text: &str,
    known: impl Iterator<Item = &'k str> + Clone,
    span: &Range<usize>,
    found: &mut Findings<'_>,
) {
    let fault = Fault::UnknownWord {
        key: key.to_owned(),
        text: text.to_owned(),
        near: nearest(text, known.clone()),
        known: known.map(str::to_owned).collect(),
    };
    found.add(span, fault);
}

/// Letters, digits, `-` and `_`, at least one.
pub(super) fn is_id(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
}
