//! Reads conditions: every fact known, every value of the fact's kind.
//!
//! What conditions mean is in `condition`; here is only how they are written.

use super::condition::{Bound, Condition, Slot, Test};
use super::finding::{Expected, Fault};
use super::grammar::OPERATORS;
use super::raw::{Stamp, Table, Value, integer, stamp, texts, unknown_word, wrong};
use super::scope::Scope;
use super::spelling::nearest;
use crate::domain::FactKind;
use toml::de::DeValue;

/// The condition under a key; always where there is none.
pub(super) fn condition(table: &Table<'_>, key: &str, scope: &mut Scope<'_>) -> Condition {
    match table.table(key, &mut scope.found) {
        Some(inner) => all_of(&inner, scope),
        None => Condition::ALWAYS,
    }
}

/// The condition of a table: all its entries.
pub(super) fn all_of(table: &Table<'_>, scope: &mut Scope<'_>) -> Condition {
    let mut parts = Vec::with_capacity(table.map.len());
    for (key, value) in table.map {
        let name: &str = key.get_ref();
        match name {
            "any" => parts.push(Condition::Any(several(value, name, scope))),
            "all" => parts.extend(several(value, name, scope)),
            "not" => match Table::new(value, "not") {
                Some(inner) => parts.push(Condition::Not(Box::new(all_of(&inner, scope)))),
                None => wrong(name, Expected::Table, &value.span(), &mut scope.found),
            },
            _ => match scope.fact(name) {
                Some(slot) => parts.extend(of_fact(slot, name, value, scope)),
                None => scope.unknown_fact(name, &key.span()),
            },
        }
    }
    if parts.len() == 1 { parts.remove(0) } else { Condition::All(parts) }
}

fn several(value: &Value<'_>, key: &str, scope: &mut Scope<'_>) -> Vec<Condition> {
    let Some(items) = value.get_ref().as_array() else {
        wrong(key, Expected::Tables, &value.span(), &mut scope.found);
        return Vec::new();
    };
    let mut conditions = Vec::with_capacity(items.len());
    for item in &**items {
        match Table::new(item, key) {
            Some(inner) => conditions.push(all_of(&inner, scope)),
            None => wrong(key, Expected::Table, &item.span(), &mut scope.found),
        }
    }
    conditions
}

fn of_fact(slot: Slot, name: &str, value: &Value<'_>, scope: &mut Scope<'_>) -> Vec<Condition> {
    let Some(table) = Table::new(value, name) else {
        return equals(slot, name, value, scope).into_iter().collect();
    };
    if table.map.is_empty() {
        wrong(name, Expected::Table, &table.span, &mut scope.found);
    }
    let mut parts = Vec::with_capacity(table.map.len());
    for (key, value) in table.map {
        let operator: &str = key.get_ref();
        if OPERATORS.contains(&operator) {
            parts.extend(operation(slot, name, operator, value, scope));
        } else {
            let fault = Fault::UnknownKey {
                key: operator.to_owned(),
                table: name.to_owned(),
                near: nearest(operator, OPERATORS.iter().copied()),
                known: OPERATORS.iter().map(|&known| known.to_owned()).collect(),
            };
            scope.found.add(&key.span(), fault);
        }
    }
    parts
}

