//! The words for ids that notices use: facts, papers, actions, effects, people.
//!
//! A notice may name others of its own; such an id is shown as it is.

use crate::domain::{FactKind, fact_kind, terms};
use crate::text::Lang;

/// The word for an id of a notice; the id itself where there is none.
pub fn word(id: &str, lang: Lang) -> String {
    // `card|e_voucher` is one of several papers.
    if id.contains('|') {
        let each: Vec<String> = id.split('|').map(|one| word(one, lang)).collect();
        return each.join(lang.pick("或", " or "));
    }
    terms::any(id).map_or_else(|| id.to_owned(), |(zh, en)| lang.pick(zh, en).to_owned())
}

/// The words for facts that someone has to find out; a yes or no as a question.
pub(super) fn questions<'a>(facts: impl IntoIterator<Item = &'a String>, lang: Lang) -> String {
    let question = |fact: &String| match fact_kind(fact) {
        Some(FactKind::Flag) => format!("{}{}", lang.pick("是否", "whether "), word(fact, lang)),
        _ => word(fact, lang),
    };
    facts.into_iter().map(question).collect::<Vec<_>>().join(lang.pick("、", ", "))
}

/// The words for several ids, in one line.
pub fn words<'a>(ids: impl IntoIterator<Item = &'a String>, lang: Lang) -> String {
    let each: Vec<String> = ids.into_iter().map(|id| word(id, lang)).collect();
    each.join(lang.pick("、", ", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FACTS;

    #[test]
    fn every_fact_has_its_words() {
        for (name, _) in FACTS {
            assert_ne!(word(name, Lang::Zh), *name);
        }
        assert_eq!(word("card|e_voucher", Lang::Zh), "社保卡（医保卡）或医保电子凭证");
        assert_eq!(word("bound_facility", Lang::Zh), "bound_facility");
    }
}
