//! What this ledger says of its records in a bundle: gathered from its own events
//! alone, so that nothing it heard from others goes back as its own word.

use crate::domain::{
    ChainLine, Digest, EventKind, Part, Said, SaidBatch, SaidClearing, SaidContent, SaidRefund, SaidResults,
    SaidSettlement, ShortNumber, Stand,
};
use crate::store::event::{EventInfo, parsed};
use crate::store::{Books, MatchInfo, StoreError};
use crate::text::Label as _;
use rusqlite::Row;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

const NUMBER: &str = "SELECT station, count FROM record WHERE id = ?1";
const ORIGIN: &str = "SELECT row_key, occurrence FROM record WHERE id = ?1";
const MEMBERS: &str = "SELECT record FROM batch_record WHERE batch = ?1";
const MATCHED: &str = "SELECT record FROM match WHERE run = ?1 OR undone_run = ?1";
const OWN: &str = "SELECT 1 FROM event WHERE record = ?1 AND kind = ?2 LIMIT 1";
const BATCHES: &str = "
    SELECT m.batch, b.purpose, b.state, m.medins_setl_id, m.chrg_bchno, m.answer, m.answer_code, m.answer_shown,
        m.setl_id, m.mdtrt_id
    FROM batch_record m JOIN batch b ON b.id = m.batch WHERE m.record = ?1 AND b.state <> 'preparing' ORDER BY m.batch";
/// A record that events of a stretch touch, and the last one that did.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Touched {
    /// The event.
    pub seq: i64,
    /// The record's number.
    pub number: ShortNumber,
    /// Its row.
    pub record: i64,
}

