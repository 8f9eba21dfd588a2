//! What a file is, before its rows are read: text, or one of the forms in which
//! spreadsheets keep a table.
//!
//! The first bytes decide; a file's name proves nothing. Which character set a
//! text is in is decided in `encoding`, and nothing here looks at columns.

use crate::domain::{Digest, Digester};
use crate::intake::SheetError;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The byte order mark of UTF-8.
pub(super) const MARK: &[u8] = b"\xEF\xBB\xBF";

/// Bytes taken from the disk at a time.
pub(super) const BLOCK: usize = 64 * 1024;

/// So far a page may have a comment or a blank before its first tag.
const FIRST: usize = 4096;

/// A form of file that holds a table and is not plain text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A ZIP, which an xlsx is.
    Xlsx,
    /// An old Excel file.
    Xls,
    /// A web page with a table in it, often named `.xls`.
    Html,
    /// A workbook of Excel 2003 in XML, often named `.xls`.
    Xml,
}

impl Form {
    /// Its name, the same in both languages.
    pub fn name(self) -> &'static str {
        match self {
            Form::Xlsx => "xlsx",
            Form::Xls => "xls",
            Form::Html => "HTML",
            Form::Xml => "XML",
        }
    }

    /// The form of a file; `None` where it is text.
    ///
    /// # Errors
    /// [`SheetError::Io`].
    pub(super) fn of_file(path: &Path) -> Result<Option<Form>, SheetError> {
        let io = |error: io::Error| SheetError::io(path, &error);
        let mut first = [0; FIRST];
        let mut file = File::open(path).map_err(io)?;
        let read = fill(&mut file, &mut first).map_err(io)?;
        Ok(Form::of(&first[..read]))
    }

    fn of(first: &[u8]) -> Option<Form> {
        match first {
            [0x50, 0x4B, 0x03, 0x04, ..] => return Some(Form::Xlsx),
            [0xD0, 0xCF, 0x11, 0xE0, ..] => return Some(Form::Xls),
            _ => {}
        }
        // A page in UTF-16 has a zero beside each letter; they are left out for this look only.
        let text: Vec<u8> =
            first.iter().filter(|byte| **byte != 0 && byte.is_ascii()).map(u8::to_ascii_lowercase).collect();
        let text = text.trim_ascii_start();
        let has = |what: &[u8]| text.windows(what.len()).any(|part| part == what);
        let tag = |what: &[u8]| text.starts_with(what);
        if tag(b"<?xml") && has(b"urn:schemas-microsoft-com:office:spreadsheet") && !has(b"<html") {
            return Some(Form::Xml);
        }
        let page: [&[u8]; 8] =
            [b"<!doctype", b"<html", b"<head", b"<meta", b"<table", b"<style", b"<?xml", b"<!--"];
        page.iter().any(|what| tag(what)).then_some(Form::Html)
    }
}

/// Reads until `block` is full or the file ends.
pub(super) fn fill(file: &mut File, block: &mut [u8]) -> io::Result<usize> {
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
        let xml: &[u8] = b"\xEF\xBB\xBF<?xml version=\"1.0\"?>\r\n<?mso-application progid=\"Excel.Sheet\"?>\
                           <Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">";
        #[rustfmt::skip] // the columns are the point
        let cases: &[(&[u8], Option<Form>)] = &[
            (b"record_no,kind\n",              None),
            (b"\xEF\xBB\xBF\xE6\x8C\x82\n",    None),
            (b"",                              None),
            (b"<50,>=50\n1,2\n",               None),
            (b"PK\x03\x04rest",                Some(Form::Xlsx)),
            (b"\xD0\xCF\x11\xE0rest",          Some(Form::Xls)),
            (b"\xFF\xFEa\0",                   None),
            (b"<table><tr>",                   Some(Form::Html)),
            (b"\r\n <HTML xmlns:x=\"urn:schemas-microsoft-com:office:excel\">", Some(Form::Html)),
            (b"\xFF\xFE<\0h\0t\0m\0l\0>\0",    Some(Form::Html)),
            (xml,                              Some(Form::Xml)),
        ];
        for (bytes, want) in cases {
            assert_eq!(Form::of(bytes), *want, "{bytes:?}");
        }
    }

    #[test]
    fn the_digest_is_that_of_the_bytes() {
        let (_folder, path) = file("sheet.csv", b"guazhang");
        assert_eq!(digest_of_file(&path).unwrap(), Digest::of(b"guazhang"));
    }
}
