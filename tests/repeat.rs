//! Giving a file again, in parts, or in another shape changes nothing: the
//! ledger says the same, and where nothing is new there is no new event.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod common;

use common::world::World;
use common::{Desk, Dice, Sheet, map};
use proptest::prelude::*;

const VISITS: u64 = 60;

/// A way to write a sheet down.
type Shape = fn(&Sheet) -> String;

/// What a desk says after the sheets as they were made.
fn plain(world: &World) -> Vec<String> {
    let desk = Desk::new();
    desk.import(&world.records, &world.lines).ended(0);
    desk.reconcile(&world.statement).ended(3);
    desk.content()
}

#[test]
fn what_is_known_leaves_no_event() {
    let world = World::new(VISITS, 1);
    let desk = Desk::new();
    let mut dice = Dice::new(2);
    desk.import(&world.records, &world.lines).ended(0);
    let head = desk.head();
    desk.import(&world.records, &world.lines).ended(0);
    desk.import(&world.records.shuffled(&mut dice), &world.lines.shuffled(&mut dice)).ended(0);
    desk.import(&world.records.turned(&mut dice), &world.lines.turned(&mut dice)).ended(0);
    assert_eq!(desk.head(), head, "records");

    desk.reconcile(&world.statement).ended(3);
    let (head, content) = (desk.head(), desk.content());
    desk.reconcile(&world.statement).ended(3);
    desk.reconcile(&world.statement.shuffled(&mut dice)).ended(3);
    desk.reconcile(&world.statement.turned(&mut dice)).ended(3);
    desk.run(&["reconcile", "statement.csv", "statement.csv", "--map", &map()]).ended(3);
    assert_eq!(desk.head(), head, "statement");
    desk.import(&world.records, &world.lines).ended(0);
    assert_eq!(desk.head(), head, "records once more");
    assert_eq!(desk.content(), content);
}

#[test]
fn another_shape_of_a_file_is_the_same_file() {
    let world = World::new(VISITS, 3);
    let expected = plain(&world);
    let shapes: [(&str, Shape); 5] = [
        ("a byte order mark and CRLF", Sheet::text_of_windows),
        ("columns in another order", |sheet| sheet.turned(&mut Dice::new(4)).text()),
        ("rows in another order", |sheet| sheet.shuffled(&mut Dice::new(5)).text()),
        ("rows from the last to the first", |sheet| {
            let mut sheet = sheet.clone();
            sheet.rows.reverse();
            sheet.text()
        }),
        ("all of it", |sheet| sheet.turned(&mut Dice::new(6)).shuffled(&mut Dice::new(7)).text_of_windows()),
    ];
    for (what, shape) in shapes {
        let desk = Desk::new();
        desk.write("records.csv", shape(&world.records));
        desk.write("lines.csv", shape(&world.lines));
        desk.write("statement.csv", shape(&world.statement));
        desk.run(&["import", "records", "records.csv", "--lines", "lines.csv", "--map", &map()]).ended(0);
        desk.run(&["reconcile", "statement.csv", "--map", &map()]).ended(3);
        assert_eq!(desk.content(), expected, "{what}");
        // The shape it was made in is known as well.
        let head = desk.head();
        desk.import(&world.records, &world.lines).ended(0);
        desk.reconcile(&world.statement).ended(3);
        assert_eq!(desk.head(), head, "{what}, then as it was made");
    }
}

