//! Looking at a ledger or a copy of one without changing a byte of it or beside it.
//!
//! Repairs nothing and decides nothing; `backup`, `restore`, `check` and
//! `repair` ask here what a file is and whether it is whole.

use crate::domain::{Digest, Time, Watcher};
use crate::store::connect::{APPLICATION_ID, SCHEMA_VERSION};
use crate::store::scratch::with_ending;
use crate::store::{BackupError, Books, Proof, StoreError, whole_file};
use rusqlite::{Connection, OpenFlags};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

const ID: &str = "PRAGMA application_id";
const VERSION: &str = "PRAGMA user_version";
const SETTINGS: &str =
    "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;";
const INTEGRITY: &str = "PRAGMA integrity_check(20)";
const STRAYS: &str = r#"SELECT "table", count(*) FROM pragma_foreign_key_check GROUP BY 1 ORDER BY 1"#;
const IS_BARE: &str = "SELECT EXISTS (SELECT 1 FROM keyring WHERE kind = 'bare')";
const LAST_TIME: &str = "SELECT max(at) FROM event";
const UUID: &str = "SELECT uuid FROM ledger";

/// How every database of SQLite begins.
const BEGINS: &[u8] = b"SQLite format 3\0";

/// The first bytes of a file: enough to say what it is.
pub(super) fn first_bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)?.take(100).read_to_end(&mut head)?;
    Ok(head)
}

/// Whether a file that begins so is a database.
pub(super) fn is_database(head: &[u8]) -> bool {
    head.starts_with(BEGINS)
}

/// Size of a page, as the head of a database names it; `None` where that is no size.
pub(super) fn page_size(head: &[u8]) -> Option<u64> {
    let size = match u64::from(u16::from_be_bytes([*head.get(16)?, *head.get(17)?])) {
        1 => 65536,
        size => size,
    };
    (size >= 512 && size.is_power_of_two()).then_some(size)
}

/// Whether a log with something in it lies beside the file.
pub(super) fn has_log(path: &Path) -> bool {
    with_ending(path, "-wal").metadata().is_ok_and(|log| log.len() > 0)
}

/// Opens a file to read it. Where no log lies beside it, nobody has it open, and SQLite is told to leave nothing there.
pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    if with_ending(path, "-wal").exists() { open_shared(path) } else { open_alone(path) }
}

/// Opens a file that others may have open too.
pub(super) fn open_shared(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    whole_file::unlock(&conn)?;
    conn.busy_timeout(Duration::from_secs(10))?;
    conn.execute_batch(SETTINGS)?;
    Ok(conn)
}

/// Opens a file that nobody else has open.
pub(super) fn open_alone(path: &Path) -> Result<Connection, StoreError> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let conn = Connection::open_with_flags(uri(path), flags)?;
    whole_file::unlock(&conn)?;
    conn.execute_batch(SETTINGS)?;
    Ok(conn)
}

/// The file as SQLite takes it with a remark that it does not change.
fn uri(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    let escaped = text.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    // A drive letter stands after three slashes, a share after two more than it has, any other path after none.
    let lead = match escaped.as_bytes() {
        [_, b':', ..] => "///",
        [b'/', b'/', ..] => "//",
        _ => "",
    };
    format!("file:{lead}{escaped}?immutable=1")
}

/// The application id and the schema version that a file names.
pub(super) fn kind_of(conn: &Connection) -> Result<(i64, i64), StoreError> {
    let number = |sql| conn.query_row(sql, [], |row| row.get::<_, i64>(0));
    Ok((number(ID)?, number(VERSION)?))
}

/// Whether the database is a ledger of the schema this program keeps.
pub(super) fn is_ours(path: &Path, conn: &Connection) -> Result<(), BackupError> {
    let path = path.to_owned();
    match kind_of(conn)? {
        (APPLICATION_ID, SCHEMA_VERSION) => Ok(()),
        (APPLICATION_ID, version) => Err(BackupError::OtherSchema { path, version, ours: SCHEMA_VERSION }),
        _ => Err(BackupError::NotABackup { path }),
    }
}

