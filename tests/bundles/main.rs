//! Bundles between windows: what a centre and its windows know of each other after any
//! exchange, and what is refused.
//!
//! Every desk is a ledger of its own. What is said of records is compared without ids,
//! since each ledger numbers its rows itself.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

#[path = "../common/mod.rs"]
mod common;
mod held;
mod refused;

use common::{Desk, Dice, LEDGER, PASSPHRASE, sound, world};
use ed25519_dalek::{Signer as _, SigningKey};
use guazhang::domain::StationKey;
use guazhang::exchange::{BundleFault, Header, Opened, Part, measure, read, write};
use guazhang::text::Label;
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

/// A window of the hospital.
pub(crate) fn window(station: &str) -> Desk {
    let desk = Desk::empty();
    let init = ["init", "--facility", world::OWN, "--name", "示例医院", "--station", station];
    desk.run(&[&init[..], &["--notice", common::NOTICE]].concat()).ended(0);
    desk.run(&["notice", "resumed", common::NOTICE, "all", "2021-10-31T22:00:00"]).ended(0);
    desk
}

/// `one` trusts `other`.
pub(crate) fn trust(one: &Desk, other: &Desk, more: &[&str]) {
    let shown = other.json(&["bundle", "keys"]);
    let (line, print) = (shown["line"].as_str().unwrap(), shown["fingerprint"].as_str().unwrap());
    let args = ["bundle", "keys", "trust", line, "--fingerprint", print];
    one.run(&[&args[..], more].concat()).ended(0);
}

/// A centre and two windows that know each other.
pub(crate) fn hospital() -> (Desk, Desk, Desk) {
    let (centre, one, two) = (window("C0"), window("A1"), window("A2"));
    for desk in [&one, &two] {
        trust(&centre, desk, &["--answers-only"]);
        trust(desk, &centre, &[]);
    }
    (centre, one, two)
}

/// Made-up people, each with a number.
const PEOPLE: &[(&str, &str)] = &[
    ("裴例", "149902196503120011"),
    ("韦样安", "149902194711200324"),
    ("钱九思", "149902198208220668"),
    ("别样人", "149921199001152032"),
    ("陆样", ""),
];

/// A record with a fee line that may go out at once.
pub(crate) fn add(desk: &Desk, record_no: &str, name: &str, total: &str) {
    let (_, id_no) = PEOPLE.iter().find(|(known, _)| *known == name).unwrap();
    let records = format!(
        "record_no,kind,line,name,id_no,insured_area,insurance,locality,occurred_at,total,paid,pay_method,receipt_no,prepaid,papers\n\
         {record_no},outpatient,ordinary,{name},{id_no},140902,310,local,2021-10-25T09:00:00,{total},{total},cash,T-{record_no},yes,receipt\n"
    );
    let lines = format!(
        "record_no,line_no,item_code,item_name,category,quantity,unit_price,amount\n\
         {record_no},1,XJ01CAA040E001010200001,阿莫西林胶囊,09,1,{total},{total}\n"
    );
    desk.write("new.csv", records);
    desk.write("new-lines.csv", lines);
    desk.run(&["import", "records", "new.csv", "--lines", "new-lines.csv"]).ended(0);
}

/// Seals what is new at a desk for a station; the file lies in a folder of its own.
pub(crate) fn sealed(desk: &Desk, to: &str, name: &str, more: &[&str]) -> PathBuf {
    let path = desk.file(name);
    let args = ["bundle", "seal", "--to", to, "--out", path.to_str().unwrap()];
    desk.run(&[&args[..], more].concat()).ended(0);
    path
}

pub(crate) fn open(desk: &Desk, file: &Path) -> common::Ran {
    desk.run(&["bundle", "open", file.to_str().unwrap(), "--format", "json"])
}

pub(crate) fn outcome(ran: &common::Ran) -> String {
    ran.json()["items"][0]["outcome"].as_str().unwrap().to_owned()
}

