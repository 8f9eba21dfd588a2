//! Why a verb did not do its work. Facts only; the words stand in [`Explain`].

use crate::batch::{FolderError, StatementFault};
use crate::domain::{CensusNumber, Money, Stage, Time};
use crate::intake::{Fault, SheetError};
use crate::store::StoreError;
use crate::text::{Explain, Label, Lang, UnknownWord};
use crate::work::{AccountsError, Expected, RegisterError};
use std::fmt;

/// What kind of failure it is; the front turns it into an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something failed that should not.
    Unexpected,
    /// The input is refused and nothing was written.
    Refused,
    /// Locked, stale, or done already.
    Conflict,
    /// The ledger does not agree with itself.
    Integrity,
    /// Who asks may not.
    NotPermitted,
    /// Whoever watched wished to stop.
    Stopped,
}

/// Why a verb did not do its work. Nothing was written.
#[derive(Debug)]
pub enum WorkError {
    /// The ledger said no.
    Store(StoreError),
    /// A file cannot be read as a sheet.
    Sheet(SheetError),
    /// Rows of a file are wrong.
    Rows(Vec<Fault>),
    /// So many faults; they themselves are told beside it.
    Faults {
        /// How many.
        count: usize,
    },
    /// The statements are not what the operator expected.
    Expected {
        /// What was expected.
        expected: Expected,
        /// Rows that are there.
        rows: u64,
        /// Their total as printed.
        total: Money,
    },
    /// A batch could not be written.
    Batch(FolderError),
    /// A request to reconcile cannot be written.
    Request(StatementFault),
    /// A batch is in the ledger and its folder could not be written: it is not sent.
    Unfinished {
        /// Which batch.
        batch: i64,
        /// Why.
        error: FolderError,
    },
    /// No record has that number.
    NoRecord {
        /// As given.
        text: String,
    },
    /// A slip's code fits no record here: misread, or the slip of another ledger.
    ForeignCode {
        /// As given.
        text: String,
    },
    /// Several records have that number of their own facility.
    ManyRecords {
        /// As given.
        text: String,
        /// Their short numbers.
        numbers: Vec<String>,
    },
    /// The record's stage does not allow it.
    Stage {
        /// Which record.
        number: String,
        /// Where it stands.
        stage: Stage,
    },
    /// The record is out in a batch, and no break says that it is wrong.
    InBatch {
        /// Which record.
        number: String,
        /// Which batch.
        batch: i64,
    },
    /// Another record stands under the same number of the facility.
    SameNumber {
        /// The facility's number.
        record_no: String,
        /// The record that has it.
        number: String,
    },
    /// Whoever resolves does not sign.
    SameEyes {
        /// Which break.
        id: i64,
        /// Who resolved it.
        operator: String,
    },
    /// A reason or evidence is empty.
    Empty {
        /// Which of them.
        what: &'static str,
    },
    /// A correction that corrects nothing.
    NoChange {
        /// Which record.
        number: String,
    },
    /// A refund that is not what is owed.
    RefundAmount {
        /// Which record.
        number: String,
        /// As given.
        given: Money,
        /// What is owed.
        owed: Money,
    },
    /// Nothing is owed.
    NothingOwed {
        /// Which record.
        number: String,
    },
    /// No statement says the person's own share, or two say different ones.
    ShareUnknown {
        /// Which record.
        number: String,
    },
    /// It was refunded already.
    RefundedAlready {
        /// Which record.
        number: String,
        /// What was paid.
        paid: Money,
    },
    /// A refund is owed, or a break is open: not yet to be cleared.
    NotClearable {
        /// Which record.
        number: String,
        /// What stands in the way.
        zh: String,
        /// The same in English.
        en: String,
    },
    /// A batch cannot be taken back: the platform has answered.
    Answered {
        /// Which batch.
        batch: i64,
    },
    /// An answer names a record that is not in the batch.
    NotInBatch {
        /// Which batch.
        batch: i64,
        /// The file.
        file: String,
        /// Line of the file.
        line: u64,
        /// The key as given.
        key: String,
    },
    /// An answer contradicts the one on record.
    OtherAnswer {
        /// Which record.
        number: String,
        /// The file.
        file: String,
        /// Line of the file.
        line: u64,
    },
    /// The outcome of a record in a batch is not unknown.
    NotUnknown {
        /// Which batch.
        batch: i64,
        /// Which record.
        number: String,
    },
    /// The census has no such entry.
    NoPatient {
        /// As given.
        number: String,
    },
    /// The notices do not ask this for the patient.
    NotAsked {
        /// Which patient.
        number: String,
        /// As given.
        action: String,
        /// What they do ask.
        asked: Vec<String>,
    },
    /// It can only be done once the system is back.
    NotYet {
        /// Which patient.
        number: String,
        /// What.
        action: String,
    },
    /// It was done for the patient already.
    DoneAlready {
        /// Which patient.
        number: String,
        /// What.
        action: String,
        /// When.
        at: Time,
    },
    /// The operator has a shift open already.
    ShiftOpen {
        /// Its number.
        shift: i64,
        /// Since when.
        at: Time,
    },
    /// The operator has no shift open.
    NoShift {
        /// Who.
        operator: String,
    },
    /// A paper that nobody knows.
    Paper(UnknownWord),
    /// A paper cannot be given back: it is not kept.
    PaperNotKept {
        /// Of which record.
        number: String,
        /// Which.
        paper: String,
    },
    /// The register, a pair, an undo or a sign-off was refused.
    Register(RegisterError),
    /// A list, a comparison or an export of accounts was refused.
    Accounts(AccountsError),
    /// A notice in the ledger does not read any more.
    Notice {
        /// Which notice.
        id: String,
        /// What its check says first.
        text: String,
    },
}

