//! What a wall page needs of a notice: plain data in both languages, each item
//! with its clause. Rendered elsewhere.

use super::model::{Effect, Head, Notice, Rule, Way};
use super::window::{Resuming, Window};
use super::words::{self};
use crate::domain::{Choice, Day, Owner, Phase, Place, Route, Time};
use crate::text::Words;
use serde::Serialize;

/// A notice for the wall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Page {
    /// Id of the notice.
    pub id: String,
    /// Title.
    pub title: Words,
    /// City.
    pub city: String,
    /// Six digits of the place.
    pub place: String,
    /// Year of the stop.
    pub year: i32,
    /// Who issued it; empty where not known.
    pub issuer: String,
    /// Document number; empty where not known.
    pub number: String,
    /// Where it was found; empty where not known.
    pub source: String,
    /// Day of publication.
    pub published: Option<Day>,
    /// A remark.
    pub note: Words,
    /// Whom it concerns; empty where everyone.
    pub applies: Words,
    /// The stops.
    pub windows: Vec<PageWindow>,
    /// What stays usable.
    pub usable: Vec<PageItem>,
    /// The ways back.
    pub rules: Vec<PageRule>,
    /// Every paper that some way back asks for.
    pub papers: Vec<Words>,
    /// What is asked of whom.
    pub duties: Vec<PageDuty>,
    /// Places where the text contradicts itself.
    pub conflicts: Vec<PageItem>,
}

/// A stop on the wall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PageWindow {
    /// Id of the window.
    pub id: String,
    /// The stop in words.
    pub title: Words,
    /// Its stretches: first second, and the first second after it where one is expected.
    pub spans: Vec<(Time, Option<Time>)>,
    /// How it comes back.
    pub resumption: Resuming,
    /// When the first facilities come back.
    pub begins: Option<Time>,
    /// Whom and what it concerns; empty where everything.
    pub applies: Words,
    /// Who stops or comes back at another time.
    pub steps: Vec<PageStep>,
    /// The clause it rests on.
    pub clause: String,
}

/// Another time for some.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PageStep {
    /// For whom.
    pub when: Words,
    /// First second of the stop, and the first after it.
    pub span: (Time, Option<Time>),
    /// The clause it rests on.
    pub clause: String,
}

/// A text with its clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PageItem {
    /// The text.
    pub title: Words,
    /// For which records; empty where all.
    pub when: Words,
    /// The clause it rests on.
    pub clause: String,
}

/// A rule on the wall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PageRule {
    /// Id of the rule.
    pub id: String,
    /// The rule in words; empty where the notice has none.
    pub title: Words,
    /// For which records.
    pub when: Words,
    /// A remark.
    pub note: Words,
    /// How its options relate.
    pub choice: Choice,
    /// The ways back; none where the text states none.
    pub options: Vec<PageOption>,
    /// The clause it rests on.
    pub clause: String,
}

/// A way back on the wall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PageOption {
    /// The route.
    pub route: Route,
    /// In words; empty where the notice has none.
    pub title: Words,
    /// Where it is done.
    pub place: Option<Place>,
    /// Who has to act.
    pub owner: Option<Owner>,
    /// Where it exists; empty where always.
    pub when: Words,
    /// Its papers.
    pub papers: Vec<Words>,
    /// When it opens, where the notice says more than the resumption.
    pub opens: Option<Words>,
    /// Its deadline.
    pub due: Words,
    /// Reasons for which it is refused.
    pub refused: Vec<Words>,
    /// What must be done first.
    pub requires: Vec<Words>,
    /// Names of what else follows.
    pub effects: Vec<String>,
    /// The clause it rests on.
    pub clause: String,
}

/// A duty on the wall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PageDuty {
    /// Before, during or after the stop.
    pub phase: Phase,
    /// One word, such as `discharge_settle`.
    pub action: String,
    /// In words.
    pub title: Words,
    /// Who has to act.
    pub who: String,
    /// For which records; empty where it concerns none in particular.
    pub when: Words,
    /// By when.
    pub due: Words,
    /// The clause it rests on.
    pub clause: String,
}

