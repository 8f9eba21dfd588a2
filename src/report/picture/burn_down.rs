//! How many breaks of the register were open at the end of each day.

use super::{Anchor, Picture, scaled};
use crate::domain::Day;

const WIDTH: i64 = 960;
const HEIGHT: i64 = 220;
const LEFT: i64 = 52;
const RIGHT: i64 = 948;
const TOP: i64 = 14;
const FOOT: i64 = 184;
const LABELS: i64 = 8;

/// What was left at the end of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// The day.
    pub day: Day,
    /// Open breaks.
    pub open: i64,
}

/// The picture of days in order.
pub fn burn_down(title: &str, says: &str, days: &[Left]) -> Picture {
    let mut picture = Picture::new(title, says, WIDTH, HEIGHT);
    let most = days.iter().map(|left| left.open).max().unwrap_or(0);
    let last = i64::try_from(days.len()).unwrap_or(i64::MAX).saturating_sub(1).max(1);
    let x = |at: i64| LEFT + scaled(at, last, RIGHT - LEFT);
    let y = |open: i64| FOOT - scaled(open, most, FOOT - TOP - 10);
    let mut points = Vec::with_capacity(days.len() * 2);
    for (at, left) in (0..).zip(days) {
        if at > 0 {
            points.push((x(at), points.last().map_or(FOOT, |(_, y)| *y)));
        }
        points.push((x(at), y(left.open)));
    }
    picture.path("grid", &[(LEFT, y(most)), (RIGHT, y(most))]);
    picture.path("line", &points);
    picture.path("frame", &[(LEFT, TOP), (LEFT, FOOT), (RIGHT, FOOT)]);
    picture.text("soft", Anchor::End, (LEFT - 6, y(most) + 5), &most.to_string());
    picture.text("soft", Anchor::End, (LEFT - 6, FOOT + 4), "0");
    let every = (last / LABELS).max(1);
    for (at, left) in (0..).zip(days) {
        if at % every == 0 && (at == 0 || last - at >= every || at == last) {
            let anchor = if at == 0 {
                Anchor::Start
            } else if at == last {
                Anchor::End
            } else {
                Anchor::Middle
            };
            let day = left.day.to_string();
            picture.text("soft", anchor, (x(at), FOOT + 22), day.get(5..).unwrap_or(&day));
        }
    }
    picture
}
