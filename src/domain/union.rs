//! A union of chains in memory: the rules of [`super::merge`] without a ledger.
//!
//! Pieces of any chain come in any order, as often as they like. The ledger keeps
//! the same sets in tables; here they are small enough to try a thousand orders.

use crate::domain::{Asserted, Digest, Digester, Placer, Placing, Stand, combine};
use crate::text::Label as _;
use std::collections::{BTreeMap, BTreeSet};

/// What a piece says of a record: its name, whether the record is that ledger's own, its version, and how it stands.
pub type PieceSays = (u32, bool, i64, Stand);

/// A stretch of one chain, with the last word on every record that it touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Whose chain.
    pub ledger: String,
    /// Its first event.
    pub first: i64,
    /// The hash before that.
    pub before: Digest,
    /// The hashes of its events.
    pub hashes: Vec<Digest>,
    /// What it says, each with the event that said it.
    pub says: Vec<(i64, PieceSays)>,
}

/// One chain as far as it is known.
#[derive(Clone, Debug, Default)]
struct Chain {
    hashes: Vec<Digest>,
    aside: Vec<Piece>,
    fork: bool,
    /// The last word on each record.
    says: BTreeMap<u32, (i64, bool, i64, Stand)>,
}

impl Chain {
    fn known(&self, seq: i64) -> Option<Digest> {
        let at = usize::try_from(seq).ok()?.checked_sub(1)?;
        self.hashes.get(at).copied()
    }

    fn head(&self) -> i64 {
        i64::try_from(self.hashes.len()).unwrap_or(i64::MAX)
    }

    fn place(&self, piece: &Piece) -> Placing {
        let mut placer = Placer::new(self.head(), piece.first, piece.before, self.known(piece.first - 1));
        for (seq, hash) in (piece.first..).zip(&piece.hashes) {
            placer.meet(seq, *hash, self.known(seq));
        }
        placer.placing()
    }

    fn apply(&mut self, piece: &Piece) {
        let stand = usize::try_from(self.head() - (piece.first - 1)).unwrap_or(0);
        self.hashes.extend(piece.hashes.iter().skip(stand));
        for (seq, (record, home, version, said)) in &piece.says {
            let last = self.says.entry(*record).or_insert((0, *home, *version, *said));
            if *seq > last.0 {
                *last = (*seq, *home, *version, *said);
            }
        }
    }
}

/// What is known of all chains.
#[derive(Clone, Debug, Default)]
pub struct Union {
    chains: BTreeMap<String, Chain>,
}

impl Union {
    /// Takes a piece, and whatever was set aside and now goes on from it.
    pub fn offer(&mut self, piece: &Piece) -> Placing {
        let chain = self.chains.entry(piece.ledger.clone()).or_default();
        let placing = chain.place(piece);
        match placing {
            _ if chain.fork => {}
            Placing::Known => {}
            Placing::Fork { .. } => chain.fork = true,
            Placing::Gap { .. } if chain.aside.contains(piece) => {}
            Placing::Gap { .. } => chain.aside.push(piece.clone()),
            Placing::Next => {
                chain.apply(piece);
                chain.catch_up();
            }
        }
        placing
    }

    /// The digest of what all of it comes to. Of a chain with a fork it holds that there is one, and nothing else.
    pub fn digest(&self) -> Digest {
        let mut digester = Digester::default();
        let mut records: BTreeMap<u32, Vec<(Asserted, i64)>> = BTreeMap::new();
        for (ledger, chain) in &self.chains {
            digester.part(ledger.as_bytes());
            digester.part(&[u8::from(chain.fork)]);
            if chain.fork {
                continue;
            }
            digester.part(chain.hashes.last().unwrap_or(&Digest::NONE).bytes());
            let missing: BTreeSet<i64> = chain.aside.iter().map(|piece| piece.first).collect();
            digester.part(format!("{missing:?}").as_bytes());
            for (record, (_, home, version, stand)) in &chain.says {
                let said = Asserted { ledger: ledger.clone(), home: *home, stand: *stand };
                records.entry(*record).or_default().push((said, *version));
            }
        }
        for (record, said) in records {
            let version = said.iter().map(|(_, version)| *version).max().unwrap_or(1);
            let all: Vec<Asserted> = said.into_iter().map(|(said, _)| said).collect();
            let found = combine(version, &all);
            digester.part(&record.to_be_bytes());
            digester.part(found.stage.id().as_bytes());
            digester.part(found.verdict.map_or("", |verdict| verdict.id()).as_bytes());
            digester.part(&[u8::from(found.void_and_settled)]);
        }
        digester.finish()
    }
}

impl Chain {
    /// Applies what was set aside, as far as it goes on; the order among them is that of the chain.
    fn catch_up(&mut self) {
        self.aside.sort_by_key(|piece| piece.first);
        loop {
            let ready = self.aside.iter().position(|piece| piece.first <= self.head() + 1);
            let Some(ready) = ready else { return };
            let piece = self.aside.remove(ready);
            match self.place(&piece) {
                Placing::Next => self.apply(&piece),
                Placing::Fork { .. } => self.fork = true,
                Placing::Known | Placing::Gap { .. } => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Stage, Verdict};

    /// Numbers that look random and are the same each time.
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, end: usize) -> usize {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            usize::try_from((z ^ (z >> 31)) % end as u64).unwrap()
        }

        fn shuffle<T>(&mut self, things: &mut [T]) {
            for last in (1..things.len()).rev() {
                things.swap(last, self.below(last + 1));
            }
        }
    }

