//! `guazhang audit log`: every event, oldest first.

use super::open;
use crate::cli::args::Reveal;
use crate::cli::show::event_json;
use crate::cli::{Ctx, Exit, Failure, ledger};
use crate::report::{Cell, Column, Format, Sheet, detail, subject};
use crate::store::{Books, EventInfo, StoreError};

pub(super) fn run(ctx: &mut Ctx, after: i64, reveal: &Reveal) -> Result<Exit, Failure> {
    let mut book = open(ctx)?;
    ledger::reveal(ctx, &mut book, reveal, "audit log")?;
    let books = book.books();
    if ctx.format == Format::Json {
        let mut items = Vec::new();
        books.each_event(after, |mut event| -> Result<(), StoreError> {
            open_detail(&books, &mut event, reveal)?;
            items.push(event_json(&event, ctx.lang));
            Ok(())
        })?;
        ctx.print_json(&serde_json::json!({ "items": items }))?;
        return Ok(Exit::Done);
    }
    // A ledger is of one station; a table has no room to say so in every row.
    let mut columns = vec![
        Column::number("seq", "序号", "no."),
        Column::code("at", "时间", "time"),
        Column::code("operator", "操作员", "operator"),
        Column::text("event", "事件", "event"),
        Column::code("subject", "对象", "of"),
        Column::text("detail", "内容", "detail"),
        Column::code("hash", "校验", "hash"),
    ];
    let (as_table, lang) = (ctx.format == Format::Table, ctx.lang);
    if !as_table {
        columns.insert(2, Column::code("station", "窗口", "station"));
    }
    let mut sheet = Sheet::new(&columns);
    books.each_event(after, |mut event| -> Result<(), StoreError> {
        open_detail(&books, &mut event, reveal)?;
        let mut row = vec![
            Cell::Int(event.seq),
            Cell::Time(event.at),
            Cell::text(event.operator),
            Cell::word(&event.kind),
            Cell::text(if as_table { subject(&event.subject, lang) } else { event.subject }),
            Cell::text(if as_table { detail(&event.detail, lang) } else { event.detail }),
            Cell::text(event.hash.short()),
        ];
        if !as_table {
            row.insert(2, Cell::text(event.station));
        }
        sheet.row(row);
        Ok(())
    })?;
    ctx.print(&sheet)?;
    Ok(Exit::Done)
}

/// Puts what was said in the open, where that was asked for.
fn open_detail(books: &Books<'_>, event: &mut EventInfo, reveal: &Reveal) -> Result<(), StoreError> {
    if reveal.reveal && event.detail.contains("\"sealed\"") {
        event.detail = books.open_detail(&event.subject, &event.detail)?.to_string();
    }
    Ok(())
}
