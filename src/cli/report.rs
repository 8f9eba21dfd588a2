//! `guazhang report`: how much stands where, and what is still unreconciled.

use crate::cli::args::Reveal;
use crate::cli::{Ctx, Exit, Failure, ledger};
use crate::domain::{BreakState, Money};
use crate::report::{Cell, Column, Sheet};
use crate::store::Books;
use crate::text::Label;
use crate::work::{self, Unreconciled};

/// Counts and sums, and what is left to do
#[derive(clap::Args, Debug)]
pub(super) struct ReportArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// Counts and sums by facility, kind and stage
    Summary,
    /// What is still unreconciled: overdue first, then the most money, then the oldest
    Unreconciled {
        #[command(flatten)]
        reveal: Reveal,
    },
}

pub(super) fn run(ctx: &mut Ctx, args: &ReportArgs) -> Result<Exit, Failure> {
    match &args.action {
        Action::Summary => summary(ctx),
        Action::Unreconciled { reveal } => unreconciled(ctx, reveal),
    }
}

fn summary(ctx: &mut Ctx) -> Result<Exit, Failure> {
    let (book, law) = ledger::open(ctx)?;
    let mut sheet = Sheet::new(&[
        Column::code("facility", "机构", "facility"),
        Column::code("kind", "类别", "kind"),
        Column::code("stage", "阶段", "stage"),
        Column::number("count", "笔数", "count"),
        Column::money("total", "总额", "total"),
        Column::money("paid", "已付", "paid"),
    ]);
    let totals = book.books().summary()?;
    for total in &totals {
        sheet.row([
            Cell::text(&total.facility),
            Cell::word(&total.kind),
            Cell::word(&total.stage),
            Cell::Int(total.count),
            Cell::Money(total.total),
            Cell::Money(total.paid),
        ]);
    }
    let count: i64 = totals.iter().map(|total| total.count).sum();
    let sum: Money = totals.iter().map(|total| total.total).sum();
    let owed = work::owed(&book.books(), &law, ctx.now)?;
    let owed: Money = owed.iter().filter_map(|owed| owed.amounts).map(|amounts| amounts.refund).sum();
    let open = book.books().breaks(Some(BreakState::Open))?.len();
    sheet.extra("count", count);
    sheet.extra("total_fen", sum);
    sheet.extra("refunds_owed_fen", owed);
    sheet.extra("open_breaks", open);
    sheet.note(ctx.lang.pick(
        &format!("共 {count} 笔，{sum} 元；应退未退 {owed} 元；未解决差异 {open} 项"),
        &format!("{count} records, {sum} yuan; refunds owed {owed}; open breaks {open}"),
    ));
    ctx.print(&sheet)?;
    Ok(Exit::Done)
}

fn unreconciled(ctx: &mut Ctx, reveal: &Reveal) -> Result<Exit, Failure> {
    let (mut book, law) = ledger::open(ctx)?;
    ledger::reveal(ctx, &mut book, reveal, "report unreconciled")?;
    let entries = work::unreconciled(&book.books(), &law, ctx.now)?;
    let mut sheet = Sheet::new(&[
        Column::code("number", "编号", "number"),
        Column::code("record_no", "单号", "record no."),
        Column::code("kind", "类别", "kind"),
        Column::code("name", "姓名", "name"),
        Column::money("total", "总额", "total"),
        Column::number("age_days", "天数", "age"),
        Column::number("days_left", "剩余", "days left"),
        Column::code("stage", "阶段", "stage"),
        Column::text("route", "去向", "way back"),
        Column::text("status", "状态", "status"),
        Column::code("reason", "代码", "code"),
        Column::text("meaning", "含义", "meaning"),
        Column::number("break", "差异", "break"),
    ]);
    for entry in &entries {
        sheet.row(row(ctx, &book.books(), entry, reveal.reveal)?);
    }
    // What is overdue has no days left, so the table does without the status.
    sheet.only_in_data(&["kind", "name", "status"]);
    let total: Money = entries.iter().map(Unreconciled::total).sum();
    sheet.extra("count", entries.len());
    sheet.extra("total_fen", total);
    sheet.note(ctx.lang.pick(
        &format!("未对平 {} 项，合计 {total} 元", entries.len()),
        &format!("{} unreconciled, {total} yuan in all", entries.len()),
    ));
    ctx.print(&sheet)?;
    Ok(Exit::findings(entries.len()))
}

fn row(ctx: &Ctx, books: &Books<'_>, entry: &Unreconciled, reveal: bool) -> Result<Vec<Cell>, Failure> {
    let stored = entry.stored.as_ref();
    let open = entry.open_break.as_ref();
    let (number, record_no, name) = match (stored, open) {
        (Some(stored), _) => (
            stored.number.to_string(),
            stored.record.record_no.clone(),
            ledger::person(books, stored, reveal)?.name,
        ),
        (None, Some(open)) => (open.setl_id.clone(), open.record_no.clone(), open.name.clone()),
        (None, None) => Default::default(),
    };
    let way = entry.decision.as_ref().and_then(|decision| decision.best());
    Ok(vec![
        Cell::text(number),
        Cell::text(record_no),
        Cell::known(stored, |stored| Cell::word(&stored.record.kind)),
        Cell::text(name),
        Cell::Money(entry.total()),
        Cell::Int(entry.age_days),
        Cell::known(entry.days_left, Cell::Int),
        Cell::known(stored, |stored| Cell::word(&stored.stage)),
        Cell::known(way, |way| Cell::word(&way.route)),
        Cell::known(entry.decision.as_ref(), |decision| Cell::word(&decision.status)),
        Cell::known(entry.reason, |reason| Cell::text(reason.id())),
        Cell::known(entry.reason, |reason| Cell::text(reason.label(ctx.lang))),
        Cell::known(open, |open| Cell::Int(open.id)),
    ])
}
