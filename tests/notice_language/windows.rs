//! Windows: for whom, by which time of the record, and how they come back.

use crate::kit::{HEAD, ask, id, notice};

const RULE: &str = "[[rule]]\nid = \"r\"\nclause = \"2\"\n[[rule.option]]\nroute = \"backfill\"\npapers = []\ndue = \"not_stated\"\n";

fn window(lines: &str) -> guazhang::notice::Notice {
    notice(&format!("{HEAD}[[window]]\nid = \"w\"\ntitle = \"w\"\nclause = \"1\"\n{lines}\n{RULE}"))
}

const STOP: &str = "suspended = 2021-10-21T18:00:00\nresumes = 2021-10-31T22:00:00\n";

#[test]
fn the_seconds_around_a_stop() {
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // window                                            occurred_at              in it
        (STOP,                                              "2021-10-21T17:59:59",   false),
        (STOP,                                              "2021-10-21T18:00:00",   true),
        (STOP,                                              "2021-10-31T21:59:59",   true),
        (STOP,                                              "2021-10-31T22:00:00",   false),
        ("suspended = 2021-10-21\nthrough = 2021-10-22",    "2021-10-20T23:59:59",   false),
        ("suspended = 2021-10-21\nthrough = 2021-10-22",    "2021-10-21T00:00:00",   true),
        ("suspended = 2021-10-21\nthrough = 2021-10-22",    "2021-10-22T23:59:59",   true),
        ("suspended = 2021-10-21\nthrough = 2021-10-22",    "2021-10-23T00:00:00",   false),
        ("suspended = 2021-10-21\nresumes = 2021-10-22",    "2021-10-22T00:00:00",   false),
        ("suspended = 2021-10-21",                          "2099-01-01T00:00:00",   true), // to be announced
        ("[[window.span]]\nsuspended = 2021-10-21\nthrough = 2021-10-21\n[[window.span]]\nsuspended = 2021-10-25\nthrough = 2021-10-25",
                                                            "2021-10-21T12:00:00",   true),
        ("[[window.span]]\nsuspended = 2021-10-21\nthrough = 2021-10-21\n[[window.span]]\nsuspended = 2021-10-25\nthrough = 2021-10-25",
                                                            "2021-10-22T12:00:00",   false),
        ("[[window.span]]\nsuspended = 2021-10-21\nthrough = 2021-10-21\n[[window.span]]\nsuspended = 2021-10-25\nthrough = 2021-10-25",
                                                            "2021-10-25T12:00:00",   true),
    ];
    for (lines, occurred, inside) in cases {
        let facts = format!(r#"{{ "kind": "outpatient", "occurred_at": "{occurred}" }}"#);
        let decision = ask(&window(lines), &facts, &[], "2021-12-01");
        assert_eq!(decision.in_window, inside, "{lines} {occurred}");
        assert_eq!(id(decision.status) == "out", !inside, "{lines} {occurred}");
    }
}

