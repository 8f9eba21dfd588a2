//! The way of the records: a row of boxes from open to cleared, and below it those that stand aside.

use super::{Anchor, Picture, Tone, scaled};

const BOX: (i64, i64) = (158, 78);
const GAP: i64 = 36;
const LEFT: i64 = 4;

/// One stage.
#[derive(Clone, Debug)]
pub struct Box {
    /// Its name.
    pub label: String,
    /// How many, in words.
    pub count: String,
    /// How much, in words.
    pub amount: String,
    /// How much, fen, for the bar at its foot.
    pub fen: i64,
    /// Its tone.
    pub tone: Tone,
}

/// Boxes on the way, and boxes aside.
pub fn flow(title: &str, says: &str, way: &[Box], aside: &[Box]) -> Picture {
    let widest = i64::try_from(way.len().max(aside.len())).unwrap_or(1).max(1);
    let width = LEFT * 2 + widest * BOX.0 + (widest - 1) * GAP;
    let rows = 1 + i64::from(!aside.is_empty());
    let height = rows * BOX.1 + (rows - 1) * 34 + 8;
    let mut picture = Picture::new(title, says, width, height);
    let most = way.iter().chain(aside).map(|one| one.fen).max().unwrap_or(0);
    for (at, one) in (0..).zip(way) {
        let x = LEFT + at * (BOX.0 + GAP);
        draw(&mut picture, one, (x, 4), most);
        if at > 0 {
            let (from, y) = (x - GAP + 6, 4 + BOX.1 / 2);
            picture.path("frame", &[(from, y), (x - 6, y)]);
            picture.path("frame", &[(x - 13, y - 5), (x - 6, y), (x - 13, y + 5)]);
        }
    }
    for (at, one) in (0..).zip(aside) {
        draw(&mut picture, one, (LEFT + at * (BOX.0 + GAP), 4 + BOX.1 + 34), most);
    }
    picture
}

fn draw(picture: &mut Picture, one: &Box, at: (i64, i64), most: i64) {
    let (x, y) = at;
    picture.rect("frame", at, BOX);
    picture.text("ink", Anchor::Start, (x + 10, y + 21), &one.label);
    picture.text("ink", Anchor::Start, (x + 10, y + 42), &one.count);
    picture.text("soft", Anchor::Start, (x + 10, y + 61), &one.amount);
    picture.rect(one.tone.class(), (x, y + BOX.1 - 7), (scaled(one.fen, most, BOX.0), 7));
}
