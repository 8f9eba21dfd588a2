//! `guazhang batch`: what was sent out, and the platform's answers.

use crate::batch::{Manifest, verify};
use crate::cli::args::DryRun;
use crate::cli::sheet_flags::SheetFlags;
use crate::cli::{Ctx, Exit, Failure, Says, import, ledger};
use crate::domain::{Answer, BatchState};
use crate::intake::{self, SheetKind};
use crate::report::{Card, Cell, Column, Sheet};
use crate::store::{BatchInfo, Mode};
use crate::text::Label as _;
use crate::work;
use std::path::PathBuf;

/// Batches sent out, and the platform's answers to them
#[derive(clap::Args, Debug)]
pub(super) struct BatchArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// List the batches
    List,
    /// Show a batch and the answer to each of its records
    Show {
        /// The batch, as B3
        #[arg(value_name = "ID", value_parser = number)]
        id: i64,
    },
    /// Take in the platform's answer: rows accepted and rows refused
    Ack(AckArgs),
    /// Take back a batch that was not used; its records are pending again
    Cancel {
        /// The batch, as B3
        #[arg(value_name = "ID", value_parser = number)]
        id: i64,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        dry_run: DryRun,
    },
    /// Give the folder of a batch again, byte for byte
    ///
    /// It holds identities: each time leaves one event in the ledger.
    Again {
        /// The batch, as B3
        #[arg(value_name = "ID", value_parser = number)]
        id: i64,
        /// The folder in which the batch's own folder is made
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// What it is needed for; what the batch is for by default
        #[arg(long, value_name = "TEXT")]
        purpose: Option<String>,
    },
    /// Check a batch's folder against its manifest
    Verify {
        /// The folder
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

#[derive(clap::Args, Debug)]
struct AckArgs {
    /// The batch, as B3
    #[arg(value_name = "ID", value_parser = number)]
    id: i64,
    /// The answer: CSV, xlsx or xls
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    reading: SheetFlags,
    #[command(flatten)]
    dry_run: DryRun,
}

/// Reads `B3`, `b3` or `3`.
fn number(text: &str) -> Result<i64, crate::text::UnknownWord> {
    let digits = text.trim().trim_start_matches(['B', 'b']);
    digits.parse::<u32>().map(i64::from).map_err(|_| crate::text::UnknownWord {
        what: "batch",
        text: text.to_owned(),
        known: vec!["B1", "B2"],
    })
}

pub(super) fn run(ctx: &mut Ctx, args: &BatchArgs) -> Result<Exit, Failure> {
    match &args.action {
        Action::List => list(ctx),
        Action::Show { id } => show(ctx, *id),
        Action::Ack(args) => ack(ctx, args),
        Action::Cancel { id, reason, dry_run } => {
            let (mut book, _) = ledger::unlocked(ctx)?;
            let mode = ledger::mode(dry_run.dry_run);
            let info = work::cancel(&mut book, &ctx.actor(), mode, *id, reason)?;
            ctx.print_card(&card(&info))?;
            ledger::tried(ctx, dry_run.dry_run)?;
            Ok(Exit::Done)
        }
        Action::Again { id, out, purpose } => {
            let (mut book, _) = ledger::unlocked(ctx)?;
            let info = book.books().batch(*id)?;
            // A batch that was interrupted has its own event when it is completed.
            if info.state != BatchState::Preparing {
                let given = purpose.as_deref().map(str::trim).filter(|text| !text.is_empty());
                let purpose = given.unwrap_or(info.purpose.label(ctx.lang));
                let what = format!("batch again B{id}");
                book.write(&ctx.actor(), Mode::Keep, |w| w.revealed(&what, purpose))?;
            }
            let folder = work::again(&mut book, &ctx.actor(), *id, out)?;
            let mut card = card(&book.books().batch(*id)?);
            card.fact(Column::text("folder", "文件夹", "folder"), Cell::text(folder.display().to_string()));
            ctx.print_card(&card)?;
            Ok(Exit::Done)
        }
        Action::Verify { folder } => check(ctx, folder),
    }
}

fn list(ctx: &mut Ctx) -> Result<Exit, Failure> {
    let (book, _) = ledger::open(ctx)?;
    let mut sheet = Sheet::new(&[
        Column::code("batch", "批次", "batch"),
        Column::code("purpose", "用途", "purpose"),
        Column::code("state", "状态", "state"),
        Column::code("created_at", "时间", "made"),
        Column::number("records", "记录", "records"),
        Column::money("total", "合计", "total"),
        Column::number("accepted", "受理", "accepted"),
        Column::number("refused", "拒绝", "refused"),
        Column::code("folder", "文件夹", "folder"),
    ]);
    for info in book.books().batches()? {
        sheet.row([
            Cell::text(format!("B{}", info.id)),
            Cell::word(&info.purpose),
            Cell::word(&info.state),
            Cell::Time(info.created_at),
            Cell::Int(info.records),
            Cell::Money(info.total),
            Cell::Int(info.accepted),
            Cell::Int(info.refused),
            Cell::text(info.folder),
        ]);
    }
    ctx.print(&sheet)?;
    Ok(Exit::Done)
}

fn card(info: &BatchInfo) -> Card {
    let mut card = Card::new();
    card.fact(Column::code("batch", "批次", "batch"), Cell::text(format!("B{}", info.id)));
    card.fact(Column::code("purpose", "用途", "purpose"), Cell::word(&info.purpose));
    card.fact(Column::code("state", "状态", "state"), Cell::word(&info.state));
    card.fact(Column::number("records", "记录", "records"), Cell::Int(info.records));
    card.fact(Column::money("total", "合计", "total"), Cell::Money(info.total));
    card
}

fn show(ctx: &mut Ctx, id: i64) -> Result<Exit, Failure> {
    let (book, _) = ledger::open(ctx)?;
    let books = book.books();
    let info = books.batch(id)?;
    let seal = info.check_code.clone();
    let mut sheet = Sheet::new(&[
        Column::code("number", "编号", "number"),
        Column::code("record_no", "单号", "record no."),
        Column::money("total", "总额", "total"),
        Column::code("medins_setl_id", "结算标识", "medins_setl_id"),
        Column::code("answer", "回执", "answer"),
        Column::code("code", "返回码", "code"),
        Column::text("text", "返回信息", "message"),
        Column::code("setl_id", "结算ID", "setl_id"),
    ]);
    let (mut waiting, mut refused) = (0, 0);
    for member in books.members(id)? {
        let stored = books.record_by_id(member.record)?;
        waiting += usize::from(member.answer.is_none());
        refused += usize::from(member.answer == Some(Answer::Refused));
        sheet.row([
            Cell::text(stored.number.to_string()),
            Cell::text(stored.record.record_no),
            Cell::Money(stored.record.total),
            Cell::text(member.issued.medins_setl_id),
            Cell::known(member.answer, |answer| Cell::word(&answer)),
            Cell::text(member.code),
            Cell::text(member.shown),
            Cell::text(member.setl_id),
        ]);
    }
    sheet.extra("batch", format!("B{id}"));
    sheet.extra("state", info.state);
    sheet.extra("seal", &seal);
    sheet.extra("waiting", waiting);
    sheet.note(ctx.lang.pick(
        &format!("校验码 {seal}；{waiting} 条未回，{refused} 条被拒"),
        &format!("seal {seal}; {waiting} without an answer, {refused} refused"),
    ));
    ctx.print(&sheet)?;
    Ok(Exit::findings(refused))
}

fn ack(ctx: &mut Ctx, args: &AckArgs) -> Result<Exit, Failure> {
    let map = args.reading.map(SheetKind::Answers)?;
    let rows = intake::answers(&args.file, &map).map_err(import::refused)?;
    let (mut book, _) = ledger::unlocked(ctx)?;
    let mode = ledger::mode(args.dry_run.dry_run);
    let file = args.file.display().to_string();
    let done = work::acknowledge(&mut book, &ctx.actor(), mode, args.id, &rows, &file)?;
    let mut card = Card::new();
    card.fact(Column::code("batch", "批次", "batch"), Cell::text(format!("B{}", args.id)));
    card.fact(Column::number("accepted", "本次受理", "accepted now"), Cell::count(done.accepted));
    card.fact(Column::number("refused", "本次拒绝", "refused now"), Cell::count(done.refused));
    card.fact(Column::number("known", "此前已回", "known already"), Cell::count(done.known));
    card.fact(Column::number("waiting", "仍未回", "without an answer"), Cell::count(done.waiting));
    ctx.print_card(&card)?;
    ledger::tried(ctx, args.dry_run.dry_run)?;
    Ok(Exit::findings(done.refused))
}

fn check(ctx: &mut Ctx, folder: &std::path::Path) -> Result<Exit, Failure> {
    if !folder.is_dir() {
        let shown = folder.display();
        let says = Says::new(format!("{shown} 不是文件夹"), format!("{shown} is not a folder"));
        return Err(Failure::refused(says.hint("给出批次的文件夹", "give the folder of a batch")));
    }
    let manifest: Manifest = verify(folder).map_err(|differences| {
        let shown = folder.display();
        let says =
            Says::new(format!("{shown} 与其清单不一致"), format!("{shown} does not agree with its manifest"));
        Failure::integrity(says).with_items(differences)
    })?;
    let mut card = Card::new();
    card.fact(Column::code("batch", "批次", "batch"), Cell::text(format!("B{}", manifest.batch)));
    card.fact(Column::code("purpose", "用途", "purpose"), Cell::word(&manifest.purpose));
    card.fact(Column::number("records", "记录", "records"), Cell::count(manifest.records));
    card.fact(Column::money("total", "合计", "total"), Cell::Money(manifest.total_fen));
    card.fact(Column::code("seal", "校验码", "seal"), Cell::text(manifest.digest().short()));
    card.fact(Column::text("agrees", "一致", "agrees"), Cell::Flag(true));
    ctx.print_card(&card)?;
    Ok(Exit::Done)
}