impl WorkError {
    pub(super) fn no_patient(error: StoreError, number: CensusNumber) -> WorkError {
        match error {
            StoreError::NotFound { .. } => WorkError::NoPatient { number: number.to_string() },
            error => WorkError::Store(error),
        }
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> Kind {
        match self {
            WorkError::Store(error) => match error {
                StoreError::Busy
                | StoreError::Stale { .. }
                | StoreError::Exists { .. }
                | StoreError::Newer { .. }
                | StoreError::NotMigrated { .. }
                | StoreError::NoOperators
                | StoreError::OperatorExists { .. }
                | StoreError::NotOwn { .. }
                | StoreError::StationTaken { .. }
                | StoreError::LastAdmin { .. } => Kind::Conflict,
                StoreError::Stopped => Kind::Stopped,
                StoreError::Damaged { .. } | StoreError::Contradicts { .. } => Kind::Integrity,
                StoreError::NotPermitted { .. }
                | StoreError::ReadOnly { .. }
                | StoreError::Locked
                | StoreError::UnknownOperator { .. }
                | StoreError::Disabled { .. }
                | StoreError::WrongPassphrase { .. }
                | StoreError::WrongCode
                | StoreError::NotAllowed { .. } => Kind::NotPermitted,
                StoreError::NoLedger { .. }
                | StoreError::NotALedger { .. }
                | StoreError::Share { .. }
                | StoreError::Older { .. }
                | StoreError::NotFound { .. }
                | StoreError::WeakPassphrase
                | StoreError::BadStation { .. } => Kind::Refused,
                StoreError::Full | StoreError::Settings { .. } | StoreError::Sqlite(_) => Kind::Unexpected,
            },
            WorkError::Batch(error) => match error {
                FolderError::Conflict { .. } => Kind::Conflict,
                FolderError::BadName { .. } | FolderError::NotAFolder { .. } => Kind::Refused,
                FolderError::DiskFull { .. } | FolderError::NoPermission { .. } | FolderError::Io { .. } => {
                    Kind::Unexpected
                }
            },
            WorkError::Unfinished { error: FolderError::Conflict { .. }, .. }
            | WorkError::Stage { .. }
            | WorkError::InBatch { .. }
            | WorkError::SameNumber { .. }
            | WorkError::RefundedAlready { .. }
            | WorkError::NotClearable { .. }
            | WorkError::Answered { .. }
            | WorkError::OtherAnswer { .. }
            | WorkError::NotUnknown { .. }
            | WorkError::ShiftOpen { .. }
            | WorkError::NoShift { .. }
            | WorkError::PaperNotKept { .. }
            | WorkError::DoneAlready { .. } => Kind::Conflict,
            WorkError::Unfinished { .. } => Kind::Unexpected,
            WorkError::Register(error) if error.is_rights() => Kind::NotPermitted,
            WorkError::Register(error) if !error.is_refusal() => Kind::Conflict,
            WorkError::Accounts(error) if !error.is_refusal() => Kind::Conflict,
            WorkError::SameEyes { .. } => Kind::NotPermitted,
            _ => Kind::Refused,
        }
    }
}

impl From<StoreError> for WorkError {
    fn from(error: StoreError) -> WorkError {
        WorkError::Store(error)
    }
}

impl From<RegisterError> for WorkError {
    fn from(error: RegisterError) -> WorkError {
        WorkError::Register(error)
    }
}

impl From<SheetError> for WorkError {
    fn from(error: SheetError) -> WorkError {
        WorkError::Sheet(error)
    }
}

impl From<FolderError> for WorkError {
    fn from(error: FolderError) -> WorkError {
        WorkError::Batch(error)
    }
}

impl fmt::Display for WorkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what(Lang::En))
    }
}

