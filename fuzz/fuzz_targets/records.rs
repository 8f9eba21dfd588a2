//! A sheet of records, alone and as its own fee lines.
#![no_main]

mod support;

use guazhang::intake::{ColumnMap, RecordSheet};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    support::with_file("any.csv", bytes, |path| {
        for lines in [None, Some(path)] {
            if let Ok(mut sheet) = RecordSheet::open(path, lines, &ColumnMap::none(), &support::context()) {
                sheet.by_ref().for_each(|row| support::told(row.err().as_deref()));
                support::told(sheet.finish().err().as_deref());
            }
        }
    });
});
