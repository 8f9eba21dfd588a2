//! The screen: can it show Chinese, and is it wide enough for a table?

use super::Look;
use crate::cli::ctx;
use crate::text::Words;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

/// A table needs so much.
const COLUMNS: u16 = 80;
const ROWS: u16 = 24;

/// Files of Chinese fonts that come with Windows, in small letters.
const FONTS: &[&str] =
    &["msyh.ttc", "msyh.ttf", "simsun.ttc", "simsun.ttf", "simhei.ttf", "deng.ttf", "nsimsun.ttf"];

/// What text the console takes.
pub(super) fn encoding() -> Look {
    let look = Look::new("text_encoding", "文字编码", "text encoding");
    if cfg!(windows) {
        // Written straight to the console it is always Unicode; a pipe takes bytes.
        return look
            .well("控制台为 Unicode；重定向到文件时为 UTF-8", "Unicode on the console, UTF-8 in files");
    }
    let named = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(ctx::variable).unwrap_or_default();
    let plain: String = named.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    if plain.contains("utf8") {
        return look.well(named.clone(), named);
    }
    let shown = if named.is_empty() { "-" } else { named.as_str() };
    look.finding(
        Words::new(&format!("语言环境 {shown} 不是 UTF-8"), &format!("the locale {shown} is not UTF-8")),
        Words::new("export LANG=zh_CN.UTF-8", "export LANG=zh_CN.UTF-8, or C.UTF-8"),
    )
}

/// Size of the terminal.
pub(super) fn size() -> Look {
    let look = Look::new("terminal", "窗口大小", "terminal");
    let Some((width, height)) = terminal_size::terminal_size_of(io::stdout()) else {
        return look.well("不在终端中运行", "not run on a terminal");
    };
    let said = format!("{} × {}", width.0, height.0);
    if width.0 >= COLUMNS && height.0 >= ROWS {
        return look.well(said.clone(), said);
    }
    look.finding(
        Words::new(&said, &said),
        Words::new("把窗口拉大到至少 80 × 24", "make the window 80 × 24 at least"),
    )
}

/// Whether a font with Chinese characters is there.
pub(super) fn fonts() -> Look {
    let look = Look::new("font", "中文字体", "Chinese font");
    match font() {
        Some(Ok(name)) => look.well(name.clone(), name),
        Some(Err(remedy)) => look.finding(Words::new("没有找到", "none found"), remedy),
        None => look.well("由终端所在的电脑决定", "up to the machine that shows this terminal"),
    }
}

/// A font, what to do for one, or nothing where it cannot be told.
fn font() -> Option<Result<String, Words>> {
    if let Some(windows) = ctx::variable("WINDIR") {
        let folder = Path::new(&windows).join("Fonts");
        let found = FONTS.iter().find(|name| folder.join(name).is_file());
        return Some(found.map(|name| (*name).to_owned()).ok_or_else(|| {
            Words::new(
                "在系统设置中添加“中文（简体）补充字体”",
                "add the Chinese (Simplified) supplemental fonts in the settings of Windows",
            )
        }));
    }
    let listed = Command::new("fc-list").arg(":lang=zh").arg("family").stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    let first = text.lines().next().unwrap_or_default().trim().to_owned();
    // A server without a screen has no fonts and needs none.
    let needs = ctx::variable("DISPLAY").or_else(|| ctx::variable("WAYLAND_DISPLAY")).is_some();
    match (first.is_empty(), needs) {
        (false, _) => Some(Ok(first)),
        (true, true) => Some(Err(Words::new(
            "安装中文字体，如 Noto Sans CJK 或文泉驿",
            "install a Chinese font, such as Noto Sans CJK",
        ))),
        (true, false) => None,
    }
}
