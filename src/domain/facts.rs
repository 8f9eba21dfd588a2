//! Facts: what is known of a record, by name. A fact that is absent is unknown,
//! and a decision then says that it needs it.

use crate::domain::{Day, Time};
use crate::text::{Explain, Lang};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// How the value of a fact is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// A word or code.
    Text,
    /// Yes or no.
    Flag,
    /// A time; a date is its first second.
    Time,
    /// Several words, such as the papers kept.
    List,
    /// A whole number, such as a count of days or an amount in fen.
    Number,
}

/// The facts every notice may use without declaring them.
pub const FACTS: &[(&str, FactKind)] = &[
    ("admitted_at", FactKind::Time),
    ("anomaly", FactKind::Flag),
    ("applied_on", FactKind::Time),
    ("arrears", FactKind::Flag),
    ("chosen_route", FactKind::Text),
    ("credential", FactKind::Text),
    ("dischargeable", FactKind::Flag),
    ("discharged_at", FactKind::Time),
    ("facility", FactKind::Text),
    ("facility_area", FactKind::Text),
    ("facility_level", FactKind::Text),
    ("filed", FactKind::Flag),
    ("first_admitted_at", FactKind::Time),
    ("insurance", FactKind::Text),
    ("insured_area", FactKind::Text),
    ("kind", FactKind::Text),
    ("line", FactKind::Text),
    ("linked_census", FactKind::Text),
    ("locality", FactKind::Text),
    ("next_visit_at", FactKind::Time),
    ("occurred_at", FactKind::Time),
    ("papers", FactKind::List),
    ("payment_method", FactKind::Text),
    ("person_group", FactKind::Text),
    ("prepaid", FactKind::Flag),
    ("registered_on", FactKind::Time),
    ("scheme", FactKind::Text),
    ("settled_before_at", FactKind::Time),
    ("third_party", FactKind::Flag),
];

/// The kind of a fact that needs no declaration.
pub fn fact_kind(name: &str) -> Option<FactKind> {
    FACTS.binary_search_by_key(&name, |(known, _)| known).ok().map(|at| FACTS[at].1)
}

/// The value of one fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, from = "Written")]
pub enum FactValue {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// A time.
    Time(Time),
    /// A word or code.
    Text(String),
    /// Several words.
    List(BTreeSet<String>),
}

/// A value as it stands in JSON. Only the full form of a time is one, so that a
/// word of eight digits stays a word.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Flag(bool),
    Number(i64),
    Text(String),
    List(BTreeSet<String>),
}

impl From<Written> for FactValue {
    fn from(written: Written) -> FactValue {
        match written {
            Written::Flag(flag) => FactValue::Flag(flag),
            Written::Number(number) => FactValue::Number(number),
            Written::List(items) => FactValue::List(items),
            Written::Text(text) => match text.parse::<Time>() {
                Ok(time) if time.to_string() == text => FactValue::Time(time),
                _ => FactValue::Text(text),
            },
        }
    }
}

/// What is known of a record, by the fact's name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facts(BTreeMap<String, FactValue>);

/// A value that does not fit its fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactsError {
    /// Name of the fact.
    pub name: String,
    /// What it should be.
    pub kind: FactKind,
    /// What was given.
    pub text: String,
}

impl Facts {
    /// The value, or `None` where the fact is unknown.
    pub fn get(&self, name: &str) -> Option<&FactValue> {
        self.0.get(name)
    }

    /// Sets a fact.
    pub fn set(&mut self, name: &str, value: FactValue) {
        self.0.insert(name.to_owned(), value);
    }

    /// Makes a fact unknown again.
    pub fn remove(&mut self, name: &str) -> Option<FactValue> {
        self.0.remove(name)
    }

