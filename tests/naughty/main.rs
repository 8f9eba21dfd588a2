//! Naughty inputs: whatever a reader is given, it answers. It does not panic, does not hang, and does not fill the memory.
//!
//! `inputs.rs` makes them from the fixtures, by chances that come from a seed; `readers.rs` lists who reads what;
//! `large.rs` gives the program itself files of a hundred megabytes, of a hundred thousand columns, and bombs. What a
//! reader makes of an input is tested elsewhere.
//!
//! By hand at full size: `GUAZHANG_NAUGHTY=100000 cargo test --release --test naughty -- --nocapture`

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]
#![allow(clippy::print_stdout, reason = "the figures are what is asked for")]

#[path = "../common/mod.rs"]
mod common;
mod inputs;
mod large;
mod readers;

use common::Dice;
use inputs::{Input, Seeds};
use readers::{Desks, READERS};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long a reader may take over one input.
const LONGEST: Duration = Duration::from_secs(5);
/// After so long by the clock nothing will come of it, on the busiest machine.
const HOPELESS: Duration = Duration::from_secs(180);
/// What a reader may take of the memory, in bytes.
const MEMORY: u64 = 512 << 20;

/// How many inputs: some thousands, or as `GUAZHANG_NAUGHTY` says.
fn size() -> u64 {
    std::env::var("GUAZHANG_NAUGHTY").ok().map_or(2_500, |text| text.parse().unwrap())
}

fn seed() -> u64 {
    std::env::var("GUAZHANG_SEED").ok().map_or(20_211_029, |text| text.parse().unwrap())
}

#[expect(clippy::disallowed_methods, reason = "how long a reader takes is what is measured here")]
fn now() -> Instant {
    Instant::now()
}

/// The input that is being read, and since when.
type Reading = Arc<Mutex<Option<(Instant, String, Input)>>>;

/// How long a process or thread has been at work, whatever else the machine does: a `stat` of `/proc`, which counts
/// hundredths of a second.
fn at_work(stat: &str) -> Option<Duration> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(11..13)?.iter().filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Some(Duration::from_millis(ticks * 10))
}

/// The same of this thread; by the clock where the system does not tell.
fn worked(begun: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/stat").ok().and_then(|stat| at_work(&stat));
    told.unwrap_or_else(|| begun.elapsed())
}

/// Ends the test where a reader does not come back: a thread that hangs cannot be stopped otherwise.
fn watch(reading: &Reading) {
    let reading = Arc::clone(reading);
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_millis(100));
            let held = reading.lock().unwrap();
            if let Some((since, what, input)) = &*held
                && since.elapsed() > HOPELESS
            {
                println!("{what}: not read after {:?} {}", HOPELESS, kept("hangs", 0, input).display());
                std::process::exit(101);
            }
        }
    });
}

/// Keeps an input that a reader fell over, so that it can be looked at and become a fixture.
fn kept(reader: &str, nth: u64, input: &Input) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("naughty");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("{}-{nth}-{}", reader.replace(' ', "-"), input.name));
    std::fs::write(&path, &input.bytes).unwrap();
    path
}

/// The most memory this process has held, in bytes; `None` where the system does not tell.
fn most_memory(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? << 10)
}

#[test]
fn every_reader_answers_whatever_it_is_given() {
    let (size, seed) = (size(), seed());
    let desks = Desks::new();
    let reading: Reading = Arc::default();
    watch(&reading);
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let mut bad = Vec::new();
    let mut longest = (Duration::ZERO, String::new());
    let share: u64 = READERS.iter().map(|reader| reader.share).sum();
    let (mut given, epoch) = (0, now());
    for reader in READERS {
        let seeds = Seeds::of(reader.seeds);
        // Every seed as it is, what was found before, and then as many made of them as the reader's share asks for.
        let plain = seeds.as_they_are();
        let made = (size * reader.share / share).max(1);
        let all = plain.len() as u64 + made;
        for nth in 0..all {
            let mut dice = Dice::new(seed ^ nth.wrapping_mul(0x9E37_79B9) ^ reader.name.len() as u64);
            let input = match usize::try_from(nth).ok().and_then(|at| plain.get(at)) {
                Some(input) => input.clone(),
                None => seeds.made(&mut dice),
            };
            let what = format!("{} #{nth} ({}) of seed {seed}", reader.name, input.name);
            let begun = now();
            *reading.lock().unwrap() = Some((begun, what.clone(), input.clone()));
            let before = worked(epoch);
            let ended = catch_unwind(AssertUnwindSafe(|| (reader.read)(&desks, &input)));
            *reading.lock().unwrap() = None;
            let took = worked(epoch).saturating_sub(before);
            if let Err(panic) = ended {
                let said = panic.downcast_ref::<String>().cloned();
                let said = said.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                bad.push(format!(
                    "{what}: {} {}",
                    said.unwrap_or_default(),
                    kept(reader.name, nth, &input).display()
                ));
            }
            if took > LONGEST {
                bad.push(format!("{what}: took {took:?} {}", kept(reader.name, nth, &input).display()));
            }
            if took > longest.0 {
                longest = (took, what);
            }
        }
        given += all;
    }
    std::panic::set_hook(quiet);
    let most = std::fs::read_to_string("/proc/self/status").ok().and_then(|text| most_memory(&text));
    println!(
        "{given} naughty inputs to {} readers, seed {seed}: {} bad; longest {:?}, {}; {} MiB at most",
        READERS.len(),
        bad.len(),
        longest.0,
        longest.1,
        most.unwrap_or(0) >> 20
    );
    assert!(bad.is_empty(), "{}", bad.join("\n"));
    assert!(most.is_none_or(|most| most < MEMORY), "{most:?} bytes");
}
