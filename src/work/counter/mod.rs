//! The counter: one window at which records are written down as patients come,
//! whether the front is a full screen or a line of prompts.
//!
//! It joins what such a front needs (checking what was typed, the decision on
//! it, saving, drafts, today's list) and reads no key and paints nothing. The
//! clock is the front's; it is asked each time, for a counter stays open all day.

mod choice;
mod question;
mod reading;

pub use choice::{Choice, Choices};
pub use question::{Answer, Question, column_of, question_for, questions};
pub use reading::{Reading, list};

use crate::batch::{self, Profile};
use crate::domain::{Actor, Decision, Kind, Line, Money, Purpose, Record, ShortNumber, Time};
use crate::intake::{self, CatalogueEntry, Context, Draft, SheetError};
use crate::store::{Added, DraftInfo, Founding, Ledger, Mode, Stored};
use crate::text::{Label, Lang, Words};
use crate::work::{self, Law, Twice, WorkError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A cell of a record: its column and its text.
pub type Cells = [(String, String)];

/// So many of the latest records say what is offered again.
const REMEMBERED: u32 = 500;
/// So many records a list shows.
const LISTED: u32 = 500;

/// What a front shows that fills the screen. It is given by the binary, since fronts do not know each other.
pub type Screen = fn(&mut Counter<'_>, &Manner<'_>) -> std::io::Result<()>;

/// How a front is to behave.
pub struct Manner<'a> {
    /// The language of everything on the screen.
    pub lang: Lang,
    /// Colours may be used.
    pub colour: bool,
    /// The screen locks itself after so many idle seconds; 0 never.
    pub lock_after: u64,
    /// Whether a passphrase is the operator's.
    pub unlock: &'a dyn Fn(&str) -> bool,
}

/// One window, open.
pub struct Counter<'a> {
    ledger: &'a mut Ledger,
    law: &'a Law,
    operator: String,
    clock: &'a dyn Fn() -> Time,
    choices: Choices,
}

/// What was typed so far; this is what a draft keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typed {
    /// What is being written down.
    pub kind: Kind,
    /// Answers as they were typed, by column.
    pub answers: Vec<(String, String)>,
    /// Cells that no question shows, such as those of a record that is corrected.
    pub kept: Vec<(String, String)>,
    /// The record that is corrected.
    pub amends: Option<ShortNumber>,
}

/// What the checks and the notices make of what was typed.
#[derive(Debug)]
pub struct Look {
    /// The record, where nothing is wrong with it; else every fault.
    pub draft: Result<Draft, SheetError>,
    /// The record as far as it can be read; what is missing stands as nothing.
    pub record: Option<Record>,
    /// What the notices say of it, as far as it can be read.
    pub decision: Option<Decision>,
    /// What it would lack in the batch that the decision sends it with, by the nation's own fields.
    pub lacks: Vec<Words>,
}

/// Where the window stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// This operator's open shift; without one, count and sum are those of today.
    pub shift: Option<i64>,
    /// Records that this operator wrote down since.
    pub count: i64,
    /// What they cost.
    pub sum: Money,
    /// This operator's drafts.
    pub drafts: usize,
    /// Records of the ledger that have not gone out.
    pub unexported: i64,
    /// Events of the ledger.
    pub events: i64,
}

/// A record as the list shows it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The record.
    pub stored: Stored,
    /// What the notices say of it today.
    pub decision: Decision,
}

