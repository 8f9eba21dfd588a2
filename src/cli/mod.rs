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

mod account;
mod add;
pub mod args;
mod ask;
mod audit;
mod backup;
mod batch;
mod batch_verify;
mod break_show;
mod bundle;
mod bundle_keys;
mod by_hand;
mod census;
mod check;
mod clear;
mod crash;
pub mod ctx;
mod data_tables;
mod demo;
mod desk;
mod discrepancy;
mod doctor;
mod double_click;
mod due;
mod examples;
pub mod exit;
mod explain;
mod export;
mod export_3202;
mod export_data;
mod export_plan;
mod export_what;
mod facility;
pub mod failure;
mod founding;
mod help;
mod hold;
mod home;
#[cfg(feature = "hub")]
mod hub;
mod import;
mod import_accounts;
mod init;
mod key_file;
mod language;
mod ledger;
mod list;
mod locked;
mod manual;
mod meaning;
mod new_file;
pub mod notice;
mod pager;
mod paper;
mod preview;
mod profile;
mod progress;
mod reconcile;
mod record_flags;
mod record_lines;
mod refund;
mod repair;
mod report;
mod restore;
mod secret;
mod sheet_flags;
mod shift;
mod show;
mod signoff;
mod slip;
mod undo;
mod usage;
mod user;

pub use ctx::Ctx;
pub use exit::Exit;
pub use failure::{Failure, Says};

use crate::report::Format;
use crate::store::Happening;
use crate::text::{Explain, Lang};
use crate::work::counter::Screen;
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches};
use std::ffi::OsString;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

/// An offline ledger of medical-insurance claims held while the system is down
#[derive(clap::Parser)]
#[command(name = "guazhang", version, max_term_width = 100)]
struct Line {
    #[command(flatten)]
    global: args::Global,
    /// None says where things stand.
    #[command(subcommand)]
    command: Option<Command>,
}

/// Every command, in the order of the help. What a command takes is made when it is the one that is called.
#[derive(clap::Subcommand)]
#[command(defer = true)]
enum Command {
    Init(init::InitArgs),
    Demo(demo::DemoArgs),
    Facility(facility::FacilityArgs),
    Notice(notice::NoticeArgs),
    Add(add::AddArgs),
    Desk(desk::DeskArgs),
    Import(import::ImportArgs),
    Census(census::CensusArgs),
    List(list::ListArgs),
    Show(show::ShowArgs),
    Find(list::FindArgs),
    Due(due::DueArgs),
    Amend(add::AmendArgs),
    Void(clear::VoidArgs),
    Undo(undo::UndoArgs),
    Hold(hold::HoldArgs),
    Release(hold::ReleaseArgs),
    Paper(paper::PaperArgs),
    Slip(slip::SlipArgs),
    Shift(shift::ShiftArgs),
    Export(export_what::ExportWhat),
    Batch(batch::BatchArgs),
    Bundle(bundle::BundleArgs),
    #[cfg(feature = "hub")]
    Hub(hub::HubArgs),
    Reconcile(reconcile::ReconcileArgs),
    Profile(profile::ProfileArgs),
    Match(by_hand::MatchArgs),
    Unmatch(by_hand::UnmatchArgs),
    Break(discrepancy::BreakArgs),
    Signoff(signoff::SignoffArgs),
    Account(account::AccountArgs),
    Refund(refund::RefundArgs),
    Clear(clear::ClearArgs),
    Report(report::ReportArgs),
    User(user::UserArgs),
    Audit(audit::AuditArgs),
    Backup(backup::BackupArgs),
    Restore(restore::RestoreArgs),
    Check(check::CheckArgs),
    Doctor(doctor::DoctorArgs),
    Repair(repair::RepairArgs),
    Explain(explain::ExplainArgs),
    Man(manual::ManArgs),
    Completions(manual::CompletionsArgs),
}

