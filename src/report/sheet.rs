//! A sheet: the rows a command shows, before it is known whether they become a
//! table, JSON or CSV. It holds values, not texts, so that each form writes them
//! its own way: yuan for people, whole fen for programs.

use crate::domain::{Day, Money, Time};
use crate::report::{Format, Table, csv, json, parquet};
use crate::text::{Label, Lang};
use serde::Serialize;
use serde_json::{Map, Value};
use std::io::{self, Write};

/// What a column holds; it settles the alignment and the key in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Words; left, wrapped where the terminal is too narrow.
    Text,
    /// Short words that must not be broken, such as numbers of records and days.
    Code,
    /// Whole numbers; right.
    Number,
    /// Amounts; right, and `<id>_fen` in JSON.
    Money,
}

/// One column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Key in JSON (amounts add `_fen`) and heading in CSV.
    pub id: &'static str,
    /// Heading in Chinese.
    pub zh: &'static str,
    /// Heading in English.
    pub en: &'static str,
    /// What it holds.
    pub sort: Sort,
}

impl Column {
    /// A column of words.
    pub const fn text(id: &'static str, zh: &'static str, en: &'static str) -> Column {
        Column { id, zh, en, sort: Sort::Text }
    }

    /// A column of short words that are never broken over two lines.
    pub const fn code(id: &'static str, zh: &'static str, en: &'static str) -> Column {
        Column { id, zh, en, sort: Sort::Code }
    }

    /// A column of yes and no.
    pub const fn flag(id: &'static str, zh: &'static str, en: &'static str) -> Column {
        Column { id, zh, en, sort: Sort::Code }
    }

    /// A column of whole numbers.
    pub const fn number(id: &'static str, zh: &'static str, en: &'static str) -> Column {
        Column { id, zh, en, sort: Sort::Number }
    }

    /// A column of amounts.
    pub const fn money(id: &'static str, zh: &'static str, en: &'static str) -> Column {
        Column { id, zh, en, sort: Sort::Money }
    }

    /// The key of this column in JSON.
    pub(super) fn key(&self) -> String {
        match self.sort {
            Sort::Money => format!("{}_fen", self.id),
            Sort::Text | Sort::Code | Sort::Number => self.id.to_owned(),
        }
    }
}

/// One value of a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Cell {
    /// Nothing is known: an empty cell, `null` in JSON.
    #[default]
    Empty,
    /// A text as it is.
    Text(String),
    /// A value of a closed list: its word for people, its id for programs.
    Word {
        /// The id.
        id: &'static str,
        /// The word in Chinese.
        zh: &'static str,
        /// The word in English.
        en: &'static str,
    },
    /// A whole number.
    Int(i64),
    /// An amount.
    Money(Money),
    /// A time; to the minute in a table, to the second elsewhere.
    Time(Time),
    /// A day.
    Day(Day),
    /// Yes or no.
    Flag(bool),
    /// Several texts; an array in JSON.
    List(Vec<String>),
}

impl Cell {
    /// A text; an empty one is nothing.
    pub fn text(text: impl Into<String>) -> Cell {
        let text = text.into();
        if text.is_empty() { Cell::Empty } else { Cell::Text(text) }
    }

    /// A value of a closed list.
    pub fn word(value: &impl Label) -> Cell {
        Cell::Word { id: value.id(), zh: value.label(Lang::Zh), en: value.label(Lang::En) }
    }

