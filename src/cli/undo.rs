//! `guazhang undo`: take back the record that was just written down.

use crate::cli::args::DryRun;
use crate::cli::{Ctx, Exit, Failure, Says, ledger};
use crate::domain::Stage;
use crate::report::{Card, Cell, Column};
use crate::work;

/// Take back the last record that you wrote down today
///
/// It becomes void, with its number and the reason “undo”; nothing disappears.
#[derive(clap::Args, Debug)]
pub(super) struct UndoArgs {
    #[command(flatten)]
    dry_run: DryRun,
}

pub(super) fn run(ctx: &mut Ctx, args: &UndoArgs) -> Result<Exit, Failure> {
    let (mut book, _) = ledger::unlocked(ctx)?;
    let mode = ledger::mode(args.dry_run.dry_run);
    let Some(stored) = work::undo(&mut book, &ctx.actor(), mode)? else {
        let says = Says::new("今天没有可撤销的记录", "there is nothing of today to take back");
        return Err(Failure::conflict(says.hint(
            "只撤销本人今天登记的最后一条；其他记录用 guazhang void",
            "only the last record that you wrote down today is taken back; for others use guazhang void",
        )));
    };
    let mut card = Card::new();
    card.fact(Column::code("number", "编号", "number"), Cell::text(stored.number.to_string()));
    card.fact(Column::text("kind", "类别", "kind"), Cell::word(&stored.record.kind));
    card.fact(Column::money("total", "总额", "total"), Cell::Money(stored.record.total));
    card.fact(Column::text("stage", "阶段", "stage"), Cell::word(&Stage::Void));
    ctx.print_card(&card)?;
    ledger::tried(ctx, args.dry_run.dry_run)?;
    Ok(Exit::Done)
}
