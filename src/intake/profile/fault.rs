//! What is wrong with a profile of statements, and where.
//!
//! Facts and their words; nothing is read here.

use crate::text::profile_file::{self, FormSlip, one_of};
use crate::text::{Explain, Lang};
use serde::Serialize;

/// Why a profile of statements cannot be used.
pub type StatementProfileError = profile_file::ProfileError<Slip>;
/// One thing wrong in it.
pub type ProfileFault = profile_file::ProfileFault<Slip>;

/// What can be wrong in a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "fault")]
pub enum Slip {
    /// A word that is none of those that can stand there.
    UnknownWord {
        /// As written.
        word: String,
        /// The words that can.
        known: Vec<String>,
    },
    /// A statement has no such column.
    UnknownColumn {
        /// As written.
        name: String,
    },
    /// One column, or one code, was given twice.
    Twice {
        /// As written.
        name: String,
    },
    /// It says nothing of statements.
    NoStatement,
    /// What can be wrong in any profile.
    #[serde(untagged)]
    Form(FormSlip),
}

impl From<FormSlip> for Slip {
    fn from(slip: FormSlip) -> Slip {
        Slip::Form(slip)
    }
}

impl Explain for Slip {
    fn what(&self, lang: Lang) -> String {
        match (self, lang) {
            (Slip::Form(slip), _) => slip.what(lang),
            (Slip::UnknownWord { word, .. }, Lang::Zh) => format!("这里不能写“{word}”"),
            (Slip::UnknownWord { word, .. }, Lang::En) => format!("`{word}` cannot stand here"),
            (Slip::UnknownColumn { name }, Lang::Zh) => format!("结算明细没有“{name}”这一栏"),
            (Slip::UnknownColumn { name }, Lang::En) => format!("a statement has no column `{name}`"),
            (Slip::Twice { name }, Lang::Zh) => format!("“{name}”写了两次"),
            (Slip::Twice { name }, Lang::En) => format!("`{name}` is given twice"),
            (Slip::NoStatement, Lang::Zh) => "没有 [statement] 一节".to_owned(),
            (Slip::NoStatement, Lang::En) => "has no section [statement]".to_owned(),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        match self {
            Slip::Form(slip) => slip.hint(lang, "docs/statements.md"),
            Slip::UnknownWord { known, .. } => one_of(known, lang),
            Slip::UnknownColumn { .. } => lang
                .pick(
                    "栏名见 docs/statements.md，如 medfee_sumamt",
                    "docs/statements.md lists them, as medfee_sumamt",
                )
                .to_owned(),
            Slip::Twice { .. } | Slip::NoStatement => lang
                .pick("写法见 docs/statements.md", "docs/statements.md shows how it is written")
                .to_owned(),
        }
    }
}
