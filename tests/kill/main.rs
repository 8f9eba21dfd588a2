//! The program is killed at any moment, with no chance to tidy up. The ledger is
//! then whole, every change is there or not there at all, and the same command
//! given again ends where an undisturbed run would have ended.
//!
//! This kills the process, not the machine: what the disk keeps when the power
//! goes is the affair of SQLite and of the file system.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]
#![allow(clippy::print_stdout, reason = "how far the killed commands came is worth seeing")]

#[path = "../common/mod.rs"]
mod common;
mod rounds;

use common::world::{OWN, World};
use common::{Desk, Dice, NOW, map, sound};
use guazhang::batch;
use guazhang::domain::{Actor, Answer, BatchState, Stage};
use guazhang::store::{Filter, Ledger};
use guazhang::work;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

const VISITS: u64 = 240;
/// The folder that the export makes, and the one it makes it in.
const OUT: &str = "out";
const BATCH: &str = "A1-B0001-resettle";

/// A command about to be given, and what it would leave if nobody disturbed it.
struct Scene {
    before: Desk,
    args: Vec<String>,
    /// How it ends, and how it ends where it was done already.
    ends: (i32, i32),
    after: Desk,
    said_before: Vec<String>,
    said_after: Vec<String>,
    took: Duration,
}

impl Scene {
    fn new(before: &Desk, args: &[&str], ends: (i32, i32)) -> Scene {
        let (before, after) = (before.copy(), before.copy());
        let started = now();
        after.run(args).ended(ends.0);
        let took = now() - started;
        let (said_before, said_after) = (before.content(), after.content());
        assert_ne!(said_before, said_after, "{args:?} changes something");
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        Scene { before, args, ends, after, said_before, said_after, took }
    }

    fn args(&self) -> Vec<&str> {
        self.args.iter().map(String::as_str).collect()
    }
}

#[expect(clippy::disallowed_methods, reason = "how long a command takes is what is measured here")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The stations of one story, each a command that is killed.
struct Scenes {
    add: Scene,
    import: Scene,
    export: Scene,
    ack: Scene,
    reconcile: Scene,
    pay: Scene,
}

fn scenes() -> &'static Scenes {
    static SCENES: OnceLock<Scenes> = OnceLock::new();
    SCENES.get_or_init(|| {
        let world = World::new(VISITS, 11);
        let desk = Desk::new();
        let add = ["add", "outpatient", "--record-no", "M-1", "--name", "陆样", "--total", "12.50"];
        let add = Scene::new(&desk, &[&add[..], &["--occurred-at", "2021-10-25 09:00"]].concat(), (0, 0));
        desk.write("records.csv", world.records.text());
        desk.write("lines.csv", world.lines.text());
        desk.write("statement.csv", world.statement.text());
        let map = map();
        let import = ["import", "records", "records.csv", "--lines", "lines.csv", "--map", &map];
        let import = Scene::new(&desk, &import, (0, 0));
        let export =
            Scene::new(&import.after, &["export", "resettle", "--facility", OWN, "--out", OUT], (0, 0));
        export.after.write("answers.csv", answers(&export.after));
        let ack = Scene::new(&export.after, &["batch", "ack", "B1", "answers.csv"], (3, 0));
        let reconcile = ["reconcile", "statement.csv", "--map", &map];
        let reconcile = Scene::new(&ack.after, &reconcile, (3, 3));
        let owed = reconcile.after.json(&["refund", "list"])["items"][0].clone();
        let amount = guazhang::domain::Money::from_fen(owed["owed_fen"].as_i64().unwrap()).to_string();
        let number = owed["number"].as_str().unwrap();
        let pay = ["refund", "pay", number, "--amount", &amount, "--receipt", "T-1"];
        let pay = Scene::new(&reconcile.after, &pay, (0, 5));
        Scenes { add, import, export, ack, reconcile, pay }
    })
}

/// The platform's answer to batch B1: every tenth record is refused.
fn answers(desk: &Desk) -> String {
    let shown = desk.json(&["batch", "show", "B1"]);
    let mut text = "medins_setl_id,infcode,err_msg\n".to_owned();
    for (at, item) in shown["items"].as_array().unwrap().iter().enumerate() {
        let key = item["medins_setl_id"].as_str().unwrap();
        let answer = if at % 10 == 9 { "-1,人员信息不符" } else { "0," };
        text.extend([key, ",", answer, "\n"]);
    }
    text
}

