//! `guazhang import accounts`: take in a list of account balances, a bank's or the virtual side's.

use crate::cli::args::DryRun;
use crate::cli::preview::Told;
use crate::cli::sheet_flags::SheetFlags;
use crate::cli::{Ctx, Exit, Failure, import, ledger, preview};
use crate::domain::{AccountEntry, AccountSide, mask_card, mask_name};
use crate::intake::{self, AccountsSheet, SheetKind};
use crate::report::{Card, Cell, Column, Format, Sheet};
use crate::store::AccountsKept;
use crate::text::Explain;
use crate::work::{self, AccountsFile, AccountsTaken, Lot};
use std::path::{Path, PathBuf};

#[derive(clap::Args, Debug)]
pub(super) struct AccountsArgs {
    /// The accounts, one a row
    #[arg(value_name = "FILE", required_unless_present = "template")]
    accounts: Option<PathBuf>,

    /// Whose list it is
    #[arg(long, value_name = "bank|virtual", required_unless_present = "template")]
    side: Option<AccountSide>,

    /// The bank whose list it is; the virtual side's may name a bank in each row
    #[arg(long, value_name = "NAME")]
    bank: Option<String>,

    /// The lot in which the accounts move
    #[arg(long, value_name = "TEXT", default_value = "1")]
    lot: String,

    /// Only rehearse: the list never meets a real one
    #[arg(long)]
    rehearsal: bool,

    #[command(flatten)]
    reading: SheetFlags,

    /// Take the good rows; write the rest beside the input as NAME.rejected.csv
    #[arg(long)]
    accept_good: bool,

    /// Write an empty sheet with our headings there, to be filled in; a form with drop-downs where it ends in .xlsx
    #[arg(long, value_name = "FILE", conflicts_with_all = ["accounts", "side", "bank", "rehearsal", "map", "sheet", "encoding", "accept_good"])]
    pub(super) template: Option<PathBuf>,

    #[command(flatten)]
    dry_run: DryRun,
}

pub(super) fn run(ctx: &mut Ctx, args: &AccountsArgs) -> Result<Exit, Failure> {
    let path = import::given(args.accounts.as_deref())?;
    let map = args.reading.map(SheetKind::Accounts)?;
    let lot = Lot::new(&args.lot, args.rehearsal)?;
    let bank = args.bank.as_deref().map(work::plain_name).transpose()?.unwrap_or_default();
    let side = args.side.unwrap_or(AccountSide::Bank);
    let digest = intake::digest_of_file(path).map_err(import::refused)?;
    let (mut book, _) = ledger::unlocked(ctx)?;
    let (actor, now) = (ctx.actor(), ctx.now);
    let file = AccountsFile { path, digest, side, bank: &bank, lot: &lot };
    let mut take = |mode| -> Result<AccountsTaken, Failure> {
        if side == AccountSide::Bank && bank.is_empty() {
            return Err(work::WorkError::from(work::AccountsError::NoBank).into());
        }
        let sheet = AccountsSheet::open(path, &map, &bank, now).map_err(import::refused)?;
        let done = work::take_accounts(&mut book, &actor, mode, sheet, &file, args.accept_good);
        done.map_err(import::whole_file_refused)
    };
    if import::asks_first(ctx, args.dry_run) {
        let tried = take(crate::store::Mode::Try)?;
        print(ctx, &tried, &lot, Told::Preview)?;
        if !matches!(tried.kept, AccountsKept::Known(_)) && !import::agreed(ctx)? {
            return Err(Failure::interrupted());
        }
    }
    let trying = args.dry_run.dry_run;
    let done = take(ledger::mode(trying))?;
    print(ctx, &done, &lot, if trying { Told::Preview } else { Told::Done })?;
    ledger::tried(ctx, trying)?;
    if let AccountsKept::Known(_) = done.kept {
        ctx.remark(
            "这份名单以前导入过，没有改动任何内容",
            "this list was imported before; nothing was changed",
        )?;
    }
    if done.faults.is_empty() {
        return Ok(Exit::Done);
    }
    let sources: [(Option<&Path>, SheetKind); 1] = [(Some(path), SheetKind::Accounts)];
    import::reject(ctx, &sources, &map, &done.faults, trying)?;
    Ok(Exit::Findings)
}

fn print(ctx: &mut Ctx, done: &AccountsTaken, lot: &Lot, told: Told) -> Result<(), Failure> {
    let list = |id: i64| Cell::text(format!("Z{id}"));
    let mut card = Card::new();
    let (number, replaces) = match done.kept {
        AccountsKept::New(id) | AccountsKept::Known(id) => (id, None),
        AccountsKept::Replaces(id, old) => (id, Some(old)),
    };
    // A number that was only tried will be given to the next list.
    let known = told == Told::Done || matches!(done.kept, AccountsKept::Known(_));
    card.fact(Column::code("list", "名单", "list"), Cell::known(known.then_some(number), list));
    card.fact(Column::code("replaces", "取代名单", "takes the place of"), Cell::known(replaces, list));
    card.fact(Column::text("lot", "批次", "lot"), Cell::text(&lot.name));
    card.fact(Column::text("rehearsal", "演练", "rehearsal"), Cell::Flag(lot.rehearsal));
    let (rows, total) = done
        .banks
        .values()
        .fold((0, crate::domain::Money::ZERO), |(count, sum), (n, total)| (count + n, sum + *total));
    card.fact(Column::number("accounts", "账户", "accounts"), preview::whole(rows));
    card.fact(Column::money("total", "余额合计", "balance in all"), Cell::Money(total));
    preview::of_sheet(&mut card, &done.summary, ctx.lang, told);
    let faults: Vec<_> = done.faults.iter().map(|fault| fault.what(ctx.lang)).collect();
    card.extra("faults", faults);
    let banks = done.banks.iter().map(|(bank, (accounts, total))| {
        serde_json::json!({ "bank": bank, "accounts": accounts, "total_fen": total })
    });
    card.extra("banks", banks.collect::<Vec<_>>());
    ctx.print_card(&card)?;
    if ctx.format != Format::Table {
        return Ok(());
    }
    if done.banks.len() > 1 {
        writeln!(ctx.out)?;
        let mut sheet = Sheet::new(&[
            Column::text("bank", "银行", "bank"),
            Column::number("accounts", "账户", "accounts"),
            Column::money("total", "余额合计", "balance in all"),
        ]);
        for (bank, (accounts, total)) in &done.banks {
            sheet.row([Cell::text(bank), preview::whole(*accounts), Cell::Money(*total)]);
        }
        ctx.print(&sheet)?;
    }
    if told == Told::Preview && !done.sample.is_empty() {
        first_rows(ctx, &done.sample)?;
    }
    Ok(())
}

/// The first rows as they were understood, masked.
fn first_rows(ctx: &mut Ctx, sample: &[AccountEntry]) -> Result<(), Failure> {
    let mut sheet = Sheet::new(&[
        Column::text("bank", "银行", "bank"),
        Column::code("name", "姓名", "name"),
        Column::code("id_no", "证件号码", "document"),
        Column::code("card_no", "卡号", "card"),
        Column::money("balance", "余额", "balance"),
        Column::code("state", "状态", "state"),
    ]);
    for entry in sample {
        sheet.row([
            Cell::text(&entry.bank),
            Cell::text(mask_name(&entry.person.name)),
            Cell::text(mask_card(&entry.person.id_no)),
            Cell::text(mask_card(&entry.person.card_no)),
            Cell::Money(entry.balance),
            Cell::word(&entry.state),
        ]);
    }
    writeln!(ctx.out)?;
    ctx.print(&sheet)
}
