//! The flags of a record: one for each column of `records.csv`, so that a record
//! typed on the command line passes the same checks as one read from a sheet.

use crate::cli::{Failure, Says};
use crate::intake::RECORD_COLUMNS;
use crate::text::Lang;
use clap::{Arg, ArgAction, ArgMatches, Command};

/// What was given for a record, by column.
#[derive(Clone, Debug, Default)]
pub(super) struct RecordFlags {
    cells: Vec<(String, String)>,
}

/// Columns that a command gives by itself.
const OWN: &[&str] = &["kind"];

impl RecordFlags {
    /// The columns that were given and their texts; a fact stands as `fact:NAME`.
    pub(super) fn cells(&self) -> &[(String, String)] {
        &self.cells
    }

    /// The Chinese help of a flag, from the table of columns.
    pub(super) fn help_zh(id: &str) -> Option<&'static str> {
        let known = RECORD_COLUMNS.iter().filter(|column| !OWN.contains(&column.id));
        known.into_iter().find(|column| column.id == id).map(|column| column.what(Lang::Zh))
    }
}

impl clap::FromArgMatches for RecordFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<RecordFlags, clap::Error> {
        let mut flags = RecordFlags::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for column in RECORD_COLUMNS.iter().filter(|column| !OWN.contains(&column.id)) {
            if let Ok(Some(text)) = matches.try_get_one::<String>(column.id) {
                self.cells.push((column.id.to_owned(), text.clone()));
            }
        }
        for fact in matches.try_get_many::<String>("fact").ok().flatten().into_iter().flatten() {
            let (name, text) = fact.split_once('=').unwrap_or((fact, ""));
            self.cells.push((format!("fact:{}", name.trim()), text.to_owned()));
        }
        Ok(())
    }
}

impl clap::Args for RecordFlags {
    fn augment_args(command: Command) -> Command {
        let columns = RECORD_COLUMNS.iter().filter(|column| !OWN.contains(&column.id));
        let command = columns.fold(command, |command, column| {
            let flag = Arg::new(column.id).long(column.id.replace('_', "-")).value_name("TEXT");
            command.arg(flag.help(column.what(Lang::En)).allow_hyphen_values(true))
        });
        command.arg(
            Arg::new("fact")
                .long("fact")
                .value_name("NAME=VALUE")
                .action(ArgAction::Append)
                .help("A further fact that a notice asks for; may be given several times"),
        )
    }

    fn augment_args_for_update(command: Command) -> Command {
        RecordFlags::augment_args(command)
    }
}

/// A record needs something to be made of.
pub(super) fn nothing_given() -> Failure {
    let none = Says::new("没有给出任何内容", "nothing was given");
    Failure::usage(none.hint("例如 --total 12.50", "for example --total 12.50"))
}
