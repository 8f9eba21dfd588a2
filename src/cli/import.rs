//! `guazhang import`: take in sheets that a hospital system wrote.

use crate::cli::args::DryRun;
use crate::cli::import_accounts::{self, AccountsArgs};
use crate::cli::preview::{self, Told};
use crate::cli::progress::Watch;
use crate::cli::sheet_flags::SheetFlags;
use crate::cli::{Ctx, Exit, Failure, Says, ledger};
use crate::domain::{Digest, Progress};
use crate::intake::{self, CensusSheet, ColumnMap, Context, Fault, RecordSheet, SheetError, SheetKind};
use crate::report::Format;
use crate::store::{Ledger, Mode};
use crate::text::{Explain, Lang};
use crate::work::{self, CensusTaken, ImportFile, Imported, Importing, WorkError};
use std::path::{Path, PathBuf};

/// Import sheets: CSV, xlsx, xls and pages called xls
///
/// UTF-8, GB18030 and UTF-16 are told apart. On a terminal what a sheet would bring is shown before it is written.
#[derive(clap::Args, Debug)]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub(super) struct ImportArgs {
    /// Write the empty registration form of records (登记表) there, to be filled in by hand; as `records --template`
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,

    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// Import records, with their fee lines
    ///
    /// The same file again, or rows of it in another file, change nothing. A bad row refuses the file as a whole.
    Records(RecordsArgs),
    /// Import the list of patients in hospital
    ///
    /// The same list again changes nothing; where a later one says otherwise of a patient, that counts.
    Census(CensusArgs),
    /// Import account balances: a bank's, or the virtual side's
    ///
    /// The same list again changes nothing; a corrected one of the same side, bank and lot takes its place.
    Accounts(AccountsArgs),
}

#[derive(clap::Args, Debug)]
struct RecordsArgs {
    /// The records, one a row
    #[arg(value_name = "FILE", required_unless_present = "template")]
    records: Option<PathBuf>,

    /// Their fee lines; the lines of a record sum to its total
    #[arg(long, value_name = "FILE")]
    lines: Option<PathBuf>,

    /// The worksheet of the fee lines, where their file is a workbook
    #[arg(long, value_name = "NAME", requires = "lines")]
    lines_sheet: Option<String>,

    #[command(flatten)]
    reading: SheetFlags,

    /// Take the good rows; write the rest beside the input as NAME.rejected.csv
    #[arg(long)]
    accept_good: bool,

    /// Write an empty sheet with our headings there, to be filled in; a form with drop-downs where it ends in .xlsx
    #[arg(long, value_name = "FILE", conflicts_with_all = ["records", "lines", "lines_sheet", "map", "sheet", "encoding", "accept_good"])]
    template: Option<PathBuf>,

    #[command(flatten)]
    dry_run: DryRun,
}

#[derive(clap::Args, Debug)]
struct CensusArgs {
    /// The patients in hospital, one a row
    #[arg(value_name = "FILE", required_unless_present = "template")]
    census: Option<PathBuf>,

    #[command(flatten)]
    reading: SheetFlags,

    /// Take the good rows; write the rest beside the input as NAME.rejected.csv
    #[arg(long)]
    accept_good: bool,

    /// Write an empty sheet with our headings there, to be filled in; a form with drop-downs where it ends in .xlsx
    #[arg(long, value_name = "FILE", conflicts_with_all = ["census", "map", "sheet", "encoding", "accept_good"])]
    template: Option<PathBuf>,

    #[command(flatten)]
    dry_run: DryRun,
}

pub(super) fn run(ctx: &mut Ctx, args: &ImportArgs) -> Result<Exit, Failure> {
    let (kind, empty) = match &args.action {
        None => (SheetKind::Records, &args.template),
        Some(Action::Records(args)) => (SheetKind::Records, &args.template),
        Some(Action::Census(args)) => (SheetKind::Census, &args.template),
        Some(Action::Accounts(args)) => (SheetKind::Accounts, &args.template),
    };
    if let Some(path) = empty {
        return template(ctx, kind, path);
    }
    match &args.action {
        None => given(None).map(|_| Exit::Done),
        Some(Action::Records(args)) => records(ctx, args, given(args.records.as_deref())?),
        Some(Action::Census(args)) => census(ctx, args, given(args.census.as_deref())?),
        Some(Action::Accounts(args)) => import_accounts::run(ctx, args),
    }
}

