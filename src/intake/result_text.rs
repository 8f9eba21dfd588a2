//! The result of 3202 and other texts without headings: which file is one, and which column each cell is.
//!
//! Seven columns say how the comparison ended, ten add the centre's amounts, eleven a field of one region's own. A TAB
//! stands between cells, often after the last too; `null` or nothing stands for an empty one. What the codes mean is
//! the profile's business.

use crate::intake::bytes::Form;
use crate::intake::cell::{amount, clean};
use crate::intake::column::{STATEMENT_COLUMNS, SheetKind, StatementField as Field, find, plain};
use crate::intake::encoding::decide;
use crate::intake::profile::StatementProfile;
use crate::intake::sheet::{Sheet, Source};
use crate::intake::split::{Row, Splitter};
use crate::intake::transcode::Transcoded;
use crate::intake::{ColumnMap, Encoding, Origin, SheetError};
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

/// The columns of the result, in the order of the interface; the remark and the region's own field are passed over.
const RESULT: [Option<Field>; 11] = [
    Some(Field::PsnNo),
    Some(Field::MdtrtId),
    Some(Field::SetlId),
    Some(Field::MedinsSetlId),
    Some(Field::StmtRslt),
    Some(Field::Refunded),
    None,
    Some(Field::Total),
    Some(Field::Fund),
    Some(Field::Account),
    None,
];

/// So many columns a result has.
const WIDTHS: [usize; 3] = [7, 10, 11];
/// Codes are no longer than their fields.
const CODE: usize = 6;
/// The longest text taken out of a ZIP.
const MAX_TEXT: u64 = 256 * 1024 * 1024;

/// Opens the file where it is such a text; `None` where it has headings or is a workbook.
///
/// # Errors
/// [`SheetError::Io`], [`SheetError::Encoding`].
pub(super) fn open(
    path: &Path,
    map: &ColumnMap,
    profile: &StatementProfile,
) -> Result<Option<Sheet>, SheetError> {
    let kind = SheetKind::Statement;
    let io = |error: io::Error| SheetError::io(path, &error);
    let (encoding, length, zipped) = match Form::of_file(path)? {
        None => {
            let decided = decide(path, map.encoding(kind))?;
            (decided.encoding, decided.length, None)
        }
        Some(Form::Xlsx) => match inside(path).map_err(io)? {
            None => return Ok(None),
            Some(bytes) => {
                let utf8 = std::str::from_utf8(&bytes).is_ok();
                let found = if utf8 { Encoding::Utf8 } else { Encoding::Gb18030 };
                (map.encoding(kind).unwrap_or(found), bytes.len() as u64, Some(bytes))
            }
        },
        Some(_) => return Ok(None),
    };
    let source = || -> io::Result<Box<dyn Source>> {
        Ok(match (&zipped, encoding) {
            (Some(bytes), Encoding::Utf8) => Box::new(Cursor::new(bytes.clone())),
            (Some(bytes), encoding) => Box::new(Transcoded::new(Cursor::new(bytes.clone()), encoding)),
            (None, Encoding::Utf8) => Box::new(File::open(path)?),
            (None, encoding) => Box::new(Transcoded::new(File::open(path)?, encoding)),
        })
    };
    let Some(order) = order_of(source().map_err(io)?, map, profile).map_err(io)? else { return Ok(None) };
    let origin = Origin { encoding: Some(encoding), length, ..Origin::default() };
    Sheet::begin_headless(source().map_err(io)?, path, kind, map, origin, &order).map(Some)
}

/// Which column each cell of the first row is; `None` where that row is one of headings, or of something else.
fn order_of(
    source: Box<dyn Source>,
    map: &ColumnMap,
    profile: &StatementProfile,
) -> io::Result<Option<Vec<Option<usize>>>> {
    let mut split = Splitter::new(source)?;
    split.begin_again(b'\t')?;
    let mut row = Row::default();
    loop {
        if !split.read(&mut row)? {
            return Ok(None);
        }
        if row.cells().any(|cell| !clean(cell, true).is_empty()) {
            break;
        }
    }
    let cells: Vec<_> = row.cells().map(|cell| clean(cell, true)).collect();
    let is_heading = |cell: &str| {
        let plain = plain(cell);
        find(STATEMENT_COLUMNS, &plain).is_some() || map.target(SheetKind::Statement, &plain).is_some()
    };
    if cells.iter().any(|cell| is_heading(cell)) {
        return Ok(None);
    }
    let ends_open = cells.last().is_some_and(|cell| cell.is_empty());
    let has = |width: usize| cells.len() == width || (cells.len() == width + 1 && ends_open);
    if let Some(order) = profile.places() {
        return Ok(has(order.len()).then(|| order.to_vec()));
    }
    let Some(width) = WIDTHS.into_iter().find(|width| has(*width)) else { return Ok(None) };
    let code =
        |at: usize| cells[at].len() <= CODE && cells[at].bytes().all(|byte| byte.is_ascii_alphanumeric());
    let empty = |at: usize| matches!(&*cells[at], "" | "null");
    let money = |at: usize| width <= at || empty(at) || amount(&cells[at]).is_ok();
    let fits = !empty(0) && code(4) && code(5) && !empty(4) && (7..10).all(money);
    Ok(fits.then(|| RESULT[..width].iter().map(|field| field.map(usize::from)).collect()))
}

/// The one text of a ZIP, as the platform gives it; `None` where the file is a workbook or holds anything else.
fn inside(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let Ok(mut archive) = zip::ZipArchive::new(io::BufReader::new(File::open(path)?)) else {
        return Ok(None);
    };
    if archive.len() != 1 {
        return Ok(None);
    }
    let Ok(entry) = archive.by_index(0) else { return Ok(None) };
    let is_text = entry.name().is_ok_and(|name| name.to_ascii_lowercase().ends_with(".txt"));
    if !is_text || entry.size() > MAX_TEXT {
        return Ok(None);
    }
    let mut text = Vec::new();
    // The size that a ZIP states is only stated.
    let read = entry.take(MAX_TEXT + 1).read_to_end(&mut text);
    Ok(read.is_ok_and(|read| read as u64 <= MAX_TEXT).then_some(text))
}
