//! An open sheet: headings resolved once, then one row at a time.
//!
//! Here rows become cells by column: cleaned, translated by the map, filled
//! with its constants. What a cell holds is read in `reading`, and what the
//! values mean together is decided by the sheet's own file.

use crate::domain::FactKind;
use crate::intake::cell::clean;
use crate::intake::column::{Column, REJECT_REASON, SheetKind, fact_name, find, plain, with_id};
use crate::intake::map::{Target, Words};
use crate::intake::split::{Flaw, KNOWN, Row, Splitter};
use crate::intake::totals::is_total;
use crate::intake::{ColumnMap, Fault, FaultReason, Origin, SheetError};
use std::borrow::Cow;
use std::io::{Read, Seek};
use std::path::Path;
use std::sync::Arc;

/// Title rows above the headings are passed over, but not a whole file of them.
const TITLE_ROWS: u64 = 20;

/// One column of the sheet's table, as this file has it.
#[derive(Default)]
struct Place {
    at: Option<usize>,
    constant: Option<String>,
    words: Option<Words>,
}

/// A column that states a fact.
pub(super) struct FactPlace {
    pub(super) name: String,
    pub(super) kind: FactKind,
    pub(super) at: usize,
}

/// A sheet in the course of being read.
pub(super) struct Sheet {
    pub(super) path: Arc<Path>,
    pub(super) kind: SheetKind,
    split: Splitter<Box<dyn Source>>,
    pub(super) row: Row,
    pub(super) headings: Vec<String>,
    /// Headings that name no column.
    unknown: Vec<String>,
    /// Cells under an empty heading; nothing may stand in them.
    nameless: Vec<usize>,
    places: Vec<Place>,
    pub(super) facts: Vec<FactPlace>,
    /// Headings that were passed over.
    pub(super) ignored: Vec<String>,
    /// Headings of which a column, a fact or the map knows something.
    pub(super) recognised: usize,
    /// Rows passed over.
    pub(super) passed: Passed,
    /// Rows given so far.
    rows: u64,
    /// The rows of totals among those passed over.
    pub(super) trailers: Vec<Trailer>,
    pub(super) origin: Origin,
}

/// A row of totals: what it says, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trailer {
    pub(super) line: u64,
    /// Rows above it.
    pub(super) after: u64,
    /// Its first cell that holds anything.
    pub(super) word: String,
    /// Its cells by column of the sheet's table, as far as they hold anything.
    pub(super) cells: Vec<(usize, String)>,
    /// Every cell that holds anything, for a count that stands anywhere.
    pub(super) texts: Vec<String>,
}

/// So many rows of totals are kept: a report of a hundred thousand pages is none.
const MAX_TRAILERS: usize = 100_000;

/// Rows that hold no record and are passed over, but counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// Rows above the headings.
    pub titles: u64,
    /// Rows without content.
    pub blanks: u64,
    /// Rows of totals.
    pub totals: u64,
}

impl Passed {
    /// All of them.
    pub fn sum(self) -> u64 {
        self.titles + self.blanks + self.totals
    }

    /// Both counts together, of two files.
    pub fn and(self, other: Passed) -> Passed {
        Passed {
            titles: self.titles + other.titles,
            blanks: self.blanks + other.blanks,
            totals: self.totals + other.totals,
        }
    }
}

/// A row that may be the headings.
struct Found {
    known: usize,
    above: u64,
    offset: u64,
    line: u64,
}

/// Where rows come from: a file, the text of a worksheet, or what was typed.
pub(super) trait Source: Read + Seek + Send {}

/// What may come of asking for the next row.
pub(super) enum Next {
    Row,
    End,
    /// Nothing more can be read.
    Broken(Fault),
}

impl Sheet {
    /// Opens a sheet and finds its headings.
    pub(super) fn begin(
        source: Box<dyn Source>,
        path: &Path,
        kind: SheetKind,
        map: &ColumnMap,
        origin: Origin,
    ) -> Result<Sheet, SheetError> {
        let mut sheet = Sheet::bare(source, path, kind, map, origin)?;
        sheet.find_headings(map).map_err(|error| SheetError::io(path, &error))?;
        Ok(sheet)
    }

    /// A sheet of which nothing was read yet.
    fn bare(
        source: Box<dyn Source>,
        path: &Path,
        kind: SheetKind,
        map: &ColumnMap,
        origin: Origin,
    ) -> Result<Sheet, SheetError> {
        let split = Splitter::new(source).map_err(|error| SheetError::io(path, &error))?;
        let places = kind.columns().iter().map(|column| Place {
            at: None,
            constant: map.constant(kind, column).map(str::to_owned),
            words: map.words(kind, column).cloned(),
        });
        Ok(Sheet {
            path: path.into(),
            kind,
            split,
            row: Row::default(),
            headings: Vec::new(),
            unknown: Vec::new(),
            nameless: Vec::new(),
            places: places.collect(),
            facts: Vec::new(),
            ignored: Vec::new(),
            recognised: 0,
            passed: Passed::default(),
            rows: 0,
            trailers: Vec::new(),
            origin,
        })
    }

