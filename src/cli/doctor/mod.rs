//! `guazhang doctor`: is this machine fit to keep a ledger?
//!
//! It looks at what surrounds the ledger (disk, clock, screen, permissions) and
//! says what to do about each finding. The ledger itself is for `check`; here it
//! is only asked whether it opens and what its last event says of the time.

mod clock;
mod disk;
mod screen;

use crate::cli::check::{COLUMNS, Outcome};
use crate::cli::{Ctx, Exit, Failure, crash, ctx, secret};
use crate::domain::Time;
use crate::report::{Cell, Sheet};
use crate::store::{BackupError, StoreError, is_bare, last_time};
use crate::text::{Explain, Lang, Words};

/// Look over this machine: disk, clock, screen, permissions, ledger
///
/// Each finding comes with what to do about it. Exit code 3 where there is one.
#[derive(clap::Args, Debug)]
pub(super) struct DoctorArgs {}

/// One thing that was looked at.
struct Look {
    /// What programs know it by.
    id: &'static str,
    /// What it is called, in Chinese and in English.
    names: [&'static str; 2],
    outcome: Outcome,
    found: Words,
    remedy: Words,
}

impl Look {
    fn new(id: &'static str, zh: &'static str, en: &'static str) -> Look {
        let (found, remedy) = (Words::default(), Words::default());
        Look { id, names: [zh, en], outcome: Outcome::Well, found, remedy }
    }

    /// All is well, and this is how it stands.
    fn well(mut self, zh: impl Into<String>, en: impl Into<String>) -> Look {
        self.found = Words { zh: zh.into(), en: en.into() };
        self
    }

    /// Worth knowing; nothing has to be done.
    fn remark(mut self, found: Words, remedy: Words) -> Look {
        (self.outcome, self.found, self.remedy) = (Outcome::Remark, found, remedy);
        self
    }

    /// Something is to be done.
    fn finding(mut self, found: Words, remedy: Words) -> Look {
        (self.outcome, self.found, self.remedy) = (Outcome::Finding, found, remedy);
        self
    }
}

pub(super) fn run(ctx: &mut Ctx, _: &DoctorArgs) -> Result<Exit, Failure> {
    let last = last_time(&ctx.ledger);
    let looks = [
        disk::folder_look(&ctx.ledger),
        disk::local(&ctx.ledger),
        disk::space(&ctx.ledger),
        disk::permissions(&ctx.ledger),
        disk::temporary(),
        clock::now(ctx.now),
        clock::zone(),
        clock::since_last(&ctx.ledger, last.as_ref().ok().copied().flatten(), ctx.now),
        screen::encoding(),
        screen::size(),
        screen::fonts(),
        encryption(ctx),
        passphrases(),
        crashes(),
        state(ctx, &last),
    ];
    let mut sheet = Sheet::new(COLUMNS);
    for look in &looks {
        sheet.row([
            Cell::Word { id: look.id, zh: look.names[0], en: look.names[1] },
            Cell::word(&look.outcome),
            Cell::text(look.found.pick(ctx.lang)),
            Cell::text(look.remedy.pick(ctx.lang)),
        ]);
    }
    ctx.print(&sheet)?;
    Ok(Exit::findings(looks.iter().filter(|look| look.outcome == Outcome::Finding).count()))
}

/// Whether identities are sealed in the ledger; where there is none that can be read, `ledger` says so.
fn encryption(ctx: &Ctx) -> Look {
    let look = Look::new("encryption", "身份加密", "encryption");
    match is_bare(&ctx.ledger) {
        Ok(false) => look.well("已加密", "identities are sealed"),
        Ok(true) => look.remark(
            Words::new(
                "未加密（--no-encrypt）：身份信息以明文保存，操作员无需口令",
                "not encrypted (--no-encrypt): identities stand bare, and operators need no passphrase",
            ),
            Words::new(
                "机器跑得动时，用不带 --no-encrypt 的 guazhang init 另建一本；至少加密磁盘",
                "where the machine can, go on in a ledger made without --no-encrypt; encrypt the disk at least",
            ),
        ),
        Err(_) => look.well("-", "-"),
    }
}

/// Passphrases that every process of this user can read.
fn passphrases() -> Look {
    let look = Look::new("passphrases", "环境中的口令", "passphrases");
    let set: Vec<&str> = ["GUAZHANG_PASSPHRASE", secret::VARIABLE]
        .into_iter()
        .filter(|name| ctx::variable(name).is_some())
        .collect();
    if set.is_empty() {
        return look.well("环境变量中没有口令", "none in the environment");
    }
    let names = set.join(", ");
    look.remark(
        Words::new(&format!("环境变量中有口令：{names}"), &format!("in the environment: {names}")),
        Words::new(
            "同一用户的程序都能读到；平时宜在终端输入，定时任务宜用只有本人可读的文件",
            "every program of this user can read it; type it instead, or keep it in a file only you may read",
        ),
    )
}

/// Whether a crash would leave what was in memory on the disk.
fn crashes() -> Look {
    let look = Look::new("crash_dumps", "崩溃转储", "crash dumps");
    match crash::leaves_memory() {
        Some(false) => look.well("不写转储文件", "none are written"),
        None => look.remark(
            Words::new("本系统不提供此信息", "this system does not tell"),
            Words::new("关闭系统的崩溃转储", "turn off crash dumps in the settings of the system"),
        ),
        Some(true) => look.finding(
            Words::new(
                "崩溃时内存会写入磁盘，其中有密钥",
                "a crash would write memory to the disk, with keys in it",
            ),
            if cfg!(windows) {
                Words::new(
                    "在注册表的 Windows Error Reporting\\LocalDumps 中排除 guazhang.exe，或删除该项",
                    "remove the key Windows Error Reporting\\LocalDumps, or exclude guazhang.exe there",
                )
            } else {
                Words::new("运行前执行 ulimit -c 0", "run ulimit -c 0 before it")
            },
        ),
    }
}

/// Whether the ledger is there and can be read.
fn state(ctx: &Ctx, last: &Result<Option<Time>, BackupError>) -> Look {
    let look = Look::new("ledger", "账本", "ledger");
    match last {
        Ok(_) => {
            let path = ctx.ledger.display();
            look.well(format!("{path}，详见 guazhang check"), format!("{path}; see guazhang check"))
        }
        Err(error @ BackupError::Store(StoreError::NoLedger { .. })) => {
            look.remark(told(error), advised(error))
        }
        Err(error) => look.finding(told(error), advised(error)),
    }
}

fn told(error: &impl Explain) -> Words {
    Words::said(|lang: Lang| error.what(lang))
}

fn advised(error: &impl Explain) -> Words {
    Words::said(|lang: Lang| error.hint(lang))
}
