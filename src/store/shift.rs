//! Shifts: opened with a float, closed with counted cash, and what lies between.
//!
//! What an operator took is read from the events of the shift and not from the
//! records as they stand: a correction moves money when it is made, so that a
//! closed shift stays as it was counted. The rules of that are here; what the
//! drawer must hold is the domain's.

use crate::domain::{EventKind, Money, PayMethod, Seal, SealReason, Subject, Tally, Time};
use crate::store::event::{one_line, parsed};
use crate::store::row::digest_of;
use crate::store::seal::Place;
use crate::store::{Books, StoreError, Writer};
use rusqlite::Row;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ALL: &str = "
    SELECT id, station, operator, opened_at, first_seq, float_fen, closed_at, last_seq, counted_fen, expected_fen,
        tally, note
    FROM shift WHERE ?1 IS NULL OR id = ?1 ORDER BY id";
const LAST_OF: &str = "SELECT max(id) FROM shift WHERE operator = ?1";
const OPEN_OF: &str = "SELECT id FROM shift WHERE operator = ?1 AND closed_at IS NULL";
const OPEN_SINCE: &str = "SELECT id, opened_at FROM shift WHERE operator = ?1 AND closed_at IS NULL";
const OPEN: &str = "
    INSERT INTO shift (station, operator, opened_at, first_seq, float_fen) VALUES (?1, ?2, ?3, ?4, ?5)";
const CLOSE: &str = "
    UPDATE shift SET closed_at = ?2, last_seq = ?3, counted_fen = ?4, expected_fen = ?5, tally = ?6, note = ?7
    WHERE id = ?1 AND closed_at IS NULL";
const ONE: &str = "SELECT * FROM shift WHERE id = ?1";
const MOVED: &str = "
    SELECT seq, kind, record, detail FROM event
    WHERE seq > ?1 AND seq <= ?2 AND operator = ?3 AND kind IN ('recorded', 'amended', 'voided', 'refunded')
    ORDER BY seq";
const RECORD: &str = "
    SELECT paid_fen, total_fen, pay_method, coalesce(facts ->> 'prepaid', 0), file IS NOT NULL FROM record WHERE id = ?1";
const STEPS: &str = "
    SELECT seq, kind, detail FROM event WHERE record = ?1 AND kind IN ('amended', 'voided') ORDER BY seq DESC";

/// A shift as it stands; while it is open its sums are those of now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShiftInfo {
    /// Its number; people write `S3`.
    pub id: i64,
    /// At which station.
    pub station: String,
    /// Whose.
    pub operator: String,
    /// Since when, Beijing time.
    pub opened_at: Time,
    /// The last event before it.
    pub first_seq: i64,
    /// Cash in the drawer at its beginning.
    pub float: Money,
    /// Until when; `None` while it is open.
    pub closed_at: Option<Time>,
    /// The last event of it; the next one closed it.
    pub last_seq: Option<i64>,
    /// Cash counted at its end.
    pub counted: Option<Money>,
    /// Cash that had to be there.
    pub expected: Money,
    /// What was taken and paid back.
    pub tally: Tally,
    /// What was noted at its end; `None` while the ledger is locked.
    pub note: Option<String>,
    /// The seal of the event that closed it.
    pub seal: Option<Seal>,
}

impl ShiftInfo {
    /// Counted less expected; `None` while it is open.
    pub fn difference(&self) -> Option<Money> {
        self.counted.map(|counted| counted - self.expected)
    }

    /// The subject of its events.
    fn subject(&self) -> Subject {
        Subject::Shift(self.id)
    }
}

fn place(row: &[u8; 8]) -> Place<'_> {
    Place { column: "shift.note", row }
}

/// What was paid for a record at one time.
#[derive(Clone)]
struct Payment {
    paid: Option<Money>,
    total: Money,
    in_full: bool,
    method: Option<PayMethod>,
}

impl Payment {
    /// As in `Record::paid_in_all`.
    fn amount(&self) -> Money {
        self.paid.unwrap_or(if self.in_full { self.total } else { Money::ZERO })
    }

    /// As it was before a correction.
    fn undone(&self, changes: &Value) -> Payment {
        fn before<T: for<'a> Deserialize<'a>>(changes: &Value, name: &str, now: T) -> T {
            let was = changes.get(name).and_then(|pair| pair.get(0));
            was.and_then(|was| T::deserialize(was).ok()).unwrap_or(now)
        }
        Payment {
            paid: before(changes, "paid_fen", self.paid),
            total: before(changes, "total_fen", self.total),
            in_full: before(changes, "prepaid", Some(self.in_full)) == Some(true),
            method: before(changes, "pay_method", self.method),
        }
    }
}

/// What one operator did to a record within the shift, by the numbers of the events.
#[derive(Default)]
struct Touched {
    recorded: bool,
    steps: Vec<i64>,
}

