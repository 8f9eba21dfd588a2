//! Who reads what: every reader of the program, with the good inputs that bad ones are made of.
//!
//! Most are asked directly. Those of the command line are asked through it, so that the words of their errors are made
//! too, in both languages and for programs.

use crate::common::{Desk, NOW};
use crate::inputs::Input;
use guazhang::batch::{MANIFEST, Profile, verify};
use guazhang::cli::{Exit, run_on};
use guazhang::domain::{
    Actor, CensusNumber, CertNo, Day, Digest, Facts, Money, PeerCard, Price, Quantity, Seal, SealCode,
    ShortNumber, SlipCode, StationKey, Time, fact_kind,
};
use guazhang::exchange::{BundleFault, read, read_inside};
use guazhang::intake::{
    AccountsSheet, CensusSheet, ColumnMap, Context, RecordSheet, SheetError, SheetKind, StatementProfile,
    StatementSheet, answers, catalogue, rejected_csv, typed,
};
use guazhang::notice::{Calendar, Notice, Resumption, Resumptions, builtin, builtin_ids, check, decide};
use guazhang::store::{Mode, Opener, examine, restore};
use guazhang::text::{Explain, Lang, fit, initials, width};
use std::cell::RefCell;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::rc::Rc;

/// One that reads.
pub(crate) struct Reader {
    pub(crate) name: &'static str,
    /// Files and folders of good inputs.
    pub(crate) seeds: &'static [&'static str],
    /// How large a part of all inputs is its own.
    pub(crate) share: u64,
    pub(crate) read: fn(&Desks, &Input),
}

const SHEETS: &[&str] =
    &["fixtures/sheets", "tests/cmd/census.in", "tests/cmd/import.in", "tests/cmd/reconcile.in"];
const ANSWERS: &[&str] = &["fixtures/platform", "tests/cmd/export-batch.in"];
const NOTICES: &[&str] = &["fixtures/notices/examples", "src/notice/profiles"];
const FACTS: &[&str] = &["tests/cmd/notice.in/earlier.json", "tests/cmd/notice.in/visit.json"];

#[rustfmt::skip] // the columns are the point
pub(crate) const READERS: &[Reader] = &[
    Reader { name: "records",      share: 16, seeds: SHEETS,                                read: records },
    Reader { name: "fee lines",    share: 10, seeds: SHEETS,                                read: lines },
    Reader { name: "census",       share: 8,  seeds: SHEETS,                                read: census },
    Reader { name: "statement",    share: 12, seeds: SHEETS,                                read: statement },
    Reader { name: "answers",      share: 6,  seeds: ANSWERS,                               read: answer },
    Reader { name: "accounts",     share: 6,  seeds: &["tests/cmd/accounts.in"],            read: account_list },
    Reader { name: "column map",   share: 4,  seeds: &["fixtures/maps", "tests/cmd/import.in/his.toml"], read: column_map },
    Reader { name: "notice",       share: 6,  seeds: NOTICES,                               read: notice },
    Reader { name: "facts",        share: 6,  seeds: FACTS,                                 read: facts },
    Reader { name: "profile",      share: 4,  seeds: &["fixtures/profiles", "src/batch/profiles", "src/intake/profiles"], read: profile },
    Reader { name: "calendar",     share: 2,  seeds: &["src/notice/holidays.toml"],         read: calendar },
    Reader { name: "catalogue",    share: 2,  seeds: &["tests/cmd/desk.in/catalogue.csv"],  read: catalogue_of },
    Reader { name: "batch folder", share: 4,  seeds: &["fixtures/batches"],                 read: batch_folder },
    Reader { name: "bundle",       share: 6,  seeds: &["fixtures/bundles", "tests/cmd/bundle.in/C0.key"], read: bundle },
    Reader { name: "backup",       share: 2,  seeds: &["fixtures/ledgers"],                 read: backup },
    Reader { name: "typed",        share: 6,  seeds: &["fixtures/typed"],                   read: typed_in },
    Reader { name: "command line", share: 10, seeds: &["fixtures", "tests/cmd/notice.in", "src/notice/profiles"], read: command_line },
    Reader { name: "json lines",   share: 1,  seeds: &["fixtures/typed", "tests/cmd/notice.in/visit.json"], read: json_lines },
];

/// Where inputs are put, and ledgers for those who need one.
pub(crate) struct Desks {
    folder: tempfile::TempDir,
    /// With a ledger in the clear, so that it takes no time to open.
    desk: Desk,
}

