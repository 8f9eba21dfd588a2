//! A ledger made by answering: what `init` is given by flags, asked on a terminal.
//!
//! It is for whoever opens the desk where there is no ledger yet, as by a double click. It makes nothing by itself:
//! the answers go to `init`, which refuses what it refuses elsewhere.

use crate::cli::ask::Prompts;
use crate::cli::init::{self, InitArgs, facility_code};
use crate::cli::{Ctx, Failure};
use crate::notice;
use crate::text::Lang;
use std::io::{self, Write as _};
use std::path::Path;

/// Asks whether a ledger is to be made, and makes it; whether there is one now.
///
/// # Errors
/// What `init` refuses, and interrupted where the input ends instead of an answer.
pub(super) fn made(ctx: &mut Ctx) -> Result<bool, Failure> {
    ctx.out.flush()?;
    let (path, lang) = (ctx.ledger.display().to_string(), ctx.lang);
    let Some(args) = asked(&mut Prompts::new(&mut io::stdin().lock(), &mut io::stdout(), lang), &path)?
    else {
        return Ok(false);
    };
    init::run(ctx, &args)?;
    // The recovery code is shown once; the desk would cover it.
    ctx.ask("请抄下恢复码，抄好后按回车", "write the recovery code down, then press Enter")?;
    Ok(true)
}

/// The answers; `None` where no ledger is wanted.
fn asked(prompts: &mut Prompts<'_>, path: &str) -> Result<Option<InitArgs>, Failure> {
    let lang = prompts.lang();
    prompts.say(&match lang {
        Lang::Zh => format!("还没有账本，可以建在 {path}"),
        Lang::En => format!("There is no ledger yet. It can be made at {path}"),
    })?;
    if !prompts.yes("现在建账吗？（Y/n）", "make it now? (Y/n) ", true)? {
        return Ok(None);
    }
    let facility = loop {
        let code = answer(prompts, "机构编码，如 H14090100001：", "code of the facility, as H14090100001: ")?;
        match facility_code(&code) {
            Ok(code) => break code.to_owned(),
            Err(_) => prompts.say(lang.pick("最多 12 位字母或数字", "up to 12 letters and digits"))?,
        }
    };
    let name = answer(prompts, "机构名称：", "name of the facility: ")?;
    let station =
        prompts.line(lang.pick("窗口号 [A1]：", "station [A1]: "))?.ok_or_else(Failure::interrupted)?;
    Ok(Some(InitArgs::answered(facility, name, station, notices(prompts)?)))
}

/// An answer that is not empty.
fn answer(prompts: &mut Prompts<'_>, zh: &str, en: &str) -> Result<String, Failure> {
    loop {
        let line = prompts.line(prompts.lang().pick(zh, en))?.ok_or_else(Failure::interrupted)?;
        if !line.is_empty() {
            return Ok(line);
        }
        prompts.say(prompts.lang().pick("这一项不能为空", "this one must be answered"))?;
    }
}

/// The notices in force, by their places in a list, their ids, or as files. None is an answer: one can be added later.
fn notices(prompts: &mut Prompts<'_>) -> Result<Vec<String>, Failure> {
    let lang = prompts.lang();
    prompts.say(lang.pick("停机通告：", "the notices of a stop:"))?;
    let known: Vec<_> = notice::builtin_ids().filter_map(notice::builtin).collect();
    for (at, notice) in known.iter().enumerate() {
        prompts.say(&format!("  {} {} {}", at + 1, notice.id(), notice.title(lang)))?;
    }
    loop {
        let line = prompts.line(lang.pick(
            "序号、编号或通告文件，多个用逗号分开，回车以后再加：",
            "numbers, ids or files, with commas between; Enter to add them later: ",
        ))?;
        let line = line.ok_or_else(Failure::interrupted)?;
        let words = line.split([',', '，', '、']).map(str::trim).filter(|word| !word.is_empty());
        let chosen: Vec<String> = words
            .map(|word| {
                let by_number =
                    word.parse::<usize>().ok().and_then(|at| known.get(at.checked_sub(1)?)).copied();
                by_number.map_or_else(|| word.trim_matches('"').to_owned(), |notice| notice.id().to_owned())
            })
            .collect();
        match chosen.iter().find(|name| notice::builtin(name).is_none() && !Path::new(name).is_file()) {
            None => return Ok(chosen),
            Some(name) => prompts.say(&match lang {
                Lang::Zh => format!("没有通告“{name}”"),
                Lang::En => format!("there is no notice `{name}`"),
            })?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_is_made_of_the_answers() {
        #[rustfmt::skip] // the columns are the point
        let cases: &[(&str, Option<[&str; 4]>)] = &[
            // what is typed                                   facility, name, station, notices
            ("n\n",                                            None),
            ("\nH14090100001\n示例医院\n\n4\n",                 Some(["H14090100001", "示例医院", "A1", "xinzhou-2021"])),
            ("y\r\n\r\n机构\r\nH1\r\n\r\n药店\r\nb2\r\n9\r\n2， tangshan-2019\r\n",
                                                               Some(["H1", "药店", "b2", "qingdao-2021+tangshan-2019"])),
            ("是\nH1\n药店\n\n\n",                              Some(["H1", "药店", "A1", ""])),
        ];
        for (typed, want) in cases {
            let (mut input, mut out) = (typed.as_bytes(), Vec::new());
            let args = asked(&mut Prompts::new(&mut input, &mut out, Lang::Zh), "guazhang.db");
            let args = args.unwrap_or_else(|_| panic!("{typed} is enough"));
            assert_eq!(
                args.as_ref().map(InitArgs::told),
                want.map(|words| words.map(str::to_owned)),
                "{typed}"
            );
            assert!(String::from_utf8_lossy(&out).contains("guazhang.db"), "{typed}");
        }
    }

    #[test]
    fn an_input_that_ends_makes_nothing() {
        for typed in ["", "y\n", "y\nH1\n", "y\nH1\n药店\n", "y\nH1\n药店\n\n"] {
            let (mut input, mut out) = (typed.as_bytes(), Vec::new());
            let asked = asked(&mut Prompts::new(&mut input, &mut out, Lang::En), "guazhang.db");
            assert!(asked.is_err(), "{typed}");
        }
    }
}
