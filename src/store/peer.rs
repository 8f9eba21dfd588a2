//! Other ledgers that bundles are exchanged with: whose keys people compared, how far
//! their chains are known here, and how far ours was sealed to each.

use crate::domain::{Digest, EventKind, PeerCard, StationKey, Subject, Time};
use crate::store::event::parsed;
use crate::store::row::digest_of;
use crate::store::{Books, StoreError, Writer};
use rusqlite::{OptionalExtension, Row};
use serde_json::json;

macro_rules! columns {
    () => {
        "SELECT id, ledger, station, facility, name, sign_key, recipient, answers, state = 'trusted', sealed_seq,
            changed_at, operator FROM peer"
    };
}
const ALL: &str = concat!(columns!(), " ORDER BY station");
const OF_LEDGER: &str = concat!(columns!(), " WHERE ledger = ?1");
const ROW: &str = "SELECT * FROM peer WHERE id = ?1";
const TAKEN: &str = "SELECT 1 FROM peer WHERE station = ?1 AND ledger <> ?2";
const TRUST: &str = "
    INSERT INTO peer (ledger, station, facility, name, sign_key, recipient, answers, state, sealed_seq, changed_at, operator)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'trusted', 0, ?8, ?9)
    ON CONFLICT (ledger) DO UPDATE SET state = 'trusted', answers = excluded.answers,
        changed_at = excluded.changed_at, operator = excluded.operator
    RETURNING id";
const REVOKE: &str = "
    UPDATE peer SET state = 'revoked', changed_at = ?2, operator = ?3 WHERE id = ?1 AND state = 'trusted'";
const SEALED: &str = "UPDATE peer SET sealed_seq = ?2 WHERE id = ?1";
const HEAD: &str = "SELECT seq, hash FROM peer_event WHERE peer = ?1 ORDER BY seq DESC LIMIT 1";
const HASH: &str = "SELECT hash FROM peer_event WHERE peer = ?1 AND seq = ?2";
const WAITING: &str = "
    SELECT id, first_seq, last_seq, fork_seq FROM bundle WHERE peer = ?1 AND state = ?2 ORDER BY first_seq, last_seq, head, id";
const COUNT: &str = "SELECT count(*) FROM bundle WHERE peer = ?1 AND state = 'merged'";

/// Another ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerInfo {
    /// Its number here.
    pub id: i64,
    /// Whose it is, and its public keys.
    pub card: PeerCard,
    /// It gets only what concerns its own records.
    pub answers: bool,
    /// Its bundles are taken, and it gets ours.
    pub trusted: bool,
    /// The last of our events that was sealed to it.
    pub sealed_seq: i64,
    /// When somebody last said whether to trust it.
    pub changed_at: Time,
    /// Who.
    pub operator: String,
}

/// A bundle that waits: set aside, or quarantined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its number here.
    pub bundle: i64,
    /// Its first event.
    pub first: i64,
    /// Its last one.
    pub last: i64,
    /// From which event on it is of another chain.
    pub fork: Option<i64>,
}

/// How far the chain of another ledger is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerChain {
    /// The last event; 0 before the first.
    pub head: i64,
    /// Its hash.
    pub hash: Digest,
    /// Bundles that were merged.
    pub merged: i64,
    /// Bundles that wait for what lies between.
    pub aside: Vec<Waiting>,
    /// Bundles of another chain under the same name.
    pub quarantined: Vec<Waiting>,
}

fn from_row(row: &Row<'_>) -> Result<PeerInfo, StoreError> {
    Ok(PeerInfo {
        id: row.get(0)?,
        card: PeerCard {
            ledger: row.get(1)?,
            station: row.get(2)?,
            facility: row.get(3)?,
            name: row.get(4)?,
            key: StationKey::from_bytes(row.get(5)?),
            recipient: row.get(6)?,
        },
        answers: row.get(7)?,
        trusted: row.get(8)?,
        sealed_seq: row.get(9)?,
        changed_at: parsed(row, 10)?,
        operator: row.get(11)?,
    })
}

