//! Parquet: the rows of a sheet as a columnar file that analysts' tools open.
//!
//! The part of the format that a flat sheet needs (Apache Parquet 2.x: one page for each column of a row group, PLAIN
//! values, RLE definition levels, gzip), written by hand: the crate that knows all of it is larger than this program.

use crate::report::thrift::{Struct, Type};
use crate::report::{Cell, Column, Sheet, Sort};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{self, Write};

const MAGIC: &[u8; 4] = b"PAR1";
/// Rows of one group: what a reader holds at a time.
const GROUP: usize = 65_536;

/// What a column holds in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Whole numbers, amounts in fen among them.
    Int,
    /// Milliseconds since 1970 on the clock of Beijing, without a zone.
    Time,
    /// Yes or no.
    Flag,
    /// UTF-8.
    Text,
}

impl Kind {
    fn of(sheet: &Sheet, at: usize) -> Kind {
        let column = &sheet.columns[at];
        match column.sort {
            Sort::Number | Sort::Money => Kind::Int,
            _ if column.id.ends_with("_at") || column.id.ends_with("_time") => Kind::Time,
            _ if sheet.rows.iter().any(|row| matches!(row[at], Cell::Flag(_))) => Kind::Flag,
            _ => Kind::Text,
        }
    }

    /// The physical type: BOOLEAN, INT64 or BYTE_ARRAY.
    fn physical(self) -> i32 {
        match self {
            Kind::Flag => 0,
            Kind::Int | Kind::Time => 2,
            Kind::Text => 6,
        }
    }

    /// The column's element of the schema.
    fn element(self, column: &Column) -> Struct {
        let mut element = Struct::new();
        element.i32(1, self.physical());
        element.i32(3, 1); // OPTIONAL
        element.text(4, &column.key());
        match self {
            Kind::Text => {
                element.i32(6, 0); // UTF8, for readers that know no logical types
                let mut logical = Struct::new();
                logical.put(1, &Struct::new());
                element.put(10, &logical);
            }
            Kind::Time => {
                let (mut logical, mut time, mut unit) = (Struct::new(), Struct::new(), Struct::new());
                unit.put(1, &Struct::new());
                time.flag(1, false);
                time.put(2, &unit);
                logical.put(8, &time);
                element.put(10, &logical);
            }
            Kind::Int | Kind::Flag => {}
        }
        element
    }
}

