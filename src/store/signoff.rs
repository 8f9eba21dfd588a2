//! Sign-offs: numbers of a reconciliation, frozen by one operator and signed by
//! another, with a seal of the chain.
//!
//! Whether it may be signed off is asked above. What is frozen never changes: a
//! sign-off that nobody signed is left aside once another is prepared.

use crate::domain::{Digest, EventKind, Frozen, Seal, SealReason, Subject, Time};
use crate::store::event::parsed;
use crate::store::row::digest_of;
use crate::store::{Books, StoreError, Writer};
use rusqlite::Row;
use serde_json::json;

const INSERT: &str = "
    INSERT INTO signoff (run, seq, frozen, digest, created_at, created_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const SIGN: &str = "
    UPDATE signoff SET signed_at = ?2, signed_by = ?3 WHERE id = ?1 AND signed_by IS NULL AND created_by <> ?3";
/// What is closed stays closed, whatever a later run finds.
const FREEZE: &str = "
    UPDATE break SET frozen_by = ?1
    WHERE frozen_by IS NULL AND state <> 'open' AND (second IS NULL OR signed_by IS NOT NULL)";
const ALL: &str = "
    SELECT id, run, seq, frozen, digest, created_at, created_by, signed_at, signed_by FROM signoff
    WHERE ?1 IS NULL OR id = ?1 ORDER BY id";
const ONE: &str = "SELECT * FROM signoff WHERE id = ?1";

/// A sign-off as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct SignoffInfo {
    /// Its number; people write `F1`.
    pub id: i64,
    /// The last run that it covers.
    pub run: i64,
    /// The last event that it covers.
    pub seq: i64,
    /// What was frozen.
    pub frozen: Frozen,
    /// The digest of everything that was counted.
    pub digest: Digest,
    /// When it was prepared, Beijing time.
    pub created_at: Time,
    /// By whom.
    pub created_by: String,
    /// When it was signed; `None` while it is not.
    pub signed_at: Option<Time>,
    /// By whom; never who prepared it.
    pub signed_by: Option<String>,
    /// The seal that was made with it.
    pub seal: Option<Seal>,
}

impl SignoffInfo {
    fn from_row(row: &Row<'_>, seals: &[Seal]) -> Result<SignoffInfo, StoreError> {
        let (id, frozen): (i64, String) = (row.get(0)?, row.get(3)?);
        let signed_by: Option<String> = row.get(8)?;
        let note = format!("F{id}");
        let seal = seals.iter().find(|seal| seal.why == SealReason::Signoff && seal.note == note);
        Ok(SignoffInfo {
            id,
            run: row.get(1)?,
            seq: row.get(2)?,
            frozen: serde_json::from_str(&frozen)?,
            digest: Digest::from_bytes(row.get(4)?),
            created_at: parsed(row, 5)?,
            created_by: row.get(6)?,
            signed_at: if signed_by.is_some() { Some(parsed(row, 7)?) } else { None },
            signed_by,
            seal: seal.cloned(),
        })
    }
}

impl Books<'_> {
    /// Every sign-off, oldest first.
    pub fn signoffs(&self) -> Result<Vec<SignoffInfo>, StoreError> {
        self.signoffs_where(None)
    }

    /// The sign-off of a number.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is none.
    pub fn signoff(&self, id: i64) -> Result<SignoffInfo, StoreError> {
        let found = self.signoffs_where(Some(id))?.pop();
        found.ok_or_else(|| StoreError::NotFound { what: Subject::Signoff(id).to_string() })
    }

    fn signoffs_where(&self, id: Option<i64>) -> Result<Vec<SignoffInfo>, StoreError> {
        let seals = self.seals()?;
        let mut statement = self.conn.prepare_cached(ALL)?;
        let mut rows = statement.query([id])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(SignoffInfo::from_row(row, &seals)?);
        }
        Ok(found)
    }
}

impl Writer<'_> {
    /// Keeps frozen numbers until somebody else signs them; the number of the sign-off.
    pub fn create_signoff(&mut self, frozen: &Frozen) -> Result<i64, StoreError> {
        let text = serde_json::to_string(frozen)?;
        let (at, by) = (self.actor.at.to_string(), &self.actor.operator);
        self.tx.execute(INSERT, (frozen.run, frozen.seq, text, frozen.digest.bytes(), at, by))?;
        let id = self.tx.last_insert_rowid();
        let detail = json!({
            "run": format!("R{}", frozen.run), "head_seq": frozen.seq, "digest": frozen.digest,
        });
        self.told_signoff(EventKind::SignoffCreated, id, &detail)?;
        Ok(id)
    }

    /// Signs a sign-off: from here on it counts, the breaks it covers stay as they are, and the chain is sealed.
    ///
    /// # Errors
    /// [`StoreError::Stale`] where it is signed already, or was prepared by the same operator.
    pub fn sign_signoff(&mut self, id: i64) -> Result<Seal, StoreError> {
        let row = (id, self.actor.at.to_string(), &self.actor.operator);
        if self.tx.execute(SIGN, row)? != 1 {
            return Err(StoreError::Stale { what: Subject::Signoff(id).to_string() });
        }
        let frozen = self.tx.execute(FREEZE, [id])?;
        self.told_signoff(EventKind::SignoffSigned, id, &json!({ "breaks": frozen }))?;
        self.seal(SealReason::Signoff, &format!("F{id}"))
    }

    fn told_signoff(
        &mut self,
        kind: EventKind,
        id: i64,
        detail: &serde_json::Value,
    ) -> Result<(), StoreError> {
        let content = self.tx.query_row(ONE, [id], |row| Ok(digest_of("signoff", row)))??;
        self.event(kind, &Subject::Signoff(id), None, detail, content)
    }
}
