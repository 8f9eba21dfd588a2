//! Workbooks: a worksheet of an xlsx or an old xls, or a page called one, as the
//! text of a CSV, so that it is read, checked and refused exactly as a CSV would be.
//!
//! What a workbook expands to is measured before it is opened, and what is taken
//! from it is limited. No column is known here, and no value is repaired: a number
//! that has lost its last digits is written so that reading it refuses it.

use crate::domain::{Day, Time};
use crate::intake::bytes::Form;
use crate::intake::encoding::{Decided, decide};
use crate::intake::grid::{Grid, MAX_CELLS, NoRoom, Sort};
use crate::intake::old_book::{self, Unfit};
use crate::intake::transcode::Transcoded;
use crate::intake::{Encoding, SheetError, WorkbookFault, pages};
use calamine::{Data, DataRef, ExcelDateTime, Reader, Sheet, SheetType, SheetVisible, Xls, Xlsx};
use rust_decimal::Decimal;
use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Once;

/// The most that the parts of an xlsx may expand to, and the longest xls.
const MAX_EXPANDED: u64 = 512 * 1024 * 1024;
const MAX_XLS: u64 = 64 * 1024 * 1024;
/// The longest page or XML workbook.
const MAX_PAGE: u64 = 64 * 1024 * 1024;
/// The most that the parts besides worksheets may expand to: texts that cells share are held in memory, all of them.
const MAX_HELD: u64 = 192 * 1024 * 1024;
/// The longest stretch of a part without a tag: a text, a tag itself, or what is no XML at all. It is held in memory,
/// several times over.
const MAX_STRETCH: u64 = 16 * 1024 * 1024;
/// The most tags that an xlsx may have outside its worksheets, which are read as they come.
const MAX_TAGS: u64 = 24_000_000;

/// Whole numbers from here on have more digits than a spreadsheet keeps.
const LOST: u64 = 1_000_000_000_000_000;

/// A worksheet as text.
#[derive(Default)]
pub(super) struct Taken {
    pub(super) text: Vec<u8>,
    /// Its name, where it has one.
    pub(super) worksheet: Option<String>,
    /// The character set, where the file is a page.
    pub(super) encoding: Option<Encoding>,
    /// A plain number in it may be a day counted from the end of 1899.
    pub(super) serials: bool,
}

/// One worksheet: the one called `name`, or the first that holds anything. `forced` is the character set of a page.
///
/// # Errors
/// [`SheetError::Workbook`] where it cannot be read, is too large or has no such worksheet; [`SheetError::Io`].
pub(super) fn as_csv(
    path: &Path,
    form: Form,
    name: Option<&str>,
    forced: Option<Encoding>,
) -> Result<Taken, SheetError> {
    let fail = |halt: Halt| match halt {
        Halt::Io(error) => SheetError::io(path, &error),
        Halt::Fault(fault) => SheetError::Workbook { path: path.to_owned(), fault },
        Halt::Sheet(error) => error,
    };
    // A damaged workbook may lead its reader astray; that is a fault of the file, not of this program.
    let read = quietly(|| match form {
        Form::Xls => xls(path, name),
        Form::Xlsx => xlsx(path, name),
        Form::Html | Form::Xml => page(path, form, name, forced),
    });
    read.unwrap_or_else(|| Err(damaged("unexpected content"))).map_err(fail)
}

/// Runs a reader of others; `None` where it panics, of which nobody is told.
fn quietly<T>(read: impl FnOnce() -> T) -> Option<T> {
    thread_local!(static QUIET: Cell<bool> = const { Cell::new(false) });
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                usual(panic);
            }
        }));
    });
    QUIET.set(true);
    let done = catch_unwind(AssertUnwindSafe(read));
    QUIET.set(false);
    done.ok()
}

/// Why nothing came of it.
enum Halt {
    Io(io::Error),
    Fault(WorkbookFault),
    Sheet(SheetError),
}

impl From<io::Error> for Halt {
    fn from(error: io::Error) -> Halt {
        Halt::Io(error)
    }
}

