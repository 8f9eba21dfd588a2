//! A counter in a folder that is thrown away, for the tests of this front.

use crate::desk::app::App;
use crate::desk::keys::Input;
use crate::desk::screen::{Paint, paint};
use crate::domain::{Actor, Time};
use crate::intake::CatalogueEntry;
use crate::notice::{Calendar, builtin_text};
use crate::store::{Founding, Guard, Ledger, LoadedNotice, Mode};
use crate::text::Lang;
use crate::work::Law;
use crate::work::counter::Counter;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tempfile::TempDir;

/// A ledger under the notice of Xinzhou, on the first morning of the stop.
pub(super) struct Window {
    _folder: TempDir,
    pub(super) ledger: Ledger,
    law: Law,
    pub(super) now: Time,
}

impl Window {
    pub(super) fn new() -> Window {
        let folder = tempfile::tempdir().unwrap();
        let now: Time = "2021-10-22T09:05:00".parse().unwrap();
        let actor = Actor { operator: "Wang".into(), at: now };
        let founding =
            Founding {
                facility: "H14090200001".into(), name: "忻州示例医院".into(), station: "A1".into()
            };
        let mut ledger =
            Ledger::create(&folder.path().join("a.db"), &founding, &actor, &Guard::Open).unwrap().0;
        let text = builtin_text("xinzhou-2021").unwrap().to_owned();
        let notice = LoadedNotice { id: "xinzhou-2021".into(), text };
        ledger.write(&actor, Mode::Keep, |w| w.add_notice(&notice)).unwrap();
        let law = Law::read(&ledger.books(), Calendar::built_in()).unwrap();
        Window { _folder: folder, ledger, law, now }
    }

    /// Plays on a screen; what `play` gives back is given back.
    pub(super) fn play<T>(&mut self, lang: Lang, play: impl FnOnce(&mut App<'_, '_>) -> T) -> T {
        let entry = |column: &str, code: &str, name: &str| CatalogueEntry {
            column: column.into(),
            code: code.into(),
            name: name.into(),
        };
        let catalogue = [
            entry("department", "0301", "内科"),
            entry("department", "0401", "外科"),
            entry("diagnosis_name", "J06.9", "上呼吸道感染"),
        ];
        let now = self.now;
        let clock = move || now;
        let mut counter = Counter::open(&mut self.ledger, &self.law, "Wang", &clock, &catalogue).unwrap();
        let mut app = App::new(&mut counter, lang).unwrap();
        play(&mut app)
    }
}

/// Types texts and keys: `\n` is Enter, `\t` is Tab, everything else is put in whole.
pub(super) fn types(app: &mut App<'_, '_>, keys: &str) {
    for (at, part) in keys.split('\n').enumerate() {
        if at > 0 {
            press(app, Input::Enter);
        }
        for (at, text) in part.split('\t').enumerate() {
            if at > 0 {
                press(app, Input::Next);
            }
            if !text.is_empty() {
                press(app, Input::Text(text.to_owned()));
            }
        }
    }
}

/// Presses a key.
pub(super) fn press(app: &mut App<'_, '_>, input: Input) {
    app.take(input, &|typed| typed == "secret");
}

/// The screen as text, without the blanks at the ends of its lines.
pub(super) fn painted(app: &App<'_, '_>, columns: u16, rows: u16) -> String {
    let area = Rect::new(0, 0, columns, rows);
    let mut buffer = Buffer::empty(area);
    paint(app, Paint { colour: false }, area, &mut buffer);
    let mut text = String::new();
    for row in 0..rows {
        let mut line = String::new();
        let mut skip = 0;
        for column in 0..columns {
            let symbol = buffer[(column, row)].symbol();
            if skip > 0 {
                skip -= 1;
                continue;
            }
            skip = crate::text::width(symbol).saturating_sub(1);
            line.push_str(symbol);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
