//! What is asked of a record, kind by kind: the same questions on the full
//! screen and line by line.
//!
//! Every question answers one column of `records.csv`. The floor is name, time,
//! amount and receipt; what else a notice must know for its decision is asked
//! only then. How an answer is read stands in `reading`.

use crate::domain::{FactKind, Kind, terms};
use crate::intake::RECORD_COLUMNS;
use crate::text::{Lang, Words};
use crate::work::Law;

/// How an answer is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Free text, with what was typed before and the catalogue to choose from.
    Text,
    /// A number that is text; full-width digits are taken.
    Number,
    /// A resident identity number, or that of another document.
    IdNo,
    /// A time of day.
    Time,
    /// A day.
    Day,
    /// Yuan.
    Money,
    /// One word of a closed list.
    Word,
    /// Yes or no.
    Flag,
    /// Several words of a list.
    Papers,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The column it answers: `total`, `fact:NAME`.
    pub column: String,
    /// A short word for the screen.
    pub label: Words,
    /// How the answer is read.
    pub answer: Answer,
    /// Nothing is written down without it; of a receipt one may say twice that there is none.
    pub floor: bool,
    /// Asked of everybody; else only kept in reach.
    pub main: bool,
}

impl Question {
    /// The word for the screen.
    pub fn label(&self, lang: Lang) -> &str {
        self.label.pick(lang)
    }
}

/// Column, Chinese, English.
type Asked = (&'static str, &'static str, &'static str);

const PERSON: &[Asked] =
    &[("name", "姓名", "name"), ("id_no", "证件号码", "identity no."), ("phone", "电话", "phone")];
const VISIT: &[Asked] = &[("occurred_at", "发生时间", "time")];
const STAY: &[Asked] =
    &[("admitted_at", "入院时间", "admitted"), ("discharged_at", "出院时间", "discharged")];
const APPLICATION: &[Asked] = &[("line", "备案事项", "filing"), ("applied_on", "申请日期", "applied on")];
const MONEY: &[Asked] = &[
    ("total", "总额", "total"),
    ("paid", "已付", "paid"),
    ("pay_method", "支付方式", "paid by"),
    ("receipt_no", "票据号", "receipt"),
];
const COVER: &[Asked] = &[("insurance", "险种", "insurance"), ("locality", "参保就医", "locality")];
const DEPARTMENT: &[Asked] = &[("department", "科室", "department")];
const LINE: &[Asked] = &[("line", "业务", "line")];
const ILLNESS: &[Asked] = &[("diagnosis_name", "诊断", "diagnosis")];
const REST: &[Asked] = &[
    ("insured_area", "参保地", "insured area"),
    ("papers", "留存材料", "papers kept"),
    ("id_type", "证件类型", "document"),
    ("record_no", "院内单号", "own number"),
    ("note", "备注", "note"),
];

/// The questions of a kind, in the order in which they are asked.
pub fn questions(kind: Kind) -> Vec<Question> {
    let (main, rest): (&[&[Asked]], &[&[Asked]]) = match kind {
        Kind::Outpatient => (&[PERSON, VISIT, MONEY, COVER, DEPARTMENT], &[LINE, ILLNESS, REST]),
        Kind::Purchase => (&[PERSON, VISIT, MONEY, COVER], &[LINE, ILLNESS, REST]),
        Kind::Inpatient => (&[PERSON, STAY, MONEY, COVER, DEPARTMENT], &[LINE, ILLNESS, REST]),
        Kind::Filing => (&[PERSON, APPLICATION, COVER], &[ILLNESS, REST]),
    };
    let of = |asked: &[&[Asked]], main: bool| -> Vec<Question> {
        asked.iter().copied().flatten().map(|asked| question(kind, asked, main)).collect()
    };
    let mut all = of(main, true);
    all.extend(of(rest, false));
    all
}

fn question(kind: Kind, (column, zh, en): &Asked, main: bool) -> Question {
    let floor = match *column {
        "name" | "occurred_at" => true,
        "total" | "receipt_no" => kind != Kind::Filing,
        "admitted_at" => kind == Kind::Inpatient,
        "applied_on" | "line" => kind == Kind::Filing,
        _ => false,
    };
    Question { column: (*column).to_owned(), label: Words::new(zh, en), answer: answer(column), floor, main }
}

fn answer(column: &str) -> Answer {
    match column {
        "id_no" => Answer::IdNo,
        "phone" | "insured_area" | "record_no" | "receipt_no" => Answer::Number,
        "occurred_at" | "admitted_at" | "discharged_at" => Answer::Time,
        "applied_on" => Answer::Day,
        "total" | "paid" => Answer::Money,
        "line" | "insurance" | "pay_method" | "locality" | "id_type" => Answer::Word,
        "papers" => Answer::Papers,
        _ => Answer::Text,
    }
}

/// The column that a fact is written in.
pub fn column_of(fact: &str) -> String {
    match fact {
        "payment_method" => "pay_method".to_owned(),
        known if RECORD_COLUMNS.iter().any(|column| column.id == known) => known.to_owned(),
        other => format!("fact:{other}"),
    }
}

/// The question for a fact that a decision still needs.
pub fn question_for(fact: &str, law: &Law) -> Question {
    let own = law.notices().iter().flat_map(crate::notice::Notice::declared_facts);
    let declared = own.into_iter().find(|(name, ..)| *name == fact);
    let label = match (terms::find(terms::FACT_WORDS, fact), declared) {
        (Some((zh, en)), _) | (None, Some((_, _, zh, en))) => Words::new(zh, en),
        (None, None) => Words::new(fact, fact),
    };
    let kind = law.fact_kind(fact).unwrap_or(FactKind::Text);
    let flag = kind == FactKind::Flag && declared.is_none();
    let label =
        if flag { Words::new(&format!("是否{}", label.zh), &format!("{}?", label.en)) } else { label };
    let answer = match kind {
        FactKind::Flag => Answer::Flag,
        FactKind::Time => Answer::Time,
        FactKind::List => Answer::Papers,
        FactKind::Number => Answer::Number,
        FactKind::Text if fact == "locality" => Answer::Word,
        FactKind::Text => Answer::Text,
    };
    Question { column: column_of(fact), label, answer, floor: false, main: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_asks_for_its_floor_first_and_for_nothing_twice() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            (Kind::Outpatient, vec!["name", "occurred_at", "total", "receipt_no"]),
            (Kind::Purchase,   vec!["name", "occurred_at", "total", "receipt_no"]),
            (Kind::Inpatient,  vec!["name", "admitted_at", "total", "receipt_no"]),
            (Kind::Filing,     vec!["name", "line", "applied_on"]),
        ];
        for (kind, floor) in cases {
            let asked = questions(kind);
            let of_floor: Vec<_> = asked
                .iter()
                .filter(|question| question.floor)
                .map(|question| question.column.as_str())
                .collect();
            assert_eq!(of_floor, floor, "{kind:?}");
            assert!(asked.iter().filter(|question| question.floor).all(|question| question.main), "{kind:?}");
            let mut columns: Vec<_> = asked.iter().map(|question| &question.column).collect();
            assert!(columns.iter().all(|id| RECORD_COLUMNS.iter().any(|column| column.id == id.as_str())));
            columns.sort();
            columns.dedup();
            assert_eq!(columns.len(), asked.len(), "{kind:?}");
        }
    }

    #[test]
    fn a_fact_is_asked_in_its_own_column() {
        assert_eq!(column_of("payment_method"), "pay_method");
        assert_eq!(column_of("prepaid"), "prepaid");
        assert_eq!(column_of("first_admitted_at"), "fact:first_admitted_at");
    }
}
