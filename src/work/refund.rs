//! The refund chain: receipt, insured settlement, refund paid.
//!
//! A refund is what the patient paid less the person's own share after
//! insurance: never below zero, never twice, never before the settlement.

use crate::domain::{Actor, Money, Part, PayMethod, Settlement, ShortNumber, Stage, Step, Time};
use crate::store::{Books, Filter, Ledger, MatchInfo, Mode, Stored};
use crate::work::{Law, WorkError};

/// What is owed to one patient.
#[derive(Clone, Debug)]
pub struct Owed {
    /// Which record.
    pub stored: Stored,
    /// The person's own share after insurance and what is to be paid back; `None` where no statement says the share,
    /// or two say it differently.
    pub amounts: Option<Amounts>,
    /// By when, where the notice says.
    pub due_at: Option<Time>,
    /// The batch that is to take its settlement back: until the platform answers, nobody can say what will be owed.
    pub taken_back_in: Option<i64>,
}

/// The amounts of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amounts {
    /// The person's own share after insurance.
    pub own_share: Money,
    /// What is to be paid back.
    pub refund: Money,
}

/// Every refund that is owed and not paid, by time, and those of which nobody can say yet how much it is.
pub fn owed(books: &Books<'_>, law: &Law, now: Time) -> Result<Vec<Owed>, WorkError> {
    let settled = books.records(&Filter { stage: Some(Stage::Settled), ..Filter::default() })?;
    let mut found = Vec::new();
    for stored in settled {
        let (amounts, taken_back_in) = match shares(books, &stored) {
            Ok(amounts) if amounts.refund.is_zero() => continue,
            Ok(amounts) => (Some(amounts), None),
            Err(WorkError::ShareUnknown { .. }) => (None, None),
            Err(WorkError::InBatch { batch, .. }) => (None, Some(batch)),
            Err(error) => return Err(error),
        };
        let due_at = law.decide(&stored.record, now).due_at();
        found.push(Owed { stored, amounts, due_at, taken_back_in });
    }
    Ok(found)
}

/// The sum of all that is owed and not paid: what [`owed`] adds up to, without looking at each record closely.
pub fn owed_in_all(books: &Books<'_>) -> Result<Money, WorkError> {
    let mut sum = Money::ZERO;
    books.each_settled(|settled| {
        let share = settled.settlement.as_ref().and_then(Settlement::own_share);
        sum += match (share, settled.settlement) {
            _ if settled.paid.is_zero() => Money::ZERO,
            (Some(share), _) => (settled.paid - share).max(Money::ZERO),
            // One settlement that does not say the share: nobody can say what is owed.
            (None, Some(_)) => Money::ZERO,
            (None, None) => match shares(books, &books.record_by_id(settled.record)?) {
                Ok(amounts) => amounts.refund,
                Err(WorkError::ShareUnknown { .. } | WorkError::InBatch { .. }) => Money::ZERO,
                Err(error) => return Err(error),
            },
        };
        Ok(())
    })?;
    Ok(sum)
}

/// What is owed for one settled record; nothing where the patient paid no more than the own share.
///
/// # Errors
/// [`WorkError::Stage`] before it is settled, [`WorkError::ShareUnknown`] where no statement says the share.
pub fn owed_for(books: &Books<'_>, stored: &Stored) -> Result<Money, WorkError> {
    shares(books, stored).map(|amounts| amounts.refund)
}

pub(super) fn shares(books: &Books<'_>, stored: &Stored) -> Result<Amounts, WorkError> {
    let number = || stored.number.to_string();
    let matches = books.matches_of(stored.id)?;
    let elsewhere = if matches.is_empty() { settled_elsewhere(books, stored)? } else { Elsewhere::Not };
    if matches.is_empty() && elsewhere == Elsewhere::Not {
        return Err(WorkError::Stage { number: number(), stage: stored.stage });
    }
    if let Some(batch) = books.taking_back(stored.id)? {
        return Err(WorkError::InBatch { number: number(), batch });
    }
    let paid = stored.record.paid_in_all();
    let share = match elsewhere {
        Elsewhere::Share(share) => Some(share),
        Elsewhere::Untold => None,
        Elsewhere::Not => own_share(books, stored.id, &matches)?,
    };
    if paid.is_zero() {
        return Ok(Amounts { own_share: share.unwrap_or_default(), refund: Money::ZERO });
    }
    let own_share = share.ok_or_else(|| WorkError::ShareUnknown { number: number() })?;
    Ok(Amounts { own_share, refund: (paid - own_share).max(Money::ZERO) })
}

