//! Whole stories with chance in them: record, send out, be answered, reconcile,
//! refund, close. Whatever happens on the way, the books stay true.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod common;

use common::world::{Shares, World};
use common::{Desk, Dice, NOW, Sheet, map, sound};
use guazhang::domain::{Actor, BreakState, Money, Purpose, Resolution, Stage};
use guazhang::notice::Calendar;
use guazhang::store::{Filter, Ledger, Mode, Stored};
use guazhang::text::Label;
use guazhang::work::{self, Law, WorkError};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// So many differences that a dozen records show most of them.
const SHARES: Shares =
    Shares { missing: 10, mismatch: 10, duplicate: 8, reversed: 8, extra: 15, nameless: 30 };

struct Story {
    desk: Desk,
    dice: Dice,
    /// The person's own share by `setl_id`.
    shares: BTreeMap<String, Money>,
    refunds: BTreeMap<i64, Money>,
}

fn actor() -> Actor {
    Actor { operator: "Wang".to_owned(), at: NOW.parse().unwrap() }
}

fn records(ledger: &Ledger) -> Vec<Stored> {
    ledger.books().records(&Filter::default()).unwrap()
}

fn cell<'a>(sheet: &Sheet, row: &'a [String], column: &str) -> &'a str {
    &row[sheet.head.iter().position(|head| *head == column).unwrap()]
}

impl Story {
    fn new(world: &World, seed: u64) -> Story {
        let desk = Desk::new();
        desk.import(&world.records, &world.lines).ended(0);
        let statement = &world.statement;
        let share = |row: &[String]| -> Money {
            let fen = |column| cell(statement, row, column).parse::<Money>().unwrap();
            fen("psn_cash_pay")
        };
        let shares = statement.rows.iter().map(|row| (row[0].clone(), share(row))).collect();
        Story { desk, dice: Dice::new(seed), shares, refunds: BTreeMap::new() }
    }

    /// Sends out what can go; the platform accepts some of it and refuses the rest.
    fn send(&mut self, purpose: Purpose) {
        let sent = self.desk.json(&["export", purpose.id(), "--out", "out"]);
        for sent in sent["batches"].as_array().unwrap() {
            self.answer(sent["batch"].as_str().unwrap());
        }
    }

    fn answer(&mut self, batch: &str) {
        let shown = self.desk.json(&["batch", "show", batch]);
        let mut answers = "number,infcode,err_msg\n".to_owned();
        for item in shown["items"].as_array().unwrap() {
            let number = item["number"].as_str().unwrap();
            match self.dice.below(10) {
                0 => {}
                1 | 2 => answers.extend([number, ",-1,人员信息不符\n"]),
                _ => answers.extend([number, ",0,\n"]),
            }
        }
        self.desk.write("answers.csv", answers);
        let code = self.desk.run(&["batch", "ack", batch, "answers.csv"]).code;
        assert!([0, 3].contains(&code), "{code}");
    }

    /// Refused records are corrected, most of them, so that they go out again.
    fn correct(&mut self) {
        for stored in records(&self.desk.ledger()) {
            if stored.stage == Stage::Rejected && self.dice.percent(70) {
                let number = stored.number.to_string();
                let note = format!("第 {} 次核对", stored.version);
                self.desk.run(&["amend", &number, "--note", &note]).ended(0);
            }
        }
    }

    fn reconcile(&self, statement: &Sheet) {
        self.reconcile_at(NOW, statement);
    }

    /// Reconciles at a later day; what a trial says just before is what is found.
    fn reconcile_at(&self, now: &str, statement: &Sheet) {
        self.desk.write("statement.csv", statement.text());
        let words = ["reconcile", "statement.csv", "--map", &map(), "--as-of", now];
        let tried = self.desk.json(&[&words[..], &["--dry-run"]].concat());
        let outcome = self.desk.json(&words);
        let said = |outcome: &serde_json::Value| {
            let mut said = outcome.clone();
            for of_the_run in ["run", "dry_run"] {
                said.as_object_mut().unwrap().remove(of_the_run);
            }
            said
        };
        assert_eq!(said(&tried), said(&outcome), "a trial says what happens");
        assert_eq!(outcome["bridge_ties"], true, "{outcome}");
        let total: i64 = records(&self.desk.ledger()).iter().map(|stored| stored.record.total.fen()).sum();
        assert_eq!(outcome["bridge"]["ledger_fen"], total, "{outcome}");
    }

