//! Control totals (总账): both sides' sums by insurance type, clearing category and day of settlement.
//!
//! They come before the detail and never stop it: two equal sums can hide two
//! errors. A dimension is compared only where every row of the platform states
//! it, an amount only where both sides know it; what is left out is said.

use crate::domain::{Day, Money};
use serde::Serialize;
use std::collections::BTreeMap;

/// One settlement as one side knows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry<'a> {
    /// `insutype`; empty where it is not known.
    pub insurance: &'a str,
    /// `clr_type`; empty where it is not known.
    pub clearing: &'a str,
    /// The day of settlement; `None` where nobody said when.
    pub day: Option<Day>,
    /// One, or minus one for a reversal without its original.
    pub count: i64,
    /// Total, fund, account and cash, in fen; `None` where the side does not know it.
    pub amounts: [Option<Money>; 4],
}

/// One figure on both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// The ledger's; `None` where some settlement's is not known.
    #[serde(rename = "ledger_fen")]
    pub ledger: Option<Money>,
    /// The platform's.
    #[serde(rename = "platform_fen")]
    pub platform: Option<Money>,
}

/// Both sides of one group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ControlGroup {
    /// `insutype`; `None` where it is not compared.
    pub insutype: Option<String>,
    /// `clr_type`; `None` where it is not compared.
    pub clr_type: Option<String>,
    /// Day of settlement.
    pub day: Option<Day>,
    /// Settlements the ledger counts.
    pub ledger_count: i64,
    /// Settlements of the platform.
    pub platform_count: i64,
    /// Total.
    pub total: Compared,
    /// Paid by the funds.
    pub fund: Compared,
    /// Paid from the personal account.
    pub account: Compared,
    /// Paid in cash.
    pub cash: Compared,
}

/// Every group, and by what they are told apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ControlTotals {
    /// Insurance type is compared.
    pub by_insutype: bool,
    /// Clearing category is compared.
    pub by_clr_type: bool,
    /// The groups, in the order of type, category and day.
    pub groups: Vec<ControlGroup>,
}

impl Compared {
    /// Platform less ledger: above zero the platform has more, below zero the ledger; `None` where a side does not know.
    pub fn difference(self) -> Option<Money> {
        Some(self.platform? - self.ledger?)
    }
}

impl ControlGroup {
    /// No figure that both sides know differs.
    pub fn agrees(&self) -> bool {
        let amounts = [self.total, self.fund, self.account, self.cash];
        let same = |amount: Compared| amount.difference().is_none_or(Money::is_zero);
        self.ledger_count == self.platform_count && amounts.into_iter().all(same)
    }
}

impl ControlTotals {
    /// How many groups agree, and how many do not.
    pub fn standing(&self) -> (usize, usize) {
        let agree = self.groups.iter().filter(|group| group.agrees()).count();
        (agree, self.groups.len() - agree)
    }
}

#[derive(Clone, Copy, Default)]
struct Side {
    count: i64,
    amounts: [Sum; 4],
}

#[derive(Clone, Copy, Default)]
struct Sum {
    amount: Money,
    unknown: bool,
}

impl Side {
    fn add(&mut self, entry: &Entry<'_>) {
        self.count += entry.count;
        for (sum, amount) in self.amounts.iter_mut().zip(entry.amounts) {
            sum.amount += amount.unwrap_or_default();
            sum.unknown |= amount.is_none();
        }
    }

    fn amount(&self, at: usize) -> Option<Money> {
        (!self.amounts[at].unknown).then_some(self.amounts[at].amount)
    }
}

/// Lays the sums of what the ledger counts as settled beside those of the platform.
pub fn control_totals<'a>(
    ledger: impl Iterator<Item = Entry<'a>>,
    platform: impl Iterator<Item = Entry<'a>> + Clone,
) -> ControlTotals {
    let by_insutype = platform.clone().all(|entry| !entry.insurance.is_empty());
    let by_clr_type = platform.clone().all(|entry| !entry.clearing.is_empty());
    let mut groups: BTreeMap<(&str, &str, Option<Day>), [Side; 2]> = BTreeMap::new();
    let both = ledger.map(|entry| (0, entry)).chain(platform.map(|entry| (1, entry)));
    for (side, entry) in both {
        let insurance = if by_insutype { entry.insurance } else { "" };
        let clearing = if by_clr_type { entry.clearing } else { "" };
        groups.entry((insurance, clearing, entry.day)).or_default()[side].add(&entry);
    }
    let group = |((insurance, clearing, day), [ours, theirs]): (_, [Side; 2])| {
        let both = |at: usize| Compared { ledger: ours.amount(at), platform: theirs.amount(at) };
        let insurance: &str = insurance;
        let clearing: &str = clearing;
        ControlGroup {
            insutype: by_insutype.then(|| insurance.to_owned()),
            clr_type: by_clr_type.then(|| clearing.to_owned()),
            day,
            ledger_count: ours.count,
            platform_count: theirs.count,
            total: both(0),
            fund: both(1),
            account: both(2),
            cash: both(3),
        }
    };
    ControlTotals { by_insutype, by_clr_type, groups: groups.into_iter().map(group).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry<'a>(
        insurance: &'a str,
        clearing: &'a str,
        day: u32,
        total: i64,
        fund: Option<i64>,
    ) -> Entry<'a> {
        let fen = Money::from_fen;
        Entry {
            insurance,
            clearing,
            day: Day::new(2021, 11, day),
            count: 1,
            amounts: [Some(fen(total)), fund.map(fen), None, None],
        }
    }

    #[test]
    fn differences_show_in_both_directions() {
        let ledger = [entry("310", "11", 1, 100, Some(60)), entry("310", "21", 1, 50, None)];
        let platform = [entry("310", "11", 1, 90, Some(60)), entry("390", "11", 2, 40, Some(30))];
        let totals = control_totals(ledger.into_iter(), platform.into_iter());
        assert!(totals.by_insutype && totals.by_clr_type);
        let told: Vec<_> = totals
            .groups
            .iter()
            .map(|group| (group.ledger_count, group.platform_count, group.total.difference().map(Money::fen)))
            .collect();
        assert_eq!(told, [(1, 1, Some(-10)), (1, 0, Some(-50)), (0, 1, Some(40))]);
        assert_eq!(totals.groups[0].fund.difference(), Some(Money::ZERO));
        assert_eq!(totals.groups[1].fund.difference(), None, "what a side does not know is not compared");
        assert_eq!(totals.standing(), (0, 3));
    }

    #[test]
    fn a_dimension_that_the_platform_does_not_state_is_not_compared() {
        let ledger = [entry("310", "11", 1, 100, None), entry("390", "21", 1, 50, None)];
        let platform = [entry("310", "", 1, 100, None), entry("390", "", 1, 50, None)];
        let totals = control_totals(ledger.into_iter(), platform.into_iter());
        assert_eq!((totals.by_insutype, totals.by_clr_type, totals.standing()), (true, false, (2, 0)));
    }

    #[test]
    fn equal_sums_may_hide_two_errors_and_the_detail_still_comes() {
        let ledger = [entry("310", "11", 1, 100, None), entry("310", "11", 1, 50, None)];
        let platform = [entry("310", "11", 1, 90, None), entry("310", "11", 1, 60, None)];
        assert_eq!(control_totals(ledger.into_iter(), platform.into_iter()).standing(), (1, 0));
    }
}
