//! Bundles between windows: seal what others do not have, take in what they sealed,
//! and keep a folder in step.
//!
//! Joined here are the file (`exchange`), the books (`store`) and the rules
//! (`domain/merge.rs`). A file is proved whole before anything is written, and what it
//! changes is one transaction.

mod error;
mod open;
mod peers;
mod seal;
mod sync;

pub use error::MergeError;
pub use open::{OpenedBundle, Outcome, compare_windows, open_bundle};
pub use peers::{read_card, release, revoke, trust, wanted};
pub use seal::{SealFrom, SealedBundle, has_news, seal};
pub use sync::{Synced, name_of, sync};
