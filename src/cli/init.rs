//! `guazhang init`: make a ledger for a facility under one or more notices.

use crate::cli::ctx::PASSPHRASE;
use crate::cli::user::{self, UnlockTime};
use crate::cli::{Ctx, Exit, Failure, Says, ledger, notice};
use crate::report::{Card, Cell, Column};
use crate::store::{Founding, Guard, Ledger, StoreError};
use std::fs;

/// Make a new ledger for a facility
///
/// The ledger is one file. Identities in it are sealed under a passphrase, typed twice on a terminal, else taken from
/// --passphrase-file or $GUAZHANG_PASSPHRASE; who makes the ledger is its administrator. A notice is a built-in one by its id, or a TOML file; more can be added later.
#[derive(clap::Args, Debug)]
pub(super) struct InitArgs {
    /// Code of the facility, as H14090100001
    #[arg(long, value_name = "CODE")]
    facility: String,

    /// Name of the facility
    #[arg(long, value_name = "NAME")]
    name: String,

    /// Prefix of this station's numbers, one to four capital letters or digits
    #[arg(long, value_name = "PREFIX", default_value = "A1")]
    station: String,

    /// A notice in force, built in or a file; may be given several times
    #[arg(long, value_name = "ID|FILE")]
    notice: Vec<String>,

    /// Keep identities bare in the file and ask nobody for a passphrase; for machines too weak to encrypt
    #[arg(long)]
    no_encrypt: bool,

    #[command(flatten)]
    unlock: UnlockTime,
}

impl InitArgs {
    /// What was answered instead of given by flags; an empty station is the usual one.
    pub(super) fn answered(facility: String, name: String, station: String, notice: Vec<String>) -> InitArgs {
        let station = if station.is_empty() { "A1".to_owned() } else { station };
        InitArgs { facility, name, station, notice, no_encrypt: false, unlock: UnlockTime::usual() }
    }

    /// The words in it.
    #[cfg(test)]
    pub(super) fn told(&self) -> [String; 4] {
        [self.facility.clone(), self.name.clone(), self.station.clone(), self.notice.join("+")]
    }
}

pub(super) fn run(ctx: &mut Ctx, args: &InitArgs) -> Result<Exit, Failure> {
    let facility = facility_code(&args.facility)?;
    let mut notices = Vec::new();
    for name in &args.notice {
        notices.push(notice::text(ctx, name)?);
    }
    Ledger::may_lie_at(&ctx.ledger)?;
    if let Some(folder) = ctx.ledger.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let founding = Founding {
        facility: facility.to_owned(),
        name: args.name.trim().to_owned(),
        station: args.station.to_uppercase(),
    };
    if ctx.ledger.exists() {
        return Err(StoreError::Exists { path: ctx.ledger.clone() }.into());
    }
    let guarded = if args.no_encrypt {
        None
    } else {
        let (operator, file) = (ctx.operator.clone(), ctx.passphrase_file.clone());
        let flags = "--passphrase-file / --no-encrypt";
        let passphrase = ctx.new_passphrase(&operator, file.as_deref(), PASSPHRASE, flags)?;
        Some((passphrase, args.unlock.cost()?))
    };
    let guard = match &guarded {
        Some((passphrase, cost)) => Guard::Passphrase { passphrase, cost: *cost },
        None => Guard::Open,
    };
    let (ledger, code) =
        Ledger::create_with(&ctx.ledger, &founding, &ctx.actor(), &guard, |w| -> Result<(), StoreError> {
            for loaded in &notices {
                w.add_notice(loaded)?;
            }
            Ok(())
        })?;
    let path = ctx.ledger.display().to_string();
    let ids = notices.iter().map(|loaded| loaded.id.clone()).collect();
    let mut card = Card::new();
    card.fact(Column::text("ledger", "账本", "ledger"), Cell::text(path));
    card.fact(Column::code("facility", "机构", "facility"), Cell::text(&founding.facility));
    card.fact(Column::text("name", "名称", "name"), Cell::text(&founding.name));
    card.fact(Column::code("station", "窗口", "station"), Cell::text(&founding.station));
    card.fact(Column::text("notices", "通告", "notices"), Cell::List(ids));
    card.fact(Column::text("encrypted", "加密", "encrypted"), Cell::Flag(!args.no_encrypt));
    if let Some(code) = &code {
        card.fact(Column::text("administrator", "管理员", "administrator"), Cell::text(&ctx.operator));
        card.fact(user::recovery_column(), Cell::text(code.as_str()));
    }
    ctx.print_card(&card)?;
    if let Some(session) = ledger.session() {
        ctx.sessions.keep(session.clone());
    }
    if args.no_encrypt {
        ledger::say_open(ctx)?;
        return Ok(Exit::Done);
    }
    user::keep_it(ctx)
}

/// A facility code: up to twelve letters and digits, as the platform's field takes.
pub(super) fn facility_code(text: &str) -> Result<&str, Failure> {
    let code = text.trim();
    let plain = (1..=12).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric());
    if plain {
        return Ok(code);
    }
    let bad = Says::new(format!("“{text}”不是机构编码"), format!("`{text}` is not the code of a facility"));
    Err(Failure::refused(
        bad.hint("最多 12 位字母或数字，如 H14090100001", "up to 12 letters and digits, as H14090100001"),
    ))
}
