//! Writing records down one by one: add, correct, void.

use crate::domain::{
    Actor, BatchState, Decision, Digest, EventKind, Record, ShortNumber, SlipCode, Stage, Step,
};
use crate::store::{Added, Books, Ledger, Mode, NewRecord, Stored, Writer};
use crate::work::{Law, Twice, WorkError, likely_twice};
use serde_json::{Map, Value, json};

/// Writes one record down and says what the notices make of it.
///
/// # Errors
/// [`WorkError::SameNumber`] where the facility's number stands already with other content, [`WorkError::Stage`] where
/// the same record was voided.
pub fn add(
    ledger: &mut Ledger,
    law: &Law,
    actor: &Actor,
    mode: Mode,
    record: &Record,
    row_key: Digest,
) -> Result<(Added, Decision), WorkError> {
    let added = ledger.write(actor, mode, |w| write_one(w, record, row_key))?;
    Ok((added, law.decide(record, actor.at)))
}

/// One of several records that were written down, and the record before it that it may repeat.
pub type AddedOne = (Added, Option<(ShortNumber, Twice)>);

/// Writes several records down, all of them or none. Each is laid beside those that stood before it, the earlier ones of
/// the same change among them.
///
/// # Errors
/// As [`add`], for the first record that cannot be written.
pub fn add_all(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    records: &[(&Record, Digest)],
) -> Result<Vec<AddedOne>, WorkError> {
    ledger.write(actor, mode, |w| {
        let one = |(record, row_key): &(&Record, Digest)| -> Result<AddedOne, WorkError> {
            let twice = likely_twice(&w.books(), record, None)?;
            let added = write_one(w, record, *row_key)?;
            // What is known is the same record and no other.
            Ok((added.clone(), twice.filter(|_| matches!(added, Added::New(_)))))
        };
        records.iter().map(one).collect()
    })
}

/// Writes one record as part of a change.
pub(super) fn write_one(w: &mut Writer<'_>, record: &Record, row_key: Digest) -> Result<Added, WorkError> {
    let added = w.add_record(&NewRecord {
        record,
        row_key,
        occurrence: None,
        first: false,
        source: None,
        lines: None,
    })?;
    if let Added::Differs(number) = &added {
        let (record_no, number) = (record.record_no.clone(), number.to_string());
        return Err(WorkError::SameNumber { record_no, number });
    }
    // What was voided does not stand: a cashier must not take it for written down.
    if let Added::Known(number) = &added
        && w.books().record(number)?.stage == Stage::Void
    {
        return Err(WorkError::Stage { number: number.to_string(), stage: Stage::Void });
    }
    Ok(added)
}

/// The record that a person means: a short number such as `A1-0007`, the code scanned from a slip, or the facility's own
/// number.
///
/// # Errors
/// [`WorkError::NoRecord`], [`WorkError::ForeignCode`] where a scanned code is of no record here, or
/// [`WorkError::ManyRecords`] where two facilities use the same number.
pub fn find(books: &Books<'_>, text: &str) -> Result<Stored, WorkError> {
    if let Ok(code) = text.parse::<SlipCode>() {
        let known = books.record(code.number()).ok().filter(|stored| code.fits(&stored.uuid));
        return known.ok_or_else(|| WorkError::ForeignCode { text: text.trim().to_owned() });
    }
    if let Ok(number) = text.parse::<ShortNumber>()
        && let Ok(stored) = books.record(&number)
    {
        return Ok(stored);
    }
    let mut found = books.records_by_no(text.trim())?;
    match found.len() {
        0 => Err(WorkError::NoRecord { text: text.to_owned() }),
        1 => Ok(found.remove(0)),
        _ => {
            let numbers = found.iter().map(|stored| stored.number.to_string()).collect();
            Err(WorkError::ManyRecords { text: text.to_owned(), numbers })
        }
    }
}

/// A correction that was made.
#[derive(Clone, Debug)]
pub struct Amended {
    /// Which record.
    pub number: ShortNumber,
    /// What changed, from what to what, by field; of the person only that it changed.
    pub changes: Map<String, Value>,
    /// What the notices said before.
    pub before: Decision,
    /// What they say now.
    pub after: Decision,
}

