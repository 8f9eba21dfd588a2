//! Comparing: what counts of both sides is laid side by side, and what does not agree goes to the register.
//!
//! Nothing is confirmed by anything kept: which accounts agree follows from the lists
//! that count, the limit and what people verified, each time it is asked.

use super::{AccountsError, Lot};
use crate::domain::{AccountSide, Actor, BreakPhase, BreakState, Limit, Money, Reason, Resolution, Right};
use crate::reconcile::{Account, AccountFault, Accounts, BankSums, Unit, compare_accounts};
use crate::store::{AccountsInfo, Books, Finding, Ledger, Mode, NewRun, Writer};
use crate::work::WorkError;
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Units and what is on them, by the virtual side, or by the bank where that has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Portion {
    /// Units: mostly one account on each side.
    pub count: u64,
    /// What is on them.
    pub total_fen: Money,
}

/// Where the accounts of one bank stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct BankStanding {
    /// The sums of both sides.
    #[serde(flatten)]
    pub sums: BankSums,
    /// Agree, and may leave once all sums do.
    pub agreed: Portion,
    /// Negative or implausibly large, held until somebody has verified them.
    pub held: Portion,
    /// Differ otherwise.
    pub open: Portion,
}

/// Where a unit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Both sides agree, or somebody verified that they do.
    Agreed,
    /// It is to be verified first.
    Held,
    /// It differs.
    Open,
}

/// What a comparison came to.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The lot.
    pub lot: Lot,
    /// The lists that count, by number.
    pub lists: Vec<i64>,
    /// Number of the run, or of the rehearsal; `None` where nothing was written.
    pub number: Option<i64>,
    /// Where each bank stands.
    pub banks: Vec<BankStanding>,
    /// Every bank has the same persons and sums on both sides.
    pub sums_agree: bool,
    /// Persons were compared; only where the sums agree, or it was asked for.
    pub in_detail: bool,
    /// What does not agree, as the register has it or would have it.
    pub findings: Vec<Finding>,
    /// The balance above which an account is verified first.
    pub limit: Money,
    /// Breaks that are new, still there, and gone since the last comparison.
    pub new_breaks: usize,
    /// Still there.
    pub still_open: usize,
    /// Gone since the last comparison.
    pub gone: usize,
}

impl Comparison {
    /// No more than which lists it is of, under which limit.
    pub(super) fn bare(desk: &Desk, lot: &Lot) -> Comparison {
        Comparison { banks: Vec::new(), ..summary(desk, lot, false) }
    }

    /// How many units are held or differ.
    pub fn at_odds(&self) -> u64 {
        self.banks.iter().map(|bank| bank.held.count + bank.open.count).sum()
    }

    /// Counts and sums, as the run keeps them and JSON shows them.
    pub fn outcome(&self) -> Value {
        json!({
            "lot": self.lot.name, "rehearsal": self.lot.rehearsal, "lists": self.lists, "banks": self.banks,
            "sums_agree": self.sums_agree, "in_detail": self.in_detail, "limit_fen": self.limit,
            "findings": self.findings.len(),
        })
    }
}

/// The lists of a lot that count, their accounts, and what comparing them gives.
pub(super) struct Desk {
    pub(super) lists: Vec<AccountsInfo>,
    pub(super) at_banks: Vec<Account>,
    pub(super) on_virtual: Vec<Account>,
    pub(super) found: Accounts,
    pub(super) limit: Money,
    /// What people verified, by reason and first account.
    verified: FxHashSet<(Reason, i64)>,
    /// The first account that said the same, of those with a fault.
    firsts: FxHashMap<i64, i64>,
}

