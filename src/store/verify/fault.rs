//! What a proof found that does not agree.

use crate::text::{Explain, Lang};

/// Something that does not agree with the events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An event's number does not follow the one before: something was left out.
    Gap {
        /// The event.
        seq: i64,
    },
    /// An event was changed after it was written.
    Hash {
        /// The event.
        seq: i64,
    },
    /// An event tells of a step that could not be taken then.
    Step {
        /// The event.
        seq: i64,
        /// Of what, such as `record A1-0007`.
        subject: String,
    },
    /// A row is not as its last event left it.
    Content {
        /// Which one, such as `record A1-0007`.
        subject: String,
        /// The last event that told of it; 0 where no single one did.
        seq: i64,
    },
    /// An event tells of a row that no longer stands in the ledger.
    Gone {
        /// Which one.
        subject: String,
        /// The event.
        seq: i64,
    },
    /// No event tells of a row that stands in the ledger.
    NoEvent {
        /// Which one.
        subject: String,
    },
    /// The whole is not the sum of its parts.
    Sum {
        /// Of what.
        subject: String,
    },
    /// A seal was not signed by the key of this station, or is not of the event it names.
    Seal {
        /// Its number.
        number: i64,
    },
    /// The event that was sealed is not in this ledger, or another stands in its place.
    NotSealed {
        /// The number of that event.
        seq: i64,
    },
    /// A table, index, view or trigger was added, removed or changed.
    Schema {
        /// Its name.
        name: String,
    },
}

impl Explain for Fault {
    fn what(&self, lang: Lang) -> String {
        let by = |seq: i64| match (seq, lang) {
            (0, Lang::Zh) => "事件".to_owned(),
            (0, Lang::En) => "the events".to_owned(),
            (seq, Lang::Zh) => format!("事件 {seq}"),
            (seq, Lang::En) => format!("event {seq}"),
        };
        match (self, lang) {
            (Fault::Gap { seq }, Lang::Zh) => format!("事件 {seq} 之前缺少事件"),
            (Fault::Gap { seq }, Lang::En) => format!("an event before event {seq} is gone"),
            (Fault::Hash { seq }, Lang::Zh) => format!("事件 {seq} 写入后被改动"),
            (Fault::Hash { seq }, Lang::En) => format!("event {seq} was changed after it was written"),
            (Fault::Step { seq, subject }, Lang::Zh) => format!("事件 {seq}：{subject} 当时不可能有这一步"),
            (Fault::Step { seq, subject }, Lang::En) => {
                format!("event {seq}: {subject} could not take this step then")
            }
            (Fault::Content { subject, seq }, Lang::Zh) => format!("{subject} 与{}所述不一致", by(*seq)),
            (Fault::Content { subject, seq }, Lang::En) => {
                format!("{subject} is not as {} left it", by(*seq))
            }
            (Fault::NoEvent { subject }, Lang::Zh) => format!("{subject} 没有对应的事件"),
            (Fault::NoEvent { subject }, Lang::En) => format!("no event tells of {subject}"),
            (Fault::Gone { subject, seq }, Lang::Zh) => format!("{}所述的 {subject} 已不在账本中", by(*seq)),
            (Fault::Gone { subject, seq }, Lang::En) => {
                format!("{subject}, of which {} tells, no longer stands in the ledger", by(*seq))
            }
            (Fault::Sum { subject }, Lang::Zh) => format!("{subject} 的合计与明细不符"),
            (Fault::Sum { subject }, Lang::En) => format!("{subject} is not the sum of its parts"),
            (Fault::Seal { number }, Lang::Zh) => format!("封签 {number} 的签名与本窗口密钥或事件不符"),
            (Fault::Seal { number }, Lang::En) => {
                format!("seal {number} is not signed by this station's key, or not of the event it names")
            }
            (Fault::NotSealed { seq }, Lang::Zh) => {
                format!("账本中的事件 {seq} 已不是封签时的事件")
            }
            (Fault::NotSealed { seq }, Lang::En) => {
                format!("event {seq} of this ledger is not the one that was sealed")
            }
            (Fault::Schema { name }, Lang::Zh) => format!("账本结构中的 {name} 被增加、删除或改动"),
            (Fault::Schema { name }, Lang::En) => {
                format!("{name} was added to, removed from or changed in the ledger's structure")
            }
        }
    }

    fn hint(&self, lang: Lang) -> String {
        lang.pick("保留账本文件，与备份核对", "keep the file and compare it with a backup").to_owned()
    }
}
