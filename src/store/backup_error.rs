//! What can go wrong with a backup, a restore or a repair, and what to do about it.

use crate::store::{Fault, Standing, StoreError};
use crate::text::{Explain, Lang};
use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why no backup, restored ledger or repaired copy was made. Nothing stands under the name that was asked for.
#[derive(Debug)]
pub enum BackupError {
    /// The ledger said no.
    Store(StoreError),
    /// Something has that name already; nothing is ever overwritten.
    Taken {
        /// Which file.
        path: PathBuf,
        /// How a ledger that stands there compares with the backup, where this was a restore.
        standing: Option<Standing>,
    },
    /// The folder to write into is not there, as when a stick is not plugged in.
    NoFolder {
        /// Which folder.
        path: PathBuf,
    },
    /// The file is not a backup, nor a ledger.
    NotABackup {
        /// Which file.
        path: PathBuf,
    },
    /// The backup is of another schema than this program keeps.
    OtherSchema {
        /// Which file.
        path: PathBuf,
        /// Its schema version.
        version: i64,
        /// The version this program keeps.
        ours: i64,
    },
    /// A log lies beside the file: it is a ledger in use, and the file alone is not all of it.
    InUse {
        /// Which file.
        path: PathBuf,
    },
    /// The file was cut or changed since it was made.
    Altered {
        /// Which file.
        path: PathBuf,
    },
    /// The database in the file is broken.
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What SQLite says, line by line.
        lines: Vec<String>,
    },
    /// The books in the file do not agree with their events.
    Disagrees {
        /// Which file.
        path: PathBuf,
        /// What does not agree.
        faults: Vec<Fault>,
    },
    /// What was read back is not what was written: the disk or stick cannot be trusted.
    NotAsWritten {
        /// Which file.
        path: PathBuf,
    },
    /// The backup is locked, and what was given is not of the kind that opens it.
    Locked {
        /// Which file.
        path: PathBuf,
        /// Locked with a passphrase; else to keys.
        by_passphrase: bool,
    },
    /// The passphrase or key does not open the backup.
    WrongKey {
        /// Which file.
        path: PathBuf,
        /// Locked with a passphrase; else to keys.
        by_passphrase: bool,
    },
    /// Opening it would take more memory than any backup of ours asks for.
    TooMuchWork {
        /// Which file.
        path: PathBuf,
    },
    /// A text is not a public key.
    BadKey {
        /// As given.
        text: String,
    },
    /// A file of secret keys holds none, or something else.
    NoKeys {
        /// Which file.
        path: PathBuf,
        /// The line that is no key; the line itself may be half of one and is not kept.
        line: Option<usize>,
    },
    /// The passphrase is too short to be a lock.
    ShortPassphrase {
        /// So many characters are asked for.
        least: usize,
    },
    /// The system says no.
    Io {
        /// Which file.
        path: PathBuf,
        /// Its words.
        error: io::Error,
    },
}

impl From<StoreError> for BackupError {
    fn from(error: StoreError) -> BackupError {
        BackupError::Store(error)
    }
}

impl From<rusqlite::Error> for BackupError {
    fn from(error: rusqlite::Error) -> BackupError {
        BackupError::Store(error.into())
    }
}

impl fmt::Display for BackupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what(Lang::En))
    }
}

impl std::error::Error for BackupError {}

impl BackupError {
    /// The file it is about.
    fn path(&self) -> String {
        match self {
            BackupError::Taken { path, .. }
            | BackupError::NoFolder { path }
            | BackupError::NotABackup { path }
            | BackupError::OtherSchema { path, .. }
            | BackupError::InUse { path }
            | BackupError::Altered { path }
            | BackupError::Damaged { path, .. }
            | BackupError::Disagrees { path, .. }
            | BackupError::NotAsWritten { path }
            | BackupError::Locked { path, .. }
            | BackupError::WrongKey { path, .. }
            | BackupError::TooMuchWork { path }
            | BackupError::NoKeys { path, .. }
            | BackupError::Io { path, .. } => path.display().to_string(),
            BackupError::Store(_) | BackupError::BadKey { .. } | BackupError::ShortPassphrase { .. } => {
                String::new()
            }
        }
    }

