//! Whether a record was probably written down before: the same receipt, or the
//! same person with the same amount on the same day. It only warns; two visits
//! on one day are nothing unusual.

use crate::domain::{Record, ShortNumber, Stage};
use crate::store::Books;
use crate::text::{Explain, Lang};
use crate::work::WorkError;

/// What two records have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Twice {
    /// The receipt.
    Receipt,
    /// Person, day and amount.
    Visit,
}

/// A record other than `own` that `record` may repeat.
///
/// # Errors
/// [`WorkError`] where the ledger cannot be read.
pub fn likely_twice(
    books: &Books<'_>,
    record: &Record,
    own: Option<&ShortNumber>,
) -> Result<Option<(ShortNumber, Twice)>, WorkError> {
    for key in [&record.receipt_no, &record.person.id_no] {
        if key.is_empty() {
            continue;
        }
        for other in books.find_exact(key)? {
            if Some(&other.number) == own || other.stage == Stage::Void {
                continue;
            }
            if let Some(twice) = in_common(record, &books.opened(other.clone())?.record) {
                return Ok(Some((other.number, twice)));
            }
        }
    }
    Ok(None)
}

fn in_common(record: &Record, other: &Record) -> Option<Twice> {
    if !record.receipt_no.is_empty() && record.receipt_no == other.receipt_no {
        return Some(Twice::Receipt);
    }
    let same_visit = record.person.id_no == other.person.id_no
        && record.total == other.total
        && record.occurred_at.day() == other.occurred_at.day();
    same_visit.then_some(Twice::Visit)
}

/// A note on the other record.
impl Explain for (ShortNumber, Twice) {
    fn what(&self, lang: Lang) -> String {
        let (number, twice) = self;
        match (twice, lang) {
            (Twice::Receipt, Lang::Zh) => format!("{number} 的票据号与此相同"),
            (Twice::Receipt, Lang::En) => format!("{number} has the same receipt"),
            (Twice::Visit, Lang::Zh) => format!("{number} 的人员、日期、金额与此相同"),
            (Twice::Visit, Lang::En) => format!("{number} has the same person, day and amount"),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        lang.pick("请核对是否重复", "see whether it is the same visit").to_owned()
    }
}
