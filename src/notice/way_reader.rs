//! Reads the options of rules: routes, papers, times, effects, refusals and
//! dependencies.
//!
//! How an option stands on a given day is in `way`.

use super::condition::Condition;
use super::condition_reader::condition;
use super::finding::{Expected, Fault};
use super::grammar::{OPTION, PAPERS_WHEN, REFUSED, REQUIRES, SLOT};
use super::model::{Refusal, Requirement, Way};
use super::moment::Moment;
use super::moment_reader::{effects, moment};
use super::raw::{Stamp, Table, texts, unknown_word, wrong};
use super::reader::text;
use super::scope::Scope;
use crate::domain::{FactKind, Owner, Place, Route};
use toml::Spanned;

/// One option; `None` where it has no route.
pub(super) fn way(table: &Table<'_>, rule: &str, clause: &str, scope: &mut Scope<'_>) -> Option<Way> {
    table.against(&OPTION, &mut scope.found);
    let route = table.word("route", Route::ALL, &mut scope.found);
    let (opens, due) = times(table, scope);
    let name = format!("{rule} → {}", route.map_or("?", |route| crate::text::Label::id(&route)));
    // What is borne or held needs neither papers nor a deadline.
    let acts =
        route.is_some_and(|r| !matches!(r, Route::Bear | Route::Hold | Route::None | Route::NotStated));
    if acts && !["due", "slot", "on"].iter().any(|key| table.has(key)) {
        scope.found.add(&table.span, Fault::NoDue { option: name.clone() });
    }
    if acts && !["papers", "papers_one_of", "papers_when"].iter().any(|key| table.has(key)) {
        scope.found.add(&table.span, Fault::NoPapers { option: name });
    }
    let opens_with = text(table, "opens_with", scope);
    let own_clause = text(table, "clause", scope);
    let way = Way {
        route: route.unwrap_or(Route::NotStated),
        title: text(table, "title", scope),
        title_en: text(table, "title_en", scope),
        place: table.word("place", Place::ALL, &mut scope.found),
        owner: table.word("owner", Owner::ALL, &mut scope.found),
        when: condition(table, "when", scope),
        papers: papers(table, "papers", scope),
        papers_one_of: papers_one_of(table, scope),
        papers_when: papers_when(table, scope),
        opens,
        opens_with: if opens_with.is_empty() {
            None
        } else {
            scope.window(&opens_with, &table.span_of("opens_with"))
        },
        during_stop: table.flag("during_stop", &mut scope.found).unwrap_or(!acts),
        due: due.unwrap_or(Moment::NotStated),
        effects: effects(table, "effects", scope),
        refused: refusals(table, scope),
        requires: requirements(table, scope),
        clause: if own_clause.is_empty() { clause.to_owned() } else { own_clause },
    };
    route.map(|_| way)
}

/// `opens` and `due`, or the two of a slot or of one fixed day.
fn times(table: &Table<'_>, scope: &mut Scope<'_>) -> (Option<Moment>, Option<Moment>) {
    for (first, second) in
        [("slot", "opens"), ("slot", "due"), ("slot", "on"), ("on", "opens"), ("on", "due")]
    {
        table.not_together(first, second, &mut scope.found);
    }
    if let Some(slot) = table.table("slot", &mut scope.found) {
        slot.against(&SLOT, &mut scope.found);
        let (from, to) = (moment(&slot, "from", scope), moment(&slot, "to", scope));
        forwards(from.as_ref(), to.as_ref(), &slot, "to", "from", scope);
        return (from, to);
    }
    if let Some(day) = table.day("on", &mut scope.found) {
        let fixed = Moment::Stated(Stamp::Day(day));
        return (Some(fixed.clone()), Some(fixed));
    }
    let (opens, due) = (moment(table, "opens", scope), moment(table, "due", scope));
    forwards(opens.as_ref(), due.as_ref(), table, "due", "opens", scope);
    (opens, due)
}

