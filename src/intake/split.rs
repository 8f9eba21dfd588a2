//! Bytes to rows: RFC 4180 as spreadsheets and hospital systems really write it.
//!
//! Rows come with their line and byte position, so that a message can point at
//! them and a reader can come back to them. A row never takes more memory than
//! [`MAX_ROW`]: what is longer is passed over and named as a [`Flaw`]. Nothing
//! here knows a column, and no input is an error except one the disk gives.

use crate::intake::bytes::MARK;
use std::io::{self, Read, Seek, SeekFrom};

/// The longest cell, in bytes.
pub(super) const MAX_CELL: usize = 64 * 1024;
/// The longest row, in bytes.
pub(super) const MAX_ROW: usize = 1024 * 1024;
/// The most cells of a row.
pub(super) const MAX_CELLS: usize = 1024;

const BLOCK: usize = 64 * 1024;
/// After a jump to another place of the file, reading begins small: a few rows are wanted there, not a block.
const FIRST_BLOCK: usize = 4 * 1024;

/// What keeps a row from being read as cells. Only the first is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// A quoted cell that began on `line` never ends.
    OpenQuote { line: u64, cell: usize },
    /// Text between a closing quote and the next delimiter.
    AfterQuote { cell: usize },
    /// A cell over [`MAX_CELL`] or a row over [`MAX_ROW`].
    TooLong { cell: usize },
    /// More than [`MAX_CELLS`] cells.
    TooMany,
}

/// One row; reused from row to row.
#[derive(Debug, Default)]
pub(super) struct Row {
    /// The cells one after another, while they are gathered.
    bytes: Vec<u8>,
    /// The same once they are all there and known to be text.
    text: String,
    ends: Vec<usize>,
    /// Line on which the row begins, from 1.
    pub(super) line: u64,
    /// Byte on which the row begins.
    pub(super) offset: u64,
    /// Why the cells cannot be trusted.
    pub(super) flaw: Option<Flaw>,
    /// The bytes are not text; a file may change while it is read.
    pub(super) broken: bool,
    /// Some cell may hold a control character, an odd blank or an invisible character.
    pub(super) odd: bool,
    /// By cell: whether it began with a quote; of the first hundred and twenty-eight.
    quoted: u128,
}

impl Row {
    /// How many cells it has.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Nothing keeps its cells from being read.
    pub(super) fn is_sound(&self) -> bool {
        self.flaw.is_none() && !self.broken
    }

    /// A cell as it stands in the file, quotes resolved; empty where the row is shorter.
    pub(super) fn cell(&self, at: usize) -> &str {
        let begin = if at == 0 { 0 } else { self.ends.get(at - 1).copied().unwrap_or(self.text.len()) };
        let end = self.ends.get(at).copied().unwrap_or(begin);
        self.text.get(begin..end).unwrap_or_default()
    }

    /// Whether the cell stood in quotes; beyond what is noted, no cell did not.
    pub(super) fn is_quoted(&self, at: usize) -> bool {
        at >= 128 || self.quoted >> at & 1 == 1
    }

    /// The cells in order.
    pub(super) fn cells(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|at| self.cell(at))
    }

    fn clear(&mut self) {
        if self.bytes.capacity() == 0 {
            self.bytes = std::mem::take(&mut self.text).into_bytes();
        }
        self.bytes.clear();
        self.text.clear();
        self.ends.clear();
        self.flaw = None;
        self.odd = false;
        self.quoted = 0;
        self.broken = false;
    }

    fn push(&mut self, span: &[u8]) {
        let begun = self.ends.last().copied().unwrap_or(0);
        let cell = self.bytes.len() - begun + span.len();
        if cell > MAX_CELL || self.bytes.len() + span.len() > MAX_ROW {
            self.flaw.get_or_insert(Flaw::TooLong { cell: self.ends.len() });
        } else {
            self.bytes.extend_from_slice(span);
        }
    }

    fn end_cell(&mut self) {
        if self.ends.len() < MAX_CELLS {
            self.ends.push(self.bytes.len());
        } else {
            self.flaw.get_or_insert(Flaw::TooMany);
        }
    }

    fn end(&mut self) {
        // Lead bytes of the no-break space, of general punctuation, of the full-width blank, of the byte
        // order mark; written as a fold without a branch, since it passes over every byte of every file.
        let odd = self.bytes.iter().fold(0, |odd: u8, &byte| {
            let control = u8::from(byte < b' ') | u8::from(byte == 0x7F);
            let lead = u8::from(byte == 0xC2) | u8::from(byte == 0xE2) | u8::from(byte == 0xE3);
            odd | control | lead | u8::from(byte == 0xEF)
        });
        self.odd = odd > 0;
        // Checked once a row, so that a cell is a slice; the buffer goes there and back.
        match String::from_utf8(std::mem::take(&mut self.bytes)) {
            Ok(text) => self.text = text,
            Err(error) => {
                self.broken = true;
                self.bytes = error.into_bytes();
            }
        }
    }
}

