//! Moments: deadlines, openings and computed dates in every shape a notice uses.
//!
//! A moment is worked out here for one record and today; how its basis and its
//! uncertainty show in a decision is settled in `way`.

use super::condition::{Condition, Slot, Truth};
use super::context::{Context, Stop};
use super::raw::Stamp;
use crate::domain::{Basis, Day, Time};
use chrono::{Datelike, NaiveTime};

/// A moment as a notice states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    NotStated,
    Agency,
    Stated(Stamp),
    Point(Point),
    JustBefore(Point),
    Count { count: i64, unit: Unit, from: Point, first_day: bool, finish: Finish },
    EndOf { period: Period, of: Point, months_later: i32, finish: Finish },
    DayOfMonth { day: u32, of: Point, months_later: i32, finish: Finish },
    ByYear { years: Vec<(i32, Moment)>, of: Point },
    Earliest(Vec<Moment>),
    Latest(Vec<Moment>),
    Cases(Vec<(Condition, Moment)>),
}

/// A point in time that others are counted from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Point {
    Stamp(Stamp),
    Fact(Slot),
    Resumed(Option<usize>),
    Suspended(Option<usize>),
    AsOf,
    /// A moment that is itself worked out, as in three months after the end of the year.
    Moment(Box<Moment>),
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Minutes,
    Hours,
    Days,
    WorkingDays,
    Weeks,
    Months,
    Years,
}

/// What a moment can be the end of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Period {
    Day,
    Week,
    Month,
    Quarter,
    HalfYear,
    Year,
}

/// What is done with a day once it is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Finish {
    /// That time of the day instead of its end.
    pub(super) at: Option<NaiveTime>,
    /// To a working day, and whether backwards.
    pub(super) roll: Option<Roll>,
    /// Where it falls into the stop.
    pub(super) in_stop: Option<InStop>,
}

/// Which working day stands for a free one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Roll {
    Next,
    Previous,
}

/// What replaces a limit that falls into the stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum InStop {
    Instead(Box<Moment>),
    ByItsLength,
}

impl Moment {
    /// A bound for every record: it is never before that. What hangs on a fact or on the resumption is not before
    /// `stop`, the beginning of the stop. `None` where it never comes.
    pub(super) fn earliest(&self, stop: Time) -> Option<Time> {
        let first =
            |moments: &mut dyn Iterator<Item = &Moment>| moments.filter_map(|m| m.earliest(stop)).min();
        match self {
            Moment::NotStated | Moment::Agency => None,
            Moment::Stated(stamp) => Some(stamp.end()),
            Moment::ByYear { years, .. } => first(&mut years.iter().map(|(_, moment)| moment)),
            Moment::Earliest(moments) | Moment::Latest(moments) => first(&mut moments.iter()),
            Moment::Cases(cases) => first(&mut cases.iter().map(|(_, moment)| moment)),
            Moment::Point(_)
            | Moment::JustBefore(_)
            | Moment::Count { .. }
            | Moment::EndOf { .. }
            | Moment::DayOfMonth { .. } => Some(stop),
        }
    }
}

/// A moment worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reckoned {
    Known(Known),
    /// The text gives none.
    NotStated,
    /// The agency sets it.
    Agency,
    /// It hangs on a resumption that is still to be announced.
    ToBeAnnounced,
    /// It hangs on this fact, which is unknown.
    Unknown(Slot),
    /// It hangs on the working days of this year, which are unknown.
    NoCalendar(i32),
}

/// A moment that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) stamp: Stamp,
    pub(super) basis: Basis,
    /// It hangs on an expected resumption.
    pub(super) provisional: bool,
}

