//! A disk that is full, or that may only be read: what was acknowledged stays, what was
//! not is not half there, and records still go out to another disk.
//!
//! The disks are small ones in memory, which only root may make; otherwise the
//! tests say so and pass.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]
#![allow(clippy::print_stdout, reason = "a test that cannot run says so")]

mod common;

use common::{Desk, LEDGER, NOTICE, Ran, sound};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A disk of its own, gone when dropped.
struct Disk {
    place: TempDir,
}

impl Disk {
    /// `None` where this process may not make one.
    fn new(mib: u32) -> Option<Disk> {
        let place = tempfile::tempdir().unwrap();
        let disk = Disk { place };
        let made = disk.mount(&["-t", "tmpfs", "-o", &format!("size={mib}m"), "guazhang-test"]);
        if !made {
            println!("skipped: only root may mount a small disk");
        }
        made.then_some(disk)
    }

    fn mount(&self, how: &[&str]) -> bool {
        let ended = Command::new("mount").args(how).arg(self.place.path()).output();
        ended.is_ok_and(|ended| ended.status.success())
    }

    fn file(&self, name: &str) -> String {
        self.place.path().join(name).to_str().unwrap().to_owned()
    }

    /// Fills it to the last byte.
    fn fill(&self) {
        let mut hog = File::options().create(true).append(true).open(self.file("hog")).unwrap();
        for size in [1 << 16, 1 << 12, 1] {
            while hog.write_all(&vec![7; size]).is_ok() {}
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.place.path()).output();
    }
}

/// A desk whose ledger lies on a disk of its own.
fn desk_on(disk: &Disk) -> Desk {
    let desk = Desk::empty();
    on(&desk, disk, &["init", "--facility", "H14090100001", "--name", "示例医院", "--notice", NOTICE])
        .ended(0);
    on(&desk, disk, &["notice", "resumed", NOTICE, "all", "2021-10-31T22:00:00"]).ended(0);
    desk
}

fn on(desk: &Desk, disk: &Disk, args: &[&str]) -> Ran {
    let ledger = disk.file(LEDGER);
    desk.run(&[args, &["--ledger", &ledger]].concat())
}

fn add(desk: &Desk, disk: &Disk, record: u32) -> Ran {
    let record_no = format!("MZ-{record}");
    let add =
        ["add", "outpatient", "--record-no", &record_no, "--name", "陆样", "--total", "12.50", "--paid"];
    let more =
        ["12.50", "--occurred-at", "2021-10-25 09:00", "--insured-area", "140902", "--insurance", "390"];
    let rest = ["--locality", "local", "--pay-method", "cash", "--papers", "receipt", "--receipt-no", "R1"];
    on(desk, disk, &[&add[..], &more, &rest, &["--id-no", "440524188001010014"]].concat())
}

/// The ledger is copied to where there is room, and looked at there.
fn records(desk: &Desk, disk: &Disk) -> usize {
    fs::copy(disk.file(LEDGER), desk.file(LEDGER)).unwrap();
    let log = format!("{LEDGER}-wal");
    let _ = fs::remove_file(desk.file(&log));
    if Path::new(&disk.file(&log)).exists() {
        fs::copy(disk.file(&log), desk.file(&log)).unwrap();
    }
    sound(desk);
    desk.ledger().books().records(&guazhang::store::Filter::default()).unwrap().len()
}

#[test]
fn a_full_disk_takes_the_last_records_and_lets_all_of_them_out() {
    let Some(disk) = Disk::new(80) else { return };
    let desk = desk_on(&disk);
    add(&desk, &disk, 0).ended(0);
    let reserve = disk.file("guazhang.db-reserve");
    assert!(Path::new(&reserve).exists());

    disk.fill();
    let ran = add(&desk, &disk, 1).ended(0);
    assert!(ran.err.contains("the reserve of 8 MiB"), "{}", ran.err);
    assert!(ran.out.contains("A1-0002"), "{}", ran.out);
    assert!(!Path::new(&reserve).exists(), "it is given up, and not made again while there is no room");
    add(&desk, &disk, 2).ended(0);
    assert_eq!(records(&desk, &disk), 3);

    // The records go to another disk, which is this desk's folder.
    let out = desk.file("stick");
    let ran = on(&desk, &disk, &["export", "resettle", "--out", out.to_str().unwrap()]);
    assert!([0, 3].contains(&ran.code), "{}{}", ran.out, ran.err);
    assert_eq!(fs::read_dir(&out).unwrap().count(), 1, "{}{}", ran.out, ran.err);

    // Now there is nothing left to give up.
    disk.fill();
    let mut acknowledged = 3;
    for record in 3..60 {
        let ran = add(&desk, &disk, record);
        if ran.code == 0 {
            acknowledged += 1;
            disk.fill();
            continue;
        }
        assert_eq!(ran.code, 1, "{}", ran.err);
        assert!(ran.err.contains("the disk is full") && ran.out.is_empty(), "{}{}", ran.out, ran.err);
    }
    assert!(acknowledged < 60, "the disk was never full");
    assert_eq!(records(&desk, &disk), acknowledged, "what was said to be written, and nothing else");

    fs::remove_file(disk.file("hog")).unwrap();
    add(&desk, &disk, 60).ended(0);
    assert!(Path::new(&reserve).exists(), "it is made again where there is room");
    assert_eq!(records(&desk, &disk), acknowledged + 1);
}

