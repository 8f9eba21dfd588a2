//! The commands that write, as one story: a row for each, in an order in which
//! each has something to do. A new command joins the laboratory as one row.

use crate::common::world::{OWN, World};
use crate::common::{Desk, LEDGER, NOW, Ran, Sheet, content, map};
use crate::vfs;
use guazhang::cli;
use guazhang::domain::Money;
use guazhang::text::Lang;
use std::cell::RefCell;
use std::ffi::OsString;
use std::io::{self, Write};
use std::rc::Rc;

/// A command of the story.
pub(crate) struct Row {
    /// What it is called in messages.
    pub(crate) name: &'static str,
    /// As it is typed at a desk where the story has come so far; `%` is the desk's folder.
    args: fn(&Desk) -> String,
    /// How it ends, and how it ends where it was done already.
    pub(crate) ends: (i32, i32),
}

impl Row {
    pub(crate) fn args(&self, desk: &Desk) -> Vec<String> {
        (self.args)(desk).split_whitespace().map(str::to_owned).collect()
    }
}

const fn row(name: &'static str, args: fn(&Desk) -> String, ends: (i32, i32)) -> Row {
    Row { name, args, ends }
}

/// Before the stop, when the census is taken.
const BEFORE: &str = "2021-10-18T09:00:00";
/// The second facility of the world.
const OTHER: &str = "H14090100002";

