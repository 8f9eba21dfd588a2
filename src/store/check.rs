//! Checking a ledger without touching it: named checks, each with what was found.
//!
//! Opens the file to read only and leaves nothing beside it. It mends nothing and
//! words nothing; what to do about a finding is told by the front.

use crate::closed_list;
use crate::domain::{BatchState, EventKind, Time};
use crate::store::connect::{self, APPLICATION_ID, SCHEMA, SCHEMA_VERSION};
use crate::store::scratch::{PART, folder_of, with_ending};
use crate::store::{Books, Fault, StoreError, look};
use crate::text::Label;
use rusqlite::{Connection, OptionalExtension};
use std::fs;
use std::path::{Path, PathBuf};

const OBJECTS: &str = "SELECT type, name, coalesce(sql, '') FROM sqlite_schema ORDER BY type, name";
const ENCODING: &str = "PRAGMA encoding";
const LAST_OF: &str = "SELECT seq, at FROM event WHERE kind = ?1 ORDER BY seq DESC LIMIT 1";
const SINCE: &str = "SELECT count(*) FROM event WHERE seq > ?1";
const COUNTS: &str = "
    SELECT (SELECT count(*) FROM record), (SELECT count(*) FROM event), (SELECT count(*) FROM batch),
        (SELECT count(*) FROM settlement), (SELECT count(*) FROM census)";

/// A log above this size was not written back for a long time, in bytes.
const LOG: u64 = 64 << 20;
/// What the file is called that holds room for when the disk is full.
const RESERVE: &str = "-reserve";
/// A backup is old after so many hours, if anything happened since.
const HOURS: i64 = 24;

closed_list! {
    /// A check of a ledger's file.
    Check as "check" {
        File = "file", "文件", "file";
        Version = "version", "结构版本", "schema version";
        Integrity = "integrity", "数据库完整性", "database";
        References = "references", "引用关系", "references";
        Settings = "settings", "表结构与设置", "tables and settings";
        Chain = "chain", "事件链", "event chain";
        Rows = "rows", "账目与事件", "books and events";
        Log = "log", "日志大小", "size of the log";
        Reserve = "reserve", "预留空间", "reserve";
        Leftovers = "leftovers", "残留文件", "leftover files";
        Batches = "batches", "未完成批次", "unfinished batches";
        Backups = "backups", "备份", "backups";
        Counts = "counts", "数量", "counts";
    }
}

/// What a check found. All but the first two ask for something to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// All is well.
    Well,
    /// All is well, and this is what there is.
    Counted {
        /// Records.
        records: i64,
        /// Events.
        events: i64,
        /// Batches.
        batches: i64,
        /// Rows of statements.
        settlements: i64,
        /// Patients in the census.
        census: i64,
    },
    /// The file is not a ledger.
    NotALedger,
    /// The ledger is of another schema.
    OtherVersion {
        /// Its version.
        version: i64,
        /// The version this program keeps.
        ours: i64,
    },
    /// The database is broken, or what is in it cannot be read: the words of SQLite.
    Broken(Vec<String>),
    /// Rows refer to nothing: table and how many.
    Strays(Vec<(String, i64)>),
    /// Tables are not as this program makes them.
    Differs(Vec<String>),
    /// The chain or the books do not agree.
    Faults(Vec<Fault>),
    /// It could not be looked at because of an earlier fault.
    Skipped,
    /// The log was not written back for long, in bytes.
    LargeLog(u64),
    /// A file holds room for when the disk is full, in bytes.
    Reserve(u64),
    /// No room is held for when the disk is full.
    NoReserve,
    /// Something was interrupted and left these files.
    Left(Vec<PathBuf>),
    /// Batches were begun and not sent.
    Unfinished(Vec<i64>),
    /// There never was a backup.
    NoBackup {
        /// Events so far.
        events: i64,
    },
    /// The last backup is old.
    OldBackup {
        /// When it was made.
        at: Time,
        /// Events since.
        events: i64,
    },
    /// The last backup is recent, or nothing happened since.
    Backup {
        /// When it was made.
        at: Time,
        /// Events since.
        events: i64,
    },
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gravity {
    /// Nothing to do.
    Well,
    /// Something is to be done; nothing is lost.
    Finding,
    /// The ledger does not agree with itself.
    Fault,
}

impl Found {
    /// How bad it is.
    pub fn gravity(&self) -> Gravity {
        match self {
            Found::Well
            | Found::Counted { .. }
            | Found::Backup { .. }
            | Found::Reserve(_)
            | Found::NoReserve
            | Found::Skipped => Gravity::Well,
            Found::LargeLog(_)
            | Found::Left(_)
            | Found::Unfinished(_)
            | Found::NoBackup { .. }
            | Found::OldBackup { .. } => Gravity::Finding,
            Found::NotALedger
            | Found::OtherVersion { .. }
            | Found::Broken(_)
            | Found::Strays(_)
            | Found::Differs(_)
            | Found::Faults(_) => Gravity::Fault,
        }
    }
}

