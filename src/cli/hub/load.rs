//! `guazhang hub load`: bundles and statements into the hub, told apart by what they are.

use super::{At, city, open};
use crate::cli::progress::watched;
use crate::cli::sheet_flags::SheetFlags;
use crate::cli::{Ctx, Exit, Failure, import, profile};
use crate::domain::{Money, Right};
use crate::intake::profile::NATIONAL;
use crate::intake::{self, SheetKind, StatementSheet};
use crate::report::{Cell, Column, Sheet};
use crate::text::Explain as _;
use crate::work::city::{CityError, LoadedFile, StatementToLoad, is_bundle, load_bundles, load_statements};
use crate::work::merge::Outcome;
use crate::work::{Expected, WorkError};
use std::path::PathBuf;

/// So many files are named that went in without a word.
const NAMED: usize = 20;

#[derive(clap::Args, Debug)]
pub(super) struct LoadArgs {
    #[command(flatten)]
    at: At,
    /// Bundles of facilities and statements of the platform, or folders of them
    #[arg(value_name = "FILE|DIR", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    reading: SheetFlags,
    /// How the region writes its statements: a profile that is built in, or a TOML file
    #[arg(long, value_name = "NAME|FILE", default_value = NATIONAL)]
    profile: String,
    /// Whose the rows are of a statement that does not say it
    #[arg(long, value_name = "CODE")]
    facility: Option<String>,
    /// How many rows the one statement has, where the platform says it elsewhere
    #[arg(long, value_name = "N")]
    expect_count: Option<u64>,
    /// The total of the one statement in yuan, where the platform says it elsewhere
    #[arg(long, value_name = "YUAN", allow_negative_numbers = true)]
    expect_total: Option<Money>,
    /// Connections side by side
    #[arg(long, value_name = "N", default_value_t = 2)]
    workers: usize,
}

/// How a file went.
struct Row {
    path: PathBuf,
    what: (&'static str, &'static str),
    records: u64,
    new: u64,
    wrong: Option<CityError>,
    waits: bool,
    quiet: bool,
}

pub(super) fn run(ctx: &mut Ctx, args: &LoadArgs) -> Result<Exit, Failure> {
    let (_book, _, keys) = city(ctx, Right::Import)?;
    let (mut bundles, mut statements) = (Vec::new(), Vec::new());
    for path in files(&args.files)? {
        let list = if is_bundle(&path)? { &mut bundles } else { &mut statements };
        list.push(path);
    }
    drop(open(&args.at, &keys, ctx)?);
    let address = args.at.address()?;
    let (operator, now, lang) = (ctx.operator.clone(), ctx.now, ctx.lang);
    let mut rows: Vec<Row> = Vec::new();
    if !bundles.is_empty() {
        let done = watched(lang, |watch| {
            load_bundles(&address, &keys, &bundles, args.workers, &operator, now, watch)
        })?;
        rows.extend(done.into_iter().map(bundle_row));
    }
    let map = args.reading.map(SheetKind::Statement)?;
    let profile = profile::found(&args.profile)?;
    let expected = Expected { count: args.expect_count, total: args.expect_total };
    let mut to_load = Vec::new();
    for path in &statements {
        let (path, map, profile) = (path.clone(), map.clone(), profile.clone());
        // What is no statement at all is told before anything is loaded.
        drop(StatementSheet::open_with(&path, &map, &profile, now).map_err(import::refused)?);
        let digest = intake::digest_of_file(&path).map_err(import::refused)?;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let open = Box::new(move || {
            let sheet = StatementSheet::open_with(&path, &map, &profile, now);
            sheet.map_err(|error| CityError::from(WorkError::from(error)))
        });
        to_load.push(StatementToLoad { name, digest, open });
    }
    if !to_load.is_empty() {
        let whose = (args.facility.as_deref(), expected);
        let taken = watched(lang, |watch| {
            load_statements(&address, &keys, &to_load, whose, args.workers, (&operator, now), watch)
        })?;
        rows.extend(statements.into_iter().zip(taken).map(|(path, taken)| Row {
            path,
            what: if taken.known { ("已有", "known") } else { ("平台结算", "statement") },
            records: taken.rows,
            new: taken.new_rows,
            wrong: None,
            waits: false,
            quiet: true,
        }));
    }
    print(ctx, rows)
}

/// The files, and those of folders in the order of their names.
fn files(given: &[PathBuf]) -> Result<Vec<PathBuf>, CityError> {
    let mut all = Vec::new();
    for path in given {
        if !path.is_dir() {
            all.push(path.clone());
            continue;
        }
        let at = |error| CityError::Io { path: path.clone(), error };
        let mut inside = Vec::new();
        for entry in std::fs::read_dir(path).map_err(at)? {
            let entry = entry.map_err(at)?;
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            if !hidden && entry.path().is_file() {
                inside.push(entry.path());
            }
        }
        inside.sort();
        all.extend(inside);
    }
    Ok(all)
}

fn bundle_row((path, done): LoadedFile) -> Row {
    match done {
        Err(error) => Row {
            path,
            what: ("未载入", "refused"),
            records: 0,
            new: 0,
            wrong: Some(error),
            waits: false,
            quiet: false,
        },
        Ok((header, loaded)) => {
            let (what, new, waits) = match loaded {
                Outcome::Merged { new, .. } => (("已载入", "loaded"), new, false),
                Outcome::Known => (("已有", "known"), 0, false),
                Outcome::Own => (("本库所封", "of this hub"), 0, false),
                Outcome::Aside { .. } => (("暂存", "set aside"), 0, true),
                Outcome::Fork { .. } => (("隔离", "quarantined"), 0, true),
            };
            Row { path, what, records: header.records, new, wrong: None, waits, quiet: !waits }
        }
    }
}

fn print(ctx: &mut Ctx, rows: Vec<Row>) -> Result<Exit, Failure> {
    let mut sheet = Sheet::new(&[
        Column::text("file", "文件", "file"),
        Column::code("outcome", "结果", "outcome"),
        Column::number("rows", "行数", "rows"),
        Column::number("new", "新增", "new"),
        Column::text("why", "原因", "why"),
    ]);
    let number = |count: u64| Cell::Int(i64::try_from(count).unwrap_or(i64::MAX));
    let (all, mut quiet) = (rows.len(), 0);
    let (mut records, mut new, mut worst, mut waits) = (0, 0, None, false);
    for row in rows {
        records += row.records;
        new += row.new;
        waits |= row.waits;
        if row.quiet {
            quiet += 1;
            if quiet > NAMED {
                continue;
            }
        }
        let why = row.wrong.as_ref().map_or_else(String::new, |error| error.what(ctx.lang));
        sheet.row([
            Cell::text(row.path.display().to_string()),
            Cell::text(ctx.lang.pick(row.what.0, row.what.1)),
            number(row.records),
            number(row.new),
            Cell::text(why),
        ]);
        worst = worst.or(row.wrong);
    }
    sheet.extra("files", all);
    sheet.extra("rows_in_all", records);
    sheet.extra("new_in_all", new);
    sheet.note(match ctx.lang {
        crate::text::Lang::Zh => format!("{all} 个文件，{records} 行，新增 {new} 行"),
        crate::text::Lang::En => format!("{all} files, {records} rows, {new} of them new"),
    });
    ctx.print(&sheet)?;
    match worst {
        Some(error) => Err(error.into()),
        None if waits => Ok(Exit::Findings),
        None => Ok(Exit::Done),
    }
}
