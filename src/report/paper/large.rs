//! A number in large type, drawn with characters: three columns and five half rows for each letter.

use crate::text::is_ambiguous_wide;

/// Letter, and its rows from top to bottom as bits of three columns.
#[rustfmt::skip] // the columns are the point
const LETTERS: &[(char, [u8; 5])] = &[
    ('0', [7, 5, 5, 5, 7]), ('1', [2, 6, 2, 2, 7]), ('2', [7, 1, 7, 4, 7]), ('3', [7, 1, 7, 1, 7]),
    ('4', [5, 5, 7, 1, 1]), ('5', [7, 4, 7, 1, 7]), ('6', [7, 4, 7, 5, 7]), ('7', [7, 1, 1, 2, 2]),
    ('8', [7, 5, 7, 5, 7]), ('9', [7, 5, 7, 1, 7]), ('-', [0, 0, 7, 0, 0]),
    ('A', [2, 5, 7, 5, 5]), ('B', [6, 5, 6, 5, 6]), ('C', [3, 4, 4, 4, 3]), ('D', [6, 5, 5, 5, 6]),
    ('E', [7, 4, 6, 4, 7]), ('F', [7, 4, 6, 4, 4]), ('G', [3, 4, 5, 5, 3]), ('H', [5, 5, 7, 5, 5]),
    ('I', [7, 2, 2, 2, 7]), ('J', [1, 1, 1, 5, 2]), ('K', [5, 5, 6, 5, 5]), ('L', [4, 4, 4, 4, 7]),
    ('M', [5, 7, 7, 5, 5]), ('N', [6, 5, 5, 5, 5]), ('O', [2, 5, 5, 5, 2]), ('P', [6, 5, 6, 4, 4]),
    ('Q', [2, 5, 5, 6, 3]), ('R', [6, 5, 6, 5, 5]), ('S', [3, 4, 2, 1, 6]), ('T', [7, 2, 2, 2, 2]),
    ('U', [5, 5, 5, 5, 7]), ('V', [5, 5, 5, 5, 2]), ('W', [5, 5, 7, 7, 5]), ('X', [5, 5, 2, 5, 5]),
    ('Y', [5, 5, 2, 2, 2]), ('Z', [7, 1, 2, 4, 7]),
];

/// Columns that a text in large type takes.
pub(super) fn columns(text: &str) -> usize {
    (text.chars().count() * 4).saturating_sub(1)
}

/// The lines of a text in large type. Where blocks are two columns wide, `#` stands for them and rows are whole ones.
pub(super) fn lines(text: &str) -> Vec<String> {
    let rows: Vec<Vec<bool>> = (0..5).map(|row| bits(text, row)).collect();
    if is_ambiguous_wide() {
        let line = |row: &Vec<bool>| row.iter().map(|on| if *on { '#' } else { ' ' }).collect();
        return rows.iter().map(line).collect();
    }
    let none = vec![false; rows[0].len()];
    let halves = |pair: &[Vec<bool>]| {
        let below = pair.get(1).unwrap_or(&none);
        pair[0].iter().zip(below).map(|halves| block(*halves.0, *halves.1)).collect()
    };
    rows.chunks(2).map(halves).collect()
}

fn bits(text: &str, row: usize) -> Vec<bool> {
    let mut bits = Vec::new();
    for ch in text.chars() {
        let letter = LETTERS.iter().find(|(known, _)| *known == ch).map_or(0, |(_, rows)| rows[row]);
        bits.extend([letter & 4 != 0, letter & 2 != 0, letter & 1 != 0, false]);
    }
    bits.pop();
    bits
}

fn block(above: bool, below: bool) -> char {
    match (above, below) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_large_type() {
        insta::assert_snapshot!(lines("A1-0007").join("\n"), @r"
        ▄▀▄ ▄█      █▀█ █▀█ █▀█ ▀▀█
        █▀█  █  ▀▀▀ █ █ █ █ █ █  ▄▀
        ▀ ▀ ▀▀▀     ▀▀▀ ▀▀▀ ▀▀▀  ▀
        ");
        assert_eq!(columns("A1-0007"), 27);
    }

    #[test]
    fn every_letter_of_a_number_is_there() {
        let all = ('0'..='9').chain('A'..='Z').chain(['-']);
        assert!(
            all.into_iter().all(|ch| LETTERS.iter().any(|(known, rows)| *known == ch && rows != &[0; 5]))
        );
    }
}
