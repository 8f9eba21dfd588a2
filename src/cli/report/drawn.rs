//! The summary's pictures in the terminal: bars of stages and ways back by money, and a line of the days.
//!
//! They stand below the table and say nothing that a report does not say in numbers, so they are left out where they
//! do not fit, and where nobody sits at a terminal.

use crate::cli::{Ctx, Failure, ctx};
use crate::domain::{Money, Stage, Time};
use crate::report::strokes::{Ink, bar, gathered, line};
use crate::store::Books;
use crate::text::{Label, Lang, is_ambiguous_wide, pad, width};
use crate::work::figures::{by_route, downtime};
use crate::work::{self, Law, Owed};
use std::io::{self, IsTerminal};

/// A bar has at most so many columns, and is left out where it would have fewer than the second.
const LONGEST: usize = 40;
const SHORTEST: usize = 8;
/// Days without a record are drawn too, unless a date that was mistyped makes them more than this.
const DAYS: i64 = 1_000;

/// Whether results go to a person at a terminal.
pub(super) fn on_terminal(ctx: &Ctx) -> bool {
    ctx.screen.is_some() && io::stdout().is_terminal()
}

/// What this terminal draws with.
fn ink() -> Ink {
    let charset = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(ctx::variable).unwrap_or_default();
    let found = Console {
        colour: ctx::variable("NO_COLOR").is_none(),
        dumb: is_dumb(),
        // An old console of Windows has blocks two columns wide or not at all, as its font and code page will have it.
        unicode: if cfg!(windows) { ctx::variable("WT_SESSION").is_some() } else { is_utf_8(&charset) },
        wide: is_ambiguous_wide(),
    };
    found.ink()
}

/// A terminal that can only add to its end.
pub(super) fn is_dumb() -> bool {
    ctx::variable("TERM").is_some_and(|term| term == "dumb")
}

fn is_utf_8(charset: &str) -> bool {
    let plain: String = charset.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    plain.contains("utf8")
}

/// What is known of a console.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "four answers of the environment")]
struct Console {
    colour: bool,
    dumb: bool,
    unicode: bool,
    wide: bool,
}

impl Console {
    /// Whoever wants no colour wants a plain console; blocks that take two columns are no measure.
    fn ink(self) -> Ink {
        if self.colour && !self.dumb && self.unicode && !self.wide { Ink::Blocks } else { Ink::Plain }
    }
}

/// What the pictures are drawn for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub(super) now: Time,
    pub(super) lang: Lang,
    pub(super) columns: usize,
}

impl Room {
    /// The terminal that results go to.
    pub(super) fn of(ctx: &Ctx) -> Room {
        Room { now: ctx.now, lang: ctx.lang, columns: ctx.columns }
    }
}

/// The pictures, a line each; nothing where they do not fit.
pub(super) fn pictures(
    books: &Books<'_>,
    law: &Law,
    owed: &[Owed],
    room: Room,
) -> Result<Vec<String>, Failure> {
    let Room { now, lang, columns } = room;
    let ink = ink();
    let mut stages = books.by_stage()?;
    stages.sort_by_key(|(stage, ..)| Stage::ALL.iter().position(|one| one == stage));
    let stages: Vec<Row> = stages
        .iter()
        .map(|(stage, count, total)| Row {
            label: stage.label(lang).to_owned(),
            count: *count,
            total: *total,
        })
        .collect();
    let open = work::unreconciled_beside(books, law, now, owed)?;
    let routes: Vec<Row> = by_route(&open)
        .into_iter()
        .map(|(route, group)| Row {
            label: route.map_or(lang.pick("无", "none"), |route| route.label(lang)).to_owned(),
            count: group.count,
            total: group.total,
        })
        .collect();
    let days = downtime(books, law, now)?.days();
    let mut lines = Vec::new();
    bars(&mut lines, lang.pick("各阶段，元与笔数", "stages, in yuan and records"), &stages, columns, ink);
    bars(&mut lines, lang.pick("未对平的去向", "ways back of what is unreconciled"), &routes, columns, ink);
    if let (Some((first, ..)), Some((last, ..))) = (days.first(), days.last()) {
        let counts: Vec<(i64, i64)> =
            days.iter().map(|(day, count, _)| (day.days_since(*first), *count)).collect();
        lines.extend(by_day(&counts, &first.to_string(), &last.to_string(), lang, columns, ink));
    }
    Ok(lines)
}

/// One bar and its numbers.
struct Row {
    label: String,
    count: i64,
    total: Money,
}

fn bars(lines: &mut Vec<String>, title: &str, rows: &[Row], columns: usize, ink: Ink) {
    let widest = |of: &dyn Fn(&Row) -> usize| rows.iter().map(of).max().unwrap_or(0);
    let label = widest(&|row| width(&row.label));
    let total = widest(&|row| row.total.to_string().len());
    let count = widest(&|row| row.count.to_string().len());
    let room = columns.saturating_sub(label + total + count + 8).min(LONGEST);
    if rows.is_empty() || room < SHORTEST {
        return;
    }
    let most = rows.iter().map(|row| row.total.fen()).max().unwrap_or(0);
    lines.extend([String::new(), title.to_owned()]);
    for row in rows {
        let drawn = pad(&bar(row.total.fen(), most, room, ink), room);
        let (name, sum) = (pad(&row.label, label), row.total.to_string());
        lines.push(format!("  {name}  {drawn}  {sum:>total$}  {:>count$}", row.count));
    }
}

