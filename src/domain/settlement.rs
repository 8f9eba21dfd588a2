//! A settlement: one row of what the platform says it settled.

use crate::closed_list;
use crate::domain::{Money, Time};
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
}

impl Settlement {
    /// The row takes money back.
    pub fn is_reversal(&self) -> bool {
        self.refunded || self.total.is_negative()
    }

    /// The person's own share after insurance, in cash. The personal account is debited again when the cost is settled,
    /// so what it bore is no longer the patient's cash: a share of 30.00 in cash and 10.00 from the account leaves
    /// 70.00 of 100.00 paid to be given back. `None` where the statement does not say it.
    pub fn own_share(&self) -> Option<Money> {
        let rest = |fund, account| self.total - fund - account;
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
