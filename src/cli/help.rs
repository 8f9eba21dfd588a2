//! Help in both languages.
//!
//! The English help is the doc comment of each argument; the Chinese stands in
//! `help_zh.toml`, by command and argument. A test walks the whole command line
//! and fails where one of the two is missing or left over.

use crate::cli::examples;
use crate::cli::record_flags::RecordFlags;
use crate::text::Lang;
use clap::error::ErrorKind;
use clap::{Arg, Command};
use std::collections::BTreeMap;
use std::ffi::OsString;

/// Texts by command path (`notice decide`), then by argument (`about` is the command itself).
type Words = BTreeMap<String, BTreeMap<String, String>>;

/// Headings of ours above the options that every command has.
const HEADINGS: &[(&str, &str)] = &[("Options of every command", "通用选项")];

/// Words of the parser itself that stand in every help.
const WORDS: &[(&str, &str)] =
    &[("\nArguments:\n", "\n参数:\n"), ("\nOptions:\n", "\n选项:\n"), ("[OPTIONS]", "[选项]")];

/// The help that a command line asked for, in the language of the run.
///
/// `error` is what the parser answered to `argv`, in English.
pub(super) fn text(command: Command, error: &clap::Error, argv: &[OsString], lang: Lang) -> String {
    let mut argv = argv.to_vec();
    if error.kind() == ErrorKind::MissingSubcommand {
        argv.push("--help".into());
    }
    let command = in_language(command, lang);
    let Err(error) = command.try_get_matches_from(argv) else { return String::new() };
    let text = error.render().to_string();
    match lang {
        Lang::En => text,
        Lang::Zh => WORDS.iter().fold(text, |text, (en, zh)| text.replace(en, zh)),
    }
}

/// The command line with its help in one language, and with the examples of each command.
pub(super) fn in_language(mut command: Command, lang: Lang) -> Command {
    command.build();
    examples::added(
        match lang {
            Lang::En => command,
            Lang::Zh => chinese(command),
        },
        lang,
    )
}

fn words() -> Words {
    toml::from_str(include_str!("help_zh.toml")).expect("a test reads the table of Chinese help")
}

/// The command line with Chinese help throughout.
fn chinese(command: Command) -> Command {
    translated(command, "", &words())
}

fn translated(command: Command, path: &str, words: &Words) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    let command = names.into_iter().fold(command, |command, name| {
        let path = joined(path, &name);
        command.mut_subcommand(name, |sub| translated(sub, &path, words))
    });
    let about = word(words, path, "about", true).unwrap_or_default();
    let short = about.split("\n\n").next().unwrap_or_default().to_owned();
    let has_more = short != about;
    let command = command
        .mut_args(|arg| argument(arg, path, words))
        .about(short)
        .help_template("{before-help}{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}")
        .subcommand_help_heading("命令")
        .subcommand_value_name("命令");
    if has_more { command.long_about(about) } else { command }
}

fn argument(arg: Arg, path: &str, words: &Words) -> Arg {
    let text = word(words, path, arg.get_id().as_str(), arg.is_global_set()).unwrap_or_default();
    let heading = arg.get_help_heading().and_then(|en| HEADINGS.iter().find(|heading| heading.0 == en));
    let arg = arg.help(text).long_help(None::<&str>);
    match heading {
        Some((_, zh)) => arg.help_heading(*zh),
        None => arg,
    }
}

/// The Chinese of one argument. What every command has stands once, at the root.
fn word(words: &Words, path: &str, id: &str, global: bool) -> Option<String> {
    let root = global || matches!(id, "help" | "version");
    let help = path.rsplit(' ').next() == Some("help");
    let section = match (id, help) {
        ("about" | "subcommand", true) => "help",
        ("about", false) => path,
        _ if root => "",
        _ => path,
    };
    let own = words.get(section).and_then(|words| words.get(id)).cloned();
    own.or_else(|| RecordFlags::help_zh(id).map(str::to_owned))
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path} {name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command;
    use std::collections::BTreeSet;

    /// Every text the command line needs, as (section, key), with its English.
    fn needed(command: &Command, path: &str, into: &mut Vec<(String, String, bool)>) {
        let english = command.get_about().is_some_and(|text| !text.to_string().is_empty());
        into.push((path.to_owned(), "about".to_owned(), english));
        for arg in command.get_arguments() {
            // The flags of a record take their help, in both languages, from the table of columns.
            if RecordFlags::help_zh(arg.get_id().as_str()).is_some() && matches!(path, "add" | "amend") {
                continue;
            }
            let everywhere = arg.is_global_set() || matches!(arg.get_id().as_str(), "help" | "version");
            if everywhere && !path.is_empty() {
                continue;
            }
            let english = arg.get_help().is_some_and(|text| !text.to_string().is_empty());
            into.push((path.to_owned(), arg.get_id().to_string(), english));
        }
        for sub in command.get_subcommands() {
            match (sub.get_name(), path) {
                ("help", "") => into.push(("help".to_owned(), "about".to_owned(), true)),
                ("help", _) => {}
                (name, _) => needed(sub, &joined(path, name), into),
            }
        }
    }

    #[test]
    fn every_text_of_help_exists_in_both_languages_and_none_is_left_over() {
        let mut command = command();
        command.build();
        let mut all = Vec::new();
        needed(&command, "", &mut all);
        all.push(("help".to_owned(), "subcommand".to_owned(), true));
        let no_english: Vec<_> = all.iter().filter(|(.., english)| !english).collect();
        assert!(no_english.is_empty(), "no doc comment: {no_english:?}");

        let words = words();
        let wanted: BTreeSet<(String, String)> = all.into_iter().map(|(path, id, _)| (path, id)).collect();
        let have: BTreeSet<(String, String)> =
            words.iter().flat_map(|(path, ids)| ids.keys().map(|id| (path.clone(), id.clone()))).collect();
        let missing: Vec<_> = wanted.difference(&have).collect();
        let left_over: Vec<_> = have.difference(&wanted).collect();
        assert!(missing.is_empty(), "add to help_zh.toml: {missing:?}");
        assert!(left_over.is_empty(), "remove from help_zh.toml: {left_over:?}");
    }

    #[test]
    fn every_text_in_the_table_is_chinese() {
        for (path, ids) in words() {
            for (id, text) in ids {
                let chinese = text.chars().any(|ch| ('\u{4e00}'..='\u{9fff}').contains(&ch));
                assert!(chinese, "{path} {id}: {text}");
            }
        }
    }

    #[test]
    fn headings_of_ours_are_translated() {
        let mut command = command();
        command.build();
        let mut open = vec![&command];
        while let Some(command) = open.pop() {
            for heading in command.get_arguments().filter_map(Arg::get_help_heading) {
                assert!(HEADINGS.iter().any(|(en, _)| *en == heading), "add {heading} to HEADINGS");
            }
            open.extend(command.get_subcommands());
        }
    }
}
