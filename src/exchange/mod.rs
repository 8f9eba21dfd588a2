//! Bundles: what one ledger hands to another, as a file. Signed, compressed, and
//! encrypted to those who may read it; `docs/bundles.md` has the format to the byte.
//!
//! This room writes and reads the file and proves that it is whole. Whom to trust,
//! what goes into a bundle and what becomes of it is decided above; how records of
//! several ledgers are joined, in `domain/merge.rs`.

mod fault;
mod header;
mod read;
#[cfg(test)]
mod sample;
mod write;

pub use fault::BundleFault;
pub use header::{About, Header, Measured};
pub use read::{Opened, read, read_inside};
pub use write::{Part, measure, rewrap, write};

/// How the text inside begins, and what the signature covers before the header.
const FORMAT: &str = "guazhang bundle 1";
/// The version of the header's fields.
const SCHEMA: u32 = 1;
/// The longest header: room for some hundred receivers.
const LONGEST_HEADER: u64 = 256 << 10;
/// The longest line of an event or a record: a stay of years has some megabytes of fee lines.
const LONGEST_LINE: u64 = 64 << 20;
