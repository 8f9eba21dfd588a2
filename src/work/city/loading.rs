//! Many bundles at once: several connections side by side, each bundle a transaction of its own.
//! To begin anew after whatever happened is the way to go on: what stands is known again.

use crate::domain::{Progress, Time, Watcher};
use crate::exchange::Header;
use crate::hub::{Address, Hub, HubFault};
use crate::work::city::{CityError, CityKeys, load_bundle};
use crate::work::merge::Outcome;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, mpsc};

/// What became of a file.
pub type LoadedFile = (PathBuf, Result<(Header, Outcome), CityError>);

/// Loads bundles over `workers` connections. What is wrong with single files stands beside them; the order is that of
/// `files`.
///
/// # Errors
/// [`HubFault`] where the database cannot be reached or went away: what was loaded until then stands.
pub fn load_bundles(
    address: &Address,
    keys: &CityKeys,
    files: &[PathBuf],
    workers: usize,
    operator: &str,
    now: Time,
    watch: &mut Watcher<'_>,
) -> Result<Vec<LoadedFile>, CityError> {
    let left = Mutex::new(files.iter().enumerate());
    let stop = AtomicBool::new(false);
    let (told, heard) = mpsc::channel();
    let work = |told: mpsc::Sender<Result<(usize, LoadedFile), CityError>>| {
        let mut hub = match Hub::connect(address) {
            Ok(hub) => hub,
            Err(fault) => return drop(told.send(Err(fault.into()))),
        };
        loop {
            let next = left.lock().ok().and_then(|mut left| left.next());
            let Some((at, path)) = next.filter(|_| !stop.load(Ordering::Relaxed)) else { return };
            let said = match one(&mut hub, keys, path, operator, now) {
                Err(CityError::Hub(fault @ (HubFault::Broken { .. } | HubFault::Unreachable { .. }))) => {
                    Err(fault.into())
                }
                done => Ok((at, (path.clone(), done))),
            };
            let gone = said.is_err();
            if told.send(said).is_err() || gone {
                return;
            }
        }
    };
    let mut found = std::thread::scope(|scope| {
        for _ in 0..workers.clamp(1, files.len().max(1)) {
            let told = told.clone();
            scope.spawn(|| work(told));
        }
        drop(told);
        let mut found = Vec::with_capacity(files.len());
        let mut outcome = Ok(());
        let mut rows = 0;
        for said in heard {
            match said {
                Ok(done) => {
                    if let (_, Ok((header, _))) = &done.1 {
                        rows += header.records;
                    }
                    found.push(done);
                }
                Err(error) => outcome = Err(error),
            }
            let far =
                Progress { rows, read: (found.len() as u64, files.len() as u64), ..Progress::default() };
            if outcome.is_ok() && !watch(&far) {
                outcome = Err(HubFault::Stopped.into());
            }
            stop.store(outcome.is_err(), Ordering::Relaxed);
        }
        outcome.map(|()| found)
    })?;
    found.sort_by_key(|(at, _)| *at);
    // Two that met on the way, or one that was set aside while what it waits for was on another connection.
    let mut hub = Hub::connect(address)?;
    let mut found: Vec<LoadedFile> = found.into_iter().map(|(_, file)| file).collect();
    for (path, done) in &mut found {
        if matches!(done, Err(CityError::Hub(HubFault::Server { code, .. })) if code == "23505" || code == "40001")
            || matches!(done, Ok((_, Outcome::Aside { .. })))
        {
            *done = one(&mut hub, keys, path, operator, now);
        }
    }
    Ok(found)
}

fn one(
    hub: &mut Hub,
    keys: &CityKeys,
    path: &Path,
    operator: &str,
    now: Time,
) -> Result<(Header, Outcome), CityError> {
    let bytes = std::fs::read(path).map_err(|error| CityError::Io { path: path.to_owned(), error })?;
    load_bundle(hub, keys, &bytes, operator, now)
}

/// Whether a file is a bundle, by how it begins.
///
/// # Errors
/// [`CityError::Io`] where it cannot be read.
pub fn is_bundle(path: &Path) -> Result<bool, CityError> {
    use std::io::Read as _;
    let at = |error| CityError::Io { path: path.to_owned(), error };
    let mut first = Vec::new();
    std::fs::File::open(path).map_err(at)?.take(20).read_to_end(&mut first).map_err(at)?;
    Ok(first.starts_with(b"age-encryption.org/"))
}
