//! A batch in the making: records one after the other, files at the end.
//!
//! Of a record nothing stays but the text of its rows, so that a batch of a hundred thousand
//! needs little more room than its files. A record with a value that the platform would misread
//! is left out whole and named. Which records may go out is decided elsewhere.

use super::check::LeftOut;
use super::content::{LOOK_UP, Rows};
use super::fields::{Node, Shape};
use super::layout::{Encoding, Form, Headings};
use super::manifest::{FileEntry, MANIFEST, Manifest};
use super::profile::{Listed, Profile};
use super::tally::Tally;
use super::workbook::Book;
use super::{Built, File, Head, Item, Place, calls, content, cover, csv, encoding, fields, guard};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;

/// Builds the files of a batch: what is only taken back first, then in the order of the records' numbers.
///
/// # Errors
/// What the system says where a workbook finds no room for what it writes aside.
pub fn build(head: &Head, items: &[Item], profile: &Profile) -> io::Result<Built> {
    let mut items: Vec<&Item> = items.iter().collect();
    items.sort_by_cached_key(|item| Place::of(head, item));
    let mut builder = Builder::new(head, profile);
    for item in items {
        builder.add(item);
    }
    builder.done()
}

/// The files of a batch in the making.
pub struct Builder<'p> {
    head: &'p Head,
    profile: &'p Profile,
    sheets: BTreeMap<String, Sheet<'p>>,
    calls: calls::Calls<'p>,
    /// Where the batch is a workbook.
    book: Option<Book<'p>>,
    tally: Tally,
    left_out: Vec<LeftOut>,
}

/// One node of a batch: the text of its rows, and what they leave empty.
struct Sheet<'p> {
    node: &'p Node,
    table: csv::Table,
    rows: usize,
    to_fill: BTreeMap<String, usize>,
}

impl<'p> Builder<'p> {
    /// A batch without a record.
    pub fn new(head: &'p Head, profile: &'p Profile) -> Builder<'p> {
        Builder {
            head,
            profile,
            sheets: BTreeMap::new(),
            calls: calls::Calls::new(head, profile),
            book: (head.layout.form == Form::Xlsx).then(|| Book::new(head)),
            tally: Tally::default(),
            left_out: Vec::new(),
        }
    }

    /// Adds a record. Add them in the order in which they go; one that cannot go is among those left out at the end.
    pub fn add(&mut self, item: &Item) {
        if let Err(why) = self.try_add(item) {
            self.left_out.push(why);
        }
    }

    fn try_add(&mut self, item: &Item) -> Result<(), LeftOut> {
        let rows = content::rows(self.head, item, self.profile)?;
        let form = self.head.layout.form;
        if form == Form::Calls {
            self.calls.add(item, &rows)?;
        }
        self.remark(item, &rows);
        // What is only reported is no part of what goes.
        if item.handed.as_ref().is_none_or(|handed| handed.held.is_none()) {
            self.tally.add(item, &rows);
        }
        if let Some(book) = &mut self.book {
            book.tick(item, &rows);
        }
        let as_file = |node: &Node| node.is_list() || form != Form::Calls && node.transaction != LOOK_UP;
        for Rows { node, rows } in rows.iter().filter(|rows| as_file(rows.node)) {
            self.put(node, rows);
        }
        Ok(())
    }

    /// Adds rows to the file or sheet of their node.
    fn put(&mut self, node: &Node, rows: &[Vec<String>]) {
        if rows.is_empty() {
            return;
        }
        let (head, profile) = (self.head, self.profile);
        let sheet = self.sheets.entry(node.key()).or_insert_with(|| {
            let node = profile
                .node(node.transaction, node.name)
                .expect("the table of fields has every node that is written");
            Sheet::new(node, head)
        });
        sheet.count(rows);
        match &mut self.book {
            Some(book) => book.put(sheet.node, rows),
            None => sheet.write(rows),
        }
    }

    fn remark(&mut self, item: &Item, rows: &[Rows<'_>]) {
        let gb = self.head.layout.encoding == Encoding::Gb18030;
        for Rows { node, rows } in rows {
            for (field, text) in rows.iter().flat_map(|row| node.columns().zip(row)) {
                if gb && encoding::is_rare(text) {
                    let fields = self.tally.rare.entry(item.number.to_string()).or_default();
                    if !fields.iter().any(|known| *known == field.id) {
                        fields.push(field.id.to_string());
                    }
                }
                if self.profile.lists(field, text) == Listed::Unlisted {
                    *self.tally.unlisted.entry(format!("{}.{}", node.key(), field.id)).or_default() += 1;
                }
            }
        }
    }

    /// The files, with the manifest that names them and its cover sheets.
    ///
    /// # Errors
    /// As [`build`].
    pub fn done(mut self) -> io::Result<Built> {
        let (tally, left_out) = (std::mem::take(&mut self.tally), std::mem::take(&mut self.left_out));
        let (head, profile) = (self.head, self.profile);
        let (mut files, mut entries) = (Vec::new(), Vec::new());
        for (file, entry) in self.files(&tally)? {
            files.push(file);
            entries.push(entry);
        }
        let manifest = Manifest::of(head, profile, tally, entries, &left_out);
        files.extend(manifest.files_of_its_own());
        Ok(Built { files, manifest, left_out })
    }

    /// Every file of data, with its entry of the manifest, in the order of the calls.
    fn files(mut self, tally: &Tally) -> io::Result<Vec<(File, FileEntry)>> {
        let mut sheets: Vec<Sheet<'p>> =
            self.profile.nodes().iter().filter_map(|node| self.sheets.remove(&node.key())).collect();
        // What is taken back comes before what is settled anew.
        sheets.sort_by_key(|sheet| !fields::takes_back(sheet.node.transaction));
        if let Some(book) = self.book {
            let (mut rows, mut to_fill) = (0, BTreeMap::new());
            for sheet in &mut sheets {
                rows += sheet.rows;
                for (field, empty) in std::mem::take(&mut sheet.to_fill) {
                    *to_fill.entry(field).or_default() += empty;
                }
            }
            let nodes: Vec<&Node> = sheets.iter().map(|sheet| sheet.node).collect();
            let file = File {
                name: super::workbook::WORKBOOK.to_owned(),
                bytes: book.bytes(&nodes, &tally.controls())?,
            };
            let entry = FileEntry::of(&file, rows, to_fill, true);
            return Ok(vec![(file, entry)]);
        }
        let mut files: Vec<_> = sheets.into_iter().map(Sheet::file).collect();
        let (calls, order) = self.calls.done();
        files.extend(calls);
        if self.head.layout.form == Form::Calls && !order.is_empty() {
            let zh = self.head.layout.headings == Some(Headings::Zh);
            let heading = calls::ORDER.iter().map(|(id, name)| if zh { *name } else { *id });
            let mut table = csv::Table::new(heading, self.head.layout.encoding);
            for row in &order {
                table.row(row.iter().map(String::as_str));
            }
            let file = File { name: calls::RUN_ORDER.to_owned(), bytes: table.bytes };
            let entry = FileEntry::of(&file, order.len(), BTreeMap::new(), false);
            files.push((file, entry));
        }
        Ok(files)
    }
}

