//! `guazhang break`: the register of what does not agree (问题台账).

use crate::cli::args::{DryRun, Reveal};
use crate::cli::{Ctx, Exit, Failure, break_show, ledger};
use crate::closed_list;
use crate::domain::{Age, BreakPhase, BreakState, Limit, Money, Reason, Resolution};
use crate::report::{Card, Cell, Column, Format, Sheet};
use crate::store::{AccountOf, Books, BreakInfo};
use crate::text::Label;
use crate::work::{self, Entry, Wanted};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// What does not agree between the ledger and the platform
#[derive(clap::Args, Debug)]
pub(super) struct BreakArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// List the open breaks
    List(ListArgs),
    /// One break and its whole life
    Show {
        /// Number of the break
        #[arg(value_name = "N")]
        id: i64,
        #[command(flatten)]
        reveal: Reveal,
    },
    /// Give a break to somebody
    Assign {
        /// Number of the break
        #[arg(value_name = "N")]
        id: i64,
        /// Who is to see to it
        #[arg(value_name = "WHO")]
        owner: String,
        #[command(flatten)]
        dry_run: DryRun,
    },
    /// Let a difference rest; above the limit it counts when somebody else has signed
    Waive {
        /// Number of the break
        #[arg(value_name = "N")]
        id: i64,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        dry_run: DryRun,
    },
    /// Open a resolved break again
    Reopen {
        /// Number of the break
        #[arg(value_name = "N")]
        id: i64,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        dry_run: DryRun,
    },
    /// Show the limits, or set one
    Limit {
        /// Which: waive_it, waive_admin, signoff, account
        #[arg(value_name = "NAME", requires = "amount")]
        name: Option<Limit>,
        /// The amount in yuan
        #[arg(value_name = "YUAN")]
        amount: Option<Money>,
        #[command(flatten)]
        dry_run: DryRun,
    },
    /// Resolve a break, with how and on what evidence
    Resolve {
        /// Number of the break
        #[arg(value_name = "N")]
        id: i64,
        /// How: amended, added, reversed_on_platform, manual_claim, refund_paid, accepted_timing, waived, other_facility, verified
        #[arg(long, value_name = "HOW")]
        how: Resolution,
        /// What proves it, such as a receipt, a batch or the agency's reply
        #[arg(long, value_name = "TEXT")]
        evidence: String,
        #[command(flatten)]
        dry_run: DryRun,
    },
    /// Sign what somebody else resolved
    Sign {
        /// Number of the break
        #[arg(value_name = "N")]
        id: i64,
        #[command(flatten)]
        dry_run: DryRun,
    },
}

#[derive(clap::Args, Debug)]
struct ListArgs {
    /// Also those resolved, and those gone by themselves
    #[arg(long)]
    all: bool,
    /// Only of this code, such as A1
    #[arg(long, value_name = "CODE")]
    code: Option<Reason>,
    /// Only what this person has
    #[arg(long, value_name = "WHO")]
    owner: Option<String>,
    /// Only what has come so far: open, assigned, proposed, resolved, signed, gone
    #[arg(long, value_name = "PHASE")]
    phase: Option<BreakPhase>,
    /// Only of this facility
    #[arg(long, value_name = "CODE")]
    facility: Option<String>,
    /// Only what is past its deadline
    #[arg(long)]
    overdue: bool,
    /// In which order: number, money, age, deadline, urgency
    #[arg(long, value_name = "ORDER", default_value = "number")]
    sort: Order,
    #[command(flatten)]
    reveal: Reveal,
}

closed_list! {
    /// In which order breaks are listed.
    Order as "sort" {
        Number = "number", "编号", "number";
        Amount = "money", "金额", "money";
        Age = "age", "账龄", "age";
        Deadline = "deadline", "期限", "deadline";
        Urgency = "urgency", "轻重缓急", "urgency";
    }
}

