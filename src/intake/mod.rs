//! Intake: bytes to rows to checked drafts.
//!
//! Sheets of records and fee lines, statements and answers are read here, as
//! streams, with every fault named by file, line and column. Nothing here
//! decides what a record may do, and nothing is stored.
//!
//! In reading order: [`mod@column`] (the tables of columns), `map` (what foreign
//! headings mean), `bytes`, `encoding`, `transcode`, `split`, `cell`, `moment`
//! (from bytes to clean cells), `origin`, `sheet` and `reading` (opening a file,
//! an open sheet, one row of it), then one file for each kind of sheet. A workbook
//! becomes the same text in `workbook` and `pages`, and is then read as any CSV.

mod accounts;
mod answer;
mod bytes;
mod catalogue;
mod cell;
mod census;
pub mod column;
mod draft;
mod encoding;
mod error;
mod fault;
mod form_book;
mod grid;
mod line_sheet;
mod map;
mod markup;
mod moment;
mod old_book;
mod origin;
mod pages;
pub mod profile;
mod reading;
mod record_sheet;
mod rejected;
mod reply;
mod result_text;
mod sheet;
mod split;
pub mod statement;
mod sums;
mod totals;
mod transcode;
mod typed;
mod words;
mod workbook;

#[cfg(test)]
mod rule_tests;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod workbook_tests;

pub use accounts::{AccountDraft, AccountsSheet};
pub use answer::answers;
pub use bytes::{Form, digest_of_file};
pub use catalogue::{CatalogueEntry, CatalogueError, catalogue};
pub use census::{CensusDraft, CensusSheet};
pub use column::{
    ACCOUNT_COLUMNS, ANSWER_COLUMNS, CENSUS_COLUMNS, Column, LINE_COLUMNS, Privacy, RECORD_COLUMNS,
    STATEMENT_COLUMNS, SheetKind, template,
};
pub use draft::{Draft, row_key};
pub use encoding::{BadByte, Encoding};
pub use error::{SheetError, WorkbookFault};
pub use fault::{Fault, FaultReason};
pub use form_book::form_book;
pub use map::ColumnMap;
pub use origin::Origin;
pub use profile::{StatementProfile, StatementProfileError};
pub use reading::Padded;
pub use record_sheet::{Clashes, Context, InLedger, RecordSheet, SheetSummary};
pub use rejected::rejected_csv;
pub use sheet::Passed;
pub use statement::{CodeSeen, StatementSheet};
pub use sums::Sums;
pub use typed::{cells_of, typed};