impl Books<'_> {
    /// Every shift, oldest first.
    pub fn shifts(&self) -> Result<Vec<ShiftInfo>, StoreError> {
        self.shifts_where(None)
    }

    /// The shift of a number.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is none.
    pub fn shift(&self, id: i64) -> Result<ShiftInfo, StoreError> {
        let found = self.shifts_where(Some(id))?.pop();
        found.ok_or_else(|| StoreError::NotFound { what: Subject::Shift(id).to_string() })
    }

    /// The open shift of an operator.
    pub fn open_shift(&self, operator: &str) -> Result<Option<ShiftInfo>, StoreError> {
        let mut statement = self.conn.prepare_cached(OPEN_OF)?;
        let mut rows = statement.query([one_line(operator)])?;
        let id: Option<i64> = rows.next()?.map(|row| row.get(0)).transpose()?;
        id.map(|id| self.shift(id)).transpose()
    }

    /// The number of an operator's open shift, and since when it is open.
    pub fn open_since(&self, operator: &str) -> Result<Option<(i64, Time)>, StoreError> {
        let mut statement = self.conn.prepare_cached(OPEN_SINCE)?;
        let mut rows = statement.query([one_line(operator)])?;
        rows.next()?.map(|row| Ok((row.get(0)?, parsed(row, 1)?))).transpose()
    }

    /// The last shift of an operator, open or closed.
    pub fn last_shift(&self, operator: &str) -> Result<Option<ShiftInfo>, StoreError> {
        let id: Option<i64> =
            self.conn.prepare_cached(LAST_OF)?.query_row([one_line(operator)], |row| row.get(0))?;
        id.map(|id| self.shift(id)).transpose()
    }

    fn shifts_where(&self, id: Option<i64>) -> Result<Vec<ShiftInfo>, StoreError> {
        let seals = self.seals()?;
        let mut statement = self.conn.prepare_cached(ALL)?;
        let mut rows = statement.query([id])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(self.shift_from(row, &seals)?);
        }
        Ok(found)
    }

    fn shift_from(&self, row: &Row<'_>, seals: &[Seal]) -> Result<ShiftInfo, StoreError> {
        let (id, operator, first_seq): (i64, String, i64) = (row.get(0)?, row.get(2)?, row.get(4)?);
        let float = Money::from_fen(row.get(5)?);
        let last_seq: Option<i64> = row.get(7)?;
        let tally: Option<String> = row.get(10)?;
        let tally = match tally {
            Some(tally) => serde_json::from_str(&tally)?,
            None => self.tally(&operator, first_seq, i64::MAX)?,
        };
        let expected: Option<i64> = row.get(9)?;
        let note: Vec<u8> = row.get::<_, Option<Vec<u8>>>(11)?.unwrap_or_default();
        let closing = last_seq.map(|last| last + 1);
        let seal = seals.iter().find(|seal| seal.why == SealReason::Shift && Some(seal.seq) == closing);
        Ok(ShiftInfo {
            id,
            station: row.get(1)?,
            opened_at: parsed(row, 3)?,
            first_seq,
            float,
            closed_at: if last_seq.is_some() { Some(parsed(row, 6)?) } else { None },
            last_seq,
            counted: row.get::<_, Option<i64>>(8)?.map(Money::from_fen),
            expected: expected.map_or_else(|| tally.expected(float), Money::from_fen),
            note: if note.is_empty() {
                Some(String::new())
            } else {
                self.open_text(place(&id.to_be_bytes()), &note)?
            },
            seal: seal.cloned(),
            operator,
            tally,
        })
    }

    /// What an operator took and paid back in the events after `first` up to `last`.
    fn tally(&self, operator: &str, first: i64, last: i64) -> Result<Tally, StoreError> {
        let (mut tally, mut touched) = (Tally::default(), BTreeMap::<i64, Touched>::new());
        let mut statement = self.conn.prepare_cached(MOVED)?;
        let mut rows = statement.query((first, last, operator))?;
        while let Some(row) = rows.next()? {
            let (seq, kind, record): (i64, EventKind, Option<i64>) =
                (row.get(0)?, parsed(row, 1)?, row.get(2)?);
            // An amended entry of the census has no record and moves no money.
            let Some(record) = record else { continue };
            match kind {
                EventKind::Recorded => touched.entry(record).or_default().recorded = true,
                EventKind::Refunded => {
                    let detail: Value = serde_json::from_str(&row.get::<_, String>(3)?)?;
                    let method = Option::<PayMethod>::deserialize(&detail["pay_method"])?;
                    tally.refunds += 1;
                    tally.means_mut(method).refunded_fen += Money::deserialize(&detail["amount_fen"])?;
                }
                kind => {
                    tally.amended += i64::from(kind == EventKind::Amended);
                    tally.voided += i64::from(kind == EventKind::Voided);
                    touched.entry(record).or_default().steps.push(seq);
                }
            }
        }
        for (record, touched) in touched {
            self.tally_record(&mut tally, record, &touched)?;
        }
        tally.settle();
        Ok(tally)
    }

    /// Walks a record back from what it says now, and counts what moved where the operator moved it.
    fn tally_record(&self, tally: &mut Tally, record: i64, touched: &Touched) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(RECORD)?;
        let (mut at, imported) = statement.query_row([record], |row| {
            let method: Option<String> = row.get(2)?;
            let paid = Payment {
                paid: row.get::<_, Option<i64>>(0)?.map(Money::from_fen),
                total: Money::from_fen(row.get(1)?),
                in_full: row.get(3)?,
                method: method.and_then(|method| method.parse().ok()),
            };
            Ok((paid, row.get::<_, bool>(4)?))
        })?;
        if imported {
            tally.imported += i64::from(touched.recorded);
            return Ok(());
        }
        let mut moved: Vec<(Option<PayMethod>, Money)> = Vec::new();
        let mut total = at.total;
        let mut statement = self.conn.prepare_cached(STEPS)?;
        let mut rows = statement.query([record])?;
        while let Some(row) = rows.next()? {
            let (seq, kind): (i64, EventKind) = (row.get(0)?, parsed(row, 1)?);
            let ours = touched.steps.contains(&seq);
            let after = (kind == EventKind::Amended).then(|| at.clone());
            if kind == EventKind::Amended {
                let detail: Value = serde_json::from_str(&row.get::<_, String>(2)?)?;
                at = at.undone(&detail["changes"]);
            } else {
                total = Money::ZERO;
            }
            if ours {
                moved.push((at.method, Money::ZERO - at.amount()));
                moved.extend(after.map(|after| (after.method, after.amount())));
            }
        }
        if touched.recorded {
            tally.records += 1;
            tally.total_fen += total;
            moved.push((at.method, at.amount()));
        }
        for (method, amount) in moved {
            let means = tally.means_mut(method);
            let sum = if touched.recorded { &mut means.taken_fen } else { &mut means.corrected_fen };
            *sum += amount;
        }
        Ok(())
    }
}

