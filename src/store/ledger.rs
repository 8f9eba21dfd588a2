//! Opening a ledger, reading its books, and the one way to change them.

use crate::domain::{Actor, Digest, EventKind, Subject};
use crate::store::StoreError;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;

const SCHEMA: &str = include_str!("../../schema.sql");
const SCHEMA_VERSION: i64 = 1;
/// Marks the file as ours: `GZ01` in ASCII.
const APPLICATION_ID: i64 = 0x475A_3031;

const FOUND: &str = "
    INSERT INTO ledger (one, uuid, facility, station, created_at) VALUES (1, ?1, ?2, ?3, ?4)";
const META: &str = "
    SELECT l.facility, f.name, l.station, l.created_at
    FROM ledger l JOIN facility f ON f.code = l.facility";
const ADD_FACILITY: &str = "
    INSERT INTO facility (code, name) VALUES (?1, ?2)
    ON CONFLICT (code) DO UPDATE SET name = excluded.name WHERE name <> excluded.name";
const FACILITIES: &str = "SELECT code, name FROM facility ORDER BY code";
const KNOWS_FACILITY: &str = "SELECT name FROM facility WHERE code = ?1";

/// A ledger file, open.
pub struct Ledger {
    conn: Connection,
    meta: Founding,
    path: PathBuf,
}

/// Whose ledger it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Founding {
    /// Code of the facility.
    pub facility: String,
    /// Its name.
    pub name: String,
    /// The station's prefix, such as `A1`.
    pub station: String,
}

/// Whether a change is kept or only tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Commit it.
    Keep,
    /// Do everything, then roll back: what `--dry-run` shows is what would happen.
    Try,
}

impl Ledger {
    /// Makes a new ledger; its first event says who made it.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where a file is there, [`StoreError::BadStation`] for a name that numbers cannot carry.
    pub fn create(path: &Path, founding: &Founding, actor: &Actor) -> Result<Ledger, StoreError> {
        if crate::domain::ShortNumber::new(&founding.station, 1).is_none() {
            return Err(StoreError::BadStation { text: founding.station.clone() });
        }
        if path.exists() {
            return Err(StoreError::Exists { path: path.to_owned() });
        }
        // Built beside its place, so that an interrupted `init` leaves no half ledger under the name.
        let draft = path.with_extension("new");
        remove(&draft)?;
        Ledger::found(&draft, founding, actor)?;
        std::fs::rename(&draft, path)
            .map_err(|error| StoreError::NotPermitted { text: error.to_string() })?;
        Ledger::open(path)
    }

    /// Fills a new file and closes it, so that nothing of it stands in a log beside it.
    fn found(path: &Path, founding: &Founding, actor: &Actor) -> Result<(), StoreError> {
        let conn = Connection::open(path)?;
        prepare(&conn)?;
        conn.pragma_update(None, "application_id", APPLICATION_ID)?;
        let mut ledger = Ledger { conn, meta: founding.clone(), path: path.to_owned() };
        let uuid = crate::domain::RecordId::new(actor.at, super::record::random_bits()?);
        ledger.write(actor, Mode::Keep, |w| -> Result<(), StoreError> {
            w.tx.execute_batch(SCHEMA)?;
            w.tx.pragma_update(None, "user_version", SCHEMA_VERSION)?;
            w.tx.execute(ADD_FACILITY, [&founding.facility, &founding.name])?;
            w.tx.execute(
                FOUND,
                (uuid.bytes(), &founding.facility, &founding.station, w.actor.at.to_string()),
            )?;
            let detail =
                json!({ "facility": founding.facility, "name": founding.name, "station": founding.station });
            w.event(EventKind::Created, &Subject::Ledger, None, &detail, Digest::of(uuid.bytes()))
        })?;
        ledger.conn.close().map_err(|(_, error)| StoreError::from(error))
    }

    /// Opens a ledger.
    ///
    /// # Errors
    /// [`StoreError::NoLedger`], [`StoreError::NotALedger`] or [`StoreError::Newer`]; nothing is created.
    pub fn open(path: &Path) -> Result<Ledger, StoreError> {
        if !path.is_file() {
            return Err(StoreError::NoLedger { path: path.to_owned() });
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(path, flags)?;
        let not_ours = |_| StoreError::NotALedger { path: path.to_owned() };
        let id: i64 = conn.query_row("PRAGMA application_id", [], |row| row.get(0)).map_err(not_ours)?;
        let version: i64 = conn.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(not_ours)?;
        match (id, version) {
            (APPLICATION_ID, SCHEMA_VERSION) => {}
            (APPLICATION_ID, version) if version > SCHEMA_VERSION => {
                return Err(StoreError::Newer { path: path.to_owned(), version });
            }
            _ => return Err(StoreError::NotALedger { path: path.to_owned() }),
        }
        prepare(&conn)?;
        let meta = conn.query_row(META, [], |row| {
            Ok(Founding { facility: row.get(0)?, name: row.get(1)?, station: row.get(2)? })
        })?;
        Ok(Ledger { conn, meta, path: path.to_owned() })
    }

    /// Whose ledger it is.
    pub fn founding(&self) -> &Founding {
        &self.meta
    }

    /// Where the file lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The books, to read.
    pub fn books(&self) -> Books<'_> {
        Books { conn: &self.conn }
    }

