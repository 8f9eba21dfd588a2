//! `guazhang report watch`: the summary on the screen, drawn anew whenever anybody commits something.
//!
//! It only reads: each look is at the number of the last event, and the books are counted again when it is another
//! one, or another minute. They are counted beside the screen, so that a key is heard at once however many records
//! there are. The terminal is put back as it was however this ends.

use super::drawn::{self, Room};
use super::summary;
use super::tally::{Tally, Told};
use crate::cli::{Ctx, Exit, Failure, Says, ctx, ledger};
use crate::domain::Time;
use crate::report::Format;
use crate::text::{Lang, UnknownWord, fit};
use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::style::Print;
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode, size,
};
use crossterm::{execute, queue};
use signal_hook::consts::{SIGINT, SIGTERM};
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[derive(clap::Args, Debug)]
pub(super) struct WatchArgs {
    /// How often to look, as 2s or 1m; at most an hour
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = pause)]
    every: Duration,
}

/// A signal is heeded after so long at most.
const SLICE: Duration = Duration::from_millis(200);
const LONGEST: u64 = 3600;

/// Reads `2s`, `1m`, or seconds alone.
fn pause(text: &str) -> Result<Duration, UnknownWord> {
    let given = text.trim();
    let (number, unit) = match (given.strip_suffix('s'), given.strip_suffix('m')) {
        (Some(number), _) => (number, 1),
        (None, Some(number)) => (number, 60),
        (None, None) => (given, 1),
    };
    let seconds = number.parse::<u32>().ok().map(|count| u64::from(count) * unit);
    seconds.filter(|seconds| (1..=LONGEST).contains(seconds)).map(Duration::from_secs).ok_or_else(|| {
        UnknownWord { what: "every", text: text.to_owned(), known: vec!["2s", "30s", "1m", "60m"] }
    })
}

pub(super) fn run(ctx: &mut Ctx, args: &WatchArgs) -> Result<Exit, Failure> {
    let live = drawn::on_terminal(ctx) && io::stdin().is_terminal() && !drawn::is_dumb();
    if ctx.format != Format::Table {
        return summary::run(ctx);
    }
    if !live {
        let done = summary::run(ctx)?;
        ctx.remark("不在终端中：只显示这一次", "not a terminal: shown this once")?;
        return Ok(done);
    }
    // Whatever is wrong with the ledger is told on the ordinary screen, and an earlier edition is brought on first.
    drop(ledger::open(ctx)?);
    let tally = Tally::begin(ctx.ledger.clone(), ctx.calendar()?);
    let mut view = View { tally, seq: 0, lines: Vec::new(), trouble: None };
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    let hook = put_back_on_panic();
    let done =
        Restore::begin().map_err(Failure::from).and_then(|_restore| each(ctx, args.every, &mut view, &stop));
    std::panic::set_hook(hook);
    match done? {
        Ended::Left => Ok(Exit::Done),
        Ended::Broken => Ok(Exit::Interrupted),
    }
}

/// How the person left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// With `q`.
    Left,
    /// With Ctrl-C, or by a signal.
    Broken,
}

/// What is on the screen.
struct View {
    tally: Tally,
    /// The last event that the lines tell of.
    seq: i64,
    lines: Vec<String>,
    /// Why the last look came to nothing.
    trouble: Option<String>,
}

fn each(ctx: &mut Ctx, every: Duration, view: &mut View, stop: &AtomicBool) -> Result<Ended, Failure> {
    loop {
        if !ctx.frozen {
            ctx.now = ctx::clock();
        }
        let (columns, rows) =
            size().map_or((80, 24), |(columns, rows)| (usize::from(columns), usize::from(rows)));
        ctx.columns = columns;
        view.tally.ask(Room::of(ctx));
        view.paint(ctx, every, rows)?;
        let mut left = every;
        while !left.is_zero() {
            if stop.load(Ordering::Relaxed) {
                return Ok(Ended::Broken);
            }
            let slice = left.min(SLICE);
            if event::poll(slice)? {
                match event::read()? {
                    Event::Resize(..) => break,
                    Event::Key(key) => {
                        if let Some(ended) = ends(key) {
                            return Ok(ended);
                        }
                    }
                    _ => {}
                }
            } else {
                left = left.saturating_sub(slice);
            }
            if view.hears(ctx.lang)? {
                view.paint(ctx, every, rows)?;
            }
        }
    }
}

/// Whether a key ends the view. Windows tells of keys that are let go, too.
fn ends(key: KeyEvent) -> Option<Ended> {
    match key.code {
        _ if key.kind == KeyEventKind::Release => None,
        KeyCode::Char('c' | 'C') if key.modifiers.contains(KeyModifiers::CONTROL) => Some(Ended::Broken),
        KeyCode::Char('q' | 'Q') | KeyCode::Esc => Some(Ended::Left),
        _ => None,
    }
}

