//! Sealing: what may be read only with the ledger key, and digests by which it
//! is found without being read.
//!
//! A sealed value is `[algorithm][nonce, 24 bytes][ciphertext and tag]`, bound to
//! its place (table, column, row): moved elsewhere, it does not open. Algorithm 1
//! is XChaCha20-Poly1305; algorithm 0 is the bare value, in ledgers made with
//! `--no-encrypt`. Other ids are free for other ciphers. Who holds the key is the
//! keyring's business.

use crate::domain::Key;
use crate::store::StoreError;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use std::sync::atomic::{AtomicU64, Ordering};
use zeroize::Zeroizing;

/// The key of one ledger, from which all others are derived.
pub(super) type LedgerKey = Zeroizing<[u8; 32]>;

/// The value stands bare: the ledger was made without encryption.
const BARE: u8 = 0;
/// XChaCha20-Poly1305.
const XCHACHA: u8 = 1;
const NONCE: usize = 24;

/// Where a sealed value stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// Table and column, such as `person.sealed`.
    pub(super) column: &'static str,
    /// What makes the row the row it is.
    pub(super) row: &'a [u8],
}

/// A keyed digest of 128 bits: equal values have equal marks, and only the ledger key makes them.
pub(super) type Mark = [u8; 16];

/// What the ledger key can do while a ledger is unlocked.
pub(super) struct Sealer {
    /// `None` where the ledger was made without encryption.
    cipher: Option<XChaCha20Poly1305>,
    marker: Hmac<Sha256>,
    /// Sixteen random bytes that no other run has; with the count they never repeat.
    run: [u8; 16],
    sealed: AtomicU64,
}

impl Sealer {
    pub(super) fn new(key: &LedgerKey, encrypted: bool) -> Result<Sealer, StoreError> {
        let cipher = XChaCha20Poly1305::new_from_slice(&*derived(key, b"guazhang seal 1"))
            .expect("a key has 32 bytes");
        let marker = Hmac::new_from_slice(&*derived(key, b"guazhang mark 1")).expect("HMAC takes any key");
        let mut run = [0; 16];
        fill(&mut run)?;
        Ok(Sealer { cipher: encrypted.then_some(cipher), marker, run, sealed: AtomicU64::new(0) })
    }

    /// Whether values stand bare here.
    pub(super) fn is_bare(&self) -> bool {
        self.cipher.is_none()
    }

    /// Seals a value for its place.
    pub(super) fn seal(&self, place: Place<'_>, plain: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::with_capacity(1 + NONCE + plain.len() + 16);
        let Some(cipher) = &self.cipher else {
            sealed.push(BARE);
            sealed.extend_from_slice(plain);
            return sealed;
        };
        let mut nonce = [0; NONCE];
        nonce[..16].copy_from_slice(&self.run);
        nonce[16..].copy_from_slice(&self.sealed.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        let payload = Payload { msg: plain, aad: &bound_to(place) };
        let body = cipher
            .encrypt(&XNonce::from(nonce), payload)
            .expect("the value is shorter than the cipher's limit");
        sealed.push(XCHACHA);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&body);
        sealed
    }

