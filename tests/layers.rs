//! Keeps the house in order: imports point down only, rooms do not know each
//! other, SQL stays in the store and the hub, and the clock with the fronts.
//!
//! It reads the source as text. It does not check what a file does, only where
//! it reaches.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const GROUND: &[&str] = &["domain", "text"];
const ROOMS: &[&str] = &["batch", "exchange", "hub", "intake", "notice", "reconcile", "report", "store"];
const FRONTS: &[&str] = &["cli", "desk"];

/// Longer files hold a second idea.
const LINES: usize = 600;

const SQL: &[&str] = &["SELECT ", "INSERT INTO ", "DELETE FROM ", "CREATE TABLE ", "PRAGMA "];
const CLOCKS: &[&str] = &["Utc::now", "Local::now", "SystemTime::now", "Instant::now"];

/// The floors that files of `floor` may reach besides their own; `None` where there is no such floor.
fn below(floor: &str) -> Option<Vec<&'static str>> {
    match floor {
        "text" => Some(Vec::new()),
        "domain" => Some(vec!["text"]),
        room if ROOMS.contains(&room) => Some(GROUND.to_vec()),
        "work" => Some([GROUND, ROOMS].concat()),
        front if FRONTS.contains(&front) => Some([GROUND, ROOMS, &["work"]].concat()),
        _ => None,
    }
}

/// Everything wrong with one file; `path` is relative to `src`, with `/`.
fn faults(path: &str, source: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if !source.starts_with("//!") {
        faults.push(format!("{path}: does not open with what it is for (`//!`)"));
    }
    let length = source.lines().count();
    if length > LINES {
        faults.push(format!("{path}: {length} lines, {LINES} at most"));
    }
    let code = without_comments(source);
    let floor = path.split(['/', '.']).next().unwrap_or_default();
    if !["lib", "main"].contains(&floor) {
        match below(floor) {
            None => faults.push(format!("{path}: `{floor}` is on no floor; give it one in tests/layers.rs")),
            Some(allowed) => faults.extend(
                reached(&code)
                    .into_iter()
                    .filter(|name| name != floor && !allowed.contains(&name.as_str()))
                    .map(|name| format!("{path}: reaches `{name}`, which does not stand below `{floor}`")),
            ),
        }
    }
    if code.contains("super::super::") {
        faults.push(format!("{path}: climbs with `super::super`; write the path from `crate`"));
    }
    if !["store", "hub"].contains(&floor) {
        faults.extend(
            found(&code, SQL).map(|word| format!("{path}: `{word}` is SQL outside the store and the hub")),
        );
    }
    if !FRONTS.contains(&floor) {
        faults.extend(found(&code, CLOCKS).map(|word| format!("{path}: `{word}` reads the clock")));
    }
    faults
}

fn found<'a>(code: &'a str, words: &'a [&'a str]) -> impl Iterator<Item = &'a str> {
    words.iter().copied().filter(|word| code.contains(word))
}

fn without_comments(source: &str) -> String {
    let code = |line: &'_ str| line.find("//").map_or(line.to_owned(), |at| line[..at].to_owned());
    source.lines().map(code).collect::<Vec<_>>().join("\n")
}

/// The floors that a file names after `crate::`, single or in a group.
fn reached(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, word) in code.match_indices("crate::") {
        let rest = &code[at + word.len()..];
        match rest.strip_prefix('{') {
            Some(group) => names.extend(members(group).iter().map(|member| first_name(member))),
            None => drop(names.insert(first_name(rest))),
        }
    }
    // The macro of closed lists is exported at the root, but belongs to the ground.
    if names.remove("closed_list") {
        names.insert("text".to_owned());
    }
    names
}

/// The members of a group whose opening brace is already read.
fn members(group: &str) -> Vec<String> {
    let (mut depth, mut members) = (0, vec![String::new()]);
    for ch in group.chars() {
        match ch {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => members.push(String::new()),
            _ => {}
        }
        members.last_mut().expect("there is always a last member").push(ch);
    }
    members.retain(|member| !member.trim_matches([',', ' ', '\n']).is_empty());
    members
}

