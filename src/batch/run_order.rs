//! Reading back the order of the calls from a batch's own `run-order.csv`, to know
//! which call an answer belongs to. Only columns that are ASCII in every encoding are
//! looked at; the file comes from the ledger, where it is proved.

use super::calls::RUN_ORDER;

/// The order of the calls of an encrypted batch: the ledger keeps it readable for itself, the folder does not have it.
pub(super) const KEPT_ORDER: &str = ".run-order.csv";

/// Whether a file of a batch is for the ledger alone and no part of the folder.
pub fn stays_in_ledger(name: &str) -> bool {
    name == KEPT_ORDER
}

/// Whether a file of a batch is the order of its calls.
pub fn is_run_order(name: &str) -> bool {
    name == RUN_ORDER || name == KEPT_ORDER
}

/// One call of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderedCall {
    /// Its step, from 1.
    pub step: i64,
    /// Its file.
    pub file: String,
    /// The short number of its record.
    pub number: String,
    /// The transaction, as 2207.
    pub infno: String,
    /// Its message id.
    pub msgid: String,
}

/// The calls that `run-order.csv` lists; none where the file is another, or the batch has no calls.
pub fn run_order(name: &str, bytes: &[u8]) -> Vec<OrderedCall> {
    if !is_run_order(name) {
        return Vec::new();
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let rows = reader.byte_records().filter_map(Result::ok);
    rows.filter_map(|row| {
        let cell = |at: usize| row.get(at).map(|cell| String::from_utf8_lossy(cell).into_owned());
        let step = cell(0)?.parse().ok()?;
        Some(OrderedCall { step, file: cell(1)?, number: cell(2)?, infno: cell(4)?, msgid: cell(6)? })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::calls::ORDER;
    use crate::batch::{Encoding, csv};

    #[test]
    fn the_order_reads_back_in_every_encoding() {
        let row = |step: &str, no: &str| {
            let cells = [step, "00001-2207-A1-0007.json", "A1-0007", no, "2207", "门诊结算", "H1", "", ""];
            cells.map(str::to_owned).to_vec()
        };
        let rows = [row("1", "MZ,\"1\""), row("2", "门诊二")];
        for encoding in [Encoding::Utf8, Encoding::Utf8Bom, Encoding::Gb18030] {
            for zh in [true, false] {
                let heading = ORDER.iter().map(|(id, name)| if zh { *name } else { *id });
                let mut table = csv::Table::new(heading, encoding);
                for row in &rows {
                    table.row(row.iter().map(String::as_str));
                }
                let calls = run_order(RUN_ORDER, &table.bytes);
                assert_eq!(calls.len(), 2, "{encoding:?}");
                assert_eq!((calls[1].step, &*calls[1].infno, &*calls[1].msgid), (2, "2207", "H1"));
            }
        }
        assert!(run_order("2207-data.csv", b"step\n1,a,b,c,d,e,f\n").is_empty());
    }
}
