//! Whom bundles are exchanged with: trusted by people who compared a fingerprint.

use super::MergeError;
use crate::domain::{Actor, PeerCard, same_fingerprint};
use crate::store::{Books, Ledger, Mode, PeerInfo};
use std::path::Path;

/// The longest file that could be a key.
const LONGEST_CARD: u64 = 4096;

/// A key as it was given: the line itself, or the file it stands in.
///
/// # Errors
/// [`MergeError::Card`], [`MergeError::Io`].
pub fn read_card(given: &str) -> Result<PeerCard, MergeError> {
    if let Ok(card) = given.parse() {
        return Ok(card);
    }
    let path = Path::new(given);
    let size = path.metadata().map_err(|error| MergeError::io(path, error))?.len();
    if size > LONGEST_CARD {
        return Ok("".parse::<PeerCard>()?);
    }
    let text = std::fs::read(path).map_err(|error| MergeError::io(path, error))?;
    Ok(String::from_utf8_lossy(&text).parse()?)
}

/// Trusts a key whose fingerprint somebody read out.
///
/// # Errors
/// [`MergeError::Fingerprint`] where it is another; that its station is taken.
pub fn trust(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    card: &PeerCard,
    fingerprint: &str,
    answers: bool,
) -> Result<PeerInfo, MergeError> {
    if !same_fingerprint(fingerprint, &card.fingerprint()) {
        return Err(MergeError::Fingerprint { given: fingerprint.to_owned() });
    }
    ledger.write(actor, mode, |w| Ok(w.trust_peer(card, answers)?))
}

/// Takes the trust back.
///
/// # Errors
/// [`MergeError::NoPeer`]; that it is not trusted now.
pub fn revoke(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    peer: &str,
    reason: &str,
) -> Result<PeerInfo, MergeError> {
    let peer = wanted(&ledger.books(), peer)?;
    ledger.write(actor, mode, |w| w.revoke_peer(&peer, reason).map_err(MergeError::from))?;
    Ok(peer)
}

/// Drops what is in quarantine of a window, so that bundles of the chain that stands here are taken again. How many
/// were dropped.
///
/// # Errors
/// [`MergeError::NoPeer`], [`MergeError::NotInQuarantine`].
pub fn release(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    peer: &str,
    reason: &str,
) -> Result<usize, MergeError> {
    let peer = wanted(&ledger.books(), peer)?;
    ledger.write(actor, mode, |w| match w.lift_quarantine(&peer, reason)? {
        0 => Err(MergeError::NotInQuarantine { station: peer.card.station.clone() }),
        dropped => Ok(dropped),
    })
}

/// The window that is meant: by station, fingerprint or id of its ledger.
///
/// # Errors
/// [`MergeError::NoPeer`] where none is called so.
pub fn wanted(books: &Books<'_>, text: &str) -> Result<PeerInfo, MergeError> {
    let text = text.trim();
    let is_it = |peer: &PeerInfo| {
        peer.card.station.eq_ignore_ascii_case(text)
            || peer.card.ledger == text
            || same_fingerprint(&peer.card.fingerprint(), text)
    };
    let found = books.peers()?.into_iter().find(is_it);
    found.ok_or_else(|| MergeError::NoPeer { text: text.to_owned() })
}