/// What another window says of a record that it settled.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Elsewhere {
    /// Nobody else settled it.
    Not,
    /// It is settled, and the person's own share is not told.
    Untold,
    /// The person's own share.
    Share(Money),
}

/// What bundles say of a record that is not settled here.
fn settled_elsewhere(books: &Books<'_>, stored: &Stored) -> Result<Elsewhere, WorkError> {
    let words = books.words_of(&stored.uuid)?;
    let mut settled = words.iter().filter(|word| word.stand.stage == Some(Stage::Settled));
    let Some(first) = settled.next() else { return Ok(Elsewhere::Not) };
    // Where two settled it differently nobody knows what is owed; that is a break of its own.
    let same = settled.all(|word| word.share == first.share);
    Ok(first.share.filter(|_| same).map_or(Elsewhere::Untold, Elsewhere::Share))
}

/// The person's own share of one record, as far as its settlements say it.
pub(super) fn own_share_of(books: &Books<'_>, record: i64) -> Result<Option<Money>, WorkError> {
    own_share(books, record, &books.matches_of(record)?)
}

/// Parts of one record add up. Records that one settlement settles together bear its share in order, each as much as
/// its patient paid, so that what all of them get back is what all paid less the share.
fn own_share(books: &Books<'_>, record: i64, matches: &[MatchInfo]) -> Result<Option<Money>, WorkError> {
    let mut sum = Money::ZERO;
    for matched in matches {
        let Some(mut share) = told_share(books, matched)? else { return Ok(None) };
        if matched.part == Part::Joint {
            let records = books.joined_by(matched.id)?;
            for &other in records.iter().take_while(|&&other| other != record) {
                let paid = books.record_by_id(other)?.record.paid_in_all();
                share = (share - paid).max(Money::ZERO);
            }
            if records.last() != Some(&record) {
                share = share.min(books.record_by_id(record)?.record.paid_in_all());
            }
        }
        sum += share;
    }
    Ok((!matches.is_empty()).then_some(sum))
}

/// Statements that overlap may tell one settlement twice; where they split it differently, none of them is believed.
fn told_share(books: &Books<'_>, matched: &MatchInfo) -> Result<Option<Money>, WorkError> {
    let mut told = books.tellings_of(&matched.settlement)?.into_iter().filter_map(|one| one.own_share());
    let share = told.next();
    Ok(share.filter(|share| told.all(|other| other == *share)))
}

/// The own share as the latest statement tells it that has one for this settlement.
pub(super) fn last_share(books: &Books<'_>, settlement: i64) -> Result<Option<Money>, WorkError> {
    let told = books.tellings_of(&books.settlement(settlement)?)?;
    Ok(told.iter().rev().find_map(Settlement::own_share))
}

/// Pays a refund: exactly what is owed, against a receipt.
///
/// # Errors
/// [`WorkError::RefundedAlready`], [`WorkError::NothingOwed`], [`WorkError::RefundAmount`], or
/// [`WorkError::Stage`] where the record is not settled.
pub fn pay(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    stored: &Stored,
    amount: Money,
    receipt_no: &str,
    method: Option<PayMethod>,
) -> Result<(ShortNumber, Money), WorkError> {
    let number = || stored.number.to_string();
    if receipt_no.trim().is_empty() {
        return Err(WorkError::Empty { what: "receipt" });
    }
    ledger.write(actor, mode, |w| {
        // Read anew: what was paid may have been corrected since.
        let stored = &w.books().record_by_id(stored.id)?;
        if let Some(refund) = w.books().refund(stored.id)? {
            return Err(WorkError::RefundedAlready { number: number(), paid: refund.amount });
        }
        if stored.stage.after(Step::Refund).is_none() {
            return Err(WorkError::Stage { number: number(), stage: stored.stage });
        }
        let owed = owed_for(&w.books(), stored)?;
        if owed.is_zero() {
            return Err(WorkError::NothingOwed { number: number() });
        }
        if amount != owed {
            return Err(WorkError::RefundAmount { number: number(), given: amount, owed });
        }
        let method = method.or(stored.record.pay_method).unwrap_or(PayMethod::Cash);
        w.pay_refund(stored, amount, receipt_no.trim(), method)?;
        Ok((stored.number.clone(), amount))
    })
}
