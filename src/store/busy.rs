//! Waiting for another window that holds the ledger.
//!
//! SQLite's own waiting backs off: who has waited long asks seldom, and under
//! load somebody who came later is always quicker. Here everyone asks again after
//! a few milliseconds, however long the wait has been, with a different pause
//! each time so that windows do not keep in step.
//!
//! No clock is read: the time waited is the sum of the pauses asked for, so that
//! on a loaded machine a wait may be longer than it counts.

use crate::store::happening::{Happening, tell};
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};
use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};
use std::thread::sleep;
use std::time::Duration;

/// The pauses lie between these, in microseconds.
const SHORTEST: u64 = 1_000;
const LONGEST: u64 = 8_000;
/// After so long the person at the desk is told why nothing happens.
const TELL_AFTER: Duration = Duration::from_secs(1);
/// After so long it is given up.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long is waited for what can as well be done another time.
const MOMENT: Duration = Duration::from_millis(40);
/// One change in so many looks at the length of the log.
const SELDOM: u64 = 16;

thread_local! {
    /// How long this thread has waited for the lock it is waiting for.
    static WAITED: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    /// Where its dice stand.
    static DICE: Cell<u64> = Cell::new(RandomState::new().hash_one(std::process::id()));
    /// How long it waits at most; less in tests.
    static LIMIT: Cell<Duration> = const { Cell::new(PATIENCE) };
}

/// What a connection does where the ledger is held: pauses and asks again, or gives up. `before` is how often it
/// was called for the same lock.
pub(super) fn wait(before: i32) -> bool {
    let waited = if before == 0 { Duration::ZERO } else { WAITED.get() };
    let Some(pause) = pause(waited, LIMIT.get(), throw()) else { return false };
    sleep(pause);
    WAITED.set(waited + pause);
    if waited < TELL_AFTER && waited + pause >= TELL_AFTER {
        tell(&Happening::Waiting);
    }
    true
}

/// How long to pause after having waited for `waited`; `None` where that is enough.
fn pause(waited: Duration, limit: Duration, dice: u64) -> Option<Duration> {
    (waited < limit).then(|| Duration::from_micros(SHORTEST + dice % (LONGEST - SHORTEST + 1)))
}

/// The next throw of this thread's dice (splitmix64).
fn throw() -> u64 {
    let state = DICE.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
    DICE.set(state);
    let mut z = state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Does something that is not worth a long wait.
pub(super) fn briefly<T>(what: impl FnOnce() -> T) -> T {
    let limit = LIMIT.replace(MOMENT);
    let done = what();
    LIMIT.set(limit);
    done
}

/// True once in so many asks, by the dice.
pub(super) fn now_and_then() -> bool {
    throw().is_multiple_of(SELDOM)
}

/// Begins a change by taking the lock for writing at once: a read that turns into a write could be refused where
/// waiting does not help.
///
/// SQLite answers `BUSY` without waiting in a few places, as while another window recovers the log after a crash.
/// That is waited for here.
pub(super) fn begin(conn: &Connection) -> Result<Transaction<'_>, rusqlite::Error> {
    let mut before = 0;
    loop {
        WAITED.set(Duration::ZERO);
        match Transaction::new_unchecked(conn, TransactionBehavior::Immediate) {
            Err(error) if is_busy(&error) && WAITED.get() < LIMIT.get() && before < 500 => {
                sleep(Duration::from_micros(SHORTEST + throw() % LONGEST));
                before += 1;
            }
            begun => return begun,
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::{Arc, Mutex};

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    proptest! {
        #[test]
        fn a_pause_is_short_however_long_the_wait(waited in 0u64..60_000, dice: u64) {
            match pause(ms(waited), PATIENCE, dice) {
                Some(pause) => prop_assert!(waited < 30_000 && (ms(1)..=ms(8)).contains(&pause)),
                None => prop_assert!(waited >= 30_000),
            }
        }
    }

    #[test]
    fn windows_do_not_keep_in_step() {
        let pauses: std::collections::HashSet<_> = (0..64).map(|_| pause(ms(0), PATIENCE, throw())).collect();
        assert!(pauses.len() > 48, "{pauses:?}");
    }

    #[test]
    fn who_waits_for_a_second_is_told_once_and_gets_the_ledger_then() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("held.db");
        let holder = Connection::open(&path).unwrap();
        holder.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (x); BEGIN IMMEDIATE").unwrap();
        let told = Arc::new(Mutex::new(Vec::new()));
        let here = std::thread::current().id();
        let mine = told.clone();
        crate::store::happening::watch(Box::new(move |happening| {
            if std::thread::current().id() == here {
                mine.lock().unwrap().push(happening.clone());
            }
        }));
        let waiter = Connection::open(&path).unwrap();
        waiter.busy_handler(Some(wait)).unwrap();

        LIMIT.set(ms(60));
        let refused = begin(&waiter).err().map(|error| error.sqlite_error_code());
        assert_eq!(refused, Some(Some(ErrorCode::DatabaseBusy)), "given up");
        assert_eq!(*told.lock().unwrap(), []);

        LIMIT.set(PATIENCE);
        // The ledger is let go once he was told, however long this machine takes.
        let heard = told.clone();
        let letting_go = std::thread::spawn(move || {
            for _ in 0..2_000 {
                if !heard.lock().unwrap().is_empty() {
                    break;
                }
                sleep(ms(10));
            }
            holder.execute_batch("COMMIT").unwrap();
        });
        begin(&waiter).unwrap().commit().unwrap();
        letting_go.join().unwrap();
        assert_eq!(*told.lock().unwrap(), [Happening::Waiting]);
    }
}
