//! Backups: what comes back is what was there; what was cut, changed, locked or
//! left half done is refused, and nothing is written then.
//!
//! `GUAZHANG_BYTE_CHANGES=10000` asks for the full number of changed bytes; the
//! usual run takes fewer. What a disk keeps when the power goes is tested elsewhere.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod common;

use age::secrecy::ExposeSecret as _;
use common::world::World;
use common::{Desk, Dice, LEDGER, NOW, content, sound, unlocked};
use guazhang::domain::Actor;
use guazhang::store::{BackupError, Lock, Mode, Opener, Passphrase, restore};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

const PASSPHRASE: &str = "four words on paper";
/// A patient of the desk; no one may find it in an encrypted file.
const NAME: &str = "秦样本";

/// A desk with a little of everything.
fn desk() -> Desk {
    let desk = Desk::new();
    let world = World::new(20, 5);
    desk.import(&world.records, &world.lines).ended(0);
    let add = ["add", "outpatient", "--record-no", "M-1", "--name", NAME, "--total", "12.50"];
    desk.run(&[&add[..], &["--occurred-at", "2021-10-25 09:00"]].concat()).ended(0);
    desk.write("passphrase.txt", PASSPHRASE);
    desk
}

fn actor() -> Actor {
    Actor { operator: "Wang".into(), at: NOW.parse().unwrap() }
}

/// A key pair: the public text, and the content of an identity file.
fn keys() -> (String, String) {
    let key = age::x25519::Identity::generate();
    (key.to_public().to_string(), format!("# a key\n{}\n", key.to_string().expose_secret()))
}

