//! Ids of records: a UUIDv7 for machines, a short number for people.

use crate::domain::Time;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// The id of a record: a UUIDv7, never shown to a cashier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecordId(Uuid);

impl RecordId {
    /// A new id from the time and 80 random bits.
    pub fn new(now: Time, random: [u8; 10]) -> RecordId {
        RecordId(uuid::Builder::from_unix_timestamp_millis(now.unix_millis(), &random).into_uuid())
    }

    /// An id read back from the ledger.
    pub fn from_bytes(bytes: [u8; 16]) -> RecordId {
        RecordId(Uuid::from_bytes(bytes))
    }

    /// Its 16 bytes.
    pub fn bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The number that people see: the station's prefix and its own count, `A1-0007`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ShortNumber {
    station: String,
    count: u32,
}

impl ShortNumber {
    /// The `count`-th number of `station`; `None` where the station's name is not one to four ASCII letters or digits.
    pub fn new(station: &str, count: u32) -> Option<ShortNumber> {
        let plain = station.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        let named = plain && (1..=4).contains(&station.len()) && count > 0;
        named.then(|| ShortNumber { station: station.to_owned(), count })
    }

    /// The station's prefix.
    pub fn station(&self) -> &str {
        &self.station
    }

    /// The station's own count, from 1.
    pub fn count(&self) -> u32 {
        self.count
    }
}

impl fmt::Display for ShortNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}-{:04}", self.station, self.count))
    }
}

impl FromStr for ShortNumber {
    type Err = String;

    /// Reads `A1-0007`, also `a1-7`.
    fn from_str(text: &str) -> Result<ShortNumber, String> {
        let (station, count) = text.trim().rsplit_once('-').unwrap_or_default();
        let digits = !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit());
        let count = if digits { count.parse().unwrap_or(0) } else { 0 };
        ShortNumber::new(&station.to_ascii_uppercase(), count)
            .ok_or_else(|| format!("`{text}` is not a number such as A1-0007"))
    }
}

impl From<ShortNumber> for String {
    fn from(number: ShortNumber) -> String {
        number.to_string()
    }
}

impl TryFrom<String> for ShortNumber {
    type Error = String;

    fn try_from(text: String) -> Result<ShortNumber, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_numbers_as_people_write_them() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("A1-0007",  Some("A1-0007")),
            ("a1-7",     Some("A1-0007")),
            ("A1-12345", Some("A1-12345")),
            ("A1-0",     None),
            ("A1",       None),
            ("-7",       None),
            ("挂-7",      None),
            ("TOOLONG-1", None),
        ];
        for (text, want) in cases {
            assert_eq!(text.parse::<ShortNumber>().ok().map(|n| n.to_string()).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn ids_sort_by_time() {
        let at = |text: &str| RecordId::new(text.parse().unwrap(), [0xff; 10]);
        assert!(at("2021-10-29T10:20:00") < at("2021-10-29T10:20:01"));
    }
}
