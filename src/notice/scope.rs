//! What names mean while a notice is read: its facts, its windows, its papers.
//!
//! A name nobody knows becomes a finding here, with the one it was probably
//! meant to be.

use super::condition::Slot;
use super::finding::{Expected, Fault, Findings};
use super::grammar::{FACT, PAPER};
use super::model::{Fact, Paper};
use super::raw::{Table, Value, is_id, unknown_word, wrong};
use super::spelling::nearest;
use crate::domain::terms::{EFFECTS, PAPERS};
use crate::domain::{BUSINESS_LINES, FACTS, FactKind, Kind, known_insurance};
use crate::text::Label;
use std::collections::BTreeSet;
use std::ops::Range;

/// The names of a notice, and what was found wrong so far.
pub(super) struct Scope<'t> {
    pub(super) found: Findings<'t>,
    /// Sorted by name.
    pub(super) facts: Vec<Fact>,
    pub(super) papers: Vec<Paper>,
    pub(super) windows: Vec<String>,
    /// Facts that something asks for.
    pub(super) used: BTreeSet<Slot>,
}

impl<'t> Scope<'t> {
    /// Reads `[facts]`, `[papers]` and the ids of the windows.
    pub(super) fn new(mut found: Findings<'t>, root: &Table<'_>) -> Scope<'t> {
        let mut facts = declared_facts(root, &mut found);
        let standing = FACTS.iter().copied().chain([("as_of", FactKind::Time)]);
        for (name, kind) in standing {
            facts.retain(|fact| fact.name != name);
            facts.push(fact(name, kind));
        }
        facts.sort_by(|one, other| one.name.cmp(&other.name));
        let papers = papers(root, &mut found);
        let mut scope = Scope { found, facts, papers, windows: Vec::new(), used: BTreeSet::new() };
        scope.windows = scope.window_ids(root);
        scope
    }

    /// The slot of a fact.
    pub(super) fn fact(&mut self, name: &str) -> Option<Slot> {
        let slot = self.slot(name)?;
        self.used.insert(slot);
        Some(slot)
    }

    /// The slot of a fact, without counting it as asked for.
    pub(super) fn slot(&self, name: &str) -> Option<Slot> {
        self.facts.binary_search_by(|fact| fact.name.as_str().cmp(name)).ok()
    }

    pub(super) fn unknown_fact(&mut self, name: &str, span: &Range<usize>) {
        let known = self.facts.iter().map(|fact| fact.name.as_str());
        let near = nearest(name, known.clone().chain(["any", "all", "not"]));
        let known = known.map(str::to_owned).collect();
        self.found.add(span, Fault::UnknownWord { key: "fact".into(), text: name.to_owned(), near, known });
    }

    /// A time fact named by a value.
    pub(super) fn time_fact(&mut self, value: &Value<'_>) -> Option<Slot> {
        let Some(name) = value.get_ref().as_str() else {
            wrong("time", Expected::Point, &value.span(), &mut self.found);
            return None;
        };
        let slot = self.fact(name).filter(|&slot| self.facts[slot].kind == FactKind::Time);
        if slot.is_none() {
            let times = self.facts.iter().filter(|fact| fact.kind == FactKind::Time);
            let known: Vec<&str> =
                times.map(|fact| fact.name.as_str()).chain(["resumed", "suspended"]).collect();
            unknown_word("time", name, known.iter().copied(), &value.span(), &mut self.found);
        }
        slot
    }

    /// A window by its id.
    pub(super) fn window(&mut self, id: &str, span: &Range<usize>) -> Option<usize> {
        let at = self.windows.iter().position(|known| known == id);
        if at.is_none() {
            let known: Vec<&str> = self.windows.iter().map(String::as_str).collect();
            unknown_word("window", id, known.iter().copied(), span, &mut self.found);
        }
        at
    }

    /// The windows of a list of ids; empty means any.
    pub(super) fn window_list(&mut self, table: &Table<'_>, key: &str) -> Vec<usize> {
        let ids = table.texts(key, &mut self.found).unwrap_or_default();
        ids.iter().filter_map(|id| self.window(id.get_ref(), &id.span())).collect()
    }

    /// Reports a word that a text or list fact cannot have.
    pub(super) fn check_word(&mut self, slot: Slot, word: &str, span: &Range<usize>) {
        let fact = &self.facts[slot];
        let known: Vec<&str> = match fact.name.as_str() {
            "kind" => Kind::ALL.iter().map(Label::id).collect(),
            "line" => BUSINESS_LINES.iter().flat_map(|(_, lines)| lines.iter().copied()).collect(),
            "locality" => vec!["local", "inbound", "outbound"],
            "credential" => vec!["card", "e_voucher", "id"],
            "insurance" if known_insurance(word).is_none() => {
                let (key, text) = (fact.name.clone(), word.to_owned());
                return self.found.add(span, Fault::UnusualWord { key, text, near: None });
            }
            "papers" => return self.check_paper(word, span),
            _ => fact.values.iter().map(String::as_str).collect(),
        };
        if !known.is_empty() && !known.contains(&word) {
            let (name, known): (String, Vec<String>) =
                (fact.name.clone(), known.into_iter().map(str::to_owned).collect());
            unknown_word(&name, word, known.iter().map(String::as_str), span, &mut self.found);
        }
    }

    /// Reports a paper that is neither usual nor declared.
    pub(super) fn check_paper(&mut self, word: &str, span: &Range<usize>) {
        let usual = PAPERS.iter().map(|(id, ..)| *id);
        let known: Vec<&str> = usual.chain(self.papers.iter().map(|paper| paper.id.as_str())).collect();
        if !known.contains(&word) {
            let near = nearest(word, known.iter().copied());
            self.found.add(span, Fault::UnusualWord { key: "papers".into(), text: word.to_owned(), near });
        }
    }

    /// Reports an effect that is almost, but not quite, one with a meaning of its own.
    pub(super) fn check_effect(&mut self, name: &str, span: &Range<usize>) {
        let known = EFFECTS.iter().map(|(id, ..)| *id);
        if known.clone().any(|id| id == name) {
            return;
        }
        if !is_id(name) {
            wrong("effects", Expected::Id, span, &mut self.found);
        } else if let Some(near) = nearest(name, known) {
            let fault = Fault::UnusualWord { key: "effects".into(), text: name.to_owned(), near: Some(near) };
            self.found.add(span, fault);
        }
    }

    fn window_ids(&mut self, root: &Table<'_>) -> Vec<String> {
        let Some(items) = root.value("window").and_then(|value| value.get_ref().as_array()) else {
            return Vec::new();
        };
        let mut ids: Vec<(String, usize)> = Vec::new();
        for (n, item) in items.iter().enumerate() {
            let table = Table::new(item, "[[window]]");
            let id = table.as_ref().and_then(|table| table.value("id"));
            // A window without an id keeps its place, so that those after it keep theirs.
            let text = id.and_then(|id| id.get_ref().as_str()).map_or_else(|| format!(" {n}"), str::to_owned);
            let span = id.map_or(item.span(), toml::Spanned::span);
            if text == "all" || (id.is_some() && !is_id(&text)) {
                wrong("id", Expected::Id, &span, &mut self.found);
            }
            let first = ids.iter().find(|(known, _)| *known == text).map(|(_, offset)| *offset);
            if let Some(offset) = first {
                let first_line = self.found.line(offset);
                self.found.add(&span, Fault::DuplicateId { id: text.clone(), first_line });
            }
            ids.push((text, span.start));
        }
        ids.into_iter().map(|(id, _)| id).collect()
    }
}

