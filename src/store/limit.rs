//! Limits in fen: what was set in this ledger, else what holds by default.

use crate::domain::{EventKind, Limit, Money, Subject};
use crate::store::row::digest_of;
use crate::store::{Books, StoreError, Writer};
use crate::text::Label;
use rusqlite::OptionalExtension;
use serde_json::json;

const GET: &str = "SELECT amount_fen FROM amount_limit WHERE name = ?1";
const SET: &str = "
    INSERT INTO amount_limit (name, amount_fen, set_at, set_by) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (name) DO UPDATE SET amount_fen = ?2, set_at = ?3, set_by = ?4";
const ONE: &str = "SELECT * FROM amount_limit WHERE name = ?1";

impl Books<'_> {
    /// A limit as it holds now.
    pub fn limit(&self, limit: Limit) -> Result<Money, StoreError> {
        let mut statement = self.conn.prepare_cached(GET)?;
        let set: Option<i64> = statement.query_row([limit.id()], |row| row.get(0)).optional()?;
        Ok(set.map_or_else(|| limit.by_default(), Money::from_fen))
    }
}

impl Writer<'_> {
    /// Sets a limit, never below nothing.
    pub fn set_limit(&mut self, limit: Limit, amount: Money) -> Result<(), StoreError> {
        let before = self.books().limit(limit)?;
        let row = (limit.id(), amount.abs().fen(), self.actor.at.to_string(), &self.actor.operator);
        self.tx.execute(SET, row)?;
        let content = self.tx.query_row(ONE, [limit.id()], |row| Ok(digest_of("amount_limit", row)))??;
        let detail = json!({ "amount_fen": [before, amount.abs()] });
        self.event(EventKind::LimitSet, &Subject::Limit(limit.id()), None, &detail, content)
    }
}
