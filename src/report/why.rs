//! A decision as one paragraph: why this way, from when, until when, with what,
//! and on which clause. For `explain` and for a person at the counter.

use crate::domain::{Basis, Choice, Decision, Status, WayBack};
use crate::report::words::{questions, word, words};
use crate::text::{Label, Lang};

/// Why a decision is as it is, in one paragraph.
pub fn why(decision: &Decision, lang: Lang) -> String {
    let mut sentences = vec![beginning(decision, lang)];
    let several = decision.options.len() > 1;
    for (at, way) in decision.options.iter().enumerate() {
        let lead = match (several, at, way.choice) {
            (false, ..) => lang.pick("去向：", "Way back: ").to_owned(),
            (true, 0, Choice::First) => lang.pick("首先：", "First: ").to_owned(),
            (true, _, Choice::First) => lang.pick("不成则：", "Failing that: ").to_owned(),
            (true, 0, _) => lang.pick("可选：", "Either: ").to_owned(),
            (true, ..) => lang.pick("或：", "Or: ").to_owned(),
        };
        sentences.push(of_way(lead, way, lang));
    }
    if !decision.needs.is_empty() {
        let needs = questions(&decision.needs, lang);
        sentences.push(match lang {
            Lang::Zh => format!("要下结论还须知道：{needs}。"),
            Lang::En => format!("To decide, this must be known: {needs}."),
        });
    }
    for conflict in &decision.conflicts {
        sentences.push(match lang {
            Lang::Zh => format!("依据相互矛盾，须由人判断：{conflict}。"),
            Lang::En => format!("The sources contradict each other; a person decides: {conflict}."),
        });
    }
    sentences.join(lang.pick("", " "))
}

fn beginning(decision: &Decision, lang: Lang) -> String {
    let Decision { notice, window, status, .. } = decision;
    let window = window.as_deref().unwrap_or_default();
    let status = status.label(lang);
    match (lang, decision.in_window) {
        (Lang::Zh, true) => format!("按通告 {notice}，属停机时段（{window}），今天的状态是“{status}”。"),
        (Lang::En, true) => format!("Under {notice} it falls into the stop ({window}); today: {status}."),
        (Lang::Zh, false) => format!("不在任何已载入通告的停机时段内（{status}）。"),
        (Lang::En, false) => format!("It falls into no stop of the notices in force ({status})."),
    }
}

fn of_way(lead: String, way: &WayBack, lang: Lang) -> String {
    let mut parts = vec![lead + way.route.label(lang)];
    let who = way.owner.map(|owner| owner.label(lang));
    let place = way.place.map(|place| place.label(lang));
    match (who, place, lang) {
        (Some(who), Some(place), Lang::Zh) => parts.push(format!("由{who}在{place}办理")),
        (Some(who), Some(place), Lang::En) => parts.push(format!("done by the {who} at the {place}")),
        (Some(who), None, Lang::Zh) => parts.push(format!("由{who}办理")),
        (Some(who), None, Lang::En) => parts.push(format!("done by the {who}")),
        (None, Some(place), Lang::Zh) => parts.push(format!("在{place}办理")),
        (None, Some(place), Lang::En) => parts.push(format!("done at the {place}")),
        (None, None, _) => {}
    }
    parts.extend(times(way, lang));
    if !way.papers.is_empty() {
        let (papers, missing) = (words(&way.papers, lang), words(&way.missing_papers, lang));
        parts.push(match (lang, way.missing_papers.is_empty()) {
            (Lang::Zh, true) => format!("材料{papers}已齐"),
            (Lang::En, true) => format!("papers at hand: {papers}"),
            (Lang::Zh, false) => format!("需要{papers}，尚缺{missing}"),
            (Lang::En, false) => format!("asks for {papers}, of which {missing} is missing"),
        });
    }
    if let Some(refused) = &way.refused {
        parts.push(match lang {
            Lang::Zh => format!("不予办理，因为{refused}"),
            Lang::En => format!("refused: {refused}"),
        });
    }
    for (effect, value) in &way.effects {
        let value = value.as_str().map_or_else(|| value.to_string(), |text| word(text, lang));
        parts.push(format!("{}{}{value}", word(effect, lang), lang.pick("为", " is ")));
    }
    let said = parts.join(lang.pick("，", ", "));
    match lang {
        Lang::Zh => format!("{said}（依据 {}）。", way.clause),
        Lang::En => format!("{said} (clause {}).", way.clause),
    }
}

