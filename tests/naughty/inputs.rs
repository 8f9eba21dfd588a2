//! Making inputs: a good one is taken from the fixtures and spoiled, once or several times over.
//!
//! Nothing here knows who will read it.

use crate::common::Dice;
use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// An input, with the name of the file it is read from: a reader may be given a wrong ending.
#[derive(Clone)]
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// What breaks programs that read text: formulas, numbers at every edge, characters that are not what they look like.
const TOKENS: &[&[u8]] = &[
    b"=cmd|' /C calc'!A0",
    b"=HYPERLINK(\"x\")",
    b"@SUM(1)",
    b"+1",
    b"-",
    b"--1",
    b"\0",
    b"\0\0\0\0",
    b"\xEF\xBB\xBF",
    b"\xFF\xFE",
    b"\xFE\xFF",
    b"\xED\xA0\x80",
    b"\xC0\xAF",
    b"\xF4\x90\x80\x80",
    b"\x81",
    b"\x81\x30\x81\x30",
    b"\xA1\xA1",
    "\u{202E}".as_bytes(),
    "\u{200B}".as_bytes(),
    "e\u{301}\u{302}\u{303}\u{304}".as_bytes(),
    "𠮷".as_bytes(),
    "👨‍👩‍👧".as_bytes(),
    "１２．５".as_bytes(),
    "壹佰元整".as_bytes(),
    "〇".as_bytes(),
    "\u{2028}".as_bytes(),
    "٣".as_bytes(),
    b"\"",
    b"\"\"\"",
    b"'",
    b",,,,,,,,",
    b";",
    b"\t",
    b"|",
    b"\r",
    b"\n",
    b"\r\n\r\n",
    b"\x1a",
    b"\x1b[2J",
    b"\x7f",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"9223372036854775808",
    b"92233720368547758.07",
    b"1e999",
    b"1E+308",
    b"NaN",
    b"-0",
    b"0.005",
    b"1,234.56",
    b"79228162514264337593543950335",
    b"0x10",
    b"1_000",
    b".",
    b"1.",
    b"2021-02-29",
    b"2021-13-01",
    b"9999-12-31 23:59:59",
    b"0000-00-00",
    b"262143-12-31",
    b"-1-01-01",
    b"24:00",
    b"44498.999999",
    b"20211029102000",
    b"11990019491231002X",
    b"11990019491231002x",
    b"000000000000000000",
    b"A1-0000",
    b"A1-4294967296",
    b"%s%n",
    b"../../etc/passwd",
    b"{}",
    b"[]",
    b"null",
    b"true",
    b"\\u0000",
    b"\\ud800",
    b"[[[",
    b"{\"a\":",
    b"[[a]]\n",
    b"a.b.c = 1\n",
    b"\"\"\"",
    b"'''",
    b"<table>",
    b"<td colspan=99999999>",
    b"<tr><td>",
    b"&#x10FFFF;",
    b"&#0;",
    b"&amp;amp;",
    b"<!--",
    b"]]>",
    b"<![CDATA[",
    b"</table>",
];

/// What begins something that has to end.
const OPENINGS: &[&[u8]] = &[b"[", b"{\"a\":", b"(", b"<table><tr><td>", b"[a.", b"\""];

/// Endings of files; the content need not fit.
const ENDINGS: &[&str] = &["csv", "xlsx", "xls", "html", "txt", "json", "toml", "db", "age", "CSV", ""];

/// No input grows beyond this; larger ones are in `large.rs`.
const MOST: usize = 2 << 20;

/// The good inputs of a reader.
pub(crate) struct Seeds(Vec<Input>);

impl Seeds {
    /// From files and folders under the root of the project. What was found before comes after them, for every reader.
    pub(crate) fn of(places: &[&str]) -> Seeds {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut paths = Vec::new();
        for place in places.iter().chain(&["fixtures/naughty"]) {
            gather(&root.join(place), &mut paths);
        }
        paths.sort();
        let seeds: Vec<Input> = paths
            .iter()
            .map(|path| Input {
                name: path.file_name().unwrap().to_string_lossy().into_owned(),
                bytes: fs::read(path).unwrap(),
            })
            .collect();
        assert!(!seeds.is_empty(), "no seeds in {places:?}");
        Seeds(seeds)
    }

    pub(crate) fn as_they_are(&self) -> &[Input] {
        &self.0
    }

    /// A new input.
    pub(crate) fn made(&self, dice: &mut Dice) -> Input {
        let mut input = dice.pick(&self.0).clone();
        if dice.percent(30) && input.bytes.starts_with(b"PK") {
            input.bytes = inside(&input.bytes, dice).unwrap_or(input.bytes);
        }
        for _ in 0..=dice.below(4) {
            self.spoil(&mut input.bytes, dice);
            input.bytes.truncate(MOST);
        }
        if dice.percent(10) {
            let stem = input.name.split('.').next().unwrap_or_default().to_owned();
            input.name = format!("{stem}.{}", dice.pick(ENDINGS));
        }
        input
    }

