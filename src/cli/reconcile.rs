//! `guazhang reconcile`: lay the ledger's records against a platform statement.

use crate::cli::args::DryRun;
use crate::cli::progress::watched;
use crate::cli::sheet_flags::SheetFlags;
use crate::cli::{Ctx, Exit, Failure, discrepancy, import, ledger};
use crate::domain::{BreakState, Money};
use crate::intake::{self, SheetKind, StatementSheet};
use crate::report::{Card, Cell, Column, Format, Sheet};
use crate::work::{self, Reconciled};
use std::path::PathBuf;

/// Match records against a platform statement
///
/// Matched records become settled; what does not agree becomes a break. A statement given twice changes nothing.
#[derive(clap::Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct ReconcileArgs {
    /// The platform's statements: CSV, xlsx or xls
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    #[command(flatten)]
    reading: SheetFlags,

    #[command(flatten)]
    dry_run: DryRun,

    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// The verdict on every record, and the runs so far
    Status,
}

pub(super) fn run(ctx: &mut Ctx, args: &ReconcileArgs) -> Result<Exit, Failure> {
    if let Some(Action::Status) = args.action {
        return status(ctx);
    }
    let map = args.reading.map(SheetKind::Statement)?;
    let mut sheets = Vec::new();
    for path in &args.files {
        let sheet = StatementSheet::open(path, &map, ctx.now).map_err(import::refused)?;
        let digest = intake::digest_of_file(path).map_err(import::refused)?;
        sheets.push((sheet, path.clone(), digest));
    }
    let (mut book, law) = ledger::unlocked(ctx)?;
    let mode = ledger::mode(args.dry_run.dry_run);
    let actor = ctx.actor();
    let done = watched(ctx.lang, |watch| work::reconcile(&mut book, &law, &actor, mode, sheets, watch))?;
    print(ctx, &done, args.dry_run.dry_run)?;
    let open = book.books().breaks(Some(BreakState::Open))?;
    if ctx.format == Format::Table && !open.is_empty() && !args.dry_run.dry_run {
        writeln!(ctx.out)?;
        let sheet = discrepancy::sheet(ctx, &book.books(), &open, false)?;
        ctx.print(&sheet)?;
    }
    ledger::tried(ctx, args.dry_run.dry_run)?;
    let outstanding = if args.dry_run.dry_run { done.new_breaks + done.still_open } else { open.len() };
    Ok(Exit::findings(outstanding))
}

fn print(ctx: &mut Ctx, done: &Reconciled, trying: bool) -> Result<(), Failure> {
    // A number that was only tried will be given to the next run.
    let run = done.run.filter(|_| !trying);
    if ctx.format == Format::Json {
        let mut outcome = done.outcome();
        outcome["run"] = serde_json::json!(run);
        return ctx.print_json(&outcome);
    }
    let mut sheet = Sheet::new(&[
        Column::code("verdict", "结论", "verdict"),
        Column::number("count", "笔数", "count"),
        Column::money("total", "金额", "amount"),
    ]);
    for (verdict, count, total) in &done.records {
        sheet.row([Cell::word(verdict), whole(*count), Cell::Money(*total)]);
    }
    let (count, total) = done.extra;
    sheet.row([Cell::word(&crate::domain::Verdict::Extra), whole(count), Cell::Money(total)]);
    ctx.print(&sheet)?;
    if ctx.format == Format::Table {
        writeln!(ctx.out)?;
        let mut card = Card::new();
        let run = run.map(|run| format!("R{run}"));
        card.fact(Column::code("run", "对账批次", "run"), Cell::known(run, Cell::Text));
        card.fact(Column::number("rows", "读入行数", "rows read"), whole(done.rows));
        card.fact(Column::number("new_rows", "新增行数", "new rows"), whole(done.new_rows));
        card.fact(Column::number("settled", "本次结算", "settled now"), whole(done.settled));
        card.fact(Column::money("ledger", "账本合计", "ledger total"), Cell::Money(done.bridge.ledger));
        card.fact(Column::money("platform", "平台合计", "platform total"), Cell::Money(done.bridge.platform));
        let between: Money = done.bridge.platform - done.bridge.ledger;
        card.fact(Column::money("between", "两边相差", "between them"), Cell::Money(between));
        card.fact(
            Column::text("explained", "差额全部有据", "every fen explained"),
            Cell::Flag(done.bridge.ties()),
        );
        ctx.print_card(&card)?;
    }
    Ok(())
}

fn whole(count: u64) -> Cell {
    Cell::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

fn status(ctx: &mut Ctx) -> Result<Exit, Failure> {
    let (book, _) = ledger::open(ctx)?;
    let mut sheet = Sheet::new(&[
        Column::code("verdict", "结论", "verdict"),
        Column::number("count", "笔数", "count"),
        Column::money("total", "金额", "amount"),
    ]);
    let mut verdicts = book.books().verdicts()?;
    verdicts.sort_by_key(|(verdict, ..)| *verdict);
    for (verdict, count, total) in verdicts {
        sheet.row([Cell::word(&verdict), Cell::Int(count), Cell::Money(total)]);
    }
    let runs = book.books().runs()?;
    let told: Vec<_> = runs
        .iter()
        .map(|run| serde_json::json!({ "run": run.id, "at": run.at, "operator": run.operator, "file": run.file, "outcome": run.outcome }))
        .collect();
    sheet.extra("runs", told);
    let open = book.books().breaks(Some(BreakState::Open))?.len();
    sheet.extra("open_breaks", open);
    if let Some(last) = runs.last() {
        let (run, at, file) = (last.id, last.at.short(), &last.file);
        sheet.note(ctx.lang.pick(
            &format!("最近一次对账 R{run}，{at}，{file}；未解决差异 {open} 项"),
            &format!("last run R{run}, {at}, {file}; open breaks {open}"),
        ));
    }
    ctx.print(&sheet)?;
    Ok(Exit::findings(open))
}