/// Examines a ledger; every check once, in the order of [`Check::ALL`]. `now` is Beijing time.
///
/// # Errors
/// [`StoreError::NoLedger`] where there is no file, [`StoreError::NotPermitted`] where it may not be read.
pub fn examine(path: &Path, now: Time) -> Result<Vec<(Check, Found)>, StoreError> {
    if !path.is_file() {
        return Err(StoreError::NoLedger { path: path.to_owned() });
    }
    let alone = !with_ending(path, "-wal").exists();
    let found = examined(&look::open(path)?, path, now)?;
    // Somebody opened it meanwhile and may have changed pages under our eyes: look again, now side by side.
    let fault = found.iter().any(|(_, found)| found.gravity() == Gravity::Fault);
    if fault && alone && with_ending(path, "-wal").exists() {
        return examined(&look::open_shared(path)?, path, now);
    }
    Ok(found)
}

fn examined(conn: &Connection, path: &Path, now: Time) -> Result<Vec<(Check, Found)>, StoreError> {
    let (file, version) = identity(conn)?;
    let ours = file == Found::Well && version == Found::Well;
    let (mut whole, mut rows) = (true, Found::Skipped);
    let mut all = Vec::new();
    for check in Check::ALL {
        let found = match check {
            Check::File => file.clone(),
            Check::Version => version.clone(),
            Check::Leftovers => leftovers(path),
            Check::Log => log(path),
            Check::Reserve => with_ending(path, RESERVE)
                .metadata()
                .map_or(Found::NoReserve, |file| Found::Reserve(file.len())),
            _ if !ours => Found::Skipped,
            Check::Integrity => readable(look::integrity(conn).map(broken))?,
            Check::References => readable(look::strays(conn).map(|strays| some(strays, Found::Strays)))?,
            Check::Settings => readable(settings(conn))?,
            // A broken database may say anything about its rows.
            _ if !whole => Found::Skipped,
            Check::Chain => {
                let chain;
                (chain, rows) = proved(conn)?;
                chain
            }
            Check::Rows => rows.clone(),
            Check::Batches => readable(unfinished(conn))?,
            Check::Backups => readable(backups(conn, now))?,
            Check::Counts => readable(counts(conn))?,
        };
        whole &= *check != Check::Integrity || found == Found::Well;
        all.push((*check, found));
    }
    Ok(all)
}

/// What cannot be read is a finding like any other; a lock or a missing permission is not.
fn readable(found: Result<Found, StoreError>) -> Result<Found, StoreError> {
    match found {
        Err(StoreError::Damaged { text }) => Ok(Found::Broken(vec![text])),
        Err(StoreError::Sqlite(error)) => Ok(Found::Broken(vec![error.to_string()])),
        Err(StoreError::NotFound { what } | StoreError::Stale { what }) => Ok(Found::Broken(vec![what])),
        other => other,
    }
}

fn some<T>(list: Vec<T>, found: impl FnOnce(Vec<T>) -> Found) -> Found {
    if list.is_empty() { Found::Well } else { found(list) }
}

fn broken(lines: Vec<String>) -> Found {
    some(lines, Found::Broken)
}

fn identity(conn: &Connection) -> Result<(Found, Found), StoreError> {
    Ok(match look::kind_of(conn) {
        Ok((APPLICATION_ID, SCHEMA_VERSION)) => (Found::Well, Found::Well),
        Ok((APPLICATION_ID, version)) => (Found::Well, Found::OtherVersion { version, ours: SCHEMA_VERSION }),
        Err(error @ (StoreError::Busy | StoreError::NotPermitted { .. })) => return Err(error),
        Ok(_) | Err(_) => (Found::NotALedger, Found::Skipped),
    })
}

/// The tables, indexes and views, laid beside those of a new ledger.
fn settings(conn: &Connection) -> Result<Found, StoreError> {
    let new = Connection::open_in_memory()?;
    new.execute_batch(SCHEMA)?;
    let (new, ours) = (objects(&new)?, objects(conn)?);
    let mut differ: Vec<String> = new
        .iter()
        .filter(|object| !ours.contains(object))
        .chain(ours.iter().filter(|object| !new.contains(object)))
        .map(|(sort, name, _)| format!("{sort} {name}"))
        .collect();
    let encoding: String = conn.query_row(ENCODING, [], |row| row.get(0))?;
    if encoding != "UTF-8" {
        differ.push(encoding);
    }
    differ.sort();
    differ.dedup();
    Ok(some(differ, Found::Differs))
}