impl Desks {
    pub(crate) fn new() -> Desks {
        let desk = Desk::empty();
        let init =
            ["init", "--facility", "H14090100001", "--name", "示例医院", "--notice", crate::common::NOTICE];
        desk.run(&[&init[..], &["--no-encrypt"]].concat()).ended(0);
        Desks { folder: tempfile::tempdir().unwrap(), desk }
    }

    fn file(&self, input: &Input) -> PathBuf {
        let path = self.folder.path().join(&input.name);
        std::fs::write(&path, &input.bytes).unwrap();
        path
    }

    /// Reads it from a file of its own.
    fn with_file(&self, input: &Input, read: impl FnOnce(&Path)) {
        let path = self.file(input);
        read(&path);
        std::fs::remove_file(&path).unwrap();
    }
}

fn now() -> Time {
    NOW.parse().unwrap()
}

fn context<'a>() -> Context<'a> {
    Context {
        now: now(),
        own_facility: "H14090100001",
        knows_facility: &|_| false,
        fact_kind: &|name| fact_kind(name),
    }
}

/// An error has words in both languages.
fn told(error: &dyn Explain) {
    assert!(!error.what(Lang::Zh).is_empty() && !error.what(Lang::En).is_empty());
    let _ = (error.hint(Lang::Zh), error.hint(Lang::En));
}

fn sheet_told(error: &SheetError) {
    told(error);
    error.faults().iter().take(30).for_each(|fault| told(fault));
}

fn read_records(records: &Path, lines: Option<&Path>) {
    let map = ColumnMap::none();
    match RecordSheet::open(records, lines, &map, &context()) {
        Err(error) => sheet_told(&error),
        Ok(mut sheet) => {
            let mut faults = Vec::new();
            for row in sheet.by_ref() {
                faults.extend(row.err().unwrap_or_default());
            }
            faults.extend(sheet.finish().err().unwrap_or_default());
            faults.iter().take(30).for_each(|fault| told(fault));
            if let Ok(Some(path)) = rejected_csv(records, SheetKind::Records, &faults, &map, Lang::Zh) {
                std::fs::remove_file(path).unwrap();
            }
        }
    }
}

fn records(desks: &Desks, input: &Input) {
    desks.with_file(input, |path| read_records(path, None));
}

fn lines(desks: &Desks, input: &Input) {
    let known = "record_no,kind,name,occurred_at,total\nR1,outpatient,陆样,2021-09-03,30.00\nMZ-1,outpatient,陆样,2021-09-03,19.50\n";
    let records = desks.folder.path().join("known.csv");
    std::fs::write(&records, known).unwrap();
    desks.with_file(input, |path| read_records(&records, Some(path)));
}

fn census(desks: &Desks, input: &Input) {
    desks.with_file(input, |path| match CensusSheet::open(path, &ColumnMap::none(), &context()) {
        Err(error) => sheet_told(&error),
        Ok(mut sheet) => {
            sheet.by_ref().filter_map(Result::err).flatten().take(30).for_each(|fault| told(&fault));
            let _ = sheet.finish();
        }
    });
}

fn statement(desks: &Desks, input: &Input) {
    desks.with_file(input, |path| {
        for name in StatementProfile::names() {
            let profile = StatementProfile::find(name).unwrap();
            match StatementSheet::open_with(path, &ColumnMap::none(), &profile, now()) {
                Err(error) => sheet_told(&error),
                Ok(sheet) => sheet.filter_map(Result::err).flatten().take(30).for_each(|fault| told(&fault)),
            }
        }
    });
}

fn account_list(desks: &Desks, input: &Input) {
    desks.with_file(input, |path| match AccountsSheet::open(path, &ColumnMap::none(), "甲银行", now()) {
        Err(error) => sheet_told(&error),
        Ok(mut sheet) => {
            sheet.by_ref().filter_map(Result::err).flatten().take(30).for_each(|fault| told(&fault));
            sheet.finish().1.iter().take(30).for_each(|fault| told(fault));
        }
    });
}

fn answer(desks: &Desks, input: &Input) {
    desks.with_file(input, |path| {
        if let Err(error) = answers(path, &ColumnMap::none()) {
            sheet_told(&error);
        }
    });
}

fn column_map(desks: &Desks, input: &Input) {
    desks.with_file(input, |path| {
        if let Err(error) = ColumnMap::read(path) {
            sheet_told(&error);
        }
    });
}

fn text(input: &Input) -> String {
    String::from_utf8_lossy(&input.bytes).into_owned()
}

