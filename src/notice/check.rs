//! Checks a notice as a whole: everything the reader finds, and then what only
//! shows when the rules are looked at together.
//!
//! What is found here are questions to put to the text again; they do not keep
//! a notice from being used.

use super::calendar::Calendar;
use super::condition::{Bound, Condition, Slot, Test, Truth};
use super::context::{Context, Stop};
use super::decide::among;
use super::explore::explore;
use super::finding::{Fault, Finding, Findings};
use super::model::{Notice, Rule};
use super::raw::Table;
use super::reader;
use super::resumption::Resumptions;
use crate::domain::{BUSINESS_LINES, FactValue, Facts, Kind};
use crate::text::Label;
use std::collections::BTreeSet;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// Everything wrong with a notice's text, in the order of the text.
pub fn check(text: &str) -> Vec<Finding> {
    let (notice, mut findings) = reader::read(text);
    let Some(notice) = notice.filter(|_| !findings.iter().any(Finding::is_hard)) else { return findings };
    let mut found = Findings::new(text);
    let places = Places::of(text);
    let reached = unanswered(&notice, &places, &mut found);
    unreachable(&notice, &places, &reached, &mut found);
    findings.extend(found.into_sorted());
    findings.sort_by_key(|finding| (finding.line, finding.column));
    findings
}

/// Where the rules and windows stand.
struct Places {
    rules: Vec<Range<usize>>,
    windows: Vec<Range<usize>>,
}

impl Places {
    fn of(text: &str) -> Places {
        let (root, _) = DeTable::parse_recoverable(text);
        let root = toml::Spanned::new(root.span(), DeValue::Table(root.into_inner()));
        let spans = |key: &str| {
            let tables = Table::new(&root, "").map(|root| root.tables(key, key, &mut Findings::new("")));
            tables.unwrap_or_default().into_iter().map(|table| table.span_of("id")).collect()
        };
        Places { rules: spans("rule"), windows: spans("window") }
    }
}

/// Rules that an earlier one always answers before, and rules that no record of any window comes to.
fn unreachable(notice: &Notice, places: &Places, reached: &Reached, found: &mut Findings<'_>) {
    for (at, rule) in notice.rules.iter().enumerate() {
        let by = notice.rules[..at].iter().find(|earlier| covers(earlier, rule)).map(|by| by.id.clone());
        let windows = || rule.windows.iter().any(|&window| compares(&notice.windows[window].applies));
        let tried = reached.complete && !rule.outside && !compares(&rule.when) && !windows();
        if by.is_some() || (tried && !reached.rules.contains(&at)) {
            let span = places.rules.get(at).cloned().unwrap_or(0..0);
            found.add(&span, Fault::Unreachable { rule: rule.id.clone(), by });
        }
    }
}

/// The rules that made-up records came to.
struct Reached {
    rules: BTreeSet<usize>,
    /// All kinds of records were tried.
    complete: bool,
}

/// The condition compares facts with each other, which made-up records may not hit upon.
fn compares(condition: &Condition) -> bool {
    let mut found = false;
    condition.visit(&mut |_, test| {
        found |= match test {
            Test::Before(bound) | Test::After(bound) | Test::From(bound) | Test::Until(bound) => {
                !matches!(bound, Bound::Stamp(_))
            }
            Test::EarlierYearThan(_) | Test::SameYearAs(_) | Test::DaysSince { .. } => true,
            _ => false,
        };
    });
    found
}

fn covers(earlier: &Rule, later: &Rule) -> bool {
    let windows = earlier.windows.is_empty()
        || (!later.windows.is_empty() && later.windows.iter().all(|at| earlier.windows.contains(at)));
    windows && (earlier.outside || !later.outside) && implies(&later.when, &earlier.when)
}

