//! Why a whole sheet is refused, before or instead of its rows.

use crate::intake::encoding::BadByte;
use crate::intake::{Column, Fault};
use crate::text::{Explain, Label, Lang, of_io};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a sheet or a map was refused. Facts only; [`Explain`] gives the words.
#[derive(Debug)]
pub enum SheetError {
    /// The file could not be opened, read or written.
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// Text in none of the character sets that were tried.
    Encoding {
        /// The file.
        path: PathBuf,
        /// For each of them, the first byte that does not fit.
        bad: Vec<BadByte>,
    },
    /// A workbook that gives no sheet.
    Workbook {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: WorkbookFault,
    },
    /// No row of headings.
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// Headings nobody knows, or columns that must be there and are not.
    Headings {
        /// The file.
        path: PathBuf,
        /// Line of the headings.
        line: u64,
        /// Headings that name no column.
        unknown: Vec<String>,
        /// For each column that is missing, the choice that would do.
        missing: Vec<Vec<&'static Column>>,
    },
    /// Two headings for one column.
    HeadingTwice {
        /// The file.
        path: PathBuf,
        /// Line of the headings.
        line: u64,
        /// Both headings.
        headings: [String; 2],
    },
    /// A map that is not such a TOML file.
    Map {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// What the reader said.
        text: String,
    },
    /// A map that names a column no sheet has.
    MapColumn {
        /// The file.
        path: PathBuf,
        /// The name.
        column: String,
    },
    /// Faults in its rows.
    Refused(Vec<Fault>),
}

/// Why a workbook gives no sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkbookFault {
    /// It cannot be read: damaged, locked with a password, or not a workbook at all.
    Damaged {
        /// What its reader said.
        text: String,
    },
    /// It is larger than anything a desk exports.
    TooLarge {
        /// The most cells that are taken.
        cells: usize,
    },
    /// It has no worksheet of that name.
    NoSheet {
        /// The name as given.
        name: String,
        /// The names it has; none where the file is text.
        known: Vec<String>,
    },
}

impl SheetError {
    pub(super) fn io(path: &Path, error: &io::Error) -> SheetError {
        // The error is kept by kind and text: an `io::Error` cannot be copied out of a borrow.
        SheetError::Io { path: path.to_owned(), error: io::Error::new(error.kind(), error.to_string()) }
    }

    /// The faults of rows; empty where the sheet was refused as a whole.
    pub fn faults(&self) -> &[Fault] {
        match self {
            SheetError::Refused(faults) => faults,
            _ => &[],
        }
    }
}

impl fmt::Display for SheetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what(Lang::En))
    }
}

impl std::error::Error for SheetError {}

impl Explain for SheetError {
    fn what(&self, lang: Lang) -> String {
        match self {
            SheetError::Io { path, error } => match lang {
                Lang::Zh => format!("{}：无法读写（{}）", path.display(), of_io(error, lang)),
                Lang::En => format!("{}: cannot be read or written ({})", path.display(), of_io(error, lang)),
            },
            SheetError::Encoding { path, bad } => {
                let one = |bad: &BadByte| {
                    let (line, byte, name) = (bad.line, bad.byte, bad.encoding.label(lang));
                    match lang {
                        Lang::Zh => format!("第 {line} 行（第 {byte} 字节）不是 {name} 编码"),
                        Lang::En => format!("line {line} (byte {byte}) is not {name}"),
                    }
                };
                let said = bad.iter().map(one).collect::<Vec<_>>().join(lang.pick("，", ", "));
                format!("{} {said}", path.display())
            }
            SheetError::Workbook { path, fault } => {
                format!("{}{}{}", path.display(), lang.pick("：", ": "), fault.what(lang))
            }
            SheetError::Empty { path } => match lang {
                Lang::Zh => format!("{}：没有表头", path.display()),
                Lang::En => format!("{}: has no headings", path.display()),
            },
            SheetError::Headings { path, line, unknown, missing } => {
                let place = match lang {
                    Lang::Zh => format!("{} 第 {line} 行：", path.display()),
                    Lang::En => format!("{} line {line}: ", path.display()),
                };
                place + &headings(lang, unknown, missing)
            }
            SheetError::HeadingTwice { path, line, headings: [first, second] } => match lang {
                Lang::Zh => format!("{} 第 {line} 行：“{first}”和“{second}”是同一栏", path.display()),
                Lang::En => {
                    format!("{} line {line}: `{first}` and `{second}` are one column", path.display())
                }
            },
            SheetError::Map { path, line, text } => match lang {
                Lang::Zh => format!("{} 第 {line} 行：不是可用的列对应表（{text}）", path.display()),
                Lang::En => format!("{} line {line}: is not a column map ({text})", path.display()),
            },
            SheetError::MapColumn { path, column } => match lang {
                Lang::Zh => format!("{}：没有名为“{column}”的栏", path.display()),
                Lang::En => format!("{}: there is no column `{column}`", path.display()),
            },
            SheetError::Refused(faults) => match (lang, faults.first()) {
                (_, None) => lang.pick("文件有误", "the file has faults").to_owned(),
                (_, Some(only)) if faults.len() == 1 => only.what(lang),
                (Lang::Zh, Some(first)) => format!("{}（共 {} 处）", first.what(lang), faults.len()),
                (Lang::En, Some(first)) => format!("{} ({} faults in all)", first.what(lang), faults.len()),
            },
        }
    }

