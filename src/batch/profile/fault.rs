//! What is wrong with a profile of batches, and where.
//!
//! Facts and their words; nothing is read here.

use crate::text::profile_file::{self, FormSlip};
use crate::text::{Explain, Lang};
use serde::Serialize;

/// Why a profile of batches cannot be used.
pub type ProfileError = profile_file::ProfileError<Slip>;
/// One thing wrong in it.
pub type ProfileFault = profile_file::ProfileFault<Slip>;

/// What can be wrong in a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "fault")]
pub enum Slip {
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
            Slip::Form(slip) => return slip.hint(lang, "docs/profiles.md"),
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
