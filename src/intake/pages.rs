//! Tables in web pages and in the XML of Excel 2003: both are often called `.xls`.
//!
//! Rows and cells become the text of a CSV, as those of a workbook do. The rows
//! of all tables of a page follow one another, since a report often has its
//! title in a table of its own. Looks, scripts and formulas are passed over.

use crate::intake::grid::{Grid, MAX_COLUMN, NoRoom, Sort};
use crate::intake::markup::{Piece, Pieces, attribute, resolved};
use crate::intake::workbook::shown_number;

/// The tables of a page as the text of a CSV.
pub(super) fn html(page: &str) -> Result<Vec<u8>, NoRoom> {
    let mut grid = Grid::default();
    let mut table = Table::default();
    let mut pieces = Pieces::new(page);
    while let Some(piece) = pieces.next() {
        match piece {
            Piece::Open { name, rest, closed } => match name.to_ascii_lowercase().as_str() {
                name @ ("script" | "style" | "title") if !closed => pieces.skip_to_close(name),
                "table" => table.depth += 1,
                // A cell that is open has a table inside it, which is looks and not rows.
                _ if table.depth > 1 => table.add(" "),
                "tr" => table.end_row(&mut grid)?,
                "td" | "th" => table.begin_cell(rest, &mut grid)?,
                "br" | "p" | "div" => table.add("\n"),
                _ => {}
            },
            Piece::Close { name } => match name.to_ascii_lowercase().as_str() {
                "table" => {
                    table.depth = table.depth.saturating_sub(1);
                    if table.depth == 0 {
                        table.end_row(&mut grid)?;
                    }
                }
                _ if table.depth > 1 => {}
                "tr" => table.end_row(&mut grid)?,
                "td" | "th" => table.end_cell(&mut grid)?,
                _ => {}
            },
            Piece::Text(text) => table.add(&resolved(text)),
            Piece::Data(text) => table.add(text),
        }
    }
    table.end_row(&mut grid)?;
    Ok(grid.finish())
}

/// Where in a page's tables we are.
#[derive(Default)]
struct Table {
    depth: usize,
    row: u32,
    column: u32,
    /// Some cell of the row was seen.
    begun: bool,
    cell: Option<String>,
    across: u32,
    /// For each column, how many rows a cell above still reaches down.
    down: Vec<u32>,
}

impl Table {
    fn add(&mut self, text: &str) {
        if let Some(cell) = &mut self.cell {
            // Line ends of the source are blanks in a page; those of tags come alone.
            match text {
                "\n" if cell.trim().is_empty() => {}
                "\n" => cell.push('\n'),
                text => cell.push_str(&text.replace(['\r', '\n'], " ")),
            }
        }
    }

    fn begin_cell(&mut self, rest: &str, grid: &mut Grid) -> Result<(), NoRoom> {
        self.end_cell(grid)?;
        self.begun = true;
        while self.down.get(self.column as usize).is_some_and(|&rows| rows > 0) {
            self.column += 1;
        }
        let number = |name| attribute(rest, name).and_then(|text| text.trim().parse::<u32>().ok());
        self.across = number("colspan").unwrap_or(1).clamp(1, MAX_COLUMN);
        let down = number("rowspan").unwrap_or(1).clamp(1, 65_536);
        // Counted from this row, which is taken off where it ends.
        for column in (self.column..self.column + self.across).take_while(|&column| column <= MAX_COLUMN) {
            if self.down.len() <= column as usize {
                self.down.resize(column as usize + 1, 0);
            }
            self.down[column as usize] = down;
        }
        self.cell = Some(String::new());
        Ok(())
    }

    fn end_cell(&mut self, grid: &mut Grid) -> Result<(), NoRoom> {
        if let Some(text) = self.cell.take() {
            grid.put(self.row, self.column, text.trim_matches([' ', '\n']), Sort::Text)?;
            self.column = self.column.saturating_add(self.across);
        }
        Ok(())
    }

    fn end_row(&mut self, grid: &mut Grid) -> Result<(), NoRoom> {
        self.end_cell(grid)?;
        if self.begun {
            self.row = self.row.saturating_add(1);
            self.down.iter_mut().for_each(|rows| *rows = rows.saturating_sub(1));
        }
        (self.column, self.begun) = (0, false);
        Ok(())
    }
}

/// A worksheet of an XML workbook: the one called `name`, or the first that holds anything; the names that it
/// has where there is none of that name.
pub(super) fn xml(text: &str, name: Option<&str>) -> Result<Result<Vec<u8>, Vec<String>>, NoRoom> {
    let mut pieces = Pieces::new(text);
    let mut known = Vec::new();
    while let Some(piece) = pieces.next() {
        let Piece::Open { name: "Worksheet", rest, closed } = piece else { continue };
        let called = attribute(rest, "name").unwrap_or_default().trim().to_owned();
        let wanted = name.is_none_or(|name| name.trim() == called);
        known.push(called);
        if !wanted || closed {
            continue;
        }
        let text = worksheet(&mut pieces)?;
        if !text.is_empty() || name.is_some() {
            return Ok(Ok(text));
        }
    }
    Ok(if name.is_some() { Err(known) } else { Ok(Vec::new()) })
}

