//! What the platform settled, and the runs that laid it against the records.
//!
//! Which settlement settles which record stands in `matching.rs`.

use crate::domain::{Digest, Digester, EventKind, Key, Money, Settlement, Subject, Time, mask_name};
use crate::store::event::parsed;
use crate::store::run_log::{self, Suggestion};
use crate::store::seal::{Mark, Place, key_of};
use crate::store::{Books, StoreError, Workshop, Writer};
use crate::text::Label;
use rusqlite::{OptionalExtension, Row};
use serde::{Deserialize, Serialize};
use serde_json::Value;

const ANY: &str = "SELECT 1 FROM settlement LIMIT 1";
const INSERT: &str = "
    INSERT INTO settlement (whole, content, setl_id, init_setl_id, mdtrt_id, sealed, name_shown, id_mark, psn_mark,
        med_type, insutype, setl_time, total_fen, fund_fen, account_fen, cash_fen, refunded, medins_setl_id, record_no,
        run, facility, receipt_no, hospital_fen, clr_type, counted_on, standing, unpriced, unread)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23,
        ?24, ?25, ?26, ?27, ?28)
    ON CONFLICT (whole) DO NOTHING";
macro_rules! columns {
    () => {
        "setl_id, init_setl_id, mdtrt_id, med_type, insutype, setl_time, total_fen, fund_fen, account_fen, cash_fen,
         refunded, medins_setl_id, record_no, id, whole, sealed, name_shown, id_mark, psn_mark, content,
         facility, receipt_no, hospital_fen, clr_type, counted_on, standing, unpriced, unread FROM settlement"
    };
}
const BY_ID: &str = concat!("SELECT ", columns!(), " WHERE id = ?1");
const ALL: &str = concat!("SELECT ", columns!(), " ORDER BY id");
/// A row counts where a run gave it that was not taken back.
macro_rules! stands {
    () => {
        "(run NOT IN (SELECT id FROM run WHERE undone_at IS NOT NULL) OR id IN (
            SELECT a.settlement FROM settlement_again a JOIN run r ON r.id = a.run WHERE r.undone_at IS NULL))"
    };
}
pub(super) use stands;
const TELLINGS: &str =
    concat!("SELECT ", columns!(), " WHERE setl_id = ?1 AND total_fen = ?2 AND ", stands!(), " ORDER BY id");
const STANDING: &str = concat!("SELECT ", columns!(), " WHERE ", stands!(), " ORDER BY id");
/// A row that stands already, and whether it is set aside with its run.
const SET_ASIDE: &str = "
    SELECT s.id, NOT EXISTS (SELECT 1 FROM run r WHERE r.id = s.run AND r.undone_at IS NULL)
        AND NOT EXISTS (SELECT 1 FROM settlement_again a JOIN run r ON r.id = a.run
                        WHERE a.settlement = s.id AND r.undone_at IS NULL)
    FROM settlement s WHERE s.whole = ?1";
const AGAIN: &str = "INSERT INTO settlement_again (settlement, run) VALUES (?1, ?2)";
const INSERT_RUN: &str = "INSERT INTO run (id, at, operator, file, outcome) VALUES (?1, ?2, ?3, ?4, '{}')";
const FINISH_RUN: &str =
    "UPDATE run SET outcome = ?2, moves = ?3, findings = ?4, suggested = ?5 WHERE id = ?1";
const NEXT_RUN: &str = "SELECT coalesce(max(id), 0) + 1 FROM run";
const LAST_RUN: &str = "
    SELECT id, at, operator, file, outcome, undone_at, undone_by FROM run
    WHERE outcome <> '{}' AND undone_at IS NULL AND what IS NULL ORDER BY id DESC LIMIT 1";
const SUGGESTED: &str = "
    SELECT suggested FROM run WHERE outcome <> '{}' AND undone_at IS NULL AND what IS NULL ORDER BY id DESC LIMIT 1";
const COMPARISONS: &str = "
    SELECT id, at, operator, file, outcome, undone_at, undone_by FROM run WHERE what = 'accounts' ORDER BY id";
const OF_WINDOWS: &str = "UPDATE run SET what = 'windows' WHERE id = ?1";
const OF_ACCOUNTS: &str = "UPDATE run SET what = 'accounts' WHERE id = ?1";
const RUNS: &str =
    "SELECT id, at, operator, file, outcome, undone_at, undone_by FROM run WHERE what IS NULL ORDER BY id";