impl From<NoRoom> for Halt {
    fn from(fault: NoRoom) -> Halt {
        match fault {
            NoRoom::OutOfOrder => damaged("rows out of order"),
            NoRoom::TooLarge => too_large(),
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "errors of readers are handed over as they come")]
fn damaged(text: impl ToString) -> Halt {
    Halt::Fault(WorkbookFault::Damaged { text: text.to_string() })
}

fn xlsx(path: &Path, name: Option<&str>) -> Result<Taken, Halt> {
    let serials = !measure(path)?;
    let mut book: Xlsx<_> = Xlsx::new(BufReader::new(File::open(path)?)).map_err(damaged)?;
    for candidate in candidates(book.sheets_metadata(), name)? {
        let mut grid = Grid::default();
        let mut cells = book.worksheet_cells_reader(&candidate).map_err(damaged)?;
        while let Some(cell) = cells.next_cell().map_err(damaged)? {
            let (row, column) = cell.get_position();
            let (text, sort) = match cell.get_value() {
                DataRef::SharedString(text) => ((*text).to_owned(), Sort::Text),
                other => written(&Data::from(other.clone())),
            };
            grid.put(row, column, &text, sort)?;
        }
        if grid.filled || name.is_some() {
            return Ok(Taken { text: grid.finish(), worksheet: Some(candidate), encoding: None, serials });
        }
    }
    Ok(Taken::default())
}

fn xls(path: &Path, name: Option<&str>) -> Result<Taken, Halt> {
    let bytes = limited(path, MAX_XLS)?;
    old_book::measure(&bytes).map_err(|unfit| match unfit {
        Unfit::Damaged => damaged("no workbook in it, or one with a password"),
        Unfit::TooLarge => too_large(),
    })?;
    let mut book: Xls<_> = Xls::new(Cursor::new(bytes)).map_err(damaged)?;
    for candidate in candidates(book.sheets_metadata(), name)? {
        let range = book.worksheet_range(&candidate).map_err(damaged)?;
        let mut grid = Grid::default();
        let (row, column) = range.start().unwrap_or_default();
        for (down, right, value) in range.used_cells() {
            let place =
                |first: u32, more: usize| first.saturating_add(u32::try_from(more).unwrap_or(u32::MAX));
            let (text, sort) = written(value);
            grid.put(place(row, down), place(column, right), &text, sort)?;
        }
        if grid.filled || name.is_some() {
            let worksheet = Some(candidate);
            return Ok(Taken { text: grid.finish(), worksheet, encoding: None, serials: true });
        }
    }
    Ok(Taken::default())
}

fn page(path: &Path, form: Form, name: Option<&str>, forced: Option<Encoding>) -> Result<Taken, Halt> {
    if File::open(path)?.metadata()?.len() > MAX_PAGE {
        return Err(too_large());
    }
    let Decided { encoding, .. } = decide(path, forced).map_err(Halt::Sheet)?;
    let mut text = String::new();
    Transcoded::new(File::open(path)?, encoding).take(4 * MAX_PAGE).read_to_string(&mut text)?;
    let encoding = Some(encoding);
    if form == Form::Xml {
        let made = pages::xml(&text, name)?.map_err(|known| no_sheet(name.unwrap_or_default(), known))?;
        return Ok(Taken { text: made, worksheet: name.map(str::to_owned), encoding, serials: true });
    }
    if let Some(name) = name {
        return Err(no_sheet(name, Vec::new()));
    }
    Ok(Taken { text: pages::html(&text)?, worksheet: None, encoding, serials: false })
}

fn no_sheet(name: &str, known: Vec<String>) -> Halt {
    Halt::Fault(WorkbookFault::NoSheet { name: name.to_owned(), known })
}

/// The whole of a file that is not too long.
fn limited(path: &Path, most: u64) -> Result<Vec<u8>, Halt> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(too_large()) } else { Ok(bytes) }
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
        no_sheet(name, known)
    })
}

fn too_large() -> Halt {
    Halt::Fault(WorkbookFault::TooLarge { cells: MAX_CELLS })
}