fn list(ctx: &mut Ctx, args: &ListArgs) -> Result<Exit, Failure> {
    let (mut book, law) = ledger::open(ctx)?;
    ledger::reveal(ctx, &mut book, &args.reveal, "break list")?;
    let wanted = Wanted {
        reason: args.code,
        owner: args.owner.clone(),
        phase: args.phase,
        facility: args.facility.clone(),
        overdue: args.overdue,
        all: args.all,
    };
    let mut entries = work::register(&book.books(), &law, ctx.now, &wanted)?;
    match args.sort {
        Order::Number => {}
        Order::Amount => entries.sort_by_key(|entry| Reverse(entry.found.stake())),
        Order::Age => entries.sort_by_key(|entry| Reverse(entry.age.since_occurred)),
        Order::Deadline => entries.sort_by_key(|entry| entry.age.days_left.unwrap_or(i64::MAX)),
        Order::Urgency => entries.sort_by_key(|entry| entry.age.urgency(entry.found.stake())),
    }
    let open = entries.iter().filter(|entry| entry.found.phase().is_outstanding()).count();
    let sheet = aged_sheet(ctx, &book.books(), &entries, args.reveal.reveal)?;
    ctx.print(&sheet)?;
    Ok(Exit::findings(open))
}

/// The limits, and setting one.
fn limit(ctx: &mut Ctx, set: Option<(Limit, Money)>, dry_run: DryRun) -> Result<Exit, Failure> {
    let book = match set {
        Some((name, amount)) => {
            let (mut book, _) = ledger::unlocked(ctx)?;
            let mode = ledger::mode(dry_run.dry_run);
            book.write(&ctx.actor(), mode, |w| w.set_limit(name, amount))?;
            book
        }
        None => ledger::open(ctx)?.0,
    };
    let mut sheet = Sheet::new(&[
        Column::code("limit", "限额", "limit"),
        Column::text("meaning", "含义", "meaning"),
        Column::money("amount", "金额", "amount"),
    ]);
    for limit in Limit::ALL {
        let name = Cell::text(limit.id());
        sheet.row([name, Cell::text(limit.label(ctx.lang)), Cell::Money(book.books().limit(*limit)?)]);
    }
    ctx.print(&sheet)?;
    ledger::tried(ctx, dry_run.dry_run)?;
    Ok(Exit::Done)
}

/// How a break stands after something was done with it.
fn stands(ctx: &mut Ctx, found: &BreakInfo, dry_run: DryRun) -> Result<Exit, Failure> {
    let mut card = Card::new();
    card.fact(Column::number("break", "差异", "break"), Cell::Int(found.id));
    card.fact(Column::code("state", "状态", "state"), Cell::word(&found.state));
    card.fact(Column::text("how", "处理方式", "how"), Cell::known(found.how, |how| Cell::word(&how)));
    card.fact(Column::text("phase", "进度", "phase"), Cell::word(&found.phase()));
    card.fact(Column::text("owner", "经办人", "owner"), Cell::text(&found.owner));
    card.fact(Column::number("earlier", "承接差异", "goes on from"), Cell::known(found.earlier, Cell::Int));
    ctx.print_card(&card)?;
    ledger::tried(ctx, dry_run.dry_run)?;
    Ok(Exit::Done)
}

