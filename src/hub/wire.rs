//! Rows as COPY takes them: PostgreSQL's binary form, written straight into a buffer.
//!
//! Nothing here is looked at by a type system of a database; a row that does not fit its
//! table is refused by the server, and with it the whole copy.

use crate::domain::{Day, Key, Money, Time};
use uuid::Uuid;

/// A copy in the making: header, rows, and the end.
pub(super) struct Rows {
    bytes: Vec<u8>,
    columns: i16,
    count: u64,
}

/// Seconds of a day.
const DAY: i64 = 86_400;

impl Rows {
    /// Nothing yet, of so many columns.
    pub(super) fn of(columns: i16) -> Rows {
        let mut bytes = b"PGCOPY\n\xff\r\n\0".to_vec();
        bytes.extend([0; 8]);
        Rows { bytes, columns, count: 0 }
    }

    pub(super) fn row(&mut self) -> &mut Rows {
        self.bytes.extend(self.columns.to_be_bytes());
        self.count += 1;
        self
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn bytes(&mut self, value: &[u8]) -> &mut Rows {
        let length = i32::try_from(value.len()).expect("no value of two gigabytes is read");
        self.bytes.extend(length.to_be_bytes());
        self.bytes.extend(value);
        self
    }

    pub(super) fn null(&mut self) -> &mut Rows {
        self.bytes.extend((-1_i32).to_be_bytes());
        self
    }

    pub(super) fn text(&mut self, value: &str) -> &mut Rows {
        // The one character that no text of a database holds.
        if value.contains('\0') {
            return self.bytes(value.replace('\0', "").as_bytes());
        }
        self.bytes(value.as_bytes())
    }

    pub(super) fn text_or(&mut self, value: Option<&str>) -> &mut Rows {
        match value {
            Some(value) => self.text(value),
            None => self.null(),
        }
    }

    pub(super) fn big(&mut self, value: i64) -> &mut Rows {
        self.bytes(&value.to_be_bytes())
    }

    pub(super) fn big_or(&mut self, value: Option<i64>) -> &mut Rows {
        match value {
            Some(value) => self.big(value),
            None => self.null(),
        }
    }

    pub(super) fn small(&mut self, value: bool) -> &mut Rows {
        self.bytes(&i16::from(value).to_be_bytes())
    }

    pub(super) fn uuid_or(&mut self, value: Option<Uuid>) -> &mut Rows {
        match value {
            Some(value) => self.bytes(value.as_bytes()),
            None => self.null(),
        }
    }

    pub(super) fn money(&mut self, value: Money) -> &mut Rows {
        self.big(value.fen())
    }

    pub(super) fn money_or(&mut self, value: Option<Money>) -> &mut Rows {
        self.big_or(value.map(Money::fen))
    }

    pub(super) fn key(&mut self, value: Option<Key>) -> &mut Rows {
        self.big_or(value.map(|key| key.bits().cast_signed()))
    }

    pub(super) fn time(&mut self, value: Time) -> &mut Rows {
        self.big(micros(value))
    }

    pub(super) fn time_or(&mut self, value: Option<Time>) -> &mut Rows {
        self.big_or(value.map(micros))
    }

    pub(super) fn day(&mut self, value: Day) -> &mut Rows {
        let days = micros(value.start()) / 1_000_000 / DAY;
        self.bytes(&i32::try_from(days).expect("days of four digits of a year").to_be_bytes())
    }

    pub(super) fn day_or(&mut self, value: Option<Day>) -> &mut Rows {
        match value {
            Some(value) => self.day(value),
            None => self.null(),
        }
    }

    /// All of it, with the end.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.bytes.extend((-1_i16).to_be_bytes());
        self.bytes
    }
}

/// Microseconds since the first of January 2000, as the server counts.
fn micros(time: Time) -> i64 {
    let first = Day::new(2000, 1, 1).expect("a day of the calendar").start();
    time.seconds_since(first) * 1_000_000
}
