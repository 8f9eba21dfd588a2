//! Reads a notice: from text, through raw tables, to a value that is valid.
//!
//! Reading never stops at a fault: everything is read as far as it goes, and the
//! caller learns all of it at once. Whether the rules make sense together is
//! asked by `check`.

use super::condition::Condition;
use super::condition_reader::condition;
use super::finding::{Expected, Fault, Finding, Findings};
use super::grammar::{CONFLICT, DUTY, NOTICE, RULE, USABLE};
use super::model::{Contradiction, DutyRule, Head, Notice, Rule, Usable};
use super::moment::Moment;
use super::moment_reader::moment;
use super::raw::{Table, is_id, wrong};
use super::scope::Scope;
use super::window::Slots;
use super::{samples, way_reader, window_reader};
use crate::domain::{Choice, Phase};
use std::collections::BTreeMap;
use toml::de::{DeTable, DeValue};

/// A text that is no TOML at all has a slip at every other sign; so many say as much.
const MOST_SLIPS: usize = 100;

/// The only version there is.
const SCHEMA: i64 = 1;

/// Everything that can be read of a text, and everything found wrong with it.
pub(super) fn read(text: &str) -> (Option<Notice>, Vec<Finding>) {
    let mut found = Findings::new(text);
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in errors.iter().take(MOST_SLIPS) {
        let span = error.span().unwrap_or(0..0);
        found.add(&span, Fault::Syntax { message: error.message().to_owned() });
    }
    if !errors.is_empty() {
        return (None, found.into_sorted());
    }
    let span = root.span();
    let root = toml::Spanned::new(span, DeValue::Table(root.into_inner()));
    let Some(root) = Table::new(&root, "notice") else { return (None, found.into_sorted()) };
    root.against(&NOTICE, &mut found);
    let mut scope = Scope::new(found, &root);
    let notice = of_root(&root, &mut scope);
    for (slot, fact) in scope.facts.iter().enumerate() {
        if fact.declared && !scope.used.contains(&slot) {
            let at = root.table("facts", &mut Findings::new("")).map(|facts| facts.span_of(&fact.name));
            scope.found.add(&at.unwrap_or(0..0), Fault::UnusedFact { name: fact.name.clone() });
        }
    }
    (Some(notice), scope.found.into_sorted())
}

fn of_root(root: &Table<'_>, scope: &mut Scope<'_>) -> Notice {
    if let Some(version) = root.integer("schema", &mut scope.found)
        && version != SCHEMA
    {
        wrong("schema", Expected::Schema, &root.span_of("schema"), &mut scope.found);
    }
    let slot = |name: &str| scope.slot(name).expect("facts that need no declaration are always there");
    let slots = Slots {
        as_of: slot("as_of"),
        kind: slot("kind"),
        facility: slot("facility"),
        occurred_at: slot("occurred_at"),
        applied_on: slot("applied_on"),
        admitted_at: slot("admitted_at"),
        discharged_at: slot("discharged_at"),
        papers: slot("papers"),
    };
    let id = root.id("id", &mut scope.found).unwrap_or_default();
    let head = head(root, scope);
    let applies = condition(root, "applies", scope);
    let windows = window_reader::windows(root, scope);
    let usable = root.tables("usable", "[[usable]]", &mut scope.found);
    let usable = usable.iter().map(|table| of_usable(table, scope)).collect();
    let rules = rules(root, scope);
    let duties = root.tables("duty", "[[duty]]", &mut scope.found);
    let duties = duties.iter().filter_map(|table| duty(table, scope)).collect();
    let conflicts = root.tables("conflict", "[[conflict]]", &mut scope.found);
    let conflicts = conflicts.iter().map(|table| conflict(table, scope)).collect();
    let mut notice = Notice {
        id,
        head,
        facts: scope.facts.clone(),
        slots,
        papers: std::mem::take(&mut scope.papers),
        applies,
        windows,
        usable,
        rules,
        duties,
        conflicts,
        samples: Vec::new(),
    };
    notice.samples = samples::of(&notice);
    notice
}

fn head(root: &Table<'_>, scope: &mut Scope<'_>) -> Head {
    let found = &mut scope.found;
    let place = root.text("place", found).unwrap_or_default();
    if root.has("place") && !(place.len() == 6 && place.bytes().all(|byte| byte.is_ascii_digit())) {
        wrong("place", Expected::Area, &root.span_of("place"), found);
    }
    let year = root.integer("year", found).unwrap_or_default();
    if root.has("year") && !(1900..=2199).contains(&year) {
        wrong("year", Expected::Integer, &root.span_of("year"), found);
    }
    let mut text = |key: &str| root.text(key, found).unwrap_or_default();
    Head {
        title: text("title"),
        title_en: text("title_en"),
        city: text("city"),
        issuer: text("issuer"),
        number: text("number"),
        source: text("source"),
        note: text("note"),
        note_en: text("note_en"),
        place,
        year: i32::try_from(year).unwrap_or_default(),
        published: root.day("published", found),
        supersedes: root
            .texts("supersedes", found)
            .unwrap_or_default()
            .into_iter()
            .map(toml::Spanned::into_inner)
            .collect(),
    }
}