fn notice(_: &Desks, input: &Input) {
    let text = text(input);
    check(&text).iter().take(30).for_each(|finding| told(finding));
    if let Ok(notice) = Notice::read(&text) {
        let mut facts = Facts::default();
        facts.set_text("kind", "outpatient");
        facts.set_time("occurred_at", "2021-10-25T09:00:00".parse().ok());
        let _ = decide(&[&notice], &facts, &Resumptions::default(), &Calendar::built_in(), now());
    }
}

fn facts(_: &Desks, input: &Input) {
    let Ok(object) = serde_json::from_slice(&input.bytes) else { return };
    let notices: Vec<&Notice> = builtin_ids().filter_map(builtin).collect();
    let kind =
        |name: &str| fact_kind(name).or_else(|| notices.iter().find_map(|notice| notice.fact_kind(name)));
    match Facts::from_json(&object, kind) {
        Err(error) => told(&error),
        Ok(facts) => drop(decide(&notices, &facts, &Resumptions::default(), &Calendar::built_in(), now())),
    }
}

fn profile(_: &Desks, input: &Input) {
    let text = text(input);
    if let Err(error) = Profile::parse("any.toml", &text) {
        told(&error);
        error.faults().iter().take(30).for_each(|fault| told(fault));
    }
    if let Err(error) = StatementProfile::parse("any.toml", &text) {
        told(&error);
        error.faults().iter().take(30).for_each(|fault| told(fault));
    }
}

fn calendar(_: &Desks, input: &Input) {
    let mut calendar = Calendar::built_in();
    if let Err(error) = calendar.read(&text(input)) {
        told(&error);
    }
    for year in calendar.years().collect::<Vec<_>>() {
        let Some(day) = Day::new(year, 1, 1) else { continue };
        let _ = (calendar.plus_working_days(day, 400), calendar.roll(day, true), calendar.roll(day, false));
    }
}

fn catalogue_of(_: &Desks, input: &Input) {
    if let Err(error) = catalogue(&input.bytes) {
        told(&error);
    }
}

/// The input stands for one file of a batch, the others of which are good.
fn batch_folder(desks: &Desks, input: &Input) {
    let folder = desks.folder.path().join("batch");
    std::fs::create_dir_all(&folder).unwrap();
    for name in [MANIFEST, "2207-data.csv", "cover.html"] {
        std::fs::write(folder.join(name), &input.bytes).unwrap();
        if let Err(found) = verify(&folder) {
            found.iter().take(30).for_each(|difference| told(difference));
        }
    }
}

/// A bundle with and without its encryption, and the key of another window.
fn bundle(_: &Desks, input: &Input) {
    const SECRET: &str = include_str!("../cmd/backup.in/key.txt");
    let secret = SECRET.lines().find(|line| line.starts_with("AGE-SECRET-KEY-")).unwrap();
    if let Err(error) = read_inside::<BundleFault>(&input.bytes[..], |_| Ok(()), |_, _| Ok(())) {
        told(&error);
    }
    if let Err(error) = read::<BundleFault>(&input.bytes[..], secret, |_| Ok(()), |_, _| Ok(())) {
        told(&error);
    }
    match text(input).parse::<PeerCard>() {
        Ok(card) => assert_eq!(card.to_string().parse(), Ok(card)),
        Err(error) => told(&error),
    }
}

fn backup(desks: &Desks, input: &Input) {
    let actor = Actor { operator: "Wang".to_owned(), at: now() };
    desks.with_file(input, |path| {
        let to = desks.folder.path().join("restored.ledger");
        for opener in [Opener::None, Opener::Passphrase(guazhang::store::Passphrase::new("eight or more"))] {
            if let Err(error) = restore(path, &to, &to, &opener, &actor, Mode::Try) {
                told(&error);
            }
        }
        assert!(!to.exists());
        if let Err(error) = examine(path, now()) {
            told(&error);
        }
        for beside in ["-wal", "-shm", "-reserve"] {
            let _ = std::fs::remove_file(format!("{}{beside}", path.display()));
        }
    });
}

