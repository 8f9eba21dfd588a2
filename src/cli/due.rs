//! `guazhang due`: what has a deadline, and whom to call back.

use crate::cli::args::Reveal;
use crate::cli::{Ctx, Exit, Failure, ledger};
use crate::domain::{Decision, Money, Person, Stage, Status};
use crate::report::{Cell, Column, Format, Sheet, words};
use crate::store::{Books, Filter, Stored};
use crate::text::UnknownWord;
use std::cmp::Reverse;

/// List what has a deadline, by days left and money at risk
///
/// The list is also for calling patients back: name and phone show in full with --reveal only.
#[derive(clap::Args, Debug)]
pub(super) struct DueArgs {
    /// Only what is due within so many days, as 14d; what is overdue is always shown
    #[arg(long, value_name = "DAYS", value_parser = days)]
    within: Option<i64>,

    #[command(flatten)]
    reveal: Reveal,
}

/// Reads `14d` or `14`.
fn days(text: &str) -> Result<i64, UnknownWord> {
    let plain = text.trim().trim_end_matches(['d', '天']);
    let unknown = || UnknownWord { what: "within", text: text.to_owned(), known: vec!["14d", "30d"] };
    plain.parse::<u32>().map(i64::from).map_err(|_| unknown())
}

/// One record that waits for someone.
struct Due {
    stored: Stored,
    decision: Decision,
    days_left: i64,
}

pub(super) fn run(ctx: &mut Ctx, args: &DueArgs) -> Result<Exit, Failure> {
    let (mut book, law) = ledger::open(ctx)?;
    ledger::reveal(ctx, &mut book, &args.reveal, "due")?;
    let mut due = Vec::new();
    for stored in book.books().records(&Filter { open: true, ..Filter::default() })? {
        let decision = law.decide(&stored.record, ctx.now);
        let Some(due_at) = decision.due_at() else { continue };
        let days_left = due_at.day().days_since(ctx.now.day());
        let near = args.within.is_none_or(|within| days_left <= within) || decision.status == Status::Overdue;
        let on_its_way = matches!(stored.stage, Stage::Settled | Stage::Refunded | Stage::HandedOver);
        if near && !on_its_way {
            due.push(Due { stored, decision, days_left });
        }
    }
    due.sort_by_key(|due| (due.days_left, Reverse(due.stored.record.total)));
    let sheet = sheet(ctx, &book.books(), &due, args.reveal.reveal)?;
    ctx.print(&sheet)?;
    Ok(Exit::findings(due.len()))
}

fn sheet(ctx: &Ctx, books: &Books<'_>, due: &[Due], reveal: bool) -> Result<Sheet, Failure> {
    let mut sheet = Sheet::new(&[
        Column::number("days_left", "剩余天数", "days left"),
        Column::money("at_risk", "金额", "at risk"),
        Column::code("number", "编号", "number"),
        Column::code("name", "姓名", "name"),
        Column::code("phone", "电话", "phone"),
        Column::code("route", "去向", "way back"),
        Column::code("owner", "办理人", "who"),
        Column::code("status", "状态", "status"),
        Column::code("due_at", "截止", "until"),
        Column::text("missing", "尚缺材料", "papers missing"),
    ]);
    for Due { stored, decision, days_left } in due {
        let Person { name, phone, .. } = ledger::person(books, stored, reveal)?;
        let way = decision.best();
        let papers = way.map(|way| way.missing_papers.clone()).unwrap_or_default();
        let missing = match ctx.format {
            Format::Table => Cell::text(words(&papers, ctx.lang)),
            Format::Json | Format::Csv => Cell::List(papers),
        };
        sheet.row([
            Cell::Int(*days_left),
            Cell::Money(stored.record.total),
            Cell::text(stored.number.to_string()),
            Cell::text(name),
            Cell::text(phone),
            Cell::known(way, |way| Cell::word(&way.route)),
            Cell::known(way.and_then(|way| way.owner), |owner| Cell::word(&owner)),
            Cell::word(&decision.status),
            Cell::known(decision.due_at(), Cell::Time),
            missing,
        ]);
    }
    let total: Money = due.iter().map(|due| due.stored.record.total).sum();
    sheet.extra("count", due.len());
    sheet.extra("at_risk_total_fen", total);
    sheet.note(ctx.lang.pick(
        &format!("{} 条，合计 {total} 元", due.len()),
        &format!("{} records, {total} yuan in all", due.len()),
    ));
    Ok(sheet)
}
