//! Records beside what the events make of them: content, frame, stage, verdict.
//!
//! Two ordered readings run side by side: one of what a record says, whatever
//! its columns are, and one of the columns around that, which are hashed as they
//! stand. Identities are proved with the records that refer to them.

use super::fault::Fault;
use super::{EVENTS, Proof, Walk, go_on};
use crate::domain::{Digest, Progress, ShortNumber, Time, Watcher};
use crate::store::record::{LinesSource, Source, columns};
use crate::store::row::{RowHash, digest_of};
use crate::store::{Books, StoreError, Stored};
use crate::text::Label;
use rusqlite::types::ValueRef;
use rustc_hash::FxHashSet;

/// The columns around a record's content, which the frame covers in this order; where the fee lines came from among them.
macro_rules! frame {
    () => {
        "SELECT r.id, r.uuid, r.station, r.count, r.row_key, r.occurrence, r.person, r.version, r.content,
                r.entered_at, r.operator, r.file, r.row, l.file AS lines_file, l.rows AS lines_rows"
    };
}
const FRAME: &str =
    concat!(frame!(), " FROM record r LEFT JOIN record_lines l ON l.record = r.id WHERE r.id = ?1");
const ROUND: &str = concat!(
    frame!(),
    ", r.stage, r.verdict, l.lines FROM record r LEFT JOIN record_lines l ON l.record = r.id ORDER BY r.id"
);
const SAID: &str = concat!("SELECT ", columns!(), " ORDER BY r.id");
/// How many columns of [`ROUND`] are the frame's.
const FRAMED: usize = 15;
const STRAYS: &str = "
    SELECT record FROM record_lines WHERE record NOT IN (SELECT id FROM record) ORDER BY record";
const REFERRED: &str = "SELECT person FROM record UNION ALL SELECT person FROM census";

/// A record's row around its content, when it is written.
pub(in crate::store) struct Frame<'a> {
    pub(in crate::store) id: i64,
    pub(in crate::store) uuid: &'a [u8; 16],
    pub(in crate::store) number: &'a ShortNumber,
    pub(in crate::store) row_key: &'a [u8; 32],
    pub(in crate::store) occurrence: i64,
    pub(in crate::store) person: i64,
    pub(in crate::store) content: &'a [u8; 32],
    pub(in crate::store) entered_at: Time,
    pub(in crate::store) operator: &'a str,
    pub(in crate::store) source: Option<Source>,
    pub(in crate::store) lines: Option<&'a LinesSource>,
}

impl Frame<'_> {
    /// The digest of the row as [`Books::frame`] will read it.
    pub(in crate::store) fn digest(&self) -> Digest {
        let at = self.entered_at.to_string();
        let int = ValueRef::Integer;
        let row = RowHash::of("record")
            .put("id", int(self.id))
            .put("uuid", &self.uuid[..])
            .put("station", self.number.station())
            .put("count", int(i64::from(self.number.count())))
            .put("row_key", &self.row_key[..])
            .put("occurrence", int(self.occurrence))
            .put("person", int(self.person))
            .put("version", int(1))
            .put("content", &self.content[..])
            .put("entered_at", at.as_str())
            .put("operator", self.operator);
        let row = match &self.source {
            Some(source) => row.put("file", &source.file.bytes()[..]).put("row", int(source.row)),
            None => row,
        };
        match self.lines {
            Some(lines) => {
                row.put("lines_file", &lines.file.bytes()[..]).put("lines_rows", lines.rows.as_str()).finish()
            }
            None => row.finish(),
        }
    }
}

