//! Cells that people open in a spreadsheet, safe from being taken for a formula.
//!
//! Only lists and workbooks for people are guarded, and their manifest says so. Data
//! for machines is never altered.

/// The text as a person's cell: on one line, and with an apostrophe before what a spreadsheet could run.
pub(super) fn for_people(text: &str) -> String {
    let line = one_line(text);
    if runs(&line) { format!("'{line}") } else { line }
}

/// Line breaks become a slash, since a spreadsheet may read the next line as a row of its own.
fn one_line(text: &str) -> String {
    let breaks =
        |ch: char| matches!(ch, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}');
    if !text.contains(breaks) {
        return text.to_owned();
    }
    text.split(breaks).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" / ")
}

/// After any blanks it begins with a sign that begins a formula, narrow, full-width or small.
fn runs(line: &str) -> bool {
    let blank = |ch: char| {
        ch.is_whitespace()
            || ch.is_control()
            || matches!(ch, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\'')
    };
    let sign = |ch: char| {
        matches!(
            ch,
            '=' | '+'
                | '-'
                | '@'
                | '\u{ff1d}' // ＝
                | '\u{ff0b}' // ＋
                | '\u{ff0d}' // －
                | '\u{ff20}' // ＠
                | '\u{fe66}' // ﹦
                | '\u{fe62}' // ﹢
                | '\u{fe63}' // ﹣
                | '\u{fe6b}' // ﹫
                | '\u{2212}' // −
        )
    };
    line.trim_start_matches(blank).starts_with(sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_could_run_is_kept_from_it() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("王试一",                "王试一"),
            ("",                     ""),
            ("a-b=c",                "a-b=c"),
            ("=1+1",                 "'=1+1"),
            ("+86 139",              "'+86 139"),
            ("-1",                   "'-1"),
            ("@SUM(A1)",             "'@SUM(A1)"),
            ("＝1",                   "'＝1"),
            ("＋1",                   "'＋1"),
            ("－1",                   "'－1"),
            ("＠x",                   "'＠x"),
            ("  =1",                 "'  =1"),
            ("\t=1",                 "'\t=1"),
            ("\u{a0}=1",             "'\u{a0}=1"),
            ("\u{3000}＝1",           "'\u{3000}＝1"),
            ("\u{feff}=1",           "'\u{feff}=1"),
            ("'=1",                  "''=1"),
            ("\n=1",                 "'=1"),
            ("已告知\r\n=cmd",         "已告知 / =cmd"),
            ("a\u{2028}b",           "a / b"),
        ];
        for (text, want) in cases {
            assert_eq!(for_people(text), want, "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_cell_begins_with_a_sign_or_breaks(text in "[ \t\u{a0}\u{3000}]{0,2}[=+@＝＋－＠a挂\n-]{0,3}") {
            let cell = for_people(&text);
            proptest::prop_assert!(!cell.contains(['\n', '\r']));
            proptest::prop_assert!(cell.starts_with('\'') || !runs(&cell));
        }
    }
}
