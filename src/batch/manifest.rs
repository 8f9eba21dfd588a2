//! `manifest.json`: what a batch holds, so that any change to it is found.
//!
//! It counts records, lines and fen, names every file with its digest, and
//! carries the head of the event chain. It holds no identity.

use super::cover;
use super::layout::Layout;
use super::profile::Profile;
use super::{File, Head, Item, LeftOut, Remarks};
use crate::domain::{Digest, Money, Purpose, Time};
use crate::text::{Explain, Label, Lang};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Component, Path};

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

impl Control {
    /// Totals by insurance type and kind.
    pub(super) fn of(items: &[&Item]) -> Vec<Control> {
        let mut found: BTreeMap<(&str, &str), Control> = BTreeMap::new();
        for item in items {
            let record = &item.record;
            let (insurance, kind) = (&*record.insurance, record.kind.id());
            let control = found.entry((insurance, kind)).or_insert_with(|| Control {
                insurance: insurance.to_owned(),
                kind: kind.to_owned(),
                records: 0,
                lines: 0,
                total_fen: Money::ZERO,
            });
            control.records += 1;
            control.lines += record.lines.len();
            control.total_fen += record.total;
        }
        found.into_values().collect()
    }
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
        items: &[&Item],
        files: Vec<FileEntry>,
        left_out: &[LeftOut],
        control: Vec<Control>,
        remarks: Remarks,
    ) -> Manifest {
        let (mut by_insurance, mut by_kind) = (BTreeMap::new(), BTreeMap::new());
        let count = |to: &mut BTreeMap<String, Counted>, key: &str, total: Money| {
            let counted = to.entry(key.to_owned()).or_default();
            counted.records += 1;
            counted.total_fen += total;
        };
        for item in items {
            count(&mut by_insurance, &item.record.insurance, item.record.total);
            count(&mut by_kind, item.record.kind.id(), item.record.total);
        }
        let due = || items.iter().filter_map(|item| item.refund?.due).sum();
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
            records: items.len(),
            lines: items.iter().map(|item| item.record.lines.len()).sum(),
            without_lines: items.iter().filter(|item| item.record.lines.is_empty()).count(),
            total_fen: items.iter().map(|item| item.record.total).sum(),
            refund_due_fen: (head.purpose == Purpose::Refund).then(due),
            by_insurance,
            by_kind,
            control,
            rare: remarks.rare,
            unlisted_codes: remarks.unlisted,
            files,
            left_out: left_out.iter().map(|why| why.number.to_string()).collect(),
            chain_head: head.chain_head,
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

/// What does not agree between a folder and its manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The manifest is not there or cannot be read.
    NoManifest {
        /// Its path.
        path: String,
        /// The system's words, or the parser's.
        error: String,
    },
    /// A file is named that lies outside the folder.
    NotAFileName {
        /// The name as given.
        name: String,
    },
    /// A file is not there or cannot be read.
    Missing {
        /// Its name.
        name: String,
        /// The system's words.
        error: String,
    },
    /// A file has other bytes.
    Changed {
        /// Its name.
        name: String,
        /// Size in the manifest.
        expected: u64,
        /// Size in the folder.
        found: u64,
    },
    /// A CSV file lies in the folder that the manifest does not name.
    Unknown {
        /// Its name.
        name: String,
    },
}

/// Compares the folder of a batch with its manifest; every difference is listed.
pub fn verify(folder: &Path) -> Result<Manifest, Vec<Difference>> {
    let path = folder.join(MANIFEST);
    let unreadable = |error: &dyn std::fmt::Display| {
        vec![Difference::NoManifest { path: path.display().to_string(), error: error.to_string() }]
    };
    let bytes = std::fs::read(&path).map_err(|error| unreadable(&error))?;
    let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|error| unreadable(&error))?;
    let mut found: Vec<Difference> =
        manifest.files.iter().filter_map(|entry| compare(folder, entry)).collect();
    found.extend(cover::files(&manifest).iter().filter_map(|file| compare_cover(folder, file)));
    found.extend(unknown(folder, &manifest).map_err(|error| unreadable(&error))?);
    if found.is_empty() { Ok(manifest) } else { Err(found) }
}

fn compare(folder: &Path, entry: &FileEntry) -> Option<Difference> {
    let name = entry.name.clone();
    let mut parts = Path::new(&entry.name).components();
    if !matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None)) {
        return Some(Difference::NotAFileName { name });
    }
    match std::fs::read(folder.join(&entry.name)) {
        Err(error) => Some(Difference::Missing { name, error: error.to_string() }),
        Ok(bytes) if Digest::of(&bytes) == entry.sha256 => None,
        Ok(bytes) => Some(Difference::Changed { name, expected: entry.bytes, found: bytes.len() as u64 }),
    }
}

/// The cover sheet follows from the manifest, which therefore does not name it.
fn compare_cover(folder: &Path, file: &File) -> Option<Difference> {
    let name = file.name.clone();
    match std::fs::read(folder.join(&file.name)) {
        Err(error) => Some(Difference::Missing { name, error: error.to_string() }),
        Ok(bytes) if bytes == file.bytes => None,
        Ok(bytes) => {
            let (expected, found) = (file.bytes.len() as u64, bytes.len() as u64);
            Some(Difference::Changed { name, expected, found })
        }
    }
}

/// CSV files and calls that are not of the batch. Other things, such as an answer that was put there, are not looked at.
fn unknown(folder: &Path, manifest: &Manifest) -> io::Result<Vec<Difference>> {
    let named: BTreeSet<&str> = manifest.files.iter().map(|file| file.name.as_str()).collect();
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let ends =
            |end: &str| Path::new(&name).extension().is_some_and(|found| found.eq_ignore_ascii_case(end));
        let is_csv = ends("csv");
        let is_call = ends("json") && name.bytes().take(5).all(|b| b.is_ascii_digit());
        if (is_csv || is_call) && !named.contains(name.as_str()) {
            found.push(name);
        }
    }
    found.sort();
    Ok(found.into_iter().map(|name| Difference::Unknown { name }).collect())
}

impl Explain for Difference {
    fn what(&self, lang: Lang) -> String {
        match (self, lang) {
            (Difference::NoManifest { path, error }, Lang::Zh) => format!("读不出清单 {path}：{error}"),
            (Difference::NoManifest { path, error }, Lang::En) => format!("{path} cannot be read: {error}"),
            (Difference::NotAFileName { name }, Lang::Zh) => format!("清单中的“{name}”不是文件名"),
            (Difference::NotAFileName { name }, Lang::En) => {
                format!("`{name}` in the manifest is not a file name")
            }
            (Difference::Missing { name, error }, Lang::Zh) => format!("缺少文件 {name}：{error}"),
            (Difference::Missing { name, error }, Lang::En) => format!("{name} is missing: {error}"),
            (Difference::Changed { name, expected, found }, Lang::Zh) => {
                format!("文件 {name} 已被改动（清单 {expected} 字节，现有 {found} 字节）")
            }
            (Difference::Changed { name, expected, found }, Lang::En) => {
                format!("{name} was changed ({expected} bytes in the manifest, {found} in the folder)")
            }
            (Difference::Unknown { name }, Lang::Zh) => format!("文件 {name} 不在清单中"),
            (Difference::Unknown { name }, Lang::En) => format!("{name} is not in the manifest"),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        lang.pick(
            "不要上传；用 batch again 重新给出该批次",
            "do not send it; give the batch again with `batch again`",
        )
        .to_owned()
    }
}
