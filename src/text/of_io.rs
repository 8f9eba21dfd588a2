//! Why a file could not be read or written, in words that are the same on every system.
//!
//! What a system says by itself is in its own language and differs from one to the other; it stands for what is rare.

use crate::text::Lang;
use std::io;

/// The usual reasons in both languages.
pub fn of_io(error: &io::Error, lang: Lang) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => lang.pick("没有这个文件", "no such file").to_owned(),
        io::ErrorKind::PermissionDenied => lang.pick("没有权限", "permission denied").to_owned(),
        io::ErrorKind::IsADirectory => lang.pick("是文件夹", "it is a folder").to_owned(),
        _ => error.to_string(),
    }
}
