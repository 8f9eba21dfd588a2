//! Bringing a ledger of an earlier release to the tables of this one.
//!
//! Forward only, one step at a time. Before each step a copy is made beside the
//! ledger and read back; the step, its event and the new version number are one
//! transaction. Whatever stops the program leaves the ledger as it was or as it
//! shall be. What the steps do stands in `migrations`, not here.

use crate::domain::{Actor, Digest, EventKind, Subject, Time};
use crate::store::happening::{Happening, tell};
use crate::store::{Founding, StoreError, Writer, busy, connect, whole_file};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, Transaction};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

const STRAYS: &str = "SELECT count(*) FROM pragma_foreign_key_check";
const CHECK: &str = "PRAGMA quick_check(1)";
const ONE_FILE: &str = "PRAGMA journal_mode = DELETE";

/// What is done by hand after a step's SQL, in the same transaction.
pub(super) type Work = fn(&Transaction<'_>) -> Result<(), StoreError>;

/// A step from one version to the next.
#[derive(Clone, Copy)]
pub(super) struct Step {
    /// The version it starts from; it leads to the one after.
    pub(super) from: i64,
    /// Its file, such as `0003_shifts`.
    pub(super) name: &'static str,
    /// Its SQL.
    pub(super) sql: &'static str,
    /// What SQL cannot say.
    pub(super) work: Option<Work>,
}

impl Step {
    /// The digest of its name and SQL, which its event carries.
    fn digest(&self) -> Digest {
        Digest::of(format!("{}\n{}", self.name, self.sql).as_bytes())
    }
}

/// Walks a ledger from where it stands to `to`.
///
/// # Errors
/// [`StoreError::Damaged`] where a step leaves rows that refer to nothing, or the copy does not read back; the ledger
/// stays at the version it had reached.
pub(super) fn walk(
    conn: &Connection,
    path: &Path,
    meta: &Founding,
    actor: &Actor,
    steps: &[Step],
    to: i64,
) -> Result<(), StoreError> {
    loop {
        let version = connect::version(conn)?;
        if version >= to {
            return Ok(());
        }
        let Some(step) = steps.iter().find(|step| step.from == version) else {
            return Err(StoreError::Older { path: path.to_owned(), version });
        };
        // Tables are rebuilt in a step, so references hold at its end and not at every line. Within a transaction
        // this setting would not be heeded.
        conn.pragma_update(None, "foreign_keys", false)?;
        let taken = take(conn, path, meta, actor, step);
        conn.pragma_update(None, "foreign_keys", true)?;
        if let Some(backup) = taken? {
            tell(&Happening::Migrated { from: step.from, to: step.from + 1, backup });
        }
    }
}

/// Takes one step; the copy that was made before it, or `None` where another window was quicker.
fn take(
    conn: &Connection,
    path: &Path,
    meta: &Founding,
    actor: &Actor,
    step: &Step,
) -> Result<Option<PathBuf>, StoreError> {
    // Nobody can write between the copy and the step.
    let tx = busy::begin(conn)?;
    if connect::version(&tx)? != step.from {
        return Ok(None);
    }
    let backup = back_up(path, step.from, actor.at)?;
    tx.execute_batch(step.sql)?;
    if let Some(work) = step.work {
        work(&tx)?;
    }
    let strays: i64 = tx.query_row(STRAYS, [], |row| row.get(0))?;
    if strays > 0 {
        return Err(StoreError::Damaged { text: format!("{}: {strays} rows refer to nothing", step.name) });
    }
    tx.pragma_update(None, "user_version", step.from + 1)?;
    let mut writer = Writer::new(tx, actor, meta, None);
    let digest = step.digest();
    let detail = json!({
        "from": step.from, "to": step.from + 1, "step": step.name, "digest": digest.to_string(),
    });
    writer.event(EventKind::Migrated, &Subject::Ledger, None, &detail, digest)?;
    writer.tx.commit()?;
    Ok(Some(backup))
}

/// Copies a ledger to a file of its own beside it, on the disk and read back when this returns.
fn back_up(path: &Path, version: i64, at: Time) -> Result<PathBuf, StoreError> {
    let (target, draft) = (free_name(path, version, at), connect::beside(path, "-copy"));
    connect::remove(&draft)?;
    copy(path, &draft)?;
    let permissions = fs::metadata(path).and_then(|file| fs::set_permissions(&draft, file.permissions()));
    permissions.map_err(|error| connect::denied(&draft, &error))?;
    connect::sync(&draft)?;
    let copied = connect::read_only(&draft)?;
    let said: String = copied.query_row(CHECK, [], |row| row.get(0))?;
    if said != "ok" || connect::version(&copied)? != version {
        return Err(StoreError::Damaged { text: format!("{}: {said}", draft.display()) });
    }
    drop(copied);
    fs::rename(&draft, &target).map_err(|error| connect::denied(&target, &error))?;
    connect::sync_folder(&target)?;
    Ok(target)
}

/// Through a connection of its own, since the one that holds the lock is about to change things.
fn copy(path: &Path, draft: &Path) -> Result<(), StoreError> {
    let source = connect::read_only(path)?;
    let mut target = Connection::open(draft)?;
    whole_file::unlock(&target)?;
    let done = Backup::new(&source, &mut target)?.step(-1)?;
    if done != StepResult::Done {
        return Err(StoreError::Busy);
    }
    // A copy is one file, with no log that could be lost.
    target.query_row(ONE_FILE, [], |_| Ok(()))?;
    target.close().map_err(|(_, error)| StoreError::from(error))
}

/// A name that no earlier copy has, such as `guazhang.v2-20211102T0900.bak.db`.
fn free_name(path: &Path, version: i64, at: Time) -> PathBuf {
    let stamp = at.naive().format("%Y%m%dT%H%M");
    let named = |more: &str| path.with_extension(format!("v{version}-{stamp}{more}.bak.db"));
    let others = (2..).map(|count: u32| named(&format!("-{count}")));
    let mut names = std::iter::once(named("")).chain(others);
    names.find(|name| !name.exists()).expect("there are more names than files")
}

#[cfg(test)]
mod tests;