    /// Pays most of what is owed, each once; paying twice, or another amount, is refused.
    fn refund(&mut self) {
        let mut ledger = self.desk.ledger();
        let law = Law::read(&ledger.books(), Calendar::built_in()).unwrap();
        let by = actor();
        let each = work::owed(&ledger.books(), &law, by.at).unwrap();
        let each =
            each.into_iter().filter_map(|owed| owed.amounts).map(|amounts| amounts.refund).sum::<Money>();
        assert_eq!(work::owed_in_all(&ledger.books()).unwrap(), each);
        for owed in work::owed(&ledger.books(), &law, by.at).unwrap() {
            let Some(work::Amounts { refund: amount, .. }) = owed.amounts else { continue };
            let matched = ledger.books().match_of(owed.stored.id).unwrap().unwrap();
            let paid = owed.stored.record.paid.unwrap();
            assert_eq!(amount, paid - self.shares[&matched.settlement.setl_id]);
            assert!(amount > Money::ZERO && amount <= paid);
            if self.dice.percent(20) {
                continue;
            }
            let mut pay =
                |amount: Money| work::pay(&mut ledger, &by, Mode::Keep, &owed.stored, amount, "T-1", None);
            let one_fen = Money::from_fen(1);
            assert!(matches!(pay(amount + one_fen), Err(WorkError::RefundAmount { .. })));
            pay(amount).unwrap();
            assert!(matches!(pay(amount), Err(WorkError::RefundedAlready { .. })));
            assert_eq!(self.refunds.insert(owed.stored.id, amount), None, "a second refund");
        }
    }

    /// Takes some settlements back, as a later statement would say.
    fn reversals(&mut self, statement: &Sheet) -> Sheet {
        let mut later = Sheet::new(&statement.head);
        let ledger = self.desk.ledger();
        for stored in records(&ledger) {
            let Some(matched) = ledger.books().match_of(stored.id).unwrap() else { continue };
            if self.dice.percent(20) {
                let settled = |row: &&Vec<String>| row[0] == matched.settlement.setl_id;
                let mut row = statement.rows.iter().find(settled).unwrap().clone();
                row[0] = format!("V{}", &row[0][1..]);
                for (cell, head) in row.iter_mut().zip(&statement.head) {
                    match *head {
                        "refd_setl_flag" => "1".clone_into(cell),
                        "medfee_sumamt" | "fund_pay_sumamt" | "acct_pay" | "psn_cash_pay" => {
                            *cell = (Money::ZERO - cell.parse::<Money>().unwrap()).to_string();
                        }
                        "setl_time" => "2021-11-28 10:00:00".clone_into(cell),
                        _ => {}
                    }
                }
                later.rows.push(row);
            }
        }
        later
    }

    /// Resolves some breaks and closes what may be closed.
    fn close(&mut self) {
        let mut ledger = self.desk.ledger();
        let law = Law::read(&ledger.books(), Calendar::built_in()).unwrap();
        let by = actor();
        for open in ledger.books().breaks(Some(BreakState::Open)).unwrap() {
            if self.dice.percent(40) {
                let how = Resolution::Waived;
                work::resolve(&mut ledger, &by, Mode::Keep, open.id, how, "核对单").unwrap();
                assert!(work::resolve(&mut ledger, &by, Mode::Keep, open.id, how, "核对单").is_err());
            }
        }
        for stored in records(&ledger) {
            let open = ledger.books().breaks_of(stored.id).unwrap();
            let open = open.iter().any(|found| found.phase().is_outstanding());
            let owed = work::owed_for(&ledger.books(), &stored).is_ok_and(|owed| owed > Money::ZERO);
            let owed = owed && stored.stage == Stage::Settled;
            let cleared = work::clear(&mut ledger, &law, &by, Mode::Keep, &stored, "结算单").is_ok();
            assert!(!(cleared && open), "{} is closed with a break that is not done with", stored.number);
            assert!(!(cleared && owed), "{} is closed and its refund is not paid", stored.number);
            let may = matches!(stored.stage, Stage::Settled | Stage::Refunded) && !open && !owed;
            assert!(cleared || !may, "{} is {:?} and cannot be closed", stored.number, stored.stage);
        }
    }

