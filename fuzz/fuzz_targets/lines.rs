//! A sheet of fee lines, under two records that are known.
#![no_main]

mod support;

use guazhang::intake::{ColumnMap, RecordSheet};
use libfuzzer_sys::fuzz_target;

const RECORDS: &str = "record_no,kind,name,occurred_at,total\nR1,outpatient,陆试宁,2025-09-03,30.00\nR2,outpatient,陆试宁,2025-09-03,19.50\n";

fuzz_target!(|bytes: &[u8]| {
    support::with_file("records.csv", RECORDS.as_bytes(), |records| {
        support::with_file("lines.csv", bytes, |lines| {
            let opened = RecordSheet::open(records, Some(lines), &ColumnMap::none(), &support::context());
            if let Ok(mut sheet) = opened {
                sheet.by_ref().for_each(|row| support::told(row.err().as_deref()));
                support::told(sheet.finish().err().as_deref());
            }
        });
    });
});
