//! Papers (留存材料): where one that belongs to a record is, and what it is called.
//!
//! Which papers a way back asks for is the notice's business, not this list's.

use crate::closed_list;
use crate::domain::terms::PAPERS;
use crate::text::UnknownWord;

closed_list! {
    /// Where a paper is.
    PaperState as "paper state" {
        Kept = "kept", "留存", "kept";
        Returned = "returned", "已退还", "returned";
        Missing = "missing", "缺失", "missing";
    }
}

/// The id of a paper that was given by id or by either of its words; `declared` are the further ones that notices name.
///
/// # Errors
/// [`UnknownWord`] lists the papers that need no declaration.
pub fn paper_kind<'a>(
    text: &str,
    mut declared: impl Iterator<Item = &'a str>,
) -> Result<String, UnknownWord> {
    let text = text.trim();
    let usual = PAPERS
        .iter()
        .find(|(id, zh, en)| id.eq_ignore_ascii_case(text) || *zh == text || en.eq_ignore_ascii_case(text));
    if let Some((id, ..)) = usual {
        return Ok((*id).to_owned());
    }
    declared.find(|id| *id == text).map(str::to_owned).ok_or_else(|| UnknownWord {
        what: "paper",
        text: text.to_owned(),
        known: PAPERS.iter().map(|(id, ..)| *id).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paper_goes_by_its_id_or_either_word() {
        let read = |text| paper_kind(text, ["wage_slip"].into_iter()).ok();
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("card",                 Some("card")),
            ("社保卡（医保卡）",      Some("card")),
            ("Insurance Book",       Some("insurance_book")),
            (" receipt ",            Some("receipt")),
            ("wage_slip",            Some("wage_slip")),
            ("pay slip",             None),
            ("",                     None),
        ];
        for (text, id) in cases {
            assert_eq!(read(text).as_deref(), id, "{text}");
        }
    }
}
