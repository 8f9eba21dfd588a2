//! From the downtime to the last cleared record, against a platform that misbehaves.

use crate::book::{Moods, Platform, Setl, text};
use crate::clerk::{Clerk, Tally, here, send_all, take_back, undo};
use crate::common::world::with_check;
use crate::common::{Desk, Dice, PASSPHRASE, Sheet, sound};
use crate::size;
use guazhang::domain::Money;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Instant;

const HEADINGS: &[&str] = &[
    "record_no",
    "kind",
    "line",
    "name",
    "id_no",
    "insurance",
    "insured_area",
    "occurred_at",
    "admitted_at",
    "discharged_at",
    "doctor",
    "department",
    "diagnosis_code",
    "diagnosis_name",
    "total",
    "paid",
    "pay_method",
    "receipt_no",
    "papers",
    "locality",
];

/// What a hospital wrote down: visits and purchases that were paid for, stays on account, long stays that patients paid
/// themselves, filings.
fn written_down(count: u64, seed: u64) -> (Sheet, Sheet) {
    let mut dice = Dice::new(seed);
    let mut records = Sheet::new(HEADINGS);
    let mut lines = Sheet::new(&[
        "record_no",
        "line_no",
        "item_code",
        "own_code",
        "item_name",
        "quantity",
        "unit_price",
        "amount",
    ]);
    for at in 0..count {
        let no = format!("P{at:06}");
        let kind = *dice.pick(&["outpatient", "outpatient", "outpatient", "purchase", "inpatient", "filing"]);
        let line = match kind {
            "filing" => *dice.pick(&["referral", "offsite"]),
            // Long stays became self-pay before the stop, and are converted after it.
            "inpatient" => *dice.pick(&["ordinary", "ordinary", "psychiatric"]),
            _ => "ordinary",
        };
        // Everybody has a number of his own: the order within the day, the day and the area count up.
        let body = format!(
            "1499{:02}1960{:02}{:02}{:03}",
            at / 280_000,
            1 + at / 23_334 % 12,
            1 + at / 833 % 28,
            at % 833
        );
        let mut total = 0;
        if kind != "filing" {
            for line_no in 1..=1 + dice.below(3) {
                let (price, quantity) = (50 + dice.below(9_000), 1 + dice.below(4));
                total += price * quantity;
                let cells =
                    [&*no, &line_no.to_string(), "XJ01CA00001", "Y1", "示例项目", &quantity.to_string()];
                let mut row = cells.map(str::to_owned).to_vec();
                row.extend([price, price * quantity].map(yuan));
                lines.rows.push(row);
            }
        }
        let day = format!("2021-10-{} 09:{:02}:00", 22 + dice.below(8), dice.below(60));
        let converted = line == "psychiatric";
        let paid = converted || matches!(kind, "outpatient" | "purchase");
        let stay = kind == "inpatient";
        let cell = |when: bool, text: &str| if when { text.to_owned() } else { String::new() };
        records.rows.push(vec![
            no.clone(),
            kind.to_owned(),
            line.to_owned(),
            "裴例".to_owned(),
            with_check(&body),
            "310".to_owned(),
            "140902".to_owned(),
            day.clone(),
            cell(stay, if converted { "2021-10-19 10:00:00" } else { &day }),
            cell(stay, "2021-10-30 15:00:00"),
            "苏医生".to_owned(),
            "内科".to_owned(),
            "J06.900".to_owned(),
            "急性上呼吸道感染".to_owned(),
            yuan(total),
            yuan(if paid { total } else { 0 }),
            cell(paid, "cash"),
            format!("T{at:08}"),
            if kind == "filing" { "signed_form" } else { "receipt" }.to_owned(),
            "local".to_owned(),
        ]);
    }
    (records, lines)
}

fn yuan(fen: u64) -> String {
    Money::from_fen(i64::try_from(fen).unwrap()).to_string()
}

