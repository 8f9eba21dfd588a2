//! A region's profile, the part that reads statements: headings, units, codes, refund flags, days.
//!
//! No two regions write the same statement, and one code means two things in two
//! regions. A profile says what it means; a code that it does not say is never
//! guessed at. Which settlement belongs to which record is not decided here.

mod fault;
mod read;
#[cfg(test)]
mod tests;

pub use fault::{ProfileFault, Slip, StatementProfileError};

use crate::domain::{Digest, FactKind, FactValue, Facts, Standing};
use crate::intake::column::{STATEMENT_COLUMNS, StatementField as Field};
use crate::text::profile_file::profile_text;
use std::collections::BTreeMap;

/// Profiles that are built in, with their text.
const BUILT_IN: &[(&str, &str)] = &[
    ("jx-2020", include_str!("../profiles/jx-2020.toml")),
    ("hn-2021", include_str!("../profiles/hn-2021.toml")),
    ("paired-flags", include_str!("../profiles/paired-flags.toml")),
];

/// The name of what holds where no profile says otherwise.
pub const NATIONAL: &str = "national";

/// Words of a state that mean one thing everywhere.
const STATES: &[(&str, Standing)] = &[
    ("成功", Standing::Settled),
    ("结算成功", Standing::Settled),
    ("已结算", Standing::Settled),
    ("success", Standing::Settled),
    ("失败", Standing::Failed),
    ("结算失败", Standing::Failed),
    ("未结算", Standing::Failed),
    ("failed", Standing::Failed),
];

/// Which records of a refund carry the refund flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marks {
    /// The one that takes money back.
    Reversal,
    /// Both of them: a negative amount or the name of its original tells the one that takes money back.
    Both,
}

/// Which column says the day that a settlement is counted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayBasis {
    /// The platform's time of settlement.
    Settlement,
    /// The day of clearing.
    Clearing,
}

/// How a region writes its statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementProfile {
    name: String,
    digest: Option<Digest>,
    text: String,
    /// Plain heading, and our column or `-`.
    columns: BTreeMap<String, String>,
    /// The columns of a text without headings; `None` is passed over.
    order: Option<Vec<Option<usize>>>,
    /// Amounts are whole fen.
    fen: bool,
    results: BTreeMap<String, Standing>,
    states: BTreeMap<String, Standing>,
    flags: BTreeMap<String, bool>,
    marks: Marks,
    basis: DayBasis,
    /// Seconds after midnight at which the next day begins; what is settled later counts for the day after.
    day_ends: i64,
}

impl Default for StatementProfile {
    fn default() -> StatementProfile {
        StatementProfile::national()
    }
}

impl StatementProfile {
    /// What holds where no profile says otherwise. Of the results of a comparison, 1 says in every edition that the row
    /// does not balance; only a region knows which side has it.
    pub fn national() -> StatementProfile {
        let results = [
            ("0", Standing::Balanced),
            ("1", Standing::Unbalanced),
            ("2", Standing::FacilityOnly),
            ("3", Standing::Differs),
        ];
        let owned = |list: &[(&str, Standing)]| {
            list.iter().map(|(code, standing)| ((*code).to_owned(), *standing)).collect()
        };
        StatementProfile {
            name: NATIONAL.to_owned(),
            digest: None,
            text: String::new(),
            columns: BTreeMap::new(),
            order: None,
            fen: false,
            results: owned(&results),
            states: owned(STATES),
            flags: BTreeMap::new(),
            marks: Marks::Reversal,
            basis: DayBasis::Settlement,
            day_ends: 24 * 3600,
        }
    }

    /// A profile that is built in, or read from a TOML file.
    ///
    /// # Errors
    /// [`StatementProfileError`] with every fault of the file and its place.
    pub fn find(name_or_file: &str) -> Result<StatementProfile, StatementProfileError> {
        if name_or_file == NATIONAL {
            return Ok(StatementProfile::national());
        }
        StatementProfile::parse(
            name_or_file,
            &profile_text(name_or_file, BUILT_IN, StatementProfile::names())?,
        )
    }

    /// Names of the profiles that are built in.
    pub fn names() -> Vec<&'static str> {
        std::iter::once(NATIONAL).chain(BUILT_IN.iter().map(|(name, _)| *name)).collect()
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The digest of its text; `None` where nothing was read.
    pub fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// The text that it was read from; empty for the national default.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Amounts are whole fen.
    pub fn in_fen(&self) -> bool {
        self.fen
    }

    /// Which records of a refund carry the flag.
    pub fn marks(&self) -> Marks {
        self.marks
    }

    /// Which column says the day that a settlement is counted on.
    pub fn basis(&self) -> DayBasis {
        self.basis
    }

    /// When its day ends, as `17:00`; `24:00` is midnight.
    pub fn day_ends(&self) -> String {
        format!("{:02}:{:02}", self.day_ends / 3600, self.day_ends / 60 % 60)
    }

    pub(super) fn day_ends_after(&self) -> i64 {
        self.day_ends
    }

    /// The results of a comparison that it knows.
    pub fn results(&self) -> &BTreeMap<String, Standing> {
        &self.results
    }

    /// The states of a settlement that it knows.
    pub fn states(&self) -> &BTreeMap<String, Standing> {
        &self.states
    }

    /// The refund flags that it knows; none where only yes and no are read.
    pub fn flags(&self) -> &BTreeMap<String, bool> {
        &self.flags
    }

    /// Further headings: theirs and our column, or `-`.
    pub fn columns(&self) -> &BTreeMap<String, String> {
        &self.columns
    }

    /// The columns of a text without headings; `-` is passed over. `None` where the profile says nothing of one.
    pub fn order(&self) -> Option<Vec<&'static str>> {
        let id = |column: &Option<usize>| column.map_or("-", |column| STATEMENT_COLUMNS[column].id);
        self.order.as_ref().map(|order| order.iter().map(id).collect())
    }

    pub(super) fn places(&self) -> Option<&[Option<usize>]> {
        self.order.as_deref()
    }

    /// What the result of a comparison means; `None` where nobody knows the code.
    pub fn result(&self, code: &str) -> Option<Standing> {
        self.results.get(code).copied()
    }

    /// What the state of a settlement means; `None` where nobody knows the code.
    pub fn state(&self, code: &str) -> Option<Standing> {
        self.states.get(&code.to_lowercase()).copied()
    }

    /// Whether a refund flag is set; `None` where nobody knows it.
    pub fn flag(&self, code: &str) -> Option<bool> {
        if !self.flags.is_empty() {
            return self.flags.get(code).copied();
        }
        // Three digits are the width of the field in the newest editions.
        let short = if code.len() == 3 { code.strip_prefix("00").unwrap_or(code) } else { code };
        match Facts::read("refd_setl_flag", FactKind::Flag, short) {
            Ok(FactValue::Flag(flag)) => Some(flag),
            _ => None,
        }
    }
}

/// The columns whose codes a profile reads.
pub(super) const CODED: [Field; 3] = [Field::StmtRslt, Field::Status, Field::Refunded];
