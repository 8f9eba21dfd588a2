//! CSV for programs: a heading of English ids, amounts in yuan, UTF-8 without a
//! mark. Files meant for a spreadsheet are batches, and are made elsewhere.

use crate::report::Sheet;
use std::io::{self, Write};

pub(super) fn print_sheet(sheet: &Sheet, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(sheet.columns.iter().map(|column| column.id))?;
    for row in &sheet.rows {
        writer.write_record(row.iter().map(super::Cell::plain))?;
    }
    writer.flush()
}