impl Notice {
    /// The notice as a wall page needs it.
    pub fn page(&self) -> Page {
        let Head {
            title, title_en, city, place, year, issuer, number, source, published, note, note_en, ..
        } = &self.head;
        let usable = self.usable.iter().map(|usable| PageItem {
            title: Words::new(&usable.title, &usable.title_en),
            when: words::condition(self, &usable.when),
            clause: usable.clause.clone(),
        });
        let conflicts = self.conflicts.iter().map(|conflict| PageItem {
            title: Words::new(&conflict.title, &conflict.title_en),
            when: words::condition(self, &conflict.when),
            clause: conflict.clauses.join(" / "),
        });
        Page {
            id: self.id.clone(),
            title: Words::new(title, title_en),
            city: city.clone(),
            place: place.clone(),
            year: *year,
            issuer: issuer.clone(),
            number: number.clone(),
            source: source.clone(),
            published: *published,
            note: Words::new(note, note_en),
            applies: words::condition(self, &self.applies),
            windows: self.windows.iter().map(|window| self.page_window(window)).collect(),
            usable: usable.collect(),
            rules: self.rules.iter().map(|rule| self.page_rule(rule)).collect(),
            papers: self.page_papers(),
            duties: self.page_duties(),
            conflicts: conflicts.collect(),
        }
    }

    fn page_window(&self, window: &Window) -> PageWindow {
        let steps = window.steps.iter().map(|step| PageStep {
            when: words::condition(self, &step.when),
            span: (step.span.suspended, step.span.resumes),
            clause: if step.clause.is_empty() { &window.clause } else { &step.clause }.clone(),
        });
        PageWindow {
            id: window.id.clone(),
            title: Words::new(&window.title, &window.title_en),
            spans: window.spans.iter().map(|span| (span.suspended, span.resumes)).collect(),
            resumption: window.resumption,
            begins: window.begins.map(super::raw::Stamp::start),
            applies: words::condition(self, &window.applies),
            steps: steps.collect(),
            clause: window.clause.clone(),
        }
    }

    fn page_rule(&self, rule: &Rule) -> PageRule {
        PageRule {
            id: rule.id.clone(),
            title: Words::new(&rule.title, &rule.title_en),
            when: words::condition(self, &rule.when),
            note: Words::new(&rule.note, &rule.note_en),
            choice: rule.choice,
            options: rule.options.iter().map(|way| self.page_option(way)).collect(),
            clause: rule.clause.clone(),
        }
    }

    fn page_option(&self, way: &Way) -> PageOption {
        let further = way.papers_when.iter().flat_map(|(_, papers)| papers);
        let papers = way.papers.iter().chain(&way.papers_one_of).chain(further);
        let awaited = way.requires.iter().map(|requirement| {
            let title = if requirement.title.is_empty() { &requirement.filing } else { &requirement.title };
            Words::new(title, &requirement.title_en)
        });
        let named = |(name, _): &(String, Effect)| name.clone();
        PageOption {
            route: way.route,
            title: Words::new(&way.title, &way.title_en),
            place: way.place,
            owner: way.owner,
            when: words::condition(self, &way.when),
            papers: papers.map(|paper| words::paper(self, paper)).collect(),
            opens: way.opens.as_ref().map(|opens| words::moment(self, opens)),
            due: words::moment(self, &way.due),
            refused: way.refused.iter().map(|r| Words::new(&r.because, &r.because_en)).collect(),
            requires: awaited.collect(),
            effects: way.effects.iter().map(named).collect(),
            clause: way.clause.clone(),
        }
    }

    fn page_papers(&self) -> Vec<Words> {
        let ways = self.rules.iter().flat_map(|rule| &rule.options);
        let ids = ways.flat_map(|way| {
            let further = way.papers_when.iter().flat_map(|(_, papers)| papers);
            way.papers.iter().chain(&way.papers_one_of).chain(further)
        });
        let mut papers: Vec<Words> = Vec::new();
        for paper in ids.map(|id| words::paper(self, id)) {
            if !papers.contains(&paper) {
                papers.push(paper);
            }
        }
        papers
    }

    fn page_duties(&self) -> Vec<PageDuty> {
        let one = |duty: &super::model::DutyRule| PageDuty {
            phase: duty.phase,
            action: duty.action.clone(),
            title: Words::new(&duty.title, &duty.title_en),
            who: duty.who.clone(),
            when: duty.when.as_ref().map(|when| words::condition(self, when)).unwrap_or_default(),
            due: words::moment(self, &duty.due),
            clause: duty.clause.clone(),
        };
        self.duties.iter().map(one).collect()
    }
}
