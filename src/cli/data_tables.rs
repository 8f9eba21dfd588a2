//! The tables that `export data` writes, each as a sheet.
//!
//! To add a table, write its function and a line in [`TABLES`]. Keys join them: `number` is a record, `setl_id` a
//! settlement, `batch` a batch.

use crate::cli::{Failure, ledger};
use crate::domain::{Decision, Time};
use crate::report::{Cell, Column, Sheet};
use crate::store::{Books, Filter, StoreError};
use crate::text::Label;
use crate::work::Law;
use std::collections::HashMap;

type Make = fn(&Books<'_>, &Law, Time, bool) -> Result<Sheet, Failure>;

/// Name and maker of each table.
pub(super) const TABLES: &[(&str, Make)] = &[
    ("records", records),
    ("lines", lines),
    ("settlements", settlements),
    ("matches", matches),
    ("breaks", breaks),
    ("refunds", refunds),
    ("clearings", clearings),
    ("batches", batches),
    ("answers", answers),
    ("events", events),
    ("facilities", facilities),
];

const NUMBER: Column = Column::code("number", "编号", "number");
const OPERATOR: Column = Column::code("operator", "操作员", "operator");

fn records(books: &Books<'_>, law: &Law, now: Time, reveal: bool) -> Result<Sheet, Failure> {
    let mut sheet = Sheet::new(&[
        NUMBER,
        Column::code("record_no", "单号", "record no."),
        Column::code("facility", "机构", "facility"),
        Column::code("kind", "类别", "kind"),
        Column::code("line", "业务", "line"),
        Column::text("name", "姓名", "name"),
        Column::code("id_no", "证件号码", "identity number"),
        Column::code("phone", "电话", "phone"),
        Column::code("insurance", "险种", "insurance"),
        Column::code("insured_area", "参保地", "insured area"),
        Column::text("person_group", "人群", "person group"),
        Column::code("occurred_at", "发生时间", "occurred"),
        Column::code("admitted_at", "入院时间", "admitted"),
        Column::code("discharged_at", "出院时间", "discharged"),
        Column::text("department", "科室", "department"),
        Column::text("doctor", "医生", "doctor"),
        Column::code("diagnosis_code", "诊断编码", "diagnosis code"),
        Column::text("diagnosis_name", "诊断", "diagnosis"),
        Column::text("note", "备注", "note"),
        Column::money("total", "总额", "total"),
        Column::money("paid", "已付", "paid"),
        Column::code("pay_method", "支付方式", "paid by"),
        Column::code("receipt_no", "票据号", "receipt"),
        Column::code("stage", "阶段", "stage"),
        Column::code("verdict", "对账", "verdict"),
        Column::code("route", "去向", "way back"),
        Column::code("status", "状态", "status"),
        Column::code("due_at", "截止", "until"),
        Column::code("entered_at", "登记时间", "entered"),
        OPERATOR,
        Column::number("version", "版本", "version"),
    ]);
    books.each_record(&Filter::default(), |stored| -> Result<(), Failure> {
        let decision = law.decide(&stored.record, now);
        let stored = if reveal { books.opened(stored)? } else { stored };
        let person = if reveal { stored.record.person.clone() } else { ledger::masked(&stored.shown) };
        let record = &stored.record;
        let open = Some(&decision).filter(|_| !stored.stage.is_closed());
        sheet.row([
            Cell::text(stored.number.to_string()),
            Cell::text(&record.record_no),
            Cell::text(&record.facility),
            Cell::word(&record.kind),
            Cell::text(&record.line),
            Cell::text(person.name),
            Cell::text(person.id_no),
            Cell::text(person.phone),
            Cell::text(&record.insurance),
            Cell::text(&record.insured_area),
            Cell::text(&record.person_group),
            Cell::Time(record.occurred_at),
            Cell::known(record.admitted_at, Cell::Time),
            Cell::known(record.discharged_at, Cell::Time),
            Cell::text(&record.department),
            Cell::text(&record.doctor),
            Cell::text(&record.diagnosis_code),
            Cell::text(&record.diagnosis_name),
            Cell::text(&record.note),
            Cell::Money(record.total),
            Cell::known(record.paid, Cell::Money),
            Cell::known(record.pay_method, |method| Cell::word(&method)),
            Cell::text(&record.receipt_no),
            Cell::word(&stored.stage),
            Cell::known(stored.verdict, |verdict| Cell::word(&verdict)),
            Cell::known(decision.best(), |way| Cell::word(&way.route)),
            Cell::known(open, |decision| Cell::word(&decision.status)),
            Cell::known(open.and_then(Decision::due_at), Cell::Time),
            Cell::Time(stored.entered_at),
            Cell::text(&stored.operator),
            Cell::Int(stored.version),
        ]);
        Ok(())
    })?;
    Ok(sheet)
}

fn lines(books: &Books<'_>, _: &Law, _: Time, _: bool) -> Result<Sheet, Failure> {
    let mut sheet = Sheet::new(&[
        NUMBER,
        Column::number("line_no", "行号", "line"),
        Column::code("item_code", "项目编码", "item code"),
        Column::code("own_code", "院内编码", "own code"),
        Column::text("item_name", "项目名称", "item"),
        Column::code("category", "费用类别", "category"),
        Column::text("spec", "规格", "specification"),
        Column::code("quantity", "数量", "quantity"),
        Column::code("unit_price", "单价", "unit price"),
        Column::money("amount", "金额", "amount"),
        Column::code("occurred_at", "发生时间", "occurred"),
    ]);
    let numbers = numbers(books)?;
    for (id, number) in numbers {
        for line in books.record_by_id(id)?.record.lines {
            sheet.row([
                Cell::text(&number),
                Cell::Int(i64::from(line.line_no)),
                Cell::text(line.item_code),
                Cell::text(line.own_code),
                Cell::text(line.item_name),
                Cell::text(line.category),
                Cell::text(line.spec),
                Cell::text(line.quantity.to_string()),
                Cell::text(line.unit_price.to_string()),
                Cell::Money(line.amount),
                Cell::known(line.occurred_at, Cell::Time),
            ]);
        }
    }
    Ok(sheet)
}

/// Row number and short number of every record, by time.
fn numbers(books: &Books<'_>) -> Result<Vec<(i64, String)>, Failure> {
    let mut numbers = Vec::new();
    books.each_record(&Filter::default(), |stored| -> Result<(), StoreError> {
        numbers.push((stored.id, stored.number.to_string()));
        Ok(())
    })?;
    Ok(numbers)
}

fn settlements(books: &Books<'_>, _: &Law, _: Time, _: bool) -> Result<Sheet, Failure> {
    let mut sheet = Sheet::new(&[
        Column::code("setl_id", "结算ID", "setl_id"),
        Column::code("init_setl_id", "原结算ID", "init_setl_id"),
        Column::code("mdtrt_id", "就诊ID", "mdtrt_id"),
        Column::code("med_type", "医疗类别", "med_type"),
        Column::code("insutype", "险种", "insutype"),
        Column::code("setl_time", "结算时间", "settled"),
        Column::money("total", "总额", "total"),
        Column::money("fund", "基金支付", "fund"),
        Column::money("account", "账户支付", "account"),
        Column::money("cash", "现金支付", "cash"),
        Column::flag("refunded", "退费标志", "taken back"),
        Column::code("medins_setl_id", "机构结算ID", "medins_setl_id"),
        Column::code("record_no", "单号", "record no."),
    ]);
    books.each_settlement(|row| {
        let settlement = row.settlement;
        sheet.row([
            Cell::text(settlement.setl_id),
            Cell::text(settlement.init_setl_id),
            Cell::text(settlement.mdtrt_id),
            Cell::text(settlement.med_type),
            Cell::text(settlement.insutype),
            Cell::known(settlement.setl_time, Cell::Time),
            Cell::Money(settlement.total),
            Cell::known(settlement.fund, Cell::Money),
            Cell::known(settlement.account, Cell::Money),
            Cell::known(settlement.cash, Cell::Money),
            Cell::Flag(settlement.refunded),
            Cell::text(settlement.medins_setl_id),
            Cell::text(settlement.record_no),
        ]);
    })?;
    Ok(sheet)
}

fn matches(books: &Books<'_>, _: &Law, _: Time, _: bool) -> Result<Sheet, Failure> {
    let mut sheet = Sheet::new(&[
        NUMBER,
        Column::code("setl_id", "结算ID", "setl_id"),
        Column::code("by", "匹配依据", "matched by"),
        Column::number("run", "对账", "run"),
    ]);
    for (id, number) in numbers(books)? {
        if let Some(found) = books.match_of(id)? {
            sheet.row([
                Cell::text(number),
                Cell::text(found.settlement.setl_id),
                Cell::text(found.by),
                Cell::Int(found.run),
            ]);
        }
    }
    Ok(sheet)
}

fn breaks(books: &Books<'_>, _: &Law, _: Time, _: bool) -> Result<Sheet, Failure> {
    let mut sheet = Sheet::new(&[
        Column::number("break", "差异", "break"),
        Column::code("reason", "代码", "code"),
        Column::code("state", "状态", "state"),
        NUMBER,
        Column::code("setl_id", "结算ID", "setl_id"),
        Column::money("total", "涉及金额", "at stake"),
        Column::money("difference", "差额", "difference"),
        Column::code("how", "处理方式", "how"),
        Column::number("first_run", "首次对账", "first run"),
        Column::number("last_run", "末次对账", "last run"),
    ]);
    for found in books.breaks(None)? {
        sheet.row([
            Cell::Int(found.id),
            Cell::text(found.reason.id()),
            Cell::word(&found.state),
            Cell::text(found.number),
            Cell::text(found.setl_id),
            Cell::Money(found.total),
            Cell::Money(found.difference),
            Cell::known(found.how, |how| Cell::word(&how)),
            Cell::Int(found.first_run),
            Cell::Int(found.last_run),
        ]);
    }
    Ok(sheet)
}

fn refunds(books: &Books<'_>, _: &Law, _: Time, _: bool) -> Result<Sheet, Failure> {
    let mut sheet = Sheet::new(&[
        NUMBER,
        Column::money("amount", "金额", "amount"),
        Column::code("receipt_no", "收据号", "receipt"),
        Column::code("pay_method", "退款方式", "paid by"),
        Column::code("paid_at", "时间", "paid"),
        OPERATOR,
    ]);
    for (id, number) in numbers(books)? {
        if let Some(refund) = books.refund(id)? {
            sheet.row([
                Cell::text(number),
                Cell::Money(refund.amount),
                Cell::text(refund.receipt_no),
                Cell::word(&refund.pay_method),
                Cell::Time(refund.paid_at),
                Cell::text(refund.operator),
            ]);
        }
    }
    Ok(sheet)
}

fn clearings(books: &Books<'_>, _: &Law, _: Time, _: bool) -> Result<Sheet, Failure> {
    let mut sheet = Sheet::new(&[NUMBER, Column::code("cleared_at", "时间", "cleared"), OPERATOR]);
    for (id, number) in numbers(books)? {
        if let Some(clearing) = books.clearing(id)? {
            sheet.row([Cell::text(number), Cell::Time(clearing.cleared_at), Cell::text(clearing.operator)]);
        }
    }
    Ok(sheet)
}

fn batches(books: &Books<'_>, _: &Law, _: Time, _: bool) -> Result<Sheet, Failure> {
    let mut sheet = Sheet::new(&[
        Column::code("batch", "批次", "batch"),
        Column::code("purpose", "用途", "purpose"),
        Column::code("state", "状态", "state"),
        Column::code("created_at", "制作时间", "made"),
        Column::number("records", "记录", "records"),
        Column::number("accepted", "受理", "accepted"),
        Column::number("refused", "拒绝", "refused"),
        Column::money("total", "合计", "total"),
        Column::code("check_code", "校验码", "seal"),
    ]);
    for batch in books.batches()? {
        sheet.row([
            Cell::text(format!("B{}", batch.id)),
            Cell::word(&batch.purpose),
            Cell::word(&batch.state),
            Cell::Time(batch.created_at),
            Cell::Int(batch.records),
            Cell::Int(batch.accepted),
            Cell::Int(batch.refused),
            Cell::Money(batch.total),
            Cell::text(batch.check_code),
        ]);
    }
    Ok(sheet)
}

fn answers(books: &Books<'_>, _: &Law, _: Time, _: bool) -> Result<Sheet, Failure> {
    let mut sheet = Sheet::new(&[
        Column::code("batch", "批次", "batch"),
        NUMBER,
        Column::number("version", "版本", "version"),
        Column::code("medins_setl_id", "机构结算ID", "medins_setl_id"),
        Column::code("answer", "回执", "answer"),
        Column::code("code", "代码", "code"),
        Column::text("message", "说明", "message"),
        Column::code("setl_id", "结算ID", "setl_id"),
    ]);
    let numbers: HashMap<i64, String> = numbers(books)?.into_iter().collect();
    for batch in books.batches()? {
        for member in books.members(batch.id)? {
            sheet.row([
                Cell::text(format!("B{}", batch.id)),
                Cell::text(numbers.get(&member.record).cloned().unwrap_or_default()),
                Cell::Int(member.version),
                Cell::text(member.issued.medins_setl_id.clone()),
                Cell::known(member.answer, |answer| Cell::word(&answer)),
                Cell::text(member.code.clone()),
                Cell::text(member.shown.clone()),
                Cell::text(member.setl_id.clone()),
            ]);
        }
    }
    Ok(sheet)
}

fn events(books: &Books<'_>, _: &Law, _: Time, _: bool) -> Result<Sheet, Failure> {
    let mut sheet = Sheet::new(&[
        Column::number("seq", "序号", "no."),
        Column::code("at", "时间", "time"),
        Column::code("station", "窗口", "station"),
        OPERATOR,
        Column::code("event", "事件", "event"),
        Column::text("subject", "对象", "of"),
        Column::code("hash", "校验值", "hash"),
    ]);
    books.each_event(0, |event| -> Result<(), StoreError> {
        sheet.row([
            Cell::Int(event.seq),
            Cell::Time(event.at),
            Cell::text(event.station.clone()),
            Cell::text(event.operator.clone()),
            Cell::word(&event.kind),
            Cell::text(event.subject.clone()),
            Cell::text(event.hash.to_string()),
        ]);
        Ok(())
    })?;
    Ok(sheet)
}

fn facilities(books: &Books<'_>, _: &Law, _: Time, _: bool) -> Result<Sheet, Failure> {
    let mut sheet = Sheet::new(&[
        Column::code("facility", "机构", "facility"),
        Column::text("name", "名称", "name"),
        Column::code("phone", "电话", "phone"),
    ]);
    for (code, name) in books.facilities()? {
        let phone = books.service_desk(&code)?.phone;
        sheet.row([Cell::text(code), Cell::text(name), Cell::text(phone)]);
    }
    Ok(sheet)
}
