//! `guazhang report`: how much stands where, what is still unreconciled, and everything as one page.

mod figures;
mod html;

use crate::cli::args::Reveal;
use crate::cli::{Ctx, Exit, Failure, ledger};
use crate::domain::{BreakState, EventKind, Money, Time};
use crate::report::{Cell, Column, Sheet};
use crate::store::Books;
use crate::text::{Label, Lang};
use crate::work::figures::{
    by_age, by_due, by_operator, by_reason, by_route, days_of_register, downtime, since_last_report,
};
use crate::work::{self, Law, Levels, Unreconciled};

/// Counts and sums, and what is left to do
#[derive(clap::Args, Debug)]
pub(super) struct ReportArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// Counts and sums by facility, kind and stage
    Summary,
    /// Control totals: by insurance type, clearing category and day of settlement, what differs in either direction
    Control,
    /// The bridge from the ledger's total to the platform's, by month, way back and facility
    Bridge,
    /// What is still unreconciled: overdue first, then the most money, then the oldest
    Unreconciled {
        #[command(flatten)]
        reveal: Reveal,
    },
    /// What is unreconciled by age, with how the deadlines stand in each
    Ageing,
    /// What is unreconciled by deadline: overdue, due soon, in time
    Deadlines,
    /// What is unreconciled by reason
    Reasons,
    /// What is unreconciled by way back
    Routes,
    /// What is unreconciled by who wrote it down
    Operator,
    /// Records by hour of the downtime
    Downtime,
    /// How many breaks were open at the end of each day
    Register,
    /// Refunds that were paid; what is owed says `refund list`
    Refunds,
    /// What changed since the last page that was written
    Changes,
    /// Who looked at identities, when, and by which command
    Identities,
    /// Everything as one page that opens without a network and prints on A4
    ///
    /// The page carries its tables, pictures, style and script in one file. Its footer has the digest of its data and
    /// the head of the event chain, and the ledger keeps both as an event, so that a printed page can be proved later.
    Html(html::HtmlArgs),
}

pub(super) fn run(ctx: &mut Ctx, args: &ReportArgs) -> Result<Exit, Failure> {
    match &args.action {
        Action::Summary => summary(ctx),
        Action::Control => control(ctx),
        Action::Bridge => bridge(ctx),
        Action::Unreconciled { reveal } => unreconciled(ctx, reveal),
        Action::Html(args) => html::run(ctx, args),
        action => figure(ctx, action),
    }
}

/// Figures that need nothing but the ledger.
fn figure(ctx: &mut Ctx, action: &Action) -> Result<Exit, Failure> {
    let (book, law) = ledger::open(ctx)?;
    let (books, lang, now) = (book.books(), ctx.lang, ctx.now);
    let open = || work::unreconciled(&books, &law, now);
    let sheet = match action {
        Action::Ageing => figures::ageing(&by_age(&open()?), lang),
        Action::Deadlines => figures::deadlines(&by_due(&open()?)),
        Action::Reasons => figures::reasons(&by_reason(&open()?), lang),
        Action::Routes => figures::routes(&by_route(&open()?)),
        Action::Operator => figures::operators(&by_operator(&open()?)),
        Action::Downtime => figures::hours(&downtime(&books, &law, now)?),
        Action::Register => figures::register_days(&days_of_register(&books, now)?),
        Action::Refunds => figures::paid(&books.paid_refunds()?, lang),
        Action::Changes => figures::changes(&since_last_report(&books)?, lang),
        _ => figures::identities(&books.events_of(EventKind::Revealed)?, lang),
    };
    drop(book);
    ctx.print(&sheet)?;
    Ok(Exit::Done)
}

fn summary(ctx: &mut Ctx) -> Result<Exit, Failure> {
    let (book, law) = ledger::open(ctx)?;
    let sheet = summary_sheet(&book.books(), &law, ctx.now, ctx.lang)?;
    ctx.print(&sheet)?;
    Ok(Exit::Done)
}

