//! The census: the patients in hospital before a stop, one entry for each stay.
//!
//! An entry is what the hospital system lists. What a notice asks for it is not
//! kept here: that is decided anew each day, and only what was done is recorded.

use crate::domain::{Digest, Facts, Kind, Money, PayMethod, Person, Record, Time};
use crate::text::{Explain, Label, Lang};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// One patient in hospital.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CensusEntry {
    /// Number of the bed.
    pub bed_no: String,
    /// The facility's own number of the stay; empty where the list has none.
    pub record_no: String,
    /// Code of the facility.
    pub facility: String,
    /// Business line of an inpatient, such as `psychiatric`.
    pub line: String,
    /// Who lies there.
    pub person: Person,
    /// `insuplc_admdvs`, six digits.
    pub insured_area: String,
    /// `insutype`.
    pub insurance: String,
    /// Person group as the facility writes it.
    pub person_group: String,
    /// When the patient came.
    pub admitted_at: Time,
    /// When the patient left, where one who has left is still listed.
    pub discharged_at: Option<Time>,
    /// Department.
    pub department: String,
    /// Doctor.
    pub doctor: String,
    /// What the stay has cost so far; `None` where the list does not say.
    #[serde(rename = "total_fen")]
    pub total: Option<Money>,
    /// Deposit, or what was paid.
    #[serde(rename = "paid_fen")]
    pub paid: Option<Money>,
    /// What else is known, by the fact's name.
    pub facts: Facts,
    /// Free text.
    pub note: String,
}

impl CensusEntry {
    /// What makes it the same stay in another list: the facility's number, else the document and the admission.
    pub fn key(&self) -> Digest {
        let parts = match self.record_no.as_str() {
            "" => {
                let admitted_at = self.admitted_at.to_string();
                [&self.facility, &self.person.id_type, &self.person.id_no, &admitted_at]
                    .map(String::as_str)
                    .join("\n")
            }
            number => [self.facility.as_str(), "", number].join("\n"),
        };
        Digest::of(parts.as_bytes())
    }

    /// Everything a notice may ask about this stay.
    pub fn all_facts(&self) -> Facts {
        let mut facts = self.facts.clone();
        facts.set_text("kind", Kind::Inpatient.id());
        facts.set_text("line", &self.line);
        facts.set_text("insurance", &self.insurance);
        facts.set_text("person_group", &self.person_group);
        facts.set_text("insured_area", &self.insured_area);
        facts.set_text("facility", &self.facility);
        facts.set_time("occurred_at", Some(self.admitted_at));
        facts.set_time("admitted_at", Some(self.admitted_at));
        facts.set_time("discharged_at", self.discharged_at);
        facts
    }

    /// The inpatient record of the part of this stay that begins at `admitted_at`, tied to the entry `number`.
    ///
    /// Nothing of it is paid yet as far as anyone wrote down, and it has no end.
    pub fn linked(&self, number: CensusNumber, admitted_at: Time, total: Money) -> Record {
        let mut facts = self.facts.clone();
        if facts.get("first_admitted_at").is_none() {
            facts.set_time("first_admitted_at", Some(self.admitted_at));
        }
        facts.set_text("linked_census", &number.to_string());
        Record {
            record_no: self.record_no.clone(),
            facility: self.facility.clone(),
            kind: Kind::Inpatient,
            line: self.line.clone(),
            person: self.person.clone(),
            insured_area: self.insured_area.clone(),
            insurance: self.insurance.clone(),
            person_group: self.person_group.clone(),
            occurred_at: admitted_at,
            admitted_at: Some(admitted_at),
            discharged_at: None,
            applied_on: None,
            department: self.department.clone(),
            doctor: self.doctor.clone(),
            diagnosis_code: String::new(),
            diagnosis_name: String::new(),
            total,
            paid: None,
            pay_method: None::<PayMethod>,
            receipt_no: String::new(),
            facts,
            note: String::new(),
            lines: Vec::new(),
        }
    }
}

/// The number of an entry as people see it: `C-0001`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CensusNumber(pub i64);

/// A text that is no such number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CensusNumberError {
    /// As given.
    pub text: String,
}

impl fmt::Display for CensusNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("C-{:04}", self.0))
    }
}

impl FromStr for CensusNumber {
    type Err = CensusNumberError;

    /// Reads `C-0001`, also `c-1`, `c1` and `1`.
    fn from_str(text: &str) -> Result<CensusNumber, CensusNumberError> {
        let plain = text.trim();
        let count =
            plain.strip_prefix(['C', 'c']).map_or(plain, |rest| rest.strip_prefix('-').unwrap_or(rest));
        let digits = !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit());
        let number = if digits { count.parse().ok() } else { None };
        let number = number.filter(|number: &i64| *number > 0);
        number.map(CensusNumber).ok_or_else(|| CensusNumberError { text: text.to_owned() })
    }
}

impl fmt::Display for CensusNumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what(Lang::En))
    }
}

impl std::error::Error for CensusNumberError {}

impl Explain for CensusNumberError {
    fn what(&self, lang: Lang) -> String {
        match lang {
            Lang::Zh => format!("“{}”不是在院名册的编号", self.text),
            Lang::En => format!("`{}` is not a number of the census", self.text),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        lang.pick(
            "编号如 C-0001，见 guazhang census list",
            "a number is such as C-0001; see guazhang census list",
        )
        .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_their_shapes() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("C-0001",  Some("C-0001")),
            ("c-1",     Some("C-0001")),
            (" C12 ",   Some("C-0012")),
            ("7",       Some("C-0007")),
            ("C-10000", Some("C-10000")),
            ("C-0",     None),
            ("A1-0001", None),
            ("C--1",    None),
            ("",        None),
        ];
        for (text, want) in cases {
            let got = text.parse::<CensusNumber>().ok().map(|number| number.to_string());
            assert_eq!(got.as_deref(), want, "{text}");
        }
    }
}
