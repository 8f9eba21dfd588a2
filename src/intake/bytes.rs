//! What a file is, before its rows are read: its character set, its digest.
//!
//! Text is read in UTF-8, with or without a byte order mark; a workbook is told
//! apart here and read in `workbook`. Every other form is recognised and refused
//! with a remedy. Nothing here looks at columns.

use crate::domain::{Digest, Digester};
use crate::intake::SheetError;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The byte order mark of UTF-8.
pub(super) const MARK: &[u8] = b"\xEF\xBB\xBF";

/// Bytes taken from the disk at a time.
const BLOCK: usize = 64 * 1024;

/// A form of file that is not plain text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A ZIP, which an xlsx is.
    Xlsx,
    /// An old Excel file.
    Xls,
    /// Text in UTF-16, which a spreadsheet calls “Unicode text”.
    Utf16,
    /// A web page, often named `.xls`.
    Html,
}

impl Form {
    /// Its name, the same in both languages.
    pub fn name(self) -> &'static str {
        match self {
            Form::Xlsx => "xlsx / ZIP",
            Form::Xls => "xls",
            Form::Utf16 => "UTF-16",
            Form::Html => "HTML",
        }
    }

    /// Whether it holds worksheets.
    pub(super) fn is_workbook(self) -> bool {
        matches!(self, Form::Xlsx | Form::Xls)
    }

    /// The form of a file; `None` where it may be text.
    ///
    /// # Errors
    /// [`SheetError::Io`].
    pub(super) fn of_file(path: &Path) -> Result<Option<Form>, SheetError> {
        let io = |error: io::Error| SheetError::io(path, &error);
        let mut first = [0; 4];
        let mut file = File::open(path).map_err(io)?;
        let read = fill(&mut file, &mut first).map_err(io)?;
        Ok(Form::of(&first[..read]))
    }

    /// The form that the first bytes give away; a file's name proves nothing.
    fn of(first: &[u8]) -> Option<Form> {
        match first {
            [0x50, 0x4B, 0x03, 0x04, ..] => Some(Form::Xlsx),
            [0xD0, 0xCF, 0x11, 0xE0, ..] => Some(Form::Xls),
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Some(Form::Utf16),
            [b'<', ..] => Some(Form::Html),
            _ => None,
        }
    }
}

/// Reads the whole file once and answers whether it is text in UTF-8. A workbook is not looked into.
///
/// # Errors
/// [`SheetError::NotText`] for another form, [`SheetError::NotUtf8`] with the
/// line and the byte where the text stops being UTF-8, [`SheetError::Io`].
pub(super) fn check_utf8(path: &Path) -> Result<(), SheetError> {
    let io = |error: io::Error| SheetError::io(path, &error);
    let mut file = File::open(path).map_err(io)?;
    let mut block = vec![0; BLOCK];
    // The beginning of a character that the end of the last block cut.
    let (mut kept, mut offset, mut line) = (0, 0_u64, 1_u64);
    loop {
        let read = fill(&mut file, &mut block[kept..]).map_err(io)?;
        let text = &block[..kept + read];
        if offset == 0
            && let Some(form) = Form::of(text)
        {
            if form.is_workbook() {
                return Ok(());
            }
            return Err(SheetError::NotText { path: path.to_owned(), form });
        }
        let valid = match std::str::from_utf8(text) {
            Ok(_) => text.len(),
            Err(error) if error.error_len().is_none() && read > 0 => error.valid_up_to(),
            Err(error) => {
                let byte = offset + error.valid_up_to() as u64;
                let line = line + lines_in(&text[..error.valid_up_to()]);
                return Err(SheetError::NotUtf8 { path: path.to_owned(), line, byte });
            }
        };
        line += lines_in(&text[..valid]);
        if read == 0 {
            return Ok(());
        }
        kept = text.len() - valid;
        block.copy_within(valid..valid + kept, 0);
        offset += valid as u64;
    }
}

fn lines_in(text: &[u8]) -> u64 {
    text.iter().map(|&byte| u64::from(byte == b'\n')).sum()
}

/// Reads until `block` is full or the file ends.
fn fill(file: &mut File, block: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < block.len() {
        match file.read(&mut block[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// The SHA-256 of a file, byte for byte.
///
/// # Errors
/// [`SheetError::Io`].
pub fn digest_of_file(path: &Path) -> Result<Digest, SheetError> {
    let io = |error: io::Error| SheetError::io(path, &error);
    let mut file = File::open(path).map_err(io)?;
    let mut block = vec![0; BLOCK];
    let mut digest = Digester::default();
    loop {
        match fill(&mut file, &mut block).map_err(io)? {
            0 => return Ok(digest.finish()),
            read => digest.update(&block[..read]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::testing::file;

    #[test]
    fn the_first_bytes_tell_the_form() {
        #[rustfmt::skip] // the columns are the point
        let cases: &[(&[u8], &str)] = &[
            (b"record_no,kind\n",              "read"),
            (b"\xEF\xBB\xBF\xE6\x8C\x82\n",    "read"),
            (b"",                              "read"),
            (b"PK\x03\x04rest",                "read"),
            (b"\xD0\xCF\x11\xE0rest",          "read"),
            (b"\xFF\xFEa\0",                   "UTF-16"),
            (b"<table><tr>",                   "HTML"),
            (b"a,b\n1,\xB9\xD2\n",             "line 2 byte 6"),
            (b"a\n\xE6\x8C",                   "line 2 byte 2"),
        ];
        for (bytes, want) in cases {
            let (_folder, path) = file("sheet.csv", bytes);
            let got = match check_utf8(&path) {
                Ok(()) => "read".to_owned(),
                Err(SheetError::NotText { form, .. }) => form.name().to_owned(),
                Err(SheetError::NotUtf8 { line, byte, .. }) => format!("line {line} byte {byte}"),
                Err(other) => format!("{other:?}"),
            };
            assert_eq!(got, *want, "{bytes:?}");
        }
    }

    #[test]
    fn a_character_on_the_edge_of_two_blocks_is_one_character() {
        for shift in 0..4 {
            let mut bytes = vec![b'a'; BLOCK - shift];
            bytes.extend("挂账".as_bytes());
            let (_folder, path) = file("sheet.csv", &bytes);
            assert!(check_utf8(&path).is_ok(), "{shift}");
            bytes.push(0xB9);
            let (_folder, path) = file("sheet.csv", &bytes);
            let byte = bytes.len() as u64 - 1;
            let got = check_utf8(&path);
            assert!(matches!(got, Err(SheetError::NotUtf8 { byte: at, .. }) if at == byte), "{shift}");
        }
    }

    #[test]
    fn the_digest_is_that_of_the_bytes() {
        let (_folder, path) = file("sheet.csv", b"guazhang");
        assert_eq!(digest_of_file(&path).unwrap(), Digest::of(b"guazhang"));
    }
}
