//! The register of breaks, replayed: opened, seen again, gone, resolved.
//!
//! The rules are those of `see_break` and `forget_breaks`, told once more in
//! Rust: what a run saw is open, what it no longer saw is gone, and what was
//! resolved for another difference is open again.

use super::fault::Fault;
use super::{Proof, Walk};
use crate::domain::{BreakState, Digest};
use crate::store::discrepancy::RESOLUTION;
use crate::store::event::EventInfo;
use crate::store::row::{RowHash, digest_of};
use crate::store::{Books, Finding, StoreError};
use crate::text::Label;
use rusqlite::types::ValueRef;
use rustc_hash::FxHashMap;

const ALL: &str = "
    SELECT id, reason, record, settlement, difference_fen, first_run, last_run, state FROM break ORDER BY id";

/// A break as the events tell of it.
struct Told {
    finding: Finding,
    first_run: i64,
    last_run: i64,
    state: BreakState,
    /// Digest of how, on what evidence, by whom and when it was resolved.
    resolution: Option<Digest>,
    seq: i64,
}

/// All of them, by number from 1.
#[derive(Default)]
pub(super) struct Register {
    breaks: Vec<Told>,
    by_key: FxHashMap<(&'static str, i64, i64), usize>,
}

impl Register {
    /// What a run saw.
    pub(super) fn run(&mut self, run: i64, findings: &[Finding], seq: i64) {
        for finding in findings {
            let id = |id: Option<i64>| id.unwrap_or(0);
            let key = (finding.reason.id(), id(finding.record), id(finding.settlement));
            let Some(&at) = self.by_key.get(&key) else {
                self.by_key.insert(key, self.breaks.len());
                self.breaks.push(Told {
                    finding: finding.clone(),
                    first_run: run,
                    last_run: run,
                    state: BreakState::Open,
                    resolution: None,
                    seq,
                });
                continue;
            };
            let told = &mut self.breaks[at];
            let same = told.finding.difference == finding.difference;
            if told.state == BreakState::Gone || !same {
                told.state = BreakState::Open;
            }
            if !same {
                told.resolution = None;
            }
            told.finding.difference = finding.difference;
            (told.last_run, told.seq) = (run, seq);
        }
        for told in &mut self.breaks {
            if told.state == BreakState::Open && told.last_run != run {
                (told.state, told.seq) = (BreakState::Gone, seq);
            }
        }
    }

    /// A resolution was signed; `false` where there was none.
    pub(super) fn signed(&mut self, id: i64, event: &EventInfo) -> bool {
        let at = usize::try_from(id).ok().and_then(|id| id.checked_sub(1));
        match at.and_then(|at| self.breaks.get_mut(at)) {
            Some(told) if told.state == BreakState::Resolved => {
                (told.resolution, told.seq) = (Some(event.content), event.seq);
                true
            }
            _ => false,
        }
    }

    /// A break was resolved; `false` where it was not open.
    pub(super) fn resolved(&mut self, id: i64, event: &EventInfo) -> bool {
        let at = usize::try_from(id).ok().and_then(|id| id.checked_sub(1));
        let Some(told) = at.and_then(|at| self.breaks.get_mut(at)) else { return false };
        if told.state != BreakState::Open {
            return false;
        }
        (told.state, told.resolution, told.seq) = (BreakState::Resolved, Some(event.content), event.seq);
        true
    }
}

/// The columns that runs tell, as one digest.
fn seen(id: i64, told: &Told) -> Digest {
    let or_null = |id: Option<i64>| id.map_or(ValueRef::Null, ValueRef::Integer);
    let Finding { reason, record, settlement, difference } = &told.finding;
    RowHash::of("break")
        .put("id", ValueRef::Integer(id))
        .put("reason", reason.id())
        .put("record", or_null(*record))
        .put("settlement", or_null(*settlement))
        .put("difference_fen", ValueRef::Integer(difference.fen()))
        .put("first_run", ValueRef::Integer(told.first_run))
        .put("last_run", ValueRef::Integer(told.last_run))
        .put("state", told.state.id())
        .finish()
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
                        let empty = (1..=6).all(|at| row.get_ref(at).is_ok_and(|v| v == ValueRef::Null));
                        Ok((!empty).then(|| digest_of("break", row)).transpose())
                    })??;
                    if digest_of("break", row)? != seen(id, told) || kept != told.resolution {
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
