//! Exact covers: which of several amounts add up to one, and whether in one way only.
//!
//! The search is small on purpose. Among many amounts some sum fits by chance,
//! and then it says nothing.

use crate::domain::Money;

/// More amounts than this are not searched.
pub(super) const SEARCHED: usize = 12;

/// What the search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cover {
    /// No two or more of them add up to it, or there are too many to search.
    None,
    /// Exactly these do, by position.
    Only(Vec<usize>),
    /// More than one choice does.
    Several,
}

/// The choice of two or more of `amounts` that adds up to `total`. Amounts that are not above zero never belong to one:
/// they could be added to any.
pub(super) fn cover(amounts: &[Money], total: Money) -> Cover {
    if amounts.len() < 2 || amounts.len() > SEARCHED {
        return Cover::None;
    }
    let mut found: Option<u32> = None;
    for choice in 1_u32..1 << amounts.len() {
        if choice.count_ones() < 2 {
            continue;
        }
        let chosen = || amounts.iter().enumerate().filter(|(at, _)| choice & (1 << at) != 0).map(|(_, m)| *m);
        if chosen().all(|amount| amount > Money::ZERO) && chosen().sum::<Money>() == total {
            if found.is_some() {
                return Cover::Several;
            }
            found = Some(choice);
        }
    }
    match found {
        Some(choice) => Cover::Only((0..amounts.len()).filter(|at| choice & (1 << at) != 0).collect()),
        None => Cover::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fen(amounts: &[i64]) -> Vec<Money> {
        amounts.iter().copied().map(Money::from_fen).collect()
    }

    #[test]
    fn covers_by_example() {
        #[rustfmt::skip] // the columns are the point
        let cases: [(&[i64], i64, Cover); 9] = [
            (&[60, 40],         100, Cover::Only(vec![0, 1])),
            (&[60, 30],         100, Cover::None),
            (&[60, 40, 25],     100, Cover::Only(vec![0, 1])),
            (&[60, 40, 40],     100, Cover::Several),
            (&[50, 30, 20],     100, Cover::Only(vec![0, 1, 2])),
            (&[100],            100, Cover::None),
            (&[100, 0],         100, Cover::None),
            (&[120, -20],       100, Cover::None),
            (&[1; 13],           13, Cover::None),
        ];
        for (amounts, total, want) in cases {
            assert_eq!(cover(&fen(amounts), Money::from_fen(total)), want, "{amounts:?} {total}");
        }
    }

    proptest! {
        #[test]
        fn an_only_cover_adds_up_and_turns_with_its_amounts(amounts in prop::collection::vec(1..50_i64, 2..9), total in 2..200_i64) {
            let total = Money::from_fen(total);
            let back: Vec<i64> = amounts.iter().rev().copied().collect();
            let (one, other) = (cover(&fen(&amounts), total), cover(&fen(&back), total));
            let last = amounts.len() - 1;
            let turned = match other {
                Cover::Only(mut found) => {
                    for at in &mut found {
                        *at = last - *at;
                    }
                    found.sort_unstable();
                    Cover::Only(found)
                }
                other => other,
            };
            prop_assert_eq!(&one, &turned);
            if let Cover::Only(found) = one {
                prop_assert_eq!(found.iter().map(|&at| Money::from_fen(amounts[at])).sum::<Money>(), total);
            }
        }
    }
}
