//! `guazhang refund`: what is owed to patients, and paying it.

use crate::cli::args::{DryRun, Reveal};
use crate::cli::{Ctx, Exit, Failure, ledger};
use crate::domain::{Money, PayMethod, Person};
use crate::report::{Card, Cell, Column, Sheet};
use crate::store::Books;
use crate::work::{self, Owed};

/// Refunds owed to patients after the insured settlement
#[derive(clap::Args, Debug)]
pub(super) struct RefundArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// List what is owed and not paid
    List {
        #[command(flatten)]
        reveal: Reveal,
    },
    /// Pay one refund: exactly what is owed, against a receipt
    Pay(PayArgs),
}

#[derive(clap::Args, Debug)]
struct PayArgs {
    /// The record, by its number or the facility's own
    #[arg(value_name = "ID")]
    id: String,

    /// The amount in yuan
    #[arg(long, value_name = "YUAN")]
    amount: Money,

    /// Number of the receipt the patient signed
    #[arg(long, value_name = "NO")]
    receipt: String,

    /// How it is paid back; as the patient paid, by default
    #[arg(long, value_name = "METHOD")]
    method: Option<PayMethod>,

    #[command(flatten)]
    dry_run: DryRun,
}

pub(super) fn run(ctx: &mut Ctx, args: &RefundArgs) -> Result<Exit, Failure> {
    match &args.action {
        Action::List { reveal } => list(ctx, reveal, "refund list"),
        Action::Pay(args) => pay(ctx, args),
    }
}

/// Lists what is owed; `command` is what is on record where identities are shown.
pub(super) fn list(ctx: &mut Ctx, reveal: &Reveal, command: &str) -> Result<Exit, Failure> {
    let (mut book, law) = ledger::open(ctx)?;
    ledger::reveal(ctx, &mut book, reveal, command)?;
    let books = book.books();
    let (owed, sheet) = books.at_once(|| -> Result<_, Failure> {
        let owed = work::owed(&books, &law, ctx.now)?;
        let sheet = sheet(&books, &owed, reveal.reveal)?;
        Ok((owed, sheet))
    })?;
    ctx.print(&sheet)?;
    Ok(Exit::findings(owed.len()))
}

/// What is owed and not paid, one by one.
pub(super) fn sheet(books: &Books<'_>, owed: &[Owed], reveal: bool) -> Result<Sheet, Failure> {
    let mut sheet = Sheet::new(&[
        Column::code("number", "编号", "number"),
        Column::code("record_no", "单号", "record no."),
        Column::text("name", "姓名", "name"),
        Column::code("phone", "电话", "phone"),
        Column::code("receipt_no", "票据号", "receipt"),
        Column::money("paid", "已付", "paid"),
        Column::money("own_share", "个人现金", "own share"),
        Column::money("owed", "应退", "owed"),
        Column::text("pay_method", "支付方式", "paid by"),
        Column::code("due_at", "截止", "until"),
    ]);
    for item in owed {
        let record = &item.stored.record;
        let Person { name, phone, .. } = ledger::person(books, &item.stored, reveal)?;
        sheet.row([
            Cell::text(item.stored.number.to_string()),
            Cell::text(&record.record_no),
            Cell::text(name),
            Cell::text(phone),
            Cell::text(&record.receipt_no),
            Cell::known(record.paid, Cell::Money),
            Cell::known(item.amounts, |amounts| Cell::Money(amounts.own_share)),
            Cell::known(item.amounts, |amounts| Cell::Money(amounts.refund)),
            Cell::known(record.pay_method, |method| Cell::word(&method)),
            Cell::known(item.due_at, Cell::Time),
        ]);
    }
    sheet.extra(
        "owed_total_fen",
        owed.iter().filter_map(|item| item.amounts).map(|amounts| amounts.refund).sum::<Money>(),
    );
    Ok(sheet)
}

fn pay(ctx: &mut Ctx, args: &PayArgs) -> Result<Exit, Failure> {
    let (mut book, _) = ledger::unlocked(ctx)?;
    let stored = work::find(&book.books(), &args.id)?;
    let mode = ledger::mode(args.dry_run.dry_run);
    let actor = ctx.actor();
    let (number, amount) =
        work::pay(&mut book, &actor, mode, &stored, args.amount, &args.receipt, args.method)?;
    let mut card = Card::new();
    card.fact(Column::code("number", "编号", "number"), Cell::text(number.to_string()));
    card.fact(Column::money("refunded", "已退", "refunded"), Cell::Money(amount));
    card.fact(Column::code("receipt_no", "收据", "receipt"), Cell::text(args.receipt.trim()));
    ctx.print_card(&card)?;
    ledger::tried(ctx, args.dry_run.dry_run)?;
    Ok(Exit::Done)
}
