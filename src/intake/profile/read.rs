//! Reading a profile strictly: every key is known, every value of its kind, and all faults are told at once.
//!
//! One file serves a region: what it says of batches is passed over here, as what it says of statements is there.

use super::fault::{ProfileFault, Slip, StatementProfileError};
use super::{DayBasis, Marks, StatementProfile};
use crate::domain::{Digest, Standing};
use crate::intake::column::{STATEMENT_COLUMNS, plain, with_id};
use crate::text::{Label, Places};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

type Value<'t> = Spanned<DeValue<'t>>;
type Key<'t> = Spanned<Cow<'t, str>>;

/// Sections of the same file that are about batches.
const OF_BATCHES: &[&str] = &["envelope", "calls", "fields", "codes"];

impl StatementProfile {
    /// Reads a profile from its text; `file` is what messages call it.
    ///
    /// # Errors
    /// [`StatementProfileError::Faults`] with every fault and its place.
    pub fn parse(file: &str, text: &str) -> Result<StatementProfile, StatementProfileError> {
        let mut reader = Reader {
            file,
            places: Places::of(text),
            faults: Vec::new(),
            profile: StatementProfile::national(),
        };
        file.clone_into(&mut reader.profile.name);
        text.clone_into(&mut reader.profile.text);
        reader.profile.digest = Some(Digest::of(text.as_bytes()));
        match DeTable::parse(text) {
            Ok(table) => reader.whole(table.get_ref()),
            Err(error) => {
                let span = error.span().unwrap_or(0..0);
                reader.fault(&span, Slip::NotToml { text: error.message().to_owned() });
            }
        }
        reader.faults.sort_by_key(|fault| (fault.line, fault.column));
        if reader.faults.is_empty() {
            Ok(reader.profile)
        } else {
            Err(StatementProfileError::Faults(reader.faults))
        }
    }
}

/// So many faults are told of one file.
const MOST_FAULTS: usize = 1000;

struct Reader<'a> {
    file: &'a str,
    places: Places<'a>,
    faults: Vec<ProfileFault>,
    profile: StatementProfile,
}

