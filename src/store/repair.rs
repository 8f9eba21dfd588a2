//! Repair: a new ledger from what can still be read of a broken one.
//!
//! The broken file is only read. Table by table, row by row, what can be read is
//! written into a new file made from the schema, past the places that cannot.
//! Nothing is guessed or mended: a row comes over as it is, or is counted as
//! lost. What no longer agrees with the events is listed, and an event in the copy
//! says that it was rebuilt.

use crate::domain::{Actor, Digest, EventKind, Subject};
use crate::store::backup::{file_name, may_become, place};
use crate::store::connect::{APPLICATION_ID, SCHEMA, SCHEMA_VERSION};
use crate::store::scratch::{Scratch, with_ending};
use crate::store::{BackupError, Books, Fault, Ledger, Mode, StoreError, look, whole_file};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params_from_iter};
use serde_json::json;
use std::path::{Path, PathBuf};

const TABLES: &str =
    "SELECT name, sql LIKE '%WITHOUT ROWID%' FROM sqlite_schema WHERE type = 'table' ORDER BY rowid";
const COLUMNS: &str = "SELECT name FROM pragma_table_info(?1)";
const RELAXED: &str = "PRAGMA foreign_keys = OFF; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;";

/// After so many row numbers that cannot be read one by one, the steps grow.
const ONE_BY_ONE: i64 = 4096;

/// What became of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Rows that came over.
    pub copied: i64,
    /// Rows that could be read and that the schema refuses.
    pub refused: i64,
    /// Rows there should be, where an index still tells.
    pub expected: Option<i64>,
    /// What SQLite said of the places that cannot be read; empty where all could.
    pub trouble: Option<String>,
}

impl Table {
    /// Rows known to be lost.
    pub fn lost(&self) -> i64 {
        self.expected.map_or(self.refused, |expected| (expected - self.copied).max(self.refused))
    }

    /// All of it came over.
    pub fn is_whole(&self) -> bool {
        self.trouble.is_none() && self.lost() == 0
    }
}

/// A rebuilt ledger.
#[derive(Clone, Debug)]
pub struct Repaired {
    /// Where it stands.
    pub path: PathBuf,
    /// Each table of the schema.
    pub tables: Vec<Table>,
    /// What does not agree with the events.
    pub faults: Vec<Fault>,
    /// Rows that refer to nothing, by table.
    pub strays: Vec<(String, i64)>,
    /// Why the books could not be read to the end, where they could not.
    pub unproved: Option<String>,
}

impl Repaired {
    /// Everything came over and agrees.
    pub fn is_whole(&self) -> bool {
        let agrees = self.faults.is_empty() && self.strays.is_empty() && self.unproved.is_none();
        agrees && self.tables.iter().all(Table::is_whole)
    }
}

/// Rebuilds the ledger at `broken` as a new file `out`.
///
/// # Errors
/// [`BackupError`]: nothing stands at `out`, and `broken` is as it was.
pub fn repair(broken: &Path, out: &Path, actor: &Actor) -> Result<Repaired, BackupError> {
    if !broken.is_file() {
        return Err(StoreError::NoLedger { path: broken.to_owned() }.into());
    }
    may_become(out)?;
    let from = look::open(broken)?;
    look::is_ours(broken, &from).map_err(|error| match error {
        BackupError::NotABackup { path } => StoreError::NotALedger { path }.into(),
        BackupError::Store(error) => look::broken(broken, error),
        other => other,
    })?;
    let stage =
        Scratch::beside(out, "repair").map_err(|error| BackupError::Io { path: out.to_owned(), error })?;
    let tables = rebuild(&from, stage.path())?;
    drop(from);
    let mut repaired =
        Repaired { path: out.to_owned(), tables, faults: Vec::new(), strays: Vec::new(), unproved: None };
    // Without the row that says whose ledger it is, nothing can be noted; what was read is kept all the same.
    let noted = note(stage.path(), broken, &repaired, actor);
    let copy = look::open_alone(stage.path())?;
    match (Books { conn: &copy, sealer: None }).prove() {
        Ok(proof) => repaired.faults = proof.faults,
        Err(error) => repaired.unproved = Some(error.to_string()),
    }
    if let Err(error) = noted {
        repaired.unproved = Some(error.to_string());
    }
    repaired.strays = look::strays(&copy)?;
    drop(copy);
    place(stage, out)?;
    Ok(repaired)
}

