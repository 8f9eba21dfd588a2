//! Room kept for the day the disk is full: a file beside the ledger that is given up then.
//!
//! The file holds nothing of meaning. It is filled with bytes that no file system
//! shortens, and is there to be removed: what was being written can then be
//! written after all, and records can be exported to another disk.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How much is kept: a few thousand records can still go out with it.
pub(super) const BYTES: u64 = 8 << 20;
/// It is written in pieces of this size, all alike.
const PIECE: usize = 1 << 20;
/// It is made again only where so much is free, so that it is not the reserve that fills the disk.
const ENOUGH: u64 = 8 * BYTES;

thread_local! {
    /// Whether SQLite said that the disk is full since [`forget`]. The error itself goes up through a change as
    /// whatever type the change has, so it leaves its mark here on the way.
    static FULL: Cell<bool> = const { Cell::new(false) };
}

/// Begins to look out for a full disk.
pub(super) fn forget() {
    FULL.set(false);
}

/// Notes that the disk is full.
pub(super) fn note() {
    FULL.set(true);
}

/// Whether the disk was full.
pub(super) fn was_full() -> bool {
    FULL.get()
}

/// Whether an error of SQLite, by its extended code, means a full disk. Where the index of the log cannot grow, as on
/// the first read after a start, it is an input error by name.
pub(super) fn means_full(code: i32) -> bool {
    const INDEX_CANNOT_GROW: i32 = rusqlite::ffi::SQLITE_IOERR_SHMSIZE;
    code & 0xFF == rusqlite::ffi::SQLITE_FULL || code == INDEX_CANNOT_GROW
}

/// The reserve of a ledger.
pub(super) fn of(ledger: &Path) -> PathBuf {
    let mut name = ledger.file_name().unwrap_or_default().to_owned();
    name.push("-reserve");
    ledger.with_file_name(name)
}

/// Makes the reserve where there is none and room for it. A ledger works without one, so nothing is said where it
/// cannot be made.
pub(super) fn keep(ledger: &Path) {
    let path = of(ledger);
    let has = fs::metadata(&path).map_or(0, |file| file.len());
    if wanted(has, free(&path)) && fill(&path).is_err() {
        let _ = fs::remove_file(&path);
    }
}

/// Gives up the reserve; whether there was one.
pub(super) fn release(ledger: &Path) -> bool {
    let path = of(ledger);
    let has = fs::metadata(&path).map_or(0, |file| file.len());
    has > 0 && fs::remove_file(&path).is_ok()
}

/// Whether a reserve is to be made where `has` bytes of one are there and `free` bytes of the disk, if that is known.
fn wanted(has: u64, free: Option<u64>) -> bool {
    has < BYTES && free.is_none_or(|free| free >= ENOUGH)
}

/// How much room the disk has for whoever runs this.
#[cfg(unix)]
fn free(path: &Path) -> Option<u64> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Elsewhere it is found out by trying: giving a file its length takes the room at once, and fails where there is
/// none.
#[cfg(not(unix))]
fn free(path: &Path) -> Option<u64> {
    let probe = path.with_extension("probe");
    let taken = File::create(&probe).and_then(|file| file.set_len(ENOUGH));
    let _ = fs::remove_file(&probe);
    Some(taken.map_or(0, |()| ENOUGH))
}

/// Bytes that look random, so that they take their room on disks that compress what they are given, a piece at a time.
fn fill(path: &Path) -> io::Result<()> {
    let mut state = 1_u64;
    let words = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_le_bytes()
    });
    let piece: Vec<u8> = words.take(PIECE / 8).flatten().collect();
    let mut out = File::create(path)?;
    (0..BYTES / PIECE as u64).try_for_each(|_| out.write_all(&piece))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::ffi;

    #[test]
    fn which_errors_mean_a_full_disk() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("full",                      ffi::SQLITE_FULL,            true),
            ("the index cannot grow",     ffi::SQLITE_IOERR_SHMSIZE,   true),
            ("a read failed",             ffi::SQLITE_IOERR_READ,      false),
            ("a sync failed",             ffi::SQLITE_IOERR_FSYNC,     false),
            ("busy",                      ffi::SQLITE_BUSY,            false),
            ("a rule of the tables",      ffi::SQLITE_CONSTRAINT,      false),
            ("done",                      ffi::SQLITE_OK,              false),
        ];
        for (what, code, expected) in cases {
            assert_eq!(means_full(code), expected, "{what}");
        }
    }

    #[test]
    fn when_a_reserve_is_made() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            // there        free                 made
            (0,             Some(ENOUGH),        true),
            (0,             Some(ENOUGH - 1),    false),
            (0,             None,                true),
            (BYTES - 1,     Some(ENOUGH),        true),
            (BYTES,         Some(ENOUGH),        false),
            (BYTES,         Some(0),             false),
        ];
        for (has, free, made) in cases {
            assert_eq!(wanted(has, free), made, "{has} {free:?}");
        }
    }

    #[test]
    fn it_takes_its_room_and_gives_it_up_once() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = dir.path().join("guazhang.db");
        assert!(!release(&ledger), "there is none yet");
        fill(&of(&ledger)).unwrap();
        let file = fs::metadata(dir.path().join("guazhang.db-reserve")).unwrap();
        assert_eq!(file.len(), BYTES);
        #[cfg(unix)]
        assert!(std::os::unix::fs::MetadataExt::blocks(&file) * 512 >= BYTES, "not a hole");
        assert!(release(&ledger));
        assert!(!release(&ledger));
    }
}
