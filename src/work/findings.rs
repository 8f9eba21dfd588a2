//! What a run found that does not agree, with the reason that helps most.
//!
//! The engine knows both sides' keys and amounts. The stage, the notices, the
//! refund and the filing say more, and are asked here.

use crate::domain::{
    Actor, Broken, Day, Decision, Kind, Money, REFUND_DAYS, Reason, Receipt, RefundChain, Route, Stage,
    Status, Time, Verdict,
};
use crate::reconcile::{Claim, ClaimVerdict, Outcome, Row};
use crate::store::{Books, Filter, Finding, Stored};
use crate::work::matching::{Desk, Stood};
use crate::work::{Law, WorkError, refund};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeSet;

/// What does not agree, one finding per record or row.
pub(super) fn findings(
    desk: &Desk,
    books: &Books<'_>,
    law: &Law,
    actor: &Actor,
    outcome: &Outcome,
) -> Result<BTreeSet<Finding>, WorkError> {
    let mut findings = BTreeSet::new();
    let (twice, pairs) = (entered_twice(desk, outcome), pairs(outcome));
    for (at, found) in outcome.claims.iter().enumerate() {
        // What was settled twice is told with the surplus settlements, below.
        if found.verdict == Verdict::Duplicate {
            continue;
        }
        let (claim, stood) = (&desk.claims[at], desk.stood[at]);
        let Some(mut reason) = reason_of(books, law, actor, claim, stood, found)? else { continue };
        if twice.contains(&at) && may_be_twice(reason) {
            reason = Reason::EnteredTwice;
        }
        let difference = match found.verdict {
            Verdict::Missing | Verdict::Reversed => -claim.total,
            _ => found.difference,
        };
        let row = found.row.or_else(|| pairs.get(&at).copied());
        let settlement = row.map(|row| desk.rows[row as usize].id);
        findings.insert(Finding { reason, record: Some(claim.id), settlement, difference, account: None });
    }
    findings.extend(surplus(desk, outcome));
    findings.extend(desk.platform.findings(&desk.claims));
    findings.extend(called_different(desk, outcome));
    let paired: FxHashSet<u32> = pairs.into_values().collect();
    for ((row, found), at) in desk.rows.iter().zip(&outcome.rows).zip(0..) {
        // A row that belongs to a record is told with the record; a repeat and a netted pair are no news.
        let netted = found.pair.is_some() && found.reason.is_none();
        let told = found.repeat_of.is_some() || netted || paired.contains(&at);
        if let (false, None, Some(reason)) = (told, found.claim, found.reason) {
            let difference = row.signed();
            findings.insert(Finding {
                reason,
                record: None,
                settlement: Some(row.id),
                difference,
                account: None,
            });
        }
    }
    chains(desk, books, actor, outcome, &mut findings)?;
    filings(books, law, actor, &mut findings)?;
    Ok(findings)
}

/// One claim and one row that are suggested for each other alone: they are one break, by place.
fn pairs(outcome: &Outcome) -> FxHashMap<usize, u32> {
    let mut groups_of: FxHashMap<(bool, u32), u32> = FxHashMap::default();
    for group in &outcome.groups {
        let claims = group.claims.iter().map(|&claim| (true, claim));
        for side in claims.chain(group.rows.iter().map(|&row| (false, row))) {
            *groups_of.entry(side).or_default() += 1;
        }
    }
    let alone = |side| groups_of.get(&side) == Some(&1);
    let mut found = FxHashMap::default();
    for group in &outcome.groups {
        if let ([claim], [row]) = (&group.claims[..], &group.rows[..])
            && alone((true, *claim))
            && alone((false, *row))
            && outcome.rows[*row as usize].claim.is_none()
        {
            found.insert(*claim as usize, *row);
        }
    }
    found
}

/// Matched here, and not balanced in the words of the platform: something that no amount here shows differs.
fn called_different(desk: &Desk, outcome: &Outcome) -> Vec<Finding> {
    let mut findings = Vec::new();
    for ((row, found), told) in desk.rows.iter().zip(&outcome.rows).zip(&desk.platform.told) {
        let differs = told.standing.is_difference();
        if let (true, Verdict::Matched, Some(claim)) = (differs, found.verdict, found.claim) {
            let record = Some(desk.claims[claim as usize].id);
            let (reason, settlement) = (Reason::StateDiffers, Some(row.id));
            findings.push(Finding { reason, record, settlement, difference: Money::ZERO, account: None });
        }
    }
    findings
}