impl Moment {
    /// Works the moment out for a record.
    pub(super) fn reckon(&self, ctx: &Context<'_>) -> Reckoned {
        match self {
            Moment::NotStated => Reckoned::NotStated,
            Moment::Agency => Reckoned::Agency,
            Moment::Stated(stamp) => known(*stamp, Basis::Stated, false),
            Moment::Point(point) => point.reckon(ctx),
            Moment::JustBefore(point) => point.reckon(ctx).map(|stamp| {
                Ok(match stamp {
                    Stamp::Day(day) => Stamp::Day(day.plus_days(-1)),
                    Stamp::At(time) => Stamp::At(time.plus_seconds(-1)),
                })
            }),
            Moment::Count { count, unit, from, first_day, finish } => {
                let counted = from.reckon(ctx).map(|stamp| counted(stamp, *count, *unit, *first_day, ctx));
                finish.apply(counted, ctx)
            }
            Moment::EndOf { period, of, months_later, finish } => {
                let ended = of.reckon(ctx);
                let ended = ended.map(|stamp| Ok(Stamp::Day(end_of(*period, stamp.day(), *months_later))));
                finish.apply(ended, ctx)
            }
            Moment::DayOfMonth { day, of, months_later, finish } => {
                let found = of.reckon(ctx).map(|stamp| {
                    let month_end = end_of(Period::Month, stamp.day(), *months_later);
                    let back = i64::from(month_end.date().day()) - i64::from(*day);
                    Ok(Stamp::Day(month_end.plus_days(-back.max(0))))
                });
                finish.apply(found, ctx)
            }
            Moment::ByYear { years, of } => match of.reckon(ctx) {
                Reckoned::Known(known) => {
                    let year = known.stamp.day().year();
                    let found = years.iter().find(|(of_year, _)| *of_year == year);
                    found.map_or(Reckoned::NotStated, |(_, moment)| moment.reckon(ctx))
                }
                other => other,
            },
            Moment::Earliest(all) => choose(all, ctx, |new, old| new.end() < old.end()),
            Moment::Latest(all) => choose(all, ctx, |new, old| new.end() > old.end()),
            Moment::Cases(cases) => {
                for (when, moment) in cases {
                    match when.holds(ctx) {
                        Truth::Yes => return moment.reckon(ctx),
                        Truth::Unknown(slot) => return Reckoned::Unknown(slot),
                        Truth::No => {}
                    }
                }
                Reckoned::NotStated
            }
        }
    }
}

impl Moment {
    /// It needs the working days of a year, which may not be known.
    pub(super) fn counts_working_days(&self) -> bool {
        let of_point = |point: &Point| matches!(point, Point::Moment(inner) if inner.counts_working_days());
        match self {
            Moment::NotStated | Moment::Agency | Moment::Stated(_) => false,
            Moment::Point(point) | Moment::JustBefore(point) => of_point(point),
            Moment::Count { unit: Unit::WorkingDays, .. } => true,
            Moment::Count { from: point, finish, .. }
            | Moment::EndOf { of: point, finish, .. }
            | Moment::DayOfMonth { of: point, finish, .. } => {
                let instead =
                    |in_stop: &InStop| matches!(in_stop, InStop::Instead(m) if m.counts_working_days());
                of_point(point) || finish.roll.is_some() || finish.in_stop.as_ref().is_some_and(instead)
            }
            Moment::ByYear { years, of } => {
                of_point(of) || years.iter().any(|(_, m)| m.counts_working_days())
            }
            Moment::Earliest(all) | Moment::Latest(all) => all.iter().any(Moment::counts_working_days),
            Moment::Cases(cases) => cases.iter().any(|(_, m)| m.counts_working_days()),
        }
    }
}

impl Point {
    /// The point for a record; one that stands in the text is stated only where it is used as it is.
    pub(super) fn reckon(&self, ctx: &Context<'_>) -> Reckoned {
        match *self {
            Point::Stamp(stamp) => known(stamp, Basis::Derived, false),
            Point::Moment(ref moment) => moment.reckon(ctx),
            Point::AsOf => known(Stamp::At(ctx.as_of), Basis::Derived, false),
            Point::Fact(slot) => match ctx.time(slot) {
                None => Reckoned::Unknown(slot),
                Some(time) => known(fact_stamp(&ctx.notice.facts[slot].name, time), Basis::Derived, false),
            },
            Point::Resumed(window) => match ctx.stop_of(window) {
                Some(Stop { resumes: Some(at), provisional, .. }) => {
                    known(Stamp::At(at), Basis::Derived, provisional)
                }
                _ => Reckoned::ToBeAnnounced,
            },
            Point::Suspended(window) => match ctx.stop_of(window) {
                Some(stop) => known(Stamp::At(stop.suspended), Basis::Derived, false),
                None => Reckoned::NotStated,
            },
        }
    }
}

/// A date fact counts as a day, where no time of day was given.
pub(super) fn fact_stamp(name: &str, time: Time) -> Stamp {
    if name.ends_with("_on") && time == time.day().start() { Stamp::Day(time.day()) } else { Stamp::At(time) }
}

impl Reckoned {
    /// The same with another stamp, or the year whose working days are unknown.
    fn map(self, change: impl FnOnce(Stamp) -> Result<Stamp, i32>) -> Reckoned {
        match self {
            Reckoned::Known(known) => match change(known.stamp) {
                Ok(stamp) => Reckoned::Known(Known { stamp, basis: Basis::Derived, ..known }),
                Err(year) => Reckoned::NoCalendar(year),
            },
            other => other,
        }
    }
}

