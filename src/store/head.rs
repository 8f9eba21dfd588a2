//! Seals of the head: the last event as it is now, signed and kept.
//!
//! A seal covers everything before it. The event that follows tells of the seal
//! itself, so that none can be taken out of the list unseen.

use crate::domain::{Actor, Digest, EventKind, Seal, SealReason, Subject};
use crate::store::event::{one_line, parsed};
use crate::store::row::digest_of;
use crate::store::{Books, Ledger, Mode, StoreError, Writer};
use crate::text::Label;
use data_encoding::HEXLOWER;
use ed25519_dalek::Signer as _;
use rusqlite::{OptionalExtension, Row};
use serde_json::json;

const NEXT: &str = "SELECT coalesce(max(number), 0) + 1 FROM seal";
const INSERT: &str = "
    INSERT INTO seal (number, seq, hash, at, station, operator, why, note, signature)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
const ALL: &str = "
    SELECT number, lower(hex(l.uuid)), s.station, seq, hash, at, operator, why, note, signature
    FROM seal s CROSS JOIN ledger l ORDER BY number";
const ONE: &str = "SELECT * FROM seal WHERE number = ?1";
const UUID: &str = "SELECT lower(hex(uuid)) FROM ledger";
const HASH: &str = "SELECT hash FROM event WHERE seq = ?1";

fn from_row(row: &Row<'_>) -> Result<Seal, StoreError> {
    Ok(Seal {
        number: row.get(0)?,
        ledger: row.get(1)?,
        station: row.get(2)?,
        seq: row.get(3)?,
        hash: Digest::from_bytes(row.get(4)?),
        at: parsed(row, 5)?,
        operator: row.get(6)?,
        why: parsed(row, 7)?,
        note: row.get(8)?,
        signature: HEXLOWER.encode(&row.get::<_, Vec<u8>>(9)?),
    })
}

impl Books<'_> {
    /// The ledger's id, 32 hexadecimal digits.
    pub fn ledger_id(&self) -> Result<String, StoreError> {
        Ok(self.conn.query_row(UUID, [], |row| row.get(0))?)
    }

    /// The hash of one event, where there is one of that number.
    pub fn event_hash(&self, seq: i64) -> Result<Option<Digest>, StoreError> {
        let found = self.conn.prepare_cached(HASH)?.query_row([seq], |row| row.get(0)).optional()?;
        Ok(found.map(Digest::from_bytes))
    }

    /// Every seal, oldest first.
    pub fn seals(&self) -> Result<Vec<Seal>, StoreError> {
        let mut statement = self.conn.prepare_cached(ALL)?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(from_row(row)?);
        }
        Ok(found)
    }
}

impl Ledger {
    /// Seals the head of the chain: signs it, keeps the seal, and writes the event that tells of it.
    ///
    /// # Errors
    /// [`StoreError`] where the key cannot be read or the ledger not written.
    pub fn seal(&mut self, actor: &Actor, why: SealReason, note: &str) -> Result<Seal, StoreError> {
        self.write(actor, Mode::Keep, |w| w.seal(why, note))
    }
}

impl Writer<'_> {
    /// The same within a change: what was written so far is sealed, and commits with the seal. `note` is printed, so it
    /// must hold no identity.
    ///
    /// # Errors
    /// [`StoreError::NotAllowed`] where the operator's role may not seal for this reason, [`StoreError`] where the key
    /// cannot be read.
    pub fn seal(&mut self, why: SealReason, note: &str) -> Result<Seal, StoreError> {
        self.session()?.may(why.right())?;
        let (seq, hash) = self.books().head()?;
        let mut seal = Seal {
            number: self.tx.query_row(NEXT, [], |row| row.get(0))?,
            ledger: self.books().ledger_id()?,
            station: self.meta.station.clone(),
            seq,
            hash,
            at: self.actor.at,
            operator: one_line(&self.actor.operator),
            why,
            note: one_line(note.trim()),
            signature: String::new(),
        };
        let signature = self.signing_key()?.sign(seal.text().as_bytes()).to_bytes();
        seal.signature = HEXLOWER.encode(&signature);
        let Seal { number, station, at, operator, note, .. } = &seal;
        self.tx.execute(
            INSERT,
            (number, seq, hash.bytes(), at.to_string(), station, operator, why.id(), note, signature),
        )?;
        let content = self.tx.query_row(ONE, [number], |row| Ok(digest_of("seal", row)))??;
        let detail = json!({ "why": why, "note": note });
        self.event(EventKind::Sealed, &Subject::Ledger, None, &detail, content)?;
        Ok(seal)
    }
}
