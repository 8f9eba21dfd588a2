//! `guazhang add` and `amend`: write a record down by flags, by questions or
//! from JSON lines, and correct it.

use crate::cli::args::DryRun;
use crate::cli::record_flags::{RecordFlags, nothing_given};
use crate::cli::{Ctx, Exit, Failure, Says, ask, import, ledger, record_lines};
use crate::domain::{Decision, Kind, Line, ShortNumber, Time};
use crate::intake::{self, Context, Draft, SheetError};
use crate::report::{Card, Cell, Column, Format, detail};
use crate::store::{Added, Books, Ledger};
use crate::text::{Explain, Label, Lang};
use crate::work::counter::{Counter, questions};
use crate::work::{self, Law};

/// Write one record down
///
/// Prints its number once it is on the disk, and what the notice says of it.
/// On a terminal it asks for what is missing. With --stdin it takes many, all of them or none.
#[derive(clap::Args, Debug)]
pub(super) struct AddArgs {
    /// What is retained: outpatient, inpatient, purchase or filing
    #[arg(value_name = "KIND")]
    kind: Kind,

    /// Read records from stdin, as --stdin does
    #[arg(value_name = "-", value_parser = ["-"])]
    dash: Option<String>,

    /// Read records from stdin, one JSON object a line keyed by column; flags stand for what a line leaves out
    #[arg(long)]
    stdin: bool,

    #[command(flatten)]
    record: RecordFlags,

    #[command(flatten)]
    dry_run: DryRun,
}

pub(super) fn run(ctx: &mut Ctx, args: &AddArgs) -> Result<Exit, Failure> {
    let (mut book, law) = ledger::unlocked(ctx)?;
    let mut cells = vec![("kind".to_owned(), args.kind.id().to_owned())];
    cells.extend_from_slice(args.record.cells());
    if args.stdin || args.dash.is_some() {
        let drafts = record_lines::read(ctx, &cells, &|cells| checked(ctx, &book, &law, cells, Vec::new()))?;
        drop(book);
        return record_lines::write(ctx, &drafts, args.dry_run.dry_run);
    }
    if ctx.asks && lacks(args.kind, &cells) {
        cells = asked(ctx, &mut book, &law, args.kind, args.record.cells())?;
    }
    let draft = check(ctx, &book, &law, &cells, Vec::new())?;
    let mode = ledger::mode(args.dry_run.dry_run);
    let (added, decision) = work::add(&mut book, &law, &ctx.actor(), mode, &draft.record, draft.row_key)?;
    let (number, known) = match &added {
        Added::New(number) | Added::Differs(number) => (number, false),
        Added::Known(number) => (number, true),
    };
    let mut card = Card::new();
    card.fact(Column::code("number", "编号", "number"), Cell::text(number.to_string()));
    card.fact(Column::money("total", "总额", "total"), Cell::Money(draft.record.total));
    card.fact(
        Column::text("known", "已在账本", "known already"),
        if known { Cell::Flag(true) } else { Cell::Empty },
    );
    print(ctx, card, &decision)?;
    likely_twice(ctx, &book.books(), &draft, number)?;
    ledger::tried(ctx, args.dry_run.dry_run)?;
    Ok(Exit::Done)
}

/// Whether something is missing without which no record is written down.
fn lacks(kind: Kind, cells: &[(String, String)]) -> bool {
    let given = |column: &str| cells.iter().any(|(known, text)| known == column && !text.trim().is_empty());
    // Of a receipt the checks of a sheet know nothing, and of an application's date any other will do.
    let dates = ["occurred_at", "admitted_at", "applied_on"];
    let dated = dates.iter().any(|column| given(column));
    let missing = |column: &str| match column {
        "receipt_no" => false,
        column if dates.contains(&column) => !dated,
        column => !given(column),
    };
    questions(kind).iter().any(|question| question.floor && missing(&question.column))
}

/// The questions of the desk, for what was not given.
fn asked(
    ctx: &mut Ctx,
    book: &mut Ledger,
    law: &Law,
    kind: Kind,
    given: &[(String, String)],
) -> Result<Vec<(String, String)>, Failure> {
    let now = ctx.now;
    let clock = move || -> Time { now };
    let counter = Counter::open(book, law, &ctx.operator, &clock, &[])?;
    let mut stdin = std::io::stdin().lock();
    let lang = ctx.lang;
    let mut prompts = ask::Prompts::new(&mut stdin, &mut ctx.err, lang);
    ask::record(&counter, &mut prompts, kind, given)
}

