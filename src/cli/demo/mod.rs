//! `guazhang demo`: a whole downtime on made-up data, told step by step.
//!
//! It makes a folder, plays the hospital systems and the platform, and runs the
//! commands of the tool as a person would type them; it has no way of its own
//! into the ledger. The folder is left to go on with. What lies there already
//! is never touched: a second run takes the next free name.

mod after;
mod data;
mod during;
mod figures;
mod people;
mod platform;
mod teller;

use crate::cli::{Ctx, Exit, Failure, Says};
use crate::report::Format;
use crate::text::{Lang, of_io, pad, width};
use figures::Figures;
use std::env;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use teller::{PASSPHRASE, Teller};

/// Play a whole downtime on made-up data, and tell it
///
/// A small hospital, a clinic and a pharmacy go through a stop from the first record to the last clearing.
/// Each step shows its command. The folder stays, to go on with; a second run takes a new one.
#[derive(clap::Args, Debug)]
pub(super) struct DemoArgs {
    /// The folder to play in; where something lies there already, the next free name is taken
    #[arg(value_name = "DIR", default_value = "guazhang-demo")]
    folder: PathBuf,
}

/// So many names are tried before something else must be wrong.
const NAMES: usize = 1000;

pub(super) fn run(ctx: &mut Ctx, args: &DemoArgs) -> Result<Exit, Failure> {
    let folder = make_folder(&args.folder).map_err(|error| cannot_write(&args.folder, &error))?;
    if ctx.format == Format::Table && folder != args.folder {
        let (there, taken) = (args.folder.display(), folder.display());
        ctx.remark(
            &format!("{there} 里已有内容，不去动它；本次演示在 {taken}"),
            &format!("something lies in {there}, which stays as it is; this time the demo is in {taken}"),
        )?;
    }
    let here = env::current_dir()?;
    let whole = fs::canonicalize(&folder)?;
    env::set_current_dir(&whole)?;
    let told = play(ctx, &folder, &whole);
    env::set_current_dir(here)?;
    told.map(|()| Exit::Done)
}

/// The story, in the folder that is now the current one.
fn play(ctx: &mut Ctx, folder: &Path, whole: &Path) -> Result<(), Failure> {
    let sheets = data::sheets();
    let files = [
        ("records.csv", sheets.records.as_str()),
        ("records-corrected.csv", &sheets.corrected),
        ("lines.csv", &sheets.lines),
        ("yunting.toml", sheets.notice),
    ];
    for (name, text) in files {
        fs::write(name, text).map_err(|error| cannot_write(&folder.join(name), &error))?;
    }
    let mut teller = Teller::new(ctx);
    teller.say(
        "这是一次完整停机的演示：一家小医院、一家诊所和一家药店共用一个账本，机构、人员和数据全部虚构。\
        每一步先说明，再列出命令（以 $ 开头，可照样输入）及其真实输出，过长的输出只列开头。",
        "A whole downtime: a small hospital, a clinic and a pharmacy keep one ledger; all facilities, people and data \
         are made up. Each step says what happens, then shows the command ($, as you would type it) and what it really \
         prints; of long outputs only the beginning.",
    )?;
    let ways = during::tell(&mut teller)?;
    let refunds = after::tell(&mut teller)?;
    let figures = Figures::gather(&mut teller, ways, refunds)?;
    closing(&mut teller, folder)?;
    figures.print(ctx, whole)
}

/// Where everything lies, and what to try next.
fn closing(teller: &mut Teller<'_>, folder: &Path) -> Result<(), Failure> {
    teller.say(
        "演示到此结束。文件都留在这个文件夹里：",
        "That is the whole story. Everything is left in this folder:",
    )?;
    let shown = folder.display();
    let files: [(&str, [&str; 2]); 6] = [
        ("guazhang.db", ["账本，一个文件", "the ledger, one file"]),
        ("records.csv lines.csv", ["导入的记录与费用明细", "the records and fee lines that were imported"]),
        ("records.rejected.csv", ["被退回的行，附原因", "the rows that were left out, with the reason"]),
        ("yunting.toml", ["虚构的邻市通告，可照此编写", "the invented notice, to write your own after"]),
        (
            "batches/",
            ["发出的批次，每个交易节点一份 CSV", "the batches sent out, one CSV for each node of a call"],
        ),
        ("answers/ statement-1.csv statement-2.csv", ["平台的回执与结算明细", "what the platform sent back"]),
    ];
    let widest = files.iter().map(|(names, _)| width(names)).max().unwrap_or(0);
    teller.write(&format!("\n  {shown}"))?;
    for (names, what) in files {
        teller.write(&format!("    {}  {}", pad(names, widest), teller.pick(what)))?;
    }
    teller.say(
        &format!("账本中每位操作员的口令都是“{PASSPHRASE}”。接下来可以试试："),
        &format!("The passphrase of everybody in the ledger is `{PASSPHRASE}`. Try next:"),
    )?;
    let tries = [
        "guazhang show MZ0012",
        "guazhang break list --all",
        "guazhang report unreconciled --as-of 2021-12-01T09:00",
    ];
    teller.write(&format!("\n  cd {shown}"))?;
    tries.iter().try_for_each(|line| teller.write(&format!("  {line}")))?;
    // A program that is run from where it was built is not found by its name alone.
    let program = env::current_exe().map(|path| path.display().to_string()).unwrap_or_default();
    teller
        .say(&format!("（guazhang 指本程序：{program}）"), &format!("(guazhang is this program: {program})"))
}

/// Makes the folder, or the first one with a number behind its name that is free.
fn make_folder(wanted: &Path) -> io::Result<PathBuf> {
    let name = wanted.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    for nth in 1..NAMES {
        let folder = match nth {
            1 => wanted.to_owned(),
            _ => wanted.with_file_name(format!("{name}-{nth}")),
        };
        if is_free(&folder)? {
            fs::create_dir_all(&folder)?;
            return Ok(folder);
        }
    }
    Err(io::Error::from(ErrorKind::AlreadyExists))
}

/// Nothing is there, or an empty folder.
fn is_free(folder: &Path) -> io::Result<bool> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(_) if folder.is_file() => Ok(false),
        Err(error) => Err(error),
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    let shown = path.display();
    let says = Says::new(
        format!("{shown}：无法在此建立演示文件夹（{}）", of_io(error, Lang::Zh)),
        format!("{shown}: the demo cannot be written there ({})", of_io(error, Lang::En)),
    );
    Failure::refused(says.hint(
        "换一个可以写入的位置，如 guazhang demo /tmp/guazhang-demo",
        "choose a place that you may write to, as guazhang demo /tmp/guazhang-demo",
    ))
}
