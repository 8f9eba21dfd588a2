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

/// Code pages of Windows: Unicode, and those in which Chinese can be written.
const UTF_8: u32 = 65001;
const CHINESE: &[u32] = &[936, 54936, 950];

/// What text the console takes: the code page of Windows, the locale elsewhere.
pub(super) fn encoding() -> Look {
    let look = Look::new("text_encoding", "文字编码", "text encoding");
    if cfg!(windows) {
        return code_page(look, active_code_page());
    }
    let named = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(ctx::variable).unwrap_or_default();
    locale(look, named)
}

/// What Windows answers to `chcp`, in whichever language: the number at the end of the line.
fn active_code_page() -> Option<u32> {
    let told = Command::new("cmd").args(["/C", "chcp"]).stdin(Stdio::null()).output().ok()?;
    page_in(&String::from_utf8_lossy(&told.stdout))
}

fn page_in(told: &str) -> Option<u32> {
    told.split(|c: char| !c.is_ascii_digit()).rfind(|word| !word.is_empty())?.parse().ok()
}

/// What is written straight to the console is Unicode on any page; files, and what another program takes from a pipe,
/// are UTF-8, which that program reads by the page.
fn code_page(look: Look, page: Option<u32>) -> Look {
    match page {
        Some(page @ UTF_8) => look.well(format!("代码页 {page}（UTF-8）"), format!("code page {page} (UTF-8)")),
        Some(page) if CHINESE.contains(&page) => look.remark(
            Words::new(
                &format!("代码页 {page}：窗口显示正常；输出到文件和管道的是 UTF-8"),
                &format!("code page {page}: shown well here; files and pipes are UTF-8"),
            ),
            Words::new(
                "用 type、more、findstr 查看输出的文件前先执行 chcp 65001",
                "run chcp 65001 before you look at such files with type, more or findstr",
            ),
        ),
        Some(page) => look.finding(
            Words::new(
                &format!("代码页 {page} 不含中文：管道和旧程序里汉字会变成乱码或问号"),
                &format!("code page {page} has no Chinese: in pipes and older programs it turns to question marks"),
            ),
            Words::new(
                "执行 chcp 65001；长期解决：在“区域”设置中把非 Unicode 程序的语言设为中文（简体）",
                "run chcp 65001; for good, set the language for non-Unicode programs to Chinese (Simplified) under Region",
            ),
        ),
        None => look.remark(
            Words::new("代码页未知", "the code page cannot be told"),
            Words::new("显示乱码时执行 chcp 65001", "run chcp 65001 where Chinese is not shown"),
        ),
    }
}

/// What other systems call the language and encoding of their texts.
fn locale(look: Look, named: String) -> Look {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::check::Outcome;
    use crate::text::Lang;

    fn look() -> Look {
        Look::new("text_encoding", "文字编码", "text encoding")
    }

    #[test]
    fn a_code_page_is_told_with_what_to_do() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            // what chcp answers            page          outcome            what is said
            ("Active code page: 65001\r\n", Some(65001),  Outcome::Well,     "UTF-8"),
            ("活动代码页: 936\r\n",         Some(936),    Outcome::Remark,   "936"),
            ("使用中的代碼頁: 950",          Some(950),    Outcome::Remark,   "950"),
            ("Active code page: 437",       Some(437),    Outcome::Finding,  "437"),
            ("Aktive Codepage: 1252.",      Some(1252),   Outcome::Finding,  "1252"),
            ("",                            None,         Outcome::Remark,   "cannot be told"),
            ("999999999999999999999",       None,         Outcome::Remark,   "cannot be told"),
        ];
        for (told, page, outcome, said) in cases {
            assert_eq!(page_in(told), page, "{told}");
            let look = code_page(look(), page);
            assert_eq!(look.outcome, outcome, "{told}");
            assert!(look.found.pick(Lang::En).contains(said), "{told}");
            assert_eq!(look.remedy.pick(Lang::Zh).contains("chcp 65001"), outcome != Outcome::Well, "{told}");
        }
    }

    #[test]
    fn a_locale_is_told_with_what_to_do() {
        let cases = [
            ("zh_CN.UTF-8", Outcome::Well),
            ("C.utf8", Outcome::Well),
            ("zh_CN.GBK", Outcome::Finding),
            ("C", Outcome::Finding),
            ("", Outcome::Finding),
        ];
        for (named, outcome) in cases {
            let look = locale(look(), named.to_owned());
            assert_eq!(look.outcome, outcome, "{named}");
            assert_eq!(look.remedy.pick(Lang::En).contains("UTF-8"), outcome == Outcome::Finding, "{named}");
        }
    }
}
