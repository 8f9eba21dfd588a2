//! An old xls, measured before it is opened.
//!
//! Its reader lays a sheet out as a full rectangle, so that two cells far apart
//! in a small file would ask for more memory than there is. The records of the
//! workbook are walked here and only the places of cells are looked at; what
//! they hold is read elsewhere.

use crate::intake::grid::MAX_CELLS;

/// An old sheet has so many rows and columns and no more.
const ROWS: u32 = 65_536;
const COLUMNS: u32 = 256;

/// Sector numbers from here on mean something else.
const RESERVED: u32 = 0xFFFF_FFFA;

/// Why the workbook is not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    Damaged,
    TooLarge,
}

/// Whether the workbook in these bytes can be laid out.
pub(super) fn measure(file: &[u8]) -> Result<(), Unfit> {
    let stream = workbook(file).ok_or(Unfit::Damaged)?;
    let mut sheet = Rectangle::default();
    let mut at = 0;
    while let (Some(kind), Some(length)) = (short(&stream, at), short(&stream, at + 2)) {
        let data = at + 4..at + 4 + usize::from(length);
        let Some(data) = stream.get(data) else { break };
        match kind {
            // A new substream: another sheet.
            0x0809 => sheet = Rectangle::default(),
            0x0200 => dimensions(data)?,
            0x0006 | 0x0203 | 0x0204 | 0x0205 | 0x0207 | 0x027E | 0x00BD | 0x00D6 | 0x00FD => {
                let (Some(row), Some(column)) = (short(data, 0), short(data, 2)) else {
                    return Err(Unfit::Damaged);
                };
                // A record of several cells ends with the column of its last.
                let last = if kind == 0x00BD { short(data, data.len().saturating_sub(2)) } else { None };
                sheet.take(row.into(), column.into());
                sheet.take(row.into(), last.unwrap_or(column).into());
                sheet.check()?;
            }
            _ => {}
        }
        at += 4 + usize::from(length);
    }
    Ok(())
}

fn dimensions(data: &[u8]) -> Result<(), Unfit> {
    let (rows, first, last) = match data.len() {
        10 => (short(data, 2).map(u32::from), short(data, 4), short(data, 6)),
        14 => (long(data, 4), short(data, 8), short(data, 10)),
        _ => return Ok(()),
    };
    let fits = rows.is_some_and(|rows| rows <= ROWS) && last.is_some_and(|last| u32::from(last) <= COLUMNS);
    if fits && first.is_some_and(|first| u32::from(first) <= COLUMNS) { Ok(()) } else { Err(Unfit::Damaged) }
}

/// The cells of a sheet so far.
#[derive(Default)]
struct Rectangle {
    corners: Option<([u32; 2], [u32; 2])>,
}

impl Rectangle {
    fn take(&mut self, row: u32, column: u32) {
        let here = [row, column];
        let (least, most) = self.corners.unwrap_or((here, here));
        let least = [least[0].min(row), least[1].min(column)];
        self.corners = Some((least, [most[0].max(row), most[1].max(column)]));
    }