pub(super) fn given(path: Option<&Path>) -> Result<&Path, Failure> {
    path.ok_or_else(|| Failure::usage(Says::new("没有给出文件", "no file was given")))
}

fn template(ctx: &mut Ctx, kind: SheetKind, path: &Path) -> Result<Exit, Failure> {
    if path.exists() {
        let there = path.display();
        let says = Says::new(format!("{there} 已存在"), format!("{there} is there already"));
        return Err(Failure::conflict(says.hint("换一个文件名", "choose another name")));
    }
    let form = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("xlsx"));
    let empty =
        if form { intake::form_book(kind, ctx.lang)? } else { intake::template(kind, ctx.lang).into_bytes() };
    std::fs::write(path, empty)?;
    let shown = path.display();
    ctx.remark(&format!("已写出空表 {shown}"), &format!("an empty sheet is in {shown}"))?;
    Ok(Exit::Done)
}

fn records(ctx: &mut Ctx, args: &RecordsArgs, path: &Path) -> Result<Exit, Failure> {
    let map = args.reading.map(SheetKind::Records)?;
    let map = map.with_worksheet(SheetKind::Lines, args.lines_sheet.as_deref());
    let (mut book, law) = ledger::unlocked(ctx)?;
    let facilities = book.books().facilities()?;
    let own = book.founding().facility.clone();
    let knows = |code: &str| facilities.iter().any(|(known, _)| known == code);
    let fact_kind = |name: &str| law.fact_kind(name);
    let context = Context { now: ctx.now, own_facility: &own, knows_facility: &knows, fact_kind: &fact_kind };
    let mut taking = Taking {
        path,
        lines: args.lines.as_deref(),
        map: &map,
        context: &context,
        accept_good: args.accept_good,
        digest: intake::digest_of_file(path).map_err(refused)?,
        lines_digest: args.lines.as_deref().map(intake::digest_of_file).transpose().map_err(refused)?,
        watch: Watch::new(ctx.lang),
    };
    if asks_first(ctx, args.dry_run) {
        let tried = taking.take(ctx, &mut book, Mode::Try)?;
        preview::records(ctx, &tried, Told::Preview)?;
        if tried.new > 0 && !agreed(ctx)? {
            return Err(Failure::interrupted());
        }
    }
    let trying = args.dry_run.dry_run;
    let done = taking.take(ctx, &mut book, ledger::mode(trying))?;
    preview::records(ctx, &done, if trying { Told::Preview } else { Told::Done })?;
    ledger::tried(ctx, trying)?;
    if done.faults.is_empty() {
        return Ok(Exit::Done);
    }
    let sources = [(Some(path), SheetKind::Records), (args.lines.as_deref(), SheetKind::Lines)];
    reject(ctx, &sources, &map, &done.faults, trying)?;
    Ok(Exit::Findings)
}

/// Whether the person at the terminal sees what would be written before it is.
pub(super) fn asks_first(ctx: &Ctx, dry_run: DryRun) -> bool {
    ctx.asks && !ctx.yes && !dry_run.dry_run && ctx.format == Format::Table
}

pub(super) fn agreed(ctx: &mut Ctx) -> Result<bool, Failure> {
    ctx.confirm("写入账本？", "Write this to the ledger?")
}

/// A sheet that may be taken in twice: once to be shown, once to be kept.
struct Taking<'a> {
    path: &'a Path,
    lines: Option<&'a Path>,
    map: &'a ColumnMap,
    context: &'a Context<'a>,
    accept_good: bool,
    digest: Digest,
    lines_digest: Option<Digest>,
    watch: Watch,
}