#[test]
fn an_import_on_a_full_disk_is_refused_whole_and_goes_through_when_given_again() {
    let Some(disk) = Disk::new(80) else { return };
    let desk = desk_on(&disk);
    let world = common::world::World::new(400, 4);
    desk.write("records.csv", world.records.text());
    desk.write("lines.csv", world.lines.text());
    let map = common::map();
    let import = ["import", "records", "records.csv", "--lines", "lines.csv", "--map", &map];
    // Alone, a command finds out when it opens the ledger; with another window open, when it writes.
    let window = guazhang::store::Ledger::open(Path::new(&disk.file(LEDGER))).unwrap();
    window.books().head().unwrap();
    disk.fill();
    let ran = on(&desk, &disk, &import).ended(1);
    assert!(ran.err.contains("the disk is full; nothing was written"), "{}", ran.err);
    assert!(ran.err.contains("the reserve of 8 MiB"), "{}", ran.err);
    assert_eq!(records(&desk, &disk), 0);
    on(&desk, &disk, &import).ended(0);
    drop(window);
    assert!(records(&desk, &disk) >= 400);
}

#[test]
fn a_window_that_is_open_when_the_disk_fills_writes_its_change_after_all() {
    let Some(disk) = Disk::new(80) else { return };
    let desk = desk_on(&disk);
    let window = guazhang::store::Ledger::open(Path::new(&disk.file(LEDGER))).unwrap();
    window.books().head().unwrap();
    let mut done = 0;
    for record in 0..12 {
        disk.fill();
        let ran = add(&desk, &disk, record).ended(0);
        done += 1;
        if ran.err.contains("the reserve of 8 MiB") {
            assert!(ran.out.contains(&format!("A1-{done:04}")), "{}", ran.out);
            assert!(!Path::new(&disk.file("guazhang.db-reserve")).exists());
            drop(window);
            assert_eq!(records(&desk, &disk), done);
            return;
        }
    }
    panic!("the disk was never full");
}

#[test]
fn a_ledger_is_not_begun_on_a_full_disk() {
    let Some(disk) = Disk::new(4) else { return };
    disk.fill();
    let desk = Desk::empty();
    let ran = on(&desk, &disk, &["init", "--facility", "H14090100001", "--name", "示例医院"]).ended(1);
    assert!(ran.err.contains("the disk is full"), "{}", ran.err);
    let left: Vec<_> = fs::read_dir(disk.place.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["hog"]);
}

#[test]
fn a_small_disk_is_not_filled_by_the_reserve() {
    let Some(disk) = Disk::new(16) else { return };
    let desk = desk_on(&disk);
    add(&desk, &disk, 0).ended(0);
    assert!(!Path::new(&disk.file("guazhang.db-reserve")).exists());
}

#[test]
fn a_disk_that_may_only_be_read_is_said_to_be_one() {
    let Some(disk) = Disk::new(80) else { return };
    let desk = desk_on(&disk);
    assert!(disk.mount(&["-o", "remount,ro"]));
    for args in [&["list"][..], &["facility", "add", "H1", "分院"]] {
        let ran = on(&desk, &disk, args);
        assert_eq!(ran.code, 7, "{args:?}: {}", ran.err);
        assert!(ran.err.contains("may not be written"), "{}", ran.err);
    }
    let other = disk.file("other.db");
    let init = ["init", "--facility", "H14090100001", "--name", "示例医院", "--ledger", &other];
    desk.run(&init).ended(7);
}

#[test]
fn what_was_asked_for_on_a_full_disk_is_not_half_there() {
    let Some(disk) = Disk::new(80) else { return };
    let Some(stick) = Disk::new(1) else { return };
    let desk = desk_on(&disk);
    (0..3).for_each(|record| drop(add(&desk, &disk, record).ended(0)));
    stick.fill();
    for (at, args) in
        [&["audit", "export"][..], &["audit", "seal", "--reason", "月末"]].into_iter().enumerate()
    {
        let out = stick.file(&format!("out-{at}"));
        let ran = on(&desk, &disk, &[args, &["--out", &out]].concat());
        assert_ne!(ran.code, 0, "{args:?}: {}", ran.out);
        assert!(!ran.err.is_empty(), "{args:?}");
    }
    let left: Vec<_> = fs::read_dir(stick.place.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["hog"], "neither under its name nor beside it");
}

#[test]
fn a_page_that_finds_no_room_leaves_no_event() {
    let Some(disk) = Disk::new(1) else { return };
    let desk = Desk::new();
    disk.fill();
    let (before, page) = (desk.head(), disk.file("page.html"));
    let ran = desk.run(&["report", "html", "--out", &page]).ended(1);
    assert!(ran.err.contains("page.html"), "{}", ran.err);
    assert_eq!(desk.head(), before, "no event tells of a page that is not there");
    let left: Vec<_> = fs::read_dir(Path::new(&page).parent().unwrap()).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing but what filled the disk");
    // With room it is made, and its event names it.
    fs::remove_file(disk.file("hog")).unwrap();
    desk.run(&["report", "html", "--out", &page]).ended(0);
    let (seq, hash) = desk.head();
    assert_eq!(seq, before.0 + 1);
    assert!(fs::read_to_string(&page).unwrap().contains(&format!("{seq} {hash}")));
}
