//! What people do to a break: give it to somebody, resolve it with evidence, sign
//! what somebody else resolved, open it again. Each is one event.
//!
//! What runs do stands in `discrepancy`. Whether a waiver is within somebody's
//! limit is asked above; here it is only kept.

use crate::domain::{EventKind, Resolution, Role, Subject};
use crate::store::discrepancy::place;
use crate::store::event::one_line;
use crate::store::row::digest_of;
use crate::store::{BreakInfo, StoreError, Writer};
use crate::text::Label;
use rusqlite::OptionalExtension;
use serde_json::json;

const ASSIGN: &str =
    "UPDATE break SET owner = ?2 WHERE id = ?1 AND state = 'open' AND coalesce(owner, '') <> ?2";
const RESOLVE: &str = "
    UPDATE break SET state = 'resolved', how = ?2, evidence = ?3, closed_by = ?4, closed_at = ?5, second = ?6
    WHERE id = ?1 AND state = 'open'";
const SIGN: &str = "
    UPDATE break SET signed_by = ?2, signed_at = ?3
    WHERE id = ?1 AND state = 'resolved' AND signed_by IS NULL AND closed_by <> ?2";
const REOPEN: &str = "
    UPDATE break SET state = 'open', how = NULL, evidence = NULL, closed_by = NULL, closed_at = NULL,
        signed_by = NULL, signed_at = NULL, second = NULL
    WHERE id = ?1 AND state = 'resolved' AND frozen_by IS NULL";
/// What was signed off stays as it is: a break of its own goes on from there.
const RENEW: &str = "
    INSERT INTO break (reason, record, settlement, difference_fen, first_run, last_run, state, owner, earlier, account)
    SELECT reason, record, settlement, difference_fen, last_run, last_run, 'open', owner, id, account FROM break
    WHERE id = ?1 AND state = 'resolved' AND frozen_by IS NOT NULL";
const AFTER: &str = "
    SELECT n.id FROM break b JOIN break n ON n.reason = b.reason AND coalesce(n.record, 0) = coalesce(b.record, 0)
        AND coalesce(n.settlement, 0) = coalesce(b.settlement, 0) AND coalesce(n.account, 0) = coalesce(b.account, 0)
    WHERE b.id = ?1 AND n.id > b.id AND n.state <> 'gone' ORDER BY n.id LIMIT 1";
/// What events of its own tell of a break besides its owner; the runs tell the rest.
pub(super) const RESOLUTION: &str =
    "SELECT id, how, evidence, closed_by, closed_at, signed_by, signed_at, second FROM break WHERE id = ?1";

fn stale(id: i64) -> StoreError {
    StoreError::Stale { what: format!("break {id}") }
}

impl Writer<'_> {
    /// The role of whoever works here; `None` in a ledger that knows no roles.
    ///
    /// # Errors
    /// [`StoreError::Locked`] where nobody has unlocked the ledger.
    pub fn role(&self) -> Result<Option<Role>, StoreError> {
        Ok(self.session()?.role())
    }

    /// Gives an open break to somebody.
    ///
    /// # Errors
    /// [`StoreError::Stale`] where it is not open, or is his already.
    pub fn assign_break(&mut self, id: i64, owner: &str) -> Result<(), StoreError> {
        let owner = one_line(owner.trim());
        if self.tx.execute(ASSIGN, (id, &owner))? != 1 {
            return Err(stale(id));
        }
        self.told(EventKind::BreakAssigned, id, &json!({ "owner": owner }))
    }

    /// Resolves a break, with how and on what evidence. Where it `needs_second`, it does not count before somebody else
    /// has signed.
    ///
    /// # Errors
    /// [`StoreError::Stale`] where it is not open.
    pub fn resolve_break(
        &mut self,
        id: i64,
        how: Resolution,
        evidence: &str,
        needs_second: bool,
    ) -> Result<(), StoreError> {
        let sealed = self.seal_text(place(&id.to_be_bytes()), evidence)?;
        let second = needs_second.then_some(1);
        let row = (id, how.id(), sealed, &self.actor.operator, self.actor.at.to_string(), second);
        if self.tx.execute(RESOLVE, row)? != 1 {
            return Err(stale(id));
        }
        let evidence = self.sealed_value(&Subject::Break(id), evidence)?;
        let mut detail = json!({ "how": how.id(), "evidence": evidence });
        if needs_second {
            detail["needs_second"] = json!(true);
        }
        self.told(EventKind::BreakResolved, id, &detail)
    }

    /// Signs the resolution of a break.
    ///
    /// # Errors
    /// [`StoreError::Stale`] where it is not resolved, is signed already, or was resolved by the same operator.
    pub fn sign_break(&mut self, id: i64) -> Result<(), StoreError> {
        let row = (id, &self.actor.operator, self.actor.at.to_string());
        if self.tx.execute(SIGN, row)? != 1 {
            return Err(stale(id));
        }
        self.told(EventKind::BreakSigned, id, &json!({}))
    }

    /// Opens a resolved break again and returns its number: its own, or that of a new break where a sign-off covers it.
    ///
    /// # Errors
    /// [`StoreError::Stale`] where it is not resolved, or a later break goes on from it already.
    pub fn reopen_break(&mut self, standing: &BreakInfo, reason: &str) -> Result<i64, StoreError> {
        let id = standing.id;
        if self.tx.prepare_cached(AFTER)?.query_row([id], |row| row.get::<_, i64>(0)).optional()?.is_some() {
            return Err(stale(id));
        }
        let (sql, frozen) = if standing.frozen_by.is_some() { (RENEW, true) } else { (REOPEN, false) };
        if self.tx.execute(sql, [id])? != 1 {
            return Err(stale(id));
        }
        let open = if frozen { self.tx.last_insert_rowid() } else { id };
        let reason = self.sealed_value(&Subject::Break(open), reason)?;
        let mut detail = json!({ "reason": reason });
        if frozen {
            detail["earlier"] = json!(id);
        }
        self.told(EventKind::BreakReopened, open, &detail)?;
        Ok(open)
    }

    /// The event of a break, with the digest of how it is resolved now.
    fn told(&mut self, kind: EventKind, id: i64, detail: &serde_json::Value) -> Result<(), StoreError> {
        let content = self.tx.query_row(RESOLUTION, [id], |row| Ok(digest_of("break", row)))??;
        self.event(kind, &Subject::Break(id), None, detail, content)
    }
}