/// Warns where the same receipt, or the same person with the same amount on the same day, stands already.
fn likely_twice(ctx: &mut Ctx, books: &Books<'_>, draft: &Draft, own: &ShortNumber) -> Result<(), Failure> {
    let Some(twice) = work::likely_twice(books, &draft.record, Some(own))? else { return Ok(()) };
    let said = |lang: Lang| format!("{}{}{}", twice.what(lang), lang.pick("；", "; "), twice.hint(lang));
    ctx.remark(&format!("注意：{}", said(Lang::Zh)), &format!("note: {}", said(Lang::En)))
}

/// Correct a record: give what changes, as when writing it down
///
/// An empty text takes a value away. Old and new stay on record.
#[derive(clap::Args, Debug)]
pub(super) struct AmendArgs {
    /// The record, by its number or the facility's own
    #[arg(value_name = "ID")]
    id: String,

    #[command(flatten)]
    record: RecordFlags,

    #[command(flatten)]
    dry_run: DryRun,
}

pub(super) fn run_amend(ctx: &mut Ctx, args: &AmendArgs) -> Result<Exit, Failure> {
    if args.record.cells().is_empty() {
        return Err(nothing_given());
    }
    let (mut book, law) = ledger::unlocked(ctx)?;
    let stored = work::find(&book.books(), &args.id)?;
    let mut cells = intake::cells_of(&book.books().opened(stored.clone())?.record);
    for (column, text) in args.record.cells() {
        // A fact with a column of its own may be given either way.
        let bare = column.strip_prefix("fact:").unwrap_or(column);
        cells.retain(|(known, _)| known.strip_prefix("fact:").unwrap_or(known) != bare);
        cells.push((column.clone(), text.clone()));
    }
    let draft = check(ctx, &book, &law, &cells, stored.record.lines.clone())?;
    let mode = ledger::mode(args.dry_run.dry_run);
    let amended = work::amend(&mut book, &law, &ctx.actor(), mode, &stored, &draft.record)?;
    let mut card = Card::new();
    card.fact(Column::code("number", "编号", "number"), Cell::text(amended.number.to_string()));
    let mut changes = amended.changes.clone();
    changes.remove("decision");
    let changed = if ctx.format == Format::Table {
        Cell::text(detail(&serde_json::Value::Object(changes).to_string(), ctx.lang))
    } else {
        Cell::List(changes.keys().map(|key| key.trim_end_matches("_fen").to_owned()).collect())
    };
    card.fact(Column::text("changed", "已更正", "corrected"), changed);
    if ctx.format == Format::Table && amended.changes.contains_key("decision") {
        let before = &amended.before;
        let route = before.best().map(|way| way.route.label(ctx.lang));
        let told = [route, Some(before.status.label(ctx.lang))].into_iter().flatten().map(str::to_owned);
        card.fact(Column::text("before", "原判定", "was"), Cell::List(told.collect()));
    }
    card.extra("changes", &amended.changes);
    print(ctx, card, &amended.after)?;
    ledger::tried(ctx, args.dry_run.dry_run)?;
    Ok(Exit::Done)
}

/// Puts what was typed to the checks of a sheet.
fn check(
    ctx: &Ctx,
    book: &Ledger,
    law: &Law,
    cells: &[(String, String)],
    lines: Vec<Line>,
) -> Result<Draft, Failure> {
    checked(ctx, book, law, cells, lines).map_err(refused)
}

fn checked(
    ctx: &Ctx,
    book: &Ledger,
    law: &Law,
    cells: &[(String, String)],
    lines: Vec<Line>,
) -> Result<Draft, SheetError> {
    let facilities = book.books().facilities().unwrap_or_default();
    let knows = |code: &str| facilities.iter().any(|(known, _)| known == code);
    let fact_kind = |name: &str| law.fact_kind(name);
    let own = &book.founding().facility;
    let context = Context { now: ctx.now, own_facility: own, knows_facility: &knows, fact_kind: &fact_kind };
    intake::typed(cells, lines, &context)
}

/// What was typed has no file that could be corrected: each fault says what to type instead.
fn refused(error: SheetError) -> Failure {
    match error {
        SheetError::Refused(faults) => {
            let says = Says::new("记录有误，未写入任何内容", "the record is not right; nothing was written");
            Failure::refused(says).with_items(faults)
        }
        error => import::refused(error),
    }
}

fn print(ctx: &mut Ctx, mut card: Card, decision: &Decision) -> Result<(), Failure> {
    card.extra("decision", decision);
    ctx.print_card(&card)?;
    if ctx.format == Format::Table {
        writeln!(ctx.out)?;
        ctx.print_decision(decision)?;
    }
    Ok(())
}
