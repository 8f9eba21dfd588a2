//! Records as matching sees them, and the matches: which settlements settle which records, and why.
//!
//! Keys stand in for texts and no identity is opened here. What matches what is
//! decided above (`reconcile`, joined in `work`); this file only keeps it.

use crate::domain::{Insutype, Key, Kind, Money, Part, Purpose, Settlement, Stage, Step, Time, Verdict};
use crate::store::event::parsed;
use crate::store::seal::key_of;
use crate::store::{Books, StoreError, Writer};
use crate::text::Label;
use rusqlite::Row;

const CLAIMS: &str = "
    SELECT r.id, r.record_no, p.id_mark, p.psn_mark, s.setl_id, r.total_fen, r.occurred_at, r.stage, r.verdict,
        r.receipt_no, r.kind, r.insurance,
        CASE r.kind WHEN 'inpatient' THEN substr(coalesce(r.facts ->> 'first_admitted_at', r.admitted_at), 1, 10) END
    FROM record r JOIN person p ON p.id = r.person
    LEFT JOIN match m ON m.record = r.id AND m.undone_run IS NULL AND coalesce(m.part, 'one') = 'one'
    LEFT JOIN settlement s ON s.id = m.settlement
    WHERE r.kind <> 'filing' AND r.stage NOT IN ('draft', 'void') ORDER BY r.id";
const SHARED: &str = "
    SELECT m.record, s.setl_id FROM match m JOIN settlement s ON s.id = m.settlement
    WHERE m.undone_run IS NULL AND m.part IN ('parts', 'joint') ORDER BY m.record, m.settlement";
const ISSUED: &str = "
    SELECT m.record, m.medins_setl_id, m.setl_id, m.mdtrt_id FROM batch_record m JOIN batch b ON b.id = m.batch
    LEFT JOIN batch_undo u ON u.batch = m.batch AND u.record = m.record
    WHERE b.state IN ('sent', 'answered')
        AND (b.purpose IN ('backfill', 'resettle') OR (u.leaves = 'again' AND m.answer IN ('accepted', 'unknown')))
    ORDER BY m.batch";
const MATCH: &str = "
    INSERT INTO match (record, settlement, by, run, part, keys, beat) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const UNMATCH: &str = "UPDATE match SET undone_run = ?2 WHERE record = ?1 AND undone_run IS NULL";
const MATCHES_OF: &str = "
    SELECT settlement, by, run, coalesce(part, 'one'), coalesce(keys, ''), coalesce(beat, '') FROM match
    WHERE record = ?1 AND undone_run IS NULL ORDER BY settlement";
const JOINED_BY: &str = "
    SELECT record FROM match WHERE settlement = ?1 AND undone_run IS NULL AND part = 'joint' ORDER BY record";
const SET_VERDICT: &str = "UPDATE record SET verdict = ?2 WHERE id = ?1";
const MOVE: &str = "UPDATE record SET stage = ?2, verdict = ?3 WHERE id = ?1 AND stage = ?4";

/// A record as matching sees it: keys instead of texts, no identity.
#[derive(Clone, Copy, Debug)]
pub struct ClaimRow {
    /// Row number of the record.
    pub id: i64,
    /// The facility's own number.
    pub record_no: Option<Key>,
    /// The receipt.
    pub receipt: Option<Key>,
    /// The day of the first admission of an inpatient: stays that count as one have it in common.
    pub stay: Option<Key>,
    /// The identity number.
    pub cert: Option<Key>,
    /// The platform's person number.
    pub psn: Option<Key>,
    /// `setl_id` of the one settlement that an earlier run, or a person, confirmed; groups see [`Books::each_shared`].
    pub confirmed: Option<Key>,
    /// What it cost.
    pub total: Money,
    /// When.
    pub occurred_at: Time,
    /// What it is.
    pub kind: Kind,
    /// The insurance it was recorded under.
    pub insutype: Insutype,
    /// How far it has come.
    pub stage: Stage,
    /// What the last run said.
    pub verdict: Option<Verdict>,
}

/// Keys under which the platform knows a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IssuedKeys {
    /// `medins_setl_id`, as the batch carried it.
    pub issued: Option<Key>,
    /// `setl_id`, from an answer.
    pub answered: Option<Key>,
    /// `mdtrt_id`, from an answer.
    pub visit: Option<Key>,
}

/// A match about to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMatch<'a> {
    /// Row number of the settlement.
    pub settlement: i64,
    /// How it was found, such as `record_no`.
    pub by: &'a str,
    /// Alone, or as one of several.
    pub part: Part,
    /// What both sides have in common, identifiers with blanks between them.
    pub keys: &'a str,
    /// Row numbers of the settlements that came into question too, with blanks between them.
    pub beat: &'a str,
}

/// What settles a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchInfo {
    /// Row number of the settlement.
    pub id: i64,
    /// The settlement.
    pub settlement: Settlement,
    /// How it was found, such as `record_no`.
    pub by: String,
    /// In which run.
    pub run: i64,
    /// Alone, or as one of several.
    pub part: Part,
    /// What both sides have in common: `record_no`, `total`…; empty where a release before this one found it.
    pub keys: Vec<String>,
    /// Row numbers of the settlements that came into question too, the first few.
    pub beat: Vec<i64>,
}

/// A text of a row as its key.
fn key(row: &Row<'_>, at: usize) -> Result<Option<Key>, StoreError> {
    let text = row.get_ref(at)?.as_str_or_null();
    Ok(text.map_err(|e| StoreError::Damaged { text: e.to_string() })?.and_then(Key::of))
}