fn first_name(path: &str) -> String {
    path.trim_start_matches([',', ' ', '\n'])
        .chars()
        .take_while(|ch| ch.is_alphanumeric() || *ch == '_')
        .collect()
}

/// Every Rust file below `folder`, as (path relative to `root`, text).
fn sources(root: &Path, folder: &Path, into: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("the source can be listed") {
        let path = entry.expect("the source can be listed").path();
        if path.is_dir() {
            sources(root, &path, into);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            let name = path.strip_prefix(root).expect("it lies below the root");
            let name = name.to_string_lossy().replace('\\', "/");
            into.push((name, fs::read_to_string(&path).expect("the source can be read")));
        }
    }
}

#[test]
fn the_house_is_in_order() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &root, &mut files);
    assert!(files.len() > 30, "the source was found: {} files", files.len());
    let faults: Vec<String> = files.iter().flat_map(|(path, source)| faults(path, source)).collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn what_is_out_of_order_is_found() {
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // file               code                                                faults
        ("text/mod.rs",       "use std::fmt;",                                    0),
        ("text/mod.rs",       "use crate::domain::Money;",                        1),
        ("domain/money.rs",   "use crate::text::Lang;",                           0),
        ("domain/money.rs",   "use crate::closed_list;",                          0),
        ("domain/money.rs",   "use crate::store::Ledger;",                        1),
        ("notice/decide.rs",  "use crate::domain::{Day, Time};",                  0),
        ("notice/decide.rs",  "use crate::notice::Window;",                       0),
        ("notice/decide.rs",  "use crate::intake::Row;",                          1),
        ("notice/decide.rs",  "use crate::{domain::{Day, Time}, text::Lang};",    0),
        ("notice/decide.rs",  "use crate::{domain::{Day}, store::{A, B}, work};", 2),
        ("notice/decide.rs",  "use crate::{\n    domain::Day,\n    store,\n};",   1),
        ("notice/decide.rs",  "fn f() { crate::cli::main(); }",                   1),
        ("notice/decide.rs",  "// see crate::store for the rest",                 0),
        ("notice/decide.rs",  "use super::super::store::Ledger;",                 1),
        ("work/record.rs",    "use crate::{notice, store};",                      0),
        ("work/record.rs",    "use crate::cli::Ctx;",                             1),
        ("cli/list.rs",       "use crate::{work, store, report, domain, text};",  0),
        ("desk/run.rs",       "use crate::{work, store, intake, domain, text};",  0),
        ("desk/run.rs",       "use crate::cli::Ctx;",                             1),
        ("cli/desk.rs",       "use crate::desk::run;",                            1),
        ("desk/run.rs",       "let now = std::time::Instant::now();",             0),
        ("attic/mod.rs",      "use std::fmt;",                                    1),
        ("store/record.rs",   "const ALL: &str = \"SELECT * FROM record\";",      0),
        ("hub/lay.rs",        "const ALL: &str = \"SELECT * FROM record\";",      0),
        ("work/record.rs",    "const ALL: &str = \"SELECT * FROM record\";",      1),
        ("work/record.rs",    "let now = chrono::Utc::now();",                    1),
        ("cli/ctx.rs",        "let now = chrono::Utc::now();",                    0),
    ];
    for (path, code, count) in cases {
        let found = faults(path, &format!("//! A sample.\n{code}\n"));
        assert_eq!(found.len(), count, "{path}: {code}: {found:?}");
    }
    assert_eq!(faults("domain/money.rs", "use std::fmt;\n").len(), 1, "no opening");
    assert_eq!(faults("domain/money.rs", &"//! Long.\n".repeat(LINES + 1)).len(), 1, "too long");
    assert_eq!(faults("domain/money.rs", &"//! Long.\n".repeat(LINES)).len(), 0, "just long enough");
}
