//! How far a long step has come, and the wish to go on with it.
//!
//! A step tells it now and then to whoever watches, and is answered whether to go
//! on. What is shown of it, and how often, is the front's.

use crate::domain::Money;

/// How far a long step has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Rows done so far; 0 where a step has none.
    pub rows: u64,
    /// What they sum to so far.
    pub total: Money,
    /// How much is done, of how much; in one unit.
    pub read: (u64, u64),
}

/// Told now and then how far a step has come; answers whether to go on.
pub type Watcher<'a> = dyn FnMut(&Progress) -> bool + 'a;

/// Between two looks at how far a step has come lie so many rows.
pub const STRIDE: u64 = 64;

impl Progress {
    /// How far a longer step has come of which this one is the part from `from` to `to`, in thousandths.
    ///
    /// `Progress { read: (1, 2), .. }` within 200 to 600 is `(400, 1000)`.
    pub fn within(self, from: u64, to: u64) -> Progress {
        let (done, of) = self.read;
        let part = (u128::from(done) * u128::from(to.saturating_sub(from))).checked_div(u128::from(of));
        let part = u64::try_from(part.unwrap_or(0)).unwrap_or(u64::MAX).min(to.saturating_sub(from));
        Progress { read: (from + part, 1000), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_lies_within_the_whole() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ((1, 2),               200, 600,  (400, 1000)),
            ((0, 0),               200, 600,  (200, 1000)),
            ((9, 3),               200, 600,  (600, 1000)), // a file that grew meanwhile
            ((u64::MAX, u64::MAX), 0,   1000, (1000, 1000)),
            ((5, 10),              600, 200,  (600, 1000)),
        ];
        for (read, from, to, want) in cases {
            assert_eq!(
                Progress { read, ..Progress::default() }.within(from, to).read,
                want,
                "{read:?} {from}-{to}"
            );
        }
    }
}
