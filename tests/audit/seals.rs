//! Seals, which prove what the chain alone cannot, and the chain as scripts of others verify it.

use crate::common::world::World;
use crate::common::{Desk, LEDGER};
use crate::story::story;
use guazhang::domain::SealReason;
use guazhang::store::{EventInfo, Fault, Ledger, StoreError};
use rusqlite::Connection;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Writes the whole chain anew after a change, as someone with the file and time can.
fn forge(path: &Path, change: &str) {
    let mut events: Vec<EventInfo> = Vec::new();
    let conn = Connection::open(path).unwrap();
    conn.execute_batch(change).unwrap();
    let ledger = Ledger::open(path).unwrap();
    let gather = |event| -> Result<(), StoreError> {
        events.push(event);
        Ok(())
    };
    ledger.books().each_event(0, gather).unwrap();
    let mut before = guazhang::domain::Digest::NONE;
    for event in &events {
        before = event.hash_after(before);
        conn.execute("UPDATE event SET hash = ?2 WHERE seq = ?1", (event.seq, before.bytes())).unwrap();
    }
}

#[test]
fn a_seal_proves_what_the_chain_cannot() {
    let desk = Desk::new();
    desk.run(&["facility", "add", "H14090100009", "另一家医院"]).ended(0);
    let made = desk.json(&["audit", "seal", "--reason", "月末", "--out", "seal.json"]);
    let code = made["code"].as_str().unwrap().to_owned();
    let key = desk.json(&["audit", "key"]);
    let print = key["fingerprint"].as_str().unwrap().to_owned();
    desk.run(&["facility", "add", "H14090100008", "第三家医院"]).ended(0);
    for seal in [code.as_str(), "seal.json", &code.to_lowercase().replace('-', "")] {
        desk.run(&["audit", "verify", "--seal", seal, "--key", &print]).ended(0);
    }
    desk.run(&["audit", "seal", "--reason", "月末", "--out", "seal.json"]).ended(4);
    desk.run(&["audit", "seal", "--reason", " "]).ended(4);
    desk.run(&["audit", "verify", "--seal", &format!("{}0", &code[..code.len() - 1])]);
    desk.run(&["audit", "verify", "--seal", "no such seal"]).ended(4);
    desk.run(&["audit", "verify", "--key", "AAAA-AAAA-AAAA-AAAA"]).ended(6);

    // Another seal's text under the same signature.
    let text = fs::read_to_string(desk.file("seal.json")).unwrap();
    desk.write("other.json", text.replace("月末", "月初"));
    desk.run(&["audit", "verify", "--seal", "other.json"]).ended(6);

    // Somebody writes the chain anew, and leaves no seal in it.
    let forged = desk.copy();
    let path = forged.file(LEDGER);
    forge(
        &path,
        "DELETE FROM seal; UPDATE event SET operator = 'Wu' WHERE seq = 2;
         UPDATE event SET kind = 'revealed' WHERE kind = 'sealed';",
    );
    assert_eq!(Ledger::open(&path).unwrap().books().prove().unwrap().faults, []);
    for seal in [code.as_str(), "seal.json"] {
        let ran = forged.run(&["audit", "verify", "--seal", seal]).ended(6);
        assert!(ran.err.contains("is not the one that was sealed"), "{}", ran.err);
    }
    // The same with the seal left in shows by itself.
    let forged = desk.copy();
    forge(&forged.file(LEDGER), "UPDATE event SET operator = 'Wu' WHERE seq = 2");
    let faults = forged.ledger().books().prove().unwrap().faults;
    assert_eq!(faults, [Fault::Seal { number: 1 }]);
    let listed = forged.run(&["audit", "seals", "--format", "json"]).ended(6);
    assert_eq!(listed.json()["items"][0]["holds"], false);
    // A ledger cut short after the seal, or a later ledger of the same facility, does not hold it either.
    Desk::new().run(&["audit", "verify", "--seal", &code]).ended(6);
}

