//! The initials of Chinese sounds: `nk` finds 内科, as every cashier types it.
//!
//! A character with several sounds answers to each of them. Letters and digits
//! stand for themselves; nothing else takes part.

use pinyin::ToPinyinMulti;

/// Whether `typed`, small letters and digits, begins the initials of `text`.
pub fn initials_begin(text: &str, typed: &str) -> bool {
    let mut wanted = typed.chars().map(|ch| ch.to_ascii_lowercase());
    let mut heard = text.chars().filter(|ch| takes_part(*ch));
    if typed.is_empty() {
        return false;
    }
    wanted.all(|want| heard.next().is_some_and(|ch| sounds_like(ch, want)))
}

/// The initials of `text`, each character by its usual sound.
pub fn initials(text: &str) -> String {
    text.chars().filter_map(usual).collect()
}

fn takes_part(ch: char) -> bool {
    usual(ch).is_some()
}

fn usual(ch: char) -> Option<char> {
    if ch.is_ascii_alphanumeric() {
        return Some(ch.to_ascii_lowercase());
    }
    let sounds = ch.to_pinyin_multi()?;
    sounds.into_iter().next().and_then(|sound| sound.plain().chars().next())
}

fn sounds_like(ch: char, want: char) -> bool {
    if ch.is_ascii_alphanumeric() {
        return ch.eq_ignore_ascii_case(&want);
    }
    ch.to_pinyin_multi().is_some_and(|sounds| sounds.into_iter().any(|sound| sound.plain().starts_with(want)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_as_a_cashier_types_them() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("内科",       "nk",   true),
            ("内科",       "n",    true),
            ("心血管内科", "xxg",  true),
            ("银行卡",     "yhk",  true),
            ("银行卡",     "yxk",  true), // 行 has two sounds
            ("CT 室",      "cts",  true),
            ("（门诊）内科", "mz", true),
            ("内科",       "nkx",  false),
            ("内科",       "wk",   false),
            ("内科",       "",     false),
            ("",           "n",    false),
        ];
        for (text, typed, found) in cases {
            assert_eq!(initials_begin(text, typed), found, "{text} {typed}");
        }
        assert_eq!(initials("职工基本医疗保险"), "zgjbylbx");
    }
}