impl Command {
    fn run(&self, ctx: &mut Ctx) -> Result<Exit, Failure> {
        match self {
            Command::Init(args) => init::run(ctx, args),
            Command::Demo(args) => demo::run(ctx, args),
            Command::Facility(args) => facility::run(ctx, args),
            Command::Notice(args) => notice::run(ctx, args),
            Command::Add(args) => add::run(ctx, args),
            Command::Desk(args) => desk::run(ctx, args),
            Command::Import(args) => import::run(ctx, args),
            Command::Census(args) => census::run(ctx, args),
            Command::List(args) => list::run(ctx, args),
            Command::Show(args) => show::run(ctx, args),
            Command::Find(args) => list::run_find(ctx, args),
            Command::Due(args) => due::run(ctx, args),
            Command::Amend(args) => add::run_amend(ctx, args),
            Command::Void(args) => clear::run_void(ctx, args),
            Command::Undo(args) => undo::run(ctx, args),
            Command::Hold(args) => hold::run(ctx, args),
            Command::Release(args) => hold::run_release(ctx, args),
            Command::Paper(args) => paper::run(ctx, args),
            Command::Slip(args) => slip::run(ctx, args),
            Command::Shift(args) => shift::run(ctx, args),
            Command::Export(args) => export_what::run(ctx, args),
            Command::Batch(args) => batch::run(ctx, args),
            Command::Bundle(args) => bundle::run(ctx, args),
            #[cfg(feature = "hub")]
            Command::Hub(args) => hub::run(ctx, args),
            Command::Reconcile(args) => reconcile::run(ctx, args),
            Command::Profile(args) => profile::run(ctx, args),
            Command::Match(args) => by_hand::run_match(ctx, args),
            Command::Unmatch(args) => by_hand::run_unmatch(ctx, args),
            Command::Break(args) => discrepancy::run(ctx, args),
            Command::Signoff(args) => signoff::run(ctx, args),
            Command::Account(args) => account::run(ctx, args),
            Command::Refund(args) => refund::run(ctx, args),
            Command::Clear(args) => clear::run(ctx, args),
            Command::Report(args) => report::run(ctx, args),
            Command::User(args) => user::run(ctx, args),
            Command::Audit(args) => audit::run(ctx, args),
            Command::Backup(args) => backup::run(ctx, args),
            Command::Restore(args) => restore::run(ctx, args),
            Command::Check(args) => check::run(ctx, args),
            Command::Doctor(args) => doctor::run(ctx, args),
            Command::Repair(args) => repair::run(ctx, args),
            Command::Explain(args) => explain::run(ctx, args),
            Command::Man(args) => manual::run_man(ctx, args),
            Command::Completions(args) => manual::run_completions(ctx, args),
        }
    }

    /// Whether it only lists and shows, so that its output may wait for a pager.
    fn only_shows(&self) -> bool {
        matches!(
            self,
            Command::List(_)
                | Command::Show(_)
                | Command::Find(_)
                | Command::Due(_)
                | Command::Notice(_)
                | Command::Census(_)
                | Command::Batch(_)
                | Command::Break(_)
                | Command::Refund(_)
                | Command::Report(_)
                | Command::Audit(_)
                | Command::Explain(_)
        )
    }
}

/// Runs the command line of this process. `screen` is the front that fills the screen: fronts do not know each other.
pub fn main(screen: Screen) -> ExitCode {
    crash::leave_nothing();
    let argv: Vec<OsString> = std::env::args_os().collect();
    let lang = language::choose(&argv, ctx::variable("GUAZHANG_LANG"), sys_locale::get_locale());
    // What the ledger tells in the midst of a change goes to the terminal of the process, whoever runs a line in it.
    crate::store::watch(Box::new(move |happening| watched(happening, lang)));
    run(&argv, lang, Some(screen), Out::OfProcess, Box::new(io::stderr())).into()
}

/// The command line as the parser knows it, in English. Commands are in it by name alone until it is built.
fn command() -> clap::Command {
    Line::command()
}

/// Runs a command line, the program's name first, and prints results on `out` and all else on `err`.
pub fn run_on(argv: &[OsString], lang: Lang, out: Box<dyn Write>, err: Box<dyn Write>) -> Exit {
    run(argv, lang, None, Out::Given(out), err)
}

/// Where results go: only the process's own output may be a terminal.
enum Out {
    OfProcess,
    Given(Box<dyn Write>),
}

impl Out {
    /// The output itself; what is long goes through a pager where somebody reads it on a terminal.
    fn opened(self, paged: bool) -> Box<dyn Write> {
        match (self, ctx::rows().filter(|_| paged).zip(pager::named())) {
            (Out::Given(out), _) => out,
            (Out::OfProcess, Some((rows, words))) => Box::new(pager::Pager::new(words, rows)),
            (Out::OfProcess, None) => Box::new(BufWriter::new(io::stdout())),
        }
    }
}

