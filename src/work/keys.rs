//! Keys this station issues for the platform: unique, never `0000`, and kept,
//! since reconciling finds its records by them.
//!
//! A message id is facility (12), time (14), sequence (4), and that of the settlement
//! is its `medins_setl_id`. `chrg_bchno` and `feedetl_sn` stay within 15 digits, which
//! the strictest edition asks: the station's number, then its own count.
//!
//! Two stations of one facility never issue the same id, though they do not know of
//! each other, because the id says which of them it is:
//!
//! * Stations with a name of one or two characters, which is what people choose, have
//!   the even seconds. There are 36 + 1296 = 1332 of them, and each owns seven of the
//!   10,000 sequences: its number times seven, plus zero to six.
//! * Names of three characters have every second that leaves one when divided by four,
//!   names of four those that leave three. There the sequence begins with the name
//!   itself; after one of three a character of 36 counts on.
//!
//! So a second tells the length of the name, and within it the sequence tells the name.
//! One station never issues an id twice, because its count only grows: it is at least
//! the present second's, and goes on in later seconds where those of the present are
//! used up. A large batch therefore carries times a little ahead, by one second for
//! every three or four ids.

use crate::domain::{Issued, Time};
use crate::store::{StoreError, Writer};

/// Numbers of one station lie in a block of this size.
const BLOCK: i64 = 100_000_000;

/// Keys of one record: those of its settlement, and message ids of its other calls.
pub(super) struct Keys {
    pub(super) issued: Issued,
    pub(super) messages: Vec<String>,
}

/// What a record takes of the keys.
pub(super) struct Takes {
    /// How many fee lines it has.
    pub(super) lines: usize,
    /// How many message ids its other calls need.
    pub(super) messages: usize,
}

/// Issues keys for each record of a facility, in order.
pub(super) fn issue(w: &mut Writer<'_>, facility: &str, records: &[Takes]) -> Result<Vec<Keys>, StoreError> {
    let whole = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let count = whole(records.len());
    let lines: i64 = records.iter().map(lines_of).sum();
    let calls = count.saturating_add(records.iter().map(|takes| whole(takes.messages)).sum());
    let station = w.founding().station.clone();
    let ids = MessageIds::of(&station);
    let block = station_number(&station).saturating_mul(BLOCK);
    let floor = ids.first_of(w.actor().at.seconds_since(epoch()));
    let mut message = w.count_on("message", calls, floor + calls)? - calls;
    let charges = w.count_on("chrg_bchno", count, 0)?;
    let details = w.count_on("feedetl_sn", lines, 0)?;
    // A station whose block is used up would go on in another's: it issues nothing that the platform would take.
    let room = charges < BLOCK && details < BLOCK;
    let (mut charge, mut line) = (block + charges - count, block + details - lines);
    let mut issued = Vec::with_capacity(records.len());
    for takes in records {
        let mut next = || {
            message += 1;
            format!("{facility}{}", ids.id(message))
        };
        let messages: Vec<String> = (0..takes.messages).map(|_| next()).collect();
        let medins_setl_id = next();
        charge += 1;
        let chrg_bchno = if room { charge.to_string() } else { String::new() };
        let first_feedetl_sn = if room { u64::try_from(line + 1).unwrap_or(0) } else { 0 };
        issued.push(Keys { issued: Issued { medins_setl_id, chrg_bchno, first_feedetl_sn }, messages });
        line += lines_of(takes);
    }
    Ok(issued)
}

/// A record without lines takes one number all the same, so that no two records share one.
fn lines_of(takes: &Takes) -> i64 {
    i64::try_from(takes.lines.max(1)).unwrap_or(1)
}

/// What seconds are counted from.
fn epoch() -> Time {
    Time::new(2000, 1, 1, 0, 0, 0).expect("the first second of 2000 is a time")
}

/// The 18 characters after the facility, for every count of one station.
struct MessageIds {
    /// Which seconds are its own: those that leave `rest` when divided by `every`.
    every: i64,
    rest: i64,
    /// How many ids it has in each of them.
    each: i64,
    sequence: Sequence,
}

enum Sequence {
    /// Four digits from the first of its own.
    Digits(i64),
    /// Its name, and a character that counts where there is room.
    Name(String),
}

impl MessageIds {
    fn of(station: &str) -> MessageIds {
        match station.len() {
            3 => MessageIds { every: 4, rest: 1, each: 36, sequence: Sequence::Name(station.to_owned()) },
            4.. => MessageIds { every: 4, rest: 3, each: 1, sequence: Sequence::Name(station.to_owned()) },
            _ => {
                let first = (station_number(station) - 1) * 7;
                MessageIds { every: 2, rest: 0, each: 7, sequence: Sequence::Digits(first) }
            }
        }
    }

