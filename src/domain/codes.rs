//! Code tables of the platform that every room needs. The wider tables, which
//! only batches check, live with the batches.

use crate::domain::Kind;

/// One insurance type (`insutype`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Insurance {
    /// Three digits.
    pub code: &'static str,
    /// Its name in Chinese.
    pub zh: &'static str,
    /// Its name in English.
    pub en: &'static str,
}

const INSURANCES: &[Insurance] = &[
    Insurance { code: "310", zh: "职工基本医疗保险", en: "employee basic" },
    Insurance { code: "320", zh: "公务员医疗补助", en: "civil servant subsidy" },
    Insurance { code: "330", zh: "大额医疗费用补助", en: "large expense subsidy" },
    Insurance { code: "340", zh: "离休人员医疗保障", en: "retired cadre" },
    Insurance { code: "350", zh: "一至六级残疾军人医疗补助", en: "disabled servicemen" },
    Insurance { code: "360", zh: "老红军医疗保障", en: "Red Army veterans" },
    Insurance { code: "370", zh: "企业补充医疗保险", en: "enterprise supplementary" },
    Insurance { code: "380", zh: "新型农村合作医疗", en: "rural cooperative" },
    Insurance { code: "390", zh: "城乡居民基本医疗保险", en: "resident basic" },
    Insurance { code: "391", zh: "城镇居民基本医疗保险", en: "urban resident basic" },
    Insurance { code: "392", zh: "城乡居民大病医疗保险", en: "resident critical illness" },
    Insurance { code: "399", zh: "其他特殊人员医疗保障", en: "other special groups" },
    Insurance { code: "410", zh: "长期照护保险", en: "long-term care" },
    Insurance { code: "510", zh: "生育保险", en: "maternity" },
];

/// The code of an insurance type as a number, to be compared; zero where it is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Insutype(u16);

impl Insutype {
    /// Reads `insutype`; whatever is not a number is not known.
    pub fn of(text: &str) -> Insutype {
        Insutype(text.trim().parse().unwrap_or_default())
    }

    /// Both are known, and they are not the same.
    pub fn differs_from(self, other: Insutype) -> bool {
        self != other && self != Insutype::default() && other != Insutype::default()
    }
}

impl std::fmt::Display for Insutype {
    /// The code, or nothing where it is not known.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if *self == Insutype::default() { Ok(()) } else { write!(f, "{}", self.0) }
    }
}

/// What a medical category (`med_type`) stands for, as far as the whole country agrees on it.
///
/// Regions add longer codes that begin with the country's two digits; of those that begin with 99, and of the few
/// that name both, nothing is said.
pub fn kind_of_med_type(code: &str) -> Option<Kind> {
    match code.trim().get(..2)? {
        "11" | "12" | "13" | "14" | "16" | "19" | "51" | "81" => Some(Kind::Outpatient),
        "21" | "22" | "23" | "24" | "25" | "26" | "28" | "52" => Some(Kind::Inpatient),
        "18" | "41" | "93" => Some(Kind::Purchase),
        _ => None,
    }
}

/// The insurance type of a code; `None` where the table lacks it.
pub fn known_insurance(code: &str) -> Option<&'static Insurance> {
    INSURANCES.iter().find(|insurance| insurance.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_of_the_country_and_of_regions() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("11",     Some(Kind::Outpatient)),
            ("140104", Some(Kind::Outpatient)),
            ("2101",   Some(Kind::Inpatient)),
            ("52",     Some(Kind::Inpatient)),
            ("41",     Some(Kind::Purchase)),
            ("15",     None),
            ("9901",   None),
            ("1",      None),
            ("门诊",   None),
            ("",       None),
        ];
        for (code, kind) in cases {
            assert_eq!(kind_of_med_type(code), kind, "{code}");
        }
    }

    #[test]
    fn what_is_not_known_differs_from_nothing() {
        let of = Insutype::of;
        assert!(of("310").differs_from(of("390")));
        assert!(!of("310").differs_from(of(" 310")));
        assert!(!of("310").differs_from(of("")) && !of("职工").differs_from(of("390")));
    }
}
