//! `guazhang show`: everything about one record.

use crate::cli::args::Reveal;
use crate::cli::{Ctx, Exit, Failure, bundle, ledger, paper};
use crate::domain::{Stage, go_on_words};
use crate::report::{Card, Cell, Column, Format, Sheet, detail as told, subject, word, words};
use crate::store::{EventInfo, Stored};
use crate::text::{Label, Lang};
use crate::work;
use serde_json::json;

/// Show a record: its facts, the decision with its clause, what is missing, and its history
#[derive(clap::Args, Debug)]
pub(super) struct ShowArgs {
    /// The record, by its number or the facility's own
    #[arg(value_name = "ID")]
    id: String,

    #[command(flatten)]
    reveal: Reveal,
}

pub(super) fn run(ctx: &mut Ctx, args: &ShowArgs) -> Result<Exit, Failure> {
    let (mut book, law) = ledger::open(ctx)?;
    let stored = work::find(&book.books(), &args.id)?;
    ledger::reveal(ctx, &mut book, &args.reveal, &format!("show {}", stored.number))?;
    let reveal = args.reveal.reveal;
    let stored = if reveal { book.books().opened(stored)? } else { stored };
    let decision = law.decide(&stored.record, ctx.now);
    let mut history = book.books().history(stored.id)?;
    if reveal {
        for event in &mut history {
            event.detail = book.books().open_detail(&event.subject, &event.detail)?.to_string();
        }
    }
    let mut card = card(&stored, reveal, ctx.format, ctx.lang);
    if let Some((code, text)) = book.books().last_refusal(stored.id, reveal)? {
        card.fact(Column::text("refusal", "平台拒绝", "refused"), Cell::text(format!("{code} {text}")));
    }
    if let Some((batch, infno)) = book.books().unknown_outcome(stored.id)? {
        let says = format!("B{batch}: {}", go_on_words(&infno, ctx.lang));
        card.fact(Column::text("ask_first", "结果不明", "outcome unknown"), Cell::text(says));
    }
    let begun = book.books().begun(stored.id)?;
    if begun.stands() && matches!(stored.stage, Stage::Pending | Stage::Rejected) {
        card.fact(Column::text("begun", "平台上已有", "on the platform"), Cell::text(begun.words(ctx.lang)));
    }
    if let Some(matched) = book.books().match_of(stored.id)? {
        card.fact(Column::code("setl_id", "结算ID", "setl_id"), Cell::text(matched.settlement.setl_id));
        card.fact(Column::text("matched_by", "匹配依据", "matched by"), Cell::text(matched.by));
    }
    let settled = work::why_matched(&book.books(), &stored)?;
    let told = settled.told(ctx.lang);
    card.extra("settlement", &told);
    card.extra("matches", settled.matches());
    card.extra("suggestions", settled.suggestions());
    if let Some(refund) = book.books().refund(stored.id)? {
        card.fact(Column::money("refunded", "已退", "refunded"), Cell::Money(refund.amount));
    }
    if let Some(clearing) = book.books().clearing(stored.id)? {
        card.fact(
            Column::text("evidence", "销号依据", "cleared on"),
            Cell::text(ledger::sealed(clearing.evidence, ctx.lang)),
        );
    }
    bundle::add_words(&mut card, &book.books().words_of(&stored.uuid)?, ctx.lang);
    let papers = book.books().papers_of(stored.id)?;
    let kept = stored.record.facts.papers();
    card.fact(Column::text("papers_kept", "留存材料", "papers kept"), Cell::text(words(&kept, ctx.lang)));
    if reveal && let Some(source) = stored.source {
        let name = book.books().file(source.file)?.map(|file| file.name).unwrap_or_default();
        let row = source.row;
        let says = match ctx.lang {
            Lang::Zh => format!("{name} 第 {row} 行"),
            Lang::En => format!("{name} line {row}"),
        };
        card.fact(Column::text("origin", "来源", "came from"), Cell::text(says));
        card.extra("source", json!({ "file": source.file, "name": name, "line": row }));
    }
    if reveal && let Some(source) = book.books().lines_source(stored.id)? {
        let name = book.books().file(source.file)?.map(|file| file.name).unwrap_or_default();
        let rows = &source.rows;
        let says = match ctx.lang {
            Lang::Zh => format!("{name} 第 {rows} 行"),
            Lang::En => format!("{name} line {rows}"),
        };
        card.fact(Column::text("lines_origin", "明细来源", "fee lines from"), Cell::text(says));
        card.extra("lines_source", json!({ "file": source.file, "name": name, "lines": rows }));
    }
    card.extra("papers", paper::json_of(&papers));
    card.extra("missing_papers", paper::still_missing(&stored, &decision));
    card.extra("decision", &decision);
    card.extra("facts", stored.record.all_facts());
    card.extra("lines", &stored.record.lines);
    card.extra("history", history.iter().map(|event| event_json(event, ctx.lang)).collect::<Vec<_>>());
    ctx.print_card(&card)?;
    if ctx.format == Format::Table {
        writeln!(ctx.out)?;
        if let Some(told) = told {
            writeln!(ctx.out, "{told}\n")?;
        }
        if !stored.stage.is_closed() {
            ctx.print_decision(&decision)?;
            writeln!(ctx.out)?;
        }
        if !papers.is_empty() {
            ctx.print(&paper::sheet(papers, ctx.lang))?;
            writeln!(ctx.out)?;
        }
        print_history(ctx, &history)?;
    }
    Ok(Exit::Done)
}

