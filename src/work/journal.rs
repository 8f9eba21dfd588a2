//! The books as double entries: receivables by way back, cash, what patients
//! paid in advance, and refunds.
//!
//! * A record: its cost is receivable by its way back; what the patient paid is in the drawer, and owed until settled.
//! * A settlement: the insurance owes all but the person's own share; what was paid beyond that share is to be refunded.
//! * A refund: paid out of the drawer.
//! * A record cleared without a settlement, such as one claimed by hand: taken out of the receivables.
//!
//! A void record is left out. No identity stands in a journal.

use crate::domain::{Day, Kind, Money, PayMethod, Stage, Time};
use crate::report::{Entry, Held, Journal, Posting};
use crate::store::{Books, Filter, Stored};
use crate::text::{Label, Lang};
use crate::work::refund::{owed_in_all, shares};
use crate::work::{Law, WorkError};

const RECEIVABLE: &str = "assets:receivable";
/// What the insurance owes after the settlement.
const FUND: &str = "assets:receivable:fund";
/// What a patient has not paid of the own share.
const OWN: &str = "assets:receivable:patient";
/// Settled, and no statement says who bears how much.
const UNSPLIT: &str = "assets:receivable:settled-unsplit";
const CASH: &str = "assets:cash";
/// Paid in full as somebody says, and nobody wrote down the amount.
const NOT_STATED: &str = "assets:paid-not-stated";
const PREPAID: &str = "liabilities:prepaid";
const REFUNDS: &str = "liabilities:refunds";
const INCOME: &str = "income";
const CLEARED: &str = "equity:cleared";

/// The journal of everything as of `now`. Its last entry asserts sums that are reckoned from the records' totals, from
/// what was paid, and from what is owed; a reader that checks assertions proves the one by the other.
///
/// # Errors
/// [`WorkError`] where the ledger cannot be read.
pub fn journal(books: &Books<'_>, law: &Law, now: Time, lang: Lang) -> Result<Journal, WorkError> {
    let (mut journal, mut refunded) = (Journal { words: words(lang), ..Journal::default() }, Money::ZERO);
    books.each_record(&Filter::default(), |stored| -> Result<(), WorkError> {
        if !matches!(stored.stage, Stage::Void | Stage::Draft) {
            refunded += one(books, law, now, &stored, &mut journal.entries)?;
        }
        Ok(())
    })?;
    journal.held = held(books, refunded)?;
    Ok(journal)
}

/// The entries of one record; answers what was refunded.
fn one(
    books: &Books<'_>,
    law: &Law,
    now: Time,
    stored: &Stored,
    entries: &mut Vec<Entry>,
) -> Result<Money, WorkError> {
    let record = &stored.record;
    let (total, paid) = (record.total, record.paid_in_all());
    let way = law.decide(record, now).best().map_or("undecided", |way| way.route.id());
    let (receivable, prepaid) = (format!("{RECEIVABLE}:{way}"), format!("{PREPAID}:{way}"));
    let drawer = if record.paid.is_some() { cash(record.pay_method) } else { NOT_STATED.to_owned() };
    let mut add = |day: Day, code: &str, what: &str, postings: Vec<(&str, Money)>| {
        let posting = |(account, amount): (&str, Money)| Posting { account: account.to_owned(), amount };
        let postings: Vec<Posting> = postings.into_iter().map(posting).collect();
        if postings.iter().any(|posting| !posting.amount.is_zero()) {
            entries.push(Entry {
                day,
                code: code.to_owned(),
                says: format!("{} {what}", stored.number),
                postings,
            });
        }
    };
    let income = format!("{INCOME}:{}", record.kind.id());
    add(
        record.occurred_at.day(),
        &record.receipt_no,
        "recorded",
        vec![
            (receivable.as_str(), total),
            (income.as_str(), -total),
            (drawer.as_str(), paid),
            (prepaid.as_str(), -paid),
        ],
    );
    let matched = books.match_of(stored.id)?;
    if let Some(matched) = &matched {
        let at = matched.settlement.setl_time.unwrap_or(now).day();
        let code = &matched.settlement.setl_id;
        match shares(books, stored) {
            Ok(amounts) if matched.settlement.own_share().is_some() => {
                let kept = paid - amounts.refund;
                add(
                    at,
                    code,
                    "settled",
                    vec![
                        (receivable.as_str(), -total),
                        (FUND, total - amounts.own_share),
                        (OWN, amounts.own_share - kept),
                        (prepaid.as_str(), paid),
                        (REFUNDS, -amounts.refund),
                    ],
                );
            }
            Ok(_) | Err(WorkError::ShareUnknown { .. } | WorkError::InBatch { .. }) => {
                add(at, code, "settled", vec![(receivable.as_str(), -total), (UNSPLIT, total)]);
            }
            Err(error) => return Err(error),
        }
    }
    let mut refunded = Money::ZERO;
    if let Some(refund) = books.refund(stored.id)? {
        refunded = refund.amount;
        let from = cash(Some(refund.pay_method));
        let what = vec![(REFUNDS, refund.amount), (from.as_str(), -refund.amount)];
        add(refund.paid_at.day(), &refund.receipt_no, "refunded", what);
    }
    if let (Some(clearing), None) = (books.clearing(stored.id)?, &matched) {
        let what = vec![(receivable.as_str(), -total), (prepaid.as_str(), paid), (CLEARED, total - paid)];
        add(clearing.cleared_at.day(), "", "cleared", what);
    }
    Ok(refunded)
}

fn cash(method: Option<PayMethod>) -> String {
    format!("{CASH}:{}", method.map_or("not-stated", |method| method.id()))
}

/// What must hold at the end, from sums that the ledger makes itself.
fn held(books: &Books<'_>, refunded: Money) -> Result<Vec<Held>, WorkError> {
    let totals: Vec<_> = books
        .summary()?
        .into_iter()
        .filter(|total| !matches!(total.stage, Stage::Void | Stage::Draft))
        .collect();
    let paid: Money = totals.iter().map(|total| total.paid).sum();
    let owed = owed_in_all(books)?;
    let mut held = vec![
        Held { account: CASH.to_owned(), amount: paid - refunded },
        Held { account: REFUNDS.to_owned(), amount: -owed },
    ];
    for kind in Kind::ALL {
        let cost: Money = totals.iter().filter(|total| total.kind == *kind).map(|total| total.total).sum();
        if !cost.is_zero() {
            held.push(Held { account: format!("{INCOME}:{}", kind.id()), amount: -cost });
        }
    }
    Ok(held)
}

fn words(lang: Lang) -> Vec<(String, String)> {
    let words = [
        (RECEIVABLE, "按去向的应收", "receivable, by way back"),
        (FUND, "应收医保基金和个人账户", "owed by the insurance after settlement"),
        (OWN, "应收患者自付", "own share not paid yet"),
        (UNSPLIT, "已结算，平台未给出构成", "settled, and no statement says who bears how much"),
        (CASH, "收款，按支付方式", "taken, by means of payment"),
        (NOT_STATED, "已付清，金额未登记", "paid in full, the amount was not written down"),
        (PREPAID, "患者垫付，结算前欠患者", "paid in advance by patients"),
        (REFUNDS, "应退未退", "owed to patients"),
        (INCOME, "医疗收入，按类别", "income, by kind"),
        (CLEARED, "未经平台结算而销号", "cleared without a settlement"),
    ];
    words.iter().map(|(account, zh, en)| ((*account).to_owned(), lang.pick(zh, en).to_owned())).collect()
}
