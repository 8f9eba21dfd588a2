//! Pairs that a person made or took apart. They hold in every run after that,
//! until a person says otherwise.
//!
//! What a pair does to record, match and break is the run's business: here only
//! the word of the person is kept.

use crate::domain::{EventKind, Key, Subject};
use crate::store::event::parsed;
use crate::store::row::digest_of;
use crate::store::seal::Place;
use crate::store::{Books, StoreError, Stored, Writer};
use crate::text::Label;
use rusqlite::Row;
use serde_json::json;

const SAY: &str = "
    INSERT INTO by_hand (record, settlement, said, reason, said_at, operator) VALUES (?1, ?2, ?3, x'', ?4, ?5)";
const SEAL: &str = "UPDATE by_hand SET reason = ?2 WHERE id = ?1";
const ONE: &str = "SELECT * FROM by_hand WHERE id = ?1";
/// The last word on each pair.
const STANDING: &str = "
    SELECT h.record, h.settlement, s.setl_id, h.said FROM by_hand h JOIN settlement s ON s.id = h.settlement
    WHERE h.id = (SELECT max(id) FROM by_hand l WHERE l.record = h.record AND l.settlement = h.settlement)
    ORDER BY h.id";
const BY_SETL_ID: &str = "
    SELECT id, refunded OR total_fen < 0 FROM settlement WHERE setl_id = ?1 ORDER BY id";

crate::closed_list! {
    /// What a person said of a pair.
    Said as "said" {
        Match = "match", "相符", "they belong together";
        Apart = "apart", "不符", "they do not belong together";
    }
}

/// A pair, and the last word on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Row number of the record.
    pub record: i64,
    /// Row number of the settlement.
    pub settlement: i64,
    /// The settlement's `setl_id`.
    pub setl: Option<Key>,
    /// What was said.
    pub said: Said,
}

impl Books<'_> {
    /// The last word on every pair, in the order in which it was said.
    pub fn pairs_by_hand(&self) -> Result<Vec<Pair>, StoreError> {
        let mut statement = self.conn.prepare_cached(STANDING)?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let setl: String = row.get(2)?;
            let said = parsed(row, 3)?;
            found.push(Pair { record: row.get(0)?, settlement: row.get(1)?, setl: Key::of(&setl), said });
        }
        Ok(found)
    }

    /// The rows that give a settlement of this `setl_id`, reversals last.
    pub fn settlements_named(&self, setl_id: &str) -> Result<Vec<i64>, StoreError> {
        let mut statement = self.conn.prepare_cached(BY_SETL_ID)?;
        let take = |row: &Row<'_>| Ok((row.get::<_, bool>(1)?, row.get::<_, i64>(0)?));
        let mut found: Vec<_> = statement.query_map([setl_id], take)?.collect::<Result<_, _>>()?;
        found.sort_unstable();
        Ok(found.into_iter().map(|(_, id)| id).collect())
    }
}

impl Writer<'_> {
    /// Keeps what a person says of a pair, and why.
    pub fn say_of_pair(
        &mut self,
        stored: &Stored,
        settlement: i64,
        said: Said,
        reason: &str,
    ) -> Result<(), StoreError> {
        let (at, by) = (self.actor.at.to_string(), &self.actor.operator);
        self.tx.execute(SAY, (stored.id, settlement, said.id(), at, by))?;
        let id = self.tx.last_insert_rowid();
        let sealed = self.seal_text(Place { column: "by_hand.reason", row: &id.to_be_bytes() }, reason)?;
        self.tx.execute(SEAL, (id, sealed))?;
        let content = self.tx.query_row(ONE, [id], |row| Ok(digest_of("by_hand", row)))??;
        let subject = Subject::Record(stored.number.to_string());
        let setl_id = self.books().settlement(settlement)?.setl_id;
        let reason = self.sealed_value(&subject, reason)?;
        let detail = json!({ "pair": id, "setl_id": setl_id, "reason": reason });
        let kind = match said {
            Said::Match => EventKind::Paired,
            Said::Apart => EventKind::Parted,
        };
        self.event(kind, &subject, Some(stored.id), &detail, content)
    }
}
