//! Code tables of the platform that every room needs. The wider tables, which
//! only batches check, live with the batches.

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

/// The insurance type of a code; `None` where the table lacks it.
pub fn known_insurance(code: &str) -> Option<&'static Insurance> {
    INSURANCES.iter().find(|insurance| insurance.code == code)
}
