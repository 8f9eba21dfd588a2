//! What other threads do while this one writes: read rows and make them ready, and pack the files that are kept.

use crate::store::{NewFile, Packed, StoreError};
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::{ScopedJoinHandle, scope};

/// So many rows are handed on at once; between them lies a look at how far it has come.
const BATCH: usize = 64;

/// So many times as much may be ready before it is taken.
const READY: usize = 4;

/// Rows that were read and made ready, and how far the reading came, of how much.
struct Batch<T> {
    rows: Vec<T>,
    read: (u64, u64),
}

/// Where the thread that reads hands on what it read.
pub(super) struct HandOn<T> {
    rows: Vec<T>,
    to: SyncSender<Batch<T>>,
    /// Rows that were taken come back to be freed where they were made: it costs the thread that writes more than
    /// this one.
    taken: Receiver<Vec<T>>,
}

impl<T> HandOn<T> {
    /// Hands a row on; `read` says how far the reading has come. `false` where nobody takes any more.
    pub(super) fn row(&mut self, row: T, read: impl FnOnce() -> (u64, u64)) -> bool {
        self.rows.push(row);
        self.rows.len() < BATCH || self.all(read())
    }

    fn all(&mut self, read: (u64, u64)) -> bool {
        let mut next = self.taken.try_recv().unwrap_or_else(|_| Vec::with_capacity(BATCH));
        next.clear();
        let rows = std::mem::replace(&mut self.rows, next);
        self.to.send(Batch { rows, read }).is_ok()
    }
}

/// Lets `read` hand rows on from a thread of its own, and `take` take them here, in their order, a few at a time with how
/// far the reading came. Answers with what `read` gave back; `None` where `take` wished to end.
///
/// # Errors
/// The first error of `take`. A panic of `read` goes on here.
pub(super) fn read_ahead<T: Send, R: Send, E>(
    read: impl FnOnce(&mut HandOn<T>) -> R + Send,
    mut take: impl FnMut(&mut Vec<T>, (u64, u64)) -> Result<bool, E>,
) -> Result<Option<R>, E> {
    scope(|scope| {
        let (to, batches) = sync_channel(READY);
        let (give_back, taken) = channel();
        let reader = scope.spawn(move || {
            let mut hand_on = HandOn { rows: Vec::with_capacity(BATCH), to, taken };
            let done = read(&mut hand_on);
            hand_on.all((1, 1));
            done
        });
        for Batch { mut rows, read } in batches {
            if !take(&mut rows, read)? {
                return Ok(None);
            }
            // A reader that has come to its end takes nothing back.
            let _ = give_back.send(rows);
        }
        Ok(Some(joined(reader)))
    })
}

/// Packs each file that is to be kept.
pub(super) fn pack(files: &[Option<NewFile<'_>>]) -> Result<Vec<Packed>, StoreError> {
    files.iter().map(|file| file.as_ref().map_or_else(|| Ok(Packed::default()), NewFile::pack)).collect()
}

/// What a thread found; its panic goes on here.
pub(super) fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads the numbers below `most`; takes until `end`.
    fn sum(most: u64, end: u64) -> Result<(Option<u64>, Vec<u64>), u64> {
        let mut taken = Vec::new();
        let read = |hand_on: &mut HandOn<u64>| {
            (0..most).take_while(|&at| hand_on.row(at, || (at + 1, most))).count() as u64
        };
        let take = |rows: &mut Vec<u64>, (read, of)| {
            assert!(read <= of);
            let too_far = rows.contains(&1_000_000);
            taken.append(rows);
            if too_far { Err(1_000_000_u64) } else { Ok(taken.len() as u64 <= end) }
        };
        let done = read_ahead(read, take)?;
        Ok((done, taken))
    }

    #[test]
    fn rows_come_in_order_and_whole() {
        for most in [0, 1, 63, 64, 65, 10_000] {
            assert_eq!(sum(most, most).unwrap(), (Some(most), (0..most).collect()), "{most}");
        }
    }

    #[test]
    fn who_takes_may_end_it_at_any_time() {
        let (done, taken) = sum(u64::MAX, 1_000).unwrap();
        assert_eq!((done, taken.len()), (None, 1_024));
        assert_eq!(sum(u64::MAX, u64::MAX), Err(1_000_000));
    }

    #[test]
    #[should_panic(expected = "the sheet is broken")]
    fn a_panic_of_the_reader_goes_on_here() {
        let _ = read_ahead(|_: &mut HandOn<()>| panic!("the sheet is broken"), |_, _| Ok::<_, ()>(true));
    }
}
