//! What the platform settled, the runs that laid it against the records, and the matches.

use crate::domain::{
    Digest, Digester, EventKind, Key, Money, Purpose, Settlement, Stage, Step, Subject, Time, Verdict,
    mask_name,
};
use crate::store::event::parsed;
use crate::store::seal::{Mark, Place, key_of};
use crate::store::{Books, StoreError, Writer};
use crate::text::Label;
use rusqlite::{OptionalExtension, Row};
use serde::{Deserialize, Serialize};
use serde_json::Value;

const INSERT: &str = "
    INSERT INTO settlement (whole, content, setl_id, init_setl_id, mdtrt_id, sealed, name_shown, id_mark, psn_mark,
        med_type, insutype, setl_time, total_fen, fund_fen, account_fen, cash_fen, refunded, medins_setl_id, record_no,
        run)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)
    ON CONFLICT (whole) DO NOTHING";
const KNOWN: &str = "SELECT 1 FROM settlement WHERE whole = ?1";
macro_rules! columns {
    () => {
        "setl_id, init_setl_id, mdtrt_id, med_type, insutype, setl_time, total_fen, fund_fen, account_fen, cash_fen,
         refunded, medins_setl_id, record_no, id, whole, sealed, name_shown, id_mark, psn_mark, content FROM settlement"
    };
}
const BY_ID: &str = concat!("SELECT ", columns!(), " WHERE id = ?1");
const TELLINGS: &str = concat!("SELECT ", columns!(), " WHERE setl_id = ?1 AND total_fen = ?2 ORDER BY id");
const ALL: &str = concat!("SELECT ", columns!(), " ORDER BY id");
const CLAIMS: &str = "
    SELECT r.id, r.record_no, p.id_mark, p.psn_mark, s.setl_id, r.total_fen, r.occurred_at, r.stage, r.verdict
    FROM record r JOIN person p ON p.id = r.person
    LEFT JOIN match m ON m.record = r.id AND m.undone_run IS NULL
    LEFT JOIN settlement s ON s.id = m.settlement
    WHERE r.kind <> 'filing' AND r.stage NOT IN ('draft', 'void') ORDER BY r.id";
const ISSUED: &str = "
    SELECT m.record, m.medins_setl_id, m.setl_id FROM batch_record m JOIN batch b ON b.id = m.batch
    LEFT JOIN batch_undo u ON u.batch = m.batch AND u.record = m.record
    WHERE b.state IN ('sent', 'answered')
        AND (b.purpose IN ('backfill', 'resettle') OR (u.leaves = 'again' AND m.answer = 'accepted'))
    ORDER BY m.batch";
const INSERT_RUN: &str = "INSERT INTO run (id, at, operator, file, outcome) VALUES (?1, ?2, ?3, ?4, '{}')";
const FINISH_RUN: &str = "UPDATE run SET outcome = ?2, moves = ?3, findings = ?4 WHERE id = ?1";
const NEXT_RUN: &str = "SELECT coalesce(max(id), 0) + 1 FROM run";
const RUNS: &str = "SELECT id, at, operator, file, outcome FROM run ORDER BY id";
const MATCH: &str = "INSERT INTO match (record, settlement, by, run) VALUES (?1, ?2, ?3, ?4)";
const UNMATCH: &str = "UPDATE match SET undone_run = ?2 WHERE record = ?1 AND undone_run IS NULL";
const MATCH_OF: &str = "SELECT settlement, by, run FROM match WHERE record = ?1 AND undone_run IS NULL";
const SET_VERDICT: &str = "UPDATE record SET verdict = ?2 WHERE id = ?1";
const MOVE: &str = "UPDATE record SET stage = ?2, verdict = ?3 WHERE id = ?1 AND stage = ?4";

