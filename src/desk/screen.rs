//! The screen, painted from the state alone.
//!
//! Columns are measured as a terminal measures them, and nothing stands to the
//! right of a text whose width is a matter of taste: there are no frames and
//! no typographic marks. It changes nothing and asks nobody.

use crate::desk::app::{App, Message, Pane, Tone};
use crate::desk::edit::Edit;
use crate::desk::form::Field;
use crate::desk::panes::{Drafts, List};
use crate::desk::words;
use crate::domain::{Kind, Stage, Time, mask_name};
use crate::text::{Label, Lang, pad, width};
use crate::work::counter::{Entry, lacks_said};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};

/// Smaller than this nothing useful fits.
const SMALLEST: (u16, u16) = (60, 18);
/// From this width on the list stands beside the form.
const WIDE: u16 = 112;
/// Columns of the list beside the form.
const BESIDE: u16 = 40;
/// Columns of a field's label.
const LABEL: u16 = 14;

/// The colours, or none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint {
    /// Colours may be used; without them bold, underline and reverse do.
    pub(super) colour: bool,
}

impl Paint {
    fn of(self, colour: Color, otherwise: Modifier) -> Style {
        if self.colour { Style::new().fg(colour) } else { Style::new().add_modifier(otherwise) }
    }

    fn tone(self, tone: Tone) -> Style {
        match tone {
            Tone::Done => self.of(Color::Green, Modifier::empty()),
            Tone::Note => self.of(Color::Yellow, Modifier::BOLD),
            Tone::Refused => self.of(Color::Red, Modifier::BOLD),
        }
    }
}

/// A bar across the screen, or what is marked.
const BAR: Style = Style::new().add_modifier(Modifier::REVERSED);

/// A part of the buffer that texts are put into, line by line.
struct Sheet<'b> {
    buffer: &'b mut Buffer,
    area: Rect,
}

impl Sheet<'_> {
    /// Puts a text at a column and row of the area, cut to `columns`.
    fn put(&mut self, column: u16, row: u16, columns: u16, text: &str, style: Style) {
        if row >= self.area.height || column >= self.area.width {
            return;
        }
        let columns = columns.min(self.area.width - column);
        let text = pad(&clip(text, usize::from(columns)), usize::from(columns));
        self.buffer.set_stringn(self.area.x + column, self.area.y + row, text, usize::from(columns), style);
    }

    /// Puts a text over a whole row.
    fn line(&mut self, row: u16, text: &str, style: Style) {
        self.put(0, row, self.area.width, text, style);
    }

    fn part(&mut self, x: u16, y: u16, columns: u16, rows: u16) -> Sheet<'_> {
        let columns = columns.min(self.area.width.saturating_sub(x));
        let rows = rows.min(self.area.height.saturating_sub(y));
        let area = Rect::new(self.area.x + x, self.area.y + y, columns, rows);
        Sheet { buffer: &mut *self.buffer, area }
    }
}

/// Cut to `columns`, with `~` where something is missing.
fn clip(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut cut = String::new();
    for ch in text.chars() {
        if width(&cut) + width(ch.encode_utf8(&mut [0; 4])) + 1 > columns {
            break;
        }
        cut.push(ch);
    }
    format!("{cut}~")
}

/// Paints the state; gives the place of the cursor.
pub(super) fn paint(app: &App<'_, '_>, paint: Paint, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let mut sheet = Sheet { buffer, area };
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        let (columns, rows) = SMALLEST;
        let text = match app.lang {
            Lang::Zh => format!("窗口太小，至少 {columns}x{rows}"),
            Lang::En => format!("the window is too small: {columns}x{rows} at least"),
        };
        sheet.line(0, &text, Style::new());
        return None;
    }
    if let Some(typed) = &app.locked {
        return Some(locked(app, typed, paint, &mut sheet));
    }
    head(app, &mut sheet);
    foot(app, paint, &mut sheet);
    let (columns, rows) = (area.width, area.height - 5);
    let beside = columns >= WIDE;
    let left = if beside { columns - BESIDE - 2 } else { columns };
    match &app.pane {
        Pane::Form => {
            let cursor = form(app, paint, &mut sheet.part(0, 2, left, rows));
            if beside {
                today(app, &mut sheet.part(left + 2, 2, BESIDE, rows));
            }
            cursor
        }
        Pane::List(shown) if beside => {
            form(app, paint, &mut sheet.part(0, 2, left, rows));
            Some(list(app, shown, &mut sheet.part(left + 2, 2, BESIDE, rows)))
        }
        Pane::List(shown) => Some(list(app, shown, &mut sheet.part(0, 2, columns, rows))),
        Pane::Drafts(shown) => {
            drafts(app, shown, &mut sheet.part(0, 2, columns, rows));
            None
        }
    }
}