fn live(platform: &Platform) -> BTreeMap<&str, Vec<&Setl>> {
    let mut live: BTreeMap<&str, Vec<&Setl>> = BTreeMap::new();
    for setl in platform.books.iter().filter(|setl| setl.is_live()) {
        live.entry(&setl.certno).or_default().push(setl);
    }
    live
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how long it took is measured")]
fn a_downtime_is_cleared_against_a_platform_that_misbehaves() {
    let (count, seed) = (size("GUAZHANG_RECORDS", 300), size("GUAZHANG_SEED", 7));
    println!("{count} records, seed {seed}");
    let began = Instant::now();
    let desk = Desk::new();
    desk.write("passphrase.txt", PASSPHRASE);
    let (records, lines) = written_down(count, seed);
    desk.write("records.csv", records.text());
    desk.write("lines.csv", lines.text());
    let files = [desk.file("records.csv"), desk.file("lines.csv")].map(|path| path.display().to_string());
    here(&desk, &["import", "records", &files[0], "--lines", &files[1]]).ended(0);
    let mut platform = Platform::new(seed, Moods { refuse: 3, silent: 3, twice: 3 });
    let mut tally = Tally::default();
    send_all(&desk, &mut platform, &mut tally);
    println!("{tally:?} after {:?}", began.elapsed());

    // What the platform settled twice is a break, and nothing else is; the surplus is taken back.
    let surplus = surplus(&platform);
    tally.doubles = surplus.len();
    assert_eq!(reconcile(&desk, &platform), surplus);
    take_back_surplus(&desk, &mut platform, &mut tally);

    // Some of what was settled is taken back for good reasons, in each of the ways there are.
    let numbers = |stage: &str, of: &dyn Fn(&str) -> bool| -> Vec<String> {
        let all = here(&desk, &["list", "--stage", stage, "--limit", "0"]).json();
        let items = all["items"].as_array().unwrap().iter().filter(|item| of(text(item, "kind")));
        items.map(|item| text(item, "number").to_owned()).collect()
    };
    let settled = numbers("settled", &|kind| kind != "filing");
    let part = |from: usize| settled.iter().skip(from).step_by(19).cloned().collect::<Vec<_>>();
    take_back(&desk, &mut platform, &mut tally, part(0), &[]);
    take_back(&desk, &mut platform, &mut tally, part(6), &["--settle-again"]);
    let corrected = part(12);
    let mut clerk = Clerk::at(&desk);
    for number in &corrected {
        clerk.amend(number, "病案首页更正");
    }
    drop(clerk);
    take_back(&desk, &mut platform, &mut tally, corrected, &["--settle-again"]);
    let filed = numbers("exported", &|kind| kind == "filing");
    take_back(&desk, &mut platform, &mut tally, filed.into_iter().step_by(4).collect(), &[]);
    assert!(tally.taken_back > 0 && tally.withdrawn > 0, "{tally:?}");
    println!("{tally:?} taken back after {:?}", began.elapsed());
    send_all(&desk, &mut platform, &mut tally);
    reconcile(&desk, &platform);
    take_back_surplus(&desk, &mut platform, &mut tally);

    // Both books: each record is settled once, each filing stands once, and the sums are the same to the fen.
    let live = live(&platform);
    assert!(live.values().all(|settled| settled.len() == 1), "settled twice");
    let settled: Money = live.values().flatten().map(|setl| setl.total).sum();
    let netted: Money = platform.books.iter().map(|setl| setl.total).sum();
    let ours: Money = records.rows.iter().map(|row| row[14].parse::<Money>().unwrap()).sum();
    assert_eq!((settled, netted), (ours, ours));
    let filings = records.rows.iter().filter(|row| row[1] == "filing").count();
    assert_eq!(platform.filings.len(), filings, "each filing stands once");
    let long = records.rows.iter().filter(|row| row[2] == "psychiatric").count();
    assert!(long > 0, "no stay was converted");

    let owed = here(&desk, &["refund", "list"]).json();
    let all = here(&desk, &["list", "--limit", "0"]).json();
    let mut clerk = Clerk::at(&desk);
    for owed in owed["items"].as_array().unwrap() {
        clerk.pay(text(owed, "number"), Money::from_fen(owed["owed_fen"].as_i64().unwrap()));
    }
    for record in all["items"].as_array().unwrap() {
        clerk.clear(text(record, "number"));
    }
    let summary = clerk.ledger.books().summary().unwrap();
    let left: i64 = summary.iter().filter(|sum| !sum.stage.is_closed()).map(|sum| sum.count).sum();
    assert_eq!(left, 0, "records that are not cleared");
    drop(clerk);
    sound(&desk);
    println!("{tally:?}, {count} records cleared after {:?}", began.elapsed());
    fs::remove_dir_all(desk.file("out")).unwrap();
}

/// Who was settled more often than once, once for each settlement that is too many.
fn surplus(platform: &Platform) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let live = platform.books.iter().filter(|setl| setl.is_live());
    let mut surplus: Vec<_> =
        live.filter(|setl| !seen.insert(&setl.certno)).map(|setl| setl.certno.clone()).collect();
    surplus.sort();
    surplus
}

