//! Faults: what is wrong with one cell or one row, where, and what to do.
//!
//! A fault carries facts; the words are beside them. What it shows of a cell is
//! already masked where the column holds an identity, so a fault may be
//! printed, stored and sent. Deciding what a fault means for the file is not
//! done here.

use crate::domain::{FactKind, IdentityError, Money, MoneyError, QuantityError, Time};
use crate::text::{Explain, Lang, UnknownWord};
use std::path::Path;
use std::sync::Arc;

/// One thing wrong in a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file.
    pub path: Arc<Path>,
    /// Line of the file, from 1; a row over several lines is named by its first.
    pub line: u64,
    /// The heading as the file has it, or the column's id where the file has none; empty for a whole row.
    pub column: String,
    /// The cell, masked where it may not be shown.
    pub text: String,
    /// What is wrong.
    pub reason: FaultReason,
    /// Number of the record concerned, where it is known.
    pub record_no: String,
    /// Line of that record in the records file, where the fault was found while reading one; else 0.
    pub record_line: u64,
}

/// What is wrong with a cell or a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultReason {
    /// A cell that must not be empty.
    Missing,
    /// None of the columns that name a person or a record has a value.
    NoKey,
    /// Not an amount.
    Amount(MoneyError),
    /// An amount below zero where only a charge can stand.
    Negative,
    /// More was paid than the visit cost.
    PaidOverTotal {
        /// The total.
        total: Money,
    },
    /// Not a quantity or a unit price.
    Quantity(QuantityError),
    /// Not a whole number from 1.
    Count,
    /// Quantity times price is more than one fen away from the amount.
    Product {
        /// Quantity times price.
        product: Option<Money>,
    },
    /// Not a date or time.
    Time,
    /// After now.
    Future {
        /// Now.
        now: Time,
    },
    /// Discharged before admitted.
    Backwards {
        /// When the patient was admitted.
        admitted_at: Time,
    },
    /// Not one of a closed list.
    Word(UnknownWord),
    /// A fact that does not fit its kind.
    Fact(FactKind),
    /// Not a resident identity number.
    Identity(IdentityError),
    /// A number in scientific notation: its last digits are gone.
    Scientific,
    /// A number such as `1-2` that a spreadsheet made a date of.
    BecameDate,
    /// Not six digits.
    Area,
    /// Not a code of `insutype`.
    Insurance,
    /// Not a code of `psn_cert_type`.
    IdType,
    /// A facility that the ledger does not know.
    Facility,
    /// The same number stood on an earlier line with other content.
    OtherContent {
        /// The earlier line.
        first_line: u64,
    },
    /// The fee lines of a record do not add up to its total.
    Sum {
        /// The record's total.
        total: Money,
        /// The sum of its lines.
        lines: Money,
    },
    /// A lines file was given and has none of this record.
    NoLines,
    /// A fee line of a record that the records file does not have.
    Orphan,
    /// Two lines of one record with one number.
    LineTwice {
        /// Where the number stood first.
        first_line: u64,
    },
    /// One account stands twice.
    AccountTwice {
        /// Where it stood first.
        first_line: u64,
    },
    /// The row is of another bank than the list.
    OtherBank {
        /// The bank whose list it is.
        bank: String,
    },
    /// `infcode` and the word beside it say different things.
    Contradiction,
    /// A row with more or fewer cells than headings.
    Ragged {
        /// Cells that the headings ask for.
        headings: usize,
        /// Cells of the row.
        cells: usize,
    },
    /// A quoted cell that never ends; the rest of the file cannot be read.
    OpenQuote,
    /// Text between a closing quote and the next delimiter.
    AfterQuote,
    /// A cell, or a row, too long to be one.
    TooLong,
    /// What a spreadsheet shows where a formula failed, such as `#N/A`.
    Formula,
    /// A control character inside a cell.
    Control(char),
    /// The file changed while it was read and is no longer UTF-8.
    NotText,
    /// The disk failed; the rest of the file cannot be read.
    Unreadable(String),
    /// Not JSON, or nested deeper than any answer is.
    Json(String),
    /// JSON that is no answer to a call.
    NoAnswer,
    /// A total that the file states and that is not the sum of its rows.
    StatedTotal {
        /// The sum of the rows.
        rows: Money,
    },
    /// A count that the file states and that is not that of its rows.
    StatedCount {
        /// As stated.
        stated: u64,
        /// The rows.
        rows: u64,
    },
    /// The ledger has another content under this number.
    InLedger {
        /// Short number of the record there.
        number: String,
    },
}

