//! `guazhang audit`: who did what, and proof that nobody changed it since.
//!
//! Every action here opens the ledger without the notices in it, so that a ledger
//! that was tampered with can still be examined.

mod export;
mod file;
mod log;
mod seal;
mod verify;

use crate::cli::args::Reveal;
use crate::cli::{Ctx, Exit, Failure};
use crate::store::Ledger;

/// The chain of events, and proof that the books agree with it
#[derive(clap::Args, Debug)]
pub(super) struct AuditArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// List the events, oldest first
    Log {
        /// Only those after this number
        #[arg(long, value_name = "N", default_value_t = 0)]
        after: i64,
        #[command(flatten)]
        reveal: Reveal,
    },
    Verify(verify::VerifyArgs),
    Export(export::ExportArgs),
    File(file::FileArgs),
    Seal(seal::SealArgs),
    /// List the seals, oldest first, and whether each still holds
    Seals,
    /// Show the key this station signs with
    ///
    /// Write its fingerprint down somewhere else: it is what a seal is checked with when this ledger is in doubt.
    Key,
}

pub(super) fn run(ctx: &mut Ctx, args: &AuditArgs) -> Result<Exit, Failure> {
    match &args.action {
        Action::Log { after, reveal } => log::run(ctx, *after, reveal),
        Action::Verify(args) => verify::run(ctx, args),
        Action::Export(args) => export::run(ctx, args),
        Action::File(args) => file::run(ctx, args),
        Action::Seal(args) => seal::run(ctx, args),
        Action::Seals => seal::list(ctx),
        Action::Key => seal::key(ctx),
    }
}

fn open(ctx: &Ctx) -> Result<Ledger, Failure> {
    Ok(Ledger::open(&ctx.ledger)?)
}
