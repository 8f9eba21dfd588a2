//! What changed between two runs: breaks that are new, still there, or gone.
//!
//! It is told from what each run saw, which the run keeps, so that it is exact
//! whatever people did to the breaks since. Nothing is matched here.

use crate::closed_list;
use crate::domain::Money;
use crate::store::{Books, BreakInfo, Finding, RunInfo, StoreError};
use crate::work::WorkError;
use std::collections::BTreeMap;

closed_list! {
    /// What became of a break from one run to another.
    Change as "change" {
        New = "new", "新增", "new";
        Still = "still", "仍在", "still there";
        Gone = "gone", "已消失", "gone";
    }
}

/// One break that one of two runs saw, or both.
#[derive(Clone, Debug)]
pub struct Changed {
    /// What became of it.
    pub change: Change,
    /// The break as it stands today.
    pub found: BreakInfo,
    /// Platform less ledger in the first run, where that saw it.
    pub before: Option<Money>,
    /// The same in the second.
    pub after: Option<Money>,
}

/// Two runs and what lies between them.
#[derive(Clone, Debug)]
pub struct Changes {
    /// The first; `None` where there was none before.
    pub from: Option<RunInfo>,
    /// The second.
    pub to: RunInfo,
    /// Every break that one of them saw: new ones, those still there, those gone; each by number.
    pub items: Vec<Changed>,
}

/// Where the register stands since the last run but one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Since {
    /// The last run but one; `None` where there is only one.
    pub before: Option<i64>,
    /// Breaks that the last run saw and the one before did not.
    pub new: usize,
    /// Breaks that both saw and nobody has done with.
    pub still_open: usize,
    /// Breaks that the last run no longer saw, or that people closed since the one before.
    pub closed: usize,
}

/// What tells a break again from run to run.
type What = (crate::domain::Reason, Option<i64>, Option<i64>);

fn what(finding: &Finding) -> What {
    (finding.reason, finding.record, finding.settlement)
}

impl Changes {
    /// How many breaks became this.
    pub fn count(&self, change: Change) -> usize {
        self.items.iter().filter(|item| item.change == change).count()
    }
}

/// What changed from the run `from` to the run `to`.
///
/// # Errors
/// [`StoreError::NotFound`] where there is no such run.
pub fn changes(books: &Books<'_>, from: i64, to: i64) -> Result<Changes, WorkError> {
    let runs = books.runs()?;
    let run = |id: i64| {
        let found = runs.iter().find(|run| run.id == id).cloned();
        found.ok_or_else(|| StoreError::NotFound { what: format!("run R{id}") })
    };
    Ok(between(books, Some(run(from)?), run(to)?)?)
}

/// New, still open and closed since the last run but one; `None` where no run stands.
pub fn since_last(books: &Books<'_>) -> Result<Option<Since>, WorkError> {
    let mut standing = books.runs()?.into_iter().rev().filter(|run| run.undone_at.is_none());
    let Some(to) = standing.next() else { return Ok(None) };
    let changes = between(books, standing.next(), to)?;
    let began = changes.from.as_ref().map(|run| run.at.to_string());
    let mut since =
        Since { before: changes.from.as_ref().map(|run| run.id), new: 0, still_open: 0, closed: 0 };
    for item in &changes.items {
        let outstanding = item.found.phase().is_outstanding();
        match item.change {
            Change::New => since.new += 1,
            Change::Gone => since.closed += 1,
            Change::Still if outstanding => since.still_open += 1,
            // One that was closed before the earlier run is no news.
            Change::Still => since.closed += usize::from(began.as_ref() <= Some(&item.found.closed_at)),
        }
    }
    Ok(Some(since))
}

fn between(books: &Books<'_>, from: Option<RunInfo>, to: RunInfo) -> Result<Changes, StoreError> {
    let seen = |run: &RunInfo| -> Result<BTreeMap<What, Money>, StoreError> {
        let findings = books.run_findings(run.id)?;
        Ok(findings.iter().map(|finding| (what(finding), finding.difference)).collect())
    };
    let before = from.as_ref().map(seen).transpose()?.unwrap_or_default();
    let after = seen(&to)?;
    let latest = from.as_ref().map_or(to.id, |from| from.id.max(to.id));
    // Of several breaks of one thing, which go on from each other, the last one that those runs know of.
    let mut breaks: BTreeMap<What, BreakInfo> = BTreeMap::new();
    for found in books.breaks(None)? {
        let what = (found.reason, found.record, found.settlement);
        if found.first_run <= latest && (before.contains_key(&what) || after.contains_key(&what)) {
            breaks.insert(what, found);
        }
    }
    let mut items: Vec<Changed> = breaks
        .into_iter()
        .filter_map(|(what, found)| {
            let (before, after) = (before.get(&what).copied(), after.get(&what).copied());
            let change = match (before, after) {
                (None, Some(_)) => Change::New,
                (Some(_), Some(_)) => Change::Still,
                (Some(_), None) => Change::Gone,
                (None, None) => return None,
            };
            Some(Changed { change, found, before, after })
        })
        .collect();
    items.sort_by_key(|item| (item.change, item.found.id));
    Ok(Changes { from, to, items })
}
