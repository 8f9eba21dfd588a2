//! What is still unreconciled, how old it is, and how much money: records the
//! platform has not settled as we have them, refunds not paid, rows that only the platform has.

use crate::domain::{BreakState, Decision, Money, Reason, Stage, Time, Verdict};
use crate::store::{Books, BreakInfo, Filter, Stored};
use crate::work::{Law, Owed, WorkError, refund};
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

/// One record that is not done, or one row that only the platform has.
#[derive(Clone, Debug)]
pub struct Unreconciled {
    /// The record; `None` where only the platform has it.
    pub stored: Option<Stored>,
    /// What the notices say of it today.
    pub decision: Option<Decision>,
    /// The open break, where there is one.
    pub open_break: Option<BreakInfo>,
    /// Why it is not done; `None` where it simply has not been sent out and laid against a statement yet.
    pub reason: Option<Reason>,
    /// Whole days since it arose.
    pub age_days: i64,
    /// Whole days to the deadline, negative once it is over; `None` where none is stated.
    pub days_left: Option<i64>,
}

/// Everything that is not done: overdue first, then the most money, then the oldest.
pub fn unreconciled(books: &Books<'_>, law: &Law, now: Time) -> Result<Vec<Unreconciled>, WorkError> {
    unreconciled_where(books, law, now, |stored| may_be_owed(books, stored))
}

/// The same for who has the refunds that are owed at hand: they are not reckoned again.
pub fn unreconciled_beside(
    books: &Books<'_>,
    law: &Law,
    now: Time,
    owed: &[Owed],
) -> Result<Vec<Unreconciled>, WorkError> {
    let owed: HashSet<i64> = owed.iter().map(|one| one.stored.id).collect();
    unreconciled_where(books, law, now, |stored| Ok(owed.contains(&stored.id)))
}

fn unreconciled_where(
    books: &Books<'_>,
    law: &Law,
    now: Time,
    is_owed: impl Fn(&Stored) -> Result<bool, WorkError>,
) -> Result<Vec<Unreconciled>, WorkError> {
    let mut by_record: HashMap<i64, BreakInfo> = HashMap::new();
    let mut found = Vec::new();
    for open in books.breaks(Some(BreakState::Open))? {
        match open.record {
            Some(record) => {
                by_record.entry(record).or_insert(open);
            }
            // An account that moves to the virtual side is no cost and no settlement.
            None if open.account.is_some() => {}
            None => found.push(platform_only(open, now)),
        }
    }
    books.each_record(&Filter { open: true, ..Filter::default() }, |stored| -> Result<(), WorkError> {
        let open_break = by_record.remove(&stored.id);
        let owed = is_owed(&stored)?.then_some(Reason::SettledNotRefunded);
        let reason = open_break.as_ref().map(|open| open.reason).or(owed);
        if reason.is_none() && stored.verdict == Some(Verdict::Matched) {
            return Ok(());
        }
        let decision = law.decide(&stored.record, now);
        // What was handed over in time is not late any more.
        let waits = stored.stage != Stage::HandedOver;
        let days_left = decision.due_at().filter(|_| waits).map(|due| due.day().days_since(now.day()));
        let age_days = now.day().days_since(stored.record.occurred_at.day());
        let (stored, decision) = (Some(stored), Some(decision));
        found.push(Unreconciled { stored, decision, open_break, reason, age_days, days_left });
        Ok(())
    })?;
    found.sort_by_key(|entry| {
        (entry.days_left.is_none_or(|days| days >= 0), Reverse(entry.total()), Reverse(entry.age_days))
    });
    Ok(found)
}

/// A refund is owed, or nobody can say how much it is: that is not done either.
fn may_be_owed(books: &Books<'_>, stored: &Stored) -> Result<bool, WorkError> {
    if stored.stage != Stage::Settled {
        return Ok(false);
    }
    match refund::owed_for(books, stored) {
        Ok(owed) => Ok(owed > Money::ZERO),
        Err(WorkError::ShareUnknown { .. } | WorkError::InBatch { .. }) => Ok(true),
        Err(error) => Err(error),
    }
}

fn platform_only(open: BreakInfo, now: Time) -> Unreconciled {
    let arose = open.occurred_at.parse::<Time>().unwrap_or(now);
    let age_days = now.day().days_since(arose.day());
    let reason = Some(open.reason);
    Unreconciled { stored: None, decision: None, open_break: Some(open), reason, age_days, days_left: None }
}

impl Unreconciled {
    /// What is at stake.
    pub fn total(&self) -> Money {
        match (&self.stored, &self.open_break) {
            (Some(stored), _) => stored.record.total,
            (None, Some(open)) => open.total.abs(),
            (None, None) => Money::ZERO,
        }
    }
}