fn times(way: &WayBack, lang: Lang) -> Vec<String> {
    let mut parts = Vec::new();
    let about = if way.provisional { lang.pick("预计", "as expected now ") } else { "" };
    match (way.opens_at, way.status) {
        (Some(at), _) => parts.push(match lang {
            Lang::Zh => format!("{about} {} 起", at.short()).trim_start().to_owned(),
            Lang::En => format!("{about}from {}", at.short()),
        }),
        (None, Status::Wait) => {
            parts.push(lang.pick("恢复时间待公布", "from a time still to be announced").to_owned());
        }
        (None, _) => {}
    }
    let basis = way.due_basis.label(lang);
    match (way.due_at, way.due_basis) {
        (Some(at), Basis::Derived) => parts.push(match lang {
            Lang::Zh => format!("截止 {}（{basis}）", at.short()),
            Lang::En => format!("until {} ({basis})", at.short()),
        }),
        (Some(at), _) => parts.push(match lang {
            Lang::Zh => format!("截止 {}", at.short()),
            Lang::En => format!("until {}", at.short()),
        }),
        (None, Basis::NotStated) => {
            parts.push(lang.pick("通告未载明期限", "no deadline is stated").to_owned());
        }
        (None, _) => {}
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Owner, Place, Route};
    use serde_json::{Map, json};

    fn way(route: Route, choice: Choice) -> WayBack {
        WayBack {
            route,
            status: Status::Wait,
            choice,
            place: Some(Place::SameFacility),
            owner: Some(Owner::Patient),
            opens_at: Some("2021-10-31T22:00:00".parse().unwrap()),
            due_at: None,
            due_basis: Basis::NotStated,
            provisional: true,
            papers: vec!["receipt".into()],
            missing_papers: vec!["receipt".into()],
            refused: None,
            effects: Map::new(),
            clause: "三（三）2".into(),
        }
    }

    #[test]
    fn one_paragraph_in_both_languages() {
        let mut second = way(Route::Manual, Choice::First);
        second.effects.insert("benefit_year".into(), json!(2021));
        let decision = Decision {
            schema: 1,
            notice: "xinzhou-2021".into(),
            in_window: true,
            window: Some("settlement".into()),
            status: Status::Wait,
            options: vec![way(Route::Resettle, Choice::First), second],
            duties: Vec::new(),
            needs: vec!["prepaid".into()],
            conflicts: Vec::new(),
        };
        insta::assert_snapshot!(why(&decision, Lang::Zh), @"按通告 xinzhou-2021，属停机时段（settlement），今天的状态是“待系统恢复”。首先：退费重结，由患者在原就诊机构办理，预计 2021-10-31 22:00 起，通告未载明期限，需要收费票据，尚缺收费票据（依据 三（三）2）。不成则：手工报销，由患者在原就诊机构办理，预计 2021-10-31 22:00 起，通告未载明期限，需要收费票据，尚缺收费票据，待遇年度为2021（依据 三（三）2）。要下结论还须知道：是否已垫付。");
        insta::assert_snapshot!(why(&decision, Lang::En), @"Under xinzhou-2021 it falls into the stop (settlement); today: waits for resumption. First: refund and resettle, done by the patient at the same facility, as expected now from 2021-10-31 22:00, no deadline is stated, asks for receipt, of which receipt is missing (clause 三（三）2). Failing that: manual claim, done by the patient at the same facility, as expected now from 2021-10-31 22:00, no deadline is stated, asks for receipt, of which receipt is missing, benefit year is 2021 (clause 三（三）2). To decide, this must be known: whether paid in full.");
    }
}
