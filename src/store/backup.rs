//! Backups: a copy of the ledger as it stood at one moment, proved before it
//! gets its name.
//!
//! The copy is taken from one snapshot, so windows that write meanwhile are
//! neither stopped nor waited for. It grows under another name, is synced,
//! opened again and proved (database, chain, books), and appears whole or not at
//! all. What is locked passes through a copy beside the ledger, where the same
//! bytes lie anyway; the target disk never sees it in the clear.
//!
//! That a backup was made is written into the ledger *afterwards*, so the chain
//! never tells of a backup that failed; a copy does not hold the event of its own
//! making. Choosing names, and which old copies to drop, is for the caller.

use crate::closed_list;
use crate::domain::{Actor, Digest, EventKind, Progress, Subject, Watcher};
use crate::store::scratch::{Scratch, digest_of, folder_of};
use crate::store::{BackupError, Ledger, Lock, Mode, StoreError, cipher, look, trailer, whole_file};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use serde_json::json;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, BufWriter, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The first read of a transaction, which fixes what it sees.
const SNAPSHOT: &str = "SELECT count(*) FROM sqlite_schema";
/// Nobody else sees the copy while it grows, and it is synced as a whole at its end.
const GROWS: &str = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;";
/// A copy needs no log beside it, wherever it is read.
const NO_LOG: &str = "PRAGMA journal_mode = DELETE";

/// How far a backup is once it is copied, and once it is proved, in thousandths of its time.
const COPIED: u64 = 200;
const PROVED: u64 = 900;

/// Pages copied at a time, and how long one waits, how often, where the file is locked for a moment.
const PAGES: i32 = 4096;
const WAIT: Duration = Duration::from_millis(20);
const WAITS: u32 = 500;

closed_list! {
    /// How it was made sure that a backup can be restored.
    Verified as "verified" {
        Opened = "opened", "重新打开：数据库、事件链、账目均一致", "opened again: database, chain and books agree";
        Decrypted = "decrypted", "重新解密，与核对过的副本逐字节相同", "decrypted again: byte for byte the copy that was proved";
        Reread = "reread", "副本已核对；密文读回与写入相同（解密需要私钥）", "the copy was proved; what was written reads back the same (only the key decrypts it)";
    }
}

/// A backup that was made.
#[derive(Clone, Debug)]
pub struct BackedUp {
    /// Its file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// Number of its last event.
    pub seq: i64,
    /// Hash of its last event: the head of the chain.
    pub head: Digest,
    /// How many records it holds.
    pub records: i64,
    /// Locked with a passphrase or to keys.
    pub encrypted: bool,
    /// How it was verified.
    pub verified: Verified,
}

impl Ledger {
    /// Whether a backup can be begun there, before anything is written for it.
    ///
    /// # Errors
    /// [`BackupError::Taken`], [`BackupError::NoFolder`].
    pub fn may_back_up(&self, to: &Path) -> Result<(), BackupError> {
        may_become(to)
    }

    /// Writes a backup to a file that is not there yet.
    ///
    /// # Errors
    /// [`BackupError`]: nothing stands under the name then, and other windows noticed nothing.
    pub fn back_up(&self, to: &Path, lock: Option<&Lock>) -> Result<BackedUp, BackupError> {
        self.back_up_watched(to, lock, &mut |_| true)
    }

    /// The same for a ledger so large that somebody watches.
    ///
    /// # Errors
    /// As [`Ledger::back_up`]; [`StoreError::Stopped`] within where the watcher wishes so.
    pub fn back_up_watched(
        &self,
        to: &Path,
        lock: Option<&Lock>,
        watch: &mut Watcher<'_>,
    ) -> Result<BackedUp, BackupError> {
        may_become(to)?;
        let at = |path: &Path| {
            let path = path.to_owned();
            move |error| BackupError::Io { path, error }
        };
        // In the clear only where the ledger itself lies.
        let beside = if lock.is_some() { self.path() } else { to };
        let stage = Scratch::beside(beside, "backup").map_err(at(beside))?;
        copy(self.books().conn, stage.path(), &mut |far| watch(&far.within(0, COPIED)))?;
        trailer::append(stage.path()).map_err(at(stage.path()))?;
        let proved = look::prove(stage.path(), self.path(), &mut |far| watch(&far.within(COPIED, PROVED)))?;
        if !watch(&Progress { read: (PROVED, 1000), ..Progress::default() }) {
            return Err(StoreError::Stopped.into());
        }
        let (digest, verified) = match lock {
            None => {
                let digest = digest_of(stage.path()).map_err(at(stage.path()))?;
                place(stage, to)?;
                (digest, Verified::Opened)
            }
            Some(lock) => locked(&stage, to, lock)?,
        };
        if digest_of(to).map_err(at(to))? != digest {
            // Nobody may take it for a backup.
            let _ = std::fs::remove_file(to);
            return Err(BackupError::NotAsWritten { path: to.to_owned() });
        }
        let size = to.metadata().map_err(at(to))?.len();
        let (seq, head, records) = (proved.seq, proved.head, proved.proof.records);
        Ok(BackedUp { path: to.to_owned(), size, seq, head, records, encrypted: lock.is_some(), verified })
    }

