//! What can go wrong with a ledger, and what to do about it.

use crate::text::{Explain, Lang};
use std::fmt;
use std::path::PathBuf;

/// Why the ledger did not do what it was asked.
#[derive(Debug)]
pub enum StoreError {
    /// There is no file there.
    NoLedger {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A file is there already; a ledger never overwrites.
    Exists {
        /// Which file.
        path: PathBuf,
    },
    /// The file is not a ledger of this program.
    NotALedger {
        /// Which file.
        path: PathBuf,
    },
    /// The ledger was made by a newer edition of this program.
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its schema version.
        version: i64,
    },
    /// Another process held the ledger for too long.
    Busy,
    /// The disk is full.
    Full,
    /// The file may not be read or written.
    NotPermitted {
        /// What SQLite says.
        text: String,
    },
    /// The file is damaged.
    Damaged {
        /// What does not agree.
        text: String,
    },
    /// Nothing of that name is in the ledger.
    NotFound {
        /// What was asked for, such as `record A1-0007`.
        what: String,
    },
    /// A row is not in the state that the change asks for.
    Stale {
        /// Which row.
        what: String,
    },
    /// The station's name is not one to four capital letters or digits.
    BadStation {
        /// The name as given.
        text: String,
    },
    /// Anything else SQLite reports.
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy,
            Some(ErrorCode::DiskFull) => StoreError::Full,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                StoreError::NotPermitted { text: error.to_string() }
            }
            Some(ErrorCode::DatabaseCorrupt) => StoreError::Damaged { text: error.to_string() },
            _ => StoreError::Sqlite(error),
        }
    }
}

impl From<serde_json::Error> for StoreError {
    /// Our own JSON in our own rows: what does not read is damage.
    fn from(error: serde_json::Error) -> StoreError {
        StoreError::Damaged { text: error.to_string() }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what(Lang::En))
    }
}

impl std::error::Error for StoreError {}

impl Explain for StoreError {
    fn what(&self, lang: Lang) -> String {
        match (self, lang) {
            (StoreError::NoLedger { path }, Lang::Zh) => format!("账本 {} 不存在", path.display()),
            (StoreError::NoLedger { path }, Lang::En) => format!("there is no ledger at {}", path.display()),
            (StoreError::Exists { path }, Lang::Zh) => format!("{} 已存在", path.display()),
            (StoreError::Exists { path }, Lang::En) => format!("{} is there already", path.display()),
            (StoreError::NotALedger { path }, Lang::Zh) => format!("{} 不是挂账账本", path.display()),
            (StoreError::NotALedger { path }, Lang::En) => {
                format!("{} is not a guazhang ledger", path.display())
            }
            (StoreError::Newer { path, version }, Lang::Zh) => {
                format!("账本 {} 由更新的版本建立（结构版本 {version}）", path.display())
            }
            (StoreError::Newer { path, version }, Lang::En) => {
                format!("the ledger {} was made by a newer edition (schema {version})", path.display())
            }
            (StoreError::Busy, _) => {
                lang.pick("账本正被另一个程序占用", "another program holds the ledger").into()
            }
            (StoreError::Full, _) => {
                lang.pick("磁盘已满，本次没有写入任何内容", "the disk is full; nothing was written").into()
            }
            (StoreError::NotPermitted { text }, Lang::Zh) => format!("无法读写账本文件：{text}"),
            (StoreError::NotPermitted { text }, Lang::En) => {
                format!("the ledger cannot be read or written: {text}")
            }
            (StoreError::Damaged { text }, Lang::Zh) => format!("账本已损坏：{text}"),
            (StoreError::Damaged { text }, Lang::En) => format!("the ledger is damaged: {text}"),
            (StoreError::NotFound { what }, Lang::Zh) => format!("账本中没有 {what}"),
            (StoreError::NotFound { what }, Lang::En) => format!("the ledger has no {what}"),
            (StoreError::Stale { what }, Lang::Zh) => format!("{what} 的状态已改变"),
            (StoreError::Stale { what }, Lang::En) => format!("{what} has changed meanwhile"),
            (StoreError::BadStation { text }, Lang::Zh) => format!("窗口号“{text}”无效"),
            (StoreError::BadStation { text }, Lang::En) => format!("`{text}` is not a station's name"),
            (StoreError::Sqlite(error), Lang::Zh) => format!("账本读写失败：{error}"),
            (StoreError::Sqlite(error), Lang::En) => format!("the ledger failed: {error}"),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        match self {
            StoreError::NoLedger { .. } => lang.pick(
                "先建账：guazhang init --facility 机构编码 --name 名称；或用 --ledger 指定账本",
                "make one: guazhang init --facility CODE --name NAME; or name one with --ledger",
            ),
            StoreError::Exists { .. } => lang.pick(
                "换一个文件名；已有账本不会被覆盖",
                "choose another file; a ledger is never overwritten",
            ),
            StoreError::NotALedger { .. } => {
                lang.pick("请检查 --ledger 所指的文件", "check the file given with --ledger")
            }
            StoreError::Newer { .. } => lang.pick("请更新程序后再打开", "update the program to open it"),
            StoreError::Busy => {
                lang.pick("稍候重试；没有写入任何内容", "try again in a moment; nothing was written")
            }
            StoreError::Full => lang.pick("腾出空间后重试", "free some space and try again"),
            StoreError::NotPermitted { .. } => {
                lang.pick("请检查文件夹权限与磁盘", "check the folder's permissions and the disk")
            }
            StoreError::Damaged { .. } => lang.pick(
                "先复制一份，再运行 guazhang audit verify",
                "copy the file first, then run guazhang audit verify",
            ),
            StoreError::NotFound { .. } => {
                lang.pick("用相应的 list 命令查看编号", "see the numbers with list, batch list or break list")
            }
            StoreError::Stale { .. } => lang.pick("请重新查看后再操作", "look again, then repeat"),
            StoreError::BadStation { .. } => lang.pick(
                "用一至四位大写字母或数字，如 A1",
                "use one to four capital letters or digits, as in A1",
            ),
            StoreError::Sqlite(_) => {
                lang.pick("请保留账本文件并联系管理员", "keep the ledger file and ask your IT")
            }
        }
        .to_owned()
    }
}
