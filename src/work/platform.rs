//! The platform's side of a reconciliation: which rows of the statements are settlements, and which are not.
//!
//! A row whose code nobody knows, one that says the platform has no such
//! settlement, and one without an amount that nothing else names are set aside:
//! they stay in the ledger and are told, and are laid against nothing. How a
//! settlement finds its record is the engine's business.

use crate::domain::{Day, Insutype, Key, Money, Reason, Settlement, Standing, kind_of_med_type};
use crate::reconcile::{Claim, Row};
use crate::store::{Finding, SettlementRow};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeSet;

/// So many insurance types and clearing categories are told apart.
const MAX_WORDS: usize = 500;

/// A row of a statement with its number and what stands for whom it concerns.
#[derive(Clone, Debug)]
pub(super) struct StatementRow {
    pub(super) id: i64,
    pub(super) settlement: Settlement,
    pub(super) cert: Option<Key>,
    pub(super) psn: Option<Key>,
}

impl From<SettlementRow> for StatementRow {
    fn from(row: SettlementRow) -> StatementRow {
        let SettlementRow { id, settlement, cert, psn, .. } = row;
        StatementRow { id, settlement, cert, psn }
    }
}

/// A row that is laid against nothing.
#[derive(Clone, Copy, Debug)]
struct Aside {
    id: i64,
    amount: Money,
    day: Option<Day>,
    why: Why,
    issued: Option<Key>,
    setl: Option<Key>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    /// A code that nobody knows.
    Unread,
    /// The platform has no such settlement.
    Absent,
    /// It names no amount.
    Unpriced(Standing),
}

/// What the statements say of a settlement besides what the engine needs. Types are kept once, by their place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) standing: Standing,
    insurance: u16,
    clearing: u16,
    pub(super) day: Option<Day>,
    /// Fund, account and cash, with the sign of the row.
    pub(super) parts: [Option<Money>; 3],
}

/// The platform's rows: those the engine matches, and the others.
#[derive(Debug, Default)]
pub(super) struct Platform {
    pub(super) rows: Vec<Row>,
    /// What the statements say of each of the rows.
    pub(super) told: Vec<Told>,
    /// Codes of the facilities that the ledger knows.
    ours: BTreeSet<String>,
    words: Vec<String>,
    /// Rows that have to wait until all others are known.
    waiting: Vec<StatementRow>,
    aside: Vec<Aside>,
}

/// What tells one settlement again: its id, or the key we issued, and the amount.
type Same = (Key, Option<Key>, Money);

impl Platform {
    /// Nothing yet, for a ledger of these facilities.
    pub(super) fn of(ours: BTreeSet<String>) -> Platform {
        Platform { ours, ..Platform::default() }
    }

    /// Sorts a row of a statement. Most go to the engine as they come, so that the whole of them is never in memory.
    pub(super) fn take(&mut self, row: StatementRow) {
        let s = &row.settlement;
        if !s.unread.is_empty() || s.unpriced {
            self.waiting.push(row);
        } else if s.standing.is_absent() {
            self.put_aside(&row, Why::Absent);
        } else {
            self.put(&row, s.total);
        }
    }

    /// Sorts what had to wait. `claims` give the amount to a row that names none and says that both sides balance.
    pub(super) fn finish(&mut self, claims: &[Claim]) {
        let waiting = std::mem::take(&mut self.waiting);
        if waiting.is_empty() {
            return;
        }
        let known: FxHashSet<Same> =
            self.rows.iter().map(|row| (row.setl, row.issued, row.total.abs())).collect();
        let priced: FxHashSet<Key> = self.rows.iter().map(|row| row.setl).collect();
        let mut sent: FxHashMap<Key, Money> = FxHashMap::default();
        for claim in claims {
            sent.extend(claim.issued.map(|key| (key, claim.total)));
            sent.extend(claim.answered.map(|key| (key, claim.total)));
        }
        for row in waiting {
            let s = &row.settlement;
            let setl = Key::of(&s.setl_id);
            if !s.unread.is_empty() {
                // The same settlement told again in codes that are known takes the place of this telling.
                let same = setl.map(|setl| (setl, Key::of(&s.medins_setl_id), s.total.abs()));
                if same.is_none_or(|same| !known.contains(&same)) {
                    self.put_aside(&row, Why::Unread);
                }
                continue;
            }
            if s.standing.is_absent() {
                self.put_aside(&row, Why::Absent);
                continue;
            }
            // An amount that another telling of the settlement names stands there already.
            if setl.is_some_and(|key| priced.contains(&key)) && !s.standing.is_difference() {
                continue;
            }
            let keys = [Key::of(&s.medins_setl_id), setl];
            match keys.into_iter().flatten().find_map(|key| sent.get(&key)) {
                Some(amount) if s.standing == Standing::Balanced => self.put(&row, *amount),
                _ => self.put_aside(&row, Why::Unpriced(s.standing)),
            }
        }
    }

