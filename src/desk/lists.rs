//! The list and the drafts at work: finding a record, opening it to correct it,
//! and going on with what was left unfinished.
//!
//! The other half of the state's verbs; what the panes hold stands in `panes`.

use crate::desk::app::{App, Pane};
use crate::desk::form::Form;
use crate::desk::keys::Input;
use crate::desk::panes::{Drafts, Kept, List, matching};
use crate::domain::{ShortNumber, Stage};
use crate::intake::cells_of;
use crate::work::counter::Entry;

impl App<'_, '_> {
    pub(super) fn open_list(&mut self) {
        self.settle();
        self.left_field();
        self.refresh();
        self.pane = Pane::List(List { rows: self.today.clone(), ..List::default() });
    }

    pub(super) fn in_list(&mut self, input: Input) {
        let Pane::List(list) = &mut self.pane else { return };
        match input {
            Input::Text(text) => list.filter.put(&text),
            Input::Backspace => list.filter.backspace(),
            Input::Delete => list.filter.delete(),
            Input::Clear => list.filter.clear(),
            Input::Left => list.filter.left(),
            Input::Right => drop(list.filter.right()),
            Input::Home => list.filter.home(),
            Input::End => list.filter.end(),
            Input::Next => return list.step(1),
            Input::Previous => return list.step(-1),
            Input::Further => return list.step(10),
            Input::Nearer => return list.step(-10),
            Input::Enter => {
                let number = list.rows.get(list.chosen).map(|entry| entry.stored.number.clone());
                return number.map_or((), |number| self.correct(&number));
            }
            Input::Escape | Input::List => {
                self.pane = Pane::Form;
                return;
            }
            _ => return,
        }
        self.filter();
    }

    fn filter(&mut self) {
        let Pane::List(list) = &mut self.pane else { return };
        list.rows = matching(&self.today, list.filter.text());
        list.older = list.rows.is_empty() && !list.filter.text().trim().is_empty();
        list.chosen = 0;
        if list.older {
            match self.counter.find(list.filter.text()) {
                Ok(found) => list.rows = found,
                Err(error) => self.failed(&error),
            }
        }
    }

    pub(super) fn open_last(&mut self) {
        let own = self.today.iter().find(|Entry { stored, .. }| {
            stored.operator == self.counter.operator() && stored.stage != Stage::Void
        });
        match own.map(|entry| entry.stored.number.clone()) {
            Some(number) => self.correct(&number),
            None => self.note("今天还没有记录", "there is no record of today yet"),
        }
    }

    /// Opens a record to correct it; what is being typed becomes a draft that comes back afterwards.
    fn correct(&mut self, number: &ShortNumber) {
        self.settle();
        self.pane = Pane::Form;
        if self.form.is_begun() && self.form.amends.is_none() {
            self.dirty = true;
        }
        self.keep();
        let stored = match self.counter.reveal(number) {
            Ok(stored) => stored,
            Err(error) => return self.failed(&error),
        };
        if self.form.amends.is_none() && self.form.is_begun() {
            self.aside = self.draft.take();
        }
        let cells = cells_of(&stored.record);
        let reading = self.reading_for(stored.record.kind);
        self.form = Form::of_record(stored, cells, self.counter.law(), &reading);
        self.draft = None;
        self.dirty = false;
        self.left_field();
        self.refresh();
        self.note("更正后按 F2 保存；Esc 放弃返回", "F2 saves the correction, Esc goes back");
    }

    pub(super) fn open_drafts(&mut self) {
        self.settle();
        self.dirty |= self.form.is_begun();
        self.keep();
        let drafts = match self.counter.drafts() {
            Ok(drafts) => drafts,
            Err(error) => return self.failed(&error),
        };
        let rows: Vec<Kept> = drafts
            .into_iter()
            .filter(|draft| Some(draft.id) != self.draft)
            .map(|draft| Kept {
                id: draft.id,
                kind: draft.kind,
                saved_at: draft.saved_at,
                what: self.counter.take(draft.id).map_or_else(|_| "?".to_owned(), |typed| Kept::told(&typed)),
            })
            .collect();
        if rows.is_empty() {
            return self.note("没有草稿", "there are no drafts");
        }
        self.pane = Pane::Drafts(Drafts { rows, chosen: 0 });
    }

    pub(super) fn in_drafts(&mut self, input: &Input) {
        let Pane::Drafts(drafts) = &mut self.pane else { return };
        match input {
            Input::Next | Input::Further => drafts.step(1),
            Input::Previous | Input::Nearer => drafts.step(-1),
            Input::Escape | Input::Drafts => self.pane = Pane::Form,
            Input::Enter => {
                let id = drafts.rows.get(drafts.chosen).map(|row| row.id);
                self.pane = Pane::Form;
                if let Some(id) = id {
                    self.take_up(id);
                    self.refresh();
                }
            }
            Input::Delete => {
                let id = drafts.rows.get(drafts.chosen).map(|row| row.id);
                if self.again.as_ref() != Some(input) {
                    self.again = Some(Input::Delete);
                    return self.note("再按 Delete：删除这份草稿", "Delete again throws this draft away");
                }
                self.again = None;
                self.pane = Pane::Form;
                if let Some(id) = id {
                    self.drop_draft(id);
                    self.refresh();
                    self.open_drafts();
                }
            }
            _ => {}
        }
    }

    pub(super) fn drop_draft(&mut self, id: i64) {
        if let Err(error) = self.counter.drop_draft(id) {
            self.failed(&error);
        }
    }

    /// Goes on with a draft.
    pub(super) fn take_up(&mut self, id: i64) {
        let typed = match self.counter.take(id) {
            Ok(typed) => typed,
            Err(error) => return self.failed(&error),
        };
        let stored = match typed.amends.as_ref().map(|number| self.counter.stored(number)).transpose() {
            Ok(stored) => stored,
            Err(error) => return self.failed(&error),
        };
        let stored = stored.map(|stored| {
            let cells = cells_of(&stored.record);
            (stored, cells)
        });
        let reading = self.reading_for(typed.kind);
        self.form = Form::of_draft(typed, stored, self.counter.law(), &reading);
        self.draft = Some(id);
        self.dirty = false;
        self.left_field();
    }
}
