//! A decision in words: what a notice says about one record, for a person to read.
//!
//! The JSON form is the value itself; here are its table and its CSV.

use crate::domain::{Basis, Choice, Decision, Time, WayBack};
use crate::report::words::{questions, word, words};
use crate::report::{Cell, Column, Format, Sheet};
use crate::text::{Label, Lang};
use serde_json::Value;
use std::io::{self, Write};

/// Prints a decision; `columns` is the width of the terminal.
///
/// # Errors
/// What `out` answers.
pub fn print_decision(
    decision: &Decision,
    out: &mut dyn Write,
    format: Format,
    lang: Lang,
    columns: usize,
) -> io::Result<()> {
    match format {
        Format::Json => super::print_object(out, decision),
        Format::Csv => sheet(decision).print(out, format, lang, columns),
        Format::Table => print_words(decision, out, lang, columns),
    }
}

/// One row for each way back, everything in it.
fn sheet(decision: &Decision) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::text("route", "去向", "way back"),
        Column::text("status", "状态", "status"),
        Column::text("choice", "选择", "choice"),
        Column::text("place", "地点", "where"),
        Column::text("owner", "办理人", "who"),
        Column::code("opens_at", "起", "from"),
        Column::code("due_at", "截止", "until"),
        Column::text("due_basis", "期限依据", "basis of the deadline"),
        Column::text("provisional", "暂定", "provisional"),
        Column::text("papers", "材料", "papers"),
        Column::text("missing_papers", "缺少材料", "papers missing"),
        Column::text("refused", "不予办理的原因", "why refused"),
        Column::text("clause", "条款", "clause"),
    ]);
    for way in &decision.options {
        sheet.row([
            Cell::word(&way.route),
            Cell::word(&way.status),
            Cell::word(&way.choice),
            Cell::known(way.place, |place| Cell::word(&place)),
            Cell::known(way.owner, |owner| Cell::word(&owner)),
            Cell::known(way.opens_at, Cell::Time),
            Cell::known(way.due_at, Cell::Time),
            Cell::word(&way.due_basis),
            Cell::Flag(way.provisional),
            Cell::List(way.papers.clone()),
            Cell::List(way.missing_papers.clone()),
            Cell::known(way.refused.clone(), Cell::text),
            Cell::text(&way.clause),
        ]);
    }
    sheet
}

fn print_words(decision: &Decision, out: &mut dyn Write, lang: Lang, columns: usize) -> io::Result<()> {
    writeln!(out, "{}", headline(decision, lang))?;
    if !decision.needs.is_empty() {
        let needs = questions(&decision.needs, lang);
        writeln!(out, "{}{needs}", lang.pick("还需要知道：", "still to be known: "))?;
    }
    for conflict in &decision.conflicts {
        writeln!(out, "{}{conflict}", lang.pick("相互矛盾：", "contradiction: "))?;
    }
    if !decision.options.is_empty() {
        writeln!(out)?;
        ways(decision, lang).print(out, Format::Table, lang, columns)?;
    }
    if !decision.duties.is_empty() {
        writeln!(out)?;
        duties(decision, lang).print(out, Format::Table, lang, columns)?;
    }
    Ok(())
}

/// `xinzhou-2021: inside the stop (settlement); open`.
fn headline(decision: &Decision, lang: Lang) -> String {
    let notice = match decision.notice.as_str() {
        "" => lang.pick("无适用通告", "no notice applies"),
        notice => notice,
    };
    let inside = match (decision.in_window, lang) {
        (true, Lang::Zh) => "在停机时段内",
        (true, Lang::En) => "inside the stop",
        (false, Lang::Zh) => "不在停机时段内",
        (false, Lang::En) => "outside the stop",
    };
    let status = decision.status.label(lang);
    match (&decision.window, lang) {
        (Some(window), Lang::Zh) => format!("{notice}：{inside}（{window}）；{status}"),
        (Some(window), Lang::En) => format!("{notice}: {inside} ({window}); {status}"),
        (None, Lang::Zh) => format!("{notice}：{inside}；{status}"),
        (None, Lang::En) => format!("{notice}: {inside}; {status}"),
    }
}

