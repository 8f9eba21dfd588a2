//! Groups: one stay in several settlements, and several stays that count as one.
//!
//! Only inside one person and one case, only where the sums are equal to the fen,
//! and only where no other choice fits too. What is joined here has its case on
//! both sides; where only the person ties a group together it is suggested.
//! Several settlements that each carry the key of one record need nothing of
//! this: the judge adds them up.

use super::cover::{Cover, cover};
use super::{Claim, Desk, Ground, Likeness, position};
use crate::domain::{Key, Money};
use rustc_hash::{FxHashMap, FxHashSet};

/// Joins the groups whose case is known on both sides.
pub(super) fn assign(desk: &mut Desk<'_>) {
    for (claims, rows) in std::mem::take(&mut desk.cases) {
        one_case(desk, &claims, &rows);
    }
    let odd = odd_ones(desk);
    if !odd.is_empty() {
        rest_of_the_visit(desk, &odd);
        stays_that_count_as_one(desk, &odd_ones(desk), true);
    }
}

/// Suggests the groups of one person that nothing but their sums ties together.
pub(super) fn suggest(desk: &mut Desk<'_>) {
    let odd = odd_ones(desk);
    if !odd.is_empty() {
        stays_that_count_as_one(desk, &odd, false);
    }
}

/// One visit of several records: one settlement of all of them, or one for each with a total of its own.
fn one_case(desk: &mut Desk<'_>, claims: &[u32], rows: &[u32]) {
    let taken: FxHashSet<u32> = desk.row_verdicts.iter().filter_map(|verdict| verdict.claim).collect();
    let claims: Vec<u32> = claims.iter().copied().filter(|claim| !taken.contains(claim)).collect();
    let free = |&&row: &&u32| {
        let verdict = &desk.row_verdicts[row as usize];
        verdict.claim.is_none() && !verdict.is_marked() && desk.is_live(row)
    };
    let rows: Vec<u32> = rows.iter().filter(free).copied().collect();
    for &row in &rows {
        let facts = &desk.rows[row as usize];
        let fit: Vec<u32> = claims.iter().copied().filter(|&claim| may_join(desk, claim, row)).collect();
        let totals: Vec<Money> = fit.iter().map(|&claim| desk.claims[claim as usize].total).collect();
        let Some(chosen) = choose(&totals, facts.signed()) else { continue };
        let alike = rows.iter().filter(|&&other| desk.rows[other as usize].total == facts.total).count();
        if alike > 1 {
            continue;
        }
        match chosen[..] {
            [only] => {
                desk.row_verdicts[row as usize].claim = Some(fit[only]);
                desk.row_verdicts[row as usize].ground = Some(Ground::Visit);
            }
            // Where another settlement of the visit is left over, nobody knows whose the sum is.
            _ if rows.len() == 1 => {
                desk.share(chosen.into_iter().map(|at| fit[at]).collect(), row, Ground::Visit);
            }
            _ => {}
        }
    }
}

fn may_join(desk: &Desk<'_>, claim: u32, row: u32) -> bool {
    let (facts, at) = (&desk.claims[claim as usize], &desk.rows[row as usize]);
    facts.same_person(at) && !desk.are_apart(claim, row) && !desk.claim_verdicts[claim as usize].is_marked()
}

/// The one amount, or the only choice of several, that makes up a total.
fn choose(amounts: &[Money], total: Money) -> Option<Vec<usize>> {
    let alone: Vec<usize> = (0..amounts.len()).filter(|&at| amounts[at] == total).collect();
    match (&alone[..], cover(amounts, total)) {
        ([_], Cover::None) => Some(alone),
        ([], Cover::Only(several)) => Some(several),
        _ => None,
    }
}

/// A claim whose rows, each by key, have none of its total.
struct Odd {
    claim: u32,
    rows: Vec<u32>,
    settled: Money,
}

fn odd_ones(desk: &Desk<'_>) -> Vec<Odd> {
    let mut found: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    let owned = || {
        desk.row_verdicts.iter().enumerate().filter_map(|(at, verdict)| {
            let claim = verdict.claim.filter(|_| desk.is_live(position(at)) && !verdict.is_marked())?;
            (!desk.share_of.contains_key(&claim)).then_some((claim, position(at)))
        })
    };
    for (claim, row) in owned() {
        if desk.rows[row as usize].total != desk.claims[claim as usize].total {
            found.entry(claim).or_default().push(row);
        }
    }
    if found.is_empty() {
        return Vec::new();
    }
    for (claim, row) in owned() {
        if desk.rows[row as usize].total == desk.claims[claim as usize].total {
            found.remove(&claim);
        }
    }
    let mut odd: Vec<Odd> = found
        .into_iter()
        .filter(|(claim, _)| !desk.claim_verdicts[*claim as usize].is_marked())
        .map(|(claim, rows)| {
            let settled = rows.iter().map(|&row| desk.rows[row as usize].signed()).sum();
            Odd { claim, rows, settled }
        })
        .collect();
    odd.sort_unstable_by_key(|odd| desk.claims[odd.claim as usize].id);
    odd
}

