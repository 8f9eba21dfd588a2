//! What the hub can refuse. Facts; the words beside them.

use crate::text::{Explain, Lang};
use std::fmt;

/// Why something was not done at the hub. Nothing of it stands in the database.
#[derive(Debug)]
pub enum HubFault {
    /// The address cannot be read.
    Address {
        /// What is wrong with it; never the password.
        text: String,
    },
    /// The server cannot be reached.
    Unreachable {
        /// What it or the system says.
        text: String,
    },
    /// The connection broke while something was under way.
    Broken {
        /// What the system says.
        text: String,
    },
    /// The server refused.
    Server {
        /// SQLSTATE.
        code: String,
        /// What it says.
        text: String,
    },
    /// The database holds no hub.
    NoHub,
    /// There is one already.
    AlreadyThere {
        /// Whose.
        name: String,
    },
    /// It is the hub of another ledger.
    OtherKey {
        /// Whose hub it is.
        name: String,
    },
    /// Its tables are of a later edition.
    Newer {
        /// Their version.
        version: i32,
    },
    /// Two facilities whose codes have one digest.
    Clash {
        /// One.
        one: String,
        /// The other.
        other: String,
    },
    /// A bundle tells of a record that is another one there.
    Contradicts {
        /// Its number.
        number: String,
    },
    /// Something stands there that no edition writes.
    Odd {
        /// Where and what.
        text: String,
    },
    /// A sealed text does not open.
    Sealed,
    /// Another reconciliation is under way.
    Busy {
        /// Its number.
        run: i64,
    },
    /// Nothing was reconciled yet.
    NoRun,
    /// Somebody wishes to stop.
    Stopped,
}

impl From<postgres::Error> for HubFault {
    fn from(error: postgres::Error) -> HubFault {
        if let Some(said) = error.as_db_error() {
            return HubFault::Server { code: said.code().code().to_owned(), text: said.message().to_owned() };
        }
        let mut text = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(inner) = cause {
            text = format!("{text}: {inner}");
            cause = inner.source();
        }
        HubFault::Broken { text }
    }
}

impl From<std::io::Error> for HubFault {
    fn from(error: std::io::Error) -> HubFault {
        // What comes back from writing rows wraps what the server said.
        match error.into_inner().map(<dyn std::error::Error + Send + Sync>::downcast::<postgres::Error>) {
            Some(Ok(error)) => HubFault::from(*error),
            Some(Err(other)) => HubFault::Broken { text: other.to_string() },
            None => HubFault::Broken { text: "the connection broke".to_owned() },
        }
    }
}

impl fmt::Display for HubFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what(Lang::En))
    }
}

impl std::error::Error for HubFault {}

