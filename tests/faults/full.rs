//! The disk is full, really: a stick of a few hundred kilobytes, on which the
//! ledger, a batch or the rejected rows have no room. It needs a system that lets
//! the test mount one; elsewhere it is skipped and says so.

use crate::common::world::{OWN, World};
use crate::common::{Desk, LEDGER, map, sound};
use crate::seed;
use crate::story::said;
use guazhang::domain::{BatchState, Stage};
use guazhang::store::Filter;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A small disk in a desk's folder, taken away at the end.
struct Stick {
    path: PathBuf,
}

impl Stick {
    fn put(desk: &Desk, kilobytes: u32) -> Option<Stick> {
        let path = desk.file("stick");
        fs::create_dir(&path).unwrap();
        let size = format!("size={kilobytes}k");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "stick"]).arg(&path).stderr(Stdio::null());
        if mount.status().is_ok_and(|status| status.success()) {
            return Some(Stick { path });
        }
        println!("skipped: no disk can be mounted here");
        None
    }

    /// Leaves room for so many bytes.
    fn fill(&self, room: usize) {
        let filler = self.path.join("filler");
        let mut size = 0;
        while fs::write(&filler, vec![1; size + 4096]).is_ok() {
            size += 4096;
        }
        fs::write(&filler, vec![1; size.saturating_sub(room)]).unwrap();
    }

    fn clear(&self) {
        fs::remove_file(self.path.join("filler")).unwrap();
    }
}

impl Drop for Stick {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.path).status();
    }
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_batch_has_no_room() {
    let reader = age::x25519::Identity::generate().to_public().to_string();
    for (shape, kilobytes) in [
        (&[][..], 256),
        (&["--shape", "calls"][..], 4096),
        (&["--shape", "xlsx"][..], 256),
        (&["--shape", "calls", "--encrypt-to", &reader][..], 256),
    ] {
        no_room(shape, kilobytes);
    }
}

fn no_room(shape: &[&str], kilobytes: u32) {
    let (desk, world) = (Desk::new(), World::new(24, seed()));
    desk.import(&world.records, &world.lines).ended(0);
    let undisturbed = desk.copy();
    let export = [&["export", "resettle", "--facility", OWN, "--out", "stick/out"], shape].concat();
    undisturbed.run(&export).ended(0);
    let Some(stick) = Stick::put(&desk, kilobytes) else { return };
    for room in [0, 4096, 8192, 16384] {
        stick.fill(room);
        let ran = desk.run(&export);
        let full = ran.code != 0 && ran.err.contains("disk is full");
        assert!(full, "{shape:?} in {room}: {} {}", ran.code, ran.err);
        sound(&desk);
        let exported = Filter { stage: Some(Stage::Exported), ..Filter::default() };
        assert!(desk.ledger().books().records(&exported).unwrap().is_empty(), "nothing went out");
        let batches = desk.ledger().books().batches().unwrap();
        assert!(batches.iter().all(|batch| batch.state == BatchState::Preparing));
        assert!(!names(&stick.path.join("out")).contains("A1-B0001-resettle"), "a part of a batch is there");
        stick.clear();
    }
    desk.run(&export).ended(0);
    assert_eq!(said(&desk), said(&undisturbed));
    let folder = "stick/out/A1-B0001-resettle";
    assert_eq!(names(&desk.file(folder)), names(&undisturbed.file(folder)));
    desk.run(&["batch", "verify", folder]).ended(0);
}

#[test]
fn the_rows_left_out_have_no_room() {
    let (desk, world) = (Desk::new(), World::new(24, seed()));
    let Some(stick) = Stick::put(&desk, 64) else { return };
    let mut records = world.records;
    let total = records.head.iter().position(|head| *head == "total").unwrap();
    "x".clone_into(&mut records.rows[3][total]);
    desk.write("stick/records.csv", records.text());
    desk.write("lines.csv", world.lines.text());
    stick.fill(0);
    let import = ["import", "records", "stick/records.csv", "--lines", "lines.csv", "--accept-good", "--map"];
    let ran = desk.run(&[&import[..], &[&map()]].concat());
    assert!(![0, 3].contains(&ran.code) && !ran.err.trim().is_empty(), "{} {}{}", ran.code, ran.out, ran.err);
    sound(&desk);
    stick.clear();
    desk.run(&[&import[..], &[&map()]].concat()).ended(3);
    assert!(names(&stick.path).len() > 1, "the rows left out are beside their sheet");
    assert_eq!(desk.ledger().books().records(&Filter::default()).unwrap().len(), 23);
}

/// Every number that was printed is there, and nothing is broken.
#[test]
fn the_ledger_has_no_room() {
    let desk = Desk::new();
    let Some(stick) = Stick::put(&desk, 1024) else { return };
    // A disk this small has no room for a reserve.
    for name in
        names(desk.path()).iter().filter(|name| name.starts_with(LEDGER) && !name.ends_with("-reserve"))
    {
        fs::copy(desk.file(name), stick.path.join(name)).unwrap();
    }
    let ledger = format!("stick/{LEDGER}");
    let (mut told, mut refused) = (BTreeSet::new(), 0);
    for sheet in 0..200 {
        let world = World::new(24, seed() + sheet);
        let text = |text: String| text.replace("DT", &format!("K{sheet:03}T"));
        desk.write("records.csv", text(world.records.text()));
        desk.write("lines.csv", text(world.lines.text()));
        let ran = desk.run(&[
            "import",
            "records",
            "records.csv",
            "--lines",
            "lines.csv",
            "--map",
            &map(),
            "--ledger",
            &ledger,
        ]);
        if ran.code == 0 {
            told.extend(world.records.rows.iter().map(|row| text(row[0].clone())));
        } else {
            assert!(!ran.err.trim().is_empty());
            refused += 1;
        }
        if refused == 3 {
            break;
        }
    }
    assert!(refused == 3 && told.len() >= 24, "{refused} refused, {} records", told.len());
    // Somewhere with room.
    let later = Desk::empty();
    for name in names(&stick.path).iter().filter(|name| name.starts_with(LEDGER) && !name.ends_with("-shm")) {
        fs::copy(stick.path.join(name), later.file(name)).unwrap();
    }
    sound(&later);
    let records = later.ledger().books().records(&Filter::default()).unwrap();
    let there: BTreeSet<_> = records.into_iter().map(|stored| stored.record.record_no).collect();
    assert_eq!(told, there, "what was told is there, and nothing else");
}
