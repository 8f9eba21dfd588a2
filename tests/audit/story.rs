//! A ledger in which everything happened that can happen, told by the program itself. A new kind of event joins here,
//! and with it what it writes. What the books then prove is asked next door.

use crate::common::world::{Shares, World};
use crate::common::{self, Desk, Dice, NOTICE, NOW, PASSPHRASE, sound};
use guazhang::domain::{Actor, BreakState, Money, Resolution};
use guazhang::notice::Calendar;
use guazhang::store::{Filter, Mode};
use guazhang::work::{self, Law};

const CENSUS: &str =
    "住院号,床号,姓名,险种,本地异地,业务类型,入院时间,出院时间,是否可出院,科室,累计费用(元),预交金
ZY2101,301-1,张三,居民,local,精神病,2021-03-01 10:00,,否,精神科,48200.00,
ZY2188,212-3,李四,职工,local,,2021-10-12 08:30,2021-10-16,是,内科,6230.50,500.00
";

/// What the made-up world leaves open.
const STAY: &str = "\
record_no,kind,line,name,doctor,id_no,phone,card_no,psn_no,insurance,occurred_at,admitted_at,discharged_at,applied_on,total,paid,pay_method,locality
ZY-9,inpatient,ordinary,钱九思,孙例,11990019491231002X,13900000000,A00000001,14000000000000000001,390,2021-10-25T08:00:00,2021-10-25T08:00:00,2021-10-27T08:00:00,2021-10-27,90.00,50.00,cash,local
";

fn actor() -> Actor {
    Actor { operator: "Wang".to_owned(), at: NOW.parse().unwrap() }
}

