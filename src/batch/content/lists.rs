//! Our own lists: filings to register, refunds to pay, cases handed over. People read them,
//! so closed values are written as words.

use super::{Page, Rows};
use crate::batch::fields::Field;
use crate::batch::{Handed, Undo};
use crate::domain::{FactValue, Money, Time};
use crate::text::Label;

/// A filing without a national number.
pub(super) fn registration(page: &Page<'_>, field: &Field) -> String {
    let record = page.record();
    match &*field.id {
        "line" => record.line.clone(),
        "begndate" => page.form_date().day().to_string(),
        "details" => details(page),
        _ => person_and_rest(page, field),
    }
}

/// What the cashier pays back.
pub(super) fn refund(page: &Page<'_>, field: &Field) -> String {
    let refund = page.item.refund.unwrap_or_default();
    match &*field.id {
        "missing" => page.item.lacks.clone(),
        "own_share" => amount(refund.own_share),
        "refund_due" => amount(refund.due),
        "pay_method" => {
            page.record().pay_method.map(|method| method.label(page.head.lang).to_owned()).unwrap_or_default()
        }
        _ => person_and_rest(page, field),
    }
}

/// A filing without a national number that is withdrawn.
pub(super) fn withdrawal(page: &Page<'_>, undo: &Undo, field: &Field) -> String {
    match &*field.id {
        "trt_dcla_detl_sn" => undo.setl_id.clone(),
        "reason" => undo.reason.clone(),
        _ => registration(page, field),
    }
}

/// The legs of a stay that becomes insured, each with a box to tick.
pub(super) fn convert(page: &Page<'_>, field: &Field) -> String {
    let record = page.record();
    match &*field.id {
        "admitted_at" => time(record.admitted_at),
        "admitted_on" => page.began_at().platform(),
        "discharged_at" => time(record.discharged_at),
        "lines" => record.lines.len().to_string(),
        "cancel_self_pay" | "insured_admission" | "lines_sent" | "settled" => "☐".to_owned(),
        _ => person_and_rest(page, field),
    }
}

/// The rows of a case that someone else takes over, or that the bureau is told of: the case, and its papers to tick
/// off. One on hold has no papers to bring.
pub(super) fn handed_over<'p>(page: &Page<'p>) -> Vec<Rows<'p>> {
    let none = Handed::default();
    let handed = page.item.handed.as_ref().unwrap_or(&none);
    if handed.to_bureau || handed.held.is_some() {
        return vec![page.with("", "held", |field| match &*field.id {
            "held" => handed.held.clone().unwrap_or_default(),
            _ => handover(page, handed, field),
        })];
    }
    let mut rows = vec![page.with("", "handover", |field| handover(page, handed, field))];
    let node = page.known("", "papers");
    let lang = page.head.lang;
    let tick = |paper: &crate::batch::PaperTick| {
        page.row(node, |field| match &*field.id {
            "paper" => paper.paper.pick(lang).to_owned(),
            "asked" if paper.asked => lang.pick("是", "yes").to_owned(),
            "asked" => lang.pick("否", "no").to_owned(),
            "kept" => if paper.kept { "☑" } else { "☐" }.to_owned(),
            _ => person_and_rest(page, field),
        })
    };
    rows.push(Rows { node, rows: handed.papers.iter().map(tick).collect() });
    rows
}

/// A case that someone else takes over.
fn handover(page: &Page<'_>, handed: &Handed, field: &Field) -> String {
    let record = page.record();
    let lang = page.head.lang;
    match &*field.id {
        "route" => page.item.route.label(lang).to_owned(),
        "kind" => record.kind.label(lang).to_owned(),
        "line" => record.line.clone(),
        "occurred_at" => record.occurred_at.platform(),
        "admitted_at" => time(record.admitted_at),
        "discharged_at" => time(record.discharged_at),
        "reason" => handed.reason.pick(lang).to_owned(),
        "papers" => record.facts.papers().into_iter().collect::<Vec<_>>().join(";"),
        _ => person_and_rest(page, field),
    }
}

fn person_and_rest(page: &Page<'_>, field: &Field) -> String {
    let record = page.record();
    match &*field.id {
        "total" => record.total.to_string(),
        "paid" => record.paid.map_or_else(String::new, |paid| paid.to_string()),
        "receipt_no" => record.receipt_no.clone(),
        "due_at" => time(page.item.due_at),
        "memo" => record.note.clone(),
        _ => page.common(field),
    }
}

fn amount(amount: Option<Money>) -> String {
    amount.map(|amount| amount.to_string()).unwrap_or_default()
}

fn time(time: Option<Time>) -> String {
    time.map(Time::platform).unwrap_or_default()
}

/// Every further fact, one after the other: the form may say more than the list has columns.
fn details(page: &Page<'_>) -> String {
    let said = page.record().facts.iter().map(|(name, value)| match value {
        FactValue::Text(text) => format!("{name}={text}"),
        FactValue::Flag(flag) => format!("{name}={}", u8::from(*flag)),
        FactValue::Number(number) => format!("{name}={number}"),
        FactValue::Time(time) => format!("{name}={time}"),
        FactValue::List(words) => format!("{name}={}", words.iter().cloned().collect::<Vec<_>>().join(",")),
    });
    said.collect::<Vec<_>>().join("; ")
}
