//! What one ledger says of a record in a bundle: its content where the record is its
//! own, and what it did with it.
//!
//! Nothing here was merged from elsewhere: a ledger says only what it knows by its
//! own events, so that nothing comes back as an echo.

use crate::domain::{
    Answer, BatchState, Line, Money, PayMethod, Purpose, Record, RecordId, ShortNumber, Stage, Time, Verdict,
};
use serde::{Deserialize, Serialize};

/// Where a record stands by the events of one ledger alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stand {
    /// The stage it was brought to; `None` where that ledger moved it nowhere.
    pub stage: Option<Stage>,
    /// What its last reconciliation said.
    pub verdict: Option<Verdict>,
    /// The version of the record that it was said of.
    pub version: i64,
}

/// Everything one ledger says of one record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The record.
    pub uuid: RecordId,
    /// Its number.
    pub number: ShortNumber,
    /// The last event of that ledger that touched it.
    pub seq: i64,
    /// Where it stands there.
    pub stand: Stand,
    /// What it says, where it is that ledger's own.
    pub content: Option<Box<SaidContent>>,
    /// What was done with it there.
    pub results: SaidResults,
}

/// A record as its own window has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaidContent {
    /// The record, with papers in custody as they are now.
    pub record: Record,
    /// Its fee lines.
    pub lines: Vec<Line>,
    /// Counts the corrections, from 1.
    pub version: i64,
    /// The mark of the row it came from, which only that ledger can make again; 64 hexadecimal digits.
    pub origin: String,
    /// Which of equal rows it is.
    pub occurrence: i64,
    /// When it was written down, Beijing time.
    pub entered_at: Time,
    /// By whom.
    pub operator: String,
}

/// What was done with a record in one ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaidResults {
    /// The batches it went out in, with keys and answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub batches: Vec<SaidBatch>,
    /// The settlements that settle it by the last reconciliation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settlements: Vec<SaidSettlement>,
    /// The refund that was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<SaidRefund>,
    /// How it was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clearing: Option<SaidClearing>,
}

/// A batch that held a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaidBatch {
    /// Its number in that ledger.
    pub batch: i64,
    /// What it was for.
    pub purpose: Purpose,
    /// Where it stands.
    pub state: BatchState,
    /// The key that was issued for the settlement.
    pub medins_setl_id: String,
    /// The key that was issued for the fee lines.
    pub chrg_bchno: String,
    /// What the platform answered.
    pub answer: Option<Answer>,
    /// With which code.
    pub code: String,
    /// In which words, masked.
    pub shown: String,
    /// The platform's number of the settlement.
    pub setl_id: String,
    /// The platform's number of the visit.
    pub mdtrt_id: String,
}

/// A settlement that settles a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaidSettlement {
    /// The platform's number of it.
    pub setl_id: String,
    /// Whether it settles this record alone.
    pub alone: bool,
    /// When, Beijing time.
    pub setl_time: Option<Time>,
    /// All that it covers.
    #[serde(rename = "total_fen")]
    pub total: Money,
    /// Paid by the fund.
    #[serde(rename = "fund_fen")]
    pub fund: Option<Money>,
    /// Paid from the personal account.
    #[serde(rename = "account_fen")]
    pub account: Option<Money>,
    /// Left to the patient.
    #[serde(rename = "cash_fen")]
    pub cash: Option<Money>,
    /// The person's own share of this record; `None` where the statement does not tell it, or it covers other records too.
    #[serde(rename = "share_fen")]
    pub share: Option<Money>,
}

/// A refund that was paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaidRefund {
    /// How much.
    #[serde(rename = "amount_fen")]
    pub amount: Money,
    /// Number of the receipt.
    pub receipt_no: String,
    /// How it was paid back.
    pub pay_method: PayMethod,
    /// When, Beijing time.
    pub paid_at: Time,
    /// By whom.
    pub operator: String,
}

/// How a record was closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaidClearing {
    /// What proves it.
    pub evidence: String,
    /// When, Beijing time.
    pub cleared_at: Time,
    /// By whom.
    pub operator: String,
}

impl SaidResults {
    /// The person's own share after insurance, where all settlements of the record tell it.
    pub fn own_share(&self) -> Option<Money> {
        let shares: Option<Vec<Money>> = self.settlements.iter().map(|one| one.share).collect();
        shares.filter(|shares| !shares.is_empty()).map(|shares| shares.into_iter().sum())
    }

    /// The one settlement this ledger knows of the record: that of its reconciliation, else that of the last answer
    /// that stands. `None` where there is none, or one settlement settles several records, or several this one.
    pub fn setl_id(&self) -> Option<&str> {
        let known = match &self.settlements[..] {
            [one] => one.alone.then_some(one.setl_id.as_str()),
            [] => self
                .batches
                .iter()
                .rev()
                .find(|batch| batch.state != BatchState::Cancelled && batch.answer == Some(Answer::Accepted))
                .map(|batch| batch.setl_id.as_str()),
            _ => None,
        };
        known.filter(|id| !id.is_empty())
    }
}