fn files(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn what_comes_back_is_what_was_there() {
    let (public, secret) = keys();
    let (other, _) = keys();
    #[rustfmt::skip] // the columns are the point
    let cases: [(&str, Vec<&str>, Vec<&str>, &str); 3] = [
        ("plain.db",   vec![],                                                   vec![],                                           "opened"),
        ("locked.age", vec!["--encrypt", "--backup-passphrase-file", "passphrase.txt"], vec!["--backup-passphrase-file", "passphrase.txt"], "decrypted"),
        ("keys.age",   vec!["--encrypt-to", &other, "--encrypt-to", &public],    vec!["--identity", "key.txt"],                    "reread"),
    ];
    let desk = desk();
    desk.write("key.txt", &secret);
    for (name, to, from, verified) in cases {
        let (before, content_before) = (desk.head(), desk.content());
        let made = desk.json(&[&["backup", name], &to[..]].concat());
        // The seal made with it is in it, and covers all that stood before.
        assert_eq!(made["head_seq"].as_i64(), Some(before.0 + 1), "{name}");
        let code = made["sealed_as"].as_str().unwrap().to_owned();
        desk.run(&["audit", "verify", "--seal", &code]).ended(0);
        assert_eq!(made["verified"], verified, "{name}");
        assert_eq!(made["bytes"].as_u64(), Some(desk.file(name).metadata().unwrap().len()));
        assert_eq!(desk.head().0, before.0 + 2, "one event tells of the seal, one of the backup");
        assert!(!files(desk.path()).iter().any(|file| file.contains("backup-")), "{name}");

        let bytes = fs::read(desk.file(name)).unwrap();
        let shows = bytes.windows(NAME.len()).any(|at| at == NAME.as_bytes());
        if name != "plain.db" {
            assert!(
                !shows && !bytes.windows(15).any(|at| at == b"SQLite format 3"),
                "{name} is in the clear"
            );
        }

        let back = Desk::empty();
        for file in [name, "passphrase.txt", "key.txt"] {
            fs::copy(desk.file(file), back.file(file)).unwrap();
        }
        let restored = back.json(&[&["restore", name], &from[..]].concat());
        assert_eq!(restored["head"], made["head"], "{name}");
        assert_eq!(back.content(), content_before, "{name}");
        back.run(&["audit", "verify", "--seal", &code]).ended(0);
        assert_eq!(back.head().0, before.0 + 2, "one event tells of the restore");
        let log = back.json(&["audit", "log", "--after", &(before.0 + 1).to_string()]);
        assert_eq!(
            (&log["items"][0]["event"], log["items"][0]["detail"]["head_seq"].as_i64()),
            (&"restored".into(), Some(before.0 + 1))
        );
        sound(&back);
        assert_eq!(fs::read(back.file(name)).unwrap(), bytes, "the backup is as it was");
    }
}

#[test]
fn the_environment_locks_and_opens_too() {
    let desk = desk();
    let with = |args: &[&str]| common::ran(desk.command(args).env("GUAZHANG_BACKUP_PASSPHRASE", PASSPHRASE));
    with(&["backup", "copy.age"]).ended(0);
    desk.run(&["restore", "copy.age", "--to", "new.db"]).ended(4);
    with(&["restore", "copy.age", "--to", "new.db"]).ended(0);
    assert_eq!(content(&unlocked(&desk.file("new.db"))), desk.content());
}

#[test]
fn a_timer_backs_up_without_a_passphrase_and_says_that_it_is_not_sealed() {
    let desk = desk();
    let timer = |args: &[&str]| common::ran(desk.command(args).env_remove("GUAZHANG_PASSPHRASE"));
    let head = desk.head();
    let made = timer(&["backup", "timer.db", "--no-input", "--format", "json"]).ended(0);
    assert!(made.err.contains("not sealed: the ledger is locked"), "{}", made.err);
    assert_eq!(
        (&made.json()["sealed_as"], made.json()["head_seq"].as_i64()),
        (&serde_json::Value::Null, Some(head.0))
    );
    // Asked for by name, it is a reason to stop before anything is written.
    timer(&["backup", "asked.db", "--no-input", "--seal"]).ended(7);
    assert!(!desk.file("asked.db").exists());
    // A wrong passphrase is on record, and the backup is made.
    let wrong = common::ran(desk.command(&["backup", "wrong.db"]).env("GUAZHANG_PASSPHRASE", "not this one"));
    assert!(wrong.err.contains("not sealed"), "{}", wrong.err);
    assert_eq!((wrong.code, desk.file("wrong.db").exists()), (0, true));
    // Neither has a role that may not seal.
    desk.run(&["user", "add", "Li", "--role", "cashier"]).ended(0);
    let cashier = desk.run_as("Li", common::PASSPHRASE, &["backup", "cashier.db"]).ended(0);
    assert!(cashier.err.contains("not sealed: `Li` is cashier and may not"), "{}", cashier.err);
    common::sound(&desk);
}

#[test]
fn what_cannot_be_done_is_refused_and_leaves_nothing() {
    let desk = desk();
    desk.run(&["backup", "plain.db"]).ended(0);
    desk.run(&["backup", "locked.age", "--backup-passphrase-file", "passphrase.txt"]).ended(0);
    let (public, _) = keys();
    let (_, stranger) = keys();
    desk.run(&["backup", "keys.age", "--encrypt-to", &public]).ended(0);
    desk.write("stranger.txt", &stranger);
    desk.write("wrong.txt", "four other words");
    desk.write("short.txt", "secret");
    desk.write(
        "text.db",
        "a text, and not a short one: it is longer than the head of a database is, by far.",
    );
    desk.write("empty.db", "");
    desk.write("bad-key.txt", "AGE-SECRET-KEY-1NOTREALLY\n");
    let other = rusqlite::Connection::open(desk.file("other.db")).unwrap();
    other.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)").unwrap();
    drop(other);
    #[rustfmt::skip] // the columns are the point
    let cases: [(&[&str], i32, &str); 19] = [
        (&["backup", "plain.db"],                                                     5, "is there already"),
        (&["backup", "guazhang.db"],                                                  5, "is there already"),
        (&["backup", "missing/copy.db"],                                              4, "there is no folder"),
        (&["backup", "missing/"],                                                     4, "there is no folder"),
        (&["backup", "copy.age", "--encrypt"],                                        4, "needs a passphrase"),
        (&["backup", "copy.age", "--backup-passphrase-file", "short.txt"],            4, "too short"),
        (&["backup", "copy.age", "--encrypt-to", "age1abc"],                          4, "not a public key"),
        (&["backup", "copy.db", "--keep", "3"],                                       2, "goes with a folder"),
        (&["restore", "plain.db"],                                                    5, "5 events newer"),
        (&["restore", "nothing.db", "--to", "new.db"],                                4, "there is no file"),
        (&["restore", "text.db", "--to", "new.db"],                                   4, "is not a backup"),
        (&["restore", "empty.db", "--to", "new.db"],                                  4, "is not a backup"),
        (&["restore", "other.db", "--to", "new.db"],                                  4, "is not a backup"),
        (&["restore", "locked.age", "--to", "new.db"],                                4, "asks for a passphrase"),
        (&["restore", "locked.age", "--to", "new.db", "--backup-passphrase-file", "wrong.txt"], 4, "does not open"),
        (&["restore", "keys.age", "--to", "new.db"],                                  4, "asks for a secret key"),
        (&["restore", "keys.age", "--to", "new.db", "--identity", "stranger.txt"],    4, "none of the secret keys"),
        (&["restore", "keys.age", "--to", "new.db", "--identity", "bad-key.txt"],     4, "line 1: not a secret key"),
        (&["restore", "keys.age", "--to", "new.db", "--identity", "wrong.txt"],       4, "line 1: not a secret key"),
    ];
    let before = files(desk.path());
    let head = desk.head();
    for (args, code, says) in cases {
        let ran = desk.run(args).ended(code);
        assert!(ran.err.contains(says), "{args:?}: {}", ran.err);
        assert!(
            !ran.err.contains("four") && !ran.err.contains("NOTREALLY"),
            "{args:?} shows a secret: {}",
            ran.err
        );
        assert_eq!(files(desk.path()), before, "{args:?}");
    }
    assert_eq!(desk.head(), head);
}

