//! `guazhang account`: personal accounts that move from banks to the virtual side (实转虚).

use crate::cli::args::DryRun;
use crate::cli::{Ctx, Exit, Failure, ledger};
use crate::domain::{Money, Reason};
use crate::report::{Card, Cell, Column, Format, Sheet};
use crate::store::Books;
use crate::text::Label;
use crate::work::{self, Comparison, Lot};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Account migration (实转虚): banks against the virtual side
#[derive(clap::Args, Debug)]
pub(super) struct AccountArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// Compare both sides: totals of each bank first, then person by person
    ///
    /// Where totals differ nothing is confirmed, and persons are compared only with --detail. What does not agree
    /// becomes a break; of a rehearsal it is only shown.
    Compare {
        /// The lot
        #[arg(long, value_name = "TEXT", default_value = "1")]
        lot: String,
        /// The lists of the rehearsal, apart from the real ones
        #[arg(long)]
        rehearsal: bool,
        /// Compare persons though totals differ, to look for the cause
        #[arg(long)]
        detail: bool,
        #[command(flatten)]
        dry_run: DryRun,
    },
    /// Lists, lots, and what agrees, is held or differs
    Status {
        /// Only this lot
        #[arg(long, value_name = "TEXT")]
        lot: Option<String>,
        /// Those of the rehearsal, apart from the real ones
        #[arg(long)]
        rehearsal: bool,
    },
    /// Write what agrees as data text with control totals; after a backup only
    Export {
        /// The folder in which a folder is made
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// The lot
        #[arg(long, value_name = "TEXT", default_value = "1")]
        lot: String,
        #[command(flatten)]
        dry_run: DryRun,
    },
}

pub(super) fn run(ctx: &mut Ctx, args: &AccountArgs) -> Result<Exit, Failure> {
    match &args.action {
        Action::Compare { lot, rehearsal, detail, dry_run } => {
            compare(ctx, &Lot::new(lot, *rehearsal)?, *detail, *dry_run)
        }
        Action::Status { lot, rehearsal } => status(ctx, lot.as_deref(), *rehearsal),
        Action::Export { out, lot, dry_run } => export(ctx, out, &Lot::new(lot, false)?, *dry_run),
    }
}

fn compare(ctx: &mut Ctx, lot: &Lot, detail: bool, dry_run: DryRun) -> Result<Exit, Failure> {
    let (mut book, _) = ledger::unlocked(ctx)?;
    let mode = ledger::mode(dry_run.dry_run);
    let done = work::compare_accounts(&mut book, &ctx.actor(), mode, lot, detail)?;
    let found = findings(ctx, &book.books(), &done)?;
    let mut sheet = banks(&[&done]);
    sheet.extra("number", number(&done).filter(|_| !dry_run.dry_run));
    sheet.extra("totals_agree", done.sums_agree);
    sheet.extra("in_detail", done.in_detail);
    sheet.extra("limit_fen", done.limit);
    sheet.extra("new_breaks", done.new_breaks);
    sheet.extra("still_open", done.still_open);
    sheet.extra("gone", done.gone);
    sheet.extra("findings", &found.1);
    for (zh, en) in remarks(&done) {
        sheet.note(ctx.lang.pick(&zh, &en));
    }
    ctx.print(&sheet)?;
    // What stands in the register is listed there.
    let listed = lot.rehearsal || dry_run.dry_run;
    if ctx.format == Format::Table && listed && !found.1.is_empty() {
        writeln!(ctx.out)?;
        ctx.print(&found.0)?;
    }
    ledger::tried(ctx, dry_run.dry_run)?;
    Ok(exit(&[&done]))
}

/// The run of a comparison, or the number of a rehearsal.
fn number(done: &Comparison) -> Option<String> {
    done.number.map(|number| format!("{}{number}", if done.lot.rehearsal { "Y" } else { "R" }))
}

fn exit(done: &[&Comparison]) -> Exit {
    let odds = done.iter().filter(|one| !one.sums_agree || one.at_odds() > 0).count();
    Exit::findings(odds)
}

fn remarks(done: &Comparison) -> Vec<(String, String)> {
    let mut told = Vec::new();
    let differ: Vec<_> = done.banks.iter().filter(|bank| !bank.sums.agree()).collect();
    for bank in &differ {
        let (name, difference) = (&bank.sums.bank, bank.sums.difference());
        let (ours, theirs) = (bank.sums.at_bank.persons, bank.sums.on_virtual.persons);
        told.push((
            format!("{name} 总额不平：虚账户减银行 {difference} 元；人数银行 {ours}、虚账户 {theirs}"),
            format!(
                "{name}: totals differ: virtual less bank {difference}; persons {ours} at the bank, {theirs} virtual"
            ),
        ));
    }
    if !differ.is_empty() {
        told.push(if done.in_detail {
            (
                "总额不平：逐人结果只供查找原因，未确认任何账户".to_owned(),
                "totals differ: the comparison of persons is to find the cause, nothing is confirmed"
                    .to_owned(),
            )
        } else {
            (
                "先更正名单；要逐人查找原因加 --detail".to_owned(),
                "correct the lists first; to look for the cause person by person add --detail".to_owned(),
            )
        });
    } else if !done.lot.rehearsal && done.at_odds() > 0 {
        told.push((
            "差异已列入台账：guazhang break list".to_owned(),
            "the breaks stand in the register: guazhang break list".to_owned(),
        ));
    }
    told
}