impl Books<'_> {
    /// Every record that a settlement may meet, handed on one by one.
    pub fn each_claim(&self, mut take: impl FnMut(ClaimRow)) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(CLAIMS)?;
        let mut rows = statement.query([])?;
        let mark = |row: &Row<'_>, at: usize| -> rusqlite::Result<Option<Key>> { Ok(key_of(row.get(at)?)) };
        let damaged = |e: rusqlite::types::FromSqlError| StoreError::Damaged { text: e.to_string() };
        while let Some(row) = rows.next()? {
            let verdict: Option<String> = row.get(8)?;
            take(ClaimRow {
                id: row.get(0)?,
                record_no: key(row, 1)?,
                cert: mark(row, 2)?,
                psn: mark(row, 3)?,
                confirmed: key(row, 4)?,
                total: Money::from_fen(row.get(5)?),
                occurred_at: parsed(row, 6)?,
                stage: parsed(row, 7)?,
                receipt: key(row, 9)?,
                kind: parsed(row, 10)?,
                insutype: Insutype::of(row.get_ref(11)?.as_str().map_err(damaged)?),
                stay: key(row, 12)?,
                verdict: verdict
                    .map(|v| v.parse().map_err(|_| StoreError::Damaged { text: v }))
                    .transpose()?,
            });
        }
        Ok(())
    }

    /// The standing matches of groups: record, and `setl_id` of a settlement it shares or is settled by in part.
    pub fn each_shared(&self, mut take: impl FnMut(i64, Key)) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(SHARED)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if let Some(setl) = key(row, 1)? {
                take(row.get(0)?, setl);
            }
        }
        Ok(())
    }

    /// The keys under which the platform knows records, oldest batch first.
    pub fn each_issued(&self, mut take: impl FnMut(i64, IssuedKeys)) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(ISSUED)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            take(
                row.get(0)?,
                IssuedKeys { issued: key(row, 1)?, answered: key(row, 2)?, visit: key(row, 3)? },
            );
        }
        Ok(())
    }

    /// Everything that settles a record: one settlement, or the parts of it.
    pub fn matches_of(&self, record: i64) -> Result<Vec<MatchInfo>, StoreError> {
        let mut statement = self.conn.prepare_cached(MATCHES_OF)?;
        let mut rows = statement.query([record])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let (id, keys, beat): (i64, String, String) = (row.get(0)?, row.get(4)?, row.get(5)?);
            found.push(MatchInfo {
                id,
                settlement: self.settlement(id)?,
                by: row.get(1)?,
                run: row.get(2)?,
                part: parsed(row, 3)?,
                keys: keys.split_whitespace().map(str::to_owned).collect(),
                beat: beat.split_whitespace().filter_map(|id| id.parse().ok()).collect(),
            });
        }
        Ok(found)
    }

    /// What settles a record, if anything does; of several parts the first.
    pub fn match_of(&self, record: i64) -> Result<Option<MatchInfo>, StoreError> {
        Ok(self.matches_of(record)?.into_iter().next())
    }

    /// The records that one settlement settles together; none where it settles no more than one.
    pub fn joined_by(&self, settlement: i64) -> Result<Vec<i64>, StoreError> {
        let mut statement = self.conn.prepare_cached(JOINED_BY)?;
        let rows = statement.query_map([settlement], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Writer<'_> {
    /// Settlements settle a record that stood at `stage`: the matches are kept and the record moves, where its stage
    /// allows.
    pub fn settle(
        &mut self,
        run: i64,
        record: i64,
        stage: Stage,
        matches: &[NewMatch<'_>],
        verdict: Verdict,
    ) -> Result<(), StoreError> {
        for one in matches {
            let NewMatch { settlement, by, part, keys, beat } = *one;
            self.tx.prepare_cached(MATCH)?.execute((record, settlement, by, run, part.id(), keys, beat))?;
        }
        self.follow(record, stage, stage.after(Step::Settle), verdict)
    }

    /// A later statement took a match back; where the record stands then. One that a live batch holds is out still,
    /// and must not go out again.
    pub fn unsettle(
        &mut self,
        run: i64,
        record: i64,
        from: Stage,
        verdict: Verdict,
    ) -> Result<Stage, StoreError> {
        self.tx.prepare_cached(UNMATCH)?.execute((record, run))?;
        let mut stage = from.after(Step::Unsettle);
        for purpose in [Purpose::Backfill, Purpose::Resettle] {
            if self.books().batch_holding(record, purpose)?.is_some() {
                stage = stage.map(|stage| stage.after(Step::Export).unwrap_or(stage));
            }
        }
        self.follow(record, from, stage, verdict)?;
        Ok(stage.unwrap_or(from))
    }

    /// The record moves and takes its verdict at once, since every change writes the whole row again.
    /// One whose stage does not allow the step keeps its stage; the break that says so comes from above.
    fn follow(
        &mut self,
        record: i64,
        from: Stage,
        to: Option<Stage>,
        verdict: Verdict,
    ) -> Result<(), StoreError> {
        let Some(stage) = to else { return self.set_verdict(record, verdict) };
        self.run_log.moved(record, Some(stage), verdict);
        match self.tx.prepare_cached(MOVE)?.execute((record, stage.id(), verdict.id(), from.id()))? {
            1 => Ok(()),
            _ => Err(StoreError::Stale { what: format!("record #{record}") }),
        }
    }

    /// Notes what a run says of a record that stays where it is.
    pub fn set_verdict(&mut self, record: i64, verdict: Verdict) -> Result<(), StoreError> {
        self.tx.prepare_cached(SET_VERDICT)?.execute((record, verdict.id()))?;
        self.run_log.moved(record, None, verdict);
        Ok(())
    }
}
