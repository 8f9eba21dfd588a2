//! `guazhang clear` and `void`: how a record ends.

use crate::cli::args::DryRun;
use crate::cli::{Ctx, Exit, Failure, ledger};
use crate::domain::{ShortNumber, Stage};
use crate::report::{Card, Cell, Column};
use crate::work;

/// Clear a record with its evidence (销号)
#[derive(clap::Args, Debug)]
pub(super) struct ClearArgs {
    /// The record, by its number or the facility's own
    #[arg(value_name = "ID")]
    id: String,

    /// What proves that it is done, such as the number of the settlement sheet
    #[arg(long, value_name = "TEXT")]
    evidence: String,

    #[command(flatten)]
    dry_run: DryRun,
}

pub(super) fn run(ctx: &mut Ctx, args: &ClearArgs) -> Result<Exit, Failure> {
    let (mut book, law) = ledger::unlocked(ctx)?;
    let stored = work::find(&book.books(), &args.id)?;
    let mode = ledger::mode(args.dry_run.dry_run);
    let stage = work::clear(&mut book, &law, &ctx.actor(), mode, &stored, &args.evidence)?;
    said(ctx, &stored.number, stage)?;
    ledger::tried(ctx, args.dry_run.dry_run)?;
    Ok(Exit::Done)
}

/// Void a record that should not be there
#[derive(clap::Args, Debug)]
pub(super) struct VoidArgs {
    /// The record, by its number or the facility's own
    #[arg(value_name = "ID")]
    id: String,

    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,

    #[command(flatten)]
    dry_run: DryRun,
}

pub(super) fn run_void(ctx: &mut Ctx, args: &VoidArgs) -> Result<Exit, Failure> {
    let (mut book, _) = ledger::unlocked(ctx)?;
    let stored = work::find(&book.books(), &args.id)?;
    let mode = ledger::mode(args.dry_run.dry_run);
    let stage = work::void(&mut book, &ctx.actor(), mode, &stored, &args.reason)?;
    said(ctx, &stored.number, stage)?;
    ledger::tried(ctx, args.dry_run.dry_run)?;
    Ok(Exit::Done)
}

fn said(ctx: &mut Ctx, number: &ShortNumber, stage: Stage) -> Result<(), Failure> {
    let mut card = Card::new();
    card.fact(Column::code("number", "编号", "number"), Cell::text(number.to_string()));
    card.fact(Column::text("stage", "阶段", "stage"), Cell::word(&stage));
    ctx.print_card(&card)
}
