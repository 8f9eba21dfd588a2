//! Digests and match keys.
//!
//! A [`Digest`] proves content (event chain, manifests, files). A [`Key`] only
//! finds equal values fast and without keeping them in memory: matching holds
//! no identity.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use siphasher::sip::SipHasher13;
use std::fmt;
use std::hash::Hasher as _;
use std::num::NonZeroU64;
use std::str::FromStr;

/// A SHA-256.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// What stands before the first event of a chain.
    pub const NONE: Digest = Digest([0; 32]);

    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Digest {
        Digest(Sha256::digest(bytes).into())
    }

    /// A digest read back from the ledger.
    pub fn from_bytes(bytes: [u8; 32]) -> Digest {
        Digest(bytes)
    }

    /// Its 32 bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first eight hexadecimal digits in two groups, to compare by eye or over the phone.
    pub fn short(&self) -> String {
        let hex = self.to_string();
        format!("{}-{}", &hex[..4], &hex[4..8])
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&[hex(byte >> 4), hex(byte & 15)]);
        }
        f.write_str(std::str::from_utf8(&text).expect("hexadecimal digits are ASCII"))
    }
}

fn hex(half: u8) -> u8 {
    b"0123456789abcdef"[usize::from(half)]
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({})", self.short())
    }
}

impl FromStr for Digest {
    type Err = String;

    fn from_str(text: &str) -> Result<Digest, String> {
        let fail = || format!("`{text}` is not a SHA-256 in hexadecimal");
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(fail());
        }
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| fail())?;
        }
        Ok(Digest(bytes))
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> String {
        digest.to_string()
    }
}

impl TryFrom<String> for Digest {
    type Error = String;

    fn try_from(text: String) -> Result<Digest, String> {
        text.parse()
    }
}

/// A digest in the making, fed piece by piece.
#[derive(Clone, Default)]
pub struct Digester(Sha256);

impl Digester {
    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Adds one part with its length before it, so that parts cannot be read two ways.
    pub fn part(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    /// The digest of all that was added.
    pub fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

/// A 64-bit stand-in for a text that only has to be compared, always with a second thing beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(NonZeroU64);

impl Key {
    /// The key of `text`; `None` for an empty text, which equals nothing.
    pub fn of(text: &str) -> Option<Key> {
        if text.is_empty() {
            return None;
        }
        let mut hasher = SipHasher13::new();
        hasher.write(text.as_bytes());
        Some(Key::of_mark(hasher.finish()))
    }

    /// The key of a value whose keyed digest begins with `mark`.
    pub fn of_mark(mark: u64) -> Key {
        Key(NonZeroU64::new(mark).unwrap_or(NonZeroU64::MIN))
    }

    /// The bits that [`Key::of_mark`] makes it of again.
    pub fn bits(self) -> u64 {
        self.0.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_reads_back() {
        let digest = Digest::of(b"guazhang");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!(Digest::of(b"").short(), "e3b0-c442");
        assert!("zz".parse::<Digest>().is_err());
    }

    #[test]
    fn an_empty_text_has_no_key() {
        assert_eq!(Key::of(""), None);
        assert_eq!(Key::of("A1"), Key::of("A1"));
        assert_ne!(Key::of("A1"), Key::of("A2"));
    }
}
