//! How long one decision takes: the longest built-in notice by itself, and all of
//! them at once, for the shapes a record comes in.
//!
//! It measures `notice::decide` alone. Reading notices, files and the ledger is
//! measured from outside, see `README.md` beside this file.

#![allow(missing_docs, reason = "the macros at the bottom make functions that nobody calls by name")]
#![allow(clippy::unwrap_used, reason = "a bench that cannot go on has failed")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use guazhang::domain::{Facts, Time, fact_kind};
use guazhang::notice::{Calendar, Notice, Resumptions, builtin, builtin_ids, builtin_text, decide};
use serde_json::json;
use std::hint::black_box;
use std::time::Duration;

/// Records of every shape, by what the longest notice says of them.
fn records() -> Vec<(&'static str, Facts)> {
    #[rustfmt::skip] // the columns are the point
    let cases = [
        ("outpatient",    json!({ "kind": "outpatient", "occurred_at": "2021-12-31T09:00:00", "prepaid": true, "papers": ["receipt"] })),
        ("inpatient",     json!({ "kind": "inpatient", "admitted_at": "2021-12-20T08:00:00", "locality": "outbound", "dischargeable": false, "filed": true })),
        ("filing",        json!({ "kind": "filing", "line": "chronic_enrolment", "applied_on": "2021-12-27", "papers": ["signed_form"] })),
        ("out of window", json!({ "kind": "outpatient", "occurred_at": "2021-11-01T09:00:00", "prepaid": true })),
        ("undetermined",  json!({ "kind": "outpatient", "occurred_at": "2021-12-31T09:00:00" })),
    ];
    cases.map(|(name, facts)| (name, whole(facts))).into()
}

/// The facts with what every record of a ledger has besides.
fn whole(mut facts: serde_json::Value) -> Facts {
    let besides = [
        ("line", "ordinary"),
        ("insurance", "310"),
        ("locality", "local"),
        ("facility", "H32058200001"),
        ("insured_area", "320582"),
    ];
    for (name, word) in besides {
        if facts[name].is_null() {
            facts[name] = word.into();
        }
    }
    Facts::from_json(facts.as_object().unwrap(), fact_kind).unwrap()
}

fn decisions(c: &mut Criterion) {
    let all: Vec<&Notice> = builtin_ids().filter_map(builtin).collect();
    let longest = all.iter().copied().max_by_key(|notice| builtin_text(notice.id()).map_or(0, str::len));
    let longest: Vec<&Notice> = longest.into_iter().collect();
    let calendar = Calendar::built_in();
    let resumed: Resumptions = ["all=2022-01-02T08:00:00".parse().unwrap()].into_iter().collect();
    let as_of: Time = "2022-01-05T10:00:00".parse().unwrap();
    for (name, notices) in [("longest notice", &longest), ("all notices", &all)] {
        let mut group = c.benchmark_group(name);
        group.throughput(Throughput::Elements(1));
        for (shape, facts) in records() {
            group.bench_with_input(BenchmarkId::from_parameter(shape), &facts, |b, facts| {
                b.iter(|| decide(black_box(notices), black_box(facts), &resumed, &calendar, as_of));
            });
        }
        group.finish();
    }
}

fn briefly() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .without_plots()
}

criterion_group!(name = benches; config = briefly(); targets = decisions);
criterion_main!(benches);
