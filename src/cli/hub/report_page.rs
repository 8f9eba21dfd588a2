//! The page of the city: a picture with every facility in it, and below it the tables that have its numbers.

use super::report::{self, PLACES, percent};
use crate::domain::{AgeBucket, Money, Time};
use crate::hub::{CityFigures, FacilityFigures, Founding};
use crate::report::page::{Page, Section};
use crate::report::picture::{self, Bar, Picture, Shade, Tile, Tone};
use crate::text::{Label as _, Lang};

/// Facilities with their number in the picture.
const RANKED: usize = 12;
/// Up to so many percent left is of a shade; the first is of nothing, the last of all that is more.
const STEPS: [i64; 5] = [0, 5, 20, 50, 80];
/// The shade of a facility that has handed in nothing.
const SILENT: usize = STEPS.len() + 1;

/// Everything of the city, as of `now`.
pub(super) fn page(lang: Lang, founding: &Founding, figures: &CityFigures, now: Time) -> Page {
    let run = figures.run.as_ref().map_or_else(
        || lang.pick("尚未对账", "none yet").to_owned(),
        |run| format!("{}  {}", run.run, run.started_at.short()),
    );
    let facts = [
        (lang.pick("汇总库", "hub"), format!("{} {}", founding.code, founding.name)),
        (lang.pick("截至", "as of"), now.short()),
        (lang.pick("对账", "reconciliation"), run),
        (lang.pick("机构", "facilities"), figures.facilities.len().to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value));
    let title = lang.pick("全市挂账报告", "The city's report of what was kept on account");
    let mut page = Page::new(lang, title, facts.into());
    page.add(city(lang, figures));
    page.add(facilities(lang, figures));
    page.add(ageing(lang, figures));
    page.add(found(lang, figures));
    page.add(refusals(lang, figures));
    page.add(hand_ins(lang, figures));
    page.add(doubles(lang, figures));
    page
}

fn whole(part: &str) -> String {
    format!("guazhang hub report --part {part} --format csv")
}

fn city(lang: Lang, figures: &CityFigures) -> Section {
    let stop = lang.pick("。", ". ");
    let mut says = report::told(figures, lang);
    says.push(format!("{}{}", what_it_is(lang), stop.trim_end()));
    let table = report::stages(figures);
    Section::new("city", lang.pick("全市一览", "The city at a glance"), &says.join(stop))
        .picture(map(lang, figures))
        .table(lang.pick("按进度", "by stage"), table, &whole("stages"))
}

/// How the picture is read.
fn what_it_is(lang: Lang) -> &'static str {
    lang.pick(
        "每块是一家机构，面积是登记金额，颜色是尚余金额所占的比例，越醒目越多；虚线框没有交过包，面积是平台结算金额；太小的画得略大；编号同下表",
        "A tile is a facility, its area what it wrote down, its shade how much of it is left, the stronger the more; dashed ones have handed in nothing, their area is what the platform settled; the smallest are drawn larger; numbers are those of the table below",
    )
}

/// Every facility as one tile.
fn map(lang: Lang, figures: &CityFigures) -> Picture {
    let tiles: Vec<Tile> =
        figures.facilities.iter().enumerate().map(|(at, one)| tile(lang, at, one)).collect();
    let labels: Vec<String> = (0..=SILENT).map(|shade| label(lang, shade)).collect();
    let shades: Vec<Shade> = labels
        .into_iter()
        .enumerate()
        .map(|(shade, label)| {
            let own = || tiles.iter().zip(&figures.facilities).filter(move |(tile, _)| tile.shade == shade);
            let sum: Money = own()
                .map(|(_, one)| if shade == SILENT { one.settlements.total } else { one.left().total })
                .sum();
            let count = own().count();
            let words = match (lang, shade) {
                (Lang::Zh, SILENT) => format!("{count} 家，平台结算 {}", short(sum, lang)),
                (Lang::Zh, _) => format!("{count} 家，尚余 {}", short(sum, lang)),
                (Lang::En, SILENT) => format!("{count}, platform settled {}", short(sum, lang)),
                (Lang::En, _) => format!("{count}, {} left", short(sum, lang)),
            };
            Shade { label, words, empty: shade == SILENT }
        })
        .collect();
    let title = lang.pick("全市机构图", "A picture of the city");
    let each: Vec<String> = shades.iter().map(|shade| format!("{} {}", shade.label, shade.words)).collect();
    let says = format!("{}{}{}", what_it_is(lang), lang.pick("。", ". "), each.join(lang.pick("；", "; ")));
    picture::tiles(title, &says, &shades, &tiles)
}

