//! Breaks (差异): what does not agree, each with a reason of a closed list.
//! The sum of the open ones is the register (问题台账).

use crate::closed_list;
use crate::text::Lang;

closed_list! {
    /// Why something does not agree. The letter names the side: L ledger only, P platform only,
    /// A both but differing, R refund chain, F filings, M ambiguous, U unknown code.
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
    }
}

impl Reason {
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
    }
}
