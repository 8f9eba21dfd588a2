//! A vendor's interface program: it makes the calls of a batch in the order of
//! `run-order.csv`, fills the placeholders and keeps every answer beside its call's name.
//!
//! When a call is refused or not answered, the rest of that record waits.

use crate::book::Platform;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Replays a folder of calls; one file of answers for each call that was made lies in `out` afterwards, empty where no
/// answer came.
pub(crate) fn replay(platform: &mut Platform, batch: &Path, out: &Path) {
    fs::create_dir_all(out).unwrap();
    let mut order = csv::Reader::from_path(batch.join("run-order.csv")).unwrap();
    let mut returned: BTreeMap<(String, String), Value> = BTreeMap::new();
    let mut stopped = BTreeSet::new();
    for row in order.records().map(Result::unwrap) {
        let (file, number, infno) = (&row[1], &row[2], &row[4]);
        if stopped.contains(number) {
            continue;
        }
        let call = fs::read_to_string(batch.join(file)).unwrap();
        let call: Value = serde_json::from_str(&call).unwrap();
        let call = filled(&call, &|path| match path.split_once('.').unwrap() {
            ("fill", id) => platform.rules.fill(infno, id),
            ("online", id) => format!("online {id}"),
            (earlier, path) => {
                let answer = returned.get(&(number.to_owned(), earlier.to_owned()));
                path.split('.')
                    .fold(answer, |at, key| at.map(|at| inner(at, key)))
                    .map(plain)
                    .unwrap_or_default()
            }
        });
        let answer = platform.call(&call);
        let text = answer.as_ref().map_or_else(String::new, ToString::to_string);
        fs::write(out.join(file), text).unwrap();
        match answer.filter(|answer| answer["infcode"] == 0) {
            Some(answer) => {
                returned.insert((number.to_owned(), infno.to_owned()), answer["output"].clone());
            }
            None => {
                stopped.insert(number.to_owned());
            }
        }
    }
}

/// A field of a node; of several rows the first.
fn inner<'v>(value: &'v Value, key: &str) -> &'v Value {
    if value.is_array() { &value[0][key] } else { &value[key] }
}

fn plain(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The same message with every placeholder replaced.
fn filled(value: &Value, with: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix("{{").and_then(|text| text.strip_suffix("}}")) {
            Some(path) => Value::String(with(path)),
            None => value.clone(),
        },
        Value::Array(all) => all.iter().map(|one| filled(one, with)).collect(),
        Value::Object(map) => map.iter().map(|(key, one)| (key.clone(), filled(one, with))).collect(),
        _ => value.clone(),
    }
}