    /// The count that lies before the first id of `second`, or of the next second that is its own.
    fn first_of(&self, second: i64) -> i64 {
        let own = (second - self.rest + self.every - 1).div_euclid(self.every);
        own * self.each
    }

    /// The id of a count.
    fn id(&self, count: i64) -> String {
        let second = count.div_euclid(self.each) * self.every + self.rest;
        let within = count.rem_euclid(self.each);
        let at = epoch().plus_seconds(second).compact();
        match &self.sequence {
            Sequence::Digits(first) => format!("{at}{:04}", first + within),
            Sequence::Name(name) if self.each > 1 => {
                let digit = u32::try_from(within).ok().and_then(|digit| char::from_digit(digit, 36));
                format!("{at}{name}{}", digit.unwrap_or('0').to_ascii_uppercase())
            }
            Sequence::Name(name) => format!("{at}{name}"),
        }
    }
}

/// The number of a station's name among all names of one to four letters and digits, shorter ones first, from 1: at
/// most seven digits.
fn station_number(station: &str) -> i64 {
    let shorter: i64 = (1..station.len()).fold(0, |sum, _| (sum + 1) * 36);
    let value = |n: i64, b: u8| n * 36 + i64::from(char::from(b).to_digit(36).unwrap_or(0));
    station.bytes().fold(0, value) + shorter + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn stations_have_numbers_of_their_own() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("0",    1),
            ("Z",    36),
            ("00",   37),
            ("A1",   398),
            ("ZZ",   1332),
            ("000",  1333),
            ("ZZZZ", 1_727_604),
        ];
        for (station, want) in cases {
            assert_eq!(station_number(station), want, "{station}");
        }
        let last = station_number("ZZZZ") * BLOCK + BLOCK - 1;
        assert!(last.to_string().len() <= 15, "{last}");
    }

    #[test]
    fn message_ids_of_each_length_of_name() {
        let second = "2021-11-02T09:00:00".parse::<Time>().unwrap().seconds_since(epoch());
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("A1",   ["202111020900002779", "202111020900002780", "202111020900002785", "202111020900022779"]),
            ("A1B",  ["20211102090001A1B0", "20211102090001A1B1", "20211102090001A1B6", "20211102090001A1B7"]),
            ("A1B2", ["20211102090003A1B2", "20211102090007A1B2", "20211102090027A1B2", "20211102090031A1B2"]),
        ];
        for (station, want) in cases {
            let ids = MessageIds::of(station);
            let first = ids.first_of(second);
            assert_eq!([0, 1, 6, 7].map(|more| ids.id(first + more)), want, "{station}");
        }
    }

    #[test]
    fn no_two_stations_share_an_id_at_the_same_time() {
        let names =
            ["0", "00", "1", "01", "A", "A1", "A2", "ZZ", "000", "0A1", "A1B", "0000", "A1B2", "2779", "277"];
        let second = "2021-11-02T09:00:00".parse::<Time>().unwrap().seconds_since(epoch());
        let mut seen = BTreeSet::new();
        for name in names {
            let ids = MessageIds::of(name);
            let first = ids.first_of(second);
            assert!((0..100).all(|more| seen.insert(ids.id(first + more))), "{name}");
        }
    }

    proptest! {
        #[test]
        fn an_id_names_its_station_and_its_count(
            one in "[0-9A-Z]{1,4}", other in "[0-9A-Z]{1,4}",
            second in 0_i64..2_000_000_000, later in 0_i64..100_000, a in 0_i64..5_000, b in 0_i64..5_000,
        ) {
            let (first, last) = (MessageIds::of(&one), MessageIds::of(&other));
            let (x, y) = (first.first_of(second) + a, last.first_of(second + later) + b);
            let (left, right) = (first.id(x), last.id(y));
            prop_assert_eq!((one == other) && (x == y), left == right, "{} {}", left, right);
            prop_assert_eq!(left.len(), 18);
            prop_assert!(left > first.id(x - 1));
            prop_assert!(left[..14].bytes().all(|b| b.is_ascii_digit()));
        }

        #[test]
        fn blocks_of_stations_do_not_meet(one in "[0-9A-Z]{1,4}", other in "[0-9A-Z]{1,4}") {
            prop_assert_eq!(one == other, station_number(&one) == station_number(&other));
        }
    }
}
