//! A card: what a command says about one thing. Lines of label and value for
//! people, one object in JSON, a heading and a row in CSV.

use crate::report::{Cell, Column, Format, Sheet, print_object};
use crate::text::{Lang, pad, width};
use serde::Serialize;
use serde_json::{Map, Value};
use std::io::{self, Write};

/// Facts about one thing, in the order in which they are told.
#[derive(Clone, Debug, Default)]
pub struct Card {
    facts: Vec<(Column, Cell)>,
    extra: Map<String, Value>,
}

impl Card {
    /// An empty card.
    pub fn new() -> Card {
        Card::default()
    }

    /// Adds a fact; one that is empty is not shown to people.
    pub fn fact(&mut self, column: Column, cell: Cell) {
        self.facts.push((column, cell));
    }

    /// Adds a key that only JSON shows, such as a list.
    pub fn extra(&mut self, key: &str, value: impl Serialize) {
        let value = serde_json::to_value(value).expect("values of ours have string keys and no floats");
        self.extra.insert(key.to_owned(), value);
    }

    /// Prints the card.
    ///
    /// # Errors
    /// What `out` answers.
    pub fn print(&self, out: &mut dyn Write, format: Format, lang: Lang, columns: usize) -> io::Result<()> {
        match format {
            Format::Table => self.print_lines(out, lang, columns),
            Format::Json => print_object(out, &self.object()),
            Format::Csv => {
                let (columns_of, cells): (Vec<_>, Vec<_>) = self.facts.iter().cloned().unzip();
                let mut sheet = Sheet::new(&columns_of);
                sheet.row(cells);
                sheet.print(out, format, lang, columns)
            }
        }
    }

    fn print_lines(&self, out: &mut dyn Write, lang: Lang, columns: usize) -> io::Result<()> {
        let told: Vec<_> = self.facts.iter().filter(|(_, cell)| *cell != Cell::Empty).collect();
        let label = |column: &Column| lang.pick(column.zh, column.en).to_owned();
        let widest = told.iter().map(|(column, _)| width(&label(column))).max().unwrap_or(0);
        for (column, cell) in told {
            let mut lead = pad(&label(column), widest);
            for line in lines(cell, lang, columns.saturating_sub(widest + 2)) {
                writeln!(out, "{lead}  {line}")?;
                lead = " ".repeat(widest);
            }
        }
        Ok(())
    }

    fn object(&self) -> Value {
        let mut object: Map<_, _> =
            self.facts.iter().map(|(column, cell)| (column.key(), cell.json())).collect();
        object.extend(self.extra.clone());
        Value::Object(object)
    }
}

/// A value in lines: a list is broken between its texts where it is wider than `room`.
fn lines(cell: &Cell, lang: Lang, room: usize) -> Vec<String> {
    let Cell::List(texts) = cell else { return vec![cell.shown(lang)] };
    let mut lines: Vec<String> = vec![String::new()];
    for (at, text) in texts.iter().enumerate() {
        let comma = if at + 1 < texts.len() { "," } else { "" };
        let last = lines.last_mut().expect("there is a line from the start");
        if !last.is_empty() && width(last) + 1 + width(text) + comma.len() > room {
            lines.push(format!("{text}{comma}"));
        } else {
            last.push_str(if last.is_empty() { "" } else { " " });
            last.push_str(text);
            last.push_str(comma);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Money;

    fn printed(format: Format, lang: Lang) -> String {
        let mut card = Card::new();
        card.fact(Column::code("number", "编号", "number"), Cell::text("A1-0007"));
        card.fact(Column::money("owed", "应退金额", "owed"), Cell::Money(Money::from_fen(1250)));
        card.fact(Column::text("note", "备注", "note"), Cell::Empty);
        card.extra("lines", [1, 2]);
        let mut out = Vec::new();
        card.print(&mut out, format, lang, 100).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn labels_line_up_in_both_languages() {
        assert_eq!(printed(Format::Table, Lang::Zh), "编号      A1-0007\n应退金额  12.50\n");
        assert_eq!(printed(Format::Table, Lang::En), "number  A1-0007\nowed    12.50\n");
    }

    #[test]
    fn json_has_fen_and_what_only_it_shows() {
        let object: Value = serde_json::from_str(&printed(Format::Json, Lang::Zh)).unwrap();
        assert_eq!(object["schema"], 1);
        assert_eq!(object["owed_fen"], 1250);
        assert_eq!(object["note"], Value::Null);
        assert_eq!(object["lines"][1], 2);
        assert_eq!(printed(Format::Csv, Lang::Zh).lines().last(), Some("A1-0007,12.50,"));
    }
}
