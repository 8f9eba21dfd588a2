//! Many things as tiles, each as large as what it is worth: like shades lie together, the largest first, so that a few
//! dark ones among thousands are one dark field.
//!
//! A squarified treemap in whole numbers, in tenths of the picture's unit: three thousand tiles of a hand's breadth
//! still have their gaps. What is too small to be seen is drawn larger, and the words above the picture say so.

use super::{Anchor, Picture, escaped};
use crate::text::{fit, width};
use std::fmt::Write as _;

const WIDTH: i64 = 920;
const HEIGHT: i64 = 540;
/// So many of the tiles' units are one of the picture's.
const FINE: i64 = 10;
/// Between tiles, and between fields of one shade, in tenths.
const GAP: i64 = 8;
const FIELD_GAP: i64 = 40;
/// A tile is at least as large as the mean one divided by this.
const SMALLEST: i64 = 6;
/// Room of a shade in the legend.
const LEGEND_ROW: i64 = 44;
const PER_ROW: usize = 4;
/// A name is cut to no fewer columns than these.
const LETTERS: usize = 11;

/// A shade of tiles, the lightest first.
#[derive(Clone, Debug)]
pub struct Shade {
    /// What tiles of it have in common.
    pub label: String,
    /// How many there are, and what they are worth.
    pub words: String,
    /// A dashed line instead of a shade: nothing is known of what is inside.
    pub empty: bool,
}

/// One thing.
#[derive(Clone, Debug)]
pub struct Tile {
    /// Its name.
    pub label: String,
    /// The number that matters, short.
    pub short: String,
    /// Everything, for whoever points at it.
    pub words: String,
    /// What its area stands for.
    pub weight: i64,
    /// Its place in the list of shades.
    pub shade: usize,
    /// The number it has in the table below, for the first few.
    pub rank: Option<usize>,
}

/// A place in tenths of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    x: i64,
    y: i64,
    width: i64,
    height: i64,
}

/// Tiles and the legend of their shades.
pub fn tiles(title: &str, says: &str, shades: &[Shade], tiles: &[Tile]) -> Picture {
    let used: Vec<usize> =
        (0..shades.len()).filter(|at| tiles.iter().any(|tile| tile.shade == *at)).collect();
    let legend = LEGEND_ROW * i64::try_from(used.len().div_ceil(PER_ROW)).unwrap_or(0);
    let mut picture = Picture::new(title, says, WIDTH, HEIGHT + 12 + legend);
    let placed = laid(tiles, used.iter().copied());
    let _ = writeln!(picture.body, "<g transform=\"scale(.1)\">");
    for (at, place) in &placed {
        let tile = &tiles[*at];
        let empty = shades.get(tile.shade).is_some_and(|shade| shade.empty);
        picture.tile(&class(tile.shade, empty), *place, empty, &tile.words);
    }
    let _ = writeln!(picture.body, "</g>");
    for (at, place) in &placed {
        let empty = shades.get(tiles[*at].shade).is_some_and(|shade| shade.empty);
        picture.label(&tiles[*at], *place, empty);
    }
    for (place, at) in used.iter().enumerate() {
        picture.shade(place, *at, &shades[*at]);
    }
    picture
}

/// Where each tile lies, with its position in the list: shades as fields, tiles within them.
fn laid(tiles: &[Tile], shades: impl Iterator<Item = usize>) -> Vec<(usize, Place)> {
    let all: i128 = tiles.iter().map(|tile| i128::from(tile.weight.max(0))).sum();
    let count = i128::try_from(tiles.len()).unwrap_or(i128::MAX).max(1);
    let least = (all / count / i128::from(SMALLEST)).max(1);
    let weight = |at: &usize| i128::from(tiles[*at].weight).max(least);
    let mut fields: Vec<(i128, Vec<usize>)> = shades
        .map(|shade| {
            let mut own: Vec<usize> = (0..tiles.len()).filter(|at| tiles[*at].shade == shade).collect();
            own.sort_by_key(|at| std::cmp::Reverse(weight(at)));
            (own.iter().map(weight).sum(), own)
        })
        .filter(|(_, own): &(i128, Vec<usize>)| !own.is_empty())
        .collect();
    fields.sort_by_key(|field| std::cmp::Reverse(field.0));
    let whole = Place { x: 0, y: 0, width: WIDTH * FINE, height: HEIGHT * FINE };
    let sums: Vec<i128> = fields.iter().map(|field| field.0).collect();
    let mut placed = Vec::with_capacity(tiles.len());
    for ((_, own), field) in fields.iter().zip(squarified(&sums, whole)) {
        let weights: Vec<i128> = own.iter().map(weight).collect();
        let inner = field.within(FIELD_GAP);
        placed.extend(
            own.iter().copied().zip(squarified(&weights, inner).into_iter().map(|place| place.within(GAP))),
        );
    }
    placed
}

