//! Whatever shows identities, or writes them to a file, needs a purpose and leaves
//! exactly one event; what does is found by walking the help of every command.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod common;

use common::{Desk, sound};

const ROWS: &str = "\
record_no,kind,line,name,id_no,insurance,occurred_at,total,paid,pay_method,locality,prepaid,papers
HIS-1,outpatient,ordinary,钱试五,11990019491231002X,310,2021-10-29T09:30:00,50.00,50.00,cash,local,yes,receipt
";

/// How each command that can show identities is called here.
const CALLS: &[(&str, &[&str])] = &[
    ("audit log", &["audit", "log"]),
    ("break list", &["break", "list"]),
    ("break show", &["break", "show", "1"]),
    ("census list", &["census", "list"]),
    ("due", &["due"]),
    ("export data", &["export", "data", "data", "--format", "csv"]),
    ("find", &["find", "HIS-1"]),
    ("list", &["list"]),
    ("paper list", &["paper", "list"]),
    ("refund list", &["refund", "list"]),
    ("report html", &["report", "html", "--out", "report.html"]),
    ("report owed", &["report", "owed"]),
    ("report unreconciled", &["report", "unreconciled"]),
    ("show", &["show", "HIS-1"]),
    ("slip", &["slip", "HIS-1"]),
];

/// Every command whose help names `--reveal`, as it is typed.
fn revealing(desk: &Desk, path: &[String], found: &mut Vec<String>) {
    let mut args: Vec<&str> = path.iter().map(String::as_str).collect();
    args.push("--help");
    let help = desk.run(&args).out;
    if help.contains("--reveal") {
        found.push(path.join(" "));
    }
    let listed = help.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1);
    let listed = listed.take_while(|line| line.starts_with("  "));
    // A name stands two columns in; the lines of its text further.
    for line in listed.filter(|line| !line.starts_with("   ")) {
        let name = line.split_whitespace().next().unwrap();
        if name != "help" {
            revealing(desk, &[path, &[name.to_owned()]].concat(), found);
        }
    }
}

fn revealed(desk: &Desk) -> usize {
    let log = desk.json(&["audit", "log"]);
    log["items"].as_array().unwrap().iter().filter(|event| event["event"] == "revealed").count()
}

fn story() -> Desk {
    let desk = Desk::new();
    desk.write("records.csv", ROWS);
    desk.run(&["import", "records", "records.csv"]).ended(0);
    desk
}

#[test]
fn every_command_that_shows_identities_is_known_here() {
    let desk = Desk::empty();
    let mut found = Vec::new();
    revealing(&desk, &[], &mut found);
    found.sort();
    let known: Vec<_> = CALLS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(found, known);
}

#[test]
fn each_needs_a_purpose_and_leaves_one_event() {
    let desk = story();
    desk.write("statement.csv", "setl_id,record_no,medfee_sumamt\nS1,HIS-9,5.00\n");
    desk.run(&["reconcile", "statement.csv"]).ended(3);
    for (name, call) in CALLS {
        let before = desk.head();
        desk.run(&[call, &["--reveal"][..]].concat()).ended(2);
        assert_eq!(desk.head(), before, "{name} without a purpose");
        let ran = desk.run(&[call, &["--reveal", "--purpose", "call back"][..]].concat());
        assert!([0, 3].contains(&ran.code), "{name}: {}", ran.err);
        // A page leaves one more, by which it can be proved.
        let own = i64::from(*name == "report html");
        assert_eq!(desk.head().0, before.0 + 1 + own, "{name}");
    }
    assert_eq!(revealed(&desk), CALLS.len());
    sound(&desk);
}

#[test]
fn files_with_identities_leave_one_event_each() {
    let desk = story();
    desk.run(&["audit", "file", "HIS-1", "--out", "again.csv"]).ended(2);
    assert_eq!(revealed(&desk), 0);
    desk.run(&["audit", "file", "HIS-1", "--out", "again.csv", "--purpose", "compare"]).ended(0);
    assert_eq!(revealed(&desk), 1);
    // A batch has its purpose in its name, and an event of its own.
    let sent = desk.json(&["export", "resettle", "--out", "out"]);
    assert_eq!(sent["batches"].as_array().map(Vec::len), Some(1), "{sent}");
    let log = desk.json(&["audit", "log"]);
    let exported = log["items"].as_array().unwrap().iter().filter(|event| event["event"] == "exported");
    assert_eq!(exported.count(), 1);
    assert_eq!(revealed(&desk), 1);
    desk.run(&["batch", "again", "B1", "--out", "copy"]).ended(0);
    assert_eq!(revealed(&desk), 2);
    desk.run(&["batch", "again", "B1", "--out", "third", "--purpose", "lost stick"]).ended(0);
    assert_eq!(revealed(&desk), 3);
    // What holds no identity leaves none.
    desk.run(&["audit", "export", "--out", "chain.jsonl"]).ended(0);
    assert_eq!(revealed(&desk), 3);
    let written = std::fs::read_to_string(desk.file("chain.jsonl")).unwrap();
    assert!(!written.contains("钱试五") && !written.contains("11990019491231002X"));
    sound(&desk);
}
