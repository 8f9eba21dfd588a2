//! Proof that the books are as the events left them: the chain, and the content
//! of every record, batch, run, settlement and refund, and of the census.

use crate::domain::{CensusNumber, Digest, EventKind};
use crate::store::record::content_of;
use crate::store::{Books, EventInfo, StoreError};
use serde_json::{Value, json};
use std::collections::HashMap;

/// The census as a whole, among the sets whose content is proved.
const CENSUS: &str = "census";

const CONTENT: &str = "SELECT content FROM settlement WHERE id = ?1";
const REFUNDS: &str = "SELECT record, amount_fen, receipt_no FROM refund ORDER BY record";
const RECORD_IDS: &str = "SELECT id FROM record ORDER BY id";

/// What was proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// How many events the chain has.
    pub events: i64,
    /// How many records were read and hashed again.
    pub records: i64,
    /// The chain's head.
    pub head: Digest,
    /// What does not agree, first fault first; empty where all does.
    pub faults: Vec<Fault>,
}

/// Something that does not agree with the events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An event's number does not follow the one before: something was left out.
    Gap {
        /// The event.
        seq: i64,
    },
    /// An event was changed after it was written.
    Hash {
        /// The event.
        seq: i64,
    },
    /// A record, batch or run is not as its last event left it.
    Content {
        /// Which one, such as `record A1-0007`.
        subject: String,
    },
    /// Events tell of a record that no longer stands in the ledger.
    Gone {
        /// Which one.
        subject: String,
    },
    /// No event tells of a record that stands in the ledger.
    NoEvent {
        /// Which one.
        subject: String,
    },
}

impl Books<'_> {
    /// Recomputes the whole chain and every content.
    pub fn prove(&self) -> Result<Proof, StoreError> {
        let mut walk = Walk::default();
        self.each_event(0, |event| -> Result<(), StoreError> {
            walk.take(event);
            Ok(())
        })?;
        let mut proof = Proof { events: walk.seq, records: 0, head: walk.hash, faults: walk.faults };
        self.prove_records(walk.records, &mut proof)?;
        self.prove_settlements(&mut proof)?;
        self.prove_refunds(&walk.refunds, &mut proof)?;
        for (subject, content) in &walk.sets {
            let now = match subject.split_once(' ') {
                Some(("batch", id)) => self.batch_content(number(id, "B"))?,
                Some(("run", id)) => self.run_content(number(id, "R"))?,
                Some(("census", id)) => match self.census_entry_content(CensusNumber(number(id, "C-"))) {
                    Err(StoreError::NotFound { .. }) => {
                        proof.faults.push(Fault::Gone { subject: subject.clone() });
                        continue;
                    }
                    found => found?,
                },
                None if subject == CENSUS => self.census_content()?,
                _ => continue,
            };
            if now != *content {
                proof.faults.push(Fault::Content { subject: subject.clone() });
            }
        }
        if !walk.sets.contains_key(CENSUS) && !self.census()?.is_empty() {
            proof.faults.push(Fault::NoEvent { subject: CENSUS.to_owned() });
        }
        Ok(proof)
    }

    /// A run's content covers the digests of its settlements; these cover the amounts that refunds are reckoned from.
    fn prove_settlements(&self, proof: &mut Proof) -> Result<(), StoreError> {
        let mut changed = Vec::new();
        let mut contents = self.conn.prepare_cached(CONTENT)?;
        self.each_settlement(|row| {
            let kept = contents.query_row([row.id], |row| row.get::<_, [u8; 32]>(0)).ok();
            let now = serde_json::to_vec(&row.settlement).ok().map(|json| Digest::of(&json));
            if now.is_none() || kept.map(Digest::from_bytes) != now {
                changed.push(Fault::Content { subject: format!("settlement {}", row.settlement.setl_id) });
            }
        })?;
        proof.faults.append(&mut changed);
        Ok(())
    }

    /// Every refund was told by an event, with its amount and receipt, and still stands.
    fn prove_refunds(&self, told: &HashMap<i64, Value>, proof: &mut Proof) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(REFUNDS)?;
        let mut rows = statement.query([])?;
        let mut standing = 0;
        while let Some(row) = rows.next()? {
            let (record, amount, receipt): (i64, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            standing += 1;
            let agrees = told.get(&record).is_some_and(|detail| {
                detail["amount_fen"] == json!(amount) && detail["receipt_no"] == json!(receipt)
            });
            if !agrees {
                let subject = format!("refund of record #{record}");
                proof.faults.push(Fault::Content { subject });
            }
        }
        if standing < told.len() {
            proof.faults.push(Fault::Gone { subject: "refund".to_owned() });
        }
        Ok(())
    }

    fn prove_records(&self, mut told: HashMap<i64, Digest>, proof: &mut Proof) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(RECORD_IDS)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            let stored = self.record_by_id(id)?;
            let (content, _) = content_of(&stored.record)?;
            proof.records += 1;
            match told.remove(&id) {
                Some(last) if last == content => {}
                Some(_) => proof.faults.push(Fault::Content { subject: stored.subject().to_string() }),
                None => proof.faults.push(Fault::NoEvent { subject: stored.subject().to_string() }),
            }
        }
        proof.faults.extend(told.into_keys().map(|id| Fault::Gone { subject: format!("record #{id}") }));
        Ok(())
    }
}

/// The number in a subject such as `B3`.
fn number(id: &str, prefix: &str) -> i64 {
    id.strip_prefix(prefix).and_then(|count| count.parse().ok()).unwrap_or(0)
}

/// The chain as it is walked: where it stands, and the last content told of each thing.
struct Walk {
    seq: i64,
    hash: Digest,
    records: HashMap<i64, Digest>,
    sets: HashMap<String, Digest>,
    /// What was told of the refund of each record.
    refunds: HashMap<i64, Value>,
    faults: Vec<Fault>,
}

impl Default for Walk {
    fn default() -> Walk {
        let (records, sets, refunds) = Default::default();
        Walk { seq: 0, hash: Digest::NONE, records, sets, refunds, faults: Vec::new() }
    }
}

impl Walk {
    fn take(&mut self, event: EventInfo) {
        if event.seq != self.seq + 1 {
            self.faults.push(Fault::Gap { seq: event.seq });
        }
        if event.hash_after(self.hash) != event.hash {
            self.faults.push(Fault::Hash { seq: event.seq });
        }
        self.seq = event.seq;
        self.hash = event.hash;
        match event.record {
            // One list follows another; what counts is the census as the last of them left it.
            None if event.kind == EventKind::CensusTaken => {
                self.sets.insert(CENSUS.to_owned(), event.content);
            }
            Some(record) => {
                if event.kind == EventKind::Refunded {
                    self.refunds.insert(record, serde_json::from_str(&event.detail).unwrap_or_default());
                }
                self.records.insert(record, event.content);
            }
            // An answer changes no key of a batch, so each event of a batch tells the same content.
            None if event.subject.starts_with("census ")
                || matches!(
                    event.kind,
                    EventKind::Prepared
                        | EventKind::Exported
                        | EventKind::Answered
                        | EventKind::Recalled
                        | EventKind::Reconciled
                ) =>
            {
                self.sets.insert(event.subject, event.content);
            }
            None => {}
        }
    }
}
