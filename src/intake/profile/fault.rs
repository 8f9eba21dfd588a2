//! What is wrong with a profile of statements, and where.
//!
//! Facts and their words; nothing is read here.

use crate::text::{Explain, Lang};
use serde::Serialize;
use std::fmt;

/// Why a profile cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatementProfileError {
    /// No such profile is built in, and no such file can be read.
    Unreadable {
        /// The name or path as given.
        file: String,
        /// Profiles that are built in.
        known: Vec<&'static str>,
        /// The system's words.
        error: String,
    },
    /// The file says something that cannot be.
    Faults(Vec<ProfileFault>),
}

/// One thing wrong in a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProfileFault {
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    #[serde(flatten)]
    pub slip: Slip,
}

/// What can be wrong in a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "fault")]
pub enum Slip {
    /// It is not TOML.
    NotToml {
        /// The reader's words.
        text: String,
    },
    /// No such key is known here.
    UnknownKey {
        /// As written.
        key: String,
        /// Keys that are.
        known: Vec<String>,
    },
    /// A key has a value of the wrong kind.
    WrongKind {
        /// The key.
        key: String,
        /// What it takes, in Chinese.
        zh: &'static str,
        /// The same in English.
        en: &'static str,
    },
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
}

impl StatementProfileError {
    /// The faults one by one, for a list of them.
    pub fn faults(&self) -> &[ProfileFault] {
        match self {
            StatementProfileError::Unreadable { .. } => &[],
            StatementProfileError::Faults(faults) => faults,
        }
    }
}

impl Explain for StatementProfileError {
    fn what(&self, lang: Lang) -> String {
        match (self, lang) {
            (StatementProfileError::Unreadable { file, error, .. }, Lang::Zh) => {
                format!("没有内置的地区规则“{file}”，也读不出这个文件：{error}")
            }
            (StatementProfileError::Unreadable { file, error, .. }, Lang::En) => {
                format!("`{file}` is no profile that is built in, and no file that can be read: {error}")
            }
            (StatementProfileError::Faults(faults), Lang::Zh) => {
                format!("地区规则有 {} 处问题", faults.len())
            }
            (StatementProfileError::Faults(faults), Lang::En) => match faults.len() {
                1 => "1 fault in the profile".to_owned(),
                count => format!("{count} faults in the profile"),
            },
        }
    }

    fn hint(&self, lang: Lang) -> String {
        match self {
            StatementProfileError::Unreadable { known, .. } => match lang {
                Lang::Zh => format!("给出一个 TOML 文件，或内置的：{}", known.join("、")),
                Lang::En => format!("give a TOML file, or one that is built in: {}", known.join(", ")),
            },
            StatementProfileError::Faults(_) => {
                lang.pick("改正后重试；没有写入", "mend it and try again; nothing was written").to_owned()
            }
        }
    }
}

impl fmt::Display for StatementProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what(Lang::En))
    }
}

impl std::error::Error for StatementProfileError {}

impl Explain for ProfileFault {
    fn what(&self, lang: Lang) -> String {
        let Self { file, line, column, slip } = self;
        let says = slip.what(lang);
        match lang {
            Lang::Zh => format!("{file} 第 {line} 行第 {column} 列：{says}"),
            Lang::En => format!("{file} line {line}, column {column}: {says}"),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        self.slip.hint(lang)
    }
}

impl Explain for Slip {
    fn what(&self, lang: Lang) -> String {
        match (self, lang) {
            (Slip::NotToml { text }, Lang::Zh) => format!("不是 TOML：{text}"),
            (Slip::NotToml { text }, Lang::En) => format!("not TOML: {text}"),
            (Slip::UnknownKey { key, .. }, Lang::Zh) => format!("不认识的键“{key}”"),
            (Slip::UnknownKey { key, .. }, Lang::En) => format!("`{key}` is not a known key"),
            (Slip::WrongKind { key, zh, .. }, Lang::Zh) => format!("“{key}”应为{zh}"),
            (Slip::WrongKind { key, en, .. }, Lang::En) => format!("`{key}` takes {en}"),
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
        let listed = |known: &[String]| {
            let known = known.join(lang.pick("、", ", "));
            match lang {
                Lang::Zh => format!("可用的：{known}"),
                Lang::En => format!("use one of: {known}"),
            }
        };
        match self {
            Slip::UnknownKey { known, .. } | Slip::UnknownWord { known, .. } => listed(known),
            Slip::UnknownColumn { .. } => lang
                .pick(
                    "栏名见 docs/statements.md，如 medfee_sumamt",
                    "docs/statements.md lists them, as medfee_sumamt",
                )
                .to_owned(),
            Slip::NotToml { .. } | Slip::WrongKind { .. } | Slip::Twice { .. } | Slip::NoStatement => lang
                .pick("写法见 docs/statements.md", "docs/statements.md shows how it is written")
                .to_owned(),
        }
    }
}
