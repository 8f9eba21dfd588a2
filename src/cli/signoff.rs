//! `guazhang signoff`: freeze a reconciliation with two operators, and prove it later.

use crate::cli::args::DryRun;
use crate::cli::{Ctx, Exit, Failure, Says, ledger};
use crate::domain::{Counted, Seal};
use crate::report::{Card, Cell, Column, Sheet};
use crate::store::SignoffInfo;
use crate::work;

/// Sign a reconciliation off: frozen by one operator, signed by another
#[derive(clap::Args, Debug)]
pub(super) struct SignoffArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// Freeze the numbers of the last run, for somebody else to sign
    Create {
        #[command(flatten)]
        dry_run: DryRun,
    },
    /// Sign what somebody else prepared; the chain is sealed with it
    Sign {
        /// Number of the sign-off
        #[arg(value_name = "N")]
        id: i64,
        #[command(flatten)]
        dry_run: DryRun,
    },
    /// Show one sign-off, or list all
    Show {
        /// Number of the sign-off
        #[arg(value_name = "N")]
        id: Option<i64>,
    },
    /// Work the signed numbers out again from the events, and compare
    Verify {
        /// Number of the sign-off; all by default
        #[arg(value_name = "N")]
        id: Option<i64>,
    },
}

pub(super) fn run(ctx: &mut Ctx, args: &SignoffArgs) -> Result<Exit, Failure> {
    match &args.action {
        Action::Create { dry_run } => {
            let (mut book, law) = ledger::unlocked(ctx)?;
            sound(&book.books().prove()?.faults)?;
            let mode = ledger::mode(dry_run.dry_run);
            let made = work::create_signoff(&mut book, &law, &ctx.actor(), mode)?;
            ctx.print_card(&card(&made, None))?;
            ledger::tried(ctx, dry_run.dry_run)?;
            Ok(Exit::Done)
        }
        Action::Sign { id, dry_run } => {
            let (mut book, _) = ledger::unlocked(ctx)?;
            let mode = ledger::mode(dry_run.dry_run);
            let (signed, seal) = work::sign_signoff(&mut book, &ctx.actor(), mode, *id)?;
            ctx.print_card(&card(&signed, Some(&seal)))?;
            ledger::tried(ctx, dry_run.dry_run)?;
            Ok(Exit::Done)
        }
        Action::Show { id: Some(id) } => {
            let (book, _) = ledger::open(ctx)?;
            let found = book.books().signoff(*id)?;
            ctx.print_card(&card(&found, found.seal.as_ref()))?;
            Ok(Exit::Done)
        }
        Action::Show { id: None } => list(ctx),
        Action::Verify { id } => verify(ctx, *id),
    }
}

fn card(found: &SignoffInfo, seal: Option<&Seal>) -> Card {
    let frozen = &found.frozen;
    let mut card = Card::new();
    card.fact(Column::number("signoff", "签字", "sign-off"), Cell::Int(found.id));
    card.fact(Column::code("run", "对账批次", "run"), Cell::text(format!("R{}", found.run)));
    card.fact(Column::number("seq", "至事件", "up to event"), Cell::Int(found.seq));
    let records = frozen.verdicts.iter().fold(Counted::default(), |mut sum, (_, part)| {
        (sum.count, sum.total) = (sum.count + part.count, sum.total + part.total);
        sum
    });
    card.fact(Column::number("records", "记录", "records"), whole(records.count));
    card.fact(Column::money("total", "记录合计", "total"), Cell::Money(records.total));
    card.fact(Column::number("settlements", "平台结算", "settlements"), whole(frozen.settlements.count));
    card.fact(Column::money("matched", "已对平", "matched"), Cell::Money(frozen.matched.total));
    card.fact(Column::money("refunds", "已退合计", "refunds"), Cell::Money(frozen.refunds.total));
    card.fact(Column::number("waived", "豁免", "waived"), Cell::count(frozen.waived.len()));
    card.fact(Column::number("open", "留存差异", "left open"), Cell::count(frozen.open.len()));
    card.fact(Column::code("digest", "内容校验", "digest"), Cell::text(found.digest.to_string()));
    card.fact(Column::text("created_by", "提交人", "prepared by"), Cell::text(&found.created_by));
    card.fact(Column::code("created_at", "提交时间", "prepared"), Cell::Time(found.created_at));
    let signed_by = found.signed_by.clone().unwrap_or_default();
    card.fact(Column::text("signed_by", "签字人", "signed by"), Cell::text(signed_by));
    card.fact(Column::code("signed_at", "签字时间", "signed"), Cell::known(found.signed_at, Cell::Time));
    card.fact(
        Column::code("seal", "封签码", "seal"),
        Cell::known(seal, |seal| Cell::text(seal.code().to_string())),
    );
    card.extra("frozen", frozen);
    card
}

