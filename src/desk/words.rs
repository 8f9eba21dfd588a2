//! What the screen says: the decision in a few lines, the hint below the form.
//!
//! Texts only, each as wide as it is; the screen cuts them to its size.

use crate::desk::form::{Field, Form};
use crate::domain::{CertNo, Decision, Money, Record, Time, WayBack};
use crate::intake::Fault;
use crate::report::words;
use crate::text::{Explain, Label, Lang};
use crate::work::counter::{Answer, Choice, Reading};

/// What stands between two things that are said.
pub(super) fn between(lang: Lang) -> &'static str {
    lang.pick("；", "; ")
}

/// What stands behind the name of a thing.
pub(super) fn colon(lang: Lang) -> &'static str {
    lang.pick("：", ": ")
}

/// The decision, most important line first.
pub(super) fn decision(decision: &Decision, lang: Lang) -> Vec<String> {
    let mut lines = vec![headline(decision, lang)];
    lines.extend(decision.options.iter().map(|way| way_back(way, lang)));
    if !decision.needs.is_empty() {
        lines.push(format!(
            "{}{}",
            lang.pick("还需要知道：", "still to be known: "),
            words(&decision.needs, lang)
        ));
    }
    if let Some(way) = decision.best() {
        if !way.missing_papers.is_empty() {
            let missing = words(&way.missing_papers, lang);
            lines.push(format!("{}{missing}", lang.pick("尚缺材料：", "papers missing: ")));
        } else if !way.papers.is_empty() {
            lines.push(format!(
                "{}{}",
                lang.pick("材料齐全：", "papers complete: "),
                words(&way.papers, lang)
            ));
        }
        if let Some(refused) = &way.refused {
            lines.push(format!("{}{refused}", lang.pick("不予办理：", "refused: ")));
        }
    }
    for conflict in &decision.conflicts {
        lines.push(format!("{}{conflict}", lang.pick("相互矛盾：", "contradiction: ")));
    }
    lines
}

fn headline(decision: &Decision, lang: Lang) -> String {
    let status = decision.status.label(lang);
    if decision.notice.is_empty() {
        return format!("{}{}{status}", lang.pick("无适用通告", "no notice applies"), between(lang));
    }
    let inside = if decision.in_window {
        lang.pick("停机时段内", "inside the stop")
    } else {
        lang.pick("不在停机时段内", "outside the stop")
    };
    format!("{}{}{inside}{}{status}", decision.notice, colon(lang), between(lang))
}

fn way_back(way: &WayBack, lang: Lang) -> String {
    let star = if way.provisional { "*" } else { "" };
    let mut parts = vec![way.route.label(lang).to_owned(), way.status.label(lang).to_owned()];
    parts.extend(way.place.map(|place| place.label(lang).to_owned()));
    if let Some(at) = way.opens_at {
        parts.push(format!("{}{}{star}", lang.pick("起 ", "from "), at.short()));
    }
    parts.push(match way.due_at {
        Some(at) if at == at.day().end() => format!("{}{}{star}", lang.pick("截止 ", "until "), at.day()),
        Some(at) => format!("{}{}{star}", lang.pick("截止 ", "until "), at.short()),
        None => format!("{}{}", lang.pick("截止 ", "until "), way.due_basis.label(lang)),
    });
    format!("> {}", parts.join("  "))
}

/// A fault without its column, which the form shows.
pub(super) fn fault(fault: &Fault, lang: Lang) -> String {
    let what = fault.what(lang);
    let bare = what
        .strip_prefix(&fault.column)
        .map_or(what.as_str(), |rest| rest.trim_start_matches([':', '：', ' ']));
    let hint = match fault.reason {
        // The field is there; no flag is to be given.
        crate::intake::FaultReason::Missing => String::new(),
        _ => format!("{}{}", between(lang), fault.hint(lang)),
    };
    format!("{bare}{hint}")
}

