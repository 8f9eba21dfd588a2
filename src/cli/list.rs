//! `guazhang list` and `find`: records and where they stand.

use crate::cli::args::Reveal;
use crate::cli::{Ctx, Exit, Failure, ledger};
use crate::domain::{Kind, Stage, Verdict};
use crate::report::Format;
use crate::store::Filter;
use crate::text::Lang;
use crate::work::WorkError;

/// So many rows a table shows unless it is told otherwise; JSON and CSV show all.
const SCREENFUL: u32 = 50;

/// List records
#[derive(clap::Args, Debug)]
pub(super) struct ListArgs {
    /// Only those at this stage
    #[arg(long)]
    stage: Option<Stage>,

    /// Only those of this kind
    #[arg(long)]
    kind: Option<Kind>,

    /// Only those with this verdict of the last reconciliation
    #[arg(long)]
    verdict: Option<Verdict>,

    /// Only those of this facility
    #[arg(long, value_name = "CODE")]
    facility: Option<String>,

    /// Leave out what is cleared or void
    #[arg(long)]
    open: bool,

    /// Show at most so many; a table shows 50 by default, 0 shows all
    #[arg(long, value_name = "COUNT")]
    limit: Option<u32>,

    #[command(flatten)]
    reveal: Reveal,
}

pub(super) fn run(ctx: &mut Ctx, args: &ListArgs) -> Result<Exit, Failure> {
    let (mut book, law) = ledger::open(ctx)?;
    ledger::reveal(ctx, &mut book, &args.reveal, "list")?;
    let limit = args.limit.unwrap_or(if ctx.format == Format::Table { SCREENFUL } else { 0 });
    let filter = Filter {
        stage: args.stage,
        kind: args.kind,
        verdict: args.verdict,
        facility: args.facility.clone(),
        open: args.open,
        // One more than is shown tells whether there are more.
        limit: (limit > 0).then_some(limit.saturating_add(1)),
    };
    let mut records = book.books().records(&filter)?;
    let more = limit > 0 && records.len() > limit as usize;
    if more {
        records.truncate(limit as usize);
    }
    let mut sheet = ledger::record_sheet(&book.books(), &law, ctx, &records, args.reveal.reveal)?;
    sheet.extra("more", more);
    if more {
        sheet.note(match ctx.lang {
            Lang::Zh => format!("只显示前 {limit} 条；--limit 0 显示全部"),
            Lang::En => format!("the first {limit} only; --limit 0 shows all"),
        });
    }
    ctx.print(&sheet)?;
    Ok(Exit::Done)
}

/// Find records by number, receipt, identity number, phone or name, or by the code scanned from a slip
#[derive(clap::Args, Debug)]
pub(super) struct FindArgs {
    /// What to look for; of a name the beginning is enough
    text: String,

    #[command(flatten)]
    reveal: Reveal,
}

pub(super) fn run_find(ctx: &mut Ctx, args: &FindArgs) -> Result<Exit, Failure> {
    let (mut book, law) = ledger::open(ctx)?;
    ledger::reveal(ctx, &mut book, &args.reveal, "find")?;
    // Names and numbers are sealed: without a passphrase, only what stands openly is searched.
    let opened = match ledger::unlock(ctx, &mut book) {
        Ok(()) => true,
        Err(failure) if failure.exit() == Exit::NotPermitted && ctx.knows_no_passphrase() => false,
        Err(failure) => return Err(failure),
    };
    let mut records = book.books().find(args.text.trim())?;
    match crate::work::find(&book.books(), &args.text) {
        Ok(stored) if records.iter().all(|other| other.id != stored.id) => records.insert(0, stored),
        // Scanned from paper: an empty list would hide that the paper is not ours.
        Err(error @ WorkError::ForeignCode { .. }) => return Err(error.into()),
        _ => {}
    }
    let sheet = ledger::record_sheet(&book.books(), &law, ctx, &records, args.reveal.reveal)?;
    ctx.print(&sheet)?;
    if !opened {
        ctx.remark(
            "未解锁：只查了单号和票据号；要按姓名、证件或电话查找，请给出口令",
            "locked: only record and receipt numbers were searched; a passphrase lets names, identity numbers and phones be found",
        )?;
    }
    Ok(Exit::Done)
}
