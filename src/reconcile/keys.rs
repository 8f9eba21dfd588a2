//! Matching by key: what was decided before, keys that were issued or answered, visits, record numbers, receipts.
//!
//! Both sides are sorted and merged, which takes less memory than maps. A key
//! that two claims share, or two keys that name different claims, settle
//! nothing; a person who contradicts the key is reason A3.

use super::{Claim, Desk, Ground, Likeness, Row, position};
use crate::domain::{Key, Money, Reason};
use rustc_hash::FxHashMap;

/// Gives rows to the claims that their keys name, the strongest key first.
pub(super) fn assign(desk: &mut Desk<'_>) {
    decided(desk, Ground::ByHand);
    by_key(desk, Ground::Confirmed, |claim| claim.confirmed, |row| Some(row.setl));
    decided(desk, Ground::Confirmed);
    by_key(desk, Ground::IssuedKey, |claim| claim.issued, |row| row.issued);
    by_key(desk, Ground::AnsweredKey, |claim| claim.answered, |row| Some(row.setl));
    by_key(desk, Ground::Visit, |claim| claim.visit, |row| row.visit);
    by_key(desk, Ground::RecordNo, |claim| claim.record_no, |row| row.record_no);
    by_receipt(desk);
}

/// Pairs that a person put together, or that an earlier run confirmed as a group.
fn decided(desk: &mut Desk<'_>, ground: Ground) {
    let options = desk.options;
    let pairs = if ground == Ground::ByHand { &options.pinned } else { &options.kept };
    if pairs.is_empty() {
        return;
    }
    let mut places: FxHashMap<i64, Option<u32>> = pairs.iter().map(|&(id, _)| (id, None)).collect();
    for (at, claim) in desk.claims.iter().enumerate() {
        if let Some(place) = places.get_mut(&claim.id) {
            *place = Some(position(at));
        }
    }
    let mut wanted: FxHashMap<Key, Vec<u32>> = FxHashMap::default();
    for (id, setl) in pairs {
        let claims = wanted.entry(*setl).or_default();
        claims.extend(places[id].filter(|claim| !claims.contains(claim)));
    }
    for row in (0..desk.rows.len()).map(position) {
        let verdict = &desk.row_verdicts[row as usize];
        let free = verdict.claim.is_none() && verdict.repeat_of.is_none();
        if !free || desk.rows[row as usize].reversal {
            continue;
        }
        match wanted.get(&desk.rows[row as usize].setl).map(Vec::as_slice) {
            None | Some([]) => {}
            Some(&[claim]) => {
                desk.row_verdicts[row as usize].claim = Some(claim);
                desk.row_verdicts[row as usize].ground = Some(ground);
            }
            Some(claims) => {
                let claims = claims.to_vec();
                desk.share(claims, row, ground);
            }
        }
    }
}

fn by_key(
    desk: &mut Desk<'_>,
    ground: Ground,
    of_claim: fn(&Claim) -> Option<Key>,
    of_row: fn(&Row) -> Option<Key>,
) {
    if !(desk.rows.iter().any(|row| of_row(row).is_some())
        && desk.claims.iter().any(|c| of_claim(c).is_some()))
    {
        return;
    }
    let claims = sorted(desk.claims.iter().map(of_claim));
    let rows = rows_by(desk, of_row);
    for (claims, rows) in Merged::new(&claims, &rows) {
        match claims {
            [(_, claim)] => rows.iter().for_each(|&(_, row)| give(desk, *claim, row, ground)),
            // One visit of several records: the amounts decide, after all keys.
            _ if ground == Ground::Visit => {
                let places = |list: &[(Key, u32)]| list.iter().map(|&(_, at)| at).collect();
                desk.cases.push((places(claims), places(rows)));
            }
            _ => share(desk, claims, rows),
        }
    }
}