/// A settlement with its row number; whom it concerns is left empty in it until [`Books::opened_settlement`].
#[derive(Clone, Debug)]
pub struct SettlementRow {
    /// Row number.
    pub id: i64,
    /// The row itself.
    pub settlement: Settlement,
    /// Stands for `certno`.
    pub cert: Option<Key>,
    /// Stands for `psn_no`.
    pub psn: Option<Key>,
    whole: [u8; 32],
    sealed: Vec<u8>,
    name_shown: String,
    marks: [Option<Mark>; 2],
    content: Digest,
}

/// What is sealed of a settlement.
#[derive(Serialize, Deserialize)]
struct Whose {
    psn_no: String,
    certno: String,
    psn_name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    unread_codes: String,
}

fn place(whole: &[u8; 32]) -> Place<'_> {
    Place { column: "settlement.sealed", row: whole }
}

/// A settlement without whom it concerns.
fn bare(settlement: &Settlement) -> Settlement {
    let mut bare = settlement.clone();
    (bare.psn_no, bare.certno, bare.psn_name, bare.unread_codes) = Default::default();
    bare
}

/// The digest of all that stands in a row.
fn digest_of(
    bare: &Settlement,
    whole: &[u8; 32],
    sealed: &[u8],
    name_shown: &str,
    marks: &[Option<Mark>; 2],
) -> Result<Digest, StoreError> {
    let mut digester = Digester::default();
    digester.part(&serde_json::to_vec(bare)?);
    digester.part(whole);
    digester.part(sealed);
    digester.part(name_shown.as_bytes());
    for mark in marks {
        digester.part(mark.as_ref().map_or(&[], |mark| &mark[..]));
    }
    Ok(digester.finish())
}

/// A run about to be written down.
pub struct NewRun<'a> {
    /// Names of the files it read.
    pub file: &'a str,
}

/// A run as it stands in the ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct RunInfo {
    /// Its number.
    pub id: i64,
    /// When, Beijing time.
    pub at: Time,
    /// By whom.
    pub operator: String,
    /// The files it read.
    pub file: String,
    /// Counts and sums, as they were then.
    pub outcome: Value,
    /// When it was taken back; `None` while it stands.
    pub undone_at: Option<Time>,
    /// By whom; empty while it stands.
    pub undone_by: String,
}

impl SettlementRow {
    fn from_row(row: &Row<'_>) -> Result<SettlementRow, StoreError> {
        let (time, day): (Option<String>, Option<String>) = (row.get(5)?, row.get(24)?);
        let fen = |at: usize| -> rusqlite::Result<Option<Money>> {
            Ok(row.get::<_, Option<i64>>(at)?.map(Money::from_fen))
        };
        let settlement = Settlement {
            setl_id: row.get(0)?,
            init_setl_id: row.get(1)?,
            mdtrt_id: row.get(2)?,
            psn_no: String::new(),
            certno: String::new(),
            psn_name: String::new(),
            med_type: row.get(3)?,
            insutype: row.get(4)?,
            setl_time: time.map(|t| t.parse().map_err(|_| StoreError::Damaged { text: t })).transpose()?,
            total: Money::from_fen(row.get(6)?),
            fund: fen(7)?,
            account: fen(8)?,
            cash: fen(9)?,
            refunded: row.get(10)?,
            medins_setl_id: row.get(11)?,
            record_no: row.get(12)?,
            facility: row.get(20)?,
            receipt_no: row.get(21)?,
            hospital: fen(22)?,
            clr_type: row.get(23)?,
            counted_on: day
                .map(|day| day.parse().map_err(|_| StoreError::Damaged { text: day }))
                .transpose()?,
            standing: parsed(row, 25)?,
            unpriced: row.get(26)?,
            unread: row.get(27)?,
            unread_codes: String::new(),
        };
        let marks = [row.get(17)?, row.get(18)?];
        Ok(SettlementRow {
            id: row.get(13)?,
            settlement,
            cert: key_of(marks[0]),
            psn: key_of(marks[1]),
            whole: row.get(14)?,
            sealed: row.get(15)?,
            name_shown: row.get(16)?,
            marks,
            content: Digest::from_bytes(row.get(19)?),
        })
    }

    /// Whether the row is as its digest says.
    pub(super) fn is_whole(&self) -> Result<bool, StoreError> {
        let SettlementRow { settlement, whole, sealed, name_shown, marks, content, .. } = self;
        Ok(digest_of(settlement, whole, sealed, name_shown, marks)? == *content)
    }
}

