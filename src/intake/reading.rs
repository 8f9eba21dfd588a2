//! The cells of one row as values, every fault gathered on the way.
//!
//! One function for each sort of value. A cell at fault gives no value and one
//! fault, so that a reader goes on to the next cell and a person sees all that
//! is wrong with a row at once. Which cells a row must have is not decided here.

use crate::domain::{FactKind, FactValue, Facts, Money, Price, Quantity, Time};
use crate::intake::cell::{amount, became_date, control, is_formula_error, is_scientific, plain_number};
use crate::intake::column::Privacy;
use crate::intake::sheet::{FactPlace, Sheet};
use crate::intake::{Fault, FaultReason, moment};
use std::borrow::Cow;
use std::str::FromStr;

/// The cells of the present row as values; what does not fit becomes a fault.
pub(super) struct Reading<'a> {
    pub(super) sheet: &'a Sheet,
    pub(super) faults: Vec<Fault>,
    /// Codes that were given their leading zeros back.
    pub(super) padded: Vec<Padded>,
}

/// A code that lost its leading zeros and of which only one can be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Padded {
    /// The heading as the file has it.
    pub column: String,
    /// The code as it stands in the file.
    pub from: String,
    /// The code as it was read.
    pub to: String,
    /// In how many rows.
    pub rows: u64,
}

impl Padded {
    /// Adds what another row says to what is known of all of them.
    pub(super) fn gather(all: &mut Vec<Padded>, more: impl IntoIterator<Item = Padded>) {
        for one in more {
            let same = |known: &&mut Padded| known.column == one.column && known.from == one.from;
            match all.iter_mut().find(same) {
                Some(known) => known.rows += one.rows,
                None => all.push(one),
            }
        }
    }
}

impl<'a> Reading<'a> {
    pub(super) fn new(sheet: &'a Sheet) -> Reading<'a> {
        Reading { sheet, faults: sheet.shape_fault().into_iter().collect(), padded: Vec::new() }
    }

    /// The cell, whatever it holds.
    pub(super) fn raw(&self, column: impl Into<usize>) -> Cow<'a, str> {
        self.sheet.cell(column.into())
    }

    /// Adds a fault of a cell.
    pub(super) fn refuse(&mut self, column: impl Into<usize>, reason: FaultReason) {
        let column = column.into();
        let text = self.sheet.cell(column);
        self.faults.push(self.sheet.cell_fault(column, &text, reason));
    }

    /// A text; control characters are refused, in a note a line break becomes a blank.
    pub(super) fn text(&mut self, column: impl Into<usize>) -> String {
        let column = column.into();
        let text = self.raw(column);
        if is_formula_error(&text) {
            self.refuse(column, FaultReason::Formula);
        }
        if !self.sheet.row.odd {
            return text.into_owned();
        }
        let text = match self.sheet.kind.columns()[column].id {
            "note" if text.contains(['\r', '\n']) => Cow::Owned(
                text.split(['\r', '\n']).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" "),
            ),
            _ => text,
        };
        if let Some(ch) = control(&text) {
            self.refuse(column, FaultReason::Control(ch));
        }
        text.into_owned()
    }

    /// A text that must be there.
    pub(super) fn required(&mut self, column: impl Into<usize>) -> String {
        let column = column.into();
        let text = self.text(column);
        if text.is_empty() {
            self.refuse(column, FaultReason::Missing);
        }
        text
    }

    /// A number that is text; one that a spreadsheet turned into a float is refused.
    pub(super) fn number(&mut self, column: impl Into<usize>) -> String {
        let column = column.into();
        let text = self.text(column);
        if is_scientific(&text) {
            self.refuse(column, FaultReason::Scientific);
        } else if became_date(&text) {
            self.refuse(column, FaultReason::BecameDate);
        }
        text
    }

    /// Notes that the cell was read as `code`, where that is more than it says.
    pub(super) fn note_padded(&mut self, column: impl Into<usize>, code: &str) {
        let column = column.into();
        let text = self.raw(column);
        if !text.is_empty() && text.len() < code.len() && code.ends_with(text.as_ref()) {
            let (from, to) = (text.into_owned(), code.to_owned());
            self.padded.push(Padded { column: self.sheet.heading_of(column), from, to, rows: 1 });
        }
    }

    /// An amount; `None` where the cell is empty or at fault.
    pub(super) fn amount(&mut self, column: impl Into<usize>) -> Option<Money> {
        self.parse(column.into(), |text| amount(text).map_err(FaultReason::Amount))
    }

    /// A quantity.
    pub(super) fn quantity(&mut self, column: impl Into<usize>) -> Option<Quantity> {
        self.parse(column.into(), |text| {
            Quantity::from_str(&plain_number(text)).map_err(FaultReason::Quantity)
        })
    }

    /// A unit price.
    pub(super) fn price(&mut self, column: impl Into<usize>) -> Option<Price> {
        self.parse(column.into(), |text| Price::from_str(&plain_number(text)).map_err(FaultReason::Quantity))
    }

    /// A time.
    pub(super) fn time(&mut self, column: impl Into<usize>) -> Option<Time> {
        let column = column.into();
        let serial = self.sheet.may_be_serial(column);
        self.parse(column, |text| moment::time(text, serial).ok_or(FaultReason::Time))
    }

    /// A time that cannot be after `now`.
    pub(super) fn past(&mut self, column: impl Into<usize>, now: Time) -> Option<Time> {
        let column = column.into();
        let serial = self.sheet.may_be_serial(column);
        self.parse(column, |text| match moment::time(text, serial) {
            None => Err(FaultReason::Time),
            Some(time) if time > now => Err(FaultReason::Future { now }),
            Some(time) => Ok(time),
        })
    }

    /// A cell read by `read`; `None` where it is empty or at fault.
    pub(super) fn parse<T>(
        &mut self,
        column: usize,
        read: impl Fn(&str) -> Result<T, FaultReason>,
    ) -> Option<T> {
        let text = self.raw(column);
        if text.is_empty() {
            return None;
        }
        read(&text).map_err(|reason| self.faults.push(self.sheet.cell_fault(column, &text, reason))).ok()
    }

    /// The cell of a fact column, and a way to refuse it.
    pub(super) fn fact(&mut self, fact: &'a FactPlace) -> Option<FactValue> {
        let text = self.sheet.fact_cell(fact);
        if text.is_empty() {
            return None;
        }
        let read = Facts::read(&fact.name, fact.kind, &text);
        let reason = match (read, control(&text)) {
            (_, None) if is_formula_error(&text) => FaultReason::Formula,
            (Ok(value), None) => return Some(value),
            (_, Some(ch)) => FaultReason::Control(ch),
            (Err(_), None) => FaultReason::Fact(fact.kind),
        };
        // A fact that a notice declares may say anything, an illness too.
        let privacy = if fact.kind == FactKind::Text { Privacy::Text } else { Privacy::Open };
        self.faults.push(Fault {
            column: self.sheet.headings[fact.at].clone(),
            text: privacy.shown(&text),
            ..self.sheet.row_fault(reason)
        });
        None
    }
}
