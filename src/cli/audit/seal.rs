//! `guazhang audit seal|seals|key`: sign the head of the chain, and show what was signed with which key.

use super::open;
use crate::cli::args::DryRun;
use crate::cli::new_file::NewFile;
use crate::cli::{Ctx, Exit, Failure, Says, ledger};
use crate::domain::{Seal, SealReason};
use crate::report::{Card, Cell, Column, Format, Sheet};
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;

/// Sign the head of the chain with this station's key
///
/// Keep the code on paper, or the file with someone else: `audit verify --seal` proves with it, at any later time, that
/// nothing before this moment was changed.
#[derive(clap::Args, Debug)]
pub(super) struct SealArgs {
    /// What it is made for; it is printed, so no names of patients
    #[arg(long, value_name = "TEXT")]
    reason: String,

    /// Write the whole seal with its signature to this new file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    #[command(flatten)]
    dry_run: DryRun,
}

pub(super) fn run(ctx: &mut Ctx, args: &SealArgs) -> Result<Exit, Failure> {
    if args.reason.trim().is_empty() {
        let says = Says::new("原因不能为空", "the reason is empty");
        return Err(Failure::refused(
            says.hint("写明为何封签，如“月末”", "say what it is for, as in `end of month`"),
        ));
    }
    let mut book = open(ctx)?;
    ledger::unlock(ctx, &mut book)?;
    let trying = args.dry_run.dry_run;
    // Opened first: a seal whose file cannot be written is not made.
    let file = match &args.out {
        Some(path) if !trying => Some(NewFile::at(path, ctx.lang)?),
        _ => None,
    };
    let actor = ctx.actor();
    let made = book.write(&actor, ledger::mode(trying), |w| w.seal(SealReason::Asked, &args.reason))?;
    if let Some(mut file) = file {
        let whole = json!({
            "schema": 1, "format": "guazhang seal 1", "code": made.code().to_string(),
            "key": book.books().station_key()?, "seal": made,
        });
        serde_json::to_writer_pretty(&mut file, &whole).map_err(std::io::Error::from)?;
        writeln!(file)?;
        file.place()?;
    }
    let card = card(&made, args.out.as_ref().filter(|_| !trying).map(|path| path.display().to_string()));
    ctx.print_card(&card)?;
    ledger::tried(ctx, trying)?;
    Ok(Exit::Done)
}

fn card(seal: &Seal, out: Option<String>) -> Card {
    let mut card = Card::new();
    card.fact(Column::number("number", "封签", "seal"), Cell::Int(seal.number));
    card.fact(Column::code("code", "封签码", "code"), Cell::text(seal.code().to_string()));
    card.fact(Column::number("seq", "至事件", "up to event"), Cell::Int(seal.seq));
    card.fact(Column::code("hash", "校验", "hash"), Cell::text(seal.hash.to_string()));
    card.fact(Column::code("at", "时间", "time"), Cell::Time(seal.at));
    card.fact(Column::code("station", "窗口", "station"), Cell::text(&seal.station));
    card.fact(Column::code("operator", "操作员", "operator"), Cell::text(&seal.operator));
    card.fact(Column::text("note", "原因", "reason"), Cell::text(&seal.note));
    card.fact(Column::text("out", "文件", "file"), Cell::known(out, Cell::text));
    card
}

pub(super) fn list(ctx: &mut Ctx) -> Result<Exit, Failure> {
    let book = open(ctx)?;
    let books = book.books();
    let key = books.station_key()?;
    let mut sheet = Sheet::new(&[
        Column::number("number", "封签", "seal"),
        Column::code("at", "时间", "time"),
        Column::code("operator", "操作员", "operator"),
        Column::text("why", "场合", "on"),
        Column::text("note", "原因", "reason"),
        Column::number("seq", "至事件", "up to event"),
        Column::code("code", "封签码", "code"),
        Column::text("holds", "有效", "holds"),
    ]);
    let mut broken = false;
    for seal in books.seals()? {
        let holds = seal.is_signed_by(&key) && books.event_hash(seal.seq)? == Some(seal.hash);
        broken |= !holds;
        let code = seal.code().to_string();
        sheet.row([
            Cell::Int(seal.number),
            Cell::Time(seal.at),
            Cell::text(seal.operator),
            Cell::word(&seal.why),
            Cell::text(seal.note),
            Cell::Int(seal.seq),
            Cell::text(code),
            Cell::Flag(holds),
        ]);
    }
    ctx.print(&sheet)?;
    Ok(if broken { Exit::Integrity } else { Exit::Done })
}

pub(super) fn key(ctx: &mut Ctx) -> Result<Exit, Failure> {
    let book = open(ctx)?;
    let key = book.books().station_key()?;
    let mut card = Card::new();
    card.fact(Column::code("station", "窗口", "station"), Cell::text(&book.founding().station));
    card.fact(Column::code("fingerprint", "指纹", "fingerprint"), Cell::text(key.fingerprint()));
    card.fact(Column::code("key", "公钥", "public key"), Cell::text(key.to_string()));
    if ctx.format == Format::Json {
        card.extra("pem", key.pem());
    }
    ctx.print_card(&card)?;
    if ctx.format == Format::Table {
        write!(ctx.out, "\n{}", key.pem())?;
    }
    Ok(Exit::Done)
}