/// How far a command came.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Left {
    Nothing,
    /// Only an export: its batch is known and not sent.
    Begun,
    Done,
}

/// Waits for the moment of the kill, given how long the command takes.
type Moment = fn(&mut Dice, Duration, &Desk);

/// Somewhere in the time the command takes; every second time towards its end, where it commits.
fn any_time(dice: &mut Dice, took: Duration, _: &Desk) {
    let whole = u64::try_from(took.as_micros()).unwrap();
    let from = if dice.percent(50) { whole / 2 } else { 0 };
    sleep(Duration::from_micros(from + dice.below(whole + whole / 5 - from)));
}

/// Shortly after the first sign of the batch's folder.
fn once_writing(dice: &mut Dice, took: Duration, desk: &Desk) {
    let (out, started) = (desk.file(OUT), now());
    let empty = |folder: &Path| fs::read_dir(folder).map_or(0, Iterator::count) == 0;
    while empty(&out) && now() - started < took * 4 {
        sleep(Duration::from_micros(200));
    }
    sleep(Duration::from_micros(dice.below(12_000)));
}

/// Kills the command `kills` times, each in a fresh copy. After each, `look` judges what it left and says how far
/// it came; then the command is given again, and `then` sees the end.
fn kill(
    scene: &Scene,
    kills: u32,
    seed: u64,
    moment: Moment,
    look: impl Fn(&Desk) -> Left,
    then: impl Fn(&Desk),
) {
    let mut dice = Dice::new(seed);
    let (mut left, mut took) = ([0; 3], scene.took);
    for _ in 0..kills * 4 {
        if left.iter().sum::<u32>() == kills {
            break;
        }
        let desk = scene.before.copy();
        let mut command = desk.command(&scene.args());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        moment(&mut dice, took, &desk);
        child.kill().unwrap();
        let ended = child.wait_with_output().unwrap();
        let finished = ended.status.code() == Some(scene.ends.0);

        sound(&desk);
        let found = look(&desk);
        left[found as usize] += u32::from(!finished);
        // How long it takes depends on what else the machine does: the kills stay around the moment of the commit.
        took = if found == Left::Nothing { took * 9 / 8 } else { (took * 7 / 8).max(scene.took / 2) };
        let acknowledged = finished || !ended.stdout.is_empty();
        assert!(found == Left::Done || !acknowledged, "{:?}: acknowledged and not there", scene.args);

        let again =
            desk.run(&scene.args()).ended(if found == Left::Done { scene.ends.1 } else { scene.ends.0 });
        let completed = again.err.contains("interrupted before, is complete now");
        assert_eq!(completed, found == Left::Begun, "{}", again.err);
        assert_eq!(desk.content(), scene.said_after, "{:?}", scene.args);
        then(&desk);
        sound(&desk);
    }
    let [nothing, begun, done] = left;
    let (what, took) = (&scene.args[0], scene.took);
    // Shown with `--nocapture`, and where the test fails.
    println!("{what} ({took:?}): killed before {nothing}, within {begun}, after {done}");
    assert_eq!(nothing + begun + done, kills, "the command is too quick to be killed");
}

/// A change that is one transaction: the ledger says what it said before, or what it says after.
fn all_or_nothing(scene: &Scene) -> impl Fn(&Desk) -> Left {
    move |desk| {
        let said = desk.content();
        let there = said == scene.said_after;
        assert!(there || said == scene.said_before, "{:?} is half done", scene.args);
        // Where nothing was changed there is no event either.
        assert_eq!(desk.head().0 > scene.before.head().0, there, "{:?}", scene.args);
        if there { Left::Done } else { Left::Nothing }
    }
}

#[test]
fn a_record_that_is_typed() {
    let scene = &scenes().add;
    kill(scene, 10, 1, any_time, all_or_nothing(scene), |_| {});
}

#[test]
fn an_import() {
    let scene = &scenes().import;
    kill(scene, 20, 2, any_time, all_or_nothing(scene), |_| {});
}

#[test]
fn a_reconciliation() {
    let scene = &scenes().reconcile;
    kill(scene, 20, 3, any_time, all_or_nothing(scene), |_| {});
}