impl<'a> Counter<'a> {
    /// Opens a window for `operator`.
    ///
    /// # Errors
    /// [`WorkError`] where the ledger cannot be read.
    pub fn open(
        ledger: &'a mut Ledger,
        law: &'a Law,
        operator: &str,
        clock: &'a dyn Fn() -> Time,
        catalogue: &[CatalogueEntry],
    ) -> Result<Counter<'a>, WorkError> {
        let books = ledger.books();
        let latest: Result<Vec<_>, _> =
            books.latest(REMEMBERED)?.into_iter().map(|stored| books.opened(stored)).collect();
        let choices = Choices::new(catalogue, &latest?);
        Ok(Counter { ledger, law, operator: operator.to_owned(), clock, choices })
    }

    /// Now, Beijing time.
    pub fn now(&self) -> Time {
        (self.clock)()
    }

    /// Whose ledger it is.
    pub fn founding(&self) -> &Founding {
        self.ledger.founding()
    }

    /// Who works here.
    pub fn operator(&self) -> &str {
        &self.operator
    }

    /// The notices in force.
    pub fn law(&self) -> &Law {
        self.law
    }

    /// What can be chosen.
    pub fn choices(&self) -> &Choices {
        &self.choices
    }

    fn actor(&self) -> Actor {
        Actor { operator: self.operator.clone(), at: self.now() }
    }

    /// Puts what was typed to the checks of a sheet, and lays it against the notices as far as it can be read.
    pub fn look(&self, cells: &Cells, lines: &[Line]) -> Look {
        let now = self.now();
        let draft = self.check(cells, lines, now);
        let record = match &draft {
            Ok(draft) => Some(draft.record.clone()),
            Err(SheetError::Refused(faults)) => {
                let faulty: BTreeSet<&str> = faults.iter().map(|fault| fault.column.as_str()).collect();
                self.check(&without(cells, &faulty, now), &[], now).ok().map(|draft| draft.record)
            }
            Err(_) => None,
        };
        let decision = record.as_ref().map(|record| self.law.decide(record, now));
        let lacks = record.as_ref().zip(decision.as_ref()).map(|(record, decision)| lacks(record, decision));
        Look { draft, record, decision, lacks: lacks.unwrap_or_default() }
    }

    fn check(&self, cells: &Cells, lines: &[Line], now: Time) -> Result<Draft, SheetError> {
        let facilities = self.ledger.books().facilities().unwrap_or_default();
        let knows = |code: &str| facilities.iter().any(|(known, _)| known == code);
        let fact_kind = |name: &str| self.law.fact_kind(name);
        let own = &self.ledger.founding().facility;
        let context = Context { now, own_facility: own, knows_facility: &knows, fact_kind: &fact_kind };
        intake::typed(cells, lines.to_vec(), &context)
    }

    /// Another record that this one may repeat.
    ///
    /// # Errors
    /// [`WorkError`] where the ledger cannot be read.
    pub fn twice(
        &self,
        record: &Record,
        own: Option<&ShortNumber>,
    ) -> Result<Option<(ShortNumber, Twice)>, WorkError> {
        work::likely_twice(&self.ledger.books(), record, own)
    }

    /// Writes a record down, and lets the draft go that it was.
    ///
    /// # Errors
    /// As [`work::add`].
    pub fn save(&mut self, draft: &Draft, kept: Option<i64>) -> Result<Added, WorkError> {
        let actor = self.actor();
        let added = self.ledger.write(&actor, Mode::Keep, |w| -> Result<Added, WorkError> {
            let added = work::write_one(w, &draft.record, draft.row_key)?;
            kept.map_or(Ok(()), |id| w.drop_draft(id))?;
            Ok(added)
        })?;
        self.remember(&draft.record);
        Ok(added)
    }

    /// Corrects a record, and lets the draft go.
    ///
    /// # Errors
    /// As [`work::amend`].
    pub fn amend(&mut self, stored: &Stored, after: &Record, kept: Option<i64>) -> Result<(), WorkError> {
        let actor = self.actor();
        work::amend(self.ledger, self.law, &actor, Mode::Keep, stored, after)?;
        self.remember(after);
        kept.map_or(Ok(()), |id| self.drop_draft(id))
    }

    fn remember(&mut self, record: &Record) {
        let choices = &mut self.choices;
        choices.remember("department", "", &record.department);
        choices.remember("diagnosis_name", &record.diagnosis_code, &record.diagnosis_name);
        choices.remember("insured_area", "", &record.insured_area);
    }

    /// Opens a record to correct it. Its identity is shown in full then, and the ledger notes so.
    ///
    /// # Errors
    /// [`WorkError::NoRecord`] where there is none.
    pub fn reveal(&mut self, number: &ShortNumber) -> Result<Stored, WorkError> {
        let stored = self.stored(number)?;
        let actor = self.actor();
        self.ledger
            .write(&actor, Mode::Keep, |w| w.revealed(&format!("desk {number}"), "更正 correction"))?;
        Ok(stored)
    }

    /// A record as it stands.
    ///
    /// # Errors
    /// [`WorkError::Store`] where there is none.
    pub fn stored(&self, number: &ShortNumber) -> Result<Stored, WorkError> {
        let books = self.ledger.books();
        Ok(books.opened(books.record(number)?)?)
    }

    /// The records written down at this window today, the last first.
    ///
    /// # Errors
    /// [`WorkError`] where the ledger cannot be read.
    pub fn today(&self) -> Result<Vec<Entry>, WorkError> {
        let station = &self.founding().station;
        self.entries(self.ledger.books().entered_on(station, self.now().day(), LISTED)?)
    }

    /// Records of any day, by number, receipt, identity number, phone or name.
    ///
    /// # Errors
    /// [`WorkError`] where the ledger cannot be read.
    pub fn find(&self, text: &str) -> Result<Vec<Entry>, WorkError> {
        let books = self.ledger.books();
        let mut found = books.find(text.trim())?;
        if let Ok(stored) = work::find(&books, text)
            && found.iter().all(|other| other.id != stored.id)
        {
            found.insert(0, stored);
        }
        self.entries(found)
    }

    /// With whom each is about, so that they can be searched as one types; lists show the masked forms all the same.
    fn entries(&self, stored: Vec<Stored>) -> Result<Vec<Entry>, WorkError> {
        let (now, books) = (self.now(), self.ledger.books());
        let entry = |stored: Stored| -> Result<Entry, WorkError> {
            Ok(Entry { decision: self.law.decide(&stored.record, now), stored: books.opened(stored)? })
        };
        stored.into_iter().map(entry).collect()
    }

    /// Where the window stands.
    ///
    /// # Errors
    /// [`WorkError`] where the ledger cannot be read.
    pub fn standing(&self) -> Result<Standing, WorkError> {
        let books = self.ledger.books();
        let station = &self.founding().station;
        let today = self.now().day();
        let open = books.open_since(&self.operator)?;
        let since = open.map_or(today.start(), |(_, opened_at)| opened_at);
        let (count, sum) = books.own_total(station, &self.operator, since, today.end())?;
        let unexported = books.unexported()?;
        let drafts = books.drafts(station, &self.operator)?.len();
        Ok(Standing {
            shift: open.map(|(shift, _)| shift),
            count,
            sum,
            drafts,
            unexported,
            events: books.head()?.0,
        })
    }

    /// Keeps what was typed so far, in the place of draft `id`; gives its number.
    ///
    /// # Errors
    /// [`WorkError`] where the ledger cannot be written.
    pub fn keep(&mut self, id: Option<i64>, typed: &Typed) -> Result<i64, WorkError> {
        let content = serde_json::to_vec(typed).map_err(crate::store::StoreError::from)?;
        let actor = self.actor();
        self.ledger.write(&actor, Mode::Keep, |w| Ok(w.save_draft(id, typed.kind, &content)?))
    }

    /// This operator's drafts at this window, the latest first.
    ///
    /// # Errors
    /// [`WorkError`] where the ledger cannot be read.
    pub fn drafts(&self) -> Result<Vec<DraftInfo>, WorkError> {
        Ok(self.ledger.books().drafts(&self.founding().station, &self.operator)?)
    }

    /// What a draft holds. It stays until it is dropped.
    ///
    /// # Errors
    /// [`WorkError::Store`] where it is gone or does not read.
    pub fn take(&self, id: i64) -> Result<Typed, WorkError> {
        let content = self.ledger.books().draft(id)?;
        Ok(serde_json::from_slice(&content).map_err(crate::store::StoreError::from)?)
    }

    /// Lets a draft go.
    ///
    /// # Errors
    /// [`WorkError`] where the ledger cannot be written.
    pub fn drop_draft(&mut self, id: i64) -> Result<(), WorkError> {
        let actor = self.actor();
        self.ledger.write(&actor, Mode::Keep, |w| Ok(w.drop_draft(id)?))
    }
}

