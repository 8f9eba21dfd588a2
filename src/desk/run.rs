//! The loop between the terminal and the state.
//!
//! The terminal is put back as it was however this ends: on return, on an
//! error, on a panic. What a killed process leaves behind is a draft in the
//! ledger, since the state is kept every second and at every field.

use crate::desk::app::App;
use crate::desk::keys::{Input, inputs};
use crate::desk::screen::{Paint, paint};
use crate::work::counter::{Counter, Manner};
use crossterm::cursor::Show;
use crossterm::event::{self, DisableBracketedPaste, EnableBracketedPaste, Event};
use crossterm::execute;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use std::io::{self, Write};
use std::time::{Duration, Instant};

/// So long nothing is typed before what was typed is kept.
const PAUSE: Duration = Duration::from_secs(1);
/// So long a burst of keys may pause within itself.
const BURST: Duration = Duration::from_millis(2);

/// Fills the screen until the person leaves.
///
/// # Errors
/// What the terminal answers.
pub fn run(counter: &mut Counter<'_>, manner: &Manner<'_>) -> io::Result<()> {
    let mut app = App::new(counter, manner.lang).map_err(|error| io::Error::other(error.to_string()))?;
    let hook = restored_on_panic();
    let begun = Restore::begin();
    let done = begun.and_then(|_restore| each(&mut app, manner));
    std::panic::set_hook(hook);
    done
}

fn each(app: &mut App<'_, '_>, manner: &Manner<'_>) -> io::Result<()> {
    let mut terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
    terminal.clear()?;
    let mut touched = now();
    while !app.done {
        draw(&mut terminal, app, manner)?;
        if event::poll(PAUSE)? {
            touched = now();
            for input in inputs(burst()?) {
                if input == Input::Resize {
                    terminal.autoresize()?;
                }
                app.take(input, manner.unlock);
            }
        } else {
            app.keep();
            let idle = now().saturating_duration_since(touched).as_secs();
            if manner.lock_after > 0 && idle >= manner.lock_after && app.locked.is_none() {
                app.lock();
            }
        }
    }
    Ok(())
}

fn draw(
    terminal: &mut Terminal<CrosstermBackend<io::Stdout>>,
    app: &App<'_, '_>,
    manner: &Manner<'_>,
) -> io::Result<()> {
    terminal.draw(|frame| {
        let area = frame.area();
        let cursor = paint(app, Paint { colour: manner.colour }, area, frame.buffer_mut());
        if let Some(cursor) = cursor {
            frame.set_cursor_position(cursor);
        }
    })?;
    Ok(())
}

/// Everything that has arrived by now: an input method commits several characters at once.
fn burst() -> io::Result<Vec<Event>> {
    let mut events = vec![event::read()?];
    while events.len() < 1000 && event::poll(BURST)? {
        events.push(event::read()?);
    }
    Ok(events)
}

#[expect(clippy::disallowed_methods, reason = "how long nobody touched the keys is for the front to know")]
fn now() -> Instant {
    Instant::now()
}

/// The terminal as the desk needs it, put back when this goes.
struct Restore;

impl Restore {
    fn begin() -> io::Result<Restore> {
        enable_raw_mode()?;
        let restore = Restore;
        execute!(io::stdout(), EnterAlternateScreen)?;
        // Old Windows consoles hand a pasted text over key by key, which does as well.
        let _ = execute!(io::stdout(), EnableBracketedPaste);
        Ok(restore)
    }
}

impl Drop for Restore {
    fn drop(&mut self) {
        put_back();
    }
}

/// Nothing can be done about a terminal that does not answer any more.
fn put_back() {
    let mut out = io::stdout();
    let _ = execute!(out, DisableBracketedPaste);
    let _ = execute!(out, LeaveAlternateScreen, Show);
    let _ = out.flush();
    let _ = disable_raw_mode();
}

type Hook = Box<dyn Fn(&std::panic::PanicHookInfo<'_>) + Sync + Send>;

/// From here on a panic is told on the ordinary screen. Gives the hook that was there before.
fn restored_on_panic() -> Hook {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(|info| {
        put_back();
        let mut err = io::stderr();
        let _ = writeln!(err, "{info}");
    }));
    before
}
