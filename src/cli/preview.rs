//! What an import did or would do, for people and for programs: counts and sums,
//! what was passed over or padded, the first rows as they were understood.
//!
//! Names and numbers of persons are masked. Nothing is decided here.

use crate::cli::{Ctx, Failure};
use crate::domain::{CensusEntry, Record, mask_card, mask_name};
use crate::intake::{Origin, Padded, Passed, SheetSummary};
use crate::report::{Card, Cell, Column, Format, Sheet};
use crate::text::{Explain, Label, Lang};
use crate::work::{CensusTaken, Imported, KindSum};
use serde_json::{Value, json};

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// What was done.
    Done,
    /// What would be done, with what a person looks at before saying yes.
    Preview,
}

pub(super) fn records(ctx: &mut Ctx, done: &Imported, told: Told) -> Result<(), Failure> {
    let mut card = Card::new();
    card.fact(Column::number("records", "新增记录", "records"), whole(done.new));
    card.fact(Column::number("lines", "新增明细", "lines"), whole(done.lines));
    card.fact(Column::money("total", "合计", "total"), Cell::Money(done.total));
    if told == Told::Preview {
        card.fact(Column::money("paid", "已付合计", "paid"), Cell::Money(done.paid));
    } else {
        card.extra("paid_fen", done.paid.fen());
    }
    card.fact(Column::number("known", "已在账本", "known already"), whole(done.known));
    card.fact(
        Column::number("repeats", "文件内重复", "repeats in the file"),
        some_count(done.summary.repeats),
    );
    if let Some((first, last)) = &done.numbers {
        card.fact(Column::text("numbers", "编号", "numbers"), Cell::text(format!("{first} … {last}")));
    }
    card.fact(Column::text("facilities", "新机构", "new facilities"), some(&done.facilities));
    of_sheet(&mut card, &done.summary, ctx.lang, told);
    let faults: Vec<_> = done.faults.iter().map(|fault| fault.what(ctx.lang)).collect();
    card.extra("faults", faults);
    card.extra("kinds", done.kinds.iter().map(kind_json).collect::<Vec<_>>());
    if told == Told::Preview {
        card.extra("first_rows", done.sample.iter().map(row_json).collect::<Vec<_>>());
    }
    ctx.print_card(&card)?;
    if told == Told::Preview && ctx.format == Format::Table && done.new > 0 {
        kinds(ctx, &done.kinds)?;
        first_rows(ctx, &done.sample)?;
    }
    Ok(())
}

pub(super) fn census(ctx: &mut Ctx, done: &CensusTaken, told: Told) -> Result<(), Failure> {
    let mut card = Card::new();
    card.fact(Column::number("patients", "新增患者", "patients"), whole(done.new));
    card.fact(Column::number("known", "已在名册", "known already"), whole(done.known));
    card.fact(
        Column::number("repeats", "文件内重复", "repeats in the file"),
        some_count(done.summary.repeats),
    );
    let changed: Vec<_> = done.changed.iter().map(ToString::to_string).collect();
    card.fact(Column::text("changed", "有变化", "changed"), some(&changed));
    card.fact(Column::number("gone", "已出院仍在册", "gone but listed"), some_count(done.gone));
    if told == Told::Preview {
        card.fact(Column::money("total", "累计费用合计", "cost so far"), Cell::Money(done.total));
        card.fact(Column::money("paid", "预交金合计", "deposits"), Cell::Money(done.paid));
    }
    if let Some((first, last)) = &done.numbers {
        card.fact(Column::text("numbers", "编号", "numbers"), Cell::text(format!("{first} … {last}")));
    }
    card.fact(Column::text("facilities", "新机构", "new facilities"), some(&done.facilities));
    of_sheet(&mut card, &done.summary, ctx.lang, told);
    let faults: Vec<_> = done.faults.iter().map(|fault| fault.what(ctx.lang)).collect();
    card.extra("faults", faults);
    if told == Told::Preview {
        card.extra("first_rows", done.sample.iter().map(stay_json).collect::<Vec<_>>());
    }
    ctx.print_card(&card)?;
    if told == Told::Preview && ctx.format == Format::Table && !done.sample.is_empty() {
        first_stays(ctx, &done.sample)?;
    }
    Ok(())
}

/// What the reading of the file itself gave to remark.
pub(super) fn of_sheet(card: &mut Card, summary: &SheetSummary, lang: Lang, told: Told) {
    card.fact(Column::text("ignored", "未读的列", "columns ignored"), some(&summary.ignored_columns));
    let Passed { titles, blanks, totals } = summary.passed;
    let passed = summary.passed.sum();
    card.fact(Column::number("passed_over", "跳过的行", "rows passed over"), some_count(passed));
    if passed > 0 && told == Told::Preview {
        let parts = [
            (titles, lang.pick("表头以上", "above the headings")),
            (blanks, lang.pick("空行", "empty")),
            (totals, lang.pick("合计行", "totals")),
        ];
        let parts: Vec<_> = parts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| match lang {
                Lang::Zh => format!("{what} {count}"),
                Lang::En => format!("{count} {what}"),
            })
            .collect();
        card.fact(Column::text("passed_over_as", "其中", "of these"), Cell::List(parts));
    }
    card.extra("passed", json!({ "titles": titles, "blanks": blanks, "totals": totals }));
    let padded: Vec<_> = summary.padded.iter().map(|code| padded(code, lang)).collect();
    card.fact(Column::text("padded", "补零的代码", "codes padded"), some(&padded));
    if told == Told::Preview {
        let origin = |origin: &Origin| Cell::text(origin.told(lang));
        card.fact(Column::text("read_as", "文件", "read as"), origin(&summary.origin));
        let lines = summary.lines_origin.as_ref();
        card.fact(Column::text("lines_read_as", "明细文件", "lines read as"), Cell::known(lines, origin));
    }
    card.extra("source", summary.origin.json());
    card.extra("lines_source", summary.lines_origin.as_ref().map(Origin::json));
}