fn whole(count: u64) -> Cell {
    Cell::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

fn list(ctx: &mut Ctx) -> Result<Exit, Failure> {
    let (book, _) = ledger::open(ctx)?;
    let mut sheet = Sheet::new(&[
        Column::number("signoff", "签字", "sign-off"),
        Column::code("run", "对账批次", "run"),
        Column::text("created_by", "提交人", "prepared by"),
        Column::text("signed_by", "签字人", "signed by"),
        Column::code("signed_at", "签字时间", "signed"),
        Column::number("waived", "豁免", "waived"),
        Column::number("open", "留存差异", "left open"),
        Column::code("digest", "内容校验", "digest"),
    ]);
    for found in book.books().signoffs()? {
        sheet.row([
            Cell::Int(found.id),
            Cell::text(format!("R{}", found.run)),
            Cell::text(found.created_by),
            Cell::known(found.signed_by, Cell::text),
            Cell::known(found.signed_at, Cell::Time),
            Cell::count(found.frozen.waived.len()),
            Cell::count(found.frozen.open.len()),
            Cell::text(found.digest.short()),
        ]);
    }
    ctx.print(&sheet)?;
    Ok(Exit::Done)
}

fn sound(faults: &[crate::store::Fault]) -> Result<(), Failure> {
    if faults.is_empty() {
        return Ok(());
    }
    let says = Says::new("账本与事件链不一致", "the books do not agree with their events");
    Err(Failure::integrity(says.hint("运行 guazhang audit verify 查看", "see guazhang audit verify")))
}

fn verify(ctx: &mut Ctx, id: Option<i64>) -> Result<Exit, Failure> {
    let (book, _) = ledger::open(ctx)?;
    let books = book.books();
    sound(&books.prove()?.faults)?;
    let all = match id {
        Some(id) => vec![books.signoff(id)?],
        None => books.signoffs()?,
    };
    let mut sheet = Sheet::new(&[
        Column::number("signoff", "签字", "sign-off"),
        Column::code("run", "对账批次", "run"),
        Column::code("digest", "内容校验", "digest"),
        Column::text("signed_by", "签字人", "signed by"),
        Column::text("seal_holds", "封签有效", "seal holds"),
        Column::text("agrees", "一致", "agrees"),
        Column::text("differs", "不一致项", "differs"),
    ]);
    let mut broken = false;
    for found in all {
        let proof = work::prove_signoff(&books, &found)?;
        broken |= !proof.holds();
        sheet.row([
            Cell::Int(found.id),
            Cell::text(format!("R{}", found.run)),
            Cell::text(found.digest.short()),
            Cell::known(found.signed_by, Cell::text),
            Cell::Flag(!proof.seal_broken),
            Cell::Flag(proof.holds()),
            Cell::List(proof.differs.into_iter().map(|(name, ..)| name).collect()),
        ]);
    }
    ctx.print(&sheet)?;
    Ok(if broken { Exit::Integrity } else { Exit::Done })
}