#[test]
fn the_time_that_counts() {
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // extra line                        facts                                                                                  in it
        ("",                                r#""kind": "inpatient", "admitted_at": "2021-10-01", "discharged_at": "2021-10-21T17:59:59""#, Some(false)),
        ("",                                r#""kind": "inpatient", "admitted_at": "2021-10-01", "discharged_at": "2021-10-21T18:00:00""#, Some(true)),
        ("",                                r#""kind": "inpatient", "admitted_at": "2021-10-31T21:59:59""#,                         Some(true)),
        ("",                                r#""kind": "inpatient", "admitted_at": "2021-10-31T22:00:00""#,                         Some(false)),
        ("",                                r#""kind": "inpatient", "admitted_at": "2021-10-01", "discharged_at": "2021-11-20""#,   Some(true)), // around the stop
        ("",                                r#""kind": "inpatient", "admitted_at": "2021-10-01""#,                                  Some(true)), // still there
        ("",                                r#""kind": "inpatient""#,                                                               None),
        ("operation = \"admission\"",       r#""kind": "inpatient", "admitted_at": "2021-10-01""#,                                  Some(false)),
        ("operation = \"admission\"",       r#""kind": "inpatient", "admitted_at": "2021-10-22""#,                                  Some(true)),
        ("operation = \"admission\"",       r#""kind": "outpatient", "occurred_at": "2021-10-22""#,                                 Some(false)),
        ("operation = \"settlement\"",      r#""kind": "inpatient", "admitted_at": "2021-10-22", "discharged_at": "2021-11-20""#,   Some(false)),
        ("operation = \"settlement\"",      r#""kind": "inpatient", "admitted_at": "2021-10-01", "discharged_at": "2021-10-22""#,   Some(true)),
        ("operation = \"settlement\"",      r#""kind": "outpatient", "occurred_at": "2021-10-22""#,                                 Some(true)),
        ("",                                r#""kind": "filing", "applied_on": "2021-10-21""#,                                      Some(true)), // its whole day
        ("",                                r#""kind": "filing", "applied_on": "2021-10-20""#,                                      Some(false)),
        ("",                                r#""kind": "filing", "applied_on": "2021-10-31""#,                                      Some(true)),
        ("",                                r#""kind": "filing", "applied_on": "2021-11-01""#,                                      Some(false)),
        ("",                                r#""kind": "filing", "applied_on": "2021-10-21T17:00:00""#,                             Some(false)), // with a time of day
        ("",                                r#""kind": "filing", "occurred_at": "2021-10-22""#,                                     Some(true)),
        ("",                                r#""kind": "filing""#,                                                                  None),
        ("measured_by = \"settled_before_at\"", r#""kind": "outpatient", "occurred_at": "2021-11-20", "settled_before_at": "2021-10-22""#, Some(true)),
        ("measured_by = \"settled_before_at\"", r#""kind": "outpatient", "occurred_at": "2021-10-22", "settled_before_at": "2021-09-22""#, Some(false)),
        ("",                                r#""kind": "outpatient""#,                                                              None),
        ("",                                r#""occurred_at": "2021-10-22""#,                                                       None),
    ];
    for (line, facts, inside) in cases {
        let decision = ask(&window(&format!("{STOP}{line}")), &format!("{{ {facts} }}"), &[], "2021-10-25");
        let got = (id(decision.status) != "undetermined").then_some(decision.in_window);
        assert_eq!(got, inside, "{line} {facts}");
        assert_eq!(decision.needs.is_empty(), inside.is_some(), "{line} {facts} {:?}", decision.needs);
    }
}

#[test]
fn whom_it_concerns() {
    let city = r#"applies = { insured_area = { within = "370200", not_within = ["370281", "370285"] } }"#;
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // applies                                            facts                                                          in it
        (city,                                               r#""insured_area": "370203""#,                                  Some(true)),
        (city,                                               r#""insured_area": "370281""#,                                  Some(false)), // a county left out
        (city,                                               r#""insured_area": "370100""#,                                  Some(false)),
        (city,                                               "",                                                            None),
        (r#"applies = { line = ["ordinary", "chronic"] }"#,  r#""line": "emergency""#,                                       Some(false)),
        (r#"applies = { insurance = { is_not = "390" } }"#,  r#""insurance": "310""#,                                        Some(true)),
        (r#"applies = { insurance = { is_not = "390" } }"#,  r#""insurance": "390""#,                                        Some(false)),
        (r#"applies = { person_group = "retired" }"#,        r#""person_group": "retired""#,                                 Some(true)),
        (r#"applies = { scheme = "rural" }"#,                r#""scheme": "urban""#,                                         Some(false)),
        (r#"applies = { locality = ["inbound", "outbound"] }"#, r#""locality": "inbound""#,                                  Some(true)),
        (r#"applies = { facility = "H1" }"#,                 r#""facility": "H2""#,                                          Some(false)),
    ];
    for (applies, facts, inside) in cases {
        let comma = if facts.is_empty() { "" } else { ", " };
        let facts = format!(r#"{{ "kind": "outpatient", "occurred_at": "2021-10-25"{comma}{facts} }}"#);
        let decision = ask(&window(&format!("{STOP}{applies}")), &facts, &[], "2021-10-25");
        let got = decision.needs.is_empty().then_some(decision.in_window);
        assert_eq!(got, inside, "{applies} {facts}");
    }
}

#[test]
fn how_it_comes_back() {
    const GRADUAL: &str = "suspended = 2021-12-30T20:00:00\nbegins = 2022-01-01\nresumes = 2022-01-02T08:00:00\nresumption = \"gradual\"\n";
    const STEPS: &str = "suspended = 2021-12-30T20:00:00\nresumes = 2022-01-02T08:00:00\n[[window.step]]\nwhen = { facility_level = \"3\" }\nresumes = 2022-01-01\n";
    const OPEN: &str = "suspended = 2021-12-30T20:00:00\nresumption = \"announced\"\n";
    const NO: &[&str] = &[];
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // window   occurred_at            extra fact                  recorded                          in it   status  opens_at                      provisional
        (GRADUAL, "2022-01-01T10:00:00", "",                         NO,                               true,  "wait", Some("2022-01-02T08:00:00"), true),
        (GRADUAL, "2022-01-01T10:00:00", r#", "facility": "H1""#,    &["w@H1=2022-01-01T06:00:00"],    false, "out",  None,                        false),
        (GRADUAL, "2022-01-01T05:00:00", r#", "facility": "H1""#,    &["w@H1=2022-01-01T06:00:00"],    true,  "open", Some("2022-01-01T06:00:00"), false),
        (GRADUAL, "2022-01-01T10:00:00", r#", "facility": "H2""#,    &["w@H1=2022-01-01T06:00:00"],    true,  "wait", Some("2022-01-02T08:00:00"), true),
        (GRADUAL, "2022-01-03T10:00:00", "",                         &["all=2022-01-04T08:00:00"],     true,  "wait", Some("2022-01-04T08:00:00"), false), // later than expected
        (STEPS,   "2022-01-01T10:00:00", r#", "facility_level": "3""#, NO,                             false, "out",  None,                        false),
        (STEPS,   "2022-01-01T10:00:00", r#", "facility_level": "2""#, NO,                             true,  "wait", Some("2022-01-02T08:00:00"), true),
        (OPEN,    "2022-01-01T10:00:00", "",                         NO,                               true,  "wait", None,                        true),
        (OPEN,    "2022-01-01T10:00:00", "",                         &["w=2022-01-01T11:00:00"],       true,  "open", Some("2022-01-01T11:00:00"), false),
        (OPEN,    "2022-01-01T10:00:00", "",                         &["v=2022-01-01T11:00:00"],       true,  "wait", None,                        true), // another window
    ];
    for (lines, occurred, fact, back, inside, status, opens, provisional) in cases {
        let facts = format!(r#"{{ "kind": "outpatient", "occurred_at": "{occurred}"{fact} }}"#);
        let decision = ask(&window(lines), &facts, back, "2022-01-01T12:00:00");
        let way = decision.options.first();
        let got = (
            decision.in_window,
            id(decision.status),
            way.and_then(|way| way.opens_at).map(|at| at.to_string()),
            way.is_some_and(|way| way.provisional),
        );
        assert_eq!(
            got,
            (inside, status.to_owned(), opens.map(str::to_owned), provisional),
            "{lines} {facts}"
        );
    }
}

#[test]
fn steps_may_stop_earlier_and_come_back_to_be_announced() {
    const STEPS: &str = "suspended = 2021-10-21T18:00:00\nresumes = 2021-10-31T22:00:00\n\
        [[window.step]]\nwhen = { line = \"chronic\" }\nsuspended = 2021-10-20\n\
        [[window.step]]\nwhen = { facility = \"H9\" }\nresumption = \"announced\"\n";
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // facts                                  occurred_at             in it  opens_at
        (r#""line": "chronic""#,                 "2021-10-20T00:00:00",  true,  Some("2021-10-31T22:00:00")),
        (r#""line": "chronic""#,                 "2021-10-19T23:59:59",  false, None),
        (r#""line": "ordinary", "facility": "H1""#, "2021-10-21T17:59:59", false, None),
        (r#""line": "ordinary", "facility": "H1""#, "2021-10-21T18:00:00", true, Some("2021-10-31T22:00:00")),
        (r#""line": "ordinary", "facility": "H9""#, "2021-12-01T00:00:00", true, None),
    ];
    for (facts, occurred, inside, opens) in cases {
        let facts = format!(r#"{{ "kind": "outpatient", "occurred_at": "{occurred}", {facts} }}"#);
        let decision = ask(&window(STEPS), &facts, &[], "2021-12-02");
        let opens_at = decision.options.first().and_then(|way| way.opens_at).map(|at| at.to_string());
        assert_eq!((decision.in_window, opens_at.as_deref()), (inside, opens), "{facts}");
    }
}

#[test]
fn an_actual_resumption_counts_for_the_stretch_begun_before_it() {
    let two = window(
        "[[window.span]]\nsuspended = 2021-10-21\nresumes = 2021-10-22\n[[window.span]]\nsuspended = 2021-10-25\nresumes = 2021-10-26\n",
    );
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // occurred_at             recorded                    in it
        ("2021-10-26T10:00:00",   "all=2021-10-26T12:00:00",  true),
        ("2021-10-26T12:00:00",   "all=2021-10-26T12:00:00",  false),
        ("2021-10-22T10:00:00",   "all=2021-10-26T12:00:00",  false),
        ("2021-10-22T10:00:00",   "all=2021-10-22T12:00:00",  true),
        ("2021-10-25T10:00:00",   "all=2021-10-22T12:00:00",  true), // the second is still expected
        ("2021-10-21T10:00:00",   "all=2021-01-01T12:00:00",  true), // long before this stop
    ];
    for (occurred, back, inside) in cases {
        let facts = format!(r#"{{ "kind": "outpatient", "occurred_at": "{occurred}" }}"#);
        assert_eq!(ask(&two, &facts, &[back], "2021-11-01").in_window, inside, "{occurred} {back}");
    }
}

#[test]
fn the_first_window_that_fits_and_what_stays_usable() {
    let text = format!(
        "{HEAD}
[[window]]
id = \"care\"
title = \"care\"
clause = \"1\"
suspended = 2021-10-21
applies = {{ kind = \"filing\", line = \"long_term_care\" }}
[[window]]
id = \"rest\"
title = \"rest\"
clause = \"1\"
suspended = 2021-10-21
resumes = 2021-10-31
[[usable]]
title = \"card\"
clause = \"1\"
when = {{ kind = \"purchase\", credential = \"card\" }}
windows = [\"rest\"]
{RULE}"
    );
    let notice = notice(&text);
    #[rustfmt::skip] // the columns are the point
    let cases = [
        (r#"{ "kind": "filing", "line": "long_term_care", "applied_on": "2021-10-25" }"#,                   Some("care"), ""),
        (r#"{ "kind": "filing", "line": "referral", "applied_on": "2021-10-25" }"#,                         Some("rest"), ""),
        (r#"{ "kind": "purchase", "credential": "card", "occurred_at": "2021-10-25" }"#,                    None,         ""),
        (r#"{ "kind": "purchase", "credential": "e_voucher", "occurred_at": "2021-10-25" }"#,               Some("rest"), ""),
        (r#"{ "kind": "purchase", "occurred_at": "2021-10-25" }"#,                                          None,         "credential"),
        // With the stop over in any case, it does not matter how it was paid.
        (r#"{ "kind": "purchase", "occurred_at": "2021-11-25" }"#,                                          None,         ""),
    ];
    for (facts, window, needs) in cases {
        let decision = ask(&notice, facts, &[], "2021-10-26");
        assert_eq!(
            (decision.window.as_deref(), decision.needs.join(",").as_str()),
            (window, needs),
            "{facts}"
        );
    }
}
