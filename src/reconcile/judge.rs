//! The verdicts: one per claim from the rows it was given, one per row from its claim, and one for all that share a row.

use super::{ClaimVerdict, Desk, Ground, Joined, Row, position};
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
    // Rows of claims that share one: whatever they have besides it.
    let mut besides: Vec<Vec<u32>> = vec![Vec::new(); desk.shares.len()];
    for claim in (0..desk.claims.len()).map(position) {
        let count = rest.iter().take_while(|(owner, _)| *owner == claim).count();
        let (rows, after) = rest.split_at(count);
        rest = after;
        match desk.share_of.get(&claim) {
            None => one_claim(desk, claim, rows),
            Some(&place) => {
                let shared = desk.shares[place as usize].1;
                besides[place as usize].extend(rows.iter().map(|&(_, row)| row).filter(|&row| row != shared));
            }
        }
    }
    for (place, besides) in besides.into_iter().enumerate() {
        one_share(desk, place, &besides);
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
            // The flag says undone and the sign says settled, and no second row tells which it is.
            let flag_alone = alone.iter().any(|&row| !desk.rows[row as usize].total.is_negative());
            let reason = if flag_alone { Reason::RefundFlagDiffers } else { Reason::ReversalAlone };
            let reason = outside.then_some(reason);
            ClaimVerdict { verdict: Verdict::Reversed, reason, ground, ..ClaimVerdict::OPEN }
        }
        [row] => one_settlement(desk, claim, row, settled - total),
        _ if in_parts(desk, total, &live) => several_settlements(desk, claim, &live, settled - total),
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

/// Several settlements that stand, none of which has the whole total, and which do not exceed it together: parts of one
/// thing. What exceeds it was settled more than once.
fn in_parts(desk: &Desk<'_>, total: Money, live: &[u32]) -> bool {
    let amounts = || live.iter().map(|&row| desk.rows[row as usize].signed());
    amounts().all(|amount| amount > Money::ZERO && amount < total) && amounts().sum::<Money>() <= total
}

/// The parts of one claim: all of it to the fen, or some part is not there.
fn several_settlements(desk: &mut Desk<'_>, claim: u32, live: &[u32], difference: Money) -> ClaimVerdict {
    let ground = live.iter().filter_map(|&row| desk.row_verdicts[row as usize].ground).min();
    let whole = difference.is_zero();
    let agree = live.iter().all(|&row| desk.rows[row as usize].parts_agree);
    let (verdict, reason) = match (whole, agree) {
        (false, _) => (Verdict::AmountDiffers, Some(Reason::PartialGroup)),
        (true, false) => (Verdict::AmountDiffers, Some(Reason::PartsDiffer)),
        (true, true) => (Verdict::Matched, what_to_note(desk, claim, live)),
    };
    if verdict == Verdict::Matched {
        let mut rows = live.to_vec();
        rows.sort_unstable_by_key(|&row| (desk.rows[row as usize].setl, row));
        desk.joined.push(Joined { claims: vec![claim], rows });
    }
    ClaimVerdict { verdict, reason, ground, row: None, difference }
}

/// What does not agree although the money does.
fn what_to_note(desk: &Desk<'_>, claim: u32, rows: &[u32]) -> Option<Reason> {
    let claim = &desk.claims[claim as usize];
    let any = |is: &dyn Fn(&Row) -> bool| rows.iter().any(|&row| is(&desk.rows[row as usize]));
    if any(&|row| claim.other_type(row)) {
        Some(Reason::TypeDiffers)
    } else if any(&|row| !claim.not_after(row)) {
        Some(Reason::DayDiffers)
    } else {
        None
    }
}

