//! Lines and columns of places in a text, for messages that point at them.
//!
//! Counted once for the whole text: a text with many faults has its places told as fast as one with few.

/// Between two places whose characters are counted lie so many bytes.
const STEP: usize = 1024;

/// Where the lines of a text begin, and how many characters stand before each stretch of it.
#[derive(Clone, Debug)]
pub struct Places<'t> {
    text: &'t str,
    lines: Vec<usize>,
    characters: Vec<usize>,
}

impl<'t> Places<'t> {
    /// Of this text.
    pub fn of(text: &'t str) -> Places<'t> {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let sums = text.as_bytes().chunks(STEP).scan(0, |before, chunk| {
            *before += begun(chunk);
            Some(*before)
        });
        Places {
            text,
            lines: std::iter::once(0).chain(ends).collect(),
            characters: std::iter::once(0).chain(sums).collect(),
        }
    }

    /// Line and column of a byte, both from 1, the column in characters; of a place that the text does not have, those of
    /// its end.
    pub fn at(&self, offset: usize) -> (usize, usize) {
        let offset = if self.text.is_char_boundary(offset) { offset } else { self.text.len() };
        let line = self.lines.partition_point(|&begins| begins <= offset);
        let begins = self.lines.get(line - 1).copied().unwrap_or(0);
        (line, self.before(offset) - self.before(begins) + 1)
    }

    /// How many characters begin before a byte.
    fn before(&self, offset: usize) -> usize {
        let block = offset / STEP;
        self.characters.get(block).copied().unwrap_or(0) + begun(&self.text.as_bytes()[block * STEP..offset])
    }
}

/// How many characters begin in these bytes of UTF-8.
fn begun(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn columns_count_characters() {
        let text = "a = 1\n标题 = 2\n\nb";
        let cases =
            [(0, (1, 1)), (5, (1, 6)), (6, (2, 1)), (13, (2, 4)), (17, (3, 1)), (18, (4, 1)), (19, (4, 2))];
        for (offset, place) in cases {
            assert_eq!(Places::of(text).at(offset), place, "{offset}");
        }
        assert_eq!(Places::of(text).at(7), (4, 2), "within a character");
        assert_eq!(Places::of(text).at(1000), (4, 2), "beyond the end");
        assert_eq!(Places::of("").at(0), (1, 1));
    }

    proptest! {
        #[test]
        fn as_if_counted_from_the_beginning(text in "[a标\n]{0,4000}", at in 0..6000_usize) {
            let before = text.get(..at).unwrap_or(&text);
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            prop_assert_eq!(Places::of(&text).at(at), (line, column));
        }
    }
}