fn forwards(
    from: Option<&Moment>,
    to: Option<&Moment>,
    table: &Table<'_>,
    key: &str,
    after: &str,
    scope: &mut Scope<'_>,
) {
    if let (Some(Moment::Stated(from)), Some(Moment::Stated(to))) = (from, to)
        && to.end() < from.start()
    {
        let fault = Fault::Backwards { key: key.to_owned(), after: after.to_owned() };
        scope.found.add(&table.span_of(key), fault);
    }
}

fn papers(table: &Table<'_>, key: &str, scope: &mut Scope<'_>) -> Vec<String> {
    let papers = table.texts(key, &mut scope.found).unwrap_or_default();
    for paper in &papers {
        scope.check_paper(paper.get_ref(), &paper.span());
    }
    papers.into_iter().map(Spanned::into_inner).collect()
}

fn papers_one_of(table: &Table<'_>, scope: &mut Scope<'_>) -> Vec<String> {
    let Some(value) = table.value("papers_one_of") else { return Vec::new() };
    let groups = value.get_ref().as_array().and_then(|groups| {
        groups
            .iter()
            .map(|group| texts(group.get_ref()).filter(|group| !group.is_empty()))
            .collect::<Option<Vec<_>>>()
    });
    let Some(groups) = groups else {
        wrong("papers_one_of", Expected::TextLists, &value.span(), &mut scope.found);
        return Vec::new();
    };
    for paper in groups.iter().flatten() {
        scope.check_paper(paper.get_ref(), &paper.span());
    }
    let joined = |group: &Vec<Spanned<String>>| {
        group.iter().map(|paper| paper.get_ref().as_str()).collect::<Vec<_>>().join("|")
    };
    groups.iter().map(joined).collect()
}

fn papers_when(table: &Table<'_>, scope: &mut Scope<'_>) -> Vec<(Condition, Vec<String>)> {
    let tables = table.tables("papers_when", "papers_when", &mut scope.found);
    let read = |one: &Table<'_>| {
        one.against(&PAPERS_WHEN, &mut scope.found);
        (condition(one, "when", scope), papers(one, "papers", scope))
    };
    tables.iter().map(read).collect()
}

fn refusals(table: &Table<'_>, scope: &mut Scope<'_>) -> Vec<Refusal> {
    let tables = table.tables("refused", "refused", &mut scope.found);
    let read = |one: &Table<'_>| {
        one.against(&REFUSED, &mut scope.found);
        Refusal {
            when: condition(one, "when", scope),
            because: text(one, "because", scope),
            because_en: text(one, "because_en", scope),
            clause: text(one, "clause", scope),
        }
    };
    tables.iter().map(read).collect()
}

fn requirements(table: &Table<'_>, scope: &mut Scope<'_>) -> Vec<Requirement> {
    let tables = table.tables("requires", "requires", &mut scope.found);
    tables.iter().filter_map(|one| requirement(one, scope)).collect()
}

fn requirement(table: &Table<'_>, scope: &mut Scope<'_>) -> Option<Requirement> {
    table.against(&REQUIRES, &mut scope.found);
    let after_due = text(table, "after_due", scope);
    if !["", "refused", "open"].contains(&after_due.as_str()) {
        let known = ["refused", "open"].into_iter();
        unknown_word("after_due", &after_due, known, &table.span_of("after_due"), &mut scope.found);
    }
    let fact = text(table, "fact", scope);
    let slot = scope.fact(&fact);
    match slot {
        None if table.has("fact") => scope.unknown_fact(&fact, &table.span_of("fact")),
        Some(slot) if scope.facts[slot].kind != FactKind::Flag => {
            wrong("fact", Expected::Flag, &table.span_of("fact"), &mut scope.found);
        }
        _ => {}
    }
    Some(Requirement {
        filing: text(table, "filing", scope),
        fact: slot?,
        when: condition(table, "when", scope),
        due: moment(table, "due", scope).unwrap_or(Moment::NotStated),
        effective_on: moment(table, "effective_on", scope),
        open_after_due: after_due == "open",
        title: text(table, "title", scope),
        title_en: text(table, "title_en", scope),
        clause: text(table, "clause", scope),
    })
}
