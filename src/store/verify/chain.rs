//! The walk over the events: hash after hash, and what each event tells of which rows.

use super::exchange::PeerHead;
use super::fault::Fault;
use super::register::Register;
use super::rows::{Told, key};
use super::stages::Stages;
use crate::domain::{Digest, EventKind};
use crate::store::event::EventInfo;
use crate::store::row::RowHash;
use crate::store::{Books, StoreError};
use rusqlite::types::ValueRef;
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;
use std::collections::BTreeMap;

const ALL: &str = "
    SELECT seq, at, station, operator, kind, subject, record, detail, content, hash FROM event ORDER BY seq";

const MIGRATED: &str = "
    SELECT seq FROM event WHERE kind = 'migrated' AND json_valid(detail) AND detail ->> 'to' = ?1 ORDER BY seq LIMIT 1";

/// The version of the tables since which a resolved break is never opened again in its place by a run.
pub(super) const RENEWS_SINCE: i64 = 3;
/// The census as a whole, among the sets whose content is proved.
pub(super) const CENSUS: &str = "census";
/// The wrapping of the ledger key under the recovery code, among the same.
pub(super) const RECOVERY: &str = "recovery code";

/// An event, or the number of one that does not even read.
pub(super) enum Link {
    Event(Box<EventInfo>),
    Broken(i64),
}

impl Books<'_> {
    /// The event with which the ledger came to a version of the tables; 0 where it was made with that or a later one.
    pub(super) fn migrated_to(&self, version: i64) -> i64 {
        let found =
            self.conn.prepare_cached(MIGRATED).and_then(|mut one| one.query_row([version], |row| row.get(0)));
        found.unwrap_or(0)
    }

    /// Every event in order. One that does not read is handed on as its number.
    pub(super) fn each_link(
        &self,
        mut take: impl FnMut(Link) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(ALL)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let seq: i64 = row.get(0)?;
            take(EventInfo::from_row(row).map_or(Link::Broken(seq), |event| Link::Event(Box::new(event))))?;
        }
        Ok(())
    }
}

/// The chain as it is walked: where it stands, and what it told so far.
pub(super) struct Walk<'a> {
    books: &'a Books<'a>,
    pub(super) seq: i64,
    pub(super) hash: Digest,
    /// Stage, verdict and identity of every record.
    pub(super) stages: Stages,
    /// The register of breaks.
    pub(super) register: Register,
    /// The last digest told of single rows, by table and key.
    pub(super) told: FxHashMap<(&'static str, String), Told>,
    /// The last digest told of batches, runs and the census, by subject.
    pub(super) sets: BTreeMap<String, Told>,
    /// How far each other ledger's chain came, by its number.
    pub(super) peers: BTreeMap<i64, PeerHead>,
    /// Identities that a record or an entry of the census once had.
    pub(super) former: Vec<i64>,
    pub(super) faults: Vec<Fault>,
    /// Shifts that were closed: each is once.
    closed: FxHashSet<String>,
    resumptions: i64,
    seals: i64,
    pairs: i64,
}

