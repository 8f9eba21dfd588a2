//! Cells of a worksheet on their way to the text of a CSV, row by row.
//!
//! One line of the text is one row of the sheet, so that messages name the row a
//! person sees. Texts stand in quotes and numbers do not, so that a reader can
//! tell a date that is a number from a text of digits. How much one sheet may
//! hold is limited here; where cells come from is not known.

/// The most cells that are taken from one worksheet.
pub(super) const MAX_CELLS: usize = 5_000_000;
/// The longest text that a worksheet may become.
const MAX_TEXT: usize = 128 * 1024 * 1024;
/// So much is taken of one cell: more than any reader of the text takes, so that a longer one is refused there.
const MAX_CELL: usize = 2 * crate::intake::split::MAX_CELL;
/// Further cells of a row are put one after another: such a row is refused as too wide anyway.
pub(super) const MAX_COLUMN: u32 = 1100;
/// The last row of the largest worksheet there can be, from 0.
const LAST_ROW: u32 = 1_048_575;

/// Why a cell was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoRoom {
    /// It stands above the row that was reached.
    OutOfOrder,
    /// The sheet is larger than anything a desk exports.
    TooLarge,
}

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Text,
    /// A plain number, as the spreadsheet keeps it.
    Number,
}

/// Cells on their way to text, row by row.
#[derive(Default)]
pub(super) struct Grid {
    text: Vec<u8>,
    row: u32,
    column: u32,
    width: u32,
    cells: usize,
    /// Something besides blanks was put.
    pub(super) filled: bool,
}

impl Grid {
    pub(super) fn put(&mut self, row: u32, column: u32, text: &str, sort: Sort) -> Result<(), NoRoom> {
        if text.is_empty() {
            return Ok(());
        }
        let column = column.min(MAX_COLUMN).max(if row == self.row { self.column } else { 0 });
        if row < self.row {
            return Err(NoRoom::OutOfOrder);
        }
        if row > LAST_ROW {
            return Err(NoRoom::TooLarge);
        }
        while self.row < row {
            self.end_row()?;
        }
        self.fill(column)?;
        let text = cut(text);
        self.cells += 1;
        self.filled |= !text.trim().is_empty();
        if self.cells > MAX_CELLS || self.text.len() + text.len() > MAX_TEXT {
            return Err(NoRoom::TooLarge);
        }
        self.separate();
        if sort == Sort::Number && !text.contains(['"', ',', '\r', '\n']) {
            self.text.extend_from_slice(text.as_bytes());
            return Ok(());
        }
        self.text.push(b'"');
        for (at, part) in text.split('"').enumerate() {
            if at > 0 {
                self.text.extend_from_slice(b"\"\"");
            }
            // A line break inside a cell would count as a row.
            self.text.extend(part.replace("\r\n", "\r").replace('\n', "\r").into_bytes());
        }
        self.text.push(b'"');
        Ok(())
    }

    fn separate(&mut self) {
        if self.column > 0 {
            self.text.push(b',');
        }
        self.column += 1;
    }

    /// Empty cells up to `column`.
    fn fill(&mut self, column: u32) -> Result<(), NoRoom> {
        while self.column < column {
            self.separate();
        }
        if self.text.len() > MAX_TEXT { Err(NoRoom::TooLarge) } else { Ok(()) }
    }

    /// Rows are as wide as the widest above them, so that an empty end of a row is no missing cell.
    fn end_row(&mut self) -> Result<(), NoRoom> {
        self.width = self.width.max(self.column);
        self.fill(self.width)?;
        self.text.push(b'\n');
        (self.row, self.column) = (self.row + 1, 0);
        Ok(())
    }

    /// The text; empty where nothing was put.
    pub(super) fn finish(mut self) -> Vec<u8> {
        if self.filled && self.end_row().is_ok() {
            return self.text;
        }
        Vec::new()
    }
}

/// The beginning of a text that is longer than any cell.
fn cut(text: &str) -> &str {
    let end = (0..=MAX_CELL.min(text.len())).rev().find(|&end| text.is_char_boundary(end));
    &text[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(cells: &[(u32, u32, &str)]) -> Option<String> {
        let mut grid = Grid::default();
        for (row, column, text) in cells {
            let sort = if text.parse::<u32>().is_ok() { Sort::Number } else { Sort::Text };
            grid.put(*row, *column, text, sort).ok()?;
        }
        Some(String::from_utf8(grid.finish()).unwrap())
    }

    #[test]
    fn a_line_is_a_row() {
        #[rustfmt::skip] // the columns are the point
        #[expect(clippy::type_complexity, reason = "a table of cells and what must be said of them")]
        let cases: [(&[(u32, u32, &str)], Option<&str>); 5] = [
            (&[(0, 0, "a"), (0, 1, "b"), (1, 0, "1")],   Some("\"a\",\"b\"\n1,\n")),
            (&[(2, 1, "a"), (3, 1, "x\ny")],             Some("\n\n,\"a\"\n,\"x\ry\"\n")),
            (&[(0, 0, "say \"a\""), (0, 1, "")],         Some("\"say \"\"a\"\"\"\n")),
            (&[(0, 0, " ")],                             Some("")),
            (&[(1, 0, "a"), (0, 0, "b")],                None),
        ];
        for (cells, want) in cases {
            assert_eq!(grid(cells).as_deref(), want, "{cells:?}");
        }
        assert!(grid(&[(u32::MAX, u32::MAX, "a"), (0, 0, "b")]).is_none(), "far away, then back");
    }
}
