//! The first half of the story: before the stop, in it, and the batches that go
//! out once the system is back.

use super::figures::Ways;
use super::platform;
use super::teller::Teller;
use crate::cli::demo::data::{CLINIC, HERE, HOSPITAL, PHARMACY};
use crate::cli::demo::people::person;
use crate::cli::{Exit, Failure};
use std::fs;
use std::path::Path;

const CASHIER: [&str; 2] = ["收费员甲", "cashier A"];
const CLERK: [&str; 2] = ["医保办乙", "clerk B"];

/// Tells it; by which ways the records go, once the system is back.
pub(super) fn tell(t: &mut Teller<'_>) -> Result<Ways, Failure> {
    before(t)?;
    at_the_window(t)?;
    sheets(t)?;
    one_by_one(t)?;
    back(t)?;
    let ways = Ways::gather(t)?;
    batches(t)?;
    answers(t)?;
    Ok(ways)
}

fn before(t: &mut Teller<'_>) -> Result<(), Failure> {
    t.chapter("2021-10-20T09:00", CLERK, ["停机前：建账本", "Before the stop: a ledger"])?;
    t.say(
        "忻州市的通告是内置的；邻市“云汀”（虚构）刚停过机，它的通告是一个文件。患者按参保地适用各自的通告。",
        "The notice of Xinzhou is built in; the next city, Yunting (invented), had its own stop a week ago and its \
         notice is a file. Which one rules over a record is told by where the patient is insured.",
    )?;
    let name = t.pick(["示例县人民医院", "Sample County Hospital"]);
    let init = [
        "init",
        "--facility",
        HOSPITAL,
        "--name",
        name,
        "--notice",
        "xinzhou-2021",
        "--notice",
        "yunting.toml",
    ];
    t.run(Exit::Done, [9, 0], &init)?;
    t.say(
        "姓名、证件、电话都加密保存，各人用自己的口令打开；收费员能登记和退费，不能导出或销号。",
        "Names, documents and phones are sealed, and each opens them with a passphrase of his own; a cashier records \
         and pays refunds, and can neither export nor clear.",
    )?;
    let cashier = t.pick(CASHIER);
    t.run(Exit::Done, [4, 0], &["user", "add", cashier, "--role", "cashier"])?;
    t.likewise(&["facility", "add", CLINIC, t.pick(["示例诊所", "Sample Clinic"])])?;
    t.likewise(&["facility", "add", PHARMACY, t.pick(["示例药店", "Sample Pharmacy"])])?;
    t.likewise(&["notice", "resumed", "yunting-2021", "settlement", "2021-10-17T09:10"])?;
    t.say(
        "诊所和药店用 facility add 登记，云汀实际恢复的时间用 notice resumed 登记。通告说了什么，一页可看完：",
        "The clinic and the pharmacy are added with facility add; when Yunting was really back is noted with notice \
         resumed. What a notice says, on a page:",
    )?;
    t.run(Exit::Done, [9, 0], &["notice", "show", "xinzhou-2021"])
}

fn at_the_window(t: &mut Teller<'_>) -> Result<(), Failure> {
    t.chapter("2021-10-22T10:30", CASHIER, ["停机中：窗口登记", "In the stop: at the window"])?;
    t.say(
        "系统停了，患者先自费。登记后立刻知道这一笔以后怎么办、凭什么材料、依据哪一条。",
        "The system is down and patients pay themselves. A record knows at once its way back, the papers, the clause.",
    )?;
    let who = person(900);
    let (id_no, phone) = (who.id_no, who.phone);
    let visit = [
        "add",
        "outpatient",
        "--record-no",
        "MZ0300",
        "--name",
        &who.name,
        "--id-no",
        &id_no,
        "--phone",
        &phone,
        "--insured-area",
        HERE,
        "--locality",
        "local",
        "--insurance",
        "390",
        "--occurred-at",
        "2021-10-22T10:05",
        "--total",
        "126.50",
        "--paid",
        "126.50",
        "--pay-method",
        "cash",
        "--receipt-no",
        "MZ202100300",
        "--papers",
        "receipt",
    ];
    t.run(Exit::Done, [8, 0], &visit)?;
    t.say(
        "再登记一份转诊备案；随后有人把第一笔又录了一遍，程序提醒，作废即可（编号不再使用）。",
        "A referral on paper next. Then somebody enters the first visit again: the tool says so, and it is voided.",
    )?;
    let other = person(903);
    let filing = [
        "add",
        "filing",
        "--line",
        "referral",
        "--record-no",
        "ZZ0300",
        "--name",
        &other.name,
        "--id-no",
        &other.id_no,
        "--insured-area",
        HERE,
        "--locality",
        "local",
        "--insurance",
        "310",
        "--applied-on",
        "2021-10-22",
        "--papers",
        "signed_form",
    ];
    t.run(Exit::Done, [4, 0], &filing)?;
    let mut again = visit;
    again[3] = "MZ0300-1";
    t.likewise(&again)?;
    t.run(
        Exit::Done,
        [3, 0],
        &["void", "MZ0300-1", "--reason", t.pick(["与 A1-0001 重复", "the same as A1-0001"])],
    )
}