fn locked(app: &App<'_, '_>, typed: &Edit, paint: Paint, sheet: &mut Sheet<'_>) -> Position {
    let middle = sheet.area.height / 2 - 2;
    sheet.line(0, app.lang.pick(" 挂账", " guazhang"), BAR);
    let title = app.lang.pick("屏幕已锁定，正在录入的内容已存为草稿", "locked; what was being typed is kept");
    sheet.put(4, middle, 70, title, Style::new().add_modifier(Modifier::BOLD));
    let ask = app.lang.pick("口令：", "passphrase: ");
    let stars = "*".repeat(typed.text().chars().count().min(40));
    sheet.put(4, middle + 2, 70, &format!("{ask}{stars}"), Style::new());
    if let Some(Message { tone, text }) = &app.message {
        sheet.put(4, middle + 4, 70, text, paint.tone(*tone));
    }
    let at = 4 + columns_of(ask) + columns_of(&stars);
    Position::new(sheet.area.x + at, sheet.area.y + middle + 2)
}

fn columns_of(text: &str) -> u16 {
    u16::try_from(width(text)).unwrap_or(u16::MAX)
}

/// Whose ledger, which window, who works; below it the kinds and what the form is.
fn head(app: &App<'_, '_>, sheet: &mut Sheet<'_>) {
    let (lang, founding) = (app.lang, app.counter.founding());
    let now = app.counter.now().short();
    let who = match lang {
        Lang::Zh => {
            format!(" 挂账  窗口 {}  操作员 {}  {}", founding.station, app.counter.operator(), founding.name)
        }
        Lang::En => format!(
            " guazhang  station {}  operator {}  {}",
            founding.station,
            app.counter.operator(),
            founding.name
        ),
    };
    let room = sheet.area.width - columns_of(&now) - 2;
    sheet.line(0, "", BAR);
    sheet.put(0, 0, room, &who, BAR);
    sheet.put(room + 1, 0, columns_of(&now), &now, BAR);
    let mut at = 1;
    for (place, kind) in Kind::ALL.iter().enumerate() {
        let text = format!(" F{} {} ", place + 5, kind.label(lang));
        let style = if *kind == app.form.kind { BAR } else { Style::new() };
        sheet.put(at, 1, columns_of(&text), &text, style);
        at += columns_of(&text) + 1;
    }
    let title = app.form.title(lang);
    let columns = columns_of(&title);
    let left = sheet.area.width.saturating_sub(columns + 1).max(at + 1);
    sheet.put(left, 1, columns, &title, Style::new().add_modifier(Modifier::BOLD));
}

/// The message, where the window stands, and the keys.
fn foot(app: &App<'_, '_>, paint: Paint, sheet: &mut Sheet<'_>) {
    let rows = sheet.area.height;
    if let Some(Message { tone, text }) = &app.message {
        sheet.line(rows - 3, &format!(" {text}"), paint.tone(*tone));
    }
    let standing = &app.standing;
    let saved = app.saved_at.map(Time::short).unwrap_or_default();
    let saved = saved.split_once(' ').map_or("", |(_, clock)| clock);
    let mine = match (standing.shift, app.lang) {
        (Some(shift), Lang::Zh) => format!("本班(S{shift})"),
        (None, Lang::Zh) => "本人今日".to_owned(),
        (Some(shift), Lang::En) => format!("shift S{shift}:"),
        (None, Lang::En) => "mine today".to_owned(),
    };
    let text = match app.lang {
        Lang::Zh => format!(
            " {mine} {} 笔 {} | 草稿 {} | 未导出 {} | 账本 {} 条事件{}{saved}",
            standing.count,
            standing.sum,
            standing.drafts,
            standing.unexported,
            standing.events,
            if saved.is_empty() { "" } else { " 已存盘 " },
        ),
        Lang::En => format!(
            " {mine} {} for {} | drafts {} | not exported {} | ledger {} events{}{saved}",
            standing.count,
            standing.sum,
            standing.drafts,
            standing.unexported,
            standing.events,
            if saved.is_empty() { "" } else { ", on disk " },
        ),
    };
    sheet.line(rows - 2, &text, BAR);
    let keys = match (&app.pane, app.lang) {
        (Pane::Form, Lang::Zh) => {
            " Enter下一项 F2保存 F3列表 F4改上条 F9草稿 PgDn选词 Esc放下 ^L锁屏 F10退出"
        }
        (Pane::Form, Lang::En) => {
            " Enter next F2 save F3 list F4 last F9 drafts PgDn choose ^L lock F10 leave"
        }
        (Pane::List(_), Lang::Zh) => " 直接输入查找  上下键选择  Enter 打开更正  Esc 返回",
        (Pane::List(_), Lang::En) => " type to find  arrows choose  Enter opens to correct  Esc back",
        (Pane::Drafts(_), Lang::Zh) => " 上下键选择  Enter 取回  Delete 删除  Esc 以后再说",
        (Pane::Drafts(_), Lang::En) => " arrows choose  Enter takes it up  Delete throws it away  Esc later",
    };
    sheet.line(rows - 1, keys, Style::new());
}

