//! `guazhang restore`: a backup becomes a ledger again, never in place of another.

use crate::cli::args::DryRun;
use crate::cli::progress::watched;
use crate::cli::secret::{self, PassphraseFrom};
use crate::cli::{Ctx, Exit, Failure, ledger};
use crate::report::{Card, Cell, Column};
use crate::store::{BackupKind, Mode, Opener, Restored, backup_kind, restore_watched};
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

/// Make a ledger of a backup, once all of it is proved
///
/// An existing ledger is never overwritten. The backup is decrypted and proved beside the place of the new ledger: the
/// copy's own digest, the database, the chain, and the books.
#[derive(clap::Args, Debug)]
pub(super) struct RestoreArgs {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The new ledger; else the ledger of this run
    #[arg(long, value_name = "LEDGER")]
    to: Option<PathBuf>,

    #[command(flatten)]
    passphrase: PassphraseFrom,

    /// Secret keys, for a backup that was encrypted to a key
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,

    #[command(flatten)]
    dry_run: DryRun,
}

pub(super) fn run(ctx: &mut Ctx, args: &RestoreArgs) -> Result<Exit, Failure> {
    secret::must_exist(&args.file)?;
    let opener = opener(ctx, args)?;
    let to = args.to.clone().unwrap_or_else(|| ctx.ledger.clone());
    let mode = ledger::mode(args.dry_run.dry_run);
    if let Some(folder) = to.parent().filter(|folder| !folder.as_os_str().is_empty() && mode == Mode::Keep) {
        fs::create_dir_all(folder)?;
    }
    let restored = watched(ctx.lang, |watch| {
        restore_watched(&args.file, &to, &ctx.ledger, &opener, &ctx.actor(), mode, watch)
    })?;
    show(ctx, &restored)?;
    if !restored.sealed {
        ctx.remark(
            "这不是 guazhang backup 写出的文件：只由事件链证明，后来的改动可能看不出",
            "this file was not written by guazhang backup: it is proved by its chain only",
        )?;
    }
    ledger::tried(ctx, args.dry_run.dry_run)?;
    Ok(Exit::Done)
}

/// What opens the backup, of the kind it asks for.
fn opener(ctx: &Ctx, args: &RestoreArgs) -> Result<Opener, Failure> {
    match backup_kind(&args.file)? {
        BackupKind::Plain => Ok(Opener::None),
        BackupKind::Keys => match &args.identity {
            None => Ok(Opener::None),
            Some(path) => Ok(Opener::identities(path, &ctx.read_text(path)?)?),
        },
        BackupKind::Passphrase => {
            let given = match args.passphrase.given(ctx)? {
                Some(given) => Some(given),
                None => secret::asked(ctx, "备份口令：", "passphrase of the backup: ")?,
            };
            Ok(given.map_or(Opener::None, Opener::Passphrase))
        }
    }
}

fn show(ctx: &mut Ctx, restored: &Restored) -> Result<(), Failure> {
    let lang = ctx.lang;
    let mut card = Card::new();
    card.fact(Column::text("ledger", "账本", "ledger"), Cell::text(restored.path.display().to_string()));
    card.fact(Column::number("records", "记录", "records"), Cell::Int(restored.records));
    card.fact(Column::number("head_seq", "备份末个事件", "backup ends at"), Cell::Int(restored.seq));
    card.fact(Column::code("head", "链头", "head"), Cell::text(restored.head.to_string()));
    card.fact(Column::text("encrypted", "加密", "encrypted"), Cell::Flag(restored.encrypted));
    let standing = restored.standing.map(|standing| standing.said(lang));
    let beside = format!("{}{}", ctx.ledger.display(), lang.pick("：", ": "));
    card.fact(
        Column::text("standing", "现有账本", "ledger there"),
        Cell::known(standing, |said| Cell::text(beside + &said)),
    );
    ctx.print_card(&card)?;
    // A remark that follows is read after it.
    Ok(ctx.out.flush()?)
}
