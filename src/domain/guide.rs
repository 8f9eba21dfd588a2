//! The guide to the reason codes: for each, what usually lies behind it, who has
//! to act and which command is next. What to do stands with the codes themselves.
//!
//! `docs/reconcile.md` has the same table for reading; a test keeps both equal.

use crate::closed_list;
use crate::domain::{Owner, Reason};
use crate::text::{Label as _, Lang};

closed_list! {
    /// On which side something does not agree; the letter of a code.
    Side as "side" {
        Ledger = "L", "仅账本有", "ledger only";
        Platform = "P", "仅平台有", "platform only";
        Both = "A", "两边不一致", "both, differing";
        Refund = "R", "退费环节", "refund chain";
        Filing = "F", "备案", "filings";
        Ambiguous = "M", "无法唯一对应", "ambiguous";
        Unknown = "U", "未知代码", "unknown code";
        Virtual = "V", "账户实转虚", "accounts moving to the virtual side";
        Windows = "W", "窗口之间", "between windows";
    }
}

/// What is known of one code beside its label and remedy.
struct Entry {
    reason: Reason,
    who: Owner,
    command: &'static str,
    zh: &'static str,
    en: &'static str,
}

const fn entry(
    reason: Reason,
    who: Owner,
    command: &'static str,
    zh: &'static str,
    en: &'static str,
) -> Entry {
    Entry { reason, who, command, zh, en }
}

use Owner::{Agency, Facility, Patient};

