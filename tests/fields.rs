//! The table of fields against the platform's own: every field of every call, as transcribed in
//! `fixtures/reference`, compared with the table in the code; and the page made from that table.
//!
//! `UPDATE_DOCS=1 cargo test --test fields` writes the page anew.

use guazhang::batch::fields::{Field, Node, Shape, nodes, page};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Fields whose code table the transcribed text forgets to mark, though other calls mark the same field.
const UNMARKED: [&str; 3] = ["cert_type", "psn_cert_type", "psn_type"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// One field as transcribed.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    node: String,
    many: bool,
    id: String,
    zh: String,
    shape: Shape,
    required: bool,
    coded: bool,
}

fn transcribed(path: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).expect("a transcription");
    let rows = reader.records().map(|row| {
        let row = row.expect("a row");
        let number = |at: usize| row[at].parse::<usize>().expect("a width");
        let shape = match &row[4] {
            "text" => Shape::Text(number(5)),
            "digits" => Shape::Digits(number(5)),
            "number" => Shape::Number(number(5), number(6)),
            "date" => Shape::Date,
            "datetime" => Shape::DateTime,
            other => panic!("{}: {other}", path.display()),
        };
        Row {
            node: row[0].to_owned(),
            many: &row[1] == "many",
            id: row[2].to_owned(),
            zh: row[3].to_owned(),
            shape,
            required: &row[7] == "yes",
            coded: &row[8] == "yes",
        }
    });
    rows.collect()
}

fn ours(node: &Node, field: &Field) -> Row {
    Row {
        node: node.name.to_owned(),
        many: node.many,
        id: field.id.to_string(),
        zh: field.zh.to_string(),
        shape: field.shape,
        required: field.required,
        coded: field.codes.is_some(),
    }
}

fn references() -> BTreeMap<String, PathBuf> {
    let found = fs::read_dir(root().join("fixtures/reference")).expect("the transcriptions");
    let paths = found.map(|entry| entry.expect("an entry").path());
    paths.map(|path| (path.file_stem().expect("a name").to_string_lossy().into_owned(), path)).collect()
}

#[test]
fn every_field_of_every_call_is_the_platforms() {
    let references = references();
    let calls: BTreeSet<String> =
        nodes().filter(|node| !node.is_list()).map(|node| node.transaction.to_owned()).collect();
    assert_eq!(calls, references.keys().cloned().collect(), "every call is transcribed, and no other");
    for (call, path) in &references {
        let of_call = nodes().filter(|node| node.transaction == call);
        let table: Vec<Row> =
            of_call.flat_map(|node| node.fields.iter().map(|field| ours(node, field))).collect();
        let reference = transcribed(path);
        assert_eq!(table.len(), reference.len(), "{call}: as many fields");
        for (found, want) in table.iter().zip(&reference) {
            if UNMARKED.contains(&&*found.id) {
                assert!(found.coded, "{call} {}", found.id);
                assert_eq!((&found.zh, found.shape, found.required), (&want.zh, want.shape, want.required));
            } else {
                assert_eq!(found, want, "{call}");
            }
        }
    }
    assert!(references.len() >= 30, "{}", references.len());
}

#[test]
fn the_page_is_the_table() {
    let path = root().join("docs/fields.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, page()).expect("docs can be written");
    }
    let written = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(written == page(), "docs/fields.md is not the table: UPDATE_DOCS=1 cargo test --test fields");
}
