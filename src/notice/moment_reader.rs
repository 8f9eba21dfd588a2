//! Reads moments, points and effects as they are written.
//!
//! What they mean is in `moment`.

use super::condition_reader::condition;
use super::finding::{Expected, Fault};
use super::grammar::MOMENT_KEYS;
use super::model::Effect;
use super::moment::{Finish, InStop, Moment, Period, Point, Roll, Unit};
use super::raw::{Table, Value, integer, stamp, unknown_word, wrong};
use super::scope::Scope;
use super::spelling::nearest;
use chrono::NaiveTime;
use serde_json::Value as Json;
use toml::de::DeValue;

const UNITS: &[(&str, Unit)] = &[
    ("minutes", Unit::Minutes),
    ("hours", Unit::Hours),
    ("days", Unit::Days),
    ("working_days", Unit::WorkingDays),
    ("weeks", Unit::Weeks),
    ("months", Unit::Months),
    ("years", Unit::Years),
];

const PERIODS: &[(&str, Period)] = &[
    ("day", Period::Day),
    ("week", Period::Week),
    ("month", Period::Month),
    ("quarter", Period::Quarter),
    ("half_year", Period::HalfYear),
    ("year", Period::Year),
];

/// The moment under a key, if there is one.
pub(super) fn moment(table: &Table<'_>, key: &str, scope: &mut Scope<'_>) -> Option<Moment> {
    table.value(key).and_then(|value| read(key, value, scope))
}

/// A moment.
pub(super) fn read(key: &str, value: &Value<'_>, scope: &mut Scope<'_>) -> Option<Moment> {
    if let Some(stamp) = stamp(value.get_ref()) {
        return Some(Moment::Stated(stamp));
    }
    match value.get_ref() {
        DeValue::String(text) if text == "not_stated" => Some(Moment::NotStated),
        DeValue::String(text) if text == "agency" => Some(Moment::Agency),
        DeValue::String(_) => point(value, scope).map(Moment::Point),
        DeValue::Array(items) => {
            let cases = items.iter().filter_map(|item| {
                let table = case(key, item, scope)?;
                let when = condition(&table, "when", scope);
                Some((when, moment(&table, "is", scope)?))
            });
            Some(Moment::Cases(cases.collect()))
        }
        DeValue::Table(_) => of_table(&Table::new(value, key)?, scope),
        _ => {
            wrong(key, Expected::Moment, &value.span(), &mut scope.found);
            None
        }
    }
}

/// One `{ when, is }` of a list of cases.
fn case<'a>(key: &str, item: &'a Value<'a>, scope: &mut Scope<'_>) -> Option<Table<'a>> {
    let Some(table) = Table::new(item, key) else {
        wrong(key, Expected::Table, &item.span(), &mut scope.found);
        return None;
    };
    for other in table.map.keys().filter(|k| !["when", "is"].contains(&k.get_ref().as_ref())) {
        unknown_word(key, other.get_ref(), ["when", "is"].into_iter(), &other.span(), &mut scope.found);
    }
    if !table.has("is") {
        table.lacks("is", &mut scope.found);
    }
    Some(table)
}

/// A point in time.
pub(super) fn point(value: &Value<'_>, scope: &mut Scope<'_>) -> Option<Point> {
    if let Some(stamp) = stamp(value.get_ref()) {
        return Some(Point::Stamp(stamp));
    }
    if let DeValue::Table(_) = value.get_ref() {
        let moment = of_table(&Table::new(value, "point")?, scope);
        return moment.map(|moment| Point::Moment(Box::new(moment)));
    }
    let Some(text) = value.get_ref().as_str() else {
        wrong("point", Expected::Point, &value.span(), &mut scope.found);
        return None;
    };
    match text.split_once(':').unwrap_or((text, "")) {
        ("resumed", "") => Some(Point::Resumed(None)),
        ("suspended", "") => Some(Point::Suspended(None)),
        ("as_of", "") => Some(Point::AsOf),
        ("resumed", window) => scope.window(window, &value.span()).map(|w| Point::Resumed(Some(w))),
        ("suspended", window) => scope.window(window, &value.span()).map(|w| Point::Suspended(Some(w))),
        _ => scope.time_fact(value).map(Point::Fact),
    }
}

