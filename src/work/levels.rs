//! What stands around the detail of a reconciliation: control totals before it, the bridge in parts after it.
//!
//! The ledger counts as settled what it has tied to a settlement, at its own
//! total and under its own insurance type, and what the platform acknowledged as
//! accepted though no statement names it yet; of that, nobody knows the day. A
//! record belongs to the month in which it arose, a row without a record to the
//! month in which it was settled.

use crate::domain::{Day, Insutype, Kind, Money, Part, Route, Time};
use crate::reconcile::{
    Bridge, Claim, ControlTotals, Entry, Outcome, bridge_parts, control_totals, signed_amounts,
};
use crate::store::{Books, Filter, StoreError};
use crate::text::Label;
use crate::work::matching::{Desk, last_tolerance};
use crate::work::{Law, WorkError};
use rustc_hash::FxHashMap;
use serde::Serialize;
use std::collections::BTreeMap;

/// One part of the bridge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BridgePart {
    /// Such as `2021-10`; empty where no day is known.
    pub month: String,
    /// Which way the records of this part get back; `None` for rows without a record.
    pub route: Option<Route>,
    /// Code of the facility; empty where it is not known.
    pub facility: String,
    /// Both sums and what lies between them.
    #[serde(flatten)]
    pub bridge: Bridge,
}

/// What surrounds the detail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// Sums by type, category and day.
    pub control: ControlTotals,
    /// The bridge by month, route and facility; empty where nobody asked for it.
    pub parts: Vec<BridgePart>,
}

/// What a part is told apart by: month, route and facility.
type Place = (String, Option<Route>, String);

/// Control totals and bridge as the books stand, laid against every statement so far.
///
/// # Errors
/// [`WorkError::Store`] where the books cannot be read.
pub fn levels(books: &Books<'_>, law: &Law, now: Time) -> Result<Levels, WorkError> {
    let mut desk = Desk::read(books, law, last_tolerance(books)?)?;
    let outcome = desk.match_as_told(books, law, now)?;
    Ok(Levels { control: control(&desk, &outcome), parts: parts(&desk, &outcome, books, law, now)? })
}

fn month(day: Option<Day>) -> String {
    day.map(|day| day.to_string().chars().take(7).collect()).unwrap_or_default()
}

/// The bridge by month, way back and facility.
pub(super) fn parts(
    desk: &Desk,
    outcome: &Outcome,
    books: &Books<'_>,
    law: &Law,
    now: Time,
) -> Result<Vec<BridgePart>, WorkError> {
    let mut places: FxHashMap<i64, Place> = FxHashMap::default();
    books.each_record(&Filter::default(), |stored| -> Result<(), StoreError> {
        let route = law.decide(&stored.record, now).best().map(|way| way.route);
        let month = month(Some(stored.record.occurred_at.day()));
        places.insert(stored.id, (month, route, stored.record.facility));
        Ok(())
    })?;
    let of_claim = |at: usize| -> Place { places.get(&desk.claims[at].id).cloned().unwrap_or_default() };
    let of_row = |at: usize| -> Place { (month(desk.platform.told[at].day), None, String::new()) };
    let mut parts: BTreeMap<Place, Bridge> =
        bridge_parts(&desk.claims, &desk.rows, outcome, of_claim, of_row);
    for (day, amount) in desk.platform.unread_rows() {
        let part = parts.entry((month(day), None, String::new())).or_default();
        *part = part.with_unread(amount);
    }
    let named = |((month, route, facility), bridge)| BridgePart { month, route, facility, bridge };
    Ok(parts.into_iter().map(named).collect())
}

