//! A plan: what of a facility would go out for a purpose now, in which order,
//! and why the rest would not. It writes nothing.
//!
//! Every record that the purpose is about stands in exactly one place: it goes,
//! it stays with a reason, it is reported as held, or a filter left it out and
//! it is counted there.

use super::{UndoChoice, Why, filing, undo};
use crate::batch::{self, Profile};
use crate::domain::{
    Day, Decision, Kind, Leaves, Money, Purpose, Record, Route, ShortNumber, Stage, Status, Time, WayBack,
};
use crate::store::{Books, Filter, OpenFilings, Stored};
use crate::text::Words;
use crate::work::answer::to_take_back;
use crate::work::refund::{self, Amounts};
use crate::work::{Law, WorkError};
use std::collections::BTreeSet;

/// What would go out, and what would not.
pub struct Plan {
    /// What it is for.
    pub purpose: Purpose,
    /// Whose records.
    pub facility: String,
    /// Records that go, with their lines, and the way they take; in the order in which they stand in the batch.
    pub ready: Vec<Ready>,
    /// Records of such a route that stay, with the reason.
    pub left_out: Vec<LeftOut>,
    /// Records on hold, which a handover reports and does not hand over.
    pub held: Vec<Ready>,
    /// How many each filter left out.
    pub filtered: Filtered,
    /// Numbers of those that go out again as they were refused.
    pub again: Vec<String>,
    /// Why something goes again, or is taken back.
    pub reason: Option<String>,
}

/// A record that can go out. Who it is about and what it says is read again when it is written, so that a plan of a
/// hundred thousand needs room for their names alone.
pub struct Ready {
    /// The record.
    pub record: Going,
    /// The way it takes.
    pub way: Option<WayBack>,
    /// What is owed, in a refund list.
    pub(super) refund: Option<batch::Refund>,
    /// What is taken back of it first, and what the platform has then.
    pub undo: Option<(batch::Undo, Leaves)>,
    /// What an earlier chain of calls left on the platform without settling; it goes before the record is sent anew.
    pub(super) begun: Option<batch::Undo>,
    /// What goes with a list for people.
    pub(super) handed: Option<batch::Handed>,
}

impl Ready {
    pub(super) fn new(stored: Stored, way: Option<WayBack>) -> Ready {
        Ready { record: stored.into(), way, refund: None, undo: None, begun: None, handed: None }
    }
}

/// What a plan keeps of a record.
#[derive(Clone, Debug)]
pub struct Going {
    /// Row number.
    pub id: i64,
    /// The number people see.
    pub number: ShortNumber,
    /// Which version the plan looked at.
    pub version: i64,
    /// How far it had come.
    pub stage: Stage,
    /// What it is.
    pub kind: Kind,
    /// Business line.
    pub line: String,
    /// The facility's own number.
    pub record_no: String,
    /// When it happened, Beijing time.
    pub occurred_at: Time,
    /// What it cost.
    pub total: Money,
    /// The name as it is shown to anyone.
    pub name: String,
}

impl From<Stored> for Going {
    fn from(stored: Stored) -> Going {
        let Stored { id, number, version, stage, record, shown, .. } = stored;
        let Record { kind, line, record_no, occurred_at, total, .. } = record;
        Going { id, number, version, stage, kind, line, record_no, occurred_at, total, name: shown.name }
    }
}

/// A record that stays.
pub struct LeftOut {
    /// Which.
    pub number: ShortNumber,
    /// What it cost.
    pub total: Money,
    /// Why.
    pub why: Why,
}

/// How many records of the purpose each filter left out; one record counts once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filtered {
    /// Of other facilities.
    pub facility: usize,
    /// Not among those named.
    pub ids: usize,
    /// Of other days.
    pub days: usize,
    /// Of other business lines.
    pub line: usize,
    /// Beyond the limit.
    pub limit: usize,
}

impl Filtered {
    /// All of them.
    pub fn total(self) -> usize {
        self.facility + self.ids + self.days + self.line + self.limit
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Filtered) -> Filtered {
        Filtered {
            facility: self.facility + other.facility,
            ids: self.ids + other.ids,
            days: self.days + other.days,
            line: self.line + other.line,
            limit: self.limit + other.limit,
        }
    }
}