    /// Opens a sheet without headings: `order` says which column each cell is, `None` for one that is passed over.
    pub(super) fn begin_headless(
        source: Box<dyn Source>,
        path: &Path,
        kind: SheetKind,
        map: &ColumnMap,
        origin: Origin,
        order: &[Option<usize>],
    ) -> Result<Sheet, SheetError> {
        let mut sheet = Sheet::bare(source, path, kind, map, origin)?;
        sheet.split.begin_again(b'\t').map_err(|error| SheetError::io(path, &error))?;
        sheet.headings = order
            .iter()
            .map(|column| column.map_or("-".to_owned(), |column| kind.columns()[column].id.to_owned()))
            .collect();
        for (at, column) in order.iter().enumerate() {
            match column {
                Some(column) => sheet.places[*column].at = Some(at),
                None => sheet.ignored.push(format!("#{}", at + 1)),
            }
        }
        sheet.recognised = order.iter().flatten().count();
        sheet.origin.delimiter = Some('\t');
        Ok(sheet)
    }

    /// Finds the row of headings under the delimiter that the first lines suggest, else under another. Where no
    /// delimiter gives a known one, the first row with two cells is taken, to be refused by its words.
    fn find_headings(&mut self, map: &ColumnMap) -> std::io::Result<()> {
        let guess = self.split.delimiter();
        let text = self.origin.form.is_none();
        let others = KNOWN.into_iter().filter(|&known| known != guess && text);
        let mut best: Option<(u8, Found)> = None;
        for delimiter in std::iter::once(guess).chain(others) {
            self.split.begin_again(delimiter)?;
            let Some(found) = self.search(map)? else { continue };
            let known = found.known;
            if best.as_ref().is_none_or(|(_, best)| known > 0 && best.known == 0) {
                best = Some((delimiter, found));
            }
            if known > 0 {
                break;
            }
        }
        let Some((delimiter, found)) = best else { return Ok(()) };
        self.split.begin_again(delimiter)?;
        self.split.go(found.offset, found.line)?;
        self.split.read(&mut self.row)?;
        self.headings = self.row.cells().map(|cell| clean(cell, true).into_owned()).collect();
        while self.headings.last().is_some_and(String::is_empty) {
            self.headings.pop();
        }
        self.recognised = found.known;
        self.passed.titles = found.above;
        self.origin.headings_at = found.line;
        if text {
            self.origin.delimiter = Some(char::from(delimiter));
        }
        Ok(())
    }

    /// The headings are the row with the most known ones; what is above is a title.
    fn search(&mut self, map: &ColumnMap) -> std::io::Result<Option<Found>> {
        let mut best: Option<Found> = None;
        for above in 0..=TITLE_ROWS {
            if !self.split.read(&mut self.row)? {
                break;
            }
            let filled = self.row.cells().filter(|cell| !clean(cell, true).is_empty()).count();
            if filled < 2 {
                continue;
            }
            let known = self.row.cells().filter(|cell| self.target(map, &plain(cell)).is_some()).count();
            if best.as_ref().is_none_or(|best| known > best.known) {
                // Where nothing is known, nothing says that what stands above is a title.
                let above = if known > 0 { above } else { 0 };
                best = Some(Found { known, above, offset: self.row.offset, line: self.row.line });
            }
        }
        Ok(best)
    }

    /// Whether some heading is in no alphabet of ours and known to nobody.
    pub(super) fn has_foreign_headings(&self) -> bool {
        self.recognised < self.headings.len() && self.headings.iter().any(|heading| !heading.is_ascii())
    }

    /// How far reading has come, and how far it goes; in the same unit.
    pub(super) fn progress(&self) -> (u64, u64) {
        (self.row.offset, self.origin.length)
    }

    /// Whether the column's cell is a plain number of a workbook that may be a day.
    pub(super) fn may_be_serial(&self, column: usize) -> bool {
        self.origin.serials && self.places[column].at.is_some_and(|at| !self.row.is_quoted(at))
    }

