//! Records: written, corrected, moved from stage to stage, each change with its event.

use crate::domain::{EventKind, Money, Record, ShortNumber, Stage, Step, Subject};
use crate::store::prepared::{digest_of, facts_of, lines_of, private_of, public_of};
use crate::store::record::{Added, NewRecord};
use crate::store::verify::Frame;
use crate::store::{Prepared, StoreError, Stored, Writer};
use crate::text::Label;
use rusqlite::{OptionalExtension, Row};
use serde_json::{Value, json};

const INSERT: &str = "
    INSERT INTO record (uuid, station, count, record_no, row_key, occurrence, facility, kind, line, person,
        insured_area, insurance, person_group, occurred_at, admitted_at, discharged_at, applied_on, department,
        total_fen, paid_fen, pay_method, receipt_no, facts, private, version, content, entered_at, operator, stage,
        file, row)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
        ?23, ?24, 1, ?25, ?26, ?27, ?28, ?29, ?30)";
const INSERT_LINES: &str = "INSERT INTO record_lines (record, lines, file, rows) VALUES (?1, ?2, ?3, ?4)";
const LAST_COUNT: &str = "SELECT coalesce(max(count), 0) FROM record WHERE station = ?1";
const BY_NO: &str =
    "SELECT station, count, row_key FROM record WHERE record_no = ?1 AND record_no <> '' AND facility = ?2";
const BY_ORIGIN: &str = "
    SELECT station, count, row_key FROM record
    WHERE row_key = ?1 AND facility = ?2 AND occurrence = ?3 AND record_no = ''";
const LAST_OCCURRENCE: &str = "
    SELECT coalesce(max(occurrence), 0) FROM record WHERE row_key = ?1 AND facility = ?2 AND record_no = ''";
const UPDATE: &str = "
    UPDATE record SET kind = ?2, line = ?3, person = ?4, insured_area = ?5, insurance = ?6, person_group = ?7,
        occurred_at = ?8, admitted_at = ?9, discharged_at = ?10, applied_on = ?11, department = ?12, total_fen = ?13,
        paid_fen = ?14, pay_method = ?15, receipt_no = ?16, facts = ?17, private = ?18, version = version + 1,
        content = ?19, stage = ?20
    WHERE id = ?1 AND version = ?21";
const MOVE: &str = "UPDATE record SET stage = ?2 WHERE id = ?1 AND stage = ?3";