impl<'a> Walk<'a> {
    pub(super) fn new(books: &'a Books<'a>) -> Walk<'a> {
        let in_place_until = books.migrated_to(RENEWS_SINCE);
        Walk {
            books,
            seq: 0,
            hash: Digest::NONE,
            stages: Stages::default(),
            register: Register::new(in_place_until),
            told: FxHashMap::default(),
            sets: BTreeMap::new(),
            peers: BTreeMap::new(),
            former: Vec::new(),
            faults: Vec::new(),
            closed: FxHashSet::default(),
            resumptions: 0,
            seals: 0,
            pairs: 0,
        }
    }

    pub(super) fn take(&mut self, link: Link) -> Result<(), StoreError> {
        let event = match link {
            Link::Event(event) => *event,
            Link::Broken(seq) => {
                self.faults.push(Fault::Hash { seq });
                self.seq = seq;
                return Ok(());
            }
        };
        if event.seq != self.seq + 1 {
            self.faults.push(Fault::Gap { seq: event.seq });
        }
        if event.hash_after(self.hash) != event.hash {
            self.faults.push(Fault::Hash { seq: event.seq });
        }
        (self.seq, self.hash) = (event.seq, event.hash);
        if !self.fold(&event)? {
            self.faults.push(Fault::Step { seq: event.seq, subject: event.subject });
        }
        Ok(())
    }

    /// Takes what an event tells; `false` where it could not happen then.
    fn fold(&mut self, event: &EventInfo) -> Result<bool, StoreError> {
        // A million records were recorded, and nothing in the detail of those matters here.
        let detail = match event.kind {
            EventKind::Recorded => Value::Null,
            _ => serde_json::from_str(&event.detail).unwrap_or_default(),
        };
        let name = event.subject.split_once(' ').map(|(_, name)| name).unwrap_or_default();
        match event.kind {
            EventKind::Created => {
                self.tell("ledger", "1", event, event.content);
                let text = |name: &str| detail[name].as_str().unwrap_or_default().to_owned();
                let (code, name) = (text("facility"), text("name"));
                let row = RowHash::of("facility").put("code", code.as_str()).put("name", name.as_str());
                self.tell("facility", &code, event, row.finish());
            }
            EventKind::FacilityAdded => self.tell("facility", name, event, event.content),
            EventKind::DeskSet => self.tell("service_desk", name, event, event.content),
            EventKind::NoticeAdded => self.tell("notice", name, event, event.content),
            EventKind::Resumed => {
                self.resumptions += 1;
                self.tell("resumption", &self.resumptions.to_string(), event, event.content);
            }
            EventKind::DutyDone => {
                let key = format!("{name} {}", detail["number"]);
                self.tell("duty_done", &key, event, event.content);
            }
            EventKind::Sealed => {
                self.seals += 1;
                self.tell("seal", &self.seals.to_string(), event, event.content);
            }
            EventKind::Imported => self.tell("file", name, event, event.content),
            EventKind::CensusTaken => self.census_file(name, event, &detail),
            EventKind::Recorded => return Ok(self.stages.recorded(event)),
            EventKind::Amended if event.record.is_none() => {
                self.note_persons(&detail);
                self.tell_set(event);
            }
            EventKind::Amended => {
                self.note_persons(&detail);
                return Ok(self.stages.stepped(event, &detail));
            }
            EventKind::Refunded | EventKind::Cleared => {
                let table = if event.kind == EventKind::Refunded { "refund" } else { "clearing" };
                let record = event.record.unwrap_or_default().to_string();
                self.tell(table, &record, event, event.content);
                return Ok(self.stages.stepped(event, &detail));
            }
            EventKind::PaperKept | EventKind::PaperReturned | EventKind::PaperMissing => {
                let paper = detail["paper"].as_str().unwrap_or_default();
                let key = format!("{} {paper}", event.record.unwrap_or_default());
                self.tell("paper", &key, event, event.content);
            }
            EventKind::ShiftOpened => {
                self.tell("shift", &number(name, "S").to_string(), event, event.content);
            }
            EventKind::ShiftClosed => {
                let shift = number(name, "S").to_string();
                let opened = self.told.contains_key(&key("shift", &shift));
                self.tell("shift", &shift, event, event.content);
                return Ok(opened && self.closed.insert(shift));
            }
            EventKind::Voided | EventKind::Held | EventKind::Released | EventKind::HandedOver => {
                return Ok(self.stages.stepped(event, &detail));
            }
            EventKind::Prepared => {
                self.tell_set(event);
                for (counter, last) in detail["counters"].as_object().into_iter().flatten() {
                    let row = RowHash::of("counter").put("name", counter.as_str());
                    let row = row.put("last", ValueRef::Integer(last.as_i64().unwrap_or_default()));
                    self.tell("counter", counter, event, row.finish());
                }
                return self.stages.batch(self.books, event, &detail);
            }
            EventKind::Exported | EventKind::Recalled | EventKind::Answered | EventKind::Asked => {
                self.tell_set(event);
                return self.stages.batch(self.books, event, &detail);
            }
            EventKind::Reconciled => {
                self.tell_set(event);
                let Some(run) = self.books.run_log(number(name, "R"))? else { return Ok(false) };
                let moved = self.stages.run(self.books, event, &run.moves)?;
                self.register.run(number(name, "R"), &run.findings, event.seq);
                return Ok(moved);
            }
            EventKind::AccountsLoaded => {
                self.tell_set(event);
                let row: Option<Digest> = detail["file_row"].as_str().and_then(|text| text.parse().ok());
                let file = detail["file"].as_str().unwrap_or_default();
                self.tell("file", file, event, row.unwrap_or(Digest::NONE));
            }
            EventKind::AccountsCompared => {
                self.tell_set(event);
                let Some(run) = self.books.run_log(number(name, "R"))? else { return Ok(false) };
                let lot = detail["lot"].as_str().unwrap_or_default();
                let looked_at = self.books.accounts_at_odds(lot)?;
                self.register.compared(number(name, "R"), &run.findings, event.seq, &looked_at);
                return Ok(run.moves.is_empty());
            }
            EventKind::PeerTrusted | EventKind::PeerRevoked | EventKind::BundleSealed => {
                self.tell("peer", name, event, event.content);
            }
            EventKind::SetAside | EventKind::Quarantined | EventKind::QuarantineLifted => {
                self.tell_set(event);
            }
            EventKind::Merged => {
                self.note_persons(&detail);
                self.tell_set(event);
                return self.merged(event, number(name, "X"), &detail);
            }
            EventKind::WindowsCompared => {
                self.tell_set(event);
                let Some(run) = self.books.run_log(number(name, "R"))? else { return Ok(false) };
                self.register.windows(number(name, "R"), &run.findings, event.seq);
                return Ok(run.moves.is_empty());
            }
            EventKind::AccountsRehearsed
            | EventKind::OperatorAdded
            | EventKind::OperatorDisabled
            | EventKind::PassphraseChanged
            | EventKind::Unlocked
            | EventKind::CensusDone => self.tell_set(event),
            EventKind::UnlockFailed if event.subject != "ledger" => self.tell_set(event),
            EventKind::RecoveryRenewed => {
                self.sets.insert(RECOVERY.to_owned(), Told { seq: event.seq, digest: event.content });
            }
            EventKind::BreakAssigned
            | EventKind::BreakResolved
            | EventKind::BreakSigned
            | EventKind::BreakReopened => {
                return Ok(self.register.person(name.parse().unwrap_or_default(), event, &detail));
            }
            EventKind::RunUndone => {
                self.tell_set(event);
                let run = number(name, "R");
                let moved = self.stages.undo(run, event.seq).is_some_and(|moved| moved.is_ok());
                return Ok(self.register.undo(run, event.seq).is_some() && moved);
            }
            EventKind::Paired | EventKind::Parted => {
                self.pairs += 1;
                self.tell("by_hand", &self.pairs.to_string(), event, event.content);
            }
            EventKind::LimitSet => self.tell("amount_limit", name, event, event.content),
            EventKind::SignoffCreated => {
                self.tell("signoff", &number(name, "F").to_string(), event, event.content);
            }
            EventKind::SignoffSigned => {
                let signoff = number(name, "F");
                let prepared = self.told.contains_key(&key("signoff", &signoff.to_string()));
                self.tell("signoff", &signoff.to_string(), event, event.content);
                self.register.froze(signoff, event.seq);
                return Ok(prepared);
            }
            // What was seen, copied or brought to newer tables changes no row that is told of.
            EventKind::Revealed
            | EventKind::Reported
            | EventKind::AccountsExported
            | EventKind::UnlockFailed
            | EventKind::BackedUp
            | EventKind::Restored
            | EventKind::Repaired
            | EventKind::Migrated => {}
        }
        Ok(true)
    }

    /// What a bundle did: records, rows of others' doing, and how far its chain came.
    fn merged(&mut self, event: &EventInfo, bundle: i64, detail: &Value) -> Result<bool, StoreError> {
        let Some(log) = self.books.merge_log(bundle)? else { return Ok(false) };
        for row in log.rows {
            self.told.insert((row.table, row.key), Told { seq: event.seq, digest: row.digest });
        }
        let (peer, last) = (detail["peer"].as_i64(), detail["last"].as_i64());
        let head: Option<Digest> = detail["head"].as_str().and_then(|text| text.parse().ok());
        let Some(((peer, last), head)) = peer.zip(last).zip(head) else { return Ok(false) };
        let before = self.peers.insert(peer, PeerHead { seq: event.seq, last, head });
        let grows = before.is_none_or(|before| before.last <= last);
        Ok(self.stages.merged(event, &log.records) && grows)
    }

    fn tell(&mut self, table: &'static str, row: &str, event: &EventInfo, digest: Digest) {
        self.told.insert(key(table, row), Told { seq: event.seq, digest });
    }

    fn tell_set(&mut self, event: &EventInfo) {
        self.sets.insert(event.subject.clone(), Told { seq: event.seq, digest: event.content });
    }

    /// A list of patients tells of the census, and of its file where it was read for the first time.
    fn census_file(&mut self, file: &str, event: &EventInfo, detail: &Value) {
        self.sets.insert(CENSUS.to_owned(), Told { seq: event.seq, digest: event.content });
        let row: Option<Digest> = detail["file_row"].as_str().and_then(|text| text.parse().ok());
        self.tell("file", file, event, row.unwrap_or(Digest::NONE));
    }

    fn note_persons(&mut self, detail: &Value) {
        let ids = detail["person"].as_array().into_iter().flatten();
        self.former.extend(ids.filter_map(Value::as_i64));
    }
}

/// The number in a name such as `B3`.
pub(super) fn number(name: &str, prefix: &str) -> i64 {
    name.strip_prefix(prefix).and_then(|count| count.parse().ok()).unwrap_or(0)
}
