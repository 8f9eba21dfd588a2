//! Opening the file of a ledger: may it lie there, is it ours, of which version, and
//! with which settings.
//!
//! What stands here ends with a connection. It reads no row and writes none;
//! a new ledger is filled by [`super::Ledger::create`], in a draft made here.

use crate::store::{StoreError, busy, place, scratch, whole_file};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The tables of a new ledger.
pub(super) const SCHEMA: &str = include_str!("../../schema.sql");
/// Which tables those are. Version 1 was never released.
pub(super) const SCHEMA_VERSION: i64 = 3;
/// The first version that was released; a later one is reached from it step by step.
pub(super) const FIRST_VERSION: i64 = 2;
/// Marks the file as ours: `GZ01` in ASCII.
pub(super) const APPLICATION_ID: i64 = 0x475A_3031;

const DEFINITIONS: &str = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL";
const ID: &str = "PRAGMA application_id";
const VERSION: &str = "PRAGMA user_version";
/// Folds the log back into the file and leaves it empty; 1 where somebody else held it.
const FOLD: &str = "PRAGMA wal_checkpoint(TRUNCATE)";
/// A log that is longer than this is folded back even while other windows have the ledger open.
const LONG_LOG: u64 = 64 << 20;
const LOG: &str = "PRAGMA journal_mode = WAL";
const SETTINGS: &str = "
    PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;
    PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;
    PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536";
/// Settings that a promise rests on, and the value each must have taken.
const PROMISED: &[(&str, i64)] = &[
    ("PRAGMA synchronous", 2),
    ("PRAGMA foreign_keys", 1),
    ("PRAGMA trusted_schema", 0),
    ("PRAGMA cell_size_check", 1),
];

/// What may be done with a ledger that was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// It is being made.
    Draft,
    /// Everything.
    Write,
    /// It is of this later version: it is only read.
    Newer(i64),
    /// The file may not be written.
    ReadOnly,
}

/// The file of a ledger, open.
pub(super) struct Opened {
    pub(super) conn: Connection,
    pub(super) access: Access,
    /// Of which version its tables are.
    pub(super) version: i64,
}

/// Opens the file of a ledger, durable before acknowledged and suspicious of the file.
///
/// # Errors
/// [`StoreError::NoLedger`], [`StoreError::Share`], [`StoreError::NotALedger`], [`StoreError::Older`],
/// [`StoreError::ReadOnly`] where not even reading is possible, [`StoreError::Settings`]; nothing is created.
pub(super) fn open(path: &Path) -> Result<Opened, StoreError> {
    place::check(path)?;
    if !path.is_file() {
        return Err(StoreError::NoLedger { path: path.to_owned() });
    }
    let conn = connection(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let version = version_of_ours(&conn, path)?;
    legible(&conn)?;
    if version > SCHEMA_VERSION {
        drop(conn);
        return Ok(Opened { conn: read_only(path)?, access: Access::Newer(version), version });
    }
    if version < FIRST_VERSION {
        return Err(StoreError::Older { path: path.to_owned(), version });
    }
    if conn.is_readonly("main")? {
        drop(conn);
        return Ok(Opened { conn: read_only(path)?, access: Access::ReadOnly, version });
    }
    settle(&conn)?;
    Ok(Opened { conn, access: Access::Write, version })
}

/// Opens a ledger of any version to read, in a way that cannot write.
pub(super) fn read_only(path: &Path) -> Result<Connection, StoreError> {
    let conn = connection(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    conn.pragma_update(None, "query_only", true)?;
    version_of_ours(&conn, path)?;
    Ok(conn)
}

/// Folds a long log back. While somebody always reads, SQLite itself never begins the log anew, and it grows for as
/// long as that lasts.
///
/// Who holds the ledger is not waited for beyond a moment, and only some changes try: a report that reads for a minute
/// does not stop the queue. What was changed is durable either way, so a failure is left to the next.
pub(super) fn shorten_log(conn: &Connection, path: &Path) {
    let long = || fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > LONG_LOG);
    if busy::now_and_then() && long() {
        busy::briefly(|| conn.query_row(FOLD, [], |_| Ok(())).ok());
    }
}

/// The version of a ledger's tables.
pub(super) fn version(conn: &Connection) -> Result<i64, rusqlite::Error> {
    conn.query_row(VERSION, [], |row| row.get(0))
}

/// Whether the definitions of the tables are text at all. A damaged name of a column is met here and reported,
/// before anything asks for columns by name.
///
/// # Errors
/// [`StoreError::Damaged`].
pub(super) fn legible(conn: &Connection) -> Result<(), StoreError> {
    let mut statement = conn.prepare(DEFINITIONS)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        for at in 0..2 {
            let text = row.get_ref(at)?.as_str();
            text.map_err(|_| StoreError::Damaged { text: "sqlite_schema".to_owned() })?;
        }
    }
    Ok(())
}

