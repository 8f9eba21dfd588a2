//! Keys this station issues for the platform: unique, never `0000`, and kept,
//! since reconciling finds its records by them.
//!
//! `medins_setl_id` is the message id of the settlement call: facility (12),
//! time (14), sequence (4). `chrg_bchno` and `feedetl_sn` stay within 15 digits,
//! which the strictest edition asks: the station's number, then its own count.

use crate::domain::{Issued, Time};
use crate::store::{StoreError, Stored, Writer};

/// Numbers of one station lie in a block of this size.
const BLOCK: i64 = 100_000_000;
/// Message ids of one second.
const PER_SECOND: i64 = 10_000;

/// Issues keys for each record, in order.
pub(super) fn issue(w: &mut Writer<'_>, records: &[Stored]) -> Result<Vec<Issued>, StoreError> {
    let count = i64::try_from(records.len()).unwrap_or(i64::MAX);
    let lines: i64 = records.iter().map(lines_of).sum();
    let now = w.actor().at;
    let since = Time::new(2000, 1, 1, 0, 0, 0).expect("the first second of 2000 is a time");
    let second = now.seconds_since(since) * PER_SECOND;
    let block = station_number(&w.founding().station) * BLOCK;
    let mut message = w.count_on("msgid", count, second + count)? - count;
    let mut charge = block + w.count_on("chrg_bchno", count, 0)? - count;
    let mut line = block + w.count_on("feedetl_sn", lines, 0)? - lines;
    let mut issued = Vec::with_capacity(records.len());
    for stored in records {
        message += 1;
        charge += 1;
        let at = since.plus_seconds(message / PER_SECOND).compact();
        let sequence = message % PER_SECOND;
        issued.push(Issued {
            medins_setl_id: format!("{}{at}{sequence:04}", stored.record.facility),
            chrg_bchno: charge.to_string(),
            first_feedetl_sn: u64::try_from(line + 1).unwrap_or(0),
        });
        line += lines_of(stored);
    }
    Ok(issued)
}

/// A record without lines takes one number all the same, so that no two records share one.
fn lines_of(stored: &Stored) -> i64 {
    i64::try_from(stored.record.lines.len().max(1)).unwrap_or(1)
}

/// The station's prefix read in base 36, from 1: at most seven digits.
fn station_number(station: &str) -> i64 {
    station.bytes().fold(0, |n, b| n * 36 + i64::from(char::from(b).to_digit(36).unwrap_or(0))) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_station_have_fifteen_digits_at_most() {
        assert_eq!(station_number("A1"), 362);
        assert_eq!(station_number("0"), 1);
        let last = station_number("ZZZZ") * BLOCK + BLOCK - 1;
        assert!(last.to_string().len() <= 15, "{last}");
    }
}