impl FaultReason {
    /// A word for scripts.
    pub fn id(&self) -> &'static str {
        match self {
            FaultReason::Missing => "missing",
            FaultReason::NoKey => "no_key",
            FaultReason::Amount(_) => "amount",
            FaultReason::Negative => "negative",
            FaultReason::PaidOverTotal { .. } => "paid_over_total",
            FaultReason::Quantity(_) => "quantity",
            FaultReason::Count => "count",
            FaultReason::Product { .. } => "product",
            FaultReason::Time => "time",
            FaultReason::Future { .. } => "future",
            FaultReason::Backwards { .. } => "backwards",
            FaultReason::Word(_) => "word",
            FaultReason::Fact(_) => "fact",
            FaultReason::Identity(IdentityError::Scientific) | FaultReason::Scientific => "scientific",
            FaultReason::Identity(IdentityError::LostDigits) => "lost_digits",
            FaultReason::Identity(IdentityError::Check) => "check_digit",
            FaultReason::Identity(IdentityError::Shape) => "identity_shape",
            FaultReason::Identity(IdentityError::Birth) => "birth",
            FaultReason::BecameDate => "became_date",
            FaultReason::Area => "area",
            FaultReason::Insurance => "insurance",
            FaultReason::IdType => "id_type",
            FaultReason::Facility => "facility",
            FaultReason::OtherContent { .. } => "other_content",
            FaultReason::Sum { .. } => "sum",
            FaultReason::NoLines => "no_lines",
            FaultReason::Orphan => "orphan",
            FaultReason::LineTwice { .. } => "line_twice",
            FaultReason::AccountTwice { .. } => "account_twice",
            FaultReason::OtherBank { .. } => "other_bank",
            FaultReason::Contradiction => "contradiction",
            FaultReason::Ragged { .. } => "ragged",
            FaultReason::OpenQuote => "open_quote",
            FaultReason::AfterQuote => "after_quote",
            FaultReason::TooLong => "too_long",
            FaultReason::Formula => "formula",
            FaultReason::Control(_) => "control",
            FaultReason::NotText => "not_text",
            FaultReason::Json(_) => "json",
            FaultReason::NoAnswer => "no_answer",
            FaultReason::Unreadable(_) => "unreadable",
            FaultReason::StatedTotal { .. } => "stated_total",
            FaultReason::StatedCount { .. } => "stated_count",
            FaultReason::InLedger { .. } => "in_ledger",
        }
    }

    /// Nothing after this fault could be read, so the file cannot be taken even in part.
    pub fn stops_the_file(&self) -> bool {
        matches!(self, FaultReason::OpenQuote | FaultReason::NotText | FaultReason::Unreadable(_))
    }

    /// The row's total cannot be laid against its lines.
    pub(super) fn spoils_the_total(&self) -> bool {
        matches!(self, FaultReason::Amount(_) | FaultReason::Negative)
    }

    /// What is wrong, as said after the cell's text.
    fn what(&self, lang: Lang) -> String {
        let plain = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
        match self {
            FaultReason::Missing => plain("不能为空", "must not be empty"),
            FaultReason::Word(word) if word.text.is_empty() => FaultReason::Missing.what(lang),
            FaultReason::NoKey => {
                plain("没有任何可以找到人员或单据的号码", "no number leads to the person or the record")
            }
            FaultReason::Amount(error) => error.what(lang),
            FaultReason::Negative => plain("金额不能为负", "is below zero"),
            FaultReason::PaidOverTotal { total } => match lang {
                Lang::Zh => format!("已付金额多于总费用 {total}"),
                Lang::En => format!("is more than the total of {total}"),
            },
            FaultReason::Quantity(error) => error.what(lang),
            FaultReason::Count => plain("不是从 1 起的整数", "is not a whole number from 1"),
            FaultReason::Product { product: Some(product) } => match lang {
                Lang::Zh => format!("与数量乘单价（{product}）相差超过一分"),
                Lang::En => format!("is more than one fen away from quantity times price ({product})"),
            },
            FaultReason::Product { product: None } => {
                plain("数量乘单价超出范围", "quantity times price is out of range")
            }
            FaultReason::Time => plain("不是日期或时间", "is not a date or time"),
            FaultReason::Future { now } => match lang {
                Lang::Zh => format!("晚于现在（{}）", now.short()),
                Lang::En => format!("is later than now ({})", now.short()),
            },
            FaultReason::Backwards { admitted_at } => match lang {
                Lang::Zh => format!("出院早于入院（{}）", admitted_at.short()),
                Lang::En => format!("is before the admission ({})", admitted_at.short()),
            },
            FaultReason::Word(_) => plain("不是可用的值", "is not known"),
            FaultReason::Fact(_) => plain("不是这一栏可用的值", "does not fit this fact"),
            FaultReason::Identity(error) => error.what(lang),
            FaultReason::Scientific => plain(
                "号码被表格软件写成了科学计数法，后几位已丢失",
                "a spreadsheet wrote the number in scientific notation; its last digits are gone",
            ),
            FaultReason::BecameDate => {
                plain("号码被表格软件写成了日期", "a spreadsheet made a date of this number")
            }
            FaultReason::Area => plain("不是六位医保区划", "is not a region of six digits"),
            FaultReason::Insurance => plain("不是险种代码", "is not a code of the insurance type"),
            FaultReason::IdType => plain("不是证件类型代码", "is not a code of the document type"),
            FaultReason::Facility => plain("台账中没有这个机构", "is not a facility of this ledger"),
            FaultReason::OtherContent { first_line } => match lang {
                Lang::Zh => format!("与第 {first_line} 行同号而内容不同"),
                Lang::En => format!("stands on line {first_line} with other content"),
            },
            FaultReason::Sum { total, lines } => {
                let apart = *lines - *total;
                match lang {
                    Lang::Zh => format!("明细合计 {lines}，总费用 {total}，相差 {apart}"),
                    Lang::En => format!("its lines add up to {lines}, its total is {total}, {apart} apart"),
                }
            }
            FaultReason::NoLines => {
                plain("明细文件中没有这条记录的明细", "the lines file has no line of this record")
            }
            FaultReason::Orphan => {
                plain("明细所属的记录不在记录文件中", "is not a record of the records file")
            }
            FaultReason::LineTwice { first_line } => match lang {
                Lang::Zh => format!("同一记录的行号在第 {first_line} 行已出现"),
                Lang::En => format!("stood on line {first_line} for the same record"),
            },
            FaultReason::AccountTwice { first_line } => match lang {
                Lang::Zh => format!("此账户在第 {first_line} 行已出现"),
                Lang::En => format!("this account stood on line {first_line} already"),
            },
            FaultReason::OtherBank { bank } => match lang {
                Lang::Zh => format!("不是这份名单的银行“{bank}”"),
                Lang::En => format!("is not `{bank}`, whose list this is"),
            },
            FaultReason::Contradiction => {
                plain("与同一行的交易状态码不一致", "contradicts the infcode of its row")
            }
            FaultReason::Ragged { headings, cells } => match lang {
                Lang::Zh => format!("表头有 {headings} 栏，这一行有 {cells} 栏"),
                Lang::En => format!("the headings are {headings}, this row has {cells} cells"),
            },
            FaultReason::OpenQuote => {
                plain("引号没有配对，后面的内容无法读取", "a quote never ends; the rest cannot be read")
            }
            FaultReason::AfterQuote => plain("引号之后还有文字", "has text after its closing quote"),
            FaultReason::TooLong => plain("单元格或整行过长", "the cell or its row is too long"),
            FaultReason::Formula => plain("是表格公式的错误值", "is the error of a formula"),
            FaultReason::Control(ch) => match lang {
                Lang::Zh => format!("含控制字符 U+{:04X}", u32::from(*ch)),
                Lang::En => format!("holds the control character U+{:04X}", u32::from(*ch)),
            },
            FaultReason::NotText => plain(
                "读取时文件被改动，已不是文本",
                "the file changed while it was read and is no longer text",
            ),
            FaultReason::StatedTotal { rows } => match lang {
                Lang::Zh => format!("是文件自己的合计，各行相加为 {rows}"),
                Lang::En => format!("is what the file states, its rows sum to {rows}"),
            },
            FaultReason::StatedCount { stated, rows } => match lang {
                Lang::Zh => format!("文件自称 {stated} 笔，实有 {rows} 笔"),
                Lang::En => format!("states {stated} rows, there are {rows}"),
            },
            FaultReason::InLedger { number } => match lang {
                Lang::Zh => format!("账本中已是 {number}，内容不同"),
                Lang::En => format!("stands in the ledger as {number} with other content"),
            },
            FaultReason::Json(error) => match lang {
                Lang::Zh => format!("不是可读的 JSON（{error}）"),
                Lang::En => format!("is not JSON that can be read ({error})"),
            },
            FaultReason::NoAnswer => plain("不是调用的应答", "is not the answer to a call"),
            FaultReason::Unreadable(error) => match lang {
                Lang::Zh => format!("读取中断：{error}"),
                Lang::En => format!("reading broke off: {error}"),
            },
        }
    }

    fn hint(&self, lang: Lang) -> String {
        let plain = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
        match self {
            FaultReason::Missing | FaultReason::NoKey => plain(
                "补上这一栏；如表头名称不同，用 --map 对应",
                "fill it in; where the heading has another name, give it with --map",
            ),
            FaultReason::Amount(error) => error.hint(lang),
            FaultReason::Negative => plain(
                "退费请作为更正登记，不要导入负数",
                "enter a refund as an amendment, not as a negative record",
            ),
            FaultReason::PaidOverTotal { .. } => plain(
                "核对金额；预交金请把支付方式写为 deposit",
                "check the amounts; for a deposit set pay_method to deposit",
            ),
            FaultReason::Quantity(error) => error.hint(lang),
            FaultReason::Count => {
                plain("写 1、2、3……或整栏留空", "write 1, 2, 3…, or leave the column empty")
            }
            FaultReason::Product { .. } => {
                plain("核对数量、单价与金额", "check quantity, unit price and amount")
            }
            FaultReason::Time => plain(
                "写成 2021-10-29 或 2021-10-29 10:20:00（北京时间）",
                "write 2021-10-29 or 2021-10-29 10:20:00, Beijing time",
            ),
            FaultReason::Future { .. } => plain(
                "核对日期和本机时钟，或用 --as-of 指定当前时间",
                "check the date and this machine's clock, or give --as-of",
            ),
            FaultReason::Backwards { .. } => plain("核对入院和出院时间", "check both times"),
            FaultReason::Word(word) => match lang {
                Lang::Zh => format!("{}；其他写法可在 --map 的 [values.…] 中对应", word.hint(lang)),
                Lang::En => format!("{}; other words can be given in [values.…] of --map", word.hint(lang)),
            },
            FaultReason::Fact(FactKind::Flag) => {
                plain("写 是 或 否，不知道就留空", "write yes or no; leave it empty if unknown")
            }
            FaultReason::Fact(FactKind::Number) => plain("写整数", "write a whole number"),
            FaultReason::Fact(_) => plain("核对这一栏的写法", "check how this fact is written"),
            FaultReason::Identity(error) => error.hint(lang),
            FaultReason::Scientific | FaultReason::BecameDate => IdentityError::Scientific.hint(lang),
            FaultReason::Area => plain(
                "写六位数字，如 370100，不要写地名",
                "write six digits such as 370100, not the name of the place",
            ),
            FaultReason::Insurance => {
                plain("写代码，如 310 职工、390 居民", "write the code, such as 310 employee or 390 resident")
            }
            FaultReason::IdType => plain(
                "写代码，如 01 居民身份证、99 其他",
                "write the code, such as 01 identity card or 99 other",
            ),
            FaultReason::Facility => plain(
                "核对编码；要一并登记新机构，在 --map 中写 new_facilities = true",
                "check the code; to take new facilities, write new_facilities = true in --map",
            ),
            FaultReason::StatedTotal { .. } | FaultReason::StatedCount { .. } => plain(
                "文件可能缺行或被改动：请重新下载，核对后再对账",
                "rows may be missing or changed: download it again before anything is matched",
            ),
            FaultReason::InLedger { .. } => plain(
                "核对原始单据；要改账本中的内容用 guazhang amend",
                "check the slip; to change what the ledger has use guazhang amend",
            ),
            FaultReason::OtherBank { .. } => plain(
                "把各银行的名单分开导入，或更正 --bank",
                "import each bank's list by itself, or correct --bank",
            ),
            FaultReason::OtherContent { .. }
            | FaultReason::LineTwice { .. }
            | FaultReason::AccountTwice { .. } => {
                plain("核对两行，删去错误的一行", "compare both lines and remove the wrong one")
            }
            FaultReason::Sum { .. } => {
                plain("核对是否漏了或重复了明细行", "see whether a line is missing or stands twice")
            }
            FaultReason::NoLines => plain(
                "重新导出明细；两个文件以单据号相连",
                "export the lines again; the two files are joined by record_no",
            ),
            FaultReason::Orphan => {
                plain("核对单据号，或重新导出两个文件", "check the number, or export both files again")
            }
            FaultReason::Contradiction => {
                plain("向平台核实后改正其中一栏", "ask the platform and correct one of the two")
            }
            FaultReason::Ragged { .. } => plain(
                "文字中的分隔符要用引号括起；请从原系统重新导出",
                "quote text that holds the delimiter, or export again from the source",
            ),
            FaultReason::OpenQuote | FaultReason::AfterQuote => plain(
                "文字中的引号要写两遍并整格加引号；请从原系统重新导出",
                "double a quote inside a quoted cell, or export again from the source",
            ),
            FaultReason::TooLong => plain(
                "每格最多 64 KiB；多半是引号没有配对",
                "a cell takes 64 KiB at most; perhaps a quote is not closed",
            ),
            FaultReason::Formula => plain(
                "在表格中改正公式，或写上实际内容",
                "mend the formula in the spreadsheet, or write the value",
            ),
            FaultReason::Control(_) => plain("删去该字符后再导入", "remove the character and import again"),
            FaultReason::Json(_) => plain(
                "由联网侧重新给出；没有收到应答的调用留空文件",
                "ask the online side for it again; for a call without an answer leave the file empty",
            ),
            FaultReason::NoAnswer => plain(
                "应答须有 infcode（或 status），并以 msgid 或调用的文件名指明是哪次调用",
                "an answer has infcode (or status), and names its call by msgid or by the call's file name",
            ),
            FaultReason::NotText | FaultReason::Unreadable(_) => {
                plain("把文件复制到本机后重试", "copy the file to this machine and try again")
            }
        }
    }

    /// Said of the cell itself (“`x` is not known”), so no colon stands between.
    fn is_predicate(&self) -> bool {
        !matches!(
            self,
            FaultReason::Identity(_)
                | FaultReason::Scientific
                | FaultReason::BecameDate
                | FaultReason::Sum { .. }
                | FaultReason::NoLines
                | FaultReason::OpenQuote
                | FaultReason::TooLong
                | FaultReason::Product { product: None }
        )
    }
}