/// `fact = value`, by the fact's kind.
fn equals(slot: Slot, name: &str, value: &Value<'_>, scope: &mut Scope<'_>) -> Option<Condition> {
    let single = |value: &DeValue<'_>| !matches!(value, DeValue::Array(_));
    let items: Vec<&Value<'_>> = match value.get_ref().as_array() {
        Some(items) => items.iter().collect(),
        None => vec![value],
    };
    let kind = scope.facts[slot].kind;
    let test = match kind {
        FactKind::Flag if single(value.get_ref()) => value.get_ref().as_bool().map(Test::Flag),
        FactKind::Flag => None,
        FactKind::Text | FactKind::List => {
            let words: Option<Vec<String>> =
                items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect();
            for item in items.iter().filter(|item| item.get_ref().as_str().is_some()) {
                scope.check_word(slot, item.get_ref().as_str().unwrap_or_default(), &item.span());
            }
            words.map(|words| if kind == FactKind::Text { Test::OneOf(words) } else { Test::HasAny(words) })
        }
        FactKind::Number => {
            items.iter().map(|item| integer(item.get_ref())).collect::<Option<_>>().map(Test::NumberIn)
        }
        FactKind::Time => {
            let days = items.iter().map(|item| match stamp(item.get_ref()) {
                Some(Stamp::Day(day)) => Some(day),
                _ => None,
            });
            days.collect::<Option<_>>().map(Test::OnDay)
        }
    };
    if test.is_none() {
        wrong(name, expected(kind), &value.span(), &mut scope.found);
    }
    test.map(|test| Condition::Fact(slot, test))
}

fn operation(
    slot: Slot,
    name: &str,
    operator: &str,
    value: &Value<'_>,
    scope: &mut Scope<'_>,
) -> Option<Condition> {
    let kind = scope.facts[slot].kind;
    let needs = match operator {
        "within" | "not_within" | "starts_with" => Some(FactKind::Text),
        "before" | "after" | "from" | "until" | "in_year" | "earlier_year_than" | "same_year_as"
        | "days_since" => Some(FactKind::Time),
        "at_least" | "at_most" => Some(FactKind::Number),
        "has" | "has_all" | "has_none" => Some(FactKind::List),
        _ => None,
    };
    if needs.is_some_and(|needs| needs != kind) {
        let fault = Fault::UnknownWord {
            key: name.to_owned(),
            text: operator.to_owned(),
            near: None,
            known: operators_of(kind).iter().map(|&word| word.to_owned()).collect(),
        };
        scope.found.add(&value.span(), fault);
        return None;
    }
    let fact = |test| Condition::Fact(slot, test);
    let not = |condition| Condition::Not(Box::new(condition));
    let inner = value.get_ref();
    let words = || {
        texts(inner).or_else(|| inner.as_str().map(|t| vec![toml::Spanned::new(value.span(), t.to_owned())]))
    };
    let plain = |words: Vec<toml::Spanned<String>>| -> Vec<String> {
        words.into_iter().map(toml::Spanned::into_inner).collect()
    };
    let read = match operator {
        "is" => return equals(slot, name, value, scope),
        "is_not" => return equals(slot, name, value, scope).map(not),
        "within" => words().map(|areas| fact(Test::Within(plain(areas)))),
        "not_within" => words().map(|areas| not(fact(Test::Within(plain(areas))))),
        "starts_with" => inner.as_str().map(|start| fact(Test::StartsWith(start.to_owned()))),
        "before" => bound(value, scope).map(|bound| fact(Test::Before(bound))),
        "after" => bound(value, scope).map(|bound| fact(Test::After(bound))),
        "from" => bound(value, scope).map(|bound| fact(Test::From(bound))),
        "until" => bound(value, scope).map(|bound| fact(Test::Until(bound))),
        "in_year" => years(inner).map(|years| fact(Test::InYear(years))),
        "earlier_year_than" => scope.time_fact(value).map(|other| fact(Test::EarlierYearThan(other))),
        "same_year_as" => scope.time_fact(value).map(|other| fact(Test::SameYearAs(other))),
        "days_since" => return days_since(slot, value, scope),
        "at_least" => integer(inner).map(|least| fact(Test::AtLeast(least))),
        "at_most" => integer(inner).map(|most| fact(Test::AtMost(most))),
        "has" => words().map(|words| fact(Test::HasAny(plain(words)))),
        "has_all" => words().map(|words| fact(Test::HasAll(plain(words)))),
        "has_none" => words().map(|words| not(fact(Test::HasAny(plain(words))))),
        "known" => inner.as_bool().map(|known| fact(Test::Known(known))),
        _ => None,
    };
    if read.is_none()
        && !matches!(operator, "before" | "after" | "from" | "until" | "earlier_year_than" | "same_year_as")
    {
        let expected = match operator {
            "known" => Expected::Flag,
            "in_year" | "at_least" | "at_most" => Expected::Integer,
            "starts_with" => Expected::Text,
            _ => Expected::Texts,
        };
        wrong(operator, expected, &value.span(), &mut scope.found);
    }
    read
}

