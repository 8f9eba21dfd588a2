//! The cells of one row as values, every fault gathered on the way.
//!
//! One function for each sort of value. A cell at fault gives no value and one
//! fault, so that a reader goes on to the next cell and a person sees all that
//! is wrong with a row at once. Which cells a row must have is not decided here.

use crate::domain::{FactKind, FactValue, Facts, Money, Price, Quantity, Time};
use crate::intake::cell::{amount, control, is_formula_error, is_scientific};
use crate::intake::column::Privacy;
use crate::intake::sheet::{FactPlace, Sheet};
use crate::intake::{Fault, FaultReason};
use std::borrow::Cow;
use std::str::FromStr;

/// The cells of the present row as values; what does not fit becomes a fault.
pub(super) struct Reading<'a> {
    pub(super) sheet: &'a Sheet,
    pub(super) faults: Vec<Fault>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(sheet: &'a Sheet) -> Reading<'a> {
        Reading { sheet, faults: sheet.shape_fault().into_iter().collect() }
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
        }
        text
    }

    /// An amount; `None` where the cell is empty or at fault.
    pub(super) fn amount(&mut self, column: impl Into<usize>) -> Option<Money> {
        self.parse(column.into(), |text| amount(text).map_err(FaultReason::Amount))
    }

    /// A quantity.
    pub(super) fn quantity(&mut self, column: impl Into<usize>) -> Option<Quantity> {
        self.parse(column.into(), |text| Quantity::from_str(text).map_err(FaultReason::Quantity))
    }

    /// A unit price.
    pub(super) fn price(&mut self, column: impl Into<usize>) -> Option<Price> {
        self.parse(column.into(), |text| Price::from_str(text).map_err(FaultReason::Quantity))
    }

    /// A time.
    pub(super) fn time(&mut self, column: impl Into<usize>) -> Option<Time> {
        self.parse(column.into(), |text| Time::from_str(text).map_err(|_| FaultReason::Time))
    }

    /// A time that cannot be after `now`.
    pub(super) fn past(&mut self, column: impl Into<usize>, now: Time) -> Option<Time> {
        self.parse(column.into(), |text| match Time::from_str(text) {
            Err(_) => Err(FaultReason::Time),
            Ok(time) if time > now => Err(FaultReason::Future { now }),
            Ok(time) => Ok(time),
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
