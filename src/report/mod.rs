//! The report room: values → tables, JSON and CSV on the `Write` it is given.
//!
//! Everything that a command lists is a [`Sheet`]; everything that it says about
//! one thing is an object for [`print_object`]. Nothing here asks the ledger,
//! knows the terminal or words an error.

mod card;
mod csv;
mod decision;
mod detail;
mod html;
mod journal;
mod json;
pub mod page;
mod paper;
mod parquet;
pub mod picture;
mod qr;
mod sheet;
mod slip;
pub mod strokes;
mod table;
mod thrift;
mod wall;
mod why;
mod words;

pub use card::Card;
pub use decision::print_decision;
pub use detail::{detail, subject};
pub use journal::{Entry, Held, Journal, Posting};
pub use json::print_object;
pub use paper::Ticket;
pub use qr::Squares;
pub use sheet::{Cell, Column, Sheet, Sort};
pub use slip::{Paper, Slip};
pub use table::Table;
pub use wall::{Wall, WallPaper, WallSection};
pub use why::why;
pub use words::{word, words};

use crate::closed_list;

closed_list! {
    /// How results are printed.
    Format as "format" {
        Table = "table", "表格", "a table for people";
        Json = "json", "JSON", "one JSON object";
        Csv = "csv", "CSV", "comma separated values";
    }
}
