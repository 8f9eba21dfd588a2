//! Rounds of killing at random moments over all the commands, on ledgers that go
//! on living: whatever was acknowledged once is there after every kill.
//!
//! `GUAZHANG_KILLS` says how many, `GUAZHANG_SEED` where the dice begin. What each
//! command leaves behind when it is killed is looked at more closely in `main`.

use crate::common::world::World;
use crate::common::{Desk, Dice, NOTICE, NOW, map, ran, sound};
use guazhang::domain::{BatchState, BreakState, Stage};
use guazhang::notice::Calendar;
use guazhang::store::{Filter, Ledger, Pair, Said};
use guazhang::work::{self, Law};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

/// So many kills one ledger lives through.
const PER_ROUND: u64 = 20;
/// Records of one sheet.
const ROWS: u64 = 45;

/// Before the stop, when the census is taken.
const BEFORE: &str = "2021-10-18T09:00:00";

/// The key of a centre, and what it reads out over the phone.
const CENTRE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cmd/bundle.in/C0.key");
const PRINT: &str = "07VT-EPZH-5QRZ-G5KJ";

/// A ledger that is killed again and again.
struct Round {
    desk: Desk,
    dice: Dice,
    seed: u64,
    sheets: u64,
    typed: u64,
    /// The number of the last copy.
    copies: u64,
    /// Own numbers of records that somebody was told are written down.
    acknowledged: BTreeSet<String>,
}

/// A command that changes something, as its words; none where it has nothing to do now.
type Words = fn(&mut Round) -> Option<String>;

/// All the commands that write, and how many of a hundred are which. A new one joins as one row.
#[rustfmt::skip] // the columns are the point
const COMMANDS: &[(&str, u64, Words)] = &[
    ("import",         20, |r| Some(r.import())),
    ("add",            10, |r| Some(r.add())),
    ("amend",           6, |r| Some(format!("amend {} --note 第{}次核对", r.known()?, r.typed))),
    ("void",            2, |r| Some(format!("void {} --reason 重复", r.known()?))),
    ("hold",            1, |r| Some(format!("hold {} --reason 待核实", r.at(Stage::Pending)?))),
    ("release",         1, |r| Some(format!("release {} --reason 已核实", r.at(Stage::Held)?))),
    ("paper keep",      1, |r| Some(format!("paper {} keep receipt", r.known()?))),
    ("shift open",      1, |_| Some("shift open --float 100.00".to_owned())),
    ("shift close",     1, |_| Some("shift close --counted 100.00".to_owned())),
    ("export",          7, |r| Some(format!("export resettle --out out --shape {}", r.dice.pick(&["csv", "calls", "xlsx"])))),
    ("export 3202",     1, |_| Some("export 3202 --from 2021-10-01 --to 2021-12-31 --body 140902 --out out".to_owned())),
    ("export undo",     1, |r| Some(format!("export undo {} --out out --reason 登记有误", r.at(Stage::Settled)?))),
    ("batch ack",       5, Round::ack),
    ("batch cancel",    2, |r| Some(format!("batch cancel {} --reason 未用", r.batch()?))),
    ("reconcile",       6, |r| Some(r.reconcile())),
    ("refund pay",      4, Round::pay),
    ("break resolve",   2, Round::resolve),
    ("break assign",    1, |r| Some(format!("break assign {} Wang", r.open_break()?))),
    ("break waive",     1, |r| Some(format!("break waive {} --reason 抹零", r.open_break()?))),
    ("unmatch",         1, |r| Some(format!("unmatch {} --reason 非同一人", r.at(Stage::Settled)?))),
    ("match",           1, Round::pair),
    ("reconcile undo",  1, Round::undo),
    ("signoff create",  1, |_| Some("signoff create".to_owned())),
    ("signoff sign",    1, Round::sign_off),
    ("import accounts", 1, |r| Some(r.accounts())),
    ("account compare", 1, |_| Some("account compare".to_owned())),
    ("clear",           2, |r| Some(format!("clear {} --evidence 结算单", r.at(Stage::Settled)?))),
    ("notice resumed",  1, |_| Some(format!("notice resumed {NOTICE} all 2021-10-31T23:00:00"))),
    ("facility desk",   1, |r| Some(format!("facility desk --phone 0350-{:07}", r.typed))),
    ("facility add",    1, |r| Some(format!("facility add H149999{:05} 乙院", r.typed))),
    ("notice done",     1, |_| Some(format!("notice done {NOTICE} 1 --evidence 签到表"))),
    ("import census",   2, |r| Some(r.census())),
    ("user add",        2, |r| Some(r.user_add())),
    ("user passphrase", 1, |r| Some(format!("user passphrase {}", r.other()?))),
    ("user disable",    1, |r| Some(format!("user disable {}", r.other()?))),
    ("break sign",      1, Round::sign),
    ("bundle keys trust", 1, |_| Some(format!("bundle keys trust {CENTRE} --fingerprint {PRINT}"))),
    ("bundle seal",     1, Round::seal),
    ("bundle sync",     1, Round::sync),
    ("audit seal",      1, |_| Some("audit seal --reason 月末".to_owned())),
    ("backup",          1, |r| Some(r.backup())),
    ("restore",         1, Round::restore),
    ("census do",       1, |r| Some(format!("census do C-000{} interim_settle --as-of {BEFORE}", 1 + r.dice.below(3)))),
];

