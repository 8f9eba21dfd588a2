//! A batch as a workbook for people: one sheet per node, a sheet of totals, and a list to tick off.
//!
//! Identifiers are text cells, so that no leading zero and no sixteenth digit is lost;
//! amounts are numbers, to be summed. Every text is guarded against being run as a
//! formula. The same batch gives the same bytes. Rows that are done are written aside, to a
//! file that the system forgets with the process, so that a large workbook needs no large memory.

use super::content::Rows;
use super::fields::{Field, Node, Shape};
use super::guard::for_people;
use super::layout::Headings;
use super::manifest::Control;
use super::{Head, Item};
use crate::text::{Label, Lang};
use rust_xlsxwriter::{
    DataValidation, DocProperties, ExcelDateTime, Format, FormatBorder, Workbook, Worksheet, XlsxError,
};
use std::collections::BTreeMap;
use std::io;

/// Its name in the folder.
pub(super) const WORKBOOK: &str = "batch.xlsx";

/// The longest text of a cell, with the apostrophe it may get.
pub(super) const WIDEST: usize = 32_767;

/// Rows below the heading on one sheet; what is over goes on another.
const ROWS: u32 = 1_000_000;

/// Numbers of more digits are not exact in a spreadsheet, and stay text.
const EXACT: usize = 15;

/// What one record has to go through, for the list to tick off.
struct Ticks {
    number: String,
    record_no: String,
    name: String,
    kind: &'static str,
    total: String,
    calls: Vec<&'static str>,
}

impl Ticks {
    fn of(item: &Item, rows: &[Rows<'_>], lang: Lang) -> Ticks {
        let mut calls: Vec<&'static str> = rows.iter().map(|rows| rows.node.transaction).collect();
        calls.dedup();
        Ticks {
            number: item.number.to_string(),
            record_no: item.record.record_no.clone(),
            name: item.record.person.name.clone(),
            kind: item.record.kind.label(lang),
            total: item.record.total.to_string(),
            calls,
        }
    }
}

/// The sheets of one node: the last of them is being written.
struct Pages {
    sheets: Vec<Worksheet>,
    /// Rows on the last sheet, its heading among them.
    rows: u32,
    /// How each column is written; `None` for texts.
    formats: Vec<Option<Format>>,
}

/// A workbook in the making.
pub(super) struct Book<'p> {
    head: &'p Head,
    file: Workbook,
    bold: Format,
    pages: BTreeMap<String, Pages>,
    ticks: Vec<Ticks>,
    /// What went wrong while rows were written aside: told at the end.
    trouble: Option<XlsxError>,
}