impl View {
    /// Takes what was counted meanwhile; whether there is something to paint.
    fn hears(&mut self, lang: Lang) -> Result<bool, Failure> {
        match self.tally.told() {
            None => return Ok(false),
            Some(Told::Same) => self.trouble = None,
            Some(Told::Lines(seq, lines)) => (self.seq, self.lines, self.trouble) = (seq, lines, None),
            // Books that are busy are asked again later.
            Some(Told::Busy(words)) => self.trouble = Some(words.pick(lang).to_owned()),
            Some(Told::Failed(exit, words)) => return Err(Failure::new(exit, Says::new(words.zh, words.en))),
        }
        Ok(true)
    }

    /// Paints over what stands there, line by line, so that nothing flickers; the last row says how to leave.
    fn paint(&self, ctx: &Ctx, every: Duration, rows: usize) -> io::Result<()> {
        let mut out = io::stdout().lock();
        queue!(out, MoveTo(0, 0))?;
        for line in shown(&self.lines, rows.saturating_sub(1), ctx.lang) {
            let line = fit(&line, ctx.columns);
            queue!(out, Print(line), Clear(ClearType::UntilNewLine), Print("\r\n"))?;
        }
        let foot = match &self.trouble {
            Some(trouble) => trouble.clone(),
            None => foot(self.seq, self.tally.waits() && self.seq == 0, ctx.now, every, ctx.lang),
        };
        // One column is left free: a full last row makes some consoles scroll.
        queue!(out, Print(fit(&foot, ctx.columns.saturating_sub(1))), Clear(ClearType::FromCursorDown))?;
        out.flush()
    }
}

/// So many of the lines as there is room for; where some are left out, the last says how many.
fn shown(lines: &[String], room: usize, lang: Lang) -> Vec<String> {
    if lines.len() <= room {
        return lines.to_vec();
    }
    let kept = room.saturating_sub(1);
    let left = lines.len() - kept;
    let more = match lang {
        Lang::Zh => format!("……窗口放不下另外 {left} 行"),
        Lang::En => format!("... {left} more lines than the window has room for"),
    };
    lines.iter().take(kept).cloned().chain((room > 0).then_some(more)).collect()
}

fn foot(seq: i64, first: bool, now: Time, every: Duration, lang: Lang) -> String {
    let (now, every) = (now.platform(), every.as_secs());
    match lang {
        Lang::Zh if first => format!("{now}  正在统计  按 q 离开"),
        Lang::En if first => format!("{now}  counting  q leaves"),
        Lang::Zh => format!("{now}  第 {seq} 号事件  每 {every} 秒看一次  按 q 离开"),
        Lang::En => format!("{now}  event {seq}  looks every {every}s  q leaves"),
    }
}

/// The terminal as the view needs it, put back when this goes.
struct Restore;

impl Restore {
    fn begin() -> io::Result<Restore> {
        enable_raw_mode()?;
        let restore = Restore;
        execute!(io::stdout(), EnterAlternateScreen, Hide, Clear(ClearType::All))?;
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
    let _ = execute!(io::stdout(), LeaveAlternateScreen, Show);
    let _ = disable_raw_mode();
}

type Hook = Box<dyn Fn(&std::panic::PanicHookInfo<'_>) + Sync + Send>;

/// From here on a panic is told on the ordinary screen. Gives the hook that was there before.
fn put_back_on_panic() -> Hook {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(|info| {
        put_back();
        let _ = writeln!(io::stderr(), "{info}");
    }));
    before
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_in_seconds_or_minutes() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("2s", Some(2)), ("5", Some(5)), ("1m", Some(60)), ("60m", Some(3600)),
            ("0s", None), ("61m", None), ("-1s", None), ("2h", None), ("", None), ("s", None), ("99999999999s", None),
        ];
        for (text, want) in cases {
            assert_eq!(pause(text).ok().map(|pause| pause.as_secs()), want, "{text}");
        }
    }

    #[test]
    fn keys_that_end_it() {
        let key = |code, modifiers| KeyEvent::new(code, modifiers);
        let (none, ctrl) = (KeyModifiers::NONE, KeyModifiers::CONTROL);
        #[rustfmt::skip] // the columns are the point
        let cases = [
            (key(KeyCode::Char('q'), none), Some(Ended::Left)),
            (key(KeyCode::Esc, none),       Some(Ended::Left)),
            (key(KeyCode::Char('c'), ctrl), Some(Ended::Broken)),
            (key(KeyCode::Char('c'), none), None),
            (key(KeyCode::Enter, none),     None),
        ];
        for (key, want) in cases {
            assert_eq!(ends(key), want, "{key:?}");
            assert_eq!(ends(KeyEvent { kind: KeyEventKind::Release, ..key }), None, "{key:?} let go");
        }
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let lines: Vec<String> = (1..=5).map(|at| at.to_string()).collect();
        assert_eq!(shown(&lines, 5, Lang::En), lines);
        assert_eq!(shown(&lines, 3, Lang::En), ["1", "2", "... 3 more lines than the window has room for"]);
        assert_eq!(shown(&lines, 0, Lang::Zh), [""; 0]);
    }
}
