//! What a bundle changed, kept with the bundle: records with their new digests and
//! stages, and rows that tell of what others did. The proof replays it.

use crate::domain::{Digest, Stage, Verdict};
use crate::store::StoreError;
use crate::text::Label as _;
use flate2::Compression;
use flate2::read::{DeflateDecoder, DeflateEncoder};
use std::fmt::Write as _;
use std::io::Read as _;

/// Tables whose rows a bundle may bring besides records.
const TABLES: [&str; 3] = ["clearing", "facility", "refund"];

/// A record that a bundle wrote or moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MergedRecord {
    pub(super) record: i64,
    /// Digest of its row without stage and verdict.
    pub(super) frame: Digest,
    pub(super) version: i64,
    pub(super) stage: Stage,
    pub(super) verdict: Option<Verdict>,
}

/// Another row that a bundle wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MergedRow {
    pub(super) table: &'static str,
    pub(super) digest: Digest,
    pub(super) key: String,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct MergeLog {
    pub(super) records: Vec<MergedRecord>,
    pub(super) rows: Vec<MergedRow>,
}

impl MergeLog {
    /// As deflated text: a line `record ID DIGEST VERSION STAGE VERDICT` for each record, then a line `TABLE DIGEST KEY`
    /// for each row.
    pub(super) fn packed(&self) -> Result<Vec<u8>, StoreError> {
        let mut text = String::new();
        for MergedRecord { record, frame, version, stage, verdict } in &self.records {
            let verdict = verdict.map_or("-", |verdict| verdict.id());
            writeln!(text, "record {record} {frame} {version} {} {verdict}", stage.id())
                .expect("a text takes any line");
        }
        for MergedRow { table, digest, key } in &self.rows {
            writeln!(text, "{table} {digest} {key}").expect("a text takes any line");
        }
        let mut bytes = Vec::new();
        DeflateEncoder::new(text.as_bytes(), Compression::default())
            .read_to_end(&mut bytes)
            .map_err(|error| StoreError::Damaged { text: error.to_string() })?;
        Ok(bytes)
    }
}

/// Reads a log back; `None` where it is not one that a bundle wrote. Nothing at all is an empty one.
pub(super) fn read(bytes: &[u8]) -> Option<MergeLog> {
    let (mut text, mut log) = (String::new(), MergeLog::default());
    if !bytes.is_empty() {
        DeflateDecoder::new(bytes).read_to_string(&mut text).ok()?;
    }
    for line in text.lines() {
        let (table, rest) = line.split_once(' ')?;
        if table == "record" {
            let words: Vec<&str> = rest.split(' ').collect();
            let [record, frame, version, stage, verdict] = words[..] else { return None };
            log.records.push(MergedRecord {
                record: record.parse().ok()?,
                frame: frame.parse().ok()?,
                version: version.parse().ok()?,
                stage: stage.parse().ok()?,
                verdict: if verdict == "-" { None } else { Some(verdict.parse().ok()?) },
            });
        } else {
            let table = TABLES.into_iter().find(|known| *known == table)?;
            let (digest, key) = rest.split_once(' ')?;
            log.rows.push(MergedRow { table, digest: digest.parse().ok()?, key: key.to_owned() });
        }
    }
    Some(log)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_reads_back() {
        let record = |record, stage, verdict| MergedRecord {
            record,
            frame: Digest::of(b"frame"),
            version: 2,
            stage,
            verdict,
        };
        let log = MergeLog {
            records: vec![record(7, Stage::Settled, Some(Verdict::Matched)), record(8, Stage::Pending, None)],
            rows: vec![MergedRow { table: "facility", digest: Digest::of(b"row"), key: "H 1".to_owned() }],
        };
        assert_eq!(read(&log.packed().unwrap()), Some(log));
        assert_eq!(read(b""), Some(MergeLog::default()));
        assert_eq!(read(b"no"), None);
    }
}