/// The fields in two columns, the hint, and the decision below.
fn form(app: &App<'_, '_>, paint: Paint, sheet: &mut Sheet<'_>) -> Option<Position> {
    let columns = app.form.columns();
    let tallest = columns_len(&columns);
    // The decision has five rows at least.
    let room = sheet.area.height.saturating_sub(6).min(u16::try_from(tallest).unwrap_or(u16::MAX));
    let half = sheet.area.width / 2;
    let mut cursor = None;
    for (side, fields) in columns.iter().enumerate() {
        let x = if side == 0 { 0 } else { half };
        // A column that is too long shows the part with the cursor.
        let focused = fields.iter().position(|at| *at == app.form.focus).unwrap_or(0);
        let first = focused.saturating_sub(usize::from(room).saturating_sub(1));
        for (row, at) in (0..room).zip(fields.iter().skip(first)) {
            let part = &mut sheet.part(x, row, half - 1, 1);
            let place = field(app, *at, paint, part);
            if *at == app.form.focus {
                cursor = Some(place);
            }
        }
    }
    let hint = words::hint(&app.form, &app.reading(), app.record.as_ref());
    let label = app.form.focused().question.label(app.lang);
    let fault = fault_of(app, app.form.focus).filter(|_| hint.is_empty()).unwrap_or(hint);
    if !fault.is_empty() {
        sheet.line(
            room,
            &format!(" {label}{}{fault}", words::colon(app.lang)),
            paint.of(Color::Cyan, Modifier::empty()),
        );
    }
    told(app, paint, &mut sheet.part(0, room + 1, u16::MAX, u16::MAX));
    cursor
}

fn columns_len(columns: &[Vec<usize>; 2]) -> usize {
    columns.iter().map(Vec::len).max().unwrap_or(0)
}

/// What is wrong with a field that has text in it.
fn fault_of(app: &App<'_, '_>, at: usize) -> Option<String> {
    let field = app.form.fields.get(at)?;
    let found = app.faults.iter().find(|(column, _)| *column == field.question.column)?;
    let typed = !field.edit.text().trim().is_empty();
    typed.then(|| found.1.clone())
}

/// One field: its mark, its label, its text. Gives the place of a cursor in it.
fn field(app: &App<'_, '_>, at: usize, paint: Paint, sheet: &mut Sheet<'_>) -> Position {
    let field: &Field = &app.form.fields[at];
    let focused = at == app.form.focus && matches!(app.pane, Pane::Form);
    let empty = field.edit.text().trim().is_empty();
    let wrong = fault_of(app, at).is_some() && !focused;
    let (mark, style) = match (wrong, field.asked && empty, field.question.floor && empty) {
        (true, _, _) => ("!", paint.of(Color::Red, Modifier::BOLD)),
        (_, true, _) => ("?", paint.of(Color::Yellow, Modifier::BOLD)),
        (_, _, true) => ("*", Style::new()),
        _ => (" ", Style::new()),
    };
    sheet.put(0, 0, 1, mark, style);
    let label_style = if focused { Style::new().add_modifier(Modifier::BOLD) } else { style };
    sheet.put(1, 0, LABEL, field.question.label(app.lang), label_style);
    let columns = sheet.area.width.saturating_sub(LABEL + 2);
    let (shown, at_column) = if focused {
        field.edit.window(usize::from(columns))
    } else {
        (clip(field.edit.text(), usize::from(columns)), 0)
    };
    let style = if focused { Style::new().add_modifier(Modifier::UNDERLINED) } else { Style::new() };
    sheet.put(LABEL + 2, 0, columns, &shown, style);
    if focused && app.form.replaces() {
        sheet.put(LABEL + 2, 0, columns_of(&shown), &shown, BAR);
    }
    let at_column = u16::try_from(at_column).unwrap_or(0);
    Position::new(sheet.area.x + LABEL + 2 + at_column, sheet.area.y)
}

