//! What is wrong with a file that should be a bundle. Facts; the words beside them.

use crate::text::{Explain, Lang};

/// Why a file is not taken for a bundle. Nothing of it was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BundleFault {
    /// It cannot be read.
    Unreadable {
        /// What the system says.
        text: String,
    },
    /// It is no encrypted file at all.
    NotABundle,
    /// It is encrypted to others.
    NotForUs,
    /// It was changed, or ends before its end.
    Altered,
    /// A later edition made it.
    Newer {
        /// What it says of itself.
        format: String,
    },
    /// The signature is not of the key it names.
    Signature,
    /// The header does not read, or contradicts itself.
    Header {
        /// What does not read.
        text: String,
    },
    /// A line does not read, or says what cannot be.
    Line {
        /// Which line of the events and records, from 1.
        line: u64,
        /// What is wrong with it.
        text: String,
    },
    /// An event does not follow the one before it, or its hash is not that of what it says.
    Chain {
        /// The event.
        seq: i64,
    },
    /// Counts, sums or digests are not those of the header.
    Sums {
        /// Which.
        what: &'static str,
    },
}

impl Explain for BundleFault {
    fn what(&self, lang: Lang) -> String {
        match (self, lang) {
            (BundleFault::Unreadable { text }, Lang::Zh) => format!("无法读取（{text}）"),
            (BundleFault::Unreadable { text }, Lang::En) => format!("it cannot be read ({text})"),
            (BundleFault::NotABundle, _) => lang.pick("不是交换包", "it is not a bundle").to_owned(),
            (BundleFault::NotForUs, _) => {
                lang.pick("不是封给本账本的", "it is not sealed to this ledger").to_owned()
            }
            (BundleFault::Altered, _) => {
                lang.pick("内容被改动或不完整", "it was changed, or is not all there").to_owned()
            }
            (BundleFault::Newer { format }, Lang::Zh) => format!("由更新的版本封装（{format}）"),
            (BundleFault::Newer { format }, Lang::En) => format!("a newer edition made it ({format})"),
            (BundleFault::Signature, _) => {
                lang.pick("签名与所称窗口的密钥不符", "it is not signed by the key it names").to_owned()
            }
            (BundleFault::Header { text }, Lang::Zh) => format!("包头有误：{text}"),
            (BundleFault::Header { text }, Lang::En) => format!("its header is wrong: {text}"),
            (BundleFault::Line { line, text }, Lang::Zh) => format!("第 {line} 行有误：{text}"),
            (BundleFault::Line { line, text }, Lang::En) => format!("line {line} is wrong: {text}"),
            (BundleFault::Chain { seq }, Lang::Zh) => format!("事件 {seq} 与链不符"),
            (BundleFault::Chain { seq }, Lang::En) => format!("event {seq} does not fit into its chain"),
            (BundleFault::Sums { what }, Lang::Zh) => format!("与包头所列不符：{what}"),
            (BundleFault::Sums { what }, Lang::En) => format!("not what its header says: {what}"),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        match self {
            BundleFault::Unreadable { .. } => {
                lang.pick("检查文件名、权限与 U 盘", "check name, permissions and the stick")
            }
            BundleFault::NotForUs => lang.pick(
                "请对方信任本窗口公钥（guazhang bundle keys）后重新封装",
                "have the other window trust this one's key (guazhang bundle keys) and seal it again",
            ),
            BundleFault::Newer { .. } => lang.pick("请更新程序", "update the program"),
            _ => lang.pick(
                "没有写入任何内容；请对方再封一份：guazhang bundle seal --from 序号",
                "nothing was written; have it sealed again: guazhang bundle seal --from SEQ",
            ),
        }
        .to_owned()
    }
}
