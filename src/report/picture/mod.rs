//! Pictures as SVG text that a page holds in itself: whole coordinates, classes instead
//! of colours (the page's style has them for light, dark and print), a title and a
//! description for whoever cannot see them. Every number here also stands in a table.

mod bars;
mod burn_down;
mod flow;
mod tiles;
mod timeline;

pub use bars::{Bar, bars};
pub use burn_down::{Left, burn_down};
pub use flow::{Box, flow};
pub use tiles::{Shade, Tile, tiles};
pub use timeline::{Hour, Span, Step, timeline};

use crate::report::html::escaped;
use std::fmt::Write as _;

/// A tone of the page's style.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// What is as it should be, or on its way.
    Blue,
    /// What is due soon.
    Orange,
    /// What is done.
    Green,
    /// What is late or wrong.
    Red,
    /// What rests.
    Grey,
    /// What somebody else decides.
    Purple,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Tone::Blue => "blue",
            Tone::Orange => "orange",
            Tone::Green => "green",
            Tone::Red => "red",
            Tone::Grey => "grey",
            Tone::Purple => "purple",
        }
    }
}

/// A picture.
#[derive(Clone, Debug)]
pub struct Picture {
    title: String,
    says: String,
    width: i64,
    height: i64,
    body: String,
}

/// Where a text stands to its point.
#[derive(Clone, Copy)]
enum Anchor {
    Start,
    Middle,
    End,
}

impl Picture {
    fn new(title: &str, says: &str, width: i64, height: i64) -> Picture {
        Picture { title: title.to_owned(), says: says.to_owned(), width, height, body: String::new() }
    }

    /// As SVG; `id` is unique in the page.
    pub fn svg(&self, id: &str) -> String {
        let (width, height) = (self.width, self.height);
        format!(
            "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\">\n\
             <title id=\"{id}-t\">{}</title>\n<desc id=\"{id}-d\">{}</desc>\n{}</svg>\n",
            escaped(&self.title),
            escaped(&self.says),
            self.body
        )
    }

    fn rect(&mut self, class: &str, at: (i64, i64), size: (i64, i64)) {
        let ((x, y), (width, height)) = (at, size);
        let _ = writeln!(
            self.body,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>"
        );
    }

    /// The same with words for whoever points at it.
    fn told(&mut self, class: &str, at: (i64, i64), size: (i64, i64), words: &str) {
        let ((x, y), (width, height)) = (at, size);
        let words = escaped(words);
        let _ = writeln!(
            self.body,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"><title>{words}</title></rect>"
        );
    }

    fn path(&mut self, class: &str, points: &[(i64, i64)]) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x},{y}")).collect();
        let _ = writeln!(self.body, "<polyline class=\"{class}\" points=\"{}\"/>", points.join(" "));
    }

    fn text(&mut self, class: &str, anchor: Anchor, at: (i64, i64), text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let (x, y) = at;
        let _ = writeln!(
            self.body,
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{}</text>",
            escaped(text)
        );
    }
}

/// `value` of `most` on a scale of `length`; anything above nothing is at least one wide.
fn scaled(value: i64, most: i64, length: i64) -> i64 {
    if value <= 0 || most <= 0 {
        return 0;
    }
    let exact = i128::from(value) * i128::from(length) / i128::from(most);
    i64::try_from(exact).unwrap_or(length).clamp(1, length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_shows_what_is_there() {
        let cases = [((0, 100), 0), ((-5, 100), 0), ((1, 1_000_000), 1), ((50, 100), 100), ((100, 100), 200)];
        for ((value, most), want) in cases {
            assert_eq!(scaled(value, most, 200), want, "{value} of {most}");
        }
        assert_eq!(scaled(i64::MAX, i64::MAX, 200), 200);
    }

    #[test]
    fn every_picture_has_its_words_and_none_breaks_out() {
        let picture = bars(
            "<账龄>",
            "a \"b\"",
            &[Bar {
                label: "0–1 天 <i>".to_owned(),
                value: 3,
                words: "3 笔 & 5.00".to_owned(),
                tone: Tone::Blue,
            }],
        );
        let svg = picture.svg("age");
        assert!(
            svg.contains("<title id=\"age-t\">&lt;账龄&gt;</title>") && svg.contains("<desc id=\"age-d\">")
        );
        assert!(svg.contains("0–1 天 &lt;i&gt;") && svg.contains("3 笔 &amp; 5.00"));
    }
}