    /// Opens a value at its place.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where it was changed, moved, or sealed under another key.
    pub(super) fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let damaged = || StoreError::Damaged { text: format!("{} does not open", place.column) };
        match (sealed.split_first(), &self.cipher) {
            (Some((&BARE, plain)), None) => Ok(Zeroizing::new(plain.to_vec())),
            (Some((&XCHACHA, rest)), Some(cipher)) if rest.len() > NONCE => {
                let (nonce, body) = rest.split_at(NONCE);
                let nonce = XNonce::try_from(nonce).map_err(|_| damaged())?;
                let payload = Payload { msg: body, aad: &bound_to(place) };
                cipher.decrypt(&nonce, payload).map(Zeroizing::new).map_err(|_| damaged())
            }
            _ => Err(damaged()),
        }
    }

    /// The keyed digest of a value; `what` keeps equal texts of different kinds apart.
    pub(super) fn mark(&self, what: &'static str, value: &[u8]) -> Mark {
        let mut marker = self.marker.clone();
        marker.update(what.as_bytes());
        marker.update(&[0]);
        marker.update(value);
        let whole = marker.finalize().into_bytes();
        whole[..16].try_into().expect("a digest is longer than a mark")
    }

    /// The same of a text, where there is one.
    pub(super) fn mark_text(&self, what: &'static str, text: &str) -> Option<Mark> {
        (!text.is_empty()).then(|| self.mark(what, text.as_bytes()))
    }

    /// Thirty-two bytes of keyed digest, for what is known again by a full digest.
    pub(super) fn long_mark(&self, what: &'static str, value: &[u8]) -> [u8; 32] {
        let mut marker = self.marker.clone();
        marker.update(what.as_bytes());
        marker.update(&[0]);
        marker.update(value);
        marker.finalize().into_bytes().into()
    }
}

/// A mark as matching compares it.
pub(super) fn key_of(mark: Option<Mark>) -> Option<Key> {
    mark.map(|mark| Key::of_mark(u64::from_be_bytes(mark[..8].try_into().expect("a mark has sixteen bytes"))))
}

/// Random bytes from the system.
pub(super) fn fill(bytes: &mut [u8]) -> Result<(), StoreError> {
    getrandom::fill(bytes)
        .map_err(|error| StoreError::NotPermitted { text: format!("no random numbers: {error}") })
}

/// A key for one purpose out of the ledger key.
pub(super) fn derived(key: &[u8; 32], purpose: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, key).expand(purpose, &mut *out).expect("32 bytes are within HKDF's limit");
    out
}

/// What is authenticated with a value besides itself.
fn bound_to(place: Place<'_>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(place.column.len() + 1 + place.row.len());
    bytes.extend_from_slice(place.column.as_bytes());
    bytes.push(0);
    bytes.extend_from_slice(place.row);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Place<'static> = Place { column: "person.sealed", row: b"1" };

    fn sealer(key: u8, encrypted: bool) -> Sealer {
        Sealer::new(&Zeroizing::new([key; 32]), encrypted).unwrap()
    }

    #[test]
    fn a_value_opens_only_in_its_place_and_with_its_key() {
        let sealer_of_one = sealer(1, true);
        let sealed = sealer_of_one.seal(HERE, "王试一".as_bytes());
        assert_eq!(*sealer_of_one.open(HERE, &sealed).unwrap(), "王试一".as_bytes());
        assert!(!sealed.windows(3).any(|bytes| bytes == "王".as_bytes()));
        let elsewhere =
            [Place { column: "person.sealed", row: b"2" }, Place { column: "record.private", row: b"1" }];
        for place in elsewhere {
            assert!(sealer_of_one.open(place, &sealed).is_err(), "{place:?}");
        }
        assert!(sealer(2, true).open(HERE, &sealed).is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(sealer_of_one.open(HERE, &changed).is_err(), "byte {at}");
        }
    }

    #[test]
    fn equal_values_are_sealed_differently_and_marked_equally() {
        let sealer = sealer(1, true);
        assert_ne!(sealer.seal(HERE, b"x"), sealer.seal(HERE, b"x"));
        assert_eq!(sealer.mark("name", b"x"), sealer.mark("name", b"x"));
        assert_ne!(sealer.mark("name", b"x"), sealer.mark("phone", b"x"));
        assert_ne!(sealer.mark("name", b"x"), super::tests::sealer(2, true).mark("name", b"x"));
        assert_eq!(sealer.mark_text("name", ""), None);
    }

    #[test]
    fn a_bare_value_does_not_pass_for_a_sealed_one() {
        let bare = sealer(1, false).seal(HERE, b"x");
        assert_eq!(bare, [0, b'x']);
        assert!(sealer(1, true).open(HERE, &bare).is_err());
        assert_eq!(*sealer(1, false).open(HERE, &bare).unwrap(), b"x");
    }
}
