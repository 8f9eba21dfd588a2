//! The second half of the story: statements, breaks, refunds, clearing, and
//! what is left.

use super::platform::{self, FORGOTTEN};
use super::teller::Teller;
use crate::cli::demo::data::HERE;
use crate::cli::demo::people::person;
use crate::cli::{Exit, Failure};
use crate::domain::Money;
use serde_json::Value;
use std::fs;
use std::path::Path;

const CASHIER: [&str; 2] = ["收费员甲", "cashier A"];
const CLERK: [&str; 2] = ["医保办乙", "clerk B"];

/// So many patients have not come for their money yet.
const NOT_YET_PAID: usize = 3;

/// Tells it; how many refunds were paid, and how much.
pub(super) fn tell(t: &mut Teller<'_>) -> Result<(i64, Money), Failure> {
    statement(t)?;
    breaks(t)?;
    let paid = refunds(t)?;
    clearing(t)?;
    what_is_left(t)?;
    Ok(paid)
}

fn statement(t: &mut Teller<'_>) -> Result<(), Failure> {
    t.chapter("2021-11-12T09:00", CLERK, ["对账：平台结算明细", "Reconciling: the platform's statement"])?;
    let (first, second) = platform::statements(Path::new("batches"))?;
    fs::write("statement-1.csv", first)?;
    fs::write("statement-2.csv", second)?;
    t.say(
        "平台的每一行、账本的每一条都有结论，两边相差的每一分都有出处。（先加 --dry-run 试过一遍，未写入。）",
        "Every row of the platform and every record gets a verdict, and every fen between them is explained. (It was \
         rehearsed with --dry-run before.)",
    )?;
    t.likewise(&["reconcile", "statement-1.csv", "--dry-run"])?;
    t.run(Exit::Findings, [18, 0], &["reconcile", "statement-1.csv"])?;
    let events = events(t)?;
    t.likewise(&["reconcile", "statement-1.csv"])?;
    let unchanged = events == self::events(t)?;
    let (zh, en) = if unchanged { ("没有增加", "no event more") } else { ("有变化", "changed") };
    t.say(
        &format!("同一份明细已再给一次：事件链 {events} 条，{zh}。"),
        &format!("The same statement was given again: {events} events in the chain, {en}."),
    )
}

fn events(t: &mut Teller<'_>) -> Result<i64, Failure> {
    Ok(t.ask(&["audit", "verify"])?["events"].as_i64().unwrap_or_default())
}

fn breaks(t: &mut Teller<'_>) -> Result<(), Failure> {
    t.chapter("2021-11-15T09:00", CLERK, ["处理差异", "Breaks"])?;
    let (record_no, who, total) = FORGOTTEN;
    t.say(
        &format!(
            "平台多出的 {record_no} 是停机时漏登的，票根找到了，已用 add 补登记。平台又给了一份明细：冲正了重复的一笔，\
             补来两笔迟到的；与上一份重叠的行不会重复计。"
        ),
        &format!(
            "{record_no}, which only the platform had, was forgotten in the stop; the slip is found and the record added with add. \
             A second statement reverses one of the settlements made twice and brings two late ones; rows of the first \
             that stand in it again do not count twice."
        ),
    )?;
    let who = person(who);
    let added = [
        "add",
        "outpatient",
        "--record-no",
        record_no,
        "--name",
        &who.name,
        "--id-no",
        &who.id_no,
        "--insured-area",
        HERE,
        "--locality",
        "local",
        "--insurance",
        "390",
        "--occurred-at",
        "2021-10-28T15:20",
        "--total",
        total,
        "--paid",
        total,
        "--pay-method",
        "wechat",
        "--receipt-no",
        "MZ202100301",
        "--papers",
        "receipt",
    ];
    t.likewise(&added)?;
    t.run(Exit::Findings, [9, 0], &["reconcile", "statement-2.csv"])?;
    t.run(Exit::Findings, [7, 0], &["break", "list"])?;
    t.say(
        "差异逐项处理，写明方式和依据：不属本机构的退回，移交的以签收为据，不应报的注明豁免（其余同样办理）。",
        "Each break is resolved with how and on what evidence: another facility's row goes back, what was handed over \
         rests on the signature, what nobody owes is waived (the others of these kinds likewise).",
    )?;
    resolve_all(t)
}

/// How breaks of some reasons end in this story, and on what evidence; the others stay open.
const ENDS: &[(&str, &str, [&str; 2])] = &[
    ("P1", "other_facility", ["经办机构答复 11-14", "reply of the agency, 14 November"]),
    ("L5", "manual_claim", ["移交清单已签收", "handover list signed"]),
    ("L7", "waived", ["通告二（三）、三（三）", "notice, clauses 2(3) and 3(3)"]),
];

fn resolve_all(t: &mut Teller<'_>) -> Result<(), Failure> {
    let open = t.items(&["break", "list"])?;
    for (reason, how, evidence) in ENDS {
        let evidence = t.pick(*evidence);
        for (nth, found) in open.iter().filter(|found| found["reason"] == *reason).enumerate() {
            let number = found["break"].to_string();
            let resolve = ["break", "resolve", number.as_str(), "--how", how, "--evidence", evidence];
            if nth == 0 && *reason == "P1" {
                t.run(Exit::Done, [4, 0], &resolve)?;
            } else {
                t.likewise(&resolve)?;
            }
        }
    }
    Ok(())
}

