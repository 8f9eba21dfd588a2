//! The manifest of a batch that came back, in a folder with a file beside it.
#![no_main]

mod support;

use guazhang::batch::{MANIFEST, verify};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    support::with_file(MANIFEST, bytes, |path| {
        let folder = path.parent().expect("a file lies in a folder");
        std::fs::write(folder.join("2207-data.csv"), bytes).expect("room for the input");
        let _ = verify(folder);
    });
});
