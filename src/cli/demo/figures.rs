//! What the story came to, in numbers: one object, for programs.
//! All of it is asked of the tool; nothing is counted on the side.

use super::teller::{LEDGER, Teller};
use crate::cli::{Ctx, Failure};
use crate::domain::Money;
use crate::report::{Card, Cell, Column, Format};
use serde_json::{Map, Value, json};
use std::path::Path;

/// Counts and sums at the end of the story.
pub(super) struct Figures {
    records: i64,
    total: Money,
    cleared: i64,
    paid: (i64, Money),
    owed: (i64, Money),
    unreconciled: (i64, Money),
    open_breaks: i64,
    batches: i64,
    events: i64,
    kinds: Map<String, Value>,
    routes: Map<String, Value>,
    statuses: Map<String, Value>,
    stages: Map<String, Value>,
    verdicts: Value,
}

/// What is asked while the records are still on their way: later on their ways are closed.
pub(super) struct Ways {
    routes: Map<String, Value>,
    statuses: Map<String, Value>,
}

impl Ways {
    /// By which ways the records go, and where they stand, as of now.
    pub(super) fn gather(t: &mut Teller<'_>) -> Result<Ways, Failure> {
        let records = t.items(&["list"])?;
        Ok(Ways { routes: counted(&records, "route"), statuses: counted(&records, "status") })
    }
}

impl Figures {
    /// Asks the tool for everything; `refunds` is how many were paid and how much.
    pub(super) fn gather(t: &mut Teller<'_>, ways: Ways, refunds: (i64, Money)) -> Result<Figures, Failure> {
        let records = t.items(&["list"])?;
        let owed = t.ask(&["refund", "list"])?;
        let left = t.ask(&["report", "unreconciled"])?;
        let summary = t.ask(&["report", "summary"])?;
        let stages = counted(&records, "stage");
        let status = t.ask(&["reconcile", "status"])?;
        let last = status["runs"].as_array().and_then(|runs| runs.last()).cloned().unwrap_or_default();
        Ok(Figures {
            records: whole(&summary["count"]),
            total: money(&summary["total_fen"]),
            cleared: stages.get("cleared").map_or(0, whole),
            paid: refunds,
            owed: (length(&owed["items"]), money(&owed["owed_total_fen"])),
            unreconciled: (whole(&left["count"]), money(&left["total_fen"])),
            open_breaks: whole(&summary["open_breaks"]),
            batches: length(&t.ask(&["batch", "list"])?["items"]),
            events: whole(&t.ask(&["audit", "verify"])?["events"]),
            kinds: counted(&records, "kind"),
            routes: ways.routes,
            statuses: ways.statuses,
            stages,
            verdicts: last["outcome"]["verdicts"].clone(),
        })
    }

    /// Prints them as an object or a row.
    pub(super) fn print(&self, ctx: &mut Ctx, folder: &Path) -> Result<(), Failure> {
        // People have read all of it in the story.
        if ctx.format == Format::Table {
            return Ok(());
        }
        let mut card = Card::new();
        card.fact(Column::text("folder", "文件夹", "folder"), Cell::text(folder.display().to_string()));
        let ledger = folder.join(LEDGER).display().to_string();
        card.fact(Column::text("ledger", "账本", "ledger"), Cell::text(ledger));
        card.fact(Column::number("records", "记录", "records"), Cell::Int(self.records));
        card.fact(Column::money("total", "总额", "total"), Cell::Money(self.total));
        card.fact(Column::number("cleared", "已销号", "cleared"), Cell::Int(self.cleared));
        card.fact(Column::number("refunds_paid", "已退费笔数", "refunds paid"), Cell::Int(self.paid.0));
        card.fact(Column::money("refunded", "已退费", "refunded"), Cell::Money(self.paid.1));
        card.fact(Column::number("refunds_owed", "应退未退笔数", "refunds owed"), Cell::Int(self.owed.0));
        card.fact(Column::money("owed", "应退未退", "owed"), Cell::Money(self.owed.1));
        card.fact(Column::number("unreconciled", "未对平", "unreconciled"), Cell::Int(self.unreconciled.0));
        card.fact(
            Column::money("unreconciled_total", "未对平金额", "unreconciled, yuan"),
            Cell::Money(self.unreconciled.1),
        );
        card.extra("open_breaks", self.open_breaks);
        card.extra("batches", self.batches);
        card.extra("events", self.events);
        card.extra("by_kind", &self.kinds);
        card.extra("by_route", &self.routes);
        card.extra("by_status", &self.statuses);
        card.extra("by_stage", &self.stages);
        card.extra("by_verdict", &self.verdicts);
        ctx.print_card(&card)
    }
}

/// How often each word stands under `key`.
fn counted(items: &[Value], key: &str) -> Map<String, Value> {
    let mut counts = Map::new();
    for word in items.iter().filter_map(|item| item[key].as_str()) {
        let count = counts.get(word).map_or(0, whole);
        counts.insert(word.to_owned(), json!(count + 1));
    }
    counts
}

fn whole(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}

fn money(value: &Value) -> Money {
    Money::from_fen(whole(value))
}

fn length(value: &Value) -> i64 {
    value.as_array().and_then(|items| i64::try_from(items.len()).ok()).unwrap_or_default()
}
