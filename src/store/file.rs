//! Files that were read into the ledger, known again by their bytes.

use crate::domain::{Digest, EventKind, Subject};
use crate::store::{Books, StoreError, Writer};
use serde_json::json;

const KNOWS: &str = "SELECT 1 FROM file WHERE digest = ?1";
const ADD: &str = "
    INSERT INTO file (digest, name, what, rows, read_at) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (digest) DO NOTHING";

impl Books<'_> {
    /// Whether a file of exactly these bytes was read before.
    pub fn knows_file(&self, digest: Digest) -> Result<bool, StoreError> {
        Ok(self.conn.prepare_cached(KNOWS)?.exists([digest.bytes()])?)
    }
}

impl Writer<'_> {
    /// Remembers a file that brought `rows` rows, and that it was imported.
    pub fn file_imported(
        &mut self,
        digest: Digest,
        name: &str,
        what: &str,
        rows: u64,
    ) -> Result<(), StoreError> {
        self.remember_file(digest, name, what, rows)?;
        let detail = json!({ "name": name, "what": what, "rows": rows });
        self.event(EventKind::Imported, &Subject::File(digest.to_string()), None, &detail, digest)
    }
    /// Remembers a file without an event of its own: the caller's event tells of it.
    pub(super) fn remember_file(
        &mut self,
        digest: Digest,
        name: &str,
        what: &str,
        rows: u64,
    ) -> Result<(), StoreError> {
        let count = i64::try_from(rows).unwrap_or(i64::MAX);
        let at = self.actor.at.to_string();
        self.tx.prepare_cached(ADD)?.execute((digest.bytes(), name, what, count, at))?;
        Ok(())
    }
}