    fn spoil(&self, bytes: &mut Vec<u8>, dice: &mut Dice) {
        match dice.below(17) {
            0 => bytes.truncate(place(bytes, dice)),
            1 | 2 => {
                for _ in 0..=dice.below(16) {
                    let (at, bit) = (place(bytes, dice), dice.below(8));
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= 1 << bit;
                    }
                }
            }
            3 => {
                let (from, to) = span(bytes, dice, 400);
                bytes.drain(from..to);
            }
            4 => {
                let (from, to) = span(bytes, dice, 400);
                let part = bytes[from..to].to_vec();
                let at = place(bytes, dice);
                bytes.splice(at..at, part);
            }
            5 | 6 => {
                let at = place(bytes, dice);
                bytes.splice(at..at, dice.pick(TOKENS).iter().copied());
            }
            7 | 8 => replace_cell(bytes, dice),
            9 => {
                // A field as long as many books.
                let at = place(bytes, dice);
                let long = dice.pick(TOKENS).repeat(1 << dice.below(14));
                bytes.splice(at..at, long);
            }
            10 => *bytes = in_another_encoding(bytes, dice),
            11 => {
                // As many columns as no sheet has.
                let first = bytes.iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len());
                let more = b",total".repeat(1 << dice.below(12));
                bytes.splice(first..first, more);
            }
            12 => {
                let deep = 1 << dice.below(17);

                let at = if dice.percent(50) { 0 } else { place(bytes, dice) };
                bytes.splice(at..at, dice.pick(OPENINGS).repeat(deep));
            }
            13 => {
                let length = usize::try_from(dice.below(4096)).unwrap();
                *bytes = (0..length).map(|_| u8::try_from(dice.below(256)).unwrap()).collect();
            }
            14 => {
                // The beginning of one, the end of another.
                let other = &dice.pick(&self.0).bytes;
                bytes.truncate(place(bytes, dice));
                bytes.extend_from_slice(&other[place(other, dice)..]);
            }
            15 => {
                let (from, to) = (*dice.pick(b",\n\"\t=. {"), *dice.pick(b";\r\0|,\t'}"));
                bytes.iter_mut().filter(|byte| **byte == from).for_each(|byte| *byte = to);
            }
            _ => {
                let times = 1 + usize::try_from(dice.below(40)).unwrap();
                if bytes.len() * times < MOST {
                    *bytes = bytes.repeat(times);
                }
            }
        }
    }
}

fn gather(place: &Path, paths: &mut Vec<PathBuf>) {
    if place.is_dir() {
        for entry in fs::read_dir(place).unwrap() {
            gather(&entry.unwrap().path(), paths);
        }
    } else if place.is_file() && place.extension().is_none_or(|end| end != "py") {
        paths.push(place.to_owned());
    }
}

/// Some place in the bytes, the end included.
fn place(bytes: &[u8], dice: &mut Dice) -> usize {
    usize::try_from(dice.below(bytes.len() as u64 + 1)).unwrap()
}

fn span(bytes: &[u8], dice: &mut Dice, most: u64) -> (usize, usize) {
    let from = place(bytes, dice);
    let length = usize::try_from(dice.below(most)).unwrap();
    (from, (from + length).min(bytes.len()))
}

/// Puts something in place of what stands between two signs: a cell, a value, a word.
fn replace_cell(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let edge = |byte: &u8| b",\n\r\t\"'=:;<>{}[] ".contains(byte);
    let at = place(bytes, dice);
    let from = bytes[..at].iter().rposition(edge).map_or(0, |edge| edge + 1);
    let to = bytes[at..].iter().position(edge).map_or(bytes.len(), |edge| at + edge);
    let mut cell = dice.pick(TOKENS).to_vec();
    if dice.percent(20) {
        cell.extend(*dice.pick(TOKENS));
    }
    bytes.splice(from..to, cell);
}

fn in_another_encoding(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let mut out = Vec::new();
    match dice.below(5) {
        0 => return encoding_rs::GB18030.encode(&text).0.into_owned(),
        1 => return encoding_rs::BIG5.encode(&text).0.into_owned(),
        way @ (2 | 3) => {
            if dice.percent(70) {
                out.extend_from_slice(if way == 2 { b"\xFF\xFE" } else { b"\xFE\xFF" });
            }
            let unit = |unit: u16| if way == 2 { unit.to_le_bytes() } else { unit.to_be_bytes() };
            out.extend(text.encode_utf16().flat_map(unit));
        }
        _ => {
            out.extend_from_slice(b"\xEF\xBB\xBF\xEF\xBB\xBF");
            out.extend_from_slice(bytes);
        }
    }
    out
}

/// Spoils one part of a ZIP and packs it again, so that the spoiled part is read and not the check sum refused.
fn inside(bytes: &[u8], dice: &mut Dice) -> Option<Vec<u8>> {
    let mut from = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let which = usize::try_from(dice.below(from.len() as u64)).ok()?;
    let mut to = ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..from.len() {
        let mut part = from.by_index(at).ok()?;
        let (name, mut content) = (part.name().ok()?.into_owned(), Vec::new());
        part.read_to_end(&mut content).ok()?;
        if at == which {
            if dice.percent(15) {
                continue;
            }
            for _ in 0..=dice.below(3) {
                replace_cell(&mut content, dice);
            }
            if dice.percent(10) {
                content = content.repeat(1 + usize::try_from(dice.below(200)).unwrap());
                content.truncate(MOST);
            }
        }
        to.start_file(name, SimpleFileOptions::default()).ok()?;
        to.write_all(&content).ok()?;
    }
    Some(to.finish().ok()?.into_inner())
}
