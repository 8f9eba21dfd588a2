//! The parts of the page: each a picture where there is one, and the tables that have its numbers.

use super::{figures, levels, open as one_by_one, summary as totals_of};
use crate::cli::{Ctx, Failure, batch, discrepancy, refund};
use crate::domain::{EventKind, Money, Nearness, Stage};
use crate::report::page::{Page, Section};
use crate::report::picture::{self, Bar, Hour, Left, Picture, Span, Step, Tone};
use crate::store::{Books, Total};
use crate::text::{Label, Lang};
use crate::work::figures::{
    DayOfRegister, Downtime, by_age, by_amount, by_due, by_operator, by_phase, by_reason, by_route,
    days_of_register, downtime, since_last_report,
};
use crate::work::{self, Law, Unreconciled, Wanted};

/// Stages on the way from open to done, and those that stand aside.
const WAY: [Stage; 5] = [Stage::Pending, Stage::Exported, Stage::Settled, Stage::Refunded, Stage::Cleared];
const ASIDE: [Stage; 4] = [Stage::Rejected, Stage::Held, Stage::HandedOver, Stage::Void];

/// Columns of the register that follow from others on the page, which has to fit A4.
const LEFT_TO_CSV: &[&str] = &["days_open", "state", "bucket", "first_run", "last_run"];

/// Everything that the books say as of now.
pub(super) fn page(ctx: &Ctx, books: &Books<'_>, law: &Law, reveal: bool) -> Result<Page, Failure> {
    let lang = ctx.lang;
    let facilities: Vec<String> =
        books.facilities()?.into_iter().map(|facility| format!("{} {}", facility.0, facility.1)).collect();
    let notices: Vec<&str> = law.notices().iter().map(crate::notice::Notice::id).collect();
    let facts = vec![
        (lang.pick("机构", "facility").to_owned(), facilities.join(lang.pick("、", ", "))),
        (lang.pick("通告", "notice").to_owned(), notices.join(" ")),
        (lang.pick("截至", "as of").to_owned(), ctx.now.short()),
    ];
    let mut page = Page::new(lang, lang.pick("挂账报告", "Report of what was kept on account"), facts);
    let refunds = work::owed(books, law, ctx.now)?;
    page.add(summary(ctx, books)?);
    let entries = work::unreconciled_beside(books, law, ctx.now, &refunds)?;
    page.add(open(ctx, books, &entries, reveal)?);
    page.add(ageing(lang, &entries));
    let found = work::levels(books, law, ctx.now)?;
    page.add(
        Section::new("bridge", lang.pick("对账桥", "Bridge"), lang.pick(
            "账本合计如何变成平台合计：分月、分去向、分机构，每一分都有名目。",
            "How the ledger's total becomes the platform's, by month, way back and facility; every fen has a name.",
        ))
        .table(lang.pick("对账桥", "bridge"), levels::bridge_sheet(&found, lang), "guazhang report bridge --format csv")
        .table(lang.pick("控制总数", "control totals"), levels::control_sheet(&found, lang), "guazhang report control --format csv"),
    );
    let owed = refund::sheet(books, &refunds, reveal)?;
    page.add(
        Section::new(
            "refunds",
            lang.pick("退费", "Refunds"),
            lang.pick(
                "应退未退与已退，逐笔列出。",
                "What is owed to patients and what was paid back, one by one.",
            ),
        )
        .table(lang.pick("应退未退", "owed"), owed, "guazhang report owed --format csv")
        .table(
            lang.pick("已退", "paid"),
            figures::paid(&books.paid_refunds()?, lang),
            "guazhang report refunds --format csv",
        ),
    );
    page.add(
        Section::new("batches", lang.pick("批次与回执", "Batches and answers"), "")
            .table(
                lang.pick("批次", "batches"),
                batch::list_sheet(books)?,
                "guazhang report batches --format csv",
            )
            .table(
                lang.pick("回执", "answers"),
                figures::answers(&books.answers()?, lang),
                "guazhang report answers --format csv",
            ),
    );
    page.add(register(ctx, books, law, reveal)?);
    let since = since_last_report(books)?;
    page.add(
        Section::new("changes", lang.pick("与上次报告相比", "Since the last report"), "")
            .table(
                lang.pick("各阶段增减", "stages"),
                figures::changes(&since, lang),
                "guazhang report changes --format csv",
            )
            .table(
                lang.pick("期间事件", "events since"),
                figures::events(&since),
                "guazhang audit log --format csv",
            ),
    );
    let seen = books.events_of(EventKind::Revealed)?;
    page.add(
        Section::new("identities", lang.pick("谁查看过身份信息", "Who looked at identities"), "").table(
            lang.pick("查看记录", "shown in full"),
            figures::identities(&seen, lang),
            "guazhang report identities --format csv",
        ),
    );
    // Its table by hour is long, so it comes last.
    page.add(the_downtime(lang, &downtime(books, law, ctx.now)?));
    Ok(page)
}

