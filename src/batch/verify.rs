//! Checking the folder of a batch that anyone hands back: every byte against the manifest, the manifest against its
//! signature.
//!
//! It opens no ledger and knows no keys; what is encrypted has to be opened by the caller.

use super::encrypted;
use super::manifest::{FileEntry, MANIFEST, Manifest};
use super::{File, cover, signature};
use crate::domain::{Digest, Digester};
use crate::text::{Explain, Lang};
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path};

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
    /// The signature is not there, or not of this manifest by the key that the manifest names.
    Signature {
        /// Fingerprint of the key.
        key: String,
    },
    /// A CSV file lies in the folder that the manifest does not name.
    Unknown {
        /// Its name.
        name: String,
    },
}

/// Compares the folder of a batch with its manifest, and the manifest with its signature; every difference is listed.
/// Whose key it is that signed, the manifest says; whether that key is known is for the caller. What is encrypted is
/// compared as it lies there: see [`files_within`].
pub fn verify(folder: &Path) -> Result<Manifest, Vec<Difference>> {
    let path = folder.join(MANIFEST);
    let unreadable = |error: &dyn std::fmt::Display| {
        vec![Difference::NoManifest { path: path.display().to_string(), error: error.to_string() }]
    };
    let bytes = manifest_bytes(&path).map_err(|error| unreadable(&error))?;
    let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|error| unreadable(&error))?;
    let mut found = Vec::new();
    // The seal that is read over the phone is of these bytes, and what is shown is what they say.
    if bytes != manifest.bytes() {
        let (expected, is) = (manifest.bytes().len() as u64, bytes.len() as u64);
        found.push(Difference::Changed { name: MANIFEST.to_owned(), expected, found: is });
    }
    found.extend(signature::compare(folder, &manifest, &bytes));
    match manifest.encrypted.as_ref().filter(|sealed| folder.join(&sealed.file).exists()) {
        Some(sealed) => found.extend(compare(folder, &sealed.entry())),
        // Not encrypted, or opened since.
        None => found.extend(manifest.files.iter().filter_map(|entry| compare(folder, entry))),
    }
    found.extend(cover::files(&manifest).iter().filter_map(|file| compare_cover(folder, file)));
    found.extend(unknown(folder, &manifest).map_err(|error| unreadable(&error))?);
    if found.is_empty() { Ok(manifest) } else { Err(found) }
}

/// The files of an encrypted batch, out of its opened archive, each compared with the manifest.
///
/// # Errors
/// Every [`Difference`], such as a file that is not there.
pub fn files_within(manifest: &Manifest, archive: &[u8]) -> Result<Vec<File>, Vec<Difference>> {
    let inside = encrypted::unpacked(archive, &manifest.files);
    let (mut files, mut differences) = (Vec::new(), Vec::new());
    for (entry, read) in manifest.files.iter().zip(inside) {
        let name = entry.name.clone();
        match read {
            Err(error) => differences.push(Difference::Missing { name, error }),
            Ok(bytes) if Digest::of(&bytes) == entry.sha256 => files.push(File { name, bytes }),
            Ok(bytes) => {
                let found = bytes.len() as u64;
                differences.push(Difference::Changed { name, expected: entry.bytes, found });
            }
        }
    }
    if differences.is_empty() { Ok(files) } else { Err(differences) }
}

fn compare(folder: &Path, entry: &FileEntry) -> Option<Difference> {
    let name = entry.name.clone();
    let mut parts = Path::new(&entry.name).components();
    if !matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None)) {
        return Some(Difference::NotAFileName { name });
    }
    match digest_of(&folder.join(&entry.name)) {
        Err(error) => Some(Difference::Missing { name, error: error.to_string() }),
        Ok((digest, _)) if digest == entry.sha256 => None,
        Ok((_, found)) => Some(Difference::Changed { name, expected: entry.bytes, found }),
    }
}

/// The cover sheet follows from the manifest, which therefore does not name it.
fn compare_cover(folder: &Path, file: &File) -> Option<Difference> {
    let name = file.name.clone();
    match digest_of(&folder.join(&file.name)) {
        Err(error) => Some(Difference::Missing { name, error: error.to_string() }),
        Ok((digest, _)) if digest == Digest::of(&file.bytes) => None,
        Ok((_, found)) => Some(Difference::Changed { name, expected: file.bytes.len() as u64, found }),
    }
}

/// A manifest names every file of its batch, some lines for each; what is larger than this is another file.
const MOST: u64 = 128 << 20;

fn manifest_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = fs::File::open(path)?.take(MOST + 1).read_to_end(&mut bytes)?;
    if read as u64 > MOST { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

/// Digest and size of a file, read piece by piece: somebody may have put any file there.
fn digest_of(path: &Path) -> io::Result<(Digest, u64)> {
    let (mut file, mut digester, mut size) = (fs::File::open(path)?, Digester::default(), 0);
    let mut block = vec![0; 1 << 16];
    loop {
        match file.read(&mut block) {
            Ok(0) => return Ok((digester.finish(), size)),
            Ok(read) => {
                digester.update(&block[..read]);
                size += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
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
            (Difference::Signature { key }, Lang::Zh) => format!("清单的签名与其中所写的密钥 {key} 不符"),
            (Difference::Signature { key }, Lang::En) => {
                format!("the manifest is not signed with the key it names, {key}")
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