pub(super) fn run(ctx: &mut Ctx, args: &BreakArgs) -> Result<Exit, Failure> {
    match &args.action {
        Action::List(args) => list(ctx, args),
        Action::Show { id, reveal } => break_show::run(ctx, *id, reveal),
        Action::Assign { id, owner, dry_run } => {
            let (mut book, _) = ledger::unlocked(ctx)?;
            let mode = ledger::mode(dry_run.dry_run);
            let found = work::assign(&mut book, &ctx.actor(), mode, *id, owner)?;
            stands(ctx, &found, *dry_run)
        }
        Action::Waive { id, reason, dry_run } => {
            let (mut book, _) = ledger::unlocked(ctx)?;
            let mode = ledger::mode(dry_run.dry_run);
            let found = work::resolve(&mut book, &ctx.actor(), mode, *id, Resolution::Waived, reason)?;
            stands(ctx, &found, *dry_run)
        }
        Action::Reopen { id, reason, dry_run } => {
            let (mut book, _) = ledger::unlocked(ctx)?;
            let mode = ledger::mode(dry_run.dry_run);
            let found = work::reopen(&mut book, &ctx.actor(), mode, *id, reason)?;
            stands(ctx, &found, *dry_run)
        }
        Action::Limit { name, amount, dry_run } => limit(ctx, name.zip(*amount), *dry_run),
        Action::Resolve { id, how, evidence, dry_run } => {
            let (mut book, _) = ledger::unlocked(ctx)?;
            let mode = ledger::mode(dry_run.dry_run);
            let resolved = work::resolve(&mut book, &ctx.actor(), mode, *id, *how, evidence)?;
            let mut card = Card::new();
            card.fact(Column::number("break", "差异", "break"), Cell::Int(resolved.id));
            card.fact(Column::code("state", "状态", "state"), Cell::word(&resolved.state));
            card.fact(
                Column::text("how", "处理方式", "how"),
                Cell::known(resolved.how, |how| Cell::word(&how)),
            );
            if resolved.phase() == BreakPhase::Proposed {
                card.fact(Column::text("phase", "进度", "phase"), Cell::word(&resolved.phase()));
            }
            ctx.print_card(&card)?;
            ledger::tried(ctx, dry_run.dry_run)?;
            Ok(Exit::Done)
        }
        Action::Sign { id, dry_run } => {
            let (mut book, _) = ledger::unlocked(ctx)?;
            let mode = ledger::mode(dry_run.dry_run);
            let signed = work::sign(&mut book, &ctx.actor(), mode, *id)?;
            let mut card = Card::new();
            card.fact(Column::number("break", "差异", "break"), Cell::Int(signed.id));
            card.fact(Column::code("state", "状态", "state"), Cell::word(&signed.state));
            card.fact(Column::text("closed_by", "处理人", "resolved by"), Cell::text(signed.closed_by));
            card.fact(Column::text("signed_by", "复核人", "signed by"), Cell::text(signed.signed_by));
            ctx.print_card(&card)?;
            ledger::tried(ctx, dry_run.dry_run)?;
            Ok(Exit::Done)
        }
    }
}

/// Breaks, one a row, with the sentence that says what to do.
pub(super) fn sheet(
    ctx: &Ctx,
    books: &Books<'_>,
    breaks: &[BreakInfo],
    reveal: bool,
) -> Result<Sheet, Failure> {
    let entries = breaks.iter().map(|found| Entry { found: found.clone(), age: Age::default() });
    let mut sheet = aged_sheet(ctx, books, &entries.collect::<Vec<_>>(), reveal)?;
    sheet.only_in_data(AGES);
    Ok(sheet)
}

/// What a table has no room for.
const AGES: &[&str] = &["owner", "days_since", "days_live", "days_left", "bucket", "nearness"];

