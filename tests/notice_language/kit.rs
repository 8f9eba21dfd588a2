//! What the tables are run with: a small notice to put a line into, and facts as
//! JSON.

use guazhang::domain::{Decision, Facts, Time, fact_kind};
use guazhang::notice::{Calendar, Notice, Resumption, Resumptions, decide};
use guazhang::text::{Explain, Lang};

/// The head that every notice has.
pub(crate) const HEAD: &str = r#"schema = 1
id = "t"
title = "t"
city = "t"
place = "370200"
year = 2021
"#;

/// One stop, from 21 October 18:00 to 31 October 22:00 of 2021.
pub(crate) const WINDOW: &str = r#"
[[window]]
id = "w"
title = "w"
clause = "1"
suspended = 2021-10-21T18:00:00
resumes = 2021-10-31T22:00:00
"#;

pub(crate) fn notice(text: &str) -> Notice {
    Notice::read(text).unwrap_or_else(|found| {
        let said: Vec<String> = found.iter().map(|finding| finding.what(Lang::En)).collect();
        panic!("{}\nin\n{text}", said.join("\n"))
    })
}

/// A notice with the one stop, one rule for everything, and this option.
pub(crate) fn with_option(option: &str) -> Notice {
    notice(&format!("{HEAD}{WINDOW}[[rule]]\nid = \"r\"\nclause = \"2\"\n[[rule.option]]\n{option}"))
}

pub(crate) fn time(text: &str) -> Time {
    text.parse().unwrap_or_else(|_| panic!("{text} is no time"))
}

pub(crate) fn facts(notices: &[&Notice], json: &str) -> Facts {
    let object = serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"));
    let kind = |name: &str| fact_kind(name).or_else(|| notices.iter().find_map(|n| n.fact_kind(name)));
    Facts::from_json(&object, kind).unwrap_or_else(|error| panic!("{json}: {error}"))
}

pub(crate) fn resumed(texts: &[&str]) -> Resumptions {
    texts.iter().map(|text| text.parse::<Resumption>().expect("a resumption")).collect()
}

pub(crate) fn ask_all(notices: &[&Notice], json: &str, back: &[&str], as_of: &str) -> Decision {
    decide(notices, &facts(notices, json), &resumed(back), &Calendar::built_in(), time(as_of))
}

pub(crate) fn ask(notice: &Notice, json: &str, back: &[&str], as_of: &str) -> Decision {
    ask_all(&[notice], json, back, as_of)
}

/// An id as it stands in JSON.
pub(crate) fn id(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
