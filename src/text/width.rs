//! How wide a text stands on a terminal: a Chinese character takes two columns.
//!
//! Some characters (`…`, `“`, `×`, `①`) take one column or two, as the terminal's font has it. One is
//! usual; who sees crooked columns says two, for everything this thread prints.

use std::cell::Cell;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

thread_local! {
    static AMBIGUOUS_IS_WIDE: Cell<bool> = const { Cell::new(false) };
}

/// Says whether characters of ambiguous width take two columns on the terminal of this thread.
pub fn ambiguous_is_wide(wide: bool) {
    AMBIGUOUS_IS_WIDE.set(wide);
}

/// Whether they do.
pub fn is_ambiguous_wide() -> bool {
    AMBIGUOUS_IS_WIDE.get()
}

/// Columns that `text` takes.
pub fn width(text: &str) -> usize {
    if is_ambiguous_wide() { text.width_cjk() } else { text.width() }
}

/// Columns that one character takes; none for what is not shown.
pub fn width_of(ch: char) -> usize {
    if is_ambiguous_wide() { ch.width_cjk() } else { ch.width() }.unwrap_or(0)
}

/// `text` followed by blanks up to `columns`; unchanged where it is wider.
pub fn pad(text: &str, columns: usize) -> String {
    let blanks = columns.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(blanks))
}

/// `text` cut to at most `columns`, ending in `…` where it was cut.
pub fn fit(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut used = width_of('…');
    for ch in text.chars() {
        used += width_of(ch);
        if used > columns {
            break;
        }
        cut.push(ch);
    }
    // Some characters are wider together than one by one.
    while !cut.is_empty() && width(&cut) + width_of('…') > columns {
        cut.pop();
    }
    cut.push('…');
    cut
}

/// Where the stand-ins begin: characters without a meaning that every measure takes for two columns wide.
const STAND_INS: u32 = 0x3_4000;
/// The last character that has a stand-in, and a little more.
const STOOD_FOR: u32 = 0xB000;

/// `text` for a layout that measures by itself and knows nothing of this terminal: characters that are wide here and
/// narrow elsewhere are replaced by wide ones, which [`without_stand_ins`] turns back.
pub fn with_stand_ins(text: &str) -> String {
    if !is_ambiguous_wide() {
        return text.to_owned();
    }
    let stand_in = |ch: char| match u32::from(ch) {
        code if code < STOOD_FOR && ch.width_cjk() == Some(2) && ch.width() == Some(1) => {
            char::from_u32(STAND_INS + code).unwrap_or(ch)
        }
        _ => ch,
    };
    text.chars().map(stand_in).collect()
}

/// The text that [`with_stand_ins`] was given.
pub fn without_stand_ins(text: &str) -> String {
    if !is_ambiguous_wide() {
        return text.to_owned();
    }
    let stood_for = |ch: char| {
        let code = u32::from(ch).checked_sub(STAND_INS).filter(|code| *code < STOOD_FOR);
        code.and_then(char::from_u32).unwrap_or(ch)
    };
    text.chars().map(stood_for).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_takes_two_columns() {
        assert_eq!(width("挂账A1"), 6);
        assert_eq!(pad("挂账", 6), "挂账  ");
        assert_eq!(fit("重新结算待办", 7), "重新结…");
        assert_eq!(fit("ok", 2), "ok");
        for text in [
            "1,\u{12}34.56",
            "\0\0\0\0\0\0\0\0",
            "☺\u{fe0f}☺\u{fe0f}☺\u{fe0f}☺\u{fe0f}",
            "👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧",
            "e\u{301}e\u{301}12345678",
        ] {
            assert!(width(&fit(text, 7)) <= 7, "{text:?}");
        }
    }

    #[test]
    fn what_is_ambiguous_is_as_wide_as_the_terminal_has_it() {
        assert_eq!((width("“挂”…"), width_of('…')), (5, 1));
        ambiguous_is_wide(true);
        assert_eq!((width("“挂”…"), width_of('…')), (8, 2));
        assert_eq!(fit("重新结算待办", 7), "重新…");
        let text = "“挂账”×2…①";
        let stand_ins = with_stand_ins(text);
        assert_eq!(UnicodeWidthStr::width(stand_ins.as_str()), width(text));
        assert_eq!(without_stand_ins(&stand_ins), text);
        ambiguous_is_wide(false);
        assert_eq!(with_stand_ins(text), text);
    }
}
