//! Personal accounts that move from banks to the virtual side (实转虚): their lists and rows,
//! and comparisons that were only rehearsed.
//!
//! Identities are sealed here and compared by marks. What agrees is decided above
//! (`reconcile`, joined in `work`); real comparisons are runs, see `settlement`.

use crate::domain::{
    AccountEntry, AccountSide, AccountState, Digest, Digester, EventKind, Masked, Money, Subject, Time,
    mask_card,
};
use crate::store::event::parsed;
use crate::store::run_log::RunLog;
use crate::store::seal::{Mark, Place};
use crate::store::{Books, Finding, NewFile, StoreError, Writer};
use crate::text::Label;
use rusqlite::{OptionalExtension, Row};
use rustc_hash::FxHashSet;
use serde_json::{Value, json};

const ADD_LOAD: &str = "
    INSERT INTO account_load (rehearsal, side, bank, lot, whole, file, rows, total_fen, replaces, loaded_at, operator)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
const ADD: &str = "
    INSERT INTO account (load, row, bank, state, balance_fen, name_shown, id_shown, card_shown, old_shown, name_mark,
        id_mark, card_mark, old_card_mark, whole, sealed)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
macro_rules! loads {
    () => {
        "SELECT l.id, l.rehearsal, l.side, l.bank, l.lot, l.rows, l.total_fen, l.loaded_at, l.operator, l.replaces,
                l.whole, NOT EXISTS (SELECT 1 FROM account_load n WHERE n.replaces = l.id) AS counts
         FROM account_load l"
    };
}
const LOADS: &str = concat!(loads!(), " WHERE l.rehearsal = ?1 ORDER BY l.id");
const STANDING: &str = concat!(
    loads!(),
    " WHERE l.rehearsal = ?1 AND l.side = ?2 AND l.bank = ?3 AND l.lot = ?4 AND counts ORDER BY l.id DESC LIMIT 1"
);
const ROWS: &str = "
    SELECT id, bank, state, balance_fen, name_mark, id_mark, card_mark, old_card_mark FROM account
    WHERE load = ?1 ORDER BY id";
macro_rules! columns {
    () => {
        "SELECT a.id, a.load, a.row, a.bank, a.state, a.balance_fen, a.name_shown, a.id_shown, a.card_shown, a.whole,
                a.sealed, l.side, l.lot, a.old_shown
         FROM account a JOIN account_load l ON l.id = a.load"
    };
}
const ONE: &str = concat!(columns!(), " WHERE a.id = ?1");
/// Accounts of the same holder or card in the lists of the other side that count.
const ACROSS: &str = concat!(
    columns!(),
    " JOIN account o ON o.id = ?1 JOIN account_load m ON m.id = o.load
      WHERE l.rehearsal = m.rehearsal AND l.lot = m.lot AND l.side <> m.side AND a.bank = o.bank
        AND (a.id_mark = o.id_mark OR a.card_mark = o.card_mark OR a.card_mark = o.old_card_mark
             OR a.old_card_mark = o.card_mark)
        AND NOT EXISTS (SELECT 1 FROM account_load n WHERE n.replaces = l.id)
      ORDER BY a.id"
);
const FIRST: &str = "SELECT min(id) FROM account WHERE whole = (SELECT whole FROM account WHERE id = ?1)";
const AT_ODDS: &str = "
    SELECT DISTINCT b.account FROM break b JOIN account a ON a.id = b.account
    JOIN account_load l ON l.id = a.load WHERE l.lot = ?1";
const REHEARSE: &str =
    "INSERT INTO account_rehearsal (at, operator, lot, outcome, findings) VALUES (?1, ?2, ?3, ?4, ?5)";
const REHEARSALS: &str = "SELECT id, at, operator, lot, outcome FROM account_rehearsal ORDER BY id";
/// Whether a backup was noted after the last list that is no rehearsal.
const BACKED_UP: &str = "
    SELECT EXISTS (SELECT 1 FROM event WHERE kind = 'backed_up' AND seq > coalesce((
        SELECT max(seq) FROM event WHERE kind = 'accounts_loaded' AND detail ->> 'rehearsal' = 0), 0))";

const LEFT: &str = "SELECT 1 FROM event WHERE kind = 'accounts_exported' AND subject = ?1 AND content = ?2";

/// A list about to be kept.
pub struct NewAccounts<'a> {
    /// It is only rehearsed.
    pub rehearsal: bool,
    /// Whose list it is.
    pub side: AccountSide,
    /// Of which bank; empty where each row names its own.
    pub bank: &'a str,
    /// In which lot the accounts move.
    pub lot: &'a str,
    /// The file it stands in.
    pub file: NewFile<'a>,
}