fn padded(code: &Padded, lang: Lang) -> String {
    let Padded { column, from, to, rows } = code;
    match lang {
        Lang::Zh => format!("{column} {from} → {to}（{rows} 行）"),
        Lang::En => format!("{column} {from} → {to} ({rows} rows)"),
    }
}

fn kinds(ctx: &mut Ctx, sums: &[KindSum]) -> Result<(), Failure> {
    let mut sheet = Sheet::new(&[
        Column::code("kind", "类别", "kind"),
        Column::number("records", "记录", "records"),
        Column::money("total", "合计", "total"),
        Column::money("paid", "已付", "paid"),
    ]);
    for sum in sums {
        sheet.row([Cell::word(&sum.kind), whole(sum.records), Cell::Money(sum.total), Cell::Money(sum.paid)]);
    }
    writeln!(ctx.out)?;
    ctx.print(&sheet)
}

fn first_rows(ctx: &mut Ctx, sample: &[Record]) -> Result<(), Failure> {
    let mut sheet = Sheet::new(&[
        Column::code("record_no", "单号", "record no."),
        Column::code("kind", "类别", "kind"),
        Column::code("name", "姓名", "name"),
        Column::code("id_no", "证件号码", "id no."),
        Column::code("occurred_at", "发生时间", "occurred"),
        Column::money("total", "总额", "total"),
        Column::money("paid", "已付", "paid"),
        Column::code("receipt_no", "收据号", "receipt"),
    ]);
    sheet.spare(&["kind", "receipt_no"]);
    for record in sample {
        sheet.row([
            Cell::text(&record.record_no),
            Cell::word(&record.kind),
            Cell::text(mask_name(&record.person.name)),
            Cell::text(mask_card(&record.person.id_no)),
            Cell::Time(record.occurred_at),
            Cell::Money(record.total),
            Cell::known(record.paid, Cell::Money),
            Cell::text(&record.receipt_no),
        ]);
    }
    writeln!(ctx.out)?;
    ctx.print(&sheet)
}

fn first_stays(ctx: &mut Ctx, sample: &[CensusEntry]) -> Result<(), Failure> {
    let mut sheet = Sheet::new(&[
        Column::code("record_no", "住院号", "record no."),
        Column::code("bed_no", "床号", "bed"),
        Column::code("name", "姓名", "name"),
        Column::code("id_no", "证件号码", "id no."),
        Column::code("admitted_at", "入院时间", "admitted"),
        Column::money("total", "累计费用", "cost so far"),
        Column::money("paid", "预交金", "deposit"),
    ]);
    sheet.spare(&["bed_no"]);
    for stay in sample {
        sheet.row([
            Cell::text(&stay.record_no),
            Cell::text(&stay.bed_no),
            Cell::text(mask_name(&stay.person.name)),
            Cell::text(mask_card(&stay.person.id_no)),
            Cell::Time(stay.admitted_at),
            Cell::known(stay.total, Cell::Money),
            Cell::known(stay.paid, Cell::Money),
        ]);
    }
    writeln!(ctx.out)?;
    ctx.print(&sheet)
}

fn kind_json(sum: &KindSum) -> Value {
    json!({
        "kind": sum.kind.id(), "records": sum.records, "total_fen": sum.total.fen(), "paid_fen": sum.paid.fen(),
    })
}

fn row_json(record: &Record) -> Value {
    json!({
        "record_no": record.record_no, "kind": record.kind.id(), "line": record.line,
        "name": mask_name(&record.person.name), "id_no": mask_card(&record.person.id_no),
        "occurred_at": record.occurred_at, "total_fen": record.total.fen(),
        "paid_fen": record.paid.map(crate::domain::Money::fen), "receipt_no": record.receipt_no,
    })
}

fn stay_json(stay: &CensusEntry) -> Value {
    json!({
        "record_no": stay.record_no, "bed_no": stay.bed_no, "name": mask_name(&stay.person.name),
        "id_no": mask_card(&stay.person.id_no), "admitted_at": stay.admitted_at,
        "total_fen": stay.total.map(crate::domain::Money::fen), "paid_fen": stay.paid.map(crate::domain::Money::fen),
    })
}

pub(super) fn whole(count: u64) -> Cell {
    Cell::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

/// A count that is told where there is something to count.
fn some_count(count: u64) -> Cell {
    Cell::known((count > 0).then_some(count), whole)
}

fn some(texts: &[String]) -> Cell {
    if texts.is_empty() { Cell::Empty } else { Cell::List(texts.to_vec()) }
}
