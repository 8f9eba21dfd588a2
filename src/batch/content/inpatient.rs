//! A stay: admitted, charged, discharged, settled.

use super::{LeftOut, Page, Rows, known};
use crate::batch::fields::Field;
use crate::domain::Time;

/// The rows of one stay.
pub(super) fn rows(page: &Page<'_>) -> Result<Vec<Rows>, LeftOut> {
    let mut rows = vec![page.one(known("2401", "mdtrtinfo"), |field| page.common(field))?];
    if page.has_diagnosis() {
        rows.push(page.one(known("2401", "diseinfo"), |field| page.common(field))?);
    }
    rows.push(page.lines(known("2301", "feedetail"), |field, line, at| page.fee_line(field, line, at))?);
    rows.push(page.one(known("2402", "dscginfo"), |field| discharge(page, field))?);
    if page.has_diagnosis() {
        rows.push(page.one(known("2402", "diseinfo"), |field| discharge(page, field))?);
    }
    rows.push(page.one(known("2304", "data"), |field| page.common(field))?);
    Ok(rows)
}

/// On discharge, times are those of the discharge; unknown ones stay empty.
fn discharge(page: &Page<'_>, field: &Field) -> String {
    match field.id {
        "endtime" | "diag_time" => page.record().discharged_at.map(Time::platform).unwrap_or_default(),
        _ => page.common(field),
    }
}
