//! CSV as spreadsheets and the platform's tools both read it: CRLF, quotes where
//! RFC 4180 asks for them.
//!
//! A cell is written as it is. Nothing here shortens, escapes or guards it.

use super::encoding;
use super::layout::Encoding;

/// A table in the making, as the bytes it will be.
pub(super) struct Table {
    encoding: Encoding,
    line: String,
    pub(super) bytes: Vec<u8>,
}

impl Table {
    /// A table with its heading.
    pub(super) fn new<'a>(heading: impl IntoIterator<Item = &'a str>, encoding: Encoding) -> Table {
        let mut table = Table { encoding, line: String::new(), bytes: encoding::mark(encoding).to_vec() };
        table.row(heading);
        table
    }

    /// Adds a row.
    pub(super) fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        self.line.clear();
        line(&mut self.line, cells);
        encoding::push(&mut self.bytes, &self.line, self.encoding);
    }
}

fn line<'a>(text: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        // The last two part cells for a spreadsheet that is told so, or guesses.
        if cell.contains([',', '"', '\r', '\n', ';', '\t']) {
            text.push('"');
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(cell);
        }
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(heading: &[&str], row: &[&str]) -> Vec<u8> {
        let mut table = Table::new(heading.iter().copied(), Encoding::Utf8Bom);
        table.row(row.iter().copied());
        table.bytes
    }

    #[test]
    fn cells_are_quoted_only_where_they_must_be() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("挂账",        "挂账"),
            ("",           ""),
            ("a,b",        "\"a,b\""),
            ("5\" 管",      "\"5\"\" 管\""),
            ("two\nlines", "\"two\nlines\""),
            ("a;=1",       "\"a;=1\""),
            ("=1+1",       "=1+1"),
            (" 0012 ",     " 0012 "),
        ];
        for (cell, want) in cases {
            let bytes = table(&["id", "x"], &[cell, "1"]);
            assert_eq!(String::from_utf8(bytes).unwrap(), format!("\u{feff}id,x\r\n{want},1\r\n"));
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let row = ["a,b", "\"", "x\r\ny", "", "末"];
        let bytes = table(&["1", "2", "3", "4", "5"], &row);
        let mut reader = csv::Reader::from_reader(&bytes[3..]);
        let back = reader.records().next().unwrap().unwrap();
        assert_eq!(back.iter().collect::<Vec<_>>(), row);
    }
}
