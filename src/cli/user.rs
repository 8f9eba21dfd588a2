//! `guazhang user`: who may open the ledger, in which role, with which passphrase.

use crate::cli::{Ctx, Exit, Failure, Says, ctx, ledger};
use crate::domain::{Actor, Role};
use crate::report::{Card, Cell, Column, Sheet};
use crate::store::{Cost, Ledger, Mode, StoreError, Writer, stretch};
use crate::text::Label as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Operators, their roles and passphrases
#[derive(clap::Args, Debug)]
pub(super) struct UserArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// Add an operator in a role, with a first passphrase
    ///
    /// The passphrase is typed twice on a terminal, else it comes from $GUAZHANG_NEW_PASSPHRASE or a file.
    Add {
        /// Under which name
        name: String,
        /// In which role: cashier, it, auditor, admin
        #[arg(long, value_name = "ROLE")]
        role: Role,
        #[command(flatten)]
        new: NewPassphrase,
    },
    /// List the operators
    List,
    /// Take the ledger away from an operator; what was written stays
    Disable {
        /// Under which name
        name: String,
    },
    /// Give an operator a new passphrase: one's own, or as an administrator another's
    ///
    /// With --recovery, the recovery code printed by init stands in for a forgotten passphrase.
    Passphrase {
        /// Under which name; one's own by default
        name: Option<String>,
        /// Unlock with the recovery code: typed, or from $GUAZHANG_RECOVERY_CODE
        #[arg(long)]
        recovery: bool,
        #[command(flatten)]
        new: NewPassphrase,
    },
    /// Print a new recovery code; the old one opens nothing any more
    Recovery,
}

/// Where a new passphrase comes from, and what guessing it costs.
#[derive(clap::Args, Debug)]
pub(super) struct NewPassphrase {
    /// A file whose first line is the new passphrase; else $GUAZHANG_NEW_PASSPHRASE
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,

    #[command(flatten)]
    unlock: UnlockTime,
}

/// How long checking a passphrase takes.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(super) struct UnlockTime {
    /// How long checking a passphrase may take on this machine, in milliseconds: the longer, the harder to guess
    #[arg(long, value_name = "MS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=5000), env = "GUAZHANG_UNLOCK_TIME", hide_env = true)]
    unlock_time: u64,
}

impl UnlockTime {
    /// What holds where nobody gave a flag.
    pub(super) fn usual() -> UnlockTime {
        let named = ctx::variable("GUAZHANG_UNLOCK_TIME").and_then(|text| text.parse().ok());
        UnlockTime { unlock_time: named.filter(|time| (1..=5000).contains(time)).unwrap_or(300) }
    }

    /// The cost that takes about so long here: as much memory as fits into half of it, then passes to fill the rest.
    #[expect(clippy::disallowed_methods, reason = "a front measures what a pass costs on this machine")]
    pub(super) fn cost(self) -> Result<Cost, Failure> {
        let target = Duration::from_millis(self.unlock_time);
        let mut cost = Cost::LEAST;
        loop {
            let begun = Instant::now();
            stretch("a passphrase to measure with", &[0; 16], cost)?;
            let one = begun.elapsed().max(Duration::from_micros(100));
            // Twice the memory takes twice the time, and half of the target is left for passes.
            if one * 4 > target || cost.memory >= Cost::USUAL.memory {
                let passes = target.as_micros() / one.as_micros();
                return Ok(Cost { passes: u32::try_from(passes.clamp(1, 16)).unwrap_or(1), ..cost });
            }
            cost.memory = (cost.memory * 2).min(Cost::USUAL.memory);
        }
    }
}

