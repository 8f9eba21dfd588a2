//! What can go wrong with a ledger, and what to do about it.

use crate::domain::{Right, Role};
use crate::store::{reserve, whole_file};
use crate::text::{Explain, Label as _, Lang};
use std::fmt;
use std::path::PathBuf;

/// Why the ledger did not do what it was asked.
#[derive(Debug)]
pub enum StoreError {
    /// Whoever watched wished to stop; nothing was written.
    Stopped,
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
    /// The ledger was made before the first release.
    Older {
        /// Which file.
        path: PathBuf,
        /// Its schema version.
        version: i64,
    },
    /// Another process held the ledger for too long.
    Busy,
    /// The disk is full. Made by `StoreError::full`.
    Full,
    /// It would lie on another machine, where windows cannot agree.
    Share {
        /// Where.
        path: PathBuf,
        /// What kind of share, such as `cifs`.
        kind: String,
    },
    /// It is of an earlier release, and whoever opened it may not change it.
    NotMigrated {
        /// Which file.
        path: PathBuf,
        /// Its schema version.
        version: i64,
    },
    /// Its file or folder may not be written.
    ReadOnly {
        /// Which file.
        path: PathBuf,
    },
    /// The disk does not take a setting that a promise rests on.
    Settings {
        /// Which, and what it is instead.
        what: String,
    },
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
    /// Nobody has unlocked the ledger, and identities or a change were asked for.
    Locked,
    /// No operator has that name.
    UnknownOperator {
        /// As given.
        name: String,
    },
    /// The operator may no longer work here.
    Disabled {
        /// Who.
        name: String,
    },
    /// The passphrase is not the operator's.
    WrongPassphrase {
        /// Who tried.
        name: String,
        /// How often in a row.
        failures: u32,
    },
    /// The code is not the ledger's recovery code.
    WrongCode,
    /// The operator's role does not allow it.
    NotAllowed {
        /// Who.
        operator: String,
        /// In which role.
        role: Role,
        /// What it takes.
        right: Right,
    },
    /// The ledger was made without encryption and knows no operators.
    NoOperators,
    /// An operator has that name already, or it is not a name.
    OperatorExists {
        /// As given.
        name: String,
    },
    /// Nobody else could manage the operators.
    LastAdmin {
        /// Who.
        name: String,
    },
    /// The passphrase is too short.
    WeakPassphrase,
    /// The record is another window's: it is corrected there.
    NotOwn {
        /// Its number.
        number: String,
        /// Its window.
        station: String,
    },
    /// What comes in contradicts what stands here.
    Contradicts {
        /// Where, such as `record A2-0007`.
        what: String,
    },
    /// Another ledger of that station is known already, or it is this one's.
    StationTaken {
        /// The station.
        station: String,
    },
    /// Anything else SQLite reports.
    Sqlite(rusqlite::Error),
}

