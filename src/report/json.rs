//! JSON for programs: one object, `"schema": 1` first, lists in `items`.
//!
//! The keys are English and never change with the language of the screen.

use crate::report::Sheet;
use serde::Serialize;
use serde_json::{Map, Value};
use std::io::{self, Write};

/// The version of every JSON form.
const SCHEMA: u32 = 1;

/// Prints one thing as an object with `"schema": 1` in front of its own keys.
///
/// # Errors
/// What `out` answers.
pub fn print_object(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    let mut object = Map::from_iter([("schema".to_owned(), Value::from(SCHEMA))]);
    match serde_json::to_value(value)? {
        Value::Object(fields) => object.extend(fields),
        other => {
            object.insert("items".to_owned(), other);
        }
    }
    print(out, &object)
}

/// Prints the rows in `items`, after whatever stands beside them.
pub(super) fn print_sheet(sheet: &Sheet, out: &mut dyn Write) -> io::Result<()> {
    let keys: Vec<String> = sheet.columns.iter().map(super::Column::key).collect();
    let items: Vec<Value> = sheet
        .rows
        .iter()
        .map(|row| keys.iter().cloned().zip(row.iter().map(super::Cell::json)).collect::<Map<_, _>>().into())
        .collect();
    let mut object = sheet.extra.clone();
    object.insert("items".to_owned(), items.into());
    print_object(out, &object)
}

fn print(out: &mut dyn Write, object: &Map<String, Value>) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, object)?;
    writeln!(out)
}