#[test]
fn what_goes_out_is_sealed() {
    let desk = Desk::new();
    let world = World::new(6, 4);
    desk.import(&world.records, &world.lines).ended(0);
    let sent = desk.json(&["export", "resettle", "--out", "out"]);
    let seals = desk.ledger().books().seals().unwrap();
    assert_eq!(seals.len(), sent["batches"].as_array().unwrap().len());
    assert!(!seals.is_empty() && seals.iter().all(|seal| seal.why == SealReason::Export));
    assert_eq!(sent["batches"][0]["sealed_as"], seals[0].code().to_string());
}

/// The scripts of `docs/audit.md`, by the first line of each.
fn script(name: &str) -> String {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/audit.md")).unwrap();
    let begin = page.find(&format!("\n# {name} ")).unwrap_or_else(|| panic!("{name} is not on the page")) + 1;
    let rest = &page[begin..];
    rest[..=rest.find("\n```").unwrap()].to_owned()
}

fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

#[test]
fn the_scripts_of_the_page_verify_an_exported_chain() {
    let desk = story();
    desk.run(&["facility", "add", "H14090100007", "带\"引号\"和\\斜线"]).ended(0);
    desk.run(&["audit", "export", "--out", "events.jsonl"]).ended(0);
    desk.run(&["audit", "export", "--out", "events.jsonl"]).ended(4);
    let text = fs::read_to_string(desk.file("events.jsonl")).unwrap();
    assert_eq!(desk.run(&["audit", "export"]).ended(0).out, text);
    let lines: Vec<&str> = text.lines().collect();
    assert!(!text.contains("李思") && !text.contains("陆改名"), "an identity in the chain");
    let without = |at: usize| {
        let kept: Vec<_> =
            lines.iter().enumerate().filter(|(line, _)| *line != at).map(|(_, l)| *l).collect();
        kept.join("\n") + "\n"
    };
    #[rustfmt::skip] // the columns are the point
    let cases = [
        ("as it was",      text.clone(),                                            true),
        ("a changed word", text.replacen("\"operator\":\"Wang\"", "\"operator\":\"Wong\"", 1), false),
        ("a changed link", text.replacen("\"total_fen\\\":", "\"total_fen\\\":1", 1), false),
        ("a line less",    without(5),                                              false),
        ("the end less",   without(lines.len() - 1),                                false),
    ];
    for (program, name) in [("python3", "verify.py"), ("sh", "verify.sh")] {
        if !has(program) || (program == "sh" && !has("sha256sum")) {
            continue;
        }
        desk.write(name, script(name));
        for (what, text, agrees) in &cases {
            desk.write("case.jsonl", text);
            let ran =
                Command::new(program).args([name, "case.jsonl"]).current_dir(desk.path()).output().unwrap();
            assert_eq!(ran.status.success(), *agrees, "{name}: {what}: {ran:?}");
        }
    }
}

#[test]
fn the_script_of_the_page_checks_a_seal_without_the_ledger() {
    if !has("python3") || Command::new("openssl").arg("version").output().is_err() {
        return;
    }
    let desk = Desk::new();
    desk.run(&["audit", "seal", "--reason", "月末", "--out", "seal.json"]).ended(0);
    desk.write("key.pem", desk.json(&["audit", "key"])["pem"].as_str().unwrap());
    desk.write("seal.py", script("seal.py"));
    let text = fs::read_to_string(desk.file("seal.json")).unwrap();
    let seq = |seq: i64| format!("\"seq\": {seq}");
    let sealed = desk.head().0 - 1;
    let other = text.replace(&seq(sealed), &seq(sealed - 1));
    assert_ne!(other, text);
    for (text, agrees) in [(text, true), (other, false)] {
        desk.write("seal.json", text);
        let mut python = Command::new("python3");
        let ran = python.args(["seal.py", "seal.json", "key.pem"]).current_dir(desk.path()).output().unwrap();
        assert_eq!(ran.status.success(), agrees, "{ran:?}");
    }
}
