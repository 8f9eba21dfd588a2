//! The page as a browser shows it: `tests/browser/page.mjs` opens it in Chromium, sorts, filters, searches, prints and
//! asks axe about it. Here are made the pages it looks at: the demo's, and one of many records.
//!
//! Node, two packages of npm and Chromium are asked for by this test, not by the program; `tests/run` installs them
//! where it may. Where they are not installed the test fails; whoever cannot have them says so with
//! `GUAZHANG_WITHOUT_BROWSER=1`. `GUAZHANG_BROWSER_RECORDS` sets how many records, 3,000 else;
//! `GUAZHANG_BROWSER_PICTURES` names a folder for pictures of the demo's page.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]
#![allow(clippy::print_stdout, reason = "what is left out is said")]

mod common;

use common::Desk;
use common::world::World;
use std::path::Path;
use std::process::Command;

const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser");
const FEW: u64 = 3_000;

/// Whether there is a browser to look with.
fn can_look() -> bool {
    if std::env::var_os("GUAZHANG_WITHOUT_BROWSER").is_some() {
        println!("skipped: no browser, and GUAZHANG_WITHOUT_BROWSER is set");
        return false;
    }
    let installed = Path::new(HERE).join("node_modules/playwright-core").is_dir();
    assert!(
        installed,
        "tests/browser has no node_modules. Run `npm ci --prefix tests/browser` and install Chromium, or set GUAZHANG_WITHOUT_BROWSER=1"
    );
    true
}

/// What the browser finds on a page.
#[track_caller]
fn looked_at(page: &Path, pictures: Option<&Path>) {
    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter=tap", "page.mjs"]).current_dir(HERE).env("GUAZHANG_PAGE", page);
    if let Some(folder) = pictures {
        std::fs::create_dir_all(folder).unwrap();
        node.env("GUAZHANG_PICTURES", folder);
    }
    let ended = node.output().expect("node starts");
    let (out, err) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success(), "{}:\n{out}{err}", page.display());
    assert!(out.contains("# pass ") && !out.contains("# tests 0"), "{out}");
    for said in out.lines().filter(|line| line.contains("bytes, opened in")) {
        println!("{}: {said}", page.display());
    }
}

#[test]
fn the_page_of_the_demo() {
    if !can_look() {
        return;
    }
    let desk = Desk::empty();
    desk.run(&["demo", "story", "--lang", "en"]).ended(0);
    for (lang, name) in [("en", "en.html"), ("zh", "zh.html")] {
        let report = ["report", "html", "--ledger", "story/guazhang.db", "--out", name, "--lang", lang];
        desk.run_as("clerk B", "guazhang demo", &report).ended(0);
        let pictures =
            std::env::var_os("GUAZHANG_BROWSER_PICTURES").map(|folder| Path::new(&folder).join(lang));
        looked_at(&desk.file(name), pictures.as_deref());
    }
}

#[test]
fn the_page_of_many_records() {
    if !can_look() {
        return;
    }
    let records = std::env::var("GUAZHANG_BROWSER_RECORDS").map_or(FEW, |text| text.parse().unwrap());
    let (desk, world) = (Desk::new(), World::new(records, 7));
    desk.import(&world.records, &world.lines).ended(0);
    desk.reconcile(&world.statement);
    desk.run(&["report", "html", "--out", "many.html"]).ended(0);
    looked_at(&desk.file("many.html"), None);
}