#[derive(Clone, Copy)]
enum State {
    CellBegins,
    Plain,
    Quoted { line: u64 },
    QuoteSeen { line: u64 },
    Closed,
    RowEnds,
}

/// Cuts bytes into rows.
pub(super) struct Splitter<R> {
    input: R,
    buffer: Vec<u8>,
    at: usize,
    end: usize,
    base: u64,
    block: usize,
    line: u64,
    /// Bytes of the byte order mark.
    mark: u64,
    delimiter: u8,
    /// By byte: whether it ends a cell.
    stops: [bool; 256],
    after_return: bool,
}

impl<R: Read> Splitter<R> {
    /// A splitter at the beginning of `input`; passes over a byte order mark and finds the delimiter
    /// (comma, TAB, semicolon or vertical bar) in the first line that has one.
    pub(super) fn new(input: R) -> io::Result<Splitter<R>> {
        let mut splitter = Splitter {
            input,
            buffer: vec![0; BLOCK],
            at: 0,
            end: 0,
            base: 0,
            block: BLOCK,
            line: 1,
            mark: 0,
            delimiter: b',',
            stops: [false; 256],
            after_return: false,
        };
        splitter.fill()?;
        if splitter.buffer[..splitter.end].starts_with(MARK) {
            splitter.at = MARK.len();
            splitter.mark = MARK.len() as u64;
        }
        splitter.cut_at(delimiter_of(&splitter.buffer[splitter.at..splitter.end]));
        Ok(splitter)
    }

    /// The delimiter.
    pub(super) fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// Cuts cells at another delimiter from now on.
    fn cut_at(&mut self, delimiter: u8) {
        self.delimiter = delimiter;
        self.stops = [false; 256];
        for byte in [delimiter, b'\n', b'\r'] {
            self.stops[usize::from(byte)] = true;
        }
    }

    /// Reads the next row; `false` at the end of the file.
    pub(super) fn read(&mut self, row: &mut Row) -> io::Result<bool> {
        row.clear();
        if !self.more()? {
            return Ok(false);
        }
        if std::mem::take(&mut self.after_return) && self.buffer[self.at] == b'\n' {
            self.at += 1;
            if !self.more()? {
                return Ok(false);
            }
        }
        row.line = self.line;
        row.offset = self.base + self.at as u64;
        let mut state = State::CellBegins;
        while !matches!(state, State::RowEnds) {
            if !self.more()? {
                finish(row, state);
                break;
            }
            state = self.step(row, state);
        }
        row.end();
        Ok(true)
    }

    fn step(&mut self, row: &mut Row, state: State) -> State {
        let byte = self.buffer[self.at];
        match state {
            State::CellBegins if byte == b'"' => {
                self.at += 1;
                if row.ends.len() < 128 {
                    row.quoted |= 1 << row.ends.len();
                }
                State::Quoted { line: self.line }
            }
            State::CellBegins | State::Plain => self.plain(row),
            State::Quoted { line } => self.quoted(row, line),
            State::QuoteSeen { line } if byte == b'"' => {
                self.at += 1;
                row.push(b"\"");
                State::Quoted { line }
            }
            State::QuoteSeen { .. } | State::Closed if self.ends_cell(byte) => self.end_cell(row, byte),
            State::QuoteSeen { .. } | State::Closed if matches!(byte, b' ' | b'\t') => {
                self.at += 1;
                State::Closed
            }
            State::QuoteSeen { .. } | State::Closed => {
                row.flaw.get_or_insert(Flaw::AfterQuote { cell: row.ends.len() });
                State::Plain
            }
            State::RowEnds => State::RowEnds,
        }
    }

