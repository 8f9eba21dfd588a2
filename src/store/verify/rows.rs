//! Tables whose every row was told by an event of its own: the last digest told
//! of a row must be the digest of the row.
//!
//! A table that comes later is proved by a line in [`TABLES`] and one in
//! `chain.rs` that says which event tells of it.

use super::fault::Fault;
use super::{Proof, Walk};
use crate::domain::{Digest, Money};
use crate::store::row::{digest_of, word};
use crate::store::{Books, StoreError};
use rusqlite::Row;
use rustc_hash::FxHashMap;

/// Table, its rows, and the columns that make the key.
#[rustfmt::skip] // the columns are the point
const TABLES: &[(&str, &str, &[&str])] = &[
    ("facility",   "SELECT * FROM facility ORDER BY code",              &["code"]),
    ("service_desk", "SELECT * FROM service_desk ORDER BY facility",    &["facility"]),
    ("notice",     "SELECT * FROM notice ORDER BY id",                  &["id"]),
    ("resumption", "SELECT * FROM resumption ORDER BY id",              &["id"]),
    ("duty_done",  "SELECT * FROM duty_done ORDER BY notice, number",   &["notice", "number"]),
    ("file",       "SELECT * FROM file ORDER BY digest",                &["digest"]),
    ("counter",    "SELECT * FROM counter ORDER BY name",               &["name"]),
    ("refund",     "SELECT * FROM refund ORDER BY record",              &["record"]),
    ("clearing",   "SELECT * FROM clearing ORDER BY record",            &["record"]),
    ("paper",      "SELECT * FROM paper ORDER BY record, kind",         &["record", "kind"]),
    ("shift",      "SELECT * FROM shift ORDER BY id",                   &["id"]),
    ("seal",       "SELECT * FROM seal ORDER BY number",                &["number"]),
    ("by_hand",    "SELECT * FROM by_hand ORDER BY id",                 &["id"]),
    ("amount_limit", "SELECT * FROM amount_limit ORDER BY name",        &["name"]),
    ("signoff",    "SELECT * FROM signoff ORDER BY id",                 &["id"]),
    ("peer",       "SELECT * FROM peer ORDER BY id",                    &["id"]),
];
const LEDGER: &str = "SELECT * FROM ledger";
const STATION_KEY: &str = "SELECT * FROM station_key";
const BARE_KEY: &str = "SELECT * FROM keyring WHERE kind = 'bare'";
const REFUNDS: &str = "SELECT amount_fen FROM refund";
const NUMBER: &str = "SELECT station || printf('-%04d', count) FROM record WHERE id = ?1";

/// The last digest told of something, and the event that told it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) seq: i64,
    pub(super) digest: Digest,
}

/// Names a row among the told ones.
pub(super) fn key(table: &'static str, row: &str) -> (&'static str, String) {
    (table, row.to_owned())
}

impl Books<'_> {
    /// The digest of whose ledger it is, of the key it signs with, and of the key it keeps bare, if it does; the first
    /// event tells it.
    pub(in crate::store) fn origin(&self) -> Result<Digest, StoreError> {
        let mut text = String::new();
        for (table, sql) in [("ledger", LEDGER), ("station_key", STATION_KEY), ("keyring", BARE_KEY)] {
            let mut statement = self.conn.prepare_cached(sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                text.push_str(&digest_of(table, row)?.to_string());
                text.push('\n');
            }
        }
        Ok(Digest::of(text.as_bytes()))
    }

    /// Lays the rows of [`TABLES`] beside what was told of them.
    pub(super) fn prove_told(&self, walk: &Walk<'_>, proof: &mut Proof) -> Result<(), StoreError> {
        let origin = self.origin()?;
        match walk.told.get(&key("ledger", "1")) {
            Some(told) if told.digest == origin => {}
            told => {
                let seq = told.map_or(0, |told| told.seq);
                proof.faults.push(Fault::Content { subject: "ledger".to_owned(), seq });
            }
        }
        for (table, sql, columns) in TABLES {
            self.prove_table(table, sql, columns, &walk.told, proof)?;
        }
        let mut statement = self.conn.prepare_cached(REFUNDS)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            proof.refunds += Money::from_fen(row.get(0)?);
        }
        Ok(())
    }

    fn prove_table(
        &self,
        table: &'static str,
        sql: &str,
        columns: &[&str],
        told: &FxHashMap<(&'static str, String), Told>,
        proof: &mut Proof,
    ) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let mut seen = 0;
        while let Some(row) = rows.next()? {
            let key = key(table, &key_of(row, columns)?);
            let Some(told) = told.get(&key) else {
                proof.faults.push(Fault::NoEvent { subject: self.named(table, &key.1)? });
                continue;
            };
            seen += 1;
            if told.digest != digest_of(table, row)? {
                let subject = self.named(table, &key.1)?;
                proof.faults.push(Fault::Content { subject, seq: told.seq });
            }
        }
        let expected = told.keys().filter(|(of, _)| *of == table).count();
        if seen < expected {
            self.name_gone(table, sql, columns, told, proof)?;
        }
        Ok(())
    }

    /// Which of the told rows no longer stand there; read again, since it is seldom asked.
    fn name_gone(
        &self,
        table: &'static str,
        sql: &str,
        columns: &[&str],
        told: &FxHashMap<(&'static str, String), Told>,
        proof: &mut Proof,
    ) -> Result<(), StoreError> {
        let mut gone: FxHashMap<&str, i64> = told
            .iter()
            .filter(|(key, _)| key.0 == table)
            .map(|(key, told)| (key.1.as_str(), told.seq))
            .collect();
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            gone.remove(key_of(row, columns)?.as_str());
        }
        let mut gone: Vec<_> = gone.into_iter().map(|(key, seq)| (seq, key)).collect();
        gone.sort_unstable();
        for (seq, key) in gone {
            proof.faults.push(Fault::Gone { subject: self.named(table, key)?, seq });
        }
        Ok(())
    }

    /// A row as people know it: of a record's row, by the record's number.
    fn named(&self, table: &str, key: &str) -> Result<String, StoreError> {
        if !matches!(table, "refund" | "clearing" | "paper") {
            return Ok(format!("{table} {key}"));
        }
        let key = key.split(' ').next().unwrap_or(key);
        let number = self.conn.prepare_cached(NUMBER)?.query_row([key], |row| row.get::<_, String>(0));
        Ok(format!("{table} of {}", number.unwrap_or_else(|_| format!("record #{key}"))))
    }

    /// Every seal is of the event it names, and signed with the key of this station.
    pub(super) fn prove_seals(&self, proof: &mut Proof) -> Result<(), StoreError> {
        // A key or a seal that does not read is not as it was left, which was found already.
        let (Ok(key), Ok(seals)) = (self.station_key(), self.seals()) else { return Ok(()) };
        for seal in seals {
            proof.seals += 1;
            let stands = self.event_hash(seal.seq)? == Some(seal.hash);
            if !stands || !seal.is_signed_by(&key) {
                proof.faults.push(Fault::Seal { number: seal.number });
            }
        }
        Ok(())
    }
}

fn key_of(row: &Row<'_>, columns: &[&str]) -> Result<String, StoreError> {
    let words: Result<Vec<_>, rusqlite::Error> =
        columns.iter().map(|column| row.get_ref(*column).map(word)).collect();
    Ok(words?.join(" "))
}
