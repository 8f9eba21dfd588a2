//! Writing the folder of a batch so that it is either whole or not there.
//!
//! Files go into a hidden folder beside the target, each is flushed to the
//! disk, and one rename makes the batch appear. Writing the same batch again
//! changes nothing; another batch of the same name is refused.

use super::File;
use crate::text::{Explain, Lang};
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};

/// A folder that is complete on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Where it is.
    pub path: PathBuf,
    /// It was there already, byte for byte.
    pub already: bool,
}

/// Why a folder could not be written. Nothing of the batch is visible then.
#[derive(Debug)]
pub enum FolderError {
    /// The name is not a plain folder name.
    BadName {
        /// The name as given.
        name: String,
    },
    /// Something else than a folder stands where a folder must be.
    NotAFolder {
        /// Its path.
        path: PathBuf,
    },
    /// A folder of that name holds something else.
    Conflict {
        /// The folder that is there.
        path: PathBuf,
        /// The file that is not the same.
        file: String,
    },
    /// The disk is full.
    DiskFull {
        /// Where.
        path: PathBuf,
    },
    /// The folder may not be written.
    NoPermission {
        /// Where.
        path: PathBuf,
    },
    /// Anything else the system says.
    Io {
        /// What was being done.
        path: PathBuf,
        /// The system's words.
        error: io::Error,
    },
}

impl FolderError {
    /// What the system said of `path`.
    pub fn of(path: &Path, error: io::Error) -> FolderError {
        failure(path, error)
    }
}

/// Writes `files` as the folder `name` in `out`, which is created where it is missing.
pub fn write(out: &Path, name: &str, files: &[File]) -> Result<Written, FolderError> {
    write_each(out, name, |take| files.iter().try_for_each(take))
}

/// The same for files that are handed on one by one, so that no more than one has to be in memory. `each` is asked for
/// them once.
///
/// # Errors
/// Those of [`write()`], and those of `each`.
pub fn write_each<E: From<FolderError>>(
    out: &Path,
    name: &str,
    each: impl FnOnce(&mut dyn FnMut(&File) -> Result<(), E>) -> Result<(), E>,
) -> Result<Written, E> {
    if !is_plain(name) {
        return Err(FolderError::BadName { name: name.to_owned() }.into());
    }
    if out.exists() && !out.is_dir() {
        return Err(FolderError::NotAFolder { path: out.to_owned() }.into());
    }
    fs::create_dir_all(out).map_err(|error| failure(out, error))?;
    let target = out.join(name);
    if target.exists() && !target.is_dir() {
        return Err(FolderError::NotAFolder { path: target }.into());
    }
    if target.exists() {
        each(&mut |file| Ok(same_as_before(&target, file)?))?;
        return Ok(Written { path: target, already: true });
    }
    let partial = out.join(format!(".{name}.partial"));
    clear(&partial)?;
    fs::create_dir(&partial).map_err(|error| failure(&partial, error))?;
    let mut names = Vec::new();
    let filled = each(&mut |file| {
        put(&partial, file)?;
        names.push(file.name.clone());
        Ok(())
    });
    let flushed = |()| flush_files(&partial, &names).and_then(|()| flush_folder(&partial));
    filled.and_then(|done| Ok(flushed(done)?)).inspect_err(|_| {
        // What is left of it is replaced next time; a full disk should not stay full because of it.
        let _ = fs::remove_dir_all(&partial);
    })?;
    fs::rename(&partial, &target).map_err(|error| failure(&target, error))?;
    flush_folder(out)?;
    Ok(Written { path: target, already: false })
}

/// Tries whether a new folder `name` could be written in `out`, and leaves nothing of it: asked before a batch is
/// promised, so that a wrong place is refused while nothing is written down.
///
/// # Errors
/// As [`write()`]; a folder of that name is always [`FolderError::Conflict`] here.
pub fn try_out(out: &Path, name: &str) -> Result<(), FolderError> {
    if !is_plain(name) {
        return Err(FolderError::BadName { name: name.to_owned() });
    }
    if out.exists() && !out.is_dir() {
        return Err(FolderError::NotAFolder { path: out.to_owned() });
    }
    fs::create_dir_all(out).map_err(|error| failure(out, error))?;
    let target = out.join(name);
    if target.exists() {
        return Err(FolderError::Conflict { path: target, file: super::MANIFEST.to_owned() });
    }
    let partial = out.join(format!(".{name}.partial"));
    clear(&partial)?;
    fs::create_dir(&partial).and_then(|()| fs::remove_dir(&partial)).map_err(|error| failure(out, error))
}

