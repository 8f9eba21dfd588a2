//! The summary on a terminal: bars and a line of days below the table, plain ASCII where the console has no blocks,
//! and `report watch`, which draws anew what other windows commit and puts the terminal back when it ends.
//!
//! The terminal is tmux's. Where there is none the tests say so and pass; what is drawn is tested without one, in
//! the report itself.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod common;

use common::{Desk, LEDGER};
use guazhang::text::width;
use std::cell::Cell;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::Duration;

/// So often a screen is looked at before it is given up, on a machine that does other things besides.
const PATIENCE: usize = 1500;
const PAUSE: Duration = Duration::from_millis(40);
static OPENED: AtomicU32 = AtomicU32::new(0);

/// A desk with records of three days, one of them void.
fn desk() -> Desk {
    let desk = Desk::new();
    let rows = [("M-1", "2021-10-25T09:00:00", "300.00"), ("M-2", "2021-10-25T10:00:00", "20.50")];
    for (no, at, total) in rows.into_iter().chain([("M-3", "2021-10-27T08:00:00", "7.00")]) {
        add(&desk, no, at, total);
    }
    desk.run(&["void", "M-3", "--reason", "重复"]).ended(0);
    desk
}

fn add(desk: &Desk, no: &str, at: &str, total: &str) {
    let add = ["add", "outpatient", "--record-no", no, "--name", "陆样", "--total", total, "--paid", total];
    desk.run(&[&add[..], &["--pay-method", "cash", "--occurred-at", at]].concat()).ended(0);
}

/// A shell on a terminal of its own.
struct Terminal {
    socket: String,
    /// How many commands were given; the end of an earlier one may still stand on the screen.
    given: Cell<u32>,
}

impl Terminal {
    /// `None` where there is no tmux. `variables` come last, so that they win.
    fn open(desk: &Desk, size: (u16, u16), variables: &[&str]) -> Option<Terminal> {
        if !Command::new("tmux").arg("-V").output().is_ok_and(|out| out.status.success()) {
            let _ = writeln!(std::io::stderr(), "skipped: no tmux here");
            return None;
        }
        let folder = desk.path().file_name().unwrap().to_string_lossy().into_owned();
        // A server that was ended a moment ago may still be on its way out.
        let count = OPENED.fetch_add(1, Ordering::Relaxed);
        let socket = format!("guazhang-watch-{}-{count}-{folder}", std::process::id());
        let terminal = Terminal { socket, given: Cell::new(0) };
        let mut all: Vec<String> =
            ["LC_ALL=C.UTF-8", "TERM=screen", "GUAZHANG_PAGER=cat", "PS1='$ '"].map(str::to_owned).into();
        let command = desk.command(&[]);
        let given = command.get_envs().filter_map(|(name, value)| Some((name.to_str()?, value?.to_str()?)));
        all.extend(given.map(|(name, value)| format!("{name}='{value}'")));
        all.extend(variables.iter().map(|one| (*one).to_owned()));
        let shell = format!("cd '{}'; exec env -u NO_COLOR {} sh", desk.path().display(), all.join(" "));
        let (columns, rows) = (size.0.to_string(), size.1.to_string());
        terminal.tmux(&["new-session", "-d", "-x", &columns, "-y", &rows, &shell]);
        terminal.shows("$");
        Some(terminal)
    }

