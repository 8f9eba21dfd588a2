//! `guazhang desk`: the cashier's full screen, or the same questions line by line.
//!
//! The screen itself is another front, handed in by the binary; here is what it
//! is given: the ledger, the clock, the operator, and how to behave.

use crate::cli::ask::{self, Prompts};
use crate::cli::{Ctx, Exit, Failure, Says, ctx, founding, ledger};
use crate::domain::{Actor, Kind, Time};
use crate::intake::{self, CatalogueEntry};
use crate::store::{Added, Ledger};
use crate::text::{Explain, Label, Lang, UnknownWord};
use crate::work::counter::{Counter, Manner};
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

/// Write records down as patients come, on a screen made for a counter
///
/// What is typed keeps itself as a draft. See docs/desk.md for the keys.
#[derive(clap::Args, Debug)]
pub(super) struct DeskArgs {
    /// Ask line by line instead, for plain terminals and screen readers
    #[arg(long)]
    plain: bool,

    /// Lock the screen after so long without a key, as 5m or 30s; 0 never
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = seconds)]
    lock_after: u64,

    /// Departments, doctors and diagnoses to choose from: a CSV of what, code and name
    #[arg(long, value_name = "FILE")]
    catalogue: Option<PathBuf>,
}

impl DeskArgs {
    /// What holds where no flag is given.
    pub(super) fn usual() -> DeskArgs {
        DeskArgs { plain: false, lock_after: 300, catalogue: None }
    }
}

/// Reads `5m`, `30s`, or minutes alone.
fn seconds(text: &str) -> Result<u64, UnknownWord> {
    let text = text.trim();
    let unknown = || UnknownWord { what: "lock-after", text: text.to_owned(), known: vec!["5m", "30s", "0"] };
    let (number, unit) = match (text.strip_suffix('s'), text.strip_suffix('m')) {
        (Some(number), _) => (number, 1),
        (None, Some(number)) => (number, 60),
        (None, None) => (text, 60),
    };
    number.parse::<u32>().map(|count| u64::from(count) * unit).map_err(|_| unknown())
}

pub(super) fn run(ctx: &mut Ctx, args: &DeskArgs) -> Result<Exit, Failure> {
    let Some(screen) = ctx.screen.filter(|_| ctx.asks && io::stdout().is_terminal()) else {
        let says = Says::new("desk 需要终端", "desk needs a terminal");
        return Err(Failure::usage(says.hint(
            "没有终端时用 guazhang add KIND --stdin 或 import records",
            "without one use guazhang add KIND --stdin, or import records",
        )));
    };
    let catalogue =
        args.catalogue.as_deref().map(|path| catalogue(ctx, path)).transpose()?.unwrap_or_default();
    if !ctx.ledger.exists() && !founding::made(ctx)? {
        return Ok(Exit::Done);
    }
    let (mut book, law) = ledger::unlocked(ctx)?;
    let clock = clock_of(ctx);
    let mut counter = Counter::open(&mut book, &law, &ctx.operator, &clock, &catalogue)?;
    let dumb = ctx::variable("TERM").is_some_and(|term| term == "dumb");
    if args.plain || dumb {
        return line_by_line(ctx, &mut counter);
    }
    let unlock = unlock_of(ctx);
    let manner = Manner {
        lang: ctx.lang,
        colour: ctx::variable("NO_COLOR").is_none(),
        lock_after: args.lock_after,
        unlock: &unlock,
    };
    screen(&mut counter, &manner)?;
    Ok(Exit::Done)
}

/// A counter stays open all day, so it asks the clock each time, unless a time was given to stand for now.
fn clock_of(ctx: &Ctx) -> impl Fn() -> Time + use<> {
    let given = ctx.frozen.then_some(ctx.now);
    move || given.unwrap_or_else(ctx::clock)
}

