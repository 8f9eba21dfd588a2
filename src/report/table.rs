//! A table for people: a heading, a light line below it, columns that stay
//! straight with Chinese in them.
//!
//! The lines are ASCII, because box-drawing characters take two columns on some
//! Chinese terminals. Texts that do not fit the terminal go on below; codes and
//! numbers are never broken, only times between day and hour where nothing else
//! helps. No colours.

use crate::report::Sort;
use crate::text::{fit, width, with_stand_ins, without_stand_ins};
use comfy_table::{
    Cell, CellAlignment, ColumnConstraint, ContentArrangement, ContentLineStyle, LineStyle, TableStyle, Width,
};
use std::io::{self, Write};

/// A table that is being filled.
#[derive(Debug)]
pub struct Table {
    sorts: Vec<Sort>,
    /// The widest text of each column.
    widths: Vec<usize>,
    /// The widest piece of each column that is not broken.
    pieces: Vec<usize>,
    inner: comfy_table::Table,
}

/// A column of words is never squeezed below this, even where the table then grows wider than the terminal.
const NARROWEST: usize = 12;

/// In a terminal that is too narrow for that, not below this.
const TIGHTEST: usize = 8;

/// What is not a terminal counts as this wide, and takes a line that is a little longer.
const WIDE: usize = 100;

/// No cell is shown wider; whoever wants all of such a text asks for JSON or CSV.
const WIDEST: usize = 2000;

/// Blanks between columns, dashes below the heading.
const STYLE: TableStyle = TableStyle::new()
    .header_lines(ContentLineStyle::none().junction(' '))
    .header_separator(LineStyle::none().fill('-').junction(' '))
    .content_lines(ContentLineStyle::none().junction(' '));

impl Table {
    /// A table with these headings.
    pub fn new<'a>(headings: impl IntoIterator<Item = (&'a str, Sort)>) -> Table {
        let (texts, sorts): (Vec<&str>, Vec<Sort>) = headings.into_iter().unzip();
        let mut inner = comfy_table::Table::new();
        inner.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic);
        inner.set_header(texts.iter().zip(&sorts).map(|(text, sort)| aligned(text, *sort)));
        for (column, sort) in inner.column_iter_mut().zip(&sorts) {
            column.set_padding((0, 1));
            if *sort != Sort::Text {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
        let widths = texts.iter().map(|text| width(text)).collect();
        let pieces = texts.iter().map(|text| piece(text)).collect();
        Table { sorts, widths, pieces, inner }
    }

    /// Adds a row of texts.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let mut row = Vec::with_capacity(self.sorts.len());
        for (at, text) in cells.into_iter().take(self.sorts.len()).enumerate() {
            let text = fit(&text, WIDEST);
            self.widths[at] = self.widths[at].max(width(&text));
            self.pieces[at] = self.pieces[at].max(piece(&text));
            row.push(aligned(&text, self.sorts[at]));
        }
        self.inner.add_row(row);
    }

    /// Whether it fits a terminal of so many columns, with its texts broken as far as they may be.
    pub fn fits(&self, columns: usize) -> bool {
        columns >= WIDE || self.needs(false) <= columns || self.needs(true) <= columns
    }

    /// The least width of a column; `tight` where the usual one does not fit the terminal.
    fn least(&self, at: usize, tight: bool) -> usize {
        let (all, piece) = (self.widths[at], self.pieces[at]);
        match (self.sorts[at], tight) {
            (Sort::Text, false) => all.min(NARROWEST),
            (Sort::Text, true) => all.min(piece.clamp(TIGHTEST, NARROWEST)),
            (Sort::Code, true) => piece,
            (Sort::Code, false) | (Sort::Number | Sort::Money, _) => all,
        }
    }

    /// The least width of all columns; what follows the last is not printed.
    fn needs(&self, tight: bool) -> usize {
        (0..self.sorts.len()).map(|at| self.least(at, tight) + 2).sum::<usize>().saturating_sub(2)
    }

    /// Prints the table, at most `columns` wide where its texts can be broken.
    ///
    /// # Errors
    /// What `out` answers.
    pub fn print(&mut self, out: &mut dyn Write, columns: usize) -> io::Result<()> {
        let tight = columns < WIDE && self.needs(false) > columns && self.needs(true) < self.needs(false);
        let least: Vec<usize> = (0..self.sorts.len()).map(|at| self.least(at, tight)).collect();
        for (at, column) in self.inner.column_iter_mut().enumerate() {
            let breaks = self.sorts[at] == Sort::Text || least[at] < self.widths[at];
            if breaks {
                let fixed = u16::try_from(least[at] + 1).unwrap_or(u16::MAX);
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(fixed)));
            }
        }
        let needed = self.needs(tight) + 2;
        self.inner.set_width(u16::try_from(columns.max(needed)).unwrap_or(u16::MAX));
        self.inner.lines().try_for_each(|line| writeln!(out, "{}", without_stand_ins(line.trim_end())))
    }
}

/// The widest part of a text between blanks.
fn piece(text: &str) -> usize {
    text.split(' ').map(width).max().unwrap_or(0)
}

fn aligned(text: &str, sort: Sort) -> Cell {
    let align = match sort {
        Sort::Text | Sort::Code => CellAlignment::Left,
        Sort::Number | Sort::Money => CellAlignment::Right,
    };
    Cell::new(with_stand_ins(&harmless(text))).set_alignment(align)
}