/// Tries the same for so many bytes, and leaves nothing at all: a folder that was not there is gone again. What is
/// written meanwhile is empty of content.
///
/// # Errors
/// As [`try_out()`].
pub fn try_room(out: &Path, name: &str, bytes: u64) -> Result<(), FolderError> {
    let made: Vec<&Path> =
        out.ancestors().take_while(|at| !at.as_os_str().is_empty() && !at.exists()).collect();
    let tried = try_out(out, name).and_then(|()| {
        let partial = out.join(format!(".{name}.partial"));
        let filled = fs::File::create_new(&partial).and_then(|mut file| {
            io::copy(&mut io::repeat(0).take(bytes), &mut file)?;
            file.sync_all()
        });
        let _ = fs::remove_file(&partial);
        filled.map_err(|error| failure(out, error))
    });
    for folder in made {
        // One that is not empty was made by somebody else meanwhile, and stays.
        let _ = fs::remove_dir(folder);
    }
    tried
}

/// One part, not hidden, that is not a way out of the folder.
fn is_plain(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    let one = matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None));
    one && !name.starts_with('.') && !name.contains(['/', '\\', ':'])
}

/// The batch may have been written before, and then every file is the same.
fn same_as_before(target: &Path, file: &File) -> Result<(), FolderError> {
    let same = match fs::read(target.join(&file.name)) {
        Ok(bytes) => bytes == file.bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(failure(&target.join(&file.name), error)),
    };
    if same {
        return Ok(());
    }
    Err(FolderError::Conflict { path: target.to_owned(), file: file.name.clone() })
}

/// Removes what an interrupted run left.
fn clear(partial: &Path) -> Result<(), FolderError> {
    match fs::symlink_metadata(partial) {
        Err(_) => Ok(()),
        Ok(found) if found.is_dir() => fs::remove_dir_all(partial).map_err(|error| failure(partial, error)),
        Ok(_) => fs::remove_file(partial).map_err(|error| failure(partial, error)),
    }
}

fn put(partial: &Path, file: &File) -> Result<(), FolderError> {
    if !is_plain(&file.name) {
        return Err(FolderError::BadName { name: file.name.clone() });
    }
    let path = partial.join(&file.name);
    write_one(&path, &file.bytes).map_err(|error| failure(&path, error))
}

fn write_one(path: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::File::create_new(path)?.write_all(bytes)
}

/// So many files are waited for at once: a disk that is asked for many together makes them durable together, and a
/// batch of calls has tens of thousands.
const AT_ONCE: usize = 16;

/// Makes the content of files durable.
fn flush_files(folder: &Path, names: &[String]) -> Result<(), FolderError> {
    let flush = |name: &String| {
        let path = folder.join(name);
        // Windows flushes only what may be written.
        let file = fs::OpenOptions::new().write(true).open(&path);
        file.and_then(|file| file.sync_all()).map_err(|error| failure(&path, error))
    };
    if names.len() <= AT_ONCE {
        return names.iter().try_for_each(flush);
    }
    let parts = names.chunks(names.len().div_ceil(AT_ONCE));
    std::thread::scope(|scope| {
        let waits: Vec<_> = parts.map(|part| scope.spawn(move || part.iter().try_for_each(flush))).collect();
        waits.into_iter().try_for_each(|wait| wait.join().expect("waiting for a disk does not panic"))
    })
}

/// Makes the names in a folder durable. Windows does that itself and refuses to open a folder.
#[cfg(not(windows))]
fn flush_folder(path: &Path) -> Result<(), FolderError> {
    fs::File::open(path).and_then(|folder| folder.sync_all()).map_err(|error| failure(path, error))
}

