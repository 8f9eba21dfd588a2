//! What a command is given besides its own arguments: the time, the language,
//! who works, where the ledger lies, and where to print.
//!
//! This is the one place that reads the clock, the environment and the terminal.
//! It opens no ledger; that is for the commands that need one.

use crate::cli::args::Global;
use crate::cli::failure::{Failure, Says};
use crate::domain::{Actor, Decision, Time};
use crate::notice::Calendar;
use crate::report::{Card, Format, Sheet, print_decision, print_object};
use crate::text::{Explain, Lang};
use serde::Serialize;
use std::env;
use std::fs;
use std::io::{self, BufRead, BufWriter, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

/// The surroundings of one run.
pub struct Ctx {
    /// Now, in Beijing time.
    pub now: Time,
    /// The language of everything that is printed for people.
    pub lang: Lang,
    /// How results are printed.
    pub format: Format,
    /// Who works.
    pub operator: String,
    /// Where the ledger is, or would be created.
    pub ledger: PathBuf,
    /// Results.
    pub out: Box<dyn Write>,
    /// Everything else: questions, remarks, errors.
    pub err: Box<dyn Write>,
    /// Holidays of years that are not built in.
    pub holidays: Option<PathBuf>,
    /// Someone sits at a terminal and may be asked.
    pub asks: bool,
    /// Every question is answered with yes.
    pub yes: bool,
    /// Width of the terminal, 100 where there is none.
    pub columns: usize,
}

impl Ctx {
    /// The surroundings of this process.
    ///
    /// # Errors
    /// Wrong usage where `$GUAZHANG_AS_OF` is not a time.
    pub fn new(global: &Global, lang: Lang) -> Result<Ctx, Failure> {
        let terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
        Ok(Ctx {
            now: now(global)?,
            lang,
            format: global.format.unwrap_or(Format::Table),
            operator: operator(global),
            ledger: ledger(global),
            holidays: global.holidays.clone(),
            out: Box::new(BufWriter::new(io::stdout())),
            err: Box::new(io::stderr()),
            asks: terminal && !global.no_input,
            yes: global.yes,
            columns: columns(),
        })
    }

    /// Who makes a change, and when.
    pub fn actor(&self) -> Actor {
        Actor { operator: self.operator.clone(), at: self.now }
    }

    /// Prints a list as `--format` asks.
    pub fn print(&mut self, sheet: &Sheet) -> Result<(), Failure> {
        Ok(sheet.print(&mut self.out, self.format, self.lang, self.columns)?)
    }

    /// Prints what is said about one thing as `--format` asks.
    pub fn print_card(&mut self, card: &Card) -> Result<(), Failure> {
        Ok(card.print(&mut self.out, self.format, self.lang, self.columns)?)
    }

    /// Prints a decision as `--format` asks.
    pub fn print_decision(&mut self, decision: &Decision) -> Result<(), Failure> {
        Ok(print_decision(decision, &mut self.out, self.format, self.lang, self.columns)?)
    }

    /// Prints one object, `"schema": 1` first, whatever `--format` says.
    pub fn print_json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        Ok(print_object(&mut self.out, value)?)
    }

    /// A remark on stderr, in the language of the run.
    pub fn remark(&mut self, zh: &str, en: &str) -> Result<(), Failure> {
        Ok(writeln!(self.err, "{}", self.lang.pick(zh, en))?)
    }

    /// Asks a question on the terminal; `None` where nobody may be asked.
    ///
    /// # Errors
    /// Interrupted where the input ends instead of an answer.
    pub fn ask(&mut self, zh: &str, en: &str) -> Result<Option<String>, Failure> {
        if !self.asks {
            return Ok(None);
        }
        self.out.flush()?;
        write!(self.err, "{}", self.lang.pick(zh, en))?;
        self.err.flush()?;
        let mut answer = String::new();
        match io::stdin().lock().read_line(&mut answer)? {
            0 => Err(Failure::interrupted()),
            _ => Ok(Some(answer.trim().to_owned())),
        }
    }

    /// Whether to go on: yes with `--yes`, else as answered, else no.
    pub fn confirm(&mut self, zh: &str, en: &str) -> Result<bool, Failure> {
        if self.yes {
            return Ok(true);
        }
        let answer = self.ask(&format!("{zh}（y/N）"), &format!("{en} (y/N) "))?;
        Ok(answer.is_some_and(|text| matches!(text.to_lowercase().as_str(), "y" | "yes" | "是")))
    }

    /// The working days that are built in, and those of `--holidays`.
    ///
    /// # Errors
    /// Input refused where the file cannot be read as holidays.
    pub fn calendar(&self) -> Result<Calendar, Failure> {
        let mut calendar = Calendar::built_in();
        if let Some(path) = &self.holidays {
            let text = self.read_text(path)?;
            calendar.read(&text).map_err(|error| Failure::refused(In { path: path.clone(), error }))?;
        }
        Ok(calendar)
    }

    /// The content of a file, or of stdin where it is called `-`.
    ///
    /// # Errors
    /// Input refused where it cannot be read.
    pub fn read(&self, path: &Path) -> Result<Vec<u8>, Failure> {
        let content = if path.as_os_str() == "-" {
            let mut content = Vec::new();
            io::stdin().lock().read_to_end(&mut content).map(|_| content)
        } else {
            fs::read(path)
        };
        content.map_err(|error| Failure::refused(Unreadable { path: path.to_owned(), error }))
    }

    /// The same as UTF-8 text, without a byte order mark.
    ///
    /// # Errors
    /// Input refused where it cannot be read or is not UTF-8.
    pub fn read_text(&self, path: &Path) -> Result<String, Failure> {
        let text = String::from_utf8(self.read(path)?).map_err(|error| {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = good.split(|byte| *byte == b'\n').count();
            let shown = shown(path);
            Failure::refused(
                Says::new(
                    format!("{shown}：第 {line} 行：不是 UTF-8 文本"),
                    format!("{shown}: line {line}: not UTF-8 text"),
                )
                .hint("请另存为 UTF-8 编码", "save it in UTF-8"),
            )
        })?;
        Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
    }
}

