//! A `--map` file.
#![no_main]

mod support;

use guazhang::intake::{ColumnMap};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    support::with_file("map.toml", bytes, |path| {
        let _ = ColumnMap::read(path);
    });
});