fn sheets(t: &mut Teller<'_>) -> Result<(), Failure> {
    t.chapter(
        "2021-10-31T17:30",
        CLERK,
        ["停机中：导入院内系统的表格", "In the stop: sheets from the hospital system"],
    )?;
    t.say(
        "三家机构的系统各自记了账，合成一份表格和一份费用明细。有一行错误就整份拒绝，并一次列出全部错误：",
        "The three facilities' systems kept records too. One bad row refuses the sheet as a whole, with all faults:",
    )?;
    t.run(Exit::Refused, [20, 0], &["import", "records", "records.csv", "--lines", "lines.csv"])?;
    t.say(
        "急用时先收下正确的行，其余写到旁边；改好后整份再导一次，已在账本的不会重复。",
        "In a hurry, take the good rows; the rest is written beside them. The corrected sheet then comes in as a whole: \
         what is in the ledger already is not taken twice.",
    )?;
    t.run(
        Exit::Findings,
        [12, 0],
        &["import", "records", "records.csv", "--lines", "lines.csv", "--accept-good"],
    )?;
    t.run(Exit::Done, [12, 0], &["import", "records", "records-corrected.csv", "--lines", "lines.csv"])
}

fn one_by_one(t: &mut Teller<'_>) -> Result<(), Failure> {
    t.say(
        "每条记录都知道自己的去向；有期限的按剩余天数排列：",
        "Every record knows its way; those with a deadline, by days left:",
    )?;
    t.run(Exit::Done, [6, 0], &["list", "--limit", "3"])?;
    t.run(Exit::Findings, [5, 0], &["due", "--within", "14d"])?;
    t.say(
        "补一个事实，判定随之改变：LZ0007 不知是否欠费，问清后即可补录；ZY0003 的患者选择自费、回参保地报销，也这样更正。",
        "A fact moves a decision: whether LZ0007 owes contributions was not known; the patient of ZY0003 chooses to pay \
         and claim at home, which is corrected likewise. (ZY0007 lacks a fact too, and stays as it is.)",
    )?;
    t.run(Exit::Done, [3, 1], &["amend", "LZ0007", "--arrears", "no"])?;
    t.likewise(&["amend", "ZY0003", "--fact", "chosen_route=manual"])
}

fn back(t: &mut Teller<'_>) -> Result<(), Failure> {
    t.chapter("2021-11-01T08:30", CLERK, ["系统恢复：分批导出", "The system is back: batches go out"])?;
    t.say(
        "实际恢复比通告晚了一个半小时。登记以后，所有记录的判定随之更新。",
        "It came back an hour and a half later than expected. Once that is noted, every decision moves with it.",
    )?;
    t.run(Exit::Done, [6, 0], &["notice", "resumed", "xinzhou-2021", "all", "2021-10-31T23:30"])
}

fn batches(t: &mut Teller<'_>) -> Result<(), Failure> {
    t.say(
        "先试一遍，不写入任何内容；再按用途 backfill、register、resettle、handover 导出，每家机构一个批次。不能发的留下，并说明原因。",
        "A rehearsal that writes nothing; then backfill, register, resettle and handover go out, one batch for each \
         facility. What cannot go says why.",
    )?;
    t.run(Exit::Findings, [4, 2], &["export", "backfill", "--out", "batches", "--dry-run"])?;
    t.likewise(&["export", "backfill", "--out", "batches"])?;
    t.likewise(&["export", "register", "--out", "batches"])?;
    t.run(Exit::Findings, [6, 2], &["export", "resettle", "--out", "batches"])?;
    t.likewise(&["export", "handover", "--out", "batches"])
}

fn answers(t: &mut Teller<'_>) -> Result<(), Failure> {
    t.say(
        "平台逐条回执（其他批次同样办理）。被拒绝的保留平台原话；更正后重新导出，未更正的不会再发。",
        "The platform answers record by record (the other batches likewise). Refusals keep its own words; what is \
         corrected goes out again, the rest does not.",
    )?;
    fs::create_dir_all("answers")?;
    let mut shown = false;
    for (id, purpose) in answered(t)? {
        let file = format!("answers/{id}.csv");
        let ack = ["batch", "ack", id.as_str(), file.as_str()];
        if purpose == "resettle" && !shown {
            shown = true;
            t.run(Exit::Findings, [6, 0], &ack)?;
        } else {
            t.likewise(&ack)?;
        }
    }
    t.run(Exit::Done, [8, 0], &["list", "--stage", "rejected"])?;
    t.run(Exit::Done, [3, 0], &["amend", "MZ0012", "--insurance", "310"])?;
    t.likewise(&["amend", "ZY0005", "--insurance", "310"])?;
    t.likewise(&["export", "backfill", "--out", "batches"])?;
    t.likewise(&["export", "resettle", "--out", "batches"])?;
    for (id, _) in answered(t)? {
        t.likewise(&["batch", "ack", &id, &format!("answers/{id}.csv")])?;
    }
    t.run(Exit::Done, [12, 0], &["batch", "list"])
}

/// Lets the stand-in platform answer every batch that waits for it; their ids and purposes.
fn answered(t: &mut Teller<'_>) -> Result<Vec<(String, String)>, Failure> {
    let mut done = Vec::new();
    for batch in t.items(&["batch", "list"])? {
        let text = |key: &str| batch[key].as_str().unwrap_or_default().to_owned();
        if text("state") != "sent" || text("purpose") == "handover" {
            continue;
        }
        let id = text("batch");
        let answer = platform::answer(&Path::new("batches").join(text("folder")))?;
        fs::write(Path::new("answers").join(format!("{id}.csv")), answer)?;
        done.push((id, text("purpose")));
    }
    Ok(done)
}
