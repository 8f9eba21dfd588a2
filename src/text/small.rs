//! Small files that people write: maps, profiles. One larger than any of them can be is another file, and is not read.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

/// Such a file has some hundreds of lines.
const MOST: u64 = 1 << 20;

/// Reads a small file of UTF-8.
///
/// # Errors
/// What the system says; [`ErrorKind::FileTooLarge`] for more than 1 MiB.
pub fn small_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let read = File::open(path)?.take(MOST + 1).read_to_string(&mut text)?;
    if read as u64 > MOST { Err(ErrorKind::FileTooLarge.into()) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_small_or_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.toml");
        std::fs::write(&path, "x".repeat(1 << 20)).unwrap();
        assert_eq!(small_text(&path).unwrap().len(), 1 << 20);
        std::fs::write(&path, "x".repeat((1 << 20) + 1)).unwrap();
        assert_eq!(small_text(&path).unwrap_err().kind(), ErrorKind::FileTooLarge);
        assert!(small_text(Path::new("/dev/zero")).is_err() || cfg!(windows));
    }
}
