//! `guazhang hub report`: what the city amounts to, as tables or as one page with a picture of it.
//!
//! The questions are asked in `hub`, all of one moment; here they become sheets. It reads with the rights that the
//! database gives, needs no key and shows nobody's name in full.

use super::{At, report_page};
use crate::cli::{Ctx, Exit, Failure, new_file};
use crate::closed_list;
use crate::domain::{AgeBucket, Money, Verdict, known_refusal, refusal};
use crate::hub::{CityFigures, FacilityFigures, Founding, Hub, StageGroup, Tally};
use crate::report::{Card, Cell, Column, Format, Sheet};
use crate::text::Lang;
use crate::work::city::CityError;
use std::path::{Path, PathBuf};

/// What the whole city amounts to: open money, ages, refusals, who has not handed in, double claims
///
/// Money is what records cost. Open is what its window has neither settled nor paid back, cleared or voided; left is
/// what of it the last reconciliation did not find on the platform either.
#[derive(clap::Args, Debug)]
pub(super) struct ReportArgs {
    #[command(flatten)]
    at: At,
    /// Which table: facilities, stages, ageing, verdicts, refusals, hand-ins or double-claims
    #[arg(long, value_name = "PART", default_value = "facilities", conflicts_with = "out")]
    part: Part,
    /// Show the first N rows; by default 20 of facilities, hand-ins and claims in a table, all of them as JSON or CSV
    #[arg(long, value_name = "N")]
    top: Option<usize>,
    /// Write everything as one page with a picture of the city; a file that is there is not overwritten
    #[arg(long, value_name = "FILE.html")]
    out: Option<PathBuf>,
}

closed_list! {
    /// A table of the report.
    Part as "part" {
        Facilities = "facilities", "各机构", "facilities";
        Stages = "stages", "进度", "stages";
        Ageing = "ageing", "账龄", "ageing";
        Verdicts = "verdicts", "对账结论", "verdicts";
        Refusals = "refusals", "拒绝原因", "refusals";
        HandIns = "hand-ins", "交包情况", "hand-ins";
        DoubleClaims = "double-claims", "一人两处", "double claims";
    }
}

/// Rows of a table on a terminal where nobody says how many.
const FIRST: usize = 20;
/// Places of one double claim that people are shown; programs get all of them.
pub(super) const PLACES: usize = 6;

pub(super) fn report(ctx: &mut Ctx, args: &ReportArgs) -> Result<Exit, Failure> {
    let (founding, figures) = asked(ctx, &args.at)?;
    if let Some(path) = &args.out {
        return page(ctx, &founding, &figures, path);
    }
    let table = ctx.format == Format::Table;
    let top = args.top.unwrap_or(if table { FIRST } else { usize::MAX });
    let mut sheet = match args.part {
        Part::Facilities => facilities(&figures, top),
        Part::Stages => stages(&figures),
        Part::Ageing => ageing(&figures),
        Part::Verdicts => verdicts(&figures),
        Part::Refusals => refusals(&figures, ctx.lang),
        Part::HandIns => hand_ins(&figures, top),
        Part::DoubleClaims => doubles(&figures, top, if table { PLACES } else { usize::MAX }),
    };
    for line in told(&figures, ctx.lang) {
        sheet.note(line);
    }
    extras(&mut sheet, &founding, &figures);
    sheet.extra("as_of", ctx.now);
    ctx.print(&sheet)?;
    Ok(Exit::Done)
}

fn asked(ctx: &Ctx, at: &At) -> Result<(Founding, CityFigures), CityError> {
    let mut hub = Hub::connect(&at.address()?)?;
    let founding = hub.founding()?;
    Ok((founding, hub.figures(ctx.now)?))
}

fn page(ctx: &mut Ctx, founding: &Founding, figures: &CityFigures, path: &Path) -> Result<Exit, Failure> {
    let page = report_page::page(ctx.lang, founding, figures, ctx.now);
    let data = page.digest()?;
    let lang = ctx.lang;
    let proofs = [
        (lang.pick("数据摘要", "digest of the data"), data.to_string()),
        (lang.pick("制表", "made by"), ctx.operator.clone()),
        (lang.pick("时间", "at"), ctx.now.to_string()),
        (lang.pick("程序", "program"), format!("guazhang {}", env!("CARGO_PKG_VERSION"))),
    ]
    .map(|(name, value)| (name.to_owned(), value));
    let mut bytes = Vec::new();
    page.write(&mut bytes, &proofs)?;
    new_file::put(path, &bytes, lang)?;
    let mut card = Card::new();
    card.fact(Column::text("file", "文件", "file"), Cell::text(path.display().to_string()));
    card.fact(Column::number("bytes", "大小", "bytes"), Cell::count(bytes.len()));
    card.fact(Column::number("facilities", "机构", "facilities"), Cell::count(figures.facilities.len()));
    card.fact(Column::code("data", "数据摘要", "digest of the data"), Cell::text(data.short()));
    ctx.print_card(&card)?;
    Ok(Exit::Done)
}