    /// What holds at every moment.
    fn holds(&self) {
        sound(&self.desk);
        let ledger = self.desk.ledger();
        let books = ledger.books();
        let mut live = BTreeMap::new();
        for stored in records(&ledger) {
            let refund = books.refund(stored.id).unwrap();
            assert_eq!(refund.as_ref().map(|refund| refund.amount), self.refunds.get(&stored.id).copied());
            let matched = books.match_of(stored.id).unwrap();
            match stored.stage {
                Stage::Settled => assert!(matched.is_some() && refund.is_none()),
                Stage::Refunded => assert!(refund.is_some()),
                Stage::Cleared => assert!(books.clearing(stored.id).unwrap().is_some()),
                _ => assert!(matched.is_none() && refund.is_none(), "{} {:?}", stored.number, stored.stage),
            }
            if let Some(matched) = matched {
                let setl = matched.settlement.setl_id;
                assert_eq!(live.insert(setl, stored.id), None, "one settlement for two records");
            }
            // Refused records may go out again; no record is out twice at the same time.
            let out = books.batches_of(stored.id).unwrap();
            let out = out.iter().flat_map(|batch| books.members(*batch).unwrap());
            let waiting =
                out.filter(|m| m.record == stored.id && m.answer != Some(guazhang::domain::Answer::Refused));
            assert!(waiting.count() <= 1, "{} is out twice", stored.number);
        }
        let sum: Money = books.summary().unwrap().iter().map(|line| line.total).sum();
        assert_eq!(sum, records(&ledger).iter().map(|stored| stored.record.total).sum());
    }
}

/// A story from beginning to end.
fn tell(seed: u64, visits: u64) -> Story {
    let world = World::with(visits, seed, SHARES);
    let mut story = Story::new(&world, seed ^ 1);
    story.holds();
    for purpose in [Purpose::Resettle, Purpose::Backfill, Purpose::Resettle] {
        story.send(purpose);
        story.correct();
        story.holds();
    }
    let half = world.statement.rows.len() / 2;
    let mut first = world.statement.clone();
    first.rows.truncate(half);
    story.reconcile(&first);
    story.holds();
    story.refund();
    story.holds();
    story.reconcile(&world.statement);
    story.holds();
    let later = story.reversals(&world.statement);
    story.reconcile(&later);
    story.holds();
    story.close();
    story.holds();
    story.refund();
    story.send(Purpose::Resettle);
    story.close();
    story.holds();
    story.reconcile(&world.statement);
    story.holds();
    // Some weeks on, what is settled and not paid back yet is told too.
    story.reconcile_at("2022-02-01T09:00:00", &later);
    story.holds();
    story
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_books_stay_true(seed in any::<u64>(), visits in 8..16_u64) {
        tell(seed, visits);
    }
}

/// The stories above would show little if nothing happened in them.
#[test]
fn much_happens_in_a_story() {
    let story = tell(3, 60);
    let ledger = story.desk.ledger();
    let at = |stage: Stage| records(&ledger).iter().filter(|stored| stored.stage == stage).count();
    assert!(story.refunds.len() >= 3, "{} refunds", story.refunds.len());
    assert!(at(Stage::Cleared) >= 3 && at(Stage::Pending) >= 1, "{:?}", ledger.books().summary());
    let breaks = ledger.books().breaks(None).unwrap();
    for state in [BreakState::Open, BreakState::Resolved, BreakState::Gone] {
        assert!(breaks.iter().any(|found| found.state == state), "no break is {state:?}");
    }
    let answers = ledger.books().batches().unwrap();
    assert!(answers.iter().any(|batch| batch.refused > 0) && answers.iter().any(|batch| batch.accepted > 0));
}
