//! Opening a bundle: proved whole, laid beside what is known of its chain, and then
//! taken in, set aside or kept apart, in one transaction.

use super::MergeError;
use crate::domain::{Actor, Digest, Placer, Placing, Said};
use crate::exchange::{BundleFault, Header, Opened, read};
use crate::store::{Books, Ledger, Mode, OwnStands, PeerInfo, StoreError, Stretch, Writer};
use std::cell::RefCell;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// What became of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was taken in, and with it others that had waited for it.
    Merged {
        /// Records that were not known before.
        new: u64,
        /// Records of which it said something new.
        changed: u64,
        /// Bundles that had waited.
        waited: u64,
    },
    /// All of it was known.
    Known,
    /// It waits until what lies between has come.
    Aside {
        /// The first event that is missing.
        from: i64,
    },
    /// It is of another chain, and kept apart.
    Fork {
        /// The first event of which there are two.
        at: i64,
    },
    /// Sealed here, at this window or by this hub.
    Own,
}

/// A bundle that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedBundle {
    /// What its header says.
    pub header: Header,
    /// What became of it.
    pub outcome: Outcome,
}

/// The window that sealed it, where this ledger trusts that very key.
fn trusted(books: &Books<'_>, header: &Header) -> Result<PeerInfo, MergeError> {
    let station = header.station.clone();
    let Some(peer) = books.peer_of(&header.ledger)? else {
        return Err(MergeError::Stranger { station, name: header.name.clone() });
    };
    if peer.card.key != header.key || peer.card.station != header.station {
        return Err(MergeError::OtherKey { station });
    }
    if !peer.trusted {
        return Err(MergeError::Revoked { station });
    }
    Ok(peer)
}

/// A bundle that was read to its end and found whole.
struct Proved {
    header: Header,
    peer: PeerInfo,
    placing: Placing,
    /// How far its chain was known.
    head: (i64, Digest),
}

impl Proved {
    fn stretch(&self) -> Stretch {
        Stretch { first: self.header.first, last: self.header.last, head: self.header.head }
    }
}

/// The window that sealed a bundle, what the bundle is so far, and how far the chain is known.
type Placed = (PeerInfo, Placer, (i64, Digest));

/// Proves a bundle and finds out what it is beside what is known. `None` where this ledger itself sealed it.
fn prove(books: &Books<'_>, secret: &str, from: impl Read) -> Result<Option<Proved>, MergeError> {
    let us = books.ledger_id()?;
    let found: RefCell<Option<Placed>> = RefCell::new(None);
    let trust = |header: &Header| -> Result<(), MergeError> {
        if header.ledger == us {
            return if header.key == books.station_key()? {
                Ok(())
            } else {
                Err(BundleFault::Signature.into())
            };
        }
        let peer = trusted(books, header)?;
        let head = books.peer_head(peer.id)?;
        let known = books.peer_hash(peer.id, header.first - 1)?;
        let placer = Placer::new(head.0, header.first, header.before, known);
        *found.borrow_mut() = Some((peer, placer, head));
        Ok(())
    };
    let header = read(from, secret, trust, |_, line| -> Result<(), MergeError> {
        if let (Opened::Event(event), Some((peer, placer, head))) = (line, found.borrow_mut().as_mut()) {
            let known = if event.seq <= head.0 { books.peer_hash(peer.id, event.seq)? } else { None };
            placer.meet(event.seq, event.hash, known);
        }
        Ok(())
    })?;
    let found = found.into_inner();
    Ok(found.map(|(peer, placer, head)| Proved { header, peer, placing: placer.placing(), head }))
}