/// A connection that waits for others and trusts nothing in the file.
fn connection(path: &Path, how: OpenFlags) -> Result<Connection, StoreError> {
    let conn = Connection::open_with_flags(path, how | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    whole_file::unlock(&conn).map_err(|error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => StoreError::NotALedger { path: path.to_owned() },
        _ => error.into(),
    })?;
    conn.busy_handler(Some(busy::wait))?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // A plan depends on no value. Otherwise a look-up by a number beside an index of those without one is planned
    // anew for every number.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.set_prepared_statement_cache_capacity(64);
    Ok(conn)
}

/// The version, where the file is a ledger of this program.
fn version_of_ours(conn: &Connection, path: &Path) -> Result<i64, StoreError> {
    use rusqlite::ErrorCode;
    let read = |sql| conn.query_row(sql, [], |row| row.get::<_, i64>(0));
    let both = read(ID).and_then(|id| Ok((id, read(VERSION)?)));
    match both {
        Ok((APPLICATION_ID, version)) if version > 0 => Ok(version),
        Ok(_) => Err(StoreError::NotALedger { path: path.to_owned() }),
        Err(error) => Err(match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => StoreError::NotALedger { path: path.to_owned() },
            // The file itself was opened: it is the log beside it that cannot be made.
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                StoreError::ReadOnly { path: path.to_owned() }
            }
            _ => error.into(),
        }),
    }
}

/// The settings of a connection that writes, each seen to have taken.
fn settle(conn: &Connection) -> Result<(), StoreError> {
    let log: String = conn.query_row(LOG, [], |row| row.get(0))?;
    if log != "wal" {
        return Err(StoreError::Settings { what: format!("journal_mode = {log}") });
    }
    conn.execute_batch(SETTINGS)?;
    for (setting, promised) in PROMISED {
        let found: i64 = conn.query_row(setting, [], |row| row.get(0))?;
        if found != *promised {
            let name = setting.trim_start_matches("PRAGMA ");
            return Err(StoreError::Settings { what: format!("{name} = {found}") });
        }
    }
    Ok(())
}

/// The beginning of a new ledger, beside its place, so that an interrupted `init` leaves nothing under the name.
pub(super) struct Draft {
    /// The file being filled.
    pub(super) path: PathBuf,
    place: PathBuf,
    /// Held until the ledger has its name, so that two who make it at once do not fill the same draft.
    lock: File,
}

