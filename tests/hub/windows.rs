//! Facilities beside the hub: their own ledgers come to the same verdicts, open what the hub
//! answers, and get back what it kept of a PC that was lost.

use crate::City;
use crate::cluster::{Cluster, here};
use crate::common::{self, Desk, sound};
use std::collections::BTreeMap;
use std::fs;

/// A window of a made-up facility, which trusts the hub, and which the hub trusts.
fn window(city: &City, code: &str, station: &str) -> Desk {
    let desk = Desk::empty();
    let init = ["init", "--facility", code, "--name", "演练机构", "--station", station];
    desk.run(&[&init[..], &["--notice", common::NOTICE]].concat()).ended(0);
    desk.run(&["notice", "resumed", common::NOTICE, "all", "2021-10-31T22:00:00"]).ended(0);
    let own = desk.json(&["bundle", "keys"]);
    let (line, print) = (own["line"].as_str().unwrap(), own["fingerprint"].as_str().unwrap());
    city.hub(&["trust", line, "--fingerprint", print]).ended(0);
    let hub = city.desk.json(&["hub", "keys"]);
    let (line, print) = (hub["key"].as_str().unwrap(), hub["fingerprint"].as_str().unwrap());
    desk.run(&["bundle", "keys", "trust", line, "--fingerprint", print]).ended(0);
    desk
}

/// What the hub kept of window A1, opened at another window.
fn rebuilt(city: &City, code: &str, desk: &Desk, station: &str) {
    let folder = format!("back-{code}-{station}");
    let said = city.hub(&["rebuild", code, "A1", "--to", station, "--out", &folder]).ended(0).json();
    let folder = city.desk.file(&folder);
    let key = folder.join(said["key"].as_str().unwrap());
    let print = said["fingerprint"].as_str().unwrap();
    desk.run(&["bundle", "keys", "trust", key.to_str().unwrap(), "--fingerprint", print]).ended(0);
    for item in said["items"].as_array().unwrap() {
        let file = folder.join(item["file"].as_str().unwrap());
        desk.run(&["bundle", "open", file.to_str().unwrap()]).ended(0);
    }
}

/// The rows of one facility out of the city's statements.
fn own_statement(city: &City, code: &str, desk: &Desk) {
    let mut text = String::new();
    for name in city.statements() {
        for line in fs::read_to_string(city.desk.file(&name)).unwrap().lines() {
            if line.starts_with(code) || (text.is_empty() && line.starts_with("fixmedins_code")) {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    desk.write("statement.csv", text);
}

/// The verdict on every record at a window.
fn verdicts(desk: &Desk) -> BTreeMap<String, String> {
    let listed = desk.json(&["list", "--limit", "100000"]);
    let items = listed["items"].as_array().unwrap();
    let word = |item: &serde_json::Value| {
        let verdict = item["verdict"].as_str().unwrap_or("-").to_owned();
        (item["number"].as_str().unwrap().to_owned(), verdict)
    };
    items.iter().map(word).collect()
}

#[test]
fn a_facility_comes_to_the_verdicts_of_the_hub_by_itself() {
    if !here() {
        return;
    }
    let cluster = Cluster::start();
    let city = City::made_up(&cluster.database("city"), 4, 600);
    city.load().ended(0);
    city.hub(&["reconcile"]).ended(3);
    let all = City::verdicts(&mut cluster.sql("city"));
    for place in 0..4 {
        let code = format!("H1499990000{place}");
        let desk = window(&city, &code, "B1");
        rebuilt(&city, &code, &desk, "B1");
        own_statement(&city, &code, &desk);
        desk.run(&["reconcile", "statement.csv"]).ended(3);
        let of_hub: BTreeMap<String, String> = (all.iter())
            .filter(|((facility, _), _)| *facility == code)
            .map(|((_, number), verdict)| (number.clone(), verdict.clone()))
            .collect();
        assert_eq!(verdicts(&desk), of_hub, "{code}");
        sound(&desk);
    }
}

#[test]
fn what_the_hub_answers_is_opened_like_any_bundle() {
    if !here() {
        return;
    }
    let cluster = Cluster::start();
    let city = City::made_up(&cluster.database("city"), 2, 200);
    let code = "H14999900001";
    city.hub(&["answer", "--out", "none"]).ended(4);
    city.hub(&["load", "city/bundles"]).ended(0);
    let desk = window(&city, code, "B1");
    rebuilt(&city, code, &desk, "B1");
    // Before the statement came, nothing is settled.
    city.hub(&["reconcile"]).ended(3);
    let first = city.hub(&["answer", "--out", "first", "--facility", code]).ended(0).json();
    assert_eq!((first["bundles"].clone(), first["new"].clone()), (1.into(), 200.into()));
    city.hub(&["load", "city/statement-000.csv"]).ended(0);
    city.hub(&["reconcile"]).ended(3);
    city.hub(&["answer", "--out", "second", "--facility", code]).ended(0);
    let again = city.hub(&["answer", "--out", "third", "--facility", code]).ended(0).json();
    assert_eq!(again["new"], 0, "nothing is said twice");
    // A folder that all share has the hub's own bundles in it too.
    let own = city.hub(&["load", "third"]).ended(0).json();
    assert_eq!((own["files"].clone(), own["new_in_all"].clone()), (1.into(), 0.into()));
    // In whichever order, and however often.
    for folder in ["second", "first", "third", "second"] {
        for entry in fs::read_dir(city.desk.file(folder)).unwrap() {
            let path = entry.unwrap().path();
            let ran = desk.run(&["bundle", "open", path.to_str().unwrap()]);
            assert!(ran.code == 0 || ran.code == 3, "{folder}: {}", ran.err);
        }
    }
    let all = City::verdicts(&mut cluster.sql("city"));
    let listed = desk.json(&["list", "--limit", "1000"]);
    let mut settled = 0;
    for item in listed["items"].as_array().unwrap() {
        let number = item["number"].as_str().unwrap();
        let verdict = &all[&(code.to_owned(), number.to_owned())];
        assert_eq!(item["verdict"].as_str(), Some(verdict.as_str()), "{number}");
        let stage = item["stage"].as_str().unwrap();
        assert_eq!(stage == "settled", verdict == "matched", "{number} {stage} {verdict}");
        settled += usize::from(stage == "settled");
    }
    assert!(settled > 150, "{settled}");
    sound(&desk);
}