/// A row of a statement, sealed: what can be made of it before its place in the books is known.
pub struct PreparedSettlement {
    /// The keyed digest of the whole row, by which the same row is known again.
    whole: [u8; 32],
    content: Digest,
    sealed: Vec<u8>,
    name_shown: String,
    marks: [Option<Mark>; 2],
}

impl Workshop<'_> {
    /// Makes a row of a statement ready to be written.
    pub fn prepare_settlement(&self, s: &Settlement) -> Result<PreparedSettlement, StoreError> {
        let whole = self.sealer.long_mark("settlement", &serde_json::to_vec(s)?);
        let whose = Whose {
            psn_no: s.psn_no.clone(),
            certno: s.certno.clone(),
            psn_name: s.psn_name.clone(),
            unread_codes: s.unread_codes.clone(),
        };
        let sealed = self.sealer.seal(place(&whole), &serde_json::to_vec(&whose)?);
        let marks = [self.sealer.mark_text("id_no", &s.certno), self.sealer.mark_text("psn_no", &s.psn_no)];
        let name_shown = mask_name(&s.psn_name);
        let content = digest_of(&bare(s), &whole, &sealed, &name_shown, &marks)?;
        Ok(PreparedSettlement { whole, content, sealed, name_shown, marks })
    }
}

impl Books<'_> {
    /// Whether no row of a statement stands in the ledger.
    pub fn has_no_settlement(&self) -> Result<bool, StoreError> {
        Ok(!self.conn.prepare_cached(ANY)?.exists([])?)
    }

    /// Every settlement of every statement, handed on one by one.
    pub fn each_settlement(&self, mut take: impl FnMut(SettlementRow)) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(ALL)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            take(SettlementRow::from_row(row)?);
        }
        Ok(())
    }

    /// The same without those that only runs gave which were taken back.
    pub fn each_standing_settlement(&self, mut take: impl FnMut(SettlementRow)) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(STANDING)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            take(SettlementRow::from_row(row)?);
        }
        Ok(())
    }

    /// A settlement with whom it concerns in it.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while nobody has unlocked the ledger.
    pub fn opened_settlement(&self, row: SettlementRow) -> Result<Settlement, StoreError> {
        let whose: Whose = serde_json::from_slice(&self.sealer()?.open(place(&row.whole), &row.sealed)?)?;
        let Whose { psn_no, certno, psn_name, unread_codes } = whose;
        Ok(Settlement { psn_no, certno, psn_name, unread_codes, ..row.settlement })
    }

    /// One settlement with whom it concerns in it.
    ///
    /// # Errors
    /// As [`Books::opened_settlement`] and [`Books::settlement`].
    pub fn settlement_in_full(&self, id: i64) -> Result<Settlement, StoreError> {
        self.opened_settlement(self.settlement_row(id)?)
    }

    /// One settlement, without whom it concerns.
    pub fn settlement(&self, id: i64) -> Result<Settlement, StoreError> {
        Ok(self.settlement_row(id)?.settlement)
    }

    fn settlement_row(&self, id: i64) -> Result<SettlementRow, StoreError> {
        let mut statement = self.conn.prepare_cached(BY_ID)?;
        let mut rows = statement.query([id])?;
        match rows.next()? {
            Some(row) => SettlementRow::from_row(row),
            None => Err(StoreError::NotFound { what: format!("settlement #{id}") }),
        }
    }

    /// The same settlement as every statement told it: rows with its id and total, itself among them.
    pub fn tellings_of(&self, settlement: &Settlement) -> Result<Vec<Settlement>, StoreError> {
        let mut statement = self.conn.prepare_cached(TELLINGS)?;
        let mut rows = statement.query((&settlement.setl_id, settlement.total.fen()))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(SettlementRow::from_row(row)?.settlement);
        }
        Ok(found)
    }

    /// The pairs that the last run that stands left to a person.
    pub fn suggestions(&self) -> Result<Vec<Suggestion>, StoreError> {
        let mut statement = self.conn.prepare_cached(SUGGESTED)?;
        let mut rows = statement.query([])?;
        let Some(row) = rows.next()? else { return Ok(Vec::new()) };
        let Some(bytes) = row.get::<_, Option<Vec<u8>>>(0)? else { return Ok(Vec::new()) };
        run_log::suggestions(&bytes).ok_or_else(|| StoreError::Damaged { text: "run.suggested".to_owned() })
    }

    /// Every reconciliation with the platform, oldest first.
    pub fn runs(&self) -> Result<Vec<RunInfo>, StoreError> {
        self.runs_by(RUNS)
    }

    /// Every comparison of accounts that was no rehearsal, oldest first.
    pub fn comparisons(&self) -> Result<Vec<RunInfo>, StoreError> {
        self.runs_by(COMPARISONS)
    }

    /// The last run that ended and stands.
    pub fn last_run(&self) -> Result<Option<RunInfo>, StoreError> {
        Ok(self.runs_by(LAST_RUN)?.pop())
    }

    fn runs_by(&self, sql: &str) -> Result<Vec<RunInfo>, StoreError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let outcome: String = row.get(4)?;
            found.push(RunInfo {
                id: row.get(0)?,
                at: parsed(row, 1)?,
                operator: row.get(2)?,
                file: row.get(3)?,
                outcome: serde_json::from_str(&outcome)?,
                undone_at: if row.get_ref(5)?.as_str_or_null().is_ok_and(|at| at.is_some()) {
                    Some(parsed(row, 5)?)
                } else {
                    None
                },
                undone_by: row.get::<_, Option<String>>(6)?.unwrap_or_default(),
            });
        }
        Ok(found)
    }
}