#[rustfmt::skip] // a line or two for each code
const GUIDE: &[Entry] = &[
    entry(Reason::NotSent, Facility, "guazhang export backfill",
        "记录还没有编入任何批次", "the record never went out in a batch"),
    entry(Reason::NoAnswer, Facility, "guazhang batch ack",
        "批次已发出，平台明细和回执中都没有这一笔", "it went out, and neither statement nor answer has it"),
    entry(Reason::RefusedByPlatform, Facility, "guazhang amend",
        "平台回执退回了这一笔，代码见记录", "the platform refused it; the record keeps the code"),
    entry(Reason::PatientNotBack, Patient, "guazhang due",
        "已全额自付，须患者带票据返回重新结算", "paid in full; it is settled again when the patient brings the receipt"),
    entry(Reason::WentManual, Facility, "guazhang export handover",
        "按通告转手工报销或由经办机构支付，平台不会有结算", "by the notice a manual claim or the agency's payment; the platform will not settle it"),
    entry(Reason::EnteredTwice, Facility, "guazhang void",
        "同一次费用登记了两条", "one cost was written down twice"),
    entry(Reason::NotEligible, Facility, "guazhang break waive",
        "按通告不予办理，或由本人负担", "the notice refuses it, or leaves it to the patient"),
    entry(Reason::MissedInDowntime, Facility, "guazhang add",
        "停机期发生而没有登记，事后直接在平台结算", "it arose in the stop, was not written down, and was settled on the platform later"),
    entry(Reason::SettledTwice, Facility, "guazhang break resolve",
        "补录与患者自行结算各做了一次，或重复上传", "backfilled by one and settled by another, or uploaded twice"),
    entry(Reason::OutsideWindow, Facility, "guazhang break resolve",
        "结算属于其他时段，不在本次停机范围内", "a settlement of another time, which the statement's dates took in"),
    entry(Reason::OtherFacility, Agency, "guazhang break resolve",
        "明细混入了别的机构的结算", "the statement carries a row of another facility"),
    entry(Reason::ReversalAlone, Agency, "guazhang reconcile",
        "冲正所指的原结算不在已读入的明细中", "the settlement that it undoes is in no statement read so far"),
    entry(Reason::TotalDiffers, Facility, "guazhang amend",
        "登记与结算的总额有一方录错，或项目增减", "one side was typed wrong, or items were added or left out"),
    entry(Reason::PartsDiffer, Agency, "guazhang break resolve",
        "平台一行中基金、账户、现金相加不等于总额", "fund, account and cash of the platform's row do not sum to its total"),
    entry(Reason::PersonDiffers, Facility, "guazhang amend",
        "单号相同而证件不同：冒用、录错或串号", "the same number with another identity: a slip, a mix-up, or somebody else's card"),
    entry(Reason::TypeDiffers, Facility, "guazhang amend",
        "险种或医疗类别两边不同", "insurance type or category differ"),
    entry(Reason::DayDiffers, Facility, "guazhang break resolve",
        "跨日、跨月或跨年结算，归属日期不同", "settled over midnight, a month or a year, and counted on another day"),
    entry(Reason::RefundFlagDiffers, Facility, "guazhang break resolve",
        "一方记为退费，另一方记为正常结算", "one side has it as a refund, the other as a settlement"),
    entry(Reason::StateDiffers, Facility, "guazhang show",
        "记录已暂缓、移交或销号，平台却有结算；或结算后被冲正", "settled though held, handed over or cleared here; or reversed after it was settled"),
    entry(Reason::PartialGroup, Facility, "guazhang match",
        "一次住院分多次结算，只到了一部分", "a stay was settled in parts, and not all of them are here"),
    entry(Reason::WithinTolerance, Facility, "guazhang break resolve",
        "差额在设定的容差之内，多为四舍五入", "the difference is within the tolerance that was set: rounding, mostly"),
    entry(Reason::NoRefundVoucher, Patient, "guazhang paper",
        "退费没有收回原票据或留下凭证", "the original receipt was not handed in, or no voucher was kept"),
    entry(Reason::SettledNotRefunded, Facility, "guazhang refund list",
        "医保已结算，患者垫付的部分还没有退", "settled with insurance, and what the patient paid is not given back"),
    entry(Reason::RefundedNotSettled, Facility, "guazhang show",
        "已退款，而结算不存在或随后被冲正", "paid back, and the settlement is not there or was reversed afterwards"),
    entry(Reason::RefundAmountWrong, Facility, "guazhang refund list",
        "退款不等于已付减个人负担，或冲正金额与原结算不同", "the refund is not what was paid less the own share, or the reversal is of another amount"),
    entry(Reason::DeadlinePassed, Facility, "guazhang export handover",
        "办理期限已过", "the deadline has passed"),
    entry(Reason::FilingNotEntered, Facility, "guazhang export register",
        "停机期间的纸质备案没有补录", "a filing made on paper in the stop was not entered"),
    entry(Reason::FilingDateDiffers, Facility, "guazhang amend",
        "补录时生效日期没有按纸质申请日", "it was entered with another day than the paper form's"),
    entry(Reason::Ambiguous, Facility, "guazhang match",
        "不止一种对应方式，例如同日同额的两名患者", "more than one way to pair them, as with two patients of equal amounts on one day"),
    entry(Reason::UnknownCode, Facility, "guazhang reconcile --profile",
        "本地平台的结果码不在所用配置中", "a result code of this platform that the profile does not know"),
    entry(Reason::OnlyAtBank, Agency, "guazhang import accounts",
        "参保关系已转出、身份信息录入有误，或名单漏列", "the person has moved away, the identity was entered wrongly, or the list lacks a row"),
    entry(Reason::OnlyVirtual, Agency, "guazhang import accounts",
        "银行名单漏列、账户已销，或户头在另一家银行", "the bank's list lacks it, it was closed, or another bank has it"),
    entry(Reason::BalanceDiffers, Agency, "guazhang import accounts",
        "停刷之后仍有入账、支出或在途资金", "money came in, went out or was on its way after the cards were stopped"),
    entry(Reason::HolderDiffers, Agency, "guazhang break resolve",
        "同音字、曾用名，或一方证件号码录错", "a homophone, a former name, or a number entered wrongly on one side"),
    entry(Reason::SeveralCards, Agency, "guazhang import accounts",
        "同一人有两张以上的卡，只有一部分计入余额", "a person has more than one card and only some of them count"),
    entry(Reason::CardChanged, Agency, "guazhang break resolve",
        "挂失、补卡、新旧社保卡更换，或账户被冻结", "the card was lost, replaced by a new one, or the account is frozen"),
    entry(Reason::NegativeBalance, Agency, "guazhang import accounts",
        "透支、重复扣款或冲账未完成", "overdrawn, charged twice, or a reversal that is not finished"),
    entry(Reason::LargeBalance, Agency, "guazhang break resolve",
        "录入时多了位数，或多年未用的账户", "a digit too many, or an account that was not used for years"),
    entry(Reason::CorrectedTwice, Facility, "guazhang bundle list",
        "一份账本被复制或由旧备份恢复，两份都继续登记", "a ledger was copied, or restored from an old backup, and both went on"),
    entry(Reason::VoidAndSettled, Facility, "guazhang show",
        "窗口作废之前，别处已导出或结算", "it was sent or settled elsewhere before its window voided it"),
    entry(Reason::SettlementOnTwo, Facility, "guazhang unmatch",
        "同一笔平台结算在两处对到了不同的记录", "two places gave one settlement of the platform to different records"),
    entry(Reason::TwoResults, Facility, "guazhang show",
        "两处都办理了同一条记录，结算号或退费不同", "two places dealt with one record, with different settlements or refunds"),
    entry(Reason::TwiceAtWindows, Facility, "guazhang show",
        "同一人同日同类同额，或单号相同，登记在不同窗口", "the same person, day, kind and total, or the same number, at different windows"),
];

impl Reason {
    fn entry(self) -> &'static Entry {
        GUIDE.iter().find(|entry| entry.reason == self).expect("a test keeps every code in the guide")
    }

    /// What usually lies behind it.
    pub fn cause(self, lang: Lang) -> &'static str {
        let Entry { zh, en, .. } = self.entry();
        lang.pick(zh, en)
    }

    /// Who has to act.
    pub fn who(self) -> Owner {
        self.entry().who
    }

    /// The command that is usually next.
    pub fn command(self) -> &'static str {
        self.entry().command
    }

    /// On which side it does not agree.
    pub fn side(self) -> Side {
        let letter = &self.id()[..1];
        Side::ALL.iter().copied().find(|side| side.id() == letter).expect("every code begins with a side")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_code_has_its_own_entry() {
        assert_eq!(GUIDE.len(), Reason::ALL.len());
        let mut causes = HashSet::new();
        for (reason, entry) in Reason::ALL.iter().zip(GUIDE) {
            assert_eq!(entry.reason, *reason, "the guide keeps the order of the list");
            assert!(reason.id().starts_with(reason.side().id()));
            assert!(reason.command().starts_with("guazhang "));
            assert!(causes.insert(reason.cause(Lang::Zh)) && causes.insert(reason.cause(Lang::En)));
        }
    }
}
