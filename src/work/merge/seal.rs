//! Sealing: our own events since the last time, and what they say of our records and
//! of those of the receiver.
//!
//! The file is whole and on its disk before the ledger notes that it was sealed: a
//! stick that is pulled costs a repetition, never a gap.

use super::MergeError;
use crate::domain::{Actor, Right, Said};
use crate::exchange::{About, Header, Part, measure, read, write};
use crate::store::{Books, Ledger, Mode, OwnStands, PeerInfo, Scratch, StoreError, Touched, Writer};
use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// Where a bundle begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealFrom {
    /// After what was sealed to the receiver before.
    Last,
    /// With the first event.
    Beginning,
    /// With this event.
    Event(i64),
}

/// A bundle that was sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedBundle {
    /// Where it is.
    pub path: PathBuf,
    /// What its header says.
    pub header: Header,
}

/// What goes into a bundle.
struct Contents<'a> {
    books: Books<'a>,
    after: i64,
    last: i64,
    touched: Vec<Touched>,
    own: OwnStands,
    station: String,
}

impl Contents<'_> {
    fn parts(&self, take: &mut dyn FnMut(Part<'_>) -> Result<(), MergeError>) -> Result<(), MergeError> {
        self.books.each_line(self.after, self.last, |line| take(Part::Event(line)))?;
        for touched in &self.touched {
            take(Part::Said(&self.said(touched)?))?;
        }
        Ok(())
    }

    fn said(&self, touched: &Touched) -> Result<Said, StoreError> {
        let mine = touched.number.station() == self.station;
        self.books.said(touched, self.own.get(&touched.record).copied(), mine)
    }
}

/// What this ledger has to say to these receivers of events after `after`.
fn news(books: &Books<'_>, station: &str, to: &[&PeerInfo], after: i64) -> Result<Vec<Touched>, StoreError> {
    let wants_mine = to.iter().any(|peer| !peer.answers);
    let theirs = |number: &str| to.iter().any(|peer| peer.card.station == number);
    let mut touched = books.touched(after)?;
    touched.retain(|one| {
        let of = one.number.station();
        if of == station { wants_mine } else { theirs(of) }
    });
    Ok(touched)
}

/// Whether there is anything to say to a receiver that was not sealed to it yet.
pub fn has_news(books: &Books<'_>, station: &str, peer: &PeerInfo) -> Result<bool, StoreError> {
    Ok(!news(books, station, &[peer], peer.sealed_seq)?.is_empty())
}

/// Seals a bundle to these receivers at the path that `name` gives for its first and last event. `None` where there is
/// nothing to say.
///
/// # Errors
/// [`MergeError::Io`] where the file cannot be written or is there already, [`MergeError::Revoked`],
/// [`MergeError::NoSuchEvent`], and what the ledger says.
pub fn seal(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    to: &[PeerInfo],
    from: SealFrom,
    name: impl FnOnce(i64, i64) -> PathBuf,
) -> Result<Option<SealedBundle>, MergeError> {
    if let Some(peer) = to.iter().find(|peer| !peer.trusted) {
        return Err(MergeError::Revoked { station: peer.card.station.clone() });
    }
    let (card, secret) = (ledger.card()?, ledger.bundle_secret()?);
    ledger.write_once(actor, mode, |w| {
        w.needs(Right::Record)?;
        let books = w.books();
        let (last, _) = books.head()?;
        let marks = to.iter().map(|peer| peer.sealed_seq).min().unwrap_or(0);
        let after = match from {
            SealFrom::Last => marks,
            SealFrom::Beginning => 0,
            SealFrom::Event(seq) if (1..=last).contains(&seq) => seq - 1,
            SealFrom::Event(seq) => return Err(MergeError::NoSuchEvent { seq, last }),
        };
        let receivers: Vec<&PeerInfo> = to.iter().collect();
        let touched = news(&books, &card.station, &receivers, after)?;
        if touched.is_empty() {
            w.discard();
            return Ok(None);
        }
        let about = About {
            facility: card.facility.clone(),
            name: card.name.clone(),
            station: card.station.clone(),
            ledger: card.ledger.clone(),
            key: card.key,
            at: actor.at,
            // And to ourselves, so that a file which is there already is known again.
            to: to.iter().map(|peer| &peer.card).chain([&card]).map(|card| card.recipient.clone()).collect(),
            facilities: books.facility_names()?.into_iter().collect(),
        };
        let own = books.own_stands()?;
        let contents = Contents { books, after, last, touched, own, station: card.station.clone() };
        let measured = measure(|take| contents.parts(take))?;
        let header = Header::new(about, &measured);
        let path = name(header.first, header.last);
        if mode == Mode::Keep {
            put(w, &path, &header, &contents, &secret)?;
        }
        let (first, last, records) = (header.first, header.last, header.records);
        drop(contents);
        for peer in to {
            w.note_sealed(peer, first, last, records)?;
        }
        Ok(Some(SealedBundle { path, header }))
    })
}

/// Writes the file beside its name, has it on the disk, and gives it its name. One that is there already and says just
/// this was put there by somebody who was stopped before it was noted.
fn put(
    w: &Writer<'_>,
    path: &Path,
    header: &Header,
    contents: &Contents<'_>,
    secret: &str,
) -> Result<(), MergeError> {
    let at = |error| MergeError::io(path, error);
    if path.symlink_metadata().is_ok() {
        let same = |there: Header| Header { sealed_at: header.sealed_at, ..there } == *header;
        let there = File::open(path).ok().map(BufReader::new);
        let there =
            there.and_then(|file| read(file, secret, |_| Ok(()), |_, _| Ok::<_, MergeError>(())).ok());
        return if there.is_some_and(same) { Ok(()) } else { Err(at(ErrorKind::AlreadyExists.into())) };
    }
    let scratch = Scratch::beside(path, "bundle").map_err(at)?;
    let file = OpenOptions::new().write(true).open(scratch.path()).map_err(at)?;
    let mut out = BufWriter::new(file);
    let sign = |bytes: &[u8]| Ok(w.sign(bytes)?);
    write(header, &mut out, sign, |take| contents.parts(take)).map_err(|error| match error {
        MergeError::Io { error, .. } => at(error),
        other => other,
    })?;
    out.flush().map_err(at)?;
    drop(out);
    scratch.place(path).map_err(at)
}