/// A record as matching sees it: keys instead of texts, no identity.
#[derive(Clone, Copy, Debug)]
pub struct ClaimRow {
    /// Row number of the record.
    pub id: i64,
    /// The facility's own number.
    pub record_no: Option<Key>,
    /// The identity number.
    pub cert: Option<Key>,
    /// The platform's person number.
    pub psn: Option<Key>,
    /// `setl_id` of the settlement that an earlier run, or a person, confirmed.
    pub confirmed: Option<Key>,
    /// What it cost.
    pub total: Money,
    /// When.
    pub occurred_at: Time,
    /// How far it has come.
    pub stage: Stage,
    /// What the last run said.
    pub verdict: Option<Verdict>,
}

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
}

fn place(whole: &[u8; 32]) -> Place<'_> {
    Place { column: "settlement.sealed", row: whole }
}

/// A settlement without whom it concerns.
fn bare(settlement: &Settlement) -> Settlement {
    let mut bare = settlement.clone();
    (bare.psn_no, bare.certno, bare.psn_name) = Default::default();
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
}

/// What settles a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchInfo {
    /// The settlement.
    pub settlement: Settlement,
    /// How it was found, such as `record_no`.
    pub by: String,
    /// In which run.
    pub run: i64,
}

impl SettlementRow {
    fn from_row(row: &Row<'_>) -> Result<SettlementRow, StoreError> {
        let time: Option<String> = row.get(5)?;
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

impl Books<'_> {
    /// Every record that a settlement may meet, handed on one by one.
    pub fn each_claim(&self, mut take: impl FnMut(ClaimRow)) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(CLAIMS)?;
        let mut rows = statement.query([])?;
        let mark = |row: &Row<'_>, at: usize| -> rusqlite::Result<Option<Key>> { Ok(key_of(row.get(at)?)) };
        let key = |row: &Row<'_>, at: usize| -> Result<Option<Key>, StoreError> {
            let text = row.get_ref(at)?.as_str_or_null();
            Ok(text.map_err(|e| StoreError::Damaged { text: e.to_string() })?.and_then(Key::of))
        };
        while let Some(row) = rows.next()? {
            let verdict: Option<String> = row.get(8)?;
            take(ClaimRow {
                id: row.get(0)?,
                record_no: key(row, 1)?,
                cert: mark(row, 2)?,
                psn: mark(row, 3)?,
                confirmed: key(row, 4)?,
                total: Money::from_fen(row.get(5)?),
                occurred_at: parsed(row, 6)?,
                stage: parsed(row, 7)?,
                verdict: verdict
                    .map(|v| v.parse().map_err(|_| StoreError::Damaged { text: v }))
                    .transpose()?,
            });
        }
        Ok(())
    }

    /// The keys issued to records, oldest batch first: record, `medins_setl_id`, `setl_id` from an answer.
    pub fn each_issued(&self, mut take: impl FnMut(i64, Option<Key>, Option<Key>)) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(ISSUED)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (issued, answered): (String, String) = (row.get(1)?, row.get(2)?);
            take(row.get(0)?, Key::of(&issued), Key::of(&answered));
        }
        Ok(())
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

    /// A settlement with whom it concerns in it.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while nobody has unlocked the ledger.
    pub fn opened_settlement(&self, row: SettlementRow) -> Result<Settlement, StoreError> {
        let whose: Whose = serde_json::from_slice(&self.sealer()?.open(place(&row.whole), &row.sealed)?)?;
        let Whose { psn_no, certno, psn_name } = whose;
        Ok(Settlement { psn_no, certno, psn_name, ..row.settlement })
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

    /// What settles a record, if anything does.
    pub fn match_of(&self, record: i64) -> Result<Option<MatchInfo>, StoreError> {
        let take = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?));
        match self.conn.prepare_cached(MATCH_OF)?.query_row([record], take).optional()? {
            Some((settlement, by, run)) => {
                Ok(Some(MatchInfo { settlement: self.settlement(settlement)?, by, run }))
            }
            None => Ok(None),
        }
    }

    /// Every run, oldest first.
    pub fn runs(&self) -> Result<Vec<RunInfo>, StoreError> {
        let mut statement = self.conn.prepare_cached(RUNS)?;
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

    /// Writes one row of a statement; `false` where exactly this row stands already.
    pub fn add_settlement(&mut self, run: i64, s: &Settlement) -> Result<bool, StoreError> {
        let sealer = self.sealer()?;
        let whole = sealer.long_mark("settlement", &serde_json::to_vec(s)?);
        if self.tx.prepare_cached(KNOWN)?.exists([whole])? {
            return Ok(false);
        }
        let whose =
            Whose { psn_no: s.psn_no.clone(), certno: s.certno.clone(), psn_name: s.psn_name.clone() };
        let sealed = sealer.seal(place(&whole), &serde_json::to_vec(&whose)?);
        let marks = [sealer.mark_text("id_no", &s.certno), sealer.mark_text("psn_no", &s.psn_no)];
        let name_shown = mask_name(&s.psn_name);
        let content = digest_of(&bare(s), &whole, &sealed, &name_shown, &marks)?;
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
        ])?;
        Ok(written == 1)
    }

    /// A settlement settles a record: the match is kept and the record moves, where its stage allows.
    pub fn settle(
        &mut self,
        run: i64,
        claim: &ClaimRow,
        settlement: i64,
        by: &str,
        verdict: Verdict,
    ) -> Result<(), StoreError> {
        self.tx.prepare_cached(MATCH)?.execute((claim.id, settlement, by, run))?;
        self.follow(claim, claim.stage.after(Step::Settle), verdict)
    }

    /// A later statement took a match back; where the record stands then. One that a live batch holds is out still,
    /// and must not go out again.
    pub fn unsettle(&mut self, run: i64, claim: &ClaimRow, verdict: Verdict) -> Result<Stage, StoreError> {
        self.tx.prepare_cached(UNMATCH)?.execute((claim.id, run))?;
        let mut stage = claim.stage.after(Step::Unsettle);
        for purpose in [Purpose::Backfill, Purpose::Resettle] {
            if self.books().batch_holding(claim.id, purpose)?.is_some() {
                stage = stage.map(|stage| stage.after(Step::Export).unwrap_or(stage));
            }
        }
        self.follow(claim, stage, verdict)?;
        Ok(stage.unwrap_or(claim.stage))
    }

    /// The record moves and takes its verdict at once, since every change writes the whole row again.
    /// One whose stage does not allow the step keeps its stage; the break that says so comes from above.
    fn follow(&mut self, claim: &ClaimRow, to: Option<Stage>, verdict: Verdict) -> Result<(), StoreError> {
        let Some(stage) = to else { return self.set_verdict(claim.id, verdict) };
        self.run_log.moved(claim.id, Some(stage), verdict);
        let row = (claim.id, stage.id(), verdict.id(), claim.stage.id());
        match self.tx.prepare_cached(MOVE)?.execute(row)? {
            1 => Ok(()),
            _ => Err(StoreError::Stale { what: format!("record #{}", claim.id) }),
        }
    }

    /// Notes what a run says of a record that stays where it is.
    pub fn set_verdict(&mut self, record: i64, verdict: Verdict) -> Result<(), StoreError> {
        self.tx.prepare_cached(SET_VERDICT)?.execute((record, verdict.id()))?;
        self.run_log.moved(record, None, verdict);
        Ok(())
    }

    /// Ends a run with its counts and sums.
    pub fn finish_run(&mut self, run: i64, outcome: &Value) -> Result<(), StoreError> {
        let (moves, findings) = self.run_log.take()?;
        self.tx.execute(FINISH_RUN, (run, outcome.to_string(), moves, findings))?;
        let content = self.books().run_content(run)?;
        self.event(EventKind::Reconciled, &Subject::Run(run), None, outcome, content)
    }
}
