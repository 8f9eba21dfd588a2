//! The register of breaks, replayed: opened, seen again, gone, given to somebody,
//! resolved, signed, opened again, frozen by a sign-off, and taken back with a run.
//!
//! The rules are those of `discrepancy` and `register` in the store, told once
//! more in Rust: what a run saw is open, what it no longer saw is gone, and what
//! was resolved for another difference stays while a new break goes on from it.

use super::fault::Fault;
use super::{Proof, Walk};
use crate::domain::{BreakPhase, BreakState, Digest, EventKind, Resolution};
use crate::store::event::EventInfo;
use crate::store::register::RESOLUTION;
use crate::store::row::{RowHash, digest_of};
use crate::store::{Books, Finding, StoreError};
use crate::text::Label;
use rusqlite::types::ValueRef;
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;

const ALL: &str = "
    SELECT id, reason, record, settlement, difference_fen, first_run, last_run, state, owner, earlier, frozen_by, account
    FROM break ORDER BY id";

/// A break as the events tell of it.
#[derive(Clone)]
pub(in crate::store) struct Told {
    pub(in crate::store) finding: Finding,
    pub(in crate::store) first_run: i64,
    pub(in crate::store) last_run: i64,
    pub(in crate::store) state: BreakState,
    pub(in crate::store) how: Option<Resolution>,
    pub(in crate::store) second: bool,
    pub(in crate::store) signed: bool,
    pub(in crate::store) owner: Option<String>,
    pub(in crate::store) earlier: Option<i64>,
    pub(in crate::store) frozen: Option<i64>,
    /// Digest of how, on what evidence, by whom and when it was resolved.
    resolution: Option<Digest>,
    /// The one before it with the same reason and rows.
    previous: Option<usize>,
    seq: i64,
}

/// What a run made of a break: how it stood before, or `None` where the run opened it.
type Before = (usize, Option<(i64, i64, BreakState)>);

/// All of them, by number from 1.
#[derive(Default)]
pub(in crate::store) struct Register {
    pub(in crate::store) breaks: Vec<Told>,
    by_key: FxHashMap<(&'static str, i64, i64, i64), usize>,
    /// What each run did that still stands, the last run last.
    runs: Vec<(i64, Vec<Before>)>,
    undone: FxHashSet<i64>,
    /// Editions before version 3 of the tables opened a resolved break again in its place; up to this event they did.
    in_place_until: i64,
}

impl Told {
    fn open(finding: Finding, run: i64, seq: i64) -> Told {
        Told {
            finding,
            first_run: run,
            last_run: run,
            state: BreakState::Open,
            how: None,
            second: false,
            signed: false,
            owner: None,
            earlier: None,
            frozen: None,
            resolution: None,
            previous: None,
            seq,
        }
    }

    /// How far it has come.
    pub(in crate::store) fn phase(&self) -> BreakPhase {
        match self.state {
            BreakState::Gone => BreakPhase::Gone,
            BreakState::Open if self.owner.is_none() => BreakPhase::Open,
            BreakState::Open => BreakPhase::Assigned,
            BreakState::Resolved if self.signed => BreakPhase::Signed,
            BreakState::Resolved if self.second => BreakPhase::Proposed,
            BreakState::Resolved => BreakPhase::Resolved,
        }
    }

    fn unresolve(&mut self) {
        (self.state, self.how, self.second, self.signed) = (BreakState::Open, None, false, false);
        self.resolution = None;
    }
}

fn key_of(finding: &Finding) -> (&'static str, i64, i64, i64) {
    let id = |id: Option<i64>| id.unwrap_or(0);
    (finding.reason.id(), id(finding.record), id(finding.settlement), id(finding.account))
}

impl Register {
    pub(in crate::store) fn new(in_place_until: i64) -> Register {
        Register { in_place_until, ..Register::default() }
    }

    fn at(&self, id: i64) -> Option<usize> {
        let at = usize::try_from(id).ok()?.checked_sub(1)?;
        (at < self.breaks.len()).then_some(at)
    }

    /// The break of a number.
    pub(in crate::store) fn get(&self, id: i64) -> Option<&Told> {
        self.at(id).map(|at| &self.breaks[at])
    }

    /// The break that stands for a finding; one that only an undone run saw is none.
    fn last(&self, finding: &Finding) -> Option<usize> {
        let mut at = self.by_key.get(&key_of(finding)).copied();
        while let Some(found) = at {
            let told = &self.breaks[found];
            if told.state != BreakState::Gone || !self.undone.contains(&told.first_run) {
                break;
            }
            at = told.previous;
        }
        at
    }

