//! The demo as a person runs it: twice in one place, in both languages, and as figures.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn guazhang(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_guazhang"))
        .args(args)
        .current_dir(folder)
        .env_remove("GUAZHANG_LEDGER")
        .env_remove("GUAZHANG_AS_OF")
        .env("GUAZHANG_OPERATOR", "somebody else")
        .env("GUAZHANG_UNLOCK_TIME", "1")
        .output()
        .expect("the program runs")
}

fn text(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() || output.status.code() == Some(3), "{out}{err}");
    out.into_owned()
}

fn json(folder: &Path, args: &[&str]) -> Value {
    let args = [args, &["--format", "json"]].concat();
    serde_json::from_str(&text(&guazhang(folder, &args))).expect("one object")
}

/// Every file below a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("a folder that can be read") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                drop(found.insert(path.clone(), fs::read(&path).expect("a file")));
            }
        }
    }
    found
}

fn words(figures: &Value, key: &str) -> Vec<String> {
    let mut words: Vec<String> = figures[key].as_object().expect("counts by word").keys().cloned().collect();
    words.sort();
    words
}

fn count(figures: &Value, key: &str, word: &str) -> i64 {
    figures[key][word]["count"].as_i64().or(figures[key][word].as_i64()).unwrap_or_default()
}

#[test]
fn two_runs_side_by_side_with_figures_that_tie() {
    let place = tempfile::tempdir().unwrap();
    let story = text(&guazhang(place.path(), &["demo", "--lang", "en"]));
    let first = place.path().join("guazhang-demo");
    let before = files(&first);

    let figures = json(place.path(), &["demo"]);
    assert_eq!(before, files(&first), "the first folder stays as it is");
    let second = place.path().join("guazhang-demo-2");
    let same = |name: &str| fs::read(first.join(name)).unwrap() == fs::read(second.join(name)).unwrap();
    assert!(["records.csv", "records-corrected.csv", "lines.csv", "yunting.toml"].into_iter().all(same));
    assert_eq!(figures["folder"], fs::canonicalize(&second).unwrap().display().to_string());

    #[rustfmt::skip] // one list per line
    let expected = [
        ("by_kind",    vec!["filing", "inpatient", "outpatient", "purchase"]),
        ("by_route",   vec!["agency", "backfill", "bear", "convert", "hold", "manual", "none", "register", "resettle"]),
        ("by_status",  vec!["due_soon", "not_stated", "open", "refused", "undetermined"]),
        ("by_stage",   vec!["cleared", "exported", "pending", "rejected", "settled", "void"]),
        ("by_verdict", vec!["ambiguous", "amount_mismatch", "duplicate", "extra", "matched", "missing", "reversed"]),
    ];
    for (key, list) in expected {
        assert_eq!(words(&figures, key), list, "{key}: {figures:#}");
    }
    #[rustfmt::skip] // one verdict per line
    let verdicts = [
        ("amount_mismatch", 3), ("duplicate", 1), ("extra", 1), ("reversed", 2), ("ambiguous", 2),
    ];
    for (verdict, planned) in verdicts {
        assert_eq!(count(&figures, "by_verdict", verdict), planned, "{verdict}");
    }

    let summary = json(&second, &["report", "summary"]);
    let items = summary["items"].as_array().unwrap();
    let sum = |key: &str| items.iter().map(|item| item[key].as_i64().unwrap()).sum::<i64>();
    assert_eq!(
        (sum("count"), sum("total_fen")),
        (figures["records"].as_i64().unwrap(), figures["total_fen"].as_i64().unwrap())
    );
    assert!(figures["records"].as_i64().unwrap() >= 300);
    assert_eq!(count(&figures, "by_stage", "cleared"), figures["cleared"].as_i64().unwrap());
    assert_eq!(figures["refunds_owed"], 3);
    let left = json(&second, &["report", "unreconciled", "--as-of", "2021-11-18T16:00"]);
    assert_eq!(left["count"], figures["unreconciled"]);
    let runs = json(&second, &["reconcile", "status"]);
    assert_eq!(runs["runs"].as_array().unwrap().len(), 2, "the same statement again made no run");
    assert!(runs["runs"].as_array().unwrap().iter().all(|run| run["outcome"]["bridge_ties"] == true));
    for folder in [&first, &second] {
        assert_eq!(json(folder, &["audit", "verify"])["agrees"], true);
    }
    let batches: Vec<PathBuf> =
        fs::read_dir(second.join("batches")).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(batches.len(), usize::try_from(figures["batches"].as_i64().unwrap()).unwrap());
    for batch in batches {
        text(&guazhang(&second, &["batch", "verify", batch.to_str().unwrap()]));
    }
    assert!(story.lines().count() < 400 && story.contains("$ guazhang report unreconciled"), "{story}");
}

#[test]
fn the_story_is_told_in_chinese_and_only_in_chinese() {
    let place = tempfile::tempdir().unwrap();
    let story = text(&guazhang(place.path(), &["demo", "here", "--lang", "zh"]));
    assert!(place.path().join("here/guazhang.db").is_file());
    let told = story.lines().filter(|line| !line.starts_with([' ', '$']) && !line.is_empty());
    for line in told {
        assert!(line.chars().any(|ch| ('\u{4e00}'..='\u{9fff}').contains(&ch)), "{line}");
    }
    // Every command that is shown can be typed: the demo's own folder is where it was run.
    let shown: Vec<&str> = story.lines().filter(|line| line.starts_with("$ guazhang ")).collect();
    assert!(shown.len() > 20, "{shown:?}");
}

#[test]
fn a_place_that_cannot_be_written_is_refused_in_words() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("file"), "x").unwrap();
    let output = guazhang(place.path(), &["demo", "file/demo", "--lang", "en"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot be written there"));
}