/// Wherever `one` holds, so does `other`; `false` where that cannot be seen from their form.
fn implies(one: &Condition, other: &Condition) -> bool {
    if one == other {
        return true;
    }
    match (one, other) {
        (_, Condition::All(parts)) => parts.iter().all(|part| implies(one, part)),
        (Condition::Any(parts), _) => !parts.is_empty() && parts.iter().all(|part| implies(part, other)),
        (_, Condition::Any(parts)) => parts.iter().any(|part| implies(one, part)),
        (Condition::All(parts), _) => parts.iter().any(|part| implies(part, other)),
        (Condition::Fact(a, Test::OneOf(narrow)), Condition::Fact(b, Test::OneOf(wide))) => {
            a == b && narrow.iter().all(|word| wide.contains(word))
        }
        (Condition::Fact(a, _), Condition::Fact(b, Test::Known(true))) => a == b,
        _ => false,
    }
}

/// What happens to one made-up record inside a window.
enum Fate {
    /// The window does not concern it, or it stays usable.
    Elsewhere,
    /// This rule answers.
    Answered(usize),
    /// None does; with the facts that were tried.
    Unanswered(Vec<(Slot, FactValue)>),
}

/// Kinds and lines of records inside a window that no rule answers, one finding for each kind.
fn unanswered(notice: &Notice, places: &Places, found: &mut Findings<'_>) -> Reached {
    let mut reached = Reached { rules: BTreeSet::new(), complete: true };
    for (at, window) in notice.windows.iter().enumerate() {
        for (kind, lines) in BUSINESS_LINES {
            let missing =
                lines.iter().filter_map(|line| unanswered_facts(notice, at, *kind, line, &mut reached));
            let missing: Vec<String> = missing.collect();
            if !missing.is_empty() {
                let span = places.windows.get(at).cloned().unwrap_or(0..0);
                let facts = missing.join("; ");
                found.add(&span, Fault::NoAnswer { window: window.id.clone(), facts });
            }
        }
    }
    reached
}

/// The facts of a record of that kind and line which no rule answers, if there is one.
fn unanswered_facts(
    notice: &Notice,
    at: usize,
    kind: Kind,
    line: &str,
    reached: &mut Reached,
) -> Option<String> {
    let mut facts = Facts::default();
    facts.set_text("kind", kind.id());
    facts.set_text("line", line);
    let (resumed, calendar) = (Resumptions::new(), Calendar::default());
    let span = notice.windows[at].spans.first()?;
    let today = FactValue::Time(span.suspended);
    let mut ctx = Context::new(notice, &facts, &today, &resumed, &calendar, span.suspended);
    let stop = Stop { window: at, suspended: span.suspended, resumes: span.resumes, provisional: true };
    ctx.stop.set(Some(stop));
    let given: Vec<Slot> = (0..ctx.facts.len()).filter(|&slot| ctx.facts[slot].is_some()).collect();
    let question = |ctx: &Context<'_>| fate(ctx, at, &given);
    let same = |one: &Fate, other: &Fate| match (one, other) {
        (Fate::Answered(one), Fate::Answered(other)) => one == other,
        _ => std::mem::discriminant(one) == std::mem::discriminant(other),
    };
    let mut missing = None;
    // Once as if nothing more were known, once with every fact that is asked for.
    for probing in [false, true] {
        ctx.probing = probing;
        let answers = explore(&mut ctx, &question, &same);
        reached.complete &= answers.complete;
        for fate in answers.all {
            match fate {
                Fate::Answered(rule) => drop(reached.rules.insert(rule)),
                Fate::Unanswered(tried) => missing = missing.or(Some(named(notice, kind, line, &tried))),
                Fate::Elsewhere => {}
            }
        }
    }
    missing
}

fn fate(ctx: &Context<'_>, window: usize, given: &[Slot]) -> Result<Fate, Slot> {
    let holds = |condition: &Condition| match condition.holds(ctx) {
        Truth::Yes => Ok(true),
        Truth::No => Ok(false),
        Truth::Unknown(slot) => Err(slot),
    };
    let notice = ctx.notice;
    if !holds(&notice.applies)? || !holds(&notice.windows[window].applies)? {
        return Ok(Fate::Elsewhere);
    }
    for usable in notice.usable.iter().filter(|usable| among(&usable.windows, window)) {
        if holds(&usable.when)? {
            return Ok(Fate::Elsewhere);
        }
    }
    for (at, rule) in notice.rules.iter().enumerate() {
        if among(&rule.windows, window) && holds(&rule.when)? {
            return Ok(Fate::Answered(at));
        }
    }
    let tried = ctx.facts.iter().enumerate().filter(|(slot, _)| !given.contains(slot));
    let tried = tried.filter_map(|(slot, value)| value.map(|value| (slot, value.clone())));
    Ok(Fate::Unanswered(tried.collect()))
}