impl Round {
    fn new(base: &Desk, seed: u64) -> Round {
        let (desk, acknowledged) = (base.copy(), BTreeSet::new());
        Round { desk, dice: Dice::new(seed), seed, sheets: 0, typed: 0, copies: 0, acknowledged }
    }

    fn ledger(&self) -> Ledger {
        self.desk.ledger()
    }

    fn pick(&mut self, among: &[String]) -> Option<String> {
        if among.is_empty() { None } else { Some(self.dice.pick(among).clone()) }
    }

    /// A record that is known to be there.
    fn known(&mut self) -> Option<String> {
        let known: Vec<String> = self.acknowledged.iter().cloned().collect();
        self.pick(&known)
    }

    /// A record at a stage.
    fn at(&mut self, stage: Stage) -> Option<String> {
        let filter = Filter { stage: Some(stage), ..Filter::default() };
        let records = self.ledger().books().records(&filter).unwrap();
        let numbers: Vec<_> = records.into_iter().map(|stored| stored.number.to_string()).collect();
        self.pick(&numbers)
    }

    /// A batch that is out.
    fn batch(&mut self) -> Option<String> {
        let batches = self.ledger().books().batches().unwrap();
        let sent = batches.into_iter().filter(|batch| batch.state == BatchState::Sent);
        let sent: Vec<_> = sent.map(|batch| format!("B{}", batch.id)).collect();
        self.pick(&sent)
    }