fn days_since(slot: Slot, value: &Value<'_>, scope: &mut Scope<'_>) -> Option<Condition> {
    let Some(table) = Table::new(value, "days_since") else {
        wrong("days_since", Expected::Table, &value.span(), &mut scope.found);
        return None;
    };
    for key in table.map.keys().filter(|key| !["of", "at_least", "at_most"].contains(&key.get_ref().as_ref()))
    {
        let known = ["of", "at_least", "at_most"];
        unknown_word("days_since", key.get_ref(), known.into_iter(), &key.span(), &mut scope.found);
    }
    let Some(of) = table.value("of") else {
        table.lacks("of", &mut scope.found);
        return None;
    };
    let of = scope.time_fact(of)?;
    let at_least = table.integer("at_least", &mut scope.found);
    let at_most = table.integer("at_most", &mut scope.found);
    Some(Condition::Fact(slot, Test::DaysSince { of, at_least, at_most }))
}

fn bound(value: &Value<'_>, scope: &mut Scope<'_>) -> Option<Bound> {
    if let Some(stamp) = stamp(value.get_ref()) {
        return Some(Bound::Stamp(stamp));
    }
    if let DeValue::Table(_) = value.get_ref() {
        let moment = super::moment_reader::read("time", value, scope)?;
        // Whether a rule applies must not hang on a calendar that may lack the year.
        if moment.counts_working_days() {
            wrong("time", Expected::Point, &value.span(), &mut scope.found);
        }
        return Some(Bound::Moment(Box::new(moment)));
    }
    let Some(text) = value.get_ref().as_str() else {
        wrong("time", Expected::Point, &value.span(), &mut scope.found);
        return None;
    };
    match text.split_once(':').unwrap_or((text, "")) {
        ("resumed", "") => Some(Bound::Resumed(None)),
        ("suspended", "") => Some(Bound::Suspended(None)),
        ("resumed", window) => scope.window(window, &value.span()).map(|w| Bound::Resumed(Some(w))),
        ("suspended", window) => scope.window(window, &value.span()).map(|w| Bound::Suspended(Some(w))),
        _ => scope.time_fact(value).map(Bound::Fact),
    }
}

fn years(value: &DeValue<'_>) -> Option<Vec<i32>> {
    let year = |value: &DeValue<'_>| integer(value).and_then(|year| i32::try_from(year).ok());
    match value.as_array() {
        Some(items) => items.iter().map(|item| year(item.get_ref())).collect(),
        None => year(value).map(|year| vec![year]),
    }
}

fn expected(kind: FactKind) -> Expected {
    match kind {
        FactKind::Flag => Expected::Flag,
        FactKind::Text => Expected::Text,
        FactKind::List => Expected::Texts,
        FactKind::Number => Expected::Integer,
        FactKind::Time => Expected::Date,
    }
}

/// Operators that ask for a fact of a kind.
fn operators_of(kind: FactKind) -> &'static [&'static str] {
    match kind {
        FactKind::Flag => &["is", "is_not", "known"],
        FactKind::Text => &["is", "is_not", "within", "not_within", "starts_with", "known"],
        FactKind::Number => &["is", "is_not", "at_least", "at_most", "known"],
        FactKind::List => &["is", "is_not", "has", "has_all", "has_none", "known"],
        FactKind::Time => &[
            "is",
            "is_not",
            "before",
            "after",
            "from",
            "until",
            "in_year",
            "earlier_year_than",
            "same_year_as",
            "days_since",
            "known",
        ],
    }
}
