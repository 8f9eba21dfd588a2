//! `guazhang break show N`: one break and its whole life, from the events.

use crate::cli::args::Reveal;
use crate::cli::{Ctx, Exit, Failure, ledger};
use crate::report::{Card, Cell, Column, Format, Sheet, detail as told};
use crate::text::Label;
use crate::work;

pub(super) fn run(ctx: &mut Ctx, id: i64, reveal: &Reveal) -> Result<Exit, Failure> {
    let (mut book, law) = ledger::open(ctx)?;
    ledger::reveal(ctx, &mut book, reveal, &format!("break show {id}"))?;
    let books = book.books();
    let work::Entry { found, age } = work::entry(&books, &law, ctx.now, books.break_by_id(id)?)?;
    let phase = found.phase();
    let run = |run: i64| Cell::text(format!("R{run}"));
    let mut card = Card::new();
    card.fact(Column::number("break", "差异", "break"), Cell::Int(found.id));
    card.fact(Column::code("reason", "代码", "code"), Cell::text(found.reason.id()));
    card.fact(Column::text("meaning", "含义", "meaning"), Cell::text(found.reason.label(ctx.lang)));
    card.fact(Column::text("phase", "进度", "phase"), Cell::word(&phase));
    card.fact(Column::text("owner", "经办人", "owner"), Cell::text(&found.owner));
    card.fact(Column::code("number", "编号", "number"), Cell::text(&found.number));
    card.fact(Column::code("record_no", "单号", "record no."), Cell::text(&found.record_no));
    card.fact(Column::code("setl_id", "结算ID", "setl_id"), Cell::text(&found.setl_id));
    card.fact(Column::code("facility", "机构", "facility"), Cell::text(&found.facility));
    if let Some(account) = &found.account {
        let stands = books.account(account.id)?;
        card.fact(Column::text("bank", "银行", "bank"), Cell::text(&account.bank));
        card.fact(Column::text("lot", "批次", "lot"), Cell::text(&account.lot));
        card.fact(Column::text("side", "名单", "list of"), Cell::word(&stands.side));
        card.fact(Column::number("row", "名单第几行", "line of the list"), Cell::Int(stands.row));
        card.fact(Column::code("account_state", "账户状态", "account state"), Cell::word(&stands.state));
        let (mut card_no, mut old) = (account.card.clone(), stands.old_card.clone());
        if reveal.reveal {
            let entry = books.opened_account(&stands)?;
            (card_no, old) = (entry.person.card_no, entry.old_card_no);
        }
        card.fact(Column::code("card_no", "卡号", "card"), Cell::text(card_no));
        card.fact(Column::code("old_card_no", "原卡号", "card before"), Cell::text(old));
        let mut others = Vec::new();
        for other in books.across(account.id)? {
            let shown = if reveal.reveal {
                books.opened_account(&other)?.person.card_no
            } else {
                other.shown.phone.clone()
            };
            others.push(format!("{shown} {} {}", other.balance, other.state.label(ctx.lang)));
        }
        card.fact(Column::text("other_side", "另一侧", "on the other side"), Cell::text(others.join("; ")));
    }
    card.fact(Column::money("total", "总额", "total"), Cell::Money(found.total));
    card.fact(Column::money("difference", "差额", "difference"), Cell::Money(found.difference));
    card.fact(Column::number("days_since", "发生天数", "days since it arose"), Cell::Int(age.since_occurred));
    card.fact(
        Column::number("days_live", "恢复后天数", "days since resumption"),
        Cell::known(age.since_go_live, Cell::Int),
    );
    card.fact(Column::number("days_left", "剩余天数", "days left"), Cell::known(age.days_left, Cell::Int));
    card.fact(Column::text("bucket", "账龄", "age"), Cell::word(&age.bucket()));
    card.fact(Column::text("nearness", "期限", "deadline"), Cell::word(&age.nearness()));
    card.fact(Column::code("first_run", "首次出现", "first seen"), run(found.first_run));
    card.fact(Column::code("last_run", "最近出现", "last seen"), run(found.last_run));
    card.fact(Column::number("earlier", "承接差异", "goes on from"), Cell::known(found.earlier, Cell::Int));
    let frozen = found.frozen_by.map(|id| format!("F{id}"));
    card.fact(Column::code("frozen_by", "签字确认", "signed off"), Cell::known(frozen, Cell::Text));
    card.fact(Column::text("how", "处理方式", "how"), Cell::known(found.how, |how| Cell::word(&how)));
    card.fact(Column::text("closed_by", "处理人", "resolved by"), Cell::text(&found.closed_by));
    card.fact(Column::text("signed_by", "复核人", "signed by"), Cell::text(&found.signed_by));
    if reveal.reveal {
        let evidence = found.evidence.clone().unwrap_or_default();
        card.fact(Column::text("evidence", "依据", "evidence"), Cell::text(evidence));
    }
    card.fact(Column::text("remedy", "处理建议", "what to do"), Cell::text(found.reason.remedy(ctx.lang)));
    let mut life = Sheet::new(&[
        Column::number("seq", "序号", "no."),
        Column::code("at", "时间", "time"),
        Column::text("operator", "操作员", "operator"),
        Column::text("event", "事件", "event"),
        Column::code("of", "对象", "of"),
        Column::text("phase", "进度", "phase"),
        Column::money("difference", "差额", "difference"),
        Column::text("detail", "内容", "detail"),
    ]);
    let mut entries = Vec::new();
    for entry in books.break_life(id)? {
        let event = &entry.event;
        let own = event.subject == format!("break {id}");
        let detail = match (own, reveal.reveal) {
            (true, true) => books.open_detail(&event.subject, &event.detail)?.to_string(),
            (true, false) => event.detail.clone(),
            _ => "{}".to_owned(),
        };
        entries.push(serde_json::json!({
            "seq": event.seq, "at": event.at, "operator": event.operator, "event": event.kind,
            "subject": event.subject, "phase": entry.phase, "difference_fen": entry.difference,
        }));
        life.row([
            Cell::Int(event.seq),
            Cell::Time(event.at),
            Cell::text(&event.operator),
            Cell::word(&event.kind),
            Cell::text(if own { String::new() } else { crate::report::subject(&event.subject, ctx.lang) }),
            Cell::word(&entry.phase),
            Cell::Money(entry.difference),
            Cell::text(told(&detail, ctx.lang)),
        ]);
    }
    card.extra("life", entries);
    ctx.print_card(&card)?;
    if ctx.format == Format::Table {
        writeln!(ctx.out)?;
        ctx.print(&life)?;
    }
    Ok(Exit::findings(usize::from(phase.is_outstanding())))
}
