//! Restoring: a backup becomes a ledger again, once it is proved whole.
//!
//! The backup is opened, and proved, as a copy beside the place where the ledger
//! will stand, so nothing changes in the backup and nothing appears under the
//! ledger's name before all of it agrees. A ledger that stands there already is
//! compared and left alone.

use crate::domain::{Actor, Digest, EventKind, Progress, Subject, Watcher};
use crate::store::backup::{file_name, may_become, place};
use crate::store::look::{self, Proved};
use crate::store::scratch::{PART, Scratch, with_ending};
use crate::store::trailer::{self, Seen};
use crate::store::{BackupError, Books, Ledger, Mode, Opener, cipher};
use crate::text::Lang;
use rusqlite::OptionalExtension;
use serde_json::json;
use std::cell::Cell;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write as _};
use std::path::{Path, PathBuf};

/// How far restoring is once the bytes lie where they are proved, in thousandths of its time.
const FILLED: u64 = 200;

const HASH_OF: &str = "SELECT hash FROM event WHERE seq = ?1";

/// A backup that was proved, and restored unless it was only tried.
#[derive(Clone, Debug)]
pub struct Restored {
    /// Where the ledger stands, or would.
    pub path: PathBuf,
    /// Number of the last event in the backup.
    pub seq: i64,
    /// Hash of the last event in the backup.
    pub head: Digest,
    /// How many records it holds.
    pub records: i64,
    /// It was locked.
    pub encrypted: bool,
    /// Its last line agreed; without such a line only the chain proves it, as in a ledger copied by hand.
    pub sealed: bool,
    /// How the ledger that stands at the normal place compares with it; `None` where there is none.
    pub standing: Option<Standing>,
}

/// A ledger that is there, beside a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It goes on where the backup ends.
    Newer {
        /// By so many events.
        by: i64,
    },
    /// The backup goes on where it ends.
    Older {
        /// By so many events.
        by: i64,
    },
    /// The same ledger, and they went different ways.
    Apart,
    /// Another ledger.
    Other,
    /// It cannot be read.
    Unreadable,
}

impl Standing {
    /// In words, as the end of a sentence on that ledger.
    pub fn said(self, lang: Lang) -> String {
        match (self, lang) {
            (Standing::Newer { by: 0 }, Lang::Zh) => "与备份相同".to_owned(),
            (Standing::Newer { by: 0 }, Lang::En) => "it says the same as the backup".to_owned(),
            (Standing::Newer { by }, Lang::Zh) => format!("比备份新 {by} 个事件"),
            (Standing::Newer { by }, Lang::En) => {
                format!("it is {by} event{} newer than the backup", if by == 1 { "" } else { "s" })
            }
            (Standing::Older { by }, Lang::Zh) => format!("比备份旧 {by} 个事件"),
            (Standing::Older { by }, Lang::En) => {
                format!("it is {by} event{} older than the backup", if by == 1 { "" } else { "s" })
            }
            (Standing::Apart, Lang::Zh) => "与备份同源，但此后各有不同的事件".to_owned(),
            (Standing::Apart, Lang::En) => {
                "it is of the same origin, and has gone another way than the backup".to_owned()
            }
            (Standing::Other, Lang::Zh) => "是另一本账，与备份无关".to_owned(),
            (Standing::Other, Lang::En) => "it is another ledger than the one backed up".to_owned(),
            (Standing::Unreadable, Lang::Zh) => "无法读取，不能与备份比较".to_owned(),
            (Standing::Unreadable, Lang::En) => {
                "it cannot be read, so not be compared with the backup".to_owned()
            }
        }
    }
}

/// What a backup is made from, before anything is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackupKind {
    /// In the clear.
    Plain,
    /// Locked with a passphrase.
    Passphrase,
    /// Locked to keys.
    Keys,
}

/// What a file is, from how it begins.
///
/// # Errors
/// [`BackupError::NotABackup`] for anything that is neither locked nor a database.
pub fn backup_kind(file: &Path) -> Result<BackupKind, BackupError> {
    let head = look::first_bytes(file).map_err(|error| BackupError::Io { path: file.to_owned(), error })?;
    if look::is_database(&head) {
        return Ok(BackupKind::Plain);
    }
    if !cipher::is_locked(&head) {
        return Err(BackupError::NotABackup { path: file.to_owned() });
    }
    // The kind of lock stands in the first line after the head; the cipher itself checks it again.
    let by_passphrase = head.windows(9).any(|word| word == b"-> scrypt");
    Ok(if by_passphrase { BackupKind::Passphrase } else { BackupKind::Keys })
}

/// Proves a backup, and makes a ledger of it at `to`.
///
/// `normal` is where a ledger is looked for to compare with. With [`Mode::Try`] nothing is left.
///
/// # Errors
/// [`BackupError`]: nothing stands at `to` that did not stand there before.
pub fn restore(
    file: &Path,
    to: &Path,
    normal: &Path,
    opener: &Opener,
    actor: &Actor,
    mode: Mode,
) -> Result<Restored, BackupError> {
    restore_watched(file, to, normal, opener, actor, mode, &mut |_| true)
}