fn worksheet(pieces: &mut Pieces<'_>) -> Result<Vec<u8>, NoRoom> {
    let mut grid = Grid::default();
    let (mut row, mut column) = (0_u32, 0_u32);
    let (mut kind, mut cell, mut across) = (String::new(), None::<String>, 0);
    for piece in pieces.by_ref() {
        match piece {
            Piece::Open { name: "Row", rest, .. } => {
                row = place(rest).unwrap_or(row.saturating_add(1));
                (column, across) = (0, 0);
            }
            Piece::Open { name: "Cell", rest, .. } => {
                column = place(rest).unwrap_or(column.saturating_add(1).saturating_add(across));
                across = attribute(rest, "mergeacross").and_then(|text| text.parse().ok()).unwrap_or(0);
            }
            Piece::Open { name: "Data", rest, closed: false } => {
                kind = attribute(rest, "type").unwrap_or_default().into_owned();
                cell = Some(String::new());
            }
            Piece::Close { name: "Data" } => {
                if let Some(text) = cell.take() {
                    let (text, sort) = value(&kind, text);
                    grid.put(row.saturating_sub(1), column.saturating_sub(1), &text, sort)?;
                }
            }
            Piece::Close { name: "Row" } => across = 0,
            Piece::Close { name: "Worksheet" } => break,
            Piece::Text(text) => cell.iter_mut().for_each(|cell| cell.push_str(&resolved(text))),
            Piece::Data(text) => cell.iter_mut().for_each(|cell| cell.push_str(text)),
            _ => {}
        }
    }
    Ok(grid.finish())
}

/// Place of a row or a cell that does not follow the one before, from 1.
fn place(rest: &str) -> Option<u32> {
    attribute(rest, "index").and_then(|text| text.trim().parse().ok()).filter(|&index| index > 0)
}

fn value(kind: &str, text: String) -> (String, Sort) {
    match kind {
        "Number" => match text.trim().parse::<f64>() {
            Ok(number) => (shown_number(number), Sort::Number),
            Err(_) => (text, Sort::Text),
        },
        "Boolean" => ((text.trim() == "1").to_string(), Sort::Text),
        // `2021-10-29T10:20:00.000`: a spreadsheet keeps no finer time than it shows.
        "DateTime" => {
            let time = text.split('.').next().unwrap_or_default();
            (time.strip_suffix("T00:00:00").unwrap_or(time).to_owned(), Sort::Text)
        }
        _ => (text, Sort::Text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(made: Result<Vec<u8>, NoRoom>) -> String {
        String::from_utf8(made.unwrap()).unwrap()
    }

    #[test]
    fn a_page_is_its_tables() {
        let page = "<html><head><title>x</title><style>td{a:b}</style></head><body>\
            <table><tr><td colspan=3>挂账登记</td></tr></table>\
            <table border=1><tr><th>单据号<th>姓名</th><th>金额<br>(元)</th></tr>\
            <tr><td rowspan=\"2\">R1</td><td>张&nbsp;三</td><td>1&lt;2</td></tr>\
            <tr><td>李\n四</td><td><table><tr><td>3</td></tr></table></td></tr></table>";
        assert_eq!(
            text(html(page)),
            "\"挂账登记\"\n\"单据号\",\"姓名\",\"金额\r(元)\"\n\"R1\",\"张\u{A0}三\",\"1<2\"\n,\"李 四\",\"3\"\n"
        );
        assert_eq!(text(html("<html>nothing</html>")), "");
    }

    #[test]
    fn a_workbook_in_xml() {
        let book = r#"<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
            xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="空"><Table/></Worksheet>
            <Worksheet ss:Name="一"><Table><Row><Cell><Data ss:Type="String">a&amp;b</Data></Cell>
            <Cell ss:Index="3" ss:MergeAcross="1"><Data ss:Type="Number">440524188001010014</Data></Cell>
            <Cell><Data ss:Type="DateTime">2021-10-29T00:00:00.000</Data></Cell></Row>
            <Row ss:Index="3"><Cell><Data ss:Type="Number">12.30</Data></Cell></Row></Table></Worksheet></Workbook>"#;
        let got = String::from_utf8(xml(book, None).unwrap().unwrap()).unwrap();
        assert_eq!(
            got,
            "\"a&b\",,4.4052418800101E+17,,\"2021-10-29\"\n,,,,\n12.3,,,,\n".replace("801E", "801001E")
        );
        assert_eq!(xml(book, Some("二")).unwrap(), Err(vec!["空".to_owned(), "一".to_owned()]));
    }

    proptest! {
        #[test]
        fn no_text_panics(pieces in prop::collection::vec(prop::sample::select(vec![
            "<table>", "</table>", "<tr>", "</tr>", "<td colspan=9999999999>", "<td rowspan=3 colspan=2>", "</td>", "x",
            "<Worksheet ss:Name=\"a\">", "</Worksheet>", "<Row ss:Index=\"4294967295\">", "</Row>", "<Row>",
            "<Cell ss:Index=\"7\" ss:MergeAcross=\"4294967295\">", "<Cell>", "<Data ss:Type=\"Number\">", "1e999", "</Data>",
        ]), 0..40)) {
            let text = pieces.concat();
            let _ = html(&text);
            let _ = xml(&text, None);
        }
    }
}
