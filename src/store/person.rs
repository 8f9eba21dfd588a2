//! Identities: written once each, never changed, referred to by number.

use crate::domain::{Digest, Person};
use crate::store::{StoreError, Writer};
use rusqlite::{OptionalExtension, Row};

const FIND: &str = "SELECT id FROM person WHERE content = ?1";
const INSERT: &str = "
    INSERT INTO person (content, name, id_type, id_no, phone, card_no, psn_no)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

/// A person from six columns that begin at `first`, in the order of the table.
pub(super) fn from_row(row: &Row<'_>, first: usize) -> rusqlite::Result<Person> {
    Ok(Person {
        name: row.get(first)?,
        id_type: row.get(first + 1)?,
        id_no: row.get(first + 2)?,
        phone: row.get(first + 3)?,
        card_no: row.get(first + 4)?,
        psn_no: row.get(first + 5)?,
    })
}

impl Writer<'_> {
    /// The number of exactly this identity, written now where it is new.
    pub(super) fn person(&mut self, person: &Person) -> Result<i64, StoreError> {
        let content = Digest::of(&serde_json::to_vec(person)?);
        let known =
            self.tx.prepare_cached(FIND)?.query_row([content.bytes()], |row| row.get(0)).optional()?;
        if let Some(id) = known {
            return Ok(id);
        }
        self.tx.prepare_cached(INSERT)?.execute((
            content.bytes(),
            &person.name,
            &person.id_type,
            &person.id_no,
            &person.phone,
            &person.card_no,
            &person.psn_no,
        ))?;
        Ok(self.tx.last_insert_rowid())
    }
}