/// Which of the records are meant; by default all of them.
#[derive(Clone, Copy, Default)]
pub struct Choice<'a> {
    /// Only those of this facility.
    pub facility: Option<&'a str>,
    /// Only these, by row number; empty means all.
    pub ids: &'a [i64],
    /// Not before this day of occurrence.
    pub from: Option<Day>,
    /// Not after this day of occurrence.
    pub to: Option<Day>,
    /// Only this business line.
    pub line: Option<&'a str>,
    /// At most so many.
    pub limit: Option<usize>,
    /// Only records that lack nothing this profile asks of a facility.
    pub complete: Option<&'a Profile>,
    /// Refused records that go out again as they are, by row number.
    pub again: &'a [i64],
    /// Why they do, or why something is taken back.
    pub reason: Option<&'a str>,
    /// What is taken back, and how.
    pub undo: UndoChoice<'a>,
}

/// Which records of a facility would go out for a purpose now, and why the others would not. A batch holds records
/// of one facility only, since the platform's calls name one.
pub fn plan(
    books: &Books<'_>,
    law: &Law,
    purpose: Purpose,
    facility: &str,
    now: Time,
    choice: &Choice<'_>,
) -> Result<Plan, WorkError> {
    let mut planner = Planner {
        books,
        law,
        now,
        choice,
        plan: Plan {
            purpose,
            facility: facility.to_owned(),
            ready: Vec::new(),
            left_out: Vec::new(),
            held: Vec::new(),
            filtered: Filtered::default(),
            again: Vec::new(),
            reason: choice.reason.map(str::to_owned),
        },
        filings: books.open_filings(facility)?,
        met: BTreeSet::new(),
    };
    match purpose {
        Purpose::Refund => planner.refunds()?,
        Purpose::Undo => undo::take(&mut planner)?,
        _ => planner.records()?,
    }
    planner.named_otherwise()?;
    planner.done()
}

/// A plan in the making.
pub(super) struct Planner<'a> {
    pub(super) books: &'a Books<'a>,
    pub(super) law: &'a Law,
    pub(super) now: Time,
    pub(super) choice: &'a Choice<'a>,
    pub(super) plan: Plan,
    filings: OpenFilings,
    /// Row numbers of the records that were looked at.
    met: BTreeSet<i64>,
}

