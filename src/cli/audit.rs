//! `guazhang audit`: who did what, and proof that nobody changed it since.

use crate::cli::show::event_json;
use crate::cli::{Ctx, Exit, Failure, Says, ledger};
use crate::report::{Card, Cell, Column, Format, Sheet, detail, subject};
use crate::store::{Fault, StoreError};
use crate::text::{Explain, Lang};

/// The chain of events, and proof that the books agree with it
#[derive(clap::Args, Debug)]
pub(super) struct AuditArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// List the events, oldest first
    Log {
        /// Only those after this number
        #[arg(long, value_name = "N", default_value_t = 0)]
        after: i64,
    },
    /// Recompute the chain and the content of every record, batch and run
    Verify,
}

pub(super) fn run(ctx: &mut Ctx, args: &AuditArgs) -> Result<Exit, Failure> {
    match args.action {
        Action::Log { after } => log(ctx, after),
        Action::Verify => verify(ctx),
    }
}

fn log(ctx: &mut Ctx, after: i64) -> Result<Exit, Failure> {
    let (book, _) = ledger::open(ctx)?;
    if ctx.format == Format::Json {
        let mut items = Vec::new();
        book.books().each_event(after, |event| -> Result<(), StoreError> {
            items.push(event_json(&event, ctx.lang));
            Ok(())
        })?;
        ctx.print_json(&serde_json::json!({ "items": items }))?;
        return Ok(Exit::Done);
    }
    // A ledger is of one station; a table has no room to say so in every row.
    let mut columns = vec![
        Column::number("seq", "序号", "no."),
        Column::code("at", "时间", "time"),
        Column::code("operator", "操作员", "operator"),
        Column::text("event", "事件", "event"),
        Column::code("subject", "对象", "of"),
        Column::text("detail", "内容", "detail"),
        Column::code("hash", "校验", "hash"),
    ];
    let (as_table, lang) = (ctx.format == Format::Table, ctx.lang);
    if !as_table {
        columns.insert(2, Column::code("station", "窗口", "station"));
    }
    let mut sheet = Sheet::new(&columns);
    book.books().each_event(after, |event| -> Result<(), StoreError> {
        let mut row = vec![
            Cell::Int(event.seq),
            Cell::Time(event.at),
            Cell::text(event.operator),
            Cell::word(&event.kind),
            Cell::text(if as_table { subject(&event.subject, lang) } else { event.subject }),
            Cell::text(if as_table { detail(&event.detail, lang) } else { event.detail }),
            Cell::text(event.hash.short()),
        ];
        if !as_table {
            row.insert(2, Cell::text(event.station));
        }
        sheet.row(row);
        Ok(())
    })?;
    ctx.print(&sheet)?;
    Ok(Exit::Done)
}

fn verify(ctx: &mut Ctx) -> Result<Exit, Failure> {
    let (book, _) = ledger::open(ctx)?;
    let proof = book.books().prove()?;
    if !proof.faults.is_empty() {
        let what = Says::new("账本与事件链不一致", "the books do not agree with their events");
        return Err(Failure::integrity(what).with_items(proof.faults.into_iter().map(Told)));
    }
    let mut card = Card::new();
    card.fact(Column::number("events", "事件", "events"), Cell::Int(proof.events));
    card.fact(Column::number("records", "记录", "records"), Cell::Int(proof.records));
    card.fact(Column::code("head", "链头", "head"), Cell::text(proof.head.to_string()));
    card.fact(Column::text("agrees", "一致", "agrees"), Cell::Flag(true));
    ctx.print_card(&card)?;
    Ok(Exit::Done)
}

/// A fault of the books, told.
struct Told(Fault);

impl Explain for Told {
    fn what(&self, lang: Lang) -> String {
        match (&self.0, lang) {
            (Fault::Gap { seq }, Lang::Zh) => format!("事件 {seq} 之前缺少事件"),
            (Fault::Gap { seq }, Lang::En) => format!("an event before event {seq} is gone"),
            (Fault::Hash { seq }, Lang::Zh) => format!("事件 {seq} 写入后被改动"),
            (Fault::Hash { seq }, Lang::En) => format!("event {seq} was changed after it was written"),
            (Fault::Content { subject }, Lang::Zh) => format!("{subject} 与其最后一次事件不一致"),
            (Fault::Content { subject }, Lang::En) => format!("{subject} is not as its last event left it"),
            (Fault::NoEvent { subject }, Lang::Zh) => format!("{subject} 没有对应的事件"),
            (Fault::NoEvent { subject }, Lang::En) => format!("no event tells of {subject}"),
            (Fault::Gone { subject }, Lang::Zh) => format!("{subject} 已不在账本中"),
            (Fault::Gone { subject }, Lang::En) => format!("{subject} no longer stands in the ledger"),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        lang.pick("保留账本文件，与备份核对", "keep the file and compare it with a backup").to_owned()
    }
}
