//! A platform's answers to a batch.
#![no_main]

mod support;

use guazhang::intake::{ColumnMap, answers};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    support::with_file("any.csv", bytes, |path| {
        if let Err(error) = answers(path, &ColumnMap::none()) {
            support::told(Some(error.faults()));
        }
    });
});
