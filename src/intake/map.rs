//! The `--map` file: what a foreign sheet's headings and words mean here.
//!
//! One TOML file serves records, lines, statement, answers and census. It is read into
//! raw structs that refuse unknown keys, checked once, and then only asked. It
//! names columns and words; it computes nothing.
//!
//! ```toml
//! new_facilities = true          # facilities the ledger does not know are reported, not refused
//! [columns]
//! "region" = "insured_area"      # their heading = our column; "-" passes a column over on purpose
//! [values.kind]
//! pharmacy = "purchase"          # their word = our word
//! [constants]
//! id_type = "01"                 # stands where the sheet has no such column or an empty cell
//! [lines.columns]                # a section of one sheet stands before the shared one
//! [lines]
//! sheet = "明细"                  # the worksheet, where the file is a workbook
//! encoding = "gb18030"           # the character set, where the file is text
//! ```

use crate::intake::column::{Column, SheetKind, fact_name, plain, with_id};
use crate::intake::{Encoding, SheetError};
use crate::text::small_text;
use rustc_hash::FxHashMap;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// What a heading of the sheet is to be read as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Passed over on purpose.
    Ignored,
    /// The column at this place of the sheet's table.
    Column(usize),
    /// A fact.
    Fact(String),
}

/// A checked map; [`ColumnMap::none`] changes nothing.
#[derive(Clone, Debug, Default)]
pub struct ColumnMap {
    new_facilities: bool,
    shared: Section,
    own: [Section; 6],
}

#[derive(Clone, Debug, Default)]
struct Section {
    sheet: Option<String>,
    encoding: Option<Encoding>,
    columns: BTreeMap<String, String>,
    values: BTreeMap<String, Words>,
    constants: BTreeMap<String, String>,
}

/// Their words, in lower case, and ours.
pub(super) type Words = FxHashMap<String, String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMap {
    #[serde(default)]
    new_facilities: bool,
    encoding: Option<Encoding>,
    #[serde(default)]
    columns: BTreeMap<String, String>,
    #[serde(default)]
    values: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(default)]
    constants: BTreeMap<String, String>,
    #[serde(default)]
    records: RawSection,
    #[serde(default)]
    lines: RawSection,
    #[serde(default)]
    statement: RawSection,
    #[serde(default)]
    answers: RawSection,
    #[serde(default)]
    census: RawSection,
    #[serde(default)]
    accounts: RawSection,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSection {
    sheet: Option<String>,
    encoding: Option<Encoding>,
    #[serde(default)]
    columns: BTreeMap<String, String>,
    #[serde(default)]
    values: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(default)]
    constants: BTreeMap<String, String>,
}

impl ColumnMap {
    /// The map that changes nothing.
    pub fn none() -> ColumnMap {
        ColumnMap::default()
    }

    /// Reads and checks a map file.
    ///
    /// # Errors
    /// [`SheetError::Io`]; [`SheetError::Map`] where it is not such a TOML file, with the line;
    /// [`SheetError::MapColumn`] where it names a column that no sheet has.
    pub fn read(path: &Path) -> Result<ColumnMap, SheetError> {
        let text = small_text(path).map_err(|error| SheetError::io(path, &error))?;
        let raw: RawMap = toml::from_str(&text).map_err(|error| SheetError::Map {
            path: path.to_owned(),
            line: error.span().map_or(1, |span| line_at(&text, span.start)),
            text: error.message().to_owned(),
        })?;
        let shared = RawSection {
            sheet: None,
            encoding: raw.encoding,
            columns: raw.columns,
            values: raw.values,
            constants: raw.constants,
        };
        let own = [raw.records, raw.lines, raw.statement, raw.answers, raw.census, raw.accounts];
        check(path, &shared, SheetKind::ALL)?;
        for (section, kind) in own.iter().zip(SheetKind::ALL) {
            check(path, section, &[*kind])?;
        }
        Ok(ColumnMap {
            new_facilities: raw.new_facilities,
            shared: shared.into(),
            own: own.map(Section::from),
        })
    }