impl std::error::Error for WorkError {}

impl Explain for WorkError {
    fn what(&self, lang: Lang) -> String {
        match (self, lang) {
            (WorkError::Store(error), _) => error.what(lang),
            (WorkError::Sheet(error), _) => error.what(lang),
            (WorkError::Batch(error), _) => error.what(lang),
            (WorkError::Register(error), _) => error.what(lang),
            (WorkError::Request(fault), _) => fault.what(lang),
            (WorkError::Accounts(error), _) => error.what(lang),
            (WorkError::Unfinished { batch, error }, Lang::Zh) => {
                format!("批次 B{batch} 未写完，尚未发出：{}", error.what(lang))
            }
            (WorkError::Unfinished { batch, error }, Lang::En) => {
                format!("batch B{batch} is not complete and not sent: {}", error.what(lang))
            }
            (WorkError::Rows(faults), _) => WorkError::Faults { count: faults.len() }.what(lang),
            (WorkError::Faults { count }, Lang::Zh) => format!("共 {count} 处错误，未写入任何内容"),
            (WorkError::Faults { count: 1 }, Lang::En) => "one fault; nothing was written".to_owned(),
            (WorkError::Faults { count }, Lang::En) => format!("{count} faults; nothing was written"),
            (WorkError::Expected { expected, rows, total }, _) => expected.told(*rows, *total, lang),
            (WorkError::NoRecord { text }, Lang::Zh) => format!("没有编号为“{text}”的记录"),
            (WorkError::NoRecord { text }, Lang::En) => format!("there is no record `{text}`"),
            (WorkError::ForeignCode { text }, Lang::Zh) => {
                format!("凭条的码“{text}”在本账本中没有对应的记录")
            }
            (WorkError::ForeignCode { text }, Lang::En) => {
                format!("no record of this ledger has the slip `{text}`")
            }
            (WorkError::ManyRecords { text, numbers }, Lang::Zh) => {
                format!("“{text}”对应多条记录：{}", numbers.join("、"))
            }
            (WorkError::ManyRecords { text, numbers }, Lang::En) => {
                format!("`{text}` is the number of several records: {}", numbers.join(", "))
            }
            (WorkError::Stage { number, stage }, Lang::Zh) => {
                format!("{number} 处于“{}”阶段，不能这样做", stage.label(lang))
            }
            (WorkError::Stage { number, stage }, Lang::En) => {
                format!("{number} is {}, which does not allow this", stage.label(lang))
            }
            (WorkError::InBatch { number, batch }, Lang::Zh) => format!("{number} 已在批次 B{batch} 中发出"),
            (WorkError::InBatch { number, batch }, Lang::En) => {
                format!("{number} went out in batch B{batch}")
            }
            (WorkError::SameNumber { record_no, number }, Lang::Zh) => {
                format!("单号 {record_no} 已登记为 {number}，内容不同")
            }
            (WorkError::SameNumber { record_no, number }, Lang::En) => {
                format!("record number {record_no} stands as {number} already, with other content")
            }
            (WorkError::SameEyes { id, operator }, Lang::Zh) => format!("差异 {id} 是“{operator}”自己处理的"),
            (WorkError::SameEyes { id, operator }, Lang::En) => {
                format!("break {id} was resolved by `{operator}` himself")
            }
            (WorkError::Empty { what }, Lang::Zh) => format!("{what} 不能为空"),
            (WorkError::Empty { what }, Lang::En) => format!("{what} must not be empty"),
            (WorkError::NoChange { number }, Lang::Zh) => format!("{number} 没有任何改动"),
            (WorkError::NoChange { number }, Lang::En) => format!("nothing would change in {number}"),
            (WorkError::RefundAmount { number, given, owed }, Lang::Zh) => {
                format!("{number} 应退 {owed} 元，输入为 {given} 元")
            }
            (WorkError::RefundAmount { number, given, owed }, Lang::En) => {
                format!("{owed} yuan are owed for {number}, not {given}")
            }
            (WorkError::NothingOwed { number }, Lang::Zh) => format!("{number} 无应退款"),
            (WorkError::NothingOwed { number }, Lang::En) => format!("no refund is owed for {number}"),
            (WorkError::ShareUnknown { number }, Lang::Zh) => {
                format!("{number} 的平台明细未载个人现金支付或前后不一，无法计算应退款")
            }
            (WorkError::ShareUnknown { number }, Lang::En) => {
                format!("no statement says the patient's own share of {number}, or two say different ones")
            }
            (WorkError::RefundedAlready { number, paid }, Lang::Zh) => format!("{number} 已退费 {paid} 元"),
            (WorkError::RefundedAlready { number, paid }, Lang::En) => {
                format!("{paid} yuan were refunded for {number} already")
            }
            (WorkError::NotClearable { number, zh, .. }, Lang::Zh) => format!("{number} 暂不能销号：{zh}"),
            (WorkError::NotClearable { number, en, .. }, Lang::En) => {
                format!("{number} cannot be cleared yet: {en}")
            }
            (WorkError::Answered { batch }, Lang::Zh) => format!("批次 B{batch} 已有平台回执，不能撤回"),
            (WorkError::Answered { batch }, Lang::En) => {
                format!("the platform has answered batch B{batch}; it cannot be taken back")
            }
            (WorkError::NotInBatch { batch, file, line, key }, Lang::Zh) => {
                format!("{file} 第 {line} 行：“{key}”不在批次 B{batch} 中")
            }
            (WorkError::NotInBatch { batch, file, line, key }, Lang::En) => {
                format!("{file} line {line}: `{key}` is not in batch B{batch}")
            }
            (WorkError::OtherAnswer { number, file, line }, Lang::Zh) => {
                format!("{file} 第 {line} 行：{number} 已有不同的回执")
            }
            (WorkError::OtherAnswer { number, file, line }, Lang::En) => {
                format!("{file} line {line}: {number} has another answer on record")
            }
            (WorkError::NotUnknown { batch, number }, Lang::Zh) => {
                format!("批次 B{batch} 中 {number} 不是结果不明的记录")
            }
            (WorkError::NotUnknown { batch, number }, Lang::En) => {
                format!("the outcome of {number} in batch B{batch} is not unknown")
            }
            (WorkError::NoPatient { number }, Lang::Zh) => format!("在院名册中没有 {number}"),
            (WorkError::NoPatient { number }, Lang::En) => format!("the census has no {number}"),
            (WorkError::NotAsked { number, action, .. }, Lang::Zh) => {
                format!("通告没有要求为 {number} 办理“{action}”")
            }
            (WorkError::NotAsked { number, action, .. }, Lang::En) => {
                format!("no notice asks `{action}` for {number}")
            }
            (WorkError::NotYet { number, action }, Lang::Zh) => {
                format!("{number} 的“{action}”要等系统恢复后办理")
            }
            (WorkError::NotYet { number, action }, Lang::En) => {
                format!("`{action}` for {number} waits until the system is back")
            }
            (WorkError::DoneAlready { number, action, at }, Lang::Zh) => {
                format!("{number} 的“{action}”已于 {} 办结", at.short())
            }
            (WorkError::DoneAlready { number, action, at }, Lang::En) => {
                format!("`{action}` was done for {number} at {}", at.short())
            }
            (WorkError::ShiftOpen { shift, at }, Lang::Zh) => {
                format!("班次 S{shift} 自 {} 起尚未交班", at.short())
            }
            (WorkError::ShiftOpen { shift, at }, Lang::En) => {
                format!("shift S{shift} is open since {}", at.short())
            }
            (WorkError::NoShift { operator }, Lang::Zh) => format!("“{operator}”没有未交的班"),
            (WorkError::NoShift { operator }, Lang::En) => format!("`{operator}` has no open shift"),
            (WorkError::Paper(error), _) => error.what(lang),
            (WorkError::PaperNotKept { number, paper }, Lang::Zh) => format!("{number} 没有留存“{paper}”"),
            (WorkError::PaperNotKept { number, paper }, Lang::En) => {
                format!("`{paper}` of {number} is not kept here")
            }
            (WorkError::Notice { id, text }, Lang::Zh) => format!("账本中的通告 {id} 无法读取：{text}"),
            (WorkError::Notice { id, text }, Lang::En) => {
                format!("notice {id} of the ledger does not read: {text}")
            }
        }
    }

