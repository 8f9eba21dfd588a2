//! Reading a profile strictly: every key is known, every value of its kind, and all faults are told at once.
//!
//! One file serves a region: what it says of batches is passed over here, as what it says of statements is there.

use super::fault::{Slip, StatementProfileError};
use super::{DayBasis, Marks, StatementProfile};
use crate::domain::{Digest, Standing};
use crate::intake::column::{STATEMENT_COLUMNS, plain, with_id};
use crate::text::Label;
use crate::text::profile_file::{ProfileFile, Value, read_profile};
use std::collections::BTreeMap;
use std::ops::Range;
use toml::de::DeTable;

/// Sections of the same file that are about batches.
const OF_BATCHES: &[&str] = &["envelope", "calls", "fields", "codes"];

impl StatementProfile {
    /// Reads a profile from its text; `file` is what messages call it.
    ///
    /// # Errors
    /// [`StatementProfileError::Faults`] with every fault and its place.
    pub fn parse(file: &str, text: &str) -> Result<StatementProfile, StatementProfileError> {
        let mut profile = StatementProfile::national();
        file.clone_into(&mut profile.name);
        text.clone_into(&mut profile.text);
        profile.digest = Some(Digest::of(text.as_bytes()));
        read_profile(file, text, |file, table| Reader { file, profile: &mut profile }.whole(table))?;
        Ok(profile)
    }
}

struct Reader<'a, 'f> {
    file: &'a mut ProfileFile<'f, Slip>,
    profile: &'a mut StatementProfile,
}

impl Reader<'_, '_> {
    /// A word of a short list, and its place in it.
    fn word(&mut self, key: &str, value: &Value<'_>, known: &[&str]) -> Option<usize> {
        let text = self.file.string(key, value)?;
        let at = known.iter().position(|known| *known == text);
        if at.is_none() {
            let known = known.iter().map(|known| (*known).to_owned()).collect();
            self.file.fault(&value.span(), Slip::UnknownWord { word: text, known });
        }
        at
    }

    fn whole(&mut self, table: &DeTable<'_>) {
        let mut found = false;
        for (key, value) in table {
            match &**key.get_ref() {
                "name" => {
                    if let Some(name) = self.file.string("name", value) {
                        self.profile.name = name;
                    }
                }
                "statement" => {
                    found = true;
                    self.statement(value);
                }
                other if OF_BATCHES.contains(&other) => {}
                _ => self.file.unknown(key, &["name", "statement", "envelope", "calls", "fields", "codes"]),
            }
        }
        if !found {
            self.file.fault(&(0..0), Slip::NoStatement);
        }
    }

    fn statement(&mut self, value: &Value<'_>) {
        for (key, value) in self.file.entries("statement", value) {
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
                _ => self
                    .file
                    .unknown(key, &["unit", "columns", "text", "results", "states", "refund", "dates"]),
            }
        }
    }

    fn columns(&mut self, value: &Value<'_>) {
        for (key, value) in self.file.entries("columns", value) {
            let Some(ours) = self.file.string(key.get_ref(), value) else { continue };
            if ours != "-" && with_id(STATEMENT_COLUMNS, &ours).is_none() {
                self.file.fault(&value.span(), Slip::UnknownColumn { name: ours });
                continue;
            }
            if self.profile.columns.insert(plain(key.get_ref()), ours).is_some() {
                self.file.fault(&key.span(), Slip::Twice { name: key.get_ref().to_string() });
            }
        }
    }

    fn order(&mut self, value: &Value<'_>) {
        for (key, value) in self.file.entries("text", value) {
            if key.get_ref() != "columns" {
                self.file.unknown(key, &["columns"]);
                continue;
            }
            let mut order: Vec<Option<usize>> = Vec::new();
            for item in self.file.items("columns", value) {
                let Some(name) = self.file.string("columns", item) else { continue };
                let column = with_id(STATEMENT_COLUMNS, &name);
                if column.is_none() && name != "-" {
                    self.file.fault(&item.span(), Slip::UnknownColumn { name });
                } else if column.is_some() && order.contains(&column) {
                    self.file.fault(&item.span(), Slip::Twice { name });
                } else {
                    order.push(column);
                }
            }
            if order.len() < 2 {
                self.file.wrong("columns", &value.span(), "两栏以上", "two columns at least");
            }
            self.profile.order = Some(order);
        }
    }

    /// What is given replaces what holds elsewhere: codes are one region's or another's, never of both.
    fn results(&mut self, value: &Value<'_>) {
        let known: Vec<String> = Standing::ALL.iter().map(|standing| standing.id().to_owned()).collect();
        let mut results = BTreeMap::new();
        for (key, value) in self.file.entries("results", value) {
            let Some(word) = self.file.string(key.get_ref(), value) else { continue };
            match Standing::ALL.iter().find(|standing| standing.id() == word) {
                Some(standing) => drop(results.insert(key.get_ref().to_string(), *standing)),
                None => self.file.fault(&value.span(), Slip::UnknownWord { word, known: known.clone() }),
            }
        }
        self.profile.results = results;
    }

    fn states(&mut self, value: &Value<'_>) {
        let mut states = BTreeMap::new();
        for (key, value) in self.file.entries("states", value) {
            let standing = match &**key.get_ref() {
                "success" => Standing::Settled,
                "failure" => Standing::Failed,
                _ => {
                    self.file.unknown(key, &["success", "failure"]);
                    continue;
                }
            };
            for (code, span) in self.codes(key.get_ref(), value) {
                if states.insert(code.to_lowercase(), standing).is_some() {
                    self.file.fault(&span, Slip::Twice { name: code });
                }
            }
        }
        self.profile.states = states;
    }

    fn refund(&mut self, value: &Value<'_>) {
        let mut flags = BTreeMap::new();
        for (key, value) in self.file.entries("refund", value) {
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
                    self.file.unknown(key, &["yes", "no", "marks"]);
                    continue;
                }
            };
            for (code, span) in self.codes(key.get_ref(), value) {
                if flags.insert(code.clone(), set).is_some() {
                    self.file.fault(&span, Slip::Twice { name: code });
                }
            }
        }
        self.profile.flags = flags;
    }

    fn codes(&mut self, key: &str, value: &Value<'_>) -> Vec<(String, Range<usize>)> {
        let mut codes = Vec::new();
        for item in self.file.items(key, value) {
            if let Some(code) = self.file.string(key, item) {
                codes.push((code, item.span()));
            }
        }
        codes
    }

    fn dates(&mut self, value: &Value<'_>) {
        for (key, value) in self.file.entries("dates", value) {
            match &**key.get_ref() {
                "basis" => {
                    if let Some(at) = self.word("basis", value, &["settlement", "clearing"]) {
                        self.profile.basis = [DayBasis::Settlement, DayBasis::Clearing][at];
                    }
                }
                "day_ends" => {
                    let Some(text) = self.file.string("day_ends", value) else { continue };
                    match clock(&text) {
                        Some(seconds) => self.profile.day_ends = seconds,
                        None => {
                            self.file.wrong(
                                "day_ends",
                                &value.span(),
                                "如 17:00 的时刻",
                                "a time such as 17:00",
                            );
                        }
                    }
                }
                _ => self.file.unknown(key, &["basis", "day_ends"]),
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
