//! What is to be taken back on the platform: settlements of void records,
//! settlements that are one too many, and what a person names.
//!
//! Of what nobody named, only those two kinds go: whether a settlement that
//! stands is to be undone is for a person to say.

use super::Why;
use super::plan::{Planner, Ready};
use crate::batch::{self, Depth};
use crate::domain::{Kind, Leaves, Reason, Settlement, Stage};
use crate::store::{Member, Stored};
use crate::work::WorkError;
use std::collections::BTreeSet;

/// How named records are taken back.
#[derive(Clone, Copy, Debug, Default)]
pub struct UndoChoice<'a> {
    /// They are settled again in the same batch, right after.
    pub settle_again: bool,
    /// Only the settlement is taken back; the visit and its lines stay.
    pub settlement_only: bool,
    /// Which settlement, where there is more than one.
    pub settlement: Option<&'a str>,
}

/// Reversals first, then what is settled again, filings last: the stays that rest on them are undone before.
pub(super) fn rank(ready: &Ready) -> u8 {
    match &ready.undo {
        Some(_) if ready.record.kind == Kind::Filing => 2,
        Some((undo, _)) => u8::from(undo.again),
        None => 0,
    }
}

/// What the platform has of a record, as far as it is known.
struct Known {
    setl_id: String,
    mdtrt_id: String,
    psn_no: String,
}

impl From<Settlement> for Known {
    fn from(settlement: Settlement) -> Known {
        let Settlement { setl_id, mdtrt_id, psn_no, .. } = settlement;
        Known { setl_id, mdtrt_id, psn_no }
    }
}

/// Plans what is taken back.
pub(super) fn take(planner: &mut Planner<'_>) -> Result<(), WorkError> {
    let named: BTreeSet<i64> = planner.choice.ids.iter().copied().collect();
    let surplus = planner.books.surplus_settlements()?;
    let void = planner.books.settlements_of_void()?;
    let mut met = BTreeSet::new();
    for (record, settlement) in surplus.iter().chain(&void).copied() {
        let stored = planner.books.record_by_id(record)?;
        if stored.record.facility != planner.plan.facility || !met.insert(record) {
            continue;
        }
        let other = planner.choice.undo.settlement.filter(|_| named.contains(&record));
        if !planner.passes(&stored) {
            continue;
        }
        let told = match other {
            Some(setl_id) => planner.books.settlement_of(record, setl_id)?,
            None => Some(planner.books.settlement_in_full(settlement)?),
        };
        let Some(told) = told else {
            planner.stays(&stored, Why::NothingKnown);
            continue;
        };
        let leaves = if stored.stage == Stage::Void { Leaves::Nothing } else { Leaves::Other };
        // A visit of its own goes with its settlement; where nobody knows that it is one, only the settlement does.
        let shared = leaves == Leaves::Other;
        let depth =
            if shared || planner.choice.undo.settlement_only { Depth::Settlement } else { Depth::Visit };
        goes(planner, stored, told.into(), leaves, depth)?;
    }
    for &record in planner.choice.ids {
        let stored = planner.books.record_by_id(record)?;
        if stored.record.facility == planner.plan.facility && met.insert(record) && planner.passes(&stored) {
            one(planner, stored)?;
        }
    }
    for record in planner.books.corrected_since_sent()? {
        let stored = planner.books.record_by_id(record)?;
        if stored.record.facility == planner.plan.facility && met.insert(record) && planner.passes(&stored) {
            planner.stays(&stored, Why::Corrected);
        }
    }
    Ok(())
}

/// A record that a person named.
fn one(planner: &mut Planner<'_>, stored: Stored) -> Result<(), WorkError> {
    if !matches!(stored.stage, Stage::Exported | Stage::Settled | Stage::Refunded) {
        let why = Why::OtherWay { stage: stored.stage, route: None };
        planner.stays(&stored, why);
        return Ok(());
    }
    let sent = planner.books.last_sent(stored.id)?;
    // A stay may be settled in parts; which of them is meant a person says.
    let choice = planner.choice.undo;
    let in_parts = planner.books.matches_of(stored.id)?.len() > 1;
    if in_parts && (choice.settlement.is_none() || choice.settle_again) {
        planner.stays(&stored, Why::SettledInParts);
        return Ok(());
    }
    let Some(known) = known(planner, &stored, sent.as_ref())? else {
        planner.stays(&stored, Why::NothingKnown);
        return Ok(());
    };
    let leaves = match choice.settle_again {
        // The other parts settle it still.
        _ if in_parts => Leaves::Other,
        true => Leaves::Again,
        false => Leaves::Nothing,
    };
    // The lines on the platform serve again only where they are ours and still what stands here.
    let same = sent.as_ref().is_some_and(|(_, member)| member.version == stored.version);
    let depth = match leaves {
        Leaves::Again if same => Depth::Settlement,
        Leaves::Nothing if choice.settlement_only => Depth::Settlement,
        Leaves::Other => Depth::Settlement,
        _ => Depth::Visit,
    };
    goes(planner, stored, known, leaves, depth)
}

/// What the platform has of a record: the settlement named, the one that settles it, one that a break tells of, or
/// what the platform answered.
fn known(
    planner: &Planner<'_>,
    stored: &Stored,
    sent: Option<&(i64, Member)>,
) -> Result<Option<Known>, WorkError> {
    let books = planner.books;
    if let Some(setl_id) = planner.choice.undo.settlement {
        return Ok(books.settlement_of(stored.id, setl_id)?.map(Known::from));
    }
    if let Some(matched) = books.match_of(stored.id)? {
        return Ok(books.settlement_of(stored.id, &matched.settlement.setl_id)?.map(Known::from));
    }
    // Of several that may be meant none is chosen.
    let open = books.breaks_of(stored.id)?.into_iter().rev();
    let mut open = open.filter(|found| found.how.is_none() && found.reason != Reason::Ambiguous);
    if let Some(settlement) = open.find_map(|found| found.settlement) {
        return Ok(Some(books.settlement_in_full(settlement)?.into()));
    }
    let Some((batch, member)) = sent.filter(|(_, member)| !member.setl_id.is_empty()) else {
        return Ok(None);
    };
    let psn_no = books.answer_words(*batch, member)?.psn_no;
    Ok(Some(Known { setl_id: member.setl_id.clone(), mdtrt_id: member.mdtrt_id.clone(), psn_no }))
}

fn goes(
    planner: &mut Planner<'_>,
    stored: Stored,
    known: Known,
    leaves: Leaves,
    depth: Depth,
) -> Result<(), WorkError> {
    if let Some(batch) = planner.books.taken_back_in(stored.id, &known.setl_id)? {
        planner.stays(&stored, Why::InBatch { batch });
        return Ok(());
    }
    let sent = planner.books.last_sent(stored.id)?;
    let undo = batch::Undo {
        setl_id: known.setl_id,
        mdtrt_id: known.mdtrt_id,
        psn_no: known.psn_no,
        reason: planner.choice.reason.unwrap_or_default().to_owned(),
        depth,
        again: leaves == Leaves::Again,
        chrg_bchno: sent.map(|(_, member)| member.issued.chrg_bchno).unwrap_or_default(),
    };
    let way = planner.law.decide(&stored.record, planner.now).best().cloned();
    planner.plan.ready.push(Ready { undo: Some((undo, leaves)), ..Ready::new(stored, way) });
    Ok(())
}
