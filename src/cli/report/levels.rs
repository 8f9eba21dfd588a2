//! `guazhang report control` and `bridge`: totals of the ledger and of the platform beside each other.

use crate::cli::{Ctx, Exit, Failure, ledger};
use crate::report::{Cell, Column, Sheet};
use crate::text::Lang;
use crate::work::{self, Levels};

pub(super) fn control(ctx: &mut Ctx) -> Result<Exit, Failure> {
    let (book, law) = ledger::open(ctx)?;
    let books = book.books();
    let levels = books.at_once(|| work::levels(&books, &law, ctx.now))?;
    let sheet = control_sheet(&levels, ctx.lang);
    let (_, differ) = levels.control.standing();
    ctx.print(&sheet)?;
    Ok(Exit::findings(differ))
}

/// Control totals, each with what differs.
pub(super) fn control_sheet(levels: &Levels, lang: Lang) -> Sheet {
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

pub(super) fn bridge(ctx: &mut Ctx) -> Result<Exit, Failure> {
    let (book, law) = ledger::open(ctx)?;
    let books = book.books();
    let levels = books.at_once(|| work::levels(&books, &law, ctx.now))?;
    let sheet = bridge_sheet(&levels, ctx.lang);
    let open = levels.parts.iter().filter(|part| !part.bridge.ties()).count();
    ctx.print(&sheet)?;
    Ok(Exit::findings(open))
}

/// The bridge in parts.
pub(super) fn bridge_sheet(levels: &Levels, lang: Lang) -> Sheet {
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
