//! Whether the chains of windows are whole: every bundle that was taken in goes on where those before it end, tells
//! the same of what both tell, and ends in the hash it says.
//!
//! Hashes are read as they are needed, chain after chain. What the events say is proved where a bundle is loaded.

use super::HubFault;
use super::check::{HubFound, Known, Spot, well_or};
use postgres::Transaction;
use postgres::fallible_iterator::FallibleIterator as _;
use uuid::Uuid;

const BUNDLES: &str = "
    SELECT facility, ledger, first_seq, last_seq, before_hash, head, hashes FROM bundle WHERE state = 'merged'
    ORDER BY facility, ledger, first_seq, last_seq";
const HASH: usize = 32;

/// A stretch as it was noted.
struct Piece {
    first: i64,
    last: i64,
    before: Vec<u8>,
    head: Vec<u8>,
    hashes: Vec<u8>,
}

/// A chain as far as its bundles were read.
struct Whole {
    /// The event whose hash comes first.
    from: i64,
    /// The hash before it.
    before: Vec<u8>,
    hashes: Vec<u8>,
}

pub(super) fn chains(tx: &mut Transaction<'_>, known: &Known) -> Result<HubFound, HubFault> {
    let none: [&str; 0] = [];
    let mut rows = tx.query_raw(BUNDLES, none)?;
    let (mut all, mut of, mut whole) = (Vec::new(), None, Whole::new());
    while let Some(row) = rows.next()? {
        let window: (i64, Uuid) = (row.get(0), row.get(1));
        if of != Some(window) {
            (of, whole) = (Some(window), Whole::new());
        }
        let piece = Piece {
            first: row.get(2),
            last: row.get(3),
            before: row.get(4),
            head: row.get(5),
            hashes: row.get(6),
        };
        if let Err(event) = whole.add(&piece) {
            all.push(Spot { place: known.window(window.0, window.1), event: Some(event), count: 1 });
        }
    }
    Ok(well_or(all))
}

impl Whole {
    /// A chain of which nothing was read yet.
    fn new() -> Whole {
        Whole { from: 1, before: vec![0; HASH], hashes: Vec::new() }
    }

    /// The hash of an event; `None` where it is not known.
    fn hash(&self, seq: i64) -> Option<&[u8]> {
        if seq == self.from - 1 {
            return Some(&self.before);
        }
        let at = usize::try_from(seq - self.from).ok()?;
        self.hashes.get(at * HASH..(at + 1) * HASH)
    }

    fn head(&self) -> i64 {
        self.from - 1 + i64::try_from(self.hashes.len() / HASH).unwrap_or(i64::MAX)
    }

    /// Adds a piece; the event at which it does not fit. What follows goes on from there, so that a fault is told once.
    fn add(&mut self, piece: &Piece) -> Result<(), i64> {
        let next = self.head() + 1;
        let count = usize::try_from(piece.last.saturating_sub(piece.first).saturating_add(1)).unwrap_or(0);
        let shaped =
            count > 0 && piece.hashes.len() / HASH == count && piece.hashes.len().is_multiple_of(HASH);
        if !shaped || !piece.hashes.ends_with(&piece.head) {
            *self =
                Whole { from: piece.last.saturating_add(1), before: piece.head.clone(), hashes: Vec::new() };
            return Err(piece.last);
        }
        if !(1..=next).contains(&piece.first) {
            let Piece { first, before, hashes, .. } = piece;
            *self = Whole { from: *first, before: before.clone(), hashes: hashes.clone() };
            return Err(next);
        }
        let same = |seq: i64, hash: &[u8]| seq >= next || self.hash(seq) == Some(hash);
        let mut told = (piece.first..).zip(piece.hashes.chunks_exact(HASH));
        let other = if self.hash(piece.first - 1) == Some(&piece.before[..]) {
            told.find(|(seq, hash)| !same(*seq, hash)).map(|(seq, _)| seq)
        } else {
            Some(piece.first)
        };
        if piece.last >= next {
            let known = usize::try_from(next - piece.first).unwrap_or(0) * HASH;
            self.hashes.extend(&piece.hashes[known..]);
        }
        other.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(seq: i64) -> [u8; HASH] {
        if seq == 0 { [0; HASH] } else { [u8::try_from(seq).unwrap(); HASH] }
    }

    fn piece(first: i64, last: i64) -> Piece {
        let hashes = (first..=last).flat_map(hash).collect();
        Piece { first, last, before: hash(first - 1).to_vec(), head: hash(last).to_vec(), hashes }
    }

    #[test]
    fn a_hole_or_another_hash_is_told_by_its_event() {
        let other = |first, last, seq: i64| {
            let mut piece = piece(first, last);
            piece.hashes[usize::try_from(seq - first).unwrap() * HASH] ^= 1;
            piece
        };
        #[rustfmt::skip] // the columns are the point
        let cases: [(Vec<Piece>, Vec<i64>); 9] = [
            (vec![piece(1, 3), piece(4, 9)],                              vec![]),
            (vec![piece(1, 3), piece(1, 9), piece(4, 5), piece(10, 12)],  vec![]),
            (vec![piece(1, 3), piece(5, 9), piece(10, 12)],               vec![4]),
            (vec![piece(2, 3)],                                           vec![1]),
            (vec![piece(1, 3), Piece { before: hash(9).to_vec(), ..piece(4, 9) }], vec![4]),
            (vec![piece(1, 3), Piece { head: hash(8).to_vec(), ..piece(4, 9) }],   vec![9]),
            (vec![piece(1, 6), other(4, 9, 5)],                           vec![5]),
            (vec![piece(1, 6), other(4, 9, 8)],                           vec![]),
            (vec![Piece { hashes: Vec::new(), ..piece(1, 3) }],           vec![3]),
        ];
        for (at, (pieces, want)) in cases.into_iter().enumerate() {
            let mut whole = Whole::new();
            let found: Vec<i64> = pieces.iter().filter_map(|piece| whole.add(piece).err()).collect();
            assert_eq!(found, want, "{at}");
        }
    }
}