impl Books<'_> {
    /// Every other ledger that was ever trusted, by station.
    pub fn peers(&self) -> Result<Vec<PeerInfo>, StoreError> {
        let mut statement = self.conn.prepare_cached(ALL)?;
        let mut rows = statement.query([])?;
        let mut peers = Vec::new();
        while let Some(row) = rows.next()? {
            peers.push(from_row(row)?);
        }
        Ok(peers)
    }

    /// The one of that ledger.
    pub fn peer_of(&self, ledger: &str) -> Result<Option<PeerInfo>, StoreError> {
        let mut statement = self.conn.prepare_cached(OF_LEDGER)?;
        let mut rows = statement.query([ledger])?;
        rows.next()?.map(from_row).transpose()
    }

    /// The last event that is known of it: number and hash; 0 before the first.
    pub fn peer_head(&self, peer: i64) -> Result<(i64, Digest), StoreError> {
        let take = |row: &Row<'_>| Ok((row.get(0)?, Digest::from_bytes(row.get(1)?)));
        let head = self.conn.prepare_cached(HEAD)?.query_row([peer], take).optional()?;
        Ok(head.unwrap_or((0, Digest::NONE)))
    }

    /// The hash of one of its events, where that is known.
    pub fn peer_hash(&self, peer: i64, seq: i64) -> Result<Option<Digest>, StoreError> {
        let found = self.conn.prepare_cached(HASH)?.query_row([peer, seq], |row| row.get(0)).optional()?;
        Ok(found.map(Digest::from_bytes))
    }

    /// How far its chain is known, and what waits.
    pub fn peer_chain(&self, peer: i64) -> Result<PeerChain, StoreError> {
        let (head, hash) = self.peer_head(peer)?;
        let merged = self.conn.prepare_cached(COUNT)?.query_row([peer], |row| row.get(0))?;
        let (aside, quarantined) = (self.waiting(peer, "aside")?, self.waiting(peer, "quarantined")?);
        Ok(PeerChain { head, hash, merged, aside, quarantined })
    }

    /// Its bundles of one state, by where they begin.
    pub(super) fn waiting(&self, peer: i64, state: &str) -> Result<Vec<Waiting>, StoreError> {
        let mut statement = self.conn.prepare_cached(WAITING)?;
        let rows = statement.query_map((peer, state), |row| {
            Ok(Waiting { bundle: row.get(0)?, first: row.get(1)?, last: row.get(2)?, fork: row.get(3)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn peer_row(&self, peer: i64) -> Result<Digest, StoreError> {
        self.conn.prepare_cached(ROW)?.query_row([peer], |row| Ok(digest_of("peer", row)))?
    }
}

impl Writer<'_> {
    /// Trusts a ledger whose fingerprint somebody compared.
    ///
    /// # Errors
    /// [`StoreError::StationTaken`] where its station is ours or that of another one, or its keys are not those that
    /// were trusted before.
    pub fn trust_peer(&mut self, card: &PeerCard, answers: bool) -> Result<PeerInfo, StoreError> {
        let taken = || StoreError::StationTaken { station: card.station.clone() };
        if card.station == self.meta.station {
            return Err(taken());
        }
        let other = self.tx.prepare_cached(TAKEN)?.exists((&card.station, &card.ledger))?;
        let known = self.books().peer_of(&card.ledger)?;
        if other
            || known.as_ref().is_some_and(|known| {
                known.card.key != card.key
                    || known.card.recipient != card.recipient
                    || known.card.station != card.station
            })
        {
            return Err(taken());
        }
        let row = (
            &card.ledger,
            &card.station,
            &card.facility,
            &card.name,
            card.key.bytes(),
            &card.recipient,
            answers,
            self.actor.at.to_string(),
            &self.actor.operator,
        );
        let id: i64 = self.tx.prepare_cached(TRUST)?.query_row(row, |row| row.get(0))?;
        let detail = json!({
            "station": card.station, "ledger": card.ledger, "fingerprint": card.fingerprint(), "answers": answers,
        });
        self.tell_peer(EventKind::PeerTrusted, id, &detail)?;
        self.books().peer_of(&card.ledger)?.ok_or_else(|| StoreError::Damaged { text: "peer".to_owned() })
    }

    /// Takes the trust back: what was merged stays, nothing more is taken or sealed.
    ///
    /// # Errors
    /// [`StoreError::Stale`] where it is not trusted now.
    pub fn revoke_peer(&mut self, peer: &PeerInfo, reason: &str) -> Result<(), StoreError> {
        let row = (peer.id, self.actor.at.to_string(), &self.actor.operator);
        if self.tx.prepare_cached(REVOKE)?.execute(row)? != 1 {
            return Err(StoreError::Stale { what: format!("peer {}", peer.card.station) });
        }
        let mut detail = json!({ "station": peer.card.station, "ledger": peer.card.ledger });
        if !reason.is_empty() {
            detail["reason"] = self.sealed_value(&Subject::Peer(peer.id), reason)?;
        }
        self.tell_peer(EventKind::PeerRevoked, peer.id, &detail)
    }

    /// Notes that a bundle with our events up to `last` was sealed to a ledger.
    pub fn note_sealed(
        &mut self,
        peer: &PeerInfo,
        first: i64,
        last: i64,
        records: u64,
    ) -> Result<(), StoreError> {
        self.tx.prepare_cached(SEALED)?.execute((peer.id, last.max(peer.sealed_seq)))?;
        let detail = json!({
            "station": peer.card.station, "ledger": peer.card.ledger, "first": first, "last": last, "records": records,
        });
        self.tell_peer(EventKind::BundleSealed, peer.id, &detail)
    }

    fn tell_peer(&mut self, kind: EventKind, id: i64, detail: &serde_json::Value) -> Result<(), StoreError> {
        let content = self.books().peer_row(id)?;
        self.event(kind, &Subject::Peer(id), None, detail, content)
    }
}
