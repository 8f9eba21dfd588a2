//! A file that a command was asked to write (`--out`): whole under its name, or not there.
//!
//! It is filled beside its place, synced and named in one step, so that neither Ctrl-C nor a full disk nor a power cut
//! leaves half of it to be taken for all. A file that is there is never overwritten. What goes into it is the
//! command's affair.

use crate::cli::{Failure, Says};
use crate::store::Scratch;
use crate::text::{Lang, of_io};
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// A file on its way to its name; given up, it is gone.
pub(super) struct NewFile {
    path: PathBuf,
    lang: Lang,
    // Closed before the scratch file below it is removed.
    out: BufWriter<File>,
    scratch: Scratch,
}

impl NewFile {
    /// A file that will be at `path`, for the eyes of its owner.
    ///
    /// # Errors
    /// Input refused where something is there already, or where no file can be made.
    pub(super) fn at(path: &Path, lang: Lang) -> Result<NewFile, Failure> {
        let begun = if path.symlink_metadata().is_ok() {
            Err(ErrorKind::AlreadyExists.into())
        } else if path.file_name().is_none() {
            Err(ErrorKind::IsADirectory.into())
        } else {
            Scratch::beside(path, "new").and_then(|scratch| {
                let file = OpenOptions::new().write(true).open(scratch.path())?;
                Ok((scratch, file))
            })
        };
        let (scratch, file) = begun.map_err(|error| refused(path, &error, lang))?;
        Ok(NewFile { path: path.to_owned(), lang, out: BufWriter::new(file), scratch })
    }

    /// Puts what was written so far on the disk, still without its name.
    ///
    /// # Errors
    /// What the disk says, with the name of the file.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        self.flush()?;
        self.out.get_ref().sync_all().map_err(|error| named(&self.path, &error))
    }

    /// Gives it its name. It is on the disk when this returns.
    ///
    /// # Errors
    /// As [`NewFile::at`] where the name was taken meanwhile; [`Failure`] of the disk where it is full.
    pub(super) fn place(mut self) -> Result<(), Failure> {
        self.flush()?;
        let NewFile { path, lang, out, scratch } = self;
        drop(out);
        scratch.place(&path).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => refused(&path, &error, lang),
            _ => named(&path, &error).into(),
        })
    }
}

/// Writes a whole new file.
///
/// # Errors
/// As [`NewFile::at`] and [`NewFile::place`].
pub(super) fn put(path: &Path, bytes: &[u8], lang: Lang) -> Result<(), Failure> {
    let mut file = NewFile::at(path, lang)?;
    file.write_all(bytes)?;
    file.place()
}

/// Errors name the file: "no space left" alone does not say where.
impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes).map_err(|error| named(&self.path, &error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush().map_err(|error| named(&self.path, &error))
    }
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

fn refused(path: &Path, error: &io::Error, lang: Lang) -> Failure {
    let shown = path.display();
    let (zh, en) = if error.kind() == ErrorKind::AlreadyExists {
        (format!("{shown} 已存在"), format!("{shown} is there already"))
    } else {
        let why = of_io(error, lang);
        (format!("{shown}：无法写入（{why}）"), format!("{shown}: cannot be written ({why})"))
    };
    Failure::refused(Says::new(zh, en).hint("换一个文件名", "choose another name"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn it_has_its_name_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let mut file = NewFile::at(&path, Lang::En).unwrap();
        write!(file, "{}", "half of it\n".repeat(10_000)).unwrap();
        assert!(!path.exists(), "half a file has no name");
        file.place().unwrap();
        assert_eq!(fs::read(&path).unwrap().len(), 110_000);
        assert_eq!(names(folder.path()), ["events.jsonl"]);
        assert!(NewFile::at(&path, Lang::En).is_err(), "it is not overwritten");
    }

    #[test]
    fn given_up_or_overtaken_it_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let mut file = NewFile::at(&path, Lang::En).unwrap();
        writeln!(file, "half of it").unwrap();
        drop(file);
        assert_eq!(names(folder.path()), [""; 0]);
        let mut late = NewFile::at(&path, Lang::En).unwrap();
        writeln!(late, "late").unwrap();
        fs::write(&path, "first").unwrap();
        assert!(late.place().is_err());
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(names(folder.path()), ["events.jsonl"]);
        for nowhere in [Path::new(".."), &folder.path().join("no/such/folder")] {
            assert!(NewFile::at(nowhere, Lang::En).is_err(), "{}", nowhere.display());
        }
    }
}