/// Opens a bundle: nothing is written before all of it was proved.
///
/// # Errors
/// [`MergeError`]; the books are as they were. A fork is no error here: it is kept apart, and [`Outcome::Fork`] says so.
pub fn open_bundle(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    path: &Path,
    own: &OwnStands,
) -> Result<OpenedBundle, MergeError> {
    let secret = ledger.bundle_secret()?;
    let file = || File::open(path).map(BufReader::new).map_err(|error| MergeError::io(path, error));
    let proved = prove(&ledger.books(), &secret, file()?).map_err(|error| error.in_file(path))?;
    let Some(proved) = proved else {
        let header = own_header(&secret, file()?).map_err(|error| error.in_file(path))?;
        return Ok(OpenedBundle { header, outcome: Outcome::Own });
    };
    let chain = ledger.books().peer_chain(proved.peer.id)?;
    if let Some(waiting) = chain.quarantined.first() {
        let fork = waiting.fork.unwrap_or(waiting.first);
        return Err(MergeError::InQuarantine { station: proved.peer.card.station, fork });
    }
    if proved.placing == Placing::Known {
        return Ok(OpenedBundle { header: proved.header, outcome: Outcome::Known });
    }
    // What is kept as it came has to be the very bytes that were proved.
    let bytes = match proved.placing {
        Placing::Gap { .. } | Placing::Fork { .. } => {
            Some(std::fs::read(path).map_err(|error| MergeError::io(path, error))?)
        }
        _ => None,
    };
    let outcome = ledger.write_once(actor, mode, |w| -> Result<Outcome, MergeError> {
        if w.books().peer_head(proved.peer.id)? != proved.head {
            return Err(StoreError::Stale { what: format!("peer {}", proved.peer.card.station) }.into());
        }
        match (proved.placing, &bytes) {
            (Placing::Gap { from }, Some(bytes)) => {
                said_in(&secret, bytes, &proved.header)?;
                if !w.set_aside(&proved.peer, &proved.stretch(), from, bytes)? {
                    w.discard();
                }
                Ok(Outcome::Aside { from })
            }
            (Placing::Fork { at }, Some(bytes)) => {
                let said = said_in(&secret, bytes, &proved.header)?;
                w.quarantine(&proved.peer, &proved.stretch(), at, bytes, &said)?;
                Ok(Outcome::Fork { at })
            }
            _ => {
                let merged = take(w, &secret, file()?, &proved, None, own)?;
                let waited = catch_up(w, &secret, &proved.peer, own)?;
                Ok(Outcome::Merged {
                    new: merged.0 + waited.1,
                    changed: merged.1 + waited.2,
                    waited: waited.0,
                })
            }
        }
    });
    let outcome = outcome.map_err(|error| error.in_file(path))?;
    Ok(OpenedBundle { header: proved.header, outcome })
}

/// The header of a bundle that this ledger sealed; others have no such.
fn own_header(secret: &str, from: impl Read) -> Result<Header, MergeError> {
    read(from, secret, |_| Ok(()), |_, _| Ok(()))
}

/// What a bundle in memory says, where it is the one that was proved.
fn said_in(secret: &str, bytes: &[u8], proved: &Header) -> Result<Vec<Said>, MergeError> {
    let mut said = Vec::new();
    let header = read(
        bytes,
        secret,
        |_| Ok(()),
        |_, line| -> Result<(), MergeError> {
            if let Opened::Said(one) = line {
                said.push(*one);
            }
            Ok(())
        },
    )?;
    if header == *proved { Ok(said) } else { Err(BundleFault::Altered.into()) }
}

/// Takes a proved bundle in; the second reading must find the very same. New and changed records.
fn take(
    w: &mut Writer<'_>,
    secret: &str,
    from: impl Read,
    proved: &Proved,
    aside: Option<i64>,
    own: &OwnStands,
) -> Result<(u64, u64), MergeError> {
    let mut merging = w.begin_merge(&proved.peer, proved.stretch(), aside)?;
    for (code, name) in &proved.header.facilities {
        w.take_facility(&mut merging, code, name)?;
    }
    let same = |header: &Header| {
        if *header == proved.header { Ok(()) } else { Err(MergeError::from(BundleFault::Altered)) }
    };
    read(from, secret, same, |_, line| -> Result<(), MergeError> {
        match line {
            Opened::Event(event) => w.take_event(&merging, &event)?,
            Opened::Said(said) => w.take_said(&mut merging, &said)?,
        }
        Ok(())
    })?;
    let merged = w.end_merge(merging, own)?;
    Ok((merged.new, merged.changed))
}

/// Takes in what had waited, as far as it goes on now: how many bundles, new and changed records.
fn catch_up(
    w: &mut Writer<'_>,
    secret: &str,
    peer: &PeerInfo,
    own: &OwnStands,
) -> Result<(u64, u64, u64), MergeError> {
    let mut done = (0, 0, 0);
    loop {
        let chain = w.books().peer_chain(peer.id)?;
        let ready = chain.aside.iter().find(|waiting| waiting.first <= chain.head + 1);
        let Some(ready) = ready.copied() else { return Ok(done) };
        let bytes = w.books().bundle_file(ready.bundle)?;
        let proved = prove(&w.books(), secret, &bytes[..])?.ok_or(BundleFault::Altered)?;
        if let Placing::Fork { at } = proved.placing {
            let said = said_in(secret, &bytes, &proved.header)?;
            w.quarantine_aside(peer, ready.bundle, at, &said)?;
            return Ok(done);
        }
        let (new, changed) = take(w, secret, &bytes[..], &proved, Some(ready.bundle), own)?;
        done = (done.0 + 1, done.1 + new, done.2 + changed);
    }
}

/// Lays what windows say beside each other, once all bundles at hand are open. New breaks, and those that are gone.
///
/// # Errors
/// What the ledger says.
pub fn compare_windows(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    own: &OwnStands,
) -> Result<(usize, usize), MergeError> {
    ledger.write(actor, mode, |w| {
        let odd = w.books().odd_windows(own)?;
        let found = w.see_windows(&odd)?;
        if found == (0, 0) {
            w.discard();
        }
        Ok(found)
    })
}
