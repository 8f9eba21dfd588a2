//! `guazhang batch`: what was sent out, and the platform's answers.

use crate::batch::Coverage;
use crate::cli::args::DryRun;
use crate::cli::locked::Identity;
use crate::cli::sheet_flags::SheetFlags;
use crate::cli::{Ctx, Exit, Failure, batch_verify, import, ledger};
use crate::domain::{Answer, BatchState, Inquiry};
use crate::intake::{self, SheetKind};
use crate::report::{Card, Cell, Column, Format, Sheet};
use crate::store::{BatchInfo, Books, Mode};
use crate::text::{Label as _, Lang};
use crate::work;
use serde_json::json;
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
    /// Take in the platform's answers: what was accepted, refused, or never answered
    Ack(AckArgs),
    /// Write down what was asked and found about a record whose outcome was unknown
    Asked(AskedArgs),
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
        /// The public key of the station that signed it, or the key's fingerprint; else this ledger's own
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
        #[command(flatten)]
        identity: Identity,
    },
}

#[derive(clap::Args, Debug)]
struct AckArgs {
    /// The batch, as B3
    #[arg(value_name = "ID", value_parser = number)]
    id: i64,
    /// The answers: CSV, xlsx, xls, or JSON in a file, a folder or a ZIP
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    reading: SheetFlags,
    #[command(flatten)]
    dry_run: DryRun,
}

#[derive(clap::Args, Debug)]
struct AskedArgs {
    /// The batch, as B3
    #[arg(value_name = "ID", value_parser = number)]
    id: i64,
    /// The record, by its number
    #[arg(value_name = "RECORD")]
    record: String,
    /// How it was found out: 2601, 5203, statement or person
    #[arg(long, value_name = "HOW")]
    by: Inquiry,
    /// What came of it: accepted, refused or not_done
    #[arg(long, value_name = "OUTCOME", value_parser = outcome)]
    found: Answer,
    /// The platform's id of the settlement, where it was settled
    #[arg(long, value_name = "ID", default_value = "")]
    setl_id: String,
    /// The platform's id of the visit, where one was registered
    #[arg(long, value_name = "ID", default_value = "")]
    mdtrt_id: String,
    /// What proves it
    #[arg(long, value_name = "TEXT")]
    evidence: String,
    #[command(flatten)]
    dry_run: DryRun,
}

/// An outcome that can be found: anything but that it is unknown.
fn outcome(text: &str) -> Result<Answer, crate::text::UnknownWord> {
    let known = vec!["accepted", "refused", "not_done"];
    let unknown =
        || crate::text::UnknownWord { what: "outcome", text: text.to_owned(), known: known.clone() };
    text.parse().ok().filter(|answer| *answer != Answer::Unknown).ok_or_else(unknown)
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
        Action::Asked(args) => asked(ctx, args),
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
        Action::Verify { folder, key, identity } => batch_verify::run(ctx, folder, key.as_deref(), identity),
    }
}

fn list(ctx: &mut Ctx) -> Result<Exit, Failure> {
    let (book, _) = ledger::open(ctx)?;
    let sheet = list_sheet(&book.books())?;
    ctx.print(&sheet)?;
    Ok(Exit::Done)
}

/// Every batch, and what was answered.
pub(super) fn list_sheet(books: &Books<'_>) -> Result<Sheet, Failure> {
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
    for info in books.batches()? {
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
    Ok(sheet)
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
    let coverage: Vec<Coverage> = books.batch_coverage(id)?;
    sheet.extra("coverage", &coverage);
    ctx.print(&sheet)?;
    if ctx.format == Format::Table && !coverage.is_empty() {
        writeln!(ctx.out)?;
        ctx.print(&covered(&coverage))?;
    }
    Ok(Exit::findings(refused))
}

/// How much of each call the batch fills.
fn covered(coverage: &[Coverage]) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::code("node", "节点", "node"),
        Column::number("rows", "行数", "rows"),
        Column::number("required", "必填", "required"),
        Column::number("filled", "已填", "filled"),
        Column::number("returned", "由前序交易返回", "returned by a call"),
        Column::number("to_fill", "待补填", "to fill in online"),
    ]);
    for node in coverage {
        sheet.row([
            Cell::text(&node.node),
            Cell::count(node.rows),
            Cell::count(node.required),
            Cell::count(node.required_filled),
            Cell::count(node.returned),
            Cell::count(node.to_fill()),
        ]);
    }
    sheet
}

