//! `guazhang bundle keys`: this window's public keys, and whose others are trusted.

use crate::cli::args::DryRun;
use crate::cli::{Ctx, Exit, Failure, Says, ledger, new_file};
use crate::domain::PeerCard;
use crate::report::{Card, Cell, Column, Format};
use crate::work::merge;
use std::io::Write as _;
use std::path::PathBuf;

/// Show this window's keys, or say whom to trust
///
/// The line goes to the other window, as a file or typed; the fingerprint is read out over the phone and compared there.
#[derive(clap::Args, Debug)]
pub(super) struct KeysArgs {
    #[command(subcommand)]
    action: Option<Action>,

    /// Write the line to this new file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// Trust a window whose fingerprint was read out
    Trust {
        /// Its line, or the file it stands in
        #[arg(value_name = "FILE|TEXT")]
        key: String,
        /// The fingerprint, as read out over the phone: sixteen digits
        #[arg(long, value_name = "XXXX-XXXX-XXXX-XXXX")]
        fingerprint: String,
        /// Seal to it only what concerns its own records, as a centre does for its windows
        #[arg(long)]
        answers_only: bool,
        #[command(flatten)]
        dry_run: DryRun,
    },
    /// Trust a window no longer: nothing more is taken from it or sealed to it
    Revoke {
        /// The station
        #[arg(value_name = "STATION")]
        peer: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        dry_run: DryRun,
    },
}

pub(super) fn run(ctx: &mut Ctx, args: &KeysArgs) -> Result<Exit, Failure> {
    match &args.action {
        None => show(ctx, args.out.as_deref()),
        Some(Action::Trust { key, fingerprint, answers_only, dry_run }) => {
            let (mut book, _) = ledger::unlocked(ctx)?;
            let card = merge::read_card(key)?;
            let mode = ledger::mode(dry_run.dry_run);
            let peer = merge::trust(&mut book, &ctx.actor(), mode, &card, fingerprint, *answers_only)?;
            let mut shown = facts(&peer.card);
            shown.fact(Column::text("answers", "仅答复", "answers only"), Cell::Flag(peer.answers));
            ctx.print_card(&shown)?;
            ctx.out.flush()?;
            ledger::tried(ctx, dry_run.dry_run)?;
            Ok(Exit::Done)
        }
        Some(Action::Revoke { peer, reason, dry_run }) => {
            if reason.trim().is_empty() {
                let says = Says::new("原因不能为空", "the reason is empty");
                return Err(Failure::refused(
                    says.hint("写明为何不再信任", "say why it is no longer trusted"),
                ));
            }
            let (mut book, _) = ledger::unlocked(ctx)?;
            let mode = ledger::mode(dry_run.dry_run);
            let peer = merge::revoke(&mut book, &ctx.actor(), mode, peer, reason.trim())?;
            ctx.print_card(&facts(&peer.card))?;
            ctx.out.flush()?;
            ledger::tried(ctx, dry_run.dry_run)?;
            Ok(Exit::Done)
        }
    }
}

fn show(ctx: &mut Ctx, out: Option<&std::path::Path>) -> Result<Exit, Failure> {
    let (book, _) = ledger::unlocked(ctx)?;
    let card = book.card()?;
    if let Some(path) = out {
        new_file::put(path, format!("{card}\n").as_bytes(), ctx.lang)?;
    }
    let mut shown = facts(&card);
    let out = out.map(|path| path.display().to_string());
    shown.fact(Column::text("out", "文件", "file"), Cell::known(out, Cell::text));
    if ctx.format == Format::Json {
        shown.extra("line", card.to_string());
    }
    ctx.print_card(&shown)?;
    if ctx.format == Format::Table {
        write!(ctx.out, "\n{card}\n")?;
    }
    Ok(Exit::Done)
}

fn facts(card: &PeerCard) -> Card {
    let mut shown = Card::new();
    shown.fact(Column::code("station", "窗口", "station"), Cell::text(&card.station));
    shown.fact(Column::code("facility", "机构编码", "facility"), Cell::text(&card.facility));
    shown.fact(Column::text("name", "机构", "name"), Cell::text(&card.name));
    shown.fact(Column::code("fingerprint", "指纹", "fingerprint"), Cell::text(card.fingerprint()));
    shown
}
