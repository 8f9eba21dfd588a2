//! The key of the hub: identities sealed, and digests by which equal ones are found.
//!
//! It is worked out of a secret that the city's own ledger keeps and no server ever
//! sees. Who has the database alone has amounts, times and masked names.

use super::HubFault;
use crate::domain::{Digest, Key};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

const NONCE: usize = 24;

/// A facility, by the digest of its code: the same on every server, and asked of nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FacilityId(pub(super) i64);

impl FacilityId {
    /// Of a code, such as `H14090200001`.
    pub fn of(code: &str) -> FacilityId {
        let digest = Digest::of(code.as_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&digest.bytes()[..8]);
        // Never below zero, so that ranges of facilities are easily written.
        FacilityId(i64::from_be_bytes(first) & i64::MAX)
    }

    /// The number itself.
    pub fn number(self) -> i64 {
        self.0
    }

    /// A key as it stands in the rows of this facility: another in each, so that equal texts of two never meet.
    pub fn mixed(self, key: Key) -> Key {
        Key::of_mark(key.bits() ^ self.0.cast_unsigned())
    }
}

/// Seals and marks.
#[derive(Clone)]
pub struct HubKey {
    cipher: XChaCha20Poly1305,
    marks: Hmac<Sha256>,
    proof: [u8; 32],
}

impl HubKey {
    /// Of the secret that the city's ledger derives for its hub.
    pub fn of(secret: &Zeroizing<[u8; 32]>) -> HubKey {
        let marks = Hmac::<Sha256>::new_from_slice(&secret[..]).expect("HMAC takes a key of any length");
        let part = |purpose: &[u8]| -> [u8; 32] {
            marks.clone().chain_update(purpose).finalize().into_bytes().into()
        };
        let cipher = Zeroizing::new(part(b"cipher"));
        HubKey {
            cipher: XChaCha20Poly1305::new_from_slice(&cipher[..]).expect("a key of 32 bytes"),
            proof: part(b"proof"),
            marks: Hmac::new_from_slice(&Zeroizing::new(part(b"marks"))[..]).expect("HMAC takes any key"),
        }
    }

    /// What shows that a hub is of this key.
    pub(super) fn proof(&self) -> [u8; 32] {
        self.proof
    }

    fn mark(&self, purpose: &str, text: &str) -> [u8; 32] {
        let mac = self.marks.clone().chain_update(purpose).chain_update([0]).chain_update(text);
        mac.finalize().into_bytes().into()
    }

    /// Stands for an identity within a facility; `None` for an empty one. `what` is `cert` or `psn`.
    pub fn key(&self, facility: FacilityId, what: &str, text: &str) -> Option<Key> {
        if text.is_empty() {
            return None;
        }
        let mark = self.mark(what, text);
        let mut first = [0; 8];
        first.copy_from_slice(&mark[..8]);
        Some(facility.mixed(Key::of_mark(u64::from_be_bytes(first))))
    }

    /// Stands for a person in the whole city: by the identity number, else by the platform's number.
    pub fn person(&self, id_no: &str, psn_no: &str) -> Option<Uuid> {
        let (what, text) = if id_no.is_empty() { ("city psn", psn_no) } else { ("city cert", id_no) };
        (!text.is_empty()).then(|| self.id(what, text.as_bytes()))
    }

    /// A keyed digest as an id.
    pub fn id(&self, what: &str, bytes: &[u8]) -> Uuid {
        let mac = self.marks.clone().chain_update(what).chain_update([0]).chain_update(bytes);
        let mark: [u8; 32] = mac.finalize().into_bytes().into();
        let mut half = [0; 16];
        half.copy_from_slice(&mark[..16]);
        Uuid::from_bytes(half)
    }

    /// Seals a text for one row.
    pub fn seal(&self, row: &Uuid, clear: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).expect("the system has random bits");
        let payload = Payload { msg: clear, aad: row.as_bytes() };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload).expect("a row is no gigabytes");
        [&nonce[..], &sealed].concat()
    }

    /// Opens it again.
    ///
    /// # Errors
    /// [`HubFault::Sealed`] where it was changed, or is another row's.
    pub fn open(&self, row: &Uuid, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, HubFault> {
        let (nonce, text) = sealed.split_at_checked(NONCE).ok_or(HubFault::Sealed)?;
        let mut first = [0; NONCE];
        first.copy_from_slice(nonce);
        let payload = Payload { msg: text, aad: row.as_bytes() };
        let clear = self.cipher.decrypt(&XNonce::from(first), payload);
        clear.map(Zeroizing::new).map_err(|_| HubFault::Sealed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_in_its_own_row_alone() {
        let key = HubKey::of(&Zeroizing::new([7; 32]));
        let (row, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let sealed = key.seal(&row, "王试一".as_bytes());
        assert_eq!(&**key.open(&row, &sealed).unwrap(), "王试一".as_bytes());
        assert!(!sealed.windows(3).any(|bytes| bytes == "王".as_bytes()));
        assert!(matches!(key.open(&other, &sealed), Err(HubFault::Sealed)));
        assert!(matches!(HubKey::of(&Zeroizing::new([8; 32])).open(&row, &sealed), Err(HubFault::Sealed)));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(key.open(&row, &changed).is_err(), "{at}");
        }
        assert!(key.open(&row, &sealed[..9]).is_err());
    }

    #[test]
    fn one_person_has_one_digest_in_the_city_and_another_key_in_each_facility() {
        let key = HubKey::of(&Zeroizing::new([7; 32]));
        let (one, other) = (FacilityId::of("H1"), FacilityId::of("H2"));
        let no = "119900199001011234";
        assert_eq!(key.person(no, ""), key.person(no, "P1"));
        assert_ne!(key.person(no, ""), key.person("", no));
        assert_eq!(key.person("", ""), None);
        assert_ne!(key.key(one, "cert", no), key.key(other, "cert", no));
        assert_eq!(key.key(one, "cert", no), key.key(one, "cert", no));
        assert!(one.number() >= 0 && other.number() >= 0);
    }
}