fn ways(decision: &Decision, lang: Lang) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::text("route", "去向", "way back"),
        Column::text("status", "状态", "status"),
        Column::text("place", "地点", "where"),
        Column::text("owner", "办理人", "who"),
        Column::code("from", "起", "from"),
        Column::code("until", "截止", "until"),
        Column::text("clause", "条款", "clause"),
    ]);
    for way in &decision.options {
        let label = |value: Option<&dyn Label>| Cell::known(value, |v| Cell::text(v.label(lang)));
        sheet.row([
            Cell::word(&way.route),
            Cell::word(&way.status),
            label(way.place.as_ref().map(|place| place as &dyn Label)),
            label(way.owner.as_ref().map(|owner| owner as &dyn Label)),
            Cell::known(way.opens_at, |at| Cell::Text(moment(at, way.provisional))),
            Cell::Text(until(way, lang)),
            Cell::text(&way.clause),
        ]);
    }
    for line in notes(decision, lang) {
        sheet.note(line);
    }
    sheet
}

/// A time to the minute; `*` where it hangs on an expected resumption.
fn moment(at: Time, provisional: bool) -> String {
    format!("{}{}", at.short(), if provisional { "*" } else { "" })
}

/// A deadline at the end of a day is that day.
fn deadline(at: Time) -> String {
    if at == at.day().end() { at.day().to_string() } else { at.short() }
}

fn until(way: &WayBack, lang: Lang) -> String {
    let provisional = way.provisional && way.due_basis == Basis::Derived;
    match way.due_at {
        Some(at) => format!("{}{}", deadline(at), if provisional { "*" } else { "" }),
        None if way.due_basis == Basis::NotStated => Basis::NotStated.label(lang).to_owned(),
        None => lang.pick("待定", "not yet known").to_owned(),
    }
}

/// The papers a way asks for, and those of them that are missing.
fn papers(way: &WayBack, lang: Lang) -> Option<String> {
    let asked = Some(words(&way.papers, lang)).filter(|text| !text.is_empty())?;
    let missing = words(&way.missing_papers, lang);
    Some(match lang {
        Lang::Zh if missing.is_empty() => format!("材料 {asked}"),
        Lang::En if missing.is_empty() => format!("papers: {asked}"),
        Lang::Zh if missing == asked => format!("材料 {asked}（均尚缺）"),
        Lang::En if missing == asked => format!("papers: {asked} (none kept yet)"),
        Lang::Zh => format!("材料 {asked}；尚缺 {missing}"),
        Lang::En => format!("papers: {asked}; missing: {missing}"),
    })
}

/// What does not fit a row: papers, refusals, effects, how the ways relate.
fn notes(decision: &Decision, lang: Lang) -> Vec<String> {
    let mut notes = Vec::new();
    let colon = lang.pick("：", ": ");
    for way in &decision.options {
        let route = way.route.label(lang);
        notes.extend(papers(way, lang).map(|papers| format!("{route}{colon}{papers}")));
        if let Some(refused) = &way.refused {
            notes.push(format!("{route}{colon}{}{refused}", lang.pick("不予办理，", "refused, ")));
        }
        for (key, value) in &way.effects {
            notes.push(format!("{route}{colon}{} = {}", word(key, lang), plain(value, lang)));
        }
    }
    if decision.options.len() > 1 {
        let choice = decision.options[0].choice;
        notes.push(
            match choice {
                Choice::First => lang.pick(
                    "以上依次办理，前一项办不了才用下一项",
                    "in this order; the next only where the one before cannot be done",
                ),
                Choice::Any => lang.pick("以上任选其一", "any of these"),
                Choice::Exclusive => {
                    lang.pick("以上只能择一，选定后不可再改", "one of these; it bars the others")
                }
            }
            .to_owned(),
        );
    }
    if decision.options.iter().any(|way| way.provisional) {
        notes.push(
            lang.pick(
                "* 以预计恢复时间推算，实际恢复后以实际为准",
                "* hangs on a resumption that is only expected",
            )
            .to_owned(),
        );
    }
    notes
}

fn plain(value: &Value, lang: Lang) -> String {
    match value {
        Value::Bool(true) => lang.pick("是", "yes").to_owned(),
        Value::Bool(false) => lang.pick("否", "no").to_owned(),
        Value::String(text) => word(text, lang),
        other => other.to_string(),
    }
}

