//! Taking in a list of accounts: whole or not at all, and safe to repeat.

use super::{AccountsError, Lot};
use crate::domain::{AccountEntry, AccountSide, Actor, Digest, Money, Right};
use crate::intake::{AccountsSheet, Fault, FaultReason, SheetSummary};
use crate::store::{AccountsKept, Ledger, Mode, NewAccounts, NewFile};
use crate::work::WorkError;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;

/// What came of a list.
#[derive(Clone, Debug)]
pub struct AccountsTaken {
    /// Where it stands now.
    pub kept: AccountsKept,
    /// Accounts and what is on them, by bank.
    pub banks: BTreeMap<String, (u64, Money)>,
    /// Faults of the rows left out; only with `accept_good`.
    pub faults: Vec<Fault>,
    /// What the sheet says of itself.
    pub summary: SheetSummary,
    /// The first accounts as they were understood.
    pub sample: Vec<AccountEntry>,
}

/// So many rows are kept to be shown as they were understood.
const SAMPLE: usize = 5;

/// Which list a file is.
#[derive(Clone, Copy, Debug)]
pub struct AccountsFile<'a> {
    /// Where it lies; its bytes are kept in the ledger.
    pub path: &'a Path,
    /// The digest of its bytes.
    pub digest: Digest,
    /// Whose list it is.
    pub side: AccountSide,
    /// Of which bank; empty where each row names its own.
    pub bank: &'a str,
    /// In which lot its accounts move, and whether that is only rehearsed.
    pub lot: &'a Lot,
}

/// Keeps a list of accounts. A bad row refuses it as a whole, unless `accept_good` is given; totals that the list
/// states and that are not those of its rows refuse it in any case.
///
/// # Errors
/// [`WorkError::Rows`] with every fault of the file; [`AccountsError::NoBank`].
pub fn take_accounts(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    mut sheet: AccountsSheet,
    file: &AccountsFile<'_>,
    accept_good: bool,
) -> Result<AccountsTaken, WorkError> {
    if file.side == AccountSide::Bank && file.bank.is_empty() {
        return Err(AccountsError::NoBank.into());
    }
    let (mut accounts, mut faults) = (Vec::new(), Vec::new());
    for row in &mut sheet {
        match row {
            Ok(draft) => accounts.push((draft.entry, draft.at_line)),
            Err(found) => faults.extend(found),
        }
    }
    let (summary, totals) = sheet.finish();
    if !totals.is_empty() || (!accept_good && !faults.is_empty()) {
        faults.extend(totals);
        return Err(WorkError::Rows(faults));
    }
    // Where an account stands twice nobody can tell which row is right.
    let refused: HashSet<u64> = faults.iter().flat_map(lines_of).collect();
    accounts.retain(|(_, line)| !refused.contains(line));
    let mut banks: BTreeMap<String, (u64, Money)> = BTreeMap::new();
    for (entry, _) in &accounts {
        let (count, total) = banks.entry(entry.bank.clone()).or_default();
        (*count, *total) = (*count + 1, *total + entry.balance);
    }
    let sample = accounts.iter().take(SAMPLE).map(|(entry, _)| entry.clone()).collect();
    let name = file.path.file_name().unwrap_or(file.path.as_os_str()).to_string_lossy();
    let kept = ledger.write_once(actor, mode, |w| {
        w.needs(Right::Import)?;
        let kept = w.keep_accounts(
            &NewAccounts {
                rehearsal: file.lot.rehearsal,
                side: file.side,
                bank: file.bank,
                lot: &file.lot.name,
                file: NewFile {
                    digest: file.digest,
                    name: &name,
                    what: "accounts",
                    rows: accounts.len() as u64,
                    path: Some(file.path),
                    of_bytes: true,
                },
            },
            &accounts,
        )?;
        if let AccountsKept::Known(_) = kept {
            w.discard();
        }
        Ok::<_, WorkError>(kept)
    })?;
    Ok(AccountsTaken { kept, banks, faults, summary, sample })
}

/// The lines that a fault is about.
fn lines_of(fault: &Fault) -> Vec<u64> {
    match fault.reason {
        FaultReason::AccountTwice { first_line } => vec![fault.line, first_line],
        _ => vec![fault.line],
    }
}
