//! The cipher of backups: `age` files, locked with a passphrase or to the public
//! keys of those who may read them.
//!
//! Only the format of age-encryption.org/v1 and its X25519 keys; no plugins, no
//! SSH keys, no text armor. Any other tool of that format opens these files.

use crate::store::BackupError;
use age::secrecy::{ExposeSecret, SecretString};
use age::{DecryptError, Decryptor, EncryptError, Encryptor};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use std::str::FromStr;

/// How a file of this kind begins.
const BEGINS: &[u8] = b"age-encryption.org/";
/// Work of a passphrase, as a power of two: 128 MiB and well under a second on an ordinary machine.
const WORK: u8 = 17;
/// The most work a file may ask for, 256 MiB: what the `age` tool itself writes; more could stop a weak machine.
const MOST_WORK: u8 = 18;
/// How the last line of the head begins.
const HEAD_ENDS: &[u8] = b"\n---";
/// The longest head: room for some hundred keys.
const LONGEST_HEAD: u64 = 64 << 10;
/// A shorter passphrase is no lock.
const SHORTEST: usize = 8;

/// What a backup is locked with.
pub enum Lock {
    /// Whoever knows the passphrase opens it.
    Passphrase(Passphrase),
    /// Whoever holds one of the keys opens it.
    Keys(Vec<age::x25519::Recipient>),
}

/// What opens a backup.
pub enum Opener {
    /// Nothing is at hand.
    None,
    /// A passphrase.
    Passphrase(Passphrase),
    /// Secret keys.
    Keys(Vec<age::x25519::Identity>),
}

/// A passphrase; it leaves memory when done with, and no one prints it.
pub struct Passphrase(SecretString);

impl Passphrase {
    /// A passphrase as typed or read; line ends around it do not count.
    pub fn new(text: &str) -> Passphrase {
        Passphrase(SecretString::from(text.trim_matches(['\r', '\n']).to_owned()))
    }

    /// Whether two are the same.
    pub fn is(&self, other: &Passphrase) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl Lock {
    /// Locks with a passphrase.
    ///
    /// # Errors
    /// [`BackupError::ShortPassphrase`] where it has fewer than eight characters.
    pub fn passphrase(passphrase: Passphrase) -> Result<Lock, BackupError> {
        if passphrase.0.expose_secret().chars().count() < SHORTEST {
            return Err(BackupError::ShortPassphrase { least: SHORTEST });
        }
        Ok(Lock::Passphrase(passphrase))
    }

    /// Locks to public keys, each as `age1…`.
    ///
    /// # Errors
    /// [`BackupError::BadKey`] for a text that is none.
    pub fn keys(texts: &[String]) -> Result<Lock, BackupError> {
        let read = |text: &String| {
            age::x25519::Recipient::from_str(text.trim())
                .map_err(|_| BackupError::BadKey { text: text.clone() })
        };
        Ok(Lock::Keys(texts.iter().map(read).collect::<Result<_, _>>()?))
    }

    /// The public keys it locks to; none where a passphrase opens it.
    pub fn readers(&self) -> Vec<String> {
        match self {
            Lock::Passphrase(_) => Vec::new(),
            Lock::Keys(keys) => keys.iter().map(ToString::to_string).collect(),
        }
    }

    /// Locks bytes, in memory.
    ///
    /// # Errors
    /// Where the system has no random numbers.
    pub fn locked(&self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut locked = Vec::new();
        lock(self, bytes, &mut locked)?;
        Ok(locked)
    }
}

impl Opener {
    /// The secret keys of an identity file: one `AGE-SECRET-KEY-1…` on a line, `#` begins a remark.
    ///
    /// # Errors
    /// [`BackupError::NoKeys`] where it holds none, or a line that is neither; the line itself is never shown.
    pub fn identities(path: &Path, text: &str) -> Result<Opener, BackupError> {
        let lines = text.lines().map(str::trim).enumerate();
        let mut keys = Vec::new();
        for (at, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
            let key = age::x25519::Identity::from_str(line);
            keys.push(key.map_err(|_| BackupError::NoKeys { path: path.to_owned(), line: Some(at + 1) })?);
        }
        if keys.is_empty() {
            return Err(BackupError::NoKeys { path: path.to_owned(), line: None });
        }
        Ok(Opener::Keys(keys))
    }

