//! Statements as platforms and hospital systems write them: what is understood of each, what is refused before
//! anything is matched, and what nobody knows.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod common;

use common::{Desk, sound};
use std::io::Write as _;

const PERSON: &str = "11990019491231002X";

/// A desk with three records of one person, 100.00, 60.50 and 30.00.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.write(
        "records.csv",
        format!(
            "record_no,kind,name,id_no,occurred_at,total,paid,insurance\n\
             M-1,outpatient,赵样,{PERSON},2021-10-25T09:00:00,100.00,100.00,310\n\
             M-2,outpatient,赵样,{PERSON},2021-10-26T09:00:00,60.50,60.50,310\n\
             M-3,outpatient,赵样,{PERSON},2021-10-27T09:00:00,30.00,30.00,310\n"
        ),
    );
    desk.run(&["import", "records", "records.csv"]).ended(0);
    desk
}

/// Reason and difference of every open break.
fn breaks(desk: &Desk) -> Vec<(String, i64)> {
    let list = desk.json(&["break", "list"]);
    let items = list["items"].as_array().unwrap().iter();
    items
        .map(|item| (item["reason"].as_str().unwrap().to_owned(), item["difference_fen"].as_i64().unwrap()))
        .collect()
}

const HEAD: &str = "setl_id,certno,record_no,setl_time,medfee_sumamt,fund_pay_sumamt,acct_pay,psn_cash_pay";

fn statement(rows: &[&str]) -> String {
    format!("{HEAD}\n{}\n", rows.join("\n"))
}

const GOOD: [&str; 3] = [
    "S1,11990019491231002X,M-1,2021-11-05 10:00:00,100.00,60,20,20",
    "S2,11990019491231002X,M-2,2021-11-05 11:00:00,60.50,40,0.5,20",
    "S3,11990019491231002X,M-3,2021-11-06 11:00:00,30.00,10,10,10",
];

#[test]
fn own_totals_must_be_the_sums_of_the_rows() {
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // below the rows                       beside it                                        exit  says
        ("",                                    &[][..],                                         0,    ""),
        ("合计,,,,190.50,110,30.5,50",           &[],                                             0,    ""),
        ("合计：3 笔,,,,190.50",                  &[],                                             0,    ""),
        ("合计,,,,190.51,110,30.5,50",           &[],                                             4,    "medfee_sumamt"),
        ("合计,,,,190.50,111,30.5,50",           &[],                                             4,    "fund_pay_sumamt"),
        ("合计：4 笔,,,,190.50",                  &[],                                             4,    "4"),
        ("小计,,,,1.00",                         &[],                                             0,    ""),
        ("",                                    &["--expect-count", "3"],                        0,    ""),
        ("",                                    &["--expect-count", "4"],                        4,    "4 rows were expected"),
        ("",                                    &["--expect-total", "190.50"],                   0,    ""),
        ("",                                    &["--expect-total", "190.49"],                   4,    "190.49 was expected"),
    ];
    let base = desk();
    for (below, more, code, says) in cases {
        let desk = base.copy();
        let rows: Vec<&str> = GOOD.into_iter().chain(Some(below).filter(|row| !row.is_empty())).collect();
        desk.write("s.csv", statement(&rows));
        let before = desk.head();
        let ran = desk.run(&[&["reconcile", "s.csv"], more].concat());
        assert_eq!(ran.code, code, "{below} {more:?}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(says), "{below} {more:?}: {}", ran.err);
        assert_eq!(desk.head() == before, code == 4, "{below}: nothing is written where it is refused");
    }
}

#[test]
fn totals_of_sections_are_those_of_their_rows() {
    let base = desk();
    let cases = [
        (["合计,,,,100.00", "合计,,,,90.50"], 0),
        (["合计,,,,100.00", "合计,,,,190.50"], 0),
        (["合计,,,,100.01", "合计,,,,190.50"], 4),
        (["合计,,,,100.00", "合计,,,,90.51"], 4),
    ];
    for ([first, last], code) in cases {
        let desk = base.copy();
        desk.write("s.csv", statement(&[GOOD[0], first, GOOD[1], GOOD[2], last]));
        assert_eq!(desk.run(&["reconcile", "s.csv"]).code, code, "{first} {last}");
    }
}