/// All records of a desk by number: what each says and where it stands.
pub(crate) fn records(desk: &Desk) -> Vec<String> {
    let ledger = desk.ledger();
    let books = ledger.books();
    let mut found: Vec<String> = books
        .records(&guazhang::store::Filter::default())
        .unwrap()
        .into_iter()
        .map(|stored| {
            let stored = books.opened(books.record_by_id(stored.id).unwrap()).unwrap();
            let said = serde_json::to_string(&stored.record).unwrap();
            let (stage, verdict) = (stored.stage.id(), stored.verdict.map_or("-", |verdict| verdict.id()));
            let refund = books.refund(stored.id).unwrap().map(|refund| refund.amount);
            let cleared = books.clearing(stored.id).unwrap().and_then(|clearing| clearing.evidence);
            let lines = stored.record.lines.len();
            format!(
                "{} v{} {said} {lines} {stage} {verdict} {refund:?} {cleared:?}",
                stored.number, stored.version
            )
        })
        .collect();
    found.sort();
    found
}

pub(crate) fn stage(desk: &Desk, number: &str) -> String {
    desk.json(&["show", number])["stage"].as_str().unwrap().to_owned()
}

pub(crate) fn breaks(desk: &Desk) -> Vec<String> {
    let ledger = desk.ledger();
    let open = ledger.books().breaks(Some(guazhang::domain::BreakState::Open)).unwrap();
    let mut open: Vec<String> = open
        .iter()
        .filter(|found| found.reason.is_of_windows())
        .map(|found| format!("{} {}", found.reason.id(), found.number))
        .collect();
    open.sort();
    open
}

#[test]
fn records_of_windows_come_to_the_centre_under_their_own_numbers() {
    let (centre, one, two) = hospital();
    add(&centre, "C-1", "陆样", "1.00");
    add(&one, "M-1", "裴例", "12.50");
    add(&one, "M-2", "韦样安", "13.50");
    add(&two, "N-1", "钱九思", "7.00");
    one.run(&["amend", "A1-0002", "--total", "14.50"]).ended(0);
    one.run(&["void", "A1-0001", "--reason", "误录"]).ended(0);
    let files = [sealed(&one, "C0", "a.bundle", &[]), sealed(&two, "C0", "b.bundle", &[])];
    for file in &files {
        assert_eq!(outcome(&open(&centre, file).ended(0)), "merged");
    }
    let shown = centre.json(&["list", "--limit", "0"]);
    let numbers: Vec<&str> =
        shown["items"].as_array().unwrap().iter().map(|item| item["number"].as_str().unwrap()).collect();
    for number in ["C0-0001", "A1-0002", "A2-0001"] {
        assert!(numbers.contains(&number), "{number} in {numbers:?}");
    }
    let theirs: Vec<String> = records(&centre).into_iter().filter(|said| said.starts_with("A1")).collect();
    assert_eq!(theirs, records(&one), "word for word what the window has");
    for file in &files {
        assert_eq!(outcome(&open(&centre, file).ended(0)), "known", "again is harmless");
    }
    sound(&centre);
    let refused = centre.run(&["amend", "A2-0001", "--total", "8.00"]).ended(5);
    assert!(refused.err.contains("belongs to window A2"), "{}", refused.err);
    add(&centre, "C-2", "陆样", "2.00");
    sound(&centre);
}

