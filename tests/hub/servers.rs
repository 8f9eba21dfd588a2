//! The same commands over three servers: the large tables are partitions by facility that lie
//! elsewhere (`postgres_fdw`), laid out by hand before the hub is founded.

use crate::City;
use crate::cluster::{Cluster, here};

const LARGE: [&str; 11] = [
    "bundle",
    "bundle_file",
    "record",
    "record_content",
    "said",
    "attendance",
    "settlement",
    "verdict_0",
    "verdict_1",
    "row_verdict_0",
    "row_verdict_1",
];

/// The columns of a table, without its key: no key reaches over servers.
fn columns(table: &str) -> String {
    let schema = include_str!("../../src/hub/schema.sql");
    let (_, rest) = schema.split_once(&format!("CREATE TABLE {table} (")).unwrap();
    let (inside, _) = rest.split_once("\n);").unwrap();
    let lines = inside.lines().map(|line| line.split("--").next().unwrap().trim_end().trim_end_matches(','));
    let kept: Vec<&str> =
        lines.filter(|line| !line.trim().is_empty() && !line.contains("PRIMARY KEY")).collect();
    kept.join(",\n")
}

#[test]
fn the_same_sql_over_three_servers() {
    if !here() {
        return;
    }
    let city = Cluster::start();
    let others = [Cluster::start(), Cluster::start(), Cluster::start()];
    let url = city.database("city");
    let mut sql = city.sql("city");
    sql.batch_execute("CREATE EXTENSION postgres_fdw").unwrap();
    for (at, other) in others.iter().enumerate() {
        let place = City::at(&other.database("part"));
        place.hub(&["init"]).ended(0);
        sql.batch_execute(&format!(
            "CREATE SERVER s{at} FOREIGN DATA WRAPPER postgres_fdw
                 OPTIONS (host '127.0.0.1', port '{}', dbname 'part', batch_size '500');
             CREATE USER MAPPING FOR postgres SERVER s{at} OPTIONS (user 'postgres')",
            other.port()
        ))
        .unwrap();
    }
    for table in LARGE {
        let by = if table == "attendance" { "person" } else { "facility" };
        sql.batch_execute(&format!("CREATE TABLE {table} ({}) PARTITION BY HASH ({by})", columns(table)))
            .unwrap();
        for at in 0..others.len() {
            sql.batch_execute(&format!(
                "CREATE FOREIGN TABLE {table}_at_{at} PARTITION OF {table}
                     FOR VALUES WITH (MODULUS 3, REMAINDER {at}) SERVER s{at} OPTIONS (table_name '{table}')"
            ))
            .unwrap();
        }
    }
    let made_up = City::made_up(&url, 6, 120);
    made_up.load().ended(0);
    assert_eq!(made_up.load().ended(0).json()["new_in_all"], 0);
    made_up.hub(&["reconcile"]).ended(3);
    assert_eq!(City::verdicts(&mut sql), made_up.truth());
    for other in &others {
        assert!(crate::count(&mut other.sql("part"), "record") > 0, "each server has its share");
    }
}