/// A list as the ledger knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountsInfo {
    /// Its number; people write `Z1`.
    pub id: i64,
    /// It is only rehearsed.
    pub rehearsal: bool,
    /// Whose list it is.
    pub side: AccountSide,
    /// Of which bank; empty where each row names its own.
    pub bank: String,
    /// In which lot the accounts move.
    pub lot: String,
    /// How many accounts.
    pub rows: i64,
    /// What is on them.
    pub total: Money,
    /// When it was imported, Beijing time.
    pub loaded_at: Time,
    /// By whom.
    pub operator: String,
    /// The list that it corrects.
    pub replaces: Option<i64>,
    /// No later list corrects it.
    pub counts: bool,
    whole: [u8; 32],
}

/// What came of keeping a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountsKept {
    /// It is the first of its side, bank and lot.
    New(i64),
    /// Just these rows stand there already, under this number.
    Known(i64),
    /// It takes the place of the second.
    Replaces(i64, i64),
}

/// An account as comparing sees it: marks instead of identities.
#[derive(Clone, Debug)]
pub struct AccountRow {
    /// Row number.
    pub id: i64,
    /// The bank that has it.
    pub bank: String,
    /// What the list says of it.
    pub state: AccountState,
    /// What is on it.
    pub balance: Money,
    /// Stands for the name.
    pub name: Option<u128>,
    /// Stands for the number of the document.
    pub cert: Option<u128>,
    /// Stands for the number of the card.
    pub card: Option<u128>,
    /// Stands for the card before this one.
    pub old_card: Option<u128>,
}

/// One account as people may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountInfo {
    /// Row number.
    pub id: i64,
    /// Number of its list.
    pub load: i64,
    /// Its line in the file.
    pub row: i64,
    /// The bank that has it.
    pub bank: String,
    /// What the list says of it.
    pub state: AccountState,
    /// What is on it.
    pub balance: Money,
    /// Whose it is; `phone` is the card.
    pub shown: Masked,
    /// Whose list it is.
    pub side: AccountSide,
    /// In which lot it moves.
    pub lot: String,
    /// The card before this one, masked.
    pub old_card: String,
    whole: [u8; 32],
    sealed: Vec<u8>,
}

/// A comparison that was only rehearsed.
#[derive(Clone, Debug, PartialEq)]
pub struct RehearsalInfo {
    /// Its number; people write `Y1`.
    pub id: i64,
    /// When, Beijing time.
    pub at: Time,
    /// By whom.
    pub operator: String,
    /// Of which lot.
    pub lot: String,
    /// Counts and sums, as they were then.
    pub outcome: Value,
}

fn place(whole: &[u8; 32]) -> Place<'_> {
    Place { column: "account.sealed", row: whole }
}

fn number(mark: Option<Mark>) -> Option<u128> {
    mark.map(u128::from_be_bytes)
}

impl AccountsInfo {
    fn from_row(row: &Row<'_>) -> Result<AccountsInfo, StoreError> {
        Ok(AccountsInfo {
            id: row.get(0)?,
            rehearsal: row.get(1)?,
            side: parsed(row, 2)?,
            bank: row.get(3)?,
            lot: row.get(4)?,
            rows: row.get(5)?,
            total: Money::from_fen(row.get(6)?),
            loaded_at: parsed(row, 7)?,
            operator: row.get(8)?,
            replaces: row.get(9)?,
            whole: row.get(10)?,
            counts: row.get(11)?,
        })
    }
}

impl AccountInfo {
    fn from_row(row: &Row<'_>) -> Result<AccountInfo, StoreError> {
        Ok(AccountInfo {
            id: row.get(0)?,
            load: row.get(1)?,
            row: row.get(2)?,
            bank: row.get(3)?,
            state: parsed(row, 4)?,
            balance: Money::from_fen(row.get(5)?),
            shown: Masked { name: row.get(6)?, id_no: row.get(7)?, phone: row.get(8)? },
            whole: row.get(9)?,
            sealed: row.get(10)?,
            side: parsed(row, 11)?,
            lot: row.get(12)?,
            old_card: row.get(13)?,
        })
    }
}