impl Taking<'_> {
    fn take(&mut self, ctx: &Ctx, book: &mut Ledger, mode: Mode) -> Result<Imported, Failure> {
        let open = || RecordSheet::open(self.path, self.lines, self.map, self.context).map_err(refused);
        let mut sheet = open()?;
        if self.accept_good {
            // Which rows contradict others must be known before the first of them is written.
            sheet = sheet.without(open()?.clashes());
        }
        let name = named(self.path);
        let lines_name = self.lines.map(named).unwrap_or_default();
        let lines = self.lines.zip(self.lines_digest);
        let lines = lines.map(|(path, digest)| ImportFile { path, name: &lines_name, digest });
        let watch = &mut self.watch;
        watch.begin();
        let mut tell = |progress: &Progress| watch.tell(progress);
        let importing = Importing {
            sheet,
            file: ImportFile { path: self.path, name: &name, digest: self.digest },
            lines,
            accept_good: self.accept_good,
            watch: &mut tell,
        };
        let done = work::import(book, &ctx.actor(), mode, importing);
        self.watch.end();
        let done = done.map_err(whole_file_refused)?;
        if done.stopped { Err(Failure::interrupted()) } else { Ok(done) }
    }
}

fn census(ctx: &mut Ctx, args: &CensusArgs, path: &Path) -> Result<Exit, Failure> {
    let map = args.reading.map(SheetKind::Census)?;
    let (mut book, law) = ledger::unlocked(ctx)?;
    let facilities = book.books().facilities()?;
    let own = book.founding().facility.clone();
    let knows = |code: &str| facilities.iter().any(|(known, _)| known == code);
    let fact_kind = |name: &str| law.fact_kind(name);
    let context = Context { now: ctx.now, own_facility: &own, knows_facility: &knows, fact_kind: &fact_kind };
    let actor = ctx.actor();
    let mut take = |mode| -> Result<CensusTaken, Failure> {
        let sheet = CensusSheet::open(path, &map, &context).map_err(refused)?;
        let done = work::take_census(&mut book, &actor, mode, sheet, path, args.accept_good);
        done.map_err(whole_file_refused)
    };
    if asks_first(ctx, args.dry_run) {
        let tried = take(Mode::Try)?;
        preview::census(ctx, &tried, Told::Preview)?;
        if tried.new + tried.changed.len() as u64 > 0 && !agreed(ctx)? {
            return Err(Failure::interrupted());
        }
    }
    let trying = args.dry_run.dry_run;
    let done = take(ledger::mode(trying))?;
    preview::census(ctx, &done, if trying { Told::Preview } else { Told::Done })?;
    ledger::tried(ctx, trying)?;
    if done.read_before && done.known > 0 {
        ctx.remark(
            "这份名册以前导入过，没有改动任何内容",
            "this list was imported before; nothing was changed",
        )?;
    }
    if done.faults.is_empty() {
        return Ok(Exit::Done);
    }
    reject(ctx, &[(Some(path), SheetKind::Census)], &map, &done.faults, trying)?;
    Ok(Exit::Findings)
}

/// A file's own name, without the folder it lies in.
fn named(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Bad rows of an import: the one verb that can go on without them.
pub(super) fn whole_file_refused(error: WorkError) -> Failure {
    let WorkError::Rows(faults) = error else { return error.into() };
    let said = WorkError::Faults { count: faults.len() };
    let says = Says::new(said.what(Lang::Zh), said.what(Lang::En)).hint(
        "改正后整份重新导入；或加 --accept-good 先收正确的行",
        "correct the file and give it again, or take the good rows with --accept-good",
    );
    Failure::refused(says).with_items(faults)
}

/// Writes the rows that were left out beside their files, and says where.
pub(super) fn reject(
    ctx: &mut Ctx,
    sources: &[(Option<&Path>, SheetKind)],
    map: &ColumnMap,
    faults: &[Fault],
    dry_run: bool,
) -> Result<(), Failure> {
    let count = faults.len();
    ctx.remark(
        &format!("{count} 处错误，所在的行未导入"),
        &format!("rows left out, with {count} faults in them"),
    )?;
    if dry_run {
        return Ok(());
    }
    for &(source, kind) in sources {
        let Some(source) = source else { continue };
        if let Some(written) = intake::rejected_csv(source, kind, faults, map, ctx.lang).map_err(refused)? {
            let written = written.display();
            ctx.remark(&format!("未导入的行在 {written}"), &format!("the rows left out are in {written}"))?;
        }
    }
    Ok(())
}

/// A sheet that cannot be read, with the rows at fault as items.
pub(super) fn refused(error: SheetError) -> Failure {
    match error {
        SheetError::Refused(faults) => WorkError::Rows(faults).into(),
        error => WorkError::Sheet(error).into(),
    }
}
