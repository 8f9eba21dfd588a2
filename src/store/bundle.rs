//! Bundles as they are taken in: the chain they bring, what they say, and the event
//! that tells of it. One that comes too early, or of another chain, is kept as it came.
//!
//! What a bundle does to records stands in `merge_write`; that it is signed and whole
//! was proved before anything here is called.

use crate::domain::{ChainLine, Digest, EventKind, Said, Subject};
use crate::store::merge_log::MergeLog;
use crate::store::{Books, PeerInfo, StoreError, Writer};
use rusqlite::OptionalExtension;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const INSERT: &str = "
    INSERT INTO bundle (peer, first_seq, last_seq, head, state, fork_seq, opened_at, operator, file)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING id";
const SAME: &str = "
    SELECT 1 FROM bundle WHERE peer = ?1 AND first_seq = ?2 AND last_seq = ?3 AND head = ?4 AND state IN ('aside', 'quarantined')";
const FILE: &str = "SELECT file FROM bundle WHERE id = ?1";
const ITS_TURN: &str = "UPDATE bundle SET state = 'merged', file = NULL WHERE id = ?1 AND state = 'aside'";
const TURNED_OUT: &str =
    "UPDATE bundle SET state = 'quarantined', fork_seq = ?2 WHERE id = ?1 AND state = 'aside'";
const DROP: &str = "UPDATE bundle SET state = 'dropped', file = NULL WHERE id = ?1 AND state = 'quarantined'";
const FINISH: &str = "UPDATE bundle SET moves = ?2 WHERE id = ?1";
const EVENT: &str = "
    INSERT INTO peer_event (peer, seq, at, station, operator, kind, subject, record, detail, content, hash)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";

/// Which stretch of whose chain a bundle holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The first event.
    pub first: i64,
    /// The last one.
    pub last: i64,
    /// Its hash.
    pub head: Digest,
}

/// A bundle on its way into the books.
pub struct Merging<'p> {
    pub(super) bundle: i64,
    pub(super) peer: &'p PeerInfo,
    pub(super) stretch: Stretch,
    /// How far the chain was known before.
    pub(super) known: i64,
    pub(super) log: MergeLog,
    /// Records that something was said of, by UUID.
    pub(super) touched: BTreeSet<[u8; 16]>,
    /// Identities that a record no longer has.
    pub(super) former: Vec<i64>,
    /// What records cost before the bundle, where it says otherwise.
    pub(super) totals: Vec<(i64, i64)>,
    pub(super) new: u64,
    pub(super) changed: u64,
}

/// What came of a bundle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Its number.
    pub bundle: i64,
    /// Records that were not known before.
    pub new: u64,
    /// Records of which it said something new.
    pub changed: u64,
}

impl Books<'_> {
    /// A bundle that waits, as it came.
    pub fn bundle_file(&self, bundle: i64) -> Result<Vec<u8>, StoreError> {
        let file: Option<Option<Vec<u8>>> =
            self.conn.prepare_cached(FILE)?.query_row([bundle], |row| row.get(0)).optional()?;
        file.flatten().ok_or_else(|| StoreError::NotFound { what: format!("bundle X{bundle}") })
    }
}

