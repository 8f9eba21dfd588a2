//! The person a record belongs to, and how an identity is shown: masked.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Who was treated. Every field may be empty; what is missing is listed, not guessed.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Person {
    /// Name.
    pub name: String,
    /// `psn_cert_type`: 01 is the resident identity number.
    pub id_type: String,
    /// `certno`; for type 01 the checked 18-digit form.
    pub id_no: String,
    /// Phone for the call-back.
    pub phone: String,
    /// Number of the social security card.
    pub card_no: String,
    /// `psn_no`, the platform's number of the person.
    pub psn_no: String,
}

/// What may be shown of a person without unlocking anything: surname and last four.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Masked {
    /// `王**`.
    pub name: String,
    /// `**************002X`.
    pub id_no: String,
    /// Stars and the last four digits.
    pub phone: String,
}

impl Person {
    /// What may be shown.
    pub fn masked(&self) -> Masked {
        Masked { name: mask_name(&self.name), id_no: mask_card(&self.id_no), phone: mask_phone(&self.phone) }
    }

    /// A text that others wrote about this person, such as the platform's refusal, with the identity in it masked.
    pub fn masked_in(&self, text: &str) -> String {
        let Person { name, id_no, phone, card_no, psn_no, .. } = self;
        let numbers = [id_no, phone, card_no, psn_no].into_iter().map(|number| (number, mask_card(number)));
        std::iter::once((name, mask_name(name)))
            .chain(numbers)
            .filter(|(plain, _)| !plain.is_empty())
            .fold(text.to_owned(), |text, (plain, masked)| text.replace(plain.as_str(), &masked))
    }
}

/// Identities are masked even in a debug print.
impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person")
            .field("name", &mask_name(&self.name))
            .field("id_no", &mask_card(&self.id_no))
            .finish_non_exhaustive()
    }
}

/// The surname and stars: `王**`.
pub fn mask_name(name: &str) -> String {
    let mut chars = name.chars();
    match chars.next() {
        None => String::new(),
        Some(first) => std::iter::once(first).chain(chars.map(|_| '*').take(4)).collect(),
    }
}

/// Stars and the last four characters: `**************002X`.
pub fn mask_card(number: &str) -> String {
    tail(number, 4)
}

/// Stars and the last four digits of a phone.
pub fn mask_phone(phone: &str) -> String {
    tail(phone, 4)
}

/// A text in which every run of seven or more digits keeps only its last four: numbers of documents, phones, cards.
pub fn mask_numbers(text: &str) -> String {
    let (mut out, mut run) = (String::with_capacity(text.len()), String::new());
    let put = |out: &mut String, run: &mut String| {
        let long = run.chars().count() >= 7;
        out.push_str(&if long { tail(run, 4) } else { run.clone() });
        run.clear();
    };
    for ch in text.chars() {
        let number = ch.is_ascii_digit() || (matches!(ch, 'X' | 'x') && !run.is_empty());
        if number {
            run.push(ch);
        } else {
            put(&mut out, &mut run);
            out.push(ch);
        }
    }
    put(&mut out, &mut run);
    out
}

fn tail(text: &str, shown: usize) -> String {
    let hidden = text.chars().count().saturating_sub(shown);
    // A text as short as its tail would show whole.
    let hidden = if hidden == 0 { text.chars().count() } else { hidden };
    text.chars().enumerate().map(|(at, ch)| if at < hidden { '*' } else { ch }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_keep_the_surname_and_the_last_four() {
        assert_eq!(mask_name("王小明"), "王**");
        assert_eq!(mask_name("𠮷"), "𠮷");
        assert_eq!(mask_card("11990019491231002X"), "**************002X");
        assert_eq!(mask_card("002X"), "****");
        assert_eq!(mask_name(""), "");
    }

    #[test]
    fn long_numbers_in_a_text_keep_their_last_four() {
        assert_eq!(
            mask_numbers("证件 11990019491231002X 电话13900000000，单号 100234"),
            "证件 **************002X 电话*******0000，单号 100234"
        );
        assert_eq!(mask_numbers(""), "");
    }
}
