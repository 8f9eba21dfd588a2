//! Worked decisions: the cases of `fixtures/notices`, each compared as far as it
//! says something.
//!
//! `expect`: `in_window` and `status` equal; `routes` in order, `any_routes` in any;
//! `option` by route, field by field (papers: at least these); `needs` and
//! `conflicts` at least these, or `true` for some and `false` for none; `duties`
//! each like one of those decided; `window` and `notice` equal.

use guazhang::domain::{Facts, Route, Time, fact_kind};
use guazhang::notice::{Calendar, Notice, Resumption, Resumptions, builtin, check, decide};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/notices")
}

/// The notice of an id, or of a file beside the cases.
fn notice(name: &str, folder: &Path) -> Notice {
    if let Some(notice) = builtin(name) {
        return notice.clone();
    }
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Notice::read(&text).unwrap_or_else(|found| panic!("{name}: {}", found[0]))
}

fn names(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        name => name.as_str().into_iter().collect(),
    }
}

fn decided(case: &Value, folder: &Path) -> Value {
    let notices: Vec<Notice> = names(&case["notice"]).iter().map(|name| notice(name, folder)).collect();
    let notices: Vec<&Notice> = notices.iter().collect();
    let kind_of = |name: &str| fact_kind(name).or_else(|| notices.iter().find_map(|n| n.fact_kind(name)));
    let facts = Facts::from_json(case["facts"].as_object().expect("facts"), kind_of).expect("facts that fit");
    let empty = Map::new();
    let resumed: Resumptions = case["resumed"]
        .as_object()
        .unwrap_or(&empty)
        .iter()
        .map(|(window, time)| format!("{window}={}", time.as_str().expect("a time")).parse::<Resumption>())
        .collect::<Result<Vec<_>, _>>()
        .expect("resumptions")
        .into_iter()
        .collect();
    let as_of: Time = case["as_of"].as_str().and_then(|text| text.parse().ok()).expect("as_of");
    let decision = decide(&notices, &facts, &resumed, &Calendar::built_in(), as_of);
    serde_json::to_value(decision).expect("a decision is JSON")
}

fn at_least(want: &[&str], have: &Value) -> bool {
    want.iter().all(|want| names(have).contains(want))
}

/// Each field of `want` is so in `have`.
fn within(want: &Value, have: &Value) -> bool {
    want.as_object().is_some_and(|fields| fields.iter().all(|(key, value)| have[key] == *value))
}

/// What differs, one line each.
fn differs(expect: &Map<String, Value>, got: &Value) -> Vec<String> {
    let mut out = Vec::new();
    let options = got["options"].as_array().expect("options");
    let routes: Vec<&str> = options.iter().filter_map(|option| option["route"].as_str()).collect();
    let sorted = |mut list: Vec<&str>| {
        list.sort_unstable();
        list.join(" ")
    };
    for (key, want) in expect {
        let same = match key.as_str() {
            "in_window" | "status" | "window" | "notice" => got[key] == *want,
            "routes" => routes == names(want),
            "any_routes" => sorted(routes.clone()) == sorted(names(want)),
            "needs" | "conflicts" => match want.as_bool() {
                Some(some) => got[key].as_array().is_some_and(|list| !list.is_empty()) == some,
                None => at_least(&names(want), &got[key]),
            },
            "option" => {
                out.extend(differs_in_options(want.as_object().expect("by route"), options));
                true
            }
            "duties" => want.as_array().expect("duties").iter().all(|want| {
                let like = |duty: &Value| within(want, duty);
                got["duties"].as_array().expect("duties").iter().any(like)
            }),
            other => panic!("a case expects `{other}`, which nobody compares"),
        };
        if !same {
            let have = if key.ends_with("routes") { Value::from(routes.clone()) } else { got[key].clone() };
            out.push(format!("{key}: want {want}, got {have}"));
        }
    }
    out
}

