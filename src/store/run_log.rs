//! What a run changed, kept with the run: which records it moved, and which
//! breaks it saw. Stages, verdicts and the register are proved from it.

use crate::domain::{Money, Reason, Stage, Verdict};
use crate::store::{Finding, StoreError};
use crate::text::Label;
use flate2::Compression;
use flate2::read::{DeflateDecoder, DeflateEncoder};
use std::fmt::Write as _;
use std::io::Read as _;

/// The log of a run in progress.
#[derive(Default)]
pub(super) struct RunLog {
    moves: String,
    findings: String,
}

/// A record that a run moved: its new stage, where it has one, and its verdict.
pub(super) struct Move {
    pub(super) record: i64,
    pub(super) stage: Option<Stage>,
    pub(super) verdict: Verdict,
}

impl RunLog {
    pub(super) fn moved(&mut self, record: i64, stage: Option<Stage>, verdict: Verdict) {
        let stage = stage.map_or("-", |stage| stage.id());
        writeln!(self.moves, "{record} {stage} {}", verdict.id()).expect("a text takes any line");
    }

    pub(super) fn saw(&mut self, finding: &Finding) {
        let Finding { reason, record, settlement, difference } = finding;
        let or_none = |id: &Option<i64>| id.map_or("-".to_owned(), |id| id.to_string());
        let (record, settlement) = (or_none(record), or_none(settlement));
        writeln!(self.findings, "{} {record} {settlement} {}", reason.id(), difference.fen())
            .expect("a text takes any line");
    }

    /// Both texts, deflated, moves first; the log is empty then.
    pub(super) fn take(&mut self) -> Result<(Vec<u8>, Vec<u8>), StoreError> {
        let RunLog { moves, findings } = std::mem::take(self);
        Ok((deflated(&moves)?, deflated(&findings)?))
    }
}

fn deflated(text: &str) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::new();
    DeflateEncoder::new(text.as_bytes(), Compression::default())
        .read_to_end(&mut bytes)
        .map_err(|error| StoreError::Damaged { text: error.to_string() })?;
    Ok(bytes)
}

/// The lines of a deflated text; `None` where they do not read.
fn lines<T>(bytes: &[u8], read: impl Fn(&[&str]) -> Option<T>) -> Option<Vec<T>> {
    let mut text = String::new();
    DeflateDecoder::new(bytes).read_to_string(&mut text).ok()?;
    text.lines().map(|line| read(&line.split(' ').collect::<Vec<_>>())).collect()
}

/// The moves of a run; `None` where the blob is not one that a run wrote.
pub(super) fn moves(bytes: &[u8]) -> Option<Vec<Move>> {
    lines(bytes, |words| {
        let [record, stage, verdict] = words else { return None };
        let stage = if *stage == "-" { None } else { Some(stage.parse().ok()?) };
        Some(Move { record: record.parse().ok()?, stage, verdict: verdict.parse().ok()? })
    })
}

/// The breaks that a run saw, in the order in which it wrote them down.
pub(super) fn findings(bytes: &[u8]) -> Option<Vec<Finding>> {
    let id = |word: &str| if word == "-" { Some(None) } else { word.parse().ok().map(Some) };
    lines(bytes, |words| {
        let [reason, record, settlement, difference] = words else { return None };
        let reason: Reason = reason.parse().ok()?;
        let difference = Money::from_fen(difference.parse().ok()?);
        Some(Finding { reason, record: id(record)?, settlement: id(settlement)?, difference })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_reads_back() {
        let mut log = RunLog::default();
        log.moved(7, Some(Stage::Settled), Verdict::Matched);
        log.moved(8, None, Verdict::Missing);
        let finding = Finding {
            reason: Reason::ALL[0],
            record: None,
            settlement: Some(3),
            difference: Money::from_fen(-5),
        };
        log.saw(&finding);
        let (kept, seen) = log.take().unwrap();
        let read = moves(&kept).unwrap();
        assert_eq!(
            (read[0].record, read[0].stage, read[0].verdict),
            (7, Some(Stage::Settled), Verdict::Matched)
        );
        assert_eq!((read[1].record, read[1].stage, read[1].verdict), (8, None, Verdict::Missing));
        assert_eq!(findings(&seen).unwrap(), [finding]);
        let (empty, _) = log.take().unwrap();
        assert!(moves(&empty).unwrap().is_empty());
        assert!(moves(b"no").is_none());
    }
}