/// The banks of comparisons.
fn banks(compared: &[&Comparison]) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::text("lot", "批次", "lot"),
        Column::text("bank", "银行", "bank"),
        Column::number("bank_accounts", "银行账户", "at bank"),
        Column::money("bank_total", "银行余额", "bank total"),
        Column::number("virtual_accounts", "虚账户", "virtual"),
        Column::money("virtual_total", "虚账户余额", "virtual total"),
        Column::money("difference", "相差", "difference"),
        Column::number("agreed", "一致", "agreed"),
        Column::money("agreed_total", "一致金额", "agreed total"),
        Column::number("held", "待核实", "held"),
        Column::money("held_total", "待核实金额", "held total"),
        Column::number("open", "不符", "open"),
        Column::money("open_total", "不符金额", "open total"),
        Column::number("bank_persons", "银行人数", "persons at bank"),
        Column::number("virtual_persons", "虚账户人数", "persons virtual"),
        Column::text("totals_agree", "总额相平", "totals agree"),
        Column::code("compared", "核对", "compared"),
    ]);
    for done in compared {
        for bank in &done.banks {
            let whole = |count: u64| Cell::Int(i64::try_from(count).unwrap_or(i64::MAX));
            // Where only totals were compared nothing is known of persons.
            let count = |count: u64| if done.in_detail { whole(count) } else { Cell::Empty };
            let sum = |sum: Money| if done.in_detail { Cell::Money(sum) } else { Cell::Empty };
            // While a total differs nothing is confirmed, whoever agrees.
            let agreed = done.in_detail && done.sums_agree;
            sheet.row([
                Cell::text(&done.lot.name),
                Cell::text(&bank.sums.bank),
                whole(bank.sums.at_bank.accounts),
                Cell::Money(bank.sums.at_bank.total_fen),
                whole(bank.sums.on_virtual.accounts),
                Cell::Money(bank.sums.on_virtual.total_fen),
                Cell::Money(bank.sums.difference()),
                Cell::known(agreed.then_some(bank.agreed.count), whole),
                Cell::known(agreed.then_some(bank.agreed.total_fen), Cell::Money),
                count(bank.held.count),
                sum(bank.held.total_fen),
                count(bank.open.count),
                sum(bank.open.total_fen),
                whole(bank.sums.at_bank.persons),
                whole(bank.sums.on_virtual.persons),
                Cell::Flag(bank.sums.agree()),
                Cell::known(number(done), Cell::Text),
            ]);
        }
    }
    sheet.only_in_data(&["bank_persons", "virtual_persons", "agreed_total", "held_total", "open_total"]);
    sheet.only_in_data(&["totals_agree", "compared"]);
    sheet
}

/// What does not agree, masked: for people, and for programs.
fn findings(
    ctx: &Ctx,
    books: &Books<'_>,
    done: &Comparison,
) -> Result<(Sheet, Vec<serde_json::Value>), Failure> {
    let mut sheet = Sheet::new(&[
        Column::code("reason", "代码", "code"),
        Column::text("meaning", "含义", "meaning"),
        Column::text("bank", "银行", "bank"),
        Column::code("name", "姓名", "name"),
        Column::code("card_no", "卡号", "card"),
        Column::money("balance", "余额", "balance"),
        Column::money("difference", "相差", "difference"),
        Column::code("state", "状态", "state"),
    ]);
    let (mut items, mut reasons) = (Vec::new(), BTreeSet::<Reason>::new());
    for finding in &done.findings {
        let Some(id) = finding.account else { continue };
        let account = books.account(id)?;
        reasons.insert(finding.reason);
        items.push(serde_json::json!({
            "reason": finding.reason, "bank": account.bank, "side": account.side, "list": account.load,
            "row": account.row, "name": account.shown.name, "id_no": account.shown.id_no,
            "card_no": account.shown.phone, "old_card_no": account.old_card, "balance_fen": account.balance, "difference_fen": finding.difference,
            "state": account.state,
        }));
        sheet.row([
            Cell::text(finding.reason.id()),
            Cell::text(finding.reason.label(ctx.lang)),
            Cell::text(account.bank),
            Cell::text(account.shown.name),
            Cell::text(account.shown.phone),
            Cell::Money(account.balance),
            Cell::Money(finding.difference),
            Cell::word(&account.state),
        ]);
    }
    for reason in reasons {
        let colon = ctx.lang.pick("：", ": ");
        sheet.note(format!("{}{colon}{}", reason.id(), reason.remedy(ctx.lang)));
    }
    Ok((sheet, items))
}

