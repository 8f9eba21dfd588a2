//! What a terminal reports, as what a person did.
//!
//! An input method commits several characters at once, and a terminal hands
//! them over one by one: what arrives together is one text. On Windows each key
//! is reported when it is pressed and again when it is let go; the latter is
//! nothing. There are no single letters that do anything.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// What a person did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// A text was put in, whole.
    Text(String),
    /// To the next field.
    Next,
    /// To the field before.
    Previous,
    /// Enter.
    Enter,
    /// Leave what is open; never loses text.
    Escape,
    /// Save and begin the next (F2, Ctrl-S).
    Save,
    /// The list, to find and open (F3, Ctrl-F).
    List,
    /// The last record, to correct (F4).
    Last,
    /// Another kind, by its place (F5 to F8).
    Kind(usize),
    /// The drafts (F9).
    Drafts,
    /// Lock the screen (Ctrl-L).
    Lock,
    /// Leave (F10, Ctrl-Q, Ctrl-C).
    Quit,
    /// Choose further down, or page down.
    Further,
    /// Choose further up, or page up.
    Nearer,
    /// Arrow to the left.
    Left,
    /// Arrow to the right.
    Right,
    /// To the beginning of the text.
    Home,
    /// To the end of the text.
    End,
    /// Take away the character before the cursor.
    Backspace,
    /// Take away the character behind it.
    Delete,
    /// Take the whole text away (Ctrl-U).
    Clear,
    /// The window has another size.
    Resize,
}

/// What was done, from all that arrived at once.
pub(super) fn inputs(events: impl IntoIterator<Item = Event>) -> Vec<Input> {
    done(events, cfg!(windows))
}

fn done(events: impl IntoIterator<Item = Event>, windows: bool) -> Vec<Input> {
    let mut inputs: Vec<Input> = Vec::new();
    for event in events {
        let (escape, event) = if windows { (false, event) } else { parted(event) };
        inputs.extend(escape.then_some(Input::Escape));
        match (one(event), inputs.last_mut()) {
            (Some(Input::Text(more)), Some(Input::Text(text))) => text.push_str(&more),
            (Some(input), _) => inputs.push(input),
            (None, _) => {}
        }
    }
    inputs
}

/// Esc and a key soon after it look like Alt and that key to all but a Windows console. Nothing here is done with Alt,
/// so they are what they were.
fn parted(event: Event) -> (bool, Event) {
    match event {
        Event::Key(KeyEvent { code: code @ KeyCode::Char(_), modifiers, .. })
            if modifiers.contains(KeyModifiers::ALT) =>
        {
            (true, Event::Key(KeyEvent::new(code, modifiers - KeyModifiers::ALT)))
        }
        event => (false, event),
    }
}

fn one(event: Event) -> Option<Input> {
    match event {
        Event::Paste(text) => Some(Input::Text(text)),
        Event::Resize(..) => Some(Input::Resize),
        Event::Key(key) if key.kind != KeyEventKind::Release => pressed(key),
        _ => None,
    }
}

fn pressed(key: KeyEvent) -> Option<Input> {
    // AltGr, which writes letters on some keyboards, is both Ctrl and Alt to a Windows console.
    let control = key.modifiers.contains(KeyModifiers::CONTROL) && !key.modifiers.contains(KeyModifiers::ALT);
    let shift = key.modifiers.contains(KeyModifiers::SHIFT);
    Some(match key.code {
        KeyCode::Char(ch) if control => return with_control(ch),
        KeyCode::Char(ch) => Input::Text(ch.to_string()),
        KeyCode::Tab if shift => Input::Previous,
        KeyCode::BackTab | KeyCode::Up => Input::Previous,
        KeyCode::Tab | KeyCode::Down => Input::Next,
        KeyCode::Enter => Input::Enter,
        KeyCode::Esc => Input::Escape,
        KeyCode::F(2) => Input::Save,
        KeyCode::F(3) => Input::List,
        KeyCode::F(4) => Input::Last,
        KeyCode::F(number @ 5..=8) => Input::Kind(usize::from(number - 5)),
        KeyCode::F(9) => Input::Drafts,
        KeyCode::F(10) => Input::Quit,
        KeyCode::PageDown => Input::Further,
        KeyCode::PageUp => Input::Nearer,
        KeyCode::Left => Input::Left,
        KeyCode::Right => Input::Right,
        KeyCode::Home => Input::Home,
        KeyCode::End => Input::End,
        KeyCode::Backspace => Input::Backspace,
        KeyCode::Delete => Input::Delete,
        _ => return None,
    })
}

