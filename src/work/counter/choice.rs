//! What an answer can be chosen from: closed lists, the facility's own
//! catalogue, and what was typed before.
//!
//! A choice is found by its code, by its name, or by the initials of its
//! sounds. Which columns are closed is said by their questions; here a list is
//! a list.

use crate::domain::{BUSINESS_LINES, Kind, PayMethod, known_insurance, terms};
use crate::intake::CatalogueEntry;
use crate::store::Stored;
use crate::text::{Label, Lang, Words, initials_begin};
use std::collections::BTreeMap;

/// One thing to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What goes into the record, or the catalogue's code beside it; may be empty.
    pub code: String,
    /// What a person reads.
    pub name: Words,
}

/// What can be chosen, by column.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    lists: BTreeMap<String, Vec<Choice>>,
}

const INSURANCES: &[&str] =
    &["310", "390", "340", "510", "320", "330", "350", "360", "370", "380", "391", "392", "399", "410"];
const LOCALITIES: &[&str] = &["local", "inbound", "outbound"];
#[rustfmt::skip] // the columns are the point
const DOCUMENTS: &[(&str, &str, &str)] = &[
    ("01", "居民身份证",       "resident identity card"),
    ("02", "军官证",           "officer's card"),
    ("07", "外国人永久居留证", "permanent residence card"),
    ("08", "外国人护照",       "foreign passport"),
    ("16", "中国护照",         "Chinese passport"),
    ("17", "港澳台居民居住证", "residence card of Hong Kong, Macao, Taiwan"),
    ("90", "社会保障卡",       "social security card"),
    ("99", "其他身份证件",     "other document"),
];
/// Columns whose answers of before are offered again.
const REMEMBERED: &[&str] = &["department", "doctor", "diagnosis_name", "insured_area", "person_group"];

impl Choices {
    /// The closed lists, what a catalogue offers, and what `before` (the latest records first) remembers.
    pub fn new(catalogue: &[CatalogueEntry], before: &[Stored]) -> Choices {
        let mut choices = Choices::default();
        for (kind, lines) in BUSINESS_LINES {
            let each = lines.iter().map(|line| of_terms(terms::VALUE_WORDS, line));
            choices.put(&list_of(*kind, "line"), each);
        }
        let known = INSURANCES.iter().filter_map(|code| known_insurance(code));
        choices.put("insurance", known.map(|known| choice(known.code, known.zh, known.en)));
        let methods = PayMethod::ALL.iter();
        choices.put("pay_method", methods.map(|m| choice(m.id(), m.label(Lang::Zh), m.label(Lang::En))));
        choices.put("locality", LOCALITIES.iter().map(|id| of_terms(terms::VALUE_WORDS, id)));
        choices.put("id_type", DOCUMENTS.iter().map(|(code, zh, en)| choice(code, zh, en)));
        choices.put("papers", terms::PAPERS.iter().map(|(id, zh, en)| choice(id, zh, en)));
        choices.put("yes_no", [choice("yes", "是", "yes"), choice("no", "否", "no")].into_iter());
        for entry in catalogue {
            choices.remember(&entry.column, &entry.code, &entry.name);
        }
        for stored in before {
            let record = &stored.record;
            choices.remember("department", "", &record.department);
            choices.remember("doctor", "", &record.doctor);
            choices.remember("diagnosis_name", &record.diagnosis_code, &record.diagnosis_name);
            choices.remember("insured_area", "", &record.insured_area);
            choices.remember("person_group", "", &record.person_group);
        }
        choices
    }

    fn put(&mut self, column: &str, choices: impl Iterator<Item = Choice>) {
        self.lists.insert(column.to_owned(), choices.collect());
    }

    /// Adds what was chosen or typed, unless it is known.
    pub fn remember(&mut self, column: &str, code: &str, name: &str) {
        if name.is_empty() || !REMEMBERED.contains(&column) {
            return;
        }
        let list = self.lists.entry(column.to_owned()).or_default();
        if list.iter().all(|known| known.name.zh != name) {
            list.push(choice(code, name, name));
        }
    }

    /// The choices of a column, where it has any.
    pub fn of(&self, kind: Kind, column: &str) -> &[Choice] {
        let name = list_of(kind, column);
        self.lists.get(&name).map_or(&[], Vec::as_slice)
    }

    /// The choice that letters stand for. In a closed list any will do; where one may write freely, only what begins so.
    pub fn short_for(&self, kind: Kind, column: &str, typed: &str) -> Option<&Choice> {
        let short =
            !typed.is_empty() && typed.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
        let within = if REMEMBERED.contains(&column) { 3 } else { 5 };
        let found = self.found(kind, column, typed);
        found
            .into_iter()
            .next()
            .filter(|choice| short && choice.nearness(typed).is_some_and(|near| near <= within))
    }

    /// The choices that `typed` may mean, the nearest first. Nothing typed means all of them.
    pub fn found(&self, kind: Kind, column: &str, typed: &str) -> Vec<&Choice> {
        let mut near: Vec<(u8, &Choice)> = self
            .of(kind, column)
            .iter()
            .filter_map(|choice| Some((choice.nearness(typed)?, choice)))
            .collect();
        near.sort_by_key(|(nearness, _)| *nearness);
        near.into_iter().map(|(_, choice)| choice).collect()
    }

