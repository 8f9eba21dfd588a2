//! `guazhang import`: take in sheets that a hospital system wrote.

use crate::cli::args::DryRun;
use crate::cli::{Ctx, Exit, Failure, Says, ledger};
use crate::intake::{self, CensusSheet, ColumnMap, Context, Fault, RecordSheet, SheetError, SheetKind};
use crate::report::{Card, Cell, Column};
use crate::text::{Explain, Lang};
use crate::work::{self, CensusTaken, Imported, WorkError};
use std::path::{Path, PathBuf};

/// Import sheets: CSV in UTF-8, xlsx, xls
#[derive(clap::Args, Debug)]
pub(super) struct ImportArgs {
    #[command(subcommand)]
    action: Action,
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
}

#[derive(clap::Args, Debug)]
struct RecordsArgs {
    /// The records, one a row
    #[arg(value_name = "FILE", required_unless_present = "template")]
    records: Option<PathBuf>,

    /// Their fee lines; the lines of a record sum to its total
    #[arg(long, value_name = "FILE")]
    lines: Option<PathBuf>,

    /// A map from their headings to ours, TOML
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,

    /// The worksheet to read, where the file is a workbook; the first that holds anything by default
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,

    /// Take the good rows; write the rest beside the input as NAME.rejected.csv
    #[arg(long)]
    accept_good: bool,

    /// Write an empty sheet with our headings there, to be filled in
    #[arg(long, value_name = "FILE", conflicts_with_all = ["records", "lines", "map", "sheet", "accept_good"])]
    template: Option<PathBuf>,

    #[command(flatten)]
    dry_run: DryRun,
}

#[derive(clap::Args, Debug)]
struct CensusArgs {
    /// The patients in hospital, one a row
    #[arg(value_name = "FILE", required_unless_present = "template")]
    census: Option<PathBuf>,

    /// A map from their headings to ours, TOML
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,

    /// The worksheet to read, where the file is a workbook; the first that holds anything by default
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,

    /// Take the good rows; write the rest beside the input as NAME.rejected.csv
    #[arg(long)]
    accept_good: bool,

    /// Write an empty sheet with our headings there, to be filled in
    #[arg(long, value_name = "FILE", conflicts_with_all = ["census", "map", "sheet", "accept_good"])]
    template: Option<PathBuf>,

    #[command(flatten)]
    dry_run: DryRun,
}

pub(super) fn run(ctx: &mut Ctx, args: &ImportArgs) -> Result<Exit, Failure> {
    let (kind, empty) = match &args.action {
        Action::Records(args) => (SheetKind::Records, &args.template),
        Action::Census(args) => (SheetKind::Census, &args.template),
    };
    if let Some(path) = empty {
        return template(ctx, kind, path);
    }
    match &args.action {
        Action::Records(args) => records(ctx, args, given(args.records.as_deref())?),
        Action::Census(args) => census(ctx, args, given(args.census.as_deref())?),
    }
}

fn given(path: Option<&Path>) -> Result<&Path, Failure> {
    path.ok_or_else(|| Failure::usage(Says::new("没有给出文件", "no file was given")))
}

fn template(ctx: &mut Ctx, kind: SheetKind, path: &Path) -> Result<Exit, Failure> {
    if path.exists() {
        let there = path.display();
        let says = Says::new(format!("{there} 已存在"), format!("{there} is there already"));
        return Err(Failure::conflict(says.hint("换一个文件名", "choose another name")));
    }
    std::fs::write(path, intake::template(kind, ctx.lang))?;
    let shown = path.display();
    ctx.remark(&format!("已写出空表 {shown}"), &format!("an empty sheet is in {shown}"))?;
    Ok(Exit::Done)
}

fn records(ctx: &mut Ctx, args: &RecordsArgs, path: &Path) -> Result<Exit, Failure> {
    let map = read_map(args.map.as_deref())?.with_worksheet(SheetKind::Records, args.sheet.as_deref());
    let (mut book, law) = ledger::open(ctx)?;
    let facilities = book.books().facilities()?;
    let own = book.founding().facility.clone();
    let knows = |code: &str| facilities.iter().any(|(known, _)| known == code);
    let fact_kind = |name: &str| law.fact_kind(name);
    let context = Context { now: ctx.now, own_facility: &own, knows_facility: &knows, fact_kind: &fact_kind };
    let sheet = RecordSheet::open(path, args.lines.as_deref(), &map, &context).map_err(refused)?;
    let digest = intake::digest_of_file(path).map_err(refused)?;
    let name = named(path);
    let mode = ledger::mode(args.dry_run.dry_run);
    let done = work::import(&mut book, &ctx.actor(), mode, sheet, &name, digest, args.accept_good);
    let done = done.map_err(whole_file_refused)?;
    print(ctx, &done)?;
    ledger::tried(ctx, args.dry_run.dry_run)?;
    if done.faults.is_empty() {
        return Ok(Exit::Done);
    }
    let sources = [(Some(path), SheetKind::Records), (args.lines.as_deref(), SheetKind::Lines)];
    reject(ctx, &sources, &map, &done.faults, args.dry_run.dry_run)?;
    Ok(Exit::Findings)
}