fn tile(lang: Lang, at: usize, one: &FacilityFigures) -> Tile {
    let left = one.left();
    let share = percent(left.total, one.records.total);
    let name = if one.name.is_empty() { &one.code } else { &one.name };
    let silent = !one.handed_in;
    let what = match (lang, silent) {
        (Lang::Zh, true) => {
            format!("没有交过包；平台结算 {} 笔 {} 元", one.settlements.count, one.settlements.total)
        }
        (Lang::En, true) => format!(
            "nothing handed in; the platform settled {} of {} yuan",
            one.settlements.count, one.settlements.total
        ),
        (Lang::Zh, false) => format!(
            "登记 {} 笔 {} 元；未了 {} 元；尚余 {} 笔 {} 元（{share}%）",
            one.records.count, one.records.total, one.open.total, left.count, left.total
        ),
        (Lang::En, false) => format!(
            "{} records of {} yuan; open {}; left {} of {} ({share} %)",
            one.records.count, one.records.total, one.open.total, left.count, left.total
        ),
    };
    let amount = if silent { one.settlements.total } else { left.total };
    Tile {
        label: name.clone(),
        short: match (silent, left.count) {
            (true, _) => short(amount, lang),
            (false, 0) => String::new(),
            (false, _) => format!("{}  {share}%", short(amount, lang)),
        },
        words: format!("{} {}{}{what}", one.code, one.name, lang.pick("：", ": ")),
        weight: if silent { one.settlements.total.fen() } else { one.records.total.fen() },
        shade: if silent { SILENT } else { shade(left.count, share) },
        rank: (at < RANKED && !silent && left.count > 0).then_some(at + 1),
    }
}

/// The shade of so many percent; a record that costs nothing is left too.
fn shade(count: i64, share: i64) -> usize {
    if count == 0 {
        return 0;
    }
    STEPS.iter().skip(1).position(|most| share <= *most).map_or(STEPS.len(), |at| at + 1)
}

fn label(lang: Lang, shade: usize) -> String {
    match (lang, shade) {
        (_, SILENT) => lang.pick("没有交过包", "nothing handed in").to_owned(),
        (_, 0) => lang.pick("没有尚余", "nothing left").to_owned(),
        (Lang::Zh, 1) => format!("尚余 {}% 以内", STEPS[1]),
        (Lang::En, 1) => format!("up to {} % left", STEPS[1]),
        (Lang::Zh, shade) if shade < STEPS.len() => format!("尚余 {}–{}%", STEPS[shade - 1], STEPS[shade]),
        (Lang::En, shade) if shade < STEPS.len() => format!("{}–{} % left", STEPS[shade - 1], STEPS[shade]),
        (Lang::Zh, _) => format!("尚余 {}% 以上", STEPS[STEPS.len() - 1]),
        (Lang::En, _) => format!("over {} % left", STEPS[STEPS.len() - 1]),
    }
}

/// An amount where there is little room: three or four digits and a unit.
fn short(amount: Money, lang: Lang) -> String {
    let units: [(i64, &str); 3] = match lang {
        Lang::Zh => [(10_000_000_000, "亿"), (1_000_000, "万"), (100, "元")],
        Lang::En => [(100_000_000, "M"), (100_000, "k"), (100, "")],
    };
    let fen = amount.fen();
    let (unit, name) = units.into_iter().find(|(unit, _)| fen.abs() >= *unit).unwrap_or(units[2]);
    let tenths = i128::from(fen) * 10 / i128::from(unit);
    if unit == 100 || tenths.abs() >= 1000 {
        format!("{}{name}", tenths / 10)
    } else {
        format!("{}.{}{name}", tenths / 10, tenths.abs() % 10)
    }
}

fn facilities(lang: Lang, figures: &CityFigures) -> Section {
    let sheet = report::facilities(figures, usize::MAX).without(&report::data_only());
    Section::new(
        "facilities",
        lang.pick("各机构", "Facilities"),
        lang.pick(
            "未了：窗口没有结算、退费、销号或作废；尚余：未了之中最近一次对账也没有在平台上对上的。尚余金额大者在前。",
            "Open is what its window has neither settled nor paid back, cleared or voided; left is what of it the last reconciliation did not find on the platform either. The most money left comes first.",
        ),
    )
    .table(lang.pick("各机构", "facilities"), sheet, &whole("facilities"))
}