    fn check(&self) -> Result<(), Unfit> {
        let Some((least, most)) = self.corners else { return Ok(()) };
        if most[1] >= COLUMNS {
            return Err(Unfit::Damaged);
        }
        let area = u64::from(most[0] - least[0] + 1) * u64::from(most[1] - least[1] + 1);
        if area > 2 * MAX_CELLS as u64 { Err(Unfit::TooLarge) } else { Ok(()) }
    }
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// The stream `Workbook` of a compound file.
fn workbook(file: &[u8]) -> Option<Vec<u8>> {
    let size = match short(file, 30)? {
        9 => 512,
        12 => 4096,
        _ => return None,
    };
    let sectors = Sectors { file, size };
    let mut tables: Vec<u32> = (0..109).filter_map(|at| long(file, 76 + at * 4)).collect();
    let mut next = long(file, 68)?;
    let mut left = file.len() / size + 1;
    while next < RESERVED && left > 0 {
        let mut more = sectors.numbers(next)?;
        next = more.pop()?;
        tables.append(&mut more);
        left -= 1;
    }
    let mut chain = Vec::new();
    for table in tables.into_iter().filter(|table| *table < RESERVED) {
        chain.append(&mut sectors.numbers(table)?);
        if chain.len() > file.len() {
            return None;
        }
    }
    let folder = sectors.follow(long(file, 48)?, &chain)?;
    let entry = |name: &str| folder.chunks_exact(128).find(|entry| is_named(entry, name));
    let found = entry("Workbook").or_else(|| entry("Book"))?;
    let (start, length) = (long(found, 116)?, usize::try_from(long(found, 120)?).ok()?);
    let mut stream = if length < 4096 {
        let small = Sectors { file: &sectors.follow(long(folder.get(..128)?, 116)?, &chain)?, size: 64 };
        let table = sectors.follow(long(file, 60)?, &chain)?;
        let table: Vec<u32> = table.chunks_exact(4).filter_map(|four| long(four, 0)).collect();
        small.follow_small(start, &table)?
    } else {
        sectors.follow(start, &chain)?
    };
    stream.truncate(length);
    Some(stream)
}

fn is_named(entry: &[u8], name: &str) -> bool {
    let units = entry[..64].chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
    let text: String =
        char::decode_utf16(units.take_while(|unit| *unit != 0)).filter_map(Result::ok).collect();
    text.eq_ignore_ascii_case(name)
}

struct Sectors<'a> {
    file: &'a [u8],
    size: usize,
}

impl Sectors<'_> {
    fn bytes(&self, sector: u32, before: usize) -> Option<&[u8]> {
        let begin = usize::try_from(sector).ok()?.checked_add(before)?.checked_mul(self.size)?;
        self.file.get(begin..(begin + self.size).min(self.file.len())).filter(|bytes| !bytes.is_empty())
    }

    fn numbers(&self, sector: u32) -> Option<Vec<u32>> {
        Some(self.bytes(sector, 1)?.chunks_exact(4).filter_map(|four| long(four, 0)).collect())
    }

    /// The sectors of a chain; the header stands before the first one.
    fn follow(&self, first: u32, chain: &[u32]) -> Option<Vec<u8>> {
        self.chained(first, chain, 1)
    }

    fn follow_small(&self, first: u32, chain: &[u32]) -> Option<Vec<u8>> {
        self.chained(first, chain, 0)
    }

    fn chained(&self, first: u32, chain: &[u32], before: usize) -> Option<Vec<u8>> {
        let (mut sector, mut out) = (first, Vec::new());
        while sector < RESERVED {
            out.extend_from_slice(self.bytes(sector, before)?);
            // A chain that comes round to itself never ends.
            if out.len() > self.file.len() + self.size {
                return None;
            }
            sector = *chain.get(usize::try_from(sector).ok()?)?;
        }
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_is_no_larger_than_its_cells_allow() {
        #[rustfmt::skip] // the columns are the point
        #[expect(clippy::type_complexity, reason = "a table of cells and what must be said of them")]
        let cases: &[(&[[u32; 2]], Result<(), Unfit>)] = &[
            (&[[0, 0], [65_535, 100]],    Ok(())),
            (&[[0, 0], [65_535, 255]],    Err(Unfit::TooLarge)),
            (&[[0, 256]],                 Err(Unfit::Damaged)),
            (&[[65_535, 255]],            Ok(())),
        ];
        for (cells, want) in cases {
            let mut sheet = Rectangle::default();
            cells.iter().for_each(|[row, column]| sheet.take(*row, *column));
            assert_eq!(sheet.check(), *want, "{cells:?}");
        }
    }

    #[test]
    fn what_is_no_workbook_is_damaged() {
        assert_eq!(measure(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), Err(Unfit::Damaged));
        assert_eq!(measure(&[0xFF; 4096]), Err(Unfit::Damaged));
    }
}