/// The sums of both sides by insurance type, clearing category and day of settlement.
pub(super) fn control(desk: &Desk, outcome: &Outcome) -> ControlTotals {
    let amounts = signed_amounts(&desk.rows);
    let counts = |at: usize| outcome.rows[at].repeat_of.is_none() && outcome.rows[at].pair.is_none();
    let of_row = |at: usize, count: i64| {
        let told = &desk.platform.told[at];
        let [insurance, clearing] = desk.platform.types(told);
        let [fund, account, cash] = told.parts;
        Entry { insurance, clearing, day: told.day, count, amounts: [Some(amounts[at]), fund, account, cash] }
    };
    let platform = (0..desk.rows.len()).filter(|&at| counts(at)).map(|at| {
        let count = if amounts[at].is_negative() { -1 } else { 1 };
        of_row(at, count)
    });
    let in_parts: FxHashMap<u32, &[u32]> = (outcome.joined.iter())
        .filter(|group| group.part() == Part::Parts)
        .flat_map(|group| group.claims.iter().map(|&claim| (claim, &group.rows[..])))
        .collect();
    let tied = first_rows(desk, outcome);
    let own: BTreeMap<Insutype, String> =
        desk.claims.iter().map(|claim| (claim.insutype, claim.insutype.to_string())).collect();
    let of_claim = |(place, claim): (u32, &Claim)| {
        let at = place as usize;
        let shared = outcome.claims[at].row.filter(|&row| outcome.rows[row as usize].claim != Some(place));
        let mut entries: Vec<Entry<'_>> = if let Some(rows) = in_parts.get(&place) {
            rows.iter().map(|&row| of_row(row as usize, 1)).collect()
        } else if let Some(row) = shared {
            // One settlement of several records is counted, and split, with the first of them.
            let nothing = Some(Money::ZERO);
            let amounts = [Some(claim.total), nothing, nothing, nothing];
            vec![Entry { amounts, ..of_row(row as usize, 0) }]
        } else if let Some(row) = tied[at] {
            let entry = of_row(row as usize, 1);
            let [_, fund, account, cash] = entry.amounts;
            vec![Entry { amounts: [Some(claim.total), fund, account, cash], ..entry }]
        } else if claim.answered.is_some() {
            vec![Entry { count: 1, amounts: [Some(claim.total), None, None, None], ..Entry::default() }]
        } else {
            Vec::new()
        };
        // What the ledger itself knows of a record stands before what the statement says.
        for entry in &mut entries {
            entry.insurance =
                Some(own[&claim.insutype].as_str()).filter(|own| !own.is_empty()).unwrap_or(entry.insurance);
            entry.clearing = claim.kind.map_or(entry.clearing, |kind| clearing(kind));
        }
        entries
    };
    control_totals((0..).zip(&desk.claims).flat_map(of_claim), platform)
}

/// Of each claim the first settlement that is its own, if any.
fn first_rows(desk: &Desk, outcome: &Outcome) -> Vec<Option<u32>> {
    let mut tied: Vec<Option<u32>> = vec![None; desk.claims.len()];
    for ((row, said), at) in desk.rows.iter().zip(&outcome.rows).zip(0..) {
        let stands = said.repeat_of.is_none() && said.pair.is_none() && !row.reversal;
        if let (Some(claim), true) = (said.claim, stands) {
            let first = tied[claim as usize].get_or_insert(at);
            let before = &desk.rows[*first as usize];
            if (row.at, row.setl) < (before.at, before.setl) {
                *first = at;
            }
        }
    }
    tied
}

/// The clearing category of a kind of record.
fn clearing(kind: Kind) -> &'static str {
    match kind {
        Kind::Outpatient => "11",
        Kind::Inpatient => "21",
        Kind::Purchase => "41",
        Kind::Filing => "",
    }
}

impl Levels {
    /// The control totals as JSON tells them.
    pub fn control_json(&self) -> serde_json::Value {
        let (agree, differ) = self.control.standing();
        serde_json::json!({
            "by_insutype": self.control.by_insutype, "by_clr_type": self.control.by_clr_type,
            "agree": agree, "differ": differ, "groups": self.control.groups,
        })
    }

    /// The bridge in parts as JSON tells it.
    pub fn parts_json(&self) -> serde_json::Value {
        let one = |part: &BridgePart| {
            let mut object = serde_json::json!({
                "month": part.month, "route": part.route.map(|route| route.id()), "facility": part.facility,
                "ties": part.bridge.ties(),
            });
            object["bridge"] = serde_json::json!(part.bridge);
            object
        };
        self.parts.iter().map(one).collect()
    }

    /// The bridge as a whole.
    pub fn ledger_and_platform(&self) -> (Money, Money) {
        let sum = |of: fn(&Bridge) -> Money| self.parts.iter().map(|part| of(&part.bridge)).sum();
        (sum(|bridge| bridge.ledger), sum(|bridge| bridge.platform))
    }
}