impl Draft {
    /// Begins a ledger at `place`.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where a file is there, [`StoreError::Busy`] where somebody else makes one there just
    /// now, [`StoreError::Share`].
    pub(super) fn begin(place: &Path) -> Result<(Draft, Connection), StoreError> {
        place::check(place)?;
        if place.exists() {
            return Err(StoreError::Exists { path: place.to_owned() });
        }
        let file = beside(place, "-init");
        let lock = File::create(&file).map_err(|error| denied(&file, &error))?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(StoreError::Busy),
            // Where a disk knows no locks nobody else can hold one.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let draft = Draft { path: beside(place, "-new"), place: place.to_owned(), lock };
        if place.exists() {
            return Err(StoreError::Exists { path: place.to_owned() });
        }
        draft.clear()?;
        scratch::private(&draft.path)?;
        let how = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let conn = connection(&draft.path, how)?;
        settle(&conn)?;
        conn.pragma_update(None, "application_id", APPLICATION_ID)?;
        Ok((draft, conn))
    }

    /// Removes what there is of a draft.
    fn clear(&self) -> Result<(), StoreError> {
        ["", "-wal", "-shm", "-journal"].iter().try_for_each(|more| remove(&beside(&self.path, more)))
    }

    /// Closes the draft, so that nothing of it stands in a log beside it, and gives it its name; durable when this
    /// returns. A file that came to be there meanwhile is not overwritten.
    pub(super) fn publish(self, conn: Connection) -> Result<(), StoreError> {
        // A close that cannot fold the log back, as on a full disk, says nothing; this does.
        let left: i64 = conn.query_row(FOLD, [], |row| row.get(0))?;
        if left != 0 {
            return Err(StoreError::Busy);
        }
        conn.close().map_err(|(_, error)| StoreError::from(error))?;
        sync(&self.path)?;
        match fs::hard_link(&self.path, &self.place) {
            Ok(()) => remove(&self.path)?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return Err(StoreError::Exists { path: self.place.clone() });
            }
            // A disk without second names, as a memory stick: whoever makes ledgers with this program waits for the lock.
            Err(_) if self.place.exists() => return Err(StoreError::Exists { path: self.place.clone() }),
            Err(_) => fs::rename(&self.path, &self.place).map_err(|error| denied(&self.place, &error))?,
        }
        sync_folder(&self.place)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // What is left of a draft that failed is of no use; the next one would remove it as well.
        let _ = self.clear();
        let _ = remove(&beside(&self.place, "-init"));
        let _ = self.lock.unlock();
    }
}

/// A file beside another: its name with something after it.
pub(super) fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(more);
    path.with_file_name(name)
}

/// Removes a file, if it is there.
pub(super) fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(denied(path, &error)),
        _ => Ok(()),
    }
}

/// Has a file's content on the disk.
pub(super) fn sync(path: &Path) -> Result<(), StoreError> {
    let file = File::options().read(true).write(true).open(path);
    file.and_then(|file| file.sync_all()).map_err(|error| denied(path, &error))
}

/// Has the names in the folder of `path` on the disk. Windows keeps them with the file.
pub(super) fn sync_folder(path: &Path) -> Result<(), StoreError> {
    if cfg!(unix) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| denied(folder, &error))?;
    }
    Ok(())
}

/// What the system said no to.
pub(super) fn denied(path: &Path, error: &std::io::Error) -> StoreError {
    if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
        return StoreError::full();
    }
    StoreError::NotPermitted { text: format!("{}: {error}", path.display()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(path: &Path) -> u64 {
        fs::metadata(beside(path, "-wal")).unwrap().len()
    }

    #[test]
    fn a_long_log_is_folded_back_as_soon_as_nobody_reads_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("long.db");
        let open =
            || connection(&path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE).unwrap();
        let (writer, reader) = (open(), open());
        writer
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; CREATE TABLE t (x)")
            .unwrap();
        reader.execute_batch("BEGIN; SELECT count(*) FROM t").unwrap();
        writer.execute_batch("INSERT INTO t VALUES (zeroblob(70000000))").unwrap();
        let changes = || (0..1_000).for_each(|_| shorten_log(&writer, &path));
        changes();
        assert!(length(&path) > LONG_LOG, "somebody reads what was before");
        reader.execute_batch("COMMIT").unwrap();
        changes();
        assert_eq!(length(&path), 0);
    }
}