#[test]
fn an_unknown_code_is_a_break_and_matched_to_nothing() {
    let desk = desk();
    let with = |flag: &str| {
        let rows: Vec<String> = GOOD.iter().map(|row| format!("{row},0")).collect();
        let text = format!("{HEAD},refd_setl_flag\n{}\n", rows.join("\n"));
        text.replacen(",20,0\n", &format!(",20,{flag}\n"), 1)
    };
    desk.write("s.csv", with("7"));
    let ran = desk.run(&["reconcile", "s.csv", "--format", "json"]).ended(3).json();
    assert_eq!(ran["verdicts"]["unknown_code"]["total_fen"], 10_000);
    assert_eq!(ran["verdicts"]["matched"]["count"], 2, "the row settles nothing");
    assert_eq!((&ran["bridge"]["unknown_codes_fen"], &ran["bridge_ties"]), (&10_000.into(), &true.into()));
    assert!(breaks(&desk).contains(&("U1".to_owned(), 10_000)), "{:?}", breaks(&desk));
    sound(&desk);
    // The region's profile knows the code: the break goes by itself, and nothing is counted twice.
    desk.write("region.toml", "[statement.refund]\nyes = [\"1\"]\nno = [\"0\", \"7\"]\n");
    let ran =
        desk.run(&["reconcile", "s.csv", "--profile", "region.toml", "--format", "json"]).ended(0).json();
    assert_eq!(
        (&ran["verdicts"]["matched"]["count"], &ran["bridge"]["platform_fen"]),
        (&3.into(), &19_050.into())
    );
    assert_eq!(breaks(&desk), []);
    sound(&desk);
}

#[test]
fn what_the_hospital_bears_is_a_part_of_the_total() {
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // hospital  breaks
        ("5",        vec![]),
        ("4.99",     vec![("A2".to_owned(), 0)]),
        ("",         vec![("A2".to_owned(), 0)]),
    ];
    let base = desk();
    for (hospital, want) in cases {
        let desk = base.copy();
        let row = format!("S1,{PERSON},M-1,2021-11-05 10:00:00,100.00,60,20,15,{hospital}");
        desk.write("s.csv", format!("{HEAD},hosp_part_amt\n{row}\n{},0\n{},0\n", GOOD[1], GOOD[2]));
        desk.run(&["reconcile", "s.csv"]);
        assert_eq!(breaks(&desk), want, "{hospital}");
        sound(&desk);
    }
}

/// The result of 3202 in its three widths; TAB, `null`, no heading.
fn result(width: usize, code: &str, ends: &str) -> String {
    let all = [
        ["1400001", "V1", "S1", "K1", code, "0", "null", "100.00", "60.00", "20.00", "null"],
        ["1400002", "null", "null", "K2", "0", "0", "备注", "60.50", "40.00", "0.50", "null"],
    ];
    let rows: Vec<String> = all.iter().map(|row| row[..width].join("\t") + ends).collect();
    rows.concat()
}

