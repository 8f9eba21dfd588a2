//! Counting the records of a batch while they go into it, one after the other.

use super::Item;
use super::content::Rows;
use super::coverage::{self, Coverage};
use super::manifest::{Control, Counted};
use crate::domain::Money;
use crate::text::Label;
use std::collections::BTreeMap;

/// What the manifest says of all records together.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) records: usize,
    pub(super) lines: usize,
    pub(super) without_lines: usize,
    pub(super) total: Money,
    /// What is to be paid back, as far as it is known.
    pub(super) due: Money,
    pub(super) by_insurance: BTreeMap<String, Counted>,
    pub(super) by_kind: BTreeMap<String, Counted>,
    /// By insurance type and kind.
    pub(super) control: BTreeMap<(String, &'static str), Control>,
    pub(super) coverage: Vec<Coverage>,
    /// Records with a character of four bytes in GB18030, and the fields that have it.
    pub(super) rare: BTreeMap<String, Vec<String>>,
    /// Fields with codes that their table does not have, and in how many rows.
    pub(super) unlisted: BTreeMap<String, usize>,
}

impl Tally {
    /// Counts a record that went in, with the rows it became.
    pub(super) fn add(&mut self, item: &Item, rows: &[Rows<'_>]) {
        let record = &item.record;
        self.count(&record.insurance, record.kind.id(), record.lines.len(), record.total);
        self.without_lines += usize::from(record.lines.is_empty());
        self.due += item.refund.and_then(|refund| refund.due).unwrap_or(Money::ZERO);
        coverage::add(&mut self.coverage, rows);
    }

    /// Counts something of an insurance type and kind.
    pub(super) fn count(&mut self, insurance: &str, kind: &'static str, lines: usize, total: Money) {
        self.records += 1;
        self.lines += lines;
        self.total += total;
        for (by, key) in [(&mut self.by_insurance, insurance), (&mut self.by_kind, kind)] {
            let counted = by.entry(key.to_owned()).or_default();
            counted.records += 1;
            counted.total_fen += total;
        }
        let control = self.control.entry((insurance.to_owned(), kind)).or_insert_with(|| Control {
            insurance: insurance.to_owned(),
            kind: kind.to_owned(),
            records: 0,
            lines: 0,
            total_fen: Money::ZERO,
        });
        control.records += 1;
        control.lines += lines;
        control.total_fen += total;
    }

    /// The totals by insurance type and kind.
    pub(super) fn controls(&self) -> Vec<Control> {
        self.control.values().cloned().collect()
    }
}
