//! Matching by key: pairs confirmed before, keys that were issued or answered, record numbers.
//!
//! Both sides are sorted and merged, which takes less memory than maps. A key
//! that two claims share, or two keys that name different claims, settle
//! nothing; a person who contradicts the key is reason A3.

use super::{Claim, Desk, Ground, Row, position};
use crate::domain::{Key, Reason};

/// Gives rows to the claims that their keys name, the strongest key first.
pub(super) fn assign(desk: &mut Desk<'_>) {
    by_key(desk, Ground::Confirmed, |claim| claim.confirmed, |row| Some(row.setl));
    by_key(desk, Ground::IssuedKey, |claim| claim.answered, |row| Some(row.setl));
    by_key(desk, Ground::IssuedKey, |claim| claim.issued, |row| row.issued);
    by_key(desk, Ground::RecordNo, |claim| claim.record_no, |row| row.record_no);
}

fn by_key(
    desk: &mut Desk<'_>,
    ground: Ground,
    of_claim: fn(&Claim) -> Option<Key>,
    of_row: fn(&Row) -> Option<Key>,
) {
    let claims = sorted(desk.claims.iter().map(of_claim));
    if claims.is_empty() {
        return;
    }
    let rows = sorted(desk.rows.iter().zip(&desk.row_verdicts).map(|(row, verdict)| {
        let counts = verdict.repeat_of.is_none();
        of_row(row).filter(|_| counts)
    }));
    for (claims, rows) in Merged::new(&claims, &rows) {
        match claims {
            [(_, claim)] => rows.iter().for_each(|&(_, row)| give(desk, *claim, row, ground)),
            _ => share(desk, claims, rows),
        }
    }
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
        Some(owner) if owner == claim || verdict.ground == Some(Ground::Confirmed) => {}
        Some(owner) => {
            // One key of the row names one claim, another key another.
            desk.row_verdicts[row as usize].claim = None;
            desk.row_verdicts[row as usize].ground = None;
            desk.leave_open(&[owner, claim], &[row], true);
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
        desk.leave_open(&claims, &rows, true);
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