/// A line of the days, from the first record to the last; `days` are counted from the first.
fn by_day(days: &[(i64, i64)], first: &str, last: &str, lang: Lang, columns: usize, ink: Ink) -> Vec<String> {
    let length = days.last().map_or(0, |(at, _)| at + 1);
    let values: Vec<i64> = if length <= DAYS {
        let on = |at: i64| days.iter().find(|(day, _)| *day == at).map_or(0, |(_, count)| *count);
        (0..length).map(on).collect()
    } else {
        days.iter().map(|(_, count)| *count).collect()
    };
    let room = columns.saturating_sub(6);
    if room < SHORTEST {
        return Vec::new();
    }
    let (together, sums) = gathered(&values, room);
    let most = sums.iter().copied().max().unwrap_or(0);
    let title = match (lang, together) {
        (Lang::Zh, 1) => format!("每天记录，{first} 至 {last}，最多 {most} 笔"),
        (Lang::Zh, days) => format!("每 {days} 天记录，{first} 至 {last}，最多 {most} 笔"),
        (Lang::En, 1) => format!("records per day, {first} to {last}, {most} at most"),
        (Lang::En, days) => format!("records per {days} days, {first} to {last}, {most} at most"),
    };
    let drawn = line(&sums, ink);
    // In ASCII the ends are marked, since a blank is a day without records.
    let drawn = if ink == Ink::Plain { format!("  |{drawn}|") } else { format!("  {drawn}") };
    vec![String::new(), title, drawn]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_only_where_the_console_has_them() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            // colour, dumb,  unicode, wide,  ink
            (true,     false, true,    false, Ink::Blocks),
            (false,    false, true,    false, Ink::Plain),
            (true,     true,  true,    false, Ink::Plain),
            (true,     false, false,   false, Ink::Plain),
            (true,     false, true,    true,  Ink::Plain),
        ];
        for (colour, dumb, unicode, wide, want) in cases {
            assert_eq!(
                Console { colour, dumb, unicode, wide }.ink(),
                want,
                "{colour} {dumb} {unicode} {wide}"
            );
        }
        for (charset, want) in [("zh_CN.UTF-8", true), ("C.utf8", true), ("zh_CN.GBK", false), ("", false)] {
            assert_eq!(is_utf_8(charset), want, "{charset}");
        }
    }

    fn rows() -> Vec<Row> {
        let row =
            |label: &str, count, fen| Row { label: label.to_owned(), count, total: Money::from_fen(fen) };
        vec![row("已登记", 4, 511_130), row("平台已结算", 2, 21_450), row("作废", 1, 0)]
    }

    fn drawn(columns: usize, ink: Ink) -> String {
        let mut lines = Vec::new();
        bars(&mut lines, "各阶段", &rows(), columns, ink);
        lines.join("\n")
    }

    #[test]
    fn bars_stand_below_each_other_and_fit() {
        insta::assert_snapshot!(drawn(46, Ink::Blocks), @r"
        各阶段
          已登记      ████████████████████  5111.30  4
          平台已结算  ▊                      214.50  2
          作废                                 0.00  1
        ");
        insta::assert_snapshot!(drawn(46, Ink::Plain), @r"
        各阶段
          已登记      ####################  5111.30  4
          平台已结算  #                      214.50  2
          作废                                 0.00  1
        ");
        for columns in [34, 46, 80, 200] {
            assert!(drawn(columns, Ink::Blocks).lines().all(|line| width(line) <= columns), "{columns}");
        }
        assert_eq!(drawn(30, Ink::Plain), "", "what does not fit is left out");
    }

    #[test]
    fn a_day_without_records_is_blank_and_long_times_are_gathered() {
        let days = [(0, 4), (1, 8), (3, 2)];
        let of = |columns, ink| by_day(&days, "10-18", "10-21", Lang::En, columns, ink).join("\n");
        assert_eq!(of(80, Ink::Plain), "\nrecords per day, 10-18 to 10-21, 8 at most\n  |=@ :|");
        assert_eq!(of(80, Ink::Blocks), "\nrecords per day, 10-18 to 10-21, 8 at most\n  ▄█ ▂");
        assert_eq!(of(10, Ink::Plain), "");
        let long: Vec<(i64, i64)> = (0..100).map(|at| (at, 1)).collect();
        let lines = by_day(&long, "a", "b", Lang::Zh, 56, Ink::Blocks);
        assert_eq!(lines[1], "每 2 天记录，a 至 b，最多 2 笔");
        assert_eq!(lines[2].chars().count(), 52);
        let mistyped = [(0, 1), (400_000, 2)];
        assert_eq!(by_day(&mistyped, "a", "b", Lang::Zh, 56, Ink::Blocks)[2], "  ▄█");
    }
}
