//! Laying the ledger against the platform: statement in, verdicts out, all of it or nothing.

use crate::domain::{Actor, Digest, Money, Progress, Right, Settlement, Verdict, Watcher};
use crate::intake::{Fault, StatementSheet};
use crate::reconcile as engine;
use crate::store::{Finding, Ledger, Mode, NewFile, NewRun, PreparedSettlement, StoreError, Writer};
use crate::text::{Label, Lang};
use crate::work::ahead::{HandOn, joined, pack, read_ahead};
use crate::work::findings::findings;
use crate::work::matching::{Desk, last_tolerance};
use crate::work::{Law, Levels, WorkError, levels};
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
    /// Platform rows with a code that nobody knows, which are laid against nothing.
    pub unread: (u64, Money),
    /// Platform rows without a record of ours.
    pub extra: (u64, Money),
    /// Both sides' sums and what lies between them.
    pub bridge: engine::Bridge,
    /// Control totals, and the bridge in parts.
    pub levels: Levels,
    /// Breaks that are new, still there, and gone since the last run.
    pub new_breaks: usize,
    /// Still there.
    pub still_open: usize,
    /// Gone since the last run.
    pub gone: usize,
    /// The difference of a total up to which a key still matches.
    pub tolerance: Money,
}

/// What the operator knows of the statements beforehand: their own totals, taken from paper or screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// Rows of all files.
    pub count: Option<u64>,
    /// Their totals, as printed or after refunds.
    pub total: Option<Money>,
}

impl Expected {
    /// What was expected, and what the statements are.
    pub(super) fn told(self, rows: u64, total: Money, lang: Lang) -> String {
        let mut said = Vec::new();
        if let Some(count) = self.count {
            said.push(match lang {
                Lang::Zh => format!("应有 {count} 行，实有 {rows} 行"),
                Lang::En => format!("{count} rows were expected, there are {rows}"),
            });
        }
        if let Some(expected) = self.total {
            said.push(match lang {
                Lang::Zh => format!("合计应为 {expected}，各行相加为 {total}"),
                Lang::En => format!("a total of {expected} was expected, the rows sum to {total}"),
            });
        }
        said.join(lang.pick("；", "; "))
    }
}

/// How a reconciliation is to be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// A difference of a total that a key still matches, from now on; `None` keeps the one of the last run.
    pub tolerance: Option<Money>,
    /// What the statements should be.
    pub expected: Expected,
    /// Tell the bridge in parts too: the way back of every record is asked for then.
    pub in_parts: bool,
}

/// Reads a statement and lays every settlement known by now against every record.
///
/// The whole run commits at once. Where the statement brings nothing new, the ledger stays as it is. A `tolerance` that
/// is given holds for later runs too, until another is given; at first there is none.
///
/// # Errors
/// [`WorkError::Rows`] where a row of the statement is wrong, or its own totals are not the sums of its rows;
/// [`WorkError::Expected`] where it is not what was expected. Nothing is matched then. [`StoreError::Stopped`] within
/// where the watcher wishes so.
pub fn reconcile(
    ledger: &mut Ledger,
    law: &Law,
    actor: &Actor,
    mode: Mode,
    terms: Terms,
    mut sheets: Vec<(StatementSheet, PathBuf, Digest)>,
    watch: &mut Watcher<'_>,
) -> Result<Reconciled, WorkError> {
    ledger.write_once(actor, mode, |w| {
        w.needs(Right::Reconcile)?;
        let names: Vec<String> = sheets.iter().map(|(_, path, _)| named(path)).collect();
        let run = w.begin_run(&NewRun { file: &names.join(", ") })?;
        let sources: Vec<_> = sheets.iter().map(|(_, path, digest)| (path.clone(), *digest)).collect();
        let brings = |rows| sources.iter().zip(&names).map(move |(source, name)| file_of(source, name, rows));
        // What the ledger has already is not kept twice, and what is only tried is not kept at all.
        let mut to_pack: Vec<Option<NewFile<'_>>> = Vec::new();
        for file in brings(0) {
            let keep = mode == Mode::Keep && !w.books().knows_file(file.digest)?;
            to_pack.push(keep.then_some(file));
        }
        std::thread::scope(|scope| {
            let packer = scope.spawn(move || pack(&to_pack));
            let (rows, new_rows) = take_in(w, run, terms.expected, &mut sheets, watch)?;
            let (mut done, changed) = lay(w, law, actor, (run, mode), terms, (rows, watch))?;
            (done.rows, done.new_rows) = (rows, new_rows);
            if new_rows == 0 && !changed {
                w.discard();
                return Ok(done);
            }
            done.run = Some(run);
            // The end of a run is there to be proved later. What is only tried leaves nothing to prove.
            if mode == Mode::Keep {
                w.finish_run(run, &done.outcome())?;
                for (file, packed) in brings(new_rows).zip(joined(packer)?) {
                    w.packed_imported(&file, packed)?;
                }
            }
            Ok(done)
        })
    })
}

/// How far a reconciliation is once the statements are read, and once they are matched, in thousandths of its time.
const READ: u64 = 600;
const MATCHED: u64 = 800;