    /// The world of one sheet, with numbers that no other sheet has.
    fn world(&self, sheet: u64) -> (World, [(&'static str, String); 2]) {
        let world = World::new(ROWS, self.seed.wrapping_mul(1000) + sheet);
        (world, [("DT", format!("K{sheet:03}T")), ("S0000", format!("S{sheet:04}"))])
    }

    fn import(&mut self) -> String {
        self.sheets += 1;
        let (sheet, (world, other)) = (self.sheets, self.world(self.sheets));
        let text = |text: String| text.replace(other[0].0, &other[0].1);
        self.desk.write(&format!("records{sheet}.csv"), text(world.records.text()));
        self.desk.write(&format!("lines{sheet}.csv"), text(world.lines.text()));
        format!("import records records{sheet}.csv --lines lines{sheet}.csv --map {}", map())
    }

    /// The record numbers of a sheet.
    fn numbers(&self, sheet: u64) -> Vec<String> {
        let (world, other) = self.world(sheet);
        world.records.rows.iter().map(|row| row[0].replace(other[0].0, &other[0].1)).collect()
    }

    fn add(&mut self) -> String {
        self.typed += 1;
        format!(
            "add outpatient --record-no M-{} --name 陆样 --total {}.50 --occurred-at 2021-10-25T09:00:00",
            self.typed, self.typed
        )
    }

    fn ack(&mut self) -> Option<String> {
        let batch = self.batch()?;
        let id = batch[1..].parse().unwrap();
        let mut text = "medins_setl_id,infcode,err_msg\n".to_owned();
        for member in self.ledger().books().members(id).unwrap() {
            let answer = if self.dice.percent(10) { "-1,人员信息不符" } else { "0," };
            text.extend([&member.issued.medins_setl_id, ",", answer, "\n"]);
        }
        self.desk.write("answers.csv", text);
        Some(format!("batch ack {batch} answers.csv"))
    }

    fn reconcile(&mut self) -> String {
        let sheet = 1 + self.dice.below(self.sheets.max(1));
        let (world, other) = self.world(sheet);
        let text = other.iter().fold(world.statement.text(), |text, (from, to)| text.replace(from, to));
        self.desk.write("statement.csv", text);
        format!("reconcile statement.csv --map {}", map())
    }

    fn pay(&mut self) -> Option<String> {
        let ledger = self.ledger();
        let law = Law::read(&ledger.books(), Calendar::built_in()).unwrap();
        let owed = work::owed(&ledger.books(), &law, NOW.parse().unwrap()).unwrap();
        let line = |owed: work::Owed| {
            Some(format!("refund pay {} --amount {} --receipt T-1", owed.stored.number, owed.amounts?.refund))
        };
        let lines: Vec<_> = owed.into_iter().filter_map(line).collect();
        self.pick(&lines)
    }

    fn resolve(&mut self) -> Option<String> {
        let open = self.ledger().books().breaks(Some(BreakState::Open)).unwrap();
        let line = |id: i64| format!("break resolve {id} --how waived --evidence 核对单");
        let lines: Vec<_> = open.into_iter().map(|found| line(found.id)).collect();
        self.pick(&lines)
    }

    fn open_break(&mut self) -> Option<String> {
        let open = self.ledger().books().breaks(Some(BreakState::Open)).unwrap();
        let open: Vec<_> = open.into_iter().map(|found| found.id.to_string()).collect();
        self.pick(&open)
    }

    /// Puts a pair together again that somebody took apart.
    fn pair(&mut self) -> Option<String> {
        let ledger = self.ledger();
        let books = ledger.books();
        let apart = books.pairs_by_hand().unwrap().into_iter().filter(|pair| pair.said == Said::Apart);
        let line = |pair: Pair| {
            let number = books.record_by_id(pair.record).unwrap().number;
            let setl_id = books.settlement(pair.settlement).unwrap().setl_id;
            format!("match {number} {setl_id} --reason 原始单据相符")
        };
        let lines: Vec<_> = apart.map(line).collect();
        self.pick(&lines)
    }

    fn undo(&mut self) -> Option<String> {
        let last = self.ledger().books().last_run().unwrap()?;
        Some(format!("reconcile undo R{} --reason 试", last.id))
    }

    fn user_add(&mut self) -> String {
        self.typed += 1;
        format!("user add U{} --role auditor", self.typed)
    }

    /// Somebody else who may open the ledger.
    fn other(&mut self) -> Option<String> {
        let operators = self.ledger().books().operators().unwrap();
        let others = operators.into_iter().filter(|operator| operator.active && operator.name != "Wang");
        let others: Vec<_> = others.map(|operator| operator.name).collect();
        self.pick(&others)
    }

    fn sign(&mut self) -> Option<String> {
        let resolved = self.ledger().books().breaks(Some(BreakState::Resolved)).unwrap();
        let unsigned: Vec<_> = resolved
            .into_iter()
            .filter(|found| found.signed_by.is_empty())
            .map(|found| found.id.to_string())
            .collect();
        Some(format!("break sign {} --operator {}", self.pick(&unsigned)?, self.other()?))
    }

    fn sign_off(&mut self) -> Option<String> {
        let waiting = self.ledger().books().signoffs().unwrap();
        let waiting = waiting.into_iter().find(|signoff| signoff.signed_by.is_none())?;
        Some(format!("signoff sign {} --operator {}", waiting.id, self.other()?))
    }

    fn backup(&mut self) -> String {
        self.typed += 1;
        self.copies = self.typed;
        format!("backup copy{}.db", self.copies)
    }

    /// Whether somebody is trusted, so that there is anybody to seal to.
    fn has_peer(&self) -> bool {
        self.ledger().books().peers().unwrap().iter().any(|peer| peer.trusted)
    }

    fn seal(&mut self) -> Option<String> {
        self.typed += 1;
        self.has_peer().then(|| format!("bundle seal --to C0 --all --out c{}.bundle", self.typed))
    }

    fn sync(&mut self) -> Option<String> {
        std::fs::create_dir_all(self.desk.file("share")).unwrap();
        self.has_peer().then(|| "bundle sync share".to_owned())
    }

    /// A copy that was made is whole, or this says so.
    fn restore(&mut self) -> Option<String> {
        let copy = format!("copy{}.db", self.copies);
        self.typed += 1;
        self.desk.file(&copy).exists().then(|| format!("restore {copy} --to restored{}.db", self.typed))
    }

    fn census(&mut self) -> String {
        self.typed += 1;
        let head = "住院号,姓名,险种,本地异地,业务类型,入院时间,科室,累计费用(元)";
        let row =
            format!("ZY{},裴例,居民,local,精神病,2021-03-01 10:00,精神科,{}.00", self.typed, self.typed);
        self.desk.write("census.csv", format!("{head}\n{row}\n"));
        format!("import census census.csv --as-of {BEFORE}")
    }

    /// A later list of a bank replaces the one before.
    fn accounts(&mut self) -> String {
        self.typed += 1;
        let row = format!(
            "甲银行,裴例,440524188001010014,6217990000000000{:03},,{}.00,",
            self.typed % 1000,
            self.typed
        );
        self.desk.write("bank.csv", format!("银行,姓名,身份证号,卡号,原卡号,余额,状态\n{row}\n"));
        "import accounts bank.csv --side bank --bank 甲银行".to_owned()
    }

    /// The records that a command acknowledges when it says that it is done.
    fn acknowledges(&self, name: &str) -> Vec<String> {
        match name {
            "import" => self.numbers(self.sheets),
            "add" => vec![format!("M-{}", self.typed)],
            _ => Vec::new(),
        }
    }

    /// Nothing acknowledged is gone, and a sheet is there as a whole or not at all.
    fn look(&self, told: &str) {
        sound(&self.desk);
        let records = self.ledger().books().records(&Filter::default()).unwrap();
        let there: BTreeSet<String> = records.into_iter().map(|stored| stored.record.record_no).collect();
        let lost: Vec<_> = self.acknowledged.difference(&there).collect();
        assert!(lost.is_empty(), "{told}: lost {lost:?}");
        let sheet = self.numbers(self.sheets.max(1));
        let part = sheet.iter().filter(|no| there.contains(*no)).count();
        assert!(part == 0 || part == sheet.len(), "{told}: {part} of {} rows", sheet.len());
    }

    /// Gives a command, kills it, looks, and gives it again; whether the kill came before its end.
    fn kill(&mut self, took: &mut BTreeMap<&'static str, Duration>) -> bool {
        let (name, words) = loop {
            let mut rolled = self.dice.below(100);
            let row = COMMANDS.iter().find(|(_, share, _)| match rolled.checked_sub(*share) {
                Some(rest) => {
                    rolled = rest;
                    false
                }
                None => true,
            });
            let (name, _, words) = row.expect("the shares add up to a hundred");
            if let Some(words) = words(self) {
                break (*name, words);
            }
        };
        let told = format!("seed {}, {words}", self.seed);
        let words: Vec<&str> = words.split(' ').collect();
        let usual = took.get(name).copied().unwrap_or(Duration::from_millis(60));
        let whole = u64::try_from(usual.as_micros()).unwrap();
        let from = if self.dice.percent(50) { whole / 2 } else { 0 };
        let mut command = self.desk.command(&words);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        sleep(Duration::from_micros(from + self.dice.below(whole + whole / 10 - from)));
        child.kill().unwrap();
        let ended = child.wait_with_output().unwrap();
        if ended.status.code() == Some(0) || !ended.stdout.is_empty() {
            self.acknowledged.extend(self.acknowledges(name));
        }
        self.look(&told);

        let started = crate::now();
        let again = ran(&mut self.desk.command(&words));
        took.insert(name, (usual * 3 + (crate::now() - started)) / 4);
        // It may be refused, since it is done or no longer possible; it never fails.
        assert!([0, 3, 4, 5].contains(&again.code), "{told}: {}{}", again.out, again.err);
        if again.code == 0 {
            self.acknowledged.extend(self.acknowledges(name));
        }
        ended.status.code().is_none()
    }
}

/// Kills until there were `kills`; how many records were acknowledged.
fn rounds(kills: u64, seed: u64) -> u64 {
    let base = Desk::new();
    let (mut killed, mut acknowledged, mut tries) = (0, 0, 0);
    let mut took = BTreeMap::new();
    for at in 0.. {
        let mut round = Round::new(&base, seed + at);
        let until = kills.min(killed + PER_ROUND);
        while killed < until {
            killed += u64::from(round.kill(&mut took));
            tries += 1;
            assert!(tries < kills * 3 + 100, "the commands are too quick to be killed");
        }
        round.look("at the end");
        super::nothing_twice(&round.ledger());
        acknowledged += round.acknowledged.len() as u64;
        if killed == kills {
            break;
        }
    }
    println!("{killed} kills, {acknowledged} records acknowledged, seed {seed}: none lost");
    acknowledged
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}

/// Half of the kills, so that two can go on at a time.
fn half(seed: u64) {
    let kills = number("GUAZHANG_KILLS", 50) / 2;
    let acknowledged = rounds(kills, number("GUAZHANG_SEED", 4) * 1_000_000 + seed);
    assert!(acknowledged >= kills * 20 || kills < 1000, "{acknowledged} acknowledged over {kills} kills");
}

#[test]
fn kills_at_random_moments() {
    half(0);
}

#[test]
fn more_kills_at_random_moments() {
    half(500_000);
}
