//! `guazhang check`: named checks of the ledger's file, each with its remedy.
//!
//! What is checked stands in `store`; here is what it means and what to do.

use crate::cli::{Ctx, Exit, Failure, ledger};
use crate::closed_list;
use crate::report::{Cell, Column, Sheet};
use crate::store::{Found, Gravity, examine, is_bare};
use crate::text::{Explain, Lang, Words};

/// Check the ledger's file without changing it
///
/// Exit code 3 where something is to be done, 6 where the ledger does not agree with itself.
#[derive(clap::Args, Debug)]
pub(super) struct CheckArgs {}

closed_list! {
    /// How a check ended.
    Outcome as "outcome" {
        Well = "ok", "正常", "ok";
        Remark = "remark", "说明", "remark";
        Finding = "finding", "待处理", "finding";
        Fault = "fault", "故障", "fault";
        Skipped = "skipped", "未查", "skipped";
    }
}

/// Columns of everything that is checked, also by `doctor`.
pub(super) const COLUMNS: &[Column] = &[
    Column::code("check", "检查", "check"),
    Column::code("outcome", "结果", "outcome"),
    Column::text("found", "情况", "found"),
    Column::text("remedy", "办法", "what to do"),
];

pub(super) fn run(ctx: &mut Ctx, _: &CheckArgs) -> Result<Exit, Failure> {
    let found = examine(&ctx.ledger, ctx.now)?;
    let mut sheet = Sheet::new(COLUMNS);
    for (check, found) in &found {
        let lang = ctx.lang;
        sheet.row([
            Cell::word(check),
            Cell::word(&outcome(found)),
            Cell::text(said(found, lang)),
            Cell::text(remedy(found).pick(lang)),
        ]);
    }
    let worst = found.iter().map(|(_, found)| found.gravity()).max().unwrap_or(Gravity::Well);
    sheet.extra("ledger", ctx.ledger.display().to_string());
    sheet.extra("sound", worst < Gravity::Fault);
    ctx.print(&sheet)?;
    if is_bare(&ctx.ledger).unwrap_or(false) {
        ledger::say_open(ctx)?;
    }
    Ok(match worst {
        Gravity::Well => Exit::Done,
        Gravity::Finding => Exit::Findings,
        Gravity::Fault => Exit::Integrity,
    })
}

fn outcome(found: &Found) -> Outcome {
    match (found, found.gravity()) {
        (Found::Skipped, _) => Outcome::Skipped,
        (Found::NoReserve, _) => Outcome::Remark,
        (_, Gravity::Well) => Outcome::Well,
        (_, Gravity::Finding) => Outcome::Finding,
        (_, Gravity::Fault) => Outcome::Fault,
    }
}

/// What was found, in words; nothing where all is well.
fn said(found: &Found, lang: Lang) -> String {
    let zh = lang == Lang::Zh;
    let list = |texts: Vec<String>| shortened(&texts, lang);
    match found {
        Found::Well | Found::Skipped => String::new(),
        Found::Counted { records, events, batches, settlements, census } if zh => {
            format!("记录 {records}，事件 {events}，批次 {batches}，结算明细 {settlements}，在院 {census}")
        }
        Found::Counted { records, events, batches, settlements, census } => format!(
            "{records} records, {events} events, {batches} batches, {settlements} settlements, {census} in the census"
        ),
        Found::NotALedger => lang.pick("不是挂账账本", "not a guazhang ledger").to_owned(),
        Found::OtherVersion { version, ours } if zh => format!("结构版本 {version}，本程序使用 {ours}"),
        Found::OtherVersion { version, ours } => format!("schema {version}; this program keeps {ours}"),
        Found::Broken(lines) => list(lines.clone()),
        Found::Strays(tables) => list(tables.iter().map(|(table, rows)| format!("{table} {rows}")).collect()),
        Found::Differs(objects) => list(objects.clone()),
        Found::Faults(faults) => list(faults.iter().map(|fault| fault.what(lang)).collect()),
        Found::LargeLog(bytes) | Found::Reserve(bytes) => format!("{} MiB", bytes >> 20),
        Found::NoReserve => lang.pick("没有", "none").to_owned(),
        Found::Left(files) => list(files.iter().map(|file| file.display().to_string()).collect()),
        Found::Unfinished(batches) => list(batches.iter().map(|id| format!("B{id}")).collect()),
        Found::NoBackup { events } if zh => format!("从未备份，已有 {events} 个事件"),
        Found::NoBackup { events } => format!("none yet, after {events} events"),
        Found::OldBackup { at, events } | Found::Backup { at, events } if zh => {
            format!("最近一次 {}，此后 {events} 个事件", at.short())
        }
        Found::OldBackup { at, events } | Found::Backup { at, events } => {
            format!("last one {}, {events} events since", at.short())
        }
    }
}

/// The first few of a list; JSON is no place for a thousand either, `audit verify` has them all.
pub(super) fn shortened(texts: &[String], lang: Lang) -> String {
    const SHOWN: usize = 5;
    let said = texts.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(lang.pick("；", "; "));
    match (texts.len().saturating_sub(SHOWN), lang) {
        (0, _) => said,
        (rest, Lang::Zh) => format!("{said}……另有 {rest} 处"),
        (rest, Lang::En) => format!("{said} ... and {rest} more"),
    }
}

/// What to do about it.
fn remedy(found: &Found) -> Words {
    match found {
        Found::Well | Found::Counted { .. } | Found::Backup { .. } | Found::Reserve(_) | Found::Skipped => {
            Words::default()
        }
        Found::NoReserve => Words::new(
            "磁盘满时没有余地；腾出空间，下次打开账本时预留",
            "nothing to fall back on when the disk is full; free some space, it is made when the ledger is opened",
        ),
        Found::NotALedger => Words::new(
            "检查 --ledger 所指的文件；若确是账本，由备份恢复",
            "see which file --ledger names; if it was the ledger, restore a backup",
        ),
        Found::OtherVersion { version, ours } if version > ours => {
            Words::new("更新程序", "update the program")
        }
        Found::OtherVersion { .. } => Words::new(
            "先备份该文件，再用任一命令打开以升级",
            "keep a copy of the file, then open it with any command to bring it forward",
        ),
        Found::Broken(_) | Found::Strays(_) => Words::new(
            "停止使用并保留此文件；restore 恢复最近备份，或 repair --out 重建可读部分",
            "stop using it and keep the file; restore the last backup, or rebuild what can be read with repair --out",
        ),
        Found::Differs(_) => Words::new(
            "有其他程序改过表结构；保留此文件，恢复最近备份",
            "another program changed the tables; keep the file and restore the last backup",
        ),
        Found::Faults(_) => Words::new(
            "运行 audit verify 查看全部；保留此文件，与备份核对",
            "see all of it with audit verify; keep the file and compare it with a backup",
        ),
        Found::LargeLog(_) => {
            Words::new("关闭所有窗口后再打开一次账本", "close every window, then open the ledger once")
        }
        Found::Left(_) => Words::new("确认没有窗口在使用后删除", "delete them when no window is at work"),
        Found::Unfinished(_) => Words::new(
            "用 batch again 编号 --out 文件夹 完成，或 batch cancel 撤回",
            "finish them with batch again ID --out DIR, or take them back with batch cancel",
        ),
        Found::NoBackup { .. } | Found::OldBackup { .. } => {
            Words::new("运行 guazhang backup 文件夹/", "run guazhang backup FOLDER/")
        }
    }
}
