//! The sheets of `guazhang report` about stages, ageing, groups, answers, the downtime, the register, refunds, and
//! what changed.
//!
//! Each is a function from figures to a sheet, so that the command, its CSV and JSON, and the page show the same.

use crate::domain::{AmountBand, Money, Nearness, Reason, Route, Stage};
use crate::report::{Cell, Column, Sheet, detail};
use crate::store::{AnswerSum, EventInfo, PaidRefund};
use crate::text::{Label, Lang};
use crate::work::figures::{Aged, DayOfRegister, Downtime, Group, Phased, Since};

fn groups(first: Column, rows: impl IntoIterator<Item = (Vec<Cell>, Group)>, more: &[Column]) -> Sheet {
    let mut columns = vec![first];
    columns.extend_from_slice(more);
    columns.extend([
        Column::number("count", "笔数", "count"),
        Column::money("total", "金额", "total"),
        Column::number("oldest_days", "最早天数", "oldest, days"),
    ]);
    let mut sheet = Sheet::new(&columns);
    let mut all = (0, Money::ZERO);
    for (mut cells, group) in rows {
        all = (all.0 + group.count, all.1 + group.total);
        let oldest = if group.count == 0 { Cell::Empty } else { Cell::Int(group.oldest) };
        cells.extend([Cell::Int(group.count), Cell::Money(group.total), oldest]);
        sheet.row(cells);
    }
    sheet.extra("count", all.0);
    sheet.extra("total_fen", all.1);
    sheet
}

/// By age, with how the deadlines stand in each.
pub(super) fn ageing(bands: &[Aged], lang: Lang) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::code("age", "账龄", "age"),
        Column::number("count", "笔数", "count"),
        Column::money("total", "金额", "total"),
        Column::number("due_soon", "临期", "due soon"),
        Column::number("overdue", "逾期", "overdue"),
    ]);
    let (mut count, mut total) = (0, Money::ZERO);
    for Aged { bucket, all, soon, overdue } in bands {
        (count, total) = (count + all.count, total + all.total);
        let numbers = [Cell::Int(all.count), Cell::Money(all.total), Cell::Int(*soon), Cell::Int(*overdue)];
        sheet.row([Cell::word(bucket)].into_iter().chain(numbers));
    }
    sheet.extra("count", count);
    sheet.extra("total_fen", total);
    sheet.note(lang.pick(
        &format!("未对平 {count} 项，合计 {total} 元"),
        &format!("{count} unreconciled, {total} yuan in all"),
    ));
    sheet
}

/// By stage, in the order of the stages; those without a record too, as the picture of the way has them.
pub(super) fn stages(found: &[(Stage, i64, Money)]) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::code("stage", "阶段", "stage"),
        Column::number("count", "笔数", "count"),
        Column::money("total", "总额", "total"),
    ]);
    for stage in Stage::ALL {
        let own = found.iter().find(|(of, ..)| of == stage);
        let (count, total) = own.map_or((0, Money::ZERO), |(_, count, total)| (*count, *total));
        sheet.row([Cell::word(stage), Cell::Int(count), Cell::Money(total)]);
    }
    sheet.extra("count", found.iter().map(|(_, count, _)| count).sum::<i64>());
    sheet.extra("total_fen", found.iter().map(|(.., total)| *total).sum::<Money>());
    sheet
}

/// By money.
pub(super) fn amounts(bands: &[(AmountBand, Group)]) -> Sheet {
    let rows = bands.iter().map(|(band, group)| (vec![Cell::word(band)], *group));
    groups(Column::code("amount", "金额档（元）", "yuan each"), rows, &[])
}

/// Answers to the batches that are out.
pub(super) fn answers(found: &[AnswerSum], lang: Lang) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::code("batch", "批次", "batch"),
        Column::code("answer", "回执", "answer"),
        Column::code("code", "返回码", "code"),
        Column::text("text", "返回信息", "message"),
        Column::number("count", "笔数", "count"),
        Column::money("total", "金额", "total"),
    ]);
    let none = Cell::Word { id: "none", zh: "尚无回执", en: "none yet" };
    for one in found {
        sheet.row([
            Cell::text(format!("B{}", one.batch)),
            one.answer.map_or_else(|| none.clone(), |answer| Cell::word(&answer)),
            Cell::text(&one.code),
            Cell::text(&one.shown),
            Cell::Int(one.count),
            Cell::Money(one.total),
        ]);
    }
    let waiting: i64 = found.iter().filter(|one| one.answer.is_none()).map(|one| one.count).sum();
    let count: i64 = found.iter().map(|one| one.count).sum();
    sheet.extra("count", count);
    sheet.extra("waiting", waiting);
    sheet.note(lang.pick(
        &format!("已发出 {count} 笔，{waiting} 笔尚无回执"),
        &format!("{count} records are out, {waiting} of them without an answer"),
    ));
    sheet
}