/// A ledger in which everything happened that can happen.
pub(crate) fn story() -> Desk {
    let desk = Desk::new();
    hire(&desk);
    desk.run(&["shift", "open", "--float", "200.00"]).ended(0);
    desk.run(&["facility", "add", "H14090100009", "另一家医院"]).ended(0);
    desk.run(&["facility", "desk", "--phone", "0350-0000000", "--place", "2号窗口", "--hours", "8:00-17:30"])
        .ended(0);
    desk.run(&["facility", "desk", "H14090100009", "--phone", "0350-0000001"]).ended(0);
    desk.run(&["notice", "done", NOTICE, "1", "--evidence", "通知单 1"]).ended(0);
    let before = |args: &[&str]| desk.run(&[args, &["--as-of", "2021-10-18T09:00:00"]].concat());
    desk.write("census.csv", CENSUS);
    before(&["import", "census", "census.csv"]).ended(0);
    desk.write("evening.csv", CENSUS.replace("李四", "李思"));
    before(&["import", "census", "evening.csv"]).ended(0);
    before(&["census", "do", "C-0001", "interim_settle", "--evidence", "结算单 0077"]).ended(0);
    before(&["census", "do", "C-0001", "convert_self_pay"]).ended(0);

    desk.write("stay.csv", STAY);
    desk.run(&["import", "records", "stay.csv"]).ended(0);
    let shares = Shares { missing: 15, mismatch: 10, duplicate: 10, reversed: 10, extra: 10, nameless: 30 };
    let world = World::with(40, 5, shares);
    desk.import(&world.records, &world.lines).ended(0);
    desk.run(&["amend", "A1-0003", "--name", "陆改名"]).ended(0);
    desk.run(&["void", "A1-0004", "--reason", "误录"]).ended(0);
    let sent = desk.json(&["export", "resettle", "--out", "out", "--shape", "calls"]);
    let mut dice = Dice::new(1);
    for batch in sent["batches"].as_array().unwrap() {
        let file = desk.path().join(batch["folder"].as_str().unwrap()).join("run-order.csv");
        let order = std::fs::read_to_string(file).unwrap();
        let first = order.lines().nth(1).unwrap().split(',').nth(1).unwrap();
        desk.write("first.json", format!("{{\"file\":\"{first}\",\"infcode\":0,\"err_msg\":\"好\"}}"));
        let batch = batch["batch"].as_str().unwrap();
        let shown = desk.json(&["batch", "show", batch]);
        let mut answers = "number,infcode,err_msg\n".to_owned();
        for item in shown["items"].as_array().unwrap() {
            let code = if dice.percent(30) { "-1,人员信息不符" } else { "0," };
            answers.extend([item["number"].as_str().unwrap(), ",", code, "\n"]);
        }
        desk.write("answers.csv", answers);
        desk.run(&["batch", "ack", batch, "answers.csv"]);
        desk.run(&["batch", "ack", batch, "first.json"]).ended(0);
    }
    let sent = desk.json(&["export", "backfill", "--out", "out"]);
    for batch in sent["batches"].as_array().unwrap() {
        desk.run(&["batch", "cancel", batch["batch"].as_str().unwrap(), "--reason", "拷错"]).ended(0);
    }
    let mut half = world.statement.clone();
    half.rows.truncate(world.statement.rows.len() / 2);
    desk.reconcile(&half);
    desk.reconcile(&world.statement);
    pay_and_close(&desk);
    let resolved = desk.ledger().books().breaks(Some(BreakState::Resolved)).unwrap();
    for found in resolved.iter().skip(1) {
        desk.run_as("Zhao", "words of Zhao", &["break", "sign", &found.id.to_string()]).ended(0);
    }
    let mut later = world.statement.clone();
    later.rows.retain(|row| row[0].ends_with('7') || row[0].ends_with('3'));
    for row in &mut later.rows {
        row[0] = format!("V{}", &row[0][1..]);
        for (cell, head) in row.iter_mut().zip(&world.statement.head) {
            match *head {
                "refd_setl_flag" => "1".clone_into(cell),
                "medfee_sumamt" | "fund_pay_sumamt" | "acct_pay" | "psn_cash_pay" => {
                    *cell = (Money::ZERO - cell.parse::<Money>().unwrap()).to_string();
                }
                _ => {}
            }
        }
    }
    desk.reconcile(&later);
    by_people(&desk);
    desk.write("region.toml", "[statement.dates]\nday_ends = \"17:00\"\n");
    let night = "setl_id,record_no,setl_time,medfee_sumamt,hosp_part_amt,stmt_rslt\nN1,N-1,2021-11-05 18:00:00,3.00,1.00,9\n";
    desk.write("night.csv", night);
    desk.run(&["reconcile", "night.csv", "--profile", "region.toml"]).ended(3);
    desk.run(&["export", "refund", "--out", "out", "--purpose", "退费"]);
    desk.run(&["hold", "A1-0005", "--reason", "待核实"]);
    desk.run(&["export", "undo", "--out", "out", "--reason", "重复结算"]);
    let taken = desk.ledger().books().batches().unwrap();
    let taken = taken.iter().find(|batch| batch.purpose == guazhang::domain::Purpose::Undo);
    assert!(taken.is_some_and(|batch| batch.records > 0), "something is taken back");
    desk.run(&["paper", "A1-0003", "keep", "card", "receipt", "--holder", "三号窗口抽屉"]).ended(0);
    desk.run(&["paper", "A1-0003", "return", "card", "--holder", "本人"]).ended(0);
    accounts(&desk);
    exchange(&desk);
    desk.run(&["shift", "close", "--counted", "210.00", "--note", "找零差错"]).ended(3);
    desk.run(&["shift", "open"]).ended(0);
    desk.run(&["audit", "seal", "--reason", "月末"]).ended(0);
    desk.run(&["list", "--reveal", "--purpose", "电话通知"]).ended(0);
    desk.run_as("Zhao", "not the words of Zhao", &["audit", "seal", "--reason", "月末"]).ended(7);
    sound(&desk);
    desk
}