    fn put(&mut self, row: &StatementRow, total: Money) {
        let s = &row.settlement;
        let Some(as_row) = as_row(row, total, &self.ours) else { return };
        let parts = [s.fund, s.account, s.cash].map(|part| part.map(|part| s.signed_part(part)));
        let (insurance, clearing) = (self.word(&s.insutype), self.word(&s.clr_type));
        self.rows.push(as_row);
        self.told.push(Told { standing: s.standing, insurance, clearing, day: s.day(), parts });
    }

    /// The place of a word; there are few, and one more than fit is taken for not stated.
    fn word(&mut self, word: &str) -> u16 {
        let at = match self.words.iter().position(|known| known == word) {
            Some(at) => at,
            None if self.words.len() >= MAX_WORDS => return u16::MAX,
            None => {
                self.words.push(word.to_owned());
                self.words.len() - 1
            }
        };
        u16::try_from(at).unwrap_or(u16::MAX)
    }

    /// Insurance type and clearing category of a row, empty where the statement does not say it.
    pub(super) fn types(&self, told: &Told) -> [&str; 2] {
        [told.insurance, told.clearing].map(|at| self.words.get(usize::from(at)).map_or("", String::as_str))
    }

    fn put_aside(&mut self, row: &StatementRow, why: Why) {
        let s = &row.settlement;
        let (issued, setl) = (Key::of(&s.medins_setl_id), Key::of(&s.setl_id));
        self.aside.push(Aside { id: row.id, amount: s.signed(), day: s.day(), why, issued, setl });
    }

    /// Day and amount of each row with an unknown code.
    pub(super) fn unread_rows(&self) -> impl Iterator<Item = (Option<Day>, Money)> {
        self.aside.iter().filter(|row| row.why == Why::Unread).map(|row| (row.day, row.amount))
    }

    /// What the rows with unknown codes amount to: it is on the platform's side, and nobody can say of what.
    pub(super) fn unread(&self) -> (u64, Money) {
        let unread = || self.aside.iter().filter(|row| row.why == Why::Unread);
        (unread().count() as u64, unread().map(|row| row.amount).sum())
    }

    /// What is to be said of the rows that were set aside.
    pub(super) fn findings(&self, claims: &[Claim]) -> Vec<Finding> {
        let mut by_key: FxHashMap<Key, i64> = FxHashMap::default();
        for claim in claims {
            by_key.extend(claim.issued.map(|key| (key, claim.id)));
            by_key.extend(claim.answered.or(claim.confirmed).map(|key| (key, claim.id)));
        }
        self.aside.iter().filter_map(|row| row.finding(&by_key)).collect()
    }
}

impl Aside {
    fn finding(&self, by_key: &FxHashMap<Key, i64>) -> Option<Finding> {
        let record = [self.issued, self.setl].into_iter().flatten().find_map(|key| by_key.get(&key)).copied();
        let reason = match (self.why, record) {
            (Why::Unread, _) => Reason::UnknownCode,
            // A record of ours that the platform lacks is missing there, and is told as that.
            (Why::Absent, Some(_)) => return None,
            (Why::Unpriced(Standing::CentreOnly), None) => Reason::MissedInDowntime,
            (Why::Absent | Why::Unpriced(_), None) => Reason::StateDiffers,
            (Why::Unpriced(_), Some(_)) => Reason::TotalDiffers,
        };
        let difference = if self.why == Why::Unread { self.amount } else { Money::ZERO };
        let record = record.filter(|_| self.why != Why::Unread);
        Some(Finding { reason, record, settlement: Some(self.id), difference, account: None })
    }
}

/// A settlement as the engine sees it. One that only the centre has may lack its id in a comparison and is known by
/// the message that asked for it.
fn as_row(row: &StatementRow, total: Money, ours: &BTreeSet<String>) -> Option<Row> {
    let s = &row.settlement;
    let by_message =
        || Key::of(&format!("msgid {}", s.medins_setl_id)).filter(|_| !s.medins_setl_id.is_empty());
    Some(Row {
        init: Key::of(&s.init_setl_id),
        record_no: Key::of(&s.record_no),
        receipt: Key::of(&s.receipt_no),
        issued: Key::of(&s.medins_setl_id),
        visit: Key::of(&s.mdtrt_id),
        cert: row.cert,
        psn: row.psn,
        at: s.setl_time,
        kind: kind_of_med_type(&s.med_type),
        insutype: Insutype::of(&s.insutype),
        reversal: s.is_reversal(),
        foreign: !s.facility.is_empty() && !ours.contains(&s.facility),
        parts_agree: s.unpriced || s.parts_agree(),
        ..Row::new(row.id, Key::of(&s.setl_id).or_else(by_message)?, total)
    })
}