/// A file as errors name it; `-` is stdin.
pub fn shown(path: &Path) -> String {
    if path.as_os_str() == "-" { "stdin".to_owned() } else { path.display().to_string() }
}

/// An error together with the file it was found in.
pub(super) struct In<E> {
    /// The file.
    pub(super) path: PathBuf,
    /// What is wrong in it.
    pub(super) error: E,
}

impl<E: Explain> Explain for In<E> {
    fn what(&self, lang: Lang) -> String {
        format!("{}{}{}", shown(&self.path), lang.pick("：", ": "), self.error.what(lang))
    }

    fn hint(&self, lang: Lang) -> String {
        self.error.hint(lang)
    }
}

/// A file that could not be read.
struct Unreadable {
    path: PathBuf,
    error: io::Error,
}

impl Explain for Unreadable {
    fn what(&self, lang: Lang) -> String {
        let (path, error) = (shown(&self.path), &self.error);
        match lang {
            Lang::Zh => format!("{path}：无法读取（{}）", of_io(error, lang)),
            Lang::En => format!("{path}: cannot be read ({})", of_io(error, lang)),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        lang.pick("请检查文件名和读取权限", "check the name and whether you may read it").to_owned()
    }
}

/// The usual reasons in words that do not change with the operating system.
pub(super) fn of_io(error: &io::Error, lang: Lang) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => lang.pick("没有这个文件", "no such file").to_owned(),
        io::ErrorKind::PermissionDenied => lang.pick("没有权限", "permission denied").to_owned(),
        io::ErrorKind::IsADirectory => lang.pick("是文件夹", "it is a folder").to_owned(),
        _ => error.to_string(),
    }
}

/// A variable of the environment; an empty one says nothing.
pub(super) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|text| !text.is_empty())
}

fn now(global: &Global) -> Result<Time, Failure> {
    if let Some(time) = global.as_of {
        return Ok(time);
    }
    match variable("GUAZHANG_AS_OF") {
        None => Ok(clock()),
        Some(text) => {
            text.parse().map_err(|error| Failure::usage(Variable { name: "GUAZHANG_AS_OF", error }))
        }
    }
}

/// The only clock in the program.
#[expect(clippy::disallowed_methods, reason = "a front reads the clock once and passes it on")]
fn clock() -> Time {
    let beijing = chrono::FixedOffset::east_opt(8 * 3600).expect("+08:00 is an offset");
    Time::from_naive(chrono::Utc::now().with_timezone(&beijing).naive_local())
}

/// A variable of the environment that holds no time.
struct Variable {
    name: &'static str,
    error: crate::domain::TimeError,
}

impl Explain for Variable {
    fn what(&self, lang: Lang) -> String {
        format!("${}{}{}", self.name, lang.pick("：", ": "), self.error.what(lang))
    }

    fn hint(&self, lang: Lang) -> String {
        self.error.hint(lang)
    }
}

fn operator(global: &Global) -> String {
    let named = global.operator.clone().filter(|name| !name.trim().is_empty());
    named
        .or_else(|| ["GUAZHANG_OPERATOR", "USER", "USERNAME"].into_iter().find_map(variable))
        .unwrap_or_else(|| "cashier".to_owned())
}

fn ledger(global: &Global) -> PathBuf {
    const NAME: &str = "guazhang.db";
    let named = global.ledger.clone().or_else(|| variable("GUAZHANG_LEDGER").map(PathBuf::from));
    let here = || Some(PathBuf::from(NAME)).filter(|path| path.is_file());
    let home = || dirs::data_dir().map(|folder| folder.join("guazhang").join(NAME));
    named.or_else(here).or_else(home).unwrap_or_else(|| PathBuf::from(NAME))
}

/// A pipe has no width: a hundred columns, so that pages look the same everywhere.
fn columns() -> usize {
    terminal_size::terminal_size_of(io::stdout()).map_or(100, |(width, _)| usize::from(width.0))
}