impl StoreError {
    /// The disk is full, which is noted for whoever can make room.
    pub(super) fn full() -> StoreError {
        reserve::note();
        StoreError::Full
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        use rusqlite::ErrorCode;
        if error.sqlite_error().is_some_and(|error| reserve::means_full(error.extended_code)) {
            return StoreError::full();
        }
        // A value of another type or length than its column has was not written by this program.
        if matches!(
            error,
            rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
        ) {
            return StoreError::Damaged { text: error.to_string() };
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy,
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
            (StoreError::Older { path, version }, Lang::Zh) => {
                format!("账本 {} 是正式发布之前的格式（结构版本 {version}），不能打开", path.display())
            }
            (StoreError::Older { path, version }, Lang::En) => {
                format!("the ledger {} is of before the first release (schema {version})", path.display())
            }
            (StoreError::Busy, _) => {
                lang.pick("账本正被另一个程序占用", "another program holds the ledger").into()
            }
            (StoreError::Full, _) => {
                lang.pick("磁盘已满，本次没有写入任何内容", "the disk is full; nothing was written").into()
            }
            (StoreError::Share { path, kind }, Lang::Zh) => {
                format!("{} 在网络共享或共享文件夹上（{kind}），账本不能放在那里", path.display())
            }
            (StoreError::Share { path, kind }, Lang::En) => {
                format!("{} lies on a share ({kind}), where a ledger must not be", path.display())
            }
            (StoreError::NotMigrated { path, version }, Lang::Zh) => {
                format!("账本 {} 是较早的结构版本 {version}，尚未升级", path.display())
            }
            (StoreError::NotMigrated { path, version }, Lang::En) => {
                format!("the ledger {} is of an earlier release (schema {version})", path.display())
            }
            (StoreError::ReadOnly { path }, Lang::Zh) => {
                format!("账本 {} 或其所在文件夹没有写入权限", path.display())
            }
            (StoreError::ReadOnly { path }, Lang::En) => {
                format!("{} or its folder may not be written", path.display())
            }
            (StoreError::Settings { what }, Lang::Zh) => {
                format!("此磁盘不支持账本的安全设置（{what}）")
            }
            (StoreError::Settings { what }, Lang::En) => {
                format!("this disk does not take the settings that keep a ledger safe ({what})")
            }
            (StoreError::NotPermitted { text }, Lang::Zh) => format!("无法读写账本文件：{text}"),
            (StoreError::NotPermitted { text }, Lang::En) => {
                format!("the ledger cannot be read or written: {text}")
            }
            (StoreError::Damaged { text }, Lang::Zh) => format!("账本已损坏：{text}"),
            (StoreError::Damaged { text }, Lang::En) => format!("the ledger is damaged: {text}"),
            (StoreError::NotFound { what }, Lang::Zh) => format!("账本中没有 {what}"),
            (StoreError::NotFound { what }, Lang::En) => format!("the ledger has no {what}"),
            (StoreError::Stopped, Lang::Zh) => "已中断，未写入".to_owned(),
            (StoreError::Stopped, Lang::En) => "interrupted, nothing was written".to_owned(),
            (StoreError::Stale { what }, Lang::Zh) => format!("{what} 的状态已改变"),
            (StoreError::Stale { what }, Lang::En) => format!("{what} has changed meanwhile"),
            (StoreError::BadStation { text }, Lang::Zh) => format!("窗口号“{text}”无效"),
            (StoreError::BadStation { text }, Lang::En) => format!("`{text}` is not a station's name"),
            (StoreError::Locked, _) => lang
                .pick(
                    "账本未解锁：查看身份信息或写入都需要口令",
                    "the ledger is locked: identities and changes need a passphrase",
                )
                .into(),
            (StoreError::UnknownOperator { name }, Lang::Zh) => format!("账本中没有操作员“{name}”"),
            (StoreError::UnknownOperator { name }, Lang::En) => {
                format!("the ledger knows no operator `{name}`")
            }
            (StoreError::Disabled { name }, Lang::Zh) => format!("操作员“{name}”已停用"),
            (StoreError::Disabled { name }, Lang::En) => format!("operator `{name}` is disabled"),
            (StoreError::WrongPassphrase { name, failures }, Lang::Zh) => {
                format!("“{name}”的口令不对（连续第 {failures} 次，已记录）")
            }
            (StoreError::WrongPassphrase { name, failures }, Lang::En) => {
                format!("that is not the passphrase of `{name}` (failure {failures} in a row, on record)")
            }
            (StoreError::WrongCode, _) => {
                lang.pick("恢复码不对（已记录）", "that is not the recovery code (on record)").into()
            }
            (StoreError::NotAllowed { operator, role, right }, Lang::Zh) => {
                format!("“{operator}”是{}，无权{}", role.label(lang), right.label(lang))
            }
            (StoreError::NotAllowed { operator, role, right }, Lang::En) => {
                format!("`{operator}` is {} and may not: {}", role.label(lang), right.label(lang))
            }
            (StoreError::NoOperators, _) => lang
                .pick(
                    "此账本建立时未加密（--no-encrypt），没有操作员和口令",
                    "this ledger was made with --no-encrypt: it has no operators and no passphrases",
                )
                .into(),
            (StoreError::OperatorExists { name }, Lang::Zh) => format!("“{name}”不能作为新操作员的名字"),
            (StoreError::OperatorExists { name }, Lang::En) => {
                format!("`{name}` cannot be the name of a new operator")
            }
            (StoreError::LastAdmin { name }, Lang::Zh) => format!("“{name}”是最后一名管理员"),
            (StoreError::LastAdmin { name }, Lang::En) => format!("`{name}` is the last administrator"),
            (StoreError::WeakPassphrase, _) => lang.pick("口令太短", "the passphrase is too short").into(),
            (StoreError::NotOwn { number, station }, Lang::Zh) => {
                format!("{number} 是窗口 {station} 登记的")
            }
            (StoreError::NotOwn { number, station }, Lang::En) => {
                format!("{number} belongs to window {station}")
            }
            (StoreError::Contradicts { what }, Lang::Zh) => format!("交换包与本账本矛盾：{what}"),
            (StoreError::Contradicts { what }, Lang::En) => {
                format!("the bundle contradicts this ledger: {what}")
            }
            (StoreError::StationTaken { station }, Lang::Zh) => {
                format!("窗口号 {station} 已属于另一账本")
            }
            (StoreError::StationTaken { station }, Lang::En) => {
                format!("station {station} is that of another ledger")
            }
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
            StoreError::NotALedger { .. } if whole_file::CAN => lang.pick(
                "请检查 --ledger 所指的文件；整库加密的账本还要由 GUAZHANG_KEY_FILE 给出它自己的密钥",
                "check the file given with --ledger; one that is encrypted as a whole needs its own key, by $GUAZHANG_KEY_FILE",
            ),
            StoreError::NotALedger { .. } => {
                lang.pick("请检查 --ledger 所指的文件", "check the file given with --ledger")
            }
            StoreError::Newer { .. } => lang.pick("请更新程序；在此之前只能查看", "update the program; until then it can only be read"),
            StoreError::Older { .. } => lang.pick(
                "请用 guazhang init 新建账本；旧账本只能用建立它的程序打开",
                "make a new one with guazhang init; only the program that made the old one can read it",
            ),
            StoreError::Busy => {
                lang.pick("稍候重试；没有写入任何内容", "try again in a moment; nothing was written")
            }
            StoreError::Full => lang.pick("腾出空间后重试", "free some space and try again"),
            StoreError::Share { .. } => lang.pick(
                "几个窗口在网络盘上会互相覆盖而不报错：请把账本放在本机磁盘，备份和交接文件才放共享盘",
                "over a network windows overwrite each other unseen: keep the ledger on a disk of this machine, and use \
                 the share for backups and what is handed over",
            ),
            StoreError::NotMigrated { .. } => lang.pick(
                "先用 guazhang list 打开一次，账本会先留副本再升级",
                "open it once with guazhang list: it is copied, then brought up to date",
            ),
            StoreError::ReadOnly { .. } => lang.pick(
                "账本旁边要写日志文件：请开通该文件夹的写入权限，或复制到自己的文件夹再打开",
                "a log is written beside it: ask for permission on the folder, or copy it to a folder of your own",
            ),
            StoreError::Settings { .. } => lang.pick(
                "请把账本移到本机的普通磁盘",
                "move the ledger to an ordinary disk of this machine",
            ),
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
            StoreError::Stopped => "",
            StoreError::Stale { .. } => lang.pick("请重新查看后再操作", "look again, then repeat"),
            StoreError::BadStation { .. } => lang.pick(
                "用一至四位大写字母或数字，如 A1",
                "use one to four capital letters or digits, as in A1",
            ),
            StoreError::Locked => lang.pick(
                "在终端运行会询问口令；否则设置 $GUAZHANG_PASSPHRASE 或 --passphrase-file",
                "it is asked for on a terminal; else set $GUAZHANG_PASSPHRASE or --passphrase-file",
            ),
            StoreError::UnknownOperator { .. } => lang.pick(
                "用 --operator 写明操作员；管理员可用 guazhang user add 增加",
                "name yourself with --operator; an administrator adds you with guazhang user add",
            ),
            StoreError::Disabled { .. } | StoreError::WrongPassphrase { .. } => lang.pick(
                "忘记口令时，管理员可用 guazhang user passphrase 重设",
                "where it is forgotten, an administrator sets a new one with guazhang user passphrase",
            ),
            StoreError::WrongCode => lang.pick(
                "恢复码在建账时打印，共八组、每组四位",
                "it was printed when the ledger was made: eight groups of four",
            ),
            StoreError::NotAllowed { right, .. } => {
                let roles: Vec<_> = right.roles().iter().map(|role| role.label(lang)).collect();
                return match lang {
                    Lang::Zh => format!("可由以下角色办理：{}", roles.join("、")),
                    Lang::En => format!("this is for: {}", roles.join(", ")),
                };
            }
            StoreError::NoOperators => {
                lang.pick("直接用 --operator 写明姓名即可", "just name yourself with --operator")
            }
            StoreError::OperatorExists { .. } => lang.pick(
                "名字不能为空，也不能与现有操作员相同（guazhang user list）",
                "it must not be empty or taken already (guazhang user list)",
            ),
            StoreError::LastAdmin { .. } => {
                lang.pick("先增加另一名管理员", "add another administrator first")
            }
            StoreError::WeakPassphrase => lang.pick(
                "至少八个字符，几个词连起来更好记",
                "at least eight characters; a few words are easier to keep",
            ),
            StoreError::NotOwn { .. } => lang.pick(
                "请在该窗口更正，随下一个交换包到来；本处可作废、暂缓或办理",
                "have it corrected there, it comes with the next bundle; here it can be voided, held or dealt with",
            ),
            StoreError::Contradicts { .. } => lang.pick(
                "没有写入任何内容；请与该窗口核对，见 docs/bundles.md",
                "nothing was written; compare with that window, see docs/bundles.md",
            ),
            StoreError::StationTaken { .. } => lang.pick(
                "每个窗口建账时用不同的窗口号（init --station）；换机后的窗口也用新号",
                "every window has a station of its own (init --station), and so has one on a new machine",
            ),
            StoreError::Sqlite(_) => {
                lang.pick("请保留账本文件并联系管理员", "keep the ledger file and ask your IT")
            }
        }
        .to_owned()
    }
}