impl Explain for Fault {
    fn what(&self, lang: Lang) -> String {
        let Self { line, column, text, reason, record_no, .. } = self;
        let path = self.path.display();
        let column = match lang {
            _ if column.is_empty() => String::new(),
            Lang::Zh => format!(" {column}"),
            Lang::En => format!(", {column}"),
        };
        // The record is named where the cell itself does not name it.
        let record = match lang {
            _ if record_no.is_empty() || record_no == text => String::new(),
            Lang::Zh => format!("（单据 {record_no}）"),
            Lang::En => format!(" (record {record_no})"),
        };
        let between = if reason.is_predicate() { lang.pick("", " ") } else { lang.pick("，", ": ") };
        let text = match lang {
            _ if text.is_empty() => String::new(),
            Lang::Zh => format!("“{text}”{between}"),
            Lang::En => format!("`{text}`{between}"),
        };
        let said = reason.what(lang);
        // What was typed has no file and no line.
        if self.path.as_os_str().is_empty() {
            let place = column.trim_start_matches([',', ' ']);
            return format!("{place}{}{text}{said}", lang.pick("：", ": "));
        }
        match lang {
            Lang::Zh => format!("{path} 第 {line} 行{column}{record}：{text}{said}"),
            Lang::En => format!("{path} line {line}{column}{record}: {text}{said}"),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        // What was typed has no headings and no map.
        match &self.reason {
            FaultReason::Missing if self.path.as_os_str().is_empty() => {
                let flag = self.column.replace('_', "-");
                match lang {
                    Lang::Zh => format!("用 --{flag} 给出"),
                    Lang::En => format!("give it with --{flag}"),
                }
            }
            FaultReason::Facility if self.path.as_os_str().is_empty() => lang
                .pick(
                    "核对编码；新机构先用 guazhang facility add 登记",
                    "check the code; a new facility is told with guazhang facility add",
                )
                .to_owned(),
            FaultReason::Word(word) if self.path.as_os_str().is_empty() => word.hint(lang),
            reason => reason.hint(lang),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(column: &str, text: &str, reason: FaultReason) -> Fault {
        Fault {
            path: Path::new("a.csv").into(),
            line: 2,
            column: column.to_owned(),
            text: text.to_owned(),
            reason,
            record_no: "R1".to_owned(),
            record_line: 2,
        }
    }

    #[test]
    fn a_fault_says_where_and_what() {
        let amount = fault("金额", "12.345", FaultReason::Amount(MoneyError::FractionOfFen));
        assert_eq!(amount.what(Lang::En), "a.csv line 2, 金额 (record R1): `12.345` has a fraction of a fen");
        assert_eq!(amount.what(Lang::Zh), "a.csv 第 2 行 金额（单据 R1）：“12.345”金额有不足一分的尾数");
        let sum = FaultReason::Sum { total: Money::from_fen(1000), lines: Money::from_fen(850) };
        let sum = fault("total", "10.00", sum);
        assert_eq!(
            sum.what(Lang::En),
            "a.csv line 2, total (record R1): `10.00`: its lines add up to 8.50, its total is 10.00, -1.50 apart"
        );
        let row = fault("", "", FaultReason::Ragged { headings: 3, cells: 2 });
        assert_eq!(row.what(Lang::Zh), "a.csv 第 2 行（单据 R1）：表头有 3 栏，这一行有 2 栏");
        assert!(!row.hint(Lang::Zh).is_empty() && row.hint(Lang::En).is_ascii());
    }
}