/// Cuts a place into parts as large as their weights, which descend, each as nearly a square as comes.
fn squarified(weights: &[i128], mut rest: Place) -> Vec<Place> {
    let mut left: i128 = weights.iter().sum();
    let (mut at, mut places) = (0, Vec::with_capacity(weights.len()));
    while at < weights.len() {
        let (side, other) = (rest.width.min(rest.height), rest.width.max(rest.height));
        let (mut end, mut sum) = (at + 1, weights[at]);
        let worst = |sum: i128, end: usize| -> i128 {
            let thick = i128::from(other) * sum / left;
            [weights[at], weights[end - 1]]
                .map(|one| oblong(thick, i128::from(side) * one / sum))
                .into_iter()
                .max()
                .unwrap_or(0)
        };
        while end < weights.len() && worst(sum + weights[end], end + 1) <= worst(sum, end) {
            sum += weights[end];
            end += 1;
        }
        let thick = if end == weights.len() { other } else { part(other, sum, left) };
        let mut done = 0;
        for weight in &weights[at..end] {
            let (from, to) = (part(side, done, sum), part(side, done + weight, sum));
            places.push(if rest.width >= rest.height {
                Place { x: rest.x, y: rest.y + from, width: thick, height: to - from }
            } else {
                Place { x: rest.x + from, y: rest.y, width: to - from, height: thick }
            });
            done += weight;
        }
        if rest.width >= rest.height {
            (rest.x, rest.width) = (rest.x + thick, rest.width - thick);
        } else {
            (rest.y, rest.height) = (rest.y + thick, rest.height - thick);
        }
        (left, at) = (left - sum, end);
    }
    places
}

/// How far from a square, in thousandths.
fn oblong(one: i128, other: i128) -> i128 {
    one.max(other) * 1000 / one.min(other).max(1)
}

/// `of / all` of a length.
fn part(length: i64, of: i128, all: i128) -> i64 {
    i64::try_from(i128::from(length) * of / all.max(1)).unwrap_or(length)
}

impl Place {
    /// The same without a gap to what lies right and below; never nothing.
    fn within(self, gap: i64) -> Place {
        let less = |length: i64| (length - gap.min(length / 3)).max(1);
        Place { width: less(self.width), height: less(self.height), ..self }
    }
}

fn class(shade: usize, empty: bool) -> String {
    if empty { "none-yet".to_owned() } else { format!("s{shade}") }
}

impl Picture {
    fn tile(&mut self, class: &str, place: Place, empty: bool, words: &str) {
        let Place { mut x, mut y, mut width, mut height } = place;
        if empty {
            // A line is drawn on both sides of its edge.
            let inset = 6.min(width / 4).min(height / 4);
            (x, y, width, height) = (x + inset, y + inset, width - 2 * inset, height - 2 * inset);
        }
        let _ = writeln!(
            self.body,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"><title>{}</title></rect>",
            escaped(words)
        );
    }

    /// The words on a tile, as far as there is room.
    fn label(&mut self, tile: &Tile, place: Place, empty: bool) {
        let Place { x, y, width: wide, height: high } = Place {
            x: place.x / FINE,
            y: place.y / FINE,
            width: place.width / FINE,
            height: place.height / FINE,
        };
        let ink = if tile.shade < 3 || empty { "ink" } else { "on" };
        let rank = tile.rank.map(|rank| rank.to_string());
        let room = usize::try_from((wide - 10) / 7).unwrap_or(0);
        let name = match &rank {
            Some(rank) => format!("{rank} {}", tile.label),
            None => tile.label.clone(),
        };
        // Three letters of a name tell nothing.
        if high >= 38 && room >= width(&name).min(LETTERS) {
            self.text(ink, Anchor::Start, (x + 6, y + 17), &fit(&name, room));
            if !tile.short.is_empty() && width(&tile.short) <= room {
                self.text(ink, Anchor::Start, (x + 6, y + 33), &tile.short);
            }
        } else if let Some(rank) =
            rank.filter(|rank| wide >= 9 * i64::try_from(rank.len()).unwrap_or(0) && high >= 14)
        {
            self.text(ink, Anchor::Middle, (x + wide / 2, y + high / 2 + 5), &rank);
        }
    }

