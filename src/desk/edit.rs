//! One line of text being edited: a text and a place in it.
//!
//! Whatever is put in is put in whole, as an input method or a clipboard hands
//! it over; control characters never get in. It knows columns on a terminal
//! and nothing of what the text means.

use crate::text::width;

/// A text with a cursor, which stands between two characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Edit {
    text: String,
    /// In bytes, always at the beginning of a character that takes columns, or at the end.
    at: usize,
}

/// More than any answer is long; what a clipboard holds beyond it is an accident.
const LONGEST: usize = 400;

impl Edit {
    /// A text with the cursor behind it.
    pub(super) fn new(text: &str) -> Edit {
        Edit { text: text.to_owned(), at: text.len() }
    }

    /// The text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Puts a text in at the cursor: line breaks become blanks, other control characters are left out.
    pub(super) fn put(&mut self, text: &str) {
        let plain: String = text
            .chars()
            .map(|ch| if matches!(ch, '\n' | '\r' | '\t') { ' ' } else { ch })
            .filter(|ch| !ch.is_control())
            .take(LONGEST.saturating_sub(self.text.chars().count()))
            .collect();
        self.text.insert_str(self.at, &plain);
        self.at += plain.len();
        self.settle();
    }

    /// Takes the character before the cursor away.
    pub(super) fn backspace(&mut self) {
        let before = self.before();
        self.text.replace_range(before..self.at, "");
        self.at = before;
    }

    /// Takes the character behind the cursor away.
    pub(super) fn delete(&mut self) {
        self.text.replace_range(self.at..self.after(), "");
    }

    /// Takes everything away.
    pub(super) fn clear(&mut self) {
        *self = Edit::default();
    }

    /// One character to the left.
    pub(super) fn left(&mut self) {
        self.at = self.before();
    }

    /// One character to the right; `false` where there is none.
    pub(super) fn right(&mut self) -> bool {
        let after = self.after();
        std::mem::replace(&mut self.at, after) != after
    }

    /// To the beginning.
    pub(super) fn home(&mut self) {
        self.at = 0;
    }

    /// Behind the end.
    pub(super) fn end(&mut self) {
        self.at = self.text.len();
    }

    /// The part of the text that `columns` show with the cursor in it, and the column of the cursor there.
    pub(super) fn window(&self, columns: usize) -> (String, usize) {
        let mut first = 0;
        // The cursor itself takes a column.
        while width(&self.text[first..self.at]) + 1 > columns {
            match next(&self.text, first) {
                after if after > first => first = after,
                _ => break,
            }
        }
        let mut shown = String::new();
        let mut used = 0;
        for ch in self.text[first..].chars() {
            used += width(ch.encode_utf8(&mut [0; 4]));
            if used > columns {
                break;
            }
            shown.push(ch);
        }
        (shown, width(&self.text[first..self.at]))
    }

    fn before(&self) -> usize {
        let chars = self.text[..self.at].char_indices().rev();
        chars.into_iter().find(|(_, ch)| stands(*ch)).map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        next(&self.text, self.at)
    }

    /// A cursor never stands before a character that joins the one before it.
    fn settle(&mut self) {
        while self.text[self.at..].chars().next().is_some_and(|ch| !stands(ch)) {
            self.at = self.text[self.at..].chars().next().map_or(self.at, |ch| self.at + ch.len_utf8());
        }
    }
}

/// The end of the character that begins at `at`, with what joins it.
fn next(text: &str, at: usize) -> usize {
    let mut chars = text[at..].char_indices();
    chars.next();
    chars.find(|(_, ch)| stands(*ch)).map_or(text.len(), |(further, _)| at + further)
}

/// A character of its own; a mark or a variant selector joins the one before.
fn stands(ch: char) -> bool {
    width(ch.encode_utf8(&mut [0; 4])) > 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whole_texts_go_in_at_the_cursor() {
        let mut edit = Edit::new("王明");
        edit.left();
        edit.put("小𠮷");
        assert_eq!((edit.text(), edit.window(20).1), ("王小𠮷明", 6));
        edit.backspace();
        assert_eq!(edit.text(), "王小明");
        edit.home();
        edit.delete();
        assert_eq!(edit.text(), "小明");
        edit.end();
        edit.put("\n二\u{7}行\t");
        assert_eq!(edit.text(), "小明 二行 ");
        assert!(!edit.right());
        edit.clear();
        assert_eq!(edit, Edit::default());
    }

    #[test]
    fn a_variant_selector_goes_with_its_character() {
        let mut edit = Edit::new("葛\u{E0100}城");
        edit.left();
        edit.left();
        assert_eq!(edit.window(10).1, 0);
        assert!(edit.right());
        assert_eq!(edit.window(10).1, 2);
        edit.backspace();
        assert_eq!(edit.text(), "城");
    }

    #[test]
    fn the_window_keeps_the_cursor_in_sight() {
        let mut edit = Edit::new("上呼吸道感染急性发作");
        assert_eq!(edit.window(8), ("性发作".to_owned(), 6));
        edit.home();
        assert_eq!(edit.window(8), ("上呼吸道".to_owned(), 0));
        assert_eq!(Edit::new("").window(8), (String::new(), 0));
        assert_eq!(Edit::new("王").window(0).1, 0);
    }

    proptest! {
        #[test]
        fn no_keys_panic_and_the_cursor_is_in_sight(
            text in "\\PC{0,12}", steps in proptest::collection::vec(0_u8..8, 0..40), columns in 3_usize..20,
        ) {
            let mut edit = Edit::new(&text);
            for step in steps {
                match step {
                    0 => edit.left(),
                    1 => drop(edit.right()),
                    2 => edit.backspace(),
                    3 => edit.delete(),
                    4 => edit.home(),
                    5 => edit.end(),
                    6 => edit.put("𠮷\u{301}"),
                    _ => edit.put("x"),
                }
                let (shown, at) = edit.window(columns);
                prop_assert!(width(&shown) <= columns && at < columns.max(1), "{shown} {at}");
            }
        }
    }
}