fn ageing(lang: Lang, figures: &CityFigures) -> Section {
    let bars: Vec<Bar> = AgeBucket::ALL
        .iter()
        .enumerate()
        .map(|(at, bucket)| {
            let sum = figures.sum(|one| one.ages[at]);
            let words = match lang {
                Lang::Zh => format!("{} 笔  {} 元", sum.count, sum.total),
                Lang::En => format!("{} records  {} yuan", sum.count, sum.total),
            };
            let tone = match bucket {
                AgeBucket::ToOne | AgeBucket::ToThree | AgeBucket::ToSeven => Tone::Blue,
                AgeBucket::ToFifteen | AgeBucket::ToThirty => Tone::Orange,
                AgeBucket::Over => Tone::Red,
            };
            Bar { label: bucket.label(lang).to_owned(), value: sum.total.fen(), words, tone }
        })
        .collect();
    let title = lang.pick("未了金额的账龄", "Open money by age");
    let says: Vec<String> = bars.iter().map(|bar| format!("{} {}", bar.label, bar.words)).collect();
    Section::new(
        "ageing",
        lang.pick("账龄", "Ageing"),
        lang.pick("自费用发生之日起。", "Since the cost arose."),
    )
    .picture(picture::bars(title, &says.join("; "), &bars))
    .table(lang.pick("按账龄", "by age"), report::ageing(figures), &whole("ageing"))
}

fn found(lang: Lang, figures: &CityFigures) -> Section {
    let says = if figures.run.is_some() {
        lang.pick(
            "平台多出的是平台的行，其余是机构的记录。",
            "What is extra are rows of the platform, the others are records.",
        )
    } else {
        lang.pick("尚未对账：guazhang hub reconcile。", "Nothing was reconciled yet: guazhang hub reconcile.")
    };
    Section::new("verdicts", lang.pick("对账结论", "Verdicts"), says).table(
        lang.pick("按结论", "by verdict"),
        report::verdicts(figures),
        &whole("verdicts"),
    )
}

fn refusals(lang: Lang, figures: &CityFigures) -> Section {
    let says = lang.pick(
        "平台最近一次拒绝的代码，至今有效的。",
        "The platform's code of the last refusal, where it still stands.",
    );
    Section::new("refusals", lang.pick("拒绝原因", "Refusals"), says).table(
        lang.pick("按代码", "by code"),
        report::refusals(figures, lang),
        &whole("refusals"),
    )
}

fn hand_ins(lang: Lang, figures: &CityFigures) -> Section {
    let says = lang.pick(
        "无窗口、从未交包、隔离、搁置者在前，其后按最近封包由远及近；封包时间是窗口的时钟。",
        "Without a window, never handed in, in quarantine, waiting; then the longest silence. The time of sealing is the window's clock.",
    );
    Section::new("hand-ins", lang.pick("交包情况", "Who has handed in"), says).table(
        lang.pick("各窗口", "windows"),
        report::hand_ins(figures, usize::MAX),
        &whole("hand-ins"),
    )
}

fn doubles(lang: Lang, figures: &CityFigures) -> Section {
    let says = match lang {
        Lang::Zh => format!(
            "同一人同一天在不同机构有类别、金额都相同的记录，每项最多列 {PLACES} 处；是否重复申报由人核实。"
        ),
        Lang::En => format!(
            "Records of one person on one day at several facilities, of one kind and one amount; {PLACES} places of each at most. Whether it is a double claim, people find out."
        ),
    };
    Section::new("double-claims", lang.pick("一人两处", "One person in two places"), &says).table(
        lang.pick("逐项", "one by one"),
        report::doubles(figures, usize::MAX, PLACES),
        &whole("double-claims"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_has_one_shade_and_one_label() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            // left, percent, shade, zh              en
            (0,  0,   0, "没有尚余",       "nothing left"),
            (1,  0,   1, "尚余 5% 以内",   "up to 5 % left"),
            (3,  5,   1, "尚余 5% 以内",   "up to 5 % left"),
            (3,  6,   2, "尚余 5–20%",     "5–20 % left"),
            (3,  50,  3, "尚余 20–50%",    "20–50 % left"),
            (3,  51,  4, "尚余 50–80%",    "50–80 % left"),
            (3,  100, 5, "尚余 80% 以上",  "over 80 % left"),
        ];
        for (count, share, want, zh, en) in cases {
            let found = shade(count, share);
            assert_eq!(found, want, "{count} {share}");
            assert_eq!((label(Lang::Zh, found).as_str(), label(Lang::En, found).as_str()), (zh, en));
        }
        assert_eq!(label(Lang::En, SILENT), "nothing handed in");
    }

    #[test]
    fn short_amounts() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            (0,               "0元",     "0"),
            (99_99,           "99元",    "99"),
            (123_456,        "1234元",  "1.2k"),
            (1_234_567,      "1.2万",   "12.3k"),
            (123_456_789,    "123万",   "1.2M"),
            (12_345_678_900,  "1.2亿",   "123M"),
            (-1_234_567,      "-1.2万",  "-12.3k"),
        ];
        for (fen, zh, en) in cases {
            let amount = Money::from_fen(fen);
            assert_eq!(
                (short(amount, Lang::Zh).as_str(), short(amount, Lang::En).as_str()),
                (zh, en),
                "{fen}"
            );
        }
    }
}
