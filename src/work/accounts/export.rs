//! Sending out what agrees: the data text with its control totals, after a backup and on the ground of a
//! comparison of just these lists.

use super::compare::{Desk, Standing, compared};
use super::{AccountsError, Comparison, Lot};
use crate::batch::{
    self, AccountLine, AccountsHead, BankControl, File, LeftLine, MANIFEST, Signer, accounts_folder,
};
use crate::domain::{Actor, Digest, Money, Right};
use crate::reconcile::Unit;
use crate::store::{AccountInfo, Books, Ledger, Mode, Writer};
use crate::text::Label as _;
use crate::work::WorkError;
use rustc_hash::FxHashMap;
use serde_json::json;
use std::path::{Path, PathBuf};

/// What left, or would leave.
#[derive(Clone, Debug)]
pub struct AccountsSent {
    /// The comparison it rests on.
    pub run: i64,
    /// Where it stands; `None` where it was only tried.
    pub folder: Option<PathBuf>,
    /// It stood there already, byte for byte.
    pub already: bool,
    /// The control totals, by bank.
    pub control: Vec<BankControl>,
    /// Accounts that go.
    pub accounts: u64,
    /// What is on them.
    pub total: Money,
    /// Units that stay, with what is on them.
    pub left_out: (u64, Money),
    /// The digest of the manifest, in short.
    pub check_code: String,
}

/// Writes the accounts of a lot that agree as a folder in `out`. The same lists and breaks give the same bytes.
///
/// # Errors
/// [`AccountsError::NotCompared`], [`AccountsError::SumsDiffer`], [`AccountsError::NoBackup`],
/// [`AccountsError::NothingAgrees`]; [`WorkError::Batch`] where the folder cannot be written.
pub fn export_accounts(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    out: &Path,
    lot: &Lot,
) -> Result<AccountsSent, WorkError> {
    ledger.write(actor, mode, |w| {
        w.needs(Right::Exchange)?;
        let desk = Desk::read(&w.books(), lot)?;
        let run = may_leave(&w.books(), &desk, lot)?;
        let (lines, left, mut control) = sorted_out(&w.books(), &desk)?;
        if lines.is_empty() {
            return Err(AccountsError::NothingAgrees { lot: lot.name.clone() }.into());
        }
        let head = head(w, run, lot, desk.limit)?;
        let mut files = accounts_folder(&head, &lines, &left, &mut control);
        let manifest = files.iter().find(|file| file.name == MANIFEST).map(|file| file.bytes.clone());
        let manifest = manifest.unwrap_or_default();
        files.push(File::signature(w.sign(&manifest)?));
        let digest = Digest::of(&manifest);
        let mut sent = AccountsSent {
            run,
            folder: None,
            already: w.accounts_left(run, digest)?,
            accounts: lines.len() as u64,
            total: lines.iter().map(|line| line.balance).sum(),
            left_out: control.iter().fold((0, Money::ZERO), |(count, total), bank| {
                (count + bank.left_out, total + bank.left_out_fen)
            }),
            control,
            check_code: digest.short(),
        };
        let name = format!("accounts-R{run}-{}", digest.short());
        if mode == Mode::Try {
            batch::try_out(out, &name)?;
            return Ok(sent);
        }
        sent.folder = Some(batch::write(out, &name, &files)?.path);
        if sent.already {
            w.discard();
            return Ok(sent);
        }
        let detail = json!({
            "lot": lot.name, "accounts": sent.accounts, "total_fen": sent.total, "left_out": sent.left_out.0,
            "left_out_fen": sent.left_out.1, "folder": name, "manifest": digest.to_string(),
        });
        w.accounts_exported(run, &detail, digest)?;
        Ok(sent)
    })
}

/// The comparison that lets the accounts of a lot leave.
fn may_leave(books: &Books<'_>, desk: &Desk, lot: &Lot) -> Result<i64, WorkError> {
    let differ: Vec<String> =
        desk.found.sums.iter().filter(|sums| !sums.agree()).map(|sums| sums.bank.clone()).collect();
    if !differ.is_empty() {
        return Err(AccountsError::SumsDiffer { lot: lot.name.clone(), banks: differ }.into());
    }
    let now = Comparison::bare(desk, lot);
    let run = compared(books, &now)?.ok_or_else(|| AccountsError::NotCompared { lot: lot.name.clone() })?;
    if !books.backed_up_since_accounts()? {
        return Err(AccountsError::NoBackup.into());
    }
    Ok(run)
}