    /// Settles what each heading means.
    pub(super) fn resolve(
        &mut self,
        map: &ColumnMap,
        fact_kind: &dyn Fn(&str) -> Option<FactKind>,
    ) -> Result<(), SheetError> {
        if self.headings.is_empty() {
            return Err(SheetError::Empty { path: self.path.to_path_buf() });
        }
        if let (Some(_), Some(fault)) = (self.row.flaw, self.shape_fault()) {
            return Err(SheetError::Refused(vec![fault]));
        }
        for at in 0..self.headings.len() {
            match self.target(map, &plain(&self.headings[at])) {
                Some(Target::Column(place)) => self.settle(place, at)?,
                Some(Target::Fact(name)) => match fact_kind(&name) {
                    Some(kind) => self.settle_fact(FactPlace { name, kind, at })?,
                    None => self.unknown.push(self.headings[at].clone()),
                },
                None if self.headings[at].is_empty() => self.nameless.push(at),
                None if self.kind.is_strict() => self.unknown.push(self.headings[at].clone()),
                Some(Target::Ignored) | None => self.ignored.push(self.headings[at].clone()),
            }
        }
        Ok(())
    }

    /// What a heading means: by the map, as a fact, by the table.
    fn target(&self, map: &ColumnMap, heading: &str) -> Option<Target> {
        if heading == REJECT_REASON {
            return Some(Target::Ignored);
        }
        let columns = self.kind.columns();
        let target = map.target(self.kind, heading).or_else(|| match fact_name(heading) {
            Some(name) if self.kind.has_facts() => Some(Target::Fact(name.to_owned())),
            _ => find(columns, heading).map(Target::Column),
        })?;
        match target {
            // A fact that has a column of its own is read as that column.
            Target::Fact(name) => {
                let name = if name == "payment_method" { "pay_method".to_owned() } else { name };
                Some(with_id(columns, &name).map_or(Target::Fact(name), Target::Column))
            }
            other => Some(other),
        }
    }

    fn settle(&mut self, place: usize, at: usize) -> Result<(), SheetError> {
        match self.places[place].at.replace(at) {
            None => Ok(()),
            Some(first) => Err(self.heading_twice(first, at)),
        }
    }

    fn settle_fact(&mut self, fact: FactPlace) -> Result<(), SheetError> {
        if let Some(first) = self.facts.iter().find(|known| known.name == fact.name) {
            return Err(self.heading_twice(first.at, fact.at));
        }
        self.facts.push(fact);
        Ok(())
    }

    fn heading_twice(&self, first: usize, second: usize) -> SheetError {
        SheetError::HeadingTwice {
            path: self.path.to_path_buf(),
            line: self.row.line,
            headings: [self.headings[first].clone(), self.headings[second].clone()],
        }
    }

    /// Refuses the sheet where a heading is unknown or where, of some choice of columns, none is there; both
    /// are said at once, since the one is often the other under a foreign name.
    pub(super) fn require(&self, choices: &[&[usize]]) -> Result<(), SheetError> {
        let columns = self.kind.columns();
        let missing: Vec<Vec<_>> = choices
            .iter()
            .filter(|choice| !choice.iter().any(|&column| self.has(column)))
            .map(|choice| choice.iter().map(|&column| &columns[column]).collect())
            .collect();
        if missing.is_empty() && self.unknown.is_empty() {
            return Ok(());
        }
        let (path, unknown) = (self.path.to_path_buf(), self.unknown.clone());
        Err(SheetError::Headings { path, line: self.row.line, unknown, missing })
    }

    /// Whether the column is in the file or has a constant.
    pub(super) fn has(&self, column: usize) -> bool {
        let place = &self.places[column];
        place.at.is_some() || place.constant.is_some()
    }

    /// Goes to the next row with content.
    pub(super) fn next_row(&mut self) -> Next {
        loop {
            match self.split.read(&mut self.row) {
                Ok(false) => return Next::End,
                Err(error) => {
                    return Next::Broken(self.row_fault(FaultReason::Unreadable(error.to_string())));
                }
                Ok(true) if self.row.is_sound() && self.is_passed_over() => {}
                Ok(true) => break,
            }
        }
        match self.row.flaw {
            Some(Flaw::OpenQuote { line, cell }) => {
                let mut fault = self.row_fault(FaultReason::OpenQuote);
                fault.line = line;
                fault.column = self.headings.get(cell).cloned().unwrap_or_default();
                Next::Broken(fault)
            }
            None if self.row.broken => Next::Broken(self.row_fault(FaultReason::NotText)),
            _ => {
                self.rows += 1;
                Next::Row
            }
        }
    }

    /// Goes back to a row that began at `offset`, on `line`; [`Sheet::next_row`] then reads it.
    pub(super) fn go(&mut self, offset: u64, line: u64) -> Result<(), Box<Fault>> {
        let gone = self.split.go(offset, line);
        gone.map_err(|error| Box::new(self.row_fault(FaultReason::Unreadable(error.to_string()))))
    }