    /// Cells without quotes, one after another as long as they last.
    fn plain(&mut self, row: &mut Row) -> State {
        loop {
            let rest = &self.buffer[self.at..self.end];
            let stop = rest.iter().position(|&byte| self.stops[usize::from(byte)]);
            let span = &rest[..stop.unwrap_or(rest.len())];
            row.push(span);
            self.at += span.len();
            if stop.is_none() {
                return State::Plain;
            }
            let ended = self.end_cell(row, self.buffer[self.at]);
            let quoted = self.at < self.end && self.buffer[self.at] == b'"';
            if quoted || !matches!(ended, State::CellBegins) {
                return ended;
            }
            if self.at == self.end {
                return State::CellBegins;
            }
        }
    }

    fn quoted(&mut self, row: &mut Row, line: u64) -> State {
        let rest = &self.buffer[self.at..self.end];
        let stop = rest.iter().position(|&byte| byte == b'"');
        let span = &rest[..stop.unwrap_or(rest.len())];
        row.push(span);
        self.line += span.iter().map(|&byte| u64::from(byte == b'\n')).sum::<u64>();
        self.at += span.len() + usize::from(stop.is_some());
        if stop.is_some() { State::QuoteSeen { line } } else { State::Quoted { line } }
    }

    fn ends_cell(&self, byte: u8) -> bool {
        self.stops[usize::from(byte)]
    }

    fn end_cell(&mut self, row: &mut Row, byte: u8) -> State {
        self.at += 1;
        row.end_cell();
        if byte == self.delimiter {
            return State::CellBegins;
        }
        self.after_return = byte == b'\r';
        self.line += 1;
        State::RowEnds
    }

    /// Whether there is a byte to look at.
    fn more(&mut self) -> io::Result<bool> {
        if self.at < self.end { Ok(true) } else { self.fill() }
    }

    fn fill(&mut self) -> io::Result<bool> {
        self.base += self.end as u64;
        self.at = 0;
        self.end = 0;
        loop {
            match self.input.read(&mut self.buffer[..self.block]) {
                Ok(read) => self.end = read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            self.block = (self.block * 2).min(BLOCK);
            return Ok(self.end > 0);
        }
    }
}

impl<R: Read + Seek> Splitter<R> {
    /// Goes back to the beginning, to cut cells at `delimiter`.
    pub(super) fn begin_again(&mut self, delimiter: u8) -> io::Result<()> {
        self.cut_at(delimiter);
        self.go(self.mark, 1)
    }

