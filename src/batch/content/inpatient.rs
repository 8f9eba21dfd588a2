//! A stay: admitted, charged, discharged, tried, settled.

use super::{Page, Rows};
use crate::batch::fields::Field;
use crate::domain::Time;

/// The rows of one stay.
pub(super) fn rows<'p>(page: &Page<'p>) -> Vec<Rows<'p>> {
    let mut rows = vec![page.one("2401", "mdtrtinfo")];
    if page.shows_diagnosis() {
        rows.push(page.one("2401", "diseinfo"));
    }
    rows.push(page.lines("2301", "feedetail", |field, line, at| page.fee_line(field, line, at)));
    rows.push(page.with("2402", "dscginfo", |field| discharge(page, field)));
    if page.shows_diagnosis() {
        rows.push(page.with("2402", "diseinfo", |field| discharge(page, field)));
    }
    rows.extend(settlement(page));
    rows
}

/// The last two calls, which also settle again what was undone.
pub(super) fn settlement<'p>(page: &Page<'p>) -> Vec<Rows<'p>> {
    vec![page.one("2303", "data"), page.one("2304", "data")]
}

/// On discharge, times are those of the discharge; unknown ones stay empty.
fn discharge(page: &Page<'_>, field: &Field) -> String {
    match &*field.id {
        "endtime" | "diag_time" => page.record().discharged_at.map(Time::platform).unwrap_or_default(),
        _ => page.common(field),
    }
}
