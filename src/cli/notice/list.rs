//! `guazhang notice list`: the notices that are built in.

use crate::cli::{Ctx, Exit, Failure};
use crate::notice;
use crate::report::{Cell, Column, Sheet};

/// Runs `guazhang notice list`.
pub(super) fn run(ctx: &mut Ctx) -> Result<Exit, Failure> {
    let mut sheet = Sheet::new(&[
        Column::code("id", "编号", "id"),
        Column::text("title", "标题", "title"),
        Column::text("windows", "停机时段", "windows"),
    ]);
    for notice in notice::builtin_ids().filter_map(notice::builtin) {
        sheet.row([
            Cell::text(notice.id()),
            Cell::text(notice.title(ctx.lang)),
            Cell::List(notice.windows().map(str::to_owned).collect()),
        ]);
    }
    ctx.print(&sheet)?;
    Ok(Exit::Done)
}