/// Writes the rows of a sheet.
///
/// # Errors
/// What `out` answers.
pub(super) fn print_sheet(sheet: &Sheet, out: &mut dyn Write) -> io::Result<()> {
    let kinds: Vec<Kind> = (0..sheet.columns.len()).map(|at| Kind::of(sheet, at)).collect();
    out.write_all(MAGIC)?;
    let mut offset = MAGIC.len();
    let mut groups = Vec::new();
    for rows in sheet.rows.chunks(GROUP) {
        let (mut chunks, mut bytes) = (Vec::new(), 0);
        for (at, kind) in kinds.iter().enumerate() {
            let page = Page::of(rows, at, *kind)?;
            out.write_all(&page.bytes)?;
            chunks.push(page.chunk(*kind, &sheet.columns[at].key(), rows.len(), offset));
            offset += page.bytes.len();
            bytes += page.plain;
        }
        let mut group = Struct::new();
        group.list(1, Type::Struct, chunks.iter().map(Struct::bytes));
        group.i64(2, count(bytes));
        group.i64(3, count(rows.len()));
        groups.push(group);
    }
    let mut root = Struct::new();
    root.text(4, "schema");
    root.i32(5, i32::try_from(kinds.len()).unwrap_or(i32::MAX));
    let elements = kinds.iter().zip(&sheet.columns).map(|(kind, column)| kind.element(column));
    let schema: Vec<Struct> = std::iter::once(root).chain(elements).collect();
    let mut foot = Struct::new();
    foot.i32(1, 1);
    foot.list(2, Type::Struct, schema.iter().map(Struct::bytes));
    foot.i64(3, count(sheet.rows.len()));
    foot.list(4, Type::Struct, groups.iter().map(Struct::bytes));
    foot.text(6, concat!("guazhang version ", env!("CARGO_PKG_VERSION")));
    let foot = foot.bytes();
    out.write_all(&foot)?;
    out.write_all(&u32::try_from(foot.len()).unwrap_or(u32::MAX).to_le_bytes())?;
    out.write_all(MAGIC)
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The one page of a column in a row group, with its header.
struct Page {
    bytes: Vec<u8>,
    /// Bytes before they were packed, the header included.
    plain: usize,
}

impl Page {
    fn of(rows: &[Vec<Cell>], at: usize, kind: Kind) -> io::Result<Page> {
        let known = |row: &Vec<Cell>| row[at] != Cell::Empty;
        let levels = levels(rows.iter().map(known));
        let mut data = u32::try_from(levels.len()).unwrap_or(u32::MAX).to_le_bytes().to_vec();
        data.extend(levels);
        values(rows.iter().map(|row| &row[at]).filter(|cell| **cell != Cell::Empty), kind, &mut data);
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(&data)?;
        let packed = packed.finish()?;
        let size = |bytes: usize| i32::try_from(bytes).unwrap_or(i32::MAX);
        let mut of_data = Struct::new();
        of_data.i32(1, size(rows.len()));
        of_data.i32(2, 0); // PLAIN
        of_data.i32(3, 3); // RLE
        of_data.i32(4, 3);
        let mut header = Struct::new();
        header.i32(1, 0); // a data page
        header.i32(2, size(data.len()));
        header.i32(3, size(packed.len()));
        header.put(5, &of_data);
        let mut bytes = header.bytes();
        let plain = bytes.len() + data.len();
        bytes.extend(packed);
        Ok(Page { bytes, plain })
    }

    /// The column of a row group as the foot of the file describes it.
    fn chunk(&self, kind: Kind, name: &str, rows: usize, offset: usize) -> Struct {
        let mut about = Struct::new();
        about.i32(1, kind.physical());
        about.list(2, Type::I32, [0, 3].map(Struct::number));
        about.list(3, Type::Binary, [Struct::string(name)]);
        about.i32(4, 2); // GZIP
        about.i64(5, count(rows));
        about.i64(6, count(self.plain));
        about.i64(7, count(self.bytes.len()));
        about.i64(9, count(offset));
        let mut chunk = Struct::new();
        chunk.i64(2, count(offset));
        chunk.put(3, &about);
        chunk
    }
}

/// Which values are there, as runs of equal bits.
fn levels(known: impl Iterator<Item = bool>) -> Vec<u8> {
    let (mut bytes, mut run) = (Vec::new(), None::<(bool, u64)>);
    let mut end = |run: Option<(bool, u64)>| {
        if let Some((bit, length)) = run {
            Struct::varint(&mut bytes, length << 1);
            bytes.push(u8::from(bit));
        }
    };
    for bit in known {
        match &mut run {
            Some((same, length)) if *same == bit => *length += 1,
            _ => end(run.replace((bit, 1))),
        }
    }
    end(run);
    bytes
}

fn values<'a>(cells: impl Iterator<Item = &'a Cell>, kind: Kind, into: &mut Vec<u8>) {
    let mut bits: Vec<bool> = Vec::new();
    for cell in cells {
        match (kind, cell) {
            (Kind::Flag, cell) => bits.push(matches!(cell, Cell::Flag(true))),
            (_, Cell::Int(number)) => into.extend(number.to_le_bytes()),
            (_, Cell::Money(amount)) => into.extend(amount.fen().to_le_bytes()),
            (Kind::Time, Cell::Time(time)) => {
                into.extend(time.naive().and_utc().timestamp_millis().to_le_bytes());
            }
            // A number or a time that is none would shift all that follow.
            (Kind::Int | Kind::Time, _) => into.extend(0_i64.to_le_bytes()),
            (Kind::Text, cell) => {
                let text = cell.plain();
                into.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
                into.extend(text.as_bytes());
            }
        }
    }
    for eight in bits.chunks(8) {
        into.push(eight.iter().enumerate().fold(0, |byte, (at, bit)| byte | u8::from(*bit) << at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_runs() {
        assert_eq!(levels([true, true, true, false].into_iter()), [6, 1, 2, 0]);
        assert_eq!(levels(std::iter::repeat_n(true, 100)), [0xc8, 0x01, 1]);
        assert!(levels(std::iter::empty()).is_empty());
    }

    #[test]
    fn a_file_begins_and_ends_as_it_must() {
        let mut sheet =
            Sheet::new(&[Column::code("number", "编号", "number"), Column::money("total", "总额", "total")]);
        sheet.row([Cell::text("A1-0007"), Cell::Empty]);
        let mut out = Vec::new();
        print_sheet(&sheet, &mut out).unwrap();
        assert!(out.starts_with(MAGIC) && out.ends_with(MAGIC));
        let length = &out[out.len() - 8..out.len() - 4];
        let length = u32::from_le_bytes(length.try_into().unwrap()) as usize;
        assert!(length > 20 && length < out.len() - 12);
        assert!(out.windows(9).any(|bytes| bytes == b"total_fen"));
    }
}
