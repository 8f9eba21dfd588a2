//! Where patients of a facility turn to with their slips: window, phone, hours.
//!
//! It is printed on slips and hangs on walls, so it stands in the open.

use crate::domain::{EventKind, Subject};
use crate::store::row::digest_of;
use crate::store::{Books, StoreError, Writer};
use rusqlite::OptionalExtension;
use serde_json::json;

const ONE: &str = "SELECT phone, place, hours FROM service_desk WHERE facility = ?1";
const ROW: &str = "SELECT * FROM service_desk WHERE facility = ?1";
const SET: &str = "
    INSERT INTO service_desk (facility, phone, place, hours) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (facility) DO UPDATE SET phone = excluded.phone, place = excluded.place, hours = excluded.hours
    WHERE phone <> excluded.phone OR place <> excluded.place OR hours <> excluded.hours";

/// What a slip says of the desk; empty where nobody said it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceDesk {
    /// Its phone, as people dial it.
    pub phone: String,
    /// Where it is, such as the second window of the hall.
    pub place: String,
    /// When somebody is there.
    pub hours: String,
}

impl Books<'_> {
    /// The desk of a facility; all empty where nobody has said anything of it.
    pub fn service_desk(&self, facility: &str) -> Result<ServiceDesk, StoreError> {
        let mut statement = self.conn.prepare_cached(ONE)?;
        let found = statement.query_row([facility], |row| {
            Ok(ServiceDesk { phone: row.get(0)?, place: row.get(1)?, hours: row.get(2)? })
        });
        Ok(found.optional()?.unwrap_or_default())
    }
}

impl Writer<'_> {
    /// Says where patients of a facility turn to; `false` where the ledger has it so already.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where the ledger does not know the facility.
    pub fn set_service_desk(&mut self, facility: &str, desk: &ServiceDesk) -> Result<bool, StoreError> {
        if self.books().facility_name(facility)?.is_none() {
            return Err(StoreError::NotFound { what: format!("facility {facility}") });
        }
        let row = [facility, &desk.phone, &desk.place, &desk.hours];
        if self.tx.prepare_cached(SET)?.execute(row)? == 0 {
            return Ok(false);
        }
        let content = self.tx.query_row(ROW, [facility], |row| Ok(digest_of("service_desk", row)))??;
        let detail = json!({ "phone": desk.phone, "place": desk.place, "hours": desk.hours });
        self.event(EventKind::DeskSet, &Subject::Facility(facility.to_owned()), None, &detail, content)?;
        Ok(true)
    }
}
