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
    suggested: String,
}

/// A pair that a run left to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// Row number of the record.
    pub record: i64,
    /// Row number of the settlement.
    pub settlement: i64,
    /// What speaks for it, such as `equal` or `id_digit`.
    pub likeness: String,
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
        let Finding { reason, record, settlement, difference, account } = finding;
        let or_none = |id: &Option<i64>| id.map_or("-".to_owned(), |id| id.to_string());
        let (record, settlement) = (or_none(record), or_none(settlement));
        let account = account.map_or(String::new(), |id| format!(" {id}"));
        writeln!(self.findings, "{} {record} {settlement} {}{account}", reason.id(), difference.fen())
            .expect("a text takes any line");
    }

    pub(super) fn suggested(&mut self, one: &Suggestion) {
        let Suggestion { record, settlement, likeness } = one;
        writeln!(self.suggested, "{record} {settlement} {likeness}").expect("a text takes any line");
    }

    /// The three texts, deflated: moves, findings, suggestions; the log is empty then.
    pub(super) fn take(&mut self) -> Result<[Vec<u8>; 3], StoreError> {
        let RunLog { moves, findings, suggested } = std::mem::take(self);
        Ok([deflated(&moves)?, deflated(&findings)?, deflated(&suggested)?])
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

/// The pairs that a run suggested, in the order in which it wrote them down.
pub(super) fn suggestions(bytes: &[u8]) -> Option<Vec<Suggestion>> {
    lines(bytes, |words| {
        let [record, settlement, likeness] = words else { return None };
        let (record, settlement) = (record.parse().ok()?, settlement.parse().ok()?);
        Some(Suggestion { record, settlement, likeness: (*likeness).to_owned() })
    })
}

/// The breaks that a run saw, in the order in which it wrote them down.
pub(super) fn findings(bytes: &[u8]) -> Option<Vec<Finding>> {
    let id = |word: &str| if word == "-" { Some(None) } else { word.parse().ok().map(Some) };
    lines(bytes, |words| {
        let (record, settlement, account) = match words {
            [_, record, settlement, _] => (record, settlement, None),
            [_, record, settlement, _, account] => (record, settlement, Some(account.parse().ok()?)),
            _ => return None,
        };
        let reason: Reason = words[0].parse().ok()?;
        let difference = Money::from_fen(words[3].parse().ok()?);
        Some(Finding { reason, record: id(record)?, settlement: id(settlement)?, difference, account })
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
            account: None,
        };
        log.saw(&finding);
        let of_account = Finding { settlement: None, account: Some(9), ..finding.clone() };
        log.saw(&of_account);
        let pair = Suggestion { record: 8, settlement: 3, likeness: "equal".to_owned() };
        log.suggested(&pair);
        let [kept, seen, suggested] = log.take().unwrap();
        let read = moves(&kept).unwrap();
        assert_eq!(
            (read[0].record, read[0].stage, read[0].verdict),
            (7, Some(Stage::Settled), Verdict::Matched)
        );
        assert_eq!((read[1].record, read[1].stage, read[1].verdict), (8, None, Verdict::Missing));
        assert_eq!(findings(&seen).unwrap(), [finding, of_account]);
        assert_eq!(suggestions(&suggested).unwrap(), [pair]);
        let [empty, ..] = log.take().unwrap();
        assert!(moves(&empty).unwrap().is_empty());
        assert!(moves(b"no").is_none());
    }
}
