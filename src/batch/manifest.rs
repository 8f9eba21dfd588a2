//! `manifest.json`: what a batch holds, so that any change to it is found.
//!
//! It counts records, lines and fen, names every file with its digest, and
//! carries the head of the event chain. It holds no identity.

use super::coverage::Coverage;
use super::encrypted::Encrypted;
use super::layout::Layout;
use super::profile::Profile;
use super::signature::Signer;
use super::statement_batch::Asked;
use super::tally::Tally;
use super::{File, Head, LeftOut};
use crate::domain::{Digest, Money, Purpose, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Its name in the folder of a batch.
pub const MANIFEST: &str = "manifest.json";

/// Records and their sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Records.
    pub records: usize,
    /// Their totals in fen.
    pub total_fen: Money,
}

/// Records of one insurance type and kind: what is read over the phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// `insutype`; empty where it is unknown.
    pub insurance: String,
    /// Kind of record.
    pub kind: String,
    /// Records.
    pub records: usize,
    /// Their fee lines.
    pub lines: usize,
    /// Their totals in fen.
    pub total_fen: Money,
}

/// The profile that a batch was made with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileUsed {
    /// Its name.
    pub name: String,
    /// Digest of its text; none for the table as it stands.
    pub sha256: Option<Digest>,
}

/// One file of the batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its name.
    pub name: String,
    /// Rows below the heading.
    pub rows: usize,
    /// Size.
    pub bytes: u64,
    /// Digest of the whole file.
    pub sha256: Digest,
    /// Required fields that the online side has to fill, with the number of rows.
    pub to_fill: BTreeMap<String, usize>,
    /// People read it: a cell that a spreadsheet could run begins with an apostrophe, and no cell has a line break.
    pub guarded: bool,
}

/// The whole manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this form.
    pub schema: u32,
    /// How the files are written, in one line.
    pub format: String,
    /// How the files are written.
    pub layout: Layout,
    /// The table of fields they follow.
    pub profile: ProfileUsed,
    /// What was done against cells that a spreadsheet would run.
    pub formula_safety: String,
    /// Number of the batch.
    pub batch: i64,
    /// What it is for.
    pub purpose: Purpose,
    /// Code of the facility.
    pub facility: String,
    /// Its name.
    pub facility_name: String,
    /// Id of the notice.
    pub notice: String,
    /// When it was made, +08:00.
    pub created_at: Time,
    /// Records in the files.
    pub records: usize,
    /// Fee lines of those records.
    pub lines: usize,
    /// Records without fee lines: someone has to add them online.
    pub without_lines: usize,
    /// Their totals in fen.
    pub total_fen: Money,
    /// What is to be paid back in all, in fen; in a refund list only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund_due_fen: Option<Money>,
    /// By insurance type; an empty key is unknown.
    pub by_insurance: BTreeMap<String, Counted>,
    /// By kind of record.
    pub by_kind: BTreeMap<String, Counted>,
    /// By both.
    pub control: Vec<Control>,
    /// How much of each call is filled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coverage: Vec<Coverage>,
    /// What is asked of the platform, in a request to reconcile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<Asked>,
    /// Numbers of records with a character of four bytes in GB18030, and the fields that have it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rare: BTreeMap<String, Vec<String>>,
    /// Fields with codes that their table does not have, and in how many rows.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unlisted_codes: BTreeMap<String, usize>,
    /// The files, in the order of the calls.
    pub files: Vec<FileEntry>,
    /// Numbers of records that were left out.
    pub left_out: Vec<String>,
    /// Head of the event chain before the batch.
    pub chain_head: Digest,
    /// The one file that holds all of `files`, where they are encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encrypted: Option<Encrypted>,
    /// Whose key signed this; the signature is a file of its own, see [`super::SIGNATURE`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<Signer>,
}

impl FileEntry {
    /// The entry of a file.
    pub(super) fn of(file: &File, rows: usize, to_fill: BTreeMap<String, usize>, guarded: bool) -> FileEntry {
        let bytes = file.bytes.len() as u64;
        FileEntry { name: file.name.clone(), rows, bytes, sha256: Digest::of(&file.bytes), to_fill, guarded }
    }
}

impl Manifest {
    pub(super) fn of(
        head: &Head,
        profile: &Profile,
        tally: Tally,
        files: Vec<FileEntry>,
        left_out: &[LeftOut],
    ) -> Manifest {
        Manifest {
            schema: 2,
            format: head.layout.said(),
            layout: head.layout,
            profile: ProfileUsed { name: profile.name().to_owned(), sha256: profile.digest() },
            formula_safety: safety(&files).to_owned(),
            batch: head.batch,
            purpose: head.purpose,
            facility: head.facility.clone(),
            facility_name: head.facility_name.clone(),
            notice: head.notice.clone(),
            created_at: head.created_at,
            records: tally.records,
            lines: tally.lines,
            without_lines: tally.without_lines,
            total_fen: tally.total,
            refund_due_fen: (head.purpose == Purpose::Refund).then_some(tally.due),
            by_insurance: tally.by_insurance,
            by_kind: tally.by_kind,
            control: tally.control.into_values().collect(),
            coverage: tally.coverage,
            requests: Vec::new(),
            rare: tally.rare,
            unlisted_codes: tally.unlisted,
            files,
            left_out: left_out.iter().map(|why| why.number.to_string()).collect(),
            chain_head: head.chain_head,
            encrypted: None,
            signed_by: head.signer.clone(),
        }
    }

    /// As it is written: JSON, indented, one line end at the end.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("a manifest has string keys only");
        bytes.push(b'\n');
        bytes
    }

    /// What identifies the batch: the digest of the manifest covers every file.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.bytes())
    }

    /// Required fields that someone has to fill online, over all files.
    pub fn to_fill(&self) -> usize {
        self.files.iter().flat_map(|file| file.to_fill.values()).sum()
    }
}

/// In words: which files were made safe to open in a spreadsheet.
fn safety(files: &[FileEntry]) -> &'static str {
    let guarded = files.iter().filter(|file| file.guarded).count();
    match guarded {
        0 => "data for machines, as it is: open it with a program and not as a spreadsheet",
        some if some == files.len() => {
            "cells for people: one that a spreadsheet could run begins with an apostrophe, line breaks are slashes"
        }
        _ => {
            "files marked `guarded` are for people: a cell that a spreadsheet could run begins with an apostrophe; \
             the others are data for machines, as it is"
        }
    }
}
