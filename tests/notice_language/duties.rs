//! Duties: in decisions, for a census before the stop, and on the timeline.

use crate::kit::{HEAD, WINDOW, ask, notice, resumed, time};
use guazhang::notice::{Calendar, EventType, Notice, duties, timeline};

fn census() -> Notice {
    let duty = |action: &str, when: &str, due: &str| {
        format!(
            "[[duty]]\nphase = \"before\"\naction = \"{action}\"\ntitle = \"{action}\"\nwho = \"facility\"\nwhen = {{ kind = \"inpatient\", {when} }}\ndue = {due}\nclause = \"3\"\n"
        )
    };
    let text = format!(
        "{HEAD}{WINDOW}[[rule]]\nid = \"r\"\nclause = \"2\"\nnot_stated = true\n{}{}{}{}{}{}",
        duty("discharge_settle", "dischargeable = true", "2021-10-19T17:00:00"),
        duty(
            "year_end_settle",
            "dischargeable = false, admitted_at = { in_year = 2020 }",
            "2021-10-19T17:00:00"
        ),
        duty(
            "interim_settle",
            "dischargeable = false, line = \"psychiatric\", admitted_at = { in_year = 2021 }",
            "2021-10-19T17:00:00"
        ),
        duty(
            "carry_over",
            "dischargeable = false, line = \"ordinary\", admitted_at = { in_year = 2021 }",
            "2021-10-21"
        ),
        "[[duty]]\nphase = \"after\"\naction = \"call_back\"\ntitle = \"c\"\nwho = \"facility\"\nwhen = {}\ndue = { working_days = 5, after = \"resumed\" }\nclause = \"4\"\n",
        "[[duty]]\nphase = \"before\"\naction = \"reconcile\"\ntitle = \"t\"\nwho = \"agency\"\ndue = 2021-10-19T17:00:00\nclause = \"5\"\n",
    );
    notice(&text)
}

#[test]
fn what_is_asked_for_each_inpatient() {
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // facts                                                                              as_of                 duties                         needs
        (r#""line": "ordinary", "admitted_at": "2021-09-01", "dischargeable": true"#,        "2021-10-18",         "discharge_settle call_back",  ""),
        (r#""line": "ordinary", "admitted_at": "2020-09-01", "dischargeable": false"#,       "2021-10-18",         "year_end_settle call_back",   ""),
        (r#""line": "psychiatric", "admitted_at": "2021-09-01", "dischargeable": false"#,    "2021-10-18",         "interim_settle call_back",    ""),
        (r#""line": "ordinary", "admitted_at": "2021-09-01", "dischargeable": false"#,       "2021-10-18",         "carry_over call_back",        ""),
        (r#""line": "ordinary", "admitted_at": "2021-09-01""#,                               "2021-10-18",         "call_back",                   "dischargeable"),
        // Once it is too late to ask, nobody is asked.
        (r#""line": "ordinary", "admitted_at": "2021-09-01""#,                               "2021-10-22",         "call_back",                   ""),
        // Discharged before the stop: nothing is left to do.
        (r#""line": "ordinary", "admitted_at": "2021-09-01", "discharged_at": "2021-09-09", "dischargeable": true"#, "2021-10-18", "",            ""),
    ];
    for (facts, as_of, wanted, needs) in cases {
        let decision = ask(&census(), &format!(r#"{{ "kind": "inpatient", {facts} }}"#), &[], as_of);
        let actions: Vec<&str> = decision.duties.iter().map(|duty| duty.action.as_str()).collect();
        assert_eq!(
            (actions.join(" "), decision.needs.join(",")),
            (wanted.to_owned(), needs.to_owned()),
            "{facts} {as_of}"
        );
    }
}

#[test]
fn a_duty_moves_with_the_resumption() {
    let facts = r#"{ "kind": "outpatient", "occurred_at": "2021-10-25" }"#;
    #[rustfmt::skip] // the columns are the point
    let cases = [
        (&[][..],                     "2021-11-05T23:59:59"),
        (&["all=2021-11-05T08:00"],   "2021-11-12T23:59:59"),
    ];
    for (back, due) in cases {
        let decision = ask(&census(), facts, back, "2021-11-01");
        assert_eq!(decision.duties[0].due_at, Some(time(due)), "{back:?}");
    }
}

#[test]
fn one_axis_of_time() {
    let notice = census();
    let axis = timeline(
        &[&notice],
        &resumed(&["w@H1=2021-11-01T09:00:00"]),
        &Calendar::built_in(),
        time("2021-10-20"),
    );
    let told: Vec<String> = axis
        .iter()
        .map(|event| {
            let at = event.at.map(|at| at.to_string()).unwrap_or_default();
            let late = if event.overdue { " late" } else { "" };
            format!("{at} {} {}{late}", crate::kit::id(event.event), event.action.as_deref().unwrap_or("-"))
        })
        .collect();
    assert_eq!(
        told,
        [
            "2021-10-19T17:00:00 duty discharge_settle late",
            "2021-10-19T17:00:00 duty year_end_settle late",
            "2021-10-19T17:00:00 duty interim_settle late",
            "2021-10-19T17:00:00 duty reconcile late",
            "2021-10-21T18:00:00 suspension -",
            "2021-10-21T23:59:59 duty carry_over",
            "2021-10-31T22:00:00 resumption -",
            "2021-11-01T09:00:00 resumption -",
            "2021-11-05T23:59:59 duty call_back",
        ]
    );
    let only = duties(&[&notice], &resumed(&[]), &Calendar::built_in(), time("2021-10-20"));
    assert_eq!(only.len(), 6);
    assert!(only.iter().all(|event| event.event == EventType::Duty && !event.clause.is_empty()));
    assert!(only.iter().any(|event| event.provisional), "the call-back hangs on the expected resumption");
}

#[test]
fn the_wall_page_says_it_in_words() {
    let notice = guazhang::notice::builtin("zhangjiagang-2021").expect("built in");
    let page = notice.page();
    assert_eq!((page.id.as_str(), page.year), ("zhangjiagang-2021", 2021));
    assert!(!page.windows.is_empty() && !page.rules.is_empty() && !page.papers.is_empty());
    for rule in &page.rules {
        assert!(
            !rule.clause.is_empty()
                && rule.options.iter().all(|way| !way.due.zh.is_empty() && !way.due.en.is_empty())
        );
    }
}
