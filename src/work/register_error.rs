//! Why the register, a pair made by hand, an undo or a sign-off was refused.

use crate::domain::Money;
use crate::text::{Explain, Lang};

/// Facts only; [`Explain`] has the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegisterError {
    /// The ledger has no such operator to give a break to.
    NoSuchOwner {
        /// As given.
        name: String,
        /// Who there is.
        known: Vec<String>,
    },
    /// Only the last run that stands can be taken back.
    NotLastRun {
        /// As given.
        run: i64,
        /// The last one that stands.
        last: Option<i64>,
    },
    /// Something was done on the ground of the run since.
    RestsOn {
        /// The run.
        run: i64,
        /// The records that have moved on.
        numbers: Vec<String>,
    },
    /// The run was signed off.
    RunSigned {
        /// The run.
        run: i64,
        /// The sign-off.
        signoff: i64,
    },
    /// No statement gave a settlement of that id.
    NoSettlement {
        /// As given.
        text: String,
    },
    /// The pair stands so already.
    SaidAlready {
        /// The record.
        number: String,
        /// The settlement.
        setl_id: String,
    },
    /// Nothing was reconciled yet.
    NoRun,
    /// Something changed since the last run.
    Unreconciled {
        /// The last run.
        run: i64,
    },
    /// The bridge of the last run does not tie.
    NotTied {
        /// The run.
        run: i64,
    },
    /// Breaks above the limit are open.
    OpenAbove {
        /// How many.
        count: usize,
        /// The limit.
        limit: Money,
        /// The first of them.
        first: i64,
    },
    /// Whoever prepared a sign-off does not sign it.
    SameSignoff {
        /// Which one.
        id: i64,
        /// Who prepared it.
        operator: String,
    },
    /// What was frozen is no longer so.
    Outdated {
        /// Which sign-off.
        id: i64,
    },
}

impl RegisterError {
    /// Wrong input, and not a conflict with what stands.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self, RegisterError::NoSuchOwner { .. } | RegisterError::NoSettlement { .. })
    }

    /// A matter of who asks.
    pub(super) fn is_rights(&self) -> bool {
        matches!(self, RegisterError::SameSignoff { .. })
    }
}

impl Explain for RegisterError {
    fn what(&self, lang: Lang) -> String {
        let run_of = |last: &Option<i64>| last.map_or("-".to_owned(), |run| format!("R{run}"));
        let (zh, en) = match self {
            RegisterError::NoSuchOwner { name, .. } => {
                (format!("账本中没有操作员“{name}”"), format!("the ledger has no operator `{name}`"))
            }
            RegisterError::NotLastRun { run, last } => (
                format!("R{run} 不是最近一次有效的对账（{}）", run_of(last)),
                format!("R{run} is not the last run that stands ({})", run_of(last)),
            ),
            RegisterError::RestsOn { run, numbers } => (
                format!("R{run} 之后 {} 已继续办理", numbers.join("、")),
                format!("after R{run} more was done with {}", numbers.join(", ")),
            ),
            RegisterError::RunSigned { run, signoff } => {
                (format!("R{run} 已签字确认（F{signoff}）"), format!("R{run} was signed off (F{signoff})"))
            }
            RegisterError::NoSettlement { text } => (
                format!("已读入的明细中没有结算“{text}”"),
                format!("no statement gave a settlement `{text}`"),
            ),
            RegisterError::SaidAlready { number, setl_id } => (
                format!("{number} 与 {setl_id} 已是如此认定"),
                format!("{number} and {setl_id} stand so already"),
            ),
            RegisterError::NoRun => ("还没有对过账".to_owned(), "nothing was reconciled yet".to_owned()),
            RegisterError::Unreconciled { run } => {
                (format!("R{run} 之后账本有变动"), format!("the ledger has changed since R{run}"))
            }
            RegisterError::NotTied { run } => {
                (format!("R{run} 的差额尚未全部有据"), format!("the bridge of R{run} does not tie"))
            }
            RegisterError::OpenAbove { count, limit, first } => (
                format!("有 {count} 项超过 {limit} 元的差异未处理，首项为差异 {first}"),
                format!("{count} breaks above {limit} yuan are open, break {first} first"),
            ),
            RegisterError::SameSignoff { id, operator } => (
                format!("F{id} 由“{operator}”提交，须由另一人签字"),
                format!("F{id} was prepared by `{operator}`; somebody else signs it"),
            ),
            RegisterError::Outdated { id } => (
                format!("F{id} 提交之后账本有变动"),
                format!("the ledger has changed since F{id} was prepared"),
            ),
        };
        lang.pick(&zh, &en).to_owned()
    }

    fn hint(&self, lang: Lang) -> String {
        let (zh, en) = match self {
            RegisterError::NoSuchOwner { known, .. } => {
                return match lang {
                    Lang::Zh => format!("可用：{}", known.join("、")),
                    Lang::En => format!("use one of: {}", known.join(", ")),
                };
            }
            RegisterError::NotLastRun { .. } => {
                ("从最近一次起逐次撤销", "take runs back one by one, the last one first")
            }
            RegisterError::RestsOn { .. } => (
                "退费、销号或导出以这次对账为据，不能撤销；逐项更正",
                "a refund, a clearing or an export rests on the run; correct them one by one",
            ),
            RegisterError::RunSigned { .. } => (
                "签字的内容不再改变；之后的发现列为新差异",
                "what was signed never changes; what is found later is a new break",
            ),
            RegisterError::NoSettlement { .. } => (
                "用 guazhang break list 查看结算ID，或先对账",
                "see the setl_id with guazhang break list, or reconcile the statement first",
            ),
            RegisterError::SaidAlready { .. } => ("无需再做", "nothing is left to do"),
            RegisterError::NoRun | RegisterError::Unreconciled { .. } => (
                "先运行 guazhang reconcile（同一份明细即可）",
                "run guazhang reconcile first; the same statement will do",
            ),
            RegisterError::NotTied { .. } => ("先查清差额", "find what the difference consists of first"),
            RegisterError::OpenAbove { .. } => (
                "用 guazhang break list 逐项处理；限额见 guazhang break limit",
                "deal with them one by one: guazhang break list; the limit: guazhang break limit",
            ),
            RegisterError::SameSignoff { .. } => (
                "请另一名审计员或管理员用 --operator 签字",
                "another auditor or administrator signs, with --operator",
            ),
            RegisterError::Outdated { .. } => {
                ("重新提交：guazhang signoff create", "prepare it anew: guazhang signoff create")
            }
        };
        lang.pick(zh, en).to_owned()
    }
}
