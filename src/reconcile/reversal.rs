//! Netting reversals: a settlement and what undid it cancel out.
//!
//! A reversal names its original (`init_setl_id`), or is found by the same key
//! and the opposite total. Both halves stay visible. Between equal settlements
//! the time may decide; else a reversal that fits several pairs with none.

use super::{Desk, Row, position};
use crate::domain::{Key, Money, Reason};
use rustc_hash::FxHashMap;

/// Pairs settlements with their reversals.
pub(super) fn net(desk: &mut Desk<'_>) {
    by_init(desk);
    for kind in [Shared::RecordNo, Shared::Issued, Shared::Cert, Shared::Psn] {
        // Where amounts carry a sign, the flag on a positive row says that it was undone, not that it undoes.
        by_shared_key(desk, kind, |row| row.total.is_negative());
        by_shared_key(desk, kind, |row| row.reversal);
    }
}

/// A key that both halves may share.
#[derive(Clone, Copy)]
enum Shared {
    RecordNo,
    Issued,
    Cert,
    Psn,
}

impl Shared {
    fn of(self, row: &Row) -> Option<Key> {
        match self {
            Shared::RecordNo => row.record_no,
            Shared::Issued => row.issued,
            Shared::Cert => row.cert,
            Shared::Psn => row.psn,
        }
    }
}

fn counts(desk: &Desk<'_>, at: u32) -> bool {
    let verdict = &desk.row_verdicts[at as usize];
    verdict.pair.is_none() && verdict.repeat_of.is_none() && !verdict.is_marked()
}

fn open_reversals(desk: &Desk<'_>, is: impl Fn(&Row) -> bool) -> Vec<u32> {
    let all = desk.rows.iter().enumerate();
    let found = all.filter(|(_, row)| is(row) && row.reversal).map(|(at, _)| position(at));
    let mut found: Vec<u32> = found.filter(|&at| counts(desk, at)).collect();
    found.sort_unstable_by_key(|&at| (desk.rows[at as usize].setl, at));
    found
}

/// Reversals that name the settlement they undo.
fn by_init(desk: &mut Desk<'_>) {
    let reversals = open_reversals(desk, |row| row.init.is_some_and(|init| init != row.setl));
    let mut wanted: FxHashMap<Key, u32> = FxHashMap::default();
    for &at in &reversals {
        if let Some(init) = desk.rows[at as usize].init {
            // Two reversals of one settlement: the first by id pairs, the other stands alone.
            wanted.entry(init).or_insert(at);
        }
    }
    if wanted.is_empty() {
        return;
    }
    let named = |at: u32| {
        let original = &desk.rows[at as usize];
        let reversal = *wanted.get(&original.setl)?;
        let undone = &desk.rows[reversal as usize];
        // An original names nothing itself; it may carry the flag where the reversal carries the sign.
        let is_original = !original.reversal
            || (original.init.is_none() && !original.total.is_negative() && undone.total.is_negative());
        (is_original && counts(desk, at)).then_some((at, reversal))
    };
    let pairs: Vec<(u32, u32)> = (0..desk.rows.len()).map(position).filter_map(named).collect();
    for (original, reversal) in pairs {
        if desk.rows[original as usize].total.abs() == desk.rows[reversal as usize].total.abs() {
            pair(desk, original, reversal);
        } else {
            desk.mark(original, Reason::RefundAmountWrong);
            desk.mark(reversal, Reason::RefundAmountWrong);
        }
    }
}

fn pair(desk: &mut Desk<'_>, settled: u32, reversal: u32) {
    if desk.rows[settled as usize].reversal {
        desk.rows.to_mut()[settled as usize].reversal = false;
    }
    desk.row_verdicts[settled as usize].pair = Some(reversal);
    desk.row_verdicts[reversal as usize].pair = Some(settled);
}

/// Settlements and reversals of one key and amount.
#[derive(Default)]
struct Both {
    settled: Vec<u32>,
    reversals: Vec<u32>,
}

fn by_shared_key(desk: &mut Desk<'_>, kind: Shared, is_reversal: fn(&Row) -> bool) {
    let mut groups: FxHashMap<(Key, Money), Both> = FxHashMap::default();
    for at in open_reversals(desk, |row| is_reversal(row) && row.init.is_none_or(|init| init == row.setl)) {
        let row = &desk.rows[at as usize];
        if let Some(key) = kind.of(row) {
            groups.entry((key, row.total.abs())).or_default().reversals.push(at);
        }
    }
    if groups.is_empty() {
        return;
    }
    for at in (0..desk.rows.len()).map(position).filter(|&at| counts(desk, at)) {
        let row = &desk.rows[at as usize];
        if is_reversal(row) || row.total.is_negative() {
            continue;
        }
        if let Some(both) = kind.of(row).and_then(|key| groups.get_mut(&(key, row.total))) {
            both.settled.push(at);
        }
    }
    let mut sorted: Vec<((Key, Money), Both)> = groups.into_iter().collect();
    sorted.sort_unstable_by_key(|(key, _)| *key);
    for (_, both) in sorted {
        pair_group(desk, both);
    }
}

/// Pairs one group, or marks all of it where more than one pairing is possible.
fn pair_group(desk: &mut Desk<'_>, both: Both) {
    let Both { mut settled, reversals } = both;
    // Where the platform flagged some of the originals, those are the ones that were undone.
    if settled.iter().any(|&at| desk.rows[at as usize].reversal) {
        settled.retain(|&at| desk.rows[at as usize].reversal);
    }
    settled.sort_unstable_by_key(|&at| (desk.rows[at as usize].setl, at));
    let fitting = |desk: &Desk<'_>, reversal: u32| -> Vec<u32> {
        let undo = desk.rows[reversal as usize];
        let fits = |&&at: &&u32| counts(desk, at) && desk.rows[at as usize].agrees_with(&undo);
        settled.iter().filter(fits).copied().collect()
    };
    // The clock only chooses between equals: a lone pair cancels out whatever times are printed.
    let in_time = |desk: &Desk<'_>, fits: &[u32], reversal: u32| -> Option<u32> {
        let undone_at = desk.rows[reversal as usize].at?;
        let mut before = fits.iter().copied().filter(|&at| desk.rows[at as usize].at <= Some(undone_at));
        let timed = fits.iter().all(|&at| desk.rows[at as usize].at.is_some());
        before.next().filter(|_| timed && before.next().is_none())
    };
    let alike = |desk: &Desk<'_>, list: &[u32]| {
        list.windows(2).all(|two| desk.rows[two[0] as usize].agrees_with(&desk.rows[two[1] as usize]))
    };
    let mut unclear: Vec<u32> = Vec::new();
    for (done, &reversal) in reversals.iter().enumerate() {
        let fits = fitting(desk, reversal);
        let left = reversals.len() - done;
        let whole = left >= fits.len() && alike(desk, &fits);
        match (&fits[..], in_time(desk, &fits, reversal)) {
            ([], _) => {}
            ([only], _) => pair(desk, *only, reversal),
            (_, Some(only)) => pair(desk, only, reversal),
            // As many reversals as settlements, all alike: whichever is whose, nothing is left.
            ([first, ..], None) if whole => pair(desk, *first, reversal),
            _ => {
                unclear.push(reversal);
                unclear.extend(fits);
            }
        }
    }
    unclear.sort_unstable();
    unclear.dedup();
    for at in unclear {
        if counts(desk, at) {
            desk.mark(at, Reason::Ambiguous);
        }
    }
}
