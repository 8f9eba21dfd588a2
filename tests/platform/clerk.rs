//! The clerk between the desk and the platform: exports, has the calls replayed, hands the answers in, asks where
//! nobody knows, corrects what was refused, and takes back what has to be.

use crate::book::{Platform, text};
use crate::common::{Desk, LEDGER, NOW, Ran};
use crate::replay::replay;
use guazhang::cli;
use guazhang::domain::{Actor, Money, Stage};
use guazhang::notice::Calendar;
use guazhang::store::{Ledger, Mode};
use guazhang::text::Lang;
use guazhang::work::{self, Law};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::rc::Rc;

/// What a command printed, kept in this process.
#[derive(Clone, Default)]
struct Paper(Rc<std::cell::RefCell<Vec<u8>>>);

impl std::io::Write for Paper {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().write(text)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Runs a command in this process, which for thousands of them is quicker than starting the program each time.
pub(crate) fn here(desk: &Desk, args: &[&str]) -> Ran {
    let (ledger, secret) = (desk.file(LEDGER), desk.file("passphrase.txt"));
    let mut argv: Vec<OsString> =
        std::iter::once("guazhang").chain(args.iter().copied()).map(Into::into).collect();
    for (flag, value) in [("--ledger", ledger.as_os_str()), ("--passphrase-file", secret.as_os_str())] {
        argv.extend([flag.into(), value.to_owned()]);
    }
    argv.extend(["--as-of", NOW, "--operator", "Wang", "--no-input", "--format", "json"].map(Into::into));
    let (out, err) = (Paper::default(), Paper::default());
    let exit = cli::run_on(&argv, Lang::En, Box::new(out.clone()), Box::new(err.clone()));
    let text = |paper: Paper| String::from_utf8(paper.0.take()).unwrap();
    Ran { code: exit.code().into(), out: text(out), err: text(err) }
}

/// What happened on the way, to be printed.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) batches: usize,
    pub(crate) refused: usize,
    pub(crate) unknown: usize,
    pub(crate) doubles: usize,
    pub(crate) taken_back: usize,
    pub(crate) withdrawn: usize,
}

/// The ledger in the clerk's hands, for the many small things that would each start the program.
pub(crate) struct Clerk {
    pub(crate) ledger: Ledger,
    law: Law,
    actor: Actor,
}

impl Clerk {
    pub(crate) fn at(desk: &Desk) -> Clerk {
        let ledger = desk.ledger();
        let law = Law::read(&ledger.books(), Calendar::built_in()).unwrap();
        Clerk { ledger, law, actor: Actor { operator: "Wang".to_owned(), at: NOW.parse().unwrap() } }
    }

    fn stage(&self, number: &str) -> Stage {
        work::find(&self.ledger.books(), number).unwrap().stage
    }

    pub(crate) fn amend(&mut self, number: &str, note: &str) {
        let stored = work::find(&self.ledger.books(), number).unwrap();
        let mut after = self.ledger.books().opened(stored.clone()).unwrap().record;
        note.clone_into(&mut after.note);
        work::amend(&mut self.ledger, &self.law, &self.actor, Mode::Keep, &stored, &after).unwrap();
    }

    pub(crate) fn pay(&mut self, number: &str, amount: Money) {
        let stored = work::find(&self.ledger.books(), number).unwrap();
        work::pay(&mut self.ledger, &self.actor, Mode::Keep, &stored, amount, "T-1", None).unwrap();
    }

    pub(crate) fn clear(&mut self, number: &str) {
        let stored = work::find(&self.ledger.books(), number).unwrap();
        work::clear(&mut self.ledger, &self.law, &self.actor, Mode::Keep, &stored, "结算单").unwrap();
    }
}

/// Sends every record out until the platform has taken each, asking where nobody knows what came of a call.
pub(crate) fn send_all(desk: &Desk, platform: &mut Platform, tally: &mut Tally) {
    for round in 0..40 {
        let mut sent = false;
        for purpose in ["register", "backfill", "resettle"] {
            let export = export(desk, &[purpose]);
            assert!(round < 39, "the platform never takes the rest: {export}");
            for batch in export["batches"].as_array().unwrap() {
                sent = true;
                answer_one(desk, platform, batch, tally);
            }
        }
        if !sent {
            return;
        }
    }
}

/// Exports calls; what the program says of it.
fn export(desk: &Desk, args: &[&str]) -> Value {
    let out = desk.file("out").display().to_string();
    let ran = here(desk, &[&["export"], args, &["--out", &out, "--shape", "calls"]].concat());
    assert!([0, 3].contains(&ran.code), "{}{}", ran.out, ran.err);
    ran.json()
}

/// One batch that takes something back, from the plan to the answers.
pub(crate) fn undo(desk: &Desk, platform: &mut Platform, tally: &mut Tally, ids: &[String], flags: &[&str]) {
    let mut args = vec!["undo", "--reason", "核对后撤销"];
    args.extend(ids.iter().map(String::as_str));
    args.extend(flags);
    for batch in export(desk, &args)["batches"].as_array().unwrap() {
        answer_one(desk, platform, batch, tally);
    }
}

