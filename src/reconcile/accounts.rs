//! Laying the personal accounts of banks against those of the virtual side (实转虚).
//!
//! The stages of claims add nothing here: a list has no receipts, no days and no
//! reversals. Banks are compared by their sums first; then, within one bank, persons
//! by the number of their document, and what is left by card. Nothing is confirmed
//! that differs by a fen, and the order of the rows never matters.

use crate::domain::{AccountState, Money, Reason};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// One account of a list: marks instead of numbers and names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Row number.
    pub id: i64,
    /// The bank that has it.
    pub bank: String,
    /// Stands for the number of the holder's document.
    pub cert: Option<u128>,
    /// Stands for the card.
    pub card: Option<u128>,
    /// Stands for the card before this one.
    pub old_card: Option<u128>,
    /// Stands for the holder's name.
    pub name: Option<u128>,
    /// What is on it.
    pub balance: Money,
    /// What the list says of it.
    pub state: AccountState,
}

/// Accounts, the persons who hold them, and what is on them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counted {
    /// Accounts.
    pub accounts: u64,
    /// Persons: documents, and cards of which no document is known.
    pub persons: u64,
    /// What is on them.
    pub total_fen: Money,
}

/// The sums of one bank on both sides.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct BankSums {
    /// Which bank.
    pub bank: String,
    /// By its own list.
    pub at_bank: Counted,
    /// By that of the virtual side.
    pub on_virtual: Counted,
}

impl BankSums {
    /// The same persons and the same sum, to the fen. Cards may be more on one side: a person may have two.
    pub fn agree(&self) -> bool {
        self.at_bank.persons == self.on_virtual.persons && self.at_bank.total_fen == self.on_virtual.total_fen
    }

    /// Virtual side less bank.
    pub fn difference(&self) -> Money {
        self.on_virtual.total_fen - self.at_bank.total_fen
    }
}

/// Something about a unit that does not agree, or has to be verified first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountFault {
    /// Why.
    pub reason: Reason,
    /// Row number of the account it is noted of.
    pub account: i64,
    /// Virtual side less bank.
    pub difference: Money,
}

/// Accounts that belong together: one of each side, those of one person, or one alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// Positions in the banks' list.
    pub at_bank: Vec<usize>,
    /// Positions in the list of the virtual side.
    pub on_virtual: Vec<usize>,
    /// What is wrong; empty where all agrees.
    pub faults: Vec<AccountFault>,
}

/// What a comparison found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accounts {
    /// The sums, by bank.
    pub sums: Vec<BankSums>,
    /// Every account in exactly one unit.
    pub units: Vec<Unit>,
}

impl Accounts {
    /// Whether every bank has the same persons and the same sum on both sides.
    pub fn sums_agree(&self) -> bool {
        self.sums.iter().all(BankSums::agree)
    }
}

/// Lays the accounts `at_banks` against those `on_virtual`; whatever is above `limit` is to be verified first.
pub fn compare_accounts(at_banks: &[Account], on_virtual: &[Account], limit: Money) -> Accounts {
    let desk = Desk { at_banks, on_virtual, limit };
    let mut units = desk.by_person();
    let (mut left, mut right) = (Vec::new(), Vec::new());
    units.retain(|unit| {
        let alone = unit.at_bank.is_empty() || unit.on_virtual.is_empty();
        if alone {
            left.extend(&unit.at_bank);
            right.extend(&unit.on_virtual);
        }
        !alone
    });
    units.extend(desk.by_card(left, right));
    for unit in &mut units {
        unit.faults = desk.faults(unit);
    }
    units.sort_by_key(|unit| desk.rank(unit));
    Accounts { sums: sums(at_banks, on_virtual), units }
}

fn sums(at_banks: &[Account], on_virtual: &[Account]) -> Vec<BankSums> {
    let mut banks: BTreeMap<&str, BankSums> = BTreeMap::new();
    let mut persons: FxHashSet<(bool, &str, bool, u128)> = FxHashSet::default();
    for (virtually, accounts) in [(false, at_banks), (true, on_virtual)] {
        for account in accounts {
            let bank = &*account.bank;
            let sums = banks
                .entry(bank)
                .or_insert_with(|| BankSums { bank: bank.to_owned(), ..BankSums::default() });
            let counted = if virtually { &mut sums.on_virtual } else { &mut sums.at_bank };
            counted.accounts += 1;
            counted.total_fen += account.balance;
            let person = account.cert.or(account.card).unwrap_or_default();
            counted.persons += u64::from(persons.insert((virtually, bank, account.cert.is_some(), person)));
        }
    }
    banks.into_values().collect()
}

