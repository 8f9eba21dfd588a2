//! Everything the screen can be in, and what each thing a person does makes of it.
//!
//! It asks the counter to check, to decide, to save and to keep drafts, and
//! holds what the screen shows. It reads no terminal, paints nothing and knows
//! no clock but the counter's; so a test can play a whole morning on it.

use crate::desk::edit::Edit;
use crate::desk::form::{Carried, Form};
use crate::desk::keys::Input;
use crate::desk::panes::{Drafts, List};
use crate::desk::words;
use crate::domain::{Day, Decision, Kind, Money, Record, ShortNumber, Time};
use crate::intake::SheetError;
use crate::store::Added;
use crate::text::{Explain, Lang, Words};
use crate::work::counter::{Counter, Entry, Look, Reading, Standing};
use crate::work::{Twice, WorkError};

/// What has the cursor.
#[derive(Clone, Debug)]
pub(super) enum Pane {
    /// The form.
    Form,
    /// The list of records.
    List(List),
    /// The drafts.
    Drafts(Drafts),
}

/// How a message is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// Something was done.
    Done,
    /// Something is to be known, or pressed again.
    Note,
    /// Something was refused.
    Refused,
}

/// What a person is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// How it is meant.
    pub(super) tone: Tone,
    /// In the language of the screen.
    pub(super) text: String,
}

/// What two records can have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Common {
    own: Option<ShortNumber>,
    receipt_no: String,
    id_no: String,
    total: Money,
    day: Day,
}

/// The screen, without its paint.
pub(super) struct App<'c, 'l> {
    pub(super) counter: &'c mut Counter<'l>,
    pub(super) lang: Lang,
    pub(super) form: Form,
    pub(super) pane: Pane,
    pub(super) message: Option<Message>,
    pub(super) standing: Standing,
    /// Today's records, the last first.
    pub(super) today: Vec<Entry>,
    /// What the notices say of what was typed.
    pub(super) decision: Option<Decision>,
    /// What the record would lack in the batch it goes out with.
    pub(super) lacks: Vec<Words>,
    /// What is wrong, by column.
    pub(super) faults: Vec<(String, String)>,
    /// What could be read of the record.
    pub(super) record: Option<Record>,
    /// A record that this one may repeat.
    pub(super) twice: Option<(ShortNumber, Twice)>,
    /// What that was looked for by.
    common: Option<Common>,
    /// When something was last written to the ledger.
    pub(super) saved_at: Option<Time>,
    /// Nothing is shown until the passphrase is typed into this.
    pub(super) locked: Option<Edit>,
    /// The person has left.
    pub(super) done: bool,
    pub(super) asked_papers: Vec<String>,
    pub(super) carried: Carried,
    /// The row that keeps the form as a draft.
    pub(super) draft: Option<i64>,
    /// The form differs from its draft.
    pub(super) dirty: bool,
    /// A draft that was put aside to correct a record.
    pub(super) aside: Option<i64>,
    /// What was pressed and asks to be pressed again.
    pub(super) again: Option<Input>,
}

impl<'c, 'l> App<'c, 'l> {
    /// A screen with an empty form, or with what an earlier run left unfinished.
    ///
    /// # Errors
    /// [`WorkError`] where the ledger cannot be read.
    pub(super) fn new(counter: &'c mut Counter<'l>, lang: Lang) -> Result<App<'c, 'l>, WorkError> {
        let standing = counter.standing()?;
        let today = counter.today()?;
        let form = Form::blank(Kind::Outpatient, counter.now(), &Carried::default());
        let mut app = App {
            counter,
            lang,
            form,
            pane: Pane::Form,
            message: None,
            standing,
            today,
            decision: None,
            lacks: Vec::new(),
            faults: Vec::new(),
            record: None,
            twice: None,
            common: None,
            saved_at: None,
            locked: None,
            done: false,
            asked_papers: Vec::new(),
            carried: Carried::default(),
            draft: None,
            dirty: false,
            aside: None,
            again: None,
        };
        app.left_field();
        if app.standing.drafts > 0 {
            app.open_drafts();
            let zh = "上次有没写完的内容：Enter 取回，Esc 以后再说";
            app.note(zh, "something was left unfinished: Enter takes it up, Esc leaves it for later");
        }
        Ok(app)
    }

