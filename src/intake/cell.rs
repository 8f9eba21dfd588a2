//! Cells: the tricks that programmes and clerks play on a spreadsheet, taken off again.
//!
//! Cleaning only takes away what cannot belong to a value: blanks and
//! invisible characters around it, the apostrophe and the `="…"` that keep a
//! number text. It never repairs a value; what is damaged stays damaged and is
//! refused by whoever reads it.

use crate::domain::{Money, MoneyError};
use std::borrow::Cow;

/// A cell without the tricks around it. `odd` says whether its row may hold anything but plain text.
pub(super) fn clean(raw: &str, odd: bool) -> Cow<'_, str> {
    if !odd {
        let text = raw.trim_ascii();
        return match text.as_bytes().first() {
            Some(b'\'' | b'=' | b'`') => Cow::Borrowed(unwrapped(text)),
            _ => Cow::Borrowed(text),
        };
    }
    let text = unwrapped(raw.trim_matches(is_blank));
    if text.contains(is_invisible) {
        return Cow::Owned(text.replace(is_invisible, ""));
    }
    Cow::Borrowed(text)
}

/// The first control character inside a cleaned cell.
pub(super) fn control(text: &str) -> Option<char> {
    text.chars().find(|ch| ch.is_control())
}

/// `="…"` to its inside, one leading apostrophe taken off; the bills of means of payment have a grave accent there.
fn unwrapped(text: &str) -> &str {
    let inner = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    inner.strip_prefix(['\'', '`']).unwrap_or(inner).trim_matches(is_blank)
}

fn is_blank(ch: char) -> bool {
    ch.is_whitespace() || is_invisible(ch)
}

/// Zero-width characters, direction marks of a clipboard, soft hyphens, byte order marks.
fn is_invisible(ch: char) -> bool {
    matches!(ch, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// A heading as it is compared: cleaned, units in brackets gone, lower case, blanks and hyphens as `_`.
pub(super) fn heading(raw: &str) -> String {
    let text = clean(raw, true);
    let mut plain = String::with_capacity(text.len());
    let mut depth = 0_usize;
    for ch in text.chars().map(half_width) {
        match ch {
            '(' | '[' | '【' => depth += 1,
            ')' | ']' | '】' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            '-' => plain.push('_'),
            ch if ch.is_whitespace() => plain.push('_'),
            ch => plain.extend(ch.to_lowercase()),
        }
    }
    plain.trim_matches('_').to_owned()
}

/// Full-width letters, digits and marks as ASCII.
pub(super) fn half_width(ch: char) -> char {
    match ch {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(ch) - 0xFEE0).unwrap_or(ch),
        _ => ch,
    }
}

/// An amount in yuan as a spreadsheet shows it: currency sign, thousands in groups of three,
/// brackets or a trailing minus for less than nothing.
///
/// # Errors
/// [`MoneyError`]; `12,5` stays refused, it must not become 125.
pub(super) fn amount(text: &str) -> Result<Money, MoneyError> {
    text.parse().or_else(|error| match (error, spreadsheet_amount(text)) {
        (MoneyError::NotANumber, Some(plain)) => plain.parse(),
        (error, _) => Err(error),
    })
}

/// A quantity or a unit price as a spreadsheet shows it, as a plain number.
pub(super) fn plain_number(text: &str) -> Cow<'_, str> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
    if plain { Cow::Borrowed(text) } else { spreadsheet_amount(text).map_or(Cow::Borrowed(text), Cow::Owned) }
}

/// Full-width digits and marks as ASCII, and the minus sign of print.
fn narrow(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let one = |ch: char| match ch {
        '\u{2212}' => '-',
        '￥' => '¥',
        ch => half_width(ch),
    };
    Cow::Owned(text.chars().map(one).collect())
}

fn spreadsheet_amount(text: &str) -> Option<String> {
    let text = narrow(text.trim());
    let (negative, text) = match (text.strip_prefix('('), text.strip_suffix('-')) {
        (Some(inner), _) => (true, inner.strip_suffix(')')?),
        (None, Some(front)) => (true, front),
        (None, None) => (false, text.as_ref()),
    };
    let text = without_currency(text.trim()).trim_end_matches('元').trim();
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => ("-", without_currency(rest)),
        None => ("", text),
    };
    if negative && (!sign.is_empty() || text.starts_with('+')) {
        return None;
    }
    let (whole, cents) = text.split_once('.').map_or((text, None), |(whole, cents)| (whole, Some(cents)));
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let grouped = groups.all(|group| group.len() == 3);
    if whole.contains(',') && (!grouped || first.is_empty() || first.len() > 3) {
        return None;
    }
    let sign = if negative { "-" } else { sign };
    let point = cents.map(|cents| format!(".{cents}")).unwrap_or_default();
    Some(format!("{sign}{}{point}", whole.replace(',', "")))
}

fn without_currency(text: &str) -> &str {
    let rest = ["¥", "RMB", "CNY"].into_iter().find_map(|sign| text.strip_prefix(sign));
    rest.unwrap_or(text).trim_start()
}

/// `2-Jan`, `Jan-02`, `1月2日`: what a spreadsheet makes of a number such as `1-2`.
pub(super) fn became_date(text: &str) -> bool {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let digits = |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if let Some((front, back)) = text.split_once('-') {
        let month =
            |part: &str| part.len() == 3 && MONTHS.iter().any(|month| month.eq_ignore_ascii_case(part));
        return digits(front) && month(back) || month(front) && digits(back);
    }
    let day = text.strip_suffix('日').and_then(|text| text.split_once('月'));
    day.is_some_and(|(month, day)| digits(month) && digits(day))
}