#[cfg(windows)]
#[expect(clippy::unnecessary_wraps, reason = "the same signature on every system")]
fn flush_folder(_path: &Path) -> Result<(), FolderError> {
    Ok(())
}

fn failure(path: &Path, error: io::Error) -> FolderError {
    let path = path.to_owned();
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => FolderError::DiskFull { path },
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            FolderError::NoPermission { path }
        }
        io::ErrorKind::NotADirectory => FolderError::NotAFolder { path },
        _ => FolderError::Io { path, error },
    }
}

impl std::fmt::Display for FolderError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.what(Lang::En))
    }
}

impl std::error::Error for FolderError {}

impl Explain for FolderError {
    fn what(&self, lang: Lang) -> String {
        match (self, lang) {
            (FolderError::BadName { name }, Lang::Zh) => format!("“{name}”不能用作文件名或文件夹名"),
            (FolderError::BadName { name }, Lang::En) => format!("`{name}` is not a plain name"),
            (FolderError::NotAFolder { path }, Lang::Zh) => format!("{} 不是文件夹", path.display()),
            (FolderError::NotAFolder { path }, Lang::En) => format!("{} is not a folder", path.display()),
            (FolderError::Conflict { path, file }, Lang::Zh) => {
                format!("{} 已存在，其中的 {file} 与本批次不同", path.display())
            }
            (FolderError::Conflict { path, file }, Lang::En) => {
                format!("{} is there already, and its {file} is not that of this batch", path.display())
            }
            (FolderError::DiskFull { path }, Lang::Zh) => format!("磁盘已满，未能写入 {}", path.display()),
            (FolderError::DiskFull { path }, Lang::En) => {
                format!("the disk is full; {} was not written", path.display())
            }
            (FolderError::NoPermission { path }, Lang::Zh) => format!("没有权限写入 {}", path.display()),
            (FolderError::NoPermission { path }, Lang::En) => {
                format!("no permission to write {}", path.display())
            }
            (FolderError::Io { path, error }, Lang::Zh) => format!("未能写入 {}：{error}", path.display()),
            (FolderError::Io { path, error }, Lang::En) => {
                format!("{} was not written: {error}", path.display())
            }
        }
    }

