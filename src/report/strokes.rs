//! Bars and lines of characters, for a terminal: what a picture of the page is in one row of text.
//!
//! Blocks where the terminal has them in one column each, plain ASCII elsewhere; which of the two, the front knows.
//! Whole numbers only; every value that is drawn stands beside it or in a table.

/// What strokes are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Blocks, in eighths of a column.
    Blocks,
    /// Characters that every console has.
    Plain,
}

/// Eighths of a column, from the left.
const LYING: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
/// Eighths of a row, from below.
const STANDING: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// The same in ASCII: darker is more.
const SHADES: [char; 8] = ['.', ':', '-', '=', '+', '*', '#', '@'];

/// A lying bar for `value` of `most` in at most `columns`; anything above nothing is seen.
pub fn bar(value: i64, most: i64, columns: usize, ink: Ink) -> String {
    let parts = match ink {
        Ink::Blocks => columns.saturating_mul(8),
        Ink::Plain => columns,
    };
    let length = steps(value, most, parts);
    match ink {
        Ink::Plain => "#".repeat(length),
        Ink::Blocks => {
            let mut bar = "█".repeat(length / 8);
            bar.extend((length % 8).checked_sub(1).map(|rest| LYING[rest]));
            bar
        }
    }
}

/// One character for each value, higher for more, blank for nothing.
pub fn line(values: &[i64], ink: Ink) -> String {
    let most = values.iter().copied().max().unwrap_or(0);
    let each = |value: &i64| match (steps(*value, most, 8).checked_sub(1), ink) {
        (None, _) => ' ',
        (Some(step), Ink::Blocks) => STANDING[step],
        (Some(step), Ink::Plain) => SHADES[step],
    };
    values.iter().map(each).collect()
}

/// Neighbours put together, so that at most `columns` are left: how many each has, and their sums.
pub fn gathered(values: &[i64], columns: usize) -> (usize, Vec<i64>) {
    let together = values.len().div_ceil(columns.max(1)).max(1);
    (together, values.chunks(together).map(|some| some.iter().sum()).collect())
}

/// `value` of `most` in whole steps of `all`; anything above nothing is at least one.
fn steps(value: i64, most: i64, all: usize) -> usize {
    if value <= 0 || most <= 0 || all == 0 {
        return 0;
    }
    let exact = i128::from(value) * i128::try_from(all).unwrap_or(1) / i128::from(most);
    usize::try_from(exact).unwrap_or(all).clamp(1, all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            // value, most, blocks,       plain
            (0,        100, "",           ""),
            (-5,       100, "",           ""),
            (1,  1_000_000, "▏",          "#"),
            (50,       100, "█████",      "#####"),
            (55,       100, "█████▌",     "#####"),
            (99,       100, "█████████▉", "#########"),
            (100,      100, "██████████", "##########"),
            (i64::MAX, i64::MAX, "██████████", "##########"),
            (7,          0, "",           ""),
        ];
        for (value, most, blocks, plain) in cases {
            assert_eq!(bar(value, most, 10, Ink::Blocks), blocks, "{value} of {most}");
            assert_eq!(bar(value, most, 10, Ink::Plain), plain, "{value} of {most}");
        }
        assert_eq!(bar(5, 5, 0, Ink::Blocks), "");
    }

    #[test]
    fn a_line_has_one_character_for_each_value() {
        let values = [0, 1, 2, 3, 4, 5, 6, 7, 8];
        assert_eq!(line(&values, Ink::Blocks), " ▁▂▃▄▅▆▇█");
        assert_eq!(line(&values, Ink::Plain), " .:-=+*#@");
        assert_eq!(line(&[0, 0], Ink::Plain), "  ");
        assert_eq!(line(&[], Ink::Blocks), "");
    }

    #[test]
    fn days_are_gathered_and_none_is_lost() {
        #[rustfmt::skip] // the columns are the point
        let cases: [(&[i64], usize, usize, &[i64]); 5] = [
            (&[1, 2, 3],       10, 1, &[1, 2, 3]),
            (&[1, 2, 3, 4, 5],  3, 2, &[3, 7, 5]),
            (&[1, 2, 3, 4],     2, 2, &[3, 7]),
            (&[1, 2],           0, 2, &[3]),
            (&[],               5, 1, &[]),
        ];
        for (values, columns, together, sums) in cases {
            assert_eq!(gathered(values, columns), (together, sums.to_vec()), "{values:?}");
        }
    }
}
