//! What a trial of `guazhang export` shows: what would go, in order and with its
//! calls, what would stay and why, and how many records the filters left out.

use crate::cli::export::Done;
use crate::cli::{Ctx, Failure};
use crate::domain::Kind;
use crate::report::{Cell, Column, Format, Sheet};
use crate::text::{Explain, Label, Lang};
use crate::work::{Filtered, Ready};
use serde_json::{Value, json};

/// Prints a plan: cards, what goes and what stays as tables; in CSV all of it as one sheet.
pub(super) fn print(ctx: &mut Ctx, done: &Done) -> Result<(), Failure> {
    if ctx.format == Format::Csv {
        let sheet = one_sheet(done, ctx.lang);
        ctx.print(&sheet)?;
        return remark(ctx, done);
    }
    for (at, sent) in done.batches.iter().enumerate() {
        if at > 0 {
            writeln!(ctx.out)?;
        }
        ctx.print_card(&sent.card())?;
        sent.warn(ctx)?;
    }
    if done.batches.is_empty() {
        writeln!(ctx.out, "{}", ctx.lang.pick("没有可以导出的记录", "nothing can go out"))?;
    }
    if !done.goes.is_empty() {
        writeln!(ctx.out)?;
        let sheet = going(done);
        ctx.print(&sheet)?;
    }
    if !done.left_out.is_empty() {
        writeln!(ctx.out)?;
        let sheet = done.stays(ctx.lang);
        ctx.print(&sheet)?;
    }
    remark(ctx, done)
}

/// Says how many records the filters left out, and how many on hold are reported.
pub(super) fn remark(ctx: &mut Ctx, done: &Done) -> Result<(), Failure> {
    if done.held > 0 {
        let (zh, en) = (
            format!("暂缓 {} 条，只报告不移交", done.held),
            format!("{} on hold: reported, not handed over", done.held),
        );
        ctx.remark(&zh, &en)?;
    }
    let Filtered { facility, ids, days, line, limit } = done.filtered;
    let parts = [
        (facility, "其他机构", "of other facilities"),
        (ids, "未点名", "not named"),
        (days, "其他日期", "of other days"),
        (line, "其他业务", "of other lines"),
        (limit, "超出条数", "beyond the limit"),
    ];
    let said = |lang: Lang| {
        let parts = parts.iter().filter(|(count, ..)| *count > 0);
        let parts: Vec<String> =
            parts.map(|(count, zh, en)| format!("{count} {}", lang.pick(zh, en))).collect();
        parts.join(lang.pick("、", ", "))
    };
    if done.filtered.total() > 0 {
        let (zh, en) =
            (format!("筛选未计入：{}", said(Lang::Zh)), format!("left out by filters: {}", said(Lang::En)));
        ctx.remark(&zh, &en)?;
    }
    Ok(())
}

fn calls_of(done: &Done, ready: &Ready) -> Vec<String> {
    done.calls.get(&ready.record.number).cloned().unwrap_or_default()
}

/// What goes, in order.
fn going(done: &Done) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::number("order", "次序", "order"),
        Column::code("number", "编号", "number"),
        Column::code("kind", "类别", "kind"),
        Column::code("name", "姓名", "name"),
        Column::code("occurred_at", "发生时间", "occurred"),
        Column::money("total", "总额", "total"),
        Column::text("calls", "调用", "calls"),
    ]);
    for (at, ready) in done.goes.iter().enumerate() {
        let record = &ready.record;
        sheet.row([
            Cell::count(at + 1),
            Cell::text(record.number.to_string()),
            Cell::word(&record.kind),
            Cell::text(&record.name),
            Cell::Time(record.occurred_at),
            Cell::Money(record.total),
            Cell::text(calls_of(done, ready).join(" ")),
        ]);
    }
    sheet
}

/// All of it as one sheet: what goes has an order, what stays a reason.
fn one_sheet(done: &Done, lang: Lang) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::number("order", "次序", "order"),
        Column::code("number", "编号", "number"),
        Column::money("total", "总额", "total"),
        Column::text("calls", "调用", "calls"),
        Column::code("code", "代码", "code"),
        Column::text("why", "未导出的原因", "why it stays"),
    ]);
    for (at, ready) in done.goes.iter().enumerate() {
        let number = Cell::text(ready.record.number.to_string());
        let calls = Cell::text(calls_of(done, ready).join(" "));
        sheet.row([Cell::count(at + 1), number, Cell::Money(ready.record.total), calls]);
    }
    for left in &done.left_out {
        let (number, why) = (Cell::text(left.number.to_string()), Cell::text(left.why.what(lang)));
        let code = Cell::text(left.why.code());
        sheet.row([Cell::Empty, number, Cell::Money(left.total), Cell::Empty, code, why]);
    }
    sheet
}

/// What goes, for programs.
pub(super) fn goes(done: &Done) -> Vec<Value> {
    let one = |(at, ready): (usize, &Ready)| {
        let record = &ready.record;
        let undo = ready.undo.as_ref().map(|(undo, leaves)| {
            json!({ "setl_id": undo.setl_id, "mdtrt_id": undo.mdtrt_id, "leaves": leaves.id() })
        });
        json!({
            "order": at + 1, "number": ready.record.number, "record_no": record.record_no,
            "kind": <&'static str>::from(record.kind), "line": record.line, "occurred_at": record.occurred_at,
            "total_fen": record.total, "route": ready.way.as_ref().map(|way| way.route),
            "calls": calls_of(done, ready), "undo": undo, "filing": record.kind == Kind::Filing,
        })
    };
    done.goes.iter().enumerate().map(one).collect()
}

/// What the filters left out, for programs.
pub(super) fn filtered(filtered: Filtered) -> Value {
    let Filtered { facility, ids, days, line, limit } = filtered;
    json!({ "facility": facility, "ids": ids, "days": days, "line": line, "limit": limit })
}