#[rustfmt::skip] // the columns are the point
pub(crate) const STORY: &[Row] = &[
    row("facility add",  |_| "facility add H14090100009 乙院".to_owned(), (0, 0)),
    row("facility desk", |_| "facility desk --phone 0350-0000000 --place 2号窗口".to_owned(), (0, 0)),
    row("import census", |_| format!("import census %/census.csv --as-of {BEFORE}"), (0, 0)),
    row("census do",     |_| format!("census do C-0001 interim_settle --evidence 0077 --as-of {BEFORE}"), (0, 5)),
    row("notice done",   |_| "notice done xinzhou-2021 1 --evidence 签到表".to_owned(), (0, 5)),
    row("add",           |_| "add outpatient --record-no M-1 --name 陆样 --total 12.50 --occurred-at 2021-10-25T09:00:00".to_owned(), (0, 0)),
    row("amend",         |_| "amend M-1 --total 13.50".to_owned(), (0, 4)),
    row("import",        |_| format!("import records %/records.csv --lines %/lines.csv --map {}", map()), (0, 0)),
    row("void",          |_| "void M-1 --reason 重复".to_owned(), (0, 5)),
    row("hold",          |_| "hold A1-0003 --reason 待核实".to_owned(), (0, 5)),
    row("release",       |_| "release A1-0003 --reason 已核实".to_owned(), (0, 5)),
    row("export",        |_| format!("export resettle --facility {OWN} --out %/out"), (0, 0)),
    row("export other",  |_| format!("export resettle --facility {OTHER} --shape xlsx --encrypt-to {READER} --out %/out"), (0, 0)),
    row("batch cancel",  |_| "batch cancel B2 --reason 未用".to_owned(), (0, 5)),
    row("batch ack",     |desk| { answers(desk); "batch ack B1 %/answers.csv".to_owned() }, (3, 0)),
    row("batch asked",   |desk| format!("batch asked B1 {} --by person --found accepted --setl-id S-9 --evidence 电话", unknown(desk)), (0, 5)),
    row("notice resumed",|_| "notice resumed xinzhou-2021 all 2021-10-31T23:00:00".to_owned(), (0, 0)),
    row("reconcile",     |_| format!("reconcile %/statement.csv --map {}", map()), (3, 3)),
    row("refund pay",    |desk| format!("refund pay {} --receipt T-1", owed(desk)), (0, 5)),
    row("break resolve", |desk| format!("break resolve {} --how waived --evidence 核对单", first(desk, &["break", "list"], "break")), (0, 5)),
    row("user add",      |_| "user add Li --role auditor".to_owned(), (0, 5)),
    row("user passphrase", |_| "user passphrase Li".to_owned(), (0, 0)),
    row("break sign",    |desk| format!("break sign {} --operator Li", resolved(desk)), (0, 5)),
    row("break limit",   |_| "break limit signoff 9999999.00".to_owned(), (0, 0)),
    row("break reopen",  |desk| format!("break reopen {} --reason 依据不足 --operator Li", resolved(desk)), (0, 5)),
    row("break assign",  |desk| format!("break assign {} Li", first(desk, &["break", "list"], "break")), (0, 5)),
    row("break waive",   |desk| format!("break waive {} --reason 抹零", first(desk, &["break", "list"], "break")), (0, 5)),
    row("signoff create", |_| "signoff create".to_owned(), (0, 0)),
    row("signoff sign",  |_| "signoff sign 1 --operator Li".to_owned(), (0, 5)),
    row("unmatch",       |desk| format!("unmatch {} --reason 非同一人", first(desk, &["list", "--stage", "settled"], "number")), (0, 4)),
    row("reconcile undo", |_| "reconcile undo R2 --reason 试".to_owned(), (0, 5)),
    row("match",         |desk| { let number = first(desk, &["list", "--stage", "settled"], "number"); format!("match {number} {} --reason 原始单据相符", settled_by(desk, &number)) }, (0, 5)),
    row("import accounts", |_| "import accounts %/bank.csv --side bank --bank 甲银行".to_owned(), (0, 0)),
    row("import virtual", |_| "import accounts %/virtual.csv --side virtual".to_owned(), (0, 0)),
    row("account compare", |_| "account compare".to_owned(), (3, 3)),
    row("audit seal",    |_| "audit seal --reason 月末".to_owned(), (0, 0)),
    row("backup",        |_| "backup %/".to_owned(), (0, 0)),
    row("account export", |_| "account export --out %/out".to_owned(), (3, 3)),
    row("restore",       |_| format!("restore %/{BACKUP} --to %/{RESTORED}"), (0, 5)),
    row("user disable",  |_| "user disable Li".to_owned(), (0, 5)),
    row("export undo",   |desk| format!("export undo {} --shape calls --out %/out --reason 登记有误", first(desk, &["list", "--stage", "settled"], "number")), (0, 3)),
    row("clear",         |desk| format!("clear {} --evidence 结算单", first(desk, &["list", "--stage", "refunded"], "number")), (0, 5)),
    row("bundle keys trust", |desk| format!("bundle keys trust %/{KEY} --fingerprint {}", window(desk)), (0, 0)),
    row("bundle seal",   |_| "bundle seal --to B1 --out %/a.bundle".to_owned(), (0, 0)),
    row("bundle open",   |desk| { theirs(desk, "W-1", "b.bundle"); "bundle open %/b.bundle".to_owned() }, (0, 0)),
    row("bundle sync",   |desk| { theirs(desk, "W-2", "share/guazhang-B1-000001-009999-to-A1.bundle"); "bundle sync %/share".to_owned() }, (0, 0)),
    row("bundle keys revoke", |_| "bundle keys revoke B1 --reason 停用".to_owned(), (0, 5)),
    row("report html",   |_| "report html --out %/page.html".to_owned(), (0, 4)),
    row("list --reveal", |_| "list --reveal --purpose callback".to_owned(), (0, 0)),
];

/// Whom a batch is encrypted to; nobody has the other half.
const READER: &str = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";

/// What `backup` calls its first copy, and the ledger that is made of it.
const BACKUP: &str = "guazhang-A1-20211201T0900.db";
const RESTORED: &str = "restored.db";

/// The ledger of another window in the same folder, and its key.
const WINDOW: &str = "window.db";
const KEY: &str = "B1.key";

/// Another window, which trusts this one; the fingerprint of its key.
fn window(desk: &Desk) -> String {
    let there =
        |args: &[&str]| desk.run(&[args, &["--ledger", WINDOW, "--format", "json"]].concat()).ended(0).json();
    if !desk.file(WINDOW).exists() {
        there(&["init", "--facility", OWN, "--name", "示例医院", "--station", "B1"]);
        there(&["bundle", "keys", "--out", KEY]);
        // The marked desk has a passphrase of its own.
        let keys = ["bundle", "keys", "--format", "json"];
        let mut own = desk.run(&keys);
        if own.code == 7 {
            own = desk.run_as("Wang", crate::markers::PASSPHRASE, &keys);
        }
        let own = own.ended(0).json();
        let (line, print) = (own["line"].as_str().unwrap(), own["fingerprint"].as_str().unwrap());
        there(&["bundle", "keys", "trust", line, "--fingerprint", print]);
        std::fs::create_dir(desk.file("share")).unwrap();
    }
    there(&["bundle", "keys"])["fingerprint"].as_str().unwrap().to_owned()
}