/// What helps with the field under the cursor; `record` is what could be read so far.
pub(super) fn hint(form: &Form, reading: &Reading<'_>, record: Option<&Record>) -> String {
    let field = form.focused();
    let lang = reading.lang;
    let typed = field.edit.text().trim();
    match field.question.answer {
        Answer::IdNo => identity(typed, reading.now, lang),
        Answer::Money => amount(field, record, typed).unwrap_or_else(|| {
            match field.question.column.as_str() {
                "paid" => lang.pick("= 表示全额已付", "= means all of it"),
                _ => "",
            }
            .to_owned()
        }),
        Answer::Time | Answer::Day => Time::spoken(typed, reading.now).map_or_else(
            || {
                lang.pick("如 今天 8:30、昨天、-1、0103、1月3日、now", "as today 8:30, -1, 0103, now")
                    .to_owned()
            },
            Time::short,
        ),
        Answer::Papers if typed.is_empty() && !reading.asked_papers.is_empty() => {
            let asked = words(reading.asked_papers, lang);
            format!("{}{asked}", lang.pick("= 表示齐全：", "= means all of: "))
        }
        _ => choices(form, &form.candidates(reading), lang),
    }
}

/// Birth date, sex and age; or how many characters there are.
fn identity(typed: &str, now: Time, lang: Lang) -> String {
    if typed.is_empty() {
        return String::new();
    }
    match CertNo::read(typed, now) {
        Ok(number) => {
            let sex =
                if number.gender() == "1" { lang.pick("男", "male") } else { lang.pick("女", "female") };
            let birth = number.birth().map_or_else(String::new, |day| day.to_string());
            let age = number.birth().map_or(0, |day| years(&day.to_string(), now));
            match lang {
                Lang::Zh => format!("校验相符  {birth}  {sex}  {age}岁"),
                Lang::En => format!("check fits  {birth}  {sex}  aged {age}"),
            }
        }
        Err(error) => format!("{} ({})", error.what(lang), typed.chars().count()),
    }
}

/// Whole years since a day written as `1965-03-12`; the day and month compare as text.
fn years(birth: &str, now: Time) -> i32 {
    let today = now.day().to_string();
    let year = |day: &str| day.get(..4).and_then(|year| year.parse::<i32>().ok()).unwrap_or(0);
    let before_birthday = today.get(5..) < birth.get(5..);
    year(&today) - year(birth) - i32::from(before_birthday)
}

/// In capitals, once it can be read.
fn amount(field: &Field, record: Option<&Record>, typed: &str) -> Option<String> {
    let of_record = || match field.question.column.as_str() {
        "total" => record.map(|record| record.total).filter(|total| !total.is_zero()),
        _ => record.and_then(|record| record.paid),
    };
    if typed.is_empty() {
        return None;
    }
    typed.parse().ok().or_else(of_record).map(Money::capitals)
}

/// What can be chosen, the marked one in brackets.
fn choices(form: &Form, found: &[&Choice], lang: Lang) -> String {
    let shown = |(at, choice): (usize, &&Choice)| {
        let name = choice.name(lang);
        if form.chosen == Some(at) { format!("[{name}]") } else { name.to_owned() }
    };
    let first = form.chosen.unwrap_or(0) / 6 * 6;
    let names: Vec<String> = found.iter().enumerate().skip(first).take(6).map(shown).collect();
    let more = if found.len() > first + 6 { " ..." } else { "" };
    if names.is_empty() { String::new() } else { format!("{}{more}", names.join("  ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_tells_birth_sex_and_age() {
        let now: Time = "2021-12-30T09:00:00".parse().unwrap();
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("11990019491231002X",  "校验相符  1949-12-31  女  71岁"),
            ("１１９９００１９４９１２３１００２Ｘ", "校验相符  1949-12-31  女  71岁"),
            ("119900194912310021",  "身份证号码校验位不符 (18)"),
            ("1101",                "身份证号码应为 18 位（旧证 15 位） (4)"),
            ("",                    ""),
        ];
        for (typed, want) in cases {
            assert_eq!(identity(typed, now, Lang::Zh), want, "{typed}");
        }
        let birthday: Time = "2021-12-31T00:00:00".parse().unwrap();
        assert_eq!(
            identity("11990019491231002X", birthday, Lang::En),
            "check fits  1949-12-31  female  aged 72"
        );
    }
}