fn of_table(table: &Table<'_>, scope: &mut Scope<'_>) -> Option<Moment> {
    for key in table.map.keys().filter(|key| !MOMENT_KEYS.contains(&key.get_ref().as_ref())) {
        let fault = Fault::UnknownKey {
            key: key.get_ref().to_string(),
            table: table.name.clone(),
            near: nearest(key.get_ref(), MOMENT_KEYS.iter().copied()),
            known: MOMENT_KEYS.iter().map(|&known| known.to_owned()).collect(),
        };
        scope.found.add(&key.span(), fault);
    }
    let shapes: Vec<&str> = UNITS
        .iter()
        .map(|(name, _)| *name)
        .chain(["end_of", "day_of_month", "by_year", "earliest", "latest"])
        .collect();
    let mut present = shapes.iter().copied().filter(|name| table.has(name));
    let shape = present.next();
    if let (Some(first), Some(second)) = (shape, present.next()) {
        table.not_together(first, second, &mut scope.found);
    }
    let finish = finish(table, scope);
    match shape {
        None if table.has("before") => Some(Moment::JustBefore(point(table.value("before")?, scope)?)),
        None => {
            wrong(&table.name, Expected::Moment, &table.span, &mut scope.found);
            None
        }
        Some("end_of") => {
            let period = named(table, "end_of", PERIODS, scope)?;
            Some(Moment::EndOf {
                period,
                of: of(table, scope)?,
                months_later: months_later(table, scope),
                finish,
            })
        }
        Some("day_of_month") => {
            let day = positive(table, "day_of_month", scope)?;
            let day = u32::try_from(day).unwrap_or(31);
            Some(Moment::DayOfMonth {
                day,
                of: of(table, scope)?,
                months_later: months_later(table, scope),
                finish,
            })
        }
        Some("by_year") => Some(Moment::ByYear { years: by_year(table, scope), of: of(table, scope)? }),
        Some(key @ ("earliest" | "latest")) => {
            let value = table.value(key)?;
            let Some(items) = value.get_ref().as_array() else {
                wrong(key, Expected::Tables, &value.span(), &mut scope.found);
                return None;
            };
            let all = items.iter().filter_map(|item| read(key, item, scope)).collect();
            Some(if key == "earliest" { Moment::Earliest(all) } else { Moment::Latest(all) })
        }
        Some(key) => counted(table, key, finish, scope),
    }
}

fn counted(table: &Table<'_>, key: &str, finish: Finish, scope: &mut Scope<'_>) -> Option<Moment> {
    let (_, unit) = *UNITS.iter().find(|(name, _)| *name == key)?;
    let count = positive(table, key, scope)?;
    table.not_together("after", "before", &mut scope.found);
    let (from, sign) = match (table.value("after"), table.value("before")) {
        (Some(after), _) => (point(after, scope)?, 1),
        (None, Some(before)) => (point(before, scope)?, -1),
        (None, None) => {
            table.lacks("after / before", &mut scope.found);
            return None;
        }
    };
    let first_day = table.flag("counting_first_day", &mut scope.found).unwrap_or(false);
    Some(Moment::Count { count: count * sign, unit, from, first_day, finish })
}

/// Counting further than this is a slip of the pen, and leaves the calendar.
const MOST: i64 = 100_000;

fn positive(table: &Table<'_>, key: &str, scope: &mut Scope<'_>) -> Option<i64> {
    let count = table.integer(key, &mut scope.found)?;
    if !(1..=MOST).contains(&count) {
        wrong(key, Expected::Count, &table.span_of(key), &mut scope.found);
    }
    Some(count)
}

fn of(table: &Table<'_>, scope: &mut Scope<'_>) -> Option<Point> {
    let Some(value) = table.value("of") else {
        table.lacks("of", &mut scope.found);
        return None;
    };
    point(value, scope)
}

fn months_later(table: &Table<'_>, scope: &mut Scope<'_>) -> i32 {
    let months = table.integer("months_later", &mut scope.found).unwrap_or(0);
    i32::try_from(months).unwrap_or(0)
}

fn named<T: Copy>(table: &Table<'_>, key: &str, all: &[(&str, T)], scope: &mut Scope<'_>) -> Option<T> {
    let text = table.text(key, &mut scope.found)?;
    let found = all.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
    if found.is_none() {
        unknown_word(key, &text, all.iter().map(|(name, _)| *name), &table.span_of(key), &mut scope.found);
    }
    found
}

