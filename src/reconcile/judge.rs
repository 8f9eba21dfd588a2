//! The verdicts: one per claim from the rows it was given, one per row from its claim.

use super::{ClaimVerdict, Desk, Ground, position};
use crate::domain::{Money, Reason, Verdict};

/// Decides every claim, then every row.
pub(super) fn decide(desk: &mut Desk<'_>) {
    reversals_follow(desk);
    let mut owned: Vec<(u32, u32)> = Vec::new();
    for (at, verdict) in desk.row_verdicts.iter().enumerate() {
        let counts = verdict.repeat_of.is_none();
        owned.extend(verdict.claim.filter(|_| counts).map(|claim| (claim, position(at))));
    }
    owned.sort_unstable();
    let mut rest = &owned[..];
    for claim in (0..desk.claims.len()).map(position) {
        let count = rest.iter().take_while(|(owner, _)| *owner == claim).count();
        let (rows, after) = rest.split_at(count);
        rest = after;
        one_claim(desk, claim, rows);
    }
    for row in (0..desk.rows.len()).map(position) {
        one_row(desk, row);
    }
    repeats_follow(desk);
}

/// A reversal without a key of its own belongs where its original belongs.
fn reversals_follow(desk: &mut Desk<'_>) {
    for at in 0..desk.rows.len() {
        let verdict = desk.row_verdicts[at];
        let Some(pair) = verdict.pair.filter(|_| verdict.claim.is_none()) else { continue };
        let other = desk.row_verdicts[pair as usize];
        desk.row_verdicts[at].claim = other.claim;
        desk.row_verdicts[at].ground = other.ground;
    }
}

fn one_claim(desk: &mut Desk<'_>, claim: u32, rows: &[(u32, u32)]) {
    let rows = || rows.iter().map(|&(_, row)| row);
    let live: Vec<u32> = rows().filter(|&row| desk.is_live(row)).collect();
    let alone: Vec<u32> = rows()
        .filter(|&row| desk.rows[row as usize].reversal && desk.row_verdicts[row as usize].pair.is_none())
        .collect();
    let mut verdict = desk.claim_verdicts[claim as usize];
    for reason in rows().filter_map(|row| desk.row_verdicts[row as usize].reason) {
        verdict.mark(reason);
    }
    if undone_by_another_amount(desk, &live, &alone) {
        verdict.mark(Reason::RefundAmountWrong);
    }
    if verdict.is_marked() {
        let reason = verdict.reason.unwrap_or(Reason::Ambiguous);
        live.iter().chain(&alone).for_each(|&row| desk.mark(row, reason));
        desk.claim_verdicts[claim as usize] = verdict;
        return;
    }
    let ground = rows().filter_map(|row| desk.row_verdicts[row as usize].ground).min();
    let total = desk.claims[claim as usize].total;
    let settled: Money = live.iter().map(|&row| desk.rows[row as usize].signed()).sum();
    let found = match live[..] {
        [] if ground.is_none() => not_found(desk.claims[claim as usize].exported),
        [] => {
            let outside = rows().all(|row| desk.row_verdicts[row as usize].pair.is_none());
            let reason = outside.then_some(Reason::ReversalAlone);
            ClaimVerdict { verdict: Verdict::Reversed, reason, ground, ..ClaimVerdict::OPEN }
        }
        [row] => one_settlement(desk, row, settled - total),
        _ => ClaimVerdict {
            verdict: Verdict::Duplicate,
            reason: Some(Reason::SettledTwice),
            ground,
            row: None,
            difference: settled - total,
        },
    };
    for &row in &live {
        desk.row_verdicts[row as usize].verdict = found.verdict;
        desk.row_verdicts[row as usize].reason = found.reason;
    }
    desk.claim_verdicts[claim as usize] = found;
}

fn not_found(exported: bool) -> ClaimVerdict {
    let reason = if exported { Reason::NoAnswer } else { Reason::NotSent };
    ClaimVerdict { reason: Some(reason), ..ClaimVerdict::OPEN }
}

fn one_settlement(desk: &Desk<'_>, row: u32, difference: Money) -> ClaimVerdict {
    let ground = desk.row_verdicts[row as usize].ground;
    // Two totals of one person are close by chance often enough: only a key makes a tolerance safe.
    let tolerance =
        if ground == Some(Ground::PersonAlone) { Money::ZERO } else { desk.options.tolerance.abs() };
    let (verdict, reason) = if difference.abs() > tolerance {
        (Verdict::AmountDiffers, Some(Reason::TotalDiffers))
    } else if !desk.rows[row as usize].parts_agree {
        (Verdict::AmountDiffers, Some(Reason::PartsDiffer))
    } else {
        (Verdict::Matched, (!difference.is_zero()).then_some(Reason::WithinTolerance))
    };
    ClaimVerdict { verdict, reason, ground, row: Some(row), difference }
}

/// A reversal of this claim pairs with no settlement, and is not simply that of an earlier one outside the statement.
fn undone_by_another_amount(desk: &Desk<'_>, live: &[u32], alone: &[u32]) -> bool {
    let at = |row: u32| desk.rows[row as usize].at;
    let before = |undo: u32, row: u32| at(undo).zip(at(row)).is_some_and(|(undo, row)| undo < row);
    // One that names its original undoes that, and not what stands here.
    let nameless = alone.iter().copied().filter(|&undo| {
        desk.rows[undo as usize].init.is_none() && !desk.row_verdicts[undo as usize].is_marked()
    });
    let last_undone = nameless.max_by_key(|&undo| (at(undo).is_none(), at(undo)));
    last_undone.is_some_and(|undo| live.iter().any(|&row| !before(undo, row)))
}

fn one_row(desk: &mut Desk<'_>, at: u32) {
    let reversal = desk.rows[at as usize].reversal;
    let verdict = &mut desk.row_verdicts[at as usize];
    if verdict.repeat_of.is_some() || (verdict.is_marked() && verdict.pair.is_none()) {
        return;
    }
    if verdict.pair.is_some() {
        verdict.verdict = Verdict::Reversed;
        verdict.reason = None;
    } else if reversal {
        verdict.verdict = Verdict::Reversed;
        verdict.reason = Some(Reason::ReversalAlone);
    } else if verdict.claim.is_none() {
        verdict.verdict = Verdict::Extra;
        verdict.reason = Some(Reason::MissedInDowntime);
    }
}

/// A repeat says what the row says that counts.
fn repeats_follow(desk: &mut Desk<'_>) {
    for at in 0..desk.row_verdicts.len() {
        if let Some(first) = desk.row_verdicts[at].repeat_of {
            desk.row_verdicts[at] =
                super::RowVerdict { repeat_of: Some(first), ..desk.row_verdicts[first as usize] };
        }
    }
}