    fn hint(&self, lang: Lang) -> String {
        match self {
            SheetError::Io { .. } => {
                lang.pick("核对路径和权限", "check the path and its permissions").to_owned()
            }
            SheetError::Encoding { .. } => lang
                .pick(
                    "文件可能不完整或混用了编码：从原系统重新导出；确知编码时用 --encoding 指定",
                    "the file may be cut off or mix character sets: export it again, or give the one you know with --encoding",
                )
                .to_owned(),
            SheetError::Workbook { fault, .. } => fault.hint(lang),
            SheetError::Empty { .. } => lang
                .pick(
                    "第一行写表头；--template 可得到空表",
                    "begin with headings; --template gives an empty sheet",
                )
                .to_owned(),
            SheetError::Headings { unknown, missing, .. } => heading_hint(lang, unknown, missing),
            SheetError::HeadingTwice { headings: [_, second], .. } => match lang {
                Lang::Zh => format!("在 --map 的 [columns] 中写 \"{second}\" = \"-\" 略过其中一栏"),
                Lang::En => format!("pass one over with \"{second}\" = \"-\" under [columns] of --map"),
            },
            SheetError::Map { .. } => lang
                .pick(
                    "可用的键：new_facilities、[columns]、[values.栏名]、[constants]",
                    "known keys: new_facilities, [columns], [values.COLUMN], [constants]",
                )
                .to_owned(),
            SheetError::MapColumn { .. } => lang
                .pick(
                    "右边写本程序的栏名，如 insured_area",
                    "write our column on the right, such as insured_area",
                )
                .to_owned(),
            SheetError::Refused(faults) => faults.first().map(|fault| fault.hint(lang)).unwrap_or_default(),
        }
    }
}

impl Explain for WorkbookFault {
    fn what(&self, lang: Lang) -> String {
        match (self, lang) {
            (WorkbookFault::Damaged { text }, Lang::Zh) => format!("工作簿无法读取（{text}）"),
            (WorkbookFault::Damaged { text }, Lang::En) => format!("the workbook cannot be read ({text})"),
            (WorkbookFault::TooLarge { cells }, Lang::Zh) => {
                format!("工作簿过大（最多 {cells} 个单元格，展开后最多 512 MiB）")
            }
            (WorkbookFault::TooLarge { cells }, Lang::En) => {
                format!("the workbook is too large ({cells} cells and 512 MiB expanded at most)")
            }
            (WorkbookFault::NoSheet { name, known }, Lang::Zh) if known.is_empty() => {
                format!("没有工作表“{name}”，这是文本文件")
            }
            (WorkbookFault::NoSheet { name, known }, Lang::En) if known.is_empty() => {
                format!("has no worksheet `{name}`, it is a text file")
            }
            (WorkbookFault::NoSheet { name, .. }, Lang::Zh) => format!("没有工作表“{name}”"),
            (WorkbookFault::NoSheet { name, .. }, Lang::En) => format!("has no worksheet `{name}`"),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        match self {
            WorkbookFault::Damaged { .. } => lang
                .pick(
                    "在表格软件中打开，去掉密码，另存为 xlsx 或“CSV UTF-8”",
                    "open it in the spreadsheet, take its password off, save it as xlsx or “CSV UTF-8”",
                )
                .to_owned(),
            WorkbookFault::TooLarge { .. } => {
                lang.pick("分成几份导入，或另存为 CSV", "import it in parts, or save it as CSV").to_owned()
            }
            WorkbookFault::NoSheet { known, .. } if known.is_empty() => {
                lang.pick("不要给 --sheet", "leave --sheet out").to_owned()
            }
            WorkbookFault::NoSheet { known, .. } => match lang {
                Lang::Zh => format!("它的工作表：{}", known.join("、")),
                Lang::En => format!("its worksheets: {}", known.join(", ")),
            },
        }
    }
}

fn headings(lang: Lang, unknown: &[String], missing: &[Vec<&'static Column>]) -> String {
    let mut said = Vec::new();
    if !unknown.is_empty() {
        let names = unknown.join(lang.pick("”“", "`, `"));
        said.push(match lang {
            Lang::Zh => format!("不认识的表头“{names}”"),
            Lang::En => format!("unknown headings `{names}`"),
        });
    }
    if !missing.is_empty() {
        let name = |column: &&Column| match lang {
            Lang::Zh => format!("{}（{}）", column.zh[0], column.id),
            Lang::En => column.id.to_owned(),
        };
        let choice = |columns: &Vec<&'static Column>| {
            columns.iter().map(name).collect::<Vec<_>>().join(lang.pick("或", " or "))
        };
        let names = missing.iter().map(choice).collect::<Vec<_>>().join(lang.pick("、", ", "));
        said.push(match lang {
            Lang::Zh => format!("缺少 {names}"),
            Lang::En => format!("missing {names}"),
        });
    }
    said.join(lang.pick("；", "; "))
}

fn heading_hint(lang: Lang, unknown: &[String], missing: &[Vec<&'static Column>]) -> String {
    let first = missing.first().and_then(|choice| choice.first()).map_or("-", |column| column.id);
    // One unknown and one missing are likely the same; of several nobody can tell which is which.
    let (theirs, ours) = match (unknown, missing) {
        ([only], [_] | []) => (only.as_str(), first),
        ([some, ..], []) => (some.as_str(), first),
        _ => (lang.pick("原表头", "THEIR HEADING"), first),
    };
    match lang {
        Lang::Zh => {
            format!("用 --map 对应表头：[columns] 中写 \"{theirs}\" = \"{ours}\"（写 \"-\" 表示略过）")
        }
        Lang::En => {
            format!("name them with --map: \"{theirs}\" = \"{ours}\" under [columns] (\"-\" passes one over)")
        }
    }
}
