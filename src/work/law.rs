//! The law of this ledger: the notices in force, what is known of the real
//! resumption, and the calendar of working days.

use crate::domain::{self, Decision, Duty, FactKind, Facts, Record, Route, Time};
use crate::notice::{self, Calendar, Notice, Resumptions};
use crate::store::Books;
use crate::text::{Explain, Lang};
use crate::work::WorkError;

/// The ways that end in a settlement on the platform.
const SETTLING: [Route; 3] = [Route::Backfill, Route::Resettle, Route::Convert];

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

    /// No deadline for a settlement on the platform is before this, whatever the record; `None` where there is none.
    pub fn no_deadline_before(&self) -> Option<Time> {
        let deadlines = self.notices.iter().filter_map(|notice| notice.no_deadline_before(&SETTLING));
        deadlines.min()
    }

    /// Until when a record may be settled on the platform: the last deadline of the ways that end in a settlement, and
    /// nothing where one of them has none, or where it is worked out from a resumption that is only expected.
    pub fn settled_until(&self, record: &Record, now: Time) -> Option<Time> {
        let decision = self.decide(record, now);
        let settling = decision.options.iter().filter(|way| SETTLING.contains(&way.route));
        let known = |way: &domain::WayBack| {
            way.due_at.filter(|_| !way.provisional || way.due_basis == domain::Basis::Stated)
        };
        settling.map(known).collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    /// When the first stop of all began, where a notice says.
    pub fn first_stop(&self) -> Option<Time> {
        let notices: Vec<&Notice> = self.notices.iter().collect();
        // What is past is not asked here, so that any moment does.
        let any = crate::domain::Day::new(2000, 1, 1).expect("a day of the calendar").start();
        let events = notice::timeline(&notices, &self.resumptions, &self.calendar, any);
        let stops = events.into_iter().filter(|event| event.event == notice::EventType::Suspension);
        stops.filter_map(|event| event.at).min()
    }

    /// Stops, resumptions, deadlines and duties on one axis, earliest first.
    pub fn timeline(&self, now: Time) -> Vec<notice::Event> {
        let notices: Vec<&Notice> = self.notices.iter().collect();
        notice::timeline(&notices, &self.resumptions, &self.calendar, now)
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
