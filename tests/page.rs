//! The report as one page: its sums are those of plain SQL, it asks nothing from outside, and it can be proved later.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod common;

use common::world::World;
use common::{Desk, LEDGER};
use rusqlite::Connection;

/// A ledger after a reconciliation, and its page.
fn reported() -> (Desk, String) {
    let (desk, world) = (Desk::new(), World::new(60, 7));
    desk.import(&world.records, &world.lines).ended(0);
    desk.reconcile(&world.statement);
    desk.run(&["report", "html", "--out", "report.html"]).ended(0);
    let page = std::fs::read_to_string(desk.file("report.html")).unwrap();
    (desk, page)
}

#[test]
fn sums_are_those_of_plain_sql() {
    let (desk, page) = reported();
    let book = Connection::open(desk.file(LEDGER)).unwrap();
    let one = |sql: &str| {
        book.query_row(sql, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))).unwrap()
    };
    let (count, total) = one("SELECT count(*), sum(total_fen) FROM record");
    let yuan = |fen: i64| format!("{}.{:02}", fen / 100, fen % 100);
    assert!(page.contains(&format!("{count} records, {} yuan", yuan(total))), "{count} {total}");
    for stage in ["pending", "settled", "exported"] {
        let sql = format!("SELECT count(*), coalesce(sum(total_fen), 0) FROM record WHERE stage = '{stage}'");
        let (count, total) = one(&sql);
        assert!(
            page.contains(&format!(">{count} records<")) && page.contains(&format!(">{} yuan<", yuan(total))),
            "{stage}"
        );
    }
    let (hours, live) =
        one("SELECT count(DISTINCT substr(occurred_at, 1, 13)), count(*) FROM record WHERE stage <> 'void'");
    let by_hour = desk.json(&["report", "downtime"]);
    assert_eq!(by_hour["items"].as_array().unwrap().len(), usize::try_from(hours).unwrap());
    assert_eq!(by_hour["count"], live);
    let listed = desk.json(&["report", "unreconciled"]);
    for group in ["ageing", "deadlines", "reasons", "routes", "operator"] {
        let grouped = desk.json(&["report", group]);
        assert_eq!(
            (&grouped["count"], &grouped["total_fen"]),
            (&listed["count"], &listed["total_fen"]),
            "{group}"
        );
    }
}

#[test]
fn it_asks_nothing_from_outside_and_every_picture_has_words() {
    let (_desk, page) = reported();
    for outside in ["http:", "https:", " src=", "@import", "url(", "<link", "<iframe"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert_eq!(page.matches("<svg ").count(), page.matches("<desc ").count());
    assert!(page.matches("<svg ").count() >= 3);
    assert_eq!(page.matches("<section ").count(), page.matches("</section>").count());
}

#[test]
fn a_printed_page_is_proved_by_the_chain() {
    let (desk, page) = reported();
    let log = desk.json(&["audit", "log"]);
    let event = log["items"].as_array().unwrap().iter().find(|event| event["event"] == "reported").unwrap();
    let data = event["detail"]["data"].as_str().unwrap();
    // The list tells the hash in short: its first eight digits.
    let hash = event["hash"].as_str().unwrap().replace('-', "");
    assert!(page.contains(data) && page.contains(&hash));
    desk.run(&["audit", "verify"]).ended(0);
    // A page is not overwritten, and in another language it has the same figures.
    desk.run(&["report", "html", "--out", "report.html"]).ended(4);
    desk.run(&["report", "html", "--out", "again.html", "--lang", "zh"]).ended(0);
    assert!(std::fs::read_to_string(desk.file("again.html")).unwrap().contains("挂账报告"));
}
