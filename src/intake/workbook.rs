//! Workbooks: a worksheet of an xlsx or an old xls as the text of a CSV, so that
//! it is read, checked and refused exactly as a CSV would be.
//!
//! One line of the text is one row of the sheet, so that messages name the row a
//! person sees. What a workbook expands to is measured before it is opened, and
//! what is taken from it is limited. No column is known here, and no value is
//! repaired: a number that has lost its last digits is written so that reading
//! it refuses it.

use crate::domain::{Day, Time};
use crate::intake::bytes::Form;
use crate::intake::{SheetError, WorkbookFault};
use calamine::{Data, DataRef, ExcelDateTime, Reader, Sheet, SheetType, SheetVisible, Xls, Xlsx};
use rust_decimal::Decimal;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// The most that the parts of an xlsx may expand to, and the longest xls.
const MAX_EXPANDED: u64 = 512 * 1024 * 1024;
const MAX_XLS: u64 = 64 * 1024 * 1024;
/// The most cells that are taken from one worksheet.
pub(super) const MAX_CELLS: usize = 5_000_000;
/// The longest text that a worksheet may become.
const MAX_TEXT: usize = 256 * 1024 * 1024;
/// Further cells of a row are put one after another: such a row is refused as too wide anyway.
const MAX_COLUMN: u32 = 1100;

/// The last row of the largest worksheet there can be, from 0.
const LAST_ROW: u32 = 1_048_575;

/// Whole numbers from here on have more digits than a spreadsheet keeps.
const LOST: u64 = 1_000_000_000_000_000;

/// The text of one worksheet: the one called `name`, or the first that holds anything.
///
/// # Errors
/// [`SheetError::Workbook`] where it cannot be read, is too large or has no such worksheet; [`SheetError::Io`].
pub(super) fn as_csv(path: &Path, form: Form, name: Option<&str>) -> Result<Vec<u8>, SheetError> {
    let fail = |halt: Halt| match halt {
        Halt::Io(error) => SheetError::io(path, &error),
        Halt::Fault(fault) => SheetError::Workbook { path: path.to_owned(), fault },
    };
    // A damaged workbook may lead its reader astray; that is a fault of the file, not of this program.
    let read = catch_unwind(AssertUnwindSafe(|| match form {
        Form::Xls => xls(path, name),
        _ => xlsx(path, name),
    }));
    read.unwrap_or_else(|_| Err(damaged("unexpected content"))).map_err(fail)
}

/// Why nothing came of it.
enum Halt {
    Io(io::Error),
    Fault(WorkbookFault),
}

impl From<io::Error> for Halt {
    fn from(error: io::Error) -> Halt {
        Halt::Io(error)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "errors of readers are handed over as they come")]
fn damaged(text: impl ToString) -> Halt {
    Halt::Fault(WorkbookFault::Damaged { text: text.to_string() })
}

fn xlsx(path: &Path, name: Option<&str>) -> Result<Vec<u8>, Halt> {
    measure(path)?;
    let mut book: Xlsx<_> = Xlsx::new(BufReader::new(File::open(path)?)).map_err(damaged)?;
    for candidate in candidates(book.sheets_metadata(), name)? {
        let mut grid = Grid::default();
        let mut cells = book.worksheet_cells_reader(&candidate).map_err(damaged)?;
        while let Some(cell) = cells.next_cell().map_err(damaged)? {
            let (row, column) = cell.get_position();
            let text = match cell.get_value() {
                DataRef::SharedString(text) => (*text).to_owned(),
                other => written(&Data::from(other.clone())),
            };
            grid.put(row, column, &text)?;
        }
        if grid.filled || name.is_some() {
            return Ok(grid.finish());
        }
    }
    Ok(Vec::new())
}

fn xls(path: &Path, name: Option<&str>) -> Result<Vec<u8>, Halt> {
    let file = File::open(path)?;
    if file.metadata()?.len() > MAX_XLS {
        return Err(too_large());
    }
    let mut book: Xls<_> = Xls::new(BufReader::new(file)).map_err(damaged)?;
    for candidate in candidates(book.sheets_metadata(), name)? {
        let range = book.worksheet_range(&candidate).map_err(damaged)?;
        let mut grid = Grid::default();
        let (row, column) = range.start().unwrap_or_default();
        for (down, right, value) in range.used_cells() {
            let place =
                |first: u32, more: usize| first.saturating_add(u32::try_from(more).unwrap_or(u32::MAX));
            grid.put(place(row, down), place(column, right), &written(value))?;
        }
        if grid.filled || name.is_some() {
            return Ok(grid.finish());
        }
    }
    Ok(Vec::new())
}

