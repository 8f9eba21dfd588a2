//! The power goes at any moment of a story, and the disk keeps what it must and
//! any part of the rest. The ledger then opens, is whole, tells a beginning of
//! the same story with no step half done, and has all that was acknowledged.

use crate::common::{Desk, Dice, LEDGER, content};
use crate::disk::{Disk, Image, without_syncs, without_syncs_at_commit};
use crate::story::{STORY, beginning, here};
use crate::vfs::{self, Name, Op};
use crate::{seed, size};
use guazhang::domain::{Digest, EventKind};
use guazhang::store::{Filter, Ledger, Session, StoreError};
use std::collections::BTreeSet;
use std::fs;

/// A story that was told once, with all that reached the disk.
struct Told {
    begin: Image,
    /// Opens what is sealed in this story's ledger, so that not every look has to check a passphrase.
    session: Session,
    log: Vec<Op>,
    /// The last event of each step; of what was there before, first.
    heads: Vec<i64>,
    /// What the ledger said then, and the numbers of its records.
    said: Vec<Vec<String>>,
    numbers: Vec<BTreeSet<String>>,
    /// The whole chain, and where a step may pause: a batch is prepared, and its folder is being written.
    chain: Vec<Digest>,
    pauses: BTreeSet<i64>,
}

/// Tells the story with the laboratory listening. With a second window open on the ledger, its log is not folded
/// back after each command and grows over several.
fn tell(seed: u64, window: bool) -> Told {
    vfs::install();
    let desk = beginning(24, seed);
    let path = desk.file(LEDGER);
    let begin = Name::ALL.into_iter().filter_map(|name| Some((name, fs::read(name.beside(&path)).ok()?)));
    let begin = begin.collect();
    let (mut heads, mut said, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
    let mut look = |desk: &Desk| {
        let ledger = desk.ledger();
        heads.push(ledger.books().head().unwrap().0);
        said.push(content(&ledger));
        numbers.push(numbers_of(&ledger));
    };
    look(&desk);
    vfs::watch(&path);
    let second = window.then(|| desk.ledger());
    for (step, row) in STORY.iter().enumerate() {
        here(&desk, &row.args(&desk), Some(step + 1)).ended(row.ends.0);
        look(&desk);
    }
    drop(second);
    let log = vfs::watched();
    let (mut chain, mut pauses) = (vec![Digest::NONE], BTreeSet::new());
    let each = |event: guazhang::store::EventInfo| -> Result<(), StoreError> {
        chain.push(event.hash);
        // An export waits for its folder, a backup for its copy.
        if matches!(event.kind, EventKind::Prepared | EventKind::Sealed) {
            pauses.insert(event.seq);
        }
        Ok(())
    };
    let ledger = desk.ledger();
    ledger.books().each_event(0, each).unwrap();
    let session = ledger.session().unwrap().clone();
    Told { begin, session, log, heads, said, numbers, chain, pauses }
}

fn numbers_of(ledger: &Ledger) -> BTreeSet<String> {
    let records = ledger.books().records(&Filter::default()).unwrap();
    records.into_iter().map(|stored| stored.number.to_string()).collect()
}

#[derive(Debug, PartialEq)]
enum Found {
    Sound,
    /// The ledger is whole and something acknowledged is not in it.
    Lost,
    Bad(String),
}

impl Told {
    /// Cuts the power `cuts` times over `log`; how often something was lost, and what was bad.
    fn cut(&self, log: &[Op], cuts: u64, seed: u64) -> (u64, Vec<String>) {
        let mut dice = Dice::new(seed);
        let mut moments: Vec<usize> =
            (0..cuts).map(|_| usize::try_from(dice.below(log.len() as u64 + 1)).unwrap()).collect();
        moments.sort_unstable();
        let mut disk = Disk::new(self.begin.clone(), log);
        let (mut lost, mut bad, mut acknowledged, mut from) = (0, Vec::new(), 0, 0);
        let desk = Desk::empty();
        for (at, moment) in moments.into_iter().enumerate() {
            disk.advance(moment);
            for op in &log[from..moment] {
                acknowledged = if let Op::Told(step) = op { *step } else { acknowledged };
            }
            from = moment;
            put(&desk, &disk.cut(&mut dice));
            match self.judge(&desk, acknowledged, at % 50 == 0) {
                Found::Sound => {}
                Found::Lost => lost += 1,
                Found::Bad(why) => bad.push(format!("seed {seed}, cut {at} before call {moment}: {why}")),
            }
        }
        (lost, bad)
    }

    fn judge(&self, desk: &Desk, acknowledged: usize, goes_on: bool) -> Found {
        match self.look(desk, acknowledged) {
            Err(error) => Found::Bad(error.to_string()),
            Ok(Found::Sound) if goes_on => {
                let verified = here(desk, &["audit".to_owned(), "verify".to_owned()], None);
                let add = "add outpatient --record-no AFTER --name 陆样 --total 1 --occurred-at 2021-10-25T09:00:00";
                let added = here(desk, &add.split(' ').map(str::to_owned).collect::<Vec<_>>(), None);
                let told = format!("{}{}", verified.err, added.err);
                if (verified.code, added.code) == (0, 0) { Found::Sound } else { Found::Bad(told) }
            }
            Ok(found) => found,
        }
    }

    fn look(&self, desk: &Desk, acknowledged: usize) -> Result<Found, StoreError> {
        let mut ledger = Ledger::open(&desk.file(LEDGER))?;
        ledger.resume(self.session.clone());
        let proof = ledger.books().prove()?;
        if !proof.faults.is_empty() {
            return Ok(Found::Bad(format!("{:?}", proof.faults)));
        }
        let whole = rusqlite::Connection::open(desk.file(LEDGER))?.query_row(
            "PRAGMA integrity_check",
            [],
            |row| row.get::<_, String>(0),
        )?;
        let (seq, hash) = ledger.books().head()?;
        let step = self.heads.iter().rposition(|head| *head == seq);
        let same = usize::try_from(seq).ok().and_then(|at| self.chain.get(at)) == Some(&hash);
        if whole != "ok" || !same || (step.is_none() && !self.pauses.contains(&seq)) {
            return Ok(Found::Bad(format!("{whole}; event {seq}, of this story: {same}")));
        }
        if step.is_some_and(|step| content(&ledger) != self.said[step]) {
            return Ok(Found::Bad(format!("event {seq} is there, and what it tells is not")));
        }
        let there = self.numbers[acknowledged].is_subset(&numbers_of(&ledger));
        Ok(if there && seq >= self.heads[acknowledged] { Found::Sound } else { Found::Lost })
    }
}

/// Puts an image where the program finds it. The reserve stays: it is room and says nothing, and a ledger opens
/// without one.
fn put(desk: &Desk, image: &Image) {
    let path = desk.file(LEDGER);
    let _ = fs::remove_file(format!("{}-shm", path.display()));
    for name in Name::ALL {
        let _ = fs::remove_file(name.beside(&path));
        if let Some(bytes) = image.get(&name) {
            fs::write(name.beside(&path), bytes).unwrap();
        }
    }
}

/// So many cuts are made to one telling of the story.
const PER_STORY: u64 = 1000;
/// So many stories are told: in some later worlds nothing is left for the second batch, or one record for the first.
const STORIES: u64 = 11;

fn cuts(window: bool) {
    let all = size("GUAZHANG_CUTS", 400) / 2;
    for part in 0..all.div_ceil(PER_STORY) {
        let story = seed() + 2 * (part % STORIES) + u64::from(window);
        let told = tell(story, window);
        let cuts = PER_STORY.min(all - part * PER_STORY);
        let seed = seed() + 2 * part + u64::from(window);
        let (lost, bad) = told.cut(&told.log, cuts, seed);
        println!(
            "{cuts} power cuts over {} calls, story {story}, seed {seed}, window {window}: lost {lost}, bad {bad:?}",
            told.log.len()
        );
        assert_eq!((lost, bad), (0, Vec::new()), "seed {seed}");
    }
}

#[test]
fn the_power_goes_while_one_window_works() {
    cuts(false);
}

#[test]
fn the_power_goes_while_a_second_window_is_open() {
    cuts(true);
}

/// A laboratory that finds nothing where something is to be found would be worth nothing.
#[test]
fn less_careful_writing_is_found_out() {
    let told = tell(seed(), true);
    let cuts = size("GUAZHANG_CUTS", 400) / 4;
    let (lost, bad) = told.cut(&without_syncs_at_commit(&told.log), cuts.min(1000), seed());
    println!("with synchronous=NORMAL: {lost} of {} cuts lose what was acknowledged", cuts.min(1000));
    assert!(lost > 0 && bad.is_empty(), "lost {lost}, bad {bad:?}");
    let told = tell(seed(), false);
    let (_, bad) = told.cut(&without_syncs(&told.log), cuts.min(1000), seed());
    println!("without any sync: {} of {} cuts leave no whole ledger", bad.len(), cuts.min(1000));
    assert!(!bad.is_empty(), "a disk that never syncs cannot leave a whole ledger every time");
}

#[test]
fn the_log_has_something_of_everything() {
    let log = tell(seed(), true).log;
    let told = log.iter().filter(|op| matches!(op, Op::Told(_))).count();
    assert_eq!(told, STORY.len(), "every step told somebody");
    let has = |what: fn(&Op) -> bool| log.iter().any(what);
    assert!(has(|op| matches!(op, Op::Create(Name::Wal))));
    assert!(has(|op| matches!(op, Op::Write { name: Name::Ledger, .. })));
    assert!(has(|op| matches!(op, Op::Sync { name: Name::Ledger, .. })));
    assert!(has(|op| matches!(op, Op::Sync { name: Name::Wal, folder: true })));
    assert!(has(|op| matches!(op, Op::Delete { name: Name::Wal, .. })));
}
