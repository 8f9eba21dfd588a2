//! How far a long step has come, told on stderr and only on a terminal; and the
//! wish to break it off.
//!
//! What takes less than a second is not told of. Ctrl-C is noted here and acted
//! upon by whoever watches, so that a change is rolled back and not torn off; a
//! second Ctrl-C ends the program at once, which loses nothing either.

use crate::domain::{Money, Progress, Watcher};
use crate::text::Lang;
use signal_hook::consts::SIGINT;
use std::io::{IsTerminal, Write, stderr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// The first word comes after so long, the next ones so often.
const FIRST: Duration = Duration::from_secs(1);
const OFTEN: Duration = Duration::from_millis(200);

/// Ctrl-C is heard once for the whole process, however many steps are watched one after the other.
static SIGNALS: OnceLock<Signals> = OnceLock::new();

#[derive(Clone)]
struct Signals {
    interrupted: Arc<AtomicBool>,
    /// The next Ctrl-C ends the program at once.
    armed: Arc<AtomicBool>,
}

impl Signals {
    fn heard() -> Signals {
        let (interrupted, armed) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(true)));
        // The order matters: the first signal arms what ends the program at the second. Where no handler can
        // be set, Ctrl-C ends the program as it always did.
        let _ = signal_hook::flag::register_conditional_shutdown(SIGINT, 130, Arc::clone(&armed));
        let _ = signal_hook::flag::register(SIGINT, Arc::clone(&interrupted));
        let _ = signal_hook::flag::register(SIGINT, Arc::clone(&armed));
        Signals { interrupted, armed }
    }
}

/// A step that is watched.
pub(super) struct Watch {
    lang: Lang,
    begun: Instant,
    told: Option<Instant>,
    terminal: bool,
    interrupted: Arc<AtomicBool>,
    /// The next Ctrl-C ends the program at once.
    armed: Arc<AtomicBool>,
}

impl Watch {
    /// Until the step begins, Ctrl-C ends the program at once: nothing is under way yet.
    pub(super) fn new(lang: Lang) -> Watch {
        let Signals { interrupted, armed } = SIGNALS.get_or_init(Signals::heard).clone();
        interrupted.store(false, Ordering::Relaxed);
        armed.store(true, Ordering::Relaxed);
        Watch { lang, begun: now(), told: None, terminal: stderr().is_terminal(), interrupted, armed }
    }

    /// The step begins.
    pub(super) fn begin(&mut self) {
        self.begun = now();
        self.armed.store(false, Ordering::Relaxed);
    }

    /// Tells how far it has come, where it is time to; answers whether to go on.
    pub(super) fn tell(&mut self, progress: &Progress) -> bool {
        if self.terminal {
            let now = now();
            let since = self.told.map_or(now.duration_since(self.begun), |told| now.duration_since(told));
            if since >= if self.told.is_none() { FIRST } else { OFTEN } {
                self.told = Some(now);
                let line = said(progress, now.duration_since(self.begun), self.lang);
                // Nobody is lost where the terminal is gone.
                let _ = write!(stderr(), "\r\x1b[K{line}");
            }
        }
        !self.interrupted.load(Ordering::Relaxed)
    }

    /// The step has ended: takes the last word back, so that what follows begins on an empty line.
    pub(super) fn end(&mut self) {
        self.armed.store(true, Ordering::Relaxed);
        if self.told.take().is_some() {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }
}

/// Does a long step, told of as it goes and broken off by Ctrl-C.
pub(super) fn watched<T>(lang: Lang, step: impl FnOnce(&mut Watcher<'_>) -> T) -> T {
    let mut watch = Watch::new(lang);
    watch.begin();
    let done = step(&mut |progress| watch.tell(progress));
    watch.end();
    done
}

#[expect(clippy::disallowed_methods, reason = "how long a step takes is for the terminal only")]
fn now() -> Instant {
    Instant::now()
}

/// Rows and sums so far, where there are any, and the time left by the part that is done.
fn said(progress: &Progress, took: Duration, lang: Lang) -> String {
    let Progress { rows, total, read: (at, of) } = *progress;
    let percent = (at * 100).checked_div(of).unwrap_or(0).min(100);
    let left = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).checked_mul(of.saturating_sub(at));
    let left = left.and_then(|left| left.checked_div(at)).map_or(0, |left| left.div_ceil(1000));
    let mut parts = Vec::new();
    if rows > 0 {
        parts.push(lang.pick(&format!("已处理 {rows} 行"), &format!("{rows} rows")).to_owned());
    }
    if total != Money::ZERO {
        parts.push(lang.pick(&format!("合计 {total}"), &format!("total {total}")).to_owned());
    }
    parts.push(lang.pick(&format!("{percent}%"), &format!("{percent} %")).to_owned());
    parts.push(lang.pick(&format!("约剩 {left} 秒"), &format!("about {left} s left")).to_owned());
    parts.join(lang.pick("，", ", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_follows_from_the_part_that_is_read() {
        let at = |at, of| Progress { rows: 1200, total: Money::from_fen(123_456), read: (at, of) };
        #[rustfmt::skip] // the columns are the point
        let cases = [
            (at(25, 100),  "1200 rows, total 1234.56, 25 %, about 6 s left"),
            (at(100, 100), "1200 rows, total 1234.56, 100 %, about 0 s left"),
            (at(0, 0),     "1200 rows, total 1234.56, 0 %, about 0 s left"),
            (Progress { read: (1, 2), ..Progress::default() }, "50 %, about 2 s left"),
            (at(300, 100), "1200 rows, total 1234.56, 100 %, about 0 s left"),
        ];
        for (progress, want) in cases {
            assert_eq!(said(&progress, Duration::from_secs(2), Lang::En), want);
        }
        assert_eq!(
            said(&at(50, 100), Duration::from_secs(3), Lang::Zh),
            "已处理 1200 行，合计 1234.56，50%，约剩 3 秒"
        );
    }
}
