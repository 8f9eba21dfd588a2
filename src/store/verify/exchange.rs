//! Bundles and the chains of other ledgers beside what the events tell of them.
//!
//! A chain is proved by its own hashes: its last one is what the last bundle of it
//! told, and from there back every row is what it was.

use super::fault::Fault;
use super::{Proof, Walk};
use crate::domain::{Digest, Digester, Link, Time};
use crate::store::merge_log::{self, MergeLog};
use crate::store::{Books, StoreError};
use rusqlite::{OptionalExtension, Row};

const BUNDLE: &str = "SELECT * FROM bundle WHERE id = ?1";
const SAID: &str = "SELECT * FROM said WHERE bundle = ?1 ORDER BY uuid";
const MOVES: &str = "SELECT moves FROM bundle WHERE id = ?1";
const EVENTS: &str = "
    SELECT peer, seq, at, station, operator, kind, subject, record, detail, content, hash FROM peer_event
    ORDER BY peer, seq";

/// How far a chain came, and the event that told it.
#[derive(Clone, Copy, Debug)]
pub(super) struct PeerHead {
    pub(super) seq: i64,
    pub(super) last: i64,
    pub(super) head: Digest,
}

impl Books<'_> {
    /// The digest of a bundle: its row, and what it says of each record.
    pub(in crate::store) fn bundle_content(&self, bundle: i64) -> Result<Digest, StoreError> {
        let mut digester = Digester::default();
        self.add_rows(&mut digester, "bundle", BUNDLE, Some(bundle))?;
        self.add_rows(&mut digester, "said", SAID, Some(bundle))?;
        Ok(digester.finish())
    }

    /// What a bundle changed; `None` where it is gone or its log does not read.
    pub(super) fn merge_log(&self, bundle: i64) -> Result<Option<MergeLog>, StoreError> {
        let mut statement = self.conn.prepare_cached(MOVES)?;
        let moves: Option<Vec<u8>> = statement.query_row([bundle], |row| row.get(0)).optional()?;
        Ok(moves.and_then(|moves| merge_log::read(&moves)))
    }

    /// Every event of every other chain has the hash that the one after it rests on, and the last is the one told.
    pub(super) fn prove_peers(&self, walk: &Walk<'_>, proof: &mut Proof) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(EVENTS)?;
        let mut rows = statement.query([])?;
        let mut left = walk.peers.clone();
        let (mut peer, mut seq, mut hash) = (0, 0, Digest::NONE);
        let mut ends: Vec<(i64, i64, Digest)> = Vec::new();
        while let Some(row) = rows.next()? {
            let of: i64 = row.get(0)?;
            if of != peer {
                ends.push((peer, seq, hash));
                (peer, seq, hash) = (of, 0, Digest::NONE);
            }
            let (number, stands) = (row.get::<_, i64>(1)?, row.get::<_, [u8; 32]>(10).unwrap_or_default());
            // A row that does not even read is not as it was written.
            let found = hash_of(row, hash).unwrap_or(None);
            if number != seq + 1 || found != Some(Digest::from_bytes(stands)) {
                let told = walk.peers.get(&peer).map_or(0, |told| told.seq);
                proof
                    .faults
                    .push(Fault::Content { subject: format!("peer {peer} event {number}"), seq: told });
            }
            (seq, hash) = (number, Digest::from_bytes(stands));
        }
        ends.push((peer, seq, hash));
        for (peer, last, head) in ends.into_iter().filter(|(_, last, _)| *last != 0) {
            let subject = format!("peer {peer} event {last}");
            match left.remove(&peer) {
                None => proof.faults.push(Fault::NoEvent { subject }),
                Some(told) if (told.last, told.head) != (last, head) => {
                    proof.faults.push(Fault::Content { subject, seq: told.seq });
                }
                Some(_) => {}
            }
        }
        let gone = left.into_iter().map(|(peer, told)| Fault::Gone {
            subject: format!("peer {peer} event {}", told.last),
            seq: told.seq,
        });
        proof.faults.extend(gone);
        Ok(())
    }
}

/// The hash a row must have after `before`; `None` where its time does not read.
fn hash_of(row: &Row<'_>, before: Digest) -> rusqlite::Result<Option<Digest>> {
    let text = |at: usize| row.get::<_, String>(at);
    let Ok(at) = text(2)?.parse::<Time>() else { return Ok(None) };
    let (station, operator, kind, subject, detail) = (text(3)?, text(4)?, text(5)?, text(6)?, text(8)?);
    let link = Link {
        seq: row.get(1)?,
        at,
        station: &station,
        operator: &operator,
        kind: &kind,
        subject: &subject,
        record: row.get(7)?,
        content: Digest::from_bytes(row.get(9)?),
        detail: &detail,
    };
    Ok(Some(link.hash_after(before)))
}
