//! Samples: for each fact, values on either side of everything a notice asks of
//! it, so that an unknown fact can be tried out.
//!
//! `explore` tries them, `check` builds records from them.

use super::condition::{Bound, Condition, Slot, Test};
use super::model::Notice;
use super::raw::Stamp;
use super::window::Measure;
use crate::domain::{FactKind, FactValue, Kind, Time};
use crate::text::Label;
use std::collections::BTreeSet;

/// A word that no notice knows, for "anything else".
const OTHER: &str = "\u{1}";

/// Samples for every slot; of most facts none, since nothing asks for them.
pub(super) fn of(notice: &Notice) -> Vec<Vec<FactValue>> {
    let mut gathered: Vec<Gathered> = notice.facts.iter().map(|_| Gathered::default()).collect();
    visit(notice, &mut |slot, test| gathered[slot].add(test));
    let mut times = Vec::new();
    for window in &notice.windows {
        let spans = window.spans.iter().chain(window.steps.iter().map(|step| &step.span));
        times.extend(spans.flat_map(|span| [Some(span.suspended), span.resumes]).flatten());
    }
    let slots = &notice.slots;
    let mut measured = vec![slots.occurred_at, slots.applied_on, slots.admitted_at];
    measured.extend(notice.windows.iter().filter_map(|window| match window.measure {
        Measure::Fact(slot) => Some(slot),
        _ => None,
    }));
    for slot in measured {
        for time in &times {
            gathered[slot].edge(Stamp::At(*time));
        }
    }
    let kinds = Kind::ALL.iter().map(|kind| kind.id().to_owned());
    gathered[slots.kind].words = kinds.collect();
    gathered[slots.kind].closed = true;
    for (fact, gathered) in notice.facts.iter().zip(&mut gathered) {
        if fact.name == "locality" {
            gathered.words.extend(["local", "inbound", "outbound"].map(str::to_owned));
            gathered.closed = true;
        }
        if fact.declared && !fact.values.is_empty() {
            gathered.words.extend(fact.values.iter().cloned());
            gathered.closed = true;
        }
    }
    notice.facts.iter().zip(gathered).map(|(fact, gathered)| gathered.values(fact.kind)).collect()
}

/// Calls `with` for every test of every condition.
fn visit(notice: &Notice, with: &mut impl FnMut(Slot, &Test)) {
    let mut conditions: Vec<&Condition> = vec![&notice.applies];
    conditions.extend(notice.windows.iter().map(|window| &window.applies));
    conditions.extend(notice.windows.iter().flat_map(|window| window.steps.iter().map(|step| &step.when)));
    conditions.extend(notice.usable.iter().map(|usable| &usable.when));
    for rule in &notice.rules {
        conditions.push(&rule.when);
        for way in &rule.options {
            conditions.push(&way.when);
            conditions.extend(way.refused.iter().map(|refusal| &refusal.when));
            conditions.extend(way.requires.iter().map(|requirement| &requirement.when));
            conditions.extend(way.papers_when.iter().map(|(when, _)| when));
        }
    }
    conditions.extend(notice.duties.iter().filter_map(|duty| duty.when.as_ref()));
    conditions.extend(notice.conflicts.iter().map(|conflict| &conflict.when));
    for condition in conditions {
        condition.visit(with);
    }
}

/// What is asked of one fact.
#[derive(Default)]
struct Gathered {
    words: BTreeSet<String>,
    /// There are no other words.
    closed: bool,
    numbers: BTreeSet<i64>,
    times: BTreeSet<Time>,
}

impl Gathered {
    fn add(&mut self, test: &Test) {
        match test {
            Test::OneOf(words) | Test::Within(words) | Test::HasAny(words) | Test::HasAll(words) => {
                self.words.extend(words.iter().cloned());
            }
            Test::StartsWith(start) => drop(self.words.insert(start.clone())),
            Test::NumberIn(numbers) => self.numbers.extend(numbers.iter().flat_map(|n| around(*n))),
            Test::AtLeast(number) | Test::AtMost(number) => self.numbers.extend(around(*number)),
            Test::Before(Bound::Stamp(stamp))
            | Test::After(Bound::Stamp(stamp))
            | Test::From(Bound::Stamp(stamp))
            | Test::Until(Bound::Stamp(stamp)) => self.edge(*stamp),
            Test::OnDay(days) => days.iter().for_each(|day| self.edge(Stamp::Day(*day))),
            Test::InYear(years) => {
                for year in years {
                    let ends = [Time::new(*year, 1, 1, 0, 0, 0), Time::new(*year, 12, 31, 23, 59, 59)];
                    ends.into_iter().flatten().for_each(|end| self.edge(Stamp::At(end)));
                }
            }
            _ => {}
        }
    }

    fn edge(&mut self, stamp: Stamp) {
        for edge in [stamp.start(), stamp.end()] {
            self.times.extend([edge.plus_seconds(-1), edge, edge.plus_seconds(1)]);
        }
    }

    fn values(mut self, kind: FactKind) -> Vec<FactValue> {
        match kind {
            FactKind::Flag => vec![FactValue::Flag(true), FactValue::Flag(false)],
            FactKind::Text => {
                if !self.closed {
                    self.words.insert(OTHER.to_owned());
                }
                self.words.into_iter().map(FactValue::Text).collect()
            }
            FactKind::Number => {
                self.numbers.insert(0);
                self.numbers.into_iter().map(FactValue::Number).collect()
            }
            FactKind::Time => {
                // Far to either side, for comparisons with other facts.
                self.times.extend(
                    [Time::new(1900, 1, 2, 0, 0, 0), Time::new(2199, 12, 30, 0, 0, 0)].into_iter().flatten(),
                );
                self.times.into_iter().map(FactValue::Time).collect()
            }
            FactKind::List => {
                let all = self.words.clone();
                let single = self.words.into_iter().map(|word| BTreeSet::from([word]));
                single.chain([all, BTreeSet::new()]).map(FactValue::List).collect()
            }
        }
    }
}

fn around(number: i64) -> [i64; 3] {
    [number.saturating_sub(1), number, number.saturating_add(1)]
}
