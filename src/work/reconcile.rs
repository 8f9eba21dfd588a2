//! Laying the ledger against the platform: statement in, verdicts out, all of it or nothing.

use crate::domain::{
    Actor, Digest, Key, Money, Progress, Reason, Right, Route, STRIDE, Stage, Status, Step, Verdict, Watcher,
};
use crate::intake::StatementSheet;
use crate::reconcile::{self as engine, Claim, ClaimVerdict, Ground, Options, Outcome, Row};
use crate::store::{
    Books, ClaimRow, Finding, Ledger, Mode, NewFile, NewRun, SettlementRow, StoreError, Writer,
};
use crate::text::Label;
use crate::work::refund_changed::refund_changed;
use crate::work::{Law, WorkError};
use rustc_hash::FxHashMap;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What came of a reconciliation.
#[derive(Clone, Debug)]
pub struct Reconciled {
    /// Number of the run; `None` where nothing changed, so that no run was written.
    pub run: Option<i64>,
    /// Rows read.
    pub rows: u64,
    /// Rows the ledger had not seen.
    pub new_rows: u64,
    /// Records settled now.
    pub settled: u64,
    /// Records whose settlement was taken back.
    pub unsettled: u64,
    /// Records by verdict: how many, and their totals.
    pub records: Vec<(Verdict, u64, Money)>,
    /// Platform rows without a record of ours.
    pub extra: (u64, Money),
    /// Both sides' sums and what lies between them.
    pub bridge: engine::Bridge,
    /// Breaks that are new, still there, and gone since the last run.
    pub new_breaks: usize,
    /// Still there.
    pub still_open: usize,
    /// Gone since the last run.
    pub gone: usize,
}

/// Reads a statement and lays every settlement known by now against every record.
///
/// The whole run commits at once. Where the statement brings nothing new, the ledger stays as it is.
///
/// # Errors
/// [`WorkError::Rows`] where a row of the statement is wrong: nothing is matched then. [`StoreError::Stopped`] within
/// where the watcher wishes so.
pub fn reconcile(
    ledger: &mut Ledger,
    law: &Law,
    actor: &Actor,
    mode: Mode,
    mut sheets: Vec<(StatementSheet, PathBuf, Digest)>,
    watch: &mut Watcher<'_>,
) -> Result<Reconciled, WorkError> {
    ledger.write_once(actor, mode, |w| {
        w.needs(Right::Reconcile)?;
        let names: Vec<_> = sheets.iter().map(|(_, path, _)| named(path)).collect();
        let run = w.begin_run(&NewRun { file: &names.join(", ") })?;
        let (rows, new_rows) = take_in(w, run, &mut sheets, watch)?;
        let read = Progress { rows, ..Progress::default() };
        if !watch(&Progress { read: (READ, 1000), ..read }) {
            return Err(StoreError::Stopped.into());
        }
        let mut desk = Desk::read(&w.books())?;
        let mut outcome = engine::reconcile(&desk.claims, &desk.rows, &Options::default());
        while desk.let_go(&outcome) {
            outcome = engine::reconcile(&desk.claims, &desk.rows, &Options::default());
        }
        let mut done = desk.summary(&outcome);
        (done.rows, done.new_rows) = (rows, new_rows);
        if !watch(&Progress { read: (MATCHED, 1000), ..read }) {
            return Err(StoreError::Stopped.into());
        }
        let moved = desk.apply(w, run, &outcome, &mut done)?;
        let findings = desk.findings(&w.books(), law, actor, &outcome)?;
        if !watch(&Progress { read: (1000, 1000), ..read }) {
            return Err(StoreError::Stopped.into());
        }
        let changed = write_breaks(w, run, &findings, &mut done)?;
        if new_rows == 0 && !moved && !changed {
            w.discard();
            return Ok(done);
        }
        done.run = Some(run);
        w.finish_run(run, &done.outcome())?;
        for (_, path, digest) in &sheets {
            let (name, digest, path) = (&*named(path), *digest, Some(path.as_path()));
            let what = "statement";
            w.file_imported(&NewFile { digest, name, what, rows: new_rows, path, of_bytes: true })?;
        }
        Ok(done)
    })
}