fn duties(decision: &Decision, lang: Lang) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::text("phase", "阶段", "when"),
        Column::text("action", "事项", "what"),
        Column::text("who", "责任方", "who"),
        Column::code("due_at", "截止", "until"),
        Column::text("clause", "条款", "clause"),
    ]);
    for duty in &decision.duties {
        sheet.row([
            Cell::word(&duty.phase),
            Cell::text(word(&duty.action, lang)),
            Cell::text(word(&duty.who, lang)),
            Cell::known(duty.due_at, |at| Cell::Text(deadline(at))),
            Cell::text(&duty.clause),
        ]);
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn decision() -> Decision {
        let value = json!({
            "schema": 1, "notice": "linhai-2023", "in_window": true, "window": "settlement", "status": "wait",
            "options": [
                { "route": "resettle", "status": "wait", "choice": "first", "place": "same_facility", "owner": "patient",
                  "opens_at": "2023-06-05T08:00:00", "due_at": "2023-07-05T23:59:59", "due_basis": "derived", "provisional": true,
                  "papers": ["receipt", "card|e_voucher"], "missing_papers": ["card|e_voucher"], "refused": null,
                  "effects": { "benefit_year": 2023 }, "clause": "二（一）" },
                { "route": "manual", "status": "refused", "choice": "first", "place": null, "owner": null,
                  "opens_at": null, "due_at": null, "due_basis": "not_stated", "provisional": false,
                  "papers": [], "missing_papers": [], "refused": "无票据", "effects": {}, "clause": "二（二）" }],
            "duties": [{ "phase": "after", "action": "call_back", "due_at": null, "who": "facility", "clause": "三" }],
            "needs": ["prepaid"], "conflicts": [] });
        serde_json::from_value(value).unwrap()
    }

    fn printed(format: Format, lang: Lang) -> String {
        let mut out = Vec::new();
        print_decision(&decision(), &mut out, format, lang, 100).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_decision_in_words() {
        insta::assert_snapshot!(printed(Format::Table, Lang::Zh), @r#"
        linhai-2023：在停机时段内（settlement）；待系统恢复
        还需要知道：是否已垫付

        去向      状态        地点        办理人  起                 截止         条款
        --------- ----------- ----------- ------- ------------------ ------------ ---------
        退费重结  待系统恢复  原就诊机构  患者    2023-06-05 08:00*  2023-07-05*  二（一）
        手工报销  不予办理                                           未载明       二（二）

        退费重结：材料 收费票据、社保卡（医保卡）或医保电子凭证；尚缺 社保卡（医保卡）或医保电子凭证
        退费重结：待遇年度 = 2023
        手工报销：不予办理，无票据
        以上依次办理，前一项办不了才用下一项
        * 以预计恢复时间推算，实际恢复后以实际为准

        阶段    事项      责任方    条款
        ------- --------- --------- -----
        恢复后  通知患者  医药机构  三
        "#);
        insta::assert_snapshot!(printed(Format::Table, Lang::En), @r#"
        linhai-2023: inside the stop (settlement); waits for resumption
        still to be known: whether paid in full

        way back      status      where          who      from               until        clause
        ------------- ----------- -------------- -------- ------------------ ------------ ---------
        refund and    waits for   same facility  patient  2023-06-05 08:00*  2023-07-05*  二（一）
        resettle      resumption
        manual claim  refused                                                not stated   二（二）

        refund and resettle: papers: receipt, social security card or electronic voucher; missing: social security card or electronic voucher
        refund and resettle: benefit year = 2023
        manual claim: refused, 无票据
        in this order; the next only where the one before cannot be done
        * hangs on a resumption that is only expected

        when   what                   who       clause
        ------ ---------------------- --------- -------
        after  call the patient back  facility  三
        "#);
        insta::assert_snapshot!(printed(Format::Csv, Lang::En), @r#"
        route,status,choice,place,owner,opens_at,due_at,due_basis,provisional,papers,missing_papers,refused,clause
        resettle,wait,first,same_facility,patient,2023-06-05T08:00:00,2023-07-05T23:59:59,derived,yes,receipt;card|e_voucher,card|e_voucher,,二（一）
        manual,refused,first,,,,,not_stated,no,,,无票据,二（二）
        "#);
    }

    #[test]
    fn json_is_the_decision_itself() {
        let read: Decision = serde_json::from_str(&printed(Format::Json, Lang::Zh)).unwrap();
        assert_eq!(read, decision());
    }
}