impl Writer<'_> {
    /// Writes a record, unless the same row stands in the ledger already.
    pub fn add_record(&mut self, new: &NewRecord<'_>) -> Result<Added, StoreError> {
        let prepared = self.workshop()?.prepare(new.record, new.row_key);
        self.add_prepared(new, &prepared)
    }

    /// The same with what was made of the record before.
    pub fn add_prepared(&mut self, new: &NewRecord<'_>, prepared: &Prepared) -> Result<Added, StoreError> {
        let record = new.record;
        let occurrence = match new.occurrence {
            Some(occurrence) => occurrence,
            None => self.one_more(record, &prepared.origin)?,
        };
        if !new.first
            && let Some(standing) = self.standing(record, &prepared.origin, occurrence)?
        {
            return Ok(standing);
        }
        let count = self.last_count()? + 1;
        let station = &self.meta.station;
        let number = ShortNumber::new(station, count)
            .ok_or_else(|| StoreError::BadStation { text: station.clone() })?;
        let (person, identity) = self.put_person(&prepared.person)?;
        let content = prepared.content(identity);
        self.tx.prepare_cached(INSERT)?.execute(rusqlite::params![
            prepared.uuid.bytes(),
            station,
            count,
            record.record_no,
            prepared.origin,
            occurrence,
            record.facility,
            record.kind.id(),
            record.line,
            person,
            record.insured_area,
            record.insurance,
            record.person_group,
            record.occurred_at.to_string(),
            record.admitted_at.map(|t| t.to_string()),
            record.discharged_at.map(|t| t.to_string()),
            record.applied_on.map(|t| t.to_string()),
            record.department,
            record.total.fen(),
            record.paid.map(Money::fen),
            record.pay_method.map(|m| m.id()),
            record.receipt_no,
            prepared.facts,
            prepared.private,
            content.bytes(),
            self.actor.at.to_string(),
            self.actor.operator,
            Stage::Pending.id(),
            new.source.map(|source| *source.file.bytes()),
            new.source.map(|source| source.row),
        ])?;
        self.last_count = Some(count);
        let id = self.tx.last_insert_rowid();
        if !prepared.lines.is_empty() {
            let of = new.lines.as_ref();
            let (file, rows) = (of.map(|of| *of.file.bytes()), of.map(|of| &of.rows));
            self.tx.prepare_cached(INSERT_LINES)?.execute((id, &prepared.lines, file, rows))?;
        }
        let subject = Subject::Record(number.to_string());
        let detail = json!({ "record_no": record.record_no, "total_fen": record.total });
        let frame = Frame {
            id,
            uuid: prepared.uuid.bytes(),
            number: &number,
            row_key: &prepared.origin,
            occurrence,
            person,
            content: content.bytes(),
            entered_at: self.actor.at,
            operator: &self.actor.operator,
            source: new.source,
            lines: new.lines.as_ref().filter(|_| !record.lines.is_empty()),
        };
        self.event(EventKind::Recorded, &subject, Some(id), &detail, frame.digest())?;
        Ok(Added::New(number))
    }

    /// What stands in the ledger where this row would stand, if anything does.
    fn standing(
        &mut self,
        record: &Record,
        own: &[u8; 32],
        occurrence: i64,
    ) -> Result<Option<Added>, StoreError> {
        let take = |row: &Row<'_>| -> rusqlite::Result<(String, u32, [u8; 32])> {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        };
        let found = if record.record_no.is_empty() {
            let key = (own, &record.facility, occurrence);
            self.tx.prepare_cached(BY_ORIGIN)?.query_row(key, take).optional()?
        } else {
            self.tx
                .prepare_cached(BY_NO)?
                .query_row((&record.record_no, &record.facility), take)
                .optional()?
        };
        let Some((station, count, origin)) = found else { return Ok(None) };
        let number = ShortNumber::new(&station, count).ok_or(StoreError::BadStation { text: station })?;
        Ok(Some(if origin == *own { Added::Known(number) } else { Added::Differs(number) }))
    }

    fn one_more(&mut self, record: &Record, origin: &[u8; 32]) -> Result<i64, StoreError> {
        let key = (origin, &record.facility);
        let last: i64 = self.tx.prepare_cached(LAST_OCCURRENCE)?.query_row(key, |row| row.get(0))?;
        Ok(last + 1)
    }

    fn last_count(&mut self) -> Result<u32, StoreError> {
        match self.last_count {
            Some(count) => Ok(count),
            None => Ok(self.tx.query_row(LAST_COUNT, [&self.meta.station], |row| row.get(0))?),
        }
    }

    /// Corrects a record: its new content, and what changed from what to what.
    /// A refused record is pending again, to go out once more.
    ///
    /// # Errors
    /// [`StoreError::Stale`] where the record moved on meanwhile, [`StoreError::NotOwn`] where it is another window's.
    pub fn amend(&mut self, before: &Stored, after: &Record, changes: &Value) -> Result<(), StoreError> {
        // What a record says is its own window's word: two corrections of one version cannot meet.
        if before.number.station() != self.meta.station {
            let (number, station) = (before.number.to_string(), before.number.station().to_owned());
            return Err(StoreError::NotOwn { number, station });
        }
        let stage = before.stage.after(Step::Correct).ok_or_else(|| stale(before))?;
        let (person, identity) = self.person(&after.person)?;
        let private = private_of(self.sealer()?, &before.uuid, after);
        let content = digest_of(&public_of(after), identity, &private, lines_of(after).as_bytes());
        let changed = self.tx.prepare_cached(UPDATE)?.execute(rusqlite::params![
            before.id,
            after.kind.id(),
            after.line,
            person,
            after.insured_area,
            after.insurance,
            after.person_group,
            after.occurred_at.to_string(),
            after.admitted_at.map(|t| t.to_string()),
            after.discharged_at.map(|t| t.to_string()),
            after.applied_on.map(|t| t.to_string()),
            after.department,
            after.total.fen(),
            after.paid.map(Money::fen),
            after.pay_method.map(|m| m.id()),
            after.receipt_no,
            facts_of(&after.facts),
            private,
            content.bytes(),
            stage.id(),
            before.version,
        ])?;
        if changed != 1 {
            return Err(stale(before));
        }
        let mut detail = json!({ "changes": changes, "stage": [before.stage.id(), stage.id()] });
        if person != before.person {
            detail["person"] = json!([before.person, person]);
        }
        let frame = self.books().frame(before.id)?;
        self.event(EventKind::Amended, &before.subject(), Some(before.id), &detail, frame)
    }

    /// Moves one record by a step of its own, with the event that says why; what a person `said`, under its name, is
    /// sealed there.
    ///
    /// # Errors
    /// [`StoreError::Stale`] where the step is not allowed from the record's stage.
    pub fn step(
        &mut self,
        stored: &Stored,
        step: Step,
        kind: EventKind,
        detail: &Value,
        said: Option<(&'static str, &str)>,
    ) -> Result<Stage, StoreError> {
        let stage = self.move_to(stored, step)?;
        let mut detail = detail.clone();
        if let Some((name, text)) = said {
            detail[name] = self.sealed_value(&stored.subject(), text)?;
        }
        detail["stage"] = json!([stored.stage.id(), stage.id()]);
        self.event(kind, &stored.subject(), Some(stored.id), &detail, stored.content)?;
        Ok(stage)
    }

    /// Moves a record without an event of its own: the caller's event names the set it is in.
    pub(super) fn move_to(&mut self, stored: &Stored, step: Step) -> Result<Stage, StoreError> {
        let stage = stored.stage.after(step).ok_or_else(|| stale(stored))?;
        self.move_row(stored.id, stored.stage, stage).map_err(|_| stale(stored))?;
        Ok(stage)
    }

    pub(super) fn move_row(&mut self, record: i64, from: Stage, to: Stage) -> Result<(), StoreError> {
        let moved = self.tx.prepare_cached(MOVE)?.execute((record, to.id(), from.id()))?;
        if moved == 1 { Ok(()) } else { Err(StoreError::Stale { what: format!("record #{record}") }) }
    }
}

