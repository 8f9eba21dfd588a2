//! A region's profile as a file (TOML), read strictly: every key is known, every value is of its kind, and all faults are
//! told at once, each with its place.
//!
//! What keys there are, and what they mean, the room knows that reads it: one says it of batches, one of statements.

use crate::text::{Explain, Lang, Places, Words, of_io, small_text};
use serde::Serialize;
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value, with its place.
pub type Value<'t> = Spanned<DeValue<'t>>;
/// A key, with its place.
pub type Key<'t> = Spanned<Cow<'t, str>>;

/// So many faults are told of one file: a text with more is not the profile it was meant to be.
const MOST_FAULTS: usize = 1000;

/// Why a profile cannot be used; `S` is what can be wrong in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProfileError<S> {
    /// No such profile is built in, and no such file can be read.
    Unreadable {
        /// The name or path as given.
        file: String,
        /// Profiles that are built in.
        known: Vec<&'static str>,
        /// Why.
        error: Words,
    },
    /// The file says something that cannot be.
    Faults(Vec<ProfileFault<S>>),
}

/// One thing wrong in a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProfileFault<S> {
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    #[serde(flatten)]
    pub slip: S,
}

/// What can be wrong in any profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "fault")]
pub enum FormSlip {
    /// It is not TOML.
    NotToml {
        /// The reader's words.
        text: String,
    },
    /// No such key is known here.
    UnknownKey {
        /// As written.
        key: String,
        /// Keys that are.
        known: Vec<String>,
    },
    /// A key has a value of the wrong kind.
    WrongKind {
        /// The key.
        key: String,
        /// What it takes, in Chinese.
        zh: &'static str,
        /// The same in English.
        en: &'static str,
    },
}

impl FormSlip {
    /// What is wrong.
    pub fn what(&self, lang: Lang) -> String {
        match (self, lang) {
            (FormSlip::NotToml { text }, Lang::Zh) => format!("不是 TOML：{text}"),
            (FormSlip::NotToml { text }, Lang::En) => format!("not TOML: {text}"),
            (FormSlip::UnknownKey { key, .. }, Lang::Zh) => format!("不认识的键“{key}”"),
            (FormSlip::UnknownKey { key, .. }, Lang::En) => format!("`{key}` is not a known key"),
            (FormSlip::WrongKind { key, zh, .. }, Lang::Zh) => format!("“{key}”应为{zh}"),
            (FormSlip::WrongKind { key, en, .. }, Lang::En) => format!("`{key}` takes {en}"),
        }
    }

    /// What to do; `page` shows how such a profile is written.
    pub fn hint(&self, lang: Lang, page: &str) -> String {
        match (self, lang) {
            (FormSlip::UnknownKey { known, .. }, _) => one_of(known, lang),
            (_, Lang::Zh) => format!("写法见 {page}"),
            (_, Lang::En) => format!("{page} shows how it is written"),
        }
    }
}

/// The words that can stand at a place.
pub fn one_of(known: &[String], lang: Lang) -> String {
    format!("{}{}", lang.pick("可用的：", "use one of: "), known.join(lang.pick("、", ", ")))
}

/// The text of a profile: one that is built in, or a small file.
///
/// # Errors
/// [`ProfileError::Unreadable`] where it is neither; `known` are the names to choose from.
pub fn profile_text<S>(
    name_or_file: &str,
    built_in: &[(&str, &'static str)],
    known: Vec<&'static str>,
) -> Result<Cow<'static, str>, ProfileError<S>> {
    if let Some((_, text)) = built_in.iter().find(|(name, _)| *name == name_or_file) {
        return Ok(Cow::Borrowed(text));
    }
    let unreadable = |error: std::io::Error| {
        let why = Words::new(&of_io(&error, Lang::Zh), &of_io(&error, Lang::En));
        ProfileError::Unreadable { file: name_or_file.to_owned(), known, error: why }
    };
    small_text(Path::new(name_or_file)).map(Cow::Owned).map_err(unreadable)
}

/// Reads a profile: `read` is given its top table, and the file in which to tell faults.
///
/// # Errors
/// [`ProfileError::Faults`] with every fault, in the order of their places.
pub fn read_profile<S: From<FormSlip>>(
    name: &str,
    text: &str,
    read: impl FnOnce(&mut ProfileFile<'_, S>, &DeTable<'_>),
) -> Result<(), ProfileError<S>> {
    let mut file = ProfileFile { name, places: Places::of(text), faults: Vec::new() };
    match DeTable::parse(text) {
        Ok(table) => read(&mut file, table.get_ref()),
        Err(error) => {
            let span = error.span().unwrap_or(0..0);
            file.fault(&span, FormSlip::NotToml { text: error.message().to_owned() }.into());
        }
    }
    file.faults.sort_by_key(|fault| (fault.line, fault.column));
    if file.faults.is_empty() { Ok(()) } else { Err(ProfileError::Faults(file.faults)) }
}

/// A profile while it is read: takes values of their kind, and notes what is wrong.
pub struct ProfileFile<'a, S> {
    name: &'a str,
    places: Places<'a>,
    faults: Vec<ProfileFault<S>>,
}

