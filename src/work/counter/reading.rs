//! What was typed as an answer, and the cell of a sheet that it means.
//!
//! Nothing is refused here: what cannot be read stays as it was typed, and the
//! checks of a sheet then say what is wrong with it.

use crate::domain::{CertNo, Kind, Money, Time};
use crate::text::Lang;
use crate::work::counter::{Answer, Choices, Question};

/// What reading an answer must know besides the answer.
pub struct Reading<'a> {
    /// Now, Beijing time.
    pub now: Time,
    /// What is being written down.
    pub kind: Kind,
    /// What can be chosen.
    pub choices: &'a Choices,
    /// The language in which names are shown.
    pub lang: Lang,
    /// The papers that the decision asks for, by id.
    pub asked_papers: &'a [String],
}

/// What separates one paper from the next.
const BETWEEN: [char; 5] = [';', '；', '、', ',', '，'];

impl Reading<'_> {
    /// The cell that `typed` means.
    pub fn cell(&self, question: &Question, typed: &str) -> String {
        let typed = typed.trim();
        let column = &question.column;
        match question.answer {
            Answer::Text => typed.to_owned(),
            Answer::Number | Answer::Money => half_width(typed),
            Answer::IdNo => match CertNo::read(typed, self.now) {
                Ok(number) => number.as_str().to_owned(),
                Err(_) => half_width(typed),
            },
            Answer::Time => Time::spoken(typed, self.now).map_or(typed.to_owned(), |time| time.to_string()),
            Answer::Day => {
                Time::spoken(typed, self.now).map_or(typed.to_owned(), |time| time.day().to_string())
            }
            Answer::Word | Answer::Flag => {
                self.code(list(question), typed).unwrap_or_else(|| typed.to_owned())
            }
            Answer::Papers if typed == "=" => self.asked_papers.join(";"),
            Answer::Papers => {
                let papers = typed.split(BETWEEN).map(str::trim).filter(|paper| !paper.is_empty());
                papers.map(|paper| self.papers(column, paper)).collect::<Vec<_>>().join(";")
            }
        }
    }

    /// How the answer is shown once it is given: a time as a time, a word for its code. What was abbreviated is written
    /// out: letters that are no word of their own stand for the nearest choice.
    pub fn shown(&self, question: &Question, typed: &str) -> String {
        let typed = typed.trim();
        if typed.is_empty() {
            return String::new();
        }
        match question.answer {
            Answer::Text => match self.meant(&question.column, typed) {
                Some(name) => name,
                None => typed.to_owned(),
            },
            Answer::Word | Answer::Flag => {
                self.meant(list(question), typed).unwrap_or_else(|| typed.to_owned())
            }
            Answer::Time => time_shown(typed, self.now),
            Answer::Money => {
                let plain = half_width(typed);
                plain.parse::<Money>().map_or(plain, |amount| amount.to_string())
            }
            Answer::Papers => {
                let cell = self.cell(question, typed);
                let papers = cell.split(';').filter(|paper| !paper.is_empty());
                let names = papers.map(|paper| self.paper(&question.column, paper));
                names.collect::<Vec<_>>().join(self.lang.pick("、", "; "))
            }
            Answer::Number | Answer::IdNo | Answer::Day => self.cell(question, typed),
        }
    }

    fn code(&self, column: &str, text: &str) -> Option<String> {
        let exact = self.choices.named(self.kind, column, text);
        let found = exact.or_else(|| self.choices.short_for(self.kind, column, text))?;
        Some(found.code.clone())
    }

    /// One paper, or several with blanks between them.
    fn papers(&self, column: &str, text: &str) -> String {
        if let Some(whole) = self.code(column, text) {
            return whole;
        }
        let each = text.split_whitespace();
        each.map(|paper| self.code(column, paper).unwrap_or_else(|| paper.to_owned()))
            .collect::<Vec<_>>()
            .join(";")
    }

    fn paper(&self, column: &str, paper: &str) -> String {
        let name = |id: &str| {
            let known = self.choices.named(self.kind, column, id);
            known.map_or_else(|| id.to_owned(), |choice| choice.name(self.lang).to_owned())
        };
        // Several papers of which one will do: the first stands for them when all are said to be there.
        name(paper.split('|').next().unwrap_or(paper))
    }

    fn meant(&self, column: &str, typed: &str) -> Option<String> {
        let exact = self.choices.named(self.kind, column, typed);
        let found = exact.or_else(|| self.choices.short_for(self.kind, column, typed))?;
        Some(found.name(self.lang).to_owned())
    }
}

