//! What is refused: with which exit code, in which words, and that the ledger is
//! to the byte what it was.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod common;

use common::{Desk, LEDGER, Ran, Sheet, map, ran, world};
use std::fs;

const GOOD: &str = "379901198002151237";

/// A desk with two records, one of them paid and with its receipt.
fn desk() -> Desk {
    let desk = Desk::new();
    let add = |no: &str, total: &str, more: &[&str]| {
        let args =
            ["add", "outpatient", "--record-no", no, "--name", "陆样", "--id-no", GOOD, "--total", total];
        let args = [
            &args[..],
            &["--occurred-at", "2021-10-25 09:00", "--papers", "receipt", "--locality", "local"],
            more,
        ]
        .concat();
        desk.run(&args).ended(0);
    };
    add("M-1", "100.00", &["--paid", "100.00"]);
    add("M-2", "20.00", &[]);
    desk
}

/// Runs in both languages; `[English, Chinese]`.
fn both(desk: &Desk, args: &[&str]) -> [Ran; 2] {
    ["en", "zh"].map(|lang| ran(desk.command(args).args(["--lang", lang])))
}

/// A refusal leaves the ledger as it was, and says what, where, and what to do, in both languages.
#[track_caller]
fn refused(desk: &Desk, what: &str, args: &[&str], line: Option<u32>, says: &[&str]) {
    let ledger = || fs::read(desk.file(LEDGER)).unwrap();
    let (bytes, head) = (ledger(), desk.head());
    let [en, zh] = both(desk, args);
    for (ran, at, marks) in [
        (&en, line.map(|line| format!(" line {line}")), ["error: ", "hint: "]),
        (&zh, line.map(|line| format!(" 第 {line} 行")), ["错误：", "提示："]),
    ] {
        assert_eq!(ran.code, 4, "{what}: {}{}", ran.out, ran.err);
        assert_eq!(ran.out, "", "{what}");
        for said in says.iter().copied().chain(marks).chain(at.as_deref()) {
            assert!(ran.err.contains(said), "{what}: no `{said}` in\n{}", ran.err);
        }
        for (at, _) in ran.err.match_indices(marks[1]) {
            let hint = ran.err[at + marks[1].len()..].lines().next().unwrap_or_default();
            assert!(!hint.trim().is_empty(), "{what}: an empty hint in\n{}", ran.err);
        }
    }
    assert_eq!(desk.head(), head, "{what}");
    assert!(ledger() == bytes, "{what}: the ledger's bytes changed");
}

#[test]
fn a_bad_records_file_is_refused_as_a_whole() {
    const HEAD: &str = "record_no,kind,name,id_no,occurred_at,total";
    const FIRST: &str = "R1,outpatient,陆样,379901198002151237,2021-10-25 08:00:00,10.00";
    #[rustfmt::skip] // the columns are the point
    let cases: &[(&str, &str, Option<u32>, &[&str])] = &[
        // what                  row 2                                                            line     column, text
        ("a bad amount",         "R2,outpatient,陆样,,2021-10-25,12.345",                          Some(3), &["total", "12.345"]),
        ("a comma for a point",  "R2,outpatient,陆样,,2021-10-25,\"12,5\"",                        Some(3), &["total", "12,5"]),
        ("an amount in words",   "R2,outpatient,陆样,,2021-10-25,十元",                             Some(3), &["total", "十元"]),
        ("a negative amount",    "R2,outpatient,陆样,,2021-10-25,-1.00",                           Some(3), &["total", "-1.00"]),
        ("no amount",            "R2,outpatient,陆样,,2021-10-25,",                                Some(3), &["total"]),
        ("scientific notation",  "R2,outpatient,陆样,4.4E+17,2021-10-25,10.00",                    Some(3), &["id_no", "E+17"]),
        ("a wrong check digit",  "R2,outpatient,陆样,379901198002151231,2021-10-25,10.00",         Some(3), &["id_no", "1231"]),
        ("lost digits",          "R2,outpatient,陆样,379901198002151000,2021-10-25,10.00",         Some(3), &["id_no"]),
        ("an identity too short","R2,outpatient,陆样,12345,2021-10-25,10.00",                      Some(3), &["id_no"]),
        ("an unknown kind",      "R2,dental,陆样,,2021-10-25,10.00",                               Some(3), &["kind", "dental"]),
        ("a date to come",       "R2,outpatient,陆样,,2031-01-01,10.00",                           Some(3), &["occurred_at", "2031-01-01"]),
        ("no such date",         "R2,outpatient,陆样,,2021-02-29,10.00",                           Some(3), &["occurred_at", "2021-02-29"]),
        ("a cell too few",       "R2,outpatient,陆样,,2021-10-25",                                 Some(3), &[]),
        ("a quote left open",    "R2,outpatient,\"陆样,,2021-10-25,10.00",                         Some(3), &[]),
        ("one number twice",     "R1,outpatient,陆样,,2021-10-25,11.00",                           Some(3), &["record_no", "R1"]),
        ("a number that stands", "M-1,outpatient,陆样,,2021-10-25,11.00",                          Some(3), &["record_no", "M-1", "A1-0001"]),
    ];
    let desk = desk();
    for (what, row, line, says) in cases {
        // The fault stands between good rows: they are not taken either.
        desk.write("bad.csv", format!("{HEAD}\n{FIRST}\n{row}\n{}\n", FIRST.replace("R1", "R3")));
        let says: Vec<&str> = [&["bad.csv"], *says].concat();
        refused(&desk, what, &["import", "records", "bad.csv"], *line, &says);
    }
}

