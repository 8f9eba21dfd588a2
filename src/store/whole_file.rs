//! The key of the whole file, for those who want the ledger encrypted down to its last page.
//!
//! Only a build with the feature `sqlcipher` can do it. Identities are sealed in their
//! rows either way (`store/seal.rs`); this hides, from whoever finds the disk, the rest
//! as well. The key is in a file of its own, since no passphrase can be asked of a ledger
//! that nothing can be read of, and holds for every ledger and copy that this process
//! opens. The first 32 bytes of a file stay readable: they say that it is a database
//! and how large its pages are, nothing of what it holds.

use crate::store::connect::{denied, sync_folder};
use crate::store::seal::fill;
use crate::store::{StoreError, scratch};
use crate::text::{Explain, Lang};
use rusqlite::{Connection, ErrorCode, ffi};
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use zeroize::Zeroizing;

/// Whether this build can encrypt whole files.
pub(super) const CAN: bool = cfg!(feature = "sqlcipher");

/// The key (32 bytes) and the salt that the digests of pages are made with (16), in hexadecimal.
const DIGITS: usize = 96;

/// The first page, which shows whether the key fits.
const FIRST: &str = "SELECT count(*) FROM sqlite_schema";

/// What the file of the key says, once it was read.
static KEY: OnceLock<Zeroizing<String>> = OnceLock::new();

/// Why the file of a key is of no use.
#[derive(Debug)]
pub enum KeyFileError {
    /// This build cannot encrypt whole files.
    NotBuilt,
    /// There is no such file.
    Missing {
        /// Which file.
        path: PathBuf,
    },
    /// It does not hold a key.
    Form {
        /// Which file.
        path: PathBuf,
    },
    /// The system said no.
    Io {
        /// Which file.
        path: PathBuf,
        /// What it said.
        error: io::Error,
    },
    /// A new key could not be made.
    Store(StoreError),
}

/// Takes the key that stands in a file, for every ledger that this process opens from now on.
///
/// # Errors
/// [`KeyFileError`]; no ledger should be opened then.
pub fn use_key(path: &Path) -> Result<(), KeyFileError> {
    if !CAN {
        return Err(KeyFileError::NotBuilt);
    }
    let mut text = Zeroizing::new(String::with_capacity(DIGITS + 2));
    let read = File::open(path).and_then(|file| file.take(1024).read_to_string(&mut text));
    match read {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(KeyFileError::Missing { path: path.to_owned() });
        }
        Err(error) if error.kind() == ErrorKind::InvalidData => {
            return Err(KeyFileError::Form { path: path.to_owned() });
        }
        Err(error) => return Err(KeyFileError::Io { path: path.to_owned(), error }),
    }
    let digits = text.trim();
    if digits.len() != DIGITS || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(KeyFileError::Form { path: path.to_owned() });
    }
    // One process works with one key; a second command of the demo brings the same.
    KEY.get_or_init(|| Zeroizing::new(digits.to_owned()));
    Ok(())
}

/// Writes a new key to a file that is not there yet; it is on the disk when this returns.
///
/// # Errors
/// [`KeyFileError`]; nothing that could be taken for a key is left.
pub fn make_key(path: &Path) -> Result<(), KeyFileError> {
    if !CAN {
        return Err(KeyFileError::NotBuilt);
    }
    let mut random = Zeroizing::new([0; DIGITS / 2]);
    fill(&mut *random).map_err(KeyFileError::Store)?;
    let mut line = Zeroizing::new(String::with_capacity(DIGITS + 1));
    for byte in random.iter() {
        write!(line, "{byte:02x}").expect("a text takes every word that is written to it");
    }
    line.push('\n');
    scratch::private(path).map_err(KeyFileError::Store)?;
    let written = OpenOptions::new().write(true).open(path).and_then(|mut file| {
        file.write_all(line.as_bytes())?;
        file.sync_all()
    });
    let whole = written.map_err(|error| denied(path, &error)).and_then(|()| sync_folder(path));
    whole.map_err(|error| {
        let _ = fs::remove_file(path);
        KeyFileError::Store(error)
    })
}

/// Gives the key to a connection that was just opened, before it reads its first page.
///
/// # Errors
/// What SQLite says: that it is no database where the key does not fit.
pub(super) fn unlock(conn: &Connection) -> Result<(), rusqlite::Error> {
    let Some(key) = KEY.get() else { return Ok(()) };
    // It would tell of each failure on the standard error, in its own words.
    let line = format!(
        "PRAGMA cipher_log_level = NONE; PRAGMA key = \"x'{}'\"; PRAGMA cipher_plaintext_header_size = 32;",
        **key
    );
    conn.execute_batch(&Zeroizing::new(line))?;
    conn.query_row(FIRST, [], |_| Ok(())).map_err(|error| match error.sqlite_error_code() {
        // A page whose digest does not agree is told as a want of memory.
        Some(ErrorCode::OutOfMemory) => {
            rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_NOTADB), None)
        }
        _ => error,
    })
}

impl Explain for KeyFileError {
    fn what(&self, lang: Lang) -> String {
        match (self, lang) {
            (KeyFileError::NotBuilt, Lang::Zh) => "本程序未带整库加密（sqlcipher）".to_owned(),
            (KeyFileError::NotBuilt, Lang::En) => {
                "this build of the program cannot encrypt whole files (sqlcipher)".to_owned()
            }
            (KeyFileError::Missing { path }, Lang::Zh) => format!("找不到密钥文件 {}", path.display()),
            (KeyFileError::Missing { path }, Lang::En) => {
                format!("there is no key file {}", path.display())
            }
            (KeyFileError::Form { path }, Lang::Zh) => format!("{} 中没有密钥", path.display()),
            (KeyFileError::Form { path }, Lang::En) => format!("{} does not hold a key", path.display()),
            (KeyFileError::Io { path, error }, Lang::Zh) => {
                format!("无法读取密钥文件 {}：{error}", path.display())
            }
            (KeyFileError::Io { path, error }, Lang::En) => {
                format!("the key file {} cannot be read: {error}", path.display())
            }
            (KeyFileError::Store(error), _) => error.what(lang),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        match self {
            KeyFileError::NotBuilt => lang
                .pick(
                    "取消环境变量 GUAZHANG_KEY_FILE，或改用带 sqlcipher 的程序",
                    "unset $GUAZHANG_KEY_FILE, or take a build with the feature sqlcipher",
                )
                .to_owned(),
            KeyFileError::Missing { .. } | KeyFileError::Io { .. } => lang
                .pick(
                    "插入存放密钥的介质，检查 GUAZHANG_KEY_FILE；没有密钥，账本无法打开",
                    "plug in what it lies on and check $GUAZHANG_KEY_FILE; without the key nothing opens the ledger",
                )
                .to_owned(),
            KeyFileError::Form { .. } => lang
                .pick(
                    "密钥文件只有一行，96 位十六进制数字；请用保存的副本",
                    "the file of a key is one line of 96 hexadecimal digits; take the copy that was kept apart",
                )
                .to_owned(),
            KeyFileError::Store(error) => error.hint(lang),
        }
    }
}
