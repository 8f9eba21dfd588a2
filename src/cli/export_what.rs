//! `guazhang export`: records as a batch, or the books as data.
//!
//! Only which of the two it is stands here. It is written out rather than derived, because a purpose is asked for unless
//! a subcommand stands in its place.

use crate::cli::export::{self, ExportArgs};
use crate::cli::export_data::{self, DataArgs};
use crate::cli::{Ctx, Exit, Failure};
use clap::{ArgMatches, Args, Command, FromArgMatches};

/// The subcommand beside the purposes.
const DATA: &str = "data";

/// Either of the two.
#[derive(Debug)]
pub(super) enum ExportWhat {
    Batch(Box<ExportArgs>),
    Data(Box<DataArgs>),
}

impl ExportWhat {
    /// Whether it is the books as data.
    pub(super) fn is_data(&self) -> bool {
        matches!(self, ExportWhat::Data(_))
    }
}

impl FromArgMatches for ExportWhat {
    fn from_arg_matches(matches: &ArgMatches) -> Result<ExportWhat, clap::Error> {
        match matches.subcommand_matches(DATA) {
            Some(matches) => Ok(ExportWhat::Data(Box::new(DataArgs::from_arg_matches(matches)?))),
            None => Ok(ExportWhat::Batch(Box::new(ExportArgs::from_arg_matches(matches)?))),
        }
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = ExportWhat::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for ExportWhat {
    fn augment_args(command: Command) -> Command {
        ExportArgs::augment_args(command)
            .args_conflicts_with_subcommands(true)
            .subcommand_negates_reqs(true)
            .subcommand(DataArgs::augment_args(Command::new(DATA)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        ExportWhat::augment_args(command)
    }
}

pub(super) fn run(ctx: &mut Ctx, args: &ExportWhat) -> Result<Exit, Failure> {
    match args {
        ExportWhat::Batch(args) => export::run(ctx, args),
        ExportWhat::Data(args) => export_data::run(ctx, args),
    }
}
