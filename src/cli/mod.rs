//! The front on the command line: parse, ask, print.
//!
//! It knows the terminal and the clock, and nothing about money or deadlines:
//! what needs an `if` about those belongs a floor below.
//!
//! To add a command:
//! 1. a file named as the command is typed, with an argument struct whose doc
//!    comment is the English help, and `run(&mut Ctx, &Args) -> Result<Exit, Failure>`;
//! 2. a line each in `Command` and in `Command::run`, below;
//! 3. its Chinese in `help_zh.toml` (a test names what is missing);
//! 4. a page in `tests/cmd/` that shows it at work and being refused.

mod add;
pub mod args;
mod audit;
mod batch;
mod census;
mod clear;
pub mod ctx;
mod demo;
mod discrepancy;
mod due;
pub mod exit;
mod explain;
mod export;
mod facility;
pub mod failure;
mod help;
mod import;
mod init;
mod language;
mod ledger;
mod list;
pub mod notice;
mod reconcile;
mod record_flags;
mod refund;
mod report;
mod show;
mod usage;

pub use ctx::Ctx;
pub use exit::Exit;
pub use failure::{Failure, Says};

use crate::report::Format;
use crate::text::Lang;
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches};
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

/// An offline ledger of medical-insurance claims held while the system is down
#[derive(clap::Parser)]
#[command(name = "guazhang", version, arg_required_else_help = true, max_term_width = 100)]
struct Line {
    #[command(flatten)]
    global: args::Global,
    #[command(subcommand)]
    command: Command,
}

/// Every command, in the order of the help.
#[derive(clap::Subcommand)]
enum Command {
    Init(init::InitArgs),
    Demo(demo::DemoArgs),
    Facility(facility::FacilityArgs),
    Notice(notice::NoticeArgs),
    Add(add::AddArgs),
    Import(import::ImportArgs),
    Census(census::CensusArgs),
    List(list::ListArgs),
    Show(show::ShowArgs),
    Find(list::FindArgs),
    Due(due::DueArgs),
    Amend(add::AmendArgs),
    Void(clear::VoidArgs),
    Export(export::ExportArgs),
    Batch(batch::BatchArgs),
    Reconcile(reconcile::ReconcileArgs),
    Break(discrepancy::BreakArgs),
    Refund(refund::RefundArgs),
    Clear(clear::ClearArgs),
    Report(report::ReportArgs),
    Audit(audit::AuditArgs),
    Explain(explain::ExplainArgs),
}

impl Command {
    fn run(&self, ctx: &mut Ctx) -> Result<Exit, Failure> {
        match self {
            Command::Init(args) => init::run(ctx, args),
            Command::Demo(args) => demo::run(ctx, args),
            Command::Facility(args) => facility::run(ctx, args),
            Command::Notice(args) => notice::run(ctx, args),
            Command::Add(args) => add::run(ctx, args),
            Command::Import(args) => import::run(ctx, args),
            Command::Census(args) => census::run(ctx, args),
            Command::List(args) => list::run(ctx, args),
            Command::Show(args) => show::run(ctx, args),
            Command::Find(args) => list::run_find(ctx, args),
            Command::Due(args) => due::run(ctx, args),
            Command::Amend(args) => add::run_amend(ctx, args),
            Command::Void(args) => clear::run_void(ctx, args),
            Command::Export(args) => export::run(ctx, args),
            Command::Batch(args) => batch::run(ctx, args),
            Command::Reconcile(args) => reconcile::run(ctx, args),
            Command::Break(args) => discrepancy::run(ctx, args),
            Command::Refund(args) => refund::run(ctx, args),
            Command::Clear(args) => clear::run(ctx, args),
            Command::Report(args) => report::run(ctx, args),
            Command::Audit(args) => audit::run(ctx, args),
            Command::Explain(args) => explain::run(ctx, args),
        }
    }
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let argv: Vec<OsString> = std::env::args_os().collect();
    let lang = language::choose(&argv, ctx::variable("GUAZHANG_LANG"), sys_locale::get_locale());
    run(&argv, lang).into()
}

/// The command line as the parser knows it, in English.
fn command() -> clap::Command {
    Line::command()
}

fn run(argv: &[OsString], lang: Lang) -> Exit {
    let line = match command().try_get_matches_from(argv).and_then(|found| Line::from_arg_matches(&found)) {
        Ok(line) => line,
        Err(error) => return unparsed(&error, argv, lang),
    };
    let as_json = line.global.format == Some(Format::Json);
    let done = Ctx::new(&line.global, lang).and_then(|mut ctx| {
        let exit = line.command.run(&mut ctx);
        // What was printed before a failure comes before its message.
        let printed = ctx.out.flush().map_err(Failure::from);
        exit.and_then(|exit| printed.map(|()| exit))
    });
    done.unwrap_or_else(|failure| told(&failure, lang, as_json))
}

/// Help and version are results; anything else is wrong usage.
fn unparsed(error: &clap::Error, argv: &[OsString], lang: Lang) -> Exit {
    let help = || help::text(command(), error, argv, lang);
    // A reader that closes the pipe early has read enough.
    match error.kind() {
        ErrorKind::DisplayVersion | ErrorKind::DisplayHelp => {
            let _ = io::stdout().write_all(help().as_bytes());
            Exit::Done
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            let _ = io::stderr().write_all(help().as_bytes());
            Exit::Usage
        }
        _ => {
            let as_json = argv.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json")
                || argv.iter().any(|word| word == "--format=json");
            told(&Failure::usage(usage::Misuse::new(error, understood(argv))), lang, as_json)
        }
    }
}

/// The part of a command line that names a command.
fn understood(argv: &[OsString]) -> String {
    let root = command();
    let (mut at, mut path) = (&root, root.get_name().to_owned());
    for word in argv.iter().skip(1).filter_map(|word| word.to_str()) {
        if let Some(sub) = at.find_subcommand(word) {
            at = sub;
            path = format!("{path} {word}");
        }
    }
    path
}

fn told(failure: &Failure, lang: Lang, as_json: bool) -> Exit {
    // Where stderr is gone too, the exit code still tells.
    let _ = failure.print(&mut io::stderr(), lang, as_json);
    failure.exit()
}
