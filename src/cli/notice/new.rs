//! `guazhang notice new`: start a notice from a few questions.

use crate::cli::ctx::shown;
use crate::cli::{Ctx, Exit, Failure, Says};
use crate::domain::{Kind, Route, Time};
use crate::notice::Draft;
use crate::text::{Explain, Label};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::str::FromStr;

/// Start a notice from a few questions
///
/// Asks on a terminal for what no flag gives. What is written reads as a notice at once; go on from there.
#[derive(clap::Args, Debug)]
pub(super) struct NewArgs {
    /// The file to write
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Id of the notice, as linhai-2023
    #[arg(long)]
    id: Option<String>,

    /// Its title
    #[arg(long)]
    title: Option<String>,

    /// The city
    #[arg(long)]
    city: Option<String>,

    /// Six digits of the place
    #[arg(long)]
    place: Option<String>,

    /// Where the text states the stop
    #[arg(long)]
    clause: Option<String>,

    /// When the stop begins
    #[arg(long, value_name = "TIME")]
    suspended: Option<String>,

    /// When it is expected to end, or announced where that is still to be said
    #[arg(long, value_name = "TIME|announced")]
    resumes: Option<String>,

    /// Way back of outpatient records
    #[arg(long, value_name = "ROUTE")]
    outpatient: Option<String>,

    /// Way back of inpatient records
    #[arg(long, value_name = "ROUTE")]
    inpatient: Option<String>,

    /// Way back of purchases
    #[arg(long, value_name = "ROUTE")]
    purchase: Option<String>,

    /// Way back of filings
    #[arg(long, value_name = "ROUTE")]
    filing: Option<String>,
}

/// Runs `guazhang notice new`.
pub(super) fn run(ctx: &mut Ctx, args: &NewArgs) -> Result<Exit, Failure> {
    let word = |text: &str| -> Result<String, Says> {
        if text.is_empty() {
            Err(Says::new("不能为空", "must not be empty"))
        } else {
            Ok(text.to_owned())
        }
    };
    let id = answer(ctx, args.id.as_deref(), "--id", "通告编号，如 linhai-2023", "id, as linhai-2023", word)?;
    let title = answer(ctx, args.title.as_deref(), "--title", "标题", "title", word)?;
    let city = answer(ctx, args.city.as_deref(), "--city", "城市", "city", word)?;
    let place =
        answer(ctx, args.place.as_deref(), "--place", "行政区划（六位）", "place, six digits", six_digits)?;
    let clause =
        answer(ctx, args.clause.as_deref(), "--clause", "停机时间所在条款", "clause of the stop", word)?;
    let (zh, en) = ("停机开始时间", "when the stop begins");
    let suspended = answer(ctx, args.suspended.as_deref(), "--suspended", zh, en, parsed::<Time>)?;
    let (zh, en) = ("预计恢复时间，未定写 announced", "when it is expected to end, or announced");
    let resumes = answer(ctx, args.resumes.as_deref(), "--resumes", zh, en, |text| match text {
        "announced" => Ok(None),
        text => parsed::<Time>(text).map(Some),
    })?;
    let mut routes = Vec::new();
    let given = [&args.outpatient, &args.inpatient, &args.purchase, &args.filing];
    for (kind, given) in Kind::ALL.iter().zip(given) {
        let flag = format!("--{}", kind.id());
        let zh = format!("{}怎么处理（补录结算、退费重结……）", kind.label(crate::text::Lang::Zh));
        let en = format!("way back of {} records (backfill, resettle…)", kind.id());
        routes.push((*kind, answer(ctx, given.as_deref(), &flag, &zh, &en, parsed::<Route>)?));
    }
    let draft = Draft { id, title, city, place, clause, suspended, resumes, routes };
    write(ctx, args, &draft.toml())?;
    Ok(Exit::Done)
}

/// The answer of a flag, or of the person at the terminal, asked again until it does.
fn answer<T, E: Explain + 'static>(
    ctx: &mut Ctx,
    given: Option<&str>,
    flag: &str,
    zh: &str,
    en: &str,
    read: impl Fn(&str) -> Result<T, E>,
) -> Result<T, Failure> {
    if let Some(text) = given {
        return read(text.trim()).map_err(Failure::usage);
    }
    while let Some(text) = ctx.ask(&format!("{zh}："), &format!("{en}: "))? {
        match read(&text) {
            Ok(value) => return Ok(value),
            Err(error) => {
                let lang = ctx.lang;
                writeln!(ctx.err, "  {} {}", error.what(lang), error.hint(lang))?;
            }
        }
    }
    let missing = Says::new(format!("缺少 {flag}"), format!("{flag} is missing"));
    Err(Failure::usage(missing.hint(zh, format!("give the {en}"))))
}

fn parsed<T: FromStr>(text: &str) -> Result<T, T::Err> {
    text.parse()
}

fn six_digits(text: &str) -> Result<String, Says> {
    let plain = text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit());
    if plain { Ok(text.to_owned()) } else { Err(Says::new("应为六位数字", "six digits are asked for")) }
}

/// Never over a file that is there.
fn write(ctx: &mut Ctx, args: &NewArgs, text: &str) -> Result<(), Failure> {
    let path = shown(&args.file);
    let made = OpenOptions::new().write(true).create_new(true).open(&args.file);
    let mut file = made.map_err(|error| {
        let says = Says::new(format!("无法新建 {path}：{error}"), format!("{path} cannot be made: {error}"));
        Failure::conflict(says.hint("换一个文件名", "choose another name"))
    })?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    ctx.remark(
        &format!("已写出 {path}；对照原文继续写，再用 guazhang notice check {path} 检查"),
        &format!("{path} is written; go on with the text at hand, then run guazhang notice check {path}"),
    )
}