fn with_control(ch: char) -> Option<Input> {
    Some(match ch.to_ascii_lowercase() {
        's' => Input::Save,
        'f' => Input::List,
        'l' => Input::Lock,
        'q' | 'c' => Input::Quit,
        'u' => Input::Clear,
        'n' => Input::Further,
        'p' => Input::Nearer,
        'a' => Input::Home,
        'e' => Input::End,
        // What old terminals send for Backspace.
        'h' => Input::Backspace,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(code: KeyCode, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(code, modifiers))
    }

    #[test]
    fn what_an_input_method_commits_is_one_text() {
        let burst = "王小𠮷".chars().map(|ch| key(KeyCode::Char(ch), KeyModifiers::NONE));
        let enter = [key(KeyCode::Enter, KeyModifiers::NONE)];
        assert_eq!(inputs(burst.chain(enter)), [Input::Text("王小𠮷".into()), Input::Enter]);
        assert_eq!(inputs([Event::Paste("李雷\n韩梅梅".into())]), [Input::Text("李雷\n韩梅梅".into())]);
    }

    #[test]
    fn a_key_let_go_is_nothing() {
        let let_go =
            |code| Event::Key(KeyEvent::new_with_kind(code, KeyModifiers::NONE, KeyEventKind::Release));
        assert_eq!(inputs([let_go(KeyCode::Char('a')), let_go(KeyCode::F(2)), Event::FocusGained]), []);
        let held =
            Event::Key(KeyEvent::new_with_kind(KeyCode::Backspace, KeyModifiers::NONE, KeyEventKind::Repeat));
        assert_eq!(inputs([held]), [Input::Backspace]);
    }

    #[test]
    fn letters_only_write() {
        for ch in ('!'..='~').chain(['是', '。']) {
            let plain = inputs([key(KeyCode::Char(ch), KeyModifiers::NONE)]);
            assert_eq!(plain, [Input::Text(ch.to_string())]);
        }
        #[rustfmt::skip] // the columns are the point
        let cases = [
            (KeyCode::Char('s'), KeyModifiers::CONTROL,                        Some(Input::Save)),
            (KeyCode::Char('A'), KeyModifiers::SHIFT,                          Some(Input::Text("A".into()))),
            (KeyCode::BackTab,   KeyModifiers::SHIFT,                          Some(Input::Previous)),
            (KeyCode::Tab,       KeyModifiers::SHIFT,                          Some(Input::Previous)),
            (KeyCode::F(7),      KeyModifiers::NONE,                           Some(Input::Kind(2))),
            (KeyCode::F(12),     KeyModifiers::NONE,                           None),
        ];
        for (code, modifiers, want) in cases {
            assert_eq!(inputs([key(code, modifiers)]), want.into_iter().collect::<Vec<_>>(), "{code:?}");
        }
    }

    #[test]
    fn alt_is_a_letter_on_one_system_and_escape_on_the_others() {
        let both = KeyModifiers::CONTROL | KeyModifiers::ALT;
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ('q', both,              true,  vec![Input::Text("q".into())]), // AltGr
            ('l', both,              false, vec![Input::Escape, Input::Lock]),
            ('x', KeyModifiers::ALT, true,  vec![Input::Text("x".into())]),
            ('x', KeyModifiers::ALT, false, vec![Input::Escape, Input::Text("x".into())]),
        ];
        for (ch, modifiers, windows, want) in cases {
            assert_eq!(done([key(KeyCode::Char(ch), modifiers)], windows), want, "{ch} {windows}");
        }
    }
}
