//! Papers in custody: kept, given back, noted as missing.

use crate::domain::{Actor, Decision, PaperState, paper_kind};
use crate::store::{Ledger, Mode, PaperInfo, Stored};
use crate::work::{Law, WorkError};

/// What happens to papers.
#[derive(Clone, Copy, Debug)]
pub struct Putting<'a> {
    /// Where they are from now on.
    pub state: PaperState,
    /// Which, by id or word.
    pub papers: &'a [String],
    /// Who has them or to whom they were given; empty where nobody said.
    pub holder: &'a str,
}

/// Notes where papers of a record are from now on, and answers with them and with what the notices then say.
///
/// Kept without a `holder`, they are with whoever notes it; to whom they are given back has to be said.
///
/// # Errors
/// [`WorkError::Paper`] for a paper that neither this program nor a notice knows, [`WorkError::Empty`] where nobody is
/// named to whom it was given, [`WorkError::PaperNotKept`], [`WorkError::NoChange`] where all of it is known already.
pub fn put_papers(
    ledger: &mut Ledger,
    law: &Law,
    actor: &Actor,
    mode: Mode,
    stored: &Stored,
    putting: &Putting<'_>,
) -> Result<(Vec<PaperInfo>, Decision), WorkError> {
    let Putting { state, papers, holder } = *putting;
    let number = || stored.number.to_string();
    let holder = match (holder.trim(), state) {
        ("", PaperState::Kept) => actor.operator.trim(),
        ("", PaperState::Returned) => return Err(WorkError::Empty { what: "holder" }),
        (holder, _) => holder,
    };
    let asked = law.decide(&stored.record, actor.at);
    let declared: Vec<String> = asked.options.iter().flat_map(|way| way.papers.iter().cloned()).collect();
    let mut kinds = Vec::new();
    for paper in papers {
        let declared = declared.iter().flat_map(|paper| paper.split('|'));
        let kind = paper_kind(paper, declared).map_err(WorkError::Paper)?;
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    ledger.write(actor, mode, |w| {
        let before = w.books().papers_of(stored.id)?;
        let kept = w.books().record_by_id(stored.id)?.record.facts.papers();
        let mut changed = false;
        for kind in &kinds {
            if state == PaperState::Returned && !kept.contains(kind) {
                return Err(WorkError::PaperNotKept { number: number(), paper: kind.clone() });
            }
            let known = before.iter().any(|paper| {
                paper.kind == *kind && paper.state == state && paper.holder.as_deref() == Some(holder)
            });
            if !known {
                w.put_paper(stored, kind, state, holder)?;
                changed = true;
            }
        }
        if !changed {
            return Err(WorkError::NoChange { number: number() });
        }
        let after = w.books().record_by_id(stored.id)?;
        Ok((w.books().papers_of(stored.id)?, law.decide(&after.record, actor.at)))
    })
}