struct Desk<'a> {
    at_banks: &'a [Account],
    on_virtual: &'a [Account],
    limit: Money,
}

impl<'a> Desk<'a> {
    /// What stands in front of what, whatever the order of the lists.
    fn rank(&self, unit: &Unit) -> (&'a str, i64, i64) {
        let bank = unit.at_bank.iter().map(|&at| &self.at_banks[at]).min_by_key(|account| account.id);
        let other = unit.on_virtual.iter().map(|&at| &self.on_virtual[at]).min_by_key(|account| account.id);
        let name = bank.or(other).map_or("", |account| account.bank.as_str());
        let id = |account: Option<&Account>| account.map_or(i64::MAX, |account| account.id);
        (name, id(bank), id(other))
    }

    /// The accounts of each person at one bank; those whose holder nobody names are alone.
    fn by_person(&self) -> Vec<Unit> {
        let mut persons: FxHashMap<(&str, u128), Unit> = FxHashMap::default();
        let mut units = Vec::new();
        for (at, account) in self.at_banks.iter().enumerate() {
            match account.cert {
                Some(cert) => persons.entry((&account.bank, cert)).or_default().at_bank.push(at),
                None => units.push(Unit { at_bank: vec![at], ..Unit::default() }),
            }
        }
        for (at, account) in self.on_virtual.iter().enumerate() {
            match account.cert {
                Some(cert) => persons.entry((&account.bank, cert)).or_default().on_virtual.push(at),
                None => units.push(Unit { on_virtual: vec![at], ..Unit::default() }),
            }
        }
        for unit in persons.into_values() {
            match self.card_by_card(&unit) {
                Some(pairs) => units.extend(pairs),
                None => units.push(unit),
            }
        }
        units
    }

    /// Several cards of one person that both sides name alike: equal sums could hide two errors.
    fn card_by_card(&self, unit: &Unit) -> Option<Vec<Unit>> {
        if unit.at_bank.len() < 2 || unit.at_bank.len() != unit.on_virtual.len() {
            return None;
        }
        let cards: FxHashMap<u128, usize> =
            unit.on_virtual.iter().filter_map(|&at| Some((self.on_virtual[at].card?, at))).collect();
        let pair = |&at: &usize| {
            let other = *cards.get(&self.at_banks[at].card?)?;
            Some(Unit { at_bank: vec![at], on_virtual: vec![other], ..Unit::default() })
        };
        let pairs: Vec<Unit> = unit.at_bank.iter().map_while(pair).collect();
        let used: FxHashSet<usize> = pairs.iter().flat_map(|pair| pair.on_virtual.iter().copied()).collect();
        (used.len() == unit.on_virtual.len()).then_some(pairs)
    }

    /// Pairs what is left by card, old or new, where that is unique in both directions.
    fn by_card(&self, left: Vec<usize>, right: Vec<usize>) -> Vec<Unit> {
        let mut holders: FxHashMap<(&str, u128), Vec<usize>> = FxHashMap::default();
        for &at in &right {
            let account = &self.on_virtual[at];
            for card in cards(account) {
                holders.entry((&account.bank, card)).or_default().push(at);
            }
        }
        let mut wanted: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
        let mut choices: Vec<(usize, Option<usize>)> = Vec::with_capacity(left.len());
        for at in left {
            let account = &self.at_banks[at];
            let mut found: Vec<usize> = cards(account)
                .filter_map(|card| holders.get(&(&*account.bank, card)))
                .flatten()
                .copied()
                .collect();
            found.sort_unstable();
            found.dedup();
            for &other in &found {
                wanted.entry(other).or_default().push(at);
            }
            choices.push((at, if let [only] = found[..] { Some(only) } else { None }));
        }
        let mut taken = FxHashSet::default();
        let mut units = Vec::new();
        for (at, other) in choices {
            let other = other.filter(|other| wanted[other].len() == 1);
            taken.extend(other);
            units.push(Unit {
                at_bank: vec![at],
                on_virtual: other.into_iter().collect(),
                ..Unit::default()
            });
        }
        let alone = right.into_iter().filter(|at| !taken.contains(at));
        units.extend(alone.map(|at| Unit { on_virtual: vec![at], ..Unit::default() }));
        units
    }

