//! The list of patients in hospital.
#![no_main]

mod support;

use guazhang::intake::{CensusSheet, ColumnMap};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    support::with_file("any.csv", bytes, |path| {
        if let Ok(mut sheet) = CensusSheet::open(path, &ColumnMap::none(), &support::context()) {
            sheet.by_ref().for_each(|row| support::told(row.err().as_deref()));
            let _ = sheet.finish();
        }
    });
});
