//! Reads windows: their stretches, steps and scope.
//!
//! What windows mean is in `window`.

use super::condition_reader::condition;
use super::finding::Fault;
use super::grammar::{SPAN, STEP, WINDOW};
use super::raw::{Stamp, Table, is_id};
use super::reader::text;
use super::scope::Scope;
use super::window::{Measure, Resuming, Span, Step, Window};
use crate::domain::Time;

/// The windows of a notice, each in the place that its id has in the scope.
pub(super) fn windows(root: &Table<'_>, scope: &mut Scope<'_>) -> Vec<Window> {
    let tables = root.tables("window", "[[window]]", &mut scope.found);
    tables.iter().map(|table| window(table, scope)).collect()
}

fn window(table: &Table<'_>, scope: &mut Scope<'_>) -> Window {
    table.against(&WINDOW, &mut scope.found);
    table.not_together("suspended", "span", &mut scope.found);
    table.not_together("operation", "measured_by", &mut scope.found);
    let spans = spans(table, scope);
    let open = spans.last().is_none_or(|span| span.resumes.is_none());
    let resumption = resuming(table, open, scope);
    let steps = table.tables("step", "[[window.step]]", &mut scope.found);
    let usual = spans.first().copied().unwrap_or(Span { suspended: never(), resumes: None });
    let steps = steps.iter().map(|step| of_step(step, usual, resumption, scope)).collect();
    let begins = table.stamp("begins", &mut scope.found);
    if let (Some(begins), Some(resumes)) = (begins, usual.resumes)
        && begins.start() > resumes
    {
        backwards("resumes", "begins", table, scope);
    }
    Window {
        id: table
            .value("id")
            .and_then(|id| id.get_ref().as_str())
            .filter(|id| is_id(id))
            .unwrap_or("")
            .to_owned(),
        title: text(table, "title", scope),
        title_en: text(table, "title_en", scope),
        clause: text(table, "clause", scope),
        spans: if spans.is_empty() { vec![usual] } else { spans },
        resumption,
        begins,
        applies: condition(table, "applies", scope),
        measure: measure(table, scope),
        steps,
    }
}

/// Stands in where a finding says that the time is missing.
fn never() -> Time {
    Time::new(2199, 12, 31, 0, 0, 0).expect("the last day is on the calendar")
}

fn spans(table: &Table<'_>, scope: &mut Scope<'_>) -> Vec<Span> {
    let inner = table.tables("span", "[[window.span]]", &mut scope.found);
    let mut spans: Vec<Span> = Vec::new();
    if inner.is_empty() {
        match table.stamp("suspended", &mut scope.found) {
            Some(from) => spans.push(span(table, from.start(), scope)),
            None if table.has("suspended") => {}
            None => table.lacks("suspended / span", &mut scope.found),
        }
        return spans;
    }
    for one in &inner {
        one.against(&SPAN, &mut scope.found);
        let Some(from) = one.stamp("suspended", &mut scope.found) else { continue };
        let next = span(one, from.start(), scope);
        if spans.last().is_some_and(|last| last.resumes.is_none_or(|resumes| next.suspended < resumes)) {
            backwards("suspended", "resumes", one, scope);
        }
        spans.push(next);
    }
    spans
}

fn span(table: &Table<'_>, suspended: Time, scope: &mut Scope<'_>) -> Span {
    table.not_together("resumes", "through", &mut scope.found);
    let through = table.day("through", &mut scope.found).map(|day| day.plus_days(1).start());
    let resumes = table.stamp("resumes", &mut scope.found).map(Stamp::start).or(through);
    if resumes.is_some_and(|resumes| resumes <= suspended) {
        backwards(if through.is_some() { "through" } else { "resumes" }, "suspended", table, scope);
    }
    Span { suspended, resumes }
}

fn of_step(table: &Table<'_>, usual: Span, resumption: Resuming, scope: &mut Scope<'_>) -> Step {
    table.against(&STEP, &mut scope.found);
    let suspended = table.stamp("suspended", &mut scope.found).map_or(usual.suspended, Stamp::start);
    let own = span(table, suspended, scope);
    let announced = table.word("resumption", Resuming::ALL, &mut scope.found);
    let resumes = if announced == Some(Resuming::Announced) { None } else { own.resumes.or(usual.resumes) };
    Step {
        when: condition(table, "when", scope),
        span: Span { suspended, resumes },
        resumption: announced.unwrap_or(resumption),
        title: text(table, "title", scope),
        title_en: text(table, "title_en", scope),
        clause: text(table, "clause", scope),
    }
}

fn resuming(table: &Table<'_>, open: bool, scope: &mut Scope<'_>) -> Resuming {
    let said = table.word("resumption", Resuming::ALL, &mut scope.found);
    match said {
        Some(Resuming::Announced) => {
            table.not_together("resumption", "resumes", &mut scope.found);
            table.not_together("resumption", "through", &mut scope.found);
        }
        Some(_) if open && !table.has("span") => table.lacks("resumes / through", &mut scope.found),
        _ => {}
    }
    said.unwrap_or(if open { Resuming::Announced } else { Resuming::Expected })
}

fn measure(table: &Table<'_>, scope: &mut Scope<'_>) -> Measure {
    if let Some(value) = table.value("measured_by") {
        return scope.time_fact(value).map_or(Measure::Usual, Measure::Fact);
    }
    match table.text("operation", &mut scope.found).as_deref() {
        Some("admission") => Measure::Admission,
        Some("settlement") => Measure::Settlement,
        Some(other) => {
            let known = ["admission", "settlement"].into_iter();
            super::raw::unknown_word(
                "operation",
                other,
                known,
                &table.span_of("operation"),
                &mut scope.found,
            );
            Measure::Usual
        }
        None => Measure::Usual,
    }
}

fn backwards(key: &str, after: &str, table: &Table<'_>, scope: &mut Scope<'_>) {
    let fault = Fault::Backwards { key: key.to_owned(), after: after.to_owned() };
    scope.found.add(&table.span_of(key), fault);
}
