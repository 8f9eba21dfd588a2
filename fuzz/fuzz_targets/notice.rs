//! A notice in TOML: checked, and where it holds, asked about an ordinary case.
#![no_main]

mod support;

use guazhang::domain::Facts;
use guazhang::notice::{Calendar, Notice, Resumptions, check, decide};
use guazhang::text::{Explain, Lang};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for finding in check(text) {
        assert!(!finding.what(Lang::Zh).is_empty());
    }
    let Ok(notice) = Notice::read(text) else { return };
    let mut facts = Facts::default();
    facts.set_text("kind", "outpatient");
    facts.set_time("occurred_at", "2021-10-25T09:00:00".parse().ok());
    let _ = decide(&[&notice], &facts, &Resumptions::default(), &Calendar::built_in(), support::context().now);
});
