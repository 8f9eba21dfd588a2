//! A batch for certain readers only: all files of data in one archive, locked.
//!
//! The archive is a ZIP, and the lock is made by the caller (an `age` file). Manifest, signature and
//! cover sheet stay readable beside it: they are read over the phone, and name no person. The
//! manifest lists what is inside, so that it can be checked once it is opened.

use super::calls::RUN_ORDER;
use super::manifest::{FileEntry, MANIFEST};
use super::run_order::KEPT_ORDER;
use super::{Built, File, cover};
use crate::domain::Digest;
use serde::{Deserialize, Serialize};
use std::io::{Cursor, Read as _, Write as _};
use zip::write::SimpleFileOptions;

/// The one file that holds all others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encrypted {
    /// Its name.
    pub file: String,
    /// What it is, in one line.
    pub format: String,
    /// Size.
    pub bytes: u64,
    /// Digest of the whole file.
    pub sha256: Digest,
    /// Public keys that it opens to; none where it opens with a passphrase.
    pub to: Vec<String>,
    /// What stays readable beside it.
    pub readable: String,
}

const FORMAT: &str = "age-encryption.org/v1 around a ZIP of all files listed";
const READABLE: &str = "manifest.json, manifest.sig, cover.txt and cover.html stay readable: counts, sums and digests, \
                        and no person. Everything else is encrypted";

impl Encrypted {
    /// As a file of the folder.
    pub(super) fn entry(&self) -> FileEntry {
        FileEntry {
            name: self.file.clone(),
            rows: 0,
            bytes: self.bytes,
            sha256: self.sha256,
            to_fill: std::collections::BTreeMap::new(),
            guarded: false,
        }
    }
}

impl Built {
    /// Puts all files of data into one that `lock` locks, named after `folder`. Not to be signed before.
    ///
    /// # Errors
    /// Those of `lock`.
    pub fn encrypted<E>(
        self,
        folder: &str,
        to: &[String],
        lock: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
    ) -> Result<Built, E> {
        let Built { files, mut manifest, left_out } = self;
        let data: Vec<File> = files
            .into_iter()
            .filter(|file| file.name != MANIFEST && !cover::COVERS.contains(&&*file.name))
            .collect();
        let locked = lock(&packed(&data))?;
        // Answers name the calls by what stands in it.
        let order = data.into_iter().find(|file| file.name == RUN_ORDER);
        let file = format!("{folder}.zip.age");
        manifest.encrypted = Some(Encrypted {
            file: file.clone(),
            format: FORMAT.to_owned(),
            bytes: locked.len() as u64,
            sha256: Digest::of(&locked),
            to: to.to_vec(),
            readable: READABLE.to_owned(),
        });
        let mut files = vec![File { name: file, bytes: locked }];
        files.extend(manifest.files_of_its_own());
        files.extend(order.map(|order| File { name: KEPT_ORDER.to_owned(), ..order }));
        Ok(Built { files, manifest, left_out })
    }
}

fn packed(files: &[File]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let plain = SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default());
    for file in files {
        let plain = plain.large_file(file.bytes.len() > 1 << 31);
        zip.start_file(&file.name, plain).expect("a ZIP in memory takes files with plain names");
        zip.write_all(&file.bytes).expect("a ZIP in memory takes any bytes");
    }
    zip.finish().expect("a ZIP in memory ends").into_inner()
}

/// The files of an archive as the manifest lists them, none read further than the manifest says it is long.
pub(super) fn unpacked(archive: &[u8], entries: &[FileEntry]) -> Vec<Result<Vec<u8>, String>> {
    let mut zip = match zip::ZipArchive::new(Cursor::new(archive)) {
        Ok(zip) => zip,
        Err(error) => return entries.iter().map(|_| Err(error.to_string())).collect(),
    };
    let mut read = |entry: &FileEntry| -> Result<Vec<u8>, String> {
        let file = zip.by_name(&entry.name).map_err(|error| error.to_string())?;
        let mut bytes = Vec::new();
        file.take(entry.bytes + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        Ok(bytes)
    };
    entries.iter().map(&mut read).collect()
}