    /// Goes to the row that begins at `offset`, on `line`.
    pub(super) fn go(&mut self, offset: u64, line: u64) -> io::Result<()> {
        self.line = line;
        self.after_return = false;
        match offset.checked_sub(self.base).and_then(|at| usize::try_from(at).ok()) {
            Some(at) if at <= self.end => self.at = at,
            _ => {
                self.input.seek(SeekFrom::Start(offset))?;
                (self.base, self.at, self.end) = (offset, 0, 0);
                self.block = FIRST_BLOCK;
            }
        }
        Ok(())
    }
}

/// Ends the last row of a file that has no line end there.
fn finish(row: &mut Row, state: State) {
    if let State::Quoted { line } = state {
        // Whatever else is wrong with the row comes from this.
        row.flaw = Some(Flaw::OpenQuote { line, cell: row.ends.len() });
    }
    row.end_cell();
}

/// The delimiters that are known.
pub(super) const KNOWN: [u8; 4] = [b',', b'\t', b';', b'|'];

fn delimiter_of(text: &[u8]) -> u8 {
    let most = |line: &[u8]| {
        let mut quoted = false;
        let mut counts = [0_usize; KNOWN.len()];
        for &byte in line {
            quoted ^= byte == b'"';
            if let Some(at) = KNOWN.iter().position(|&known| known == byte && !quoted) {
                counts[at] += 1;
            }
        }
        // The first of equal counts, so that the comma wins a tie.
        (0..KNOWN.len()).rev().max_by_key(|&at| counts[at]).filter(|&at| counts[at] > 0)
    };
    text.split(|byte| matches!(byte, b'\n' | b'\r')).find_map(most).map_or(b',', |at| KNOWN[at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;

    fn rows(text: &[u8]) -> Vec<(u64, Vec<String>, Option<Flaw>)> {
        let mut splitter = Splitter::new(Cursor::new(text)).unwrap();
        let (mut row, mut all) = (Row::default(), Vec::new());
        while splitter.read(&mut row).unwrap() {
            all.push((row.line, row.cells().map(str::to_owned).collect(), row.flaw));
        }
        all
    }

    #[test]
    fn rows_as_they_are_written() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("a,b\n1,2\n",                     "1:a|b 2:1|2"),
            ("a,b\r\n1,2",                     "1:a|b 2:1|2"),
            ("a,b\r1,2\r",                     "1:a|b 2:1|2"),
            ("\u{FEFF}a,b\n\n1,2\n",           "1:a|b 2: 3:1|2"),
            ("a\tb,c\td\n",                    "1:a|b,c|d"),
            ("a;b;c\n1,5;2;3\n",               "1:a|b|c 2:1,5|2|3"),
            ("a|b|\n",                         "1:a|b|"),
            ("a,b\n\"x,\"\"y\n\",2\n3,4",       "1:a|b 2:x,\"y\n|2 4:3|4"),
            ("a,b\n=\"1\",2\"x\n",             "1:a|b 2:=\"1\"|2\"x"),
            ("a,b\n\"1\" ,2\n",                "1:a|b 2:1|2"),
            ("a,",                             "1:a|"),
            ("",                               ""),
        ];
        for (text, want) in cases {
            let got = rows(text.as_bytes());
            assert!(got.iter().all(|(_, _, flaw)| flaw.is_none()), "{text:?}");
            let said = got.iter().map(|(line, cells, _)| format!("{line}:{}", cells.join("|")));
            assert_eq!(said.collect::<Vec<_>>().join(" "), want, "{text:?}");
        }
    }

    #[test]
    fn flaws_are_named_and_the_rest_is_still_read() {
        let long = "x".repeat(MAX_CELL + 1);
        let wide = ",".repeat(MAX_CELLS);
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("a,b\n1,\"2\n3,4\n".to_owned(),   2, Flaw::OpenQuote { line: 2, cell: 1 }),
            ("a,b\n1,\"2\"3\n".to_owned(),     2, Flaw::AfterQuote { cell: 1 }),
            (format!("a,b\n1,{long}\n"),       2, Flaw::TooLong { cell: 1 }),
            (format!("a,b\n1,\"{long}\"\n"),   2, Flaw::TooLong { cell: 1 }),
            (format!("a,b\n{wide}\n"),         2, Flaw::TooMany),
        ];
        for (text, line, flaw) in cases {
            let text = if matches!(flaw, Flaw::OpenQuote { .. }) { text } else { text + "5,6\n" };
            let rows = rows(text.as_bytes());
            assert_eq!((rows[1].0, rows[1].2), (line, Some(flaw)));
            if !matches!(flaw, Flaw::OpenQuote { .. }) {
                assert_eq!(rows[2], (3, vec!["5".to_owned(), "6".to_owned()], None), "{flaw:?}");
            }
        }
    }

    #[test]
    fn a_row_is_found_again() {
        let text = (0..20_000).map(|n| format!("{n},\"row {n}\"\r\n")).collect::<Vec<_>>().concat();
        let mut splitter = Splitter::new(Cursor::new(text.as_bytes())).unwrap();
        let (mut row, mut places) = (Row::default(), Vec::new());
        while splitter.read(&mut row).unwrap() {
            places.push((row.offset, row.line));
        }
        for at in [19_999, 0, 1, 9_000, 9_001, 5] {
            splitter.go(places[at].0, places[at].1).unwrap();
            assert!(splitter.read(&mut row).unwrap());
            assert_eq!((row.cell(0), row.line), (at.to_string().as_str(), at as u64 + 1));
        }
    }

    proptest! {
        #[test]
        fn agrees_with_a_writer_of_rfc_4180(table in prop::collection::vec(prop::collection::vec("[a-z\",\r\n挂 ]{0,8}", 3), 1..20)) {
            let mut writer = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
            writer.write_record(["a", "b", "c"]).unwrap();
            for cells in &table {
                writer.write_record(cells).unwrap();
            }
            let read = rows(&writer.into_inner().unwrap());
            prop_assert!(read.iter().all(|(_, _, flaw)| flaw.is_none()));
            let read: Vec<_> = read.into_iter().skip(1).map(|(_, cells, _)| cells).collect();
            prop_assert_eq!(read, table);
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = rows(&bytes);
        }
    }
}
