//! The ledger encrypted as a whole: `cargo test --features sqlcipher --test whole_file`.
//!
//! What stands in the file and beside it, and who gets in. That identities are sealed either way is tested elsewhere.

#![cfg(feature = "sqlcipher")]

mod common;

use common::{Desk, LEDGER, NOTICE, Ran, world};
use std::fs;

const KEY: &str = "station.key";
/// What every ledger in the clear holds, and an encrypted one never.
const LEGIBLE: &[&str] = &["CREATE TABLE", "event_of_record", "outpatient", "xinzhou", "急诊科"];

/// The program with the key at hand, if any.
fn with(desk: &Desk, key: Option<&str>, args: &[&str]) -> Ran {
    let mut command = desk.command(args);
    if let Some(key) = key {
        command.env("GUAZHANG_KEY_FILE", key);
    }
    let ended = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: ended.status.code().unwrap(), out: text(ended.stdout), err: text(ended.stderr) }
}

/// A ledger with one record.
fn made(key: Option<&str>) -> Desk {
    let desk = Desk::empty();
    with(&desk, key, &["init", "--facility", world::OWN, "--name", "示例医院", "--notice", NOTICE]).ended(0);
    let record = [
        "add",
        "outpatient",
        "--name",
        "甄合成",
        "--department",
        "急诊科",
        "--total",
        "96.30",
        "--record-no",
        "MZ-1",
    ];
    let record = [&record[..], &["--occurred-at", "2021-10-29T10:20", "--yes"]].concat();
    with(&desk, key, &record).ended(0);
    desk
}

/// Which legible words stand in any file of the folder.
fn legible(desk: &Desk) -> Vec<&'static str> {
    let files = fs::read_dir(desk.path()).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<Vec<u8>> =
        files.filter(|path| path.is_file()).map(|path| fs::read(path).unwrap()).collect();
    let stands =
        |word: &str| files.iter().any(|file| file.windows(word.len()).any(|part| part == word.as_bytes()));
    LEGIBLE.iter().copied().filter(|word| stands(word)).collect()
}

#[test]
fn nothing_in_the_file_is_legible() {
    assert_eq!(legible(&made(None)), LEGIBLE, "the control: without a key all of it is there");
    assert_eq!(legible(&made(Some(KEY))), Vec::<&str>::new());
}

#[test]
fn only_its_own_key_opens_it() {
    let desk = made(Some(KEY));
    let key = fs::read_to_string(desk.file(KEY)).unwrap();
    with(&desk, Some(KEY), &["list"]).ended(0);
    for (case, file, text, code) in [
        ("none at all", None, None, 4),
        ("not there", Some("gone.key"), None, 4),
        ("no key", Some("empty.key"), Some(""), 4),
        ("too short", Some("short.key"), Some(&key[..90]), 4),
        ("no hexadecimal", Some("words.key"), Some(&*"密钥".repeat(16)), 4),
        ("another", Some("other.key"), Some(&*"ab".repeat(48)), 4),
    ] {
        if let Some((file, text)) = file.zip(text) {
            desk.write(file, text);
        }
        let ran = with(&desk, file, &["list"]);
        assert_eq!((ran.code, ran.out.as_str()), (code, ""), "{case}: {}", ran.err);
        assert!(ran.err.contains("GUAZHANG_KEY_FILE") || ran.err.contains("96"), "{case}: {}", ran.err);
        assert!(ran.err.starts_with("error: "), "{case}: {}", ran.err);
    }
    with(&made(None), Some(KEY), &["list"]).ended(4);
    with(&desk, Some(KEY), &["audit", "verify"]).ended(0);
}

#[test]
fn copies_are_encrypted_too_and_come_back() {
    let desk = made(Some(KEY));
    with(&desk, Some(KEY), &["backup", "copy.gzb"]).ended(0);
    assert_eq!(legible(&desk), Vec::<&str>::new());
    with(&desk, None, &["restore", "copy.gzb", "--ledger", "again.db"]).ended(4);
    with(&desk, Some(KEY), &["restore", "copy.gzb", "--ledger", "again.db"]).ended(0);
    let listed = |ledger| with(&desk, Some(KEY), &["list", "--ledger", ledger]).ended(0).out;
    assert_eq!(listed("again.db"), listed(LEDGER));
    assert_eq!(legible(&desk), Vec::<&str>::new());
    for check in ["check", "audit verify"] {
        let words: Vec<&str> = check.split(' ').chain(["--ledger", "again.db"]).collect();
        with(&desk, Some(KEY), &words).ended(0);
    }
}

#[test]
fn the_whole_story_works_on_encrypted_ledgers() {
    let desk = Desk::empty();
    desk.write(KEY, "0123456789abcdef".repeat(6));
    with(&desk, Some(KEY), &["demo", "story"]).ended(0);
}
