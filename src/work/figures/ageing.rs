//! What is unreconciled, in bands of age, deadline and money, and by reason, way back and operator.

use crate::domain::{Age, AgeBucket, AmountBand, Money, Nearness, Reason, Route};
use crate::work::Unreconciled;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Count and money of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// How many.
    pub count: i64,
    /// How much is at stake, fen; what the platform alone has counts as it stands there.
    pub total: Money,
    /// The oldest, in whole days.
    pub oldest: i64,
}

impl Group {
    fn add(&mut self, entry: &Unreconciled) {
        self.count += 1;
        self.total += entry.total();
        self.oldest = self.oldest.max(entry.age_days);
    }
}

/// How near the deadline of an entry is.
pub fn nearness(entry: &Unreconciled) -> Nearness {
    Age { since_occurred: entry.age_days, since_go_live: None, days_left: entry.days_left }.nearness()
}

/// A band of age, and how its deadlines stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aged {
    /// The band.
    pub bucket: AgeBucket,
    /// All of it.
    pub all: Group,
    /// Of these due soon.
    pub soon: i64,
    /// Of these overdue.
    pub overdue: i64,
}

/// Every band of age, the empty ones too.
pub fn by_age(entries: &[Unreconciled]) -> Vec<Aged> {
    let mut bands: Vec<Aged> = AgeBucket::ALL
        .iter()
        .map(|bucket| Aged { bucket: *bucket, all: Group::default(), soon: 0, overdue: 0 })
        .collect();
    for entry in entries {
        let of = AgeBucket::of(entry.age_days);
        if let Some(aged) = bands.iter_mut().find(|aged| aged.bucket == of) {
            aged.all.add(entry);
            let due = nearness(entry);
            aged.soon += i64::from(due == Nearness::DueSoon);
            aged.overdue += i64::from(due == Nearness::Overdue);
        }
    }
    bands
}

/// Every band of deadlines, the empty ones too.
pub fn by_due(entries: &[Unreconciled]) -> Vec<(Nearness, Group)> {
    let mut bands: Vec<(Nearness, Group)> =
        Nearness::ALL.iter().map(|band| (*band, Group::default())).collect();
    for entry in entries {
        let of = nearness(entry);
        if let Some((_, group)) = bands.iter_mut().find(|(band, _)| *band == of) {
            group.add(entry);
        }
    }
    bands
}

/// Every band of money, the empty ones too.
pub fn by_amount(entries: &[Unreconciled]) -> Vec<(AmountBand, Group)> {
    let mut bands: Vec<(AmountBand, Group)> =
        AmountBand::ALL.iter().map(|band| (*band, Group::default())).collect();
    for entry in entries {
        let of = AmountBand::of(entry.total());
        if let Some((_, group)) = bands.iter_mut().find(|(band, _)| *band == of) {
            group.add(entry);
        }
    }
    bands
}

/// Groups by a key, those with the most money first.
fn groups<K: Ord>(entries: &[Unreconciled], key: impl Fn(&Unreconciled) -> K) -> Vec<(K, Group)> {
    let mut found: BTreeMap<K, Group> = BTreeMap::new();
    for entry in entries {
        found.entry(key(entry)).or_default().add(entry);
    }
    let mut found: Vec<(K, Group)> = found.into_iter().collect();
    found.sort_by_key(|(_, group)| Reverse((group.total, group.count)));
    found
}

/// By reason; `None` is what has not been laid against a statement yet.
pub fn by_reason(entries: &[Unreconciled]) -> Vec<(Option<Reason>, Group)> {
    groups(entries, |entry| entry.reason.map(|reason| Reason::ALL.iter().position(|one| *one == reason)))
        .into_iter()
        .map(|(place, group)| (place.flatten().map(|place| Reason::ALL[place]), group))
        .collect()
}

/// By the way back that the notice gives; `None` where it gives none, or only the platform has it.
pub fn by_route(entries: &[Unreconciled]) -> Vec<(Option<Route>, Group)> {
    let route = |entry: &Unreconciled| {
        let best = entry.decision.as_ref()?.best()?.route;
        Route::ALL.iter().position(|one| *one == best)
    };
    groups(entries, route)
        .into_iter()
        .map(|(place, group)| (place.map(|place| Route::ALL[place]), group))
        .collect()
}

/// By who wrote the record down; empty where only the platform has it.
pub fn by_operator(entries: &[Unreconciled]) -> Vec<(String, Group)> {
    groups(entries, |entry| entry.stored.as_ref().map(|stored| stored.operator.clone()).unwrap_or_default())
}