/// Settlements of the same visit that carry no key of the record, where they make up what is missing.
fn rest_of_the_visit(desk: &mut Desk<'_>, odd: &[Odd]) {
    let visit_of = |desk: &Desk<'_>, row: u32| desk.rows[row as usize].visit;
    let mut visits: FxHashMap<Key, Vec<u32>> = FxHashMap::default();
    for odd in odd.iter().filter(|odd| odd.settled < desk.claims[odd.claim as usize].total) {
        visits
            .extend(odd.rows.iter().filter_map(|&row| visit_of(desk, row)).map(|visit| (visit, Vec::new())));
    }
    if visits.is_empty() {
        return;
    }
    for row in (0..desk.rows.len()).map(position) {
        let verdict = &desk.row_verdicts[row as usize];
        if verdict.claim.is_some() || verdict.is_marked() || !desk.is_live(row) {
            continue;
        }
        if let Some(rows) = visit_of(desk, row).and_then(|visit| visits.get_mut(&visit)) {
            rows.push(row);
        }
    }
    for odd in odd {
        let of_visits: FxHashSet<Key> = odd.rows.iter().filter_map(|&row| visit_of(desk, row)).collect();
        let mut rest: Vec<u32> =
            of_visits.iter().filter_map(|visit| visits.get(visit)).flatten().copied().collect();
        rest.retain(|&row| desk.row_verdicts[row as usize].claim.is_none() && may_join(desk, odd.claim, row));
        rest.sort_unstable_by_key(|&row| (desk.rows[row as usize].setl, row));
        let amounts: Vec<Money> = rest.iter().map(|&row| desk.rows[row as usize].signed()).collect();
        let missing = desk.claims[odd.claim as usize].total - odd.settled;
        for at in choose(&amounts, missing).into_iter().flatten() {
            desk.row_verdicts[rest[at] as usize].claim = Some(odd.claim);
            desk.row_verdicts[rest[at] as usize].ground = Some(Ground::Visit);
        }
    }
}

/// One settlement by key of one record that is larger than the record: other records of the person may make up the
/// rest. Where all of them are one stay, or one visit, they are joined; else they are suggested.
fn stays_that_count_as_one(desk: &mut Desk<'_>, odd: &[Odd], joins: bool) {
    let larger: Vec<&Odd> = odd
        .iter()
        .filter(|odd| odd.rows.len() == 1 && odd.settled > desk.claims[odd.claim as usize].total)
        .collect();
    if larger.is_empty() {
        return;
    }
    let person = |claim: &Claim| claim.cert.or(claim.psn);
    let mut siblings: FxHashMap<Key, Vec<u32>> = FxHashMap::default();
    let people = larger.iter().filter_map(|odd| person(&desk.claims[odd.claim as usize]));
    siblings.extend(people.map(|person| (person, Vec::new())));
    let taken: FxHashSet<u32> = desk.row_verdicts.iter().filter_map(|verdict| verdict.claim).collect();
    for (at, claim) in desk.claims.iter().enumerate() {
        let place = position(at);
        let free = !taken.contains(&place)
            && !desk.share_of.contains_key(&place)
            && !desk.claim_verdicts[at].is_marked();
        if let (true, Some(found)) = (free, person(claim).and_then(|person| siblings.get_mut(&person))) {
            found.push(place);
        }
    }
    let mut used: FxHashSet<u32> = FxHashSet::default();
    for odd in larger {
        let (owner, row) = (desk.claims[odd.claim as usize], odd.rows[0]);
        let Some(list) = person(&owner).and_then(|person| siblings.get(&person)) else { continue };
        let one_case = |claim: &Claim| {
            let same = |one: Option<Key>, other: Option<Key>| one.is_some() && one == other;
            same(owner.stay, claim.stay) || same(owner.visit, claim.visit)
        };
        let fits = |&&claim: &&u32| {
            let facts = &desk.claims[claim as usize];
            !used.contains(&claim) && (!joins || one_case(facts)) && may_join(desk, claim, row)
        };
        let mut fit: Vec<u32> = list.iter().filter(fits).copied().collect();
        fit.sort_unstable_by_key(|&claim| desk.claims[claim as usize].id);
        let totals: Vec<Money> = fit.iter().map(|&claim| desk.claims[claim as usize].total).collect();
        let Some(chosen) = choose(&totals, odd.settled - owner.total) else { continue };
        let mut claims: Vec<u32> = chosen.into_iter().map(|at| fit[at]).collect();
        used.extend(&claims);
        claims.push(odd.claim);
        if joins {
            let ground = desk.row_verdicts[row as usize].ground.unwrap_or(Ground::Visit);
            desk.share(claims, row, ground);
        } else {
            desk.leave_open(&claims, &[row], true, Likeness::Sum);
        }
    }
}
