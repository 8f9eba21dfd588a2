//! Events: every change of the ledger, who made it and when.

use crate::closed_list;
use crate::domain::{CensusNumber, Time};
use std::fmt;

closed_list! {
    /// What happened.
    EventKind as "event" {
        Created = "created", "建账", "ledger created";
        Migrated = "migrated", "升级账本结构", "ledger migrated";
        FacilityAdded = "facility_added", "登记机构", "facility added";
        DeskSet = "desk_set", "登记服务窗口", "service desk told";
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
        Asked = "asked", "查明结果", "outcome found out";
        Reconciled = "reconciled", "对账", "reconciled";
        Refunded = "refunded", "退费", "refund paid";
        HandedOver = "handed_over", "移交", "handed over";
        Cleared = "cleared", "销号", "cleared";
        BreakResolved = "break_resolved", "差异处理", "break resolved";
        Revealed = "revealed", "查看身份信息", "identities shown";
        Reported = "reported", "出具报告", "report written";
        CensusTaken = "census_taken", "导入在院名册", "census imported";
        CensusDone = "census_done", "在院事项办结", "census action done";
        DutyDone = "duty_done", "事项办结", "duty done";
        BreakSigned = "break_signed", "差异复核", "break signed";
        OperatorAdded = "operator_added", "增加操作员", "operator added";
        OperatorDisabled = "operator_disabled", "停用操作员", "operator disabled";
        PassphraseChanged = "passphrase_changed", "更换口令", "passphrase changed";
        RecoveryRenewed = "recovery_renewed", "更换恢复码", "recovery code renewed";
        UnlockFailed = "unlock_failed", "口令错误", "unlock failed";
        Unlocked = "unlocked", "口令正确", "unlocked";
        BackedUp = "backed_up", "备份", "backed up";
        Restored = "restored", "由备份恢复", "restored from a backup";
        Repaired = "repaired", "重建副本", "rebuilt copy";
        Sealed = "sealed", "封签", "sealed";
        ShiftOpened = "shift_opened", "接班", "shift opened";
        ShiftClosed = "shift_closed", "交班", "shift closed";
        PaperKept = "paper_kept", "留存材料", "paper kept";
        PaperReturned = "paper_returned", "退还材料", "paper returned";
        PaperMissing = "paper_missing", "材料缺失", "paper missing";
        BreakAssigned = "break_assigned", "差异分派", "break assigned";
        BreakReopened = "break_reopened", "差异重开", "break reopened";
        Paired = "paired", "人工匹配", "matched by hand";
        Parted = "parted", "人工拆开", "taken apart by hand";
        RunUndone = "run_undone", "撤销对账", "reconciliation undone";
        LimitSet = "limit_set", "设定限额", "limit set";
        SignoffCreated = "signoff_created", "提交签字", "sign-off prepared";
        SignoffSigned = "signoff_signed", "签字确认", "signed off";
        AccountsLoaded = "accounts_loaded", "导入账户余额", "account balances imported";
        AccountsCompared = "accounts_compared", "账户核对", "accounts compared";
        AccountsRehearsed = "accounts_rehearsed", "账户核对演练", "comparison of accounts rehearsed";
        AccountsExported = "accounts_exported", "导出账户数据", "accounts exported";
        PeerTrusted = "peer_trusted", "信任其他窗口", "peer trusted";
        PeerRevoked = "peer_revoked", "不再信任窗口", "peer no longer trusted";
        BundleSealed = "bundle_sealed", "封装交换包", "bundle sealed";
        Merged = "merged", "并入交换包", "bundle merged";
        SetAside = "set_aside", "交换包暂存", "bundle set aside";
        Quarantined = "quarantined", "交换包隔离", "bundle quarantined";
        QuarantineLifted = "quarantine_lifted", "解除隔离", "quarantine lifted";
        WindowsCompared = "windows_compared", "窗口间核对", "windows compared";
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
    /// An operator, by name.
    Operator(String),
    /// A shift, by number.
    Shift(i64),
    /// A limit, by its id.
    Limit(&'static str),
    /// A sign-off, by number.
    Signoff(i64),
    /// A list of accounts, by number.
    Accounts(i64),
    /// A rehearsed comparison of accounts, by number.
    Rehearsal(i64),
    /// Another ledger that bundles are exchanged with, by number.
    Peer(i64),
    /// A bundle that was opened, by number.
    Bundle(i64),
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
            Subject::Operator(name) => write!(f, "operator {name}"),
            Subject::Shift(number) => write!(f, "shift S{number}"),
            Subject::Limit(id) => write!(f, "limit {id}"),
            Subject::Signoff(number) => write!(f, "signoff F{number}"),
            Subject::Accounts(number) => write!(f, "accounts Z{number}"),
            Subject::Rehearsal(number) => write!(f, "rehearsal Y{number}"),
            Subject::Peer(number) => write!(f, "peer {number}"),
            Subject::Bundle(number) => write!(f, "bundle X{number}"),
        }
    }
}