fn by_year(table: &Table<'_>, scope: &mut Scope<'_>) -> Vec<(i32, Moment)> {
    let Some(years) = table.table("by_year", &mut scope.found) else { return Vec::new() };
    let mut read_years = Vec::new();
    for (year, value) in years.map {
        match year.get_ref().parse::<i32>() {
            Ok(year) => read_years.extend(read("by_year", value, scope).map(|moment| (year, moment))),
            Err(_) => wrong("by_year", Expected::Integer, &year.span(), &mut scope.found),
        }
    }
    read_years
}

fn finish(table: &Table<'_>, scope: &mut Scope<'_>) -> Finish {
    let at = table.text("at", &mut scope.found).and_then(|text| {
        let clock = NaiveTime::parse_from_str(&text, "%H:%M")
            .or_else(|_| NaiveTime::parse_from_str(&text, "%H:%M:%S"));
        if clock.is_err() {
            wrong("at", Expected::TimeOfDay, &table.span_of("at"), &mut scope.found);
        }
        clock.ok()
    });
    let rolls = [("next_working_day", Roll::Next), ("previous_working_day", Roll::Previous)];
    let roll = if table.has("roll") { named(table, "roll", &rolls, scope) } else { None };
    let in_stop = table.value("if_in_stop").and_then(|value| {
        if value.get_ref().as_str() == Some("by_its_length") {
            return Some(InStop::ByItsLength);
        }
        read("if_in_stop", value, scope).map(|moment| InStop::Instead(Box::new(moment)))
    });
    Finish { at, roll, in_stop }
}

/// The effects under a key, in the order of the text.
pub(super) fn effects(table: &Table<'_>, key: &str, scope: &mut Scope<'_>) -> Vec<(String, Effect)> {
    let Some(inner) = table.table(key, &mut scope.found) else { return Vec::new() };
    let mut entries: Vec<_> = inner.map.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    let mut effects = Vec::with_capacity(entries.len());
    for (name, value) in entries {
        scope.check_effect(name.get_ref(), &name.span());
        effects
            .extend(effect(name.get_ref(), value, scope).map(|effect| (name.get_ref().to_string(), effect)));
    }
    effects
}

fn effect(key: &str, value: &Value<'_>, scope: &mut Scope<'_>) -> Option<Effect> {
    if let Some(stamp) = stamp(value.get_ref()) {
        return Some(Effect::Moment(Moment::Stated(stamp)));
    }
    match value.get_ref() {
        DeValue::Boolean(flag) => Some(Effect::Value(Json::Bool(*flag))),
        DeValue::Integer(_) => integer(value.get_ref()).map(|number| Effect::Value(number.into())),
        DeValue::String(text) => Some(Effect::Value(Json::String(text.to_string()))),
        DeValue::Array(items) if items.iter().all(|item| item.get_ref().as_str().is_some()) => {
            let words = items.iter().filter_map(|item| item.get_ref().as_str());
            Some(Effect::Value(words.collect::<Vec<_>>().into()))
        }
        DeValue::Array(items) => {
            let cases = items.iter().filter_map(|item| {
                let table = case(key, item, scope)?;
                let when = condition(&table, "when", scope);
                Some((when, effect(key, table.value("is")?, scope)?))
            });
            Some(Effect::Cases(cases.collect()))
        }
        DeValue::Table(_) => effect_of_table(key, &Table::new(value, key)?, scope),
        _ => {
            wrong(key, Expected::Moment, &value.span(), &mut scope.found);
            None
        }
    }
}

fn effect_of_table(key: &str, table: &Table<'_>, scope: &mut Scope<'_>) -> Option<Effect> {
    let only = (table.map.len() == 1).then(|| table.map.iter().next()).flatten();
    match only.map(|(name, value)| (name.get_ref().as_ref(), value)) {
        Some(("fact", value)) => {
            let name = value.get_ref().as_str().unwrap_or_default();
            let slot = scope.fact(name);
            if slot.is_none() {
                scope.unknown_fact(name, &value.span());
            }
            slot.map(Effect::Fact)
        }
        Some(("year_of", value)) => point(value, scope).map(Effect::YearOf),
        Some(("moment", value)) => read(key, value, scope).map(Effect::Moment),
        _ => of_table(table, scope).map(Effect::Moment),
    }
}
