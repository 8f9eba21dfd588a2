//! What the tests of this room share: a file that vanishes afterwards.

use std::path::PathBuf;
use tempfile::TempDir;

/// A file with these bytes, in a folder that lives as long as the first value.
pub(super) fn file(name: &str, bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}
