//! One event of a chain as it travels: the line of an export and of a bundle, and
//! the hash that chains it to the one before.
//!
//! The text that is hashed stands in `docs/audit.md`, byte for byte. Where events
//! are kept, and what they do, is the ledger's business.

use crate::domain::{Digest, Time};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// What the hash of an event covers besides the hash before it.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
    /// Its number.
    pub seq: i64,
    /// When, Beijing time.
    pub at: Time,
    /// At which station.
    pub station: &'a str,
    /// By whom.
    pub operator: &'a str,
    /// What happened.
    pub kind: &'a str,
    /// To what.
    pub subject: &'a str,
    /// Row number of the record it touches.
    pub record: Option<i64>,
    /// Digest of what it left behind.
    pub content: Digest,
    /// What changed, as JSON text.
    pub detail: &'a str,
}

impl Link<'_> {
    /// The hash after `before`: SHA-256 of ten lines of text.
    pub fn hash_after(&self, before: Digest) -> Digest {
        let Link { seq, at, station, operator, kind, subject, content, detail, .. } = self;
        let record = self.record.map(|record| record.to_string()).unwrap_or_default();
        // Two digests and what is short take fewer bytes than this; most of a chain is in the rest.
        let mut lines = String::with_capacity(320 + detail.len());
        write!(
            lines,
            "{before}\n{seq}\n{at}\n{station}\n{operator}\n{kind}\n{subject}\n{record}\n{content}\n{detail}"
        )
        .expect("a text takes every word that is written to it");
        Digest::of(lines.as_bytes())
    }
}

/// An event as a line of JSON, in the order of what its hash covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainLine {
    /// The hash of the event before.
    pub before: Digest,
    /// Its number.
    pub seq: i64,
    /// When, Beijing time.
    pub at: Time,
    /// At which station.
    pub station: String,
    /// By whom.
    pub operator: String,
    /// What happened; a later edition may know more kinds.
    pub kind: String,
    /// To what.
    pub subject: String,
    /// Row number of the record it touches, in the ledger it comes from.
    pub record: Option<i64>,
    /// Digest of what it left behind.
    pub content: Digest,
    /// What changed, as JSON text.
    pub detail: String,
    /// Its hash.
    pub hash: Digest,
}

impl ChainLine {
    /// Whether its hash is that of what it says, and no field holds a line end, so that it was hashed in one way only.
    pub fn is_whole(&self) -> bool {
        let fields = [&self.station, &self.operator, &self.kind, &self.subject, &self.detail];
        let one_line = !fields.iter().any(|field| field.contains(['\n', '\r']));
        one_line && self.hash_now() == self.hash
    }

    /// The hash of what it says.
    pub fn hash_now(&self) -> Digest {
        self.link().hash_after(self.before)
    }

    fn link(&self) -> Link<'_> {
        let ChainLine { seq, at, station, operator, kind, subject, record, content, detail, .. } = self;
        Link {
            seq: *seq,
            at: *at,
            station,
            operator,
            kind,
            subject,
            record: *record,
            content: *content,
            detail,
        }
    }
}
