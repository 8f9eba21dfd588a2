//! Batches: records become files for the platform, with a manifest that proves them.
//!
//! One file per node of a call, or one per call, so that whoever is online can load
//! them in the order of the calls; or a workbook for people. What a facility cannot know offline (the visit id, its
//! department's code, amounts that the platform works out) stays empty and is
//! counted in the manifest; nothing is invented. Which records may go out is
//! decided elsewhere.
//!
//! The same head and items give the same bytes.

mod calls;
mod check;
pub mod codes;
mod content;
mod cover;
mod csv;
mod encoding;
pub mod fields;
mod folder;
mod guard;
mod layout;
mod manifest;
mod missing;
mod profile;
mod statement_request;
mod workbook;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod shapes;

pub use check::{Fault, LeftOut};
pub use folder::{FolderError, Written, try_out, try_room, write};
pub use layout::{Encoding, Form, Headings, Layout};
pub use manifest::{Control, Counted, Difference, FileEntry, MANIFEST, Manifest, ProfileUsed, verify};
pub use missing::{Give, Missing, missing};
pub use profile::{NATIONAL, Profile, ProfileError, ProfileFault, Slip};
pub use statement_request::{
    StatementFault, StatementLine, StatementQuery, StatementRequest, statement_request,
};

use crate::domain::{Digest, Issued, Money, Purpose, Record, Route, ShortNumber, Time};
use crate::text::{Lang, Words};
use content::{LOOK_UP, Page, Rows};
use fields::{Node, Shape};
use std::collections::BTreeMap;

/// What is said once for a whole batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The batch's number in the ledger.
    pub batch: i64,
    /// What it is for.
    pub purpose: Purpose,
    /// Code of the facility.
    pub facility: String,
    /// Its name.
    pub facility_name: String,
    /// Id of the notice it rests on.
    pub notice: String,
    /// When it was made, +08:00.
    pub created_at: Time,
    /// Head of the event chain before the batch.
    pub chain_head: Digest,
    /// Language of the lists that people read.
    pub lang: Lang,
    /// How it is written.
    pub layout: Layout,
}

/// One record of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its number.
    pub number: ShortNumber,
    /// Its content.
    pub record: Record,
    /// The keys issued for it; lists and filings need none.
    pub issued: Option<Issued>,
    /// Message ids of its calls besides the one that settles, in order: as many as [`messages`] says.
    pub messages: Vec<String>,
    /// What the platform has of it already and is to be taken back first.
    pub undo: Option<Undo>,
    /// The way back it takes.
    pub route: Route,
    /// By when.
    pub due_at: Option<Time>,
    /// What is to be paid back, in a refund list.
    pub refund: Option<Refund>,
    /// When the stay is registered to have begun, where the notice says another day than that of the admission.
    pub admitted_at: Option<Time>,
    /// What is still missing before a refund can be paid, in words.
    pub lacks: String,
    /// What goes with a case that is handed over or reported.
    pub handed: Option<Handed>,
}

/// What goes with a case that is handed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Handed {
    /// Why the patient paid in full.
    pub reason: Words,
    /// Its papers, to tick off.
    pub papers: Vec<PaperTick>,
    /// The notice has it held and told to the bureau.
    pub to_bureau: bool,
    /// Why someone put it on hold: it is reported and stays where it is, and counts in no total of the batch.
    pub held: Option<String>,
}

/// One paper of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperTick {
    /// What it is.
    pub paper: Words,
    /// The way back asks for it.
    pub asked: bool,
    /// It is at hand.
    pub kept: bool,
}

/// Amounts of one refund, in fen; `None` is not known yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refund {
    /// What the patient bears after insurance.
    pub own_share: Option<Money>,
    /// What is to be paid back.
    pub due: Option<Money>,
}

/// One file of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name, without a folder.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// A batch ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The files in the order of the calls, `manifest.json` last.
    pub files: Vec<File>,
    /// What they hold.
    pub manifest: Manifest,
    /// Records that are not in them, each with the reason.
    pub left_out: Vec<LeftOut>,
}

/// What the platform has of a record and is to be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undo {
    /// `setl_id`; of a filing `trt_dcla_detl_sn`.
    pub setl_id: String,
    /// `mdtrt_id`.
    pub mdtrt_id: String,
    /// `psn_no`.
    pub psn_no: String,
    /// Why, where the platform asks.
    pub reason: String,
    /// How far back.
    pub depth: Depth,
    /// The record is settled again afterwards.
    pub again: bool,
    /// `chrg_bchno` of the lines that stay there and are settled again.
    pub chrg_bchno: String,
}

/// How far back an undoing goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// The settlement only: visit and lines stay.
    Settlement,
    /// The visit or stay with its lines, too.
    Visit,
}

