//! `guazhang export data`: the books for other tools, as tables or as a journal.
//!
//! A folder of its own: a file for each table (CSV, JSON, Parquet) or one journal, and `about.json`, which says what
//! they are of. Nothing is decided here; the journal is made below.

use crate::cli::args::{Reveal, Shape};
use crate::cli::{Ctx, Exit, Failure, Says, data_tables, ledger};
use crate::domain::Digest;
use crate::report::{Card, Cell, Column};
use crate::work;
use serde_json::json;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// The books for accountants and analysts: tables as CSV, JSON or Parquet, or a journal for hledger
///
/// `--format csv`, `json` or `parquet` writes a file for each table: records, lines, settlements, matches, breaks,
/// refunds, clearings, batches, answers, events, facilities. `--format hledger` writes a journal of double entries
/// (receivables by way back, cash, refunds) whose last entry asserts the ledger's own sums. Names and numbers are masked
/// unless --reveal is given.
#[derive(clap::Args, Debug)]
pub(super) struct DataArgs {
    /// A new folder, or an empty one
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    #[command(flatten)]
    reveal: Reveal,
}

/// A file that was written.
struct Written {
    name: String,
    rows: usize,
    digest: Digest,
}

pub(super) fn run(ctx: &mut Ctx, args: &DataArgs) -> Result<Exit, Failure> {
    let Some(shape) = ctx.shape else {
        let says = Says::new("export data：没有说要写成什么", "export data: it is not said what to write");
        return Err(Failure::usage(says.hint(
            "加上 --format csv、json、parquet 或 hledger",
            "add --format csv, json, parquet or hledger",
        )));
    };
    let (mut book, law) = ledger::open(ctx)?;
    empty(&args.folder)?;
    ledger::reveal(ctx, &mut book, &args.reveal, "export data")?;
    fs::create_dir_all(&args.folder).map_err(|error| unwritable(&args.folder, &error))?;
    let mut written = Vec::new();
    if shape == Shape::Hledger {
        let mut journal = work::journal(&book.books(), &law, ctx.now, ctx.lang)?;
        let founding = book.founding();
        journal.head = vec![
            format!("{} {}", founding.facility, founding.name),
            ctx.lang.pick("由挂账账本写出，截至", "written from the ledger of guazhang as of").to_owned()
                + " "
                + &ctx.now.to_string(),
        ];
        let rows = journal.entries.len();
        let until = ctx.now.day();
        written.push(file(&args.folder, "guazhang.journal", rows, |out| journal.print(out, until))?);
    } else {
        for (name, table) in data_tables::TABLES {
            let sheet = table(&book.books(), &law, ctx.now, args.reveal.reveal)?;
            let (rows, name) = (sheet.len(), format!("{name}.{}", shape.ending()));
            written.push(file(&args.folder, &name, rows, |out| match shape {
                Shape::Csv => sheet.csv(out),
                Shape::Parquet => sheet.parquet(out),
                Shape::Table | Shape::Json | Shape::Hledger => sheet.json(out),
            })?);
        }
    }
    let (seq, hash) = book.books().head()?;
    let files = written.iter().map(|one| json!({ "name": one.name, "rows": one.rows, "sha256": one.digest }));
    let about = json!({
        "schema": 1, "facility": book.founding().facility, "name": book.founding().name,
        "station": book.founding().station, "as_of": ctx.now, "events": seq, "head": hash,
        "revealed": args.reveal.reveal, "files": files.collect::<Vec<_>>(),
    });
    file(&args.folder, "about.json", 1, |out| {
        serde_json::to_writer_pretty(&mut *out, &about)?;
        writeln!(out)
    })?;
    let mut card = Card::new();
    card.fact(Column::text("folder", "文件夹", "folder"), Cell::text(args.folder.display().to_string()));
    card.fact(
        Column::text("files", "文件", "files"),
        Cell::List(written.iter().map(|w| w.name.clone()).collect()),
    );
    card.fact(Column::number("rows", "行数", "rows"), Cell::count(written.iter().map(|w| w.rows).sum()));
    card.fact(Column::flag("revealed", "含完整身份", "identities in full"), Cell::Flag(args.reveal.reveal));
    ctx.print_card(&card)?;
    Ok(Exit::Done)
}

/// Nothing is written into a folder that holds something.
fn empty(folder: &Path) -> Result<(), Failure> {
    let Ok(mut entries) = fs::read_dir(folder) else {
        if folder.exists() {
            let shown = folder.display();
            let says = Says::new(format!("{shown}：不是文件夹"), format!("{shown}: is not a folder"));
            return Err(Failure::conflict(says.hint("换一个文件夹", "give another folder")));
        }
        return Ok(());
    };
    if entries.next().is_none() {
        return Ok(());
    }
    let shown = folder.display();
    let says = Says::new(format!("{shown}：文件夹里已有内容"), format!("{shown}: the folder is not empty"));
    Err(Failure::conflict(says.hint("换一个新文件夹", "give a new folder")))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    let shown = path.display();
    let (zh, en) =
        (crate::text::of_io(error, crate::text::Lang::Zh), crate::text::of_io(error, crate::text::Lang::En));
    let says = Says::new(format!("{shown}：无法写出（{zh}）"), format!("{shown}: cannot be written ({en})"));
    Failure::refused(
        says.hint(
            "检查磁盘和权限，或换一个文件夹",
            "check the disk and its permissions, or give another folder",
        ),
    )
}

/// Writes one file, whole and on the disk, and reads its digest back.
fn file(
    folder: &Path,
    name: &str,
    rows: usize,
    print: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<Written, Failure> {
    let path = folder.join(name);
    let written = File::create_new(&path).and_then(|file| {
        let mut out = BufWriter::new(file);
        print(&mut out)?;
        out.flush()?;
        out.get_ref().sync_all()
    });
    written.map_err(|error| unwritable(&path, &error))?;
    let bytes = fs::read(&path).map_err(|error| unwritable(&path, &error))?;
    Ok(Written { name: name.to_owned(), rows, digest: Digest::of(&bytes) })
}