    /// Empty rows, and the totals that a report puts below its rows.
    fn is_passed_over(&mut self) -> bool {
        let first = self.row.cells().map(|cell| clean(cell, self.row.odd)).find(|cell| !cell.is_empty());
        let Some(first) = first else {
            self.passed.blanks += 1;
            return true;
        };
        let filled = || self.row.cells().filter(|cell| !clean(cell, true).is_empty()).count();
        let total = is_total(&first, || 2 * filled() <= self.headings.len());
        if total {
            self.passed.totals += 1;
            self.keep_trailer();
        }
        total
    }

    fn keep_trailer(&mut self) {
        if self.trailers.len() >= MAX_TRAILERS {
            return;
        }
        let texts: Vec<String> = (0..self.row.len())
            .map(|at| clean(self.row.cell(at), true).into_owned())
            .filter(|text| !text.is_empty())
            .collect();
        let cell = |(column, place): (usize, &Place)| {
            let text = clean(self.row.cell(place.at?), true);
            (!text.is_empty()).then(|| (column, text.into_owned()))
        };
        let cells = self.places.iter().enumerate().filter_map(cell).collect();
        let word = texts.first().cloned().unwrap_or_default();
        self.trailers.push(Trailer { line: self.row.line, after: self.rows, word, cells, texts });
    }

    /// The heading of each column that the file has, and the column's id.
    pub(super) fn understood(&self) -> Vec<(String, &'static str)> {
        let columns = self.kind.columns().iter().zip(&self.places);
        let mut found: Vec<_> = columns.filter_map(|(column, place)| Some((place.at?, column.id))).collect();
        found.sort_unstable();
        found.into_iter().map(|(at, id)| (self.headings[at].clone(), id)).collect()
    }

    /// What is wrong with the row's shape, so that its cells cannot be trusted.
    pub(super) fn shape_fault(&self) -> Option<Fault> {
        let (headings, cells) = (self.headings.len(), self.row.len());
        let named = |at: usize| self.headings.get(at).cloned().unwrap_or_default();
        let (column, reason) = match self.row.flaw {
            Some(Flaw::OpenQuote { cell, .. }) => (named(cell), FaultReason::OpenQuote),
            Some(Flaw::AfterQuote { cell }) => (named(cell), FaultReason::AfterQuote),
            Some(Flaw::TooLong { cell }) => (named(cell), FaultReason::TooLong),
            Some(Flaw::TooMany) => (String::new(), FaultReason::Ragged { headings, cells }),
            None => {
                let mut nameless = self.nameless.iter().copied().chain(headings..cells);
                let stray = nameless.any(|at| !clean(self.row.cell(at), true).is_empty());
                if cells >= headings && !stray {
                    return None;
                }
                (String::new(), FaultReason::Ragged { headings, cells })
            }
        };
        Some(Fault { column, ..self.row_fault(reason) })
    }

    /// A cell as the map and the cleaning leave it; the constant where it is empty.
    pub(super) fn cell(&self, column: usize) -> Cow<'_, str> {
        let place = &self.places[column];
        let text = place.at.map_or(Cow::Borrowed(""), |at| clean(self.row.cell(at), self.row.odd));
        let text = match &place.constant {
            Some(constant) if text.is_empty() => Cow::Borrowed(constant.as_str()),
            _ => text,
        };
        match place.words.as_ref().and_then(|words| words.get(&text.to_lowercase())) {
            Some(ours) => Cow::Borrowed(ours.as_str()),
            None => text,
        }
    }

    /// The words that the map gives for a column.
    pub(super) fn word<'a>(&'a self, column: usize, theirs: &'a str) -> &'a str {
        let words = self.places[column].words.as_ref();
        words.and_then(|words| words.get(&theirs.to_lowercase())).map_or(theirs, String::as_str)
    }

    pub(super) fn fact_cell(&self, fact: &FactPlace) -> Cow<'_, str> {
        clean(self.row.cell(fact.at), self.row.odd)
    }

    /// A fault of the whole row.
    pub(super) fn row_fault(&self, reason: FaultReason) -> Fault {
        Fault {
            path: Arc::clone(&self.path),
            line: self.row.line,
            column: String::new(),
            text: String::new(),
            reason,
            record_no: String::new(),
            record_line: 0,
        }
    }

    /// The heading of a column as the file has it; its id where it has none.
    pub(super) fn heading_of(&self, column: usize) -> String {
        let heading = self.places[column].at.map(|at| self.headings[at].clone());
        heading.unwrap_or_else(|| self.kind.columns()[column].id.to_owned())
    }

    pub(super) fn cell_fault(&self, column: usize, text: &str, reason: FaultReason) -> Fault {
        let Column { privacy, .. } = self.kind.columns()[column];
        Fault { column: self.heading_of(column), text: privacy.shown(text), ..self.row_fault(reason) }
    }
}