/// A receipt settles only together with the total, or with the person where the total differs.
fn by_receipt(desk: &mut Desk<'_>) {
    if desk.rows.iter().all(|row| row.receipt.is_none()) {
        return;
    }
    let claims = sorted(desk.claims.iter().map(|claim| claim.receipt));
    let rows = rows_by(desk, |row| row.receipt);
    for (claims, rows) in Merged::new(&claims, &rows) {
        let free = |&(_, row): &(Key, u32)| desk.row_verdicts[row as usize].claim.is_none();
        let rows: Vec<u32> = rows.iter().filter(|entry| free(entry)).map(|&(_, row)| row).collect();
        let live = || rows.iter().copied().filter(|&row| desk.is_live(row));
        let settled: Money = live().map(|row| desk.rows[row as usize].signed()).sum();
        let mut given: Vec<(u32, Vec<u32>)> = Vec::new();
        for &row in &rows {
            let facts = &desk.rows[row as usize];
            let fits = |&&(_, claim): &&(Key, u32)| {
                let claim = &desk.claims[claim as usize];
                let whole = claim.total == facts.total.abs() || claim.total == settled;
                whole || (claim.cert.is_some() && claim.cert == facts.cert)
            };
            given.push((row, claims.iter().filter(fits).map(|&(_, claim)| claim).collect()));
        }
        for (row, claims) in given {
            match claims[..] {
                [] => {}
                [claim] => give(desk, claim, row, Ground::Receipt),
                _ => desk.leave_open(&claims, &[row], true, Likeness::Keys),
            }
        }
    }
}

fn rows_by(desk: &Desk<'_>, of_row: fn(&Row) -> Option<Key>) -> Vec<(Key, u32)> {
    sorted(desk.rows.iter().zip(&desk.row_verdicts).map(|(row, verdict)| {
        let counts = verdict.repeat_of.is_none();
        of_row(row).filter(|_| counts)
    }))
}

fn sorted(keys: impl Iterator<Item = Option<Key>>) -> Vec<(Key, u32)> {
    let mut found: Vec<(Key, u32)> =
        keys.enumerate().filter_map(|(at, key)| key.map(|key| (key, position(at)))).collect();
    found.sort_unstable();
    found
}

fn give(desk: &mut Desk<'_>, claim: u32, row: u32, ground: Ground) {
    let verdict = desk.row_verdicts[row as usize];
    match verdict.claim {
        Some(owner) if owner == claim || verdict.ground <= Some(Ground::Confirmed) => {}
        Some(owner) => {
            // One key of the row names one claim, another key another.
            desk.row_verdicts[row as usize].claim = None;
            desk.row_verdicts[row as usize].ground = None;
            desk.leave_open(&[owner, claim], &[row], true, Likeness::Keys);
        }
        None if desk.are_apart(claim, row) => {}
        None => {
            desk.row_verdicts[row as usize].claim = Some(claim);
            desk.row_verdicts[row as usize].ground = Some(ground);
            let same = desk.claims[claim as usize].same_person(&desk.rows[row as usize]);
            if !same && ground != Ground::Confirmed {
                desk.mark(row, Reason::PersonDiffers);
            }
        }
    }
}

/// Several claims carry the key: none of them gets the rows.
fn share(desk: &mut Desk<'_>, claims: &[(Key, u32)], rows: &[(Key, u32)]) {
    let claims: Vec<u32> = claims.iter().map(|&(_, claim)| claim).collect();
    let free = |row: &u32| desk.row_verdicts[*row as usize].claim.is_none();
    let rows: Vec<u32> = rows.iter().map(|&(_, row)| row).filter(free).collect();
    if !rows.is_empty() {
        desk.leave_open(&claims, &rows, true, Likeness::Keys);
    }
}

/// The runs of equal keys that two sorted lists have in common.
pub(super) struct Merged<'a> {
    left: &'a [(Key, u32)],
    right: &'a [(Key, u32)],
}

impl<'a> Merged<'a> {
    pub(super) fn new(left: &'a [(Key, u32)], right: &'a [(Key, u32)]) -> Merged<'a> {
        Merged { left, right }
    }
}

impl<'a> Iterator for Merged<'a> {
    type Item = (&'a [(Key, u32)], &'a [(Key, u32)]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (left, right) = (self.left.first()?.0, self.right.first()?.0);
            match left.cmp(&right) {
                std::cmp::Ordering::Less => take_run(&mut self.left),
                std::cmp::Ordering::Greater => take_run(&mut self.right),
                std::cmp::Ordering::Equal => {
                    return Some((take_run(&mut self.left), take_run(&mut self.right)));
                }
            };
        }
    }
}

/// Cuts the first run of equal keys off a list.
fn take_run<'a>(list: &mut &'a [(Key, u32)]) -> &'a [(Key, u32)] {
    let length = list.iter().take_while(|entry| entry.0 == list[0].0).count();
    let (run, rest) = list.split_at(length);
    *list = rest;
    run
}
