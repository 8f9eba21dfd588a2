//! Deadlines and openings of every shape.

use crate::kit::{ask, id, with_option};

const VISIT: &str = r#"{ "kind": "outpatient", "occurred_at": "2021-10-25T10:00:00" }"#;

#[test]
fn a_deadline_and_its_basis() {
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // due                                                                    due_at                        basis
        ("2022-03-31",                                                            Some("2022-03-31T23:59:59"), "stated"),
        ("2022-03-31T17:00:00",                                                   Some("2022-03-31T17:00:00"), "stated"),
        ("\"not_stated\"",                                                        None,                        "not_stated"),
        ("\"agency\"",                                                            None,                        "not_stated"),
        ("\"resumed\"",                                                           Some("2021-11-01T08:00:00"), "derived"),
        ("{ days = 30, after = \"resumed\" }",                                    Some("2021-12-01T23:59:59"), "derived"),
        ("{ days = 1, after = \"occurred_at\" }",                                 Some("2021-10-26T23:59:59"), "derived"),
        ("{ days = 1, after = \"occurred_at\", counting_first_day = true }",      Some("2021-10-25T23:59:59"), "derived"),
        ("{ days = 30, after = \"resumed\", at = \"17:00\" }",                    Some("2021-12-01T17:00:00"), "derived"),
        ("{ days = 5, before = 2022-01-01 }",                                     Some("2021-12-27T23:59:59"), "derived"),
        ("{ weeks = 2, after = \"resumed\" }",                                    Some("2021-11-15T23:59:59"), "derived"),
        ("{ months = 1, after = 2022-01-31 }",                                    Some("2022-02-28T23:59:59"), "derived"),
        ("{ months = 1, after = 2024-01-31 }",                                    Some("2024-02-29T23:59:59"), "derived"),
        ("{ years = 1, after = 2024-02-29 }",                                     Some("2025-02-28T23:59:59"), "derived"),
        ("{ hours = 48, after = \"resumed\" }",                                   Some("2021-11-03T08:00:00"), "derived"),
        ("{ minutes = 30, after = \"resumed\" }",                                 Some("2021-11-01T08:30:00"), "derived"),
        ("{ working_days = 5, after = \"resumed\" }",                             Some("2021-11-08T23:59:59"), "derived"),
        ("{ working_days = 1, after = 2021-10-08 }",                              Some("2021-10-09T23:59:59"), "derived"), // make-up Saturday
        ("{ working_days = 1, after = 2021-10-09 }",                              Some("2021-10-11T23:59:59"), "derived"),
        ("{ working_days = 1, after = 2021-10-09, counting_first_day = true }",   Some("2021-10-09T23:59:59"), "derived"),
        ("{ working_days = 1, after = 2021-10-10, counting_first_day = true }",   Some("2021-10-11T23:59:59"), "derived"), // a Sunday is no first
        ("{ working_days = 2, before = 2021-10-08 }",                             Some("2021-09-29T23:59:59"), "derived"), // over the National Day
        ("{ days = 1, after = 2021-10-01, roll = \"next_working_day\" }",         Some("2021-10-08T23:59:59"), "derived"),
        ("{ days = 1, after = 2021-10-01, roll = \"previous_working_day\" }",     Some("2021-09-30T23:59:59"), "derived"),
        ("{ end_of = \"month\", of = \"occurred_at\" }",                          Some("2021-10-31T23:59:59"), "derived"),
        ("{ end_of = \"month\", of = \"occurred_at\", months_later = 4 }",        Some("2022-02-28T23:59:59"), "derived"),
        ("{ end_of = \"month\", of = 2024-01-31, months_later = 1 }",             Some("2024-02-29T23:59:59"), "derived"),
        ("{ end_of = \"quarter\", of = 2021-08-15 }",                             Some("2021-09-30T23:59:59"), "derived"),
        ("{ end_of = \"half_year\", of = 2021-02-28 }",                           Some("2021-06-30T23:59:59"), "derived"),
        ("{ end_of = \"year\", of = \"occurred_at\" }",                           Some("2021-12-31T23:59:59"), "derived"),
        ("{ end_of = \"year\", of = \"occurred_at\", months_later = 12 }",        Some("2022-12-31T23:59:59"), "derived"),
        ("{ end_of = \"week\", of = 2021-10-25 }",                                Some("2021-10-31T23:59:59"), "derived"),
        ("{ end_of = \"day\", of = \"resumed\" }",                                Some("2021-11-01T23:59:59"), "derived"),
        ("{ day_of_month = 10, of = \"occurred_at\", months_later = 1 }",         Some("2021-11-10T23:59:59"), "derived"),
        ("{ day_of_month = 31, of = 2021-11-05 }",                                Some("2021-11-30T23:59:59"), "derived"),
        ("{ before = \"resumed\" }",                                              Some("2021-11-01T07:59:59"), "derived"),
        ("{ before = 2022-01-01 }",                                               Some("2021-12-31T23:59:59"), "derived"),
        ("{ by_year = { 2021 = 2022-03-31, 2022 = 2022-12-31 }, of = \"occurred_at\" }", Some("2022-03-31T23:59:59"), "stated"),
        ("{ by_year = { 2022 = 2022-12-31 }, of = \"occurred_at\" }",             None,                        "not_stated"),
        ("{ earliest = [2022-03-31, { months = 3, after = \"resumed\" }] }",      Some("2022-02-01T23:59:59"), "derived"),
        ("{ latest = [2022-03-31, { months = 3, after = \"resumed\" }] }",        Some("2022-03-31T23:59:59"), "derived"),
        ("[{ when = { kind = \"inpatient\" }, is = 2022-01-31 }, { is = 2022-02-28 }]", Some("2022-02-28T23:59:59"), "stated"),
        ("[{ when = { kind = \"inpatient\" }, is = 2022-01-31 }]",                None,                        "not_stated"),
        // Counted from a moment that is itself worked out.
        ("{ months = 3, after = { end_of = \"year\", of = \"occurred_at\" } }", Some("2022-03-31T23:59:59"), "derived"),
        ("{ working_days = 2, before = { end_of = \"month\", of = \"occurred_at\" } }", Some("2021-10-28T23:59:59"), "derived"),
        // A limit that falls into the stop; one that does not stays.
        ("{ days = 3, after = \"occurred_at\", if_in_stop = { working_days = 10, after = \"resumed\" } }", Some("2021-11-15T23:59:59"), "derived"),
        ("{ days = 30, after = \"occurred_at\", if_in_stop = { days = 1, after = \"resumed\" } }", Some("2021-11-24T23:59:59"), "derived"),
        ("{ days = 3, after = \"occurred_at\", if_in_stop = \"by_its_length\" }", Some("2021-11-08T23:59:59"), "derived"),
        ("{ hours = 24, after = \"occurred_at\", if_in_stop = \"by_its_length\" }", Some("2021-11-06T00:00:00"), "derived"),
    ];
    for (due, due_at, basis) in cases {
        let notice = with_option(&format!("route = \"resettle\"\npapers = []\ndue = {due}"));
        let decision = ask(&notice, VISIT, &["w=2021-11-01T08:00:00"], "2021-11-01T08:00:00");
        let way = &decision.options[0];
        let got = way.due_at.map(|at| at.to_string());
        assert_eq!((got.as_deref(), id(way.due_basis).as_str()), (due_at, basis), "{due}");
        assert!(!way.provisional, "{due}");
    }
}

