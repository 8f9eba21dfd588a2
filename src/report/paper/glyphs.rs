//! The letters of a picture: 16 points high, 8 or 16 wide.
//!
//! A machine in a hospital need not have any font that a program may use, so the characters of GB 2312 travel
//! along (see `OFL.txt`). What is not among them is drawn as an empty square.

use flate2::read::ZlibDecoder;
use std::collections::HashMap;
use std::io::Read;
use std::sync::OnceLock;

/// Points from top to bottom of each letter.
pub(super) const HEIGHT: usize = 16;

const PACKED: &[u8] = include_bytes!("glyphs.bin");
/// Drawn for what has no letter here.
const UNKNOWN: char = '□';

/// One letter: 16 rows of one or two bytes, the leftmost point in the highest bit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Glyph(&'static [u8]);

impl Glyph {
    /// The letter of a character.
    pub(super) fn of(ch: char) -> Glyph {
        let all = all();
        let of = |ch: char| u16::try_from(u32::from(ch)).ok().and_then(|code| all.get(&code));
        let found = of(ch).or_else(|| of(UNKNOWN));
        Glyph(found.map_or(&[0; HEIGHT], |bytes| bytes.as_slice()))
    }

    /// Points from left to right.
    pub(super) fn width(self) -> usize {
        self.0.len() / HEIGHT * 8
    }

    /// Whether a point is black.
    pub(super) fn is_black(self, x: usize, y: usize) -> bool {
        let bytes = self.0.len() / HEIGHT;
        self.0.get(y * bytes + x / 8).is_some_and(|byte| byte >> (7 - x % 8) & 1 == 1)
    }
}

fn all() -> &'static HashMap<u16, Vec<u8>> {
    static ALL: OnceLock<HashMap<u16, Vec<u8>>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut bytes = Vec::new();
        ZlibDecoder::new(PACKED).read_to_end(&mut bytes).expect("a test unpacks the letters");
        let (mut glyphs, mut rest) = (HashMap::new(), bytes.as_slice());
        while let [high, low, length, after @ ..] = rest {
            let (glyph, next) = after.split_at(usize::from(*length));
            glyphs.insert(u16::from_be_bytes([*high, *low]), glyph.to_vec());
            rest = next;
        }
        glyphs
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_is_whole() {
        assert!(all().values().all(|bytes| bytes.len() == 16 || bytes.len() == 32));
        for ch in "挂账凭条，收费票据：张＊＊ A1-0007 ¥128.50…“”（）".chars() {
            assert_ne!(Glyph::of(ch).0, Glyph::of('\u{e000}').0, "{ch}");
        }
        assert_eq!((Glyph::of('挂').width(), Glyph::of('A').width()), (16, 8));
    }

    #[test]
    fn a_character_without_a_letter_is_a_square() {
        assert_eq!(Glyph::of('\u{20bb7}').0, Glyph::of('□').0);
    }
}