/// The same for a backup so large that somebody watches.
///
/// # Errors
/// As [`restore`]; [`crate::store::StoreError::Stopped`] within where the watcher wishes so.
pub fn restore_watched(
    file: &Path,
    to: &Path,
    normal: &Path,
    opener: &Opener,
    actor: &Actor,
    mode: Mode,
    watch: &mut Watcher<'_>,
) -> Result<Restored, BackupError> {
    let encrypted = backup_kind(file)? != BackupKind::Plain;
    if look::has_log(file) {
        return Err(BackupError::InUse { path: file.to_owned() });
    }
    let stage =
        Scratch::beside(to, "restore").map_err(|error| BackupError::Io { path: to.to_owned(), error })?;
    fill(file, stage.path(), opener, encrypted, &mut |far| watch(&far.within(0, FILLED)))?;
    let sealed = unsealed(file, stage.path())?;
    let proved = look::prove(stage.path(), file, &mut |far| watch(&far.within(FILLED, 1000)))?;
    let standing = |path: &Path| path.exists().then(|| compare(path, &proved, stage.path()));
    if let Some(standing) = standing(to) {
        return Err(BackupError::Taken { path: to.to_owned(), standing: Some(standing) });
    }
    may_become(to)?;
    let restored = Restored {
        path: to.to_owned(),
        seq: proved.seq,
        head: proved.head,
        records: proved.proof.records,
        encrypted,
        sealed,
        standing: standing(normal),
    };
    if mode == Mode::Keep {
        note(stage.path(), file, &restored, actor)?;
        place(stage, to)?;
        // Once more, under its name.
        Ledger::open(to)?.books().head()?;
    }
    Ok(restored)
}

/// Brings the bytes of the backup, decrypted, to the place where they are proved.
fn fill(
    file: &Path,
    stage: &Path,
    opener: &Opener,
    encrypted: bool,
    watch: &mut Watcher<'_>,
) -> Result<(), BackupError> {
    let at = |error| BackupError::Io { path: file.to_owned(), error };
    let from = File::open(file).map_err(at)?;
    let of = from.metadata().map_err(at)?.len();
    let stopped = Cell::new(false);
    let from = BufReader::new(Watched { from, read: 0, of, watch, stopped: &stopped });
    let to = OpenOptions::new().write(true).open(stage).map_err(at)?;
    let mut to = BufWriter::new(to);
    let copied = if encrypted {
        io::copy(&mut cipher::unlock(file, opener, from)?, &mut to)
    } else {
        let mut from = from;
        io::copy(&mut from, &mut to)
    };
    let copied = copied.and_then(|_| to.flush());
    if stopped.get() {
        return Err(crate::store::StoreError::Stopped.into());
    }
    copied.map_err(|error| cipher::unreadable(file, error))
}

/// A file whose reading is watched. Where the watcher wishes to stop, it ends with an error of its own.
struct Watched<'a, 'w> {
    from: File,
    read: u64,
    of: u64,
    watch: &'a mut Watcher<'w>,
    stopped: &'a Cell<bool>,
}

impl Read for Watched<'_, '_> {
    fn read(&mut self, block: &mut [u8]) -> io::Result<usize> {
        if !(self.watch)(&Progress { read: (self.read, self.of), ..Progress::default() }) {
            self.stopped.set(true);
            return Err(io::Error::other("stopped"));
        }
        let read = self.from.read(block)?;
        self.read += read as u64;
        Ok(read)
    }
}

/// Checks the last line and takes it off; whether there was one.
fn unsealed(file: &Path, stage: &Path) -> Result<bool, BackupError> {
    let at = |error| BackupError::Io { path: file.to_owned(), error };
    let altered = || BackupError::Altered { path: file.to_owned() };
    match trailer::read(stage).map_err(at)? {
        Seen::Altered => Err(altered()),
        Seen::Agrees { length } => {
            let cut = OpenOptions::new().write(true).open(stage).and_then(|stage| stage.set_len(length));
            cut.map_err(at).map(|()| true)
        }
        Seen::Missing => {
            let head = look::first_bytes(stage).map_err(at)?;
            if !look::is_database(&head) {
                return Err(BackupError::NotABackup { path: file.to_owned() });
            }
            // Whole pages and no line: a ledger copied by hand. Anything else was cut.
            let length = fs::metadata(stage).map_err(at)?.len();
            let whole = look::page_size(&head).is_some_and(|size| length % size == 0);
            if whole { Ok(false) } else { Err(altered()) }
        }
    }
}

/// How a ledger that stands somewhere compares with a proved backup.
fn compare(ledger: &Path, backup: &Proved, copy: &Path) -> Standing {
    let heads = || -> Result<Standing, BackupError> {
        let conn = look::open(ledger)?;
        if look::uuid(&conn)? != backup.uuid {
            return Ok(Standing::Other);
        }
        let (seq, head) = Books { conn: &conn, sealer: None }.head()?;
        let backup_conn = look::open_alone(copy)?;
        // The shorter of the two must be the beginning of the longer.
        let (longer, at, hash) =
            if seq >= backup.seq { (&conn, backup.seq, backup.head) } else { (&backup_conn, seq, head) };
        let there: Option<[u8; 32]> = longer.query_row(HASH_OF, [at], |row| row.get(0)).optional()?;
        Ok(match there.map(Digest::from_bytes) == Some(hash) {
            false => Standing::Apart,
            true if seq >= backup.seq => Standing::Newer { by: seq - backup.seq },
            true => Standing::Older { by: backup.seq - seq },
        })
    };
    heads().unwrap_or(Standing::Unreadable)
}

/// Writes into the restored ledger where it comes from, and leaves no log beside it.
fn note(stage: &Path, file: &Path, restored: &Restored, actor: &Actor) -> Result<(), BackupError> {
    let detail = json!({
        "name": file_name(file), "head_seq": restored.seq, "head": restored.head,
        "encrypted": restored.encrypted,
    });
    let mut ledger = Ledger::open_aside(stage)?;
    ledger.transact(actor, Mode::Keep, |w| -> Result<(), crate::store::StoreError> {
        w.event(EventKind::Restored, &Subject::Ledger, None, &detail, restored.head)
    })?;
    drop(ledger);
    if with_ending(stage, "-wal").exists() {
        return Err(BackupError::InUse { path: stage.with_extension(PART) });
    }
    Ok(())
}