/// Bundles of two other windows: taken in, set aside, and of a second chain.
fn exchange(desk: &Desk) {
    let window = |station: &str| {
        let other = Desk::empty();
        let init = ["init", "--facility", "H14090100007", "--name", "丙院", "--station", station];
        other.run(&[&init[..], &["--notice", NOTICE]].concat()).ended(0);
        for (one, two) in [(desk, &other), (&other, desk)] {
            let shown = two.json(&["bundle", "keys"]);
            let (line, print) = (shown["line"].as_str().unwrap(), shown["fingerprint"].as_str().unwrap());
            one.run(&["bundle", "keys", "trust", line, "--fingerprint", print]).ended(0);
        }
        other
    };
    let enter = |other: &Desk, no: &str| {
        let args = ["add", "outpatient", "--record-no", no, "--name", "钱九思", "--total", "5.00"];
        other.run(&[&args[..], &["--occurred-at", "2021-10-25T09:00:00"]].concat()).ended(0);
    };
    let sealed = |other: &Desk, to: &str, name: &str| {
        let path = other.file(name).display().to_string();
        other.run(&["bundle", "seal", "--to", to, "--out", &path]).ended(0);
        path
    };
    let (one, two) = (window("B1"), window("B2"));
    enter(&one, "W-1");
    enter(&two, "W-1");
    for other in [&one, &two] {
        desk.run(&["bundle", "open", &sealed(other, "A1", "1.bundle")]);
    }
    one.run(&["amend", "B1-0001", "--name", "钱十思", "--total", "6.00"]).ended(0);
    let stay = STAY.replace("ZY-9", "W-9").replace("200001", "200009");
    desk.write("w9.csv", stay);
    desk.run(&["import", "records", "w9.csv"]).ended(0);
    one.run(&["bundle", "open", &sealed(desk, "B1", "to-b1.bundle")]);
    one.write(
        "statement.csv",
        "setl_id,record_no,setl_time,medfee_sumamt,fund_pay_sumamt,acct_pay,psn_cash_pay\nW9,W-9,2021-11-05 18:00:00,90.00,60.00,0.00,30.00\n",
    );
    one.run(&["reconcile", "statement.csv"]).ended(3);
    let owed = one.json(&["refund", "list"]);
    let own = owed["items"].as_array().unwrap().iter().find(|item| item["record_no"] == "W-9").unwrap();
    let amount = Money::from_fen(own["owed_fen"].as_i64().unwrap()).to_string();
    let number = own["number"].as_str().unwrap();
    one.run(&["refund", "pay", number, "--amount", &amount, "--receipt", "T-2"]).ended(0);
    desk.run(&["bundle", "open", &sealed(&one, "A1", "2.bundle")]);
    enter(&one, "W-2");
    sealed(&one, "A1", "3.bundle");
    enter(&one, "W-3");
    desk.run(&["bundle", "open", &sealed(&one, "A1", "4.bundle")]).ended(3);
    let copy = two.copy();
    two.run(&["amend", "B2-0001", "--total", "7.00"]).ended(0);
    copy.run(&["amend", "B2-0001", "--total", "8.00"]).ended(0);
    desk.run(&["bundle", "open", &sealed(&two, "A1", "2.bundle")]);
    desk.run(&["bundle", "open", &sealed(&copy, "A1", "3.bundle")]).ended(6);
}

/// Lists of accounts of both sides, one of them corrected, rehearsed and compared.
fn accounts(desk: &Desk) {
    let head = "银行,姓名,证件号码,卡号,原卡号,余额,状态\n";
    let bank = format!(
        "{head}甲银行,钱九思,11990019491231002X,6217001,6217000,12.50,补卡\n甲银行,孙例,,6217002,,3.00,\n"
    );
    desk.write("bank.csv", &bank);
    desk.write(
        "virtual.csv",
        format!("{head}甲银行,钱九思,11990019491231002X,6217000,,12.50,\n甲银行,孙例,,6217002,,2.99,\n"),
    );
    let import = |file: &str, side: &str, more: &[&str]| {
        let args = ["import", "accounts", file, "--side", side, "--bank", "甲银行"];
        desk.run(&[&args[..], more].concat()).ended(0);
    };
    for more in [&["--rehearsal"][..], &[]] {
        import("bank.csv", "bank", more);
        import("virtual.csv", "virtual", more);
        desk.run(&[&["account", "compare", "--detail"][..], more].concat()).ended(3);
    }
    desk.write("bank.csv", bank.replace(",3.00,", ",2.99,"));
    import("bank.csv", "bank", &[]);
    desk.run(&["account", "compare"]).ended(3);
}

