//! Many windows on one ledger: every record that was acknowledged stands in it, nobody
//! is told that it is busy, and nobody waits long. A window is a new process for each
//! record, or a desk that stays open.
//!
//! By hand at full size, in an optimised build:
//! `GUAZHANG_MANY=30x1000 cargo test --release --test many -- --nocapture`. A desk needs
//! a terminal, which `script` of Linux makes; elsewhere those tests say so and pass.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]
#![allow(clippy::print_stdout, reason = "the figures are what is asked for")]

mod common;

use common::{Desk, Dice, sound};
use guazhang::store::Filter;
use std::collections::HashSet;
use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Windows and records of each: a few, or as `GUAZHANG_MANY` says.
fn size() -> (usize, usize) {
    let given = std::env::var("GUAZHANG_MANY").ok();
    let parsed = given.as_deref().and_then(|text| text.split_once('x'));
    parsed.map_or((6, 12), |(windows, records)| (windows.parse().unwrap(), records.parse().unwrap()))
}

#[expect(clippy::disallowed_methods, reason = "how long a command takes is what is measured here")]
fn now() -> Instant {
    Instant::now()
}

/// What one window was told: the numbers of its records, what it read on stderr, and how long each took.
#[derive(Default)]
struct Told {
    numbers: Vec<String>,
    said: Vec<String>,
    took: Vec<Duration>,
}

/// Waits for the moment of a window's next record: one within each period, and not at the same moment as the others.
struct Pace {
    begun: Instant,
    every: Option<Duration>,
    dice: Dice,
}

impl Pace {
    fn new(window: usize, every: Option<Duration>) -> Pace {
        Pace { begun: now(), every, dice: Dice::new(window as u64) }
    }

    fn wait(&mut self, record: usize) {
        let Some(every) = self.every else { return };
        let within = Duration::from_millis(self.dice.below(u64::try_from(every.as_millis()).unwrap()));
        let moment = self.begun + every * u32::try_from(record).unwrap() + within;
        sleep(moment.saturating_duration_since(now()));
    }
}

/// What a window does: on this desk, the window of this number writes so many records, as often as it may.
type Window = fn(&Desk, usize, usize, Option<Duration>) -> Told;

/// Has one window write its records, one process for each.
fn passing(desk: &Desk, window: usize, records: usize, every: Option<Duration>) -> Told {
    let mut told = Told::default();
    let mut pace = Pace::new(window, every);
    for record in 0..records {
        pace.wait(record);
        let begun = now();
        let record_no = format!("MZ-{window}-{record}");
        let add = ["add", "outpatient", "--record-no", &record_no, "--name", "陆样", "--total", "12.50"];
        let more = ["--occurred-at", "2021-10-25 09:00", "--format", "json"];
        let ran = desk.run(&[&add[..], &more].concat());
        assert_eq!(ran.code, 0, "{record_no}: {}{}", ran.out, ran.err);
        told.took.push(begun.elapsed());
        told.numbers.push(ran.json()["number"].as_str().unwrap().to_owned());
        told.said.extend(Some(ran.err).filter(|said| !said.is_empty()));
    }
    told
}

/// Has one window write its records at a desk that stays open. The time of a record is that from the last answer to the
/// number on the screen.
fn standing(desk: &Desk, window: usize, records: usize, every: Option<Duration>) -> Told {
    let mut told = Told::default();
    let mut open = Open::new(desk);
    open.until("Enter ends): ");
    let mut pace = Pace::new(window, every);
    for record in 0..records {
        pace.wait(record);
        open.answer(&["1", "陆样", "", "", "2021-10-25 09:00", "12.50", "", "", "", "", "", "", ""]);
        open.until("? (y/N) ");
        open.answer(&["y", "", "", "", "", "", &format!("MZ-{window}-{record}"), ""]);
        open.until("? (Y/n) ");
        let begun = now();
        open.answer(&["y"]);
        let said = open.until("Enter ends): ");
        told.took.push(begun.elapsed());
        // The answer itself, what is said while it waits, and the number.
        let (before, _) = said.split_once(" written; ").unwrap_or_else(|| panic!("{said}"));
        let lines: Vec<_> = before.lines().map(str::to_owned).collect();
        let [_, waiting @ .., number] = &lines[..] else { panic!("{said}") };
        told.numbers.push(number.clone());
        told.said.extend_from_slice(waiting);
    }
    open.close();
    told
}

/// A desk that asks line by line, on a terminal of its own.
struct Open {
    child: Child,
    types: ChildStdin,
    shows: Receiver<Vec<u8>>,
    shown: String,
}

impl Open {
    fn new(desk: &Desk) -> Open {
        let mut script = Command::new("script");
        script.args(["-qec", concat!("'", env!("CARGO_BIN_EXE_guazhang"), "' desk --plain"), "/dev/null"]);
        for (name, value) in desk.command(&[]).get_envs() {
            script.env(name, value.unwrap_or_default());
        }
        script.env("TERM", "dumb").current_dir(desk.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = script.spawn().unwrap();
        let (types, mut screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (show, shows) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = screen.read(&mut bytes) {
                // Nobody looks any more once the window is closed.
                let _ = show.send(bytes[..read].to_vec());
            }
        });
        Open { child, types, shows, shown: String::new() }
    }

    fn answer(&mut self, lines: &[&str]) {
        self.types.write_all(format!("{}\n", lines.join("\n")).as_bytes()).unwrap();
    }

    /// What the screen shows until it asks this.
    fn until(&mut self, question: &str) -> String {
        let mut bytes = Vec::new();
        while !bytes.ends_with(question.as_bytes()) {
            let more = self.shows.recv_timeout(Duration::from_secs(60));
            bytes.extend(more.unwrap_or_else(|_| panic!("{question}? {}", String::from_utf8_lossy(&bytes))));
        }
        self.shown = String::from_utf8(bytes).unwrap().replace('\r', "");
        self.shown.clone()
    }