/// Several claims of one row: matched together, to the fen, or none of them.
fn one_share(desk: &mut Desk<'_>, place: usize, besides: &[u32]) {
    let (claims, row) = desk.shares[place].clone();
    let verdict = desk.row_verdicts[row as usize];
    let marks = claims.iter().filter_map(|&claim| {
        let verdict = desk.claim_verdicts[claim as usize];
        verdict.reason.filter(|_| verdict.is_marked())
    });
    let more = besides.iter().any(|&row| desk.is_live(row)).then_some(Reason::Ambiguous);
    let marked = verdict.reason.filter(|_| verdict.is_marked());
    if let Some(reason) = marks.chain(more).chain(marked).min() {
        let live: Vec<u32> = besides.iter().copied().filter(|&row| desk.is_live(row)).collect();
        live.iter().chain([&row]).for_each(|&row| desk.mark(row, reason));
        for claim in claims {
            desk.claim_verdicts[claim as usize].mark(reason);
        }
        return;
    }
    let ledger: Money = claims.iter().map(|&claim| desk.claims[claim as usize].total).sum();
    let difference = desk.rows[row as usize].signed() - ledger;
    let noted = claims.iter().filter_map(|&claim| what_to_note(desk, claim, &[row])).min();
    let (verdict, reason) = if !desk.is_live(row) {
        (Verdict::Reversed, None)
    } else if !difference.is_zero() {
        (Verdict::AmountDiffers, Some(Reason::PartialGroup))
    } else if !desk.rows[row as usize].parts_agree {
        (Verdict::AmountDiffers, Some(Reason::PartsDiffer))
    } else {
        (Verdict::Matched, noted)
    };
    let settled = (verdict != Verdict::Reversed).then_some(row);
    let ground = desk.row_verdicts[row as usize].ground;
    for (at, &claim) in claims.iter().enumerate() {
        // The difference is told once.
        let difference = if at == 0 && settled.is_some() { difference } else { Money::ZERO };
        desk.claim_verdicts[claim as usize] =
            ClaimVerdict { verdict, reason, ground, row: settled, difference };
    }
    if settled.is_some() {
        desk.row_verdicts[row as usize].verdict = verdict;
        desk.row_verdicts[row as usize].reason = reason;
    }
    if verdict == Verdict::Matched {
        desk.joined.push(Joined { claims, rows: vec![row] });
    }
}

fn one_settlement(desk: &Desk<'_>, claim: u32, row: u32, difference: Money) -> ClaimVerdict {
    let ground = desk.row_verdicts[row as usize].ground;
    // Two totals of one person are close by chance often enough: only a key makes a tolerance safe.
    let tolerance =
        if ground == Some(Ground::PersonAlone) { Money::ZERO } else { desk.options.tolerance.abs() };
    let (verdict, reason) = if difference.abs() > tolerance {
        (Verdict::AmountDiffers, Some(Reason::TotalDiffers))
    } else if !desk.rows[row as usize].parts_agree {
        (Verdict::AmountDiffers, Some(Reason::PartsDiffer))
    } else if !difference.is_zero() {
        (Verdict::Matched, Some(Reason::WithinTolerance))
    } else {
        (Verdict::Matched, what_to_note(desk, claim, &[row]))
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
    let Row { reversal, foreign, total, at: printed, .. } = desk.rows[at as usize];
    let before = printed.zip(desk.options.opened).is_some_and(|(at, opened)| at < opened);
    let flag_alone = reversal && !total.is_negative();
    let alone = if flag_alone { Reason::RefundFlagDiffers } else { Reason::ReversalAlone };
    let verdict = &mut desk.row_verdicts[at as usize];
    if verdict.repeat_of.is_some() || (verdict.is_marked() && verdict.pair.is_none()) {
        return;
    }
    if verdict.pair.is_some() {
        verdict.verdict = Verdict::Reversed;
        verdict.reason = None;
    } else if reversal {
        verdict.verdict = Verdict::Reversed;
        verdict.reason = Some(alone);
    } else if verdict.claim.is_none() {
        verdict.verdict = Verdict::Extra;
        verdict.reason = Some(match (foreign, before) {
            (true, _) => Reason::OtherFacility,
            (false, true) => Reason::OutsideWindow,
            (false, false) => Reason::MissedInDowntime,
        });
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