/// Expands every part of an xlsx into nothing, so that one that would fill the memory is known before it does.
/// Answers whether its days are counted from 1904.
fn measure(path: &Path) -> Result<bool, Halt> {
    let mut parts = zip::ZipArchive::new(BufReader::new(File::open(path)?)).map_err(damaged)?;
    let (mut left, mut held, mut tags, mut from_1904) = (MAX_EXPANDED, MAX_HELD, 0, false);
    let mut block = vec![0; 64 * 1024];
    for at in 0..parts.len() {
        let mut part = parts.by_index(at).map_err(damaged)?;
        // What a part says of its size may be a lie, so it is counted.
        left.checked_sub(part.size()).ok_or_else(too_large)?;
        let name = part.name().map_err(damaged)?.to_ascii_lowercase();
        let (sheet, book) = (name.starts_with("xl/worksheets/"), name == "xl/workbook.xml");
        let mut stretch = 0;
        loop {
            let read = part.read(&mut block).map_err(damaged)?;
            if read == 0 {
                break;
            }
            left = left.checked_sub(read as u64).ok_or_else(too_large)?;
            stretch = longest_stretch(&block[..read], stretch).ok_or_else(too_large)?;
            if !sheet {
                held = held.checked_sub(read as u64).ok_or_else(too_large)?;
                tags += block[..read].iter().map(|&byte| u64::from(byte == b'<')).sum::<u64>();
            }
            if book {
                let has = |what: &[u8]| block[..read].windows(what.len()).any(|part| part == what);
                from_1904 |= has(b"date1904=\"1\"") || has(b"date1904=\"true\"");
            }
        }
        if tags > MAX_TAGS {
            return Err(too_large());
        }
    }
    Ok(from_1904)
}

/// How many bytes have passed since the last tag began, where `before` had at the beginning of the block; `None` where
/// there were ever too many.
fn longest_stretch(block: &[u8], before: u64) -> Option<u64> {
    // A block is much shorter than the longest stretch, so only its first and last tag matter.
    let whole = block.len();
    let has = block.contains(&b'<');
    let first = has.then(|| block.iter().position(|&byte| byte == b'<')).flatten();
    let last = has.then(|| block.iter().rposition(|&byte| byte == b'<')).flatten();
    let reached = before + first.unwrap_or(whole) as u64;
    let since = last.map_or(reached, |last| (whole - last - 1) as u64);
    (reached.max(since) <= MAX_STRETCH).then_some(since)
}

/// A cell as text; an error stands as Excel shows it, and is refused where the cell is read.
fn written(value: &Data) -> (String, Sort) {
    let sort = if matches!(value, Data::Int(_) | Data::Float(_)) { Sort::Number } else { Sort::Text };
    let text = match value {
        Data::Empty => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Bool(flag) => flag.to_string(),
        Data::Int(number) if number.unsigned_abs() < LOST => number.to_string(),
        #[expect(clippy::cast_precision_loss, reason = "its digits are lost already, and this says so")]
        Data::Int(number) => scientific(*number as f64),
        Data::Float(number) => shown_number(*number),
        Data::DateTime(serial) => moment(serial),
        Data::Error(error) => error.to_string(),
    };
    (text, sort)
}

/// As a spreadsheet shows it: fifteen significant digits, so that 12.3 is not 12.300000000000001.
pub(super) fn shown_number(number: f64) -> String {
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
        return shown_number(serial.as_f64());
    }
    let (year, month, day, hour, minute, second, milli) = serial.to_ymd_hms_milli();
    let parts = (i32::from(year), u32::from(month), u32::from(day));
    if serial.as_f64() < 1.0 {
        return format!("{hour:02}:{minute:02}:{second:02}");
    }
    let clock = (u32::from(hour), u32::from(minute), u32::from(second));
    let Some(time) = Time::new(parts.0, parts.1, parts.2, clock.0, clock.1, clock.2) else {
        return shown_number(serial.as_f64());
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
    fn a_stretch_without_a_tag_goes_over_blocks() {
        let most = usize::try_from(MAX_STRETCH).unwrap();
        assert_eq!(longest_stretch(b"<a>text</a>", 7), Some(3));
        assert_eq!(longest_stretch(b"text", 7), Some(11));
        assert_eq!(longest_stretch(&vec![b'a'; most - 7], 7), Some(MAX_STRETCH));
        assert_eq!(longest_stretch(&vec![b'a'; most - 7], 8), None);
        assert_eq!(longest_stretch(b"", 8), Some(8));
    }

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
            let (got, _) = written(&value);
            if want.starts_with("4.4") {
                assert!(got.starts_with("4.4") && got.ends_with("E+17"), "{value:?}: {got}");
            } else {
                assert_eq!(got, want, "{value:?}");
            }
        }
    }
}