    /// A count, such as the length of a list.
    pub fn count(count: usize) -> Cell {
        Cell::Int(i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// The cell of a value that may be unknown.
    pub fn known<T>(value: Option<T>, cell: impl FnOnce(T) -> Cell) -> Cell {
        value.map_or(Cell::Empty, cell)
    }

    /// For a person, in one language.
    pub(super) fn shown(&self, lang: Lang) -> String {
        match self {
            Cell::Word { zh, en, .. } => lang.pick(zh, en).to_owned(),
            // A deadline of a whole day is told as the day.
            Cell::Time(time) if *time == time.day().end() => time.day().to_string(),
            Cell::Time(time) => time.short(),
            Cell::Flag(true) => lang.pick("是", "yes").to_owned(),
            Cell::Flag(false) => lang.pick("否", "no").to_owned(),
            // A list of ids is broken between them, never inside one.
            Cell::List(texts) if texts.iter().all(|text| text.is_ascii()) => texts.join(", "),
            Cell::List(texts) => texts.join(lang.pick("、", ", ")),
            Cell::Empty | Cell::Text(_) | Cell::Int(_) | Cell::Money(_) | Cell::Day(_) => self.plain(),
        }
    }

    /// For CSV: ids instead of words, yuan with two decimals, lists with semicolons.
    pub(super) fn plain(&self) -> String {
        match self {
            Cell::Empty => String::new(),
            Cell::Text(text) => text.clone(),
            Cell::Word { id, .. } => (*id).to_owned(),
            Cell::Int(number) => number.to_string(),
            Cell::Money(amount) => amount.to_string(),
            Cell::Time(time) => time.to_string(),
            Cell::Day(day) => day.to_string(),
            Cell::Flag(flag) => (if *flag { "yes" } else { "no" }).to_owned(),
            Cell::List(texts) => texts.join(";"),
        }
    }

    /// For JSON: amounts in whole fen.
    pub(super) fn json(&self) -> Value {
        match self {
            Cell::Empty => Value::Null,
            Cell::Int(number) => Value::from(*number),
            Cell::Money(amount) => Value::from(amount.fen()),
            Cell::Flag(flag) => Value::from(*flag),
            Cell::List(texts) => Value::from(texts.clone()),
            Cell::Text(_) | Cell::Word { .. } | Cell::Time(_) | Cell::Day(_) => Value::from(self.plain()),
        }
    }
}

/// The rows a command shows.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<Cell>>,
    pub(super) extra: Map<String, Value>,
    pub(super) notes: Vec<String>,
    only_data: Vec<&'static str>,
    spare: Vec<&'static str>,
}

impl Sheet {
    /// An empty sheet.
    pub fn new(columns: &[Column]) -> Sheet {
        Sheet {
            columns: columns.to_vec(),
            rows: Vec::new(),
            extra: Map::new(),
            notes: Vec::new(),
            only_data: Vec::new(),
            spare: Vec::new(),
        }
    }

    /// Adds a row; cells that are missing at its end stay empty.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let mut cells: Vec<Cell> = cells.into_iter().collect();
        debug_assert!(cells.len() <= self.columns.len(), "a row has no more cells than there are columns");
        cells.resize(self.columns.len(), Cell::Empty);
        self.rows.push(cells);
    }

    /// Adds a key beside `items` in JSON, such as a total; keys of amounts end in `_fen`.
    pub fn extra(&mut self, key: &str, value: impl Serialize) {
        let value = serde_json::to_value(value).expect("values of ours have string keys and no floats");
        self.extra.insert(key.to_owned(), value);
    }

    /// Adds a line below the table; JSON and CSV leave it out, so what it says belongs into [`Sheet::extra`] too.
    pub fn note(&mut self, line: impl Into<String>) {
        self.notes.push(line.into());
    }

