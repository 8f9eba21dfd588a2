//! `guazhang report html`: everything as one page.
//!
//! The page and the event that tells of it belong together: the event is committed when the whole page lies synced
//! beside its place, and the page has its name when the event is committed. Where the page cannot be written there is
//! no event; where it cannot be given its name after all, that is said, with the number of the event.

use super::sections;
use crate::cli::args::Reveal;
use crate::cli::new_file::NewFile;
use crate::cli::{Ctx, Exit, Failure, Says, ledger};
use crate::domain::Digest;
use crate::report::{Card, Cell, Column};
use crate::store::Mode;
use crate::text::Lang;
use crate::work::Law;
use std::io::Write;
use std::path::PathBuf;

#[derive(clap::Args, Debug)]
pub(super) struct HtmlArgs {
    /// The page to write; a file that is there is not overwritten
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    reveal: Reveal,
}

/// A page whose event is written: number and hash of it, and what the page amounts to.
struct Made {
    seq: i64,
    head: Digest,
    data: Digest,
    bytes: usize,
}

pub(super) fn run(ctx: &mut Ctx, args: &HtmlArgs) -> Result<Exit, Failure> {
    let (mut book, law) = ledger::unlocked(ctx)?;
    // Where no page can be written, nothing is said of one.
    let mut file = NewFile::at(&args.out, ctx.lang)?;
    ledger::reveal(ctx, &mut book, &args.reveal, "report html")?;
    let reveal = args.reveal.reveal;
    let books = book.books();
    let (before, page) = books.at_once(|| -> Result<_, Failure> {
        Ok((books.head()?, sections::page(ctx, &books, &law, reveal)?))
    })?;
    let data = page.digest()?;
    let made = book.write_once(&ctx.actor(), Mode::Keep, |w| -> Result<Made, Failure> {
        // What others wrote while the page was made is in it too: page and event tell of the same books.
        let (page, data) = if w.books().head()? == before {
            (page, data)
        } else {
            let law = Law::read(&w.books(), ctx.calendar()?)?;
            let page = sections::page(ctx, &w.books(), &law, reveal)?;
            let data = page.digest()?;
            (page, data)
        };
        w.reported(data, reveal)?;
        let (seq, head) = w.books().head()?;
        let mut bytes = Vec::new();
        page.write(&mut bytes, &proofs(ctx, data, seq, head))?;
        file.write_all(&bytes)?;
        file.sync()?;
        Ok(Made { seq, head, data, bytes: bytes.len() })
    })?;
    place(file, made.seq)?;
    let mut card = Card::new();
    card.fact(Column::text("file", "文件", "file"), Cell::text(args.out.display().to_string()));
    card.fact(Column::number("bytes", "大小", "bytes"), Cell::count(made.bytes));
    card.fact(Column::code("data", "数据摘要", "digest of the data"), Cell::text(made.data.short()));
    card.fact(
        Column::code("head", "链头", "chain head"),
        Cell::text(format!("{} {}", made.seq, made.head.short())),
    );
    ctx.print_card(&card)?;
    Ok(Exit::Done)
}

/// What the footer says, so that the printed page can be proved.
fn proofs(ctx: &Ctx, data: Digest, seq: i64, head: Digest) -> Vec<(String, String)> {
    let lang = ctx.lang;
    [
        (lang.pick("数据摘要", "digest of the data"), data.to_string()),
        (lang.pick("链头", "chain head"), format!("{seq} {head}")),
        (lang.pick("制表", "made by"), ctx.actor().operator),
        (lang.pick("时间", "at"), ctx.now.to_string()),
        (lang.pick("程序", "program"), format!("guazhang {}", env!("CARGO_PKG_VERSION"))),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// Gives the page its name. What the event says stays said where that fails, so the failure names it.
fn place(file: NewFile, seq: i64) -> Result<(), Failure> {
    file.place().map_err(|failure| {
        let (zh, en) = (failure.what(Lang::Zh), failure.what(Lang::En));
        let says = Says::new(
            format!("{zh}；第 {seq} 号事件已记下这一页，这一页却没有放到位"),
            format!("{en}; event {seq} tells of a page that did not get its name"),
        );
        Failure::conflict(says.hint(
            "换一个文件名再出一次：新的页有它自己的事件，原事件不作数也不会消失",
            "make the page again under another name: it has an event of its own, and the earlier one stays without a page",
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_overtaken_names_its_event() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.html");
        let mut file = NewFile::at(&path, Lang::En).unwrap();
        file.write_all(b"page").unwrap();
        file.sync().unwrap();
        std::fs::write(&path, "another").unwrap();
        let failure = place(file, 19).unwrap_err();
        assert_eq!(failure.exit(), Exit::Conflict);
        let told = failure.what(Lang::En);
        assert!(told.contains("report.html is there already; event 19 tells of a page"), "{told}");
        assert!(failure.what(Lang::Zh).contains("第 19 号事件"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "another", "it is not overwritten");
    }
}
