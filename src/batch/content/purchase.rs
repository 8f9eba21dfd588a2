//! A purchase at a pharmacy: tried, then settled, each with its lines in one call.

use super::{Page, Rows};

/// The rows of one purchase.
pub(super) fn rows<'p>(page: &Page<'p>) -> Vec<Rows<'p>> {
    let lines = |call| page.lines(call, "drugdetail", |field, line, at| page.fee_line(field, line, at));
    vec![page.one("2101", "druginfo"), lines("2101"), page.one("2102", "druginfo"), lines("2102")]
}
