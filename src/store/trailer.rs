//! The last line of a backup: the SHA-256 of everything before it.
//!
//! SQLite knows from the head of a file how many pages it has, and passes over
//! what follows, so a backup with this line is still a database that any tool
//! opens. The line shows every changed byte, also where nothing is stored. It
//! proves that a copy is whole, not who made it: that is for the event chain.

use crate::domain::Digest;
use crate::store::scratch;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

const LEAD: &str = "\nguazhang backup 1 sha256 ";
/// Lead, 64 digits and a line feed; no multiple of a page, so that half of it shows too.
const LENGTH: usize = LEAD.len() + 64 + 1;

/// What the end of a file says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// The line is there and agrees; so long is the file without it.
    Agrees {
        /// Bytes before the line.
        length: u64,
    },
    /// The line is there, and the file is not what it was.
    Altered,
    /// There is no such line.
    Missing,
}

/// Appends the line; the digest it names.
pub(super) fn append(path: &Path) -> io::Result<Digest> {
    let digest = scratch::digest_of(path)?;
    let mut file = OpenOptions::new().append(true).open(path)?;
    file.write_all(format!("{LEAD}{digest}\n").as_bytes())?;
    Ok(digest)
}

/// Reads the line and everything before it.
pub(super) fn read(path: &Path) -> io::Result<Seen> {
    let mut file = File::open(path)?;
    let Some(length) = file.metadata()?.len().checked_sub(LENGTH as u64) else { return Ok(Seen::Missing) };
    let mut line = [0; LENGTH];
    file.seek(SeekFrom::Start(length))?;
    file.read_exact(&mut line)?;
    if !line.starts_with(LEAD.as_bytes()) {
        return Ok(Seen::Missing);
    }
    file.seek(SeekFrom::Start(0))?;
    let told = std::str::from_utf8(&line[LEAD.len()..]).ok().and_then(|text| text.strip_suffix('\n'));
    // Compared as text: a digit in another case is a changed byte too.
    let digest = scratch::digest_from(file.take(length))?.to_string();
    Ok(if told == Some(digest.as_str()) { Seen::Agrees { length } } else { Seen::Altered })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_changed_byte_shows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("copy.db");
        std::fs::write(&path, "some pages").unwrap();
        append(&path).unwrap();
        assert_eq!(read(&path).unwrap(), Seen::Agrees { length: 10 });
        let whole = std::fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 0x20;
            std::fs::write(&path, &changed).unwrap();
            assert!(!matches!(read(&path).unwrap(), Seen::Agrees { .. }), "byte {at}");
        }
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            assert!(!matches!(read(&path).unwrap(), Seen::Agrees { .. }), "cut to {length}");
        }
    }
}
