//! How a batch is written: as which files, in which characters, under which headings.

use super::fields::{Field, Node};
use crate::closed_list;
use crate::text::Lang;
use serde::{Deserialize, Serialize};

closed_list! {
    /// What the files of a batch are.
    Form as "shape" {
        Csv = "csv", "每个节点一个 CSV", "one CSV for each node";
        Calls = "calls", "每次调用一个 JSON", "one JSON for each call";
        Xlsx = "xlsx", "给人看的工作簿", "a workbook for people";
    }
}

closed_list! {
    /// The characters of a CSV file. JSON is always UTF-8.
    Encoding as "encoding" {
        Utf8Bom = "utf-8-bom", "UTF-8 带 BOM", "UTF-8 with byte order mark";
        Utf8 = "utf-8", "UTF-8", "UTF-8";
        Gb18030 = "gb18030", "GB18030", "GB18030";
    }
}

closed_list! {
    /// The first line of a CSV file.
    Headings as "headings" {
        Id = "id", "字段名", "field ids";
        Zh = "zh", "中文名称", "Chinese names";
    }
}

/// How a batch is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// What the files are.
    pub form: Form,
    /// Their characters.
    pub encoding: Encoding,
    /// Their headings; by default ids in files for the platform, words in lists for people.
    pub headings: Option<Headings>,
}

impl Default for Layout {
    fn default() -> Layout {
        Layout { form: Form::Csv, encoding: Encoding::Utf8Bom, headings: None }
    }
}

impl Layout {
    /// The heading of a column.
    pub(super) fn heading<'f>(self, node: &Node, field: &'f Field, lang: Lang) -> &'f str {
        match self.headings {
            Some(Headings::Zh) => &field.zh,
            None if node.is_list() => field.name(lang),
            Some(Headings::Id) | None => &field.id,
        }
    }

    /// In one line, for the manifest.
    pub(super) fn said(self) -> String {
        let encoding = crate::text::Label::label(&self.encoding, Lang::En);
        match self.form {
            Form::Csv => format!("csv, {encoding}, CRLF, RFC 4180; one file per node"),
            Form::Calls => "json, UTF-8; one file per call, in the order of run-order.csv".to_owned(),
            Form::Xlsx => "xlsx; one sheet per node, identifiers as text".to_owned(),
        }
    }
}
