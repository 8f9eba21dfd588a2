//! Character sets: which one a file is in, and whether all of it is.
//!
//! The first bytes decide where they can; else text that is UTF-8 throughout is
//! UTF-8, and what is not is GB18030, which holds GBK and GB2312. Decoding is
//! strict: a byte that does not fit refuses the file by line and byte, and no
//! replacement character is ever made. Which headings a file has is not known
//! here.

use crate::closed_list;
use crate::intake::SheetError;
use crate::intake::bytes::{BLOCK, MARK, fill};
use crate::intake::transcode::{Decoding, Trouble};
use crate::text::UnknownWord;
use std::fs::File;
use std::io;
use std::path::Path;

closed_list! {
    /// A character set of text files.
    Encoding as "encoding" {
        Utf8 = "utf-8", "UTF-8", "UTF-8";
        Gb18030 = "gb18030", "GB18030", "GB18030";
        Utf16Le = "utf-16le", "UTF-16LE", "UTF-16LE";
        Utf16Be = "utf-16be", "UTF-16BE", "UTF-16BE";
    }
}

impl Encoding {
    /// Reads a name as people write it: `gbk`, `GB2312` and `utf8` too.
    ///
    /// # Errors
    /// [`UnknownWord`] with the names that are known.
    pub fn named(text: &str) -> Result<Encoding, UnknownWord> {
        match text.trim().to_ascii_lowercase().as_str() {
            "utf8" => Ok(Encoding::Utf8),
            "gbk" | "gb2312" | "cp936" | "ansi" => Ok(Encoding::Gb18030),
            "utf16" | "utf-16" | "utf16le" | "unicode" => Ok(Encoding::Utf16Le),
            "utf16be" => Ok(Encoding::Utf16Be),
            other => other.parse(),
        }
    }

    /// The character set that a byte order mark names.
    pub(super) fn marked(first: &[u8]) -> Option<Encoding> {
        match first {
            [0xFF, 0xFE, ..] => Some(Encoding::Utf16Le),
            [0xFE, 0xFF, ..] => Some(Encoding::Utf16Be),
            first if first.starts_with(MARK) => Some(Encoding::Utf8),
            _ => None,
        }
    }
}

/// What a look at the whole of a text file answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decided {
    pub(super) encoding: Encoding,
    /// Bytes of the text in UTF-8.
    pub(super) length: u64,
    /// Nothing but ASCII, so that most character sets say the same.
    pub(super) sure: bool,
}

/// Where text stops being in a character set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadByte {
    /// The character set.
    pub encoding: Encoding,
    /// Line of the byte that does not fit, from 1.
    pub line: u64,
    /// Place of that byte, from 0.
    pub byte: u64,
}

/// Three bytes of Chinese in UTF-8, so many times in front of the first fault, are no accident of GBK.
const PLAINLY_UTF8: u64 = 3;

/// Decides for one file, reading all of it; `forced` is what the operator says.
///
/// # Errors
/// [`SheetError::Encoding`] with the byte at fault, [`SheetError::Io`].
pub(super) fn decide(path: &Path, forced: Option<Encoding>) -> Result<Decided, SheetError> {
    let io = |error: io::Error| SheetError::io(path, &error);
    let refused = |bad: Vec<BadByte>| SheetError::Encoding { path: path.to_owned(), bad };
    let mut first = [0; 4];
    let read = fill(&mut File::open(path).map_err(io)?, &mut first).map_err(io)?;
    let marked = Encoding::marked(&first[..read]);
    if let Some(encoding) = forced.or(marked) {
        let length = length_in(path, encoding).map_err(io)?.map_err(|bad| refused(vec![bad]))?;
        return Ok(Decided { encoding, length, sure: true });
    }
    let not_utf8 = match utf8(path).map_err(io)? {
        Ok((length, ascii)) => return Ok(Decided { encoding: Encoding::Utf8, length, sure: ascii }),
        Err((bad, chinese)) if chinese >= PLAINLY_UTF8 => return Err(refused(vec![bad])),
        Err((bad, _)) => bad,
    };
    match length_in(path, Encoding::Gb18030).map_err(io)? {
        Ok(length) => Ok(Decided { encoding: Encoding::Gb18030, length, sure: false }),
        Err(bad) => Err(refused(vec![not_utf8, bad])),
    }
}

/// Bytes of the text in UTF-8, or the byte that does not fit.
pub(super) fn length_in(path: &Path, encoding: Encoding) -> io::Result<Result<u64, BadByte>> {
    if encoding == Encoding::Utf8 {
        return Ok(utf8(path)?.map(|(length, _)| length).map_err(|(bad, _)| bad));
    }
    let mut decoding = Decoding::new(File::open(path)?, encoding);
    let (mut text, mut length, mut lines) = (Vec::new(), 0, Lines::default());
    loop {
        text.clear();
        let read = decoding.chunk(&mut text);
        length += text.len() as u64;
        lines.count(&text);
        match read {
            Ok(true) => {}
            Ok(false) => return Ok(Ok(length)),
            Err(Trouble::Io(error)) => return Err(error),
            Err(Trouble::Malformed { byte }) => {
                return Ok(Err(BadByte { encoding, line: lines.line(), byte }));
            }
        }
    }
}

