//! Wrong usage, in our own words.
//!
//! The parser's own messages are English only, so its errors are taken apart
//! into facts here and worded again in both languages.

use crate::domain::{CensusNumberError, MoneyError, QuantityError, TimeError};
use crate::notice::ResumptionError;
use crate::text::{Explain, Lang, UnknownWord};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::error::Error;

/// A command line that cannot be followed. Facts only; [`Explain`] gives the words.
pub(super) struct Misuse {
    fault: Fault,
    /// The nearest words that would have been taken.
    nearest: Vec<String>,
    /// The command as far as it was understood, such as `guazhang notice decide`.
    command: String,
}

enum Fault {
    UnknownOption { option: String },
    UnknownWord { word: String },
    TakesNoValue { option: String },
    NotUnicode,
    UnknownCommand { command: String },
    BadValue { option: String, value: String, why: Option<Box<dyn Explain>> },
    NoValue { option: String },
    Missing { options: Vec<String> },
    NotTogether { option: String, prior: Vec<String> },
    Twice { option: String },
    Other { text: String },
}

impl Misuse {
    /// The facts of a parser's error; `command` is what was understood of the command line.
    pub(super) fn new(error: &clap::Error, command: String) -> Misuse {
        let nearest =
            [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue]
                .into_iter()
                .flat_map(|kind| texts(error, kind))
                .collect();
        Misuse { fault: fault(error), nearest, command }
    }
}

fn fault(error: &clap::Error) -> Fault {
    let one = |kind| texts(error, kind).into_iter().next().unwrap_or_default();
    let option = one(ContextKind::InvalidArg);
    match error.kind() {
        ErrorKind::UnknownArgument if !option.starts_with('-') => Fault::UnknownWord { word: option },
        ErrorKind::UnknownArgument => Fault::UnknownOption { option },
        ErrorKind::TooManyValues => Fault::TakesNoValue { option },
        ErrorKind::InvalidUtf8 => Fault::NotUnicode,
        ErrorKind::InvalidSubcommand => {
            Fault::UnknownCommand { command: one(ContextKind::InvalidSubcommand) }
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let value = one(ContextKind::InvalidValue);
            if value.is_empty() {
                return Fault::NoValue { option };
            }
            Fault::BadValue { option, value, why: error.source().and_then(explained) }
        }
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues | ErrorKind::NoEquals => {
            Fault::NoValue { option }
        }
        ErrorKind::MissingRequiredArgument => {
            Fault::Missing { options: texts(error, ContextKind::InvalidArg) }
        }
        ErrorKind::ArgumentConflict => {
            let prior = texts(error, ContextKind::PriorArg);
            if prior.is_empty() || prior == [option.clone()] {
                return Fault::Twice { option };
            }
            Fault::NotTogether { option, prior }
        }
        _ => Fault::Other { text: first_line(error) },
    }
}

fn texts(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

fn first_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

/// The words of a value's own error, where it has them.
fn explained(source: &(dyn Error + 'static)) -> Option<Box<dyn Explain>> {
    fn of<E: Explain + Error + Clone + 'static>(source: &(dyn Error + 'static)) -> Option<Box<dyn Explain>> {
        source.downcast_ref::<E>().cloned().map(|error| Box::new(error) as Box<dyn Explain>)
    }
    of::<UnknownWord>(source)
        .or_else(|| of::<TimeError>(source))
        .or_else(|| of::<CensusNumberError>(source))
        .or_else(|| of::<MoneyError>(source))
        .or_else(|| of::<QuantityError>(source))
        .or_else(|| of::<ResumptionError>(source))
}