impl Books<'_> {
    /// Every list, oldest first: the real ones, or those of rehearsals.
    pub fn account_lists(&self, rehearsal: bool) -> Result<Vec<AccountsInfo>, StoreError> {
        let mut statement = self.conn.prepare_cached(LOADS)?;
        let mut rows = statement.query([rehearsal])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(AccountsInfo::from_row(row)?);
        }
        Ok(found)
    }

    /// Every account of a list, handed on one by one.
    pub fn each_account(&self, load: i64, mut take: impl FnMut(AccountRow)) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(ROWS)?;
        let mut rows = statement.query([load])?;
        while let Some(row) = rows.next()? {
            take(AccountRow {
                id: row.get(0)?,
                bank: row.get(1)?,
                state: parsed(row, 2)?,
                balance: Money::from_fen(row.get(3)?),
                name: number(row.get(4)?),
                cert: number(row.get(5)?),
                card: number(row.get(6)?),
                old_card: number(row.get(7)?),
            });
        }
        Ok(())
    }

    /// One account.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is none of that number.
    pub fn account(&self, id: i64) -> Result<AccountInfo, StoreError> {
        let mut statement = self.conn.prepare_cached(ONE)?;
        let mut rows = statement.query([id])?;
        match rows.next()? {
            Some(row) => AccountInfo::from_row(row),
            None => Err(StoreError::NotFound { what: format!("account #{id}") }),
        }
    }

    /// The account with whom it concerns in it.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while nobody has unlocked the ledger.
    pub fn opened_account(&self, account: &AccountInfo) -> Result<AccountEntry, StoreError> {
        Ok(serde_json::from_slice(&self.sealer()?.open(place(&account.whole), &account.sealed)?)?)
    }

    /// The accounts of the same holder or card in the lists of the other side that count.
    pub fn across(&self, id: i64) -> Result<Vec<AccountInfo>, StoreError> {
        let mut statement = self.conn.prepare_cached(ACROSS)?;
        let mut rows = statement.query([id])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(AccountInfo::from_row(row)?);
        }
        Ok(found)
    }

    /// The first account of any list that said word for word the same: a break of it outlives a corrected list.
    pub fn first_of_account(&self, id: i64) -> Result<i64, StoreError> {
        let first: Option<i64> = self.conn.prepare_cached(FIRST)?.query_row([id], |row| row.get(0))?;
        Ok(first.unwrap_or(id))
    }

    /// The accounts of a lot of which the register holds a break.
    pub(super) fn accounts_at_odds(&self, lot: &str) -> Result<FxHashSet<i64>, StoreError> {
        let mut statement = self.conn.prepare_cached(AT_ODDS)?;
        let rows = statement.query_map([lot], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Every comparison that was only rehearsed, oldest first.
    pub fn rehearsals(&self) -> Result<Vec<RehearsalInfo>, StoreError> {
        let mut statement = self.conn.prepare_cached(REHEARSALS)?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(RehearsalInfo {
                id: row.get(0)?,
                at: parsed(row, 1)?,
                operator: row.get(2)?,
                lot: row.get(3)?,
                outcome: serde_json::from_str(&row.get::<_, String>(4)?)?,
            });
        }
        Ok(found)
    }

    /// Whether the ledger was backed up after the last list that is no rehearsal.
    pub fn backed_up_since_accounts(&self) -> Result<bool, StoreError> {
        Ok(self.conn.prepare_cached(BACKED_UP)?.query_row([], |row| row.get(0))?)
    }
}

