//! The ledger on SQLite: its schema, its queries and its chain of events.
//!
//! A [`Ledger`] is one file. [`Ledger::books`] reads; [`Ledger::write`] runs one
//! change: rows and the event that says so commit together, synced to disk, or
//! not at all. Rules live above (`work`): this room knows no notice, and decides
//! nothing but that the books stay whole. No SQL stands anywhere else.

mod backup;
mod backup_error;
mod batch;
mod bulk;
mod busy;
mod census;
mod check;
mod cipher;
mod connect;
mod day;
mod discrepancy;
mod draft;
mod error;
mod event;
mod file;
mod filing;
mod free_text;
mod happening;
mod head;
mod keyring;
mod ledger;
mod look;
mod migrate;
mod migrations;
mod notice;
mod paper;
mod person;
mod place;
mod prepared;
mod query;
mod record;
mod record_write;
mod refund;
mod repair;
mod reserve;
mod restore;
mod row;
mod run_log;
mod scratch;
mod seal;
mod settlement;
mod shift;
mod station;
mod trailer;
mod undo;
mod verify;

pub use backup::{BackedUp, Verified};
pub use backup_error::BackupError;
pub use batch::{AnswerWords, BatchFile, BatchInfo, Member, NewBatch};
pub use bulk::Later;
pub use census::{CensusDone, Listed, StoredCensus};
pub use check::{Check, Found, Gravity, examine};
pub use cipher::{Lock, Opener, Passphrase};
pub use discrepancy::{BreakInfo, Finding};
pub use draft::DraftInfo;
pub use error::StoreError;
pub use event::EventInfo;
pub use file::{FileInfo, NewFile};
pub use filing::{OpenFiling, OpenFilings};
pub use happening::{Happening, Watcher, watch};
pub use keyring::{Cost, Guard, Operator, RecoveryCode, Session, stretch};
pub use ledger::{Books, Founding, Ledger, Mode, Writer};
pub use look::last_time;
pub use notice::{DutyDone, LoadedNotice, Resumption};
pub use paper::{Custody, PaperInfo};
pub use prepared::{Prepared, Workshop};
pub use query::{Filter, Total};
pub use record::{Added, LinesSource, NewRecord, Source, Stored};
pub use refund::{Clearing, Refund};
pub use repair::{Repaired, Table, repair};
pub use restore::{BackupKind, Restored, Standing, backup_kind, restore, restore_watched};
pub use settlement::{ClaimRow, MatchInfo, NewRun, RunInfo, SettlementRow};
pub use shift::ShiftInfo;
pub use undo::Taking;
pub use verify::{Fault, Proof};
