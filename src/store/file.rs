//! Files that were read into the ledger: known again by their digest, and kept as they were.
//!
//! A file is deflated while it is read once more, so that it is never in memory as
//! a whole, then sealed. What is larger than [`LIMIT`] is kept as its digest only.

use crate::domain::{Digest, Digester, EventKind, Subject, Time};
use crate::store::event::parsed;
use crate::store::row::digest_of;
use crate::store::seal::Place;
use crate::store::{Books, StoreError, Writer};
use data_encoding::HEXLOWER;
use flate2::Compression;
use flate2::read::{DeflateDecoder, DeflateEncoder};
use rusqlite::Row;
use serde_json::json;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

const KNOWS: &str = "SELECT 1 FROM file WHERE digest = ?1";
const ONE: &str = "SELECT * FROM file WHERE digest = ?1";
const ADD: &str = "
    INSERT INTO file (digest, name, what, rows, read_at, bytes, sealed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT (digest) DO NOTHING";
const INFO: &str = "SELECT digest, name, what, rows, read_at, bytes FROM file WHERE digest = ?1";
const STARTING: &str = "
    SELECT digest, name, what, rows, read_at, bytes FROM file WHERE lower(hex(digest)) LIKE ?1 || '%' LIMIT 2";
const SEALED: &str = "SELECT sealed FROM file WHERE digest = ?1 AND sealed IS NOT NULL";

/// Larger files are kept as their digest only: 64 MiB.
const LIMIT: u64 = 64 << 20;
/// So many digits of a digest name a file.
const SHORTEST: usize = 4;

/// A file about to be remembered.
#[derive(Clone, Copy)]
pub struct NewFile<'a> {
    /// Digest by which it is known again.
    pub digest: Digest,
    /// Its name, without the folder.
    pub name: &'a str,
    /// What was in it, such as `records`.
    pub what: &'static str,
    /// Rows that it brought.
    pub rows: u64,
    /// Where it lies, so that its bytes can be kept; `None` keeps the digest alone.
    pub path: Option<&'a Path>,
    /// Whether `digest` is that of its bytes, so that it shows where the file was changed meanwhile.
    pub of_bytes: bool,
}

/// A file as the ledger knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileInfo {
    /// Keyed digest.
    pub digest: Digest,
    /// Its name, without the folder.
    pub name: String,
    /// What was in it.
    pub what: String,
    /// Rows that it brought.
    pub rows: i64,
    /// When it was read, Beijing time.
    pub read_at: Time,
    /// Its size; `None` where its bytes were not kept.
    pub bytes: Option<i64>,
}

/// What is kept of a file's bytes: how many they are, and they themselves, deflated; nothing of one that is too large
/// or that the ledger has already.
#[derive(Default)]
pub struct Packed(Option<(i64, Vec<u8>)>);

impl NewFile<'_> {
    /// Reads the file once more for what is kept of it. It takes longer than all else that is done with a file as a
    /// whole and needs no ledger, so another thread can do it.
    ///
    /// # Errors
    /// [`StoreError::Stale`] where it was changed since it was read.
    pub fn pack(&self) -> Result<Packed, StoreError> {
        let packed = self.path.map(|path| deflated(path, self)).transpose()?;
        Ok(Packed(packed.flatten()))
    }
}

impl FileInfo {
    fn from_row(row: &Row<'_>) -> Result<FileInfo, StoreError> {
        Ok(FileInfo {
            digest: Digest::from_bytes(row.get(0)?),
            name: row.get(1)?,
            what: row.get(2)?,
            rows: row.get(3)?,
            read_at: parsed(row, 4)?,
            bytes: row.get(5)?,
        })
    }
}

fn place(digest: &Digest) -> Place<'_> {
    Place { column: "file.sealed", row: digest.bytes() }
}