/// What a record would lack in the batch that its best way sends it with; nothing where no call is made for it.
fn lacks(record: &Record, decision: &Decision) -> Vec<Words> {
    let Some(way) = decision.best() else { return Vec::new() };
    let sends = [Purpose::Backfill, Purpose::Resettle, Purpose::Register];
    let purpose = sends.into_iter().find(|purpose| purpose.routes().contains(&way.route));
    let missing = purpose.map(|purpose| batch::missing(record, purpose, &Profile::national()));
    missing.unwrap_or_default().into_iter().map(|one| one.name).collect()
}

/// So many of the things that a batch lacks are named.
const NAMED: usize = 3;

/// What a record would lack if it were sent as it is, in one line.
pub fn lacks_said(lacks: &[Words], lang: Lang) -> String {
    let named: Vec<&str> = lacks.iter().take(NAMED).map(|name| name.pick(lang)).collect();
    let named = named.join(lang.pick("、", ", "));
    let more = lacks.len().saturating_sub(NAMED);
    match (more, lang) {
        (0, Lang::Zh) => format!("发送时还缺：{named}"),
        (_, Lang::Zh) => format!("发送时还缺：{named}等 {} 项", lacks.len()),
        (0, Lang::En) => format!("missing to be sent: {named}"),
        (_, Lang::En) => format!("missing to be sent: {named} and {more} more"),
    }
}