/// One line for every single field and code; then a record of all lines as `column=text`.
fn typed_in(_: &Desks, input: &Input) {
    let text = text(input);
    for line in text.lines().take(500) {
        if let Ok(money) = line.parse::<Money>() {
            assert_eq!(money.to_string().parse::<Money>().ok(), Some(money), "{line}");
            let _ = money.capitals();
        }
        let (_, _) = (line.parse::<Quantity>(), line.parse::<Price>());
        let (_, _) = (line.parse::<Day>(), line.parse::<Time>());
        let (_, _) = (line.parse::<ShortNumber>(), line.parse::<CensusNumber>());
        let (_, _) = (line.parse::<SealCode>(), line.parse::<StationKey>());
        let (_, _) = (line.parse::<Digest>(), line.parse::<Resumption>());
        let (_, _) = (Time::spoken(line, now()), CertNo::read(line, now()));
        let _ = serde_json::from_str::<Seal>(line);
        if let Ok(code) = line.parse::<SlipCode>() {
            assert_eq!(code.to_string().parse::<SlipCode>().as_ref(), Ok(&code), "{line}");
        }
        assert!(width(&fit(line, 7)) <= 7, "{line}");
        let _ = initials(line);
    }
    let parts = text.lines().filter_map(|line| line.split_once('='));
    let cells: Vec<_> = parts.map(|(column, text)| (column.to_owned(), text.to_owned())).collect();
    if let Err(error) = typed(&cells, Vec::new(), &context()) {
        sheet_told(&error);
    }
}

/// What a command prints.
#[derive(Clone, Default)]
struct Paper(Rc<RefCell<Vec<u8>>>);

impl io::Write for Paper {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Commands that read a file, which stands for `FILE`.
const COMMANDS: &[&str] = &[
    "import records FILE --dry-run",
    "import records FILE --dry-run --accept-good",
    "import census FILE --dry-run",
    "reconcile FILE --dry-run",
    "reconcile FILE --dry-run --map FILE",
    "reconcile FILE --dry-run --profile FILE",
    "profile test FILE --profile FILE",
    "import accounts FILE --side virtual --dry-run",
    "notice check FILE",
    "notice show FILE",
    "notice decide --facts FILE",
    "notice decide --facts FILE --notice FILE",
    "notice timeline FILE",
    "notice duties FILE --holidays FILE",
    "export backfill --out OUT --dry-run --profile FILE",
    "restore FILE --to OUT --dry-run",
    "restore FILE --to OUT --dry-run --identity FILE",
    "audit verify --seal FILE",
    "batch ack B1 FILE --dry-run",
    "check --ledger FILE",
    "list --ledger FILE",
];

fn command_line(desks: &Desks, input: &Input) {
    desks.with_file(input, |path| {
        let nth = input
            .bytes
            .iter()
            .fold(input.bytes.len(), |sum, &byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        let (lang, format) = (*pick(&[Lang::Zh, Lang::En], nth), *pick(&["table", "json", "csv"], nth / 2));
        let ledger = desks.desk.file(crate::common::LEDGER).display().to_string();
        let out = desks.folder.path().join("out").display().to_string();
        let mut words = vec!["guazhang".to_owned()];
        words.extend(pick(COMMANDS, nth / 6).split(' ').map(|word| match word {
            "FILE" => path.display().to_string(),
            "OUT" => out.clone(),
            word => word.to_owned(),
        }));
        if !words.iter().any(|word| word == "--ledger") {
            words.extend(["--ledger".to_owned(), ledger]);
        }
        for word in ["--as-of", NOW, "--operator", "Wang", "--format", format, "--no-input"] {
            words.push(word.to_owned());
        }
        let argv: Vec<_> = words.iter().map(Into::into).collect();
        let (said, err) = (Paper::default(), Paper::default());
        let exit = run_on(&argv, lang, Box::new(said.clone()), Box::new(err.clone()));
        // A command that ends well has nothing to say; one that does not says why.
        let said = err.0.borrow().len() + said.0.borrow().len();
        assert!(exit == Exit::Done || said > 0, "{words:?} ends with {exit:?} and says nothing");
        assert_ne!(exit, Exit::Usage, "{words:?}: {}", String::from_utf8_lossy(&err.0.borrow()));
    });
}

fn pick<T>(among: &[T], nth: usize) -> &T {
    &among[nth % among.len()]
}

/// Standard input belongs to a process, so the program itself is run.
fn json_lines(desks: &Desks, input: &Input) {
    let mut command = desks.desk.command(&["add", "outpatient", "--stdin", "--dry-run"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let bytes = input.bytes.clone();
    // It may end before it has read all.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&bytes)));
    let ended = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let code = ended.status.code();
    assert!(
        code.is_some_and(|code| [0, 3, 4].contains(&code)),
        "{code:?}: {}",
        String::from_utf8_lossy(&ended.stderr)
    );
}