impl<'p> Sheet<'p> {
    fn new(node: &'p Node, head: &Head) -> Sheet<'p> {
        let heading = |field| -> Cow<'_, str> {
            let heading = head.layout.heading(node, field, head.lang);
            if node.is_list() { guard::for_people(heading).into() } else { heading.into() }
        };
        let headings: Vec<Cow<'_, str>> = node.columns().map(heading).collect();
        let table = csv::Table::new(headings.iter().map(|heading| &**heading), head.layout.encoding);
        Sheet { node, table, rows: 0, to_fill: BTreeMap::new() }
    }

    /// Required fields that are empty, with the number of rows: the online side fills them.
    fn count(&mut self, rows: &[Vec<String>]) {
        self.rows += rows.len();
        for (at, field) in self.node.columns().enumerate().filter(|(_, field)| field.required) {
            let empty = rows.iter().filter(|row| row[at].is_empty()).count();
            if empty > 0 {
                *self.to_fill.entry(field.id.to_string()).or_default() += empty;
            }
        }
    }

    /// The rows as text: people's cells where people read it, though numbers are what they are.
    fn write(&mut self, rows: &[Vec<String>]) {
        for row in rows {
            if self.node.is_list() {
                let cell = |(field, text): (&super::fields::Field, &String)| match field.shape {
                    Shape::Number(..) => text.clone(),
                    _ => guard::for_people(text),
                };
                let cells: Vec<String> = self.node.columns().zip(row).map(cell).collect();
                self.table.row(cells.iter().map(String::as_str));
            } else {
                self.table.row(row.iter().map(String::as_str));
            }
        }
    }

    fn file(self) -> (File, FileEntry) {
        let file = File { name: self.node.file_name(), bytes: self.table.bytes };
        let entry = FileEntry::of(&file, self.rows, self.to_fill, self.node.is_list());
        (file, entry)
    }
}

impl Manifest {
    /// The manifest as a file, and the cover sheets that follow from it.
    pub(super) fn files_of_its_own(&self) -> Vec<File> {
        let mut files = vec![File { name: MANIFEST.to_owned(), bytes: self.bytes() }];
        files.extend(cover::files(self));
        files
    }
}
