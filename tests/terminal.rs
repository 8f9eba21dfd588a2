//! What a person at a terminal gets: long output in a pager and short output as
//! it is, completions that shells read, manual pages that `man` reads.
//!
//! The terminal is made by `script`; a shell or tool that is not installed is passed over.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod common;

use common::Desk;
use std::process::{Command, Stdio};

/// What stands on a terminal of 24 rows after a command, with a pager that marks what goes through it.
fn on_terminal(desk: &Desk, args: &str, pager: &str) -> Option<String> {
    let line = format!("stty rows 24 cols 100; {} {args}", env!("CARGO_BIN_EXE_guazhang"));
    let mut command = desk.command(&[]);
    let mut script = Command::new("script");
    script.args(["-qec", &line, "/dev/null"]).current_dir(desk.path()).stdin(Stdio::null());
    for (name, value) in command.env("PAGER", pager).env("TERM", "xterm").get_envs() {
        script.env(name, value.unwrap_or_default());
    }
    script.env_remove("GUAZHANG_PAGER");
    let ended = script.output().ok().filter(|ended| ended.status.success())?;
    Some(String::from_utf8_lossy(&ended.stdout).replace('\r', ""))
}

#[test]
fn what_is_longer_than_the_screen_goes_through_the_pager() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let desk = Desk::new();
    // The pager is a program and its words: here one that puts a mark before each line.
    let mark = "sed s/^/paged:/";
    let Some(long) = on_terminal(&desk, "notice show xinzhou-2021", mark) else { return };
    assert!(long.lines().count() > 24 && long.lines().all(|line| line.starts_with("paged:")), "{long}");
    let short = on_terminal(&desk, "notice list", mark).unwrap();
    assert!(!short.contains("paged:") && short.contains("xinzhou-2021"), "{short}");
    for args in ["--no-pager notice show xinzhou-2021", "notice show xinzhou-2021 --format json"] {
        let plain = on_terminal(&desk, args, mark).unwrap();
        assert!(!plain.contains("paged:") && plain.lines().count() > 24, "{plain}");
    }
    let none = on_terminal(&desk, "notice show xinzhou-2021", "").unwrap();
    assert!(!none.contains("paged:") && none.lines().count() > 24, "{none}");
    let help = on_terminal(&desk, "add --help", mark).unwrap();
    assert!(help.starts_with("paged:"), "{help}");
    let gone = on_terminal(&desk, "notice show xinzhou-2021", "no-such-pager-here").unwrap();
    assert!(
        gone.contains("xinzhou-2021") && gone.lines().count() > 24,
        "what cannot be paged is printed: {gone}"
    );
    let early = on_terminal(&desk, "add --help", "head -2").unwrap();
    assert_eq!(early.lines().count(), 2, "a reader that leaves early is no failure: {early}");
}

#[test]
fn nothing_is_paged_for_a_program() {
    let desk = Desk::new();
    let mut command = desk.command(&["notice", "show", "xinzhou-2021"]);
    let ran = common::ran(command.env("PAGER", "sed s/^/paged:/")).ended(0);
    assert!(!ran.out.contains("paged:"));
}

#[test]
fn shells_read_the_completions() {
    let desk = Desk::empty();
    for (name, check) in [("bash", vec!["-n"]), ("zsh", vec!["-n"]), ("fish", vec!["--no-execute"])] {
        for lang in ["en", "zh"] {
            let script = desk.run(&["completions", name, "--lang", lang]).ended(0).out;
            assert!(script.contains("export") && script.contains("slip"), "{name}");
            desk.write("completions", &script);
            let Ok(ended) = Command::new(name).args(&check).arg(desk.file("completions")).output() else {
                continue;
            };
            assert!(ended.status.success(), "{name} {lang}: {}", String::from_utf8_lossy(&ended.stderr));
        }
    }
    let script = desk.run(&["completions", "powershell"]).ended(0).out;
    assert!(script.contains("Register-ArgumentCompleter -Native -CommandName 'guazhang'"), "{script}");
    // What bash offers after `guazhang sl` is the one command that begins so.
    desk.write("bash.sh", desk.run(&["completions", "bash"]).ended(0).out);
    let ask = "source ./bash.sh; COMP_WORDS=(guazhang sl); COMP_CWORD=1; _guazhang guazhang sl guazhang; echo ${COMPREPLY[@]}";
    if let Ok(ended) = Command::new("bash").args(["-c", ask]).current_dir(desk.path()).output() {
        assert_eq!(
            String::from_utf8_lossy(&ended.stdout).trim(),
            "slip",
            "{}",
            String::from_utf8_lossy(&ended.stderr)
        );
    }
}

#[test]
fn man_reads_the_pages() {
    let desk = Desk::empty();
    desk.run(&["man", "pages"]).ended(0);
    for page in ["guazhang", "guazhang-slip", "guazhang-export-data", "guazhang-notice-decide"] {
        let text = std::fs::read_to_string(desk.file(&format!("pages/{page}.1"))).unwrap();
        assert!(text.contains(&format!(".TH {page} 1")), "{page}");
        assert!(text.contains(".SH EXAMPLES\n.nf\n  # ") && text.contains("\\-\\-ledger"), "{page}");
        let read = Command::new("groff")
            .args(["-man", "-ww", "-Kutf8", "-Tutf8", "-P-cbou"])
            .arg(desk.file(&format!("pages/{page}.1")))
            .output();
        if let Ok(read) = read {
            assert!(
                read.status.success() && String::from_utf8_lossy(&read.stdout).contains("SYNOPSIS"),
                "{page}"
            );
        }
    }
}

#[test]
fn no_colour_and_no_escape_reaches_a_program() {
    let desk = Desk::new();
    for args in [["list", "--open"], ["--help", "--no-pager"], ["notice", "list"], ["nothing", "here"]] {
        let ran = desk.run(&args);
        assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'), "{args:?}");
    }
}