fn summary_sheet(books: &Books<'_>, law: &Law, now: Time, lang: Lang) -> Result<Sheet, Failure> {
    let mut sheet = Sheet::new(&[
        Column::code("facility", "机构", "facility"),
        Column::code("kind", "类别", "kind"),
        Column::code("stage", "阶段", "stage"),
        Column::number("count", "笔数", "count"),
        Column::money("total", "总额", "total"),
        Column::money("paid", "已付", "paid"),
    ]);
    let totals = books.summary()?;
    for total in &totals {
        sheet.row([
            Cell::text(&total.facility),
            Cell::word(&total.kind),
            Cell::word(&total.stage),
            Cell::Int(total.count),
            Cell::Money(total.total),
            Cell::Money(total.paid),
        ]);
    }
    let count: i64 = totals.iter().map(|total| total.count).sum();
    let sum: Money = totals.iter().map(|total| total.total).sum();
    let owed = work::owed(books, law, now)?;
    let owed: Money = owed.iter().filter_map(|owed| owed.amounts).map(|amounts| amounts.refund).sum();
    let open = books.breaks(Some(BreakState::Open))?;
    let open = open.iter().filter(|found| found.account.is_none()).count();
    sheet.extra("count", count);
    sheet.extra("total_fen", sum);
    sheet.extra("refunds_owed_fen", owed);
    sheet.extra("open_breaks", open);
    sheet.note(lang.pick(
        &format!("共 {count} 笔，{sum} 元；应退未退 {owed} 元；未解决差异 {open} 项"),
        &format!("{count} records, {sum} yuan; refunds owed {owed}; open breaks {open}"),
    ));
    Ok(sheet)
}

fn control(ctx: &mut Ctx) -> Result<Exit, Failure> {
    let (book, law) = ledger::open(ctx)?;
    let levels = work::levels(&book.books(), &law, ctx.now)?;
    let sheet = control_sheet(&levels, ctx.lang);
    let (_, differ) = levels.control.standing();
    ctx.print(&sheet)?;
    Ok(Exit::findings(differ))
}

fn control_sheet(levels: &Levels, lang: Lang) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::code("insutype", "险种", "insurance"),
        Column::code("clr_type", "清算类别", "clearing"),
        Column::code("day", "结算日", "settled on"),
        Column::number("ledger_count", "账本笔数", "ledger count"),
        Column::number("platform_count", "平台笔数", "platform count"),
        Column::money("ledger", "账本总额", "ledger"),
        Column::money("platform", "平台总额", "platform"),
        Column::money("total_difference", "总额差", "difference"),
        Column::money("fund_difference", "基金差", "fund"),
        Column::money("account_difference", "账户差", "account"),
        Column::money("cash_difference", "现金差", "cash"),
        Column::text("agrees", "平", "agrees"),
    ]);
    for group in &levels.control.groups {
        sheet.row([
            Cell::text(group.insutype.clone().unwrap_or_default()),
            Cell::text(group.clr_type.clone().unwrap_or_default()),
            Cell::known(group.day, Cell::Day),
            Cell::Int(group.ledger_count),
            Cell::Int(group.platform_count),
            Cell::known(group.total.ledger, Cell::Money),
            Cell::known(group.total.platform, Cell::Money),
            Cell::known(group.total.difference(), Cell::Money),
            Cell::known(group.fund.difference(), Cell::Money),
            Cell::known(group.account.difference(), Cell::Money),
            Cell::known(group.cash.difference(), Cell::Money),
            Cell::Flag(group.agrees()),
        ]);
    }
    let (agree, differ) = levels.control.standing();
    sheet.extra("control", levels.control_json());
    sheet.note(lang.pick(
        &format!("{agree} 组平，{differ} 组不平；差额为平台减账本"),
        &format!("{agree} agree, {differ} differ; a difference is the platform's less the ledger's"),
    ));
    sheet
}

fn bridge(ctx: &mut Ctx) -> Result<Exit, Failure> {
    let (book, law) = ledger::open(ctx)?;
    let levels = work::levels(&book.books(), &law, ctx.now)?;
    let sheet = bridge_sheet(&levels, ctx.lang);
    let open = levels.parts.iter().filter(|part| !part.bridge.ties()).count();
    ctx.print(&sheet)?;
    Ok(Exit::findings(open))
}