/// Whether what is typed at a locked screen opens the ledger for this operator. It is asked in a window of its own, so
/// that a wrong passphrase is on record like any other.
fn unlock_of(ctx: &Ctx) -> impl Fn(&str) -> bool + use<> {
    let (path, operator, clock) = (ctx.ledger.clone(), ctx.operator.clone(), clock_of(ctx));
    move |typed| {
        let actor = Actor { operator: operator.clone(), at: clock() };
        Ledger::open(&path).is_ok_and(|mut ledger| ledger.unlock(&actor, Some(typed)).is_ok())
    }
}

fn catalogue(ctx: &Ctx, path: &Path) -> Result<Vec<CatalogueEntry>, Failure> {
    let bytes = ctx.read(path)?;
    let path = path.to_owned();
    intake::catalogue(&bytes).map_err(|error| Failure::refused(ctx::In { path, error }))
}

/// One record after the other, until the kind is answered with nothing.
fn line_by_line(ctx: &mut Ctx, counter: &mut Counter<'_>) -> Result<Exit, Failure> {
    use std::io::Write;
    ctx.out.flush()?;
    let (mut stdin, mut out) = (io::stdin().lock(), io::stdout());
    let mut prompts = Prompts::new(&mut stdin, &mut out, ctx.lang);
    while let Some(kind) = kind(&mut prompts)? {
        let cells = ask::record(counter, &mut prompts, kind, &[])?;
        let look = counter.look(&cells, &[]);
        let draft = match look.draft {
            Ok(draft) => draft,
            Err(error) => {
                prompts.say(&error.what(ctx.lang))?;
                continue;
            }
        };
        if let Some(twice) = counter.twice(&draft.record, None)? {
            prompts.say(&format!(
                "{}{}{}",
                twice.what(ctx.lang),
                ctx.lang.pick("；", "; "),
                twice.hint(ctx.lang)
            ))?;
        }
        let yes = prompts.yes("写入账本？（Y/n）", "write it down? (Y/n) ", true)?;
        if !yes {
            prompts.say(ctx.lang.pick("没有写入", "nothing was written"))?;
            continue;
        }
        match counter.save(&draft, None) {
            Ok(Added::New(number) | Added::Known(number) | Added::Differs(number)) => {
                let standing = counter.standing()?;
                prompts.say(&match ctx.lang {
                    Lang::Zh => format!("{number} 已写入；今日 {} 笔 {}", standing.count, standing.sum),
                    Lang::En => format!("{number} written; today {} for {}", standing.count, standing.sum),
                })?;
            }
            Err(error) => prompts.say(&format!(
                "{}{}{}",
                error.what(ctx.lang),
                ctx.lang.pick("；", "; "),
                error.hint(ctx.lang)
            ))?,
        }
    }
    Ok(Exit::Done)
}

/// The kind of the next record; nothing ends.
fn kind(prompts: &mut Prompts<'_>) -> Result<Option<Kind>, Failure> {
    let lang = prompts.lang();
    let each = Kind::ALL.iter().enumerate().map(|(at, kind)| format!("{} {}", at + 1, kind.label(lang)));
    let list = each.collect::<Vec<_>>().join(lang.pick("，", ", "));
    loop {
        let ask = match lang {
            Lang::Zh => format!("类别（{list}，回车结束）："),
            Lang::En => format!("kind ({list}, Enter ends): "),
        };
        // Whoever closes the input has finished.
        let Some(answer) = prompts.line(&ask)? else { return Ok(None) };
        if answer.is_empty() {
            return Ok(None);
        }
        let by_number =
            answer.parse::<usize>().ok().and_then(|at| Kind::ALL.get(at.checked_sub(1)?)).copied();
        match by_number.or_else(|| answer.parse().ok()) {
            Some(kind) => return Ok(Some(kind)),
            None => prompts.say(lang.pick("请写序号或类别", "write its number or its name"))?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_while_in_minutes_or_seconds() {
        #[rustfmt::skip] // the columns are the point
        let cases = [("5m", Some(300)), ("30s", Some(30)), ("2", Some(120)), ("0", Some(0)), ("x", None), ("-1", None), ("", None)];
        for (text, want) in cases {
            assert_eq!(seconds(text).ok(), want, "{text}");
        }
    }
}