impl Planner<'_> {
    /// Whether the filters let a record of the purpose through; what they do not is counted.
    pub(super) fn passes(&mut self, stored: &Stored) -> bool {
        self.met.insert(stored.id);
        let (record, choice, filtered) = (&stored.record, self.choice, &mut self.plan.filtered);
        let day = record.occurred_at.day();
        let counter = if choice.facility.is_some_and(|only| only != record.facility) {
            &mut filtered.facility
        } else if !choice.ids.is_empty() && !choice.ids.contains(&stored.id) {
            &mut filtered.ids
        } else if choice.from.is_some_and(|from| day < from) || choice.to.is_some_and(|to| day > to) {
            &mut filtered.days
        } else if choice.line.is_some_and(|line| line != record.line) {
            &mut filtered.line
        } else {
            return true;
        };
        *counter += 1;
        false
    }

    pub(super) fn stays(&mut self, stored: &Stored, why: Why) {
        let (number, total) = (stored.number.clone(), stored.record.total);
        self.plan.left_out.push(LeftOut { number, total, why });
    }

    fn records(&mut self) -> Result<(), WorkError> {
        let filter = Filter { open: true, facility: Some(self.plan.facility.clone()), ..Filter::default() };
        let books = self.books;
        books.each_record(&filter, |stored| self.record(stored))
    }

    fn record(&mut self, stored: Stored) -> Result<(), WorkError> {
        let purpose = self.plan.purpose;
        let decision = self.law.decide(&stored.record, self.now);
        let waiting = matches!(stored.stage, Stage::Pending | Stage::Rejected | Stage::Held);
        let way = decision.best().filter(|way| purpose.routes().contains(&way.route));
        let report = purpose == Purpose::Handover && stored.stage == Stage::Held;
        // Only what is out can have an unknown outcome, and it stays out until somebody has asked.
        let unknown = match stored.stage {
            Stage::Exported => self.books.unknown_outcome(stored.id)?,
            _ => None,
        };
        let own = (waiting || unknown.is_some()) && way.is_some() && purpose.takes(stored.record.kind);
        if !(own || report) || !self.passes(&stored) {
            return Ok(());
        }
        let handed = (purpose == Purpose::Handover).then(|| handed(&stored, &decision, way));
        let way = way.cloned();
        if report {
            let held = self.books.held_because(stored.id)?.unwrap_or_default();
            let handed = handed.map(|handed| batch::Handed { held: Some(held), ..handed });
            self.plan.held.push(Ready { handed, ..Ready::new(stored, way) });
            return Ok(());
        }
        let Some(way) = way else { return Ok(()) };
        if let Some((batch, infno)) = unknown {
            self.stays(&stored, Why::AskFirst { batch, infno });
            return Ok(());
        }
        match self.in_the_way(&stored, &decision, &way)? {
            Some(why) => self.stays(&stored, why),
            None => self.plan.ready.push(Ready { handed, ..Ready::new(stored, Some(way)) }),
        }
        Ok(())
    }

    fn in_the_way(
        &mut self,
        stored: &Stored,
        decision: &Decision,
        way: &WayBack,
    ) -> Result<Option<Why>, WorkError> {
        if stored.stage == Stage::Held {
            return Ok(Some(Why::Held));
        }
        if let Some(batch) = self.books.batch_holding(stored.id, self.plan.purpose)? {
            return Ok(Some(Why::InBatch { batch }));
        }
        if stored.stage == Stage::Rejected && !self.choice.again.contains(&stored.id) {
            return Ok(Some(Why::NotCorrected));
        }
        let said = said_against(self.plan.purpose, decision, way);
        let sends = self.plan.purpose != Purpose::Handover;
        let filing = || filing::blocking(self.law, &self.filings, stored, way, self.now);
        Ok(said.or_else(|| if sends { filing() } else { None }))
    }

    fn refunds(&mut self) -> Result<(), WorkError> {
        for owed in refund::owed(self.books, self.law, self.now)? {
            if owed.stored.record.facility != self.plan.facility || !self.passes(&owed.stored) {
                continue;
            }
            let way = self.law.decide(&owed.stored.record, self.now).best().cloned();
            let held_in = self.books.batch_holding(owed.stored.id, Purpose::Refund)?.or(owed.taken_back_in);
            if let Some(batch) = held_in {
                self.stays(&owed.stored, Why::InBatch { batch });
            } else if let Some(Amounts { own_share, refund }) = owed.amounts {
                let refund = Some(batch::Refund { own_share: Some(own_share), due: Some(refund) });
                self.plan.ready.push(Ready { refund, ..Ready::new(owed.stored, way) });
            } else {
                self.stays(&owed.stored, Why::ShareUnknown);
            }
        }
        Ok(())
    }

    /// Records that were named and that the purpose is not about are told so, not passed over.
    fn named_otherwise(&mut self) -> Result<(), WorkError> {
        for &id in self.choice.ids.iter().chain(self.choice.again) {
            let stored = self.books.record_by_id(id)?;
            if stored.record.facility == self.plan.facility && self.met.insert(id) {
                let decision = self.law.decide(&stored.record, self.now);
                let route = decision.best().map(|way| way.route).filter(|_| !stored.stage.is_closed());
                self.stays(&stored, Why::OtherWay { stage: stored.stage, route });
            }
        }
        Ok(())
    }

    /// Opens what goes, looks whether it is whole, and cuts the plan at its limit.
    fn done(mut self) -> Result<Plan, WorkError> {
        let mut going = std::mem::take(&mut self.plan.ready);
        going.sort_by_cached_key(|ready| (undo::rank(ready), ready.record.number.clone()));
        for mut ready in going {
            if self.choice.limit.is_some_and(|limit| self.plan.ready.len() >= limit) {
                self.plan.filtered.limit += 1;
                continue;
            }
            let stored = self.books.opened(self.books.record_by_id(ready.record.id)?)?;
            if matches!(self.plan.purpose, Purpose::Backfill | Purpose::Resettle) {
                ready.begun = to_take_back(self.books, stored.id)?;
            }
            let missing = self.lacks(&stored.record);
            if !missing.is_empty() {
                self.stays(&stored, Why::Fields { missing });
                continue;
            }
            if stored.stage == Stage::Rejected {
                self.plan.again.push(stored.number.to_string());
            }
            // What was looked at is what goes: the version that stands now.
            ready.record = stored.into();
            self.plan.ready.push(ready);
        }
        Ok(self.plan)
    }

    fn lacks(&self, record: &Record) -> Vec<Words> {
        let purpose = self.plan.purpose;
        if matches!(purpose, Purpose::Refund | Purpose::Handover | Purpose::Undo) {
            return Vec::new();
        }
        let mut lacks = essential(record);
        if let Some(profile) = self.choice.complete {
            lacks.extend(batch::missing(record, purpose, profile).into_iter().map(|one| one.name));
        }
        lacks
    }
}