/// The list that a question chooses from.
pub fn list(question: &Question) -> &str {
    if question.answer == Answer::Flag { "prepaid" } else { &question.column }
}

/// To the minute, to the second where there are seconds.
fn time_shown(typed: &str, now: Time) -> String {
    match Time::spoken(typed, now) {
        None => typed.to_owned(),
        Some(time) if time == now || time.to_string().ends_with(":00") => time.short(),
        Some(time) => time.platform(),
    }
}

/// Full-width digits, letters and marks as ASCII.
fn half_width(text: &str) -> String {
    let plain = |ch: char| match ch {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(ch) - 0xFEE0).unwrap_or(ch),
        '。' => '.',
        _ => ch,
    };
    text.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::counter::questions;

    #[test]
    fn what_is_typed_what_is_shown_and_what_goes_into_the_cell() {
        let mut choices = Choices::new(&[], &[]);
        choices.remember("department", "", "内科");
        let asked = ["receipt".to_owned(), "card|e_voucher".to_owned()];
        let reading = Reading {
            now: "2021-11-02T09:05:30".parse().unwrap(),
            kind: Kind::Outpatient,
            choices: &choices,
            lang: Lang::Zh,
            asked_papers: &asked,
        };
        #[rustfmt::skip] // the columns are the point
        let cases = [
            // column        typed                  shown                    cell
            ("name",         " 王小明 ",            "王小明",                "王小明"),
            ("department",   "nk",                  "内科",                  "nk"),
            ("department",   "ICU",                 "ICU",                   "ICU"),
            ("department",   "内",                  "内",                    "内"),
            ("id_no",        "１１９９００１９４９１２３１００２ｘ", "11990019491231002X", "11990019491231002X"),
            ("id_no",        "1101",                "1101",                  "1101"),
            ("phone",        "１３９",              "139",                   "139"),
            ("total",        "１２６。５",          "126.50",                "126.5"),
            ("total",        "1,234.5",             "1,234.5",               "1,234.5"),
            ("total",        "12,5",                "12,5",                  "12,5"),
            ("occurred_at",  "昨天 8:30",           "2021-11-01 08:30",      "2021-11-01T08:30:00"),
            ("occurred_at",  "now",                 "2021-11-02 09:05",      "2021-11-02T09:05:30"),
            ("occurred_at",  "2021-11-01 08:30:15", "2021-11-01 08:30:15",   "2021-11-01T08:30:15"),
            ("occurred_at",  "later",               "later",                 "later"),
            ("insurance",    "zg",                  "职工基本医疗保险",      "310"),
            ("insurance",    "390",                 "城乡居民基本医疗保险",  "390"),
            ("insurance",    "职工",                "职工",                  "职工"),
            ("pay_method",   "微信",                "微信",                  "wechat"),
            ("line",         "门诊慢特病",          "门诊慢特病",            "chronic"),
            ("papers",       "sfpj 病历",           "收费票据、病历",        "receipt;medical_record"),
            ("papers",       "收费票据、旧单据",    "收费票据、旧单据",      "receipt;旧单据"),
            ("papers",       "=",                   "收费票据、社保卡（医保卡）", "receipt;card|e_voucher"),
            ("papers",       "POS 签购单；receipt", "POS 签购单、收费票据",  "pos_slip;receipt"),
            ("papers",       "",                    "",                      ""),
        ];
        let all = questions(Kind::Outpatient);
        for (column, typed, shown, cell) in cases {
            let question = all.iter().find(|question| question.column == column).unwrap();
            assert_eq!(reading.shown(question, typed), shown, "{column} {typed}");
            assert_eq!(reading.cell(question, typed), cell, "{column} {typed}");
        }
    }
}