/// `4.4E+17`: a spreadsheet made a float of a number, and its last digits are gone.
pub(super) fn is_scientific(text: &str) -> bool {
    if !text.bytes().any(|byte| matches!(byte, b'+' | b'-' | b'.')) {
        return false;
    }
    let Some((front, power)) = text.split_once(['E', 'e']) else { return false };
    // `45E10` may be the code of something; with a point before or a sign behind it is none.
    let signed = power.starts_with(['+', '-']) || front.contains('.');
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let front = front.split_once('.').map_or(digits(front), |(whole, rest)| digits(whole) && digits(rest));
    let power_digits = power.trim_start_matches(['+', '-']);
    front && signed && !power_digits.is_empty() && digits(power_digits)
}

/// `#N/A` and its like: what a spreadsheet shows where a formula failed.
pub(super) fn is_formula_error(text: &str) -> bool {
    text.starts_with('#')
        && matches!(text, "#N/A" | "#REF!" | "#VALUE!" | "#DIV/0!" | "#NAME?" | "#NUM!" | "#NULL!" | "#DATA!")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tricks_come_off() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("440524188001010014",        "440524188001010014"),
            (" 12.50 ",                   "12.50"),
            ("\t440524188001010014",      "440524188001010014"),
            ("440524188001010014\t",      "440524188001010014"),
            ("'440524188001010014",       "440524188001010014"),
            ("=\"440524188001010014\"",   "440524188001010014"),
            ("`440524188001010014",       "440524188001010014"),
            ("\u{3000}王小明\u{A0}",       "王小明"),
            ("\u{FEFF}结算ID",             "结算ID"),
            ("王\u{200B}小明",             "王小明"),
            ("\u{202D}13900000000\u{202C}", "13900000000"),
            ("''quoted'",                 "'quoted'"),
            ("=SUM(A1)",                  "=SUM(A1)"),
            ("'",                         ""),
            ("=\"\"",                     ""),
            ("=\"",                       "=\""),
            ("",                          ""),
        ];
        for (raw, want) in cases {
            assert_eq!(clean(raw, true), want, "{raw:?}");
            if raw.is_ascii() && !raw.contains('\t') {
                assert_eq!(clean(raw, false), want, "{raw:?}, the short way");
            }
        }
    }

    #[test]
    fn headings_compare_without_units_and_case() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("金额(元)",        "金额"),
            ("金额（元）",       "金额"),
            (" 结算ＩＤ ",       "结算id"),
            ("Record No",      "record_no"),
            ("unit-price [¥]", "unit_price"),
            ("fact:First_Visit", "fact:first_visit"),
            ("(元)",            ""),
        ];
        for (raw, want) in cases {
            assert_eq!(heading(raw), want, "{raw:?}");
        }
    }

    #[test]
    fn amounts_as_a_spreadsheet_shows_them() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("12.50",        Ok(1250)),
            ("1,234.50",     Ok(123_450)),
            ("1,234,567",    Ok(123_456_700)),
            ("¥1,234.50",    Ok(123_450)),
            ("￥12",          Ok(1200)),
            ("12元",          Ok(1200)),
            ("-¥12",         Ok(-1200)),
            ("(12.50)",      Ok(-1250)),
            ("12.50-",       Ok(-1250)),
            ("12.500",       Ok(1250)),
            ("１，２３４．５０",  Ok(123_450)),
            ("\u{2212}12.50", Ok(-1250)),
            ("（12.50）",      Ok(-1250)),
            ("RMB 12",       Ok(1200)),
            ("12,5",         Err(MoneyError::NotANumber)),
            ("1,2345",       Err(MoneyError::NotANumber)),
            (",123",         Err(MoneyError::NotANumber)),
            ("(-1)",         Err(MoneyError::NotANumber)),
            ("1.2E+3",       Err(MoneyError::NotANumber)),
            ("",             Err(MoneyError::NotANumber)),
            ("1,234.567",    Err(MoneyError::FractionOfFen)),
        ];
        for (text, want) in cases {
            assert_eq!(amount(text).map(Money::fen), want, "{text:?}");
        }
    }

    #[test]
    fn floats_in_number_columns_are_seen() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("4.4E+17", true), ("4.40524e+17", true), ("1E+10", true), ("4.4E-5", true),
            ("4.40524E17", true), ("I10.E11", false), ("1.5E", false),
            ("45E10", false), ("E12345678", false), ("440524188001010014", false), ("EA1+2", false), ("", false),
        ];
        for (text, want) in cases {
            assert_eq!(is_scientific(text), want, "{text:?}");
        }
    }

    #[test]
    fn numbers_that_became_dates_are_seen() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("2-Jan", true), ("Jan-02", true), ("1月2日", true), ("12-DEC", true),
            ("1-2", false), ("M-001", false), ("MZ-0101", false), ("2021-10-29", false), ("月日", false), ("", false),
        ];
        for (text, want) in cases {
            assert_eq!(became_date(text), want, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_nothing_invisible_stays(text in "\\PC{0,30}") {
            let _ = (heading(&text), amount(&text), is_scientific(&text), control(&text));
            let once = clean(&text, true).into_owned();
            let invisible = once.contains(is_invisible);
            prop_assert!(once.trim() == once && !invisible);
        }
    }
}