#[test]
fn what_the_centre_did_travels_back() {
    let (centre, one, _) = hospital();
    add(&one, "M-1", "裴例", "12.50");
    add(&one, "M-2", "韦样安", "13.50");
    open(&centre, &sealed(&one, "C0", "a.bundle", &[])).ended(0);
    let sent = centre.json(&["export", "resettle", "--out", "out"]);
    let batch = sent["batches"][0]["batch"].as_str().unwrap().to_owned();
    centre.write("answers.csv", "number,infcode,err_msg,setl_id\nA1-0001,0,,S-1\nA1-0002,-1,人员信息不符,\n");
    centre.run(&["batch", "ack", &batch, "answers.csv"]);
    open(&one, &sealed(&centre, "A1", "back.bundle", &[])).ended(0);
    assert_eq!((stage(&one, "A1-0001"), stage(&one, "A1-0002")), ("exported".into(), "rejected".into()));
    sound(&one);
    // What was refused is corrected at its own window, and goes out again from the centre.
    one.run(&["amend", "A1-0002", "--name", "韦样宁"]).ended(0);
    assert_eq!(stage(&one, "A1-0002"), "pending");
    open(&centre, &sealed(&one, "C0", "c.bundle", &[])).ended(0);
    assert_eq!((stage(&centre, "A1-0001"), stage(&centre, "A1-0002")), ("exported".into(), "pending".into()));
    let head = "setl_id,record_no,setl_time,medfee_sumamt,fund_pay_sumamt,acct_pay,psn_cash_pay";
    centre.write("statement.csv", format!("{head}\nS-1,M-1,2021-11-05 18:00:00,12.50,10.00,0.00,2.50\n"));
    centre.run(&["reconcile", "statement.csv"]).ended(3);
    open(&one, &sealed(&centre, "A1", "d.bundle", &[])).ended(0);
    assert_eq!(stage(&one, "A1-0001"), "settled");
    // The patient comes back to the window, which knows from the centre what is owed.
    assert_eq!(one.json(&["refund", "list"])["items"][0]["owed_fen"], 1000);
    one.run(&["refund", "pay", "A1-0001", "--amount", "9.00", "--receipt", "T-9"]).ended(4);
    one.run(&["refund", "pay", "A1-0001", "--amount", "10.00", "--receipt", "T-9"]).ended(0);
    open(&centre, &sealed(&one, "C0", "f.bundle", &[])).ended(0);
    assert_eq!(stage(&centre, "A1-0001"), "refunded");
    centre.run(&["refund", "pay", "A1-0001", "--amount", "10.00", "--receipt", "T-9"]).ended(5);
    centre.run(&["clear", "A1-0001", "--evidence", "平台结算单"]).ended(0);
    open(&one, &sealed(&centre, "A1", "e.bundle", &[])).ended(0);
    assert_eq!(records(&one), records(&centre));
    assert_eq!(stage(&one, "A1-0001"), "cleared");
    // Every page of a desk goes on with what others did.
    for page in [
        "",
        "list",
        "due",
        "refund list",
        "break list",
        "report summary",
        "check",
        "bundle list",
        "show A1-0001",
        "show A1-0002",
    ] {
        for desk in [&one, &centre] {
            let ran = desk.run(&page.split_whitespace().collect::<Vec<_>>());
            assert!([0, 3].contains(&ran.code), "{page}: {}{}", ran.out, ran.err);
        }
    }
    for (at, desk) in [&one, &centre].iter().enumerate() {
        desk.run(&["report", "html", "--out", &format!("{at}.html")]).ended(0);
        desk.run(&["export", "data", "data", "--format", "csv"]).ended(0);
    }
    assert!(
        centre.run(&["bundle", "seal", "--to", "A1", "--out", "none"]).ended(0).err.contains("nothing new")
    );
    assert!(!centre.file("none").exists());
    sound(&one);
    sound(&centre);
}

#[test]
fn a_gap_waits_and_a_repetition_is_harmless() {
    let (centre, one, _) = hospital();
    let mut files = Vec::new();
    for at in 0..4 {
        add(&one, &format!("M-{at}"), "裴例", &format!("{}.00", at + 1));
        files.push(sealed(&one, "C0", &format!("{at}.bundle"), &[]));
    }
    let ran = open(&centre, &files[3]).ended(3);
    assert_eq!(outcome(&ran), "aside");
    assert!(ran.json()["items"][0]["note"].as_str().unwrap().contains("missing"));
    assert_eq!(outcome(&open(&centre, &files[3]).ended(3)), "aside", "twice is once");
    assert_eq!(outcome(&open(&centre, &files[1]).ended(3)), "aside");
    sound(&centre);
    assert_eq!(centre.json(&["bundle", "list"])["items"][0]["aside"], 2);
    let ran = open(&centre, &files[0]).ended(0);
    assert_eq!((outcome(&ran).as_str(), &ran.json()["items"][0]["new"]), ("merged", &Value::from(2)));
    let ran = open(&centre, &files[2]).ended(0);
    assert_eq!(ran.json()["items"][0]["new"], 2, "with the one that had waited");
    assert_eq!(records(&centre), records(&one));
    assert_eq!(centre.json(&["bundle", "list"])["items"][0]["aside"], 0);
    sound(&centre);
    // What was lost is sealed again, from where it was lost, or all of it.
    let again = sealed(&one, "C0", "again.bundle", &["--from", "2"]);
    let all = sealed(&one, "C0", "all.bundle", &["--all"]);
    for file in [&again, &all] {
        open(&centre, file).ended(0);
    }
    assert_eq!(records(&centre), records(&one));
    one.run(&["bundle", "seal", "--to", "C0", "--out", "z.bundle", "--from", "999"]).ended(4);
    one.run(&["bundle", "seal", "--to", "Z9", "--out", "z.bundle"]).ended(4);
    sound(&one);
    sound(&centre);
}

