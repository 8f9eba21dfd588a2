//! What a disk may hold when the power goes: all that was synced, and of the
//! rest any part, in sectors of 512 bytes.
//!
//! It follows the calls that `vfs` wrote down. A byte that was synced stays; of
//! later writes each sector is there or is not, so writes are torn and out of
//! order; a file's length goes either way; names appear and vanish in the order
//! they were made, up to some point, since folders are journalled.

use crate::common::Dice;
use crate::vfs::{Name, Op};
use std::collections::BTreeMap;

const SECTOR: usize = 512;

/// The bytes of every file that is there.
pub(crate) type Image = BTreeMap<Name, Vec<u8>>;

/// A disk on its way through a log.
#[derive(Clone)]
pub(crate) struct Disk<'a> {
    log: &'a [Op],
    /// How far it came.
    at: usize,
    files: Vec<File>,
    /// Names as the disk has them, and as the program sees them.
    kept: BTreeMap<Name, usize>,
    seen: BTreeMap<Name, usize>,
    /// What was done to names since the folder was last durable: the file, or none.
    renamed: Vec<(Name, Option<usize>)>,
}

/// A file: its durable bytes, and where in the log it was changed since.
#[derive(Clone, Default)]
struct File {
    kept: Vec<u8>,
    changed: Vec<usize>,
}

impl<'a> Disk<'a> {
    /// A disk that holds `image`, all of it durable.
    pub(crate) fn new(image: Image, log: &'a [Op]) -> Disk<'a> {
        let names: BTreeMap<_, _> = image.keys().copied().zip(0..).collect();
        let files = image.into_values().map(|kept| File { kept, changed: Vec::new() }).collect();
        Disk { log, at: 0, files, kept: names.clone(), seen: names, renamed: Vec::new() }
    }

    /// Goes on to before the call number `at`.
    pub(crate) fn advance(&mut self, at: usize) {
        while self.at < at {
            self.take();
            self.at += 1;
        }
    }

    fn take(&mut self) {
        match &self.log[self.at] {
            Op::Create(name) => {
                self.files.push(File::default());
                self.rename(*name, Some(self.files.len() - 1), false);
            }
            Op::Delete { name, folder } => self.rename(*name, None, *folder),
            Op::Write { name, .. } | Op::Truncate { name, .. } => {
                let file = self.seen[name];
                self.files[file].changed.push(self.at);
            }
            Op::Sync { name, folder } => {
                let file = &mut self.files[self.seen[name]];
                for at in std::mem::take(&mut file.changed) {
                    apply(&mut file.kept, &self.log[at], |_| true);
                }
                if *folder {
                    self.fold();
                }
            }
            Op::Told(_) => {}
        }
    }

    fn rename(&mut self, name: Name, file: Option<usize>, folder: bool) {
        point(&mut self.seen, name, file);
        self.renamed.push((name, file));
        if folder {
            self.fold();
        }
    }

    /// The folder is durable.
    fn fold(&mut self) {
        self.kept.clone_from(&self.seen);
        self.renamed.clear();
    }

    /// What is found when the power goes now.
    pub(crate) fn cut(&self, dice: &mut Dice) -> Image {
        let mut names = self.kept.clone();
        let until = usize::try_from(dice.below(self.renamed.len() as u64 + 1)).unwrap();
        for (name, file) in &self.renamed[..until] {
            point(&mut names, *name, *file);
        }
        // Nothing, everything, or some share of what was not synced.
        let share = *dice.pick(&[0, 10, 50, 50, 90, 100, 100]);
        names.into_iter().map(|(name, file)| (name, self.survives(&self.files[file], share, dice))).collect()
    }

    fn survives(&self, file: &File, share: u64, dice: &mut Dice) -> Vec<u8> {
        let (mut bytes, mut len) = (file.kept.clone(), file.kept.len());
        for at in &file.changed {
            let op = &self.log[*at];
            apply(&mut bytes, op, |_| dice.percent(share));
            len = match op {
                Op::Truncate { len, .. } => *len,
                Op::Write { at, bytes, .. } => len.max(at + bytes.len()),
                _ => len,
            };
        }
        // The length may be written without the bytes, and then they are zeros.
        if dice.percent(50) {
            bytes.resize(len.max(if dice.percent(50) { bytes.len() } else { 0 }), 0);
        }
        bytes
    }
}

fn point(names: &mut BTreeMap<Name, usize>, name: Name, file: Option<usize>) {
    match file {
        Some(file) => names.insert(name, file),
        None => names.remove(&name),
    };
}

/// Does to `bytes` what the call did, sector by sector where `keeps` says so.
fn apply(bytes: &mut Vec<u8>, op: &Op, mut keeps: impl FnMut(usize) -> bool) {
    match op {
        Op::Truncate { len, .. } if keeps(0) => bytes.resize(*len, 0),
        Op::Write { at, bytes: new, .. } => {
            let (mut from, end) = (*at, at + new.len());
            while from < end {
                let to = ((from / SECTOR + 1) * SECTOR).min(end);
                if keeps(from) {
                    if bytes.len() < to {
                        bytes.resize(to, 0);
                    }
                    bytes[from..to].copy_from_slice(&new[from - at..to - at]);
                }
                from = to;
            }
        }
        _ => {}
    }
}

/// The log as it would be with `synchronous=NORMAL`: a commit does not wait for its log to be on the disk. Still
/// synced are the log before it is folded back, and its head when it begins anew.
pub(crate) fn without_syncs_at_commit(log: &[Op]) -> Vec<Op> {
    let wal_head = |op: &Op| matches!(op, Op::Write { name: Name::Wal, at: 0, .. });
    let folds = |op: &Op| matches!(op, Op::Write { name: Name::Ledger, .. });
    let at_commit = |at: usize| {
        matches!(log[at], Op::Sync { name: Name::Wal, .. })
            && !log.get(at + 1).is_some_and(folds)
            && !(at > 0 && wal_head(&log[at - 1]))
    };
    (0..log.len()).filter(|at| !at_commit(*at)).map(|at| log[at].clone()).collect()
}

/// The log of a disk that never syncs.
pub(crate) fn without_syncs(log: &[Op]) -> Vec<Op> {
    log.iter().filter(|op| !matches!(op, Op::Sync { .. })).cloned().collect()
}

#[test]
fn only_what_is_synced_is_sure() {
    let write = |at, byte| Op::Write { name: Name::Ledger, at, bytes: vec![byte; 1024] };
    let sync = Op::Sync { name: Name::Ledger, folder: false };
    let log = [write(0, 1), sync, write(512, 2), Op::Create(Name::Wal), Op::Told(0)];
    let mut disk = Disk::new(BTreeMap::from([(Name::Ledger, Vec::new())]), &log);
    disk.advance(log.len());
    let mut dice = Dice::new(1);
    let images: Vec<Image> = (0..200).map(|_| disk.cut(&mut dice)).collect();
    let ledgers = || images.iter().map(|image| &image[&Name::Ledger]);
    assert!(ledgers().all(|bytes| bytes[..512] == [1; 512] && bytes.len() >= 1024));
    for (second, third) in [(1, None), (1, Some(2)), (2, None), (2, Some(2)), (1, Some(0))] {
        let found = |bytes: &&Vec<u8>| bytes[600] == second && bytes.get(1100).copied() == third;
        assert!(ledgers().any(|bytes| found(&bytes)), "{second} {third:?}");
    }
    let with_log = images.iter().filter(|image| image.contains_key(&Name::Wal)).count();
    assert!((1..200).contains(&with_log));
}