fn stale(stored: &Stored) -> StoreError {
    StoreError::Stale { what: stored.number.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Actor;
    use crate::store::{Founding, Guard, Ledger};
    use rusqlite::StatementStatus;

    /// Beside an index of the records without a number, a planner that may look at values would plan for each number.
    #[test]
    fn looking_for_a_number_is_planned_once() {
        let folder = tempfile::tempdir().unwrap();
        let founding = Founding { facility: "H1".into(), name: "测试".into(), station: "A1".into() };
        let actor = Actor { operator: "Wang".into(), at: "2026-01-01T00:00:00".parse().unwrap() };
        let path = folder.path().join("a.db");
        let (ledger, _) = Ledger::create(&path, &founding, &actor, &Guard::Open).unwrap();
        for sql in [BY_NO, BY_ORIGIN, LAST_OCCURRENCE] {
            let mut statement = ledger.conn.prepare(sql).unwrap();
            let count = statement.parameter_count();
            for value in 0..50 {
                let row = vec![format!("R{value}"); count];
                let mut rows = statement.query(rusqlite::params_from_iter(row)).unwrap();
                while rows.next().unwrap().is_some() {}
            }
            assert_eq!(statement.get_status(StatementStatus::RePrepare), 0, "{sql}");
        }
    }
}