/// The register by how far its breaks have come.
pub(super) fn phases(found: &[Phased]) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::code("phase", "进度", "phase"),
        Column::number("count", "项数", "count"),
        Column::money("stake", "涉及金额", "at stake"),
        Column::number("overdue", "逾期", "overdue"),
        Column::number("oldest_days", "最早天数", "oldest, days"),
    ]);
    for one in found {
        let oldest = if one.count == 0 { Cell::Empty } else { Cell::Int(one.oldest) };
        let numbers = [Cell::Int(one.count), Cell::Money(one.stake), Cell::Int(one.overdue), oldest];
        sheet.row([Cell::word(&one.phase)].into_iter().chain(numbers));
    }
    sheet.extra("count", found.iter().map(|one| one.count).sum::<i64>());
    sheet.extra("stake_fen", found.iter().map(|one| one.stake).sum::<Money>());
    sheet
}

/// By deadline.
pub(super) fn deadlines(bands: &[(Nearness, Group)]) -> Sheet {
    let rows = bands.iter().map(|(band, group)| (vec![Cell::word(band)], *group));
    groups(Column::code("nearness", "期限", "deadline"), rows, &[])
}

/// By reason; what has not been laid against a statement stands first in words.
pub(super) fn reasons(found: &[(Option<Reason>, Group)], lang: Lang) -> Sheet {
    let rows = found.iter().map(|(reason, group)| {
        let cells = match reason {
            Some(reason) => vec![Cell::text(reason.id()), Cell::text(reason.label(lang))],
            None => vec![
                Cell::text("-"),
                Cell::text(lang.pick("尚未与平台核对", "not laid against a statement yet")),
            ],
        };
        (cells, *group)
    });
    groups(Column::code("reason", "代码", "code"), rows, &[Column::text("meaning", "含义", "meaning")])
}

/// By way back.
pub(super) fn routes(found: &[(Option<Route>, Group)]) -> Sheet {
    let none = Cell::Word { id: "none", zh: "无", en: "none" };
    let rows = found
        .iter()
        .map(|(route, group)| (vec![route.map_or_else(|| none.clone(), |route| Cell::word(&route))], *group));
    groups(Column::text("route", "去向", "way back"), rows, &[])
}

/// By operator.
pub(super) fn operators(found: &[(String, Group)]) -> Sheet {
    let platform = Cell::Word { id: "platform", zh: "（仅平台有）", en: "(only on the platform)" };
    let rows = found.iter().map(|(name, group)| {
        (vec![if name.is_empty() { platform.clone() } else { Cell::text(name) }], *group)
    });
    groups(Column::code("operator", "操作员", "operator"), rows, &[])
}

/// Records by hour of the downtime.
pub(super) fn hours(downtime: &Downtime) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::code("hour", "小时", "hour"),
        Column::number("count", "笔数", "count"),
        Column::money("total", "金额", "total"),
    ]);
    for (at, count, total) in &downtime.hours {
        sheet.row([Cell::text(at.short()), Cell::Int(*count), Cell::Money(*total)]);
    }
    sheet.extra("count", downtime.hours.iter().map(|(_, count, _)| count).sum::<i64>());
    sheet.extra("total_fen", downtime.hours.iter().map(|(.., total)| *total).sum::<Money>());
    sheet
}

/// Records by day of the downtime.
pub(super) fn days(downtime: &Downtime) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::code("day", "日期", "day"),
        Column::number("count", "笔数", "count"),
        Column::money("total", "金额", "total"),
    ]);
    let days = downtime.days();
    for (day, count, total) in &days {
        sheet.row([Cell::Day(*day), Cell::Int(*count), Cell::Money(*total)]);
    }
    sheet.extra("count", days.iter().map(|(_, count, _)| count).sum::<i64>());
    sheet.extra("total_fen", days.iter().map(|(.., total)| *total).sum::<Money>());
    sheet
}

/// Stops and resumptions, numbered as in the picture.
pub(super) fn steps(downtime: &Downtime, lang: Lang) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::number("step", "序号", "no."),
        Column::code("at", "时间", "when"),
        Column::code("event", "事项", "what"),
        Column::text("title", "内容", "of"),
        Column::code("facility", "机构", "facility"),
        Column::code("clause", "条款", "clause"),
        Column::code("notice", "通告", "notice"),
    ]);
    for (at, step) in (1..).zip(&downtime.steps) {
        sheet.row([
            Cell::Int(at),
            Cell::known(step.at, Cell::Time),
            Cell::word(&step.event),
            Cell::text(lang.pick(&step.title, &step.title_en)),
            Cell::known(step.facility.as_deref(), Cell::text),
            Cell::text(&step.clause),
            Cell::text(&step.notice),
        ]);
    }
    sheet
}