#[test]
fn the_agency_sets_it() {
    let notice = with_option("route = \"manual\"\npapers = []\ndue = \"agency\"");
    let decision = ask(&notice, VISIT, &["all=2021-11-01"], "2021-11-02");
    assert_eq!(decision.options[0].effects["due_set_by"], "agency");
}

#[test]
fn status_around_a_deadline() {
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // as_of                 status
        ("2021-10-25T10:00:00", "wait"),
        ("2021-10-31T21:59:59", "wait"),
        ("2021-10-31T22:00:00", "open"),
        ("2022-03-17T23:59:58", "open"),
        ("2022-03-17T23:59:59", "due_soon"),
        ("2022-03-31T23:59:59", "due_soon"),
        ("2022-04-01T00:00:00", "overdue"),
    ];
    let notice = with_option("route = \"resettle\"\npapers = []\ndue = 2022-03-31");
    for (as_of, status) in cases {
        assert_eq!(id(ask(&notice, VISIT, &[], as_of).status), status, "{as_of}");
    }
}

#[test]
fn slots_and_openings() {
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // option                                            as_of                   status      opens_at
        ("slot = { from = 2022-03-01, to = 2022-03-15 }",   "2021-10-25T10:00:00", "wait",     Some("2022-03-01T00:00:00")),
        ("slot = { from = 2022-03-01, to = 2022-03-15 }",   "2022-02-28T23:59:59", "not_yet",  Some("2022-03-01T00:00:00")),
        ("slot = { from = 2022-03-01, to = 2022-03-15 }",   "2022-03-01T00:00:00", "open",     Some("2022-03-01T00:00:00")),
        ("slot = { from = 2022-03-01, to = 2022-03-15 }",   "2022-03-15T23:59:59", "due_soon", Some("2022-03-01T00:00:00")),
        ("slot = { from = 2022-03-01, to = 2022-03-15 }",   "2022-03-16T00:00:00", "overdue",  Some("2022-03-01T00:00:00")),
        ("on = 2022-01-10",                                 "2022-01-09T23:59:59", "not_yet",  Some("2022-01-10T00:00:00")),
        ("on = 2022-01-10",                                 "2022-01-10T12:00:00", "due_soon", Some("2022-01-10T00:00:00")),
        ("on = 2022-01-10",                                 "2022-01-11T00:00:00", "overdue",  Some("2022-01-10T00:00:00")),
        ("due = \"not_stated\"\nopens = 2021-11-02T09:00:00", "2021-11-02T08:59:59", "not_yet", Some("2021-11-02T09:00:00")),
        ("due = \"not_stated\"\nopens = 2021-11-02T09:00:00", "2021-11-02T09:00:00", "open",    Some("2021-11-02T09:00:00")),
        // The later of the two opens it.
        ("due = \"not_stated\"\nopens = 2021-10-25",        "2021-10-31T21:59:59", "wait",     Some("2021-10-31T22:00:00")),
        ("due = \"not_stated\"\nopens = { days = 3, after = \"resumed\" }", "2021-11-02T00:00:00", "not_yet", Some("2021-11-03T00:00:00")),
        ("due = \"not_stated\"\nduring_stop = true",        "2021-10-25T10:00:00", "open",     None),
        ("due = \"not_stated\"\nduring_stop = true\nopens = 2021-10-26", "2021-10-25T10:00:00", "not_yet", Some("2021-10-26T00:00:00")),
    ];
    for (times, as_of, status, opens_at) in cases {
        let notice = with_option(&format!("route = \"resettle\"\npapers = []\n{times}"));
        let decision = ask(&notice, VISIT, &[], as_of);
        let opens = decision.options[0].opens_at.map(|at| at.to_string());
        assert_eq!((id(decision.status).as_str(), opens.as_deref()), (status, opens_at), "{times} {as_of}");
    }
}

