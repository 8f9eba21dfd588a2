//! The two languages of the project, Chinese and English.
//!
//! Words stand beside the values they name: an error implements [`Explain`], a
//! closed list of values implements [`Label`]. Nothing here knows a value, and
//! nothing prints.

mod near;
mod of_io;
mod place;
pub mod profile_file;
mod small;
mod sounds;
mod width;

pub use near::nearest;
pub use of_io::of_io;
pub use place::Places;
pub use small::small_text;
pub use sounds::{initials, initials_begin};
pub use width::{
    ambiguous_is_wide, fit, is_ambiguous_wide, pad, width, width_of, with_stand_ins, without_stand_ins,
};

use serde::Serialize;
use std::fmt;

/// A language of the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// Chinese, the language of the counter.
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    /// One of two texts.
    pub fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}

/// A text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Words {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Words {
    /// Both texts; where there is no English, the Chinese stands for it.
    pub fn new(zh: &str, en: &str) -> Words {
        Words { zh: zh.to_owned(), en: if en.is_empty() { zh } else { en }.to_owned() }
    }

    /// The same thing said in each language.
    pub fn said(of: impl Fn(Lang) -> String) -> Words {
        Words { zh: of(Lang::Zh), en: of(Lang::En) }
    }

    /// The text in one language.
    pub fn pick(&self, lang: Lang) -> &str {
        lang.pick(&self.zh, &self.en)
    }
}

/// What a person is told of an error: what happened and where, then what to do.
pub trait Explain {
    /// What happened and where: file, line, column and the text at fault.
    fn what(&self, lang: Lang) -> String;

    /// What to do next.
    fn hint(&self, lang: Lang) -> String;
}

/// The words for a value of a closed list.
pub trait Label {
    /// The identifier in JSON, CSV and the ledger; never translated.
    fn id(&self) -> &'static str;

    /// The word for people.
    fn label(&self, lang: Lang) -> &'static str;
}

/// A text that is not one of a closed list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWord {
    /// What was being read, such as `kind`.
    pub what: &'static str,
    /// The text as given.
    pub text: String,
    /// The words that would have been taken.
    pub known: Vec<&'static str>,
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what(Lang::En))
    }
}

impl std::error::Error for UnknownWord {}

impl Explain for UnknownWord {
    fn what(&self, lang: Lang) -> String {
        let Self { what, text, .. } = self;
        match lang {
            Lang::Zh => format!("{what}：不认识“{text}”"),
            Lang::En => format!("{what}: `{text}` is not known"),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        let known = self.known.join(lang.pick("、", ", "));
        let likely = nearest(&self.text, self.known.iter().copied()).join(lang.pick("、", ", "));
        match (likely.as_str(), lang) {
            ("", Lang::Zh) => format!("可用的值：{known}"),
            ("", Lang::En) => format!("use one of: {known}"),
            (likely, Lang::Zh) => format!("是否想用 {likely}？可用的值：{known}"),
            (likely, Lang::En) => format!("did you mean {likely}? use one of: {known}"),
        }
    }
}

/// Declares a closed list: an enum with its ids and its words in both languages.
///
/// Gives the enum `ALL`, [`Label`], `FromStr` (by id or by either label) and
/// serde by id.
#[macro_export]
macro_rules! closed_list {
    ($(#[$meta:meta])* $name:ident as $what:literal {
        $($(#[$vmeta:meta])* $variant:ident = $id:literal, $zh:literal, $en:literal;)+
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(into = "&'static str", try_from = "String")]
        pub enum $name { $($(#[$vmeta])* #[doc = concat!("`", $id, "` ", $zh)] $variant,)+ }

        impl $name {
            /// Every value, in the order of the list.
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];
        }

        impl $crate::text::Label for $name {
            fn id(&self) -> &'static str {
                match self { $($name::$variant => $id,)+ }
            }

            fn label(&self, lang: $crate::text::Lang) -> &'static str {
                match self { $($name::$variant => lang.pick($zh, $en),)+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::text::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text.trim() {
                    $($id | $zh => Ok($name::$variant),)+
                    other => $name::ALL.iter().copied()
                        .find(|v| { let v: &'static str = (*v).into(); v.eq_ignore_ascii_case(other) })
                        .or_else(|| $name::ALL.iter().copied().find(|v| {
                            $crate::text::Label::label(v, $crate::text::Lang::En).eq_ignore_ascii_case(other)
                        }))
                        .ok_or_else(|| $crate::text::UnknownWord {
                            what: $what, text: text.to_owned(), known: vec![$($id,)+],
                        }),
                }
            }
        }

        impl From<$name> for &'static str {
            fn from(value: $name) -> &'static str { $crate::text::Label::id(&value) }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::text::UnknownWord;

            fn try_from(text: String) -> Result<Self, Self::Error> { text.parse() }
        }
    };
}