/// A run taken back and given again, a pair taken apart, breaks given away and waived, and a sign-off.
fn by_people(desk: &Desk) {
    let last = desk.ledger().books().last_run().unwrap().unwrap().id;
    desk.run(&["reconcile", "undo", &format!("R{last}"), "--reason", "拿错文件"]).ended(0);
    desk.run(&["reconcile", "statement.csv", "--map", &common::map()]).ended(3);
    let settled = desk.json(&["list", "--stage", "settled"]);
    let number = settled["items"][0]["number"].as_str().unwrap();
    desk.run(&["unmatch", number, "--reason", "不是同一人"]).ended(0);
    desk.run(&["break", "limit", "waive_admin", "0.00"]).ended(0);
    desk.run(&["break", "limit", "signoff", "1000000.00"]).ended(0);
    let open = desk.ledger().books().breaks(Some(BreakState::Open)).unwrap();
    let [first, second] = [open[0].id, open[1].id].map(|id| id.to_string());
    desk.run(&["break", "assign", &first, "Li"]).ended(0);
    desk.run(&["break", "waive", &second, "--reason", "抹零"]).ended(0);
    desk.run(&["signoff", "create"]).ended(0);
    desk.run(&["signoff", "sign", "1"]).ended(7);
    desk.run_as("Zhao", "words of Zhao", &["signoff", "sign", "1"]).ended(0);
    let frozen = desk.ledger().books().breaks(Some(BreakState::Resolved)).unwrap();
    let frozen = frozen.iter().find(|found| found.frozen_by.is_some()).unwrap().id.to_string();
    desk.run_as("Zhao", "words of Zhao", &["break", "reopen", &frozen, "--reason", "依据不足"]).ended(0);
    desk.run(&["signoff", "verify"]).ended(0);
}

/// Operators who come, mistype, change their words, and go.
fn hire(desk: &Desk) {
    for (name, role) in [("Li", "it"), ("Zhao", "auditor"), ("Sun", "cashier"), ("Zhou", "admin")] {
        let words = format!("words of {name}");
        desk.run_new("Wang", PASSPHRASE, &words, &["user", "add", name, "--role", role]).ended(0);
    }
    let enter =
        |no| ["add", "outpatient", "--record-no", no, "--name", "赵样", "--total", "1.00", "--dry-run"];
    desk.run_as("Li", "not the words of Li", &enter("X-1")).ended(7);
    let at: &[&str] = &["--occurred-at", "2021-10-25 09:00"];
    desk.run_as("Li", "words of Li", &[&enter("X-1")[..], at].concat()).ended(0);
    desk.run_new("Li", "words of Li", "other words of Li", &["user", "passphrase"]).ended(0);
    desk.run(&["user", "disable", "Sun"]).ended(0);
    desk.run(&["user", "recovery"]).ended(0);
}

fn pay_and_close(desk: &Desk) {
    let mut ledger = desk.ledger();
    let law = Law::read(&ledger.books(), Calendar::built_in()).unwrap();
    let by = actor();
    for (at, owed) in work::owed(&ledger.books(), &law, by.at).unwrap().into_iter().enumerate() {
        if let (Some(amounts), true) = (owed.amounts, at % 2 == 0) {
            work::pay(&mut ledger, &by, Mode::Keep, &owed.stored, amounts.refund, "T-1", None).unwrap();
        }
    }
    let open = ledger.books().breaks(Some(BreakState::Open)).unwrap();
    for found in open.iter().step_by(2) {
        work::resolve(&mut ledger, &by, Mode::Keep, found.id, Resolution::Waived, "核对单").unwrap();
    }
    for stored in ledger.books().records(&Filter::default()).unwrap() {
        let _ = work::clear(&mut ledger, &law, &by, Mode::Keep, &stored, "结算单");
    }
}
