//! Identity numbers: checked as GB 11643 asks, printed masked.

use crate::domain::{Day, Time};
use crate::text::{Explain, Lang};
use std::fmt;

/// A resident identity number in its 18-digit form, check character verified.
///
/// 15-digit numbers (GB 11643-1989) become 18 digits on the way in, so that one
/// person compares equal in both forms.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CertNo(String);

/// Why a text is not a resident identity number. Carries no digits of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityError {
    /// `4.4E+17`: a spreadsheet turned the number into a float; the digits are gone.
    Scientific,
    /// Neither 15 nor 18 characters of the right kind.
    Shape,
    /// Ends in `000` and fails its check: a spreadsheet kept 15 digits only.
    LostDigits,
    /// The check character does not fit.
    Check,
    /// The birth date is not on the calendar or lies in the future.
    Birth,
}

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";

impl CertNo {
    /// Reads a number as people type it: full-width digits, a lower-case `x`, blanks around it.
    ///
    /// # Errors
    /// [`IdentityError`] names what is wrong; nothing is ever repaired.
    pub fn read(text: &str, now: Time) -> Result<CertNo, IdentityError> {
        let plain: String = text.trim().chars().map(half_width).collect::<String>().to_ascii_uppercase();
        if plain.contains("E+") || (plain.contains('.') && plain.contains('E')) {
            return Err(IdentityError::Scientific);
        }
        if !plain.is_ascii() {
            return Err(IdentityError::Shape);
        }
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let full = match plain.len() {
            15 if digits(&plain) => eighteen(&plain),
            18 if digits(&plain[..17]) => plain,
            _ => return Err(IdentityError::Shape),
        };
        let body = &full[..17];
        if full.as_bytes()[17] != check_character(body) {
            let lost = full.ends_with("000");
            return Err(if lost { IdentityError::LostDigits } else { IdentityError::Check });
        }
        match birth_of(body) {
            Some(birth) if birth <= now.day() => Ok(CertNo(full)),
            _ => Err(IdentityError::Birth),
        }
    }

    /// The 18 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The birth date it carries.
    pub fn birth(&self) -> Option<Day> {
        birth_of(&self.0)
    }

    /// The platform's `gend`: `1` male, `2` female.
    pub fn gender(&self) -> &'static str {
        if self.0.as_bytes()[16] % 2 == 1 { "1" } else { "2" }
    }
}

/// Only the last four show.
impl fmt::Debug for CertNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertNo(…{})", &self.0[14..])
    }
}

fn half_width(ch: char) -> char {
    match ch {
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => char::from_u32(u32::from(ch) - 0xFEE0).unwrap_or(ch),
        _ => ch,
    }
}

fn check_character(body: &str) -> u8 {
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(b, w)| u32::from(b - b'0') * w).sum();
    CHECKS[(sum % 11) as usize]
}

/// The 18-digit form of a 15-digit number: sequence 996 to 999 went to people born before 1900.
fn eighteen(short: &str) -> String {
    let century = if matches!(&short[12..], "996" | "997" | "998" | "999") { "18" } else { "19" };
    let body = format!("{}{century}{}", &short[..6], &short[6..]);
    let check = char::from(check_character(&body));
    format!("{body}{check}")
}

fn birth_of(number: &str) -> Option<Day> {
    let date = &number[6..14];
    // Day::from_str keeps to 1900 and later; the oldest numbers begin before that.
    date.parse().ok().or_else(|| if date.starts_with("18") { Day::new(1900, 1, 1) } else { None })
}

impl fmt::Display for IdentityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what(Lang::En))
    }
}

impl std::error::Error for IdentityError {}

impl Explain for IdentityError {
    fn what(&self, lang: Lang) -> String {
        match self {
            IdentityError::Scientific => {
                lang.pick("证件号码被表格软件写成了科学计数法，后几位已丢失", "a spreadsheet wrote the identity number in scientific notation; its last digits are gone")
            }
            IdentityError::Shape => lang.pick("身份证号码应为 18 位（旧证 15 位）", "an identity number has 18 characters (15 in the old form)"),
            IdentityError::LostDigits => {
                lang.pick("身份证号码以 000 结尾且校验不符，多半被表格软件截成了 15 位有效数字", "the identity number ends in 000 and fails its check: a spreadsheet probably kept 15 digits of it")
            }
            IdentityError::Check => lang.pick("身份证号码校验位不符", "the check character of the identity number does not fit"),
            IdentityError::Birth => lang.pick("身份证号码中的出生日期不存在或在将来", "the birth date in the identity number is not a past day of the calendar"),
        }
        .to_owned()
    }

    fn hint(&self, lang: Lang) -> String {
        match self {
            IdentityError::Scientific | IdentityError::LostDigits => lang.pick(
                "请从原系统重新导出，并把该列设为文本；程序不会猜测丢失的数字",
                "export again from the source with the column as text; lost digits are never guessed",
            ),
            _ => lang.pick(
                "请核对证件；非身份证请填写证件类型（id_type）",
                "check the document; for other documents give id_type",
            ),
        }
        .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn now() -> Time {
        "2026-01-01T00:00:00".parse().unwrap()
    }

    #[test]
    fn numbers_of_the_standard_and_their_faults() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("11990019491231002X",   Ok("11990019491231002X")),
            ("11990019491231002x",   Ok("11990019491231002X")),
            (" 440524188001010014 ", Ok("440524188001010014")),   // printed in GB 11643
            ("１１９９００１９４９１２３１００２Ｘ", Ok("11990019491231002X")),
            ("119900491231002",      Ok("11990019491231002X")),   // the 15-digit form of the first
            ("119900194912310021",   Err(IdentityError::Check)),
            ("440524188001010000",   Err(IdentityError::LostDigits)),
            ("4.40524E+17",          Err(IdentityError::Scientific)),
            ("4.4E+17",              Err(IdentityError::Scientific)),
            ("1199001949123100",     Err(IdentityError::Shape)),
            ("",                     Err(IdentityError::Shape)),
            ("挂",                    Err(IdentityError::Shape)),
        ];
        for (text, want) in cases {
            let got = CertNo::read(text, now());
            assert_eq!(got.as_ref().map(CertNo::as_str).map_err(|e| *e), want, "{text}");
        }
    }

    #[test]
    fn debug_is_masked() {
        let number = CertNo::read("11990019491231002X", now()).unwrap();
        assert_eq!(format!("{number:?}"), "CertNo(…002X)");
        assert_eq!(number.gender(), "2");
        assert_eq!(number.birth(), Day::new(1949, 12, 31));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,24}") {
            let _ = CertNo::read(&text, now());
        }
    }
}
