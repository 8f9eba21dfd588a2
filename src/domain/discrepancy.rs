//! Breaks (差异): what does not agree, each with a reason of a closed list.
//! The sum of the open ones is the register (问题台账).

use crate::closed_list;
use crate::text::Lang;

closed_list! {
    /// Why something does not agree. The letter names the side: L ledger only, P platform only,
    /// A both but differing, R refund chain, F filings, M ambiguous, U unknown code,
    /// V accounts that move from a bank to the virtual side (实转虚), W windows that say different things.
    Reason as "reason" {
        NotSent = "L1", "未导出", "not sent";
        NoAnswer = "L2", "已导出无结果", "sent, no answer";
        RefusedByPlatform = "L3", "平台拒绝", "refused by the platform";
        PatientNotBack = "L4", "患者未返回", "patient not back";
        WentManual = "L5", "转手工报销", "went to a manual claim";
        EnteredTwice = "L6", "重复登记", "entered twice";
        NotEligible = "L7", "不应报", "not eligible";
        MissedInDowntime = "P1", "停机期漏登", "missed in the downtime";
        SettledTwice = "P2", "平台重复结算", "settled twice";
        OutsideWindow = "P3", "超窗口", "outside the window";
        OtherFacility = "P4", "非本机构", "another facility";
        ReversalAlone = "P5", "冲正无原单", "reversal without original";
        TotalDiffers = "A1", "总额不符", "total differs";
        PartsDiffer = "A2", "构成不平", "parts do not sum";
        PersonDiffers = "A3", "人员不符", "person differs";
        TypeDiffers = "A4", "险种或类别不符", "type differs";
        DayDiffers = "A5", "日期归属不同", "day differs";
        RefundFlagDiffers = "A6", "退费标志不符", "refund flag differs";
        StateDiffers = "A7", "状态不符", "state differs";
        PartialGroup = "A8", "拆并不全", "partial group";
        WithinTolerance = "A9", "容差内差额", "within tolerance";
        NoRefundVoucher = "R1", "未见退费凭证", "no refund voucher";
        SettledNotRefunded = "R2", "已重结未退", "settled, not refunded";
        RefundedNotSettled = "R3", "已退未重结", "refunded, not settled";
        RefundAmountWrong = "R4", "退费金额不符", "refund amount wrong";
        DeadlinePassed = "R5", "超期未办", "deadline passed";
        FilingNotEntered = "F1", "备案未补录", "filing not entered";
        FilingDateDiffers = "F2", "备案日期不符", "filing date differs";
        Ambiguous = "M1", "候选不唯一", "ambiguous";
        UnknownCode = "U1", "未知结果码", "unknown code";
        OnlyAtBank = "V1", "仅银行有账户", "account at the bank only";
        OnlyVirtual = "V2", "仅虚账户有", "account on the virtual side only";
        BalanceDiffers = "V3", "账户余额不符", "balance differs";
        HolderDiffers = "V4", "账户姓名或证件不符", "account holder differs";
        SeveralCards = "V5", "一人多卡合计不平", "several cards of one person do not sum";
        CardChanged = "V6", "卡状态或卡号异常", "card lost, replaced, frozen or another";
        NegativeBalance = "V7", "账户余额为负", "negative balance";
        LargeBalance = "V8", "账户余额异常偏大", "implausibly large balance";
        CorrectedTwice = "W1", "同一版本两种更正", "one version corrected twice";
        VoidAndSettled = "W2", "一方作废一方已办", "void and settled";
        SettlementOnTwo = "W3", "一笔结算对应两条", "one settlement on two records";
        TwoResults = "W4", "一条记录两种结果", "one record with two results";
        TwiceAtWindows = "W5", "疑似两窗口重复登记", "likely entered at two windows";
    }
}

impl Reason {
    /// Whether it is of an account that moves from a bank to the virtual side.
    pub fn is_of_accounts(self) -> bool {
        matches!(
            self,
            Reason::OnlyAtBank
                | Reason::OnlyVirtual
                | Reason::BalanceDiffers
                | Reason::HolderDiffers
                | Reason::SeveralCards
                | Reason::CardChanged
                | Reason::NegativeBalance
                | Reason::LargeBalance
        )
    }

