//! Why a bundle was not sealed or not taken. Facts; the words beside them.

use crate::domain::PeerCardError;
use crate::exchange::BundleFault;
use crate::store::StoreError;
use crate::text::{Explain, Lang};
use crate::work::{ErrorKind, WorkError};
use std::fmt;
use std::io::{self, ErrorKind as Io};
use std::path::{Path, PathBuf};

/// Why a bundle was not sealed or not taken. Nothing was written.
#[derive(Debug)]
pub enum MergeError {
    /// The ledger said no.
    Store(StoreError),
    /// What is inside the file is wrong.
    Fault(BundleFault),
    /// The same, of a file by its name.
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        fault: BundleFault,
    },
    /// A file cannot be read or written.
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Nobody here trusts the ledger that sealed it.
    Stranger {
        /// Its station.
        station: String,
        /// The name of its facility.
        name: String,
    },
    /// It is no longer trusted.
    Revoked {
        /// Its station.
        station: String,
    },
    /// It calls itself a ledger that is trusted, and has another key or station.
    OtherKey {
        /// Its station.
        station: String,
    },
    /// A bundle of another chain of this window waits for a decision.
    InQuarantine {
        /// Its station.
        station: String,
        /// The event from which on there are two.
        fork: i64,
    },
    /// The fingerprint is not that of the key.
    Fingerprint {
        /// As given. That of the key is not told: it is to come from the other window, not from here.
        given: String,
    },
    /// No peer is called so.
    NoPeer {
        /// As given.
        text: String,
    },
    /// A text is no key.
    Card(PeerCardError),
    /// A stretch that is not in the chain.
    NoSuchEvent {
        /// The event asked for.
        seq: i64,
        /// The last one there is.
        last: i64,
    },
    /// Nothing of this window is in quarantine.
    NotInQuarantine {
        /// Its station.
        station: String,
    },
}

impl MergeError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            MergeError::Io { error, .. }
                if error.kind() == Io::AlreadyExists || error.kind() == Io::NotFound =>
            {
                ErrorKind::Refused
            }
            MergeError::Io { error, .. } if error.kind() == Io::PermissionDenied => ErrorKind::NotPermitted,
            MergeError::Io { .. } | MergeError::Store(_) => ErrorKind::Unexpected,
            MergeError::Fault(_)
            | MergeError::File { .. }
            | MergeError::NoPeer { .. }
            | MergeError::Card(_)
            | MergeError::NoSuchEvent { .. } => ErrorKind::Refused,
            MergeError::Stranger { .. }
            | MergeError::Revoked { .. }
            | MergeError::OtherKey { .. }
            | MergeError::Fingerprint { .. } => ErrorKind::NotPermitted,
            MergeError::InQuarantine { .. } => ErrorKind::Integrity,
            MergeError::NotInQuarantine { .. } => ErrorKind::Conflict,
        }
    }

    /// Names the file in which something is wrong.
    pub(super) fn in_file(self, path: &Path) -> MergeError {
        match self {
            MergeError::Fault(fault) => MergeError::File { path: path.to_owned(), fault },
            other => other,
        }
    }

    pub(super) fn io(path: &Path, error: io::Error) -> MergeError {
        MergeError::Io { path: path.to_owned(), error }
    }
}

impl From<StoreError> for MergeError {
    fn from(error: StoreError) -> MergeError {
        MergeError::Store(error)
    }
}

impl From<BundleFault> for MergeError {
    fn from(fault: BundleFault) -> MergeError {
        MergeError::Fault(fault)
    }
}

impl From<io::Error> for MergeError {
    fn from(error: io::Error) -> MergeError {
        MergeError::io(Path::new(""), error)
    }
}

impl From<PeerCardError> for MergeError {
    fn from(error: PeerCardError) -> MergeError {
        MergeError::Card(error)
    }
}

impl fmt::Display for MergeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what(Lang::En))
    }
}

impl std::error::Error for MergeError {}

/// What the ledger says, in the words of the desk.
pub(super) fn of_store(error: &StoreError, lang: Lang) -> (String, String) {
    (error.what(lang), error.hint(lang))
}

impl MergeError {
    /// What the ledger said, where it was the ledger: it has its own kind of failure.
    pub fn into_work(self) -> Result<WorkError, MergeError> {
        match self {
            MergeError::Store(error) => Ok(WorkError::from(error)),
            other => Err(other),
        }
    }
}