/// The cells without those at fault, and with what a record cannot be without: enough to ask the notices.
fn without(cells: &Cells, faulty: &BTreeSet<&str>, now: Time) -> Vec<(String, String)> {
    let mut kept: Vec<_> =
        cells.iter().filter(|(column, _)| !faulty.contains(column.as_str())).cloned().collect();
    let filing = cells.iter().any(|(column, text)| column == "kind" && text == Kind::Filing.id());
    let missing = |column: &str| faulty.contains(column) || !kept.iter().any(|(known, _)| known == column);
    let (no_total, no_name, no_time) = (missing("total") && !filing, missing("name"), missing("occurred_at"));
    if no_total {
        // What was paid says nothing beside a total that is not known.
        kept.retain(|(column, _)| column != "paid");
        kept.push(("total".to_owned(), "0".to_owned()));
    }
    if no_name {
        kept.push(("name".to_owned(), "-".to_owned()));
    }
    if no_time && !kept.iter().any(|(column, _)| matches!(column.as_str(), "admitted_at" | "applied_on")) {
        kept.push(("occurred_at".to_owned(), now.to_string()));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_yet_does_not_hide_the_decision() {
        let cells = |given: &[(&str, &str)]| -> Vec<(String, String)> {
            given.iter().map(|(column, text)| ((*column).to_owned(), (*text).to_owned())).collect()
        };
        let now = "2021-11-02T09:00:00".parse().unwrap();
        let typed = cells(&[("kind", "outpatient"), ("total", "12,5"), ("paid", "12"), ("insurance", "310")]);
        let kept = without(&typed, &BTreeSet::from(["total", "name"]), now);
        let want = cells(&[
            ("kind", "outpatient"),
            ("insurance", "310"),
            ("total", "0"),
            ("name", "-"),
            ("occurred_at", "2021-11-02T09:00:00"),
        ]);
        assert_eq!(kept, want);
        let filing = cells(&[("kind", "filing"), ("name", "林小满"), ("applied_on", "2021-10-22")]);
        assert_eq!(without(&filing, &BTreeSet::new(), now), filing);
    }
}
