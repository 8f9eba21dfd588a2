//! Drafts: what someone is still typing at a window.
//!
//! A draft is not a record. Saving one leaves no event, and it goes away once
//! it became a record or was thrown away on purpose. It may hold identities, so
//! it is sealed, for the operator who typed it.

use crate::domain::{Kind, Time};
use crate::store::event::parsed;
use crate::store::seal::Place;
use crate::store::{Books, StoreError, Writer};
use crate::text::Label;
use rusqlite::OptionalExtension;

const ADD: &str = "
    INSERT INTO draft (station, operator, kind, saved_at, sealed) VALUES (?1, ?2, ?3, ?4, ?5)";
const CHANGE: &str = "UPDATE draft SET kind = ?2, saved_at = ?3, sealed = ?4 WHERE id = ?1 AND operator = ?5";
const DROP: &str = "DELETE FROM draft WHERE id = ?1";
const OF_OPERATOR: &str = "
    SELECT id, kind, saved_at FROM draft WHERE station = ?1 AND operator = ?2 ORDER BY saved_at DESC, id DESC";
const CONTENT: &str = "SELECT operator, sealed FROM draft WHERE id = ?1";

/// A draft as it is listed, without what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftInfo {
    /// Row number.
    pub id: i64,
    /// What it will be.
    pub kind: Kind,
    /// When it was last saved, Beijing time.
    pub saved_at: Time,
}

impl Books<'_> {
    /// The drafts of one operator at one station, the latest first.
    pub fn drafts(&self, station: &str, operator: &str) -> Result<Vec<DraftInfo>, StoreError> {
        let mut statement = self.conn.prepare_cached(OF_OPERATOR)?;
        let mut rows = statement.query([station, operator])?;
        let mut drafts = Vec::new();
        while let Some(row) = rows.next()? {
            drafts.push(DraftInfo { id: row.get(0)?, kind: parsed(row, 1)?, saved_at: parsed(row, 2)? });
        }
        Ok(drafts)
    }

    /// What a draft holds.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where it is gone.
    pub fn draft(&self, id: i64) -> Result<Vec<u8>, StoreError> {
        let take = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let found: Option<(String, Vec<u8>)> =
            self.conn.prepare_cached(CONTENT)?.query_row([id], take).optional()?;
        let (operator, sealed) = found.ok_or_else(|| StoreError::NotFound { what: format!("draft {id}") })?;
        Ok(self.sealer()?.open(place(&operator), &sealed)?.to_vec())
    }
}

impl Writer<'_> {
    /// Keeps a draft, in the place of the one with number `id` where that is still there. Gives its number.
    pub fn save_draft(&mut self, id: Option<i64>, kind: Kind, content: &[u8]) -> Result<i64, StoreError> {
        let (at, operator) = (self.actor.at.to_string(), &self.actor.operator);
        let bytes = self.sealer()?.seal(place(operator), content);
        if let Some(id) = id
            && self.tx.prepare_cached(CHANGE)?.execute((id, kind.id(), &at, &bytes, operator))? == 1
        {
            return Ok(id);
        }
        let row = (&self.meta.station, operator, kind.id(), &at, &bytes);
        self.tx.prepare_cached(ADD)?.execute(row)?;
        Ok(self.tx.last_insert_rowid())
    }

    /// Lets a draft go; one that is gone already is no fault.
    pub fn drop_draft(&mut self, id: i64) -> Result<(), StoreError> {
        self.tx.prepare_cached(DROP)?.execute([id])?;
        Ok(())
    }
}

fn place(operator: &str) -> Place<'_> {
    Place { column: "draft.sealed", row: operator.as_bytes() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Actor;
    use crate::store::{Founding, Guard, Ledger, Mode};

    #[test]
    fn a_draft_is_kept_changed_listed_and_let_go_without_an_event() {
        let folder = tempfile::tempdir().unwrap();
        let actor = |name: &str, at: &str| Actor { operator: name.to_owned(), at: at.parse().unwrap() };
        let wang = actor("Wang", "2021-11-02T09:00:00");
        let founding = Founding { facility: "H1".into(), name: "示例".into(), station: "A1".into() };
        let mut ledger =
            Ledger::create(&folder.path().join("a.db"), &founding, &wang, &Guard::Open).unwrap().0;
        let events = ledger.books().head().unwrap();

        let mut save = |actor: &Actor, id, text: &str| {
            ledger.write(actor, Mode::Keep, |w| w.save_draft(id, Kind::Outpatient, text.as_bytes())).unwrap()
        };
        let first = save(&wang, None, "王");
        let second = save(&actor("Wang", "2021-11-02T09:01:00"), None, "李");
        assert_eq!(save(&actor("Wang", "2021-11-02T09:02:00"), Some(first), "王小明"), first);
        let of_li =
            save(&actor("Li", "2021-11-02T09:03:00"), Some(second), "another's draft is not overwritten");

        let ids = |ledger: &Ledger, name: &str| -> Vec<i64> {
            ledger.books().drafts("A1", name).unwrap().iter().map(|draft| draft.id).collect()
        };
        assert_eq!(ids(&ledger, "Wang"), [first, second]);
        assert_eq!(ids(&ledger, "Li"), [of_li]);
        assert_eq!(ledger.books().draft(first).unwrap(), "王小明".as_bytes());

        ledger.write(&wang, Mode::Keep, |w| w.drop_draft(first)).unwrap();
        ledger.write(&wang, Mode::Keep, |w| w.drop_draft(first)).unwrap();
        assert_eq!(ids(&ledger, "Wang"), [second]);
        assert!(matches!(ledger.books().draft(first), Err(StoreError::NotFound { .. })));
        assert_eq!(ledger.books().head().unwrap(), events);
    }
}