    /// Opens the locked file at `path`, in memory.
    ///
    /// # Errors
    /// [`BackupError`] where this does not open it, or it was changed or cut.
    pub fn opened(&self, path: &Path) -> Result<Vec<u8>, BackupError> {
        let file = std::fs::File::open(path).map_err(|error| unreadable(path, error))?;
        let mut bytes = Vec::new();
        let mut clear = unlock(path, self, io::BufReader::new(file))?;
        clear.read_to_end(&mut bytes).map_err(|error| unreadable(path, error))?;
        Ok(bytes)
    }
}

/// Whether a file that begins so is locked.
pub(super) fn is_locked(head: &[u8]) -> bool {
    head.starts_with(BEGINS)
}

/// Locks everything that `from` holds into `to`.
pub(super) fn lock(lock: &Lock, mut from: impl Read, to: impl Write) -> io::Result<()> {
    let encryptor = match lock {
        Lock::Passphrase(passphrase) => {
            let mut recipient = age::scrypt::Recipient::new(passphrase.0.clone());
            recipient.set_work_factor(WORK);
            Encryptor::with_recipients(std::iter::once(&recipient as _))
        }
        Lock::Keys(keys) => Encryptor::with_recipients(keys.iter().map(|key| key as _)),
    };
    let encryptor = encryptor.map_err(|error| match error {
        EncryptError::Io(error) => error,
        other => io::Error::new(ErrorKind::InvalidInput, other.to_string()),
    })?;
    let mut to = encryptor.wrap_output(to)?;
    io::copy(&mut from, &mut to)?;
    to.finish()?.flush()
}

/// Opens a locked file; what is read from the answer is proved piece by piece, and ends in an error where it was cut.
pub(super) fn unlock<R: Read>(path: &Path, opener: &Opener, from: R) -> Result<impl Read, BackupError> {
    let decryptor = Decryptor::new(begun(path, from)?).map_err(|error| refused(path, false, error))?;
    let by_passphrase = decryptor.is_scrypt();
    let opened = match opener {
        Opener::Passphrase(passphrase) if by_passphrase => {
            let mut identity = age::scrypt::Identity::new(passphrase.0.clone());
            identity.set_max_work_factor(MOST_WORK);
            decryptor.decrypt(std::iter::once(&identity as _))
        }
        Opener::Keys(keys) if !by_passphrase => decryptor.decrypt(keys.iter().map(|key| key as _)),
        _ => return Err(BackupError::Locked { path: path.to_owned(), by_passphrase }),
    };
    opened.map_err(|error| refused(path, by_passphrase, error))
}

/// The same bytes, once it is seen that their head ends: one of any length would be held in memory, and looked at again
/// from its beginning with every line.
fn begun<R: Read>(path: &Path, mut from: R) -> Result<impl Read, BackupError> {
    let mut head = Vec::new();
    let at = |error| BackupError::Io { path: path.to_owned(), error };
    (&mut from).take(LONGEST_HEAD).read_to_end(&mut head).map_err(at)?;
    if !head.windows(HEAD_ENDS.len()).any(|bytes| bytes == HEAD_ENDS) {
        return Err(BackupError::Altered { path: path.to_owned() });
    }
    Ok(io::Cursor::new(head).chain(from))
}

/// The lock that decrypts what it locked itself: only a passphrase can, a public key cannot.
pub(super) fn opener_of(lock: &Lock) -> Option<Opener> {
    match lock {
        Lock::Passphrase(passphrase) => Some(Opener::Passphrase(Passphrase(passphrase.0.clone()))),
        Lock::Keys(_) => None,
    }
}

/// Why a file does not open.
fn refused(path: &Path, by_passphrase: bool, error: DecryptError) -> BackupError {
    let path = path.to_owned();
    match error {
        DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed | DecryptError::NoMatchingKeys => {
            BackupError::WrongKey { path, by_passphrase }
        }
        DecryptError::ExcessiveWork { .. } => BackupError::TooMuchWork { path },
        DecryptError::UnknownFormat => BackupError::NotABackup { path },
        DecryptError::Io(error) => unreadable(&path, error),
        _ => BackupError::Altered { path },
    }
}

/// An error while reading on: the cipher reports damage and a cut as such, the rest is the disk's.
pub(super) fn unreadable(path: &Path, error: io::Error) -> BackupError {
    let path = path.to_owned();
    match error.kind() {
        ErrorKind::InvalidData | ErrorKind::UnexpectedEof => BackupError::Altered { path },
        _ => BackupError::Io { path, error },
    }
}