    /// A chain of so many events that say things of records of all stations.
    fn chain(station: usize, stations: usize, events: i64, dice: &mut Dice) -> Piece {
        let stages =
            [Stage::Pending, Stage::Exported, Stage::Settled, Stage::Void, Stage::Rejected, Stage::Held];
        let verdicts = [None, Some(Verdict::Matched), Some(Verdict::Missing)];
        let (mut hash, mut hashes, mut says) = (Digest::NONE, Vec::new(), Vec::new());
        for seq in 1..=events {
            hash = Digest::of(format!("{hash}{station}{seq}").as_bytes());
            hashes.push(hash);
            let of = if dice.below(3) > 0 { station } else { dice.below(stations) };
            let record = u32::try_from(of * 1000 + dice.below(40)).unwrap();
            let version = i64::try_from(dice.below(3) + 1).unwrap();
            let stage = Some(stages[dice.below(stages.len())]);
            let stand = Stand { stage, verdict: verdicts[dice.below(3)], version };
            says.push((seq, (record, of == station, version, stand)));
        }
        Piece { ledger: format!("L{station:02}"), first: 1, before: Digest::NONE, hashes, says }
    }

    /// The stretch of a chain from one event to another.
    fn cut(whole: &Piece, first: i64, last: i64) -> Piece {
        let at = |seq: i64| usize::try_from(seq - 1).unwrap();
        let before = if first == 1 { Digest::NONE } else { whole.hashes[at(first - 1)] };
        Piece {
            ledger: whole.ledger.clone(),
            first,
            before,
            hashes: whole.hashes[at(first)..=at(last)].to_vec(),
            says: whole.says.iter().filter(|(seq, _)| (first..=last).contains(seq)).copied().collect(),
        }
    }

    /// Pieces that cover a chain: some overlap, and every chain is there from its first event to its last.
    fn pieces(whole: &Piece, dice: &mut Dice) -> Vec<Piece> {
        let events = i64::try_from(whole.hashes.len()).unwrap();
        let (mut all, mut first) = (Vec::new(), 1);
        while first <= events {
            let last = (first + i64::try_from(dice.below(120)).unwrap()).min(events);
            let back = i64::try_from(dice.below(30)).unwrap();
            all.push(cut(whole, (first - back).max(1), last));
            first = last + 1;
        }
        all
    }

    fn size(name: &str, small: usize) -> usize {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(small)
    }

    /// At full size: `GUAZHANG_STATIONS=30 GUAZHANG_EVENTS=1000 GUAZHANG_ORDERS=1000 cargo test --release --lib union`.
    #[test]
    fn any_order_with_repeats_and_gaps_comes_to_one_state() {
        let (stations, orders) = (size("GUAZHANG_STATIONS", 6), size("GUAZHANG_ORDERS", 60));
        let events = i64::try_from(size("GUAZHANG_EVENTS", 200)).unwrap();
        let mut dice = Dice(7);
        let chains: Vec<Piece> =
            (0..stations).map(|station| chain(station, stations, events, &mut dice)).collect();
        let mut want = None;
        for order in 0..orders {
            // Each order has pieces of its own, some of them twice.
            let mut given: Vec<Piece> = chains.iter().flat_map(|chain| pieces(chain, &mut dice)).collect();
            for _ in 0..given.len() / 3 {
                let again = given[dice.below(given.len())].clone();
                given.push(again);
            }
            dice.shuffle(&mut given);
            let mut union = Union::default();
            for piece in &given {
                let placing = union.offer(piece);
                assert!(!matches!(placing, Placing::Fork { .. }), "order {order}");
            }
            let digest = union.digest();
            assert_eq!(*want.get_or_insert(digest), digest, "order {order}");
        }
        // A state that does not hang on what was said would pass as well.
        let mut other = Union::default();
        for chain in chains.iter().skip(1) {
            other.offer(chain);
        }
        assert_ne!(want, Some(other.digest()));
    }

    #[test]
    fn what_is_missing_stays_missing_and_a_fork_is_one_in_any_order() {
        let mut dice = Dice(11);
        let whole = chain(0, 2, 90, &mut dice);
        let other = chain(1, 2, 90, &mut dice);
        let mut forked = cut(&whole, 31, 60);
        forked.hashes[20..].iter_mut().for_each(|hash| *hash = Digest::of(&hash.bytes()[..]));
        let given = [cut(&whole, 1, 30), cut(&whole, 31, 60), cut(&whole, 61, 90), forked, other];
        let mut want = None;
        for _ in 0..40 {
            let mut order: Vec<&Piece> = given.iter().chain(&given).collect();
            dice.shuffle(&mut order);
            let mut union = Union::default();
            for piece in order {
                union.offer(piece);
            }
            assert_eq!(*want.get_or_insert_with(|| union.digest()), union.digest());
        }
        let mut gap = Union::default();
        assert_eq!(gap.offer(&given[0]), Placing::Next);
        assert_eq!(gap.offer(&given[2]), Placing::Gap { from: 31 });
        let waits = gap.digest();
        assert_eq!(gap.offer(&given[2]), Placing::Gap { from: 31 });
        assert_eq!(gap.digest(), waits);
        assert_eq!(gap.offer(&given[1]), Placing::Next);
        assert_ne!(gap.digest(), waits);
    }
}