/// Of each record that was settled more than once, every settlement after the first; which one to reverse on the
/// platform is for a person to say.
fn surplus(desk: &Desk, outcome: &Outcome) -> Vec<Finding> {
    let mut by_claim: FxHashMap<u32, Vec<&Row>> = FxHashMap::default();
    for (row, found) in desk.rows.iter().zip(&outcome.rows) {
        if let (Some(claim), Some(Reason::SettledTwice)) = (found.claim, found.reason) {
            by_claim.entry(claim).or_default().push(row);
        }
    }
    let mut findings = Vec::new();
    for (claim, mut rows) in by_claim {
        rows.sort_by_key(|row| (row.at, row.setl));
        let record = Some(desk.claims[claim as usize].id);
        findings.extend(rows.iter().skip(1).map(|row| Finding {
            reason: Reason::SettledTwice,
            record,
            settlement: Some(row.id),
            difference: row.signed(),
            account: None,
        }));
    }
    findings
}

/// The reason that a record does not agree; the stage and the notice say more than the engine can know.
fn reason_of(
    books: &Books<'_>,
    law: &Law,
    actor: &Actor,
    claim: &Claim,
    stood: Stood,
    found: &ClaimVerdict,
) -> Result<Option<Reason>, WorkError> {
    let reason = match (found.verdict, stood.stage) {
        // A settlement met a record that was not waiting for one.
        (Verdict::Matched, Stage::Held | Stage::HandedOver) => Some(Reason::StateDiffers),
        (Verdict::Matched, Stage::Cleared) if !stood.settled => Some(Reason::StateDiffers),
        // What else matched keeps the engine's reason. A settlement that was taken back after the refund was paid, or after the record was closed.
        (Verdict::Reversed | Verdict::Missing, Stage::Refunded) => Some(Reason::RefundedNotSettled),
        (Verdict::Missing, Stage::Cleared) => stood.settled.then_some(Reason::StateDiffers),
        (Verdict::Missing, Stage::Rejected) => Some(Reason::RefusedByPlatform),
        (Verdict::Missing, Stage::HandedOver) => Some(Reason::WentManual),
        (Verdict::Missing, Stage::Pending) => {
            let stored = books.record_without_lines(claim.id)?;
            let decision = law.decide(&stored.record, actor.at);
            Some(why_pending(&stored, &decision, actor))
        }
        _ => found.reason,
    };
    // A reversed settlement has no reason of its own in the engine: both legs agree, the record does not.
    Ok(reason.or((found.verdict == Verdict::Reversed).then_some(Reason::StateDiffers)))
}

/// Why a record that was never sent is not on the platform.
fn why_pending(stored: &Stored, decision: &Decision, actor: &Actor) -> Reason {
    let route = decision.best().map(|way| way.route);
    let chain = RefundChain {
        paid: stored.record.paid_in_all(),
        settled_since: None,
        own_share: None,
        refunded: None,
        receipt: Receipt::Outside,
        due_at: decision.due_at(),
    };
    let late = chain.broken(actor.at).iter().any(|broken| broken.reason == Reason::DeadlinePassed);
    match route {
        _ if decision.status == Status::Refused => Reason::NotEligible,
        Some(Route::Bear | Route::None) => Reason::NotEligible,
        Some(Route::Manual | Route::Agency) => Reason::WentManual,
        Some(Route::Backfill | Route::Resettle | Route::Convert) if late => Reason::DeadlinePassed,
        Some(Route::Resettle) => Reason::PatientNotBack,
        _ => Reason::NotSent,
    }
}

/// Reasons that say no more than that nothing was found, where "entered twice" says why.
fn may_be_twice(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::NotSent
            | Reason::NoAnswer
            | Reason::PatientNotBack
            | Reason::DeadlinePassed
            | Reason::Ambiguous
    )
}

/// Of the claims that nothing settles, those that repeat another: the same receipt, or the same person at the same
/// moment, and in both cases the same total. Two visits of one day are nothing unusual; two at one second, of which one
/// has no receipt, are. Of two that nothing settles the later one is the repeat.
fn entered_twice(desk: &Desk, outcome: &Outcome) -> FxHashSet<usize> {
    let open = |at: &usize| matches!(outcome.claims[*at].verdict, Verdict::Missing | Verdict::Ambiguous);
    let candidates: Vec<usize> = (0..desk.claims.len()).filter(open).collect();
    let mut found = FxHashSet::default();
    if candidates.is_empty() {
        return found;
    }
    let receipt = |claim: &Claim| Some((claim.receipt?, claim.total));
    let moment = |claim: &Claim| Some((claim.cert.or(claim.psn)?, claim.total, claim.occurred_at));
    let mut by_receipt: FxHashMap<_, Vec<usize>> = FxHashMap::default();
    let mut by_moment: FxHashMap<_, Vec<usize>> = FxHashMap::default();
    for &at in &candidates {
        let claim = &desk.claims[at];
        if let Some(key) = receipt(claim) {
            by_receipt.entry(key).or_default().push(at);
        }
        if let Some(key) = moment(claim) {
            by_moment.entry(key).or_default().push(at);
        }
    }
    for (at, other) in desk.claims.iter().enumerate() {
        let first = |&&place: &&usize| {
            let later = desk.claims[place].id > other.id;
            place != at && (later || !open(&at))
        };
        let same_person = |&&place: &&usize| {
            let claim = &desk.claims[place];
            claim.cert.is_none() || other.cert.is_none() || claim.cert == other.cert
        };
        let no_receipt = |&&place: &&usize| desk.claims[place].receipt.is_none() || other.receipt.is_none();
        let of_receipt = receipt(other).and_then(|key| by_receipt.get(&key)).into_iter().flatten();
        let of_moment = moment(other).and_then(|key| by_moment.get(&key)).into_iter().flatten();
        found.extend(of_receipt.filter(same_person).filter(first));
        found.extend(of_moment.filter(no_receipt).filter(first));
    }
    found
}

