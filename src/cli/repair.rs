//! `guazhang repair`: what can still be read of a broken ledger, as a new one.

use crate::cli::{Ctx, Exit, Failure};
use crate::report::{Cell, Column, Sheet};
use crate::store::{Repaired, repair};
use crate::text::{Explain, Lang};
use std::path::PathBuf;

/// Rebuild what can be read of a broken ledger as a new file
///
/// The ledger itself is only read. Try `restore` of a backup first: it has everything up to its day, and is proved.
#[derive(clap::Args, Debug)]
pub(super) struct RepairArgs {
    /// The new file
    #[arg(long, value_name = "COPY")]
    out: PathBuf,
}

pub(super) fn run(ctx: &mut Ctx, args: &RepairArgs) -> Result<Exit, Failure> {
    let repaired = repair(&ctx.ledger, &args.out, &ctx.actor())?;
    let whole = repaired.is_whole();
    let sheet = sheet(repaired, ctx.lang);
    ctx.print(&sheet)?;
    if whole { Ok(Exit::Done) } else { Ok(Exit::Findings) }
}

fn sheet(repaired: Repaired, lang: Lang) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::code("table", "数据表", "table"),
        Column::number("copied", "已复制", "copied"),
        Column::number("lost", "丢失", "lost"),
        Column::text("trouble", "问题", "trouble"),
    ]);
    for table in &repaired.tables {
        sheet.row([
            Cell::text(&table.name),
            Cell::Int(table.copied),
            Cell::Int(table.lost()),
            Cell::text(table.trouble.clone().unwrap_or_default()),
        ]);
    }
    let path = repaired.path.display().to_string();
    sheet.extra("copy", &path);
    sheet.extra("whole", repaired.is_whole());
    let whole = repaired.is_whole();
    let strays = repaired.strays.into_iter().map(|(table, rows)| match lang {
        Lang::Zh => format!("{table}：{rows} 行引用了不存在的内容"),
        Lang::En => format!("{table}: {rows} rows refer to nothing"),
    });
    let faults = repaired.faults.into_iter().map(|fault| fault.what(lang));
    let faults: Vec<String> = faults.chain(strays).chain(repaired.unproved).collect();
    match (whole, lang) {
        (true, Lang::Zh) => sheet.note(format!("{path}：全部复制，账目与事件一致")),
        (true, Lang::En) => sheet.note(format!("{path}: everything came over and agrees with its events")),
        (false, Lang::Zh) => sheet.note(format!("{path}：不完整。原账本未改动，请一并保留；与备份核对：")),
        (false, Lang::En) => sheet.note(format!(
            "{path} is not complete. Keep the broken ledger, it was not changed; compare with a backup:"
        )),
    }
    for fault in &faults {
        sheet.note(format!("  {fault}"));
    }
    sheet.extra("faults", faults);
    sheet
}
