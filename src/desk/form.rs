//! The form: every question of one kind with what was typed so far, and where
//! the cursor stands.
//!
//! Pure state. It knows how an answer is read and what can be chosen, but no
//! key, no ledger and no screen; whether what was typed can be written down is
//! asked elsewhere.

use crate::desk::edit::Edit;
use crate::domain::{Kind, Time};
use crate::store::Stored;
use crate::text::Lang;
use crate::work::Law;
use crate::work::counter::{
    Answer, Choice, Question, Reading, Typed, column_of, list, question_for, questions,
};

/// One question and its answer.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// What is asked.
    pub(super) question: Question,
    /// What was typed.
    pub(super) edit: Edit,
    /// The notice needs it for its decision.
    pub(super) asked: bool,
    /// The cell of a record being corrected, and how it was shown.
    before: Option<(String, String)>,
}

/// All questions of one kind.
#[derive(Clone, Debug)]
pub(super) struct Form {
    /// What is being written down.
    pub(super) kind: Kind,
    /// The questions, in the order of the cursor.
    pub(super) fields: Vec<Field>,
    /// The field with the cursor.
    pub(super) focus: usize,
    /// The record that is corrected.
    pub(super) amends: Option<Box<Stored>>,
    /// The cursor has just come: the first text replaces what stands there, where a value is chosen and not written.
    fresh: bool,
    /// The choice that is marked, by its place among [`Form::candidates`].
    pub(super) chosen: Option<usize>,
    /// Cells of a corrected record that have no field.
    kept: Vec<(String, String)>,
    /// What was typed under another kind and has no field here; a way back to that kind shows it again.
    hidden: Vec<(String, String)>,
    /// What the fields held when the form was begun.
    begun: Vec<(String, String)>,
}

/// What a new form takes over from the one before.
#[derive(Clone, Debug, Default)]
pub(super) struct Carried {
    /// The last department, as shown.
    pub(super) department: String,
    /// The last insurance type, as shown.
    pub(super) insurance: String,
}

impl Form {
    /// An empty form; its time is now.
    pub(super) fn blank(kind: Kind, now: Time, carried: &Carried) -> Form {
        let mut form = Form::of(questions(kind), kind);
        let now_shown = now.short();
        let today = now.day().to_string();
        for (column, text) in [
            ("occurred_at", now_shown.as_str()),
            ("applied_on", &today),
            ("department", &carried.department),
            ("insurance", &carried.insurance),
        ] {
            form.set(column, text);
        }
        form.begun = form.answers();
        form
    }

    /// A record to be corrected, cell by cell.
    pub(super) fn of_record(
        stored: Stored,
        cells: Vec<(String, String)>,
        law: &Law,
        reading: &Reading<'_>,
    ) -> Form {
        let mut form = Form::of(questions(stored.record.kind), stored.record.kind);
        for (column, cell) in cells {
            let fact = column.strip_prefix("fact:").map(str::to_owned);
            let known = form.place(fact.as_deref().map_or(column.clone(), column_of).as_str());
            let at = match (known, &fact) {
                (Some(at), _) => at,
                (None, Some(fact)) => form.add(question_for(fact, law)),
                (None, None) => {
                    if column != "kind" {
                        form.kept.push((column, cell));
                    }
                    continue;
                }
            };
            let shown = reading.shown(&form.fields[at].question, &cell);
            form.fields[at].edit = Edit::new(&shown);
            form.fields[at].before = Some((cell, shown));
        }
        form.amends = Some(Box::new(stored));
        form.begun = form.answers();
        form
    }

    /// What a draft kept; `stored` is the record that it corrects, with its cells.
    pub(super) fn of_draft(
        typed: Typed,
        stored: Option<(Stored, Vec<(String, String)>)>,
        law: &Law,
        reading: &Reading<'_>,
    ) -> Form {
        let mut form = match stored {
            Some((stored, cells)) => Form::of_record(stored, cells, law, reading),
            None => Form::of(questions(typed.kind), typed.kind),
        };
        if form.kind != typed.kind {
            form.switch(typed.kind);
        }
        // What the draft left empty was emptied on purpose.
        for field in &mut form.fields {
            field.edit.clear();
        }
        for (column, text) in typed.answers {
            let fact = column.strip_prefix("fact:").unwrap_or(&column).to_owned();
            let known = form.place(&column);
            // A question that only some decision asked for is asked again.
            let at = known.or_else(|| law.fact_kind(&fact).map(|_| form.add(question_for(&fact, law))));
            match at {
                Some(at) => form.fields[at].edit = Edit::new(&text),
                None => form.hidden.push((column, text)),
            }
        }
        if form.amends.is_none() {
            form.kept = typed.kept;
        }
        form
    }

    fn of(questions: Vec<Question>, kind: Kind) -> Form {
        let field = |question| Field { question, edit: Edit::default(), asked: false, before: None };
        Form {
            kind,
            fields: questions.into_iter().map(field).collect(),
            focus: 0,
            amends: None,
            fresh: false,
            chosen: None,
            kept: Vec::new(),
            hidden: Vec::new(),
            begun: Vec::new(),
        }
    }

