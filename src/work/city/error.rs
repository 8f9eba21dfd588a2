//! Why something was not done at the hub: what the database, the file or the ledger said.

use crate::domain::{Money, PeerCardError};
use crate::exchange::BundleFault;
use crate::hub::HubFault;
use crate::intake::Fault;
use crate::store::StoreError;
use crate::text::{Explain, Lang};
use crate::work::{ErrorKind, WorkError};
use std::fmt;
use std::io::ErrorKind as Io;
use std::path::PathBuf;

/// Why something was not done at the hub. Nothing of it stands there.
#[derive(Debug)]
pub enum CityError {
    /// The database said no.
    Hub(HubFault),
    /// What is inside a bundle is wrong.
    Bundle(BundleFault),
    /// The city's own ledger said no.
    Work(Box<WorkError>),
    /// A file cannot be read or written.
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// Nobody trusts the window that sealed a bundle.
    Stranger {
        /// Code of its facility.
        facility: String,
        /// Its station.
        station: String,
    },
    /// It is no longer trusted.
    Revoked {
        /// Code of its facility.
        facility: String,
        /// Its station.
        station: String,
    },
    /// It calls itself a window that is trusted, and has another key.
    OtherKey {
        /// Code of its facility.
        facility: String,
        /// Its station.
        station: String,
    },
    /// A second chain of a window waits for a decision.
    InQuarantine {
        /// Code of its facility.
        facility: String,
        /// Its station.
        station: String,
    },
    /// The fingerprint is not that of the key.
    Fingerprint {
        /// As given.
        given: String,
    },
    /// A text is no key.
    Card(PeerCardError),
    /// No window is called so.
    NoSender {
        /// As given.
        text: String,
    },
    /// Rows of a statement are wrong.
    Rows(Vec<Fault>),
    /// A row of a statement does not say whose it is, and nobody said it for the file.
    Whose {
        /// The row.
        row: u64,
    },
    /// It has another number of rows than expected.
    Count {
        /// What was expected.
        expected: u64,
        /// How many there are.
        found: u64,
    },
    /// The statement's own total is not that of its rows, or not as expected.
    Totals {
        /// What was expected.
        expected: Money,
        /// What the rows sum to.
        found: Money,
    },
}

impl CityError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            CityError::Hub(fault) => match fault {
                HubFault::Address { .. } | HubFault::NoHub | HubFault::NoRun => ErrorKind::Refused,
                HubFault::AlreadyThere { .. } | HubFault::Busy { .. } => ErrorKind::Conflict,
                HubFault::OtherKey { .. } => ErrorKind::NotPermitted,
                HubFault::Clash { .. }
                | HubFault::Contradicts { .. }
                | HubFault::Odd { .. }
                | HubFault::Sealed => ErrorKind::Integrity,
                HubFault::Unreachable { .. }
                | HubFault::Broken { .. }
                | HubFault::Server { .. }
                | HubFault::Newer { .. }
                | HubFault::Stopped => ErrorKind::Unexpected,
            },
            CityError::Work(error) => error.kind(),
            CityError::Io { error, .. }
                if error.kind() == Io::AlreadyExists || error.kind() == Io::NotFound =>
            {
                ErrorKind::Refused
            }
            CityError::Io { .. } => ErrorKind::Unexpected,
            CityError::Stranger { .. }
            | CityError::Revoked { .. }
            | CityError::OtherKey { .. }
            | CityError::Fingerprint { .. } => ErrorKind::NotPermitted,
            CityError::InQuarantine { .. } => ErrorKind::Integrity,
            CityError::Bundle(_)
            | CityError::Card(_)
            | CityError::NoSender { .. }
            | CityError::Rows(_)
            | CityError::Whose { .. }
            | CityError::Count { .. }
            | CityError::Totals { .. } => ErrorKind::Refused,
        }
    }
}

impl From<HubFault> for CityError {
    fn from(fault: HubFault) -> CityError {
        CityError::Hub(fault)
    }
}

impl From<BundleFault> for CityError {
    fn from(fault: BundleFault) -> CityError {
        CityError::Bundle(fault)
    }
}

impl From<WorkError> for CityError {
    fn from(error: WorkError) -> CityError {
        CityError::Work(Box::new(error))
    }
}

impl From<StoreError> for CityError {
    fn from(error: StoreError) -> CityError {
        CityError::from(WorkError::from(error))
    }
}

impl From<PeerCardError> for CityError {
    fn from(error: PeerCardError) -> CityError {
        CityError::Card(error)
    }
}

/// What bundles are written and read through speaks of the disk alone.
impl From<std::io::Error> for CityError {
    fn from(error: std::io::Error) -> CityError {
        CityError::Io { path: PathBuf::new(), error }
    }
}

impl fmt::Display for CityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what(Lang::En))
    }
}

impl std::error::Error for CityError {}

