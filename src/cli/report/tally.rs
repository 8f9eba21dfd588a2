//! The summary of `report watch`, counted beside the screen: a large ledger takes seconds, in which keys are heard.
//!
//! It opens the ledger once more for itself and only reads; what it cannot read it tells in words, and the screen
//! decides what to do about it.

use super::drawn::{self, Room};
use super::summary;
use crate::cli::{Exit, Failure};
use crate::domain::Digest;
use crate::notice::Calendar;
use crate::report::Format;
use crate::store::{Books, Ledger};
use crate::text::{Lang, Words, ambiguous_is_wide, is_ambiguous_wide};
use crate::work::{self, Law};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;

/// What came of a look at the books.
pub(super) enum Told {
    /// They are as they were.
    Same,
    /// Other lines, and the number of the last event.
    Lines(i64, Vec<String>),
    /// Somebody writes just now: later.
    Busy(Words),
    /// They cannot be read.
    Failed(Exit, Words),
}

/// Whoever counts.
pub(super) struct Tally {
    asks: Option<Sender<Room>>,
    tells: Receiver<Told>,
    thread: Option<JoinHandle<()>>,
    waits: bool,
}

impl Tally {
    /// Begins, and counts nothing before it is asked.
    pub(super) fn begin(path: PathBuf, calendar: Calendar) -> Tally {
        let (asks, asked) = channel();
        let (tell, tells) = channel();
        let wide = is_ambiguous_wide();
        let thread = std::thread::spawn(move || {
            // How wide a character is, is known to each thread by itself.
            ambiguous_is_wide(wide);
            count_for(&path, &calendar, &asked, &tell);
        });
        Tally { asks: Some(asks), tells, thread: Some(thread), waits: false }
    }

    /// Asks for lines of a screen; while an answer is still to come, nothing more is asked.
    pub(super) fn ask(&mut self, room: Room) {
        if !self.waits && self.asks.as_ref().is_some_and(|asks| asks.send(room).is_ok()) {
            self.waits = true;
        }
    }

    /// Whether an answer is still to come.
    pub(super) fn waits(&self) -> bool {
        self.waits
    }

    /// The answer, where it has come.
    pub(super) fn told(&mut self) -> Option<Told> {
        match self.tells.try_recv() {
            Ok(told) => {
                self.waits = false;
                Some(told)
            }
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                Some(Told::Failed(Exit::Failed, Words::new("统计已中止", "the counting stopped")))
            }
        }
    }
}

impl Drop for Tally {
    /// The ledger is closed in good order, unless it is being counted: nobody waits for that.
    fn drop(&mut self) {
        self.asks = None;
        if let Some(thread) = self.thread.take().filter(|_| !self.waits) {
            let _ = thread.join();
        }
    }
}

fn count_for(path: &std::path::Path, calendar: &Calendar, asked: &Receiver<Room>, tell: &Sender<Told>) {
    let (mut book, mut seen) = (None, None);
    while let Ok(room) = asked.recv() {
        let told = match look(path, calendar, room, &mut book, &mut seen) {
            Ok(told) => told,
            Err(failure) => {
                let words = Words::new(&failure.what(Lang::Zh), &failure.what(Lang::En));
                match failure.exit() {
                    Exit::Conflict => Told::Busy(words),
                    exit => Told::Failed(exit, words),
                }
            }
        };
        if tell.send(told).is_err() {
            return;
        }
    }
}

/// Of which books the last lines were: the head of the chain, the minute, and how wide.
type Seen = ((i64, Digest), String, usize);

fn look(
    path: &std::path::Path,
    calendar: &Calendar,
    room: Room,
    book: &mut Option<Ledger>,
    seen: &mut Option<Seen>,
) -> Result<Told, Failure> {
    let book = match book {
        Some(book) => book,
        None => book.insert(Ledger::open(path)?),
    };
    let books = book.books();
    let (now, lines) = books.at_once(|| -> Result<(Seen, Option<Vec<String>>), Failure> {
        let now = (books.head()?, room.now.short(), room.columns);
        let lines = if seen.as_ref() == Some(&now) { None } else { Some(counted(&books, calendar, room)?) };
        Ok((now, lines))
    })?;
    let Some(lines) = lines else { return Ok(Told::Same) };
    let seq = now.0.0;
    *seen = Some(now);
    Ok(Told::Lines(seq, lines))
}

fn counted(books: &Books<'_>, calendar: &Calendar, room: Room) -> Result<Vec<String>, Failure> {
    let law = Law::read(books, calendar.clone())?;
    let owed = work::owed(books, &law, room.now)?;
    let sheet = summary::sheet(books, work::owed_in_all(books)?, room.lang)?;
    let mut text = Vec::new();
    sheet.print(&mut text, Format::Table, room.lang, room.columns)?;
    let mut lines: Vec<String> = String::from_utf8_lossy(&text).lines().map(str::to_owned).collect();
    lines.extend(drawn::pictures(books, &law, &owed, room)?);
    Ok(lines)
}