/// Lays the whole statement before the desk; whose settlements are breaks, since they are too many. There are no others.
fn reconcile(desk: &Desk, platform: &Platform) -> Vec<String> {
    desk.write("statement.csv", platform.statement());
    let ran = here(desk, &["reconcile", &desk.file("statement.csv").display().to_string()]);
    assert!([0, 3].contains(&ran.code), "{}{}", ran.out, ran.err);
    let breaks = here(desk, &["break", "list"]).json();
    let open = breaks["items"].as_array().unwrap();
    assert!(open.iter().all(|found| found["reason"] == "P2"), "{breaks}");
    let whose = |setl_id: &str| platform.books.iter().find(|setl| setl.setl_id == setl_id && setl.is_live());
    let whose = open.iter().map(|found| whose(text(found, "setl_id")).expect("it stands").certno.clone());
    let mut surplus: Vec<_> = whose.collect();
    surplus.sort();
    surplus
}

/// Takes back what was settled twice, until nothing is; what is settled anew may be settled twice again.
fn take_back_surplus(desk: &Desk, platform: &mut Platform, tally: &mut Tally) {
    for _ in 0..40 {
        let open = reconcile(desk, platform);
        assert_eq!(open, surplus(platform), "each is a break, and nothing else is");
        if open.is_empty() {
            return;
        }
        undo(desk, platform, tally, &[], &[]);
    }
    panic!("the platform never takes back what it settled twice");
}

#[test]
fn a_result_of_3202_names_what_only_one_side_has() {
    let mut platform = Platform::new(1, Moods { refuse: 0, silent: 0, twice: 0 });
    let setl = |id: &str, total: i64| Setl {
        setl_id: id.to_owned(),
        init: String::new(),
        mdtrt_id: format!("M{id}"),
        psn_no: "P1".to_owned(),
        certno: String::new(),
        msgid: format!("G{id}"),
        total: Money::from_fen(total),
        fund: Money::from_fen(total / 2),
        undone: false,
    };
    platform.books = vec![setl("S1", 1_000), setl("S2", 2_000), setl("S3", 3_000)];
    let read = |name: &str| fs::read_to_string(fixture(name)).unwrap();
    assert_eq!(platform.result_3202(&read("uploaded-3202.txt")), read("result-3202.txt"));
}

fn fixture(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/platform").join(name)
}

#[test]
fn the_platform_answers_as_was_worked_out_by_hand() {
    let mut platform = Platform::new(1, Moods { refuse: 0, silent: 0, twice: 0 });
    for line in fs::read_to_string(fixture("purchase.jsonl")).unwrap().lines() {
        let pair: Value = serde_json::from_str(line).unwrap();
        assert_eq!(platform.call(&pair["call"]).unwrap(), pair["answer"], "{}", pair["call"]["infno"]);
    }
    assert_eq!(platform.statement(), fs::read_to_string(fixture("statement.csv")).unwrap());
}
