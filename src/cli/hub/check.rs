//! `guazhang hub check`: named checks of the hub, each with its remedy.
//!
//! What is checked stands in `hub`; here is what it means and what to do.

use super::At;
use crate::cli::check::{COLUMNS, Outcome, shortened};
use crate::cli::{Ctx, Exit, Failure};
use crate::hub::{Hub, HubCheck, HubFound, Spot};
use crate::report::{Cell, Sheet};
use crate::text::{Lang, Words};
use crate::work::city::CityError;

/// Check the hub without changing it: tables, chains, contents, sums, verdicts
///
/// Exit code 3 where something is to be done, 6 where the hub does not agree with itself. All of it is looked at as of
/// one moment, while others load.
#[derive(clap::Args, Debug)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    at: At,
}

pub(super) fn check(ctx: &mut Ctx, args: &CheckArgs) -> Result<Exit, Failure> {
    let address = args.at.address()?;
    let mut hub = Hub::connect(&address).map_err(CityError::from)?;
    let found = hub.examine().map_err(CityError::from)?;
    let mut sheet = Sheet::new(COLUMNS);
    let lang = ctx.lang;
    for (check, found) in &found {
        sheet.row([
            Cell::word(check),
            Cell::word(&outcome(*check, found)),
            Cell::text(said(found, lang)),
            Cell::text(remedy(*check, found).pick(lang)),
        ]);
    }
    let any = |wanted: Outcome| found.iter().any(|(check, found)| outcome(*check, found) == wanted);
    sheet.extra("hub", address.shown());
    sheet.extra("sound", !any(Outcome::Fault));
    ctx.print(&sheet)?;
    Ok(if any(Outcome::Fault) {
        Exit::Integrity
    } else if any(Outcome::Finding) {
        Exit::Findings
    } else {
        Exit::Done
    })
}

fn outcome(check: HubCheck, found: &HubFound) -> Outcome {
    match found {
        HubFound::Well | HubFound::Counted { .. } => Outcome::Well,
        HubFound::Skipped | HubFound::Refused(_) => Outcome::Skipped,
        HubFound::OtherVersion { version, ours } if version < ours => Outcome::Finding,
        HubFound::Stale { .. } | HubFound::Running { .. } => Outcome::Finding,
        HubFound::Spots(_) if check == HubCheck::Waiting => Outcome::Finding,
        HubFound::OtherVersion { .. } | HubFound::Missing(_) | HubFound::Spots(_) => Outcome::Fault,
    }
}

/// What was found, in words; nothing where all is well.
fn said(found: &HubFound, lang: Lang) -> String {
    match (found, lang) {
        (HubFound::Well | HubFound::Skipped, _) => String::new(),
        (HubFound::Counted { facilities, windows, bundles, records, settlements, ahead }, Lang::Zh) => {
            format!(
                "机构 {facilities}，窗口 {windows}，交换包 {bundles}，记录 {records}，结算明细 {settlements}；他窗先说到的记录 {ahead}"
            )
        }
        (HubFound::Counted { facilities, windows, bundles, records, settlements, ahead }, Lang::En) => {
            format!(
                "{facilities} facilities, {windows} windows, {bundles} bundles, {records} records, {settlements} settlements; {ahead} told of before their own window"
            )
        }
        (HubFound::OtherVersion { version, ours }, Lang::Zh) => {
            format!("结构版本 {version}，本程序使用 {ours}")
        }
        (HubFound::OtherVersion { version, ours }, Lang::En) => {
            format!("schema {version}; this program keeps {ours}")
        }
        (HubFound::Missing(names), _) => shortened(names, lang),
        (HubFound::Refused(text), Lang::Zh) => format!("数据库未予回答：{text}"),
        (HubFound::Refused(text), Lang::En) => format!("the database did not answer: {text}"),
        (HubFound::Spots(spots), _) => {
            let spots: Vec<String> = spots.iter().map(|spot| spot_said(spot, lang)).collect();
            shortened(&spots, lang)
        }
        (HubFound::Stale { records }, Lang::Zh) => {
            format!("上次对账后又有装入；{records} 条记录的结论不是现在的")
        }
        (HubFound::Stale { records }, Lang::En) => {
            format!(
                "something was loaded since the last reconciliation; {records} records have no verdict of now"
            )
        }
        (HubFound::Running { run, since }, Lang::Zh) => format!("对账 {run} 自 {} 起未完", since.short()),
        (HubFound::Running { run, since }, Lang::En) => {
            format!("reconciliation {run} is not finished since {}", since.short())
        }
    }
}