pub(super) fn run(ctx: &mut Ctx, args: &UserArgs) -> Result<Exit, Failure> {
    match &args.action {
        Action::List => list(ctx),
        Action::Add { name, role, new } => add(ctx, name, *role, new),
        Action::Disable { name } => {
            let (mut book, _) = ledger::unlocked(ctx)?;
            book.write(&ctx.actor(), Mode::Keep, |w| w.disable_operator(name.trim()))?;
            show(ctx, &book, name)
        }
        Action::Passphrase { name, recovery, new } => passphrase(ctx, name.as_deref(), *recovery, new),
        Action::Recovery => {
            let (mut book, _) = ledger::unlocked(ctx)?;
            let code = book.write(&ctx.actor(), Mode::Keep, |w: &mut Writer<'_>| w.renew_recovery_code())?;
            let mut card = Card::new();
            card.fact(recovery_column(), Cell::text(code.as_str()));
            ctx.print_card(&card)?;
            keep_it(ctx)
        }
    }
}

/// The column of the recovery code, here and in `init`.
pub(super) fn recovery_column() -> Column {
    Column::code("recovery_code", "恢复码", "recovery code")
}

/// What to do with a recovery code.
pub(super) fn keep_it(ctx: &mut Ctx) -> Result<Exit, Failure> {
    // The code itself comes first.
    ctx.out.flush()?;
    ctx.remark(
        "请把恢复码抄在纸上锁好：只显示这一次；口令全部遗忘时只有它能打开账本",
        "write the recovery code on paper and lock it away: it is shown this once, and alone opens the ledger when every passphrase is forgotten",
    )?;
    Ok(Exit::Done)
}

fn list(ctx: &mut Ctx) -> Result<Exit, Failure> {
    let (book, _) = ledger::open(ctx)?;
    let mut sheet = Sheet::new(&[
        Column::text("name", "姓名", "name"),
        Column::code("role", "角色", "role"),
        Column::text("active", "在用", "active"),
        Column::code("added_at", "增加时间", "added"),
        Column::text("added_by", "增加人", "added by"),
        Column::number("failures", "口令错误", "wrong passphrases"),
    ]);
    for operator in book.books().operators()? {
        sheet.row([
            Cell::text(operator.name),
            Cell::word(&operator.role),
            Cell::Flag(operator.active),
            Cell::text(operator.added_at),
            Cell::text(operator.added_by),
            Cell::Int(i64::from(operator.failures)),
        ]);
    }
    ctx.print(&sheet)?;
    ledger::say_if_open(ctx, &book)?;
    Ok(Exit::Done)
}

fn add(ctx: &mut Ctx, name: &str, role: Role, new: &NewPassphrase) -> Result<Exit, Failure> {
    let (mut book, _) = ledger::unlocked(ctx)?;
    if !book.is_encrypted()? {
        return Err(StoreError::NoOperators.into());
    }
    let secret = new_passphrase(ctx, name, new)?;
    let cost = new.unlock.cost()?;
    book.write(&ctx.actor(), Mode::Keep, |w| w.add_operator(name, role, &secret, cost))?;
    show(ctx, &book, name)
}

fn new_passphrase(
    ctx: &mut Ctx,
    name: &str,
    new: &NewPassphrase,
) -> Result<crate::cli::ctx::Secret, Failure> {
    let file = new.new_passphrase_file.as_deref();
    ctx.new_passphrase(name, file, "GUAZHANG_NEW_PASSPHRASE", "--new-passphrase-file")
}

fn passphrase(
    ctx: &mut Ctx,
    name: Option<&str>,
    recovery: bool,
    new: &NewPassphrase,
) -> Result<Exit, Failure> {
    let name = name.unwrap_or(&ctx.operator).trim().to_owned();
    let (mut book, _) = ledger::open(ctx)?;
    let mut actor: Actor = ctx.actor();
    if recovery {
        let given = crate::cli::ctx::variable("GUAZHANG_RECOVERY_CODE").map(zeroize::Zeroizing::new);
        let code = match given {
            Some(code) => Some(code),
            None => ctx.ask_secret("恢复码：", "recovery code: ")?,
        };
        let Some(code) = code else {
            let says = Says::new("缺少恢复码", "the recovery code is missing");
            return Err(Failure::usage(says.hint(
                "在终端运行会询问；否则设置 $GUAZHANG_RECOVERY_CODE",
                "it is asked for on a terminal; else set $GUAZHANG_RECOVERY_CODE",
            )));
        };
        actor.operator.clone_from(&name);
        book.unlock_with_code(&actor, &code)?;
    } else {
        ledger::unlock(ctx, &mut book)?;
    }
    let secret = new_passphrase(ctx, &name, new)?;
    let cost = new.unlock.cost()?;
    book.write(&actor, Mode::Keep, |w| w.change_passphrase(&name, &secret, cost))?;
    show(ctx, &book, &name)
}

fn show(ctx: &mut Ctx, book: &Ledger, name: &str) -> Result<Exit, Failure> {
    let found = book.books().operator(name)?;
    let operator = found.ok_or_else(|| StoreError::UnknownOperator { name: name.to_owned() })?;
    let mut card = Card::new();
    card.fact(Column::text("name", "姓名", "name"), Cell::text(operator.name));
    card.fact(Column::text("role", "角色", "role"), Cell::word(&operator.role));
    card.fact(Column::text("active", "在用", "active"), Cell::Flag(operator.active));
    let rights: Vec<String> =
        operator.role.rights().iter().map(|right| right.label(ctx.lang).to_owned()).collect();
    card.fact(Column::text("rights", "可办理", "may"), Cell::List(rights));
    ctx.print_card(&card)?;
    Ok(Exit::Done)
}
