//! What lies beside the form: the list of records and the drafts.
//!
//! The list shows today's records and finds among them as one types; where
//! none of today fits, the whole ledger is asked by whoever owns this state.

use crate::desk::edit::Edit;
use crate::domain::{Kind, Money, Time, mask_name};
use crate::text::initials_begin;
use crate::work::counter::{Entry, Typed};

/// The list of records, with the cursor in it.
#[derive(Clone, Debug, Default)]
pub(super) struct List {
    /// What is looked for.
    pub(super) filter: Edit,
    /// What is shown, the last written first.
    pub(super) rows: Vec<Entry>,
    /// The row that Enter opens.
    pub(super) chosen: usize,
    /// The rows are not of today: none of today fits.
    pub(super) older: bool,
}

/// The rows of one list that a text finds: by number, own number, receipt, name or the initials of its sounds.
pub(super) fn matching(all: &[Entry], text: &str) -> Vec<Entry> {
    let text = text.trim().to_lowercase();
    let fits = |entry: &&Entry| {
        let (number, record) = (entry.stored.number.to_string().to_lowercase(), &entry.stored.record);
        text.is_empty()
            || number.contains(&text)
            || record.record_no.to_lowercase().contains(&text)
            || record.receipt_no.to_lowercase().starts_with(&text)
            || record.person.id_no.to_lowercase().ends_with(&text) && text.len() >= 4
            || record.person.name.to_lowercase().starts_with(&text)
            || initials_begin(&record.person.name, &text)
    };
    all.iter().filter(fits).cloned().collect()
}

impl List {
    /// Moves the marked row.
    pub(super) fn step(&mut self, by: isize) {
        let last = self.rows.len().saturating_sub(1);
        self.chosen = self.chosen.saturating_add_signed(by).min(last);
    }
}

/// A draft as the pane shows it.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    /// Its row.
    pub(super) id: i64,
    /// What it will be.
    pub(super) kind: Kind,
    /// When it was last saved.
    pub(super) saved_at: Time,
    /// What tells it from the others: the masked name, and the amount as it was typed.
    pub(super) what: String,
}

impl Kept {
    /// What a draft shows of itself.
    pub(super) fn told(typed: &Typed) -> String {
        let answer = |column: &str| {
            let found = typed.answers.iter().find(|(name, _)| name == column);
            found.map_or("", |(_, text)| text.as_str())
        };
        let amount = answer("total");
        let amount = amount.parse::<Money>().map_or(amount.to_owned(), |amount| amount.to_string());
        let amends = typed.amends.as_ref().map_or_else(String::new, |number| format!("{number} "));
        format!("{amends}{} {amount}", mask_name(answer("name"))).trim().to_owned()
    }
}

/// The drafts, with the cursor in them.
#[derive(Clone, Debug, Default)]
pub(super) struct Drafts {
    /// The latest first.
    pub(super) rows: Vec<Kept>,
    /// The row that Enter opens.
    pub(super) chosen: usize,
}

impl Drafts {
    /// Moves the marked row.
    pub(super) fn step(&mut self, by: isize) {
        let last = self.rows.len().saturating_sub(1);
        self.chosen = self.chosen.saturating_add_signed(by).min(last);
    }
}