    /// What is wrong with a unit, each reason once.
    fn faults(&self, unit: &Unit) -> Vec<AccountFault> {
        let mut bank: Vec<&Account> = unit.at_bank.iter().map(|&at| &self.at_banks[at]).collect();
        let mut other: Vec<&Account> = unit.on_virtual.iter().map(|&at| &self.on_virtual[at]).collect();
        bank.sort_unstable_by_key(|account| account.id);
        other.sort_unstable_by_key(|account| account.id);
        let sum = |accounts: &[&Account]| accounts.iter().map(|account| account.balance).sum::<Money>();
        let difference = sum(&other) - sum(&bank);
        let mut faults = Vec::new();
        let mut note = |reason, account: &Account, difference| {
            faults.push(AccountFault { reason, account: account.id, difference });
        };
        match (&bank[..], &other[..]) {
            ([], [first, ..]) => note(Reason::OnlyVirtual, first, difference),
            ([first, ..], []) => note(Reason::OnlyAtBank, first, difference),
            ([first], [_]) if !difference.is_zero() => note(Reason::BalanceDiffers, first, difference),
            ([first, ..], _) if !difference.is_zero() => note(Reason::SeveralCards, first, difference),
            _ => {}
        }
        if let ([first, ..], [_, ..]) = (&bank[..], &other[..])
            && is_another(&bank, &other)
        {
            note(Reason::HolderDiffers, first, Money::ZERO);
        }
        let all = || bank.iter().chain(&other).copied();
        let replaced = match (&bank[..], &other[..]) {
            ([one], [two]) if one.card.is_some() && two.card.is_some() && one.card != two.card => Some(*one),
            _ => None,
        };
        if let Some(account) = all().find(|account| account.state != AccountState::Normal).or(replaced) {
            note(Reason::CardChanged, account, Money::ZERO);
        }
        if let Some(account) = all().find(|account| account.balance.is_negative()) {
            note(Reason::NegativeBalance, account, Money::ZERO);
        }
        if let Some(account) = all().find(|account| account.balance > self.limit) {
            note(Reason::LargeBalance, account, Money::ZERO);
        }
        faults
    }
}

fn cards(account: &Account) -> impl Iterator<Item = u128> {
    account.card.into_iter().chain(account.old_card.filter(|old| Some(*old) != account.card))
}

