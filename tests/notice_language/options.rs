//! Options: how several make one status, papers, refusals, effects and what must
//! be done first.

use crate::kit::{HEAD, WINDOW, ask, id, notice, with_option};

const VISIT: &str = r#"{ "kind": "outpatient", "occurred_at": "2021-10-25T10:00:00" }"#;

fn visit(facts: &str) -> String {
    format!(r#"{{ "kind": "outpatient", "occurred_at": "2021-10-25T10:00:00", {facts} }}"#)
}

#[test]
fn the_best_of_several() {
    const SOON: &str = "route = \"resettle\"\npapers = []\ndue = 2021-11-10\n";
    const LATE: &str = "route = \"manual\"\npapers = []\ndue = 2021-12-31\n";
    const FREE: &str = "route = \"backfill\"\npapers = []\ndue = \"not_stated\"\n";
    const SLOT: &str = "route = \"register\"\npapers = []\nslot = { from = 2021-12-01, to = 2021-12-05 }\n";
    const ASKS: &str = "route = \"convert\"\npapers = []\ndue = \"not_stated\"\nrefused = [{ when = { anomaly = true }, because = \"x\" }]\n";
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // choice       options        as_of          status          best
        ("first",     [SOON, LATE],  "2021-11-05", "due_soon",     "resettle"),
        ("first",     [SOON, LATE],  "2021-11-11", "open",         "manual"), // the fallback
        ("first",     [SOON, LATE],  "2022-01-01", "overdue",      "resettle"),
        ("first",     [SLOT, FREE],  "2021-11-05", "not_yet",      "register"), // in this order
        ("any",       [SLOT, FREE],  "2021-11-05", "open",         "backfill"),
        ("any",       [SOON, FREE],  "2021-11-05", "open",         "backfill"),
        ("any",       [SOON, SLOT],  "2021-11-05", "due_soon",     "resettle"),
        ("exclusive", [SOON, LATE],  "2021-11-11", "open",         "manual"),
        ("first",     [ASKS, FREE],  "2021-11-05", "undetermined", "convert"),
        ("any",       [ASKS, FREE],  "2021-11-05", "open",         "backfill"),
    ];
    for (choice, options, as_of, status, best) in cases {
        let text = format!(
            "{HEAD}{WINDOW}[[rule]]\nid = \"r\"\nclause = \"2\"\nchoice = \"{choice}\"\n[[rule.option]]\n{}[[rule.option]]\n{}",
            options[0], options[1]
        );
        let decision = ask(&notice(&text), VISIT, &[], as_of);
        let way = decision.best().expect("an option");
        assert_eq!(
            (id(decision.status).as_str(), id(way.route).as_str()),
            (status, best),
            "{choice} {as_of}"
        );
        assert_eq!(id(way.choice), choice);
    }
}

