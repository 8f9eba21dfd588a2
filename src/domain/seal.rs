//! Seals: the head of the chain on a certain day, signed with the station's key.
//!
//! A chain alone cannot tell that it was written anew from its beginning. Whoever
//! keeps a seal, or its short code on paper, can: the ledger of today must still
//! hold that event with that hash. Nothing here reads a ledger or holds a private key.

use crate::closed_list;
use crate::domain::{Digest, Time};
use crate::text::{Explain, Label, Lang};
use ed25519_dalek::{Signature, VerifyingKey};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

closed_list! {
    /// What a seal was made for.
    SealReason as "why" {
        Asked = "asked", "人工封签", "by hand";
        Export = "export", "导出批次", "export";
        Backup = "backup", "备份", "backup";
        Shift = "shift", "班结", "shift close";
        Signoff = "signoff", "签字确认", "sign-off";
    }
}

/// Crockford's digits: no I, L, O or U, so that nothing is misread on paper.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// So many bits of the hash stand in a code.
const HASH_BITS: u32 = 85;
/// Digits of a code without its check digit: 35 bits of number, then the hash.
const CODE_DIGITS: u32 = 24;

/// The short form of a seal for paper: number and beginning of the hash of the last event, and a check digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealCode {
    seq: i64,
    start: u128,
}

/// Why a text is not a seal's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealCodeError {
    /// The text as given.
    pub text: String,
}

impl Explain for SealCodeError {
    fn what(&self, lang: Lang) -> String {
        match lang {
            Lang::Zh => format!("“{}”不是封签码", self.text),
            Lang::En => format!("`{}` is not the code of a seal", self.text),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        lang.pick(
            "封签码共 25 位，五位一组；请对照纸面重新输入",
            "a code has 25 characters in groups of five; compare it with the paper",
        )
        .to_owned()
    }
}

impl SealCode {
    /// The code of the event `seq` with that hash.
    pub fn of(seq: i64, hash: &Digest) -> SealCode {
        SealCode { seq, start: start(hash) }
    }

    /// The number of the sealed event.
    pub fn seq(&self) -> i64 {
        self.seq
    }

    /// Whether an event of this hash is the one that was sealed, as far as the code tells: 85 bits.
    pub fn fits(&self, hash: &Digest) -> bool {
        start(hash) == self.start
    }
}

fn start(hash: &Digest) -> u128 {
    let mut first = [0; 16];
    first.copy_from_slice(&hash.bytes()[..16]);
    u128::from_be_bytes(first) >> (128 - HASH_BITS)
}

/// The last `count` digits of `bits` in base 32, as their values.
fn digits(bits: u128, count: u32) -> Vec<u32> {
    (0..count).rev().map(|at| u32::try_from((bits >> (5 * at)) & 31).unwrap_or(0)).collect()
}

fn grouped(values: &[u32], size: usize) -> String {
    let group = |values: &[u32]| values.iter().map(|&v| char::from(DIGITS[v as usize & 31])).collect();
    values.chunks(size).map(group).collect::<Vec<String>>().join("-")
}

/// Sixteen digits to compare by eye, on paper or over the phone: 80 bits of the SHA-256 of `bytes`.
pub(super) fn fingerprint_of(bytes: &[u8]) -> String {
    grouped(&digits(start(&Digest::of(bytes)) >> (HASH_BITS - 80), 16), 4)
}

/// Luhn's sum in base 32: one wrong digit always shows, two that changed places nearly always.
fn check(values: &[u32]) -> u32 {
    let folded = |(at, value): (usize, &u32)| {
        let twice = value * if at % 2 == 0 { 2 } else { 1 };
        twice / 32 + twice % 32
    };
    let sum: u32 = values.iter().rev().enumerate().map(folded).sum();
    (32 - sum % 32) % 32
}

impl fmt::Display for SealCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seq = u128::from(self.seq.unsigned_abs());
        let mut values = digits(seq << HASH_BITS | self.start, CODE_DIGITS);
        values.push(check(&values));
        f.pad(&grouped(&values, 5))
    }
}