/// What a record lacks that nobody on the online side can make up: who it is about, and the end of a stay that is to be
/// settled. Other empty fields are filled there, and counted in the manifest.
fn essential(record: &Record) -> Vec<Words> {
    let person = &record.person;
    let mut lacks = Vec::new();
    if person.name.is_empty() && person.psn_no.is_empty() {
        lacks.push(Words::new("姓名", "name"));
    }
    if [&person.id_no, &person.card_no, &person.psn_no].iter().all(|number| number.is_empty()) {
        lacks.push(Words::new("证件号码", "identity number"));
    }
    if record.kind == Kind::Inpatient && record.discharged_at.is_none() {
        lacks.push(Words::new("出院时间", "time of discharge"));
    }
    lacks
}

/// What the decision says against sending a record out now.
fn said_against(purpose: Purpose, decision: &Decision, way: &WayBack) -> Option<Why> {
    // What is handed over goes to people, who decide about late and refused cases themselves.
    if purpose == Purpose::Handover && !matches!(way.status, Status::Undetermined) {
        return None;
    }
    match way.status {
        Status::Open | Status::DueSoon if !way.missing_papers.is_empty() => {
            Some(Why::Papers { missing: way.missing_papers.clone() })
        }
        Status::Open | Status::DueSoon => None,
        Status::Wait | Status::NotYet => Some(match filing::awaited(way) {
            Some(line) => Why::Filing { number: None, line },
            None => Why::NotYet { opens_at: way.opens_at },
        }),
        Status::Overdue => Some(Why::Overdue { due_at: way.due_at }),
        Status::Undetermined => Some(Why::Facts { needs: decision.needs.clone() }),
        Status::Refused | Status::Out | Status::NotStated => {
            Some(Why::Refused { text: way.refused.clone().unwrap_or_default() })
        }
    }
}

/// What goes with a case that is handed over: why the patient paid in full, and the papers, asked for and at hand.
fn handed(stored: &Stored, decision: &Decision, way: Option<&WayBack>) -> batch::Handed {
    let clause = way.map(|way| way.clause.clone()).unwrap_or_default();
    let notice = &decision.notice;
    let stated = stored.record.facts.text("full_payment_reason").unwrap_or_default();
    let mut reason = Words::new(stated, stated);
    if stated.is_empty() && decision.in_window {
        reason = Words::new(
            &format!("停机期间不能联网结算（{notice} {clause}）"),
            &format!("no settlement online during the stop ({notice} {clause})"),
        );
    }
    let kept = stored.record.facts.papers();
    let asked: BTreeSet<String> = way.map(|way| way.papers.iter().cloned().collect()).unwrap_or_default();
    let missing = way.map(|way| way.missing_papers.clone()).unwrap_or_default();
    let papers = asked.iter().chain(kept.difference(&asked));
    let papers = papers
        .map(|paper| batch::PaperTick {
            paper: Words::said(|lang| crate::report::word(paper, lang)),
            asked: asked.contains(paper),
            kept: !missing.contains(paper),
        })
        .collect();
    let hold = way.is_some_and(|way| way.route == Route::Hold);
    batch::Handed { reason, papers, to_bureau: hold, held: None }
}
