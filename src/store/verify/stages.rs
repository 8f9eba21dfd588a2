//! The stages and verdicts of all records, replayed over the one table of steps.
//!
//! Records are numbered from 1 without gaps, so that a list holds them; nothing
//! of what they say is needed here.

use crate::domain::{
    Answer, BatchState, Digest, EventKind, Leaves, Purpose, Reversal, Stage, Stand, Step, Verdict,
};
use crate::store::event::EventInfo;
use crate::store::merge_log::MergedRecord;
use crate::store::run_log::Move;
use crate::store::{Books, StoreError};
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;
use std::collections::BTreeMap;

const MATCHES: &str = "SELECT record, run FROM match WHERE run = ?1 OR undone_run = ?1";
const MEMBERS: &str = "
    SELECT m.record, r.station || printf('-%04d', r.count) FROM batch_record m JOIN record r ON r.id = m.record
    WHERE m.batch = ?1 ORDER BY m.record";
const PURPOSE: &str = "SELECT purpose FROM batch WHERE id = ?1";

/// A record as the events tell of it.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    /// Digest of its row without stage and verdict.
    pub(super) frame: Digest,
    /// The event that told that.
    pub(super) framed_by: i64,
    pub(super) stage: Stage,
    pub(super) verdict: Option<Verdict>,
    /// The event that moved it last.
    pub(super) moved_by: i64,
    /// Counts the corrections.
    version: i64,
    /// Where it stands by this ledger's own steps alone, where it took any.
    own: Option<Stand>,
}

impl Claim {
    /// Moves it by a step that this ledger took itself.
    fn step_to(&mut self, stage: Stage, seq: i64) {
        (self.stage, self.moved_by) = (stage, seq);
        let verdict = self.own.and_then(|own| own.verdict);
        self.own = Some(Stand { stage: Some(stage), verdict, version: self.version });
    }

    /// A correction opens it again, or leaves it where it is.
    fn correct_to(&mut self, stage: Stage, seq: i64) {
        self.version += 1;
        if stage == Stage::Pending {
            return self.step_to(stage, seq);
        }
        (self.stage, self.moved_by) = (stage, seq);
    }

    /// A verdict that this ledger reached itself.
    fn judge(&mut self, verdict: Option<Verdict>, seq: i64) {
        (self.verdict, self.moved_by) = (verdict, seq);
        // The version is the one that the stage was reached with: a refusal is not renewed by looking at it.
        let own = self.own.unwrap_or(Stand { stage: None, verdict: None, version: self.version });
        self.own = Some(Stand { verdict, ..own });
    }
}

/// All of them, and where the batches stand.
#[derive(Default)]
pub(super) struct Stages {
    claims: Vec<Claim>,
    batches: FxHashMap<String, BatchState>,
    /// What each run moved that still stands, the last run last.
    runs: Vec<(i64, Vec<Moved>)>,
}

/// A record that a run moved: where it stood before and after.
#[derive(Clone, Copy)]
struct Moved {
    record: i64,
    before: (Stage, Option<Verdict>),
    after: Stage,
    /// The run itself moved it on, and did not only note a verdict.
    by_run: bool,
}

/// A record as it stands once a run is taken back.
pub(in crate::store) struct Restored {
    pub(in crate::store) record: i64,
    pub(in crate::store) stage: Stage,
    pub(in crate::store) verdict: Option<Verdict>,
}

impl Stages {
    pub(super) fn len(&self) -> usize {
        self.claims.len()
    }

    pub(super) fn get(&self, record: i64) -> Option<&Claim> {
        self.claims.get(usize::try_from(record).ok()?.checked_sub(1)?)
    }

    fn claim(&mut self, record: Option<i64>) -> Option<&mut Claim> {
        self.claims.get_mut(usize::try_from(record?).ok()?.checked_sub(1)?)
    }

    /// A new record; `false` where its number is not the next one.
    pub(super) fn recorded(&mut self, event: &EventInfo) -> bool {
        let next = i64::try_from(self.claims.len() + 1).ok();
        let Some(stage) = Stage::Draft.after(Step::Record).filter(|_| event.record == next) else {
            return false;
        };
        let (frame, seq) = (event.content, event.seq);
        let own = Some(Stand { stage: Some(stage), verdict: None, version: 1 });
        self.claims.push(Claim {
            frame,
            framed_by: seq,
            stage,
            verdict: None,
            moved_by: seq,
            version: 1,
            own,
        });
        true
    }