impl Finish {
    fn apply(&self, counted: Reckoned, ctx: &Context<'_>) -> Reckoned {
        let rolled = match self.roll {
            None => counted,
            Some(roll) => counted.map(|stamp| {
                let day = ctx.calendar.roll(stamp.day(), roll == Roll::Previous).map_err(|year| year.0)?;
                Ok(match stamp {
                    Stamp::Day(_) => Stamp::Day(day),
                    Stamp::At(time) => {
                        Stamp::At(day.start().plus_seconds(time.seconds_since(time.day().start())))
                    }
                })
            }),
        };
        let timed = match self.at {
            None => rolled,
            Some(clock) => {
                rolled.map(|stamp| Ok(Stamp::At(Time::from_naive(stamp.day().date().and_time(clock)))))
            }
        };
        match (&self.in_stop, timed, ctx.stop.get()) {
            (Some(in_stop), Reckoned::Known(limit), Some(stop)) if stop.contains(limit.stamp.end()) => {
                in_stop.reckon(limit, stop, ctx)
            }
            _ => timed,
        }
    }
}

impl InStop {
    fn reckon(&self, limit: Known, stop: Stop, ctx: &Context<'_>) -> Reckoned {
        match (self, stop.resumes) {
            (InStop::Instead(moment), _) => moment.reckon(ctx),
            (InStop::ByItsLength, None) => Reckoned::ToBeAnnounced,
            (InStop::ByItsLength, Some(resumes)) => {
                let stamp = match limit.stamp {
                    Stamp::Day(day) => {
                        Stamp::Day(day.plus_days(resumes.day().days_since(stop.suspended.day())))
                    }
                    Stamp::At(time) => Stamp::At(time.plus_seconds(resumes.seconds_since(stop.suspended))),
                };
                Reckoned::Known(Known { stamp, basis: Basis::Derived, provisional: stop.provisional })
            }
        }
    }
}

impl Stop {
    /// A second lies within the stop.
    pub(super) fn contains(&self, at: Time) -> bool {
        at >= self.suspended && self.resumes.is_none_or(|resumes| at < resumes)
    }
}

fn known(stamp: Stamp, basis: Basis, provisional: bool) -> Reckoned {
    Reckoned::Known(Known { stamp, basis, provisional })
}

fn counted(from: Stamp, count: i64, unit: Unit, first_day: bool, ctx: &Context<'_>) -> Result<Stamp, i32> {
    let seconds = |each: i64| Ok(Stamp::At(from.start().plus_seconds(count.saturating_mul(each))));
    let day = from.day();
    // Where the day itself is the first, one less is left to count.
    let fewer = |count: i64| if first_day { count - count.signum() } else { count };
    let months = |each: i64| i32::try_from(count.saturating_mul(each)).unwrap_or(i32::MAX);
    let less_a_day = |reached: Day| if first_day { reached.plus_days(-count.signum()) } else { reached };
    Ok(Stamp::Day(match unit {
        Unit::Minutes => return seconds(60),
        Unit::Hours => return seconds(3600),
        Unit::Days => day.plus_days(fewer(count)),
        Unit::Weeks => day.plus_days(fewer(count.saturating_mul(7))),
        Unit::Months => less_a_day(day.plus_months(months(1))),
        Unit::Years => less_a_day(day.plus_months(months(12))),
        Unit::WorkingDays => {
            let works = first_day && ctx.calendar.works(day).map_err(|year| year.0)?;
            let left = if works { fewer(count) } else { count };
            ctx.calendar.plus_working_days(day, left).map_err(|year| year.0)?
        }
    }))
}

fn end_of(period: Period, day: Day, months_later: i32) -> Day {
    let day = if months_later == 0 || period == Period::Month { day } else { day.plus_months(months_later) };
    let month = day.date().month0();
    let to_month = |last: u32| {
        let ahead = i32::try_from(last - month).unwrap_or(0);
        first_of_month(day).plus_months(ahead).end_of_month()
    };
    match period {
        Period::Day => day,
        Period::Week => day.plus_days(6 - i64::from(day.date().weekday().num_days_from_monday())),
        Period::Month => first_of_month(day).plus_months(months_later).end_of_month(),
        Period::Quarter => to_month(month / 3 * 3 + 2),
        Period::HalfYear => to_month(month / 6 * 6 + 5),
        Period::Year => to_month(11),
    }
}

fn first_of_month(day: Day) -> Day {
    day.plus_days(1 - i64::from(day.date().day()))
}

/// One of several: what is not stated does not count, what is unknown makes the whole unknown.
fn choose(all: &[Moment], ctx: &Context<'_>, better: impl Fn(Stamp, Stamp) -> bool) -> Reckoned {
    let mut best: Option<Known> = None;
    let mut provisional = false;
    for moment in all {
        match moment.reckon(ctx) {
            Reckoned::Known(one) => {
                provisional |= one.provisional;
                if best.is_none_or(|old| better(one.stamp, old.stamp)) {
                    best = Some(one);
                }
            }
            Reckoned::NotStated | Reckoned::Agency => {}
            other => return other,
        }
    }
    best.map_or(Reckoned::NotStated, |best| {
        Reckoned::Known(Known { basis: Basis::Derived, provisional, ..best })
    })
}