#[test]
fn papers_kept_and_missing() {
    const OPTION: &str = "route = \"manual\"\ndue = \"not_stated\"\npapers = [\"receipt\"]\npapers_one_of = [[\"card\", \"id\"]]\npapers_when = [{ when = { third_party = true }, papers = [\"accident_statement\"] }]";
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // facts                                                              asked                                   missing
        (r#""third_party": false"#,                                          "receipt card|id",                      "receipt card|id"),
        (r#""third_party": false, "papers": ["id"]"#,                        "receipt card|id",                      "receipt"),
        (r#""third_party": false, "papers": ["receipt", "card"]"#,           "receipt card|id",                      ""),
        (r#""third_party": true, "papers": ["receipt", "card"]"#,            "receipt card|id accident_statement",   "accident_statement"),
        (r#""papers": ["receipt", "card"]"#,                                 "receipt card|id accident_statement",   "accident_statement"),
    ];
    for (facts, asked, missing) in cases {
        let decision = ask(&with_option(OPTION), &visit(facts), &[], "2021-11-02");
        let way = &decision.options[0];
        assert_eq!(
            (way.papers.join(" "), way.missing_papers.join(" ")),
            (asked.to_owned(), missing.to_owned()),
            "{facts}"
        );
        assert_eq!(id(decision.status), "open", "papers do not close the way");
    }
}

#[test]
fn refusals_and_options_that_do_not_exist() {
    let text = format!(
        "{HEAD}{WINDOW}
[facts.later_charge]
kind = \"flag\"
[[rule]]
id = \"r\"
clause = \"2\"
[[rule.option]]
route = \"resettle\"
papers = []
due = \"not_stated\"
refused = [{{ when = {{ later_charge = true }}, because = \"已有后续费用\", because_en = \"charged since\", clause = \"5\" }}]
[[rule.option]]
route = \"manual\"
papers = []
due = \"not_stated\"
when = {{ locality = \"outbound\" }}
"
    );
    let notice = notice(&text);
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // facts                                               status          options                         needs
        (r#""later_charge": true, "locality": "local""#,     "refused",      "resettle:refused",             ""),
        (r#""later_charge": true, "locality": "outbound""#,  "open",         "resettle:refused manual:open", ""),
        (r#""later_charge": false, "locality": "local""#,    "open",         "resettle:open",                ""),
        (r#""locality": "local""#,                           "undetermined", "resettle:undetermined",        "later_charge"),
        (r#""later_charge": false"#,                         "open",         "resettle:open manual:undetermined", "locality"),
    ];
    for (facts, status, options, needs) in cases {
        let decision = ask(&notice, &visit(facts), &[], "2021-11-02");
        let each: Vec<String> =
            decision.options.iter().map(|way| format!("{}:{}", id(way.route), id(way.status))).collect();
        assert_eq!(
            (id(decision.status).as_str(), each.join(" ").as_str(), decision.needs.join(",").as_str()),
            (status, options, needs),
            "{facts}"
        );
        let refused = decision.options.first().and_then(|way| way.refused.clone());
        assert_eq!(refused.is_some(), each[0].ends_with("refused"), "{facts}");
    }
}

#[test]
fn effects_of_every_form() {
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // effect                                                             value
        ("one_stay = true",                                                  r#"{"one_stay":true}"#),
        ("benefit_year = 2020",                                              r#"{"benefit_year":2020}"#),
        ("deductible = \"once\"",                                            r#"{"deductible":"once"}"#),
        ("linked_stays = [\"a\", \"b\"]",                                    r#"{"linked_stays":["a","b"]}"#),
        ("admitted_on = 2022-01-01",                                         r#"{"admitted_on":"2022-01-01"}"#),
        ("effective_on = { fact = \"applied_on\" }",                         r#"{"effective_on":"2021-10-24"}"#),
        ("effective_on = { fact = \"occurred_at\" }",                        r#"{"effective_on":"2021-10-25"}"#),
        ("counted_at = { fact = \"occurred_at\" }",                          r#"{"counted_at":"2021-10-25T10:00:00"}"#),
        ("benefit_year = { year_of = \"occurred_at\" }",                     r#"{"benefit_year":2021}"#),
        ("effective_on = { days = 1, after = \"resumed\" }",                 r#"{"effective_on":"2021-11-01"}"#),
        ("admitted_on = { moment = \"resumed\" }",                           r#"{"admitted_on":"2021-10-31"}"#),
        ("rate = [{ when = { filed = true }, is = \"80%\" }, { is = \"70%\" }]", r#"{"rate":"80%"}"#),
        ("rate = [{ when = { filed = false }, is = \"80%\" }]",              "{}"),
        ("effective_on = { fact = \"admitted_at\" }",                        r#"{"effective_on":null}"#),
    ];
    for (effect, value) in cases {
        let option =
            format!("route = \"register\"\npapers = []\ndue = \"not_stated\"\neffects = {{ {effect} }}");
        let decision = ask(
            &with_option(&option),
            &visit(r#""applied_on": "2021-10-24", "filed": true"#),
            &[],
            "2021-11-02",
        );
        assert_eq!(
            serde_json::Value::Object(decision.options[0].effects.clone()).to_string(),
            value,
            "{effect}"
        );
        assert_eq!(
            decision.needs.join(","),
            if value.contains("null") { "admitted_at" } else { "" },
            "{effect}"
        );
    }
}

#[test]
fn a_stay_that_waits_for_two_filings() {
    const OPTION: &str = "route = \"backfill\"\npapers = []\ndue = \"not_stated\"\nrequires = [\
        { filing = \"referral\", fact = \"filed\", due = 2021-11-10, effective_on = \"applied_on\", clause = \"5\" }, \
        { filing = \"drug_enrolment\", fact = \"enrolled\", due = 2021-11-20, after_due = \"open\" }]";
    let text = format!(
        "{HEAD}[facts.enrolled]\nkind = \"flag\"\n{WINDOW}[[rule]]\nid = \"r\"\nclause = \"2\"\n[[rule.option]]\n{OPTION}"
    );
    let notice = notice(&text);
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // facts                                   as_of                  status          needs
        (r#""filed": true, "enrolled": true"#,    "2021-11-02",          "open",         ""),
        (r#""filed": false, "enrolled": true"#,   "2021-11-02",          "wait",         ""),
        (r#""filed": true, "enrolled": false"#,   "2021-11-02",          "wait",         ""),
        (r#""filed": true"#,                      "2021-11-02",          "undetermined", "enrolled"),
        (r#""filed": true"#,                      "2021-10-26",          "wait",         ""), // in any case
        (r#""filed": false, "enrolled": true"#,   "2021-11-10T23:59:59", "wait",         ""),
        (r#""filed": false, "enrolled": true"#,   "2021-11-11T00:00:00", "refused",      ""),
        (r#""filed": true, "enrolled": false"#,   "2021-11-21T00:00:00", "open",         ""), // no longer waited for
    ];
    for (facts, as_of, status, needs) in cases {
        let decision = ask(&notice, &visit(&format!(r#"{facts}, "applied_on": "2021-10-24""#)), &[], as_of);
        assert_eq!(
            (id(decision.status).as_str(), decision.needs.join(",").as_str()),
            (status, needs),
            "{facts} {as_of}"
        );
        let first = &decision.options[0].effects["waits_for"][0];
        assert_eq!(
            (first["due_at"].as_str(), first["effective_on"].as_str()),
            (Some("2021-11-10T23:59:59"), Some("2021-10-24"))
        );
    }
}

#[test]
fn an_option_of_another_window() {
    let text = format!(
        "{HEAD}{WINDOW}[[window]]\nid = \"counter\"\ntitle = \"c\"\nclause = \"1\"\nsuspended = 2021-10-21\nresumes = 2021-11-05\napplies = {{ kind = \"filing\" }}\n\
         [[rule]]\nid = \"r\"\nclause = \"2\"\n[[rule.option]]\nroute = \"manual\"\npapers = []\nopens_with = \"counter\"\ndue = {{ days = 3, after = \"resumed:counter\" }}\n"
    );
    let notice = notice(&text);
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // recorded                          as_of                   status      due_at
        (&[][..],                           "2021-11-04T23:59:59", "wait",     "2021-11-08T23:59:59"),
        (&[][..],                           "2021-11-05T00:00:00", "due_soon", "2021-11-08T23:59:59"),
        (&["counter=2021-11-03T08:00:00"],  "2021-11-04T23:59:59", "due_soon", "2021-11-06T23:59:59"),
        (&["w=2021-11-03T08:00:00"],        "2021-11-04T23:59:59", "wait",     "2021-11-08T23:59:59"),
    ];
    for (back, as_of, status, due_at) in cases {
        let decision = ask(&notice, VISIT, back, as_of);
        assert_eq!(
            (id(decision.status).as_str(), decision.due_at()),
            (status, Some(crate::kit::time(due_at))),
            "{back:?} {as_of}"
        );
    }
}

#[test]
fn rules_outside_every_window() {
    let text = format!(
        "{HEAD}{WINDOW}[[rule]]\nid = \"frozen\"\nclause = \"6\"\nwindows = [\"w\"]\noutside = true\nwhen = {{ settled_before_at = {{ before = 2021-10-21 }} }}\n\
         [[rule.option]]\nroute = \"resettle\"\npapers = []\ndue = {{ days = 10, after = \"resumed\" }}\n"
    );
    let notice = notice(&text);
    let refund =
        r#"{ "kind": "outpatient", "occurred_at": "2021-09-01", "settled_before_at": "2021-09-01" }"#;
    let decision = ask(&notice, refund, &[], "2021-11-01");
    assert_eq!((decision.in_window, id(decision.status).as_str()), (false, "due_soon"));
    assert_eq!(decision.due_at(), Some(crate::kit::time("2021-11-10T23:59:59")));
    let visit = r#"{ "kind": "outpatient", "occurred_at": "2021-09-01", "settled_before_at": "2021-11-01" }"#;
    assert_eq!(id(ask(&notice, visit, &[], "2021-11-01").status), "out");
}