/// What SQLite finds wrong with the file; empty where all is well.
pub(super) fn integrity(conn: &Connection) -> Result<Vec<String>, StoreError> {
    let mut statement = conn.prepare(INTEGRITY)?;
    let lines: Vec<String> =
        statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>().map_err(StoreError::from)?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

/// Tables with rows that refer to nothing, and how many of them.
pub(super) fn strays(conn: &Connection) -> Result<Vec<(String, i64)>, StoreError> {
    let mut statement = conn.prepare(STRAYS)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The latest time that an event of a ledger names, Beijing time; the file is only read.
///
/// # Errors
/// [`StoreError::NoLedger`] where there is none, [`BackupError`] where it cannot be read.
pub fn last_time(path: &Path) -> Result<Option<Time>, BackupError> {
    if !path.is_file() {
        return Err(StoreError::NoLedger { path: path.to_owned() }.into());
    }
    let conn = open(path)?;
    is_ours(path, &conn)?;
    let text: Option<String> = conn.query_row(LAST_TIME, [], |row| row.get(0))?;
    let damaged = |text: String| StoreError::Damaged { text: format!("event time {text}") };
    Ok(text.map(|text| text.parse().map_err(|_| damaged(text))).transpose()?)
}

/// Whether identities stand bare in a ledger (`--no-encrypt`); the file is only read.
///
/// # Errors
/// As [`last_time`].
pub fn is_bare(path: &Path) -> Result<bool, BackupError> {
    if !path.is_file() {
        return Err(StoreError::NoLedger { path: path.to_owned() }.into());
    }
    let conn = open(path)?;
    is_ours(path, &conn)?;
    Ok(conn.query_row(IS_BARE, [], |row| row.get(0))?)
}

/// Whose ledger it is, apart from its name: the random number it was founded with.
pub(super) fn uuid(conn: &Connection) -> Result<[u8; 16], StoreError> {
    Ok(conn.query_row(UUID, [], |row| row.get(0))?)
}

/// A copy, proved whole: the database, the chain, and the books as the events left them.
pub(super) struct Proved {
    pub(super) proof: Proof,
    pub(super) seq: i64,
    pub(super) head: Digest,
    pub(super) uuid: [u8; 16],
}

/// Proves a copy that nobody else has open; `name` is what errors call it.
///
/// # Errors
/// [`BackupError`] where it does not agree, or the watcher wishes to stop.
pub(super) fn prove(copy: &Path, name: &Path, watch: &mut Watcher<'_>) -> Result<Proved, BackupError> {
    let path = name.to_owned();
    let damaged = |error: StoreError| broken(name, error);
    let conn = open_alone(copy).map_err(damaged)?;
    is_ours(name, &conn).map_err(|error| match error {
        BackupError::Store(error) => broken(name, error),
        other => other,
    })?;
    let mut lines = integrity(&conn).map_err(damaged)?;
    lines.extend(strays(&conn).map_err(damaged)?.into_iter().map(|(table, rows)| format!("{table}: {rows}")));
    if !lines.is_empty() {
        return Err(BackupError::Damaged { path, lines });
    }
    let books = Books { conn: &conn, sealer: None };
    let proof = books.prove_watched(watch).map_err(damaged)?;
    if !proof.faults.is_empty() {
        return Err(BackupError::Disagrees { path, faults: proof.faults });
    }
    let (seq, head) = books.head().map_err(damaged)?;
    Ok(Proved { proof, seq, head, uuid: uuid(&conn).map_err(damaged)? })
}

/// What cannot be read in a copy is damage, whatever SQLite calls it; a full disk or a lock is not.
pub(super) fn broken(name: &Path, error: StoreError) -> BackupError {
    match error {
        StoreError::Busy | StoreError::Full | StoreError::Stopped | StoreError::NotPermitted { .. } => {
            BackupError::Store(error)
        }
        StoreError::Damaged { text } => BackupError::Damaged { path: name.to_owned(), lines: vec![text] },
        other => BackupError::Damaged { path: name.to_owned(), lines: vec![other.to_string()] },
    }
}
