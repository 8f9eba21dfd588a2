//! Ageing: how old something that does not agree is, by three clocks: since the
//! cost arose, since the system was back, and days left to the deadline.
//!
//! Today is an argument. What the deadline is, a notice says; nothing here asks it.

use crate::closed_list;
use crate::domain::{Money, Time};

closed_list! {
    /// How old, in whole days.
    AgeBucket as "bucket" {
        ToOne = "0-1", "0–1天", "0-1 days";
        ToThree = "2-3", "2–3天", "2-3 days";
        ToSeven = "4-7", "4–7天", "4-7 days";
        ToFifteen = "8-15", "8–15天", "8-15 days";
        ToThirty = "16-30", "16–30天", "16-30 days";
        Over = "over-30", "30天以上", "over 30 days";
    }
}

closed_list! {
    /// How near the deadline is.
    Nearness as "nearness" {
        Overdue = "overdue", "逾期", "overdue";
        DueSoon = "due_soon", "临期", "due soon";
        InTime = "in_time", "未到期", "in time";
        NoDeadline = "no_deadline", "无期限", "no deadline";
    }
}

/// So many days before a deadline it is near; the day of the deadline itself is not over.
const SOON: i64 = 14;

/// The three clocks of one thing, in whole calendar days of Beijing time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Age {
    /// Since the cost arose.
    pub since_occurred: i64,
    /// Since the system was back; `None` where that is not recorded, or lies ahead.
    pub since_go_live: Option<i64>,
    /// To the deadline, negative once it is over; `None` where none is stated.
    pub days_left: Option<i64>,
}

impl Age {
    /// The age as of `now` of what arose at `occurred`.
    pub fn of(occurred: Time, go_live: Option<Time>, due: Option<Time>, now: Time) -> Age {
        let today = now.day();
        Age {
            since_occurred: today.days_since(occurred.day()).max(0),
            since_go_live: go_live.map(|at| today.days_since(at.day())).filter(|days| *days >= 0),
            days_left: due.map(|at| at.day().days_since(today)),
        }
    }

    /// Its bucket, by days since the cost arose.
    pub fn bucket(&self) -> AgeBucket {
        AgeBucket::of(self.since_occurred)
    }

    /// How near the deadline is.
    pub fn nearness(&self) -> Nearness {
        match self.days_left {
            None => Nearness::NoDeadline,
            Some(days) if days < 0 => Nearness::Overdue,
            Some(days) if days <= SOON => Nearness::DueSoon,
            Some(_) => Nearness::InTime,
        }
    }

    /// What to do first: the overdue, then the most money, then the oldest. Sorts ascending.
    pub fn urgency(&self, money: Money) -> (bool, i64, i64) {
        (self.nearness() != Nearness::Overdue, -money.abs().fen(), -self.since_occurred)
    }
}

impl AgeBucket {
    /// The bucket of so many days; what lies ahead is no day old.
    pub fn of(days: i64) -> AgeBucket {
        match days {
            ..=1 => AgeBucket::ToOne,
            2..=3 => AgeBucket::ToThree,
            4..=7 => AgeBucket::ToSeven,
            8..=15 => AgeBucket::ToFifteen,
            16..=30 => AgeBucket::ToThirty,
            31.. => AgeBucket::Over,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Label as _;

    #[test]
    fn every_day_has_its_bucket() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            (-1, "0-1"), (0, "0-1"), (1, "0-1"), (2, "2-3"), (3, "2-3"), (4, "4-7"), (7, "4-7"),
            (8, "8-15"), (15, "8-15"), (16, "16-30"), (30, "16-30"), (31, "over-30"), (4000, "over-30"),
        ];
        for (days, bucket) in cases {
            assert_eq!(AgeBucket::of(days).id(), bucket, "{days}");
        }
    }

    #[test]
    fn three_clocks() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            // occurred               back                           due                            now                     since  back      left      nearness
            ("2021-10-22T08:40:00", Some("2021-11-01T08:00:00"), Some("2021-11-30T23:59:59"), "2021-11-02T18:00:00", 11, Some(1),  Some(28), "in_time"),
            ("2021-10-22T08:40:00", Some("2021-11-01T08:00:00"), Some("2021-11-16T23:59:59"), "2021-11-02T18:00:00", 11, Some(1),  Some(14), "due_soon"),
            ("2021-10-22T08:40:00", Some("2021-11-01T08:00:00"), Some("2021-11-17T00:00:00"), "2021-11-02T18:00:00", 11, Some(1),  Some(15), "in_time"),
            ("2021-10-22T08:40:00", None,                        Some("2021-11-02T00:00:00"), "2021-11-02T23:59:59", 11, None,     Some(0),  "due_soon"),
            ("2021-10-22T08:40:00", Some("2021-11-03T08:00:00"), Some("2021-11-01T23:59:59"), "2021-11-02T18:00:00", 11, None,     Some(-1), "overdue"),
            ("2021-11-03T08:40:00", None,                        None,                        "2021-11-02T18:00:00", 0,  None,     None,     "no_deadline"),
        ];
        let time = |text: &str| text.parse::<Time>().unwrap();
        for (occurred, back, due, now, since, since_back, left, nearness) in cases {
            let age = Age::of(time(occurred), back.map(time), due.map(time), time(now));
            assert_eq!(
                (age.since_occurred, age.since_go_live, age.days_left),
                (since, since_back, left),
                "{now} {due:?}"
            );
            assert_eq!(age.nearness().id(), nearness, "{now} {due:?}");
        }
    }

    #[test]
    fn the_overdue_come_first_then_the_money_then_the_oldest() {
        let age = |since_occurred, days_left| Age { since_occurred, since_go_live: None, days_left };
        let mut list = [
            (age(9, None), 500, "d"),
            (age(1, Some(-1)), 100, "b"),
            (age(5, Some(-9)), 300, "a"),
            (age(30, Some(2)), -900, "c"),
            (age(2, Some(40)), 500, "e"),
        ];
        list.sort_by_key(|(age, fen, _)| age.urgency(Money::from_fen(*fen)));
        assert_eq!(list.map(|(.., name)| name), ["a", "b", "c", "d", "e"]);
    }
}
