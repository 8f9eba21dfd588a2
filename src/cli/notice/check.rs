//! `guazhang notice check`: a notice's own faults, all at once.

use crate::cli::ctx::shown;
use crate::cli::{Ctx, Exit, Failure};
use crate::notice;
use crate::report::{Cell, Column, Sheet};
use crate::text::{Explain, Lang};
use std::path::PathBuf;

/// Check a notice for faults of its own
///
/// Lists everything in one go, with line and column. A fault keeps the notice from being used; a remark is a question
/// to put to the text again.
#[derive(clap::Args, Debug)]
pub struct CheckArgs {
    /// The notice, TOML; - reads it from stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Runs `guazhang notice check`.
pub(super) fn run(ctx: &mut Ctx, args: &CheckArgs) -> Result<Exit, Failure> {
    let text = ctx.read_text(&args.file)?;
    let findings = notice::check(&text);
    let lang = ctx.lang;
    let mut sheet = Sheet::new(&[
        Column::number("line", "行", "line"),
        Column::number("column", "列", "column"),
        Column::code("sort", "性质", "sort"),
        Column::text("what", "问题", "what"),
        Column::text("hint", "怎么办", "what to do"),
    ]);
    for finding in &findings {
        sheet.row([
            Cell::count(finding.line),
            Cell::count(finding.column),
            if finding.is_hard() { FAULT } else { REMARK },
            Cell::text(finding.fault.what(lang)),
            Cell::text(finding.fault.hint(lang)),
        ]);
    }
    let faults = findings.iter().filter(|finding| finding.is_hard()).count();
    sheet.extra("faults", faults);
    sheet.note(match (findings.len(), lang) {
        (0, Lang::Zh) => format!("{}：没有问题", shown(&args.file)),
        (0, Lang::En) => format!("{}: nothing found", shown(&args.file)),
        (all, Lang::Zh) => format!("{faults} 处错误，{} 处提醒", all - faults),
        (all, Lang::En) => format!("{faults} faults, {} remarks", all - faults),
    });
    ctx.print(&sheet)?;
    Ok(Exit::findings(findings.len()))
}

const FAULT: Cell = Cell::Word { id: "fault", zh: "错误", en: "fault" };
const REMARK: Cell = Cell::Word { id: "remark", zh: "提醒", en: "remark" };