#[test]
fn a_second_chain_is_kept_apart_until_somebody_decides() {
    let (centre, one, two) = hospital();
    add(&one, "M-1", "裴例", "12.50");
    open(&centre, &sealed(&one, "C0", "a.bundle", &[])).ended(0);
    // The PC is copied, and both go on.
    let copy = one.copy();
    one.run(&["amend", "A1-0001", "--total", "13.50"]).ended(0);
    copy.run(&["amend", "A1-0001", "--total", "99.00"]).ended(0);
    open(&centre, &sealed(&one, "C0", "b.bundle", &[])).ended(0);
    let stood = records(&centre);
    let other = sealed(&copy, "C0", "c.bundle", &[]);
    let ran = open(&centre, &other).ended(6);
    assert_eq!(outcome(&ran), "quarantined");
    assert!(ran.err.contains("two different chains"), "{}", ran.err);
    assert_eq!(records(&centre), stood, "nothing of it was taken in");
    assert_eq!(breaks(&centre), ["W1 A1-0001"]);
    sound(&centre);
    // Nothing more of this window, of neither chain; others go on.
    add(&one, "M-2", "裴例", "3.00");
    let later = sealed(&one, "C0", "d.bundle", &[]);
    assert!(open(&centre, &later).ended(6).err.contains("quarantine"));
    open(&centre, &other).ended(6);
    add(&two, "N-1", "韦样安", "4.00");
    open(&centre, &sealed(&two, "C0", "e.bundle", &[])).ended(0);
    centre.run(&["bundle", "release", "A2", "--reason", "无"]).ended(5);
    centre.run_new("Wang", PASSPHRASE, "words of Li", &["user", "add", "Li", "--role", "it"]).ended(0);
    let args = ["bundle", "release", "A1", "--reason", "复制的一份已停用"];
    centre.run_as("Li", "words of Li", &args).ended(7);
    centre.run(&args).ended(0);
    open(&centre, &later).ended(0);
    assert_eq!(breaks(&centre), [""; 0]);
    assert_eq!(records(&centre).iter().filter(|said| said.starts_with("A1")).count(), 2);
    sound(&centre);
}

#[test]
fn what_cannot_both_be_true_makes_breaks_the_same_in_any_order() {
    let (centre, one, two) = hospital();
    trust(&one, &two, &[]);
    trust(&two, &one, &[]);
    add(&one, "M-1", "裴例", "12.50");
    add(&one, "M-2", "韦样安", "13.50");
    add(&one, "M-3", "钱九思", "5.00");
    add(&two, "N-1", "裴例", "12.50");
    add(&two, "M-2", "别样人", "8.00");
    let first = [sealed(&one, "C0", "1.bundle", &[]), sealed(&two, "C0", "2.bundle", &[])];
    for file in &first {
        open(&centre, file);
    }
    // Entered at two windows: the same person, day, kind and total; and one number at both.
    let twice = breaks(&centre);
    assert_eq!(twice.len(), 2, "{twice:?}");
    assert!(twice.iter().all(|found| found.starts_with("W5")), "{twice:?}");
    // The centre sends a record that its window voids.
    centre.run(&["export", "resettle", "--out", "out"]);
    one.run(&["void", "A1-0003", "--reason", "误录"]).ended(0);
    assert_eq!(stage(&one, "A1-0003"), "void");
    let back = sealed(&centre, "A1", "back.bundle", &[]);
    open(&one, &back).ended(3);
    let forth = sealed(&one, "C0", "forth.bundle", &[]);
    open(&centre, &forth).ended(3);
    for desk in [&one, &centre] {
        assert_eq!(stage(desk, "A1-0003"), "exported", "what went out counts");
        assert!(breaks(desk).contains(&"W2 A1-0003".to_owned()), "{:?}", breaks(desk));
        sound(desk);
    }
    // A reconciliation leaves them where they are.
    centre.write(
        "statement.csv",
        "setl_id,record_no,setl_time,medfee_sumamt\nS9,Z-9,2021-11-05 18:00:00,3.00\n",
    );
    let before = breaks(&centre);
    centre.run(&["reconcile", "statement.csv"]).ended(3);
    assert_eq!(breaks(&centre), before);
    sound(&centre);
    // Whoever gets the same in another order sees the same.
    let late = window("C1");
    for desk in [&one, &two] {
        trust(desk, &late, &[]);
        trust(&late, desk, &[]);
    }
    let files = [sealed(&two, "C1", "l2.bundle", &["--all"]), sealed(&one, "C1", "l1.bundle", &["--all"])];
    let early = late.copy();
    for file in &files {
        open(&late, file);
    }
    for file in files.iter().rev() {
        open(&early, file);
    }
    assert_eq!(records(&late), records(&early));
    assert_eq!(breaks(&late), breaks(&early));
    assert_eq!(breaks(&late).len(), 2);
}

