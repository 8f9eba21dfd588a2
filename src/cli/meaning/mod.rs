//! What a word of this program means: a stage, a way back, a fact, a field of
//! the platform, or a value of any of its lists.
//!
//! To explain a further kind of word, add a line to [`look_up`], and its ids to [`known`].

mod words;

use crate::batch::fields::{self, Shape};
use crate::domain::terms::{self, Terms};
use crate::domain::{
    Basis, BatchState, BreakState, Choice, EventKind, FACTS, FactKind, Kind, Owner, PaperState, PayMethod,
    Phase, Place, Purpose, Resolution, Right, Role, Route, SealReason, Stage, Status, Verdict,
    known_insurance,
};
use crate::intake::column::SheetKind;
use crate::notice::Notice;
use crate::text::{Label, Lang, Words, nearest};

/// One meaning of a word; a word may have several.
#[derive(Clone, Debug)]
pub(super) struct Meaning {
    /// What kind of word it is.
    pub(super) what: Words,
    /// Its id.
    pub(super) id: String,
    /// Its label.
    pub(super) label: Words,
    /// What it means; empty where the label says it all.
    pub(super) text: Words,
    /// A command to go on with; may be empty.
    pub(super) see: &'static str,
}

/// Every closed list that is explained: the id of the list, and what one of its values is.
macro_rules! lists {
    ($do:ident) => {
        $do! {
            Stage "stage" "阶段" "stage";
            Route "route" "去向" "way back";
            Status "status" "状态" "status";
            Verdict "verdict" "对账结论" "verdict";
            Kind "kind" "类别" "kind";
            PayMethod "pay_method" "支付方式" "means of payment";
            Choice "choice" "去向的关系" "how ways back relate";
            Place "place" "办理地点" "where it is done";
            Owner "owner" "办理人" "who acts";
            Basis "due_basis" "期限的依据" "what a deadline rests on";
            Phase "phase" "事项的时间" "when a duty falls";
            Purpose "purpose" "批次用途" "purpose of a batch";
            BatchState "batch_state" "批次状态" "state of a batch";
            Resolution "how" "差异处理方式" "how a break is resolved";
            BreakState "break_state" "差异状态" "state of a break";
            PaperState "paper_state" "材料状态" "state of a paper";
            Role "role" "角色" "role";
            Right "right" "权限" "right";
            SealReason "seal_reason" "封签原因" "what a seal was made for";
            EventKind "event" "事件" "event";
        }
    };
}

/// Everything that `word` means: ids first, then labels in either language.
pub(super) fn look_up(word: &str) -> Vec<Meaning> {
    let word = word.trim();
    let mut found = Vec::new();
    macro_rules! each {
        ($($list:ident $id:literal $zh:literal $en:literal;)+) => {
            $(if let Ok(value) = word.parse::<$list>() { found.push(of_list($id, $zh, $en, &value)); })+
        };
    }
    lists!(each);
    found.extend(fact(word));
    for (zh, en, table) in TABLES {
        found.extend(term(word, zh, en, table));
    }
    found.extend(insurance(word));
    found.extend(column(word));
    found.extend(field(word));
    found
}

/// What a fact means that a notice declares for itself, by its name or its question.
pub(super) fn declared(word: &str, notice: &Notice) -> Vec<Meaning> {
    let title = notice.title(Lang::Zh);
    let of = |(name, kind, zh, en): (&str, FactKind, &str, &str)| {
        let (zh_kind, en_kind) = kind_words(kind);
        Meaning {
            what: Words::new(&format!("通告的事实（{zh_kind}）"), &format!("fact of a notice ({en_kind})")),
            id: name.to_owned(),
            label: Words::new(zh, en),
            text: Words::new(
                &format!("由通告 {}（{title}）声明。", notice.id()),
                &format!("Declared by the notice {}.", notice.id()),
            ),
            see: "guazhang amend ID --fact NAME=VALUE",
        }
    };
    let word = word.trim();
    notice.declared_facts().filter(|(name, _, zh, en)| [name, zh, en].contains(&&word)).map(of).collect()
}

/// The known words that are nearest to one that means nothing here.
pub(super) fn near(word: &str) -> Vec<&'static str> {
    nearest(word, known())
}