/// A record of the other window, sealed to this one.
fn theirs(desk: &Desk, record_no: &str, name: &str) {
    let enter = [
        "add",
        "outpatient",
        "--record-no",
        record_no,
        "--name",
        "韦样",
        "--occurred-at",
        "2021-10-25T09:00:00",
    ];
    desk.run(&[&enter[..], &["--total", "5.00", "--ledger", WINDOW]].concat()).ended(0);
    desk.run(&["bundle", "seal", "--to", "A1", "--out", name, "--ledger", WINDOW]).ended(0);
}

/// A field of the first item of a list.
fn first(desk: &Desk, args: &[&str], field: &str) -> String {
    let item = desk.json(args)["items"][0][field].clone();
    item.as_str().map_or_else(|| item.to_string(), str::to_owned)
}

/// The settlement that settles a record.
fn settled_by(desk: &Desk, number: &str) -> String {
    desk.json(&["show", number])["setl_id"].as_str().unwrap().to_owned()
}

/// A break that somebody resolved.
fn resolved(desk: &Desk) -> String {
    let all = desk.json(&["break", "list", "--all"]);
    let mut items = all["items"].as_array().unwrap().iter();
    items.find(|item| item["state"] == "resolved").unwrap()["break"].to_string()
}

/// The first refund that is owed, as `refund pay` takes it.
fn owed(desk: &Desk) -> String {
    let owed = desk.json(&["refund", "list"])["items"][0].clone();
    let amount = Money::from_fen(owed["owed_fen"].as_i64().unwrap());
    format!("{} --amount {amount}", owed["number"].as_str().unwrap())
}

/// The platform's answer to batch B1: the first of every ten records is refused, the second never answered.
fn answers(desk: &Desk) {
    let shown = desk.json(&["batch", "show", "B1"]);
    let mut text = "medins_setl_id,infcode,err_msg\n".to_owned();
    for (at, item) in shown["items"].as_array().unwrap().iter().enumerate() {
        let answer = match at {
            1 => "-1,调用超时",
            at if at % 10 == 0 => "-1,人员信息不符",
            _ => "0,",
        };
        text.extend([item["medins_setl_id"].as_str().unwrap(), ",", answer, "\n"]);
    }
    desk.write("answers.csv", text);
}

/// The record of batch B1 of which nobody knew what came of it.
fn unknown(desk: &Desk) -> String {
    let shown = desk.json(&["batch", "show", "B1"]);
    shown["items"][1]["number"].as_str().unwrap().to_owned()
}

const CENSUS: &str = "住院号,床号,姓名,险种,本地异地,业务类型,入院时间,出院时间,是否可出院,科室,累计费用(元)
ZY2101,301-1,裴例,居民,local,精神病,2021-03-01 10:00,,否,精神科,48200.00
ZY2188,212-3,韦样安,职工,local,,2021-10-12 08:30,,是,内科,6230.50
";

/// The platform's statement, and in it what nobody here knows, so that there are breaks enough for everything that may
/// become of one.
pub(crate) fn statement(world: &World) -> Sheet {
    let mut statement = world.statement.clone();
    for name in ["X1", "X2", "X3"] {
        let mut row = vec![String::new(); statement.head.len()];
        for (cell, head) in row.iter_mut().zip(&statement.head) {
            match *head {
                "setl_id" | "fac_record_no" => name.clone_into(cell),
                "medfee_sumamt" => "7.00".clone_into(cell),
                _ => {}
            }
        }
        statement.rows.push(row);
    }
    statement
}
const BANK: &str = "姓名,身份证号,卡号,余额,状态
裴例,11990019491231002X,6217001,12.50,
韦样安,440524188001010014,6217002,3.00,挂失
";
const VIRTUAL: &str = "银行,姓名,身份证号,卡号,余额
甲银行,裴例,11990019491231002X,6217001,12.50
甲银行,韦样安,440524188001010014,6217002,3.00
";