impl Writer<'_> {
    fn new_bundle(
        &mut self,
        peer: &PeerInfo,
        stretch: &Stretch,
        state: &str,
        fork: Option<i64>,
        file: Option<&[u8]>,
    ) -> Result<i64, StoreError> {
        let at = self.actor.at.to_string();
        let head = stretch.head.bytes();
        let row = (peer.id, stretch.first, stretch.last, head, state, fork, at, &self.actor.operator, file);
        Ok(self.tx.prepare_cached(INSERT)?.query_row(row, |row| row.get(0))?)
    }

    /// Begins to take a bundle in: one that was set aside, by its number, or a new one.
    ///
    /// # Errors
    /// [`StoreError::Stale`] where that bundle does not wait any more.
    pub fn begin_merge<'p>(
        &mut self,
        peer: &'p PeerInfo,
        stretch: Stretch,
        aside: Option<i64>,
    ) -> Result<Merging<'p>, StoreError> {
        let (known, _) = self.books().peer_head(peer.id)?;
        let bundle = match aside {
            None => self.new_bundle(peer, &stretch, "merged", None, None)?,
            Some(bundle) if self.tx.prepare_cached(ITS_TURN)?.execute([bundle])? == 1 => bundle,
            Some(bundle) => return Err(StoreError::Stale { what: format!("bundle X{bundle}") }),
        };
        Ok(Merging {
            bundle,
            peer,
            stretch,
            known,
            log: MergeLog::default(),
            touched: BTreeSet::new(),
            former: Vec::new(),
            totals: Vec::new(),
            new: 0,
            changed: 0,
        })
    }

    /// Takes the next event of the chain, unless it is known.
    pub fn take_event(&mut self, merging: &Merging<'_>, event: &ChainLine) -> Result<(), StoreError> {
        if event.seq <= merging.known {
            return Ok(());
        }
        self.tx.prepare_cached(EVENT)?.execute((
            merging.peer.id,
            event.seq,
            event.at.to_string(),
            &event.station,
            &event.operator,
            &event.kind,
            &event.subject,
            event.record,
            &event.detail,
            event.content.bytes(),
            event.hash.bytes(),
        ))?;
        Ok(())
    }

    /// Ends it: every record that something was said of stands as all that was said of it makes it stand, and one event
    /// tells of all.
    pub fn end_merge(
        &mut self,
        mut merging: Merging<'_>,
        own: &crate::store::OwnStands,
    ) -> Result<Merged, StoreError> {
        self.restand_all(&mut merging, own)?;
        let Merging { bundle, peer, stretch, known, log, former, totals, new, changed, .. } = merging;
        self.tx.prepare_cached(FINISH)?.execute((bundle, log.packed()?))?;
        // A bundle that brings nothing new ends where the chain ended already.
        let (last, head) = if stretch.last > known {
            (stretch.last, stretch.head)
        } else {
            self.books().peer_head(peer.id)?
        };
        let detail = json!({
            "peer": peer.id, "station": peer.card.station, "first": stretch.first, "last": last, "head": head,
            "new": new, "changed": changed, "person": former, "totals": totals,
        });
        self.tell_bundle(EventKind::Merged, bundle, &detail)?;
        Ok(Merged { bundle, new, changed })
    }

    /// Keeps a bundle until what lies between has come; `false` where it waits already.
    pub fn set_aside(
        &mut self,
        peer: &PeerInfo,
        stretch: &Stretch,
        missing: i64,
        file: &[u8],
    ) -> Result<bool, StoreError> {
        if self.waits(peer, stretch)? {
            return Ok(false);
        }
        let bundle = self.new_bundle(peer, stretch, "aside", None, Some(file))?;
        let detail = json!({
            "peer": peer.id, "station": peer.card.station, "first": stretch.first, "missing_from": missing,
        });
        self.tell_bundle(EventKind::SetAside, bundle, &detail)?;
        Ok(true)
    }

    /// Keeps a bundle of another chain apart, with what it says, and tells of it; `None` where it is kept already.
    pub fn quarantine(
        &mut self,
        peer: &PeerInfo,
        stretch: &Stretch,
        fork: i64,
        file: &[u8],
        said: &[Said],
    ) -> Result<Option<i64>, StoreError> {
        if self.waits(peer, stretch)? {
            return Ok(None);
        }
        let bundle = self.new_bundle(peer, stretch, "quarantined", Some(fork), Some(file))?;
        for one in said {
            self.note_said(bundle, one)?;
        }
        self.tell_quarantine(peer, bundle, fork)?;
        Ok(Some(bundle))
    }

    /// The same of one that was set aside.
    pub fn quarantine_aside(
        &mut self,
        peer: &PeerInfo,
        bundle: i64,
        fork: i64,
        said: &[Said],
    ) -> Result<(), StoreError> {
        self.tx.prepare_cached(TURNED_OUT)?.execute((bundle, fork))?;
        for one in said {
            self.note_said(bundle, one)?;
        }
        self.tell_quarantine(peer, bundle, fork)
    }

    fn tell_quarantine(&mut self, peer: &PeerInfo, bundle: i64, fork: i64) -> Result<(), StoreError> {
        let detail = json!({ "peer": peer.id, "station": peer.card.station, "fork": fork });
        self.tell_bundle(EventKind::Quarantined, bundle, &detail)
    }

    /// An administrator decides that the chain which stands here is the right one: what is quarantined is dropped, and
    /// bundles of the window are taken again. How many were dropped.
    pub fn lift_quarantine(&mut self, peer: &PeerInfo, reason: &str) -> Result<usize, StoreError> {
        let waiting = self.books().waiting(peer.id, "quarantined")?;
        for one in &waiting {
            self.tx.prepare_cached(DROP)?.execute([one.bundle])?;
            let mut detail = json!({ "peer": peer.id, "station": peer.card.station });
            detail["reason"] = self.sealed_value(&Subject::Bundle(one.bundle), reason)?;
            self.tell_bundle(EventKind::QuarantineLifted, one.bundle, &detail)?;
        }
        Ok(waiting.len())
    }

    /// Whether exactly this bundle waits already.
    fn waits(&self, peer: &PeerInfo, stretch: &Stretch) -> Result<bool, StoreError> {
        let row = (peer.id, stretch.first, stretch.last, stretch.head.bytes());
        Ok(self.tx.prepare_cached(SAME)?.exists(row)?)
    }

    fn tell_bundle(&mut self, kind: EventKind, bundle: i64, detail: &Value) -> Result<(), StoreError> {
        let content = self.books().bundle_content(bundle)?;
        self.event(kind, &Subject::Bundle(bundle), None, detail, content)
    }
}
