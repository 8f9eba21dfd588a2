//! The table of fields as a page to read: `docs/fields.md`.
//!
//! A test keeps the page equal to what is written here.

use super::{Field, Node, Shape, nodes};
use crate::batch::codes;
use std::fmt::Write as _;

const OPENING: &str = "# Fields

What a batch holds, call by call and node by node. This page is made from the table that the checks, the headings of
the CSV files and the nodes of the JSON calls are made from; a test keeps it equal. Ids, widths and required marks are
defaults: a region's [profile](profiles.md) says where it differs. Before the fields of its own, the file of a call has
the columns `number` and `record_no`, and where it settles `msgid`.

`text(n)`: at most n characters. `digits(n)`: digits only; 15 at most are written. `number(n,d)`: n digits, d of them
decimals. A code table in *italics* has codes besides that regions add; such a value goes out and is counted.

";

/// The whole page.
pub fn page() -> String {
    let mut page = OPENING.to_owned();
    for node in nodes() {
        let rows = if node.many { ", several rows" } else { "" };
        let _ = writeln!(page, "## {} {}\n\n{}{rows}\n", node.key(), node.zh, node.en);
        page.push_str("| field | 中文 | English | type | required | codes |\n|---|---|---|---|---|---|\n");
        for field in &*node.fields {
            row(&mut page, field);
        }
        page.push('\n');
    }
    page.push_str("# Code tables\n");
    for table in codes::tables() {
        let _ = write!(page, "\n## {}\n\n| code | 中文 | English |\n|---|---|---|\n", table.name);
        for code in &table.codes {
            let _ = writeln!(page, "| {} | {} | {} |", code.code, code.zh, code.en);
        }
    }
    page
}

fn row(page: &mut String, field: &Field) {
    let codes = match field.codes.map(|name| (name, codes::table(name))) {
        None => String::new(),
        Some((name, Some(table))) if table.local => format!("*[{name}](#{name})*"),
        Some((name, Some(_))) => format!("[{name}](#{name})"),
        Some((name, None)) => name.to_owned(),
    };
    let required = if field.required { "yes" } else { "" };
    let shape = said(field.shape);
    let _ =
        writeln!(page, "| `{}` | {} | {} | {shape} | {required} | {codes} |", field.id, field.zh, field.en);
}

fn said(shape: Shape) -> String {
    match shape {
        Shape::Text(width) => format!("text({width})"),
        Shape::Digits(width) => format!("digits({width})"),
        Shape::Number(digits, decimals) => format!("number({digits},{decimals})"),
        Shape::Date => "date".to_owned(),
        Shape::DateTime => "datetime".to_owned(),
        Shape::Words => "words".to_owned(),
    }
}

impl Node {
    /// Its fields as the coverage report counts them: all, and those the platform asks for.
    pub fn counts(&self) -> (usize, usize) {
        (self.fields.len(), self.fields.iter().filter(|field| field.required).count())
    }
}
