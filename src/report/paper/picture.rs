//! A picture in black and white that grows downwards, and its PNG form.
//!
//! It knows points, letters and squares, and nothing of slips.

use super::glyphs::{Glyph, HEIGHT};
use crate::report::qr::Squares;
use flate2::Compression;
use flate2::Crc;
use flate2::write::ZlibEncoder;
use std::io::{self, Write};

/// White points between two lines of text, before they are enlarged.
const LEADING: usize = 3;

/// A picture of a fixed width.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    width: usize,
    /// Row after row, one byte for eight points, black is 0.
    rows: Vec<Vec<u8>>,
}

impl Picture {
    /// An empty picture, so many points wide.
    pub(super) fn new(width: usize) -> Picture {
        Picture { width, rows: Vec::new() }
    }

    /// Adds white rows.
    pub(super) fn space(&mut self, height: usize) {
        let white = vec![0xff; self.width.div_ceil(8)];
        self.rows.extend(std::iter::repeat_n(white, height));
    }

    fn black(&mut self, x: usize, y: usize) {
        if let Some(byte) = self.rows.get_mut(y).and_then(|row| row.get_mut(x / 8)) {
            *byte &= !(0x80 >> (x % 8));
        }
    }

    /// A black square of `scale` points.
    fn dot(&mut self, left: usize, top: usize, scale: usize) {
        for y in top..top + scale {
            for x in left..left + scale {
                self.black(x, y);
            }
        }
    }

    /// Adds a line across.
    pub(super) fn rule(&mut self) {
        self.space(6);
        let top = self.rows.len();
        self.space(2);
        for x in (0..self.width).filter(|x| x / 6 % 2 == 0) {
            self.black(x, top);
            self.black(x, top + 1);
        }
        self.space(6);
    }

    /// Adds one line of text whose left end is at `left`; what does not fit is broken off.
    pub(super) fn text(&mut self, text: &str, left: usize, scale: usize) {
        let top = self.rows.len();
        self.space((HEIGHT + LEADING) * scale);
        self.letters(text, left, top, scale);
    }

    /// The same line again, at another place.
    pub(super) fn text_beside(&mut self, text: &str, left: usize, scale: usize) {
        let top = self.rows.len().saturating_sub((HEIGHT + LEADING) * scale);
        self.letters(text, left, top, scale);
    }

    fn letters(&mut self, text: &str, mut left: usize, top: usize, scale: usize) {
        for glyph in text.chars().map(Glyph::of) {
            for y in 0..HEIGHT {
                for x in (0..glyph.width()).filter(|x| glyph.is_black(*x, y)) {
                    self.dot(left + x * scale, top + y * scale, scale);
                }
            }
            left += glyph.width() * scale;
        }
    }

    /// Adds a code in the middle.
    pub(super) fn squares(&mut self, squares: &Squares, scale: usize) {
        let (left, top) = ((self.width.saturating_sub(squares.side() * scale)) / 2, self.rows.len());
        self.space(squares.side() * scale);
        for row in 0..squares.side() {
            for column in (0..squares.side()).filter(|column| squares.is_dark(*column, row)) {
                self.dot(left + column * scale, top + row * scale, scale);
            }
        }
    }

    /// The picture as PNG (ISO/IEC 15948): greyscale, one bit for each point, `dots` points to the metre.
    ///
    /// # Errors
    /// What `out` answers.
    pub(super) fn write(&self, out: &mut dyn Write, dots: u32) -> io::Result<()> {
        let side = |points: usize| u32::try_from(points).unwrap_or(u32::MAX).to_be_bytes();
        let mut head = Vec::with_capacity(13);
        head.extend(side(self.width));
        head.extend(side(self.rows.len()));
        head.extend([1, 0, 0, 0, 0]);
        let mut size = dots.to_be_bytes().repeat(2);
        size.push(1);
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
        for row in &self.rows {
            packed.write_all(&[0])?;
            packed.write_all(row)?;
        }
        out.write_all(b"\x89PNG\r\n\x1a\n")?;
        chunk(out, *b"IHDR", &head)?;
        chunk(out, *b"pHYs", &size)?;
        chunk(out, *b"IDAT", &packed.finish()?)?;
        chunk(out, *b"IEND", &[])
    }
}

/// Points that a text takes from left to right.
pub(super) fn points(text: &str, scale: usize) -> usize {
    text.chars().map(|ch| Glyph::of(ch).width() * scale).sum()
}

fn chunk(out: &mut dyn Write, name: [u8; 4], data: &[u8]) -> io::Result<()> {
    let mut sum = Crc::new();
    sum.update(&name);
    sum.update(data);
    out.write_all(&u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes())?;
    out.write_all(&name)?;
    out.write_all(data)?;
    out.write_all(&sum.sum().to_be_bytes())
}
