//! Conditions and moments in words, both languages, for the wall page.
//!
//! The words are built from what a notice says; a notice's own titles, where it
//! has them, stand beside. Nothing is rendered here.

use super::condition::{Bound, Condition, Slot, Test};
use super::model::Notice;
use super::moment::{Finish, InStop, Moment, Period, Point, Roll, Unit};
use super::raw::Stamp;
use crate::domain::terms::{FACT_WORDS, PAPERS, VALUE_WORDS, find};
use crate::domain::{Kind, known_insurance};
use crate::text::{Label, Lang, Words};

fn fact(notice: &Notice, slot: Slot, lang: Lang) -> String {
    let fact = &notice.facts[slot];
    let own = lang.pick(&fact.title, if fact.title_en.is_empty() { &fact.title } else { &fact.title_en });
    match find(FACT_WORDS, &fact.name) {
        Some((zh, en)) => lang.pick(zh, en).to_owned(),
        None if own.is_empty() => fact.name.clone(),
        None => own.to_owned(),
    }
}

fn value(name: &str, word: &str, lang: Lang) -> String {
    if let ("kind", Ok(kind)) = (name, word.parse::<Kind>()) {
        return kind.label(lang).to_owned();
    }
    if let ("insurance", Some(insurance)) = (name, known_insurance(word)) {
        return lang.pick(insurance.zh, insurance.en).to_owned();
    }
    find(VALUE_WORDS, word).map_or_else(|| word.to_owned(), |(zh, en)| lang.pick(zh, en).to_owned())
}

fn joined(parts: &[String], lang: Lang) -> String {
    parts.join(lang.pick("、", " or "))
}

/// A paper in words.
pub(super) fn paper(notice: &Notice, id: &str) -> Words {
    let one = |id: &str| {
        let own = notice.papers.iter().find(|paper| paper.id == id && !paper.title.is_empty());
        match (own, find(PAPERS, id)) {
            (Some(own), _) => Words::new(&own.title, &own.title_en),
            (None, Some((zh, en))) => Words::new(zh, en),
            (None, None) => Words::new(id, id),
        }
    };
    Words::said(|lang| {
        let each: Vec<String> = id.split('|').map(|id| one(id).pick(lang).to_owned()).collect();
        each.join(lang.pick(" 或 ", " or "))
    })
}

/// A condition in words; empty where it always holds.
pub(super) fn condition(notice: &Notice, condition: &Condition) -> Words {
    Words::said(|lang| said(notice, condition, lang))
}

fn said(notice: &Notice, condition: &Condition, lang: Lang) -> String {
    let each = |parts: &[Condition]| parts.iter().map(|part| said(notice, part, lang)).collect::<Vec<_>>();
    match condition {
        Condition::All(parts) => each(parts).join(lang.pick("，", ", ")),
        Condition::Any(parts) => format!("（{}）", each(parts).join(lang.pick(" 或 ", " or "))),
        Condition::Not(inner) => match lang {
            Lang::Zh => format!("除外：{}", said(notice, inner, lang)),
            Lang::En => format!("except: {}", said(notice, inner, lang)),
        },
        Condition::Fact(slot, test) => {
            let name = fact(notice, *slot, lang);
            test_said(notice, *slot, test, &name, lang)
        }
    }
}