impl Writer<'_> {
    /// Opens a shift for whoever makes the change; its number.
    ///
    /// # Errors
    /// A constraint of the table where one is open already: ask [`Books::open_shift`] first.
    pub fn open_shift(&mut self, float: Money) -> Result<i64, StoreError> {
        let (first, _) = self.books().head()?;
        let operator = one_line(&self.actor.operator);
        let at = self.actor.at.to_string();
        self.tx.execute(OPEN, (&self.meta.station, operator, at, first, float.fen()))?;
        let id = self.tx.last_insert_rowid();
        let content = self.tx.query_row(ONE, [id], |row| Ok(digest_of("shift", row)))??;
        let detail = json!({ "float_fen": float });
        self.event(EventKind::ShiftOpened, &Subject::Shift(id), None, &detail, content)?;
        Ok(id)
    }

    /// Closes a shift with the cash that was counted, and seals the chain up to that. Where it is somebody else's, the
    /// event names both: who closed it, and whose it was.
    ///
    /// # Errors
    /// [`StoreError::Stale`] where it is closed already.
    pub fn close_shift(&mut self, shift: &ShiftInfo, counted: Money, note: &str) -> Result<(), StoreError> {
        let stale = || StoreError::Stale { what: shift.subject().to_string() };
        let (last, _) = self.books().head()?;
        let tally = self.books().tally(&shift.operator, shift.first_seq, last)?;
        let expected = tally.expected(shift.float);
        let sealed = match note {
            "" => Vec::new(),
            note => self.seal_text(place(&shift.id.to_be_bytes()), note)?,
        };
        let (at, sums) = (self.actor.at.to_string(), serde_json::to_string(&tally)?);
        let row = (shift.id, at, last, counted.fen(), expected.fen(), sums, sealed);
        if self.tx.execute(CLOSE, row)? != 1 {
            return Err(stale());
        }
        let content = self.tx.query_row(ONE, [shift.id], |row| Ok(digest_of("shift", row)))??;
        let subject = shift.subject();
        let mut detail = json!({
            "counted_fen": counted, "expected_fen": expected, "difference_fen": counted - expected,
        });
        if shift.operator != one_line(&self.actor.operator) {
            detail["shift_of"] = json!(shift.operator);
        }
        if !note.is_empty() {
            detail["note"] = self.sealed_value(&subject, note)?;
        }
        self.event(EventKind::ShiftClosed, &subject, None, &detail, content)?;
        self.seal(SealReason::Shift, &format!("S{}", shift.id))?;
        Ok(())
    }
}