    fn what_zh(&self, path: &str) -> String {
        match self {
            BackupError::Store(error) => error.what(Lang::Zh),
            BackupError::Taken { standing: None, .. } => format!("{path} 已存在"),
            BackupError::Taken { standing: Some(standing), .. } => {
                format!("{path} 已有账本；{}", standing.said(Lang::Zh))
            }
            BackupError::NoFolder { .. } => format!("没有文件夹 {path}"),
            BackupError::NotABackup { .. } => format!("{path} 不是备份"),
            BackupError::OtherSchema { version, ours, .. } => {
                format!("{path} 的结构版本是 {version}，本程序使用 {ours}")
            }
            BackupError::InUse { .. } => format!("{path} 是正在使用的账本，不是备份：旁边还有日志文件"),
            BackupError::Altered { .. } => format!("{path} 不完整，或制作之后被改动"),
            BackupError::Damaged { lines, .. } => format!("{path} 已损坏：{}", lines.join("；")),
            BackupError::Disagrees { .. } => format!("{path} 中的账目与事件链不一致"),
            BackupError::NotAsWritten { .. } => format!("{path}：读回的内容与写入的不同"),
            BackupError::Locked { by_passphrase: true, .. } => format!("{path} 已加密，需要口令"),
            BackupError::Locked { by_passphrase: false, .. } => format!("{path} 已加密，需要私钥文件"),
            BackupError::WrongKey { by_passphrase: true, .. } => format!("口令打不开 {path}"),
            BackupError::WrongKey { by_passphrase: false, .. } => format!("所给私钥打不开 {path}"),
            BackupError::TooMuchWork { .. } => format!("{path} 要求的解密运算量过大"),
            BackupError::BadKey { text } => format!("“{text}”不是公钥"),
            BackupError::NoKeys { line: Some(line), .. } => format!("{path} 第 {line} 行不是私钥"),
            BackupError::NoKeys { line: None, .. } => format!("{path} 中没有私钥"),
            BackupError::ShortPassphrase { least } => format!("口令太短，至少 {least} 个字符"),
            BackupError::Io { error, .. } => format!("{path}：{error}"),
        }
    }

    fn what_en(&self, path: &str) -> String {
        match self {
            BackupError::Store(error) => error.what(Lang::En),
            BackupError::Taken { standing: None, .. } => format!("{path} is there already"),
            BackupError::Taken { standing: Some(standing), .. } => {
                format!("a ledger stands at {path}; {}", standing.said(Lang::En))
            }
            BackupError::NoFolder { .. } => format!("there is no folder {path}"),
            BackupError::NotABackup { .. } => format!("{path} is not a backup"),
            BackupError::OtherSchema { version, ours, .. } => {
                format!("{path} has schema {version}, this program keeps schema {ours}")
            }
            BackupError::InUse { .. } => {
                format!("{path} is a ledger in use, not a backup: its log lies beside it")
            }
            BackupError::Altered { .. } => format!("{path} is cut short, or was changed since it was made"),
            BackupError::Damaged { lines, .. } => format!("{path} is damaged: {}", lines.join("; ")),
            BackupError::Disagrees { .. } => format!("the books in {path} do not agree with their events"),
            BackupError::NotAsWritten { .. } => format!("{path}: what was read back is not what was written"),
            BackupError::Locked { by_passphrase: true, .. } => {
                format!("{path} is encrypted and asks for a passphrase")
            }
            BackupError::Locked { by_passphrase: false, .. } => {
                format!("{path} is encrypted and asks for a secret key")
            }
            BackupError::WrongKey { by_passphrase: true, .. } => {
                format!("the passphrase does not open {path}")
            }
            BackupError::WrongKey { by_passphrase: false, .. } => {
                format!("none of the secret keys opens {path}")
            }
            BackupError::TooMuchWork { .. } => format!("{path} asks for too much work to be opened"),
            BackupError::BadKey { text } => format!("`{text}` is not a public key"),
            BackupError::NoKeys { line: Some(line), .. } => format!("{path} line {line}: not a secret key"),
            BackupError::NoKeys { line: None, .. } => format!("{path} holds no secret key"),
            BackupError::ShortPassphrase { least } => {
                format!("the passphrase is too short: {least} characters at least")
            }
            BackupError::Io { error, .. } => format!("{path}: {error}"),
        }
    }
}

