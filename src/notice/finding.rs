//! Findings: what is wrong with a notice as it is written, each with its place in
//! the file and its words in both languages.
//!
//! Nothing is looked for here; the readers and `check` do that and report here.

use crate::text::{Explain, Lang, Places};
use std::fmt;
use std::ops::Range;

/// One thing found in a notice's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What it is.
    pub fault: Fault,
}

/// What can be wrong with a notice's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Not TOML.
    Syntax {
        /// What the reader of TOML says.
        message: String,
    },
    /// A key that the table does not have.
    UnknownKey {
        /// The key as written.
        key: String,
        /// The table it stands in, as in `[[rule]]`.
        table: String,
        /// A key that looks like it.
        near: Option<String>,
        /// All keys of the table.
        known: Vec<String>,
    },
    /// A key that has to be there.
    MissingKey {
        /// One key, or several of which one is needed, joined by ` / `.
        key: String,
        /// The table that lacks it.
        table: String,
    },
    /// A value of another type.
    WrongType {
        /// The key.
        key: String,
        /// What it should be.
        expected: Expected,
        /// What is there.
        text: String,
    },
    /// A word that is not in the list.
    UnknownWord {
        /// The key.
        key: String,
        /// The word as written.
        text: String,
        /// A word that looks like it.
        near: Option<String>,
        /// All words.
        known: Vec<String>,
    },
    /// The same id twice.
    DuplicateId {
        /// The id.
        id: String,
        /// Where it stood first.
        first_line: usize,
    },
    /// A time before one that it has to follow.
    Backwards {
        /// The later key, which comes first.
        key: String,
        /// What it has to follow.
        after: String,
    },
    /// Keys that cannot stand together.
    NotTogether {
        /// One.
        first: String,
        /// The other.
        second: String,
    },
    /// A rule that cannot answer, since an earlier one always does.
    Unreachable {
        /// The rule.
        rule: String,
        /// The rule that always answers before it; where there is none, no window's records come to it.
        by: Option<String>,
    },
    /// Records inside a window that no rule answers.
    NoAnswer {
        /// The window.
        window: String,
        /// The facts of such a record.
        facts: String,
    },
    /// A fact declared and never asked.
    UnusedFact {
        /// Its name.
        name: String,
    },
    /// An option without a word on papers.
    NoPapers {
        /// The option's rule and route.
        option: String,
    },
    /// An option without a word on a deadline.
    NoDue {
        /// The option's rule and route.
        option: String,
    },
    /// A paper or effect that is not in the list.
    UnusualWord {
        /// The key.
        key: String,
        /// The word.
        text: String,
        /// A word that looks like it.
        near: Option<String>,
    },
    /// A clause, title or the like that says nothing.
    Empty {
        /// The key.
        key: String,
    },
}

/// What a value should have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Integer,
    /// A date.
    Date,
    /// A date or a date-time without offset.
    Time,
    /// A table.
    Table,
    /// A list of tables.
    Tables,
    /// A list of texts.
    Texts,
    /// A list of lists of texts.
    TextLists,
    /// A moment.
    Moment,
    /// A point in time by name, date or date-time.
    Point,
    /// A time of day, `17:00`.
    TimeOfDay,
    /// An identifier: letters, digits, `-`, `_`.
    Id,
    /// Six digits.
    Area,
    /// A number above zero.
    Count,
    /// The schema version this program reads.
    Schema,
}

impl Finding {
    /// The notice cannot be used until it is put right; the rest are questions to put to the text again.
    pub fn is_hard(&self) -> bool {
        !matches!(
            self.fault,
            Fault::Unreachable { .. }
                | Fault::NoAnswer { .. }
                | Fault::UnusedFact { .. }
                | Fault::NoPapers { .. }
                | Fault::NoDue { .. }
                | Fault::UnusualWord { .. }
        )
    }
}