impl FromStr for SealCode {
    type Err = SealCodeError;

    /// Reads a code as it was copied by hand: case, blanks and hyphens do not matter, O is 0, I and L are 1.
    fn from_str(text: &str) -> Result<SealCode, SealCodeError> {
        let fail = || SealCodeError { text: text.to_owned() };
        let value = |ch: char| {
            let ch = match ch.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            DIGITS.iter().zip(0..).find(|(digit, _)| char::from(**digit) == ch).map(|(_, value)| value)
        };
        let kept = text.chars().filter(|ch| !ch.is_whitespace() && *ch != '-');
        let values: Vec<u32> = kept.map(value).collect::<Option<_>>().ok_or_else(fail)?;
        let Some((last, values)) = values.split_last() else { return Err(fail()) };
        if values.len() != CODE_DIGITS as usize || check(values) != *last {
            return Err(fail());
        }
        let bits = values.iter().fold(0_u128, |bits, value| bits << 5 | u128::from(*value));
        let seq = i64::try_from(bits >> HASH_BITS).map_err(|_| fail())?;
        Ok(SealCode { seq, start: bits & ((1 << HASH_BITS) - 1) })
    }
}

/// The public key of a station, 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct StationKey([u8; 32]);

impl StationKey {
    /// A key read back from the ledger.
    pub fn from_bytes(bytes: [u8; 32]) -> StationKey {
        StationKey(bytes)
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Sixteen digits to compare by eye, on paper or over the phone: 80 bits of its SHA-256.
    pub fn fingerprint(&self) -> String {
        fingerprint_of(&self.0)
    }

    /// The key as other tools read it (SubjectPublicKeyInfo, RFC 8410).
    pub fn pem(&self) -> String {
        let mut der = vec![0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
        der.extend_from_slice(&self.0);
        let text = data_encoding::BASE64.encode(&der);
        format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")
    }
}

impl fmt::Display for StationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for StationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StationKey({})", self.fingerprint())
    }
}

impl FromStr for StationKey {
    type Err = String;

    fn from_str(text: &str) -> Result<StationKey, String> {
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).ok();
        let key = bytes.and_then(|bytes| bytes.try_into().ok()).map(StationKey);
        key.ok_or_else(|| format!("`{text}` is not a key of 64 hexadecimal digits"))
    }
}

impl From<StationKey> for String {
    fn from(key: StationKey) -> String {
        key.to_string()
    }
}

impl TryFrom<String> for StationKey {
    type Error = String;

    fn try_from(text: String) -> Result<StationKey, String> {
        text.parse()
    }
}

/// The head of a ledger's chain, signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// Counts the seals of a ledger, from 1.
    pub number: i64,
    /// UUID of the ledger.
    pub ledger: String,
    /// Station that signed.
    pub station: String,
    /// Number of the sealed event: the last one then.
    pub seq: i64,
    /// Its hash.
    pub hash: Digest,
    /// When, Beijing time.
    pub at: Time,
    /// By whom.
    pub operator: String,
    /// On what occasion.
    pub why: SealReason,
    /// What was said about it, one line; printed, so never an identity.
    pub note: String,
    /// Ed25519, 128 hexadecimal digits.
    pub signature: String,
}

impl Seal {
    /// The text that is signed: ten lines of UTF-8 joined by line feeds.
    pub fn text(&self) -> String {
        let Seal { number, ledger, station, seq, hash, at, operator, why, note, .. } = self;
        let why = why.id();
        format!(
            "guazhang seal 1\n{ledger}\n{number}\n{station}\n{seq}\n{hash}\n{at}\n{operator}\n{why}\n{note}"
        )
    }

