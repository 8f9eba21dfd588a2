//! Proof that the books are what the events made of them.
//!
//! One pass over the events recomputes the chain and folds it: which stage and
//! verdict each record has, how each break stands, and the last digest told of
//! every other row. One ordered pass over each table lays its rows beside that.
//! `docs/audit.md` says, table by table, what is proved by what; nothing is mended.

mod chain;
mod exchange;
mod fault;
mod freeze;
mod records;
mod register;
mod replay;
mod rows;
mod sets;
mod stages;

pub use fault::Fault;
pub(super) use records::Frame;
pub use replay::LifeEntry;
pub(super) use replay::Undoing;

use crate::domain::{Digest, Money, Progress, STRIDE, Seal, SealCode, Watcher};
use crate::store::connect::SCHEMA;
use crate::store::{Books, StoreError, connect};
use chain::Walk;
use rusqlite::Connection;
use std::collections::BTreeMap;

const OBJECTS: &str = "
    SELECT type, name, CASE WHEN type IN ('view', 'trigger') THEN coalesce(sql, '') ELSE '' END
    FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";

/// What was proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// How many events the chain has.
    pub events: i64,
    /// How many records were read and hashed again.
    pub records: i64,
    /// What all records cost, void ones too, as in the summary.
    pub total: Money,
    /// What was paid back.
    pub refunds: Money,
    /// How many seals were checked.
    pub seals: i64,
    /// The chain's head.
    pub head: Digest,
    /// What does not agree, first fault first; empty where all does.
    pub faults: Vec<Fault>,
}

impl Books<'_> {
    /// Recomputes the whole chain, and every row from the events.
    ///
    /// # Errors
    /// [`StoreError`] where the file cannot be read at all; what merely does not agree is a [`Fault`].
    pub fn prove(&self) -> Result<Proof, StoreError> {
        self.prove_watched(&mut |_| true)
    }

    /// The same for a ledger so large that somebody watches.
    ///
    /// # Errors
    /// As [`Books::prove`], and [`StoreError::Stopped`] where the watcher wishes so.
    pub fn prove_watched(&self, watch: &mut Watcher<'_>) -> Result<Proof, StoreError> {
        super::connect::legible(self.conn)?;
        let last = self.head().map_or(0, |(seq, _)| seq.unsigned_abs());
        let mut walk = Walk::new(self);
        self.each_link(|link| {
            walk.take(link)?;
            let rows = walk.seq.unsigned_abs();
            let far = Progress { rows, read: (rows, last), ..Progress::default() };
            go_on(watch, rows, far.within(0, EVENTS))
        })?;
        let mut proof = Proof {
            events: walk.seq,
            records: 0,
            total: Money::ZERO,
            refunds: Money::ZERO,
            seals: 0,
            head: walk.hash,
            faults: std::mem::take(&mut walk.faults),
        };
        self.prove_schema(&mut proof)?;
        self.prove_told(&walk, &mut proof)?;
        self.prove_seals(&mut proof)?;
        self.prove_records(&walk, &mut proof, watch)?;
        self.prove_sets(&walk, &mut proof)?;
        self.prove_register(&walk, &mut proof)?;
        self.prove_peers(&walk, &mut proof)?;
        // Last, so that whoever refers to an identity is named before the identity.
        self.prove_persons(&walk, &mut proof)?;
        Ok(proof)
    }

    /// Proves that this ledger still holds the event that a code was printed of.
    pub fn prove_code(&self, code: SealCode) -> Result<Option<Fault>, StoreError> {
        let stands = self.event_hash(code.seq())?.is_some_and(|hash| code.fits(&hash));
        Ok((!stands).then_some(Fault::NotSealed { seq: code.seq() }))
    }

    /// Proves that this ledger still holds the event that a seal was made of, and that the seal is of this ledger.
    /// Whether it is signed is another question; see [`Seal::is_signed_by`].
    pub fn prove_seal(&self, seal: &Seal) -> Result<Option<Fault>, StoreError> {
        let ours = self.ledger_id()? == seal.ledger;
        let stands = ours && self.event_hash(seal.seq)? == Some(seal.hash);
        Ok((!stands).then_some(Fault::NotSealed { seq: seal.seq }))
    }

    /// The tables, indexes and views are those of this edition; no trigger stands among them.
    fn prove_schema(&self, proof: &mut Proof) -> Result<(), StoreError> {
        let fresh = Connection::open_in_memory()?;
        fresh.execute_batch(SCHEMA)?;
        let (ours, mut theirs) = (objects(self.conn)?, objects(&fresh)?);
        let is_newer = connect::version(self.conn)? > connect::SCHEMA_VERSION;
        for (name, sql) in ours {
            let expected = theirs.remove(&name);
            // A later edition may have more tables; none has a trigger.
            let is_added = is_newer && expected.is_none() && name.0 != "trigger";
            if !is_added && expected.as_ref() != Some(&sql) {
                proof.faults.push(Fault::Schema { name: name.1 });
            }
        }
        proof.faults.extend(theirs.into_keys().map(|(_, name)| Fault::Schema { name }));
        Ok(())
    }
}

/// So much of the time goes into the chain, in thousandths; the rest into the rows.
const EVENTS: u64 = 500;

/// Tells now and then how far a step has come.
///
/// # Errors
/// [`StoreError::Stopped`] where the watcher wishes so.
pub(in crate::store) fn go_on(watch: &mut Watcher<'_>, rows: u64, far: Progress) -> Result<(), StoreError> {
    let goes = !rows.is_multiple_of(STRIDE) || watch(&far);
    if goes { Ok(()) } else { Err(StoreError::Stopped) }
}

/// What a file defines, by type and name.
fn objects(conn: &Connection) -> Result<BTreeMap<(String, String), String>, StoreError> {
    let mut statement = conn.prepare(OBJECTS)?;
    let rows = statement.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
