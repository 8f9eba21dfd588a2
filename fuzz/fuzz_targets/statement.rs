//! A platform's settlement statement.
#![no_main]

mod support;

use guazhang::intake::{ColumnMap, StatementSheet};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    support::with_file("any.csv", bytes, |path| {
        if let Ok(sheet) = StatementSheet::open(path, &ColumnMap::none(), support::context().now) {
            sheet.for_each(|row| support::told(row.err().as_deref()));
        }
    });
});