impl Writer<'_> {
    /// Begins a run and returns its number.
    pub fn begin_run(&mut self, new: &NewRun<'_>) -> Result<i64, StoreError> {
        let id: i64 = self.tx.query_row(NEXT_RUN, [], |row| row.get(0))?;
        self.tx.execute(INSERT_RUN, (id, self.actor.at.to_string(), &self.actor.operator, new.file))?;
        Ok(id)
    }

    /// Writes one row of a statement; `false` where exactly this row stands already. One that was set aside with its run
    /// counts again. `first` says that no row stood in the ledger before this run.
    pub fn add_settlement(
        &mut self,
        run: i64,
        s: &Settlement,
        prepared: &PreparedSettlement,
        first: bool,
    ) -> Result<bool, StoreError> {
        let PreparedSettlement { whole, content, sealed, name_shown, marks } = prepared;
        let take = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, bool>(1)?));
        if !first
            && let Some((id, set_aside)) =
                self.tx.prepare_cached(SET_ASIDE)?.query_row([whole], take).optional()?
        {
            if set_aside {
                self.tx.prepare_cached(AGAIN)?.execute((id, run))?;
            }
            return Ok(set_aside);
        }
        let written = self.tx.prepare_cached(INSERT)?.execute(rusqlite::params![
            whole,
            content.bytes(),
            s.setl_id,
            s.init_setl_id,
            s.mdtrt_id,
            sealed,
            name_shown,
            marks[0],
            marks[1],
            s.med_type,
            s.insutype,
            s.setl_time.map(|t| t.to_string()),
            s.total.fen(),
            s.fund.map(Money::fen),
            s.account.map(Money::fen),
            s.cash.map(Money::fen),
            s.refunded,
            s.medins_setl_id,
            s.record_no,
            run,
            s.facility,
            s.receipt_no,
            s.hospital.map(Money::fen),
            s.clr_type,
            s.counted_on.map(|day| day.to_string()),
            s.standing.id(),
            s.unpriced,
            s.unread,
        ])?;
        Ok(written == 1)
    }

    /// Notes a pair that a run leaves to a person.
    pub fn suggest(&mut self, pair: &Suggestion) {
        self.run_log.suggested(pair);
    }

    /// Ends a run with its counts and sums.
    pub fn finish_run(&mut self, run: i64, outcome: &Value) -> Result<(), StoreError> {
        self.end_run(run, outcome, EventKind::Reconciled)
    }

    /// Ends a run that compared accounts.
    pub fn finish_comparison(&mut self, run: i64, outcome: &Value) -> Result<(), StoreError> {
        self.tx.execute(OF_ACCOUNTS, [run])?;
        self.end_run(run, outcome, EventKind::AccountsCompared)
    }

    /// Ends a run that laid windows beside each other.
    pub(super) fn finish_windows(&mut self, run: i64, outcome: &Value) -> Result<(), StoreError> {
        self.tx.execute(OF_WINDOWS, [run])?;
        self.end_run(run, outcome, EventKind::WindowsCompared)
    }

    fn end_run(&mut self, run: i64, outcome: &Value, kind: EventKind) -> Result<(), StoreError> {
        let [moves, findings, suggested] = self.run_log.take()?;
        self.tx.execute(FINISH_RUN, (run, outcome.to_string(), moves, findings, suggested))?;
        let content = self.books().run_content(run)?;
        self.event(kind, &Subject::Run(run), None, outcome, content)
    }
}
