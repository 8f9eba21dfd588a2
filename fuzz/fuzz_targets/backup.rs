//! A backup, in the clear or locked to a key: tried out, so that all of it is read and proved.
#![no_main]

mod support;

use guazhang::domain::Actor;
use guazhang::store::{Mode, Opener, examine, restore};
use libfuzzer_sys::fuzz_target;
use std::path::Path;

/// The key of the page on backups; it opens nothing else.
const KEY: &str = include_str!("../../tests/cmd/backup.in/key.txt");

fuzz_target!(|bytes: &[u8]| {
    let now = support::context().now;
    let actor = Actor { operator: "Wang".to_owned(), at: now };
    let opener = Opener::identities(Path::new("backup.key"), KEY).expect("a key");
    support::with_file("backup.db", bytes, |path| {
        let to = path.with_file_name("restored.db");
        let _ = restore(path, &to, &to, &opener, &actor, Mode::Try);
        // The same bytes where a ledger should stand.
        let _ = examine(path, now);
    });
});