fn bridge_sheet(levels: &Levels, lang: Lang) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::code("month", "月份", "month"),
        Column::text("route", "去向", "way back"),
        Column::code("facility", "机构", "facility"),
        Column::money("ledger", "账本", "ledger"),
        Column::money("matched", "已对上", "matched"),
        Column::money("ledger_only", "账本独有", "ledger only"),
        Column::money("differences", "差额", "differences"),
        Column::money("platform_only", "平台独有", "platform only"),
        Column::money("platform", "平台", "platform"),
        Column::text("ties", "全部有据", "ties"),
    ]);
    for part in &levels.parts {
        let bridge = &part.bridge;
        sheet.row([
            Cell::text(&part.month),
            Cell::known(part.route, |route| Cell::word(&route)),
            Cell::text(&part.facility),
            Cell::Money(bridge.ledger),
            Cell::Money(bridge.matched()),
            Cell::Money(bridge.ledger_only()),
            Cell::Money(bridge.differing()),
            Cell::Money(bridge.platform_only()),
            Cell::Money(bridge.platform),
            Cell::Flag(bridge.ties()),
        ]);
    }
    let (ledger, platform) = levels.ledger_and_platform();
    sheet.extra("ledger_fen", ledger);
    sheet.extra("platform_fen", platform);
    sheet.extra("parts", levels.parts_json());
    sheet.note(lang.pick(
        &format!("账本 {ledger} 元，平台 {platform} 元；账本 = 已对上 + 账本独有，平台 = 已对上 + 差额 + 平台独有"),
        &format!(
            "ledger {ledger}, platform {platform}; ledger = matched + ledger only, platform = matched + differences + platform only"
        ),
    ));
    sheet
}

fn unreconciled(ctx: &mut Ctx, reveal: &Reveal) -> Result<Exit, Failure> {
    let (mut book, law) = ledger::open(ctx)?;
    ledger::reveal(ctx, &mut book, reveal, "report unreconciled")?;
    let entries = work::unreconciled(&book.books(), &law, ctx.now)?;
    let sheet = unreconciled_sheet(ctx, &book.books(), &entries, reveal.reveal)?;
    ctx.print(&sheet)?;
    Ok(Exit::findings(entries.len()))
}

fn unreconciled_sheet(
    ctx: &Ctx,
    books: &Books<'_>,
    entries: &[Unreconciled],
    reveal: bool,
) -> Result<Sheet, Failure> {
    let mut sheet = Sheet::new(&[
        Column::code("number", "编号", "number"),
        Column::code("record_no", "单号", "record no."),
        Column::code("kind", "类别", "kind"),
        Column::code("name", "姓名", "name"),
        Column::money("total", "总额", "total"),
        Column::number("age_days", "天数", "age"),
        Column::number("days_left", "剩余", "days left"),
        Column::code("stage", "阶段", "stage"),
        Column::text("route", "去向", "way back"),
        Column::text("status", "状态", "status"),
        Column::code("reason", "代码", "code"),
        Column::text("meaning", "含义", "meaning"),
        Column::number("break", "差异", "break"),
    ]);
    for entry in entries {
        sheet.row(row(ctx, books, entry, reveal)?);
    }
    // What is overdue has no days left, so the table does without the status.
    sheet.only_in_data(&["kind", "name", "status"]);
    let total: Money = entries.iter().map(Unreconciled::total).sum();
    sheet.extra("count", entries.len());
    sheet.extra("total_fen", total);
    sheet.note(ctx.lang.pick(
        &format!("未对平 {} 项，合计 {total} 元", entries.len()),
        &format!("{} unreconciled, {total} yuan in all", entries.len()),
    ));
    Ok(sheet)
}

fn row(ctx: &Ctx, books: &Books<'_>, entry: &Unreconciled, reveal: bool) -> Result<Vec<Cell>, Failure> {
    let stored = entry.stored.as_ref();
    let open = entry.open_break.as_ref();
    let (number, record_no, name) = match (stored, open) {
        (Some(stored), _) => (
            stored.number.to_string(),
            stored.record.record_no.clone(),
            ledger::person(books, stored, reveal)?.name,
        ),
        (None, Some(open)) => (open.setl_id.clone(), open.record_no.clone(), open.name.clone()),
        (None, None) => Default::default(),
    };
    let way = entry.decision.as_ref().and_then(|decision| decision.best());
    Ok(vec![
        Cell::text(number),
        Cell::text(record_no),
        Cell::known(stored, |stored| Cell::word(&stored.record.kind)),
        Cell::text(name),
        Cell::Money(entry.total()),
        Cell::Int(entry.age_days),
        Cell::known(entry.days_left, Cell::Int),
        Cell::known(stored, |stored| Cell::word(&stored.stage)),
        Cell::known(way, |way| Cell::word(&way.route)),
        Cell::known(entry.decision.as_ref(), |decision| Cell::word(&decision.status)),
        Cell::known(entry.reason, |reason| Cell::text(reason.id())),
        Cell::known(entry.reason, |reason| Cell::text(reason.label(ctx.lang))),
        Cell::known(open, |open| Cell::Int(open.id)),
    ])
}
