//! Batches: records become files for the platform, with a manifest that proves them.
//!
//! One file per node of a call, or one per call, so that whoever is online can load
//! them in the order of the calls; or a workbook for people. What a facility cannot know offline (the visit id, its
//! department's code, amounts that the platform works out) stays empty and is
//! counted in the manifest; nothing is invented. Which records may go out is
//! decided elsewhere.
//!
//! The same head and items give the same bytes.

mod accounts;
mod build;
mod calls;
mod check;
pub mod codes;
mod content;
mod cover;
mod coverage;
mod csv;
mod encoding;
mod encrypted;
pub mod fields;
mod folder;
mod guard;
mod layout;
mod manifest;
mod missing;
mod profile;
mod run_order;
mod signature;
mod statement_batch;
mod statement_request;
mod tally;
mod verify;
mod workbook;

#[cfg(test)]
mod nasty;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod shapes;

pub use accounts::{AccountLine, AccountsHead, BankControl, LeftLine, accounts_folder};
pub use build::{Builder, build};
pub use check::{Fault, LeftOut};
pub use coverage::Coverage;
pub use encrypted::Encrypted;
pub use folder::{FolderError, Written, try_out, try_room, write, write_each};
pub use layout::{Encoding, Form, Headings, Layout};
pub use manifest::{Control, Counted, FileEntry, MANIFEST, Manifest, ProfileUsed};
pub use missing::{Give, Missing, missing, said as missing_said};
pub use profile::{NATIONAL, Profile, ProfileError, ProfileFault, Slip};
pub use run_order::{OrderedCall, is_run_order, run_order, stays_in_ledger};
pub use signature::{SIGNATURE, Signer};
pub use statement_batch::{Asked, REQUESTS, statement_batch};
pub use statement_request::{
    StatementFault, StatementLine, StatementQuery, StatementRequest, statement_request,
};
pub use verify::{Difference, files_within, verify};

use crate::domain::{Digest, Issued, Money, Purpose, Record, Route, ShortNumber, Time};
use crate::text::{Lang, Words};
use content::{LOOK_UP, Page, Rows};

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
    /// Whose key signs the manifest; `None` where nobody signs.
    pub signer: Option<Signer>,
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
    /// The files in the order of the calls, then `manifest.json`, its signature and the cover sheets.
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
    /// A visit or stay that was begun and never settled.
    Begun {
        /// Its lines are there.
        lines: bool,
        /// Its discharge is there.
        discharged: bool,
    },
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
/// stays rest on them; cases handed over person by person; then by number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    rank: u8,
    /// Identity number and name, where cases go person by person.
    person: Option<(String, String)>,
    number: ShortNumber,
}

impl Place {
    /// The place of a record in a batch.
    pub fn of(head: &Head, item: &Item) -> Place {
        let person = &item.record.person;
        let rank = match &item.undo {
            Some(_) if item.record.kind == crate::domain::Kind::Filing => 2,
            Some(undo) => u8::from(undo.again),
            None => 0,
        };
        let by_person = item.undo.is_none() && head.purpose == Purpose::Handover;
        let person = by_person.then(|| (person.id_no.clone(), person.name.clone()));
        Place { rank, person, number: item.number.clone() }
    }
}
