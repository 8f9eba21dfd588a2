//! Events: every change of the ledger, who made it and when.

use crate::closed_list;
use crate::domain::{CensusNumber, Time};
use std::fmt;

closed_list! {
    /// What happened.
    EventKind as "event" {
        Created = "created", "建账", "ledger created";
        FacilityAdded = "facility_added", "登记机构", "facility added";
        NoticeAdded = "notice_added", "载入通告", "notice added";
        Resumed = "resumed", "记录恢复时间", "resumption recorded";
        Imported = "imported", "导入", "imported";
        Recorded = "recorded", "登记", "recorded";
        Amended = "amended", "更正", "amended";
        Voided = "voided", "作废", "voided";
        Held = "held", "暂缓", "held";
        Released = "released", "解除暂缓", "released";
        Prepared = "prepared", "编制批次", "batch prepared";
        Exported = "exported", "导出", "exported";
        Recalled = "recalled", "撤回批次", "batch cancelled";
        Answered = "answered", "回执", "answered";
        Reconciled = "reconciled", "对账", "reconciled";
        Refunded = "refunded", "退费", "refund paid";
        HandedOver = "handed_over", "移交", "handed over";
        Cleared = "cleared", "销号", "cleared";
        BreakResolved = "break_resolved", "差异处理", "break resolved";
        Revealed = "revealed", "查看身份信息", "identities shown";
        CensusTaken = "census_taken", "导入在院名册", "census imported";
        CensusDone = "census_done", "在院事项办结", "census action done";
        DutyDone = "duty_done", "事项办结", "duty done";
    }
}

/// Who made a change, where and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The operator's name.
    pub operator: String,
    /// Beijing time, from the front.
    pub at: Time,
}

/// What an event touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The ledger itself.
    Ledger,
    /// A facility, by code.
    Facility(String),
    /// A notice, by id.
    Notice(String),
    /// A record, by its short number.
    Record(String),
    /// A batch, by number.
    Batch(i64),
    /// A reconciliation run, by number.
    Run(i64),
    /// A break, by number.
    Break(i64),
    /// An imported file, by digest.
    File(String),
    /// An entry of the census, by number.
    Census(CensusNumber),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Ledger => f.write_str("ledger"),
            Subject::Facility(code) => write!(f, "facility {code}"),
            Subject::Notice(id) => write!(f, "notice {id}"),
            Subject::Record(number) => write!(f, "record {number}"),
            Subject::Batch(number) => write!(f, "batch B{number}"),
            Subject::Run(number) => write!(f, "run R{number}"),
            Subject::Break(number) => write!(f, "break {number}"),
            Subject::File(digest) => write!(f, "file {digest}"),
            Subject::Census(number) => write!(f, "census {number}"),
        }
    }
}
