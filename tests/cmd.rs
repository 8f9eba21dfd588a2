//! Runs the command pages in `tests/cmd/`, which are also the manual: each
//! `console` block is a command and what it prints, to the letter.
//!
//! A page with a folder `NAME.in` starts in it; with `NAME.out` beside it, it
//! works in a copy that is thrown away, and what it leaves there is compared.
//! `TRYCMD=overwrite cargo test --test cmd` writes the pages anew.

use std::process::{Command, Stdio};

#[test]
fn the_pages_say_what_the_commands_do() {
    trycmd::TestCases::new()
        .env("GUAZHANG_LANG", "en")
        .env("GUAZHANG_AS_OF", "2021-11-02T09:00:00")
        .env("GUAZHANG_OPERATOR", "Wang")
        .env("GUAZHANG_LEDGER", "guazhang.db")
        .env("GUAZHANG_PASSPHRASE", "of the pages alone")
        .env("GUAZHANG_NEW_PASSPHRASE", "of the pages alone")
        .env("GUAZHANG_UNLOCK_TIME", "1")
        .case("tests/cmd/*.md");
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