impl Reader<'_> {
    fn fault(&mut self, span: &Range<usize>, slip: Slip) {
        // A text with more is not the profile it was meant to be.
        if self.faults.len() >= MOST_FAULTS {
            return;
        }
        let (line, column) = self.places.at(span.start);
        self.faults.push(ProfileFault { file: self.file.to_owned(), line, column, slip });
    }

    fn unknown(&mut self, key: &Key<'_>, known: &[&str]) {
        let known = known.iter().map(|known| (*known).to_owned()).collect();
        self.fault(&key.span(), Slip::UnknownKey { key: key.get_ref().to_string(), known });
    }

    fn wrong(&mut self, key: &str, span: &Range<usize>, zh: &'static str, en: &'static str) {
        self.fault(span, Slip::WrongKind { key: key.to_owned(), zh, en });
    }

    fn string(&mut self, key: &str, value: &Value<'_>) -> Option<String> {
        let text = value.get_ref().as_str().map(str::to_owned);
        if text.is_none() {
            self.wrong(key, &value.span(), "文字", "a text");
        }
        text
    }

    /// A word of a short list, and its place in it.
    fn word(&mut self, key: &str, value: &Value<'_>, known: &[&str]) -> Option<usize> {
        let text = self.string(key, value)?;
        let at = known.iter().position(|known| *known == text);
        if at.is_none() {
            let known = known.iter().map(|known| (*known).to_owned()).collect();
            self.fault(&value.span(), Slip::UnknownWord { word: text, known });
        }
        at
    }

    fn entries<'v>(&mut self, key: &str, value: &'v Value<'v>) -> Vec<(&'v Key<'v>, &'v Value<'v>)> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong(key, &value.span(), "一个表", "a table");
        }
        table.into_iter().flatten().collect()
    }

    fn items<'v>(&mut self, key: &str, value: &'v Value<'v>) -> Vec<&'v Value<'v>> {
        let list = value.get_ref().as_array();
        if list.is_none() {
            self.wrong(key, &value.span(), "一个列表", "a list");
        }
        list.into_iter().flatten().collect()
    }

    fn whole(&mut self, table: &DeTable<'_>) {
        let mut found = false;
        for (key, value) in table {
            match &**key.get_ref() {
                "name" => {
                    if let Some(name) = self.string("name", value) {
                        self.profile.name = name;
                    }
                }
                "statement" => {
                    found = true;
                    self.statement(value);
                }
                other if OF_BATCHES.contains(&other) => {}
                _ => self.unknown(key, &["name", "statement", "envelope", "calls", "fields", "codes"]),
            }
        }
        if !found {
            self.fault(&(0..0), Slip::NoStatement);
        }
    }

    fn statement(&mut self, value: &Value<'_>) {
        for (key, value) in self.entries("statement", value) {
            match &**key.get_ref() {
                "unit" => {
                    if let Some(at) = self.word("unit", value, &["yuan", "fen"]) {
                        self.profile.fen = at == 1;
                    }
                }
                "columns" => self.columns(value),
                "text" => self.order(value),
                "results" => self.results(value),
                "states" => self.states(value),
                "refund" => self.refund(value),
                "dates" => self.dates(value),
                _ => self.unknown(key, &["unit", "columns", "text", "results", "states", "refund", "dates"]),
            }
        }
    }

    fn columns(&mut self, value: &Value<'_>) {
        for (key, value) in self.entries("columns", value) {
            let Some(ours) = self.string(key.get_ref(), value) else { continue };
            if ours != "-" && with_id(STATEMENT_COLUMNS, &ours).is_none() {
                self.fault(&value.span(), Slip::UnknownColumn { name: ours });
                continue;
            }
            if self.profile.columns.insert(plain(key.get_ref()), ours).is_some() {
                self.fault(&key.span(), Slip::Twice { name: key.get_ref().to_string() });
            }
        }
    }

    fn order(&mut self, value: &Value<'_>) {
        for (key, value) in self.entries("text", value) {
            if key.get_ref() != "columns" {
                self.unknown(key, &["columns"]);
                continue;
            }
            let mut order: Vec<Option<usize>> = Vec::new();
            for item in self.items("columns", value) {
                let Some(name) = self.string("columns", item) else { continue };
                let column = with_id(STATEMENT_COLUMNS, &name);
                if column.is_none() && name != "-" {
                    self.fault(&item.span(), Slip::UnknownColumn { name });
                } else if column.is_some() && order.contains(&column) {
                    self.fault(&item.span(), Slip::Twice { name });
                } else {
                    order.push(column);
                }
            }
            if order.len() < 2 {
                self.wrong("columns", &value.span(), "两栏以上", "two columns at least");
            }
            self.profile.order = Some(order);
        }
    }

    /// What is given replaces what holds elsewhere: codes are one region's or another's, never of both.
    fn results(&mut self, value: &Value<'_>) {
        let known: Vec<String> = Standing::ALL.iter().map(|standing| standing.id().to_owned()).collect();
        let mut results = BTreeMap::new();
        for (key, value) in self.entries("results", value) {
            let Some(word) = self.string(key.get_ref(), value) else { continue };
            match Standing::ALL.iter().find(|standing| standing.id() == word) {
                Some(standing) => drop(results.insert(key.get_ref().to_string(), *standing)),
                None => self.fault(&value.span(), Slip::UnknownWord { word, known: known.clone() }),
            }
        }
        self.profile.results = results;
    }

    fn states(&mut self, value: &Value<'_>) {
        let mut states = BTreeMap::new();
        for (key, value) in self.entries("states", value) {
            let standing = match &**key.get_ref() {
                "success" => Standing::Settled,
                "failure" => Standing::Failed,
                _ => {
                    self.unknown(key, &["success", "failure"]);
                    continue;
                }
            };
            for (code, span) in self.codes(key.get_ref(), value) {
                if states.insert(code.to_lowercase(), standing).is_some() {
                    self.fault(&span, Slip::Twice { name: code });
                }
            }
        }
        self.profile.states = states;
    }

    fn refund(&mut self, value: &Value<'_>) {
        let mut flags = BTreeMap::new();
        for (key, value) in self.entries("refund", value) {
            let set = match &**key.get_ref() {
                "marks" => {
                    if let Some(at) = self.word("marks", value, &["reversal", "both"]) {
                        self.profile.marks = [Marks::Reversal, Marks::Both][at];
                    }
                    continue;
                }
                "yes" => true,
                "no" => false,
                _ => {
                    self.unknown(key, &["yes", "no", "marks"]);
                    continue;
                }
            };
            for (code, span) in self.codes(key.get_ref(), value) {
                if flags.insert(code.clone(), set).is_some() {
                    self.fault(&span, Slip::Twice { name: code });
                }
            }
        }
        self.profile.flags = flags;
    }

    fn codes(&mut self, key: &str, value: &Value<'_>) -> Vec<(String, Range<usize>)> {
        let mut codes = Vec::new();
        for item in self.items(key, value) {
            if let Some(code) = self.string(key, item) {
                codes.push((code, item.span()));
            }
        }
        codes
    }

    fn dates(&mut self, value: &Value<'_>) {
        for (key, value) in self.entries("dates", value) {
            match &**key.get_ref() {
                "basis" => {
                    if let Some(at) = self.word("basis", value, &["settlement", "clearing"]) {
                        self.profile.basis = [DayBasis::Settlement, DayBasis::Clearing][at];
                    }
                }
                "day_ends" => {
                    let Some(text) = self.string("day_ends", value) else { continue };
                    match clock(&text) {
                        Some(seconds) => self.profile.day_ends = seconds,
                        None => {
                            self.wrong("day_ends", &value.span(), "如 17:00 的时刻", "a time such as 17:00");
                        }
                    }
                }
                _ => self.unknown(key, &["basis", "day_ends"]),
            }
        }
    }
}

/// `17:00` as seconds after midnight, from 00:01 to 24:00.
fn clock(text: &str) -> Option<i64> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hour) || !digits(minute) {
        return None;
    }
    let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.parse().ok()?);
    let seconds = hour * 3600 + minute * 60;
    (minute < 60 && (60..=24 * 3600).contains(&seconds)).then_some(seconds)
}
