//! Conditions on facts: typed, and with three answers: yes, no, and unknown
//! with the fact it hangs on.
//!
//! A condition is evaluated here and read from TOML in `condition_reader`. What
//! an unknown answer means for a decision is settled in `explore`.

use super::context::{Context, END_TIME};
use super::moment::{Moment, Reckoned};
use super::raw::Stamp;
use crate::domain::{Day, FactValue, Time};

/// A fact's place in the table of facts of its notice.
pub(super) type Slot = usize;

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    Yes,
    No,
    /// It hangs on this fact, which is unknown.
    Unknown(Slot),
}

/// A condition on facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Fact(Slot, Test),
}

/// What is asked of one fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Test {
    Known(bool),
    Flag(bool),
    OneOf(Vec<String>),
    Within(Vec<String>),
    StartsWith(String),
    NumberIn(Vec<i64>),
    AtLeast(i64),
    AtMost(i64),
    Before(Bound),
    After(Bound),
    From(Bound),
    Until(Bound),
    OnDay(Vec<Day>),
    InYear(Vec<i32>),
    EarlierYearThan(Slot),
    SameYearAs(Slot),
    DaysSince { of: Slot, at_least: Option<i64>, at_most: Option<i64> },
    HasAny(Vec<String>),
    HasAll(Vec<String>),
}

/// The time that a fact is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    Stamp(Stamp),
    Fact(Slot),
    /// The resumption of a window; of the record's own where `None`.
    Resumed(Option<usize>),
    /// The suspension, likewise.
    Suspended(Option<usize>),
    /// A moment that is worked out without working days.
    Moment(Box<Moment>),
}

impl Truth {
    fn not(self) -> Truth {
        match self {
            Truth::Yes => Truth::No,
            Truth::No => Truth::Yes,
            unknown @ Truth::Unknown(_) => unknown,
        }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Truth {
        if holds { Truth::Yes } else { Truth::No }
    }
}

impl Condition {
    /// The condition that always holds.
    pub(super) const ALWAYS: Condition = Condition::All(Vec::new());

    pub(super) fn is_always(&self) -> bool {
        matches!(self, Condition::All(parts) if parts.is_empty())
    }

    /// Its answer for the facts at hand.
    pub(super) fn holds(&self, ctx: &Context<'_>) -> Truth {
        match self {
            Condition::All(parts) => combine(parts, ctx, Truth::No, Truth::Yes),
            Condition::Any(parts) => combine(parts, ctx, Truth::Yes, Truth::No),
            Condition::Not(inner) => inner.holds(ctx).not(),
            Condition::Fact(slot, Test::Known(_)) if ctx.probing && ctx.fact(*slot).is_none() => {
                Truth::Unknown(*slot)
            }
            Condition::Fact(slot, Test::Known(wanted)) => Truth::from(ctx.fact(*slot).is_some() == *wanted),
            Condition::Fact(slot, test) => match ctx.fact(*slot) {
                None => Truth::Unknown(*slot),
                Some(value) => test.holds(value, ctx),
            },
        }
    }

    /// Calls `visit` for every test in it.
    pub(super) fn visit(&self, visit: &mut impl FnMut(Slot, &Test)) {
        match self {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| part.visit(visit)),
            Condition::Not(inner) => inner.visit(visit),
            Condition::Fact(slot, test) => visit(*slot, test),
        }
    }
}

/// The first part that decides; else the first unknown; else the rest's answer.
fn combine(parts: &[Condition], ctx: &Context<'_>, decides: Truth, rest: Truth) -> Truth {
    let mut answer = rest;
    for part in parts {
        let one = part.holds(ctx);
        if one == decides {
            return decides;
        }
        if matches!(one, Truth::Unknown(_)) && answer == rest {
            answer = one;
        }
    }
    answer
}