/// The worksheets to look into, in order: the one that is named, or all that a person sees.
fn candidates(sheets: &[Sheet], name: Option<&str>) -> Result<Vec<String>, Halt> {
    let tables = || sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let Some(name) = name else {
        let seen = tables().filter(|sheet| sheet.visible == SheetVisible::Visible);
        return Ok(seen.map(|sheet| sheet.name.clone()).collect());
    };
    let named = tables().find(|sheet| sheet.name.trim() == name.trim());
    named.map(|sheet| vec![sheet.name.clone()]).ok_or_else(|| {
        let known = tables().map(|sheet| sheet.name.clone()).collect();
        Halt::Fault(WorkbookFault::NoSheet { name: name.to_owned(), known })
    })
}

fn too_large() -> Halt {
    Halt::Fault(WorkbookFault::TooLarge { cells: MAX_CELLS })
}

/// Expands every part of an xlsx into nothing, so that one that would fill the memory is known before it does.
fn measure(path: &Path) -> Result<(), Halt> {
    let mut parts = zip::ZipArchive::new(BufReader::new(File::open(path)?)).map_err(damaged)?;
    let mut left = MAX_EXPANDED;
    for at in 0..parts.len() {
        let mut part = parts.by_index(at).map_err(damaged)?;
        // What a part says of its size may be a lie, so it is counted.
        let stated = part.size();
        let size = if stated > left {
            stated
        } else {
            io::copy(&mut part.by_ref().take(left + 1), &mut io::sink()).map_err(damaged)?
        };
        left = left.checked_sub(size).ok_or_else(too_large)?;
    }
    Ok(())
}

/// Cells on their way to text, row by row.
#[derive(Default)]
struct Grid {
    text: Vec<u8>,
    row: u32,
    column: u32,
    width: u32,
    cells: usize,
    filled: bool,
}

impl Grid {
    fn put(&mut self, row: u32, column: u32, text: &str) -> Result<(), Halt> {
        if text.is_empty() {
            return Ok(());
        }
        let column = column.min(MAX_COLUMN).max(if row == self.row { self.column } else { 0 });
        if row < self.row {
            return Err(damaged("rows out of order"));
        }
        if row > LAST_ROW {
            return Err(too_large());
        }
        while self.row < row {
            self.end_row()?;
        }
        self.fill(column)?;
        self.cells += 1;
        self.filled |= !text.trim().is_empty();
        if self.cells > MAX_CELLS || self.text.len() + text.len() > MAX_TEXT {
            return Err(too_large());
        }
        self.separate();
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
    fn fill(&mut self, column: u32) -> Result<(), Halt> {
        while self.column < column {
            self.separate();
        }
        if self.text.len() > MAX_TEXT { Err(too_large()) } else { Ok(()) }
    }

    /// Rows are as wide as the widest above them, so that an empty end of a row is no missing cell.
    fn end_row(&mut self) -> Result<(), Halt> {
        self.width = self.width.max(self.column);
        self.fill(self.width)?;
        self.text.push(b'\n');
        (self.row, self.column) = (self.row + 1, 0);
        Ok(())
    }

    fn finish(mut self) -> Vec<u8> {
        if self.filled && self.end_row().is_ok() {
            return self.text;
        }
        Vec::new()
    }
}

/// A cell as text; an error stands as Excel shows it, and is refused where the cell is read.
fn written(value: &Data) -> String {
    match value {
        Data::Empty => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Bool(flag) => flag.to_string(),
        Data::Int(number) if number.unsigned_abs() < LOST => number.to_string(),
        #[expect(clippy::cast_precision_loss, reason = "its digits are lost already, and this says so")]
        Data::Int(number) => scientific(*number as f64),
        Data::Float(number) => number_text(*number),
        Data::DateTime(serial) => moment(serial),
        Data::Error(error) => error.to_string(),
    }
}

/// As a spreadsheet shows it: fifteen significant digits, so that 12.3 is not 12.300000000000001.
fn number_text(number: f64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "the limit is a power of ten below 2^53")]
    if number.abs() >= LOST as f64 {
        return scientific(number);
    }
    let fifteen = format!("{number:.14e}");
    Decimal::from_scientific(&fifteen)
        .map_or_else(|_| number.to_string(), |value| value.normalize().to_string())
}