impl<S: From<FormSlip>> ProfileFile<'_, S> {
    /// Notes what is wrong at a place.
    pub fn fault(&mut self, span: &Range<usize>, slip: S) {
        if self.faults.len() < MOST_FAULTS {
            let (line, column) = self.places.at(span.start);
            self.faults.push(ProfileFault { file: self.name.to_owned(), line, column, slip });
        }
    }

    /// How many faults were noted so far.
    pub fn told(&self) -> usize {
        self.faults.len()
    }

    /// Notes a key that is none of the known ones.
    pub fn unknown(&mut self, key: &Key<'_>, known: &[&str]) {
        let known = known.iter().map(|known| (*known).to_owned()).collect();
        self.fault(&key.span(), FormSlip::UnknownKey { key: key.get_ref().to_string(), known }.into());
    }

    /// Notes a value of the wrong kind, and what the key takes.
    pub fn wrong(&mut self, key: &str, span: &Range<usize>, zh: &'static str, en: &'static str) {
        self.fault(span, FormSlip::WrongKind { key: key.to_owned(), zh, en }.into());
    }

    /// A text.
    pub fn string(&mut self, key: &str, value: &Value<'_>) -> Option<String> {
        let text = value.get_ref().as_str().map(str::to_owned);
        if text.is_none() {
            self.wrong(key, &value.span(), "文字", "a text");
        }
        text
    }

    /// Yes or no.
    pub fn flag(&mut self, key: &str, value: &Value<'_>) -> Option<bool> {
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong(key, &value.span(), " true 或 false", "true or false");
        }
        flag
    }

    /// The entries of a table; none where it is something else.
    pub fn entries<'v>(&mut self, key: &str, value: &'v Value<'v>) -> Vec<(&'v Key<'v>, &'v Value<'v>)> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong(key, &value.span(), "一个表", "a table");
        }
        table.into_iter().flatten().collect()
    }

    /// The items of a list; none where it is something else.
    pub fn items<'v>(&mut self, key: &str, value: &'v Value<'v>) -> Vec<&'v Value<'v>> {
        let list = value.get_ref().as_array();
        if list.is_none() {
            self.wrong(key, &value.span(), "一个列表", "a list");
        }
        list.into_iter().flatten().collect()
    }
}

impl<S> ProfileError<S> {
    /// The faults one by one, for a list of them.
    pub fn faults(&self) -> &[ProfileFault<S>] {
        match self {
            ProfileError::Unreadable { .. } => &[],
            ProfileError::Faults(faults) => faults,
        }
    }
}

impl<S> Explain for ProfileError<S> {
    fn what(&self, lang: Lang) -> String {
        match (self, lang) {
            (ProfileError::Unreadable { file, error, .. }, Lang::Zh) => {
                format!("没有内置的地区规则“{file}”，也读不出这个文件：{}", error.pick(lang))
            }
            (ProfileError::Unreadable { file, error, .. }, Lang::En) => {
                format!(
                    "`{file}` is no profile that is built in, and no file that can be read: {}",
                    error.pick(lang)
                )
            }
            (ProfileError::Faults(faults), Lang::Zh) => format!("地区规则有 {} 处问题", faults.len()),
            (ProfileError::Faults(faults), Lang::En) => match faults.len() {
                1 => "1 fault in the profile".to_owned(),
                count => format!("{count} faults in the profile"),
            },
        }
    }

    fn hint(&self, lang: Lang) -> String {
        match self {
            ProfileError::Unreadable { known, .. } => match lang {
                Lang::Zh => format!("给出一个 TOML 文件，或内置的：{}", known.join("、")),
                Lang::En => format!("give a TOML file, or one that is built in: {}", known.join(", ")),
            },
            ProfileError::Faults(_) => {
                lang.pick("改正后重试；没有写入", "mend it and try again; nothing was written").to_owned()
            }
        }
    }
}

impl<S> fmt::Display for ProfileError<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what(Lang::En))
    }
}

impl<S: fmt::Debug> std::error::Error for ProfileError<S> {}

impl<S: Explain> Explain for ProfileFault<S> {
    fn what(&self, lang: Lang) -> String {
        let Self { file, line, column, slip } = self;
        let says = slip.what(lang);
        match lang {
            Lang::Zh => format!("{file} 第 {line} 行第 {column} 列：{says}"),
            Lang::En => format!("{file} line {line}, column {column}: {says}"),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        self.slip.hint(lang)
    }
}