    /// A shade in the legend.
    fn shade(&mut self, place: usize, at: usize, shade: &Shade) {
        let (column, row) = (place % PER_ROW, place / PER_ROW);
        let columns = i64::try_from(PER_ROW).unwrap_or(1);
        let x = i64::try_from(column).unwrap_or(0) * (WIDTH / columns);
        let y = HEIGHT + 14 + i64::try_from(row).unwrap_or(0) * LEGEND_ROW;
        let _ = write!(self.body, "<g transform=\"scale(.1)\">");
        self.rect(&class(at, shade.empty), (x * FINE + 10, y * FINE + 30), (20 * FINE, 28 * FINE));
        let _ = writeln!(self.body, "</g>");
        self.text("ink", Anchor::Start, (x + 30, y + 14), &shade.label);
        self.text("soft", Anchor::Start, (x + 30, y + 31), &shade.words);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tile(weight: i64, shade: usize) -> Tile {
        let label = format!("<{weight}>");
        Tile { words: format!("{label} & more"), label, short: "1.2".to_owned(), weight, shade, rank: None }
    }

    fn shades() -> Vec<Shade> {
        let shade = |label: &str, empty| Shade { label: label.to_owned(), words: "3".to_owned(), empty };
        vec![shade("done", false), shade("half", false), shade("silent", true)]
    }

    #[test]
    fn every_thing_is_one_tile_and_no_name_breaks_out() {
        let all: Vec<Tile> = (0..50).map(|at| tile(at * 1000, usize::try_from(at).unwrap() % 3)).collect();
        let svg = tiles("city", "says", &shades(), &all).svg("city");
        assert_eq!(svg.matches("<rect ").count(), 50 + 3, "a mark each, and the legend");
        assert_eq!(svg.matches("</title></rect>").count(), 50);
        assert_eq!(svg.matches("class=\"none-yet\"").count(), 16 + 1);
        assert!(svg.contains("&lt;49000&gt; &amp; more") && !svg.contains("<49000>"));
        let few = tiles("city", "says", &shades(), &[tile(5, 1)]).svg("city");
        assert!(few.contains("half") && !few.contains("silent"), "a shade without a tile needs no legend");
        assert_eq!(tiles("city", "says", &shades(), &[]).svg("city").matches("<rect ").count(), 0);
    }

    #[test]
    fn areas_are_as_the_weights() {
        let all = [600, 300, 60, 40].map(|weight| tile(weight, 0));
        let places = laid(&all, 0..1);
        let whole = i128::from(WIDTH * FINE - FIELD_GAP) * i128::from(HEIGHT * FINE - FIELD_GAP);
        // The least is a sixth of the mean; 40 of 1000 is a little less than that, and drawn so.
        let weights = [600, 300, 60, 41];
        for ((_, place), weight) in places.iter().zip(weights) {
            let area = i128::from(place.width + GAP) * i128::from(place.height + GAP);
            let want = whole * weight / 1001;
            assert!((area - want).abs() * 100 < want, "{place:?}: {area} of {want}");
        }
    }

    proptest! {
        #[test]
        fn tiles_lie_beside_each_other_within_the_picture(
            weights in prop::collection::vec((-5_i64..1_000_000_000_000, 0_usize..3), 1..300),
        ) {
            let all: Vec<Tile> = weights.iter().map(|(weight, shade)| tile(*weight, *shade)).collect();
            let mut places = laid(&all, 0..3);
            prop_assert_eq!(places.len(), all.len());
            places.sort_by_key(|(_, place)| (place.x, place.y));
            for (at, (_, one)) in places.iter().enumerate() {
                prop_assert!(one.width > 0 && one.height > 0, "{:?}", one);
                prop_assert!(one.x + one.width <= WIDTH * FINE && one.y + one.height <= HEIGHT * FINE, "{:?}", one);
                for (_, other) in places[at + 1..].iter().take_while(|(_, other)| other.x < one.x + one.width) {
                    let apart = other.y >= one.y + one.height || one.y >= other.y + other.height;
                    prop_assert!(apart, "{:?} {:?}", one, other);
                }
            }
        }
    }
}