fn summary(ctx: &Ctx, books: &Books<'_>) -> Result<Section, Failure> {
    let lang = ctx.lang;
    let sheet = totals_of::sheet(books, work::owed_in_all(books)?, lang)?;
    Ok(Section::new(
        "summary",
        lang.pick("总况", "Summary"),
        lang.pick(
            "每条记录都在其中一格；金额为总费用。",
            "Every record stands in one box; amounts are total costs.",
        ),
    )
    .picture(flow(lang, &books.summary()?))
    .table(
        lang.pick("按阶段", "by stage"),
        figures::stages(&books.by_stage()?),
        "guazhang report stages --format csv",
    )
    .table(
        lang.pick("按机构、类别、阶段", "by facility, kind and stage"),
        sheet,
        "guazhang report summary --format csv",
    ))
}

fn flow(lang: Lang, totals: &[Total]) -> Picture {
    let of = |stage: Stage, tone: Tone| {
        let own = || totals.iter().filter(move |total| total.stage == stage);
        let count: i64 = own().map(|total| total.count).sum();
        let sum: Money = own().map(|total| total.total).sum();
        picture::Box {
            label: stage.label(lang).to_owned(),
            count: format!("{count} {}", lang.pick("笔", if count == 1 { "record" } else { "records" })),
            amount: format!("{sum} {}", lang.pick("元", "yuan")),
            fen: sum.fen(),
            tone,
        }
    };
    let way: Vec<picture::Box> = WAY
        .iter()
        .map(|stage| of(*stage, if *stage == Stage::Cleared { Tone::Green } else { Tone::Blue }))
        .collect();
    let aside: Vec<picture::Box> = ASIDE
        .iter()
        .map(|stage| {
            let tone = match stage {
                Stage::Rejected => Tone::Red,
                Stage::HandedOver => Tone::Purple,
                _ => Tone::Grey,
            };
            of(*stage, tone)
        })
        .collect();
    let title = lang.pick("记录的去向", "The way of the records");
    let said = |one: &picture::Box| format!("{} {} {}", one.label, one.count, one.amount);
    let says: Vec<String> = way.iter().chain(&aside).map(said).collect();
    picture::flow(title, &says.join("; "), &way, &aside)
}

fn the_downtime(lang: Lang, found: &Downtime) -> Section {
    let title = lang.pick("停机时间轴", "The downtime");
    let says = lang.pick(
        "底色为停机期，竖线为停机与恢复，编号见下表；柱为每小时发生的记录数，超过十五天时为每天。",
        "The shade is the stop, the lines are stops and resumptions as numbered below, the bars records by hour, or by day where it is longer than fifteen days.",
    );
    let section = Section::new("downtime", title, says);
    let section = match found.span() {
        None => section,
        Some(span) => {
            let hours: Vec<Hour> =
                found.hours.iter().map(|(at, count, _)| Hour { at: *at, count: *count }).collect();
            let spans: Vec<Span> =
                found.stops.iter().map(|stop| Span { from: stop.from, to: stop.to }).collect();
            let steps: Vec<Step> = (1..)
                .zip(&found.steps)
                .filter_map(|(number, step)| Some(Step { number, at: step.at? }))
                .collect();
            section.picture(picture::timeline(
                title,
                says,
                span,
                &hours,
                &spans,
                &steps,
                lang.pick("笔", "records"),
            ))
        }
    };
    section
        .table(
            lang.pick("停机与恢复", "stops and resumptions"),
            figures::steps(found, lang),
            "guazhang notice timeline --format csv",
        )
        .table(
            lang.pick("每天记录", "records by day"),
            figures::days(found),
            "guazhang report downtime --by day --format csv",
        )
        .table(
            lang.pick("每小时记录", "records by hour"),
            figures::hours(found),
            "guazhang report downtime --format csv",
        )
}