/// Whether both sides name the holder, and name him differently.
fn is_another(bank: &[&Account], other: &[&Account]) -> bool {
    let differ = |one: Option<u128>, two: Option<u128>| one.is_some() && two.is_some() && one != two;
    bank.iter().any(|one| other.iter().any(|two| differ(one.name, two.name) || differ(one.cert, two.cert)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Label as _;

    /// `cert card old name balance state`, `-` for nothing.
    fn account(id: i64, text: &str) -> Account {
        let words: Vec<&str> = text.split_whitespace().collect();
        let mark = |at: usize| words[at].parse().ok();
        Account {
            id,
            bank: "甲".to_owned(),
            cert: mark(0),
            card: mark(1),
            old_card: mark(2),
            name: mark(3),
            balance: words[4].parse().unwrap(),
            state: words.get(5).map_or(AccountState::Normal, |state| state.parse().unwrap()),
        }
    }

    fn list(texts: &[&str], first: i64) -> Vec<Account> {
        (first..).zip(texts).map(|(id, text)| account(id, text)).collect()
    }

    fn told(found: &Accounts) -> String {
        let one =
            |fault: &AccountFault| format!("{}@{} {}", fault.reason.id(), fault.account, fault.difference);
        found.units.iter().flat_map(|unit| &unit.faults).map(one).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn each_fault_is_found_and_nothing_else() {
        #[rustfmt::skip] // the columns are the point
        let cases: &[(&[&str], &[&str], &str)] = &[
            // bank                                   virtual                                    found
            (&["1 11 - 7 5.00"],                      &["1 11 - 7 5.00"],                        ""),
            (&["1 11 - 7 5.00"],                      &[],                                       "V1@1 -5.00"),
            (&[],                                     &["1 11 - 7 5.00"],                        "V2@101 5.00"),
            (&["1 11 - 7 5.00"],                      &["1 11 - 7 5.01"],                        "V3@1 0.01"),
            (&["1 11 - 7 5.00"],                      &["1 11 - 8 5.00"],                        "V4@1 0.00"),
            (&["1 11 - 7 5.00"],                      &["2 11 - 7 5.00"],                        "V4@1 0.00"),
            (&["- 11 - 7 5.00"],                      &["2 11 - 7 5.00"],                        ""),
            (&["1 11 - 7 5.00", "1 12 - 7 2.00"],     &["1 11 - 7 7.00"],                        ""),
            (&["1 11 - 7 5.00", "1 12 - 7 2.00"],     &["1 11 - 7 5.00"],                        "V5@1 -2.00"),
            (&["1 11 - 7 5.00", "1 12 - 7 2.00"],     &["1 12 - 7 5.00", "1 11 - 7 2.00"],       "V3@1 -3.00, V3@2 3.00"),
            (&["1 11 - 7 5.00 lost"],                 &["1 11 - 7 5.00"],                        "V6@1 0.00"),
            (&["1 12 11 7 5.00"],                     &["1 11 - 7 5.00"],                        "V6@1 0.00"),
            (&["- 12 11 7 5.00"],                     &["- 11 - 7 5.00"],                        "V6@1 0.00"),
            (&["1 11 - 7 -5.00"],                     &["1 11 - 7 -5.00"],                       "V7@1 0.00"),
            (&["1 11 - 7 100.01"],                    &["1 11 - 7 100.01"],                      "V8@1 0.00"),
            (&["1 11 - 7 100.00"],                    &["1 11 - 7 100.00"],                      ""),
            (&["- 11 - 7 5.00", "- 12 - 7 6.00"],     &["- 12 11 7 5.00"],                       "V1@1 -5.00, V1@2 -6.00, V2@101 5.00"),
        ];
        for (bank, other, want) in cases {
            let found = compare_accounts(&list(bank, 1), &list(other, 101), Money::from_fen(10_000));
            assert_eq!(told(&found), *want, "{bank:?} {other:?}");
        }
    }

    #[test]
    fn sums_agree_by_persons_and_to_the_fen() {
        #[rustfmt::skip] // the columns are the point
        let cases: &[(&[&str], &[&str], bool)] = &[
            (&["1 11 - 7 5.00", "1 12 - 7 2.00"], &["1 11 - 7 7.00"],                   true),
            (&["1 11 - 7 5.00"],                  &["1 11 - 7 5.01"],                   false),
            (&["1 11 - 7 5.00"],                  &["1 11 - 7 5.00", "2 12 - 7 0.00"],  false),
            (&["1 11 - 7 5.00", "2 12 - 7 2.00"], &["1 11 - 7 2.00", "2 12 - 7 5.00"],  true),
        ];
        for (bank, other, want) in cases {
            let found = compare_accounts(&list(bank, 1), &list(other, 101), Money::from_fen(10_000));
            assert_eq!(found.sums_agree(), *want, "{bank:?} {other:?}");
        }
    }

    #[test]
    fn every_account_is_in_one_unit_whatever_the_order() {
        let bank = list(&["1 11 - 7 5.00", "1 12 - 7 2.00", "- 13 14 7 3.00", "2 15 - 7 4.00 frozen"], 1);
        let other = list(&["2 15 - 7 4.00", "- 14 - 7 3.00", "1 16 - 7 7.00", "3 17 - 7 1.00"], 101);
        let found = compare_accounts(&bank, &other, Money::from_fen(10_000));
        let ids = |accounts: &[Account], places: &[usize]| -> Vec<i64> {
            let mut ids: Vec<i64> = places.iter().map(|&at| accounts[at].id).collect();
            ids.sort_unstable();
            ids
        };
        let plain = |found: &Accounts, bank: &[Account], other: &[Account]| -> Vec<_> {
            let one =
                |unit: &Unit| (ids(bank, &unit.at_bank), ids(other, &unit.on_virtual), unit.faults.clone());
            found.units.iter().map(one).collect()
        };
        let want = plain(&found, &bank, &other);
        let (mut turned, mut round) = (bank.clone(), other.clone());
        for _ in 0..4 {
            turned.rotate_left(1);
            round.reverse();
            round.rotate_left(1);
            let again = compare_accounts(&turned, &round, Money::from_fen(10_000));
            assert_eq!(plain(&again, &turned, &round), want);
        }
        let (banks, others): (Vec<_>, Vec<_>) =
            want.into_iter().map(|(bank, other, _)| (bank, other)).unzip();
        assert_eq!(banks.concat(), [1, 2, 3, 4]);
        let mut others = others.concat();
        others.sort_unstable();
        assert_eq!(others, [101, 102, 103, 104]);
    }
}