impl Writer<'_> {
    /// Keeps a list, each account with its line. The list of the same side, bank and lot before it stays and counts no
    /// more; where that has the same rows, nothing is written.
    pub fn keep_accounts(
        &mut self,
        new: &NewAccounts<'_>,
        accounts: &[(AccountEntry, u64)],
    ) -> Result<AccountsKept, StoreError> {
        let wholes = self.marks_of(new, accounts)?;
        let mut sorted = wholes.clone();
        sorted.sort_unstable();
        let mut digester = Digester::default();
        for mark in &sorted {
            digester.part(mark);
        }
        let whole = *digester.finish().bytes();
        let key = (new.rehearsal, new.side.id(), new.bank, new.lot);
        let standing = self.standing_accounts(key)?;
        if let Some(standing) = standing.as_ref().filter(|standing| standing.whole == whole) {
            return Ok(AccountsKept::Known(standing.id));
        }
        let replaces = standing.map(|standing| standing.id);
        let (file, file_row, kept) = self.remember_file(&new.file, new.file.pack()?)?;
        let total: Money = accounts.iter().map(|(entry, _)| entry.balance).sum();
        let count = i64::try_from(accounts.len()).unwrap_or(i64::MAX);
        self.tx.prepare_cached(ADD_LOAD)?.execute(rusqlite::params![
            new.rehearsal,
            new.side.id(),
            new.bank,
            new.lot,
            whole,
            file.bytes(),
            count,
            total.fen(),
            replaces,
            self.actor.at.to_string(),
            self.actor.operator,
        ])?;
        let id = self.tx.last_insert_rowid();
        for ((entry, line), whole) in accounts.iter().zip(&wholes) {
            self.add_account(id, entry, *line, whole)?;
        }
        let mut detail = json!({
            "name": new.file.name, "rehearsal": i64::from(new.rehearsal), "side": new.side, "bank": new.bank,
            "lot": new.lot, "rows": count, "total_fen": total, "replaces": replaces, "file": file.to_string(),
            "file_row": file_row.to_string(),
        });
        if !kept {
            detail["digest_only"] = json!(true);
        }
        let content = self.books().accounts_content(id)?;
        self.event(EventKind::AccountsLoaded, &Subject::Accounts(id), None, &detail, content)?;
        Ok(replaces.map_or(AccountsKept::New(id), |old| AccountsKept::Replaces(id, old)))
    }

    fn standing_accounts(&self, key: (bool, &str, &str, &str)) -> Result<Option<AccountsInfo>, StoreError> {
        let mut statement = self.tx.prepare_cached(STANDING)?;
        let mut rows = statement.query(key)?;
        rows.next()?.map(AccountsInfo::from_row).transpose()
    }

    /// The mark of each row, as said in this list's side and lot.
    fn marks_of(
        &self,
        new: &NewAccounts<'_>,
        accounts: &[(AccountEntry, u64)],
    ) -> Result<Vec<[u8; 32]>, StoreError> {
        let sealer = self.sealer()?;
        let mark = |(entry, _): &(AccountEntry, u64)| {
            let said = serde_json::to_vec(&(new.rehearsal, new.side, new.lot, entry))?;
            Ok(sealer.long_mark("account", &said))
        };
        accounts.iter().map(mark).collect()
    }

    fn add_account(
        &mut self,
        load: i64,
        entry: &AccountEntry,
        line: u64,
        whole: &[u8; 32],
    ) -> Result<(), StoreError> {
        let sealer = self.sealer()?;
        let sealed = sealer.seal(place(whole), &serde_json::to_vec(entry)?);
        let Masked { name, id_no, phone: card } = entry.masked();
        let person = &entry.person;
        self.tx.prepare_cached(ADD)?.execute(rusqlite::params![
            load,
            i64::try_from(line).unwrap_or(i64::MAX),
            entry.bank,
            entry.state.id(),
            entry.balance.fen(),
            name,
            id_no,
            card,
            mask_card(&entry.old_card_no),
            sealer.mark_text("name", &person.name),
            sealer.mark_text("id_no", &person.id_no),
            sealer.mark_text("card_no", &person.card_no),
            sealer.mark_text("card_no", &entry.old_card_no),
            whole,
            sealed,
        ])?;
        Ok(())
    }

    /// Writes down what a rehearsed comparison came to. The register does not hear of it.
    pub fn rehearse_accounts(
        &mut self,
        lot: &str,
        outcome: &Value,
        findings: &[Finding],
    ) -> Result<i64, StoreError> {
        let mut log = RunLog::default();
        for finding in findings {
            log.saw(finding);
        }
        let [_, findings, _] = log.take()?;
        let row = (self.actor.at.to_string(), &self.actor.operator, lot, outcome.to_string(), findings);
        self.tx.prepare_cached(REHEARSE)?.execute(row)?;
        let id = self.tx.last_insert_rowid();
        let content = self.books().rehearsal_content(id)?;
        self.event(EventKind::AccountsRehearsed, &Subject::Rehearsal(id), None, outcome, content)?;
        Ok(id)
    }

    /// Notes that the accounts of a comparison left this station, under the digest of their manifest.
    pub fn accounts_exported(
        &mut self,
        run: i64,
        detail: &Value,
        manifest: Digest,
    ) -> Result<(), StoreError> {
        self.event(EventKind::AccountsExported, &Subject::Run(run), None, detail, manifest)
    }

    /// Whether just these accounts were noted to have left.
    pub fn accounts_left(&self, run: i64, manifest: Digest) -> Result<bool, StoreError> {
        let key = (Subject::Run(run).to_string(), manifest.bytes());
        Ok(self.tx.prepare_cached(LEFT)?.query_row(key, |_| Ok(())).optional()?.is_some())
    }
}
