//! Why a record does not go out, in words.

use crate::batch;
use crate::domain::{Route, ShortNumber, Stage, Time, go_on_words};
use crate::report::{word, words};
use crate::text::{Explain, Label, Lang};

/// Why a record does not go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The system is not back, or the slot has not begun.
    NotYet {
        /// Not before then, where that is known.
        opens_at: Option<Time>,
    },
    /// The deadline is over.
    Overdue {
        /// When it was.
        due_at: Option<Time>,
    },
    /// The notice refuses it.
    Refused {
        /// Why, in the notice's words; empty where it gives no reason.
        text: String,
    },
    /// Facts that the notice asks for are unknown.
    Facts {
        /// Which.
        needs: Vec<String>,
    },
    /// Papers are not kept yet.
    Papers {
        /// Which.
        missing: Vec<String>,
    },
    /// Someone put it on hold.
    Held,
    /// A filing of the same person has to be accepted first.
    Filing {
        /// The filing's record; none where only the notice tells of it.
        number: Option<ShortNumber>,
        /// Its business line.
        line: String,
    },
    /// Required fields are empty.
    Fields {
        /// Which, in both languages.
        missing: Vec<crate::text::Words>,
    },
    /// A live batch holds it.
    InBatch {
        /// Which.
        batch: i64,
    },
    /// It went out, and nobody knows what came of it: ask before you repeat.
    AskFirst {
        /// In which batch.
        batch: i64,
        /// The call without an outcome; empty where only the record as a whole was answered.
        infno: String,
    },
    /// The platform refused it and nobody has corrected it since.
    NotCorrected,
    /// No statement says the patient's own share, or two say it differently.
    ShareUnknown,
    /// It takes another way, or none is open to it.
    OtherWay {
        /// Where it stands.
        stage: Stage,
        /// The way it takes.
        route: Option<Route>,
    },
    /// It was corrected after it went out; a person decides whether it is settled anew.
    Corrected,
    /// Neither an answer nor a statement says what the platform has of it.
    NothingKnown,
    /// Several settlements settle it; which is meant has to be said.
    SettledInParts,
    /// A value the platform would misread.
    Value(batch::LeftOut),
}

impl Why {
    /// A word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Why::NotYet { opens_at: None } => "waits",
            Why::NotYet { .. } => "not_yet",
            Why::Overdue { .. } => "overdue",
            Why::Refused { .. } => "refused",
            Why::Facts { .. } => "facts_missing",
            Why::Papers { .. } => "papers_missing",
            Why::Held => "held",
            Why::Filing { .. } => "filing_first",
            Why::Fields { .. } => "fields_missing",
            Why::InBatch { .. } => "in_batch",
            Why::AskFirst { .. } => "ask_first",
            Why::NotCorrected => "not_corrected",
            Why::ShareUnknown => "share_unknown",
            Why::OtherWay { .. } => "other_way",
            Why::Corrected => "corrected",
            Why::NothingKnown => "nothing_known",
            Why::SettledInParts => "settled_in_parts",
            Why::Value(_) => "value",
        }
    }
}