#[test]
fn the_answers_to_a_batch() {
    let scene = &scenes().ack;
    kill(scene, 16, 4, any_time, all_or_nothing(scene), |_| {});
}

#[test]
fn a_refund() {
    let scene = &scenes().pay;
    let owed = |desk: &Desk| desk.json(&["refund", "list"])["owed_total_fen"].clone();
    let sums = [owed(&scene.before), owed(&scene.after)];
    kill(
        scene,
        12,
        5,
        any_time,
        |desk| {
            let left = all_or_nothing(scene)(desk);
            assert_eq!(owed(desk), sums[usize::from(left == Left::Done)]);
            left
        },
        |_| {},
    );
}

#[test]
fn an_export() {
    let scene = &scenes().export;
    let whole = files(&scene.after.file(OUT).join(BATCH));
    let end = |desk: &Desk| {
        let out = desk.file(OUT);
        assert_eq!(files(&out.join(BATCH)), whole, "the folder of an undisturbed run, byte for byte");
        assert_eq!(fs::read_dir(&out).unwrap().count(), 1, "nothing else is left there");
        nothing_twice(&desk.ledger());
    };
    kill(scene, 10, 6, any_time, |desk| batch_is_whole(scene, desk), end);
    kill(scene, 24, 7, once_writing, |desk| batch_is_whole(scene, desk), end);
    scene.after.run(&["batch", "verify", &format!("{OUT}/{BATCH}")]).ended(0);
}

/// A batch that is sent has its whole folder; one that is not has moved no record, and can be completed anywhere.
fn batch_is_whole(scene: &Scene, desk: &Desk) -> Left {
    let folder = desk.file(OUT).join(BATCH);
    if folder.exists() {
        assert_eq!(batch::verify(&folder).map(|manifest| manifest.records > 0), Ok(true));
    }
    let ledger = desk.ledger();
    let batches = ledger.books().batches().unwrap();
    let left = match batches.iter().map(|batch| batch.state).collect::<Vec<_>>()[..] {
        [] => Left::Nothing,
        [BatchState::Preparing] => Left::Begun,
        [BatchState::Sent] => Left::Done,
        ref other => panic!("{other:?}"),
    };
    let exported = Filter { stage: Some(Stage::Exported), ..Filter::default() };
    let exported = ledger.books().records(&exported).unwrap().len();
    match left {
        Left::Nothing => {
            assert!(!folder.exists(), "a folder that the ledger does not know");
            assert_eq!(desk.content(), scene.said_before);
        }
        Left::Begun => assert_eq!(exported, 0, "records are exported and their batch is not sent"),
        Left::Done => {
            assert!(folder.exists(), "the batch is sent and its folder is not there");
            assert_eq!(desk.content(), scene.said_after);
        }
    }
    if left == Left::Begun {
        let actor = Actor { operator: "Wang".to_owned(), at: NOW.parse().unwrap() };
        let elsewhere = desk.copy();
        let mut copy = elsewhere.ledger();
        work::again(&mut copy, &actor, 1, &elsewhere.file("stick")).unwrap();
        assert_eq!(elsewhere.content(), scene.said_after, "completed on another stick");
        assert_eq!(files(&elsewhere.file("stick").join(BATCH)), files(&scene.after.file(OUT).join(BATCH)));
    }
    left
}

/// Every file of a folder.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries.map(|e| (e.file_name().into_string().unwrap(), fs::read(e.path()).unwrap())).collect()
}

/// No record is in two live batches. One that the platform refused has left its batch, and may go out again.
fn nothing_twice(ledger: &Ledger) {
    let books = ledger.books();
    let mut out: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for batch in books.batches().unwrap().iter().filter(|batch| batch.state != BatchState::Cancelled) {
        for member in books.members(batch.id).unwrap() {
            let key = (format!("{:?}", batch.purpose), member.record);
            out.entry(key).or_default().push((batch.id, batch.state, member.version, member.answer));
        }
    }
    for ((purpose, record), batches) in out.into_iter().filter(|(_, batches)| batches.len() > 1) {
        let holding = batches.iter().filter(|(.., answer)| *answer != Some(Answer::Refused)).count();
        assert!(holding <= 1, "#{record} is out twice for {purpose}: {batches:?}");
        println!("#{record} went out again after a refusal: {batches:?}");
    }
}