    /// What a bundle made of its records; `false` where one has a number that is not the next one.
    pub(super) fn merged(&mut self, event: &EventInfo, records: &[MergedRecord]) -> bool {
        let seq = event.seq;
        for one in records {
            let MergedRecord { record, frame, version, stage, verdict } = *one;
            let next = i64::try_from(self.claims.len() + 1).ok();
            if let Some(claim) = self.claim(Some(record)) {
                if claim.frame != frame {
                    (claim.frame, claim.framed_by) = (frame, seq);
                }
                (claim.version, claim.stage, claim.verdict) = (version, stage, verdict);
                claim.moved_by = seq;
            } else if next == Some(record) {
                let own = None;
                self.claims.push(Claim {
                    frame,
                    framed_by: seq,
                    stage,
                    verdict,
                    moved_by: seq,
                    version,
                    own,
                });
            } else {
                return false;
            }
        }
        true
    }

    /// Where records stand by this ledger's own steps, by row number.
    pub(super) fn own(&self) -> FxHashMap<i64, Stand> {
        self.all().filter_map(|(id, claim)| Some((id, claim.own?))).collect()
    }

    /// A step that one record took alone; `false` where the table does not allow it, or the event says otherwise.
    pub(super) fn stepped(&mut self, event: &EventInfo, detail: &Value) -> bool {
        let step = match event.kind {
            EventKind::Amended => Step::Correct,
            EventKind::Voided => Step::Void,
            EventKind::Held => Step::Hold,
            EventKind::Released => Step::Release,
            EventKind::HandedOver => Step::Handover,
            EventKind::Refunded => Step::Refund,
            EventKind::Cleared => Step::Clear,
            _ => return false,
        };
        let Some(claim) = self.claim(event.record) else { return false };
        let Some(to) = claim.stage.after(step) else { return false };
        let told = [&detail["stage"][0], &detail["stage"][1]].map(|v| v.as_str().unwrap_or_default().parse());
        if told != [Ok(claim.stage), Ok(to)] {
            return false;
        }
        if event.kind == EventKind::Amended {
            claim.correct_to(to, event.seq);
            (claim.frame, claim.framed_by) = (event.content, event.seq);
        } else {
            claim.step_to(to, event.seq);
        }
        true
    }

    /// What a batch did to its members.
    pub(super) fn batch(
        &mut self,
        books: &Books<'_>,
        event: &EventInfo,
        detail: &Value,
    ) -> Result<bool, StoreError> {
        let id = super::chain::number(event.subject.split_once(' ').unwrap_or_default().1, "B");
        let before = self.batches.get(&event.subject).copied();
        let (allowed, after) = match event.kind {
            EventKind::Prepared => (before.is_none(), BatchState::Preparing),
            EventKind::Exported => (before == Some(BatchState::Preparing), BatchState::Sent),
            EventKind::Answered | EventKind::Asked => {
                (matches!(before, Some(BatchState::Sent | BatchState::Answered)), BatchState::Answered)
            }
            _ => (matches!(before, Some(BatchState::Preparing | BatchState::Sent)), BatchState::Cancelled),
        };
        self.batches.insert(event.subject.clone(), after);
        if event.kind == EventKind::Prepared {
            return Ok(allowed);
        }
        let purpose: Option<Purpose> = books
            .conn
            .prepare_cached(PURPOSE)?
            .query_row([id], |row| row.get::<_, String>(0))
            .ok()
            .and_then(|text| text.parse().ok());
        let mut members = Vec::new();
        let mut statement = books.conn.prepare_cached(MEMBERS)?;
        let mut rows = statement.query([id])?;
        while let Some(row) = rows.next()? {
            members.push((row.get::<_, i64>(0)?, row.get::<_, String>(1)?));
        }
        let moved = match event.kind {
            EventKind::Answered | EventKind::Asked => {
                let takings = books.takings(id)?;
                let leaves = takings.into_iter().map(|taking| (taking.record, taking.leaves)).collect();
                self.answered(event, &members, detail, &leaves)
            }
            kind => {
                let step = purpose.and_then(Purpose::step).and_then(|step| match (kind, step, before) {
                    (EventKind::Exported, step, _) => Some(step),
                    (_, Step::Handover, Some(BatchState::Sent)) => Some(Step::Unhand),
                    (_, _, Some(BatchState::Sent)) => Some(Step::Recall),
                    _ => None,
                });
                step.is_none_or(|step| self.members_step(event, &members, step))
            }
        };
        Ok(allowed && purpose.is_some() && moved)
    }

    fn members_step(&mut self, event: &EventInfo, members: &[(i64, String)], step: Step) -> bool {
        let mut all = true;
        for (record, _) in members {
            let Some(claim) = self.claim(Some(*record)) else { return false };
            // A member the platform refused has left the batch already.
            if claim.stage == Stage::Rejected && step == Step::Recall {
                continue;
            }
            match claim.stage.after(step) {
                Some(to) => claim.step_to(to, event.seq),
                None => all = false,
            }
        }
        all
    }