/// Breaks with their ages.
pub(super) fn aged_sheet(
    ctx: &Ctx,
    books: &Books<'_>,
    entries: &[Entry],
    reveal: bool,
) -> Result<Sheet, Failure> {
    let breaks: Vec<&BreakInfo> = entries.iter().map(|entry| &entry.found).collect();
    let as_table = ctx.format == Format::Table;
    let mut columns = vec![
        Column::number("break", "差异", "break"),
        Column::code("reason", "代码", "code"),
        Column::text("meaning", "含义", "meaning"),
        Column::code("number", "编号", "number"),
        Column::code("record_no", "单号", "record no."),
        Column::code("setl_id", "结算ID", "setl_id"),
        Column::code("name", "姓名", "name"),
        Column::money("total", "总额", "total"),
        Column::money("difference", "差额", "difference"),
        Column::number("days_open", "天数", "days"),
        Column::code("state", "状态", "state"),
    ];
    // A table says what to do once for each reason, below it.
    if !as_table {
        columns.push(Column::text("remedy", "处理建议", "what to do"));
    }
    columns.extend([
        Column::code("phase", "进度", "phase"),
        Column::text("owner", "经办人", "owner"),
        Column::number("days_since", "发生天数", "since it arose"),
        Column::number("days_live", "恢复后天数", "since resumption"),
        Column::number("days_left", "剩余天数", "days left"),
        Column::code("bucket", "账龄", "age"),
        Column::code("nearness", "期限", "deadline"),
        Column::code("first_run", "首次出现", "first seen"),
        Column::code("last_run", "最近出现", "last seen"),
    ]);
    let of_accounts = breaks.iter().any(|b| b.account.is_some());
    if of_accounts {
        columns.extend([
            Column::text("bank", "银行", "bank"),
            Column::code("card_no", "卡号", "card"),
            Column::text("lot", "批次", "lot"),
        ]);
    }
    let mut sheet = Sheet::new(&columns);
    for Entry { found: b, age } in entries {
        let seen = b.seen_at.parse().unwrap_or(ctx.now);
        let mut row = vec![
            Cell::Int(b.id),
            Cell::text(crate::text::Label::id(&b.reason)),
            Cell::text(crate::text::Label::label(&b.reason, ctx.lang)),
            Cell::text(&b.number),
            Cell::text(&b.record_no),
            Cell::text(&b.setl_id),
            Cell::text(if reveal { whose(books, b)? } else { b.name.clone() }),
            Cell::Money(b.total),
            Cell::Money(b.difference),
            Cell::Int(ctx.now.day().days_since(seen.day())),
            Cell::word(&b.state),
        ];
        if !as_table {
            row.push(Cell::text(b.reason.remedy(ctx.lang)));
        }
        row.extend([
            Cell::word(&b.phase()),
            Cell::text(&b.owner),
            Cell::Int(age.since_occurred),
            Cell::known(age.since_go_live, Cell::Int),
            Cell::known(age.days_left, Cell::Int),
            Cell::word(&age.bucket()),
            Cell::word(&age.nearness()),
            Cell::text(format!("R{}", b.first_run)),
            Cell::text(format!("R{}", b.last_run)),
        ]);
        if of_accounts {
            let known =
                |of: fn(&AccountOf) -> &String| Cell::known(b.account.as_ref(), |one| Cell::text(of(one)));
            row.extend([known(|one| &one.bank), known(|one| &one.card), known(|one| &one.lot)]);
        }
        sheet.row(row);
    }
    let open = breaks.iter().filter(|b| b.state == BreakState::Open);
    for reason in open.map(|b| b.reason).collect::<BTreeSet<_>>() {
        let (code, colon) = (crate::text::Label::id(&reason), ctx.lang.pick("：", ": "));
        sheet.note(format!("{code}{colon}{}", reason.remedy(ctx.lang)));
    }
    sheet.only_in_data(&["name", "days_open", "days_since", "days_live", "bucket", "nearness"]);
    sheet.only_in_data(&["phase", "first_run", "last_run", "days_left"]);
    if breaks.iter().all(|b| b.state == BreakState::Open) {
        sheet.only_in_data(&["state"]);
    }
    sheet.extra("difference_total_fen", breaks.iter().map(|b| b.difference).sum::<Money>());
    Ok(sheet)
}

/// The name in full: of the record's person, else as the platform's row has it.
fn whose(books: &Books<'_>, b: &BreakInfo) -> Result<String, Failure> {
    Ok(match (b.record, b.settlement, &b.account) {
        (Some(record), ..) => books.opened(books.record_by_id(record)?)?.record.person.name,
        (None, Some(settlement), _) => books.settlement_in_full(settlement)?.psn_name,
        (None, None, Some(account)) => books.opened_account(&books.account(account.id)?)?.person.name,
        (None, None, None) => String::new(),
    })
}
