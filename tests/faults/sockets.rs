//! No command opens a socket: what stands in the ledger does not leave the
//! machine unless somebody carries it.

use crate::seed;
use crate::story::{STORY, beginning, placed};
use std::fs;
use std::process::{Command, Stdio};

/// What reads, after the story.
const READS: &[&str] = &[
    "list",
    "due",
    "show A1-0001",
    "find A1-0001",
    "report summary",
    "report unreconciled",
    "batch list",
    "batch show B1",
    "batch verify %/out/A1-B0001-resettle",
    "batch again B1 --out %/again",
    "break list",
    "refund list",
    "census list",
    "facility list",
    "notice list",
    "notice timeline",
    "notice duties",
    "audit log",
    "audit verify",
    "explain missing",
    "init --facility H14999900001 --name 示例 --ledger %/other.db",
    "demo",
    "--help",
    "--version",
];

#[test]
fn no_command_opens_a_socket() {
    let there = Command::new("strace").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !there.is_ok_and(|status| status.success()) {
        println!("skipped: strace is not installed");
        return;
    }
    let desk = beginning(24, seed());
    let calls = desk.file("calls.txt");
    let mut traced = 0;
    let mut run = |name: &str, args: &[String]| {
        let args = placed(&desk, args);
        let plain = desk.command(&args.iter().map(String::as_str).collect::<Vec<_>>());
        let mut command = Command::new("strace");
        command
            .args(["-f", "-e", "trace=network", "-o"])
            .arg(&calls)
            .arg(plain.get_program())
            .args(plain.get_args());
        command.current_dir(desk.path()).stdin(Stdio::null());
        command.envs(plain.get_envs().filter_map(|(key, value)| Some((key, value?))));
        let ended = command.output().unwrap();
        let text = fs::read_to_string(&calls).unwrap_or_default();
        if !text.contains("exited with") {
            // A machine may not let one process watch another.
            println!("skipped: strace cannot watch here: {}", String::from_utf8_lossy(&ended.stderr));
            return None;
        }
        let sockets: Vec<_> =
            text.lines().filter(|line| line.contains("socket(") || line.contains("connect(")).collect();
        assert!(sockets.is_empty(), "{name}: {sockets:?}");
        traced += 1;
        ended.status.code()
    };
    for row in STORY {
        let Some(code) = run(row.name, &row.args(&desk)) else { return };
        assert_eq!(code, row.ends.0, "{}", row.name);
    }
    for line in READS {
        let args: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let code = run(line, &args);
        assert!(code.is_some_and(|code| [0, 3, 4].contains(&code)), "{line}: {code:?}");
    }
    println!("{traced} commands, no socket");
}