/// Corrects a record. One that is out in a batch can be corrected only where a break says that it is wrong, and one that
/// is settled until its refund is paid; neither goes out again by that alone.
///
/// # Errors
/// [`WorkError::Stage`], [`WorkError::InBatch`] or [`WorkError::NoChange`].
pub fn amend(
    ledger: &mut Ledger,
    law: &Law,
    actor: &Actor,
    mode: Mode,
    stored: &Stored,
    after: &Record,
) -> Result<Amended, WorkError> {
    let number = stored.number.to_string();
    if stored.stage.after(Step::Correct).is_none() {
        return Err(WorkError::Stage { number, stage: stored.stage });
    }
    let stored = &ledger.books().opened(stored.clone())?;
    let mut changes = differences(&stored.record, after);
    if changes.is_empty() {
        return Err(WorkError::NoChange { number });
    }
    let decided = (law.decide(&stored.record, actor.at), law.decide(after, actor.at));
    let short = (in_short(&decided.0), in_short(&decided.1));
    if short.0 != short.1 {
        changes.insert("decision".to_owned(), json!([short.0, short.1]));
    }
    ledger.write(actor, mode, |w| {
        not_going_out(&w.books(), stored)?;
        if let Some(batch) = w.books().taking_back(stored.id)? {
            return Err(WorkError::InBatch { number: number.clone(), batch });
        }
        let broken = w.books().breaks_of(stored.id)?.iter().any(|b| b.how.is_none());
        if stored.stage == Stage::Exported && !broken {
            let batches = w.books().batches_of(stored.id)?;
            let number = number.clone();
            return Err(WorkError::InBatch { number, batch: batches.last().copied().unwrap_or(0) });
        }
        Ok(w.amend(stored, after, &Value::Object(changes.clone()))?)
    })?;
    Ok(Amended { number: stored.number.clone(), changes, before: decided.0, after: decided.1 })
}

/// A batch that was interrupted may have its folder on a stick already: what is in it stays as it is until the batch is
/// completed or taken back.
pub(super) fn not_going_out(books: &Books<'_>, stored: &Stored) -> Result<(), WorkError> {
    for batch in books.batches_of(stored.id)? {
        if books.batch(batch)?.state == BatchState::Preparing {
            return Err(WorkError::InBatch { number: stored.number.to_string(), batch });
        }
    }
    Ok(())
}

/// Status and route, as an event tells them.
fn in_short(decision: &Decision) -> Value {
    json!({ "status": decision.status, "route": decision.best().map(|way| way.route), "due_at": decision.due_at() })
}

/// The fields of two records that differ, as `[before, after]`. What a person is stays out of it: an event shows
/// no identity, only that it changed.
fn differences(before: &Record, after: &Record) -> Map<String, Value> {
    let fields = |record: &Record| match serde_json::to_value(record) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    let (old, new) = (fields(before), fields(after));
    let mut changes = Map::new();
    for (name, value) in &new {
        let was = old.get(name).unwrap_or(&Value::Null);
        if was == value {
            continue;
        }
        match name.as_str() {
            "facts" => {
                changes.extend(each_fact(was, value));
                continue;
            }
            "person" | "doctor" | "note" | "diagnosis_code" | "diagnosis_name" => {
                changes.insert(name.clone(), json!("changed"))
            }
            "total" | "paid" => changes.insert(format!("{name}_fen"), json!([was, value])),
            _ => changes.insert(name.clone(), json!([was, value])),
        };
    }
    changes
}

/// The facts that differ, each as `[before, after]`.
fn each_fact(before: &Value, after: &Value) -> Map<String, Value> {
    let names = [before, after].into_iter().filter_map(Value::as_object).flat_map(Map::keys);
    let changed = names.filter(|name| before.get(name) != after.get(name));
    changed.map(|name| (name.clone(), json!([before.get(name), after.get(name)]))).collect()
}

/// Voids a record that should not be there. Its number is never used again.
///
/// # Errors
/// [`WorkError::Stage`] once it is out in a batch or settled.
pub fn void(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    stored: &Stored,
    reason: &str,
) -> Result<Stage, WorkError> {
    if reason.trim().is_empty() {
        return Err(WorkError::Empty { what: "reason" });
    }
    let number = stored.number.to_string();
    if stored.stage.after(Step::Void).is_none() {
        return Err(WorkError::Stage { number, stage: stored.stage });
    }
    ledger.write(actor, mode, |w| {
        not_going_out(&w.books(), stored)?;
        let said = Some(("reason", reason.trim()));
        Ok(w.step(stored, Step::Void, EventKind::Voided, &json!({}), said)?)
    })
}
