//! A ledger: making and opening it, reading its books, and the one way to change them.

use crate::domain::{Actor, Digest, EventKind, Right, Subject};
use crate::store::connect::{Access, Draft};
use crate::store::happening::{Happening, tell};
use crate::store::keyring::{self, Guard, RecoveryCode, Session};
use crate::store::row::RowHash;
use crate::store::run_log::RunLog;
use crate::store::seal::Sealer;
use crate::store::{StoreError, busy, connect, migrate, migrations, place, reserve};
use rusqlite::{Connection, OptionalExtension, Transaction};
use rustc_hash::FxHashMap;
use serde_json::json;
use std::path::{Path, PathBuf};

const FOUND: &str = "
    INSERT INTO ledger (one, uuid, facility, station, created_at) VALUES (1, ?1, ?2, ?3, ?4)";
const META: &str = "
    SELECT l.facility, f.name, l.station, l.created_at
    FROM ledger l JOIN facility f ON f.code = l.facility";
const ADD_FACILITY: &str = "
    INSERT INTO facility (code, name) VALUES (?1, ?2)
    ON CONFLICT (code) DO UPDATE SET name = excluded.name WHERE name <> excluded.name";
const FACILITIES: &str = "SELECT code, name FROM facility ORDER BY code";
/// Its first column is 1 where the log could not be folded back because another reads it.
const KNOWS_FACILITY: &str = "SELECT name FROM facility WHERE code = ?1";

/// A ledger file, open.
pub struct Ledger {
    pub(super) conn: Connection,
    meta: Founding,
    path: PathBuf,
    access: Access,
    /// Who has unlocked it.
    pub(super) session: Option<Session>,
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
    /// Whether whoever unlocked the ledger may do this. What is done beside the ledger, and leaves no event in it, asks here.
    ///
    /// # Errors
    /// [`StoreError::NotAllowed`] names the roles that may, [`StoreError::Locked`].
    pub fn allows(&self, right: Right) -> Result<(), StoreError> {
        self.session.as_ref().ok_or(StoreError::Locked)?.may(right)
    }

    /// Whether a ledger may be made at `path`, before a folder is made for it.
    ///
    /// # Errors
    /// [`StoreError::Share`] where it would lie on another machine.
    pub fn may_lie_at(path: &Path) -> Result<(), StoreError> {
        place::check(path)
    }

    /// Makes a new ledger, unlocked for its founder; its first event says who made it. A guarded one comes with the
    /// recovery code, which is kept nowhere else.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where a file is there, [`StoreError::Share`] where it would lie on another machine,
    /// [`StoreError::BadStation`] for a name that numbers cannot carry.
    pub fn create(
        path: &Path,
        founding: &Founding,
        actor: &Actor,
        guard: &Guard<'_>,
    ) -> Result<(Ledger, Option<RecoveryCode>), StoreError> {
        Ledger::create_with(path, founding, actor, guard, |_| Ok(()))
    }