impl<'p> Book<'p> {
    pub(super) fn new(head: &'p Head) -> Book<'p> {
        let bold = Format::new().set_bold().set_border_bottom(FormatBorder::Thin).set_text_wrap();
        let (pages, ticks) = (BTreeMap::new(), Vec::new());
        Book { head, file: Workbook::new(), bold, pages, ticks, trouble: None }
    }

    /// Adds a record to the list to tick off.
    pub(super) fn tick(&mut self, item: &Item, rows: &[Rows<'_>]) {
        self.ticks.push(Ticks::of(item, rows, self.head.lang));
    }

    /// Adds rows to the sheet of their node.
    pub(super) fn put(&mut self, node: &Node, rows: &[Vec<String>]) {
        for row in rows {
            if self.trouble.is_none()
                && let Err(error) = self.put_row(node, row)
            {
                self.trouble = Some(error);
            }
        }
    }

    fn put_row(&mut self, node: &Node, row: &[String]) -> Result<(), XlsxError> {
        let pages = self.pages.entry(node.key()).or_insert_with(|| Pages {
            sheets: Vec::new(),
            rows: 0,
            formats: node.columns().map(number_format).collect(),
        });
        if pages.sheets.is_empty() || pages.rows > ROWS {
            let mut sheet = self.file.new_worksheet_with_constant_memory()?;
            let name = self.head.lang.pick(node.zh, node.name);
            let name = format!("{} {name}{}", node.transaction, part(pages.sheets.len()));
            sheet.set_name(name.trim())?;
            heading(&mut sheet, self.head, node, &self.bold)?;
            pages.sheets.push(sheet);
            pages.rows = 1;
        }
        let (at, formats) = (pages.rows, &pages.formats);
        let sheet = pages.sheets.last_mut().expect("a sheet was begun just now");
        for ((column, format), text) in (0..).zip(formats).zip(row).filter(|(_, text)| !text.is_empty()) {
            match (format, exact(text)) {
                (Some(format), Some(number)) => sheet.write_number_with_format(at, column, number, format)?,
                _ => sheet.write_string(at, column, for_people(text))?,
            };
        }
        pages.rows += 1;
        Ok(())
    }

    /// The bytes of the workbook, with the sheets of `nodes` in their order.
    ///
    /// # Errors
    /// What the system says where there is no room to write rows aside.
    pub(super) fn bytes(mut self, nodes: &[&Node], control: &[Control]) -> io::Result<Vec<u8>> {
        let written = match self.trouble.take() {
            Some(error) => Err(error),
            None => self.write(nodes, control),
        };
        written.map_err(|error| match error {
            XlsxError::IoError(error) => error,
            // Every text, row and sheet name was measured before.
            other => io::Error::other(other),
        })
    }

    fn write(mut self, nodes: &[&Node], control: &[Control]) -> Result<Vec<u8>, XlsxError> {
        let (head, bold) = (self.head, self.bold.clone());
        // The time of the batch stands for the time of writing, so that the file can be given again byte for byte.
        let made = ExcelDateTime::parse_from_str(&head.created_at.to_string())?;
        self.file.set_properties(&DocProperties::new().set_creation_datetime(&made));
        totals(self.file.add_worksheet(), head, control, &bold)?;
        for (at, ticks) in self.ticks.chunks(ROWS as usize).enumerate() {
            let name = format!("{}{}", head.lang.pick("补录清单", "checklist"), part(at));
            let mut sheet = self.file.new_worksheet_with_constant_memory()?;
            checklist(sheet.set_name(name)?, head, nodes, ticks, &bold)?;
            self.file.push_worksheet(sheet);
        }
        for node in nodes {
            let pages = self.pages.remove(&node.key());
            pages
                .into_iter()
                .flat_map(|pages| pages.sheets)
                .for_each(|sheet| self.file.push_worksheet(sheet));
        }
        self.file.save_to_buffer()
    }
}

/// What the name of a sheet ends in where one sheet does not hold all rows.
fn part(at: usize) -> String {
    if at == 0 { String::new() } else { format!(" ({})", at + 1) }
}

fn totals(sheet: &mut Worksheet, head: &Head, control: &[Control], bold: &Format) -> Result<(), XlsxError> {
    let lang = head.lang;
    sheet.set_name(lang.pick("合计", "totals"))?;
    let headings = [
        ("险种", "insurance"),
        ("类别", "kind"),
        ("记录", "records"),
        ("明细行", "fee lines"),
        ("合计（元）", "total, yuan"),
    ];
    for (column, (zh, en)) in (0..).zip(headings) {
        sheet.write_string_with_format(0, column, lang.pick(zh, en), bold)?.set_column_width(column, 16)?;
    }
    let mut at = 1;
    for line in control {
        sheet.write_string(at, 0, for_people(&line.insurance))?;
        sheet.write_string(at, 1, for_people(&line.kind))?;
        amount(sheet, at, 2, &line.records.to_string(), 0)?;
        amount(sheet, at, 3, &line.lines.to_string(), 0)?;
        amount(sheet, at, 4, &line.total_fen.to_string(), 2)?;
        at += 1;
    }
    let records: usize = control.iter().map(|line| line.records).sum();
    let lines: usize = control.iter().map(|line| line.lines).sum();
    let total: crate::domain::Money = control.iter().map(|line| line.total_fen).sum();
    sheet.write_string_with_format(at, 0, lang.pick("总计", "all"), bold)?;
    amount(sheet, at, 2, &records.to_string(), 0)?;
    amount(sheet, at, 3, &lines.to_string(), 0)?;
    amount(sheet, at, 4, &total.to_string(), 2)
}

/// One row per record, a box to tick per call, and room for what the platform answers.
fn checklist(
    sheet: &mut Worksheet,
    head: &Head,
    nodes: &[&Node],
    ticks: &[Ticks],
    bold: &Format,
) -> Result<(), XlsxError> {
    let lang = head.lang;
    let mut calls: Vec<(&str, String)> = Vec::new();
    for node in nodes.iter().filter(|node| !node.is_list()) {
        if calls.last().is_none_or(|(call, _)| *call != node.transaction) {
            let name = lang.pick(node.zh, node.en);
            calls.push((node.transaction, format!("{} {name}", node.transaction)));
        }
    }
    let first = [
        ("挂账号", "number"),
        ("记录编号", "record number"),
        ("姓名", "name"),
        ("类别", "kind"),
        ("总额（元）", "total, yuan"),
    ];
    let last =
        [("结算ID", "settlement id"), ("经办人", "done by"), ("办理日期", "done on"), ("备注", "note")];
    let word = |(zh, en): (&'static str, &'static str)| lang.pick(zh, en).to_owned();
    let headings = first.into_iter().map(word).chain(calls.iter().map(|(_, name)| name.clone()));
    for (column, heading) in (0..).zip(headings.chain(last.into_iter().map(word))) {
        sheet.write_string_with_format(0, column, &heading, bold)?.set_column_width(column, 14)?;
    }
    sheet.set_freeze_panes(1, 1)?;
    for (at, line) in (1..).zip(ticks) {
        let texts = [&*line.number, &line.record_no, &line.name, line.kind];
        for (column, text) in (0..).zip(texts) {
            sheet.write_string(at, column, for_people(text))?;
        }
        amount(sheet, at, 4, &line.total, 2)?;
        for (column, (call, _)) in (5..).zip(&calls) {
            if line.calls.contains(call) {
                sheet.write_string(at, column, "☐")?;
            }
        }
    }
    let count = u32::try_from(ticks.len()).unwrap_or(0);
    if let (Ok(width @ 1..), 1..) = (u16::try_from(calls.len()), count) {
        let boxes = DataValidation::new().allow_list_strings(&["☐", "☑"])?;
        sheet.add_data_validation(1, 5, count, 4 + width, &boxes)?;
    }
    Ok(())
}

fn heading(sheet: &mut Worksheet, head: &Head, node: &Node, bold: &Format) -> Result<(), XlsxError> {
    let headings = head.layout.headings;
    for (column, field) in (0..).zip(node.columns()) {
        let heading = if headings == Some(Headings::Id) { &*field.id } else { field.name(head.lang) };
        let heading = for_people(heading);
        sheet.write_string_with_format(0, column, heading, bold)?.set_column_width(column, 16)?;
    }
    sheet.set_freeze_panes(1, 1)?;
    Ok(())
}

/// How a number is shown; `None` for texts.
fn number_format(field: &Field) -> Option<Format> {
    let Shape::Number(_, decimals) = field.shape else { return None };
    Some(decimal(decimals))
}

fn decimal(decimals: usize) -> Format {
    let places = if decimals == 0 { "0".to_owned() } else { format!("0.{}", "0".repeat(decimals)) };
    Format::new().set_num_format(places)
}

/// The number as a spreadsheet holds it, where it holds it exactly enough to show it again.
fn exact(text: &str) -> Option<f64> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.parse().ok().filter(|_| digits <= EXACT)
}

fn amount(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    text: &str,
    decimals: usize,
) -> Result<(), XlsxError> {
    match exact(text) {
        Some(number) => sheet.write_number_with_format(row, column, number, &decimal(decimals))?,
        None => sheet.write_string(row, column, text)?,
    };
    Ok(())
}
