//! The head of a bundle: whose it is, which stretch of the chain, and what is in it.

use super::{BundleFault, FORMAT, SCHEMA};
use crate::domain::{Digest, Money, StationKey, Time, is_ledger_id};
use serde::{Deserialize, Serialize};

/// Who seals a bundle, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// Code of the facility.
    pub facility: String,
    /// Its name.
    pub name: String,
    /// The station.
    pub station: String,
    /// UUID of its ledger.
    pub ledger: String,
    /// The key it signs with.
    pub key: StationKey,
    /// When, Beijing time; for people alone.
    pub at: Time,
    /// Whom it is sealed to, `age1…` each.
    pub to: Vec<String>,
    /// Code and name of each facility whose records are in it.
    pub facilities: Vec<(String, String)>,
}

/// What is in a bundle, found by going through it once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// The first event.
    pub first: i64,
    /// The last one.
    pub last: i64,
    /// The hash before the first.
    pub before: Digest,
    /// The hash of the last.
    pub head: Digest,
    /// How many events.
    pub events: u64,
    /// How many records something is said of.
    pub records: u64,
    /// What the records cost whose content is in it.
    pub total: Money,
    /// What was paid back for them.
    pub refunds: Money,
    /// The lines of the events: bytes and digest.
    pub events_part: PartSum,
    /// The lines of the records.
    pub records_part: PartSum,
}

/// Size and digest of one part, as it is before it is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartSum {
    /// How long.
    pub bytes: u64,
    /// SHA-256.
    pub sha256: Digest,
}

/// The header as it is written and signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of these fields.
    pub schema: u32,
    /// What the file is.
    pub format: String,
    /// Code of the facility.
    pub facility: String,
    /// Its name.
    pub name: String,
    /// The station.
    pub station: String,
    /// UUID of its ledger.
    pub ledger: String,
    /// The key it is signed with.
    pub key: StationKey,
    /// Whom it is sealed to.
    pub to: Vec<String>,
    /// When it was sealed, Beijing time; nothing is decided by it.
    pub sealed_at: Time,
    /// The first event in it.
    pub first: i64,
    /// The last one.
    pub last: i64,
    /// The hash before the first: zeros where it is the first of the ledger.
    pub before: Digest,
    /// The hash of the last.
    pub head: Digest,
    /// How many events.
    pub events: u64,
    /// How many records something is said of.
    pub records: u64,
    /// What the records cost whose content is in it.
    pub total_fen: Money,
    /// What was paid back for them.
    pub refunds_fen: Money,
    /// Code and name of each facility whose records are in it.
    pub facilities: Vec<(String, String)>,
    /// The lines of the events.
    pub events_part: PartSum,
    /// The lines of the records.
    pub records_part: PartSum,
}

impl Header {
    /// The header of what was measured.
    pub fn new(about: About, measured: &Measured) -> Header {
        Header {
            schema: SCHEMA,
            format: FORMAT.to_owned(),
            facility: about.facility,
            name: about.name,
            station: about.station,
            ledger: about.ledger,
            key: about.key,
            to: about.to,
            sealed_at: about.at,
            first: measured.first,
            last: measured.last,
            before: measured.before,
            head: measured.head,
            events: measured.events,
            records: measured.records,
            total_fen: measured.total,
            refunds_fen: measured.refunds,
            facilities: about.facilities,
            events_part: measured.events_part,
            records_part: measured.records_part,
        }
    }

    /// Its one line.
    pub(super) fn line(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a header is made of texts and numbers")
    }

    /// What is signed: the format and a line feed before the line.
    pub(super) fn signed(line: &[u8]) -> Vec<u8> {
        [FORMAT.as_bytes(), b"\n", line].concat()
    }

    /// Reads the line of a header; what contradicts itself is refused.
    pub(super) fn read(line: &[u8]) -> Result<Header, BundleFault> {
        #[derive(Deserialize)]
        struct Version {
            schema: u32,
            format: String,
        }
        let wrong = |text: String| BundleFault::Header { text };
        let version: Version = serde_json::from_slice(line).map_err(|error| wrong(error.to_string()))?;
        if version.schema > SCHEMA {
            return Err(BundleFault::Newer { format: format!("{}, {}", version.format, version.schema) });
        }
        let header: Header = serde_json::from_slice(line).map_err(|error| wrong(error.to_string()))?;
        let count = header.last.checked_sub(header.first).and_then(|count| u64::try_from(count + 1).ok());
        let named = crate::domain::ShortNumber::new(&header.station, 1).is_some();
        let texts = [&header.facility, &header.name].into_iter();
        let texts = texts.chain(header.facilities.iter().flat_map(|(code, name)| [code, name]));
        let plain = texts.into_iter().all(|text| !text.contains(char::is_control));
        let codes = header.facilities.iter().all(|(code, _)| !code.is_empty());
        let begins = (header.first == 1) == (header.before == Digest::NONE);
        let fits = header.format == FORMAT
            && header.first > 0
            && count == Some(header.events)
            && begins
            && named
            && is_ledger_id(&header.ledger)
            && header.events > 0
            && plain
            && codes
            && !header.facility.is_empty();
        if fits { Ok(header) } else { Err(wrong(header.format)) }
    }
}