/// What it is, its bytes, the line at fault, and what is said of it.
type Case<'a> = (&'a str, &'a [u8], Option<u32>, &'a [&'a str]);

#[test]
fn a_file_that_is_no_sheet_is_refused() {
    let neither =
        [&b"record_no,kind,name,occurred_at,total\nR1,outpatient,"[..], b"\xC2\xBD\xFF,2021-10-25,1\n"]
            .concat();
    let xlsx = [&b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00"[..], &[0; 40]].concat();
    #[rustfmt::skip] // the columns are the point
    let cases: &[Case] = &[
        ("a missing column",   b"record_no,kind,occurred_at,total\nR1,outpatient,2021-10-25,1\n",         Some(1), &["name"]),
        ("an unknown column",  b"record_no,kind,name,occurred_at,total,weight\nR1,outpatient,L,2021-10-25,1,61\n", Some(1), &["weight"]),
        ("a column twice",     "kind,name,occurred_at,total,总费用\noutpatient,L,2021-10-25,1,1\n".as_bytes(), Some(1), &["total", "总费用"]),
        ("no character set",   &neither,                                                                  Some(2), &["UTF-8", "GB18030"]),
        ("an xlsx",            &xlsx,                                                                     None,    &["xlsx", "CSV"]),
        ("nothing at all",     b"",                                                                       None,    &[]),
    ];
    let desk = desk();
    for (what, content, line, says) in cases {
        desk.write("bad.csv", content);
        let says: Vec<&str> = [&["bad.csv"], *says].concat();
        refused(&desk, what, &["import", "records", "bad.csv"], *line, &says);
        refused(&desk, what, &["reconcile", "bad.csv"], None, &["bad.csv"]);
    }
    refused(&desk, "no file", &["import", "records", "none.csv"], None, &["none.csv"]);
    refused(&desk, "no statement", &["reconcile", "none.csv"], None, &["none.csv"]);
    refused(&desk, "no answers", &["batch", "ack", "B1", "none.csv"], None, &["none.csv"]);
}

#[test]
fn fee_lines_that_do_not_fit_are_refused() {
    const RECORDS: &str = "record_no,kind,name,occurred_at,total\n\
        R1,outpatient,陆样,2021-10-25,10.00\nR2,outpatient,陆样,2021-10-25,20.00\n";
    #[rustfmt::skip] // the columns are the point
    let cases: &[(&str, &str, u32, &[&str])] = &[
        ("a sum that is not the total", "R1,1,诊查费,1,10.00,10.00\nR2,1,诊查费,1,11.50,11.50", 3, &["bad.csv", "total", "20.00", "11.50"]),
        ("a record without lines",      "R1,1,诊查费,1,10.00,10.00",                            3, &["bad.csv", "R2"]),
        ("lines without a record",      "R1,1,诊查费,1,10.00,10.00\nR2,1,诊查费,1,20.00,20.00\nR9,1,换药,1,5.00,5.00", 4, &["lines.csv", "R9"]),
        ("quantity times price",        "R1,1,诊查费,3,3.33,10.00\nR2,1,诊查费,3,6.00,20.00",    3, &["lines.csv", "amount", "20.00"]),
        ("one line twice",              "R1,1,诊查费,1,4.00,4.00\nR1,1,换药,1,6.00,6.00\nR2,1,诊查费,1,20.00,20.00", 3, &["lines.csv", "line_no"]),
        ("a bad quantity",              "R1,1,诊查费,一,10.00,10.00\nR2,1,诊查费,1,20.00,20.00", 2, &["lines.csv", "quantity", "一"]),
    ];
    let desk = desk();
    desk.write("bad.csv", RECORDS);
    for (what, rows, line, says) in cases {
        desk.write("lines.csv", format!("record_no,line_no,item_name,quantity,unit_price,amount\n{rows}\n"));
        let args = ["import", "records", "bad.csv", "--lines", "lines.csv"];
        refused(&desk, what, &args, Some(*line), says);
    }
}

#[test]
fn a_bad_statement_or_answer_is_refused() {
    const STATEMENT: &str = "setl_id,certno,setl_time,medfee_sumamt,refd_setl_flag,record_no";
    const ANSWERS: &str = "record_no,infcode,err_msg";
    #[rustfmt::skip] // the columns are the point
    let cases: &[(&str, &str, &str, &[&str])] = &[
        ("no settlement id",     STATEMENT, ",379901198002151237,2021-11-05,10.00,0,M-1",     &["setl_id"]),
        ("no key to the record", STATEMENT, "S9,,2021-11-05,10.00,0,",                        &[]),
        ("scientific notation",  STATEMENT, "S9,4.4E+17,2021-11-05,10.00,0,",                 &["certno", "E+17"]),
        ("a bad amount",         STATEMENT, "S9,379901198002151237,2021-11-05,10.005,0,M-1",  &["medfee_sumamt", "10.005"]),
        ("a bad time",           STATEMENT, "S9,379901198002151237,yesterday,10.00,0,M-1",    &["setl_time", "yesterday"]),
        ("an unknown answer",    ANSWERS,   "M-2,7,",                                         &["infcode", "7"]),
        ("no answer",            ANSWERS,   "M-2,,",                                          &[]),
        ("a record outside",     ANSWERS,   "M-7,0,",                                         &["bad.csv", "M-7", "B1"]),
        ("two answers to one",   ANSWERS,   "M-1,-1,否",                                      &["M-1"]),
    ];
    let desk = desk();
    desk.run(&["export", "resettle", "--out", "out"]).ended(0);
    for (what, head, row, says) in cases {
        let (first, args): (_, &[&str]) = match *head {
            ANSWERS => ("M-1,0,", &["batch", "ack", "B1", "bad.csv"]),
            _ => ("S1,379901198002151237,2021-11-05,100.00,0,M-1", &["reconcile", "bad.csv"]),
        };
        desk.write("bad.csv", format!("{head}\n{first}\n{row}\n"));
        refused(&desk, what, args, Some(3), says);
    }
}

#[test]
fn what_is_asked_for_and_is_not_there_is_refused() {
    let desk = desk();
    #[rustfmt::skip] // the columns are the point
    let cases: &[(&str, &[&str], &[&str])] = &[
        ("an unknown notice",  &["notice", "add", "atlantis-2021"],                              &["atlantis-2021"]),
        ("an unknown window",  &["notice", "resumed", "xinzhou-2021", "dental", "2021-11-01"],   &["dental"]),
        ("an unknown record",  &["void", "A1-0099", "--reason", "x"],                            &["A1-0099"]),
        ("an unknown batch",   &["batch", "cancel", "B9", "--reason", "x"],                      &["B9"]),
        ("an unknown break",   &["break", "resolve", "9", "--how", "waived", "--evidence", "x"], &["9"]),
        ("no reason",          &["void", "M-1", "--reason", " "],                                &["reason"]),
        ("a bad amount",       &["add", "outpatient", "--name", "陆样", "--occurred-at", "2021-10-25", "--total", "1,5"], &["total", "1,5"]),
        ("no batch's folder",  &["batch", "verify", "nowhere"],                                  &["nowhere"]),
        ("out is a file",      &["export", "resettle", "--out", LEDGER],                         &[LEDGER]),
    ];
    for (what, args, says) in cases {
        refused(&desk, what, args, None, says);
    }
    let elsewhere = Desk::empty();
    for ran in both(&elsewhere, &["list"]) {
        assert_eq!(ran.code, 4);
        assert!(ran.err.contains("guazhang init"), "{}", ran.err);
    }
    let init = ["init", "--facility", world::OWN, "--name", "示例医院", "--notice", "atlantis-2021"];
    assert_eq!(elsewhere.run(&init).code, 4);
    assert!(!elsewhere.file(LEDGER).exists(), "a refused init leaves no ledger");
}

#[test]
fn all_faults_are_told_and_twenty_are_shown() {
    let mut sheet = Sheet::new(&["record_no", "kind", "name", "occurred_at", "total"]);
    for at in 0..25 {
        sheet.rows.push(
            [&format!("R{at}"), "outpatient", "陆样", "2021-10-25", "1.234"].map(str::to_owned).to_vec(),
        );
    }
    let desk = desk();
    desk.write("bad.csv", sheet.text());
    let said = desk.run(&["import", "records", "bad.csv"]).ended(4).err;
    assert_eq!(said.matches("1.234").count(), 20, "{said}");
    let said = desk.run(&["import", "records", "bad.csv", "--format", "json"]).ended(4).err;
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["error"]["items"].as_array().map(Vec::len), Some(25), "{said}");
}

#[test]
fn good_rows_go_in_where_that_is_asked_for() {
    let desk = desk();
    desk.write("bad.csv", "record_no,kind,name,occurred_at,total\nR1,outpatient,陆样,2021-10-25,1.00\nR2,dental,陆样,2021-10-25,1.00\n");
    desk.run(&["import", "records", "bad.csv", "--accept-good"]).ended(3);
    let list = desk.json(&["list"]);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(3));
    let rejected = fs::read_to_string(desk.file("bad.rejected.csv")).unwrap();
    assert!(rejected.contains("R2") && !rejected.contains("R1"), "{rejected}");
    // A record that the ledger has otherwise stays out whole, the person it names as well.
    desk.write(
        "other.csv",
        "record_no,kind,name,occurred_at,total\nR1,outpatient,欧阳样本,2021-10-25,2.00\n",
    );
    desk.run(&["import", "records", "other.csv", "--accept-good"]).ended(3);
    desk.run(&["audit", "verify"]).ended(0);
}

