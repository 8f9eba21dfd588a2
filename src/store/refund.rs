//! Refunds paid and records cleared: once each, with receipt or evidence.

use crate::domain::{EventKind, Money, PayMethod, Settlement, Stage, Step, Time};
use crate::store::event::parsed;
use crate::store::row::digest_of;
use crate::store::seal::Place;
use crate::store::{Books, StoreError, Stored, Writer};
use crate::text::Label;
use rusqlite::Row;
use serde_json::json;

const PAY: &str = "
    INSERT INTO refund (record, amount_fen, receipt_no, pay_method, paid_at, operator) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const OF_RECORD: &str =
    "SELECT amount_fen, receipt_no, pay_method, paid_at, operator FROM refund WHERE record = ?1";
const ALL: &str = "
    SELECT r.station || printf('-%04d', r.count), r.record_no, p.amount_fen, p.receipt_no, p.pay_method, p.paid_at,
        p.operator
    FROM refund p JOIN record r ON r.id = p.record ORDER BY p.paid_at, r.id";
const CLEAR: &str = "INSERT INTO clearing (record, evidence, cleared_at, operator) VALUES (?1, ?2, ?3, ?4)";
const CLEARED: &str = "SELECT evidence, cleared_at, operator FROM clearing WHERE record = ?1";
const PAID: &str = "SELECT * FROM refund WHERE record = ?1";
const CLOSED: &str = "SELECT * FROM clearing WHERE record = ?1";

/// Every settled record with what its patient paid; where one settlement alone settles it, one row alone tells that and
/// nothing takes it back, its amounts too. All other cases are looked at one by one.
const SETTLED: &str = "
    SELECT r.id, coalesce(r.paid_fen, iif(coalesce(r.facts ->> 'prepaid', 0) = 1, r.total_fen, 0)),
        s.total_fen, s.fund_fen, s.account_fen, s.cash_fen, s.hospital_fen
    FROM record r
    LEFT JOIN match m ON m.record = r.id AND m.undone_run IS NULL AND coalesce(m.part, 'one') = 'one'
        AND NOT EXISTS (SELECT 1 FROM batch_undo u WHERE u.record = r.id)
    LEFT JOIN settlement s ON s.id = m.settlement
        AND NOT EXISTS (SELECT 1 FROM settlement o WHERE o.setl_id = s.setl_id AND o.id <> s.id)
    WHERE r.stage = 'settled'";

/// A settled record, as far as one look shows what its patient is owed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettledRecord {
    /// Row number.
    pub record: i64,
    /// What the patient paid.
    pub paid: Money,
    /// The amounts of its settlement; `None` where that takes a closer look.
    pub settlement: Option<Settlement>,
}

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

/// A refund that was paid, and of which record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaidRefund {
    /// Short number of the record.
    pub number: String,
    /// The facility's own number.
    pub record_no: String,
    /// What was paid.
    pub refund: Refund,
}

/// How a record was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clearing {
    /// What proves it; `None` while the ledger is locked.
    pub evidence: Option<String>,
    /// When, Beijing time.
    pub cleared_at: Time,
    /// By whom.
    pub operator: String,
}

fn place(record: &[u8; 8]) -> Place<'_> {
    Place { column: "clearing.evidence", row: record }
}

fn settled(row: &Row<'_>) -> Result<SettledRecord, rusqlite::Error> {
    let fen = |at| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(at)?.map(Money::from_fen));
    let settlement = match fen(2)? {
        Some(total) => {
            let (fund, account, cash, hospital) = (fen(3)?, fen(4)?, fen(5)?, fen(6)?);
            Some(Settlement { total, fund, account, cash, hospital, ..Settlement::default() })
        }
        None => None,
    };
    Ok(SettledRecord { record: row.get(0)?, paid: Money::from_fen(row.get(1)?), settlement })
}

impl Books<'_> {
    /// Every settled record with its amounts, handed on one by one.
    pub fn each_settled<E: From<StoreError>>(
        &self,
        mut take: impl FnMut(SettledRecord) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self.conn.prepare_cached(SETTLED).map_err(StoreError::from)?;
        let mut rows = statement.query([]).map_err(StoreError::from)?;
        while let Some(row) = rows.next().map_err(StoreError::from)? {
            take(settled(row).map_err(StoreError::from)?)?;
        }
        Ok(())
    }

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

    /// Every refund that was paid, oldest first.
    pub fn paid_refunds(&self) -> Result<Vec<PaidRefund>, StoreError> {
        let mut statement = self.conn.prepare_cached(ALL)?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let refund = Refund {
                amount: Money::from_fen(row.get(2)?),
                receipt_no: row.get(3)?,
                pay_method: parsed(row, 4)?,
                paid_at: parsed(row, 5)?,
                operator: row.get(6)?,
            };
            found.push(PaidRefund { number: row.get(0)?, record_no: row.get(1)?, refund });
        }
        Ok(found)
    }

    /// How a record was closed.
    pub fn clearing(&self, record: i64) -> Result<Option<Clearing>, StoreError> {
        let mut statement = self.conn.prepare_cached(CLEARED)?;
        let mut rows = statement.query([record])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let evidence = self.open_text(place(&record.to_be_bytes()), &row.get::<_, Vec<u8>>(0)?)?;
        Ok(Some(Clearing { evidence, cleared_at: parsed(row, 1)?, operator: row.get(2)? }))
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
        let stage = self.move_to(stored, Step::Refund)?;
        let at = self.actor.at.to_string();
        self.tx.execute(PAY, (stored.id, amount.fen(), receipt_no, method.id(), at, &self.actor.operator))?;
        let content = self.tx.query_row(PAID, [stored.id], |row| Ok(digest_of("refund", row)))??;
        let detail = json!({
            "amount_fen": amount, "receipt_no": receipt_no, "pay_method": method.id(),
            "stage": [stored.stage.id(), stage.id()],
        });
        self.event(EventKind::Refunded, &stored.subject(), Some(stored.id), &detail, content)?;
        Ok(stage)
    }

    /// Closes a record with its evidence.
    pub fn clear(&mut self, stored: &Stored, evidence: &str) -> Result<Stage, StoreError> {
        let stage = self.move_to(stored, Step::Clear)?;
        let sealed = self.seal_text(place(&stored.id.to_be_bytes()), evidence)?;
        self.tx.execute(CLEAR, (stored.id, sealed, self.actor.at.to_string(), &self.actor.operator))?;
        let content = self.tx.query_row(CLOSED, [stored.id], |row| Ok(digest_of("clearing", row)))??;
        let evidence = self.sealed_value(&stored.subject(), evidence)?;
        let detail = json!({ "evidence": evidence, "stage": [stored.stage.id(), stage.id()] });
        self.event(EventKind::Cleared, &stored.subject(), Some(stored.id), &detail, content)?;
        Ok(stage)
    }
}
