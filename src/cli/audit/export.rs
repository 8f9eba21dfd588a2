//! `guazhang audit export`: the chain as JSON lines, for whoever wants to verify it without this program.

use super::open;
use crate::cli::new_file::NewFile;
use crate::cli::progress::watched;
use crate::cli::{Ctx, Exit, Failure};
use crate::domain::{Digest, Progress, STRIDE, Watcher};
use crate::report::{Card, Cell, Column};
use crate::store::{EventInfo, Ledger, StoreError};
use crate::text::Label;
use serde::Serialize;
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;

/// Write the chain as JSON lines that anyone can verify
///
/// First a line about the ledger, then one for each event with all that its hash covers. `docs/audit.md` has two short
/// scripts that verify such a file. It holds no identities.
#[derive(clap::Args, Debug)]
pub(super) struct ExportArgs {
    /// The file to write; standard output by default
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// An event in the order of what its hash covers.
#[derive(Serialize)]
struct Line<'a> {
    before: Digest,
    seq: i64,
    at: String,
    station: &'a str,
    operator: &'a str,
    kind: &'a str,
    subject: &'a str,
    record: Option<i64>,
    content: Digest,
    detail: &'a str,
    hash: Digest,
}

pub(super) fn run(ctx: &mut Ctx, args: &ExportArgs) -> Result<Exit, Failure> {
    let book = open(ctx)?;
    let Some(path) = &args.out else {
        write(&book, &mut ctx.out, &mut |_| true)?;
        return Ok(Exit::Done);
    };
    let mut file = NewFile::at(path, ctx.lang)?;
    let (events, head) = watched(ctx.lang, |watch| write(&book, &mut file, watch))?;
    file.place()?;
    let mut card = Card::new();
    card.fact(Column::text("out", "文件", "file"), Cell::text(path.display().to_string()));
    card.fact(Column::number("events", "事件", "events"), Cell::Int(events));
    card.fact(Column::code("head", "链头", "head"), Cell::text(head.to_string()));
    ctx.print_card(&card)?;
    Ok(Exit::Done)
}

/// Writes the chain up to its head of now; what is appended meanwhile is left out.
fn write(book: &Ledger, out: &mut impl Write, watch: &mut Watcher<'_>) -> Result<(i64, Digest), Failure> {
    let books = book.books();
    let (last, head) = books.head()?;
    let founding = book.founding();
    let top = json!({
        "format": "guazhang events 1", "ledger": books.ledger_id()?, "facility": founding.facility,
        "name": founding.name, "station": founding.station, "key": books.station_key()?,
        "events": last, "head": head,
    });
    writeln!(out, "{top}")?;
    let mut before = Digest::NONE;
    books.each_event(0, |event| -> Result<(), Failure> {
        if event.seq <= last {
            line(out, before, &event)?;
            before = event.hash;
        }
        if event.seq.unsigned_abs() % STRIDE == 0 {
            let read = (event.seq.unsigned_abs(), last.unsigned_abs());
            if !watch(&Progress { read, ..Progress::default() }) {
                return Err(StoreError::Stopped.into());
            }
        }
        Ok(())
    })?;
    Ok((last, head))
}

fn line(out: &mut impl Write, before: Digest, event: &EventInfo) -> Result<(), Failure> {
    let EventInfo { seq, at, station, operator, kind, subject, record, detail, content, hash } = event;
    let line = Line {
        before,
        seq: *seq,
        at: at.to_string(),
        station,
        operator,
        kind: kind.id(),
        subject,
        record: *record,
        content: *content,
        detail,
        hash: *hash,
    };
    serde_json::to_writer(&mut *out, &line).map_err(std::io::Error::from)?;
    writeln!(out)?;
    Ok(())
}
