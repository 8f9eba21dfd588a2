//! Facts in JSON, laid before every notice that is built in.
#![no_main]

mod support;

use guazhang::domain::{Facts, fact_kind};
use guazhang::notice::{Calendar, Notice, Resumptions, builtin, builtin_ids, decide};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(object) = serde_json::from_slice(bytes) else { return };
    let notices: Vec<&Notice> = builtin_ids().filter_map(builtin).collect();
    let kind = |name: &str| fact_kind(name).or_else(|| notices.iter().find_map(|notice| notice.fact_kind(name)));
    let Ok(facts) = Facts::from_json(&object, kind) else { return };
    let _ = decide(&notices, &facts, &Resumptions::default(), &Calendar::built_in(), support::context().now);
});
