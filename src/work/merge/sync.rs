//! A folder that several windows write to, on a share or a stick: each puts its own
//! bundles there and takes those of the others.
//!
//! Names only spare work: what a file is, it has to prove itself. Files on their way to
//! their name begin with a dot and are not looked at.

use super::{MergeError, OpenedBundle, Outcome, SealFrom, SealedBundle, open_bundle, seal};
use crate::domain::Actor;
use crate::exchange::BundleFault;
use crate::store::{Ledger, Mode, OwnStands, PeerInfo};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Ending of every bundle.
const ENDING: &str = ".bundle";

/// What a round through a folder did.
#[derive(Debug, Default)]
pub struct Synced {
    /// Bundles that were put there.
    pub sealed: Vec<SealedBundle>,
    /// Bundles that were opened, in the order of their names.
    pub opened: Vec<(PathBuf, Result<OpenedBundle, MergeError>)>,
}

/// The name of a bundle from a station to another: `guazhang-A2-000001-000120-to-C0.bundle`.
pub fn name_of(station: &str, first: i64, last: i64, to: &str) -> String {
    format!("guazhang-{station}-{first:06}-{last:06}-to-{to}{ENDING}")
}

/// Station, last event and receiver of a name.
fn parts(name: &str) -> Option<(&str, i64, &str)> {
    let rest = name.strip_prefix("guazhang-")?.strip_suffix(ENDING)?;
    let (range, to) = rest.split_once("-to-")?;
    let mut words = range.split('-');
    let (station, _, last) = (words.next()?, words.next()?, words.next()?);
    Some((station, last.parse().ok()?, to))
}

/// Puts what is new for each trusted window into a folder, and takes from it what is new here.
///
/// # Errors
/// [`MergeError`] where the folder cannot be listed or written; what is wrong with single files stands beside them.
pub fn sync(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    folder: &Path,
    own: &OwnStands,
) -> Result<Synced, MergeError> {
    let mut done = Synced::default();
    let station = ledger.founding().station.clone();
    let peers: Vec<PeerInfo> = ledger.books().peers()?.into_iter().filter(|peer| peer.trusted).collect();
    let names = names(folder)?;
    for peer in &peers {
        let name = |first, last| folder.join(name_of(&station, first, last, &peer.card.station));
        let one = std::slice::from_ref(peer);
        let sealed = match seal(ledger, actor, mode, one, SealFrom::Last, name) {
            // Something else under a name of ours, as what a broken stick left: it is ours to replace.
            Err(MergeError::Io { path, error }) if error.kind() == ErrorKind::AlreadyExists => {
                std::fs::remove_file(&path).map_err(|error| MergeError::Io { path, error })?;
                seal(ledger, actor, mode, one, SealFrom::Last, name)
            }
            sealed => sealed,
        };
        done.sealed.extend(sealed?);
    }
    for name in names {
        let path = folder.join(&name);
        if let Some((from, last, to)) = parts(&name) {
            let known = peers.iter().find(|peer| peer.card.station == from);
            let has = known.map(|peer| ledger.books().peer_head(peer.id)).transpose()?;
            if from == station || to != station || has.is_some_and(|(head, _)| head >= last) {
                continue;
            }
        }
        let opened = open_bundle(ledger, actor, mode, &path, own);
        match opened {
            Err(MergeError::File { fault: BundleFault::NotForUs, .. })
            | Ok(OpenedBundle { outcome: Outcome::Own | Outcome::Known, .. }) => {}
            opened => done.opened.push((path, opened)),
        }
    }
    Ok(done)
}

/// The names of whole bundles in a folder, sorted.
fn names(folder: &Path) -> Result<Vec<String>, MergeError> {
    let at = |error| MergeError::io(folder, error);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(at)? {
        let name = entry.map_err(at)?.file_name().to_string_lossy().into_owned();
        if name.ends_with(ENDING) && !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        let name = name_of("A2", 1, 120, "C0");
        assert_eq!(name, "guazhang-A2-000001-000120-to-C0.bundle");
        assert_eq!(parts(&name), Some(("A2", 120, "C0")));
        for other in
            ["guazhang-A2-1-to-C0.bundle", "A2-1-2-to-C0.bundle", "guazhang-A2-1-2-to-C0.bundle.part"]
        {
            assert_eq!(parts(other), None, "{other}");
        }
    }
}