impl Explain for HubFault {
    fn what(&self, lang: Lang) -> String {
        match (self, lang) {
            (HubFault::Address { text }, Lang::Zh) => format!("数据库地址无法识别：{text}"),
            (HubFault::Address { text }, Lang::En) => {
                format!("the address of the database cannot be read: {text}")
            }
            (HubFault::Unreachable { text }, Lang::Zh) => format!("无法连接数据库：{text}"),
            (HubFault::Unreachable { text }, Lang::En) => format!("the database cannot be reached: {text}"),
            (HubFault::Broken { text }, Lang::Zh) => format!("与数据库的连接中断：{text}"),
            (HubFault::Broken { text }, Lang::En) => format!("the connection to the database broke: {text}"),
            (HubFault::Server { code, text }, Lang::Zh) => format!("数据库拒绝（{code}）：{text}"),
            (HubFault::Server { code, text }, Lang::En) => format!("the database refused ({code}): {text}"),
            (HubFault::NoHub, Lang::Zh) => "该数据库里还没有汇总库".to_owned(),
            (HubFault::NoHub, Lang::En) => "the database holds no hub yet".to_owned(),
            (HubFault::AlreadyThere { name }, Lang::Zh) => format!("该数据库里已有“{name}”的汇总库"),
            (HubFault::AlreadyThere { name }, Lang::En) => {
                format!("the database holds the hub of {name} already")
            }
            (HubFault::OtherKey { name }, Lang::Zh) => format!("汇总库“{name}”属于另一个账本"),
            (HubFault::OtherKey { name }, Lang::En) => format!("the hub of {name} belongs to another ledger"),
            (HubFault::Newer { version }, Lang::Zh) => format!("汇总库的表是更新的版本（{version}）"),
            (HubFault::Newer { version }, Lang::En) => {
                format!("the tables of the hub are of a later edition ({version})")
            }
            (HubFault::Clash { one, other }, Lang::Zh) => format!("机构编码 {one} 与 {other} 摘要相同"),
            (HubFault::Clash { one, other }, Lang::En) => {
                format!("the facility codes {one} and {other} have one digest")
            }
            (HubFault::Contradicts { number }, Lang::Zh) => {
                format!("交换包与汇总库矛盾：{number} 在库中是另一条记录")
            }
            (HubFault::Contradicts { number }, Lang::En) => {
                format!("the bundle contradicts the hub: {number} is another record there")
            }
            (HubFault::Odd { text }, Lang::Zh) => format!("汇总库里有无法识别的内容：{text}"),
            (HubFault::Odd { text }, Lang::En) => {
                format!("something in the hub is not as any edition writes it: {text}")
            }
            (HubFault::Sealed, Lang::Zh) => "汇总库里的密封内容无法打开".to_owned(),
            (HubFault::Sealed, Lang::En) => "what is sealed in the hub does not open".to_owned(),
            (HubFault::Busy { run }, Lang::Zh) => format!("另一次对账（{run}）正在进行"),
            (HubFault::Busy { run }, Lang::En) => format!("another reconciliation ({run}) is under way"),
            (HubFault::NoRun, Lang::Zh) => "汇总库还没有对过账".to_owned(),
            (HubFault::NoRun, Lang::En) => "nothing was reconciled at the hub yet".to_owned(),
            (HubFault::Stopped, Lang::Zh) => "已按要求停止".to_owned(),
            (HubFault::Stopped, Lang::En) => "stopped as wished".to_owned(),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        match self {
            HubFault::Address { .. } => lang.pick(
                "写成 postgres://用户:密码@主机:5432/库名；特殊字符用 %XX 表示。密码也可放在环境变量 PGPASSWORD 中",
                "write postgres://user:password@host:5432/database, special characters as %XX; a password may stand in PGPASSWORD",
            ),
            HubFault::Unreachable { .. } => lang.pick(
                "检查主机、端口、密码与证书；自签证书用 --ca 指定，本机以外默认要求加密",
                "check host, port, password and certificate; --ca names a certificate of your own. Anywhere but on this machine encryption is asked for",
            ),
            HubFault::Broken { .. } => lang.pick(
                "没有写入不完整的内容；恢复后重新运行同一命令即可",
                "nothing stands there half; run the same command again once the server is back",
            ),
            HubFault::Server { .. } => lang.pick(
                "没有写入；检查数据库用户的权限与磁盘空间",
                "nothing was written; check the rights of the database user and the room on its disk",
            ),
            HubFault::NoHub => lang.pick("先运行 guazhang hub init --url …", "run guazhang hub init --url … first"),
            HubFault::AlreadyThere { .. } => {
                lang.pick("换一个数据库，或直接使用该汇总库", "choose another database, or use the hub that is there")
            }
            HubFault::OtherKey { .. } => lang.pick(
                "用建库时的账本运行（--ledger）；没有该账本就无法打开密封内容",
                "run it with the ledger that founded it (--ledger); nothing else opens what is sealed there",
            ),
            HubFault::Newer { .. } => lang.pick("请升级本程序", "use a later edition of this program"),
            HubFault::Contradicts { .. } => lang.pick(
                "没有写入；同一机构的两个窗口用了同一站点名或同一份账本，核对后再交包",
                "nothing was written; two windows of the facility have one station name or one ledger between them: find out which is which",
            ),
            HubFault::Clash { .. } | HubFault::Odd { .. } | HubFault::Sealed => {
                lang.pick("运行 guazhang hub check 查看", "guazhang hub check tells more")
            }
            HubFault::Busy { .. } => lang.pick(
                "等它结束；若它已中断，加 --take-over 重新对账",
                "wait for it; where it was broken off, run again with --take-over",
            ),
            HubFault::NoRun => lang.pick("先运行 guazhang hub reconcile", "run guazhang hub reconcile first"),
            HubFault::Stopped => lang.pick("没有写入不完整的内容", "nothing stands there half"),
        }
        .to_owned()
    }
}