impl Books<'_> {
    /// Whether a file of exactly these bytes was read before.
    pub fn knows_file(&self, digest: Digest) -> Result<bool, StoreError> {
        let own = self.sealer()?.long_mark("file", digest.bytes());
        Ok(self.conn.prepare_cached(KNOWS)?.exists([own])?)
    }

    /// The file of a keyed digest, where the ledger remembers it.
    pub fn file(&self, digest: Digest) -> Result<Option<FileInfo>, StoreError> {
        let mut statement = self.conn.prepare_cached(INFO)?;
        let mut rows = statement.query([digest.bytes()])?;
        rows.next()?.map(FileInfo::from_row).transpose()
    }

    /// The one file whose keyed digest begins so, four hexadecimal digits at least.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is none, or more than one.
    pub fn file_starting(&self, start: &str) -> Result<FileInfo, StoreError> {
        let start = start.trim().to_ascii_lowercase();
        let missing = || StoreError::NotFound { what: format!("file {start}") };
        if start.len() < SHORTEST || !start.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(missing());
        }
        let mut statement = self.conn.prepare_cached(STARTING)?;
        let mut rows = statement.query([&start])?;
        let found = rows.next()?.map(FileInfo::from_row).transpose()?.ok_or_else(missing)?;
        if rows.next()?.is_some() {
            return Err(missing());
        }
        Ok(found)
    }

    /// Writes the bytes of a file as they were read; `false` where they were not kept.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where they do not open or are not as many as there were.
    pub fn give_file(&self, file: &FileInfo, out: &mut dyn Write) -> Result<bool, StoreError> {
        let mut statement = self.conn.prepare_cached(SEALED)?;
        let mut rows = statement.query([file.digest.bytes()])?;
        let Some(row) = rows.next()? else { return Ok(false) };
        let sealed = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
        let deflated = self.sealer()?.open(place(&file.digest), sealed)?;
        let given = io::copy(&mut DeflateDecoder::new(&deflated[..]), out);
        match given.map(i64::try_from) {
            Ok(Ok(bytes)) if file.bytes == Some(bytes) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::StorageFull => Err(StoreError::Full),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                Err(StoreError::NotPermitted { text: error.to_string() })
            }
            _ => Err(StoreError::Damaged { text: format!("file {}", HEXLOWER.encode(file.digest.bytes())) }),
        }
    }
}

impl Writer<'_> {
    /// The keyed digest of a file, by which the ledger names it. The plain digest of a short file would let what is in it
    /// be guessed.
    pub fn file_key(&self, digest: Digest) -> Result<Digest, StoreError> {
        Ok(Digest::from_bytes(self.sealer()?.long_mark("file", digest.bytes())))
    }

    /// Remembers a file with its bytes, and that it was imported.
    ///
    /// # Errors
    /// [`StoreError::Stale`] where it was changed while it was read.
    pub fn file_imported(&mut self, file: &NewFile<'_>) -> Result<(), StoreError> {
        self.packed_imported(file, file.pack()?)
    }

    /// The same of a file that was packed before.
    pub fn packed_imported(&mut self, file: &NewFile<'_>, packed: Packed) -> Result<(), StoreError> {
        let (own, content, kept) = self.remember_file(file, packed)?;
        let mut detail = json!({ "name": file.name, "what": file.what, "rows": file.rows });
        if !kept {
            detail["digest_only"] = json!(true);
        }
        self.event(EventKind::Imported, &Subject::File(own.to_string()), None, &detail, content)
    }

    /// Remembers a file without an event of its own: the caller's event tells of it by the keyed digest returned, and of
    /// its row by the digest after that. The last is whether the bytes are kept.
    pub(super) fn remember_file(
        &mut self,
        file: &NewFile<'_>,
        packed: Packed,
    ) -> Result<(Digest, Digest, bool), StoreError> {
        let own = self.file_key(file.digest)?;
        let count = i64::try_from(file.rows).unwrap_or(i64::MAX);
        let (bytes, sealed) = match packed.0 {
            Some((bytes, deflated)) => (Some(bytes), Some(self.sealer()?.seal(place(&own), &deflated))),
            None => (None, None),
        };
        let at = self.actor.at.to_string();
        let row = (own.bytes(), file.name, file.what, count, at, bytes, sealed);
        self.tx.prepare_cached(ADD)?.execute(row)?;
        let (content, kept) = self.tx.prepare_cached(ONE)?.query_row([own.bytes()], |row| {
            Ok((digest_of("file", row), row.get::<_, Option<i64>>("bytes")?.is_some()))
        })?;
        Ok((own, content?, kept))
    }
}

/// A file's size, and its bytes deflated as they are read; `None` where it is too large.
fn deflated(path: &Path, file: &NewFile<'_>) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
    let changed = |_: io::Error| StoreError::Stale { what: file.name.to_owned() };
    let source = File::open(path).map_err(changed)?;
    if source.metadata().map_err(changed)?.len() > LIMIT {
        return Ok(None);
    }
    let mut digester = Digester::default();
    let mut through = Through { from: source.take(LIMIT + 1), digester: &mut digester, bytes: 0 };
    let mut deflated = Vec::new();
    DeflateEncoder::new(&mut through, Compression::default()).read_to_end(&mut deflated).map_err(changed)?;
    let bytes = through.bytes;
    if bytes > LIMIT || (file.of_bytes && digester.finish() != file.digest) {
        return Err(StoreError::Stale { what: file.name.to_owned() });
    }
    Ok(Some((i64::try_from(bytes).unwrap_or(i64::MAX), deflated)))
}

/// A reader that counts and digests what goes through it.
struct Through<'a, R> {
    from: R,
    digester: &'a mut Digester,
    bytes: u64,
}

impl<R: Read> Read for Through<'_, R> {
    fn read(&mut self, block: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(block)?;
        self.digester.update(&block[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}
