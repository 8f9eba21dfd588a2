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

closed_list! {
    /// How much is at stake, in yuan.
    AmountBand as "amount" {
        Nothing = "0", "0元", "nothing";
        ToHundred = "under-100", "100元以下", "under 100";
        ToThousand = "100-1000", "100–1000元", "100 to 1000";
        ToFiveThousand = "1000-5000", "1000–5000元", "1000 to 5000";
        ToTwentyThousand = "5000-20000", "5000–20000元", "5000 to 20000";
        Over = "from-20000", "20000元以上", "20000 and more";
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

impl AmountBand {
    /// The band of an amount; a band ends one fen below the next, and owing counts like having.
    pub fn of(amount: Money) -> AmountBand {
        match amount.abs().fen() {
            ..=0 => AmountBand::Nothing,
            1..10_000 => AmountBand::ToHundred,
            10_000..100_000 => AmountBand::ToThousand,
            100_000..500_000 => AmountBand::ToFiveThousand,
            500_000..2_000_000 => AmountBand::ToTwentyThousand,
            2_000_000.. => AmountBand::Over,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Label as _;

    #[test]
    fn every_amount_has_its_band() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            (0, "0"), (1, "under-100"), (9_999, "under-100"), (10_000, "100-1000"), (-10_000, "100-1000"),
            (99_999, "100-1000"), (100_000, "1000-5000"), (499_999, "1000-5000"), (500_000, "5000-20000"),
            (1_999_999, "5000-20000"), (2_000_000, "from-20000"), (i64::MAX, "from-20000"),
        ];
        for (fen, band) in cases {
            assert_eq!(AmountBand::of(Money::from_fen(fen)).id(), band, "{fen}");
        }
    }

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
