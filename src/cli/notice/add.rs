//! `guazhang notice add` and `resumed`: what the ledger is told of the law.

use crate::cli::args::DryRun;
use crate::cli::{Ctx, Exit, Failure, Says, ledger, notice};
use crate::domain::Time;
use crate::report::{Card, Cell, Column};
use crate::store::{Resumption, StoreError};

/// Put a notice in force in this ledger, or a later text of it
#[derive(clap::Args, Debug)]
pub(super) struct AddArgs {
    /// A built-in notice, or a file
    #[arg(value_name = "ID|FILE")]
    notice: String,

    #[command(flatten)]
    dry_run: DryRun,
}

pub(super) fn run(ctx: &mut Ctx, args: &AddArgs) -> Result<Exit, Failure> {
    let loaded = notice::text(ctx, &args.notice)?;
    let (mut book, _) = ledger::unlocked(ctx)?;
    let mode = ledger::mode(args.dry_run.dry_run);
    let new = book.write(&ctx.actor(), mode, |w| -> Result<bool, StoreError> {
        let new = w.add_notice(&loaded)?;
        if !new {
            w.discard();
        }
        Ok(new)
    })?;
    let mut card = Card::new();
    card.fact(Column::code("notice", "通告", "notice"), Cell::text(loaded.id));
    card.fact(Column::text("new", "新载入", "new"), Cell::Flag(new));
    ctx.print_card(&card)?;
    ledger::tried(ctx, args.dry_run.dry_run)?;
    Ok(Exit::Done)
}

/// Record when a window was really back; every open decision moves with it
#[derive(clap::Args, Debug)]
pub(super) struct ResumedArgs {
    /// The notice
    #[arg(value_name = "ID")]
    notice: String,

    /// The window of the notice, or all
    window: String,

    /// When it was back, Beijing time
    time: Time,

    /// For this facility only
    #[arg(long, value_name = "CODE")]
    facility: Option<String>,

    #[command(flatten)]
    dry_run: DryRun,
}

pub(super) fn run_resumed(ctx: &mut Ctx, args: &ResumedArgs) -> Result<Exit, Failure> {
    let (mut book, law) = ledger::unlocked(ctx)?;
    let Some(notice) = law.notices().iter().find(|notice| notice.id() == args.notice) else {
        let known: Vec<_> = law.notices().iter().map(|notice| notice.id().to_owned()).collect();
        let says = Says::new(
            format!("账本中没有通告“{}”", args.notice),
            format!("notice `{}` is not in this ledger", args.notice),
        );
        let known = known.join(", ");
        return Err(Failure::refused(
            says.hint(format!("账本中的通告：{known}"), format!("in this ledger: {known}")),
        ));
    };
    let windows: Vec<_> = notice.windows().collect();
    if args.window != "all" && !windows.contains(&args.window.as_str()) {
        let says = Says::new(
            format!("通告没有时段“{}”", args.window),
            format!("the notice has no window `{}`", args.window),
        );
        let known = windows.join(", ");
        return Err(Failure::refused(
            says.hint(format!("可用：{known}、all"), format!("use one of: {known}, all")),
        ));
    }
    let resumption = Resumption {
        notice: args.notice.clone(),
        window: args.window.clone(),
        facility: args.facility.clone().unwrap_or_default(),
        resumed_at: args.time,
    };
    let mode = ledger::mode(args.dry_run.dry_run);
    book.write(&ctx.actor(), mode, |w| w.add_resumption(&resumption))?;
    let mut card = Card::new();
    card.fact(Column::code("notice", "通告", "notice"), Cell::text(&args.notice));
    card.fact(Column::code("window", "时段", "window"), Cell::text(&args.window));
    card.fact(Column::code("facility", "机构", "facility"), Cell::known(args.facility.as_ref(), Cell::text));
    card.fact(Column::code("resumed_at", "实际恢复", "really back"), Cell::Time(args.time));
    ctx.print_card(&card)?;
    ledger::tried(ctx, args.dry_run.dry_run)?;
    Ok(Exit::Done)
}
