//! The report as one page: its sums are those of plain SQL, it asks nothing from outside, and it can be proved later.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod common;

use common::world::{OWN, World};
use common::{Desk, LEDGER};
use guazhang::domain::Digest;
use rusqlite::Connection;

/// A ledger after a reconciliation, and its page.
fn reported() -> (Desk, String) {
    let (desk, world) = (Desk::new(), World::new(60, 7));
    desk.import(&world.records, &world.lines).ended(0);
    desk.run(&["export", "resettle", "--facility", OWN, "--out", "out"]).ended(0);
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
            page.contains(&format!(">{count} record{}<", if count == 1 { "" } else { "s" }))
                && page.contains(&format!(">{} yuan<", yuan(total))),
            "{stage}"
        );
    }
    let (hours, live) =
        one("SELECT count(DISTINCT substr(occurred_at, 1, 13)), count(*) FROM record WHERE stage <> 'void'");
    let by_day = desk.json(&["report", "downtime", "--by", "day"]);
    assert_eq!((&by_day["count"], by_day["items"][0]["count"].is_i64()), (&live.into(), true));
    let by_hour = desk.json(&["report", "downtime"]);
    assert_eq!(by_hour["items"].as_array().unwrap().len(), usize::try_from(hours).unwrap());
    assert_eq!(by_hour["count"], live);
    let listed = desk.json(&["report", "unreconciled"]);
    let by_stage = desk.json(&["report", "stages"]);
    assert_eq!((&by_stage["count"], &by_stage["total_fen"]), (&count.into(), &total.into()));
    let (sent, cost) = one(
        "SELECT count(*), coalesce(sum(r.total_fen), 0) FROM batch_record m JOIN record r ON r.id = m.record
         JOIN batch b ON b.id = m.batch WHERE b.state IN ('sent', 'answered')",
    );
    let answers = desk.json(&["report", "answers"]);
    let sum: i64 =
        answers["items"].as_array().unwrap().iter().map(|one| one["total_fen"].as_i64().unwrap()).sum();
    assert!(sent > 0);
    assert_eq!((&answers["count"], sum), (&sent.into(), cost));
    let (breaks, _) = one("SELECT count(*), 0 FROM break");
    assert_eq!(desk.json(&["report", "phases"])["count"], breaks);
    assert_eq!(
        desk.json(&["report", "owed"])["owed_total_fen"],
        desk.json(&["report", "summary"])["refunds_owed_fen"]
    );
    for group in ["ageing", "deadlines", "amounts", "reasons", "routes", "operator"] {
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

/// The number of records that a page of the tests tells of.
fn told(page: &str) -> i64 {
    let (before, _) = page.split_once(" records, ").expect("the line below the summary");
    before.rsplit(|ch: char| !ch.is_ascii_digit()).next().unwrap().parse().unwrap()
}

#[test]
fn a_page_tells_of_the_books_as_its_event_found_them() {
    let desk = Desk::new();
    let world = World::new(40, 3);
    desk.import(&world.records, &world.lines).ended(0);
    let pages: Vec<String> = (0..5).map(|at| format!("page-{at}.html")).collect();
    // Another window goes on writing while pages are made.
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            for at in 0..25 {
                let no = format!("M-{at}");
                let add = ["add", "outpatient", "--record-no", &no, "--name", "陆样", "--total", "1.00"];
                let more = ["--paid", "1.00", "--pay-method", "cash", "--occurred-at", "2021-10-25T09:00:00"];
                desk.run(&[&add[..], &more].concat()).ended(0);
            }
        });
        for page in &pages {
            desk.run(&["report", "html", "--out", page]).ended(0);
        }
        writing.join().unwrap();
    });
    let book = Connection::open(desk.file(LEDGER)).unwrap();
    let mut reported =
        book.prepare("SELECT seq, hash FROM event WHERE kind = 'reported' ORDER BY seq").unwrap();
    let events: Vec<(i64, [u8; 32])> =
        reported.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
    assert_eq!(events.len(), pages.len());
    for ((seq, hash), page) in events.into_iter().zip(&pages) {
        let text = std::fs::read_to_string(desk.file(page)).unwrap();
        let hash = Digest::from_bytes(hash);
        assert!(text.contains(&format!("{seq} {hash}")), "{page} names its own event");
        let sql = "SELECT count(*) FROM event WHERE kind = 'recorded' AND seq < ?1";
        let recorded: i64 = book.query_row(sql, [seq], |row| row.get(0)).unwrap();
        assert_eq!(told(&text), recorded, "{page}: what was written before event {seq}, and nothing else");
    }
}