    /// The same, with what `first` writes already in it: a ledger that is there has both, or is not there.
    ///
    /// # Errors
    /// As [`Ledger::create`], and whatever `first` returns.
    pub fn create_with<E: From<StoreError>>(
        path: &Path,
        founding: &Founding,
        actor: &Actor,
        guard: &Guard<'_>,
        first: impl FnOnce(&mut Writer<'_>) -> Result<(), E>,
    ) -> Result<(Ledger, Option<RecoveryCode>), E> {
        if crate::domain::ShortNumber::new(&founding.station, 1).is_none() {
            return Err(StoreError::BadStation { text: founding.station.clone() }.into());
        }
        let (draft, conn) = Draft::begin(path)?;
        let session = keyring::found(&actor.operator, guard)?;
        let mut ledger = Ledger {
            conn,
            meta: founding.clone(),
            path: draft.path.clone(),
            access: Access::Draft,
            session: Some(session.clone()),
        };
        let code = ledger.write_once(actor, Mode::Keep, |w| -> Result<_, E> {
            w.found()?;
            let code = w.found_keyring(guard)?;
            first(w)?;
            Ok(code)
        })?;
        draft.publish(ledger.conn)?;
        let mut ledger = Ledger::open(path)?;
        ledger.resume(session);
        Ok((ledger, code))
    }

    /// Opens a ledger as it is. One of a later edition can be read and not written.
    ///
    /// # Errors
    /// [`StoreError::NoLedger`], [`StoreError::NotALedger`], [`StoreError::Share`], [`StoreError::Older`],
    /// [`StoreError::NotMigrated`], [`StoreError::ReadOnly`]; nothing is created.
    pub fn open(path: &Path) -> Result<Ledger, StoreError> {
        let ledger = Ledger::with_room(path, || Ledger::open_any(path))?;
        let version = connect::version(&ledger.conn)?;
        if version < connect::SCHEMA_VERSION {
            return Err(StoreError::NotMigrated { path: path.to_owned(), version });
        }
        if ledger.access == Access::Write {
            reserve::keep(path);
        }
        Ok(ledger)
    }

    /// Opens a ledger for `actor`, who first brings it to the tables of this edition where it is of an earlier one.
    ///
    /// # Errors
    /// As [`Ledger::open`]; where a step fails the ledger is as it was before that step.
    pub fn open_for(path: &Path, actor: &Actor) -> Result<Ledger, StoreError> {
        let to = connect::SCHEMA_VERSION;
        Ledger::with_room(path, || {
            let ledger = Ledger::open_any(path)?;
            if ledger.access == Access::Write {
                reserve::keep(path);
                migrate::walk(&ledger.conn, path, &ledger.meta, actor, migrations::STEPS, to)?;
            }
            Ok(ledger)
        })
    }

    /// Opens a ledger of any version that was released.
    fn open_any(path: &Path) -> Result<Ledger, StoreError> {
        let connect::Opened { conn, access, version } = connect::open(path)?;
        if matches!(access, Access::Newer(_)) {
            tell(&Happening::OnlyRead { version });
        }
        let meta = conn.query_row(META, [], |row| {
            Ok(Founding { facility: row.get(0)?, name: row.get(1)?, station: row.get(2)? })
        });
        let meta = meta.optional().map(|meta| meta.ok_or(StoreError::Damaged { text: "ledger".to_owned() }));
        let meta = meta.map_err(|error| match access {
            // Its tables have changed too much to be read from here.
            Access::Newer(version) => StoreError::Newer { path: path.to_owned(), version },
            _ => StoreError::from(error),
        })??;
        Ok(Ledger { conn, meta, path: path.to_owned(), access, session: None })
    }

    /// Opens a ledger that is not to be worked in, as a copy that is being made: nothing is put beside it.
    pub(super) fn open_aside(path: &Path) -> Result<Ledger, StoreError> {
        Ledger::open_any(path)
    }

    /// Does something, once more where the disk was full and the reserve makes room.
    fn with_room<T>(path: &Path, act: impl Fn() -> Result<T, StoreError>) -> Result<T, StoreError> {
        match act() {
            Err(StoreError::Full) if make_room(path) => act(),
            done => done,
        }
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
        Books { conn: &self.conn, sealer: self.session.as_ref().map(|session| &*session.sealer) }
    }

    /// Whether changes are refused, because the ledger is of a later edition or its file may not be written.
    pub fn is_read_only(&self) -> bool {
        matches!(self.access, Access::Newer(_) | Access::ReadOnly)
    }

    /// Runs one change: all of it is durable when this returns `Ok`, or none of it happened.
    ///
    /// Where the disk turns out to be full the reserve is given up and the change runs a second time, so it may touch
    /// nothing but the books: what it finds out, it returns.
    ///
    /// # Errors
    /// Whatever `change` returns, [`StoreError::Locked`] where this actor has not unlocked the ledger, or
    /// [`StoreError`] where it cannot be written.
    pub fn write<T, E: From<StoreError>>(
        &mut self,
        actor: &Actor,
        mode: Mode,
        change: impl Fn(&mut Writer<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        match self.attempt(actor, mode, &change) {
            Err(_) if reserve::was_full() && make_room(&self.path) => self.attempt(actor, mode, &change),
            done => done,
        }
    }

    /// The same for a change that cannot be run again, as one that reads a file while it goes. Where the disk turns
    /// out to be full the reserve is given up, and whoever asked has to ask again.
    ///
    /// # Errors
    /// As [`Ledger::write`].
    pub fn write_once<T, E: From<StoreError>>(
        &mut self,
        actor: &Actor,
        mode: Mode,
        change: impl FnOnce(&mut Writer<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let done = self.attempt(actor, mode, change);
        if done.is_err() && reserve::was_full() {
            make_room(&self.path);
        }
        done
    }

    fn attempt<T, E: From<StoreError>>(
        &mut self,
        actor: &Actor,
        mode: Mode,
        change: impl FnOnce(&mut Writer<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.may_write()?;
        // A ledger without encryption asks nobody who he is.
        match &self.session {
            Some(session) if session.role.is_none() || session.operator == actor.operator => {}
            _ => return Err(StoreError::Locked.into()),
        }
        // Who was disabled meanwhile writes no more, however long his window has been open.
        if self.access == Access::Write
            && let Some(operator) = self.books().operator(&actor.operator)?
            && !operator.active
        {
            return Err(StoreError::Disabled { name: operator.name }.into());
        }
        self.transact(actor, mode, change)
    }

    /// The same for what the ledger itself writes down, such as a wrong passphrase.
    pub(super) fn transact<T, E: From<StoreError>>(
        &mut self,
        actor: &Actor,
        mode: Mode,
        change: impl FnOnce(&mut Writer<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        reserve::forget();
        let tx = self.begin()?;
        let mut writer = Writer::new(tx, actor, &self.meta, self.session.as_ref());
        let done = change(&mut writer)?;
        let keep = mode == Mode::Keep && !writer.discarded;
        let ended = if keep { writer.tx.commit() } else { writer.tx.rollback() };
        ended.map_err(StoreError::from)?;
        if keep {
            connect::shorten_log(&self.conn, &self.path);
        }
        Ok(done)
    }

    /// Whether the file is one that this edition may write.
    fn may_write(&self) -> Result<(), StoreError> {
        let path = || self.path.clone();
        match self.access {
            Access::Newer(version) => Err(StoreError::Newer { path: path(), version }),
            Access::ReadOnly => Err(StoreError::ReadOnly { path: path() }),
            Access::Draft | Access::Write => Ok(()),
        }
    }

    /// Begins a change, where the ledger is one that this edition may write.
    fn begin(&self) -> Result<Transaction<'_>, StoreError> {
        self.may_write()?;
        let tx = busy::begin(&self.conn)?;
        // A window of a later edition may have brought the ledger on since it was opened here.
        let version = connect::version(&tx)?;
        if self.access == Access::Write && version != connect::SCHEMA_VERSION {
            return Err(StoreError::Newer { path: self.path.clone(), version });
        }
        Ok(tx)
    }
}

/// Gives up the reserve of a ledger, and says so; `false` where there is none.
fn make_room(path: &Path) -> bool {
    let made = reserve::release(path);
    if made {
        tell(&Happening::RoomMade { path: path.to_owned() });
    }
    made
}

/// The books of a ledger, to read. Inside a change it sees that change.
pub struct Books<'a> {
    pub(super) conn: &'a Connection,
    /// There while the ledger is unlocked.
    pub(super) sealer: Option<&'a Sealer>,
}

impl<'a> Books<'a> {
    /// What opens identities.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while nobody has unlocked the ledger.
    pub(super) fn sealer(&self) -> Result<&'a Sealer, StoreError> {
        self.sealer.ok_or(StoreError::Locked)
    }

    /// Reads several things of the books as they stand at one moment, whatever others commit meanwhile; and faster, since
    /// the file is not locked anew for each. Inside a change it reads that change.
    ///
    /// # Errors
    /// What `read` returns, and [`StoreError`] where the books cannot be read.
    pub fn at_once<T, E: From<StoreError>>(&self, read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        if !self.conn.is_autocommit() {
            return read();
        }
        let moment = self.conn.unchecked_transaction().map_err(StoreError::from)?;
        let done = read()?;
        moment.commit().map_err(StoreError::from)?;
        Ok(done)
    }

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
    /// Who has unlocked the ledger.
    session: Option<&'a Session>,
    /// The chain's head as of this change; read when the first event is written.
    pub(super) head: Option<(i64, Digest)>,
    /// The last count given to a record; read when the first record is written.
    pub(super) last_count: Option<u32>,
    /// Number and content of identities that this change met, by their marks.
    pub(super) persons: FxHashMap<[u8; 32], (i64, Digest)>,
    /// What the run in progress changed so far.
    pub(super) run_log: RunLog,
    discarded: bool,
}

impl<'a> Writer<'a> {
    /// A change that has just begun.
    pub(super) fn new(
        tx: Transaction<'a>,
        actor: &'a Actor,
        meta: &'a Founding,
        session: Option<&'a Session>,
    ) -> Writer<'a> {
        Writer {
            tx,
            actor,
            meta,
            session,
            head: None,
            last_count: None,
            persons: FxHashMap::default(),
            run_log: RunLog::default(),
            discarded: false,
        }
    }

    /// Fills a new ledger: its tables, whose it is, and the event that says so.
    fn found(&mut self) -> Result<(), StoreError> {
        let (founding, at) = (self.meta, self.actor.at);
        let mut bits = [0; 10];
        super::seal::fill(&mut bits)?;
        let uuid = crate::domain::RecordId::new(at, bits);
        self.tx.execute_batch(connect::SCHEMA)?;
        self.tx.pragma_update(None, "user_version", connect::SCHEMA_VERSION)?;
        self.tx.execute(ADD_FACILITY, [&founding.facility, &founding.name])?;
        self.tx.execute(FOUND, (uuid.bytes(), &founding.facility, &founding.station, at.to_string()))?;
        let detail =
            json!({ "facility": founding.facility, "name": founding.name, "station": founding.station });
        let session = self.session()?.clone();
        super::station::make(&self.tx, &session.sealer)?;
        self.keep_bare_key()?;
        let content = self.books().origin()?;
        self.event(EventKind::Created, &Subject::Ledger, None, &detail, content)
    }

    /// The books as this change leaves them so far.
    pub fn books(&self) -> Books<'_> {
        Books { conn: &self.tx, sealer: self.session.map(|session| &*session.sealer) }
    }

