//! What the targets share: a file for the readers, and a ledger that knows nothing.
#![allow(dead_code, reason = "no target needs all of it")]

use guazhang::domain::fact_kind;
use guazhang::intake::{Context, Fault};
use guazhang::text::{Explain, Lang};
use std::path::Path;

pub fn context<'a>() -> Context<'a> {
    Context {
        now: "2026-01-01T00:00:00".parse().expect("a time"),
        own_facility: "H14990100001",
        knows_facility: &|_| false,
        fact_kind: &|name| fact_kind(name),
    }
}

/// Runs `read` over a file with these bytes, in memory where the system has such a folder.
pub fn with_file(name: &str, bytes: &[u8], read: impl FnOnce(&Path)) {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    let folder = folder.expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("room for the input");
    read(&path);
}

/// Words of a fault must not fail either.
pub fn told(faults: Option<&[Fault]>) {
    for fault in faults.unwrap_or_default() {
        assert!(!fault.what(Lang::Zh).is_empty() && !fault.hint(Lang::En).is_empty());
    }
}