impl Desk {
    /// Reads the lists of a lot.
    ///
    /// # Errors
    /// [`AccountsError::OneSided`] where a side is missing.
    pub(super) fn read(books: &Books<'_>, lot: &Lot) -> Result<Desk, WorkError> {
        let mut lists = books.account_lists(lot.rehearsal)?;
        lists.retain(|list| list.counts && list.lot == lot.name);
        let count = |side| lists.iter().filter(|list| list.side == side).count();
        let (banks, virtuals) = (count(AccountSide::Bank), count(AccountSide::Virtual));
        if banks == 0 || virtuals == 0 {
            return Err(AccountsError::OneSided { lot: lot.name.clone(), banks, virtuals }.into());
        }
        let limit = books.limit(Limit::Account)?;
        let (at_banks, on_virtual) =
            (accounts(books, &lists, AccountSide::Bank)?, accounts(books, &lists, AccountSide::Virtual)?);
        let found = compare_accounts(&at_banks, &on_virtual, limit);
        let mut firsts = FxHashMap::default();
        for fault in found.units.iter().flat_map(|unit| &unit.faults) {
            firsts.insert(fault.account, books.first_of_account(fault.account)?);
        }
        let verified = if lot.rehearsal { FxHashSet::default() } else { verified(books)? };
        Ok(Desk { lists, at_banks, on_virtual, found, limit, verified, firsts })
    }

    /// Where a unit stands.
    pub(super) fn standing(&self, unit: &Unit) -> Standing {
        let mut worst = Standing::Agreed;
        for fault in &unit.faults {
            let settled = fault.reason.moves_once_verified()
                && self.verified.contains(&(fault.reason, self.first(fault.account)));
            let held = matches!(fault.reason, Reason::NegativeBalance | Reason::LargeBalance);
            if settled || (held && worst == Standing::Open) {
                continue;
            }
            worst = if held { Standing::Held } else { Standing::Open };
        }
        worst
    }

    /// The first account that said the same as one with a fault.
    pub(super) fn first(&self, account: i64) -> i64 {
        self.firsts.get(&account).copied().unwrap_or(account)
    }

    /// What is on a unit: by the virtual side, or by the bank where that has none.
    pub(super) fn money(&self, unit: &Unit) -> Money {
        if unit.on_virtual.is_empty() {
            return unit.at_bank.iter().map(|&at| self.at_banks[at].balance).sum();
        }
        unit.on_virtual.iter().map(|&at| self.on_virtual[at].balance).sum()
    }

    /// The bank of a unit.
    pub(super) fn bank(&self, unit: &Unit) -> &str {
        let bank = unit.at_bank.first().map(|&at| &self.at_banks[at]);
        let other = unit.on_virtual.first().map(|&at| &self.on_virtual[at]);
        bank.or(other).map_or("", |account| &account.bank)
    }

    /// Where each bank stands.
    pub(super) fn banks(&self) -> Vec<BankStanding> {
        let sums = self.found.sums.iter().cloned();
        let mut banks: Vec<_> = sums.map(|sums| BankStanding { sums, ..BankStanding::default() }).collect();
        let places: FxHashMap<String, usize> =
            banks.iter().enumerate().map(|(at, bank)| (bank.sums.bank.clone(), at)).collect();
        for unit in &self.found.units {
            let Some(&at) = places.get(self.bank(unit)) else { continue };
            let portion = match self.standing(unit) {
                Standing::Agreed => &mut banks[at].agreed,
                Standing::Held => &mut banks[at].held,
                Standing::Open => &mut banks[at].open,
            };
            portion.count += 1;
            portion.total_fen += self.money(unit);
        }
        banks
    }

    /// What does not agree, as the register takes it.
    fn findings(&self) -> BTreeSet<Finding> {
        let faults = self.found.units.iter().flat_map(|unit| &unit.faults);
        let finding = |fault: &AccountFault| Finding {
            reason: fault.reason,
            record: None,
            settlement: None,
            difference: fault.difference,
            account: Some(self.first(fault.account)),
        };
        faults.map(finding).collect()
    }
}

fn accounts(books: &Books<'_>, lists: &[AccountsInfo], side: AccountSide) -> Result<Vec<Account>, WorkError> {
    let mut accounts = Vec::new();
    for list in lists.iter().filter(|list| list.side == side) {
        books.each_account(list.id, |row| {
            accounts.push(Account {
                id: row.id,
                bank: row.bank,
                cert: row.cert,
                card: row.card,
                old_card: row.old_card,
                name: row.name,
                balance: row.balance,
                state: row.state,
            });
        })?;
    }
    Ok(accounts)
}

/// What people verified, and somebody signed where it is above the limit of one person.
fn verified(books: &Books<'_>) -> Result<FxHashSet<(Reason, i64)>, WorkError> {
    let breaks = books.breaks(Some(BreakState::Resolved))?;
    let counts = breaks
        .into_iter()
        .filter(|found| found.how == Some(Resolution::Verified) && found.phase() != BreakPhase::Proposed);
    Ok(counts.filter_map(|found| Some((found.reason, found.account?.id))).collect())
}

