//! A visit: registered, described, charged, settled.

use super::{LeftOut, Page, Rows, known};
use crate::batch::fields::Field;

/// The rows of one visit.
pub(super) fn rows(page: &Page<'_>) -> Result<Vec<Rows>, LeftOut> {
    let mut rows = vec![
        page.one(known("2201", "data"), |field| page.common(field))?,
        page.one(known("2203", "mdtrtinfo"), |field| page.common(field))?,
    ];
    if page.has_diagnosis() {
        rows.push(page.one(known("2203", "diseinfo"), |field| page.common(field))?);
    }
    rows.push(page.lines(known("2204", "feedetail"), |field, line, at| match field.id {
        "rx_circ_flag" => own_prescription(page, field),
        _ => page.fee_line(field, line, at),
    })?);
    rows.push(page.one(known("2207", "data"), |field| page.common(field))?);
    Ok(rows)
}

/// What a facility charges itself was not prescribed elsewhere, unless someone stated it.
fn own_prescription(page: &Page<'_>, field: &Field) -> String {
    let stated = page.common(field);
    if stated.is_empty() { "0".to_owned() } else { stated }
}
