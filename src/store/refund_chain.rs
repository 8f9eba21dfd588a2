//! What the ledger knows of refund chains: records that are settled or refunded, with payment, settlement, refund and
//! receipt. Whether a chain holds is for `domain::RefundChain` to say.

use crate::domain::{Money, Receipt, RefundChain, Time};
use crate::store::event::parsed;
use crate::store::{Books, StoreError};
use rusqlite::Row;

macro_rules! chains {
    ($filter:literal) => {
        concat!(
            "SELECT r.id, r.total_fen, r.paid_fen, r.facts ->> 'prepaid', f.amount_fen,
                (SELECT group_concat(p.kind || ' ' || p.state, ';') FROM paper p
                 WHERE p.record = r.id AND p.kind IN ('receipt', 'invoice')),
                EXISTS (SELECT 1 FROM json_each(r.facts, '$.papers') k WHERE k.value IN ('receipt', 'invoice')),
                s.cash_fen, s.id, r.stage = 'cleared',
                f.record IS NOT NULL AND EXISTS (SELECT 1 FROM settlement o
                    WHERE o.setl_id = s.setl_id AND o.total_fen = s.total_fen AND o.id <> s.id)
             FROM record r LEFT JOIN refund f ON f.record = r.id
             LEFT JOIN match m ON m.record = r.id AND m.undone_run IS NULL AND coalesce(m.part, 'one') = 'one'
             LEFT JOIN settlement s ON s.id = m.settlement WHERE ",
            $filter,
            " ORDER BY r.id"
        )
    };
}
/// The stages are named first: an index finds them, and few records are there while most are not.
const REFUNDED: &str =
    chains!("r.stage IN ('refunded', 'cleared') AND (r.stage = 'refunded' OR f.record IS NOT NULL)");
const SETTLED: &str = chains!(
    "r.stage = 'settled' AND EXISTS (
        SELECT 1 FROM match o JOIN run n ON n.id = o.run
        WHERE o.record = r.id AND o.undone_run IS NULL AND n.at <= ?1)"
);
const RAN_BEFORE: &str = "SELECT EXISTS (SELECT 1 FROM run WHERE at <= ?1)";
const SETTLED_BY: &str = "
    SELECT min(n.at) FROM match m JOIN run n ON n.id = m.run WHERE m.record = ?1 AND m.undone_run IS NULL";

/// A chain as far as one row of it tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainRow {
    /// Row number of the record.
    pub record: i64,
    /// The chain. Its own share is what the one settlement says in cash; where that is `None`, or the chain does not hold
    /// with it, the share is to be reckoned from everything that settles the record.
    pub chain: RefundChain,
    /// Row number of the settlement that settles it alone.
    pub alone: Option<i64>,
    /// The record is closed.
    pub closed: bool,
    /// A second row tells that settlement too, and may split it otherwise.
    pub told_again: bool,
}

impl Books<'_> {
    /// The chains that may be broken: all that were refunded, closed since or not, and those whose settlement has been known since `before`
    /// or longer.
    pub fn refund_chains(&self, before: Time) -> Result<Vec<ChainRow>, StoreError> {
        let (before, mut found) = (before.to_string(), Vec::new());
        let mut gather = |mut rows: rusqlite::Rows<'_>| -> Result<(), StoreError> {
            while let Some(row) = rows.next()? {
                found.push(self.chain_of(row)?);
            }
            Ok(())
        };
        gather(self.conn.prepare_cached(REFUNDED)?.query([])?)?;
        if self.conn.prepare_cached(RAN_BEFORE)?.query_row([&before], |row| row.get(0))? {
            gather(self.conn.prepare_cached(SETTLED)?.query([&before])?)?;
        }
        Ok(found)
    }

    fn chain_of(&self, row: &Row<'_>) -> Result<ChainRow, StoreError> {
        let record: i64 = row.get(0)?;
        let total = Money::from_fen(row.get(1)?);
        let paid: Option<i64> = row.get(2)?;
        let prepaid = row.get::<_, Option<i64>>(3)? == Some(1);
        let in_full = if prepaid { total } else { Money::ZERO };
        let custody: Option<String> = row.get(5)?;
        let stated: bool = row.get(6)?;
        let since = self.conn.prepare_cached(SETTLED_BY)?.query_row([record], |row| {
            Ok(row.get::<_, Option<String>>(0)?.map(|_| parsed::<Time>(row, 0)))
        })?;
        let chain = RefundChain {
            paid: paid.map_or(in_full, Money::from_fen),
            settled_since: since.transpose()?,
            own_share: row.get::<_, Option<i64>>(7)?.map(Money::from_fen),
            refunded: row.get::<_, Option<i64>>(4)?.map(Money::from_fen),
            receipt: receipt(custody.as_deref(), stated),
            due_at: None,
        };
        Ok(ChainRow { record, chain, alone: row.get(8)?, closed: row.get(9)?, told_again: row.get(10)? })
    }
}

/// Where the receipt is: what is in custody counts, and where nobody took it into custody what the record states.
fn receipt(custody: Option<&str>, stated: bool) -> Receipt {
    let Some(custody) = custody else { return if stated { Receipt::HandedIn } else { Receipt::Outside } };
    let any = |state: &str| custody.split(';').any(|paper| paper.ends_with(state));
    if any(" kept") {
        Receipt::HandedIn
    } else if any(" missing") {
        Receipt::Lost
    } else {
        Receipt::Outside
    }
}