#[test]
fn wrong_usage_is_told_from_wrong_input() {
    let desk = desk();
    #[rustfmt::skip] // the columns are the point
    let cases: &[&[&str]] = &[
        &["lst"],
        &["list", "--colour"],
        &["list", "--stage", "lost"],
        &["import", "records"],
        &["export", "resettle"],
        &["export", "everything", "--out", "out"],
        &["refund", "pay", "M-1", "--amount", "1.234", "--receipt", "T-1"],
        &["batch", "show", "seven"],
        &["list", "--as-of", "yesterday"],
        &["amend", "M-1"],
        &["explain", "Z9"],
    ];
    let head = desk.head();
    for args in cases {
        for ran in both(&desk, args) {
            assert_eq!(ran.code, 2, "{args:?}: {}{}", ran.out, ran.err);
            assert!(ran.err.contains("hint: ") || ran.err.contains("提示："), "{args:?}: {}", ran.err);
        }
    }
    assert_eq!(desk.head(), head);
}

/// Runs a command that cannot be done any more: a conflict, told in both languages, that changes nothing.
#[track_caller]
fn conflict(desk: &Desk, args: &[&str], says: &str) {
    let head = desk.head();
    for ran in both(desk, args) {
        assert_eq!(ran.code, 5, "{args:?}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(says), "{args:?}: {}", ran.err);
    }
    assert_eq!(desk.head(), head, "{args:?}");
}

#[test]
fn what_was_done_already_is_a_conflict() {
    let desk = desk();
    conflict(&desk, &["init", "--facility", world::OWN, "--name", "又一家"], LEDGER);
    conflict(
        &desk,
        &[
            "add",
            "outpatient",
            "--record-no",
            "M-1",
            "--name",
            "韦样",
            "--occurred-at",
            "2021-10-25",
            "--total",
            "1",
        ],
        "M-1",
    );
    conflict(&desk, &["refund", "pay", "M-1", "--amount", "1.00", "--receipt", "T-1"], "A1-0001");
    desk.run(&["void", "M-2", "--reason", "误录"]).ended(0);
    conflict(&desk, &["void", "M-2", "--reason", "误录"], "A1-0002");
    conflict(&desk, &["amend", "M-2", "--total", "21.00"], "A1-0002");

    desk.run(&["export", "resettle", "--out", "out"]).ended(0);
    conflict(&desk, &["void", "M-1", "--reason", "误录"], "A1-0001");
    conflict(&desk, &["amend", "M-1", "--total", "101.00"], "B1");
    conflict(&desk, &["clear", "M-1", "--evidence", "结算单"], "A1-0001");
    desk.write("answers.csv", "record_no,infcode\nM-1,0\n");
    desk.run(&["batch", "ack", "B1", "answers.csv"]).ended(0);
    desk.run(&["batch", "ack", "B1", "answers.csv"]).ended(0);
    desk.write("answers.csv", "record_no,infcode\nM-1,-1\n");
    conflict(&desk, &["batch", "ack", "B1", "answers.csv"], "A1-0001");
    conflict(&desk, &["batch", "cancel", "B1", "--reason", "未用"], "B1");

    let mut statement = Sheet::new(&[
        "setl_id",
        "certno",
        "medfee_sumamt",
        "fund_pay_sumamt",
        "acct_pay",
        "psn_cash_pay",
        "record_no",
    ]);
    statement.rows.push(["S1", GOOD, "100.00", "70.00", "10.00", "20.00", "M-1"].map(str::to_owned).to_vec());
    desk.write("statement.csv", statement.text());
    desk.run(&["reconcile", "statement.csv"]).ended(0);
    conflict(&desk, &["clear", "M-1", "--evidence", "结算单"], "80.00");
    refused(
        &desk,
        "too much",
        &["refund", "pay", "M-1", "--amount", "80.01", "--receipt", "T-1"],
        None,
        &["80.01", "80.00"],
    );
    desk.run(&["refund", "pay", "M-1", "--amount", "80.00", "--receipt", "T-1"]).ended(0);
    conflict(&desk, &["refund", "pay", "M-1", "--amount", "80.00", "--receipt", "T-2"], "80.00");
    desk.run(&["clear", "M-1", "--evidence", "结算单"]).ended(0);
    conflict(&desk, &["clear", "M-1", "--evidence", "结算单"], "A1-0001");
    desk.run(&["audit", "verify"]).ended(0);
}

#[test]
fn a_batch_that_was_taken_back_stays_so() {
    let desk = desk();
    desk.run(&["export", "resettle", "--out", "out"]).ended(0);
    desk.run(&["batch", "cancel", "B1", "--reason", "未用"]).ended(0);
    conflict(&desk, &["batch", "cancel", "B1", "--reason", "未用"], "B1");
    desk.write("answers.csv", "record_no,infcode\nM-1,0\n");
    conflict(&desk, &["batch", "ack", "B1", "answers.csv"], "B1");
    desk.run(&["export", "resettle", "--out", "out"]).ended(0);
    assert!(desk.file("out").join("A1-B0002-resettle").is_dir());
    desk.run(&["audit", "verify"]).ended(0);
}

#[test]
fn a_ledger_that_another_process_holds_is_a_conflict() {
    let desk = desk();
    let head = desk.head();
    let other = rusqlite::Connection::open(desk.file(LEDGER)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let ran = desk.run(&["void", "M-2", "--reason", "误录"]).ended(5);
    assert!(ran.err.contains("another program holds the ledger"), "{}", ran.err);
    // Reading goes on meanwhile.
    desk.run(&["list"]).ended(0);
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(desk.head(), head);
    desk.run(&["void", "M-2", "--reason", "误录"]).ended(0);
}

#[test]
fn a_stick_that_is_gone_does_not_hold_up_the_desk() {
    let desk = desk();
    desk.run(&["export", "resettle", "--out", "stick"]).ended(0);
    // As if the program had been stopped before the folder was there, and the stick pulled out.
    let conn = rusqlite::Connection::open(desk.file(LEDGER)).unwrap();
    conn.execute_batch("UPDATE batch SET state = 'preparing'; UPDATE record SET stage = 'pending'").unwrap();
    drop(conn);
    fs::remove_dir_all(desk.file("stick")).unwrap();
    desk.write("stick", "no folder any more");
    for ran in both(&desk, &["export", "resettle", "--out", "other"]) {
        assert_eq!(ran.code, 1, "{}", ran.err);
        assert!(ran.err.contains("guazhang batch again B1 --out"), "{}", ran.err);
    }
    desk.run(&["batch", "again", "B1", "--out", "other"]).ended(0);
    desk.run(&["batch", "verify", "other/A1-B0001-resettle"]).ended(0);
    let list = desk.json(&["list", "--stage", "exported"]);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
}

#[test]
fn tampering_shows() {
    #[rustfmt::skip] // the columns are the point
    let cases = [
        ("a total",       "UPDATE record SET total_fen = 1 WHERE count = 1"),
        ("a fee",         "UPDATE record SET paid_fen = 9900 WHERE count = 1"),
        ("a name",        "UPDATE person SET name_shown = '别*'"),
        ("an event",      "UPDATE event SET operator = '别人' WHERE seq = 3"),
        ("the last event","DELETE FROM event WHERE seq = (SELECT max(seq) FROM event WHERE record IS NOT NULL)"),
        ("a batch's key", "UPDATE batch_record SET medins_setl_id = 'X' WHERE record = 1"),
        ("a batch's file","UPDATE batch_file SET sealed = zeroblob(99)"),
        ("a settlement",  "UPDATE settlement SET content = zeroblob(32)"),
        ("a match",       "DELETE FROM match"),
        ("a share",       "UPDATE settlement SET cash_fen = 0"),
        ("a refund",      "UPDATE refund SET amount_fen = 9900"),
        ("a refund gone", "DELETE FROM refund"),
    ];
    let desk = desk();
    desk.run(&["export", "resettle", "--out", "out"]).ended(0);
    let statement =
        "setl_id,certno,medfee_sumamt,psn_cash_pay,record_no\nS1,379901198002151237,100.00,30.00,M-1\n";
    desk.write("statement.csv", statement);
    desk.run(&["reconcile", "statement.csv", "--map", &map()]).ended(3);
    desk.run(&["refund", "pay", "M-1", "--amount", "70", "--receipt", "T-1"]).ended(0);
    desk.run(&["audit", "verify"]).ended(0);
    for (what, sql) in cases {
        let copy = desk.copy();
        rusqlite::Connection::open(copy.file(LEDGER)).unwrap().execute_batch(sql).unwrap();
        for ran in both(&copy, &["audit", "verify"]) {
            assert_eq!(ran.code, 6, "{what}: {}{}", ran.out, ran.err);
        }
    }
    let file = desk.file("out").join("A1-B0001-resettle").join("2207-data.csv");
    fs::write(&file, fs::read_to_string(&file).unwrap().replace("100.00", "900.00")).unwrap();
    desk.run(&["batch", "verify", "out/A1-B0001-resettle"]).ended(6);
}

#[test]
fn a_fault_says_how_to_mend_it() {
    const HEAD: &str = "record_no,kind,name,id_no,occurred_at,total";
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // row                                               English                       Chinese
        ("R2,outpatient,陆样,,2021-10-25,12.345",            "at most two decimals",       "最多两位小数"),
        ("R2,outpatient,陆样,4.4E+17,2021-10-25,10.00",      "as text",                    "文本"),
        ("R2,dental,陆样,,2021-10-25,10.00",                 "outpatient, inpatient",      "outpatient、inpatient"),
    ];
    let desk = desk();
    for (row, english, chinese) in cases {
        desk.write("bad.csv", format!("{HEAD}\n{row}\n"));
        let [en, zh] = both(&desk, &["import", "records", "bad.csv"]);
        assert!(en.err.contains(english) && en.err.contains("--accept-good"), "{}", en.err);
        assert!(zh.err.contains(chinese) && zh.err.contains("--accept-good"), "{}", zh.err);
    }
    desk.write("bad.csv", "setl_id,certno,medfee_sumamt\nS1,379901198002151237,1.234\n");
    let [en, _] = both(&desk, &["reconcile", "bad.csv"]);
    assert!(en.err.contains("at most two decimals") && !en.err.contains("--accept-good"), "{}", en.err);
}
