//! The cashier's shift and the papers, where the pages do not reach: a cashier may
//! close a shift and seal it, corrections count where they are made, and nobody
//! changes a slip, a paper or a kept file unseen.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod common;

use common::{Desk, LEDGER, PASSPHRASE, sound};
use guazhang::domain::{EventKind, Right, Role, SealReason};
use rusqlite::Connection;
use std::fs;

const ROWS: &str = "\
record_no,kind,line,name,insurance,occurred_at,total,paid,pay_method,locality
HIS-1,outpatient,ordinary,钱试五,310,2021-10-29T09:30:00,50.00,50.00,cash,local
";

fn add(desk: &Desk, record_no: &str, paid: &str, method: &str) {
    let flags = ["--record-no", record_no, "--name", "王试一", "--occurred-at", "2021-10-29T09:00:00"];
    let money = ["--total", paid, "--paid", paid, "--pay-method", method, "--insurance", "310"];
    let ran = desk.run(&[&["add", "outpatient"][..], &flags, &money].concat());
    assert!([0, 3].contains(&ran.code), "{}", ran.err);
}

/// A desk with two shifts behind it, papers and an imported file.
fn story() -> Desk {
    let desk = Desk::new();
    desk.run(&["shift", "open", "--float", "200"]).ended(0);
    add(&desk, "MZ-1", "126.50", "cash");
    add(&desk, "MZ-2", "80.00", "wechat");
    add(&desk, "MZ-3", "80.00", "cash");
    desk.run(&["void", "MZ-3", "--reason", "误录"]).ended(0);
    desk.run(&["amend", "MZ-1", "--paid", "120.00"]).ended(0);
    desk.write("records.csv", ROWS);
    desk.run(&["import", "records", "records.csv"]).ended(0);
    desk.run(&["paper", "MZ-1", "keep", "card", "receipt", "--holder", "三号窗口"]).ended(0);
    desk.run(&["paper", "MZ-1", "return", "card", "--holder", "本人"]).ended(0);
    desk
}

#[test]
fn what_a_cashier_does_at_the_end_of_the_day_is_in_his_rights() {
    for kind in [EventKind::ShiftOpened, EventKind::ShiftClosed, EventKind::PaperKept] {
        assert_eq!(kind.right(), Some(Right::Record));
    }
    let may = |why: SealReason| Role::Cashier.may(why.right());
    assert_eq!(SealReason::ALL.iter().map(|why| may(*why)).filter(|may| *may).count(), 1);
    assert!(may(SealReason::Shift));
}

#[test]
fn a_correction_counts_in_the_shift_in_which_it_is_made() {
    let desk = story();
    let closed = desk.json(&["shift", "close", "--counted", "320"]);
    let fen = |name: &str| closed[name].as_i64().unwrap();
    // 200 + 120: the void one is out, the phone and the imported one were never in.
    assert_eq!((fen("expected_fen"), fen("difference_fen"), fen("records")), (32_000, 0, 3));
    assert_eq!((fen("imported"), fen("amended"), fen("voided"), fen("total_fen")), (1, 1, 1, 20_650));
    assert_eq!(closed["means"][1]["taken_fen"], 8_000, "{closed}");
    desk.run(&["audit", "verify", "--seal", closed["code"].as_str().unwrap()]).ended(0);

    desk.run(&["shift", "open", "--float", "200"]).ended(0);
    desk.run(&["amend", "MZ-1", "--paid", "126.50"]).ended(0);
    desk.run(&["void", "MZ-2", "--reason", "退号"]).ended(0);
    let open = desk.json(&["shift", "show"]);
    assert_eq!(open["expected_fen"], 20_650);
    assert_eq!(open["means"][0]["corrected_fen"], 650);
    assert_eq!(open["means"][1]["corrected_fen"], -8_000);
    desk.run(&["shift", "close", "--counted", "200"]).ended(3);
    assert_eq!(desk.json(&["shift", "show", "S1"])["expected_fen"], 32_000, "a closed shift stays closed");
    sound(&desk);
}

#[test]
fn a_file_comes_back_as_it_was_read() {
    let desk = story();
    let shown = desk.json(&["show", "HIS-1", "--reveal", "--purpose", "核对"]);
    assert_eq!(shown["source"]["line"], 2);
    desk.run(&["audit", "file", "HIS-1", "--out", "again.csv", "--purpose", "核对"]).ended(0);
    assert_eq!(fs::read_to_string(desk.file("again.csv")).unwrap(), ROWS);
    let bytes = fs::read(desk.file(LEDGER)).unwrap();
    let name = "钱试五".as_bytes();
    assert!(!bytes.windows(name.len()).any(|part| part == name), "the file is sealed");
}