fn test_said(notice: &Notice, slot: Slot, test: &Test, name: &str, lang: Lang) -> String {
    let id = notice.facts[slot].name.as_str();
    let words =
        |list: &[String]| joined(&list.iter().map(|word| value(id, word, lang)).collect::<Vec<_>>(), lang);
    let zh = lang == Lang::Zh;
    let with = |sign_zh: &str, sign_en: &str, rest: String| {
        if zh { format!("{name}{sign_zh}{rest}") } else { format!("{name} {sign_en} {rest}") }
    };
    match test {
        Test::Known(true) => {
            if zh {
                format!("已知{name}")
            } else {
                format!("{name} known")
            }
        }
        Test::Known(false) => {
            if zh {
                format!("无{name}")
            } else {
                format!("no {name}")
            }
        }
        Test::Flag(true) => name.to_owned(),
        Test::Flag(false) => {
            if zh {
                format!("非{name}")
            } else {
                format!("not {name}")
            }
        }
        Test::OneOf(list) => {
            if zh {
                format!("{name}：{}", words(list))
            } else {
                format!("{name}: {}", words(list))
            }
        }
        Test::Within(areas) => with("在", "within", words(areas)),
        Test::StartsWith(start) => with("以之开头：", "starts with", start.clone()),
        Test::NumberIn(numbers) => {
            with("＝", "=", numbers.iter().map(i64::to_string).collect::<Vec<_>>().join("/"))
        }
        Test::AtLeast(number) => with("≥", "≥", number.to_string()),
        Test::AtMost(number) => with("≤", "≤", number.to_string()),
        Test::Before(bound) => with("早于", "before", bound_said(notice, bound, lang)),
        Test::After(bound) => with("晚于", "after", bound_said(notice, bound, lang)),
        Test::From(bound) => with("不早于", "from", bound_said(notice, bound, lang)),
        Test::Until(bound) => with("不晚于", "until", bound_said(notice, bound, lang)),
        Test::OnDay(days) => {
            with("为", "on", days.iter().map(ToString::to_string).collect::<Vec<_>>().join("/"))
        }
        Test::InYear(years) => {
            with("在年度", "in", years.iter().map(i32::to_string).collect::<Vec<_>>().join("/"))
        }
        Test::EarlierYearThan(other) => {
            with("的年度早于", "in an earlier year than", fact(notice, *other, lang))
        }
        Test::SameYearAs(other) => with("的年度同", "in the year of", fact(notice, *other, lang)),
        Test::DaysSince { of, at_least, at_most } => {
            let bounds: Vec<String> = [("≥", at_least), ("≤", at_most)]
                .iter()
                .filter_map(|(sign, days)| days.map(|days| format!("{sign}{days}")))
                .collect();
            let (of, bounds) = (fact(notice, *of, lang), bounds.join(" "));
            if zh {
                format!("{of}至{name}天数{bounds}")
            } else {
                format!("days from {of} to {name} {bounds}")
            }
        }
        Test::HasAny(list) => with("含", "has", words(list)),
        Test::HasAll(list) => with("均含", "has all of", words(list)),
    }
}

fn bound_said(notice: &Notice, bound: &Bound, lang: Lang) -> String {
    match *bound {
        Bound::Moment(ref moment) => moment_said(notice, moment, lang),
        Bound::Stamp(stamp) => stamp_said(stamp),
        Bound::Fact(slot) => fact(notice, slot, lang),
        Bound::Resumed(_) => lang.pick("恢复", "the resumption").to_owned(),
        Bound::Suspended(_) => lang.pick("停机", "the stop").to_owned(),
    }
}

fn stamp_said(stamp: Stamp) -> String {
    match stamp {
        Stamp::Day(day) => day.to_string(),
        Stamp::At(time) => time.short(),
    }
}

/// A moment in words.
pub(super) fn moment(notice: &Notice, moment: &Moment) -> Words {
    Words::said(|lang| moment_said(notice, moment, lang))
}