#[test]
fn what_a_deadline_hangs_on() {
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // due                                             as_of          status          needs                provisional
        ("{ days = 10, after = \"discharged_at\" }",      "2021-10-25", "wait",         "",                  true),
        ("{ days = 10, after = \"discharged_at\" }",      "2021-11-02", "undetermined", "discharged_at",     true),
        ("{ before = \"next_visit_at\" }",                "2021-11-02", "undetermined", "next_visit_at",     true),
        ("{ days = 10, after = \"resumed\" }",            "2021-11-02", "due_soon",     "",                  true),
        ("{ working_days = 400, after = 2026-01-01 }",    "2021-11-02", "undetermined", "calendar:2027",     true),
        ("[{ when = { filed = true }, is = 2022-01-01 }]", "2021-11-02", "undetermined", "filed",            true),
    ];
    for (due, as_of, status, needs, provisional) in cases {
        let notice = with_option(&format!("route = \"resettle\"\npapers = []\ndue = {due}"));
        let decision = ask(&notice, VISIT, &[], as_of);
        let got = (id(decision.status), decision.needs.join(","), decision.options[0].provisional);
        assert_eq!(got, (status.to_owned(), needs.to_owned(), provisional), "{due} {as_of}");
    }
}

#[test]
fn an_added_year_settles_the_deadline() {
    let notice =
        with_option("route = \"resettle\"\npapers = []\ndue = { working_days = 1, after = 2026-12-31 }");
    let mut calendar = guazhang::notice::Calendar::built_in();
    calendar.read("[2027]\nfree = [\"2027-01-01..2027-01-03\"]").expect("a year");
    let facts = crate::kit::facts(&[&notice], VISIT);
    let back = crate::kit::resumed(&[]);
    let as_of = crate::kit::time("2021-11-02");
    let decision = guazhang::notice::decide(&[&notice], &facts, &back, &calendar, as_of);
    assert_eq!(decision.due_at(), Some(crate::kit::time("2027-01-04T23:59:59")));
}