fn head(w: &Writer<'_>, run: i64, lot: &Lot, limit: Money) -> Result<AccountsHead, WorkError> {
    let books = w.books();
    let founding = w.founding();
    let compared_at =
        books.comparisons()?.iter().find(|one| one.id == run).map_or(w.actor().at, |one| one.at);
    let signer = Signer::new(&founding.station, &books.ledger_id()?, books.station_key()?);
    Ok(AccountsHead {
        lot: lot.name.clone(),
        run,
        facility: founding.facility.clone(),
        compared_at,
        limit,
        signer,
    })
}

type SortedOut = (Vec<AccountLine>, Vec<LeftLine>, Vec<BankControl>);

/// What goes and what stays, in the order of the units.
fn sorted_out(books: &Books<'_>, desk: &Desk) -> Result<SortedOut, WorkError> {
    let mut control: Vec<BankControl> = desk
        .found
        .sums
        .iter()
        .map(|sums| BankControl { bank: sums.bank.clone(), ..BankControl::default() })
        .collect();
    let numbers = numbers(books)?;
    let (mut lines, mut left) = (Vec::new(), Vec::new());
    for unit in &desk.found.units {
        if desk.standing(unit) == Standing::Agreed {
            lines.extend(lines_of(books, desk, unit)?);
            continue;
        }
        if let Some(bank) = control.iter_mut().find(|bank| bank.bank == desk.bank(unit)) {
            bank.left_out += 1;
            bank.left_out_fen += desk.money(unit);
        }
        for fault in &unit.faults {
            let account = books.account(fault.account)?;
            let key = (fault.reason.id(), desk.first(fault.account));
            let AccountInfo { bank, shown, balance, .. } = account;
            left.push(LeftLine {
                number: numbers.get(&key).copied().unwrap_or(0),
                code: fault.reason.id(),
                bank,
                name: shown.name,
                id_no: shown.id_no,
                card_no: shown.phone,
                balance,
                difference: fault.difference,
            });
        }
    }
    Ok((lines, left, control))
}

/// The last break of each account and reason.
fn numbers(books: &Books<'_>) -> Result<FxHashMap<(&'static str, i64), i64>, WorkError> {
    let breaks = books.breaks(None)?;
    Ok(breaks
        .into_iter()
        .filter_map(|found| Some(((found.reason.id(), found.account?.id), found.id)))
        .collect())
}

/// The lines of a unit that agrees: the virtual side's accounts, with the cards that the bank has now.
fn lines_of(books: &Books<'_>, desk: &Desk, unit: &Unit) -> Result<Vec<AccountLine>, WorkError> {
    let open = |id: i64| -> Result<_, WorkError> { Ok(books.opened_account(&books.account(id)?)?) };
    let mut at_bank = unit.at_bank.iter().map(|&at| desk.at_banks[at].id).collect::<Vec<_>>();
    at_bank.sort_unstable();
    let held = at_bank.into_iter().map(open).collect::<Result<Vec<_>, _>>()?;
    let cards: Vec<&str> =
        held.iter().map(|one| &*one.person.card_no).filter(|card| !card.is_empty()).collect();
    let cards = cards.join(";");
    let mut others = unit.on_virtual.iter().map(|&at| desk.on_virtual[at].id).collect::<Vec<_>>();
    others.sort_unstable();
    let first = held.first().map(|one| &one.person);
    let mut lines = Vec::with_capacity(others.len());
    for id in others {
        let entry = open(id)?;
        let or_bank = |own: &str, bank: Option<&String>| match (own, bank) {
            ("", Some(bank)) => bank.clone(),
            (own, _) => own.to_owned(),
        };
        let person = &entry.person;
        lines.push(AccountLine {
            psn_no: or_bank(&person.psn_no, first.map(|one| &one.psn_no)),
            name: or_bank(&person.name, first.map(|one| &one.name)),
            id_type: person.id_type.clone(),
            id_no: or_bank(&person.id_no, first.map(|one| &one.id_no)),
            card_no: if cards.is_empty() { person.card_no.clone() } else { cards.clone() },
            balance: entry.balance,
            bank: entry.bank,
        });
    }
    Ok(lines)
}
