//! A visit: registered, described, charged, tried, settled.

use super::{Page, Rows};
use crate::batch::fields::Field;

/// The rows of one visit.
pub(super) fn rows<'p>(page: &Page<'p>) -> Vec<Rows<'p>> {
    let mut rows = vec![page.one("2201", "data"), page.one("2203", "mdtrtinfo")];
    if page.shows_diagnosis() {
        rows.push(page.one("2203", "diseinfo"));
    }
    rows.push(page.lines("2204", "feedetail", |field, line, at| match &*field.id {
        "rx_circ_flag" => own_prescription(page, field),
        _ => page.fee_line(field, line, at),
    }));
    rows.extend(settlement(page));
    rows
}

/// The last two calls, which also settle again what was undone.
pub(super) fn settlement<'p>(page: &Page<'p>) -> Vec<Rows<'p>> {
    vec![page.one("2206", "data"), page.one("2207", "data")]
}

/// What a facility charges itself was not prescribed elsewhere, unless someone stated it.
fn own_prescription(page: &Page<'_>, field: &Field) -> String {
    let stated = page.common(field);
    if stated.is_empty() { "0".to_owned() } else { stated }
}