    fn add(&mut self, question: Question) -> usize {
        let question = Question { main: false, ..question };
        self.fields.push(Field { question, edit: Edit::default(), asked: false, before: None });
        self.fields.len() - 1
    }

    /// The place of a column's field.
    pub(super) fn place(&self, column: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.question.column == column)
    }

    fn set(&mut self, column: &str, text: &str) {
        if let Some(at) = self.place(column) {
            self.fields[at].edit = Edit::new(text);
        }
    }

    /// What stands in the field of a column; empty where there is none.
    pub(super) fn text(&self, column: &str) -> &str {
        self.place(column).map_or("", |at| self.fields[at].edit.text())
    }

    /// The field with the cursor.
    pub(super) fn focused(&self) -> &Field {
        &self.fields[self.focus]
    }

    /// The text under the cursor, to be edited.
    pub(super) fn edit(&mut self) -> &mut Edit {
        self.fresh = false;
        &mut self.fields[self.focus].edit
    }

    /// Puts a text in at the cursor, or in the place of what a field brought along.
    pub(super) fn put(&mut self, text: &str) {
        if self.replaces() {
            self.edit().clear();
        }
        self.edit().put(text);
    }

    /// Whether the next text takes the place of what stands under the cursor.
    pub(super) fn replaces(&self) -> bool {
        let Question { answer, column, .. } = &self.focused().question;
        let chosen =
            matches!(answer, Answer::Time | Answer::Day | Answer::Money | Answer::Word | Answer::Flag);
        self.fresh && (chosen || column == "department")
    }

    fn answers(&self) -> Vec<(String, String)> {
        let given = self.fields.iter().filter(|field| !field.edit.text().trim().is_empty());
        given.map(|field| (field.question.column.clone(), field.edit.text().to_owned())).collect()
    }

    /// Something was typed that would be a loss.
    pub(super) fn is_begun(&self) -> bool {
        self.answers() != self.begun || !self.hidden.is_empty()
    }

    /// What a draft keeps.
    pub(super) fn typed(&self) -> Typed {
        let mut answers = self.answers();
        answers.extend(self.hidden.iter().cloned());
        Typed {
            kind: self.kind,
            answers,
            kept: self.kept.clone(),
            amends: self.amends.as_ref().map(|stored| stored.number.clone()),
        }
    }

    /// Asks for another kind; what both ask for stays, and what only one asks for comes back with it.
    pub(super) fn switch(&mut self, kind: Kind) {
        let amends = self.amends.take();
        let (kept, begun) = (std::mem::take(&mut self.kept), std::mem::take(&mut self.begun));
        let mut texts = self.answers();
        texts.extend(std::mem::take(&mut self.hidden));
        let before: Vec<_> =
            self.fields.iter().map(|field| (field.question.column.clone(), field.before.clone())).collect();
        *self = Form { amends, kept, begun, ..Form::of(questions(kind), kind) };
        for (column, text) in texts {
            match self.place(&column) {
                Some(at) => {
                    self.fields[at].edit = Edit::new(&text);
                    let known = before.iter().find(|(name, _)| *name == column);
                    self.fields[at].before = known.and_then(|(_, before)| before.clone());
                }
                None => self.hidden.push((column, text)),
            }
        }
    }

    /// The cells of the record as it would be written down.
    pub(super) fn cells(&self, reading: &Reading<'_>) -> Vec<(String, String)> {
        let mut cells = vec![("kind".to_owned(), crate::text::Label::id(&self.kind).to_owned())];
        let mut diagnosis = None;
        for field in &self.fields {
            let cell = self.cell(field, reading);
            let column = &field.question.column;
            if column == "diagnosis_name" {
                diagnosis = self.diagnosis_code(field, &cell, reading);
            }
            if !cell.is_empty() {
                cells.push((column.clone(), cell));
            }
        }
        cells.extend(diagnosis.map(|code| ("diagnosis_code".to_owned(), code)));
        cells.extend(self.kept.iter().filter(|(column, _)| column != "diagnosis_code").cloned());
        cells
    }

    fn cell(&self, field: &Field, reading: &Reading<'_>) -> String {
        let text = field.edit.text();
        if let Some((cell, shown)) = &field.before
            && text == shown
        {
            return cell.clone();
        }
        // All of it was paid.
        if field.question.column == "paid" && matches!(text.trim(), "=" | "＝" | "全" | "全付") {
            return self.place("total").map_or_else(String::new, |at| self.cell(&self.fields[at], reading));
        }
        reading.cell(&field.question, text)
    }

    /// A diagnosis from the catalogue brings its code; one that was changed by hand loses the code it had.
    fn diagnosis_code(&self, field: &Field, name: &str, reading: &Reading<'_>) -> Option<String> {
        let unchanged = field.before.as_ref().is_some_and(|(cell, _)| cell == name) || name.is_empty();
        let kept = self.kept.iter().find(|(column, _)| column == "diagnosis_code");
        if unchanged && let Some((_, code)) = kept {
            return Some(code.clone());
        }
        let known = reading.choices.named(self.kind, "diagnosis_name", name)?;
        Some(known.code.clone()).filter(|code| !code.is_empty())
    }

    /// Writes the answer under the cursor out: `nk` becomes 内科, a spoken date a date.
    pub(super) fn settle(&mut self, reading: &Reading<'_>) {
        let field = &self.fields[self.focus];
        let text = match (self.chosen, field.question.column.as_str()) {
            (Some(_), _) => return self.choose(reading),
            (None, "paid") => {
                let cell = self.cell(field, reading);
                reading.shown(&field.question, &cell)
            }
            (None, _) => reading.shown(&field.question, field.edit.text()),
        };
        if text != field.edit.text() {
            self.fields[self.focus].edit = Edit::new(&text);
        }
    }

    /// Moves the cursor to the field that comes `by` places further, and round at the ends.
    pub(super) fn step(&mut self, by: isize) {
        let count = self.fields.len();
        let by = by.rem_euclid(isize::try_from(count).unwrap_or(1)).unsigned_abs();
        self.go((self.focus + by) % count);
    }

    /// Puts the cursor behind the text of a field.
    pub(super) fn go(&mut self, at: usize) {
        self.focus = at.min(self.fields.len() - 1);
        self.chosen = None;
        self.fields[self.focus].edit.end();
        self.fresh = true;
    }

    /// What the answer under the cursor can be chosen from, the nearest first.
    pub(super) fn candidates<'a>(&self, reading: &Reading<'a>) -> Vec<&'a Choice> {
        let field = self.focused();
        let typed = match field.question.answer {
            Answer::Papers => segments(field.edit.text()).1,
            _ => field.edit.text(),
        };
        let found = reading.choices.found(self.kind, list(&field.question), typed.trim());
        // What is there already is no choice.
        match found.as_slice() {
            [only] if only.name(reading.lang) == typed.trim() => Vec::new(),
            _ => found,
        }
    }

    /// Marks the choice `by` places further; past either end none is marked.
    pub(super) fn mark(&mut self, by: isize, reading: &Reading<'_>) {
        let count = isize::try_from(self.candidates(reading).len()).unwrap_or(0);
        let at = self.chosen.and_then(|at| isize::try_from(at).ok());
        let to = match at {
            None if by > 0 => 0,
            None => count - 1,
            Some(at) => at + by,
        };
        self.chosen = usize::try_from(to).ok().filter(|_| to < count);
    }

    /// Takes the marked choice.
    pub(super) fn choose(&mut self, reading: &Reading<'_>) {
        let found = self.candidates(reading);
        let Some(choice) = self.chosen.take().and_then(|at| found.get(at).copied()) else { return };
        let name = choice.name(reading.lang);
        let field = &mut self.fields[self.focus];
        let text = match field.question.answer {
            Answer::Papers => format!("{}{name}", segments(field.edit.text()).0),
            _ => name.to_owned(),
        };
        field.edit = Edit::new(&text);
    }

    /// Marks what the notice needs, and asks for what has no field yet. A question that is no longer needed and was not
    /// answered goes away, unless the cursor is in it.
    pub(super) fn ask(&mut self, needs: &[String], law: &Law) {
        let needed: Vec<String> = needs.iter().map(|fact| column_of(fact)).collect();
        let floor = questions(self.kind);
        let focused = self.focused().question.column.clone();
        self.fields.retain(|field| {
            let column = &field.question.column;
            let own = floor.iter().any(|question| question.column == *column);
            own || needed.contains(column)
                || *column == focused
                || field.before.is_some()
                || !field.edit.text().is_empty()
        });
        for (fact, column) in needs.iter().zip(&needed) {
            if self.place(column).is_none() && column != "kind" && column != "facility" {
                self.add(question_for(fact, law));
            }
        }
        for field in &mut self.fields {
            field.asked = needed.contains(&field.question.column);
        }
        self.focus = self.place(&focused).unwrap_or(0);
    }

    /// The two columns of the screen: what everybody is asked, and the rest.
    pub(super) fn columns(&self) -> [Vec<usize>; 2] {
        let of =
            |main: bool| (0..self.fields.len()).filter(|at| self.fields[*at].question.main == main).collect();
        [of(true), of(false)]
    }

    /// The words of the kind that a form's head shows.
    pub(super) fn title(&self, lang: Lang) -> String {
        let kind = crate::text::Label::label(&self.kind, lang);
        match &self.amends {
            Some(stored) => format!("{} {} ({kind})", lang.pick("更正", "correct"), stored.number),
            None => format!("{}{kind}", lang.pick("新登记：", "new: ")),
        }
    }
}

/// A list as it is typed: what is settled, and the part behind the last separator.
fn segments(text: &str) -> (&str, &str) {
    let cut = text.char_indices().rev().find(|(_, ch)| matches!(ch, ';' | '；' | '、' | ',' | '，' | ' '));
    cut.map_or(("", text), |(at, ch)| text.split_at(at + ch.len_utf8()))
}