/// Sums of the city beside the rows, for programs.
fn extras(sheet: &mut Sheet, founding: &Founding, figures: &CityFigures) {
    sheet.extra("hub", &founding.code);
    sheet.extra("facilities", figures.facilities.len());
    sheet.extra("run", figures.run.as_ref().map(|run| run.run));
    sheet.extra("reconciled_at", figures.run.as_ref().map(|run| run.started_at));
    let sums = [
        ("records", "total_fen", figures.sum(|one| one.records)),
        ("open", "open_fen", figures.sum(|one| one.open)),
        ("left", "left_fen", figures.sum(FacilityFigures::left)),
        ("alone", "alone_fen", figures.sum(|one| one.alone)),
    ];
    for (count, fen, tally) in sums {
        sheet.extra(count, tally.count);
        sheet.extra(fen, tally.total);
    }
    sheet.extra("not_handed_in", figures.windows.iter().filter(|one| one.state.is_silent()).count());
    sheet.extra("double_persons", figures.doubles.persons);
    sheet.extra("double_records", figures.doubles.records.count);
    sheet.extra("at_risk_fen", figures.doubles.at_risk);
}

/// The same in words, below a table and on top of the page.
pub(super) fn told(figures: &CityFigures, lang: Lang) -> Vec<String> {
    let (all, open) = (figures.sum(|one| one.records), figures.sum(|one| one.open));
    let (left, alone) = (figures.sum(FacilityFigures::left), figures.sum(|one| one.alone));
    let count = figures.facilities.len();
    let silent = figures.windows.iter().filter(|one| one.state.is_silent()).count();
    let doubles = &figures.doubles;
    let (persons, records, risk) = (doubles.persons, doubles.records.count, doubles.at_risk);
    let run = figures.run.as_ref().map(|run| run.started_at.short());
    match lang {
        Lang::Zh => vec![
            format!("{count} 家机构，记录 {} 笔 {} 元", all.count, all.total),
            format!(
                "未了 {} 笔 {} 元，其中平台上也没有对上 {} 笔 {} 元；平台独有 {} 笔 {} 元",
                open.count, open.total, left.count, left.total, alone.count, alone.total
            ),
            run.map_or_else(|| "尚未对账".to_owned(), |at| format!("结论取自 {at} 的对账")),
            format!("{silent} 处没有交全；{persons} 人的 {records} 笔记录一人两处，涉及 {risk} 元"),
        ],
        Lang::En => vec![
            format!("{count} facilities with {} records of {} yuan", all.count, all.total),
            format!(
                "open {} of {} yuan, of which not on the platform either {} of {}; on the platform alone {} of {}",
                open.count, open.total, left.count, left.total, alone.count, alone.total
            ),
            run.map_or_else(
                || "nothing was reconciled yet".to_owned(),
                |at| format!("verdicts of the reconciliation of {at}"),
            ),
            format!(
                "{silent} have not handed in all; {records} records of {persons} persons in two places, {risk} yuan at risk"
            ),
        ],
    }
}

