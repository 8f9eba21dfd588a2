//! Conditions: every operator, yes, no and unknown; and what unknown facts do to
//! a decision.

use crate::kit::{HEAD, WINDOW, ask, id, notice};

/// `register` where the condition holds, `bear` where it does not.
fn asked(condition: &str, facts: &str) -> String {
    let text = format!(
        "{HEAD}
[facts]
count = {{ kind = \"number\" }}
bound = {{ kind = \"flag\" }}
kept = {{ kind = \"list\" }}
{WINDOW}
[[rule]]
id = \"yes\"
clause = \"2\"
when = {condition}
[[rule.option]]
route = \"register\"
papers = []
due = \"not_stated\"
[[rule]]
id = \"no\"
clause = \"2\"
[[rule.option]]
route = \"bear\""
    );
    let comma = if facts.is_empty() { "" } else { ", " };
    let facts = format!(r#"{{ "kind": "outpatient", "occurred_at": "2021-10-25T10:00:00"{comma}{facts} }}"#);
    let decision = ask(&notice(&text), &facts, &[], "2021-10-26");
    match id(decision.status).as_str() {
        "undetermined" => decision.needs.join(","),
        _ => if id(decision.options[0].route) == "register" { "yes" } else { "no" }.to_owned(),
    }
}

#[test]
fn every_operator() {
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // condition                                             facts                                       answer
        ("{ prepaid = true }",                                  r#""prepaid": true"#,                       "yes"),
        ("{ prepaid = true }",                                  r#""prepaid": false"#,                      "no"),
        ("{ prepaid = true }",                                  "",                                         "prepaid"),
        ("{ prepaid = { is_not = true } }",                     r#""prepaid": false"#,                      "yes"),
        ("{ line = \"chronic\" }",                              r#""line": "chronic""#,                     "yes"),
        ("{ line = [\"ordinary\", \"chronic\"] }",              r#""line": "emergency""#,                   "no"),
        ("{ line = { is_not = [\"ordinary\", \"chronic\"] } }", r#""line": "emergency""#,                   "yes"),
        ("{ insured_area = { within = \"370000\" } }",          r#""insured_area": "370281""#,              "yes"),
        ("{ insured_area = { not_within = \"370000\" } }",      r#""insured_area": "370281""#,              "no"),
        ("{ facility = { starts_with = \"H3\" } }",             r#""facility": "H37""#,                     "yes"),
        ("{ facility = { starts_with = \"H3\" } }",             r#""facility": "H27""#,                     "no"),
        ("{ count = 3 }",                                       r#""count": 3"#,                            "yes"),
        ("{ count = { at_least = 3, at_most = 5 } }",           r#""count": 5"#,                            "yes"),
        ("{ count = { at_least = 3, at_most = 5 } }",           r#""count": 6"#,                            "no"),
        ("{ count = { at_least = 3 } }",                        r#""count": 2"#,                            "no"),
        ("{ admitted_at = 2021-10-20 }",                        r#""admitted_at": "2021-10-20T23:59:59""#,  "yes"),
        ("{ admitted_at = 2021-10-20 }",                        r#""admitted_at": "2021-10-21T00:00:00""#,  "no"),
        ("{ admitted_at = { before = 2021-10-20 } }",           r#""admitted_at": "2021-10-19T23:59:59""#,  "yes"),
        ("{ admitted_at = { before = 2021-10-20 } }",           r#""admitted_at": "2021-10-20T00:00:00""#,  "no"),
        ("{ admitted_at = { until = 2021-10-20 } }",            r#""admitted_at": "2021-10-20T23:59:59""#,  "yes"),
        ("{ admitted_at = { until = 2021-10-20 } }",            r#""admitted_at": "2021-10-21T00:00:00""#,  "no"),
        ("{ admitted_at = { after = 2021-10-20 } }",            r#""admitted_at": "2021-10-20T23:59:59""#,  "no"),
        ("{ admitted_at = { after = 2021-10-20 } }",            r#""admitted_at": "2021-10-21T00:00:00""#,  "yes"),
        ("{ admitted_at = { from = 2021-10-20T08:00:00 } }",    r#""admitted_at": "2021-10-20T07:59:59""#,  "no"),
        ("{ admitted_at = { from = 2021-10-20T08:00:00 } }",    r#""admitted_at": "2021-10-20T08:00:00""#,  "yes"),
        ("{ admitted_at = { before = \"suspended\" } }",        r#""admitted_at": "2021-10-21T17:59:59""#,  "yes"),
        ("{ admitted_at = { before = \"suspended\" } }",        r#""admitted_at": "2021-10-21T18:00:00""#,  "no"),
        ("{ discharged_at = { from = \"resumed:w\" } }",        r#""discharged_at": "2021-10-31T22:00:00""#, "yes"),
        ("{ discharged_at = { until = { days = 3, after = \"resumed\" } } }", r#""discharged_at": "2021-11-03T23:59:59""#, "yes"),
        ("{ discharged_at = { until = { days = 3, after = \"resumed\" } } }", r#""discharged_at": "2021-11-04T00:00:00""#, "no"),
        ("{ discharged_at = { before = { months = 1, after = \"admitted_at\" } } }", r#""discharged_at": "2021-11-04""#, "admitted_at"),
        ("{ as_of = { days_since = { of = \"admitted_at\", at_least = 60 } } }", r#""admitted_at": "2021-08-27""#, "yes"),
        ("{ admitted_at = { in_year = 2020 } }",                r#""admitted_at": "2020-12-31T23:59:59""#,  "yes"),
        ("{ admitted_at = { in_year = 2020 } }",                r#""admitted_at": "2021-01-01""#,           "no"),
        ("{ admitted_at = { earlier_year_than = \"occurred_at\" } }", r#""admitted_at": "2020-12-31""#,     "yes"),
        ("{ admitted_at = { earlier_year_than = \"occurred_at\" } }", r#""admitted_at": "2021-01-01""#,     "no"),
        ("{ admitted_at = { same_year_as = \"occurred_at\" } }", r#""admitted_at": "2021-01-01""#,          "yes"),
        ("{ occurred_at = { days_since = { of = \"admitted_at\", at_least = 10 } } }", r#""admitted_at": "2021-10-15""#, "yes"),
        ("{ occurred_at = { days_since = { of = \"admitted_at\", at_least = 10 } } }", r#""admitted_at": "2021-10-16""#, "no"),
        ("{ occurred_at = { days_since = { of = \"admitted_at\", at_least = 10 } } }", "",                  "admitted_at"),
        ("{ papers = { has = \"receipt\" } }",                  r#""papers": ["receipt", "card"]"#,         "yes"),
        ("{ papers = { has_all = [\"receipt\", \"id\"] } }",    r#""papers": ["receipt", "card"]"#,         "no"),
        ("{ papers = { has_none = [\"id\"] } }",                r#""papers": ["receipt", "card"]"#,         "yes"),
        ("{ kept = [\"a\", \"b\"] }",                           r#""kept": ["b"]"#,                         "yes"),
        ("{ discharged_at = { known = false } }",               "",                                         "yes"),
        ("{ discharged_at = { known = true } }",                "",                                         "no"),
        ("{ as_of = { from = 2021-10-26 } }",                   "",                                         "yes"),
        ("{ as_of = { after = 2021-10-26 } }",                  "",                                         "no"),
        ("{ any = [{ prepaid = true }, { filed = true }] }",    r#""filed": true"#,                         "yes"),
        ("{ any = [{ prepaid = true }, { filed = true }] }",    r#""filed": false"#,                        "prepaid"),
        ("{ all = [{ prepaid = true }, { filed = true }] }",    r#""filed": false"#,                        "no"),
        ("{ not = { prepaid = true, filed = true } }",          r#""filed": false"#,                        "yes"),
        ("{ not = { prepaid = true, filed = true } }",          r#""filed": true"#,                         "prepaid"),
        // What is the same either way is not asked.
        ("{ any = [{ prepaid = true }, { prepaid = false }] }", "",                                         "yes"),
        ("{ any = [{ line = \"chronic\" }, { line = { is_not = \"chronic\" } }] }", "",                     "yes"),
        ("{ bound = true, filed = true }",                      "",                                         "bound,filed"),
        ("{ bound = true, filed = true }",                      r#""bound": false"#,                        "no"),
    ];
    for (condition, facts, answer) in cases {
        assert_eq!(asked(condition, facts), answer, "{condition} {facts}");
    }
}

#[test]
fn rules_that_say_the_same_need_not_be_told_apart() {
    let option = "[[rule.option]]\nroute = \"backfill\"\npapers = []\ndue = \"not_stated\"\nclause = \"3\"\n";
    let text = format!(
        "{HEAD}{WINDOW}
[[rule]]\nid = \"a\"\nclause = \"2\"\nwhen = {{ arrears = false }}\n{option}
[[rule]]\nid = \"b\"\nclause = \"2\"\nwhen = {{ arrears = true, filed = true }}\n{option}
[[rule]]\nid = \"c\"\nclause = \"2\"\nnot_stated = true\n"
    );
    let notice = notice(&text);
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // facts                                  status          needs
        (r#""filed": true"#,                     "wait",         ""),
        (r#""filed": false"#,                    "undetermined", "arrears"),
        (r#""arrears": true"#,                   "undetermined", "filed"),
        (r#""arrears": false"#,                  "wait",         ""),
        (r#""arrears": true, "filed": false"#,   "not_stated",   ""),
        (r#""line": "ordinary""#,                "undetermined", "arrears,filed"),
    ];
    for (facts, status, needs) in cases {
        let facts = format!(r#"{{ "kind": "outpatient", "occurred_at": "2021-10-25", {facts} }}"#);
        let decision = ask(&notice, &facts, &[], "2021-10-26");
        assert_eq!(
            (id(decision.status).as_str(), decision.needs.join(",").as_str()),
            (status, needs),
            "{facts}"
        );
    }
}
