//! A settlement: one row of what the platform says it settled.

use crate::closed_list;
use crate::domain::{Day, Money, Time};
use serde::{Deserialize, Serialize};

/// One row of a platform statement. Empty texts and `None` are what the statement did not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// `setl_id`.
    pub setl_id: String,
    /// `init_setl_id`, the settlement a reversal undoes.
    #[serde(default)]
    pub init_setl_id: String,
    /// `mdtrt_id`.
    pub mdtrt_id: String,
    /// `psn_no`.
    pub psn_no: String,
    /// `certno`.
    pub certno: String,
    /// `psn_name`.
    pub psn_name: String,
    /// `med_type`.
    pub med_type: String,
    /// `insutype`.
    pub insutype: String,
    /// `setl_time`, the platform's own clock.
    pub setl_time: Option<Time>,
    /// `medfee_sumamt`; negative in a reversal.
    #[serde(rename = "medfee_sumamt_fen")]
    pub total: Money,
    /// `fund_pay_sumamt`.
    #[serde(rename = "fund_pay_sumamt_fen")]
    pub fund: Option<Money>,
    /// `acct_pay`.
    #[serde(rename = "acct_pay_fen")]
    pub account: Option<Money>,
    /// `psn_cash_pay`.
    #[serde(rename = "psn_cash_pay_fen")]
    pub cash: Option<Money>,
    /// `refd_setl_flag` is yes: the row undoes a settlement.
    pub refunded: bool,
    /// `medins_setl_id`, the key the facility issued.
    pub medins_setl_id: String,
    /// The facility's own record number, where the statement carries it.
    pub record_no: String,
    /// `fixmedins_code`, the facility it is of.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub facility: String,
    /// `invono`, the number of the receipt.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub receipt_no: String,
    /// `hosp_part_amt`, what the hospital bears.
    #[serde(rename = "hosp_part_amt_fen", default, skip_serializing_if = "Option::is_none")]
    pub hospital: Option<Money>,
    /// `clr_type`, the clearing category.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub clr_type: String,
    /// The day it is counted on, where the region counts it on another than that of `setl_time`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted_on: Option<Day>,
    /// What the row says of itself: settled, or how a comparison of both sides ended.
    #[serde(default, skip_serializing_if = "Standing::is_settled")]
    pub standing: Standing,
    /// The row names no amount; `total` is then zero and says nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unpriced: bool,
    /// Columns whose code nobody knows, such as `stmt_rslt`, with a comma between them; such a row is a break, not a
    /// settlement.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unread: String,
    /// Those codes as they stand, such as `stmt_rslt=9`. A shifted column may put anything there, so it is sealed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unread_codes: String,
}

impl Settlement {
    /// The row takes money back.
    pub fn is_reversal(&self) -> bool {
        self.refunded || self.total.is_negative()
    }

    /// What it adds to the platform's sum: a reversal takes away, whichever sign it is printed with.
    pub fn signed(&self) -> Money {
        self.signed_part(self.total)
    }

    /// The same of one of its parts.
    pub fn signed_part(&self, part: Money) -> Money {
        if self.is_reversal() { -part.abs() } else { part }
    }

    /// The day it is counted on.
    pub fn day(&self) -> Option<Day> {
        self.counted_on.or_else(|| self.setl_time.map(Time::day))
    }

    /// The parts sum to the total, as far as they are given: fund, account, cash and what the hospital bears.
    pub fn parts_agree(&self) -> bool {
        let (Some(fund), Some(cash)) = (self.fund, self.cash) else { return true };
        fund + self.account.unwrap_or_default() + cash + self.hospital.unwrap_or_default() == self.total
    }

    /// The person's own share after insurance, in cash. The personal account is debited again when the cost is settled,
    /// so what it bore is no longer the patient's cash: a share of 30.00 in cash and 10.00 from the account leaves
    /// 70.00 of 100.00 paid to be given back. `None` where the statement does not say it.
    pub fn own_share(&self) -> Option<Money> {
        let rest = |fund, account| self.total - fund - account - self.hospital.unwrap_or_default();
        self.cash.or_else(|| self.fund.zip(self.account).map(|(fund, account)| rest(fund, account)))
    }
}

