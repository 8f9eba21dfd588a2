//! Long output on a terminal goes through a pager.
//!
//! What fits the screen is printed as it is. Nothing is paged that is read by a program, and nothing while somebody is
//! being asked: whoever flushes wants to be read at once.

use crate::cli::ctx::variable;
use std::io::{self, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

/// What is used where nobody names a pager. On Windows nothing is: `more` takes what it is given for the code page of the
/// window, which Chinese in UTF-8 is not, and a window there scrolls back by itself.
const USUAL: &str = if cfg!(windows) { "" } else { "less" };

/// Holds what is printed until it is known whether it fits the screen.
pub(super) struct Pager {
    words: Vec<String>,
    rows: usize,
    held: Vec<u8>,
    lines: usize,
    state: State,
}

enum State {
    Holding,
    Paging(Child, Option<ChildStdin>),
    Plain,
}

/// The pager that the environment names, as its words; none where it wants none.
pub(super) fn named() -> Option<Vec<String>> {
    let named = std::env::var("GUAZHANG_PAGER").or_else(|_| std::env::var("PAGER"));
    let words: Vec<String> =
        named.unwrap_or_else(|_| USUAL.to_owned()).split_whitespace().map(str::to_owned).collect();
    let dumb = variable("TERM").is_some_and(|terminal| terminal == "dumb");
    (!words.is_empty() && words[0] != "cat" && !dumb).then_some(words)
}

impl Pager {
    /// A pager for a screen of so many rows.
    pub(super) fn new(words: Vec<String>, rows: usize) -> Pager {
        Pager { words, rows, held: Vec::new(), lines: 0, state: State::Holding }
    }

    /// Starts the pager; where it cannot be started, everything is simply printed.
    fn start(&mut self) -> io::Result<()> {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]).stdin(Stdio::piped());
        // Colours and letters as they are, and no pager for what fits after all.
        for (name, value) in [("LESS", "FRX"), ("LESSCHARSET", "utf-8"), ("LV", "-c")] {
            if variable(name).is_none() {
                command.env(name, value);
            }
        }
        self.state = match command.spawn() {
            Ok(mut child) => {
                let input = child.stdin.take();
                State::Paging(child, input)
            }
            Err(_) => State::Plain,
        };
        self.pass_on()
    }

    fn pass_on(&mut self) -> io::Result<()> {
        let held = std::mem::take(&mut self.held);
        match &mut self.state {
            State::Holding => self.held = held,
            State::Plain => io::stdout().write_all(&held)?,
            State::Paging(_, Some(input)) => input.write_all(&held)?,
            State::Paging(_, None) => {}
        }
        Ok(())
    }
}

impl Write for Pager {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        if matches!(self.state, State::Holding) {
            self.lines += bytes.split(|byte| *byte == b'\n').count().saturating_sub(1);
            if self.lines < self.rows {
                return Ok(bytes.len());
            }
            self.start()?;
        }
        self.pass_on()?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if matches!(self.state, State::Holding) {
            self.state = State::Plain;
        }
        self.pass_on()?;
        match &mut self.state {
            State::Paging(_, Some(input)) => input.flush(),
            _ => io::stdout().flush(),
        }
    }
}

impl Drop for Pager {
    /// Waits until whoever reads has read enough.
    fn drop(&mut self) {
        let _ = self.flush();
        if let State::Paging(child, input) = &mut self.state {
            drop(input.take());
            let _ = child.wait();
        }
    }
}