fn ack(ctx: &mut Ctx, args: &AckArgs) -> Result<Exit, Failure> {
    let map = args.reading.map(SheetKind::Answers)?;
    let mut rows = Vec::new();
    for file in &args.files {
        rows.extend(intake::answers(file, &map).map_err(import::refused)?);
    }
    let (mut book, _) = ledger::unlocked(ctx)?;
    let mode = ledger::mode(args.dry_run.dry_run);
    let done = work::acknowledge(&mut book, &ctx.actor(), mode, args.id, &rows)?;
    told(ctx, args.id, &done)?;
    ledger::tried(ctx, args.dry_run.dry_run)?;
    Ok(Exit::findings(done.refused + done.unknown))
}

fn asked(ctx: &mut Ctx, args: &AskedArgs) -> Result<Exit, Failure> {
    let (mut book, _) = ledger::unlocked(ctx)?;
    let number = work::find(&book.books(), &args.record)?.number;
    let mode = ledger::mode(args.dry_run.dry_run);
    let (setl_id, mdtrt_id, evidence) = (&*args.setl_id, &*args.mdtrt_id, &*args.evidence);
    let found = work::Found { by: args.by, found: args.found, setl_id, mdtrt_id, evidence };
    let done = work::found_out(&mut book, &ctx.actor(), mode, args.id, &number, found)?;
    told(ctx, args.id, &done)?;
    ledger::tried(ctx, args.dry_run.dry_run)?;
    Ok(Exit::findings(done.refused + done.unknown))
}

/// What came of the answers, and what to do about each record that was not accepted.
fn told(ctx: &mut Ctx, id: i64, done: &work::Answered) -> Result<(), Failure> {
    let lang = ctx.lang;
    let some = |count: usize| if count == 0 { Cell::Empty } else { Cell::count(count) };
    let number =
        |count: usize, format: Format| if format == Format::Table { some(count) } else { Cell::count(count) };
    let mut card = Card::new();
    card.fact(Column::code("batch", "批次", "batch"), Cell::text(format!("B{id}")));
    card.fact(Column::number("accepted", "本次受理", "accepted now"), Cell::count(done.accepted));
    card.fact(Column::number("refused", "本次拒绝", "refused now"), Cell::count(done.refused));
    card.fact(Column::number("unknown", "结果不明", "outcome unknown"), number(done.unknown, ctx.format));
    card.fact(Column::number("not_done", "未办成", "not done"), number(done.not_done, ctx.format));
    card.fact(Column::number("known", "此前已回", "known already"), Cell::count(done.known));
    card.fact(Column::number("waiting", "仍未回", "without an answer"), Cell::count(done.waiting));
    let item = |open: &work::Open| {
        json!({
            "number": open.number, "answer": open.answer, "infno": open.infno, "code": open.code,
            "text": open.shown, "meaning": open.meaning(lang), "remedy": open.remedy(lang),
        })
    };
    card.extra("items", done.open.iter().map(item).collect::<Vec<_>>());
    ctx.print_card(&card)?;
    if ctx.format == Format::Table && !done.open.is_empty() {
        writeln!(ctx.out)?;
        let sheet = open_sheet(&done.open, lang);
        ctx.print(&sheet)?;
    }
    Ok(())
}

/// Records that were not accepted, and below them what helps, once for each remedy.
fn open_sheet(open: &[work::Open], lang: Lang) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::code("number", "编号", "number"),
        Column::code("answer", "回执", "answer"),
        Column::code("infno", "交易", "call"),
        Column::text("text", "平台原话", "message"),
        Column::text("meaning", "含义", "meaning"),
    ]);
    let mut remedies: Vec<String> = Vec::new();
    for one in open {
        sheet.row([
            Cell::text(one.number.to_string()),
            Cell::word(&one.answer),
            Cell::text(&one.infno),
            Cell::text(&one.shown),
            Cell::text(one.meaning(lang)),
        ]);
        let remedy = one.remedy(lang);
        if !remedies.contains(&remedy) {
            remedies.push(remedy);
        }
    }
    for remedy in remedies {
        sheet.note(remedy);
    }
    sheet
}