closed_list! {
    /// What reconciling says of a record or of a platform row.
    Verdict as "verdict" {
        Matched = "matched", "已对平", "matched";
        AmountDiffers = "amount_mismatch", "金额不符", "amount differs";
        Missing = "missing", "平台无此单", "missing on the platform";
        Extra = "extra", "平台多出", "extra on the platform";
        Duplicate = "duplicate", "平台重复结算", "settled twice";
        Reversed = "reversed", "已冲正", "reversed";
        Ambiguous = "ambiguous", "候选不唯一", "ambiguous";
    }
}

closed_list! {
    /// Whether a match is of one record and one settlement, or belongs to a group.
    Part as "part" {
        One = "one", "一对一", "one to one";
        Parts = "parts", "一单多次结算", "one record in several settlements";
        Joint = "joint", "多单合并结算", "several records in one settlement";
    }
}

closed_list! {
    /// What a row of the platform says of itself. Regions write it in codes of their own (`stmt_rslt`, or the state of
    /// a settlement); a profile says which code means what.
    Standing as "standing" {
        Settled = "settled", "已结算", "settled";
        Balanced = "balanced", "平", "balanced";
        CentreOnly = "centre_only", "中心多", "only the centre has it";
        FacilityOnly = "facility_only", "医药机构多", "only the facility has it";
        Differs = "differs", "数据不一致", "both have it, the data differ";
        Unbalanced = "unbalanced", "不平", "not balanced";
        Failed = "failed", "未成功", "not successful";
    }
}

#[expect(clippy::derivable_impls, reason = "the list is made by a macro")]
impl Default for Standing {
    fn default() -> Standing {
        Standing::Settled
    }
}

impl Standing {
    /// Nothing but a settlement.
    pub fn is_settled(&self) -> bool {
        *self == Standing::Settled
    }

    /// The platform has no such settlement.
    pub fn is_absent(self) -> bool {
        matches!(self, Standing::FacilityOnly | Standing::Failed)
    }

    /// A comparison ended with a difference, whatever the amounts of the row say.
    pub fn is_difference(self) -> bool {
        matches!(self, Standing::Differs | Standing::Unbalanced)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yuan(text: &str) -> Money {
        text.parse().unwrap()
    }

    fn parts(total: &str, parts: [Option<&str>; 4]) -> Settlement {
        let [fund, account, cash, hospital] = parts.map(|part| part.map(yuan));
        Settlement { total: yuan(total), fund, account, cash, hospital, ..Settlement::default() }
    }

    #[test]
    fn parts_sum_to_the_total_or_not() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            // total   fund         account      cash         hospital    agree
            ("100.00", [Some("60"),  Some("30"),  Some("10"),  None],       true),
            ("100.00", [Some("60"),  Some("25"),  Some("10"),  Some("5")],  true),
            ("100.00", [Some("60"),  Some("25"),  Some("10"),  None],       false),
            ("100.00", [Some("60"),  None,        Some("40"),  None],       true),
            ("100.00", [Some("60"),  None,        None,        Some("5")],  true),
            ("-10.00", [Some("-6"),  Some("-4"),  Some("0"),   None],       true),
        ];
        for (total, given, agree) in cases {
            assert_eq!(parts(total, given).parts_agree(), agree, "{total} {given:?}");
        }
        let owed = parts("100.00", [Some("60"), Some("25"), None, Some("5")]).own_share();
        assert_eq!(owed, Some(yuan("10.00")), "what the hospital bears is not the patient's");
    }

    #[test]
    fn what_is_new_leaves_an_old_row_as_it_was_written() {
        let plain = serde_json::to_string(&Settlement::default()).unwrap();
        for word in ["hosp", "clr_type", "counted_on", "standing", "unpriced", "unread"] {
            assert!(!plain.contains(word), "{word}: the mark of a row of an earlier edition would change");
        }
    }
}