/// How many bytes are changed.
fn changes() -> u64 {
    std::env::var("GUAZHANG_BYTE_CHANGES").ok().and_then(|text| text.parse().ok()).unwrap_or(300)
}

/// Every change of one byte, and every cut, is refused with 4 or 6, and nothing is written.
#[test]
fn no_change_of_a_byte_goes_unseen() {
    let desk = desk();
    let (public, secret) = keys();
    let ledger = desk.ledger();
    ledger.back_up(&desk.file("plain.db"), None).unwrap();
    ledger.back_up(&desk.file("keys.age"), Some(&Lock::keys(&[public]).unwrap())).unwrap();
    let opener = Opener::identities(Path::new("key.txt"), &secret).unwrap();
    let mut dice = Dice::new(4);
    for name in ["plain.db", "keys.age"] {
        let whole = fs::read(desk.file(name)).unwrap();
        let length = whole.len() as u64;
        let tried = desk.file("tried");
        let seen = |bytes: &[u8], what: String| {
            fs::write(&tried, bytes).unwrap();
            let new = desk.file("new.db");
            match restore(&tried, &new, &new, &opener, &actor(), Mode::Try) {
                Err(
                    BackupError::Altered { .. }
                    | BackupError::Damaged { .. }
                    | BackupError::NotABackup { .. }
                    | BackupError::Locked { .. }
                    | BackupError::WrongKey { .. },
                ) => {}
                other => panic!("{name}: {what}: {other:?}"),
            }
        };
        for _ in 0..changes() {
            let at = usize::try_from(dice.below(length)).unwrap();
            let change = u8::try_from(1 + dice.below(255)).unwrap();
            let mut bytes = whole.clone();
            bytes[at] ^= change;
            seen(&bytes, format!("byte {at} changed by {change}"));
        }
        let ends = (0..32).chain((1..32).map(|back| length - back)).chain((0..40).map(|n| length * n / 40));
        for end in ends.chain([512, 4096, 8192, length - length % 4096]).filter(|end| *end < length) {
            // A plain backup without its last line is all there: proved by its chain, and said to be so.
            let end = usize::try_from(end).unwrap();
            if !(name == "plain.db" && end as u64 == length - 91) {
                seen(&whole[..end], format!("cut to {end}"));
            }
        }
        fs::remove_file(&tried).unwrap();
    }
    let left: Vec<_> = files(desk.path()).into_iter().filter(|file| file.contains("part")).collect();
    assert_eq!(left, Vec::<String>::new());
    assert!(!desk.file("new.db").exists());
}