impl Fault {
    /// Its identifier in JSON; never translated.
    pub fn code(&self) -> &'static str {
        match self {
            Fault::Syntax { .. } => "syntax",
            Fault::UnknownKey { .. } => "unknown_key",
            Fault::MissingKey { .. } => "missing_key",
            Fault::WrongType { .. } => "wrong_type",
            Fault::UnknownWord { .. } => "unknown_word",
            Fault::DuplicateId { .. } => "duplicate_id",
            Fault::Backwards { .. } => "backwards",
            Fault::NotTogether { .. } => "not_together",
            Fault::Unreachable { .. } => "unreachable",
            Fault::NoAnswer { .. } => "no_answer",
            Fault::UnusedFact { .. } => "unused_fact",
            Fault::NoPapers { .. } => "no_papers",
            Fault::NoDue { .. } => "no_due",
            Fault::UnusualWord { .. } => "unusual_word",
            Fault::Empty { .. } => "empty",
        }
    }
}

impl Expected {
    fn words(self, lang: Lang) -> &'static str {
        match self {
            Expected::Text => lang.pick("文字，如 \"…\"", "a text in quotes"),
            Expected::Flag => lang.pick("true 或 false", "true or false"),
            Expected::Integer => lang.pick("整数", "a whole number"),
            Expected::Date => lang.pick("日期，如 2021-10-21（不加引号）", "a date such as 2021-10-21, without quotes"),
            Expected::Time => lang.pick(
                "日期或时间，如 2021-10-21 或 2021-10-21T18:00:00（北京时间，不加引号和时区）",
                "a date or time such as 2021-10-21 or 2021-10-21T18:00:00 (Beijing time, no quotes, no offset)",
            ),
            Expected::Table => lang.pick("表，如 { … }", "a table, { … }"),
            Expected::Tables => lang.pick("若干表，如 [{ … }] 或 [[…]]", "a list of tables, [{ … }] or [[…]]"),
            Expected::Texts => lang.pick("文字列表，如 [\"…\"]", "a list of texts, [\"…\"]"),
            Expected::TextLists => lang.pick("列表的列表，如 [[\"…\"]]", "a list of lists of texts, [[\"…\"]]"),
            Expected::Moment => lang.pick(
                "期限：日期、时间、\"not_stated\" 或 { days = 30, after = \"resumed\" } 等",
                "a moment: a date, a time, \"not_stated\" or a table such as { days = 30, after = \"resumed\" }",
            ),
            Expected::Point => lang.pick(
                "时点：日期、时间、\"resumed\"、\"suspended\"、时间类事实的名称，或 { … } 推算（条件中不用工作日）",
                "a point: a date, a time, \"resumed\", \"suspended\", the name of a time fact, or a table (in conditions \
                 without working days)",
            ),
            Expected::TimeOfDay => lang.pick("时刻，如 \"17:00\"", "a time of day, \"17:00\""),
            Expected::Id => lang.pick("由字母、数字、-、_ 组成的标识", "an identifier of letters, digits, - and _"),
            Expected::Area => lang.pick("六位行政区划代码", "a six-digit area code"),
            Expected::Count => lang.pick("大于零的整数", "a whole number above zero"),
            Expected::Schema => lang.pick("1", "1"),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what(Lang::En))
    }
}

impl std::error::Error for Finding {}

