//! The questions of a record, line by line: for `add` on a terminal, for plain
//! terminals and for screen readers. They are the questions of the full screen.
//!
//! An answer is checked when it is given; Enter keeps what stands in brackets,
//! `<` goes back to the question before, `-` takes an answer away. Nothing is
//! written down here.

use crate::cli::Failure;
use crate::domain::{CertNo, Kind, Money};
use crate::intake::{Fault, SheetError};
use crate::report::{Format, print_decision};
use crate::text::{Explain, Label, Lang};
use crate::work::counter::{
    Answer, Counter, Question, Reading, column_of, lacks_said, list, question_for, questions,
};
use std::io::{BufRead, Write};

/// Somebody who answers.
pub(super) struct Prompts<'a> {
    input: &'a mut dyn BufRead,
    out: &'a mut dyn Write,
    lang: Lang,
}

impl<'a> Prompts<'a> {
    pub(super) fn new(input: &'a mut dyn BufRead, out: &'a mut dyn Write, lang: Lang) -> Prompts<'a> {
        Prompts { input, out, lang }
    }

    pub(super) fn lang(&self) -> Lang {
        self.lang
    }

    /// Says something.
    pub(super) fn say(&mut self, text: &str) -> Result<(), Failure> {
        Ok(writeln!(self.out, "{text}")?)
    }

    /// Asks for a line; `None` where the input has ended.
    pub(super) fn line(&mut self, ask: &str) -> Result<Option<String>, Failure> {
        write!(self.out, "{ask}")?;
        self.out.flush()?;
        let mut answer = String::new();
        let read = self.input.read_line(&mut answer)?;
        Ok((read > 0).then(|| answer.trim().to_owned()))
    }

    /// Asks for yes or no; Enter is `default`.
    pub(super) fn yes(&mut self, zh: &str, en: &str, default: bool) -> Result<bool, Failure> {
        let ask = self.lang.pick(zh, en).to_owned();
        let answer = self.line(&ask)?.ok_or_else(Failure::interrupted)?;
        Ok(match answer.to_lowercase().as_str() {
            "" => default,
            answer => matches!(answer, "y" | "yes" | "是" | "s"),
        })
    }
}

/// One question with its answer so far, as it was typed.
struct Asked {
    question: Question,
    typed: String,
}

/// What the answers make together, so far.
struct Record<'c, 'l> {
    counter: &'c Counter<'l>,
    kind: Kind,
    given: Vec<(String, String)>,
    asked: Vec<Asked>,
    lang: Lang,
}

/// Asks for a record; `given` are cells that need no question. Gives its cells.
///
/// # Errors
/// Interrupted where the input ends instead of an answer.
pub(super) fn record(
    counter: &Counter<'_>,
    prompts: &mut Prompts<'_>,
    kind: Kind,
    given: &[(String, String)],
) -> Result<Vec<(String, String)>, Failure> {
    let mut record = Record { counter, kind, given: given.to_vec(), asked: Vec::new(), lang: prompts.lang };
    let open = |question: &Question| given.iter().all(|(column, _)| *column != question.column);
    let (main, rest): (Vec<_>, Vec<_>) = questions(kind).into_iter().filter(open).partition(|q| q.main);
    let lang = prompts.lang;
    prompts.say(lang.pick(
        "回车保留括号内的值或留空，< 回上一项，- 清除",
        "Enter keeps what is in brackets or leaves it empty, < goes back, - takes away",
    ))?;
    record.put(prompts, main)?;
    record.put_needs(prompts)?;
    let names: Vec<&str> = rest.iter().map(|question| question.label(lang)).collect();
    let names = names.join(lang.pick("、", ", "));
    let more = match lang {
        Lang::Zh => format!("还要填写{names}吗？（y/N）"),
        Lang::En => format!("anything more ({names})? (y/N) "),
    };
    if !rest.is_empty() && prompts.yes(&more, &more, false)? {
        record.put(prompts, rest)?;
        record.put_needs(prompts)?;
    }
    let look = counter.look(&record.cells(), &[]);
    if let Some(decision) = look.decision {
        print_decision(&decision, prompts.out, Format::Table, lang, 100)?;
    }
    if !look.lacks.is_empty() {
        prompts.say(&lacks_said(&look.lacks, lang))?;
    }
    Ok(record.cells())
}