/// Lays every settlement that stands against every record; whether anything changed.
fn lay(
    w: &mut Writer<'_>,
    law: &Law,
    actor: &Actor,
    (run, mode): (i64, Mode),
    terms: Terms,
    (rows, watch): (u64, &mut Watcher<'_>),
) -> Result<(Reconciled, bool), WorkError> {
    let mut goes_on = |read: u64| {
        let far = Progress { rows, read: (read, 1000), ..Progress::default() };
        if watch(&far) { Ok(()) } else { Err(StoreError::Stopped) }
    };
    goes_on(READ)?;
    let stood = last_tolerance(&w.books())?;
    let tolerance = terms.tolerance.unwrap_or(stood);
    let mut desk = Desk::read(&w.books(), law, tolerance)?;
    let outcome = desk.match_all(&w.books(), law, actor.at)?;
    let mut done = desk.summary(&outcome);
    done.levels.control = levels::control(&desk, &outcome);
    if terms.in_parts {
        done.levels.parts = levels::parts(&desk, &outcome, &w.books(), law, actor.at)?;
    }
    goes_on(MATCHED)?;
    let moved = desk.apply(w, (run, mode), &outcome, &mut done)?;
    let found = findings(&desk, &w.books(), law, actor, &outcome)?;
    goes_on(1000)?;
    let changed = write_breaks(w, run, &found, &mut done)?;
    let told = desk.suggest(w, &outcome)?;
    Ok((done, moved || changed || told || tolerance != stood))
}

/// A run without a file, within a change that makes it necessary: it is kept whatever it finds.
pub(super) fn lay_again(w: &mut Writer<'_>, law: &Law, actor: &Actor) -> Result<Reconciled, WorkError> {
    let run = w.begin_run(&NewRun { file: "" })?;
    let (mut done, _) = lay(w, law, actor, (run, Mode::Keep), Terms::default(), (0, &mut |_| true))?;
    done.run = Some(run);
    w.finish_run(run, &done.outcome())?;
    Ok(done)
}

/// Whether a run now, without a new statement, would change nothing.
pub(super) fn changes_nothing(ledger: &mut Ledger, law: &Law, actor: &Actor) -> Result<bool, WorkError> {
    ledger.write(actor, Mode::Try, |w| {
        let run = w.begin_run(&NewRun { file: "" })?;
        Ok(!lay(w, law, actor, (run, Mode::Try), Terms::default(), (0, &mut |_| true))?.1)
    })
}

/// A statement as the ledger will remember it.
fn file_of<'a>((path, digest): &'a (PathBuf, Digest), name: &'a str, rows: u64) -> NewFile<'a> {
    let (digest, path) = (*digest, Some(path.as_path()));
    NewFile { digest, name, what: "statement", rows, path, of_bytes: true }
}

/// A file's own name, without the folder it lies in.
fn named(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// A row of a statement, made ready to be written.
type Ready = (PreparedSettlement, Settlement);

/// Writes the rows of every statement, which another thread reads and seals; how many there were and how many were new.
fn take_in(
    w: &mut Writer<'_>,
    run: i64,
    expected: Expected,
    sheets: &mut [(StatementSheet, PathBuf, Digest)],
    watch: &mut Watcher<'_>,
) -> Result<(u64, u64), WorkError> {
    let (mut rows, mut new_rows, mut faults, mut total) = (0, 0, Vec::new(), Money::ZERO);
    let files = sheets.len() as u64;
    let (first, later, workshop) =
        (w.books().has_no_settlement()?, w.index_settlements_later()?, w.workshop()?);
    for (at, (sheet, _, _)) in (0..).zip(&mut *sheets) {
        let read = |hand_on: &mut HandOn<Result<Ready, Vec<Fault>>>| -> Result<(), StoreError> {
            while let Some(row) = sheet.next() {
                let row = match row {
                    Ok((settlement, _)) => Ok((workshop.prepare_settlement(&settlement)?, settlement)),
                    Err(faults) => Err(faults),
                };
                if !hand_on.row(row, || sheet.progress()) {
                    break;
                }
            }
            Ok(())
        };
        let read = read_ahead(read, |taken, read| {
            // The files take their turns in what is told of as one.
            let far = Progress { rows, total, read }.within(at * READ / files, (at + 1) * READ / files);
            if !watch(&far) {
                return Ok(false);
            }
            for row in taken {
                match row {
                    Err(found) => faults.append(found),
                    Ok((prepared, settlement)) => {
                        rows += 1;
                        total += settlement.total;
                        new_rows += u64::from(w.add_settlement(run, settlement, prepared, first)?);
                    }
                }
            }
            Ok::<_, StoreError>(true)
        })?;
        read.ok_or(StoreError::Stopped)??;
    }
    w.index(later)?;
    if !faults.is_empty() {
        return Err(WorkError::Rows(faults));
    }
    let printed = sheets.iter().map(|(sheet, ..)| sheet.sums().printed[0]).sum();
    let net = sheets.iter().map(|(sheet, ..)| sheet.sums().net[0]).sum();
    let wrong_total = expected.total.filter(|total| *total != printed && *total != net);
    let wrong_count = expected.count.filter(|count| *count != rows);
    if wrong_total.is_some() || wrong_count.is_some() {
        return Err(WorkError::Expected { expected, rows, total: printed });
    }
    Ok((rows, new_rows))
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

impl Reconciled {
    /// Counts and sums, as the run keeps them and JSON shows them.
    pub fn outcome(&self) -> Value {
        let mut verdicts = Map::new();
        for (verdict, count, total) in &self.records {
            verdicts.insert(verdict.id().to_owned(), json!({ "count": count, "total_fen": total }));
        }
        verdicts.insert("extra".to_owned(), json!({ "count": self.extra.0, "total_fen": self.extra.1 }));
        if self.unread.0 > 0 {
            verdicts.insert(
                "unknown_code".to_owned(),
                json!({ "count": self.unread.0, "total_fen": self.unread.1 }),
            );
        }
        json!({
            "rows": self.rows, "new_rows": self.new_rows, "settled": self.settled, "unsettled": self.unsettled,
            "verdicts": verdicts, "bridge": self.bridge, "bridge_ties": self.bridge.ties(),
            "new_breaks": self.new_breaks, "still_open": self.still_open, "gone": self.gone,
            "tolerance_fen": self.tolerance,
        })
    }
}
