//! A shift (班次): what one operator took and paid back between two moments, by means of payment.
//!
//! It counts what was written down at the desk. A sheet from the hospital's
//! system is cash in other drawers, so its rows are counted and not expected here.

use crate::domain::{Money, PayMethod};
use serde::{Deserialize, Serialize};

/// What moved by one means of payment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Means {
    /// Which; `None` where nobody wrote it down.
    pub pay_method: Option<PayMethod>,
    /// Paid for records of this shift, as they stood at its end.
    pub taken_fen: Money,
    /// More or less by corrections and voids of records from before the shift.
    pub corrected_fen: Money,
    /// Refunds paid.
    pub refunded_fen: Money,
}

/// The sums of a shift.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Records written down at the desk, void ones too.
    pub records: i64,
    /// Records that came in with sheets.
    pub imported: i64,
    /// Corrections.
    pub amended: i64,
    /// Records voided.
    pub voided: i64,
    /// Refunds paid.
    pub refunds: i64,
    /// What the records of the desk cost, without void ones.
    pub total_fen: Money,
    /// By means of payment, only those by which anything moved.
    pub means: Vec<Means>,
}

impl Tally {
    /// The line of one means of payment.
    pub fn means_mut(&mut self, method: Option<PayMethod>) -> &mut Means {
        let at = match self.means.binary_search_by_key(&method, |means| means.pay_method) {
            Ok(at) => at,
            Err(at) => {
                self.means.insert(at, Means { pay_method: method, ..Means::default() });
                at
            }
        };
        &mut self.means[at]
    }

    /// Leaves out what did not move in the end, as a payment that was voided within the shift.
    pub fn settle(&mut self) {
        self.means.retain(|means| {
            [means.taken_fen, means.corrected_fen, means.refunded_fen].iter().any(|sum| !sum.is_zero())
        });
    }

    /// What moved in cash.
    pub fn cash(&self) -> Means {
        let cash = self.means.iter().find(|means| means.pay_method == Some(PayMethod::Cash));
        cash.cloned().unwrap_or_default()
    }

    /// What the drawer must hold: the float, and cash taken less cash paid back.
    pub fn expected(&self, float: Money) -> Money {
        let cash = self.cash();
        float + cash.taken_fen + cash.corrected_fen - cash.refunded_fen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drawer_holds_float_and_cash_less_refunds() {
        let fen = Money::from_fen;
        let mut tally = Tally::default();
        assert_eq!(tally.expected(fen(20_000)), fen(20_000));
        tally.means_mut(Some(PayMethod::Wechat)).taken_fen += fen(9_900);
        tally.means_mut(Some(PayMethod::Cash)).taken_fen += fen(12_650);
        tally.means_mut(Some(PayMethod::Cash)).corrected_fen += fen(-50);
        tally.means_mut(Some(PayMethod::Cash)).refunded_fen += fen(3_000);
        tally.means_mut(None).taken_fen += fen(100);
        assert_eq!(tally.expected(fen(20_000)), fen(29_600));
        tally.means_mut(None).taken_fen += fen(-100);
        tally.settle();
        let left: Vec<_> = tally.means.iter().map(|means| means.pay_method).collect();
        assert_eq!(left, [Some(PayMethod::Cash), Some(PayMethod::Wechat)]);
    }
}
