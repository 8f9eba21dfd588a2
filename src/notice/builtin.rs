//! The built-in notices: data like any other, kept in the program.
//!
//! Their text is in `profiles/`; nothing here knows what they say.

use super::model::Notice;
use std::sync::LazyLock;

/// Id and text of each.
const TEXTS: &[(&str, &str)] = &[
    ("jinan-laiwu-2019", include_str!("profiles/jinan-laiwu-2019.toml")),
    ("qingdao-2021", include_str!("profiles/qingdao-2021.toml")),
    ("tangshan-2019", include_str!("profiles/tangshan-2019.toml")),
    ("xinzhou-2021", include_str!("profiles/xinzhou-2021.toml")),
    ("zhangjiagang-2021", include_str!("profiles/zhangjiagang-2021.toml")),
];

static READ: LazyLock<Vec<Notice>> = LazyLock::new(|| {
    let read = |(_, text): &(&str, &str)| Notice::read(text).expect("a test reads every built-in notice");
    TEXTS.iter().map(read).collect()
});

/// Ids of the built-in notices.
pub fn builtin_ids() -> impl Iterator<Item = &'static str> {
    TEXTS.iter().map(|(id, _)| *id)
}

/// A built-in notice.
pub fn builtin(id: &str) -> Option<&'static Notice> {
    READ.iter().find(|notice| notice.id() == id)
}

/// The text of a built-in notice, to start another from.
pub fn builtin_text(id: &str) -> Option<&'static str> {
    TEXTS.iter().find(|(known, _)| *known == id).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Explain, Lang};

    #[test]
    fn every_one_reads_and_bears_its_name() {
        for (id, text) in TEXTS {
            match Notice::read(text) {
                Ok(notice) => assert_eq!(notice.id(), *id),
                Err(found) => {
                    let said: Vec<String> = found.iter().map(|finding| finding.what(Lang::En)).collect();
                    panic!("{id}:\n{}", said.join("\n"));
                }
            }
        }
    }
}