    fn push(&mut self, mut told: Told) -> usize {
        let key = key_of(&told.finding);
        let at = self.breaks.len();
        told.previous = self.by_key.insert(key, at);
        self.breaks.push(told);
        at
    }

    /// What a run saw.
    pub(in crate::store) fn run(&mut self, run: i64, findings: &[Finding], seq: i64) {
        let of_platform = |finding: &Finding| finding.account.is_none() && !finding.reason.is_of_windows();
        let before = self.see(run, findings, seq, of_platform);
        self.runs.push((run, before));
    }

    /// What laying the windows beside each other saw. It is never taken back.
    pub(in crate::store) fn windows(&mut self, run: i64, findings: &[Finding], seq: i64) {
        self.see(run, findings, seq, |finding| finding.reason.is_of_windows());
    }

    /// What a comparison saw that looked at these accounts. It is never taken back.
    pub(in crate::store) fn compared(
        &mut self,
        run: i64,
        findings: &[Finding],
        seq: i64,
        accounts: &FxHashSet<i64>,
    ) {
        self.see(run, findings, seq, |finding| finding.account.is_some_and(|id| accounts.contains(&id)));
    }

    /// Sees breaks; of what the run looked at, those it did not see are gone.
    fn see(
        &mut self,
        run: i64,
        findings: &[Finding],
        seq: i64,
        looked_at: impl Fn(&Finding) -> bool,
    ) -> Vec<Before> {
        let mut before = Vec::with_capacity(findings.len());
        for finding in findings {
            let last = self.last(finding);
            let stays = last.is_some_and(|at| {
                let told = &self.breaks[at];
                match told.state {
                    BreakState::Resolved => told.finding.difference != finding.difference,
                    BreakState::Gone => told.frozen.is_some(),
                    BreakState::Open => false,
                }
            });
            match last {
                Some(at) if !stays || seq <= self.in_place_until => {
                    let told = &mut self.breaks[at];
                    before.push((at, Some((told.last_run, told.finding.difference.fen(), told.state))));
                    if stays {
                        told.unresolve();
                    }
                    if told.state == BreakState::Gone {
                        told.state = BreakState::Open;
                    }
                    told.finding.difference = finding.difference;
                    (told.last_run, told.seq) = (run, seq);
                }
                last => {
                    let earlier = last.and_then(|at| i64::try_from(at + 1).ok());
                    let at = self.push(Told { earlier, ..Told::open(finding.clone(), run, seq) });
                    before.push((at, None));
                }
            }
        }
        for (at, told) in self.breaks.iter_mut().enumerate() {
            if told.state == BreakState::Open && told.last_run != run && looked_at(&told.finding) {
                before.push((at, Some((told.last_run, told.finding.difference.fen(), told.state))));
                (told.state, told.seq) = (BreakState::Gone, seq);
            }
        }
        before
    }

    /// Takes the last run back that stands: what people resolved since stays, all else is as it was before the run.
    /// The numbers of the breaks that moved; `None` where it is not that run.
    pub(in crate::store) fn undo(&mut self, run: i64, seq: i64) -> Option<Vec<i64>> {
        let (_, before) = self.runs.pop_if(|(last, _)| *last == run)?;
        let mut moved = Vec::new();
        for (at, was) in before {
            let told = &mut self.breaks[at];
            if told.state == BreakState::Resolved {
                continue;
            }
            match was {
                None => told.state = BreakState::Gone,
                // It was resolved then, under the rules of an earlier edition, and has been open since.
                Some((.., BreakState::Resolved)) => continue,
                Some((last_run, fen, state)) => {
                    told.finding.difference = crate::domain::Money::from_fen(fen);
                    (told.last_run, told.state) = (last_run, state);
                }
            }
            told.seq = seq;
            moved.extend(i64::try_from(at + 1));
        }
        self.undone.insert(run);
        Some(moved)
    }