/// A settlement of the platform, given to two records by two centres; and a record with two results.
#[test]
fn two_results_and_one_settlement_on_two_records_are_breaks() {
    let (centre, one, two) = hospital();
    trust(&one, &two, &[]);
    trust(&two, &one, &[]);
    add(&one, "M-1", "裴例", "12.50");
    add(&one, "M-2", "韦样安", "13.50");
    open(&centre, &sealed(&one, "C0", "1.bundle", &[])).ended(0);
    open(&two, &sealed(&one, "A2", "2.bundle", &[])).ended(0);
    let send = |desk: &Desk, answers: &str| {
        let sent = desk.json(&["export", "resettle", "--out", "out"]);
        let batch = sent["batches"][0]["batch"].as_str().unwrap().to_owned();
        desk.write("answers.csv", format!("number,infcode,err_msg,setl_id\n{answers}"));
        desk.run(&["batch", "ack", &batch, "answers.csv"]);
    };
    send(&centre, "A1-0001,0,,S-1\nA1-0002,0,,S-2\n");
    send(&two, "A1-0001,0,,S-3\nA1-0002,0,,S-1\n");
    let files = [sealed(&centre, "A1", "3.bundle", &[]), sealed(&two, "A1", "4.bundle", &[])];
    let other = one.copy();
    for file in &files {
        open(&one, file);
    }
    for file in files.iter().rev() {
        open(&other, file);
    }
    let want = ["W3 A1-0001", "W3 A1-0002", "W4 A1-0001", "W4 A1-0002"];
    for desk in [&one, &other] {
        assert_eq!(breaks(desk), want);
        sound(desk);
    }
    assert_eq!(records(&one), records(&other));
}

#[test]
fn a_folder_keeps_all_of_them_in_step() {
    let (centre, one, two) = hospital();
    let share = tempfile::tempdir().unwrap();
    let folder = share.path().to_str().unwrap();
    add(&one, "M-1", "裴例", "12.50");
    add(&two, "N-1", "韦样安", "13.50");
    // Somebody else's file on its way, and things that are none.
    fs::write(share.path().join(".guazhang-A2-000001-000009-to-C0.bundle.bundle-1.part"), "half").unwrap();
    fs::write(share.path().join("notes.txt"), "x").unwrap();
    let round = |desk: &Desk| desk.run(&["bundle", "sync", folder]);
    for _ in 0..2 {
        for desk in [&one, &two, &centre] {
            round(desk).ended(0);
        }
    }
    assert_eq!(records(&centre).len(), 2);
    centre.run(&["export", "resettle", "--out", "out"]);
    let count = || fs::read_dir(share.path()).unwrap().count();
    for _ in 0..2 {
        for desk in [&centre, &two, &one] {
            round(desk).ended(0);
        }
    }
    assert_eq!((stage(&one, "A1-0001"), stage(&two, "A2-0001")), ("exported".into(), "exported".into()));
    let (files, heads) = (count(), [centre.head(), one.head(), two.head()]);
    for desk in [&centre, &two, &one] {
        assert!(round(desk).ended(0).err.contains("in step"));
    }
    assert_eq!(
        (count(), [centre.head(), one.head(), two.head()]),
        (files, heads),
        "nothing goes back and forth"
    );
    // A bundle spoiled on the share is named, and the rest goes on.
    add(&one, "M-2", "裴例", "1.00");
    add(&two, "N-2", "裴例", "2.00");
    round(&one).ended(0);
    round(&two).ended(0);
    let spoiled = fs::read_dir(share.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains("guazhang-A1-"))
        .max()
        .unwrap();
    fs::write(&spoiled, "spoiled").unwrap();
    let ran = round(&centre).ended(4);
    assert!(ran.err.contains("it is not a bundle"), "{}", ran.err);
    assert_eq!(records(&centre).len(), 3);
    for desk in [&centre, &one, &two] {
        sound(desk);
    }
}
