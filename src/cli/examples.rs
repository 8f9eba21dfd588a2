//! Examples below the help of every command, in both languages.
//!
//! They stand in `examples.toml` by command; a test parses each of them as the command line it is, and names commands
//! that have none.

use crate::text::Lang;
use clap::Command;
use std::collections::BTreeMap;

/// By command path: the line as it is typed, and what it is for in Chinese and in English.
type Examples = BTreeMap<String, Vec<[String; 3]>>;

fn all() -> Examples {
    toml::from_str(include_str!("examples.toml")).expect("a test reads the table of examples")
}

/// The command line with examples below the help of each command.
pub(super) fn added(mut command: Command, lang: Lang) -> Command {
    command.build();
    with(command, "", &all(), lang)
}

fn with(command: Command, path: &str, examples: &Examples, lang: Lang) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    let command = names.into_iter().fold(command, |command, name| {
        let path = if path.is_empty() { name.clone() } else { format!("{path} {name}") };
        command.mut_subcommand(name, |sub| with(sub, &path, examples, lang))
    });
    match examples.get(path) {
        Some(lines) => command.after_help(text(lines, lang)),
        None => command,
    }
}

fn text(lines: &[[String; 3]], lang: Lang) -> String {
    let one = |[line, zh, en]: &[String; 3]| format!("  # {}\n  {line}", lang.pick(zh, en));
    let all: Vec<String> = lines.iter().map(one).collect();
    format!("{}\n{}", lang.pick("示例:", "Examples:"), all.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command;
    use std::collections::BTreeSet;

    fn paths(command: &Command, path: &str, into: &mut BTreeSet<String>) {
        into.insert(path.to_owned());
        for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
            paths(sub, format!("{path} {}", sub.get_name()).trim(), into);
        }
    }

    /// A line as a shell would split it, as far as our examples need it.
    fn words(line: &str) -> Vec<String> {
        let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), None);
        for ch in line.chars() {
            match (ch, quoted) {
                (ch, Some(quote)) if ch == quote => quoted = None,
                ('\'' | '"', None) => quoted = Some(ch),
                (' ', None) => words.push(std::mem::take(&mut word)),
                ('|' | '>', None) => break,
                (ch, _) => word.push(ch),
            }
        }
        words.push(word);
        words.retain(|word| !word.is_empty());
        words
    }

    #[test]
    fn every_command_has_an_example_and_every_example_a_command() {
        let (mut wanted, mut whole) = (BTreeSet::new(), command());
        whole.build();
        paths(&whole, "", &mut wanted);
        let have: BTreeSet<String> = all().into_keys().collect();
        let missing: Vec<_> = wanted.difference(&have).collect();
        let left_over: Vec<_> = have.difference(&wanted).collect();
        assert!(missing.is_empty(), "add to examples.toml: {missing:?}");
        assert!(left_over.is_empty(), "remove from examples.toml: {left_over:?}");
    }

    #[test]
    fn every_example_is_a_command_line_that_is_understood() {
        for (path, lines) in all() {
            for [line, zh, en] in lines {
                let ours = line.split(" | ").find(|part| part.starts_with("guazhang")).unwrap_or(&line);
                assert!(ours.starts_with(format!("guazhang {path}").trim()), "{path}: {line}");
                if let Err(error) = command().try_get_matches_from(words(ours)) {
                    let shown = matches!(
                        error.kind(),
                        clap::error::ErrorKind::DisplayHelp | clap::error::ErrorKind::DisplayVersion
                    );
                    assert!(shown, "{line}: {error}");
                }
                assert!(crate::text::width(&line) <= 96, "too wide to stay on one line: {line}");
                assert!(!zh.is_empty() && !en.is_empty() && zh != en, "{line}");
            }
        }
    }
}