impl Explain for CityError {
    fn what(&self, lang: Lang) -> String {
        match (self, lang) {
            (CityError::Hub(fault), _) => fault.what(lang),
            (CityError::Bundle(fault), _) => fault.what(lang),
            (CityError::Work(error), _) => error.what(lang),
            (CityError::Card(error), _) => error.what(lang),
            (CityError::Io { path, error }, _) if error.kind() == Io::AlreadyExists => match lang {
                Lang::Zh => format!("{} 已存在", path.display()),
                Lang::En => format!("{} is there already", path.display()),
            },
            (CityError::Io { path, error }, Lang::Zh) => format!("{}：无法读写（{error}）", path.display()),
            (CityError::Io { path, error }, Lang::En) => {
                format!("{}: cannot be read or written ({error})", path.display())
            }
            (CityError::Stranger { facility, station }, Lang::Zh) => {
                format!("交换包来自未受信任的窗口：机构 {facility}，窗口 {station}")
            }
            (CityError::Stranger { facility, station }, Lang::En) => {
                format!("the bundle is of window {station} of {facility}, whom the hub does not trust")
            }
            (CityError::Revoked { facility, station }, Lang::Zh) => {
                format!("机构 {facility} 的窗口 {station} 已不受信任")
            }
            (CityError::Revoked { facility, station }, Lang::En) => {
                format!("window {station} of {facility} is no longer trusted")
            }
            (CityError::OtherKey { facility, station }, Lang::Zh) => {
                format!("交换包自称机构 {facility} 的窗口 {station}，密钥却不是受信任的那一个")
            }
            (CityError::OtherKey { facility, station }, Lang::En) => format!(
                "the bundle calls itself window {station} of {facility}, and its key is not the one that is trusted"
            ),
            (CityError::InQuarantine { facility, station }, Lang::Zh) => {
                format!("机构 {facility} 的窗口 {station} 有两条不同的链，其交换包已隔离")
            }
            (CityError::InQuarantine { facility, station }, Lang::En) => {
                format!("window {station} of {facility} has two chains; its bundles are in quarantine")
            }
            (CityError::Fingerprint { given }, Lang::Zh) => format!("指纹 {given} 不是该公钥的指纹"),
            (CityError::Fingerprint { given }, Lang::En) => {
                format!("{given} is not the fingerprint of this key")
            }
            (CityError::NoSender { text }, Lang::Zh) => format!("没有窗口“{text}”"),
            (CityError::NoSender { text }, Lang::En) => format!("no window is called `{text}`"),
            (CityError::Rows(faults), _) => faults.first().map_or_else(String::new, |fault| fault.what(lang)),
            (CityError::Whose { row }, Lang::Zh) => format!("第 {row} 行没有机构编码（fixmedins_code）"),
            (CityError::Whose { row }, Lang::En) => {
                format!("row {row} does not say whose it is (fixmedins_code)")
            }
            (CityError::Count { expected, found }, Lang::Zh) => {
                format!("应有 {expected} 行，实有 {found} 行")
            }
            (CityError::Count { expected, found }, Lang::En) => {
                format!("{expected} rows were expected, there are {found}")
            }
            (CityError::Totals { expected, found }, Lang::Zh) => {
                format!("合计应为 {expected}，各行相加为 {found}")
            }
            (CityError::Totals { expected, found }, Lang::En) => {
                format!("a total of {expected} was expected, the rows sum to {found}")
            }
        }
    }

    fn hint(&self, lang: Lang) -> String {
        match self {
            CityError::Hub(fault) => return fault.hint(lang),
            CityError::Bundle(fault) => return fault.hint(lang),
            CityError::Work(error) => return error.hint(lang),
            CityError::Card(error) => return error.hint(lang),
            CityError::Rows(faults) => {
                return faults.first().map_or_else(String::new, |fault| fault.hint(lang));
            }
            CityError::Io { error, .. } if error.kind() == Io::AlreadyExists => {
                lang.pick("换一个名字", "choose another name")
            }
            CityError::Io { .. } => {
                lang.pick("检查文件与权限；没有写入汇总库", "check the file and its permissions; nothing was written to the hub")
            }
            CityError::Stranger { .. } => lang.pick(
                "先电话核对指纹，再运行 guazhang hub trust 公钥文件 --fingerprint 指纹",
                "compare the fingerprint over the phone, then guazhang hub trust FILE --fingerprint XXXX-XXXX-XXXX-XXXX",
            ),
            CityError::Revoked { .. } => {
                lang.pick("确需恢复时重新信任：guazhang hub trust", "trust it again if that was a mistake: guazhang hub trust")
            }
            CityError::OtherKey { .. } => lang.pick(
                "不要导入；电话询问该机构。换机后的窗口应以新窗口号建账",
                "do not take it; ask the facility. A window on a new machine begins a ledger with a station of its own",
            ),
            CityError::InQuarantine { .. } => lang.pick(
                "查明哪个账本继续使用，再运行 guazhang hub release 机构 窗口 --reason 原因",
                "find out which ledger goes on, then guazhang hub release FACILITY STATION --reason TEXT",
            ),
            CityError::Fingerprint { .. } => lang.pick(
                "不要信任；请对方电话读出 guazhang bundle keys 所示指纹",
                "do not trust it; have the facility read what guazhang bundle keys shows",
            ),
            CityError::NoSender { .. } => {
                lang.pick("guazhang hub senders 列出所有窗口", "guazhang hub senders lists the windows")
            }
            CityError::Whose { .. } => lang.pick(
                "整个文件属于一家机构时用 --facility 指明；没有写入任何内容",
                "where the whole file is of one facility, say so with --facility; nothing was written",
            ),
            CityError::Count { .. } | CityError::Totals { .. } => {
                lang.pick("核对文件是否完整；没有写入任何内容", "check whether the file is complete; nothing was written")
            }
        }
        .to_owned()
    }
}
