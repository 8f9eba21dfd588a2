//! The law of this ledger: the notices in force, what is known of the real
//! resumption, and the calendar of working days.

use crate::domain::{self, Decision, Duty, FactKind, Facts, Record, Route, Time};
use crate::notice::{self, Calendar, Notice, Resumptions};
use crate::store::Books;
use crate::text::{Explain, Lang};
use crate::work::WorkError;

/// What decides about records.
pub struct Law {
    notices: Vec<Notice>,
    resumptions: Resumptions,
    calendar: Calendar,
}

impl Law {
    /// The law as the ledger has it.
    ///
    /// # Errors
    /// [`WorkError::Notice`] where a notice in the ledger no longer reads.
    pub fn read(books: &Books<'_>, calendar: Calendar) -> Result<Law, WorkError> {
        let mut notices = Vec::new();
        for loaded in books.notices()? {
            let read = Notice::read(&loaded.text).map_err(|findings| {
                let text = findings.first().map_or_else(String::new, |finding| finding.what(Lang::En));
                WorkError::Notice { id: loaded.id.clone(), text }
            })?;
            notices.push(read);
        }
        let resumptions = books.resumptions()?.into_iter().map(|known| notice::Resumption {
            notice: Some(known.notice),
            window: (known.window != "all").then_some(known.window),
            facility: (!known.facility.is_empty()).then_some(known.facility),
            at: known.resumed_at,
        });
        Ok(Law { notices, resumptions: resumptions.collect(), calendar })
    }

    /// The notices in force.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// The kind of a fact, built in or declared by a notice in force.
    pub fn fact_kind(&self, name: &str) -> Option<FactKind> {
        domain::fact_kind(name).or_else(|| self.notices.iter().find_map(|notice| notice.fact_kind(name)))
    }

    /// What is known of the real resumption.
    pub fn resumptions(&self) -> &Resumptions {
        &self.resumptions
    }

    /// The working days.
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// What the notices say of a record as of `now`. Where a way was chosen for it, that one comes first.
    pub fn decide(&self, record: &Record, now: Time) -> Decision {
        let facts = record.all_facts();
        let mut decision = self.decide_facts(&facts, now);
        let chosen = facts.text("chosen_route").and_then(|route| route.parse::<Route>().ok());
        if let Some(at) = chosen.and_then(|route| decision.options.iter().position(|way| way.route == route))
        {
            let way = decision.options.remove(at);
            decision.status = way.status;
            decision.options.insert(0, way);
        }
        decision
    }

    /// The same for facts alone.
    pub fn decide_facts(&self, facts: &Facts, now: Time) -> Decision {
        let notices: Vec<&Notice> = self.notices.iter().collect();
        notice::decide(&notices, facts, &self.resumptions, &self.calendar, now)
    }

    /// What the notices ask of anyone, with or without a record.
    pub fn duties(&self, now: Time) -> Vec<Duty> {
        let notices: Vec<&Notice> = self.notices.iter().collect();
        let events = notice::duties(&notices, &self.resumptions, &self.calendar, now);
        let duty = |event: notice::Event| {
            Some(Duty {
                phase: event.phase?,
                action: event.action?,
                due_at: event.at,
                who: event.who?,
                clause: event.clause,
            })
        };
        events.into_iter().filter_map(duty).collect()
    }
}
