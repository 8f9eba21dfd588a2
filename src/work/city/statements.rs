//! Many statements at once: several connections side by side, each file a transaction of its own.

use crate::domain::{Digest, Progress, Time, Watcher};
use crate::hub::{Address, Hub, HubFault};
use crate::intake::StatementSheet;
use crate::work::Expected;
use crate::work::city::{CityError, CityKeys, StatementTaken, load_statement};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, mpsc};

/// A statement file about to be loaded: its name, its digest, and what reads it.
pub struct StatementToLoad {
    /// Its name.
    pub name: String,
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// What reads it; opened again where two files met.
    pub open: Box<dyn Fn() -> Result<StatementSheet, CityError> + Send + Sync>,
}

/// Loads statements over `workers` connections, in the order of `files`. The first that is refused ends it; what was
/// loaded before stands.
///
/// # Errors
/// [`CityError`].
pub fn load_statements(
    address: &Address,
    keys: &CityKeys,
    files: &[StatementToLoad],
    (facility, expected): (Option<&str>, Expected),
    workers: usize,
    (operator, now): (&str, Time),
    watch: &mut Watcher<'_>,
) -> Result<Vec<StatementTaken>, CityError> {
    let left = Mutex::new(files.iter().enumerate());
    let (stop, rows) = (AtomicBool::new(false), AtomicU64::new(0));
    let (told, heard) = mpsc::channel();
    let one = |hub: &mut Hub, file: &StatementToLoad| -> Result<StatementTaken, CityError> {
        let mut sheet = (file.open)()?;
        let mut before = 0;
        let mut goes_on = |far: &Progress| {
            rows.fetch_add(far.rows - before, Ordering::Relaxed);
            before = far.rows;
            !stop.load(Ordering::Relaxed)
        };
        let named = (file.name.as_str(), file.digest);
        load_statement(hub, keys, &mut sheet, named, (facility, expected), operator, now, &mut goes_on)
    };
    let work = |told: mpsc::Sender<Result<(usize, StatementTaken), CityError>>| {
        let connect = || Hub::connect(address).map_err(CityError::from);
        let mut hub = match connect() {
            Ok(hub) => hub,
            Err(error) => return drop(told.send(Err(error))),
        };
        loop {
            let next = left.lock().ok().and_then(|mut left| left.next());
            let Some((at, file)) = next.filter(|_| !stop.load(Ordering::Relaxed)) else { return };
            let mut done = one(&mut hub, file);
            // The same row in two files at the same moment: the second looks again.
            if matches!(&done, Err(CityError::Hub(HubFault::Server { code, .. })) if code == "23505") {
                done = one(&mut hub, file);
            }
            let failed = done.is_err();
            if told.send(done.map(|taken| (at, taken))).is_err() || failed {
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
        let (mut found, mut outcome) = (Vec::new(), Ok(()));
        loop {
            let said = heard.recv_timeout(std::time::Duration::from_millis(200));
            match said {
                Ok(Ok(taken)) => found.push(taken),
                Ok(Err(error)) if outcome.is_ok() => outcome = Err(error),
                Ok(Err(_)) | Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            }
            let read = (found.len() as u64, files.len() as u64);
            let far = Progress { rows: rows.load(Ordering::Relaxed), read, ..Progress::default() };
            if outcome.is_ok() && !watch(&far) {
                outcome = Err(HubFault::Stopped.into());
            }
            stop.store(outcome.is_err(), Ordering::Relaxed);
        }
        outcome.map(|()| found)
    })?;
    found.sort_by_key(|(at, _)| *at);
    Ok(found.into_iter().map(|(_, taken)| taken).collect())
}