/// A ledger that was copied by hand has no last line: it restores, and a changed row shows by the chain.
#[test]
fn a_copy_made_by_hand_is_proved_by_its_chain() {
    let desk = desk();
    desk.run(&["backup", "plain.db"]).ended(0);
    let whole = fs::read(desk.file("plain.db")).unwrap();
    let by_hand = &whole[..whole.len() - 91];
    assert_eq!(by_hand.len() % 4096, 0);
    desk.write("hand.db", by_hand);
    let ran = desk.run(&["restore", "hand.db", "--to", "one.db"]).ended(0);
    assert!(ran.err.contains("proved by its chain only"), "{}", ran.err);

    let conn = rusqlite::Connection::open(desk.file("hand.db")).unwrap();
    conn.execute("UPDATE record SET total_fen = total_fen + 1 WHERE record_no = 'M-1'", []).unwrap();
    drop(conn);
    let ran = desk.run(&["restore", "hand.db", "--to", "two.db"]).ended(6);
    assert!(ran.err.contains("do not agree with their events"), "{}", ran.err);
    assert!(!desk.file("two.db").exists());
    // A ledger in use has a log beside it, and the file alone is not all of it.
    desk.write("hand.db-wal", "log");
    desk.run(&["restore", "hand.db", "--to", "two.db"]).ended(5);
}

#[test]
fn windows_that_write_are_neither_stopped_nor_torn_apart() {
    let desk = desk();
    let before = desk.json(&["report", "summary"])["count"].as_i64().unwrap();
    thread::scope(|scope| {
        let desk = &desk;
        for window in 0..4 {
            scope.spawn(move || {
                for at in 0..12 {
                    let no = format!("W{window}-{at}");
                    let add = ["add", "outpatient", "--record-no", &no, "--name", "钱样", "--total", "1.00"];
                    desk.run(&[&add[..], &["--occurred-at", "2021-10-25 09:00"]].concat()).ended(0);
                }
            });
        }
        for at in 0..5 {
            desk.run(&["backup", &format!("copy-{at}.db")]).ended(0);
        }
    });
    let mut last = before;
    for at in 0..5 {
        let tried = desk.json(&["restore", &format!("copy-{at}.db"), "--to", "new.db", "--dry-run"]);
        let records = tried["records"].as_i64().unwrap();
        assert!((last..=before + 48).contains(&records), "{records} after {last}");
        assert!(
            tried["standing"].as_str().is_some_and(|said| said.contains("newer than the backup")),
            "{tried}"
        );
        last = records;
    }
    assert_eq!(desk.json(&["report", "summary"])["count"].as_i64(), Some(before + 48));
    sound(&desk);
}

