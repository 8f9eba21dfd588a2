//! CSV as spreadsheets and the platform's tools both read it: CRLF, quotes where
//! RFC 4180 asks for them.
//!
//! A cell is written as it is. Nothing here shortens, escapes or guards it.

use super::encoding;
use super::layout::Encoding;

/// The bytes of a table: its heading, then its rows.
pub(super) fn table<'a>(
    heading: impl IntoIterator<Item = &'a str>,
    rows: &[Vec<String>],
    encoding: Encoding,
) -> Vec<u8> {
    let mut text = String::new();
    line(&mut text, heading);
    for row in rows {
        line(&mut text, row.iter().map(String::as_str));
    }
    encoding::bytes(text, encoding)
}

fn line<'a>(text: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        if cell.contains([',', '"', '\r', '\n']) {
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

    #[test]
    fn cells_are_quoted_only_where_they_must_be() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("挂账",        "挂账"),
            ("",           ""),
            ("a,b",        "\"a,b\""),
            ("5\" 管",      "\"5\"\" 管\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1",       "=1+1"),
            (" 0012 ",     " 0012 "),
        ];
        for (cell, want) in cases {
            let bytes = table(["id", "x"], &[vec![cell.to_owned(), "1".to_owned()]], Encoding::Utf8Bom);
            assert_eq!(String::from_utf8(bytes).unwrap(), format!("\u{feff}id,x\r\n{want},1\r\n"));
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let row: Vec<String> = ["a,b", "\"", "x\r\ny", "", "末"].map(str::to_owned).to_vec();
        let bytes = table(["1", "2", "3", "4", "5"], std::slice::from_ref(&row), Encoding::Utf8Bom);
        let mut reader = csv::Reader::from_reader(&bytes[3..]);
        let back: Vec<String> = reader.records().next().unwrap().unwrap().iter().map(str::to_owned).collect();
        assert_eq!(back, row);
    }
}
