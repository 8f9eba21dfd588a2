//! Batches: a sealed set of records sent out, and the answers that come back.

use crate::closed_list;
use crate::domain::{Kind, Route, Stage, Step};
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
            // What is taken back went its way already.
            Purpose::Undo => &[],
        }
    }

    /// What happens to a record when such a batch is sent. A refund list moves nothing, and what is taken back stands
    /// until the platform says that it is, see [`Leaves::step`].
    pub fn step(self) -> Option<Step> {
        match self {
            Purpose::Backfill | Purpose::Resettle | Purpose::Register => Some(Step::Export),
            Purpose::Handover => Some(Step::Handover),
            Purpose::Refund | Purpose::Undo => None,
        }
    }

    /// Whether such a batch holds records of `kind` at all.
    pub fn takes(self, kind: Kind) -> bool {
        match self {
            Purpose::Register => kind == Kind::Filing,
            Purpose::Handover | Purpose::Undo => true,
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
    /// The platform's answer to one record of a batch.
    Answer as "answer" {
        Accepted = "accepted", "受理", "accepted";
        Refused = "refused", "拒绝", "refused";
    }
}

/// One row of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerRow {
    /// The key it names: `medins_setl_id`, the facility's record number or our short number.
    pub key: String,
    /// Accepted or refused.
    pub answer: Answer,
    /// `infcode` or the vendor's own code.
    pub code: String,
    /// `err_msg`, as given.
    pub text: String,
    /// `setl_id`, where it was settled at once.
    pub setl_id: String,
    /// `mdtrt_id`.
    pub mdtrt_id: String,
    /// `psn_no`.
    pub psn_no: String,
    /// Line of the file, for messages.
    pub at_line: u64,
}