fn open(ctx: &Ctx, books: &Books<'_>, entries: &[Unreconciled], reveal: bool) -> Result<Section, Failure> {
    let lang = ctx.lang;
    Ok(Section::new(
        "unreconciled",
        lang.pick("未对平", "Unreconciled"),
        lang.pick(
            "逾期在前，其次金额大者、时间久者。",
            "Overdue first, then the most money, then the oldest.",
        ),
    )
    .table(
        lang.pick("按原因", "by reason"),
        figures::reasons(&by_reason(entries), lang),
        "guazhang report reasons --format csv",
    )
    .table(
        lang.pick("按去向", "by way back"),
        figures::routes(&by_route(entries)),
        "guazhang report routes --format csv",
    )
    .table(
        lang.pick("按操作员", "by operator"),
        figures::operators(&by_operator(entries)),
        "guazhang report operator --format csv",
    )
    .table(
        lang.pick("逐笔", "one by one"),
        one_by_one::sheet(ctx, books, entries, reveal)?,
        "guazhang report unreconciled --format csv",
    ))
}

fn ageing(lang: Lang, entries: &[Unreconciled]) -> Section {
    let due = by_due(entries);
    let bars: Vec<Bar> = due
        .iter()
        .map(|(band, group)| Bar {
            label: band.label(lang).to_owned(),
            value: group.count,
            words: format!(
                "{} {}  {} {}",
                group.count,
                lang.pick("项", "items"),
                group.total,
                lang.pick("元", "yuan")
            ),
            tone: match band {
                Nearness::Overdue => Tone::Red,
                Nearness::DueSoon => Tone::Orange,
                Nearness::InTime => Tone::Blue,
                Nearness::NoDeadline => Tone::Grey,
            },
        })
        .collect();
    let title = lang.pick("按期限的未对平", "Unreconciled by deadline");
    let says: Vec<String> = bars.iter().map(|bar| format!("{} {}", bar.label, bar.words)).collect();
    Section::new("ageing", lang.pick("账龄与期限", "Ageing"), "")
        .picture(picture::bars(title, &says.join("; "), &bars))
        .table(
            lang.pick("按期限", "by deadline"),
            figures::deadlines(&due),
            "guazhang report deadlines --format csv",
        )
        .table(
            lang.pick("按账龄", "by age"),
            figures::ageing(&by_age(entries), lang),
            "guazhang report ageing --format csv",
        )
        .table(
            lang.pick("按金额", "by money"),
            figures::amounts(&by_amount(entries)),
            "guazhang report amounts --format csv",
        )
}

fn register(ctx: &Ctx, books: &Books<'_>, law: &Law, reveal: bool) -> Result<Section, Failure> {
    let lang = ctx.lang;
    let days: Vec<DayOfRegister> = days_of_register(books, ctx.now)?;
    let left: Vec<Left> = days.iter().map(|day| Left { day: day.day, open: day.open }).collect();
    let title = lang.pick("问题台账的消长", "Open breaks at the end of each day");
    let section = Section::new("register", lang.pick("问题台账", "Register"), "");
    let section = match days.last() {
        None => section,
        Some(last) => {
            let says = format!("{title}: {} {}", last.day, last.open);
            section.picture(picture::burn_down(title, &says, &left))
        }
    };
    let wanted = Wanted { all: true, ..Wanted::default() };
    let entries = work::register(books, law, ctx.now, &wanted)?;
    Ok(section
        .table(
            lang.pick("按进度", "by phase"),
            figures::phases(&by_phase(&entries)),
            "guazhang report phases --format csv",
        )
        .table(
            lang.pick("台账", "register"),
            discrepancy::aged_sheet(ctx, books, &entries, reveal)?.without(LEFT_TO_CSV),
            "guazhang break list --all --format csv",
        )
        .table(
            lang.pick("每日消长", "day by day"),
            figures::register_days(&days),
            "guazhang report register --format csv",
        ))
}