fn fact(name: &str, kind: FactKind) -> Fact {
    Fact {
        name: name.to_owned(),
        kind,
        declared: false,
        title: String::new(),
        title_en: String::new(),
        values: Vec::new(),
    }
}

fn declared_facts(root: &Table<'_>, found: &mut Findings<'_>) -> Vec<Fact> {
    let Some(tables) = root.table("facts", found) else { return Vec::new() };
    let mut facts = Vec::new();
    for (name, value) in tables.map {
        let Some(table) = Table::new(value, &format!("[facts.{}]", name.get_ref())) else {
            wrong(name.get_ref(), Expected::Table, &value.span(), found);
            continue;
        };
        table.against(&FACT, found);
        if !is_id(name.get_ref())
            || matches!(name.get_ref().as_ref(), "any" | "all" | "not" | "resumed" | "suspended")
        {
            wrong("facts", Expected::Id, &name.span(), found);
        }
        if FACTS.iter().any(|(known, _)| known == name.get_ref()) || name.get_ref() == "as_of" {
            found.add(&name.span(), Fault::DuplicateId { id: name.get_ref().to_string(), first_line: 0 });
        }
        let kinds = [FactKind::Text, FactKind::Flag, FactKind::Time, FactKind::List, FactKind::Number];
        let named = |kind: &FactKind| match kind {
            FactKind::Text => "text",
            FactKind::Flag => "flag",
            FactKind::Time => "time",
            FactKind::List => "list",
            FactKind::Number => "number",
        };
        let written = table.text("kind", found);
        let kind = written.as_deref().and_then(|text| kinds.iter().find(|kind| named(kind) == text).copied());
        if let (Some(text), None) = (&written, kind) {
            unknown_word("kind", text, kinds.iter().map(named), &table.span_of("kind"), found);
        }
        facts.push(Fact {
            name: name.get_ref().to_string(),
            kind: kind.unwrap_or(FactKind::Text),
            declared: true,
            title: table.text("title", found).unwrap_or_default(),
            title_en: table.text("title_en", found).unwrap_or_default(),
            values: table
                .texts("values", found)
                .unwrap_or_default()
                .into_iter()
                .map(toml::Spanned::into_inner)
                .collect(),
        });
    }
    facts
}

fn papers(root: &Table<'_>, found: &mut Findings<'_>) -> Vec<Paper> {
    let Some(tables) = root.table("papers", found) else { return Vec::new() };
    let mut papers = Vec::new();
    for (name, value) in tables.map {
        let Some(table) = Table::new(value, &format!("[papers.{}]", name.get_ref())) else {
            wrong(name.get_ref(), Expected::Table, &value.span(), found);
            continue;
        };
        table.against(&PAPER, found);
        papers.push(Paper {
            id: name.get_ref().to_string(),
            title: table.text("title", found).unwrap_or_default(),
            title_en: table.text("title_en", found).unwrap_or_default(),
        });
    }
    papers
}
