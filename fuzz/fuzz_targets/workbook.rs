//! Workbooks and pages: the first byte of the input says which, so that the rest is tried as such.
#![no_main]

mod support;

use guazhang::intake::{ColumnMap, StatementSheet};
use libfuzzer_sys::fuzz_target;

const BEGIN: [&[u8]; 4] = [b"PK\x03\x04", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", b"<table>", b"<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">"];

fuzz_target!(|bytes: &[u8]| {
    let Some((&which, rest)) = bytes.split_first() else { return };
    // A seed is a whole file; what grew out of one is given the beginning of its form.
    let forced = [BEGIN[usize::from(which) % BEGIN.len()], rest].concat();
    for content in [bytes, &forced] {
        support::with_file("any.xls", content, |path| {
            if let Ok(sheet) = StatementSheet::open(path, &ColumnMap::none(), support::context().now) {
                sheet.for_each(|row| support::told(row.err().as_deref()));
            }
        });
    }
});