    /// Who has unlocked the ledger.
    ///
    /// # Errors
    /// [`StoreError::Locked`] where nobody has.
    pub(super) fn session(&self) -> Result<&'a Session, StoreError> {
        self.session.ok_or(StoreError::Locked)
    }

    /// Asks for a right before anything is read for it; the events ask for theirs anyway.
    ///
    /// # Errors
    /// [`StoreError::NotAllowed`] names the roles that have it, [`StoreError::Locked`].
    pub fn needs(&self, right: Right) -> Result<(), StoreError> {
        self.session()?.may(right)
    }

    /// What seals identities.
    ///
    /// # Errors
    /// [`StoreError::Locked`] where nobody has unlocked the ledger.
    pub(super) fn sealer(&self) -> Result<&'a Sealer, StoreError> {
        Ok(&self.session()?.sealer)
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

    /// Notes that identities are shown in full, and what for, before they are.
    pub fn revealed(&mut self, what: &str, purpose: &str) -> Result<(), StoreError> {
        let purpose = self.sealed_value(&Subject::Ledger, purpose)?;
        let detail = json!({ "command": what, "purpose": purpose });
        let content = Digest::of(detail.to_string().as_bytes());
        self.event(EventKind::Revealed, &Subject::Ledger, None, &detail, content)
    }

    /// Adds a facility, or gives it another name; `false` where the ledger knows it by that name already.
    pub fn add_facility(&mut self, code: &str, name: &str) -> Result<bool, StoreError> {
        if self.tx.prepare_cached(ADD_FACILITY)?.execute([code, name])? == 0 {
            return Ok(false);
        }
        let detail = json!({ "name": name });
        let content = RowHash::of("facility").put("code", code).put("name", name).finish();
        self.event(EventKind::FacilityAdded, &Subject::Facility(code.to_owned()), None, &detail, content)?;
        Ok(true)
    }
}