const FACILITIES: &[Column] = &[
    Column::number("rank", "序", "no"),
    Column::code("code", "机构编码", "facility"),
    Column::text("name", "名称", "name"),
    Column::number("records", "记录", "records"),
    Column::money("total", "金额", "total"),
    Column::number("open", "未了", "open"),
    Column::money("open_total", "未了金额", "open money"),
    Column::money("matched_total", "平台已对上", "on the platform"),
    Column::money("left_total", "尚余金额", "left"),
    Column::number("share", "尚余%", "left %"),
    Column::number("alone", "平台独有", "platform alone"),
    Column::number("filings", "备案", "filings"),
    Column::number("matched", "平台已对上笔数", "records on the platform"),
    Column::number("left", "尚余笔数", "records left"),
    Column::money("alone_total", "平台独有金额", "money on the platform alone"),
    Column::number("settlements", "平台结算", "settlements"),
    Column::money("settlements_total", "平台结算金额", "settled money"),
    Column::number("waiting", "待处理", "waiting"),
    Column::money("waiting_total", "待处理金额", "money waiting"),
    Column::number("sent", "已导出", "sent"),
    Column::money("sent_total", "已导出金额", "money sent"),
    Column::number("stuck", "拒绝或暂缓", "stuck"),
    Column::money("stuck_total", "拒绝或暂缓金额", "money stuck"),
    Column::number("away", "已移交", "away"),
    Column::money("away_total", "已移交金额", "money handed over"),
    Column::number("done", "已了结", "settled"),
    Column::money("done_total", "已了结金额", "money settled"),
    Column::number("void", "已作废", "void"),
    Column::money("void_total", "已作废金额", "money void"),
    Column::number("age_0_1", "0–1天", "0-1 days"),
    Column::money("age_0_1_total", "0–1天金额", "money 0-1 days"),
    Column::number("age_2_3", "2–3天", "2-3 days"),
    Column::money("age_2_3_total", "2–3天金额", "money 2-3 days"),
    Column::number("age_4_7", "4–7天", "4-7 days"),
    Column::money("age_4_7_total", "4–7天金额", "money 4-7 days"),
    Column::number("age_8_15", "8–15天", "8-15 days"),
    Column::money("age_8_15_total", "8–15天金额", "money 8-15 days"),
    Column::number("age_16_30", "16–30天", "16-30 days"),
    Column::money("age_16_30_total", "16–30天金额", "money 16-30 days"),
    Column::number("age_over_30", "30天以上", "over 30 days"),
    Column::money("age_over_30_total", "30天以上金额", "money over 30 days"),
    Column::number("verdict_matched", "已对平", "matched"),
    Column::number("verdict_amount_mismatch", "金额不符", "amount differs"),
    Column::number("verdict_missing", "平台无此单", "missing"),
    Column::number("verdict_duplicate", "重复结算", "settled twice"),
    Column::number("verdict_reversed", "已冲正", "reversed"),
    Column::number("verdict_ambiguous", "候选不唯一", "ambiguous"),
];
/// So many columns are for people; the others are for programs.
const FOR_PEOPLE: usize = 11;

pub(super) fn facilities(figures: &CityFigures, top: usize) -> Sheet {
    let mut sheet = Sheet::new(FACILITIES);
    for (rank, one) in figures.facilities.iter().enumerate().take(top) {
        let left = one.left();
        let mut cells = vec![
            Cell::count(rank + 1),
            Cell::text(&one.code),
            Cell::text(&one.name),
            Cell::Int(one.records.count),
            Cell::Money(one.records.total),
            Cell::Int(one.open.count),
            Cell::Money(one.open.total),
            Cell::Money(one.matched.total),
            Cell::Money(left.total),
            Cell::Int(percent(left.total, one.records.total)),
            Cell::Int(one.alone.count),
            Cell::Int(one.filings.count),
            Cell::Int(one.matched.count),
            Cell::Int(left.count),
            Cell::Money(one.alone.total),
        ];
        let pairs = [one.settlements].into_iter().chain(one.stages).chain(one.ages);
        cells.extend(pairs.flat_map(|tally| [Cell::Int(tally.count), Cell::Money(tally.total)]));
        let of_records =
            Verdict::ALL.iter().zip(one.verdicts).filter(|(verdict, _)| **verdict != Verdict::Extra);
        cells.extend(of_records.map(|(_, tally)| Cell::Int(tally.count)));
        sheet.row(cells);
    }
    sheet.only_in_data(&data_only());
    sheet.spare(&["matched_total", "alone", "total", "name"]);
    sheet
}

/// Columns that are for programs alone.
pub(super) fn data_only() -> Vec<&'static str> {
    FACILITIES.iter().skip(FOR_PEOPLE).map(|column| column.id).collect()
}

/// Whole percent of a sum, rounded up, so that what is left is never nothing.
pub(super) fn percent(part: Money, all: Money) -> i64 {
    if all.fen() <= 0 {
        return 0;
    }
    let (part, all) = (i128::from(part.fen()), i128::from(all.fen()));
    i64::try_from((part * 100 + all - 1) / all).unwrap_or(100).clamp(0, 100)
}

pub(super) fn stages(figures: &CityFigures) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::text("stage", "进度", "stage"),
        Column::number("facilities", "机构", "facilities"),
        Column::number("records", "记录", "records"),
        Column::money("total", "金额", "total"),
    ]);
    for (at, group) in StageGroup::ALL.iter().enumerate() {
        grouped(&mut sheet, Cell::word(group), figures, |one| one.stages[at]);
    }
    sheet
}

fn grouped(sheet: &mut Sheet, word: Cell, figures: &CityFigures, of: impl Fn(&FacilityFigures) -> Tally) {
    let sum = figures.sum(&of);
    let touched = figures.facilities.iter().filter(|one| of(one).count > 0).count();
    sheet.row([word, Cell::count(touched), Cell::Int(sum.count), Cell::Money(sum.total)]);
}

