//! Runs the command pages in `tests/cmd/`, which are also the manual: each
//! `console` block is a command and what it prints, to the letter.
//!
//! A page with a folder `NAME.in` starts in it; with `NAME.out` beside it, it
//! works in a copy that is thrown away, and what it leaves there is compared.
//! `TRYCMD=overwrite cargo test --test cmd` writes the pages anew.

use std::process::{Command, Stdio};

/// Runs pages in one language, at a time that stands still.
fn run(pages: &str, lang: &str, as_of: &str) {
    trycmd::TestCases::new()
        .env("GUAZHANG_LANG", lang)
        .env("GUAZHANG_AS_OF", as_of)
        .env("GUAZHANG_OPERATOR", "Wang")
        .env("GUAZHANG_LEDGER", "guazhang.db")
        .env("GUAZHANG_PASSPHRASE", "of the pages alone")
        .env("GUAZHANG_NEW_PASSPHRASE", "of the pages alone")
        .env("GUAZHANG_UNLOCK_TIME", "1")
        .case(pages);
}

#[test]
fn the_pages_say_what_the_commands_do() {
    run("tests/cmd/*.md", "en", "2021-11-02T09:00:00");
}

/// The tutorials tell their readers to set the time and the language that stand here.
#[test]
fn the_tutorials_and_the_runbook_say_what_the_commands_do() {
    for lang in ["en", "zh"] {
        for (page, as_of) in [
            ("cashier", "2021-10-29T09:00:00"),
            ("it", "2021-11-02T18:00:00"),
            ("auditor", "2021-11-03T09:00:00"),
        ] {
            run(&format!("docs/tutorials/{lang}/{page}.md"), lang, as_of);
        }
    }
    run("docs/runbook.md", "en", "2021-11-02T09:00:00");
    run("docs/runbook.zh.md", "zh", "2021-11-02T09:00:00");
}

/// `guazhang … | head -1` closes the pipe early; that is no failure.
#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_guazhang"))
        .args(["notice", "show", "xinzhou-2021"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let ended = child.wait_with_output().expect("the program ends");
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
    assert_eq!(ended.status.code(), Some(0));
}