#[test]
fn fee_lines_know_their_file_and_their_place_in_it() {
    const RECORDS: &str = "record_no,kind,line,name,insurance,occurred_at,total\n\
        M-1,outpatient,ordinary,钱试五,310,2021-10-29T09:30:00,50.00\n\
        M-2,outpatient,ordinary,赵试六,310,2021-10-29T09:40:00,10.00\n";
    const LINES: &str = "record_no,line_no,item_name,quantity,unit_price,amount\n\
        M-1,1,挂号,1,20.00,20.00\nM-2,1,挂号,1,10.00,10.00\nM-1,2,检查,1,20.00,20.00\nM-1,3,化验,1,10.00,10.00\n";
    let desk = Desk::new();
    desk.write("records.csv", RECORDS);
    desk.write("lines.csv", LINES);
    desk.run(&["import", "records", "records.csv", "--lines", "lines.csv"]).ended(0);
    let shown = |id: &str| desk.json(&["show", id, "--reveal", "--purpose", "核对"])["lines_source"].clone();
    assert_eq!((&shown("M-1")["lines"], &shown("M-1")["name"]), (&"2 4-5".into(), &"lines.csv".into()));
    assert_eq!(shown("M-2")["lines"], "3");
    desk.run(&["audit", "file", "M-2", "--lines", "--out", "again.csv", "--purpose", "核对"]).ended(0);
    assert_eq!(fs::read_to_string(desk.file("again.csv")).unwrap(), LINES);
    add(&desk, "MZ-1", "5.00", "cash");
    desk.run(&["audit", "file", "MZ-1", "--lines", "--out", "none.csv", "--purpose", "核对"]).ended(4);
    desk.run(&["amend", "M-1", "--department", "内科"]).ended(0);
    assert_eq!(shown("M-1")["lines"], "2 4-5", "a correction leaves the lines where they came from");
    sound(&desk);
    for change in ["UPDATE record_lines SET rows = '9'", "UPDATE record_lines SET file = NULL"] {
        fs::copy(desk.file(LEDGER), desk.file("copy.db")).unwrap();
        let conn = Connection::open(desk.file("copy.db")).unwrap();
        conn.execute(change, []).unwrap();
        conn.close().unwrap();
        desk.run(&["audit", "verify", "--ledger", "copy.db"]).ended(6);
    }
}

#[test]
fn an_administrator_closes_the_shift_of_somebody_who_left() {
    let desk = Desk::new();
    desk.run(&["user", "add", "Li", "--role", "cashier"]).ended(0);
    desk.run_as("Li", PASSPHRASE, &["shift", "open", "--float", "50"]).ended(0);
    desk.run(&["shift", "open", "--float", "10"]).ended(0);
    desk.run_as("Li", PASSPHRASE, &["shift", "close", "--of", "Wang", "--counted", "10"]).ended(7);
    let closed = desk.json(&["shift", "close", "--of", "Li", "--counted", "50"]);
    assert_eq!((&closed["operator"], &closed["difference_fen"]), (&"Li".into(), &0.into()));
    let log = desk.json(&["audit", "log"]);
    let told =
        log["items"].as_array().unwrap().iter().find(|event| event["event"] == "shift_closed").unwrap();
    assert_eq!(told["operator"], "Wang");
    assert!(told["detail"].to_string().contains("Li"), "{told}");
    desk.run(&["shift", "close", "--of", "Li", "--counted", "50"]).ended(5);
    desk.run(&["shift", "close", "--counted", "10"]).ended(0);
    sound(&desk);
}

#[test]
fn nobody_changes_a_slip_a_paper_or_a_file_unseen() {
    let desk = story();
    desk.run(&["shift", "close", "--counted", "320", "--note", "平"]).ended(0);
    sound(&desk);
    #[rustfmt::skip] // the columns are the point
    let cases = [
        ("shift",  "UPDATE shift SET counted_fen = counted_fen - 100"),
        ("shift",  "UPDATE shift SET operator = 'Wu'"),
        ("shift",  "UPDATE shift SET tally = json_set(tally, '$.voided', 0)"),
        ("shift",  "UPDATE shift SET note = x''"),
        ("shift",  "DELETE FROM shift"),
        ("paper ", "UPDATE paper SET state = 'kept' WHERE kind = 'card'"),
        ("paper ", "UPDATE paper SET holder = x'00'"),
        ("paper ", "DELETE FROM paper WHERE kind = 'card'"),
        ("paper ", "INSERT INTO paper SELECT record, 'id', state, holder, since, operator FROM paper LIMIT 1"),
        ("file ",  "UPDATE file SET sealed = x'00'"),
        ("file ",  "UPDATE file SET bytes = 1"),
        ("record", "UPDATE record SET row = 7 WHERE row IS NOT NULL"),
        ("record", "UPDATE record SET file = NULL"),
    ];
    let whole = fs::read(desk.file(LEDGER)).unwrap();
    for (names, change) in cases {
        fs::write(desk.file("copy.db"), &whole).unwrap();
        for end in ["copy.db-wal", "copy.db-shm"] {
            let _ = fs::remove_file(desk.file(end));
        }
        let conn = Connection::open(desk.file("copy.db")).unwrap();
        assert!(conn.execute(change, []).unwrap() > 0, "{change}");
        conn.close().unwrap();
        let ran = desk.run(&["audit", "verify", "--ledger", "copy.db"]).ended(6);
        assert!(ran.err.contains(names), "{change}: {}", ran.err);
    }
}