fn moment_said(notice: &Notice, moment: &Moment, lang: Lang) -> String {
    let zh = lang == Lang::Zh;
    let each = |all: &[Moment]| all.iter().map(|one| moment_said(notice, one, lang)).collect::<Vec<_>>();
    let point = |at: &Point| point_said(notice, at, lang);
    let said = match moment {
        Moment::NotStated => lang.pick("未载明", "not stated").to_owned(),
        Moment::Agency => lang.pick("按经办机构规定", "as the agency sets it").to_owned(),
        Moment::Stated(stamp) => stamp_said(*stamp),
        Moment::Point(at) => point(at),
        Moment::JustBefore(at) => {
            if zh {
                format!("{}之前", point(at))
            } else {
                format!("before {}", point(at))
            }
        }
        Moment::Count { count, unit, from, .. } => {
            let (n, unit, from) = (count.abs(), unit_said(*unit, lang), point(from));
            match (zh, *count < 0) {
                (true, false) => format!("{from}后 {n} {unit}内"),
                (true, true) => format!("{from}前 {n} {unit}"),
                (false, false) => format!("{n} {unit} after {from}"),
                (false, true) => format!("{n} {unit} before {from}"),
            }
        }
        Moment::EndOf { period, of, months_later, .. } => {
            let (period, of) = (period_said(*period, lang), point(of));
            match (zh, months_later) {
                (true, 0) => format!("{of}当{period}末"),
                (true, n) => format!("{of} {n} 个月后的{period}末"),
                (false, 0) => format!("end of the {period} of {of}"),
                (false, n) => format!("end of the {period} {n} months after {of}"),
            }
        }
        Moment::DayOfMonth { day, of, months_later, .. } => {
            let of = point(of);
            if zh {
                format!("{of} {months_later} 个月后当月 {day} 日")
            } else {
                format!("day {day} of the month {months_later} months after {of}")
            }
        }
        Moment::ByYear { years, of } => {
            let listed: Vec<String> =
                years.iter().map(|(year, m)| format!("{year}: {}", moment_said(notice, m, lang))).collect();
            format!("{}（{}）", listed.join("; "), point(of))
        }
        Moment::Earliest(all) => {
            format!("{} {}", lang.pick("以最早者为准：", "the earliest of"), each(all).join(" / "))
        }
        Moment::Latest(all) => {
            format!("{} {}", lang.pick("以最晚者为准：", "the latest of"), each(all).join(" / "))
        }
        Moment::Cases(cases) => {
            let one = |(when, moment): &(Condition, Moment)| {
                let (when, moment) = (self::said(notice, when, lang), moment_said(notice, moment, lang));
                if when.is_empty() { moment } else { format!("{when} → {moment}") }
            };
            cases.iter().map(one).collect::<Vec<_>>().join("; ")
        }
    };
    match moment {
        Moment::Count { finish, .. } | Moment::EndOf { finish, .. } | Moment::DayOfMonth { finish, .. } => {
            format!("{said}{}", finish_said(notice, finish, lang))
        }
        _ => said,
    }
}

fn finish_said(notice: &Notice, finish: &Finish, lang: Lang) -> String {
    let at = finish.at.map(|at| format!(" {}", at.format("%H:%M")));
    let roll = finish.roll.map(|roll| match roll {
        Roll::Next => lang.pick("（遇休息日顺延）", " (or the next working day)").to_owned(),
        Roll::Previous => lang.pick("（遇休息日提前）", " (or the working day before)").to_owned(),
    });
    let in_stop = finish.in_stop.as_ref().map(|in_stop| match in_stop {
        InStop::ByItsLength => {
            lang.pick("（落在停机期内的顺延同等时间）", " (longer by the stop it falls into)").to_owned()
        }
        InStop::Instead(moment) => {
            let moment = moment_said(notice, moment, lang);
            match lang {
                Lang::Zh => format!("（落在停机期内的：{moment}）"),
                Lang::En => format!(" (if it falls into the stop: {moment})"),
            }
        }
    });
    [at, roll, in_stop].into_iter().flatten().collect()
}

fn point_said(notice: &Notice, point: &Point, lang: Lang) -> String {
    match *point {
        Point::Moment(ref moment) => moment_said(notice, moment, lang),
        Point::Stamp(stamp) => stamp_said(stamp),
        Point::Fact(slot) => fact(notice, slot, lang),
        Point::Resumed(_) => lang.pick("恢复", "the resumption").to_owned(),
        Point::Suspended(_) => lang.pick("停机", "the stop").to_owned(),
        Point::AsOf => lang.pick("今天", "today").to_owned(),
    }
}

fn unit_said(unit: Unit, lang: Lang) -> &'static str {
    match unit {
        Unit::Minutes => lang.pick("分钟", "minutes"),
        Unit::Hours => lang.pick("小时", "hours"),
        Unit::Days => lang.pick("日", "days"),
        Unit::WorkingDays => lang.pick("个工作日", "working days"),
        Unit::Weeks => lang.pick("周", "weeks"),
        Unit::Months => lang.pick("个月", "months"),
        Unit::Years => lang.pick("年", "years"),
    }
}

fn period_said(period: Period, lang: Lang) -> &'static str {
    match period {
        Period::Day => lang.pick("日", "day"),
        Period::Week => lang.pick("周", "week"),
        Period::Month => lang.pick("月", "month"),
        Period::Quarter => lang.pick("季度", "quarter"),
        Period::HalfYear => lang.pick("半年", "half-year"),
        Period::Year => lang.pick("年", "year"),
    }
}