/// Fills a new file with what can be read.
fn rebuild(from: &Connection, to: &Path) -> Result<Vec<Table>, BackupError> {
    let mut to = Connection::open(to)?;
    whole_file::unlock(&to)?;
    to.execute_batch(RELAXED)?;
    to.pragma_update(None, "application_id", APPLICATION_ID)?;
    let tx = to.transaction()?;
    tx.execute_batch(SCHEMA)?;
    tx.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    let mut tables = Vec::new();
    for (name, without_rowid) in names(&tx)? {
        let mut copying = Copying::new(from, &tx, &name, without_rowid)?;
        copying.run()?;
        tables.push(copying.table);
    }
    tx.commit()?;
    to.close().map_err(|(_, error)| BackupError::from(error))?;
    Ok(tables)
}

fn names(new: &Connection) -> Result<Vec<(String, bool)>, StoreError> {
    let mut statement = new.prepare(TABLES)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// One table on its way over. Names of tables and columns come from our own schema, never from the broken file.
struct Copying<'a> {
    from: &'a Connection,
    to: &'a Connection,
    columns: String,
    insert: String,
    width: usize,
    without_rowid: bool,
    table: Table,
}

/// How reading a stretch of a table ended.
enum End {
    /// Nothing more is there.
    Done,
    /// The next place cannot be read.
    Broken(rusqlite::Error),
}

impl<'a> Copying<'a> {
    fn new(
        from: &'a Connection,
        to: &'a Connection,
        name: &str,
        without_rowid: bool,
    ) -> Result<Copying<'a>, StoreError> {
        let mut columns: Vec<String> = if without_rowid { Vec::new() } else { vec!["rowid".to_owned()] };
        let mut statement = to.prepare(COLUMNS)?;
        let named = statement.query_map([name], |row| row.get::<_, String>(0))?;
        for column in named {
            columns.push(format!("\"{}\"", column?));
        }
        let marks = vec!["?"; columns.len()].join(", ");
        let width = columns.len();
        let columns = columns.join(", ");
        let insert = format!("INSERT INTO \"{name}\" ({columns}) VALUES ({marks})");
        let expected = from.query_row(&format!("SELECT count(*) FROM \"{name}\""), [], |row| row.get(0)).ok();
        let table = Table { name: name.to_owned(), copied: 0, refused: 0, expected, trouble: None };
        Ok(Copying { from, to, columns, insert, width, without_rowid, table })
    }

    fn run(&mut self) -> Result<(), StoreError> {
        if self.without_rowid { self.both_ways() } else { self.by_rowid() }
    }

    /// Forward from the beginning, past every place that cannot be read.
    fn by_rowid(&mut self) -> Result<(), StoreError> {
        let (columns, name) = (&self.columns, &self.table.name);
        let stretch = format!("SELECT {columns} FROM \"{name}\" NOT INDEXED WHERE rowid > ?1 ORDER BY rowid");
        let last = format!("SELECT rowid FROM \"{name}\" NOT INDEXED ORDER BY rowid DESC LIMIT 1");
        let last: Option<i64> = self.from.query_row(&last, [], |row| row.get(0)).optional().unwrap_or(None);
        let (mut after, mut skipped, mut step) = (i64::MIN, 0, 1_i64);
        loop {
            let before = self.table.copied + self.table.refused;
            let (end, reached) = self.stretch(&stretch, &[&after])?;
            match end {
                End::Done => return Ok(()),
                End::Broken(error) => self.table.trouble = Some(error.to_string()),
            }
            let moved = self.table.copied + self.table.refused > before;
            (skipped, step) = if moved { (0, 1) } else { (skipped + 1, step) };
            if skipped > ONE_BY_ONE {
                step = step.saturating_mul(2);
            }
            // Row numbers are given from 1 on; without a last one there is nothing to look for beyond.
            after = reached.unwrap_or(after).max(0).saturating_add(step);
            if last.is_none_or(|last| after >= last) {
                return self.last_row(&stretch, last);
            }
        }
    }

    /// The very last row, where the steps went past it.
    fn last_row(&mut self, stretch: &str, last: Option<i64>) -> Result<(), StoreError> {
        if let Some(last) = last {
            self.stretch(stretch, &[&(last - 1)])?;
        }
        Ok(())
    }

    /// Forward from the beginning and backward from the end, until the two meet or cannot go on.
    fn both_ways(&mut self) -> Result<(), StoreError> {
        let (columns, name) = (&self.columns, &self.table.name);
        let forward = format!("SELECT {columns} FROM \"{name}\"");
        let key: Vec<String> = {
            let mut statement =
                self.to.prepare("SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk")?;
            let names = statement.query_map([name], |row| row.get::<_, String>(0))?;
            names.map(|name| Ok(format!("\"{}\" DESC", name?))).collect::<Result<_, rusqlite::Error>>()?
        };
        let backward = format!("{forward} ORDER BY {}", key.join(", "));
        if let (End::Broken(error), _) = self.stretch(&forward, &[])? {
            self.table.trouble = Some(error.to_string());
            self.stretch(&backward, &[])?;
        }
        Ok(())
    }

    /// Reads on until the end or an error; the last row number read comes with it.
    fn stretch(&mut self, sql: &str, params: &[&dyn ToSql]) -> Result<(End, Option<i64>), StoreError> {
        let mut reached = None;
        let mut statement = match self.from.prepare_cached(sql) {
            Ok(statement) => statement,
            Err(error) => return Ok((End::Broken(error), reached)),
        };
        let mut rows = match statement.query(params) {
            Ok(rows) => rows,
            Err(error) => return Ok((End::Broken(error), reached)),
        };
        loop {
            match rows.next() {
                Ok(None) => return Ok((End::Done, reached)),
                Err(error) => return Ok((End::Broken(error), reached)),
                Ok(Some(row)) => {
                    if !self.without_rowid {
                        reached = row.get(0).ok();
                    }
                    match insert(self.to, &self.insert, self.width, row)? {
                        Inserted::Copied => self.table.copied += 1,
                        // Coming backward, this one was copied on the way forward: the two have met.
                        Inserted::Twice => return Ok((End::Done, reached)),
                        Inserted::Refused => self.table.refused += 1,
                    }
                }
            }
        }
    }
}