    /// The same map, with the worksheet that a file of `kind` is read from; `None` leaves it as it is.
    pub fn with_worksheet(mut self, kind: SheetKind, name: Option<&str>) -> ColumnMap {
        if let Some(name) = name {
            self.own[kind as usize].sheet = Some(name.to_owned());
        }
        self
    }

    /// The same map, with the character set in which text files are read; `None` leaves it as it is.
    pub fn with_encoding(mut self, encoding: Option<Encoding>) -> ColumnMap {
        if let Some(encoding) = encoding {
            self.own.iter_mut().for_each(|section| section.encoding = Some(encoding));
        }
        self
    }

    /// The same map, with further headings of a sheet of `kind` that it does not name itself: plain heading and our
    /// column, or `-`.
    pub(super) fn with_headings<'h>(
        mut self,
        kind: SheetKind,
        headings: impl IntoIterator<Item = (&'h String, &'h String)>,
    ) -> ColumnMap {
        for (theirs, ours) in headings {
            if !self.shared.columns.contains_key(theirs) {
                self.own[kind as usize].columns.entry(theirs.clone()).or_insert_with(|| ours.clone());
            }
        }
        self
    }

    /// The character set of a file of `kind`, where one was named.
    pub(super) fn encoding(&self, kind: SheetKind) -> Option<Encoding> {
        self.sections(kind).find_map(|section| section.encoding)
    }

    /// The worksheet to read, where one was named.
    pub(super) fn worksheet(&self, kind: SheetKind) -> Option<&str> {
        self.own[kind as usize].sheet.as_deref()
    }

    /// Whether records of facilities that the ledger does not know are taken.
    pub fn takes_new_facilities(&self) -> bool {
        self.new_facilities
    }

    /// What a heading, already in its plain form, means in a sheet of `kind`; `None` where the map is silent.
    pub(super) fn target(&self, kind: SheetKind, heading: &str) -> Option<Target> {
        self.sections(kind).find_map(|section| {
            let name = section.columns.get(heading)?;
            if is_ignored(name) {
                return Some(Target::Ignored);
            }
            // A shared entry may be meant for another sheet.
            with_id(kind.columns(), name).map(Target::Column).or_else(|| {
                let fact = fact_name(name).filter(|_| kind.has_facts())?;
                Some(Target::Fact(fact.to_owned()))
            })
        })
    }

    /// The words of a column.
    pub(super) fn words(&self, kind: SheetKind, column: &Column) -> Option<&Words> {
        self.sections(kind).find_map(|section| section.values.get(column.id))
    }

    /// What stands in a column's empty cells.
    pub(super) fn constant(&self, kind: SheetKind, column: &Column) -> Option<&str> {
        self.sections(kind).find_map(|section| section.constants.get(column.id)).map(String::as_str)
    }

    fn sections(&self, kind: SheetKind) -> impl Iterator<Item = &Section> {
        [&self.own[kind as usize], &self.shared].into_iter()
    }
}

impl From<RawSection> for Section {
    fn from(raw: RawSection) -> Section {
        let lower = |words: BTreeMap<String, String>| -> Words {
            words.into_iter().map(|(theirs, ours)| (theirs.trim().to_lowercase(), ours)).collect()
        };
        Section {
            sheet: raw.sheet,
            encoding: raw.encoding,
            columns: raw.columns.into_iter().map(|(theirs, ours)| (plain(&theirs), name_of(&ours))).collect(),
            values: raw.values.into_iter().map(|(column, words)| (column, lower(words))).collect(),
            constants: raw.constants,
        }
    }
}

/// A target as it is compared; facts keep their name as it stands.
fn name_of(ours: &str) -> String {
    ours.trim().to_owned()
}

