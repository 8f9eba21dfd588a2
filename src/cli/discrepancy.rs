//! `guazhang break`: the register of what does not agree (问题台账).

use crate::cli::args::{DryRun, Reveal};
use crate::cli::{Ctx, Exit, Failure, ledger};
use crate::domain::{BreakState, Money, Resolution};
use crate::report::{Card, Cell, Column, Format, Sheet};
use crate::store::{Books, BreakInfo};
use crate::work;
use std::collections::BTreeSet;

/// What does not agree between the ledger and the platform
#[derive(clap::Args, Debug)]
pub(super) struct BreakArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// List the open breaks
    List {
        /// Also those resolved, and those gone by themselves
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        reveal: Reveal,
    },
    /// Resolve a break, with how and on what evidence
    Resolve {
        /// Number of the break
        #[arg(value_name = "N")]
        id: i64,
        /// How: amended, added, reversed_on_platform, manual_claim, refund_paid, accepted_timing, waived, other_facility
        #[arg(long, value_name = "HOW")]
        how: Resolution,
        /// What proves it, such as a receipt, a batch or the agency's reply
        #[arg(long, value_name = "TEXT")]
        evidence: String,
        #[command(flatten)]
        dry_run: DryRun,
    },
    /// Sign what somebody else resolved
    Sign {
        /// Number of the break
        #[arg(value_name = "N")]
        id: i64,
        #[command(flatten)]
        dry_run: DryRun,
    },
}

pub(super) fn run(ctx: &mut Ctx, args: &BreakArgs) -> Result<Exit, Failure> {
    match &args.action {
        Action::List { all, reveal } => {
            let (mut book, _) = ledger::open(ctx)?;
            ledger::reveal(ctx, &mut book, reveal, "break list")?;
            let breaks = book.books().breaks((!all).then_some(BreakState::Open))?;
            let open = breaks.iter().filter(|b| b.state == BreakState::Open).count();
            let sheet = sheet(ctx, &book.books(), &breaks, reveal.reveal)?;
            ctx.print(&sheet)?;
            Ok(Exit::findings(open))
        }
        Action::Resolve { id, how, evidence, dry_run } => {
            let (mut book, _) = ledger::unlocked(ctx)?;
            let mode = ledger::mode(dry_run.dry_run);
            let resolved = work::resolve(&mut book, &ctx.actor(), mode, *id, *how, evidence)?;
            let mut card = Card::new();
            card.fact(Column::number("break", "差异", "break"), Cell::Int(resolved.id));
            card.fact(Column::code("state", "状态", "state"), Cell::word(&resolved.state));
            card.fact(
                Column::text("how", "处理方式", "how"),
                Cell::known(resolved.how, |how| Cell::word(&how)),
            );
            ctx.print_card(&card)?;
            ledger::tried(ctx, dry_run.dry_run)?;
            Ok(Exit::Done)
        }
        Action::Sign { id, dry_run } => {
            let (mut book, _) = ledger::unlocked(ctx)?;
            let mode = ledger::mode(dry_run.dry_run);
            let signed = work::sign(&mut book, &ctx.actor(), mode, *id)?;
            let mut card = Card::new();
            card.fact(Column::number("break", "差异", "break"), Cell::Int(signed.id));
            card.fact(Column::code("state", "状态", "state"), Cell::word(&signed.state));
            card.fact(Column::text("closed_by", "处理人", "resolved by"), Cell::text(signed.closed_by));
            card.fact(Column::text("signed_by", "复核人", "signed by"), Cell::text(signed.signed_by));
            ctx.print_card(&card)?;
            ledger::tried(ctx, dry_run.dry_run)?;
            Ok(Exit::Done)
        }
    }
}

/// Breaks, one a row, with the sentence that says what to do.
pub(super) fn sheet(
    ctx: &Ctx,
    books: &Books<'_>,
    breaks: &[BreakInfo],
    reveal: bool,
) -> Result<Sheet, Failure> {
    let as_table = ctx.format == Format::Table;
    let mut columns = vec![
        Column::number("break", "差异", "break"),
        Column::code("reason", "代码", "code"),
        Column::text("meaning", "含义", "meaning"),
        Column::code("number", "编号", "number"),
        Column::code("record_no", "单号", "record no."),
        Column::code("setl_id", "结算ID", "setl_id"),
        Column::code("name", "姓名", "name"),
        Column::money("total", "总额", "total"),
        Column::money("difference", "差额", "difference"),
        Column::number("days_open", "天数", "days"),
        Column::code("state", "状态", "state"),
    ];
    // A table says what to do once for each reason, below it.
    if !as_table {
        columns.push(Column::text("remedy", "处理建议", "what to do"));
    }
    let mut sheet = Sheet::new(&columns);
    for b in breaks {
        let seen = b.seen_at.parse().unwrap_or(ctx.now);
        let mut row = vec![
            Cell::Int(b.id),
            Cell::text(crate::text::Label::id(&b.reason)),
            Cell::text(crate::text::Label::label(&b.reason, ctx.lang)),
            Cell::text(&b.number),
            Cell::text(&b.record_no),
            Cell::text(&b.setl_id),
            Cell::text(if reveal { whose(books, b)? } else { b.name.clone() }),
            Cell::Money(b.total),
            Cell::Money(b.difference),
            Cell::Int(ctx.now.day().days_since(seen.day())),
            Cell::word(&b.state),
        ];
        if !as_table {
            row.push(Cell::text(b.reason.remedy(ctx.lang)));
        }
        sheet.row(row);
    }
    let open = breaks.iter().filter(|b| b.state == BreakState::Open);
    for reason in open.map(|b| b.reason).collect::<BTreeSet<_>>() {
        let (code, colon) = (crate::text::Label::id(&reason), ctx.lang.pick("：", ": "));
        sheet.note(format!("{code}{colon}{}", reason.remedy(ctx.lang)));
    }
    sheet.only_in_data(&["name", "days_open"]);
    if breaks.iter().all(|b| b.state == BreakState::Open) {
        sheet.only_in_data(&["state"]);
    }
    sheet.extra("difference_total_fen", breaks.iter().map(|b| b.difference).sum::<Money>());
    Ok(sheet)
}

/// The name in full: of the record's person, else as the platform's row has it.
fn whose(books: &Books<'_>, b: &BreakInfo) -> Result<String, Failure> {
    Ok(match (b.record, b.settlement) {
        (Some(record), _) => books.opened(books.record_by_id(record)?)?.record.person.name,
        (None, Some(settlement)) => books.settlement_in_full(settlement)?.psn_name,
        (None, None) => String::new(),
    })
}
