//! `guazhang audit file`: an imported file, byte for byte as it was read.

use super::open;
use crate::cli::args::Reveal;
use crate::cli::new_file::NewFile;
use crate::cli::{Ctx, Exit, Failure, Says, ledger};
use crate::report::{Card, Cell, Column};
use crate::store::{Books, FileInfo};
use crate::work;
use std::path::PathBuf;

/// Give back an imported file as it was read
///
/// It holds identities: the purpose is asked for, and leaves an event in the ledger.
#[derive(clap::Args, Debug)]
pub(super) struct FileArgs {
    /// The file, by the beginning of its digest as in `audit log`, or by a record that came in it
    #[arg(value_name = "ID")]
    id: String,

    /// Of a record, the file that its fee lines came in
    #[arg(long)]
    lines: bool,

    /// The new file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    /// What it is needed for
    #[arg(long, value_name = "TEXT")]
    purpose: Option<String>,
}

pub(super) fn run(ctx: &mut Ctx, args: &FileArgs) -> Result<Exit, Failure> {
    let mut book = open(ctx)?;
    let file = found(&book.books(), &args.id, args.lines)?;
    if file.bytes.is_none() {
        let name = &file.name;
        let says = Says::new(format!("{name} 只留有摘要"), format!("only the digest of {name} is kept"));
        return Err(Failure::refused(
            says.hint("超过 64 MiB 的文件不留存内容", "the bytes of files over 64 MiB are not kept"),
        ));
    }
    let mut out = NewFile::at(&args.out, ctx.lang)?;
    let reveal = Reveal { reveal: true, purpose: args.purpose.clone() };
    ledger::reveal(ctx, &mut book, &reveal, &format!("audit file {}", file.digest.short()))?;
    book.books().give_file(&file, &mut out)?;
    out.place()?;
    let mut card = Card::new();
    card.fact(Column::code("digest", "摘要", "digest"), Cell::text(file.digest.short()));
    card.fact(Column::text("name", "原文件名", "name"), Cell::text(file.name));
    card.fact(Column::code("read_at", "导入时间", "read"), Cell::Time(file.read_at));
    card.fact(Column::number("bytes", "字节", "bytes"), Cell::known(file.bytes, Cell::Int));
    card.fact(Column::text("out", "文件", "file"), Cell::text(args.out.display().to_string()));
    ctx.print_card(&card)?;
    Ok(Exit::Done)
}

/// A record is asked for first, since its number can be no digest.
fn found(books: &Books<'_>, id: &str, lines: bool) -> Result<FileInfo, Failure> {
    if let Ok(stored) = work::find(books, id) {
        let of_lines = books.lines_source(stored.id)?.map(|source| source.file);
        let file = if lines { of_lines } else { stored.source.map(|source| source.file) };
        if let Some(file) = file
            && let Some(file) = books.file(file)?
        {
            return Ok(file);
        }
        let number = stored.number.to_string();
        if lines {
            let says = Says::new(
                format!("{number} 没有由文件导入的明细"),
                format!("{number} has no fee lines that came in a file"),
            );
            return Err(Failure::refused(
                says.hint("去掉 --lines 取记录表", "leave out --lines for the file of the record"),
            ));
        }
        let says =
            Says::new(format!("{number} 不是由文件导入的"), format!("{number} did not come in a file"));
        return Err(Failure::refused(says.hint("它是在窗口登记的", "it was written down at the desk")));
    }
    Ok(books.file_starting(&id.replace('-', ""))?)
}
