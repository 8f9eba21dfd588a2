//! `guazhang report unreconciled`: what is not done, one by one.

use crate::cli::args::Reveal;
use crate::cli::{Ctx, Exit, Failure, ledger};
use crate::domain::Money;
use crate::report::{Cell, Column, Sheet};
use crate::store::Books;
use crate::text::Label;
use crate::work::{self, Unreconciled};

pub(super) fn run(ctx: &mut Ctx, reveal: &Reveal) -> Result<Exit, Failure> {
    let (mut book, law) = ledger::open(ctx)?;
    ledger::reveal(ctx, &mut book, reveal, "report unreconciled")?;
    let books = book.books();
    let (entries, sheet) = books.at_once(|| -> Result<_, Failure> {
        let entries = work::unreconciled(&books, &law, ctx.now)?;
        let sheet = sheet(ctx, &books, &entries, reveal.reveal)?;
        Ok((entries, sheet))
    })?;
    ctx.print(&sheet)?;
    Ok(Exit::findings(entries.len()))
}

/// Overdue first, then the most money, then the oldest.
pub(super) fn sheet(
    ctx: &Ctx,
    books: &Books<'_>,
    entries: &[Unreconciled],
    reveal: bool,
) -> Result<Sheet, Failure> {
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
    for entry in entries {
        sheet.row(row(ctx, books, entry, reveal)?);
    }
    // What is overdue has no days left, so the table does without the status.
    sheet.only_in_data(&["kind", "name", "status"]);
    sheet.spare(&["meaning", "record_no"]);
    let total: Money = entries.iter().map(Unreconciled::total).sum();
    sheet.extra("count", entries.len());
    sheet.extra("total_fen", total);
    sheet.note(ctx.lang.pick(
        &format!("未对平 {} 项，合计 {total} 元", entries.len()),
        &format!("{} unreconciled, {total} yuan in all", entries.len()),
    ));
    Ok(sheet)
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