pub(super) fn ageing(figures: &CityFigures) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::text("bucket", "账龄", "age"),
        Column::number("facilities", "机构", "facilities"),
        Column::number("records", "未了", "open"),
        Column::money("total", "未了金额", "open money"),
    ]);
    for (at, bucket) in AgeBucket::ALL.iter().enumerate() {
        grouped(&mut sheet, Cell::word(bucket), figures, |one| one.ages[at]);
    }
    sheet
}

pub(super) fn verdicts(figures: &CityFigures) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::text("verdict", "结论", "verdict"),
        Column::number("facilities", "机构", "facilities"),
        Column::number("records", "笔数", "records"),
        Column::money("total", "金额", "total"),
    ]);
    for (at, verdict) in Verdict::ALL.iter().enumerate() {
        // What the platform has alone is told of its rows; no record has that verdict.
        let of =
            |one: &FacilityFigures| if *verdict == Verdict::Extra { one.alone } else { one.verdicts[at] };
        grouped(&mut sheet, Cell::word(verdict), figures, of);
    }
    sheet
}

pub(super) fn refusals(figures: &CityFigures, lang: Lang) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::code("code", "平台代码", "platform's code"),
        Column::text("meaning", "含义", "meaning"),
        Column::number("facilities", "机构", "facilities"),
        Column::number("records", "记录", "records"),
        Column::money("total", "金额", "total"),
        Column::number("open", "未了", "open"),
        Column::money("open_total", "未了金额", "open money"),
    ]);
    for one in &figures.refusals {
        let known = refusal(&one.code).or_else(|| known_refusal(&one.code));
        sheet.row([
            Cell::text(&one.code),
            Cell::known(known, |known| Cell::text(known.meaning(lang))),
            Cell::Int(one.facilities),
            Cell::Int(one.records.count),
            Cell::Money(one.records.total),
            Cell::Int(one.open.count),
            Cell::Money(one.open.total),
        ]);
    }
    sheet
}

pub(super) fn hand_ins(figures: &CityFigures, top: usize) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::text("state", "状态", "state"),
        Column::code("facility", "机构编码", "facility"),
        Column::text("name", "名称", "name"),
        Column::code("station", "窗口", "station"),
        Column::code("sealed_at", "最近封包", "last sealed"),
        Column::number("days", "天数", "days ago"),
        Column::code("loaded_at", "最近收到", "last received"),
        Column::number("bundles", "交换包", "bundles"),
        Column::number("head", "至事件", "up to event"),
        Column::number("aside", "搁置", "aside"),
        Column::number("quarantined", "隔离", "in quarantine"),
        Column::number("settlements", "平台结算", "settlements"),
        Column::money("settlements_total", "平台结算金额", "settled money"),
    ]);
    let some = |count: i64| if count == 0 { Cell::Empty } else { Cell::Int(count) };
    for one in figures.windows.iter().take(top) {
        sheet.row([
            Cell::word(&one.state),
            Cell::text(&one.code),
            Cell::text(&one.name),
            Cell::text(&one.station),
            Cell::known(one.sealed_at, Cell::Time),
            Cell::known(one.days, Cell::Int),
            Cell::known(one.loaded_at, Cell::Time),
            Cell::Int(one.bundles),
            Cell::Int(one.head),
            some(one.aside),
            some(one.quarantined),
            Cell::Int(one.settlements.count),
            Cell::Money(one.settlements.total),
        ]);
    }
    sheet.spare(&["loaded_at", "head", "settlements", "bundles", "settlements_total", "name"]);
    sheet
}

pub(super) fn doubles(figures: &CityFigures, top: usize, most: usize) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::number("claim", "序", "no"),
        Column::code("day", "日期", "day"),
        Column::text("kind", "类别", "kind"),
        Column::money("total", "每笔金额", "each"),
        Column::number("places", "处数", "places"),
        Column::code("facility", "机构编码", "facility"),
        Column::text("name", "名称", "name"),
        Column::code("number", "记录编号", "record"),
        Column::text("who", "姓名", "who"),
        Column::text("stage", "状态", "stage"),
    ]);
    for (at, claim) in figures.doubles.claims.iter().enumerate().take(top) {
        for place in claim.places.iter().take(most) {
            sheet.row([
                Cell::count(at + 1),
                Cell::Day(claim.day),
                Cell::word(&claim.kind),
                Cell::Money(claim.total),
                Cell::count(claim.places.len()),
                Cell::text(&place.code),
                Cell::text(&place.name),
                Cell::text(&place.number),
                Cell::text(&place.who),
                Cell::word(&place.stage),
            ]);
        }
    }
    sheet.spare(&["name", "kind"]);
    sheet
}