fn status(ctx: &mut Ctx, only: Option<&str>, rehearsal: bool) -> Result<Exit, Failure> {
    let (book, _) = ledger::open(ctx)?;
    let books = book.books();
    let mut lists = books.account_lists(rehearsal)?;
    lists.retain(|list| only.is_none_or(|lot| lot.trim() == list.lot));
    let lots: BTreeSet<_> = lists.iter().filter(|list| list.counts).map(|list| list.lot.clone()).collect();
    let (mut compared, mut waiting) = (Vec::new(), Vec::new());
    for lot in lots {
        let lot = Lot::new(&lot, rehearsal)?;
        match work::account_standing(&books, &lot) {
            Ok(done) => compared.push(done),
            Err(work::WorkError::Accounts(error @ work::AccountsError::OneSided { .. })) => {
                waiting.push(error);
            }
            Err(error) => return Err(error.into()),
        }
    }
    let compared: Vec<&Comparison> = compared.iter().collect();
    let mut sheet = banks(&compared);
    let told = lists.iter().map(|list| {
        serde_json::json!({
            "list": format!("Z{}", list.id), "side": list.side, "bank": list.bank, "lot": list.lot,
            "accounts": list.rows, "total_fen": list.total, "imported_at": list.loaded_at,
            "operator": list.operator, "counts": list.counts,
            "replaces": list.replaces.map(|old| format!("Z{old}")),
        })
    });
    sheet.extra("lists", told.collect::<Vec<_>>());
    sheet.extra("rehearsal", rehearsal);
    for done in compared.iter().filter(|done| done.number.is_none()) {
        let lot = &done.lot.name;
        sheet.note(ctx.lang.pick(
            &format!("批次“{lot}”现有的名单还没有核对：guazhang account compare"),
            &format!("lot `{lot}`: these lists were not compared yet: guazhang account compare"),
        ));
    }
    for error in &waiting {
        sheet.note(crate::text::Explain::what(error, ctx.lang));
    }
    ctx.print(&sheet)?;
    ledger::say_if_open(ctx, &book)?;
    let odds = if waiting.is_empty() { exit(&compared) } else { Exit::Findings };
    Ok(odds)
}

fn export(ctx: &mut Ctx, out: &std::path::Path, lot: &Lot, dry_run: DryRun) -> Result<Exit, Failure> {
    let (mut book, _) = ledger::unlocked(ctx)?;
    let mode = ledger::mode(dry_run.dry_run);
    let sent = work::export_accounts(&mut book, &ctx.actor(), mode, out, lot)?;
    let whole = |count: u64| Cell::Int(i64::try_from(count).unwrap_or(i64::MAX));
    let mut card = Card::new();
    card.fact(Column::code("run", "核对", "comparison"), Cell::text(format!("R{}", sent.run)));
    let folder = sent.folder.as_ref().map(|folder| folder.display().to_string());
    card.fact(Column::text("folder", "文件夹", "folder"), Cell::known(folder, Cell::Text));
    card.fact(Column::code("check_code", "校验码", "check code"), Cell::text(&sent.check_code));
    card.fact(Column::number("accounts", "转出账户", "accounts that go"), whole(sent.accounts));
    card.fact(Column::money("total", "转出金额", "total that goes"), Cell::Money(sent.total));
    card.fact(Column::number("left_out", "留下", "stay behind"), whole(sent.left_out.0));
    card.fact(Column::money("left_out_total", "留下金额", "total that stays"), Cell::Money(sent.left_out.1));
    card.extra("already", sent.already);
    card.extra("control", &sent.control);
    ctx.print_card(&card)?;
    if ctx.format == Format::Table {
        writeln!(ctx.out)?;
        let mut sheet = Sheet::new(&[
            Column::text("bank", "银行", "bank"),
            Column::number("accounts", "转出账户", "accounts"),
            Column::money("total", "转出金额", "total"),
            Column::number("left_out", "留下", "left out"),
            Column::money("left_out_total", "留下金额", "left out total"),
        ]);
        for bank in &sent.control {
            sheet.row([
                Cell::text(&bank.bank),
                whole(bank.accounts),
                Cell::Money(bank.total_fen),
                whole(bank.left_out),
                Cell::Money(bank.left_out_fen),
            ]);
        }
        ctx.print(&sheet)?;
    }
    if sent.already {
        ctx.remark("这批数据以前导出过，内容相同", "just this was exported before")?;
    }
    ledger::tried(ctx, dry_run.dry_run)?;
    Ok(Exit::findings(usize::from(sent.left_out.0 > 0)))
}
