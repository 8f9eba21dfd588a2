//! The register of breaks (问题台账): how they stand, and what runs do to them.
//!
//! What people do to them (assign, resolve, sign, reopen) stands in `register`.

use crate::domain::{BreakPhase, BreakState, Money, Reason, Resolution};
use crate::store::event::parsed;
use crate::store::seal::Place;
use crate::store::{Books, NewRun, StoreError, Writer};
use crate::text::Label;
use rusqlite::{OptionalExtension, Row};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// The break that stands for a reason, a record and a settlement; one that only a run saw which was undone is none.
const LAST: &str = "
    SELECT id, state, difference_fen, frozen_by IS NOT NULL FROM break b
    WHERE reason = ?1 AND coalesce(record, 0) = coalesce(?2, 0) AND coalesce(settlement, 0) = coalesce(?3, 0)
        AND coalesce(account, 0) = coalesce(?4, 0)
        AND NOT (state = 'gone' AND EXISTS (SELECT 1 FROM run WHERE id = b.first_run AND undone_at IS NOT NULL))
    ORDER BY id DESC LIMIT 1";
const OPEN: &str = "
    INSERT INTO break (reason, record, settlement, difference_fen, first_run, last_run, state, earlier, account)
    VALUES (?1, ?2, ?3, ?4, ?5, ?5, 'open', ?6, ?7)";
const SEEN: &str = "
    UPDATE break SET last_run = ?2, difference_fen = ?3, state = CASE state WHEN 'gone' THEN 'open' ELSE state END
    WHERE id = ?1";
const FORGET: &str = "UPDATE break SET state = 'gone' WHERE state = 'open' AND last_run <> ?1 AND account IS NULL AND reason NOT LIKE 'W%'";
/// The same of what windows say.
const FORGET_WINDOWS: &str =
    "UPDATE break SET state = 'gone' WHERE state = 'open' AND last_run <> ?1 AND reason LIKE 'W%'";
/// The same of the accounts of one lot.
const FORGET_ACCOUNTS: &str = "
    UPDATE break SET state = 'gone' WHERE state = 'open' AND last_run <> ?1 AND account IN (
        SELECT a.id FROM account a JOIN account_load l ON l.id = a.load WHERE l.lot = ?2)";
macro_rules! columns {
    () => {
        "SELECT b.id, b.reason, b.record, b.settlement, b.difference_fen, b.first_run, b.last_run, b.state, b.how,
                b.evidence, r.station, r.count, coalesce(r.record_no, s.record_no), coalesce(r.total_fen, s.total_fen, a.balance_fen),
                coalesce(r.occurred_at, s.setl_time, l.loaded_at), s.setl_id,
                coalesce(p.name_shown, s.name_shown, a.name_shown), f.at, b.closed_by, b.signed_by,
                b.second IS NOT NULL, b.owner, b.earlier, b.frozen_by,
                coalesce(r.facility, (SELECT facility FROM ledger)), b.closed_at, b.signed_at,
                b.account, a.bank, a.card_shown, l.lot
         FROM break b JOIN run f ON f.id = b.first_run
         LEFT JOIN record r ON r.id = b.record LEFT JOIN person p ON p.id = r.person
         LEFT JOIN settlement s ON s.id = b.settlement
         LEFT JOIN account a ON a.id = b.account LEFT JOIN account_load l ON l.id = a.load"
    };
}
const ALL: &str = concat!(columns!(), " WHERE ?1 IS NULL OR b.state = ?1 ORDER BY b.id");
const ONE: &str = concat!(columns!(), " WHERE b.id = ?1");
const OF_RECORD: &str = concat!(columns!(), " WHERE b.record = ?1 ORDER BY b.id");
const OPEN_KEYS: &str = "
    SELECT reason, coalesce(record, 0), coalesce(settlement, 0), difference_fen, account FROM break b
    WHERE state IN ('open', 'resolved') AND account IS NULL AND reason NOT LIKE 'W%' AND NOT EXISTS (
        SELECT 1 FROM break n WHERE n.earlier = b.id AND n.state IN ('open', 'resolved'))";
const WINDOW_KEYS: &str = "
    SELECT reason, record, state = 'open' FROM break b
    WHERE state IN ('open', 'resolved') AND reason LIKE 'W%' AND NOT EXISTS (
        SELECT 1 FROM break n WHERE n.earlier = b.id AND n.state IN ('open', 'resolved'))";

const ACCOUNT_KEYS: &str = "
    SELECT b.reason, 0, 0, b.difference_fen, b.account FROM break b
    JOIN account a ON a.id = b.account JOIN account_load l ON l.id = a.load AND l.lot = ?1
    WHERE b.state IN ('open', 'resolved') AND NOT EXISTS (
        SELECT 1 FROM break n WHERE n.earlier = b.id AND n.state IN ('open', 'resolved'))";

/// What a run found that does not agree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Why.
    pub reason: Reason,
    /// Row number of the record.
    pub record: Option<i64>,
    /// Row number of the settlement.
    pub settlement: Option<i64>,
    /// Platform less ledger; of an account virtual side less bank.
    pub difference: Money,
    /// Row number of an account, which has no record and no settlement.
    pub account: Option<i64>,
}

