//! A profile of a region in TOML, and the sheet of what a facility charges for.
#![no_main]

mod support;

use guazhang::batch::Profile;
use guazhang::intake::catalogue;
use guazhang::text::{Explain, Lang};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = catalogue(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Err(error) = Profile::parse("any.toml", text) {
        assert!(!error.what(Lang::Zh).is_empty() && !error.hint(Lang::En).is_empty());
    }
});