fn of_usable(table: &Table<'_>, scope: &mut Scope<'_>) -> Usable {
    table.against(&USABLE, &mut scope.found);
    Usable {
        title: text(table, "title", scope),
        title_en: text(table, "title_en", scope),
        when: condition(table, "when", scope),
        windows: scope.window_list(table, "windows"),
        clause: text(table, "clause", scope),
    }
}

fn rules(root: &Table<'_>, scope: &mut Scope<'_>) -> Vec<Rule> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let tables = root.tables("rule", "[[rule]]", &mut scope.found);
    let mut rules = Vec::with_capacity(tables.len());
    for table in &tables {
        table.against(&RULE, &mut scope.found);
        let rule = rule(table, scope);
        if let Some(&offset) = seen.get(&rule.id) {
            let first_line = scope.found.line(offset);
            scope.found.add(&table.span_of("id"), Fault::DuplicateId { id: rule.id.clone(), first_line });
        } else {
            seen.insert(rule.id.clone(), table.span_of("id").start);
        }
        rules.push(rule);
    }
    rules
}

fn rule(table: &Table<'_>, scope: &mut Scope<'_>) -> Rule {
    let clause = text(table, "clause", scope);
    let id = table.id("id", &mut scope.found).unwrap_or_default();
    let not_stated = table.flag("not_stated", &mut scope.found).unwrap_or(false);
    let options = table.tables("option", "[[rule.option]]", &mut scope.found);
    if not_stated {
        table.not_together("not_stated", "option", &mut scope.found);
    } else if options.is_empty() {
        table.lacks("option / not_stated", &mut scope.found);
    }
    let options = options.iter().filter_map(|option| way_reader::way(option, &id, &clause, scope)).collect();
    Rule {
        title: text(table, "title", scope),
        title_en: text(table, "title_en", scope),
        note: text(table, "note", scope),
        note_en: text(table, "note_en", scope),
        windows: scope.window_list(table, "windows"),
        outside: table.flag("outside", &mut scope.found).unwrap_or(false),
        when: condition(table, "when", scope),
        choice: table.word("choice", Choice::ALL, &mut scope.found).unwrap_or(Choice::First),
        options,
        id,
        clause,
    }
}

fn duty(table: &Table<'_>, scope: &mut Scope<'_>) -> Option<DutyRule> {
    table.against(&DUTY, &mut scope.found);
    let action = text(table, "action", scope);
    if table.has("action") && !is_id(&action) {
        wrong("action", Expected::Id, &table.span_of("action"), &mut scope.found);
    }
    table.id("id", &mut scope.found);
    let when = table.has("when").then(|| condition(table, "when", scope));
    let windows = scope.window_list(table, "windows");
    let from = moment(table, "from", scope);
    let due = moment(table, "due", scope).unwrap_or(Moment::NotStated);
    if let (Some(Moment::Stated(from)), Moment::Stated(due)) = (&from, &due)
        && due.end() < from.start()
    {
        scope.found.add(&table.span_of("due"), Fault::Backwards { key: "due".into(), after: "from".into() });
    }
    let (title, title_en, who) =
        (text(table, "title", scope), text(table, "title_en", scope), text(table, "who", scope));
    let clause = text(table, "clause", scope);
    let outside = table.flag("outside", &mut scope.found).unwrap_or(false);
    let phase = table.word("phase", Phase::ALL, &mut scope.found)?;
    Some(DutyRule { phase, action, title, title_en, who, when, windows, outside, from, due, clause })
}

fn conflict(table: &Table<'_>, scope: &mut Scope<'_>) -> Contradiction {
    table.against(&CONFLICT, &mut scope.found);
    let clauses = table.texts("clauses", &mut scope.found).unwrap_or_default();
    Contradiction {
        title: text(table, "title", scope),
        title_en: text(table, "title_en", scope),
        clauses: clauses.into_iter().map(toml::Spanned::into_inner).collect(),
        when: if table.has("when") { condition(table, "when", scope) } else { Condition::ALWAYS },
        windows: scope.window_list(table, "windows"),
    }
}

/// A text, or nothing.
pub(super) fn text(table: &Table<'_>, key: &str, scope: &mut Scope<'_>) -> String {
    table.text(key, &mut scope.found).unwrap_or_default()
}
