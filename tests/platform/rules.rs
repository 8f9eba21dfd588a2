//! What a call has to hold: required fields, widths and codes, from the transcribed
//! tables of the interface and not from the program's own.
//!
//! It knows nothing of what the platform has; that is the book's.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// One field of one node.
struct Field {
    node: String,
    many: bool,
    id: String,
    sort: String,
    width: usize,
    required: bool,
}

/// The tables of every call and of every code.
pub(crate) struct Rules {
    calls: BTreeMap<String, Vec<Field>>,
    codes: BTreeMap<String, BTreeSet<String>>,
}

/// Fields whose codes each region makes its own, so that no table is complete.
const LOCAL: [&str; 3] = ["psn_type", "med_type", "refl_type"];

impl Rules {
    pub(crate) fn read() -> Rules {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let stem = |path: &Path| path.file_stem().unwrap().to_string_lossy().into_owned();
        let files =
            |folder: &str| fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path());
        let mut rules = Rules { calls: BTreeMap::new(), codes: BTreeMap::new() };
        for path in files("fixtures/reference") {
            let mut reader = csv::Reader::from_path(&path).unwrap();
            let fields = reader.records().map(Result::unwrap).map(|row| Field {
                node: row[0].to_owned(),
                many: &row[1] == "many",
                id: row[2].to_owned(),
                sort: row[4].to_owned(),
                width: row[5].parse().unwrap_or(usize::MAX),
                required: &row[7] == "yes",
            });
            rules.calls.insert(stem(&path), fields.collect());
        }
        for path in files("src/batch/codes") {
            let mut reader = csv::Reader::from_path(&path).unwrap();
            rules.codes.insert(stem(&path), reader.records().map(|row| row.unwrap()[0].to_owned()).collect());
        }
        rules
    }

    /// Why a call is refused before the platform looks at what it has.
    pub(crate) fn refuse(&self, infno: &str, call: &Value) -> Result<(), String> {
        if call.to_string().contains("{{") {
            return Err("报文中有未替换的占位符".to_owned());
        }
        let fields = self.calls.get(infno).ok_or_else(|| format!("没有交易 {infno}"))?;
        for field in fields {
            let node = &call["input"][&field.node];
            let rows: Vec<&Value> = match node {
                Value::Array(rows) if field.many => rows.iter().collect(),
                Value::Object(_) if !field.many => vec![node],
                Value::Null => continue,
                _ => return Err(format!("节点 {} 的行数不对", field.node)),
            };
            if infno == "2301" && rows.len() > 100 {
                return Err("超过100条".to_owned());
            }
            rows.into_iter().try_for_each(|row| self.cell(field, &row[&field.id]))?;
        }
        Ok(())
    }

    fn cell(&self, field: &Field, value: &Value) -> Result<(), String> {
        let Field { id, sort, width, required, .. } = field;
        let text = value.as_str().unwrap_or_default();
        match sort.as_str() {
            _ if text.is_empty() && *required => return Err(format!("{id} 不能为空")),
            _ if text.is_empty() => return Ok(()),
            "text" if text.chars().count() > *width => return Err(format!("{id} 超长")),
            "digits" if !text.bytes().all(|b| b.is_ascii_digit()) => return Err(format!("{id} 不是数字")),
            "number" if text.parse::<rust_decimal::Decimal>().is_err() => {
                return Err(format!("{id} 不是数字"));
            }
            "datetime" if text.len() != 19 => return Err(format!("{id} 时间格式不对")),
            "date" if text.len() != 10 => return Err(format!("{id} 日期格式不对")),
            _ => {}
        }
        let table = self.codes.get(id).filter(|_| !LOCAL.contains(&&**id));
        if table.is_some_and(|codes| !codes.contains(text)) {
            return Err(format!("{id} 的代码值 {text} 不在字典中"));
        }
        Ok(())
    }

    /// A value that a facility would fill in where the ledger does not know it.
    pub(crate) fn fill(&self, infno: &str, id: &str) -> String {
        if let Some(code) = self.codes.get(id).and_then(|codes| codes.first()) {
            return code.clone();
        }
        let field = self.calls.get(infno).and_then(|fields| fields.iter().find(|field| field.id == id));
        match field.map(|field| field.sort.as_str()) {
            Some("datetime") => "2021-10-30 10:00:00",
            Some("date") => "2021-10-30",
            _ => "1",
        }
        .to_owned()
    }
}