    /// The choice that `text` names: by its code, or by its name in either language.
    pub fn named(&self, kind: Kind, column: &str, text: &str) -> Option<&Choice> {
        self.of(kind, column).iter().find(|choice| choice.is(text))
    }
}

impl Choice {
    /// Whether `text` names it.
    pub fn is(&self, text: &str) -> bool {
        let same = |own: &str| !own.is_empty() && own.eq_ignore_ascii_case(text.trim());
        same(&self.code) || same(&self.name.zh) || same(&self.name.en)
    }

    /// How near `typed` comes, 0 the nearest; `None` where it means something else.
    fn nearness(&self, typed: &str) -> Option<u8> {
        let typed = typed.trim().to_lowercase();
        if typed.is_empty() {
            return Some(0);
        }
        let Choice { code, name } = self;
        let begins = |text: &str| text.to_lowercase().starts_with(&typed);
        if self.is(&typed) {
            Some(0)
        } else if begins(code) && !code.is_empty() {
            Some(1)
        } else if begins(&name.zh) || begins(&name.en) {
            Some(2)
        } else if initials_begin(&name.zh, &typed) {
            Some(3)
        } else if name.zh.contains(&typed) {
            Some(4)
        } else {
            let mut later = name.zh.char_indices().map(|(at, _)| &name.zh[at..]);
            later.any(|rest| initials_begin(rest, &typed)).then_some(5)
        }
    }

    /// What a person reads.
    pub fn name(&self, lang: Lang) -> &str {
        self.name.pick(lang)
    }
}

fn list_of(kind: Kind, column: &str) -> String {
    match column {
        "line" => format!("line of {}", kind.id()),
        "prepaid" | "dischargeable" | "arrears" | "filed" | "anomaly" => "yes_no".to_owned(),
        other => other.to_owned(),
    }
}

fn choice(code: &str, zh: &str, en: &str) -> Choice {
    Choice { code: code.to_owned(), name: Words::new(zh, en) }
}

fn of_terms(terms: terms::Terms, id: &str) -> Choice {
    let (zh, en) = terms::find(terms, id).unwrap_or((id, id));
    choice(id, zh, en)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choices() -> Choices {
        let entry = |column: &str, code: &str, name: &str| CatalogueEntry {
            column: column.into(),
            code: code.into(),
            name: name.into(),
        };
        let catalogue = [
            entry("department", "0301", "内科"),
            entry("department", "0302", "心血管内科"),
            entry("department", "0401", "外科"),
            entry("diagnosis_name", "J06.9", "上呼吸道感染"),
        ];
        Choices::new(&catalogue, &[])
    }

    #[test]
    fn by_code_by_name_and_by_sound() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("department",     "nk",   vec!["内科", "心血管内科"]),
            ("department",     "内",   vec!["内科", "心血管内科"]),
            ("department",     "03",   vec!["内科", "心血管内科"]),
            ("department",     "xx",   vec!["心血管内科"]),
            ("department",     "",     vec!["内科", "心血管内科", "外科"]),
            ("department",     "儿",   vec![]),
            ("diagnosis_name", "j06",  vec!["上呼吸道感染"]),
            ("diagnosis_name", "shx",  vec!["上呼吸道感染"]),
            ("insurance",      "310",  vec!["职工基本医疗保险"]),
            ("insurance",      "zg",   vec!["职工基本医疗保险"]),
            ("pay_method",     "wx",   vec!["微信"]),
            ("pay_method",     "xj",   vec!["现金"]),
            ("insurance",      "jm",   vec!["城乡居民基本医疗保险", "城镇居民基本医疗保险", "城乡居民大病医疗保险"]),
            ("locality",       "bd",   vec!["本地参保本地就医", "本地参保去异地就医", "异地参保来本地就医"]),
            ("line",           "mz",   vec!["门诊慢特病"]),
            ("prepaid",        "s",    vec!["是"]),
            ("note",           "x",    vec![]),
        ];
        let choices = choices();
        for (column, typed, want) in cases {
            let found = choices.found(Kind::Outpatient, column, typed);
            let names: Vec<_> = found.iter().map(|choice| choice.name(Lang::Zh)).collect();
            assert_eq!(names, want, "{column} {typed}");
        }
    }

    #[test]
    fn what_was_typed_is_remembered_once() {
        let mut choices = choices();
        choices.remember("department", "", "儿科");
        choices.remember("department", "", "儿科");
        choices.remember("name", "", "王小明");
        assert_eq!(choices.of(Kind::Outpatient, "department").len(), 4);
        assert!(
            choices.of(Kind::Outpatient, "name").is_empty(),
            "people are not offered to the next in the queue"
        );
    }

    #[test]
    fn every_line_of_every_kind_can_be_chosen() {
        let choices = choices();
        for (kind, lines) in BUSINESS_LINES {
            for line in *lines {
                assert_eq!(
                    choices.named(*kind, "line", line).map(|choice| choice.code.as_str()),
                    Some(*line)
                );
            }
        }
    }
}
