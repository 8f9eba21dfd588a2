//! What goes in: claims of the ledger, rows of the platform, and the options.
//!
//! Both are plain and small, so that a million of each fit a desk computer.
//! Texts arrive as [`Key`]s; the caller keeps what they stand for.

use crate::domain::{Insutype, Key, Kind, Money, Time};

/// One record of the ledger that waits for a settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The caller's own number of it, unique within the list.
    pub id: i64,
    /// The facility's record number.
    pub record_no: Option<Key>,
    /// Number of the receipt.
    pub receipt: Option<Key>,
    /// `medins_setl_id` as issued in a batch.
    pub issued: Option<Key>,
    /// `setl_id` as an answer of the platform named it.
    pub answered: Option<Key>,
    /// `mdtrt_id` as an answer of the platform named it.
    pub visit: Option<Key>,
    /// What stays of one person that count as one stay have in common.
    pub stay: Option<Key>,
    /// `setl_id` of the one row that an earlier run confirmed; it holds against every other key.
    pub confirmed: Option<Key>,
    /// `certno`.
    pub cert: Option<Key>,
    /// `psn_no`.
    pub psn: Option<Key>,
    /// Total in fen.
    pub total: Money,
    /// When the cost arose, +08:00; a settlement of an earlier day is not this one's.
    pub occurred_at: Time,
    /// Until when it may be settled, +08:00, where that is known; a later settlement of the same person and total is
    /// only suggested.
    pub due: Option<Time>,
    /// What it is, where known.
    pub kind: Option<Kind>,
    /// The insurance it was recorded under.
    pub insutype: Insutype,
    /// It went out in a batch.
    pub exported: bool,
}

/// One row of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The caller's own number of it, unique within the list.
    pub id: i64,
    /// `setl_id`.
    pub setl: Key,
    /// `init_setl_id`, the settlement that a reversal undoes.
    pub init: Option<Key>,
    /// The facility's record number.
    pub record_no: Option<Key>,
    /// Number of the receipt.
    pub receipt: Option<Key>,
    /// `medins_setl_id`.
    pub issued: Option<Key>,
    /// `mdtrt_id`.
    pub visit: Option<Key>,
    /// `certno`.
    pub cert: Option<Key>,
    /// `psn_no`.
    pub psn: Option<Key>,
    /// `medfee_sumamt` in fen, as printed.
    pub total: Money,
    /// `setl_time`, +08:00.
    pub at: Option<Time>,
    /// What its `med_type` stands for, where the country agrees on that.
    pub kind: Option<Kind>,
    /// `insutype`.
    pub insutype: Insutype,
    /// The amount is negative, or `refd_setl_flag` is yes.
    pub reversal: bool,
    /// Another facility's, which the ledger does not know: it meets no claim.
    pub foreign: bool,
    /// Fund, account, cash and what the hospital bears sum to the total, as far as they are given.
    pub parts_agree: bool,
}

/// How strictly to lay the two sides against each other, and what was decided before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Largest difference of a total that still matches, with reason A9. Never a percentage; nothing by default.
    pub tolerance: Money,
    /// Claim ids and `setl_id`s that a person put together. They hold against everything else. Several pairs of one
    /// claim are its parts, several pairs of one settlement share it.
    pub pinned: Vec<(i64, Key)>,
    /// Claim ids and `setl_id`s that a person took apart; they are never joined again.
    pub forbidden: Vec<(i64, Key)>,
    /// Claim ids and `setl_id`s of groups that an earlier run confirmed; they hold as [`Claim::confirmed`] does.
    pub kept: Vec<(i64, Key)>,
    /// When the first stop began: what the platform alone settled before that has nothing to do with it.
    pub opened: Option<Time>,
}

impl Claim {
    /// A claim of which no more than this is known.
    pub fn new(id: i64, total: Money, occurred_at: Time) -> Claim {
        Claim {
            id,
            record_no: None,
            receipt: None,
            issued: None,
            answered: None,
            visit: None,
            stay: None,
            confirmed: None,
            cert: None,
            psn: None,
            total,
            occurred_at,
            due: None,
            kind: None,
            insutype: Insutype::default(),
            exported: false,
        }
    }
}

impl Row {
    /// A row of which no more than this is known; one below zero is a reversal.
    pub fn new(id: i64, setl: Key, total: Money) -> Row {
        Row {
            id,
            setl,
            init: None,
            record_no: None,
            receipt: None,
            issued: None,
            visit: None,
            cert: None,
            psn: None,
            total,
            at: None,
            kind: None,
            insutype: Insutype::default(),
            reversal: total.is_negative(),
            foreign: false,
            parts_agree: true,
        }
    }

    /// What the row adds to the platform's sum: a reversal takes away, whichever sign it is printed with.
    pub fn signed(&self) -> Money {
        if self.reversal { -self.total.abs() } else { self.total }
    }

    /// No key that both rows carry says otherwise.
    pub(super) fn agrees_with(&self, other: &Row) -> bool {
        agree(self.record_no, other.record_no) && agree(self.issued, other.issued) && self.same_person(other)
    }

    /// No key of the person that both rows carry says otherwise.
    pub(super) fn same_person(&self, other: &Row) -> bool {
        same_person((self.cert, self.psn), (other.cert, other.psn))
    }
}

impl Claim {
    /// No key of the person that both sides carry says otherwise.
    pub(super) fn same_person(&self, row: &Row) -> bool {
        same_person((self.cert, self.psn), (row.cert, row.psn))
    }

    /// The settlement is not older than the day of the claim.
    pub(super) fn not_after(&self, row: &Row) -> bool {
        row.at.is_none_or(|at| at.day() >= self.occurred_at.day())
    }

    /// The settlement came after the deadline of the claim.
    pub(super) fn is_over(&self, row: &Row) -> bool {
        row.at.zip(self.due).is_some_and(|(at, due)| at > due)
    }

    /// Both sides know what it is, and not the same.
    pub(super) fn other_kind(&self, row: &Row) -> bool {
        self.kind.zip(row.kind).is_some_and(|(ours, theirs)| ours != theirs)
    }

    /// The sides contradict each other about what it is, or about the insurance.
    pub(super) fn other_type(&self, row: &Row) -> bool {
        self.other_kind(row) || self.insutype.differs_from(row.insutype)
    }
}

/// The certificate decides where both know it; only else the platform's number of the person.
fn same_person(one: (Option<Key>, Option<Key>), other: (Option<Key>, Option<Key>)) -> bool {
    match (one.0, other.0) {
        (Some(one), Some(other)) => one == other,
        _ => agree(one.1, other.1),
    }
}

fn agree(one: Option<Key>, other: Option<Key>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    }
}
