//! `guazhang reconcile`: lay the ledger's records against a platform statement.

use crate::cli::args::DryRun;
use crate::cli::progress::watched;
use crate::cli::sheet_flags::SheetFlags;
use crate::cli::{Ctx, Exit, Failure, Says, discrepancy, import, ledger, profile};
use crate::domain::{BreakState, Money};
use crate::intake::profile::NATIONAL;
use crate::intake::{self, SheetKind, StatementSheet};
use crate::report::{Card, Cell, Column, Format, Sheet};
use crate::store::{Books, BreakInfo, RunInfo, Undone};
use crate::text::{Label, UnknownWord};
use crate::work::{self, Change, Changed, Expected, Reconciled, Since, Terms};
use std::path::PathBuf;

/// Match records against a platform statement
///
/// Matched records become settled; what does not agree becomes a break. A statement given twice changes nothing.
#[derive(clap::Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct ReconcileArgs {
    /// The platform's statements: CSV, xlsx, xls, or the result of 3202 as text or ZIP
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    #[command(flatten)]
    reading: SheetFlags,

    /// How the region writes its statements: a profile that is built in, or a TOML file
    #[arg(long, value_name = "NAME|FILE", default_value = NATIONAL)]
    profile: String,

    /// How many rows the files have, where the platform says it elsewhere
    #[arg(long, value_name = "N")]
    expect_count: Option<u64>,

    /// The total of the files in yuan, where the platform says it elsewhere
    #[arg(long, value_name = "YUAN", allow_negative_numbers = true)]
    expect_total: Option<Money>,

    /// A difference of a total that a key still matches, in yuan, at most 1.00; holds until another is given
    #[arg(long, value_name = "AMOUNT")]
    tolerance: Option<Money>,

    #[command(flatten)]
    dry_run: DryRun,

    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// The verdict on every record, the runs so far, and what is new, still open and closed since the last time
    Status,
    /// What changed from one run to another: breaks that are new, still there, or gone
    Diff {
        /// The earlier run, such as R1
        #[arg(value_name = "RUN", value_parser = run_number)]
        from: i64,
        /// The later run
        #[arg(value_name = "RUN", value_parser = run_number)]
        to: i64,
    },
    /// Take the last run back: records, matches and breaks as they were before it
    Undo {
        /// The run, such as R3
        #[arg(value_name = "RUN", value_parser = run_number)]
        run: i64,
        /// Why
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
        #[command(flatten)]
        dry_run: DryRun,
    },
}

/// Reads `R3` or `3`.
fn run_number(text: &str) -> Result<i64, UnknownWord> {
    let unknown = || UnknownWord { what: "run", text: text.to_owned(), known: vec!["R1", "R2"] };
    text.trim().trim_start_matches(['R', 'r']).parse().map_err(|_| unknown())
}

fn undo(ctx: &mut Ctx, run: i64, reason: &str, dry_run: DryRun) -> Result<Exit, Failure> {
    let (mut book, _) = ledger::unlocked(ctx)?;
    let mode = ledger::mode(dry_run.dry_run);
    let done = work::undo_run(&mut book, &ctx.actor(), mode, run, reason)?;
    let mut card = Card::new();
    card.fact(Column::code("run", "对账批次", "run"), Cell::text(format!("R{run}")));
    if let Undone::Done { records, breaks, matches, rematched } = done {
        card.fact(Column::number("records", "恢复原状的记录", "records put back"), Cell::count(records));
        card.fact(Column::number("breaks", "恢复原状的差异", "breaks put back"), Cell::count(breaks));
        card.fact(Column::number("matches", "撤销的匹配", "matches taken back"), Cell::count(matches));
        card.fact(Column::number("rematched", "重新有效的匹配", "matches restored"), Cell::count(rematched));
    }
    ctx.print_card(&card)?;
    ledger::tried(ctx, dry_run.dry_run)?;
    Ok(Exit::Done)
}

pub(super) fn run(ctx: &mut Ctx, args: &ReconcileArgs) -> Result<Exit, Failure> {
    match &args.action {
        Some(Action::Status) => return status(ctx),
        Some(Action::Diff { from, to }) => return diff(ctx, *from, *to),
        Some(Action::Undo { run, reason, dry_run }) => return undo(ctx, *run, reason, *dry_run),
        None => {}
    }
    let tolerance = args.tolerance.map(small).transpose()?;
    let map = args.reading.map(SheetKind::Statement)?;
    let profile = profile::found(&args.profile)?;
    let mut sheets = Vec::new();
    for path in &args.files {
        let sheet = StatementSheet::open_with(path, &map, &profile, ctx.now).map_err(import::refused)?;
        let digest = intake::digest_of_file(path).map_err(import::refused)?;
        sheets.push((sheet, path.clone(), digest));
    }
    let (mut book, law) = ledger::unlocked(ctx)?;
    let mode = ledger::mode(args.dry_run.dry_run);
    let actor = ctx.actor();
    let expected = Expected { count: args.expect_count, total: args.expect_total };
    let terms = Terms { tolerance, expected, in_parts: ctx.format == Format::Json };
    let done =
        watched(ctx.lang, |watch| work::reconcile(&mut book, &law, &actor, mode, terms, sheets, watch))?;
    print(ctx, &done, args.dry_run.dry_run)?;
    let open = of_records(&book.books())?;
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
        outcome["control"] = done.levels.control_json();
        outcome["bridge_parts"] = done.levels.parts_json();
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
    if done.unread.0 > 0 {
        let (count, total) = done.unread;
        sheet.row([Cell::word(&crate::domain::Reason::UnknownCode), whole(count), Cell::Money(total)]);
    }
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
        let (agree, differ) = done.levels.control.standing();
        let totals = ctx
            .lang
            .pick(&format!("{agree} 组平，{differ} 组不平"), &format!("{agree} agree, {differ} differ"))
            .to_owned();
        card.fact(Column::text("control", "总账", "control totals"), Cell::text(totals));
        card.fact(
            Column::text("explained", "差额全部有据", "every fen explained"),
            Cell::Flag(done.bridge.ties()),
        );
        if !done.tolerance.is_zero() {
            card.fact(Column::money("tolerance", "容差", "tolerance"), Cell::Money(done.tolerance));
        }
        ctx.print_card(&card)?;
    }
    Ok(())
}