fn objects(conn: &Connection) -> Result<Vec<(String, String, String)>, StoreError> {
    let mut statement = conn.prepare(OBJECTS)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    // What SQLite keeps for its own planning is no table of ours.
    let all = rows.collect::<Result<Vec<(String, String, String)>, _>>()?;
    let ours = all.into_iter().filter(|(_, name, _)| !name.starts_with("sqlite_stat"));
    Ok(ours.map(|(sort, name, sql)| (sort, name, plain(&sql))).collect())
}

/// A definition without comments, quotes and breaks: a column that a step added stands on the line before.
fn plain(sql: &str) -> String {
    let code = sql.lines().map(|line| line.split_once("--").map_or(line, |(code, _)| code));
    let apart = |ch: char| if matches!(ch, '(' | ')' | ',') { format!(" {ch} ") } else { ch.to_string() };
    let spaced: String = code.collect::<Vec<_>>().join(" ").replace('"', "").chars().map(apart).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is wrong with the chain, and what with the rows; the second is not known where proving itself stops.
fn proved(conn: &Connection) -> Result<(Found, Found), StoreError> {
    let in_chain = |fault: &Fault| matches!(fault, Fault::Gap { .. } | Fault::Hash { .. });
    match (Books { conn, sealer: None }).prove() {
        Err(error) => Ok((readable(Err(error))?, Found::Skipped)),
        Ok(proof) => {
            let (chain, rows) = proof.faults.into_iter().partition(in_chain);
            Ok((some(chain, Found::Faults), some(rows, Found::Faults)))
        }
    }
}

fn log(path: &Path) -> Found {
    let size = with_ending(path, "-wal").metadata().map_or(0, |log| log.len());
    if size > LOG { Found::LargeLog(size) } else { Found::Well }
}

/// Files that an interrupted `init`, backup or restore left in the ledger's folder.
fn leftovers(path: &Path) -> Found {
    let draft = connect::beside(path, "-new");
    let mut left: Vec<PathBuf> = fs::read_dir(folder_of(path))
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.file_name()))
        .filter(|name| {
            let text = name.to_string_lossy();
            let ours = ["backup", "restore", "repair"];
            // What SQLite keeps beside such a file has an ending after ours.
            let part =
                text.rsplit_once(PART).and_then(|(name, _)| name.trim_end_matches('.').rsplit_once('.'));
            let part = part.and_then(|(_, what)| what.split_once('-'));
            part.is_some_and(|(what, _)| ours.contains(&what)) || draft.file_name() == Some(name)
        })
        .map(PathBuf::from)
        .collect();
    left.sort();
    some(left, Found::Left)
}

fn unfinished(conn: &Connection) -> Result<Found, StoreError> {
    let batches = Books { conn, sealer: None }.batches()?;
    let begun = batches.iter().filter(|batch| batch.state == BatchState::Preparing).map(|batch| batch.id);
    Ok(some(begun.collect(), Found::Unfinished))
}

fn backups(conn: &Connection, now: Time) -> Result<Found, StoreError> {
    let last_of = |kind: EventKind| {
        let last =
            conn.query_row(LAST_OF, [kind.id()], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)));
        last.optional()
    };
    let since = |seq: i64| conn.query_row(SINCE, [seq], |row| row.get::<_, i64>(0));
    let time = |text: String| {
        text.parse::<Time>().map_err(|_| StoreError::Damaged { text: format!("event time {text}") })
    };
    let old = |at: Time| now.seconds_since(at) > HOURS * 3600;
    // A ledger that was restored stands in its backup up to there.
    let last = last_of(EventKind::BackedUp)?.max(last_of(EventKind::Restored)?);
    if let Some((seq, at)) = last {
        let (at, events) = (time(at)?, since(seq)?);
        let is_old = old(at) && events > 0;
        return Ok(if is_old { Found::OldBackup { at, events } } else { Found::Backup { at, events } });
    }
    let events = since(0)?;
    let founded = last_of(EventKind::Created)?.map(|(_, at)| time(at)).transpose()?;
    Ok(if founded.is_some_and(old) { Found::NoBackup { events } } else { Found::Well })
}

fn counts(conn: &Connection) -> Result<Found, StoreError> {
    Ok(conn.query_row(COUNTS, [], |row| {
        Ok(Found::Counted {
            records: row.get(0)?,
            events: row.get(1)?,
            batches: row.get(2)?,
            settlements: row.get(3)?,
            census: row.get(4)?,
        })
    })?)
}