/// Killed at any moment, a backup is there whole or not at all.
#[test]
fn a_killed_backup_leaves_no_half_file_under_its_name() {
    let desk = Desk::new();
    let world = World::new(300, 9);
    desk.import(&world.records, &world.lines).ended(0);
    let mut dice = Dice::new(7);
    let mut whole = 0;
    for at in 0..24 {
        let name = format!("copy-{at}.db");
        let mut command = desk.command(&["backup", &name]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(Duration::from_millis(dice.below(400)));
        let _ = child.kill();
        child.wait().unwrap();
        if desk.file(&name).exists() {
            whole += 1;
            desk.run(&["restore", &name, "--to", "new.db", "--dry-run"]).ended(0);
        }
    }
    assert!(whole < 24, "none was killed in time");
    sound(&desk);
}

#[test]
fn a_folder_keeps_the_newest_of_its_own() {
    let desk = desk();
    fs::create_dir(desk.file("stick")).unwrap();
    let others = ["guazhang-B2-20200101T0900.db", "guazhang-A1-notes.txt", "holiday.db"];
    for name in others {
        fs::write(desk.file("stick").join(name), "mine").unwrap();
    }
    let days = ["2021-12-01T09:00:00", "2021-12-02T09:00:00", "2021-12-02T09:00:30", "2021-12-03T09:00:00"];
    for day in &days[..3] {
        desk.run(&["backup", "stick/", "--as-of", day]).ended(0);
    }
    let ran = desk.run(&["backup", "stick", "--keep", "2", "--as-of", days[3]]).ended(0);
    assert!(ran.out.contains("guazhang-A1-20211201T0900.db, guazhang-A1-20211202T0900.db"), "{}", ran.out);
    let stay = ["guazhang-A1-20211202T090030.db", "guazhang-A1-20211203T0900.db"];
    let expected: BTreeSet<String> = others.iter().chain(&stay).map(|name| (*name).to_owned()).collect();
    assert_eq!(files(&desk.file("stick")), expected);
}

#[test]
fn check_finds_what_is_wrong_and_touches_nothing() {
    let desk = desk();
    let bytes = |name: &str| fs::read(desk.file(name)).unwrap();
    let outcome = |checked: &serde_json::Value, name: &str| {
        let items = checked["items"].as_array().unwrap();
        items.iter().find(|item| item["check"] == name).unwrap()["outcome"].as_str().unwrap().to_owned()
    };
    let (before, there) = (bytes(LEDGER), files(desk.path()));
    desk.run(&["check"]).ended(0);
    assert_eq!((bytes(LEDGER), files(desk.path())), (before.clone(), there));

    let later = desk.run(&["check", "--as-of", "2021-12-03T09:00:00"]).ended(3);
    assert!(later.out.contains("none yet"), "{}", later.out);
    desk.run(&["backup", "copy.db"]).ended(0);
    desk.run(&["check", "--as-of", "2021-12-03T09:00:00"]).ended(0);
    desk.write(".guazhang.db.backup-77.part", "half");
    desk.run(&["check"]).ended(3);
    fs::remove_file(desk.file(".guazhang.db.backup-77.part")).unwrap();

    #[rustfmt::skip] // the columns are the point
    let cases = [
        ("UPDATE record SET total_fen = total_fen + 1 WHERE record_no = 'M-1'", "rows"),
        ("UPDATE event SET operator = 'Nobody' WHERE seq = 3",                  "chain"),
        ("DELETE FROM event WHERE seq = 3",                                     "chain"),
        ("PRAGMA foreign_keys = OFF; DELETE FROM person",                       "references"),
        ("CREATE TABLE extra (a)",                                              "settings"),
        ("DROP INDEX event_of_record",                                          "settings"),
        ("PRAGMA user_version = 99",                                            "version"),
        ("PRAGMA application_id = 1",                                           "file"),
    ];
    for (sql, check) in cases {
        let broken = desk.copy();
        rusqlite::Connection::open(broken.file(LEDGER)).unwrap().execute_batch(sql).unwrap();
        let ran = broken.run(&["check", "--format", "json"]).ended(6);
        assert_eq!(outcome(&ran.json(), check), "fault", "{sql}: {}", ran.out);
        if ["rows", "chain", "references"].contains(&check) {
            let there = files(broken.path());
            broken.run(&["backup", "copy.db.2"]).ended(6);
            assert_eq!(files(broken.path()), there, "no backup of a broken ledger");
        }
    }
    let mut torn = bytes(LEDGER);
    let middle = torn.len() / 8192 * 4096;
    torn[middle..middle + 4096].fill(0xA5);
    desk.write("torn.db", torn);
    let ran = desk.run(&["check", "--ledger", "torn.db", "--format", "json"]).ended(6);
    assert_eq!(outcome(&ran.json(), "integrity"), "fault");
    desk.write("text.db", "not a database at all");
    desk.run(&["check", "--ledger", "text.db"]).ended(6);
    desk.run(&["check", "--ledger", "nothing.db"]).ended(4);
}

#[test]
fn repair_saves_what_can_be_read_and_says_what_cannot() {
    let desk = desk();
    desk.run(&["repair", "--out", "same.db"]).ended(0);
    assert_eq!(content(&unlocked(&desk.file("same.db"))), desk.content());
    desk.run(&["repair", "--out", "same.db"]).ended(5);
    desk.run(&["repair", "--ledger", "same.db", "--out", "other.db"]).ended(0);
    desk.write(
        "text.db",
        "not a database at all, however long one looks at it, and longer than its head would be",
    );
    desk.run(&["repair", "--ledger", "text.db", "--out", "new.db"]).ended(6);
    desk.run(&["repair", "--ledger", "nothing.db", "--out", "new.db"]).ended(4);
    assert!(!desk.file("new.db").exists());

    // Every page but the first few is destroyed in turn.
    let whole = fs::read(desk.file(LEDGER)).unwrap();
    let (mut saved, mut partly) = (0, 0);
    for page in (2..whole.len() / 4096).step_by(5) {
        let mut torn = whole.clone();
        torn[page * 4096..(page + 1) * 4096].fill(0xA5);
        desk.write("torn.db", &torn);
        let name = format!("saved-{page}.db");
        let ran = desk.run(&["repair", "--ledger", "torn.db", "--out", &name, "--format", "json"]);
        assert_eq!(fs::read(desk.file("torn.db")).unwrap(), torn, "the broken ledger is as it was");
        assert!([0, 3].contains(&ran.code), "page {page}: {}{}", ran.out, ran.err);
        let tables = ran.json()["items"].as_array().unwrap().clone();
        let copied: i64 = tables.iter().map(|table| table["copied"].as_i64().unwrap()).sum();
        saved += i64::from(copied > 20);
        partly += i64::from(ran.code == 3);
        assert_eq!(ran.json()["whole"], ran.code == 0);
    }
    assert!(saved > 5 && partly > 0, "{saved} saved, {partly} of them in part");
}

#[test]
fn doctor_names_what_is_wrong_with_the_machine() {
    let desk = desk();
    let looked = |zone: &str, locale: &str, now: &str| {
        let mut command = desk.command(&["doctor", "--format", "json", "--as-of", now]);
        command.env("TZ", zone).env("LC_ALL", locale).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
        let ran = common::ran(&mut command);
        let findings: Vec<String> = ran.json()["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|item| item["outcome"] == "finding")
            .map(|item| {
                assert_ne!(item["remedy"], serde_json::Value::Null, "{item}");
                item["check"].as_str().unwrap().to_owned()
            })
            .collect();
        assert_eq!(ran.code, if findings.is_empty() { 0 } else { 3 }, "{}", ran.out);
        findings
    };
    let good = looked("Asia/Shanghai", "C.UTF-8", NOW);
    let has = |findings: &[String], name: &str| findings.iter().any(|found| found == name);
    assert!(!has(&looked("CST-8", "C.UTF-8", NOW), "time_zone"));
    assert!(has(&looked("UTC0", "C.UTF-8", NOW), "time_zone"));
    assert!(has(&looked("CST-8", "POSIX", NOW), "text_encoding") || cfg!(windows));
    assert!(has(&looked("CST-8", "C.UTF-8", "2021-11-01T09:00:00"), "order_of_times"));
    for well in ["text_encoding", "order_of_times", "folder", "ledger"] {
        assert!(!has(&good, well), "{good:?}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert!(!has(&good, "permissions"), "a new ledger is for its owner alone");
        fs::set_permissions(desk.file(LEDGER), fs::Permissions::from_mode(0o644)).unwrap();
        assert!(has(&looked("CST-8", "C.UTF-8", NOW), "permissions"));
    }
}

/// A passphrase file may end in a line feed, and the library takes the same words.
#[test]
fn a_passphrase_is_its_words() {
    assert!(Passphrase::new("four words on paper\r\n").is(&Passphrase::new(PASSPHRASE)));
    assert!(matches!(
        Lock::passphrase(Passphrase::new("seven77")),
        Err(BackupError::ShortPassphrase { least: 8 })
    ));
}