fn named(notice: &Notice, kind: Kind, line: &str, tried: &[(Slot, FactValue)]) -> String {
    let mut said = format!("{}/{line}", kind.id());
    for (slot, value) in tried {
        let value = value.written(crate::text::Lang::En).replace('\u{1}', "*");
        said.extend([" ", &notice.facts[*slot].name, "=", &value]);
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Explain, Lang};

    /// A notice without faults.
    const SOUND: &str = r#"schema = 1
id = "t"
title = "t"
city = "t"
place = "370000"
year = 2021
[[window]]
id = "w"
title = "w"
clause = "1"
suspended = 2021-10-21T18:00:00
resumes = 2021-10-31T22:00:00
applies = { kind = "outpatient", line = "ordinary" }
[[rule]]
id = "r"
clause = "2"
when = { kind = "outpatient" }
[[rule.option]]
route = "resettle"
papers = []
due = "not_stated"
"#;

    fn said(text: &str) -> Vec<String> {
        check(text).iter().map(|finding| finding.what(Lang::En)).collect()
    }

    #[test]
    fn a_sound_notice_has_no_findings() {
        assert_eq!(said(SOUND), Vec::<String>::new());
    }

    #[test]
    fn files_as_windows_writes_them() {
        let windows = format!("\u{feff}{}", SOUND.replace('\n', "\r\n"));
        assert_eq!(said(&windows), Vec::<String>::new());
        let fault = windows.replace("id = \"r\"", "id = \"r r\"");
        assert_eq!(said(&fault), ["line 15 column 6: id: \"r r\" does not fit"]);
    }

    #[test]
    fn the_tutorial_is_a_sound_notice() {
        let page = include_str!("../../docs/notices.md");
        let lesson = page.split("## Reference").next().unwrap_or_default();
        let blocks = lesson.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
        assert_eq!(said(&blocks.collect::<String>()), Vec::<String>::new());
    }

    #[test]
    fn one_fault_each_with_its_place() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            // in the sound notice      instead                             what is said
            ("clause = \"1\"",          "cluase = \"1\"",                   "line 10 column 1: [[window]] has no key `cluase`"),
            ("clause = \"2\"\n",        "",                                 "line 14 column 1: [[rule]] lacks clause"),
            ("clause = \"2\"",          "clause = \" \"",                   "line 16 column 10: clause is empty"),
            ("title = \"w\"",           "title = 5",                        "line 9 column 9: title: 5 does not fit"),
            ("schema = 1",              "schema = 2",                       "line 1 column 10: schema: 2 does not fit"),
            ("place = \"370000\"",      "place = \"37\"",                   "line 5 column 9: place: \"37\" does not fit"),
            ("22:00:00",                "22:00:00+08:00",                   "line 12 column 11: resumes: 2021-10-31T22:00:00+08:00 does not fit"),
            ("2021-10-31T",             "2021-10-20T",                      "line 12 column 11: resumes is not later than suspended"),
            ("route = \"resettle\"",    "route = \"resetle\"",              "line 19 column 9: route: `resetle` is not known"),
            ("papers = []\n",           "",                                 "line 18 column 1: r → resettle says nothing of papers"),
            ("due = \"not_stated\"\n",  "",                                 "line 18 column 1: r → resettle says nothing of a deadline"),
            ("papers = []",             "papers = [\"reciept\"]",           "line 20 column 11: papers: `reciept` is not a usual word"),
            ("papers = []",             "papers = []\nplace = \"here\"",    "line 21 column 9: place: `here` is not known"),
            ("kind = \"outpatient\" }", "kind = \"outpatients\" }",         "line 17 column 17: kind: `outpatients` is not known"),
            ("kind = \"outpatient\" }", "kind = \"outpatient\", filled = true }", "line 17 column 31: fact: `filled` is not known"),
            ("kind = \"outpatient\" }", "kind = \"outpatient\", filed = 1 }",     "line 17 column 39: filed: 1 does not fit"),
            ("kind = \"outpatient\" }", "occurred_at = { before = { working_days = 3, after = \"resumed\" } } }", "line 17 column 35: time: { working_days = 3, after = \"resumed\" } does not fit"),
            ("kind = \"outpatient\" }", "occurred_at = { befor = 2021-10-22 } }", "line 17 column 26: occurred_at has no key `befor`"),
            ("kind = \"outpatient\" }", "occurred_at = { within = \"37\" } }",    "line 17 column 35: occurred_at: `within` is not known"),
            ("\"not_stated\"",          "{ days = 0, after = \"resumed\" }",      "line 21 column 16: days: 0 does not fit"),
            ("\"not_stated\"",          "{ days = 3 }",                           "line 21 column 7: due lacks after / before"),
            ("\"not_stated\"",          "{ days = 3, after = \"resumed:v\" }",    "line 21 column 27: window: `v` is not known"),
            ("\"not_stated\"",          "{ days = 3, months = 1, after = \"resumed\" }", "line 21 column 28: days and months cannot stand together"),
            ("\"not_stated\"",          "2021-12-31\nopens = 2022-01-01",         "line 21 column 7: due is not later than opens"),
            ("\"not_stated\"",          "\"soon\"",                               "line 21 column 7: time: `soon` is not known"),
            ("year = 2021",             "year = 2021\nfacts.x.kind = \"flag\"",   "line 7 column 7: fact `x` is declared and never asked"),
        ];
        for (sound, instead, want) in cases {
            let text = SOUND.replacen(sound, instead, 1);
            assert_ne!(text, SOUND, "{sound}");
            assert_eq!(said(&text), [want], "{instead}");
        }
    }

    #[test]
    fn all_faults_at_once() {
        let text = SOUND.replace("clause", "cluase").replace("\"resettle\"", "\"resetle\"");
        assert_eq!(said(&text).len(), 3);
        let broken = SOUND.replace("title = \"t\"", "title = \"t").replace("year = 2021", "year 2021");
        let said = said(&broken);
        assert!(said.len() == 2 && said.iter().all(|line| line.contains("not TOML")), "{said:?}");
    }

    #[test]
    fn rules_looked_at_together() {
        let second = "[[rule]]\nid = \"s\"\nclause = \"3\"\nnot_stated = true\nwhen = { kind = \"outpatient\", prepaid = true }\n";
        assert_eq!(
            said(&format!("{SOUND}{second}")),
            ["line 23 column 6: rule `s` can never answer: `r` always answers before it"]
        );
        let wider = SOUND.replace(
            "{ kind = \"outpatient\", line = \"ordinary\" }",
            "{ kind = [\"outpatient\", \"purchase\"] }",
        );
        assert_eq!(
            said(&wider),
            [
                "line 8 column 6: in window `w` no rule answers for purchase/ordinary; purchase/negotiated_drug"
            ]
        );
        let narrower = SOUND
            .replace("when = { kind = \"outpatient\" }", "when = { kind = \"outpatient\", prepaid = true }");
        assert_eq!(
            said(&narrower),
            ["line 8 column 6: in window `w` no rule answers for outpatient/ordinary prepaid=no"]
        );
        let twice = format!(
            "{SOUND}[[rule]]\nid = \"r\"\nclause = \"3\"\nnot_stated = true\nwhen = {{ kind = \"filing\" }}\n"
        );
        assert_eq!(said(&twice), ["line 23 column 6: `r` is there twice, first in line 15"]);
    }

    #[test]
    fn every_finding_speaks_both_languages() {
        let text = SOUND
            .replace("clause", "cluase")
            .replace("2021-10-31T", "2021-10-20T")
            .replace("papers = []\n", "");
        for finding in check(&text) {
            for lang in [Lang::Zh, Lang::En] {
                assert!(!finding.what(lang).is_empty() && !finding.hint(lang).is_empty());
            }
        }
        let found = check(&text);
        let hint = found.iter().find(|f| f.line == 10).map(|f| f.hint(Lang::En)).unwrap_or_default();
        assert!(hint.starts_with("did you mean `clause`?"), "{hint}");
    }
}
