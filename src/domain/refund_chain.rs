//! The refund chain of one record: receipt, insured settlement, refund paid.
//!
//! What must hold, and by one function which of it does not. Whose record it is,
//! and where the facts come from, is known above.

use crate::closed_list;
use crate::domain::{Money, Reason, Time};

/// So many days after the ledger learned of a settlement its refund is outstanding.
pub const REFUND_DAYS: i64 = 7;

closed_list! {
    /// Where the patient's original receipt is. While he has it he could ask for the money a second time.
    Receipt as "receipt" {
        HandedIn = "handed_in", "已收回", "handed in";
        Lost = "lost", "已登记遗失", "recorded as lost";
        Outside = "outside", "未收回", "not handed in";
    }
}

/// What is known of one chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundChain {
    /// What the patient paid in all.
    pub paid: Money,
    /// The insured settlement stands, and since when the ledger knows; `None` where there is none.
    pub settled_since: Option<Time>,
    /// The person's own share after insurance; `None` where no statement says it.
    pub own_share: Option<Money>,
    /// What was paid back, all payments together; `None` where nothing was.
    pub refunded: Option<Money>,
    /// Where the original receipt is.
    pub receipt: Receipt,
    /// Until when the cost may be settled, where a notice says.
    pub due_at: Option<Time>,
}

/// A link that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Why.
    pub reason: Reason,
    /// What is at stake in fen: paid back too much, or too little where negative.
    pub difference: Money,
}

impl RefundChain {
    /// What is to be paid back: what the patient paid less the own share, never below zero. `None` where the share is
    /// not known; one who paid nothing is owed nothing whatever it is.
    pub fn owed(&self) -> Option<Money> {
        if self.paid.is_zero() {
            return Some(Money::ZERO);
        }
        self.own_share.map(|share| (self.paid - share).max(Money::ZERO))
    }

    /// Every link that does not hold as of `now`. A chain on its way, in time, is not broken.
    pub fn broken(&self, now: Time) -> Vec<Broken> {
        let mut found = Vec::new();
        let mut breaks = |reason, difference| found.push(Broken { reason, difference });
        match (self.settled_since, self.refunded) {
            (None, None) => {
                if self.due_at.is_some_and(|due| now > due) {
                    breaks(Reason::DeadlinePassed, -self.paid);
                }
            }
            (None, Some(refunded)) => breaks(Reason::RefundedNotSettled, refunded),
            (Some(since), None) => {
                let owed = self.owed();
                let late = now >= since.plus_seconds(REFUND_DAYS * 86_400);
                if late && owed.is_none_or(|owed| owed > Money::ZERO) {
                    breaks(Reason::SettledNotRefunded, -owed.unwrap_or_default());
                }
            }
            (Some(_), Some(refunded)) => {
                if let Some(owed) = self.owed().filter(|&owed| owed != refunded) {
                    breaks(Reason::RefundAmountWrong, refunded - owed);
                }
            }
        }
        if self.refunded.is_some() && self.receipt == Receipt::Outside {
            breaks(Reason::NoRefundVoucher, Money::ZERO);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Label;

    fn day(text: &str) -> Option<Time> {
        (text != "-").then(|| format!("2021-11-{text:0>2}T09:00:00").parse().unwrap())
    }

    fn fen(text: &str) -> Option<Money> {
        (text != "-").then(|| Money::from_fen(text.parse().unwrap()))
    }

    #[test]
    #[rustfmt::skip] // the columns are the point
    fn every_broken_state() {
        let cases = [
            // paid settled share refunded receipt      due  now   what does not hold
            ("100", "2", "30", "70",  "handed_in", "-",  "30", ""),
            ("100", "2", "30", "70",  "lost",      "-",  "30", ""),
            ("100", "2", "30", "70",  "outside",   "-",  "30", "R1:0"),
            ("100", "2", "30", "60",  "handed_in", "-",  "30", "R4:-10"),
            ("100", "2", "30", "140", "handed_in", "-",  "30", "R4:70"),            // paid twice
            ("100", "2", "30", "60",  "outside",   "-",  "30", "R4:-10 R1:0"),
            ("100", "2", "100", "5",  "handed_in", "-",  "30", "R4:5"),             // nothing was owed
            ("100", "2", "-",  "70",  "handed_in", "-",  "30", ""),                 // nobody can say
            ("100", "-", "-",  "70",  "handed_in", "-",  "30", "R3:70"),
            ("100", "-", "-",  "70",  "outside",   "-",  "30", "R3:70 R1:0"),
            ("100", "2", "30", "-",   "outside",   "-",  "3",  ""),                 // on its way
            ("100", "2", "30", "-",   "outside",   "-",  "8",  ""),
            ("100", "2", "30", "-",   "outside",   "-",  "9",  "R2:-70"),
            ("100", "2", "-",  "-",   "outside",   "-",  "9",  "R2:0"),             // owed, and nobody can say how much
            ("100", "2", "100", "-",  "outside",   "-",  "9",  ""),
            ("30",  "2", "100", "-",  "outside",   "-",  "9",  ""),                 // he paid less than his share
            ("0",   "2", "-",  "-",   "outside",   "-",  "9",  ""),
            ("100", "-", "-",  "-",   "outside",   "-",  "30", ""),
            ("100", "-", "-",  "-",   "outside",   "20", "19", ""),
            ("100", "-", "-",  "-",   "outside",   "20", "21", "R5:-100"),
            ("100", "2", "30", "-",   "handed_in", "5",  "8",  ""),                 // settled in time
        ];
        for (paid, settled, share, refunded, receipt, due, now, want) in cases {
            let chain = RefundChain {
                paid: fen(paid).unwrap(),
                settled_since: day(settled),
                own_share: fen(share),
                refunded: fen(refunded),
                receipt: receipt.parse().unwrap(),
                due_at: day(due),
            };
            let found = chain.broken(day(now).unwrap());
            let said: Vec<String> =
                found.iter().map(|broken| format!("{}:{}", broken.reason.id(), broken.difference.fen())).collect();
            assert_eq!(said.join(" "), want, "{chain:?} on {now}");
        }
    }
}
