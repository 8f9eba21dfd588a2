//! A QR code as squares, before it is known whether they are drawn with
//! characters, with lines of an SVG or with points of a picture.

use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write as _;

/// White squares around the code that a scanner needs to find it; on white paper two are enough.
const QUIET: usize = 2;

/// The squares of a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Squares {
    side: usize,
    dark: Vec<bool>,
}

impl Squares {
    /// The code of a text; `None` where it is too long for any. A quarter of the squares may be dirty.
    pub fn of(text: &str) -> Option<Squares> {
        let code = [EcLevel::Q, EcLevel::M, EcLevel::L]
            .into_iter()
            .filter_map(|level| QrCode::with_error_correction_level(text, level).ok())
            .min_by_key(QrCode::width)?;
        let dark = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
        Some(Squares { side: code.width(), dark })
    }

    /// Squares of one side, the white ones around it included.
    pub fn side(&self) -> usize {
        self.side + 2 * QUIET
    }

    /// Whether a square is dark; outside of the code none is.
    pub fn is_dark(&self, column: usize, row: usize) -> bool {
        let inside = |at: usize| at.checked_sub(QUIET).filter(|at| *at < self.side);
        inside(row).zip(inside(column)).is_some_and(|(row, column)| self.dark[row * self.side + column])
    }

    /// Lines of characters, two squares above each other in one of one column.
    pub fn half_blocks(&self) -> Vec<String> {
        let pair = |column, row| match (self.is_dark(column, row), self.is_dark(column, row + 1)) {
            (true, true) => '█',
            (true, false) => '▀',
            (false, true) => '▄',
            (false, false) => ' ',
        };
        (0..self.side())
            .step_by(2)
            .map(|row| (0..self.side()).map(|column| pair(column, row)).collect())
            .collect()
    }

    /// Lines of characters, each square one of two columns.
    pub fn full_blocks(&self) -> Vec<String> {
        let one = |dark: bool| if dark { "█" } else { "  " };
        let row = |row| (0..self.side()).map(|column| one(self.is_dark(column, row))).collect();
        (0..self.side()).map(row).collect()
    }

    /// A picture for a page, as wide as its place.
    pub fn svg(&self, label: &str) -> String {
        let side = self.side();
        let mut path = String::new();
        for row in 0..side {
            for column in (0..side).filter(|column| self.is_dark(*column, row)) {
                let _ = write!(path, "M{column} {row}h1v1h-1z");
            }
        }
        format!(
            "<svg class=\"code\" role=\"img\" aria-label=\"{label}\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
             <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path d=\"{path}\" fill=\"#000\"/></svg>"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_s_code_fits_the_narrowest_paper() {
        for text in ["GZ-A1-0007-K7QD", "GZ-ABCD-4294967295-K7QD"] {
            let squares = Squares::of(text).unwrap();
            assert!(squares.side() <= 32, "{text} takes {} columns", squares.side());
            let lines = squares.half_blocks();
            assert_eq!(lines.len(), squares.side().div_ceil(2));
            assert!(lines.iter().all(|line| line.chars().count() == squares.side()));
        }
        assert_eq!(Squares::of(&"x".repeat(9000)), None);
    }

    #[test]
    fn the_white_around_it_is_white() {
        let squares = Squares::of("GZ-A1-0007-K7QD").unwrap();
        for at in 0..squares.side() {
            assert!(!squares.is_dark(at, 0) && !squares.is_dark(0, at) && !squares.is_dark(at, 1));
        }
        assert!(squares.is_dark(QUIET, QUIET), "the corner of the finder");
    }
}
