//! `guazhang hub answer|rebuild`: bundles from the hub to facilities.

use super::{At, city, open};
use crate::cli::{Ctx, Exit, Failure, new_file};
use crate::domain::Right;
use crate::hub::HubFault;
use crate::report::{Card, Cell, Column, Sheet};
use crate::work::city::{CityError, answer_facility, kept_of};
use std::path::{Path, PathBuf};

#[derive(clap::Args, Debug)]
pub(super) struct AnswerArgs {
    #[command(flatten)]
    at: At,
    /// The new folder that the bundles are put into
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Only these facilities, by code; all of them by default
    #[arg(long, value_name = "CODE")]
    facility: Vec<String>,
}

#[derive(clap::Args, Debug)]
pub(super) struct RebuildArgs {
    #[command(flatten)]
    at: At,
    /// Code of the facility
    #[arg(value_name = "FACILITY")]
    facility: String,
    /// The station that was lost
    #[arg(value_name = "STATION")]
    lost: String,
    /// The station in its place, which is trusted here
    #[arg(long, value_name = "STATION")]
    to: String,
    /// The new folder that its key and its bundles are put into
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// A folder that was not there.
fn new_folder(path: &Path) -> Result<(), CityError> {
    std::fs::create_dir(path).map_err(|error| CityError::Io { path: path.to_owned(), error })
}

pub(super) fn answer(ctx: &mut Ctx, args: &AnswerArgs) -> Result<Exit, Failure> {
    let (book, _, keys) = city(ctx, Right::Reconcile)?;
    let mut hub = open(&args.at, &keys, ctx)?;
    let run = hub.last_run().map_err(CityError::from)?.ok_or_else(|| CityError::from(HubFault::NoRun))?;
    let senders = hub.senders().map_err(CityError::from)?;
    let facilities = hub.facilities().map_err(CityError::from)?;
    if let Some(code) =
        args.facility.iter().find(|code| !facilities.iter().any(|(_, known, _)| known == *code))
    {
        return Err(CityError::NoSender { text: code.clone() }.into());
    }
    new_folder(&args.out)?;
    let (mut files, mut new) = (0, 0);
    for (_, code, name) in &facilities {
        if !args.facility.is_empty() && !args.facility.contains(code) {
            continue;
        }
        let answer =
            answer_facility(&mut hub, (&book, &keys), &run, (code, name), &senders, &ctx.operator, ctx.now)?;
        let Some(answer) = answer else { continue };
        let station = &keys.card.station;
        let name = format!(
            "guazhang-{station}-{:06}-{:06}-to-{code}.bundle",
            answer.header.first, answer.header.last
        );
        new_file::put(&args.out.join(name), &answer.bytes, ctx.lang)?;
        files += 1;
        new += answer.new;
    }
    let mut card = Card::new();
    card.fact(Column::code("folder", "文件夹", "folder"), Cell::text(args.out.display().to_string()));
    card.fact(Column::number("run", "对账批次", "run"), Cell::Int(run.run));
    card.fact(Column::number("bundles", "交换包", "bundles"), Cell::Int(files));
    card.fact(
        Column::number("new", "新的结论", "new verdicts"),
        Cell::Int(i64::try_from(new).unwrap_or(i64::MAX)),
    );
    ctx.print_card(&card)?;
    Ok(Exit::Done)
}

pub(super) fn rebuild(ctx: &mut Ctx, args: &RebuildArgs) -> Result<Exit, Failure> {
    let (_, _, keys) = city(ctx, Right::Setup)?;
    let mut hub = open(&args.at, &keys, ctx)?;
    let (card, kept) = kept_of(&mut hub, &keys, (&args.facility, &args.lost), &args.to)?;
    new_folder(&args.out)?;
    let mut sheet = Sheet::new(&[
        Column::code("file", "文件", "file"),
        Column::number("first", "首个事件", "first event"),
        Column::number("last", "末个事件", "last event"),
    ]);
    let key = format!("{}.key", card.station);
    new_file::put(&args.out.join(&key), format!("{card}\n").as_bytes(), ctx.lang)?;
    for bundle in &kept {
        let name =
            format!("guazhang-{}-{:06}-{:06}-to-{}.bundle", card.station, bundle.first, bundle.last, args.to);
        new_file::put(&args.out.join(&name), &bundle.bytes, ctx.lang)?;
        sheet.row([Cell::text(name), Cell::Int(bundle.first), Cell::Int(bundle.last)]);
    }
    sheet.extra("key", &key);
    sheet.extra("fingerprint", card.fingerprint());
    sheet.note(match ctx.lang {
        crate::text::Lang::Zh => format!("公钥 {key}，指纹 {}", card.fingerprint()),
        crate::text::Lang::En => format!("its key is {key}, the fingerprint {}", card.fingerprint()),
    });
    ctx.print(&sheet)?;
    Ok(Exit::Done)
}
