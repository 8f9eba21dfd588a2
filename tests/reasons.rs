//! Every reason that a record or a row does not agree, each from a fixture of its own: sheets, steps and the breaks
//! that must be open at the end, no more and no fewer.
//!
//! A fixture is `fixtures/reconcile/CODE.toml`, or `CODE-name.toml` where a reason has several. A step is a command
//! as it is typed, with its moment after `@`.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod common;

use common::{Desk, sound};
use guazhang::domain::Reason;
use guazhang::text::Label;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
struct Case {
    #[expect(dead_code, reason = "it is for whoever reads the fixture")]
    about: String,
    notice: Option<String>,
    steps: Vec<String>,
    breaks: Vec<String>,
    files: BTreeMap<String, String>,
}

fn fixtures() -> Vec<(String, Case)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/reconcile");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ext| ext == "toml"));
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let case = toml::from_str(&fs::read_to_string(&path).unwrap());
        (name.clone(), case.unwrap_or_else(|error| panic!("{name}: {error}")))
    };
    paths.into_iter().map(read).collect()
}

/// A ledger under the notice of the case.
fn desk(case: &Case) -> Desk {
    let Some(notice) = &case.notice else { return Desk::new() };
    let desk = Desk::empty();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(notice);
    let path = path.to_str().unwrap();
    let notice = if Path::new(path).exists() { path } else { notice };
    desk.run(&["init", "--facility", common::world::OWN, "--name", "示例医院", "--notice", notice]).ended(0);
    desk
}

/// Runs every step; the breaks that are open then, `code record setl_id difference`.
fn breaks_of(name: &str, case: &Case) -> (Desk, Vec<String>) {
    let desk = desk(case);
    for (file, text) in &case.files {
        desk.write(file, text);
    }
    for step in &case.steps {
        let (command, at) = step.split_once(" @").unwrap_or((step, ""));
        let mut args: Vec<&str> = command.split_whitespace().collect();
        if !at.is_empty() {
            args.extend(["--as-of", at]);
        }
        let ran = desk.run(&args);
        assert!([0, 3].contains(&ran.code), "{name}: {step}: {}{}", ran.out, ran.err);
    }
    let listed = desk.json(&["break", "list"]);
    let text = |item: &serde_json::Value, key: &str| match item[key].as_str() {
        None | Some("") => "-".to_owned(),
        Some(text) => text.to_owned(),
    };
    let one = |item: &serde_json::Value| {
        let difference = guazhang::domain::Money::from_fen(item["difference_fen"].as_i64().unwrap());
        let of = if item["number"].is_string() { text(item, "record_no") } else { "-".to_owned() };
        format!("{} {of} {} {difference}", text(item, "reason"), text(item, "setl_id"))
    };
    let mut found: Vec<String> = listed["items"].as_array().unwrap().iter().map(one).collect();
    found.sort();
    (desk, found)
}

#[test]
fn each_reason_is_found_by_its_fixture() {
    let mut wrong = Vec::new();
    for (name, case) in fixtures() {
        let (desk, found) = breaks_of(&name, &case);
        let mut want = case.breaks.clone();
        want.sort();
        if found != want {
            wrong.push(format!("{name}: {found:?} instead of {want:?}"));
        }
        sound(&desk);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_reason_has_a_fixture_that_is_named_after_it_and_an_explanation() {
    let codes = |name: &str| name.split('-').next().unwrap().to_owned();
    let mut known = BTreeSet::new();
    for (name, case) in fixtures() {
        let code = codes(&name);
        let shown = case.breaks.iter().any(|line| line.starts_with(&format!("{code} ")));
        assert!(shown, "{name} does not show its reason");
        known.insert(code);
    }
    // A code that nobody knows is shown where profiles are read, what windows say of each other in `bundles.rs`.
    let here = |reason: &&Reason| !reason.is_of_windows() && !known.contains(reason.id());
    let missing: Vec<_> = Reason::ALL.iter().filter(here).collect();
    assert_eq!(missing, [&Reason::UnknownCode]);
    let desk = Desk::new();
    for reason in Reason::ALL {
        let told = desk.run(&["explain", reason.id()]).ended(0);
        assert!(told.out.contains("what to do"), "{}", told.out);
    }
}