impl Explain for Misuse {
    fn what(&self, lang: Lang) -> String {
        match (&self.fault, lang) {
            (Fault::UnknownOption { option }, Lang::Zh) => format!("{}：没有选项“{option}”", self.command),
            (Fault::UnknownOption { option }, Lang::En) => format!("{}: no option `{option}`", self.command),
            (Fault::UnknownWord { word }, Lang::Zh) => format!("{}：多余的内容“{word}”", self.command),
            (Fault::UnknownWord { word }, Lang::En) => {
                format!("{}: `{word}` is one word too many", self.command)
            }
            (Fault::TakesNoValue { option }, Lang::Zh) => format!("{option} 后面不带值"),
            (Fault::TakesNoValue { option }, Lang::En) => format!("{option} takes no value"),
            (Fault::NotUnicode, _) => {
                lang.pick("命令行不是有效的 Unicode 文字", "the command line is not valid Unicode").to_owned()
            }
            (Fault::UnknownCommand { command }, Lang::Zh) => format!("{}：没有命令“{command}”", self.command),
            (Fault::UnknownCommand { command }, Lang::En) => {
                format!("{}: no command `{command}`", self.command)
            }
            (Fault::BadValue { option, value, .. }, Lang::Zh) => format!("{option}：不接受“{value}”"),
            (Fault::BadValue { option, value, .. }, Lang::En) => format!("{option}: `{value}` does not fit"),
            (Fault::NoValue { option }, Lang::Zh) => format!("{option}：缺少值"),
            (Fault::NoValue { option }, Lang::En) => format!("{option}: a value is missing"),
            (Fault::Missing { options }, Lang::Zh) => format!("缺少：{}", options.join("、")),
            (Fault::Missing { options }, Lang::En) => format!("missing: {}", options.join(", ")),
            (Fault::NotTogether { option, prior }, Lang::Zh) => {
                format!("{option} 不能与 {} 同时使用", prior.join("、"))
            }
            (Fault::NotTogether { option, prior }, Lang::En) => {
                format!("{option} cannot be used together with {}", prior.join(", "))
            }
            (Fault::Twice { option }, Lang::Zh) => format!("{option} 只能出现一次"),
            (Fault::Twice { option }, Lang::En) => format!("{option} may be given only once"),
            (Fault::Other { text }, _) => text.clone(),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        if let Fault::BadValue { why: Some(why), .. } = &self.fault {
            return why.hint(lang);
        }
        let command = &self.command;
        match (self.nearest.join(lang.pick("、", ", ")).as_str(), lang) {
            ("", Lang::Zh) => format!("用法见 {command} --help"),
            ("", Lang::En) => format!("see {command} --help"),
            (nearest, Lang::Zh) => format!("是否想用 {nearest}？用法见 {command} --help"),
            (nearest, Lang::En) => format!("did you mean {nearest}? see {command} --help"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{command, understood};
    use std::ffi::OsString;

    /// What is said of a wrong command line, in both languages.
    fn said(line: &str) -> String {
        let argv: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let error = command().try_get_matches_from(&argv).expect_err("the command line is wrong");
        let misuse = Misuse::new(&error, understood(&argv));
        let told = [Lang::En, Lang::Zh].map(|lang| format!("{}\n  {}", misuse.what(lang), misuse.hint(lang)));
        format!("$ {line}\n{}", told.join("\n"))
    }

    #[test]
    fn wrong_usage_is_worded_by_us() {
        let lines = [
            "guazhang notcie",
            "guazhang notice lst",
            "guazhang notice list --formt json",
            "guazhang notice list --format xml",
            "guazhang notice list --format",
            "guazhang notice list --as-of yesterday",
            "guazhang notice list --lang",
            "guazhang notice list --lang en --lang zh",
            "guazhang notice list --no-input=1",
            "guazhang notice list more",
            "guazhang notice decide",
            "guazhang notice show",
            "guazhang notice decide --facts - --resumed all",
            "guazhang notice decide --facts - --resumed all=soon",
        ];
        insta::assert_snapshot!(lines.map(said).join("\n\n"), @r#"
        $ guazhang notcie
        guazhang: no command `notcie`
          did you mean notice? see guazhang --help
        guazhang：没有命令“notcie”
          是否想用 notice？用法见 guazhang --help

        $ guazhang notice lst
        guazhang notice: no command `lst`
          did you mean list? see guazhang notice --help
        guazhang notice：没有命令“lst”
          是否想用 list？用法见 guazhang notice --help

        $ guazhang notice list --formt json
        guazhang notice list: no option `--formt`
          did you mean --format? see guazhang notice list --help
        guazhang notice list：没有选项“--formt”
          是否想用 --format？用法见 guazhang notice list --help

        $ guazhang notice list --format xml
        --format <table|json|csv>: `xml` does not fit
          use one of: table, json, csv
        --format <table|json|csv>：不接受“xml”
          可用的值：table、json、csv

        $ guazhang notice list --format
        --format <table|json|csv>: a value is missing
          see guazhang notice list --help
        --format <table|json|csv>：缺少值
          用法见 guazhang notice list --help

        $ guazhang notice list --as-of yesterday
        --as-of <TIME>: `yesterday` does not fit
          write 2021-10-29 or 2021-10-29T10:20:00, Beijing time
        --as-of <TIME>：不接受“yesterday”
          写成 2021-10-29 或 2021-10-29T10:20:00（北京时间）

        $ guazhang notice list --lang
        --lang <zh|en>: a value is missing
          see guazhang notice list --help
        --lang <zh|en>：缺少值
          用法见 guazhang notice list --help

        $ guazhang notice list --lang en --lang zh
        --lang <zh|en> may be given only once
          see guazhang notice list --help
        --lang <zh|en> 只能出现一次
          用法见 guazhang notice list --help

        $ guazhang notice list --no-input=1
        --no-input takes no value
          see guazhang notice list --help
        --no-input 后面不带值
          用法见 guazhang notice list --help

        $ guazhang notice list more
        guazhang notice list: `more` is one word too many
          see guazhang notice list --help
        guazhang notice list：多余的内容“more”
          用法见 guazhang notice list --help

        $ guazhang notice decide
        missing: --facts <FILE>
          see guazhang notice decide --help
        缺少：--facts <FILE>
          用法见 guazhang notice decide --help

        $ guazhang notice show
        missing: <ID|FILE>
          see guazhang notice show --help
        缺少：<ID|FILE>
          用法见 guazhang notice show --help

        $ guazhang notice decide --facts - --resumed all
        --resumed <WINDOW[@FACILITY]=TIME>: `all` does not fit
          write WINDOW=TIME or WINDOW@FACILITY=TIME, as in all=2021-11-01T08:00:00
        --resumed <WINDOW[@FACILITY]=TIME>：不接受“all”
          写成 时段=时间 或 时段@机构=时间，如 all=2021-11-01T08:00:00

        $ guazhang notice decide --facts - --resumed all=soon
        --resumed <WINDOW[@FACILITY]=TIME>: `all=soon` does not fit
          write WINDOW=TIME or WINDOW@FACILITY=TIME, as in all=2021-11-01T08:00:00
        --resumed <WINDOW[@FACILITY]=TIME>：不接受“all=soon”
          写成 时段=时间 或 时段@机构=时间，如 all=2021-11-01T08:00:00
        "#);
    }

    #[test]
    fn no_wording_of_the_parser_is_left() {
        for line in [
            "guazhang x",
            "guazhang list -q",
            "guazhang notice decide --facts",
            "guazhang --yes=1 x",
            "guazhang notice",
        ] {
            let said = said(line);
            for word in ["error:", "unexpected", "For more information", "tip:"] {
                assert!(!said.contains(word), "{said}");
            }
        }
    }
}