fn differs_in_options(wanted: &Map<String, Value>, options: &[Value]) -> Vec<String> {
    let mut out = Vec::new();
    for (route, fields) in wanted {
        let Some(option) = options.iter().find(|option| option["route"] == **route) else {
            out.push(format!("no option {route}"));
            continue;
        };
        for (key, want) in fields.as_object().expect("fields") {
            let have = &option[key];
            let same = match key.as_str() {
                "papers" | "missing_papers" => at_least(&names(want), have),
                "effects" => within(want, have),
                _ => have == want,
            };
            if !same {
                out.push(format!("{route}.{key}: want {want}, got {have}"));
            }
        }
    }
    out
}

/// Runs a file of cases and lists everything that differs.
fn run(file: &Path) {
    let text = std::fs::read_to_string(file).expect("a file of cases");
    let folder = file.parent().expect("a folder");
    let mut problems = Vec::new();
    let mut count = 0;
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("//")) {
        let case: Value = serde_json::from_str(line).expect("a case a line");
        let found = differs(case["expect"].as_object().expect("expect"), &decided(&case, folder));
        problems.extend(found.into_iter().map(|problem| format!("{}: {problem}", case["id"])));
        count += 1;
    }
    assert!(count > 0, "{}: no cases", file.display());
    assert!(problems.is_empty(), "{} of {count}:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn the_built_in_notices() {
    run(&fixtures().join("cases.jsonl"));
}

#[test]
fn the_examples() {
    run(&fixtures().join("examples/cases.jsonl"));
}

#[test]
fn the_examples_leave_no_question_open() {
    let folder = std::fs::read_dir(fixtures().join("examples")).expect("the examples");
    let files = folder.filter_map(|file| Some(file.ok()?.path()));
    for path in files.filter(|path| path.extension().is_some_and(|kind| kind == "toml")) {
        let found = check(&std::fs::read_to_string(&path).expect("an example"));
        let said: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(said, Vec::<String>::new(), "{}", path.display());
    }
}

#[test]
fn the_built_in_notices_at_their_edges() {
    run(&fixtures().join("more-cases.jsonl"));
}

#[test]
fn a_case_can_fail() {
    let text = std::fs::read_to_string(fixtures().join("cases.jsonl")).expect("cases");
    let mut case: Value = serde_json::from_str(text.lines().next().expect("a case")).expect("JSON");
    case["expect"] = serde_json::json!({ "status": "open", "routes": ["manual"], "needs": true,
        "option": { "resettle": { "owner": "agency" } }, "duties": [{ "action": "call_back" }] });
    let got = decided(&case, &fixtures());
    assert_eq!(differs(case["expect"].as_object().expect("expect"), &got).len(), 5);
}

/// What reconciling relies on, so that it need not ask the notice about every record.
#[test]
fn no_deadline_of_any_case_is_before_the_bound() {
    let mut seen = 0;
    for file in ["cases.jsonl", "more-cases.jsonl", "examples/cases.jsonl"] {
        let path = fixtures().join(file);
        let folder = path.parent().expect("a folder");
        let text = std::fs::read_to_string(&path).expect("a file of cases");
        for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("//")) {
            let case: Value = serde_json::from_str(line).expect("a case a line");
            let got = decided(&case, folder);
            for option in got["options"].as_array().expect("options") {
                let Some(due) = option["due_at"].as_str() else { continue };
                let (due, route): (Time, Route) = (
                    due.parse().expect("a time"),
                    option["route"].as_str().expect("a route").parse().expect("one"),
                );
                let notices = names(&case["notice"]).into_iter().map(|name| notice(name, folder));
                let bound = notices.filter_map(|notice| notice.no_deadline_before(&[route])).min();
                assert!(bound.is_some_and(|bound| bound <= due), "{}: {bound:?} {due}", case["id"]);
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "{seen}");
    let of = |id: &str| builtin(id).expect("built in").no_deadline_before(&[Route::Resettle]);
    assert_eq!(of("xinzhou-2021"), None, "it states no deadline");
    assert_eq!(of("zhangjiagang-2021"), "2022-03-31T23:59:59".parse().ok());
}