/// `4.40524188001010E+17`: reading an identity or an amount refuses this form.
fn scientific(number: f64) -> String {
    format!("{number:E}").replacen('E', "E+", 1)
}

/// A date, a time of the day, or both. What the spreadsheet itself cannot place stays a number.
fn moment(serial: &ExcelDateTime) -> String {
    if serial.is_duration() || !(0.0..2_958_466.0).contains(&serial.as_f64()) {
        return number_text(serial.as_f64());
    }
    let (year, month, day, hour, minute, second, milli) = serial.to_ymd_hms_milli();
    let parts = (i32::from(year), u32::from(month), u32::from(day));
    if serial.as_f64() < 1.0 {
        return format!("{hour:02}:{minute:02}:{second:02}");
    }
    let clock = (u32::from(hour), u32::from(minute), u32::from(second));
    let Some(time) = Time::new(parts.0, parts.1, parts.2, clock.0, clock.1, clock.2) else {
        return number_text(serial.as_f64());
    };
    // A serial is a fraction of a day: 10:20:00 may stand there as 10:19:59.9997.
    let time = time.plus_seconds(i64::from(milli >= 500));
    let day: Day = time.day();
    if time == day.start() { day.to_string() } else { time.platform() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::{CellErrorType, ExcelDateTimeType};

    #[test]
    fn cells_as_text() {
        let date = |serial| Data::DateTime(ExcelDateTime::new(serial, ExcelDateTimeType::DateTime, false));
        #[rustfmt::skip] // the columns are the point
        let cases = [
            (Data::Float(20.0),                          "20"),
            (Data::Float(12.5),                          "12.5"),
            (Data::Float(12.300_000_000_000_002),        "12.3"),
            (Data::Float(-0.05),                         "-0.05"),
            (Data::Float(0.0),                           "0"),
            (Data::Float(13_900_000_000.0),              "13900000000"),
            (Data::Float(999_999_999_999_999.0),         "999999999999999"),
            (Data::Float(440_524_188_001_010_000.0),     "4.4052418800101E+17"),
            (Data::Float(1e-30),                         "0.000000000000000000000000000001"),
            (Data::Int(440_524_188_001_010_014),         "4.4052418800101E+17"),
            (Data::Int(-7),                              "-7"),
            (Data::Bool(true),                           "true"),
            (Data::Error(CellErrorType::NA),             "#N/A"),
            (Data::String(" 王小明".into()),              " 王小明"),
            (date(44_498.0),                             "2021-10-29"),
            (date(44_498.430_555_555_555),               "2021-10-29 10:20:00"),
            (date(0.5),                                  "12:00:00"),
            (date(-3.0),                                 "-3"),
            (date(9e9),                                  "9000000000"),
        ];
        for (value, want) in cases {
            let got = written(&value);
            if want.starts_with("4.4") {
                assert!(got.starts_with("4.4") && got.ends_with("E+17"), "{value:?}: {got}");
            } else {
                assert_eq!(got, want, "{value:?}");
            }
        }
    }

    fn grid(cells: &[(u32, u32, &str)]) -> Option<String> {
        let mut grid = Grid::default();
        for (row, column, text) in cells {
            grid.put(*row, *column, text).ok()?;
        }
        Some(String::from_utf8(grid.finish()).unwrap())
    }

    #[test]
    fn a_line_is_a_row() {
        #[rustfmt::skip] // the columns are the point
        #[expect(clippy::type_complexity, reason = "a table of cells and what must be said of them")]
        let cases: [(&[(u32, u32, &str)], Option<&str>); 5] = [
            (&[(0, 0, "a"), (0, 1, "b"), (1, 0, "1")],   Some("\"a\",\"b\"\n\"1\",\n")),
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