/// Reads the whole file as UTF-8: its length and whether it is ASCII, or the byte at fault and how many Chinese
/// characters stand before it.
fn utf8(path: &Path) -> io::Result<Result<(u64, bool), (BadByte, u64)>> {
    let mut file = File::open(path)?;
    let mut block = vec![0; BLOCK];
    // The beginning of a character that the end of the last block cut.
    let (mut kept, mut offset, mut lines) = (0, 0_u64, Lines::default());
    let (mut ascii, mut chinese) = (true, 0);
    loop {
        let read = fill(&mut file, &mut block[kept..])?;
        let text = &block[..kept + read];
        let (valid, broken) = match std::str::from_utf8(text) {
            Ok(_) => (text.len(), false),
            Err(error) => (error.valid_up_to(), error.error_len().is_some() || read == 0),
        };
        lines.count(&text[..valid]);
        let plain = text[..valid].is_ascii();
        ascii &= plain;
        if !plain && chinese < PLAINLY_UTF8 {
            chinese += text[..valid].iter().filter(|byte| (0xE3..=0xE9).contains(*byte)).count() as u64;
        }
        if broken {
            let bad = BadByte { encoding: Encoding::Utf8, line: lines.line(), byte: offset + valid as u64 };
            return Ok(Err((bad, chinese)));
        }
        if read == 0 {
            return Ok(Ok((offset, ascii)));
        }
        kept = text.len() - valid;
        block.copy_within(valid..valid + kept, 0);
        offset += valid as u64;
    }
}

/// Counts lines whose ends are CRLF, LF or CR, block by block.
#[derive(Default)]
struct Lines {
    ended: u64,
    after_return: bool,
}

impl Lines {
    fn count(&mut self, text: &[u8]) {
        let mut returns = 0;
        let mut pairs = u64::from(self.after_return && text.first() == Some(&b'\n'));
        for pair in text.windows(2) {
            pairs += u64::from(pair == b"\r\n");
        }
        let mut feeds = 0;
        for &byte in text {
            feeds += u64::from(byte == b'\n');
            returns += u64::from(byte == b'\r');
        }
        self.ended += feeds + returns - pairs;
        self.after_return = text.last().map_or(self.after_return, |&byte| byte == b'\r');
    }

    fn line(&self) -> u64 {
        self.ended + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::testing::file;

    fn said(bytes: &[u8], forced: Option<Encoding>) -> String {
        let (_folder, path) = file("sheet.csv", bytes);
        match decide(&path, forced) {
            Ok(decided) => format!("{:?}{}", decided.encoding, if decided.sure { "!" } else { "" }),
            Err(SheetError::Encoding { bad, .. }) => {
                let one = |bad: &BadByte| format!("{:?} line {} byte {}", bad.encoding, bad.line, bad.byte);
                bad.iter().map(one).collect::<Vec<_>>().join(", ")
            }
            Err(other) => format!("{other:?}"),
        }
    }

    #[test]
    fn every_file_is_decided_for_itself() {
        let utf16 = |text: &str, big: bool| -> Vec<u8> {
            let units = "\u{FEFF}".encode_utf16().chain(text.encode_utf16());
            units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
        };
        #[rustfmt::skip] // the columns are the point
        let cases: &[(&[u8], Option<Encoding>, &str)] = &[
            (b"record_no,kind\n",                       None, "Utf8!"),
            (b"",                                       None, "Utf8!"),
            ("\u{FEFF}挂账\n".as_bytes(),                None, "Utf8!"),
            ("挂账\n".as_bytes(),                        None, "Utf8"),
            (b"a,b\n1,\xB9\xD2\xD5\xCB\n",              None, "Gb18030"),
            (b"a\n\x95\x33\xAF\x31\n",                  None, "Gb18030"), // U+20BB7, four bytes
            (&utf16("挂账\n", false),                    None, "Utf16Le!"),
            (&utf16("挂账\n", true),                     None, "Utf16Be!"),
            (b"a\r\nb\xFF\n",                           None, "Utf8 line 2 byte 4, Gb18030 line 2 byte 4"),
            (b"a\rb\n\xB9",                             None, "Utf8 line 3 byte 4, Gb18030 line 3 byte 4"),
            ("挂账登记\n\u{FFFF}x".as_bytes(),            None, "Utf8"),
            (b"\xE6\x8C\x82\xE8\xB4\xA6\xE6\x8C\x82\n\xB9\xD2", None, "Utf8 line 2 byte 10"),
            (b"\xFF\xFEa",                              None, "Utf16Le line 1 byte 2"),
            ("挂账\n".as_bytes(),                        Some(Encoding::Gb18030), "Gb18030!"),
            (b"a\n\xFFb",                               Some(Encoding::Gb18030), "Gb18030 line 2 byte 2"),
            (b"a\n\xB9\xD2",                            Some(Encoding::Utf8), "Utf8 line 2 byte 2"),
            (b"a\0\n\0",                                Some(Encoding::Utf16Le), "Utf16Le!"),
        ];
        for (bytes, forced, want) in cases {
            assert_eq!(said(bytes, *forced), *want, "{bytes:?}");
        }
    }

    #[test]
    fn a_character_on_the_edge_of_two_blocks_is_one_character() {
        for shift in 0..4 {
            let mut bytes = vec![b'a'; BLOCK - shift];
            bytes.extend("挂账挂".as_bytes());
            assert_eq!(said(&bytes, None), "Utf8", "{shift}");
            bytes.push(0xB9);
            assert_eq!(said(&bytes, None), format!("Utf8 line 1 byte {}", bytes.len() - 1), "{shift}");
        }
    }

    #[test]
    fn names_as_people_write_them() {
        for (name, want) in
            [("GBK", "gb18030"), (" utf8 ", "utf-8"), ("UTF-16LE", "utf-16le"), ("Unicode", "utf-16le")]
        {
            assert_eq!(crate::text::Label::id(&Encoding::named(name).unwrap()), want);
        }
        assert!(Encoding::named("latin1").is_err());
    }
}