/// What the new file said to a row.
enum Inserted {
    Copied,
    Twice,
    Refused,
}

fn insert(to: &Connection, sql: &str, width: usize, row: &Row<'_>) -> Result<Inserted, StoreError> {
    use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_ROWID};
    let values = (0..width).map(|at| row.get_ref(at).map(AsItIs)).collect::<Result<Vec<_>, _>>()?;
    match to.prepare_cached(sql)?.execute(params_from_iter(values)) {
        Ok(_) => Ok(Inserted::Copied),
        Err(error) => match error.sqlite_error().map(|error| error.extended_code) {
            Some(SQLITE_CONSTRAINT_PRIMARYKEY | SQLITE_CONSTRAINT_ROWID) => Ok(Inserted::Twice),
            _ if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) => {
                Ok(Inserted::Refused)
            }
            _ => Err(error.into()),
        },
    }
}

/// A value byte for byte, also a text that is no text any more.
struct AsItIs<'a>(ValueRef<'a>);

impl ToSql for AsItIs<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(self.0))
    }
}

/// Writes into the copy that it was rebuilt, and leaves no log beside it.
fn note(stage: &Path, broken: &Path, repaired: &Repaired, actor: &Actor) -> Result<(), BackupError> {
    let lost: Vec<_> = repaired
        .tables
        .iter()
        .filter(|table| !table.is_whole())
        .map(|table| json!({ "table": table.name, "copied": table.copied, "lost": table.lost() }))
        .collect();
    let detail = json!({ "name": file_name(broken), "lost": (!lost.is_empty()).then_some(lost) });
    let mut ledger = Ledger::open_aside(stage)?;
    let (_, head) = ledger.books().head().unwrap_or((0, Digest::NONE));
    ledger.transact(actor, Mode::Keep, |w| -> Result<(), StoreError> {
        w.event(EventKind::Repaired, &Subject::Ledger, None, &detail, head)
    })?;
    drop(ledger);
    if with_ending(stage, "-wal").exists() {
        return Err(BackupError::InUse { path: stage.to_owned() });
    }
    Ok(())
}
