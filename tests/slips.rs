//! A patient's slip is read back by a reader that is not ours (zbar), from the
//! picture and from the text of a receipt printer, to the same record.
//!
//! Where zbar is not installed these tests say so and pass; `tests/run` installs it where it may.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod common;

use common::{Desk, NOW};
use std::fs;
use std::path::Path;
use std::process::Command;

/// What zbar reads in a picture; `None` where there is no zbar.
#[track_caller]
fn scanned(picture: &Path) -> Option<String> {
    let found = Command::new("zbarimg")
        .args(["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"])
        .arg(picture)
        .output();
    let Ok(found) = found else {
        assert!(std::env::var_os("CI").is_none(), "zbarimg is not installed");
        std::io::Write::write_all(&mut std::io::stderr(), b"no zbarimg: skipped\n").unwrap();
        return None;
    };
    Some(String::from_utf8(found.stdout).unwrap().trim().to_owned())
}

/// The half blocks of a printed slip as a picture, each half of a character four points high and wide.
fn pictured(text: &str) -> Vec<u8> {
    const SCALE: usize = 4;
    let lines: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
    let columns = lines.iter().map(Vec::len).max().unwrap();
    let mut picture = format!("P5\n{} {}\n255\n", columns * SCALE, lines.len() * 2 * SCALE).into_bytes();
    for line in &lines {
        for half in [['█', '▀'], ['█', '▄']] {
            let row: Vec<u8> = (0..columns * SCALE)
                .map(|x| if line.get(x / SCALE).is_some_and(|ch| half.contains(ch)) { 0 } else { 255 })
                .collect();
            (0..SCALE).for_each(|_| picture.extend(&row));
        }
    }
    picture
}

fn desk() -> Desk {
    let desk = Desk::new();
    let records = "record_no,kind,name,id_no,locality,insurance,occurred_at,total,paid,pay_method,receipt_no\n\
        MZ-1,outpatient,王试一,119900199912310022,local,310,2021-10-25T09:00:00,128.50,128.50,cash,R-001\n\
        MZ-2,outpatient,李试二,,local,390,2021-10-26T09:00:00,64.00,0,,R-002\n";
    desk.write("records.csv", records.replace("119900199912310022", ""));
    desk.run(&["import", "records", "records.csv"]).ended(0);
    desk.run(&["facility", "desk", "--phone", "0350-0000000", "--place", "hall, window 2"]).ended(0);
    desk
}

#[test]
fn a_scanned_slip_leads_to_its_record() {
    let desk = desk();
    for (number, own) in [("A1-0001", "MZ-1"), ("A1-0002", "MZ-2")] {
        for (width, lang) in [("58", "zh"), ("80", "zh"), ("58", "en"), ("80", "en")] {
            let png = format!("{number}-{width}-{lang}.png");
            desk.run(&["slip", number, "--width", width, "--lang", lang, "--out", &png]).ended(0);
            let text = desk.run(&["slip", number, "--width", width, "--lang", lang]).ended(0).out;
            desk.write("text.pgm", pictured(&text));
            for picture in [png.as_str(), "text.pgm"] {
                let Some(code) = scanned(&desk.file(picture)) else { return };
                let found = desk.json(&["find", &code]);
                let numbers: Vec<_> =
                    found["items"].as_array().unwrap().iter().map(|item| &item["record_no"]).collect();
                assert_eq!(numbers, [own], "{picture} of {width} mm reads {code}");
            }
        }
    }
}

#[test]
fn the_code_of_another_ledger_is_refused_and_tells_nothing() {
    let (here, there) = (desk(), desk());
    let code = |desk: &Desk| desk.json(&["slip", "MZ-1"])["code"].as_str().unwrap().to_owned();
    let (ours, theirs) = (code(&here), code(&there));
    assert_ne!(ours, theirs, "both are A1-0001");
    here.run(&["show", &ours]).ended(0);
    for args in [["find", &theirs], ["show", &theirs]] {
        let refused = here.run(&args).ended(4);
        assert!(refused.err.contains("no record of this ledger has the slip"), "{}", refused.err);
    }
}

#[test]
fn nobody_is_named_on_a_slip_unless_it_is_asked_for() {
    let desk = desk();
    for name in ["slip.txt", "slip.html"] {
        desk.run(&["slip", "MZ-1", "--lang", "zh", "--out", name]).ended(0);
        let text = fs::read_to_string(desk.file(name)).unwrap();
        assert!(!text.contains("王试一") && text.contains("王**") || text.contains("王＊"), "{text}");
        assert!(
            text.contains("0350-0000000") && text.contains("A1-0001") && text.contains("128.50"),
            "{text}"
        );
    }
    let before = desk.head().0;
    desk.run(&["slip", "MZ-1", "--out", "open.html", "--reveal", "--purpose", "同名患者"]).ended(0);
    assert!(fs::read_to_string(desk.file("open.html")).unwrap().contains("王试一"));
    assert_eq!(desk.head().0, before + 1, "it is on record");
}

#[test]
fn what_a_slip_says_follows_the_record() {
    let desk = desk();
    let slip = |args: &[&str]| desk.run(&[&["slip", "MZ-1"], args].concat());
    assert!(slip(&["--as-of", NOW]).ended(0).out.contains("receipt"), "which paper to bring");
    slip(&["--out", "slip.docx"]).ended(2);
    slip(&["--out", "slip.txt"]).ended(0);
    slip(&["--out", "slip.txt"]).ended(4);
    desk.run(&["void", "MZ-1", "--reason", "重复"]).ended(0);
    slip(&[]).ended(5);
    desk.run(&["slip", "MZ-9"]).ended(4);
}