impl Record<'_, '_> {
    fn reading(&self) -> Reading<'_> {
        Reading {
            now: self.counter.now(),
            kind: self.kind,
            choices: self.counter.choices(),
            lang: self.lang,
            asked_papers: &[],
        }
    }

    fn cells(&self) -> Vec<(String, String)> {
        let mut cells = vec![("kind".to_owned(), self.kind.id().to_owned())];
        cells.extend(self.given.iter().cloned());
        for asked in &self.asked {
            let cell = self.cell(asked);
            if !cell.is_empty() {
                cells.push((asked.question.column.clone(), cell));
            }
        }
        cells
    }

    fn cell(&self, asked: &Asked) -> String {
        let all = asked.question.column == "paid" && matches!(asked.typed.trim(), "=" | "＝" | "全");
        if all {
            let total = self.asked.iter().find(|other| other.question.column == "total");
            let of_asked = total.map(|total| self.reading().cell(&total.question, &total.typed));
            let of_given =
                || self.given.iter().find(|(column, _)| column == "total").map(|(_, text)| text.clone());
            return of_asked.or_else(of_given).unwrap_or_default();
        }
        self.reading().cell(&asked.question, &asked.typed)
    }

    /// Asks what the decision still needs, once each.
    fn put_needs(&mut self, prompts: &mut Prompts<'_>) -> Result<(), Failure> {
        loop {
            let decision = self.counter.look(&self.cells(), &[]).decision;
            let needs = decision.map_or_else(Vec::new, |decision| decision.needs);
            let known = |column: &str| {
                self.asked.iter().any(|asked| asked.question.column == column)
                    || self.given.iter().any(|(given, _)| given == column)
                    || matches!(column, "kind" | "facility")
            };
            let open: Vec<Question> = needs
                .iter()
                .filter(|fact| !known(&column_of(fact)))
                .map(|fact| question_for(fact, self.counter.law()))
                .collect();
            if open.is_empty() {
                return Ok(());
            }
            self.put(prompts, open)?;
        }
    }

    /// Puts questions one after the other, back and forth.
    fn put(&mut self, prompts: &mut Prompts<'_>, asked: Vec<Question>) -> Result<(), Failure> {
        let first = self.asked.len();
        let count = asked.len();
        for question in asked {
            let typed = match question.column.as_str() {
                "occurred_at" | "applied_on" => self.reading().shown(&question, "now"),
                _ => String::new(),
            };
            self.asked.push(Asked { question, typed });
        }
        let mut at = first;
        while at < first + count {
            at = match self.put_one(prompts, at)? {
                Turn::Next => at + 1,
                Turn::Back => at.saturating_sub(1).max(first),
                Turn::Again => at,
            };
        }
        Ok(())
    }

    fn put_one(&mut self, prompts: &mut Prompts<'_>, at: usize) -> Result<Turn, Failure> {
        let ask = self.prompt(at);
        let answer = prompts.line(&ask)?.ok_or_else(Failure::interrupted)?;
        let before = self.asked[at].typed.clone();
        match answer.as_str() {
            "<" | "《" | "＜" => return Ok(Turn::Back),
            "" => {}
            "-" => self.asked[at].typed.clear(),
            typed => self.asked[at].typed = self.written_out(at, typed),
        }
        let (question, typed) = (&self.asked[at].question, &self.asked[at].typed);
        if typed.is_empty() && question.floor && question.column != "receipt_no" {
            prompts.say(self.lang.pick("这一项不能为空", "this one must be answered"))?;
            self.asked[at].typed = before;
            return Ok(Turn::Again);
        }
        if let Some(fault) = self.fault(at) {
            prompts.say(&format!("  {fault}"))?;
            self.asked[at].typed = before;
            return Ok(Turn::Again);
        }
        if let Some(remark) = self.remark(at) {
            prompts.say(&format!("  {remark}"))?;
        }
        Ok(Turn::Next)
    }

    fn written_out(&self, at: usize, typed: &str) -> String {
        match self.asked[at].question.column.as_str() {
            "paid" => typed.to_owned(),
            _ => self.reading().shown(&self.asked[at].question, typed),
        }
    }

    /// `险种 (职工…, 居民…) [居民…]: `.
    fn prompt(&self, at: usize) -> String {
        let Asked { question, typed } = &self.asked[at];
        let reading = self.reading();
        let star = if question.floor { "*" } else { "" };
        let closed = matches!(question.answer, Answer::Word | Answer::Flag);
        let names: Vec<&str> = if closed {
            let all = reading.choices.of(self.kind, list(question));
            all.iter().take(6).map(|choice| choice.name(self.lang)).collect()
        } else {
            Vec::new()
        };
        let choices = match (names.is_empty(), self.lang) {
            (true, _) => String::new(),
            (false, Lang::Zh) => format!("（{}）", names.join("、")),
            (false, Lang::En) => format!(" ({})", names.join(", ")),
        };
        let kept = if typed.is_empty() { String::new() } else { format!(" [{typed}]") };
        format!("{star}{}{choices}{kept}{}", question.label(self.lang), self.lang.pick("：", ": "))
    }

    /// What is wrong with the answer just given, in words.
    fn fault(&self, at: usize) -> Option<String> {
        let asked = &self.asked[at];
        if asked.typed.is_empty() {
            return None;
        }
        let Err(SheetError::Refused(faults)) = self.counter.look(&self.cells(), &[]).draft else {
            return None;
        };
        let fault: Fault = faults.into_iter().find(|fault| fault.column == asked.question.column)?;
        Some(format!("{}{}{}", fault.what(self.lang), self.lang.pick("；", "; "), fault.hint(self.lang)))
    }

    /// What helps to see that the answer was understood.
    fn remark(&self, at: usize) -> Option<String> {
        let asked = &self.asked[at];
        let cell = self.cell(asked);
        match asked.question.answer {
            Answer::Money => cell.parse::<Money>().ok().map(Money::capitals),
            Answer::IdNo => {
                let number = CertNo::read(&cell, self.counter.now()).ok()?;
                let sex = if number.gender() == "1" {
                    self.lang.pick("男", "male")
                } else {
                    self.lang.pick("女", "female")
                };
                number.birth().map(|birth| format!("{birth} {sex}"))
            }
            _ if cell.is_empty() => None,
            _ => {
                let shown = self.reading().shown(&asked.question, &asked.typed);
                (shown != asked.typed).then_some(shown)
            }
        }
    }
}