    /// Whether it is of what two windows say, found where their bundles are opened.
    pub fn is_of_windows(self) -> bool {
        matches!(
            self,
            Reason::CorrectedTwice
                | Reason::VoidAndSettled
                | Reason::SettlementOnTwo
                | Reason::TwoResults
                | Reason::TwiceAtWindows
        )
    }

    /// Whether the money agrees all the same, so that the account may move once a person has verified it.
    pub fn moves_once_verified(self) -> bool {
        matches!(self, Reason::HolderDiffers | Reason::CardChanged | Reason::LargeBalance)
    }

    /// The usual remedy, in one sentence.
    pub fn remedy(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Reason::NotSent => ("导出批次并上传", "export it and send the batch"),
            Reason::NoAnswer => (
                "向平台或供应商查询结果，确认前不要重发",
                "ask for the outcome; do not send again before you know",
            ),
            Reason::RefusedByPlatform => {
                ("按平台返回信息更正后重新导出", "correct what the platform names, then export again")
            }
            Reason::PatientNotBack => ("联系患者携票据返回办理", "call the patient back with the receipt"),
            Reason::WentManual => ("移交手工报销材料", "hand over the papers for the manual claim"),
            Reason::EnteredTwice => ("作废重复的一条", "void one of the two"),
            Reason::NotEligible => ("核实后豁免并注明依据", "waive it with the reason"),
            Reason::MissedInDowntime => ("找到原始单据后补登记", "find the slip and add the record"),
            Reason::SettledTwice => ("核实后在平台冲正其中一笔", "reverse one of the two on the platform"),
            Reason::OutsideWindow => {
                ("核对该笔是否属于本次停机", "check whether it belongs to this downtime")
            }
            Reason::OtherFacility => ("退回，不属本机构", "send the row back; it is another facility's"),
            Reason::ReversalAlone => ("向经办机构查询原结算", "ask the agency for the original settlement"),
            Reason::TotalDiffers => {
                ("核对原始单据，更正错误一方", "find the source slip and correct the wrong side")
            }
            Reason::PartsDiffer => ("核对基金、账户、现金构成", "check fund, account and cash"),
            Reason::PersonDiffers => ("核对人员证件", "check the person's documents"),
            Reason::TypeDiffers => ("核对险种与医疗类别", "check insurance type and category"),
            Reason::DayDiffers => ("备注跨日或更正日期", "note it, or correct the day"),
            Reason::RefundFlagDiffers => ("核对退费标志", "check the refund flag"),
            Reason::StateDiffers => ("核对双方状态", "check the state on both sides"),
            Reason::PartialGroup => {
                ("核对拆分或合并的单据是否齐全", "look for the missing part of the group")
            }
            Reason::WithinTolerance => ("备注后确认", "note and confirm"),
            Reason::NoRefundVoucher => ("补齐退费凭证", "get the refund voucher"),
            Reason::SettledNotRefunded => ("向患者退费并留存收据", "pay the refund and keep the receipt"),
            Reason::RefundedNotSettled => {
                ("在平台重新结算，或追回退款", "settle on the platform, or take the refund back")
            }
            Reason::RefundAmountWrong => ("补退或追回差额", "pay or take back the difference"),
            Reason::DeadlinePassed => ("转手工报销或报经办机构", "turn to a manual claim, or ask the agency"),
            Reason::FilingNotEntered => ("在新平台补录备案", "enter the filing on the new platform"),
            Reason::FilingDateDiffers => ("更正备案生效日期", "correct the effective date"),
            Reason::Ambiguous => ("人工选择对应单据", "a person chooses"),
            Reason::UnknownCode => ("在地区配置中补充该代码", "add the code to the region's profile"),
            Reason::OnlyAtBank => (
                "查明该账户为何不在虚账户侧，补齐或由银行更正后重新导入",
                "find out why the virtual side lacks it; complete that side, or have the bank correct its list",
            ),
            Reason::OnlyVirtual => (
                "请银行查找该账户；确无资金的在虚账户侧更正",
                "have the bank look for the account; correct the virtual side where there is no money",
            ),
            Reason::BalanceDiffers => (
                "请银行核对该账户余额，更正错误一方后重新导入",
                "have the bank check the balance, correct the wrong side and import it again",
            ),
            Reason::HolderDiffers => (
                "核对证件与姓名；确为同一人的以 verified 销号",
                "check name and document; where it is the same person, resolve it as verified",
            ),
            Reason::SeveralCards => (
                "请银行列出此人全部账户，合计与虚账户逐分相符后重新导入",
                "have the bank list every account of the person, until they sum to the fen",
            ),
            Reason::CardChanged => (
                "核对新旧卡号与挂失、补卡手续；核实后以 verified 销号",
                "check old and new card and the papers of the loss; resolve it as verified once they are right",
            ),
            Reason::NegativeBalance => (
                "暂缓转入，查明透支或冲账原因并更正后重新导入",
                "do not move it; find what was overdrawn or reversed, and correct it",
            ),
            Reason::LargeBalance => (
                "暂缓转入，逐户核对缴费与支出；核实后以 verified 销号",
                "do not move it; check what was paid in and spent, and resolve it as verified once it is right",
            ),
            Reason::CorrectedTwice => (
                "请该窗口核对两份账本，以真正在用的一份为准，由管理员解除隔离",
                "have the window compare its two copies; an administrator lifts the quarantine once one is given up",
            ),
            Reason::VoidAndSettled => (
                "核实是否真的不应结算：误作废的不必处理，确应作废的在平台撤销结算",
                "find out which is right: leave it where it was voided by mistake, else have the settlement undone",
            ),
            Reason::SettlementOnTwo => (
                "核对结算属于哪一条，另一条拆开或作废",
                "find out to which record it belongs; take the other one apart, or void it",
            ),
            Reason::TwoResults => (
                "核对是否在两处各办理了一次：多出的结算冲正，多退的款追回",
                "see whether it was dealt with in two places; reverse the settlement too many, take the refund back",
            ),
            Reason::TwiceAtWindows => (
                "核对单据：确为重复的由登记窗口作废一条，否则以 verified 销号",
                "compare the slips: have its window void one of the two, or resolve it as verified",
            ),
        };
        lang.pick(zh, en)
    }
}