    fn close(mut self) {
        self.answer(&[""]);
        assert!(self.child.wait().unwrap().success(), "{}", self.shown);
    }
}

/// Whether there is a `script` that makes terminals as the one of Linux does.
fn has_terminals() -> bool {
    let there = cfg!(target_os = "linux") && Command::new("script").arg("--version").output().is_ok();
    if !there {
        println!("skipped: no `script` of Linux here");
    }
    there
}

/// Runs every window at once and proves that all they were told is so.
fn all_at_once(window: Window, every: Option<Duration>) -> Vec<Duration> {
    let (windows, records) = size();
    let desk = Desk::new();
    let before = desk.head().0;
    let told: Vec<Told> = std::thread::scope(|scope| {
        let desk = &desk;
        let running: Vec<_> =
            (0..windows).map(|nth| scope.spawn(move || window(desk, nth, records, every))).collect();
        running.into_iter().map(|window| window.join().unwrap()).collect()
    });
    let numbers: HashSet<_> = told.iter().flat_map(|told| &told.numbers).collect();
    let standing: HashSet<_> = desk
        .ledger()
        .books()
        .records(&Filter::default())
        .unwrap()
        .into_iter()
        .map(|stored| (stored.number.to_string(), stored.record.record_no))
        .collect();
    assert_eq!(numbers.len(), windows * records, "each record has a number of its own");
    assert_eq!(standing.len(), windows * records, "and there are no others");
    for (nth, told) in told.iter().enumerate() {
        for (at, number) in told.numbers.iter().enumerate() {
            assert!(standing.contains(&(number.clone(), format!("MZ-{nth}-{at}"))), "{number} is lost");
        }
    }
    assert_eq!(desk.head().0, before + i64::try_from(windows * records).unwrap());
    sound(&desk);
    let said: Vec<_> = told.iter().flat_map(|told| &told.said).collect();
    // Whoever waits for a second is told so, and nothing else is said.
    assert!(said.iter().all(|said| said.contains("waiting")), "{said:?}");
    println!("{windows} windows x {records} records: {} waited for a second", said.len());
    let mut took: Vec<_> = told.into_iter().flat_map(|told| told.took).collect();
    took.sort();
    took
}

fn figures(took: &[Duration]) {
    let at = |share: usize| took[(took.len() * share / 1000).min(took.len() - 1)];
    println!(
        "of {} records: median {:?}, p95 {:?}, p99 {:?}, p99.9 {:?}, longest {:?}",
        took.len(),
        at(500),
        at(950),
        at(990),
        at(999),
        took[took.len() - 1]
    );
}

#[test]
fn no_record_is_lost_and_nobody_is_turned_away() {
    figures(&all_at_once(passing, None));
}

#[test]
fn no_record_is_lost_at_desks_that_stay_open() {
    if has_terminals() {
        figures(&all_at_once(standing, None));
    }
}

/// Two records a second.
const EVERY: Duration = Duration::from_millis(500);

#[test]
#[ignore = "a figure to be read by hand, on an idle machine: GUAZHANG_MANY=30x120"]
fn two_records_a_second_at_each_window() {
    figures(&all_at_once(passing, Some(EVERY)));
}

#[test]
#[ignore = "a figure to be read by hand, on an idle machine: GUAZHANG_MANY=30x120"]
fn two_records_a_second_at_desks_that_stay_open() {
    if has_terminals() {
        figures(&all_at_once(standing, Some(EVERY)));
    }
}

#[test]
fn windows_that_open_a_ledger_at_once_make_it_once() {
    let desk = Desk::empty();
    let init = ["init", "--facility", "H14090100001", "--name", "示例医院", "--notice", common::NOTICE];
    let mut codes: Vec<i32> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..6).map(|_| scope.spawn(|| desk.run(&init).code)).collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    });
    codes.sort_unstable();
    assert_eq!(codes, [0, 5, 5, 5, 5, 5], "one makes it, the others are told that it is there");
    sound(&desk);
    assert_eq!(desk.head().0, 4, "the ledger, its founder, the recovery code and the notice");
    assert_eq!(left(&desk), ["guazhang.db", "guazhang.db-reserve"]);
}

/// The files of a desk.
fn left(desk: &Desk) -> Vec<String> {
    let entries = std::fs::read_dir(desk.path()).unwrap();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn an_init_that_is_killed_leaves_a_whole_ledger_or_none() {
    let init = ["init", "--facility", "H14090100001", "--name", "示例医院", "--notice", common::NOTICE];
    let begun = now();
    Desk::empty().run(&init).ended(0);
    let took = u64::try_from(begun.elapsed().as_micros()).unwrap();
    let (mut dice, mut seen) = (Dice::new(5), [0; 2]);
    for _ in 0..32 {
        let desk = Desk::empty();
        let mut child = desk.command(&init).stdout(std::process::Stdio::null()).spawn().unwrap();
        sleep(Duration::from_micros(dice.below(took)));
        child.kill().unwrap();
        child.wait().unwrap();
        let there = desk.file(common::LEDGER).exists();
        seen[usize::from(there)] += 1;
        // What is there has its notice; what is not can be made as if nothing had been.
        desk.run(&init).ended(if there { 5 } else { 0 });
        sound(&desk);
        assert_eq!(desk.ledger().books().notices().unwrap().len(), 1);
        assert_eq!(desk.head().0, 4);
    }
    println!("killed before the ledger had its name, and after: {seen:?}");
    assert!(seen[0] > 0, "the kills come too late");
}