fn card(stored: &Stored, reveal: bool, format: Format, lang: Lang) -> Card {
    let record = &stored.record;
    let person = if reveal { record.person.clone() } else { ledger::masked(&stored.shown) };
    let line = match format {
        Format::Table => Cell::text(word(&record.line, lang)),
        Format::Json | Format::Csv => Cell::text(&record.line),
    };
    let mut card = Card::new();
    card.fact(Column::code("number", "编号", "number"), Cell::text(stored.number.to_string()));
    card.fact(Column::code("record_no", "单号", "record no."), Cell::text(&record.record_no));
    card.fact(Column::code("facility", "机构", "facility"), Cell::text(&record.facility));
    card.fact(Column::text("kind", "类别", "kind"), Cell::word(&record.kind));
    card.fact(Column::text("line", "业务", "line"), line);
    card.fact(Column::text("name", "姓名", "name"), Cell::text(person.name));
    card.fact(Column::code("id_no", "证件号码", "identity number"), Cell::text(person.id_no));
    card.fact(Column::code("phone", "电话", "phone"), Cell::text(person.phone));
    card.fact(Column::code("insurance", "险种", "insurance"), Cell::text(&record.insurance));
    card.fact(Column::code("insured_area", "参保地", "insured area"), Cell::text(&record.insured_area));
    card.fact(Column::code("occurred_at", "发生时间", "occurred"), Cell::Time(record.occurred_at));
    card.fact(
        Column::code("admitted_at", "入院时间", "admitted"),
        Cell::known(record.admitted_at, Cell::Time),
    );
    let first = record.facts.time("first_admitted_at");
    card.fact(
        Column::code("first_admitted_at", "首次入院", "first admitted"),
        Cell::known(first, Cell::Time),
    );
    let census = record.facts.text("linked_census").unwrap_or_default();
    card.fact(Column::code("linked_census", "在院名册", "from the census"), Cell::text(census));
    card.fact(
        Column::code("discharged_at", "出院时间", "discharged"),
        Cell::known(record.discharged_at, Cell::Time),
    );
    card.fact(Column::code("applied_on", "申请日期", "applied"), Cell::known(record.applied_on, Cell::Time));
    card.fact(Column::text("department", "科室", "department"), Cell::text(&record.department));
    card.fact(Column::money("total", "总额", "total"), Cell::Money(record.total));
    card.fact(Column::money("paid", "已付", "paid"), Cell::known(record.paid, Cell::Money));
    card.fact(
        Column::text("pay_method", "支付方式", "paid by"),
        Cell::known(record.pay_method, |m| Cell::word(&m)),
    );
    card.fact(Column::code("receipt_no", "票据号", "receipt"), Cell::text(&record.receipt_no));
    card.fact(Column::number("line_count", "明细行数", "fee lines"), Cell::count(record.lines.len()));
    card.fact(Column::text("stage", "阶段", "stage"), Cell::word(&stored.stage));
    card.fact(Column::text("verdict", "对账", "verdict"), Cell::known(stored.verdict, |v| Cell::word(&v)));
    card.fact(Column::number("version", "版本", "version"), Cell::Int(stored.version));
    card
}

/// An event as programs see it.
pub(super) fn event_json(event: &EventInfo, lang: Lang) -> serde_json::Value {
    let detail: serde_json::Value = serde_json::from_str(&event.detail).unwrap_or_default();
    json!({
        "seq": event.seq, "at": event.at, "station": event.station, "operator": event.operator,
        "event": event.kind, "label": event.kind.label(lang), "subject": event.subject, "detail": detail,
        "hash": event.hash.short(),
    })
}

fn print_history(ctx: &mut Ctx, history: &[EventInfo]) -> Result<(), Failure> {
    let mut sheet = Sheet::new(&[
        Column::number("seq", "序号", "no."),
        Column::code("at", "时间", "time"),
        Column::text("operator", "操作员", "operator"),
        Column::text("event", "事件", "event"),
        Column::text("subject", "对象", "of"),
        Column::text("detail", "内容", "detail"),
    ]);
    for event in history {
        // A whole run's counts say nothing about one record.
        let detail = if event.record.is_some() { told(&event.detail, ctx.lang) } else { String::new() };
        sheet.row([
            Cell::Int(event.seq),
            Cell::Time(event.at),
            Cell::text(&event.operator),
            Cell::word(&event.kind),
            Cell::text(subject(&event.subject, ctx.lang)),
            Cell::text(detail),
        ]);
    }
    ctx.print(&sheet)
}
