//! Text of another character set as UTF-8, while it is read.
//!
//! A file is never turned over as a whole: blocks are decoded as they are asked
//! for, and a few numbers are kept so that a reader can come back to a row. The
//! cut between blocks falls behind a line end wherever there is one, since no
//! character of these sets holds one inside. Which set it is was decided before.

use crate::intake::encoding::Encoding;
use encoding_rs::{Decoder, DecoderResult, GB18030, UTF_8, UTF_16BE, UTF_16LE};
use std::io::{self, Read, Seek, SeekFrom};

/// Bytes decoded at a time; small, since a jump decodes up to two of them for a few rows.
const CHUNK: usize = 16 * 1024;

/// Why no more text comes.
#[derive(Debug)]
pub(super) enum Trouble {
    Io(io::Error),
    /// The byte of the file that does not fit.
    Malformed {
        byte: u64,
    },
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Trouble {
        Trouble::Io(error)
    }
}

fn decoder(encoding: Encoding) -> Decoder {
    match encoding {
        Encoding::Utf8 => UTF_8,
        Encoding::Gb18030 => GB18030,
        Encoding::Utf16Le => UTF_16LE,
        Encoding::Utf16Be => UTF_16BE,
    }
    .new_decoder_without_bom_handling()
}

/// Decodes from the beginning to the end.
pub(super) struct Decoding<R> {
    input: R,
    encoding: Encoding,
    decoder: Decoder,
    /// Bytes read and not decoded yet.
    raw: Vec<u8>,
    /// Place in the file of the first of them.
    at: u64,
    /// Nothing is held back in the decoder, so that it could begin anew here.
    clean: bool,
    ended: bool,
}

impl<R: Read> Decoding<R> {
    pub(super) fn new(input: R, encoding: Encoding) -> Decoding<R> {
        let decoder = decoder(encoding);
        Decoding { input, encoding, decoder, raw: Vec::new(), at: 0, clean: true, ended: false }
    }

    /// Adds the next text to `out`; `false` at the end. What was good before a fault is added too.
    pub(super) fn chunk(&mut self, out: &mut Vec<u8>) -> Result<bool, Trouble> {
        if self.ended {
            return Ok(false);
        }
        let more = self.read_some()?;
        let cut = if more { self.cut() } else { self.raw.len() };
        let (take, whole) = if cut > 0 { (cut, true) } else { (self.raw.len(), !more) };
        let room = self.decoder.max_utf8_buffer_length_without_replacement(take).unwrap_or(take * 4 + 16);
        let begun = out.len();
        out.resize(begun + room, 0);
        let (result, read, written) =
            self.decoder.decode_to_utf8_without_replacement(&self.raw[..take], &mut out[begun..], !more);
        out.truncate(begun + written);
        match result {
            DecoderResult::InputEmpty => {}
            DecoderResult::Malformed(length, after) => {
                let back = u64::from(length) + u64::from(after);
                return Err(Trouble::Malformed { byte: (self.at + read as u64).saturating_sub(back) });
            }
            DecoderResult::OutputFull => return Err(io::Error::other("no room for the text").into()),
        }
        self.at += read as u64;
        self.raw.drain(..read);
        self.clean = whole;
        self.ended = !more;
        Ok(true)
    }

    /// Reads up to a chunk more; `false` where the file has ended.
    fn read_some(&mut self) -> io::Result<bool> {
        let kept = self.raw.len();
        self.raw.resize(kept + CHUNK, 0);
        let read = loop {
            match self.input.read(&mut self.raw[kept..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => break done,
            }
        };
        self.raw.truncate(kept + *read.as_ref().unwrap_or(&0));
        Ok(read? > 0)
    }

    /// The place behind the last line end; 0 where there is none.
    fn cut(&self) -> usize {
        let ends = |unit: &[u8]| match self.encoding {
            Encoding::Utf16Le => matches!(unit, [b'\n' | b'\r', 0]),
            Encoding::Utf16Be => matches!(unit, [0, b'\n' | b'\r']),
            Encoding::Utf8 | Encoding::Gb18030 => matches!(unit, [b'\n' | b'\r']),
        };
        let width = if matches!(self.encoding, Encoding::Utf16Le | Encoding::Utf16Be) { 2 } else { 1 };
        // Units of two bytes stand on even places of the file.
        let skip = usize::try_from(self.at % width as u64).unwrap_or(0);
        let units = self.raw.get(skip..).unwrap_or_default().chunks_exact(width);
        let last = units.enumerate().rfind(|(_, unit)| ends(unit));
        last.map_or(0, |(at, _)| skip + (at + 1) * width)
    }
}

/// A file as UTF-8, with a way back.
pub(super) struct Transcoded<R> {
    decoding: Decoding<R>,
    text: Vec<u8>,
    at: usize,
    /// Place of the text's first byte in all of the text.
    base: u64,
    /// Places where decoding can begin anew: in the text, in the file.
    marks: Vec<(u64, u64)>,
}

impl<R: Read> Transcoded<R> {
    pub(super) fn new(input: R, encoding: Encoding) -> Transcoded<R> {
        let decoding = Decoding::new(input, encoding);
        Transcoded { decoding, text: Vec::new(), at: 0, base: 0, marks: vec![(0, 0)] }
    }