fn census(ctx: &mut Ctx, args: &CensusArgs, path: &Path) -> Result<Exit, Failure> {
    let map = read_map(args.map.as_deref())?.with_worksheet(SheetKind::Census, args.sheet.as_deref());
    let (mut book, law) = ledger::open(ctx)?;
    let facilities = book.books().facilities()?;
    let own = book.founding().facility.clone();
    let knows = |code: &str| facilities.iter().any(|(known, _)| known == code);
    let fact_kind = |name: &str| law.fact_kind(name);
    let context = Context { now: ctx.now, own_facility: &own, knows_facility: &knows, fact_kind: &fact_kind };
    let sheet = CensusSheet::open(path, &map, &context).map_err(refused)?;
    let mode = ledger::mode(args.dry_run.dry_run);
    let done = work::take_census(&mut book, &ctx.actor(), mode, sheet, &named(path), args.accept_good);
    let done = done.map_err(whole_file_refused)?;
    print_census(ctx, &done)?;
    ledger::tried(ctx, args.dry_run.dry_run)?;
    if done.read_before && done.known > 0 {
        ctx.remark(
            "这份名册以前导入过，没有改动任何内容",
            "this list was imported before; nothing was changed",
        )?;
    }
    if done.faults.is_empty() {
        return Ok(Exit::Done);
    }
    reject(ctx, &[(Some(path), SheetKind::Census)], &map, &done.faults, args.dry_run.dry_run)?;
    Ok(Exit::Findings)
}

/// A file's own name, without the folder it lies in.
fn named(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Bad rows of an import: the one verb that can go on without them.
fn whole_file_refused(error: WorkError) -> Failure {
    let WorkError::Rows(faults) = error else { return error.into() };
    let said = WorkError::Faults { count: faults.len() };
    let says = Says::new(said.what(Lang::Zh), said.what(Lang::En)).hint(
        "改正后整份重新导入；或加 --accept-good 先收正确的行",
        "correct the file and give it again, or take the good rows with --accept-good",
    );
    Failure::refused(says).with_items(faults)
}

/// Writes the rows that were left out beside their files, and says where.
fn reject(
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

pub(super) fn read_map(path: Option<&Path>) -> Result<ColumnMap, Failure> {
    path.map_or_else(|| Ok(ColumnMap::none()), |path| ColumnMap::read(path).map_err(refused))
}

/// A sheet that cannot be read, with the rows at fault as items.
pub(super) fn refused(error: SheetError) -> Failure {
    match error {
        SheetError::Refused(faults) => WorkError::Rows(faults).into(),
        error => WorkError::Sheet(error).into(),
    }
}

fn print_census(ctx: &mut Ctx, done: &CensusTaken) -> Result<(), Failure> {
    let whole = |count: u64| Cell::Int(i64::try_from(count).unwrap_or(i64::MAX));
    let mut card = Card::new();
    card.fact(Column::number("patients", "新增患者", "patients"), whole(done.new));
    card.fact(Column::number("known", "已在名册", "known already"), whole(done.known));
    let changed: Vec<_> = done.changed.iter().map(ToString::to_string).collect();
    card.fact(Column::text("changed", "有变化", "changed"), some(&changed));
    let gone = (done.gone > 0).then_some(done.gone);
    card.fact(Column::number("gone", "已出院仍在册", "gone but listed"), Cell::known(gone, whole));
    if let Some((first, last)) = &done.numbers {
        card.fact(Column::text("numbers", "编号", "numbers"), Cell::text(format!("{first} … {last}")));
    }
    card.fact(Column::text("facilities", "新机构", "new facilities"), some(&done.facilities));
    let passed = (done.summary.passed_over > 0).then_some(done.summary.passed_over);
    card.fact(Column::number("passed_over", "跳过的行", "rows passed over"), Cell::known(passed, whole));
    let faults: Vec<_> = done.faults.iter().map(|fault| fault.what(ctx.lang)).collect();
    card.extra("faults", faults);
    ctx.print_card(&card)
}

fn print(ctx: &mut Ctx, done: &Imported) -> Result<(), Failure> {
    let whole = |count: u64| Cell::Int(i64::try_from(count).unwrap_or(i64::MAX));
    let mut card = Card::new();
    card.fact(Column::number("records", "新增记录", "records"), whole(done.new));
    card.fact(Column::number("lines", "新增明细", "lines"), whole(done.lines));
    card.fact(Column::money("total", "合计", "total"), Cell::Money(done.total));
    card.fact(Column::number("known", "已在账本", "known already"), whole(done.known));
    if let Some((first, last)) = &done.numbers {
        card.fact(Column::text("numbers", "编号", "numbers"), Cell::text(format!("{first} … {last}")));
    }
    card.fact(Column::text("facilities", "新机构", "new facilities"), some(&done.facilities));
    card.fact(Column::text("ignored", "未读的列", "columns ignored"), some(&done.summary.ignored_columns));
    let passed = (done.summary.passed_over > 0).then_some(done.summary.passed_over);
    card.fact(Column::number("passed_over", "跳过的行", "rows passed over"), Cell::known(passed, whole));
    let faults: Vec<_> = done.faults.iter().map(|fault| fault.what(ctx.lang)).collect();
    card.extra("faults", faults);
    ctx.print_card(&card)
}

fn some(texts: &[String]) -> Cell {
    if texts.is_empty() { Cell::Empty } else { Cell::List(texts.to_vec()) }
}
