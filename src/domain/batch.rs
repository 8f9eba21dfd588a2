//! Batches: a sealed set of records sent out, and the answers that come back.

use crate::closed_list;
use crate::domain::{Kind, Money, Route, Stage, Step, Time};
use serde::{Deserialize, Serialize};

closed_list! {
    /// What a batch is for.
    Purpose as "purpose" {
        Backfill = "backfill", "补录", "backfill";
        Resettle = "resettle", "重新结算", "resettle";
        Refund = "refund", "退费清单", "refund list";
        Register = "register", "备案补录", "register filings";
        Handover = "handover", "移交清单", "handover";
        Undo = "undo", "撤销结算", "take back";
        Statement = "3202", "对账请求", "request to reconcile";
    }
}

impl Purpose {
    /// The routes whose records go out in such a batch.
    pub fn routes(self) -> &'static [Route] {
        match self {
            Purpose::Backfill => &[Route::Backfill, Route::Convert],
            Purpose::Resettle => &[Route::Resettle],
            Purpose::Refund => &[Route::Resettle, Route::Convert],
            Purpose::Register => &[Route::Register],
            Purpose::Handover => &[Route::Manual, Route::Agency, Route::Hold],
            // What is taken back or asked about went its way already.
            Purpose::Undo | Purpose::Statement => &[],
        }
    }

    /// What happens to a record when such a batch is sent. A refund list moves nothing, and what is taken back stands
    /// until the platform says that it is, see [`Leaves::step`].
    pub fn step(self) -> Option<Step> {
        match self {
            Purpose::Backfill | Purpose::Resettle | Purpose::Register => Some(Step::Export),
            Purpose::Handover => Some(Step::Handover),
            Purpose::Refund | Purpose::Undo | Purpose::Statement => None,
        }
    }

    /// Whether such a batch holds records of `kind` at all.
    pub fn takes(self, kind: Kind) -> bool {
        match self {
            Purpose::Register => kind == Kind::Filing,
            Purpose::Handover | Purpose::Undo => true,
            Purpose::Statement => false,
            _ => kind != Kind::Filing,
        }
    }
}

closed_list! {
    /// What the platform has of a record once one of its settlements was taken back.
    Leaves as "leaves" {
        Nothing = "nothing", "不再结算", "nothing";
        Other = "other", "保留另一笔结算", "the other settlement";
        Again = "again", "重新结算", "settled again";
    }
}

impl Leaves {
    /// The step of a record at `stage` when the platform has taken its settlement back. One that is settled otherwise
    /// stays where it is, and so does one that is closed or whose refund is paid: reconciling tells of those.
    pub fn step(self, stage: Stage) -> Option<Step> {
        match (self, stage) {
            (Leaves::Nothing, Stage::Settled | Stage::Exported) => Some(Step::Undo),
            (Leaves::Again, Stage::Settled | Stage::Exported) => Some(Step::Redo),
            _ => None,
        }
    }
}

closed_list! {
    /// What is known of a settlement that a batch takes back, beside the answer to all of it.
    Reversal as "reversal" {
        Done = "done", "原结算已撤销", "the settlement is taken back";
        Overtaken = "overtaken", "已另行结算", "settled otherwise by now";
    }
}

closed_list! {
    /// Where a batch stands.
    BatchState as "state" {
        Preparing = "preparing", "待完成", "being written";
        Sent = "sent", "已发出", "sent";
        Answered = "answered", "已有回执", "answered";
        Cancelled = "cancelled", "已撤回", "cancelled";
    }
}

/// The keys issued for one record in one batch; the platform echoes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// `medins_setl_id`: facility, time and sequence, 30 characters.
    pub medins_setl_id: String,
    /// `chrg_bchno`: at most 15 digits, never `0000`.
    pub chrg_bchno: String,
    /// First `feedetl_sn`; the lines count up from it, at most 15 digits.
    pub first_feedetl_sn: u64,
}

closed_list! {
    /// What came of one record of a batch, or of one of its calls.
    Answer as "answer" {
        Accepted = "accepted", "受理", "accepted";
        Refused = "refused", "拒绝", "refused";
        Unknown = "unknown", "结果不明", "outcome unknown";
        NotDone = "not_done", "未办成", "not done";
    }
}

impl Answer {
    /// Where a record at `stage` stands with this answer; `None` where both cannot be true.
    ///
    /// A record whose outcome is unknown stays out, so that it goes into no other batch. One of which it is known
    /// that nothing was done is pending again. `leaves` is what the platform has where the batch takes something back:
    /// only when the platform did so the record moves. Where it did and what was to follow is not settled, the record
    /// stands as if it had gone out anew; one that is settled otherwise by now stays where it is.
    pub fn after(self, stage: Stage, leaves: Option<Leaves>, reversal: Option<Reversal>) -> Option<Stage> {
        if let Some(leaves) = leaves {
            let anew = leaves == Leaves::Again && reversal == Some(Reversal::Done);
            let moves = reversal != Some(Reversal::Overtaken) && (anew || self == Answer::Accepted);
            return match leaves.step(stage).filter(|_| moves) {
                None => Some(stage),
                Some(step) if anew => self.after(stage.after(step)?, None, None),
                Some(step) => stage.after(step),
            };
        }
        let is_settled = matches!(stage, Stage::Settled | Stage::Refunded | Stage::Cleared);
        match self {
            Answer::Accepted | Answer::Unknown if is_settled => Some(stage),
            Answer::Accepted | Answer::Unknown => stage.after(Step::Accept),
            Answer::Refused => stage.after(Step::Reject),
            Answer::NotDone => stage.after(Step::Recall),
        }
    }
}