impl Explain for BackupError {
    fn what(&self, lang: Lang) -> String {
        let path = self.path();
        match lang {
            Lang::Zh => self.what_zh(&path),
            Lang::En => self.what_en(&path),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        let (zh, en) = match self {
            BackupError::Store(error) => return error.hint(lang),
            BackupError::Taken { standing: None, .. } => {
                ("换一个文件名；已有文件不会被覆盖", "choose another name; nothing is ever overwritten")
            }
            BackupError::Taken { .. } => (
                "不会覆盖：先把现有账本改名保存，或用 --to 恢复到别处",
                "it is never overwritten: rename that ledger and keep it, or restore elsewhere with --to",
            ),
            BackupError::NoFolder { .. } => {
                ("请检查 U 盘是否插好、路径是否正确", "check the path, and whether the stick is plugged in")
            }
            BackupError::NotABackup { .. } => (
                "请选择 guazhang backup 写出的文件；若用其他工具加密为文本，请先解密",
                "choose a file that guazhang backup wrote; decrypt one that another tool made text of",
            ),
            BackupError::OtherSchema { version, ours, .. } if version > ours => {
                ("请先更新程序", "update the program first")
            }
            BackupError::OtherSchema { .. } => {
                ("用当时的程序版本打开", "open it with the edition of the program that made it")
            }
            BackupError::InUse { .. } => (
                "用 guazhang --ledger 该文件 backup 制作备份，再恢复那份备份",
                "make a backup of it with guazhang --ledger THAT-FILE backup, and restore the backup",
            ),
            BackupError::Altered { .. } | BackupError::Damaged { .. } | BackupError::Disagrees { .. } => (
                "没有写入任何内容；请换一份备份，或用 guazhang check、guazhang repair 查看能读出多少",
                "nothing was written; take another backup, or see with guazhang check and repair what can be read",
            ),
            BackupError::NotAsWritten { .. } => {
                ("没有留下备份；请换一个磁盘或 U 盘", "no backup was left; take another disk or stick")
            }
            BackupError::Locked { by_passphrase: true, .. } => (
                "用 --backup-passphrase-file 或 $GUAZHANG_BACKUP_PASSPHRASE 给出口令",
                "give it with --backup-passphrase-file or $GUAZHANG_BACKUP_PASSPHRASE",
            ),
            BackupError::Locked { by_passphrase: false, .. } => {
                ("用 --identity 给出私钥文件", "name the file of the key with --identity")
            }
            BackupError::WrongKey { by_passphrase: true, .. } => (
                "检查大小写和输入法后重试；没有写入任何内容",
                "check capitals and the keyboard, and try again; nothing was written",
            ),
            BackupError::WrongKey { by_passphrase: false, .. } => {
                ("换用制作备份时所给公钥对应的私钥", "take the key whose public half the backup was made for")
            }
            BackupError::TooMuchWork { .. } => (
                "这不像本程序写出的备份；可先用 age 工具解密",
                "it does not look like a backup of ours; decrypt it with the age tool first",
            ),
            BackupError::BadKey { .. } => (
                "公钥以 age1 开头，由 age-keygen 生成",
                "a public key begins with age1, as age-keygen makes them",
            ),
            BackupError::NoKeys { .. } => (
                "每行一个 AGE-SECRET-KEY-1…，# 开头的行是注释",
                "one AGE-SECRET-KEY-1… on a line; a line with # is a remark",
            ),
            BackupError::ShortPassphrase { .. } => {
                ("用几个不相关的词", "use a few words that have nothing to do with each other")
            }
            BackupError::Io { .. } => {
                ("请检查文件夹权限与剩余空间", "check the folder's permissions and the space left")
            }
        };
        lang.pick(zh, en).to_owned()
    }
}