    /// Runs one change: all of it is durable when this returns `Ok`, or none of it happened.
    ///
    /// # Errors
    /// Whatever `change` returns, or [`StoreError`] where the ledger cannot be written.
    pub fn write<T, E: From<StoreError>>(
        &mut self,
        actor: &Actor,
        mode: Mode,
        change: impl FnOnce(&mut Writer<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let begun = self.conn.transaction_with_behavior(TransactionBehavior::Immediate);
        let tx = begun.map_err(StoreError::from)?;
        let mut writer =
            Writer { tx, actor, meta: &self.meta, head: None, last_count: None, discarded: false };
        let done = change(&mut writer)?;
        let keep = mode == Mode::Keep && !writer.discarded;
        let ended = if keep { writer.tx.commit() } else { writer.tx.rollback() };
        ended.map_err(StoreError::from)?;
        Ok(done)
    }
}

/// Removes what an interrupted `init` left.
fn remove(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(StoreError::NotPermitted { text: format!("{}: {error}", path.display()) })
        }
        _ => Ok(()),
    }
}

/// The settings every connection starts with: durable before acknowledged, and suspicious of the file.
fn prepare(conn: &Connection) -> Result<(), StoreError> {
    conn.busy_timeout(Duration::from_secs(10))?;
    conn.set_prepared_statement_cache_capacity(64);
    conn.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    conn.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32768;",
    )?;
    Ok(())
}

/// The books of a ledger, to read. Inside a change it sees that change.
pub struct Books<'a> {
    pub(super) conn: &'a Connection,
}

impl Books<'_> {
    /// The facilities the ledger knows: code and name.
    pub fn facilities(&self) -> Result<Vec<(String, String)>, StoreError> {
        let mut statement = self.conn.prepare_cached(FACILITIES)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The name of a facility, or `None` where the ledger does not know its code.
    pub fn facility_name(&self, code: &str) -> Result<Option<String>, StoreError> {
        Ok(self.conn.prepare_cached(KNOWS_FACILITY)?.query_row([code], |row| row.get(0)).optional()?)
    }
}

/// A change in progress.
pub struct Writer<'a> {
    pub(super) tx: Transaction<'a>,
    pub(super) actor: &'a Actor,
    pub(super) meta: &'a Founding,
    /// The chain's head as of this change; read when the first event is written.
    pub(super) head: Option<(i64, Digest)>,
    /// The last count given to a record; read when the first record is written.
    pub(super) last_count: Option<u32>,
    discarded: bool,
}

impl Writer<'_> {
    /// The books as this change leaves them so far.
    pub fn books(&self) -> Books<'_> {
        Books { conn: &self.tx }
    }

    /// Whose ledger it is.
    pub fn founding(&self) -> &Founding {
        self.meta
    }

    /// Who makes the change.
    pub fn actor(&self) -> &Actor {
        self.actor
    }

    /// Leaves the ledger as it was: nothing new came in, so nothing is to be written.
    pub fn discard(&mut self) {
        self.discarded = true;
    }

    /// Notes that identities are shown in full, before they are.
    pub fn revealed(&mut self, what: &str) -> Result<(), StoreError> {
        let content = Digest::of(what.as_bytes());
        self.event(EventKind::Revealed, &Subject::Ledger, None, &json!({ "command": what }), content)
    }

    /// Adds a facility, or gives it another name; `false` where the ledger knows it by that name already.
    pub fn add_facility(&mut self, code: &str, name: &str) -> Result<bool, StoreError> {
        if self.tx.prepare_cached(ADD_FACILITY)?.execute([code, name])? == 0 {
            return Ok(false);
        }
        let detail = json!({ "name": name });
        let content = Digest::of(format!("{code}\n{name}").as_bytes());
        self.event(EventKind::FacilityAdded, &Subject::Facility(code.to_owned()), None, &detail, content)?;
        Ok(true)
    }
}