/// How far a reconciliation is once the statements are read, and once they are matched, in thousandths of its time.
const READ: u64 = 600;
const MATCHED: u64 = 800;

/// A file's own name, without the folder it lies in.
fn named(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Writes the rows of every statement; how many there were and how many were new.
fn take_in(
    w: &mut Writer<'_>,
    run: i64,
    sheets: &mut [(StatementSheet, PathBuf, Digest)],
    watch: &mut Watcher<'_>,
) -> Result<(u64, u64), WorkError> {
    let (mut rows, mut new_rows, mut faults, mut total) = (0, 0, Vec::new(), Money::ZERO);
    let files = sheets.len() as u64;
    for (at, (sheet, _, _)) in (0..).zip(sheets) {
        while let Some(row) = sheet.next() {
            // The files take their turns in what is told of as one.
            let far = Progress { rows, total, read: sheet.progress() };
            let far = far.within(at * READ / files, (at + 1) * READ / files);
            if rows.is_multiple_of(STRIDE) && !watch(&far) {
                return Err(StoreError::Stopped.into());
            }
            match row {
                Err(found) => faults.extend(found),
                Ok((settlement, _)) => {
                    rows += 1;
                    total += settlement.total;
                    new_rows += u64::from(w.add_settlement(run, &settlement)?);
                }
            }
        }
    }
    if faults.is_empty() { Ok((rows, new_rows)) } else { Err(WorkError::Rows(faults)) }
}

/// Both sides as the engine sees them, and what they stand for.
struct Desk {
    claims: Vec<Claim>,
    stood: Vec<ClaimRow>,
    rows: Vec<Row>,
}

impl Desk {
    fn read(books: &Books<'_>) -> Result<Desk, WorkError> {
        let mut issued = FxHashMap::default();
        books.each_issued(|record, key, answered| {
            issued.insert(record, (key, answered));
        })?;
        let (mut claims, mut stood, mut rows) = (Vec::new(), Vec::new(), Vec::new());
        books.each_claim(|claim| {
            let (key, answered) = issued.get(&claim.id).copied().unwrap_or_default();
            claims.push(Claim {
                id: claim.id,
                record_no: claim.record_no,
                issued: key,
                answered,
                confirmed: claim.confirmed,
                cert: claim.cert,
                psn: claim.psn,
                total: claim.total,
                occurred_at: claim.occurred_at,
                exported: claim.stage != Stage::Pending,
            });
            stood.push(claim);
        })?;
        books.each_settlement(|row| rows.extend(as_row(&row)))?;
        Ok(Desk { claims, stood, rows })
    }

    /// Lets go of the settlements that no longer hold, as if no earlier run had confirmed them; whether there were any.
    /// Else the statement that came first would decide which of two settlements a refund is reckoned from. Where the
    /// refund is paid or the record closed, the settlement stays as the ground of that.
    fn let_go(&mut self, outcome: &Outcome) -> bool {
        let mut any = false;
        for (at, found) in outcome.claims.iter().enumerate() {
            let claim = &mut self.claims[at];
            let holds = match (found.verdict, found.row) {
                (Verdict::Matched, Some(row)) => Some(self.rows[row as usize].setl) == claim.confirmed,
                (Verdict::Ambiguous | Verdict::AmountDiffers | Verdict::Duplicate, _) => false,
                _ => true,
            };
            if !holds
                && claim.confirmed.is_some()
                && !matches!(self.stood[at].stage, Stage::Refunded | Stage::Cleared)
            {
                claim.confirmed = None;
                any = true;
            }
        }
        any
    }

    fn summary(&self, outcome: &Outcome) -> Reconciled {
        let mut records: Vec<_> = Verdict::ALL.iter().map(|&verdict| (verdict, 0, Money::ZERO)).collect();
        for (claim, found) in self.claims.iter().zip(&outcome.claims) {
            let entry = &mut records[found.verdict as usize];
            entry.1 += 1;
            entry.2 += claim.total;
        }
        records.retain(|(_, count, _)| *count > 0);
        let mut extra = (0, Money::ZERO);
        for (row, found) in self.rows.iter().zip(&outcome.rows) {
            if found.verdict == Verdict::Extra && found.repeat_of.is_none() {
                extra = (extra.0 + 1, extra.1 + row.signed());
            }
        }
        Reconciled {
            run: None,
            rows: 0,
            new_rows: 0,
            settled: 0,
            unsettled: 0,
            records,
            extra,
            bridge: outcome.bridge,
            new_breaks: 0,
            still_open: 0,
            gone: 0,
        }
    }

    /// Settles what newly matches, takes back what no longer does, notes every verdict that changed.
    fn apply(
        &self,
        w: &mut Writer<'_>,
        run: i64,
        outcome: &Outcome,
        done: &mut Reconciled,
    ) -> Result<bool, WorkError> {
        let mut noted = false;
        for ((claim, kept), found) in self.stood.iter().zip(&self.claims).zip(&outcome.claims) {
            let mut claim = *claim;
            if claim.confirmed.is_some() && kept.confirmed.is_none() {
                claim.stage = w.unsettle(run, &claim, found.verdict)?;
                done.unsettled += 1;
                (claim.confirmed, claim.verdict) = (None, Some(found.verdict));
            }
            match (found.verdict, found.row, claim.confirmed) {
                (Verdict::Matched, Some(row), None) if claim.stage.after(Step::Settle).is_some() => {
                    let by = found.ground.unwrap_or(Ground::PersonTotal).id();
                    w.settle(run, &claim, self.rows[row as usize].id, by, found.verdict)?;
                    done.settled += 1;
                }
                (Verdict::Reversed | Verdict::Missing, _, Some(_)) => {
                    w.unsettle(run, &claim, found.verdict)?;
                    done.unsettled += 1;
                }
                (verdict, ..) if claim.verdict != Some(verdict) => {
                    w.set_verdict(claim.id, verdict)?;
                    noted = true;
                }
                _ => {}
            }
        }
        Ok(noted || done.settled + done.unsettled > 0)
    }

    /// What does not agree, one finding per record or row.
    fn findings(
        &self,
        books: &Books<'_>,
        law: &Law,
        actor: &Actor,
        outcome: &Outcome,
    ) -> Result<BTreeSet<Finding>, WorkError> {
        let mut findings = BTreeSet::new();
        for (claim, found) in self.stood.iter().zip(&outcome.claims) {
            let settled_by = found.row.map(|row| self.rows[row as usize].id);
            findings.extend(refund_changed(books, claim, found.verdict, settled_by)?);
            // What was settled twice is told with the surplus settlements, below.
            if found.verdict == Verdict::Duplicate {
                continue;
            }
            if let Some(reason) = reason_of(books, law, actor, claim, found)? {
                let settlement = found.row.map(|row| self.rows[row as usize].id);
                let difference = match found.verdict {
                    Verdict::Missing | Verdict::Reversed => -claim.total,
                    _ => found.difference,
                };
                findings.insert(Finding { reason, record: Some(claim.id), settlement, difference });
            }
        }
        findings.extend(self.surplus(outcome));
        for (row, found) in self.rows.iter().zip(&outcome.rows) {
            // A row that belongs to a record is told with the record; a repeat and a netted pair are no news.
            let told = found.repeat_of.is_some() || (found.pair.is_some() && found.reason.is_none());
            if let (false, None, Some(reason)) = (told, found.claim, found.reason) {
                let difference = row.signed();
                findings.insert(Finding { reason, record: None, settlement: Some(row.id), difference });
            }
        }
        Ok(findings)
    }

    /// Of each record that was settled more than once, every settlement after the first; which one to reverse on the
    /// platform is for a person to say.
    fn surplus(&self, outcome: &Outcome) -> Vec<Finding> {
        let mut by_claim: FxHashMap<u32, Vec<&Row>> = FxHashMap::default();
        for (row, found) in self.rows.iter().zip(&outcome.rows) {
            if let (Some(claim), Some(Reason::SettledTwice)) = (found.claim, found.reason) {
                by_claim.entry(claim).or_default().push(row);
            }
        }
        let mut findings = Vec::new();
        for (claim, mut rows) in by_claim {
            rows.sort_by_key(|row| (row.at, row.setl));
            let record = Some(self.claims[claim as usize].id);
            findings.extend(rows.iter().skip(1).map(|row| Finding {
                reason: Reason::SettledTwice,
                record,
                settlement: Some(row.id),
                difference: row.signed(),
            }));
        }
        findings
    }
}

/// The reason that a record does not agree; the stage and the notice say more than the engine can know.
fn reason_of(
    books: &Books<'_>,
    law: &Law,
    actor: &Actor,
    claim: &ClaimRow,
    found: &ClaimVerdict,
) -> Result<Option<Reason>, WorkError> {
    let reason = match (found.verdict, claim.stage) {
        // A settlement met a record that was not waiting for one.
        (Verdict::Matched, Stage::Held | Stage::HandedOver) => Some(Reason::StateDiffers),
        (Verdict::Matched, Stage::Cleared) if claim.confirmed.is_none() => Some(Reason::StateDiffers),
        // What else matched keeps the engine's reason. A settlement that was taken back after the refund was paid, or after the record was closed.
        (Verdict::Reversed | Verdict::Missing, Stage::Refunded) => Some(Reason::RefundedNotSettled),
        (Verdict::Missing, Stage::Cleared) => claim.confirmed.map(|_| Reason::StateDiffers),
        (Verdict::Missing, Stage::Rejected) => Some(Reason::RefusedByPlatform),
        (Verdict::Missing, Stage::HandedOver) => Some(Reason::WentManual),
        (Verdict::Missing, Stage::Pending) => {
            let stored = books.record_by_id(claim.id)?;
            let decision = law.decide(&stored.record, actor.at);
            let route = decision.best().map(|way| way.route);
            Some(match route {
                _ if decision.status == Status::Refused => Reason::NotEligible,
                Some(Route::Bear | Route::None) => Reason::NotEligible,
                Some(Route::Resettle) => Reason::PatientNotBack,
                Some(Route::Manual | Route::Agency) => Reason::WentManual,
                _ => Reason::NotSent,
            })
        }
        _ => found.reason,
    };
    // A reversed settlement has no reason of its own in the engine: both legs agree, the record does not.
    Ok(reason.or((found.verdict == Verdict::Reversed).then_some(Reason::StateDiffers)))
}

/// Opens new breaks, notes the ones seen again, lets go of those no longer there.
fn write_breaks(
    w: &mut Writer<'_>,
    run: i64,
    findings: &BTreeSet<Finding>,
    done: &mut Reconciled,
) -> Result<bool, WorkError> {
    let stood: BTreeSet<_> = w.books().standing_findings()?.into_iter().collect();
    done.new_breaks = findings.difference(&stood).count();
    done.still_open = findings.intersection(&stood).count();
    for finding in findings {
        w.see_break(run, finding)?;
    }
    done.gone = w.forget_breaks(run)?;
    Ok(done.new_breaks + done.gone > 0)
}

/// A settlement as the engine sees it; a row without an id cannot be told apart from another and is left out.
fn as_row(row: &SettlementRow) -> Option<Row> {
    let s = &row.settlement;
    let parts = match (s.fund, s.account, s.cash) {
        (Some(fund), account, Some(cash)) => Some(fund + account.unwrap_or_default() + cash),
        _ => None,
    };
    Some(Row {
        id: row.id,
        setl: Key::of(&s.setl_id)?,
        init: Key::of(&s.init_setl_id),
        record_no: Key::of(&s.record_no),
        issued: Key::of(&s.medins_setl_id),
        cert: row.cert,
        psn: row.psn,
        total: s.total,
        at: s.setl_time,
        reversal: s.is_reversal(),
        parts_agree: parts.is_none_or(|sum| sum == s.total),
    })
}

impl Reconciled {
    /// Counts and sums, as the run keeps them and JSON shows them.
    pub fn outcome(&self) -> Value {
        let mut verdicts = Map::new();
        for (verdict, count, total) in &self.records {
            verdicts.insert(verdict.id().to_owned(), json!({ "count": count, "total_fen": total }));
        }
        verdicts.insert("extra".to_owned(), json!({ "count": self.extra.0, "total_fen": self.extra.1 }));
        json!({
            "rows": self.rows, "new_rows": self.new_rows, "settled": self.settled, "unsettled": self.unsettled,
            "verdicts": verdicts, "bridge": self.bridge, "bridge_ties": self.bridge.ties(),
            "new_breaks": self.new_breaks, "still_open": self.still_open, "gone": self.gone,
        })
    }
}
