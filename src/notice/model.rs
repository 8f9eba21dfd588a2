//! A notice that has been checked: what `decide`, `page` and the timeline read.
//!
//! There is one way in, `Notice::read`; a `Notice` that exists is valid.

use super::condition::{Condition, Slot};
use super::finding::Finding;
use super::moment::{Moment, Point};
use super::window::{Slots, Window};
use crate::domain::{Choice, Day, FactKind, FactValue, Owner, Phase, Place, Route, Time};
use crate::text::Lang;
use serde_json::Value;

/// One notice, valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub(super) id: String,
    pub(super) head: Head,
    /// Sorted by name; a fact's place here is its slot.
    pub(super) facts: Vec<Fact>,
    pub(super) slots: Slots,
    pub(super) papers: Vec<Paper>,
    pub(super) applies: Condition,
    pub(super) windows: Vec<Window>,
    pub(super) usable: Vec<Usable>,
    pub(super) rules: Vec<Rule>,
    pub(super) duties: Vec<DutyRule>,
    pub(super) conflicts: Vec<Contradiction>,
    /// For each slot, values on either side of everything that is asked of it.
    pub(super) samples: Vec<Vec<FactValue>>,
}

/// What a notice is, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) title: String,
    pub(super) title_en: String,
    pub(super) city: String,
    pub(super) place: String,
    pub(super) year: i32,
    pub(super) issuer: String,
    pub(super) number: String,
    pub(super) source: String,
    pub(super) published: Option<Day>,
    pub(super) note: String,
    pub(super) note_en: String,
    pub(super) supersedes: Vec<String>,
}

/// A fact that may be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fact {
    pub(super) name: String,
    pub(super) kind: FactKind,
    pub(super) declared: bool,
    pub(super) title: String,
    pub(super) title_en: String,
    pub(super) values: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Paper {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) title_en: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Usable {
    pub(super) title: String,
    pub(super) title_en: String,
    pub(super) when: Condition,
    pub(super) windows: Vec<usize>,
    pub(super) clause: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) title_en: String,
    pub(super) note: String,
    pub(super) note_en: String,
    pub(super) clause: String,
    pub(super) windows: Vec<usize>,
    pub(super) outside: bool,
    pub(super) when: Condition,
    pub(super) choice: Choice,
    pub(super) options: Vec<Way>,
}

/// One way back as the notice states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) route: Route,
    pub(super) title: String,
    pub(super) title_en: String,
    pub(super) place: Option<Place>,
    pub(super) owner: Option<Owner>,
    pub(super) when: Condition,
    pub(super) papers: Vec<String>,
    /// Each `a|b|c`.
    pub(super) papers_one_of: Vec<String>,
    pub(super) papers_when: Vec<(Condition, Vec<String>)>,
    pub(super) opens: Option<Moment>,
    pub(super) opens_with: Option<usize>,
    pub(super) during_stop: bool,
    pub(super) due: Moment,
    pub(super) effects: Vec<(String, Effect)>,
    pub(super) refused: Vec<Refusal>,
    pub(super) requires: Vec<Requirement>,
    pub(super) clause: String,
}

/// What else follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Value(Value),
    Fact(Slot),
    YearOf(Point),
    Moment(Moment),
    Cases(Vec<(Condition, Effect)>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) when: Condition,
    pub(super) because: String,
    pub(super) because_en: String,
    pub(super) clause: String,
}

/// Another record that must be done first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Requirement {
    pub(super) filing: String,
    pub(super) fact: Slot,
    pub(super) when: Condition,
    pub(super) due: Moment,
    pub(super) effective_on: Option<Moment>,
    pub(super) open_after_due: bool,
    pub(super) title: String,
    pub(super) title_en: String,
    pub(super) clause: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DutyRule {
    pub(super) phase: Phase,
    pub(super) action: String,
    pub(super) title: String,
    pub(super) title_en: String,
    pub(super) who: String,
    /// Absent where the duty concerns no record.
    pub(super) when: Option<Condition>,
    pub(super) windows: Vec<usize>,
    pub(super) outside: bool,
    pub(super) from: Option<Moment>,
    pub(super) due: Moment,
    pub(super) clause: String,
}

/// A place where the text contradicts itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Contradiction {
    pub(super) title: String,
    pub(super) title_en: String,
    pub(super) clauses: Vec<String>,
    pub(super) when: Condition,
    pub(super) windows: Vec<usize>,
}

impl Notice {
    /// Reads a notice.
    ///
    /// # Errors
    /// Every finding that keeps it from being used; warnings are left to `check`.
    pub fn read(text: &str) -> Result<Notice, Vec<Finding>> {
        let (notice, findings) = super::reader::read(text);
        match notice {
            Some(notice) if !findings.iter().any(Finding::is_hard) => Ok(notice),
            _ => Err(findings.into_iter().filter(Finding::is_hard).collect()),
        }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its title.
    pub fn title(&self, lang: Lang) -> &str {
        let Head { title, title_en, .. } = &self.head;
        lang.pick(title, if title_en.is_empty() { title } else { title_en })
    }

    /// Ids of its windows, in order.
    pub fn windows(&self) -> impl Iterator<Item = &str> {
        self.windows.iter().map(|window| window.id.as_str())
    }

    /// No deadline of these routes is before this; `None` where none of them has one, whatever the record.
    pub fn no_deadline_before(&self, routes: &[Route]) -> Option<Time> {
        let stops = self.windows.iter().flat_map(|window| window.spans.iter().map(|span| span.suspended));
        let stop = stops.min()?;
        let ways = self.rules.iter().flat_map(|rule| &rule.options);
        ways.filter(|way| routes.contains(&way.route)).filter_map(|way| way.due.earliest(stop)).min()
    }

    /// The kind of a fact that it knows, its own included.
    pub fn fact_kind(&self, name: &str) -> Option<FactKind> {
        self.facts.iter().find(|fact| fact.name == name).map(|fact| fact.kind)
    }

    /// The facts that it declares for itself: name, kind, and the question in both languages.
    pub fn declared_facts(&self) -> impl Iterator<Item = (&str, FactKind, &str, &str)> {
        let own = self.facts.iter().filter(|fact| fact.declared);
        own.map(|fact| (fact.name.as_str(), fact.kind, fact.title.as_str(), fact.title_en.as_str()))
    }

    /// A text of this notice in a language: reasons of refusal, titles of duties and the like as decisions carry
    /// them, in Chinese. The text itself where the notice has no English for it.
    pub fn say<'a>(&'a self, text: &'a str, lang: Lang) -> &'a str {
        if lang == Lang::Zh {
            return text;
        }
        let ways = self.rules.iter().flat_map(|rule| &rule.options);
        let refusals = ways.flat_map(|way| &way.refused).map(|r| (&r.because, &r.because_en));
        let duties = self.duties.iter().map(|duty| (&duty.title, &duty.title_en));
        let conflicts = self.conflicts.iter().map(|conflict| (&conflict.title, &conflict.title_en));
        let rules = self.rules.iter().map(|rule| (&rule.title, &rule.title_en));
        let windows = self.windows.iter().map(|window| (&window.title, &window.title_en));
        let mut pairs = refusals.chain(duties).chain(conflicts).chain(rules).chain(windows);
        pairs.find(|(zh, en)| *zh == text && !en.is_empty()).map_or(text, |(_, en)| en.as_str())
    }
}
