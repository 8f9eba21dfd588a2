//! Free text: reasons, evidence, the platform's words. People write names into
//! it, so it is sealed like an identity.

use crate::domain::Subject;
use crate::store::seal::Place;
use crate::store::{Books, StoreError, Writer};
use data_encoding::BASE64;
use rusqlite::OptionalExtension;
use serde_json::{Value, json};

const HELD: &str =
    "SELECT subject, detail FROM event WHERE record = ?1 AND kind = 'held' ORDER BY seq DESC LIMIT 1";

impl Books<'_> {
    /// Why a record was last put on hold; `None` where it never was, or while the ledger is locked.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where the reason does not open.
    pub fn held_because(&self, record: i64) -> Result<Option<String>, StoreError> {
        let take = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
        let Some((subject, detail)) = self.conn.prepare_cached(HELD)?.query_row([record], take).optional()?
        else {
            return Ok(None);
        };
        Ok(self.open_detail(&subject, &detail)?["reason"].as_str().map(str::to_owned))
    }

    /// A sealed text of a row; `None` while the ledger is locked.
    pub(super) fn open_text(&self, place: Place<'_>, sealed: &[u8]) -> Result<Option<String>, StoreError> {
        match self.sealer {
            None => Ok(None),
            Some(_) if sealed.is_empty() => Ok(Some(String::new())),
            Some(sealer) => {
                let plain = sealer.open(place, sealed)?;
                let text = String::from_utf8(plain.to_vec());
                text.map(Some).map_err(|_| StoreError::Damaged { text: place.column.to_owned() })
            }
        }
    }

    /// The detail of an event with its sealed texts opened; as it stands while the ledger is locked.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where a text does not open in its place.
    pub fn open_detail(&self, subject: &str, detail: &str) -> Result<Value, StoreError> {
        let mut detail: Value = serde_json::from_str(detail)?;
        let Some(sealer) = self.sealer else { return Ok(detail) };
        for (_, value) in detail.as_object_mut().into_iter().flatten() {
            if let Some(sealed) = value["sealed"].as_str() {
                let damaged = || StoreError::Damaged { text: format!("event of {subject}") };
                let bytes = BASE64.decode(sealed.as_bytes()).map_err(|_| damaged())?;
                let plain = sealer.open(in_event(subject), &bytes)?;
                *value = json!(std::str::from_utf8(&plain).map_err(|_| damaged())?);
            }
        }
        Ok(detail)
    }
}

impl Writer<'_> {
    /// A text as its row keeps it.
    pub(super) fn seal_text(&self, place: Place<'_>, text: &str) -> Result<Vec<u8>, StoreError> {
        Ok(self.sealer()?.seal(place, text.as_bytes()))
    }

    /// A text as the detail of an event keeps it: `{"sealed": "…"}`, or itself in a ledger without encryption.
    pub(super) fn sealed_value(&self, subject: &Subject, text: &str) -> Result<Value, StoreError> {
        let sealer = self.sealer()?;
        if sealer.is_bare() {
            return Ok(json!(text));
        }
        let subject = subject.to_string();
        Ok(json!({ "sealed": BASE64.encode(&sealer.seal(in_event(&subject), text.as_bytes())) }))
    }
}

fn in_event(subject: &str) -> Place<'_> {
    Place { column: "event.detail", row: subject.as_bytes() }
}
