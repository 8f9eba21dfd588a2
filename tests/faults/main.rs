//! The fault laboratory: the power goes, the disk is full or broken, a byte
//! changes, and somebody looks into every file. Whatever happens, what was
//! acknowledged is there, nothing is half done, and a change does not go unseen.
//!
//! Each test takes its chances from a seed that it prints where it fails. Sizes
//! are small by default and set by variables; `docs/reliability.md` has the
//! commands of a full run. Files that do not go through SQLite (the folder of a
//! batch, rejected rows) meet a full disk here and are killed in the test `kill`.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]
#![allow(clippy::print_stdout, reason = "how much was tried is worth seeing")]

#[path = "../common/mod.rs"]
mod common;

mod disk;
mod flips;
mod full;
mod io;
mod markers;
mod power;
mod sockets;
mod story;
mod vfs;

/// A size: from the environment, or what a test machine does in seconds.
fn size(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}

/// Says once for the whole process what unlocks a ledger, for the commands that run inside it.
#[allow(unsafe_code, reason = "no other thread of the tests sets a variable")]
fn passphrase() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| unsafe {
        std::env::set_var("GUAZHANG_PASSPHRASE", common::PASSPHRASE);
        std::env::set_var("GUAZHANG_NEW_PASSPHRASE", common::PASSPHRASE);
        std::env::set_var("GUAZHANG_UNLOCK_TIME", "1");
    });
}

/// The seed of all chances.
fn seed() -> u64 {
    size("GUAZHANG_SEED", 20_211_029)
}