/// Every id that [`look_up`] knows, and the Chinese labels.
fn known() -> Vec<&'static str> {
    let mut known = Vec::new();
    macro_rules! each {
        ($($list:ident $id:literal $zh:literal $en:literal;)+) => {
            $(for value in <$list>::ALL { known.extend([value.id(), value.label(Lang::Zh)]); })+
        };
    }
    lists!(each);
    known.extend(FACTS.iter().map(|(name, _)| *name));
    known.extend(TABLES.iter().flat_map(|(.., table)| table.iter()).flat_map(|(id, zh, _)| [*id, *zh]));
    known.extend(SheetKind::ALL.iter().flat_map(|kind| kind.columns()).map(|column| column.id));
    known.extend(fields::nodes().flat_map(|node| node.fields.iter()).filter_map(|field| match &field.id {
        std::borrow::Cow::Borrowed(id) => Some(*id),
        std::borrow::Cow::Owned(_) => None,
    }));
    known
}

/// Tables of words that notices use, with what one of them is.
const TABLES: &[(&str, &str, Terms)] = &[
    ("材料", "paper", terms::PAPERS),
    ("事项", "duty", terms::ACTIONS),
    ("结果", "effect of a decision", terms::EFFECTS),
    ("责任方", "who acts", terms::WHO),
    ("事实的取值", "value of a fact", terms::VALUE_WORDS),
];

fn of_list(list: &str, zh: &str, en: &str, value: &impl Label) -> Meaning {
    let text = words::text(list, value.id());
    Meaning {
        what: Words::new(zh, en),
        id: value.id().to_owned(),
        label: Words::said(|lang| value.label(lang).to_owned()),
        text: text.map(|text| Words::new(text.2, text.3)).unwrap_or_default(),
        see: text.map_or("", |text| text.4),
    }
}

fn fact(word: &str) -> Option<Meaning> {
    let named = |(name, _): &&(&str, FactKind)| {
        *name == word || terms::find(terms::FACT_WORDS, name).is_some_and(|(zh, en)| zh == word || en == word)
    };
    let (name, kind) = FACTS.iter().find(named)?;
    let (zh, en) = terms::find(terms::FACT_WORDS, name)?;
    let text = words::text("fact", name)?;
    let (zh_kind, en_kind) = kind_words(*kind);
    Some(Meaning {
        what: Words::new(&format!("事实（{zh_kind}）"), &format!("fact ({en_kind})")),
        id: (*name).to_owned(),
        label: Words::new(zh, en),
        text: Words::new(text.2, text.3),
        see: text.4,
    })
}

fn kind_words(kind: FactKind) -> (&'static str, &'static str) {
    match kind {
        FactKind::Text => ("文字或代码", "a word or code"),
        FactKind::Flag => ("是或否", "yes or no"),
        FactKind::Time => ("时间", "a time"),
        FactKind::List => ("若干项", "several words"),
        FactKind::Number => ("整数", "a whole number"),
    }
}

fn term(word: &str, zh: &str, en: &str, table: Terms) -> Option<Meaning> {
    let (id, label_zh, label_en) = table.iter().find(|(id, zh, en)| [id, zh, en].contains(&&word))?;
    Some(Meaning {
        what: Words::new(zh, en),
        id: (*id).to_owned(),
        label: Words::new(label_zh, label_en),
        text: Words::default(),
        see: "",
    })
}

fn insurance(word: &str) -> Option<Meaning> {
    let known = known_insurance(word)?;
    Some(Meaning {
        what: Words::new("险种", "insurance"),
        id: known.code.to_owned(),
        label: Words::new(known.zh, known.en),
        text: Words::default(),
        see: "",
    })
}

/// A column of a sheet, by its id or a Chinese heading.
fn column(word: &str) -> Option<Meaning> {
    let named = |(_, column): &(&SheetKind, &crate::intake::column::Column)| {
        column.id == word || column.zh.contains(&word)
    };
    let all = SheetKind::ALL.iter().flat_map(|kind| kind.columns().iter().map(move |column| (kind, column)));
    let (_, column) = all.into_iter().find(|found| named(found))?;
    let known_as =
        |texts: &[&str]| texts.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>().join(" ");
    let further = known_as(&[column.zh, column.fields].concat());
    Some(Meaning {
        what: Words::new("表格的列", "column of a sheet"),
        id: column.id.to_owned(),
        label: Words::new(column.what(Lang::Zh), column.what(Lang::En)),
        text: Words::new(
            &format!("表头也可写作 {further}。"),
            &format!("Its heading may also be {further}."),
        ),
        see: "guazhang import records --template form.xlsx",
    })
}

