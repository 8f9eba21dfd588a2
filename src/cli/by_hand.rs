//! `guazhang match` and `unmatch`: which settlement belongs to which record, said by a person.

use crate::cli::args::DryRun;
use crate::cli::{Ctx, Exit, Failure, Says, ledger};
use crate::report::{Card, Cell, Column};
use crate::store::Said;
use crate::work;

/// Say that a settlement belongs to a record; it holds in every later run
#[derive(clap::Args, Debug)]
pub(super) struct MatchArgs {
    /// The record, by its number or the facility's own
    #[arg(value_name = "ID")]
    id: String,

    /// The platform's `setl_id`
    #[arg(value_name = "SETTLEMENT")]
    settlement: String,

    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,

    #[command(flatten)]
    dry_run: DryRun,
}

/// Say that a settlement does not belong to a record; it holds in every later run
#[derive(clap::Args, Debug)]
pub(super) struct UnmatchArgs {
    /// The record, by its number or the facility's own
    #[arg(value_name = "ID")]
    id: String,

    /// The platform's `setl_id`; the one that settles the record by default
    #[arg(value_name = "SETTLEMENT")]
    settlement: Option<String>,

    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,

    #[command(flatten)]
    dry_run: DryRun,
}

pub(super) fn run_match(ctx: &mut Ctx, args: &MatchArgs) -> Result<Exit, Failure> {
    said(ctx, &args.id, Some(&args.settlement), (Said::Match, &args.reason), args.dry_run)
}

pub(super) fn run_unmatch(ctx: &mut Ctx, args: &UnmatchArgs) -> Result<Exit, Failure> {
    said(ctx, &args.id, args.settlement.as_ref(), (Said::Apart, &args.reason), args.dry_run)
}

fn said(
    ctx: &mut Ctx,
    id: &str,
    settlement: Option<&String>,
    said: (Said, &str),
    dry_run: DryRun,
) -> Result<Exit, Failure> {
    let (mut book, law) = ledger::unlocked(ctx)?;
    let stored = work::find(&book.books(), id)?;
    let settlement = match settlement {
        Some(settlement) => settlement.clone(),
        None => work::settled_by(&book, &stored)?.ok_or_else(|| {
            let number = &stored.number;
            Failure::refused(
                Says::new(format!("{number} 没有对应的结算"), format!("no settlement settles {number}"))
                    .hint("写明结算ID", "name the settlement"),
            )
        })?,
    };
    let mode = ledger::mode(dry_run.dry_run);
    let done = work::say_of_pair(&mut book, &law, &ctx.actor(), mode, &stored, &settlement, said)?;
    let mut card = Card::new();
    card.fact(Column::code("number", "编号", "number"), Cell::text(stored.number.to_string()));
    card.fact(Column::code("setl_id", "结算ID", "setl_id"), Cell::text(settlement.trim()));
    card.fact(Column::text("said", "认定", "said"), Cell::word(&said.0));
    if !dry_run.dry_run {
        let now = work::find(&book.books(), id)?;
        card.fact(Column::text("stage", "阶段", "stage"), Cell::word(&now.stage));
        card.fact(Column::text("verdict", "对账", "verdict"), Cell::known(now.verdict, |v| Cell::word(&v)));
        let run = done.run.map(|run| format!("R{run}"));
        card.fact(Column::code("run", "对账批次", "run"), Cell::known(run, Cell::Text));
    }
    card.fact(Column::number("new_breaks", "新差异", "new breaks"), Cell::count(done.new_breaks));
    card.fact(Column::number("gone", "已消失", "breaks gone"), Cell::count(done.gone));
    ctx.print_card(&card)?;
    ledger::tried(ctx, dry_run.dry_run)?;
    Ok(Exit::Done)
}