    fn more(&mut self) -> io::Result<bool> {
        self.base += self.text.len() as u64;
        self.text.clear();
        self.at = 0;
        loop {
            if self.decoding.clean && self.marks.last().is_some_and(|&(text, _)| text < self.base) {
                self.marks.push((self.base, self.decoding.at));
            }
            match self.decoding.chunk(&mut self.text) {
                Ok(true) if self.text.is_empty() => {}
                Ok(more) => return Ok(more),
                Err(Trouble::Io(error)) => return Err(error),
                Err(Trouble::Malformed { byte }) => {
                    let name = crate::text::Label::id(&self.decoding.encoding);
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        format!("byte {byte} is not {name}"),
                    ));
                }
            }
        }
    }
}

impl<R: Read> Read for Transcoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.text.len() && !self.more()? {
            return Ok(0);
        }
        let count = buffer.len().min(self.text.len() - self.at);
        buffer[..count].copy_from_slice(&self.text[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

impl<R: Read + Seek> Seek for Transcoded<R> {
    /// Only from the start: a reader comes back to a row whose place it knows.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let SeekFrom::Start(to) = to else { return Err(io::ErrorKind::Unsupported.into()) };
        let here = to.checked_sub(self.base).and_then(|at| usize::try_from(at).ok());
        if let Some(at) = here.filter(|&at| at <= self.text.len()) {
            self.at = at;
            return Ok(to);
        }
        let mark = self.marks.partition_point(|&(text, _)| text <= to).saturating_sub(1);
        let (text, byte) = self.marks[mark];
        self.decoding.input.seek(SeekFrom::Start(byte))?;
        self.decoding.decoder = decoder(self.decoding.encoding);
        self.decoding.raw.clear();
        (self.decoding.at, self.decoding.clean, self.decoding.ended) = (byte, true, false);
        self.text.clear();
        self.base = text;
        loop {
            if !self.more()? {
                return Ok(self.base);
            }
            if to <= self.base + self.text.len() as u64 {
                self.at = usize::try_from(to - self.base).unwrap_or(self.text.len());
                return Ok(to);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;

    fn encoded(text: &str, encoding: Encoding) -> Vec<u8> {
        match encoding {
            Encoding::Utf8 => text.as_bytes().to_vec(),
            Encoding::Gb18030 => GB18030.encode(text).0.into_owned(),
            Encoding::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Encoding::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        }
    }

    #[test]
    fn a_row_is_found_again_in_every_set() {
        let row = |n: usize| format!("{n},\u{20BB7}䶮㛃挂账{}\n", "账".repeat(n % 7));
        let text = (0..5000).map(row).collect::<String>();
        for &encoding in Encoding::ALL {
            let mut source = Transcoded::new(Cursor::new(encoded(&text, encoding)), encoding);
            let mut all = String::new();
            source.read_to_string(&mut all).unwrap();
            assert!(all == text, "{encoding:?}");
            for at in [4999, 0, 2500, 2499, 1] {
                let place: usize = (0..at).map(|n| row(n).len()).sum();
                source.seek(SeekFrom::Start(place as u64)).unwrap();
                let mut cell = vec![0; row(at).len()];
                source.read_exact(&mut cell).unwrap();
                assert_eq!(String::from_utf8(cell).unwrap(), row(at), "{encoding:?}");
            }
        }
    }

    #[test]
    fn a_line_longer_than_a_chunk_is_whole() {
        let text = format!("{}\n{}", "账x".repeat(CHUNK), "挂");
        for &encoding in Encoding::ALL {
            let mut all = String::new();
            Transcoded::new(Cursor::new(encoded(&text, encoding)), encoding)
                .read_to_string(&mut all)
                .unwrap();
            assert!(all == text, "{encoding:?}");
        }
    }

    proptest! {
        #[test]
        fn gb18030_loses_no_character(text in "\\PC{0,60}") {
            // Two code points of the set have no way there and back by the standard that browsers follow.
            prop_assume!(!text.contains(['\u{E5E5}', '\u{A3A0}']));
            let (bytes, _, lossy) = GB18030.encode(&text);
            prop_assume!(!lossy);
            let mut back = String::new();
            Transcoded::new(Cursor::new(bytes), Encoding::Gb18030).read_to_string(&mut back).unwrap();
            prop_assert_eq!(back, text);
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), which in 0..4_usize, to in 0..300_u64) {
            let mut source = Transcoded::new(Cursor::new(bytes), Encoding::ALL[which]);
            let mut out = Vec::new();
            let _ = source.read_to_end(&mut out);
            let _ = source.seek(SeekFrom::Start(to));
            let _ = source.read_to_end(&mut out);
        }
    }
}