impl Explain for Why {
    fn what(&self, lang: Lang) -> String {
        let at = |time: &Option<Time>| time.map_or_else(|| "?".to_owned(), Time::short);
        let plain = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
        match (self, lang) {
            (Why::NotYet { opens_at: None }, _) => plain("待系统恢复", "waits for resumption"),
            (Why::NotYet { opens_at }, Lang::Zh) => format!("{} 起可办理", at(opens_at)),
            (Why::NotYet { opens_at }, Lang::En) => format!("not before {}", at(opens_at)),
            (Why::Overdue { due_at }, Lang::Zh) => format!("已过期限 {}", at(due_at)),
            (Why::Overdue { due_at }, Lang::En) => format!("was due {}", at(due_at)),
            (Why::Refused { text }, _) if text.is_empty() => plain("通告不予办理", "refused by the notice"),
            (Why::Refused { text }, Lang::Zh) => format!("通告不予办理：{text}"),
            (Why::Refused { text }, Lang::En) => format!("refused by the notice: {text}"),
            (Why::Facts { needs }, Lang::Zh) => format!("待补充：{}", words(needs, lang)),
            (Why::Facts { needs }, Lang::En) => format!("not known yet: {}", words(needs, lang)),
            (Why::Papers { missing }, Lang::Zh) => format!("缺少材料：{}", words(missing, lang)),
            (Why::Papers { missing }, Lang::En) => format!("papers missing: {}", words(missing, lang)),
            (Why::Held, _) => plain("已暂缓", "held"),
            (Why::Filing { number, line }, _) => filing(number.as_ref(), line, lang),
            (Why::Fields { missing }, _) => {
                let names: Vec<&str> = missing.iter().map(|name| name.pick(lang)).collect();
                format!("{}{}", lang.pick("缺少：", "missing: "), names.join(lang.pick("、", ", ")))
            }
            (Why::InBatch { batch }, Lang::Zh) => format!("已在批次 B{batch}"),
            (Why::InBatch { batch }, Lang::En) => format!("is in batch B{batch}"),
            (Why::AskFirst { batch, .. }, Lang::Zh) => format!("批次 B{batch} 的结果不明，先问后发"),
            (Why::AskFirst { batch, .. }, Lang::En) => {
                format!("its outcome in batch B{batch} is unknown; ask before you repeat")
            }
            (Why::NotCorrected, _) => {
                plain("平台拒绝后尚未更正", "refused by the platform and not corrected")
            }
            (Why::ShareUnknown, _) => {
                plain("个人现金支付未知，应退金额无法计算", "the own share is not known")
            }
            (Why::OtherWay { stage, route }, _) => {
                let route = route.map(|route| route.label(lang)).unwrap_or_default();
                format!("{}{} {route}", lang.pick("不属此用途：", "not for this: "), stage.label(lang))
                    .trim_end()
                    .to_owned()
            }
            (Why::Corrected, _) => plain("发出后有更正", "corrected since it went out"),
            (Why::NothingKnown, _) => plain("不知道它有此笔平台结算", "no such settlement of it is known"),
            (Why::SettledInParts, _) => plain("平台分多笔结算", "the platform settled it in several parts"),
            (Why::Value(why), _) => why.what(lang),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        let (zh, en) = match self {
            Why::Facts { .. } | Why::Papers { .. } | Why::Fields { .. } => {
                ("用 guazhang amend 补充", "give it with guazhang amend")
            }
            Why::NotCorrected => (
                "用 guazhang amend 更正；记录本身无误、障碍已消除的，用 --again 和 --reason 再次发出",
                "correct it with guazhang amend; where the hindrance lay elsewhere and is gone, use --again and --reason",
            ),
            Why::Held => ("用 guazhang release 解除暂缓", "release it with guazhang release"),
            Why::Filing { .. } => {
                ("先发出备案：guazhang export register", "send the filing first: export register")
            }
            Why::Corrected => (
                "须重新结算的，给出编号：guazhang export undo 编号 --settle-again",
                "to settle it anew name it: guazhang export undo ID --settle-again",
            ),
            Why::NothingKnown => (
                "先录入平台回执或对账，以取得结算ID；结果不明的先查询，不要重复",
                "take in the answer or reconcile first; where the outcome is unknown ask, and do not repeat",
            ),
            Why::SettledInParts => {
                ("用 --settlement 指明撤销哪一笔", "name the one to take back with --settlement")
            }
            Why::AskFirst { infno, .. } => return go_on_words(infno, lang),
            Why::Value(why) => return why.hint(lang),
            _ => return String::new(),
        };
        lang.pick(zh, en).to_owned()
    }
}

fn filing(number: Option<&ShortNumber>, line: &str, lang: Lang) -> String {
    let line = word(line, lang);
    match (number, lang) {
        (Some(number), Lang::Zh) => format!("待备案 {number}（{line}）受理"),
        (Some(number), Lang::En) => format!("waits for filing {number} ({line})"),
        (None, Lang::Zh) => format!("待备案（{line}）办结"),
        (None, Lang::En) => format!("waits for a filing ({line})"),
    }
}