impl Explain for Finding {
    fn what(&self, lang: Lang) -> String {
        let said = self.fault.what(lang);
        match lang {
            Lang::Zh => format!("第 {} 行第 {} 列：{said}", self.line, self.column),
            Lang::En => format!("line {} column {}: {said}", self.line, self.column),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        self.fault.hint(lang)
    }
}

impl Explain for Fault {
    fn what(&self, lang: Lang) -> String {
        use Fault as F;
        let zh = lang == Lang::Zh;
        match self {
            F::Syntax { message } if zh => format!("不是合法的 TOML：{message}"),
            F::Syntax { message } => format!("not TOML: {message}"),
            F::UnknownKey { key, table, .. } if zh => format!("{table} 中没有“{key}”这一项"),
            F::UnknownKey { key, table, .. } => format!("{table} has no key `{key}`"),
            F::MissingKey { key, table } if zh => format!("{table} 缺少 {key}"),
            F::MissingKey { key, table } => format!("{table} lacks {key}"),
            F::WrongType { key, text, .. } if zh => format!("{key}：不接受 {text}"),
            F::WrongType { key, text, .. } => format!("{key}: {text} does not fit"),
            F::UnknownWord { key, text, .. } if zh => format!("{key}：不认识“{text}”"),
            F::UnknownWord { key, text, .. } => format!("{key}: `{text}` is not known"),
            F::DuplicateId { id, first_line } if zh => format!("“{id}”重复，第 {first_line} 行已有"),
            F::DuplicateId { id, first_line } => format!("`{id}` is there twice, first in line {first_line}"),
            F::Backwards { key, after } if zh => format!("{key} 不晚于 {after}"),
            F::Backwards { key, after } => format!("{key} is not later than {after}"),
            F::NotTogether { first, second } if zh => format!("{first} 与 {second} 不能同时出现"),
            F::NotTogether { first, second } => format!("{first} and {second} cannot stand together"),
            F::Unreachable { rule, by: Some(by) } if zh => {
                format!("规则“{rule}”永远轮不到，“{by}”已全部覆盖")
            }
            F::Unreachable { rule, by: Some(by) } => {
                format!("rule `{rule}` can never answer: `{by}` always answers before it")
            }
            F::Unreachable { rule, by: None } if zh => {
                format!("规则“{rule}”永远轮不到：没有停机事项符合它的条件")
            }
            F::Unreachable { rule, by: None } => {
                format!("rule `{rule}` can never answer: no record of any window comes to it")
            }
            F::NoAnswer { window, facts } if zh => format!("停机时段“{window}”内没有规则回答：{facts}"),
            F::NoAnswer { window, facts } => format!("in window `{window}` no rule answers for {facts}"),
            F::UnusedFact { name } if zh => format!("事实 {name} 声明了但没有用到"),
            F::UnusedFact { name } => format!("fact `{name}` is declared and never asked"),
            F::NoPapers { option } if zh => format!("{option} 没有写材料"),
            F::NoPapers { option } => format!("{option} says nothing of papers"),
            F::NoDue { option } if zh => format!("{option} 没有写期限"),
            F::NoDue { option } => format!("{option} says nothing of a deadline"),
            F::UnusualWord { key, text, .. } if zh => format!("{key}：“{text}”不在常用词中"),
            F::UnusualWord { key, text, .. } => format!("{key}: `{text}` is not a usual word"),
            F::Empty { key } if zh => format!("{key} 是空的"),
            F::Empty { key } => format!("{key} is empty"),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        use Fault as F;
        let pick = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
        match self {
            F::Syntax { .. } => pick("改正后再检查一次", "put it right and check again"),
            F::UnknownKey { near, known, .. } | F::UnknownWord { near, known, .. } => {
                meant(near.as_deref(), known, lang)
            }
            F::MissingKey { .. } => pick("按通告原文补上", "add it as the text says"),
            F::WrongType { expected, .. } => match lang {
                Lang::Zh => format!("应为{}", expected.words(lang)),
                Lang::En => format!("write {}", expected.words(lang)),
            },
            F::DuplicateId { .. } => pick("换一个标识", "give it another id"),
            F::Backwards { .. } => pick("核对通告中的时间", "compare the times with the text"),
            F::NotTogether { .. } => pick("只留其中一项", "keep one of them"),
            F::Unreachable { by: Some(_), .. } => {
                pick("把条件更窄的规则放在前面", "put the narrower rule first")
            }
            F::Unreachable { by: None, .. } => {
                pick("核对它的条件和停机时段的范围", "compare its condition with whom the windows concern")
            }
            F::NoAnswer { .. } => pick(
                "加一条规则；通告确实没写的，写 not_stated = true",
                "add a rule; where the text says nothing, one with not_stated = true",
            ),
            F::UnusedFact { .. } => pick("删去，或写进条件", "remove it, or ask for it in a condition"),
            F::NoPapers { .. } => {
                pick("写 papers；通告没有要求的写 []", "write papers; [] where the text asks for none")
            }
            F::NoDue { .. } => {
                pick("写 due；通告没写的写 \"not_stated\"", "write due; \"not_stated\" where there is none")
            }
            F::UnusualWord { near: Some(near), .. } => match lang {
                Lang::Zh => format!("是否应为 {near}？"),
                Lang::En => format!("did you mean `{near}`?"),
            },
            F::UnusualWord { near: None, .. } => pick(
                "核对拼写；新材料可在 [papers.名称] 声明",
                "check the spelling; a new paper may be declared as [papers.NAME]",
            ),
            F::Empty { .. } => pick("填写，或删去", "fill it in or remove it"),
        }
    }
}

fn meant(near: Option<&str>, known: &[String], lang: Lang) -> String {
    let all = known.join(lang.pick("、", ", "));
    match (near, lang) {
        (Some(near), Lang::Zh) => format!("是否应为 {near}？可用的有：{all}"),
        (Some(near), Lang::En) => format!("did you mean `{near}`? known here: {all}"),
        (None, Lang::Zh) => format!("可用的有：{all}"),
        (None, Lang::En) => format!("known here: {all}"),
    }
}

/// Nobody reads more findings than this; a text that has more is not the notice it was meant to be.
const MOST: usize = 1000;

/// Collects findings of one text and turns offsets into lines and columns.
pub(super) struct Findings<'t> {
    text: &'t str,
    places: Places<'t>,
    found: Vec<Finding>,
}

impl<'t> Findings<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Findings { text, places: Places::of(text), found: Vec::new() }
    }

    pub(super) fn add(&mut self, span: &Range<usize>, fault: Fault) {
        let (line, column) = self.places.at(span.start);
        self.found.push(Finding { line, column, fault });
    }

    /// The line of an offset, from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.places.at(offset).0
    }

    /// What the text has at a span, cut short.
    pub(super) fn text(&self, span: &Range<usize>) -> String {
        let written = self.text.get(span.clone()).unwrap_or_default();
        crate::text::fit(written.lines().next().unwrap_or_default(), 40)
    }

    /// All of them, in the order of the text; of more than [`MOST`] the first, those that keep a notice from being used
    /// before others.
    pub(super) fn into_sorted(mut self) -> Vec<Finding> {
        let place = |finding: &Finding| (finding.line, finding.column);
        if self.found.len() > MOST {
            self.found.sort_by_key(|finding| (!finding.is_hard(), place(finding)));
            self.found.truncate(MOST);
        }
        self.found.sort_by_key(place);
        self.found.dedup();
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_very_many_those_stay_that_keep_a_notice_from_being_used() {
        let text = "a = 1\n".repeat(3 * MOST);
        let mut findings = Findings::new(&text);
        for at in 0..3 * MOST {
            let fault = match at % 2 {
                0 => Fault::UnusedFact { name: at.to_string() },
                _ => Fault::Empty { key: at.to_string() },
            };
            findings.add(&(at * 6..at * 6 + 1), fault);
        }
        let found = findings.into_sorted();
        let (hard, soft) =
            (found.iter().filter(|f| f.is_hard()).count(), found.iter().filter(|f| !f.is_hard()).count());
        assert_eq!((hard, soft), (MOST, 0));
        assert_eq!((found[0].line, found[1].line), (2, 4), "in the order of the text");
    }

    #[test]
    fn columns_count_characters() {
        let mut findings = Findings::new("a = 1\n标题 = 2\n");
        findings.add(&(6 + "标题 ".len()..9), Fault::Empty { key: "x".into() });
        let found = findings.into_sorted();
        assert_eq!((found[0].line, found[0].column), (2, 4));
        assert!(found[0].what(Lang::Zh).starts_with("第 2 行第 4 列"));
    }
}
