//! Texts into bytes, in the characters a batch is written in.
//!
//! A character that an encoding cannot hold is found before anything is written;
//! nothing is replaced here.

use super::layout::Encoding;
use encoding_rs::GB18030;

/// What a file begins with.
pub(super) fn mark(encoding: Encoding) -> &'static [u8] {
    match encoding {
        Encoding::Utf8Bom => "\u{feff}".as_bytes(),
        Encoding::Utf8 | Encoding::Gb18030 => &[],
    }
}

/// Adds a text to the bytes of a file. No text depends on the one before it.
pub(super) fn push(bytes: &mut Vec<u8>, text: &str, encoding: Encoding) {
    match encoding {
        Encoding::Utf8 | Encoding::Utf8Bom => bytes.extend_from_slice(text.as_bytes()),
        Encoding::Gb18030 => bytes.extend_from_slice(&GB18030.encode(text).0),
    }
}

/// The first character that would not come back as it was: which, and where, from 1.
pub(super) fn lost(text: &str, encoding: Encoding) -> Option<(char, usize)> {
    if encoding != Encoding::Gb18030 || text.is_ascii() {
        return None;
    }
    let comes_back = |ch: char| {
        let mut room = [0; 4];
        let one = &*ch.encode_utf8(&mut room);
        let (bytes, _, unmappable) = GB18030.encode(one);
        !unmappable && GB18030.decode_without_bom_handling(&bytes).0 == one
    };
    text.chars().zip(1..).find(|&(ch, _)| !ch.is_ascii() && !comes_back(ch))
}

/// The text has a character of four bytes in GB18030, which old programs show as two or as none.
pub(super) fn is_rare(text: &str) -> bool {
    let rare = |ch: char| {
        let mut room = [0; 4];
        GB18030.encode(ch.encode_utf8(&mut room)).0.len() == 4
    };
    !text.is_ascii() && text.chars().any(|ch| !ch.is_ascii() && rare(ch))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str, encoding: Encoding) -> Vec<u8> {
        let mut bytes = mark(encoding).to_vec();
        push(&mut bytes, text, encoding);
        bytes
    }

    #[test]
    fn characters_and_what_gb18030_makes_of_them() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            // text        rare   lost
            ("Wang 1",     false, None),
            ("王试一",      false, None),
            ("镕",         false, None),
            ("㛃",         true,  None),
            ("𠮷田",        true,  None),
            ("王\u{e5e5}",  false, Some(('\u{e5e5}', 2))),
        ];
        for (text, rare, gone) in cases {
            assert_eq!(lost(text, Encoding::Gb18030), gone, "{text}");
            assert_eq!(lost(text, Encoding::Utf8), None, "{text}");
            if gone.is_none() {
                assert_eq!(is_rare(text), rare, "{text}");
                let bytes = bytes(text, Encoding::Gb18030);
                assert_eq!(GB18030.decode_without_bom_handling(&bytes).0, text);
            }
        }
    }

    #[test]
    fn only_the_first_of_them_has_a_mark() {
        assert_eq!(bytes("a", Encoding::Utf8Bom), b"\xef\xbb\xbfa");
        assert_eq!(bytes("a", Encoding::Utf8), b"a");
        assert_eq!(bytes("挂", Encoding::Gb18030), b"\xb9\xd2");
    }
}
