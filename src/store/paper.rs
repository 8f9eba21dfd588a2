//! Papers in custody: who has which, since when, and to whom it was given back.
//!
//! Where a paper stands in this table, the table is right and the record's fact
//! `papers` is read through it ([`overlay`]): the decision, the lists and a later
//! correction see one truth, and the record's row stays as it is.

use crate::domain::{EventKind, FactValue, Facts, PaperState, Time};
use crate::store::event::parsed;
use crate::store::row::digest_of;
use crate::store::seal::Place;
use crate::store::{Books, StoreError, Stored, Writer};
use crate::text::Label;
use rusqlite::Row;
use serde_json::json;

const OF_RECORD: &str = "
    SELECT kind, state, holder, since, operator, record FROM paper WHERE record = ?1 ORDER BY kind";
const ALL: &str = "
    SELECT kind, state, holder, since, operator, record FROM paper
    WHERE NOT ?1 OR state = 'kept' ORDER BY since, record, kind";
const PUT: &str = "
    INSERT INTO paper (record, kind, state, holder, since, operator) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (record, kind) DO UPDATE SET state = ?3, holder = ?4, since = ?5, operator = ?6";
const ONE: &str = "SELECT * FROM paper WHERE record = ?1 AND kind = ?2";

/// Where one paper is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperInfo {
    /// Which, such as `card`.
    pub kind: String,
    /// Where it is.
    pub state: PaperState,
    /// Who has it, or to whom it was given; `None` while the ledger is locked.
    pub holder: Option<String>,
    /// Since when, Beijing time.
    pub since: Time,
    /// Who wrote that down.
    pub operator: String,
}

/// A paper and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Custody {
    /// The record's row number.
    pub record: i64,
    /// The paper.
    pub paper: PaperInfo,
}

fn row_of(record: i64, kind: &str) -> Vec<u8> {
    format!("{record} {kind}").into_bytes()
}

fn place(row: &[u8]) -> Place<'_> {
    Place { column: "paper.holder", row }
}

/// Reads the fact `papers` through what is in custody, `card kept;receipt returned`. Answers with the facts as they were
/// where that made a difference.
pub(super) fn overlay(facts: &mut Facts, custody: &str) -> Option<Facts> {
    let before = facts.papers();
    let mut papers = before.clone();
    for (kind, state) in custody.split(';').filter_map(|paper| paper.split_once(' ')) {
        if state == PaperState::Kept.id() {
            papers.insert(kind.to_owned());
        } else {
            papers.remove(kind);
        }
    }
    if papers == before {
        return None;
    }
    let was = facts.clone();
    facts.set("papers", FactValue::List(papers));
    Some(was)
}

impl Books<'_> {
    /// The papers of a record that are or were in custody, or are known to be missing.
    pub fn papers_of(&self, record: i64) -> Result<Vec<PaperInfo>, StoreError> {
        let mut statement = self.conn.prepare_cached(OF_RECORD)?;
        let mut rows = statement.query([record])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(self.custody(row)?.paper);
        }
        Ok(found)
    }

    /// The papers of all records, longest kept first; with `held` only what is still here.
    pub fn papers(&self, held: bool) -> Result<Vec<Custody>, StoreError> {
        let mut statement = self.conn.prepare_cached(ALL)?;
        let mut rows = statement.query([held])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(self.custody(row)?);
        }
        Ok(found)
    }

    fn custody(&self, row: &Row<'_>) -> Result<Custody, StoreError> {
        let (kind, record): (String, i64) = (row.get(0)?, row.get(5)?);
        let sealed: Vec<u8> = row.get(2)?;
        let holder = self.open_text(place(&row_of(record, &kind)), &sealed)?;
        let paper =
            PaperInfo { kind, state: parsed(row, 1)?, holder, since: parsed(row, 3)?, operator: row.get(4)? };
        Ok(Custody { record, paper })
    }
}

impl Writer<'_> {
    /// Notes where a paper of a record is from now on, and with whom.
    pub fn put_paper(
        &mut self,
        stored: &Stored,
        kind: &str,
        state: PaperState,
        holder: &str,
    ) -> Result<(), StoreError> {
        let sealed = self.seal_text(place(&row_of(stored.id, kind)), holder)?;
        let at = self.actor.at.to_string();
        let row = (stored.id, kind, state.id(), sealed, at, &self.actor.operator);
        if self.tx.prepare_cached(PUT)?.execute(row)? != 1 {
            return Err(StoreError::Stale { what: format!("{} {kind}", stored.number) });
        }
        let content = self.tx.query_row(ONE, (stored.id, kind), |row| Ok(digest_of("paper", row)))??;
        let event = match state {
            PaperState::Kept => EventKind::PaperKept,
            PaperState::Returned => EventKind::PaperReturned,
            PaperState::Missing => EventKind::PaperMissing,
        };
        let subject = stored.subject();
        let detail = json!({ "paper": kind, "holder": self.sealed_value(&subject, holder)? });
        self.event(event, &subject, Some(stored.id), &detail, content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_custody_counts_and_the_fact_says_the_rest() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            // fact            custody                          papers               changed
            ("receipt",        "card kept",                     "card;receipt",      true),
            ("receipt",        "receipt kept",                  "receipt",           false),
            ("receipt;card",   "card returned;receipt kept",    "receipt",           true),
            ("receipt",        "receipt missing",               "",                  true),
            ("",               "card missing",                  "",                  false),
            ("",               "card kept;id kept",             "card;id",           true),
        ];
        for (fact, custody, papers, changed) in cases {
            let mut facts = Facts::default();
            if !fact.is_empty() {
                facts.set("papers", FactValue::List(fact.split(';').map(str::to_owned).collect()));
            }
            let before = facts.clone();
            let was = overlay(&mut facts, custody);
            assert_eq!(was, changed.then_some(before), "{fact} {custody}");
            assert_eq!(facts.papers().into_iter().collect::<Vec<_>>().join(";"), papers, "{fact} {custody}");
        }
    }
}