    /// What an event of a break tells; `false` where it could not happen then.
    pub(in crate::store) fn person(&mut self, id: i64, event: &EventInfo, detail: &Value) -> bool {
        if event.kind == EventKind::BreakReopened && detail["earlier"].is_i64() {
            return self.renewed(id, event.seq, detail);
        }
        let Some(at) = self.at(id) else { return false };
        let told = &mut self.breaks[at];
        told.seq = event.seq;
        let open = told.state == BreakState::Open;
        match event.kind {
            EventKind::BreakAssigned => {
                told.owner = detail["owner"].as_str().map(str::to_owned);
                open
            }
            EventKind::BreakResolved => {
                told.state = BreakState::Resolved;
                told.how = detail["how"].as_str().and_then(|how| how.parse().ok());
                told.second = detail["needs_second"] == true;
                told.resolution = Some(event.content);
                open && told.how.is_some()
            }
            EventKind::BreakSigned => {
                let fits = told.state == BreakState::Resolved && !told.signed;
                (told.resolution, told.signed) = (Some(event.content), true);
                fits
            }
            EventKind::BreakReopened => {
                let fits = told.state == BreakState::Resolved && told.frozen.is_none();
                told.unresolve();
                fits
            }
            _ => false,
        }
    }

    /// A break that was signed off goes on as one of its own.
    fn renewed(&mut self, id: i64, seq: i64, detail: &Value) -> bool {
        let earlier = detail["earlier"].as_i64();
        let Some(old) = earlier.and_then(|id| self.get(id)).cloned() else { return false };
        let fits = old.state == BreakState::Resolved && old.frozen.is_some();
        let owner = old.owner.clone();
        let told = Told { owner, earlier, ..Told::open(old.finding, old.last_run, seq) };
        let at = self.push(told);
        fits && i64::try_from(at + 1) == Ok(id)
    }

    /// A sign-off counts: what is closed stays closed.
    pub(in crate::store) fn froze(&mut self, signoff: i64, seq: i64) {
        for told in &mut self.breaks {
            let closed = !told.phase().is_outstanding();
            if closed && told.frozen.is_none() {
                (told.frozen, told.seq) = (Some(signoff), seq);
            }
        }
    }

    /// The last run that stands.
    pub(in crate::store) fn last_run(&self) -> Option<i64> {
        self.runs.last().map(|(run, _)| *run)
    }
}

impl Told {
    /// The columns of its row besides the resolution, as one digest.
    pub(super) fn digest(&self, id: i64) -> Digest {
        let or_null = |id: Option<i64>| id.map_or(ValueRef::Null, ValueRef::Integer);
        let Finding { reason, record, settlement, difference, account } = &self.finding;
        let owner = self.owner.as_ref().map_or(ValueRef::Null, |owner| ValueRef::from(owner.as_str()));
        RowHash::of("break")
            .put("id", ValueRef::Integer(id))
            .put("reason", reason.id())
            .put("record", or_null(*record))
            .put("settlement", or_null(*settlement))
            .put("difference_fen", ValueRef::Integer(difference.fen()))
            .put("first_run", ValueRef::Integer(self.first_run))
            .put("last_run", ValueRef::Integer(self.last_run))
            .put("state", self.state.id())
            .put("owner", owner)
            .put("earlier", or_null(self.earlier))
            .put("frozen_by", or_null(self.frozen))
            .put("account", or_null(*account))
            .finish()
    }

    /// Digest of how, on what evidence, by whom and when it was resolved; none while it is not.
    pub(super) fn resolution(&self) -> Option<Digest> {
        self.resolution
    }
}

impl Books<'_> {
    /// Lays the register beside what the events make of it.
    pub(super) fn prove_register(&self, walk: &Walk<'_>, proof: &mut Proof) -> Result<(), StoreError> {
        let mut told = walk.register.breaks.iter().zip(1_i64..).peekable();
        let mut statement = self.conn.prepare_cached(ALL)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            while let Some((gone, number)) = told.next_if(|(_, number)| *number < id) {
                proof.faults.push(Fault::Gone { subject: format!("break {number}"), seq: gone.seq });
            }
            let subject = format!("break {id}");
            match told.next_if(|(_, number)| *number == id) {
                None => proof.faults.push(Fault::NoEvent { subject }),
                Some((told, _)) => {
                    let kept = self.conn.prepare_cached(RESOLUTION)?.query_row([id], |row| {
                        let empty = (1..=7).all(|at| row.get_ref(at).is_ok_and(|v| v == ValueRef::Null));
                        Ok((!empty).then(|| digest_of("break", row)).transpose())
                    })??;
                    if digest_of("break", row)? != told.digest(id) || kept != told.resolution {
                        proof.faults.push(Fault::Content { subject, seq: told.seq });
                    }
                }
            }
        }
        for (gone, number) in told {
            proof.faults.push(Fault::Gone { subject: format!("break {number}"), seq: gone.seq });
        }
        Ok(())
    }
}
