//! Files on their way to their name: written beside it, for the owner's eyes
//! only, synced, and given the name in one step that overwrites nothing.
//!
//! It knows nothing of ledgers. What is in the file is the caller's affair.

use crate::domain::{Digest, Digester};
use crate::store::StoreError;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// Ending of every file that is not yet, or no longer, what its name will say.
pub(super) const PART: &str = "part";

/// What may lie beside a file that was opened as a ledger.
const BESIDE: &[&str] = &["", "-wal", "-shm", "-journal", "-reserve"];

/// A file under a name of its own, gone with this value unless it was placed.
pub struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// A new, empty file beside `target`, which only the owner may read.
    ///
    /// Its name carries the number of this process, so that two that work on the same target do not meet.
    ///
    /// # Errors
    /// What the system says where no file can be made there.
    pub fn beside(target: &Path, what: &str) -> io::Result<Scratch> {
        let name = target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let path = target.with_file_name(format!(".{name}.{what}-{}.{PART}", std::process::id()));
        // One that an earlier process of the same number left behind is of no use to anybody.
        discard(&path);
        create(&path)?;
        Ok(Scratch { path })
    }

    /// Where it lies until it has its name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Syncs the file and gives it its name; the name is then on the disk too.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] where something has that name; it is left as it is.
    pub fn place(self, target: &Path) -> io::Result<()> {
        OpenOptions::new().write(true).open(&self.path)?.sync_all()?;
        match fs::hard_link(&self.path, target) {
            Ok(()) => fs::remove_file(&self.path)?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(error),
            // Memory sticks know no second name for a file; a rename has to do, which does overwrite.
            Err(_) if target.exists() => return Err(ErrorKind::AlreadyExists.into()),
            Err(_) => fs::rename(&self.path, target)?,
        }
        sync_folder(target)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        discard(&self.path);
    }
}

/// Removes a file and what SQLite left beside it; what cannot be removed stays, and `check` names it.
fn discard(path: &Path) {
    for ending in BESIDE {
        let _ = fs::remove_file(with_ending(path, ending));
    }
}

/// The file that SQLite keeps beside `path`, such as its `-wal`.
pub(super) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// A new, empty file that only the owner may read, for SQLite to fill.
pub(super) fn private(path: &Path) -> Result<(), StoreError> {
    create(path)
        .map_err(|error| StoreError::NotPermitted { text: format!("{}: {error}", path.display()) })
        .map(drop)
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Syncs the folder of a file, so that its name survives a power cut. Windows does so by itself.
fn sync_folder(file: &Path) -> io::Result<()> {
    if cfg!(windows) {
        return Ok(());
    }
    File::open(folder_of(file))?.sync_all()
}

/// The folder that a file lies in.
pub(super) fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The SHA-256 of a file, read from the disk.
pub(super) fn digest_of(path: &Path) -> io::Result<Digest> {
    digest_from(File::open(path)?)
}

/// The SHA-256 of all that can be read.
pub(super) fn digest_from(mut from: impl Read) -> io::Result<Digest> {
    let (mut digester, mut buffer) = (Digester::default(), vec![0; 1 << 16]);
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(digester.finish()),
            Ok(read) => digester.update(&buffer[..read]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("copy.db");
        fs::write(&target, "old").unwrap();
        let scratch = Scratch::beside(&target, "test").unwrap();
        fs::write(scratch.path(), "new").unwrap();
        assert_eq!(scratch.place(&target).unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&target).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn what_is_given_up_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("copy.db");
        let scratch = Scratch::beside(&target, "test").unwrap();
        fs::write(with_ending(scratch.path(), "-wal"), "log").unwrap();
        drop(scratch);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let scratch = Scratch::beside(&target, "test").unwrap();
        fs::write(scratch.path(), "new").unwrap();
        scratch.place(&target).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
    }
}