fn run(argv: &[OsString], lang: Lang, screen: Option<Screen>, out: Out, mut err: Box<dyn Write>) -> Exit {
    let line = match command().try_get_matches_from(argv).and_then(|found| Line::from_arg_matches(&found)) {
        Ok(line) => line,
        Err(error) => {
            let mut out = out.opened(argv.iter().all(|word| word != "--no-pager"));
            return unparsed(&error, argv, lang, &mut out, &mut err);
        }
    };
    let as_json = line.global.format == Some(args::Shape::Json);
    let mut ctx = match Ctx::new(&line.global, lang) {
        Ok(ctx) => ctx,
        Err(failure) => return told(&failure, &mut err, lang, as_json),
    };
    let command = line.command.as_ref();
    let may_wait = command.is_none_or(Command::only_shows) && ctx.format == Format::Table;
    let out = out.opened(may_wait && !line.global.no_pager);
    (ctx.out, ctx.err, ctx.screen) = (out, err, screen);
    let key = key_file::take(&mut ctx, matches!(command, Some(Command::Init(_))));
    let exit = match command {
        _ if key.is_err() => key.map(|()| Exit::Done),
        _ if line.global.format.is_some_and(|shape| shape.format().is_none()) && !writes_data(command) => {
            Err(only_for_data())
        }
        Some(command) => command.run(&mut ctx),
        None if double_click::is_one(&ctx) => double_click::run(&mut ctx),
        None => home::run(&mut ctx),
    };
    // What was printed before a failure comes before its message.
    let printed = ctx.out.flush().map_err(Failure::from);
    let exit = exit.and_then(|exit| printed.map(|()| exit));
    // Whoever reads in a pager reads to the end before anything else is said.
    ctx.out = Box::new(io::sink());
    exit.unwrap_or_else(|failure| told(&failure, &mut ctx.err, lang, as_json))
}

/// Whether it is `export data`, which alone knows further formats.
fn writes_data(command: Option<&Command>) -> bool {
    matches!(command, Some(Command::Export(args)) if args.is_data())
}

fn only_for_data() -> Failure {
    let says = Says::new(
        "parquet 和 hledger 只用于 guazhang export data",
        "parquet and hledger belong to guazhang export data",
    );
    Failure::usage(says.hint("这里可用 table、json、csv", "use table, json or csv here"))
}

/// Help and version are results; anything else is wrong usage.
fn unparsed(
    error: &clap::Error,
    argv: &[OsString],
    lang: Lang,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Exit {
    let help = || help::text(command(), error, argv, lang);
    // A reader that closes the pipe early has read enough.
    match error.kind() {
        // No word of it is translated, so the command line is not made again in a language.
        ErrorKind::DisplayVersion => {
            let _ = out.write_all(error.render().to_string().as_bytes()).and_then(|()| out.flush());
            Exit::Done
        }
        ErrorKind::DisplayHelp => {
            let _ = out.write_all(help().as_bytes()).and_then(|()| out.flush());
            Exit::Done
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            let _ = err.write_all(help().as_bytes());
            Exit::Usage
        }
        _ => {
            let as_json = argv.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json")
                || argv.iter().any(|word| word == "--format=json");
            told(&Failure::usage(usage::Misuse::new(error, understood(argv))), err, lang, as_json)
        }
    }
}

/// The part of a command line that names a command.
fn understood(argv: &[OsString]) -> String {
    let mut root = command();
    root.build();
    let (mut at, mut path) = (&root, root.get_name().to_owned());
    for word in argv.iter().skip(1).filter_map(|word| word.to_str()) {
        if let Some(sub) = at.find_subcommand(word) {
            at = sub;
            path = format!("{path} {word}");
        }
    }
    path
}

/// What the ledger does on its own is told at once, while the command goes on.
fn watched(happening: &Happening, lang: Lang) {
    let (mut err, hint) = (io::stderr(), happening.hint(lang));
    let _ = writeln!(err, "{}", happening.what(lang));
    if !hint.is_empty() {
        let _ = writeln!(err, " {}{hint}", lang.pick("提示：", "hint: "));
    }
}

fn told(failure: &Failure, err: &mut dyn Write, lang: Lang, as_json: bool) -> Exit {
    // Where stderr is gone too, the exit code still tells.
    let _ = failure.print(err, lang, as_json);
    failure.exit()
}
