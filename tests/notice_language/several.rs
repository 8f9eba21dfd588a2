//! Several notices at once: chosen by whom they concern, and contradictions said.

use crate::kit::{ask_all, id, notice};
use guazhang::notice::Notice;

fn city(name: &str, applies: &str, resumes: &str, option: &str) -> Notice {
    notice(&format!(
        "schema = 1\nid = \"{name}\"\ntitle = \"t\"\ncity = \"t\"\nplace = \"370200\"\nyear = 2021\n{applies}\n\
         [[window]]\nid = \"w\"\ntitle = \"w\"\nclause = \"1\"\nsuspended = 2021-10-21T18:00:00\nresumes = {resumes}\n\
         [[rule]]\nid = \"r\"\nclause = \"2\"\n[[rule.option]]\npapers = []\n{option}\n"
    ))
}

const EAST: &str = "applies = { insured_area = { within = \"370200\" } }";
const WEST: &str = "applies = { insured_area = { within = \"370300\" } }";
const BACK: &str = "2021-10-31T22:00:00";

#[test]
fn the_notice_of_the_insured_area_answers() {
    let east = city("east", EAST, BACK, "route = \"resettle\"\ndue = 2022-03-31");
    let west = city("west", WEST, BACK, "route = \"manual\"\ndue = 2022-06-30");
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // facts                           notice   status          needs
        (r#""insured_area": "370203""#,   "east",  "open",         ""),
        (r#""insured_area": "370303""#,   "west",  "open",         ""),
        (r#""insured_area": "110101""#,   "",      "out",          ""),
        (r#""line": "ordinary""#,         "",      "undetermined", "insured_area"),
    ];
    for (facts, from, status, needs) in cases {
        let facts = format!(r#"{{ "kind": "outpatient", "occurred_at": "2021-10-25", {facts} }}"#);
        let decision = ask_all(&[&east, &west], &facts, &[], "2021-11-02");
        let got = (decision.notice.as_str(), id(decision.status), decision.needs.join(","));
        assert_eq!(got, (from, status.to_owned(), needs.to_owned()), "{facts}");
        assert!(decision.conflicts.is_empty(), "alternatives do not contradict: {:?}", decision.conflicts);
    }
}

#[test]
fn a_notice_that_may_concern_the_record() {
    let everywhere = || city("all", "", BACK, "route = \"resettle\"\ndue = 2022-03-31");
    let same = city("east", EAST, BACK, "route = \"resettle\"\ndue = 2022-03-31");
    let other = city("east", EAST, BACK, "route = \"manual\"\ndue = 2022-03-31");
    let facts = r#"{ "kind": "outpatient", "occurred_at": "2021-10-25" }"#;
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // loaded                         status          needs
        (vec![everywhere(), same],       "open",         ""), // it says the same
        (vec![everywhere(), other.clone()], "undetermined", "insured_area"),
        (vec![other],                    "undetermined", "insured_area"), // alone, it may not concern the record
    ];
    for (loaded, status, needs) in cases {
        let notices: Vec<&Notice> = loaded.iter().collect();
        let decision = ask_all(&notices, facts, &[], "2021-11-02");
        assert_eq!((id(decision.status).as_str(), decision.needs.join(",").as_str()), (status, needs));
        assert!(decision.in_window && decision.conflicts.is_empty());
    }
}

#[test]
fn contradictions_are_said() {
    const FACTS: &str = r#"{ "kind": "outpatient", "occurred_at": "2021-10-25" }"#;
    let base = || city("a", "", BACK, "route = \"resettle\"\nplace = \"same_facility\"\ndue = 2022-03-31");
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // the other source                                                                                   what differs
        (city("b", "", BACK, "route = \"resettle\"\nplace = \"same_facility\"\ndue = 2022-03-31"),           ""),
        (city("b", "", BACK, "route = \"resettle\"\nplace = \"same_facility\"\ndue = 2022-04-30"),           "resettle.due_at: a 2022-03-31T23:59:59 ≠ b 2022-04-30T23:59:59"),
        (city("b", "", BACK, "route = \"resettle\"\nplace = \"any_facility\"\ndue = 2022-03-31"),            "resettle.place: a same_facility ≠ b any_facility"),
        (city("b", "", BACK, "route = \"manual\"\ndue = 2022-03-31"),                                        "routes: a resettle ≠ b manual"),
        (city("b", "", "2021-11-03T22:00:00", "route = \"resettle\"\nplace = \"same_facility\"\ndue = 2022-03-31"), "resettle.opens_at: a 2021-10-31T22:00:00 ≠ b 2021-11-03T22:00:00"),
        (city("b", "", "2021-10-23", "route = \"resettle\"\nplace = \"same_facility\"\ndue = 2022-03-31"),   "in_window: a w ≠ b -"),
        (city("b", "supersedes = [\"a\"]", BACK, "route = \"manual\"\ndue = 2022-03-31"),                    ""),
    ];
    for (other, line) in cases {
        let decision = ask_all(&[&base(), &other], FACTS, &[], "2021-11-02");
        assert_eq!(decision.conflicts.join("; "), line);
        if decision.conflicts.iter().any(|line| line.starts_with("resettle.due")) {
            let clauses: Vec<&str> = decision.options.iter().map(|way| way.clause.as_str()).collect();
            assert_eq!(clauses, ["a 2", "b 2"], "both are shown");
        }
    }
    let wait = city("b", "", "2021-11-03T22:00:00", "route = \"resettle\"\ndue = 2022-03-31");
    assert_eq!(id(ask_all(&[&base(), &wait], FACTS, &[], "2021-11-02").status), "undetermined");
    let newer = city("b", "supersedes = [\"a\"]", BACK, "route = \"manual\"\ndue = 2022-03-31");
    assert_eq!(ask_all(&[&base(), &newer], FACTS, &[], "2021-11-02").notice, "b");
}

#[test]
fn two_stops_years_apart_do_not_contradict() {
    let now = city("a", "", BACK, "route = \"resettle\"\ndue = 2022-03-31");
    let later = notice(
        "schema = 1\nid = \"b\"\ntitle = \"t\"\ncity = \"t\"\nplace = \"370200\"\nyear = 2023\n[[window]]\nid = \"w\"\ntitle = \"w\"\nclause = \"1\"\n\
         suspended = 2023-10-21\nresumes = 2023-10-31\n[[rule]]\nid = \"r\"\nclause = \"2\"\nnot_stated = true\n",
    );
    let facts = r#"{ "kind": "outpatient", "occurred_at": "2021-10-25" }"#;
    let decision = ask_all(&[&later, &now], facts, &[], "2021-11-02");
    assert_eq!((decision.notice.as_str(), decision.conflicts.len()), ("a", 0));
}

#[test]
fn a_text_that_contradicts_itself() {
    let text = "schema = 1\nid = \"a\"\ntitle = \"t\"\ncity = \"t\"\nplace = \"370200\"\nyear = 2021\n[[window]]\nid = \"w\"\ntitle = \"w\"\nclause = \"1\"\nsuspended = 2021-10-21\n\
         [[rule]]\nid = \"r\"\nclause = \"2\"\nnot_stated = true\n\
         [[conflict]]\ntitle = \"恢复时间不一\"\nclauses = [\"一\", \"五\"]\nwhen = { kind = \"outpatient\" }\n";
    let notice = notice(text);
    let facts = |kind: &str| format!(r#"{{ "kind": "{kind}", "occurred_at": "2021-10-25" }}"#);
    assert_eq!(
        ask_all(&[&notice], &facts("outpatient"), &[], "2021-11-02").conflicts,
        ["恢复时间不一（一 / 五）"]
    );
    assert!(ask_all(&[&notice], &facts("purchase"), &[], "2021-11-02").conflicts.is_empty());
}

#[test]
fn none_loaded() {
    let decision = ask_all(&[], r#"{ "kind": "outpatient" }"#, &[], "2021-11-02");
    assert_eq!((id(decision.status).as_str(), decision.notice.as_str()), ("out", ""));
}