    fn hint(&self, lang: Lang) -> String {
        if let WorkError::NotAsked { asked, .. } = self
            && !asked.is_empty()
        {
            let asked = asked.join(lang.pick("、", ", "));
            return format!("{}{asked}", lang.pick("要求办理的是：", "what is asked: "));
        }
        let (zh, en) = match self {
            WorkError::Store(error) => return error.hint(lang),
            WorkError::Sheet(error) => return error.hint(lang),
            WorkError::Batch(error) => return error.hint(lang),
            WorkError::Register(error) => return error.hint(lang),
            WorkError::Request(fault) => return fault.hint(lang),
            WorkError::Accounts(error) => return error.hint(lang),
            WorkError::Unfinished { batch, .. } => {
                return match lang {
                    Lang::Zh => format!(
                        "恢复该文件夹后再次导出即可补完；或用 guazhang batch again B{batch} --out 换一处写出，\
                         或用 guazhang batch cancel B{batch} 撤回"
                    ),
                    Lang::En => format!(
                        "the next export completes it once the folder can be written; or write it elsewhere with \
                         guazhang batch again B{batch} --out DIR, or take it back with guazhang batch cancel B{batch}"
                    ),
                };
            }
            WorkError::Rows(_) | WorkError::Faults { .. } => (
                "改正后重新办理，此前没有写入任何内容",
                "correct this and do it again; nothing of it is in the ledger",
            ),
            WorkError::Expected { .. } => (
                "核对明细是否完整、数字是否抄对；没有匹配任何一行",
                "check that the files are complete and the figures copied well; nothing was matched",
            ),
            WorkError::NoRecord { .. } => {
                ("用 guazhang list 或 find 查编号", "look it up with guazhang list or find")
            }
            WorkError::ForeignCode { .. } => (
                "请再扫一次，或改输编号；也可能是其他机构或其他窗口的凭条",
                "scan it again, or type the number; it may be the slip of another facility or station",
            ),
            WorkError::ManyRecords { .. } => ("请用其中一个编号", "use one of these numbers"),
            WorkError::Stage { .. } => {
                ("用 guazhang show 查看它的经过", "see its history with guazhang show")
            }
            WorkError::InBatch { .. } => (
                "若批次未上传，先 guazhang batch cancel；否则等平台回执或对账差异后再更正",
                "take the batch back with guazhang batch cancel if it was not used; else wait for the answer",
            ),
            WorkError::SameNumber { .. } => (
                "核对原始单据；要改内容请用 guazhang amend",
                "check the slip; to change it use guazhang amend",
            ),
            WorkError::SameEyes { .. } => ("须由另一人复核签字", "somebody else has to sign"),
            WorkError::Empty { .. } => ("请写明", "say it in a few words"),
            WorkError::NoChange { .. } => ("请给出要更正的内容", "give what is to be corrected"),
            WorkError::RefundAmount { .. } => (
                "应退 = 已付 − 医保结算后个人现金支付；请按应退金额办理",
                "a refund is what was paid less the own share after insurance; pay exactly that",
            ),
            WorkError::NothingOwed { .. } => {
                ("可直接销号：guazhang clear", "it can be cleared: guazhang clear")
            }
            WorkError::ShareUnknown { .. } => (
                "请导入含 acct_pay 与 psn_cash_pay 的结算明细；前后不一的请向经办机构核实",
                "reconcile with a statement that has acct_pay and psn_cash_pay; ask the agency where two disagree",
            ),
            WorkError::RefundedAlready { .. } => ("不会重复退费", "nothing is refunded twice"),
            WorkError::NotClearable { .. } => ("先办完再销号", "do that first"),
            WorkError::Answered { .. } => {
                ("被拒的记录更正后会再次导出", "refused records go out again once corrected")
            }
            WorkError::NotInBatch { .. } => ("请核对批次号与回执文件", "check the batch number and the file"),
            WorkError::OtherAnswer { .. } => ("请向平台核实结果", "ask the platform for the outcome"),
            WorkError::NotUnknown { .. } => {
                ("用 guazhang batch show 查看各条回执", "see the answers with guazhang batch show")
            }
            WorkError::NoPatient { .. } => {
                ("用 guazhang census list 查看编号", "see the numbers with guazhang census list")
            }
            WorkError::NotAsked { .. } => (
                "对这位患者没有待办；信息有变化时重新导入名册",
                "nothing is asked for this patient; where something has changed, import the list again",
            ),
            WorkError::NotYet { .. } => (
                "系统恢复后先登记恢复时间：guazhang notice resumed",
                "once it is back, record it first: guazhang notice resumed",
            ),
            WorkError::DoneAlready { .. } => {
                ("不必再办；经过见 guazhang audit log", "nothing is left to do; see guazhang audit log")
            }
            WorkError::Paper(error) => return error.hint(lang),
            WorkError::ShiftOpen { .. } => {
                ("先交班：guazhang shift close", "close it first: guazhang shift close")
            }
            WorkError::NoShift { .. } => {
                ("先接班：guazhang shift open", "open one first: guazhang shift open")
            }
            WorkError::PaperNotKept { .. } => {
                ("用 guazhang show 查看它的材料", "see its papers with guazhang show")
            }
            WorkError::Notice { .. } => {
                ("用 guazhang notice check 检查通告文件", "check the file with guazhang notice check")
            }
        };
        lang.pick(zh, en).to_owned()
    }
}