fn is_ignored(name: &str) -> bool {
    name.is_empty() || name == "-"
}

fn check(path: &Path, section: &RawSection, kinds: &[SheetKind]) -> Result<(), SheetError> {
    let known = |name: &str| kinds.iter().any(|kind| with_id(kind.columns(), name).is_some());
    let facts = kinds.iter().any(|kind| kind.has_facts());
    let target = |name: &str| is_ignored(name) || known(name) || (facts && fact_name(name).is_some());
    let columns = section.columns.values().map(|name| name.trim()).filter(|name| !target(name));
    let others = section.values.keys().chain(section.constants.keys()).map(String::as_str);
    match columns.chain(others.filter(|name| !known(name))).next() {
        None => Ok(()),
        Some(column) => Err(SheetError::MapColumn { path: path.to_owned(), column: column.to_owned() }),
    }
}

fn line_at(text: &str, byte: usize) -> u64 {
    let before = text.as_bytes().get(..byte).unwrap_or(text.as_bytes());
    1 + before.iter().map(|&byte| u64::from(byte == b'\n')).sum::<u64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::column::{LINE_COLUMNS, RECORD_COLUMNS};
    use crate::intake::testing::file;
    use proptest::prelude::*;

    fn map(text: &str) -> Result<ColumnMap, SheetError> {
        let (_folder, path) = file("map.toml", text.as_bytes());
        ColumnMap::read(&path)
    }

    #[test]
    fn one_file_serves_several_sheets() {
        let map = map(r#"
            new_facilities = true
            [columns]
            "数量 (盒)" = "quantity"
            Region = "insured_area"
            bed = "-"
            scheme = "fact:scheme"
            [values.kind]
            Pharmacy = "purchase"
            [lines.columns]
            bed = "spec"
            "#)
        .unwrap();
        assert!(map.takes_new_facilities());
        let at = |columns: &[Column], id: &str| Some(Target::Column(with_id(columns, id).unwrap()));
        #[rustfmt::skip] // the columns are the point
        let cases = [
            (SheetKind::Lines,   "数量",    at(LINE_COLUMNS, "quantity")),
            (SheetKind::Records, "数量",    None),
            (SheetKind::Records, "region", at(RECORD_COLUMNS, "insured_area")),
            (SheetKind::Records, "bed",    Some(Target::Ignored)),
            (SheetKind::Lines,   "bed",    at(LINE_COLUMNS, "spec")),
            (SheetKind::Records, "scheme", Some(Target::Fact("scheme".to_owned()))),
            (SheetKind::Lines,   "scheme", None),
            (SheetKind::Records, "other",  None),
        ];
        for (kind, heading, want) in cases {
            assert_eq!(map.target(kind, heading), want, "{kind:?} {heading}");
        }
        let kind = &RECORD_COLUMNS[with_id(RECORD_COLUMNS, "kind").unwrap()];
        assert_eq!(map.words(SheetKind::Records, kind).unwrap().get("pharmacy").unwrap(), "purchase");
    }

    #[test]
    fn a_map_with_faults_is_refused() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("[columns]\nx = \"weather\"\n",               "column weather"),
            ("[lines.columns]\nx = \"name\"\n",            "column name"),
            ("[values.weather]\nx = \"y\"\n",              "column weather"),
            ("[constants]\nweather = \"y\"\n",             "column weather"),
            ("[colums]\nx = \"name\"\n",                   "line 1"),
            ("[columns]\nx = 1\n",                         "line 2"),
            ("[columns]\nx = \"name\"\nx = \"name\"\n",    "line 3"),
        ];
        for (text, want) in cases {
            let got = match map(text) {
                Err(SheetError::MapColumn { column, .. }) => format!("column {column}"),
                Err(SheetError::Map { line, .. }) => format!("line {line}"),
                other => format!("{other:?}"),
            };
            assert_eq!(got, want, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,80}") {
            let _ = map(&text);
        }
    }
}