/// A text from a file must not move the cursor or break the line.
fn harmless(text: &str) -> String {
    text.chars().map(|ch| if ch.is_control() { ' ' } else { ch }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn printed(rows: &[[String; 3]], columns: usize) -> Vec<String> {
        let mut table =
            Table::new([("编号 no", Sort::Code), ("姓名 name", Sort::Text), ("金额", Sort::Money)]);
        for row in rows {
            table.row(row.clone());
        }
        let mut out = Vec::new();
        table.print(&mut out, columns).unwrap();
        String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_cell_as_long_as_a_book_is_cut() {
        let long = "长".repeat(1_000_000);
        for line in printed(&[["A1-0001".to_owned(), long.clone(), "1.00".to_owned()]], 80) {
            assert!(width(&line) <= 80, "{line}");
        }
        let shown = printed(&[[long, "陆样".to_owned(), "1.00".to_owned()]], 80);
        assert!(shown.iter().all(|line| width(line) <= WIDEST + 40));
    }

    /// The columns at which the dashes of the second line begin and end.
    fn edges(rule: &str) -> Vec<(usize, usize)> {
        let mut edges = Vec::new();
        let mut at = 0;
        for dashes in rule.split(' ') {
            edges.push((at, at + dashes.len()));
            at += dashes.len() + 1;
        }
        edges
    }

    /// The part of a line between two terminal columns; `None` where a character stands across an edge.
    fn between(line: &str, from: usize, to: usize) -> Option<String> {
        let (mut at, mut part) = (0, String::new());
        for ch in line.chars() {
            let end = at + width(ch.encode_utf8(&mut [0; 4]));
            match (at < from, end <= from, at >= to, end <= to) {
                (true, false, ..) | (_, _, false, false) => return None,
                (false, _, false, true) => part.push(ch),
                _ => {}
            }
            at = end;
        }
        Some(part)
    }

    proptest! {
        #[test]
        fn columns_are_straight_with_chinese_in_them(
            rows in prop::collection::vec(
                ("[A-Z][0-9]{1,6}", "[a-z\u{4e00}-\u{9fa5}，。 （）]{0,60}", "[0-9]{1,9}\\.[0-9]{2}").prop_map(|(a, b, c)| [a, b, c]),
                1..8,
            ),
            columns in 50_usize..120,
        ) {
            let lines = printed(&rows, columns);
            let edges = edges(&lines[1]);
            prop_assert_eq!(edges.len(), 3);
            for line in &lines {
                prop_assert!(width(line) <= columns, "{} is wider than {}", line, columns);
                for (from, to) in &edges {
                    prop_assert!(between(line, *from, *to).is_some(), "{} is crooked at {} or {}", line, from, to);
                }
            }
            let shown: Vec<_> = lines[2..].iter().filter_map(|line| between(line, edges[2].0, edges[2].1 + 99)).collect();
            let amounts: Vec<_> = shown.iter().map(|a| a.trim()).filter(|a| !a.is_empty()).collect();
            prop_assert_eq!(amounts, rows.iter().map(|row| row[2].as_str()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn columns_are_straight_where_the_terminal_draws_some_characters_wide() {
        crate::text::ambiguous_is_wide(true);
        let row = |name: &str| ["A1-0007".into(), name.to_owned(), "1.00".into()];
        let lines = printed(&[row("“未知”…"), row("欧阳小明（本人）①"), row("wang")], 60);
        let edges = edges(&lines[1]);
        let shown: Vec<_> = lines[2..].iter().map(|line| between(line, edges[2].0, edges[2].1)).collect();
        crate::text::ambiguous_is_wide(false);
        assert!(
            shown.iter().all(|amount| amount.as_ref().is_some_and(|text| text.trim() == "1.00")),
            "{lines:#?}"
        );
    }

    #[test]
    fn a_time_is_broken_before_a_table_is_wider_than_its_terminal() {
        let mut table =
            Table::new([("发生", Sort::Code), ("去向 way back", Sort::Text), ("金额", Sort::Money)]);
        table.row(["2021-10-31 22:00*".into(), "refund and resettle".into(), "1234.50".into()]);
        assert!(table.fits(40) && table.fits(31) && !table.fits(20));
        let mut out = Vec::new();
        table.print(&mut out, 31).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.lines().all(|line| width(line) <= 31), "{text}");
        for whole in ["2021-10-31 ", "22:00*", "1234.50", "resettle"] {
            assert!(text.contains(whole), "{whole}: {text}");
        }
    }

    #[test]
    fn a_terminal_too_narrow_loses_nothing() {
        for columns in [0, 1, 12, 30] {
            let lines = printed(&[["A1-0007".into(), "欧阳小明".into(), "1234.50".into()]], columns);
            let all: String = lines.join("");
            assert!(all.contains("A1-0007") && all.contains("1234.50"), "{columns}: {lines:?}");
            assert!("欧阳小明".chars().all(|ch| all.contains(ch)), "{columns}: {lines:?}");
        }
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        let lines = printed(&[["A1".into(), "a\u{1b}[31mb\nc".into(), "1.00".into()]], 80);
        assert_eq!(lines.len(), 3);
        assert!(!lines[2].contains('\u{1b}'));
    }
}