fn spot_said(spot: &Spot, lang: Lang) -> String {
    let place = &spot.place;
    match (spot.event, lang) {
        (Some(event), Lang::Zh) => format!("{place} 第 {event} 号事件"),
        (Some(event), Lang::En) => format!("{place} event {event}"),
        (None, Lang::Zh) => format!("{place} 共 {} 处", spot.count),
        (None, Lang::En) => format!("{place} ({})", spot.count),
    }
}

/// What to do about it.
fn remedy(check: HubCheck, found: &HubFound) -> Words {
    match found {
        HubFound::Well | HubFound::Counted { .. } | HubFound::Skipped => Words::default(),
        HubFound::OtherVersion { version, ours } if version > ours => {
            Words::new("更新程序", "update the program")
        }
        HubFound::OtherVersion { .. } => Words::new(
            "先备份数据库，再用 hub load 之类的命令打开以升级",
            "back the database up, then open it with a command such as hub load to bring it forward",
        ),
        HubFound::Refused(_) => Words::new(
            "用有权读取全部表的数据库用户再查一次",
            "check again as a user of the database who may read every table",
        ),
        HubFound::Stale { .. } => Words::new("运行 hub reconcile", "run hub reconcile"),
        HubFound::Running { .. } => Words::new(
            "等它完成；确已中断时运行 hub reconcile --take-over",
            "wait for it; where it was broken off, hub reconcile --take-over",
        ),
        HubFound::Missing(_) | HubFound::Spots(_) => of_check(check),
    }
}

fn of_check(check: HubCheck) -> Words {
    match check {
        HubCheck::Version | HubCheck::Tables => Words::new(
            "有人改过表；由数据库备份恢复，或在空库里 hub init 后重新装入全部交换包",
            "somebody changed the tables; restore a backup of the database, or hub init an empty one and load every bundle again",
        ),
        HubCheck::Facilities | HubCheck::Contents | HubCheck::Files | HubCheck::Attendance => Words::new(
            "有人在库外改过数据或恢复不全；由数据库备份恢复，再重新装入其后的交换包",
            "rows were changed or restored in part from outside; restore a backup of the database, then load the later bundles again",
        ),
        HubCheck::Chains | HubCheck::Sums => Words::new(
            "该窗口的数据不能作准；请机构用 bundle seal --all 重新封包，在恢复后的库里装入",
            "do not rely on this window's rows; have the facility seal everything anew with bundle seal --all, and load it into a restored database",
        ),
        HubCheck::Verdicts | HubCheck::Settlements => Words::new(
            "不要发出答复；重新运行 hub reconcile，再查一次",
            "send no answers; run hub reconcile again and check once more",
        ),
        HubCheck::Waiting => Words::new(
            "搁置的请该窗口补交前面的交换包；隔离的查明哪个账本继续使用，再运行 hub release",
            "have the window hand in what lies before; for two chains find out which ledger goes on, then hub release",
        ),
        HubCheck::Runs | HubCheck::Counts => Words::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_to_be_done_has_a_remedy_in_both_languages() {
        let spot = Spot { place: "H1 A1".to_owned(), event: Some(7), count: 1 };
        let now = "2021-11-02T18:00:00".parse().unwrap();
        let finds = [
            HubFound::OtherVersion { version: 1, ours: 2 },
            HubFound::OtherVersion { version: 2, ours: 1 },
            HubFound::Missing(vec!["record".to_owned()]),
            HubFound::Refused("permission denied".to_owned()),
            HubFound::Spots(vec![spot]),
            HubFound::Stale { records: 3 },
            HubFound::Running { run: 3, since: now },
        ];
        let told = HubCheck::ALL.iter().filter(|check| !matches!(check, HubCheck::Runs | HubCheck::Counts));
        for check in told {
            for found in &finds {
                assert_ne!(outcome(*check, found), Outcome::Well);
                for lang in [Lang::Zh, Lang::En] {
                    assert!(
                        !said(found, lang).is_empty() && !remedy(*check, found).pick(lang).is_empty(),
                        "{found:?}"
                    );
                }
            }
        }
        let of = |check| outcome(check, &finds[4]);
        assert_eq!((of(HubCheck::Waiting), of(HubCheck::Chains)), (Outcome::Finding, Outcome::Fault));
    }

    #[test]
    fn a_long_list_is_shortened() {
        let spots = (1..=8).map(|at| Spot { place: format!("H{at}"), event: None, count: at }).collect();
        let found = HubFound::Spots(spots);
        assert_eq!(said(&found, Lang::En), "H1 (1); H2 (2); H3 (3); H4 (4); H5 (5) ... and 3 more");
        assert!(said(&found, Lang::Zh).ends_with("……另有 3 处"));
    }
}