    /// `leaves`: what the batch takes back, by record.
    fn answered(
        &mut self,
        event: &EventInfo,
        members: &[(i64, String)],
        detail: &Value,
        leaves: &FxHashMap<i64, Leaves>,
    ) -> bool {
        let ids: FxHashMap<&str, i64> = members.iter().map(|(id, number)| (number.as_str(), *id)).collect();
        let mut all = true;
        for answer in detail["answers"].as_array().into_iter().flatten() {
            let Ok(said) = answer[1].as_str().unwrap_or_default().parse::<Answer>() else { return false };
            let id = answer[0].as_str().and_then(|number| ids.get(number)).copied();
            let leaves = id.and_then(|id| leaves.get(&id)).copied();
            let Ok(reversal) = answer[4].as_str().map(str::parse::<Reversal>).transpose() else {
                return false;
            };
            match self.claim(id).and_then(|claim| Some((said.after(claim.stage, leaves, reversal)?, claim))) {
                Some((to, claim)) => claim.step_to(to, event.seq),
                None => all = false,
            }
        }
        all
    }

    /// What a run did: stages it gave by settling or unsettling, and verdicts. Its matches must say the same.
    pub(super) fn run(
        &mut self,
        books: &Books<'_>,
        event: &EventInfo,
        moves: &[Move],
    ) -> Result<bool, StoreError> {
        let run = super::chain::number(event.subject.split_once(' ').unwrap_or_default().1, "R");
        let (mut settled, mut matched, mut all) = (FxHashSet::default(), FxHashSet::default(), true);
        let mut moved = Vec::with_capacity(moves.len());
        for one in moves {
            let Some(claim) = self.claim(Some(one.record)) else {
                all = false;
                continue;
            };
            let before = (claim.stage, claim.verdict);
            let after = one.stage.unwrap_or(claim.stage);
            moved.push(Moved { record: one.record, before, after, by_run: one.stage.is_some() });
            if let Some(to) = one.stage {
                let undone = claim.stage.after(Step::Unsettle);
                let still_out = undone.and_then(|stage| stage.after(Step::Export));
                match to {
                    Stage::Settled if claim.stage.after(Step::Settle) == Some(to) => {
                        settled.insert(one.record);
                    }
                    _ if undone == Some(to) || still_out == Some(to) => {}
                    _ => all = false,
                }
                claim.step_to(to, event.seq);
            }
            claim.judge(Some(one.verdict), event.seq);
        }
        self.runs.push((run, moved));
        let mut statement = books.conn.prepare_cached(MATCHES)?;
        let mut rows = statement.query([run])?;
        while let Some(row) = rows.next()? {
            let (record, made_by): (i64, i64) = (row.get(0)?, row.get(1)?);
            if made_by == run {
                matched.insert(record);
            }
        }
        Ok(all && settled == matched)
    }

    /// Takes the last run back that stands. The records as they stand then, or those that have moved on since, which
    /// keep the run where it is. `None` where it is not the last run.
    pub(in crate::store) fn undo(&mut self, run: i64, seq: i64) -> Option<Result<Vec<Restored>, Vec<i64>>> {
        let (_, moved) = self.runs.pop_if(|(last, _)| *last == run)?;
        let mut now: FxHashMap<i64, Stage> = FxHashMap::default();
        // A run may move a record twice; the last move says where it left it.
        now.extend(moved.iter().map(|one| (one.record, one.after)));
        let went_on =
            |one: &&Moved| self.get(one.record).map(|claim| claim.stage) != now.get(&one.record).copied();
        let mut blocked: Vec<i64> =
            moved.iter().filter(|one| one.by_run).filter(went_on).map(|one| one.record).collect();
        if !blocked.is_empty() {
            blocked.sort_unstable();
            blocked.dedup();
            self.runs.push((run, moved));
            return Some(Err(blocked));
        }
        let by_run: FxHashSet<i64> = moved.iter().filter(|one| one.by_run).map(|one| one.record).collect();
        let mut restored: BTreeMap<i64, Restored> = BTreeMap::new();
        for one in moved.iter().rev() {
            let Some(claim) = self.claim(Some(one.record)) else { continue };
            // A record whose verdict alone was noted may have gone out or been closed since: its stage is its own.
            if by_run.contains(&one.record) {
                claim.step_to(one.before.0, seq);
            }
            claim.judge(one.before.1, seq);
            let (record, stage, verdict) = (one.record, claim.stage, claim.verdict);
            restored.insert(record, Restored { record, stage, verdict });
        }
        Some(Ok(restored.into_values().collect()))
    }

    /// Records whose numbers come first, with their digests, stages and verdicts.
    pub(super) fn all(&self) -> impl Iterator<Item = (i64, &Claim)> {
        (1_i64..).zip(&self.claims)
    }
}
