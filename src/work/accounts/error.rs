//! Why a comparison or an export of accounts was refused.

use crate::text::{Explain, Lang};
use crate::work::WorkError;

/// Facts only; [`Explain`] has the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountsError {
    /// A lot without a list of one of the sides.
    OneSided {
        /// The lot.
        lot: String,
        /// Lists of banks that are there.
        banks: usize,
        /// Lists of the virtual side that are there.
        virtuals: usize,
    },
    /// The name of a lot or bank that does not do.
    BadName {
        /// As given.
        text: String,
    },
    /// The list of a bank, and nobody says of which.
    NoBank,
    /// The lists that count were not compared yet.
    NotCompared {
        /// The lot.
        lot: String,
    },
    /// The sums of banks do not agree.
    SumsDiffer {
        /// The lot.
        lot: String,
        /// Which banks.
        banks: Vec<String>,
    },
    /// Nothing agrees that could leave.
    NothingAgrees {
        /// The lot.
        lot: String,
    },
    /// No backup was made since the last list.
    NoBackup,
}

impl AccountsError {
    /// Wrong input, and not a conflict with what stands.
    pub(in crate::work) fn is_refusal(&self) -> bool {
        matches!(self, AccountsError::BadName { .. } | AccountsError::NoBank)
    }
}

impl From<AccountsError> for WorkError {
    fn from(error: AccountsError) -> WorkError {
        WorkError::Accounts(error)
    }
}

impl Explain for AccountsError {
    fn what(&self, lang: Lang) -> String {
        let (zh, en) = match self {
            AccountsError::OneSided { lot, banks, virtuals } => (
                format!("批次“{lot}”只有一侧的名单（银行 {banks} 份，虚账户 {virtuals} 份）"),
                format!(
                    "lot `{lot}` has lists of one side only ({banks} of banks, {virtuals} of the virtual side)"
                ),
            ),
            AccountsError::BadName { text } => {
                (format!("“{text}”不能作批次或银行的名称"), format!("`{text}` is no name for a lot or bank"))
            }
            AccountsError::NoBank => {
                ("没有说明是哪家银行的名单".to_owned(), "nobody says of which bank the list is".to_owned())
            }
            AccountsError::NotCompared { lot } => (
                format!("批次“{lot}”现有的名单还没有核对"),
                format!("the lists of lot `{lot}` as they now are were not compared"),
            ),
            AccountsError::SumsDiffer { lot, banks } => (
                format!("批次“{lot}”总额不平：{}", banks.join("、")),
                format!("the totals of lot `{lot}` differ: {}", banks.join(", ")),
            ),
            AccountsError::NothingAgrees { lot } => {
                (format!("批次“{lot}”没有核对一致的账户"), format!("no account of lot `{lot}` agrees"))
            }
            AccountsError::NoBackup => (
                "导入名单之后还没有备份账本".to_owned(),
                "the ledger was not backed up since the last list was imported".to_owned(),
            ),
        };
        lang.pick(&zh, &en).to_owned()
    }

    fn hint(&self, lang: Lang) -> String {
        let (zh, en) = match self {
            AccountsError::OneSided { .. } => (
                "两侧都导入后再核对：guazhang import accounts 文件 --side bank|virtual",
                "import both sides first: guazhang import accounts FILE --side bank|virtual",
            ),
            AccountsError::BadName { .. } => (
                "写 1 到 40 个字，不含控制字符",
                "write 1 to 40 characters, none of them a control character",
            ),
            AccountsError::NoBank => ("加上 --bank 银行名称", "add --bank NAME"),
            AccountsError::NotCompared { .. } => {
                ("先运行 guazhang account compare", "run guazhang account compare first")
            }
            AccountsError::SumsDiffer { .. } => (
                "用 guazhang account compare --detail 逐人查找原因，更正名单后重新导入",
                "look for the cause person by person with guazhang account compare --detail, then import corrected lists",
            ),
            AccountsError::NothingAgrees { .. } => {
                ("先处理差异：guazhang break list", "deal with the breaks first: guazhang break list")
            }
            AccountsError::NoBackup => {
                ("先备份：guazhang backup 文件，再导出", "back up first: guazhang backup FILE; then export")
            }
        };
        lang.pick(zh, en).to_owned()
    }
}
