//! What a command is given besides its own arguments: the time, the language,
//! who works, where the ledger lies, and where to print.
//!
//! This is the one place that reads the clock, the environment and the terminal.
//! It opens no ledger; that is for the commands that need one.

use crate::cli::args::{AmbiguousWidth, Global, Shape};
use crate::cli::failure::{Failure, Says};
use crate::domain::{Actor, Decision, Time};
use crate::notice::Calendar;
use crate::report::{Card, Format, Sheet, print_decision, print_object};
use crate::store::Session;
use crate::text::{Explain, Lang, of_io};
use crate::work::counter::Screen;
use serde::Serialize;
use std::cell::RefCell;
use std::env;
use std::fs::File;
use std::io::{self, BufRead, BufWriter, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use zeroize::Zeroizing;

/// The surroundings of one run.
pub struct Ctx {
    /// Now, in Beijing time.
    pub now: Time,
    /// The language of everything that is printed for people.
    pub lang: Lang,
    /// How results are printed.
    pub format: Format,
    /// What `--format` said, where it said anything.
    pub shape: Option<Shape>,
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
    /// Where the operator's passphrase stands, if in a file.
    pub passphrase_file: Option<PathBuf>,
    /// Who was let in during this run.
    pub sessions: Sessions,
    /// Stands in for every passphrase that would be typed: the demo's.
    pub stand_in: Option<Secret>,
    /// A time was given that stands for now; it does not pass.
    pub frozen: bool,
    /// The front that fills the screen, where there is one.
    pub screen: Option<Screen>,
}

/// A text that leaves memory when it is done with.
pub type Secret = Zeroizing<String>;

/// Who was let in during this run, so that nobody types a passphrase twice.
#[derive(Clone, Default)]
pub struct Sessions(Rc<RefCell<Vec<Session>>>);

impl Sessions {
    /// The session of an operator.
    pub fn of(&self, operator: &str) -> Option<Session> {
        self.0.borrow().iter().find(|session| session.operator() == operator.trim()).cloned()
    }

    /// Remembers a session.
    pub fn keep(&self, session: Session) {
        self.0.borrow_mut().push(session);
    }
}

impl Ctx {
    /// The surroundings of this process.
    ///
    /// # Errors
    /// Wrong usage where `$GUAZHANG_AS_OF` is not a time.
    pub fn new(global: &Global, lang: Lang) -> Result<Ctx, Failure> {
        let wide = match global.ambiguous_width {
            Some(width) => width == AmbiguousWidth::Two,
            None => variable("GUAZHANG_AMBIGUOUS_WIDTH").is_some_and(|width| width.trim() == "2"),
        };
        crate::text::ambiguous_is_wide(wide);
        let terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
        Ok(Ctx {
            now: now(global)?,
            lang,
            format: global.format.and_then(Shape::format).unwrap_or(Format::Table),
            shape: global.format,
            operator: operator(global),
            ledger: ledger(global),
            holidays: global.holidays.clone(),
            out: Box::new(BufWriter::new(io::stdout())),
            err: Box::new(io::stderr()),
            asks: terminal && !global.no_input,
            yes: global.yes,
            columns: columns(),
            passphrase_file: global.passphrase_file.clone(),
            sessions: Sessions::default(),
            stand_in: None,
            frozen: global.as_of.is_some() || variable("GUAZHANG_AS_OF").is_some(),
            screen: None,
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

    /// The operator's passphrase: from `--passphrase-file`, `$GUAZHANG_PASSPHRASE`, or typed without being shown.
    /// `None` where nobody may be asked.
    ///
    /// # Errors
    /// Input refused where the file cannot be read, interrupted where the input ends.
    pub fn passphrase(&mut self) -> Result<Option<Secret>, Failure> {
        if let Some(stand_in) = &self.stand_in {
            return Ok(Some(stand_in.clone()));
        }
        if let Some(given) = self.given_passphrase()? {
            return Ok(Some(given));
        }
        let operator = self.operator.clone();
        self.ask_secret(&format!("“{operator}”的口令："), &format!("passphrase of {operator}: "))
    }

    /// Whether the passphrase comes from the keyboard, so that a mistyped one can be typed again.
    pub fn types_passphrase(&self) -> bool {
        self.asks && self.passphrase_file.is_none() && variable(PASSPHRASE).is_none()
    }

    /// Whether no passphrase was given and nobody can be asked for one.
    pub fn knows_no_passphrase(&self) -> bool {
        !self.asks && self.passphrase_file.is_none() && variable(PASSPHRASE).is_none()
    }

    /// A passphrase for somebody: from the file or variable named for it, or typed twice.
    ///
    /// # Errors
    /// Wrong usage where there is none, or the two differ.
    pub fn new_passphrase(
        &mut self,
        whose: &str,
        file: Option<&Path>,
        name: &str,
        flag: &str,
    ) -> Result<Secret, Failure> {
        if let Some(stand_in) = &self.stand_in {
            return Ok(stand_in.clone());
        }
        if let Some(path) = file {
            return self.first_line(path);
        }
        if let Some(given) = variable(name) {
            return Ok(Zeroizing::new(given));
        }
        let typed =
            self.ask_secret(&format!("为“{whose}”设置口令："), &format!("a passphrase for {whose}: "))?;
        let Some(typed) = typed else {
            let says = Says::new(format!("“{whose}”需要口令"), format!("{whose} needs a passphrase"));
            return Err(Failure::usage(
                says.hint(format!("设置 ${name}，或用 {flag}"), format!("set ${name}, or use {flag}")),
            ));
        };
        let again = self.ask_secret("再输入一次：", "once more: ")?;
        if again.as_ref().is_none_or(|again| **again != *typed) {
            let says = Says::new("两次输入的口令不同", "the two passphrases differ");
            return Err(Failure::usage(says.hint("请重新运行并再次输入", "run it again and type it twice")));
        }
        Ok(typed)
    }

    /// Asks for something that is not shown while it is typed; `None` where nobody may be asked.
    ///
    /// # Errors
    /// Interrupted where the input ends instead of an answer.
    pub fn ask_secret(&mut self, zh: &str, en: &str) -> Result<Option<Secret>, Failure> {
        if !self.asks {
            return Ok(None);
        }
        self.out.flush()?;
        // Asked here: the crate would write Chinese as bytes, which the window of a Chinese Windows shows as others.
        write!(self.err, "{}", self.lang.pick(zh, en))?;
        self.err.flush()?;
        let typed = rpassword::read_password().map_err(|_| Failure::interrupted())?;
        Ok(Some(Zeroizing::new(typed)))
    }

    fn given_passphrase(&self) -> Result<Option<Secret>, Failure> {
        match &self.passphrase_file {
            Some(path) => self.first_line(path).map(Some),
            None => Ok(variable(PASSPHRASE).map(Zeroizing::new)),
        }
    }

    /// The first line of a file that holds a secret.
    fn first_line(&self, path: &Path) -> Result<Secret, Failure> {
        let text = Zeroizing::new(self.read_text(path)?);
        Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
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

    /// The content of a file of at most [`MOST_BYTES`].
    ///
    /// # Errors
    /// Input refused where it cannot be read, or is larger.
    pub fn read(&self, path: &Path) -> Result<Vec<u8>, Failure> {
        read_at_most(path, MOST_BYTES)
    }

    /// The UTF-8 text of a file, or of stdin where it is called `-`, without a byte order mark.
    ///
    /// # Errors
    /// Input refused where it cannot be read, is not UTF-8, or has more than [`MOST_TEXT`]; [`MOST_LINES`] of stdin.
    pub fn read_text(&self, path: &Path) -> Result<String, Failure> {
        let most = if path.as_os_str() == "-" { MOST_LINES } else { MOST_TEXT };
        let text = String::from_utf8(read_at_most(path, most)?).map_err(|error| {
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

/// Holds the operator's passphrase, for runs without a terminal.
pub const PASSPHRASE: &str = "GUAZHANG_PASSPHRASE";

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

/// The most bytes of a file that is read as a whole before it is looked at, of a text such as a notice or a seal, and of
/// the records that another program hands over. Sheets and backups are read piece by piece and know no such bound.
pub const MOST_BYTES: u64 = 64 << 20;
/// See [`MOST_BYTES`].
pub const MOST_TEXT: u64 = 1 << 20;
/// See [`MOST_BYTES`].
pub const MOST_LINES: u64 = 16 << 20;

fn read_at_most(path: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    let mut content = Vec::new();
    let read = if path.as_os_str() == "-" {
        io::stdin().lock().take(most + 1).read_to_end(&mut content)
    } else {
        File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut content))
    };
    match read {
        Ok(read) if read as u64 > most => Err(Failure::refused(TooLarge { path: path.to_owned(), most })),
        Ok(_) => Ok(content),
        Err(error) => Err(Failure::refused(Unreadable { path: path.to_owned(), error })),
    }
}

/// A file that is larger than any of its kind.
struct TooLarge {
    path: PathBuf,
    most: u64,
}

impl Explain for TooLarge {
    fn what(&self, lang: Lang) -> String {
        let (path, most) = (shown(&self.path), self.most >> 20);
        match lang {
            Lang::Zh => format!("{path}：超过 {most} MiB，未读取"),
            Lang::En => format!("{path}: over {most} MiB, and not read"),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        lang.pick(
            "请检查是否给错了文件；记录很多时分几次交来，或用 guazhang import records 导入表格",
            "check that it is the file you mean; hand many records over in parts, or in a sheet with guazhang import records",
        )
        .to_owned()
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
pub(super) fn clock() -> Time {
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
    // A blank more must not make two people of one: who resolves would sign as another.
    let named = |name: String| Some(name.trim().to_owned()).filter(|name| !name.is_empty());
    let variables = || ["GUAZHANG_OPERATOR", "USER", "USERNAME"].into_iter().filter_map(variable);
    let given = global.operator.clone().and_then(named);
    given.or_else(|| variables().find_map(named)).unwrap_or_else(|| "cashier".to_owned())
}

fn ledger(global: &Global) -> PathBuf {
    const NAME: &str = "guazhang.db";
    let named = global.ledger.clone().or_else(|| variable("GUAZHANG_LEDGER").map(PathBuf::from));
    let here = || Some(PathBuf::from(NAME)).filter(|path| path.is_file());
    let home = || data_folder().map(|folder| folder.join("guazhang").join(NAME));
    named.or_else(here).or_else(home).unwrap_or_else(|| PathBuf::from(NAME))
}

/// Where programs keep a user's data. Windows tells it in a variable; the crate that tells it elsewhere asks Windows by a
/// function that Windows 7 does not have, and the program would not start there.
fn data_folder() -> Option<PathBuf> {
    #[cfg(windows)]
    return variable("APPDATA").map(PathBuf::from);
    #[cfg(not(windows))]
    dirs::data_dir()
}

/// A pipe has no width: a hundred columns, so that pages look the same everywhere.
fn columns() -> usize {
    terminal_size::terminal_size_of(io::stdout()).map_or(100, |(width, _)| usize::from(width.0))
}

/// Rows of the terminal that results go to; `None` where they go elsewhere, or nobody sits there.
pub(super) fn rows() -> Option<usize> {
    let shown = io::stdout().is_terminal() && io::stdin().is_terminal();
    let size = terminal_size::terminal_size_of(io::stdout()).filter(|_| shown);
    size.map(|(_, height)| usize::from(height.0)).filter(|rows| *rows > 1)
}
