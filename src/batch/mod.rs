//! Batches: records become files for the platform, with a manifest that proves them.
//!
//! One file per node of a call, so that whoever is online can load them in the
//! order of the calls. What a facility cannot know offline (the visit id, its
//! department's code, amounts that the platform works out) stays empty and is
//! counted in the manifest; nothing is invented. Which records may go out is
//! decided elsewhere.
//!
//! The same head and items give the same bytes.

mod check;
mod content;
mod csv;
pub mod fields;
mod folder;
mod manifest;

#[cfg(test)]
mod sample;

pub use check::{Fault, LeftOut};
pub use folder::{FolderError, Written, try_out, write};
pub use manifest::{Counted, Difference, FileEntry, MANIFEST, Manifest, verify};

use crate::domain::{Digest, Issued, Money, Purpose, Record, Route, ShortNumber, Time};
use crate::text::Lang;

/// What is said once for a whole batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The batch's number in the ledger.
    pub batch: i64,
    /// What it is for.
    pub purpose: Purpose,
    /// Code of the facility.
    pub facility: String,
    /// Id of the notice it rests on.
    pub notice: String,
    /// When it was made, +08:00.
    pub created_at: Time,
    /// Head of the event chain before the batch.
    pub chain_head: Digest,
    /// Language of the lists that people read.
    pub lang: Lang,
}

/// One record of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its number.
    pub number: ShortNumber,
    /// Its content.
    pub record: Record,
    /// The keys issued for it; lists and filings need none.
    pub issued: Option<Issued>,
    /// The way back it takes.
    pub route: Route,
    /// By when.
    pub due_at: Option<Time>,
    /// What is to be paid back, in a refund list.
    pub refund: Option<Refund>,
}

/// Amounts of one refund, in fen; `None` is not known yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refund {
    /// What the patient bears after insurance.
    pub own_share: Option<Money>,
    /// What is to be paid back.
    pub due: Option<Money>,
}

/// One file of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name, without a folder.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// A batch ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The files in the order of the calls, `manifest.json` last.
    pub files: Vec<File>,
    /// What they hold.
    pub manifest: Manifest,
    /// Records that are not in them, each with the reason.
    pub left_out: Vec<LeftOut>,
}

/// Builds the files of a batch. A record with a value the platform would misread is left out whole and named.
pub fn build(head: &Head, items: &[Item]) -> Built {
    let mut items: Vec<&Item> = items.iter().collect();
    items.sort_by(|one, other| one.number.cmp(&other.number));
    let mut sheets = content::Sheets::default();
    let (mut kept, mut left_out) = (Vec::new(), Vec::new());
    for item in items {
        match content::rows(head, item) {
            Ok(rows) => {
                sheets.add(rows);
                kept.push(item);
            }
            Err(why) => left_out.push(why),
        }
    }
    let (mut files, mut entries) = (Vec::new(), Vec::new());
    for sheet in sheets.in_order() {
        let heading = sheet.node.columns().map(|field| sheet.node.heading(field, head.lang));
        let file = File { name: sheet.node.file_name(), bytes: csv::table(heading, &sheet.rows) };
        entries.push(FileEntry::of(&file, sheet.rows.len(), sheet.to_fill()));
        files.push(file);
    }
    let manifest = Manifest::of(head, &kept, entries, &left_out);
    files.push(File { name: MANIFEST.to_owned(), bytes: manifest.bytes() });
    Built { files, manifest, left_out }
}
