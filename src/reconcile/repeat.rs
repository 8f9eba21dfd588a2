//! The same row twice: statements overlap, and one may come in two forms.
//!
//! Rows of one `setl_id`, direction and total are one settlement, whose keys
//! are joined. Rows of one `setl_id` that contradict each other are all left to
//! a person. Nothing is dropped: a repeat points at the row that counts.

use super::{Desk, Row, position};
use crate::domain::{Key, Reason};

/// Finds repeats and contradictions, and pairs a settlement with a reversal of the same id.
pub(super) fn fold(desk: &mut Desk<'_>) {
    let mut by_setl: Vec<(Key, u32)> =
        desk.rows.iter().enumerate().map(|(at, row)| (row.setl, position(at))).collect();
    by_setl.sort_unstable();
    for run in by_setl.chunk_by(|one, other| one.0 == other.0).filter(|run| run.len() > 1) {
        let mut same: Vec<u32> = run.iter().map(|&(_, at)| at).collect();
        unmark_originals(desk, &same);
        same.sort_unstable_by_key(|&at| content(&desk.rows[at as usize]));
        let split = same.partition_point(|&at| !desk.rows[at as usize].reversal);
        let (settled, reversed) = same.split_at(split);
        let settled = one_direction(desk, settled);
        let reversed = one_direction(desk, reversed);
        match (&settled[..], &reversed[..]) {
            ([], _) | (_, []) => {}
            (&[settled], &[reversed]) => pair_same_id(desk, settled, reversed),
            // One direction contradicts itself, so nobody knows what the other still means.
            _ => settled.iter().chain(&reversed).for_each(|&at| desk.mark(at, Reason::StateDiffers)),
        }
    }
}

/// Where an id has a negative row, a positive one is the original even if it carries the refund flag:
/// some platforms set the flag on both.
fn unmark_originals(desk: &mut Desk<'_>, same: &[u32]) {
    if !same.iter().any(|&at| desk.rows[at as usize].total.is_negative()) {
        return;
    }
    for &at in same {
        let row = desk.rows[at as usize];
        if row.reversal && !row.total.is_negative() {
            desk.rows.to_mut()[at as usize].reversal = false;
        }
    }
}

/// What tells rows of one id apart, positions last.
fn content(row: &Row) -> impl Ord + use<> {
    let keys = (row.record_no, row.receipt, row.issued, row.visit, row.cert, row.psn, row.init);
    (row.reversal, row.total, keys, row.id)
}

/// Folds rows of one id and direction, sorted by content; gives the rows that are left.
fn one_direction(desk: &mut Desk<'_>, sorted: &[u32]) -> Vec<u32> {
    let mut kept: Vec<u32> = Vec::new();
    for &at in sorted {
        let row = desk.rows[at as usize];
        match kept.last() {
            Some(&first) if same_settlement(&desk.rows[first as usize], &row) => {
                desk.row_verdicts[at as usize].repeat_of = Some(first);
                join(&mut desk.rows.to_mut()[first as usize], &row);
            }
            _ => kept.push(at),
        }
    }
    if kept.len() > 1 {
        let reason = contradiction(desk, &kept);
        for &at in &kept {
            desk.mark(at, reason);
        }
    }
    kept
}

fn same_settlement(one: &Row, other: &Row) -> bool {
    one.total.abs() == other.total.abs() && one.agrees_with(other)
}

fn join(row: &mut Row, repeat: &Row) {
    row.record_no = row.record_no.or(repeat.record_no);
    row.receipt = row.receipt.or(repeat.receipt);
    row.issued = row.issued.or(repeat.issued);
    row.visit = row.visit.or(repeat.visit);
    row.kind = row.kind.or(repeat.kind);
    row.insutype = row.insutype.max(repeat.insutype);
    row.cert = row.cert.or(repeat.cert);
    row.psn = row.psn.or(repeat.psn);
    row.init = row.init.or(repeat.init);
    row.at = row.at.min(repeat.at).or(row.at).or(repeat.at);
    row.parts_agree &= repeat.parts_agree;
}

fn contradiction(desk: &Desk<'_>, kept: &[u32]) -> Reason {
    let first = &desk.rows[kept[0] as usize];
    let rows = || kept.iter().map(|&at| &desk.rows[at as usize]);
    if rows().any(|row| row.total.abs() != first.total.abs()) {
        Reason::TotalDiffers
    } else if rows().any(|row| !row.same_person(first)) {
        Reason::PersonDiffers
    } else {
        Reason::StateDiffers
    }
}

fn pair_same_id(desk: &mut Desk<'_>, settled: u32, reversed: u32) {
    if desk.rows[settled as usize].total.abs() == desk.rows[reversed as usize].total.abs() {
        desk.row_verdicts[settled as usize].pair = Some(reversed);
        desk.row_verdicts[reversed as usize].pair = Some(settled);
    } else {
        desk.mark(settled, Reason::RefundAmountWrong);
        desk.mark(reversed, Reason::RefundAmountWrong);
    }
}
