//! Rows of totals: known by the word they begin with.
//!
//! A report puts them below its rows, and some put one below every page. A row
//! that only looks like one is read as a row, and is refused if it is none.

/// The words, and what stands before them in reports by page, day or department.
const WORDS: &[&str] = &["合计", "总计", "小计", "共计", "累计"];
const ENGLISH: &[&str] = &["total", "totals", "subtotal", "grand total", "sum"];

/// The longest text that begins or ends with one of the words and is no sentence.
const LONGEST: usize = 16;

/// Whether `first`, the first cell of a row that holds anything, begins a row of totals. A longer text than the word
/// itself counts only where the row is `sparse`, as one of totals is.
pub(super) fn is_total(first: &str, sparse: impl FnOnce() -> bool) -> bool {
    // Most rows begin with a number; this is asked of every one of them.
    let Some(begin) = first.chars().next() else { return false };
    if begin.is_ascii() {
        let word = first.trim_end_matches([':', ' ']);
        return begin.is_ascii_alphabetic() && ENGLISH.iter().any(|known| known.eq_ignore_ascii_case(word));
    }
    let plain: String = first.chars().take(LONGEST + 1).filter(|ch| !ch.is_whitespace()).collect();
    let word = plain.trim_end_matches([':', '：']);
    if WORDS.contains(&word) {
        return true;
    }
    let ends = |known: &&str| word.starts_with(*known) || word.ends_with(*known);
    plain.chars().count() <= LONGEST && WORDS.iter().any(ends) && sparse()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_known_by_their_word() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            // first cell       sparse  total
            ("合计",             false,  true),
            ("合 计：",           false,  true),
            ("总计:",            false,  true),
            ("小计",             false,  true),
            ("Total:",          false,  true),
            ("grand total",     false,  true),
            ("本页合计",          true,   true),
            ("合计：12 笔",        true,   true),
            ("合计：12 笔",        false,  false),
            ("total hip",       true,   false),
            ("M-001",           true,   false),
            ("门诊",             true,   false),
            ("",                true,   false),
        ];
        for (first, sparse, want) in cases {
            assert_eq!(is_total(first, || sparse), want, "{first}");
        }
    }
}