impl Test {
    fn holds(&self, value: &FactValue, ctx: &Context<'_>) -> Truth {
        match (self, value) {
            (Test::Flag(wanted), FactValue::Flag(flag)) => Truth::from(wanted == flag),
            (Test::OneOf(words), FactValue::Text(text)) => Truth::from(words.contains(text)),
            (Test::Within(areas), FactValue::Text(text)) => {
                Truth::from(areas.iter().any(|area| lies_in(text, area)))
            }
            (Test::StartsWith(start), FactValue::Text(text)) => Truth::from(text.starts_with(start.as_str())),
            (Test::NumberIn(numbers), FactValue::Number(number)) => Truth::from(numbers.contains(number)),
            (Test::AtLeast(least), FactValue::Number(number)) => Truth::from(number >= least),
            (Test::AtMost(most), FactValue::Number(number)) => Truth::from(number <= most),
            (Test::HasAny(words) | Test::OneOf(words), FactValue::List(list)) => {
                Truth::from(words.iter().any(|word| list.contains(word)))
            }
            (Test::HasAll(words), FactValue::List(list)) => {
                Truth::from(words.iter().all(|word| list.contains(word)))
            }
            (test, FactValue::Time(time)) => test.holds_at(*time, ctx),
            // A value of another kind answers no question about this fact.
            _ => Truth::No,
        }
    }

    fn holds_at(&self, time: Time, ctx: &Context<'_>) -> Truth {
        match self {
            Test::Before(bound) => compare(bound, ctx, |stamp| time < stamp.start()),
            Test::From(bound) => compare(bound, ctx, |stamp| time >= stamp.start()),
            Test::Until(bound) => compare(bound, ctx, |stamp| time <= stamp.end()),
            Test::After(bound) => compare(bound, ctx, |stamp| time > stamp.end()),
            Test::OnDay(days) => Truth::from(days.contains(&time.day())),
            Test::InYear(years) => Truth::from(years.contains(&time.day().year())),
            Test::EarlierYearThan(other) => {
                compare(&Bound::Fact(*other), ctx, |stamp| time.day().year() < stamp.day().year())
            }
            Test::SameYearAs(other) => {
                compare(&Bound::Fact(*other), ctx, |stamp| time.day().year() == stamp.day().year())
            }
            Test::DaysSince { of, at_least, at_most } => compare(&Bound::Fact(*of), ctx, |stamp| {
                let days = time.day().days_since(stamp.day());
                at_least.is_none_or(|least| days >= least) && at_most.is_none_or(|most| days <= most)
            }),
            _ => Truth::No,
        }
    }
}

fn compare(bound: &Bound, ctx: &Context<'_>, holds: impl FnOnce(Stamp) -> bool) -> Truth {
    let stamp = match *bound {
        Bound::Moment(ref moment) => match moment.reckon(ctx) {
            Reckoned::Known(known) => known.stamp,
            Reckoned::Unknown(slot) => return Truth::Unknown(slot),
            Reckoned::ToBeAnnounced => Stamp::At(*END_TIME),
            Reckoned::NotStated | Reckoned::Agency | Reckoned::NoCalendar(_) => return Truth::No,
        },
        Bound::Stamp(stamp) => stamp,
        Bound::Fact(slot) => match ctx.fact(slot) {
            None => return Truth::Unknown(slot),
            Some(FactValue::Time(time)) => Stamp::At(*time),
            Some(_) => return Truth::No,
        },
        // A resumption still to be announced is later than anything known.
        Bound::Resumed(window) => {
            Stamp::At(ctx.stop_of(window).and_then(|stop| stop.resumes).unwrap_or(*END_TIME))
        }
        Bound::Suspended(window) => match ctx.stop_of(window) {
            Some(stop) => Stamp::At(stop.suspended),
            None => return Truth::No,
        },
    };
    Truth::from(holds(stamp))
}

/// An area code lies in another: trailing pairs of zeros stand for everything below.
fn lies_in(code: &str, area: &str) -> bool {
    let mut prefix = area;
    while prefix.len() > 2 && prefix.ends_with("00") {
        prefix = &prefix[..prefix.len() - 2];
    }
    code.starts_with(prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_lie_in_areas() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            // code     area      lies in it
            ("370281", "370200", true),
            ("370200", "370200", true),
            ("370281", "370281", true),
            ("370281", "370000", true),
            ("370281", "3702",   true),
            ("370282", "370281", false),
            ("371200", "370200", false),
            ("",       "370200", false),
        ];
        for (code, area, want) in cases {
            assert_eq!(lies_in(code, area), want, "{code} in {area}");
        }
    }
}
