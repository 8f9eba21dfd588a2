//! `guazhang report summary`: how much stands where. On a terminal with bars and a line of days below the table;
//! elsewhere the table alone, which has every number that a picture shows.

use super::drawn::{self, Room};
use crate::cli::{Ctx, Exit, Failure, ledger};
use crate::domain::{BreakState, Money};
use crate::report::{Cell, Column, Format, Sheet};
use crate::store::Books;
use crate::text::Lang;
use crate::work;

pub(super) fn run(ctx: &mut Ctx) -> Result<Exit, Failure> {
    let (book, law) = ledger::open(ctx)?;
    let books = book.books();
    let (sheet, pictures) = books.at_once(|| -> Result<_, Failure> {
        let drawn = ctx.format == Format::Table && drawn::on_terminal(ctx);
        let mut pictures = Vec::new();
        if drawn {
            let owed = work::owed(&books, &law, ctx.now)?;
            pictures = drawn::pictures(&books, &law, &owed, Room::of(ctx))?;
        }
        Ok((sheet(&books, work::owed_in_all(&books)?, ctx.lang)?, pictures))
    })?;
    ctx.print(&sheet)?;
    pictures.iter().try_for_each(|line| writeln!(ctx.out, "{line}"))?;
    Ok(Exit::Done)
}

/// Counts and sums by facility, kind and stage; `owed` is what is owed to patients in all.
pub(super) fn sheet(books: &Books<'_>, owed: Money, lang: Lang) -> Result<Sheet, Failure> {
    let mut sheet = Sheet::new(&[
        Column::code("facility", "机构", "facility"),
        Column::code("kind", "类别", "kind"),
        Column::code("stage", "阶段", "stage"),
        Column::number("count", "笔数", "count"),
        Column::money("total", "总额", "total"),
        Column::money("paid", "已付", "paid"),
    ]);
    let totals = books.summary()?;
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
    let open = books.breaks(Some(BreakState::Open))?;
    let open = open.iter().filter(|found| found.account.is_none()).count();
    sheet.extra("count", count);
    sheet.extra("total_fen", sum);
    sheet.extra("refunds_owed_fen", owed);
    sheet.extra("open_breaks", open);
    sheet.note(lang.pick(
        &format!("共 {count} 笔，{sum} 元；应退未退 {owed} 元；未解决差异 {open} 项"),
        &format!("{count} records, {sum} yuan; refunds owed {owed}; open breaks {open}"),
    ));
    Ok(sheet)
}