    /// Notes in the chain that a backup was made: how far it reaches, never where it lies.
    ///
    /// # Errors
    /// [`StoreError`] where the ledger cannot be written; the backup is good all the same.
    pub fn note_backup(&mut self, actor: &Actor, made: &BackedUp) -> Result<(), StoreError> {
        let detail = json!({
            "name": file_name(&made.path), "head_seq": made.seq, "size": made.size, "encrypted": made.encrypted,
        });
        self.transact(actor, Mode::Keep, |w| {
            w.event(EventKind::BackedUp, &Subject::Ledger, None, &detail, made.head)
        })
    }
}

/// The name of a file without its folders.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Whether a new file of this name can be made: nothing has it, and its folder is there.
pub(super) fn may_become(to: &Path) -> Result<(), BackupError> {
    if to.symlink_metadata().is_ok() {
        return Err(BackupError::Taken { path: to.to_owned(), standing: None });
    }
    let folder = folder_of(to);
    if folder.is_dir() { Ok(()) } else { Err(BackupError::NoFolder { path: folder.to_owned() }) }
}

/// Gives a finished file its name.
pub(super) fn place(stage: Scratch, to: &Path) -> Result<(), BackupError> {
    stage.place(to).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => BackupError::Taken { path: to.to_owned(), standing: None },
        _ => BackupError::Io { path: to.to_owned(), error },
    })
}

/// Copies the ledger as it stands now, page by page.
///
/// The snapshot is held until the end: a copy that followed every change would begin anew with each.
fn copy(from: &Connection, to: &Path, watch: &mut Watcher<'_>) -> Result<(), BackupError> {
    let snapshot = from.unchecked_transaction()?;
    snapshot.query_row(SNAPSHOT, [], |_| Ok(()))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut copy = Connection::open_with_flags(to, flags)?;
    whole_file::unlock(&copy)?;
    copy.execute_batch(GROWS)?;
    let backup = Backup::new(&snapshot, &mut copy)?;
    let mut waits = 0;
    loop {
        let stepped = backup.step(PAGES)?;
        let pages = backup.progress();
        let [of, left] = [pages.pagecount, pages.remaining].map(|pages| u64::try_from(pages).unwrap_or(0));
        if !watch(&Progress { read: (of.saturating_sub(left), of), ..Progress::default() }) {
            return Err(StoreError::Stopped.into());
        }
        match stepped {
            StepResult::Done => break,
            StepResult::More => {}
            _ if waits == WAITS => return Err(StoreError::Busy.into()),
            _ => {
                waits += 1;
                std::thread::sleep(WAIT);
            }
        }
    }
    drop(backup);
    copy.query_row(NO_LOG, [], |_| Ok(()))?;
    copy.close().map_err(|(_, error)| BackupError::from(error))
}

/// Locks the proved copy into `to`, and makes sure of the result before it gets its name.
fn locked(stage: &Scratch, to: &Path, lock: &Lock) -> Result<(Digest, Verified), BackupError> {
    let at = |error| BackupError::Io { path: to.to_owned(), error };
    let partial = Scratch::beside(to, "backup").map_err(at)?;
    encrypt(stage.path(), partial.path(), lock).map_err(at)?;
    let written = digest_of(partial.path()).map_err(at)?;
    let verified = match cipher::opener_of(lock) {
        None => Verified::Reread,
        Some(opener) => {
            let file = BufReader::new(File::open(partial.path()).map_err(at)?);
            let clear = cipher::unlock(partial.path(), &opener, file)?;
            let clear = crate::store::scratch::digest_from(clear).map_err(at)?;
            if clear != digest_of(stage.path()).map_err(at)? {
                return Err(BackupError::NotAsWritten { path: to.to_owned() });
            }
            Verified::Decrypted
        }
    };
    place(partial, to)?;
    Ok((written, verified))
}

fn encrypt(from: &Path, to: &Path, lock: &Lock) -> io::Result<()> {
    let from = BufReader::new(File::open(from)?);
    let mut to = BufWriter::new(OpenOptions::new().write(true).open(to)?);
    cipher::lock(lock, from, &mut to)?;
    to.flush()
}