/// Where the accounts of a lot stand now. Nothing is written.
///
/// # Errors
/// [`AccountsError::OneSided`].
pub fn account_standing(books: &Books<'_>, lot: &Lot) -> Result<Comparison, WorkError> {
    let desk = Desk::read(books, lot)?;
    let mut done = summary(&desk, lot, true);
    done.number = compared(books, &done)?;
    Ok(done)
}

/// The last comparison of a lot, where it was of these lists and under this limit.
pub(super) fn compared(books: &Books<'_>, now: &Comparison) -> Result<Option<i64>, WorkError> {
    let lot = &now.lot;
    let runs: Vec<(i64, Value)> = if lot.rehearsal {
        books.rehearsals()?.into_iter().map(|run| (run.id, run.outcome)).collect()
    } else {
        books.comparisons()?.into_iter().map(|run| (run.id, run.outcome)).collect()
    };
    let last = runs.into_iter().rev().find(|(_, outcome)| outcome["lot"] == lot.name.as_str());
    let same =
        |outcome: &Value| outcome["lists"] == json!(now.lists) && outcome["limit_fen"] == json!(now.limit);
    Ok(last.filter(|(_, outcome)| same(outcome)).map(|(number, _)| number))
}

fn summary(desk: &Desk, lot: &Lot, in_detail: bool) -> Comparison {
    let findings = if in_detail { desk.findings().into_iter().collect() } else { Vec::new() };
    let mut banks = desk.banks();
    if !in_detail {
        for bank in &mut banks {
            (bank.agreed, bank.held, bank.open) = Default::default();
        }
    }
    Comparison {
        lot: lot.clone(),
        lists: desk.lists.iter().map(|list| list.id).collect(),
        number: None,
        banks,
        sums_agree: desk.found.sums_agree(),
        in_detail,
        findings,
        limit: desk.limit,
        new_breaks: 0,
        still_open: 0,
        gone: 0,
    }
}

/// Compares the lists of a lot: sums first, and persons where the sums agree, or where `detail` asks for them all the
/// same. What does not agree becomes a break; a rehearsal is only written down. Compared again without a change, the
/// ledger stays as it is.
///
/// # Errors
/// [`AccountsError::OneSided`].
pub fn compare(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    lot: &Lot,
    detail: bool,
) -> Result<Comparison, WorkError> {
    ledger.write(actor, mode, |w| {
        w.needs(Right::Reconcile)?;
        let desk = Desk::read(&w.books(), lot)?;
        let in_detail = detail || desk.found.sums_agree();
        let mut done = summary(&desk, lot, in_detail);
        if !in_detail {
            w.discard();
            return Ok(done);
        }
        let before = compared(&w.books(), &done)?;
        if lot.rehearsal {
            rehearse(w, &mut done, before)?;
        } else {
            register(w, &mut done, before)?;
        }
        Ok(done)
    })
}

fn rehearse(w: &mut Writer<'_>, done: &mut Comparison, before: Option<i64>) -> Result<(), WorkError> {
    done.new_breaks = done.findings.len();
    if before.is_some() {
        done.number = before;
        w.discard();
        return Ok(());
    }
    done.number = Some(w.rehearse_accounts(&done.lot.name, &done.outcome(), &done.findings)?);
    Ok(())
}

fn register(w: &mut Writer<'_>, done: &mut Comparison, before: Option<i64>) -> Result<(), WorkError> {
    let stood: BTreeSet<_> = w.books().standing_accounts(&done.lot.name)?.into_iter().collect();
    let findings: BTreeSet<_> = done.findings.iter().cloned().collect();
    done.new_breaks = findings.difference(&stood).count();
    done.still_open = findings.intersection(&stood).count();
    let run = w.begin_run(&NewRun { file: "" })?;
    for finding in &findings {
        w.see_break(run, finding)?;
    }
    done.gone = w.forget_accounts(run, &done.lot.name)?;
    if before.is_some() && done.new_breaks + done.gone == 0 {
        done.number = before;
        w.discard();
        return Ok(());
    }
    done.number = Some(run);
    w.finish_comparison(run, &done.outcome())?;
    Ok(())
}
