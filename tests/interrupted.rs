//! Ctrl-C in the midst of a long step, and a crash: neither leaves anything half
//! done, and a crash leaves no copy of the memory.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod common;

use common::{Desk, LEDGER, sound};
use std::fmt::Write as _;
use std::fs;
use std::io::Read;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// More rows than any machine reads before the signal comes.
const ROWS: u32 = 400_000;

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success(), "kill {name}");
}

/// Starts a command, interrupts it once it is under way, and gives what it said.
fn interrupted(desk: &Desk, args: &[&str]) -> (Option<i32>, String) {
    let mut child =
        desk.command(args).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts");
    sleep(Duration::from_secs(2));
    signal(&child, "-INT");
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (child.wait().unwrap().code(), said)
}

#[test]
fn ctrl_c_leaves_nothing_half() {
    let desk = Desk::new();
    let mut records = "kind,name,insurance,occurred_at,total,receipt_no\n".to_owned();
    let mut statement = "setl_id,record_no,psn_no,medfee_sumamt\n".to_owned();
    for row in 0..ROWS {
        writeln!(records, "outpatient,韦样,310,2021-10-29 09:00:00,12.50,P{row}").unwrap();
        writeln!(statement, "S{row},MZ-{row},P{row},12.50").unwrap();
    }
    desk.write("records.csv", records);
    desk.write("statement.csv", statement);
    for args in [&["import", "records", "records.csv"][..], &["reconcile", "statement.csv"]] {
        let (head, content) = (desk.head(), desk.content());
        let (code, said) = interrupted(&desk, args);
        assert_eq!(code, Some(130), "{args:?}: {said}");
        assert!(said.contains("interrupted, nothing was written"), "{args:?}: {said}");
        assert!(!said.contains("rows,"), "progress is for a terminal only: {said}");
        assert_eq!((desk.head(), desk.content()), (head, content), "{args:?}");
        sound(&desk);
    }
    let left: Vec<_> = fs::read_dir(desk.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains(".part")), "{left:?}");
}

/// A program that waits for its input, with cores of any size allowed by whoever started it.
fn waiting(desk: &Desk) -> Child {
    let program = env!("CARGO_BIN_EXE_guazhang");
    let of = desk.command(&[]);
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("ulimit -c unlimited 2>/dev/null; exec '{program}' add outpatient --stdin")]);
    shell.envs(of.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.current_dir(desk.path()).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    shell.spawn().expect("the program starts")
}

#[test]
fn a_crash_leaves_no_core() {
    let desk = Desk::new();
    let mut child = waiting(&desk);
    sleep(Duration::from_secs(2));
    if let Ok(limits) = fs::read_to_string(format!("/proc/{}/limits", child.id())) {
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
        let sizes: Vec<&str> = core.split_whitespace().skip(4).take(2).collect();
        assert_eq!(sizes, ["0", "0"], "{core}");
    }
    signal(&child, "-ABRT");
    let ended = child.wait().unwrap();
    assert_eq!(ended.signal(), Some(6));
    assert!(!ended.core_dumped());
    let left: Vec<_> = fs::read_dir(desk.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with("core")), "{left:?}");
    assert!(desk.file(LEDGER).is_file());
    sound(&desk);
    let looked = desk.json(&["doctor"]);
    let crashes = looked["items"].as_array().unwrap().iter().find(|look| look["check"] == "crash_dumps");
    assert_eq!(
        crashes.unwrap()["outcome"],
        "ok",
        "a core is off by the limit, and on Linux by the process itself"
    );
}
