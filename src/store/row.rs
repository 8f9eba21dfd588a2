//! The digest of a row, whatever its columns are.
//!
//! It covers the table's name and every column that is not NULL, by name, so that
//! a column added later and left NULL leaves the digests of older rows as they were.
//! The exact bytes stand in `docs/audit.md`.

use crate::domain::{Digest, Digester};
use crate::store::StoreError;
use rusqlite::Row;
use rusqlite::types::ValueRef;
use std::io::Write;

/// The digest of one row, in the making.
pub(super) struct RowHash(Digester);

impl RowHash {
    /// Begins with the name of the table.
    pub(super) fn of(table: &str) -> RowHash {
        let mut digester = Digester::default();
        digester.update(format!("{table}\n").as_bytes());
        RowHash(digester)
    }

    /// Adds a column; NULL adds nothing.
    pub(super) fn put<'v>(mut self, column: &str, value: impl Into<ValueRef<'v>>) -> RowHash {
        self.add(column, value.into());
        self
    }

    fn add(&mut self, column: &str, value: ValueRef<'_>) {
        let number;
        let (kind, bytes): (char, &[u8]) = match value {
            ValueRef::Null => return,
            ValueRef::Integer(value) => {
                number = value.to_string();
                ('i', number.as_bytes())
            }
            ValueRef::Real(value) => {
                number = format!("{:016x}", value.to_bits());
                ('r', number.as_bytes())
            }
            ValueRef::Text(bytes) => ('t', bytes),
            ValueRef::Blob(bytes) => ('b', bytes),
        };
        let mut told = [0; 32];
        let mut room = &mut told[..];
        writeln!(room, " {kind} {}", bytes.len()).expect("a kind and a length are shorter");
        let left = room.len();
        self.0.update(column.as_bytes());
        self.0.update(&told[..told.len() - left]);
        self.0.update(bytes);
        self.0.update(b"\n");
    }

    /// Adds every column of a row.
    pub(super) fn all(mut self, row: &Row<'_>) -> Result<RowHash, StoreError> {
        let statement = row.as_ref();
        for at in 0..statement.column_count() {
            self.add(statement.column_name(at)?, row.get_ref(at)?);
        }
        Ok(self)
    }

    /// The digest.
    pub(super) fn finish(self) -> Digest {
        self.0.finish()
    }
}

/// The digest of a whole row of `table`.
pub(super) fn digest_of(table: &str, row: &Row<'_>) -> Result<Digest, StoreError> {
    Ok(RowHash::of(table).all(row)?.finish())
}

/// The value of a column as a word of a key: numbers and texts as they are, bytes in hexadecimal.
pub(super) fn word(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "-".to_owned(),
        ValueRef::Integer(value) => value.to_string(),
        ValueRef::Real(value) => value.to_string(),
        ValueRef::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        ValueRef::Blob(bytes) => data_encoding::HEXLOWER.encode(bytes),
    }
}