/// What an answer tells of a settlement beside its id: all of it, some, or nothing. Amounts in fen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SettledAs {
    /// `setl_time`, Beijing time.
    pub at: Option<Time>,
    /// `medfee_sumamt`.
    pub total: Option<Money>,
    /// `fund_pay_sumamt`.
    pub fund: Option<Money>,
    /// `acct_pay`.
    pub account: Option<Money>,
    /// `psn_cash_pay`.
    pub cash: Option<Money>,
    /// `insutype`.
    pub insutype: String,
    /// `clr_type`, the clearing category.
    pub clr_type: String,
    /// `clr_optins`, the handling body that clears it.
    pub clr_optins: String,
}

impl SettledAs {
    /// Whether it tells nothing.
    pub fn is_empty(&self) -> bool {
        *self == SettledAs::default()
    }
}

/// One row of an answer: about a record as a whole, or about one of its calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerRow {
    /// The key it names: the `msgid` or the file of a call, the facility's record number or our short number.
    pub key: String,
    /// Transaction, as 2207; 2601 and 5203 where the outcome of the call that the key names was asked for. Empty
    /// where the row does not say.
    pub infno: String,
    /// What came of it.
    pub answer: Answer,
    /// `infcode` or the vendor's own code.
    pub code: String,
    /// `err_msg`, as given.
    pub text: String,
    /// `setl_id`; of a filing `trt_dcla_detl_sn`.
    pub setl_id: String,
    /// `mdtrt_id`.
    pub mdtrt_id: String,
    /// `psn_no`.
    pub psn_no: String,
    /// The settlement it tells of.
    pub settled: SettledAs,
    /// The file it stands in, for messages.
    pub file: String,
    /// Line of the file, for messages; of a list in JSON the place in the list.
    pub at_line: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_moves_a_record_or_contradicts_its_stage() {
        use Leaves::{Again, Nothing, Other};
        #[rustfmt::skip] // the columns are the point
        let cases = [
            (Answer::Accepted, Stage::Exported, None,          Some(Stage::Exported)),
            (Answer::Accepted, Stage::Settled,  None,          Some(Stage::Settled)),
            (Answer::Accepted, Stage::Rejected, None,          None),
            (Answer::Refused,  Stage::Exported, None,          Some(Stage::Rejected)),
            (Answer::Refused,  Stage::Settled,  None,          None),
            (Answer::Unknown,  Stage::Exported, None,          Some(Stage::Exported)),
            (Answer::Unknown,  Stage::Refunded, None,          Some(Stage::Refunded)),
            (Answer::Unknown,  Stage::Pending,  None,          None),
            (Answer::NotDone,  Stage::Exported, None,          Some(Stage::Pending)),
            (Answer::NotDone,  Stage::Settled,  None,          None),
            (Answer::Accepted, Stage::Settled,  Some(Nothing), Some(Stage::Pending)),
            (Answer::Accepted, Stage::Settled,  Some(Again),   Some(Stage::Exported)),
            (Answer::Accepted, Stage::Settled,  Some(Other),   Some(Stage::Settled)),
            (Answer::Accepted, Stage::Refunded, Some(Nothing), Some(Stage::Refunded)),
            (Answer::Refused,  Stage::Settled,  Some(Nothing), Some(Stage::Settled)),
            (Answer::Unknown,  Stage::Settled,  Some(Again),   Some(Stage::Settled)),
            (Answer::NotDone,  Stage::Exported, Some(Nothing), Some(Stage::Exported)),
        ];
        for (answer, stage, leaves, want) in cases {
            assert_eq!(answer.after(stage, leaves, None), want, "{answer:?} at {stage:?}, {leaves:?}");
        }
    }

    #[test]
    fn half_an_undoing_leaves_nothing_settled() {
        use Leaves::{Again, Nothing, Other};
        use Reversal::{Done, Overtaken};
        #[rustfmt::skip] // the columns are the point
        let cases = [
            (Answer::Accepted, Stage::Settled,  Again,   Done,      Stage::Exported),
            (Answer::Refused,  Stage::Settled,  Again,   Done,      Stage::Rejected),
            (Answer::Refused,  Stage::Exported, Again,   Done,      Stage::Rejected),
            (Answer::NotDone,  Stage::Settled,  Again,   Done,      Stage::Pending),
            (Answer::Unknown,  Stage::Settled,  Again,   Done,      Stage::Exported),
            (Answer::Refused,  Stage::Refunded, Again,   Done,      Stage::Refunded),
            (Answer::Refused,  Stage::Pending,  Again,   Done,      Stage::Pending),
            (Answer::Refused,  Stage::Settled,  Other,   Done,      Stage::Settled),
            (Answer::Accepted, Stage::Settled,  Nothing, Done,      Stage::Pending),
            (Answer::Accepted, Stage::Settled,  Nothing, Overtaken, Stage::Settled),
            (Answer::Accepted, Stage::Settled,  Again,   Overtaken, Stage::Settled),
            (Answer::Refused,  Stage::Settled,  Again,   Overtaken, Stage::Settled),
        ];
        for (answer, stage, leaves, reversal, want) in cases {
            let got = answer.after(stage, Some(leaves), Some(reversal));
            assert_eq!(got, Some(want), "{answer:?} at {stage:?}, {leaves:?}, {reversal:?}");
        }
    }
}
