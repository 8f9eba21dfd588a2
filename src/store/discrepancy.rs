//! The register of breaks (问题台账): seen, resolved, or gone by themselves.

use crate::domain::{BreakState, EventKind, Money, Reason, Resolution, Subject};
use crate::store::event::parsed;
use crate::store::row::digest_of;
use crate::store::seal::Place;
use crate::store::{Books, StoreError, Writer};
use crate::text::Label;
use rusqlite::Row;
use serde_json::json;

const SEE: &str = "
    INSERT INTO break (reason, record, settlement, difference_fen, first_run, last_run, state)
    VALUES (?1, ?2, ?3, ?4, ?5, ?5, 'open')
    ON CONFLICT (reason, coalesce(record, 0), coalesce(settlement, 0)) DO UPDATE
    SET last_run = ?5, difference_fen = ?4,
        state = CASE WHEN state = 'gone' OR difference_fen <> ?4 THEN 'open' ELSE state END,
        how = CASE difference_fen WHEN ?4 THEN how END, evidence = CASE difference_fen WHEN ?4 THEN evidence END,
        closed_by = CASE difference_fen WHEN ?4 THEN closed_by END,
        closed_at = CASE difference_fen WHEN ?4 THEN closed_at END,
        signed_by = CASE difference_fen WHEN ?4 THEN signed_by END,
        signed_at = CASE difference_fen WHEN ?4 THEN signed_at END";
const SIGN: &str = "
    UPDATE break SET signed_by = ?2, signed_at = ?3
    WHERE id = ?1 AND state = 'resolved' AND signed_by IS NULL AND closed_by <> ?2";
const FORGET: &str = "UPDATE break SET state = 'gone' WHERE state = 'open' AND last_run <> ?1";
const RESOLVE: &str = "
    UPDATE break SET state = 'resolved', how = ?2, evidence = ?3, closed_by = ?4, closed_at = ?5
    WHERE id = ?1 AND state = 'open'";
/// What an event of its own tells of a break; the runs tell the rest.
pub(super) const RESOLUTION: &str =
    "SELECT id, how, evidence, closed_by, closed_at, signed_by, signed_at FROM break WHERE id = ?1";
macro_rules! columns {
    () => {
        "SELECT b.id, b.reason, b.record, b.settlement, b.difference_fen, b.first_run, b.last_run, b.state, b.how,
                b.evidence, r.station, r.count, coalesce(r.record_no, s.record_no), coalesce(r.total_fen, s.total_fen),
                coalesce(r.occurred_at, s.setl_time), s.setl_id, coalesce(p.name_shown, s.name_shown), f.at, b.closed_by, b.signed_by
         FROM break b JOIN run f ON f.id = b.first_run
         LEFT JOIN record r ON r.id = b.record LEFT JOIN person p ON p.id = r.person
         LEFT JOIN settlement s ON s.id = b.settlement"
    };
}
const ALL: &str = concat!(columns!(), " WHERE ?1 IS NULL OR b.state = ?1 ORDER BY b.id");
const ONE: &str = concat!(columns!(), " WHERE b.id = ?1");
const OF_RECORD: &str = concat!(columns!(), " WHERE b.record = ?1 ORDER BY b.id");
const OPEN_KEYS: &str = "
    SELECT reason, coalesce(record, 0), coalesce(settlement, 0), difference_fen FROM break
    WHERE state IN ('open', 'resolved')";

/// What a run found that does not agree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Why.
    pub reason: Reason,
    /// Row number of the record.
    pub record: Option<i64>,
    /// Row number of the settlement.
    pub settlement: Option<i64>,
    /// Platform less ledger.
    pub difference: Money,
}

/// A break as it stands in the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreakInfo {
    /// Its number.
    pub id: i64,
    /// Why.
    pub reason: Reason,
    /// Row number of the record.
    pub record: Option<i64>,
    /// Row number of the settlement.
    pub settlement: Option<i64>,
    /// Platform less ledger.
    pub difference: Money,
    /// The run that saw it first.
    pub first_run: i64,
    /// The run that saw it last.
    pub last_run: i64,
    /// Where it stands.
    pub state: BreakState,
    /// How it was resolved.
    pub how: Option<Resolution>,
    /// What proves the resolution; `None` while the ledger is locked, or where there is none.
    pub evidence: Option<String>,
    /// Short number of the record; empty where the platform alone has it.
    pub number: String,
    /// The facility's own number.
    pub record_no: String,
    /// What is at stake: the record's total, or the settlement's.
    pub total: Money,
    /// When the cost arose, or was settled where the platform alone has it.
    pub occurred_at: String,
    /// The settlement's id.
    pub setl_id: String,
    /// Whose it is, masked.
    pub name: String,
    /// When it was first seen.
    pub seen_at: String,
    /// Who resolved it; empty while nobody has.
    pub closed_by: String,
    /// Who signed that; empty while nobody has.
    pub signed_by: String,
}

fn place(id: &[u8; 8]) -> Place<'_> {
    Place { column: "break.evidence", row: id }
}