impl Books<'_> {
    /// Every event after `after` up to `last`, as it travels.
    pub fn each_line<E: From<StoreError>>(
        &self,
        after: i64,
        last: i64,
        mut take: impl FnMut(&ChainLine) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut before = match after {
            0 => Digest::NONE,
            seq => self.event_hash(seq)?.ok_or(StoreError::NotFound { what: format!("event {seq}") })?,
        };
        self.each_event(after, |event| -> Result<(), E> {
            if event.seq > last {
                return Ok(());
            }
            let line = event.line(before);
            before = line.hash;
            take(&line)
        })
    }

    /// The records that events after `after` touch by this ledger's own doing, in the order in which they are told.
    pub fn touched(&self, after: i64) -> Result<Vec<Touched>, StoreError> {
        let mut last: FxHashMap<i64, i64> = FxHashMap::default();
        self.each_event(after, |event| -> Result<(), StoreError> {
            for record in self.touched_by(&event)? {
                last.insert(record, event.seq);
            }
            Ok(())
        })?;
        let mut statement = self.conn.prepare_cached(NUMBER)?;
        let mut touched = Vec::with_capacity(last.len());
        for (record, seq) in last {
            let (station, count): (String, u32) =
                statement.query_row([record], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let damaged = || StoreError::Damaged { text: format!("record #{record}") };
            let number = ShortNumber::new(&station, count).ok_or_else(damaged)?;
            touched.push(Touched { seq, number, record });
        }
        touched.sort_unstable();
        Ok(touched)
    }

    fn touched_by(&self, event: &EventInfo) -> Result<Vec<i64>, StoreError> {
        if let Some(record) = event.record {
            return Ok(vec![record]);
        }
        let id = |prefix: &str| event.subject.strip_prefix(prefix).and_then(|id| id.parse::<i64>().ok());
        let ids = |sql: &str, id: i64| -> Result<Vec<i64>, StoreError> {
            let mut statement = self.conn.prepare_cached(sql)?;
            let rows = statement.query_map([id], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        };
        match event.kind {
            EventKind::Exported | EventKind::Recalled | EventKind::Answered | EventKind::Asked => {
                id("batch B").map_or(Ok(Vec::new()), |id| ids(MEMBERS, id))
            }
            EventKind::Reconciled | EventKind::RunUndone => {
                let Some(run) = id("run R") else { return Ok(Vec::new()) };
                let mut records = ids(MATCHED, run)?;
                records.extend(self.run_moves(run)?);
                Ok(records)
            }
            _ => Ok(Vec::new()),
        }
    }

    /// What this ledger says of a record: its content where it is its own.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while nobody has unlocked the ledger.
    pub fn said(&self, touched: &Touched, stand: Option<Stand>, mine: bool) -> Result<Said, StoreError> {
        let id = touched.record;
        let content = if mine { Some(Box::new(self.said_content(id)?)) } else { None };
        let stored = self.record_without_lines(id)?;
        let stand = stand.unwrap_or(Stand { stage: None, verdict: None, version: stored.version });
        let stand = Stand { version: if mine { stored.version } else { stand.version.max(1) }, ..stand };
        Ok(Said {
            uuid: stored.uuid,
            number: touched.number.clone(),
            seq: touched.seq,
            stand,
            content,
            results: self.own_results(id)?,
        })
    }

    fn said_content(&self, id: i64) -> Result<SaidContent, StoreError> {
        let stored = self.opened(self.record_by_id(id)?)?;
        let (origin, occurrence) = self
            .conn
            .prepare_cached(ORIGIN)?
            .query_row([id], |row| Ok((Digest::from_bytes(row.get(0)?).to_string(), row.get(1)?)))?;
        let mut record = stored.record;
        let lines = std::mem::take(&mut record.lines);
        Ok(SaidContent {
            record,
            lines,
            version: stored.version,
            origin,
            occurrence,
            entered_at: stored.entered_at,
            operator: stored.operator,
        })
    }

    /// What this ledger itself did with a record.
    pub fn own_results(&self, id: i64) -> Result<SaidResults, StoreError> {
        let own = |kind: EventKind| -> Result<bool, StoreError> {
            Ok(self.conn.prepare_cached(OWN)?.exists((id, kind.id()))?)
        };
        let refund = if own(EventKind::Refunded)? { self.refund(id)? } else { None };
        let refund = refund.map(|refund| SaidRefund {
            amount: refund.amount,
            receipt_no: refund.receipt_no,
            pay_method: refund.pay_method,
            paid_at: refund.paid_at,
            operator: refund.operator,
        });
        let clearing = if own(EventKind::Cleared)? { self.clearing(id)? } else { None };
        let clearing = clearing.map(|clearing| SaidClearing {
            evidence: clearing.evidence.unwrap_or_default(),
            cleared_at: clearing.cleared_at,
            operator: clearing.operator,
        });
        let mut statement = self.conn.prepare_cached(BATCHES)?;
        let mut rows = statement.query([id])?;
        let mut batches = Vec::new();
        while let Some(row) = rows.next()? {
            batches.push(said_batch(row)?);
        }
        let settlements = self.matches_of(id)?.into_iter().map(said_settlement).collect();
        Ok(SaidResults { batches, settlements, refund, clearing })
    }

    /// Code and name of every facility, for the header of a bundle.
    pub fn facility_names(&self) -> Result<BTreeMap<String, String>, StoreError> {
        Ok(self.facilities()?.into_iter().collect())
    }
}

fn said_settlement(matched: MatchInfo) -> SaidSettlement {
    let MatchInfo { settlement, part, .. } = matched;
    let share = settlement.own_share().filter(|_| part != Part::Joint);
    SaidSettlement {
        alone: part == Part::One,
        setl_time: settlement.setl_time,
        total: settlement.total,
        fund: settlement.fund,
        account: settlement.account,
        cash: settlement.cash,
        share,
        setl_id: settlement.setl_id,
    }
}

fn said_batch(row: &Row<'_>) -> Result<SaidBatch, StoreError> {
    let answer: Option<String> = row.get(5)?;
    Ok(SaidBatch {
        batch: row.get(0)?,
        purpose: parsed(row, 1)?,
        state: parsed(row, 2)?,
        medins_setl_id: row.get(3)?,
        chrg_bchno: row.get(4)?,
        answer: answer.map(|text| text.parse().map_err(|_| StoreError::Damaged { text })).transpose()?,
        code: row.get(6)?,
        shown: row.get(7)?,
        setl_id: row.get(8)?,
        mdtrt_id: row.get(9)?,
    })
}