#[test]
fn the_result_of_3202_is_read_in_every_form() {
    let gbk = |text: &str| encoding(text);
    let desk = Desk::empty();
    for width in [7, 10, 11] {
        for ends in ["\n", "\r\n", "\t\n"] {
            for (what, bytes) in
                [("utf-8", result(width, "0", ends).into_bytes()), ("gbk", gbk(&result(width, "0", ends)))]
            {
                desk.write("r.txt", &bytes);
                let ran = desk.run(&["profile", "test", "r.txt", "--format", "json"]).ended(0).json();
                assert_eq!(ran["rows"], 2, "{width} {what} {ends:?}");
                let total = if width == 7 { 0 } else { 16_050 };
                assert_eq!(ran["total_fen"], total, "{width} {what} {ends:?}");
                assert_eq!(ran["first_rows"][0]["standing"], "balanced");
                assert_eq!(ran["first_rows"][0]["total_fen"].is_null(), width == 7);
            }
        }
    }
    let file = std::fs::File::create(desk.file("r.zip")).unwrap();
    let mut zip = zip::ZipWriter::new(file);
    zip.start_file("result.txt", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(&gbk(&result(10, "0", "\n"))).unwrap();
    zip.finish().unwrap();
    assert_eq!(
        desk.run(&["profile", "test", "r.zip", "--format", "json"]).ended(0).json()["total_fen"],
        16_050
    );
}

fn encoding(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

#[test]
fn a_result_code_means_what_the_region_says() {
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // profile    code  exit  standing of the first row
        ("national", "1",  0,    "unbalanced"),
        ("jx-2020",  "1",  0,    "centre_only"),
        ("hn-2021",  "1",  0,    "unbalanced"),
        ("jx-2020",  "2",  0,    "facility_only"),
        ("hn-2021",  "2",  3,    "settled"),
        ("national", "9",  3,    "settled"),
    ];
    let desk = Desk::empty();
    for (profile, code, exit, standing) in cases {
        desk.write("r.txt", result(10, code, "\n"));
        let args = ["profile", "test", "r.txt", "--profile", profile, "--format", "json"];
        let ran = desk.run(&args).ended(exit).json();
        assert_eq!(ran["first_rows"][0]["standing"], standing, "{profile} {code}");
        let unknown = if exit == 3 { "stmt_rslt" } else { "" };
        assert_eq!(ran["first_rows"][0]["unknown"], unknown, "{profile} {code}");
    }
}

#[test]
fn units_flags_and_days_are_the_regions() {
    let desk = Desk::empty();
    desk.write(
        "p.toml",
        "name = \"示例\"\n[statement]\nunit = \"fen\"\n[statement.columns]\n\"自付现金(分)\" = \"psn_cash_pay\"\n\
         [statement.refund]\nmarks = \"both\"\n[statement.states]\nsuccess = [\"1\"]\nfailure = [\"0\"]\n",
    );
    desk.write(
        "s.csv",
        "二季度结算明细\n结算ID,人员编号,原结算ID,总金额,自付现金(分),退费结算标志,结算状态\n\
         S1,P1,,10000,2000,1,1\nS2,P1,S1,-10000,-2000,1,1\nS3,P2,,500,500,0,0\n合计,,,500,500,,\n",
    );
    let args = ["profile", "test", "s.csv", "--profile", "p.toml", "--format", "json"];
    let ran = desk.run(&args).ended(0).json();
    assert_eq!((&ran["rows"], &ran["total_fen"], &ran["cash_fen"]), (&3.into(), &500.into(), &500.into()));
    let told =
        |at: usize| (ran["first_rows"][at]["reversal"].as_bool(), ran["first_rows"][at]["standing"].as_str());
    assert_eq!(told(0), (Some(false), Some("settled")), "the flag stands on both records");
    assert_eq!(told(1), (Some(true), Some("settled")));
    assert_eq!(told(2), (Some(false), Some("failed")));
    desk.write("bad.toml", "[statement]\nunit = \"li\"\n");
    let ran = desk.run(&["profile", "test", "s.csv", "--profile", "bad.toml"]).ended(4);
    assert!(ran.err.contains("bad.toml line 2, column 8"), "{}", ran.err);
}

#[test]
fn both_levels_and_the_bridge_tie_to_the_fen() {
    let desk = desk();
    let rows = [
        "S1,11990019491231002X,M-1,2021-11-05 10:00:00,100.00,60,20,20,310,11",
        "S2,11990019491231002X,M-2,2021-11-05 11:00:00,60.00,40,0,20,310,11",
        "S9,11990019491231002X,X-9,2021-11-06 11:00:00,30.40,10,10.40,10,310,21",
    ];
    desk.write("s.csv", format!("{HEAD},insutype,clr_type\n{}\n", rows.join("\n")));
    let ran = desk.run(&["reconcile", "s.csv", "--format", "json"]).ended(3).json();
    let groups = ran["control"]["groups"].as_array().unwrap();
    let told: Vec<_> = groups
        .iter()
        .map(|group| {
            let fen = |side: &str| group["total"][side].as_i64();
            (group["day"].as_str(), group["clr_type"].as_str(), fen("ledger_fen"), fen("platform_fen"))
        })
        .collect();
    assert_eq!(
        told,
        [
            (Some("2021-11-05"), Some("11"), Some(16_050), Some(16_000)),
            (Some("2021-11-06"), Some("21"), Some(0), Some(3_040)),
        ]
    );
    assert_eq!((&ran["control"]["agree"], &ran["control"]["differ"]), (&0.into(), &2.into()));
    let parts = ran["bridge_parts"].as_array().unwrap();
    assert!(parts.iter().all(|part| part["ties"] == true) && parts.len() == 2, "{parts:?}");
    let told = desk.json(&["report", "bridge"]);
    assert_eq!(told["parts"], ran["bridge_parts"]);
    assert_eq!((&told["ledger_fen"], &told["platform_fen"]), (&19_050.into(), &19_040.into()));
    let sum = |key: &str| -> i64 {
        told["items"].as_array().unwrap().iter().map(|item| item[key].as_i64().unwrap()).sum()
    };
    assert_eq!(sum("matched_fen") + sum("ledger_only_fen"), 19_050);
    assert_eq!(sum("matched_fen") + sum("differences_fen") + sum("platform_only_fen"), 19_040);
    desk.run(&["report", "control"]).ended(3);
}