/// How many message ids a record needs besides its own, so that every call of it has one.
pub fn messages(head: &Head, item: &Item, profile: &Profile) -> usize {
    let calls = head.layout.form == Form::Calls;
    if !calls {
        return usize::from(item.undo.as_ref().is_some_and(|undo| undo.again));
    }
    calls::messages(&Page { head, item, profile, whole: true }.rows(), profile)
}

/// The calls that one record makes, in order; of a list its name.
pub fn calls_of(item: &Item, purpose: Purpose, layout: Layout, profile: &Profile) -> Vec<String> {
    let head = Head { layout, ..missing::sample_head(&item.record, purpose) };
    let whole = layout.form == Form::Calls;
    let rows = Page { head: &head, item, profile, whole }.rows();
    let name = |rows: &Rows<'_>| if rows.node.is_list() { rows.node.name } else { rows.node.transaction };
    let mut calls: Vec<&str> = rows.iter().filter(|rows| !rows.rows.is_empty()).map(name).collect();
    calls.dedup();
    calls.into_iter().filter(|call| whole || *call != LOOK_UP).map(str::to_owned).collect()
}

/// Where a record stands among the others: what is only taken back before what is settled again, filings last, since
/// stays rest on them; cases handed over person by person.
fn rank<'i>(head: &Head, item: &'i Item) -> (u8, &'i str, &'i str) {
    let person = &item.record.person;
    match &item.undo {
        Some(_) if item.record.kind == crate::domain::Kind::Filing => (2, "", ""),
        Some(undo) => (u8::from(undo.again), "", ""),
        None if head.purpose == Purpose::Handover => (0, &person.id_no, &person.name),
        None => (0, "", ""),
    }
}

/// Builds the files of a batch. A record with a value the platform would misread is left out whole and named.
pub fn build(head: &Head, items: &[Item], profile: &Profile) -> Built {
    let mut items: Vec<&Item> = items.iter().collect();
    items.sort_by_key(|item| (rank(head, item), &item.number));
    let mut desk = Desk::new(head, profile);
    let (mut kept, mut left_out) = (Vec::new(), Vec::new());
    for item in items {
        match content::rows(head, item, profile).and_then(|rows| desk.add(item, rows)) {
            Ok(()) => kept.push(item),
            Err(why) => left_out.push(why),
        }
    }
    // What is only reported is no part of what goes.
    kept.retain(|item| item.handed.as_ref().is_none_or(|handed| handed.held.is_none()));
    let control = Control::of(&kept);
    let (mut files, mut entries) = (Vec::new(), Vec::new());
    let remarks = std::mem::take(&mut desk.remarks);
    for (file, entry) in desk.done(&control) {
        files.push(file);
        entries.push(entry);
    }
    let manifest = Manifest::of(head, profile, &kept, entries, &left_out, control, remarks);
    files.push(File { name: MANIFEST.to_owned(), bytes: manifest.bytes() });
    files.extend(cover::files(&manifest));
    Built { files, manifest, left_out }
}

/// One node of a batch in the making.
struct Sheet<'p> {
    node: &'p Node,
    rows: Vec<Vec<String>>,
}

impl Sheet<'_> {
    /// Required fields that are empty, with the number of rows: the online side fills them.
    fn to_fill(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for (at, field) in self.node.columns().enumerate().filter(|(_, field)| field.required) {
            let empty = self.rows.iter().filter(|row| row[at].is_empty()).count();
            if empty > 0 {
                counts.insert(field.id.to_string(), empty);
            }
        }
        counts
    }

    /// Its rows as people's cells, where people read it; numbers are what they are.
    fn guarded(&self) -> Vec<Vec<String>> {
        let is_number: Vec<bool> =
            self.node.columns().map(|field| matches!(field.shape, Shape::Number(..))).collect();
        let cell = |(text, number): (&String, &bool)| {
            if *number { text.clone() } else { guard::for_people(text) }
        };
        self.rows.iter().map(|row| row.iter().zip(&is_number).map(cell).collect()).collect()
    }
}

/// What was noticed and does not keep a record back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Remarks {
    /// Records with a character of four bytes in GB18030, and the fields that have it.
    rare: BTreeMap<String, Vec<String>>,
    /// Fields with codes that their table does not have, and in how many rows.
    unlisted: BTreeMap<String, usize>,
}

/// The files of a batch in the making.
struct Desk<'p> {
    head: &'p Head,
    profile: &'p Profile,
    sheets: BTreeMap<String, Sheet<'p>>,
    calls: calls::Calls<'p>,
    ticks: Vec<workbook::Ticks>,
    remarks: Remarks,
}

