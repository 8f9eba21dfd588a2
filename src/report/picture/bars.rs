//! Lying bars, one below the other: ageing, deadlines, reasons.

use super::{Anchor, Picture, Tone, scaled};

const WIDTH: i64 = 920;
const ROW: i64 = 30;
const LABEL: i64 = 190;
const LONGEST: i64 = 440;

/// One bar.
#[derive(Clone, Debug)]
pub struct Bar {
    /// What it is of.
    pub label: String,
    /// How long it is.
    pub value: i64,
    /// What stands at its end: count and money.
    pub words: String,
    /// Its tone.
    pub tone: Tone,
}

/// Bars to one scale.
pub fn bars(title: &str, says: &str, bars: &[Bar]) -> Picture {
    let height = ROW * i64::try_from(bars.len()).unwrap_or(0) + 8;
    let mut picture = Picture::new(title, says, WIDTH, height);
    let most = bars.iter().map(|bar| bar.value).max().unwrap_or(0);
    for (at, bar) in (0..).zip(bars) {
        let y = 4 + at * ROW;
        let length = scaled(bar.value, most, LONGEST);
        picture.text("ink", Anchor::End, (LABEL - 10, y + 19), &bar.label);
        picture.rect(bar.tone.class(), (LABEL, y + 4), (length, ROW - 10));
        picture.text("ink", Anchor::Start, (LABEL + length + 8, y + 19), &bar.words);
    }
    picture.path("frame", &[(LABEL, 0), (LABEL, height)]);
    picture
}
