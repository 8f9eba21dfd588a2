//! Words that hospital systems write where the platform has codes: document
//! types, insurance types, business lines.
//!
//! Only words with one meaning stand here. Anything else is refused by the
//! reader and can be given in a column map.

use crate::domain::{known_insurance, terms};
use std::borrow::Cow;

/// Codes of `psn_cert_type`; some regions add longer ones, which are taken as they are.
const ID_TYPES: &[&str] = &[
    "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15", "16", "17",
    "90", "99",
];

const ID_TYPE_WORDS: &[(&str, &str)] = &[
    ("居民身份证", "01"),
    ("身份证", "01"),
    ("户口簿", "01"),
    ("居民身份证（户口簿）", "01"),
    ("居民身份证(户口簿)", "01"),
    ("军官证", "02"),
    ("外国人永久居留证", "07"),
    ("外国人护照", "08"),
    ("中国护照", "16"),
    ("港澳台居民居住证", "17"),
    ("社会保障卡", "90"),
    ("其他", "99"),
    ("其他身份证件", "99"),
];

const INSURANCE_WORDS: &[(&str, &str)] = &[
    ("职工", "310"),
    ("职工医保", "310"),
    ("城镇职工", "310"),
    ("离休", "340"),
    ("居民", "390"),
    ("居民医保", "390"),
    ("城乡居民", "390"),
    ("生育", "510"),
];

const LINE_WORDS: &[(&str, &str)] = &[
    ("普通", "ordinary"),
    ("普通门诊", "ordinary"),
    ("普通住院", "ordinary"),
    ("慢特病", "chronic"),
    ("门诊慢特病", "chronic"),
    ("门慢", "chronic"),
    ("两病", "two_disease"),
    ("急诊", "emergency"),
    ("生育", "maternity"),
    ("精神", "psychiatric"),
    ("精神病", "psychiatric"),
    ("外伤", "accident"),
    ("意外伤害", "accident"),
    ("谈判药", "negotiated_drug"),
    ("国谈药", "negotiated_drug"),
    ("转诊", "referral"),
    ("转院", "referral"),
    ("异地就医", "offsite"),
    ("急诊入院", "emergency_admission"),
    ("慢特病认定", "chronic_enrolment"),
    ("长期照护", "long_term_care"),
    ("长护险", "long_term_care"),
];

/// Codes of `med_chrgitm_type`.
const CATEGORIES: &[&str] =
    &["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14"];

/// The code of a table that a text means: itself, or the only one that it becomes with leading zeros.
fn padded(codes: &[&'static str], text: &str) -> Option<&'static str> {
    if let Some(code) = codes.iter().find(|code| **code == text) {
        return Some(code);
    }
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let bare = text.trim_start_matches('0');
    let mut fit = codes.iter().filter(|code| code.len() > text.len() && code.trim_start_matches('0') == bare);
    fit.next().filter(|_| digits && fit.next().is_none()).copied()
}

/// A charge category; whatever is none of the table's stays as it stands.
pub(super) fn category(text: &str) -> &str {
    padded(CATEGORIES, text).unwrap_or(text)
}

/// A document type as two digits; empty is 01, and one digit is a code that lost its zero.
pub(super) fn id_type(text: &str) -> Option<Cow<'static, str>> {
    if text.is_empty() {
        return Some(Cow::Borrowed("01"));
    }
    let code = padded(ID_TYPES, text).or_else(|| word(ID_TYPE_WORDS, text));
    let local = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    code.map(Cow::Borrowed).or_else(|| local.then(|| Cow::Owned(text.to_owned())))
}

/// An insurance type as three digits, also from its name.
pub(super) fn insurance(text: &str) -> Option<&'static str> {
    if let Some(known) = known_insurance(text) {
        return Some(known.code);
    }
    let named = || {
        (300..600)
            .filter_map(|code: u32| known_insurance(&code.to_string()))
            .find(|known| known.zh == text || known.en.eq_ignore_ascii_case(text))
            .map(|known| known.code)
    };
    word(INSURANCE_WORDS, text).or_else(named)
}

/// The id of a business line's Chinese word; any other text as it is.
pub(super) fn line(text: &str) -> &str {
    if text.is_ascii() { text } else { word(LINE_WORDS, text).or_else(|| value(text)).unwrap_or(text) }
}

/// The id of the word that a form offers for a value, such as 本地参保本地就医; any other text is none.
pub(super) fn value(text: &str) -> Option<&'static str> {
    by_chinese(terms::VALUE_WORDS, text)
}

/// The id of a paper's Chinese word.
pub(super) fn paper(text: &str) -> Option<&'static str> {
    by_chinese(terms::PAPERS, text)
}

fn by_chinese(terms: terms::Terms, text: &str) -> Option<&'static str> {
    if text.is_ascii() {
        return None;
    }
    terms.iter().find(|(_, zh, _)| *zh == text).map(|(id, ..)| *id)
}

fn word(words: &'static [(&str, &str)], text: &str) -> Option<&'static str> {
    words.iter().find(|(theirs, _)| *theirs == text).map(|(_, ours)| *ours)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BUSINESS_LINES, Kind};

    #[test]
    fn words_become_codes() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            (id_type("").map(Cow::into_owned),        Some("01")),
            (id_type("1").map(Cow::into_owned),       Some("01")),
            (id_type("身份证").map(Cow::into_owned),   Some("01")),
            (id_type("990102").map(Cow::into_owned),  Some("990102")),
            (id_type("18").map(Cow::into_owned),      None),
            (id_type("护照").map(Cow::into_owned),     None), // Chinese or foreign, nobody can tell
            (insurance("310").map(str::to_owned),     Some("310")),
            (insurance("居民").map(str::to_owned),     Some("390")),
            (insurance("职工基本医疗保险").map(str::to_owned), Some("310")),
            (insurance("31").map(str::to_owned),      None),
            (Some(line("两病").to_owned()),            Some("two_disease")),
            (Some(line("chronic").to_owned()),        Some("chronic")),
        ];
        for (got, want) in cases {
            assert_eq!(got.as_deref(), want);
        }
    }

    #[test]
    fn a_code_is_padded_only_where_one_fits() {
        #[rustfmt::skip] // the columns are the point
        let cases: &[(&[&'static str], &str, Option<&str>)] = &[
            (&["01", "02", "10"],   "1",   Some("01")),
            (&["01", "02", "10"],   "01",  Some("01")),
            (&["01", "001"],        "1",   None), // two fit, nobody can tell
            (&["0000", "0001"],     "0",   Some("0000")),
            (&["10"],               "1",   None),
            (&["01"],               "001", None),
            (&["01"],               "",    None),
        ];
        for (codes, text, want) in cases {
            assert_eq!(padded(codes, text), *want, "{text}");
        }
    }

    #[test]
    fn every_word_leads_to_a_line_that_exists() {
        for (_, id) in LINE_WORDS {
            assert!(BUSINESS_LINES.iter().any(|(_, lines)| lines.contains(id)), "{id}");
        }
        assert_eq!(BUSINESS_LINES[0].0, Kind::Outpatient);
    }
}