impl Explain for MergeError {
    fn what(&self, lang: Lang) -> String {
        match (self, lang) {
            (MergeError::Store(error), _) => of_store(error, lang).0,
            (MergeError::Fault(fault), _) => fault.what(lang),
            (MergeError::File { path, fault }, Lang::Zh) => {
                format!("{}：{}", path.display(), fault.what(lang))
            }
            (MergeError::File { path, fault }, Lang::En) => {
                format!("{}: {}", path.display(), fault.what(lang))
            }
            (MergeError::Io { path, error }, _) if error.kind() == Io::AlreadyExists => match lang {
                Lang::Zh => format!("{} 已存在", path.display()),
                Lang::En => format!("{} is there already", path.display()),
            },
            (MergeError::Io { path, error }, Lang::Zh) => format!("{}：无法读写（{error}）", path.display()),
            (MergeError::Io { path, error }, Lang::En) => {
                format!("{}: cannot be read or written ({error})", path.display())
            }
            (MergeError::Stranger { station, name }, Lang::Zh) => {
                format!("交换包来自未受信任的窗口 {station}（{name}）")
            }
            (MergeError::Stranger { station, name }, Lang::En) => {
                format!("the bundle is of window {station} ({name}), whom this ledger does not trust")
            }
            (MergeError::Revoked { station }, Lang::Zh) => format!("窗口 {station} 已不受信任"),
            (MergeError::Revoked { station }, Lang::En) => format!("window {station} is no longer trusted"),
            (MergeError::OtherKey { station }, Lang::Zh) => {
                format!("交换包自称窗口 {station}，密钥却不是受信任的那一个")
            }
            (MergeError::OtherKey { station }, Lang::En) => {
                format!(
                    "the bundle calls itself window {station}, and its key is not the one that is trusted"
                )
            }
            (MergeError::InQuarantine { station, fork }, Lang::Zh) => {
                format!("窗口 {station} 自事件 {fork} 起有两条不同的链，其交换包已隔离")
            }
            (MergeError::InQuarantine { station, fork }, Lang::En) => {
                format!("window {station} has two chains from event {fork} on; its bundles are in quarantine")
            }
            (MergeError::Fingerprint { given }, Lang::Zh) => format!("指纹 {given} 不是该公钥的指纹"),
            (MergeError::Fingerprint { given }, Lang::En) => {
                format!("{given} is not the fingerprint of this key")
            }
            (MergeError::NoPeer { text }, Lang::Zh) => format!("没有受信任的窗口“{text}”"),
            (MergeError::NoPeer { text }, Lang::En) => format!("no window `{text}` is trusted here"),
            (MergeError::Card(error), _) => error.what(lang),
            (MergeError::NoSuchEvent { seq, last }, Lang::Zh) => {
                format!("没有事件 {seq}：末个事件是 {last}")
            }
            (MergeError::NoSuchEvent { seq, last }, Lang::En) => {
                format!("there is no event {seq}: the last one is {last}")
            }
            (MergeError::NotInQuarantine { station }, Lang::Zh) => {
                format!("窗口 {station} 没有被隔离的交换包")
            }
            (MergeError::NotInQuarantine { station }, Lang::En) => {
                format!("no bundle of window {station} is in quarantine")
            }
        }
    }

    fn hint(&self, lang: Lang) -> String {
        match self {
            MergeError::Store(error) => return of_store(error, lang).1,
            MergeError::Fault(fault) | MergeError::File { fault, .. } => return fault.hint(lang),
            MergeError::Card(error) => return error.hint(lang),
            MergeError::Io { error, .. } if error.kind() == Io::AlreadyExists => {
                lang.pick("换一个文件名", "choose another name")
            }
            MergeError::Io { .. } => lang.pick(
                "检查文件、U 盘与权限；没有写入账本",
                "check the file, the stick and permissions; nothing was written to the ledger",
            ),
            MergeError::Stranger { .. } => lang.pick(
                "先电话核对指纹，再运行 guazhang bundle keys trust 公钥文件 --fingerprint 指纹",
                "compare the fingerprint over the phone, then guazhang bundle keys trust FILE --fingerprint XXXX-XXXX-XXXX-XXXX",
            ),
            MergeError::Revoked { .. } => lang.pick(
                "确需恢复时重新信任：guazhang bundle keys trust",
                "trust it again if that was a mistake: guazhang bundle keys trust",
            ),
            MergeError::OtherKey { .. } => lang.pick(
                "不要导入；电话询问该窗口。换机后的窗口应以新窗口号建账",
                "do not take it; ask that window. A window on a new machine begins a ledger with a station of its own",
            ),
            MergeError::InQuarantine { .. } => lang.pick(
                "该窗口的账本被复制或由旧备份恢复。查明后由管理员运行 guazhang bundle release 窗口号 --reason 原因",
                "its ledger was copied, or restored from an old backup. Once that is settled, an administrator runs guazhang bundle release STATION --reason TEXT",
            ),
            MergeError::Fingerprint { .. } => lang.pick(
                "不要信任；请对方当面或电话读出 guazhang bundle keys 所示指纹",
                "do not trust it; have the other window read what guazhang bundle keys shows",
            ),
            MergeError::NoPeer { .. } => {
                lang.pick("guazhang bundle list 列出受信任的窗口", "guazhang bundle list shows who is trusted")
            }
            MergeError::NoSuchEvent { .. } => lang.pick(
                "guazhang bundle list 列出各窗口已有的事件",
                "guazhang bundle list shows what each window has",
            ),
            MergeError::NotInQuarantine { .. } => {
                lang.pick("guazhang bundle list 列出状态", "guazhang bundle list shows how they stand")
            }
        }
        .to_owned()
    }
}
