//! How wide a text stands on a terminal: a Chinese character takes two columns.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that `text` takes.
pub fn width(text: &str) -> usize {
    text.width()
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
    let mut used = 1;
    for ch in text.chars() {
        used += ch.width().unwrap_or(0);
        if used > columns {
            break;
        }
        cut.push(ch);
    }
    cut.push('…');
    cut
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
    }
}