/// Where to go after an answer.
enum Turn {
    Next,
    Back,
    Again,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Actor, Time};
    use crate::notice::Calendar;
    use crate::store::{Founding, Guard, Ledger, LoadedNotice, Mode};
    use crate::work::Law;

    /// What is said and what comes of it, for the lines that someone types.
    fn played(kind: Kind, given: &[(&str, &str)], lines: &str) -> (String, Vec<(String, String)>) {
        let folder = tempfile::tempdir().unwrap();
        let now: Time = "2021-10-22T09:05:00".parse().unwrap();
        let actor = Actor { operator: "Wang".into(), at: now };
        let founding =
            Founding { facility: "H14090200001".into(), name: "示例".into(), station: "A1".into() };
        let mut ledger =
            Ledger::create(&folder.path().join("a.db"), &founding, &actor, &Guard::Open).unwrap().0;
        let text = crate::notice::builtin_text("xinzhou-2021").unwrap().to_owned();
        let notice = LoadedNotice { id: "xinzhou-2021".into(), text };
        ledger.write(&actor, Mode::Keep, |w| w.add_notice(&notice)).unwrap();
        let law = Law::read(&ledger.books(), Calendar::built_in()).unwrap();
        let clock = || now;
        let counter = Counter::open(&mut ledger, &law, "Wang", &clock, &[]).unwrap();
        let given: Vec<_> = given.iter().map(|(c, t)| ((*c).to_owned(), (*t).to_owned())).collect();
        let (mut input, mut out) = (lines.as_bytes(), Vec::new());
        let mut prompts = Prompts::new(&mut input, &mut out, Lang::En);
        let cells = record(&counter, &mut prompts, kind, &given).unwrap();
        (String::from_utf8(out).unwrap(), cells)
    }

    fn cell<'a>(cells: &'a [(String, String)], column: &str) -> Option<&'a str> {
        cells.iter().find(|(name, _)| name == column).map(|(_, text)| text.as_str())
    }

    #[test]
    fn one_record_by_questions() {
        let lines = "\n王小𠮷\n119900\n１１９９００１９４９１２３１００２Ｘ\n\n8:30\n126.5\n=\nwx\n00412\njm\nlocal\nnk\n\n";
        let (said, cells) = played(Kind::Outpatient, &[], lines);
        assert!(said.contains("this one must be answered"), "{said}");
        assert!(said.contains("has 18 characters"), "{said}");
        assert!(said.contains("1949-12-31 female"), "{said}");
        assert!(said.contains("壹佰贰拾陆元伍角整"), "{said}");
        assert!(said.contains("refund and resettle") || said.contains("waits for resumption"), "{said}");
        assert!(!said.contains("paid in full?"), "the payment is known: {said}");
        #[rustfmt::skip] // the columns are the point
        let want = [
            ("name", "王小𠮷"), ("id_no", "11990019491231002X"), ("occurred_at", "2021-10-22T08:30:00"),
            ("total", "126.50"), ("paid", "126.50"), ("pay_method", "wechat"), ("receipt_no", "00412"),
            ("locality", "local"),
        ];
        for (column, text) in want {
            assert_eq!(cell(&cells, column), Some(text), "{column}");
        }
    }

    #[test]
    fn one_can_go_back_and_what_was_given_is_not_asked() {
        let given = [("name", "赵明远"), ("total", "12.00"), ("receipt_no", "00413"), ("locality", "local")];
        let lines = "\n13900000001\n<\n13900000002\n\n12\n\n\n\n\n";
        let (said, cells) = played(Kind::Purchase, &given, lines);
        assert!(!said.contains("*name"), "{said}");
        assert_eq!(cell(&cells, "phone"), Some("13900000002"));
        assert_eq!(cell(&cells, "name"), Some("赵明远"));
    }

    #[test]
    fn an_input_that_ends_is_an_interruption() {
        let result = std::panic::catch_unwind(|| played(Kind::Filing, &[], "林小满\n"));
        assert!(result.is_err(), "the record is not made of what is missing");
    }
}