closed_list! {
    /// Where a break stands.
    BreakState as "state" {
        Open = "open", "未解决", "open";
        Resolved = "resolved", "已处理", "resolved";
        Gone = "gone", "已自行消失", "gone";
    }
}

closed_list! {
    /// How far a break has come, as a person asks for it: its state, who has it, and who has looked.
    BreakPhase as "phase" {
        Open = "open", "待分派", "open";
        Assigned = "assigned", "处理中", "assigned";
        Proposed = "proposed", "待复核", "waits for a signature";
        Resolved = "resolved", "已处理", "resolved";
        Signed = "signed", "已复核", "signed";
        Gone = "gone", "已自行消失", "gone";
    }
}

impl BreakPhase {
    /// Still to be dealt with: what was waived above a limit is, until somebody else signs it.
    pub fn is_outstanding(self) -> bool {
        matches!(self, BreakPhase::Open | BreakPhase::Assigned | BreakPhase::Proposed)
    }
}

closed_list! {
    /// How a break was resolved.
    Resolution as "how" {
        Amended = "amended", "更正记录", "corrected by amendment";
        Added = "added", "补登记", "late record added";
        ReversedOnPlatform = "reversed_on_platform", "平台冲正", "reversed on the platform";
        ManualClaim = "manual_claim", "手工报销", "manual reimbursement";
        RefundPaid = "refund_paid", "已退费", "refund paid";
        AcceptedTiming = "accepted_timing", "时间差确认", "accepted timing";
        Waived = "waived", "豁免", "waived";
        OtherFacility = "other_facility", "非本机构", "another facility";
        Verified = "verified", "核实无误", "verified";
    }
}