impl Books<'_> {
    /// The digest of a record's row around its content.
    pub(in crate::store) fn frame(&self, record: i64) -> Result<Digest, StoreError> {
        self.conn.prepare_cached(FRAME)?.query_row([record], |row| Ok(digest_of("record", row)))?
    }

    /// Lays every record beside what the events make of it.
    pub(super) fn prove_records(
        &self,
        walk: &Walk<'_>,
        proof: &mut Proof,
        watch: &mut Watcher<'_>,
    ) -> Result<(), StoreError> {
        let mut said = self.conn.prepare_cached(SAID)?;
        let mut said = said.query([])?;
        let mut round = self.conn.prepare_cached(ROUND)?;
        let mut round = round.query([])?;
        let (mut seen, mut next_said) = (0_i64, said.next()?);
        while let Some(row) = round.next()? {
            let id: i64 = row.get(0)?;
            let number = format!("record {}-{:04}", row.get::<_, String>(2)?, row.get::<_, i64>(3)?);
            while seen + 1 < id {
                seen += 1;
                gone(walk, seen, proof);
            }
            seen = id;
            proof.records += 1;
            let rows = proof.records.unsigned_abs();
            let far = Progress { rows, total: proof.total, read: (rows, walk.stages.len() as u64) };
            go_on(watch, rows, far.within(EVENTS, 1000))?;
            // A record without its identity is left out of what was said.
            let matching = match next_said {
                Some(said) if said.get::<_, i64>(0)? == id => Some(Stored::from_row(said)),
                _ => None,
            };
            let lines: Option<String> = row.get(FRAMED + 2)?;
            let content_agrees = match &matching {
                Some(Ok(stored)) => {
                    proof.total += stored.record.total;
                    lines.as_deref() != Some("[]") && stored.content_with(lines.as_deref()) == stored.content
                }
                _ => false,
            };
            if matching.is_some() {
                next_said = said.next()?;
            }
            let mut frame = RowHash::of("record");
            for at in 0..FRAMED {
                frame = frame.put(row.as_ref().column_name(at)?, row.get_ref(at)?);
            }
            let verdict: Option<String> = row.get(FRAMED + 1)?;
            let stage: String = row.get(FRAMED)?;
            match walk.stages.get(id) {
                None => proof.faults.push(Fault::NoEvent { subject: number }),
                Some(claim) if !content_agrees || frame.finish() != claim.frame => {
                    proof.faults.push(Fault::Content { subject: number, seq: claim.framed_by });
                }
                Some(claim)
                    if stage != claim.stage.id() || verdict.as_deref() != claim.verdict.map(|v| v.id()) =>
                {
                    proof.faults.push(Fault::Content { subject: number, seq: claim.moved_by });
                }
                Some(_) => {}
            }
        }
        let last = i64::try_from(walk.stages.len()).unwrap_or(i64::MAX);
        for id in seen + 1..=last {
            gone(walk, id, proof);
        }
        let mut strays = self.conn.prepare_cached(STRAYS)?;
        let mut strays = strays.query([])?;
        while let Some(row) = strays.next()? {
            let subject = format!("record_lines {}", row.get::<_, i64>(0)?);
            proof.faults.push(Fault::NoEvent { subject });
        }
        Ok(())
    }

    /// An identity is as its own digest says, and some record or entry of the census has it, or once had it.
    pub(super) fn prove_persons(&self, walk: &Walk<'_>, proof: &mut Proof) -> Result<(), StoreError> {
        let mut referred: FxHashSet<i64> = walk.former.iter().copied().collect();
        let mut statement = self.conn.prepare_cached(REFERRED)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            referred.insert(row.get(0)?);
        }
        self.each_person(|id, is_whole| {
            let subject = format!("person {id}");
            if !referred.remove(&id) {
                proof.faults.push(Fault::NoEvent { subject });
            } else if !is_whole {
                proof.faults.push(Fault::Content { subject, seq: 0 });
            }
        })?;
        let mut left: Vec<_> = referred.into_iter().collect();
        left.sort_unstable();
        proof.faults.extend(left.iter().map(|id| Fault::Gone { subject: format!("person {id}"), seq: 0 }));
        Ok(())
    }
}

fn gone(walk: &Walk<'_>, id: i64, proof: &mut Proof) {
    if let Some(claim) = walk.stages.get(id) {
        proof.faults.push(Fault::Gone { subject: format!("record #{id}"), seq: claim.moved_by });
    }
}
