//! What is wrong with a profile, and where.
//!
//! Facts and their words; nothing is read here.

use crate::text::{Explain, Lang};
use serde::Serialize;
use std::fmt;

/// Why a profile cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProfileError {
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
    /// No call or node of that name is in the table.
    UnknownNode {
        /// As written.
        key: String,
    },
    /// The table has no such field, and an extra one needs a heading and a type.
    UnknownField {
        /// As written.
        key: String,
    },
    /// No code table has that name.
    UnknownTable {
        /// As written.
        name: String,
    },
    /// A width that no field can have.
    Width {
        /// The key.
        key: String,
    },
    /// The ledger needs the field to find its record again.
    Needed {
        /// The key.
        key: String,
    },
}

impl ProfileError {
    /// The faults one by one, for a list of them.
    pub fn faults(&self) -> &[ProfileFault] {
        match self {
            ProfileError::Unreadable { .. } => &[],
            ProfileError::Faults(faults) => faults,
        }
    }
}

impl Explain for ProfileError {
    fn what(&self, lang: Lang) -> String {
        match (self, lang) {
            (ProfileError::Unreadable { file, error, .. }, Lang::Zh) => {
                format!("没有内置的地区规则“{file}”，也读不出这个文件：{error}")
            }
            (ProfileError::Unreadable { file, error, .. }, Lang::En) => {
                format!("`{file}` is no profile that is built in, and no file that can be read: {error}")
            }
            (ProfileError::Faults(faults), Lang::Zh) => format!("地区规则有 {} 处问题", faults.len()),
            (ProfileError::Faults(faults), Lang::En) => match faults.len() {
                1 => "1 fault in the profile".to_owned(),
                count => format!("{count} faults in the profile"),
            },
        }
    }

    fn hint(&self, lang: Lang) -> String {
        match self {
            ProfileError::Unreadable { known, .. } => match lang {
                Lang::Zh => format!("给出一个 TOML 文件，或内置的：{}", known.join("、")),
                Lang::En => format!("give a TOML file, or one that is built in: {}", known.join(", ")),
            },
            ProfileError::Faults(_) => {
                lang.pick("改正后重试；没有写入", "mend it and try again; nothing was written").to_owned()
            }
        }
    }
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what(Lang::En))
    }
}

impl std::error::Error for ProfileError {}

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
            (Slip::UnknownNode { key }, Lang::Zh) => format!("“{key}”不是字段表中的交易或节点"),
            (Slip::UnknownNode { key }, Lang::En) => format!("`{key}` is no call or node of the table"),
            (Slip::UnknownField { key }, Lang::Zh) => format!("字段表中没有“{key}”"),
            (Slip::UnknownField { key }, Lang::En) => format!("the table has no field `{key}`"),
            (Slip::UnknownTable { name }, Lang::Zh) => format!("没有代码表“{name}”"),
            (Slip::UnknownTable { name }, Lang::En) => format!("`{name}` is no code table"),
            (Slip::Width { key }, Lang::Zh) => format!("“{key}”的宽度不成立"),
            (Slip::Width { key }, Lang::En) => format!("`{key}` cannot be that wide"),
            (Slip::Needed { key }, Lang::Zh) => format!("“{key}”不能去掉"),
            (Slip::Needed { key }, Lang::En) => format!("`{key}` cannot be left out"),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        match self {
            Slip::UnknownKey { known, .. } => {
                let known = known.join(lang.pick("、", ", "));
                return match lang {
                    Lang::Zh => format!("可用的键：{known}"),
                    Lang::En => format!("use one of: {known}"),
                };
            }
            Slip::NotToml { .. } | Slip::WrongKind { .. } => {
                lang.pick("写法见 docs/profiles.md", "docs/profiles.md shows how it is written")
            }
            Slip::UnknownNode { .. } => lang.pick(
                "节点名见 docs/fields.md，如 2204.feedetail",
                "docs/fields.md lists them, as 2204.feedetail",
            ),
            Slip::UnknownField { .. } => lang.pick(
                "地区新增的字段要写明 zh（名称）和 type（类型）",
                "a field that only the region has needs zh (its heading) and type",
            ),
            Slip::UnknownTable { .. } => {
                lang.pick("代码表见 docs/fields.md", "docs/fields.md lists the code tables")
            }
            Slip::Width { .. } => lang.pick(
                "宽度为 1 到 4000；小数位数不超过总位数",
                "a width is 1 to 4000, and decimals are no more than digits",
            ),
            Slip::Needed { .. } => lang.pick(
                "它是找回记录所用的标识；不必填写时把 required 设为 false",
                "answers name the record by it; where it may be empty, set required to false",
            ),
        }
        .to_owned()
    }
}