    /// Its short form for paper.
    pub fn code(&self) -> SealCode {
        SealCode::of(self.seq, &self.hash)
    }

    /// Whether that key signed exactly this.
    pub fn is_signed_by(&self, key: &StationKey) -> bool {
        let signature = data_encoding::HEXLOWER_PERMISSIVE.decode(self.signature.as_bytes());
        let signature = signature.ok().and_then(|bytes| Signature::from_slice(&bytes).ok());
        let key = VerifyingKey::from_bytes(&key.0).ok();
        let one_line = ![&self.ledger, &self.station, &self.operator, &self.note]
            .iter()
            .any(|field| field.contains(['\n', '\r']));
        key.zip(signature)
            .is_some_and(|(key, sig)| one_line && key.verify_strict(self.text().as_bytes(), &sig).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer, SigningKey};
    use proptest::prelude::*;

    #[test]
    fn a_code_reads_back_as_it_is_written_by_hand() {
        let hash = Digest::of(b"guazhang");
        let code = SealCode::of(1_234, &hash);
        let text = code.to_string();
        assert_eq!(text.len(), 29);
        #[rustfmt::skip] // the columns are the point
        let cases = [
            (text.clone(),                                     true),
            (text.to_lowercase().replace('-', " "),            true),
            (text.replace('0', "O").replace('1', "l"),         true),
            (text[..28].to_owned(),                            false),
            (format!("{text}0"),                               false),
            (text.replace('-', "").replacen(&text[..1], "U", 1), false),
            (String::new(),                                    false),
        ];
        for (text, reads) in cases {
            assert_eq!(text.parse().ok(), reads.then_some(code), "{text}");
        }
        assert!(code.fits(&hash) && !code.fits(&Digest::of(b"other")));
    }

    proptest! {
        #[test]
        fn one_wrong_digit_shows(seq in 1..1_i64 << 35, bytes: [u8; 32], at in 0..25_usize, other in 0..32_usize) {
            let code = SealCode::of(seq, &Digest::from_bytes(bytes));
            let mut text: Vec<u8> = code.to_string().replace('-', "").into_bytes();
            prop_assert_eq!(String::from_utf8_lossy(&text).parse(), Ok(code));
            let same = text[at] == DIGITS[other];
            text[at] = DIGITS[other];
            prop_assert_eq!(String::from_utf8_lossy(&text).parse::<SealCode>().is_ok(), same);
        }
    }

    #[test]
    fn a_signature_covers_every_field() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let public = StationKey::from_bytes(key.verifying_key().to_bytes());
        let mut seal = Seal {
            number: 1,
            ledger: "018f".into(),
            station: "A1".into(),
            seq: 7,
            hash: Digest::of(b"7"),
            at: "2021-10-29T10:20:00".parse().unwrap(),
            operator: "王".into(),
            why: SealReason::Asked,
            note: "月底".into(),
            signature: String::new(),
        };
        seal.signature = data_encoding::HEXLOWER.encode(&key.sign(seal.text().as_bytes()).to_bytes());
        assert!(seal.is_signed_by(&public));
        assert!(!seal.is_signed_by(&StationKey::from_bytes([7; 32])));
        let changes: &[fn(&mut Seal)] = &[
            |s| s.number += 1,
            |s| s.ledger.push('0'),
            |s| s.station.push('0'),
            |s| s.seq += 1,
            |s| s.hash = Digest::of(b"8"),
            |s| s.at = s.at.plus_seconds(1),
            |s| s.operator.push('0'),
            |s| s.why = SealReason::Export,
            |s| s.note.push('0'),
            |s| s.signature.replace_range(..1, "z"),
        ];
        for change in changes {
            let mut other = seal.clone();
            change(&mut other);
            assert!(!other.is_signed_by(&public), "{other:?}");
        }
        assert_eq!(public.to_string().parse(), Ok(public));
        assert_eq!(public.fingerprint().len(), 19);
    }
}
