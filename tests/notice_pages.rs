//! The built-in notices and their pages in `docs/notices` say the same things:
//! every window, rule and duty stands on the page of its notice, and the page
//! names none that is not there.
//!
//! Whether a page reads its notice rightly is for people; the worked cases of
//! `notice_cases.rs` say what comes out.

use guazhang::domain::terms::{ACTIONS, EFFECTS, WHO, find};
use guazhang::notice::{builtin_ids, builtin_text, check};
use std::collections::BTreeSet;
use std::path::Path;
use toml::{Table, Value};

fn table(id: &str) -> Table {
    builtin_text(id).expect("a built-in notice").parse().expect("TOML")
}

/// The tables of one sort, such as every `[[duty]]`.
fn entries<'a>(notice: &'a Table, sort: &str) -> impl Iterator<Item = &'a Table> {
    notice.get(sort).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table)
}

fn text<'a>(entry: &'a Table, key: &str) -> &'a str {
    entry.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Ids of windows, rules and duties, and the facts a notice declares.
fn ids(notice: &Table) -> BTreeSet<String> {
    let listed = ["window", "rule", "duty"].into_iter().flat_map(|sort| entries(notice, sort));
    let declared = notice.get("facts").and_then(Value::as_table).into_iter().flat_map(Table::keys);
    listed.map(|entry| text(entry, "id").to_owned()).chain(declared.cloned()).collect()
}

fn page(id: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/notices/{id}.md"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What stands between backticks.
fn quoted(text: &str) -> BTreeSet<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// What the last column of a page's table names.
fn named(page: &str) -> BTreeSet<String> {
    let rows = page.lines().filter(|line| line.starts_with('|'));
    rows.filter_map(|row| row.trim_end_matches([' ', '|']).rsplit('|').next()).flat_map(quoted).collect()
}

/// Words of the language that a page may name beside ids.
const OF_THE_LANGUAGE: &[&str] = &["resumes", "usable"];

#[test]
fn a_page_names_all_of_its_notice_and_nothing_else() {
    for id in builtin_ids() {
        let (page, ids) = (page(id), ids(&table(id)));
        let unsaid: Vec<_> = ids.difference(&quoted(&page)).cloned().collect();
        assert!(unsaid.is_empty(), "{id}: the page does not name {unsaid:?}");
        let unknown: Vec<_> = named(&page).difference(&ids).cloned().collect();
        let unknown: Vec<_> =
            unknown.iter().filter(|word| !OF_THE_LANGUAGE.contains(&word.as_str())).collect();
        assert!(unknown.is_empty(), "{id}: the page names {unknown:?}, which the notice lacks");
    }
}

#[test]
fn everything_bears_a_clause_and_words_in_both_languages() {
    for id in builtin_ids() {
        let notice = table(id);
        for sort in ["window", "usable", "rule", "duty"] {
            for entry in entries(&notice, sort) {
                for key in ["clause", "title", "title_en"] {
                    let said = text(entry, key);
                    assert!(!said.is_empty(), "{id}: a {sort} `{}` lacks `{key}`", text(entry, "id"));
                    assert!(key != "title_en" || said.is_ascii(), "{id}: `{said}` is not English");
                }
            }
        }
    }
}

#[test]
fn its_words_are_known_to_the_program() {
    for id in builtin_ids() {
        let notice = table(id);
        for duty in entries(&notice, "duty") {
            let (action, who) = (text(duty, "action"), text(duty, "who"));
            assert!(find(ACTIONS, action).is_some(), "{id}: the action has no Chinese");
            assert!(find(WHO, who).is_some(), "{id}: who has no Chinese");
        }
        let options = entries(&notice, "rule").flat_map(|rule| entries(rule, "option"));
        let effects = options.filter_map(|option| option.get("effects").and_then(Value::as_table));
        for effect in effects.flat_map(Table::keys) {
            assert!(find(EFFECTS, effect).is_some(), "{id}: the effect has no Chinese");
        }
    }
}

#[test]
fn ids_are_told_apart() {
    for id in builtin_ids() {
        let notice = table(id);
        for sort in ["window", "rule", "duty"] {
            let mut seen = BTreeSet::new();
            for entry in entries(&notice, sort) {
                assert!(seen.insert(text(entry, "id")), "{id}: two {sort}s called `{}`", text(entry, "id"));
            }
        }
    }
}

#[test]
fn a_built_in_notice_leaves_no_question() {
    for id in builtin_ids() {
        let found = check(builtin_text(id).expect("a built-in notice"));
        assert!(found.is_empty(), "{id}: {}", found[0]);
    }
}