impl BreakInfo {
    fn from_row(books: &Books<'_>, row: &Row<'_>) -> Result<BreakInfo, StoreError> {
        let how: Option<String> = row.get(8)?;
        let station: Option<String> = row.get(10)?;
        let text = |at: usize| -> rusqlite::Result<String> {
            Ok(row.get::<_, Option<String>>(at)?.unwrap_or_default())
        };
        let number = match station {
            Some(station) => format!("{station}-{:04}", row.get::<_, i64>(11)?),
            None => String::new(),
        };
        Ok(BreakInfo {
            id: row.get(0)?,
            reason: parsed(row, 1)?,
            record: row.get(2)?,
            settlement: row.get(3)?,
            difference: Money::from_fen(row.get(4)?),
            first_run: row.get(5)?,
            last_run: row.get(6)?,
            state: parsed(row, 7)?,
            how: how.map(|h| h.parse().map_err(|_| StoreError::Damaged { text: h })).transpose()?,
            evidence: match row.get::<_, Option<Vec<u8>>>(9)? {
                Some(sealed) => books.open_text(place(&row.get::<_, i64>(0)?.to_be_bytes()), &sealed)?,
                None => None,
            },
            number,
            record_no: text(12)?,
            total: Money::from_fen(row.get(13)?),
            occurred_at: text(14)?,
            setl_id: text(15)?,
            name: text(16)?,
            seen_at: row.get(17)?,
            closed_by: text(18)?,
            signed_by: text(19)?,
        })
    }
}

impl Books<'_> {
    /// The register, or those of one state.
    pub fn breaks(&self, state: Option<BreakState>) -> Result<Vec<BreakInfo>, StoreError> {
        self.breaks_by(ALL, state.map(|s| s.id()))
    }

    /// The breaks of one record.
    pub fn breaks_of(&self, record: i64) -> Result<Vec<BreakInfo>, StoreError> {
        self.breaks_by(OF_RECORD, record)
    }

    /// One break.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is none of that number.
    pub fn break_by_id(&self, id: i64) -> Result<BreakInfo, StoreError> {
        self.breaks_by(ONE, id)?.pop().ok_or_else(|| StoreError::NotFound { what: format!("break {id}") })
    }

    fn breaks_by(&self, sql: &str, key: impl rusqlite::ToSql) -> Result<Vec<BreakInfo>, StoreError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([key])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(BreakInfo::from_row(self, row)?);
        }
        Ok(found)
    }

    /// The breaks that stand (open or resolved), as what a run would find; to tell whether anything is new.
    pub fn standing_findings(&self) -> Result<Vec<Finding>, StoreError> {
        let mut statement = self.conn.prepare_cached(OPEN_KEYS)?;
        let mut rows = statement.query([])?;
        let some = |id: i64| if id == 0 { None } else { Some(id) };
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(Finding {
                reason: parsed(row, 0)?,
                record: some(row.get(1)?),
                settlement: some(row.get(2)?),
                difference: Money::from_fen(row.get(3)?),
            });
        }
        Ok(found)
    }
}

impl Writer<'_> {
    /// Writes down what a run found: a new break is opened, a known one was seen again. One that was resolved for
    /// another difference is open again; how it was resolved stays in its event.
    pub fn see_break(&mut self, run: i64, finding: &Finding) -> Result<(), StoreError> {
        let Finding { reason, record, settlement, difference } = finding;
        self.tx.prepare_cached(SEE)?.execute((reason.id(), record, settlement, difference.fen(), run))?;
        self.run_log.saw(finding);
        Ok(())
    }

    /// Open breaks that this run no longer saw are gone.
    pub fn forget_breaks(&mut self, run: i64) -> Result<usize, StoreError> {
        Ok(self.tx.execute(FORGET, [run])?)
    }

    /// Resolves a break, with how and on what evidence.
    ///
    /// # Errors
    /// [`StoreError::Stale`] where it is not open.
    pub fn resolve_break(&mut self, id: i64, how: Resolution, evidence: &str) -> Result<(), StoreError> {
        let sealed = self.seal_text(place(&id.to_be_bytes()), evidence)?;
        let row = (id, how.id(), sealed, &self.actor.operator, self.actor.at.to_string());
        if self.tx.execute(RESOLVE, row)? != 1 {
            return Err(StoreError::Stale { what: format!("break {id}") });
        }
        let evidence = self.sealed_value(&Subject::Break(id), evidence)?;
        let detail = json!({ "how": how.id(), "evidence": evidence });
        let content = self.tx.query_row(RESOLUTION, [id], |row| Ok(digest_of("break", row)))??;
        self.event(EventKind::BreakResolved, &Subject::Break(id), None, &detail, content)
    }

    /// Signs the resolution of a break.
    ///
    /// # Errors
    /// [`StoreError::Stale`] where it is not resolved, is signed already, or was resolved by the same operator.
    pub fn sign_break(&mut self, id: i64) -> Result<(), StoreError> {
        let row = (id, &self.actor.operator, self.actor.at.to_string());
        if self.tx.execute(SIGN, row)? != 1 {
            return Err(StoreError::Stale { what: format!("break {id}") });
        }
        let detail = json!({});
        let content = self.tx.query_row(RESOLUTION, [id], |row| Ok(digest_of("break", row)))??;
        self.event(EventKind::BreakSigned, &Subject::Break(id), None, &detail, content)
    }
}