    /// Sets a word; an empty one leaves the fact unknown.
    pub fn set_text(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.set(name, FactValue::Text(text.to_owned()));
        }
    }

    /// Sets a yes or no.
    pub fn set_flag(&mut self, name: &str, flag: bool) {
        self.set(name, FactValue::Flag(flag));
    }

    /// Sets a time where there is one.
    pub fn set_time(&mut self, name: &str, time: Option<Time>) {
        if let Some(time) = time {
            self.set(name, FactValue::Time(time));
        }
    }

    /// The word of a text fact.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Some(FactValue::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The answer of a yes/no fact.
    pub fn flag(&self, name: &str) -> Option<bool> {
        match self.get(name) {
            Some(FactValue::Flag(flag)) => Some(*flag),
            _ => None,
        }
    }

    /// The time of a time fact.
    pub fn time(&self, name: &str) -> Option<Time> {
        match self.get(name) {
            Some(FactValue::Time(time)) => Some(*time),
            _ => None,
        }
    }

    /// The papers kept; empty where none are known.
    pub fn papers(&self) -> BTreeSet<String> {
        match self.get("papers") {
            Some(FactValue::List(papers)) => papers.clone(),
            _ => BTreeSet::new(),
        }
    }

    /// Every known fact, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &FactValue)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Nothing is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads the text of one fact as its kind asks; yes and no in Chinese or English, lists split at `;`.
    ///
    /// # Errors
    /// [`FactsError`] where the text does not fit.
    pub fn read(name: &str, kind: FactKind, text: &str) -> Result<FactValue, FactsError> {
        let fail = || FactsError { name: name.to_owned(), kind, text: text.to_owned() };
        let text = text.trim();
        Ok(match kind {
            FactKind::Text => FactValue::Text(text.to_owned()),
            FactKind::Flag => FactValue::Flag(yes_or_no(text).ok_or_else(fail)?),
            FactKind::Time => FactValue::Time(text.parse().map_err(|_| fail())?),
            FactKind::Number => FactValue::Number(text.parse().map_err(|_| fail())?),
            FactKind::List => FactValue::List(
                text.split([';', '；', '|'])
                    .map(str::trim)
                    .filter(|p| !p.is_empty())
                    .map(str::to_owned)
                    .collect(),
            ),
        })
    }

    /// Reads a JSON object of facts; `kind_of` gives the kind of each name. `null` leaves a fact unknown.
    ///
    /// # Errors
    /// [`FactsError`] for the first value that does not fit; an unknown name is read as what it looks like.
    pub fn from_json(
        object: &serde_json::Map<String, Value>,
        kind_of: impl Fn(&str) -> Option<FactKind>,
    ) -> Result<Facts, FactsError> {
        let mut facts = Facts::default();
        for (name, value) in object {
            let kind = kind_of(name);
            let fail = |kind| FactsError { name: name.clone(), kind, text: value.to_string() };
            let read = match (value, kind) {
                (Value::Null, _) => continue,
                (Value::Bool(flag), None | Some(FactKind::Flag)) => FactValue::Flag(*flag),
                (Value::Number(n), None | Some(FactKind::Number)) => {
                    FactValue::Number(n.as_i64().ok_or_else(|| fail(FactKind::Number))?)
                }
                (Value::Number(n), Some(kind)) => Facts::read(name, kind, &n.to_string())?,
                (Value::String(text), Some(kind)) => Facts::read(name, kind, text)?,
                (Value::String(text), None) => FactValue::Text(text.clone()),
                (Value::Array(items), None | Some(FactKind::List)) => {
                    let words: Option<_> =
                        items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
                    FactValue::List(words.ok_or_else(|| fail(FactKind::List))?)
                }
                (_, kind) => return Err(fail(kind.unwrap_or(FactKind::Text))),
            };
            facts.set(name, read);
        }
        Ok(facts)
    }
}

/// Yes or no as clerks write it.
fn yes_or_no(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "是" | "有" | "已" | "对" | "yes" | "y" | "true" | "1" => Some(true),
        "否" | "无" | "未" | "不" | "no" | "n" | "false" | "0" => Some(false),
        _ => None,
    }
}

impl FactValue {
    /// The value as written in a table or CSV.
    pub fn written(&self, lang: Lang) -> String {
        match self {
            FactValue::Flag(true) => lang.pick("是", "yes").to_owned(),
            FactValue::Flag(false) => lang.pick("否", "no").to_owned(),
            FactValue::Number(number) => number.to_string(),
            FactValue::Time(time) => time.to_string(),
            FactValue::Text(text) => text.clone(),
            FactValue::List(items) => items.iter().map(String::as_str).collect::<Vec<_>>().join(";"),
        }
    }

    /// The kind the value has.
    pub fn kind(&self) -> FactKind {
        match self {
            FactValue::Flag(_) => FactKind::Flag,
            FactValue::Number(_) => FactKind::Number,
            FactValue::Time(_) => FactKind::Time,
            FactValue::Text(_) => FactKind::Text,
            FactValue::List(_) => FactKind::List,
        }
    }

    /// The day of a time fact.
    pub fn day(&self) -> Option<Day> {
        match self {
            FactValue::Time(time) => Some(time.day()),
            _ => None,
        }
    }
}

impl fmt::Display for FactsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what(Lang::En))
    }
}

impl std::error::Error for FactsError {}

impl Explain for FactsError {
    fn what(&self, lang: Lang) -> String {
        let Self { name, text, .. } = self;
        match lang {
            Lang::Zh => format!("事实 {name}：不接受“{text}”"),
            Lang::En => format!("fact {name}: `{text}` does not fit"),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        match self.kind {
            FactKind::Text => lang.pick("请写文字", "write a word or code"),
            FactKind::Flag => {
                lang.pick("请写 是 或 否，不知道就留空", "write yes or no; leave it empty if unknown")
            }
            FactKind::Time => {
                lang.pick("写成 2021-10-29 或 2021-10-29T10:20:00", "write 2021-10-29 or 2021-10-29T10:20:00")
            }
            FactKind::List => {
                lang.pick("用分号分开，如 receipt;card", "separate with semicolons, as in receipt;card")
            }
            FactKind::Number => lang.pick("请写整数", "write a whole number"),
        }
        .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_for_its_search() {
        assert!(FACTS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(fact_kind("prepaid"), Some(FactKind::Flag));
        assert_eq!(fact_kind("weather"), None);
    }

    #[test]
    fn yes_and_no_in_two_languages() {
        let read = |text| Facts::read("arrears", FactKind::Flag, text);
        assert_eq!(read("是"), Ok(FactValue::Flag(true)));
        assert_eq!(read("No"), Ok(FactValue::Flag(false)));
        assert!(read("也许").is_err());
    }
}