fn refunds(t: &mut Teller<'_>) -> Result<(i64, Money), Failure> {
    t.chapter("2021-11-16T09:00", CASHIER, ["退费", "Refunds"])?;
    let owed = t.items(&["refund", "list"])?;
    let paying = owed.len().saturating_sub(NOT_YET_PAID);
    t.say(
        &format!(
            "医保结算后，患者多付的部分要退：不多不少，凭签收，先结算后退费，不会退两次。共 {} 笔，{NOT_YET_PAID} 位患者尚未回来，其余 {paying} 笔照此办理。",
            owed.len()
        ),
        &format!(
            "What patients paid above their own share goes back: exactly that, against a signature, after the settlement, \
             never twice. {} are owed; {NOT_YET_PAID} patients have not come yet, the other {paying} are paid like this.",
            owed.len()
        ),
    )?;
    t.run(Exit::Findings, [4, 0], &["refund", "list"])?;
    let mut paid = (0, Money::ZERO);
    for (nth, item) in owed.iter().take(paying).enumerate() {
        let (number, amount) = (text(item, "number"), fen(item, "owed_fen").to_string());
        let receipt = format!("TF2021{:05}", nth + 1);
        let pay = |amount: &str| {
            ["refund", "pay", &number, "--amount", amount, "--receipt", &receipt].map(str::to_owned)
        };
        let right = pay(&amount);
        let right: Vec<&str> = right.iter().map(String::as_str).collect();
        paid = (paid.0 + 1, paid.1 + fen(item, "owed_fen"));
        if nth > 0 {
            t.likewise(&right)?;
            continue;
        }
        let wrong = pay("1.00");
        let wrong: Vec<&str> = wrong.iter().map(String::as_str).collect();
        t.run(Exit::Refused, [4, 0], &wrong)?;
        t.run(Exit::Done, [4, 0], &right)?;
    }
    Ok(paid)
}

fn clearing(t: &mut Teller<'_>) -> Result<(), Failure> {
    t.chapter("2021-11-18T16:00", CLERK, ["逐个销号", "Clearing, one by one"])?;
    let ready = clearable(t)?;
    t.say(
        &format!(
            "办完一条、凭依据销号一条；还欠退费或差异未处理的，程序不让销号。本次可销号 {} 条，逐条办理：",
            ready.len()
        ),
        &format!(
            "A record is cleared once everything is done, on evidence; where a refund is owed or a break open, it is not. \
             {} are ready and cleared like this:",
            ready.len()
        ),
    )?;
    for (nth, (number, evidence)) in ready.iter().enumerate() {
        let clear = ["clear", number.as_str(), "--evidence", evidence.as_str()];
        if nth == 0 { t.run(Exit::Done, [3, 0], &clear)? } else { t.likewise(&clear)? }
    }
    if let Some(owed) = t.items(&["refund", "list"])?.first() {
        let number = text(owed, "number");
        t.run(
            Exit::Conflict,
            [3, 0],
            &["clear", &number, "--evidence", t.pick(["结算单", "settlement sheet"])],
        )?;
    }
    Ok(())
}

/// What is done, with the evidence that the clerk has for it.
fn clearable(t: &mut Teller<'_>) -> Result<Vec<(String, String)>, Failure> {
    let open: Vec<String> = t.items(&["break", "list"])?.iter().map(|found| text(found, "number")).collect();
    let owed: Vec<String> = t.items(&["refund", "list"])?.iter().map(|owed| text(owed, "number")).collect();
    let mut ready = Vec::new();
    for record in t.items(&["list", "--open"])? {
        let (number, record_no) = (text(&record, "number"), text(&record, "record_no"));
        let filing = record["kind"] == "filing";
        let evidence = match (record["stage"].as_str(), record["route"].as_str()) {
            (Some("refunded" | "settled"), _) => ["结算单与退费收据", "settlement sheet and refund receipt"],
            (Some("exported"), _) if filing => ["平台备案回执", "the platform's answer"],
            (Some("handed_over"), _) => ["移交清单已签收", "handover list signed"],
            (Some("pending"), Some("bear" | "none")) => ["通告载明无需办理", "nothing to do by the notice"],
            (Some("pending"), _) if record["status"] == "refused" => {
                ["通告不予办理", "refused by the notice"]
            }
            _ => continue,
        };
        if !open.contains(&number) && !owed.contains(&number) {
            ready.push((number, format!("{} {record_no}", t.pick(evidence))));
        }
    }
    Ok(ready)
}

fn what_is_left(t: &mut Teller<'_>) -> Result<(), Failure> {
    t.say(
        "最后核对：按机构的笔数与金额，事件链，以及还没有办完的——逾期的在前，其次金额大的。",
        "Last: counts and sums by facility, the chain of events, and what is left, the overdue first, then the most money.",
    )?;
    t.run(Exit::Done, [5, 0], &["report", "summary"])?;
    t.run(Exit::Done, [5, 0], &["audit", "verify"])?;
    t.run(Exit::Findings, [40, 0], &["report", "unreconciled"])
}

fn text(item: &Value, key: &str) -> String {
    item[key].as_str().unwrap_or_default().to_owned()
}

fn fen(item: &Value, key: &str) -> Money {
    Money::from_fen(item[key].as_i64().unwrap_or_default())
}