/// Broken refund chains of records that are settled or refunded. Who cleared a record has seen its papers; of it, only
/// what changed since is told.
fn chains(
    desk: &Desk,
    books: &Books<'_>,
    actor: &Actor,
    outcome: &Outcome,
    findings: &mut BTreeSet<Finding>,
) -> Result<(), WorkError> {
    let before = actor.at.plus_seconds(-REFUND_DAYS * 86_400);
    let chains = books.refund_chains(before)?;
    if chains.is_empty() {
        return Ok(());
    }
    // What this run took back, or left to a person, is told with the record.
    let matched: FxHashMap<i64, Option<u32>> = (desk.claims.iter().zip(&outcome.claims))
        .filter(|(_, found)| found.verdict == Verdict::Matched)
        .map(|(claim, found)| (claim.id, found.row))
        .collect();
    for row in chains {
        let stands = matched.get(&row.record);
        let now = stands.copied().flatten().map(|at| desk.rows[at as usize].id);
        // A refund that was paid is laid beside what the platform says last, of that settlement or of the one that
        // took its place; a payment still to come beside all that it says.
        let changed = row.alone.filter(|was| row.told_again || now.is_some_and(|now| now != *was));
        let (mut chain, mut settlement) = (row.chain, None);
        if let (Some(now), Some(_), Some(_)) = (now, changed, chain.refunded) {
            chain.own_share = refund::last_share(books, now)?;
            settlement = Some(now);
        } else if stands.is_some() && (chain.own_share.is_none() || !chain.broken(actor.at).is_empty()) {
            chain.own_share = refund::own_share_of(books, row.record)?;
        }
        for Broken { reason, difference } in chain.broken(actor.at) {
            let told = match reason {
                Reason::RefundAmountWrong => stands.is_some(),
                Reason::NoRefundVoucher => !row.closed,
                _ => stands.is_some() && !row.closed,
            };
            if told {
                findings.insert(Finding {
                    reason,
                    record: Some(row.record),
                    settlement,
                    difference,
                    account: None,
                });
            }
        }
    }
    Ok(())
}

/// Filings on paper that the platform does not have yet, or has from another day.
fn filings(
    books: &Books<'_>,
    law: &Law,
    actor: &Actor,
    findings: &mut BTreeSet<Finding>,
) -> Result<(), WorkError> {
    let filter = Filter { kind: Some(Kind::Filing), open: true, ..Filter::default() };
    books.each_record(&filter, |stored: Stored| -> Result<(), WorkError> {
        let reason = match stored.stage {
            Stage::Pending | Stage::Rejected if registered_on(&stored).is_none() => {
                let decision = law.decide(&stored.record, actor.at);
                let due = matches!(decision.status, Status::Open | Status::DueSoon | Status::Overdue);
                let enters = decision.options.iter().any(|way| way.route == Route::Register);
                (due && enters).then_some(Reason::FilingNotEntered)
            }
            _ => None,
        };
        let date = dates_differ(&stored).then_some(Reason::FilingDateDiffers);
        for reason in reason.into_iter().chain(date) {
            let (record, difference) = (Some(stored.id), Money::ZERO);
            findings.insert(Finding { reason, record, settlement: None, difference, account: None });
        }
        Ok(())
    })
}

/// The day from which the platform has a filing, where somebody wrote it down.
fn registered_on(stored: &Stored) -> Option<Day> {
    stored.record.facts.time("registered_on").map(Time::day)
}

/// The platform has the filing from another day than the paper.
fn dates_differ(stored: &Stored) -> bool {
    let paper = stored.record.applied_on.unwrap_or(stored.record.occurred_at);
    registered_on(stored).is_some_and(|registered| registered != paper.day())
}
