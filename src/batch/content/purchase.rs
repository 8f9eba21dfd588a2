//! A purchase at a pharmacy: settled with its lines in one call.

use super::{LeftOut, Page, Rows, known};

/// The rows of one purchase.
pub(super) fn rows(page: &Page<'_>) -> Result<Vec<Rows>, LeftOut> {
    Ok(vec![
        page.one(known("2102", "druginfo"), |field| page.common(field))?,
        page.lines(known("2102", "drugdetail"), |field, line, at| page.fee_line(field, line, at))?,
    ])
}
