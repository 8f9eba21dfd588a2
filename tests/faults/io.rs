//! A call to the disk fails: the first, the second, and so on, until a command
//! gets through without meeting it. It never says that it is done when it is not,
//! never leaves half of it, and given again it ends where it should.

use crate::common::{Desk, Dice, sound};
use crate::story::{Scene, here, said, scenes};
use crate::vfs::{self, Call, Fault};
use crate::{seed, size};
use guazhang::domain::{BatchState, EventKind, Stage};
use guazhang::store::{EventInfo, Filter, StoreError};
use rusqlite::ffi;
use std::sync::OnceLock;

/// What can fail: which call, with what, half of it done, and for good.
#[rustfmt::skip] // the columns are the point
const FAULTS: &[(Call, i32, bool, bool)] = &[
    // call         answer                     short  stays
    (Call::Write,    ffi::SQLITE_FULL,          false, false),
    (Call::Write,    ffi::SQLITE_FULL,          true,  true),
    (Call::Write,    ffi::SQLITE_IOERR_WRITE,   true,  false),
    (Call::Sync,     ffi::SQLITE_IOERR_FSYNC,   false, false),
    (Call::Sync,     ffi::SQLITE_IOERR_FSYNC,   false, true),
    (Call::Truncate, ffi::SQLITE_IOERR_TRUNCATE,false, false),
    (Call::Open,     ffi::SQLITE_CANTOPEN,      false, false),
    (Call::Read,     ffi::SQLITE_IOERR_READ,    false, false),
    (Call::Read,     ffi::SQLITE_IOERR_READ,    false, true),
    (Call::Delete,   ffi::SQLITE_IOERR_DELETE,  false, false),
    (Call::Map,      ffi::SQLITE_IOERR_SHMMAP,  false, false),
];

/// How commands ended that met a fault.
#[derive(Debug, Default)]
struct Ended {
    /// They said so and nothing happened.
    refused: u32,
    /// They got through all the same.
    done: u32,
    /// An export that said so: its batch is known and not sent.
    begun: u32,
    /// They said so, and it happened: the answer was lost on the way.
    unsure: u32,
}

fn all() -> &'static Vec<Scene> {
    static SCENES: OnceLock<Vec<Scene>> = OnceLock::new();
    SCENES.get_or_init(|| scenes(24, seed()).0)
}

/// One fault in the way of one command; `false` where the command ended before it.
fn one(scene: &Scene, fault: Fault, ended: &mut Ended) -> bool {
    let (name, ends) = (scene.row.name, scene.row.ends);
    let told = format!("{name}, {fault:?}, seed {}", seed());
    let desk = scene.before.copy();
    let (ran, met) = vfs::with_fault(fault, || here(&desk, &scene.args, None));
    sound(&desk);
    let found = said(&desk);
    let begun = desk.ledger().books().batches().unwrap().iter().any(|b| b.state == BatchState::Preparing);
    // A backup goes on where its seal cannot be made, and says so. The seal is made before the copy, which is to
    // hold it, and stands where the copy failed.
    let last = if name == "backup" { last_kind(&desk) } else { None };
    let unsealed = last == Some(EventKind::BackedUp) && ran.err.contains("not sealed");
    let sealed = last == Some(EventKind::Sealed);
    let done = unsealed || found == scene.said_after;
    assert!(done || begun || sealed || found == scene.said_before, "half done: {told}: {}", ran.err);
    assert!(!begun || exported(&desk) == exported(&scene.before), "out without its folder: {told}");
    if ran.code == ends.0 {
        assert!(done, "said done, and it is not: {told}");
    } else {
        assert!(ran.code != 0 && !ran.err.trim().is_empty(), "failed without a word: {told}: {}", ran.code);
    }
    if !met {
        assert_eq!(ran.code, ends.0, "{told}: {}{}", ran.out, ran.err);
        return false;
    }
    match (ran.code == ends.0, done, begun) {
        (true, ..) => ended.done += 1,
        (false, true, _) => ended.unsure += 1,
        (false, false, true) => ended.begun += 1,
        (false, false, false) => ended.refused += 1,
    }
    let again = here(&desk, &scene.args, None);
    assert_eq!(
        again.code,
        if done || begun { ends.1 } else { ends.0 },
        "given again: {told}: {}{}",
        again.out,
        again.err
    );
    if !sealed && (ends.1 != 0 || !done) {
        assert_eq!(said(&desk), scene.said_after, "given again: {told}");
    }
    sound(&desk);
    true
}

fn last_kind(desk: &Desk) -> Option<EventKind> {
    let (ledger, mut last) = (desk.ledger(), None);
    let each = |event: EventInfo| -> Result<(), StoreError> {
        last = Some(event.kind);
        Ok(())
    };
    ledger.books().each_event(0, each).unwrap();
    last
}

/// How many records are out.
fn exported(desk: &Desk) -> usize {
    let exported = Filter { stage: Some(Stage::Exported), ..Filter::default() };
    desk.ledger().books().records(&exported).unwrap().len()
}

/// Every call of every command, or so many of each as `GUAZHANG_FAULTS` says: the first ones, and then some.
fn every(which: impl Fn(usize) -> bool) {
    vfs::install();
    let most = size("GUAZHANG_FAULTS", 3);
    let mut dice = Dice::new(seed());
    for (_, scene) in all().iter().enumerate().filter(|(at, _)| which(*at)) {
        let mut ended = Ended::default();
        for &(call, code, short, stays) in FAULTS {
            let (mut at, mut tried) = (1, 0);
            while one(scene, Fault { call, at, code, short, stays }, &mut ended) {
                tried += 1;
                // The first ones are where a ledger is opened; then ever wider steps, where not all are asked for.
                let step = if tried * 2 < most { 1 } else { 1 + dice.below(u64::from(at) * 4 / most + 1) };
                at += u32::try_from(step).unwrap();
            }
        }
        println!("{}: {ended:?}", scene.row.name);
    }
}

#[test]
fn a_call_fails_in_every_other_command() {
    every(|at| at % 2 == 0);
}

#[test]
fn a_call_fails_in_the_rest_of_the_commands() {
    every(|at| at % 2 == 1);
}

/// A new ledger is there and whole, or not there.
#[test]
fn a_call_fails_while_a_ledger_is_made() {
    vfs::install();
    let init = ["init", "--facility", "H14999900001", "--name", "示例医院", "--notice", "xinzhou-2021"];
    let init = init.map(str::to_owned);
    for &(call, code, short, stays) in FAULTS {
        for at in (1..).step_by(usize::try_from(1 + 12 / size("GUAZHANG_FAULTS", 4)).unwrap()) {
            let desk = Desk::empty();
            let fault = Fault { call, at, code, short, stays };
            let (ran, met) = vfs::with_fault(fault, || here(&desk, &init, None));
            let there = desk.file(crate::common::LEDGER).exists();
            assert!(there || ran.code != 0, "said done, and it is not: {fault:?}");
            assert!(ran.code == 0 || !ran.err.is_empty(), "failed without a word: {fault:?}");
            if there {
                assert!(
                    guazhang::store::Ledger::open(&desk.file(crate::common::LEDGER)).is_ok(),
                    "{fault:?}"
                );
                sound(&desk);
            } else {
                here(&desk, &init, None).ended(0);
            }
            if !met {
                break;
            }
        }
    }
}
