//! Refunds paid and records cleared: once each, with receipt or evidence.

use crate::domain::{EventKind, Money, PayMethod, Stage, Step, Time};
use crate::store::event::parsed;
use crate::store::{Books, StoreError, Stored, Writer};
use crate::text::Label;
use serde_json::json;

const PAY: &str = "
    INSERT INTO refund (record, amount_fen, receipt_no, pay_method, paid_at, operator) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const OF_RECORD: &str =
    "SELECT amount_fen, receipt_no, pay_method, paid_at, operator FROM refund WHERE record = ?1";
const CLEAR: &str = "INSERT INTO clearing (record, evidence, cleared_at, operator) VALUES (?1, ?2, ?3, ?4)";
const CLEARED: &str = "SELECT evidence, cleared_at, operator FROM clearing WHERE record = ?1";

/// A refund that was paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// How much.
    pub amount: Money,
    /// Number of the patient's receipt for it.
    pub receipt_no: String,
    /// How it was paid back.
    pub pay_method: PayMethod,
    /// When, Beijing time.
    pub paid_at: Time,
    /// By whom.
    pub operator: String,
}

/// How a record was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clearing {
    /// On what evidence.
    pub evidence: String,
    /// When, Beijing time.
    pub cleared_at: Time,
    /// By whom.
    pub operator: String,
}

impl Books<'_> {
    /// The refund paid for a record.
    pub fn refund(&self, record: i64) -> Result<Option<Refund>, StoreError> {
        let mut statement = self.conn.prepare_cached(OF_RECORD)?;
        let mut rows = statement.query([record])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        Ok(Some(Refund {
            amount: Money::from_fen(row.get(0)?),
            receipt_no: row.get(1)?,
            pay_method: parsed(row, 2)?,
            paid_at: parsed(row, 3)?,
            operator: row.get(4)?,
        }))
    }

    /// How a record was closed.
    pub fn clearing(&self, record: i64) -> Result<Option<Clearing>, StoreError> {
        let mut statement = self.conn.prepare_cached(CLEARED)?;
        let mut rows = statement.query([record])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        Ok(Some(Clearing { evidence: row.get(0)?, cleared_at: parsed(row, 1)?, operator: row.get(2)? }))
    }
}

impl Writer<'_> {
    /// Writes down a refund; the record is then refunded.
    ///
    /// # Errors
    /// [`StoreError::Stale`] where the record is not settled: never before the settlement, never twice.
    pub fn pay_refund(
        &mut self,
        stored: &Stored,
        amount: Money,
        receipt_no: &str,
        method: PayMethod,
    ) -> Result<Stage, StoreError> {
        let detail = json!({ "amount_fen": amount, "receipt_no": receipt_no, "pay_method": method.id() });
        let stage = self.step(stored, Step::Refund, EventKind::Refunded, &detail)?;
        let at = self.actor.at.to_string();
        self.tx.execute(PAY, (stored.id, amount.fen(), receipt_no, method.id(), at, &self.actor.operator))?;
        Ok(stage)
    }

    /// Closes a record with its evidence.
    pub fn clear(&mut self, stored: &Stored, evidence: &str) -> Result<Stage, StoreError> {
        let stage = self.step(stored, Step::Clear, EventKind::Cleared, &json!({ "evidence": evidence }))?;
        self.tx.execute(CLEAR, (stored.id, evidence, self.actor.at.to_string(), &self.actor.operator))?;
        Ok(stage)
    }
}