/// A break as it stands in the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreakInfo {
    /// Its number.
    pub id: i64,
    /// Why.
    pub reason: Reason,
    /// Row number of the record.
    pub record: Option<i64>,
    /// Row number of the settlement.
    pub settlement: Option<i64>,
    /// Platform less ledger.
    pub difference: Money,
    /// The run that saw it first.
    pub first_run: i64,
    /// The run that saw it last.
    pub last_run: i64,
    /// Where it stands.
    pub state: BreakState,
    /// How it was resolved.
    pub how: Option<Resolution>,
    /// What proves the resolution; `None` while the ledger is locked, or where there is none.
    pub evidence: Option<String>,
    /// Short number of the record; empty where the platform alone has it.
    pub number: String,
    /// The facility's own number.
    pub record_no: String,
    /// What is at stake: the record's total, or the settlement's.
    pub total: Money,
    /// When the cost arose, or was settled where the platform alone has it.
    pub occurred_at: String,
    /// The settlement's id.
    pub setl_id: String,
    /// Whose it is, masked.
    pub name: String,
    /// When it was first seen.
    pub seen_at: String,
    /// Who resolved it; empty while nobody has.
    pub closed_by: String,
    /// Who signed that; empty while nobody has.
    pub signed_by: String,
    /// It was waived above a limit: it counts when somebody else has signed.
    pub needs_second: bool,
    /// Who is to see to it; empty while nobody is.
    pub owner: String,
    /// The break of the same reason and rows before it, which no run may change.
    pub earlier: Option<i64>,
    /// The sign-off that covers it as it stands.
    pub frozen_by: Option<i64>,
    /// Whose facility it is.
    pub facility: String,
    /// When it was resolved; empty while it is not.
    pub closed_at: String,
    /// When that was signed; empty while it is not.
    pub signed_at: String,
    /// Which account it is of, where it is of one.
    pub account: Option<AccountOf>,
}

/// The account that a break is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountOf {
    /// Row number.
    pub id: i64,
    /// The bank that has it.
    pub bank: String,
    /// Its card, masked.
    pub card: String,
    /// The lot it moves in.
    pub lot: String,
}

pub(super) fn place(id: &[u8; 8]) -> Place<'_> {
    Place { column: "break.evidence", row: id }
}

impl BreakInfo {
    /// How far it has come.
    pub fn phase(&self) -> BreakPhase {
        match self.state {
            BreakState::Gone => BreakPhase::Gone,
            BreakState::Open if self.owner.is_empty() => BreakPhase::Open,
            BreakState::Open => BreakPhase::Assigned,
            BreakState::Resolved if !self.signed_by.is_empty() => BreakPhase::Signed,
            BreakState::Resolved if self.needs_second => BreakPhase::Proposed,
            BreakState::Resolved => BreakPhase::Resolved,
        }
    }

    /// What hangs on it: the difference, or the whole amount where the two sides differ in something else.
    pub fn stake(&self) -> Money {
        if self.difference.is_zero() { self.total.abs() } else { self.difference.abs() }
    }

    fn from_row(books: &Books<'_>, row: &Row<'_>) -> Result<BreakInfo, StoreError> {
        let how: Option<String> = row.get(8)?;
        let station: Option<String> = row.get(10)?;
        let text = |at: usize| -> rusqlite::Result<String> {
            Ok(row.get::<_, Option<String>>(at)?.unwrap_or_default())
        };
        let number = match station {
            Some(station) => format!("{station}-{:04}", row.get::<_, i64>(11)?),
            None => String::new(),
        };
        Ok(BreakInfo {
            id: row.get(0)?,
            reason: parsed(row, 1)?,
            record: row.get(2)?,
            settlement: row.get(3)?,
            difference: Money::from_fen(row.get(4)?),
            first_run: row.get(5)?,
            last_run: row.get(6)?,
            state: parsed(row, 7)?,
            how: how.map(|h| h.parse().map_err(|_| StoreError::Damaged { text: h })).transpose()?,
            evidence: match row.get::<_, Option<Vec<u8>>>(9)? {
                Some(sealed) => books.open_text(place(&row.get::<_, i64>(0)?.to_be_bytes()), &sealed)?,
                None => None,
            },
            number,
            record_no: text(12)?,
            total: Money::from_fen(row.get(13)?),
            occurred_at: text(14)?,
            setl_id: text(15)?,
            name: text(16)?,
            seen_at: row.get(17)?,
            closed_by: text(18)?,
            signed_by: text(19)?,
            needs_second: row.get(20)?,
            owner: text(21)?,
            earlier: row.get(22)?,
            frozen_by: row.get(23)?,
            facility: text(24)?,
            closed_at: text(25)?,
            signed_at: text(26)?,
            account: match row.get::<_, Option<i64>>(27)? {
                Some(id) => Some(AccountOf { id, bank: text(28)?, card: text(29)?, lot: text(30)? }),
                None => None,
            },
        })
    }
}