/// A field of the platform, and where it stands.
fn field(word: &str) -> Option<Meaning> {
    let all = || fields::nodes().flat_map(|node| node.fields.iter().map(move |field| (node, field)));
    let (_, field) = all().find(|(_, field)| field.id == word)?;
    let mut places: Vec<String> = Vec::new();
    for (node, _) in all().filter(|(_, other)| other.id == word) {
        let place = [node.transaction, node.name].into_iter().filter(|part| !part.is_empty());
        let place = place.collect::<Vec<_>>().join(".");
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let (zh, en) = match field.shape {
        Shape::Text(most) => (format!("文字，最多 {most} 字"), format!("text of at most {most} characters")),
        Shape::Digits(most) => (format!("数字，最多 {most} 位"), format!("at most {most} digits")),
        Shape::Number(digits, places) => (
            format!("数值，{digits} 位，其中小数 {places} 位"),
            format!("a number of {digits} digits, {places} of them decimals"),
        ),
        Shape::Date => ("日期".to_owned(), "a date".to_owned()),
        Shape::DateTime => ("时间".to_owned(), "a time".to_owned()),
        Shape::Words => ("说明文字".to_owned(), "words".to_owned()),
    };
    let (zh_must, en_must) = if field.required { ("，必填", ", required") } else { ("", "") };
    let (zh_codes, en_codes) = match field.codes {
        Some(table) => (format!("，取值见代码表 {table}"), format!(", with the codes of {table}")),
        None => Default::default(),
    };
    let places = places.join(", ");
    Some(Meaning {
        what: Words::new("平台字段", "field of the platform"),
        id: field.id.clone().into_owned(),
        label: Words::new(&field.zh, &field.en),
        text: Words::new(
            &format!("{zh}{zh_must}{zh_codes}；用于 {places}。"),
            &format!("{en}{en_must}{en_codes}; in {places}."),
        ),
        see: "",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_every_kind_are_found() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("pending",         "stage",                  "pending"),
            ("待处理",           "stage",                  "pending"),
            ("backfill",        "way back",               "backfill"),
            ("overdue",         "status",                 "overdue"),
            ("prepaid",         "fact (yes or no)",       "prepaid"),
            ("入院时间",         "fact (a time)",          "admitted_at"),
            ("receipt",         "paper",                  "receipt"),
            ("stock_up",        "duty",                   "stock_up"),
            ("310",             "insurance",              "310"),
            ("medfee_sumamt",   "field of the platform",  "medfee_sumamt"),
            ("record_no",       "column of a sheet",      "record_no"),
            ("cashier",         "role",                   "cashier"),
        ];
        for (word, what, id) in cases {
            let found = look_up(word);
            let fits = found.iter().any(|meaning| meaning.what.en == what && meaning.id == id);
            assert!(fits, "{word}: {found:?}");
        }
        assert!(look_up("refund").len() > 1, "a purpose and a right have this name");
        assert!(look_up("wibble").is_empty());
    }

    #[test]
    fn the_facts_of_every_built_in_notice_are_found() {
        let notices: Vec<_> = crate::notice::builtin_ids().filter_map(crate::notice::builtin).collect();
        let mut seen = 0;
        for notice in notices {
            for (name, ..) in notice.declared_facts() {
                assert!(declared(name, notice).iter().any(|meaning| meaning.id == name), "{name}");
                seen += 1;
            }
        }
        assert!(seen > 0);
    }

    #[test]
    fn a_near_word_is_offered() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("setled",        "settled"),
            ("medfee_sumamnt", "medfee_sumamt"),
            ("prepayd",       "prepaid"),
            ("overdu",        "overdue"),
            ("补录结",         "补录结算"),
        ];
        for (word, likely) in cases {
            assert!(near(word).contains(&likely), "{word}: {:?}", near(word));
        }
        assert!(near("zzzzzz").is_empty());
    }

    #[test]
    fn every_word_that_is_offered_is_known() {
        for word in known() {
            assert!(!look_up(word).is_empty(), "{word}");
        }
    }
}