/// A desk at which the story can begin.
pub(crate) fn beginning(visits: u64, seed: u64) -> Desk {
    crate::passphrase();
    let (desk, world) = (Desk::new(), World::new(visits, seed));
    desk.write("census.csv", CENSUS);
    desk.write("bank.csv", BANK);
    desk.write("virtual.csv", VIRTUAL);
    desk.write("records.csv", world.records.text());
    desk.write("lines.csv", world.lines.text());
    desk.write("statement.csv", statement(&world).text());
    desk
}

/// A command about to be given, and what it would leave if nothing disturbed it.
pub(crate) struct Scene {
    pub(crate) row: &'static Row,
    pub(crate) before: Desk,
    pub(crate) args: Vec<String>,
    pub(crate) said_before: Vec<String>,
    pub(crate) said_after: Vec<String>,
}

/// Every command of the story as a scene, and the desk after the last.
pub(crate) fn scenes(visits: u64, seed: u64) -> (Vec<Scene>, Desk) {
    let mut scenes = Vec::new();
    let mut desk = beginning(visits, seed);
    for row in STORY {
        let args = row.args(&desk);
        let after = desk.copy();
        here(&after, &args, None).ended(row.ends.0);
        let (said_before, said_after) = (said(&desk), said(&after));
        assert_ne!(said_before, said_after, "{} changes something", row.name);
        scenes.push(Scene { row, before: desk, args, said_before, said_after });
        desk = after;
    }
    (scenes, desk)
}

/// All that a ledger says, and how many rows each of its tables has: the events among them. The same of the ledger
/// that was made of a backup, where there is one.
pub(crate) fn said(desk: &Desk) -> Vec<String> {
    let mut said = Vec::new();
    for name in [LEDGER, RESTORED].into_iter().filter(|name| desk.file(name).exists()) {
        said.extend(content(&desk.ledger_at(name)));
        let conn = rusqlite::Connection::open(desk.file(name)).unwrap();
        for table in tables(&conn) {
            let count: i64 =
                conn.query_row(&format!("SELECT count(*) FROM \"{table}\""), [], |row| row.get(0)).unwrap();
            said.push(format!("{count} in {table} of {name}"));
        }
        // Keys, rights and signatures stand in no content.
        let operators = desk.ledger_at(name).books().operators().unwrap();
        said.extend(operators.iter().map(|operator| format!("{operator:?}")));
    }
    said
}

/// The names of the tables.
pub(crate) fn tables(conn: &rusqlite::Connection) -> Vec<String> {
    let select =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let mut statement = conn.prepare(select).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// What a command prints on; the first word on `out` tells somebody that the step is done.
#[derive(Clone, Default)]
struct Paper {
    text: Rc<RefCell<Vec<u8>>>,
    step: Option<usize>,
}

impl Write for Paper {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        if let Some(step) = self.step.take() {
            vfs::told(step);
        }
        self.text.borrow_mut().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs a command in this process and thread, where the laboratory sees what it does.
pub(crate) fn here(desk: &Desk, args: &[String], step: Option<usize>) -> Ran {
    let ledger = desk.file(LEDGER).display().to_string();
    let mut argv = vec!["guazhang".to_owned()];
    argv.extend(placed(desk, args));
    for (flag, value) in [("--ledger", ledger.as_str()), ("--as-of", NOW), ("--operator", "Wang")] {
        if !args.iter().any(|arg| arg == flag) {
            argv.extend([flag.to_owned(), value.to_owned()]);
        }
    }
    argv.push("--no-input".to_owned());
    let argv: Vec<OsString> = argv.into_iter().map(OsString::from).collect();
    let (out, err) = (Paper { step, ..Paper::default() }, Paper::default());
    let exit = cli::run_on(&argv, Lang::En, Box::new(out.clone()), Box::new(err.clone()));
    let text = |paper: Paper| String::from_utf8(paper.text.take()).unwrap();
    Ran { code: exit.code().into(), out: text(out), err: text(err) }
}

/// The arguments with the desk's folder in them.
pub(crate) fn placed(desk: &Desk, args: &[String]) -> Vec<String> {
    let folder = desk.path().display().to_string();
    args.iter().map(|arg| arg.replace('%', &folder)).collect()
}