    /// What reading an answer must know.
    pub(super) fn reading(&self) -> Reading<'_> {
        Reading {
            now: self.counter.now(),
            kind: self.form.kind,
            choices: self.counter.choices(),
            lang: self.lang,
            asked_papers: &self.asked_papers,
        }
    }

    /// Takes what a person did.
    pub(super) fn take(&mut self, input: Input, unlock: &dyn Fn(&str) -> bool) {
        if self.locked.is_some() {
            return self.locked_out(input, unlock);
        }
        if self.again.as_ref() != Some(&input) && input != Input::Resize {
            self.again = None;
            self.message = None;
        }
        match (&self.pane, input) {
            (_, Input::Resize) => {}
            (_, Input::Lock) => self.lock(),
            (_, Input::Quit) => self.quit(),
            (Pane::List(_), input) => self.in_list(input),
            (Pane::Drafts(_), input) => self.in_drafts(&input),
            (Pane::Form, input) => self.in_form(input),
        }
    }

    fn in_form(&mut self, input: Input) {
        match input {
            Input::Text(_) | Input::Backspace | Input::Delete | Input::Clear => self.write(input),
            Input::Left => self.form.edit().left(),
            Input::Home => self.form.edit().home(),
            Input::End => self.form.edit().end(),
            Input::Right => {
                // At the end of the text, the marked choice or the first one is taken.
                if !self.form.edit().right() {
                    self.choose();
                }
            }
            Input::Next | Input::Enter => self.leave(1),
            Input::Previous => self.leave(-1),
            Input::Further => self.mark(1),
            Input::Nearer => self.mark(-1),
            Input::Save => self.save(),
            Input::Escape => self.escape(),
            Input::Kind(at) => self.switch(at),
            Input::List => self.open_list(),
            Input::Last => self.open_last(),
            Input::Drafts => self.open_drafts(),
            Input::Lock | Input::Quit | Input::Resize => {}
        }
    }

    fn write(&mut self, input: Input) {
        match input {
            Input::Text(text) => self.form.put(&text),
            Input::Backspace => self.form.edit().backspace(),
            Input::Delete => self.form.edit().delete(),
            _ => self.form.edit().clear(),
        }
        self.form.chosen = None;
        self.dirty = true;
        self.look();
    }

    fn mark(&mut self, by: isize) {
        let mut form = self.form.clone();
        form.mark(by, &self.reading());
        self.form = form;
    }

    pub(super) fn reading_for(&self, kind: Kind) -> Reading<'_> {
        Reading { kind, ..self.reading() }
    }

    fn choose(&mut self) {
        let mut form = self.form.clone();
        if form.chosen.is_none() && form.focused().edit.text().trim().is_empty() {
            return;
        }
        form.chosen = form.chosen.or(Some(0));
        form.choose(&self.reading());
        self.form = form;
        self.dirty = true;
        self.look();
    }

    /// Writes the answer out and goes on to another field.
    fn leave(&mut self, by: isize) {
        self.settle();
        self.form.step(by);
        self.left_field();
    }

    pub(super) fn settle(&mut self) {
        let mut form = self.form.clone();
        form.settle(&self.reading());
        self.dirty |= form.typed() != self.form.typed();
        self.form = form;
    }

    /// Checks what was typed and asks the notices, at every key.
    fn look(&mut self) {
        let cells = self.form.cells(&self.reading());
        let lines = self.form.amends.as_ref().map_or(&[][..], |stored| &stored.record.lines);
        let Look { draft, record, decision, lacks } = self.counter.look(&cells, lines);
        self.faults = match &draft {
            Err(SheetError::Refused(faults)) => {
                faults.iter().map(|fault| (fault.column.clone(), words::fault(fault, self.lang))).collect()
            }
            Err(error) => vec![(String::new(), error.what(self.lang))],
            Ok(_) => Vec::new(),
        };
        self.asked_papers =
            decision.as_ref().and_then(Decision::best).map_or_else(Vec::new, |way| way.papers.clone());
        self.decision = decision;
        self.lacks = lacks;
        self.record = record;
    }

    /// What is done when a field is left: the notice's questions, the look for a twin, the draft.
    pub(super) fn left_field(&mut self) {
        self.look();
        if let Some(decision) = &self.decision {
            self.form.ask(&decision.needs, self.counter.law());
        }
        self.look_for_twin();
        self.keep();
    }

    /// Looks for a record that this one may repeat, where what they would have in common has changed.
    fn look_for_twin(&mut self) {
        let own = self.form.amends.as_ref().map(|stored| &stored.number);
        let common = self.record.as_ref().map(|record| Common {
            own: own.cloned(),
            receipt_no: record.receipt_no.clone(),
            id_no: record.person.id_no.clone(),
            total: record.total,
            day: record.occurred_at.day(),
        });
        if common == self.common {
            return;
        }
        let found = self.record.as_ref().map(|record| self.counter.twice(record, own));
        self.common = common;
        self.twice = match found {
            Some(Ok(twice)) => twice,
            Some(Err(error)) => {
                self.failed(&error);
                None
            }
            None => None,
        };
    }

    /// Keeps the form as a draft where it changed. Called when a field is left, and every second.
    pub(super) fn keep(&mut self) {
        if !self.dirty || (!self.form.is_begun() && self.draft.is_none()) {
            return;
        }
        match self.counter.keep(self.draft, &self.form.typed()) {
            Ok(id) => {
                self.draft = Some(id);
                self.dirty = false;
            }
            Err(error) => self.failed(&error),
        }
    }

    fn save(&mut self) {
        self.settle();
        self.left_field();
        let cells = self.form.cells(&self.reading());
        let lines = self.form.amends.as_ref().map_or(&[][..], |stored| &stored.record.lines);
        let draft = match self.counter.look(&cells, lines).draft {
            Ok(draft) => draft,
            Err(error) => return self.refused(&error),
        };
        if self.again != Some(Input::Save) && self.asks_again() {
            self.again = Some(Input::Save);
            return;
        }
        self.again = None;
        let saved = match self.form.amends.take() {
            None => self.counter.save(&draft, self.draft).map(|added| said(&added, &draft.record, self.lang)),
            Some(stored) => {
                let done = self.counter.amend(&stored, &draft.record, self.draft);
                let text = format!("{}{}", stored.number, self.lang.pick(" 已更正", " is corrected"));
                if done.is_err() {
                    self.form.amends = Some(stored);
                }
                done.map(|()| text)
            }
        };
        match saved {
            Ok(text) => self.saved(text),
            Err(error) => self.failed(&error),
        }
    }

    /// Whether something speaks against saving at once; pressing again saves all the same.
    fn asks_again(&mut self) -> bool {
        let press = self.lang.pick("仍要保存请再按 F2", "press F2 again to save all the same");
        let floor = self.form.place("receipt_no").filter(|at| self.form.fields[*at].question.floor);
        if let Some(at) = floor.filter(|at| self.form.fields[*at].edit.text().trim().is_empty()) {
            self.form.go(at);
            let text = format!(
                "{}{}{press}",
                self.lang.pick("没有票据号", "there is no receipt"),
                words::between(self.lang)
            );
            self.message = Some(Message { tone: Tone::Note, text });
            return true;
        }
        if let Some(twice) = &self.twice {
            let text = format!("{}{}{press}", twice.what(self.lang), words::between(self.lang));
            self.message = Some(Message { tone: Tone::Note, text });
            return true;
        }
        false
    }

    fn saved(&mut self, text: String) {
        self.carried = Carried {
            department: self.form.text("department").to_owned(),
            insurance: self.form.text("insurance").to_owned(),
        };
        self.saved_at = Some(self.counter.now());
        self.begin(self.form.kind);
        self.resume();
        self.refresh();
        self.message = Some(Message { tone: Tone::Done, text });
    }

    /// An empty form.
    pub(super) fn begin(&mut self, kind: Kind) {
        self.form = Form::blank(kind, self.counter.now(), &self.carried);
        self.draft = None;
        self.dirty = false;
        self.left_field();
    }

    /// Takes up what was put aside to correct a record.
    pub(super) fn resume(&mut self) {
        if let Some(id) = self.aside.take() {
            self.take_up(id);
        }
    }

    /// Reads again what the ledger holds.
    pub(super) fn refresh(&mut self) {
        match (self.counter.standing(), self.counter.today()) {
            (Ok(standing), Ok(today)) => {
                // What is on the form is being written, not waiting.
                let drafts = standing.drafts.saturating_sub(usize::from(self.draft.is_some()));
                self.standing = Standing { drafts, ..standing };
                self.today = today;
            }
            (Err(error), _) | (_, Err(error)) => self.failed(&error),
        }
    }

    fn escape(&mut self) {
        if self.form.chosen.take().is_some() {
            return;
        }
        if self.form.amends.is_some() && !self.form.is_begun() {
            let kind = self.form.kind;
            if let Some(id) = self.draft {
                self.drop_draft(id);
            }
            self.begin(kind);
            self.resume();
            return self.refresh();
        }
        if !self.form.is_begun() {
            return;
        }
        if self.again != Some(Input::Escape) {
            self.again = Some(Input::Escape);
            return self.note(
                "再按 Esc：内容存为草稿（F9 取回），换一张空表",
                "Esc again: this becomes a draft (F9 takes it up) and the form is emptied",
            );
        }
        self.again = None;
        self.dirty = true;
        self.keep();
        // What could not be kept stays on the screen.
        if !self.dirty {
            self.begin(self.form.kind);
            self.resume();
            self.refresh();
            self.note("已存为草稿，F9 取回", "kept as a draft, F9 takes it up");
        }
    }

    fn switch(&mut self, at: usize) {
        let Some(kind) = Kind::ALL.get(at).copied() else { return };
        if kind == self.form.kind {
            return;
        }
        self.settle();
        if self.form.is_begun() || self.form.amends.is_some() {
            self.form.switch(kind);
            self.dirty = true;
        } else {
            self.form = Form::blank(kind, self.counter.now(), &self.carried);
        }
        self.left_field();
    }

    /// Hides everything until the passphrase is typed. What was being typed is kept.
    pub(super) fn lock(&mut self) {
        self.dirty |= self.form.is_begun();
        self.keep();
        self.message = None;
        self.locked = Some(Edit::default());
    }

    fn locked_out(&mut self, input: Input, unlock: &dyn Fn(&str) -> bool) {
        let Some(typed) = &mut self.locked else { return };
        self.message = None;
        match input {
            Input::Text(text) => typed.put(&text),
            Input::Backspace => typed.backspace(),
            Input::Clear | Input::Escape => typed.clear(),
            Input::Quit => self.done = true,
            Input::Enter => {
                if unlock(typed.text()) {
                    self.locked = None;
                    self.refresh();
                } else {
                    typed.clear();
                    let text = self.lang.pick("口令不对", "that is not the passphrase").to_owned();
                    self.message = Some(Message { tone: Tone::Refused, text });
                }
            }
            _ => {}
        }
    }

    fn quit(&mut self) {
        self.settle();
        self.dirty |= self.form.is_begun();
        self.keep();
        // What could not be kept is not thrown away at once.
        if self.dirty && self.form.is_begun() && self.again != Some(Input::Quit) {
            self.again = Some(Input::Quit);
            return;
        }
        self.done = true;
    }

    pub(super) fn note(&mut self, zh: &str, en: &str) {
        self.message = Some(Message { tone: Tone::Note, text: self.lang.pick(zh, en).to_owned() });
    }

    pub(super) fn failed(&mut self, error: &WorkError) {
        let text = format!("{}{}{}", error.what(self.lang), words::between(self.lang), error.hint(self.lang));
        self.message = Some(Message { tone: Tone::Refused, text });
    }

    /// Goes to the first field at fault and says what is wrong there.
    fn refused(&mut self, error: &SheetError) {
        let first = self
            .form
            .fields
            .iter()
            .position(|field| self.faults.iter().any(|(column, _)| *column == field.question.column));
        let text = match first {
            Some(at) => {
                self.form.go(at);
                let column = &self.form.fields[at].question.column;
                let fault = self.faults.iter().find(|(name, _)| name == column);
                let label = self.form.fields[at].question.label(self.lang);
                format!("{label}{}{}", words::colon(self.lang), fault.map_or("", |(_, text)| text.as_str()))
            }
            None => self.faults.first().map_or_else(|| error.what(self.lang), |(_, text)| text.clone()),
        };
        self.message = Some(Message { tone: Tone::Refused, text });
    }
}

/// What came of writing a record down.
fn said(added: &Added, record: &Record, lang: Lang) -> String {
    match (added, lang) {
        (Added::New(number), Lang::Zh) => format!("{number} 已写入账本，{}", record.total),
        (Added::New(number), Lang::En) => format!("{number} is in the ledger, {}", record.total),
        (Added::Known(number) | Added::Differs(number), Lang::Zh) => {
            format!("{number} 早已在账本中，没有再写")
        }
        (Added::Known(number) | Added::Differs(number), Lang::En) => {
            format!("{number} stood in the ledger already; it was not written again")
        }
    }
}