    fn tmux(&self, args: &[&str]) -> String {
        let mut command = Command::new("tmux");
        command.args(["-u", "-L", &self.socket, "-f", "/dev/null"]).args(args);
        let out = command.env("LC_ALL", "C.UTF-8").env_remove("TMUX").output().unwrap();
        assert!(out.status.success(), "tmux {args:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8_lossy(&out.stdout).into_owned()
    }

    /// Types a line of the shell.
    fn line(&self, text: &str) {
        self.tmux(&["send-keys", "-l", "--", text]);
        self.key("Enter");
    }

    fn key(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// Waits until the screen shows it and stands still.
    #[track_caller]
    fn shows(&self, wanted: &str) -> String {
        for _ in 0..PATIENCE {
            let screen = self.screen();
            if screen.contains(wanted) && self.screen() == screen {
                return screen;
            }
            sleep(PAUSE);
        }
        panic!("`{wanted}` never came:\n{}", self.screen());
    }

    /// The screen after a command that ends.
    fn after(&self, args: &str) -> String {
        self.given.set(self.given.get() + 1);
        let end = format!("ended {}:", self.given.get());
        self.line(&format!("clear; {} {args}; echo {end} $?", env!("CARGO_BIN_EXE_guazhang")));
        self.shows(&format!("\n{end} "))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let mut command = Command::new("tmux");
        command.args(["-L", &self.socket, "kill-server"]).env_remove("TMUX").stderr(Stdio::null());
        let _ = command.status();
    }
}

#[test]
fn the_summary_has_bars_where_they_fit_and_not_for_programs() {
    let desk = desk();
    let Some(terminal) = Terminal::open(&desk, (80, 40), &[]) else { return };
    let screen = terminal.after("report summary");
    assert!(screen.contains("pending") && screen.contains("stages, in yuan and records"), "{screen}");
    let bar = screen.lines().find(|line| line.contains('█') && line.contains("320.50")).unwrap();
    assert!(bar.trim_end().ends_with("320.50  2"), "{bar}");
    assert!(screen.contains("ways back of what is unreconciled"), "{screen}");
    let days = screen.lines().skip_while(|line| !line.starts_with("records per day, 2021-10-25")).nth(1);
    assert_eq!(days.unwrap().trim(), "█", "the void record is not counted:\n{screen}");
    assert!(screen.lines().all(|line| width(line) <= 80), "{screen}");
    // Programs get what they always got.
    let csv = terminal.after("report summary --format csv");
    assert!(!csv.contains('█') && csv.contains("H14090100001,outpatient,pending,2,320.50,320.50"), "{csv}");
    let piped = desk.run(&["report", "summary"]).ended(0).out;
    assert!(!piped.contains('█') && !piped.contains("in yuan and records"), "{piped}");
}

#[test]
fn a_console_without_blocks_gets_ascii() {
    let desk = desk();
    for variable in ["NO_COLOR=1", "TERM=dumb", "LC_ALL=C", "GUAZHANG_AMBIGUOUS_WIDTH=2"] {
        let Some(terminal) = Terminal::open(&desk, (80, 40), &[variable]) else { return };
        let screen = terminal.after("report summary");
        assert!(screen.contains("#####") && screen.contains("|@|"), "{variable}: {screen}");
        assert!(screen.is_ascii(), "{variable}: {screen}");
    }
    let Some(narrow) = Terminal::open(&desk, (12, 60), &[]) else { return };
    assert!(!narrow.after("report summary").contains('█'), "{}", narrow.screen());
}

#[test]
fn it_shows_what_others_commit_and_ends_with_q() {
    let desk = desk();
    let Some(terminal) = Terminal::open(&desk, (90, 40), &[]) else { return };
    terminal.line("clear; printf 'what was %s before\\n' here");
    terminal.shows("what was here before");
    let before = desk.head();
    terminal.line(&format!("{} report watch --every 1s", env!("CARGO_BIN_EXE_guazhang")));
    let screen = terminal.shows("looks every 1s  q leaves");
    assert!(screen.contains("3 records, 327.50 yuan") && screen.contains('█'), "{screen}");
    assert!(!screen.contains("what was here before"), "{screen}");
    // Another window commits.
    add(&desk, "M-4", "2021-10-28T08:00:00", "1000.00");
    let screen = terminal.shows("4 records, 1327.50 yuan");
    assert!(screen.contains(&format!("event {}", before.0 + 1)), "{screen}");
    // A smaller window shows as much as it has room for.
    terminal.tmux(&["resize-window", "-x", "60", "-y", "8"]);
    let small = terminal.shows("more lines than the window has room for");
    assert!(small.lines().count() <= 8 && small.contains("q leaves"), "{small}");
    terminal.tmux(&["resize-window", "-x", "90", "-y", "40"]);
    terminal.shows("stages, in yuan and records");
    terminal.key("q");
    terminal.line("echo ended $?");
    let after = terminal.shows("ended 0");
    assert!(after.contains("what was here before") && !after.contains("q leaves"), "{after}");
    assert_eq!(desk.head().0, before.0 + 1, "it only reads");
}

#[test]
fn ctrl_c_and_a_signal_end_it_with_130() {
    let desk = desk();
    let Some(terminal) = Terminal::open(&desk, (90, 40), &[]) else { return };
    let watch = format!("{} report watch; echo ended $?", env!("CARGO_BIN_EXE_guazhang"));
    for round in 1..=2 {
        terminal.line(&format!("clear; {watch}"));
        terminal.shows("looks every 2s  q leaves");
        if round == 1 {
            terminal.key("C-c");
        } else {
            let pane = terminal.tmux(&["display-message", "-p", "#{pane_pid}"]);
            let child = Command::new("pgrep").args(["-P", pane.trim()]).output().unwrap();
            let child = String::from_utf8(child.stdout).unwrap();
            assert!(Command::new("kill").args(["-TERM", child.trim()]).status().unwrap().success());
        }
        // The shell echoes what is typed again: the terminal is as it was.
        terminal.shows("ended 130");
        terminal.line("echo typed");
        terminal.shows("$ echo typed\ntyped");
    }
}

#[test]
fn without_a_terminal_it_is_shown_once() {
    let desk = desk();
    let ran = desk.run(&["report", "watch"]).ended(0);
    assert_eq!(ran.out, desk.run(&["report", "summary"]).out);
    assert!(ran.err.contains("not a terminal: shown this once"), "{}", ran.err);
    assert_eq!(desk.json(&["report", "watch"]), desk.json(&["report", "summary"]));
    assert!(desk.file(LEDGER).exists());
    desk.run(&["report", "watch", "--every", "2h"]).ended(2);
}