/// Takes these back until the platform has taken each, whatever it says meanwhile.
pub(crate) fn take_back(
    desk: &Desk,
    platform: &mut Platform,
    tally: &mut Tally,
    mut ids: Vec<String>,
    flags: &[&str],
) {
    let stages = |ids: &[String]| -> Vec<Stage> {
        let clerk = Clerk::at(desk);
        ids.iter().map(|id| clerk.stage(id)).collect()
    };
    for _ in 0..40 {
        if ids.is_empty() {
            return;
        }
        let before = stages(&ids);
        undo(desk, platform, tally, &ids, flags);
        let after = stages(&ids);
        let mut moved = before.iter().zip(&after).map(|(before, after)| before != after);
        let all = ids.len();
        ids.retain(|_| !moved.next().unwrap());
        match before.first() {
            Some(Stage::Exported) => tally.withdrawn += all - ids.len(),
            _ => tally.taken_back += all - ids.len(),
        }
    }
    panic!("the platform never takes these back: {ids:?}");
}

/// Hands the calls of a batch to the platform and its answers to the desk, and looks after each that is not accepted.
fn answer_one(desk: &Desk, platform: &mut Platform, batch: &Value, tally: &mut Tally) {
    tally.batches += 1;
    let (id, folder) = (text(batch, "batch"), Path::new(text(batch, "folder")));
    let answers = desk.file(&format!("answers-{id}"));
    replay(platform, folder, &answers);
    let ack = ["batch", "ack", id, &answers.display().to_string()];
    let told = here(desk, &ack);
    assert!([0, 3].contains(&told.code), "{}{}", told.out, told.err);
    let told = told.json();
    assert_eq!(told["waiting"], 0, "{told}");
    let mut order = csv::Reader::from_path(folder.join("run-order.csv")).unwrap();
    let calls: Vec<csv::StringRecord> = order.records().map(Result::unwrap).collect();
    let (mut asked, mut refused) = (String::new(), Vec::new());
    for item in told["items"].as_array().unwrap() {
        let (number, infno) = (text(item, "number"), text(item, "infno"));
        match text(item, "answer") {
            "unknown" => {
                tally.unknown += 1;
                let call = calls.iter().find(|call| &call[2] == number && &call[4] == infno).unwrap();
                let call: Value =
                    serde_json::from_str(&fs::read_to_string(folder.join(&call[1])).unwrap()).unwrap();
                ask(desk, platform, id, number, &call, &mut asked);
            }
            "refused" => {
                tally.refused += 1;
                assert!(!text(item, "remedy").is_empty());
                refused.push(number);
            }
            other => assert_eq!(other, "not_done"),
        }
    }
    if !asked.is_empty() {
        let file = format!("asked-{id}.jsonl");
        desk.write(&file, asked);
        here(desk, &["batch", "ack", id, &desk.file(&file).display().to_string()]).ended(0);
    }
    // The same answers once more change nothing, though by now more is known than they say.
    let before = desk.head();
    let again = here(desk, &ack);
    let is_quiet = again.code == 0 || again.code == 5;
    assert!(is_quiet && desk.head() == before, "{}{}", again.out, again.err);
    // A refused reversal leaves the record as it was; anything else that was refused is corrected.
    let mut clerk = Clerk::at(desk);
    for number in refused {
        if clerk.stage(number) == Stage::Rejected {
            clerk.amend(number, &format!("核对 {id}"));
        }
    }
    fs::remove_dir_all(answers).unwrap();
}

/// Finds out what came of a call: by 5203 where the settlement's number can be known, by 2601 where that is for it, else
/// by a person who looks at the platform. Answers of the platform are collected in `asked`.
fn ask(desk: &Desk, platform: &mut Platform, id: &str, number: &str, call: &Value, asked: &mut String) {
    let (infno, msgid) = (text(call, "infno"), text(call, "msgid"));
    let found = |by: &str, found: &str, ids: &[&str]| {
        let at = ["batch", "asked", id, number, "--by", by, "--found", found, "--evidence", "电话"];
        here(desk, &[&at[..], ids].concat()).ended(0);
    };
    match infno {
        // Half of them are read back where somebody at the platform tells the number.
        "2102" | "2207" | "2304" if msgid.ends_with(['0', '2', '4', '6', '8']) => {
            let setl = platform.settled_by(msgid);
            let data = setl.map(
                |setl| json!({ "psn_no": setl.psn_no, "setl_id": setl.setl_id, "mdtrt_id": setl.mdtrt_id }),
            );
            match data {
                Some(data) => asked.extend([&*inquire(platform, "5203", &data).to_string(), "\n"]),
                None => found("person", "not_done", &[]),
            }
        }
        "2102" | "2103" | "2207" | "2208" | "2304" | "2401" => {
            let data = json!({ "psn_no": "1", "omsgid": msgid, "oinfno": infno });
            asked.extend([&*inquire(platform, "2601", &data).to_string(), "\n"]);
        }
        "2305" => {
            let answer = inquire(platform, "5203", &call["input"]["data"]);
            let undone = answer["output"]["setlinfo"]["refd_setl_flag"] == "1";
            found("5203", if undone { "accepted" } else { "not_done" }, &[]);
        }
        _ => {
            // A registration that was made is not the settlement; a filing that was made is all there is.
            let made = platform.look_up(msgid).unwrap_or_default();
            let ids = match infno {
                "2501" | "2503" | "2505" => vec!["--setl-id", made],
                "2502" | "2504" | "2506" => vec![],
                _ => vec!["--mdtrt-id", made],
            };
            found("person", if made.is_empty() { "not_done" } else { "accepted" }, &ids);
        }
    }
}

/// Asks the platform about a call; its answer, with what was asked.
fn inquire(platform: &mut Platform, infno: &str, data: &Value) -> Value {
    let input = json!({ "data": data });
    let mut answer = platform.call(&json!({ "infno": infno, "msgid": "1", "input": input })).unwrap();
    (answer["infno"], answer["input"]) = (json!(infno), input);
    answer
}
