//! Where things stand, and the one step that helps most now.
//!
//! It counts and ranks; how a step is typed is the front's business.

use crate::domain::{BatchState, BreakState, Money, Purpose, Route, Stage, Status, Time};
use crate::store::{Books, Filter, Total};
use crate::work::{Law, WorkError, refund};

/// How the stops of the notices in force stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// No notice is in force.
    NoNotice,
    /// Every stop is still ahead; the first begins then.
    Ahead(Time),
    /// The system is down; it is expected back then, where that is known.
    Down(Option<Time>),
    /// It should be back, and nobody has recorded it: the notice, and when it was expected.
    ShouldBeBack(String, Time),
    /// It is back.
    Back,
}

/// The step that helps most now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Put a notice into force.
    AddNotice,
    /// Do what the notices ask before the stop.
    Prepare,
    /// Write records down.
    Record,
    /// Record when the system came back.
    RecordResumption(String),
    /// See to what is overdue.
    SeeOverdue,
    /// Correct what the platform refused.
    CorrectRefused,
    /// Find out what is missing for a decision: of this record first.
    FindOut(String),
    /// Send records out for a purpose.
    Export(Purpose),
    /// Read the platform's answer to a batch.
    ReadAnswer(i64),
    /// Lay the ledger beside a statement.
    Reconcile,
    /// Resolve breaks.
    ResolveBreaks,
    /// Pay refunds.
    PayRefunds,
    /// Clear what is done.
    Clear,
    /// Nothing is open: seal and back up.
    Seal,
}

/// Counts of what is open, and what to do next.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The stops.
    pub stop: Stop,
    /// Counts and sums by stage, in the order of the stages.
    pub stages: Vec<(Stage, i64, Money)>,
    /// Open records whose deadline is over.
    pub overdue: usize,
    /// Open records whose deadline is near.
    pub due_soon: usize,
    /// Refunds that are owed, and how much.
    pub refunds: (usize, Money),
    /// Breaks that are open.
    pub breaks: usize,
    /// Batches that no answer came to.
    pub unanswered: Vec<i64>,
    /// What to do next.
    pub next: Next,
}

/// Where everything stands as of `now`.
///
/// # Errors
/// [`WorkError`] where the ledger cannot be read.
pub fn overview(books: &Books<'_>, law: &Law, now: Time) -> Result<Overview, WorkError> {
    let stages = by_stage(&books.summary()?);
    let owed = refund::owed(books, law, now)?;
    let refunds = (owed.len(), owed.iter().filter_map(|one| one.amounts).map(|amounts| amounts.refund).sum());
    let breaks = books.breaks(Some(BreakState::Open))?.len();
    let sent = books.batches()?.into_iter().filter(|batch| batch.state == BatchState::Sent);
    let unanswered = sent.map(|batch| batch.id).collect();
    let open = look(books, law, now)?;
    let stop = stop(law, now);
    let mut overview = Overview {
        stop,
        stages,
        overdue: open.overdue,
        due_soon: open.due_soon,
        refunds,
        breaks,
        unanswered,
        next: Next::Seal,
    };
    overview.next = next(&overview, &open);
    Ok(overview)
}

/// What the decisions on open records amount to.
#[derive(Default)]
struct Open {
    overdue: usize,
    due_soon: usize,
    /// The first record of which something has to be found out.
    undetermined: Option<String>,
    /// What can be sent out now.
    ready: Option<Purpose>,
}

fn look(books: &Books<'_>, law: &Law, now: Time) -> Result<Open, WorkError> {
    let mut open = Open::default();
    books.each_record(&Filter { open: true, ..Filter::default() }, |stored| -> Result<(), WorkError> {
        if !matches!(stored.stage, Stage::Pending | Stage::Rejected | Stage::Exported) {
            return Ok(());
        }
        let decision = law.decide(&stored.record, now);
        match decision.status {
            Status::Overdue => open.overdue += 1,
            Status::DueSoon => open.due_soon += 1,
            Status::Undetermined if stored.stage == Stage::Pending => {
                open.undetermined.get_or_insert_with(|| stored.number.to_string());
            }
            _ => {}
        }
        let can_go = matches!(decision.status, Status::Open | Status::DueSoon | Status::Overdue);
        if can_go && stored.stage == Stage::Pending && open.ready.is_none() {
            open.ready = decision.best().and_then(|way| purpose(way.route));
        }
        Ok(())
    })?;
    Ok(open)
}

/// The batch that a way back goes out in.
fn purpose(route: Route) -> Option<Purpose> {
    match route {
        Route::Backfill | Route::Convert => Some(Purpose::Backfill),
        Route::Resettle => Some(Purpose::Resettle),
        Route::Register => Some(Purpose::Register),
        Route::Manual | Route::Agency => Some(Purpose::Handover),
        Route::Hold | Route::Bear | Route::None | Route::NotStated => None,
    }
}

fn by_stage(totals: &[Total]) -> Vec<(Stage, i64, Money)> {
    let of = |stage: &Stage| {
        let own = || totals.iter().filter(|total| total.stage == *stage);
        (*stage, own().map(|total| total.count).sum(), own().map(|total| total.total).sum())
    };
    Stage::ALL.iter().map(of).filter(|(_, count, _)| *count > 0).collect()
}

