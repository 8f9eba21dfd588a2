//! The key that bundles are sealed to: worked out of the station's signing key, so
//! that every ledger has one, the oldest too, and nothing more has to be kept.
//!
//! A secret of its own (HKDF, another purpose) in the form that `age` reads: Bech32
//! of 32 bytes. What is encrypted to it, and how, is no business of this file.

use crate::domain::{Digest, PeerCard};
use crate::store::seal::derived;
use crate::store::{Ledger, StoreError};
use std::str::FromStr as _;
use zeroize::Zeroizing;

const PURPOSE: &[u8] = b"guazhang bundle 1";
const HUB: &[u8] = b"guazhang hub 1";
/// How a secret key of X25519 begins in `age`.
const PREFIX: &str = "age-secret-key-";
const DIGITS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

impl Ledger {
    /// What opens bundles that are sealed to this ledger: `AGE-SECRET-KEY-1…`.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while nobody has unlocked the ledger.
    pub fn bundle_secret(&self) -> Result<Zeroizing<String>, StoreError> {
        let secret = Zeroizing::new(self.signing_key()?.to_bytes());
        Ok(bech32(&derived(&secret, PURPOSE)))
    }

    /// The public keys of this ledger, to be trusted by others.
    ///
    /// # Errors
    /// As [`Ledger::bundle_secret`].
    pub fn card(&self) -> Result<PeerCard, StoreError> {
        let secret = self.bundle_secret()?;
        let identity = age::x25519::Identity::from_str(&secret)
            .map_err(|text| StoreError::Damaged { text: text.to_owned() })?;
        let books = self.books();
        let founding = self.founding();
        Ok(PeerCard {
            station: founding.station.clone(),
            ledger: books.ledger_id()?,
            key: books.station_key()?,
            recipient: identity.to_public().to_string(),
            facility: founding.facility.clone(),
            name: founding.name.split_whitespace().collect::<Vec<_>>().join(" "),
        })
    }

    /// What the hub of a city seals with, where this is the city's own ledger.
    ///
    /// # Errors
    /// As [`Ledger::bundle_secret`].
    pub fn hub_secret(&self) -> Result<Zeroizing<[u8; 32]>, StoreError> {
        let secret = Zeroizing::new(self.signing_key()?.to_bytes());
        Ok(derived(&secret, HUB))
    }

    /// The public keys of the hub: those of this ledger, under an id of its own. What the hub tells a facility is a
    /// chain beside that of the ledger.
    ///
    /// # Errors
    /// As [`Ledger::bundle_secret`].
    pub fn hub_card(&self) -> Result<PeerCard, StoreError> {
        let card = self.card()?;
        let id = Digest::of(format!("guazhang hub 1 {}", card.ledger).as_bytes()).to_string();
        Ok(PeerCard { ledger: id[..32].to_owned(), ..card })
    }
}

/// Bech32 (BIP 173) in capital letters.
fn bech32(bytes: &[u8; 32]) -> Zeroizing<String> {
    let mut values = Zeroizing::new(Vec::with_capacity(60));
    let (mut bits, mut have) = (0_u32, 0);
    for byte in bytes {
        (bits, have) = ((bits << 8 | u32::from(*byte)) & 0xfff, have + 8);
        while have >= 5 {
            have -= 5;
            values.push((bits >> have) & 31);
        }
    }
    if have > 0 {
        values.push((bits << (5 - have)) & 31);
    }
    let spread = PREFIX.bytes().map(|byte| u32::from(byte) >> 5);
    let spread = spread.chain([0]).chain(PREFIX.bytes().map(|byte| u32::from(byte) & 31));
    let sum = polymod(spread.chain(values.iter().copied()).chain([0; 6])) ^ 1;
    values.extend((0..6).rev().map(|at| (sum >> (5 * at)) & 31));
    let mut text = Zeroizing::new(String::with_capacity(PREFIX.len() + 1 + values.len()));
    text.push_str(PREFIX);
    text.push('1');
    text.extend(values.iter().map(|value| char::from(DIGITS[*value as usize & 31])));
    text.make_ascii_uppercase();
    text
}

fn polymod(values: impl Iterator<Item = u32>) -> u32 {
    const TAPS: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    values.fold(1, |sum, value| {
        let top = sum >> 25;
        let shifted = (sum & 0x01ff_ffff) << 5 ^ value;
        (0..5).zip(TAPS).filter(|(at, _)| top >> at & 1 == 1).fold(shifted, |sum, (_, tap)| sum ^ tap)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use age::secrecy::ExposeSecret as _;

    #[test]
    fn age_reads_every_key_that_is_made_here() {
        for seed in 0..=255_u8 {
            let bytes = derived(&[seed; 32], PURPOSE);
            let text = bech32(&bytes);
            let identity = age::x25519::Identity::from_str(&text).unwrap();
            assert_eq!(identity.to_string().expose_secret(), text.as_str());
        }
    }
}
