//! The server goes away in the middle: no half of a bundle, a statement or a reconciliation
//! stands, whoever was at work is told so, and the same command afterwards completes.

use crate::cluster::{Cluster, here};
use crate::common::Dice;
use crate::{City, count};
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

/// How often the server is killed: a few times, or as `GUAZHANG_SERVER_KILLS` says.
fn times() -> u64 {
    std::env::var("GUAZHANG_SERVER_KILLS").ok().map_or(6, |text| text.parse().unwrap())
}

/// Every bundle that stands, stands with all its records, and a run that counts has a verdict on every record.
fn nothing_is_half(cluster: &Cluster) {
    let mut sql = cluster.sql("city");
    let told: i64 = sql
        .query_one("SELECT coalesce(sum(records), 0)::bigint FROM bundle WHERE state = 'merged'", &[])
        .unwrap()
        .get(0);
    for table in ["record", "record_content", "attendance"] {
        assert_eq!(count(&mut sql, table), told, "{table}");
    }
    assert_eq!(count(&mut sql, "bundle"), count(&mut sql, "bundle_file"));
    let rows: i64 =
        sql.query_one("SELECT coalesce(sum(new_rows), 0)::bigint FROM statement", &[]).unwrap().get(0);
    assert_eq!(count(&mut sql, "settlement"), rows);
    let last = "SELECT slot, outcome FROM run WHERE state = 'done' ORDER BY run DESC LIMIT 1";
    let last = sql.query_opt(last, &[]).unwrap();
    if let Some(row) = last {
        let (slot, outcome): (i16, String) = (row.get(0), row.get(1));
        let outcome: serde_json::Value = serde_json::from_str(&outcome).unwrap();
        let laid: i64 = ["in_sql", "untouched", "engine_records"]
            .iter()
            .map(|part| outcome[part].as_i64().unwrap())
            .sum();
        assert_eq!(count(&mut sql, &format!("verdict_{slot}")), laid, "a run that counts is whole");
    }
}

#[test]
fn a_server_that_is_killed_leaves_nothing_half() {
    if !here() {
        return;
    }
    let cluster = Cluster::start();
    let city = City::made_up(&cluster.database("city"), 12, 250);
    let statements = city.statements();
    let (mut broken, mut dice) = (0, Dice::new(7));
    for round in 0..times() {
        let loads = round % 3 != 2;
        let mut args = vec!["hub", if loads { "load" } else { "reconcile" }, "--url", &city.url];
        if loads {
            args.push("city/bundles");
            args.extend(statements.iter().map(String::as_str));
        } else {
            args.push("--take-over");
        }
        let mut child =
            city.desk.command(&args).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        sleep(Duration::from_millis(150 + dice.below(1500)));
        cluster.kill();
        let ended = child.wait().unwrap();
        // It was done before, or says that it was broken off; it never falls over.
        assert!(matches!(ended.code(), Some(0 | 1 | 3 | 5)), "{ended:?}");
        broken += u64::from(!matches!(ended.code(), Some(0 | 3)));
        cluster.up();
        nothing_is_half(&cluster);
    }
    assert!(broken > 0, "some of them must have been in the middle");
    city.load().ended(0);
    city.hub(&["reconcile", "--take-over"]).ended(3);
    nothing_is_half(&cluster);
    assert_eq!(City::verdicts(&mut cluster.sql("city")), city.truth());
}