#[test]
fn equal_rows_without_a_number_stay_as_many() {
    const HEAD: &[&str] = &["record_no", "kind", "name", "occurred_at", "total"];
    let row =
        |name: &str| ["", "outpatient", name, "2021-10-25 09:00:00", "12.50"].map(str::to_owned).to_vec();
    let sheet = |names: &[&str]| {
        let mut sheet = Sheet::new(HEAD);
        sheet.rows.extend(names.iter().map(|name| row(name)));
        sheet.text()
    };
    #[rustfmt::skip] // the columns are the point
    let cases: [(&[&[&str]], usize); 6] = [
        // files in turn                                          records
        (&[&["陆样", "陆样", "陆样"]],                              3),
        (&[&["陆样", "陆样", "陆样"], &["陆样", "陆样", "陆样"]],    3),
        (&[&["陆样", "陆样"], &["陆样", "陆样", "陆样"]],            3),
        (&[&["陆样", "陆样", "陆样"], &["陆样"]],                    3),
        (&[&["陆样", "韦样", "陆样"], &["韦样", "陆样", "陆样"]],    3),
        (&[&["陆样", "韦样"], &["陆样", "苏样"]],                    3),
    ];
    for (files, records) in cases {
        let desk = Desk::new();
        for names in files {
            desk.write("records.csv", sheet(names));
            desk.run(&["import", "records", "records.csv"]).ended(0);
        }
        let list = desk.json(&["list"]);
        assert_eq!(list["items"].as_array().map(Vec::len), Some(records), "{files:?}");
        let head = desk.head();
        desk.run(&["import", "records", "records.csv"]).ended(0);
        assert_eq!(desk.head(), head, "{files:?}");
    }
}

#[test]
fn what_is_typed_twice_is_two_records() {
    let desk = Desk::new();
    let add =
        ["add", "outpatient", "--name", "陆样", "--occurred-at", "2021-10-25 09:00", "--total", "12.50"];
    desk.run(&add).ended(0);
    desk.run(&add).ended(0);
    assert_eq!(desk.json(&["list"])["items"].as_array().map(Vec::len), Some(2));
}

/// Two halves of a sheet that overlap: `pick` of each row says which of them has it.
fn halves(sheet: &Sheet, picks: &[u8]) -> [Sheet; 2] {
    let side = |bit: u8| {
        let mut half = Sheet { head: sheet.head.clone(), rows: Vec::new() };
        let rows = sheet.rows.iter().zip(picks.iter().cycle());
        half.rows.extend(rows.filter(|(_, pick)| *pick & bit != 0).map(|(row, _)| row.clone()));
        half
    };
    [side(1), side(2)]
}

/// The verdicts and what stands in the register: what a person is told, whatever came first.
fn told(desk: &Desk) -> Vec<String> {
    let verdict = |line: &String| {
        let words: Vec<&str> = line.split(' ').collect();
        match words[0] {
            "record" => Some(format!("{} {}", words[1], words[4])),
            "break" => Some(line.clone()),
            _ => None,
        }
    };
    desk.content().iter().filter_map(verdict).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    /// Records in two overlapping parts, in either order, each shuffled and given as often as one likes.
    #[test]
    fn parts_of_a_records_file_make_the_whole(
        seed in 0..1_000_u64,
        picks in prop::collection::vec(1..=3_u8, 12),
        turns in prop::collection::vec(0..2_usize, 0..3),
    ) {
        let world = World::new(20, seed);
        let whole = Desk::new();
        whole.import(&world.records, &world.lines).ended(0);
        let parts = halves(&world.records, &picks);
        let mut dice = Dice::new(seed);
        let desk = Desk::new();
        for turn in turns.into_iter().chain([0, 1]) {
            let part = parts[turn].shuffled(&mut dice);
            let of_part = |no: &str| part.rows.iter().any(|row| row[0] == no);
            let lines = world.lines.only(of_part).shuffled(&mut dice);
            desk.import(&part, &lines).ended(0);
        }
        prop_assert_eq!(desk.content(), whole.content());
    }

    /// A statement in two overlapping parts says in the end what the whole would have said.
    #[test]
    fn parts_of_a_statement_make_the_whole(
        seed in 0..1_000_u64,
        picks in prop::collection::vec(1..=3_u8, 12),
        first in 0..2_usize,
    ) {
        let world = World::new(40, seed);
        let whole = Desk::new();
        whole.import(&world.records, &world.lines).ended(0);
        let desk = whole.copy();
        whole.reconcile(&world.statement);
        let parts = halves(&world.statement, &picks);
        for turn in [first, 1 - first, first] {
            desk.reconcile(&parts[turn]);
        }
        prop_assert_eq!(told(&desk), told(&whole));
        let head = desk.head();
        desk.reconcile(&world.statement);
        prop_assert_eq!(desk.head(), head);
    }
}