    fn hint(&self, lang: Lang) -> String {
        match self {
            FolderError::BadName { .. } => lang.pick("换一个不含斜杠的名称", "use a name without slashes"),
            FolderError::NotAFolder { .. } | FolderError::NoPermission { .. } => {
                lang.pick("用 --out 指定一个可写的文件夹", "name a folder that can be written with --out")
            }
            FolderError::Conflict { .. } => lang.pick(
                "换一个输出文件夹，或先移走原来的文件夹；程序不会覆盖它",
                "use another --out, or move the old folder away; it is never overwritten",
            ),
            FolderError::DiskFull { .. } => lang
                .pick("腾出空间后重试；没有留下半成品", "make room and try again; nothing half done is left"),
            FolderError::Io { .. } => lang.pick("检查磁盘后重试", "check the disk and try again"),
        }
        .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(text: &str) -> Vec<File> {
        let file = |name: &str| File { name: name.to_owned(), bytes: text.as_bytes().to_vec() };
        vec![file("2207-data.csv"), file("manifest.json")]
    }

    #[test]
    fn a_batch_appears_whole_and_only_once() {
        let out = tempfile::tempdir().unwrap();
        let first = write(out.path(), "B1", &files("one")).unwrap();
        assert_eq!(first, Written { path: out.path().join("B1"), already: false });
        assert_eq!(fs::read(first.path.join("2207-data.csv")).unwrap(), b"one");
        assert!(write(out.path(), "B1", &files("one")).unwrap().already);
        let names: Vec<_> =
            fs::read_dir(out.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["B1"]);
    }

    #[test]
    fn a_thousand_files_are_flushed_together() {
        let out = tempfile::tempdir().unwrap();
        let file = |at: usize| File { name: format!("{at:05}.json"), bytes: at.to_string().into_bytes() };
        let files: Vec<File> = (0..1000).map(file).collect();
        let written = write(out.path(), "B1", &files).unwrap();
        for file in &files {
            assert_eq!(fs::read(written.path.join(&file.name)).unwrap(), file.bytes);
        }
        let names: Vec<String> = files.iter().map(|file| file.name.clone()).collect();
        fs::remove_file(written.path.join(&names[700])).unwrap();
        let error = flush_files(&written.path, &names).unwrap_err();
        assert!(error.what(Lang::En).contains("00700.json"), "a part that fails is told: {error}");
    }

    #[test]
    fn another_batch_of_the_same_name_is_refused() {
        let out = tempfile::tempdir().unwrap();
        write(out.path(), "B1", &files("one")).unwrap();
        let error = write(out.path(), "B1", &files("two")).unwrap_err();
        assert!(matches!(&error, FolderError::Conflict { file, .. } if file == "2207-data.csv"));
        assert!(error.what(Lang::Zh).contains("2207-data.csv"));
        fs::remove_file(out.path().join("B1/manifest.json")).unwrap();
        let error = write(out.path(), "B1", &files("one")).unwrap_err();
        assert!(matches!(error, FolderError::Conflict { file, .. } if file == "manifest.json"));
    }

    #[test]
    fn what_a_killed_run_left_is_replaced() {
        let out = tempfile::tempdir().unwrap();
        let partial = out.path().join(".B1.partial");
        fs::create_dir(&partial).unwrap();
        fs::write(partial.join("2207-data.csv"), "half a li").unwrap();
        fs::write(partial.join("old.csv"), "stale").unwrap();
        let written = write(out.path(), "B1", &files("one")).unwrap();
        assert_eq!(fs::read_dir(&written.path).unwrap().count(), 2);
        assert!(!partial.exists());
        fs::write(out.path().join(".B2.partial"), "a file in the way").unwrap();
        assert!(!write(out.path(), "B2", &files("one")).unwrap().already);
    }

    #[test]
    fn trying_a_place_leaves_nothing_there() {
        let out = tempfile::tempdir().unwrap();
        let inner = out.path().join("sub");
        assert!(try_out(&inner, "B1").is_ok());
        assert_eq!(fs::read_dir(&inner).unwrap().count(), 0);
        write(&inner, "B1", &files("one")).unwrap();
        assert!(matches!(try_out(&inner, "B1"), Err(FolderError::Conflict { .. })));
        assert!(matches!(try_out(&inner, "../B1"), Err(FolderError::BadName { .. })));
        fs::write(out.path().join("file"), "").unwrap();
        assert!(matches!(try_out(&out.path().join("file"), "B1"), Err(FolderError::NotAFolder { .. })));
    }

    #[test]
    fn trying_for_room_leaves_nothing_at_all() {
        let out = tempfile::tempdir().unwrap();
        let deep = out.path().join("a/b");
        assert!(try_room(&deep, "B1", 100_000).is_ok());
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
        fs::write(out.path().join("file"), "").unwrap();
        assert!(try_room(&out.path().join("file"), "B1", 1).is_err());
        write(out.path(), "B1", &files("one")).unwrap();
        assert!(matches!(try_room(out.path(), "B1", 1), Err(FolderError::Conflict { .. })));
    }

    #[test]
    fn names_and_places_that_cannot_be() {
        let out = tempfile::tempdir().unwrap();
        for name in ["", ".", "..", "a/b", "../up", "/root", ".hidden", "a\\b", "C:"] {
            assert!(matches!(write(out.path(), name, &[]), Err(FolderError::BadName { .. })), "{name:?}");
        }
        let outside = File { name: "../x.csv".to_owned(), bytes: Vec::new() };
        assert!(matches!(write(out.path(), "B1", &[outside]), Err(FolderError::BadName { .. })));
        fs::write(out.path().join("file"), "").unwrap();
        let on_a_file = out.path().join("file");
        assert!(matches!(write(&on_a_file, "B1", &[]), Err(FolderError::NotAFolder { .. })));
        assert!(matches!(write(&on_a_file.join("sub"), "B1", &[]), Err(FolderError::NotAFolder { .. })));
        assert!(matches!(write(out.path(), "file", &[]), Err(FolderError::NotAFolder { .. })));
    }
}
