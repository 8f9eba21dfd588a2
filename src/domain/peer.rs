//! The public keys of another ledger, as one line of text and a fingerprint that is
//! read over the phone.
//!
//! A card holds nothing secret. Whether it is to be believed is decided by people
//! who compare the fingerprint; nothing here trusts anybody.

use crate::domain::{StationKey, seal};
use crate::text::{Explain, Lang};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How the line begins; the number is that of its form.
const BEGINS: [&str; 2] = ["guazhang-key", "1"];

/// Whose ledger it is, and the keys that its bundles are signed with and sealed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerCard {
    /// The station's prefix, such as `A2`.
    pub station: String,
    /// UUID of the ledger, 32 hexadecimal digits.
    pub ledger: String,
    /// What it signs with (Ed25519).
    pub key: StationKey,
    /// What is encrypted to it (`age1…`, X25519).
    pub recipient: String,
    /// Code of its facility.
    pub facility: String,
    /// Name of its facility.
    pub name: String,
}

impl PeerCard {
    /// Sixteen digits to compare over the phone: 80 bits of the SHA-256 of the whole line.
    pub fn fingerprint(&self) -> String {
        seal::fingerprint_of(self.to_string().as_bytes())
    }
}

/// Whether a text is the id of a ledger: 32 hexadecimal digits in small letters.
pub fn is_ledger_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// Whether two fingerprints are the same, however they were typed.
pub fn same_fingerprint(one: &str, other: &str) -> bool {
    let plain = |text: &str| -> String {
        let kept = text.chars().filter(|ch| !ch.is_whitespace() && *ch != '-');
        kept.map(|ch| match ch.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
    };
    plain(one) == plain(other)
}

impl fmt::Display for PeerCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PeerCard { station, ledger, key, recipient, facility, name } = self;
        let [mark, form] = BEGINS;
        write!(f, "{mark} {form} {station} {ledger} {key} {recipient} {facility} {name}")
    }
}

/// Why a text is no card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerCardError {
    /// The text as given, shortened.
    pub text: String,
}

impl FromStr for PeerCard {
    type Err = PeerCardError;

    fn from_str(text: &str) -> Result<PeerCard, PeerCardError> {
        let text = text.trim().trim_start_matches('\u{feff}');
        let fail = || PeerCardError { text: text.chars().take(40).collect() };
        let mut words = text.splitn(8, ' ');
        let mut next = || words.next().filter(|word| !word.is_empty()).ok_or_else(fail);
        if [next()?, next()?] != BEGINS {
            return Err(fail());
        }
        let [station, ledger, key, recipient, facility] = [next()?, next()?, next()?, next()?, next()?];
        let name = next().unwrap_or_default();
        let card = PeerCard {
            station: station.to_owned(),
            ledger: ledger.to_owned(),
            key: key.parse().map_err(|_| fail())?,
            recipient: recipient.to_owned(),
            facility: facility.to_owned(),
            name: name.to_owned(),
        };
        let named = crate::domain::ShortNumber::new(&card.station, 1).is_some();
        let known = is_ledger_id(ledger);
        let plain =
            recipient.starts_with("age1") && recipient.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !named || !known || !plain || text.contains(char::is_control) {
            return Err(fail());
        }
        Ok(card)
    }
}

impl Explain for PeerCardError {
    fn what(&self, lang: Lang) -> String {
        match lang {
            Lang::Zh => format!("“{}”不是窗口公钥", self.text),
            Lang::En => format!("`{}` is not the public key of a window", self.text),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        lang.pick(
            "在对方电脑上运行 guazhang bundle keys --out 文件，把该文件带来",
            "run guazhang bundle keys --out FILE at the other window and bring that file",
        )
        .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card() -> PeerCard {
        PeerCard {
            station: "A2".to_owned(),
            ledger: "018f2b1e0000700080000123456789ab".to_owned(),
            key: StationKey::from_bytes([7; 32]),
            recipient: "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa".to_owned(),
            facility: "H14090100001".to_owned(),
            name: "示例 医院".to_owned(),
        }
    }

    #[test]
    fn a_card_reads_back_as_it_is_written() {
        let text = card().to_string();
        for given in [text.clone(), format!("\u{feff}{text}\r\n"), format!("  {text}")] {
            assert_eq!(given.parse(), Ok(card()), "{given}");
        }
        let nameless = PeerCard { name: String::new(), ..card() };
        assert_eq!(nameless.to_string().parse(), Ok(nameless));
    }

    #[test]
    fn what_is_no_card_is_refused() {
        let text = card().to_string();
        #[rustfmt::skip] // the columns are the point
        let cases = [
            String::new(),
            "guazhang-key 2 A2".to_owned(),
            text.replace(" 1 A2", " 2 A2"),
            text.replace(" A2 ", " 窗口 "),
            text.replace("018f", "018F"),
            text.replace("0707", "07zz"),
            text.replace("age1", "ssh1"),
            text.replace("医院", "医\u{1b}院"),
        ];
        for text in cases {
            assert!(text.parse::<PeerCard>().is_err(), "{text}");
        }
    }

    #[test]
    fn every_part_of_a_card_is_in_its_fingerprint() {
        let print = card().fingerprint();
        assert_eq!(print.len(), 19);
        assert!(same_fingerprint(&print, &print.to_lowercase().replace('-', " ").replace('0', "o")));
        let others = [
            PeerCard { station: "A3".to_owned(), ..card() },
            PeerCard { ledger: "018f2b1e0000700080000123456789ac".to_owned(), ..card() },
            PeerCard { key: StationKey::from_bytes([8; 32]), ..card() },
            PeerCard { recipient: "age1x".to_owned(), ..card() },
            PeerCard { facility: "H2".to_owned(), ..card() },
            PeerCard { name: "乙".to_owned(), ..card() },
        ];
        for other in others {
            assert!(!same_fingerprint(&other.fingerprint(), &print), "{other}");
        }
    }
}
