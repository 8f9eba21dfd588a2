//! The downtime on a time axis: when the system stood still, how many records arose in
//! each hour or on each day, and the steps in which it came back.

use super::{Anchor, Picture, scaled};
use crate::domain::Time;

const WIDTH: i64 = 960;
const HEIGHT: i64 = 260;
const LEFT: i64 = 52;
const RIGHT: i64 = 948;
const TOP: i64 = 34;
const FOOT: i64 = 222;
/// Labels on the axis of time.
const LABELS: i64 = 7;
/// More hours than this, fifteen days, are drawn as days.
const BARS: i64 = 360;

/// Records of one hour.
#[derive(Clone, Copy, Debug)]
pub struct Hour {
    /// Its beginning.
    pub at: Time,
    /// How many arose in it.
    pub count: i64,
}

/// The system stood still.
#[derive(Clone, Debug)]
pub struct Span {
    /// From then.
    pub from: Time,
    /// Until then.
    pub to: Time,
}

/// Something happened, or is due, at a time.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its number in the table below.
    pub number: usize,
    /// When.
    pub at: Time,
}

/// The picture; `unit` is the word for records. Hours that lie outside of `from` and `to` are not drawn.
pub fn timeline(
    title: &str,
    says: &str,
    (from, to): (Time, Time),
    hours: &[Hour],
    spans: &[Span],
    steps: &[Step],
    unit: &str,
) -> Picture {
    let mut picture = Picture::new(title, says, WIDTH, HEIGHT);
    let seconds = to.seconds_since(from).max(1);
    let x = |at: Time| LEFT + scaled(at.seconds_since(from).clamp(0, seconds), seconds, RIGHT - LEFT);
    for span in spans {
        let (left, right) = (x(span.from.max(from)), x(span.to.min(to)));
        picture.rect("band", (left, TOP), ((right - left).max(1), FOOT - TOP));
    }
    // By hour, or by day where hours would be too thin to see: both stand in a table too.
    let daily = seconds / 3600 > BARS;
    let (step, begin) = if daily { (86_400, from.day().start()) } else { (3600, from) };
    let mut bins: Vec<(i64, i64)> = Vec::new();
    for hour in hours.iter().filter(|hour| (from..=to).contains(&hour.at)) {
        let bin = hour.at.seconds_since(begin) / step;
        match bins.last_mut() {
            Some((last, count)) if *last == bin => *count += hour.count,
            _ => bins.push((bin, hour.count)),
        }
    }
    let most = bins.iter().map(|(_, count)| *count).max().unwrap_or(0);
    for (bin, count) in bins {
        let begins = begin.plus_seconds(bin * step);
        let (left, right) = (x(begins.max(from)), x(begins.plus_seconds(step).min(to)));
        let tall = scaled(count, most, FOOT - TOP - 12);
        let when = if daily { begins.day().to_string() } else { begins.short() };
        let words = format!("{when}  {count} {unit}");
        picture.told("blue", (left, FOOT - tall), ((right - left - 1).max(1), tall), &words);
    }
    picture.path("frame", &[(LEFT, TOP), (LEFT, FOOT), (RIGHT, FOOT)]);
    picture.text("soft", Anchor::End, (LEFT - 6, TOP + 18), &most.to_string());
    picture.text("soft", Anchor::End, (LEFT - 6, FOOT), "0");
    for at in 0..=LABELS {
        let time = from.plus_seconds(seconds / LABELS * at);
        let (place, anchor) = match at {
            0 => (LEFT, Anchor::Start),
            LABELS => (RIGHT, Anchor::End),
            _ => (x(time), Anchor::Middle),
        };
        picture.path("grid", &[(x(time), FOOT), (x(time), FOOT + 5)]);
        let short = time.short();
        picture.text("soft", anchor, (place, FOOT + 22), short.get(5..).unwrap_or(&short));
    }
    let mut last: Option<i64> = None;
    for step in steps.iter().filter(|step| (from..=to).contains(&step.at)) {
        // Numbers that would lie on each other go up and down in turn.
        let place = x(step.at);
        let close = last.is_some_and(|last| place - last < 20);
        let y = if close { 12 } else { 26 };
        last = (!close).then_some(place);
        picture.path("mark", &[(place, 29), (place, FOOT)]);
        picture.text("ink", Anchor::Middle, (place, y), &step.number.to_string());
    }
    picture
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        text.parse().unwrap()
    }

    #[test]
    fn hours_spans_and_steps_lie_where_they_belong() {
        let (from, to) = (at("2021-10-28T00:00:00"), at("2021-10-29T00:00:00"));
        let hours = [
            Hour { at: at("2021-10-27T23:00:00"), count: 99 },
            Hour { at: at("2021-10-28T00:00:00"), count: 2 },
            Hour { at: at("2021-10-28T12:00:00"), count: 4 },
        ];
        let spans = [Span { from: at("2021-10-28T06:00:00"), to: at("2021-11-01T00:00:00") }];
        let steps = [Step { number: 1, at: at("2021-10-28T18:00:00") }];
        let svg = timeline("停机", "", (from, to), &hours, &spans, &steps, "笔").svg("t");
        let half = LEFT + (RIGHT - LEFT) / 2;
        assert!(svg.contains(&format!("x=\"{half}\" y=\"{}\"", TOP + 12)), "the tallest at noon: {svg}");
        assert!(svg.contains("2021-10-28 12:00  4 笔") && !svg.contains("99 笔"));
        assert!(svg.contains(&format!("class=\"band\" x=\"{}\"", LEFT + (RIGHT - LEFT) / 4)));
        assert!(svg.contains(&format!("class=\"mark\" points=\"{},29", LEFT + (RIGHT - LEFT) * 3 / 4)));
    }

    #[test]
    fn a_long_stop_has_few_bars_and_loses_no_record() {
        let from = at("2021-10-01T00:00:00");
        let hours: Vec<Hour> =
            (0..24 * 90).map(|hour| Hour { at: from.plus_seconds(hour * 3600), count: 1 }).collect();
        let svg =
            timeline("停机", "", (from, from.plus_seconds(90 * 86_400)), &hours, &[], &[], "n").svg("t");
        let counted: i64 = svg
            .split("<title>")
            .skip(1)
            .filter_map(|part| part.split_once("  ")?.1.split_once(" n")?.0.parse::<i64>().ok())
            .sum();
        assert_eq!(counted, 24 * 90);
        assert!(svg.matches("class=\"blue\"").count() <= usize::try_from(BARS).unwrap() + 1);
    }
}