    /// Leaves columns out of the table, which has room for so many; JSON and CSV keep them.
    pub fn only_in_data(&mut self, ids: &[&'static str]) {
        self.only_data.extend_from_slice(ids);
    }

    /// Names columns that a table does without where the terminal is too narrow, the first of them first; it says so.
    pub fn spare(&mut self, ids: &[&'static str]) {
        self.spare.extend_from_slice(ids);
    }

    /// The same without some columns, for where there is room for fewer.
    #[must_use]
    pub fn without(mut self, ids: &[&str]) -> Sheet {
        let kept: Vec<bool> = self.columns.iter().map(|column| !ids.contains(&column.id)).collect();
        let keep = |cells: &mut Vec<Cell>| {
            let mut at = kept.iter();
            cells.retain(|_| at.next() == Some(&true));
        };
        self.rows.iter_mut().for_each(keep);
        self.columns.retain(|column| !ids.contains(&column.id));
        self
    }

    /// The rows as CSV: amounts in yuan, ids instead of words.
    ///
    /// # Errors
    /// What `out` answers.
    pub fn csv(&self, out: &mut dyn Write) -> io::Result<()> {
        csv::print_sheet(self, out)
    }

    /// The rows as one JSON object: amounts in whole fen.
    ///
    /// # Errors
    /// What `out` answers.
    pub fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        json::print_sheet(self, out)
    }

    /// The rows as a Parquet file: amounts in whole fen, times without a zone.
    ///
    /// # Errors
    /// What `out` answers.
    pub fn parquet(&self, out: &mut dyn Write) -> io::Result<()> {
        parquet::print_sheet(self, out)
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// There are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Prints the sheet; `columns` is the width of the terminal, which only a table minds.
    ///
    /// # Errors
    /// What `out` answers.
    pub fn print(&self, out: &mut dyn Write, format: Format, lang: Lang, columns: usize) -> io::Result<()> {
        match format {
            Format::Json => json::print_sheet(self, out),
            Format::Csv => csv::print_sheet(self, out),
            Format::Table => self.print_table(out, lang, columns),
        }
    }

    fn print_table(&self, out: &mut dyn Write, lang: Lang, columns: usize) -> io::Result<()> {
        if self.is_empty() && self.notes.is_empty() {
            return writeln!(out, "{}", lang.pick("（无）", "(none)"));
        }
        let mut left_out = Vec::new();
        if !self.is_empty() {
            // A column without a single value only takes room.
            let mut filled: Vec<usize> = (0..self.columns.len())
                .filter(|at| !self.only_data.contains(&self.columns[*at].id))
                .filter(|at| self.rows.iter().any(|row| row[*at] != Cell::Empty))
                .collect();
            let mut table = self.table(&filled, lang);
            for id in &self.spare {
                if table.fits(columns) {
                    break;
                }
                if let Some(place) = filled.iter().position(|at| self.columns[*at].id == *id) {
                    left_out.push(self.columns[filled.remove(place)]);
                    table = self.table(&filled, lang);
                }
            }
            table.print(out, columns)?;
        }
        if !self.is_empty() && (!self.notes.is_empty() || !left_out.is_empty()) {
            writeln!(out)?;
        }
        if !left_out.is_empty() {
            let names: Vec<&str> = left_out.iter().map(|column| lang.pick(column.zh, column.en)).collect();
            let said = match lang {
                Lang::Zh => format!("窗口放不下，未列：{}；加宽窗口，或用 --format csv", names.join("、")),
                Lang::En => {
                    format!("no room for: {}; a wider window or --format csv has it", names.join(", "))
                }
            };
            writeln!(out, "{said}")?;
        }
        self.notes.iter().try_for_each(|line| writeln!(out, "{line}"))
    }

    /// Some of the columns as a table.
    fn table(&self, filled: &[usize], lang: Lang) -> Table {
        let headings = filled.iter().map(|at| self.columns[*at]);
        let mut table = Table::new(headings.map(|c| (lang.pick(c.zh, c.en), c.sort)));
        for row in &self.rows {
            table.row(filled.iter().map(|at| row[*at].shown(lang)));
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Kind;

    fn sheet() -> Sheet {
        let mut sheet = Sheet::new(&[
            Column::code("number", "编号", "number"),
            Column::text("kind", "类别", "kind"),
            Column::money("total", "总额", "total"),
            Column::code("due_at", "截止", "due"),
            Column::text("papers", "材料", "papers"),
            Column::text("note", "备注", "note"),
        ]);
        sheet.row([
            Cell::text("A1-0007"),
            Cell::word(&Kind::Inpatient),
            Cell::Money(Money::from_fen(123_450)),
            Cell::Time("2021-10-29T10:20:30".parse().unwrap()),
            Cell::List(vec!["receipt".into(), "card".into()]),
        ]);
        sheet.row([Cell::text("A1-0008"), Cell::word(&Kind::Purchase), Cell::Money(Money::from_fen(-5))]);
        sheet.extra("total_fen", Money::from_fen(123_445));
        sheet.note("2 条");
        sheet
    }

    fn printed(format: Format, lang: Lang) -> String {
        let mut out = Vec::new();
        sheet().print(&mut out, format, lang, 100).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_same_sheet_in_three_forms() {
        insta::assert_snapshot!(printed(Format::Table, Lang::Zh), @r#"
        编号     类别     总额  截止              材料
        -------- ----- -------- ----------------- --------------
        A1-0007  住院  1234.50  2021-10-29 10:20  receipt, card
        A1-0008  购药    -0.05

        2 条
        "#);
        insta::assert_snapshot!(printed(Format::Table, Lang::En), @r#"
        number   kind         total  due               papers
        -------- ---------- -------- ----------------- --------------
        A1-0007  inpatient  1234.50  2021-10-29 10:20  receipt, card
        A1-0008  purchase     -0.05

        2 条
        "#);
        insta::assert_snapshot!(printed(Format::Csv, Lang::Zh), @r#"
        number,kind,total,due_at,papers,note
        A1-0007,inpatient,1234.50,2021-10-29T10:20:30,receipt;card,
        A1-0008,purchase,-0.05,,,
        "#);
        insta::assert_snapshot!(printed(Format::Json, Lang::Zh), @r#"
        {
          "schema": 1,
          "total_fen": 123445,
          "items": [
            {
              "number": "A1-0007",
              "kind": "inpatient",
              "total_fen": 123450,
              "due_at": "2021-10-29T10:20:30",
              "papers": [
                "receipt",
                "card"
              ],
              "note": null
            },
            {
              "number": "A1-0008",
              "kind": "purchase",
              "total_fen": -5,
              "due_at": null,
              "papers": null,
              "note": null
            }
          ]
        }
        "#);
    }

    #[test]
    fn a_column_for_programs_is_not_in_the_table() {
        let mut sheet = sheet();
        sheet.only_in_data(&["kind"]);
        let printed = |format| {
            let mut out = Vec::new();
            sheet.print(&mut out, format, Lang::Zh, 100).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert!(!printed(Format::Table).contains("类别"));
        assert!(printed(Format::Csv).contains("kind") && printed(Format::Json).contains("kind"));
    }

    #[test]
    fn a_narrow_terminal_is_told_what_it_does_without() {
        let mut sheet = sheet();
        sheet.spare(&["papers", "kind"]);
        let printed = |columns| {
            let mut out = Vec::new();
            sheet.print(&mut out, Format::Table, Lang::En, columns).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert!(!printed(60).contains("no room for"));
        let narrow = printed(42);
        assert!(narrow.contains("no room for: papers;") && narrow.contains("inpatient"), "{narrow}");
        assert!(narrow.lines().take_while(|line| !line.is_empty()).all(|line| line.len() <= 42), "{narrow}");
        assert!(printed(30).contains("no room for: papers, kind;"));
    }

    #[test]
    fn a_column_is_left_out_everywhere() {
        let mut out = Vec::new();
        sheet().without(&["kind", "papers", "nothing"]).csv(&mut out).unwrap();
        let want = "number,total,due_at,note\nA1-0007,1234.50,2021-10-29T10:20:30,\nA1-0008,-0.05,,\n";
        assert_eq!(String::from_utf8(out).unwrap(), want);
    }

    #[test]
    fn a_whole_day_is_told_as_the_day() {
        let of = |text: &str| Cell::Time(text.parse().unwrap());
        assert_eq!(of("2021-11-05T23:59:59").shown(Lang::Zh), "2021-11-05");
        assert_eq!(of("2021-11-05T23:59:00").shown(Lang::Zh), "2021-11-05 23:59");
        assert_eq!(of("2021-11-05T23:59:59").plain(), "2021-11-05T23:59:59");
    }

    #[test]
    fn nothing_to_show_is_said() {
        let mut out = Vec::new();
        Sheet::new(&[Column::text("a", "甲", "a")]).print(&mut out, Format::Table, Lang::Zh, 80).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "（无）\n");
    }
}
