//! `guazhang hold` and `release`: records that must not go out for now.

use crate::cli::args::DryRun;
use crate::cli::{Ctx, Exit, Failure, ledger};
use crate::report::{Card, Cell, Column};
use crate::store::Mode;
use crate::work;

/// Put a record on hold: it goes out for no purpose, and a handover reports it
#[derive(clap::Args, Debug)]
pub(super) struct HoldArgs {
    /// The record, by its number or the facility's own
    #[arg(value_name = "ID")]
    id: String,

    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,

    #[command(flatten)]
    dry_run: DryRun,
}

/// Release a record from its hold
#[derive(clap::Args, Debug)]
pub(super) struct ReleaseArgs {
    /// The record, by its number or the facility's own
    #[arg(value_name = "ID")]
    id: String,

    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,

    #[command(flatten)]
    dry_run: DryRun,
}

pub(super) fn run(ctx: &mut Ctx, args: &HoldArgs) -> Result<Exit, Failure> {
    let HoldArgs { id, reason, dry_run } = args;
    step(ctx, id, reason, dry_run.dry_run, true)
}

pub(super) fn run_release(ctx: &mut Ctx, args: &ReleaseArgs) -> Result<Exit, Failure> {
    let ReleaseArgs { id, reason, dry_run } = args;
    step(ctx, id, reason, dry_run.dry_run, false)
}

fn step(ctx: &mut Ctx, id: &str, reason: &str, dry_run: bool, hold: bool) -> Result<Exit, Failure> {
    let (mut book, _) = ledger::unlocked(ctx)?;
    let stored = work::find(&book.books(), id)?;
    let (mode, actor): (Mode, _) = (ledger::mode(dry_run), ctx.actor());
    let stage = if hold {
        work::hold(&mut book, &actor, mode, &stored, reason)?
    } else {
        work::release(&mut book, &actor, mode, &stored, reason)?
    };
    let mut card = Card::new();
    card.fact(Column::code("number", "编号", "number"), Cell::text(stored.number.to_string()));
    card.fact(Column::text("stage", "阶段", "stage"), Cell::word(&stage));
    ctx.print_card(&card)?;
    ledger::tried(ctx, dry_run)?;
    Ok(Exit::Done)
}