impl Books<'_> {
    /// The register, or those of one state.
    pub fn breaks(&self, state: Option<BreakState>) -> Result<Vec<BreakInfo>, StoreError> {
        self.breaks_by(ALL, state.map(|s| s.id()))
    }

    /// The breaks of one record.
    pub fn breaks_of(&self, record: i64) -> Result<Vec<BreakInfo>, StoreError> {
        self.breaks_by(OF_RECORD, record)
    }

    /// One break.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is none of that number.
    pub fn break_by_id(&self, id: i64) -> Result<BreakInfo, StoreError> {
        self.breaks_by(ONE, id)?.pop().ok_or_else(|| StoreError::NotFound { what: format!("break {id}") })
    }

    fn breaks_by(&self, sql: &str, key: impl rusqlite::ToSql) -> Result<Vec<BreakInfo>, StoreError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([key])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(BreakInfo::from_row(self, row)?);
        }
        Ok(found)
    }

    /// The breaks that stand (open or resolved), as what a run would find; to tell whether anything is new.
    pub fn standing_findings(&self) -> Result<Vec<Finding>, StoreError> {
        self.findings_by(OPEN_KEYS, [])
    }

    /// The same of the accounts of one lot.
    pub fn standing_accounts(&self, lot: &str) -> Result<Vec<Finding>, StoreError> {
        self.findings_by(ACCOUNT_KEYS, [lot])
    }

    fn findings_by(&self, sql: &str, of: impl rusqlite::Params) -> Result<Vec<Finding>, StoreError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query(of)?;
        let some = |id: i64| if id == 0 { None } else { Some(id) };
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(Finding {
                reason: parsed(row, 0)?,
                record: some(row.get(1)?),
                settlement: some(row.get(2)?),
                difference: Money::from_fen(row.get(3)?),
                account: row.get(4)?,
            });
        }
        Ok(found)
    }
}

impl Books<'_> {
    /// The breaks of windows that stand, and whether each is open.
    fn window_breaks(&self) -> Result<BTreeMap<(Reason, i64), bool>, StoreError> {
        let mut statement = self.conn.prepare_cached(WINDOW_KEYS)?;
        let mut rows = statement.query([])?;
        let mut standing = BTreeMap::new();
        while let Some(row) = rows.next()? {
            standing.insert((parsed(row, 0)?, row.get(1)?), row.get(2)?);
        }
        Ok(standing)
    }
}

impl Writer<'_> {
    /// Writes down what a run found: a new break is opened, a known one was seen again. One that was resolved for
    /// another difference, or closed under a sign-off, stays as it is, and a new one names it.
    pub fn see_break(&mut self, run: i64, finding: &Finding) -> Result<(), StoreError> {
        let Finding { reason, record, settlement, difference, account } = finding;
        let take = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
        let mut last = self.tx.prepare_cached(LAST)?;
        let last: Option<(i64, String, i64, bool)> =
            last.query_row((reason.id(), record, settlement, account), take).optional()?;
        let stays = |state: &str, fen: i64, frozen: bool| match state {
            "resolved" => fen != difference.fen(),
            "gone" => frozen,
            _ => false,
        };
        match last {
            Some((id, state, fen, frozen)) if !stays(&state, fen, frozen) => {
                self.tx.prepare_cached(SEEN)?.execute((id, run, difference.fen()))?;
            }
            last => {
                let earlier = last.map(|(id, ..)| id);
                let row = (reason.id(), record, settlement, difference.fen(), run, earlier, account);
                self.tx.prepare_cached(OPEN)?.execute(row)?;
            }
        }
        self.run_log.saw(finding);
        Ok(())
    }

    /// Open breaks that this run no longer saw are gone.
    pub fn forget_breaks(&mut self, run: i64) -> Result<usize, StoreError> {
        Ok(self.tx.execute(FORGET, [run])?)
    }

    /// What windows say of each other, laid beside what stands in the register: a run of its own where anything
    /// changed. The number of new breaks, and of those that are gone.
    pub fn see_windows(&mut self, found: &BTreeSet<(Reason, i64)>) -> Result<(usize, usize), StoreError> {
        let standing = self.books().window_breaks()?;
        let new = found.iter().filter(|key| !standing.contains_key(key)).count();
        let gone = standing.iter().filter(|(key, open)| **open && !found.contains(key)).count();
        if new + gone == 0 {
            return Ok((0, 0));
        }
        let run = self.begin_run(&NewRun { file: "" })?;
        for (reason, record) in found {
            let (record, difference) = (Some(*record), Money::ZERO);
            let finding = Finding { reason: *reason, record, settlement: None, difference, account: None };
            self.see_break(run, &finding)?;
        }
        self.tx.execute(FORGET_WINDOWS, [run])?;
        self.finish_windows(run, &json!({ "new": new, "gone": gone }))?;
        Ok((new, gone))
    }

    /// The same of the accounts of one lot.
    pub fn forget_accounts(&mut self, run: i64, lot: &str) -> Result<usize, StoreError> {
        Ok(self.tx.execute(FORGET_ACCOUNTS, (run, lot))?)
    }
}
