//! A record (挂账记录): one thing a facility retained, with its fee lines.

use crate::closed_list;
use crate::domain::{CertNo, Facts, Money, Person, Price, Quantity, Time};
use crate::text::UnknownWord;
use serde::{Deserialize, Serialize};

closed_list! {
    /// What was retained.
    Kind as "kind" {
        Outpatient = "outpatient", "门诊", "outpatient";
        Inpatient = "inpatient", "住院", "inpatient";
        Purchase = "purchase", "购药", "purchase";
        Filing = "filing", "备案", "filing";
    }
}

/// The business lines of each kind. The first is what an empty cell means;
/// a filing has no default, since its line decides everything about it.
pub const BUSINESS_LINES: &[(Kind, &[&str])] = &[
    (Kind::Outpatient, &["ordinary", "chronic", "two_disease", "emergency"]),
    (Kind::Inpatient, &["ordinary", "maternity", "psychiatric", "accident"]),
    (Kind::Purchase, &["ordinary", "negotiated_drug"]),
    (
        Kind::Filing,
        &[
            "referral",
            "offsite",
            "emergency_admission",
            "chronic_enrolment",
            "drug_enrolment",
            "long_term_care",
            "low_income",
            "maternity",
            "benefit_change",
            "family_sharing",
            "account_withdrawal",
            "enrolment",
        ],
    ),
];

/// Reads a business line of `kind`; an empty text is `ordinary`, except for filings.
///
/// # Errors
/// [`UnknownWord`] lists the lines of that kind.
pub fn business_line(kind: Kind, text: &str) -> Result<String, UnknownWord> {
    let (_, lines) = BUSINESS_LINES[kind as usize];
    let text = text.trim();
    if text.is_empty() && kind != Kind::Filing {
        return Ok(lines[0].to_owned());
    }
    let found = lines.iter().find(|line| line.eq_ignore_ascii_case(text));
    found.map(|line| (*line).to_owned()).ok_or_else(|| UnknownWord {
        what: "line",
        text: text.to_owned(),
        known: lines.to_vec(),
    })
}

closed_list! {
    /// How the patient paid; a refund goes back the same way where it can.
    PayMethod as "pay_method" {
        Cash = "cash", "现金", "cash";
        BankCard = "bank_card", "银行卡", "bank card";
        Wechat = "wechat", "微信", "WeChat";
        Alipay = "alipay", "支付宝", "Alipay";
        Transfer = "transfer", "转账", "transfer";
        Deposit = "deposit", "预交金", "deposit";
        None = "none", "未付", "not paid";
        Other = "other", "其他", "other";
    }
}

/// One fee line. Lines are fixed once written; their amounts sum to the record's total, to the fen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Counts from 1 within the record.
    pub line_no: u32,
    /// `med_list_codg`, the national catalogue code.
    pub item_code: String,
    /// `medins_list_codg`, the facility's own code.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub own_code: String,
    /// Name of the item.
    pub item_name: String,
    /// `med_chrgitm_type`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub category: String,
    /// Specification.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub spec: String,
    /// `cnt`.
    pub quantity: Quantity,
    /// `pric`, yuan.
    pub unit_price: Price,
    /// `det_item_fee_sumamt`. The amount rules where price times quantity differs by rounding.
    #[serde(rename = "amount_fen")]
    pub amount: Money,
    /// `fee_ocur_time`; the record's own time where empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Time>,
}

/// What a facility wrote down: a record's content, without its stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The facility's own number, unique within the facility; empty where there is none.
    pub record_no: String,
    /// Code of the facility that treated the patient.
    pub facility: String,
    /// What was retained.
    pub kind: Kind,
    /// Business line, one of [`BUSINESS_LINES`].
    pub line: String,
    /// Who was treated.
    pub person: Person,
    /// `insuplc_admdvs`, six digits.
    pub insured_area: String,
    /// `insutype`.
    pub insurance: String,
    /// Person group as the facility writes it.
    pub person_group: String,
    /// When the cost arose, or the paper was signed.
    pub occurred_at: Time,
    /// When an inpatient came.
    pub admitted_at: Option<Time>,
    /// When an inpatient left.
    pub discharged_at: Option<Time>,
    /// Date on a paper form.
    pub applied_on: Option<Time>,
    /// Department.
    pub department: String,
    /// Doctor.
    pub doctor: String,
    /// Diagnosis code, ICD-10 insurance edition.
    pub diagnosis_code: String,
    /// Diagnosis in words.
    pub diagnosis_name: String,
    /// All that the visit cost.
    #[serde(rename = "total_fen")]
    pub total: Money,
    /// What the patient has paid already; `None` where nobody wrote it down.
    #[serde(rename = "paid_fen")]
    pub paid: Option<Money>,
    /// How it was paid.
    pub pay_method: Option<PayMethod>,
    /// Number of the receipt or invoice.
    pub receipt_no: String,
    /// What else is known, by the fact's name; an absent fact is unknown.
    pub facts: Facts,
    /// Free text.
    pub note: String,
    /// Fee lines; in JSON they travel beside the record, as they do in the ledger.
    #[serde(skip)]
    pub lines: Vec<Line>,
}

impl Record {
    /// The sum of the fee lines.
    pub fn lines_total(&self) -> Money {
        self.lines.iter().map(|line| line.amount).sum()
    }

    /// What the patient paid: as written down, else all of it where the record says that it was paid in full.
    pub fn paid_in_all(&self) -> Money {
        let in_full = self.facts.flag("prepaid") == Some(true);
        self.paid.unwrap_or(if in_full { self.total } else { Money::ZERO })
    }

    /// Everything a notice may ask about this record: its own fields and the further facts.
    ///
    /// `prepaid` follows from the money where nobody stated it: paid in full, or nothing paid. In between, or where
    /// the payment is not known, it stays unknown.
    pub fn all_facts(&self) -> Facts {
        let mut facts = self.facts.clone();
        facts.set_text("kind", crate::text::Label::id(&self.kind));
        facts.set_text("line", &self.line);
        facts.set_text("insurance", &self.insurance);
        facts.set_text("person_group", &self.person_group);
        facts.set_text("insured_area", &self.insured_area);
        facts.set_text("facility", &self.facility);
        facts.set_time("occurred_at", (self.kind != Kind::Filing).then_some(self.occurred_at));
        facts.set_time("admitted_at", self.admitted_at);
        facts.set_time("discharged_at", self.discharged_at);
        facts.set_time(
            "applied_on",
            self.applied_on.or((self.kind == Kind::Filing).then_some(self.occurred_at)),
        );
        if let Some(method) = self.pay_method {
            facts.set_text("payment_method", crate::text::Label::id(&method));
        }
        if let (None, Some(paid)) = (facts.get("prepaid"), self.paid) {
            if paid >= self.total && !self.total.is_zero() {
                facts.set_flag("prepaid", true);
            } else if paid.is_zero() {
                facts.set_flag("prepaid", false);
            }
        }
        facts
    }

    /// The identity number in its checked form, where the document is an identity card.
    pub fn cert_no(&self, now: Time) -> Option<CertNo> {
        if self.person.id_type == "01" { CertNo::read(&self.person.id_no, now).ok() } else { None }
    }
}
