//! The code on a patient's slip: the record's number and a check, and nothing
//! about the patient.
//!
//! The check is drawn from the record's own id, so that a misread code and the slip of another ledger with
//! the same numbers are both refused. It is no secret and opens nothing.

use crate::domain::{Digest, RecordId, ShortNumber};
use crate::text::{Explain, Lang};
use std::fmt;
use std::str::FromStr;

/// Crockford's digits: no I, L, O or U, so that nothing is misread on paper.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// What every code begins with, so that a scanner's input is told from a number typed by hand.
const MARK: &str = "GZ";
/// Digits of the check: 20 bits.
const CHECK: usize = 4;

/// A code such as `GZ-A1-0007-K7QD`: capital letters, digits and hyphens only, as scanners type them best.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlipCode {
    number: ShortNumber,
    check: String,
}

/// Why a text is not the code of a slip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlipCodeError {
    /// The text as given.
    pub text: String,
}

impl SlipCode {
    /// The code of a record.
    pub fn of(number: &ShortNumber, uuid: &RecordId) -> SlipCode {
        SlipCode { number: number.clone(), check: check(number, uuid) }
    }

    /// The number it carries.
    pub fn number(&self) -> &ShortNumber {
        &self.number
    }

    /// Whether it is the code of the record with this id.
    pub fn fits(&self, uuid: &RecordId) -> bool {
        self.check == check(&self.number, uuid)
    }
}

fn check(number: &ShortNumber, uuid: &RecordId) -> String {
    let digest = Digest::of(format!("slip {number} {uuid}").as_bytes());
    let digit = |byte: &u8| char::from(DIGITS[usize::from(byte & 31)]);
    digest.bytes().iter().take(CHECK).map(digit).collect()
}

impl fmt::Display for SlipCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{MARK}-{}-{}", self.number, self.check))
    }
}

impl FromStr for SlipCode {
    type Err = SlipCodeError;

    /// Reads a code as a scanner types it, also through a Chinese input method, which makes its letters wide.
    fn from_str(text: &str) -> Result<SlipCode, SlipCodeError> {
        let fail = || SlipCodeError { text: text.to_owned() };
        let plain: String = text.trim().chars().map(narrow).collect();
        let (mark, rest) = plain.split_once('-').ok_or_else(fail)?;
        let (number, check) = rest.rsplit_once('-').ok_or_else(fail)?;
        let check: String = check.chars().map(unmistaken).collect();
        let digits = check.len() == CHECK && check.bytes().all(|byte| DIGITS.contains(&byte));
        if mark != MARK || !digits {
            return Err(fail());
        }
        Ok(SlipCode { number: number.parse().map_err(|_| fail())?, check })
    }
}

/// The capital ASCII form of a letter, digit or hyphen, however it was typed.
fn narrow(ch: char) -> char {
    let ch = match ch {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(ch) - 0xfee0).unwrap_or(ch),
        '—' | '–' | '−' => '-',
        other => other,
    };
    ch.to_ascii_uppercase()
}

/// What is easily misread on paper stands for the digit it looks like.
fn unmistaken(ch: char) -> char {
    match ch {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    }
}

impl Explain for SlipCodeError {
    fn what(&self, lang: Lang) -> String {
        match lang {
            Lang::Zh => format!("“{}”不是凭条上的码", self.text),
            Lang::En => format!("`{}` is not the code of a slip", self.text),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        lang.pick(
            "码形如 GZ-A1-0007-K7QD；也可输入编号",
            "a code looks like GZ-A1-0007-K7QD; the number does too",
        )
        .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(seed: u8) -> RecordId {
        RecordId::new("2021-10-29T10:20:00".parse().unwrap(), [seed; 10])
    }

    #[test]
    fn a_code_reads_back_however_the_scanner_types_it() {
        let code = SlipCode::of(&"A1-0007".parse().unwrap(), &id(1)).to_string();
        let wide: String = code.chars().map(|ch| char::from_u32(u32::from(ch) + 0xfee0).unwrap()).collect();
        for text in [code.clone(), code.to_lowercase(), format!(" {code}\n"), wide] {
            let read: SlipCode = text.parse().unwrap();
            assert!(read.fits(&id(1)) && read.number().to_string() == "A1-0007", "{text}");
            assert!(!read.fits(&id(2)), "the slip of another ledger");
        }
    }

    #[test]
    fn what_is_no_code() {
        for text in
            ["", "A1-0007", "GZ-0007", "GZ-A1-0007", "GZ-A1-0007-K7Q", "GZ-A1-0007-K7QU", "XX-A1-0007-K7QD"]
        {
            assert!(text.parse::<SlipCode>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn reading_never_fails_badly(text in "\\PC{0,24}") {
            let _ = text.parse::<SlipCode>();
        }
    }
}