impl<'p> Desk<'p> {
    fn new(head: &'p Head, profile: &'p Profile) -> Desk<'p> {
        Desk {
            head,
            profile,
            sheets: BTreeMap::new(),
            calls: calls::Calls::new(head, profile),
            ticks: Vec::new(),
            remarks: Remarks::default(),
        }
    }

    fn add(&mut self, item: &Item, rows: Vec<Rows<'p>>) -> Result<(), LeftOut> {
        let form = self.head.layout.form;
        if form == Form::Calls {
            self.calls.add(item, &rows)?;
        }
        self.remark(item, &rows);
        if form == Form::Xlsx {
            self.ticks.push(workbook::Ticks::of(item, &rows, self.head.lang));
        }
        let as_file = |node: &Node| node.is_list() || form != Form::Calls && node.transaction != LOOK_UP;
        for Rows { node, rows } in rows.into_iter().filter(|rows| as_file(rows.node)) {
            let sheet = self.sheets.entry(node.key()).or_insert_with(|| Sheet { node, rows: Vec::new() });
            sheet.rows.extend(rows);
        }
        Ok(())
    }

    fn remark(&mut self, item: &Item, rows: &[Rows<'_>]) {
        let gb = self.head.layout.encoding == Encoding::Gb18030;
        for Rows { node, rows } in rows {
            for (field, text) in rows.iter().flat_map(|row| node.columns().zip(row)) {
                if gb && encoding::is_rare(text) {
                    let fields = self.remarks.rare.entry(item.number.to_string()).or_default();
                    if !fields.iter().any(|known| *known == field.id) {
                        fields.push(field.id.to_string());
                    }
                }
                if self.profile.lists(field, text) == profile::Listed::Unlisted {
                    *self.remarks.unlisted.entry(format!("{}.{}", node.key(), field.id)).or_default() += 1;
                }
            }
        }
    }

    /// Sheets that have rows, in the order of the calls.
    fn in_order(&self) -> Vec<&Sheet<'p>> {
        let made = self.profile.nodes().iter().filter_map(|node| self.sheets.get(&node.key()));
        let mut made: Vec<_> = made.filter(|sheet| !sheet.rows.is_empty()).collect();
        // What is taken back comes before what is settled again.
        if self.head.purpose == Purpose::Undo {
            made.sort_by_key(|sheet| !fields::takes_back(sheet.node.transaction));
        }
        made
    }

    /// Every file, with its entry of the manifest.
    fn done(self, control: &[Control]) -> Vec<(File, FileEntry)> {
        if self.head.layout.form == Form::Xlsx {
            return vec![self.workbook(control)];
        }
        let mut files: Vec<_> = self.in_order().into_iter().map(|sheet| self.csv(sheet)).collect();
        let (head, form) = (self.head, self.head.layout.form);
        let (calls, order) = self.calls.done();
        files.extend(calls);
        if form == Form::Calls && !order.is_empty() {
            let zh = head.layout.headings == Some(Headings::Zh);
            let heading = calls::ORDER.iter().map(|(id, name)| if zh { *name } else { *id });
            let bytes = csv::table(heading, &order, head.layout.encoding);
            let file = File { name: calls::RUN_ORDER.to_owned(), bytes };
            files.push((file.clone(), FileEntry::of(&file, order.len(), BTreeMap::new(), false)));
        }
        files
    }

    fn csv(&self, sheet: &Sheet<'_>) -> (File, FileEntry) {
        let Layout { encoding, .. } = self.head.layout;
        let heading = |field| self.head.layout.heading(sheet.node, field, self.head.lang);
        let headings = sheet.node.columns().map(heading);
        let for_people = sheet.node.is_list();
        let bytes = if for_people {
            csv::table(headings, &sheet.guarded(), encoding)
        } else {
            csv::table(headings, &sheet.rows, encoding)
        };
        let file = File { name: sheet.node.file_name(), bytes };
        let entry = FileEntry::of(&file, sheet.rows.len(), sheet.to_fill(), for_people);
        (file, entry)
    }

    fn workbook(&self, control: &[Control]) -> (File, FileEntry) {
        let sheets = self.in_order();
        let bytes = workbook::bytes(self.head, &sheets, control, &self.ticks);
        let mut to_fill = BTreeMap::new();
        for (field, rows) in sheets.iter().flat_map(|sheet| sheet.to_fill()) {
            *to_fill.entry(field).or_default() += rows;
        }
        let rows = sheets.iter().map(|sheet| sheet.rows.len()).sum();
        let file = File { name: workbook::WORKBOOK.to_owned(), bytes };
        let entry = FileEntry::of(&file, rows, to_fill, true);
        (file, entry)
    }
}