/// How the stops stand: the first of them that is not over decides.
fn stop(law: &Law, now: Time) -> Stop {
    if law.notices().is_empty() {
        return Stop::NoNotice;
    }
    let (mut ahead, mut should) = (None::<Time>, None);
    for notice in law.notices() {
        for window in notice.page().windows {
            let back = law.resumptions().at(notice.id(), &window.id, None);
            let Some((from, until)) = window.spans.iter().rev().find(|(from, _)| *from <= now).copied()
            else {
                let first = window.spans.first().map(|(from, _)| *from);
                ahead = [ahead, first].into_iter().flatten().min();
                continue;
            };
            match (back, until) {
                (Some(back), _) if back <= now && back > from => {}
                (Some(back), _) if back > now => return Stop::Down(Some(back)),
                (_, Some(until)) if until <= now => {
                    should.get_or_insert((notice.id().to_owned(), until));
                }
                (_, until) => return Stop::Down(until),
            }
        }
    }
    match (should, ahead) {
        (Some((notice, at)), _) => Stop::ShouldBeBack(notice, at),
        (None, Some(at)) => Stop::Ahead(at),
        (None, None) => Stop::Back,
    }
}

fn next(overview: &Overview, open: &Open) -> Next {
    let count =
        |stage| overview.stages.iter().find(|(of, ..)| *of == stage).map_or(0, |(_, count, _)| *count);
    match &overview.stop {
        Stop::NoNotice => return Next::AddNotice,
        Stop::Ahead(_) if count(Stage::Pending) == 0 => return Next::Prepare,
        Stop::Down(_) => return Next::Record,
        Stop::ShouldBeBack(notice, _) => return Next::RecordResumption(notice.clone()),
        Stop::Ahead(_) | Stop::Back => {}
    }
    if overview.overdue > 0 {
        return Next::SeeOverdue;
    }
    if count(Stage::Rejected) > 0 {
        return Next::CorrectRefused;
    }
    if let Some(number) = &open.undetermined {
        return Next::FindOut(number.clone());
    }
    if let Some(purpose) = open.ready {
        return Next::Export(purpose);
    }
    if let Some(batch) = overview.unanswered.first() {
        return Next::ReadAnswer(*batch);
    }
    if count(Stage::Exported) > 0 {
        return Next::Reconcile;
    }
    if overview.breaks > 0 {
        return Next::ResolveBreaks;
    }
    if overview.refunds.0 > 0 {
        return Next::PayRefunds;
    }
    let done = [Stage::Settled, Stage::Refunded, Stage::HandedOver].map(count).iter().sum::<i64>();
    if done > 0 { Next::Clear } else { Next::Seal }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_that_helps_most_comes_first() {
        let overview = |stop, stages: &[(Stage, i64)], breaks, refunds, overdue| Overview {
            stop,
            stages: stages.iter().map(|(stage, count)| (*stage, *count, Money::ZERO)).collect(),
            overdue,
            due_soon: 0,
            refunds: (refunds, Money::ZERO),
            breaks,
            unanswered: Vec::new(),
            next: Next::Seal,
        };
        let at: Time = "2021-10-31T22:00:00".parse().unwrap();
        #[rustfmt::skip] // the columns are the point
        let cases = [
            (Stop::NoNotice,                     vec![],                                    0, 0, 0, Next::AddNotice),
            (Stop::Ahead(at),                    vec![],                                    0, 0, 0, Next::Prepare),
            (Stop::Down(None),                   vec![(Stage::Pending, 3)],                 0, 0, 9, Next::Record),
            (Stop::ShouldBeBack("n".into(), at), vec![(Stage::Pending, 3)],                 0, 0, 9, Next::RecordResumption("n".into())),
            (Stop::Back,                         vec![(Stage::Rejected, 1)],                1, 1, 1, Next::SeeOverdue),
            (Stop::Back,                         vec![(Stage::Rejected, 1)],                1, 1, 0, Next::CorrectRefused),
            (Stop::Back,                         vec![(Stage::Exported, 1)],                1, 1, 0, Next::Reconcile),
            (Stop::Back,                         vec![(Stage::Settled, 1)],                 1, 1, 0, Next::ResolveBreaks),
            (Stop::Back,                         vec![(Stage::Settled, 1)],                 0, 1, 0, Next::PayRefunds),
            (Stop::Back,                         vec![(Stage::Refunded, 1)],                0, 0, 0, Next::Clear),
            (Stop::Back,                         vec![(Stage::Cleared, 1)],                 0, 0, 0, Next::Seal),
        ];
        for (stop, stages, breaks, refunds, overdue, want) in cases {
            let got = next(&overview(stop.clone(), &stages, breaks, refunds, overdue), &Open::default());
            assert_eq!(got, want, "{stop:?} {stages:?}");
        }
        let ready = Open { ready: Some(Purpose::Resettle), ..Open::default() };
        let pending = overview(Stop::Back, &[(Stage::Pending, 1)], 1, 0, 0);
        assert_eq!(next(&pending, &ready), Next::Export(Purpose::Resettle));
    }
}