/// The open breaks, without those of accounts that move to the virtual side.
fn of_records(books: &Books<'_>) -> Result<Vec<BreakInfo>, Failure> {
    let open = books.breaks(Some(BreakState::Open))?;
    Ok(open.into_iter().filter(|found| found.account.is_none()).collect())
}

/// A tolerance hides what it lets pass from whoever reads only totals; it stays small.
fn small(tolerance: Money) -> Result<Money, Failure> {
    if tolerance >= Money::ZERO && tolerance <= Money::from_fen(100) {
        return Ok(tolerance);
    }
    let says = Says::new(
        format!("容差 {tolerance} 不在 0.00 到 1.00 元之间"),
        format!("a tolerance of {tolerance} yuan is not between 0.00 and 1.00"),
    );
    let hint = ("差额更大的须逐笔核对", "a larger difference has to be looked at one by one");
    Err(Failure::usage(says.hint(hint.0, hint.1)))
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
        .map(|run| serde_json::json!({ "run": run.id, "at": run.at, "operator": run.operator, "file": run.file, "outcome": run.outcome,
            "undone_at": run.undone_at }))
        .collect();
    sheet.extra("runs", told);
    let open = of_records(&book.books())?.len();
    sheet.extra("open_breaks", open);
    if let Some(last) = runs.iter().rev().find(|run| run.undone_at.is_none()) {
        let (run, at, file) = (last.id, last.at.short(), &last.file);
        sheet.note(ctx.lang.pick(
            &format!("最近一次对账 R{run}，{at}，{file}；未解决差异 {open} 项"),
            &format!("last run R{run}, {at}, {file}; open breaks {open}"),
        ));
    }
    if let Some(since) = work::since_last(&book.books())? {
        let Since { before, new, still_open, closed } = since;
        sheet.extra(
            "since_last",
            serde_json::json!({ "run": before, "new": new, "still_open": still_open, "closed": closed }),
        );
        if let Some(run) = before {
            sheet.note(ctx.lang.pick(
                &format!("自 R{run} 以来：新增 {new} 项，仍未解决 {still_open} 项，已了结 {closed} 项"),
                &format!("since R{run}: {new} new, {still_open} still open, {closed} closed"),
            ));
        }
    }
    ctx.print(&sheet)?;
    ledger::say_if_open(ctx, &book)?;
    Ok(Exit::findings(open))
}

fn diff(ctx: &mut Ctx, from: i64, to: i64) -> Result<Exit, Failure> {
    let (book, _) = ledger::open(ctx)?;
    let changes = work::changes(&book.books(), from, to)?;
    let mut sheet = Sheet::new(&[
        Column::text("change", "变化", "change"),
        Column::number("break", "差异", "break"),
        Column::code("reason", "代码", "code"),
        Column::text("meaning", "含义", "meaning"),
        Column::code("number", "编号", "number"),
        Column::code("record_no", "单号", "record no."),
        Column::code("setl_id", "结算ID", "setl_id"),
        Column::money("before", "此前差额", "before"),
        Column::money("after", "此后差额", "after"),
        Column::text("phase", "现进度", "phase now"),
    ]);
    for Changed { change, found, before, after } in &changes.items {
        sheet.row([
            Cell::word(change),
            Cell::Int(found.id),
            Cell::text(found.reason.id()),
            Cell::text(found.reason.label(ctx.lang)),
            Cell::text(&found.number),
            Cell::text(&found.record_no),
            Cell::text(&found.setl_id),
            Cell::known(*before, Cell::Money),
            Cell::known(*after, Cell::Money),
            Cell::word(&found.phase()),
        ]);
    }
    let [new, still, gone] = [Change::New, Change::Still, Change::Gone].map(|change| changes.count(change));
    let outcome = |run: &RunInfo| serde_json::json!({ "run": run.id, "at": run.at, "outcome": run.outcome });
    sheet.extra("from", changes.from.as_ref().map(outcome));
    sheet.extra("to", outcome(&changes.to));
    sheet.extra("counts", serde_json::json!({ "new": new, "still": still, "gone": gone }));
    sheet.note(ctx.lang.pick(
        &format!("从 R{from} 到 R{to}：新增 {new} 项，仍在 {still} 项，消失 {gone} 项"),
        &format!("from R{from} to R{to}: {new} new, {still} still there, {gone} gone"),
    ));
    ctx.print(&sheet)?;
    Ok(Exit::Done)
}