/// The register at the end of each day.
pub(super) fn register_days(days: &[DayOfRegister]) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::code("day", "日期", "day"),
        Column::number("came", "新增", "came"),
        Column::number("went", "销项", "went"),
        Column::number("open", "日终未解决", "open at its end"),
        Column::money("stake", "涉及金额", "at stake"),
    ]);
    // Days on which nothing moved say nothing that the day before did not.
    let mut last = None;
    for day in days {
        if last == Some(day.open) && day.came == 0 && day.went == 0 {
            continue;
        }
        last = Some(day.open);
        let numbers = [Cell::Int(day.came), Cell::Int(day.went), Cell::Int(day.open), Cell::Money(day.stake)];
        sheet.row([Cell::Day(day.day)].into_iter().chain(numbers));
    }
    sheet
}

/// Refunds that were paid.
pub(super) fn paid(refunds: &[PaidRefund], lang: Lang) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::code("number", "编号", "number"),
        Column::code("record_no", "单号", "record no."),
        Column::money("amount", "已退", "paid back"),
        Column::text("pay_method", "方式", "by"),
        Column::code("receipt_no", "收据", "receipt"),
        Column::code("paid_at", "时间", "when"),
        Column::code("operator", "操作员", "operator"),
    ]);
    for one in refunds {
        sheet.row([
            Cell::text(&one.number),
            Cell::text(&one.record_no),
            Cell::Money(one.refund.amount),
            Cell::word(&one.refund.pay_method),
            Cell::text(&one.refund.receipt_no),
            Cell::Time(one.refund.paid_at),
            Cell::text(&one.refund.operator),
        ]);
    }
    let total: Money = refunds.iter().map(|one| one.refund.amount).sum();
    sheet.extra("paid_total_fen", total);
    sheet.note(lang.pick(
        &format!("已退 {} 笔，{total} 元", refunds.len()),
        &format!("{} refunds paid, {total} yuan", refunds.len()),
    ));
    sheet
}

/// Who looked at identities, and by which command; the purpose is sealed unless somebody asked for it.
pub(super) fn identities(events: &[EventInfo], lang: Lang) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::number("seq", "序号", "no."),
        Column::code("at", "时间", "when"),
        Column::code("operator", "操作员", "operator"),
        Column::code("station", "窗口", "station"),
        Column::text("detail", "内容", "detail"),
    ]);
    for event in events {
        sheet.row([
            Cell::Int(event.seq),
            Cell::Time(event.at),
            Cell::text(&event.operator),
            Cell::text(&event.station),
            Cell::text(detail(&event.detail, lang)),
        ]);
    }
    sheet
}

/// Stages then and now.
pub(super) fn changes(since: &Since, lang: Lang) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::code("stage", "阶段", "stage"),
        Column::number("count_before", "上次笔数", "count then"),
        Column::number("count", "现在笔数", "count now"),
        Column::number("count_change", "增减", "change"),
        Column::money("total_before", "上次金额", "total then"),
        Column::money("total", "现在金额", "total now"),
        Column::money("total_change", "增减金额", "change of total"),
    ]);
    for one in &since.stages {
        sheet.row([
            Cell::word(&one.stage),
            Cell::Int(one.before.0),
            Cell::Int(one.now.0),
            Cell::Int(one.now.0 - one.before.0),
            Cell::Money(one.before.1),
            Cell::Money(one.now.1),
            Cell::Money(one.now.1 - one.before.1),
        ]);
    }
    let events: serde_json::Map<String, serde_json::Value> =
        since.events.iter().map(|(kind, count)| (kind.id().to_owned(), (*count).into())).collect();
    sheet.extra("events", events);
    sheet.extra("since", since.last.map(|(seq, at)| serde_json::json!({ "seq": seq, "at": at })));
    sheet.note(match since.last {
        Some((seq, at)) => lang
            .pick(
                &format!("与 {} 的报告（第 {seq} 号事件）相比", at.short()),
                &format!("against the report of {} (event {seq})", at.short()),
            )
            .to_owned(),
        None => {
            lang.pick("此前没有报告，与空账本相比", "no report before; against the empty ledger").to_owned()
        }
    });
    sheet
}

/// Events since the last report.
pub(super) fn events(since: &Since) -> Sheet {
    let mut sheet =
        Sheet::new(&[Column::text("event", "事件", "event"), Column::number("count", "次数", "count")]);
    for (kind, count) in &since.events {
        sheet.row([Cell::word(kind), Cell::Int(*count)]);
    }
    sheet
}