/// The twin, the faults, the decision.
fn told(app: &App<'_, '_>, paint: Paint, sheet: &mut Sheet<'_>) {
    let mut row = 0;
    let mut say = |text: String, style: Style| {
        sheet.line(row, &format!(" {text}"), style);
        row += 1;
    };
    if let Some(twice) = &app.twice {
        let text = crate::text::Explain::what(twice, app.lang);
        let hint = crate::text::Explain::hint(twice, app.lang);
        let between = words::between(app.lang);
        say(format!("{}{text}{between}{hint}", app.lang.pick("注意：", "note: ")), paint.tone(Tone::Note));
    }
    for at in (0..app.form.fields.len()).filter(|at| *at != app.form.focus) {
        if let Some(fault) = fault_of(app, at) {
            let label = app.form.fields[at].question.label(app.lang);
            say(format!("{label}{}{fault}", words::colon(app.lang)), paint.tone(Tone::Refused));
        }
    }
    if let Some(decision) = &app.decision {
        for (at, line) in words::decision(decision, app.lang).into_iter().enumerate() {
            let style = if at == 0 { Style::new().add_modifier(Modifier::BOLD) } else { Style::new() };
            say(line, style);
        }
    }
    if !app.lacks.is_empty() {
        say(lacks_said(&app.lacks, app.lang), Style::new());
    }
}

/// Today's records beside the form.
fn today(app: &App<'_, '_>, sheet: &mut Sheet<'_>) {
    let title = match app.lang {
        Lang::Zh => format!("今日记录 {}", app.today.len()),
        Lang::En => format!("today {}", app.today.len()),
    };
    sheet.line(0, &title, BAR);
    for (row, entry) in (1..sheet.area.height).zip(&app.today) {
        sheet.line(row, &entry_line(entry, app.lang, false), entry_style(entry));
    }
}

/// The list with its finder; gives the place of the cursor.
fn list(app: &App<'_, '_>, shown: &List, sheet: &mut Sheet<'_>) -> Position {
    let ask = app.lang.pick("查找: ", "find: ");
    let room = usize::from(sheet.area.width).saturating_sub(width(ask) + 1);
    let (text, at) = shown.filter.window(room);
    sheet.line(0, &format!("{ask}{text}"), BAR);
    let older = app.lang.pick("今日没有，以下为以往记录", "none of today; earlier ones:");
    let top = u16::from(shown.older);
    if shown.older {
        sheet.line(1, older, Style::new());
    }
    let rows = sheet.area.height.saturating_sub(1 + top);
    let first = shown.chosen.saturating_sub(usize::from(rows).saturating_sub(1));
    let long = sheet.area.width >= 70;
    for (row, (at, entry)) in (0..rows).zip(shown.rows.iter().enumerate().skip(first)) {
        let style = if at == shown.chosen { BAR } else { entry_style(entry) };
        sheet.line(row + 1 + top, &entry_line(entry, app.lang, long), style);
    }
    let at = columns_of(ask) + u16::try_from(at).unwrap_or(0);
    Position::new(sheet.area.x + at, sheet.area.y)
}

fn entry_style(entry: &Entry) -> Style {
    let void = entry.stored.stage == Stage::Void;
    if void { Style::new().add_modifier(Modifier::DIM) } else { Style::new() }
}

/// A record in one line, its columns straight; names are masked.
fn entry_line(entry: &Entry, lang: Lang, long: bool) -> String {
    let (stored, record) = (&entry.stored, &entry.stored.record);
    let clock = stored.entered_at.short();
    let clock = clock.get(11..).unwrap_or_default();
    let kind = if lang == Lang::Zh { record.kind.label(lang) } else { &record.kind.label(lang)[..4] };
    let name = pad(&clip(&mask_name(&record.person.name), 8), 8);
    let total = record.total.to_string();
    let short = format!("{:<9}{clock} {kind} {name}{total:>11}", stored.number.to_string());
    if !long {
        return short;
    }
    let status = match stored.stage {
        Stage::Pending => entry.decision.status.label(lang),
        stage => stage.label(lang),
    };
    format!("{short}  {}  {}", pad(&clip(&record.receipt_no, 12), 12), clip(status, 20))
}

/// The drafts.
fn drafts(app: &App<'_, '_>, shown: &Drafts, sheet: &mut Sheet<'_>) {
    sheet.line(0, app.lang.pick("草稿", "drafts"), BAR);
    for (row, (at, draft)) in (1..sheet.area.height).zip(shown.rows.iter().enumerate()) {
        let kind = draft.kind.label(app.lang);
        let text = format!(" {}  {}  {}", draft.saved_at.short(), pad(kind, 10), draft.what);
        let style = if at == shown.chosen { BAR } else { Style::new() };
        sheet.line(row, &text, style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_text_says_so_and_fits() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("上呼吸道感染", 12, "上呼吸道感染"),
            ("上呼吸道感染", 8,  "上呼吸~"),
            ("上呼吸道感染", 7,  "上呼吸~"),
            ("abc",          2,  "a~"),
            ("",             0,  ""),
        ];
        for (text, columns, want) in cases {
            assert_eq!(clip(text, columns), want);
        }
    }
}
